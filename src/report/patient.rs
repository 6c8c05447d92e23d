//! The report of one patient: the content of `patients/<id>.json`, and what its page shows.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CohortReport, wording};
use crate::protocol::TimeUnit;
use crate::score::reference::ReferenceSummary;
use crate::score::{ComponentProfile, PatientProfile, PatientScore, Rejection, SampleScore};
use crate::stratify::{EndpointStatistics, GroupSurvival, SurvivalAtYears};
use crate::survival::kaplan_meier::Quantile;

/// Version of the schema of a patient's report, raised when an old reader could misread a new file.
pub const PATIENT_SCHEMA_VERSION: u32 = 1;

/// Everything the tool knows of one patient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatientReport {
    /// Version of this file's schema; 1.
    pub schema_version: u32,
    /// Version of contexture that wrote it.
    pub contexture_version: String,
    /// Always true: this is no diagnostic device.
    pub research_use_only: bool,
    /// Name of the study.
    pub study: String,
    /// The patient.
    pub patient_id: String,
    /// Name of the protocol.
    pub protocol: String,
    /// What the protocol's score is, in a line; with the sample that decides, where each is scored by itself.
    pub protocol_title: String,
    /// What one point of the score is.
    pub score_unit: String,
    /// The reference of the percentiles; absent if the score needs none.
    pub reference: Option<ReferenceSummary>,
    /// What was added to both sides of a ratio, in its unit of measurement; absent if the score is none.
    pub ratio_offset: Option<f64>,
    /// The score and its classes; absent if the patient was rejected.
    pub score: Option<PatientScore>,
    /// Why there is no score; empty if there is one.
    pub rejected: Vec<Rejection>,
    /// One entry a component of the protocol.
    pub components: Vec<ComponentProfile>,
    /// The samples, where each is scored by itself and one decides; empty where they became one measurement.
    pub samples: Vec<SampleScore>,
    /// What the cohort's patients of this class experienced, one entry an endpoint; empty without a full score.
    pub class_outcomes: Vec<ClassOutcome>,
}

/// What the patients of one class experienced in this cohort: never a prediction for one of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassOutcome {
    /// Name of the endpoint on pages.
    pub endpoint: String,
    /// Name of the scheme.
    pub scheme: String,
    /// The class.
    pub class: String,
    /// Patients of the class.
    pub n: usize,
    /// Events among them.
    pub n_events: usize,
    /// Unit of the median.
    pub time_unit: TimeUnit,
    /// Median survival of the class, absent if it was not reached.
    pub median: Quantile,
    /// Survival of the class at the study's times.
    pub survival_at: Vec<SurvivalAtYears>,
}

/// Makes the report of every patient of a cohort; what they share is looked up once.
#[derive(Clone, Debug)]
pub struct PatientReports<'a> {
    cohort: CohortReport<'a>,
    scores: BTreeMap<&'a str, &'a PatientScore>,
    rejected: BTreeMap<&'a str, Vec<&'a Rejection>>,
    /// Outcomes of each class of the primary scheme, by its name.
    outcomes: BTreeMap<&'a str, Vec<ClassOutcome>>,
}

impl<'a> PatientReports<'a> {
    /// The reports of a cohort.
    pub fn new(cohort: CohortReport<'a>) -> Self {
        let mut rejected: BTreeMap<&str, Vec<&Rejection>> = BTreeMap::new();
        for rejection in cohort.rejected {
            rejected.entry(&rejection.patient_id).or_default().push(rejection);
        }
        let scores = cohort.scores.iter().map(|it| (it.patient_id.as_str(), it)).collect();
        Self { cohort, scores, rejected, outcomes: class_outcomes(&cohort) }
    }

    /// The report of a patient whose components these are.
    pub fn of(&self, profile: &PatientProfile) -> PatientReport {
        let Self { cohort, scores, rejected, outcomes } = self;
        let id = profile.patient_id.as_str();
        let score = scores.get(id).copied();
        // A partial score is never pooled with full ones, so its class has no outcomes either.
        let class = score.filter(|it| !it.is_partial()).and_then(|it| it.class_in(&cohort.protocol.primary_scheme));
        PatientReport {
            schema_version: PATIENT_SCHEMA_VERSION,
            contexture_version: env!("CARGO_PKG_VERSION").to_owned(),
            research_use_only: true,
            study: cohort.title.to_owned(),
            patient_id: id.to_owned(),
            protocol: cohort.protocol.name.clone(),
            protocol_title: wording::title(cohort.protocol),
            score_unit: cohort.protocol.unit().to_owned(),
            reference: cohort.reference.cloned(),
            ratio_offset: cohort.ratio_offset,
            score: score.cloned(),
            rejected: rejected.get(id).into_iter().flatten().map(|&it| it.clone()).collect(),
            components: profile.components.clone(),
            samples: self.samples_of(id).to_vec(),
            class_outcomes: class.and_then(|it| outcomes.get(it.class.as_str())).cloned().unwrap_or_default(),
        }
    }
}

impl PatientReports<'_> {
    /// The samples of a patient, where each is scored by itself.
    fn samples_of(&self, patient_id: &str) -> &[SampleScore] {
        let samples = self.cohort.samples;
        let start = samples.partition_point(|it| it.patient_id.as_str() < patient_id);
        let end = samples.partition_point(|it| it.patient_id.as_str() <= patient_id);
        &samples[start..end]
    }
}

/// What each class of the primary scheme experienced, endpoint by endpoint; classes without patients are left out.
fn class_outcomes<'a>(cohort: &CohortReport<'a>) -> BTreeMap<&'a str, Vec<ClassOutcome>> {
    let mut outcomes: BTreeMap<&str, Vec<ClassOutcome>> = BTreeMap::new();
    for endpoint in cohort.statistics.iter().flat_map(|it| &it.endpoints) {
        let primary = endpoint.by_class.iter().filter(|it| it.scheme == cohort.protocol.primary_scheme);
        for group in primary.flat_map(|it| &it.groups).filter(|it| it.n > 0) {
            let outcome = class_outcome(endpoint, &cohort.protocol.primary_scheme, group);
            outcomes.entry(&group.class).or_default().push(outcome);
        }
    }
    outcomes
}

fn class_outcome(endpoint: &EndpointStatistics, scheme: &str, group: &GroupSurvival) -> ClassOutcome {
    ClassOutcome {
        endpoint: endpoint.label.clone(),
        scheme: scheme.to_owned(),
        class: group.class.clone(),
        n: group.n,
        n_events: group.n_events,
        time_unit: endpoint.time_unit,
        median: group.median.clone(),
        survival_at: group.survival_at.clone(),
    }
}
