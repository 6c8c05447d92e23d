//! The three kinds of reference, partial scores, one patient alone, and a wrong unit.

use std::path::Path;

use contexture::survival::cox::CoefficientState;

use crate::results::{Results, cell, coefficient, scheme};

/// The bundled study, with paths that hold anywhere and parts replaced.
fn study(changes: &[(&str, &str)]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cohort");
    let text = std::fs::read_to_string(folder.join("study.toml")).expect("the study");
    let text = ["densities.tsv", "clinical.tsv", "reference.json"].into_iter().fold(text, |text, file| {
        text.replace(&format!("\"{file}\""), &format!("{:?}", folder.join(file).display().to_string()))
    });
    changes.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "the study has no '{from}'");
        text.replace(from, to)
    })
}

/// The part of the study that says where the reference is.
fn reference_part() -> String {
    let text = study(&[]);
    let start = text.find("[reference]").expect("a reference");
    let end = start + text[start..].find("\n\n").expect("an end");
    text[start..end].to_owned()
}

#[test]
fn a_training_split_makes_the_reference_and_does_not_test_it() {
    let training = "[reference]\nmode = \"training\"\nsplit_column = \"centre\"\nsplit_value = \"A\"";
    let results = Results::of_text(&study(&[(&reference_part(), training)]));
    let excluded = results.rows("excluded.tsv");
    let of_training: Vec<&str> = excluded
        .iter()
        .filter(|it| cell(it, "endpoint") == "os" && cell(it, "reason") == "training_split")
        .map(|it| cell(it, "patient_id"))
        .collect();
    let in_reference: Vec<_> = results.rows("scores.tsv");
    let in_reference: Vec<&str> =
        in_reference.iter().filter(|it| cell(it, "in_reference") == "true").map(|it| cell(it, "patient_id")).collect();
    assert!(in_reference.len() > 80);
    assert_eq!(of_training, in_reference);
    assert_eq!(results.statistics().reference.as_ref().expect("a reference").n_patients, in_reference.len());
    assert!(results.text("cohort.html").contains("below 120"), "a reference of fewer than 120 is warned of");
}

#[test]
fn the_reference_of_a_run_is_a_file_that_gives_the_same_scores() {
    let own = Results::of_text(&study(&[(&reference_part(), "[reference]\nmode = \"self\"")]));
    let frozen =
        format!("[reference]\nmode = \"external\"\nfile = {:?}", own.path("reference.json").display().to_string());
    let again = Results::of_text(&study(&[(&reference_part(), &frozen)]));
    let scores = |results: &Results| -> Vec<(String, String)> {
        let rows = results.rows("scores.tsv");
        rows.iter().map(|it| (cell(it, "patient_id").to_owned(), cell(it, "score").to_owned())).collect()
    };
    assert_eq!(scores(&own), scores(&again));
}

#[test]
fn one_patient_gets_the_score_that_the_cohort_gave() {
    let cohort = Results::of_study(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cohort/study.toml"));
    let folder = tempfile::tempdir().expect("temporary folder");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cohort");
    let table = std::fs::read_to_string(data.join("densities.tsv")).expect("densities");
    let one: Vec<&str> = table.lines().filter(|it| it.starts_with("patient_id") || it.starts_with("0001\t")).collect();
    std::fs::write(folder.path().join("one.tsv"), one.join("\n")).expect("densities of one patient");
    let text = format!(
        "schema_version = 1\ntitle = \"One\"\nseed = {}\n[inputs]\ndensities = {:?}\n[reference]\nmode = \
         \"external\"\nfile = {:?}\n",
        20_180_521,
        folder.path().join("one.tsv").display().to_string(),
        data.join("reference.json").display().to_string(),
    );
    let alone = Results::of_text(&text);
    let row = |results: &Results| results.rows("scores.tsv").into_iter().find(|it| cell(it, "patient_id") == "0001");
    assert_eq!(row(&alone), row(&cohort), "also the interval, which depends on the seed and the patient alone");
}

#[test]
fn a_partial_score_has_its_label_and_is_never_pooled_with_full_ones() {
    let results = Results::of_text(&study(&[("preset = \"consensus\"", "preset = \"consensus\"\nmin_components = 1")]));
    let scores = results.rows("scores.tsv");
    let partial: Vec<&str> =
        scores.iter().filter(|it| cell(it, "n_components") != "4").map(|it| cell(it, "patient_id")).collect();
    assert!(partial.contains(&"0013"), "the margin of 0013 was not measured");
    for row in scores.iter().filter(|it| cell(it, "n_components") != "4") {
        assert!(cell(row, "label").starts_with("partial score"));
        assert_eq!(cell(row, "three_class"), "", "the cuts are those of full scores");
    }
    let excluded = results.rows("excluded.tsv");
    for patient in &partial {
        let reason = excluded.iter().find(|it| cell(it, "patient_id") == *patient).map(|it| cell(it, "reason"));
        assert_eq!(reason, Some("partial_score"), "{patient}");
    }
    assert!(results.text("patients/0013.html").contains("partial score (2 of 4 components)"));
    assert_eq!(results.endpoint("os").n, 277, "the analysis is that of full scores");
}

#[test]
fn a_patient_with_fewer_components_than_a_mean_needs_is_rejected() {
    let least = ("preset = \"consensus\"", "preset = \"consensus\"\nmin_components = 3");
    let results = Results::of_text(&study(&[least]));
    let scores = results.rows("scores.tsv");
    assert!(scores.iter().all(|it| ["3", "4"].contains(&cell(it, "n_components"))));
    let rejected = results.rows("rejected.tsv");
    let of_0013: Vec<_> = rejected.iter().filter(|it| cell(it, "patient_id") == "0013").collect();
    let reasons: Vec<_> = of_0013.iter().map(|it| cell(it, "reason")).collect();
    assert_eq!(reasons, ["component_missing", "component_missing", "too_few_components"]);
    assert_eq!(cell(of_0013[2], "found"), "2 of 4 components, 3 needed");
    assert_eq!(cell(of_0013[2], "expected"), "3 or more components");
    assert!(results.text("patients/0013.html").contains("The score needs 3 components"));
    assert!(results.text("cohort.html").contains("a patient with 3 or more components gets a partial score"));
}

#[test]
fn a_patient_with_a_partial_score_is_not_said_to_be_in_the_reference() {
    let own = "[reference]\nmode = \"self\"";
    let partial = ("preset = \"consensus\"", "preset = \"consensus\"\nmin_components = 1");
    let results = Results::of_text(&study(&[(&reference_part(), own), partial]));
    let scores = results.rows("scores.tsv");
    let in_reference = scores.iter().filter(|it| cell(it, "in_reference") == "true").count();
    assert_eq!(in_reference, results.statistics().reference.as_ref().expect("a reference").n_patients);
    assert!(scores.len() > in_reference);
}

#[test]
fn a_time_in_a_unit_that_cannot_be_is_remarked() {
    let results = Results::of_text(&study(&[("unit = \"days\"", "unit = \"years\"")]));
    let warnings = &results.endpoint("os").warnings;
    assert!(warnings.iter().any(|it| it.contains("is the unit of the time 'years'?")), "{warnings:?}");
}

#[test]
fn a_class_without_events_has_no_hazard_ratio_and_the_page_says_why() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cohort");
    let scores = Results::of_study(&data.join("study.toml")).rows("scores.tsv");
    let is_high =
        |patient: &str| scores.iter().any(|it| cell(it, "patient_id") == patient && cell(it, "three_class") == "High");
    let table = std::fs::read_to_string(data.join("clinical.tsv")).expect("the clinical table");
    let header: Vec<&str> = table.lines().next().expect("a header").split('\t').collect();
    let event = header.iter().position(|it| *it == "os_event").expect("the event");
    let without_events = table.lines().map(|line| {
        let mut cells: Vec<&str> = line.split('\t').collect();
        if is_high(cells[0]) && !cells[event].is_empty() {
            cells[event] = "0";
        }
        cells.join("\t")
    });
    let folder = tempfile::tempdir().expect("temporary folder");
    let clinical = folder.path().join("clinical.tsv");
    std::fs::write(&clinical, without_events.collect::<Vec<_>>().join("\n")).expect("the clinical table");

    let bundled = format!("{:?}", data.join("clinical.tsv").display().to_string());
    let results = Results::of_text(&study(&[(&bundled, &format!("{:?}", clinical.display().to_string()))]));
    let model = scheme(results.endpoint("os"), "three_class").cox.as_ref().expect("a model");
    let high = coefficient(model, "three_class", "High");
    assert_eq!(high.state, CoefficientState::Separated);
    assert_eq!((high.hazard_ratio, high.lower, high.upper, high.p_value), (None, None, None, None));
    assert!(model.likelihood_ratio.is_some_and(|it| it.p_value < 1e-6), "the likelihood still tells");
    assert!(coefficient(model, "three_class", "Intermediate").hazard_ratio.is_some());
    assert!(results.text("cohort.html").contains("not estimable"));
}
