//! Areas of parts of regions, and where they are from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Relative: areas of one part that differ by less are the same.
const ROUNDING: f64 = 1e-9;

/// The area of a part of a region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartArea {
    /// Field of view that the part lies in; absent if areas are not told by field.
    pub field: Option<String>,
    /// Area in mm², 0 or more; absent if it is missing.
    pub area_mm2: Option<f64>,
    /// Where the area is from.
    pub source: AreaSource,
}

/// Where an area is from. Where several sources tell the areas of a region, the last of these is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AreaSource {
    /// A column of the table of cells or of a table of regions that a program measured.
    Summary,
    /// A table of regions that the user gave.
    Measured,
    /// Polygons.
    Polygon,
}

impl AreaSource {
    /// The word in tables.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Polygon => "polygon",
            Self::Measured => "measured",
        }
    }
}

/// A part of a region to which two tallies give different areas.
#[derive(Clone, Copy, Debug)]
pub struct ContradictedArea<'a> {
    /// The sample.
    pub sample_id: &'a str,
    /// The region.
    pub region: &'a str,
    /// The part.
    pub part: &'a str,
    /// What the one and what the other tally says.
    pub areas: [&'a PartArea; 2],
}

impl PartArea {
    /// METHOD: an area that is told twice, in µm² and in mm² perhaps, is one if the two differ by rounding alone.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let is_near = match (self.area_mm2, other.area_mm2) {
            (Some(one), Some(other)) => (one - other).abs() <= ROUNDING * one.max(other),
            (one, other) => one.is_none() && other.is_none(),
        };
        is_near && self.field == other.field
    }

    /// The area, for a message.
    pub fn in_words(&self) -> String {
        self.area_mm2.map_or_else(|| "none".to_owned(), |it| format!("{it} mm²"))
    }

    /// What two tellings of one area are ordered by, so that the order of files changes nothing.
    pub(super) fn order_key(&self) -> (Option<u64>, AreaSource) {
        // Areas are above 0, where the order of the bits is that of the numbers.
        (self.area_mm2.map(f64::to_bits), self.source)
    }
}
