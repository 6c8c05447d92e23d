//! The contexture of a cohort in the output folder of scoring: written, and read back.
//!
//! What follows from the markers (means of axes, core against margin, ratios) is written for the reader, and computed again
//! when it is read.

use std::path::Path;

use super::output::Output;
use super::scored::{flags, index, percentiles, table};
use super::table_file::TableFile;
use super::{json, table_output};
use crate::error::Result;
use crate::protocol::OutputFormat;
use crate::score::contexture::change::{CohortChange, Measured, MeasuredTwice, PatientChange};
use crate::score::contexture::{Contexture, ContextureRecord, MarkerProfile, NoPercentile, PatientContexture};
use crate::table::column::{AREA_MM2, MARKER, N_CELLS, PATIENT_ID, REGION};
use crate::table::contexture;

/// The file of what is about all patients.
const RECORD: &str = "contexture.json";

/// The table of markers.
const MARKERS: &str = "contexture_markers";

/// The table of what changed in each patient.
const CHANGE: &str = "contexture_change";

/// Writes a contexture.
///
/// # Errors
///
/// [`Error::Write`](crate::error::Error::Write).
pub(super) fn write(output: &Output, contexture: &Contexture, formats: &[OutputFormat]) -> Result<()> {
    let Contexture { record, patients, changes } = contexture;
    output.write(RECORD, json::to_text(record).as_bytes())?;
    table_output::write(output, "contexture", &contexture::axes(patients, &record.axes), formats)?;
    table_output::write(output, MARKERS, &contexture::markers(patients, &record.axes), formats)?;
    table_output::write(output, "contexture_location", &contexture::location(patients), formats)?;
    if let Some(change) = &record.change {
        table_output::write(output, CHANGE, &contexture::change(changes), formats)?;
        let cohort = contexture::cohort_change(change, |marker| record.axes.sign_of(marker));
        table_output::write(output, "contexture_change_cohort", &cohort, formats)?;
    }
    Ok(())
}

/// Reads what [`write`] wrote; absent if it wrote nothing.
///
/// # Errors
///
/// As [`json::read`] and [`TableFile`].
pub(super) fn read(folder: &Path) -> Result<Option<Contexture>> {
    if !folder.join(RECORD).exists() {
        return Ok(None);
    }
    let record: ContextureRecord = json::read_of_step(folder, RECORD, "score")?;
    let patients = table(folder, MARKERS)?.map(|it| read_markers(&it, &record)).transpose()?.unwrap_or_default();
    let changes = match &record.change {
        Some(change) => table(folder, CHANGE)?.map(|it| read_changes(&it, change)).transpose()?.unwrap_or_default(),
        None => Vec::new(),
    };
    Ok(Some(Contexture { record, patients, changes }))
}

fn read_markers(table: &TableFile, record: &ContextureRecord) -> Result<Vec<PatientContexture>> {
    let patient_ids = table.identifiers(PATIENT_ID)?;
    let (regions, markers) = (table.identifiers(REGION)?, table.identifiers(MARKER)?);
    let (n_samples, n_cells) = (table.counts("n_samples")?, table.counts(N_CELLS)?);
    let (area_mm2, value) = (table.numbers(AREA_MM2)?, table.numbers("value")?);
    let (lower, upper) = (table.numbers("value_lower")?, table.numbers("value_upper")?);
    let (percentile, reasons) = (percentiles(table, "percentile")?, table.texts("no_percentile")?);
    let flags = flags(table)?;

    let mut patients: Vec<(String, Vec<MarkerProfile>)> = Vec::new();
    for (row, flags) in flags.into_iter().enumerate() {
        let is_it = |marker: &str, region: &str| marker == markers[row] && region == regions[row];
        let standard = record
            .components
            .iter()
            .find(|it| is_it(it.component.marker.as_str(), it.component.region.as_str()))
            .ok_or_else(|| table.value_error(row, MARKER, &markers[row], "a marker and region of contexture.json"))?;
        let reason = |code: &String| {
            let known = NoPercentile::ALL.into_iter().find(|it| it.code() == code);
            known.ok_or_else(|| table.value_error(row, "no_percentile", code, "a known reason"))
        };
        let profile = MarkerProfile {
            component: standard.component.clone(),
            measure: standard.measure,
            sign: record.axes.sign_of(&standard.component.marker),
            n_samples: n_samples[row].map_or(0, index),
            n_cells: n_cells[row],
            area_mm2: area_mm2[row],
            value: value[row],
            value_lower: lower[row],
            value_upper: upper[row],
            percentile: percentile[row],
            no_percentile: reasons[row].as_ref().map(reason).transpose()?,
            flags,
        };
        match patients.last_mut().filter(|it| it.0 == patient_ids[row]) {
            Some(patient) => patient.1.push(profile),
            None => patients.push((patient_ids[row].clone(), vec![profile])),
        }
    }
    let with_axes = |(id, markers)| PatientContexture::of_markers(id, markers, &record.axes);
    Ok(patients.into_iter().map(with_axes).collect())
}

fn read_changes(table: &TableFile, change: &CohortChange) -> Result<Vec<PatientChange>> {
    let patient_ids = table.identifiers(PATIENT_ID)?;
    let (regions, markers) = (table.identifiers(REGION)?, table.identifiers(MARKER)?);
    let side = |time: &str| -> Result<Vec<Option<Measured>>> {
        let n_cells = table.counts(&format!("{N_CELLS}_{time}"))?;
        let area_mm2 = table.numbers(&format!("{AREA_MM2}_{time}"))?;
        let value = table.numbers(&format!("value_{time}"))?;
        let measured =
            |row: usize| Some(Measured { n_cells: n_cells[row], area_mm2: area_mm2[row], value: value[row]? });
        Ok((0..value.len()).map(measured).collect())
    };
    let (before, after) = (side("before")?, side("after")?);
    let mut patients: Vec<PatientChange> = Vec::new();
    for (row, patient_id) in patient_ids.into_iter().enumerate() {
        let component = change
            .components
            .iter()
            .find(|it| it.component.marker.as_str() == markers[row] && it.component.region.as_str() == regions[row])
            .ok_or_else(|| table.value_error(row, MARKER, &markers[row], "a marker and region of contexture.json"))?;
        let twice = MeasuredTwice {
            component: component.component.clone(),
            measure: component.measure,
            before: before[row],
            after: after[row],
        };
        match patients.last_mut().filter(|it| it.patient_id == patient_id) {
            Some(patient) => patient.components.push(twice),
            None => patients.push(PatientChange { patient_id, components: vec![twice] }),
        }
    }
    Ok(patients)
}
