//! Survival in any table of patients: curves, groups, models, cut-points, competing risks.
//!
//! ```text
//! PatientTable ─► patient_set ─► groups ───► AnalysisStatistics
//!                                models ───►
//!                                …
//! ```

mod comparisons;
mod competing;
mod cutpoints;
mod effects;
mod groups;
mod levels;
mod models;
mod penalized;
mod performance;
mod restricted_means;
mod set;
mod table;

pub use comparisons::{ModelComparison, ModelComparisonAt};
pub use competing::{CompetingGroups, CompetingModel, CompetingRisks};
pub use cutpoints::{ColumnTwoCuts, CutValidation, CutpointStatistics};
pub use groups::{GroupComparison, QuantileAt, TableGroup};
pub use models::ModelStatistics;
pub use penalized::PenalizedModel;
pub use performance::ModelPerformance;
pub use restricted_means::AdjustedRestrictedMean;
pub use set::{PatientSet, RowExclusion, RowExclusionReason, patient_set};
pub use table::{PatientTable, Status};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ExclusionCount, InputFile};
use crate::error::{Error, Result};
use crate::protocol::{Analysis, TimeUnit};
use crate::survival::follow_up;
use crate::survival::kaplan_meier::{ConfidenceScale, Quantile};

/// Version of the schema of a table's `statistics.json`, raised when an old reader could misread a new file.
pub const TABLE_STATISTICS_SCHEMA_VERSION: u32 = 1;

/// Survival in a table of patients: the content of `statistics.json` if no scores were involved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableStatistics {
    /// Version of this file's schema; 1.
    pub schema_version: u32,
    /// Version of contexture that wrote it.
    pub contexture_version: String,
    /// Files that the statistics were made from.
    pub inputs: Vec<InputFile>,
    /// What was asked.
    pub analysis: Analysis,
    /// What was found.
    pub statistics: AnalysisStatistics,
}

/// Survival in a table of patients, for one endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnalysisStatistics {
    /// Short name of the analysis.
    pub name: String,
    /// Its name for a reader.
    pub label: String,
    /// Unit of every time.
    pub time_unit: TimeUnit,
    /// Rows of the table.
    pub n_rows: usize,
    /// Rows analysed.
    pub n: usize,
    /// Events among them.
    pub n_events: usize,
    /// Rows that were not analysed, by reason.
    pub excluded: Vec<ExclusionCount>,
    /// Times that differed from another by round-off only, and were made equal to it.
    pub n_times_merged: usize,
    /// Median follow-up, by the reverse Kaplan-Meier estimate.
    pub median_follow_up: Quantile,
    /// All rows as one group.
    pub overall: TableGroup,
    /// One entry a column whose classes are compared.
    pub groups: Vec<GroupComparison>,
    /// One entry a model.
    pub models: Vec<ModelStatistics>,
    /// Each pair of models, on the rows that both can be fitted to.
    pub model_comparisons: Vec<ModelComparison>,
    /// Cut-points that were searched; absent unless the analysis names a column for it.
    pub cutpoints: Option<CutpointStatistics>,
    /// Competing risks; absent unless the analysis names a competing event.
    pub competing_risks: Option<CompetingRisks>,
    /// What is to be known before the numbers are believed, in sentences.
    pub warnings: Vec<String>,
}

/// Estimates what an analysis asks of a table; and which rows could not be analysed.
///
/// # Errors
///
/// [`Error::Unanswerable`] if no row can be analysed.
pub fn analysis_statistics(
    analysis: &Analysis,
    table: &PatientTable,
) -> Result<(AnalysisStatistics, Vec<RowExclusion>)> {
    let (set, exclusions) = patient_set(analysis, table)?;
    let excluded = set::counts(&exclusions);
    if set.rows.is_empty() {
        let reasons: Vec<String> = excluded.iter().map(|it| format!("{} {}", it.n, it.description)).collect();
        let problem = format!("no row can be analysed for '{}' (left out: {})", analysis.title(), reasons.join("; "));
        return Err(Error::Unanswerable { problem });
    }
    let mut warnings = Vec::new();
    if set.cohort.n_events() == 0 {
        warnings.push("nobody had the event: there is no test and no model".to_owned());
    }
    let groups: Vec<GroupComparison> =
        analysis.by.iter().map(|it| groups::compare(analysis, &set, it)).collect::<Result<_>>()?;
    warnings.extend(groups::warnings(analysis, &set, &groups));
    let models = models::fit_all(analysis, &set)?;
    warnings.extend(models::warnings(analysis, &set));
    warnings.extend(models.iter().flat_map(|it| it.statistics.warnings()));
    let model_comparisons = comparisons::compare_all(analysis, &models)?;
    let competing_risks = competing::competing_risks(analysis, &set)?;
    if competing_risks.is_some() {
        // METHOD: without the competing events there is no survival that a curve could show (Putter et al. 2007).
        warnings.push(
            "a competing event counts as censored in curves, tests and Cox models, which are of the cause-specific \
             hazard; the probability of the event is the cumulative incidence"
                .to_owned(),
        );
    }
    Ok((
        AnalysisStatistics {
            name: analysis.name.clone(),
            label: analysis.title().to_owned(),
            time_unit: analysis.unit,
            n_rows: table.ids.len(),
            n: set.rows.len(),
            n_events: set.cohort.n_events(),
            excluded,
            n_times_merged: set.cohort.n_times_merged(),
            // METHOD: R's default scale, as follow-up is mostly reported from there.
            median_follow_up: follow_up::median(&set.cohort, ConfidenceScale::Log),
            overall: TableGroup::of("all", &set.cohort, set.clusters.as_deref(), analysis)?,
            groups,
            models: models.into_iter().map(|it| it.statistics).collect(),
            model_comparisons,
            cutpoints: cutpoints::search(analysis, &set)?,
            competing_risks,
            warnings,
        },
        exclusions,
    ))
}
