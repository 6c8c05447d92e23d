//! Competing risks: how many have each event, and what changes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::levels::{codes, levels};
use super::models::{complete, design};
use super::{PatientSet, Status};
use crate::error::Result;
use crate::protocol::{Analysis, Grouping, TableModel};
use crate::survival::competing_risks::CompetingCohort;
use crate::survival::competing_risks::aalen_johansen::{self, CumulativeIncidence, StateOccupancy};
use crate::survival::competing_risks::cause_specific::{self, CauseSpecificModel};
use crate::survival::competing_risks::fine_gray::{self, FineGrayModel};
use crate::survival::competing_risks::gray::{self, GrayTest};

/// Competing risks in a table of patients. The event of interest is the first of the causes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompetingRisks {
    /// Names of the events, that of interest first.
    pub causes: Vec<String>,
    /// Cumulative incidence of each event among all rows.
    pub overall: CumulativeIncidence,
    /// The same at the times of the analysis.
    pub overall_at: Vec<StateOccupancy>,
    /// One entry a column whose classes are compared.
    pub groups: Vec<CompetingGroups>,
    /// One entry a model of the analysis.
    pub models: Vec<CompetingModel>,
}

/// Cumulative incidence by the classes of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompetingGroups {
    /// The column.
    pub column: String,
    /// The classes.
    pub classes: Vec<String>,
    /// Cumulative incidence in each class.
    pub incidence: Vec<CumulativeIncidence>,
    /// The same at the times of the analysis.
    pub incidence_at: Vec<Vec<StateOccupancy>>,
    /// Gray's test of each event, within strata if the analysis has them; empty with late entry or weights.
    pub gray: Vec<GrayTest>,
}

/// A model of the analysis under competing risks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompetingModel {
    /// Short name of the model.
    pub name: String,
    /// Effects on the cumulative incidence of the event of interest (Fine and Gray); absent with late entry, weights or
    /// strata.
    pub fine_gray: Option<FineGrayModel>,
    /// Effects on the hazard of each event.
    pub cause_specific: Vec<CauseSpecificModel>,
}

/// Competing risks of an analysis; absent unless it names a competing event.
///
/// # Errors
///
/// None that the types of the arguments let happen; those of [`crate::survival`].
pub(super) fn competing_risks(analysis: &Analysis, set: &PatientSet<'_>) -> Result<Option<CompetingRisks>> {
    if analysis.status.competing.is_empty() {
        return Ok(None);
    }
    let causes: Vec<String> = [analysis.status.event.to_string()]
        .into_iter()
        .map(|it| format!("{} = {it}", analysis.status.column))
        .chain(analysis.status.competing.iter().map(|it| it.label.clone()))
        .collect();
    let overall = aalen_johansen::estimate(&cohort(set, &causes)?, aalen_johansen::Settings::default())?;
    Ok(Some(CompetingRisks {
        overall_at: at_times(&overall, analysis),
        overall,
        groups: analysis.by.iter().map(|it| groups(analysis, set, it, &causes)).collect::<Result<_>>()?,
        models: analysis.models.iter().map(|it| model(analysis, set, it, &causes)).collect::<Result<_>>()?,
        causes,
    }))
}

fn cohort(set: &PatientSet<'_>, causes: &[String]) -> Result<CompetingCohort> {
    let times: Vec<f64> = set.cohort.outcomes().iter().map(|it| it.time).collect();
    let cause = |it: &Status| match it {
        Status::Censored => 0,
        Status::Event => 1,
        Status::Competing(place) => place + 2,
    };
    let codes: Vec<usize> = set.statuses.iter().map(cause).collect();
    let mut cohort = CompetingCohort::from_columns(&times, &codes, causes)?;
    if let Some(entries) = set.cohort.entries() {
        cohort = cohort.with_entries(entries)?;
    }
    if let Some(weights) = set.cohort.weights() {
        cohort = cohort.with_weights(weights)?;
    }
    Ok(cohort)
}

fn at_times(incidence: &CumulativeIncidence, analysis: &Analysis) -> Vec<StateOccupancy> {
    analysis.times.iter().filter_map(|&time| incidence.at(time)).collect()
}

fn groups(
    analysis: &Analysis,
    set: &PatientSet<'_>,
    grouping: &Grouping,
    causes: &[String],
) -> Result<CompetingGroups> {
    let known = set.complete_in(analysis, &[], &[&grouping.column])?;
    let values = known.classes(&grouping.column);
    let classes = levels(&values, grouping.classes.as_deref());
    let codes = codes(&values, &classes);
    let cohort = cohort(&known, causes)?;
    let settings = aalen_johansen::Settings::default();
    let incidence = aalen_johansen::estimate_by_group(&cohort, &codes, classes.len(), settings)?;
    let gray = if is_simple(&known) {
        let settings = gray::Settings { strata: known.strata.as_deref(), ..gray::Settings::default() };
        gray::test(&cohort, &codes, classes.len(), settings)?
    } else {
        Vec::new()
    };
    Ok(CompetingGroups {
        column: grouping.column.clone(),
        classes,
        incidence_at: incidence.iter().map(|it| at_times(it, analysis)).collect(),
        incidence,
        gray,
    })
}

fn model(analysis: &Analysis, set: &PatientSet<'_>, model: &TableModel, causes: &[String]) -> Result<CompetingModel> {
    let part = complete(analysis, set, model)?;
    let (cohort, design) = (cohort(&part, causes)?, design(&part, model)?);
    // METHOD: weights of censoring are not defined here for late entry, case weights and strata.
    let can_fit = is_simple(&part) && part.strata.is_none() && part.cohort.n_events() > 0;
    Ok(CompetingModel {
        name: model.name.clone(),
        fine_gray: can_fit.then(|| fine_gray::fit(&cohort, 1, &design, fine_gray::Settings::default())).transpose()?,
        cause_specific: cause_specific::fit(&cohort, &design, part.strata.as_deref())?,
    })
}

/// Whether all rows are under observation from the start, and count as one.
fn is_simple(set: &PatientSet<'_>) -> bool {
    set.cohort.entries().is_none() && set.cohort.weights().is_none()
}
