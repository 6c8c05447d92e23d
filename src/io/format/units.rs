//! Units at the end of a header's name, in the many ways that programs and wrong decodings leave them.

use super::header::Header;
use super::layout::{AreaUnit, LengthUnit};

/// Pixels without a documented scale.
pub(super) const PIXEL: LengthUnit = LengthUnit::Pixel { documented_microns_per_pixel: None };
/// Square pixels without a documented scale.
pub(super) const SQUARE_PIXEL: AreaUnit = AreaUnit::SquarePixel { documented_microns_per_pixel: None };

/// Columns whose name is `start` and a unit of length, in the header's order.
///
/// A lone `m` is a µm that lost its µ: nothing on a slide is measured in metres.
pub(super) fn lengths<'a>(header: &'a Header, start: &'a str) -> impl Iterator<Item = (usize, LengthUnit)> + 'a {
    header.between(start, "").filter_map(|(column, unit)| Some((column, length(unit)?)))
}

/// Columns whose name is `start` and a unit of area, in the header's order.
pub(super) fn areas<'a>(header: &'a Header, start: &'a str) -> impl Iterator<Item = (usize, AreaUnit)> + 'a {
    header.between(start, "").filter_map(|(column, unit)| Some((column, area(unit)?)))
}

/// The unit of length that a key is.
pub(super) fn length(key: &str) -> Option<LengthUnit> {
    match key {
        "um" | "m" | "micron" | "microns" => Some(LengthUnit::Micrometre),
        "px" | "pixel" | "pixels" => Some(PIXEL),
        _ => None,
    }
}

/// The unit of area that a key is.
pub(super) fn area(key: &str) -> Option<AreaUnit> {
    match key {
        "um2" | "m2" | "sqmicrons" | "squaremicrons" => Some(AreaUnit::SquareMicrometre),
        "mm2" => Some(AreaUnit::SquareMillimetre),
        "px2" | "pixels" => Some(SQUARE_PIXEL),
        _ => None,
    }
}

/// What said a unit, in words.
pub(super) fn said_by(header: &Header, column: usize) -> String {
    format!("header '{}'", header.name(column))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str) -> Header {
        Header::new(vec![name.to_owned()])
    }

    #[test]
    fn a_length_is_told_from_every_spelling_of_its_unit() {
        for name in [
            "Centroid X µm",
            "Centroid X μm",
            "Centroid X um",
            "Centroid X Âµm",
            "Centroid X Î¼m",
            "Centroid X \u{fffd}m",
            "Centroid.X..m",
            "Centroid.X.µm",
        ] {
            assert_eq!(lengths(&header(name), "Centroid X").next(), Some((0, LengthUnit::Micrometre)), "{name}");
        }
        assert_eq!(lengths(&header("Centroid X px"), "Centroid X").next(), Some((0, PIXEL)));
        for name in ["Centroid X", "Centroid X mm", "Centroid Xenon µm"] {
            assert_eq!(lengths(&header(name), "Centroid X").next(), None, "{name}");
        }
    }

    #[test]
    fn an_area_is_told_from_every_spelling_of_its_unit() {
        for name in ["Area µm^2", "Area μm²", "Area um2", "Area..m.2", "Area µm�2"] {
            assert_eq!(areas(&header(name), "Area").next(), Some((0, AreaUnit::SquareMicrometre)), "{name}");
        }
        assert_eq!(areas(&header("Area px^2"), "Area").next(), Some((0, SQUARE_PIXEL)));
        assert_eq!(areas(&header("Area (mm²)"), "Area").next(), Some((0, AreaUnit::SquareMillimetre)));
        assert_eq!(areas(&header("Area (mm)"), "Area").next(), None, "an area in mm is none");
    }
}
