//! 327 annotation exports of QuPath 0.1 (Kather et al., eLife 2018;7:e36967), counted in one go: every row that the authors'
//! files hold comes back. The data are not part of the project; see `../shared/data/README.md`.

use std::collections::BTreeMap;

use super::{cell, rows};
use crate::command::Workplace;
use crate::results::shared_data;

/// Relative: the files give densities with 4 to 5 digits.
const ROUNDED: f64 = 1e-3;

const PATTERN: &str = "CL_{cohort}_ID_{patient}_AG_{marker}_code_*";

/// One row of what is expected.
struct Expected {
    patient: String,
    n_negative: String,
    n_positive: u64,
    pos_per_mm2: f64,
    area_um2: f64,
}

/// Rows by sample and region.
fn expected() -> Option<BTreeMap<(String, String), Expected>> {
    let text =
        std::fs::read_to_string(shared_data("kather")?.join("expected_densities.csv")).expect("expected densities");
    let rows = text.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let sample = cells[0].strip_suffix(".txt").expect("a name that ends in .txt").to_owned();
        let number = |at: usize| cells[at].parse::<f64>().expect("a number");
        let expected = Expected {
            patient: cells[2].to_owned(),
            n_negative: cells[5].to_owned(),
            n_positive: cells[6].parse().expect("a count"),
            pos_per_mm2: number(7),
            area_um2: number(8),
        };
        ((sample, cells[4].to_owned()), expected)
    });
    Some(rows.collect())
}

fn counted(options: &[&str]) -> Option<Workplace> {
    let folder = shared_data("kather")?.join("qupath").display().to_string();
    let workplace = Workplace::with_files([]);
    let mut args = vec!["count", &folder, "--name-pattern", PATTERN, "-o", "out"];
    args.extend(options);
    workplace.finishes(&args);
    Some(workplace)
}

#[test]
fn every_row_of_every_file_comes_back() {
    let (Some(expected), Some(workplace)) = (expected(), counted(&["--own-regions"])) else { return };
    let rows = rows(&workplace, "out/densities.tsv");
    let of_regions: Vec<_> = rows.iter().filter(|row| cell(row, "region") != "Total").collect();
    let positive: Vec<_> =
        of_regions.iter().filter(|row| !["Total", "Negative"].contains(&cell(row, "marker"))).collect();
    assert_eq!(positive.len(), expected.len(), "one marker a slide");
    for row in positive {
        let key = (cell(row, "sample_id").to_owned(), cell(row, "region").to_owned());
        let it = &expected[&key];
        assert_eq!(cell(row, "patient_id"), it.patient, "{key:?}");
        assert_eq!(cell(row, "n_cells").parse::<u64>().unwrap(), it.n_positive, "{key:?}");
        let area: f64 = cell(row, "area_mm2").parse().unwrap();
        assert!((area * 1e6 - it.area_um2).abs() < 1e-6, "{key:?}: {area} mm², {} µm²", it.area_um2);
        let density: f64 = cell(row, "cells_per_mm2").parse().unwrap();
        assert!((density - it.pos_per_mm2).abs() <= ROUNDED * it.pos_per_mm2, "{key:?}: {density}, {}", it.pos_per_mm2);
    }
    for row in of_regions.iter().filter(|row| cell(row, "marker") == "Negative") {
        let key = (cell(row, "sample_id").to_owned(), cell(row, "region").to_owned());
        assert_eq!(cell(row, "n_cells"), expected[&key].n_negative, "{key:?}");
    }
}

#[test]
fn both_halves_of_the_margin_are_one_region() {
    let (Some(expected), Some(workplace)) = (expected(), counted(&[])) else { return };
    let rows = rows(&workplace, "out/densities.tsv");
    let mut n_compared = 0;
    for row in
        rows.iter().filter(|row| cell(row, "region") == "IM" && !["Total", "Negative"].contains(&cell(row, "marker")))
    {
        let half = |region: &str| &expected[&(cell(row, "sample_id").to_owned(), region.to_owned())];
        let (inner, outer) = (half("MARG_500_IN"), half("MARG_500_OUT"));
        let n_cells = inner.n_positive + outer.n_positive;
        let density = n_cells as f64 / (inner.area_um2 + outer.area_um2) * 1e6;
        assert_eq!(cell(row, "n_cells").parse::<u64>().unwrap(), n_cells);
        let found: f64 = cell(row, "cells_per_mm2").parse().unwrap();
        assert!((found - density).abs() <= 1e-12 * density, "{found}, {density}");
        n_compared += 1;
    }
    assert_eq!(n_compared, 327);
}
