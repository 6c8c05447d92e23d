//! `contexture count` and `inspect` on real exports and on awkward ones.

/// Real cohorts of cells, against counts made in another way.
mod cohorts;
/// Real exports of each program.
mod exports;
/// Parts of a cohort, gathered.
mod gathered;
/// What `inspect` shows.
mod inspected;
/// Annotation exports of 327 slides.
mod kather;
/// Columns that are empty in the rows that a file is recognised by.
mod late;
/// Cores of tissue microarrays.
mod microarrays;
/// Which phenotypes a cell has.
mod phenotypes;
/// What is refused or rejected.
mod refused;
/// Which region a cell lies in, and its area.
mod regions;
/// The bundled slides.
mod slides;
/// One table in every way that it may be stored.
mod stored;

use crate::command::Workplace;

/// A row of a table: column and cell.
type Row = Vec<(String, String)>;

/// The rows of a table that was written.
fn rows(workplace: &Workplace, name: &str) -> Vec<Row> {
    let text = workplace.read(name);
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<String>>());
    let header = lines.next().expect("a header");
    lines.map(|cells| header.iter().cloned().zip(cells).collect()).collect()
}

/// The cell of a row.
fn cell<'a>(row: &'a Row, column: &str) -> &'a str {
    row.iter().find(|(name, _)| name == column).map_or_else(|| panic!("no column {column}"), |(_, cell)| cell)
}

/// Counts a file or folder with these options, and returns the densities.
fn densities(workplace: &Workplace, files: &[&str]) -> Vec<Row> {
    let mut args = vec!["count", "-o", "out", "--force"];
    args.extend(files);
    workplace.finishes(&args);
    rows(workplace, "out/densities.tsv")
}

/// Count, area and density of a row, as text.
fn values<'a>(rows: &'a [Row], region: &str, marker: &str) -> [&'a str; 3] {
    let is_it = |row: &&Row| cell(row, "region") == region && cell(row, "marker") == marker;
    let row = rows.iter().find(is_it).unwrap_or_else(|| panic!("no row {region} {marker}"));
    ["n_cells", "area_mm2", "cells_per_mm2"].map(|column| cell(row, column))
}

/// Count, area and density of a row of a sample, as text; absent if there is no such row.
fn of_sample<'a>(rows: &'a [Row], sample: &str, region: &str, marker: &str) -> Option<[&'a str; 3]> {
    let is_it =
        |row: &&Row| cell(row, "sample_id") == sample && cell(row, "region") == region && cell(row, "marker") == marker;
    let row = rows.iter().find(is_it)?;
    Some(["n_cells", "area_mm2", "cells_per_mm2"].map(|column| cell(row, column)))
}
