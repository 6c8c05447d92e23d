//! The unit that the name of a column says, such as `area_um2` or `Cells/mm²`.
//!
//! A column of another unit is never suggested for a missing one: whoever renames it has numbers that are wrong by a factor.

use std::path::Path;

use super::suggestion::nearest;
use crate::error::Error;

/// A unit in the name of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    /// This many square millimetres.
    SquareMillimetres(f64),
    SquareMicrometres,
    SquareCentimetres,
    HighPowerFields,
    Pixels,
    Micrometres,
    Millimetres,
    Days,
    Weeks,
    Months,
    Years,
}

/// The words for units, of which each may have an `s` behind it; letters are small, `µ` is `u`, and `²` is `2`.
const WORDS: [(&str, Unit); 14] = [
    ("mm2", Unit::SquareMillimetres(1.0)),
    ("um2", Unit::SquareMicrometres),
    ("cm2", Unit::SquareCentimetres),
    ("hpf", Unit::HighPowerFields),
    ("px", Unit::Pixels),
    ("px2", Unit::Pixels),
    ("pixel", Unit::Pixels),
    ("um", Unit::Micrometres),
    ("micron", Unit::Micrometres),
    ("mm", Unit::Millimetres),
    ("day", Unit::Days),
    ("week", Unit::Weeks),
    ("month", Unit::Months),
    ("year", Unit::Years),
];

impl Unit {
    /// What the name of a column says; absent if it says none.
    fn of(name: &str) -> Option<Self> {
        let name = name.to_lowercase().replace(['µ', 'μ'], "u").replace('²', "2").replace('^', "");
        let words: Vec<&str> = name.split(|it: char| !(it.is_alphanumeric() || it == '.')).collect();
        let says_per = name.contains("per") || name.contains('/');
        words.iter().enumerate().find_map(|(at, word)| {
            // `per_0.25mm2`, or `per 0.25 mm2`.
            let number = word.strip_suffix("mm2").filter(|it| !it.is_empty());
            let number = number.or_else(|| at.checked_sub(1).map(|before| words[before]).filter(|_| *word == "mm2"));
            let number = number.and_then(|it| it.parse::<f64>().ok()).filter(|it| says_per && *it > 0.0);
            let known = |word: &str| {
                let one = word.strip_suffix('s').unwrap_or(word);
                WORDS.iter().find(|it| it.0 == one).map(|it| it.1)
            };
            number.map(Self::SquareMillimetres).or_else(|| word.split('.').find_map(known))
        })
    }

    /// What to do with an area in this unit; absent if it is in mm², or the unit is none of an area.
    fn area_conversion(self) -> Option<String> {
        Some(match self {
            Self::SquareMicrometres => "is in µm²: divide it by 1,000,000".to_owned(),
            Self::SquareCentimetres => "is in cm²: multiply it by 100".to_owned(),
            Self::Pixels => {
                "is in pixels: multiply it by the width and the height of a pixel in µm, and divide it by 1,000,000"
                    .to_owned()
            }
            _ => return None,
        })
    }

    /// What to do with a density in this unit; absent if it is per mm², or the unit is none of a density.
    fn density_conversion(self) -> Option<String> {
        Some(match self {
            Self::SquareMillimetres(area) if (area - 1.0).abs() > f64::EPSILON => {
                format!("is per {area} mm²: divide it by {area}")
            }
            Self::SquareMicrometres => "is per µm²: multiply it by 1,000,000".to_owned(),
            Self::SquareCentimetres => "is per cm²: divide it by 100".to_owned(),
            Self::Pixels => "is per pixel: divide it by the area of a pixel in mm²".to_owned(),
            Self::HighPowerFields => {
                "looks like cells on high-power fields; give n_cells, and area_mm2 as the number of \
                                      fields times the area of one"
                    .to_owned()
            }
            _ => return None,
        })
    }
}

/// The column that resembles a missing one most, and does not say another unit than it; absent if none does.
pub(super) fn nearest_column<'a>(missing: &str, columns: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = Unit::of(missing);
    let may_be_meant = |it: &&str| wanted.is_none() || Unit::of(it).is_none_or(|unit| Some(unit) == wanted);
    nearest(missing, columns.into_iter().filter(may_be_meant))
}

/// Whether the name of a column is that of a density: `x_px` is none.
fn says_density(name: &str) -> bool {
    let name = name.to_lowercase();
    name.contains("per") || name.contains('/') || name.contains("dens") || name.starts_with("cells")
}

/// What to do where a table has, in place of an area in mm² or a density per mm², a column of another unit; absent without
/// one.
fn conversion(missing: &str, columns: &[&str]) -> Option<String> {
    if Unit::of(missing) != Some(Unit::SquareMillimetres(1.0)) {
        return None;
    }
    let is_area = |name: &str| name.to_lowercase().contains("area");
    let may_be_meant = |name: &str| if is_area(missing) { is_area(name) } else { !is_area(name) && says_density(name) };
    let of_column = |name: &&str| {
        let unit = Unit::of(name).filter(|_| may_be_meant(name))?;
        let what = if is_area(missing) { unit.area_conversion() } else { unit.density_conversion() }?;
        let into = if unit == Unit::HighPowerFields { String::new() } else { format!(", and name it '{missing}'") };
        Some(format!("column '{name}' {what}{into}"))
    };
    columns.iter().find_map(of_column)
}

/// The error that a table lacks a column: with what to do with one of another unit, or the one that resembles it.
pub(super) fn missing_column(path: &Path, missing: &str, columns: &[&str]) -> Error {
    let path = path.to_owned();
    if let Some(conversion) = conversion(missing, columns) {
        return Error::UnusableFile { path, problem: format!("has no column '{missing}', and {conversion}") };
    }
    Error::MissingColumn {
        path,
        column: missing.to_owned(),
        found: columns.iter().map(|it| (*it).to_owned()).collect(),
        suggestion: nearest_column(missing, columns.iter().copied()).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_says_its_unit() {
        for (name, unit) in [
            ("area_mm2", Some(Unit::SquareMillimetres(1.0))),
            ("Area µm^2", Some(Unit::SquareMicrometres)),
            ("Cells.um2", Some(Unit::SquareMicrometres)),
            ("cells_per_0.25mm2", Some(Unit::SquareMillimetres(0.25))),
            ("cells per 0.25 mm²", Some(Unit::SquareMillimetres(0.25))),
            ("CD3_CT", None),
            ("serum2", None),
            ("os_months", Some(Unit::Months)),
            ("week", Some(Unit::Weeks)),
            ("serums", None),
        ] {
            assert_eq!(Unit::of(name), unit, "{name}");
        }
    }

    #[test]
    fn a_column_of_another_unit_is_converted_and_never_suggested() {
        for (missing, column, expected) in [
            ("cells_per_mm2", "Cells/um2", "is per µm²: multiply it by 1,000,000, and name it 'cells_per_mm2'"),
            ("cells_per_mm2", "cells_per_0.25mm2", "is per 0.25 mm²: divide it by 0.25"),
            ("area_mm2", "area_um2", "is in µm²: divide it by 1,000,000, and name it 'area_mm2'"),
            ("area_mm2", "area_px", "is in pixels: multiply it by the width and the height of a pixel"),
        ] {
            let said = missing_column(Path::new("t"), missing, &["patient_id", column]).to_string();
            assert!(said.contains(expected) && !said.contains("did you mean"), "{said}");
        }
        for other in ["x_px", "tile_um2"] {
            let said = missing_column(Path::new("t"), "cells_per_mm2", &["patient_id", other]).to_string();
            assert!(!said.contains("multiply") && !said.contains("divide"), "{said}");
        }
        assert_eq!(nearest_column("os_days", ["os_months"]), None);
        assert_eq!(nearest_column("os_days", ["os_day"]), Some("os_day"));
        assert_eq!(nearest_column("area_mm2", ["area"]), Some("area"));
    }
}
