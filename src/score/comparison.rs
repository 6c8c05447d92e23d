//! Whether readers, instruments, lots, centres, or a core and its whole slide measure the same in the same patients.
//!
//! Each of them is a rater here. Every marker and region that two raters measured is compared, the score where all of them
//! scored, and each scheme's classes; a grade is compared as a number and as a class. Two raters are compared on the patients
//! whom both measured; several at once on those whom all measured.
//!
//! ```text
//! densities, counts          scale of ratios      agreement::measurements, agreement::limits_of_agreement
//! percents, grades, scores   scale of points      agreement::measurements, agreement::limits_in_points
//! classes, grades            cross tables         agreement::categories
//! ```
//!
//! A correlation is no agreement, and no number here is called good or bad by itself: a verdict needs [limits](AcceptableLimits)
//! that somebody states beforehand, and is
//!
//! ```text
//! within     both limits of agreement, with their intervals, lie inside the stated ones, and nobody has 0 by one alone
//! beyond     a limit of agreement lies outside
//! not shown  otherwise: too few patients, zeros that no ratio holds, or differences that do not vary, whose intervals have no
//!            width
//! ```

mod check;
mod classes;
mod compare;
mod not_compared;
mod readings;
mod similar_ids;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use compare::{Comparison, ComparisonSettings, PairedValues, compare};
pub use readings::{Measured, Readings, ScoredReadings};

use crate::agreement::categories::CategoryAgreement;
use crate::agreement::measurements::{PairStatistics, RaterStatistics, Scale};
use crate::model::{Component, InputFile};
use crate::protocol::Measure;

/// Version of the schema of `agreement.json`, raised when an old reader could misread a new file.
pub const AGREEMENT_SCHEMA_VERSION: u32 = 1;

/// The name of the score among the measures.
pub const SCORE: &str = "score";

/// How differences of a measure are read, between raters and between times: where twice as many cells are the same step
/// everywhere as ratios, on a scale with an end as points.
pub const fn scale_of(measure: Measure) -> Scale {
    match measure {
        Measure::Density | Measure::Count | Measure::Per100Cells => Scale::Ratio,
        Measure::PercentOfCells | Measure::Percent | Measure::Proximity | Measure::Grade => Scale::Points,
    }
}

/// A comparison of raters: the content of `agreement.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreementReport {
    /// Version of this file's schema; 1.
    pub schema_version: u32,
    /// Version of contexture that wrote it.
    pub contexture_version: String,
    /// Name of the protocol that all raters scored by; absent where densities alone are compared.
    pub protocol: Option<String>,
    /// Every file that was read, with its checksum.
    pub inputs: Vec<InputFile>,
    /// Who is compared, in their order; the first of two is what the other is compared with.
    pub raters: Vec<RaterSummary>,
    /// Patients whom all raters have.
    pub n_in_all: usize,
    /// What was stated as acceptable.
    pub acceptable: AcceptableLimits,
    /// What is to be known before the numbers are believed, in sentences.
    pub warnings: Vec<String>,
    /// One entry a marker and region that two raters measured, and one for the score.
    pub measures: Vec<MeasureAgreement>,
    /// One entry a scheme of classes.
    pub schemes: Vec<SchemeAgreement>,
    /// Patients whom two raters put into different classes.
    pub class_changes: Vec<ClassChange>,
    /// What is not compared, and why.
    pub not_compared: Vec<NotCompared>,
}

/// One of those who are compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RaterSummary {
    /// The name.
    pub label: String,
    /// Patients, also those without a usable measurement.
    pub n_patients: usize,
    /// Patients with a full score; absent where densities alone are compared.
    pub n_scored: Option<usize>,
}

/// Largest differences that were stated as acceptable beforehand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptableLimits {
    /// Largest ratio, of densities and counts, either way; more than 1. Absent if none was stated.
    #[schemars(extend("exclusiveMinimum" = 1))]
    pub ratio: Option<f64>,
    /// Largest difference, of scores, percents and grades, in the unit of each, either way; more than 0. Absent if none was
    /// stated.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub points: Option<f64>,
}

/// How raters agree on one measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasureAgreement {
    /// Marker and region, such as `CD3 CT`, or `score`.
    pub name: String,
    /// Marker and region; absent for the score.
    pub component: Option<Component>,
    /// What is measured; absent for the score.
    pub measure: Option<Measure>,
    /// The unit, as written behind a number.
    pub unit: String,
    /// How differences are read.
    pub scale: Scale,
    /// One entry a pair of raters who both measured it, in their order.
    pub pairs: Vec<PairAgreement>,
    /// All raters who measured it at once; absent for two, where the pair says it.
    pub all: Option<AllAgreement>,
}

/// How two raters agree on one measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairAgreement {
    /// The first rater, whom ratios are relative to and differences are taken from.
    pub first: String,
    /// The second rater.
    pub second: String,
    /// The statistics.
    pub statistics: PairStatistics,
    /// Whether the limits of agreement keep to those that were stated; absent where none were.
    pub verdict: Option<Verdict>,
}

/// How several raters agree on one measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllAgreement {
    /// The raters who measured it.
    pub raters: Vec<String>,
    /// The statistics.
    pub statistics: RaterStatistics,
}

/// Whether limits of agreement keep to those that were stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// With their intervals, and no 0 beside a positive density.
    Within,
    /// There are no limits of agreement, or their intervals reach out or have no width, or a 0 stands beside a positive density.
    NotShown,
    /// They do not.
    Beyond,
}

/// How raters agree on the classes of one scheme.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SchemeAgreement {
    /// Name of the scheme, or the marker and region of a grade.
    pub scheme: String,
    /// Name used on pages.
    pub label: String,
    /// Names of the classes, from the lowest.
    pub classes: Vec<String>,
    /// The unit of the score, or of the grade, that makes the classes.
    pub unit: String,
    /// One entry a pair of raters, in their order.
    pub pairs: Vec<ClassPairAgreement>,
}

/// How two raters agree on the classes of one scheme.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassPairAgreement {
    /// The first rater: the rows of the table.
    pub first: String,
    /// The second rater: its columns.
    pub second: String,
    /// The statistics; absent without a patient whom both put into a class.
    pub agreement: Option<CategoryAgreement>,
}

/// A patient whom two raters put into different classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassChange {
    /// The scheme.
    pub scheme: String,
    /// The patient.
    pub patient_id: String,
    /// The first rater.
    pub first: String,
    /// The second rater.
    pub second: String,
    /// Class by the first.
    pub first_class: String,
    /// Class by the second.
    pub second_class: String,
    /// Classes from the one to the other.
    pub n_classes_apart: usize,
    /// Score, or grade, by the first, in the unit of the scheme.
    pub first_score: f64,
    /// Score, or grade, by the second, in the unit of the scheme.
    pub second_score: f64,
    /// Whether the first score is near a cut of any scheme; absent for a grade.
    pub first_near_cut: Option<bool>,
    /// Whether the second score is near a cut of any scheme; absent for a grade.
    pub second_near_cut: Option<bool>,
}

/// What is not compared: a patient, a marker and region, or one value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotCompared {
    /// What it is.
    pub what: NotComparedKind,
    /// The measure; absent for a patient.
    pub measure: Option<String>,
    /// The patient; absent for a marker and region.
    pub patient_id: Option<String>,
    /// Raters who have it.
    pub present_in: Vec<String>,
    /// Raters who have not.
    pub absent_in: Vec<String>,
    /// Why.
    pub reason: String,
    /// An id of a rater who lacks the patient that differs by case, leading zeros or separators alone.
    pub resembles: Option<String>,
}

/// What is not compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotComparedKind {
    /// A patient whom not all raters have.
    Patient,
    /// A marker and region that not all raters measured.
    Component,
    /// A value of a patient whom several raters have.
    Value,
    /// A row that says no rater.
    Row,
}

impl NotComparedKind {
    /// The code used in tables.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Component => "component",
            Self::Value => "value",
            Self::Row => "row",
        }
    }
}

impl Verdict {
    /// The code used in tables.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::NotShown => "not_shown",
            Self::Beyond => "beyond",
        }
    }

    /// In plain words.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Within => "within the stated limit",
            Self::NotShown => "not shown to be within the stated limit",
            Self::Beyond => "beyond the stated limit",
        }
    }
}

impl AcceptableLimits {
    /// The lowest and the highest ratio or difference that is acceptable; absent if none was stated for this scale.
    pub fn range(&self, scale: Scale) -> Option<[f64; 2]> {
        match scale {
            Scale::Ratio => self.ratio.map(|it| [1.0 / it, it]),
            Scale::Points => self.points.map(|it| [-it, it]),
        }
    }
}

impl MeasureAgreement {
    /// The name as it stands at the head of a section.
    pub fn title(&self) -> &str {
        if self.component.is_none() { "Score" } else { &self.name }
    }
}

impl AgreementReport {
    /// The worst verdict of all measures and pairs that have one; absent where no limit was stated for any.
    pub fn verdict(&self) -> Option<Verdict> {
        self.measures.iter().flat_map(|it| &it.pairs).filter_map(|it| it.verdict).max()
    }

    /// Whether every pair of raters is within the stated limits in every measure; not where one has no verdict.
    pub fn is_within(&self) -> bool {
        self.measures.iter().flat_map(|it| &it.pairs).all(|it| it.verdict == Some(Verdict::Within))
    }

    /// Titles of measures that no limit was stated for.
    pub fn without_verdict(&self) -> Vec<&str> {
        let has_none = |it: &&MeasureAgreement| self.acceptable.range(it.scale).is_none();
        self.measures.iter().filter(has_none).map(MeasureAgreement::title).collect()
    }
}
