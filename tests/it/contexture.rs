//! `[contexture]` in a study.

mod covariates;
/// References that hold the markers of the axes.
mod frozen;
/// Tables that lack cells before, a measure or the markers of the score.
mod other_tables;
/// Scores that need no reference, and tables without a study.
mod unranked;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::command::{Workplace, assert_same};
use crate::results::{Results, cell, shared_data};

/// Absolute; for means and percentiles from 0 to 100.
const TOLERANCE: f64 = 1e-9;

const MARKERS: [&str; 9] = ["CD3", "CD8", "CD45RO", "CD4", "FOXP3", "CD20", "CD163", "CD66b", "PD-1"];

/// A linear congruential generator (Numerical Recipes, chapter 7.1).
struct Random(u32);

impl Random {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % n
    }
}

/// Forty patients, nine markers in two regions, before and after: a third has a sample of one time alone.
fn densities() -> String {
    let mut random = Random(20_120_401);
    let mut table = "patient_id\tsample_id\ttimepoint\tregion\tmarker\tn_cells\tarea_mm2\n".to_owned();
    for patient in 0..40 {
        for (time, word) in ["biopsy", "surgery"].into_iter().enumerate() {
            if (patient % 6 == 5 && time == 1) || (patient % 13 == 12 && time == 0) {
                continue;
            }
            for region in ["CT", "IM"] {
                let area = 2.0 + f64::from(random.below(400)) / 100.0;
                for (at, marker) in MARKERS.into_iter().enumerate() {
                    let most = [900, 500, 400, 300, 60, 200, 400, 150, 120][at] * (1 + u32::from(time == 1 && at < 3));
                    // Some patients lack CD20, and some have no cell of CD66b.
                    let n_cells = if at == 7 && patient % 9 == 0 { 0 } else { random.below(most) };
                    if at != 5 || patient % 7 != 3 {
                        let _ = writeln!(
                            table,
                            "P{patient:02}\tP{patient:02}-{time}\t{word}\t{region}\t{marker}\t{n_cells}\t{area}"
                        );
                    }
                }
            }
        }
    }
    table
}

const STUDY: &str = r#"schema_version = 1
title = "Many markers"
seed = 1
[inputs]
densities = "densities.tsv"
[protocol.uncertainty]
replicates = 100
[reference]
mode = "self"
[contexture]
tumour_type = "crc"
[contexture.paired]
column = "timepoint"
before = "biopsy"
after = "surgery"
"#;

fn workplace() -> Workplace {
    let workplace = Workplace::with_files([("study.toml", STUDY)]);
    workplace.write("densities.tsv", densities());
    workplace
}

const RUN: [&str; 4] = ["run", "study.toml", "-o", "out"];

#[test]
fn threads_order_of_rows_and_steps_do_not_matter() {
    let workplace = workplace();
    workplace.finishes(&["run", "study.toml", "-o", "one", "--threads", "1"]);
    workplace.finishes(&["run", "study.toml", "-o", "four", "--threads", "4"]);
    assert_same(&workplace.contents("one"), &workplace.contents("four"));
    for page in ["one/cohort.html", "one/patients/P00.html"] {
        assert!(workplace.read(page).contains("Immune contexture"), "{page}");
    }

    workplace.finishes(&["score", "study.toml", "-o", "scored"]);
    workplace.finishes(&["report", "study.toml", "--scored", "scored", "-o", "report"]);
    for page in ["cohort.html", "patients/P00.html", "patients/P12.html", "figures/contexture_change.svg"] {
        assert!(workplace.read(&format!("one/{page}")) == workplace.read(&format!("report/{page}")), "{page}");
    }

    let table = densities();
    let (header, rows) = table.split_once('\n').expect("a header");
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    workplace.write("densities.tsv", format!("{header}\n{}\n", rows.join("\n")));
    workplace.finishes(&["run", "study.toml", "-o", "reversed"]);
    for name in
        ["contexture", "contexture_markers", "contexture_location", "contexture_change", "contexture_change_cohort"]
    {
        let of = |folder: &str| workplace.read(&format!("{folder}/{name}.tsv"));
        assert!(of("one") == of("reversed"), "{name}");
        assert!(of("one").lines().count() > 1, "{name} has rows");
    }
}

#[test]
fn scores_are_of_the_samples_before_and_nobody_is_lost() {
    let results = {
        let workplace = workplace();
        let before: Vec<String> = densities().lines().filter(|it| !it.contains("surgery")).map(str::to_owned).collect();
        workplace.write("before.tsv", before.join("\n"));
        let study = STUDY.replace("densities.tsv", "before.tsv");
        let study = study.split("[contexture]").next().expect("a start").to_owned();
        workplace.write("before.toml", study);
        workplace.finishes(&RUN);
        workplace.finishes(&["run", "before.toml", "-o", "before"]);
        workplace
    };
    let scores = |folder: &str| results.read(&format!("{folder}/scores.tsv"));
    assert_eq!(scores("out"), scores("before"));
    let rejected = results.read("out/rejected.tsv");
    for lost in ["P12", "P25", "P38"] {
        assert!(rejected.contains(lost), "{lost} has a sample after alone, and is not scored");
    }
    let record: serde_json::Value = serde_json::from_str(&results.read("out/contexture.json")).expect("JSON");
    assert_eq!(record["change"]["only_after"], serde_json::json!(["P12", "P25", "P38"]));
    assert_eq!(record["change"]["n_paired"], 31);
    // CD8 twice as high after; nothing else changed on purpose.
    let page = results.read("out/cohort.html");
    assert!(page.contains("A biopsy and a surgical specimen are different kinds of tissue"));
    assert!(page.contains("9 patients without a pair"), "those with one time alone are listed");
}

#[test]
fn what_the_contexture_cannot_be_made_of_is_refused() {
    let refusal = |study: &str, densities: &str| {
        let workplace = Workplace::with_files([("study.toml", study), ("densities.tsv", densities)]);
        workplace.refuses(&RUN)
    };
    let table = densities();
    for (from, to, expected) in [
        ("tumour_type = \"crc\"", "tumour_type = \"crcc\"", "no axis has signs of its own for tumour type 'crcc'"),
        ("tumour_type", "tumor_type", "did you mean 'tumour_type'?"),
        ("\"surgery\"", "\"biopsy\"", "before and after are both 'biopsy'"),
        ("\"timepoint\"", "\"time_point\"", "has no column 'time_point'"),
        ("\"surgery\"", "\"resection\"", "has no 'resection' in column 'timepoint' (found: 'biopsy', 'surgery')"),
        ("tumour_type = \"crc\"", "regions = [\"STROMA\"]", "no marker of an axis of the contexture in STROMA"),
        ("tumour_type = \"crc\"", "axes = \"mine.toml\"", "cannot read"),
    ] {
        let found = refusal(&STUDY.replace(from, to), &table);
        assert!(found.contains(expected), "{found}");
    }
    let unpaired: Vec<String> =
        table.lines().map(|it| if it.contains("surgery") { it.replace('P', "Q") } else { it.to_owned() }).collect();
    let found = refusal(STUDY, &unpaired.join("\n"));
    assert!(found.contains("no patient has samples of both times in column 'timepoint'"), "{found}");
    let found = refusal(STUDY, &table.replacen("biopsy", "biopsi", 1));
    assert!(
        found.contains("row 2, column 'timepoint': found 'biopsi'") && found.contains("did you mean 'biopsy'?"),
        "{found}"
    );
}

#[test]
fn a_laboratorys_axes_are_used_and_named_among_the_inputs() {
    let workplace = workplace();
    let axes = "schema_version = 1\n[[markers]]\nmarker = \"foxp3+\"\nsign = \"negative\"\nsource = \"our cohort\"\n";
    workplace.write("mine.toml", axes);
    workplace.edit("study.toml", "tumour_type", "axes = \"mine.toml\"\ntumour_type");
    workplace.finishes(&RUN);
    let rows = workplace.read("out/contexture.tsv");
    assert!(rows.lines().any(|it| it.starts_with("P00\ttype\tregulatory_t\tnegative\t")), "{rows}");
    assert!(workplace.read("out/run.json").contains("\"role\": \"axes\""));
    assert_snapshot!(workplace.finishes(&["axes", "check", "mine.toml"]), @"
    exit code 0
    --- stdout
    'mine.toml' is sound, and adds and changes:
      FOXP3 on axis regulatory_t: sign 'negative' in place of 'context'; confidence none in place of 'low'; source 'our cohort' in place of 'general knowledge'; note none in place of 'adverse in many tumours, favourable in others'
    in tumour type crc:
      FOXP3 on axis regulatory_t: sign 'negative' in place of 'positive'; confidence none in place of 'low'; source 'our cohort' in place of 'general knowledge'; note none in place of 'often favourable in colorectal cancer, not in every study'
    --- stderr
    ");
}

#[test]
fn the_axes_can_be_looked_at() {
    let workplace = Workplace::with_files([]);
    let text = workplace.finishes(&["axes", "show", "--tumour-type", "crc"]);
    assert!(text.contains("Regulatory T cells (regulatory_t, type)\n  FOXP3      positive  low     "), "{text}");
    let json = workplace.finishes(&["axes", "show", "--json"]);
    assert!(json.contains("\"tumour_type\": null"), "{json}");
}

/// The page of the bundled cohort says that two of the markers of the axes were measured, and no more.
#[test]
fn a_cohort_of_two_markers_says_so() {
    let workplace = Workplace::with_cohort();
    workplace.edit(
        "study.toml",
        "[[endpoints]]\nname = \"os\"",
        "[contexture]\ntumour_type = \"crc\"\n\n[[endpoints]]\nname = \"os\"",
    );
    workplace.finishes(&RUN);
    let page = workplace.read("out/patients/0001.html");
    assert!(page.contains(">2 of 4 measured</text>") && page.contains("mean of 2 ▲"), "the figure");
    assert!(
        page.contains("No marker measured: Helper T cells; ") && !page.contains("0 of 4 measured"),
        "the other axes"
    );
    let coverage = "mean of 2 (CD3 CT, CD3 IM, CD8 CT, CD8 IM); 2 of 4 measured; not measured: ";
    assert!(page.contains(coverage), "the table");
    // Three columns fit a telephone.
    let header = "<th scope=\"col\">Axis and sign</th><th scope=\"col\" class=\"n\">Mean</th><th scope=\"col\">Markers</th></tr>";
    assert!(page.contains(header));
    let percentiles = |table: &str| -> Vec<[String; 4]> {
        let columns = ["patient_id", "region", "marker", "percentile"];
        let rows = workplace.rows(table);
        let mut found: Vec<_> = rows.iter().map(|it| columns.map(|column| it[column].clone())).collect();
        found.sort();
        found
    };
    // What the score ranks has the percentile that it has in the score.
    assert_eq!(percentiles("out/profiles.tsv"), percentiles("out/contexture_markers.tsv"));
}

/// 15 markers of a colorectal cohort, against percentiles that are counted here.
///
/// The data are not part of the project; see `../shared/data/README.md`.
#[test]
fn percentiles_and_means_of_a_real_cohort_are_as_counted() {
    let Some(folder) = shared_data("crc_ihc") else { return };
    let mut reader = csv::Reader::from_path(folder.join("markers_05.csv")).expect("a table");
    let header = reader.headers().expect("a header").clone();
    let mut values: BTreeMap<&str, Vec<(usize, f64)>> = BTreeMap::new();
    let mut table = "patient_id,region,marker,cells_per_mm2\n".to_owned();
    for (patient, row) in reader.records().enumerate() {
        let row = row.expect("a row");
        for (marker, text) in header.iter().zip(row.iter()).skip(4) {
            if let Ok(value) = text.parse::<f64>() {
                values.entry(marker).or_default().push((patient, value));
                let _ = writeln!(table, "{patient:03},IM,{marker},{value}");
            }
        }
    }
    let workplace = Workplace::with_files([("densities.csv", table.as_str())]);
    workplace.write(
        "margin.toml",
        "schema_version = 1\nname = \"margin\"\ntitle = \"CD3 and CD8 at the margin\"\ncitation = \"-\"\nmarkers = [\"CD3\", \
         \"CD8\"]\nregions = [\"IM\"]\nprimary_scheme = \"two_class\"\n[[schemes]]\nname = \"two_class\"\nlabel = \"two classes\"\nclasses = \
         [\"Low\", \"High\"]\nupper_ends = [50.0]\n",
    );
    let study = format!(
        "schema_version = 1\ntitle = \"Colorectal\"\n[inputs]\ndensities = \"{}\"\n[protocol]\nfile = \"{}\"\n[reference]\nmode = \
         \"self\"\nbuilt_from = \"all_values\"\n[contexture]\ntumour_type = \"crc\"\n",
        workplace.path("densities.csv").display(),
        workplace.path("margin.toml").display()
    );
    let results = Results::of_text(&study);

    let words = [
        ("CD3", "CD3"),
        ("CD8", "CD8"),
        ("CD45RO", "CD45RO"),
        ("Granzyme B", "GZMB"),
        ("CD4", "CD4"),
        ("CD68", "CD68"),
        ("Foxp3", "FOXP3"),
        ("CD20", "CD20"),
        ("CD57", "CD57"),
    ];
    let expected = |word: &str, patient: usize| -> Option<f64> {
        let all = &values[word];
        let own = all.iter().find(|it| it.0 == patient)?.1;
        let below = all.iter().filter(|it| it.1 < own).count() as f64;
        let equal = all.iter().filter(|it| it.1.total_cmp(&own).is_eq()).count() as f64;
        Some(100.0 * (below + equal / 2.0) / all.len() as f64)
    };
    let rows = results.rows("contexture_markers.tsv");
    let mut n_compared = 0;
    for row in &rows {
        let patient: usize = cell(row, "patient_id").parse().expect("a number");
        let word = words.iter().find(|it| it.1 == cell(row, "marker")).expect("a marker of an axis").0;
        let found = cell(row, "percentile").parse::<f64>().ok();
        match (found, expected(word, patient)) {
            (Some(found), Some(expected)) => {
                assert!((found - expected).abs() < TOLERANCE, "{patient} {word}: {found} is not {expected}");
                n_compared += 1;
            }
            (found, expected) => assert_eq!(found, expected, "{patient} {word}"),
        }
    }
    assert!(n_compared > 8 * 100, "{n_compared} percentiles were compared");

    for row in results.rows("contexture.tsv").iter().filter(|it| cell(it, "axis") == "cytotoxic_memory_t") {
        let patient: usize = cell(row, "patient_id").parse().expect("a number");
        let of: Vec<f64> = words[..4].iter().filter_map(|it| expected(it.0, patient)).collect();
        let mean = of.iter().sum::<f64>() / of.len() as f64;
        let found: f64 = cell(row, "mean_percentile").parse().expect("a mean");
        assert!((found - mean).abs() < TOLERANCE, "{patient}: {found} is not {mean}");
        assert_eq!(cell(row, "n_measured"), of.len().to_string());
    }
}
