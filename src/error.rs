//! The errors that the library returns.
//!
//! A message is a lower-case phrase without a full stop: the file and the row first, what was found, what was expected,
//! and what to do where that is not plain. The cause is left to [`std::error::Error::source`]: the binary prints the
//! chain.

use std::path::PathBuf;

use thiserror::Error;

/// Result with the library's [`Error`](enum@Error).
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an analysis could not be carried out.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be opened or read.
    #[error("cannot read '{}'", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },

    /// A file or folder could not be created or written.
    #[error("cannot write '{}'", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },

    /// A frame could not be read from, or written to, a Parquet file.
    #[error("'{}' is not a usable Parquet table", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// What polars said.
        source: polars::error::PolarsError,
    },

    /// A table has nothing to analyse.
    #[error("'{}' {problem}", path.display())]
    UnusableFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        problem: String,
    },

    /// A table lacks a column that the analysis needs.
    #[error(
        "'{}' has no column '{column}' (found: {}){}",
        path.display(),
        found.join(", "),
        suggestion.as_ref().map(|it| format!("; did you mean '{it}'?")).unwrap_or_default()
    )]
    MissingColumn {
        /// The table.
        path: PathBuf,
        /// The column that was looked for.
        column: String,
        /// The columns that are there.
        found: Vec<String>,
        /// The one of them that resembles the column, where one does.
        suggestion: Option<String>,
    },

    /// One value of a table cannot be used.
    #[error("'{}', row {row}, column '{column}': found '{found}', expected {expected}", path.display())]
    Value {
        /// The table.
        path: PathBuf,
        /// The line of a text file, or the row of a Parquet file, counted from 1 with the header.
        row: usize,
        /// The column.
        column: String,
        /// The text found there.
        found: String,
        /// What may stand there, and what to do.
        expected: String,
    },

    /// Two rows of a table say something of the same thing.
    #[error("'{}', rows {first} and {second}: {what} stands twice; each may stand once", path.display())]
    Duplicate {
        /// The table.
        path: PathBuf,
        /// The row that came first, counted as in [`Error::Value`].
        first: usize,
        /// The row that repeats it.
        second: usize,
        /// The thing, as the table names it.
        what: String,
    },

    /// A TOML or JSON file that a user writes is not what its schema says.
    #[error("'{}'{}: {problem}", path.display(), line.map(|line| format!(", line {line}")).unwrap_or_default())]
    Config {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1, where it is known.
        line: Option<usize>,
        /// What is wrong, and what was expected.
        problem: String,
    },

    /// The data were read, but cannot answer what was asked.
    #[error("{problem}")]
    Unanswerable {
        /// What was asked, what was found, and what to do.
        problem: String,
    },

    /// The output folder already holds something.
    #[error("'{}' is not empty; choose another folder, or say --force to replace the results in it", path.display())]
    OutputExists {
        /// The folder.
        path: PathBuf,
    },

    /// A number is outside the range of its quantity.
    #[error("{quantity} is {value}, expected {expected}")]
    OutOfRange {
        /// The quantity and its unit.
        quantity: &'static str,
        /// The range.
        expected: &'static str,
        /// What was found.
        value: f64,
    },

    /// Two columns that belong together differ in length.
    #[error("{quantity} has {found} values, expected {expected}")]
    UnequalLengths {
        /// The column.
        quantity: &'static str,
        /// One value for each of these.
        expected: usize,
        /// How many there are.
        found: usize,
    },
}
