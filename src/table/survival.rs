//! The tidy tables of a survival analysis: one row an estimate, full precision, the same names everywhere.

use polars::prelude::{Column, DataFrame};

use super::column::PATIENT_ID;
use super::cox_models::{self, NamedModel};
use super::{count_column, numbers, of_columns, text};
use crate::stratify::{AdjustedModel, ByClass, EndpointStatistics, Exclusion, GroupSurvival, Statistics};
use crate::survival::chi_square::ChiSquareTest;
use crate::survival::cox::CoxModel;
use crate::survival::kaplan_meier::Step;
use crate::survival::proportional_hazards::ProportionalHazards;

/// The table `excluded`: one row a patient and endpoint who was not analysed, with the reason.
pub fn excluded(excluded: &[Exclusion]) -> DataFrame {
    of_columns(vec![
        text(PATIENT_ID, excluded.iter().map(|it| Some(it.patient_id.as_str()))),
        text("stage", excluded.iter().map(|_| Some("stratify"))),
        text("endpoint", excluded.iter().map(|it| Some(it.endpoint.as_str()))),
        text("reason", excluded.iter().map(|it| Some(it.reason.code()))),
        text("found", excluded.iter().map(|it| Some(it.found.as_str()).filter(|it| !it.is_empty()))),
        text("expected", excluded.iter().map(|it| Some(it.reason.expected()))),
    ])
}

/// All tidy tables, with their names.
pub fn tidy(statistics: &Statistics) -> Vec<(&'static str, DataFrame)> {
    let models = named_models(statistics);
    vec![
        ("endpoints", endpoints(statistics)),
        ("groups", groups(statistics)),
        ("survival_at", survival_at(statistics)),
        ("kaplan_meier", kaplan_meier(statistics)),
        ("tests", tests(statistics)),
        ("cox_models", cox_models::models(&models)),
        ("cox_coefficients", cox_models::coefficients(&models)),
        ("proportional_hazards", cox_models::proportional_hazards(&models)),
    ]
}

/// One row an endpoint: patients, events, median follow-up, concordance of the score.
fn endpoints(statistics: &Statistics) -> DataFrame {
    let rows = &statistics.endpoints;
    let number = |name, of: fn(&EndpointStatistics) -> Option<f64>| numbers(name, rows.iter().map(of));
    of_columns(vec![
        text("endpoint", rows.iter().map(|it| Some(it.name.as_str()))),
        text("time_unit", rows.iter().map(|it| Some(it.time_unit.name()))),
        count_column("n", rows.iter().map(|it| Some(it.n as u64))),
        count_column("n_events", rows.iter().map(|it| Some(it.n_events as u64))),
        number("median_follow_up", |it| it.median_follow_up.estimate),
        number("median_follow_up_lower", |it| it.median_follow_up.lower),
        number("median_follow_up_upper", |it| it.median_follow_up.upper),
        number("score_concordance", |it| it.by_score.concordance.concordance),
        number("score_concordance_std_err", |it| it.by_score.concordance.std_err),
    ])
}

/// A group of one scheme of one endpoint, with the words it is found by.
type Group<'a> = (&'a EndpointStatistics, &'a ByClass, &'a GroupSurvival);

fn all_groups(statistics: &Statistics) -> Vec<Group<'_>> {
    let schemes = statistics.endpoints.iter().flat_map(|it| it.by_class.iter().map(move |scheme| (it, scheme)));
    schemes.flat_map(|(it, scheme)| scheme.groups.iter().map(move |group| (it, scheme, group))).collect()
}

/// The key columns of rows that belong to a group.
fn group_keys(rows: &[Group<'_>]) -> Vec<Column> {
    vec![
        text("endpoint", rows.iter().map(|it| Some(it.0.name.as_str()))),
        text("scheme", rows.iter().map(|it| Some(it.1.scheme.as_str()))),
        text("class", rows.iter().map(|it| Some(it.2.class.as_str()))),
    ]
}

/// One row a class: patients, events observed and expected, median survival.
fn groups(statistics: &Statistics) -> DataFrame {
    let rows = all_groups(statistics);
    let expected = |it: &Group<'_>| {
        let at = it.1.groups.iter().position(|group| group.class == it.2.class)?;
        it.1.log_rank.expected.get(at).copied()
    };
    let mut columns = group_keys(&rows);
    columns.extend([
        count_column("n", rows.iter().map(|it| Some(it.2.n as u64))),
        count_column("n_events", rows.iter().map(|it| Some(it.2.n_events as u64))),
        numbers("n_events_expected", rows.iter().map(expected)),
        text("time_unit", rows.iter().map(|it| Some(it.0.time_unit.name()))),
        numbers("median", rows.iter().map(|it| it.2.median.estimate)),
        numbers("median_lower", rows.iter().map(|it| it.2.median.lower)),
        numbers("median_upper", rows.iter().map(|it| it.2.median.upper)),
    ]);
    of_columns(columns)
}

/// One row a class and time of the study.
fn survival_at(statistics: &Statistics) -> DataFrame {
    let groups = all_groups(statistics);
    let rows: Vec<(Group<'_>, usize)> =
        groups.iter().flat_map(|it| (0..it.2.survival_at.len()).map(move |at| (*it, at))).collect();
    let keys: Vec<Group<'_>> = rows.iter().map(|it| it.0).collect();
    let at = |(group, at): &(Group<'_>, usize)| group.2.survival_at[*at].clone();
    let mut columns = group_keys(&keys);
    columns.extend([
        numbers("years", rows.iter().map(|it| Some(at(it).years))),
        count_column("n_risk", rows.iter().map(|it| Some(at(it).n_risk as u64))),
        numbers("survival", rows.iter().map(|it| at(it).survival)),
        numbers("lower", rows.iter().map(|it| at(it).lower)),
        numbers("upper", rows.iter().map(|it| at(it).upper)),
    ]);
    of_columns(columns)
}

/// One row a class and distinct time of an event or censoring.
fn kaplan_meier(statistics: &Statistics) -> DataFrame {
    let groups = all_groups(statistics);
    let rows: Vec<(Group<'_>, &Step)> =
        groups.iter().flat_map(|it| it.2.curve.steps.iter().map(move |step| (*it, step))).collect();
    let keys: Vec<Group<'_>> = rows.iter().map(|it| it.0).collect();
    let mut columns = group_keys(&keys);
    columns.push(text("time_unit", rows.iter().map(|it| Some(it.0.0.time_unit.name()))));
    columns.extend(step_columns(&rows.iter().map(|it| it.1).collect::<Vec<_>>()));
    of_columns(columns)
}

/// The columns of the steps of a curve.
pub(super) fn step_columns(steps: &[&Step]) -> Vec<Column> {
    vec![
        numbers("time", steps.iter().map(|it| Some(it.time))),
        count_column("n_risk", steps.iter().map(|it| Some(it.n_risk as u64))),
        count_column("n_event", steps.iter().map(|it| Some(it.n_event as u64))),
        count_column("n_censored", steps.iter().map(|it| Some(it.n_censored as u64))),
        numbers("survival", steps.iter().map(|it| Some(it.survival))),
        numbers("std_err", steps.iter().map(|it| it.std_err)),
        numbers("lower", steps.iter().map(|it| it.lower)),
        numbers("upper", steps.iter().map(|it| it.upper)),
    ]
}

/// One row a test of an endpoint: log-rank and trend of each scheme, and what the score adds to each model.
fn tests(statistics: &Statistics) -> DataFrame {
    let mut rows: Vec<TestRow<'_>> = Vec::new();
    for endpoint in &statistics.endpoints {
        for scheme in &endpoint.by_class {
            let it = &scheme.log_rank;
            rows.push((&endpoint.name, &scheme.scheme, "log_rank", it.chi_square, it.degrees_of_freedom, it.p_value));
            rows.extend(scheme.trend.map(|it| test_row(&endpoint.name, &scheme.scheme, "trend", it)));
        }
        for model in &endpoint.models {
            let added = model.added_by_score;
            rows.extend(
                added.map(|it| test_row(&endpoint.name, &model.name, "likelihood_ratio_of_adding_the_score", it)),
            );
        }
    }
    of_columns(vec![
        text("endpoint", rows.iter().map(|it| Some(it.0))),
        text("of", rows.iter().map(|it| Some(it.1))),
        text("test", rows.iter().map(|it| Some(it.2))),
        numbers("chi_square", rows.iter().map(|it| it.3)),
        count_column("degrees_of_freedom", rows.iter().map(|it| Some(it.4 as u64))),
        numbers("p_value", rows.iter().map(|it| it.5)),
    ])
}

/// Endpoint, scheme or model, name of the test, chi-square, degrees of freedom, p.
type TestRow<'a> = (&'a str, &'a str, &'a str, Option<f64>, usize, Option<f64>);

fn test_row<'a>(endpoint: &'a str, of: &'a str, name: &'a str, test: ChiSquareTest) -> TestRow<'a> {
    (endpoint, of, name, Some(test.chi_square), test.degrees_of_freedom, Some(test.p_value))
}

fn named_models(statistics: &Statistics) -> Vec<NamedModel<'_>> {
    let mut models = Vec::new();
    for endpoint in &statistics.endpoints {
        let score = &endpoint.by_score;
        models.extend(named(endpoint, "score".to_owned(), score.cox.as_ref(), score.proportional_hazards.as_ref()));
        for it in &endpoint.by_class {
            models.extend(named(endpoint, it.scheme.clone(), it.cox.as_ref(), it.proportional_hazards.as_ref()));
        }
        for it in &endpoint.models {
            models.extend(adjusted(endpoint, it));
        }
    }
    models
}

fn adjusted<'a>(endpoint: &'a EndpointStatistics, model: &'a AdjustedModel) -> Vec<NamedModel<'a>> {
    let name = &model.name;
    let univariable = model
        .univariable
        .iter()
        .filter_map(|it| named(endpoint, format!("{name}: {} alone", it.term), it.cox.as_ref(), None));
    let parts = [
        named(endpoint, format!("{name}: without score"), model.without_score.as_ref(), None),
        named(endpoint, format!("{name}: with score"), model.with_score.as_ref(), model.proportional_hazards.as_ref()),
        named(endpoint, format!("{name}: with class"), model.with_class.as_ref(), None),
    ];
    univariable.chain(parts.into_iter().flatten()).collect()
}

fn named<'a>(
    endpoint: &'a EndpointStatistics,
    model: String,
    cox: Option<&'a CoxModel>,
    proportional_hazards: Option<&'a ProportionalHazards>,
) -> Option<NamedModel<'a>> {
    Some(NamedModel { endpoint: &endpoint.name, model, cox: cox?, proportional_hazards })
}
