//! The axes of the immune contexture: which marker speaks for what, and which way.
//!
//! The contexture is the type, density, location and functional orientation of the immune cells of a tumour. A marker
//! belongs to an *axis*, such as «macrophages», and has a *sign* there: more of it goes with a better course, with a worse
//! one, or with either. Signs depend on the type of tumour, so the table is a file that a reader can see, change and extend.
//!
//! An [`AxesFile`] says something of markers, and of some in one type of tumour only. [`Axes`] are what holds for one type:
//! the table that comes with contexture, then a laboratory's own, what is said of the type after what is said of all.
//!
//! # References
//!
//! * Fridman WH, Pagès F, Sautès-Fridman C, Galon J. The immune contexture in human tumours: impact on clinical outcome.
//!   *Nat Rev Cancer* 2012;12:298-306. doi:10.1038/nrc3245

mod difference;
mod resolve;

pub use difference::AxesChange;
pub use resolve::AxesProblem;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Measure;
use crate::model::Marker;

/// Version of the schema of a file of axes, raised when an old reader could misread a new file.
pub const AXES_SCHEMA_VERSION: u32 = 1;

/// The table that comes with contexture, as it is written.
pub const DEFAULT_AXES: &str = include_str!("axes/default.toml");

/// What a file says of axes and markers: all of it, or what it adds to another file and changes in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AxesFile {
    /// Version of this file's schema; 1.
    pub schema_version: u32,
    /// Axes: new ones, or ones that replace those of the same name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub axes: Vec<Axis>,
    /// What is said of markers, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markers: Vec<MarkerEntry>,
}

/// One axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// Short name: small letters, digits and `_`.
    pub name: String,
    /// What it is called on pages.
    pub label: String,
    /// Which dimension of the contexture it belongs to.
    pub dimension: Dimension,
    /// What belongs to the axis and is no density: never measured here, never counted as missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covariates: Vec<String>,
}

/// The dimension of the contexture that an axis belongs to.
///
/// The other two dimensions are no axes: density is what is measured of every marker, location the region it is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Which cells there are.
    Type,
    /// What they do, and what is done to them.
    FunctionalOrientation,
}

impl Dimension {
    /// Both of them, in the order of a page.
    pub const ALL: [Self; 2] = [Self::Type, Self::FunctionalOrientation];

    /// The word of the file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::FunctionalOrientation => "functional_orientation",
        }
    }

    /// On pages.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Type => "Type",
            Self::FunctionalOrientation => "Functional orientation",
        }
    }
}

/// What a file says of one marker. What it does not say stays as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkerEntry {
    /// The marker, by any word of the field for it.
    pub marker: Marker,
    /// The type of tumour that this holds for, such as `crc`; all types if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tumour_type: Option<String>,
    /// The axis: one that the marker is on, or a further one. All that it is on if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub axis: Option<String>,
    /// What is measured of it: `density` of a new marker, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<Measure>,
    /// Which way it speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign: Option<AxisSign>,
    /// What else is to be known of it, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where the sign was published, or `general knowledge`. A sign that differs has no source, confidence or note unless
    /// they are given with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How well the sign is established.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
}

/// Which way a marker speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AxisSign {
    /// More of it goes with a better course.
    Positive,
    /// More of it goes with a worse course.
    Negative,
    /// Both were found, or it is no matter of better and worse: it is shown, and enters no mean.
    Context,
}

impl AxisSign {
    /// All of them, in the order of a page.
    pub const ALL: [Self; 3] = [Self::Positive, Self::Negative, Self::Context];

    /// The word of files and tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Context => "context",
        }
    }
}

/// How well a sign is established.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// By large studies of this type of tumour.
    High,
    /// By most studies, or by reviews.
    Medium,
    /// By few studies, or by general knowledge.
    Low,
}

impl Confidence {
    /// The word of the file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// What holds for one type of tumour, or for tumours whose type is not said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Axes {
    /// The type of tumour; absent if it is not said.
    pub tumour_type: Option<String>,
    /// The types of tumour that any file has signs for, sorted.
    #[serde(default)]
    pub tumour_types: Vec<String>,
    /// The axes, in the order of a page.
    pub axes: Vec<Axis>,
    /// The markers on them, axis by axis. A marker on several axes has one sign and one measure.
    pub markers: Vec<AxisMarker>,
}

/// A marker on an axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AxisMarker {
    /// The marker.
    pub marker: Marker,
    /// Name of the axis.
    pub axis: String,
    /// What is measured of it.
    pub measure: Measure,
    /// Which way it speaks.
    pub sign: AxisSign,
    /// What else is to be known of it.
    pub note: Option<String>,
    /// Where the sign was published, or `general knowledge`; absent if nobody said.
    pub source: Option<String>,
    /// How well the sign is established; absent if nobody said.
    pub confidence: Option<Confidence>,
}

impl AxesFile {
    /// The table that comes with contexture.
    ///
    /// # Examples
    ///
    /// ```
    /// use contexture::protocol::{AxesFile, AxisSign};
    ///
    /// let sign = |tumour_type| {
    ///     let axes = AxesFile::bundled().resolve(None, tumour_type).expect("it is sound");
    ///     axes.markers.iter().find(|it| it.marker.as_str() == "FOXP3").expect("it is there").sign
    /// };
    /// assert_eq!(sign(None), AxisSign::Context);
    /// assert_eq!(sign(Some("crc")), AxisSign::Positive);
    /// ```
    pub fn bundled() -> Self {
        toml::from_str(DEFAULT_AXES).expect("the table that comes with contexture follows its type")
    }

    /// The types of tumour that the file speaks of, sorted.
    pub fn tumour_types(&self) -> Vec<&str> {
        let mut types: Vec<&str> = self.markers.iter().filter_map(|it| it.tumour_type.as_deref()).collect();
        types.sort_unstable();
        types.dedup();
        types
    }
}

impl Axes {
    /// The markers of an axis that have a sign.
    pub fn with_sign(&self, axis: &str, sign: AxisSign) -> impl Iterator<Item = &AxisMarker> {
        self.markers.iter().filter(move |it| it.axis == axis && it.sign == sign)
    }

    /// Which way a marker speaks; a marker of no axis is context.
    pub fn sign_of(&self, marker: &Marker) -> AxisSign {
        self.markers.iter().find(|it| it.marker == *marker).map_or(AxisSign::Context, |it| it.sign)
    }

    /// Every marker once, in the order of the axes.
    pub fn distinct_markers(&self) -> Vec<&AxisMarker> {
        let mut distinct: Vec<&AxisMarker> = Vec::new();
        for it in &self.markers {
            if !distinct.iter().any(|seen| seen.marker == it.marker) {
                distinct.push(it);
            }
        }
        distinct
    }
}

#[cfg(test)]
mod tests;
