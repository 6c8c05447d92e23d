//! Output folders that hold something, and input folders that hold nothing of use.

use std::fs;

use insta::assert_snapshot;

use super::{ONE_PATIENT, RUN, scoring};
use crate::command::Workplace;

/// The whole way, again.
const AGAIN: [&str; 5] = ["run", "study.toml", "-o", "out", "--force"];

/// The bundled cohort, scored and stratified.
fn stratified() -> Workplace {
    let workplace = Workplace::with_cohort();
    workplace.finishes(&["score", "study.toml", "-o", "scored"]);
    workplace.finishes(&["stratify", "study.toml", "--scored", "scored", "-o", "stratified"]);
    workplace
}

#[test]
fn a_folder_that_holds_results_is_not_written_to() {
    let workplace = scoring(ONE_PATIENT);
    workplace.finishes(&RUN);
    assert_snapshot!(workplace.refuses(&RUN), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'out' is not empty; choose another folder, or say --force to replace the results in it
    ");
}

#[test]
fn a_folder_that_holds_anything_is_not_written_to() {
    let workplace = scoring(ONE_PATIENT);
    workplace.write("out/notes.txt", "mine");
    assert_snapshot!(workplace.refuses(&RUN), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'out' is not empty; choose another folder, or say --force to replace the results in it
    ");
}

#[test]
fn a_file_is_no_output_folder() {
    let workplace = scoring(ONE_PATIENT);
    workplace.write("out", "mine");
    assert_snapshot!(workplace.refuses(&RUN), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'out' is a file, expected a folder for the results; choose another name
    ");
}

#[test]
fn folders_on_the_way_to_the_output_are_made_only_for_results() {
    let workplace = scoring("");
    workplace.refuses(&["run", "study.toml", "-o", "deep/deeper/out"]);
    workplace.write("densities.csv", ONE_PATIENT);
    workplace.finishes(&["run", "study.toml", "-o", "deep/deeper/out"]);
    assert!(workplace.path("deep/deeper/out/scores.tsv").exists());
}

#[test]
fn force_replaces_earlier_results_and_leaves_other_files_alone() {
    let workplace = scoring(ONE_PATIENT);
    workplace.finishes(&RUN);
    workplace.write("out/notes.txt", "mine");
    workplace.write("out/patients/notes.txt", "mine too");
    workplace.write("densities.csv", ONE_PATIENT.replace("p1", "P2"));
    workplace.finishes(&AGAIN);

    let found = workplace.contents("out");
    let patients: Vec<&str> = found.keys().filter_map(|it| it.strip_prefix("patients/")).collect();
    assert_eq!(patients, ["", "P2.html", "P2.json", "notes.txt"], "the pages of the first run are gone");
    assert_eq!(
        (workplace.read("out/notes.txt"), workplace.read("out/patients/notes.txt")),
        ("mine".into(), "mine too".into())
    );
}

#[test]
fn force_does_not_overwrite_a_file_that_no_run_wrote() {
    let workplace = scoring(ONE_PATIENT);
    workplace.write("out/scores.tsv", "mine");
    assert_snapshot!(workplace.refuses(&AGAIN), @"
    exit code 1
    --- stdout
    read 1 patient, scored 1, rejected 0
    --- stderr
    error: '[folder]/out/scores.tsv' is in the way, and no earlier run wrote it; move it, or choose another folder
    ");
}

#[test]
fn a_failed_run_leaves_the_results_of_the_earlier_one() {
    let workplace = scoring(ONE_PATIENT);
    workplace.finishes(&RUN);
    workplace.write("densities.csv", "");
    workplace.refuses(&AGAIN);
}

#[test]
fn scores_of_another_study_file_are_refused() {
    let workplace = stratified();
    workplace.edit("study.toml", "seed = 20180521", "seed = 1");
    assert_snapshot!(workplace.refuses(&["stratify", "study.toml", "--scored", "scored", "-o", "out"]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'study.toml' is not the study file that the output of 'contexture score' was made with; run 'contexture score' with it first
    ");
    assert_snapshot!(workplace.refuses(&["report", "study.toml", "--scored", "scored", "-o", "out"]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'study.toml' is not the study file that the output of 'contexture score' was made with; run 'contexture score' with it first
    ");
}

#[test]
fn statistics_of_another_study_file_are_refused() {
    let workplace = stratified();
    workplace.edit("study.toml", "Synthetic colon", "Another");
    workplace.finishes(&["score", "study.toml", "-o", "scored", "--force"]);
    let args = ["report", "study.toml", "--scored", "scored", "--stratified", "stratified", "-o", "out"];
    assert_snapshot!(workplace.refuses(&args), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'study.toml' is not the study file that the output of 'contexture stratify' was made with; run 'contexture stratify' with it first
    ");
}

#[test]
fn statistics_of_other_scores_are_refused() {
    let workplace = stratified();
    // The first row of the table is CD3 in the core of patient 0001.
    workplace.edit("densities.tsv", "CD3\t2019\t", "CD3\t9019\t");
    workplace.finishes(&["score", "study.toml", "-o", "scored", "--force"]);
    let args = ["report", "study.toml", "--scored", "scored", "--stratified", "stratified", "-o", "out"];
    assert_snapshot!(workplace.refuses(&args), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'stratified' holds statistics of other scores than those in 'scored'; run 'contexture stratify' with these first
    ");
}

#[test]
fn a_folder_that_is_not_there_holds_no_scores() {
    let workplace = Workplace::with_cohort();
    assert_snapshot!(workplace.refuses(&["stratify", "study.toml", "--scored", "scored", "-o", "out"]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'scored' is no folder; expected the output of 'contexture score'
    ");
}

#[test]
fn a_folder_without_scores_is_refused() {
    let workplace = Workplace::with_cohort();
    fs::create_dir(workplace.path("scored")).unwrap();
    assert_snapshot!(workplace.refuses(&["stratify", "study.toml", "--scored", "scored", "-o", "out"]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'scored' holds no 'score.json'; expected the output of 'contexture score'
    ");
}

#[test]
fn a_folder_without_statistics_is_refused() {
    let workplace = Workplace::with_cohort();
    workplace.finishes(&["score", "study.toml", "-o", "scored"]);
    let args = ["report", "study.toml", "--scored", "scored", "--stratified", "scored", "-o", "out"];
    assert_snapshot!(workplace.refuses(&args), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'scored' holds no 'statistics.json'; expected the output of 'contexture stratify'
    ");
    let args = ["report", "study.toml", "--scored", "scored", "--stratified", "nowhere", "-o", "out"];
    assert_snapshot!(workplace.refuses(&args), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'nowhere' is no folder; expected the output of 'contexture stratify'
    ");
}

#[test]
fn scores_that_were_edited_by_hand_are_refused_where_they_make_no_sense() {
    let workplace = Workplace::with_cohort();
    workplace.finishes(&["score", "study.toml", "-o", "scored"]);
    workplace.edit("scored/scores.tsv", "Intermediate", "Medium");
    assert_snapshot!(workplace.refuses(&["stratify", "study.toml", "--scored", "scored", "-o", "out"]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'scored/scores.tsv', row 2, column 'three_class': found 'Medium', expected one of Low, Intermediate, High
    ");
}

#[test]
fn a_study_without_endpoints_has_nothing_to_stratify() {
    let workplace = scoring(ONE_PATIENT);
    workplace.finishes(&["score", "study.toml", "-o", "scored"]);
    assert_snapshot!(workplace.refuses(&["stratify", "study.toml", "--scored", "scored", "-o", "out"]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'study.toml' has neither [[endpoints]] nor [[analyses]], so there is nothing to stratify
    ");
}
