//! The tidy tables of cut-points. None of them holds an uncorrected p-value at a cut that was searched.

use polars::prelude::DataFrame;

use super::{count_column, numbers, of_columns, text};
use crate::stratify::patients::{CutValidation, CutpointStatistics};
use crate::survival::cutpoint::Search;
use crate::survival::cutpoint::markers::MarkerOutcome;

/// All tables, with their names.
pub(super) fn tidy(cutpoints: &CutpointStatistics) -> Vec<(&'static str, DataFrame)> {
    vec![("cutpoints", one_a_column(cutpoints)), ("cutpoint_candidates", candidates(cutpoints))]
}

/// The columns in which a cut was found, with the p-value that allows for all columns.
fn found(cutpoints: &CutpointStatistics) -> Vec<(&str, &Search, f64)> {
    cutpoints
        .columns
        .iter()
        .filter_map(|it| match &it.outcome {
            MarkerOutcome::Searched { search, among_markers, .. } => {
                Some((it.name.as_str(), &**search, among_markers.p_value))
            }
            MarkerOutcome::Rejected { .. } => None,
        })
        .collect()
}

/// One row a column in which a cut was found.
fn one_a_column(cutpoints: &CutpointStatistics) -> DataFrame {
    let rows = found(cutpoints);
    let number = |name, of: fn(&Search) -> Option<f64>| numbers(name, rows.iter().map(|it| of(it.1)));
    of_columns(vec![
        text("column", rows.iter().map(|it| Some(it.0))),
        number("cut", |it| Some(it.cut)),
        number("cut_lower", |it| it.interval.lower),
        number("cut_upper", |it| it.interval.upper),
        count_column("n_low", rows.iter().map(|it| Some(it.1.n_low as u64))),
        count_column("n_high", rows.iter().map(|it| Some(it.1.n_high as u64))),
        count_column("n_columns_searched", rows.iter().map(|it| Some(it.1.n_markers_searched as u64))),
        number("p_corrected_for_search", |it| Some(it.permutation.p_value)),
        numbers("p_corrected_for_search_and_columns", rows.iter().map(|it| Some(it.2))),
        number("hazard_ratio_cross_validated", |it| it.effect.cross_validated.hazard_ratio),
        number("hazard_ratio_cross_validated_lower", |it| it.effect.cross_validated.lower),
        number("hazard_ratio_cross_validated_upper", |it| it.effect.cross_validated.upper),
        number("hazard_ratio_shrunken", |it| it.effect.bootstrap.map(|it| it.hazard_ratio)),
        number("hazard_ratio_per_standard_deviation", |it| {
            it.continuous.per_standard_deviation.as_ref().map(|it| it.hazard_ratio)
        }),
        number("hazard_ratio_per_standard_deviation_lower", |it| {
            it.continuous.per_standard_deviation.as_ref().map(|it| it.lower)
        }),
        number("hazard_ratio_per_standard_deviation_upper", |it| {
            it.continuous.per_standard_deviation.as_ref().map(|it| it.upper)
        }),
        number("p_without_cut", |it| it.continuous.p_value),
        numbers(
            "concordance_corrected_for_search",
            rows.iter().map(|it| {
                let same = |of: &&CutValidation| of.column == it.0;
                cutpoints.validations.iter().find(same)?.validation.concordance.corrected
            }),
        ),
        number("concordance_without_cut", |it| it.continuous.concordance.as_ref()?.concordance),
    ])
}

/// One row a candidate: the log-rank statistic, which is not chi-square distributed at the largest.
fn candidates(cutpoints: &CutpointStatistics) -> DataFrame {
    let found = found(cutpoints);
    let rows: Vec<_> = found.iter().flat_map(|it| it.1.cuts.iter().map(move |cut| (it.0, cut))).collect();
    of_columns(vec![
        text("column", rows.iter().map(|it| Some(it.0))),
        numbers("cut", rows.iter().map(|it| Some(it.1.cut))),
        count_column("n_low", rows.iter().map(|it| Some(it.1.n_low as u64))),
        count_column("n_high", rows.iter().map(|it| Some(it.1.n_high as u64))),
        numbers("log_rank_statistic", rows.iter().map(|it| it.1.chi_square)),
    ])
}
