//! What `inspect` shows, as text and as JSON.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use serde_json::Value;

use crate::command::Workplace;

const CELLS: &str = "Image\tClassification\tParent\tCentroid X px\tCentroid Y px\tCD8: Cell: Mean\tNote\n\
                     A.svs\tCD3: CD8\tAnnotation (Tumor)\t1\t1\t0.5\tx\nA.svs\tCD3\tAnnotation (Rand)\t1\t1\t0.5\tx\n\
                     B.svs\t\tAnnotation (Tumor)\t1\t1\t0.5\tx\nB.svs\tCD3\tRoot object (Image)\t1\t1\t0.5\tx\n";

#[test]
fn a_table_is_shown_with_what_it_says_and_what_it_leaves_open() {
    let workplace = Workplace::with_files([("cells.tsv", CELLS)]);
    assert_snapshot!(workplace.finishes(&["inspect", "cells.tsv"]), @"
    exit code 0
    --- stdout
    cells.tsv
      format        qupath-cells (certain), 0.5 or later
      holds         cells
      written as    UTF-8 text, tab between columns; 4 rows, 7 columns
      coordinates   px, of unknown size (header 'Centroid X px')
      columns       sample                     Image
                    region                     Parent
                    x                          Centroid X px
                    y                          Centroid Y px
                    phenotype                  Classification
      intensities   CD8 (give thresholds with --gates)
      samples       A.svs                              2
                    B.svs                              2
      regions       Rand                               1
                    Tumor                              1  counted as TUMOR
      phenotypes    CD3                                3
                    CD3: CD8                           1
                    CD8                                1
      open question how many µm is a pixel? --microns-per-pixel, or microns_per_pixel in the samplesheet
      not counted   1 cells of which no phenotype is known
      not counted   1 cells that lie in no region; if none lies in one, all are the sample's Total

    to count: contexture count cells.tsv --microns-per-pixel … -o counted
    --- stderr
    ");
}

#[test]
fn json_has_the_same_facts_under_fixed_names() {
    let workplace = Workplace::with_files([("cells.tsv", CELLS)]);
    let text = workplace.finishes(&["inspect", "--json", "cells.tsv", "--microns-per-pixel", "0.25"]);
    let json = &text[text.find('[').expect("a list")..=text.rfind(']').expect("a list")];
    let facts: Value = serde_json::from_str(json).expect("JSON");
    let fact = facts[0].as_object().expect("an object");
    let names: BTreeSet<&str> = fact.keys().map(String::as_str).collect();
    let expected = [
        "file",
        "format",
        "certainty",
        "version",
        "holds",
        "written_as",
        "n_columns",
        "n_rows",
        "columns",
        "intensities",
        "units",
        "samples",
        "phenotypes",
        "regions",
        "not_counted",
        "notes",
        "questions",
    ];
    assert_eq!(names, BTreeSet::from(expected));
    assert_eq!((fact["format"].as_str(), fact["n_rows"].as_u64()), (Some("qupath-cells"), Some(4)));
    assert_eq!(fact["units"][0]["microns_per_pixel"], 0.25);
    assert_eq!(fact["phenotypes"]["CD3"]["n_cells"], 3);
    assert_eq!(fact["regions"]["Tumor"]["name"], "TUMOR");
    assert_eq!(fact["not_counted"]["cells of which no phenotype is known"], 1);
    assert_eq!(fact["questions"], Value::Array(Vec::new()));
}

#[test]
fn a_file_beside_that_cannot_be_counted_is_named() {
    let workplace = Workplace::with_files([("cells.tsv", CELLS), ("other.csv", "a,b\n1,2\n")]);
    let text = workplace.run(&["inspect", "cells.tsv", "other.csv"]);
    assert!(text.starts_with("exit code 0\n"), "{text}");
    assert!(text.contains("cannot be counted: 'other.csv' is of no known format"), "{text}");
}
