//! What a person reads: pages, figures, and the structs behind them.
//!
//! ```text
//! CohortReport ─┬─ figures::draw_all ─► Figure (SVG) ─┐
//!               ├─ html::cohort::render ◄─────────────┘ ─► cohort.html
//!               └─ PatientReports ─► PatientReport ─► html::patient::render ─► patients/<stem>.html
//! ```
//!
//! Everything here is a function of its arguments. Numbers are rounded in [`mod@format`] alone, colours come out of
//! [`palette`] alone.

pub mod figures;
mod file_name;
pub mod format;
pub mod html;
pub mod palette;
pub mod patient;
pub mod quality;
pub mod run;
pub mod summary;
pub(crate) mod wording;

pub use file_name::page_file_stem;
pub use patient::PatientReports;

use crate::protocol::{Protocol, Scheme};
use crate::score::contexture::Contexture;
use crate::score::reference::ReferenceSummary;
use crate::score::{PatientProfile, PatientScore, Rejection, SampleScore};
use crate::stratify::{InputFile, Statistics};

/// What the pages and figures of a cohort are made from.
#[derive(Clone, Copy, Debug)]
pub struct CohortReport<'a> {
    /// Name of the study.
    pub title: &'a str,
    /// What was scored, and how.
    pub protocol: &'a Protocol,
    /// The reference of the percentiles; absent if the score needs none.
    pub reference: Option<&'a ReferenceSummary>,
    /// What was added to both sides of a ratio, in its unit of measurement; absent if the score is none.
    pub ratio_offset: Option<f64>,
    /// Patients with a score, full or partial.
    pub scores: &'a [PatientScore],
    /// All patients read.
    pub profiles: &'a [PatientProfile],
    /// Why the other patients have no score.
    pub rejected: &'a [Rejection],
    /// Every sample, sorted, where each is scored by itself; empty where those of a patient became one measurement.
    pub samples: &'a [SampleScore],
    /// The contexture of every patient; absent if the study does not ask for it.
    pub contexture: Option<&'a Contexture>,
    /// How the scores relate to survival; absent if the study has no clinical table.
    pub statistics: Option<&'a Statistics>,
    /// Every file that was read.
    pub inputs: &'a [InputFile],
    /// Seed of everything random.
    pub seed: u64,
}

impl<'a> CohortReport<'a> {
    /// Patients whose score has every component.
    pub fn full_scores(&self) -> impl Iterator<Item = &'a PatientScore> + use<'a> {
        self.scores.iter().filter(|it| !it.is_partial())
    }

    /// Patients without a score.
    pub fn n_rejected(&self) -> usize {
        let mut patients: Vec<&str> = self.rejected.iter().map(|it| it.patient_id.as_str()).collect();
        patients.sort_unstable();
        patients.dedup();
        patients.len()
    }

    /// Patients with a full score in each class of a scheme, from the lowest class.
    pub fn class_counts(&self, scheme: &Scheme) -> Vec<usize> {
        let mut counts = vec![0; scheme.classes.len()];
        for score in self.full_scores() {
            if let Some(class) = class_index(score, scheme) {
                counts[class] += 1;
            }
        }
        counts
    }
}

/// The place of a patient's class in its scheme; absent if the score was not put into that scheme.
pub(crate) fn class_index(score: &PatientScore, scheme: &Scheme) -> Option<usize> {
    let assigned = score.class_in(&scheme.name)?;
    scheme.classes.iter().position(|it| *it == assigned.class)
}

#[cfg(test)]
pub(crate) mod example;
