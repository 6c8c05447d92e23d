//! Intraclass correlations: the share of the variance of single measurements that lies between patients.
//!
//! From a table of `n` subjects by `k` raters, with mean squares between subjects (`R`), between raters (`C`), of the
//! residual (`E`), and within subjects (`W`):
//!
//! ```text
//! ICC(1,1) = (R - W) / (R + (k-1) W)                          raters differ from subject to subject
//! ICC(2,1) = (R - E) / (R + (k-1) E + k (C - E) / n)          raters are a sample; absolute agreement
//! ICC(3,1) = (R - E) / (R + (k-1) E)                          these raters only; consistency, whatever their bias
//! F        = R / W on n-1, n(k-1)          R / E on n-1, (n-1)(k-1)             tests ICC = 0
//! ```
//!
//! (`McGraw` & Wong's ICC(1), ICC(A,1) and ICC(C,1).) Intervals are theirs: exact by F for the first and third; for the
//! second by F with Satterthwaite's degrees of freedom. An intraclass correlation may be negative: down to -1/(k-1), and
//! ICC(2,1), which is not symmetric about raters and subjects, down to -n/(nk-n-k).
//! Densities are best taken as logarithms or ranks, since else the few highest decide.
//!
//! # References
//!
//! * Shrout PE, Fleiss JL. Intraclass correlations: uses in assessing rater reliability. *Psychol Bull* 1979;86:420-428.
//!   doi:10.1037/0033-2909.86.2.420
//! * `McGraw` KO, Wong SP. Forming inferences about some intraclass correlation coefficients. *Psychol Methods*
//!   1996;1:30-46. doi:10.1037/1082-989X.1.1.30

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sample::{expect_finite, mean};
use crate::error::{Error, Result};
use crate::survival::distributions::{fisher_upper_quantile, fisher_upper_tail};

/// Deviations below this share of the largest rating are round-off.
const ROUND_OFF: f64 = 1e-14;

/// One intraclass correlation of single measurements.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntraclassCorrelation {
    /// The correlation, at most 1.
    #[schemars(range(max = 1.0))]
    pub estimate: f64,
    /// Lower end of its 95 % interval.
    #[schemars(range(max = 1.0))]
    pub lower: f64,
    /// Upper end of its 95 % interval.
    #[schemars(range(max = 1.0))]
    pub upper: f64,
    /// The F statistic of no correlation; absent if nothing but subjects varies, when it is infinite.
    #[schemars(range(min = 0.0))]
    pub f: Option<f64>,
    /// Its degrees of freedom: of subjects, and of the error.
    pub degrees_of_freedom: [usize; 2],
    /// One-sided p-value of `f`, in [0, 1]; absent with it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: Option<f64>,
}

/// The three intraclass correlations of a table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntraclassCorrelations {
    /// Number of subjects; at least 2.
    #[schemars(range(min = 2))]
    pub n_subjects: usize,
    /// Number of raters; at least 2.
    #[schemars(range(min = 2))]
    pub n_raters: usize,
    /// ICC(1,1): raters differ from subject to subject.
    pub one_way: IntraclassCorrelation,
    /// ICC(2,1): absolute agreement of raters that are a sample of all.
    pub agreement: IntraclassCorrelation,
    /// ICC(3,1): consistency of these raters.
    pub consistency: IntraclassCorrelation,
}

/// Estimates the intraclass correlations of a table of one row for each subject, and in it one value for each rater.
///
/// Absent with fewer than two subjects, or if all subjects have the same mean.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if rows differ in length: leave out subjects whom not all have rated.
/// * [`Error::Unanswerable`] if there are fewer than two raters.
/// * [`Error::OutOfRange`] if a value is not finite.
///
/// # Examples
///
/// The six subjects and four judges of Shrout and Fleiss:
///
/// ```
/// use contexture::agreement::intraclass;
///
/// let ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]];
/// let ratings = ratings.map(|row| row.map(f64::from).to_vec());
/// let found = intraclass::estimate(&ratings)?.unwrap();
/// assert_eq!(format!("{:.2}", found.one_way.estimate), "0.17");
/// assert_eq!(format!("{:.2}", found.agreement.estimate), "0.29");
/// assert_eq!(format!("{:.2}", found.consistency.estimate), "0.71");
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(subjects: &[Vec<f64>]) -> Result<Option<IntraclassCorrelations>> {
    let Some(first) = subjects.first() else { return Ok(None) };
    let (n_subjects, n_raters) = (subjects.len(), first.len());
    if n_raters < 2 {
        let problem = format!("intraclass correlation: found {n_raters} raters, expected 2 or more");
        return Err(Error::Unanswerable { problem });
    }
    for row in subjects {
        if row.len() != n_raters {
            return Err(Error::UnequalLengths { quantity: "row of a subject", expected: n_raters, found: row.len() });
        }
        expect_finite("rating", row)?;
    }
    if n_subjects < 2 {
        return Ok(None);
    }
    // METHOD: Subjects who do not vary give nothing to tell them apart by, and no correlation.
    let squares = MeanSquares::new(subjects, n_raters);
    Ok((squares.subjects > 0.0).then(|| IntraclassCorrelations {
        n_subjects,
        n_raters,
        one_way: squares.by_exact_f(squares.within, n_subjects * (n_raters - 1)),
        agreement: squares.agreement(),
        consistency: squares.by_exact_f(squares.residual, (n_subjects - 1) * (n_raters - 1)),
    }))
}

/// Mean squares of a two-way table, with the letters of the head of this file.
struct MeanSquares {
    n_subjects: usize,
    n_raters: usize,
    subjects: f64,
    raters: f64,
    residual: f64,
    within: f64,
}

impl MeanSquares {
    fn new(rows: &[Vec<f64>], n_raters: usize) -> Self {
        let (n, k) = (rows.len() as f64, n_raters as f64);
        let row_means: Vec<f64> = rows.iter().map(|it| mean(it)).collect();
        let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<f64>>();
        let column_means: Vec<f64> = (0..n_raters).map(|at| mean(&column(at))).collect();
        let grand = mean(&row_means);
        let largest = rows.iter().flatten().fold(0.0_f64, |largest, it| largest.max(it.abs()));
        let spread = |means: &[f64]| means.iter().map(|it| (it - grand).powi(2)).sum::<f64>();
        let [mut residual, mut within] = [0.0; 2];
        for (row, row_mean) in rows.iter().zip(&row_means) {
            for (value, column_mean) in row.iter().zip(&column_means) {
                within += (value - row_mean).powi(2);
                residual += ((value - row_mean) - (column_mean - grand)).powi(2);
            }
        }
        // What is left of subtraction is not variation, and a ratio of it no F.
        let beyond_round_off = |square: f64| if square > (ROUND_OFF * largest).powi(2) { square } else { 0.0 };
        Self {
            n_subjects: rows.len(),
            n_raters,
            subjects: beyond_round_off(k * spread(&row_means) / (n - 1.0)),
            raters: beyond_round_off(n * spread(&column_means) / (k - 1.0)),
            residual: beyond_round_off(residual / ((n - 1.0) * (k - 1.0))),
            within: beyond_round_off(within / (n * (k - 1.0))),
        }
    }

    /// The F test of an error with its degrees of freedom, with estimate and interval to come.
    fn test(&self, error: f64, n_free: usize) -> IntraclassCorrelation {
        let f = (error > 0.0).then(|| self.subjects / error);
        let n_free_subjects = self.n_subjects - 1;
        IntraclassCorrelation {
            estimate: 1.0,
            lower: 1.0,
            upper: 1.0,
            f,
            degrees_of_freedom: [n_free_subjects, n_free],
            p_value: f.map(|f| fisher_upper_tail(f, n_free_subjects as f64, n_free as f64)),
        }
    }

    /// ICC(1,1) or ICC(3,1): a rising function of F. Without error it is 1, and so are the ends of its interval.
    fn by_exact_f(&self, error: f64, n_free: usize) -> IntraclassCorrelation {
        let test = self.test(error, n_free);
        let Some(f) = test.f else { return test };
        let correlation = |f: f64| (f - 1.0) / (f + self.n_raters as f64 - 1.0);
        let [a, b] = test.degrees_of_freedom.map(|it| it as f64);
        IntraclassCorrelation {
            estimate: correlation(f),
            lower: correlation(f / fisher_upper_quantile(0.025, a, b)),
            upper: correlation(f * fisher_upper_quantile(0.025, b, a)),
            ..test
        }
    }

    /// ICC(2,1), with the interval of `McGraw` and Wong 1996, table 7.
    fn agreement(&self) -> IntraclassCorrelation {
        let Self { n_subjects, n_raters, subjects, raters, residual, .. } = *self;
        let (n, k) = (n_subjects as f64, n_raters as f64);
        let test = self.test(residual, (n_subjects - 1) * (n_raters - 1));
        if raters <= 0.0 && residual <= 0.0 {
            return test;
        }
        let error = k * raters + (k * n - k - n) * residual;
        let correlation = |subjects: f64| n * (subjects - residual) / (n * subjects + error);
        // Satterthwaite's degrees of freedom with the estimate put in, so that nothing cancels where it is far below 0.
        let of_raters = (subjects - residual) * raters;
        let of_residual = ((n - 1.0) * subjects + raters) * residual;
        let both = ((n - 1.0) * residual + raters) * subjects;
        let v = (k - 1.0) * (n - 1.0) * both.powi(2) / ((n - 1.0) * of_raters.powi(2) + of_residual.powi(2));
        let f_lower = fisher_upper_quantile(0.025, n - 1.0, v);
        // METHOD: With next to no degrees of freedom F leaves the estimate above its interval, which is then held at it.
        let f_upper = fisher_upper_quantile(0.025, v, n - 1.0).max(1.0);
        IntraclassCorrelation {
            estimate: correlation(subjects),
            lower: correlation(subjects / f_lower),
            upper: correlation(subjects * f_upper),
            ..test
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn identical_measurements_agree_completely() {
        let found = estimate(&[vec![0.1, 0.1], vec![0.7, 0.7], vec![3.0, 3.0]]).unwrap().unwrap();
        for it in [found.one_way, found.agreement, found.consistency] {
            assert_eq!((it.estimate, it.lower, it.upper, it.f, it.p_value), (1.0, 1.0, 1.0, None, None));
        }
    }

    #[test]
    fn a_constant_bias_is_consistent_but_no_agreement() {
        let found = estimate(&[vec![1.0, 3.0], vec![2.0, 4.0], vec![5.0, 7.0]]).unwrap().unwrap();
        assert_eq!((found.consistency.estimate, found.consistency.f), (1.0, None));
        let agreement = found.agreement;
        assert!(agreement.lower < agreement.estimate && agreement.estimate < agreement.upper && agreement.upper < 1.0);
    }

    /// Where subjects hardly differ, ICC(2,1) is lowest, and its interval has next to no degrees of freedom.
    #[test]
    fn opposed_raters_go_below_minus_one_with_ends_that_are_numbers() {
        let opposed = |nearly: f64| vec![vec![0.0, 2e5], vec![2e5, 0.0], vec![1e5, 1e5 + nearly]];
        for nearly in [0.1, 1e-3, 1e-6] {
            let found = estimate(&opposed(nearly)).unwrap().unwrap().agreement;
            assert!((found.estimate + 3.0).abs() < 1e-3, "{found:?}");
            assert!(found.lower <= found.estimate && found.estimate <= found.upper && found.upper <= 1.0, "{found:?}");
        }
        let found = estimate(&[vec![0.1, 0.001, 1e9], vec![7.0, 1e9, 4.0]]).unwrap().unwrap().agreement;
        assert!(found.lower <= found.estimate && found.estimate <= found.upper && found.upper <= 1.0, "{found:?}");
    }

    #[test]
    fn what_is_no_table_is_refused() {
        assert_eq!(estimate(&[]).unwrap(), None);
        assert_eq!(estimate(&[vec![1.0, 2.0]]).unwrap(), None);
        assert_eq!(estimate(&[vec![1.0, 2.0], vec![2.0, 1.0]]).unwrap(), None, "subjects do not vary");
        assert_eq!(estimate(&[vec![2.0, 2.0], vec![2.0, 2.0]]).unwrap(), None);
        assert!(matches!(estimate(&[vec![1.0], vec![2.0]]), Err(Error::Unanswerable { .. })));
        assert!(matches!(estimate(&[vec![1.0, 2.0], vec![2.0]]), Err(Error::UnequalLengths { .. })));
        assert!(matches!(estimate(&[vec![1.0, f64::NAN]]), Err(Error::OutOfRange { .. })));
    }

    proptest! {
        #[test]
        fn neither_the_order_of_raters_nor_that_of_subjects_matters(
            table in prop::collection::vec(prop::collection::vec(-50_i8..50, 3), 3..12),
        ) {
            let rows: Vec<Vec<f64>> = table.iter().map(|row| row.iter().map(|&it| f64::from(it)).collect()).collect();
            let turned: Vec<Vec<f64>> = rows.iter().rev().map(|row| row.iter().rev().copied().collect()).collect();
            let (found, turned) = (estimate(&rows).unwrap(), estimate(&turned).unwrap());
            prop_assert_eq!(found.is_some(), turned.is_some());
            if let (Some(found), Some(turned)) = (found, turned) {
                let all = |it: IntraclassCorrelations| [it.one_way, it.agreement, it.consistency];
                for (found, turned) in all(found).into_iter().zip(all(turned)) {
                    prop_assert!((found.estimate - turned.estimate).abs() < 1e-9);
                    prop_assert!(found.lower <= found.estimate && found.estimate <= found.upper && found.upper <= 1.0);
                }
            }
        }
    }
}
