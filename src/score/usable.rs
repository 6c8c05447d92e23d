//! Which values of a cohort are good enough to be scored.

use super::Measurements;
use super::quality::Checks;
use crate::protocol::{ComponentSpec, Protocol, QualityLimits};

/// The values of a patient, or of a sample, that are good enough to be scored.
#[derive(Clone, Debug, PartialEq)]
pub struct UsableValues {
    /// Number of the patient, from 0.
    pub patient: usize,
    /// One entry a component; absent if it cannot be scored.
    pub values: Vec<Option<f64>>,
}

impl UsableValues {
    /// One patient a row.
    #[cfg(test)]
    pub(super) fn of_rows(rows: &[Vec<Option<f64>>]) -> Vec<Self> {
        rows.iter().enumerate().map(|(patient, values)| Self { patient, values: values.clone() }).collect()
    }

    /// Number of patients whose values these are, those of one side by side.
    pub fn n_patients<'a>(rows: impl IntoIterator<Item = &'a Self>) -> usize {
        let mut last = None;
        rows.into_iter().filter(|it| last.replace(it.patient) != Some(it.patient)).count()
    }
}

/// The values of each patient, or of each sample, that are good enough to be scored.
pub fn usable_values(measurements: &Measurements, protocol: &Protocol) -> Vec<UsableValues> {
    usable_by(measurements, &protocol.specs(), &protocol.quality, protocol.min_denominator)
}

/// The values of other components than the score's that are good enough by the protocol's limits.
pub fn usable_beside(measurements: &Measurements, specs: &[ComponentSpec], protocol: &Protocol) -> Vec<UsableValues> {
    usable_by(measurements, specs, &protocol.quality, None)
}

fn usable_by(
    measurements: &Measurements,
    specs: &[ComponentSpec],
    limits: &QualityLimits,
    min_denominator: Option<u64>,
) -> Vec<UsableValues> {
    let checks = Checks::new(specs, limits, min_denominator);
    let n_components = specs.len();
    let usable = |(patient, place): (usize, usize)| {
        let values = (0..n_components).map(|at| checks.usable(at, measurements.basis(place, at))).collect();
        UsableValues { patient, values }
    };
    let places = measurements.by_patient().enumerate();
    places.flat_map(|(patient, places)| places.map(move |place| (patient, place))).map(usable).collect()
}
