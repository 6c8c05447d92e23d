//! By what percentage the densities of a batch are higher or lower than those of a reference.
//!
//! A change of stain, scanner or threshold multiplies densities, so all but the medians is worked out on logarithms and
//! given in percent, `100 (ratio - 1)`:
//!
//! ```text
//! median          ratio = median(y) / median(x)
//! geometric mean  ln ratio = mean(ln y) - mean(ln x) ∓ t SE,   SE² = s_x²/m + s_y²/n       Welch 1947
//! Hodges-Lehmann  ln ratio = median over all pairs of ln y_j - ln x_i
//!                 interval: the u-th pair from either end,  u = the 0.025 quantile of Wilcoxon's U
//! ```
//!
//! The quantile is exact while both samples have fewer than 50 values, as in R, and normal with correction for continuity
//! (Moses) from there on. With ties the interval holds the shift with at least its probability; R instead inverts the
//! corrected normal test, to four digits.
//!
//! A density of 0 has no logarithm. It is left out of the geometric means and counted. Hodges and Lehmann's estimate needs
//! nothing but the order of pairs: there a zero is below every positive density, and two zeros are equal.
//!
//! # References
//!
//! * Hodges JL, Lehmann EL. Estimates of location based on rank tests. *Ann Math Stat* 1963;34:598-611.
//!   doi:10.1214/aoms/1177704172
//! * Welch BL. The generalization of "Student's" problem when several different population variances are involved.
//!   *Biometrika* 1947;34:28-35. doi:10.1093/biomet/34.1-2.28
//! * Hollander M, Wolfe DA, Chicken E. *Nonparametric Statistical Methods*, 3rd ed. Wiley, 2014, §4.2-4.3.
//!   doi:10.1002/9781119196037

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rank_distributions::{lower_quantile, normal_lower_quantile, rank_sum};
use super::sample::{Interval, LogSample, expect_measurements, median, sorted};
use crate::error::Result;
use crate::survival::distributions::student_critical_value;

/// Samples of fewer values have an exact interval, as in R.
const SMALLEST_LARGE_SAMPLE: usize = 50;

/// How much higher (above 0) or lower a batch is than the reference, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocationShift {
    /// Logarithms of the reference.
    pub reference: LogSample,
    /// Logarithms of the batch.
    pub batch: LogSample,
    /// Median of the reference, zeros included.
    #[schemars(range(min = 0.0))]
    pub reference_median: f64,
    /// Median of the batch, zeros included.
    #[schemars(range(min = 0.0))]
    pub batch_median: f64,
    /// Shift of the median in percent, -100 or more; absent if that of the reference is 0.
    pub median_shift_percent: Option<f64>,
    /// Shift of the geometric mean of positive densities in percent, with its 95 % interval; absent with fewer than two of
    /// them in a sample, or if neither sample varies.
    pub geometric_mean_shift_percent: Option<Interval>,
    /// Hodges and Lehmann's shift in percent, with its 95 % interval; absent with too few values for an interval (such as 3
    /// and 3), or where an end would compare a zero with a positive density.
    pub hodges_lehmann_shift_percent: Option<Interval>,
}

/// Estimates by how much a batch is shifted from a reference.
///
/// Densities are in one unit, in any order. Absent if either sample is empty.
///
/// # Errors
///
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a density is not finite or below 0.
///
/// # Examples
///
/// ```
/// use contexture::agreement::location_shift;
///
/// let reference: Vec<f64> = (1..=20).map(f64::from).collect();
/// let doubled: Vec<f64> = reference.iter().map(|it| 2.0 * it).collect();
/// let shift = location_shift::estimate(&reference, &doubled)?.unwrap();
/// assert_eq!(shift.median_shift_percent, Some(100.0));
/// assert!((shift.geometric_mean_shift_percent.unwrap().estimate - 100.0).abs() < 1e-9);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(reference: &[f64], batch: &[f64]) -> Result<Option<LocationShift>> {
    expect_measurements("density of the reference", reference)?;
    expect_measurements("density of the batch", batch)?;
    if reference.is_empty() || batch.is_empty() {
        return Ok(None);
    }
    let (reference, batch) = (sorted(reference), sorted(batch));
    let [log_reference, log_batch] = [&reference, &batch].map(|it| LogSample::new(it));
    let [reference_median, batch_median] = [&reference, &batch].map(|it| median(it));
    let percent = |log_shift: Interval| log_shift.map(|it| 100.0 * it.exp_m1());
    Ok(Some(LocationShift {
        reference: log_reference,
        batch: log_batch,
        reference_median,
        batch_median,
        median_shift_percent: (reference_median > 0.0).then(|| 100.0 * (batch_median / reference_median - 1.0)),
        geometric_mean_shift_percent: difference_of_means(log_reference, log_batch).map(percent),
        hodges_lehmann_shift_percent: hodges_lehmann(&reference, &batch).map(percent),
    }))
}

impl LocationShift {
    /// The same of samples of which patients have several, by the [design effect](super::design_effect) of their difference:
    /// intervals reach so much farther on the log scale.
    #[must_use]
    pub fn corrected(self, design_effect: f64) -> Self {
        let widened = |interval: Interval| {
            let Interval { estimate, lower, upper } = interval.map(|it| (it / 100.0).ln_1p());
            let reach = |end: f64| (end - estimate).mul_add(design_effect.sqrt(), estimate);
            let log_ratio = Interval { estimate, lower: reach(lower), upper: reach(upper) };
            Interval { estimate: interval.estimate, ..log_ratio.map(|it| 100.0 * it.exp_m1()) }
        };
        if design_effect <= 1.0 {
            return self;
        }
        Self {
            geometric_mean_shift_percent: self.geometric_mean_shift_percent.map(widened),
            hodges_lehmann_shift_percent: self.hodges_lehmann_shift_percent.map(widened),
            ..self
        }
    }
}

/// Mean of the second less that of the first, with Welch's interval.
fn difference_of_means(first: LogSample, second: LogSample) -> Option<Interval> {
    let squared_error = |it: LogSample| Some(it.std_dev?.powi(2) / it.n_positive as f64);
    let (a, b) = (squared_error(first)?, squared_error(second)?);
    if a + b <= 0.0 {
        return None;
    }
    let share = |it: f64, sample: LogSample| it.powi(2) / (sample.n_positive - 1) as f64;
    let degrees_of_freedom = (a + b).powi(2) / (share(a, first) + share(b, second));
    let reach = student_critical_value(degrees_of_freedom) * (a + b).sqrt();
    Some(Interval::symmetric(second.mean? - first.mean?, reach))
}

/// The median of differences of logarithms over all pairs, with its interval; both samples ascending, not empty.
fn hodges_lehmann(first: &[f64], second: &[f64]) -> Option<Interval> {
    let (m, n) = (first.len(), second.len());
    let n_pairs = m * n;
    let is_small = m < SMALLEST_LARGE_SAMPLE && n < SMALLEST_LARGE_SAMPLE;
    let from_end = if is_small {
        lower_quantile(&rank_sum(m, n))
    } else {
        normal_lower_quantile(n_pairs as f64 / 2.0, n_pairs as f64 * (m + n + 1) as f64 / 12.0)
    };
    if from_end == 0 {
        return None;
    }
    // METHOD: The logarithm of 0 is below all others.
    let [first, second] = [first, second].map(|it| it.iter().map(|it| it.ln()).collect::<Vec<f64>>());
    let smallest = |rank: usize| smallest_difference(&first, &second, rank);
    let estimate = f64::midpoint(smallest(n_pairs.div_ceil(2)), smallest(n_pairs / 2 + 1));
    let interval = Interval { estimate, lower: smallest(from_end), upper: smallest(n_pairs + 1 - from_end) };
    (interval.lower.is_finite() && interval.upper.is_finite()).then_some(interval)
}

/// The difference of a second and a first value that is the `rank`-th smallest of all pairs; both ascending.
///
/// Bisects over the doubles, counting pairs by a walk along the border between smaller and larger ones; so no pair is
/// ever stored.
fn smallest_difference(first: &[f64], second: &[f64], rank: usize) -> f64 {
    let [mut below, mut above] = [ordinal(f64::NEG_INFINITY), ordinal(f64::INFINITY)];
    while below < above {
        let middle = below + (above - below) / 2;
        if n_differences_up_to(first, second, of_ordinal(middle)) >= rank {
            above = middle;
        } else {
            below = middle + 1;
        }
    }
    of_ordinal(below)
}

fn n_differences_up_to(first: &[f64], second: &[f64], limit: f64) -> usize {
    // Two equal values do not differ, be they both infinite.
    let difference = |a: f64, b: f64| if a >= b && b >= a { 0.0 } else { b - a };
    let mut n_second = 0;
    first
        .iter()
        .map(|&a| {
            while n_second < second.len() && difference(a, second[n_second]) <= limit {
                n_second += 1;
            }
            n_second
        })
        .sum()
}

/// The place of a number among all doubles, ascending.
fn ordinal(value: f64) -> u64 {
    let bits = value.to_bits();
    if value.is_sign_negative() { !bits } else { bits | 1 << 63 }
}

fn of_ordinal(ordinal: u64) -> f64 {
    f64::from_bits(if ordinal >> 63 == 1 { ordinal & !(1 << 63) } else { !ordinal })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn estimated(reference: &[f64], batch: &[f64]) -> LocationShift {
        estimate(reference, batch).unwrap().unwrap()
    }

    #[test]
    fn too_few_values_have_no_interval() {
        let shift = estimated(&[1.0, 2.0, 4.0], &[2.0, 4.0, 8.0]);
        assert_eq!(shift.hodges_lehmann_shift_percent, None);
        assert_eq!(shift.median_shift_percent, Some(100.0));
        assert_eq!(estimated(&[1.0], &[2.0]).geometric_mean_shift_percent, None);
        assert_eq!(estimate(&[], &[1.0]).unwrap(), None);
        assert_eq!(estimate(&[1.0], &[]).unwrap(), None);
        assert!(estimate(&[-1.0], &[1.0]).is_err());
    }

    #[test]
    fn constant_samples_have_no_interval_by_means_but_one_by_pairs() {
        let shift = estimated(&[100.0; 6], &[150.0; 6]);
        assert_eq!(shift.geometric_mean_shift_percent, None);
        let pairs = shift.hodges_lehmann_shift_percent.unwrap();
        assert!((pairs.estimate - 50.0).abs() < 1e-12 && (pairs.upper - pairs.lower).abs() < 1e-12);
    }

    #[test]
    fn zeros_are_below_all_positive_densities() {
        let [reference, batch] = [[0.0, 0.0, 1.0, 2.0, 4.0, 8.0], [0.0, 1.0, 2.0, 4.0, 8.0, 16.0]];
        let shift = estimated(&reference, &batch);
        assert_eq!((shift.reference.n_zero, shift.batch.n_zero), (2, 1));
        // The sixth pair from above compares a zero with a positive density.
        assert_eq!(shift.hodges_lehmann_shift_percent, None);
        let all_zero = estimated(&[0.0; 9], &[0.0; 9]);
        assert_eq!((all_zero.median_shift_percent, all_zero.reference.mean), (None, None));
        assert_eq!(all_zero.hodges_lehmann_shift_percent, Some(Interval { estimate: 0.0, lower: 0.0, upper: 0.0 }));
    }

    #[test]
    fn every_double_has_a_place() {
        let values = [f64::NEG_INFINITY, -1.0, -0.0, 0.0, f64::MIN_POSITIVE, 1.0, f64::INFINITY];
        assert!(values.is_sorted_by(|&a, &b| ordinal(a) < ordinal(b)));
        assert!(values.iter().all(|&it| of_ordinal(ordinal(it)).to_bits() == it.to_bits()));
    }

    proptest! {
        #[test]
        fn pairs_are_found_without_being_stored(
            first in prop::collection::vec(0_u8..40, 1..15),
            second in prop::collection::vec(0_u8..40, 1..15),
        ) {
            let logs = |it: &[u8]| sorted(&it.iter().map(|&it| f64::from(it).ln()).collect::<Vec<_>>());
            let (first, second) = (logs(&first), logs(&second));
            let pairs = first.iter().flat_map(|&a| second.iter().map(move |&b| if a.total_cmp(&b).is_eq() { 0.0 } else { b - a }));
            let pairs = sorted(&pairs.collect::<Vec<_>>());
            for (at, &expected) in pairs.iter().enumerate() {
                let found = smallest_difference(&first, &second, at + 1);
                prop_assert!(found.total_cmp(&expected).is_eq() || (found - expected).abs() <= 0.0);
            }
        }

        #[test]
        fn the_shift_of_swapped_samples_is_the_reciprocal(
            first in prop::collection::vec(0.1_f64..1e4, 8..70),
            second in prop::collection::vec(0.1_f64..1e4, 8..70),
        ) {
            let ratio = |percent: f64| 1.0 + percent / 100.0;
            let [there, back] = [estimated(&first, &second), estimated(&second, &first)];
            for shift in [LocationShift::geometric, LocationShift::pairs] {
                let [there, back] = [shift(&there), shift(&back)];
                prop_assert!((ratio(there.estimate) * ratio(back.estimate) - 1.0).abs() < 1e-9);
                prop_assert!((ratio(there.lower) * ratio(back.upper) - 1.0).abs() < 1e-9);
                prop_assert!(there.lower <= there.estimate && there.estimate <= there.upper);
            }
        }
    }

    impl LocationShift {
        fn geometric(&self) -> Interval {
            self.geometric_mean_shift_percent.unwrap()
        }

        fn pairs(&self) -> Interval {
            self.hodges_lehmann_shift_percent.unwrap()
        }
    }
}
