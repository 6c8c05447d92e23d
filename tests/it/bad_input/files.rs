//! Files that are not there, or are no tables.

use std::fs;

use insta::assert_snapshot;

use super::{ONE_PATIENT, RUN, refusal_of, scoring};
use crate::command::Workplace;

#[test]
fn a_missing_study_file_is_named_once() {
    let workplace = Workplace::with_files([]);
    assert_snapshot!(workplace.refuses(&RUN), @"
    exit code 1
    --- stdout
    --- stderr
    error: cannot read 'study.toml': No such file or directory (os error 2)
    ");
}

#[test]
fn a_missing_density_table_is_named_once() {
    let workplace = scoring("");
    fs::remove_file(workplace.path("densities.csv")).unwrap();
    assert_snapshot!(workplace.refuses(&RUN), @"
    exit code 1
    --- stdout
    --- stderr
    error: cannot read 'densities.csv': No such file or directory (os error 2)
    ");
}

#[test]
fn a_missing_clinical_table_is_named_once() {
    let workplace = Workplace::with_cohort();
    fs::remove_file(workplace.path("clinical.tsv")).unwrap();
    assert_snapshot!(workplace.refuses(&RUN), @"
    exit code 1
    --- stdout
    --- stderr
    error: cannot read 'clinical.tsv': No such file or directory (os error 2)
    ");
}

#[test]
fn a_missing_reference_is_named_once() {
    let workplace = scoring(ONE_PATIENT);
    fs::remove_file(workplace.path("reference.json")).unwrap();
    assert_snapshot!(workplace.refuses(&RUN), @"
    exit code 1
    --- stdout
    --- stderr
    error: cannot read 'reference.json': No such file or directory (os error 2)
    ");
}

#[test]
fn a_folder_is_no_table() {
    let workplace = scoring("");
    fs::remove_file(workplace.path("densities.csv")).unwrap();
    fs::create_dir(workplace.path("densities.csv")).unwrap();
    assert_snapshot!(workplace.refuses(&RUN), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv' is a folder, expected a table: CSV, TSV or Parquet
    ");
}

#[test]
fn an_empty_file_is_no_table() {
    assert_snapshot!(refusal_of(""), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv' is empty, expected a header line and rows
    ");
}

#[test]
fn a_header_without_rows_is_no_table() {
    assert_snapshot!(refusal_of("patient_id,region,marker,cells_per_mm2\n"), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv' has a header and no rows
    ");
}

#[test]
fn a_row_of_another_length_is_named() {
    assert_snapshot!(refusal_of(format!("{ONE_PATIENT}p2,CT,CD3,900\n")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv' has 4 fields in row 6, expected 5 as in the header
    ");
}

#[test]
fn text_that_is_not_utf8_is_read_as_windows_1252() {
    let mut bytes = ONE_PATIENT.as_bytes().to_vec();
    bytes.extend_from_slice(b"M\xfcller,CT,CD3,900,5\n");
    let workplace = scoring(bytes);
    workplace.finishes(&RUN);
    assert!(workplace.read("out/densities.tsv").contains("Müller\t"));
}

#[test]
fn a_gzip_file_that_was_cut_off_is_refused() {
    assert_snapshot!(refusal_of(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"), @"
    exit code 1
    --- stdout
    --- stderr
    error: cannot read 'densities.csv': the file is cut off: incomplete deflate stream
    ");
}

#[test]
fn a_parquet_file_that_was_cut_off_is_refused() {
    assert_snapshot!(refusal_of(b"PAR1\x15\x04\x15\x10"), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv' is a damaged Parquet file: Parquet error: Invalid Parquet file. Corrupt footer
    ");
}

#[test]
fn an_identifier_with_a_tab_is_refused_for_no_tab_separated_table_could_hold_it() {
    assert_snapshot!(refusal_of(ONE_PATIENT.replacen("p1,", "\"p\t1\",", 1)), @r"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv', row 2, column 'patient_id': found 'p\t1', expected an identifier without tabs and line ends
    ");
}

#[test]
fn an_empty_identifier_is_refused() {
    assert_snapshot!(refusal_of(ONE_PATIENT.replacen("p1,", ",", 1)), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv', row 2, column 'patient_id': found '', expected an identifier
    ");
}

/// The table of `ONE_PATIENT` as Parquet, with columns of dates, decimals and half floats beside it.
const PARQUET: &[u8] = include_bytes!("one_patient.parquet");

#[test]
fn parquet_columns_of_other_types_are_passed_over() {
    let (parquet, text) = (scoring(PARQUET), scoring(ONE_PATIENT));
    parquet.finishes(&RUN);
    text.finishes(&RUN);
    assert_eq!(parquet.read("out/scores.tsv"), text.read("out/scores.tsv"));
}

#[test]
fn a_parquet_column_of_another_type_is_named_when_it_is_asked_for() {
    let workplace = scoring(PARQUET);
    workplace.write("study.toml", format!("{}[densities]\npatient_id = \"scanned_on\"\n", super::SCORING));
    assert_snapshot!(workplace.refuses(&RUN), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv' column 'scanned_on' is of type Date32; save it as text, true and false, or numbers of 32 or 64 bits
    ");
}

#[test]
fn init_passes_over_parquet_columns_of_other_types() {
    let workplace = scoring(PARQUET);
    workplace.finishes(&["init", "--densities", "densities.csv", "--clinical", "densities.csv", "-o", "mine.toml"]);
    assert!(!workplace.read("mine.toml").contains("scanned_on"));
}

#[test]
fn an_empty_text_in_parquet_is_as_absent_as_an_empty_cell() {
    let workplace = scoring(PARQUET);
    workplace.write("study.toml", format!("{}[densities]\npatient_id = \"remark\"\n", super::SCORING));
    assert_snapshot!(workplace.refuses(&RUN), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv', row 3, column 'remark': found '', expected an identifier
    ");
}
