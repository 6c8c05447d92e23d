//! The p-value of the largest of many standardized rank statistics, from their joint normal distribution.
//!
//! Statistics of cuts with `m_1 < m_2 < …` of `N` patients in the low group are jointly normal in large samples, with
//!
//! ```text
//! ρ(m_1, m_2) = sqrt( m_1 (N - m_2) / ((N - m_1) m_2) ),     p = P(max_i |Z_i| > b)
//! ```
//!
//! This is `exactGauss` of R's maxstat, which integrates over all cuts at once by a random method good to three digits. But
//! `ρ(1, 3) = ρ(1, 2) ρ(2, 3)`: the process has the Markov property, and what has stayed below `b` can be carried from cut
//! to cut by a one-dimensional integral:
//!
//! ```text
//! f_1(z)     = φ(z)
//! f_{i+1}(y) = ∫_{-b}^{b} f_i(z) k_i(z, y) dz         k_i(z, y) = φ((y - ρ_i z)/s_i)/s_i,  s_i = sqrt(1 - ρ_i²)
//! p          = P(|Z_1| > b) + Σ_i ∫_{-b}^{b} f_i(z) P(|Z_{i+1}| > b | z) dz
//! ```
//!
//! `f` is even, so that half of it is kept. The integrals are Gauss-Legendre sums over panels as wide as a few of the
//! smallest `s`; summing what leaves instead of what stays keeps the relative error small (1e-9) however small p is.
//!
//! # References
//!
//! * Hothorn T, Lausen B. On the exact distribution of maximally selected rank statistics.
//!   *Comput Stat Data Anal* 2003;43:121-137. doi:10.1016/S0167-9473(02)00225-6
//! * Miller R, Siegmund D. Maximally selected chi square statistics. *Biometrics* 1982;38:1011-1016. doi:10.2307/2529881

use std::f64::consts::PI;

use super::p_values::correlation;
use crate::survival::chi_square::two_sided;
use crate::survival::normal::{density, upper_tail};

/// Nodes in a panel.
const N_NODES: usize = 16;

/// Width of a panel in the smallest `s`: sixteen nodes integrate a product of two normal densities over it to 1e-12.
const PANEL_WIDTH: f64 = 4.0;

/// Further than this many `s`, a normal density is below 1e-16 of its peak.
const REACH: f64 = 8.6;

/// More cuts than these take minutes; [`lausen_1994`](super::p_values::lausen_1994) answers at once.
const MAX_CUTS: usize = 10_000;

/// P-value of a largest statistic `b`, over cuts with `sizes` of `n` patients below them; in [0, 1].
///
/// Sizes ascend, and lie between 1 and `n - 1`. The time grows as the square of their number: `None` above 10 000.
pub fn p_value(b: f64, n: usize, sizes: &[usize]) -> Option<f64> {
    if sizes.len() > MAX_CUTS {
        return None;
    }
    if b <= 0.0 {
        return Some(1.0);
    }
    let steps: Vec<Step> = sizes.windows(2).map(|pair| Step::between(pair[0], pair[1], n)).collect();
    let nodes = Nodes::of(b, steps.iter().map(|it| it.std_dev).fold(1.0, f64::min));
    let mut inside: Vec<f64> = nodes.points.iter().map(|&z| density(z)).collect();
    let mut p = two_sided(b);
    for step in steps {
        // Mass instead of density, and both halves.
        let mass: Vec<f64> = inside.iter().zip(&nodes.weights).map(|(f, w)| f * w).collect();
        p += 2.0 * step.leaving(b, &nodes.points, &mass);
        inside = nodes.points.iter().map(|&y| step.arriving(y, &nodes.points, &mass)).collect();
    }
    Some(p.min(1.0))
}

/// From one cut to the next.
struct Step {
    correlation: f64,
    std_dev: f64,
}

impl Step {
    fn between(first: usize, second: usize, n: usize) -> Self {
        let correlation = correlation(first, second, n);
        // 1 - ρ² without cancellation.
        let variance = n as f64 * (second - first) as f64 / ((n - first) as f64 * second as f64);
        Self { correlation, std_dev: variance.sqrt() }
    }

    /// Density at `y` of what was within the limits, given the mass at each point of the upper half.
    fn arriving(&self, y: f64, points: &[f64], mass: &[f64]) -> f64 {
        let reach = REACH * self.std_dev;
        let (from, to) = ((y - reach) / self.correlation, (y + reach) / self.correlation);
        let near = |from: f64, to: f64| points.partition_point(|&z| z < from)..points.partition_point(|&z| z <= to);
        let kernel = |distance: f64| density(distance / self.std_dev) / self.std_dev;
        let above = near(from, to).map(|at| mass[at] * kernel(y - self.correlation * points[at]));
        // The other half mirrors this one.
        let below = near(-to, -from).map(|at| mass[at] * kernel(y + self.correlation * points[at]));
        above.chain(below).sum()
    }

    /// What goes beyond `b` on either side, from the upper half.
    fn leaving(&self, b: f64, points: &[f64], mass: &[f64]) -> f64 {
        let first = points.partition_point(|&z| b - self.correlation * z > 4.0 * REACH * self.std_dev);
        let beyond = |distance: f64| upper_tail(distance / self.std_dev);
        let leaving = |at: usize| {
            let expected = self.correlation * points[at];
            mass[at] * (beyond(b - expected) + beyond(b + expected))
        };
        (first..points.len()).map(leaving).sum()
    }
}

/// Nodes and weights of the integral from 0 to `b`.
struct Nodes {
    points: Vec<f64>,
    weights: Vec<f64>,
}

impl Nodes {
    fn of(b: f64, std_dev: f64) -> Self {
        let (at, weight) = gauss_legendre();
        let n_panels = (b / (PANEL_WIDTH * std_dev)).ceil().max(1.0);
        let half = b / (2.0 * n_panels);
        let (mut points, mut weights) = (Vec::new(), Vec::new());
        let mut center = half;
        while center < b {
            points.extend(at.map(|it| center + half * it));
            weights.extend(weight.map(|it| half * it));
            center += 2.0 * half;
        }
        Self { points, weights }
    }
}

/// Nodes in (-1, 1), ascending, and their weights: Newton's method on the Legendre polynomial (Abramowitz & Stegun 25.4.29).
fn gauss_legendre() -> ([f64; N_NODES], [f64; N_NODES]) {
    let (mut points, mut weights) = ([0.0; N_NODES], [0.0; N_NODES]);
    for at in 0..N_NODES {
        let mut x = -(PI * (at as f64 + 0.75) / (N_NODES as f64 + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..6 {
            let (mut previous, mut value) = (1.0, x);
            for degree in 2..=N_NODES {
                let k = degree as f64;
                (previous, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * previous) / k);
            }
            slope = N_NODES as f64 * (x * value - previous) / (x * x - 1.0);
            x -= value / slope;
        }
        points[at] = x;
        weights[at] = 2.0 / ((1.0 - x * x) * slope * slope);
    }
    (points, weights)
}

#[cfg(test)]
mod tests;
