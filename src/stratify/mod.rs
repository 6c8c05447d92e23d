//! How scores relate to survival: every endpoint, by class and by score, alone and adjusted.
//!
//! ```text
//! scores ┐                 ┌ by_class: curves, log-rank, trend, Cox ─┐
//!        ├ analysis_set ───┼ by_score: Cox of the score, C, zph ─────┼─► Statistics
//! clinical ┘               └ adjusted: models with and without ──────┘
//! ```

mod adjusted;
mod analysis_set;
mod by_class;
mod by_score;
mod clinical;
mod endpoint;
pub mod patients;
mod statistics;
mod train;

pub use crate::model::InputFile;
pub use adjusted::adjusted_model;
pub use analysis_set::{AnalysisSet, Exclusion, ExclusionReason, ScoredPatients, analysis_set};
pub use by_class::by_class;
pub use by_score::{SCORE_TERM, SCORE_TERM_PER_POINT, by_score, is_score};
pub use clinical::{ClinicalTable, EndpointValue};
pub use endpoint::endpoint_statistics;
pub use statistics::{
    AdjustedModel, ByClass, ByScore, Covariate, EndpointStatistics, EventsPerVariable, ExclusionCount,
    FEWEST_EVENTS_PER_VARIABLE, GroupSurvival, STATISTICS_SCHEMA_VERSION, Statistics, SurvivalAtYears,
    UnivariableModel,
};
pub use train::{TrainingPatient, train};
