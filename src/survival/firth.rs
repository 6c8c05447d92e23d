//! The Cox model with Firth's penalty, whose coefficients are finite whatever the data.
//!
//! If all events fall on one side of a covariate, as when a group has none, the likelihood has no maximum: `cox` calls the
//! coefficient separated. Firth's penalty, the square root of the determinant of the information (Jeffreys' prior),
//! gives it a finite estimate and takes away the bias of order 1/n that all estimates have:
//!
//! ```text
//! l*(β)  = l(β) + ½ ln |I(β)|                                              Heinze & Schemper 2001
//! U*_j   = U_j + ½ trace( I⁻¹ ∂I/∂β_j )
//! profile: all b with 2 (l*(β̂) - max l*(β | β_j = b)) ≤ 3.84              95 % interval of β_j
//! p      : 2 (l*(β̂) - max l*(β | β_j = 0)) as chi-square, 1 degree of freedom
//! ```
//!
//! The determinant is that of all columns also where a coefficient is held, and its columns are divided by their standard
//! deviation, so that `l*` does not depend on units. Standard errors are from `I⁻¹`. An estimate of a separated
//! coefficient is skewed: its Wald interval is far too short on one side, and the profile is the default.
//!
//! Ties are treated as Breslow did, as in R's `coxphf`; Efron's treatment is an option. `coxphf` stops early: its
//! profile limits have four to six digits.
//!
//! # References
//!
//! * Firth D. Bias reduction of maximum likelihood estimates. *Biometrika* 1993;80:27-38. doi:10.1093/biomet/80.1.27
//! * Heinze G, Schemper M. A solution to the problem of monotone likelihood in Cox regression.
//!   *Biometrics* 2001;57:114-119. doi:10.1111/j.0006-341X.2001.00114.x

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::maximum::Maximum;
use self::penalized_likelihood::PenalizedLikelihood;
use super::chi_square::{ChiSquareTest, upper_tail};
use super::cohort::Cohort;
use super::cox::{CoefficientState, CoxModel};
use super::design::Design;
use super::kaplan_meier::NORMAL_QUANTILE_975;
use super::penalized::Ties;
use crate::error::Result;

mod maximum;
mod penalized_likelihood;
mod profile;

/// How intervals and p-values of single coefficients are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// From the profile of the penalized likelihood, which need not be symmetric.
    #[default]
    ProfileLikelihood,
    /// From the standard error.
    Wald,
}

/// A Cox model fitted by Firth's penalized likelihood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirthModel {
    /// Number of patients.
    pub n: usize,
    /// Number of patients with the event.
    pub n_events: usize,
    /// The treatment of tied events.
    pub ties: Ties,
    /// How intervals and p-values of coefficients were made.
    pub interval: Interval,
    /// One row per column of the design, in its order.
    pub coefficients: Vec<FirthCoefficient>,
    /// Penalized log likelihood with all coefficients 0; absent if every column is aliased.
    pub log_likelihood_null: Option<f64>,
    /// Penalized log likelihood of the model; absent if every column is aliased.
    pub log_likelihood: Option<f64>,
    /// Test of all coefficients by the ratio of penalized likelihoods; absent if every column is aliased.
    pub likelihood_ratio: Option<ChiSquareTest>,
    /// Wald test of all coefficients; absent if every column is aliased.
    pub wald: Option<ChiSquareTest>,
    /// Steps taken to the estimates.
    pub iterations: usize,
    /// Whether the steps came to an end within the iterations allowed.
    pub converged: bool,
    /// `β'x` of each patient with centered `x`, in the order of the cohort; not part of a report.
    #[serde(skip)]
    pub linear_predictor: Vec<f64>,
    /// Covariance matrix of the log hazard ratios by row, zero in aliased columns; not part of a report.
    #[serde(skip)]
    pub covariance: Vec<Vec<f64>>,
}

/// One coefficient: the effect of a rise of its column by 1. All numbers are absent if the column is aliased: constant, or
/// a combination of those before it, among the patients at risk at an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirthCoefficient {
    /// The term of the design that the column belongs to.
    pub term: String,
    /// The level of a factor, or the term itself if it is a number.
    pub name: String,
    /// Logarithm of the hazard ratio.
    pub log_hazard_ratio: Option<f64>,
    /// Standard error of `log_hazard_ratio`.
    #[schemars(range(min = 0.0))]
    pub std_err: Option<f64>,
    /// Hazard ratio; absent, too, if it exceeds the largest number.
    #[schemars(range(min = 0.0))]
    pub hazard_ratio: Option<f64>,
    /// Lower end of the 95 % interval of the hazard ratio; absent, too, if the profile has none.
    #[schemars(range(min = 0.0))]
    pub lower: Option<f64>,
    /// Upper end of the 95 % interval of the hazard ratio; absent, too, if the profile has none or it exceeds the largest
    /// number.
    #[schemars(range(min = 0.0))]
    pub upper: Option<f64>,
    /// Statistic of the test that the hazard ratio is 1, on 1 degree of freedom.
    #[schemars(range(min = 0.0))]
    pub chi_square: Option<f64>,
    /// Probability of a larger `chi_square` if the hazard ratio is 1, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: Option<f64>,
}

/// Fits a Cox model by Firth's penalized likelihood.
///
/// Columns of the design are in the order of the cohort; `strata` holds one code per patient, each code with its own
/// baseline hazard. Without events every column is aliased.
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if a column or the strata do not have one row per
///   patient.
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a value is not finite.
///
/// # Examples
///
/// Nobody with a high score has the event, and still the hazard ratio has an estimate and an interval:
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::design::{Design, Term};
/// use contexture::survival::firth::{self, Interval};
/// use contexture::survival::penalized::Ties;
///
/// let events = [true, true, true, true, false, false, false, false];
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], &events)?;
/// let high = Term::numeric("high", vec![0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
/// let design = Design::new(vec![high]);
/// let model = firth::fit(&cohort, &design, None, Ties::Breslow, Interval::ProfileLikelihood)?;
/// let high = &model.coefficients[0];
/// assert!(high.hazard_ratio.is_some_and(|it| it > 0.0 && it < 0.2));
/// assert!(high.upper.is_some_and(|it| it < 1.0));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn fit(
    cohort: &Cohort,
    design: &Design,
    strata: Option<&[usize]>,
    ties: Ties,
    interval: Interval,
) -> Result<FirthModel> {
    design.check(cohort.len())?;
    let schedules = cohort.schedules(strata)?;
    let columns: Vec<&[f64]> = design.columns().map(|(_, column)| column.values.as_slice()).collect();
    let all = PenalizedLikelihood::new(cohort, &schedules, &columns, ties);
    let free = all.free_columns();
    let kept: Vec<&[f64]> = free.iter().map(|&column| columns[column]).collect();
    let likelihood = PenalizedLikelihood::new(cohort, &schedules, &kept, ties);

    let null = likelihood.at(&vec![0.0; free.len()]);
    let maximum = null.clone().map(|null| maximum::climb(&likelihood, null, None));
    let row = |column: usize| free.iter().position(|&it| it == column).zip(maximum.as_ref());
    let coefficients = design.columns().enumerate().map(|(idx, (term, column))| {
        let estimates = row(idx).map(|(row, maximum)| Estimates::of(row, &likelihood, maximum, interval));
        let exp = |value: Option<f64>| value.map(f64::exp).filter(|it| it.is_finite());
        FirthCoefficient {
            term: term.name.clone(),
            name: column.name.clone(),
            log_hazard_ratio: estimates.as_ref().map(|it| it.estimate),
            std_err: estimates.as_ref().map(|it| it.std_err),
            hazard_ratio: exp(estimates.as_ref().map(|it| it.estimate)),
            lower: exp(estimates.as_ref().and_then(|it| it.lower)),
            upper: exp(estimates.as_ref().and_then(|it| it.upper)),
            chi_square: estimates.as_ref().and_then(|it| it.chi_square),
            p_value: estimates.as_ref().and_then(|it| it.chi_square).map(|it| upper_tail(it, 1)),
        }
    });
    let covariance = |one: usize, other: usize| match (row(one), row(other)) {
        (Some((one, maximum)), Some((other, _))) => {
            maximum.point.covariance.at(one, other) * likelihood.scales[one] * likelihood.scales[other]
        }
        _ => 0.0,
    };
    let gain = |null: f64, model: f64| ChiSquareTest::new(2.0 * (model - null), free.len());
    let log_likelihood_null = null.map(|it| it.log_likelihood);
    let log_likelihood = maximum.as_ref().map(|it| it.point.log_likelihood);
    Ok(FirthModel {
        n: cohort.len(),
        n_events: cohort.n_events(),
        ties,
        interval,
        coefficients: coefficients.collect(),
        log_likelihood_null,
        log_likelihood,
        likelihood_ratio: log_likelihood_null.zip(log_likelihood).and_then(|(null, model)| gain(null, model)),
        wald: maximum.as_ref().and_then(|it| ChiSquareTest::new(it.wald(), free.len())),
        iterations: maximum.as_ref().map_or(0, |it| it.iterations),
        converged: maximum.as_ref().is_none_or(|it| it.converged),
        linear_predictor: (0..cohort.len())
            .map(|idx| maximum.as_ref().map_or(0.0, |it| likelihood.linear_predictor(idx, &it.point.beta)))
            .collect(),
        covariance: (0..columns.len())
            .map(|one| (0..columns.len()).map(|other| covariance(one, other)).collect())
            .collect(),
    })
}

/// The Firth model to show beside a Cox model some of whose coefficients are separated; `None` if none is.
///
/// Cohort, design and strata are those that the Cox model was fitted to. Its ties are Efron's, so that all that changes
/// is the penalty.
///
/// # Errors
///
/// As [`fit`].
pub fn fit_if_separated(
    model: &CoxModel,
    cohort: &Cohort,
    design: &Design,
    strata: Option<&[usize]>,
) -> Result<Option<FirthModel>> {
    let is_separated = model.coefficients.iter().any(|it| it.state == CoefficientState::Separated);
    is_separated.then(|| fit(cohort, design, strata, Ties::Efron, Interval::ProfileLikelihood)).transpose()
}

/// What is known of one coefficient, in units of its covariate, on the scale of log hazard ratios.
struct Estimates {
    estimate: f64,
    std_err: f64,
    lower: Option<f64>,
    upper: Option<f64>,
    chi_square: Option<f64>,
}

impl Estimates {
    fn of(row: usize, likelihood: &PenalizedLikelihood<'_>, maximum: &Maximum, interval: Interval) -> Self {
        let scale = likelihood.scales[row];
        let (estimate, std_err) =
            (maximum.point.beta[row] * scale, maximum.point.covariance.at(row, row).sqrt() * scale);
        match interval {
            Interval::ProfileLikelihood => Self {
                estimate,
                std_err,
                lower: profile::limit(likelihood, maximum, row, -1.0).map(|it| it * scale),
                upper: profile::limit(likelihood, maximum, row, 1.0).map(|it| it * scale),
                chi_square: profile::chi_square_of_zero(likelihood, maximum, row),
            },
            Interval::Wald => Self {
                estimate,
                std_err,
                lower: Some(estimate - NORMAL_QUANTILE_975 * std_err),
                upper: Some(estimate + NORMAL_QUANTILE_975 * std_err),
                chi_square: Some((estimate / std_err).powi(2)),
            },
        }
    }
}

#[cfg(test)]
mod tests;
