//! The tumour and the patient: markers, regions, densities, areas, percentiles. No files, no frames.

mod area;
mod density;
mod image_name;
mod name_pattern;
mod percentile;
mod phenotype;
mod vocabulary;

pub use area::Area;
pub use density::Density;
pub use image_name::image_stem;
pub use name_pattern::NamePattern;
pub use percentile::{Percentile, TieRule};
pub use phenotype::{Expression, PhenotypeRules, RuleProblem, RuleText, State};
pub use vocabulary::{Marker, Region, Synonyms, means_absent, means_absent_in_exports};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A marker counted in a region: one of the measurements a score is made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Marker counted.
    pub marker: Marker,
    /// Region it was counted in.
    pub region: Region,
}

impl Component {
    /// `marker` in `region`.
    pub const fn new(marker: Marker, region: Region) -> Self {
        Self { marker, region }
    }
}

impl std::fmt::Display for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.marker, self.region)
    }
}

/// What was measured of one [`Component`] of one patient, after the patient's samples were pooled.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// Cells counted; absent if the table gave densities only, or samples were not pooled by ΣN/ΣA.
    pub n_cells: Option<u64>,
    /// Tissue analysed; absent if the table gave densities only, or samples were not pooled by ΣN/ΣA.
    pub area: Option<Area>,
    /// The least tissue that the density rests on: all of it where samples were pooled by ΣN/ΣA, the smallest sample
    /// otherwise; absent if the table gave densities only.
    pub least_area: Option<Area>,
    /// Cells per square millimetre.
    pub density: Density,
    /// Samples (slides, cores, blocks) it was made of.
    pub n_samples: usize,
}
