//! The immune contexture of a patient: where each marker stands in a reference, axis by axis.
//!
//! A score is made of a few markers; a table often holds more. Each of them that is on an axis ([`Axes`]) has, in every
//! region, a percentile in the same reference as the score, and an axis has for each sign
//!
//! ```text
//! m̄_s = 1/K Σ_k ( 1/R_k Σ_r P_kr )     over the K markers of sign s that have a percentile, each in the R_k regions with one
//! ```
//!
//! the mean percentile `m̄_s`, from 0 to 100; of negative markers also `100 - m̄_s`, so that high is good there too.
//! Nothing is summed across signs or axes, and there is no number of the whole: none was ever published. Markers whose sign
//! depends on the context are listed, and enter no mean. An axis says how many of its markers were measured, and how many of them,
//! in which regions, are in a mean: a frozen reference may hold fewer.
//!
//! Location is told by the ratio of the density in the core to that at the margin, `log₂(d_CT / d_IM)`, with the exact
//! interval of two Poisson counts ([`count_change`](crate::agreement::count_change)). Samples and quality are those of the
//! score: pooled by the protocol, and refused by its limits.
//!
//! # References
//!
//! * Fridman WH, Pagès F, Sautès-Fridman C, Galon J. The immune contexture in human tumours: impact on clinical outcome.
//!   *Nat Rev Cancer* 2012;12:298-306. doi:10.1038/nrc3245

pub mod change;
mod patient;
mod standards;
#[cfg(test)]
mod tests;

pub use patient::{AxisProfile, LocationRatio, MarkerProfile, NoPercentile, PatientContexture};

use std::collections::BTreeMap;
use std::mem;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::quality::Checks;
use super::reference::{Reference, ReferenceSummary};
use super::{Flags, Measurements, PatientMeasurements, poisson_interval};
use crate::agreement::count_change::CellCount;
use crate::error::{Error, Result};
use crate::model::{Area, Component, Marker, Measurement, Region, TieRule};
use crate::protocol::{Axes, AxisSign, ComponentSpec, Measure, Protocol, ReferenceBuild, ReferenceMode};

use standards::Standards;

impl Contexture {
    /// The contexture of a patient; absent if there is no such patient. Patients are sorted, as those of a table are.
    pub fn of(&self, patient_id: &str) -> Option<&PatientContexture> {
        let at = self.patients.binary_search_by(|it| it.patient_id.as_str().cmp(patient_id)).ok()?;
        Some(&self.patients[at])
    }
}

/// What a profile is made with, beside the measurements.
#[derive(Clone, Copy, Debug)]
pub struct ContextureSettings<'a> {
    /// The axes.
    pub axes: &'a Axes,
    /// What is scored: its limits of quality hold here too.
    pub protocol: &'a Protocol,
    /// Where percentiles come from.
    pub mode: ReferenceMode,
    /// Which patients' values make a reference of this cohort.
    pub built_from: ReferenceBuild,
    /// What an equal reference value counts for.
    pub tie_rule: TieRule,
}

/// The contexture of a cohort.
#[derive(Clone, Debug, PartialEq)]
pub struct Contexture {
    /// How it was made.
    pub record: ContextureRecord,
    /// Every patient, in the order of the input.
    pub patients: Vec<PatientContexture>,
    /// What changed in each patient with samples at two times; empty without such.
    pub changes: Vec<change::PatientChange>,
}

/// Version of the schema of `contexture.json`, raised when an old reader could misread a new file.
const CONTEXTURE_SCHEMA_VERSION: u32 = 1;

/// How the contexture of a cohort was made, and what of it is about all patients: the content of `contexture.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContextureRecord {
    /// Version of this file's schema; 1.
    pub schema_version: u32,
    /// The axes.
    pub axes: Axes,
    /// The markers and regions that the table holds, in the order of the axes.
    pub components: Vec<ComponentStandard>,
    /// What the percentiles are counted in, where the score needs no reference; absent where it has one, which is that of the
    /// contexture too, and without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_reference: Option<OwnReference>,
    /// What stands beside the axes; none if the study names nothing.
    pub covariates: Vec<Covariate>,
    /// What changed from one time to the other; absent if the study names no two times.
    pub change: Option<change::CohortChange>,
}

/// A reference of the contexture alone, beside a score that needs none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnReference {
    /// Where it comes from.
    pub mode: ReferenceMode,
    /// The frozen file; absent where it is made of patients of this cohort.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<ReferenceSummary>,
}

/// A fact of patients that is no density and is read beside the axes, such as microsatellite instability or the tumour
/// mutational burden. It has no percentile and no sign, and enters no mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Covariate {
    /// Its column in the clinical table.
    pub column: String,
    /// What the table says of each patient of the contexture, by id; one of whom it says nothing is left out.
    pub value_of: BTreeMap<String, String>,
}

/// What the percentiles of a marker and region are counted in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentStandard {
    /// Marker and region.
    pub component: Component,
    /// What is measured.
    pub measure: Measure,
    /// Where the values come from.
    pub standard: Standard,
    /// Number of values; the smallest number, where it hangs on the centre. Absent if there is no reference.
    pub n: Option<usize>,
    /// Share of these values that are 0, in [0, 1]; the largest share, where it hangs on the centre. Absent if there is no
    /// reference.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub share_of_zeros: Option<f64>,
    /// Whether all of these values are the same, of any centre: a percentile then says above, below or equal, and no more.
    pub is_constant: bool,
}

/// Where the values that a percentile is counted in come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standard {
    /// The reference of the score.
    Score,
    /// The patients that the reference of the score is made of; where the score needs none, those of the contexture's own.
    SamePatients,
    /// There is none.
    None,
}

/// The markers of the axes in these regions, marker by marker: what is looked for in a table.
pub fn specs(axes: &Axes, regions: &[Region]) -> Vec<ComponentSpec> {
    let of = |marker: &Marker, measure: Measure, region: &Region| ComponentSpec {
        measure,
        ..ComponentSpec::density(marker.clone(), region.clone())
    };
    let markers = axes.distinct_markers();
    markers.into_iter().flat_map(|it| regions.iter().map(move |region| of(&it.marker, it.measure, region))).collect()
}

/// The contexture of every patient, without what changed.
///
/// `patients` have one component for each of `specs`, `scored` one for each of the protocol: both of the same patients in the
/// same order; of the same samples, where each is scored by itself. `places` are those of the samples that decide, or all.
/// `reference` is that of the score; where the score needs none, a frozen one for the contexture. A marker and region that no patient has is left out.
///
/// # Errors
///
/// [`Error::Unanswerable`] if the table holds no marker of the axes.
pub fn profile(
    patients: &[PatientMeasurements],
    specs: &[ComponentSpec],
    scored: &Measurements,
    places: &[usize],
    reference: Option<&Reference>,
    settings: ContextureSettings<'_>,
) -> Result<Contexture> {
    let is_held = |at: &usize| patients.iter().any(|it| it.components[*at].is_some());
    let held: Vec<usize> = (0..specs.len()).filter(is_held).collect();
    if held.is_empty() {
        return Err(no_marker(specs));
    }
    let specs: Vec<ComponentSpec> = held.iter().map(|&at| specs[at].clone()).collect();
    let checks = Checks::new(&specs, &settings.protocol.quality, None);
    let signs: Vec<AxisSign> = specs.iter().map(|it| settings.axes.sign_of(&it.marker)).collect();
    let of_patient = |it: &PatientMeasurements| -> Vec<MarkerProfile> {
        let measured: Vec<Option<Measurement>> = held.iter().map(|&at| it.components[at]).collect();
        let flags = checks.flags(&measured);
        let of = |at: usize| measured_marker(&specs[at], signs[at], measured[at].as_ref(), flags[at]);
        (0..specs.len()).map(of).collect()
    };
    let mut profiles: Vec<Vec<MarkerProfile>> = patients.iter().map(of_patient).collect();
    let usable: Vec<Vec<Option<f64>>> =
        profiles.iter().map(|markers| markers.iter().map(MarkerProfile::usable).collect()).collect();
    let standards = Standards::new(&specs, &usable, scored, reference, settings);
    for (row, markers) in profiles.iter_mut().enumerate() {
        for (at, it) in markers.iter_mut().enumerate() {
            standards.place(it, at, usable[row][at], scored.centre(row), settings.tie_rule);
        }
    }
    let components = standards.account(&specs);
    let has_own = !settings.protocol.needs_reference() && settings.mode != ReferenceMode::None;
    let frozen = || reference.map(|it| it.summary(&settings.protocol.components()));
    let with_axes = |&place: &usize| {
        let id = scored.patient_ids()[place].clone();
        PatientContexture::of_markers(id, mem::take(&mut profiles[place]), settings.axes)
    };
    Ok(Contexture {
        patients: places.iter().map(with_axes).collect(),
        record: ContextureRecord {
            schema_version: CONTEXTURE_SCHEMA_VERSION,
            axes: settings.axes.clone(),
            components,
            own_reference: has_own.then(|| OwnReference { mode: settings.mode, frozen: frozen() }),
            covariates: Vec::new(),
            change: None,
        },
        changes: Vec::new(),
    })
}

fn no_marker(specs: &[ComponentSpec]) -> Error {
    let mut names: [Vec<&str>; 2] = [Vec::new(), Vec::new()];
    for spec in specs {
        for (list, name) in names.iter_mut().zip([spec.marker.as_str(), spec.region.as_str()]) {
            if !list.contains(&name) {
                list.push(name);
            }
        }
    }
    let [markers, regions] = names.map(|it| it.join(", "));
    Error::Unanswerable {
        problem: format!(
            "the density table holds no marker of an axis of the contexture in {regions} (looked for: {markers}); check its \
             words, name other regions in [contexture] regions, or leave [contexture] out"
        ),
    }
}

/// The count behind a density; absent of other measures, and without a count and an area.
fn cell_count(measure: Measure, n_cells: Option<u64>, area_mm2: Option<f64>) -> Option<CellCount> {
    let (n_cells, area_mm2) = n_cells.zip(area_mm2)?;
    (measure == Measure::Density).then_some(CellCount { n_cells, area_mm2 })
}

/// A marker that has no place in a reference yet.
fn measured_marker(
    spec: &ComponentSpec,
    sign: AxisSign,
    measured: Option<&Measurement>,
    flags: Flags,
) -> MarkerProfile {
    let area = measured.and_then(|it| it.area);
    let n_cells = measured.and_then(|it| it.n_cells);
    let counted = n_cells.zip(area).filter(|_| spec.measure == Measure::Density);
    let interval = counted.map(|(n, area)| poisson_interval::of_density(n, area));
    MarkerProfile {
        component: spec.component(),
        measure: spec.measure,
        sign,
        n_samples: measured.map_or(0, |it| it.n_samples),
        n_cells,
        area_mm2: area.map(Area::mm2),
        value: measured.map(|it| it.amount.get()),
        value_lower: interval.map(|it| it[0]),
        value_upper: interval.map(|it| it[1]),
        percentile: None,
        no_percentile: None,
        flags: flags.iter().collect(),
    }
}
