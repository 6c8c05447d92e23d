//! Values of density tables that cannot be.

use insta::assert_snapshot;

use super::{ONE_PATIENT, RUN, refusal_of, scoring};

/// The table of one patient with another text in place of one that stands in it once.
fn with(from: &str, to: &str) -> String {
    assert_eq!(ONE_PATIENT.matches(from).count(), 1, "{from} stands once");
    ONE_PATIENT.replace(from, to)
}

/// A table of densities without counts.
fn density(value: &str) -> String {
    format!("patient_id,region,marker,cells_per_mm2\np1,CT,CD3,180\np1,CT,CD8,{value}\n")
}

#[test]
fn text_in_a_column_of_numbers_is_named() {
    assert_snapshot!(refusal_of(density("many")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv', row 3, column 'cells_per_mm2': found 'many', expected a number or an empty cell
    ");
}

#[test]
fn a_column_has_one_decimal_sign() {
    let table = "patient_id;region;marker;cells_per_mm2\np1;CT;CD3;180,5\np1;CT;CD8;2.5\n";
    assert_snapshot!(refusal_of(table), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv', row 3, column 'cells_per_mm2': found '2.5', expected a number with a decimal comma like those before it, not a point
    ");
}

#[test]
fn a_density_that_is_not_a_number_is_refused() {
    assert_snapshot!(refusal_of(density("NaN")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv', row 3, column 'cells_per_mm2': found 'NaN', expected a number or an empty cell
    ");
}

#[test]
fn an_infinite_density_is_refused() {
    assert_snapshot!(refusal_of(density("Inf")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv', row 3, column 'cells_per_mm2': found 'Inf', expected a number or an empty cell
    ");
    assert_snapshot!(refusal_of(density("-1e999")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv', row 3, column 'cells_per_mm2': found '-1e999', expected a number or an empty cell
    ");
}

#[test]
fn a_negative_density_is_refused() {
    assert_snapshot!(refusal_of(density("-0.5")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv', row 3, column 'cells_per_mm2': found '-0.5', expected a density of 0 cells/mm² or more
    ");
}

#[test]
fn an_area_of_zero_is_refused() {
    assert_snapshot!(refusal_of(with("300,5", "300,0")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv', row 3, column 'area_mm2': found '0', expected an area greater than 0 mm², or an empty cell where nothing was measured
    ");
}

#[test]
fn a_negative_count_is_refused() {
    assert_snapshot!(refusal_of(with("300,5", "-300,5")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv', row 3, column 'n_cells': found '-300', expected a whole number from 0 to 1000000000
    ");
}

#[test]
fn a_fractional_count_is_refused() {
    assert_snapshot!(refusal_of(with("300,5", "300.5,5")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv', row 3, column 'n_cells': found '300.5', expected a whole number from 0 to 1000000000
    ");
}

#[test]
fn a_count_without_an_area_is_no_measurement() {
    assert_snapshot!(scoring(with("300,5", "300,")).run(&RUN), @"
    exit code 0
    --- stdout
    rows with a count and no area, which are no measurement of a density: 1
    read 1 patient, scored 0, rejected 1
    open out/cohort.html
    --- stderr
    ");
}

#[test]
fn a_density_that_contradicts_its_count_and_area_is_refused() {
    let table = "patient_id,region,marker,n_cells,area_mm2,cells_per_mm2\np1,CT,CD3,900,5,180\np1,CT,CD8,300,500,60\n";
    assert_snapshot!(refusal_of(table), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv', row 3, column 'cells_per_mm2': found '60', expected 0.6, which is n_cells over area_mm2; check the unit of the area
    ");
}

#[test]
fn a_component_of_a_sample_stands_once() {
    assert_snapshot!(refusal_of(format!("{ONE_PATIENT}p1,Tumour Centre,cd8+,310,5\n")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv', rows 3 and 6: CD8 CT of sample 'p1' stands twice; each may stand once
    ");
}

#[test]
fn a_patient_of_a_wide_table_stands_once() {
    assert_snapshot!(refusal_of("patient_id,CD3_CT\np1,10\np2,20\np1,30\n"), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv', rows 2 and 4: CD3 CT of sample 'p1' stands twice; each may stand once
    ");
}

#[test]
fn a_sample_is_of_one_patient() {
    let table = "patient_id,sample_id,region,marker,cells_per_mm2\np1,s1,CT,CD3,180\np2,s1,CT,CD8,60\n";
    assert_snapshot!(refusal_of(table), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv', row 3, column 'sample_id': found 's1', expected a sample of patient 'p2'; row 2 gives it to patient 'p1'
    ");
}

#[test]
fn an_unknown_word_is_kept_and_told_with_the_known_one_that_it_resembles() {
    assert_snapshot!(scoring(with("CT,CD8", "CT,CD88")).run(&RUN), @"
    exit code 0
    --- stdout
    'CD88' is no known marker or region, and is kept as it is; did you mean 'CD8'?
    not part of protocol 'consensus': CD88 CT
    read 1 patient, scored 0, rejected 1
    open out/cohort.html
    --- stderr
    ");
    assert_snapshot!(scoring(with("CT,CD8", "STROM,CD8")).run(&RUN), @"
    exit code 0
    --- stdout
    'STROM' is no known marker or region, and is kept as it is; did you mean 'STROMA'?
    not part of protocol 'consensus': CD8 STROM
    read 1 patient, scored 0, rejected 1
    open out/cohort.html
    --- stderr
    ");
}

#[test]
fn the_study_file_can_say_what_an_unknown_word_means() {
    let workplace = scoring(ONE_PATIENT.replace("IM", "Rand").replace("CD8", "killer T cells"));
    let words = "[densities.markers]\n\"killer T cells\" = \"CD8\"\n[densities.regions]\nrand = \"IM\"\n";
    workplace.write("study.toml", format!("{}{words}", super::SCORING));
    let (known, expected) = (workplace, scoring(ONE_PATIENT));
    known.finishes(&RUN);
    expected.finishes(&RUN);
    assert_eq!(known.read("out/scores.tsv"), expected.read("out/scores.tsv"));
}

#[test]
fn samples_without_counts_cannot_be_pooled_by_counts() {
    let table = "patient_id,sample_id,region,marker,cells_per_mm2\np1,s1,CT,CD3,180\np1,s2,CT,CD3,60\n";
    assert_snapshot!(refusal_of(table), @r#"
    exit code 1
    --- stdout
    --- stderr
    error: cannot score 'densities.csv' against 'reference.json': patient 'p1' has several samples of CD3 CT, and not all have n_cells and area_mm2; give both, or say how densities pool: [protocol] pooling = "mean", "max", "min" or "most_infiltrated_block"
    "#);
}
