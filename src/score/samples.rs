//! Samples of a patient that are scored each by itself, of which one decides.

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Measurements;
use crate::protocol::{DecidingSample, Protocol, Scheme};

/// The samples of a cohort, each with its score.
#[derive(Clone, Debug)]
pub struct ScoredSamples {
    measurements: Measurements,
    /// One entry a sample; NaN without a score.
    scores: Vec<f64>,
    /// Usable components of each sample.
    n_components: Vec<usize>,
    /// Place of the sample that decides for each patient.
    deciding: Vec<usize>,
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
        let deciding = measurements.by_patient().map(decides).collect();
        Self { measurements, scores, n_components, deciding }
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
    pub(super) fn of_patients(&self) -> Measurements {
        self.measurements.at(&self.deciding)
    }

    /// Every sample, in the order of the input, as a row that stands by itself.
    pub fn rows<'a>(&'a self, protocol: &'a Protocol) -> impl Iterator<Item = SampleScore> + 'a {
        let n_components_expected = protocol.specs().len();
        (0..self.measurements.len()).map(move |at| {
            let score = Some(self.scores[at]).filter(|it| !it.is_nan());
            let full = score.filter(|_| self.n_components[at] == n_components_expected);
            let class = |scheme: &Scheme| Some((scheme.name.clone(), scheme.classes[scheme.classify(full?)].clone()));
            SampleScore {
                patient_id: self.measurements.patient_ids()[at].clone(),
                sample_id: self.measurements.sample_ids()[at].clone(),
                score,
                classes: protocol.schemes.iter().filter_map(class).collect(),
                n_components: self.n_components[at],
                n_components_expected,
                decides: self.deciding.binary_search(&at).is_ok(),
            }
        })
    }
}
