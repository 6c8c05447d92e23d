//! One table of cells in every way that it may be stored: the results are the same bytes.

use std::io::Write as _;
use std::path::Path;

use polars::prelude::{Column, DataFrame, ParquetWriter};

use crate::command::{Contents, Workplace, assert_same};

const CELLS: &str = "sample_id,patient_id,region,signed_distance_um,CD8,CD3\n\
                     S1,P1,CT,-12.75,1,\nS1,P1,CT,0.5,0,1\nS1,P1,IM,9.9999,,1\nS2,P1,\"CT\",-0.125,1,1\nS2,P1,CT,1e3,0,0\n";

/// The tables that counting a file gives; without the tally, which names the file.
fn counted(workplace: &Workplace, args: &[&str]) -> Contents {
    workplace.finishes(&[&["count", "-q", "-o", "out", "--force"], args].concat());
    let is_table = |name: &str| !name.starts_with("checksums") && name != "tally.json";
    workplace.contents("out").into_iter().filter(|(name, _)| is_table(name)).collect()
}

#[test]
fn text_is_the_same_however_it_is_written() {
    let workplace = Workplace::with_files([("plain.csv", CELLS)]);
    let plain = counted(&workplace, &["plain.csv", "--margin-um", "10"]);
    let told = String::from_utf8(plain["densities.tsv"].clone()).expect("UTF-8");
    // By hand: -12.75 is inside, 0.5, 9.9999 and -0.125 are in the margin, 1000 is outside.
    assert!(told.contains("\nP1\tS1\tCT\tCD8\t1\t") && told.contains("\nP1\tS1\tIM\tCD3\t2\t"), "{told}");

    let utf_16 =
        |bytes: fn(u16) -> [u8; 2]| format!("\u{feff}{CELLS}").encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(CELLS.as_bytes()).expect("a vector");
    let with_comma = CELLS.replace(',', ";").replace('.', ",");
    for (name, bytes) in [
        ("a.zst", zstd::encode_all(CELLS.as_bytes(), 3).expect("a vector")),
        ("a.csv.gz", gzip.finish().expect("a vector")),
        ("utf_16_le.txt", utf_16(u16::to_le_bytes)),
        ("utf_16_be.txt", utf_16(u16::to_be_bytes)),
        ("mark.csv", format!("\u{feff}{CELLS}").into_bytes()),
        ("decimal_comma.csv", with_comma.clone().into_bytes()),
        ("decimal_comma.zst", zstd::encode_all(with_comma.as_bytes(), 1).expect("a vector")),
        ("tabs.tsv", CELLS.replace(',', "\t").replace('"', "").into_bytes()),
        ("lines.csv", CELLS.replace('\n', "\r\n").into_bytes()),
        ("old_lines.csv", CELLS.replace('\n', "\r").into_bytes()),
        ("no_end.csv", CELLS.trim_end().as_bytes().to_vec()),
    ] {
        workplace.write(name, bytes);
        let same = counted(&workplace, &[name, "--margin-um", "10"]);
        assert!(same == plain, "{name}");
    }
}

/// The cells of `testdata/h5ad/make.py`.
const MADE: &str = "CellID,phenotype,imageid,area,is_CD3,count,spatial_x,spatial_y\n\
                    c1,CD8+ T,7,0.1,1,-1,0.5,10\nc2,Tumour µ,7,2,0,0,1.5,20\n\
                    c3,,9,,0,9007199254740993,2.5,\nc4,CD8+ T,9,0.001,1,5,3.5,40\n";

const MAPPING: &str = "sample = \"imageid\"\nphenotype = [\"phenotype\"]\nx = \"spatial_x\"\ny = \"spatial_y\"\nlength_unit = \"um\"\n\
     [positivity]\nCD3 = \"is_CD3\"\n[intensities]\nArea = \"area\"\n";

fn write_parquet(path: &Path) {
    let columns = vec![
        Column::new("phenotype".into(), [Some("CD8+ T"), Some("Tumour µ"), None, Some("CD8+ T")]),
        Column::new("imageid".into(), [7_i64, 7, 9, 9]),
        Column::new("area".into(), [Some(0.1_f32), Some(2.0), None, Some(0.001)]),
        Column::new("is_CD3".into(), [true, false, false, true]),
        Column::new("spatial_x".into(), [0.5, 1.5, 2.5, 3.5]),
        Column::new("spatial_y".into(), [Some(10.0), Some(20.0), None, Some(40.0)]),
    ];
    let mut frame = DataFrame::new_infer_height(columns).expect("columns of one length");
    ParquetWriter::new(std::fs::File::create(path).expect("a file")).finish(&mut frame).expect("all rows");
}

#[test]
fn parquet_and_anndata_are_counted_like_text() {
    let workplace = Workplace::with_files([
        ("mapping.toml", MAPPING),
        ("cells.csv", MADE),
        ("gates.csv", "marker,threshold\nArea,0.5\n"),
    ]);
    write_parquet(&workplace.path("cells.parquet"));
    let counted = |file: &str| counted(&workplace, &[file, "--mapping", "mapping.toml", "--gates", "gates.csv"]);
    let text = counted("cells.csv");
    let told = String::from_utf8(text["densities.tsv"].clone()).expect("UTF-8");
    for row in ["7\t7\tTotal\tArea\t1", "7\t7\tTotal\tCD3\t1", "9\t9\tTotal\tCD8+ T\t1", "9\t9\tTotal\tTotal\t2"] {
        assert!(told.contains(&format!("\n{row}\t")), "{row}: {told}");
    }
    assert_same(&text, &counted("cells.parquet"));
    for name in ["anndata_0.12.h5ad", "anndata_0.7.h5ad"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/h5ad").join(name);
        assert_same(&text, &counted(&file.display().to_string()));
    }
}

#[test]
fn words_with_spaces_and_numbers_as_text_are_read_of_parquet_as_of_text() {
    let rows: Vec<Vec<&str>> = vec![
        vec![" S1 ", "CT ", "-12,75", "1"],
        vec!["S1", "CT", "0,5", " 0"],
        vec!["S1", " CT", "NA", "1 "],
        vec!["S1", "IM", "20", "1"],
    ];
    let names = ["sample_id", "region", "signed_distance_um", "CD8"];
    let tsv: Vec<String> = rows.iter().map(|it| it.join("\t") + "\n").collect();
    let workplace = Workplace::with_files([("cells.tsv", &format!("{}\n{}", names.join("\t"), tsv.concat()))]);
    let column = |at: usize| Column::new(names[at].into(), rows.iter().map(|it| it[at]).collect::<Vec<_>>());
    let mut frame = DataFrame::new_infer_height((0..4).map(column).collect()).expect("columns of one length");
    let write = |frame: &mut DataFrame| {
        let file = std::fs::File::create(workplace.path("cells.parquet")).expect("a file");
        ParquetWriter::new(file).finish(frame).expect("all rows");
    };
    write(&mut frame);
    for options in [&["--margin-um", "10"][..], &[]] {
        let of_text = counted(&workplace, &[&["cells.tsv"][..], options].concat());
        let told = String::from_utf8(of_text["densities.tsv"].clone()).expect("UTF-8");
        assert!(told.contains("\nS1\tS1\tCT\tCD8\t"), "{told}");
        assert_same(&of_text, &counted(&workplace, &[&["cells.parquet"][..], options].concat()));
    }
    let wrong = Column::new("signed_distance_um".into(), ["1", "2", "far", "4"]);
    frame.with_column(wrong).expect("a column");
    write(&mut frame);
    let text = workplace.refuses(&["count", "cells.parquet", "--margin-um", "10", "-o", "none"]);
    assert!(text.contains("row 4, column 'signed_distance_um': found 'far', expected a number"), "{text}");
}
