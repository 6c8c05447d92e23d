//! Tables of any other program: a mapping file says which column is what.
//!
//! ```toml
//! # The column that names the slide or core; or sample_from_file_name = true, one table a sample.
//! sample = "Slide"
//! patient = "Case"
//! region = "Tissue"
//! # Columns that hold the name of the cell's type …
//! phenotype = ["Cell class"]
//! x = "X"
//! y = "Y"
//! # "um" or "px"; the scale may stand here or be given for each sample.
//! length_unit = "px"
//! microns_per_pixel = 0.5
//!
//! # … and columns that say of one marker whether the cell is positive: 1 and 0, true and false, CD8+ and CD8-.
//! [positivity]
//! CD8 = "CD8 status"
//!
//! # Columns with intensities, by their marker, for thresholds.
//! [intensities]
//! "PD-L1" = "PDL1 membrane OD"
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AreaColumn, AreaUnit, CellLayout, Coordinate, Header, LengthUnit, Measured, PhenotypeColumn, Position,
    shared_columns,
};
use crate::error::{Error, Result};
use crate::io::toml_file::TomlFile;
use crate::io::units::nearest_column;
use crate::model::problem::Problem;

/// What said so where a mapping says the unit.
const UNIT_SOURCE: &str = "mapping file";

/// One column, or several whose words name a sample together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SampleColumns {
    /// The column.
    One(String),
    /// The columns, the wider first: tumour, then core.
    Several(Vec<String>),
}

/// Which column of a table of cells is what; columns are named as in the header.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    /// Column with the slide or core, or a list of columns whose words name it together. Give this or
    /// `sample_from_file_name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<SampleColumns>,
    /// The name of the file, without its endings, is the sample: one table a sample.
    pub sample_from_file_name: bool,
    /// Column with the patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    /// Column with the field of view, where fields of a sample have areas of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Column with the region of the tumour that the cell lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Columns with the name of the cell's type; an empty cell was not phenotyped.
    pub phenotype: Vec<String>,
    /// Columns that say whether the cell is positive, by their marker: 1 or 0, `true` or `false`, `CD8+` or `CD8-`; empty if
    /// unknown.
    pub positivity: BTreeMap<String, String>,
    /// Column with the place across.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// Column with the place down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// Column with the left edge of the cell's box; the four edges stand in place of `x` and `y`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x_min: Option<String>,
    /// Column with the right edge of the cell's box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x_max: Option<String>,
    /// Column with the upper edge of the cell's box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y_min: Option<String>,
    /// Column with the lower edge of the cell's box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y_max: Option<String>,
    /// Unit of the places and of the signed distance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length_unit: Option<MappingLengthUnit>,
    /// Length of a pixel in µm, greater than 0, where it is the same for all samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub microns_per_pixel: Option<f64>,
    /// Column with the signed distance to the border of the tumour, negative inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_distance: Option<String>,
    /// Columns with intensities that thresholds may be put on, by their marker.
    pub intensities: BTreeMap<String, String>,
    /// Column with the area of the cell's region, repeated on every row of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region_area: Option<String>,
    /// Unit of `region_area`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area_unit: Option<MappingAreaUnit>,
}

/// Unit of a length in a mapping file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MappingLengthUnit {
    /// µm.
    Um,
    /// Pixels.
    Px,
}

/// Unit of an area in a mapping file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MappingAreaUnit {
    /// mm².
    Mm2,
    /// µm².
    Um2,
    /// Pixels.
    Px2,
}

impl Mapping {
    /// Reads and checks a mapping file.
    ///
    /// # Errors
    ///
    /// * [`Error::Read`] if it cannot be read.
    /// * [`Error::Config`] if it is not what its schema says, or contradicts itself.
    pub fn read(path: &Path) -> Result<Self> {
        let file = TomlFile::read(path)?;
        let mapping: Self = file.parse()?;
        match mapping.problem() {
            Some(problem) => Err(file.refuse(&problem)),
            None => Ok(mapping),
        }
    }

    /// What the columns of a table mean.
    ///
    /// # Errors
    ///
    /// [`Error::MissingColumn`] if the table at `path` lacks a column that the mapping names.
    pub fn layout(&self, path: &Path, header: &Header) -> Result<CellLayout> {
        let find = |name: &str| header.find(name).ok_or_else(|| missing_column(path, header, name));
        let find_any = |name: &Option<String>| name.as_deref().map(find).transpose();
        let coordinate = |at: &Option<String>, low: &Option<String>, high: &Option<String>| match (at, low, high) {
            (Some(at), ..) => find(at).map(Coordinate::Column).map(Some),
            (None, Some(low), Some(high)) => Ok(Some(Coordinate::Middle(find(low)?, find(high)?))),
            _ => Ok(None),
        };
        let mut phenotypes = Vec::new();
        for name in &self.phenotype {
            phenotypes.push(shared_columns::plain_label(find(name)?));
        }
        for (marker, name) in &self.positivity {
            phenotypes.push(PhenotypeColumn::Positivity { column: find(name)?, marker: marker.clone() });
        }
        let x = coordinate(&self.x, &self.x_min, &self.x_max)?;
        let y = coordinate(&self.y, &self.y_min, &self.y_max)?;
        let length_unit = self.length_unit.map(|it| match it {
            MappingLengthUnit::Um => LengthUnit::Micrometre,
            MappingLengthUnit::Px => LengthUnit::Pixel { documented_microns_per_pixel: self.microns_per_pixel },
        });
        let area_unit = self.area_unit.map(|it| match it {
            MappingAreaUnit::Mm2 => AreaUnit::SquareMillimetre,
            MappingAreaUnit::Um2 => AreaUnit::SquareMicrometre,
            MappingAreaUnit::Px2 => AreaUnit::SquarePixel { documented_microns_per_pixel: self.microns_per_pixel },
        });
        let unit_source = UNIT_SOURCE.to_owned();
        let position = match (x, y, length_unit) {
            (Some(x), Some(y), Some(unit)) => Some(Position { x, y, unit, unit_source: unit_source.clone() }),
            _ => None,
        };
        let distance = find_any(&self.signed_distance)?.zip(length_unit);
        let area = find_any(&self.region_area)?.zip(area_unit);
        let intensities = self.intensities.iter().map(|(marker, name)| Ok((marker.clone(), find(name)?)));
        let samples = match &self.sample {
            None => Vec::new(),
            Some(SampleColumns::One(name)) => vec![find(name)?],
            Some(SampleColumns::Several(names)) => names.iter().map(|it| find(it)).collect::<Result<_>>()?,
        };
        Ok(CellLayout {
            sample: samples.first().copied(),
            sample_within: samples.into_iter().skip(1).collect(),
            patient: find_any(&self.patient)?,
            field: find_any(&self.field)?,
            region: find_any(&self.region)?.map(shared_columns::plain_region),
            phenotypes,
            position,
            signed_distance: distance.map(|(column, unit)| Measured { column, unit, unit_source: unit_source.clone() }),
            region_area: area.map(|(column, unit)| AreaColumn { column, unit, unit_source }),
            intensities: intensities.collect::<Result<_>>()?,
            ..CellLayout::default()
        })
    }

    /// What the schema cannot say: parts that lack or contradict each other. Absent if there is nothing.
    fn problem(&self) -> Option<Problem> {
        let n_edges = [&self.x_min, &self.x_max, &self.y_min, &self.y_max].into_iter().flatten().count();
        let n_places = [&self.x, &self.y].into_iter().flatten().count();
        let has_length = n_edges + n_places > 0 || self.signed_distance.is_some();
        let has_pixels =
            self.length_unit == Some(MappingLengthUnit::Px) || self.area_unit == Some(MappingAreaUnit::Px2);
        let nothing_known = self.phenotype.is_empty() && self.positivity.is_empty() && self.intensities.is_empty();
        let rules: [(bool, &[&'static str], &str); 7] = [
            (
                self.sample.is_some() == self.sample_from_file_name,
                &["sample_from_file_name"],
                "give sample = \"…\", its column, or sample_from_file_name = true; one of them",
            ),
            (nothing_known, &["phenotype"], "give phenotype, [positivity] or [intensities], which say what a cell is"),
            (
                !matches!((n_places, n_edges), (0 | 2, 0) | (0, 4)),
                &["x", "y", "x_min", "x_max", "y_min", "y_max"],
                "give x and y, or x_min, x_max, y_min and y_max",
            ),
            (
                has_length != self.length_unit.is_some(),
                &["length_unit", "x", "x_min", "signed_distance"],
                "length_unit goes with x and y, or signed_distance, and they with it",
            ),
            (
                self.region_area.is_some() != self.area_unit.is_some(),
                &["region_area", "area_unit"],
                "area_unit goes with region_area, and it with area_unit",
            ),
            (
                self.microns_per_pixel.is_some() && !has_pixels,
                &["microns_per_pixel"],
                "microns_per_pixel is given, and nothing is in pixels",
            ),
            (
                self.microns_per_pixel.is_some_and(|it| !(it.is_finite() && it > 0.0)),
                &["microns_per_pixel"],
                "microns_per_pixel must be a number greater than 0",
            ),
        ];
        let (_, keys, text) = rules.into_iter().find(|(is_broken, ..)| *is_broken)?;
        Some(Problem { text: text.to_owned(), places: keys.iter().map(|&it| it.into()).collect(), first: None })
    }
}

fn missing_column(path: &Path, header: &Header, name: &str) -> Error {
    let suggestion = nearest_column(name, header.names().iter().map(String::as_str)).map(str::to_owned);
    Error::MissingColumn { path: path.to_owned(), column: name.to_owned(), found: header.names().to_vec(), suggestion }
}

#[cfg(test)]
mod tests;
