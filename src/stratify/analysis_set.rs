//! Which patients an endpoint is analysed in, and why the others are not.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ClinicalTable, EndpointValue};
use crate::error::Result;
use crate::protocol::{Endpoint, HighScore, ReferenceMode};
use crate::score::{PatientProfile, PatientScore};
use crate::survival::{Cohort, Outcome};

/// A scored cohort, as far as survival needs it.
#[derive(Clone, Copy, Debug)]
pub struct ScoredPatients<'a> {
    /// Patients with a score, sorted by id.
    pub scores: &'a [PatientScore],
    /// Every patient whose densities were read, sorted by id.
    pub profiles: &'a [PatientProfile],
    /// Where the reference came from.
    pub reference_mode: ReferenceMode,
    /// Whether those that cut-offs were learned from are left out.
    pub leaves_out_cutoff_training: bool,
    /// How many points of the score a hazard ratio is given for.
    pub points_of_effect: f64,
    /// What a high score is expected to mean.
    pub high_score: HighScore,
}

impl ScoredPatients<'_> {
    /// Why a score is not tested in its patient; absent if it is.
    ///
    /// METHOD: patients who made the reference do not test it, nor those whom the cut-offs were learned from. Where these are
    /// all there are, they stay, and the pages say what that is worth.
    pub fn why_not_tested(&self, score: &PatientScore) -> Option<ExclusionReason> {
        if score.in_reference && self.reference_mode == ReferenceMode::Training {
            return Some(ExclusionReason::TrainingSplit);
        }
        (score.in_cutoff_training && self.leaves_out_cutoff_training).then_some(ExclusionReason::CutoffTraining)
    }
}

/// The patients that an endpoint is analysed in, sorted by id.
#[derive(Clone, Debug)]
pub struct AnalysisSet<'a> {
    /// Their scores.
    pub scores: Vec<&'a PatientScore>,
    /// Their places in the clinical table.
    pub clinical_rows: Vec<usize>,
    /// Their times and events, in the endpoint's unit.
    pub cohort: Cohort,
    /// How many points of the score a hazard ratio is given for.
    pub points_of_effect: f64,
    /// What a high score is expected to mean.
    pub high_score: HighScore,
}

/// A patient who is not analysed for an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// The patient.
    pub patient_id: String,
    /// Short name of the endpoint.
    pub endpoint: String,
    /// The reason.
    pub reason: ExclusionReason,
    /// What was found.
    pub found: String,
}

/// Why a patient is not analysed for an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExclusionReason {
    /// The clinical table has the patient, the densities have not.
    NoDensities,
    /// The densities were rejected.
    NotScored,
    /// The score lacks components; partial scores are never pooled with full ones.
    PartialScore,
    /// The reference was built from the patient.
    TrainingSplit,
    /// Cut-offs were learned from the patient.
    CutoffTraining,
    /// The clinical table has no such patient.
    NoClinicalRow,
    /// The time is not known.
    TimeMissing,
    /// The time is 0 or less.
    TimeNotPositive,
    /// Whether the event happened is not known.
    EventMissing,
}

impl ExclusionReason {
    /// All reasons, in the order they are checked in.
    pub const ALL: [Self; 9] = [
        Self::NoDensities,
        Self::NotScored,
        Self::PartialScore,
        Self::TrainingSplit,
        Self::CutoffTraining,
        Self::NoClinicalRow,
        Self::TimeMissing,
        Self::TimeNotPositive,
        Self::EventMissing,
    ];

    /// The code used in tables.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoDensities => "no_densities",
            Self::NotScored => "not_scored",
            Self::PartialScore => "partial_score",
            Self::TrainingSplit => "training_split",
            Self::CutoffTraining => "cutoff_training",
            Self::NoClinicalRow => "no_clinical_row",
            Self::TimeMissing => "time_missing",
            Self::TimeNotPositive => "time_not_positive",
            Self::EventMissing => "event_missing",
        }
    }

    /// In plain words.
    pub const fn description(self) -> &'static str {
        match self {
            Self::NoDensities => "in the clinical table, without densities",
            Self::NotScored => "densities rejected, so no score",
            Self::PartialScore => "score lacks components",
            Self::TrainingSplit => "training split, which made the reference",
            Self::CutoffTraining => "training split, which the cut-offs were learned from",
            Self::NoClinicalRow => "not in the clinical table",
            Self::TimeMissing => "time of follow-up missing",
            Self::TimeNotPositive => "time of follow-up 0 or less",
            Self::EventMissing => "event status missing",
        }
    }

    /// What is expected instead.
    pub const fn expected(self) -> &'static str {
        match self {
            Self::NoDensities => "densities of every component",
            Self::NotScored => "a score",
            Self::PartialScore => "a score of every component",
            Self::TrainingSplit | Self::CutoffTraining => "a patient outside the training split",
            Self::NoClinicalRow => "a row in the clinical table",
            Self::TimeMissing => "a time",
            Self::TimeNotPositive => "a time greater than 0",
            Self::EventMissing => "event or censored",
        }
    }
}

/// Puts scores and clinical data together for an endpoint.
///
/// Every patient of either table is in the set or among the exclusions, once, with the first reason that applies.
///
/// # Errors
///
/// [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a time is not finite, which the clinical table does not let in.
pub fn analysis_set<'a>(
    endpoint: &Endpoint,
    scored: ScoredPatients<'a>,
    clinical: &ClinicalTable,
) -> Result<(AnalysisSet<'a>, Vec<Exclusion>)> {
    let values = &clinical.endpoints[&endpoint.name];
    let patients: BTreeSet<&str> = scored
        .profiles
        .iter()
        .map(|it| it.patient_id.as_str())
        .chain(scored.scores.iter().map(|it| it.patient_id.as_str()))
        .chain(clinical.patient_ids.iter().map(String::as_str))
        .collect();

    let (mut scores, mut clinical_rows, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
    let mut exclusions = Vec::new();
    for patient_id in patients {
        match candidate(patient_id, scored, clinical, values) {
            Ok((score, row, outcome)) => {
                scores.push(score);
                clinical_rows.push(row);
                outcomes.push(outcome);
            }
            Err((reason, found)) => exclusions.push(Exclusion {
                patient_id: patient_id.to_owned(),
                endpoint: endpoint.name.clone(),
                reason,
                found,
            }),
        }
    }
    let ScoredPatients { points_of_effect, high_score, .. } = scored;
    let cohort = Cohort::new(outcomes)?;
    Ok((AnalysisSet { scores, clinical_rows, cohort, points_of_effect, high_score }, exclusions))
}

type Candidate<'a> = (&'a PatientScore, usize, Outcome);

fn candidate<'a>(
    patient_id: &str,
    scored: ScoredPatients<'a>,
    clinical: &ClinicalTable,
    values: &[EndpointValue],
) -> Result<Candidate<'a>, (ExclusionReason, String)> {
    let because = |reason, found: &str| Err((reason, found.to_owned()));
    let Ok(at) = scored.scores.binary_search_by(|it| it.patient_id.as_str().cmp(patient_id)) else {
        let was_read = scored.profiles.binary_search_by(|it| it.patient_id.as_str().cmp(patient_id)).is_ok();
        let reason = if was_read { ExclusionReason::NotScored } else { ExclusionReason::NoDensities };
        return because(reason, "");
    };
    let score = &scored.scores[at];
    if score.is_partial() {
        return because(ExclusionReason::PartialScore, &score.label());
    }
    if let Some(reason) = scored.why_not_tested(score) {
        return because(reason, "");
    }
    let Some(row) = clinical.position(patient_id) else {
        return because(ExclusionReason::NoClinicalRow, "");
    };
    let Some(time) = values[row].time else {
        return because(ExclusionReason::TimeMissing, "");
    };
    // METHOD: a patient without time at risk tells nothing of survival, and points to an error in the table.
    if time <= 0.0 {
        return because(ExclusionReason::TimeNotPositive, &time.to_string());
    }
    let Some(event) = values[row].event else {
        return because(ExclusionReason::EventMissing, "");
    };
    Ok((score, row, Outcome { time, event }))
}
