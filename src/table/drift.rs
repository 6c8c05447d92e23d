//! The tables of a comparison with a reference: `drift` and `control_chart`.

use polars::prelude::DataFrame;

use super::column::{MARKER, REGION};
use super::{count_column, numbers, of_columns, text};
use crate::agreement::Interval;
use crate::agreement::control_chart::Point;
use crate::model::Component;
use crate::score::drift::{ComponentDrift, DriftReport, rule_code};

/// The table `drift`.
///
/// | in | out |
/// | --- | --- |
/// | a comparison | one row a batch, region and marker, in that order: statistics and verdict; null where a statistic is not defined; `reasons` has `; ` between them, null if there is none |
pub fn drift(report: &DriftReport) -> DataFrame {
    let rows: Vec<(&str, &ComponentDrift)> =
        report.batches.iter().flat_map(|it| it.components.iter().map(|row| (it.batch.as_str(), row))).collect();
    let reasons: Vec<Option<String>> =
        rows.iter().map(|(_, it)| (!it.reasons.is_empty()).then(|| it.reasons.join("; "))).collect();
    let number = |name, of: fn(&ComponentDrift) -> Option<f64>| numbers(name, rows.iter().map(|(_, it)| of(it)));
    let count =
        |name, of: fn(&ComponentDrift) -> usize| count_column(name, rows.iter().map(|(_, it)| Some(of(it) as u64)));
    let shift = |of: fn(Interval) -> f64| {
        rows.iter().map(move |(_, it)| Some(of(it.location_shift?.hodges_lehmann_shift_percent?))).collect::<Vec<_>>()
    };
    of_columns(vec![
        text("batch", rows.iter().map(|it| Some(it.0))),
        text(REGION, rows.iter().map(|(_, it)| Some(it.component.region.as_str()))),
        text(MARKER, rows.iter().map(|(_, it)| Some(it.component.marker.as_str()))),
        count("n", |it| it.n),
        text("verdict", rows.iter().map(|(_, it)| Some(it.verdict.code()))),
        text("reasons", reasons.iter().map(Option::as_deref)),
        number("population_stability_index", |it| Some(it.stability_index.as_ref()?.index)),
        number("population_stability_index_by_chance", |it| Some(it.stability_index.as_ref()?.expected_without_shift)),
        number("kolmogorov_smirnov_distance", |it| Some(it.kolmogorov_smirnov?.distance)),
        number("kolmogorov_smirnov_p_value", |it| Some(it.kolmogorov_smirnov?.p_value)),
        number("kolmogorov_smirnov_holm_p_value", |it| it.kolmogorov_smirnov_holm_p_value),
        number("anderson_darling_statistic", |it| Some(it.anderson_darling?.statistic)),
        number("anderson_darling_p_value", |it| Some(it.anderson_darling?.p_value)),
        number("anderson_darling_holm_p_value", |it| it.anderson_darling_holm_p_value),
        number("median_shift_percent", |it| it.location_shift?.median_shift_percent),
        numbers("hodges_lehmann_shift_percent", shift(|it| it.estimate)),
        numbers("hodges_lehmann_shift_percent_lower", shift(|it| it.lower)),
        numbers("hodges_lehmann_shift_percent_upper", shift(|it| it.upper)),
        number("smallest_visible_shift_percent", |it| it.smallest_visible_shift_percent),
        number("share_0_10", |it| it.bands[0].observed),
        number("share_10_25", |it| it.bands[1].observed),
        number("share_25_70", |it| it.bands[2].observed),
        number("share_70_95", |it| it.bands[3].observed),
        number("share_95_100", |it| it.bands[4].observed),
        count("n_below_reference", |it| it.n_below),
        count("n_above_reference", |it| it.n_above),
    ])
}

/// The table `control_chart`.
///
/// | in | out |
/// | --- | --- |
/// | a comparison | one row a region, marker and batch, batches in their order: `z` in standard deviations of a batch mean, the ratio of geometric means; `broken_rules` has `;` between them, null if there is none |
pub fn control_chart(report: &DriftReport) -> DataFrame {
    let rows: Vec<(&Component, &str, &Point)> = report
        .charts
        .iter()
        .flat_map(|it| {
            let batches = report.batches.iter().map(|batch| batch.batch.as_str());
            batches.zip(&it.points).map(|(batch, point)| (&it.component, batch, point))
        })
        .collect();
    let rules: Vec<Option<String>> = rows
        .iter()
        .map(|it| {
            let codes: Vec<&str> = it.2.broken_rules.iter().copied().map(rule_code).collect();
            (!codes.is_empty()).then(|| codes.join(";"))
        })
        .collect();
    of_columns(vec![
        text(REGION, rows.iter().map(|it| Some(it.0.region.as_str()))),
        text(MARKER, rows.iter().map(|it| Some(it.0.marker.as_str()))),
        text("batch", rows.iter().map(|it| Some(it.1))),
        count_column("n_positive", rows.iter().map(|it| Some(it.2.batch.n_positive as u64))),
        count_column("n_zero", rows.iter().map(|it| Some(it.2.batch.n_zero as u64))),
        numbers("z", rows.iter().map(|it| it.2.z)),
        numbers("geometric_mean_ratio", rows.iter().map(|it| it.2.geometric_mean_ratio)),
        text("broken_rules", rules.iter().map(Option::as_deref)),
    ])
}
