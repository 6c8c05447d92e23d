//! Concordances of several risks for the same patients, compared by what each patient contributes.

use super::WeightedConcordance;
use crate::error::{Error, Result};
use crate::survival::chi_square::ChiSquareTest;
use crate::survival::cholesky::SymmetricMatrix;
use crate::survival::cohort::expect_length;
use crate::survival::paired_difference::{PairedDifference, test_all_zero};

/// The first concordance less the second, for two risks of the same patients.
///
/// `None` if a concordance is absent.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if they were not estimated from as many patients, or clusters.
/// * [`Error::Unanswerable`] if their pairs were weighted differently by time.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::concordance::{self, Settings};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0], &[true, true, true, true, false])?;
/// let of = |risk: &[f64]| concordance::estimate(&cohort, risk, &Settings::default());
/// let (score, stage) = (of(&[9.0, 7.0, 8.0, 2.0, 1.0])?, of(&[2.0, 1.0, 2.0, 1.0, 2.0])?);
/// let difference = concordance::compare(&score, &stage)?.expect("comparable pairs");
/// assert!((difference.difference - 0.4).abs() < 1e-15);
/// assert!(difference.lower < 0.4 && 0.4 < difference.upper);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn compare(first: &WeightedConcordance, second: &WeightedConcordance) -> Result<Option<PairedDifference>> {
    check(&[first, second])?;
    let (Some(a), Some(b)) = (first.concordance, second.concordance) else { return Ok(None) };
    let influence = first.influence.iter().zip(&second.influence).map(|(a, b)| a - b);
    let std_err = influence.map(|it| it * it).sum::<f64>().sqrt();
    Ok(Some(PairedDifference::new(a - b, std_err)))
}

/// Covariance of several concordances of the same patients, row by row.
///
/// `None` if a concordance is absent.
///
/// # Errors
///
/// As [`compare`].
pub fn covariance(concordances: &[&WeightedConcordance]) -> Result<Option<Vec<Vec<f64>>>> {
    let covariance = covariance_of(concordances)?;
    let n = concordances.len();
    Ok(covariance.map(|it| (0..n).map(|row| (0..n).map(|column| it.at(row, column)).collect()).collect()))
}

/// Tests whether several concordances of the same patients are equal.
///
/// `None` if a concordance is absent, there are fewer than two, or two are the same for every sample of patients.
///
/// # Errors
///
/// As [`compare`].
pub fn test_equality(concordances: &[&WeightedConcordance]) -> Result<Option<ChiSquareTest>> {
    let Some(v) = covariance_of(concordances)? else { return Ok(None) };
    let estimates: Vec<f64> = concordances.iter().filter_map(|it| it.concordance).collect();
    let Some((first, others)) = estimates.split_first() else { return Ok(None) };
    let differences: Vec<f64> = others.iter().map(|it| it - first).collect();
    let covariance = SymmetricMatrix::from_lower(others.len(), |row, column| {
        v.at(row + 1, column + 1) - v.at(row + 1, 0) - v.at(column + 1, 0) + v.at(0, 0)
    });
    Ok(test_all_zero(&differences, &covariance))
}

fn covariance_of(concordances: &[&WeightedConcordance]) -> Result<Option<SymmetricMatrix>> {
    check(concordances)?;
    let all_present = concordances.iter().all(|it| it.concordance.is_some());
    Ok(all_present.then(|| {
        SymmetricMatrix::from_lower(concordances.len(), |row, column| {
            concordances[row].influence.iter().zip(&concordances[column].influence).map(|(a, b)| a * b).sum()
        })
    }))
}

fn check(concordances: &[&WeightedConcordance]) -> Result<()> {
    let mut present = concordances.iter().filter(|it| it.concordance.is_some());
    let Some(first) = present.next() else { return Ok(()) };
    for other in present {
        expect_length("influences on a concordance", first.influence.len(), other.influence.len())?;
        if other.time_weight != first.time_weight {
            return Err(Error::Unanswerable {
                problem: format!(
                    "concordances with the time weights {:?} and {:?} differ by definition; estimate both with the same",
                    first.time_weight, other.time_weight
                ),
            });
        }
    }
    Ok(())
}
