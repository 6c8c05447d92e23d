//! Cut-points of a table's columns, with what makes them honest.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PatientSet;
use crate::error::{Error, Result};
use crate::protocol::Analysis;
use crate::survival::cutpoint::SearchSettings;
use crate::survival::cutpoint::markers::{self, Marker, MarkerSearch};
use crate::survival::cutpoint::two_cuts::{self, TwoCutSearch, TwoCutSettings};

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
    /// One entry a column in which two cuts were searched.
    pub two_cuts: Vec<ColumnTwoCuts>,
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
        columns,
    }))
}
