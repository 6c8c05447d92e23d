//! Single-cell quantification of MCMICRO (mcquant): one table a sample, intensities and shapes in pixels.
//!
//! No column names the sample: the file does, as `<sample>--<segmenter>_<mask>.csv`. Markers are the columns left of the
//! centroid; older versions write the mask behind the marker, as in `CD8_cellMask`.

use super::{Certainty, Coordinate, Format, Layout, Preview, Recognised, SampleWords, shared_columns};

pub(super) const FORMAT: Format = Format {
    name: "mcmicro",
    description: "MCMICRO quantification (mcquant): one row a cell, intensities and centroid in pixels",
    recognise,
};

/// Names of the centroid, newest first.
const CENTROIDS: [[&str; 2]; 3] =
    [["X_centroid", "Y_centroid"], ["X_position", "Y_position"], ["column_centroid", "row_centroid"]];

/// Columns that may stand left of the centroid without being markers, by their keys; index columns have no name.
const NO_MARKERS: [&str; 8] = ["", "unnamed0", "cellid", "imageid", "sampleid", "patientid", "phenotype", "roi"];

fn recognise(preview: &Preview) -> Option<Recognised> {
    let header = &preview.header;
    header.find("CellID")?;
    let position = shared_columns::position(header, &CENTROIDS, shared_columns::PIXELS, "MCMICRO measures in pixels")?;
    // Xenium's `cell_id, x_centroid` compare equal; with image and phenotype it is AnnData's table of observations.
    if header.find("transcript_counts").is_some() || header.has_all(&["imageid", "phenotype"]) {
        return None;
    }
    let mut layout = shared_columns::joined(header);
    layout.sample = layout.sample.or_else(|| header.find("imageid"));
    if layout.sample.is_none() {
        layout.sample_words = SampleWords::BeforeDoubleDash;
    }
    layout.region = header.find("ROI").map(shared_columns::plain_region).or(layout.region);
    let mut notes = Vec::new();
    if let (Coordinate::Column(x), Coordinate::Column(y)) = (position.x, position.y) {
        layout.intensities = markers(preview, x.min(y), &mut notes);
    }
    layout.position = Some(position);
    Some(Recognised { certainty: Certainty::Certain, version: None, layout: Layout::Cells(layout), notes })
}

/// The markers among the columns before `end`, without the mask that they were measured in unless there are several.
fn markers(preview: &Preview, end: usize, notes: &mut Vec<String>) -> Vec<(String, usize)> {
    let header = &preview.header;
    let is_marker = |column: usize| {
        !NO_MARKERS.contains(&header.key(column))
            && !shared_columns::is_nuclear_stain(without_mask(header.name(column)))
            && shared_columns::holds_numbers(preview, column)
    };
    let columns: Vec<usize> = (0..end).filter(|&it| is_marker(it)).collect();
    let bare: Vec<&str> = columns.iter().map(|&it| without_mask(header.name(it))).collect();
    let is_alone = |name: &str| bare.iter().filter(|it| **it == name).count() == 1;
    if !bare.iter().all(|it| is_alone(it)) {
        notes.push("some markers were measured in several masks; a threshold names the column in full".to_owned());
    }
    let name =
        |column: usize, bare: &str| if is_alone(bare) { bare.to_owned() } else { header.name(column).to_owned() };
    columns.iter().zip(&bare).map(|(&column, bare)| (name(column, bare), column)).collect()
}

/// `CD8` of `CD8_cellMask`.
fn without_mask(column: &str) -> &str {
    match column.rsplit_once('_') {
        Some((marker, mask)) if mask.to_lowercase().ends_with("mask") => marker,
        _ => column,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::format::{CellLayout, LengthUnit};

    fn cells(text: &str) -> CellLayout {
        match recognise(&Preview::of_tsv("s--unmicst_cell.csv", text)).map(|it| it.layout) {
            Some(Layout::Cells(layout)) => layout,
            other => panic!("{other:?}"),
        }
    }

    fn marker_names(text: &str) -> Vec<String> {
        cells(text).intensities.into_iter().map(|it| it.0).collect()
    }

    #[test]
    fn the_file_names_the_sample_and_markers_stand_left_of_the_centroid() {
        let layout = cells("CellID\tDNA_6\tCD57\tFOXP3\tX_centroid\tY_centroid\tArea\n1\t9\t2.5\t3\t10\t20\t30");
        assert_eq!(layout.intensities, [("CD57".to_owned(), 2), ("FOXP3".to_owned(), 3)]);
        assert_eq!((layout.sample, layout.sample_words), (None, SampleWords::BeforeDoubleDash));
        let position = layout.position.unwrap();
        assert_eq!((position.x, position.y), (Coordinate::Column(4), Coordinate::Column(5)));
        assert_eq!(position.unit, LengthUnit::Pixel { documented_microns_per_pixel: None });
    }

    #[test]
    fn masks_are_taken_off_unless_a_marker_has_two() {
        assert_eq!(marker_names("CellID\tHoechst1_cellRingMask\tCD8_cellMask\tX_position\tY_position"), ["CD8"]);
        let text = "CellID\tCD8_cellMask\tCD8_nucleiRingMask\tKi67_cellMask\tcolumn_centroid\trow_centroid";
        assert_eq!(marker_names(text), ["CD8_cellMask", "CD8_nucleiRingMask", "Ki67"]);
        let notes = recognise(&Preview::of_tsv("", text)).unwrap().notes;
        assert_eq!(notes.len(), 1, "{notes:?}");
    }

    #[test]
    fn index_columns_and_words_are_no_markers() {
        let text = "\tUnnamed: 0\tCellID\tbatch\tCD3\tX_centroid\tY_centroid\n0\t0\t1\tfirst\t7.5\t1\t2";
        assert_eq!(marker_names(text), ["CD3"]);
    }

    #[test]
    fn a_row_centroid_that_comes_first_is_no_marker() {
        let layout = cells("CellID\tCD3\trow_centroid\tcolumn_centroid");
        assert_eq!(layout.intensities, [("CD3".to_owned(), 1)]);
        assert_eq!(layout.position.unwrap().x, Coordinate::Column(3));
    }

    #[test]
    fn phenotypes_regions_and_images_are_read_where_they_were_joined() {
        let layout = cells("CellID\tCD3\tX_centroid\tY_centroid\tphenotype\tROI");
        assert_eq!(layout.phenotypes, [shared_columns::plain_label(4)]);
        assert_eq!(layout.region, Some(shared_columns::plain_region(5)));
        let layout = cells("CellID\tCD3\tX_centroid\tY_centroid\timageid");
        assert_eq!((layout.sample, layout.sample_words), (Some(4), SampleWords::Plain));
    }
}
