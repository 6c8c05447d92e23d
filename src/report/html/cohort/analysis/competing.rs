//! Competing risks: how many have each event, and what changes it.

use crate::report::format::{self, ABSENT, or_dash};
use crate::report::html::document::{Block, Cell, Table};
use crate::report::palette;
use crate::stratify::patients::{AnalysisStatistics, CompetingGroups, CompetingModel, CompetingRisks};
use crate::survival::competing_risks::aalen_johansen::StateOccupancy;

/// Cumulative incidence, Gray's tests, and models of Fine and Gray.
pub(super) fn competing_risks(analysis: &AnalysisStatistics, risks: &CompetingRisks) -> Vec<Block> {
    let n_events = &risks.overall.n_events;
    let counts = risks.causes.iter().zip(n_events).map(|(cause, n)| format!("{cause}: {}", format::events(*n)));
    let mut blocks = vec![
        Block::Heading("Competing risks".to_owned()),
        Block::Paragraph(format!("{}.", counts.collect::<Vec<_>>().join("; "))),
    ];
    if !risks.overall_at.is_empty() {
        let mut table = incidence("Share with each event, all rows", analysis, risks, None);
        for at in &risks.overall_at {
            table.push(row(Cell::Text(time(analysis, at.time)), at));
        }
        blocks.push(Block::Table(table));
    }
    blocks.extend(risks.groups.iter().flat_map(|it| of_column(analysis, risks, it)));
    blocks.extend(risks.models.iter().filter_map(fine_gray).map(Block::Table));
    blocks
}

fn time(analysis: &AnalysisStatistics, time: f64) -> String {
    format!("{} {}", format::time(time, analysis.time_unit), analysis.time_unit.name())
}

fn incidence(caption: &str, analysis: &AnalysisStatistics, risks: &CompetingRisks, at: Option<f64>) -> Table {
    let first = if at.is_some() { "Class" } else { "By" };
    let caption = at.map_or_else(|| caption.to_owned(), |it| format!("{caption} by {}", time(analysis, it)));
    let causes = risks.causes.iter().map(|it| format!("#{it} (95 % CI)"));
    Table::with_columns(caption, std::iter::once(first.to_owned()).chain(causes).collect())
}

fn row(first: Cell, at: &StateOccupancy) -> Vec<Cell> {
    let share = at.incidence.iter();
    let share = share.map(|it| Cell::Text(format::percent_with_interval(Some(it.estimate), it.lower, it.upper)));
    std::iter::once(first).chain(share).collect()
}

fn of_column(analysis: &AnalysisStatistics, risks: &CompetingRisks, group: &CompetingGroups) -> Vec<Block> {
    let mut blocks = Vec::new();
    let longest = group.incidence_at.iter().max_by_key(|it| it.len());
    if let Some(last) = longest.and_then(|it| it.last()) {
        let caption = format!("Share with each event in the classes of {}", group.column);
        let mut table = incidence(&caption, analysis, risks, Some(last.time));
        for (at, class) in group.classes.iter().enumerate() {
            let name = Cell::Class { name: class.clone(), color: palette::class(at, group.classes.len()) };
            let found = group.incidence_at[at].iter().find(|it| it.time.total_cmp(&last.time).is_eq());
            let absent = || std::iter::repeat_n(Cell::text(ABSENT), risks.causes.len());
            table.push(match found {
                Some(found) => row(name, found),
                None => std::iter::once(name).chain(absent()).collect(),
            });
        }
        blocks.push(Block::Table(table));
    }
    let tests = group.gray.iter().filter_map(|it| {
        Some((format!("{} by {} (Gray’s test)", it.cause, group.column), format::test(it.test.as_ref()?)))
    });
    let tests: Vec<(String, String)> = tests.collect();
    if !tests.is_empty() {
        blocks.push(Block::Facts(tests));
    }
    blocks
}

fn fine_gray(model: &CompetingModel) -> Option<Table> {
    let found = model.fine_gray.as_ref()?;
    let caption = format!("Fine and Gray’s model of {} ({})", model.name, found.cause);
    let mut table = Table::new(caption, ["Variable", "#Subdistribution HR (95 % CI)", "#p"]);
    for it in &found.coefficients {
        let name = if it.name == it.term { it.term.clone() } else { format!("{}: {}", it.term, it.name) };
        let ratio = it.hazard_ratio.map(|ratio| format::ratio_with_interval(ratio, it.lower, it.upper));
        let p = or_dash(it.p_value, format::p_value);
        table.push_texts(vec![name, or_dash(ratio, |it| it), p]);
    }
    Some(table)
}
