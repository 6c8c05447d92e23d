//! Results in a few lines of text, for the terminal: the survival analysis of a table of patients, and how raters agree.

mod agreement;
mod competing;
mod cutpoints;
mod models;
mod penalized;
mod restricted_means;

pub use agreement::of_agreement;
pub(in crate::report) use agreement::{bias_and_limits, compared, n_compared, with_unit};

use super::format::{self, or_dash};
use super::wording::test_name;
use crate::stratify::EndpointStatistics;
use crate::stratify::patients::{AnalysisStatistics, GroupComparison, TableStatistics};
use crate::survival::cox::{Coefficient, CoefficientState};

/// How many patients an endpoint of a study is analysed in.
pub fn of_endpoint(it: &EndpointStatistics) -> String {
    format!("{}: {} analysed, {}", it.label, format::patients(it.n), format::events(it.n_events))
}

/// How many rows an analysis of a study is made of; and each of its parts that is made of fewer, such as those of the score, which
/// not every row has. Without a line end behind the last line.
pub fn of_study_analysis(it: &AnalysisStatistics) -> String {
    let part = |name: String, n: usize, lacking: String| {
        (!lacking.is_empty()).then(|| format!("  {name}: {}{lacking}", format::counted(n, "row", "rows")))
    };
    let groups = it.groups.iter().filter_map(|of| part(format!("by {}", of.column), of.n, without_class(of.n_missing)));
    let models =
        it.models.iter().filter_map(|of| part(format!("model {}", of.label), of.n, incomplete(of.n_incomplete)));
    let cuts = it.cutpoints.iter().filter_map(|of| part("cut-points".to_owned(), of.n, incomplete(of.n_incomplete)));
    let first = format!("{}: {}", it.label, patients(it));
    std::iter::once(first).chain(groups).chain(models).chain(cuts).collect::<Vec<_>>().join("\n")
}

/// The summary, without a line end behind the last line.
pub fn of_table(table: &TableStatistics) -> String {
    let it = &table.statistics;
    let mut lines = vec![patients(it)];
    lines.extend(it.excluded.iter().map(|it| format!("  left out: {} {}", format::count(it.n), it.description)));
    if it.n_times_merged > 0 {
        lines.push(format!(
            "  {} times differed from another by round-off and were made equal to it",
            it.n_times_merged
        ));
    }
    lines.push(format!("  median follow-up {}", format::median(&it.median_follow_up, it.time_unit)));
    lines.push(format!("  median survival {}", format::median(&it.overall.median, it.time_unit)));
    lines.extend(it.overall.quantiles.iter().map(|at| {
        format!("  event in {} by {}", format::share_as_given(at.share), format::median(&at.time, it.time_unit))
    }));
    lines.extend(it.overall.survival_at.iter().map(|at| {
        let survival = format::percent_with_interval(Some(at.survival), at.lower, at.upper);
        let (time, unit) = (format::time(at.time, it.time_unit), it.time_unit.name());
        format!("  survival at {time} {unit} {survival}, {} at risk", format::count(at.n_risk))
    }));
    if !it.overall.times_beyond_follow_up.is_empty() {
        let times = it.overall.times_beyond_follow_up.iter().map(|at| format::time(*at, it.time_unit));
        let times = times.collect::<Vec<_>>().join(", ");
        lines.push(format!("  nobody was followed up to {times} {}", it.time_unit.name()));
    }
    lines.extend(it.groups.iter().flat_map(|group| comparison(it, group)));
    lines.extend(it.models.iter().flat_map(|model| models::model(model, it.time_unit, table.analysis.seed)));
    if !it.model_comparisons.is_empty() {
        let without = if it.models.iter().any(|it| it.penalized.is_some()) { ", without penalties" } else { "" };
        lines.extend([String::new(), format!("models compared, on the rows that both have{without}")]);
    }
    lines.extend(it.model_comparisons.iter().flat_map(|pair| models::model_comparison(pair, it.time_unit)));
    lines.extend(it.cutpoints.iter().flat_map(|it| cutpoints::cutpoints(it, table.analysis.seed)));
    lines.extend(it.competing_risks.iter().flat_map(|risks| competing::competing_risks(it, risks)));
    lines.extend(it.warnings.iter().map(|it| format!("note: {it}")));
    lines.join("\n")
}

fn patients(it: &AnalysisStatistics) -> String {
    format!("{} of {} rows analysed, {}", format::count(it.n), format::count(it.n_rows), format::events(it.n_events))
}

/// How many rows have no class, with a comma before; empty if all have one.
fn without_class(n_missing: usize) -> String {
    if n_missing > 0 { format!(", {} without a class", format::count(n_missing)) } else { String::new() }
}

/// How many rows lack a value, with a comma before; empty if none does.
fn incomplete(n_incomplete: usize) -> String {
    if n_incomplete == 0 {
        return String::new();
    }
    format!(", {}", format::counted(n_incomplete, "row lacks a value", "rows lack a value"))
}

fn comparison(of: &AnalysisStatistics, group: &GroupComparison) -> Vec<String> {
    let mut lines = vec![String::new(), format!("by {}{}", group.column, without_class(group.n_missing))];
    let mut rows = vec![["class", "n", "events", "median survival"].map(str::to_owned).to_vec()];
    rows[0].extend(of.overall.quantiles.iter().map(|it| format!("event in {}", format::share_as_given(it.share))));
    let times: Vec<f64> = of.overall.survival_at.iter().map(|it| it.time).collect();
    rows[0].extend(times.iter().map(|it| format!("at {} {}", format::time(*it, of.time_unit), of.time_unit.name())));
    rows.extend(group.groups.iter().map(|it| {
        let mut row = vec![
            it.class.clone(),
            format::count(it.n),
            format::count(it.n_events),
            format::median(&it.median, of.time_unit),
        ];
        row.extend(it.quantiles.iter().map(|at| format::median(&at.time, of.time_unit)));
        // A class may have been followed less far than all.
        row.extend((0..times.len()).map(|place| {
            let at = it.survival_at.get(place);
            or_dash(at, |it| format::percent_with_interval(Some(it.survival), it.lower, it.upper))
        }));
        row
    }));
    lines.extend(format::aligned(&rows));
    lines.extend(group.tests.iter().map(|it| match (it.chi_square, it.p_value) {
        (Some(chi_square), Some(p_value)) => format!(
            "  {}: χ² = {}, {}",
            test_name(it.weight),
            format::chi_square(chi_square, it.degrees_of_freedom),
            format::p_statement(p_value)
        ),
        _ => format!("  {}: not defined, as no event happens while two classes are at risk", test_name(it.weight)),
    }));
    if let Some(p_value) = group.max_combo.as_ref().and_then(|it| it.p_value) {
        lines.push(format!("  max-combo: {}", format::p_statement(p_value)));
    }
    if let Some(trend) = &group.trend {
        lines.push(format!("  trend: z = {}, {}", format::number(trend.z, 2), format::p_statement(trend.p_value)));
    }
    if let Some(pairs) = &group.pairs {
        let mut rows = vec![vec!["pair".to_owned(), "p".to_owned(), format!("Holm, of {}", pairs.n_comparisons)]];
        let p = |it: Option<f64>| or_dash(it, format::p_value);
        rows.extend(pairs.pairs.iter().map(|it| {
            let [first, second] = it.groups.map(|at| group.groups[at].class.as_str());
            vec![format!("{first} – {second}"), p(it.p_value), p(it.p_holm)]
        }));
        lines.extend(format::aligned(&rows));
    }
    lines.extend(restricted_means::lines(of, group));
    if let Some(cox) = &group.cox {
        let mut rows = vec![["", "hazard ratio (95 %)", "p"].map(str::to_owned).to_vec()];
        rows.extend(cox.coefficients.iter().map(coefficient));
        lines.extend(format::aligned(&rows));
    }
    lines
}

fn coefficient(it: &Coefficient) -> Vec<String> {
    let ratio = match (it.state, it.hazard_ratio) {
        (CoefficientState::Estimated, Some(ratio)) => format::ratio_with_interval(ratio, it.lower, it.upper),
        (CoefficientState::Aliased, _) => "left out: the same for all, or a combination of others".to_owned(),
        _ => "no finite estimate: separates events".to_owned(),
    };
    vec![named(&it.term, &it.name), ratio, or_dash(it.p_value, format::p_value)]
}

/// What a coefficient is called: a number by its column, a class by its column and itself.
fn named(term: &str, name: &str) -> String {
    if name == term { term.to_owned() } else { format!("{term} {name}") }
}
