//! JSON files: two spaces, a line end, fields in the order of their types, numbers that read back as they were.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::suggestion::in_plain_words;
use crate::error::{Error, Result};

/// The text of a JSON file.
///
/// Undefined numbers are absent: the types have no NaN, and one would be written as `null`.
pub fn to_text<T: Serialize>(value: &T) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("a report is plain JSON");
    text.push('\n');
    text
}

/// Reads a JSON file.
///
/// # Errors
///
/// * [`Error::Read`] if it cannot be read.
/// * [`Error::Config`] if it is not what its schema says, with the line.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    serde_json::from_str(&text).map_err(|error| {
        let problem = error.to_string();
        let problem = in_plain_words(problem.rsplit_once(" at line ").map_or(problem.as_str(), |(what, _)| what));
        Error::Config { path: path.to_owned(), line: Some(error.line()), problem }
    })
}

/// Reads the JSON file that a step leaves in its output folder.
///
/// # Errors
///
/// * [`Error::UnusableFile`] if the folder is none, or is not the output of that step.
/// * As [`read`].
pub fn read_of_step<T: DeserializeOwned>(folder: &Path, name: &str, step: &str) -> Result<T> {
    let found = if !folder.is_dir() {
        "is no folder".to_owned()
    } else if !folder.join(name).exists() {
        format!("holds no '{name}'")
    } else {
        return read(&folder.join(name));
    };
    let problem = format!("{found}; expected the output of 'contexture {step}'");
    Err(Error::UnusableFile { path: folder.to_owned(), problem })
}
