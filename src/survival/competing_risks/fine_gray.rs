//! The Fine-Gray model: how covariates change the share of patients who meet a cause.
//!
//! Covariates `x` multiply a baseline hazard of the *subdistribution* by the same factor at all times:
//!
//! ```text
//! F(t | x) = 1 - exp(-Λ(t) e^{β'x})                               cumulative incidence of the cause; Fine & Gray 1999
//! l(β)     = Σ_events [β'x_i - ln Σ_j w_j(t_i) e^{β'x_j}]         for tied events see Convention
//! w_j(t)   = 1                                                    if j is at risk of every cause
//!          = G(t-) / G(T_j-)                                      if j met another cause at T_j < t
//! Λ(t)     = Σ_{t_i ≤ t} d_i / Σ_j w_j(t_i) e^{β'x_j}             baseline, at x = 0
//! ```
//!
//! `G` is the Kaplan-Meier estimate of the time to censoring: who has met another cause stays in the risk set, less and
//! less, as if still to be censored. It may be estimated within groups, if those differ in how they are followed
//! ([`Settings::censoring_groups`]).
//!
//! R has the model twice, and [`Convention`] chooses: `cmprsk::crr`, whose standard errors are Fine and Gray's and allow
//! for the weights being estimated, and `coxph` on the data that `survival::finegray` makes. They treat ties differently,
//! and coefficients differ in the third digit where times tie often.
//!
//! With a single cause all weights are 1, and this is the Cox model with a robust standard error. A column that is constant, or a combination of those before it, is aliased; if all events of the cause
//! fall on one side the coefficient is separated. See [`CoefficientState`].
//!
//! # References
//!
//! * Fine JP, Gray RJ. A proportional hazards model for the subdistribution of a competing risk.
//!   *J Am Stat Assoc* 1999;94:496-509. doi:10.1080/01621459.1999.10474144
//! * Geskus RB. Cause-specific cumulative incidence estimation and the Fine and Gray model under both left truncation and
//!   right censoring. *Biometrics* 2011;67:39-49. doi:10.1111/j.1541-0420.2010.01420.x

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::hazard::Hazard;
use self::newton::Maximum;
use self::risk_sets::RiskSets;
use super::cohort::CompetingCohort;
use crate::error::Result;
use crate::survival::chi_square::{ChiSquareTest, two_sided};
use crate::survival::cholesky::SymmetricMatrix;
use crate::survival::cohort::expect_length;
use crate::survival::cox::CoefficientState;
use crate::survival::design::Design;
use crate::survival::kaplan_meier::NORMAL_QUANTILE_975;

mod hazard;
mod newton;
mod risk_sets;
mod robust;
mod separation;

/// How a model is fitted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settings<'a> {
    /// One code per patient, in the order of the cohort, within which the time to censoring is estimated; `None` if all
    /// patients are censored alike. A patient who met another cause leaves the risk set when nobody of the group is
    /// followed any longer.
    pub censoring_groups: Option<&'a [usize]>,
    /// How ties and standard errors are treated.
    pub convention: Convention,
}

/// Whose treatment of ties and standard errors a model has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Convention {
    /// That of `cmprsk::crr`: who has an event at a time is at risk of being censored then, tied events share their risk
    /// set (Breslow), and standard errors allow for the weights being estimated.
    #[default]
    Crr,
    /// That of `coxph` on the data of `survival::finegray`: events at a time come before censorings, tied events leave the
    /// risk set in equal parts (Efron), and robust standard errors, clustered by patient, take the weights for known.
    FineGrayCoxph,
}

/// A fitted Fine-Gray model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FineGrayModel {
    /// Name of the cause.
    pub cause: String,
    /// Whose treatment of ties and standard errors it has.
    pub convention: Convention,
    /// Number of patients.
    pub n: usize,
    /// Number of patients who met the cause.
    pub n_events: usize,
    /// Number of patients who met another cause.
    pub n_competing: usize,
    /// One row per column of the design, in its order.
    pub coefficients: Vec<Coefficient>,
    /// Log pseudo-likelihood with all coefficients 0.
    pub log_likelihood_null: f64,
    /// Log pseudo-likelihood of the model; its limit if a coefficient is separated.
    pub log_likelihood: f64,
    /// Test of all coefficients by the ratio of pseudo-likelihoods, as crr reports it, though it follows a chi-square
    /// distribution only without censoring; absent if every coefficient is aliased.
    pub likelihood_ratio: Option<ChiSquareTest>,
    /// Wald test of all coefficients by their robust covariance; absent if one is separated or all are aliased.
    pub wald: Option<ChiSquareTest>,
    /// One row per distinct time at which somebody met the cause, by ascending time; empty if a coefficient is separated.
    pub baseline: Vec<BaselineStep>,
    /// Newton steps taken.
    pub iterations: usize,
    /// Whether the likelihood stopped rising within the iterations allowed.
    pub converged: bool,
    /// Robust covariance matrix of the log hazard ratios by row, zero unless both are estimated; not part of a report.
    #[serde(skip)]
    pub covariance: Vec<Vec<f64>>,
    /// Inverse of the information by row, the covariance if all weights were known and 1; not part of a report.
    #[serde(skip)]
    pub naive_covariance: Vec<Vec<f64>>,
}

/// One coefficient of a model: the effect of a rise of its column by 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Coefficient {
    /// The term of the design that the column belongs to.
    pub term: String,
    /// The level of a factor, or the term itself if it is a number.
    pub name: String,
    /// Whether there is an estimate; if not, the numbers below are absent.
    pub state: CoefficientState,
    /// Logarithm of the subdistribution hazard ratio; absent unless estimated.
    pub log_hazard_ratio: Option<f64>,
    /// Robust standard error of `log_hazard_ratio`; absent unless estimated.
    #[schemars(range(min = 0.0))]
    pub std_err: Option<f64>,
    /// Subdistribution hazard ratio; absent unless estimated, or if it exceeds the largest number.
    #[schemars(range(min = 0.0))]
    pub hazard_ratio: Option<f64>,
    /// Lower end of the 95 % interval of the ratio; absent unless estimated.
    #[schemars(range(min = 0.0))]
    pub lower: Option<f64>,
    /// Upper end of the 95 % interval of the ratio; absent unless estimated, or if it exceeds the largest number.
    #[schemars(range(min = 0.0))]
    pub upper: Option<f64>,
    /// `log_hazard_ratio` in standard errors; absent unless estimated.
    pub z: Option<f64>,
    /// Two-sided p-value of `z`, in [0, 1]; absent unless estimated.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: Option<f64>,
}

/// The baseline of a model from one time at which somebody met the cause up to the next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineStep {
    /// Time, in the unit of the cohort.
    pub time: f64,
    /// Cumulative hazard of the subdistribution of a patient whose covariates are all 0.
    #[schemars(range(min = 0.0))]
    pub cumulative_hazard: f64,
}

/// The incidence that a model predicts, from one time at which somebody met the cause up to the next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PredictedStep {
    /// Time, in the unit of the cohort.
    pub time: f64,
    /// Probability of having met the cause up to and including this time, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub incidence: f64,
}

/// Fits a model of the cumulative incidence of a cause, given by its code.
///
/// Columns of the design are in the order of the cohort. A design without columns gives the null model, and a cohort
/// where nobody met the cause one whose coefficients are all aliased; neither has tests.
///
/// # Errors
///
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if there is no such cause, or a value is not finite.
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if a column or the groups of censoring do not have
///   one row per patient.
/// * [`Error::Unanswerable`](crate::error::Error::Unanswerable) if patients enter late or carry weights.
///
/// # Examples
///
/// ```
/// use contexture::survival::competing_risks::CompetingCohort;
/// use contexture::survival::competing_risks::fine_gray::{self, Settings};
/// use contexture::survival::design::{Design, Term};
///
/// let names = ["relapse", "death without relapse"].map(String::from);
/// let times = [2.0, 3.0, 5.0, 7.0, 8.0, 9.0, 11.0, 12.0];
/// let cohort = CompetingCohort::from_columns(&times, &[1, 2, 1, 0, 2, 1, 1, 0], &names)?;
/// let score = Term::numeric("score", vec![30.0, 80.0, 20.0, 90.0, 40.0, 70.0, 50.0, 60.0]);
/// let model = fine_gray::fit(&cohort, 1, &Design::new(vec![score]), Settings::default())?;
/// assert!(model.coefficients[0].hazard_ratio.is_some_and(|it| it < 1.0));
/// let predicted = model.predict(&[50.0])?.expect("all coefficients are estimated");
/// assert!(predicted.last().is_some_and(|it| it.incidence < 1.0));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn fit(cohort: &CompetingCohort, cause: usize, design: &Design, settings: Settings<'_>) -> Result<FineGrayModel> {
    cohort.expect_cause(cause)?;
    cohort.expect_plain("the Fine-Gray model")?;
    design.check(cohort.len())?;
    if let Some(groups) = settings.censoring_groups {
        expect_length("groups of censoring", cohort.len(), groups.len())?;
    }
    let columns: Vec<&[f64]> = design.columns().map(|(_, column)| column.values.as_slice()).collect();
    let convention = settings.convention;
    let risk_sets = RiskSets::new(cohort, cause, &columns, settings.censoring_groups, convention);
    let maximum = newton::maximize(&risk_sets, convention);
    let states = separation::states(&risk_sets, &maximum);

    let n_free = states.iter().filter(|&&it| it != CoefficientState::Aliased).count();
    let likelihood_ratio = ChiSquareTest::new(2.0 * (maximum.log_likelihood - maximum.log_likelihood_null), n_free);
    let hazard = Hazard::at(&risk_sets, &maximum.beta, convention);
    let robust = robust::covariance(&risk_sets, &hazard, &maximum, convention);
    let n_events = cohort.causes().iter().filter(|&&it| it == cause).count();
    Ok(FineGrayModel {
        cause: cohort.names()[cause - 1].clone(),
        convention,
        n: cohort.len(),
        n_events,
        n_competing: cohort.cohort().n_events() - n_events,
        coefficients: coefficients(design, &risk_sets, &maximum, &states, &robust),
        log_likelihood_null: maximum.log_likelihood_null,
        log_likelihood: maximum.log_likelihood,
        likelihood_ratio,
        wald: wald(&maximum, &states, &robust),
        baseline: if states.contains(&CoefficientState::Separated) {
            Vec::new()
        } else {
            hazard.baseline(&risk_sets, &maximum.beta)
        },
        iterations: maximum.iterations,
        converged: maximum.converged,
        covariance: rows(&robust, &risk_sets, &states),
        naive_covariance: rows(&maximum.covariance, &risk_sets, &states),
    })
}

fn wald(maximum: &Maximum, states: &[CoefficientState], robust: &SymmetricMatrix) -> Option<ChiSquareTest> {
    if states.contains(&CoefficientState::Separated) {
        return None;
    }
    let tested: Vec<usize> = (0..states.len()).filter(|&it| states[it] == CoefficientState::Estimated).collect();
    let beta: Vec<f64> = tested.iter().map(|&column| maximum.beta[column]).collect();
    ChiSquareTest::new(robust.select(&tested).inverse_quadratic_form(&beta)?, tested.len())
}

fn coefficients(
    design: &Design,
    risk_sets: &RiskSets,
    maximum: &Maximum,
    states: &[CoefficientState],
    robust: &SymmetricMatrix,
) -> Vec<Coefficient> {
    let columns = design.columns().enumerate().map(|(idx, (term, column))| {
        let scale = risk_sets.scales[idx];
        let estimate = (states[idx] == CoefficientState::Estimated)
            .then(|| (maximum.beta[idx] * scale, robust.at(idx, idx).sqrt() * scale));
        let beside = |distance: f64| {
            let (beta, std_err) = estimate?;
            Some((beta + distance * std_err).exp()).filter(|it| it.is_finite())
        };
        let z = estimate.map(|(beta, std_err)| beta / std_err).filter(|it| it.is_finite());
        Coefficient {
            term: term.name.clone(),
            name: column.name.clone(),
            state: states[idx],
            log_hazard_ratio: estimate.map(|(beta, _)| beta),
            std_err: estimate.map(|(_, std_err)| std_err),
            hazard_ratio: beside(0.0),
            lower: beside(-NORMAL_QUANTILE_975),
            upper: beside(NORMAL_QUANTILE_975),
            z,
            p_value: z.map(two_sided),
        }
    });
    columns.collect()
}

/// A covariance matrix in the units of the covariates.
fn rows(covariance: &SymmetricMatrix, risk_sets: &RiskSets, states: &[CoefficientState]) -> Vec<Vec<f64>> {
    let is_estimated = |column: usize| states[column] == CoefficientState::Estimated;
    let element = |row: usize, column: usize| {
        let scale = risk_sets.scales[row] * risk_sets.scales[column];
        if is_estimated(row) && is_estimated(column) { covariance.at(row, column) * scale } else { 0.0 }
    };
    (0..states.len()).map(|row| (0..states.len()).map(|column| element(row, column)).collect()).collect()
}

impl FineGrayModel {
    /// The cumulative incidence of a patient with the given covariates, one per column of the design in its order.
    ///
    /// Aliased columns do not count. `None` if a coefficient is separated.
    ///
    /// # Errors
    ///
    /// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if there is not one covariate per column.
    pub fn predict(&self, covariates: &[f64]) -> Result<Option<Vec<PredictedStep>>> {
        expect_length("covariates", self.coefficients.len(), covariates.len())?;
        if self.coefficients.iter().any(|it| it.state == CoefficientState::Separated) {
            return Ok(None);
        }
        let terms = self.coefficients.iter().zip(covariates).filter_map(|(it, x)| Some(it.log_hazard_ratio? * x));
        let ratio = terms.sum::<f64>().exp();
        let steps = self
            .baseline
            .iter()
            .map(|step| PredictedStep { time: step.time, incidence: -(-ratio * step.cumulative_hazard).exp_m1() });
        Ok(Some(steps.collect()))
    }
}

#[cfg(test)]
mod tests;
