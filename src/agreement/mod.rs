//! Agreement between measurements of the same patients, and whether a new batch looks like the reference.
//!
//! A score is worth what its measurement is worth. Two readers, instruments, lots, centres, or a core and its whole slide
//! measure the same patients: do they say the same? And do the densities of a new batch come from the distribution that
//! a frozen reference was made of?
//!
//! | module | question |
//! | --- | --- |
//! | [`correlation`] | does one measurement follow from the other? |
//! | [`intraclass`] | what share of the variance of single measurements lies between patients? |
//! | [`rank_intraclass`] | how far do repeated measurements of one patient go together, by rank? |
//! | [`concordance_correlation`] | how near to the line of equality are pairs? |
//! | [`limits_of_agreement`] | by what ratio do two measurements of one patient differ? |
//! | [`limits_in_points`] | by how many points do two measurements of one patient differ? |
//! | [`within_subject`] | how far do repeated measurements of one patient scatter? |
//! | [`categories`] | do two ratings put patients into the same categories? |
//! | [`measurements`] | all of these of two measurements, or of all raters |
//! | [`paired_change`] | by what ratio, or by how many points, does a measurement change in the same patients? |
//! | [`count_change`] | is one patient's change beyond the error of counting? |
//! | [`stability_index`] | how far have shares of patients moved between the bins of the reference? |
//! | [`kolmogorov_smirnov`] | do two distributions differ anywhere? |
//! | [`anderson_darling`] | do they differ, in the tails as much as in the middle? |
//! | [`location_shift`] | by what percentage is a batch higher or lower? |
//! | [`design_effect`] | how much less do measurements say of which a patient has several? |
//! | [`control_chart`] | which batch left the limits, or when did a drift begin? |
//!
//! Undefined is `None`: too few patients, or no variation. What cannot be a measurement (a value that is not finite, a
//! density below 0, columns of different lengths) is an error. Sums run over sorted values or are compensated by
//! centring, so that the order of rows changes a result by round-off at most.

pub mod anderson_darling;
pub mod categories;
pub mod concordance_correlation;
pub mod control_chart;
pub mod correlation;
pub mod count_change;
pub mod design_effect;
pub mod intraclass;
pub mod kolmogorov_smirnov;
pub mod limits_in_points;
pub mod limits_of_agreement;
pub mod location_shift;
mod log_pairs;
pub mod measurements;
mod noncentral_t;
pub mod paired_change;
mod rank_distributions;
pub mod rank_intraclass;
mod sample;
mod spearman_distribution;
pub mod stability_index;
pub mod within_subject;

pub use log_pairs::PairCounts;
pub use sample::{Interval, LogSample};
