//! The bundled slides, in the formats of several programs, against the cells as they were drawn (`make_slides.py`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{cell, rows};
use crate::command::{Workplace, assert_same};

/// Relative: areas are drawn in another order than they are summed.
const TOLERANCE: f64 = 1e-9;

fn slides() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/slides")
}

fn count(workplace: &Workplace, samplesheet: &str, out: &str) {
    let samplesheet = slides().join(samplesheet).display().to_string();
    workplace.finishes(&["count", "--samplesheet", &samplesheet, "-o", out]);
}

#[test]
fn counts_and_areas_are_those_that_were_drawn() {
    let workplace = Workplace::with_files([]);
    count(&workplace, "samples.csv", "out");
    workplace
        .write("expected.tsv", std::fs::read(slides().join("expected_densities.tsv")).expect("expected densities"));
    let key = |row: &super::Row| ["patient_id", "sample_id", "region", "marker"].map(|it| cell(row, it).to_owned());
    let found = rows(&workplace, "out/densities.tsv");
    let found: BTreeMap<_, _> = found.iter().map(|row| (key(row), row)).collect();
    let expected = rows(&workplace, "expected.tsv");
    assert!(expected.len() >= 20, "{}", expected.len());
    for row in &expected {
        let it = found.get(&key(row)).unwrap_or_else(|| panic!("no row {:?}", key(row)));
        assert_eq!(cell(it, "n_cells"), cell(row, "n_cells"), "{:?}", key(row));
        for column in ["area_mm2", "cells_per_mm2"] {
            let [found, expected] = [it, row].map(|it| cell(it, column).parse::<f64>().expect("a number"));
            assert!((found - expected).abs() <= TOLERANCE * expected, "{:?} {column}: {found}, {expected}", key(row));
        }
    }
    assert!(rows(&workplace, "out/rejected.tsv").is_empty());
}

#[test]
fn slide_by_slide_and_gathered_is_the_whole() {
    let workplace = Workplace::with_files([]);
    count(&workplace, "samples_with_a_broken_one.csv", "whole");
    let sheet = std::fs::read_to_string(slides().join("samples_with_a_broken_one.csv")).expect("a samplesheet");
    let mut lines = sheet.lines();
    let header = lines.next().expect("a header");
    let mut args = vec!["count".to_owned()];
    for (at, line) in lines.enumerate() {
        // A samplesheet of one row, beside the slides, where its paths lead.
        let folder = tempfile::tempdir_in(workplace.path("")).expect("a folder");
        for file in std::fs::read_dir(slides()).expect("the slides") {
            let file = file.expect("a file").path();
            if file.is_file() {
                std::fs::copy(&file, folder.path().join(file.file_name().expect("a name"))).expect("a copy");
            }
        }
        let one = folder.path().join("one.csv");
        std::fs::write(&one, format!("{header}\n{line}\n")).expect("a samplesheet of one row");
        let out = format!("part{at}");
        workplace.finishes(&["count", "--samplesheet", &one.display().to_string(), "-o", &out]);
        args.push(format!("{out}/tally.json"));
    }
    args.extend(["-o".to_owned(), "gathered".to_owned()]);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    workplace.finishes(&args);
    assert_same(&workplace.contents("whole"), &workplace.contents("gathered"));
    let rejected = rows(&workplace, "whole/rejected.tsv");
    assert_eq!(rejected.iter().map(|row| cell(row, "reason")).collect::<Vec<_>>(), ["unreadable"]);
}
