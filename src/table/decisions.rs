//! The tidy tables of what a model is good for: net benefit at thresholds, and whose risk a second model changes.

use polars::prelude::DataFrame;

use super::{count_column, numbers, of_columns, text};
use crate::stratify::patients::{AnalysisStatistics, ModelComparison, ModelComparisonAt};
use crate::survival::decision_curve::{DecisionCurve, NetBenefit};
use crate::survival::reclassification::Estimate;

/// All tables, with their names.
pub(super) fn tidy(statistics: &AnalysisStatistics) -> Vec<(&'static str, DataFrame)> {
    vec![("net_benefit", net_benefit(statistics)), ("reclassification", reclassification(statistics))]
}

struct Row<'a> {
    model: &'a str,
    compared_with: Option<&'a str>,
    curve: &'a DecisionCurve,
    benefit: &'a NetBenefit,
}

/// One row a model, time and threshold, on its own rows; and on those that it shares with each other model.
fn net_benefit(statistics: &AnalysisStatistics) -> DataFrame {
    let own = statistics.models.iter().flat_map(|model| {
        let curves = model.performance.iter().flat_map(|it| &it.decision_curves);
        curves.map(|curve| (model.name.as_str(), None, curve))
    });
    let compared = statistics.model_comparisons.iter().flat_map(|pair| {
        let (first, second) = (pair.first.as_str(), pair.second.as_str());
        let curves = pair.at_times.iter().filter_map(|it| it.decision_curves.as_ref());
        curves
            .flat_map(move |[of_first, of_second]| [(first, Some(second), of_first), (second, Some(first), of_second)])
    });
    let rows: Vec<Row<'_>> = own
        .chain(compared)
        .flat_map(|(model, compared_with, curve)| {
            curve.thresholds.iter().map(move |benefit| Row { model, compared_with, curve, benefit })
        })
        .collect();
    let number = |name, of: fn(&Row<'_>) -> Option<f64>| numbers(name, rows.iter().map(of));
    of_columns(vec![
        text("model", rows.iter().map(|it| Some(it.model))),
        text("compared_with", rows.iter().map(|it| it.compared_with)),
        count_column("n", rows.iter().map(|it| Some(it.curve.n as u64))),
        number("time", |it| Some(it.curve.time)),
        number("threshold", |it| Some(it.benefit.threshold)),
        number("high_risk", |it| Some(it.benefit.high_risk)),
        number("net_benefit", |it| it.benefit.net_benefit),
        number("lower", |it| it.benefit.lower),
        number("upper", |it| it.benefit.upper),
        number("treat_all", |it| it.benefit.treat_all),
        number("interventions_avoided", |it| it.benefit.interventions_avoided),
    ])
}

/// One of the measures of reclassification.
type Measure = fn(&ModelComparisonAt) -> Estimate;

/// One row a pair of models and time.
fn reclassification(statistics: &AnalysisStatistics) -> DataFrame {
    let rows: Vec<(&ModelComparison, &ModelComparisonAt)> =
        statistics.model_comparisons.iter().flat_map(|pair| pair.at_times.iter().map(move |it| (pair, it))).collect();
    let mut columns = vec![
        text("first", rows.iter().map(|it| Some(it.0.first.as_str()))),
        text("second", rows.iter().map(|it| Some(it.0.second.as_str()))),
        count_column("n", rows.iter().map(|it| Some(it.0.n as u64))),
        numbers("time", rows.iter().map(|it| Some(it.1.time))),
        count_column("n_up", rows.iter().map(|it| Some(it.1.reclassification.n_up as u64))),
        count_column("n_down", rows.iter().map(|it| Some(it.1.reclassification.n_down as u64))),
    ];
    let measures: [(&str, Measure); 4] = [
        ("nri_events", |it| it.reclassification.nri_events),
        ("nri_nonevents", |it| it.reclassification.nri_nonevents),
        ("nri", |it| it.reclassification.nri),
        ("idi", |it| it.reclassification.idi),
    ];
    for (name, of) in measures {
        columns.push(numbers(name, rows.iter().map(|it| of(it.1).estimate)));
        columns.push(numbers(&format!("{name}_lower"), rows.iter().map(|it| of(it.1).lower)));
        columns.push(numbers(&format!("{name}_upper"), rows.iter().map(|it| of(it.1).upper)));
    }
    of_columns(columns)
}
