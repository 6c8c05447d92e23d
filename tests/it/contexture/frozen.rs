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
pub(super) fn workplace() -> Workplace {
    let before = |line: &&str| !line.contains("\tsurgery\t");
    let study = STUDY.split("[contexture.paired]").next().expect("a study");
    let workplace = Workplace::with_files([("study.toml", study)]);
    workplace.write("densities.tsv", densities().lines().filter(before).collect::<Vec<_>>().join("\n"));
    workplace
}

pub(super) fn fit(workplace: &Workplace, file: &str, more: &[&str]) -> String {
    workplace.finishes(&[&FIT[..], &[file], more].concat())
}

/// The percentile of each marker and region of a patient, or why there is none.
pub(super) fn percentiles(workplace: &Workplace, folder: &str, patient: &str) -> BTreeMap<String, String> {
    let rows = workplace.rows(&format!("{folder}/contexture_markers.tsv"));
    let of_patient = rows.iter().filter(|it| it["patient_id"] == patient);
    of_patient
        .map(|it| {
            (format!("{} {}", it["marker"], it["region"]), format!("{}{}", it["percentile"], it["no_percentile"]))
        })
        .collect()
}

/// Scores one patient alone against a frozen file.
pub(super) fn score_alone(workplace: &Workplace, patient: &str, reference: &str) {
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
    assert!(said.contains("Too few patients have CD20 CT, CD20 IM for the file to hold it."), "{said}");
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

/// A file with markers that was changed by hand.
fn write_changed(workplace: &Workplace, name: &str, change: impl FnOnce(&mut serde_json::Value)) {
    let mut file: serde_json::Value = serde_json::from_str(&workplace.read("with.json")).expect("JSON");
    change(&mut file);
    file.as_object_mut().expect("an object").remove("sha256");
    workplace.write(name, file.to_string());
}

#[test]
fn a_file_with_a_marker_twice_or_values_that_are_none_is_refused() {
    type Change = fn(&mut serde_json::Value);
    let changes: [(Change, &str); 3] = [
        (
            |it| {
                let first = it["contexture"][0].clone();
                it["contexture"].as_array_mut().expect("markers").push(first);
            },
            "holds CD45RO CT twice",
        ),
        (|it| it["contexture"][0]["values"][0] = (-1.0).into(), "has CD45RO CT: "),
        (
            |it| {
                let values = it["contexture"][0]["values"].as_array_mut().expect("values");
                values.extend(values.clone());
            },
            "says that it was built from 37 patients, and has 74 values of CD45RO CT",
        ),
    ];
    let workplace = workplace();
    fit(&workplace, "with.json", &["--contexture"]);
    for (change, expected) in changes {
        write_changed(&workplace, "broken.json", change);
        let said = workplace.refuses(&["score", "densities.tsv", "--reference", "broken.json", "-o", "out"]);
        assert!(said.contains(expected), "{said}");
    }
}

/// A file that `fit` would not make: its component has the values that its patients need, a marker beside it one.
#[test]
fn a_marker_with_fewer_values_than_a_reference_has_no_percentile() {
    let workplace = workplace();
    fit(&workplace, "with.json", &["--contexture"]);
    write_changed(&workplace, "few.json", |it| {
        let is_foxp3 = |it: &&mut serde_json::Value| it["marker"] == "FOXP3" && it["region"] == "CT";
        let markers = it["contexture"].as_array_mut().expect("markers");
        markers.iter_mut().find(is_foxp3).expect("FOXP3")["values"] = vec![3.0].into();
    });
    score_alone(&workplace, "P00", "few.json");
    let found = percentiles(&workplace, "one", "P00");
    assert_eq!(found["FOXP3 CT"], "too_few_values");
    assert!(found["FOXP3 IM"].parse::<f64>().is_ok(), "{found:?}");
}

#[test]
fn a_table_without_a_marker_beside_the_score_is_no_contexture() {
    let workplace = workplace();
    let table = workplace.read("densities.tsv");
    let is_of_score = |it: &&str| ["patient_id", "\tCD3\t", "\tCD8\t"].iter().any(|word| it.contains(word));
    workplace.write("densities.tsv", table.lines().filter(is_of_score).collect::<Vec<_>>().join("\n"));
    let said = fit(&workplace, "with.json", &["--contexture"]);
    let expected = "Beside the components of the score the table holds no marker of the axes in CT, IM";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn sides_of_a_ratio_have_the_percentiles_of_the_whole_cohort() {
    let workplace = workplace();
    let ratio = "[protocol]\npreset = \"ratio-ct-im\"\n[protocol.uncertainty]";
    workplace.edit("study.toml", "[protocol.uncertainty]", ratio);
    workplace.finishes(&["run", "study.toml", "-o", "all"]);
    fit(&workplace, "with.json", &["--contexture", "--protocol", "ratio-ct-im"]);
    score_alone(&workplace, "P00", "with.json");
    let expected = percentiles(&workplace, "all", "P00");
    assert!(expected["CD3 CT"].parse::<f64>().is_ok(), "{expected:?}");
    assert_eq!(percentiles(&workplace, "one", "P00"), expected);
}

/// The infiltrate of each sample is compared with samples, and the contexture is that of the sample that decides.
#[test]
fn where_one_sample_decides_values_are_those_of_samples() {
    let workplace = workplace();
    let table = workplace.read("densities.tsv");
    let second = |(at, line): (usize, &str)| {
        let mut cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
        cells[1].push('b');
        cells[5] = ((at * 37) % 300).to_string();
        cells.join("\t")
    };
    // A tenth of the patients has one sample.
    let seconds = table.lines().enumerate().skip(1).filter(|it| it.1.as_bytes()[2] != b'3').map(second);
    let both: Vec<String> = table.lines().map(str::to_owned).chain(seconds).collect();
    workplace.write("densities.tsv", both.join("\n"));
    let protocol = include_str!("../../../src/protocol/presets/consensus.toml");
    let protocol = protocol.replace("pooling = \"pooled\"", "pooling = \"most_infiltrated_block\"");
    workplace.write("own.toml", protocol);
    workplace.edit("study.toml", "[protocol.uncertainty]", "[protocol]\nfile = \"own.toml\"\n[protocol.uncertainty]");
    workplace.finishes(&["run", "study.toml", "-o", "all"]);
    fit(&workplace, "with.json", &["--contexture", "--protocol", "own.toml"]);
    for patient in ["P00", "P09", "P13"] {
        score_alone(&workplace, patient, "with.json");
        assert_eq!(percentiles(&workplace, "one", patient), percentiles(&workplace, "all", patient), "{patient}");
    }
}

#[test]
fn quantiles_beside_values_are_not_merged() {
    let workplace = workplace();
    fit(&workplace, "with.json", &["--contexture"]);
    fit(&workplace, "q.json", &["--contexture", "--quantiles", "5"]);
    let tables: serde_json::Value = serde_json::from_str(&workplace.read("q.json")).expect("JSON");
    write_changed(&workplace, "mixed.json", |it| {
        it["contexture"] = tables["contexture"].clone();
        // Other patients than those of the first.
        it["components"][0]["values"][0] = 0.5.into();
    });
    let said = workplace.refuses(&["reference", "merge", "with.json", "mixed.json", "-o", "both.json"]);
    assert!(said.contains("is a table of quantiles"), "{said}");
}

#[test]
fn a_marker_that_only_patients_outside_the_reference_have_is_named() {
    let workplace = workplace();
    let table = workplace.read("densities.tsv");
    let keep = |line: &&str| {
        let is_incomplete = line.starts_with("P00") || line.starts_with("P01");
        !(is_incomplete && line.contains("\tCD8\t")) && (is_incomplete || !line.contains("\tCD163\t"))
    };
    workplace.write("densities.tsv", table.lines().filter(keep).collect::<Vec<_>>().join("\n"));
    let said = fit(&workplace, "with.json", &["--contexture"]);
    assert!(said.contains("Too few patients have CD163 CT, CD163 IM for the file to hold it."), "{said}");
}

/// A marker that a file of axes adds is kept with the others. Here its counts are those of CD3, and so are its percentiles.
#[test]
fn markers_of_axes_of_ones_own_are_kept_too() {
    let workplace = workplace();
    let table = workplace.read("densities.tsv");
    let own = table.lines().filter(|it| it.contains("\tCD3\t")).map(|it| it.replace("\tCD3\t", "\tCD138\t"));
    workplace.write("densities.tsv", format!("{}\n{}", table.trim_end(), own.collect::<Vec<_>>().join("\n")));
    let axes = "schema_version = 1\n[[axes]]\nname = \"plasma\"\nlabel = \"Plasma cells\"\ndimension = \
                \"type\"\n[[markers]]\nmarker = \"CD138\"\naxis = \"plasma\"\nsign = \"context\"\n";
    workplace.write("mine.toml", axes);
    workplace.edit("study.toml", "tumour_type", "axes = \"mine.toml\"\ntumour_type");
    workplace.finishes(&["run", "study.toml", "-o", "all"]);
    let expected = percentiles(&workplace, "all", "P00");
    assert!(expected["CD138 CT"].parse::<f64>().is_ok() && expected["CD138 CT"] == expected["CD3 CT"], "{expected:?}");

    fit(&workplace, "with.json", &["--contexture", "--axes", "mine.toml"]);
    score_alone(&workplace, "P00", "with.json");
    assert_eq!(percentiles(&workplace, "one", "P00"), expected);
    let shown = workplace.finishes(&["reference", "show", "with.json"]);
    assert!(shown.contains("CD138 IM") && shown.contains("mine.toml (axes): "), "{shown}");

    fit(&workplace, "without.json", &["--contexture"]);
    score_alone(&workplace, "P00", "without.json");
    let without = percentiles(&workplace, "one", "P00");
    assert_eq!(without["CD138 CT"], "not_in_reference");
    assert_eq!(without["FOXP3 CT"], expected["FOXP3 CT"]);
}
