//! Shares of percentiles in bands: what a reference leads one to expect, and what a cohort shows.
//!
//! Percentiles of patients like those of the reference are spread evenly from 0 to 100, so that a band of percentiles holds
//! the share of its width. This holds for one component. The mean of several percentiles is no percentile: it lies nearer the
//! middle, and its classes hold other shares than their widths.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::protocol::CUT_TOLERANCE;

/// Ends of the bands: those of the five classes of the consensus score.
const ENDS: [f64; 6] = [0.0, 10.0, 25.0, 70.0, 95.0, 100.0];

/// A band of percentiles, above `lower` up to `upper`; 0 belongs to the first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Lower end, from 0 to 100.
    pub lower: f64,
    /// Upper end, from 0 to 100.
    pub upper: f64,
    /// Share of patients that the reference leads one to expect, in [0, 1].
    pub expected: f64,
    /// Share of patients in it, in [0, 1]; absent without patients.
    pub observed: Option<f64>,
    /// Patients in it.
    pub n: usize,
}

/// How many of the percentiles lie in each of the five bands.
pub fn bands(percentiles: &[f64]) -> Vec<Band> {
    let all = percentiles.len();
    ENDS.windows(2)
        .map(|ends| {
            let (lower, upper) = (ends[0], ends[1]);
            let is_above = |it: f64| lower <= 0.0 || it > lower + CUT_TOLERANCE;
            let n = percentiles.iter().filter(|it| is_above(**it) && **it <= upper + CUT_TOLERANCE).count();
            let observed = (all > 0).then(|| n as f64 / all as f64);
            Band { lower, upper, expected: (upper - lower) / 100.0, observed, n }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_percentile_is_in_one_band_and_an_end_in_the_one_below() {
        let found = bands(&[0.0, 10.0, 10.1, 25.0, 70.0, 70.000_001, 95.0, 96.0, 100.0]);
        assert_eq!(found.iter().map(|it| it.n).collect::<Vec<_>>(), [2, 2, 1, 2, 2]);
        assert!((found.iter().map(|it| it.expected).sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((found.iter().filter_map(|it| it.observed).sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(bands(&[]).iter().all(|it| it.observed.is_none()));
    }
}
