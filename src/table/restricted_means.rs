//! The tidy table of restricted means: one row a class, a contrast of two, and a contrast beside a model.

use polars::prelude::DataFrame;

use super::{numbers, of_columns, text};
use crate::stratify::patients::{AnalysisStatistics, GroupComparison};
use crate::survival::restricted_mean::Contrast;
use crate::survival::restricted_mean::adjusted::Coefficient;

#[derive(Default)]
struct Row<'a> {
    by: &'a str,
    measure: &'static str,
    class: &'a str,
    reference: Option<&'a str>,
    model: Option<&'a str>,
    horizon: f64,
    estimate: f64,
    std_err: f64,
    lower: f64,
    upper: f64,
    p_value: Option<f64>,
}

/// One row a class, and a contrast of the second class with the first. The standard error of a ratio is that of its
/// logarithm.
pub(super) fn restricted_means(statistics: &AnalysisStatistics) -> DataFrame {
    let rows: Vec<Row<'_>> = statistics.groups.iter().flat_map(of_group).collect();
    let number = |name, of: fn(&Row<'_>) -> f64| numbers(name, rows.iter().map(|it| Some(of(it))));
    of_columns(vec![
        text("by", rows.iter().map(|it| Some(it.by))),
        text("measure", rows.iter().map(|it| Some(it.measure))),
        text("class", rows.iter().map(|it| Some(it.class))),
        text("reference", rows.iter().map(|it| it.reference)),
        text("model", rows.iter().map(|it| it.model)),
        text("time_unit", rows.iter().map(|_| Some(statistics.time_unit.name()))),
        number("horizon", |it| it.horizon),
        number("estimate", |it| it.estimate),
        number("std_err", |it| it.std_err),
        number("lower", |it| it.lower),
        number("upper", |it| it.upper),
        numbers("p_value", rows.iter().map(|it| it.p_value)),
    ])
}

fn of_group(group: &GroupComparison) -> Vec<Row<'_>> {
    let by = group.column.as_str();
    let Some(means) = &group.restricted_mean else { return Vec::new() };
    let [first, second] = [0, 1].map(|code| group.groups[code].class.as_str());
    let mut rows: Vec<Row<'_>> = [first, second]
        .into_iter()
        .zip(&means.groups)
        .map(|(class, it)| Row {
            by,
            measure: "mean",
            class,
            horizon: means.horizon,
            estimate: it.mean,
            std_err: it.std_err,
            lower: it.lower,
            upper: it.upper,
            ..Row::default()
        })
        .collect();
    let contrasts: [(&'static str, Option<Contrast>); 3] =
        [("difference", means.difference), ("ratio", means.ratio), ("time_lost_ratio", means.time_lost_ratio)];
    rows.extend(contrasts.into_iter().filter_map(|(measure, it)| {
        let it = it?;
        Some(Row {
            by,
            measure,
            class: second,
            reference: Some(first),
            model: None,
            horizon: means.horizon,
            estimate: it.estimate,
            std_err: it.std_err,
            lower: it.lower,
            upper: it.upper,
            p_value: Some(it.p_value),
        })
    }));
    for adjusted in &group.adjusted_restricted_means {
        let it = &adjusted.comparison;
        let contrasts: [(&'static str, &[Coefficient]); 3] = [
            ("adjusted_difference", &it.difference),
            ("adjusted_ratio", &it.ratio),
            ("adjusted_time_lost_ratio", &it.time_lost_ratio),
        ];
        rows.extend(contrasts.into_iter().filter_map(|(measure, coefficients)| {
            let of_group = coefficients.iter().find(|it| it.term == "group")?;
            Some(Row {
                by,
                measure,
                class: second,
                reference: Some(first),
                model: Some(&adjusted.model),
                horizon: it.horizon,
                estimate: of_group.estimate,
                std_err: of_group.std_err,
                lower: of_group.lower,
                upper: of_group.upper,
                p_value: Some(of_group.p_value),
            })
        }));
    }
    rows
}
