//! Ridge regression: all coefficients are shrunk, none to zero.
//!
//! ```text
//! l(β) - θ/2 Σ v_j β_j²                     maximized; v = 1, or the variance of the column       Gray 1992
//! H      = I + θ diag(v)                    I: the information of the partial likelihood
//! SE²    = diag of H⁻¹                      as if the penalty were prior knowledge
//! SE_2²  = diag of H⁻¹ I H⁻¹                what repeated samples would show, around a biased mean
//! ν      = trace of I H⁻¹                   degrees of freedom that are left
//! ```
//!
//! The likelihood has Efron's treatment of ties, and case weights and late entry of the cohort. All is as in R's `coxph` with
//! `ridge(…, theta, scale)`, where `scale = TRUE` takes the variance (divisor n - 1) of the rows as they are, without
//! weights: then the penalty does not depend on the units of a covariate. Standard errors are those of the information, also
//! where weights are fractional. With weights and late entry at once, R stops short of the maximum (survival 3.5.3).
//!
//! # References
//!
//! * Gray RJ. Flexible methods for analyzing survival data using splines, with applications to breast cancer prognosis.
//!   *J Am Stat Assoc* 1992;87:942-951. doi:10.1080/01621459.1992.10476248
//! * Verweij PJM, Van Houwelingen HC. Penalized likelihood in Cox regression. *Stat Med* 1994;13:2427-2436.
//!   doi:10.1002/sim.4780132307

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::function::gamma::gamma_ur;

use super::Scaling;
use crate::error::{Error, Result};
use crate::survival::chi_square::two_sided;
use crate::survival::cholesky::{Cholesky, SymmetricMatrix};
use crate::survival::cohort::Cohort;
use crate::survival::cox::Ties;
use crate::survival::cox::moments::{add, triangle};
use crate::survival::cox::risk_sets::RiskSets;
use crate::survival::design::Design;
use crate::survival::kaplan_meier::NORMAL_QUANTILE_975;

/// Newton steps; a penalized likelihood is concave with a maximum, and needs fewer than ten.
const MAX_ITERATIONS: usize = 100;

/// The squared length of a step, in standard errors, that is the last: Newton's method squares what error it has.
const LAST_DECREMENT: f64 = 1e-16;

/// A likelihood may fall by this much, relatively, in a step that moves within round-off.
const ROUND_OFF: f64 = 1e-13;

/// A Cox model fitted with a ridge penalty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RidgeModel {
    /// Number of patients.
    pub n: usize,
    /// Number of patients with the event.
    pub n_events: usize,
    /// The penalty `θ`.
    #[schemars(range(min = 0.0))]
    pub theta: f64,
    /// The units in which coefficients were penalized.
    pub scaling: Scaling,
    /// One row per column of the design, in its order.
    pub coefficients: Vec<RidgeCoefficient>,
    /// Log partial likelihood with all coefficients 0.
    pub log_likelihood_null: f64,
    /// Log partial likelihood of the model, without the penalty.
    pub log_likelihood: f64,
    /// What is subtracted from `log_likelihood`: `θ/2 Σ v β²`.
    #[schemars(range(min = 0.0))]
    pub penalty: f64,
    /// Degrees of freedom that the penalty leaves: at most the number of columns.
    #[schemars(range(min = 0.0))]
    pub degrees_of_freedom: f64,
    /// Twice the rise of the log partial likelihood over the model without covariates.
    #[schemars(range(min = 0.0))]
    pub chi_square: f64,
    /// Probability of a larger `chi_square` on `degrees_of_freedom` if there is no effect, in [0, 1]; an approximation
    /// (Gray 1992). Absent if there are no degrees of freedom.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: Option<f64>,
    /// Newton steps taken.
    pub iterations: usize,
    /// Whether the steps came to an end within the iterations allowed.
    pub converged: bool,
    /// `β'x` of each patient with centered `x`, in the order of the cohort; not part of a report.
    #[serde(skip)]
    pub linear_predictor: Vec<f64>,
    /// `H⁻¹` by row, zero in columns without an estimate; not part of a report.
    #[serde(skip)]
    pub covariance: Vec<Vec<f64>>,
    /// `H⁻¹ I H⁻¹` by row; not part of a report.
    #[serde(skip)]
    pub sampling_covariance: Vec<Vec<f64>>,
}

/// One shrunk coefficient: the effect of a rise of its column by 1. All numbers are absent if there is no penalty and the
/// column is a combination of those before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RidgeCoefficient {
    /// The term of the design that the column belongs to.
    pub term: String,
    /// The level of a factor, or the term itself if it is a number.
    pub name: String,
    /// Logarithm of the hazard ratio.
    pub log_hazard_ratio: Option<f64>,
    /// Standard error from `H⁻¹`.
    #[schemars(range(min = 0.0))]
    pub std_err: Option<f64>,
    /// Standard error from `H⁻¹ I H⁻¹`, R's `se2`: the smaller one, which leaves the bias out.
    #[schemars(range(min = 0.0))]
    pub sampling_std_err: Option<f64>,
    /// Hazard ratio; absent, too, if it exceeds the largest number.
    #[schemars(range(min = 0.0))]
    pub hazard_ratio: Option<f64>,
    /// Lower end of the 95 % interval of the hazard ratio by `std_err`.
    #[schemars(range(min = 0.0))]
    pub lower: Option<f64>,
    /// Upper end of the 95 % interval of the hazard ratio by `std_err`; absent, too, if it exceeds the largest number.
    #[schemars(range(min = 0.0))]
    pub upper: Option<f64>,
    /// `log_hazard_ratio` in units of `std_err`.
    pub z: Option<f64>,
    /// Two-sided p-value of `z`, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: Option<f64>,
}

/// Fits a Cox model with a ridge penalty `theta` on all coefficients.
///
/// Columns of the design are in the order of the cohort; `strata` holds one code per patient, each code with its own
/// baseline hazard. With a penalty above 0 each coefficient has a finite estimate, however many or collinear the columns
/// are, and also if a group has no events.
///
/// # Errors
///
/// * [`Error::OutOfRange`] if `theta` is not a finite number of at least 0, or a value is not finite.
/// * [`Error::UnequalLengths`] if a column or the strata do not have one row per patient.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::design::{Design, Term};
/// use contexture::survival::penalized::{Scaling, ridge};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0], &[true, true, true, false, true])?;
/// let design = Design::new(vec![Term::numeric("score", vec![30.0, 80.0, 20.0, 90.0, 40.0])]);
/// let free = ridge::fit(&cohort, &design, None, 0.0, Scaling::StandardDeviation)?;
/// let held = ridge::fit(&cohort, &design, None, 2.0, Scaling::StandardDeviation)?;
/// assert!(held.coefficients[0].log_hazard_ratio > free.coefficients[0].log_hazard_ratio);
/// assert!(held.degrees_of_freedom < 1.0);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn fit(
    cohort: &Cohort,
    design: &Design,
    strata: Option<&[usize]>,
    theta: f64,
    scaling: Scaling,
) -> Result<RidgeModel> {
    if !(theta.is_finite() && theta >= 0.0) {
        return Err(Error::OutOfRange {
            quantity: "ridge penalty",
            expected: "a finite number of at least 0",
            value: theta,
        });
    }
    design.check(cohort.len())?;
    let schedules = cohort.schedules(strata)?;
    let columns: Vec<&[f64]> = design.columns().map(|(_, column)| column.values.as_slice()).collect();
    let risk_sets = RiskSets::new(cohort, &columns, None, &schedules, Ties::Efron);

    // A coefficient of a standardized column is the one in units of the covariate, divided by the scale.
    let strength = |(column, scale): (&&[f64], &f64)| match scaling {
        Scaling::StandardDeviation => theta * scale * scale * variance(column),
        Scaling::Units => theta * scale * scale,
    };
    let penalties: Vec<f64> = columns.iter().zip(&risk_sets.scales).map(strength).collect();
    let mut iterate = Iterate::at(vec![0.0; columns.len()], &risk_sets, &penalties);
    let log_likelihood_null = iterate.log_likelihood;
    let (iterations, converged) = iterate.climb(&risk_sets, &penalties);

    let chi_square = (2.0 * (iterate.log_likelihood - log_likelihood_null)).max(0.0);
    let degrees_of_freedom = iterate.degrees_of_freedom();
    let (covariance, sampling_covariance) = iterate.covariances(&risk_sets.scales);
    let beta: Vec<f64> = iterate.beta.iter().zip(&risk_sets.scales).map(|(beta, scale)| beta * scale).collect();
    let coefficient =
        |(idx, (term, column)): (usize, (&crate::survival::design::Term, &crate::survival::design::Column))| {
            let estimate = (!iterate.cholesky.is_redundant(idx)).then(|| (beta[idx], covariance[idx][idx].sqrt()));
            let beside = |distance: f64| {
                let (beta, std_err) = estimate?;
                Some((beta + distance * std_err).exp()).filter(|it| it.is_finite())
            };
            let z = estimate.map(|(beta, std_err)| beta / std_err);
            RidgeCoefficient {
                term: term.name.clone(),
                name: column.name.clone(),
                log_hazard_ratio: estimate.map(|(beta, _)| beta),
                std_err: estimate.map(|(_, std_err)| std_err),
                sampling_std_err: estimate.map(|_| sampling_covariance[idx][idx].sqrt()),
                hazard_ratio: beside(0.0),
                lower: beside(-NORMAL_QUANTILE_975),
                upper: beside(NORMAL_QUANTILE_975),
                z,
                p_value: z.map(two_sided),
            }
        };
    Ok(RidgeModel {
        n: cohort.len(),
        n_events: cohort.n_events(),
        theta,
        scaling,
        coefficients: design.columns().enumerate().map(coefficient).collect(),
        log_likelihood_null,
        log_likelihood: iterate.log_likelihood,
        penalty: iterate.penalty,
        degrees_of_freedom,
        chi_square,
        p_value: (degrees_of_freedom > 0.0).then(|| upper_tail(chi_square, degrees_of_freedom)),
        iterations,
        converged,
        linear_predictor: linear_predictor(&columns, &beta, &risk_sets.centers, cohort.len()),
        covariance,
        sampling_covariance,
    })
}

/// Coefficients of the standardized columns with what the penalized likelihood is there.
struct Iterate {
    beta: Vec<f64>,
    log_likelihood: f64,
    penalty: f64,
    information: SymmetricMatrix,
    cholesky: Cholesky,
    step: Vec<f64>,
    decrement: f64,
}

impl Iterate {
    fn at(beta: Vec<f64>, risk_sets: &RiskSets, penalties: &[f64]) -> Self {
        let p = beta.len();
        let (mut log_likelihood, mut score, mut lower) = (0.0, vec![0.0; p], vec![0.0; triangle(p)]);
        risk_sets.for_each_event_time(&beta, |it| {
            log_likelihood += it.log_likelihood;
            add(&mut score, &it.score, 1.0);
            add(&mut lower, &it.information, 1.0);
        });
        let information = SymmetricMatrix::from_lower(p, |row, column| lower[triangle(row) + column]);
        let hessian = SymmetricMatrix::from_lower(p, |row, column| {
            information.at(row, column) + if row == column { penalties[row] } else { 0.0 }
        });
        for ((score, beta), penalty) in score.iter_mut().zip(&beta).zip(penalties) {
            *score -= penalty * beta;
        }
        let cholesky = Cholesky::of(&hessian);
        let step = cholesky.solve(&score);
        Self {
            penalty: beta.iter().zip(penalties).map(|(beta, penalty)| 0.5 * penalty * beta * beta).sum(),
            decrement: step.iter().zip(&score).map(|(step, score)| step * score).sum(),
            beta,
            log_likelihood,
            information,
            cholesky,
            step,
        }
    }

    fn objective(&self) -> f64 {
        self.log_likelihood - self.penalty
    }

    /// Takes Newton steps to the maximum; tells how many, and whether it got there.
    fn climb(&mut self, risk_sets: &RiskSets, penalties: &[f64]) -> (usize, bool) {
        let mut fraction = 1.0;
        for iterations in 1..=MAX_ITERATIONS {
            let beta = self.beta.iter().zip(&self.step).map(|(beta, step)| beta + fraction * step).collect();
            let next = Self::at(beta, risk_sets, penalties);
            let is_last = self.decrement <= LAST_DECREMENT;
            let lowest = self.objective() - ROUND_OFF * self.objective().abs();
            if is_last || (next.objective() >= lowest && next.decrement.is_finite()) {
                *self = next;
                fraction = 1.0;
            } else {
                fraction /= 2.0;
            }
            if is_last {
                return (iterations, true);
            }
        }
        (MAX_ITERATIONS, false)
    }

    /// `trace(I H⁻¹)`.
    fn degrees_of_freedom(&self) -> f64 {
        let (n, inverse) = (self.beta.len(), self.cholesky.inverse());
        (0..n)
            .flat_map(|row| (0..n).map(move |column| (row, column)))
            .map(|(row, column)| self.information.at(row, column) * inverse.at(column, row))
            .sum()
    }

    /// `H⁻¹` and `H⁻¹ I H⁻¹` in the units of the covariates.
    fn covariances(&self, scales: &[f64]) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
        let (n, inverse) = (self.beta.len(), self.cholesky.inverse());
        let column = |of: usize| -> Vec<f64> {
            (0..n).map(|row| (0..n).map(|it| self.information.at(row, it) * inverse.at(it, of)).sum()).collect()
        };
        let products: Vec<Vec<f64>> = (0..n).map(column).collect();
        let rows = |value: &dyn Fn(usize, usize) -> f64| {
            (0..n).map(|row| (0..n).map(|column| value(row, column) * scales[row] * scales[column]).collect()).collect()
        };
        let sampling = |row: usize, column: usize| (0..n).map(|it| inverse.at(row, it) * products[column][it]).sum();
        (rows(&|row, column| inverse.at(row, column)), rows(&sampling))
    }
}

/// Probability that a chi-square variable with a fractional number of degrees of freedom exceeds a value.
fn upper_tail(chi_square: f64, degrees_of_freedom: f64) -> f64 {
    if chi_square <= 0.0 { 1.0 } else { gamma_ur(degrees_of_freedom / 2.0, chi_square / 2.0) }
}

/// Variance with divisor n - 1; 0 for one value.
fn variance(column: &[f64]) -> f64 {
    let n = column.len() as f64;
    let mean = column.iter().sum::<f64>() / n;
    let squares: f64 = column.iter().map(|it| (it - mean).powi(2)).sum();
    if n > 1.0 { squares / (n - 1.0) } else { 0.0 }
}

/// `β'x` of each patient, with centered covariates.
fn linear_predictor(columns: &[&[f64]], beta: &[f64], centers: &[f64], n_patients: usize) -> Vec<f64> {
    let mut sums = vec![0.0; n_patients];
    for ((column, beta), center) in columns.iter().zip(beta).zip(centers) {
        for (sum, x) in sums.iter_mut().zip(*column) {
            *sum += beta * (x - center);
        }
    }
    sums
}

#[cfg(test)]
mod tests;
