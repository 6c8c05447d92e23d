//! Survival statistics: what becomes of patients, by how much immune infiltrate their tumours hold.
//!
//! Every statistic takes a [`Cohort`], which has checked the follow-up times and put them in order once.
//!
//! | module | question |
//! | --- | --- |
//! | [`kaplan_meier`] | what share of patients is still free of the event at a given time? |
//! | [`bands`] | within what limits does the whole curve lie? |
//! | [`cumulative_hazard`] | how fast do events add up? |
//! | [`follow_up`] | how long were patients observed? |
//! | [`restricted_mean`] | how long do patients live without the event, up to a horizon? |
//! | [`log_rank`] | do groups differ? |
//! | [`weighted_log_rank`] | do they differ early, late or throughout? |
//! | [`max_combo`] | do two groups differ early, late or throughout, whichever it is? |
//! | [`pairwise`] | which pairs of them differ? |
//! | [`trend`] | does the hazard rise or fall along ordered groups? |
//! | [`planning`] | how many events does it take to see a difference? |
//! | [`cox`] | by what factor does each covariate multiply the hazard? |
//! | [`firth`] | and if all events fall on one side of a covariate? |
//! | [`spline`] | does the hazard ratio bend along a covariate? |
//! | [`interaction`] | does a marker tell who benefits from a treatment? |
//! | [`penalized`] | which of many covariates carry the risk, with coefficients that hold for new patients? |
//! | [`cutpoint`] | where does a marker divide patients best, and what is left of it after correction? |
//! | [`proportional_hazards`] | does that factor hold at all times? |
//! | [`concordance`] | how well does a risk put patients in the order of their events? |
//! | [`competing_risks`] | what if patients can meet only one of several events? |
//! | [`time_dependent_auc`] | how well does a marker tell who has the event by a given time? |
//! | [`roc_curve`] | which share of them does each threshold of the marker find? |
//! | [`brier`] | how far is predicted survival from what happened? |
//! | [`calibration`] | do as many patients have the event as was predicted? |
//! | [`explained_variation`] | how much of the variation in outcome does a prognostic index explain? |
//! | [`relative_contribution`] | how much of a model's evidence does each variable give? |
//! | [`decision_curve`] | do patients gain if a model decides whom to treat? |
//! | [`reclassification`] | which risks does a new model move, and whose? |
//! | [`optimism`] | how much worse will a model do in new patients? |
//! | [`imputation`] | what is the answer if values were missing and filled in several times? |
//!
//! [`design`] turns numbers and categories into the columns of a model, and [`chi_square`] turns statistics into
//! p-values. [`multiplicity`] adjusts these for their number.
//!
//! The conventions (tied times, intervals, tolerances) are those of the R package survival, so that the numbers agree
//! with it; each module says where they do not.

pub mod bands;
pub mod bootstrap;
pub mod brier;
pub mod calibration;
mod censoring;
pub mod chi_square;
mod cholesky;
mod cohort;
pub mod competing_risks;
pub mod concordance;
pub mod confidence;
pub mod cox;
pub mod cumulative_hazard;
pub mod cutpoint;
pub mod decision_curve;
pub mod design;
pub(crate) mod distributions;
pub mod explained_variation;
pub mod firth;
pub mod follow_up;
mod groups_at_risk;
pub mod imputation;
pub(crate) mod incomplete_beta;
pub mod interaction;
pub mod kaplan_meier;
pub mod log_rank;
pub mod max_combo;
pub mod multiplicity;
mod multivariate_normal;
pub(crate) mod normal;
pub mod optimism;
pub mod paired_difference;
pub mod pairwise;
pub mod penalized;
pub mod planning;
pub mod proportional_hazards;
pub mod reclassification;
pub mod relative_contribution;
pub(crate) mod replicates;
pub mod restricted_mean;
pub mod roc_curve;
pub mod spline;
mod survival_of_group;
pub mod time_dependent_auc;
pub mod trend;
pub mod weighted_log_rank;

pub use cohort::{Cohort, Outcome};
