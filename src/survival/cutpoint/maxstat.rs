//! Maximally selected rank statistics, as R's maxstat.
//!
//! With scores `a_i` of the patients in ascending order of the marker, each candidate cut with `m` of `N` patients below it
//! has
//!
//! ```text
//! T_m = | Σ_{i ≤ m} a_i - (m/N) Σ a | / sqrt( m (N - m) / (N² (N - 1)) · (N Σ a² - (Σ a)²) )
//! ```
//!
//! standardized by its mean and variance over all ways to deal the scores to the patients. The cut is the first with the
//! largest `T_m`. This is `maxstat.test(…, smethod = "LogRank")`, whose cut is that of `surv_cutpoint` of survminer.
//!
//! `T_m²` is near the log-rank statistic at the cut, but is not the same: the scores treat ties in another way
//! ([`TiedRank`]) and the variance takes censoring to be equal in both groups. [`scan`](super::scan) has the log-rank test
//! itself.
//!
//! # References
//!
//! * Lausen B, Schumacher M. Maximally selected rank statistics. *Biometrics* 1992;48:73-85. doi:10.2307/2532740
//! * Hothorn T, Lausen B. On the exact distribution of maximally selected rank statistics.
//!   *Comput Stat Data Anal* 2003;43:121-137. doi:10.1016/S0167-9473(02)00225-6

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::candidates::{CandidateRange, Candidates};
use super::exact_gauss;
use super::hothorn_lausen::{self, ExactBound};
use super::p_values::{self, Approximation};
use super::permutation::{self, PermutationTest};
use super::scores::{self, TiedRank};
use crate::error::{Error, Result};
use crate::survival::{Cohort, replicates};

/// Of `N Σ a²`, what `N Σ a² - (Σ a)²` exceeds unless all scores are equal.
const ROUND_OFF: f64 = 1e-12;

/// The largest rank statistic over all cuts, with p-values that allow for the search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaximallySelected {
    /// The rank of tied times in the scores.
    pub tied_rank: TiedRank,
    /// The largest statistic.
    #[schemars(range(min = 0.0))]
    pub statistic: f64,
    /// The first cut that has it: the largest value of the low group.
    pub cut: f64,
    /// Patients at or below the cut.
    pub n_low: usize,
    /// P-value of Lausen and Schumacher 1992; absent if the candidates reach a share of 0 or 1.
    pub lausen_1992: Option<Approximation>,
    /// P-value of Lausen, Sauerbrei and Schumacher 1994.
    pub lausen_1994: Approximation,
    /// P-value of the joint normal distribution, in [0, 1]; absent with more than 10 000 cuts.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub exact_gauss: Option<f64>,
    /// The statistic of each candidate, by ascending cut.
    pub cuts: Vec<RankStatistic>,
}

/// The rank statistic of one cut.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RankStatistic {
    /// Largest value of the marker in the low group.
    pub cut: f64,
    /// Patients at or below the cut.
    pub n_low: usize,
    /// `T_m`; one of many, so that it has no p-value.
    #[schemars(range(min = 0.0))]
    pub statistic: f64,
}

/// Searches a marker for the cut with the largest rank statistic.
///
/// `marker` holds one value per patient, in the order of the cohort. `None` if all patients have the same score, as they do
/// if nobody has the event.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one value per patient.
/// * [`Error::OutOfRange`] if a value is not finite, or the range is none.
/// * [`Error::Unanswerable`] if there is no candidate, or if patients have weights or enter late: there are no such scores.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::cutpoint::{CandidateRange, TiedRank, maxstat};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0], &[true; 5])?;
/// let marker = [2.0, 1.0, 7.0, 8.0, 9.0];
/// let test = maxstat::test(&cohort, &marker, CandidateRange::default(), TiedRank::Largest)?;
/// assert_eq!(test.map(|it| (it.cut, it.n_low)), Some((8.0, 4)));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn test(
    cohort: &Cohort,
    marker: &[f64],
    range: CandidateRange,
    tied_rank: TiedRank,
) -> Result<Option<MaximallySelected>> {
    check_cohort(cohort)?;
    let candidates = Candidates::require(marker, cohort.len(), range)?;
    let scores = scores::log_rank(cohort, tied_rank);
    let statistics = statistics(&scores, &candidates);
    let Some(best) = first_largest(&statistics) else { return Ok(None) };

    let (b, n, sizes) = (statistics[best], cohort.len(), &candidates.sizes);
    let rows = statistics.iter().zip(&candidates.cuts).zip(sizes);
    Ok(Some(MaximallySelected {
        tied_rank,
        statistic: b,
        cut: candidates.cuts[best],
        n_low: sizes[best],
        lausen_1992: p_values::lausen_1992(b, range),
        lausen_1994: p_values::lausen_1994(b, n, sizes),
        exact_gauss: exact_gauss::p_value(b, n, sizes),
        cuts: rows.map(|((&statistic, &cut), &n_low)| RankStatistic { cut, n_low, statistic }).collect(),
    }))
}

/// The p-value of [`test`](test()) by dealing the scores anew to the patients (`condMC` of R's maxstat).
///
/// `None` as for [`test`](test()).
///
/// # Errors
///
/// As [`test`](test()), and
///
/// * [`Error::OutOfRange`] if there are no permutations.
pub fn conditional_monte_carlo(
    cohort: &Cohort,
    marker: &[f64],
    range: CandidateRange,
    tied_rank: TiedRank,
    n_permutations: usize,
    seed: u64,
) -> Result<Option<PermutationTest>> {
    permutation::check(n_permutations)?;
    check_cohort(cohort)?;
    let candidates = Candidates::require(marker, cohort.len(), range)?;
    let scores = scores::log_rank(cohort, tied_rank);
    let largest = |scores: &[f64]| statistics(scores, &candidates).into_iter().reduce(f64::max);
    let Some(observed) = largest(&scores) else { return Ok(None) };
    let permuted = replicates::map(n_permutations, seed, |random| {
        let mut dealt = scores.clone();
        replicates::shuffle(&mut dealt, random);
        largest(&dealt).unwrap_or(0.0)
    });
    Ok(Some(PermutationTest::of(observed, permuted.into_iter())))
}

/// A bound of the exact p-value, of scores rounded to whole numbers (`HL` of R's maxstat, see [`ExactBound`]).
///
/// `None` as for [`test`](test()), and with more than 300 patients.
///
/// # Errors
///
/// As [`test`](test()).
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::cutpoint::{CandidateRange, TiedRank, maxstat};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0], &[true; 4])?;
/// let marker = [1.0, 2.0, 7.0, 8.0];
/// let bound = maxstat::exact_bound(&cohort, &marker, CandidateRange::default(), TiedRank::Largest)?;
/// // Of the 24 orders of four patients, half have their first or last at an end.
/// assert!(bound.is_some_and(|it| it.p_value >= 0.5));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn exact_bound(
    cohort: &Cohort,
    marker: &[f64],
    range: CandidateRange,
    tied_rank: TiedRank,
) -> Result<Option<ExactBound>> {
    check_cohort(cohort)?;
    let candidates = Candidates::require(marker, cohort.len(), range)?;
    let scores = hothorn_lausen::rounded(&scores::log_rank(cohort, tied_rank));
    let as_numbers: Vec<f64> = scores.iter().map(|&it| it as f64).collect();
    let largest = statistics(&as_numbers, &candidates).into_iter().reduce(f64::max);
    Ok(largest.and_then(|statistic| {
        let p_value = hothorn_lausen::p_value(statistic, &scores, &candidates.sizes)?;
        Some(ExactBound { statistic, p_value })
    }))
}

fn check_cohort(cohort: &Cohort) -> Result<()> {
    if cohort.entries().is_some() || cohort.weights().is_some() {
        return Err(Error::Unanswerable {
            problem: "rank statistics are not defined for patients with late entry or case weights; search by the \
                      log-rank test, which takes late entry"
                .to_owned(),
        });
    }
    Ok(())
}

/// `T_m` of each candidate; empty if all scores are equal.
fn statistics(scores: &[f64], candidates: &Candidates) -> Vec<f64> {
    let n = scores.len() as f64;
    let sum: f64 = scores.iter().sum();
    let sum_of_squares: f64 = scores.iter().map(|it| it * it).sum();
    let spread = n * sum_of_squares - sum * sum;
    if spread <= ROUND_OFF * n * sum_of_squares {
        return Vec::new();
    }
    let (mut low, mut n_low) = (0.0, 0);
    let at_size = |&size: &usize| {
        low += candidates.order[n_low..size].iter().map(|&it| scores[it]).sum::<f64>();
        n_low = size;
        let m = size as f64;
        (low - m / n * sum).abs() / (m * (n - m) / (n * n * (n - 1.0)) * spread).sqrt()
    };
    candidates.sizes.iter().map(at_size).collect()
}

/// Place of the first of the largest values.
fn first_largest(values: &[f64]) -> Option<usize> {
    (0..values.len()).reduce(|best, next| if values[next] > values[best] { next } else { best })
}

#[cfg(test)]
mod tests;
