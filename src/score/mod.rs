//! From the measurements of a cohort to its scores.
//!
//! ```text
//! measurements ─ quality ─► usable values ─ reference ─► percentiles ─┬ aggregate ─► score ─ scheme ─► classes
//!                                  └──────────────────────────────────┘   └ uncertainty ─► interval, probabilities
//! ```

mod aggregate;
pub mod bands;
mod cohort;
mod column;
pub mod comparison;
pub mod contexture;
mod distribution;
pub mod drift;
mod flag;
mod gaussian_copula;
mod grouping;
pub mod mean_percentile;
mod measurements;
mod patient;
pub mod poisson_interval;
mod profile;
mod quality;
mod reader;
pub mod reference;
mod rejection;
mod resampled_reference;
pub mod same_values;
mod samples;
mod scored;
pub mod share_interval;
pub mod uncertainty;
mod usable;

pub use aggregate::Aggregation;
pub use cohort::{ScoreSettings, ScoredCohort, needs_reference, score_cohort};
pub use distribution::{Distribution, FEWEST_PER_GROUP, QuantileTable, Side, Standing};
pub use flag::{Flag, Flags, Severity};
pub(crate) use gaussian_copula::GaussianCopula;
pub use grouping::Grouping;
pub(crate) use grouping::in_order;
pub use measurements::{Absence, Measurements, PatientMeasurements};
pub(crate) use profile::label;
pub use profile::{ClassAssignment, ComponentProfile, PatientProfile, PatientScore, Rejection, RejectionReason};
pub use reader::{ComponentReader, Reader};
pub use resampled_reference::ResampledReference;
pub use samples::{PatientSamples, SampleRemark, SampleScore, ScoredSamples};
pub use scored::{ScoredComponent, ScoredPatient};
pub use usable::{UsableValues, usable_beside, usable_values};

/// A number of patients with its noun.
pub(crate) fn n_patients(n: usize) -> String {
    if n == 1 { "1 patient".to_owned() } else { format!("{n} patients") }
}
