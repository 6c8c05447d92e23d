//! Agreement and batches, against R.
//!
//! The recipes in `testdata/reference/agreement/` are the whole way to the numbers; each file there names the versions
//! that wrote it, and holds what went in.

use std::path::PathBuf;

use serde_json::Value;

mod batch;
mod pairs;
mod pairs_extra;

/// R's references have 15 to 17 digits; what differs is the order of summation.
pub(crate) const TOLERANCE: f64 = 1e-10;

/// What went in and what R said.
pub(crate) struct Reference {
    pub(crate) input: Value,
    pub(crate) expected: Value,
}

impl Reference {
    pub(crate) fn read(id: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/reference/agreement/expected");
        let text = std::fs::read_to_string(folder.join(format!("{id}.json"))).expect("a reference");
        let mut file: Value = serde_json::from_str(&text).expect("a reference is JSON");
        Self { input: file["input"].take(), expected: file["expected"].take() }
    }

    /// The names of its data, each with what went in and what R said.
    fn cases(&self) -> impl Iterator<Item = (&str, &Value, &Value)> {
        let cases = self.expected.as_object().expect("cases by name");
        cases.iter().map(|(name, expected)| (name.as_str(), &self.input[name], expected))
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    let values = value.as_array().expect("numbers");
    values.iter().map(|it| it.as_f64().expect("a number")).collect()
}

#[track_caller]
pub(crate) fn assert_near(name: &str, found: f64, expected: &Value, tolerance: f64) {
    let expected = expected.as_f64().expect("a number");
    let error = (found - expected).abs();
    assert!(error <= tolerance * expected.abs().max(1e-6), "{name}: {found} is not {expected}");
}

#[track_caller]
pub(crate) fn assert_all_near(name: &str, found: &[f64], expected: &Value, tolerance: f64) {
    let expected = expected.as_array().expect("numbers");
    assert_eq!(found.len(), expected.len(), "{name}");
    found.iter().zip(expected).for_each(|(found, expected)| assert_near(name, *found, expected, tolerance));
}
