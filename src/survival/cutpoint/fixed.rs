//! Cuts that were fixed before looking at outcomes: they need no correction.
//!
//! A cut that a paper gives, or the median of the marker, was not chosen for its effect. Groups by it are compared as any
//! groups: with p-values and intervals as they are. Groups are `x ≤ c_1`, `c_1 < x ≤ c_2`, …; medians and tertiles are R's
//! `quantile` (type 7):
//!
//! ```text
//! q(p) = x_(k) + (h - k)(x_(k+1) - x_(k)),   h = (N - 1) p + 1,  k = ⌊h⌋
//! ```
//!
//! Whether a cut was really fixed beforehand, only its author knows: one that was taken from a search in the same patients
//! was not.
//!
//! # References
//!
//! * Hyndman RJ, Fan Y. Sample quantiles in statistical packages. *Am Stat* 1996;50:361-365.
//!   doi:10.1080/00031305.1996.10473566

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CutOrigin;
use super::candidates::{check_marker, whole};
use super::continuous::{self, ContinuousEffect};
use crate::error::{Error, Result};
use crate::survival::Cohort;
use crate::survival::cox::{self, Coefficient};
use crate::survival::design::{Design, Term};
use crate::survival::log_rank::{self, LogRank};

/// A rule for cuts that does not look at outcomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FixedCut {
    /// Half of the patients in either group, as far as ties allow.
    Median,
    /// A third of the patients in each of three groups, as far as ties allow.
    Tertiles,
    /// Given values of the marker, ascending.
    At(Vec<f64>),
}

/// Groups by cuts that were fixed beforehand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedSplit {
    /// That the cut was fixed beforehand, and how.
    pub origin: CutOrigin,
    /// The cuts, ascending: each is the largest value that its lower group may have.
    pub cuts: Vec<f64>,
    /// Comparison of the groups, in ascending order of the marker.
    pub log_rank: LogRank,
    /// Hazard ratio of each group but the lowest, against the lowest.
    pub hazard_ratios: Vec<Coefficient>,
    /// The effect of the marker as it is.
    pub continuous: ContinuousEffect,
}

/// Compares groups by cuts that were fixed beforehand.
///
/// `marker` and `strata` hold one value per patient, in the order of the cohort. A group that nobody is in has zeros, and no
/// hazard ratio.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one value and one stratum per patient.
/// * [`Error::OutOfRange`] if a value is not finite, or a given cut is not above the one before it.
/// * [`Error::Unanswerable`] if there is no given cut, or no patient to take a median of.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::cutpoint::fixed::{self, FixedCut};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0], &[true; 4])?;
/// let split = fixed::split(&cohort, &[7.0, 9.0, 3.0, 1.0], &FixedCut::Median, None)?;
/// assert_eq!((split.cuts, split.log_rank.n), (vec![5.0], vec![2, 2]));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn split(cohort: &Cohort, marker: &[f64], cut: &FixedCut, strata: Option<&[usize]>) -> Result<FixedSplit> {
    check_marker(marker, cohort.len())?;
    let (origin, cuts) = match cut {
        FixedCut::Median => (CutOrigin::MarkerAlone, quantiles(marker, &[0.5])?),
        FixedCut::Tertiles => (CutOrigin::MarkerAlone, quantiles(marker, &[1.0 / 3.0, 2.0 / 3.0])?),
        FixedCut::At(cuts) => (CutOrigin::Given, check_cuts(cuts)?),
    };
    let n_groups = cuts.len() + 1;
    let group: Vec<usize> = marker.iter().map(|&x| cuts.partition_point(|&cut| cut < x)).collect();
    let log_rank = match strata {
        Some(strata) => log_rank::test_stratified(cohort, &group, n_groups, strata)?,
        None => log_rank::test(cohort, &group, n_groups)?,
    };
    let names: Vec<String> = (0..n_groups).map(|it| group_name(&cuts, it)).collect();
    let design = Design::new(vec![Term::factor("group", &names, 0, &group)?]);
    Ok(FixedSplit {
        origin,
        log_rank,
        hazard_ratios: cox::fit(cohort, &design, strata)?.coefficients,
        continuous: continuous::fit(cohort, marker, strata)?,
        cuts,
    })
}

fn group_name(cuts: &[f64], group: usize) -> String {
    match (group.checked_sub(1).map(|it| cuts[it]), cuts.get(group)) {
        (Some(above), Some(up_to)) => format!("> {above}, ≤ {up_to}"),
        (Some(above), None) => format!("> {above}"),
        (None, Some(up_to)) => format!("≤ {up_to}"),
        (None, None) => "all".to_owned(),
    }
}

fn check_cuts(cuts: &[f64]) -> Result<Vec<f64>> {
    if cuts.is_empty() {
        return Err(Error::Unanswerable {
            problem: "no cut was given; give at least one value of the marker".to_owned(),
        });
    }
    let ascends = |at: usize| cuts[at].is_finite() && (at == 0 || cuts[at - 1] < cuts[at]);
    match (0..cuts.len()).find(|&at| !ascends(at)) {
        Some(at) => Err(Error::OutOfRange {
            quantity: "cut of the marker",
            expected: "a finite number above the cut before it",
            value: cuts[at],
        }),
        None => Ok(cuts.to_vec()),
    }
}

/// Quantiles of a marker; equal ones once.
fn quantiles(marker: &[f64], shares: &[f64]) -> Result<Vec<f64>> {
    let mut sorted = marker.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else {
        return Err(Error::Unanswerable { problem: "there is no patient to take quantiles of".to_owned() });
    };
    let quantile = |share: &f64| {
        let place = last as f64 * share;
        let below = whole(place);
        sorted[below] + place.fract() * (sorted[(below + 1).min(last)] - sorted[below])
    };
    let mut cuts: Vec<f64> = shares.iter().map(quantile).collect();
    cuts.dedup_by(|a, b| a.total_cmp(b).is_eq());
    Ok(cuts)
}

#[cfg(test)]
mod tests;
