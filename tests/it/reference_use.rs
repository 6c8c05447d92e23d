//! References that do not answer what a protocol asks, and those of few patients.

use std::fmt::Write as _;

use crate::command::Workplace;

/// A table of that many patients with these components, in which no two values are equal.
fn table(n: usize, components: &[&str]) -> String {
    let mut table = format!("patient_id,{}\n", components.join(","));
    for at in 0..n {
        let values = (0..components.len()).map(|it| (10 * at + 3 * it + 7).to_string());
        let _ = writeln!(table, "p{at:03},{}", values.collect::<Vec<_>>().join(","));
    }
    table
}

/// Arguments that make a reference of `densities.csv`.
fn fit<'a>(protocol: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let named = ["--name", "r", "--description", "made-up", "-o", "r.json", "--protocol", protocol];
    [&["reference", "fit", "densities.csv"], named.as_slice(), more].concat()
}

#[test]
fn a_ratio_needs_the_values_behind_quantiles() {
    let workplace = Workplace::with_files([("densities.csv", &table(100, &["CD3_CT", "CD3_IM"]))]);
    let said = workplace.refuses(&fit("ratio-ct-im", &["--quantiles", "10"]));
    assert!(said.contains("half the smallest value above 0") && said.contains("without --quantiles"), "{said}");
    workplace.finishes(&fit("ratio-ct-im", &[]));
    workplace.finishes(&["score", "densities.csv", "--reference", "r.json", "-o", "out"]);
    assert_eq!(workplace.read("out/scores.tsv").lines().count(), 101);
}

#[test]
fn shares_of_other_cells_are_not_compared() {
    let mut densities = "patient_id,region,marker,n_cells\n".to_owned();
    for at in 0..30 {
        for (marker, n) in [("CD8", at), ("tumour cells", 100), ("all cells", 300)] {
            let _ = writeln!(densities, "p{at:03},TUMOR,{marker},{n}");
        }
    }
    let lab = r#"schema_version = 1
name = "lab"
title = "Share of CD8"
citation = "none"
primary_scheme = "two_class"
[[components]]
marker = "CD8"
region = "TUMOR"
measure = "percent_of_cells"
of = "tumour cells"
[[schemes]]
name = "two_class"
label = "two"
classes = ["Low", "High"]
upper_ends = [50.0]
"#;
    let workplace = Workplace::with_files([("densities.csv", &densities), ("lab.toml", lab)]);
    workplace.finishes(&fit("lab.toml", &[]));
    assert!(workplace.read("r.json").contains("\"of\": \"tumour cells\""));
    let score = ["score", "densities.csv", "--reference", "r.json", "--protocol", "lab.toml", "-o", "out"];
    workplace.edit("lab.toml", "\"tumour cells\"", "\"all cells\"");
    let said = workplace.refuses(&score);
    assert!(said.contains("as a share of 'tumour cells', protocol 'lab' takes it of 'all cells'"), "{said}");
    workplace.edit("lab.toml", "\"all cells\"", "\"tumour cells\"");
    workplace.finishes(&score);
}

#[test]
fn a_marker_that_lacks_is_named_and_no_split_that_nobody_asked_for() {
    let workplace = Workplace::with_files([("densities.csv", &table(40, &["CD3_CT", "CD3_IM", "CD8_CT", "CD8_IM"]))]);
    let said = workplace.refuses(&fit("tb", &[]));
    assert!(
        said.contains("0 patients of the training cohort can make a reference (0 have CD20 CT, 0 have CD20 IM)"),
        "{said}"
    );
}

#[test]
fn patients_who_stand_twice_are_told_where_a_reference_is_made_and_where_they_are_scored() {
    let markers = ["CD3_CT", "CD3_IM", "CD8_CT", "CD8_IM"];
    let once = table(40, &markers);
    let again: Vec<String> = once.lines().skip(1).take(30).map(|it| format!("x{it}")).collect();
    let twice = format!("{once}{}\n", again.join("\n"));
    let workplace = Workplace::with_files([("once.csv", &once), ("densities.csv", &twice)]);
    let expected = "60 of the 70 patients have, in every component, the same values as another of them";
    let said = workplace.finishes(&fit("consensus", &[]));
    assert!(said.contains(expected), "{said}");
    let said = workplace.finishes(&["score", "densities.csv", "--reference", "r.json", "-o", "out"]);
    assert!(said.contains(expected), "{said}");
    let said = workplace.finishes(&["score", "once.csv", "--reference", "r.json", "-o", "once"]);
    assert!(!said.contains("the same values"), "{said}");
}

#[test]
fn tissue_that_one_side_alone_names_is_told_where_patients_are_scored() {
    let workplace = Workplace::with_files([("densities.csv", &table(40, &["CD3_CT", "CD3_IM", "CD8_CT", "CD8_IM"]))]);
    let score = |more: &[&str]| {
        let args = ["score", "densities.csv", "--reference", "r.json", "--force", "-o", "out"];
        workplace.finishes(&[args.as_slice(), more].concat())
    };
    workplace.finishes(&fit("consensus", &[]));
    let said = score(&["--specimen", "tissue_microarray"]);
    let expected = "measured on cores of a tissue microarray; the reference does not say what it was made of";
    assert!(said.contains(expected) && workplace.read("out/score.json").contains(expected), "{said}");
    assert!(!score(&[]).contains("tissue"), "nobody says anything");
    workplace.finishes(&fit("consensus", &["--specimen", "biopsy", "--force"]));
    let said = score(&[]);
    assert!(
        said.contains("The reference was made of biopsies; what the densities were measured on is not said"),
        "{said}"
    );
}

#[test]
fn a_reference_of_few_patients_is_used_and_warned_of() {
    let workplace = Workplace::with_cohort();
    let made = workplace.read("reference.json");
    let mut file: contexture::score::reference::ReferenceFile = serde_json::from_str(&made).expect("a reference");
    file.components.iter_mut().for_each(|it| it.values.truncate(10));
    file.n_patients = 10;
    workplace.write("reference.json", serde_json::to_string(&file).expect("JSON"));
    let said = workplace.finishes(&["score", "study.toml", "-o", "out"]);
    assert!(said.contains("The reference holds 10 values of a component; of fewer than 20"), "{said}");
    workplace.write("reference.json", made);
    let said = workplace.finishes(&["score", "study.toml", "-o", "whole"]);
    assert!(!said.contains("The reference holds"), "{said}");
}
