//! The page of a comparison of batches with a reference.

use askama::Template as _;

use super::document::{Block, Cell, Section, SectionPage, Table};
use super::patient::Tile;
use super::{NOT_THE_COMMERCIAL_TEST, RESEARCH_USE_ONLY, VERSION, reference_table, tie_rule};
use crate::report::figures::Figure;
use crate::report::format::or_dash;
use crate::report::{format, palette};
use crate::score::bands::bands;
use crate::score::drift::{BatchDrift, ComponentDrift, DriftReport, Verdict};
use crate::score::reference::ReferenceSummary;

/// The page of a comparison, with the control charts where there are any.
pub fn render(report: &DriftReport, charts: Option<&Figure>) -> String {
    let mut sections = vec![verdicts(report)];
    sections.extend(charts.map(|it| Section::new("charts", "Control charts", vec![Block::Figure(it.clone())])));
    sections.extend(report.batches.iter().enumerate().map(|(at, it)| batch(at, it, &report.reference)));
    sections.push(methods(report));
    let title = format!("Drift from {}", report.reference.name);
    let page = SectionPage {
        version: VERSION,
        about: "batches beside a reference",
        parent: None,
        title: &title,
        subtitle: &report.reference.description,
        research_use_only: RESEARCH_USE_ONLY,
        disclaimer: NOT_THE_COMMERCIAL_TEST,
        warnings: report.reference.warnings.clone(),
        tiles: tiles(report),
        sections: &sections,
    };
    page.render().expect("a template that compiles writes to a string")
}

fn color(verdict: Verdict) -> String {
    match verdict {
        Verdict::NoDriftSeen => palette::class(1, 2),
        Verdict::Look => palette::MUTED.to_owned(),
        Verdict::DoNotScore => palette::class(0, 2),
    }
}

fn verdict_cell(verdict: Verdict) -> Cell {
    Cell::Class { name: verdict.description().to_owned(), color: color(verdict) }
}

fn tiles(report: &DriftReport) -> Vec<Tile> {
    let of = |verdict: Verdict| {
        let n = report.batches.iter().filter(|it| it.verdict == verdict).count();
        Tile { number: format::count(n), text: format!("batches: {}", verdict.description()), color: color(verdict) }
    };
    [Verdict::NoDriftSeen, Verdict::Look, Verdict::DoNotScore].map(of).to_vec()
}

fn verdicts(report: &DriftReport) -> Section {
    let mut table = Table::new("One row a batch, in their order", ["Batch", "Verdict", "#Patients"]);
    for it in &report.batches {
        table.push(vec![Cell::text(&it.batch), verdict_cell(it.verdict), Cell::Text(format::count(it.n_patients))]);
    }
    let mut blocks = vec![Block::Table(table)];
    // Not in a column of the table, which on a narrow screen would lie outside.
    for it in report.batches.iter().filter(|it| !it.reasons.is_empty()) {
        let heading = format!("Batch {}: {}", it.batch, it.verdict.description());
        blocks.extend([Block::Heading(heading), Block::List(it.reasons.clone())]);
    }
    if report.n_without_batch > 0 {
        blocks.push(Block::Note(format!(
            "Left out, for they are of no batch: {}.",
            format::patients(report.n_without_batch)
        )));
    }
    blocks.extend([Block::Heading("The rules".to_owned()), Block::List(report.rules.clone())]);
    Section::new("verdict", "Verdict", blocks)
}

/// The unit of the medians of a batch.
fn unit(reference: &ReferenceSummary) -> &'static str {
    let mut units = reference.components.iter().map(|it| it.measure.unit());
    let first = units.next().unwrap_or_default();
    if units.all(|it| it == first) { first } else { "the unit of each measure" }
}

fn batch(at: usize, it: &BatchDrift, reference: &ReferenceSummary) -> Section {
    let of_whom = if reference.n_samples.is_some() { "samples" } else { "patients" };
    let blocks =
        vec![Block::Table(tests(it)), Block::Table(shifts(it, unit(reference))), Block::Table(shares(it, of_whom))];
    Section::new(format!("batch-{}", at + 1), format!("Batch {}", it.batch), blocks)
}

fn tests(batch: &BatchDrift) -> Table {
    let columns = [
        "Component",
        "#n",
        "Verdict",
        "#Stability index",
        "#By chance",
        "#D (K–S)",
        "#p, Holm",
        "#A² (A–D)",
        "#p, Holm",
    ];
    let caption = "Distributions; p-values are corrected by Holm for the components of the batch";
    let mut table = Table::new(caption, columns);
    for it in &batch.components {
        let index = it.stability_index.as_ref();
        let text = Cell::Text;
        table.push(vec![
            Cell::Text(it.component.to_string()),
            text(format::count(it.n)),
            verdict_cell(it.verdict),
            text(or_dash(index, |it| format!("{:.2}", it.index))),
            text(or_dash(index, |it| format!("{:.2}", it.expected_without_shift))),
            text(or_dash(it.kolmogorov_smirnov, |it| format!("{:.2}", it.distance))),
            text(or_dash(it.kolmogorov_smirnov_holm_p_value, format::p_value)),
            text(or_dash(it.anderson_darling, |it| format!("{:.2}", it.statistic))),
            text(or_dash(it.anderson_darling_holm_p_value, format::p_value)),
        ]);
    }
    table
}

fn shifts(batch: &BatchDrift, unit: &str) -> Table {
    let columns = [
        "Component",
        "#Median, reference",
        "#Median, batch",
        "#Median moved",
        "#Values moved (95 %)",
        "#Smallest visible",
    ];
    let caption = format!(
        "Shift of values: medians in {unit}; the shift of all values by Hodges and Lehmann; and the shift upwards that a batch of \
         this size shows in 4 of 5 cases"
    );
    let mut table = Table::with_columns(caption, columns.map(str::to_owned).to_vec());
    let signed = |it: f64| format::difference(it, 0);
    let percent = |it: f64| format!("{}\u{202f}%", signed(it));
    for it in &batch.components {
        let shift = it.location_shift;
        table.push_texts(vec![
            it.component.to_string(),
            or_dash(shift, |it| format::density(it.reference_median)),
            or_dash(shift, |it| format::density(it.batch_median)),
            or_dash(shift.and_then(|it| it.median_shift_percent), percent),
            or_dash(shift.and_then(|it| it.hodges_lehmann_shift_percent), |it| {
                format!("{} ({} to {})", percent(it.estimate), signed(it.lower), signed(it.upper))
            }),
            or_dash(it.smallest_visible_shift_percent, percent),
        ]);
    }
    table
}

fn shares(batch: &BatchDrift, of_whom: &str) -> Table {
    let header = bands(&[]);
    let mut columns = vec!["Component".to_owned()];
    columns.extend(header.iter().map(|it| format!("#{}–{}", format::limit(it.lower), format::limit(it.upper))));
    columns.extend(["#Below all".to_owned(), "#Above all".to_owned()]);
    let caption = format!("Share of {of_whom} in bands of percentiles of the reference");
    let mut table = Table::with_columns(caption, columns);
    let mut row = vec!["Expected".to_owned()];
    row.extend(header.iter().map(|it| format::percent(it.expected)));
    row.extend([String::new(), String::new()]);
    table.push_texts(row);
    for it in &batch.components {
        table.push_texts(share_row(it));
    }
    table
}

fn share_row(it: &ComponentDrift) -> Vec<String> {
    let mut row = vec![it.component.to_string()];
    row.extend(it.bands.iter().map(|it| or_dash(it.observed, format::percent)));
    row.extend([format::count(it.n_below), format::count(it.n_above)]);
    row
}

fn methods(report: &DriftReport) -> Section {
    let mut inputs = Table::new("Files read", ["Role", "File", "SHA-256"]);
    for it in &report.inputs {
        inputs.push_texts(vec![it.role.clone(), it.name.clone(), it.sha256.clone()]);
    }
    let mut facts = vec![
        ("Protocol".to_owned(), report.protocol.clone()),
        ("Reference".to_owned(), report.reference.name.clone()),
        ("Patients".to_owned(), format::patients_with_samples(report.reference.n_patients, report.reference.n_samples)),
        ("Ties".to_owned(), tie_rule(report.reference.tie_rule).to_owned()),
    ];
    facts.extend(report.reference.sha256.iter().map(|it| ("Checksum".to_owned(), it.clone())));
    let points = [
        "Population stability index: bins at the deciles of the reference; beside it, the index to expect by chance of a batch of \
         this size.",
        "Kolmogorov–Smirnov: exact in small samples, with ties, as R’s ks.test. Anderson–Darling: Scholz and Stephens 1987, with \
         midranks.",
        "Control charts: Levey and Jennings 1950, rules of Westgard 1981; limits from the patients of the reference, so they are \
         narrower than limits from batches that were in control.",
        "Percentiles of patients like those of the reference are spread evenly. This holds for each component, not for the score: \
         a mean of percentiles is no percentile.",
    ];
    let blocks = vec![
        Block::Facts(facts),
        Block::Table(reference_table(&report.reference)),
        Block::List(points.map(str::to_owned).to_vec()),
        Block::Table(inputs),
    ];
    Section::new("methods", "Methods", blocks)
}
