//! Cores of a tissue microarray, as QuPath exports them: each is a sample of its own.

use super::{cell, densities, of_sample, rows};
use crate::command::Workplace;

const CELLS: &str = "Image\tClassification\tParent\tTMA core\tCentroid X µm\tCentroid Y µm\n\
                     T.svs\tCD8\tA-1 - Annotation (Tumor)\tA-1\t1\t1\nT.svs\tCD8\tA-1 - Annotation (Tumor)\tA-1\t1\t1\n\
                     T.svs\tCD8\tA-2 - Annotation (Tumor)\tA-2\t1\t1\nT.svs\tCD3\tTMA core (A-2)\tA-2\t1\t1\n\
                     S.svs\tCD8\tAnnotation (Tumor)\t\t1\t1\n";

const ANNOTATIONS: &str = "Image\tObject type\tName\tClassification\tParent\tTMA core\tMissing\tROI\tArea µm^2\tPerimeter µm\n\
     T.svs\tTMA core\tA-1\t\tRoot object (Image)\tA-1\tfalse\tEllipse\t900000\t9\n\
     T.svs\tTMA core\tA-3\t\tRoot object (Image)\tA-3\ttrue\tEllipse\t900000\t9\n\
     T.svs\tAnnotation\t\tTumor\tTMA core (A-1)\tA-1\t\tPolygon\t500000\t9\n\
     T.svs\tAnnotation\t\tTumor\tTMA core (A-2)\tA-2\t\tPolygon\t250000\t9\n";

/// Counts of CD8 in the tumour, by sample.
fn of<'a>(found: &'a [super::Row], samples: &[&str]) -> Vec<Option<[&'a str; 3]>> {
    samples.iter().map(|it| of_sample(found, it, "TUMOR", "CD8")).collect()
}

#[test]
fn each_core_is_a_sample_with_its_own_area() {
    let workplace = Workplace::with_files([("cells.tsv", CELLS), ("annotations.tsv", ANNOTATIONS)]);
    let found = densities(&workplace, &["cells.tsv", "annotations.tsv"]);
    let expected = [Some(["2", "0.5", "4"]), Some(["1", "0.25", "4"]), Some(["1", "", ""]), None];
    assert_eq!(of(&found, &["T.svs_A-1", "T.svs_A-2", "S.svs", "T.svs"]), expected);
    // The core itself is no region, and one that was lost in cutting is no sample.
    assert!(found.iter().all(|it| ["TUMOR", "Total"].contains(&cell(it, "region"))), "{found:?}");
    let samples = rows(&workplace, "out/samples.tsv");
    let ids: Vec<&str> = samples.iter().map(|it| cell(it, "sample_id")).collect();
    assert_eq!(ids, ["S.svs", "T.svs_A-1", "T.svs_A-2"]);
    assert_eq!(cell(&samples[2], "n_cells_without_region"), "1");
}

#[test]
fn the_parent_names_the_core_where_no_column_does() {
    let without = |text: &str, column: usize| -> String {
        let cut = |line: &str| {
            let cells = line.split('\t').enumerate().filter(|(at, _)| *at != column);
            cells.map(|it| it.1).collect::<Vec<_>>().join("\t") + "\n"
        };
        text.lines().map(cut).collect()
    };
    let workplace = Workplace::with_files([("cells.tsv", CELLS), ("annotations.tsv", ANNOTATIONS)]);
    let whole = densities(&workplace, &["cells.tsv", "annotations.tsv"]);
    workplace.write("cells.tsv", without(CELLS, 3));
    workplace.write("annotations.tsv", without(ANNOTATIONS, 5));
    assert_eq!(densities(&workplace, &["cells.tsv", "annotations.tsv"]), whole);
}

#[test]
fn a_samplesheet_names_the_patient_of_a_core_or_of_all_cores() {
    let workplace = Workplace::with_files([
        ("cells.tsv", CELLS),
        ("annotations.tsv", ANNOTATIONS),
        (
            "cores.csv",
            "sample_id,path,patient_id,regions\nA-1,cells.tsv,P1,annotations.tsv\nT_A-2,cells.tsv,P2,annotations.tsv\n",
        ),
        ("array.csv", "sample_id,path,patient_id,regions\nT,cells.tsv,P1,annotations.tsv\n"),
    ]);
    let patients = |samplesheet: &str| -> Vec<[String; 2]> {
        workplace.finishes(&["count", "--samplesheet", samplesheet, "-o", "out", "--force"]);
        let samples = rows(&workplace, "out/samples.tsv");
        samples.iter().map(|it| ["sample_id", "patient_id"].map(|column| cell(it, column).to_owned())).collect()
    };
    assert_eq!(patients("cores.csv"), [["A-1", "P1"], ["T_A-2", "P2"]].map(|it| it.map(str::to_owned)));
    let found = rows(&workplace, "out/densities.tsv");
    assert_eq!(of(&found, &["A-1", "T_A-2"]), [Some(["2", "0.5", "4"]), Some(["1", "0.25", "4"])]);
    assert_eq!(patients("array.csv"), [["T_A-1", "P1"], ["T_A-2", "P1"]].map(|it| it.map(str::to_owned)));
}

#[test]
fn outlines_do_not_say_which_core_they_lie_in() {
    let outlines = r#"{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,0]]]},"properties":{"classification":{"name":"Tumor"}}}"#;
    let workplace = Workplace::with_files([("cells.tsv", CELLS), ("T.geojson", outlines), ("S.geojson", outlines)]);
    let text =
        workplace.refuses(&["count", "cells.tsv", "T.geojson", "S.geojson", "--microns-per-pixel", "1", "-o", "out"]);
    assert!(
        text.contains("'cells.tsv' has cores of a tissue microarray ('T.svs_A-1'), and outlines do not say"),
        "{text}"
    );
}
