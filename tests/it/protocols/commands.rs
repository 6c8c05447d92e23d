use std::collections::BTreeMap;
use std::fmt::Write as _;

use contexture::protocol::{PRESETS, Protocol};

use super::SCORE;
use crate::command::Workplace;

/// Standard output of a command that works.
#[track_caller]
pub(super) fn said(workplace: &Workplace, args: &[&str]) -> String {
    let said = workplace.finishes(args);
    assert!(said.contains("exit code 0"), "{said}");
    said
}

#[test]
fn the_list_names_every_preset_and_what_it_needs() {
    let workplace = Workplace::with_files([]);
    let list = said(&workplace, &["protocol", "list"]);
    for (name, _) in PRESETS {
        assert!(list.lines().any(|it| it.starts_with(&format!("{name} "))), "{name}");
    }
    let line = |name: &str| list.lines().find(|it| it.starts_with(name)).expect("a line").to_owned();
    assert!(line("i0-i4 ").contains("density") && line("i0-i4 ").contains("cut-offs"));
    let proximity = line("t-cell-proximity ");
    assert!(proximity.contains("  proximity  ") && proximity.contains("is not established"), "{proximity}");
    assert!(
        line("pd-l1-cps ").contains("percent_of_cells, per_100_cells") && line("pd-l1-cps ").contains("nothing more")
    );
    let output = workplace.command(&["protocol", "list", "--json"]).output().expect("contexture starts");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(json.as_array().expect("a list").len(), PRESETS.len());
    assert_eq!(json[0]["needs"][0], "reference");
}

#[test]
fn a_preset_is_shown_as_a_file_that_can_be_used() {
    let workplace = Workplace::with_files([]);
    let output = workplace.command(&["protocol", "show", "i0-i4"]).output().expect("contexture starts");
    let text = String::from_utf8(output.stdout).expect("text");
    let shown: Protocol = toml::from_str(&text).expect("a protocol");
    assert_eq!(Some(shown), Protocol::preset("i0-i4"));
    let refused = workplace.refuses(&["protocol", "show", "consensos"]);
    assert!(refused.contains("did you mean 'consensus'?"), "{refused}");
}

#[test]
fn a_check_says_which_cells_are_asked_for_one_near() {
    let found = said(&Workplace::with_files([]), &["protocol", "check", "t-cell-proximity"]);
    let expected = "marker 'CD8' in region 'IM': percent, or fraction, of the whole that has one near; n_cells of the whole as a \
                    weight (whole: marker 'tumour cells'; near: within 20 µm)";
    assert!(found.contains(expected), "{found}");
}

#[test]
fn a_check_says_what_is_needed_and_what_a_table_has() {
    let workplace = Workplace::with_files([(
        "densities.csv",
        "patient_id,region,marker,cells_per_mm2\np,CT,CD3,200\nq,CT,CD3,100\n",
    )]);
    let found = said(&workplace, &["protocol", "check", "i0-i4", "--densities", "densities.csv"]);
    for expected in [
        "marker 'CD8' in region 'IM': cells_per_mm2, or n_cells and area_mm2",
        "[protocol.cutoffs]",
        "2 have CD3 CT",
        "0 have CD8 IM; check the words for marker and region",
        "0 have every component",
    ] {
        assert!(found.contains(expected), "{expected}: {found}");
    }
    assert!(
        said(&workplace, &["protocol", "check", "consensus"])
            .contains("mode = \"external\", \"training\", \"leave_one_centre_out\" or \"self\"")
    );
    workplace.write("lab.toml", "schema_version = 1\nname = \"lab\"\ntitel = \"t\"\n");
    let refused = workplace.refuses(&["protocol", "check", "lab.toml"]);
    assert!(
        refused.contains("line 3: unknown field 'titel'") && refused.contains("did you mean 'title'?"),
        "{refused}"
    );
}

#[test]
fn a_check_hints_at_words_that_no_table_has() {
    let workplace = Workplace::with_files([]);
    let shown = workplace.command(&["protocol", "show", "biopsy"]).output().expect("contexture starts").stdout;
    let shown = String::from_utf8(shown).expect("text");
    workplace.write("lab.toml", shown.replace("\"CD8\"", "\"CD8X\"").replace("\"TUMOR\"", "\"TUMUR\""));
    let found = said(&workplace, &["protocol", "check", "lab.toml"]);
    for expected in
        ["'CD8X' is no word of the field, and is kept as it is; did you mean 'CD8'?", "did you mean 'TUMOR'?"]
    {
        assert!(found.contains(expected), "{expected}: {found}");
    }
    let refused = workplace.refuses(&["protocol", "show", "cps"]);
    assert!(refused.contains("did you mean 'pd-l1-cps'?"), "{refused}");
}

/// The published cut-offs of densities in the stroma of the margin: the score follows from them, patient by patient.
#[test]
fn published_cut_offs_of_a_real_cohort_give_i0_to_i4() {
    let Some(folder) = crate::results::shared_data("crc_ihc") else { return };
    let mut reader = csv::Reader::from_path(folder.join("published_os_logrank.csv")).expect("a table");
    let published: Vec<csv::StringRecord> = reader.records().map(|it| it.expect("a row")).collect();
    let file = published[0][0].to_owned();
    let cut = |marker: &str| {
        let row = published.iter().find(|it| it[0] == file && it[2].eq_ignore_ascii_case(marker)).expect("a marker");
        (row[2].to_owned(), row[3].parse::<f64>().expect("a cut-off"))
    };
    let cuts = ["CD3", "CD8"].map(cut);
    let mut reader = csv::Reader::from_path(folder.join(&file)).expect("a table");
    let header = reader.headers().expect("a header").clone();
    let (mut table, mut expected) = ("patient_id,region,marker,cells_per_mm2\n".to_owned(), Vec::new());
    for (at, row) in reader.records().enumerate() {
        let row = row.expect("a row");
        let value =
            |marker: &str| row[header.iter().position(|it| it == marker).expect("a column")].parse::<f64>().ok();
        let values = cuts.clone().map(|(marker, cut)| (value(&marker), cut));
        for ((value, _), (marker, _)) in values.iter().zip(&cuts) {
            let cell = value.map(|it| it.to_string()).unwrap_or_default();
            let _ = writeln!(table, "p{at:03},STROMA,{marker},{cell}");
        }
        let score: Option<usize> = values.iter().map(|(value, cut)| Some(usize::from((*value)? > *cut))).sum();
        expected.extend(score.map(|it| (format!("p{at:03}"), it.to_string())));
    }
    let components: Vec<String> = cuts.iter().map(|(marker, cut)| component(marker, *cut)).collect();
    let workplace = super::study(&table, "file = \"stroma.toml\"", "none");
    workplace.write("stroma.toml", format!("{STROMA}{}", components.concat()));
    said(&workplace, &SCORE);
    let text = workplace.read("out/scores.tsv");
    let found: Vec<(String, String)> = text
        .lines()
        .skip(1)
        .map(|it| it.split('\t').map(str::to_owned).collect::<Vec<_>>())
        .map(|it| (it[0].clone(), it[2].clone()))
        .collect();
    assert!(found.len() > 100);
    assert_eq!(found, expected);
}

/// A row of a table, by its columns.
type Row = BTreeMap<String, String>;

/// The preset on four components of real patients, with the published cut-offs; the expected I by counting.
///
/// The values are shares of stained pixels on a scale of the authors, for which there is no measure; they stand in for
/// densities, since the score asks only which of them are above their cut-offs.
#[test]
fn the_preset_with_published_cut_offs_of_four_components_counts_the_high_ones() {
    let Some(folder) = crate::results::shared_data("crc_ihc") else { return };
    let rows = |name: &str| -> Vec<Row> {
        let mut reader = csv::Reader::from_path(folder.join(name)).expect("a table");
        reader.deserialize().map(|it| it.expect("a row")).collect()
    };
    // Patients have no id: those whose outcomes nobody else has are the same in both tables.
    let key = |row: &Row| ["OS_days", "Death", "RFS_days", "Relapse"].map(|it| row[it].clone());
    let unique = |name: &str| -> BTreeMap<[String; 4], Row> {
        let all = rows(name);
        let is_unique = |row: &&Row| all.iter().filter(|it| key(it) == key(row)).count() == 1;
        all.iter().filter(is_unique).map(|it| (key(it), it.clone())).collect()
    };
    let (margin, core) = (unique("markers_05.csv"), unique("markers_07.csv"));
    let published = rows("published_os_logrank.csv");
    let cut = |region: &str, marker: &str| -> f64 {
        let row = published.iter().find(|it| it["region"] == region && it["marker"] == marker).expect("a cut-off");
        row["cutoff"].parse().expect("a number")
    };
    let components = [("CT_stroma", "CD3"), ("IM_stroma", "CD3"), ("CT_stroma", "CD8"), ("IM_stroma", "CD8")];
    let (mut table, mut expected) = ("patient_id,CD3_CT,CD3_IM,CD8_CT,CD8_IM\n".to_owned(), Vec::new());
    for (at, (of_core, of_margin)) in core.iter().filter_map(|(key, it)| Some((it, margin.get(key)?))).enumerate() {
        let values = components.map(|(region, marker)| {
            let row = if region == "CT_stroma" { of_core } else { of_margin };
            row[marker].parse::<f64>().expect("every one of these patients has all four")
        });
        let n_high =
            components.iter().zip(values).filter(|((region, marker), value)| *value > cut(region, marker)).count();
        let _ = writeln!(table, "p{at:03},{}", values.map(|it| it.to_string()).join(","));
        expected.push((format!("p{at:03}"), format!("I{n_high}")));
    }
    assert_eq!(expected.len(), 122);
    let cutoffs =
        components.map(|(region, marker)| format!("\"{marker} {}\" = {:?}\n", &region[..2], cut(region, marker)));
    let protocol =
        format!("preset = \"i0-i4\"\nprimary_scheme = \"five_class\"\n[protocol.cutoffs]\n{}", cutoffs.concat());
    let workplace = super::study(&table, &protocol, "none");
    said(&workplace, &SCORE);
    let rows = workplace.rows("out/scores.tsv");
    let found: Vec<(String, String)> =
        rows.iter().map(|it| (it["patient_id"].clone(), it["five_class"].clone())).collect();
    assert_eq!(found, expected);
    let n_of = |class: &str| found.iter().filter(|it| it.1 == class).count();
    assert_eq!(["I0", "I1", "I2", "I3", "I4"].map(n_of), [7, 27, 47, 27, 14], "every class occurs");
}

fn component(marker: &str, cutoff: f64) -> String {
    format!("[[components]]\nmarker = \"{marker}\"\nregion = \"STROMA\"\ncutoff = {cutoff:?}\n")
}

const STROMA: &str = r#"schema_version = 1
name = "stroma"
title = "T cells in the stroma"
citation = "none"
aggregator = "sum_of_dichotomised"
primary_scheme = "three_class"
[[schemes]]
name = "three_class"
label = "three"
classes = ["0", "1", "2"]
upper_ends = [0.0, 1.0]
"#;
