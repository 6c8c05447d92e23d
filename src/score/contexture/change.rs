//! What changed from samples before to samples after, such as before and after therapy.
//!
//! One patient's change of a density is the ratio after to before with the exact interval of two Poisson counts
//! ([`count_change`]); the cohort's is the ratio of the geometric means of the patients with both above 0 ([`paired_change`]).
//! Percents and grades change by a difference, and the cohort by its mean: the [scale](scale_of) is that of a comparison of
//! raters. Wilcoxon's test is of all pairs, those with a 0 among them. The markers and regions are many, so its p-values stand
//! beside those adjusted for their number by Holm and by Benjamini and Hochberg ([`multiplicity`]).
//!
//! A density of 0 has no ratio; such pairs are counted by side, and no constant is added. Measurements that the protocol's
//! limits of quality refuse make no pair.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cell_count;
use crate::agreement::count_change;
use crate::agreement::measurements::Scale;
use crate::agreement::paired_change::{self, PairedChange};
use crate::error::{Error, Result};
use crate::model::{Area, Component, Measurement};
use crate::protocol::{ComponentSpec, Measure, PairedSamples, Protocol};
use crate::score::comparison::scale_of;
use crate::score::quality::Checks;
use crate::score::{Flags, PatientMeasurements};
use crate::survival::multiplicity::{self, Method};

/// What changed in a cohort.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CohortChange {
    /// The column that says the time, and its words.
    pub samples: PairedSamples,
    /// Patients with samples at both times.
    pub n_paired: usize,
    /// Patients with samples before alone, sorted.
    pub only_before: Vec<String>,
    /// Patients with samples after alone, sorted.
    pub only_after: Vec<String>,
    /// Number of tests that the adjusted p-values take into account.
    pub n_tests: usize,
    /// One entry a marker and region that was measured at both times in a patient, in the order of the axes.
    pub components: Vec<ComponentChange>,
}

/// The change of one marker and region over the patients of a cohort.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentChange {
    /// Marker and region.
    pub component: Component,
    /// What is measured.
    pub measure: Measure,
    /// Patients with a usable measurement at both times.
    pub n_pairs: usize,
    /// The change of these.
    pub change: PairedChange,
    /// The p-value of Wilcoxon's test, adjusted by Holm; absent without a test.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_holm: Option<f64>,
    /// The same, adjusted by Benjamini and Hochberg.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_benjamini_hochberg: Option<f64>,
}

impl ComponentChange {
    /// Pairs that the ratio is of, which are those of two values above 0, or the difference, which are all.
    pub const fn n_estimated(&self) -> usize {
        match scale_of(self.measure) {
            Scale::Ratio => self.change.pairs.n_positive,
            Scale::Points => self.n_pairs,
        }
    }
}

/// What changed in one patient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatientChange {
    /// The patient.
    pub patient_id: String,
    /// One entry a marker and region of the cohort's change.
    pub components: Vec<MeasuredTwice>,
}

/// One marker and region of one patient at two times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasuredTwice {
    /// Marker and region.
    pub component: Component,
    /// What is measured.
    pub measure: Measure,
    /// Before; absent without a usable measurement.
    pub before: Option<Measured>,
    /// After; absent without a usable measurement.
    pub after: Option<Measured>,
}

/// A usable measurement.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Cells counted; absent if the table gave none.
    pub n_cells: Option<u64>,
    /// Tissue analysed, in mm²; absent if the table gave none.
    pub area_mm2: Option<f64>,
    /// What was measured, in the unit of the measure.
    pub value: f64,
}

/// The ratio of two measurements of a patient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// After to before; absent if both are 0, or only the first is.
    pub ratio: Option<f64>,
    /// Lower end of its exact 95 % interval by the counts; absent without counts.
    pub lower: Option<f64>,
    /// Upper end of that interval; absent also where none was counted before, when there is no bound.
    pub upper: Option<f64>,
}

impl MeasuredTwice {
    /// The ratio after to before; absent unless both were measured, and of percents and grades.
    pub fn ratio(&self) -> Option<Ratio> {
        let (before, after) = self.both(Scale::Ratio)?;
        let ratio = (before.value > 0.0).then(|| after.value / before.value);
        let count = |it: Measured| cell_count(self.measure, it.n_cells, it.area_mm2);
        let counted = count(before).zip(count(after));
        let interval = counted.and_then(|(before, after)| count_change::estimate(before, after).ok()?);
        Some(Ratio { ratio, lower: interval.map(|it| it.lower), upper: interval.and_then(|it| it.upper) })
    }

    /// After less before, in the unit of the measure; absent unless both were measured, and of what changes by a ratio.
    pub fn difference(&self) -> Option<f64> {
        self.both(Scale::Points).map(|(before, after)| after.value - before.value)
    }

    /// Both measurements, where their change is read on this scale.
    fn both(&self, scale: Scale) -> Option<(Measured, Measured)> {
        self.before.zip(self.after).filter(|_| scale_of(self.measure) == scale)
    }
}

/// What changed from the samples before to those after.
///
/// Both have one component for each of `specs`, and are sorted by patient; a patient without any measurement is none.
///
/// # Errors
///
/// [`Error::Unanswerable`] if no patient has samples at both times.
pub fn estimate(
    before: &[PatientMeasurements],
    after: &[PatientMeasurements],
    specs: &[ComponentSpec],
    protocol: &Protocol,
    samples: &PairedSamples,
) -> Result<(CohortChange, Vec<PatientChange>)> {
    let checks = Checks::new(specs, &protocol.quality, None);
    let by_patient = |patients: &[PatientMeasurements]| -> BTreeMap<String, Vec<Option<Measured>>> {
        let measured = patients.iter().filter(|it| it.components.iter().any(Option::is_some));
        measured.map(|it| (it.patient_id.clone(), good_enough(&it.components, &checks))).collect()
    };
    let (before, after) = (by_patient(before), by_patient(after));
    let without = |here: &BTreeMap<String, _>, there: &BTreeMap<String, _>| -> Vec<String> {
        here.keys().filter(|it| !there.contains_key(*it)).cloned().collect()
    };
    let (only_before, only_after) = (without(&before, &after), without(&after, &before));
    let both: Vec<_> = before.iter().filter_map(|(id, before)| Some((id, before, after.get(id)?))).collect();
    if both.is_empty() {
        return Err(no_pairs(samples, only_before.len(), only_after.len()));
    }
    let is_pair = |at: usize| both.iter().any(|(_, before, after)| before[at].is_some() && after[at].is_some());
    let places: Vec<usize> = (0..specs.len()).filter(|&at| is_pair(at)).collect();
    let patients = both
        .iter()
        .map(|(id, before, after)| {
            let of = |at: &usize| MeasuredTwice {
                component: specs[*at].component(),
                measure: specs[*at].measure,
                before: before[*at],
                after: after[*at],
            };
            PatientChange { patient_id: (*id).clone(), components: places.iter().map(of).collect() }
        })
        .collect::<Vec<_>>();
    let n_paired = patients.len();
    let components = of_components(&patients, &places, specs)?;
    let n_tests = components.iter().filter(|it| it.p_holm.is_some()).count();
    let samples = samples.clone();
    Ok((CohortChange { samples, n_paired, only_before, only_after, n_tests, components }, patients))
}

fn no_pairs(samples: &PairedSamples, n_before: usize, n_after: usize) -> Error {
    let PairedSamples { column, before, after } = samples;
    Error::Unanswerable {
        problem: format!(
            "no patient has samples of both times in column '{column}': {n_before} have '{before}' alone, {n_after} '{after}' \
             alone; both need the same patient_id"
        ),
    }
}

/// The measurements that are good enough to be used.
fn good_enough(components: &[Option<Measurement>], checks: &Checks) -> Vec<Option<Measured>> {
    let measured = |(it, flags): (&Option<Measurement>, Flags)| {
        let it = it.as_ref().filter(|_| !flags.fail())?;
        Some(Measured { n_cells: it.n_cells, area_mm2: it.area.map(Area::mm2), value: it.amount.get() })
    };
    components.iter().zip(checks.flags(components)).map(measured).collect()
}

fn of_components(
    patients: &[PatientChange],
    places: &[usize],
    specs: &[ComponentSpec],
) -> Result<Vec<ComponentChange>> {
    let mut components = Vec::with_capacity(places.len());
    for (at, &place) in places.iter().enumerate() {
        let values = |it: &PatientChange| {
            let it = &it.components[at];
            Some((it.before?.value, it.after?.value))
        };
        let (before, after): (Vec<f64>, Vec<f64>) = patients.iter().filter_map(values).unzip();
        components.push(ComponentChange {
            component: specs[place].component(),
            measure: specs[place].measure,
            n_pairs: before.len(),
            change: paired_change::estimate(&before, &after, scale_of(specs[place].measure))?,
            p_holm: None,
            p_benjamini_hochberg: None,
        });
    }
    // METHOD: the adjusted p-values are those of Wilcoxon's test, which uses every pair and needs no ratio. Student's t belongs
    // to the interval of the ratio or the difference, and stands beside it as it is.
    let p_values: Vec<Option<f64>> =
        components.iter().map(|it| it.change.signed_rank.map(|test| test.p_value)).collect();
    let holm = multiplicity::adjust(&p_values, Method::Holm)?;
    let benjamini_hochberg = multiplicity::adjust(&p_values, Method::BenjaminiHochberg)?;
    for (it, (holm, benjamini_hochberg)) in components.iter_mut().zip(holm.into_iter().zip(benjamini_hochberg)) {
        (it.p_holm, it.p_benjamini_hochberg) = (holm, benjamini_hochberg);
    }
    Ok(components)
}
