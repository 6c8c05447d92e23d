use std::collections::BTreeMap;

use super::{STUDY, densities};
use crate::command::Workplace;

const FIT: [&str; 11] = [
    "reference",
    "fit",
    "densities.tsv",
    "--name",
    "ours",
    "--description",
    "d",
    "--specimen",
    "whole_slide",
    "--force",
    "-o",
];

/// The samples before therapy, and a study that scores them in themselves.
fn workplace() -> Workplace {
    let before = |line: &&str| !line.contains("\tsurgery\t");
    let study = STUDY.split("[contexture.paired]").next().expect("a study");
    let workplace = Workplace::with_files([("study.toml", study)]);
    workplace.write("densities.tsv", densities().lines().filter(before).collect::<Vec<_>>().join("\n"));
    workplace
}

fn fit(workplace: &Workplace, file: &str, more: &[&str]) -> String {
    workplace.finishes(&[&FIT[..], &[file], more].concat())
}

/// The percentile of each marker and region of a patient, or why there is none.
fn percentiles(workplace: &Workplace, folder: &str, patient: &str) -> BTreeMap<String, String> {
    let rows = workplace.rows(&format!("{folder}/contexture_markers.tsv"));
    let of_patient = rows.iter().filter(|it| it["patient_id"] == patient);
    of_patient
        .map(|it| {
            (format!("{} {}", it["marker"], it["region"]), format!("{}{}", it["percentile"], it["no_percentile"]))
        })
        .collect()
}

/// Scores one patient alone against a frozen file.
fn score_alone(workplace: &Workplace, patient: &str, reference: &str) {
    let table = workplace.read("densities.tsv");
    let of_patient = |line: &&str| line.starts_with("patient_id") || line.starts_with(patient);
    workplace.write("one.tsv", table.lines().filter(of_patient).collect::<Vec<_>>().join("\n"));
    let study = workplace.read("study.toml").replace("densities.tsv", "one.tsv");
    let study = study.replace("mode = \"self\"", &format!("mode = \"external\"\nfile = \"{reference}\""));
    workplace.write("one.toml", study);
    workplace.finishes(&["run", "one.toml", "-o", "one", "--force"]);
}

#[test]
fn one_patient_has_the_percentiles_of_the_whole_cohort() {
    let workplace = workplace();
    workplace.finishes(&["run", "study.toml", "-o", "all"]);
    fit(&workplace, "with.json", &["--contexture"]);
    fit(&workplace, "without.json", &[]);
    for patient in ["P00", "P09"] {
        let expected = percentiles(&workplace, "all", patient);
        assert_eq!(expected.len(), 18, "nine markers in two regions");
        score_alone(&workplace, patient, "with.json");
        assert_eq!(percentiles(&workplace, "one", patient), expected);
        score_alone(&workplace, patient, "without.json");
        let without = percentiles(&workplace, "one", patient);
        assert_eq!((&without["CD3 CT"], without["FOXP3 CT"].as_str()), (&expected["CD3 CT"], "not_in_reference"));
    }
    let shown = workplace.finishes(&["reference", "show", "with.json"]);
    assert!(shown.contains("beside the score, for the contexture: density, in cells/mm², at percentiles"), "{shown}");
    assert!(shown.contains("FOXP3 IM"), "{shown}");
}

#[test]
fn quantiles_hide_the_markers_beside_the_score_too() {
    let workplace = workplace();
    let said = fit(&workplace, "q.json", &["--contexture", "--quantiles", "7"]);
    // 37 patients have the score; of them some lack CD20.
    assert!(said.contains("Too few patients have CD20 CT, CD20 IM: the file does not hold it."), "{said}");
    let file = workplace.read("q.json");
    assert!(file.contains("\"FOXP3\"") && !file.contains("\"CD20\"") && !file.contains("\"values\""));
}

#[test]
fn a_union_holds_the_markers_that_both_hold() {
    let workplace = workplace();
    fit(&workplace, "one.json", &["--contexture"]);
    let table = workplace.read("densities.tsv").replace("\nP", "\nQ").replace("\tP", "\tQ");
    let without_cd20: Vec<String> = table
        .lines()
        .filter(|it| !it.contains("\tCD20\t"))
        .map(|it| it.replace("\tCT\tFOXP3\t", "\tCT\tFOXP3\t1"))
        .collect();
    workplace.write("densities.tsv", without_cd20.join("\n").replace("\tCD3\t", "\tCD3\t1"));
    fit(&workplace, "two.json", &["--contexture"]);
    workplace.finishes(&["reference", "merge", "one.json", "two.json", "-o", "both.json"]);
    let output = workplace.command(&["reference", "show", "both.json", "--json"]).output().expect("contexture starts");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let beside = json["contexture"].as_array().expect("markers");
    let n = |marker: &str| beside.iter().find(|it| it["component"]["marker"] == marker).map(|it| it["n"].as_u64());
    assert_eq!((n("FOXP3"), n("CD20")), (Some(Some(74)), None));
}

#[test]
fn a_file_with_a_marker_twice_is_refused() {
    let workplace = workplace();
    fit(&workplace, "with.json", &["--contexture"]);
    let mut file: serde_json::Value = serde_json::from_str(&workplace.read("with.json")).expect("JSON");
    let first = file["contexture"][0].clone();
    let name = format!("{} {}", first["marker"].as_str().expect("a name"), first["region"].as_str().expect("a name"));
    file["contexture"].as_array_mut().expect("markers").push(first);
    file.as_object_mut().expect("an object").remove("sha256");
    workplace.write("twice.json", file.to_string());
    let said = workplace.refuses(&["score", "densities.tsv", "--reference", "twice.json", "-o", "out"]);
    assert!(said.contains(&format!("holds {name} twice")), "{said}");
}
