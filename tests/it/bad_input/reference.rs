//! Frozen references that do not fit, and cohorts that cannot be their own reference.

use insta::assert_snapshot;

use super::{ONE_PATIENT, RUN, SCORING, refusal_after, scoring};
use crate::command::has_ending;

/// The study that scores a cohort against itself.
fn own_cohort() -> String {
    SCORING.replace("\"external\"\nfile = \"reference.json\"", "\"self\"")
}

#[test]
fn a_reference_of_another_protocol_is_refused() {
    let from = "\"protocol\": \"consensus\"";
    assert_snapshot!(refusal_after("reference.json", from, "\"protocol\": \"lunaphore\""), @"
    exit code 1
    --- stdout
    --- stderr
    error: cannot score 'densities.tsv' against 'reference.json': reference 'synthetic-training-cohort' was made for protocol 'lunaphore', the study uses 'consensus'; percentiles of one protocol mean nothing in another
    ");
}

#[test]
fn a_reference_without_a_component_is_refused() {
    let (from, to) =
        ("\"marker\": \"CD8\",\n      \"region\": \"IM\"", "\"marker\": \"CD8\",\n      \"region\": \"TLS\"");
    assert_snapshot!(refusal_after("reference.json", from, to), @"
    exit code 1
    --- stdout
    --- stderr
    error: cannot score 'densities.tsv' against 'reference.json': reference 'synthetic-training-cohort' has no values of CD8 IM (found: CD3 CT, CD3 IM, CD8 CT, CD8 TLS)
    ");
}

#[test]
fn a_reference_that_is_no_json_is_refused_with_its_line() {
    assert_snapshot!(refusal_after("reference.json", "\"n_patients\": 240,", "\"n_patients\": 240"), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'reference.json', line 7: expected ',' or '}'
    ");
}

#[test]
fn a_reference_with_an_unknown_key_is_refused_with_its_line() {
    assert_snapshot!(refusal_after("reference.json", "\"n_patients\"", "\"patients\""), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'reference.json', line 6: unknown field 'patients', expected one of 'schema_version', 'name', 'description', 'protocol', 'pooling', 'quality', 'specimen', 'tie_rule', 'n_patients', 'n_samples', 'built_from', 'components', 'contexture', 'rank_correlations', 'within_patient', 'provenance', 'sha256'; did you mean 'n_patients'?
    ");
}

#[test]
fn a_reference_value_that_is_no_density_is_refused() {
    assert_snapshot!(refusal_after("reference.json", "2.8797410219108572", "-2.8797410219108572"), @"
    exit code 1
    --- stdout
    --- stderr
    error: cannot score 'densities.tsv' against 'reference.json': reference 'synthetic-training-cohort', CD3 CT: density (cells/mm²) is -2.8797410219108572, expected a finite number, 0 or more
    ");
}

#[test]
fn one_patient_is_scored_against_a_frozen_reference_without_a_clinical_table() {
    let workplace = scoring(ONE_PATIENT);
    assert_snapshot!(workplace.finishes(&RUN), @"
    exit code 0
    --- stdout
    read 1 patient, scored 1, rejected 0
    open out/cohort.html
    --- stderr
    ");
    assert_eq!(workplace.contents("out/patients").keys().filter(|it| has_ending(it, "json")).count(), 1);
    assert!(!workplace.path("out/statistics.json").exists());
}

#[test]
fn one_patient_is_no_reference_for_itself() {
    let workplace = scoring(ONE_PATIENT);
    workplace.write("study.toml", own_cohort());
    assert_snapshot!(workplace.refuses(&RUN), @r#"
    exit code 1
    --- stdout
    --- stderr
    error: cannot score 'densities.csv': 1 patient of the cohort can make a reference, at least 20 are needed; use a frozen one: [reference] mode = "external", file = …
    "#);
}

/// A wide table of that many patients.
fn patients(n: usize) -> String {
    let header = "patient_id,CD3_CT,CD8_CT,CD3_IM,CD8_IM\n".to_owned();
    (0..n).fold(header, |table, it| table + &format!("p{it},{},{},{},{}\n", 10 * it, 3 * it, 20 * it, 9 * it))
}

#[test]
fn fewer_than_twenty_patients_are_no_reference() {
    let workplace = scoring(patients(19));
    workplace.write("study.toml", own_cohort());
    assert_snapshot!(workplace.refuses(&RUN), @r#"
    exit code 1
    --- stdout
    --- stderr
    error: cannot score 'densities.csv': 19 patients of the cohort can make a reference, at least 20 are needed; use a frozen one: [reference] mode = "external", file = …
    "#);

    workplace.write("densities.csv", patients(20));
    workplace.finishes(&RUN);
}
