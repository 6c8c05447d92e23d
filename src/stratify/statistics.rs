//! What is known of a cohort's survival: the content of `statistics.json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::patients::AnalysisStatistics;
use crate::model::InputFile;
use crate::protocol::TimeUnit;
use crate::score::reference::ReferenceSummary;
use crate::survival::chi_square::ChiSquareTest;
use crate::survival::concordance::Concordance;
use crate::survival::cox::CoxModel;
use crate::survival::kaplan_meier::{ConfidenceScale, Quantile, SurvivalCurve};
use crate::survival::log_rank::LogRank;
use crate::survival::proportional_hazards::ProportionalHazards;

/// Version of the schema of `statistics.json`, raised when an old reader could misread a new file.
pub const STATISTICS_SCHEMA_VERSION: u32 = 1;

/// Fewer events than this for each variable of a model make its estimates unreliable (Peduzzi et al. 1995,
/// doi:10.1016/0895-4356(95)00048-8).
pub const FEWEST_EVENTS_PER_VARIABLE: f64 = 10.0;

/// Survival of a scored cohort.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// Version of this file's schema; 1.
    pub schema_version: u32,
    /// Version of contexture that wrote it.
    pub contexture_version: String,
    /// Name of the study.
    pub title: String,
    /// Name of the protocol.
    pub protocol: String,
    /// The reference of the scores; absent if they need none.
    pub reference: Option<ReferenceSummary>,
    /// Scale of the Kaplan-Meier intervals.
    pub confidence_scale: ConfidenceScale,
    /// Files that the statistics were made from, beyond the scores.
    pub inputs: Vec<InputFile>,
    /// SHA-256 of the scores they were made from, as JSON: pages put them together with these scores only.
    pub scores_sha256: String,
    /// Patients with a full score.
    pub n_scored: usize,
    /// One entry an endpoint of the study, in its order.
    pub endpoints: Vec<EndpointStatistics>,
    /// One entry an analysis of the study, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub analyses: Vec<AnalysisStatistics>,
}

/// Survival for one endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointStatistics {
    /// Short name of the endpoint.
    pub name: String,
    /// Its name on pages.
    pub label: String,
    /// Unit of every time below, unless its name says `years`.
    pub time_unit: TimeUnit,
    /// Patients analysed.
    pub n: usize,
    /// Events among them.
    pub n_events: usize,
    /// Patients of the scores or of the clinical table who were not analysed, by reason.
    pub excluded: Vec<ExclusionCount>,
    /// Median follow-up, by the reverse Kaplan-Meier estimate.
    pub median_follow_up: Quantile,
    /// Survival by class, one entry a scheme of the protocol, the primary scheme first.
    pub by_class: Vec<ByClass>,
    /// The hazard along the score itself.
    pub by_score: ByScore,
    /// Multivariable models of the study that name this endpoint.
    pub models: Vec<AdjustedModel>,
    /// What is to be known before the numbers are believed, in sentences.
    pub warnings: Vec<String>,
}

/// How many patients were not analysed for a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExclusionCount {
    /// Code of the reason, as in the table `excluded`.
    pub reason: String,
    /// The reason in words.
    pub description: String,
    /// Patients.
    pub n: usize,
}

/// Survival by class of one scheme.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ByClass {
    /// Name of the scheme.
    pub scheme: String,
    /// Its name on pages.
    pub scheme_label: String,
    /// One entry a class, from the lowest score; also classes without a patient.
    pub groups: Vec<GroupSurvival>,
    /// Whether the classes differ.
    pub log_rank: LogRank,
    /// Whether the hazard rises or falls from class to class: score test of a Cox model on 1, 2, 3, …; absent if there
    /// are not two classes with patients, or no events.
    pub trend: Option<ChiSquareTest>,
    /// Cox model of the classes against the lowest class that has patients; absent if it cannot be fitted.
    pub cox: Option<CoxModel>,
    /// Whether the hazard ratios are constant over time; absent if the model is, or a coefficient is not estimated.
    pub proportional_hazards: Option<ProportionalHazards>,
    /// Events per variable of that model.
    pub events_per_variable: EventsPerVariable,
}

/// Survival of the patients of one class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupSurvival {
    /// The class.
    pub class: String,
    /// Patients.
    pub n: usize,
    /// Events.
    pub n_events: usize,
    /// Median survival, absent if it was not reached.
    pub median: Quantile,
    /// Survival at the study's times.
    pub survival_at: Vec<SurvivalAtYears>,
    /// The Kaplan-Meier estimate.
    pub curve: SurvivalCurve,
}

/// Survival of a group at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SurvivalAtYears {
    /// The time, in years.
    pub years: f64,
    /// Patients still under observation just before that time.
    pub n_risk: usize,
    /// Survival, in [0, 1]; absent after the last observation.
    pub survival: Option<f64>,
    /// Lower end of its 95 % interval; absent where it is not defined.
    pub lower: Option<f64>,
    /// Upper end of its 95 % interval; absent where it is not defined.
    pub upper: Option<f64>,
}

/// The hazard along the continuous score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ByScore {
    /// Cox model of the score, per 10 points on a scale of a hundred, else per point; absent if it cannot be fitted.
    pub cox: Option<CoxModel>,
    /// Harrell's concordance of the score, a high score counting as low risk, or as high risk where the protocol says so.
    pub concordance: Concordance,
    /// Whether the hazard ratio is constant over time; absent if the model is.
    pub proportional_hazards: Option<ProportionalHazards>,
    /// Events per variable of that model.
    pub events_per_variable: EventsPerVariable,
}

/// Events for each variable of a model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventsPerVariable {
    /// Events.
    pub n_events: usize,
    /// Coefficients of the model.
    pub n_variables: usize,
    /// Events for each of them; absent if there is no coefficient.
    pub ratio: Option<f64>,
    /// Whether that is fewer than 10.
    pub too_few: bool,
}

impl EventsPerVariable {
    /// Events for each of `n_variables` coefficients.
    pub fn new(n_events: usize, n_variables: usize) -> Self {
        let ratio = (n_variables > 0).then(|| n_events as f64 / n_variables as f64);
        Self { n_events, n_variables, ratio, too_few: ratio.is_some_and(|it| it < FEWEST_EVENTS_PER_VARIABLE) }
    }
}

/// What the score adds to the covariates of a model. All parts are fitted to the same patients: those who have every
/// covariate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustedModel {
    /// Short name of the model.
    pub name: String,
    /// Its name on pages.
    pub label: String,
    /// Patients with every covariate.
    pub n: usize,
    /// Patients of the endpoint who lack a covariate.
    pub n_incomplete: usize,
    /// Events among the patients with every covariate.
    pub n_events: usize,
    /// Columns whose classes each have a baseline hazard of their own.
    pub strata: Vec<String>,
    /// Each covariate, and how many patients lack it.
    pub covariates: Vec<Covariate>,
    /// The score, and each covariate, alone; strata as in the model.
    pub univariable: Vec<UnivariableModel>,
    /// The covariates without the score; absent if it cannot be fitted.
    pub without_score: Option<CoxModel>,
    /// The covariates and the score; absent if it cannot be fitted.
    pub with_score: Option<CoxModel>,
    /// Likelihood-ratio test of adding the score; absent if a model is.
    pub added_by_score: Option<ChiSquareTest>,
    /// Whether the hazard ratios of the model with the score are constant over time.
    pub proportional_hazards: Option<ProportionalHazards>,
    /// The covariates and the classes of the primary scheme; absent if it cannot be fitted.
    pub with_class: Option<CoxModel>,
    /// Events per variable of the model with the score.
    pub events_per_variable: EventsPerVariable,
}

/// A covariate of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Covariate {
    /// The column.
    pub column: String,
    /// The class the others are compared with; absent for a number.
    pub reference: Option<String>,
    /// Patients of the endpoint who lack it.
    pub n_missing: usize,
}

/// A variable of a model on its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnivariableModel {
    /// The variable.
    pub term: String,
    /// Its Cox model; absent if it cannot be fitted.
    pub cox: Option<CoxModel>,
}
