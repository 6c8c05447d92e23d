//! The table `densities`, and what becomes of it: one measurement a patient and component.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::{
    ChunkedArray, DataFrame, Float64Type, PolarsResult, SortMultipleOptions, StringType, UInt64Type,
};

use super::column::{AREA_MM2, CELLS_PER_MM2, GRADE, MARKER, N_CELLS, PATIENT_ID, PERCENT, REGION, SAMPLE_ID};
use crate::error::{Error, Result};
use crate::model::{Amount, Area, Component};
use crate::protocol::{ComponentSpec, Measure, Protocol};
use crate::score::{Absence, Measurements, PatientMeasurements};

mod check;
mod pooling;

use pooling::SampleRow;

/// The columns that the table always has, in their order; [`PERCENT`] and [`GRADE`] follow where there are any.
pub const COLUMNS: [&str; 7] = [PATIENT_ID, SAMPLE_ID, REGION, MARKER, N_CELLS, AREA_MM2, CELLS_PER_MM2];

/// Puts the rows in the table's order: by patient, sample, region and marker.
///
/// | in | out |
/// | --- | --- |
/// | [`COLUMNS`], any order of rows | the same rows, sorted |
///
/// A sum over rows in this order is the same sum whatever order the file had.
pub fn sorted(densities: &DataFrame) -> DataFrame {
    densities
        .sort([PATIENT_ID, SAMPLE_ID, REGION, MARKER], SortMultipleOptions::default())
        .expect("a table of densities has its key columns")
}

/// Pools the samples of each patient, or keeps them apart where each is scored by itself.
///
/// | in | out |
/// | --- | --- |
/// | [`COLUMNS`], sorted as [`sorted`] does; one row a sample, region and marker | the patients, or their samples, sorted; of each one measurement a component of the protocol, or an absence |
///
/// Rows of components that the protocol does not use are passed over; their patients are kept.
///
/// A component of several samples that cannot be summed is an absence.
///
/// # Errors
///
/// [`Error::Unanswerable`] if samples are to be pooled by ΣN/ΣA, and no patient's several samples can be; if a part of cells
/// is more than the whole, parts that exclude each other are more than it together, or a grade is none of the component's.
pub fn pool(densities: &DataFrame, protocol: &Protocol, in_training_split: &BTreeSet<String>) -> Result<Measurements> {
    let specs = protocol.specs();
    let mut measurements = Measurements::default();
    let (mut not_pooled, mut any_pooled) = (None, false);
    each_patient(densities, &specs, protocol, |mut patient| {
        patient.in_training_split = in_training_split.contains(&patient.patient_id);
        any_pooled |= patient.components.iter().flatten().any(|it| it.n_samples > 1);
        let component = patient.absences.iter().find(|it| it.1 == Absence::NotPooled).map(|it| it.0);
        if let (None, Some(at)) = (&not_pooled, component) {
            not_pooled = Some((patient.patient_id.clone(), at));
        }
        measurements.push(patient);
    })?;
    match not_pooled {
        Some((patient_id, at)) if !any_pooled => Err(cannot_be_summed(&patient_id, &specs[at])),
        _ => Ok(measurements),
    }
}

/// Pools the samples of each patient, as [`pool`] does, to the measurements of other components than the protocol's.
///
/// | in | out |
/// | --- | --- |
/// | as of [`pool`] | the same patients, or samples; of each one measurement a component of `specs`, or an absence |
///
/// # Errors
///
/// [`Error::Unanswerable`] if a part of cells is more than the whole, or a grade is none of the component's.
pub fn pool_beside(
    densities: &DataFrame,
    specs: &[ComponentSpec],
    protocol: &Protocol,
) -> Result<Vec<PatientMeasurements>> {
    let mut patients = Vec::new();
    each_patient(densities, specs, protocol, |it| patients.push(it))?;
    Ok(patients)
}

/// Hands over each patient, or each sample, with one measurement, or an absence, for each of `specs`.
fn each_patient(
    densities: &DataFrame,
    specs: &[ComponentSpec],
    protocol: &Protocol,
    mut take: impl FnMut(PatientMeasurements),
) -> Result<()> {
    let rows = Rows::of(densities).expect("a table of densities has its columns");
    let wholes: Vec<Option<Component>> = specs.iter().map(ComponentSpec::whole).collect();
    let is_apart = protocol.pooling.deciding_sample().is_some();
    let whose = |row: usize| (rows.patient(row), rows.sample_id.get(row).filter(|_| is_apart));
    let mut start = 0;
    while start < rows.len() {
        let (patient_id, sample_id) = whose(start);
        let end = (start..rows.len()).find(|&row| whose(row) != whose(start)).unwrap_or(rows.len());
        let samples = rows.samples(start..end, specs, &wholes);
        check::samples(&samples, specs, protocol, patient_id)?;
        let (components, absences) = pooling::pool_samples(&samples, specs, protocol);
        take(PatientMeasurements {
            patient_id: patient_id.to_owned(),
            sample_id: sample_id.map(str::to_owned),
            components,
            absences,
            in_training_split: false,
            in_cutoff_training: false,
            centre: None,
        });
        start = end;
    }
    Ok(())
}

/// The components that a table measured, each as the first of density, percent, grade and count that has a value.
///
/// | in | out |
/// | --- | --- |
/// | [`COLUMNS`], any order of rows | one entry a marker and region with a value, sorted |
pub fn measured(densities: &DataFrame) -> Vec<ComponentSpec> {
    let rows = Rows::of(densities).expect("a table of densities has its columns");
    let mut measures: BTreeMap<Component, usize> = BTreeMap::new();
    for row in 0..rows.len() {
        let has = |column: Option<&ChunkedArray<Float64Type>>| column.is_some_and(|it| it.get(row).is_some());
        let given =
            [has(Some(rows.cells_per_mm2)), has(rows.percent), has(rows.grade), rows.n_cells.get(row).is_some()];
        if let (Some(at), Some(marker), Some(region)) =
            (given.iter().position(|it| *it), rows.marker.get(row), rows.region.get(row))
        {
            let best = measures.entry(Component::new(marker.into(), region.into())).or_insert(at);
            *best = at.min(*best);
        }
    }
    let of_place = [Measure::Density, Measure::Percent, Measure::Grade, Measure::Count];
    measures
        .into_iter()
        .map(|(it, at)| ComponentSpec { measure: of_place[at], ..ComponentSpec::density(it.marker, it.region) })
        .collect()
}

/// Nobody's samples can be summed: not a patient's fault, but the wrong rule for the table.
fn cannot_be_summed(patient_id: &str, spec: &ComponentSpec) -> Error {
    Error::Unanswerable {
        problem: format!(
            "patient '{patient_id}' has several samples of {}, and not all have n_cells and area_mm2; give both, or say how densities \
             pool: [protocol] pooling = \"mean\", \"max\", \"min\" or \"most_infiltrated_block\"",
            spec.component()
        ),
    }
}

/// The columns of the table.
struct Rows<'a> {
    patient_id: &'a ChunkedArray<StringType>,
    sample_id: &'a ChunkedArray<StringType>,
    region: &'a ChunkedArray<StringType>,
    marker: &'a ChunkedArray<StringType>,
    n_cells: &'a ChunkedArray<UInt64Type>,
    area_mm2: &'a ChunkedArray<Float64Type>,
    cells_per_mm2: &'a ChunkedArray<Float64Type>,
    percent: Option<&'a ChunkedArray<Float64Type>>,
    grade: Option<&'a ChunkedArray<Float64Type>>,
}

impl<'a> Rows<'a> {
    fn of(densities: &'a DataFrame) -> PolarsResult<Self> {
        let optional = |name| densities.column(name).ok().map(|it| it.f64()).transpose();
        Ok(Self {
            patient_id: densities.column(PATIENT_ID)?.str()?,
            sample_id: densities.column(SAMPLE_ID)?.str()?,
            region: densities.column(REGION)?.str()?,
            marker: densities.column(MARKER)?.str()?,
            n_cells: densities.column(N_CELLS)?.u64()?,
            area_mm2: densities.column(AREA_MM2)?.f64()?,
            cells_per_mm2: densities.column(CELLS_PER_MM2)?.f64()?,
            percent: optional(PERCENT)?,
            grade: optional(GRADE)?,
        })
    }

    fn len(&self) -> usize {
        self.patient_id.len()
    }

    fn patient(&self, row: usize) -> &'a str {
        self.patient_id.get(row).expect("a row of densities has a patient")
    }

    fn is_of(&self, row: usize, marker: &str, region: &str) -> bool {
        self.marker.get(row) == Some(marker) && self.region.get(row) == Some(region)
    }

    /// The rows that measure a component of the protocol; a row without a value of its measure is an absence.
    fn samples(
        &self,
        rows: std::ops::Range<usize>,
        specs: &[ComponentSpec],
        wholes: &[Option<Component>],
    ) -> Vec<SampleRow<'a>> {
        // Cells of the wholes that shares are taken of, by sample and place of the component.
        let mut n_wholes: BTreeMap<(&str, usize), u64> = BTreeMap::new();
        for (at, whole) in wholes.iter().enumerate().filter_map(|(at, it)| Some((at, it.as_ref()?))) {
            for row in rows.clone().filter(|row| self.is_of(*row, whole.marker.as_str(), whole.region.as_str())) {
                if let (Some(sample), Some(n)) = (self.sample_id.get(row), self.n_cells.get(row)) {
                    n_wholes.insert((sample, at), n);
                }
            }
        }
        rows.filter_map(|row| {
            let is_it = |it: &ComponentSpec| self.is_of(row, it.marker.as_str(), it.region.as_str());
            let component = specs.iter().position(is_it)?;
            let measure = specs[component].measure;
            let sample_id = self.sample_id.get(row)?;
            let n_cells = self.n_cells.get(row);
            let n_whole = n_wholes.get(&(sample_id, component)).copied();
            let amount = match measure {
                Measure::Density => Amount::try_from(self.cells_per_mm2.get(row)?).ok(),
                Measure::Count => Amount::try_from(n_cells? as f64).ok(),
                Measure::PercentOfCells | Measure::Per100Cells => match (n_cells, self.percent) {
                    (Some(n_cells), _) => n_whole.and_then(|whole| Amount::percent(n_cells as f64, whole as f64)),
                    // What a pathologist read, without the counts behind it.
                    (None, Some(percent)) => Amount::try_from(percent.get(row)?).ok(),
                    (None, None) => return None,
                },
                Measure::Percent => Amount::try_from(self.percent?.get(row)?).ok(),
                // Of no cells there is no share, whatever the table says.
                Measure::Proximity => {
                    Amount::try_from(self.percent?.get(row)?).ok().filter(|_| n_whole.is_none_or(|it| it > 0))
                }
                Measure::Grade => Amount::try_from(self.grade?.get(row)?).ok(),
            };
            let area = self.area_mm2.get(row).and_then(|it| Area::try_from(it).ok());
            // A count without an area is no count of a density; and that of a proximity is not of the cells that have one near.
            let n_cells = n_cells.filter(|_| match measure {
                Measure::Density => area.is_some(),
                Measure::Proximity => false,
                _ => true,
            });
            Some(SampleRow { sample_id, component, n_cells, n_whole, area, amount })
        })
        .collect()
    }
}

#[cfg(test)]
mod tests;
