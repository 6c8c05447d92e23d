//! What is scored, and how: the protocol; what is asked of the scores: endpoints and models; and the study that names all
//! of it.
//!
//! These types are the shapes of the TOML files that a user writes; [`crate::io::study`] reads them.

mod analysis;
mod endpoint;
mod quality;
mod scheme;
mod study;
mod uncertainty;

pub use analysis::{
    Analysis, CompetingEvent, GroupTest, Grouping, Interaction, Penalty, Spline, StatusCoding, TableModel,
};
pub use endpoint::{Endpoint, EventCoding, EventValues, Factor, ModelSpec, TimeUnit};
pub use quality::{QualityChanges, QualityLimits};
pub use scheme::{CUT_TOLERANCE, Scheme};
pub use study::{
    ClinicalTable, DensityTable, Inputs, OutputFormat, OutputSettings, ProtocolChoice, ReferenceBuild, ReferenceChoice,
    ReferenceMode, STUDY_SCHEMA_VERSION, Study, SurvivalSettings,
};
pub use uncertainty::{UncertaintyChanges, UncertaintySettings};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Component, Marker, Region};

/// Version of the protocol file's schema, raised when an old reader could misread a new file.
pub const PROTOCOL_SCHEMA_VERSION: u32 = 1;

/// Name and text of every preset.
pub const PRESETS: &[(&str, &str)] = &[("consensus", include_str!("presets/consensus.toml"))];

/// What is scored and how: which markers in which regions, how samples pool, into which classes the score falls, and
/// which measurements are good enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    /// Version of this file's schema; 1.
    pub schema_version: u32,
    /// Short name, such as `consensus`.
    pub name: String,
    /// What the score is, in a line.
    pub title: String,
    /// Where the score was published.
    pub citation: String,
    /// Markers counted. Every marker in every region is one component of the score.
    pub markers: Vec<Marker>,
    /// Regions they are counted in.
    pub regions: Vec<Region>,
    /// How several samples of a patient become one measurement.
    #[serde(default)]
    pub pooling: Pooling,
    /// Whether a patient who lacks a component still gets a score, under a label of its own.
    #[serde(default)]
    pub allow_partial: bool,
    /// The scheme that survival is first shown by: a name out of `schemes`.
    pub primary_scheme: String,
    /// Ways to put the score into classes.
    pub schemes: Vec<Scheme>,
    /// Limits of quality.
    pub quality: QualityLimits,
    /// How the uncertainty of a score is estimated.
    pub uncertainty: UncertaintySettings,
}

/// How several samples (slides, cores, blocks) of a patient become one measurement of a component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// Sum of cells over sum of areas, ΣN/ΣA; needs counts and areas.
    #[default]
    Pooled,
    /// Mean of the densities.
    Mean,
    /// Highest density.
    Max,
    /// Lowest density.
    Min,
    /// The one sample that has all components of the protocol and the highest mean density over them.
    MostInfiltratedBlock,
}

impl Protocol {
    /// The components of the score, marker by marker in the order of the file.
    pub fn components(&self) -> Vec<Component> {
        let regions =
            |marker: &Marker| self.regions.iter().map(|it| Component::new(marker.clone(), it.clone())).collect();
        self.markers.iter().flat_map(|marker| -> Vec<Component> { regions(marker) }).collect()
    }

    /// The scheme that survival is first shown by.
    ///
    /// # Panics
    ///
    /// If the protocol was not [checked](Self::check).
    pub fn primary(&self) -> &Scheme {
        self.schemes
            .iter()
            .find(|it| it.name == self.primary_scheme)
            .expect("a checked protocol has its primary scheme")
    }

    /// Says what is wrong with the protocol, in a sentence for its author; absent if nothing is.
    pub fn check(&self) -> Option<String> {
        if self.schema_version != PROTOCOL_SCHEMA_VERSION {
            return Some(format!(
                "schema_version is {}, this version of contexture reads {PROTOCOL_SCHEMA_VERSION}",
                self.schema_version
            ));
        }
        if self.markers.is_empty() || self.regions.is_empty() {
            return Some("a protocol needs at least one marker and one region".to_owned());
        }
        if let Some(twice) = first_repeated(&self.markers).map(Marker::as_str) {
            return Some(format!("marker '{twice}' stands twice"));
        }
        if let Some(twice) = first_repeated(&self.regions).map(Region::as_str) {
            return Some(format!("region '{twice}' stands twice"));
        }
        if !self.schemes.iter().any(|it| it.name == self.primary_scheme) {
            return Some(format!("primary_scheme '{}' is none of the schemes", self.primary_scheme));
        }
        let names: Vec<&String> = self.schemes.iter().map(|it| &it.name).collect();
        if let Some(twice) = first_repeated(&names) {
            return Some(format!("scheme '{twice}' stands twice"));
        }
        self.schemes
            .iter()
            .find_map(Scheme::check)
            .or_else(|| self.quality.check())
            .or_else(|| self.uncertainty.check())
    }
}

fn first_repeated<T: PartialEq>(items: &[T]) -> Option<&T> {
    items.iter().enumerate().find(|(at, item)| items[..*at].contains(item)).map(|(_, item)| item)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consensus() -> Protocol {
        toml::from_str(PRESETS[0].1).unwrap()
    }

    #[test]
    fn every_preset_is_sound() {
        for (name, text) in PRESETS {
            let protocol: Protocol = toml::from_str(text).unwrap();
            assert_eq!(&protocol.name, name);
            assert_eq!(protocol.check(), None, "{name}");
        }
    }

    #[test]
    fn consensus_has_four_components() {
        let names: Vec<String> = consensus().components().iter().map(ToString::to_string).collect();
        assert_eq!(names, ["CD3 CT", "CD3 IM", "CD8 CT", "CD8 IM"]);
    }

    #[test]
    fn a_protocol_that_contradicts_itself_is_refused() {
        let mut protocol = consensus();
        protocol.primary_scheme = "four_class".to_owned();
        assert!(protocol.check().unwrap().contains("four_class"));

        let mut protocol = consensus();
        protocol.markers.push(Marker::from("CD3"));
        assert!(protocol.check().unwrap().contains("twice"));

        let mut protocol = consensus();
        protocol.schemes[0].upper_ends[1] = 5.0;
        assert!(protocol.check().unwrap().contains("ascend"));
    }
}
