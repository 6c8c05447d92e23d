//! Every reader of files over files that are nearly right: what it reads it reads, what not it refuses, and nothing panics.
//!
//! The reader of delimited text has tests of its own, and so have headers ([`super::format`]).

use std::path::Path;

use polars::prelude::{Column, DataFrame, ParquetCompression, ParquetWriter};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::cells::{Plan, first_rows, scan};
use super::format::{Header, Mapping, Preview};
use super::gates::Gates;
use super::{count, counted, densities, h5ad, outlines, phenotype_rules, samplesheet, table_file, words};
use crate::model::State;
use crate::protocol::DensityTable;
use crate::spatial::SectionRegions;

/// What the bytes of a file are changed by.
#[derive(Clone, Debug)]
enum Change {
    Truncate(Index),
    Remove(Index, Index),
    Insert(Index, String),
    Replace(Index, u8),
    /// A stretch of the file stands twice.
    Repeat(Index, Index),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let n_places = bytes.len() + 1;
        let range = |one: &Index, other: &Index| {
            let (one, other) = (one.index(n_places), other.index(n_places));
            one.min(other)..one.max(other)
        };
        match self {
            Self::Truncate(at) => bytes.truncate(at.index(n_places)),
            Self::Remove(one, other) => drop(bytes.drain(range(one, other))),
            Self::Insert(at, text) => drop(bytes.splice(at.index(n_places)..at.index(n_places), text.bytes())),
            Self::Replace(at, byte) => {
                let place = at.index(n_places);
                bytes.iter_mut().skip(place).take(1).for_each(|it| *it = *byte);
            }
            Self::Repeat(one, other) => {
                let range = range(one, other);
                let twice = bytes[range.clone()].to_vec();
                bytes.splice(range.end..range.end, twice);
            }
        }
    }
}

/// Signs that mean something in one format or another, numbers at the ends of their ranges, and anything.
fn fragment() -> impl Strategy<Value = String> {
    let known = [
        "\"",
        "'",
        "[",
        "]",
        "[[",
        "{",
        "}",
        "(",
        ")",
        ",",
        ";",
        ":",
        "\t",
        "\n",
        "\r\n",
        "\\",
        "\\u0000",
        "\0",
        "=",
        "#",
        "!",
        "&",
        "|",
        "+",
        "-",
        "null",
        "true",
        "NaN",
        "-Infinity",
        "1e308",
        "-1e308",
        "1e999",
        "0",
        "-1",
        "0.5",
        "1e-320",
        "18446744073709551616",
        "\u{feff}",
        "µ",
        "\u{1f9ec}",
        "CD8",
        "all",
        "-rest",
        "\"features\":",
        "\"type\":",
    ];
    prop_oneof![8 => select(known.map(str::to_owned).to_vec()), 1 => ".{0,8}", 1 => select(vec!["[".repeat(5000), "(".repeat(5000), "!".repeat(5000), "1".repeat(5000)])]
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        1 => any::<Index>().prop_map(Change::Truncate),
        1 => any::<(Index, Index)>().prop_map(|(one, other)| Change::Remove(one, other)),
        4 => (any::<Index>(), fragment()).prop_map(|(at, text)| Change::Insert(at, text)),
        3 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        1 => any::<(Index, Index)>().prop_map(|(one, other)| Change::Repeat(one, other)),
    ];
    prop::collection::vec(change, 1..4)
}

/// Writes a changed file, and reads it.
fn read_changed(valid: &[u8], changes: &[Change], read: impl Fn(&Path)) {
    let mut bytes = valid.to_vec();
    for change in changes {
        change.apply(&mut bytes);
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("changed");
    std::fs::write(&path, bytes).expect("a temporary file");
    read(&path);
}

const GEOJSON: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","id":"9d1c","geometry":{"type":"Polygon","coordinates":[[[0,0],[40,0],[40,40.5],[0,40],[0,0]],[[5,5],[9,5],[9,9],[5,5]]]},"properties":{"objectType":"annotation","name":"a","classification":{"name":"Tumor","color":[200,0,0]},"measurements":{"a":NaN}}},
{"type":"Feature","geometry":{"type":"MultiPolygon","coordinates":[[[[10,10],[20,10],[20,20],[10,10]]],[[[30,30],[35,30],[35,35],[30,30]]]]},"properties":{"classification":{"names":["Immune","T"]},"childObjects":[]}}]}"#;

const MAPPING: &str = "sample = [\"Slide\", \"Core\"]\npatient = \"Case\"\nregion = \"Tissue\"\nphenotype = [\"Class\"]\nx = \"X\"\ny = \"Y\"\n\
     length_unit = \"px\"\nmicrons_per_pixel = 0.5\nregion_area = \"Area\"\narea_unit = \"px2\"\n\n[positivity]\nCD8 = \"CD8 status\"\n\n\
     [intensities]\n\"PD-L1\" = \"PDL1 OD\"\n";

const RULES: &str = "phenotype,rule,parent\nT,CD3+,\nTc,CD8+ & !(FOXP3 | \"HLA DR\"),T\nB,CD20+ AND NOT CD3-,\n";
const WORKFLOW: &str =
    ",,CD3,CD8,CD20\nall,Immune,anypos,,anypos\nImmune,T,pos,,neg\nT,Tc,,pos,\nT-rest,T other,allpos,,anyneg\n";
const GATES: &str = "sample_id,marker,threshold\n,CD8,1.5\nS1,CD8,2\nS1,PD-L1,\n";
const SAMPLESHEET: &str = "sample_id,path,patient_id,microns_per_pixel,annotations,regions,marker,field_id,format\n\
     S1,a.csv,P1,0.5,a.geojson,,CD8,1,\nS2,b.csv,,,,b.csv,,,qupath-cells\n";
const WORDS: &str = "[regions]\n\"Rand\" = \"IM\"\n\n[markers]\n\"T cells\" = \"CD3\"\n";
const TALLY: &str = r#"{"contexture_tally":1,"samples":{"S1":{"patient_id":"P1","panels":["a"],"regions":{"CT":{"counted":{"a":{"n_cells":3,"phenotypes":{"CD8":1,"CD3":null},"is_labelled":false,"n_cells_unknown":1,"n_cells_without_label":0,"unknown":{"CD8":2}}},"told":{},"fields":["1"],"areas":{"1":{"field":"1","area_mm2":0.5,"source":"polygon"}}}},"n_cells_without_phenotype":1}},"panels":{"a":{"labels":[],"markers":["CD3","CD8"]}},"sources":{"f":"a.csv"},"rejected":[{"sample_id":null,"file":"b.csv","reason":"unusable","message":"no"}]}"#;

/// Reads outlines, makes regions of them and looks points up.
fn read_outlines(path: &Path) {
    let Ok(read) = outlines::read(path) else { return };
    let named = read.outlines.into_iter().map(|it| (it.class.unwrap_or(it.id), it.polygons)).collect();
    let Ok(section) = SectionRegions::new(named) else { return };
    for at in 0..section.names().len() {
        let area_mm2 = section.area_mm2(at);
        assert!(area_mm2.is_finite() && area_mm2 >= 0.0, "{area_mm2}");
    }
    for at in [0.0, 7.0, 15.0, 1e9, f64::NAN] {
        assert!(section.region_at(at, at).is_none_or(|it| it < section.names().len()));
    }
}

/// Counts the cells of a table, and reads its first rows.
fn read_cells(path: &Path) {
    let _ = first_rows(path, 100);
    let Ok(preview) = Preview::read(path) else { return };
    let all: Vec<usize> = (0..preview.header.len()).collect();
    let _ = scan(path, &preview.header, &Plan { words: all, ..Plan::default() });
}

fn parquet(compression: ParquetCompression) -> Vec<u8> {
    let columns = vec![
        Column::new("sample_id".into(), ["S1", "S1", "S2"]),
        Column::new("phenotype".into(), [Some("CD8+"), None, Some("Tumour µ")]),
        Column::new("x_um".into(), [0.5, 1.5, f64::NAN]),
        Column::new("CD3".into(), [true, false, true]),
        Column::new("id".into(), [1_i64, -2, 3]),
    ];
    let mut frame = DataFrame::new_infer_height(columns).expect("columns of one length");
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).with_compression(compression).finish(&mut frame).expect("a small table");
    bytes
}

fn h5ad_bytes(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/h5ad").join(name)).expect("a file of the crate")
}

/// A ring of points on a coarse grid, so that edges meet, cross and lie on each other.
fn ring() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        20 => (0_i32..6).prop_map(|it| it.to_string()),
        1 => select(["1e8", "-1e8", "1e-300", "0.1", "1e308", "-1e308", "NaN", "\"5\"", "null", "[1]"].map(str::to_owned).to_vec()),
    ];
    prop::collection::vec((number.clone(), number), 0..9).prop_map(|points| {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("[{x},{y}]")).collect();
        format!("[{}]", points.join(","))
    })
}

fn polygon() -> impl Strategy<Value = String> {
    prop::collection::vec(ring(), 0..3).prop_map(|rings| format!("[{}]", rings.join(",")))
}

/// A geometry, of geometries perhaps.
fn geometry() -> impl Strategy<Value = String> {
    let simple = prop_oneof![
        3 => polygon().prop_map(|it| format!(r#"{{"type":"Polygon","coordinates":{it}}}"#)),
        1 => prop::collection::vec(polygon(), 0..3)
            .prop_map(|it| format!(r#"{{"type":"MultiPolygon","coordinates":[{}]}}"#, it.join(","))),
        1 => ring().prop_map(|it| format!(r#"{{"type":"LineString","coordinates":{it}}}"#)),
    ];
    simple.prop_recursive(3, 8, 3, |inner| {
        prop::collection::vec(inner, 0..3)
            .prop_map(|it| format!(r#"{{"type":"GeometryCollection","geometries":[{}]}}"#, it.join(",")))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn changed_outlines_are_read_or_refused(changes in changes()) {
        read_changed(GEOJSON.as_bytes(), &changes, read_outlines);
    }

    #[test]
    fn outlines_of_any_shape_have_areas_or_are_refused(features in prop::collection::vec((geometry(), 0_u8..3), 1..5)) {
        let features: Vec<String> = features
            .iter()
            .map(|(geometry, class)| {
                format!(r#"{{"type":"Feature","geometry":{geometry},"properties":{{"classification":{{"name":"{class}"}}}}}}"#)
            })
            .collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
        read_changed(text.as_bytes(), &[], read_outlines);
    }

    #[test]
    fn changed_mapping_files_are_read_or_refused(changes in changes(), names in prop::collection::vec("(Slide|Core|Case|Tissue|Class|X|Y|Area|CD8 status|PDL1 OD|.{0,4})", 0..12)) {
        read_changed(MAPPING.as_bytes(), &changes, |path| {
            let header = Header::new(names.clone());
            if let Ok(layout) = Mapping::read(path).and_then(|it| it.layout(path, &header)) {
                assert_eq!(layout.used(&header), layout.used(&Header::new(vec![String::new(); 100])));
            }
        });
    }

    #[test]
    fn changed_phenotype_rules_are_read_or_refused(changes in changes(), is_workflow in any::<bool>(), state in any::<u8>()) {
        let text = if is_workflow { WORKFLOW } else { RULES };
        read_changed(text.as_bytes(), &changes, |path| {
            if let Ok(rules) = phenotype_rules::read(path) {
                let states = rules.states(|it| match it.len() + usize::from(state) {
                    n if n % 3 == 0 => State::Positive,
                    n if n % 3 == 1 => State::Negative,
                    _ => State::Unknown,
                });
                assert_eq!(states.len(), rules.names().count());
            }
        });
    }

    #[test]
    fn changed_gates_samplesheets_and_words_are_read_or_refused(changes in changes()) {
        read_changed(GATES.as_bytes(), &changes, |path| {
            if let Ok(gates) = Gates::read(path) {
                let of_s1: Vec<f64> = gates.markers().filter_map(|it| gates.threshold(it, "S1")).collect();
                assert!(of_s1.iter().all(|it| it.is_finite()), "{of_s1:?}");
            }
        });
        read_changed(SAMPLESHEET.as_bytes(), &changes, |path| {
            let _ = samplesheet::read(path);
            let _ = count::of_samplesheet(path);
        });
        read_changed(WORDS.as_bytes(), &changes, |path| drop(words::read(path)));
    }

    #[test]
    fn changed_tallies_are_read_or_refused(changes in changes()) {
        read_changed(TALLY.as_bytes(), &[], |path| assert_eq!(counted::read_tally(path).unwrap().samples.len(), 1));
        read_changed(TALLY.as_bytes(), &changes, |path| {
            if let Ok(tally) = counted::read_tally(path) {
                let mut twice = tally.clone();
                let _ = twice.merge(tally);
                let _ = crate::table::counts::tables(&twice, &crate::table::counts::CountOptions::default());
            }
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn changed_anndata_files_are_read_or_refused(changes in changes(), at in 0_usize..3) {
        let name = ["anndata_0.12_gzip.h5ad", "anndata_0.7.h5ad", "columns.h5ad"][at];
        read_changed(&h5ad_bytes(name), &changes, |path| {
            if let Ok(obs) = h5ad::read_obs(path) {
                for name in obs.columns() {
                    let _ = obs.column_text(name);
                }
            }
            read_cells(path);
        });
    }
}

/// Every so many bytes of a file are changed: few enough for a test, and the same ones every time.
const STRIDE: usize = 11;

#[test]
fn parquet_with_a_changed_byte_is_read_or_refused() {
    for compression in [ParquetCompression::Snappy, ParquetCompression::Uncompressed] {
        let valid = parquet(compression);
        for at in (0..valid.len()).step_by(STRIDE) {
            for byte in [0, 255, valid[at] ^ 4] {
                let mut bytes = valid.clone();
                bytes[at] = byte;
                read_changed(&bytes, &[], read_cells);
            }
        }
    }
}

/// Reads a table of densities, and every column of it in every way.
fn read_table(path: &Path) {
    let Ok(table) = table_file::TableFile::read(path) else { return };
    for name in table.names() {
        let _ = (table.texts(name), table.numbers(name), table.counts(name), table.identifiers(name));
    }
    let _ = densities::read(path, &DensityTable::default());
    let inputs = [count::Input { path: path.to_owned(), row: None, role: count::Role::Counted }];
    let _ = count::count(&inputs, &count::Settings::default());
}

fn densities_in_parquet(compression: ParquetCompression) -> Vec<u8> {
    let columns = vec![
        Column::new("sample_id".into(), ["S1", "S1", "S2"]),
        Column::new("region".into(), [Some("CT"), None, Some("Tumour µ")]),
        Column::new("marker".into(), ["CD3", "CD8", "CD8"]),
        Column::new("n_cells".into(), [1_u64, 2, 300]),
        Column::new("area_mm2".into(), [Some(0.5), None, Some(1.5)]),
    ];
    let mut frame = DataFrame::new_infer_height(columns).expect("columns of one length");
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).with_compression(compression).finish(&mut frame).expect("a small table");
    bytes
}

#[test]
fn densities_in_parquet_with_a_changed_byte_are_read_or_refused() {
    for compression in [ParquetCompression::Snappy, ParquetCompression::Uncompressed] {
        let valid = densities_in_parquet(compression);
        read_changed(&valid, &[], |path| {
            let table = table_file::TableFile::read(path).expect("an unchanged file");
            assert_eq!(table.counts("n_cells").unwrap(), [Some(1), Some(2), Some(300)]);
            assert_eq!(table.numbers("area_mm2").unwrap(), [Some(0.5), None, Some(1.5)]);
            assert_eq!(table.texts("region").unwrap()[2].as_deref(), Some("Tumour µ"));
        });
        for at in (0..valid.len()).step_by(STRIDE) {
            for byte in [0, 255, valid[at] ^ 4] {
                let mut bytes = valid.clone();
                bytes[at] = byte;
                read_changed(&bytes, &[], read_table);
            }
        }
    }
}

#[test]
fn parquet_that_is_cut_off_is_refused() {
    let valid = parquet(ParquetCompression::Snappy);
    for length in (0..valid.len()).step_by(STRIDE) {
        read_changed(&valid[..length], &[], |path| {
            read_cells(path);
            assert!(table_file::TableFile::read_export(path).is_err(), "{length}");
            assert!(Preview::read(path).is_err(), "{length}");
        });
    }
}

#[test]
fn text_without_an_encoding_in_parquet_is_refused_by_its_type() {
    let columns = vec![Column::new("sample_id".into(), [b"S1".as_slice(), b"S\xff"])];
    let mut frame = DataFrame::new_infer_height(columns).expect("a column");
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).expect("a small table");
    read_changed(&bytes, &[], |path| {
        let header = Header::new(vec!["sample_id".to_owned()]);
        let problem = scan(path, &header, &Plan { words: vec![0], ..Plan::default() }).unwrap_err().to_string();
        assert!(problem.contains("column 'sample_id' is of type Binary, expected text"), "{problem}");
    });
}
