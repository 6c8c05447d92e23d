//! How the uncertainty of a score is estimated.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of the Monte Carlo interval of a score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UncertaintySettings {
    /// Scores drawn for each patient.
    #[schemars(range(min = 100, max = 1_000_000))]
    pub replicates: u32,
    /// A score this close to a cut, or with a cut inside its interval, is near the cut; in percentile points.
    pub near_cut_points: f64,
}

impl UncertaintySettings {
    pub(super) fn check(&self) -> Option<String> {
        if !(100..=1_000_000).contains(&self.replicates) {
            return Some(format!("uncertainty.replicates is {}, expected 100 to 1000000", self.replicates));
        }
        if !(0.0..=50.0).contains(&self.near_cut_points) {
            return Some(format!("uncertainty.near_cut_points is {}, expected 0 to 50", self.near_cut_points));
        }
        None
    }
}
