//! P-values of the largest of many standardized rank statistics, by approximation.
//!
//! `b` is the largest `|T_m|`, where `m` of `N` patients are in the low group, `φ` and `Φ` are of the normal distribution:
//!
//! ```text
//! Lau92  p = 4 φ(b)/b + φ(b) (b - 1/b) ln[ max_share (1 - min_share) / ((1 - max_share) min_share) ];   1 if b < 1
//! Lau94  p = 2 (1 - Φ(b)) + Σ_i exp(-b²/2)/π · [ t_i - (b²/4 - 1) t_i³/6 ]
//!        t_i = sqrt(1 - m_i (N - m_{i+1}) / ((N - m_i) m_{i+1}))                       successive candidates
//! ```
//!
//! Lau92 lets the number of cuts go to infinity; Lau94 is an improved Bonferroni inequality for the cuts that there are, and
//! the closer, the fewer they are. Both are good for small p only. Lau94 may exceed 1 or fall below 0, and Lau92 fall below
//! 0: [`Approximation`] keeps what the formula gave beside what can be a probability. R's maxstat floors Lau92, and leaves
//! Lau94 as it is.
//!
//! [`exact_gauss`](super::exact_gauss) has no such limits.
//!
//! # References
//!
//! * Lausen B, Schumacher M. Maximally selected rank statistics. *Biometrics* 1992;48:73-85. doi:10.2307/2532740
//! * Lausen B, Sauerbrei W, Schumacher M. Classification and regression trees (CART) used for the exploration of prognostic
//!   factors measured on different scales. In: *Computational Statistics.* Physica, 1994:483-496.
//! * Hothorn T. *maxstat: Maximally Selected Rank Statistics.* <https://cran.r-project.org/package=maxstat>

use std::f64::consts::PI;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::candidates::CandidateRange;
use crate::survival::chi_square::two_sided;
use crate::survival::normal::density;

/// An approximate p-value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approximation {
    /// The p-value, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: f64,
    /// What the formula gives; another number than `p_value` if that is no probability, and the formula of no use.
    pub formula: f64,
}

impl Approximation {
    fn of(formula: f64) -> Self {
        Self { p_value: formula.clamp(0.0, 1.0), formula }
    }

    /// Whether the formula gave what is no probability.
    pub fn is_clamped(&self) -> bool {
        !(0.0..=1.0).contains(&self.formula)
    }
}

/// Lausen and Schumacher 1992, of a largest statistic `b`; `None` if the range reaches 0 or 1, where there is no limit.
pub fn lausen_1992(b: f64, range: CandidateRange) -> Option<Approximation> {
    let CandidateRange { min_share, max_share } = range;
    if min_share <= 0.0 || max_share >= 1.0 {
        return None;
    }
    if b < 1.0 {
        return Some(Approximation::of(1.0));
    }
    let width = ((max_share * (1.0 - min_share)) / ((1.0 - max_share) * min_share)).ln();
    Some(Approximation::of(4.0 * density(b) / b + density(b) * (b - 1.0 / b) * width))
}

/// Lausen, Sauerbrei and Schumacher 1994, of a largest statistic `b` over cuts with `sizes` of `n` patients below them.
///
/// Sizes ascend, and lie between 1 and `n - 1`.
pub fn lausen_1994(b: f64, n: usize, sizes: &[usize]) -> Approximation {
    let step = |pair: &[usize]| {
        let t = (1.0 - correlation(pair[0], pair[1], n).powi(2)).sqrt();
        (-0.5 * b * b).exp() / PI * (t - (b * b / 4.0 - 1.0) * t.powi(3) / 6.0)
    };
    Approximation::of(two_sided(b) + sizes.windows(2).map(step).sum::<f64>())
}

/// Correlation of the statistics of two cuts with `first` and `second` of `n` patients below them, `first ≤ second`.
pub(super) fn correlation(first: usize, second: usize, n: usize) -> f64 {
    let odds = |m: usize| m as f64 / (n - m) as f64;
    (odds(first) / odds(second)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cut_is_tested_as_one() {
        assert_eq!(lausen_1994(1.96, 100, &[40]), Approximation::of(two_sided(1.96)));
    }

    #[test]
    fn what_is_no_probability_is_put_in_place_and_said() {
        let sizes: Vec<usize> = (10..=90).collect();
        let small = lausen_1994(0.5, 100, &sizes);
        assert!(small.formula > 1.0 && small.is_clamped());
        assert_eq!(Some(small.p_value), Some(1.0));
        assert!(!lausen_1994(3.0, 100, &sizes).is_clamped());
        assert_eq!(lausen_1992(0.9, CandidateRange::default()).map(|it| it.p_value), Some(1.0));
        assert_eq!(lausen_1992(3.0, CandidateRange::ALL), None);
    }
}
