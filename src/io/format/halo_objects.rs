//! HALO's table of objects: one row a cell, with the edges of its box in pixels, and a column of 1 and 0 for each marker.
//!
//! The numbers of positive columns are 0 and 1, or 0 to 3 by intensity. A cell may be positive in many of them. Where a
//! marker is called `Dye 2`, `Analysis Inputs` may say which dye that is.

use super::header::Header;
use super::layout::{
    AnalysisColumns, AreaColumn, CellLayout, Coordinate, Layout, PhenotypeColumn, Position, RegionColumn, RegionWords,
    SampleWords,
};
use super::marker_name::{is_nuclear_stain, without_dye};
use super::preview::Preview;
use super::{Certainty, Format, Recognised, units};

/// HALO's table of objects.
pub(super) const FORMAT: Format =
    Format { name: "halo-object", description: "HALO: object data, one row a cell", recognise };

/// The name by which R's `make.names` is known to have been over the header.
const NAME_AFTER_R: &str = "Analysis.Region";

fn recognise(preview: &Preview) -> Option<Recognised> {
    (!was_renamed_by_r(&preview.header)).then(|| describe(preview))?
}

/// Whether R has replaced all but letters and digits in the names by dots.
pub(super) fn was_renamed_by_r(header: &Header) -> bool {
    header.names().iter().any(|it| it == NAME_AFTER_R)
}

/// What the columns mean, if they are HALO's.
pub(super) fn describe(preview: &Preview) -> Option<Recognised> {
    let header = &preview.header;
    let [x_min, x_max, y_min, y_max] = ["XMin", "XMax", "YMin", "YMax"].map(|it| header.find(it));
    let analysis_region = header.find("Analysis Region")?;
    let position = Position {
        x: Coordinate::Middle(x_min?, x_max?),
        y: Coordinate::Middle(y_min?, y_max?),
        unit: units::PIXEL,
        unit_source: "HALO gives the box of an object in pixels of the image".to_owned(),
    };
    let mut notes = Vec::new();
    let phenotypes = positivities(preview, &mut notes);
    if phenotypes.is_empty() {
        notes.push("no column says what a cell is positive for".to_owned());
    }
    let (sample, sample_words) = sample(preview, analysis_region);
    let region = region(preview, analysis_region);
    let is_classified = region.column != analysis_region;
    let names: Vec<usize> = ["Algorithm Name", "Job Id"].iter().filter_map(|it| header.find(it)).collect();
    let layout = CellLayout {
        sample,
        sample_words,
        region: Some(region),
        phenotypes,
        position: Some(position),
        region_area: region_area(preview, is_classified, &mut notes),
        analyses: (!names.is_empty()).then_some(AnalysisColumns { place: analysis_region, names }),
        ..CellLayout::default()
    };
    Some(Recognised { certainty: Certainty::Certain, version: None, layout: Layout::Cells(layout), notes })
}

fn sample(preview: &Preview, analysis_region: usize) -> (Option<usize>, SampleWords) {
    let location = preview.header.find("Image Location");
    match preview.find_filled(&["Image Tag", "Image Location"]) {
        None => {}
        column if column == location => return (column, SampleWords::Path),
        column => return (column, SampleWords::Plain),
    }
    // A laboratory that takes the patients' names out puts an identifier of its own before HALO's columns.
    let is_halos = |column: usize| {
        ["imagelocation", "imagetag", "analysisinputs", "algorithmname", "objectid", "jobid"]
            .contains(&preview.header.key(column))
    };
    let own: Vec<usize> = (0..analysis_region).filter(|&it| !is_halos(it) && preview.is_filled(it)).collect();
    let is_named_so = |column: &&usize| preview.header.key(**column).contains("sample");
    (own.iter().find(is_named_so).or(own.first()).copied(), SampleWords::Plain)
}

/// The class of the tissue classifier; without one, the layer of annotations.
fn region(preview: &Preview, analysis_region: usize) -> RegionColumn {
    match preview.find_filled(&["Classifier Label"]) {
        Some(column) => RegionColumn { column, words: RegionWords::Plain },
        None => RegionColumn { column: analysis_region, words: RegionWords::HaloLayer },
    }
}

/// The area of the layer of annotations, which is that of the regions unless the tissue in it was classified.
fn region_area(preview: &Preview, is_classified: bool, notes: &mut Vec<String>) -> Option<AreaColumn> {
    let header = &preview.header;
    let filled = header.between("Region Area", "").find(|&(column, _)| preview.is_filled(column));
    let (column, unit) = filled?;
    if is_classified {
        let name = header.name(column);
        notes.push(format!(
            "'{name}' is not used: it is that of 'Analysis Region', and regions are by 'Classifier Label'"
        ));
        return None;
    }
    // Not `m`: an area in µm² and one in mm² look alike once their signs are lost.
    let unit = if unit == "m" || unit == "m2" { None } else { units::area(unit) };
    if unit.is_none() {
        notes.push(format!("'{}' is not used: its unit is not told", header.name(column)));
    }
    Some(AreaColumn { column, unit: unit?, unit_source: units::said_by(header, column) })
}

/// A column that says what a cell is positive for.
struct Positivity {
    column: usize,
    /// All that the column says of the marker.
    full: String,
    marker: String,
    is_classification: bool,
}

fn positivities(preview: &Preview, notes: &mut Vec<String>) -> Vec<PhenotypeColumn> {
    let header = &preview.header;
    let dyes = dyes(preview);
    let mut found: Vec<Positivity> = Vec::new();
    for (column, name) in header.names().iter().enumerate() {
        let classified = name.strip_suffix(" Positive Classification");
        let (full, marker) = if let Some(stem) = classified.or_else(|| name.strip_suffix(" Positive")) {
            let dye = dyes.iter().find(|(dye, _)| dye == stem).map(|(_, substance)| substance.as_str());
            let full = dye.unwrap_or(stem);
            if is_nuclear_stain(full) {
                notes.push(format!("'{name}' is not counted: it is the nuclear counterstain"));
                continue;
            }
            if dye.is_some() {
                notes.push(format!("'{name}' is counted as '{full}', as 'Analysis Inputs' says"));
            }
            (full.to_owned(), without_dye(full).to_owned())
        } else if is_combination(name) {
            (name.clone(), name.clone())
        } else {
            continue;
        };
        found.push(Positivity { column, full, marker, is_classification: classified.is_some() });
    }
    // The classification of the whole cell goes before what one stain says of it.
    let classified: Vec<String> = found.iter().filter(|it| it.is_classification).map(|it| it.marker.clone()).collect();
    found.retain(|it| it.is_classification || !classified.contains(&it.marker));
    let is_ambiguous = |it: &Positivity| found.iter().filter(|other| other.marker == it.marker).count() > 1;
    found
        .iter()
        .map(|it| {
            let marker = if is_ambiguous(it) { it.full.clone() } else { it.marker.clone() };
            PhenotypeColumn::Positivity { column: it.column, marker }
        })
        .collect()
}

/// Whether a name is a phenotype in HALO's words: `CD3+ CD8+`, `CD3+ FOXP3-`, `CD8+`.
pub(super) fn is_combination(name: &str) -> bool {
    let is_marker = |it: &str| it.len() > 1 && it.ends_with(['+', '-']);
    name.contains('+') && name.split_whitespace().all(is_marker)
}

/// What `Analysis Inputs` says that each dye is: `Dye 2:Opal 620;…`. Empty where two dyes are one thing.
fn dyes(preview: &Preview) -> Vec<(String, String)> {
    let Some(column) = preview.header.find("Analysis Inputs") else { return Vec::new() };
    let dyes: Vec<(String, String)> = entries(preview.values(column).next().unwrap_or_default())
        .filter(|(name, substance)| {
            let number = name.strip_prefix("Dye ");
            number.is_some_and(|it| it.bytes().all(|digit| digit.is_ascii_digit())) && !substance.is_empty()
        })
        .map(|(name, substance)| (name.to_owned(), substance.to_owned()))
        .collect();
    let is_told_twice = |at: usize| dyes[..at].iter().any(|earlier| earlier.1 == dyes[at].1);
    if (0..dyes.len()).any(is_told_twice) { Vec::new() } else { dyes }
}

/// The names and values that `Analysis Inputs` holds.
pub(super) fn entries(inputs: &str) -> impl Iterator<Item = (&str, &str)> {
    inputs.split(';').filter_map(|it| it.split_once(':')).map(|(name, value)| (name.trim(), value.trim()))
}

#[cfg(test)]
mod tests {
    use super::super::AreaUnit;
    use super::*;

    fn layout(text: &str) -> (CellLayout, Vec<String>) {
        let known = recognise(&Preview::of_tsv("s.csv", text)).expect("is of this format");
        let Layout::Cells(layout) = known.layout else { panic!("holds cells") };
        (layout, known.notes)
    }

    fn markers(layout: &CellLayout) -> Vec<&str> {
        let markers = layout.phenotypes.iter().map(|it| match it {
            PhenotypeColumn::Positivity { marker, .. } => marker.as_str(),
            PhenotypeColumn::Label { .. } => panic!("HALO has no labels"),
        });
        markers.collect()
    }

    const BOX: &str = "Analysis Region\tXMin\tXMax\tYMin\tYMax";

    #[test]
    fn a_cell_lies_in_the_middle_of_its_box_in_pixels() {
        let (layout, _) = layout(&format!("{BOX}\nTISSUE\t10\t20\t1\t3"));
        let position = layout.position.unwrap();
        assert_eq!((position.x, position.y), (Coordinate::Middle(1, 2), Coordinate::Middle(3, 4)));
        assert_eq!(position.unit, units::PIXEL);
    }

    #[test]
    fn the_sample_is_the_tag_or_the_path_or_the_name_of_the_file() {
        let rows = |tag: &str, location: &str| {
            layout(&format!("Image Location\tImage Tag\t{BOX}\n{location}\t{tag}\tTISSUE\t1\t2\t3\t4")).0
        };
        assert_eq!(rows("S1", r"D:\S1.svs").sample, Some(1));
        let by_path = rows("", r"D:\S1.svs");
        assert_eq!((by_path.sample, by_path.sample_words), (Some(0), SampleWords::Path));
        assert_eq!(rows("", "").sample, None);
    }

    #[test]
    fn the_region_is_the_class_of_the_tissue_else_the_layer() {
        let region = |label: &str, layer: &str| {
            layout(&format!("Classifier Label\t{BOX}\n{label}\t{layer}\t1\t2\t3\t4")).0.region.map(|it| it.column)
        };
        assert_eq!(region("TUMOUR", "TISSUE"), Some(0));
        assert_eq!(region("", "TISSUE"), Some(1));
        let (layout, _) = layout(&format!("{BOX}\nentire image\t1\t2\t3\t4\nTISSUE\t1\t2\t3\t4"));
        assert_eq!(layout.region, Some(RegionColumn { column: 0, words: RegionWords::HaloLayer }));
    }

    #[test]
    fn whole_cells_are_positive_and_compartments_and_counterstains_are_not_counted() {
        let header = "Nuclei (DAPI) Positive\tCD3 (Opal 570) Positive\tCD3 (Opal 570) Positive Nucleus\t\
            CD3 (Opal 570) Positive Cytoplasm\tCD3 (Opal 570) Cytoplasm Intensity\tCD3+ CD8+\tCD3+ FOXP3-\tCell Area (µm²)";
        let (layout, notes) = layout(&format!("{header}\t{BOX}\n1\t1\t1\t0\t2.5\t0\t1\t60\tTISSUE\t1\t2\t3\t4"));
        assert_eq!(markers(&layout), ["CD3", "CD3+ CD8+", "CD3+ FOXP3-"]);
        assert!(notes[0].contains("Nuclei (DAPI) Positive"), "{notes:?}");
    }

    #[test]
    fn the_inputs_of_the_analysis_name_the_dyes() {
        let text = |inputs: &str| {
            format!("Analysis Inputs\tDye 1 Positive\tDye 2 Positive\t{BOX}\n{inputs}\t1\t0\tTISSUE\t1\t2\t3\t4")
        };
        let (named, notes) = layout(&text("Image Zoom:1;Dye 1:DAPI;Dye 1 Nucleus Weight:1;Dye 2:Opal 620"));
        assert_eq!(markers(&named), ["Opal 620"]);
        assert_eq!(notes.len(), 2);
        assert_eq!(markers(&layout(&text("")).0), ["Dye 1", "Dye 2"]);
        assert_eq!(markers(&layout(&text("Dye 1:Opal 620;Dye 2:Opal 620")).0), ["Dye 1", "Dye 2"], "not told apart");
    }

    #[test]
    fn the_classification_of_the_cell_goes_before_one_stain() {
        let header = "CD8 (Opal 520) Positive\tCD8 Positive Classification\tCD8 Positive Nucleus Classification\tCD3 (1) Positive\tCD3 (2) Positive";
        let (layout, _) = layout(&format!("{header}\t{BOX}\n1\t0\t0\t1\t1\tTISSUE\t1\t2\t3\t4"));
        assert_eq!(markers(&layout), ["CD8", "CD3 (1)", "CD3 (2)"]);
        assert!(matches!(layout.phenotypes[0], PhenotypeColumn::Positivity { column: 1, .. }));
    }

    #[test]
    fn the_area_of_the_region_is_used_where_its_unit_is_told() {
        let area = |name: &str, cell: &str| layout(&format!("{name}\t{BOX}\n{cell}\tTISSUE\t1\t2\t3\t4"));
        for name in ["Region Area (μm²)", "Region Area (µm²)", "Region Area (um2)"] {
            assert_eq!(area(name, "5000").0.region_area.unwrap().unit, AreaUnit::SquareMicrometre, "{name}");
        }
        assert_eq!(area("Region Area (mm²)", "0.5").0.region_area.unwrap().unit, AreaUnit::SquareMillimetre);
        assert_eq!(area("Region Area (μm²)", "").0.region_area, None);
        let (stripped, notes) = area("Region Area (m)", "5000");
        assert!(stripped.region_area.is_none() && notes.iter().any(|it| it.contains("Region Area (m)")));
    }

    #[test]
    fn the_area_of_the_layer_is_not_that_of_a_class_of_tissue() {
        let text =
            |label: &str| format!("Region Area (mm²)\tClassifier Label\t{BOX}\n0.5\t{label}\tTISSUE\t1\t2\t3\t4");
        let (classified, notes) = layout(&text("TUMOUR"));
        assert_eq!(classified.region_area, None);
        assert!(notes.iter().any(|it| it.contains("'Region Area (mm²)' is not used")), "{notes:?}");
        assert!(layout(&text("")).0.region_area.is_some());
    }

    #[test]
    fn other_tables_are_not_of_this_format() {
        for text in ["Analysis.Region\tXMin\tXMax\tYMin\tYMax\na\t1\t2\t3\t4", "XMin\tXMax\tYMin\tYMax\n1\t2\t3\t4", ""]
        {
            assert!(recognise(&Preview::of_tsv("s.csv", text)).is_none(), "{text}");
        }
    }
}
