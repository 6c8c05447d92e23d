//! What the statistics share: checked values, their mean and spread, ranks, and logarithms.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::survival::normal;

/// An estimate with its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// The estimate.
    pub estimate: f64,
    /// Lower end of its 95 % interval.
    pub lower: f64,
    /// Upper end of its 95 % interval.
    pub upper: f64,
}

impl Interval {
    /// The interval that reaches as far to either side.
    pub(super) fn symmetric(estimate: f64, reach: f64) -> Self {
        Self { estimate, lower: estimate - reach, upper: estimate + reach }
    }

    /// The interval on another scale, which rises with this one.
    pub(super) fn map(self, rising: impl Fn(f64) -> f64) -> Self {
        Self { estimate: rising(self.estimate), lower: rising(self.lower), upper: rising(self.upper) }
    }
}

/// Mean and spread of the natural logarithms of positive measurements.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogSample {
    /// Number of positive measurements.
    pub n_positive: usize,
    /// Number of measurements of 0, which have no logarithm and are left out.
    pub n_zero: usize,
    /// Mean of the logarithms; absent without a positive measurement.
    pub mean: Option<f64>,
    /// Standard deviation of the logarithms, with denominator n - 1; absent with fewer than two.
    #[schemars(range(min = 0.0))]
    pub std_dev: Option<f64>,
}

impl LogSample {
    /// Of measurements of 0 or more.
    pub(super) fn new(values: &[f64]) -> Self {
        let logs: Vec<f64> = values.iter().filter(|&&it| it > 0.0).map(|it| it.ln()).collect();
        let n_zero = values.len() - logs.len();
        let std_dev = (logs.len() > 1).then(|| std_dev(&logs));
        Self { n_positive: logs.len(), n_zero, mean: (!logs.is_empty()).then(|| mean(&logs)), std_dev }
    }
}

/// Complains about a value that is not finite.
pub(super) fn expect_finite(quantity: &'static str, values: &[f64]) -> Result<()> {
    match values.iter().find(|it| !it.is_finite()) {
        Some(&value) => Err(Error::OutOfRange { quantity, expected: "a finite number", value }),
        None => Ok(()),
    }
}

/// Complains about a value that is not finite or below 0.
pub(super) fn expect_measurements(quantity: &'static str, values: &[f64]) -> Result<()> {
    match values.iter().find(|it| !(it.is_finite() && **it >= 0.0)) {
        Some(&value) => Err(Error::OutOfRange { quantity, expected: "a finite number, 0 or more", value }),
        None => Ok(()),
    }
}

/// Complains unless there are as many second measurements as first ones.
pub(super) fn expect_pairs<T>(first: &[T], second: &[T]) -> Result<()> {
    if first.len() == second.len() {
        return Ok(());
    }
    Err(Error::UnequalLengths { quantity: "second measurement", expected: first.len(), found: second.len() })
}

/// The value that a standard normal variable exceeds in size with probability 0.05.
pub(super) fn normal_critical_value() -> f64 {
    normal::quantile(0.975)
}

/// The values in ascending order.
pub(super) fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// The mean; `values` are not empty.
pub(super) fn mean(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let rough = values.iter().sum::<f64>() / n;
    // The second pass takes out the round-off of the first, so that equal values have themselves as their mean.
    rough + values.iter().map(|it| it - rough).sum::<f64>() / n
}

/// Sum of products of deviations from the means.
pub(super) fn sum_of_products(first: &[f64], second: &[f64]) -> f64 {
    let (mean_first, mean_second) = (mean(first), mean(second));
    first.iter().zip(second).map(|(a, b)| (a - mean_first) * (b - mean_second)).sum()
}

/// Standard deviation with denominator n - 1, for two values or more.
pub(super) fn std_dev(values: &[f64]) -> f64 {
    (sum_of_products(values, values) / (values.len() - 1) as f64).sqrt()
}

/// The median of ascending values, which are not empty.
pub(super) fn median(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { f64::midpoint(sorted[half - 1], sorted[half]) }
}

/// Ranks from 1, tied values sharing the mean of theirs; and the size of each run of ties, in ascending order of value.
pub(super) fn mid_ranks(values: &[f64]) -> (Vec<f64>, Vec<usize>) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut run_sizes = Vec::new();
    let mut n_before = 0;
    for run in order.chunk_by(|&a, &b| values[a] >= values[b]) {
        for &at in run {
            ranks[at] = n_before as f64 + (run.len() + 1) as f64 / 2.0;
        }
        n_before += run.len();
        run_sizes.push(run.len());
    }
    (ranks, run_sizes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tied_values_share_their_ranks() {
        let (ranks, run_sizes) = mid_ranks(&[3.0, 1.0, 3.0, 0.0, 3.0, -0.0]);
        assert_eq!(ranks, [5.0, 3.0, 5.0, 1.5, 5.0, 1.5]);
        assert_eq!(run_sizes, [2, 1, 3]);
    }

    #[test]
    fn equal_values_have_no_spread() {
        let values = [0.1; 7];
        assert_eq!(mean(&values).to_bits(), 0.1_f64.to_bits());
        assert_eq!(std_dev(&values).to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn zeros_have_no_logarithm_but_are_counted() {
        let sample = LogSample::new(&[0.0, 1.0, 0.0]);
        assert_eq!(sample, LogSample { n_positive: 1, n_zero: 2, mean: Some(0.0), std_dev: None });
        assert_eq!(LogSample::new(&[0.0]).mean, None);
    }

    #[test]
    fn what_is_no_measurement_is_refused() {
        for value in [f64::NAN, f64::INFINITY, -1.0] {
            assert!(matches!(expect_measurements("density", &[1.0, value]), Err(Error::OutOfRange { .. })));
        }
        assert!(expect_finite("value", &[-1.0]).is_ok());
        assert!(expect_finite("value", &[f64::NAN]).is_err());
        let error = expect_pairs(&[1.0], &[]).unwrap_err();
        assert_eq!(error.to_string(), "second measurement has 0 values, expected 1");
    }
}
