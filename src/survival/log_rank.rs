//! The log-rank test: do groups of patients have the same hazard?
//!
//! At each distinct event time, with `d` events among `n` patients at risk, `n_k` of them in group `k`:
//!
//! ```text
//! E_k  = Σ d n_k / n                                                        Mantel 1966
//! V_kl = Σ d (n - d) / (n - 1) · (n_k / n) (δ_kl - n_l / n)                 hypergeometric
//! χ²   = (O - E)' V⁻¹ (O - E)                                               one group left out
//! ```
//!
//! Times at which one patient is at risk add nothing to V. A group that is never at risk when an event happens (E = 0)
//! is left out; the degrees of freedom are the number of other groups less one. In the stratified test, O, E and V are
//! summed over strata. Patients who enter late are at risk after their entry. All is as in R's `survdiff`. It is the
//! weighted test of [`weighted_log_rank`] in which all event times count alike.
//!
//! # References
//!
//! * Mantel N. Evaluation of survival data and two new rank order statistics arising in its consideration.
//!   *Cancer Chemother Rep* 1966;50:163-170.
//! * Peto R, Peto J. Asymptotically efficient rank invariant test procedures.
//!   *J R Stat Soc A* 1972;135:185-207. doi:10.2307/2344317

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cohort::Cohort;
use super::weighted_log_rank::{self, Weight};
use crate::error::Result;

/// A log-rank test, with the numbers that it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogRank {
    /// Patients in each group.
    pub n: Vec<usize>,
    /// Events in each group.
    pub observed: Vec<u64>,
    /// Events in each group to be expected if all groups have the same hazard.
    pub expected: Vec<f64>,
    /// The statistic; absent if fewer than two groups were at risk at an event, or their risk sets never overlap.
    #[schemars(range(min = 0.0))]
    pub chi_square: Option<f64>,
    /// Number of groups with an expectation above 0, less one; 0 if there is none.
    pub degrees_of_freedom: usize,
    /// Probability of a statistic at least as large if all groups have the same hazard, in [0, 1]; absent with
    /// `chi_square`.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: Option<f64>,
}

/// Compares the hazards of `n_groups` groups.
///
/// `group` holds one code below `n_groups` per patient, in the order of the cohort. Groups of the result are in the
/// order of their codes; a group that nobody is in has zeros. A patient whose weight is a whole number counts as that many
/// patients.
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if there is not one code per patient.
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a code is not below `n_groups`.
/// * [`Error::Unanswerable`](crate::error::Error::Unanswerable) if a patient weighs a fraction of one.
///
/// # Examples
///
/// ```
/// use contexture::survival::{Cohort, log_rank};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0], &[true; 4])?;
/// let test = log_rank::test(&cohort, &[0, 0, 1, 1], 2)?;
/// assert_eq!(test.observed, [2, 2]);
/// assert!((test.expected[0] - 5.0 / 6.0).abs() < 1e-15);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn test(cohort: &Cohort, group: &[usize], n_groups: usize) -> Result<LogRank> {
    test_by_stratum(cohort, group, n_groups, None)
}

/// Compares the hazards of groups within strata, such as centres, each with a baseline hazard of its own.
///
/// `strata` holds one code per patient, in the order of the cohort; otherwise as [`test`](test()).
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if there is not one code per patient.
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a group's code is not below `n_groups`.
/// * [`Error::Unanswerable`](crate::error::Error::Unanswerable) if a patient weighs a fraction of one.
pub fn test_stratified(cohort: &Cohort, group: &[usize], n_groups: usize, strata: &[usize]) -> Result<LogRank> {
    test_by_stratum(cohort, group, n_groups, Some(strata))
}

fn test_by_stratum(cohort: &Cohort, group: &[usize], n_groups: usize, strata: Option<&[usize]>) -> Result<LogRank> {
    let test = weighted_log_rank::test(cohort, group, n_groups, Weight::LogRank, strata)?;
    Ok(LogRank {
        n: test.n,
        observed: test.observed,
        expected: test.expected,
        chi_square: test.chi_square,
        degrees_of_freedom: test.degrees_of_freedom,
        p_value: test.p_value,
    })
}

#[cfg(test)]
mod tests;
