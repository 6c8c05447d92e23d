//! The log-rank test at every cut of a marker.
//!
//! The statistic is that of [`log_rank`](crate::survival::log_rank) for `x > c` against `x ≤ c`, with the hypergeometric
//! variance, exact at each cut; all cuts are found in one pass (time proportional to n log n).
//!
//! The largest of many statistics is not chi-square distributed, so that no p-value stands here: the p-value of a search
//! is that of [`search`](super::search()).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::candidates::{CandidateRange, Candidates};
use super::risk_sets::{RiskSets, Split};
use crate::error::Result;
use crate::survival::Cohort;

/// One cut of a marker, and how far the groups below and above it differ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CutStatistic {
    /// Largest value of the marker in the low group.
    pub cut: f64,
    /// Patients at or below the cut.
    pub n_low: usize,
    /// Patients above the cut.
    pub n_high: usize,
    /// Events in the low group, less those to be expected if both groups have the same hazard.
    pub excess_low: f64,
    /// Log-rank statistic; one of many, so that it has no p-value. Absent if no patient of one group is at risk with one
    /// of the other at an event.
    #[schemars(range(min = 0.0))]
    pub chi_square: Option<f64>,
}

/// Tests every candidate cut of a marker, by ascending cut.
///
/// `marker` and `strata` hold one value per patient, in the order of the cohort.
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if there is not one value and one stratum per patient.
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a value is not finite, or the range is none.
/// * [`Error::Unanswerable`](crate::error::Error::Unanswerable) if there is no candidate, or patients have weights.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::cutpoint::{CandidateRange, scan};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0], &[true; 4])?;
/// let cuts = scan::log_rank(&cohort, &[5.0, 5.0, 8.0, 9.0], CandidateRange::default(), None)?;
/// assert_eq!(cuts.iter().map(|it| (it.cut, it.n_low)).collect::<Vec<_>>(), [(5.0, 2), (8.0, 3)]);
/// assert!((cuts[0].excess_low - 7.0 / 6.0).abs() < 1e-15);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn log_rank(
    cohort: &Cohort,
    marker: &[f64],
    range: CandidateRange,
    strata: Option<&[usize]>,
) -> Result<Vec<CutStatistic>> {
    let candidates = Candidates::require(marker, cohort.len(), range)?;
    Ok(statistics(&RiskSets::of(cohort, strata)?, &candidates))
}

/// The statistics of candidates that have been found.
pub(super) fn statistics(risk_sets: &RiskSets, candidates: &Candidates) -> Vec<CutStatistic> {
    let splits = risk_sets.splits(&candidates.order, &candidates.sizes);
    let rows = splits.into_iter().zip(&candidates.sizes).zip(&candidates.cuts);
    let statistic = |((split, &n_low), &cut): ((Split, &usize), &f64)| CutStatistic {
        cut,
        n_low,
        n_high: candidates.order.len() - n_low,
        excess_low: split.score,
        chi_square: risk_sets.chi_square(split),
    };
    rows.map(statistic).collect()
}

#[cfg(test)]
mod tests;
