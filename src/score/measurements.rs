//! What was measured of a cohort.

use std::ops::Range;

use super::column::Column;
use super::quality::Basis;
use crate::model::{Amount, Area, Dispersion, Measurement};

/// The measurements of one patient, or of one sample of a patient where each is scored by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct PatientMeasurements {
    /// The patient.
    pub patient_id: String,
    /// The sample; absent where those of a patient became one measurement.
    pub sample_id: Option<String>,
    /// One entry a component of the protocol, in its order; absent if it was not measured.
    pub components: Vec<Option<Measurement>>,
    /// Places of absent components, of which more is known than that they were not measured.
    pub absences: Vec<(usize, Absence)>,
    /// Whether a declared training split holds the patient.
    pub in_training_split: bool,
    /// Whether a cut-off of the protocol was learned from the patient.
    pub in_cutoff_training: bool,
    /// The patient's centre; absent if the study does not ask for it, or it is not known.
    pub centre: Option<String>,
}

/// Why a component is absent although the table has rows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// It was measured on several samples which cannot be summed, for want of counts or areas.
    NotPooled,
    /// The whole that a share is taken of was not counted.
    WholeMissing,
    /// The whole that a share is taken of has no cells.
    WholeEmpty,
}

/// The measurements of a cohort, in columns: a million patients are millions of measurements, of which most facts are absent.
///
/// Patients are known by their place, from 0. Every patient has the same number of components. Where each sample is scored by
/// itself, a place is that of a sample, and the samples of a patient stand side by side.
///
/// # Examples
///
/// ```
/// use contexture::score::{Measurements, PatientMeasurements};
///
/// let patient = |id: &str| PatientMeasurements {
///     patient_id: id.to_owned(),
///     sample_id: None,
///     components: vec![None, None],
///     absences: Vec::new(),
///     in_training_split: false,
///     in_cutoff_training: false,
///     centre: Some("Lyon".to_owned()),
/// };
/// let cohort: Measurements = [patient("a"), patient("b")].into_iter().collect();
/// assert_eq!(cohort.len(), 2);
/// assert_eq!(cohort.patient(1), patient("b"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Measurements {
    n_components: usize,
    patient_ids: Vec<String>,
    /// Empty where samples were pooled.
    sample_ids: Vec<String>,
    in_training_split: Vec<bool>,
    in_cutoff_training: Vec<bool>,
    /// Shorter than the others by patients at the end whose centre is not known.
    centres: Vec<Option<String>>,
    /// Patient, component, and why it is absent; by ascending patient.
    absences: Vec<(usize, usize, Absence)>,
    // One entry a patient and component, the components of a patient side by side.
    amount: Column<f64>,
    n_cells: Column<u64>,
    n_whole: Column<u64>,
    area_mm2: Column<f64>,
    least_area_mm2: Column<f64>,
    dispersion_ratio: Column<f64>,
    degrees_of_freedom: Column<u32>,
    n_samples: Column<u32>,
}

impl Measurements {
    /// Appends a patient.
    ///
    /// # Panics
    ///
    /// If the patient has another number of components than those before.
    pub fn push(&mut self, patient: PatientMeasurements) {
        let PatientMeasurements {
            patient_id,
            sample_id,
            components,
            absences,
            in_training_split,
            in_cutoff_training,
            centre,
        } = patient;
        assert!(self.is_empty() || components.len() == self.n_components, "a protocol has one number of components");
        assert!(
            self.sample_ids.len() == if sample_id.is_some() { self.len() } else { 0 },
            "all places are samples, or none"
        );
        self.n_components = components.len();
        let place = self.len();
        self.patient_ids.push(patient_id);
        self.sample_ids.extend(sample_id);
        self.in_training_split.push(in_training_split);
        self.in_cutoff_training.push(in_cutoff_training);
        self.absences.extend(absences.into_iter().map(|(component, why)| (place, component, why)));
        if centre.is_some() {
            self.set_centre(place, centre);
        }
        for it in &components {
            self.push_component(it.as_ref());
        }
    }

    fn push_component(&mut self, measured: Option<&Measurement>) {
        let dispersion = measured.and_then(|it| it.dispersion);
        self.amount.push(measured.map(|it| it.amount.get()));
        self.n_cells.push(measured.and_then(|it| it.n_cells));
        self.n_whole.push(measured.and_then(|it| it.n_whole));
        self.area_mm2.push(measured.and_then(|it| it.area).map(Area::mm2));
        self.least_area_mm2.push(measured.and_then(|it| it.least_area).map(Area::mm2));
        self.dispersion_ratio.push(dispersion.map(|it| it.ratio));
        self.degrees_of_freedom.push(dispersion.map(|it| few(it.degrees_of_freedom)));
        self.n_samples.push(measured.map(|it| few(it.n_samples)));
    }

    /// Says the centre of a patient.
    pub fn set_centre(&mut self, patient: usize, centre: Option<String>) {
        if self.centres.len() <= patient {
            self.centres.resize(patient + 1, None);
        }
        self.centres[patient] = centre;
    }

    /// Says that a cut-off of the protocol was learned from a patient.
    pub fn set_in_cutoff_training(&mut self, patient: usize) {
        self.in_cutoff_training[patient] = true;
    }

    /// Number of patients, or of samples where each is scored by itself.
    pub const fn len(&self) -> usize {
        self.patient_ids.len()
    }

    /// Whether there is no patient.
    pub const fn is_empty(&self) -> bool {
        self.patient_ids.is_empty()
    }

    /// The patients' ids, in order.
    pub fn patient_ids(&self) -> &[String] {
        &self.patient_ids
    }

    /// The samples' ids, in order; empty where they were pooled.
    pub fn sample_ids(&self) -> &[String] {
        &self.sample_ids
    }

    /// Number of patients.
    pub fn n_patients(&self) -> usize {
        self.patient_ids.chunk_by(|a, b| a == b).count()
    }

    /// The places of each patient's samples.
    pub(super) fn by_patient(&self) -> impl Iterator<Item = Range<usize>> {
        self.patient_ids.chunk_by(|a, b| a == b).scan(0, |start, chunk| {
            let of_patient = *start..*start + chunk.len();
            *start = of_patient.end;
            Some(of_patient)
        })
    }

    /// The measurements at some places, in their order.
    pub(super) fn at(&self, places: &[usize]) -> Self {
        places.iter().map(|it| self.patient(*it)).collect()
    }

    /// The patients' centres, in order; those at the end that are not known are left out.
    pub(super) fn centres(&self) -> &[Option<String>] {
        &self.centres
    }

    /// Whether any cells were counted.
    pub(super) const fn has_counts(&self) -> bool {
        self.n_cells.has_any()
    }

    pub(super) fn in_training_split(&self, patient: usize) -> bool {
        self.in_training_split[patient]
    }

    pub(super) fn in_cutoff_training(&self, patient: usize) -> bool {
        self.in_cutoff_training[patient]
    }

    pub(super) fn centre(&self, patient: usize) -> Option<&str> {
        self.centres.get(patient)?.as_deref()
    }

    /// Why a component of a patient is absent, where more is known than that it was not measured.
    pub(super) fn absence(&self, patient: usize, component: usize) -> Option<Absence> {
        let start = self.absences.partition_point(|it| it.0 < patient);
        let mut of_patient = self.absences[start..].iter().take_while(|it| it.0 == patient);
        of_patient.find(|it| it.1 == component).map(|it| it.2)
    }

    /// What was measured of a component of a patient; absent if nothing was.
    #[inline]
    pub fn get(&self, patient: usize, component: usize) -> Option<Measurement> {
        let at = patient * self.n_components + component;
        let area = |column: &Column<f64>| column.get(at).and_then(|it| Area::try_from(it).ok());
        let dispersion = |ratio| {
            let degrees_of_freedom = self.degrees_of_freedom.get(at).map_or(0, |it| it as usize);
            Dispersion { ratio, degrees_of_freedom }
        };
        Some(Measurement {
            n_cells: self.n_cells.get(at),
            n_whole: self.n_whole.get(at),
            area: area(&self.area_mm2),
            least_area: area(&self.least_area_mm2),
            amount: Amount::try_from(self.amount.get(at)?).ok()?,
            dispersion: self.dispersion_ratio.get(at).map(dispersion),
            n_samples: self.n_samples.get(at).map_or(0, |it| it as usize),
        })
    }

    /// What decides whether a component of a patient can be scored; absent if nothing was measured.
    #[inline]
    pub(super) fn basis(&self, patient: usize, component: usize) -> Option<Basis> {
        let at = patient * self.n_components + component;
        let amount = self.amount.get(at)?;
        Some(Basis { amount, least_area_mm2: self.least_area_mm2.get(at), n_whole: self.n_whole.get(at) })
    }

    /// What was measured of each component of a patient, in the protocol's order.
    pub fn components(&self, patient: usize) -> impl ExactSizeIterator<Item = Option<Measurement>> {
        (0..self.n_components).map(move |component| self.get(patient, component))
    }

    /// The measurements of one patient.
    pub fn patient(&self, patient: usize) -> PatientMeasurements {
        let absence = |it: usize| Some((it, self.absence(patient, it)?));
        PatientMeasurements {
            patient_id: self.patient_ids[patient].clone(),
            sample_id: self.sample_ids.get(patient).cloned(),
            components: self.components(patient).collect(),
            absences: (0..self.n_components).filter_map(absence).collect(),
            in_training_split: self.in_training_split[patient],
            in_cutoff_training: self.in_cutoff_training[patient],
            centre: self.centre(patient).map(str::to_owned),
        }
    }
}

/// A number of samples of one patient.
fn few(n: usize) -> u32 {
    u32::try_from(n).ok().filter(|it| *it < u32::MAX).expect("a patient has fewer than 2³² - 1 samples")
}

impl FromIterator<PatientMeasurements> for Measurements {
    fn from_iter<I: IntoIterator<Item = PatientMeasurements>>(patients: I) -> Self {
        let mut measurements = Self::default();
        patients.into_iter().for_each(|it| measurements.push(it));
        measurements
    }
}
