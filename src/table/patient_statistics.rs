//! The tidy tables of the survival analysis of a table of patients: one row an estimate, full precision.

use polars::prelude::{Column, DataFrame};

use super::cox_models::{self, NamedModel};
use super::survival::step_columns;
use super::{
    competing_risks, count_column, cutpoints, numbers, of_columns, penalized, performance, restricted_means, text,
};
use crate::stratify::patients::{AnalysisStatistics, GroupComparison, QuantileAt, RowExclusion, TableGroup};
use crate::survival::bands::BandStep;
use crate::survival::kaplan_meier::{Step, SurvivalAt};
use crate::survival::weighted_log_rank::Weight;

/// The table `excluded`: one row a row of the table that was not analysed, with the reason.
pub fn excluded(excluded: &[RowExclusion]) -> DataFrame {
    of_columns(vec![
        text("id", excluded.iter().map(|it| Some(it.id.as_str()))),
        text("analysis", excluded.iter().map(|it| Some(it.analysis.as_str()))),
        text("reason", excluded.iter().map(|it| Some(it.reason.code()))),
        text("found", excluded.iter().map(|it| Some(it.found.as_str()).filter(|it| !it.is_empty()))),
        text("expected", excluded.iter().map(|it| Some(it.reason.expected()))),
    ])
}

/// All tidy tables, with their names.
pub fn tidy(statistics: &AnalysisStatistics) -> Vec<(&'static str, DataFrame)> {
    let models = named_models(statistics);
    let mut tables = vec![
        ("groups", groups(statistics)),
        ("quantiles", quantiles(statistics)),
        ("survival_at", survival_at(statistics)),
        ("kaplan_meier", kaplan_meier(statistics)),
        ("tests", tests(statistics)),
        ("restricted_means", restricted_means::restricted_means(statistics)),
        ("cox_models", cox_models::models(&models)),
        ("cox_coefficients", cox_models::coefficients(&models)),
        ("proportional_hazards", cox_models::proportional_hazards(&models)),
    ];
    tables.extend(penalized::tidy(statistics));
    tables.extend(performance::tidy(statistics));
    tables.extend(statistics.cutpoints.iter().flat_map(cutpoints::tidy));
    tables.extend(statistics.competing_risks.iter().flat_map(competing_risks::tidy));
    tables
}

/// A group and the column that it is a class of; absent for all rows.
type Group<'a> = (Option<&'a str>, &'a TableGroup);

fn all_groups(statistics: &AnalysisStatistics) -> Vec<Group<'_>> {
    let of_columns =
        statistics.groups.iter().flat_map(|it| it.groups.iter().map(|group| (Some(it.column.as_str()), group)));
    [(None, &statistics.overall)].into_iter().chain(of_columns).collect()
}

fn group_keys(rows: &[Group<'_>]) -> Vec<Column> {
    vec![text("by", rows.iter().map(|it| it.0)), text("class", rows.iter().map(|it| Some(it.1.class.as_str())))]
}

/// One row a class: rows, events, median survival.
fn groups(statistics: &AnalysisStatistics) -> DataFrame {
    let rows = all_groups(statistics);
    let mut columns = group_keys(&rows);
    columns.extend([
        count_column("n", rows.iter().map(|it| Some(it.1.n as u64))),
        count_column("n_events", rows.iter().map(|it| Some(it.1.n_events as u64))),
        text("time_unit", rows.iter().map(|_| Some(statistics.time_unit.name()))),
        numbers("median", rows.iter().map(|it| it.1.median.estimate)),
        numbers("median_lower", rows.iter().map(|it| it.1.median.lower)),
        numbers("median_upper", rows.iter().map(|it| it.1.median.upper)),
    ]);
    of_columns(columns)
}

/// One row a class and share of the analysis: by when the event has happened to as many.
fn quantiles(statistics: &AnalysisStatistics) -> DataFrame {
    let groups = all_groups(statistics);
    let rows: Vec<(Group<'_>, &QuantileAt)> =
        groups.iter().flat_map(|it| it.1.quantiles.iter().map(move |at| (*it, at))).collect();
    let keys: Vec<Group<'_>> = rows.iter().map(|it| it.0).collect();
    let mut columns = group_keys(&keys);
    columns.extend([
        text("time_unit", rows.iter().map(|_| Some(statistics.time_unit.name()))),
        numbers("share", rows.iter().map(|it| Some(it.1.share))),
        numbers("estimate", rows.iter().map(|it| it.1.time.estimate)),
        numbers("lower", rows.iter().map(|it| it.1.time.lower)),
        numbers("upper", rows.iter().map(|it| it.1.time.upper)),
    ]);
    of_columns(columns)
}

/// One row a class and time of the analysis within the follow-up of the class.
fn survival_at(statistics: &AnalysisStatistics) -> DataFrame {
    let groups = all_groups(statistics);
    let rows: Vec<(Group<'_>, &SurvivalAt)> =
        groups.iter().flat_map(|it| it.1.survival_at.iter().map(move |at| (*it, at))).collect();
    let keys: Vec<Group<'_>> = rows.iter().map(|it| it.0).collect();
    let mut columns = group_keys(&keys);
    columns.extend([
        text("time_unit", rows.iter().map(|_| Some(statistics.time_unit.name()))),
        numbers("time", rows.iter().map(|it| Some(it.1.time))),
        count_column("n_risk", rows.iter().map(|it| Some(it.1.n_risk as u64))),
        numbers("survival", rows.iter().map(|it| Some(it.1.survival))),
        numbers("lower", rows.iter().map(|it| it.1.lower)),
        numbers("upper", rows.iter().map(|it| it.1.upper)),
    ]);
    of_columns(columns)
}

/// One row a class and distinct time of an event or censoring.
fn kaplan_meier(statistics: &AnalysisStatistics) -> DataFrame {
    let groups = all_groups(statistics);
    let rows: Vec<(Group<'_>, &Step)> =
        groups.iter().flat_map(|it| it.1.curve.steps.iter().map(move |step| (*it, step))).collect();
    let keys: Vec<Group<'_>> = rows.iter().map(|it| it.0).collect();
    let mut columns = group_keys(&keys);
    columns.push(text("time_unit", rows.iter().map(|_| Some(statistics.time_unit.name()))));
    columns.extend(step_columns(&rows.iter().map(|it| it.1).collect::<Vec<_>>()));
    let band: Vec<Option<&BandStep>> = rows.iter().map(|(group, step)| band_at(group.1, step.time)).collect();
    columns.extend([
        numbers("cumulative_hazard", rows.iter().map(|it| Some(it.1.cumulative_hazard))),
        numbers("cumulative_hazard_std_err", rows.iter().map(|it| Some(it.1.cumulative_hazard_std_err))),
        numbers("band_lower", band.iter().map(|it| it.and_then(|it| it.lower))),
        numbers("band_upper", band.iter().map(|it| it.and_then(|it| it.upper))),
    ]);
    of_columns(columns)
}

/// The band at a time; absent outside its stretch.
fn band_at(group: &TableGroup, time: f64) -> Option<&BandStep> {
    let steps = &group.band.as_ref()?.steps;
    steps.binary_search_by(|it| it.time.total_cmp(&time)).ok().map(|place| &steps[place])
}

/// One row a test of a column's classes.
fn tests(statistics: &AnalysisStatistics) -> DataFrame {
    let rows: Vec<TestRow<'_>> = statistics.groups.iter().flat_map(tests_of).collect();
    of_columns(vec![
        text("by", rows.iter().map(|it| Some(it.by))),
        text("test", rows.iter().map(|it| Some(it.test.as_str()))),
        numbers("chi_square", rows.iter().map(|it| it.chi_square)),
        count_column("degrees_of_freedom", rows.iter().map(|it| it.degrees_of_freedom.map(|it| it as u64))),
        numbers("p_value", rows.iter().map(|it| it.p_value)),
        numbers("p_holm", rows.iter().map(|it| it.p_holm)),
        numbers("p_benjamini_hochberg", rows.iter().map(|it| it.p_benjamini_hochberg)),
        count_column("n_comparisons", rows.iter().map(|it| it.n_comparisons.map(|it| it as u64))),
    ])
}

#[derive(Default)]
struct TestRow<'a> {
    by: &'a str,
    test: String,
    chi_square: Option<f64>,
    degrees_of_freedom: Option<usize>,
    p_value: Option<f64>,
    p_holm: Option<f64>,
    p_benjamini_hochberg: Option<f64>,
    n_comparisons: Option<usize>,
}

fn tests_of(group: &GroupComparison) -> Vec<TestRow<'_>> {
    let by = group.column.as_str();
    let mut rows: Vec<TestRow<'_>> = group
        .tests
        .iter()
        .map(|it| TestRow {
            by,
            test: weight_code(it.weight),
            chi_square: it.chi_square,
            degrees_of_freedom: Some(it.degrees_of_freedom),
            p_value: it.p_value,
            ..TestRow::default()
        })
        .collect();
    rows.extend(group.max_combo.as_ref().map(|it| TestRow {
        by,
        test: "max_combo".to_owned(),
        p_value: it.p_value,
        ..TestRow::default()
    }));
    rows.extend(group.trend.as_ref().map(|it| TestRow {
        by,
        test: format!("trend_{}", weight_code(it.weight)),
        chi_square: Some(it.chi_square),
        degrees_of_freedom: Some(1),
        p_value: Some(it.p_value),
        ..TestRow::default()
    }));
    let pairs = group.pairs.iter().flat_map(|tests| tests.pairs.iter().map(move |it| (tests, it)));
    rows.extend(pairs.map(|(tests, it)| {
        let [first, second] = it.groups.map(|at| group.groups[at].class.as_str());
        TestRow {
            by,
            test: format!("{}: {first} vs {second}", weight_code(tests.weight)),
            chi_square: it.chi_square,
            degrees_of_freedom: Some(1),
            p_value: it.p_value,
            p_holm: it.p_holm,
            p_benjamini_hochberg: it.p_benjamini_hochberg,
            n_comparisons: Some(tests.n_comparisons),
        }
    }));
    rows
}

fn weight_code(weight: Weight) -> String {
    match weight {
        Weight::LogRank => "log_rank".to_owned(),
        Weight::GRho { rho } => format!("g_rho_{rho}"),
        Weight::FlemingHarrington { p, q } => format!("fleming_harrington_{p}_{q}"),
        Weight::Gehan => "gehan".to_owned(),
        Weight::TaroneWare => "tarone_ware".to_owned(),
        Weight::PetoPeto => "peto_peto".to_owned(),
        Weight::ModifiedPetoPeto => "modified_peto_peto".to_owned(),
    }
}

fn named_models(statistics: &AnalysisStatistics) -> Vec<NamedModel<'_>> {
    let named =
        |model: String, cox, zph| NamedModel { endpoint: &statistics.name, model, cox, proportional_hazards: zph };
    let of_groups = statistics
        .groups
        .iter()
        .filter_map(|it| Some(named(format!("by {}", it.column), it.cox.as_ref()?, it.proportional_hazards.as_ref())));
    let of_models =
        statistics.models.iter().map(|it| named(it.name.clone(), &it.cox, it.proportional_hazards.as_ref()));
    of_groups.chain(of_models).collect()
}
