//! `contexture init`: a study file that runs, whatever the tables look like.

use contexture::protocol::{EventValues, Study};
use insta::assert_snapshot;

use crate::command::Workplace;

const INIT: [&str; 7] = ["init", "--densities", "densities.csv", "--clinical", "clinical.csv", "-o", "study.toml"];

/// The study file proposed for a clinical table.
#[track_caller]
fn proposal(clinical: &str) -> (String, Study) {
    let workplace = Workplace::with_files([("densities.csv", "patient_id,CD3_CT\np1,1\n"), ("clinical.csv", clinical)]);
    workplace.finishes(&INIT);
    let text = workplace.read("study.toml");
    let study = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    (text, study)
}

/// A clinical table of 20 patients: a column of times, a column of events that repeats two values.
fn clinical(time: &str, event: &str, values: [&str; 2]) -> String {
    let header = format!("patient_id,{time},{event}\n");
    (0..20).fold(header, |table, it| table + &format!("p{it},{},{}\n", 100 + it, values[it % 2]))
}

#[test]
fn the_study_file_of_the_bundled_tables_runs_as_it_is() {
    let workplace = Workplace::with_cohort();
    let init = ["init", "--densities", "densities.tsv", "--clinical", "clinical.tsv", "-o", "mine.toml"];
    assert_snapshot!(workplace.finishes(&init), @"
    exit code 0
    --- stdout
    wrote mine.toml; read it, then: contexture run mine.toml -o results
    --- stderr
    ");
    assert_snapshot!(workplace.finishes(&["run", "mine.toml", "-o", "out"]), @"
    exit code 0
    --- stdout
    read 300 patients, scored 284, rejected 16
    os: 277 patients analysed, 122 events
    rfs: 275 patients analysed, 146 events
    open out/cohort.html
    --- stderr
    ");
}

#[test]
fn models_run_once_their_number_signs_are_taken_away() {
    let workplace = Workplace::with_cohort();
    workplace.finishes(&["init", "--densities", "densities.tsv", "--clinical", "clinical.tsv", "-o", "mine.toml"]);
    let text = workplace.read("mine.toml");
    let (head, models) = text.split_once("# [[models]]").unwrap();
    let (models, tail) = models.split_once("\n\n").unwrap();
    let models = models.replace("\n# ", "\n");
    workplace.write("mine.toml", format!("{head}[[models]]{models}\n\n{tail}"));
    workplace.finishes(&["run", "mine.toml", "-o", "out"]);
    assert!(workplace.read("out/tables/cox_models.tsv").contains("adjusted: with score"));
}

#[test]
fn the_contexture_runs_once_its_number_signs_are_taken_away() {
    let workplace = Workplace::with_cohort();
    workplace.finishes(&["init", "--densities", "densities.tsv", "-o", "mine.toml"]);
    workplace.edit("mine.toml", "# [contexture]\n# tumour_type", "[contexture]\ntumour_type");
    workplace.finishes(&["run", "mine.toml", "-o", "out"]);
    assert!(workplace.path("out/contexture.json").exists());
    let paired = "# [contexture.paired]\n# column = \"timepoint\"\n# before = \"biopsy\"\n# after = \"surgery\"";
    workplace.edit("mine.toml", paired, &paired.replace("# ", ""));
    let said = workplace.refuses(&["run", "mine.toml", "-o", "paired"]);
    assert!(said.contains("has no column 'timepoint'"), "{said}");
}

#[test]
fn densities_alone_are_enough() {
    let workplace = Workplace::with_cohort();
    workplace.finishes(&["init", "--densities", "densities.tsv", "-o", "mine.toml"]);
    workplace.finishes(&["run", "mine.toml", "-o", "out"]);
    assert!(!workplace.path("out/statistics.json").exists());
}

#[test]
fn a_study_file_that_is_there_is_not_replaced() {
    let workplace = Workplace::with_cohort();
    let init = ["init", "--densities", "densities.tsv", "-o", "study.toml"];
    assert_snapshot!(workplace.refuses(&init), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'study.toml' is there already; choose another name, or say --force to replace it
    ");
    workplace.finishes(&[&init[..], &["--force"]].concat());
    assert!(workplace.read("study.toml").contains("mode = \"self\""));
}

#[test]
fn a_table_that_cannot_be_read_is_named_and_nothing_is_written() {
    let workplace = Workplace::with_files([("densities.csv", "")]);
    assert_snapshot!(workplace.refuses(&["init", "--densities", "densities.csv"]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'densities.csv' is empty, expected a header line and rows
    ");
}

#[test]
fn the_study_file_finds_its_tables_from_another_folder() {
    let workplace = Workplace::with_cohort();
    std::fs::create_dir(workplace.path("studies")).unwrap();
    workplace.finishes(&["init", "--densities", "densities.tsv", "-o", "studies/mine.toml"]);
    workplace.finishes(&["run", "studies/mine.toml", "-o", "out"]);
}

#[test]
fn without_a_recognisable_endpoint_the_columns_are_listed() {
    let (text, study) = proposal("patient_id,Geburtsort,Alter\np1,Wien,70\np2,Graz,60\n");
    assert!(study.endpoints.is_empty());
    assert!(text.contains("# [[endpoints]]"), "{text}");
}

#[test]
fn the_event_is_the_value_that_says_so_not_the_last_one() {
    for (values, event) in [
        (["LIVING", "DECEASED"], "DECEASED"),
        (["0:LIVING", "1:DECEASED"], "1:DECEASED"),
        (["Dead", "Living"], "Dead"),
        (["no event", "event"], "event"),
        (["alive", "tot"], "tot"),
    ] {
        let (_, study) = proposal(&clinical("OS_MONTHS", "OS_STATUS", values));
        let coding = &study.endpoints[0].event;
        assert_eq!((study.endpoints[0].name.as_str(), study.endpoints[0].unit.name()), ("os", "months"));
        assert_eq!(coding.value, EventValues::Text(event.to_owned()), "{values:?}");
        let censored = values.iter().find(|it| **it != event).unwrap();
        assert!(coding.censored.contains(censored), "{values:?}");
    }
}

#[test]
fn two_events_of_one_time_get_names_of_their_own() {
    let table = "patient_id,os_days,os_event,os_status\n".to_owned();
    let table = (0..20).fold(table, |table, it| table + &format!("p{it},{},{},{}\n", 100 + it, it % 2, it % 2));
    let (_, study) = proposal(&table);
    let names: Vec<&str> = study.endpoints.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["os", "endpoint_2"]);
}

#[test]
fn names_that_are_no_plain_words_still_make_a_study_file() {
    for name in ["it's \"quoted\"", "back\\slash", "größe", "two\nlines", "tab\there", "#"] {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let (time, event) = (quoted(&format!("{name} days")), quoted(&format!("{name} event")));
        let (_, study) = proposal(&clinical(&time, &event, [&quoted(name), "other"]));
        for endpoint in study.endpoints {
            assert_eq!(endpoint.time, format!("{name} days"));
            assert!(endpoint.name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_'), "{}", endpoint.name);
        }
        // As a column of patients, too.
        let table = format!("{},CD3_CT\np1,1\n", quoted(&format!("{name} patient")));
        let workplace = Workplace::with_files([("densities.csv", table.as_str())]);
        workplace.finishes(&["init", "--densities", "densities.csv"]);
        let study: Study = toml::from_str(&workplace.read("study.toml")).unwrap();
        assert_eq!(study.densities.patient_id, Some(format!("{name} patient")));
    }
}

#[test]
#[cfg(not(windows))]
fn a_path_with_backslashes_and_quotes_stays_what_it_is() {
    let name = r#"C:\tables\the "new" ones' densities.csv"#;
    let workplace = Workplace::with_files([(name, "patient_id,CD3_CT\np1,1\n")]);
    workplace.finishes(&["init", "--densities", name]);
    let study: Study = toml::from_str(&workplace.read("study.toml")).unwrap();
    assert_eq!(study.inputs.densities.to_str(), Some(name));
}
