//! What cannot be compared, with which message.

use super::{FIRST, SECOND, report_of, two_readers};
use crate::command::Workplace;

const COMPARE: [&str; 5] = ["compare", "first.csv", "second.csv", "-o", "out"];

/// What is said of two tables that are refused.
#[track_caller]
fn refusal_of(first: &str, second: &str) -> String {
    Workplace::with_files([("first.csv", first), ("second.csv", second)]).refuses(&COMPARE)
}

/// The bundled cohort, scored twice: by its own reference as `a`, and as `b` by a protocol with other cuts, of another name.
fn scored() -> Workplace {
    let workplace = Workplace::with_cohort();
    let own = include_str!("../../../src/protocol/presets/consensus.toml");
    let other = own.replace("name = \"consensus\"", "name = \"local\"").replace("70.0, 95.0]", "70.0, 90.0]");
    assert!(other.contains("local") && other.contains("90.0"));
    workplace.write("local.toml", other);
    workplace.write("training.tsv", include_str!("../../../testdata/cohort/training_densities.tsv"));
    let fit = ["reference", "fit", "training.tsv", "--protocol", "local.toml", "--name", "n", "--description", "d"];
    workplace.finishes(&[&fit[..], &["-o", "local.json"]].concat());
    workplace.finishes(&["score", "densities.tsv", "--reference", "reference.json", "-o", "a"]);
    let by_local = ["score", "densities.tsv", "--reference", "local.json", "--protocol", "local.toml", "-o", "b"];
    workplace.finishes(&by_local);
    workplace
}

#[test]
fn patients_of_two_cohorts_are_no_pairs() {
    let padded = SECOND.replace("\n1,", "\n01,").replace("\n2,", "\n02,");
    let only_padded = padded.lines().take(3).collect::<Vec<_>>().join("\n");
    let said = refusal_of(FIRST, &only_padded);
    assert!(
        said.contains(
            "cannot compare 'first.csv', 'second.csv': no patient in common: 'first' has 11 such as '1', '10', '11'"
        ),
        "{said}"
    );
    assert!(
        said.contains("'1' and '01' differ by case, leading zeros or separators alone: write them alike"),
        "{said}"
    );
    let said = refusal_of(FIRST, "patient_id,CD3_CT\nx,1\n");
    assert!(said.contains("is the column of patients the right one?"), "{said}");
}

#[test]
fn ids_written_in_two_ways_are_suspected_where_others_agree() {
    let workplace = two_readers();
    workplace.edit("second.csv", "\n8,", "\n008,");
    let said = workplace.finishes(&COMPARE);
    assert!(
        said.contains("note: 2 patients not compared resemble an id of another rater, such as '008' and '8'"),
        "{said}"
    );
    assert!(
        workplace.read("out/not_compared.tsv").contains("patient\t\t8\tfirst\tsecond\tnot among the patients\t008")
    );
}

#[test]
fn a_patient_stands_once_in_each_input() {
    let said = refusal_of(FIRST, &format!("{SECOND}3,1,1,1\n"));
    assert!(said.contains("'second.csv', rows 4 and 13: CD3 CT of sample '3' stands twice"), "{said}");
    let workplace = Workplace::with_files([("t.csv", "patient_id,CD3_CT,reader\np,1,a\np,2,a\np,1,b\n")]);
    let said = workplace.refuses(&["compare", "t.csv", "--by", "reader", "-o", "out"]);
    assert!(said.contains("'t.csv', rows 2 and 3: CD3 CT of sample 'p' stands twice"), "{said}");
    assert!(!said.contains("with --by"), "{said}");
    let said = workplace.refuses(&["compare", "t.csv", "t.csv", "-o", "out"]);
    assert!(
        said.contains(
            "if a column says who measured a row, give that table alone with --by <COL>: 't.csv', rows 2 and 3: CD3 CT of sample 'p'"
        ),
        "{said}"
    );
}

#[test]
fn markers_of_different_panels_or_units_are_no_pairs() {
    let said = refusal_of("patient_id,CD3_CT\np,1\n", "patient_id,CD8_CT\np,1\n");
    assert!(
        said.contains(
            "measured by two in the same unit: 'first' measured CD3 CT (density); 'second' measured CD8 CT (density)"
        ),
        "{said}"
    );
    let said = refusal_of("patient_id,CD3_CT\np,10\n", "patient_id,CD3_CT_percent\np,10\n");
    assert!(
        said.contains("in the same unit: 'first' measured CD3 CT (density); 'second' measured CD3 CT (percent)"),
        "{said}"
    );
    let workplace = Workplace::with_files([
        ("first.csv", "patient_id,CD3_CT,CD8_CT\np,10,1\nq,20,1\n"),
        ("second.csv", "patient_id,CD3_CT_percent,CD8_CT\np,10,1\nq,20,1\n"),
    ]);
    workplace.finishes(&COMPARE);
    let table = workplace.read("out/not_compared.tsv");
    assert!(table.contains("component\tCD3 CT\t\tfirst\tsecond\tmeasured as % in place of cells/mm²"), "{table}");
}

#[test]
fn one_patient_equal_values_and_zeros_are_answered_as_far_as_they_go() {
    let one = Workplace::with_files([("first.csv", FIRST), ("second.csv", "patient_id,CD3_CT\n4,900\n")]);
    let said = one.finishes(&COMPARE);
    assert!(
        said.contains("note: 'first' and 'second' have 1 patient in common; limits of agreement need 3 or more."),
        "{said}"
    );
    let table = |value: &str| {
        format!("patient_id,CD3_CT\n{}", (1..6).map(|it| format!("{it},{value}")).collect::<Vec<_>>().join("\n"))
    };
    let equal = Workplace::with_files([("first.csv", &table("7")), ("second.csv", &table("7"))]);
    equal.finishes(&COMPARE);
    let found = report_of(&equal, "out").measures[0].pairs[0].statistics;
    assert_eq!((found.intraclass, found.pearson, found.limits_ratio.unwrap().std_dev.to_bits()), (None, None, 0));
    let zeros = Workplace::with_files([("first.csv", &table("0")), ("second.csv", &table("0"))]);
    zeros.finishes(&COMPARE);
    let found = report_of(&zeros, "out").measures[0].pairs[0].statistics;
    assert_eq!((found.zeros.unwrap().n_both_zero, found.limits_ratio), (5, None));
    let page = zeros.read("out/agreement.html");
    assert!(page.contains("0 patients with 0 by first alone, 0 by second alone, 5 by both"), "{page}");
    assert!(!page.contains("NaN") && !zeros.path("out/figures").exists());
}

#[test]
fn a_column_of_readers_has_to_name_two() {
    for (rows, problem) in [
        ("p,1,a\nq,2,a\n", "'t.csv' names 'a' alone in column 'reader', expected two or more to compare"),
        ("p,1,\nq,2,\n", "names nobody in column 'reader'"),
        ("p,1,Anna\np,2,anna \n", "row 3, column 'reader': found 'anna', expected 'Anna' as in row 2"),
    ] {
        let workplace = Workplace::with_files([("t.csv", &format!("patient_id,CD3_CT,reader\n{rows}"))]);
        let said = workplace.refuses(&["compare", "t.csv", "--by", "reader", "-o", "out"]);
        assert!(said.contains(problem), "{said}");
    }
    let workplace = Workplace::with_files([("t.csv", "patient_id,CD3_CT,reader\np,1,a\n")]);
    let said = workplace.refuses(&["compare", "t.csv", "--by", "readr", "-o", "out"]);
    assert!(said.contains("has no column 'readr'") && said.contains("did you mean 'reader'?"), "{said}");
}

#[test]
fn scores_of_two_protocols_are_two_scores() {
    let workplace = scored();
    let said = workplace.refuses(&["compare", "a", "b", "-o", "out"]);
    assert!(
        said.contains("'a' and 'b' are scored by different protocols: 'consensus' and 'local'; score both by one"),
        "{said}"
    );
    let said = workplace.refuses(&["compare", "a", "densities.tsv", "-o", "out"]);
    assert!(
        said.contains("'a' is a scored cohort and 'densities' is not; give the table 'densities' of the first"),
        "{said}"
    );
    workplace.finishes(&["compare", "a/densities.tsv", "b/densities.tsv", "-o", "densities"]);
    assert_eq!(report_of(&workplace, "densities").raters[0].label, "a/densities");
    workplace.edit("b/score.json", "\"local\"", "\"consensus\"");
    let said = workplace.refuses(&["compare", "a", "b", "-o", "out"]);
    assert!(said.contains("both are called 'consensus', and their schemes of classes differ"), "{said}");
    let said = workplace.refuses(&["compare", "a", "densities", "-o", "out"]);
    assert!(said.contains("'densities' holds no 'score.json'; expected the output of 'contexture score'"), "{said}");
}

#[test]
fn scored_folders_that_were_changed_by_hand_are_refused() {
    let workplace = scored();
    let again = ["score", "densities.tsv", "--reference", "reference.json", "-o", "b", "--force"];
    workplace.finishes(&again);
    workplace.finishes(&["compare", "a", "b", "-o", "same"]);
    let report = report_of(&workplace, "same");
    assert_eq!((report.class_changes.len(), report.raters[0].n_scored, report.warnings.len()), (0, Some(284), 0));
    let without_score = report.not_compared.iter().filter(|it| it.measure.as_deref() == Some("score"));
    assert_eq!(without_score.clone().count(), 16, "whom nobody could score");
    assert!(without_score.clone().all(|it| it.present_in.is_empty() && it.reason.contains(':')), "with the reason");

    let table = workplace.read("b/scores.tsv");
    workplace.write("b/scores.tsv", table.replacen("\tIS2\t", "\tIS9\t", 1));
    let said = workplace.refuses(&["compare", "a", "b", "-o", "out"]);
    assert!(said.contains("found 'IS9', expected one of IS0, IS1, IS2, IS3, IS4"), "{said}");
    workplace.write("b/scores.tsv", format!("{table}{}\n", table.lines().last().unwrap()));
    let said = workplace.refuses(&["compare", "a", "b", "-o", "out"]);
    assert!(said.contains("stands twice in the scores of 'b'"), "{said}");
}

#[test]
fn scores_by_different_references_are_compared_with_a_warning() {
    let workplace = scored();
    let fit = ["reference", "fit", "densities.tsv", "--name", "n", "--description", "d", "-o", "other.json"];
    workplace.finishes(&fit);
    workplace.finishes(&["score", "densities.tsv", "--reference", "other.json", "-o", "other"]);
    let said = workplace.finishes(&["compare", "a", "other", "-o", "out"]);
    assert!(said.contains("refer to different references ('synthetic-training-cohort' and 'n')"), "{said}");
    workplace.edit("study.toml", "mode = \"external\"\nfile = \"reference.json\"", "mode = \"self\"");
    workplace.finishes(&["score", "study.toml", "-o", "own"]);
    let said = workplace.finishes(&["compare", "own", "own", "--label", "x", "--label", "y", "-o", "self"]);
    assert!(said.contains("A score by percentiles in the rater's own cohort hides"), "{said}");
    let fewer: Vec<String> = workplace.read("densities.tsv").lines().take(801).map(str::to_owned).collect();
    workplace.write("fewer.tsv", fewer.join("\n"));
    workplace.finishes(&["score", "study.toml", "--densities", "fewer.tsv", "-o", "fewer"]);
    let said = workplace.finishes(&["compare", "own", "fewer", "-o", "of_two"]);
    assert!(said.contains("different references (the cohort of 'own' and the cohort of 'fewer')"), "{said}");
    assert!(workplace.read("of_two/agreement.html").contains("ICC(1,1)"), "of two raters too");
}

#[test]
fn samples_that_cannot_be_pooled_are_refused_with_the_option_that_helps() {
    let rows = "patient_id,sample_id,region,marker,cells_per_mm2\np,1,CT,CD3,5\np,2,CT,CD3,7\n";
    let said = refusal_of(rows, rows);
    assert!(said.contains("patient 'p' has several samples of CD3 CT") && said.contains("--pooling mean"), "{said}");
}

#[test]
fn options_that_do_not_go_together_are_wrong_usage() {
    let workplace = two_readers();
    for (args, problem) in [
        (&["first.csv"][..], "compare needs two inputs or more, or one density table with --by <COL>"),
        (&["first.csv", "second.csv", "--by", "reader"], "--by is for one table"),
        (&["first.csv", "second.csv", "--label", "a"], "--label names 1 of 2 inputs"),
        (&["first.csv", "second.csv", "--strict"], "--strict needs --acceptable-ratio"),
        (&["first.csv", "--by", "reader", "--label", "a"], "cannot be used with"),
    ] {
        let said = workplace.run(&[&["compare", "-o", "out"], args].concat());
        assert!(said.starts_with("exit code 2") && said.contains(problem), "{said}");
    }
    let said = workplace.refuses(&["compare", "first.csv", "first.csv", "-o", "out"]);
    assert!(said.contains("two of those compared are called 'first'; give each a name of its own (--label)"), "{said}");
    let said = workplace.refuses(&["compare", "first.csv", "second.csv", "--acceptable-ratio", "0.8", "-o", "out"]);
    assert!(said.contains("acceptable ratio is 0.8, expected more than 1"), "{said}");
}
