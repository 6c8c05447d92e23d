//! The tumour and the patient: markers, regions, densities, areas, percentiles. No files, no frames.

mod amount;
mod area;
mod density;
mod image_name;
mod input_file;
mod name_pattern;
mod percentile;
mod phenotype;
pub mod problem;
mod specimen;
pub mod suggestion;
mod vocabulary;

pub use amount::Amount;
pub use area::Area;
pub use density::Density;
pub use image_name::image_stem;
pub use input_file::InputFile;
pub use name_pattern::NamePattern;
pub use percentile::{Percentile, TieRule};
pub use phenotype::{Expression, PhenotypeRules, RuleProblem, RuleText, State};
pub use specimen::Specimen;
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measurement {
    /// Cells counted; absent if the table gave no counts, or samples were not pooled by their sums.
    pub n_cells: Option<u64>,
    /// Cells of the whole that [`Self::n_cells`] are put in relation to; absent where the measure has no such whole.
    pub n_whole: Option<u64>,
    /// Tissue analysed; absent if the table gave none, or samples were not pooled by their sums.
    pub area: Option<Area>,
    /// The least tissue that the measurement rests on: all of it where samples were pooled by their sums, the smallest
    /// sample otherwise; absent if the table gave no areas.
    pub least_area: Option<Area>,
    /// How much it is, in the unit of the protocol's measure.
    pub amount: Amount,
    /// How much more the counts of the samples vary than cells that lie at random; absent for fewer than two samples.
    pub dispersion: Option<Dispersion>,
    /// Samples (slides, cores, blocks) it was made of.
    pub n_samples: usize,
}

/// How much more counts vary between samples than cells that lie at random: quasi-Poisson.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dispersion {
    /// Pearson's statistic over its degrees of freedom; 1 for cells that lie at random.
    pub ratio: f64,
    /// Degrees of freedom: samples less one.
    pub degrees_of_freedom: usize,
}

impl Dispersion {
    /// Of the counts of several samples, each with the area (or number of cells) it was counted on; absent for fewer than two
    /// samples, or if they hold no cells.
    ///
    /// ```text
    /// Σ (N_i - λA_i)² / λA_i / (k - 1),    λ = ΣN/ΣA
    /// ```
    pub fn of_samples(samples: &[(f64, f64)]) -> Option<Self> {
        let (n_cells, area) = samples.iter().fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        let degrees_of_freedom = samples.len().checked_sub(1).filter(|it| *it > 0 && n_cells > 0.0 && area > 0.0)?;
        let pearson = samples.iter().map(|(n, area_of_one)| {
            let expected = n_cells / area * area_of_one;
            (n - expected).powi(2) / expected
        });
        Some(Self { ratio: pearson.sum::<f64>() / degrees_of_freedom as f64, degrees_of_freedom })
    }
}
