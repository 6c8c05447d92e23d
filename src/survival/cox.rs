//! The Cox proportional hazards model.
//!
//! Covariates `x` multiply a baseline hazard of any shape, one per stratum `s`, by the same factor at all times:
//!
//! ```text
//! h(t | x, s) = h_s(t) exp(β'x)                                       Cox 1972
//! LR    = 2 (l(β) - l(0))                                             likelihood ratio test
//! Wald  = β' I(β) β
//! score = U(0)' I(0)⁻¹ U(0)
//! 95 %  = exp(β ± 1.96 SE)                                            interval of the hazard ratio
//! ```
//!
//! `l` is the log partial likelihood, `U` and `I` its gradient and negative second derivative, and `SE²` the diagonal of
//! `I⁻¹`. Centering, pivoting and the stopping rule are those of R's `coxph`. So is what [`Settings`] say otherwise: tied
//! events as Efron has them, a variance from the information unless weights are fractional, neither strata nor offset.
//! Weights and late entry are those of the cohort. A patient of weight 2 is two patients with ties of Breslow, but not of
//! Efron: there, two patients leave the risk set one after the other.
//!
//! [`residuals`], [`predict`] and [`predicted_curves`] say what follows from a fitted model, [`Refit`] fits it to samples.
//!
//! Not every coefficient can be estimated, and [`CoefficientState`] says why:
//!
//! * *aliased*: the column is constant or a combination of columns before it, among the patients at risk at an event.
//!   Without events every column is.
//! * *separated*: the likelihood has no maximum, because the hazard ratio is 0 or infinite. The other coefficients, the
//!   likelihood ratio test and the score test stand; the Wald test does not exist. R prints a large coefficient with a
//!   warning, and wrong standard errors for all if it runs out of iterations on the way.
//!
//! # References
//!
//! * Cox DR. Regression models and life-tables. *J R Stat Soc B* 1972;34:187-202.
//!   doi:10.1111/j.2517-6161.1972.tb00899.x
//! * Efron B. The efficiency of Cox's likelihood function for censored data.
//!   *J Am Stat Assoc* 1977;72:557-565. doi:10.1080/01621459.1977.10480613
//! * Therneau TM, Grambsch PM. *Modeling Survival Data: Extending the Cox Model.* Springer, 2000.
//!   doi:10.1007/978-1-4757-3294-8

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(super) use self::fitted::Fitted;
pub use self::predict::{Prediction, Reference, predict};
pub use self::prediction::{PredictedCurve, PredictedStep, predicted_curves};
pub use self::refit::Refit;
pub use self::residuals::{Residuals, SchoenfeldResidual, residuals};
pub use self::settings::{Settings, Variance, VarianceEstimator};
pub use self::ties::Ties;

use self::estimates::Estimates;
use super::chi_square::ChiSquareTest;
use super::cohort::{Cohort, expect_length};
use super::concordance::{self, Concordance};
use super::design::Design;
use crate::error::Result;

mod aliasing;
mod estimates;
mod event_ranges;
mod exact;
mod fitted;
mod hazard;
pub(super) mod moments;
mod newton;
pub(super) mod partial_likelihood;
mod parts;
mod predict;
mod prediction;
mod refit;
mod residuals;
pub(super) mod risk_sets;
mod score_residuals;
mod separation;
mod settings;
mod ties;

/// A fitted Cox model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CoxModel {
    /// Number of patients.
    pub n: usize,
    /// Number of patients with the event.
    pub n_events: usize,
    /// How tied events were treated.
    pub ties: Ties,
    /// What the standard errors and the Wald tests are made of.
    pub variance_estimator: VarianceEstimator,
    /// One row per column of the design, in its order.
    pub coefficients: Vec<Coefficient>,
    /// Log partial likelihood with all coefficients 0.
    pub log_likelihood_null: f64,
    /// Log partial likelihood of the model; its limit if a coefficient is separated.
    pub log_likelihood: f64,
    /// Test of all coefficients by the likelihood ratio; absent if every coefficient is aliased.
    pub likelihood_ratio: Option<ChiSquareTest>,
    /// Wald test of all coefficients; absent if one is separated or all are aliased.
    pub wald: Option<ChiSquareTest>,
    /// Score test of all coefficients; absent if every coefficient is aliased.
    pub score: Option<ChiSquareTest>,
    /// Score test that holds if rows of a cluster depend on each other; absent unless the variance is robust.
    pub robust_score: Option<ChiSquareTest>,
    /// Wald test of each term of the design, in its order.
    pub term_tests: Vec<TermWald>,
    /// Harrell's C of the linear predictor, within strata; absent if every coefficient is aliased, and with weights or a robust
    /// variance, for which there is [`concordance::estimate`].
    pub concordance: Option<Concordance>,
    /// Newton steps taken.
    pub iterations: usize,
    /// Whether the likelihood stopped rising within the iterations allowed.
    pub converged: bool,
    /// `β'x + o` of each patient with centered `x`, in the order of the cohort; not part of a report.
    #[serde(skip)]
    pub linear_predictor: Vec<f64>,
    /// Covariance matrix of the log hazard ratios by row, robust if the variance is, zero unless both are estimated; not
    /// part of a report.
    #[serde(skip)]
    pub covariance: Vec<Vec<f64>>,
    /// The same from the information alone; equal to `covariance` unless that is robust. Not part of a report.
    #[serde(skip)]
    pub model_covariance: Vec<Vec<f64>>,
    /// What was subtracted from each column before it was multiplied with its coefficient; not part of a report.
    #[serde(skip)]
    pub centers: Vec<f64>,
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
    /// Logarithm of the hazard ratio; absent unless estimated.
    pub log_hazard_ratio: Option<f64>,
    /// Standard error of `log_hazard_ratio`, robust if the variance is; absent unless estimated.
    #[schemars(range(min = 0.0))]
    pub std_err: Option<f64>,
    /// Standard error from the information alone, where `std_err` is robust; absent otherwise.
    #[schemars(range(min = 0.0))]
    pub model_std_err: Option<f64>,
    /// Hazard ratio; absent unless estimated, or if it exceeds the largest number.
    #[schemars(range(min = 0.0))]
    pub hazard_ratio: Option<f64>,
    /// Lower end of the 95 % interval of the hazard ratio; absent unless estimated.
    #[schemars(range(min = 0.0))]
    pub lower: Option<f64>,
    /// Upper end of the 95 % interval of the hazard ratio; absent unless estimated, or if it exceeds the largest number.
    #[schemars(range(min = 0.0))]
    pub upper: Option<f64>,
    /// `log_hazard_ratio` in standard errors; absent unless estimated.
    pub z: Option<f64>,
    /// Two-sided p-value of `z`, in [0, 1]; absent unless estimated.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: Option<f64>,
}

/// Whether a coefficient has an estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CoefficientState {
    /// It has.
    Estimated,
    /// The data hold nothing on it: its column is constant or a combination of those before it, or nobody has the event.
    Aliased,
    /// The hazard ratio is 0 or infinite, since all events fall on one side; or one that is leaves it undetermined.
    Separated,
}

/// The Wald test of all columns of a term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TermWald {
    /// The term.
    pub term: String,
    /// The test, on as many degrees of freedom as the term has estimated coefficients; absent if there are none or one
    /// is separated.
    pub wald: Option<ChiSquareTest>,
}

/// Fits a Cox model.
///
/// Columns of the design are in the order of the cohort; `strata` holds one code per patient, each code with its own
/// baseline hazard. A design without columns gives the null model, and a cohort without events a model whose
/// coefficients are all aliased; neither has tests.
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if a column or the strata do not have one row per
///   patient.
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a value is not finite.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::cox::{self, CoefficientState};
/// use contexture::survival::design::{Design, Term};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0], &[true, true, true, false, true])?;
/// let design = Design::new(vec![
///     Term::numeric("score", vec![30.0, 80.0, 20.0, 90.0, 40.0]),
///     Term::numeric("score again", vec![30.0, 80.0, 20.0, 90.0, 40.0]),
/// ]);
/// let model = cox::fit(&cohort, &design, None)?;
/// assert!(model.coefficients[0].log_hazard_ratio.is_some_and(|it| it < 0.0));
/// assert_eq!(model.coefficients[1].state, CoefficientState::Aliased);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn fit(cohort: &Cohort, design: &Design, strata: Option<&[usize]>) -> Result<CoxModel> {
    fit_with(cohort, design, &Settings { strata, ..Settings::default() })
}

/// Fits a Cox model with settings of choice. Weights and late entries are those of the cohort.
///
/// # Errors
///
/// * As [`fit`], also for offset and clusters.
/// * [`Error::Unanswerable`](crate::error::Error::Unanswerable) if ties are exact and there are weights or a robust variance.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::cox::{self, Settings, Ties, Variance};
/// use contexture::survival::design::{Design, Term};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 2.0, 4.0, 5.0], &[true, true, true, false, true])?;
/// let design = Design::new(vec![Term::numeric("score", vec![30.0, 80.0, 20.0, 90.0, 40.0])]);
/// let settings = Settings { ties: Ties::Breslow, variance: Variance::Robust, ..Settings::default() };
/// let model = cox::fit_with(&cohort, &design, &settings)?;
/// assert!(model.coefficients[0].model_std_err.is_some());
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn fit_with(cohort: &Cohort, design: &Design, settings: &Settings<'_>) -> Result<CoxModel> {
    let estimates = estimate(cohort, design, settings)?;
    let linear_predictor = estimates.linear_predictor(design, cohort.len(), settings.offset);
    // METHOD: counts of pairs and their standard error are those of rows that count as one and do not depend on each other.
    let concordance = match estimates.n_free() {
        0 => None,
        _ if cohort.weights().is_some() || settings.variance.is_robust(cohort) => None,
        _ => Some(concordance::harrell(cohort, &linear_predictor, settings.strata)?),
    };
    let chi_square = 2.0 * (estimates.log_likelihood - estimates.log_likelihood_null);
    Ok(CoxModel {
        n: cohort.len(),
        n_events: cohort.n_events(),
        ties: settings.ties,
        variance_estimator: settings.variance.estimator(cohort),
        coefficients: estimates.coefficients(design),
        log_likelihood_null: estimates.log_likelihood_null,
        log_likelihood: estimates.log_likelihood,
        likelihood_ratio: ChiSquareTest::new(chi_square, estimates.n_free()),
        wald: estimates.wald(0..estimates.states.len()),
        score: ChiSquareTest::new(estimates.score_statistic, estimates.n_free()),
        robust_score: estimates.robust_score,
        term_tests: estimates.term_tests(design),
        concordance,
        iterations: estimates.iterations,
        converged: estimates.converged,
        linear_predictor,
        covariance: estimates.covariance_rows(),
        model_covariance: estimates.model_covariance_rows(),
        centers: estimates.centers,
    })
}

/// The coefficients of [`fit`] alone, where nothing else of the model is wanted: the concordance takes longer than a small
/// model.
pub(super) fn coefficients(cohort: &Cohort, design: &Design, strata: Option<&[usize]>) -> Result<Vec<Coefficient>> {
    let settings = Settings { strata, ..Settings::default() };
    Ok(estimate(cohort, design, &settings)?.coefficients(design))
}

fn estimate(cohort: &Cohort, design: &Design, settings: &Settings<'_>) -> Result<Estimates> {
    design.check(cohort.len())?;
    settings.check(cohort)?;
    let schedules = cohort.schedules(settings.strata)?;
    Ok(Estimates::of(cohort, design, &schedules, settings))
}

/// The score test of a design: whether any of its columns changes the hazard, judged at no effect.
///
/// `None` if every column is aliased.
///
/// # Errors
///
/// As [`fit`].
pub fn score_test(cohort: &Cohort, design: &Design, strata: Option<&[usize]>) -> Result<Option<ChiSquareTest>> {
    design.check(cohort.len())?;
    let settings = Settings { strata, ..Settings::default() };
    let estimates = Estimates::at_zero(cohort, design, &cohort.schedules(strata)?, &settings);
    Ok(ChiSquareTest::new(estimates.score_statistic, estimates.n_free()))
}

/// Whether a larger model says more than a smaller one whose terms it contains, by the likelihood ratio.
///
/// Both have to be fitted to the same patients. `None` if the larger model has no more free coefficients.
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if the models differ in their number of patients or
///   events.
pub fn likelihood_ratio(smaller: &CoxModel, larger: &CoxModel) -> Result<Option<ChiSquareTest>> {
    expect_length("patients of the larger model", smaller.n, larger.n)?;
    expect_length("events of the larger model", smaller.n_events, larger.n_events)?;
    let degrees_of_freedom = larger.n_free().saturating_sub(smaller.n_free());
    Ok(ChiSquareTest::new(2.0 * (larger.log_likelihood - smaller.log_likelihood), degrees_of_freedom))
}

impl CoxModel {
    /// Number of coefficients that the data determine, be it as infinite: the degrees of freedom of the model.
    fn n_free(&self) -> usize {
        self.coefficients.iter().filter(|it| it.state != CoefficientState::Aliased).count()
    }
}

#[cfg(test)]
mod tests;
