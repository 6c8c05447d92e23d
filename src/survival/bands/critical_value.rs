//! Quantiles of the supremum of a Brownian bridge, plain and divided by its standard deviation.
//!
//! A Brownian bridge is a Brownian motion that ends in 0. The motion that stays within `±c` has the transition density
//! `(1/c) Σ_m sin(..) sin(..) exp(-m² π² t / (8 c²))`, of which only even eigenfunctions matter here:
//!
//! ```text
//! P(sup_{a ≤ u ≤ b} |B(u)| ≤ c) = √(2π)/c Σ_{m odd} exp(-κ² (b - a) / 2) J(κ, a) J(κ, 1 - b),    κ = m π / (2 c)
//! J(κ, s) = ∫_{-c}^{c} φ(x; s) cos(κ x) dx                                                     φ of variance s
//! ```
//!
//! which for `a = 0`, `b = 1` is Kolmogorov's distribution. Divided by its standard deviation, the bridge is a stationary
//! Ornstein-Uhlenbeck process that runs for `τ = ½ ln(b (1 - a) / (a (1 - b)))`. With the even solutions `f` of
//! `f'' - x f' + λ f = 0`, `f(0) = 1`, and the `λ_k` at which `f(c) = 0`,
//!
//! ```text
//! P(sup_{a ≤ u ≤ b} |B(u)| / √(u (1 - u)) ≤ c) = Σ_k exp(-λ_k τ) 2 φ(c) f'(c) / (λ_k² ∂f/∂λ(c))
//! ```
//!
//! where the last factor is `(∫ f φ)² / ∫ f² φ`. High terms count only if the stretch is very short; they follow the
//! behaviour of the integrals for large `κ`.
//!
//! # References
//!
//! * Kolmogorov A. Sulla determinazione empirica di una legge di distribuzione. *G Ist Ital Attuari* 1933;4:83-91.
//! * Keilson J, Ross HF. Passage time distributions for Gaussian Markov (Ornstein-Uhlenbeck) statistical processes.
//!   *Selected Tables in Mathematical Statistics* 1975;3:233-327.

use std::f64::consts::PI;

use crate::survival::normal;

/// Exponents beyond which a term is below the precision of a probability.
const NEGLIGIBLE: f64 = 40.0;

/// Terms of a series that are computed; those beyond follow their behaviour for large `κ`.
const N_COMPUTED: usize = 60;

/// Terms of a series after which all others together are negligible, however short the stretch is.
const N_TERMS: usize = 20_000;

/// Nodes and weights of Gauss-Legendre quadrature with five points on [-1, 1]; Abramowitz & Stegun, table 25.4.
const QUADRATURE: [(f64, f64); 5] = [
    (-0.906_179_845_938_664, 0.236_926_885_056_189_08),
    (-0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
    (0.0, 0.568_888_888_888_888_9),
    (0.538_469_310_105_683_1, 0.478_628_670_499_366_47),
    (0.906_179_845_938_664, 0.236_926_885_056_189_08),
];

/// Pieces of the range of a normal density, so that quadrature over each is exact to the last digits.
const N_PIECES: usize = 16;

/// Standard deviations beyond which a normal density is negligible.
const FARTHEST: f64 = 9.0;

/// Terms of a Taylor series whose argument is at most 1.
const N_TAYLOR: usize = 24;

/// How close a root is approached, relative to its size.
const ROOT_TOLERANCE: f64 = 1e-12;

/// Quantile of the supremum of `|B(u)|` over `a ≤ u ≤ b`, for `0 ≤ a ≤ b < 1` and `b > 0`.
pub(super) fn hall_wellner(level: f64, a: f64, b: f64) -> f64 {
    let largest_sd = if a <= 0.5 && b >= 0.5 { 0.5 } else { f64::max(sd(a), sd(b)) };
    quantile(level, pointwise(level) * largest_sd, |c| bridge_within(c, a, b))
}

/// Quantile of the supremum of `|B(u)| / √(u (1 - u))` over `a ≤ u ≤ b`, for `0 < a ≤ b < 1`.
pub(super) fn equal_precision(level: f64, a: f64, b: f64) -> f64 {
    let duration = 0.5 * (b * (1.0 - a) / (a * (1.0 - b))).ln();
    quantile(level, pointwise(level), |c| stationary_within(c, duration))
}

fn sd(u: f64) -> f64 {
    (u * (1.0 - u)).sqrt()
}

fn pointwise(level: f64) -> f64 {
    normal::quantile(1.0 - (1.0 - level) / 2.0)
}

/// Where an increasing probability reaches a level, not below `lowest`: by false position (the Illinois method).
fn quantile(level: f64, lowest: f64, probability: impl Fn(f64) -> f64) -> f64 {
    let excess = |c: f64| probability(c) - level;
    let (mut below, mut above) = (lowest, 1.25 * lowest);
    let (mut at_below, mut at_above) = (excess(below).min(0.0), excess(above));
    while at_above < 0.0 {
        (below, at_below) = (above, at_above);
        above *= 1.25;
        at_above = excess(above);
    }
    while above - below > ROOT_TOLERANCE * above && at_below < 0.0 && at_above > 0.0 {
        let between = (below * at_above - above * at_below) / (at_above - at_below);
        let at_between = excess(between);
        if at_between < 0.0 {
            (below, at_below) = (between, at_between);
            at_above /= 2.0;
        } else {
            (above, at_above) = (between, at_between);
            at_below /= 2.0;
        }
        if at_between.abs() < ROOT_TOLERANCE {
            return between;
        }
    }
    if at_below < 0.0 { above } else { below }
}

/// Probability that a Brownian bridge stays within `±c` from `a` to `b`.
fn bridge_within(c: f64, a: f64, b: f64) -> f64 {
    if b - a <= 0.0 {
        return 1.0 - 2.0 * normal::upper_tail(c / sd(a));
    }
    let terms = (0..N_TERMS).map(|term| (term, (2 * term + 1) as f64 * PI / (2.0 * c)));
    let sum: f64 = terms
        .map(|(term, kappa)| (term, kappa, kappa * kappa * (b - a) / 2.0))
        .take_while(|&(_, _, exponent)| exponent < NEGLIGIBLE)
        .map(|(term, kappa, exponent)| (-exponent).exp() * cosine(term, kappa, c, a) * cosine(term, kappa, c, 1.0 - b))
        .sum();
    (2.0 * PI).sqrt() / c * sum
}

/// The integral `J` of the term with this number, for a density of the given variance.
fn cosine(term: usize, kappa: f64, c: f64, variance: f64) -> f64 {
    if variance <= 0.0 {
        return 1.0;
    }
    let sd = variance.sqrt();
    let density = |x: f64| normal::density(x / sd) / sd;
    if term >= N_COMPUTED {
        let sign = if term.is_multiple_of(2) { 1.0 } else { -1.0 };
        let curvature = (c * c / variance - 1.0) / variance;
        return 2.0 * sign * density(c) / kappa * (1.0 - curvature / (kappa * kappa));
    }
    let n_pieces = N_PIECES + 2 * term;
    let half = c.min(FARTHEST * sd) / (2 * n_pieces) as f64;
    let piece = |at: usize| {
        let middle = (2 * at + 1) as f64 * half;
        let value = |(node, weight): (f64, f64)| {
            let x = middle + half * node;
            weight * density(x) * (kappa * x).cos()
        };
        half * QUADRATURE.into_iter().map(value).sum::<f64>()
    };
    2.0 * (0..n_pieces).map(piece).sum::<f64>()
}

/// Probability that a stationary Ornstein-Uhlenbeck process of variance 1 stays within `±c` for a duration.
fn stationary_within(c: f64, duration: f64) -> f64 {
    if duration <= 0.0 {
        return 1.0 - 2.0 * normal::upper_tail(c);
    }
    let mut sum = 0.0;
    let (mut last, mut step) = (0.0, 0.5);
    for term in 0..N_TERMS {
        let weight;
        if term < N_COMPUTED {
            let eigenvalue = next_eigenvalue(c, last, step);
            // The gaps between eigenvalues are at least 2 and grow, so that a third of the last one leaves none out.
            step = if term == 0 { 0.5 } else { (eigenvalue - last) / 3.0 };
            last = eigenvalue;
            let at_end = solution(c, eigenvalue);
            weight = 2.0 * normal::density(c) * at_end.slope / (eigenvalue * eigenvalue * at_end.by_eigenvalue);
        } else {
            let kappa = (2 * term + 1) as f64 * PI / (2.0 * c);
            last = kappa * kappa + c * c / 12.0 - 0.5;
            weight = 4.0 * normal::density(c) * kappa * kappa / (c * last * last);
        }
        if last * duration > NEGLIGIBLE {
            break;
        }
        sum += (-last * duration).exp() * weight;
    }
    sum
}

/// The least eigenvalue above another, or above 0, found by steps that are too short to leave one out.
fn next_eigenvalue(c: f64, last: f64, step: f64) -> f64 {
    // Just above an eigenvalue the solution has the sign of its derivative by it; at 0 it is 1.
    let sign = if last > 0.0 { solution(c, last).by_eigenvalue.signum() } else { 1.0 };
    let (mut below, mut above) = (last, last + step);
    while solution(c, above).value * sign > 0.0 {
        (below, above) = (above, above + step);
    }
    let mut eigenvalue = f64::midpoint(below, above);
    loop {
        let at_end = solution(c, eigenvalue);
        if at_end.value * sign > 0.0 {
            below = eigenvalue;
        } else {
            above = eigenvalue;
        }
        let newton = eigenvalue - at_end.value / at_end.by_eigenvalue;
        let next = if newton > below && newton < above { newton } else { f64::midpoint(below, above) };
        if (next - eigenvalue).abs() <= ROOT_TOLERANCE * eigenvalue || next <= below || next >= above {
            return next;
        }
        eigenvalue = next;
    }
}

/// The even solution at the end of the interval, its slope there, and its derivative by the eigenvalue.
struct Solution {
    value: f64,
    slope: f64,
    by_eigenvalue: f64,
}

/// Follows the even solution of `f'' - x f' + λ f = 0` from 0 to `c` by Taylor series.
fn solution(c: f64, eigenvalue: f64) -> Solution {
    let n_steps = (c * eigenvalue.sqrt().max(c).max(1.0)).ceil();
    let h = c / n_steps;
    // Value and slope of the solution, and of its derivative by the eigenvalue.
    let (mut f, mut g) = ([1.0, 0.0], [0.0, 0.0]);
    let mut x = 0.0;
    while x < c - 0.5 * h {
        let ([mut a0, mut a1], [mut b0, mut b1]) = (f, g);
        let (mut power, mut sums) = (1.0, [0.0; 4]);
        for j in 0..N_TAYLOR {
            let order = j as f64;
            // a0 and b0 are the coefficients of order j, a1 and b1 those of order j + 1.
            sums[0] += a0 * power;
            sums[1] += (order + 1.0) * a1 * power;
            sums[2] += b0 * power;
            sums[3] += (order + 1.0) * b1 * power;
            let divisor = (order + 2.0) * (order + 1.0);
            let a2 = (x * (order + 1.0) * a1 + (order - eigenvalue) * a0) / divisor;
            let b2 = (x * (order + 1.0) * b1 + (order - eigenvalue) * b0 - a0) / divisor;
            (a0, a1, b0, b1) = (a1, a2, b1, b2);
            power *= h;
        }
        (f, g) = ([sums[0], sums[1]], [sums[2], sums[3]]);
        x += h;
    }
    Solution { value: f[0], slope: f[1], by_eigenvalue: g[0] }
}

#[cfg(test)]
mod tests;
