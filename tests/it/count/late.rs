//! Columns that are empty in the hundred rows that a file is recognised by, and hold something in later ones.

use polars::prelude::{Column, DataFrame, ParquetWriter};

use super::{densities, of_sample};
use crate::command::Workplace;

/// More rows than a file is recognised by.
const N_ROWS: usize = 150;

/// HALO's columns, of which the first and the third are empty in the first rows.
const HALO: [&str; 8] =
    ["Image Tag", "Analysis Region", "Classifier Label", "XMin", "XMax", "YMin", "YMax", "CD8 Positive"];

fn halo_row(row: usize) -> [&'static str; 8] {
    if row < N_ROWS {
        ["", "Layer", "", "1", "2", "1", "2", "1"]
    } else {
        ["S1", "Layer", "Tumor", "1", "2", "1", "2", "1"]
    }
}

#[test]
fn what_later_rows_of_halo_say_is_used_in_text_and_parquet() {
    let workplace = Workplace::with_files([]);
    let rows: Vec<[&str; 8]> = (0..N_ROWS + 3).map(halo_row).collect();
    let lines: Vec<String> = rows.iter().map(|it| it.join(",") + "\n").collect();
    workplace.write("cells.csv", format!("{}\n{}", HALO.join(","), lines.concat()));
    let column = |at: usize| {
        let cells: Vec<Option<&str>> = rows.iter().map(|it| Some(it[at]).filter(|it| !it.is_empty())).collect();
        Column::new(HALO[at].into(), cells)
    };
    let mut frame = DataFrame::new_infer_height((0..HALO.len()).map(column).collect()).expect("columns of one length");
    let file = std::fs::File::create(workplace.path("cells.parquet")).expect("a file");
    ParquetWriter::new(file).finish(&mut frame).expect("all rows");
    for name in ["cells.csv", "cells.parquet"] {
        let found = densities(&workplace, &[name]);
        assert_eq!(of_sample(&found, "S1", "TUMOR", "CD8").map(|it| it[0]), Some("3"), "{name}: {found:?}");
        assert_eq!(of_sample(&found, "cells", "Layer", "CD8"), None, "{name}");
    }
}

#[test]
fn what_names_the_sample_of_every_row_goes_before_what_begins_to_later() {
    let header = "Image Tag,Image Location,Analysis Region,XMin,XMax,YMin,YMax,CD8 Positive\n";
    let cells = |tag: &str, n: usize| format!("{tag},x/S1.svs,Tumor,1,2,1,2,1\n").repeat(n);
    let workplace = Workplace::with_files([("cells.csv", &format!("{header}{}{}", cells("", N_ROWS), cells("A", 2)))]);
    let found = densities(&workplace, &["cells.csv"]);
    assert_eq!(of_sample(&found, "S1.svs", "TUMOR", "CD8").map(|it| it[0]), Some("152"));
}

#[test]
fn an_entire_image_in_the_first_rows_does_not_hide_the_layers_of_later_ones() {
    let header = "Image Tag,Analysis Region,XMin,XMax,YMin,YMax,CD8 Positive\n";
    let cells = |image: &str, layer: &str, n: usize| format!("{image},{layer},1,2,1,2,1\n").repeat(n);
    let cells = cells("S1", "entire image", N_ROWS) + &cells("S2", "Tumor", 2) + &cells("S2", "Stroma", 1);
    let workplace = Workplace::with_files([("cells.csv", &format!("{header}{cells}"))]);
    let found = densities(&workplace, &["cells.csv"]);
    let of = |sample: &str, region: &str| of_sample(&found, sample, region, "CD8").map(|it| it[0]);
    assert_eq!([of("S1", "Total"), of("S2", "TUMOR"), of("S2", "STROMA")], [Some("150"), Some("2"), Some("1")]);
}

#[test]
fn of_qupath_the_calibrated_column_is_used_wherever_it_is_filled() {
    let header = "Image\tClassification\tParent\tCentroid X px\tCentroid Y px\tCentroid X µm\tCentroid Y µm\n";
    let cells = "\tCD8\t\t1\t1\t\t\n".repeat(N_ROWS) + "A.svs\tCD8\t\t\t\t5\t5\n";
    let workplace = Workplace::with_files([("cells.tsv", &format!("{header}{cells}"))]);
    let text = workplace.finishes(&["inspect", "cells.tsv"]);
    assert!(text.contains("coordinates   µm (header 'Centroid X µm')") && text.contains("A.svs  "), "{text}");
    assert!(text.contains("150 cells without a sample"), "{text}");
}
