//! The change of a density in the same patients, such as before and after therapy, as a ratio.
//!
//! With `d_i = ln after_i - ln before_i` of `n` patients:
//!
//! ```text
//! ratio     exp(d̄), interval exp(d̄ ∓ t s / √n);   t = d̄ √n / s  on n - 1 degrees of freedom
//! Wilcoxon  V = Σ ranks of |d_i| with d_i > 0, patients without change left out
//! ```
//!
//! V is tested as by R's `wilcox.test`: exactly with fewer than 50 changes, none of them 0 or tied; else by the normal
//! distribution with correction for continuity and ties. Changes that agree to 12 decimals are tied, since the logarithms
//! of 100, 200 and 150, 300 differ by the same ratio up to round-off (R: `digits.rank`). Pairs with a density of 0 have no
//! ratio; they are left out and counted by side.
//!
//! # References
//!
//! * Wilcoxon F. Individual comparisons by ranking methods. *Biometrics Bull* 1945;1:80-83. doi:10.2307/3001968
//! * Hollander M, Wolfe DA, Chicken E. *Nonparametric Statistical Methods*, 3rd ed. Wiley, 2014, §3.1.
//!   doi:10.1002/9781119196037

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::log_pairs::{PairCounts, ROUND_OFF, differences, log_pairs};
use super::rank_distributions::signed_rank;
use super::sample::{Interval, mean, mid_ranks, std_dev};
use crate::error::Result;
use crate::survival::chi_square::two_sided;
use crate::survival::distributions::{student_critical_value, student_two_sided};

/// From this number of changes on, R's p-value is the normal one.
const SMALLEST_LARGE_SAMPLE: usize = 50;

/// How the p-value of Wilcoxon's test is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Over all signs of the ranks.
    Exact,
    /// By the normal distribution, corrected for continuity and ties.
    Normal,
}

/// Wilcoxon's signed-rank test of no change.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedRankTest {
    /// Number of patients with a change; at least 1.
    #[schemars(range(min = 1))]
    pub n_changes: usize,
    /// Sum of the ranks of those with a rise.
    #[schemars(range(min = 0.0))]
    pub statistic: f64,
    /// Two-sided p-value, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: f64,
    /// How the p-value is computed.
    pub method: Method,
}

/// The change of a density in the same patients.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairedChange {
    /// Pairs with a ratio, and without; before is first.
    pub pairs: PairCounts,
    /// Ratio of the geometric means, after to before, with its 95 % interval.
    pub ratio: Interval,
    /// Student's t of the log ratios; absent if all are equal to round-off.
    pub t: Option<f64>,
    /// Two-sided p-value of `t`, in [0, 1]; absent with it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub t_p_value: Option<f64>,
    /// Wilcoxon's test; absent without a change.
    pub signed_rank: Option<SignedRankTest>,
}

/// Estimates and tests the change of densities from before to after, one pair for each patient.
///
/// Absent with fewer than 2 pairs of positive densities.
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if densities do not come in pairs.
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if one is not finite or below 0.
///
/// # Examples
///
/// ```
/// use contexture::agreement::paired_change;
///
/// let change = paired_change::estimate(&[100.0, 200.0, 50.0], &[210.0, 390.0, 100.0])?.unwrap();
/// assert!((change.ratio.estimate - 2.0158).abs() < 1e-4);
/// assert_eq!(change.signed_rank.unwrap().p_value, 0.25);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(before: &[f64], after: &[f64]) -> Result<Option<PairedChange>> {
    let (pairs, log_before, log_after) = log_pairs(before, after)?;
    if pairs.n_positive < 2 {
        return Ok(None);
    }
    let changes = differences(&log_before, &log_after);
    let n = pairs.n_positive as f64;
    let (center, std_err) = (mean(&changes), std_dev(&changes) / n.sqrt());
    let t = (std_err > ROUND_OFF).then(|| center / std_err);
    Ok(Some(PairedChange {
        pairs,
        ratio: Interval::symmetric(center, student_critical_value(n - 1.0) * std_err).map(f64::exp),
        t,
        t_p_value: t.map(|t| student_two_sided(t, n - 1.0)),
        signed_rank: signed_rank_test(&changes),
    }))
}

fn signed_rank_test(changes: &[f64]) -> Option<SignedRankTest> {
    // METHOD: Log ratios are rounded, so that equal ratios are tied whatever the round-off of their logarithms.
    let rounded = changes.iter().map(|it| (it / ROUND_OFF).round());
    let moved: Vec<f64> = rounded.filter(|it| it.abs() > 0.0).collect();
    if moved.is_empty() {
        return None;
    }
    let sizes: Vec<f64> = moved.iter().map(|it| it.abs()).collect();
    let (ranks, run_sizes) = mid_ranks(&sizes);
    let statistic: f64 = ranks.iter().zip(&moved).filter(|(_, it)| **it > 0.0).map(|(rank, _)| rank).sum();

    let n_changes = moved.len();
    let is_simple = n_changes == changes.len() && run_sizes.len() == n_changes;
    let (p_value, method) = if is_simple && n_changes < SMALLEST_LARGE_SAMPLE {
        (exact_p_value(statistic, n_changes), Method::Exact)
    } else {
        (normal_p_value(statistic, n_changes as f64, &run_sizes), Method::Normal)
    };
    Some(SignedRankTest { n_changes, statistic, p_value, method })
}

fn exact_p_value(statistic: f64, n: usize) -> f64 {
    // The distribution is symmetric: the nearer tail is as far as the sum of the other ranks.
    let nearer = statistic.min((n * (n + 1)) as f64 / 2.0 - statistic);
    let tail: f64 = (0_u32..).zip(signed_rank(n)).take_while(|it| f64::from(it.0) <= nearer).map(|it| it.1).sum();
    (2.0 * tail).min(1.0)
}

fn normal_p_value(statistic: f64, n: f64, run_sizes: &[usize]) -> f64 {
    let ties: f64 = run_sizes.iter().map(|&it| (it as f64).powi(3) - it as f64).sum();
    let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - ties / 48.0;
    let off = (statistic - n * (n + 1.0) / 4.0).abs();
    // At the center itself R corrects nothing.
    two_sided((off - if off > 0.0 { 0.5 } else { 0.0 }) / variance.sqrt())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_change_has_no_test() {
        let change = estimate(&[1.0, 5.0, 9.0], &[1.0, 5.0, 9.0]).unwrap().unwrap();
        assert_eq!((change.ratio.estimate, change.t, change.signed_rank), (1.0, None, None));
        let doubled = estimate(&[100.0, 150.0, 70.0], &[200.0, 300.0, 140.0]).unwrap().unwrap();
        assert_eq!((doubled.t, doubled.signed_rank.unwrap().method), (None, Method::Normal));
    }

    #[test]
    fn pairs_without_a_ratio_are_counted() {
        let change = estimate(&[0.0, 2.0, 0.0, 3.0, 4.0], &[0.0, 0.0, 1.0, 4.0, 4.0]).unwrap().unwrap();
        assert_eq!(change.pairs, PairCounts { n_positive: 2, n_first_zero: 1, n_second_zero: 1, n_both_zero: 1 });
        assert_eq!(change.signed_rank.unwrap().n_changes, 1);
        assert_eq!(estimate(&[1.0], &[2.0]).unwrap(), None);
        assert_eq!(estimate(&[0.0, 0.0], &[2.0, 1.0]).unwrap(), None);
        assert!(estimate(&[1.0, 2.0], &[2.0]).is_err());
        assert!(estimate(&[-1.0, 1.0], &[2.0, 1.0]).is_err());
    }

    proptest! {
        #[test]
        fn the_change_back_is_the_reciprocal(pairs in prop::collection::vec((1_u8..9, 1_u8..9), 2..60)) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().map(|&(a, b)| (f64::from(a), f64::from(b))).unzip();
            let [there, back] = [estimate(&a, &b), estimate(&b, &a)].map(|it| it.unwrap().unwrap());
            prop_assert!((there.ratio.lower * back.ratio.upper - 1.0).abs() < 1e-9);
            let p = |it: PairedChange| it.signed_rank.map_or(1.0, |it| it.p_value);
            prop_assert!((p(there) - p(back)).abs() < 1e-12 && (0.0..=1.0).contains(&p(there)));
        }
    }
}
