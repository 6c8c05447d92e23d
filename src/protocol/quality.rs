//! Limits of quality.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::problem::Problem;

/// Which measurements are good enough.
///
/// The limits of the published assay are not known; the presets hold this project's defaults, and a laboratory sets its own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QualityLimits {
    /// A component measured on less tissue than this is flagged, in mm².
    pub area_warn_mm2: f64,
    /// A component measured on less tissue than this counts as missing, in mm².
    pub area_fail_mm2: f64,
    /// A density above this counts as missing: more cells than a square millimetre holds point to a wrong unit.
    pub density_max_cells_per_mm2: f64,
    /// CD8 above CD3 by more than this factor in one region is flagged: nearly all CD8+ T cells are CD3+.
    pub cd8_over_cd3_max: f64,
    /// Areas of two markers of one region that differ by more than this factor are flagged: adjacent sections match.
    pub area_ratio_max: f64,
}

impl Default for QualityLimits {
    fn default() -> Self {
        Self {
            area_warn_mm2: 1.0,
            area_fail_mm2: 0.25,
            density_max_cells_per_mm2: 20_000.0,
            cd8_over_cd3_max: 1.1,
            area_ratio_max: 2.0,
        }
    }
}

/// The limits that a study changes; the protocol's stay where nothing is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QualityChanges {
    /// In place of the protocol's `area_warn_mm2`, in mm².
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_warn_mm2: Option<f64>,
    /// In place of the protocol's `area_fail_mm2`, in mm².
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_fail_mm2: Option<f64>,
    /// In place of the protocol's `density_max_cells_per_mm2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub density_max_cells_per_mm2: Option<f64>,
    /// In place of the protocol's `cd8_over_cd3_max`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cd8_over_cd3_max: Option<f64>,
    /// In place of the protocol's `area_ratio_max`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_ratio_max: Option<f64>,
}

impl QualityChanges {
    /// The limits with these changes.
    pub fn of(self, limits: QualityLimits) -> QualityLimits {
        QualityLimits {
            area_warn_mm2: self.area_warn_mm2.unwrap_or(limits.area_warn_mm2),
            area_fail_mm2: self.area_fail_mm2.unwrap_or(limits.area_fail_mm2),
            density_max_cells_per_mm2: self.density_max_cells_per_mm2.unwrap_or(limits.density_max_cells_per_mm2),
            cd8_over_cd3_max: self.cd8_over_cd3_max.unwrap_or(limits.cd8_over_cd3_max),
            area_ratio_max: self.area_ratio_max.unwrap_or(limits.area_ratio_max),
        }
    }
}

impl QualityLimits {
    /// None: every measurement is good enough. Not of a protocol, whose limits are finite.
    pub const NONE: Self = Self {
        area_warn_mm2: 0.0,
        area_fail_mm2: 0.0,
        density_max_cells_per_mm2: f64::INFINITY,
        cd8_over_cd3_max: f64::INFINITY,
        area_ratio_max: f64::INFINITY,
    };

    pub(super) fn check(&self) -> Option<Problem> {
        let positive = [
            ("area_warn_mm2", self.area_warn_mm2),
            ("density_max_cells_per_mm2", self.density_max_cells_per_mm2),
            ("cd8_over_cd3_max", self.cd8_over_cd3_max),
            ("area_ratio_max", self.area_ratio_max),
        ];
        if let Some((name, value)) = positive.iter().find(|(_, value)| !(value.is_finite() && *value > 0.0)) {
            let text = format!("quality.{name} is {value}, expected a number greater than 0");
            return Some(Problem::at(*name, text));
        }
        if !(0.0..=self.area_warn_mm2).contains(&self.area_fail_mm2) {
            let text = "quality.area_fail_mm2 must lie between 0 and area_warn_mm2";
            return Some(Problem::at("area_fail_mm2", text).or_at("area_warn_mm2"));
        }
        None
    }
}
