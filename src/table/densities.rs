//! The table `densities`, and what becomes of it: one measurement a patient and component.

use std::collections::BTreeSet;

use polars::prelude::{
    ChunkedArray, DataFrame, Float64Type, PolarsResult, SortMultipleOptions, StringType, UInt64Type,
};

use super::column::{AREA_MM2, CELLS_PER_MM2, MARKER, N_CELLS, PATIENT_ID, REGION, SAMPLE_ID};
use crate::error::{Error, Result};
use crate::model::{Area, Component, Density, Measurement};
use crate::protocol::{Pooling, Protocol, QualityLimits};
use crate::score::PatientMeasurements;

/// The columns of the table, in their order.
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

/// Pools the samples of each patient.
///
/// | in | out |
/// | --- | --- |
/// | [`COLUMNS`], sorted as [`sorted`] does; one row a sample, region and marker | one entry a patient, sorted; in it one measurement a component of the protocol, or an absence |
///
/// Rows of components that the protocol does not use are passed over; their patients are kept.
///
/// A component of several samples that cannot be summed is an absence.
///
/// # Errors
///
/// [`Error::Unanswerable`] if samples are to be pooled by ΣN/ΣA, and no patient's several samples can be.
pub fn pool(
    densities: &DataFrame,
    protocol: &Protocol,
    in_training_split: &BTreeSet<String>,
) -> Result<Vec<PatientMeasurements>> {
    let rows = Rows::of(densities).expect("a table of densities has its columns");
    let components = protocol.components();
    let (mut patients, mut any_pooled): (Vec<PatientMeasurements>, bool) = (Vec::new(), false);
    let mut start = 0;
    while start < rows.len() {
        let patient_id = rows.patient(start);
        let end = (start..rows.len()).find(|&row| rows.patient(row) != patient_id).unwrap_or(rows.len());
        let samples = rows.samples(start..end, &components);
        let (measured, not_pooled) = pool_patient(&samples, components.len(), protocol);
        any_pooled |= measured.iter().flatten().any(|it| it.n_samples > 1);
        patients.push(PatientMeasurements {
            patient_id: patient_id.to_owned(),
            components: measured,
            not_pooled,
            in_training_split: in_training_split.contains(patient_id),
        });
        start = end;
    }
    let first = patients.iter().find(|it| !it.not_pooled.is_empty()).filter(|_| !any_pooled);
    first.map_or(Ok(()), |patient| Err(cannot_be_summed(patient, &components)))?;
    Ok(patients)
}

/// Nobody's samples can be summed: not a patient's fault, but the wrong rule for the table.
fn cannot_be_summed(patient: &PatientMeasurements, components: &[Component]) -> Error {
    Error::Unanswerable {
        problem: format!(
            "patient '{}' has several samples of {}, and not all have n_cells and area_mm2; give both, or say how densities \
             pool: [protocol] pooling = \"mean\", \"max\", \"min\" or \"most_infiltrated_block\"",
            patient.patient_id, components[patient.not_pooled[0]]
        ),
    }
}

/// One row of the table: a component of one sample.
#[derive(Clone, Copy)]
struct SampleRow<'a> {
    sample_id: &'a str,
    component: usize,
    n_cells: Option<u64>,
    area: Option<Area>,
    density: Density,
}

/// The measurement of each component, and the places of those that cannot be summed.
fn pool_patient(
    samples: &[SampleRow<'_>],
    n_components: usize,
    protocol: &Protocol,
) -> (Vec<Option<Measurement>>, Vec<usize>) {
    let chosen;
    let samples = if protocol.pooling == Pooling::MostInfiltratedBlock {
        chosen = most_infiltrated(samples, n_components, &protocol.quality);
        &chosen
    } else {
        samples
    };
    let mut not_pooled = Vec::new();
    let measured = (0..n_components)
        .map(|component| {
            let rows: Vec<SampleRow<'_>> = samples.iter().copied().filter(|it| it.component == component).collect();
            match (rows.as_slice(), protocol.pooling) {
                ([], _) => None,
                ([one], _) => Some(one.measurement()),
                (rows, Pooling::Pooled) => {
                    let sum = sum(rows);
                    not_pooled.extend(sum.is_none().then_some(component));
                    sum
                }
                (rows, pooling) => Some(of_densities(rows, pooling, &protocol.quality)),
            }
        })
        .collect();
    (measured, not_pooled)
}

impl SampleRow<'_> {
    fn measurement(&self) -> Measurement {
        let Self { n_cells, area, density, .. } = *self;
        Measurement { n_cells, area, least_area: area, density, n_samples: 1 }
    }

    /// Whether the sample alone could be scored.
    fn is_usable(&self, limits: &QualityLimits) -> bool {
        self.area.is_none_or(|it| it.mm2() >= limits.area_fail_mm2)
            && self.density.cells_per_mm2() <= limits.density_max_cells_per_mm2
    }
}

/// One density out of those of several samples.
fn of_densities(rows: &[SampleRow<'_>], pooling: Pooling, limits: &QualityLimits) -> Measurement {
    // METHOD: the smallest samples have the most extreme densities, so those that could not be scored alone are left out
    // before the highest, lowest or mean density is taken.
    let usable: Vec<&SampleRow<'_>> = rows.iter().filter(|it| it.is_usable(limits)).collect();
    let usable = if usable.is_empty() { rows.iter().collect() } else { usable };
    if let [one] = usable.as_slice() {
        return one.measurement();
    }
    let densities = usable.iter().map(|it| it.density.cells_per_mm2());
    let density = match pooling {
        Pooling::Max => densities.fold(f64::NEG_INFINITY, f64::max),
        Pooling::Min => densities.fold(f64::INFINITY, f64::min),
        Pooling::Pooled | Pooling::Mean | Pooling::MostInfiltratedBlock => densities.sum::<f64>() / usable.len() as f64,
    };
    let least_area = usable.iter().filter_map(|it| it.area).min_by(|a, b| a.mm2().total_cmp(&b.mm2()));
    let density = Density::try_from(density).expect("densities pool to a density");
    Measurement { n_cells: None, area: None, least_area, density, n_samples: usable.len() }
}

/// ΣN/ΣA: cells on all samples over the tissue of all samples; absent if one of them has no count and area.
fn sum(rows: &[SampleRow<'_>]) -> Option<Measurement> {
    // METHOD: counts and areas are summed, never densities: 100 cells/0.5 mm² and 1000/10 mm² are 104.8 cells/mm², not 150.
    let n_cells = rows.iter().map(|it| it.n_cells).sum::<Option<u64>>()?;
    let mm2 = rows.iter().map(|it| it.area.map(Area::mm2)).sum::<Option<f64>>()?;
    let area = Area::try_from(mm2).expect("areas add up to an area");
    let density = Density::from_count(n_cells, area);
    Some(Measurement {
        n_cells: Some(n_cells),
        area: Some(area),
        least_area: Some(area),
        density,
        n_samples: rows.len(),
    })
}

/// The rows of the sample with the highest mean density among those that have every component; of equal ones, the first.
/// A sample that could not be scored is taken only where there is no other. Without a complete sample there is none.
fn most_infiltrated<'a>(samples: &[SampleRow<'a>], n_components: usize, limits: &QualityLimits) -> Vec<SampleRow<'a>> {
    let names: BTreeSet<&str> = samples.iter().map(|it| it.sample_id).collect();
    let mut best: Option<((bool, f64), Vec<SampleRow<'a>>)> = None;
    for name in names {
        let rows: Vec<SampleRow<'a>> = samples.iter().copied().filter(|it| it.sample_id == name).collect();
        let mean = rows.iter().map(|it| it.density.cells_per_mm2()).sum::<f64>() / rows.len() as f64;
        let rank = (rows.iter().all(|it| it.is_usable(limits)), mean);
        if rows.len() == n_components && best.as_ref().is_none_or(|(highest, _)| rank > *highest) {
            best = Some((rank, rows));
        }
    }
    best.map(|(_, rows)| rows).unwrap_or_default()
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
}

impl<'a> Rows<'a> {
    fn of(densities: &'a DataFrame) -> PolarsResult<Self> {
        Ok(Self {
            patient_id: densities.column(PATIENT_ID)?.str()?,
            sample_id: densities.column(SAMPLE_ID)?.str()?,
            region: densities.column(REGION)?.str()?,
            marker: densities.column(MARKER)?.str()?,
            n_cells: densities.column(N_CELLS)?.u64()?,
            area_mm2: densities.column(AREA_MM2)?.f64()?,
            cells_per_mm2: densities.column(CELLS_PER_MM2)?.f64()?,
        })
    }

    fn len(&self) -> usize {
        self.patient_id.len()
    }

    fn patient(&self, row: usize) -> &'a str {
        self.patient_id.get(row).expect("a row of densities has a patient")
    }

    /// The rows that measure a component of the protocol; a row without a density is an absence.
    fn samples(&self, rows: std::ops::Range<usize>, components: &[Component]) -> Vec<SampleRow<'a>> {
        rows.filter_map(|row| {
            let (marker, region) = (self.marker.get(row)?, self.region.get(row)?);
            let is_it = |it: &Component| it.marker.as_str() == marker && it.region.as_str() == region;
            Some(SampleRow {
                sample_id: self.sample_id.get(row)?,
                component: components.iter().position(is_it)?,
                n_cells: self.n_cells.get(row),
                area: self.area_mm2.get(row).and_then(|it| Area::try_from(it).ok()),
                density: Density::try_from(self.cells_per_mm2.get(row)?).ok()?,
            })
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::PRESETS;
    use crate::table::{count_column, numbers, of_columns, text};

    type Row = (&'static str, &'static str, &'static str, &'static str, Option<u64>, Option<f64>, f64);

    fn table(rows: &[Row]) -> DataFrame {
        sorted(&of_columns(vec![
            text(PATIENT_ID, rows.iter().map(|it| Some(it.0))),
            text(SAMPLE_ID, rows.iter().map(|it| Some(it.1))),
            text(REGION, rows.iter().map(|it| Some(it.2))),
            text(MARKER, rows.iter().map(|it| Some(it.3))),
            count_column(N_CELLS, rows.iter().map(|it| it.4)),
            numbers(AREA_MM2, rows.iter().map(|it| it.5)),
            numbers(CELLS_PER_MM2, rows.iter().map(|it| Some(it.6))),
        ]))
    }

    fn pooled(rows: &[Row], pooling: Pooling) -> Result<Vec<PatientMeasurements>> {
        let mut protocol: Protocol = toml::from_str(PRESETS[0].1).unwrap();
        protocol.pooling = pooling;
        pool(&table(rows), &protocol, &BTreeSet::new())
    }

    fn density(patient: &PatientMeasurements, component: usize) -> Option<f64> {
        patient.components[component].as_ref().map(|it| it.density.cells_per_mm2())
    }

    const TWO_BLOCKS: [Row; 2] =
        [("p", "a", "CT", "CD3", Some(100), Some(0.5), 200.0), ("p", "b", "CT", "CD3", Some(1000), Some(10.0), 100.0)];

    #[test]
    fn samples_pool_as_cells_over_tissue() {
        let patient = &pooled(&TWO_BLOCKS, Pooling::Pooled).unwrap()[0];
        assert!((density(patient, 0).unwrap() - 104.761_904_761_904_76).abs() < 1e-12);
        assert_eq!(patient.components[0].as_ref().unwrap().n_cells, Some(1100));
        assert_eq!(density(patient, 1), None, "CD3 at the margin was not measured");
    }

    #[test]
    fn densities_pool_as_the_protocol_says() {
        for (pooling, expected) in [(Pooling::Mean, 150.0), (Pooling::Max, 200.0), (Pooling::Min, 100.0)] {
            assert_eq!(density(&pooled(&TWO_BLOCKS, pooling).unwrap()[0], 0), Some(expected), "{pooling:?}");
        }
    }

    #[test]
    fn several_densities_without_counts_cannot_be_summed() {
        let rows = [("p", "a", "CT", "CD3", None, None, 200.0), ("p", "b", "CT", "CD3", None, None, 100.0)];
        let error = pooled(&rows, Pooling::Pooled).unwrap_err().to_string();
        assert!(error.contains("patient 'p' has several samples of CD3 CT"), "{error}");
        let other =
            [("q", "c", "CT", "CD3", Some(9), Some(1.0), 9.0), ("q", "d", "CT", "CD3", Some(9), Some(1.0), 9.0)];
        let patients = pooled(&[rows.as_slice(), other.as_slice()].concat(), Pooling::Pooled).unwrap();
        assert_eq!(patients[0].not_pooled, [0], "one patient does not stop the others");
        assert_eq!(density(&patients[1], 0), Some(9.0));
    }

    #[test]
    fn the_most_infiltrated_block_has_every_component() {
        let block = |sample, density| {
            ["CT", "IM"].map(|region| ["CD3", "CD8"].map(|marker| ("p", sample, region, marker, None, None, density)))
        };
        let mut rows: Vec<Row> = [block("a", 100.0), block("b", 300.0)].into_iter().flatten().flatten().collect();
        rows.push(("p", "c", "CT", "CD3", None, None, 9000.0));
        let patient = &pooled(&rows, Pooling::MostInfiltratedBlock).unwrap()[0];
        assert_eq!((0..4).map(|it| density(patient, it)).collect::<Vec<_>>(), [Some(300.0); 4]);
    }

    #[test]
    fn a_sample_that_could_not_be_scored_decides_nothing_beside_one_that_can() {
        let rows = [
            ("p", "a", "CT", "CD3", Some(900), Some(9.0), 100.0),
            ("p", "b", "CT", "CD3", Some(150), Some(0.01), 15_000.0),
        ];
        for pooling in [Pooling::Max, Pooling::Mean, Pooling::Min] {
            let patient = &pooled(&rows, pooling).unwrap()[0];
            assert_eq!(density(patient, 0), Some(100.0), "{pooling:?}");
            assert_eq!(patient.components[0].as_ref().unwrap().n_samples, 1);
        }
        let block = |sample, mm2: f64, density| {
            let row = move |region, marker| ("p", sample, region, marker, Some(1), Some(mm2), density);
            [row("CT", "CD3"), row("CT", "CD8"), row("IM", "CD3"), row("IM", "CD8")]
        };
        let rows: Vec<Row> = [block("a", 9.0, 100.0), block("b", 0.01, 15_000.0)].into_iter().flatten().collect();
        let patient = &pooled(&rows, Pooling::MostInfiltratedBlock).unwrap()[0];
        assert_eq!(density(patient, 0), Some(100.0));
    }

    #[test]
    fn the_order_of_rows_changes_nothing() {
        let areas = (0..7).map(|it| 0.1 + f64::from(it) / 3.0);
        let row = |(sample, area)| ("p", sample, "CT", "CD3", Some(10), Some(area), 10.0 / area);
        let mut rows: Vec<Row> = ["a", "b", "c", "d", "e", "f", "g"].into_iter().zip(areas).map(row).collect();
        let forward = pooled(&rows, Pooling::Pooled).unwrap();
        rows.reverse();
        assert_eq!(forward, pooled(&rows, Pooling::Pooled).unwrap());
    }
}
