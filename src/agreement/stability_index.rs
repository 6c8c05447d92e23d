//! The population stability index of a batch against the deciles of a reference.
//!
//! ```text
//! PSI   = Σ_b (q_b - p_b) ln(q_b / p_b)              p_b, q_b: share of the reference, of the batch, in bin b
//! E     ≈ (B - 1) (1/N + 1/M)                        its mean if nothing moved; N, M: sizes; B: number of bins
//! χ²    = PSI / (1/N + 1/M)   on B - 1 degrees of freedom                           Yurdakul & Naranjo 2020
//! ```
//!
//! Bins end at the deciles of the reference, each the smallest value that a tenth, two tenths, … of it do not exceed, and
//! hold their upper end; the last is open. Tied deciles are one, so a bin may hold more than a tenth, no bin of the
//! reference is empty, and a reference of few values has few bins. Below the first decile and above the last, the index
//! does not see how far away values are.
//!
//! The index is symmetric in what it says of a pair of shares, 0 for equal shares, and has no upper end. Its usual bands
//! (below 0.1 stable, from 0.25 shifted; Siddiqi 2006) are a convention from scorecards of thousands; a batch of 40
//! patients has an index of 0.2 by chance alone, so read it beside `expected_without_shift` and the test, or take that off it
//! ([`StabilityIndex::beyond_chance`]).
//!
//! # References
//!
//! * Siddiqi N. *Credit Risk Scorecards: Developing and Implementing Intelligent Credit Scoring.* Wiley, 2006, ch. 8.
//! * Yurdakul B, Naranjo J. Statistical properties of the population stability index. *J Risk Model Validation*
//!   2020;14(4):89-100. <https://econpapers.repec.org/RePEc:rsk:journ5:7725371>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sample::{expect_finite, sorted};
use crate::error::Result;
use crate::survival::chi_square::ChiSquareTest;

/// Bins are tenths of the reference.
const N_BINS: usize = 10;

/// What is added to each count of a batch that leaves a bin empty.
const OFFSET: f64 = 0.5;

/// Where an index stands by convention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Below 0.1.
    Stable,
    /// From 0.1 to below 0.25: look into it.
    Drifting,
    /// 0.25 or more.
    Shifted,
}

impl Band {
    /// The band of an index, with the ends of Siddiqi 2006.
    pub fn of(index: f64) -> Self {
        if index < 0.1 {
            Self::Stable
        } else if index < 0.25 {
            Self::Drifting
        } else {
            Self::Shifted
        }
    }
}

/// One bin of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bin {
    /// Upper end, which belongs to the bin; absent for the last, which is open. The lower end is that of the bin before.
    pub upper: Option<f64>,
    /// Number of values of the reference in it; at least 1.
    pub n_reference: usize,
    /// Number of values of the batch in it.
    pub n_batch: usize,
    /// What it adds to the index.
    #[schemars(range(min = 0.0))]
    pub contribution: f64,
}

/// How far the shares of a batch are from those of the reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StabilityIndex {
    /// The population stability index; not negative.
    #[schemars(range(min = 0.0))]
    pub index: f64,
    /// Its band by convention.
    pub band: Band,
    /// The index to expect by chance if the batch comes from the distribution of the reference.
    #[schemars(range(min = 0.0))]
    pub expected_without_shift: f64,
    /// The test that it does; a large-sample one.
    pub test: ChiSquareTest,
    /// Bins, ascending; at least two.
    pub bins: Vec<Bin>,
    /// Number of bins without a value of the batch. If there is one, all counts of the batch are taken 1/2 higher.
    pub n_empty_bins: usize,
}

impl StabilityIndex {
    /// The index less what is expected by chance; below 0 where chance alone gives more.
    pub fn beyond_chance(&self) -> f64 {
        self.index - self.expected_without_shift
    }

    /// The same of samples of which patients have several, by the [design effect](super::design_effect) of their difference:
    /// chance gives so many times more.
    #[must_use]
    pub fn corrected(self, design_effect: f64) -> Self {
        let ChiSquareTest { chi_square, degrees_of_freedom, .. } = self.test;
        let test = ChiSquareTest::new(chi_square / design_effect, degrees_of_freedom).unwrap_or(self.test);
        Self { expected_without_shift: self.expected_without_shift * design_effect, test, ..self }
    }
}

/// Compares the shares of a batch in the bins of a reference with those of the reference.
///
/// Values are in one unit, in any order. Absent if the batch is empty or the reference does not have two different values
/// to part (its first decile is its largest value).
///
/// # Errors
///
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a value is not finite.
///
/// # Examples
///
/// ```
/// use contexture::agreement::stability_index::{self, Band};
///
/// let reference: Vec<f64> = (1..=100).map(f64::from).collect();
/// let halved: Vec<f64> = reference.iter().map(|it| it / 2.0).collect();
/// let index = stability_index::compare(&reference, &halved)?.unwrap();
/// assert_eq!((index.band, index.n_empty_bins), (Band::Shifted, 5));
/// assert!(stability_index::compare(&reference, &reference)?.unwrap().index == 0.0);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn compare(reference: &[f64], batch: &[f64]) -> Result<Option<StabilityIndex>> {
    expect_finite("value of the reference", reference)?;
    expect_finite("value of the batch", batch)?;
    let (reference, batch) = (sorted(reference), sorted(batch));
    let ends = ends(&reference);
    if ends.is_empty() || batch.is_empty() {
        return Ok(None);
    }

    let n_reference = counts(&reference, &ends);
    let n_batch = counts(&batch, &ends);
    let n_empty_bins = n_batch.iter().filter(|&&it| it == 0).count();
    // METHOD: A share of 0 has no logarithm. Half a patient more in every bin keeps the index finite, and its bias small
    // against its chance variation; a tiny constant instead would decide the index by itself.
    let offset = if n_empty_bins > 0 { OFFSET } else { 0.0 };
    let n_bins = n_batch.len();
    let batch_total = batch.len() as f64 + offset * n_bins as f64;
    let bin = |at: usize| {
        let expected = n_reference[at] as f64 / reference.len() as f64;
        let found = (n_batch[at] as f64 + offset) / batch_total;
        let contribution = (found - expected) * (found / expected).ln();
        Bin { upper: ends.get(at).copied(), n_reference: n_reference[at], n_batch: n_batch[at], contribution }
    };
    let bins: Vec<Bin> = (0..n_bins).map(bin).collect();

    let index: f64 = bins.iter().map(|it| it.contribution).sum();
    let unit = 1.0 / reference.len() as f64 + 1.0 / batch.len() as f64;
    Ok(ChiSquareTest::new(index / unit, n_bins - 1).map(|test| StabilityIndex {
        index,
        band: Band::of(index),
        expected_without_shift: (n_bins - 1) as f64 * unit,
        test,
        bins,
        n_empty_bins,
    }))
}

/// The deciles of ascending values, without repeats, below the largest value.
fn ends(sorted: &[f64]) -> Vec<f64> {
    let Some(&largest) = sorted.last() else { return Vec::new() };
    // METHOD: Deciles are values of the reference (R's quantile type 1), so that every bin holds one.
    let decile = |tenth: usize| sorted[(tenth * sorted.len()).div_ceil(N_BINS) - 1];
    let mut ends: Vec<f64> = (1..N_BINS).map(decile).filter(|&it| it < largest).collect();
    ends.dedup();
    ends
}

/// Number of ascending values in each bin.
fn counts(sorted: &[f64], ends: &[f64]) -> Vec<usize> {
    let n_below = ends.iter().map(|&end| sorted.partition_point(|&it| it <= end));
    let mut n_before = 0;
    n_below.chain([sorted.len()]).map(|n| n - std::mem::replace(&mut n_before, n)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn compared(reference: &[f64], batch: &[f64]) -> Option<StabilityIndex> {
        compare(reference, batch).unwrap()
    }

    #[test]
    fn a_batch_with_the_shares_of_the_reference_has_index_zero() {
        let reference: Vec<f64> = (0..50).map(f64::from).collect();
        let twice: Vec<f64> = reference.iter().chain(&reference).copied().collect();
        let index = compared(&reference, &twice).unwrap();
        assert_eq!((index.index.to_bits(), index.bins.len()), (0.0_f64.to_bits(), 10));
        assert!((index.expected_without_shift - 9.0 * 0.03).abs() < 1e-15);
        assert!((index.beyond_chance() + 9.0 * 0.03).abs() < 1e-15);
    }

    #[test]
    fn twice_the_variance_is_twice_the_index_by_chance() {
        let plain = compared(&[0.0, 1.0], &[0.0, 1.0, 1.0, 1.0]).unwrap();
        let corrected = plain.clone().corrected(2.0);
        assert_eq!(corrected.index.to_bits(), plain.index.to_bits());
        assert!((corrected.expected_without_shift - 1.5).abs() < 1e-15);
        assert!((corrected.test.chi_square * 2.0 - plain.test.chi_square).abs() < 1e-15);
        assert!(corrected.test.p_value > plain.test.p_value);
    }

    #[test]
    fn tied_deciles_are_one_bin() {
        let reference = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 2.0, 2.0];
        let bins = compared(&reference, &reference).unwrap().bins;
        let found: Vec<_> = bins.iter().map(|it| (it.upper, it.n_reference)).collect();
        assert_eq!(found, [(Some(0.0), 6), (Some(1.0), 1), (None, 3)]);
    }

    /// Half the reference at 0 and half at 1, three of four of the batch at 1: PSI = (1/4) ln 2 + (1/4) ln 1.5.
    #[test]
    fn two_bins_by_hand() {
        let index = compared(&[0.0, 1.0], &[0.0, 1.0, 1.0, 1.0]).unwrap();
        assert!((index.index - 0.25 * 3.0_f64.ln()).abs() < 1e-15);
        assert_eq!(index.test.degrees_of_freedom, 1);
    }

    #[test]
    fn an_empty_bin_counts_half_a_patient() {
        let index = compared(&[0.0, 1.0], &[1.0, 1.0, 1.0]).unwrap();
        assert_eq!(index.n_empty_bins, 1);
        assert!((index.index - 0.375 * 7.0_f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn no_index_without_values_or_bins() {
        assert_eq!(compared(&[], &[1.0]), None);
        assert_eq!(compared(&[1.0, 2.0], &[]), None);
        assert_eq!(compared(&[1.0; 20], &[1.0]), None);
        assert!(compare(&[1.0, f64::NAN], &[1.0]).is_err());
        assert!(compare(&[1.0, 2.0], &[f64::INFINITY]).is_err());
    }

    #[test]
    fn an_end_of_a_band_belongs_to_the_band_above() {
        let bands = [0.0999, 0.1, 0.2499, 0.25].map(Band::of);
        assert_eq!(bands, [Band::Stable, Band::Drifting, Band::Drifting, Band::Shifted]);
    }

    proptest! {
        #[test]
        fn the_index_sees_ranks_only(
            reference in prop::collection::vec(0_u8..30, 1..60),
            batch in prop::collection::vec(0_u8..30, 1..60),
        ) {
            let plain = |values: &[u8]| values.iter().map(|&it| f64::from(it)).collect::<Vec<_>>();
            let risen = |values: &[u8]| values.iter().rev().map(|&it| (f64::from(it) / 7.0).exp()).collect::<Vec<_>>();
            let found = compared(&plain(&reference), &plain(&batch));
            let other = compared(&risen(&reference), &risen(&batch));
            prop_assert_eq!(found.as_ref().map(|it| it.index), other.map(|it| it.index));
            if let Some(found) = found {
                prop_assert!(found.bins.iter().all(|it| it.contribution >= 0.0 && it.n_reference > 0));
                prop_assert_eq!(found.bins.iter().map(|it| it.n_batch).sum::<usize>(), batch.len());
            }
        }
    }
}
