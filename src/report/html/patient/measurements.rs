//! What was measured of a patient.

use crate::protocol::{Aggregator, ComponentSpec, Measure, Protocol, Sign};
use crate::report::html::document::{Block, Cell, Section, Table};
use crate::report::patient::PatientReport;
use crate::report::{format, wording};
use crate::score::{ComponentProfile, Severity};

/// A column: its head, and what it says of a component.
type Column<'a> = (&'static str, Box<dyn Fn(&ComponentProfile, &ComponentSpec) -> Option<String> + 'a>);

/// One row for each component.
pub(super) fn measurements(report: &PatientReport, protocol: &Protocol) -> Section {
    let specs = protocol.specs();
    let has_intervals = report.components.iter().any(|it| it.value_lower.is_some());
    let columns = columns(protocol, &specs, has_intervals);
    let heads = [if is_density_alone(&specs) { "Marker and region" } else { "Component" }.to_owned()];
    let heads = heads.into_iter().chain(columns.iter().map(|it| it.0.to_owned())).chain(["Remarks".to_owned()]);
    let mut table = Table::with_columns(caption(&specs, has_intervals), heads.collect());
    for (profile, spec) in report.components.iter().zip(&specs) {
        let mut row = vec![Cell::Text(marker_and_region(profile))];
        let cell = |it: &Column<'_>| Cell::Text(format::or_dash(it.1(profile, spec), |it| it));
        row.extend(columns.iter().map(cell));
        row.push(Cell::Text(remarks(profile)));
        table.push(row);
    }
    let mut blocks = vec![Block::Table(table)];
    if report.components.iter().any(|it| it.flags.iter().any(|it| it.severity() == Severity::Fail)) {
        let note = if protocol.aggregator == Aggregator::MeanPercentile {
            "A measurement that is not used has no percentile."
        } else {
            "A measurement that is not used adds nothing."
        };
        blocks.push(Block::Note(note.to_owned()));
    }
    Section::new("measurements", "Measurements", blocks)
}

fn is_density_alone(specs: &[ComponentSpec]) -> bool {
    specs.iter().all(|it| it.measure == Measure::Density)
}

fn caption(specs: &[ComponentSpec], has_intervals: bool) -> String {
    let intervals = match has_intervals {
        false => "",
        true if is_density_alone(specs) => " Intervals are exact Poisson 95 % intervals of the count.",
        true => " Intervals are 95 % intervals by the counts: exact Poisson, of shares of cells Jeffreys’.",
    };
    let each = if is_density_alone(specs) { "marker and region" } else { "component" };
    format!("One row for each {each}.{intervals}")
}

/// The columns that the protocol has something to say in; with intervals, where any component has one.
fn columns<'a>(protocol: &'a Protocol, specs: &[ComponentSpec], has_intervals: bool) -> Vec<Column<'a>> {
    let mut columns: Vec<Column<'a>> = Vec::new();
    let any = |is: fn(Measure) -> bool| specs.iter().any(|it| is(it.measure));
    if any(Measure::is_counted) {
        columns.push(("#Cells", Box::new(|it, _| it.n_cells.map(format::cells))));
    }
    if any(Measure::is_ratio_of_cells) {
        columns
            .push(("#Of", Box::new(|it, spec| Some(format!("{} {}", format::cells(it.n_whole?), spec.of.as_ref()?)))));
    }
    if any(|it| matches!(it, Measure::Density | Measure::Percent)) {
        columns.push(("#Area (mm²)", Box::new(|it, _| it.area_mm2.map(format::area))));
    }
    if is_density_alone(specs) {
        columns.push(("#Cells/mm²", Box::new(|it, _| it.cells_per_mm2.map(format::density))));
    } else {
        columns.push(("#Measured", Box::new(|it, _| it.value.map(|value| wording::value(it.measure, value)))));
    }
    if has_intervals {
        columns.push(("#95 % interval", Box::new(|it, _| format::density_interval(it.value_lower, it.value_upper))));
    }
    if specs.iter().any(|it| protocol.ranks(it)) {
        columns.push(("#Percentile", Box::new(|it, _| it.percentile.map(|it| format::points(it.value())))));
    }
    let is_plain_mean =
        protocol.aggregator == Aggregator::MeanPercentile && specs.iter().all(|it| it.sign != Sign::Adverse);
    let is_itself = protocol.aggregator == Aggregator::WeightedSum && specs.len() == 1;
    if !is_plain_mean && !is_itself && protocol.aggregator != Aggregator::Log2Ratio {
        columns.push(("In the score", Box::new(|it, spec| wording::adds(it, spec, protocol))));
    }
    if protocol.aggregator.dichotomises() {
        columns.push(("#From the cut-off", Box::new(wording::distance_to_cutoff)));
    }
    columns
}

fn marker_and_region(profile: &ComponentProfile) -> String {
    let region = &profile.component.region;
    if region.description() == region.as_str() {
        profile.component.to_string()
    } else {
        format!("{}, {}", profile.component, region.description())
    }
}

fn remarks(profile: &ComponentProfile) -> String {
    let mut remarks: Vec<String> = profile.flags.iter().map(|it| it.description().to_owned()).collect();
    if profile.n_samples > 1 {
        remarks.push(format!("{} samples together", profile.n_samples));
    }
    remarks.join("; ")
}
