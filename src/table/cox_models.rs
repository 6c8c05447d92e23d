//! The tidy tables of Cox models: one row a model, a coefficient, a term.

use polars::prelude::DataFrame;

use super::{count_column, flag_column, numbers, of_columns, text};
use crate::survival::chi_square::ChiSquareTest;
use crate::survival::cox::{Coefficient, CoefficientState, CoxModel};
use crate::survival::proportional_hazards::ProportionalHazards;

/// A Cox model and the words it is found by.
pub(super) struct NamedModel<'a> {
    pub(super) endpoint: &'a str,
    pub(super) model: String,
    pub(super) cox: &'a CoxModel,
    pub(super) proportional_hazards: Option<&'a ProportionalHazards>,
}

/// One of the tests of a Cox model.
type TestOf = fn(&CoxModel) -> Option<ChiSquareTest>;

/// One row a Cox model.
pub(super) fn models(rows: &[NamedModel<'_>]) -> DataFrame {
    let mut columns = vec![
        text("endpoint", rows.iter().map(|it| Some(it.endpoint))),
        text("model", rows.iter().map(|it| Some(it.model.as_str()))),
        count_column("n", rows.iter().map(|it| Some(it.cox.n as u64))),
        count_column("n_events", rows.iter().map(|it| Some(it.cox.n_events as u64))),
        numbers("log_likelihood_null", rows.iter().map(|it| Some(it.cox.log_likelihood_null))),
        numbers("log_likelihood", rows.iter().map(|it| Some(it.cox.log_likelihood))),
    ];
    let tests: [(&str, TestOf); 3] =
        [("likelihood_ratio", |it| it.likelihood_ratio), ("wald", |it| it.wald), ("score", |it| it.score)];
    for (name, test) in tests {
        let test = move |it: &NamedModel<'_>| test(it.cox);
        columns.push(numbers(&format!("{name}_chi_square"), rows.iter().map(|it| test(it).map(|it| it.chi_square))));
        columns.push(numbers(&format!("{name}_p_value"), rows.iter().map(|it| test(it).map(|it| it.p_value))));
    }
    let concordance = |it: &NamedModel<'_>| it.cox.concordance.clone();
    columns.extend([
        numbers("concordance", rows.iter().map(|it| concordance(it).and_then(|it| it.concordance))),
        numbers("concordance_std_err", rows.iter().map(|it| concordance(it).and_then(|it| it.std_err))),
        count_column("iterations", rows.iter().map(|it| Some(it.cox.iterations as u64))),
        flag_column("converged", rows.iter().map(|it| it.cox.converged)),
    ]);
    of_columns(columns)
}

/// One row a coefficient of a Cox model.
pub(super) fn coefficients(models: &[NamedModel<'_>]) -> DataFrame {
    let rows: Vec<(&NamedModel<'_>, &Coefficient)> =
        models.iter().flat_map(|it| it.cox.coefficients.iter().map(move |row| (it, row))).collect();
    let number = |name, of: fn(&Coefficient) -> Option<f64>| numbers(name, rows.iter().map(|it| of(it.1)));
    let state = |it: &Coefficient| match it.state {
        CoefficientState::Estimated => "estimated",
        CoefficientState::Aliased => "aliased",
        CoefficientState::Separated => "separated",
    };
    of_columns(vec![
        text("endpoint", rows.iter().map(|it| Some(it.0.endpoint))),
        text("model", rows.iter().map(|it| Some(it.0.model.as_str()))),
        text("term", rows.iter().map(|it| Some(it.1.term.as_str()))),
        text("coefficient", rows.iter().map(|it| Some(it.1.name.as_str()))),
        text("state", rows.iter().map(|it| Some(state(it.1)))),
        number("log_hazard_ratio", |it| it.log_hazard_ratio),
        number("std_err", |it| it.std_err),
        number("hazard_ratio", |it| it.hazard_ratio),
        number("lower", |it| it.lower),
        number("upper", |it| it.upper),
        number("z", |it| it.z),
        number("p_value", |it| it.p_value),
    ])
}

/// One row a term of a Cox model, and one for all of them (`GLOBAL`).
pub(super) fn proportional_hazards(models: &[NamedModel<'_>]) -> DataFrame {
    let mut rows: Vec<(&NamedModel<'_>, &str, Option<ChiSquareTest>)> = Vec::new();
    for model in models {
        let Some(zph) = model.proportional_hazards else { continue };
        rows.extend(zph.terms.iter().map(|it| (model, it.term.as_str(), it.test)));
        rows.push((model, "GLOBAL", zph.global));
    }
    of_columns(vec![
        text("endpoint", rows.iter().map(|it| Some(it.0.endpoint))),
        text("model", rows.iter().map(|it| Some(it.0.model.as_str()))),
        text("term", rows.iter().map(|it| Some(it.1))),
        numbers("chi_square", rows.iter().map(|it| it.2.map(|it| it.chi_square))),
        count_column("degrees_of_freedom", rows.iter().map(|it| it.2.map(|it| it.degrees_of_freedom as u64))),
        numbers("p_value", rows.iter().map(|it| it.2.map(|it| it.p_value))),
    ])
}
