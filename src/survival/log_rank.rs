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
//! summed over strata. All is as in R's `survdiff`.
//!
//! # References
//!
//! * Mantel N. Evaluation of survival data and two new rank order statistics arising in its consideration.
//!   *Cancer Chemother Rep* 1966;50:163-170.
//! * Peto R, Peto J. Asymptotically efficient rank invariant test procedures.
//!   *J R Stat Soc A* 1972;135:185-207. doi:10.2307/2344317

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::chi_square::ChiSquareTest;
use super::cholesky::SymmetricMatrix;
use super::cohort::{Cohort, Schedule, expect_length};
use crate::error::{Error, Result};

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
/// order of their codes; a group that nobody is in has zeros.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one code per patient.
/// * [`Error::OutOfRange`] if a code is not below `n_groups`.
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
/// * [`Error::UnequalLengths`] if there is not one code per patient.
/// * [`Error::OutOfRange`] if a group's code is not below `n_groups`.
pub fn test_stratified(cohort: &Cohort, group: &[usize], n_groups: usize, strata: &[usize]) -> Result<LogRank> {
    test_by_stratum(cohort, group, n_groups, Some(strata))
}

fn test_by_stratum(cohort: &Cohort, group: &[usize], n_groups: usize, strata: Option<&[usize]>) -> Result<LogRank> {
    expect_length("group codes", cohort.len(), group.len())?;
    if let Some(&code) = group.iter().find(|&&code| code >= n_groups) {
        return Err(Error::OutOfRange {
            quantity: "group code",
            expected: "a code below the number of groups",
            value: code as f64,
        });
    }

    let mut sums = Sums { expected: vec![0.0; n_groups], variance: vec![0.0; n_groups * n_groups] };
    for schedule in cohort.schedules(strata)?.iter() {
        sums.add(schedule, group);
    }

    let (mut n, mut observed) = (vec![0; n_groups], vec![0; n_groups]);
    for (&code, outcome) in group.iter().zip(cohort.outcomes()) {
        n[code] += 1;
        observed[code] += u64::from(outcome.event);
    }
    // METHOD: A group that is never at risk at an event is not compared, and costs no degree of freedom.
    let compared: Vec<usize> = (0..n_groups).filter(|&k| sums.expected[k] > 0.0).collect();
    let test = sums.test(&observed, &compared);
    Ok(LogRank {
        n,
        observed,
        expected: sums.expected,
        chi_square: test.map(|it| it.chi_square),
        degrees_of_freedom: compared.len().saturating_sub(1),
        p_value: test.map(|it| it.p_value),
    })
}

/// Expected events, and the covariance matrix of observed events, row by row.
struct Sums {
    expected: Vec<f64>,
    variance: Vec<f64>,
}

impl Sums {
    fn add(&mut self, schedule: &Schedule, group: &[usize]) {
        let n_groups = self.expected.len();
        let mut n_risk = vec![0_usize; n_groups];
        for &patient_idx in &schedule.order {
            n_risk[group[patient_idx]] += 1;
        }

        let mut share = vec![0.0; n_groups];
        for tie in &schedule.ties {
            if tie.n_event > 0 {
                let (n, d) = (tie.n_risk as f64, tie.n_event as f64);
                let weight = if tie.n_risk > 1 { d * (n - d) / (n - 1.0) } else { 0.0 };
                for (share, &n_k) in share.iter_mut().zip(&n_risk) {
                    *share = n_k as f64 / n;
                }
                for (k, row) in self.variance.chunks_exact_mut(n_groups).enumerate() {
                    self.expected[k] += d * share[k];
                    for (covariance, &share_l) in row.iter_mut().zip(&share) {
                        *covariance -= weight * share[k] * share_l;
                    }
                    row[k] += weight * share[k];
                }
            }
            for &patient_idx in &schedule.order[tie.members.clone()] {
                n_risk[group[patient_idx]] -= 1;
            }
        }
    }

    fn test(&self, observed: &[u64], compared: &[usize]) -> Option<ChiSquareTest> {
        let (_, kept) = compared.split_first()?;
        let n_groups = self.expected.len();
        let excess: Vec<f64> = kept.iter().map(|&k| observed[k] as f64 - self.expected[k]).collect();
        let variance =
            SymmetricMatrix::from_lower(kept.len(), |row, column| self.variance[kept[row] * n_groups + kept[column]]);
        ChiSquareTest::new(variance.inverse_quadratic_form(&excess)?, kept.len())
    }
}

#[cfg(test)]
mod tests;
