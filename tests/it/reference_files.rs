//! `contexture reference`: references as files with a life of their own.

use contexture::score::reference::{ReferenceAccount, ReferenceFile};

use crate::command::Workplace;
use crate::results::cell;

/// What `fit` needs beside the table and the place.
const NAMED: [&str; 4] = ["--name", "training", "--description", "made-up colon cancer"];

/// The bundled cohort with its training table.
fn cohort() -> Workplace {
    let workplace = Workplace::with_cohort();
    workplace.write("training.tsv", include_str!("../../testdata/cohort/training_densities.tsv"));
    workplace
}

/// The arguments of `reference fit`.
fn fit<'a>(densities: &'a str, more: &[&'a str], output: &'a str) -> Vec<&'a str> {
    [&["reference", "fit", densities], NAMED.as_slice(), more, &["-o", output]].concat()
}

fn file(workplace: &Workplace, name: &str) -> ReferenceFile {
    serde_json::from_str(&workplace.read(name)).expect("a reference")
}

/// The rows of `scores.tsv` in an output folder.
fn scores(workplace: &Workplace, folder: &str) -> Vec<Vec<(String, String)>> {
    let text = workplace.read(&format!("{folder}/scores.tsv"));
    let mut lines = text.lines().map(|it| it.split('\t').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    lines.map(|cells| header.iter().cloned().zip(cells).collect()).collect()
}

/// Score of each patient, as written.
fn score_of(workplace: &Workplace, folder: &str) -> Vec<(String, String)> {
    let rows = scores(workplace, folder);
    rows.iter().map(|it| (cell(it, "patient_id").to_owned(), cell(it, "score").to_owned())).collect()
}

/// The rows of a table whose first cell passes.
fn rows_of(table: &str, keeps: impl Fn(&str) -> bool) -> String {
    let row = |line: &&str| keeps(line.split(['\t', ',']).next().unwrap_or(""));
    let (header, rows) = table.split_once('\n').expect("a header");
    format!("{header}\n{}\n", rows.lines().filter(row).collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_training_cohort_freezes_into_the_values_of_the_bundled_reference() {
    let workplace = cohort();
    let more = ["--specimen", "whole_slide", "--date", "2024-05-31"];
    let said = workplace.finishes(&fit("training.tsv", &more, "frozen.json"));
    assert!(said.contains("wrote frozen.json: 240 patients, their values"), "{said}");
    let frozen = file(&workplace, "frozen.json");
    let bundled: ReferenceFile = file(&workplace, "reference.json");
    assert_eq!(frozen.components.len(), 4);
    for (it, other) in frozen.components.iter().zip(&bundled.components) {
        assert_eq!(it.component(), other.component());
        assert_eq!(it.values.len(), other.values.len());
        // The script that made the bundled one divides in another order.
        assert!(it.values.iter().zip(&other.values).all(|(a, b)| (a - b).abs() <= 1e-12 * b.max(1.0)));
    }
    let provenance = frozen.provenance.expect("what it was made of");
    assert_eq!(provenance.date.as_deref(), Some("2024-05-31"));
    assert_eq!(provenance.inputs.iter().map(|it| it.role.as_str()).collect::<Vec<_>>(), ["densities"]);
    let again = workplace.refuses(&fit("training.tsv", &[], "frozen.json"));
    assert!(again.contains("'frozen.json' is there already"), "{again}");
    workplace.finishes(&fit("training.tsv", &["--force"], "frozen.json"));
}

#[test]
fn one_patient_and_a_reference_are_all_that_a_score_needs() {
    let workplace = cohort();
    workplace.finishes(&fit("training.tsv", &["--specimen", "whole_slide"], "frozen.json"));
    let seed = ["--reference", "frozen.json", "--seed", "20180521"];
    workplace.finishes(&[&["score", "densities.tsv"], seed.as_slice(), &["-o", "cohort"]].concat());
    let whole = scores(&workplace, "cohort");
    for patient in ["0001", "0150", "0299"] {
        let one = rows_of(&workplace.read("densities.tsv"), |it| it == patient);
        workplace.write("one.tsv", one);
        let args = [&["score", "one.tsv"], seed.as_slice(), &["--force", "-o", "one"]].concat();
        workplace.finishes(&args);
        let in_cohort: Vec<_> = whole.iter().filter(|it| cell(it, "patient_id") == patient).cloned().collect();
        assert_eq!(scores(&workplace, "one"), in_cohort, "also the interval, which hangs on seed and patient alone");
    }
    assert!(workplace.read("one/score.json").contains("\"role\": \"reference\""));
}

#[test]
fn the_reference_of_a_run_scores_a_patient_as_the_run_did() {
    let workplace = cohort();
    workplace.edit("study.toml", "mode = \"external\"\nfile = \"reference.json\"", "mode = \"self\"");
    workplace.finishes(&["score", "study.toml", "-o", "run"]);
    let args = ["score", "densities.tsv", "--reference", "run/reference.json", "-o", "again"];
    workplace.finishes(&args);
    assert_eq!(score_of(&workplace, "run"), score_of(&workplace, "again"));
}

#[test]
fn a_table_without_a_study_needs_a_reference_and_takes_no_options_of_a_study() {
    let workplace = cohort();
    let said = workplace.run(&["score", "densities.tsv", "-o", "out"]);
    assert!(said.starts_with("exit code 2") && said.contains("with --reference"), "{said}");
    let said = workplace.run(&["score", "study.toml", "--specimen", "biopsy", "-o", "out"]);
    assert!(said.starts_with("exit code 2") && said.contains("--specimen is for a density table"), "{said}");
}

#[test]
fn a_split_of_the_patients_makes_the_reference() {
    let workplace = cohort();
    let split = ["--clinical", "clinical.tsv", "--split", "centre=A"];
    workplace.finishes(&fit("densities.tsv", &split, "a.json"));
    let made = file(&workplace, "a.json");
    assert_eq!(made.provenance.as_ref().and_then(|it| it.split.as_deref()), Some("centre=A"));
    let training = "mode = \"training\"\nsplit_column = \"centre\"\nsplit_value = \"A\"";
    workplace.edit("study.toml", "mode = \"external\"\nfile = \"reference.json\"", training);
    workplace.finishes(&["score", "study.toml", "-o", "run"]);
    assert_eq!(made.components, file(&workplace, "run/reference.json").components, "the same patients as in a run");
    let said =
        workplace.refuses(&fit("densities.tsv", &["--clinical", "clinical.tsv", "--split", "centre=Z"], "z.json"));
    assert!(said.contains("has no patient with 'Z' in column 'centre'"), "{said}");
}

#[test]
fn quantiles_hide_the_patients_and_give_nearly_the_same_scores() {
    let workplace = cohort();
    workplace.finishes(&fit("training.tsv", &[], "values.json"));
    workplace.finishes(&fit("training.tsv", &["--quantiles", "24"], "table.json"));
    let (values, table) = (file(&workplace, "values.json"), file(&workplace, "table.json"));
    for (it, values) in table.components.iter().zip(&values.components) {
        let quantiles = it.quantiles.as_ref().expect("a table");
        assert!(it.values.is_empty() && quantiles.densities.len() == 24 && quantiles.n == 240);
        assert!(quantiles.densities.iter().all(|it| !values.values.contains(it)), "no density of a patient");
    }
    for name in ["values", "table"] {
        let reference = format!("{name}.json");
        workplace.finishes(&["score", "densities.tsv", "--reference", &reference, "-o", name]);
    }
    let (by_values, by_table) = (score_of(&workplace, "values"), score_of(&workplace, "table"));
    assert_eq!(by_values.len(), by_table.len());
    let score = |it: &(String, String)| it.1.parse::<f64>().expect("a score");
    let differences = by_values.iter().zip(&by_table).map(|(a, b)| (score(a) - score(b)).abs());
    let largest = differences.fold(0.0, f64::max);
    // A group is 4.2 points wide, and a percentile at an end at most half of it from that of the values.
    assert!(largest > 0.0 && largest < 2.1, "{largest}");
    let said = workplace.refuses(&fit("training.tsv", &["--quantiles", "49"], "x.json"));
    assert!(said.contains("240 values cannot make a table of 49 quantiles") && said.contains("2 to 48"), "{said}");
}

#[test]
fn a_changed_reference_is_refused() {
    let workplace = cohort();
    workplace.finishes(&fit("training.tsv", &[], "frozen.json"));
    workplace.edit("frozen.json", "\"n_patients\": 240", "\"n_patients\": 241");
    for args in [
        vec!["score", "densities.tsv", "--reference", "frozen.json", "-o", "out"],
        vec!["reference", "show", "frozen.json"],
        vec!["reference", "merge", "frozen.json", "reference.json", "-o", "union.json"],
    ] {
        let said = workplace.refuses(&args);
        assert!(said.contains("'frozen.json' was changed since it was made"), "{said}");
    }
}

#[test]
fn another_kind_of_tissue_or_pooling_is_refused() {
    let workplace = cohort();
    workplace.finishes(&fit("training.tsv", &["--specimen", "tma"], "tma.json"));
    let args = ["score", "densities.tsv", "--reference", "tma.json", "--specimen", "whole_slide", "-o", "out"];
    let said = workplace.refuses(&args);
    assert!(
        said.contains("made of cores of a tissue microarray, the patients were measured on whole sections"),
        "{said}"
    );

    workplace.edit("study.toml", "file = \"reference.json\"", "file = \"tma.json\"");
    workplace.edit("study.toml", "[protocol]", "[densities]\nspecimen = \"whole_slide\"\n\n[protocol]");
    let said = workplace.refuses(&["score", "study.toml", "-o", "out"]);
    assert!(said.contains("so they are not compared"), "{said}");

    workplace.edit("study.toml", "specimen = \"whole_slide\"", "specimen = \"tissue_microarray\"");
    workplace.edit("study.toml", "preset = \"consensus\"", "preset = \"consensus\"\npooling = \"max\"");
    let said = workplace.refuses(&["score", "study.toml", "-o", "out"]);
    assert!(said.contains("made of samples pooled by 'pooled', the study pools by 'max'"), "{said}");
}

#[test]
fn a_reference_tells_what_it_holds_and_who_may_use_it() {
    let workplace = cohort();
    let more = ["--specimen", "whole_slide", "--date", "2024-05-31"];
    workplace.finishes(&fit("training.tsv", &more, "frozen.json"));
    let text = workplace.finishes(&["reference", "show", "frozen.json"]);
    for part in
        ["whole sections", "CD8 IM", "contexture 0.1.0 on 2024-05-31", "training.tsv (densities)", "to be used for"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json = workplace.finishes(&["reference", "show", "frozen.json", "--json"]);
    let json = &json[json.find('{').expect("JSON")..=json.rfind('}').expect("JSON")];
    let account: ReferenceAccount = serde_json::from_str(json).expect("an account");
    assert_eq!(account.warnings, [""; 0]);
    assert_eq!(account.components.iter().map(|it| it.n).collect::<Vec<_>>(), [240; 4]);
    let by_hand = workplace.finishes(&["reference", "show", "reference.json"]);
    assert!(by_hand.contains("The file has no checksum"), "{by_hand}");
}

#[test]
fn two_references_merge_into_that_of_all_patients() {
    let workplace = cohort();
    let table = workplace.read("training.tsv");
    workplace.write("low.tsv", rows_of(&table, |it| it < "1100"));
    workplace.write("high.tsv", rows_of(&table, |it| it >= "1100"));
    for (name, more) in [("low", vec![]), ("high", vec![]), ("training", vec![])] {
        workplace.finishes(&fit(&format!("{name}.tsv"), &more, &format!("{name}.json")));
    }
    let args = ["reference", "merge", "low.json", "high.json", "--name", "training", "-o", "union.json"];
    let said = workplace.finishes(&args);
    assert!(said.contains("counts twice") && said.contains("wrote union.json: 240 patients"), "{said}");
    assert_eq!(file(&workplace, "union.json").components, file(&workplace, "training.json").components);

    let said = workplace.refuses(&["reference", "merge", "union.json", "low.json", "-o", "x.json"]);
    assert!(said.contains("whose patients would count twice"), "{said}");
    let said = workplace.refuses(&["reference", "merge", "low.json", "low.json", "-o", "x.json"]);
    assert!(said.contains("they hold the same values"), "{said}");
    workplace.finishes(&fit("high.tsv", &["--quantiles", "5"], "table.json"));
    let said = workplace.refuses(&["reference", "merge", "low.json", "table.json", "-o", "x.json"]);
    assert!(said.contains("is a table of quantiles"), "{said}");
    workplace.finishes(&fit("high.tsv", &["--specimen", "tma"], "tma.json"));
    let said = workplace.refuses(&["reference", "merge", "low.json", "tma.json", "-o", "x.json"]);
    assert!(said.contains("they differ in their kind of tissue"), "{said}");
}

#[test]
fn fewer_than_twenty_patients_make_no_reference() {
    let workplace = cohort();
    let table = workplace.read("training.tsv");
    workplace.write("few.tsv", rows_of(&table, |it| it < "1020"));
    let said = workplace.refuses(&fit("few.tsv", &[], "few.json"));
    assert!(said.contains("19 patients of the training cohort can make a reference, at least 20 are needed"), "{said}");
    assert!(said.contains("put more patients into the table") && !said.contains("[reference]"), "{said}");
}

/// The study with every patient scored against the other centres.
fn leave_one_centre_out() -> Workplace {
    let workplace = cohort();
    let mode = "mode = \"leave_one_centre_out\"\ncentre_column = \"centre\"";
    workplace.edit("study.toml", "mode = \"external\"\nfile = \"reference.json\"", mode);
    workplace
}

#[test]
fn a_patient_is_scored_against_the_other_centres_alone() {
    let workplace = leave_one_centre_out();
    workplace.finishes(&["run", "study.toml", "-o", "run"]);
    let clinical = workplace.read("clinical.tsv");
    let is_of = |patient: &str, is_asked: fn(&str) -> bool| {
        clinical.lines().any(|it| it.starts_with(patient) && it.split('\t').nth(5).is_some_and(is_asked))
    };
    let of_b = |patient: &str| is_of(patient, |it| it == "B");
    let densities = workplace.read("densities.tsv");
    workplace.write("others.tsv", rows_of(&densities, |it| is_of(it, |it| it != "B" && !it.is_empty())));
    workplace.write("b.tsv", rows_of(&densities, of_b));
    workplace.finishes(&fit("others.tsv", &[], "others.json"));
    workplace.finishes(&["score", "b.tsv", "--reference", "others.json", "-o", "b"]);
    let expected = score_of(&workplace, "b");
    let found: Vec<_> = score_of(&workplace, "run").into_iter().filter(|it| of_b(&it.0)).collect();
    assert!(expected.len() > 60);
    assert_eq!(found, expected, "as by a frozen reference of the other centres");
    assert!(scores(&workplace, "run").iter().all(|it| cell(it, "in_reference") == "false"));
    for page in ["run/cohort.html", "run/patients/0001.html"] {
        assert!(workplace.read(page).contains("scored against the patients of the other centres"), "{page}");
    }
    assert!(workplace.read("run/score.json").contains("\"leave_one_centre_out\""));
    assert!(workplace.read("run/cohort.html").contains("For centre B"));
}

/// Leakage: a patient's own centre must not move the patient's score.
#[test]
fn patients_of_the_same_centre_change_nothing_and_those_of_another_do() {
    let workplace = leave_one_centre_out();
    workplace.finishes(&["score", "study.toml", "-o", "before"]);
    let score = |folder: &str| score_of(&workplace, folder).into_iter().find(|it| it.0 == "0001").expect("a score").1;
    // 0001 is a patient of centre B, 0002 one of C.
    let densities = workplace.read("densities.tsv");
    let clinical = workplace.read("clinical.tsv");
    let centre = |patient: &str| {
        clinical.lines().find(|it| it.starts_with(patient)).and_then(|it| it.split('\t').nth(5)).map(str::to_owned)
    };
    let same =
        (3..300).map(|it| format!("{it:04}")).find(|it| centre(it).as_deref() == Some("B")).expect("another of B");
    let scored = score_of(&workplace, "before");
    assert!(scored.iter().any(|it| it.0 == same));
    workplace.write("densities.tsv", rows_of(&densities, |it| it != same));
    workplace.finishes(&["score", "study.toml", "-o", "same"]);
    assert_eq!(score("before"), score("same"));
    workplace.write("densities.tsv", rows_of(&densities, |it| it != "0002"));
    workplace.finishes(&["score", "study.toml", "-o", "other"]);
    assert_ne!(score("before"), score("other"));
}

/// The ranks of a cohort in itself move when patients come and go; those in a frozen reference do not.
#[test]
fn only_a_frozen_reference_holds_when_patients_are_added() {
    let workplace = cohort();
    let densities = workplace.read("densities.tsv");
    let scores_of = |mode: &str, keeps: &dyn Fn(&str) -> bool| {
        let study = include_str!("../../testdata/cohort/study.toml");
        workplace.write("study.toml", study.replace("mode = \"external\"\nfile = \"reference.json\"", mode));
        workplace.write("densities.tsv", rows_of(&densities, keeps));
        workplace.finishes(&["score", "study.toml", "--force", "-o", "out"]);
        score_of(&workplace, "out").into_iter().filter(|it| it.0.as_str() < "0100").collect::<Vec<_>>()
    };
    let few = |it: &str| it < "0100";
    let own = "mode = \"self\"";
    assert_ne!(scores_of(own, &few), scores_of(own, &|_| true));
    let frozen = "mode = \"external\"\nfile = \"reference.json\"";
    assert_eq!(scores_of(frozen, &few), scores_of(frozen, &|_| true));
}

#[test]
fn a_patient_without_a_centre_has_no_score_and_is_in_no_reference() {
    let workplace = leave_one_centre_out();
    let clinical = workplace.read("clinical.tsv");
    let without = clinical.lines().map(|line| {
        let mut cells: Vec<&str> = line.split('\t').collect();
        if cells[0] == "0002" {
            cells[5] = "";
        }
        cells.join("\t")
    });
    workplace.write("clinical.tsv", without.collect::<Vec<_>>().join("\n"));
    workplace.finishes(&["run", "study.toml", "-o", "out"]);
    let rejected = workplace.read("out/rejected.tsv");
    let row = rejected.lines().find(|it| it.starts_with("0002\t")).expect("0002 is rejected");
    assert!(row.contains("centre_missing\tno centre"), "{row}");
    assert!(!scores(&workplace, "out").iter().any(|it| cell(it, "patient_id") == "0002"));
}

#[test]
fn one_centre_cannot_be_left_out() {
    let workplace = leave_one_centre_out();
    workplace.edit("study.toml", "centre_column = \"centre\"", "centre_column = \"msi\"");
    let clinical = workplace.read("clinical.tsv").replace("\tMSI\t", "\tMSS\t");
    workplace.write("clinical.tsv", clinical);
    let said = workplace.refuses(&["score", "study.toml", "-o", "out"]);
    assert!(said.contains("needs patients of two centres or more (found: MSS)"), "{said}");
}

/// A pooled reference has no component of its own for any marker and region.
#[test]
fn a_reference_pooled_across_markers_or_regions_is_refused() {
    let workplace = cohort();
    let component = contexture::model::Component::new("T cells".into(), "CT".into());
    let values = (0..50).map(f64::from).collect();
    let component = contexture::score::reference::ReferenceComponent::of_values(component, values);
    let pooled = ReferenceFile::of_components("pooled", "consensus", vec![component]);
    workplace.write("reference.json", serde_json::to_string(&pooled).expect("JSON"));
    let said = workplace.refuses(&["score", "study.toml", "-o", "out"]);
    assert!(said.contains("has no values of CD3 CT (found: T cells CT)"), "{said}");
}

#[test]
fn a_page_of_quality_compares_centres_and_the_steps_give_what_a_run_gives() {
    let workplace = cohort();
    workplace.edit("study.toml", "groups = [\"centre\"]", "groups = [\"centre\", \"stage\"]");
    workplace.finishes(&["run", "study.toml", "-o", "run"]);
    let page = workplace.read("run/quality.html");
    for part in ["By centre", "By stage", "Expected and observed shares", "and no percentile itself", "near a cut"] {
        assert!(page.contains(part), "{part}");
    }
    workplace.finishes(&["score", "study.toml", "-o", "scored"]);
    workplace.finishes(&["report", "study.toml", "--scored", "scored", "-o", "report"]);
    assert_eq!(workplace.read("report/quality.html"), page);
    for figure in ["figures/by_group_1.svg", "figures/by_group_2.svg"] {
        assert_eq!(workplace.read(&format!("report/{figure}")), workplace.read(&format!("run/{figure}")));
    }
    assert!(workplace.read("run/cohort.html").contains("href=\"quality.html\""));
    workplace.edit("study.toml", "\"stage\"]", "\"stagee\"]");
    let said = workplace.refuses(&["score", "study.toml", "-o", "out"]);
    assert!(said.contains("has no column 'stagee'"), "{said}");
}
