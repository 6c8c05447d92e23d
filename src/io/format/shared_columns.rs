//! Columns that tables of many programs have, or that users join to them.

use super::{CellLayout, Coordinate, Header, LabelWords, LengthUnit, PhenotypeColumn, Position, Preview};
use super::{RegionColumn, RegionWords};
use crate::table::column::{PATIENT_ID, REGION, SAMPLE_ID};

/// Pixels of a program that does not say how long they are.
pub(super) const PIXELS: LengthUnit = LengthUnit::Pixel { documented_microns_per_pixel: None };

/// The columns that users join to a table of cells: sample, patient, region and phenotype.
pub(super) fn joined(header: &Header) -> CellLayout {
    CellLayout {
        sample: header.find(SAMPLE_ID),
        patient: header.find(PATIENT_ID),
        region: header.find(REGION).map(plain_region),
        phenotypes: header.find_any(&["phenotype", "cell_type"]).map(plain_label).into_iter().collect(),
        ..CellLayout::default()
    }
}

/// A column that holds the word for a region, and nothing else.
pub(super) fn plain_region(column: usize) -> RegionColumn {
    RegionColumn { column, words: RegionWords::Plain }
}

/// A column that holds the name of a cell's type, and nothing else.
pub(super) fn plain_label(column: usize) -> PhenotypeColumn {
    PhenotypeColumn::Label { column, words: LabelWords::Plain }
}

/// Where the cell lies, by the first of these pairs of columns, x and y, that is there.
pub(super) fn position(header: &Header, pairs: &[[&str; 2]], unit: LengthUnit, unit_source: &str) -> Option<Position> {
    let (x, y) = pairs.iter().find_map(|[x, y]| Some((header.find(x)?, header.find(y)?)))?;
    Some(Position { x: Coordinate::Column(x), y: Coordinate::Column(y), unit, unit_source: unit_source.to_owned() })
}

/// Whether the first rows hold numbers in a column, or nothing.
pub(super) fn holds_numbers(preview: &Preview, column: usize) -> bool {
    preview.values(column).all(|it| it.parse::<f64>().is_ok())
}

/// Whether a channel shows nuclei, which no cell is positive for: `DNA_6`, `DAPI`, `Hoechst1`, `DRAQ5`.
pub(super) fn is_nuclear_stain(channel: &str) -> bool {
    let word = channel.split(|it: char| !it.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
    let is_dna = word.strip_prefix("dna").is_some_and(|number| number.bytes().all(|it| it.is_ascii_digit()));
    is_dna || ["dapi", "hoechst", "draq5"].iter().any(|it| word.starts_with(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nuclear_stains_are_told_from_markers() {
        for stain in ["DNA_6", "dna", "DNA1", "DNA_rs", "DAPI", "DAPI_2", "Hoechst0", "HOECHST1", "DRAQ5"] {
            assert!(is_nuclear_stain(stain), "{stain}");
        }
        for marker in ["DNAJB1", "CD8", "ELANE", ""] {
            assert!(!is_nuclear_stain(marker), "{marker}");
        }
    }

    #[test]
    fn half_a_position_is_none() {
        let header = Header::new(["x_a", "x_b", "y_b"].map(str::to_owned).to_vec());
        assert_eq!(position(&header, &[["x_a", "y_a"]], PIXELS, "test"), None);
        let found = position(&header, &[["x_a", "y_a"], ["x_b", "y_b"]], PIXELS, "test").unwrap();
        assert_eq!((found.x, found.y), (Coordinate::Column(1), Coordinate::Column(2)));
    }
}
