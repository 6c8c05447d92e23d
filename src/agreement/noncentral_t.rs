//! Student's t with a numerator that is not centered on 0: for intervals of a limit `μ + zσ`.
//!
//! ```text
//! T = (Z + δ) / √(X/ν)                      Z standard normal, X chi-square on ν degrees of freedom
//! P(T ≤ t) = ∫ Φ(t e^x - δ) g(x) dx         g(x) ∝ exp(ν (x - e^{2x}/2)),  x = ln √(X/ν)
//! ```
//!
//! The density falls off fast to both sides, so that a sum at equal steps has all digits. Quantiles are found by Newton's
//! method. R's `pt` with `ncp` is right to about twelve decimals, and not meant for `ncp` above 37.6, as it is from 370
//! pairs on.
//!
//! # References
//!
//! * Johnson NL, Welch BL. Applications of the non-central t-distribution. *Biometrika* 1940;31:362-389.
//!   doi:10.1093/biomet/31.3-4.362

use crate::survival::normal;

/// Steps of the sum to a standard deviation of x, of which the density has about `1 / √(2ν)`.
const STEPS: f64 = 8.0;

/// Terms with a density this far below the largest, on the log scale, are left out.
const NEGLIGIBLE: f64 = 42.0;

/// Newton's method is done within ten steps from a start by the normal distribution; more are for few degrees of freedom.
const MAX_STEPS: usize = 100;

/// The value that T stays below with probability `p` in (0, 1).
pub(super) fn quantile(p: f64, degrees_of_freedom: f64, noncentrality: f64) -> f64 {
    let nodes = nodes(degrees_of_freedom);
    let cumulative = |t: f64| {
        let terms = nodes.iter().map(|(scale, weight)| weight * normal::cumulative(t * scale - noncentrality));
        terms.sum::<f64>()
    };
    // The quantile lies between ends that are drawn together; a Newton step that leaves them is replaced by halving.
    let [mut below, mut above] = [noncentrality - 1.0, noncentrality + 1.0];
    while cumulative(below) > p {
        below -= above - below;
    }
    while cumulative(above) < p {
        above += above - below;
    }
    let mut t = f64::midpoint(below, above);
    for _ in 0..MAX_STEPS {
        let excess = cumulative(t) - p;
        if excess > 0.0 {
            above = t;
        } else {
            below = t;
        }
        let terms = nodes.iter().map(|(scale, weight)| weight * scale * normal::density(t * scale - noncentrality));
        let step = excess / terms.sum::<f64>();
        let next = t - step;
        let next = if below < next && next < above { next } else { f64::midpoint(below, above) };
        let moved = (next - t).abs();
        t = next;
        if moved <= 4.0 * f64::EPSILON * t.abs() {
            break;
        }
    }
    t
}

/// Places `e^x` at equal steps of x, with the probability that each stands for.
fn nodes(degrees_of_freedom: f64) -> Vec<(f64, f64)> {
    let step = 1.0 / (STEPS * (2.0 * degrees_of_freedom).sqrt());
    // The log density measured from its largest value, at x = 0.
    let fall = |x: f64| degrees_of_freedom * (x - (2.0 * x).exp_m1() / 2.0);
    let side = |direction: f64| (0_u32..).map(move |it| direction * step * f64::from(it));
    let is_needed = |x: &f64| fall(*x) > -NEGLIGIBLE;
    let places = side(-1.0).skip(1).take_while(is_needed).chain(side(1.0).take_while(is_needed));
    let mut nodes: Vec<(f64, f64)> = places.map(|x| (x.exp(), fall(x).exp())).collect();
    // Made to add up, the terms need no constant, whose logarithms would cancel.
    let sum: f64 = nodes.iter().map(|it| it.1).sum();
    for (_, weight) in &mut nodes {
        *weight /= sum;
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survival::distributions::student_critical_value;

    /// Round-off of some hundred terms.
    const TOLERANCE: f64 = 1e-12;

    /// With 3 degrees of freedom, what lies left of the last term still matters to the mean of 1/X.
    const LEFT_OUT: f64 = 1e-5;

    #[test]
    fn without_shift_it_is_student() {
        for degrees_of_freedom in [1.0, 2.0, 3.0, 7.0, 30.0, 1000.0] {
            let found = quantile(0.975, degrees_of_freedom, 0.0);
            assert!((found / student_critical_value(degrees_of_freedom) - 1.0).abs() < TOLERANCE, "{found}");
        }
    }

    /// X/ν has mean 1, and ν/X has mean ν/(ν-2).
    #[test]
    fn the_scale_has_its_moments() {
        for nu in [3.0, 5.0, 49.0, 10_000.0] {
            let moment = |power| nodes(nu).iter().map(|(scale, weight)| weight * scale.powi(power)).sum::<f64>();
            assert!((moment(2) - 1.0).abs() < TOLERANCE, "{nu}");
            assert!((moment(-2) * (nu - 2.0) / nu - 1.0).abs() < LEFT_OUT, "{nu}: {}", moment(-2));
        }
    }

    #[test]
    fn both_tails_mirror_each_other() {
        for (degrees_of_freedom, noncentrality) in [(2.0, 3.4), (15.0, 7.8), (400.0, 39.3)] {
            let upper = quantile(0.975, degrees_of_freedom, noncentrality);
            let lower = quantile(0.025, degrees_of_freedom, -noncentrality);
            assert!((upper + lower).abs() < TOLERANCE * upper, "{upper} {lower}");
        }
    }

    #[test]
    fn many_degrees_of_freedom_are_nearly_normal() {
        let found = quantile(0.5, 1e6, 2.0);
        assert!((found - 2.0).abs() < 1e-5, "{found}");
    }
}
