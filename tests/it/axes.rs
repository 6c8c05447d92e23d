use insta::assert_snapshot;

use crate::command::Workplace;

/// A file of axes of one's own.
fn workplace(text: &str) -> Workplace {
    Workplace::with_files([("mine.toml", format!("schema_version = 1\n{text}").as_str())])
}

const CHECK: [&str; 3] = ["axes", "check", "mine.toml"];

/// An axis that replaces one, a new axis, and new markers; other measures, signs and words of a known one.
const MANY: &str = r#"
[[axes]]
name = "antigen_presentation"
label = "Antigen presentation"
dimension = "type"

[[axes]]
name = "plasma"
label = "Plasma cells"
dimension = "type"

[[markers]]
marker = "CD138"
axis = "plasma"
sign = "context"

[[markers]]
marker = "CD3"
measure = "percent"

[[markers]]
marker = "CD68"
sign = "negative"
source = "our cohort"

[[markers]]
marker = "CD68"
tumour_type = "crc"
sign = "context"
note = "all macrophages"
source = "general knowledge"
confidence = "low"

[[markers]]
marker = "FOXP3"
tumour_type = "sarcoma"
sign = "negative"

[[markers]]
marker = "CD21"
tumour_type = "nsclc"
confidence = "medium"
"#;

#[test]
fn a_check_says_all_that_a_file_adds_and_changes() {
    assert_snapshot!(workplace(MANY).finishes(&CHECK), @"
    exit code 0
    --- stdout
    'mine.toml' is sound, and adds and changes:
      axis antigen_presentation: label 'Antigen presentation' in place of 'Antigen presentation and immunogenicity'; dimension 'type' in place of 'functional_orientation'; covariates none in place of 'microsatellite instability (MSI), tumour mutational burden (TMB)'
      axis plasma: new, 'Plasma cells', dimension 'type'
      CD3 on axis cytotoxic_memory_t: measure 'percent' in place of 'density'
      CD68 on axis macrophages: sign 'negative' in place of 'context'; confidence none in place of 'low'; source 'our cohort' in place of 'general knowledge'; note none in place of 'all macrophages'
      CD138 on axis plasma: new, sign 'context', measure 'density'
    in tumour type crc:
      CD68 on axis macrophages: as it was
    in tumour type nsclc:
      CD21 on axis b_cells_tls: confidence 'medium' in place of 'low'
    in tumour type sarcoma:
      FOXP3 on axis regulatory_t: sign 'negative' in place of 'context'; confidence none in place of 'low'; source none in place of 'general knowledge'; note none in place of 'adverse in many tumours, favourable in others'
    --- stderr
    ");
}

#[test]
fn a_check_of_what_is_known_says_that_it_changes_nothing() {
    let known = "[[markers]]\nmarker = \"CD3e\"\nsign = \"positive\"\n\
                 [[markers]]\nmarker = \"CD8\"\ntumour_type = \"crc\"\nsign = \"positive\"\n";
    assert_snapshot!(workplace(known).finishes(&CHECK), @"
    exit code 0
    --- stdout
    'mine.toml' is sound, and changes nothing
    --- stderr
    ");
}

#[test]
fn types_of_tumour_of_ones_own_are_among_those_with_signs() {
    let shown = |args: &[&str]| workplace(MANY).finishes(&[&["axes", "show"], args].concat());
    for args in [&["--axes", "mine.toml", "--tumour-type", "sarcoma"][..], &["--axes", "mine.toml"]] {
        let text = shown(args);
        assert!(text.contains("signs of their own: crc, nsclc, sarcoma (--tumour-type)"), "{text}");
    }
    let text = shown(&[]);
    assert!(text.contains("signs of their own: crc, nsclc (--tumour-type)"), "{text}");
}

#[test]
fn a_slip_of_the_pen_has_a_suggestion() {
    for (markers, expected, end) in [
        (
            "marker = \"FOPX3\"\ntumour_type = \"crc\"\nsign = \"negative\"",
            "marker 'FOPX3' in tumour type 'crc' needs axis = \"…\", since it is new: none of the markers with an axis (there are: ",
            "; did you mean 'FOXP3'?",
        ),
        (
            "marker = \"FOPX3\"\naxis = \"regulatory_t\"",
            "marker 'FOPX3' on axis 'regulatory_t' needs sign = \"positive\", \"negative\" or \"context\", since it is new",
            "; did you mean 'FOXP3'?",
        ),
        (
            "marker = \"HLA-DR\"\naxis = \"checkpoint\"\nsign = \"positive\"",
            "marker 'HLA-DR': there is no axis 'checkpoint' (there are: cytotoxic_memory_t, ",
            "; did you mean 'checkpoints'?",
        ),
        (
            "marker = \"CD3e\"\nsign = \"positive\"\n[[markers]]\nmarker = \"CD3\"",
            "line 5: marker 'CD3' stands twice, by this word or by others for it",
            "each may stand once (first in line 2)",
        ),
    ] {
        let text = workplace(&format!("[[markers]]\n{markers}\n")).refuses(&CHECK);
        assert!(text.contains(expected) && text.trim_end().ends_with(end), "{text}");
    }
}

/// NKT cells are both on one cell: a combination in a density table has to reach its axis under its name.
#[test]
fn a_combination_of_a_density_table_is_on_its_axis() {
    let workplace = Workplace::with_cohort();
    let table = workplace.read("densities.tsv");
    let (header, rows) = table.split_once('\n').expect("a header");
    let of_cd8 = rows.lines().filter(|it| it.contains("\tCD8\t"));
    let nkt: Vec<String> = of_cd8.map(|it| it.replace("\tCD8\t", "\tCD3+CD56+\t")).collect();
    assert!(!nkt.is_empty());
    workplace.write("densities.tsv", format!("{header}\n{}\n{}\n", rows.trim_end(), nkt.join("\n")));
    workplace.edit("study.toml", "[[endpoints]]\nname = \"os\"", "[contexture]\n\n[[endpoints]]\nname = \"os\"");
    workplace.run(&["run", "study.toml", "-o", "out"]);
    let rows = workplace.read("out/contexture.tsv");
    let row = rows.lines().find(|it| it.contains("\tnk_nkt\tcontext\t")).expect("a row of the axis");
    assert!(row.contains("\t1\t2\tCD57"), "{row}");
}
