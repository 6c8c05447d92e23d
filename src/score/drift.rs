//! Whether a new batch of patients looks like the reference, before it is scored against it.
//!
//! Each component of each batch is compared with the reference's values: by the share of patients in its bins (population
//! stability index), by its distribution (Kolmogorov-Smirnov, Anderson-Darling), and by how far its densities moved. Over
//! time, a control chart of Levey and Jennings shows when it left its limits.
//!
//! A component of a batch is
//!
//! ```text
//! different   the Anderson-Darling test, corrected by Holm for the components of the batch, has p < 0.05
//! far         the stability index is 0.25 or more above that by chance, or the Hodges-Lehmann shift 25 % or more either way
//!
//! do not score   different and far, and 20 patients or more
//! look           different, or out of control on the chart, or fewer than 20 patients, or a table of quantiles
//! no drift seen  otherwise
//! ```
//!
//! and a batch is as bad as the worst of its components. Far alone is no verdict: in a small batch chance moves as much. A batch
//! is looked at, too, where its patients seem to be compared with themselves (`same_patients`).
//!
//! Where samples are scored by themselves, tests, intervals and chart are corrected by the [design
//! effect](crate::agreement::design_effect) of samples of one patient, which the reference says.
//!
//! No drift seen is not no drift: `smallest_visible_shift_percent` is the shift of densities that a comparison of this size
//! finds in 4 of 5 cases, `100 (exp((z_0.975 + z_0.8) s √(1/n + 1/m)) - 1)` with the reference's standard deviation `s` of
//! log densities; of samples, times the root of the design effect.

mod compare;
mod same_patients;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use compare::{Batch, compare};

use super::bands::Band;
use super::reference::ReferenceSummary;
use crate::agreement::anderson_darling::AndersonDarling;
use crate::agreement::control_chart::{Control, Point, Rule};
use crate::agreement::kolmogorov_smirnov::KolmogorovSmirnov;
use crate::agreement::location_shift::LocationShift;
use crate::agreement::stability_index::StabilityIndex;
use crate::model::{Component, InputFile};

/// Version of the schema of `drift.json`, raised when an old reader could misread a new file.
pub const DRIFT_SCHEMA_VERSION: u32 = 1;

/// A p-value below this, corrected for the components of a batch, is a difference.
pub const SIGNIFICANCE: f64 = 0.05;

/// A shift of densities of this many percent or more is far: lots of one stain differ by up to 22 % (coefficient of variation
/// between lots of the commercial assay, as its maker published it).
pub const FAR_PERCENT: f64 = 25.0;

/// A batch of fewer patients is looked at whatever its tests say: they see little, and what they see may be these patients.
pub const FEW_IN_BATCH: usize = 20;

/// What is to be done with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing speaks against scoring it.
    NoDriftSeen,
    /// A person should look at it before it is scored.
    Look,
    /// It is not like the reference.
    DoNotScore,
}

/// A comparison of batches with a reference: the content of `drift.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DriftReport {
    /// Version of this file's schema; 1.
    pub schema_version: u32,
    /// Version of contexture that wrote it.
    pub contexture_version: String,
    /// Name of the protocol.
    pub protocol: String,
    /// The reference.
    pub reference: ReferenceSummary,
    /// Every file that was read, with its checksum.
    pub inputs: Vec<InputFile>,
    /// Patients of the table.
    pub n_patients: usize,
    /// Patients who belong to no batch, and were left out.
    pub n_without_batch: usize,
    /// The worst verdict of all batches.
    pub verdict: Verdict,
    /// The rules of the verdict, in sentences.
    pub rules: Vec<String>,
    /// One entry a batch, in their order.
    pub batches: Vec<BatchDrift>,
    /// One chart a component of the protocol; empty for a table of quantiles.
    pub charts: Vec<ControlChart>,
}

/// One batch beside the reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchDrift {
    /// The batch.
    pub batch: String,
    /// Patients in it.
    pub n_patients: usize,
    /// What is to be done with it.
    pub verdict: Verdict,
    /// Why, component by component.
    pub reasons: Vec<String>,
    /// One entry a component of the protocol.
    pub components: Vec<ComponentDrift>,
}

/// One component of a batch beside that of the reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentDrift {
    /// Marker and region.
    pub component: Component,
    /// Usable densities of the batch.
    pub n: usize,
    /// What is to be done, by this component alone.
    pub verdict: Verdict,
    /// Why, in a few words each.
    pub reasons: Vec<String>,
    /// Shares of patients in the bins of the reference; absent without patients, or for a table of quantiles.
    pub stability_index: Option<StabilityIndex>,
    /// The largest distance of the distributions; absent as the index.
    pub kolmogorov_smirnov: Option<KolmogorovSmirnov>,
    /// The distance of the distributions with weight on their ends; absent as the index.
    pub anderson_darling: Option<AndersonDarling>,
    /// The p-value of Anderson and Darling's test, corrected by Holm for the components of the batch.
    pub anderson_darling_holm_p_value: Option<f64>,
    /// The p-value of Kolmogorov and Smirnov's test, corrected by Holm for the components of the batch.
    pub kolmogorov_smirnov_holm_p_value: Option<f64>,
    /// How far densities moved; absent as the index.
    pub location_shift: Option<LocationShift>,
    /// The shift of densities upwards, in percent, that a comparison of this size finds in 4 of 5 cases; absent where the
    /// spread of the reference is not known.
    pub smallest_visible_shift_percent: Option<f64>,
    /// Shares of percentiles in the reference.
    pub bands: Vec<Band>,
    /// Patients below every value of the reference.
    pub n_below: usize,
    /// Patients above every value of the reference.
    pub n_above: usize,
}

/// The control chart of one component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ControlChart {
    /// Marker and region.
    pub component: Component,
    /// Center and spread, of the patients of the reference; absent if it does not vary.
    pub control: Option<Control>,
    /// One entry a batch, in their order; empty without a control.
    pub points: Vec<Point>,
}

impl Verdict {
    /// In plain words.
    pub const fn description(self) -> &'static str {
        match self {
            Self::NoDriftSeen => "no drift seen",
            Self::Look => "look before scoring",
            Self::DoNotScore => "do not score against this reference",
        }
    }

    /// The code used in tables.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoDriftSeen => "no_drift_seen",
            Self::Look => "look",
            Self::DoNotScore => "do_not_score",
        }
    }
}

/// The code of a rule of the chart, as Westgard writes it.
pub const fn rule_code(rule: Rule) -> &'static str {
    match rule {
        Rule::OneBeyondTwo => "1_2s",
        Rule::OneBeyondThree => "1_3s",
        Rule::TwoBeyondTwo => "2_2s",
        Rule::RangeOfFour => "R_4s",
        Rule::FourBeyondOne => "4_1s",
        Rule::TenOnOneSide => "10_x",
    }
}

/// The rules of the verdict, for a reader.
pub fn rules() -> Vec<String> {
    vec![
        format!(
            "Do not score: the Anderson–Darling test, corrected by Holm for the components of the batch, has p < {SIGNIFICANCE}, \
             and the population stability index is 0.25 or more above what chance gives, or the Hodges–Lehmann shift \
             {FAR_PERCENT} % or more; and {FEW_IN_BATCH} patients or more say so."
        ),
        format!(
            "Look: the test alone says so; or the control chart is out of control by a rule of Westgard other than 1_2s; or the \
             batch has fewer than {FEW_IN_BATCH} patients; or the reference is a table of quantiles, which cannot be tested; or \
             the batch has the same densities as the reference or another batch, or half of its patients have densities of the \
             reference, or patients those of others of the batch, so that patients are compared with themselves."
        ),
        "Where patients have several samples that are scored by themselves, tests, intervals and chart are corrected for samples of \
         one patient, which go together. Of a reference that does not say how far, the verdict is never worse than to look."
            .to_owned(),
        "No drift seen: otherwise. It does not say that there is none: see the smallest shift that a batch of this size shows."
            .to_owned(),
        "The correction is for the components of one batch, not for the number of batches: of 20 batches without drift, one or \
         two are expected to need a look."
            .to_owned(),
        "A batch of other patients (stage, site, treatment) differs as one of another stain does; the tests cannot tell which."
            .to_owned(),
    ]
}
