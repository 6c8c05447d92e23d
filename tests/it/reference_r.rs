//! Survival statistics agree with the R package survival.
//!
//! `testdata/reference/survival/make_survival.R` is the whole recipe; each reference names the versions that wrote it.

use std::path::PathBuf;

use contexture::survival::Cohort;
use contexture::survival::design::Term;
use serde_json::Value;

mod competing_risks;
mod cox_after_fit;
mod cox_combined;
mod cox_settings;
mod curves;
mod curves_and_groups;
mod curves_bands;
mod curves_restricted_mean;
mod cutpoints;
mod groups;
mod imputation;
mod models;
mod penalized;
mod performance;
mod planning;
mod predictions;

/// R's references have 15 to 17 digits; what differs is the order of summation.
pub(crate) const TOLERANCE: f64 = 1e-10;

/// R stops iterating when the likelihood has converged to 1e-9; its coefficients are as good as that.
pub(crate) const ITERATED: f64 = 1e-8;

pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/reference/survival")
}

pub(crate) fn expected(id: &str) -> Value {
    let text = std::fs::read_to_string(folder().join("expected").join(format!("{id}.json"))).expect("a reference");
    let file: Value = serde_json::from_str(&text).expect("a reference is JSON");
    file["expected"].clone()
}

/// Numbers of a reference; R's `NA` is `None`, and one number is a vector of one.
fn numbers(value: &Value) -> Vec<Option<f64>> {
    value.as_array().map_or_else(|| vec![value.as_f64()], |values| values.iter().map(Value::as_f64).collect())
}

#[track_caller]
pub(crate) fn assert_near(found: f64, expected: f64, tolerance: f64) {
    let error = (found - expected).abs();
    assert!(error <= tolerance * expected.abs().max(1e-6), "{found} is not {expected}");
}

#[track_caller]
pub(crate) fn assert_all_near(found: &[Option<f64>], expected: &Value, tolerance: f64) {
    let expected = numbers(expected);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        match (found, expected) {
            (Some(found), Some(expected)) => assert_near(*found, expected, tolerance),
            (found, expected) => assert_eq!(*found, expected),
        }
    }
}

/// A dataset with the rows that are complete in some columns.
struct Data {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Data {
    fn read(name: &str) -> Self {
        let mut reader = csv::Reader::from_path(folder().join("data").join(format!("{name}.csv"))).expect("a dataset");
        let header = reader.headers().expect("a header").iter().map(str::to_owned).collect();
        let rows = reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect());
        Self { header, rows: rows.collect() }
    }

    fn filter(mut self, keep: impl Fn(&Self, &[String]) -> bool) -> Self {
        let rows = std::mem::take(&mut self.rows);
        let kept = rows.into_iter().filter(|row| keep(&self, row)).collect();
        Self { rows: kept, ..self }
    }

    fn complete_in(self, columns: &[&str]) -> Self {
        self.filter(|data, row| columns.iter().all(|column| row[data.place(column)] != "NA"))
    }

    fn place(&self, column: &str) -> usize {
        self.header.iter().position(|it| it == column).unwrap_or_else(|| panic!("no column {column}"))
    }

    fn texts(&self, column: &str) -> Vec<&str> {
        let place = self.place(column);
        self.rows.iter().map(|row| row[place].as_str()).collect()
    }

    fn numbers(&self, column: &str) -> Vec<f64> {
        self.texts(column).iter().map(|text| text.parse().expect("a number")).collect()
    }

    /// Index of each row's value among levels.
    fn codes(&self, column: &str, levels: &[&str]) -> Vec<usize> {
        let code = |text: &&str| levels.iter().position(|level| level == text).expect("a level");
        self.texts(column).iter().map(code).collect()
    }

    /// The cohort of a time and a status column; the event is the largest status.
    fn cohort(&self, time: &str, status: &str) -> Cohort {
        let status = self.numbers(status);
        let event = status.iter().copied().fold(1.0, f64::max);
        let events: Vec<bool> = status.iter().map(|it| (it - event).abs() < 0.5).collect();
        Cohort::from_columns(&self.numbers(time), &events).expect("times are valid")
    }

    fn numeric_terms(&self, columns: &[&str]) -> Vec<Term> {
        columns.iter().map(|column| Term::numeric(*column, self.numbers(column))).collect()
    }

    fn factor(&self, column: &str, levels: &[&str]) -> Term {
        let names: Vec<String> = levels.iter().map(|&level| level.to_owned()).collect();
        Term::factor(column, &names, 0, &self.codes(column, levels)).expect("codes are levels")
    }
}

const CELL_TYPES: [&str; 4] = ["squamous", "smallcell", "adeno", "large"];
const TREATMENTS: [&str; 3] = ["Obs", "Lev", "Lev+5FU"];
