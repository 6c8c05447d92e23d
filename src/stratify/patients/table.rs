//! A table of patients as it was read: the columns that an analysis names, one value a row.

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

/// What ended a patient's follow-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing: the patient was last seen without any event.
    Censored,
    /// The event of interest.
    Event,
    /// A competing event, by its place among those of the analysis.
    Competing(usize),
}
