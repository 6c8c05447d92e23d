//! Pairs of measurements on the log scale.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sample::{expect_measurements, expect_pairs};
use crate::error::Result;

/// How many pairs of measurements have a ratio, and why others have none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairCounts {
    /// Pairs of two positive values: those with a ratio.
    pub n_positive: usize,
    /// Pairs whose first value is 0 and whose second is positive.
    pub n_first_zero: usize,
    /// Pairs whose second value is 0 and whose first is positive.
    pub n_second_zero: usize,
    /// Pairs of two zeros.
    pub n_both_zero: usize,
}

/// Differences of logarithms below this are round-off.
pub(super) const ROUND_OFF: f64 = 1e-12;

/// Counts pairs, and takes logarithms of those that have them: first and second.
pub(super) fn log_pairs(first: &[f64], second: &[f64]) -> Result<(PairCounts, Vec<f64>, Vec<f64>)> {
    expect_pairs(first, second)?;
    expect_measurements("first density", first)?;
    expect_measurements("second density", second)?;
    let mut counts = PairCounts::default();
    let [mut log_first, mut log_second] = [Vec::new(), Vec::new()];
    // METHOD: No constant is added to zeros: a ratio would be as large as the constant is small.
    for (&a, &b) in first.iter().zip(second) {
        match (a > 0.0, b > 0.0) {
            (true, true) => {
                counts.n_positive += 1;
                log_first.push(a.ln());
                log_second.push(b.ln());
            }
            (false, true) => counts.n_first_zero += 1,
            (true, false) => counts.n_second_zero += 1,
            (false, false) => counts.n_both_zero += 1,
        }
    }
    Ok((counts, log_first, log_second))
}

/// The second less the first.
pub(super) fn differences(first: &[f64], second: &[f64]) -> Vec<f64> {
    first.iter().zip(second).map(|(a, b)| b - a).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_is_counted_once() {
        let (counts, first, second) = log_pairs(&[0.0, 0.0, 1.0, 1.0], &[0.0, 2.0, 0.0, 1.0]).unwrap();
        assert_eq!(counts, PairCounts { n_positive: 1, n_first_zero: 1, n_second_zero: 1, n_both_zero: 1 });
        assert_eq!((first, second), (vec![0.0], vec![0.0]));
        assert!(log_pairs(&[1.0], &[]).is_err());
        assert!(log_pairs(&[-1.0], &[1.0]).is_err());
        assert!(log_pairs(&[1.0], &[f64::NAN]).is_err());
    }
}
