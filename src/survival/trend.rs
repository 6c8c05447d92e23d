//! The test for trend: does the hazard rise or fall along ordered groups?
//!
//! Groups get numbers in their order, such as 1, 2, 3 for Low, Intermediate, High. The test is the score test of that
//! number in a Cox model:
//!
//! ```text
//! χ² = U(0)² / I(0)   on 1 degree of freedom
//! U  = Σ_events (x_i - mean of x at risk),   I = Σ_events variance of x at risk      Efron's weights in ties
//! ```
//!
//! It is unchanged if all scores are shifted or stretched. Without tied events it is the log-rank test for trend
//! (Tarone 1975); with them, the variance is Efron's instead of the hypergeometric one.
//!
//! # References
//!
//! * Tarone RE. Tests for trend in life table analysis. *Biometrika* 1975;62:679-690. doi:10.1093/biomet/62.3.679
//! * Cox DR. Regression models and life-tables. *J R Stat Soc B* 1972;34:187-202.
//!   doi:10.1111/j.2517-6161.1972.tb00899.x

use super::chi_square::ChiSquareTest;
use super::cohort::Cohort;
use super::cox;
use super::design::{Design, Term};
use crate::error::Result;

/// Tests whether the hazard rises or falls with a score.
///
/// `score` holds one number per patient, in the order of the cohort. `None` if no event happens while patients of
/// different scores are at risk.
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if there is not one score per patient.
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a score is not finite.
pub fn test(cohort: &Cohort, score: &[f64]) -> Result<Option<ChiSquareTest>> {
    // METHOD: Efron's weights in ties, like the Cox models beside it, where others use the hypergeometric variance.
    cox::score_test(cohort, &Design::new(vec![Term::numeric("score", score.to_vec())]), None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survival::log_rank;

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
}
