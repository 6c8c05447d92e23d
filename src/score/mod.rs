//! From the measurements of a cohort to its scores.
//!
//! ```text
//! measurements ─ quality ─► usable densities ─ reference ─► percentiles ─ mean_percentile ─► score ─ scheme ─► classes
//!                                                                           └ uncertainty ─► interval, probabilities
//! ```

mod cohort;
mod distribution;
mod flag;
pub mod mean_percentile;
pub mod poisson_interval;
mod profile;
mod quality;
pub mod reference;
pub mod uncertainty;

pub use cohort::{PatientMeasurements, ScoreSettings, ScoredCohort, score_cohort};
pub use distribution::{Distribution, Standing};
pub use flag::{Flag, Severity};
pub use profile::{ClassAssignment, ComponentProfile, PatientProfile, PatientScore, Rejection, RejectionReason};
