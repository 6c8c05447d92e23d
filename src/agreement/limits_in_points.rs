//! Bland and Altman's bias and limits of agreement, as differences of the second measurement and the first.
//!
//! For what has a scale of its own, such as a score, a percent or a grade, where a point more is the same step everywhere; of
//! densities see [`limits_of_agreement`](super::limits_of_agreement). With `d_i = y_i - x_i`, their mean `d̄` and standard
//! deviation `s`:
//!
//! ```text
//! bias    d̄              interval d̄ ∓ t s / √n
//! limits  d̄ ∓ 1.96 s     interval of the upper d̄ + s T_0.025 / √n to d̄ + s T_0.975 / √n             Carkeet 2015
//! ```
//!
//! with the letters of that module. Near an end of the scale differences are small by necessity; proportional bias, the slope
//! of `d_i` on the mean of both, shows it where one measurement is nearer to the end than the other.
//!
//! # References
//!
//! * Bland JM, Altman DG. Measuring agreement in method comparison studies. *Stat Methods Med Res* 1999;8:135-160.
//!   doi:10.1177/096228029900800204
//! * Carkeet A. Exact parametric confidence intervals for Bland-Altman limits of agreement. *Optom Vis Sci*
//!   2015;92:e71-e80. doi:10.1097/OPX.0000000000000513

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits_of_agreement::{Limits, ProportionalBias, limits, proportional_bias};
use super::log_pairs::{ROUND_OFF, differences};
use super::sample::{Interval, expect_finite, expect_pairs};
use crate::error::Result;

/// Bias and limits of agreement of two measurements, as differences of the second and the first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsInPoints {
    /// Number of pairs; at least 3.
    #[schemars(range(min = 3))]
    pub n_pairs: usize,
    /// The bias: the mean difference, with its 95 % interval.
    pub bias: Interval,
    /// The lower limit of agreement, with its 95 % interval.
    pub lower_limit: Interval,
    /// The upper limit of agreement, with its 95 % interval.
    pub upper_limit: Interval,
    /// Standard deviation of the differences.
    #[schemars(range(min = 0.0))]
    pub std_dev: f64,
    /// Change of the difference for each point of the mean; absent if all pairs have the same mean.
    pub proportional_bias: Option<ProportionalBias>,
}

/// Estimates bias and limits of agreement of pairs of measurements.
///
/// Absent with fewer than 3 pairs.
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if measurements do not come in pairs.
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if one is not finite.
///
/// # Examples
///
/// ```
/// use contexture::agreement::limits_in_points;
///
/// let limits = limits_in_points::estimate(&[40.0, 55.0, 71.0], &[42.0, 54.0, 73.0])?.unwrap();
/// assert_eq!((limits.bias.estimate, limits.std_dev), (1.0, 3.0_f64.sqrt()));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(first: &[f64], second: &[f64]) -> Result<Option<LimitsInPoints>> {
    expect_pairs(first, second)?;
    expect_finite("first measurement", first)?;
    expect_finite("second measurement", second)?;
    if first.len() < 3 {
        return Ok(None);
    }
    let Limits { bias, lower_limit, upper_limit, std_dev } = limits(&differences(first, second));
    let largest = first.iter().chain(second).fold(1.0_f64, |largest, it| largest.max(it.abs()));
    let proportional_bias = proportional_bias(first, second, ROUND_OFF * largest);
    Ok(Some(LimitsInPoints { n_pairs: first.len(), bias, lower_limit, upper_limit, std_dev, proportional_bias }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_constant_difference_is_all_bias() {
        let scores = [10.0, 47.5, 30.0, 99.0];
        let limits = estimate(&scores, &scores.map(|it| it + 2.5)).unwrap().unwrap();
        let bias = Interval { estimate: 2.5, lower: 2.5, upper: 2.5 };
        assert_eq!([limits.bias, limits.lower_limit, limits.upper_limit], [bias; 3]);
        assert_eq!(limits.proportional_bias.unwrap().p_value, None);
    }

    #[test]
    fn few_pairs_have_no_limits_and_wrong_ones_are_refused() {
        assert_eq!(estimate(&[1.0, 2.0], &[2.0, 2.0]).unwrap(), None);
        assert_eq!(estimate(&[], &[]).unwrap(), None);
        assert!(estimate(&[1.0], &[]).is_err());
        assert!(estimate(&[f64::NAN; 3], &[1.0; 3]).is_err());
        assert_eq!(estimate(&[0.0; 3], &[0.0; 3]).unwrap().unwrap().proportional_bias, None);
    }

    /// Round-off of sums of numbers up to a hundred.
    const TOLERANCE: f64 = 1e-9;

    fn is_near(one: Interval, other: [f64; 3]) -> bool {
        [one.estimate, one.lower, one.upper].iter().zip(other).all(|(a, b)| (a - b).abs() < TOLERANCE)
    }

    proptest! {
        #[test]
        fn a_rater_who_gives_some_points_more_moves_bias_and_limits_by_them(
            pairs in prop::collection::vec((0.0_f64..100.0, 0.0_f64..100.0), 3..40),
            more in -50.0_f64..50.0,
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let moved: Vec<f64> = b.iter().map(|it| it + more).collect();
            let [before, after] = [estimate(&a, &b), estimate(&a, &moved)].map(|it| it.unwrap().unwrap());
            for (before, after) in [
                (before.bias, after.bias),
                (before.lower_limit, after.lower_limit),
                (before.upper_limit, after.upper_limit),
            ] {
                prop_assert!(is_near(after, [before.estimate, before.lower, before.upper].map(|it| it + more)));
            }
            prop_assert!((before.std_dev - after.std_dev).abs() < TOLERANCE);
        }

        #[test]
        fn swapped_raters_have_mirrored_bias_and_limits(
            pairs in prop::collection::vec((0.0_f64..100.0, 0.0_f64..100.0), 3..40),
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let [there, back] = [estimate(&a, &b), estimate(&b, &a)].map(|it| it.unwrap().unwrap());
            for (there, back) in [
                (there.bias, back.bias),
                (there.lower_limit, back.upper_limit),
                (there.upper_limit, back.lower_limit),
            ] {
                prop_assert!(is_near(there, [-back.estimate, -back.upper, -back.lower]));
            }
            prop_assert!(there.lower_limit.estimate <= there.bias.estimate);
            prop_assert!(there.bias.estimate <= there.upper_limit.estimate);
        }
    }
}
