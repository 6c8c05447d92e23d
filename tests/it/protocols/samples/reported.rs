use super::{lesions, table};
use crate::command::{Workplace, assert_same};
use crate::protocols::{SCORE, study};

/// A study of the made-up lesions, of which one of p07 lacks a component.
fn workplace(more: &str) -> Workplace {
    study(&table(&lesions()), &format!("preset = \"metastases\"{more}"), "self")
}

const RUN: [&str; 4] = ["run", "study.toml", "-o", "out"];

/// The text of a page, without its tags; what stood in two elements has a bar between, and every space is a plain one.
fn text_of(page: &str) -> String {
    let mut text = String::new();
    let body = page.split_once("<body").expect("a page").1.replace(['\u{a0}', '\u{202f}'], " ");
    for part in body.split('<').skip(1) {
        let words = part.split_once('>').map_or("", |it| it.1).trim();
        if !words.is_empty() {
            text.push_str(words);
            text.push('|');
        }
    }
    text
}

#[test]
fn a_sample_without_a_score_could_decide_and_its_patient_is_flagged() {
    let workplace = workplace("");
    workplace.finishes(&SCORE);
    for row in workplace.rows("out/scores.tsv") {
        let number: usize = row["patient_id"][1..].parse().expect("a number");
        let n = number % 4 + 1;
        let (n_scored, flags) = if number == 7 { (n - 1, "another_sample_could_decide") } else { (n, "") };
        assert_eq!((&row["n_samples"], &row["n_samples_scored"]), (&n.to_string(), &n_scored.to_string()), "{row:?}");
        assert_eq!(row["flags"], flags, "{row:?}");
    }
}

/// With three components the lesion of p07 has a score, the lowest; that of four components decides all the same.
#[test]
fn a_sample_of_fewer_components_than_the_one_that_decides_could_decide_too() {
    let workplace = workplace("\nmin_components = 3");
    workplace.finishes(&SCORE);
    let scores = workplace.rows("out/scores.tsv");
    let row = scores.iter().find(|it| it["patient_id"] == "p07").expect("a score");
    assert_eq!(
        [&row["n_samples"], &row["n_samples_scored"], &row["n_components"], &row["flags"]],
        ["4", "4", "4", "another_sample_could_decide"]
    );
    assert_eq!(scores.iter().filter(|it| !it["flags"].is_empty()).count(), 1);
}

#[test]
fn where_samples_are_pooled_nothing_is_said_of_them_one_by_one() {
    let workplace = workplace("\npooling = \"mean\"");
    workplace.finishes(&RUN);
    for row in workplace.rows("out/scores.tsv") {
        assert_eq!([&row["n_samples"], &row["n_samples_scored"]], ["", ""]);
        assert!(!row["flags"].contains("another_sample"), "{row:?}");
    }
    assert!(!workplace.path("out/sample_scores.tsv").exists() && !workplace.path("out/sample_profiles.tsv").exists());
    let page = text_of(&workplace.read("out/quality.html"));
    assert!(page.contains("Patients with a remark on a component, of 40 patients|"), "{page}");
    assert!(page.contains("|Expected|") && !page.contains("could decide") && !page.contains("every sample"), "{page}");
}

#[test]
fn the_components_of_every_sample_are_listed() {
    let workplace = workplace("");
    workplace.finishes(&SCORE);
    let rows = workplace.rows("out/sample_profiles.tsv");
    assert_eq!(rows.len(), 4 * lesions().len());
    // Of the protocol the order is CD3 CT, CD3 IM, CD8 CT, CD8 IM, as of the lesions.
    for (rows, (patient, sample, densities)) in rows.chunks(4).zip(lesions()) {
        for (row, density) in rows.iter().zip(densities) {
            assert_eq!((&row["patient_id"], &row["sample_id"]), (&patient, &sample));
            assert_eq!(row["cells_per_mm2"].parse().ok(), density, "{row:?}");
            assert_eq!(row["flags"] == "missing", density.is_none(), "{row:?}");
        }
    }
    let of_patients = workplace.rows("out/profiles.tsv");
    let decides = workplace.rows("out/sample_scores.tsv").into_iter().map(|it| it["decides"] == "true");
    let of_deciding = rows.chunks(4).zip(decides).filter(|it| it.1).flat_map(|it| it.0).cloned();
    let without_sample = of_deciding.map(|mut row| {
        row.remove("sample_id");
        row
    });
    assert_eq!(without_sample.collect::<Vec<_>>(), of_patients);
}

/// The lesion without CD8 in the core does not decide; its absence is counted.
#[test]
fn the_page_of_quality_counts_the_remarks_of_every_sample_and_expects_no_shares() {
    let workplace = workplace("");
    workplace.finishes(&RUN);
    let missing = |it: &&std::collections::BTreeMap<String, String>| it["flags"] == "missing";
    assert_eq!(workplace.rows("out/profiles.tsv").iter().filter(missing).count(), 0, "of those that decide");

    let page = text_of(&workplace.read("out/quality.html"));
    for expected in [
        "On this page a patient stands by the sample with the lowest score of several.",
        "none are given",
        "Samples with a remark on a component, of 100 samples of 40 patients|",
        "|not measured|not used|0|0|1|0|",
        "Remarks are counted in every sample",
        "than the one that does|1|2.5 %|",
        "of measurements of all samples have a remark",
    ] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    assert!(!page.contains("Expected"), "{page}");

    let page = text_of(&workplace.read("out/cohort.html"));
    assert!(page.contains("|not measured|not used|1|1|"), "{page}");
    assert!(page.contains("1 of 40 patients with a score (2.5 %): another sample could decide"), "{page}");
    assert!(page.contains("in the reference “this cohort itself” (99 samples of 40 patients)"), "{page}");

    let page = text_of(&workplace.read("out/patients/p07.html"));
    assert!(page.contains("|Another sample could decide: it has no score, or was measured in fewer"), "{page}");
    assert!(page.contains("CD8 CT, not measured|"), "{page}");
    assert!(!workplace.read("out/patients/p06.html").contains("nother sample could decide"));
}

/// What is known of the samples is read back, so that the steps say what the run says.
#[test]
fn one_step_after_the_other_gives_the_same_pages() {
    let workplace = workplace("");
    workplace.finishes(&RUN);
    workplace.finishes(&["score", "study.toml", "-o", "scored"]);
    workplace.finishes(&["report", "study.toml", "--scored", "scored", "-o", "reported"]);
    for name in ["quality.html", "cohort.html", "patients/p07.json"] {
        assert!(workplace.read(&format!("out/{name}")) == workplace.read(&format!("reported/{name}")), "{name}");
    }
    assert_same(&workplace.contents("out/patients"), &workplace.contents("reported/patients"));

    // Tables of two cohorts are no cohort.
    let rows = workplace.read("scored/sample_profiles.tsv");
    workplace.write("scored/sample_profiles.tsv", rows.replace("p07-2", "p07-9"));
    let said = workplace.refuses(&["report", "study.toml", "--scored", "scored", "-o", "again"]);
    assert!(said.contains("'p07-9'") && said.contains("the samples of 'sample_scores', in their order"), "{said}");
}

/// Which sample decides is said by the rule, not by the title of the protocol.
#[test]
fn pages_say_which_sample_decides_in_truth() {
    for (more, decides, does_not) in
        [("", "lowest", "highest"), ("\npooling = \"most_infiltrated_block\"", "highest", "lowest")]
    {
        let workplace = workplace(more);
        workplace.finishes(&RUN);
        for page in ["cohort.html", "quality.html", "patients/p07.html", "patients/p07.json"] {
            let page = workplace.read(&format!("out/{page}"));
            assert!(page.contains(&format!("in metastases; of several, the sample with the {decides} score decides")));
            for false_words in ["the sample with the", "the one with the"].map(|it| format!("{it} {does_not} score")) {
                assert!(!page.contains(&false_words), "{false_words}: {page}");
            }
            assert!(!page.contains("least infiltrated"), "{page}");
        }
    }
}
