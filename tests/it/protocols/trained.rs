use std::fmt::Write as _;

use contexture::protocol::{EventValues, Protocol, TrainingSplit};
use serde_json::Value;

use super::commands::said;
use super::first;
use crate::command::Workplace;

/// The first 80 of 120 patients are the training split; more than 100 cells/mm² of CD3 in the core protect.
pub(super) fn cohort() -> (String, String) {
    let mut densities = "patient_id,region,marker,cells_per_mm2\n".to_owned();
    let mut clinical = "patient_id,split,os_days,os_event\n".to_owned();
    for at in 0..120_u32 {
        let high = at % 2 == 0;
        for (place, name) in ["CT,CD3", "IM,CD3", "CT,CD8", "IM,CD8"].into_iter().enumerate() {
            let value = if place == 0 && high { 101 + at } else { 20 + (at * 13 + 7) % 80 };
            let _ = writeln!(densities, "p{at:03},{name},{value}");
        }
        let (days, event) = if high { (1000 + at, u8::from(at % 6 == 0)) } else { (100 + at, 1) };
        let split = if at < 80 { "training" } else { "test" };
        let _ = writeln!(clinical, "p{at:03},{split},{days},{event}");
    }
    (densities, clinical)
}

fn workplace() -> Workplace {
    let (densities, clinical) = cohort();
    Workplace::with_files([("densities.csv", &densities), ("clinical.csv", &clinical), ("study.toml", STUDY)])
}

const STUDY: &str = r#"schema_version = 1
title = "t"
[inputs]
densities = "densities.csv"
clinical = "clinical.csv"
[protocol]
file = "trained.toml"
[reference]
mode = "none"
[[endpoints]]
name = "os"
time = "os_days"
unit = "days"
event = { column = "os_event", value = 1, censored = 0 }
[[analyses]]
name = "by_score"
time = "os_days"
unit = "days"
status = { column = "os_event", event = 1 }
[[analyses.models]]
name = "score"
covariates = ["score"]
"#;

const TRAIN: [&str; 14] = [
    "protocol",
    "train",
    "i0-i4",
    "densities.csv",
    "clinical.csv",
    "--time",
    "os_days",
    "--event",
    "os_event=1",
    "--unit",
    "days",
    "--permutations",
    "199",
    "-o",
];

/// Learns cut-offs in a split, or in everybody; returns what is said.
#[track_caller]
fn train(workplace: &Workplace, output: &str, split: Option<&str>) -> String {
    let split = split.map(|it| vec!["--split", it]).unwrap_or_default();
    said(workplace, &[TRAIN.as_slice(), &[output], &split].concat())
}

/// Patients of the endpoint, and of the model of the analysis.
fn analysed(workplace: &Workplace, folder: &str) -> [u64; 2] {
    let all: Value = serde_json::from_str(&workplace.read(&format!("{folder}/statistics.json"))).expect("JSON");
    ["/endpoints/0/n", "/analyses/0/models/0/n"].map(|it| all.pointer(it).and_then(Value::as_u64).expect("a number"))
}

#[test]
fn cut_offs_are_trained_and_frozen_with_what_they_were_learned_from() {
    let workplace = workplace();
    let found = train(&workplace, "trained.toml", Some("split=training"));
    assert!(found.contains("CD3 CT: above 92 cells/mm² is high (corrected p 0.0050, n 80, events 54)"), "{found}");
    let trained: Protocol = toml::from_str(&workplace.read("trained.toml")).expect("a protocol");
    let provenance = trained.specs()[0].trained.clone().expect("where it comes from");
    assert_eq!((provenance.seed, provenance.n_searched), (1, 4));
    let split = TrainingSplit { column: "split".to_owned(), values: EventValues::Text("training".to_owned()) };
    assert_eq!(provenance.source.split, Some(split));
    let refused = workplace.refuses(&[TRAIN.as_slice(), &["trained.toml"]].concat());
    assert!(refused.contains("cannot write 'trained.toml'"), "it is not replaced: {refused}");
    train(&workplace, "again.toml", Some("split=training"));
    assert_eq!(workplace.read("trained.toml"), workplace.read("again.toml"), "same input, same bytes");
}

#[test]
fn learned_cut_offs_are_tested_in_the_other_patients_of_their_table() {
    let workplace = workplace();
    train(&workplace, "trained.toml", Some("split=training"));
    let found = said(&workplace, &["run", "study.toml", "-o", "out"]);
    let remark = "The cut-offs were learned by os_days in 80 patients (split = training) of the clinical table that was scored with. 80 \
                  patients of this split with a score are left out of the survival statistics.";
    assert!(found.contains(remark), "{found}");
    assert_eq!(analysed(&workplace, "out"), [40, 40], "p080 to p119");
    assert_eq!(first(&workplace, "scores", "score_unit"), "components");
    let learned_from: Vec<_> =
        workplace.rows("out/scores.tsv").into_iter().filter(|it| it["in_cutoff_training"] == "true").collect();
    assert_eq!((learned_from.len(), learned_from[79]["patient_id"].as_str()), (80, "p079"));
    let excluded = workplace.rows("out/excluded.tsv");
    assert_eq!(excluded.len(), 80);
    assert!(excluded.iter().all(|it| it["reason"] == "cutoff_training" && it["patient_id"].as_str() < "p080"));

    let page = workplace.read("out/cohort.html");
    assert!(page.contains(remark) && !page.contains("look too good"));
    assert!(page.contains("training split, which the cut-offs were learned from"), "in the flow of patients");
    let patient = |id: &str| workplace.read(&format!("out/patients/{id}.html"));
    let is_said = "This patient is one of those that the cut-offs were learned from.";
    assert!(patient("p079").contains(is_said) && !patient("p080").contains(is_said));
    for page in [&page, &patient("p000")] {
        assert!(!page.to_lowercase().contains("percentile"), "there is none");
    }
    assert!(page.contains("Score (components, 0–4)"));
}

#[test]
fn a_copy_of_the_clinical_table_has_the_same_patients_and_a_changed_one_may_have_others() {
    let workplace = workplace();
    train(&workplace, "trained.toml", Some("split=training"));
    let chain = |table: &str| {
        let [scored, stratified] = ["scored", "stratified"].map(|it| format!("{it}_{table}"));
        said(&workplace, &["score", "study.toml", "--clinical", table, "-o", &scored]);
        said(&workplace, &["stratify", "study.toml", "--scored", &scored, "--clinical", table, "-o", &stratified]);
        analysed(&workplace, &stratified)
    };
    workplace.write("copy.csv", workplace.read("clinical.csv"));
    assert_eq!(chain("copy.csv"), [40, 40]);
    workplace.write("longer.csv", workplace.read("clinical.csv") + "p120,test,5,1\n");
    assert_eq!(chain("longer.csv"), [120, 120]);

    workplace.write("clinical.csv", workplace.read("longer.csv"));
    said(&workplace, &["run", "study.toml", "-o", "out"]);
    let remark = "The cut-offs were learned by os_days in 80 patients (split = training) of another clinical table, but of the \
                  same densities: statistics that take in these patients look too good.";
    assert!(workplace.read("out/cohort.html").contains(remark));
}

/// Scores of another table do not mark those whom the cut-offs were learned from.
#[test]
fn the_clinical_table_of_the_training_is_not_brought_in_after_the_scores() {
    let workplace = workplace();
    train(&workplace, "trained.toml", Some("split=training"));
    workplace.write("longer.csv", workplace.read("clinical.csv") + "p120,test,5,1\n");
    said(&workplace, &["score", "study.toml", "--clinical", "longer.csv", "-o", "scored"]);
    let stratify = ["stratify", "study.toml", "--scored", "scored", "-o", "stratified"];
    let refused = workplace.refuses(&stratify);
    let expected = "is the clinical table that the cut-offs were learned in, and the scores were made with another";
    assert!(refused.contains("clinical.csv") && refused.contains(expected), "{refused}");
    said(&workplace, &["score", "study.toml", "-o", "again"]);
    said(&workplace, &["stratify", "study.toml", "--scored", "again", "--clinical", "longer.csv", "-o", "of_longer"]);
    assert_eq!(analysed(&workplace, "of_longer"), [40, 40], "the scores say whom");
}

#[test]
fn a_split_of_everybody_is_none_and_so_is_one_of_nobody() {
    let workplace = workplace();
    let split = ["--split", "split=training,test"];
    let refused = workplace.refuses(&[TRAIN.as_slice(), &["t.toml"], &split].concat());
    assert!(refused.contains("in every row, so nobody is left to test the cut-offs in"), "{refused}");
    let refused = workplace.refuses(&[TRAIN.as_slice(), &["t.toml"], &["--split", "split=nobody,none"]].concat());
    let expected = "'clinical.csv' has no patient with 'nobody' or 'none' in column 'split' (found: test, training)";
    assert!(refused.contains(expected), "{refused}");
}

#[test]
fn the_table_is_the_same_where_none_that_was_learned_from_is_scored() {
    let workplace = workplace();
    train(&workplace, "trained.toml", Some("split=training"));
    let (densities, _) = cohort();
    let of_test = densities.lines().filter(|it| *it >= "p080");
    workplace.write("densities.csv", of_test.collect::<Vec<_>>().join("\n"));
    let found = said(&workplace, &["run", "study.toml", "-o", "out"]);
    let remark = "The cut-offs were learned by os_days in 80 patients (split = training) of the clinical table that was scored with; none of \
                  them has a score here.";
    assert!(found.contains(remark), "{found}");
    let page = workplace.read("out/cohort.html");
    assert!(page.contains(remark) && !page.contains("look too good"));
    assert_eq!(analysed(&workplace, "out"), [40, 40]);
}

/// Whether some components learned from a table of others, without a split, says nothing of the patients of this one.
#[test]
fn what_was_learned_elsewhere_leaves_the_split_of_this_table_left_out() {
    let workplace = workplace();
    train(&workplace, "trained.toml", Some("split=training"));
    let mut mixed: Protocol = toml::from_str(&workplace.read("trained.toml")).expect("a protocol");
    let elsewhere = mixed.listed[0].trained.as_mut().expect("it was learned");
    (elsewhere.n, elsewhere.source.split) = (90, None);
    elsewhere.source.clinical_sha256 = "0".repeat(64);
    elsewhere.source.densities_sha256 = "0".repeat(64);
    let names: Vec<String> = mixed.components().iter().map(ToString::to_string).collect();
    workplace.write("trained.toml", toml::to_string(&mixed).expect("TOML"));
    let found = said(&workplace, &["run", "study.toml", "-o", "out"]);
    assert_eq!(analysed(&workplace, "out"), [40, 40]);
    let of_others = format!(
        "The cut-off of {} was learned by os_days in 90 patients of another clinical table: statistics that take in these \
         patients look too good.",
        names[0]
    );
    let of_these = format!(
        "The cut-offs of {} were learned by os_days in 80 patients (split = training) of the clinical table that was scored with. 80 patients of \
         this split with a score are left out of the survival statistics.",
        names[1..].join(", ")
    );
    let page = workplace.read("out/cohort.html");
    for sentence in [&of_others, &of_these] {
        assert!(found.contains(sentence.as_str()) && page.contains(sentence.as_str()), "{sentence}: {found}");
    }
}

#[test]
fn cut_offs_learned_in_everybody_leave_nobody_for_a_test() {
    let workplace = workplace();
    train(&workplace, "trained.toml", None);
    said(&workplace, &["run", "study.toml", "-o", "out"]);
    assert_eq!(analysed(&workplace, "out"), [120, 120], "they are not refused");
    let warning = "The cut-offs were learned by os_days in 120 patients of the clinical table that was scored with, which was not split: no \
                   patient is left for an honest test, and the survival statistics look too good.";
    assert!(workplace.read("out/cohort.html").contains(warning));
    assert_eq!(first(&workplace, "scores", "in_cutoff_training"), "true");
}

#[test]
fn without_a_way_to_cut_nothing_is_trained() {
    let workplace = workplace();
    let args = [TRAIN.as_slice(), &["t.toml"]].concat();
    let args: Vec<&str> = args.into_iter().map(|it| if it == "i0-i4" { "consensus" } else { it }).collect();
    let refused = workplace.refuses(&args);
    assert!(refused.contains("no cut-offs to learn"), "{refused}");
}
