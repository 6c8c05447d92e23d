//! What scoring says of a patient.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Flag;
use crate::model::{Component, Percentile};
use crate::protocol::Measure;

/// One component of one patient: what was measured, and where it stands in the reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentProfile {
    /// Marker and region.
    pub component: Component,
    /// What is measured.
    pub measure: Measure,
    /// Cells counted; absent if the table gave none, or nothing was measured.
    pub n_cells: Option<u64>,
    /// Cells of the whole that a share is taken of; absent where the measure has none, or nothing was measured.
    pub n_whole: Option<u64>,
    /// Tissue analysed, in mm²; absent if the table gave none, or nothing was measured.
    pub area_mm2: Option<f64>,
    /// Cells per mm²; absent if it is not what is measured, or nothing was measured.
    pub cells_per_mm2: Option<f64>,
    /// Lower end of the exact 95 % Poisson interval of the density; absent without a count and an area.
    pub cells_per_mm2_lower: Option<f64>,
    /// Upper end of that interval.
    pub cells_per_mm2_upper: Option<f64>,
    /// What was measured, in the unit of the measure; of a density, the cells per mm². Absent if nothing was measured.
    pub value: Option<f64>,
    /// Lower end of the 95 % interval of the value by its counts: exact Poisson, or Jeffreys of a share; absent without.
    pub value_lower: Option<f64>,
    /// Upper end of that interval.
    pub value_upper: Option<f64>,
    /// What it adds to the score: a percentile, 1 or 0, a weighted value, or one side of the logarithm; absent if it
    /// cannot be used.
    pub contribution: Option<f64>,
    /// How far it lies above its cut-off, below it if negative: in percentile points if it counts by its percentile, else in the unit
    /// of the measure. Absent without a cut-off, or if it cannot be used.
    pub distance_to_cutoff: Option<f64>,
    /// Samples (slides, cores, blocks) it was made of.
    pub n_samples: usize,
    /// Percentile in the reference, from 0 to 100, by the study's tie rule; absent if the measurement is absent or not
    /// usable, or there is no reference.
    pub percentile: Option<Percentile>,
    /// The same by the rule `leq`, R's `ecdf`.
    pub percentile_leq: Option<Percentile>,
    /// The same by the rule `lt`.
    pub percentile_lt: Option<Percentile>,
    /// What is to be known of this measurement.
    pub flags: Vec<Flag>,
}

/// All components of a patient, scored or not, in the protocol's order.
#[derive(Clone, Debug, PartialEq)]
pub struct PatientProfile {
    /// The patient.
    pub patient_id: String,
    /// One entry a component of the protocol, also where nothing was measured.
    pub components: Vec<ComponentProfile>,
}

/// The score of a patient and its classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatientScore {
    /// The patient.
    pub patient_id: String,
    /// The score, on the scale of the protocol.
    pub score: f64,
    /// Lower end of the 95 % interval of the score by counting and reference; absent if a component has no count.
    pub score_lower: Option<f64>,
    /// Upper end of that interval.
    pub score_upper: Option<f64>,
    /// Lower end of the interval by the error of counting alone.
    pub score_lower_counting: Option<f64>,
    /// Upper end of that interval.
    pub score_upper_counting: Option<f64>,
    /// Lower end of the interval by the finite size of the reference alone; absent where no component is ranked.
    pub score_lower_reference: Option<f64>,
    /// Upper end of that interval.
    pub score_upper_reference: Option<f64>,
    /// One entry a scheme of the protocol, in its order; empty for a partial score, which has no class.
    pub classes: Vec<ClassAssignment>,
    /// Whether a cut of any scheme lies inside the interval, or nearer than the protocol's `near_cut_points`; of a score that
    /// is a whole number, whether the interval reaches into another class, or without an interval, whether a component is near its
    /// cut-off and would change the class on the other side. Without counts, an interval is that of the reference alone. Absent
    /// where nothing says whether a cut is near: without counts, if no distance is called near.
    pub near_cut: Option<bool>,
    /// Distance from the score to the nearest cut of any scheme, in points of the score; absent where scores are whole
    /// numbers, for then there is nothing between a score and its cut.
    pub distance_to_cut: Option<f64>,
    /// Components that the score is made of.
    pub n_components: usize,
    /// Components that the protocol asks for; a score of fewer is partial, and never pooled with full ones.
    pub n_components_expected: usize,
    /// Whether the patient is one of those that the reference was built from.
    pub in_reference: bool,
    /// Whether the patient is of the training split of a cut-off that was learned in the study's own clinical table.
    pub in_cutoff_training: bool,
    /// Samples of the patient, where each is scored by itself and one decides; absent where they became one measurement.
    pub n_samples: Option<usize>,
    /// Those of them with a score, full or partial; absent as `n_samples`.
    pub n_samples_scored: Option<usize>,
    /// What is to be known of the score.
    pub flags: Vec<Flag>,
}

impl PatientScore {
    /// Whether components are missing.
    pub const fn is_partial(&self) -> bool {
        self.n_components < self.n_components_expected
    }

    /// What the number may be called: a partial score has a label of its own.
    pub fn label(&self) -> String {
        label(self.n_components, self.n_components_expected).into_owned()
    }

    /// The class in a scheme; absent if the protocol has no such scheme.
    pub fn class_in(&self, scheme: &str) -> Option<&ClassAssignment> {
        self.classes.iter().find(|it| it.scheme == scheme)
    }
}

/// What a score may be called: one of fewer components than the protocol asks for has a label of its own.
pub(crate) fn label(n_components: usize, n_components_expected: usize) -> Cow<'static, str> {
    if n_components < n_components_expected {
        Cow::Owned(format!("partial score ({n_components} of {n_components_expected} components)"))
    } else {
        Cow::Borrowed("score")
    }
}

/// The class of a score in one scheme.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassAssignment {
    /// Name of the scheme.
    pub scheme: String,
    /// The class by the study's tie rule.
    pub class: String,
    /// The class under the tie rule `mid`; absent where no component is ranked.
    pub class_mid: Option<String>,
    /// The class under the tie rule `leq`; where it differs from `class_mid`, the class hangs on the tie rule.
    pub class_leq: Option<String>,
    /// Probability of each class of the scheme, from the lowest, by counting and reference; absent if a component has no count.
    pub probabilities: Option<Vec<f64>>,
    /// That by the error of counting alone; absent as by both.
    pub probabilities_counting: Option<Vec<f64>>,
    /// That by the finite size of the reference alone; absent where no component is ranked.
    pub probabilities_reference: Option<Vec<f64>>,
}

impl ClassAssignment {
    /// Whether the class hangs on the tie rule.
    pub fn tie_rule_matters(&self) -> bool {
        self.class_mid != self.class_leq
    }
}

/// Why a patient has no score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rejection {
    /// The patient.
    pub patient_id: String,
    /// The reason; a patient may have several.
    pub reason: RejectionReason,
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

/// Why a component, and with it the patient, could not be scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RejectionReason {
    /// The table has no value for a component.
    ComponentMissing,
    /// A component was measured on too little tissue.
    AreaTooSmall,
    /// A density is higher than tissue can hold.
    DensityImplausible,
    /// A component has several samples that cannot be summed.
    SamplesNotPooled,
    /// A share was taken of too few cells.
    TooFewCells,
    /// Fewer components can be used than a partial score needs.
    TooFewComponents,
    /// The components were measured, but the score is not defined for them.
    ScoreUndefined,
    /// The reference hangs on the patient's centre, which is not known.
    CentreMissing,
}

impl RejectionReason {
    /// All reasons.
    pub const ALL: [Self; 8] = [
        Self::ComponentMissing,
        Self::AreaTooSmall,
        Self::DensityImplausible,
        Self::SamplesNotPooled,
        Self::TooFewCells,
        Self::TooFewComponents,
        Self::ScoreUndefined,
        Self::CentreMissing,
    ];

    /// The code used in tables.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ComponentMissing => "component_missing",
            Self::AreaTooSmall => "area_too_small",
            Self::DensityImplausible => "density_implausible",
            Self::SamplesNotPooled => "samples_not_pooled",
            Self::TooFewCells => "too_few_cells",
            Self::TooFewComponents => "too_few_components",
            Self::ScoreUndefined => "score_undefined",
            Self::CentreMissing => "centre_missing",
        }
    }

    /// In plain words.
    pub const fn description(self) -> &'static str {
        match self {
            Self::ComponentMissing => "a component of the score was not measured",
            Self::AreaTooSmall => "a component was measured on too little tissue",
            Self::DensityImplausible => "a density is higher than tissue can hold",
            Self::SamplesNotPooled => "several samples of a component cannot be summed",
            Self::TooFewCells => "a share was taken of too few cells",
            Self::TooFewComponents => "too few components for a partial score",
            Self::ScoreUndefined => "the score is not defined for these measurements",
            Self::CentreMissing => "the patient's centre, and with it the reference, is not known",
        }
    }
}
