//! How much of the variation in outcome a prognostic index explains: Royston and Sauerbrei's D and R².
//!
//! Patients are put in the order of the index, and the index is replaced by the normal scores of their ranks; its
//! coefficient in a Cox model tells how far the curves of low and high risk lie apart:
//!
//! ```text
//! z_i   = Φ⁻¹((i - 3/8) / (n + 1/4))                  i: rank of the index; mean of z over equal indices
//! D     = β √(8/π)                                    β: coefficient of z               Royston & Sauerbrei 2004
//! R²_D  = β² / (π²/6 + β²)
//! R²_PM = Var[η] / (π²/6 + Var[η])                    η: the index itself               Kent & O'Quigley 1988
//! ```
//!
//! `D` is the log hazard ratio between the halves of patients at higher and at lower risk, if the index is normal. As R's
//! `royston`, the Cox model is not stratified ([`centered_within_strata`]), and the variance of the Weibull error term is π²/6.
//!
//! An index that was fitted to the same patients explains them too well. [`RoystonD::adjusted`] allows for the number
//! of coefficients, as R does with `adjust = TRUE`; bootstrapping allows for every step ([`optimism`](super::optimism)).
//!
//! [`nagelkerke`] and [`gonen_heller`] are the other measures that R prints with it.
//!
//! # References
//!
//! * Royston P, Sauerbrei W. A new measure of prognostic separation in survival data.
//!   *Stat Med* 2004;23:723-748. doi:10.1002/sim.1621
//! * Kent JT, O'Quigley J. Measures of dependence for censored survival data.
//!   *Biometrika* 1988;75:525-534. doi:10.1093/biomet/75.3.525
//! * Nagelkerke NJD. A note on a general definition of the coefficient of determination.
//!   *Biometrika* 1991;78:691-692. doi:10.1093/biomet/78.3.691
//! * Gönen M, Heller G. Concordance probability and discriminatory power in proportional hazards regression.
//!   *Biometrika* 2005;92:965-970. doi:10.1093/biomet/92.4.965

use std::collections::BTreeMap;
use std::f64::consts::PI;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cohort::{Cohort, expect_length};
use super::cox::{self, CoxModel};
use super::design::{Design, Term};
use super::kaplan_meier::NORMAL_QUANTILE_975;
use super::normal;
use crate::error::{Error, Result};

/// Variance of the error term of a Weibull model.
const ERROR_VARIANCE: f64 = PI * PI / 6.0;

/// Royston and Sauerbrei's D with the variation that it explains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoystonD {
    /// Log hazard ratio between patients above and below the median index.
    pub d: f64,
    /// Standard error of `d`.
    #[schemars(range(min = 0.0))]
    pub std_err: f64,
    /// Lower end of the 95 % interval of `d`.
    pub lower: f64,
    /// Upper end of the 95 % interval of `d`.
    pub upper: f64,
    /// Share of variation that `d` explains, at most 1; below 0 only if adjusted.
    #[schemars(range(max = 1.0))]
    pub r_squared: f64,
    /// Share of variation that the index itself explains, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub r_squared_index: f64,
}

/// Estimates D of a prognostic index, such as the linear predictor of a Cox model.
///
/// `index` holds one value per patient in the order of the cohort, high where the event comes early. `None` if the index
/// is the same for all, or nobody has the event, or the index separates those who have it from the rest.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one value per patient.
/// * [`Error::OutOfRange`] if a value is not finite.
///
/// # Examples
///
/// ```
/// use contexture::survival::{Cohort, explained_variation};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0], &[true, true, true, false, true])?;
/// let d = explained_variation::royston(&cohort, &[0.9, 0.1, 1.2, 0.0, 0.3])?.expect("an index that varies");
/// assert!(d.d > 0.0 && d.r_squared < 1.0);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn royston(cohort: &Cohort, index: &[f64]) -> Result<Option<RoystonD>> {
    expect_length("values of a prognostic index", cohort.len(), index.len())?;
    if let Some(&value) = index.iter().find(|it| !it.is_finite()) {
        return Err(Error::OutOfRange { quantity: "prognostic index", expected: "a finite number", value });
    }
    let design = Design::new(vec![Term::numeric("normal score", normal_scores(index))]);
    let coefficient = &cox::coefficients(cohort, &design, None)?[0];
    Ok(coefficient.log_hazard_ratio.zip(coefficient.std_err).map(|(beta, std_err)| {
        let scale = (8.0 / PI).sqrt();
        let r_squared = beta * beta / (ERROR_VARIANCE + beta * beta);
        let variance = variance(index);
        RoystonD::new(beta * scale, std_err * scale, r_squared, variance / (ERROR_VARIANCE + variance))
    }))
}

impl RoystonD {
    fn new(d: f64, std_err: f64, r_squared: f64, r_squared_index: f64) -> Self {
        let reach = NORMAL_QUANTILE_975 * std_err;
        Self { d, std_err, lower: d - reach, upper: d + reach, r_squared, r_squared_index }
    }

    /// The same, shrunk for an index of `n_coefficients` that was fitted to these patients, `n_events` of whom had the
    /// event.
    ///
    /// ```text
    /// r = n_events / (n_events - n_coefficients)
    /// β² becomes (1 + β² - r) / r,    R² becomes 1 - r / (1 + β²)                  Royston & Sauerbrei 2004, §3.5
    /// ```
    ///
    /// As in R, the adjusted R² has an error variance of 1, not π²/6. `None` if there are no more events than
    /// coefficients, or if nothing is left of `d`.
    #[must_use]
    pub fn adjusted(&self, n_events: usize, n_coefficients: usize) -> Option<Self> {
        let n_left = n_events.checked_sub(n_coefficients).filter(|it| *it > 0)?;
        let r = n_events as f64 / n_left as f64;
        let beta = self.d * (PI / 8.0).sqrt();
        let squared = (1.0 + beta * beta - r) / r;
        let root = squared.abs().sqrt();
        (root > 0.0).then(|| {
            let d = beta.signum() * squared.signum() * root * (8.0 / PI).sqrt();
            let r_squared = 1.0 - r / (1.0 + beta * beta);
            Self::new(d, self.std_err * beta.abs() / (r * root), r_squared, self.r_squared_index)
        })
    }
}

/// A prognostic index less its mean in each stratum.
///
/// Patients of different strata have hazards of their own, and a model that is stratified does not compare them; R's
/// `royston` takes the linear predictor of such a model in this form.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one value and one stratum per patient.
pub fn centered_within_strata(cohort: &Cohort, index: &[f64], strata: &[usize]) -> Result<Vec<f64>> {
    expect_length("values of a prognostic index", cohort.len(), index.len())?;
    expect_length("stratum codes", cohort.len(), strata.len())?;
    let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for (idx, (&value, &stratum)) in index.iter().zip(strata).enumerate() {
        let (sum, weight) = sums.entry(stratum).or_default();
        *sum += cohort.weight(idx) * value;
        *weight += cohort.weight(idx);
    }
    Ok(index.iter().zip(strata).map(|(value, stratum)| value - sums[stratum].0 / sums[stratum].1).collect())
}

/// Normal scores of ranks, averaged over equal values.
fn normal_scores(index: &[f64]) -> Vec<f64> {
    let n = index.len() as f64;
    // Adding zero turns -0 into 0, so that they are tied.
    let mut order: Vec<(f64, usize)> = index.iter().map(|it| it + 0.0).zip(0..).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    // Those of the upper half are those of the lower with the opposite sign.
    let score = |rank: usize| normal::quantile(((rank + 1) as f64 - 0.375) / (n + 0.25));
    let mut of_ranks: Vec<f64> = (0..index.len().div_ceil(2)).map(score).collect();
    of_ranks.extend((0..index.len() / 2).rev().map(|rank| -of_ranks[rank]).collect::<Vec<_>>());

    let mut scores = vec![0.0; index.len()];
    let mut start = 0;
    for run in order.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        // METHOD: Equal indices share the mean of the scores of their ranks.
        let mean = of_ranks[start..start + run.len()].iter().sum::<f64>() / run.len() as f64;
        for &(_, idx) in run {
            scores[idx] = mean;
        }
        start += run.len();
    }
    scores
}

fn variance(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    values.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / (n - 1.0)
}

/// Nagelkerke's R² of a Cox model, in [0, 1]; `None` without events or patients.
///
/// ```text
/// R² = (1 - exp(-LR/n)) / (1 - exp(2 l_0/n))          LR: likelihood ratio; l_0: log likelihood without covariates
/// ```
///
/// It depends on the share of patients who are censored.
pub fn nagelkerke(model: &CoxModel) -> Option<f64> {
    let n = model.n as f64;
    let likelihood_ratio = 2.0 * (model.log_likelihood - model.log_likelihood_null);
    let largest = 1.0 - (2.0 * model.log_likelihood_null / n).exp();
    (largest > 0.0).then(|| (1.0 - (-likelihood_ratio / n).exp()) / largest)
}

/// Gönen and Heller's concordance probability of the linear predictor of a Cox model, in [0.5, 1]; `None` for fewer than
/// two patients.
///
/// ```text
/// K = 2 / (n (n - 1)) Σ_{i<j} 1 / (1 + exp(-|η_i - η_j|))
/// ```
///
/// It takes the model for true, and does not look at outcomes: censoring does not change it. Time is proportional to the
/// square of the number of patients.
///
/// # Errors
///
/// * [`Error::OutOfRange`] if a value is not finite.
pub fn gonen_heller(linear_predictor: &[f64]) -> Result<Option<f64>> {
    if let Some(&value) = linear_predictor.iter().find(|it| !it.is_finite()) {
        return Err(Error::OutOfRange { quantity: "linear predictor", expected: "a finite number", value });
    }
    let n = linear_predictor.len() as f64;
    let of_pair = |a: f64, b: f64| 1.0 / (1.0 + (-(a - b).abs()).exp());
    let rows = linear_predictor
        .iter()
        .enumerate()
        .map(|(idx, &a)| linear_predictor[idx + 1..].iter().map(|&b| of_pair(a, b)).sum::<f64>());
    let sum: f64 = rows.sum();
    Ok((n > 1.0).then(|| 2.0 * sum / (n * (n - 1.0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_indices_share_a_score_and_scores_sum_to_zero() {
        let scores = normal_scores(&[2.0, 0.0, -0.0, 5.0]);
        assert_eq!(scores[1].to_bits(), scores[2].to_bits());
        assert!(scores.iter().sum::<f64>().abs() < 1e-14 && scores[0] < scores[3]);
    }

    #[test]
    fn without_variation_or_events_there_is_no_d() {
        let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0], &[true, false, true]).unwrap();
        assert_eq!(royston(&cohort, &[1.0; 3]).unwrap(), None);
        let none = Cohort::from_columns(&[1.0, 2.0], &[false; 2]).unwrap();
        assert_eq!(royston(&none, &[1.0, 2.0]).unwrap(), None);
        assert_eq!(royston(&Cohort::new(Vec::new()).unwrap(), &[]).unwrap(), None);
        assert!(matches!(royston(&cohort, &[1.0]), Err(Error::UnequalLengths { .. })));
        assert!(matches!(royston(&cohort, &[1.0, 2.0, f64::NAN]), Err(Error::OutOfRange { .. })));
    }

    #[test]
    fn d_depends_on_the_order_of_the_index_alone() {
        let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0], &[true, true, false, true, true]).unwrap();
        let index = [0.5, 2.0, 1.0, -1.0, 0.0];
        let stretched = index.map(f64::exp);
        let (a, b) = (royston(&cohort, &index).unwrap().unwrap(), royston(&cohort, &stretched).unwrap().unwrap());
        assert_eq!((a.d, a.std_err, a.r_squared), (b.d, b.std_err, b.r_squared));
        assert_eq!(a.adjusted(4, 4), None);
        assert_eq!(a.adjusted(4, 0).map(|it| (it.d - a.d).abs() < 1e-14), Some(true));
    }

    #[test]
    fn equal_predictors_are_chance() {
        assert_eq!(gonen_heller(&[1.0; 4]).unwrap(), Some(0.5));
        assert_eq!(gonen_heller(&[1.0]).unwrap(), None);
        assert!(gonen_heller(&[f64::NAN]).is_err());
    }
}
