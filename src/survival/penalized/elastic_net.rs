//! Lasso and elastic net: the coefficients of a Cox model along a path of penalties.
//!
//! With `W` the sum of weights (the number of patients without them) and columns scaled to a standard deviation of 1:
//!
//! ```text
//! l(β)/W - λ Σ v_j [ (1 - α)/2 β_j² + α |β_j| ]          maximized at each λ                    Simon 2011
//! λ_max  = max_j |∂l/∂β_j| / (W v_j max(α, 0.001))       where the first coefficient enters (α > 0)
//! λ_k    = λ_max ε^(k/99),  k = 0 … 99                   ε = 0.0001, or 0.01 with fewer patients than columns
//! R      = 1 - (l_sat - l(β)) / (l_sat - l(0))           share of the deviance that is explained
//! ```
//!
//! The path ends early where five more steps explain hardly more (a rise of `R` below 0.001 `R`), or `R` exceeds 0.99. All is as in R's `glmnet` with `family = "cox"`, whose ties are Breslow's, apart from two things. At `α = 0`, the first model is the one at
//! `λ_max`, not the one without covariates. And who is censored at the time of an event is at risk then; glmnet moves such
//! times by 2e-14, which a time above 100 does not show, and then may leave the patient out. (Its paper has `2 l/W` for
//! `l/W`; the program has not.)
//!
//! There are no p-values and no intervals. A coefficient stands here because it was the largest of many in these data; a
//! test that does not know of the choice finds it significant far too often, and a shrunk coefficient is biased towards 0.
//! What the model is worth shows in [`cross_validation`](super::cross_validation), or better in other patients.
//!
//! # References
//!
//! * Simon N, Friedman J, Hastie T, Tibshirani R. Regularization paths for Cox's proportional hazards model via
//!   coordinate descent. *J Stat Softw* 2011;39(5):1-13. doi:10.18637/jss.v039.i05
//! * Zou H, Hastie T. Regularization and variable selection via the elastic net. *J R Stat Soc B* 2005;67:301-320.
//!   doi:10.1111/j.1467-9868.2005.00503.x

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::coordinate_descent::{Problem, Solution};
use super::likelihood::Likelihood;
use super::{Scaling, Ties};
use crate::error::{Error, Result};
use crate::survival::cohort::{Cohort, Schedule, expect_length};
use crate::survival::design::Design;

/// A penalty beside which no penalized coefficient is different from 0; glmnet's `big`.
const LARGEST_PENALTY: f64 = 9.9e35;

/// At `α = 0` no coefficient ever is 0; the path then begins where that of this `α` does.
const SMALLEST_ALPHA: f64 = 1e-3;

/// Steps over which the explained deviance has to rise; glmnet's `mnlam`.
const N_STEPS_TO_RISE: usize = 5;

/// By how much it has to rise, as a share of itself; glmnet's `fdev` times 100, as it has it for this model.
const SMALLEST_RISE: f64 = 1e-3;

/// The share of deviance at which nothing is left to explain; glmnet's for this model.
const ALL_EXPLAINED: f64 = 0.99;

/// The penalty and its path. The default is the lasso, as glmnet has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Share of the lasso in the penalty, from 0 (ridge) to 1 (lasso).
    pub alpha: f64,
    /// The units in which coefficients are penalized; the standard deviation has the divisor n.
    pub scaling: Scaling,
    /// The treatment of tied events.
    pub ties: Ties,
    /// By how much more each column is penalized than others, 0 for a covariate that is to be in every model; scaled so
    /// that their mean is 1. All are penalized alike if absent.
    pub penalty_factors: Option<Vec<f64>>,
    /// The penalties.
    pub lambdas: Lambdas,
}

/// Which penalties are tried.
#[derive(Clone, Debug, PartialEq)]
pub enum Lambdas {
    /// So many from the largest that is needed, evenly spaced on the log scale, down to a share of it.
    Path {
        /// How many; at least 1.
        n: usize,
        /// The smallest as a share of the largest, in (0, 1); 0.0001 if absent, or 0.01 with fewer patients than columns.
        smallest: Option<f64>,
    },
    /// These, from the largest to the smallest; each a finite number of at least 0.
    Given(Vec<f64>),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            alpha: 1.0,
            scaling: Scaling::StandardDeviation,
            ties: Ties::Breslow,
            penalty_factors: None,
            lambdas: Lambdas::Path { n: 100, smallest: None },
        }
    }
}

/// The models along a path of penalties.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ElasticNetPath {
    /// Number of patients.
    pub n: usize,
    /// Number of patients with the event.
    pub n_events: usize,
    /// Share of the lasso in the penalty.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub alpha: f64,
    /// The treatment of tied events.
    pub ties: Ties,
    /// The units in which coefficients were penalized.
    pub scaling: Scaling,
    /// The columns of the design, in its order.
    pub columns: Vec<ColumnName>,
    /// Deviance with all coefficients 0: twice the distance from the log likelihood of the saturated model.
    #[schemars(range(min = 0.0))]
    pub null_deviance: f64,
    /// One model per penalty, from the largest penalty to the smallest.
    pub steps: Vec<PathStep>,
}

/// What a column of a design is called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnName {
    /// The term that the column belongs to.
    pub term: String,
    /// The level of a factor, or the term itself if it is a number.
    pub name: String,
}

/// The model at one penalty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PathStep {
    /// The penalty.
    #[schemars(range(min = 0.0))]
    pub lambda: f64,
    /// Log hazard ratio of each column, in the units of the covariate; 0 for a column that is not in the model, as a
    /// constant one never is.
    pub log_hazard_ratios: Vec<f64>,
    /// Number of columns in the model.
    pub n_nonzero: usize,
    /// Log partial likelihood, without the penalty.
    pub log_likelihood: f64,
    /// Share of the deviance that the model explains, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub deviance_ratio: f64,
    /// Whether the coefficients came to rest within the iterations allowed.
    pub converged: bool,
}

/// Fits the models along a path of penalties.
///
/// Columns of the design are in the order of the cohort; `strata` holds one code per patient, each code with its own
/// baseline hazard.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if a column or the strata do not have one row per patient, or there is not one factor per
///   column.
/// * [`Error::OutOfRange`] if a value is not finite, or a setting outside its range.
/// * [`Error::Unanswerable`] if no column that is penalized changes the likelihood, as without events.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::design::{Design, Term};
/// use contexture::survival::penalized::elastic_net::{self, Settings};
///
/// let times: Vec<f64> = (1..=20).map(f64::from).collect();
/// let cohort = Cohort::from_columns(&times, &[true; 20])?;
/// let noise = (0..20).map(|it| f64::from(it * 7 % 11)).collect();
/// let design = Design::new(vec![Term::numeric("noise", noise), Term::numeric("time again", times)]);
/// let path = elastic_net::fit(&cohort, &design, None, &Settings::default())?;
/// let first_in = path.steps.iter().find(|it| it.n_nonzero > 0).expect("a model with a covariate");
/// assert_eq!(first_in.log_hazard_ratios[0], 0.0);
/// assert!(first_in.log_hazard_ratios[1] < 0.0);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn fit(cohort: &Cohort, design: &Design, strata: Option<&[usize]>, settings: &Settings) -> Result<ElasticNetPath> {
    design.check(cohort.len())?;
    let columns: Vec<&[f64]> = design.columns().map(|(_, column)| column.values.as_slice()).collect();
    check(settings, columns.len())?;
    let schedules = cohort.schedules(strata)?;
    let (problem, scales) = problem(cohort, &columns, &schedules, settings);

    let saturated = problem.likelihood.saturated();
    let null_log_likelihood = problem.null().log_likelihood;
    let explained = |it: &Solution| 1.0 - (saturated - it.log_likelihood) / (saturated - null_log_likelihood);
    let (lambdas, may_end_early) = match &settings.lambdas {
        Lambdas::Path { n, smallest } => (path_from(lambda_max(&problem)?, *n, *smallest, &problem), true),
        Lambdas::Given(lambdas) => {
            let mut lambdas = lambdas.clone();
            lambdas.sort_by(|a, b| b.total_cmp(a));
            (lambdas, false)
        }
    };
    let mut steps: Vec<PathStep> = Vec::new();
    for_each_solution(&problem, &lambdas, |lambda, solution| {
        let log_hazard_ratios: Vec<f64> = solution.beta.iter().zip(&scales).map(|(beta, scale)| beta * scale).collect();
        steps.push(PathStep {
            lambda,
            n_nonzero: log_hazard_ratios.iter().filter(|it| it.abs() > 0.0).count(),
            log_hazard_ratios,
            log_likelihood: solution.log_likelihood,
            deviance_ratio: explained(solution).clamp(0.0, 1.0),
            converged: solution.converged,
        });
        !(may_end_early && is_exhausted(&steps))
    });
    Ok(ElasticNetPath {
        n: cohort.len(),
        n_events: cohort.n_events(),
        alpha: settings.alpha,
        ties: settings.ties,
        scaling: settings.scaling,
        columns: design
            .columns()
            .map(|(term, column)| ColumnName { term: term.name.clone(), name: column.name.clone() })
            .collect(),
        null_deviance: 2.0 * (saturated - null_log_likelihood),
        steps,
    })
}

/// Complains of settings outside their range.
fn check(settings: &Settings, n_columns: usize) -> Result<()> {
    let wrong = |quantity, expected, value| Err(Error::OutOfRange { quantity, expected, value });
    if !(0.0..=1.0).contains(&settings.alpha) {
        return wrong("share of the lasso in a penalty", "a number from 0 to 1", settings.alpha);
    }
    if let Some(factors) = &settings.penalty_factors {
        expect_length("penalty factors", n_columns, factors.len())?;
        if let Some(&value) = factors.iter().find(|it| !(it.is_finite() && **it >= 0.0)) {
            return wrong("penalty factor", "a finite number of at least 0", value);
        }
    }
    match &settings.lambdas {
        Lambdas::Path { n: 0, .. } => wrong("number of penalties", "at least 1", 0.0),
        &Lambdas::Path { smallest: Some(smallest), .. } if !(smallest > 0.0 && smallest < 1.0) => {
            wrong("smallest penalty as a share of the largest", "a number between 0 and 1", smallest)
        }
        Lambdas::Path { .. } => Ok(()),
        Lambdas::Given(lambdas) => match lambdas.iter().find(|it| !(it.is_finite() && **it >= 0.0)) {
            Some(&value) => wrong("penalty", "a finite number of at least 0", value),
            None => Ok(()),
        },
    }
}

/// The columns as the penalty sees them, and what each centered column was multiplied by.
pub(super) fn problem(
    cohort: &Cohort,
    columns: &[&[f64]],
    schedules: &[Schedule],
    settings: &Settings,
) -> (Problem, Vec<f64>) {
    let likelihood = Likelihood::new(cohort, schedules, settings.ties);
    let total_weight = likelihood.total_weight();
    let weighted_mean = |value: &dyn Fn(usize) -> f64| {
        (0..cohort.len()).map(|idx| cohort.weight(idx) * value(idx)).sum::<f64>() / total_weight
    };
    let factor = |column: usize| settings.penalty_factors.as_ref().map_or(1.0, |it| it[column]);
    let mean_factor = (0..columns.len()).map(factor).sum::<f64>() / columns.len().max(1) as f64;
    let (mut scaled, mut factors, mut scales) = (Vec::new(), Vec::new(), Vec::new());
    for (idx, column) in columns.iter().enumerate() {
        let mean = weighted_mean(&|idx| column[idx]);
        let deviation = weighted_mean(&|idx| (column[idx] - mean).powi(2)).sqrt();
        let is_constant = column.iter().all(|it| it.total_cmp(&column[0]).is_eq());
        let scale = match settings.scaling {
            Scaling::StandardDeviation if !is_constant => 1.0 / deviation,
            _ => 1.0,
        };
        let values: Vec<f64> = column.iter().map(|it| (it - mean) * scale).collect();
        scaled.push(likelihood.arranged(&values));
        // METHOD: All factors 0 is no penalty at all, for which glmnet has no answer.
        let relative = if mean_factor > 0.0 { factor(idx) / mean_factor } else { 0.0 };
        factors.push((!is_constant).then_some(relative));
        scales.push(scale);
    }
    (Problem { likelihood, columns: scaled, factors, alpha: settings.alpha, total_weight }, scales)
}

/// Solves at each penalty, from the largest to the smallest, as long as `visit` wants more.
pub(super) fn for_each_solution(problem: &Problem, lambdas: &[f64], mut visit: impl FnMut(f64, &Solution) -> bool) {
    let mut solution = problem.solve(LARGEST_PENALTY, &problem.null(), LARGEST_PENALTY);
    let mut before = LARGEST_PENALTY;
    for &lambda in lambdas {
        solution = problem.solve(lambda, &solution, before);
        before = lambda;
        if !visit(lambda, &solution) {
            return;
        }
    }
}

/// The smallest penalty that keeps all penalized coefficients 0.
fn lambda_max(problem: &Problem) -> Result<f64> {
    let without = problem.solve(LARGEST_PENALTY, &problem.null(), LARGEST_PENALTY);
    let by_column = without.gradient.iter().zip(&problem.factors).filter_map(|(gradient, factor)| {
        let factor = (*factor)?;
        (factor > 0.0).then(|| gradient.abs() / factor)
    });
    let largest = by_column.fold(0.0, f64::max) / problem.alpha.max(SMALLEST_ALPHA);
    if largest > 0.0 {
        Ok(largest)
    } else {
        let problem = "no penalized column changes the likelihood, so there is no path of penalties; check that patients \
                       have the event and that covariates differ between them";
        Err(Error::Unanswerable { problem: problem.to_owned() })
    }
}

/// Penalties evenly spaced on the log scale.
fn path_from(largest: f64, n: usize, smallest: Option<f64>, problem: &Problem) -> Vec<f64> {
    let has_few_patients = problem.likelihood.n_patients() < problem.columns.len();
    let ratio = smallest.unwrap_or(if has_few_patients { 1e-2 } else { 1e-4 });
    let share = |k: usize| if n > 1 { k as f64 / (n - 1) as f64 } else { 0.0 };
    (0..n).map(|k| largest * ratio.powf(share(k))).collect()
}

/// Whether a smaller penalty would explain hardly more.
fn is_exhausted(steps: &[PathStep]) -> bool {
    let Some(last) = steps.last() else { return false };
    let Some(earlier) = steps.len().checked_sub(N_STEPS_TO_RISE).map(|it| &steps[it]) else { return false };
    last.deviance_ratio > ALL_EXPLAINED
        || last.deviance_ratio - earlier.deviance_ratio < SMALLEST_RISE * last.deviance_ratio
}

#[cfg(test)]
mod tests;
