//! The search for the best cut of a marker, with what makes it honest.
//!
//! The p-value of the log-rank test at a cut that was chosen for its log-rank test is far too small: with the default range
//! of candidates a marker without effect has p < 0.05 in about two of five studies. The hazard ratio there is too far from
//! 1, and its interval too narrow. A [`Search`] has none of these. It has
//!
//! | what | against |
//! | --- | --- |
//! | the p-value of permutations of the whole search | the p-value at the cut |
//! | p-values of maximally selected rank statistics | the same, for comparison with R |
//! | a bootstrap interval of the cut | the cut as if it were a constant of nature |
//! | shrunken and cross-validated hazard ratios | the hazard ratio at the cut |
//! | the effect of the marker as it is | the loss by cutting it |
//! | the number of markers that were searched | the best of many |
//!
//! The statistic is the log-rank test's, by [`scan`]; the cut is the first with the largest. With strata, the shares of the
//! candidates are of all patients: within a stratum a group may be small.
//!
//! ```text
//! heuristic shrinkage = max(0, (W - 1) / W),  W = (β/SE)² at the cut          Schumacher 1997
//! ```
//!
//! # References
//!
//! * Altman DG, Lausen B, Sauerbrei W, Schumacher M. Dangers of using "optimal" cutpoints in the evaluation of prognostic
//!   factors. *J Natl Cancer Inst* 1994;86:829-835. doi:10.1093/jnci/86.11.829
//! * Schumacher M, Holländer N, Sauerbrei W. Resampling and cross-validation techniques: a tool to reduce bias caused by
//!   model building? *Stat Med* 1997;16:2813-2827.
//! * Holländer N, Sauerbrei W, Schumacher M. Confidence intervals for the effect of a prognostic factor after selection of
//!   an 'optimal' cutpoint. *Stat Med* 2004;23:1701-1713. doi:10.1002/sim.1611

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CutOrigin;
use super::candidates::{CandidateRange, Candidates};
use super::continuous::{self, ContinuousEffect};
use super::cross_validation::{self, CrossValidated, group_effect};
use super::maxstat::{self, MaximallySelected};
use super::permutation::{self, PermutationTest, Permuter};
use super::resampling::{CutInterval, Study};
use super::risk_sets::RiskSets;
use super::scan::{self, CutStatistic};
use super::scores::TiedRank;
use crate::error::{Error, Result};
use crate::survival::Cohort;

/// Samples draw other random numbers than permutations.
const SAMPLES: u64 = 0x9E37_79B9_7F4A_7C15;

/// Folds draw other random numbers than permutations and samples.
const FOLDS: u64 = 0xD1B5_4A32_D192_ED03;

/// How a cut is searched.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SearchSettings {
    /// Which cuts are candidates.
    pub range: CandidateRange,
    /// Permutations of the whole search; the p-value is at least 1 in so many and one.
    #[schemars(range(min = 1))]
    pub n_permutations: usize,
    /// Bootstrap samples, and permutations of the cross-validation.
    pub n_samples: usize,
    /// Folds of the cross-validation.
    #[schemars(range(min = 2))]
    pub n_folds: usize,
    /// Seed of all random numbers.
    pub seed: u64,
}

impl Default for SearchSettings {
    /// 9999 permutations, as many as R's maxstat but for one; 1000 samples; two folds, as Faraggi and Simon.
    fn default() -> Self {
        Self { range: CandidateRange::default(), n_permutations: 9999, n_samples: 1000, n_folds: 2, seed: 1 }
    }
}

/// The best cut of a marker, and what may be said of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// That the cut was searched over the outcomes.
    pub origin: CutOrigin,
    /// How it was searched.
    pub settings: SearchSettings,
    /// Markers that were searched in this analysis, this one included; corrections here are for one.
    #[schemars(range(min = 1))]
    pub n_markers_searched: usize,
    /// Number of patients.
    pub n: usize,
    /// Number of patients with the event.
    pub n_events: usize,
    /// The cut: the largest value of the low group.
    pub cut: f64,
    /// Patients at or below the cut.
    pub n_low: usize,
    /// Patients above the cut.
    pub n_high: usize,
    /// Largest log-rank statistic of all cuts; not chi-square distributed.
    #[schemars(range(min = 0.0))]
    pub max_chi_square: f64,
    /// The p-value of the search.
    pub permutation: PermutationTest,
    /// The search as R's maxstat does it, which may end at another cut; absent with late entry or strata.
    pub rank_statistic: Option<MaximallySelected>,
    /// Where the cut falls in other samples.
    pub interval: CutInterval,
    /// How far the groups below and above the cut differ.
    pub effect: CutEffect,
    /// The effect of the marker as it is.
    pub continuous: ContinuousEffect,
    /// Every candidate, by ascending cut.
    pub cuts: Vec<CutStatistic>,
}

/// The hazard ratio of the high group against the low one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CutEffect {
    /// The hazard ratio at the cut that was chosen to make it large. It is not to be reported, and has neither an interval nor a
    /// p-value; absent if there is no finite one.
    #[schemars(range(min = 0.0))]
    pub not_to_be_reported: Option<f64>,
    /// Shrunk by what one test would need; too little after a search. Absent with `not_to_be_reported`.
    pub heuristic: Option<Shrunken>,
    /// Shrunk by what searches in bootstrap samples claim too much; absent with `not_to_be_reported` or without samples.
    pub bootstrap: Option<Shrunken>,
    /// The effect in patients that had no part in choosing the cut.
    pub cross_validated: CrossValidated,
}

/// A hazard ratio that was drawn towards 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shrunken {
    /// What the log hazard ratio was multiplied by, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub factor: f64,
    /// The hazard ratio that is left.
    #[schemars(range(min = 0.0))]
    pub hazard_ratio: f64,
}

impl Shrunken {
    fn by(factor: f64, log_hazard_ratio: f64) -> Self {
        Self { factor, hazard_ratio: (factor * log_hazard_ratio).exp() }
    }
}

/// Searches a marker for the cut at which the log-rank test is largest.
///
/// `marker` and `strata` hold one value per patient, in the order of the cohort. The result depends on the seed, and not on
/// the number of threads.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one value and one stratum per patient.
/// * [`Error::OutOfRange`] if a value is not finite, the range is none, there are no permutations, or fewer than two folds.
/// * [`Error::Unanswerable`] if there is no candidate, if none has a statistic, as without events, or if patients have
///   weights.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::cutpoint::{self, SearchSettings};
///
/// let times: Vec<f64> = (0..60).map(|it| f64::from(it * 37 % 61)).collect();
/// let cohort = Cohort::from_columns(&times, &[true; 60])?;
/// let marker: Vec<f64> = (0..60).map(f64::from).collect();
/// let settings = SearchSettings { n_permutations: 199, n_samples: 50, ..SearchSettings::default() };
/// let search = cutpoint::search(&cohort, &marker, None, settings)?;
/// assert!(search.permutation.p_value > 0.05);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn search(cohort: &Cohort, marker: &[f64], strata: Option<&[usize]>, settings: SearchSettings) -> Result<Search> {
    let searched = Searched::of(cohort, marker, strata, settings)?;
    let risk_sets = RiskSets::of(cohort, strata)?;
    let permuter = Permuter::new(cohort.len(), strata);
    let permuted =
        permutation::largest(&risk_sets, &[&searched.candidates], &permuter, settings.n_permutations, settings.seed);
    let permutation = PermutationTest::of(searched.max_chi_square, permuted.iter().map(|it| it[0]));
    searched.report(1, permutation)
}

/// A search that has found a cut, before it is said what that is worth.
pub(super) struct Searched<'a> {
    study: Study<'a>,
    settings: SearchSettings,
    pub(super) candidates: Candidates,
    pub(super) max_chi_square: f64,
    cuts: Vec<CutStatistic>,
    best: usize,
}

impl<'a> Searched<'a> {
    pub(super) fn of(
        cohort: &'a Cohort,
        marker: &'a [f64],
        strata: Option<&'a [usize]>,
        settings: SearchSettings,
    ) -> Result<Self> {
        permutation::check(settings.n_permutations)?;
        cross_validation::check_folds(settings.n_folds)?;
        let candidates = Candidates::require(marker, cohort.len(), settings.range)?;
        let cuts = scan::statistics(&RiskSets::of(cohort, strata)?, &candidates);
        let with_place = cuts.iter().enumerate().filter_map(|(at, cut)| Some((at, cut.chi_square?)));
        let best = with_place.reduce(|best, next| if next.1 > best.1 { next } else { best });
        let Some((best, max_chi_square)) = best else { return Err(no_statistic(cohort)) };
        let study = Study { cohort, marker, strata, range: settings.range };
        Ok(Self { study, settings, candidates, max_chi_square, cuts, best })
    }

    /// Says what the cut is worth, given the p-value of the search.
    pub(super) fn report(self, n_markers_searched: usize, permutation: PermutationTest) -> Result<Search> {
        let Study { cohort, marker, strata, range } = self.study;
        let SearchSettings { n_samples, n_folds, seed, .. } = self.settings;
        let CutStatistic { cut, n_low, n_high, .. } = self.cuts[self.best];
        let resampled = self.study.resample(cut, n_samples, seed ^ SAMPLES);
        let rank_statistic = match (strata, cohort.entries()) {
            (None, None) => maxstat::test(cohort, marker, range, TiedRank::Largest)?,
            _ => None,
        };
        let group: Vec<usize> = marker.iter().map(|&it| usize::from(it > cut)).collect();
        let naive = group_effect(cohort, &group, strata)?;
        let shrink = |factor: f64| naive.log_hazard_ratio.map(|beta| Shrunken::by(factor, beta));
        Ok(Search {
            origin: CutOrigin::SearchedOverOutcomes,
            settings: self.settings,
            n_markers_searched,
            n: cohort.len(),
            n_events: cohort.n_events(),
            cut,
            n_low,
            n_high,
            max_chi_square: self.max_chi_square,
            permutation,
            rank_statistic,
            interval: resampled.interval,
            effect: CutEffect {
                not_to_be_reported: naive.hazard_ratio,
                // METHOD: A negative shrinkage factor, where the effect is below its standard error, counts as 0.
                heuristic: naive.z.and_then(|z| shrink((1.0 - 1.0 / (z * z)).max(0.0))),
                bootstrap: resampled.shrinkage.and_then(shrink),
                cross_validated: cross_validation::cross_validate(&self.study, n_folds, n_samples, seed ^ FOLDS)?,
            },
            continuous: continuous::fit(cohort, marker, strata)?,
            cuts: self.cuts,
        })
    }
}

pub(super) fn no_statistic(cohort: &Cohort) -> Error {
    let problem = match cohort.n_events() {
        0 => format!("none of the {} patients has the event, so that no cut can be judged", cohort.len()),
        _ => "at no cut are patients of both groups at risk when some of them have the event and others do not"
            .to_owned(),
    };
    Error::Unanswerable { problem }
}

#[cfg(test)]
mod tests;
