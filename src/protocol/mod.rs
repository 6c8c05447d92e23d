//! What is scored, and how: the protocol; what is asked of the scores: endpoints and models; and the study that names all
//! of it.
//!
//! These types are the shapes of the TOML files that a user writes; [`crate::io::study`] reads them.

mod aggregator;
mod analysis;
mod axes;
mod changes;
mod check;
mod component;
mod endpoint;
mod presets;
mod quality;
mod scale;
mod scheme;
mod study;
mod trained;
mod uncertainty;
mod words;

pub use aggregator::{Aggregator, HighWhen, Rule};

pub use analysis::{
    Analysis, CompetingEvent, GroupTest, Grouping, Interaction, Penalty, Spline, StatusCoding, TableModel,
};
pub use axes::{
    AXES_SCHEMA_VERSION, Axes, AxesChange, AxesFile, AxesProblem, Axis, AxisMarker, AxisSign, Confidence, DEFAULT_AXES,
    Dimension, MarkerEntry,
};
pub use changes::UnknownComponent;
pub use component::{ComponentSpec, MOST_CELLS_PER_UM2, Measure, Sign};
pub use endpoint::{Endpoint, EventCoding, EventValues, Factor, ModelSpec, TimeUnit};
pub use presets::{PRESETS, resembling_preset};
pub use quality::{QualityChanges, QualityLimits};
pub use scale::{Grain, HighScore, Scale};
pub use scheme::{CUT_TOLERANCE, CutSide, Scheme};
pub use study::{
    ClinicalTable, ContextureChoice, DensityTable, Inputs, OutputFormat, OutputSettings, PairedSamples, ProtocolChoice,
    ReferenceBuild, ReferenceChoice, ReferenceMode, STUDY_SCHEMA_VERSION, Study, SurvivalSettings,
};
pub use trained::{TrainedCutoff, TrainingSource, TrainingSplit};
pub use uncertainty::{DispersionRule, UncertaintyChanges, UncertaintySettings};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Component, Marker, Region};

/// Version of the protocol file's schema, raised when an old reader could misread a new file.
pub const PROTOCOL_SCHEMA_VERSION: u32 = 1;

/// What is scored and how: what is measured where, how it becomes one score, how samples pool, into which classes the
/// score falls, and which measurements are good enough.
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
    /// Markers counted: the density of every marker in every region is one component of the score. The short form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markers: Vec<Marker>,
    /// Regions they are counted in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Region>,
    /// The components one by one: the long form, in place of `markers` and `regions`.
    #[serde(default, rename = "components", skip_serializing_if = "Vec::is_empty")]
    pub listed: Vec<ComponentSpec>,
    /// How the components become one score.
    #[serde(default)]
    pub aggregator: Aggregator,
    /// What one point of the score is, as written behind a number; follows from the aggregator if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_unit: Option<String>,
    /// What a high score is expected to mean: the direction that concordance is counted in.
    #[serde(default, skip_serializing_if = "HighScore::is_default")]
    pub high_score: HighScore,
    /// With `weighted_sum`: the highest score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<f64>,
    /// Whether the components that are `percent_of_cells` of the same cells exclude each other, as weak and strong stain do: then
    /// they are at most all of these cells together, and a sample in which they are more is refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exclusive_parts: bool,
    /// With cut-offs: whether a component that is equal to its cut-off is high; it is low (`above`) if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high_when: Option<HighWhen>,
    /// With `rule`: the rules in their order; a patient for whom none holds has the score 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Fewer cells than this in the whole of a share are too few to evaluate it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_denominator: Option<u64>,
    /// How several samples of a patient become one measurement.
    #[serde(default)]
    pub pooling: Pooling,
    /// With `mean_percentile`: the smallest number of components that make a score, which is partial if it is not of all, and has a
    /// label of its own; every component if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub min_components: Option<usize>,
    /// The scheme that survival is first shown by: a name out of `schemes`.
    pub primary_scheme: String,
    /// Ways to put the score into classes.
    pub schemes: Vec<Scheme>,
    /// Limits of quality.
    #[serde(default)]
    pub quality: QualityLimits,
    /// How the uncertainty of a score is estimated.
    #[serde(default)]
    pub uncertainty: UncertaintySettings,
}

/// How several samples (slides, cores, blocks) of a patient become one measurement of a component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// Sums over sums: ΣN/ΣA of cells over areas, Σn/ΣN of cells over cells, positive area over area, cells with one near
    /// over cells; the mean of percents without areas or cells.
    #[default]
    Pooled,
    /// Mean of the samples.
    Mean,
    /// Highest sample.
    Max,
    /// Lowest sample.
    Min,
    /// Every sample is scored by itself, and the one with the highest score decides.
    MostInfiltratedBlock,
    /// Every sample is scored by itself, and the one with the lowest score decides: the least infiltrated metastasis.
    LeastInfiltratedBlock,
}

/// Which of several scored samples decides for their patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecidingSample {
    /// The one with the highest score.
    Highest,
    /// The one with the lowest score.
    Lowest,
}

impl DecidingSample {
    /// Which it is, for a reader: the one with the … score.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Highest => "highest",
            Self::Lowest => "lowest",
        }
    }
}

impl Pooling {
    /// The code used in files.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pooled => "pooled",
            Self::Mean => "mean",
            Self::Max => "max",
            Self::Min => "min",
            Self::MostInfiltratedBlock => "most_infiltrated_block",
            Self::LeastInfiltratedBlock => "least_infiltrated_block",
        }
    }

    /// Which sample decides, where each is scored by itself; absent where samples become one measurement.
    pub const fn deciding_sample(self) -> Option<DecidingSample> {
        match self {
            Self::MostInfiltratedBlock => Some(DecidingSample::Highest),
            Self::LeastInfiltratedBlock => Some(DecidingSample::Lowest),
            Self::Pooled | Self::Mean | Self::Max | Self::Min => None,
        }
    }
}

impl Protocol {
    /// The components of the score, in the order of the file; of the short form, marker by marker.
    pub fn components(&self) -> Vec<Component> {
        self.specs().iter().map(ComponentSpec::component).collect()
    }

    /// The components with everything that the file says of them, in the same order.
    pub fn specs(&self) -> Vec<ComponentSpec> {
        if !self.listed.is_empty() {
            return self.listed.clone();
        }
        let pairs = self.markers.iter().flat_map(|marker| self.regions.iter().map(move |region| (marker, region)));
        pairs.map(|(marker, region)| ComponentSpec::density(marker.clone(), region.clone())).collect()
    }

    /// Distance from a score to the nearest cut of any scheme, in points of the score; absent without a scheme.
    pub fn distance_to_cut(&self, score: f64) -> Option<f64> {
        self.schemes.iter().map(|it| it.distance_to_cut(score)).min_by(f64::total_cmp)
    }

    /// The regions of the components, each once, in their order.
    pub fn distinct_regions(&self) -> Vec<Region> {
        let mut regions: Vec<Region> = Vec::new();
        for spec in self.specs() {
            if !regions.contains(&spec.region) {
                regions.push(spec.region);
            }
        }
        regions
    }

    /// Whether a component counts by its percentile in the reference.
    pub fn ranks(&self, spec: &ComponentSpec) -> bool {
        self.aggregator == Aggregator::MeanPercentile
            || (self.aggregator.dichotomises() && spec.cutoff_percentile.is_some())
    }

    /// The components, and the wholes that shares are taken of: all that is read from a density table.
    pub fn read_components(&self) -> Vec<Component> {
        let specs = self.specs();
        specs.iter().flat_map(|it| [Some(it.component()), it.whole()]).flatten().collect()
    }

    /// Whether a component that is equal to its cut-off is high.
    pub fn high_when(&self) -> HighWhen {
        self.high_when.unwrap_or_default()
    }

    /// Whether a component is one of the parts that [exclude each other](Self::exclusive_parts).
    pub fn is_exclusive_part(&self, spec: &ComponentSpec) -> bool {
        self.exclusive_parts && spec.measure == Measure::PercentOfCells
    }

    /// Whether the score needs a reference.
    pub fn needs_reference(&self) -> bool {
        self.aggregator == Aggregator::Log2Ratio || self.specs().iter().any(|it| self.ranks(it))
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn consensus() -> Protocol {
        Protocol::preset("consensus").unwrap()
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
        assert!(protocol.check().unwrap().text.contains("four_class"));

        let mut protocol = consensus();
        protocol.markers.push(Marker::from("CD3"));
        assert!(protocol.check().unwrap().text.contains("twice"));

        let mut protocol = consensus();
        protocol.schemes[0].upper_ends[1] = 5.0;
        assert!(protocol.check().unwrap().text.contains("ascend"));
    }
}
