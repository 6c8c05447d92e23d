//! The search for a cut in several markers, one of which will look best.
//!
//! All markers are dealt to the patients together, so that permutations keep how they go with one another. The largest
//! log-rank statistic of a marker with many candidate cuts is larger by chance than that of one with few, so markers are
//! compared by how seldom each has such a statistic. With `t_k` the largest statistic of marker `k`, `t*_k` that of a
//! permutation, and `u` the share of all of them, the observed one included, that are at least as large, the markers are put
//! in the order of `u_1 ≤ u_2 ≤ …`, and the step-down method of Westfall and Young compares each with the best of those that
//! are not above it:
//!
//! ```text
//! q_k = min(u*_k, u*_{k+1}, …)
//! p_k = max(p_{k-1}, (1 + #{q_k ≤ u_k}) / (1 + B))                of equal u, the larger t counts as the smaller
//! ```
//!
//! It never is below the p-value of the marker alone, nor above what Holm's method, and so Bonferroni's, makes of that.
//!
//! `p_k` is the probability that any of the markers, all without effect, would have done as well: it is corrected for the
//! cuts and for the markers. Correlated markers cost less than in a Bonferroni correction. Beside it stand the p-values of the
//! single searches as Holm's and Benjamini and Hochberg's methods adjust them, which know nothing of the correlation.
//!
//! A marker that cannot be searched is named with the reason, and not counted among those that were.
//!
//! # References
//!
//! * Westfall PH, Young SS. *Resampling-Based Multiple Testing.* Wiley, 1993.
//! * Ge Y, Dudoit S, Speed TP. Resampling-based multiple testing for microarray data analysis. *Test* 2003;12:1-77.
//!   doi:10.1007/BF02595811

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::permutation::{self, PermutationTest, Permuter, reaches};
use super::risk_sets::RiskSets;
use super::search::{Search, SearchSettings, Searched};
use crate::error::{Error, Result};
use crate::survival::Cohort;
use crate::survival::multiplicity::{self, Method};

/// A marker to be searched.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    /// Its name.
    pub name: String,
    /// One value per patient, in the order of the cohort.
    pub values: Vec<f64>,
}

/// What became of the search of one of several markers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkerSearch {
    /// Name of the marker.
    pub name: String,
    /// What was found, or why nothing was.
    pub outcome: MarkerOutcome,
}

/// Whether a marker could be searched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum MarkerOutcome {
    /// It could.
    Searched {
        /// The search; its own p-value is corrected for the cuts, not for the markers.
        search: Box<Search>,
        /// The p-value corrected for the cuts and for all markers that were searched, by permuting them together.
        among_markers: PermutationTest,
        /// The p-value of the search, adjusted for all markers that were searched by Holm's method, in [0, 1].
        #[schemars(range(min = 0.0, max = 1.0))]
        holm: f64,
        /// The same by Benjamini and Hochberg's: the false discovery rate at which the marker would be called, in [0, 1].
        #[schemars(range(min = 0.0, max = 1.0))]
        benjamini_hochberg: f64,
    },
    /// It could not.
    Rejected {
        /// Why.
        reason: String,
    },
}

/// Searches several markers of the same patients, each as [`search`](super::search()) does.
///
/// The result is in the order of the markers. `strata` holds one code per patient.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if a marker or the strata do not have one value per patient.
/// * [`Error::OutOfRange`] if a value is not finite, the range is none, there are no permutations, or fewer than two folds.
/// * [`Error::Unanswerable`] if patients have weights.
pub fn search(
    cohort: &Cohort,
    markers: &[Marker],
    strata: Option<&[usize]>,
    settings: SearchSettings,
) -> Result<Vec<MarkerSearch>> {
    let risk_sets = RiskSets::of(cohort, strata)?;
    let mut searched = Vec::new();
    let mut outcomes: Vec<Option<MarkerOutcome>> = Vec::new();
    for (at, marker) in markers.iter().enumerate() {
        match Searched::of(cohort, &marker.values, strata, settings) {
            Ok(found) => {
                searched.push((at, found));
                outcomes.push(None);
            }
            Err(Error::Unanswerable { problem }) => outcomes.push(Some(MarkerOutcome::Rejected { reason: problem })),
            Err(error) => return Err(error),
        }
    }

    let n_searched = searched.len();
    let candidates: Vec<_> = searched.iter().map(|(_, it)| &it.candidates).collect();
    let permuter = Permuter::new(cohort.len(), strata);
    let permuted = permutation::largest(&risk_sets, &candidates, &permuter, settings.n_permutations, settings.seed);
    let observed: Vec<f64> = searched.iter().map(|(_, it)| it.max_chi_square).collect();
    let joint = step_down(&observed, &permuted);
    let alone = |column: usize| PermutationTest::of(observed[column], permuted.iter().map(|it| it[column]));
    let p_values: Vec<Option<f64>> = (0..n_searched).map(|column| Some(alone(column).p_value)).collect();
    let holm = adjusted(&p_values, Method::Holm)?;
    let false_discovery = adjusted(&p_values, Method::BenjaminiHochberg)?;
    for (column, ((at, found), among_markers)) in searched.into_iter().zip(joint).enumerate() {
        outcomes[at] = Some(MarkerOutcome::Searched {
            search: Box::new(found.report(n_searched, alone(column))?),
            among_markers,
            holm: holm[column],
            benjamini_hochberg: false_discovery[column],
        });
    }
    let named = markers.iter().zip(outcomes);
    let with_name = |(marker, outcome): (&Marker, Option<MarkerOutcome>)| MarkerSearch {
        name: marker.name.clone(),
        outcome: outcome.expect("each marker was either searched or rejected"),
    };
    Ok(named.map(with_name).collect())
}

fn adjusted(p_values: &[Option<f64>], method: Method) -> Result<Vec<f64>> {
    let adjusted = multiplicity::adjust(p_values, method)?.into_iter();
    Ok(adjusted.map(|it| it.expect("each search has a p-value")).collect())
}

/// P-values of the step-down method, in the order of the statistics; one row of `permuted` per permutation.
pub(super) fn step_down(observed: &[f64], permuted: &[Vec<f64>]) -> Vec<PermutationTest> {
    let pool = |column: usize| {
        let mut pool: Vec<f64> = permuted.iter().map(|it| it[column]).chain([observed[column]]).collect();
        pool.sort_unstable_by(f64::total_cmp);
        pool
    };
    let pools: Vec<Vec<f64>> = (0..observed.len()).map(pool).collect();
    // METHOD: Ranks make markers with many cuts comparable to those with few; the statistic itself orders equal ranks.
    let ranked = |values: &[f64]| -> Vec<(usize, f64)> {
        let n_reaching =
            |(&value, pool): (&f64, &Vec<f64>)| pool.len() - pool.partition_point(|it| !reaches(*it, value));
        values.iter().zip(&pools).map(n_reaching).zip(values.iter().copied()).collect()
    };
    let markers = ranked(observed);
    let permuted: Vec<Vec<(usize, f64)>> = permuted.iter().map(|it| ranked(it)).collect();
    let mut ranking: Vec<usize> = (0..observed.len()).collect();
    ranking.sort_by(|&a, &b| markers[a].0.cmp(&markers[b].0).then(observed[b].total_cmp(&observed[a])));

    let mut tests: Vec<PermutationTest> = Vec::new();
    for (rank, &place) in ranking.iter().enumerate() {
        let (n_reaching, statistic) = markers[place];
        let is_as_rare = |it: (usize, f64)| it.0 < n_reaching || (it.0 == n_reaching && reaches(it.1, statistic));
        let n_as_rare = permuted.iter().filter(|row| ranking[rank..].iter().any(|&it| is_as_rare(row[it]))).count();
        // METHOD: A marker is not called more certain than one before it.
        let n_at_least = tests.last().map_or(0, |it| it.n_at_least).max(n_as_rare);
        tests.push(PermutationTest::from_counts(n_at_least, permuted.len()));
    }
    let mut by_place: Vec<(usize, PermutationTest)> = ranking.into_iter().zip(tests).collect();
    by_place.sort_by_key(|it| it.0);
    by_place.into_iter().map(|it| it.1).collect()
}

#[cfg(test)]
mod tests;
