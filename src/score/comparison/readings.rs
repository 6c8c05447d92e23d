//! What one rater measured.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::model::Component;
use crate::protocol::{ComponentSpec, Measure, Protocol};
use crate::score::reference::ReferenceSummary;
use crate::score::{Measurements, PatientMeasurements, PatientProfile, PatientScore, Rejection, Severity};

/// Why there is no value where nothing else is known.
const NO_VALUE: &str = "no value";

/// What one rater measured.
#[derive(Clone, Debug)]
pub struct Readings {
    /// The rater's name.
    pub label: String,
    /// All patients, also those without a usable value.
    pub patients: BTreeSet<String>,
    /// Values of each marker and region.
    pub components: BTreeMap<Component, Measured>,
    /// Scores; absent if densities alone were read.
    pub scored: Option<ScoredReadings>,
}

/// Values of one marker and region.
#[derive(Clone, Debug)]
pub struct Measured {
    /// What was measured.
    pub measure: Measure,
    /// The usable value of each patient who has one, in the unit of the measure.
    pub values: BTreeMap<String, f64>,
    /// Why others have none, where it is known.
    pub unusable: BTreeMap<String, String>,
}

/// The scores of a rater.
#[derive(Clone, Debug)]
pub struct ScoredReadings {
    /// What was scored, and how.
    pub protocol: Protocol,
    /// The reference of the percentiles; absent if the score needs none.
    pub reference: Option<ReferenceSummary>,
    /// Full scores.
    pub scores: BTreeMap<String, PatientScore>,
    /// Why the others have none.
    pub unscored: BTreeMap<String, String>,
}

impl Readings {
    /// Of pooled measurements of these components, one entry a patient. A component without any value was not measured.
    pub fn of_measurements(label: &str, specs: &[ComponentSpec], measurements: &Measurements) -> Self {
        let patients: Vec<PatientMeasurements> = (0..measurements.len()).map(|it| measurements.patient(it)).collect();
        let components = specs.iter().enumerate().filter_map(|(at, spec)| {
            let value =
                |it: &PatientMeasurements| Some((it.patient_id.clone(), it.components.get(at)?.as_ref()?.amount.get()));
            let not_pooled = |it: &PatientMeasurements| {
                let is_known = it.absences.iter().any(|absence| absence.0 == at);
                is_known.then(|| (it.patient_id.clone(), "several samples that cannot be pooled".to_owned()))
            };
            let values: BTreeMap<String, f64> = patients.iter().filter_map(value).collect();
            let unusable: BTreeMap<String, String> = patients.iter().filter_map(not_pooled).collect();
            let measured = Measured { measure: spec.measure, values, unusable };
            (!measured.values.is_empty()).then(|| (spec.component(), measured))
        });
        let patients_read = patients.iter().map(|it| it.patient_id.clone()).collect();
        Self { label: label.to_owned(), patients: patients_read, components: components.collect(), scored: None }
    }

    /// Of a scored cohort. Values that were not good enough to be scored are not compared either.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`] if a patient stands twice.
    pub fn of_scored(
        label: &str,
        (protocol, reference): (&Protocol, Option<&ReferenceSummary>),
        profiles: &[PatientProfile],
        scores: &[PatientScore],
        rejected: &[Rejection],
    ) -> Result<Self> {
        let mut readings =
            Self { label: label.to_owned(), patients: BTreeSet::new(), components: BTreeMap::new(), scored: None };
        for profile in profiles {
            if !readings.patients.insert(profile.patient_id.clone()) {
                return Err(twice(label, &profile.patient_id, "profiles"));
            }
            readings.add(profile);
        }
        readings.components.retain(|_, it| !it.values.is_empty());

        let mut scored = ScoredReadings {
            protocol: protocol.clone(),
            reference: reference.cloned(),
            scores: BTreeMap::new(),
            unscored: BTreeMap::new(),
        };
        for it in rejected {
            let why = format!("{}: {}", it.reason.description(), it.found);
            let known = scored.unscored.entry(it.patient_id.clone()).or_default();
            *known = if known.is_empty() { why } else { format!("{known}; {why}") };
        }
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for score in scores {
            if !seen.insert(&score.patient_id) {
                return Err(twice(label, &score.patient_id, "scores"));
            }
            if score.is_partial() {
                scored.unscored.insert(score.patient_id.clone(), score.label());
            } else {
                scored.scores.insert(score.patient_id.clone(), score.clone());
            }
        }
        readings.scored = Some(scored);
        Ok(readings)
    }

    fn add(&mut self, profile: &PatientProfile) {
        for it in &profile.components {
            let empty = || Measured { measure: it.measure, values: BTreeMap::new(), unusable: BTreeMap::new() };
            let measured = self.components.entry(it.component.clone()).or_insert_with(empty);
            // METHOD: what is not good enough for a score says how a rater fails, and nothing of how raters agree.
            let failed = it.flags.iter().find(|flag| flag.severity() == Severity::Fail);
            match (failed, it.value) {
                (None, Some(value)) => {
                    measured.values.insert(profile.patient_id.clone(), value);
                }
                (failed, _) => {
                    let why = failed.map_or(NO_VALUE, |it| it.description());
                    measured.unusable.insert(profile.patient_id.clone(), why.to_owned());
                }
            }
        }
    }

    /// The values of a component, where it was measured.
    pub(super) fn values(&self, component: &Component) -> Option<&BTreeMap<String, f64>> {
        self.components.get(component).map(|it| &it.values)
    }

    /// Why a patient has no value of a component.
    pub(super) fn why_no_value(&self, component: &Component, patient_id: &str) -> &str {
        let known = self.components.get(component).and_then(|it| it.unusable.get(patient_id));
        known.map_or(NO_VALUE, String::as_str)
    }

    /// Why a patient has no full score.
    pub(super) fn why_no_score(&self, patient_id: &str) -> &str {
        let known = self.scored.as_ref().and_then(|it| it.unscored.get(patient_id));
        known.map_or(NO_VALUE, String::as_str)
    }
}

/// The first measure, in the order of raters, that two of them took of a component, with all who took it; where no two took the
/// same, that of the first. Absent if nobody measured the component.
pub(super) fn measured_alike<'a>(
    raters: &'a [Readings],
    component: &Component,
) -> Option<(Measure, Vec<&'a Readings>)> {
    let by = |it: &Readings| it.components.get(component).map(|it| it.measure);
    let alike = |measure: Measure| raters.iter().filter(|it| by(it) == Some(measure)).collect::<Vec<_>>();
    let measures = || raters.iter().filter_map(by);
    let measure = measures().find(|it| alike(*it).len() > 1).or_else(|| measures().next())?;
    Some((measure, alike(measure)))
}

fn twice(label: &str, patient_id: &str, table: &str) -> Error {
    let problem = format!("patient '{patient_id}' stands twice in the {table} of '{label}'; each may stand once");
    Error::Unanswerable { problem }
}
