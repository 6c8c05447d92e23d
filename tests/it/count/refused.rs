//! What cannot be counted: alone it is refused, in a batch it is a row of `rejected` and the others are counted.

use std::io::Write as _;

use insta::assert_snapshot;

use super::{cell, rows};
use crate::command::Workplace;

const CELLS: &str = "sample_id,region,phenotype\nS1,CT,CD8\nS1,IM,CD3\n";

/// QuPath 0.5, in pixels, with a signed distance.
const PIXELS: &str = "Image\tObject ID\tClassification\tParent\tCentroid X px\tCentroid Y px\t\
                      Signed distance to annotation with Tumor px\n\
                      a.svs\t1\tCD8\tAnnotation (Tumor)\t10\t10\t-5\na.svs\t2\tCD3\tAnnotation (Tumor)\tNaN\t10\t5\n";

fn refusal(name: &str, content: impl AsRef<[u8]>, options: &[&str]) -> String {
    let workplace = Workplace::with_files([]);
    workplace.write(name, content);
    let mut args = vec!["count", name, "-o", "out"];
    args.extend(options);
    workplace.refuses(&args)
}

fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

#[test]
fn a_truncated_file_says_that_it_is_cut_off() {
    let long: String = CELLS.to_owned() + &"S1,CT,CD8\n".repeat(20_000);
    let bytes = gzipped(&long);
    let text = refusal("cells.csv.gz", &bytes[..bytes.len() / 2], &[]);
    assert!(text.contains("'cells.csv.gz'") && text.contains("cut off"), "{text}");
}

#[test]
fn rows_of_another_length_are_named() {
    assert_snapshot!(refusal("cells.csv", format!("{CELLS}S1,CT\n"), &[]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'cells.csv' has 2 fields in row 4, expected 3 as in the header
    ");
    assert_snapshot!(refusal("cells.csv", format!("{CELLS}S1,CT,CD8,1\n"), &[]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'cells.csv' has 4 fields in row 4, expected 3 as in the header
    ");
}

#[test]
fn unknown_columns_are_listed_with_the_way_out() {
    assert_snapshot!(refusal("cells.csv", "a,b,c\n1,2,3\n", &[]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'cells.csv' is of no known format (columns: a, b, c); say which column is what in a mapping file, with --mapping
    ");
}

#[test]
fn pixels_without_a_scale_are_a_question() {
    assert_snapshot!(refusal("cells.tsv", PIXELS, &["--margin-um", "10"]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'cells.tsv' measures in pixels (header 'Signed distance to annotation with Tumor px') and does not say how large they are; say it with --microns-per-pixel, or in the column microns_per_pixel of the samplesheet
    ");
}

#[test]
fn a_cell_whose_place_is_wanted_must_have_one() {
    let workplace = Workplace::with_files([("cells.tsv", PIXELS)]);
    workplace.write(
        "cells.geojson",
        r#"{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0],[100,0],[100,100],[0,0]]]},"properties":{"classification":{"name":"Tumor"}}}"#,
    );
    assert_snapshot!(workplace.refuses(&["count", "cells.tsv", "cells.geojson", "--microns-per-pixel", "1", "-o", "out"]), @"
    exit code 1
    --- stdout
    --- stderr
    error: none of 2 files could be counted; the first: 'cells.tsv', row 3, column 'Centroid X px': found '', expected a finite number: without it nobody knows where the cell lies
    ");
}

#[test]
fn text_in_a_count_and_negative_areas_are_named() {
    let regions = "sample_id,region,marker,n_cells,area_mm2\nS1,CT,CD8,many,1\n";
    assert_snapshot!(refusal("regions.csv", regions, &[]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'regions.csv', row 2, column 'n_cells': found 'many', expected a number or an empty cell
    ");
    assert_snapshot!(refusal("regions.csv", regions.replace("many,1", "5,-1"), &[]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'regions.csv', row 2, column 'area_mm2': found '-1', expected an area greater than 0, or an empty cell where nothing was measured
    ");
}

#[test]
fn a_positivity_that_is_none_is_named() {
    let cells = format!("sample_id,region,CD8\n{}S1,CT,maybe\n", "S1,CT,1\n".repeat(200));
    assert_snapshot!(refusal("cells.csv", cells, &[]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'cells.csv', row 202, column 'CD8': found 'maybe', expected 1 or 0, true or false, a word that ends in + or -, or an empty cell
    ");
}

#[test]
fn a_rule_names_markers_that_are_there() {
    let workplace = Workplace::with_files([
        ("cells.csv", "sample_id,region,CD3,CD8\nS1,CT,1,1\n"),
        ("rules.csv", "phenotype,rule\nTreg,CD3+ & FOXP3+\n"),
    ]);
    assert_snapshot!(workplace.refuses(&["count", "cells.csv", "--rules", "rules.csv", "-o", "out"]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'cells.csv' has no column that says whether a cell is positive for 'FOXP3', which a phenotype rule names (found: CD3, CD8)
    ");
}

#[test]
fn the_same_bytes_are_counted_once() {
    let workplace = Workplace::with_files([("a.csv", CELLS), ("b.csv", CELLS)]);
    assert_snapshot!(workplace.run(&["count", "a.csv", "b.csv", "-o", "out"]), @"
    exit code 0
    --- stdout
    read 1 file: 1 contexture-cells
    counted 1 sample; patients are not named, so each sample is a patient
    CD3, CD8 in 1 sample
    without a density: 2 regions, as no area is given
    give a table of regions, annotations or GeoJSON beside the cells to have densities
    rejected 1 file, see the table rejected:
      'b.csv' holds the same bytes as 'a.csv': counting both would count their cells twice; leave one out
    wrote out
    --- stderr
    ");
    assert_eq!(super::values(&rows(&workplace, "out/densities.tsv"), "CT", "CD8")[0], "1");
}

#[test]
fn a_file_is_named_once() {
    let workplace = Workplace::with_files([("a.csv", CELLS)]);
    assert_snapshot!(workplace.refuses(&["count", "a.csv", "a.csv", "-o", "out"]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'a.csv' is given twice; its cells would be counted twice
    ");
}

#[test]
fn a_sample_stands_once_in_the_samplesheet() {
    let workplace = Workplace::with_files([("a.csv", CELLS), ("samples.csv", "sample_id,path\nS1,a.csv\nS1,a.csv\n")]);
    assert_snapshot!(workplace.refuses(&["count", "--samplesheet", "samples.csv", "-o", "out"]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'samples.csv', rows 2 and 3: sample 'S1' stands twice; each may stand once
    ");
}

#[test]
fn one_bad_slide_of_a_batch_is_rejected_and_the_others_are_counted() {
    let workplace = Workplace::with_files([
        ("a.csv", CELLS),
        ("b.csv", "sample_id,region,phenotype\nS2,CT\n"),
        ("samples.csv", "sample_id,path\nS1,a.csv\nS2,b.csv\nS3,c.csv\n"),
    ]);
    workplace.finishes(&["count", "--samplesheet", "samples.csv", "-o", "out"]);
    let rejected = rows(&workplace, "out/rejected.tsv");
    let of = |column| rejected.iter().map(|row| cell(row, column)).collect::<Vec<_>>();
    assert_eq!((of("sample_id"), of("reason")), (vec!["S2", "S3"], vec!["unusable", "unreadable"]));
    assert!(!rows(&workplace, "out/densities.tsv").is_empty());

    let text = workplace.run(&["count", "--samplesheet", "samples.csv", "-o", "strict", "--strict"]);
    assert!(text.starts_with("exit code 3\n"), "{text}");
}
