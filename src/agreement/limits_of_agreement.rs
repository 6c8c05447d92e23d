//! Bland and Altman's bias and limits of agreement, as ratios of the second measurement to the first.
//!
//! With `d_i = ln y_i - ln x_i`, their mean `d̄` and standard deviation `s`:
//!
//! ```text
//! bias    exp(d̄)             interval exp(d̄ ∓ t s / √n)
//! limits  exp(d̄ ∓ 1.96 s)    interval of the upper exp(d̄ + s T_0.025 / √n) to exp(d̄ + s T_0.975 / √n)      Carkeet 2015
//! ```
//!
//! with `t` on n - 1 degrees of freedom, and `T_p` the quantile of t with non-centrality 1.96 √n on as many; the interval of
//! the lower limit is the mirror image. These intervals are exact for normal `d_i`. Bland & Altman's approximate ones,
//! `∓ t s √(1/n + 1.96² / (2 (n-1)))`, take the far side for too near: of 10 pairs 1.27 s in place of 1.84 s, of 100 pairs
//! 0.34 s in place of 0.38 s.
//!
//! About 95 % of ratios lie within the limits. Proportional bias is the slope of `d_i` on the mean of both logarithms: how
//! the log ratio changes as density grows e-fold. It is 0 if both measurements vary alike, and tests that (Pitman 1939),
//! rather than that one is noisier.
//!
//! A pair with a density of 0 has no ratio. Such pairs are left out and counted, those with one zero by side, as no
//! constant added to zeros is free of arbitrariness and each makes its own limits. A pair of 0 and a positive density is a
//! disagreement that the limits do not hold: where there are more than a few, the limits are too good.
//!
//! # References
//!
//! * Bland JM, Altman DG. Statistical methods for assessing agreement between two methods of clinical measurement. *Lancet*
//!   1986;327:307-310. doi:10.1016/S0140-6736(86)90837-8
//! * Bland JM, Altman DG. Measuring agreement in method comparison studies. *Stat Methods Med Res* 1999;8:135-160.
//!   doi:10.1177/096228029900800204
//! * Carkeet A. Exact parametric confidence intervals for Bland-Altman limits of agreement. *Optom Vis Sci*
//!   2015;92:e71-e80. doi:10.1097/OPX.0000000000000513
//! * Pitman EJG. A note on normal correlation. *Biometrika* 1939;31:9-12. doi:10.1093/biomet/31.1-2.9

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::log_pairs::{PairCounts, ROUND_OFF, differences, log_pairs};
use super::noncentral_t;
use super::sample::{Interval, mean, normal_critical_value, std_dev, sum_of_products};
use crate::error::Result;
use crate::survival::distributions::{student_critical_value, student_two_sided};

/// Bias and limits of agreement of two measurements, as ratios of the second to the first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsOfAgreement {
    /// Pairs with a ratio, and without.
    pub pairs: PairCounts,
    /// The bias: the geometric mean ratio, with its 95 % interval.
    pub bias_ratio: Interval,
    /// The lower limit of agreement, with its 95 % interval.
    pub lower_limit_ratio: Interval,
    /// The upper limit of agreement, with its 95 % interval.
    pub upper_limit_ratio: Interval,
    /// Standard deviation of the log ratios.
    #[schemars(range(min = 0.0))]
    pub std_dev: f64,
    /// Change of the log ratio as the density grows e-fold; absent if all pairs have the same mean.
    pub proportional_bias: Option<ProportionalBias>,
}

/// The slope of the difference of two measurements on their mean; of densities, both on the scale of logarithms.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProportionalBias {
    /// The slope, with its 95 % interval.
    pub slope: Interval,
    /// Two-sided p-value of a slope of 0, in [0, 1]; absent if pairs lie on a line to round-off.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: Option<f64>,
}

/// Estimates bias and limits of agreement of pairs of densities.
///
/// Absent with fewer than 3 pairs of positive densities.
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if measurements do not come in pairs.
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a density is not finite or below 0.
///
/// # Examples
///
/// ```
/// use contexture::agreement::limits_of_agreement;
///
/// let [first, second] = [[100.0, 200.0, 400.0, 0.0], [110.0, 180.0, 440.0, 5.0]];
/// let limits = limits_of_agreement::estimate(&first, &second)?.unwrap();
/// assert_eq!((limits.pairs.n_positive, limits.pairs.n_first_zero), (3, 1));
/// assert!(limits.lower_limit_ratio.estimate < 1.0 && 1.0 < limits.upper_limit_ratio.estimate);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(first: &[f64], second: &[f64]) -> Result<Option<LimitsOfAgreement>> {
    let (pairs, log_first, log_second) = log_pairs(first, second)?;
    if pairs.n_positive < 3 {
        return Ok(None);
    }
    let Limits { bias, lower_limit, upper_limit, std_dev } = limits(&differences(&log_first, &log_second));
    Ok(Some(LimitsOfAgreement {
        pairs,
        bias_ratio: bias.map(f64::exp),
        lower_limit_ratio: lower_limit.map(f64::exp),
        upper_limit_ratio: upper_limit.map(f64::exp),
        std_dev,
        proportional_bias: proportional_bias(&log_first, &log_second, ROUND_OFF),
    }))
}

/// Bias and limits of differences, on their own scale.
pub(super) struct Limits {
    pub(super) bias: Interval,
    pub(super) lower_limit: Interval,
    pub(super) upper_limit: Interval,
    pub(super) std_dev: f64,
}

/// Bias and limits of two differences or more.
pub(super) fn limits(differences: &[f64]) -> Limits {
    let n = differences.len() as f64;
    let (bias, std_dev) = (mean(differences), std_dev(differences));
    let t = student_critical_value(n - 1.0);
    let z = normal_critical_value();
    // METHOD: Intervals of the limits are exact, since validations often have few pairs.
    let [near, far] = [0.025, 0.975].map(|p| noncentral_t::quantile(p, n - 1.0, z * n.sqrt()) / n.sqrt());
    let at = |it: f64| bias + it * std_dev;
    Limits {
        bias: Interval::symmetric(bias, t * std_dev / n.sqrt()),
        lower_limit: Interval { estimate: at(-z), lower: at(-far), upper: at(-near) },
        upper_limit: Interval { estimate: at(z), lower: at(near), upper: at(far) },
        std_dev,
    }
}

/// The slope of the difference, second less first, on the mean of both; absent if all pairs have the same mean. Distances from
/// the line below `round_off` are none.
pub(super) fn proportional_bias(first: &[f64], second: &[f64], round_off: f64) -> Option<ProportionalBias> {
    let differences = differences(first, second);
    let means: Vec<f64> = first.iter().zip(second).map(|(a, b)| f64::midpoint(*a, *b)).collect();
    let spread = sum_of_products(&means, &means);
    if spread <= 0.0 {
        return None;
    }
    let slope = sum_of_products(&means, &differences) / spread;
    let n_free = (means.len() - 2) as f64;
    let [center, center_difference] = [mean(&means), mean(&differences)];
    let residual = |(at, difference): (&f64, &f64)| (difference - center_difference - slope * (at - center)).powi(2);
    let residuals: f64 = means.iter().zip(&differences).map(residual).sum();
    let std_err = (residuals / n_free / spread).sqrt();
    Some(ProportionalBias {
        slope: Interval::symmetric(slope, student_critical_value(n_free) * std_err),
        p_value: (residuals.sqrt() > round_off).then(|| student_two_sided(slope / std_err, n_free)),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn identical_measurements_have_no_bias_and_no_limits_apart() {
        let values = [1.0, 20.0, 300.0, 5.0];
        let limits = estimate(&values, &values).unwrap().unwrap();
        let one = Interval { estimate: 1.0, lower: 1.0, upper: 1.0 };
        assert_eq!([limits.bias_ratio, limits.lower_limit_ratio, limits.upper_limit_ratio], [one; 3]);
        let slope = limits.proportional_bias.unwrap();
        assert_eq!((slope.slope.estimate, slope.p_value), (0.0, None));
        let doubled = estimate(&values, &values.map(|it| 2.0 * it)).unwrap().unwrap();
        assert!((doubled.upper_limit_ratio.upper - 2.0).abs() < 1e-12);
        assert_eq!(doubled.proportional_bias.unwrap().p_value, None);
    }

    #[test]
    fn too_few_positive_pairs_have_no_limits() {
        assert_eq!(estimate(&[1.0, 2.0, 0.0, 3.0], &[1.0, 2.0, 3.0, 0.0]).unwrap(), None);
        assert_eq!(estimate(&[], &[]).unwrap(), None);
        assert!(estimate(&[1.0], &[1.0, 2.0]).is_err());
        let constant = estimate(&[2.0; 4], &[2.0; 4]).unwrap().unwrap();
        assert_eq!(constant.proportional_bias, None);
    }

    proptest! {
        #[test]
        fn swapped_measurements_have_reciprocal_ratios(
            pairs in prop::collection::vec((0.5_f64..1e4, 0.5_f64..1e4), 3..40),
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let [there, back] = [estimate(&a, &b), estimate(&b, &a)].map(|it| it.unwrap().unwrap());
            let is_reciprocal = |x: Interval, y: Interval| {
                [x.estimate * y.estimate, x.lower * y.upper, x.upper * y.lower].iter().all(|it| (it - 1.0).abs() < 1e-9)
            };
            prop_assert!(is_reciprocal(there.bias_ratio, back.bias_ratio));
            prop_assert!(is_reciprocal(there.lower_limit_ratio, back.upper_limit_ratio));
            prop_assert!(there.lower_limit_ratio.estimate <= there.bias_ratio.estimate);
            let slopes = [there, back].map(|it| it.proportional_bias.unwrap().slope.estimate);
            prop_assert!((slopes[0] + slopes[1]).abs() < 1e-9);
        }
    }
}
