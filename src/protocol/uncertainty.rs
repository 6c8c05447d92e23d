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

/// The settings that a study changes; the protocol's stay where nothing is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UncertaintyChanges {
    /// In place of the protocol's `replicates`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicates: Option<u32>,
    /// In place of the protocol's `near_cut_points`, in percentile points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near_cut_points: Option<f64>,
}

impl UncertaintyChanges {
    /// The settings with these changes.
    pub fn of(self, settings: UncertaintySettings) -> UncertaintySettings {
        UncertaintySettings {
            replicates: self.replicates.unwrap_or(settings.replicates),
            near_cut_points: self.near_cut_points.unwrap_or(settings.near_cut_points),
        }
    }
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
