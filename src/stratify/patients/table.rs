//! A table of patients as it was read: the columns that an analysis names, one value a row.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The columns that an analysis names; every column has one entry a row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PatientTable {
    /// What a row is called: the patient, or the line of the file.
    pub ids: Vec<String>,
    /// Time to the end of follow-up; absent where the cell is empty.
    pub times: Vec<Option<f64>>,
    /// Time of entry; absent as a column if all are under observation from the start.
    pub entries: Option<Vec<Option<f64>>>,
    /// What ended the follow-up; absent where the cell is empty.
    pub statuses: Vec<Option<Status>>,
    /// Weights, not negative; absent as a column if each row counts as one.
    pub weights: Option<Vec<Option<f64>>>,
    /// Which rows belong together; absent as a column if each stands for itself.
    pub clusters: Option<Vec<Option<String>>>,
    /// Columns read as numbers.
    pub numbers: BTreeMap<String, Vec<Option<f64>>>,
    /// Columns read as classes.
    pub classes: BTreeMap<String, Vec<Option<String>>>,
}

impl PatientTable {
    /// The order of two rows by what they say, wherever they stand; rows that say the same are equal.
    pub(super) fn compare(&self, first: usize, second: usize) -> Ordering {
        let by_number = |column: &Vec<Option<f64>>| match (column[first], column[second]) {
            (Some(first), Some(second)) => first.total_cmp(&second),
            (first, second) => first.is_some().cmp(&second.is_some()),
        };
        let by_class = |column: &Vec<Option<String>>| column[first].cmp(&column[second]);
        let numbers = [&self.times].into_iter().chain(&self.entries).chain(&self.weights).chain(self.numbers.values());
        let classes = self.clusters.iter().chain(self.classes.values());
        let by_status = || self.statuses[first].cmp(&self.statuses[second]);
        numbers.map(by_number).chain(classes.map(by_class)).fold(Ordering::Equal, Ordering::then).then_with(by_status)
    }
}

/// What ended a patient's follow-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Nothing: the patient was last seen without any event.
    Censored,
    /// The event of interest.
    Event,
    /// A competing event, by its place among those of the analysis.
    Competing(usize),
}
