//! Beside a score of fixed cut-offs, which needs no reference; and without a study file.

use super::frozen::{fit, percentiles, score_alone, workplace};
use crate::command::Workplace;

const FIXED: &str = "[protocol]\npreset = \"i0-i4\"\n[protocol.cutoffs]\n\"CD3 CT\" = 90.0\n\"CD3 IM\" = 90.0\n\"CD8 CT\" = 50.0\n\
                     \"CD8 IM\" = 50.0\n[protocol.uncertainty]";

/// Patients of three centres, of whom two lack CD8 at the margin, and every second is of the training split.
fn of_centres() -> Workplace {
    let workplace = workplace();
    let lacks = |line: &&str| !(["P02", "P04"].iter().any(|it| line.starts_with(it)) && line.contains("\tIM\tCD8\t"));
    let table = workplace.read("densities.tsv");
    workplace.write("densities.tsv", table.lines().filter(lacks).collect::<Vec<_>>().join("\n"));
    let row = |at: usize| format!("P{at:02}\tcentre{}\t{}\n", at % 3, ["training", "test"][usize::from(at > 30)]);
    let rows: String = (0..40).map(row).collect();
    workplace.write("clinical.tsv", format!("patient_id\tcentre\tsplit\n{rows}"));
    workplace.edit("study.toml", "[inputs]\n", "[inputs]\nclinical = \"clinical.tsv\"\n");
    workplace
}

/// What a score needs does not change which patients a marker is compared with.
#[test]
fn every_mode_compares_with_the_patients_of_a_score_that_needs_a_reference() {
    for mode in [
        "mode = \"self\"",
        "mode = \"training\"\nsplit_column = \"split\"\nsplit_value = \"training\"",
        "mode = \"leave_one_centre_out\"\ncentre_column = \"centre\"",
    ] {
        let workplace = of_centres();
        workplace.edit("study.toml", "mode = \"self\"", mode);
        workplace.finishes(&["run", "study.toml", "-o", "ranked"]);
        workplace.edit("study.toml", "[protocol.uncertainty]", FIXED);
        let said = workplace.finishes(&["run", "study.toml", "-o", "fixed"]);
        assert!(
            said.contains("protocol 'i0-i4' needs no reference; [reference] is for the contexture alone"),
            "{said}"
        );
        for patient in ["P00", "P02", "P35"] {
            let expected = percentiles(&workplace, "ranked", patient);
            assert!(expected["FOXP3 CT"].parse::<f64>().is_ok(), "{expected:?}");
            assert_eq!(percentiles(&workplace, "fixed", patient), expected, "{mode} {patient}");
        }
        for page in ["cohort.html", "patients/P00.html"] {
            assert!(
                workplace.read(&format!("fixed/{page}")).contains("The score needs no reference; the percentiles of")
            );
            assert!(!workplace.read(&format!("ranked/{page}")).contains("The score needs no reference"));
        }
    }
}

#[test]
fn a_frozen_file_ranks_the_contexture_and_not_the_score() {
    let workplace = of_centres();
    workplace.edit("study.toml", "[protocol.uncertainty]", FIXED);
    workplace.finishes(&["run", "study.toml", "-o", "all"]);
    fit(&workplace, "with.json", &["--contexture", "--protocol", "i0-i4"]);
    score_alone(&workplace, "P00", "with.json");
    assert_eq!(percentiles(&workplace, "one", "P00"), percentiles(&workplace, "all", "P00"));
    let score = |folder: &str| workplace.rows(&format!("{folder}/scores.tsv")).swap_remove(0);
    assert_eq!(score("one"), score("all"), "and its reference is empty");
    assert!(!workplace.path("one/reference.json").exists());
    let page = workplace.read("one/patients/P00.html");
    assert!(page.contains("counted in the frozen reference “ours” (35 patients: d)."), "{page}");
    assert!(page.contains("The reference holds 35 values of a component"), "its warnings");
    workplace.finishes(&["score", "one.toml", "-o", "scored"]);
    workplace.finishes(&["report", "one.toml", "--scored", "scored", "-o", "report"]);
    assert_eq!(workplace.read("report/patients/P00.html"), page);
}

#[test]
fn a_frozen_file_of_another_tissue_or_protocol_is_refused_for_the_contexture_too() {
    let workplace = of_centres();
    fit(&workplace, "consensus.json", &["--contexture"]);
    fit(&workplace, "fixed.json", &["--contexture", "--protocol", "i0-i4"]);
    workplace.edit("study.toml", "[protocol.uncertainty]", FIXED);
    for (file, densities, expected) in [
        ("consensus.json", "", "was made for protocol 'consensus', the study uses 'i0-i4'"),
        ("fixed.json", "[densities]\nspecimen = \"biopsy\"\n", "the patients were measured on biopsies"),
    ] {
        let study = workplace.read("study.toml");
        let external = format!("mode = \"external\"\nfile = \"{file}\"");
        let other =
            study.replace("mode = \"self\"", &external).replace("[reference]", &format!("{densities}[reference]"));
        workplace.write("other.toml", other);
        let said = workplace.refuses(&["run", "other.toml", "-o", "out"]);
        assert!(said.contains(expected), "{said}");
    }
}

/// Scores one patient without a study file.
fn score<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["score", "one.tsv", "--force", "-o", "alone", "--reference"], more].concat()
}

/// One patient, with nothing else at hand than the file.
#[test]
fn a_table_and_a_reference_make_a_contexture() {
    let workplace = workplace();
    workplace.finishes(&["run", "study.toml", "-o", "all"]);
    fit(&workplace, "with.json", &["--contexture"]);
    fit(&workplace, "without.json", &[]);
    score_alone(&workplace, "P09", "with.json");
    workplace.finishes(&score(&["with.json", "--tumour-type", "crc"]));
    for table in ["contexture", "contexture_markers", "contexture_location"] {
        let of_patient = |folder: &str| {
            let mut rows = workplace.rows(&format!("{folder}/{table}.tsv"));
            rows.retain(|it| it["patient_id"] == "P09");
            rows
        };
        assert_eq!(of_patient("alone"), of_patient("all"), "{table}");
    }
    let sign_of_foxp3 = || {
        let rows = workplace.rows("alone/contexture_markers.tsv");
        rows.iter().find(|it| it["marker"] == "FOXP3").expect("FOXP3")["sign"].clone()
    };
    assert_eq!(sign_of_foxp3(), "positive", "in colorectal cancer");
    workplace.finishes(&score(&["with.json"]));
    assert_eq!(sign_of_foxp3(), "context");
    workplace.write("mine.toml", "schema_version = 1\n[[markers]]\nmarker = \"FOXP3\"\nsign = \"negative\"\n");
    workplace.finishes(&score(&["with.json", "--axes", "mine.toml"]));
    assert_eq!(sign_of_foxp3(), "negative");

    workplace.finishes(&score(&["without.json"]));
    assert!(!workplace.path("alone/contexture_markers.tsv").exists());
    let said = workplace.refuses(&score(&["without.json", "--axes", "mine.toml"]));
    assert!(said.contains("'without.json' holds no markers of the contexture, which --axes is about"), "{said}");
    let said = workplace.refuses(&score(&["with.json", "--tumour-type", "ccr"]));
    assert!(said.contains("(there are: crc, nsclc)"), "{said}");
}
