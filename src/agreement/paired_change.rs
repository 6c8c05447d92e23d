//! The change of a measurement in the same patients, such as before and after therapy: as a ratio, or in points.
//!
//! With `d_i` of patient i, on the [scale](Scale) of ratios `ln after_i - ln before_i` of the n pairs of two positive values,
//! on the scale of points `after_i - before_i` of all n pairs:
//!
//! ```text
//! change    d̄, interval d̄ ∓ t s / √n; of ratios exp of these;   t = d̄ √n / s  on n - 1 degrees of freedom
//! Wilcoxon  V = Σ ranks of |d_i| with d_i > 0, patients without change left out
//! ```
//!
//! V is of all pairs. Those with a 0 have no ratio: they are counted by side, and left out of the estimate and its interval,
//! but a rise from 0 is larger than any ratio, and so is a fall to 0. R's `wilcox.test` gives the same V and p-value with
//! ±1000 in place of their log ratios.
//!
//! V is tested as by `wilcox.test`: exactly with fewer than 50 changes, none of them 0 or tied; else by the normal
//! distribution with correction for continuity and ties. Changes that agree to 12 decimals are tied, since the logarithms
//! of 100, 200 and 150, 300 differ by the same ratio up to round-off (R: `digits.rank`); in points, to 9 decimals.
//!
//! # References
//!
//! * Wilcoxon F. Individual comparisons by ranking methods. *Biometrics Bull* 1945;1:80-83. doi:10.2307/3001968
//! * Hollander M, Wolfe DA, Chicken E. *Nonparametric Statistical Methods*, 3rd ed. Wiley, 2014, §3.1.
//!   doi:10.1002/9781119196037

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::log_pairs::{PairCounts, ROUND_OFF, differences, log_pairs};
use super::measurements::{FINEST_STEP, Scale};
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

/// The change of a measurement in the same patients.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairedChange {
    /// Pairs of two positive values, and those with a 0; before is first.
    pub pairs: PairCounts,
    /// Ratio of the geometric means, after to before, with its 95 % interval; absent in points, and with fewer than 2 pairs of
    /// positive values.
    pub ratio: Option<Interval>,
    /// Mean difference, after less before, with its 95 % interval, in the unit of the measurement; absent of ratios, and with
    /// fewer than 2 pairs.
    pub difference: Option<Interval>,
    /// Student's t of the log ratios, or of the differences; absent with them, and if all are equal to round-off.
    pub t: Option<f64>,
    /// Two-sided p-value of `t`, in [0, 1]; absent with it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub t_p_value: Option<f64>,
    /// Wilcoxon's test of all pairs; absent without a change.
    pub signed_rank: Option<SignedRankTest>,
}

impl PairedChange {
    /// Pairs with a 0 at one time or both.
    pub const fn n_with_zero(&self) -> usize {
        self.pairs.n_first_zero + self.pairs.n_second_zero + self.pairs.n_both_zero
    }
}

/// Estimates and tests the change of measurements from before to after, one pair for each patient.
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if measurements do not come in pairs.
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if one is not finite or below 0.
///
/// # Examples
///
/// ```
/// use contexture::agreement::measurements::Scale;
/// use contexture::agreement::paired_change;
///
/// let change = paired_change::estimate(&[100.0, 200.0, 50.0], &[210.0, 390.0, 100.0], Scale::Ratio)?;
/// assert!((change.ratio.unwrap().estimate - 2.0158).abs() < 1e-4);
/// assert_eq!(change.signed_rank.unwrap().p_value, 0.25);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(before: &[f64], after: &[f64], scale: Scale) -> Result<PairedChange> {
    let (pairs, log_before, log_after) = log_pairs(before, after)?;
    let (estimated, of_all, round_off): (Vec<f64>, Vec<f64>, f64) = match scale {
        Scale::Ratio => {
            let of_all = before.iter().zip(after).map(|(before, after)| log_ratio(*before, *after));
            (differences(&log_before, &log_after), of_all.collect(), ROUND_OFF)
        }
        Scale::Points => (differences(before, after), differences(before, after), FINEST_STEP),
    };
    let (change, t, t_p_value) = student(&estimated, round_off);
    let (ratio, difference) = match scale {
        Scale::Ratio => (change.map(|it| it.map(f64::exp)), None),
        Scale::Points => (None, change),
    };
    Ok(PairedChange { pairs, ratio, difference, t, t_p_value, signed_rank: signed_rank_test(&of_all, round_off) })
}

/// The logarithm of the ratio of after to before.
fn log_ratio(before: f64, after: f64) -> f64 {
    match (before > 0.0, after > 0.0) {
        // METHOD: A change from 0, or to 0, is larger than any ratio; all of them are equally large, since nobody knows how far
        // below one cell the 0 was. From 0 to 0 nothing changed.
        (false, true) => f64::INFINITY,
        (true, false) => f64::NEG_INFINITY,
        (false, false) => 0.0,
        (true, true) => after.ln() - before.ln(),
    }
}

/// The mean of changes with its interval, t and its p-value; absent with fewer than 2.
fn student(changes: &[f64], round_off: f64) -> (Option<Interval>, Option<f64>, Option<f64>) {
    if changes.len() < 2 {
        return (None, None, None);
    }
    let n = changes.len() as f64;
    let (center, std_err) = (mean(changes), std_dev(changes) / n.sqrt());
    let t = (std_err > round_off).then(|| center / std_err);
    let interval = Interval::symmetric(center, student_critical_value(n - 1.0) * std_err);
    (Some(interval), t, t.map(|t| student_two_sided(t, n - 1.0)))
}

/// Wilcoxon's test of these changes; absent if none is more than round-off.
fn signed_rank_test(changes: &[f64], round_off: f64) -> Option<SignedRankTest> {
    // In steps of round-off, so that equal ones are tied.
    let steps = changes.iter().map(|it| (it / round_off).round());
    let moved: Vec<f64> = steps.filter(|it| it.abs() > 0.0).collect();
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

    fn of_ratios(before: &[f64], after: &[f64]) -> PairedChange {
        estimate(before, after, Scale::Ratio).unwrap()
    }

    #[test]
    fn no_change_has_no_test() {
        let change = of_ratios(&[1.0, 5.0, 9.0], &[1.0, 5.0, 9.0]);
        assert_eq!((change.ratio.unwrap().estimate, change.t, change.signed_rank), (1.0, None, None));
        let doubled = of_ratios(&[100.0, 150.0, 70.0], &[200.0, 300.0, 140.0]);
        assert_eq!((doubled.t, doubled.signed_rank.unwrap().method), (None, Method::Normal));
    }

    #[test]
    fn pairs_without_a_ratio_are_counted_and_tested() {
        let change = of_ratios(&[0.0, 2.0, 0.0, 3.0, 4.0], &[0.0, 0.0, 1.0, 4.0, 4.0]);
        assert_eq!(change.pairs, PairCounts { n_positive: 2, n_first_zero: 1, n_second_zero: 1, n_both_zero: 1 });
        // 3 to 4 has rank 1; from 0 and to 0 share the ranks 2 and 3.
        let test = change.signed_rank.unwrap();
        assert_eq!((test.n_changes, test.statistic, change.n_with_zero()), (3, 3.5, 3));
        assert_eq!(of_ratios(&[], &[]).signed_rank, None);
        assert!(estimate(&[1.0, 2.0], &[2.0], Scale::Ratio).is_err());
        assert!(estimate(&[-1.0, 1.0], &[2.0, 1.0], Scale::Points).is_err());
    }

    #[test]
    fn a_rise_from_zero_in_everybody_has_no_ratio_and_is_tested() {
        let after: Vec<f64> = (1..=70).map(f64::from).collect();
        let change = of_ratios(&[0.0; 70], &after);
        assert_eq!((change.ratio, change.t, change.pairs.n_first_zero), (None, None, 70));
        let test = change.signed_rank.unwrap();
        // All ranks are 35.5, and all are of a rise.
        assert_eq!((test.n_changes, test.statistic), (70, 35.5 * 70.0));
        assert!(test.p_value < 1e-15, "{}", test.p_value);
    }

    #[test]
    fn points_are_differences_of_all_pairs() {
        let change = estimate(&[0.0, 10.0, 20.0], &[5.0, 10.0, 30.0], Scale::Points).unwrap();
        assert_eq!((change.ratio, change.difference.unwrap().estimate), (None, 5.0));
        // 5, 0, 10: standard deviation 5, t = 5 √3 / 5.
        assert!((change.t.unwrap() - 3.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!((change.signed_rank.unwrap().n_changes, change.signed_rank.unwrap().statistic), (2, 3.0));
        // 0.3 - 0.1 and 0.2 - 0.0 differ in their last bit.
        let tied = estimate(&[0.1, 0.0, 1.0], &[0.3, 0.2, 0.0], Scale::Points).unwrap();
        assert_eq!(tied.signed_rank.map(|it| it.statistic), Some(3.0));
    }

    proptest! {
        #[test]
        fn the_change_back_is_the_reciprocal(pairs in prop::collection::vec((0_u8..9, 0_u8..9), 2..60)) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().map(|&(a, b)| (f64::from(a), f64::from(b))).unzip();
            let [there, back] = [of_ratios(&a, &b), of_ratios(&b, &a)];
            if let Some((there, back)) = there.ratio.zip(back.ratio) {
                prop_assert!((there.lower * back.upper - 1.0).abs() < 1e-9);
            }
            let p = |it: PairedChange| it.signed_rank.map_or(1.0, |it| it.p_value);
            prop_assert!((p(there) - p(back)).abs() < 1e-12 && (0.0..=1.0).contains(&p(there)));
        }
    }
}
