//! An analysis of the study: classes, models, cut-points, competing risks.

mod competing;
mod cutpoints;
mod groups;
mod models;
mod performance;

use crate::report::figures::Figure;
use crate::report::html::document::{Block, Section};
use crate::report::{format, wording};
use crate::stratify::patients::AnalysisStatistics;
use crate::survival::cutpoint::markers::MarkerOutcome;

/// Below this, a difference is called one; above, the data are said not to show it.
const SIGNIFICANCE: f64 = 0.05;

/// The section of an analysis.
pub(super) fn section(analysis: &AnalysisStatistics, figures: &[Figure]) -> Section {
    let unit = analysis.time_unit;
    let mut blocks = vec![Block::Paragraph(format!(
        "{} of {} analysed, {}. Median follow-up (reverse Kaplan–Meier): {}. Median survival: {}.",
        format::count(analysis.n),
        format::counted(analysis.n_rows, "row", "rows"),
        format::events(analysis.n_events),
        format::median(&analysis.median_follow_up, unit),
        format::median(&analysis.overall.median, unit),
    ))];
    if !analysis.excluded.is_empty() {
        let left_out = analysis.excluded.iter().map(|it| format!("{} {}", format::count(it.n), it.description));
        blocks.push(Block::Note(format!("Left out: {}.", left_out.collect::<Vec<_>>().join("; "))));
    }
    if !analysis.warnings.is_empty() {
        blocks.push(Block::Warnings(analysis.warnings.clone()));
    }
    blocks.extend(analysis.groups.iter().flat_map(|it| groups::column(analysis, it, figures)));
    blocks.extend(analysis.models.iter().flat_map(|it| models::model(it, unit)));
    blocks.extend(models::comparisons(&analysis.model_comparisons, unit));
    blocks.extend(analysis.cutpoints.iter().flat_map(cutpoints::cutpoints));
    blocks.extend(analysis.competing_risks.iter().flat_map(|it| competing::competing_risks(analysis, it)));
    blocks.push(Block::Note(format!("Every number in full precision is in tables/{}/.", analysis.name)));
    Section::new(format!("analysis-{}", analysis.name), analysis.label.clone(), blocks)
}

/// What a part is about, and the rows in it; those without are `n_lacking`, of which `what` is absent.
fn heading(title: String, [n, n_events, n_lacking]: [usize; 3], what: &str) -> [Block; 2] {
    let lacking = lacking(n_lacking, what);
    [Block::Heading(title), Block::Paragraph(format!("{}, {}{lacking}.", rows(n), format::events(n_events)))]
}

/// The analysis in a few sentences.
pub(super) fn in_short(analysis: &AnalysisStatistics) -> String {
    let mut sentences =
        vec![format!("{}: {} in {}.", analysis.label, format::events(analysis.n_events), rows(analysis.n))];
    for group in &analysis.groups {
        let Some((test, p)) = group.tests.first().and_then(|it| Some((it, it.p_value?))) else { continue };
        let (by, test, p_statement) = (&group.column, wording::test_name(test.weight), format::p_statement(p));
        sentences.push(if p < SIGNIFICANCE {
            format!("The classes of {by} differ ({test} {p_statement}).")
        } else {
            format!("A difference between the classes of {by} was not shown ({test} {p_statement}).")
        });
    }
    for pair in &analysis.model_comparisons {
        let Some(test) = &pair.likelihood_ratio else { continue };
        let fit = if test.p_value < SIGNIFICANCE { "fits better than" } else { "does not clearly fit better than" };
        let p = format::p_statement(test.p_value);
        sentences.push(format!("Model {} {fit} model {} ({p}).", pair.second, pair.first));
    }
    for column in analysis.cutpoints.iter().flat_map(|it| &it.columns) {
        if let MarkerOutcome::Searched { search, among_markers, .. } = &column.outcome {
            sentences.push(format!(
                "In {} a cut was searched, and found at {}: {} after correction for the search and for all columns.",
                column.name,
                format::measured(search.cut),
                format::p_statement(among_markers.p_value)
            ));
        }
    }
    sentences.join(" ")
}

fn rows(n: usize) -> String {
    format::counted(n, "row", "rows")
}

/// How many rows lack something, with a comma before; empty if none does.
fn lacking(n: usize, what: &str) -> String {
    if n == 0 { String::new() } else { format!(", {} without {what}", rows(n)) }
}
