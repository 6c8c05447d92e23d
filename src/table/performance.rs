//! The tidy tables of how well models tell patients apart.

use polars::prelude::DataFrame;

use super::{count_column, decisions, numbers, of_columns, text};
use crate::stratify::patients::{AnalysisStatistics, ModelPerformance};

/// All tables, with their names.
pub(super) fn tidy(statistics: &AnalysisStatistics) -> Vec<(&'static str, DataFrame)> {
    let mut tables = vec![
        ("model_performance", one_a_model(statistics)),
        ("model_performance_at", one_a_time(statistics)),
        ("model_comparisons", comparisons(statistics)),
        ("contributions", contributions(statistics)),
    ];
    tables.extend(decisions::tidy(statistics));
    tables
}

fn measured(statistics: &AnalysisStatistics) -> Vec<(&str, &ModelPerformance)> {
    statistics.models.iter().filter_map(|it| Some((it.name.as_str(), it.performance.as_ref()?))).collect()
}

/// One row a model.
fn one_a_model(statistics: &AnalysisStatistics) -> DataFrame {
    let rows = measured(statistics);
    let number = |name, of: fn(&ModelPerformance) -> Option<f64>| numbers(name, rows.iter().map(|it| of(it.1)));
    of_columns(vec![
        text("model", rows.iter().map(|it| Some(it.0))),
        number("concordance_harrell", |it| it.harrell.concordance),
        number("concordance_harrell_std_err", |it| it.harrell.std_err),
        number("concordance_uno", |it| it.uno.as_ref()?.concordance),
        number("concordance_uno_std_err", |it| it.uno.as_ref()?.std_err),
        number("royston_d", |it| Some(it.royston.as_ref()?.d)),
        number("royston_d_std_err", |it| Some(it.royston.as_ref()?.std_err)),
        number("royston_r_squared", |it| Some(it.royston.as_ref()?.r_squared)),
        number("integrated_brier", |it| Some(it.brier.as_ref()?.integrated.as_ref()?.brier)),
        number("concordance_corrected_for_optimism", |it| it.validation.as_ref()?.concordance.corrected),
        number("royston_d_corrected_for_optimism", |it| it.validation.as_ref()?.royston_d.corrected),
        number("calibration_slope_corrected_for_optimism", |it| it.validation.as_ref()?.calibration_slope.corrected),
        count_column("n_replicates", rows.iter().map(|it| it.1.validation.as_ref().map(|it| it.n_replicates as u64))),
    ])
}

/// One row a model and time of the analysis.
fn one_a_time(statistics: &AnalysisStatistics) -> DataFrame {
    let models = measured(statistics);
    let rows: Vec<_> = models
        .iter()
        .filter_map(|(name, it)| Some((*name, it.auc.as_ref()?, it)))
        .flat_map(|(name, auc, it)| auc.times.iter().enumerate().map(move |(place, auc)| (name, place, auc, it)))
        .collect();
    let brier = |place: usize, it: &ModelPerformance| it.brier.as_ref()?.times.get(place)?.brier;
    let observed = |place: usize, it: &ModelPerformance| {
        it.calibration.get(place)?.observed_to_expected.as_ref().map(|it| it.ratio)
    };
    of_columns(vec![
        text("model", rows.iter().map(|it| Some(it.0))),
        numbers("time", rows.iter().map(|it| Some(it.2.time))),
        numbers("auc", rows.iter().map(|it| it.2.event_free.as_ref().map(|it| it.auc))),
        numbers("auc_std_err", rows.iter().map(|it| it.2.event_free.as_ref().map(|it| it.std_err))),
        numbers("brier", rows.iter().map(|it| brier(it.1, it.3))),
        numbers("observed_to_expected", rows.iter().map(|it| observed(it.1, it.3))),
    ])
}

/// One row a pair of models, on the rows that both can be fitted to.
fn comparisons(statistics: &AnalysisStatistics) -> DataFrame {
    let rows = &statistics.model_comparisons;
    of_columns(vec![
        text("first", rows.iter().map(|it| Some(it.first.as_str()))),
        text("second", rows.iter().map(|it| Some(it.second.as_str()))),
        count_column("n", rows.iter().map(|it| Some(it.n as u64))),
        count_column("n_events", rows.iter().map(|it| Some(it.n_events as u64))),
        numbers("likelihood_ratio_chi_square", rows.iter().map(|it| it.likelihood_ratio.map(|it| it.chi_square))),
        numbers("likelihood_ratio_p_value", rows.iter().map(|it| it.likelihood_ratio.map(|it| it.p_value))),
        numbers(
            "concordance_difference",
            rows.iter().map(|it| it.concordance_difference.as_ref().map(|it| it.difference)),
        ),
        numbers(
            "concordance_difference_std_err",
            rows.iter().map(|it| it.concordance_difference.as_ref().map(|it| it.std_err)),
        ),
        numbers(
            "concordance_difference_p_value",
            rows.iter().map(|it| it.concordance_difference.as_ref().and_then(|it| it.p_value)),
        ),
    ])
}

/// One row a model and term.
fn contributions(statistics: &AnalysisStatistics) -> DataFrame {
    let models = measured(statistics);
    let rows: Vec<_> =
        models.iter().flat_map(|(name, it)| it.contributions.terms.iter().map(move |row| (*name, row))).collect();
    of_columns(vec![
        text("model", rows.iter().map(|it| Some(it.0))),
        text("term", rows.iter().map(|it| Some(it.1.term.as_str()))),
        numbers("wald_chi_square", rows.iter().map(|it| it.1.chi_square)),
        count_column("degrees_of_freedom", rows.iter().map(|it| Some(it.1.degrees_of_freedom as u64))),
        numbers("share_of_sum_of_terms", rows.iter().map(|it| it.1.share_of_sum)),
        numbers("share_of_model", rows.iter().map(|it| it.1.share_of_model)),
    ])
}
