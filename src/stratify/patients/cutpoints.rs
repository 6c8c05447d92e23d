//! Cut-points of a table's columns, with what makes them honest.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PatientSet;
use super::performance::optimism_settings;
use crate::error::{Error, Result};
use crate::protocol::Analysis;
use crate::survival::cox;
use crate::survival::cutpoint::markers::{self, Marker, MarkerOutcome, MarkerSearch};
use crate::survival::cutpoint::two_cuts::{self, TwoCutSearch, TwoCutSettings};
use crate::survival::cutpoint::{CandidateRange, SearchSettings, scan};
use crate::survival::design::{Design, Term};
use crate::survival::optimism::{self, Predictions, Validation};

/// Replicates if the analysis does not say how many.
const DEFAULT_REPLICATES: usize = 1000;

/// Cut-points of the columns that were searched, all in the same rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CutpointStatistics {
    /// Rows that have all of the columns.
    pub n: usize,
    /// Rows of the analysis that lack one.
    pub n_incomplete: usize,
    /// Events among the rows that have all.
    pub n_events: usize,
    /// One entry a column in which one cut was searched; its p-values allow for the search and for the number of columns.
    pub columns: Vec<MarkerSearch>,
    /// How well each cut tells patients apart, one entry a column in which one was found; empty unless a bootstrap was asked
    /// for, and with late entry.
    pub validations: Vec<CutValidation>,
    /// One entry a column in which two cuts were searched.
    pub two_cuts: Vec<ColumnTwoCuts>,
}

/// What would be left of a searched cut in new patients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CutValidation {
    /// The column.
    pub column: String,
    /// By bootstrap, the cut searched anew in each sample.
    pub validation: Validation,
}

/// The search of two cuts in a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnTwoCuts {
    /// The column.
    pub column: String,
    /// What was found; absent if nothing could be.
    pub search: Option<TwoCutSearch>,
    /// Why nothing could be found; absent if something was.
    pub reason: Option<String>,
}

/// Searches the columns of an analysis; absent if it names none.
///
/// # Errors
///
/// [`Error::Unanswerable`] if rows have weights, for which a search is not defined.
pub(super) fn search(analysis: &Analysis, set: &PatientSet<'_>) -> Result<Option<CutpointStatistics>> {
    if analysis.cutpoints.is_empty() && analysis.two_cutpoints.is_empty() {
        return Ok(None);
    }
    let columns: Vec<&str> = analysis.cutpoints.iter().chain(&analysis.two_cutpoints).map(String::as_str).collect();
    // METHOD: all columns are searched in the same rows, so that their permutations are joint.
    let part = set.complete_in(analysis, &columns, &[])?;
    let strata = part.strata.as_deref();
    let n_replicates = analysis.bootstrap.unwrap_or(DEFAULT_REPLICATES);
    let settings = SearchSettings {
        n_permutations: n_replicates,
        n_samples: n_replicates,
        seed: analysis.seed,
        ..SearchSettings::default()
    };
    let markers: Vec<Marker> =
        analysis.cutpoints.iter().map(|column| Marker { name: column.clone(), values: part.numbers(column) }).collect();
    let columns = markers::search(&part.cohort, &markers, strata, settings)?;
    let two_cuts = analysis.two_cutpoints.iter().map(|column| {
        let settings =
            TwoCutSettings { n_permutations: n_replicates, seed: analysis.seed, ..TwoCutSettings::default() };
        match two_cuts::search(&part.cohort, &part.numbers(column), strata, settings) {
            Ok(search) => Ok(ColumnTwoCuts { column: column.clone(), search: Some(search), reason: None }),
            Err(Error::Unanswerable { problem }) => {
                Ok(ColumnTwoCuts { column: column.clone(), search: None, reason: Some(problem) })
            }
            Err(error) => Err(error),
        }
    });
    Ok(Some(CutpointStatistics {
        n: part.rows.len(),
        n_incomplete: set.rows.len() - part.rows.len(),
        n_events: part.cohort.n_events(),
        two_cuts: two_cuts.collect::<Result<_>>()?,
        validations: validations(analysis, &part, &columns, settings.range)?,
        columns,
    }))
}

fn validations(
    analysis: &Analysis,
    part: &PatientSet<'_>,
    columns: &[MarkerSearch],
    range: CandidateRange,
) -> Result<Vec<CutValidation>> {
    let Some(settings) = optimism_settings(analysis, part) else { return Ok(Vec::new()) };
    let found = columns.iter().filter(|it| matches!(it.outcome, MarkerOutcome::Searched { .. }));
    let validate = |column: &MarkerSearch| -> Result<Option<CutValidation>> {
        let values = part.numbers(&column.name);
        let predict = |drawn: &[usize]| predicted_by_cut(part, &values, range, drawn);
        match optimism::validate(&part.cohort, &settings, predict) {
            Ok(validation) => Ok(Some(CutValidation { column: column.name.clone(), validation })),
            // The hazard ratio at the cut is infinite.
            Err(Error::Unanswerable { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    };
    found.filter_map(|it| validate(it).transpose()).collect()
}

/// What a cut that is searched in some rows, and its hazard ratio there, predict for all; absent if there is none.
fn predicted_by_cut(
    part: &PatientSet<'_>,
    values: &[f64],
    range: CandidateRange,
    drawn: &[usize],
) -> Option<Predictions> {
    let cohort = part.cohort.select(drawn);
    let marker: Vec<f64> = drawn.iter().map(|&it| values[it]).collect();
    let strata = part.strata.as_ref().map(|strata| drawn.iter().map(|&it| strata[it]).collect::<Vec<_>>());
    let cuts = scan::log_rank(&cohort, &marker, range, strata.as_deref()).ok()?;
    let tested = cuts.iter().filter_map(|it| Some((it.cut, it.chi_square?)));
    // The first of the largest, as the search takes it.
    let (cut, _) = tested.reduce(|best, next| if next.1 > best.1 { next } else { best })?;
    let high = |values: &[f64]| values.iter().map(|&it| if it > cut { 1.0 } else { 0.0 }).collect::<Vec<f64>>();
    let design = Design::new(vec![Term::numeric("high", high(&marker))]);
    let coefficient = cox::fit(&cohort, &design, strata.as_deref()).ok()?.coefficients.first()?.log_hazard_ratio?;
    let linear_predictor = high(values).iter().map(|it| coefficient * it).collect();
    Some(Predictions { linear_predictor, survival: None })
}
