//! The samples of a cohort in the output folder of scoring, where each is scored by itself: written, and read back.
//!
//! What was measured of a sample is written for the reader; of it, the steps that follow need the remarks alone.

use std::path::Path;

use super::output::Output;
use super::scored::{classes, component, flags, index, logical, required, table, table_path};
use super::table_file::TableFile;
use super::table_output;
use crate::error::Result;
use crate::protocol::{ComponentSpec, OutputFormat, Protocol, Scheme};
use crate::score::{SampleRemark, SampleScore, ScoredCohort, ScoredSamples};
use crate::table::column::{MARKER, PATIENT_ID, REGION, SAMPLE_ID};
use crate::table::patients;

/// The table of samples.
const SCORES: &str = "sample_scores";

/// The table of their components.
const PROFILES: &str = "sample_profiles";

/// Writes the samples of a cohort.
///
/// # Errors
///
/// [`Error::Write`](crate::error::Error::Write).
pub(super) fn write(
    output: &Output,
    cohort: &ScoredCohort,
    samples: &ScoredSamples,
    formats: &[OutputFormat],
) -> Result<()> {
    let scores: Vec<SampleScore> = cohort.sample_scores().collect();
    table_output::write(output, SCORES, &patients::sample_scores(&scores, cohort.protocol()), formats)?;
    table_output::write(output, PROFILES, &patients::sample_profiles(cohort, samples.measurements()), formats)
}

/// Reads what [`write`] wrote; empty if it wrote nothing.
///
/// # Errors
///
/// * [`Error::UnusableFile`](crate::error::Error::UnusableFile) if only one of the tables is there.
/// * [`Error::Value`](crate::error::Error::Value) if they contradict each other, or the protocol.
/// * As [`TableFile`].
pub(super) fn read(folder: &Path, protocol: &Protocol) -> Result<Vec<SampleScore>> {
    if table_path(folder, SCORES).is_none() {
        return Ok(Vec::new());
    }
    let mut samples = match table(folder, SCORES)? {
        Some(table) => read_scores(&table, protocol)?,
        None => Vec::new(),
    };
    if let Some(table) = table(folder, PROFILES)? {
        read_remarks(&table, &protocol.specs(), &mut samples)?;
    }
    Ok(samples)
}

fn read_scores(table: &TableFile, protocol: &Protocol) -> Result<Vec<SampleScore>> {
    let (patient_ids, sample_ids) = (table.identifiers(PATIENT_ID)?, table.identifiers(SAMPLE_ID)?);
    let (score, decides) = (table.numbers("score")?, logical(table, "decides")?);
    let n_components = required(table, "n_components", table.counts("n_components")?)?;
    let n_expected = required(table, "n_components_expected", table.counts("n_components_expected")?)?;
    let classes: Vec<(&Scheme, Vec<Option<String>>)> =
        protocol.schemes.iter().map(|it| Ok((it, classes(table, it, &it.name)?))).collect::<Result<_>>()?;
    let class = |row: usize| classes.iter().filter_map(move |it| Some((it.0.name.clone(), it.1[row].clone()?)));
    let samples = patient_ids.into_iter().zip(sample_ids).enumerate();
    let sample = |(row, (patient_id, sample_id))| SampleScore {
        patient_id,
        sample_id,
        score: score[row],
        classes: class(row).collect(),
        n_components: index(n_components[row]),
        n_components_expected: index(n_expected[row]),
        decides: decides[row],
        remarks: Vec::new(),
    };
    Ok(samples.map(sample).collect())
}

/// Puts what is to be known of their components to the samples, which both tables have in one order.
fn read_remarks(table: &TableFile, specs: &[ComponentSpec], samples: &mut [SampleScore]) -> Result<()> {
    let (patient_ids, sample_ids) = (table.identifiers(PATIENT_ID)?, table.identifiers(SAMPLE_ID)?);
    let (markers, regions) = (table.identifiers(MARKER)?, table.identifiers(REGION)?);
    for (row, flags) in flags(table)?.into_iter().enumerate() {
        let of_row = |it: &&mut SampleScore| it.patient_id == patient_ids[row] && it.sample_id == sample_ids[row];
        let sample = samples.get_mut(row / specs.len()).filter(of_row).ok_or_else(|| {
            table.value_error(row, SAMPLE_ID, &sample_ids[row], "the samples of 'sample_scores', in their order")
        })?;
        let component = specs[component(table, specs, row, (&markers[row], &regions[row]))?].component();
        if !flags.is_empty() {
            sample.remarks.push(SampleRemark { component, flags });
        }
    }
    Ok(())
}
