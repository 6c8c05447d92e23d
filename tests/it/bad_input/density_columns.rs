//! Density tables that lack columns, or have one too many.

use insta::assert_snapshot;

use super::{ONE_PATIENT, RUN, refusal_of, scoring};

#[test]
fn a_missing_column_is_named_with_the_one_that_resembles_it() {
    assert_snapshot!(refusal_of(ONE_PATIENT.replace("region", "regoin")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv' has no column 'region' (found: patient_id, regoin, marker, n_cells, area_mm2); did you mean 'regoin'?
    ");
}

#[test]
fn a_missing_column_of_patients_is_named() {
    assert_snapshot!(refusal_of(ONE_PATIENT.replace("patient_id", "patient")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv' has no column 'patient_id' (found: patient, region, marker, n_cells, area_mm2); did you mean 'patient'?
    ");
}

#[test]
fn a_long_table_needs_counts_and_areas_or_densities() {
    assert_snapshot!(refusal_of(ONE_PATIENT.replace("area_mm2", "area")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv' has no column 'area_mm2' (found: patient_id, region, marker, n_cells, area); did you mean 'area'?
    ");
    assert_snapshot!(refusal_of(ONE_PATIENT.replace("n_cells", "count")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv' has no column 'cells_per_mm2' (found: patient_id, region, marker, count, area_mm2)
    ");
}

#[test]
fn a_column_stands_once() {
    assert_snapshot!(refusal_of(ONE_PATIENT.replace("area_mm2", "n_cells")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv' has two columns named 'n_cells'; each column needs a name of its own
    ");
}

#[test]
fn a_wide_table_has_one_column_a_component() {
    assert_snapshot!(refusal_of("patient_id,CD3_CT,cd3 core\np1,10,10\n"), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv' has two columns for CD3 CT: 'CD3_CT' and 'cd3 core'
    ");
}

#[test]
fn a_table_without_markers_is_no_density_table() {
    assert_snapshot!(refusal_of("patient_id,age,stage\np1,70,III\n"), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv' is no density table: expected the columns region and marker, or a column for each marker and region such as CD3_CT (found: patient_id, age, stage)
    ");
}

#[test]
fn a_column_of_row_numbers_without_a_name_is_passed_over() {
    let workplace = scoring(",patient_id,CD3_CT,CD8_CT,CD3_IM,CD8_IM\n0,p1,180,60,400,155\n1,p2,80,0,100,55\n");
    assert_snapshot!(workplace.finishes(&RUN), @"
    exit code 0
    --- stdout
    read 2 patients, scored 2, rejected 0
    open out/cohort.html
    --- stderr
    ");
}

#[test]
fn a_component_that_nobody_measured_rejects_everybody_and_says_so() {
    let workplace = scoring("patient_id,CD3_CT,CD8_CT,CD3_IM,CD8_XX\np1,180,60,400,155\n");
    assert_snapshot!(workplace.finishes(&RUN), @"
    exit code 0
    --- stdout
    columns that are no marker and region: CD8_XX
    read 1 patient, scored 0, rejected 1
    open out/cohort.html
    --- stderr
    ");
    assert_snapshot!(workplace.read("out/rejected.tsv"), @"
    patient_id	stage	reason	found	expected
    p1	score	component_missing	CD8 IM: no measurement	a density of every component
    ");
}

#[test]
fn a_column_of_another_unit_is_no_suggestion_but_a_conversion() {
    for (from, to, expected) in [
        ("area_mm2", "area_um2", "column 'area_um2' is in µm²: divide it by 1,000,000, and name it 'area_mm2'"),
        (
            "area_mm2",
            "area_px",
            "column 'area_px' is in pixels: multiply it by the width and the height of a pixel in µm",
        ),
        ("n_cells,area_mm2", "Cells/um2,tile", "column 'Cells/um2' is per µm²: multiply it by 1,000,000"),
        ("n_cells,area_mm2", "cells_per_0.25mm2,tile", "column 'cells_per_0.25mm2' is per 0.25 mm²: divide it by 0.25"),
    ] {
        let said = refusal_of(ONE_PATIENT.replace(from, to));
        assert!(said.contains(expected) && !said.contains("did you mean"), "{said}");
    }
}

#[test]
fn densities_of_one_patient_in_another_unit_are_remarked() {
    let table = "patient_id,CD3_CT,CD8_CT,CD3_IM,CD8_IM\np1,0.0004,0.0001,400,0\np2,400,60,400,155\n";
    let said = scoring(table).finishes(&RUN);
    let expected =
        "densities above 0 and below 0.02 cells/mm²: 2, the first 0.0004 of CD3 CT in patient 'p1'; are they per µm²?";
    assert!(said.contains(expected), "{said}");
    // One CD8+ cell on a whole section was measured.
    let said = scoring(ONE_PATIENT.replace("CD8,300,5", "CD8,1,90")).finishes(&RUN);
    assert!(!said.contains("are they per µm²"), "{said}");
}
