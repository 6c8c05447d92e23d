//! What curves are drawn of: the classes of a scheme, or of a column of an analysis.

use crate::protocol::TimeUnit;
use crate::report::{format, page_file_stem, wording};
use crate::stratify::patients::{AnalysisStatistics, GroupComparison};
use crate::stratify::{ByClass, EndpointStatistics};
use crate::survival::cox::CoefficientState;
use crate::survival::kaplan_meier::SurvivalCurve;

/// Curves of classes, and what is said of them.
pub(super) struct Curves<'a> {
    /// Stem of the figure's file.
    pub(super) name: String,
    /// What kind of survival it is.
    pub(super) label: String,
    /// What the classes are of, within a sentence.
    pub(super) by: String,
    /// Unit of the times.
    pub(super) unit: TimeUnit,
    /// The classes in their order.
    pub(super) groups: Vec<Group<'a>>,
    /// Tests, in a few words each.
    pub(super) tests: Vec<String>,
}

/// A class with its curve.
pub(super) struct Group<'a> {
    pub(super) class: &'a str,
    pub(super) n: usize,
    pub(super) n_events: usize,
    pub(super) curve: &'a SurvivalCurve,
}

/// Stem of the figure of a scheme.
pub fn name(endpoint: &str, scheme: &str) -> String {
    format!("kaplan_meier_{endpoint}_{scheme}")
}

/// Stem of the figure of a column. The name of an analysis has no dot.
pub fn name_of_column(analysis: &str, column: &str) -> String {
    format!("analysis_{analysis}.{}", page_file_stem(column))
}

impl<'a> Curves<'a> {
    pub(super) fn of_scheme(endpoint: &'a EndpointStatistics, by_class: &'a ByClass) -> Self {
        let groups = by_class.groups.iter();
        Self {
            name: name(&endpoint.name, &by_class.scheme),
            label: endpoint.label.clone(),
            by: format!("class ({})", by_class.scheme_label),
            unit: endpoint.time_unit,
            groups: groups
                .map(|it| Group { class: &it.class, n: it.n, n_events: it.n_events, curve: &it.curve })
                .collect(),
            tests: tests_of_scheme(by_class),
        }
    }

    pub(super) fn of_column(analysis: &'a AnalysisStatistics, group: &'a GroupComparison) -> Self {
        let groups = group.groups.iter();
        Self {
            name: name_of_column(&analysis.name, &group.column),
            label: label(analysis),
            by: group.column.clone(),
            unit: analysis.time_unit,
            groups: groups
                .map(|it| Group { class: &it.class, n: it.n, n_events: it.n_events, curve: &it.curve })
                .collect(),
            tests: tests_of_column(group),
        }
    }
}

/// Log-rank test, trend, and the hazard ratio of the highest class against the reference, as far as they are defined.
fn tests_of_scheme(by_class: &ByClass) -> Vec<String> {
    let mut tests = Vec::new();
    if let Some(p) = by_class.log_rank.p_value {
        tests.push(format!("Log-rank {}", format::p_statement(p)));
    }
    if let Some(trend) = by_class.trend.as_ref().filter(|_| by_class.groups.len() > 2) {
        tests.push(format!("trend {}", format::p_statement(trend.p_value)));
    }
    let reference = by_class.groups.iter().find(|it| it.n > 0);
    let highest = by_class.groups.iter().rfind(|it| it.n > 0);
    if let (Some(reference), Some(highest), Some(cox)) = (reference, highest, &by_class.cox)
        && let Some(found) = cox.coefficients.iter().find(|it| it.name == highest.class)
        && found.state == CoefficientState::Estimated
        && let Some(hazard_ratio) = found.hazard_ratio
    {
        let ratio = format::ratio_with_interval(hazard_ratio, found.lower, found.upper);
        tests.push(format!("HR {} vs {} {ratio}", highest.class, reference.class));
    }
    if tests.is_empty() {
        tests.push("No test: fewer than two classes with patients and events".to_owned());
    }
    tests
}

/// The curve counts a competing event as censored, and does not show the share with the event.
fn label(analysis: &AnalysisStatistics) -> String {
    let remark = if analysis.competing_risks.is_some() { " (free of it, others censored)" } else { "" };
    format!("{}{remark}", analysis.label)
}

/// The first test, and the trend.
fn tests_of_column(group: &GroupComparison) -> Vec<String> {
    let first = group
        .tests
        .first()
        .and_then(|it| Some(format!("{} {}", wording::test_name(it.weight), format::p_statement(it.p_value?))));
    let trend = group.trend.as_ref().map(|it| format!("trend {}", format::p_statement(it.p_value)));
    let tests: Vec<String> = first.into_iter().chain(trend).collect();
    if tests.is_empty() { vec!["No test is defined".to_owned()] } else { tests }
}
