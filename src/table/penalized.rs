//! The tidy tables of Cox models with a penalty: one row a model, a coefficient.

use polars::prelude::DataFrame;

use super::{count_column, flag_column, numbers, of_columns, text};
use crate::stratify::patients::{AnalysisStatistics, PenalizedModel};
use crate::survival::firth::FirthModel;
use crate::survival::optimism::Validation;
use crate::survival::penalized::cross_validation::{CrossValidation, Selection};
use crate::survival::penalized::ridge::RidgeModel;

/// All tables, with their names; none without a model with a penalty.
pub(super) fn tidy(statistics: &AnalysisStatistics) -> Vec<(&'static str, DataFrame)> {
    let (mut models, mut coefficients) = (Vec::new(), Vec::new());
    for model in &statistics.models {
        match &model.penalized {
            Some(PenalizedModel::Ridge(it)) => ridge(&model.name, it, &mut models, &mut coefficients),
            Some(PenalizedModel::ElasticNet(it)) => elastic_net(&model.name, it, &mut models, &mut coefficients),
            Some(PenalizedModel::Firth(it)) => firth(&model.name, it, &mut models, &mut coefficients),
            None => {
                if let Some(it) = &model.firth {
                    firth(&model.name, it, &mut models, &mut coefficients);
                }
            }
        }
    }
    for row in models.iter_mut().filter(|it| it.choice != Some("one_std_err")) {
        let of_model = statistics.models.iter().find(|it| it.name == row.model);
        row.validation = of_model.and_then(|it| it.penalized_validation.as_ref());
    }
    if models.is_empty() {
        return Vec::new();
    }
    vec![("penalized_models", one_a_model(&models)), ("penalized_coefficients", one_a_coefficient(&coefficients))]
}

#[derive(Default)]
struct ModelRow<'a> {
    model: &'a str,
    penalty: &'static str,
    choice: Option<&'static str>,
    n: usize,
    n_events: usize,
    theta: Option<f64>,
    alpha: Option<f64>,
    lambda: Option<f64>,
    n_folds: Option<usize>,
    mean_deviance: Option<f64>,
    mean_deviance_std_err: Option<f64>,
    n_columns: usize,
    n_nonzero: usize,
    degrees_of_freedom: Option<f64>,
    log_likelihood: Option<f64>,
    converged: bool,
    validation: Option<&'a Validation>,
}

#[derive(Default)]
struct CoefficientRow<'a> {
    model: &'a str,
    penalty: &'static str,
    choice: Option<&'static str>,
    term: &'a str,
    coefficient: &'a str,
    log_hazard_ratio: Option<f64>,
    std_err: Option<f64>,
    hazard_ratio: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
    p_value: Option<f64>,
}

fn ridge<'a>(
    model: &'a str,
    it: &'a RidgeModel,
    models: &mut Vec<ModelRow<'a>>,
    coefficients: &mut Vec<CoefficientRow<'a>>,
) {
    let penalty = "ridge";
    models.push(ModelRow {
        model,
        penalty,
        n: it.n,
        n_events: it.n_events,
        theta: Some(it.theta),
        n_columns: it.coefficients.len(),
        n_nonzero: it.coefficients.iter().filter(|it| it.log_hazard_ratio.is_some_and(|it| it != 0.0)).count(),
        degrees_of_freedom: Some(it.degrees_of_freedom),
        log_likelihood: Some(it.log_likelihood),
        converged: it.converged,
        ..ModelRow::default()
    });
    coefficients.extend(it.coefficients.iter().map(|it| CoefficientRow {
        model,
        penalty,
        term: &it.term,
        coefficient: &it.name,
        log_hazard_ratio: it.log_hazard_ratio,
        std_err: it.std_err,
        hazard_ratio: it.hazard_ratio,
        lower: it.lower,
        upper: it.upper,
        p_value: it.p_value,
        ..CoefficientRow::default()
    }));
}

fn elastic_net<'a>(
    model: &'a str,
    it: &'a CrossValidation,
    models: &mut Vec<ModelRow<'a>>,
    coefficients: &mut Vec<CoefficientRow<'a>>,
) {
    let penalty = "elastic_net";
    let choices: [(&'static str, &Selection); 2] = [("best", &it.best), ("one_std_err", &it.one_std_err)];
    for (choice, selection) in choices {
        let (step, point) = (&it.path.steps[selection.step], &it.points[selection.step]);
        models.push(ModelRow {
            model,
            penalty,
            choice: Some(choice),
            n: it.path.n,
            n_events: it.path.n_events,
            alpha: Some(it.path.alpha),
            lambda: Some(selection.lambda),
            n_folds: Some(it.n_folds),
            mean_deviance: Some(point.mean_deviance),
            mean_deviance_std_err: Some(point.std_err),
            n_columns: it.path.columns.len(),
            n_nonzero: step.n_nonzero,
            log_likelihood: Some(step.log_likelihood),
            converged: step.converged,
            ..ModelRow::default()
        });
        coefficients.extend(it.path.columns.iter().zip(&step.log_hazard_ratios).map(|(column, &log_hazard_ratio)| {
            CoefficientRow {
                model,
                penalty,
                choice: Some(choice),
                term: &column.term,
                coefficient: &column.name,
                log_hazard_ratio: Some(log_hazard_ratio),
                hazard_ratio: Some(log_hazard_ratio.exp()).filter(|it| it.is_finite()),
                ..CoefficientRow::default()
            }
        }));
    }
}

fn firth<'a>(
    model: &'a str,
    it: &'a FirthModel,
    models: &mut Vec<ModelRow<'a>>,
    coefficients: &mut Vec<CoefficientRow<'a>>,
) {
    let penalty = "firth";
    models.push(ModelRow {
        model,
        penalty,
        n: it.n,
        n_events: it.n_events,
        n_columns: it.coefficients.len(),
        n_nonzero: it.coefficients.iter().filter(|it| it.log_hazard_ratio.is_some_and(|it| it != 0.0)).count(),
        log_likelihood: it.log_likelihood,
        converged: it.converged,
        ..ModelRow::default()
    });
    coefficients.extend(it.coefficients.iter().map(|it| CoefficientRow {
        model,
        penalty,
        term: &it.term,
        coefficient: &it.name,
        log_hazard_ratio: it.log_hazard_ratio,
        std_err: it.std_err,
        hazard_ratio: it.hazard_ratio,
        lower: it.lower,
        upper: it.upper,
        p_value: it.p_value,
        ..CoefficientRow::default()
    }));
}

/// One row a model; of an elastic net, one a choice of its strength.
fn one_a_model(rows: &[ModelRow<'_>]) -> DataFrame {
    let number = |name, of: fn(&ModelRow<'_>) -> Option<f64>| numbers(name, rows.iter().map(of));
    let count = |name, of: fn(&ModelRow<'_>) -> Option<usize>| {
        count_column(name, rows.iter().map(|it| of(it).map(|it| it as u64)))
    };
    of_columns(vec![
        text("model", rows.iter().map(|it| Some(it.model))),
        text("penalty", rows.iter().map(|it| Some(it.penalty))),
        text("choice", rows.iter().map(|it| it.choice)),
        count("n", |it| Some(it.n)),
        count("n_events", |it| Some(it.n_events)),
        number("theta", |it| it.theta),
        number("alpha", |it| it.alpha),
        number("lambda", |it| it.lambda),
        count("n_folds", |it| it.n_folds),
        number("mean_deviance", |it| it.mean_deviance),
        number("mean_deviance_std_err", |it| it.mean_deviance_std_err),
        count("n_columns", |it| Some(it.n_columns)),
        count("n_nonzero", |it| Some(it.n_nonzero)),
        number("degrees_of_freedom", |it| it.degrees_of_freedom),
        number("log_likelihood", |it| it.log_likelihood),
        flag_column("converged", rows.iter().map(|it| it.converged)),
        number("concordance_harrell", |it| it.validation?.concordance.apparent),
        number("concordance_corrected_for_optimism", |it| it.validation?.concordance.corrected),
        number("calibration_slope_corrected_for_optimism", |it| it.validation?.calibration_slope.corrected),
        count("n_replicates", |it| Some(it.validation?.n_replicates)),
    ])
}

/// One row a coefficient; of an elastic net those that are 0, too.
fn one_a_coefficient(rows: &[CoefficientRow<'_>]) -> DataFrame {
    let number = |name, of: fn(&CoefficientRow<'_>) -> Option<f64>| numbers(name, rows.iter().map(of));
    of_columns(vec![
        text("model", rows.iter().map(|it| Some(it.model))),
        text("penalty", rows.iter().map(|it| Some(it.penalty))),
        text("choice", rows.iter().map(|it| it.choice)),
        text("term", rows.iter().map(|it| Some(it.term))),
        text("coefficient", rows.iter().map(|it| Some(it.coefficient))),
        number("log_hazard_ratio", |it| it.log_hazard_ratio),
        number("std_err", |it| it.std_err),
        number("hazard_ratio", |it| it.hazard_ratio),
        number("lower", |it| it.lower),
        number("upper", |it| it.upper),
        number("p_value", |it| it.p_value),
    ])
}
