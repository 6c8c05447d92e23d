//! Cut-points that were searched: never with a p-value, or a hazard ratio, that the search has made too good.

use super::lacking;
use crate::report::format::{self, or_dash};
use crate::report::html::document::{Block, Table};
use crate::stratify::patients::CutpointStatistics;
use crate::survival::cutpoint::Search;
use crate::survival::cutpoint::markers::MarkerOutcome;

/// Columns with one cut, and with two.
pub(super) fn cutpoints(found: &CutpointStatistics) -> Vec<Block> {
    let mut blocks = vec![
        Block::Heading("Cut-points searched over the outcomes".to_owned()),
        Block::Paragraph(format!(
            "{}, {}{}.",
            super::rows(found.n),
            format::events(found.n_events),
            lacking(found.n_incomplete, "one of the columns")
        )),
    ];
    let table = one_cut(found);
    if !table.rows.is_empty() {
        blocks.push(Block::Table(table));
        let seed = found.columns.iter().find_map(|it| match &it.outcome {
            MarkerOutcome::Searched { search, .. } => Some(search.settings.seed),
            MarkerOutcome::Rejected { .. } => None,
        });
        let split = seed.map(|it| format!(", split by seed {it}")).unwrap_or_default();
        blocks.push(Block::Note(format!(
            "Low is up to the cut, high above it; cuts are rounded here. p-values are corrected by permutations of the whole search. The hazard ratio \
             of high against low is that in patients without part in the choice of the cut (cross-validated{split}). A column \
             as a number needs no cut."
        )));
    }
    let table = two_cuts(found);
    if !table.rows.is_empty() {
        blocks.push(Block::Table(table));
    }
    let rejected = found.columns.iter().filter_map(|it| match &it.outcome {
        MarkerOutcome::Rejected { reason } => Some(format!("{}: {reason}", it.name)),
        MarkerOutcome::Searched { .. } => None,
    });
    let rejected_twice = found.two_cuts.iter().filter_map(|it| Some(format!("{}: {}", it.column, it.reason.as_ref()?)));
    let rejected: Vec<String> = rejected.chain(rejected_twice).collect();
    if !rejected.is_empty() {
        blocks.push(Block::List(rejected));
    }
    blocks
}

fn one_cut(found: &CutpointStatistics) -> Table {
    let columns = [
        "Column",
        "#Cut (95 % by bootstrap)",
        "#Low",
        "#High",
        "#p for the search",
        "#p for all columns",
        "#HR of high, cross-validated (95 % CI)",
        "#HR per standard deviation (95 % CI)",
        "#p without a cut",
    ];
    let mut table = Table::new("One cut a column", columns);
    for column in &found.columns {
        let MarkerOutcome::Searched { search, among_markers, .. } = &column.outcome else { continue };
        let [per_deviation, p_without_cut] = without_cut(search);
        let validated = &search.effect.cross_validated;
        let validated =
            validated.hazard_ratio.map(|it| format::ratio_with_interval(it, validated.lower, validated.upper));
        table.push_texts(vec![
            column.name.clone(),
            cut(search),
            format::count(search.n_low),
            format::count(search.n_high),
            format::p_value(search.permutation.p_value),
            format::p_value(among_markers.p_value),
            or_dash(validated, |it| it),
            per_deviation,
            p_without_cut,
        ]);
    }
    table
}

fn cut(search: &Search) -> String {
    match (search.interval.lower, search.interval.upper) {
        (Some(lower), Some(upper)) => {
            format!("{} ({})", format::measured(search.cut), format::between(lower, upper, format::measured))
        }
        _ => format::measured(search.cut),
    }
}

fn without_cut(search: &Search) -> [String; 2] {
    let effect = search.continuous.per_standard_deviation.as_ref();
    let ratio = effect.map(|it| format::ratio_with_interval(it.hazard_ratio, Some(it.lower), Some(it.upper)));
    [or_dash(ratio, |it| it), or_dash(search.continuous.p_value, format::p_value)]
}

fn two_cuts(found: &CutpointStatistics) -> Table {
    let columns = ["Column", "#Low up to", "#High above", "#Low", "#Between", "#High", "#p for the search"];
    let mut table = Table::new("Two cuts a column", columns);
    for column in &found.two_cuts {
        let Some(search) = &column.search else { continue };
        let mut row =
            vec![column.column.clone(), format::measured(search.lower_cut), format::measured(search.upper_cut)];
        row.extend(search.n_in_group.map(format::count));
        row.push(format::p_value(search.permutation.p_value));
        table.push_texts(row);
    }
    table
}
