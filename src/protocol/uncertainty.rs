//! How the uncertainty of a score is estimated.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CUT_TOLERANCE, ComponentSpec, Protocol};
use crate::model::problem::Problem;

/// Settings of the Monte Carlo interval of a score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UncertaintySettings {
    /// Scores drawn for each patient: 100 or more, or 0 for no interval and no probability.
    #[schemars(range(max = 1_000_000))]
    pub replicates: u32,
    /// A score this close to a cut, or with a cut inside its interval, is near the cut; in points of the score. Where scores
    /// are whole numbers, one whose interval reaches into another class is near the cut; without an interval, one of which a
    /// component is near its own cut-off, and would change the class on the other side. A component that counts by its percentile
    /// is near within as many percentile points.
    pub near_cut_points: f64,
    /// A component is near a cut-off in the unit of its measure if it lies within so many percent of it.
    pub near_cutoff_percent: f64,
    /// How counts vary beyond cells that lie at random.
    pub dispersion: DispersionRule,
}

/// How counts vary beyond cells that lie at random.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DispersionRule {
    /// They do not: Poisson and binomial errors.
    #[default]
    None,
    /// As much as the samples (tiles, fields, cores) of the patient do among each other, where there are several.
    FromSamples,
}

impl Default for UncertaintySettings {
    fn default() -> Self {
        Self { replicates: 1000, near_cut_points: 2.5, near_cutoff_percent: 12.0, dispersion: DispersionRule::None }
    }
}

/// The settings that a study changes; the protocol's stay where nothing is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UncertaintyChanges {
    /// In place of the protocol's `replicates`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicates: Option<u32>,
    /// In place of the protocol's `near_cut_points`, in points of the score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near_cut_points: Option<f64>,
    /// In place of the protocol's `near_cutoff_percent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near_cutoff_percent: Option<f64>,
    /// In place of the protocol's `dispersion`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispersion: Option<DispersionRule>,
}

impl UncertaintyChanges {
    /// The settings with these changes.
    pub fn of(self, settings: UncertaintySettings) -> UncertaintySettings {
        UncertaintySettings {
            replicates: self.replicates.unwrap_or(settings.replicates),
            near_cut_points: self.near_cut_points.unwrap_or(settings.near_cut_points),
            near_cutoff_percent: self.near_cutoff_percent.unwrap_or(settings.near_cutoff_percent),
            dispersion: self.dispersion.unwrap_or(settings.dispersion),
        }
    }
}

impl UncertaintySettings {
    pub(super) fn check(&self) -> Option<Problem> {
        if self.replicates != 0 && !(100..=1_000_000).contains(&self.replicates) {
            let text = format!("uncertainty.replicates is {}, expected 100 to 1000000, or 0 for none", self.replicates);
            return Some(Problem::at("replicates", text));
        }
        if !(0.0..=50.0).contains(&self.near_cut_points) {
            let text = format!("uncertainty.near_cut_points is {}, expected 0 to 50", self.near_cut_points);
            return Some(Problem::at("near_cut_points", text));
        }
        if !(0.0..=100.0).contains(&self.near_cutoff_percent) {
            let text = format!("uncertainty.near_cutoff_percent is {}, expected 0 to 100", self.near_cutoff_percent);
            return Some(Problem::at("near_cutoff_percent", text));
        }
        None
    }
}

impl Protocol {
    /// Whether a component at this distance from its cut-off could as well lie on the other side.
    ///
    /// METHOD: percentiles are near by points, measured values by percent of the cut-off, for their errors grow with them. By
    /// default 12 %: densities of one tissue differ by so much from instrument to instrument (coefficient of variation), and by
    /// more from reader to reader and lot to lot (analytical performance of the commercial assay of the consensus score,
    /// dial.uclouvain.be boreal:273135); to count 100 cells has an error of 10 %. Nothing lies within a percentage of 0: whether
    /// there is any is a question of counts.
    pub fn is_near_cutoff(&self, spec: &ComponentSpec, distance: f64) -> bool {
        let limits = &self.uncertainty;
        match (spec.cutoff_percentile, spec.cutoff) {
            (Some(_), _) => distance.abs() <= limits.near_cut_points + CUT_TOLERANCE,
            (None, Some(cutoff)) if cutoff > 0.0 => {
                distance.abs() <= limits.near_cutoff_percent / 100.0 * cutoff + CUT_TOLERANCE
            }
            _ => false,
        }
    }
}
