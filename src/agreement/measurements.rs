//! All that is said of measurements of the same patients, on the scale that their differences are read on.
//!
//! | scale | of | differences | correlations |
//! | --- | --- | --- | --- |
//! | ratio | densities, counts | [ratios](super::limits_of_agreement) | of logarithms; Spearman of values |
//! | points | scores, percents, grades | [points](super::limits_in_points) | of values |
//!
//! Pairs with a 0 have no logarithm: on the scale of ratios they are counted, and left out of all but Spearman's correlation,
//! which sees their ranks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::concordance_correlation::{self, ConcordanceCorrelation};
use super::correlation::{self, Correlation};
use super::intraclass::{self, IntraclassCorrelations};
use super::limits_in_points::{self, LimitsInPoints};
use super::limits_of_agreement::{self, LimitsOfAgreement, ProportionalBias};
use super::log_pairs::{PairCounts, ROUND_OFF, log_pairs};
use super::sample::{Interval, expect_measurements, median, sorted};
use super::within_subject::{self, WithinSubjectVariation};
use crate::error::Result;

/// Scores, percents and grades are read to multiples of this: what is finer is round-off.
pub(super) const FINEST_STEP: f64 = 1e-9;

/// How differences of two measurements are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// As ratios: twice as many cells are the same step everywhere.
    Ratio,
    /// As differences: a point more is the same step everywhere.
    Points,
}

impl Scale {
    /// The code used in tables.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ratio => "ratio",
            Self::Points => "points",
        }
    }
}

/// How two measurements of the same patients agree.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairStatistics {
    /// Patients measured by both, those with a 0 among them.
    pub n_pairs: usize,
    /// Medians of the first and of the second over these, in the unit of the measure; absent without any.
    pub medians: Option<[f64; 2]>,
    /// Of ratios: pairs with a ratio, and without; absent on the scale of points.
    pub zeros: Option<PairCounts>,
    /// Bias and limits as ratios; absent on the scale of points, and with fewer than 3 pairs of positive values.
    pub limits_ratio: Option<LimitsOfAgreement>,
    /// Bias and limits as differences; absent on the scale of ratios, and with fewer than 3 pairs.
    pub limits_points: Option<LimitsInPoints>,
    /// Intraclass correlations, of ratios those of logarithms; absent with fewer than 2 pairs, or if patients do not vary.
    pub intraclass: Option<IntraclassCorrelations>,
    /// Lin's concordance correlation, of ratios that of logarithms; absent with fewer than 3 pairs, or if one does not vary.
    pub concordance: Option<ConcordanceCorrelation>,
    /// Pearson's correlation, of ratios that of logarithms; absent as the concordance.
    pub pearson: Option<Correlation>,
    /// Spearman's correlation of all pairs; absent as the concordance.
    pub spearman: Option<Correlation>,
    /// Coefficient of variation within patients; absent on the scale of points, and without a pair of positive values.
    pub within_subject: Option<WithinSubjectVariation>,
}

/// How measurements of the same patients by several raters agree.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RaterStatistics {
    /// Patients measured by all raters, those with a 0 among them.
    pub n_patients: usize,
    /// Of ratios: those of them with a 0, who are left out; absent on the scale of points.
    pub n_with_zero: Option<usize>,
    /// Intraclass correlations, of ratios those of logarithms; absent with fewer than 2 patients, or if they do not vary.
    pub intraclass: Option<IntraclassCorrelations>,
    /// Coefficient of variation within patients; absent on the scale of points, and without a patient of positive values.
    pub within_subject: Option<WithinSubjectVariation>,
}

impl PairStatistics {
    /// Pairs that bias, limits and all correlations but Spearman's are made of: on the scale of ratios those of two positive
    /// values, on that of points all.
    pub fn n_compared(&self) -> usize {
        self.zeros.map_or(self.n_pairs, |it| it.n_positive)
    }

    /// Bias, lower and upper limit of agreement: ratios of the second to the first, or on the scale of points differences, the
    /// second less the first. Absent with fewer than 3 pairs that are compared.
    pub fn limits(&self) -> Option<[Interval; 3]> {
        let of_ratio = self.limits_ratio.map(|it| [it.bias_ratio, it.lower_limit_ratio, it.upper_limit_ratio]);
        of_ratio.or_else(|| self.limits_points.map(|it| [it.bias, it.lower_limit, it.upper_limit]))
    }

    /// The slope of the difference on the mean of both, of ratios on the scale of logarithms; absent without
    /// [limits](Self::limits), and if all pairs have the same mean.
    pub fn proportional_bias(&self) -> Option<ProportionalBias> {
        let of_ratio = self.limits_ratio.and_then(|it| it.proportional_bias);
        of_ratio.or_else(|| self.limits_points?.proportional_bias)
    }

    /// Whether differences vary between patients by more than round-off. Intervals of limits of those that do not have no
    /// width. Not without [limits](Self::limits).
    pub fn differences_vary(&self) -> bool {
        self.limits_ratio.is_some_and(|it| it.std_dev > ROUND_OFF)
            || self.limits_points.is_some_and(|it| it.std_dev > FINEST_STEP)
    }
}

impl RaterStatistics {
    /// Patients that the statistics are made of: on the scale of ratios those without a 0, on that of points all.
    pub fn n_compared(&self) -> usize {
        self.n_patients - self.n_with_zero.unwrap_or(0)
    }
}

/// Compares two measurements of the same patients.
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if measurements do not come in pairs.
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if one is not finite, or of ratios below 0.
///
/// # Examples
///
/// ```
/// use contexture::agreement::measurements::{Scale, of_pair};
///
/// let found = of_pair(&[100.0, 200.0, 400.0, 0.0], &[110.0, 180.0, 440.0, 5.0], Scale::Ratio)?;
/// assert_eq!((found.n_pairs, found.zeros.unwrap().n_first_zero, found.n_compared()), (4, 1, 3));
/// assert!(found.limits_ratio.is_some() && found.limits_points.is_none());
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn of_pair(first: &[f64], second: &[f64], scale: Scale) -> Result<PairStatistics> {
    // METHOD: Correlations of densities are those of logarithms, since else the few highest decide.
    let (zeros, x, y) = match scale {
        Scale::Ratio => {
            let (zeros, x, y) = log_pairs(first, second)?;
            (Some(zeros), x, y)
        }
        Scale::Points => (None, first.to_vec(), second.to_vec()),
    };
    let rows = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(a, b)| vec![*a, *b]).collect::<Vec<_>>();
    let is_ratio = scale == Scale::Ratio;
    Ok(PairStatistics {
        n_pairs: first.len(),
        medians: (!first.is_empty()).then(|| [first, second].map(|it| median(&sorted(it)))),
        zeros,
        limits_ratio: if is_ratio { limits_of_agreement::estimate(first, second)? } else { None },
        limits_points: if is_ratio { None } else { limits_in_points::estimate(first, second)? },
        intraclass: intraclass::estimate(&rows(&x, &y))?,
        concordance: concordance_correlation::estimate(&x, &y)?,
        pearson: correlation::pearson(&x, &y)?,
        spearman: correlation::spearman(&ranked(first, scale), &ranked(second, scale))?,
        within_subject: if is_ratio { within_subject::estimate(&rows(first, second))? } else { None },
    })
}

/// The values whose ranks are taken.
///
/// METHOD: A score is often a mean of a few numbers, and two that are equal on paper may differ in their last bit: rounded to a
/// grid far finer than anybody measures, they are tied.
fn ranked(values: &[f64], scale: Scale) -> Vec<f64> {
    match scale {
        Scale::Ratio => values.to_vec(),
        Scale::Points => values.iter().map(|it| (it / FINEST_STEP).round() * FINEST_STEP).collect(),
    }
}

/// Compares measurements of the same patients by all raters: one row a patient, in it one value a rater.
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if rows differ in length.
/// * [`Error::Unanswerable`](crate::error::Error::Unanswerable) if there are fewer than two raters.
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a value is not finite, or of ratios below 0.
///
/// # Examples
///
/// ```
/// use contexture::agreement::measurements::{Scale, of_raters};
///
/// let readers = [vec![100.0, 110.0, 95.0], vec![200.0, 180.0, 210.0], vec![0.0, 5.0, 4.0]];
/// let found = of_raters(&readers, Scale::Ratio)?;
/// assert_eq!((found.n_patients, found.n_compared()), (3, 2));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn of_raters(patients: &[Vec<f64>], scale: Scale) -> Result<RaterStatistics> {
    let n_patients = patients.len();
    if scale == Scale::Points {
        let intraclass = intraclass::estimate(patients)?;
        return Ok(RaterStatistics { n_patients, n_with_zero: None, intraclass, within_subject: None });
    }
    patients.iter().try_for_each(|it| expect_measurements("density", it))?;
    let positive = patients.iter().filter(|row| row.iter().all(|it| *it > 0.0));
    let logs: Vec<Vec<f64>> = positive.map(|row| row.iter().map(|it| it.ln()).collect()).collect();
    Ok(RaterStatistics {
        n_patients,
        n_with_zero: Some(n_patients - logs.len()),
        intraclass: intraclass::estimate(&logs)?,
        within_subject: within_subject::estimate(patients)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_raters_agree_as_a_pair_does() {
        let (first, second) = ([100.0, 200.0, 400.0, 0.0, 50.0], [110.0, 180.0, 440.0, 5.0, 60.0]);
        let rows: Vec<Vec<f64>> = first.iter().zip(&second).map(|(a, b)| vec![*a, *b]).collect();
        for scale in [Scale::Ratio, Scale::Points] {
            let pair = of_pair(&first, &second, scale).unwrap();
            let raters = of_raters(&rows, scale).unwrap();
            assert_eq!(pair.intraclass, raters.intraclass);
            assert_eq!(pair.within_subject, raters.within_subject);
            assert_eq!(raters.n_with_zero, (scale == Scale::Ratio).then_some(1));
            assert_eq!(pair.n_compared(), raters.n_compared());
            assert_eq!(pair.n_compared(), if scale == Scale::Ratio { 4 } else { 5 });
        }
    }

    #[test]
    fn differences_vary_by_more_than_round_off() {
        let first = [0.1, 0.7, 31.3, 47.9];
        for scale in [Scale::Ratio, Scale::Points] {
            let vary = |second: [f64; 4]| of_pair(&first, &second, scale).unwrap().differences_vary();
            let alike = if scale == Scale::Ratio { first.map(|it| it * 1.1) } else { first.map(|it| it + 1.1) };
            assert!(!vary(first) && !vary(alike), "{scale:?}");
            assert!(vary([0.1, 0.7, 31.3, 48.0]), "{scale:?}");
            assert!(!of_pair(&first[..2], &[1.0, 2.0], scale).unwrap().differences_vary(), "two pairs");
        }
    }

    #[test]
    fn nothing_is_said_of_what_does_not_vary_or_is_zero() {
        let zeros = of_pair(&[0.0; 5], &[0.0; 5], Scale::Ratio).unwrap();
        assert_eq!(zeros.zeros.unwrap().n_both_zero, 5);
        assert_eq!((zeros.limits_ratio, zeros.intraclass, zeros.pearson, zeros.spearman), (None, None, None, None));
        let equal = of_pair(&[7.0; 5], &[7.0; 5], Scale::Points).unwrap();
        assert_eq!((equal.intraclass, equal.concordance, equal.pearson), (None, None, None));
        assert!(equal.limits_points.unwrap().std_dev.abs() < f64::EPSILON);
        let one = of_pair(&[3.0], &[4.0], Scale::Ratio).unwrap();
        assert_eq!((one.n_pairs, one.medians, one.limits_ratio, one.intraclass), (1, Some([3.0, 4.0]), None, None));
        let none = of_pair(&[], &[], Scale::Points).unwrap();
        assert_eq!((none.n_pairs, none.medians, none.spearman), (0, None, None));
        assert_eq!(of_raters(&[], Scale::Ratio).unwrap().intraclass, None);
    }

    #[test]
    fn scores_that_differ_in_their_last_bit_are_tied() {
        let second = [1.0, 3.0, 2.0, 5.0];
        let spearman = |first: [f64; 4]| of_pair(&first, &second, Scale::Points).unwrap().spearman;
        let (sum, written) = (0.1 + 0.2, 0.3);
        assert!(sum > written);
        assert_eq!(spearman([sum, written, 7.0, 9.0]), spearman([written, written, 7.0, 9.0]));
    }

    #[test]
    fn a_density_below_zero_is_refused_and_a_score_is_not() {
        assert!(of_pair(&[-1.0, 2.0, 3.0], &[1.0, 2.0, 3.0], Scale::Ratio).is_err());
        assert!(of_raters(&[vec![-1.0, 1.0]], Scale::Ratio).is_err());
        assert!(of_pair(&[-1.0, 2.0, 3.0], &[1.0, 2.0, 3.0], Scale::Points).is_ok());
        assert!(of_raters(&[vec![1.0], vec![2.0]], Scale::Ratio).is_err());
    }
}
