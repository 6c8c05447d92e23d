//! Study files that say something unknown, or contradict themselves.

use insta::assert_snapshot;

use super::{RUN, refusal_after};
use crate::command::Workplace;

#[test]
fn a_typo_is_named_with_its_line_and_the_key_it_resembles() {
    assert_snapshot!(refusal_after("study.toml", "clinical = ", "clinicla = "), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'study.toml', line 7: unknown field 'clinicla', expected 'densities' or 'clinical'; did you mean 'clinical'?
    ");
}

#[test]
fn a_key_that_others_use_finds_ours() {
    let said = refusal_after("study.toml", "unit = \"days\"", "time_unit = \"days\"");
    assert!(said.contains("line 20: unknown field 'time_unit'") && said.ends_with("did you mean 'unit'?\n"), "{said}");
}

#[test]
fn a_missing_key_is_named() {
    assert_snapshot!(refusal_after("study.toml", "unit = \"days\"\n", ""), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'study.toml', line 16: missing field 'unit'
    ");
}

#[test]
fn an_unknown_value_is_named_with_the_known_ones() {
    assert_snapshot!(refusal_after("study.toml", "\"parquet\"", "\"xlsx\""), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'study.toml', line 38: unknown variant 'xlsx', expected 'tsv' or 'parquet'
    ");
    assert_snapshot!(refusal_after("study.toml", "\"external\"", "\"extern\""), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'study.toml', line 13: unknown variant 'extern', expected one of 'external', 'training', 'leave_one_centre_out', 'self', 'none'; did you mean 'external'?
    ");
}

#[test]
fn a_value_of_another_type_is_named_with_its_line() {
    assert_snapshot!(refusal_after("study.toml", "seed = 20180521", "seed = \"20180521\""), @r#"
    exit code 1
    --- stdout
    --- stderr
    error: 'study.toml', line 3: invalid type: string "20180521", expected a whole number
    "#);
    assert_snapshot!(refusal_after("study.toml", "strata = [\"centre\"]", "strata = \"centre\""), @r#"
    exit code 1
    --- stdout
    --- stderr
    error: 'study.toml', line 35: invalid type: string "centre", expected a list
    "#);
}

#[test]
fn text_that_is_no_toml_is_refused_with_its_line() {
    assert_snapshot!(refusal_after("study.toml", "[inputs]", "[inputs"), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'study.toml', line 5: unclosed table, expected ']'
    ");
}

#[test]
fn an_unknown_preset_is_named_with_the_known_ones() {
    assert_snapshot!(refusal_after("study.toml", "\"consensus\"", "\"concensus\""), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'study.toml', line 10: unknown protocol preset 'concensus', expected one that 'contexture protocol list' names; did you mean 'consensus'?
    ");
}

#[test]
fn an_external_reference_needs_a_file() {
    assert_snapshot!(refusal_after("study.toml", "file = \"reference.json\"\n", ""), @r#"
    exit code 1
    --- stdout
    --- stderr
    error: 'study.toml', line 13: [reference] mode = "external" needs file = "…", a frozen reference
    "#);
}

#[test]
fn a_reference_on_the_command_line_is_not_passed_over() {
    let workplace = Workplace::with_cohort();
    workplace.edit("study.toml", "mode = \"external\"\nfile = \"reference.json\"", "mode = \"self\"");
    let args = ["score", "study.toml", "--reference", "reference.json", "-o", "out"];
    assert_snapshot!(workplace.refuses(&args), @r#"
    exit code 1
    --- stdout
    --- stderr
    error: 'study.toml', line 13: --reference is given, which only [reference] mode = "external" reads
    "#);
}

#[test]
fn a_value_cannot_mean_event_and_censored() {
    assert_snapshot!(refusal_after("study.toml", "value = 1, censored = 0", "value = [0, 1], censored = 0"), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'study.toml', line 21: endpoint 'os': 0 is both the event and censored; it can be one
    ");
}

#[test]
fn a_study_of_a_later_version_is_refused() {
    assert_snapshot!(refusal_after("study.toml", "schema_version = 1", "schema_version = 2"), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'study.toml', line 1: schema_version is 2, this version of contexture reads 1
    ");
}

#[test]
fn an_unknown_endpoint_of_a_model_is_named() {
    assert_snapshot!(refusal_after("study.toml", "covariates =", "endpoints = [\"oss\"]\ncovariates ="), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'study.toml', line 33: model 'clinical' names endpoint 'oss', which the study does not have; did you mean 'os'?
    ");
}

#[test]
fn a_protocol_file_that_contradicts_itself_is_named() {
    let workplace = Workplace::with_cohort();
    workplace.write("mine.toml", include_str!("../../../src/protocol/presets/consensus.toml"));
    workplace.edit("mine.toml", "primary_scheme = \"three_class\"", "primary_scheme = \"four_class\"");
    workplace.edit("study.toml", "preset = \"consensus\"", "file = \"mine.toml\"");
    assert_snapshot!(workplace.refuses(&RUN), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'mine.toml', line 12: protocol 'consensus': primary_scheme 'four_class' is none of the schemes (five_class, three_class, two_class); did you mean 'two_class'?
    ");
}
