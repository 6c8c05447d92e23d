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

const TRIANGLE: &str = r#"{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0],[100,0],[100,100],[0,0]]]},"properties":{"classification":{"name":"Tumor"}}}"#;

#[test]
fn a_file_in_which_no_cell_has_a_place_is_refused_where_places_are_wanted() {
    let workplace = Workplace::with_files([("cells.geojson", TRIANGLE)]);
    workplace.write("cells.tsv", PIXELS.replace("\t10\t10\t-5", "\t10\t\t-5"));
    assert_snapshot!(workplace.refuses(&["count", "cells.tsv", "cells.geojson", "--microns-per-pixel", "1", "-o", "out"]), @"
    exit code 1
    --- stdout
    --- stderr
    error: none of 2 files could be counted; the first: 'cells.tsv' has no cell whose place is told: column 'Centroid Y px' is empty, from row 2 on; without it nobody knows which region a cell lies in
    ");
}

#[test]
fn a_margin_needs_distances() {
    let text = refusal("cells.csv", CELLS, &["--margin-um", "10"]);
    assert!(text.contains("'cells.csv' has no column with the signed distance of a cell"), "{text}");
}

#[test]
fn areas_that_contradict_each_other_are_named_with_their_files() {
    let areas = |file: &str, mm2: &str| (file.to_owned(), format!("sample_id,region,area_mm2\nS1,CT,{mm2}\n"));
    let workplace = Workplace::with_files([("cells.csv", CELLS)]);
    for (file, text) in [areas("one.csv", "4"), areas("two.csv", "5")] {
        workplace.write(&file, text);
    }
    let text = workplace.finishes(&["count", "cells.csv", "one.csv", "two.csv", "-o", "out"]);
    let problem = "part 'CT' of region 'CT' of sample 'S1' has two areas, 4 mm² in 'one.csv' and 5 mm² in 'two.csv'";
    assert!(text.contains(problem), "{text}");
    workplace.write("one.csv", "sample_id,region,area_mm2\nS1,CT,4\nS1,CT,5\n");
    let text = workplace.finishes(&["count", "cells.csv", "one.csv", "-o", "again"]);
    assert!(
        text.contains(
            "'one.csv' contradicts itself: part 'CT' of region 'CT' of sample 'S1' has two areas, 4 mm² and 5 mm²"
        ),
        "{text}"
    );
}

#[test]
fn a_sample_of_two_patients_is_named_with_the_file_that_says_so() {
    let of = |patient: &str| format!("sample_id,patient_id,region,phenotype\nS1,{patient},CT,CD8\n");
    let workplace = Workplace::with_files([("a.csv", &of("P1")), ("b.csv", &of("P2"))]);
    let text = workplace.finishes(&["count", "a.csv", "b.csv", "-o", "out"]);
    let problem = "sample 'S1' is of patient 'P1' and of patient 'P2'; it can be of one; 'b.csv' says it otherwise";
    assert!(text.contains(problem), "{text}");
}

#[test]
fn a_wrong_word_is_named_with_its_line() {
    // A blank line, and a cell of two lines.
    let cells = "S1,CT,1\n".repeat(200) + "\n\"S\n2\",CT,1\nS1,CT,maybe\n";
    let text = refusal("cells.csv", format!("sample_id,region,CD8\n{cells}"), &[]);
    assert!(text.contains("'cells.csv', row 205, column 'CD8': found 'maybe'"), "{text}");
}

#[test]
fn two_analyses_of_one_place_are_refused_with_their_rows() {
    let header = "Image Tag,Analysis Region,Algorithm Name,Job Id,XMin,XMax,YMin,YMax,CD8 Positive\n";
    let cell = |image: &str, layer: &str, job: &str| format!("{image},{layer},HighPlex,{job},1,2,1,2,1\n");
    let workplace = Workplace::with_files([]);
    let first = cell("S1", "Tumor", "7") + &cell("S1", "Stroma", "8") + &cell("S2", "Tumor", "8");
    workplace.write("cells.csv", format!("{header}{first}"));
    workplace.finishes(&["count", "cells.csv", "-o", "out"]);
    workplace.write("cells.csv", format!("{header}{first}{}", cell("S1", "Tumor", "8")));
    assert_snapshot!(workplace.refuses(&["count", "cells.csv", "-o", "none"]), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'cells.csv' holds two analyses of one place (sample 'S1', 'Tumor'): 'HighPlex 7' in row 2 and 'HighPlex 8' in row 5; their cells would add up: keep the rows of one
    ");
}

#[test]
fn a_misspelt_column_of_a_samplesheet_is_refused_and_another_is_told() {
    let workplace = Workplace::with_files([("a.csv", CELLS)]);
    let counted = |header: &str| {
        workplace.write("samples.csv", format!("sample_id,path,{header}\nS1,a.csv,P1\n"));
        workplace.run(&["count", "--samplesheet", "samples.csv", "-o", "out", "--force"])
    };
    let text = counted("patients_id");
    assert!(
        text.contains(
            "'samples.csv' has a column 'patients_id', which is none of a samplesheet; did you mean 'patient_id'?"
        ),
        "{text}"
    );
    let text = counted("hospital");
    assert!(text.contains("note: column 'hospital' of the samplesheet is not used"), "{text}");
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
