//! Samples of a patient that are scored each by itself, of which one decides.

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ComponentReader, Flag, Measurements, ScoredComponent};
use crate::model::Component;
use crate::protocol::{DecidingSample, Protocol, Scheme};

/// The samples of a cohort, each with its score.
#[derive(Clone, Debug)]
pub struct ScoredSamples {
    measurements: Measurements,
    /// One entry a sample; NaN without a score.
    scores: Vec<f64>,
    /// Usable components of each sample.
    n_components: Vec<usize>,
    /// Places of the samples of each patient.
    of_patients: Vec<Range<usize>>,
    /// Place of the sample that decides for each patient.
    deciding: Vec<usize>,
}

/// How much is known of the samples of a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatientSamples {
    /// Samples of the patient.
    pub n: usize,
    /// Those with a score, full or partial.
    pub n_scored: usize,
    /// Whether one has no score, or fewer components than the one that decides.
    pub another_could_decide: bool,
}

/// The score of one sample of a patient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleScore {
    /// The patient.
    pub patient_id: String,
    /// The sample.
    pub sample_id: String,
    /// The score, on the scale of the protocol; absent if the sample has none.
    pub score: Option<f64>,
    /// Its class by the name of each scheme; empty without a full score.
    pub classes: BTreeMap<String, String>,
    /// Components that can be scored.
    pub n_components: usize,
    /// Components that the protocol asks for.
    pub n_components_expected: usize,
    /// Whether it is the sample that decides for its patient.
    pub decides: bool,
    /// Components with something to be known of them, in the protocol's order.
    pub remarks: Vec<SampleRemark>,
}

/// What is to be known of one component of a sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleRemark {
    /// Marker and region.
    pub component: Component,
    /// One or more.
    pub flags: Vec<Flag>,
}

impl ScoredSamples {
    /// Finds the sample that decides for each patient.
    ///
    /// `scores` and `n_components` have one entry a sample.
    pub(super) fn new(
        measurements: Measurements,
        scores: Vec<f64>,
        n_components: Vec<usize>,
        rule: DecidingSample,
    ) -> Self {
        // METHOD: a sample without a score decides only where there is no other, and one with fewer components only where
        // none has more; of equal ones, the first.
        let rank = |at: &usize| {
            let score = if rule == DecidingSample::Highest { scores[*at] } else { -scores[*at] } + 0.0;
            (!scores[*at].is_nan(), n_components[*at], score)
        };
        let is_above = |a: &usize, b: &usize| {
            let (a, b) = (rank(a), rank(b));
            (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2))
        };
        // The last of equal ones is the highest.
        let decides = |places: Range<usize>| places.rev().max_by(is_above).expect("a patient has a sample");
        let of_patients: Vec<Range<usize>> = measurements.by_patient().collect();
        let deciding = of_patients.iter().cloned().map(decides).collect();
        Self { measurements, scores, n_components, of_patients, deciding }
    }

    /// What was measured of every sample.
    pub const fn measurements(&self) -> &Measurements {
        &self.measurements
    }

    /// Places of the samples that decide, one a patient.
    pub fn deciding(&self) -> &[usize] {
        &self.deciding
    }

    /// What was measured of the samples that decide.
    pub(super) fn of_those_that_decide(&self) -> Measurements {
        self.measurements.at(&self.deciding)
    }

    /// How much is known of the samples of a patient, by place.
    pub(super) fn of_patient(&self, patient: usize) -> PatientSamples {
        let (samples, deciding) = (self.of_patients[patient].clone(), self.deciding[patient]);
        let is_scored = |at: &usize| !self.scores[*at].is_nan();
        // METHOD: nothing is said of what such a sample would have scored; whether it lies beyond the one that decides is
        // not known.
        let could_decide = |at: usize| !is_scored(&at) || self.n_components[at] < self.n_components[deciding];
        PatientSamples {
            n: samples.len(),
            n_scored: samples.clone().filter(is_scored).count(),
            another_could_decide: samples.into_iter().any(could_decide),
        }
    }

    /// Every sample, in the order of the input, as a row that stands by itself; `reader` is of the samples.
    pub(super) fn rows<'a>(
        &'a self,
        protocol: &'a Protocol,
        mut reader: ComponentReader<'a>,
    ) -> impl Iterator<Item = SampleScore> + 'a {
        let components = protocol.components();
        let n_components_expected = components.len();
        (0..self.measurements.len()).map(move |at| {
            let score = Some(self.scores[at]).filter(|it| !it.is_nan());
            let full = score.filter(|_| self.n_components[at] == n_components_expected);
            let class = |scheme: &Scheme| Some((scheme.name.clone(), scheme.classes[scheme.classify(full?)].clone()));
            let remark = |(found, component): (ScoredComponent, &Component)| {
                let flags: Vec<Flag> = found.flags.iter().collect();
                (!flags.is_empty()).then(|| SampleRemark { component: component.clone(), flags })
            };
            SampleScore {
                patient_id: self.measurements.patient_ids()[at].clone(),
                sample_id: self.measurements.sample_ids()[at].clone(),
                score,
                classes: protocol.schemes.iter().filter_map(class).collect(),
                n_components: self.n_components[at],
                n_components_expected,
                decides: self.deciding.binary_search(&at).is_ok(),
                remarks: reader.components(at).zip(&components).filter_map(remark).collect(),
            }
        })
    }
}
