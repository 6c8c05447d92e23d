//! The test for trend: does the hazard rise or fall along ordered groups?
//!
//! Groups get numbers in their order, such as 1, 2, 3 for Low, Intermediate, High. There are two tests, which differ in
//! the variance where events are tied. [`test()`] is the score test of that number in a Cox model with Efron's weights,
//! in line with the Cox models beside it; it takes any number for each patient:
//!
//! ```text
//! χ² = U(0)² / I(0)   on 1 degree of freedom
//! U  = Σ_events (x_i - mean of x at risk),   I = Σ_events variance of x at risk      Efron's weights in ties
//! ```
//!
//! [`of_groups`] is the trend of a weighted log-rank test, with its hypergeometric variance, in line with the log-rank
//! test beside it; it takes one number for each group, and any weight of event times (Tarone 1975):
//!
//! ```text
//! z  = c'U / √(c'V c)   standard normal              U, V of the weighted log-rank test, c the scores of the groups
//! ```
//!
//! Both are unchanged if all scores are shifted or stretched, save for the sign of `z`. Without tied events and with a
//! weight of 1 they are the same.
//!
//! # References
//!
//! * Tarone RE. Tests for trend in life table analysis. *Biometrika* 1975;62:679-690. doi:10.1093/biomet/62.3.679
//! * Cox DR. Regression models and life-tables. *J R Stat Soc B* 1972;34:187-202.
//!   doi:10.1111/j.2517-6161.1972.tb00899.x

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::chi_square::{self, ChiSquareTest};
use super::cohort::{Cohort, expect_length};
use super::cox;
use super::design::{Design, Term};
use super::weighted_log_rank::{Weight, WeightedLogRank};
use crate::error::{Error, Result};

/// A variance that is smaller than this part of the terms that it is a sum of is round-off.
const ROUND_OFF: f64 = 1e-12;

/// A test for trend along groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupTrend {
    /// How much each event time counts.
    pub weight: Weight,
    /// Score of each group.
    pub scores: Vec<f64>,
    /// The statistic, standard normal if all groups have the same hazard; above 0 if the hazard rises with the score.
    pub z: f64,
    /// Its square.
    #[schemars(range(min = 0.0))]
    pub chi_square: f64,
    /// Probability of a statistic at least as far from 0 if all groups have the same hazard, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: f64,
}

/// Tests whether the hazard rises or falls with a score.
///
/// `score` holds one number per patient, in the order of the cohort. `None` if no event happens while patients of
/// different scores are at risk.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one score per patient.
/// * [`Error::OutOfRange`] if a score is not finite.
pub fn test(cohort: &Cohort, score: &[f64]) -> Result<Option<ChiSquareTest>> {
    // METHOD: Efron's weights in ties, like the Cox models beside it, where others use the hypergeometric variance.
    cox::score_test(cohort, &Design::new(vec![Term::numeric("score", score.to_vec())]), None)
}

/// Tests whether the hazard rises or falls along the groups of a weighted log-rank test.
///
/// `scores` holds one number per group, in the order of their codes; without it they are 1, 2, 3 and so on. `None` if no
/// event that counts happens while groups of different scores are at risk.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one score per group.
/// * [`Error::OutOfRange`] if a score is not finite.
///
/// # Examples
///
/// ```
/// use contexture::survival::weighted_log_rank::{self, Weight};
/// use contexture::survival::{Cohort, trend};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[true; 6])?;
/// let test = weighted_log_rank::test(&cohort, &[2, 2, 1, 1, 0, 0], 3, Weight::LogRank, None)?;
/// let trend = trend::of_groups(&test, None)?.expect("all groups have events");
/// assert_eq!(trend.scores, [1.0, 2.0, 3.0]);
/// assert!(trend.z > 0.0 && trend.p_value < 0.05);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn of_groups(test: &WeightedLogRank, scores: Option<&[f64]>) -> Result<Option<GroupTrend>> {
    let n_groups = test.n.len();
    let scores = scores.map_or_else(|| (1..=n_groups).map(|it| it as f64).collect(), <[f64]>::to_vec);
    expect_length("scores of groups", n_groups, scores.len())?;
    if let Some(&value) = scores.iter().find(|it| !it.is_finite()) {
        return Err(Error::OutOfRange { quantity: "score of a group", expected: "a finite number", value });
    }

    // Scores around 0 lose fewest digits in the sums, and equal ones have a variance of 0 exactly.
    let Some((&lowest, &highest)) =
        scores.iter().min_by(|a, b| a.total_cmp(b)).zip(scores.iter().max_by(|a, b| a.total_cmp(b)))
    else {
        return Ok(None);
    };
    let middle = f64::midpoint(lowest, highest);
    let centered: Vec<f64> = scores.iter().map(|it| it - middle).collect();

    let (mut excess, mut variance, mut size) = (0.0, 0.0, 0.0);
    for (k, &score) in centered.iter().enumerate() {
        excess += score * (test.weighted_observed[k] - test.weighted_expected[k]);
        for (&other, &covariance) in centered.iter().zip(&test.covariance[k]) {
            variance += score * other * covariance;
            size += (score * other * covariance).abs();
        }
    }
    Ok((variance > ROUND_OFF * size).then(|| {
        let z = excess / variance.sqrt();
        GroupTrend { weight: test.weight, scores, z, chi_square: z * z, p_value: chi_square::two_sided(z) }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survival::{log_rank, weighted_log_rank};

    #[test]
    fn for_two_groups_without_ties_it_is_the_log_rank_test() {
        let times = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let cohort = Cohort::from_columns(&times, &[true, true, false, true, true, false]).unwrap();
        let trend = test(&cohort, &[1.0, 0.0, 0.0, 1.0, 0.0, 1.0]).unwrap().unwrap();
        let log_rank = log_rank::test(&cohort, &[1, 0, 0, 1, 0, 1], 2).unwrap();
        assert!((trend.chi_square - log_rank.chi_square.unwrap()).abs() < 1e-14);
    }

    #[test]
    fn it_does_not_depend_on_how_groups_are_numbered() {
        let cohort = Cohort::from_columns(&[1.0, 2.0, 2.0, 4.0, 5.0], &[true; 5]).unwrap();
        let [a, b] = [[1.0, 2.0, 3.0, 2.0, 1.0], [10.0, 5.0, 0.0, 5.0, 10.0]]
            .map(|score| test(&cohort, &score).unwrap().unwrap().chi_square);
        assert!((a - b).abs() < 1e-13);
    }

    #[test]
    fn equal_scores_no_events_and_no_patients_have_no_trend() {
        let cohort = Cohort::from_columns(&[1.0, 2.0], &[true, true]).unwrap();
        assert_eq!(test(&cohort, &[3.3, 3.3]).unwrap(), None);
        let cohort = Cohort::from_columns(&[1.0, 2.0], &[false, false]).unwrap();
        assert_eq!(test(&cohort, &[1.0, 2.0]).unwrap(), None);
        assert_eq!(test(&Cohort::new(Vec::new()).unwrap(), &[]).unwrap(), None);
    }

    fn of_groups(cohort: &Cohort, group: &[usize], n_groups: usize, scores: Option<&[f64]>) -> Option<GroupTrend> {
        let test = weighted_log_rank::test(cohort, group, n_groups, Weight::LogRank, None).unwrap();
        super::of_groups(&test, scores).unwrap()
    }

    #[test]
    fn without_ties_the_trend_of_groups_is_the_score_test() {
        let times = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        let cohort = Cohort::from_columns(&times, &[true, true, false, true, true, false, true]).unwrap();
        let group = [2, 0, 1, 1, 0, 2, 0];
        let scores = [0.5, 3.0, 4.0];
        let found = of_groups(&cohort, &group, 3, Some(&scores)).unwrap();
        let expected = test(&cohort, &group.map(|it| scores[it])).unwrap().unwrap();
        assert!((found.chi_square - expected.chi_square).abs() < 1e-13);
        assert!((found.p_value - expected.p_value).abs() < 1e-13);
    }

    #[test]
    fn it_does_not_depend_on_shift_and_stretch_of_scores_but_for_the_sign() {
        let cohort = Cohort::from_columns(&[1.0, 2.0, 2.0, 4.0, 5.0], &[true; 5]).unwrap();
        let [a, b] = [[1.0, 2.0, 4.0], [1e6 - 5.0, 1e6 - 10.0, 1e6 - 20.0]]
            .map(|scores| of_groups(&cohort, &[0, 1, 2, 1, 0], 3, Some(&scores)).unwrap().z);
        assert!((a + b).abs() < 1e-9 * a.abs());
    }

    #[test]
    fn groups_of_one_score_or_without_events_have_no_trend() {
        let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0], &[true; 3]).unwrap();
        assert_eq!(of_groups(&cohort, &[0, 1, 2], 3, Some(&[3.3; 3])), None);
        // The only group with another score has nobody.
        assert_eq!(of_groups(&cohort, &[0, 1, 1], 3, Some(&[0.1, 0.1, 7.0])), None);
        assert_eq!(of_groups(&Cohort::new(Vec::new()).unwrap(), &[], 0, None), None);
    }

    #[test]
    fn wrong_scores_are_refused() {
        let cohort = Cohort::from_columns(&[1.0, 2.0], &[true, true]).unwrap();
        let test = weighted_log_rank::test(&cohort, &[0, 1], 2, Weight::LogRank, None).unwrap();
        assert!(matches!(super::of_groups(&test, Some(&[1.0])), Err(Error::UnequalLengths { .. })));
        assert!(matches!(super::of_groups(&test, Some(&[1.0, f64::NAN])), Err(Error::OutOfRange { .. })));
    }
}
