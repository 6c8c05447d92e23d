//! The classes of a column, and whether they differ.

use super::heading;
use crate::protocol::TimeUnit;
use crate::report::figures::{Figure, kaplan_meier};
use crate::report::html::cohort::{cox_model, figure};
use crate::report::html::document::{Block, Cell, Table};
use crate::report::{format, palette, wording};
use crate::stratify::patients::{AnalysisStatistics, GroupComparison, TableGroup};
use crate::survival::cox::{Coefficient, CoxModel};
use crate::survival::pairwise::PairwiseTests;

/// The classes of a column: curves, numbers, tests, hazard ratios.
pub(super) fn column(analysis: &AnalysisStatistics, group: &GroupComparison, figures: &[Figure]) -> Vec<Block> {
    let of = [group.n, group.n_events, group.n_missing];
    let mut blocks = Vec::from(heading(format!("By {}", group.column), of, "a class"));
    blocks.extend(figure(figures, &kaplan_meier::name_of_column(&analysis.name, &group.column)));
    blocks.push(Block::Table(classes(analysis, group)));
    let facts = tests(group).into_iter().chain(restricted_means(group, analysis.time_unit)).collect::<Vec<_>>();
    if !facts.is_empty() {
        blocks.push(Block::Facts(facts));
    }
    blocks.extend(group.pairs.as_ref().map(|it| Block::Table(pairs(group, it))));
    match &group.cox {
        None => blocks.push(Block::Note("Hazard ratios of the classes cannot be estimated.".to_owned())),
        Some(cox) => {
            let label = |it: &Coefficient| class_label(group, cox, it);
            let caption = format!("Cox model of the classes ({})", group.column);
            blocks.push(Block::Table(cox_model::coefficients(&caption, cox, label)));
            blocks.extend(cox_model::not_estimated(cox.coefficients.iter(), label).map(Block::Note));
        }
    }
    blocks
}

fn classes(analysis: &AnalysisStatistics, group: &GroupComparison) -> Table {
    let unit = analysis.time_unit;
    let followed = group.groups.iter().map(|it| &it.survival_at).max_by_key(|it| it.len());
    let times: Vec<f64> = followed.into_iter().flatten().map(|it| it.time).collect();
    let mut columns = vec!["Class".to_owned(), "#Rows".to_owned(), "#Events".to_owned()];
    for &time in &times {
        columns.push(format!("#At {} {} (95 % CI)", format::time(time, unit), unit.name()));
        columns.push("#At risk".to_owned());
    }
    columns.push("#Median (95 % CI)".to_owned());
    let mut table = Table::with_columns(format!("{} by {}", analysis.label, group.column), columns);
    for (at, of) in group.groups.iter().enumerate() {
        let color = palette::class(at, group.groups.len());
        let mut row = vec![Cell::Class { name: of.class.clone(), color }];
        row.extend([of.n, of.n_events].map(|it| Cell::Text(format::count(it))));
        for place in 0..times.len() {
            row.extend(survival_at(of, place));
        }
        row.push(Cell::Text(format::median(&of.median, unit)));
        table.push(row);
    }
    table
}

fn survival_at(group: &TableGroup, place: usize) -> [Cell; 2] {
    match group.survival_at.get(place) {
        Some(it) => [
            Cell::Text(format::percent_with_interval(Some(it.survival), it.lower, it.upper)),
            Cell::Text(format::count(it.n_risk)),
        ],
        None => [Cell::text(format::ABSENT), Cell::text(format::ABSENT)],
    }
}

fn tests(group: &GroupComparison) -> Vec<(String, String)> {
    let mut facts: Vec<(String, String)> = group
        .tests
        .iter()
        .map(|it| {
            let found = match (it.chi_square, it.p_value) {
                (Some(chi_square), Some(p_value)) => {
                    let chi_square = format::chi_square(chi_square, it.degrees_of_freedom);
                    format!("χ²\u{a0}=\u{a0}{chi_square}, {}", format::p_statement(p_value))
                }
                _ => "not defined: no event happens while two classes are at risk".to_owned(),
            };
            (format!("Test ({})", wording::test_name(it.weight)), found)
        })
        .collect();
    if let Some(p_value) = group.max_combo.as_ref().and_then(|it| it.p_value) {
        facts.push(("Test (max-combo)".to_owned(), format::p_statement(p_value)));
    }
    if let Some(trend) = &group.trend {
        let found = format!("z\u{a0}=\u{a0}{}, {}", format::number(trend.z, 2), format::p_statement(trend.p_value));
        facts.push(("Trend across classes".to_owned(), found));
    }
    facts
}

fn restricted_means(group: &GroupComparison, unit: TimeUnit) -> Vec<(String, String)> {
    let Some(means) = &group.restricted_mean else { return Vec::new() };
    let Some(difference) = &means.difference else { return Vec::new() };
    let [first, second] = [0, 1].map(|it| group.groups[it].class.as_str());
    let name =
        |horizon: f64| format!("Mean time without the event up to {} {}", format::time(horizon, unit), unit.name());
    let said = wording::difference_of_times(
        unit,
        [difference.estimate, difference.lower, difference.upper],
        difference.p_value,
    );
    let mut facts = vec![(name(means.horizon), format!("{second} less {first}: {said}"))];
    facts.extend(group.adjusted_restricted_means.iter().filter_map(|it| {
        let found = it.comparison.difference.iter().find(|it| it.term == "group")?;
        let said = wording::difference_of_times(unit, [found.estimate, found.lower, found.upper], found.p_value);
        Some((format!("The same beside model {}", it.model), format!("{said}; {}", super::rows(it.n))))
    }));
    facts
}

fn pairs(group: &GroupComparison, pairs: &PairwiseTests) -> Table {
    let holm = format!("#p, by Holm for {}", format::counted(pairs.n_comparisons, "pair", "pairs"));
    let caption = format!("Pairs of classes ({})", wording::test_name(pairs.weight));
    let mut table = Table::with_columns(caption, vec!["Pair".to_owned(), "#p alone".to_owned(), holm]);
    let p = |it: Option<f64>| format::or_dash(it, format::p_value);
    for it in &pairs.pairs {
        let [first, second] = it.groups.map(|at| group.groups[at].class.as_str());
        table.push_texts(vec![format!("{first} – {second}"), p(it.p_value), p(it.p_holm)]);
    }
    table
}

/// A class, and the one that it is compared with: the first that has rows and no coefficient.
fn class_label(group: &GroupComparison, cox: &CoxModel, coefficient: &Coefficient) -> String {
    let has_one = |class: &str| cox.coefficients.iter().any(|it| it.name == class);
    match group.groups.iter().find(|it| it.n > 0 && !has_one(&it.class)) {
        Some(reference) => format!("{} vs {}", coefficient.name, reference.class),
        None => coefficient.name.clone(),
    }
}
