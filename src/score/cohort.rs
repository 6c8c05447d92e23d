//! Scoring a cohort.

use std::mem;

use rayon::prelude::*;

use super::patient::{Method, Sheet};
use super::reader::Aggregations;
use super::reference::{Reference, ReferenceFile, ReferenceSettings};
use super::samples::ScoredSamples;
use super::uncertainty::Uncertainty;
use super::{
    Aggregation, ComponentReader, Measurements, PatientProfile, PatientScore, Reader, Rejection, SampleScore,
    usable_values,
};
use crate::error::{Error, Result};
use crate::model::{Specimen, TieRule};
use crate::protocol::{DecidingSample, Protocol, ReferenceBuild, ReferenceMode};

/// Patients that a thread scores in one go.
const AT_ONCE: usize = 64;

/// What scoring needs to know beside the protocol.
#[derive(Clone, Debug)]
pub struct ScoreSettings {
    /// Where the reference comes from.
    pub mode: ReferenceMode,
    /// The frozen reference; used with [`ReferenceMode::External`].
    pub external: Option<ReferenceFile>,
    /// What kind of tissue the patients' densities were measured on; absent if nobody said.
    pub specimen: Option<Specimen>,
    /// Which patients make a reference of the other modes.
    pub built_from: ReferenceBuild,
    /// What an equal reference value counts for.
    pub tie_rule: TieRule,
    /// Seed of the Monte Carlo intervals.
    pub seed: u64,
}

/// A scored cohort: its measurements, the score of each patient, or why there is none.
///
/// Of a patient, the score is kept and its simulated uncertainty. What else there is to know, such as percentiles, flags and
/// classes, follows from these, the measurements and the reference in less time than it takes to fetch it from memory: a
/// [`Reader`] works it out where it is asked for.
#[derive(Clone, Debug)]
pub struct ScoredCohort {
    /// The reference that was used; absent if the protocol needs none.
    pub reference: Option<Reference>,
    /// What was added to both sides of a ratio; that of all centres together where each centre's patients have that of the
    /// others. Absent if the score is none.
    pub ratio_offset: Option<f64>,
    /// Why patients have no score, in the order of the input.
    pub rejected: Vec<Rejection>,
    /// Every sample, where each is scored by itself; absent where those of a patient became one measurement.
    samples: Option<ScoredSamples>,
    method: Method,
    measurements: Measurements,
    aggregations: Aggregations,
    /// One entry a patient; NaN without a score.
    scores: Vec<f64>,
    /// One entry a patient; none where nobody's cells were counted.
    uncertainties: Vec<Option<Box<Uncertainty>>>,
}

/// Scores a cohort by a protocol.
///
/// # Errors
///
/// [`Error::Unanswerable`](crate::error::Error::Unanswerable) if the protocol [lacks](Protocol::lacks) something; if it needs
/// a reference and that is missing, was made for another protocol, or cannot be built from the cohort.
pub fn score_cohort(measurements: Measurements, protocol: &Protocol, settings: &ScoreSettings) -> Result<ScoredCohort> {
    if let Some(lacks) = protocol.lacks() {
        return Err(Error::Unanswerable { problem: format!("protocol '{}' {lacks}", protocol.name) });
    }
    let method = Method::new(protocol, settings);
    let reference = reference(&measurements, protocol, settings)?;
    let mut cohort = ScoredCohort {
        aggregations: Aggregations::new(&measurements, protocol, reference.as_ref()),
        ratio_offset: Aggregation::new(protocol, reference.as_ref()).offset(),
        reference,
        rejected: Vec::new(),
        samples: None,
        method,
        scores: Vec::new(),
        uncertainties: Vec::new(),
        measurements,
    };
    (cohort.scores, cohort.rejected) = cohort.score_all();
    let is_of_samples = !cohort.measurements.sample_ids().is_empty();
    if let Some(deciding) = protocol.pooling.deciding_sample().filter(|_| is_of_samples) {
        let samples = cohort.score_samples(deciding);
        cohort.measurements = samples.of_those_that_decide();
        (cohort.scores, cohort.rejected) = cohort.score_all();
        cohort.samples = Some(samples);
    }
    cohort.uncertainties = cohort.simulate();
    Ok(cohort)
}

impl ScoredCohort {
    /// The score of every patient, NaN where there is none; and the reasons why.
    fn score_all(&self) -> (Vec<f64>, Vec<Rejection>) {
        let mut scores = vec![f64::NAN; self.len()];
        let in_part = |(reader, contributions): &mut (ComponentReader<'_>, Vec<Option<f64>>),
                       (part, scores): (usize, &mut [f64])| {
            let mut rejected = Vec::new();
            for (at, score) in scores.iter_mut().enumerate() {
                let patient = part * AT_ONCE + at;
                if let Some(found) = reader.scorer(patient).score(&self.measurements, patient, contributions) {
                    *score = found;
                } else {
                    let scorer = reader.take_up(patient);
                    rejected.extend(scorer.refuse(&self.measurements, patient, &reader.sheet));
                }
            }
            rejected
        };
        let parts = scores.par_chunks_mut(AT_ONCE).enumerate();
        let rejected =
            parts.map_init(|| (self.components_of(&self.measurements), Vec::new()), in_part).flatten_iter().collect();
        (scores, rejected)
    }

    /// Every sample with its score, and which of them decide; leaves the cohort without measurements.
    fn score_samples(&mut self, rule: DecidingSample) -> ScoredSamples {
        let usable = usable_values(&self.measurements, &self.method.protocol);
        let n_components = usable.iter().map(|it| it.values.iter().flatten().count()).collect();
        ScoredSamples::new(mem::take(&mut self.measurements), mem::take(&mut self.scores), n_components, rule)
    }

    /// How far the score of each patient could be from itself; empty where nothing is drawn: nobody's cells were counted and there
    /// is no reference, or the protocol asks for no replicates.
    fn simulate(&self) -> Vec<Option<Box<Uncertainty>>> {
        let has_source = self.measurements.has_counts() || self.reference.is_some();
        if !has_source || self.method.protocol.uncertainty.replicates == 0 {
            return Vec::new();
        }
        let mut uncertainties = vec![None; self.len()];
        // Centre by centre, since bootstrap samples of a reference are large.
        for (centre, scorer) in self.aggregations.scorers(&self.method, self.reference.as_ref()) {
            let resampled = scorer.resample();
            let of_patient =
                |reader: &mut ComponentReader<'_>, (patient, uncertainty): (usize, &mut Option<Box<Uncertainty>>)| {
                    let Some(score) = self.score(patient).filter(|_| self.measurements.centre(patient) == centre)
                    else {
                        return;
                    };
                    reader.take_up(patient);
                    let patient_id = &self.measurements.patient_ids()[patient];
                    *uncertainty = scorer.simulate(patient_id, &reader.sheet, score, resampled.as_ref()).map(Box::new);
                };
            let patients = uncertainties.par_iter_mut().enumerate();
            patients.for_each_init(|| self.components_of(&self.measurements), of_patient);
        }
        uncertainties
    }

    /// Number of patients, with a score or without.
    pub const fn len(&self) -> usize {
        self.measurements.len()
    }

    /// Whether there is no patient.
    pub const fn is_empty(&self) -> bool {
        self.measurements.is_empty()
    }

    /// What the patients were scored by.
    pub const fn protocol(&self) -> &Protocol {
        &self.method.protocol
    }

    /// What was measured of each patient.
    pub const fn measurements(&self) -> &Measurements {
        &self.measurements
    }

    /// Every sample, where each is scored by itself; absent where those of a patient became one measurement.
    pub const fn samples(&self) -> Option<&ScoredSamples> {
        self.samples.as_ref()
    }

    /// The score of a patient, by place; absent if there is none.
    pub fn score(&self, patient: usize) -> Option<f64> {
        Some(self.scores[patient]).filter(|it| !it.is_nan())
    }

    /// How far the score of a patient, by place, could be from itself; absent if a component has no count.
    pub(super) fn uncertainty(&self, patient: usize) -> Option<&Uncertainty> {
        self.uncertainties.get(patient).and_then(Option::as_deref)
    }

    /// Places of the patients with a score, ascending.
    pub fn scored(&self) -> impl Iterator<Item = usize> {
        (0..self.len()).filter(|it| !self.scores[*it].is_nan())
    }

    /// What follows from the scores.
    pub fn reader(&self) -> Reader<'_> {
        Reader { cohort: self, components: self.components_of(&self.measurements) }
    }

    /// What follows from the measurements of the patients, or of the samples, of this cohort.
    pub fn components_of<'a>(&'a self, measurements: &'a Measurements) -> ComponentReader<'a> {
        let scorers = self.aggregations.scorers(&self.method, self.reference.as_ref());
        ComponentReader { measurements, scorers, sheet: Sheet::default() }
    }

    /// Every sample, in the order of the input, as rows that stand by themselves; none where those of a patient became one
    /// measurement.
    pub fn sample_scores(&self) -> impl Iterator<Item = SampleScore> {
        let rows = |it| ScoredSamples::rows(it, &self.method.protocol, self.components_of(it.measurements()));
        self.samples.iter().flat_map(rows)
    }

    /// The patients with a score, in the order of the input, as rows that stand by themselves.
    pub fn scores(&self) -> impl Iterator<Item = PatientScore> {
        let mut reader = self.reader();
        let row = move |patient: usize| {
            let patient_id = &self.measurements.patient_ids()[patient];
            reader.score(patient).map(|it| it.row(patient_id, &self.method.protocol))
        };
        (0..self.len()).filter_map(row)
    }

    /// The components of every patient, in the order of the input, as rows that stand by themselves.
    pub fn profiles(&self) -> impl Iterator<Item = PatientProfile> {
        let mut reader = self.components_of(&self.measurements);
        (0..self.len()).map(move |patient| PatientProfile {
            patient_id: self.measurements.patient_ids()[patient].clone(),
            components: reader.components(patient).zip(&self.method.specs).map(|(it, spec)| it.profile(spec)).collect(),
        })
    }
}

fn reference(measurements: &Measurements, protocol: &Protocol, settings: &ScoreSettings) -> Result<Option<Reference>> {
    if !protocol.needs_reference() {
        return Ok(None);
    }
    let ScoreSettings { mode, tie_rule, built_from, specimen, .. } = *settings;
    let made = ReferenceSettings { mode, tie_rule, built_from, protocol, specimen };
    if let Some(file) = &settings.external {
        return Reference::new(file.clone(), &made).map(Some);
    }
    match mode {
        ReferenceMode::External | ReferenceMode::None => {
            Err(Error::Unanswerable { problem: needs_reference(protocol) })
        }
        ReferenceMode::LeaveOneCentreOut => {
            let centres: Vec<Option<&str>> = (0..measurements.len()).map(|it| measurements.centre(it)).collect();
            Reference::of_other_centres(&usable_values(measurements, protocol), &centres, &made).map(Some)
        }
        ReferenceMode::OwnCohort => Reference::build(&usable_values(measurements, protocol), &made).map(Some),
        ReferenceMode::Training => {
            let rows = usable_values(measurements, protocol).into_iter().enumerate();
            let rows = rows.filter(|it| measurements.in_training_split(it.0)).map(|it| it.1);
            Reference::build(&rows.collect::<Vec<_>>(), &made).map(Some)
        }
    }
}

/// What to write where a reference is needed and there is none.
pub fn needs_reference(protocol: &Protocol) -> String {
    format!(
        "protocol '{}' compares patients with a reference; write [reference] mode = \"external\" with file = \"…\", or mode = \
         \"training\", \"leave_one_centre_out\" or \"self\"",
        protocol.name
    )
}

#[cfg(test)]
mod tests {
    use super::super::reference::ReferenceComponent;
    use super::super::{Flag, PatientMeasurements};
    use super::*;
    use crate::model::{Amount, Measurement};

    /// The golden example of the score: four densities in one reference of ten values.
    #[test]
    fn four_densities_make_a_score_and_a_class_in_every_scheme() {
        let protocol: Protocol = Protocol::preset("consensus").unwrap();
        let values = vec![10.0, 20.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0];
        let components =
            protocol.components().into_iter().map(|it| ReferenceComponent::of_values(it, values.clone())).collect();
        let external = ReferenceFile::of_components("golden", &protocol.name, components);
        let settings = ScoreSettings {
            mode: ReferenceMode::External,
            external: Some(external),
            specimen: None,
            built_from: ReferenceBuild::CompletePatients,
            tie_rule: TieRule::Mid,
            seed: 1,
        };
        let measured = |density: f64| {
            let amount = Amount::try_from(density).unwrap();
            let (n_cells, n_whole, area, least_area, dispersion) = (None, None, None, None, None);
            Some(Measurement { n_cells, n_whole, area, least_area, amount, dispersion, n_samples: 1 })
        };
        let patient = PatientMeasurements {
            patient_id: "p".to_owned(),
            components: [20.0, 65.0, 5.0, 95.0].map(measured).to_vec(),
            absences: Vec::new(),
            sample_id: None,
            in_training_split: false,
            in_cutoff_training: false,
            centre: None,
        };
        let cohort = score_cohort([patient].into_iter().collect(), &protocol, &settings).unwrap();
        let score = cohort.scores().next().unwrap();
        assert!((score.score - 47.5).abs() < 1e-12);
        let classes: Vec<&str> = score.classes.iter().map(|it| it.class.as_str()).collect();
        assert_eq!(classes, ["IS2", "Intermediate", "High"]);
        assert_eq!(score.score_lower, None, "without counts there is no interval");
        let profile = cohort.profiles().next().unwrap();
        let flags: Vec<&[Flag]> = profile.components.iter().map(|it| it.flags.as_slice()).collect();
        assert_eq!(flags[2], [Flag::BelowReference]);
        // CD8 at the margin, 95, is above CD3 at the margin, 65, by more than a tenth.
        assert_eq!(flags[3], [Flag::Cd8AboveCd3, Flag::AboveReference]);
    }
}
