//! Headers and cells that no program writes: whatever is recognised stays within its header, and nothing panics.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::super::preview::Rest;
use super::*;
use crate::io::count::{Input, Role, Settings, count};
use crate::io::gates::Gates;
use crate::io::phenotype_rules;
use crate::io::table_file::TableFile;
use crate::spatial::MarginWidth;

/// What a header is changed by.
#[derive(Clone, Debug)]
enum Change {
    Drop(Index),
    Double(Index),
    Swap(Index, Index),
    Rename(Index, String),
    Cut(Index, Index),
    Add(String),
}

impl Change {
    fn apply(&self, names: &mut Vec<String>) {
        if names.is_empty() {
            return;
        }
        let n_names = names.len();
        match self {
            Self::Drop(at) => drop(names.remove(at.index(n_names))),
            Self::Double(at) => names.push(names[at.index(n_names)].clone()),
            Self::Swap(one, other) => names.swap(one.index(n_names), other.index(n_names)),
            Self::Rename(at, name) => names[at.index(n_names)].clone_from(name),
            Self::Cut(at, end) => {
                let letters: Vec<char> = names[at.index(n_names)].chars().collect();
                names[at.index(n_names)] = letters[..end.index(letters.len() + 1)].iter().collect();
            }
            Self::Add(name) => names.push(name.clone()),
        }
    }
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        any::<Index>().prop_map(Change::Drop),
        any::<Index>().prop_map(Change::Double),
        any::<(Index, Index)>().prop_map(|(one, other)| Change::Swap(one, other)),
        (any::<Index>(), column()).prop_map(|(at, name)| Change::Rename(at, name)),
        any::<(Index, Index)>().prop_map(|(at, end)| Change::Cut(at, end)),
        column().prop_map(Change::Add),
    ];
    prop::collection::vec(change, 0..4)
}

/// Headers that are recognised, and some that are not.
fn headers() -> Vec<Vec<String>> {
    let text = |it: &&(&str, &str)| it.1.lines().next().unwrap_or_default().to_owned();
    let all = EXAMPLES.iter().chain(STRANGERS).chain(REGION_TABLES).collect::<Vec<_>>();
    all.iter().map(text).map(|it| it.split('\t').map(str::to_owned).collect()).collect()
}

/// Tables of regions with more of their columns.
const REGION_TABLES: &[(&str, &str)] = &[
    (
        "qupath-annotations",
        "Image\tObject ID\tObject type\tName\tClassification\tParent\tROI\tNum Detections\tNum Positive\tNum Negative\t\
         Num CD3: CD8\tNum Tumor (base)\tArea px^2\tPerimeter px",
    ),
    (
        "halo-summary",
        "Image Tag\tTotal Cells\tCD8 Positive Cells\tCD3+ CD8+ Cells\tTumor: CD8 Positive Cells\tTumor: Total Cells\t\
         Tumor: Area Analyzed (mm²)\tArea Analyzed (m)\tArea Analyzed (mm)",
    ),
    (
        "inform-summary",
        "Path\tSample Name\tTissue Category\tPhenotype\tCell ID\tTotal Cells\tTissue Category Area (pixels)\t\
         Cell Density (per megapixel)\tSlide ID",
    ),
    ("contexture-regions", "sample_id\tpatient_id\tfield_id\tregion\tpart\tmarker\tn_cells\tarea_um2"),
];

/// The name of a column: one of another format, with more around it, empty, long, or anything.
fn column() -> impl Strategy<Value = String> {
    let real: Vec<String> = headers().concat();
    prop_oneof![
        6 => select(real.clone()),
        2 => (select(real), "[ .:()µ+-]{0,3}").prop_map(|(name, more)| format!("{name}{more}")),
        1 => Just(String::new()),
        1 => Just("Num µ²".repeat(2000)),
        2 => "[^\t\r\n\"]{0,12}",
    ]
}

/// A cell: words and numbers that some format knows, and anything.
fn cell() -> impl Strategy<Value = String> {
    let known = [
        "",
        "1",
        "0",
        "2.5",
        "-1",
        "NaN",
        "inf",
        "1e308",
        "-1e308",
        "99999999999999999999",
        "0,5",
        "12 %",
        "#N/A",
        "all",
        "CD8+",
        "CD8-",
        "pos",
        "Positive",
        "CD3: CD8",
        "Tumor*",
        "Tumor",
        "Annotation (Tumor)",
        "Root object (Image)",
        "A-1 - Annotation (Stroma)",
        "Annotation",
        "Cell",
        "Polygon",
        "S1_[1,2].im3",
        "\\\\x\\S1.svs",
        "S1_X05_Y03",
        "()",
    ];
    prop_oneof![9 => select(known.map(str::to_owned).to_vec()), 1 => "[^\t\r\n]{0,6}"]
}

/// A header, perhaps changed, and rows of its length.
fn table() -> impl Strategy<Value = (Vec<String>, Vec<Vec<String>>)> {
    let header = prop_oneof![
           5 => (select(headers()), changes()).prop_map(|(mut names, changes)| {
               for change in &changes {
    change.apply(&mut names);
    }
               names
           }),
           1 => prop::collection::vec(column(), 0..12),
       ];
    header.prop_flat_map(|names| {
        let n_names = names.len();
        (Just(names), prop::collection::vec(prop::collection::vec(cell(), n_names), 0..5))
    })
}

/// Every column that a layout uses, whether the header has it or not.
fn columns(layout: &Layout) -> Vec<usize> {
    match layout {
        Layout::Cells(layout) => {
            let long = Header::new(vec![String::new(); 1000]);
            let used = layout.used(&long).into_iter().map(|it| it.1);
            used.chain(layout.intensities.iter().map(|it| it.1)).collect()
        }
        Layout::Regions(layout) => layout.used.iter().map(|it| it.1).collect(),
        Layout::Outlines | Layout::Tally => Vec::new(),
    }
}

/// The text of a table as QuPath writes it.
fn text((names, rows): &(Vec<String>, Vec<Vec<String>>)) -> String {
    let lines = std::iter::once(names).chain(rows).map(|it| it.join("\t") + "\n");
    lines.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_recognised_stays_within_its_header((names, rows) in table(), json in prop::bool::weighted(0.1)) {
        let header = Header::new(names);
        let rows = if json { Vec::new() } else { rows };
        let preview = Preview { file_name: "a.csv".to_owned(), header, rows, json, written_as: String::new(), rest: Rest::default() };
        if let Err(error) = recognise(Path::new("a.csv"), &preview) {
            prop_assert!(!error.to_string().is_empty());
        }
        for format in FORMATS {
            let Some(recognised) = format.of(&preview) else { continue };
            let strangers: Vec<usize> =
                columns(&recognised.layout).into_iter().filter(|it| *it >= preview.header.len()).collect();
            prop_assert!(strangers.is_empty(), "{} uses {strangers:?}", format.name);
            if let Layout::Cells(layout) = &recognised.layout {
                let _ = layout.used(&Header::new(Vec::new()));
            }
        }
    }

    #[test]
    fn any_table_of_regions_is_read_or_refused(table in table()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("regions.tsv");
        std::fs::write(&path, text(&table)).unwrap();
        let (Ok(preview), Ok(Some(file))) = (Preview::read(&path), TableFile::read_export(&path)) else { return Ok(()) };
        for format in FORMATS {
            if let Some(Layout::Regions(layout)) = format.of(&preview).map(|it| it.layout) {
                let records = (layout.read)(&RegionTable { header: &preview.header, table: &file });
                prop_assert!(records.is_err() || records.unwrap().iter().all(|it| it.row < file.height()));
            }
        }
    }

    #[test]
    fn any_table_is_counted_or_rejected(table in table(), scale in prop::option::of(0.1_f64..2.0), more in any::<[bool; 3]>()) {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let path = file("a.tsv", &text(&table));
        let outlines = file("a.geojson", r#"{"type":"Polygon","coordinates":[[[0,0],[3,0],[3,3],[0,0]]],"name":"CT"}"#);
        let rules = file("rules.csv", "phenotype,rule\nT,CD3 & !CD8\nTumour,Tumor | \"CD3: CD8\"\n");
        let gates = file("gates.csv", "marker,threshold,sample_id\nCD8,1,\nCD45,0,S1\n");
        let [has_outlines, has_rules, has_gates] = more;
        let settings = Settings {
            microns_per_pixel: scale,
            rules: has_rules.then(|| phenotype_rules::read(&rules).unwrap()),
            gates: has_gates.then(|| Gates::read(&gates).unwrap()),
            margin: has_outlines.then_some(MarginWidth { inside_um: 1.0, outside_um: 1.0 }),
            ..Settings::default()
        };
        let mut paths = vec![path];
        paths.extend(has_outlines.then_some(outlines));
        let inputs: Vec<Input> =
            paths.into_iter().map(|path| Input { path, row: None, role: Role::Counted }).collect();
        if let Ok(counted) = count(&inputs, &settings) {
            prop_assert_eq!(counted.facts.len() + counted.tally.rejected.len(), inputs.len());
            for fact in counted.facts.iter().filter(|it| it.holds == "cells") {
                let n_dropped: u64 = fact.not_counted.values().sum();
                let n_seen: u64 = fact.samples.values().sum();
                prop_assert!(Some(n_seen) <= fact.n_rows && Some(n_dropped) <= fact.n_rows, "{fact:?}");
            }
        }
    }
}
