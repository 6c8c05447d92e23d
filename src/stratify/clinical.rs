//! What is known of the patients beside their tumours' infiltrate.

use std::collections::BTreeMap;

/// The clinical table, column by column; every column has one entry a patient.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClinicalTable {
    /// Patients, sorted.
    pub patient_ids: Vec<String>,
    /// Endpoints by name.
    pub endpoints: BTreeMap<String, Vec<EndpointValue>>,
    /// Columns that enter models as numbers.
    pub numbers: BTreeMap<String, Vec<Option<f64>>>,
    /// Columns that enter models as classes or strata.
    pub classes: BTreeMap<String, Vec<Option<String>>>,
}

/// Time and event of one patient for one endpoint, as they stand in the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EndpointValue {
    /// Time, in the endpoint's unit; absent if the cell is empty.
    pub time: Option<f64>,
    /// Whether the event happened; absent if the cell is empty.
    pub event: Option<bool>,
}

impl ClinicalTable {
    /// The same patients, in the order of their ids.
    #[must_use]
    pub fn sorted(self) -> Self {
        let mut order: Vec<usize> = (0..self.patient_ids.len()).collect();
        order.sort_by(|&a, &b| self.patient_ids[a].cmp(&self.patient_ids[b]));
        Self {
            patient_ids: order.iter().map(|&at| self.patient_ids[at].clone()).collect(),
            endpoints: reordered(self.endpoints, &order),
            numbers: reordered(self.numbers, &order),
            classes: reordered(self.classes, &order),
        }
    }

    /// Place of a patient.
    pub fn position(&self, patient_id: &str) -> Option<usize> {
        self.patient_ids.binary_search_by(|it| it.as_str().cmp(patient_id)).ok()
    }
}

fn reordered<T: Clone>(columns: BTreeMap<String, Vec<T>>, order: &[usize]) -> BTreeMap<String, Vec<T>> {
    columns.into_iter().map(|(name, values)| (name, order.iter().map(|&at| values[at].clone()).collect())).collect()
}
