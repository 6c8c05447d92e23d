//! QuPath's table of cells or detections: one row an object, with its class, its parent and its centroid.
//!
//! The unit stands in the header (`Centroid X µm`, or `px` where the image is not calibrated). The class has several parts
//! (`CD3: CD8`), each of which the cell is. `Parent` is the annotation that the cell lies in.

use super::header::Header;
use super::layout::{
    CellLayout, Coordinate, CoreColumn, CoreWords, LabelWords, Layout, LengthUnit, Measured, PhenotypeColumn, Position,
    RegionColumn, RegionWords,
};
use super::preview::Preview;
use super::{Certainty, Format, Recognised, key, qupath, units};
use crate::model::Synonyms;

/// QuPath's table of cells.
pub(super) const FORMAT: Format =
    Format { name: "qupath-cells", description: "QuPath: measurements of cells or detections", recognise };

fn recognise(preview: &Preview) -> Option<Recognised> {
    if qupath::is_about_regions(preview) {
        return None;
    }
    recognise_table(preview).or_else(|| recognise_script_export(preview))
}

fn recognise_table(preview: &Preview) -> Option<Recognised> {
    let header = &preview.header;
    let class = header.find_any(&["Classification", "Class"])?;
    let mut notes = Vec::new();
    let parent = header.find("Parent");
    let named = preview.find_filled(&["TMA core"]).map(|column| CoreColumn { column, words: CoreWords::Plain });
    if named.is_some() {
        notes.push(
            "the cores of a tissue microarray are samples of their own, named by image and 'TMA core'".to_owned(),
        );
    }
    let layout = CellLayout {
        sample: preview.find_filled(&["Image"]),
        core: named.or(parent.map(|column| CoreColumn { column, words: CoreWords::QupathParent })),
        region: parent.map(|column| RegionColumn { column, words: RegionWords::QupathParent }),
        phenotypes: vec![PhenotypeColumn::Label { column: class, words: LabelWords::QupathClass }],
        position: Some(position(preview, &mut notes)?),
        signed_distance: signed_distance(preview),
        intensities: intensities(header),
        ..CellLayout::default()
    };
    Some(Recognised {
        certainty: Certainty::Certain,
        version: Some(qupath::version(preview).to_owned()),
        layout: Layout::Cells(layout),
        notes,
    })
}

/// The table that a script writes for images of the `PhenoCycler`: four columns of its own, then QuPath's measurements.
fn recognise_script_export(preview: &Preview) -> Option<Recognised> {
    let header = &preview.header;
    let (x, y) = (header.find("Cell.X")?, header.find("Cell.Y")?);
    let (_, class) = (header.find("Cell.ID")?, header.find("Cell.classification")?);
    let intensities = intensities(header);
    if intensities.is_empty() {
        return None;
    }
    let unit_source = format!(
        "'{}' has no unit, and the centroid that QuPath gives to a script is in pixels, even of a calibrated image",
        header.name(x)
    );
    let layout = CellLayout {
        phenotypes: vec![PhenotypeColumn::Label { column: class, words: LabelWords::QupathClass }],
        position: Some(Position {
            x: Coordinate::Column(x),
            y: Coordinate::Column(y),
            unit: units::PIXEL,
            unit_source: unit_source.clone(),
        }),
        intensities,
        ..CellLayout::default()
    };
    Some(Recognised {
        certainty: Certainty::Likely,
        version: Some("export by a script".to_owned()),
        layout: Layout::Cells(layout),
        notes: vec![unit_source],
    })
}

fn position(preview: &Preview, notes: &mut Vec<String>) -> Option<Position> {
    let header = &preview.header;
    let across = qupath::calibrated_first(preview, units::lengths(header, "Centroid X"), LengthUnit::Micrometre);
    let down: Vec<(usize, LengthUnit)> = units::lengths(header, "Centroid Y").collect();
    let mut pairs = across.into_iter().filter_map(|(x, unit)| {
        let (y, _) = down.iter().find(|(_, it)| *it == unit)?;
        Some((x, *y, unit))
    });
    let (x, y, unit) = pairs.next()?;
    if let Some((other, ..)) = pairs.next() {
        notes.push(format!(
            "some images are calibrated and some are not: '{}' is used, and cells that have '{}' only have no position",
            header.name(x),
            header.name(other)
        ));
    }
    let (x, y, unit_source) = (Coordinate::Column(x), Coordinate::Column(y), units::said_by(header, x));
    Some(Position { x, y, unit, unit_source })
}

/// The distance to the border of an annotation whose class means the tumour.
fn signed_distance(preview: &Preview) -> Option<Measured> {
    let header = &preview.header;
    let synonyms = Synonyms::default();
    let (column, unit) = header.between("Signed distance to annotation with ", "").find_map(|(column, rest)| {
        ["um", "px", "m"].into_iter().find_map(|unit| {
            let region = synonyms.region(rest.strip_suffix(unit)?)?;
            let unit = units::length(unit)?;
            ["CT", "TUMOR"].contains(&region.as_str()).then_some((column, unit))
        })
    })?;
    Some(Measured { column, unit, unit_source: units::said_by(header, column) })
}

/// One mean intensity a marker: of the whole cell, else of the nucleus.
fn intensities(header: &Header) -> Vec<(String, usize)> {
    let mut chosen: Vec<(String, usize, Compartment)> = Vec::new();
    for (column, name) in header.names().iter().enumerate() {
        let Some((marker, compartment)) = mean_intensity(name) else { continue };
        match chosen.iter_mut().find(|it| it.0 == marker) {
            None => chosen.push((marker, column, compartment)),
            Some(known) if compartment < known.2 => (known.1, known.2) = (column, compartment),
            Some(_) => {}
        }
    }
    chosen.into_iter().map(|(marker, column, _)| (marker, column)).collect()
}

/// Part of a cell that an intensity is measured in; the better one first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Compartment {
    Cell,
    Nucleus,
}

/// The marker and the compartment whose mean intensity a column holds.
///
/// The parts of the name come in any order: `CD4: Mean`, `CD8: Nucleus: Mean`, `Cell: CD8: Mean`, `Nucleus: CD8 mean`.
fn mean_intensity(name: &str) -> Option<(String, Compartment)> {
    let separator = if name.contains(':') { ":" } else { ".." };
    let mut parts: Vec<&str> = name.split(separator).map(str::trim).collect();
    let last = parts.pop()?;
    if key(last) != "mean" {
        let (head, statistic) = last.rsplit_once([' ', '.'])?;
        if key(statistic) != "mean" || parts.is_empty() {
            return None;
        }
        parts.push(head.trim());
    }
    let compartment = |part: &str| match key(part).as_str() {
        "cell" => Some(Compartment::Cell),
        "nucleus" => Some(Compartment::Nucleus),
        _ => None,
    };
    let is_other_part = |part: &str| ["cytoplasm", "membrane", "roi"].contains(&key(part).as_str());
    match parts[..] {
        [marker] => Some((marker.to_owned(), Compartment::Cell)),
        [first, second] if is_other_part(first) || is_other_part(second) => None,
        [first, second] => compartment(first)
            .map(|it| (second.to_owned(), it))
            .or_else(|| compartment(second).map(|it| (first.to_owned(), it))),
        _ => None,
    }
    .filter(|(marker, _)| !key(marker).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognised(text: &str) -> (CellLayout, Recognised) {
        let recognised = recognise(&Preview::of_tsv("s.tsv", text)).expect("is of this format");
        let Layout::Cells(layout) = recognised.layout.clone() else { panic!("holds cells") };
        (layout, recognised)
    }

    const V05: &str = "Image\tObject ID\tObject type\tName\tClassification\tParent\tROI\tCentroid X µm\tCentroid Y µm\tDAPI: Mean\tCD4: Mean\n\
        a.svs\tu\tCell\t\tCD3: CD8\tAnnotation (Tumor)\tPolygon\t1\t2\t3\t4";

    #[test]
    fn each_version_is_told_from_its_columns_and_its_parents() {
        for (text, version) in [
            (
                "Name\tClass\tROI\tCentroid X µm\tCentroid Y µm\tNucleus: Area\nPathCellObject\tTumor\tPolygon\t1\t2\t3",
                "0.1",
            ),
            (
                "Image\tName\tClass\tParent\tROI\tCentroid X µm\tCentroid Y µm\na\tTumor\tTumor\tTumor\tPolygon\t1\t2",
                "0.2 or 0.3",
            ),
            (
                "Image\tObject ID\tName\tClass\tParent\tCentroid X µm\tCentroid Y µm\na\tu\tTumor\tTumor\tTumor\t1\t2",
                "0.4",
            ),
            ("Image\tClass\tParent\tCentroid X µm\tCentroid Y µm\na\tTumor\tAnnotation (Tumor)\t1\t2", "0.5 or later"),
            (V05, "0.5 or later"),
            (
                "Image\tClassification\tCentroid X px\tCentroid Y px\tNucleus: CD8: Mean\na\tCD8\t1\t2\t3",
                "0.6 or later",
            ),
        ] {
            assert_eq!(recognised(text).1.version.as_deref(), Some(version), "{text}");
        }
    }

    #[test]
    fn the_columns_of_a_current_table_are_found() {
        let (layout, recognised) = recognised(V05);
        assert_eq!(recognised.certainty, Certainty::Certain);
        assert_eq!(layout.sample, Some(0));
        assert_eq!(layout.region, Some(RegionColumn { column: 5, words: RegionWords::QupathParent }));
        assert_eq!(layout.phenotypes, [PhenotypeColumn::Label { column: 4, words: LabelWords::QupathClass }]);
        let position = layout.position.unwrap();
        assert_eq!((position.x, position.y), (Coordinate::Column(7), Coordinate::Column(8)));
        assert_eq!((position.unit, position.unit_source.as_str()), (LengthUnit::Micrometre, "header 'Centroid X µm'"));
        assert_eq!(layout.intensities, [("DAPI".to_owned(), 9), ("CD4".to_owned(), 10)]);
    }

    #[test]
    fn the_oldest_table_has_no_image_and_no_parent() {
        let (layout, _) = recognised("Name\tClass\tROI\tCentroid X px\tCentroid Y px\nPathCellObject\t\tPolygon\t1\t2");
        assert_eq!((layout.sample, layout.region, layout.position.unwrap().unit), (None, None, units::PIXEL));
    }

    #[test]
    fn units_survive_r_and_wrong_decodings() {
        for (x, y) in
            [("Centroid.X..m", "Centroid.Y..m"), ("Centroid X �m", "Centroid Y �m"), ("Centroid X um", "Centroid Y um")]
        {
            let (layout, _) = recognised(&format!("Image\tClass\t{x}\t{y}\na\tTumor\t1\t2"));
            assert_eq!(layout.position.unwrap().unit, LengthUnit::Micrometre, "{x}");
        }
    }

    #[test]
    fn of_micrometres_and_pixels_the_column_that_is_filled_is_taken() {
        let header = "Image\tClass\tCentroid X px\tCentroid Y px\tCentroid X µm\tCentroid Y µm";
        let (layout, known) = recognised(&format!("{header}\na\tT\t9\t9\t\t\nb\tT\t\t\t1\t2"));
        assert_eq!(layout.position.unwrap().x, Coordinate::Column(4));
        assert_eq!(known.notes.len(), 1);
        let (layout, _) = recognised(&format!("{header}\na\tT\t9\t9\t\t"));
        assert_eq!(layout.position.unwrap().unit, units::PIXEL);
    }

    #[test]
    fn a_distance_to_the_tumour_is_used_and_one_to_anything_else_is_not() {
        let header = "Image\tClass\tCentroid X µm\tCentroid Y µm\tSigned distance to annotation with Stroma µm\t\
            Signed distance to annotation with Tumor µm\tDistance to annotation with Tumor µm";
        let (layout, _) = recognised(&format!("{header}\na\tT\t1\t2\t3\t4\t5"));
        let distance = layout.signed_distance.unwrap();
        assert_eq!((distance.column, distance.unit), (5, LengthUnit::Micrometre));
    }

    #[test]
    fn intensities_are_known_in_every_order_and_the_cell_goes_before_the_nucleus() {
        for (name, marker, compartment) in [
            ("CD4: Mean", "CD4", "cell"),
            ("CD8: Nucleus: Mean", "CD8", "nucleus"),
            ("CD8: Cell: Mean", "CD8", "cell"),
            ("Cell: CD8: Mean", "CD8", "cell"),
            ("Nucleus: CD8 mean", "CD8", "nucleus"),
            ("Nucleus: DAB OD mean", "DAB OD", "nucleus"),
            ("CD8..Nucleus..Mean", "CD8", "nucleus"),
        ] {
            let found = mean_intensity(name).map(|(marker, it)| (marker, it == Compartment::Nucleus));
            assert_eq!(found, Some((marker.to_owned(), compartment == "nucleus")), "{name}");
        }
        for name in [
            "Cytoplasm: CD8 mean",
            "CD8: Membrane: Mean",
            "CD8: Median",
            "Mean",
            "Area µm^2",
            "ROI: 2.00 µm per pixel: CD8: Mean",
        ] {
            assert!(mean_intensity(name).is_none(), "{name}");
        }
        let header =
            Header::new(["Nucleus: CD8: Mean", "CD3: Nucleus: Mean", "Cell: CD8: Mean"].map(str::to_owned).to_vec());
        assert_eq!(intensities(&header), [("CD8".to_owned(), 2), ("CD3".to_owned(), 1)]);
    }

    #[test]
    fn the_export_of_a_script_is_in_pixels() {
        let text =
            "Cell.ID\tCell.classification\tCell.X\tCell.Y\tDAPI-01: Cell: Mean\tCell: Area µm^2\nu\tA\t1.5\t2.5\t3\t4";
        let (layout, known) = recognised(text);
        assert_eq!((known.certainty, layout.position.unwrap().unit), (Certainty::Likely, units::PIXEL));
        assert_eq!((layout.sample, layout.region), (None, None));
    }

    #[test]
    fn tables_of_annotations_and_of_other_programs_are_not_of_this_format() {
        for text in [
            "Image\tName\tClass\tCentroid X µm\tCentroid Y µm\tNum Detections\tArea µm^2\na\tT\tT\t1\t2\t3\t4",
            "Name\tClass\tROI\tCentroid X µm\tCentroid Y µm\tArea µm^2\tPerimeter µm\nT\tT\tArea\t1\t2\t3\t4",
            "Image\tObject type\tClassification\tCentroid X µm\tCentroid Y µm\na\tAnnotation\tT\t1\t2",
            "Name\tClass\tCentroid X\tCentroid Y\nT\tT\t1\t2",
            "Image\tCentroid X µm\tCentroid Y µm\na\t1\t2",
            "",
        ] {
            assert!(recognise(&Preview::of_tsv("s.tsv", text)).is_none(), "{text}");
        }
    }
}
