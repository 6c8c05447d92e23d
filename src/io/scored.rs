//! The results of scoring, on disk: `densities`, `scores`, `profiles`, `rejected`, those of samples, `reference.json`, `score.json`.
//!
//! What is written reads back as it was, so that the next step gives the same result from the files as from memory.

use std::path::{Path, PathBuf};

use polars::prelude::DataFrame;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::output::Output;
use super::table_file::TableFile;
use super::table_output;
use super::{groups, json, reference_file, scored_contexture, scored_samples};
use crate::error::{Error, Result};
use crate::model::Percentile;
use crate::protocol::{ComponentSpec, OutputFormat, Protocol, Scheme};
use crate::score::contexture::Contexture;
use crate::score::reference::ReferenceSummary;
use crate::score::{
    ClassAssignment, ComponentProfile, Flag, Grouping, PatientProfile, PatientScore, Rejection, RejectionReason,
    SampleScore, ScoredCohort,
};
use crate::stratify::InputFile;
use crate::table::column::{AREA_MM2, CELLS_PER_MM2, MARKER, N_CELLS, PATIENT_ID, REGION};
use crate::table::patients;

/// Version of the schema of `score.json`, raised when an old reader could misread a new file.
pub const SCORE_SCHEMA_VERSION: u32 = 1;

/// How a cohort was scored: the content of `score.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreRecord {
    /// Version of this file's schema; 1.
    pub schema_version: u32,
    /// Version of contexture that wrote it.
    pub contexture_version: String,
    /// Seed of the Monte Carlo intervals.
    pub seed: u64,
    /// The protocol, with what the study changes of it.
    pub protocol: Protocol,
    /// The reference of the percentiles; absent if the score needs none.
    pub reference: Option<ReferenceSummary>,
    /// What was added to both sides of a ratio, so that a zero has one; absent if the score is no ratio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio_offset: Option<f64>,
    /// Every file that was read, with its checksum.
    pub inputs: Vec<InputFile>,
}

/// A scored cohort as the later steps need it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// How it was scored.
    pub record: ScoreRecord,
    /// Patients with a score, sorted.
    pub scores: Vec<PatientScore>,
    /// Components of every patient, sorted.
    pub profiles: Vec<PatientProfile>,
    /// Why the others have no score.
    pub rejected: Vec<Rejection>,
    /// Every sample, sorted, where each is scored by itself; empty where those of a patient became one measurement.
    pub samples: Vec<SampleScore>,
    /// The groups of patients that the study compares.
    pub groupings: Vec<Grouping>,
    /// The contexture of every patient; absent if the study does not ask for it.
    pub contexture: Option<Contexture>,
}

impl Scored {
    /// A cohort that was just scored, as [`read`] would read it back.
    pub fn of(
        record: ScoreRecord,
        cohort: &ScoredCohort,
        groupings: Vec<Grouping>,
        contexture: Option<Contexture>,
    ) -> Self {
        Self {
            record,
            scores: cohort.scores().collect(),
            profiles: cohort.profiles().collect(),
            rejected: cohort.rejected.clone(),
            samples: cohort.sample_scores().collect(),
            groupings,
            contexture,
        }
    }
}

/// Writes the results of scoring, and beside them the densities that were scored.
///
/// # Errors
///
/// [`Error::Write`].
pub fn write(
    output: &Output,
    record: &ScoreRecord,
    cohort: &ScoredCohort,
    groupings: &[Grouping],
    contexture: Option<&Contexture>,
    densities: &DataFrame,
    formats: &[OutputFormat],
) -> Result<()> {
    table_output::write(output, "densities", densities, formats)?;
    table_output::write(output, "scores", &patients::scores(cohort), formats)?;
    table_output::write(output, "profiles", &patients::profiles(cohort), formats)?;
    table_output::write(output, "rejected", &patients::rejected(&cohort.rejected), formats)?;
    cohort.samples().map_or(Ok(()), |it| scored_samples::write(output, cohort, it, formats))?;
    groups::write(output, groupings)?;
    contexture.map_or(Ok(()), |it| scored_contexture::write(output, it, formats))?;
    if let Some(reference) = &cohort.reference {
        output.write("reference.json", reference_file::to_text(&reference.file).as_bytes())?;
    }
    output.write("score.json", json::to_text(record).as_bytes())?;
    output.end_step("score")
}

/// Reads the results of scoring.
///
/// # Errors
///
/// * [`Error::UnusableFile`] if the folder holds none, or they contradict each other.
/// * As [`TableFile`] and [`json::read`].
pub fn read(folder: &Path) -> Result<Scored> {
    let record: ScoreRecord = json::read_of_step(folder, "score.json", "score")?;
    let scores = match table(folder, "scores")? {
        Some(table) => read_scores(&table, &record.protocol)?,
        None => Vec::new(),
    };
    let profiles = match table(folder, "profiles")? {
        Some(table) => read_profiles(&table, &record.protocol.specs())?,
        None => Vec::new(),
    };
    let rejected = match table(folder, "rejected")? {
        Some(table) => read_rejected(&table)?,
        None => Vec::new(),
    };
    let samples = scored_samples::read(folder, &record.protocol)?;
    let (groupings, contexture) = (groups::read(folder)?, scored_contexture::read(folder)?);
    Ok(Scored { record, scores, profiles, rejected, samples, groupings, contexture })
}

/// The file of a table that a step wrote, in the first format that is there.
pub(super) fn table_path(folder: &Path, name: &str) -> Option<PathBuf> {
    ["tsv", "parquet"].map(|it| folder.join(format!("{name}.{it}"))).into_iter().find(|it| it.exists())
}

/// A table that a step wrote; absent if it has no rows.
pub(super) fn table(folder: &Path, name: &str) -> Result<Option<TableFile>> {
    let path = table_path(folder, name).ok_or_else(|| Error::UnusableFile {
        path: folder.to_owned(),
        problem: format!("has no table '{name}'; expected the output of 'contexture score'"),
    })?;
    TableFile::read_allowing_no_rows(&path)
}

fn read_scores(table: &TableFile, protocol: &Protocol) -> Result<Vec<PatientScore>> {
    let patient_ids = table.identifiers(PATIENT_ID)?;
    let score = required(table, "score", table.numbers("score")?)?;
    let ends = |source: &str| -> Result<[Vec<Option<f64>>; 2]> {
        let end = |end: &str| table.numbers(&format!("score_{end}{source}"));
        Ok([end("lower")?, end("upper")?])
    };
    let ([lower, upper], [lower_counting, upper_counting]) = (ends("")?, ends("_counting")?);
    let [lower_reference, upper_reference] = ends("_reference")?;
    let near_cut = optional_logical(table, "near_cut")?;
    let in_reference = logical(table, "in_reference")?;
    let in_cutoff_training = logical(table, "in_cutoff_training")?;
    let distance_to_cut = table.numbers("distance_to_cut")?;
    let n_components = required(table, "n_components", table.counts("n_components")?)?;
    let n_expected = required(table, "n_components_expected", table.counts("n_components_expected")?)?;
    let (n_samples, n_samples_scored) = (table.counts("n_samples")?, table.counts("n_samples_scored")?);
    let flags = flags(table)?;
    let schemes: Vec<SchemeColumns> =
        protocol.schemes.iter().map(|it| SchemeColumns::of(table, it)).collect::<Result<_>>()?;
    Ok(patient_ids
        .into_iter()
        .zip(flags)
        .enumerate()
        .map(|(row, (patient_id, flags))| PatientScore {
            patient_id,
            score: score[row],
            score_lower: lower[row],
            score_upper: upper[row],
            score_lower_counting: lower_counting[row],
            score_upper_counting: upper_counting[row],
            score_lower_reference: lower_reference[row],
            score_upper_reference: upper_reference[row],
            classes: schemes.iter().filter_map(|it| it.assignment(row)).collect(),
            near_cut: near_cut[row],
            distance_to_cut: distance_to_cut[row],
            n_components: index(n_components[row]),
            n_components_expected: index(n_expected[row]),
            in_reference: in_reference[row],
            in_cutoff_training: in_cutoff_training[row],
            n_samples: n_samples[row].map(index),
            n_samples_scored: n_samples_scored[row].map(index),
            flags,
        })
        .collect())
}

/// A column of classes of a scheme.
pub(super) fn classes(table: &TableFile, scheme: &Scheme, column: &str) -> Result<Vec<Option<String>>> {
    let cells = table.texts(column)?;
    let is_strange = |it: &Option<String>| it.as_ref().is_some_and(|it| !scheme.classes.contains(it));
    let Some(row) = cells.iter().position(is_strange) else { return Ok(cells) };
    let found = cells[row].as_deref().unwrap_or("");
    Err(table.value_error(row, column, found, &format!("one of {}", scheme.classes.join(", "))))
}

/// The columns of one scheme in `scores`.
struct SchemeColumns {
    scheme: String,
    class: Vec<Option<String>>,
    class_mid: Vec<Option<String>>,
    class_leq: Vec<Option<String>>,
    /// By both sources of error, by counting alone, by the reference alone: one column a class.
    probabilities: [Vec<Vec<Option<f64>>>; 3],
}

impl SchemeColumns {
    fn of(table: &TableFile, scheme: &Scheme) -> Result<Self> {
        let class = |column: &str| classes(table, scheme, column);
        let probabilities = |source: &str| -> Result<Vec<_>> {
            let of = |name: &String| table.numbers(&patients::class_probability(&scheme.name, name, source));
            scheme.classes.iter().map(of).collect()
        };
        Ok(Self {
            scheme: scheme.name.clone(),
            class: class(&scheme.name)?,
            class_mid: class(&patients::class_mid(&scheme.name))?,
            class_leq: class(&patients::class_leq(&scheme.name))?,
            probabilities: [probabilities("")?, probabilities("_counting")?, probabilities("_reference")?],
        })
    }

    /// The class in a row; absent for a partial score.
    fn assignment(&self, row: usize) -> Option<ClassAssignment> {
        let probabilities = |it: &Vec<Vec<Option<f64>>>| it.iter().map(|it| it[row]).collect();
        let [both, counting, reference] = &self.probabilities;
        Some(ClassAssignment {
            scheme: self.scheme.clone(),
            class: self.class[row].clone()?,
            class_mid: self.class_mid[row].clone(),
            class_leq: self.class_leq[row].clone(),
            probabilities: probabilities(both),
            probabilities_counting: probabilities(counting),
            probabilities_reference: probabilities(reference),
        })
    }
}

fn read_profiles(table: &TableFile, specs: &[ComponentSpec]) -> Result<Vec<PatientProfile>> {
    let patient_ids = table.identifiers(PATIENT_ID)?;
    let (regions, markers) = (table.identifiers(REGION)?, table.identifiers(MARKER)?);
    let n_samples = required(table, "n_samples", table.counts("n_samples")?)?;
    let (n_cells, n_whole) = (table.counts(N_CELLS)?, table.counts("n_whole")?);
    let [area_mm2, density, lower, upper] =
        [AREA_MM2, CELLS_PER_MM2, "cells_per_mm2_lower", "cells_per_mm2_upper"].map(|it| table.numbers(it));
    let (area_mm2, density, lower, upper) = (area_mm2?, density?, lower?, upper?);
    let [value, value_lower, value_upper] = ["value", "value_lower", "value_upper"].map(|it| table.numbers(it));
    let (value, value_lower, value_upper) = (value?, value_lower?, value_upper?);
    let (contribution, distance_to_cutoff) = (table.numbers("contribution")?, table.numbers("distance_to_cutoff")?);
    let percentile = |name: &str| percentiles(table, name);
    let [percentile, leq, lt] = ["percentile", "percentile_leq", "percentile_lt"].map(percentile);
    let (percentile, leq, lt) = (percentile?, leq?, lt?);
    let flags = flags(table)?;

    let mut profiles: Vec<PatientProfile> = Vec::new();
    for (row, flags) in flags.into_iter().enumerate() {
        let spec = &specs[component(table, specs, row, (&markers[row], &regions[row]))?];
        let profile = ComponentProfile {
            component: spec.component(),
            measure: spec.measure,
            n_cells: n_cells[row],
            n_whole: n_whole[row],
            area_mm2: area_mm2[row],
            cells_per_mm2: density[row],
            cells_per_mm2_lower: lower[row],
            cells_per_mm2_upper: upper[row],
            value: value[row],
            value_lower: value_lower[row],
            value_upper: value_upper[row],
            contribution: contribution[row],
            distance_to_cutoff: distance_to_cutoff[row],
            n_samples: index(n_samples[row]),
            percentile: percentile[row],
            percentile_leq: leq[row],
            percentile_lt: lt[row],
            flags,
        };
        match profiles.last_mut().filter(|it| it.patient_id == patient_ids[row]) {
            Some(patient) => patient.components.push(profile),
            None => {
                profiles.push(PatientProfile { patient_id: patient_ids[row].clone(), components: vec![profile] });
            }
        }
    }
    Ok(profiles)
}

/// The place in the protocol of the marker and region of a row.
pub(super) fn component(
    table: &TableFile,
    specs: &[ComponentSpec],
    row: usize,
    (marker, region): (&str, &str),
) -> Result<usize> {
    let place = specs.iter().position(|it| it.marker.as_str() == marker && it.region.as_str() == region);
    place.ok_or_else(|| table.value_error(row, MARKER, marker, "a marker and region of the protocol"))
}

fn read_rejected(table: &TableFile) -> Result<Vec<Rejection>> {
    let patient_ids = table.identifiers(PATIENT_ID)?;
    let codes = table.identifiers("reason")?;
    let (found, expected) = (table.identifiers("found")?, table.identifiers("expected")?);
    patient_ids
        .into_iter()
        .enumerate()
        .map(|(row, patient_id)| {
            let reason = RejectionReason::ALL.into_iter().find(|it| it.code() == codes[row]);
            let reason = reason.ok_or_else(|| table.value_error(row, "reason", &codes[row], "a known reason"))?;
            Ok(Rejection { patient_id, reason, found: found[row].clone(), expected: expected[row].clone() })
        })
        .collect()
}

pub(super) fn required<T: Copy>(table: &TableFile, column: &str, values: Vec<Option<T>>) -> Result<Vec<T>> {
    let value = |(row, value): (usize, Option<T>)| {
        value.ok_or_else(|| table.value_error(row, column, "", "a value in every row"))
    };
    values.into_iter().enumerate().map(value).collect()
}

pub(super) fn logical(table: &TableFile, column: &str) -> Result<Vec<bool>> {
    required(table, column, optional_logical(table, column)?)
}

fn optional_logical(table: &TableFile, column: &str) -> Result<Vec<Option<bool>>> {
    let value = |(row, cell): (usize, Option<String>)| match cell.as_deref() {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(other) => Err(table.value_error(row, column, other, "true or false")),
    };
    table.texts(column)?.into_iter().enumerate().map(value).collect()
}

pub(super) fn percentiles(table: &TableFile, column: &str) -> Result<Vec<Option<Percentile>>> {
    let value = |(row, value): (usize, Option<f64>)| {
        let in_range = |value: f64| {
            Percentile::try_from(value)
                .map_err(|_| table.value_error(row, column, &value.to_string(), "a percentile from 0 to 100"))
        };
        value.map(in_range).transpose()
    };
    table.numbers(column)?.into_iter().enumerate().map(value).collect()
}

pub(super) fn flags(table: &TableFile) -> Result<Vec<Vec<Flag>>> {
    let of_cell = |(row, cell): (usize, Option<String>)| {
        let flag =
            |code: &str| Flag::from_code(code).ok_or_else(|| table.value_error(row, "flags", code, "a known flag"));
        cell.iter().flat_map(|it| it.split(patients::FLAG_SEPARATOR)).map(flag).collect()
    };
    table.texts("flags")?.into_iter().enumerate().map(of_cell).collect()
}

pub(super) fn index(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
