//! What follows from the measurements and the scores of a cohort, worked out where it is asked for.

use std::collections::{BTreeMap, BTreeSet};

use super::patient::{Method, Scorer, Sheet};
use super::reference::Reference;
use super::{Aggregation, Measurements, ScoredCohort, ScoredComponent, ScoredPatient};
use crate::protocol::Protocol;

/// Works out the components of patients, or of samples where each is scored by itself, one by one: a place is that of either.
#[derive(Debug)]
pub struct ComponentReader<'a> {
    pub(super) measurements: &'a Measurements,
    pub(super) scorers: BTreeMap<Option<&'a str>, Scorer<'a>>,
    pub(super) sheet: Sheet,
}

impl<'a> ComponentReader<'a> {
    pub(super) fn scorer(&self, place: usize) -> Scorer<'a> {
        self.scorers[&self.measurements.centre(place)]
    }

    pub(super) fn take_up(&mut self, place: usize) -> Scorer<'a> {
        let scorer = self.scorer(place);
        scorer.take_up(self.measurements, place, &mut self.sheet);
        scorer
    }

    /// The components of a patient or sample, in the protocol's order.
    pub fn components(&mut self, place: usize) -> impl Iterator<Item = ScoredComponent> {
        let scorer = self.take_up(place);
        (0..self.sheet.usable.len()).map(move |at| scorer.component(&self.sheet, at))
    }
}

/// Works out what follows from the scores of a cohort, patient by patient.
#[derive(Debug)]
pub struct Reader<'a> {
    pub(super) cohort: &'a ScoredCohort,
    pub(super) components: ComponentReader<'a>,
}

impl<'a> Reader<'a> {
    /// The score of a patient, and what follows from it; absent if there is none.
    pub fn score(&mut self, patient: usize) -> Option<ScoredPatient<'a>> {
        let cohort = self.cohort;
        let score = cohort.score(patient)?;
        let uncertainty = cohort.uncertainty(patient);
        let measurements = cohort.measurements();
        let of_training = (measurements.in_training_split(patient), measurements.in_cutoff_training(patient));
        let scored = self.components.take_up(patient).scored(&self.components.sheet, of_training, score, uncertainty);
        Some(ScoredPatient { samples: cohort.samples().map(|it| it.of_patient(patient)), ..scored })
    }
}

/// How components become a score, for the patients of each centre, and for those whose centre is not known.
#[derive(Clone, Debug)]
pub(super) struct Aggregations(BTreeMap<Option<String>, Aggregation>);

impl Aggregations {
    pub(super) fn new(measurements: &Measurements, protocol: &Protocol, reference: Option<&Reference>) -> Self {
        let centres: BTreeSet<Option<&str>> =
            measurements.centres().iter().map(Option::as_deref).chain([None]).collect();
        let of_centre = |centre: Option<&str>| {
            let facing = reference.and_then(|it| it.facing(centre));
            (centre.map(str::to_owned), Aggregation::new(protocol, facing))
        };
        Self(centres.into_iter().map(of_centre).collect())
    }

    pub(super) fn scorers<'a>(
        &'a self,
        method: &'a Method,
        reference: Option<&'a Reference>,
    ) -> BTreeMap<Option<&'a str>, Scorer<'a>> {
        let of_centre = |(centre, aggregation): (&'a Option<String>, &'a Aggregation)| {
            let facing = reference.and_then(|it| it.facing(centre.as_deref()));
            let lacks_centre = reference.is_some() && facing.is_none();
            (centre.as_deref(), Scorer { method, aggregation, reference: facing, lacks_centre })
        };
        self.0.iter().map(of_centre).collect()
    }
}
