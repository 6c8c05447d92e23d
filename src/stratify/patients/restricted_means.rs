//! Mean time free of the event up to a horizon, compared between two classes: as they are, and beside other columns.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PatientSet;
use super::levels::codes;
use super::models::{complete, design};
use crate::error::{Error, Result};
use crate::protocol::{Analysis, Grouping, TableModel};
use crate::survival::restricted_mean::adjusted::{self, AdjustedComparison};
use crate::survival::restricted_mean::{self, Comparison};

/// Probability that an interval holds what it is for.
const LEVEL: f64 = 0.95;

/// Restricted means of two classes beside the columns of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustedRestrictedMean {
    /// Short name of the model.
    pub model: String,
    /// Rows that have a class and all columns.
    pub n: usize,
    /// The comparison; `group` is the second class against the first.
    pub comparison: AdjustedComparison,
}

/// Compares two classes up to the last time of the analysis, or as far as both were followed; absent where that is not
/// defined.
pub(super) fn compare(
    analysis: &Analysis,
    known: &PatientSet<'_>,
    codes: &[usize],
    n_classes: usize,
) -> Result<Option<Comparison>> {
    if !are_two(known, codes, n_classes) {
        return Ok(None);
    }
    if_defined(restricted_mean::compare(&known.cohort, codes, analysis.times.last().copied(), LEVEL))
}

/// The same beside the columns of each model that does not hold the column itself.
pub(super) fn adjusted(
    analysis: &Analysis,
    set: &PatientSet<'_>,
    grouping: &Grouping,
    classes: &[String],
) -> Result<Vec<AdjustedRestrictedMean>> {
    let beside = |model: &TableModel| -> Result<Option<AdjustedRestrictedMean>> {
        let known = set.complete_in(analysis, &[], &[&grouping.column])?;
        let known = known.shared_with(analysis, &complete(analysis, set, model)?)?;
        let codes = codes(&known.classes(&grouping.column), classes);
        if !are_two(&known, &codes, classes.len()) {
            return Ok(None);
        }
        let design = design(&known, model)?;
        let horizon = analysis.times.last().copied();
        let found = if_defined(adjusted::compare(&known.cohort, &codes, &design, horizon, LEVEL))?;
        Ok(found.map(|comparison| AdjustedRestrictedMean {
            model: model.name.clone(),
            n: known.rows.len(),
            comparison,
        }))
    };
    // METHOD: the difference of two means has no place for an offset, which shifts the logarithm of a hazard.
    let models = analysis.models.iter().filter(|it| it.offset.is_none() && !it.columns().contains(&&grouping.column));
    models.filter_map(|it| beside(it).transpose()).collect()
}

/// Whether two classes have rows, without strata.
fn are_two(known: &PatientSet<'_>, codes: &[usize], n_classes: usize) -> bool {
    n_classes == 2 && known.strata.is_none() && (0..2).all(|it| codes.contains(&it))
}

fn if_defined<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::Unanswerable { .. } | Error::OutOfRange { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
