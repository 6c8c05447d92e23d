//! Survival statistics: what becomes of patients, by how much immune infiltrate their tumours hold.
//!
//! Every statistic takes a [`Cohort`], which has checked the follow-up times and put them in order once.
//!
//! | module | question |
//! | --- | --- |
//! | [`kaplan_meier`] | what share of patients is still free of the event at a given time? |
//! | [`follow_up`] | how long were patients observed? |
//! | [`log_rank`] | do groups differ? |
//! | [`trend`] | does the hazard rise or fall along ordered groups? |
//! | [`cox`] | by what factor does each covariate multiply the hazard? |
//! | [`proportional_hazards`] | does that factor hold at all times? |
//! | [`concordance`] | how well does a risk put patients in the order of their events? |
//!
//! [`design`] turns numbers and categories into the columns of a model, and [`chi_square`] turns statistics into
//! p-values.
//!
//! The conventions (tied times, intervals, tolerances) are those of the R package survival, so that the numbers agree
//! with it; each module says where they do not.

pub mod chi_square;
mod cholesky;
mod cohort;
pub mod concordance;
pub mod cox;
pub mod design;
pub mod follow_up;
pub mod kaplan_meier;
pub mod log_rank;
mod normal;
pub mod proportional_hazards;
mod replicates;
pub mod trend;

pub use cohort::{Cohort, Outcome};
