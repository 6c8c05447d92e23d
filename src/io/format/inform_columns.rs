//! What the tables of inForm and of phenoptr have in common.

use super::header::Header;
use super::layout::{
    CellLayout, Coordinate, LabelWords, LengthUnit, PhenotypeColumn, Position, RegionColumn, RegionWords, SampleWords,
};
use super::preview::Preview;

/// What stands as `Cell ID` in a row that sums cells up.
pub(super) const SUMMARY: &str = "all";

/// inForm's own scale, of a 20x objective, where nothing else is said: µm per pixel.
pub(super) const DOCUMENTED_MICRONS_PER_PIXEL: f64 = 0.5;

/// Whether the columns are those of a table of cells, or of their summary.
pub(super) fn are_of_inform(header: &Header) -> bool {
    header.has_all(&["Cell ID", "Cell X Position", "Cell Y Position"])
        && header.find_any(&["Sample Name", "Annotation ID"]).is_some()
}

/// Whether all rows sum cells up; false for a table without rows.
pub(super) fn is_summary(preview: &Preview) -> bool {
    let Some(id) = preview.header.find("Cell ID") else { return false };
    let mut ids = preview.values(id).peekable();
    ids.peek().is_some() && ids.all(|it| it.eq_ignore_ascii_case(SUMMARY))
}

/// The unit of lengths and, squared, of areas; and what said so.
///
/// inForm writes the unit into some of its headers. phenoptr, which converts to µm, takes the word away from all of them.
pub(super) fn unit(header: &Header) -> (LengthUnit, String) {
    let with = |word: &str| header.names().iter().find(|it| it.to_lowercase().contains(word));
    match (with("micron"), with("pixel")) {
        (Some(name), _) => (LengthUnit::Micrometre, format!("header '{name}'")),
        (None, Some(name)) => (
            LengthUnit::Pixel { documented_microns_per_pixel: Some(DOCUMENTED_MICRONS_PER_PIXEL) },
            format!("header '{name}'"),
        ),
        (None, None) => (
            LengthUnit::Micrometre,
            "no header names a unit, as in tables that phenoptr has converted to µm".to_owned(),
        ),
    }
}

/// The slide: `Slide ID`, else what stands before the place of the field in `Sample Name`.
pub(super) fn sample(preview: &Preview) -> (Option<usize>, SampleWords) {
    let name = preview.header.find("Sample Name");
    match preview.find_filled(&["Slide ID", "Sample Name"]) {
        Some(slide) if Some(slide) != name => (Some(slide), SampleWords::Plain),
        _ => (name, SampleWords::InformField),
    }
}

/// The field of view, or the annotation that stands for it in a whole slide.
pub(super) fn field(preview: &Preview) -> Option<usize> {
    let names = ["Sample Name", "Annotation ID"];
    preview.find_filled(&names).or_else(|| preview.header.find_any(&names))
}

/// The layout of a table of cells, with these phenotypes.
pub(super) fn cells(preview: &Preview, phenotypes: Vec<PhenotypeColumn>) -> Option<CellLayout> {
    let header = &preview.header;
    let (unit, unit_source) = unit(header);
    let (sample, sample_words) = sample(preview);
    Some(CellLayout {
        sample,
        sample_words,
        field: field(preview),
        region: header.find("Tissue Category").map(|column| RegionColumn { column, words: RegionWords::Plain }),
        phenotypes,
        position: Some(Position {
            x: Coordinate::Column(header.find("Cell X Position")?),
            y: Coordinate::Column(header.find("Cell Y Position")?),
            unit,
            unit_source,
        }),
        not_a_cell: Some((header.find("Cell ID")?, SUMMARY.to_owned())),
        intensities: intensities(header),
        ..CellLayout::default()
    })
}

/// How a column of phenotypes is read: as positive or negative where it says nothing but `CD8+` and `CD8-`.
pub(super) fn phenotype(preview: &Preview, column: usize) -> PhenotypeColumn {
    let is_positive_or_negative =
        |marker: &str| preview.values(column).all(|it| it.strip_suffix(['+', '-']) == Some(marker));
    let negative = preview.values(column).find_map(|it| it.strip_suffix('-')).filter(|it| !it.contains('+'));
    match negative.filter(|it| is_positive_or_negative(it)) {
        Some(marker) => PhenotypeColumn::Positivity { column, marker: marker.to_owned() },
        None => PhenotypeColumn::Label { column, words: LabelWords::Plain },
    }
}

/// Mean intensities of the whole cell: `Entire Cell CD8 (Opal 540) Mean (Normalized Counts, Total Weighting)`.
fn intensities(header: &Header) -> Vec<(String, usize)> {
    let named = header.names().iter().enumerate().filter_map(|(column, name)| {
        let (marker, rest) = name.strip_prefix("Entire Cell ")?.split_once(" Mean")?;
        (rest.is_empty() || rest.starts_with(" ("))
            .then(|| (super::marker_name::without_dye(marker).to_owned(), column))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Header {
        Header::new(names.iter().map(|&it| it.to_owned()).collect())
    }

    #[test]
    fn the_unit_is_pixels_unless_microns_are_named_or_nothing_is() {
        let pixel = LengthUnit::Pixel { documented_microns_per_pixel: Some(0.5) };
        for (names, unit_of) in [
            (&["Nucleus Area (pixels)", "Nucleus Area (percent)"][..], pixel),
            (&["Cell Density (per megapixel)"], pixel),
            (&["Nucleus Area (sq microns)", "Cell Density (per megapixel)"], LengthUnit::Micrometre),
            (&["Nucleus Area (square microns)"], LengthUnit::Micrometre),
            (&["Nucleus Area", "Nucleus Area (percent)"], LengthUnit::Micrometre),
        ] {
            assert_eq!(unit(&header(names)).0, unit_of, "{names:?}");
        }
    }

    #[test]
    fn a_column_of_one_marker_and_its_absence_is_a_positivity() {
        let of = |values: &str| phenotype(&Preview::of_tsv("s", &format!("Phenotype\tx\n{values}")), 0);
        let is_label = |values: &str| matches!(of(values), PhenotypeColumn::Label { .. });
        assert_eq!(of("CD8+\t\nCD8-\t\n\t"), PhenotypeColumn::Positivity { column: 0, marker: "CD8".to_owned() });
        for values in [
            "CD8+\t\nCD8-\t\nOther\t",
            "CD8+\t\nCD3+\t",
            "AMACR+PD-L1-\t\nOTHER\t",
            "AMACR+PD-L1-\t",
            "CD8+\t\nCD3-\t",
            "",
        ] {
            assert!(is_label(values), "{values}");
        }
    }

    #[test]
    fn intensities_are_means_of_the_whole_cell() {
        let header = header(&[
            "Nucleus CD8 (Opal 540) Mean (Normalized Counts, Total Weighting)",
            "Entire Cell CD8 (Opal 540) Mean (Normalized Counts, Total Weighting)",
            "Entire Cell CD8 (Opal 540) Max",
            "Entire Cell PDL1 Mean",
            "Entire Cell Area (pixels)",
        ]);
        assert_eq!(intensities(&header), [("CD8".to_owned(), 1), ("PDL1".to_owned(), 3)]);
    }
}
