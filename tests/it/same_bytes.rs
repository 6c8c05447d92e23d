//! Same input, same arguments, same bytes out: for any number of threads, any order of rows, any format of the tables,
//! and whether the steps run in one process or one by one.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use crate::command::{Contents, Workplace, assert_same, has_ending};

/// The cohort's results after a change of its files.
fn results_after(change: impl Fn(&Workplace)) -> Contents {
    let workplace = Workplace::with_cohort();
    change(&workplace);
    workplace.finishes(&["run", "study.toml", "-o", "out"]);
    results(&workplace.contents("out"))
}

/// What was found, without the names and checksums of the files it was found in: tables as they are, JSON without
/// `inputs`, and no pages.
fn results(folder: &Contents) -> Contents {
    let is_result = |name: &str| {
        !name.starts_with("checksums/") && ["tsv", "parquet", "json"].iter().any(|it| has_ending(name, it))
    };
    let kept = folder.iter().filter(|it| is_result(it.0)).map(|(name, bytes)| {
        let is_json = has_ending(name, "json");
        (name.clone(), if is_json { without_inputs(bytes) } else { bytes.clone() })
    });
    kept.collect()
}

fn without_inputs(json: &[u8]) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(json).expect("JSON");
    let object = value.as_object_mut().expect("an object");
    object.remove("inputs");
    if let Some(arguments) = object.get_mut("arguments").and_then(Value::as_object_mut) {
        arguments.remove("inputs");
    }
    value.to_string().into_bytes()
}

/// The rows of a table in another order, the same one every time.
fn shuffled(table: &str) -> String {
    let mut lines: Vec<&str> = table.lines().collect();
    // A linear congruential generator (Numerical Recipes, chapter 7.1) picks the swaps of Fisher and Yates.
    let mut state: u32 = 20_180_521;
    for at in (2..lines.len()).rev() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        lines.swap(at, 1 + state as usize % at);
    }
    lines.join("\n") + "\n"
}

fn change_tables(workplace: &Workplace, change: impl Fn(&str) -> String) {
    for table in ["densities.tsv", "clinical.tsv"] {
        workplace.write(table, change(&workplace.read(table)));
    }
}

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    let workplace = Workplace::with_cohort();
    workplace.finishes(&["run", "study.toml", "-o", "one", "--threads", "1"]);
    workplace.finishes(&["run", "study.toml", "-o", "two", "--threads", "2"]);
    workplace.finishes(&["run", "study.toml", "-o", "seven", "--threads", "7"]);
    assert_same(&workplace.contents("one"), &workplace.contents("two"));
    assert_same(&workplace.contents("one"), &workplace.contents("seven"));
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let workplace = Workplace::with_cohort();
    assert_ne!(shuffled(&workplace.read("clinical.tsv")), workplace.read("clinical.tsv"));
    assert_same(&results_after(|_| ()), &results_after(|it| change_tables(it, shuffled)));
}

#[test]
fn the_delimiter_of_a_table_does_not_matter() {
    let expected = results_after(|_| ());
    for delimiter in [",", ";"] {
        assert_same(&expected, &results_after(|it| change_tables(it, |table| table.replace('\t', delimiter))));
    }
}

#[test]
fn line_ends_quotes_and_a_byte_order_mark_do_not_matter() {
    let quoted = |table: &str| {
        let row = |line: &str| line.split('\t').map(|it| format!("\"{it}\"")).collect::<Vec<_>>().join(",") + "\r\n";
        format!("\u{feff}{}", table.lines().map(row).collect::<String>())
    };
    assert_same(&results_after(|_| ()), &results_after(|it| change_tables(it, quoted)));
}

#[test]
fn a_gzipped_table_is_the_same_table() {
    let gzipped = |workplace: &Workplace| {
        for table in ["densities.tsv", "clinical.tsv"] {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(workplace.read(table).as_bytes()).expect("memory takes all bytes");
            workplace.write(&format!("{table}.gz"), encoder.finish().expect("memory takes all bytes"));
            workplace.edit("study.toml", table, &format!("{table}.gz"));
        }
    };
    assert_same(&results_after(|_| ()), &results_after(gzipped));
}

#[test]
fn a_parquet_table_is_the_same_table() {
    let as_parquet = |workplace: &Workplace| {
        workplace.finishes(&["score", "study.toml", "-o", "scored"]);
        workplace.edit("study.toml", "densities.tsv", "scored/densities.parquet");
    };
    assert_same(&results_after(|_| ()), &results_after(as_parquet));
}

#[test]
fn a_wide_table_says_what_the_long_one_says() {
    let workplace = Workplace::with_cohort();
    workplace.write("densities.tsv", include_str!("../../testdata/cohort/training_densities.tsv"));
    workplace.finishes(&["score", "study.toml", "-o", "counted"]);

    let counted = workplace.read("counted/densities.tsv");
    let rows: Vec<Vec<&str>> = counted.lines().skip(1).map(|it| it.split('\t').collect()).collect();
    let mut long = vec!["patient_id,region,marker,cells_per_mm2".to_owned()];
    let mut wide = vec!["patient_id,CD3_CT,cd8+ core,IM.CD3,CD8 (invasive margin)".to_owned()];
    // Sorted by region, then marker: four rows a patient.
    for patient in rows.chunks(4) {
        long.extend(patient.iter().map(|row| [row[0], row[2], row[3], row[6]].join(",")));
        wide.push([patient[0][0], patient[0][6], patient[1][6], patient[2][6], patient[3][6]].join(","));
    }
    for (name, table) in [("long", long), ("wide", wide)] {
        workplace.write(&format!("{name}.csv"), table.join("\n"));
        workplace.finishes(&["score", "study.toml", "--densities", &format!("{name}.csv"), "-o", name]);
    }
    assert_same(&results(&workplace.contents("long")), &results(&workplace.contents("wide")));

    // Without counts there is no interval; the score is the same.
    let scores = |folder: &str| -> Vec<String> {
        let table = workplace.read(&format!("{folder}/scores.tsv"));
        table.lines().map(|it| it.split('\t').take(2).collect::<Vec<_>>().join(" ")).collect()
    };
    assert_eq!(scores("counted"), scores("wide"));
}

/// Runs the steps one by one, each in a folder of its own; the three folders together.
fn step_by_step(workplace: &Workplace) -> Contents {
    workplace.finishes(&["score", "study.toml", "-o", "scored"]);
    workplace.finishes(&["stratify", "study.toml", "--scored", "scored", "-o", "stratified"]);
    let args = ["report", "study.toml", "--scored", "scored", "--stratified", "stratified", "-o", "report"];
    workplace.finishes(&args);
    ["scored", "stratified", "report"].into_iter().flat_map(|it| workplace.contents(it)).collect()
}

#[test]
fn the_steps_one_by_one_write_what_a_run_writes() {
    for formats in ["[\"tsv\", \"parquet\"]", "[\"tsv\"]", "[\"parquet\"]"] {
        let workplace = Workplace::with_cohort();
        workplace.edit("study.toml", "[\"tsv\", \"parquet\"]", formats);
        workplace.finishes(&["run", "study.toml", "-o", "out"]);
        let out = workplace.contents("out");
        assert_same(&out, &step_by_step(&workplace));
        assert_eq!(out.contains_key("scores.tsv"), formats.contains("tsv"));
        assert_eq!(out.contains_key("scores.parquet"), formats.contains("parquet"));
    }
}

#[test]
fn partial_scores_pass_from_step_to_step_as_they_are() {
    let workplace = Workplace::with_cohort();
    workplace.edit("study.toml", "preset = \"consensus\"", "preset = \"consensus\"\nmin_components = 1");
    workplace.finishes(&["run", "study.toml", "-o", "out"]);
    assert!(workplace.read("out/excluded.tsv").contains("partial_score"));
    assert_same(&workplace.contents("out"), &step_by_step(&workplace));
}

#[test]
fn checksums_are_those_of_the_files() {
    let workplace = Workplace::with_cohort();
    workplace.finishes(&["run", "study.toml", "-o", "out"]);
    let mut listed: Vec<String> = Vec::new();
    for step in ["score", "stratify", "report"] {
        for line in workplace.read(&format!("out/checksums/{step}.sha256")).lines() {
            let (sum, name) = line.split_once("  ").expect("a checksum and a name");
            let path = workplace.path(&format!("out/{name}"));
            assert_eq!(contexture::io::checksum::of_file(&path).expect("a listed file is there"), sum, "{name}");
            listed.push(name.to_owned());
        }
    }
    let is_listed = |it: &&String| !it.ends_with('/') && !it.starts_with("checksums/");
    let out = workplace.contents("out");
    listed.sort();
    assert_eq!(listed.iter().collect::<Vec<_>>(), out.keys().filter(is_listed).collect::<Vec<_>>());
}
