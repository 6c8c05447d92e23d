//! Competing risks: several causes of which a patient meets at most one, such as relapse and death without relapse.
//!
//! Who has met one cause can no longer meet another. To take the others for censored, as 1 - Kaplan-Meier does, answers
//! what would happen in a world without them; these modules say what happens in this one. Every statistic takes a
//! [`CompetingCohort`].
//!
//! | module | question |
//! | --- | --- |
//! | [`aalen_johansen`] | what share of patients has met each cause by a given time? |
//! | [`time_lost`] | how much time does each cause take from patients, up to a horizon? |
//! | [`gray`] | do groups differ in the share that meets a cause? |
//! | [`fine_gray`] | how do covariates change the share that meets a cause? |
//! | [`cause_specific`] | by what factor does each covariate multiply the hazard of each cause? |
//!
//! The last two answer different questions. A cause-specific hazard tells of the rate among those still free of every
//! cause, and is about how a disease works; a subdistribution hazard tells of the share of all patients, and is about
//! what to expect. A covariate that only speeds up one cause changes the subdistribution hazard of the others, too.
//!
//! # References
//!
//! * Putter H, Fiocco M, Geskus RB. Tutorial in biostatistics: competing risks and multi-state models.
//!   *Stat Med* 2007;26:2389-2430. doi:10.1002/sim.2712
//! * Latouche A, Allignol A, Beyersmann J, Labopin M, Fine JP. A competing risks analysis should report results on all
//!   cause-specific hazards and cumulative incidence functions.
//!   *J Clin Epidemiol* 2013;66:648-653. doi:10.1016/j.jclinepi.2012.09.017

pub mod aalen_johansen;
pub mod cause_specific;
mod cohort;
pub mod fine_gray;
pub mod gray;
pub mod time_lost;

pub use cohort::CompetingCohort;
