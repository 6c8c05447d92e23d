//! The study file: inputs, protocol, reference, endpoints, models, output.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Analysis, Endpoint, ModelSpec, Pooling, QualityChanges, Sign, UncertaintyChanges};
use crate::model::{Region, Specimen, TieRule};
use crate::survival::kaplan_meier::ConfidenceScale;

/// Version of the study file's schema, raised when an old reader could misread a new file.
pub const STUDY_SCHEMA_VERSION: u32 = 1;

/// Everything a run is told; the same file serves every step of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// Version of this file's schema; 1.
    pub schema_version: u32,
    /// Name of the study, for the pages.
    pub title: String,
    /// Seed of everything random; the same seed gives the same bytes.
    #[serde(default)]
    pub seed: u64,
    /// The tables.
    pub inputs: Inputs,
    /// How the density table is read.
    #[serde(default)]
    pub densities: DensityTable,
    /// How the clinical table is read.
    #[serde(default)]
    pub clinical: ClinicalTable,
    /// What is scored, and how.
    #[serde(default)]
    pub protocol: ProtocolChoice,
    /// The cohort that percentiles refer to.
    pub reference: ReferenceChoice,
    /// The immune contexture of each patient; absent if it is not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contexture: Option<ContextureChoice>,
    /// Times to an event, from the clinical table.
    #[serde(default)]
    pub endpoints: Vec<Endpoint>,
    /// Multivariable models.
    #[serde(default)]
    pub models: Vec<ModelSpec>,
    /// Analyses of the clinical table, to which the column `score` and a column of classes for each scheme are added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub analyses: Vec<Analysis>,
    /// How survival is estimated.
    #[serde(default)]
    pub survival: SurvivalSettings,
    /// What is written.
    #[serde(default)]
    pub output: OutputSettings,
}

/// The tables; paths are relative to the study file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// Densities per patient, region and marker: CSV, TSV or Parquet, text also with `.gz`.
    pub densities: PathBuf,
    /// One row a patient: times, events, covariates. Absent if only scores are wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clinical: Option<PathBuf>,
}

/// How the density table is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DensityTable {
    /// Column with the patient; `patient_id` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<String>,
    /// What kind of tissue the densities were measured on: a reference of another kind is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specimen: Option<Specimen>,
    /// The laboratory's words for markers: its word on the left, the canonical name on the right.
    #[serde(default)]
    pub markers: BTreeMap<String, String>,
    /// The laboratory's words for regions: its word on the left, the canonical name on the right.
    #[serde(default)]
    pub regions: BTreeMap<String, String>,
}

impl DensityTable {
    /// Column with the patient.
    pub fn patient_column(&self) -> &str {
        self.patient_id.as_deref().unwrap_or("patient_id")
    }
}

/// How the clinical table is read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClinicalTable {
    /// Column with the patient; `patient_id` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient_id: Option<String>,
    /// Columns whose groups the page of quality compares, such as centre, batch or year of the block.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

impl ClinicalTable {
    /// Column with the patient.
    pub fn patient_column(&self) -> &str {
        self.patient_id.as_deref().unwrap_or("patient_id")
    }
}

/// Which protocol is used, and what of it this study changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProtocolChoice {
    /// A protocol that comes with contexture; `consensus` if neither this nor `file` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// A protocol file of one's own, relative to the study file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// In place of the protocol's `pooling`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pooling: Option<Pooling>,
    /// In place of the protocol's `min_components`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub min_components: Option<usize>,
    /// Cut-offs in the unit of the measure, by component: `"CD3 CT" = 250.0`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cutoffs: BTreeMap<String, f64>,
    /// Cut-offs as percentiles of the reference, by component.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cutoff_percentiles: BTreeMap<String, f64>,
    /// Which way components count.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub signs: BTreeMap<String, Sign>,
    /// In place of the protocol's `primary_scheme`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_scheme: Option<String>,
    /// Limits of quality in place of the protocol's.
    #[serde(default)]
    pub quality: QualityChanges,
    /// Settings of the Monte Carlo interval in place of the protocol's.
    #[serde(default)]
    pub uncertainty: UncertaintyChanges,
}

/// The cohort that percentiles refer to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceChoice {
    /// Where the reference comes from.
    pub mode: ReferenceMode,
    /// With `external`: the frozen reference file, relative to the study file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// With `training`: the column of the clinical table that says which patients are the training split.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_column: Option<String>,
    /// With `training`: what that column says for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_value: Option<String>,
    /// With `leave_one_centre_out`: the column of the clinical table that says which centre a patient is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centre_column: Option<String>,
    /// With every mode but `external`: which patients' values make the reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub built_from: Option<ReferenceBuild>,
    /// What a reference value equal to the measured one counts for.
    #[serde(default)]
    pub tie_rule: TieRule,
}

/// Where the reference comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceMode {
    /// A frozen file: the only mode for one patient, or for a validation.
    External,
    /// Frozen from a declared split of the cohort, and applied to the rest of it.
    Training,
    /// Each patient against the patients of all other centres: the validation of a cohort of several centres in itself.
    LeaveOneCentreOut,
    /// The cohort itself: exploratory, for a patient's score changes when others are added.
    #[serde(rename = "self")]
    OwnCohort,
    /// There is none: the score needs no percentile.
    None,
}

/// Which patients' values make a reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceBuild {
    /// Patients who have every component.
    #[default]
    CompletePatients,
    /// Every usable value of a component, whether or not the patient has the others.
    AllValues,
}

/// The immune contexture: all markers of the table that are on an axis, beside those that the score is made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContextureChoice {
    /// A file of axes that adds to those that come with contexture, and changes them; relative to the study file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub axes: Option<PathBuf>,
    /// The type of tumour, such as `crc`: signs depend on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tumour_type: Option<String>,
    /// The regions that are looked at; those of the protocol if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Region>,
    /// Columns of the clinical table that stand beside the axes, such as those of MSI and TMB: without a percentile or a sign.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covariates: Vec<String>,
    /// Samples of the same patients at two times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paired: Option<PairedSamples>,
}

/// Samples of the same patients at two times, such as before and after therapy.
///
/// Scores and profiles are those of the samples before; the samples after say what changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairedSamples {
    /// Column of the density table that says the time.
    pub column: String,
    /// What it says of the samples before.
    pub before: String,
    /// What it says of the samples after.
    pub after: String,
}

/// How survival is estimated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SurvivalSettings {
    /// Scale of the Kaplan-Meier intervals.
    pub confidence_scale: ConfidenceScale,
    /// Times at which survival is reported, in years.
    pub times_years: Vec<f64>,
}

impl Default for SurvivalSettings {
    fn default() -> Self {
        Self { confidence_scale: ConfidenceScale::LogLog, times_years: vec![3.0, 5.0] }
    }
}

/// What is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OutputSettings {
    /// Formats of the canonical tables.
    pub formats: Vec<OutputFormat>,
}

impl Default for OutputSettings {
    fn default() -> Self {
        Self { formats: vec![OutputFormat::Tsv, OutputFormat::Parquet] }
    }
}

/// Format of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutputFormat {
    /// Text, tab between columns.
    Tsv,
    /// Parquet.
    Parquet,
}
