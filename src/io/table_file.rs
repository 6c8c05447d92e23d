//! A whole table as it stands in a file: delimited text or Parquet.
//!
//! What a file is, its bytes say, not its name: Parquet by its signature, text as in [`super::text`].
//! Text is read as text; a column becomes numbers when somebody asks for numbers, so that a wrong cell can be named with
//! its row, its column and what stands in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use polars::prelude::{ChunkedArray, DataFrame, DataType, Float64Type, StringType};

use super::text::{self, Delimiter, NumberProblem, Numbers, TextFile};
use super::units;
use crate::error::{Error, Result};
use crate::model::{means_absent, means_absent_in_exports};
use crate::table::{numbers as number_column, of_columns, text as text_column};

/// First bytes of a Parquet file.
const PARQUET: &[u8] = b"PAR1";

/// More than this is no count of anything on a slide.
const MOST_COUNTED: f64 = 1e9;

/// Who wrote a table, and so which words mean that a cell holds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writer {
    /// A person: [`means_absent`].
    Person,
    /// A program, as an export: [`means_absent_in_exports`].
    Program,
}

/// A table and where it came from.
#[derive(Debug)]
pub struct TableFile {
    /// The file.
    pub path: PathBuf,
    frame: DataFrame,
    /// The line of each row of a text file; absent for Parquet.
    lines: Option<Vec<usize>>,
    /// What separates the columns; a tab for Parquet, where nothing does.
    delimiter: Delimiter,
    written_by: Writer,
    /// Columns of a Parquet file that were not read, and their types.
    unreadable: BTreeMap<String, String>,
}

impl TableFile {
    /// Reads a table.
    ///
    /// # Errors
    ///
    /// * [`Error::Read`] if the file cannot be read.
    /// * [`Error::UnusableFile`] if it is a folder, is no text, is a damaged Parquet file, is empty, has a header only, has two
    ///   columns of one name, or has a row of another length than its header.
    pub fn read(path: &Path) -> Result<Self> {
        let table = Self::open(path, Writer::Person)?;
        if table.height() == 0 {
            return Err(unusable(path, "has a header and no rows"));
        }
        Ok(table)
    }

    /// Reads a table that may have a header only; absent if it has.
    ///
    /// # Errors
    ///
    /// As [`Self::read`].
    pub fn read_allowing_no_rows(path: &Path) -> Result<Option<Self>> {
        Self::open(path, Writer::Person).map(|table| (table.height() > 0).then_some(table))
    }

    /// Reads a table that a program exported, in which `NaN` and `None` mean that a cell holds nothing; absent if it has a
    /// header only.
    ///
    /// # Errors
    ///
    /// As [`Self::read`].
    pub fn read_export(path: &Path) -> Result<Option<Self>> {
        Self::open(path, Writer::Program).map(|table| (table.height() > 0).then_some(table))
    }

    fn open(path: &Path, written_by: Writer) -> Result<Self> {
        let (_, signature) = text::open(path)?;
        if signature != PARQUET {
            return Self::text(path, written_by);
        }
        let stored = StoredTable::read(path)?;
        let frame = of_columns(stored.columns);
        let unreadable = stored.unreadable;
        Ok(Self { path: path.to_owned(), frame, lines: None, delimiter: Delimiter::Tab, written_by, unreadable })
    }

    fn text(path: &Path, written_by: Writer) -> Result<Self> {
        let file = TextFile::open(path)?;
        let delimiter = file.delimiter();
        let header = file.header().to_vec();
        // A column without a name, such as the row numbers that pandas writes, is one that nobody can ask for.
        let named: Vec<usize> = (0..header.len()).filter(|&at| !header[at].is_empty()).collect();
        let mut columns: Vec<Vec<Option<String>>> = vec![Vec::new(); named.len()];
        let mut lines = Vec::new();
        file.for_each_row(&named, |line, fields| {
            lines.push(usize::try_from(line).unwrap_or(usize::MAX));
            for (at, column) in columns.iter_mut().enumerate() {
                column.push(written_by.present(&fields.text(at)));
            }
            Ok(())
        })?;
        let columns = named.iter().zip(&columns);
        let columns = columns.map(|(&at, values)| text_column(&header[at], values.iter().map(Option::as_deref)));
        let frame = of_columns(columns.collect());
        Ok(Self {
            path: path.to_owned(),
            frame,
            lines: Some(lines),
            delimiter,
            written_by,
            unreadable: BTreeMap::new(),
        })
    }

    /// The same table with a column of numbers behind the others; one value a row.
    ///
    /// # Errors
    ///
    /// [`Error::UnusableFile`] if there is a column of that name.
    pub fn with_numbers(self, name: &str, values: &[Option<f64>]) -> Result<Self> {
        self.with_column(name, number_column(name, values.iter().copied()))
    }

    /// The same table with a column of text behind the others; one value a row.
    ///
    /// # Errors
    ///
    /// As [`Self::with_numbers`].
    pub fn with_texts(self, name: &str, values: &[Option<&str>]) -> Result<Self> {
        self.with_column(name, text_column(name, values.iter().copied()))
    }

    fn with_column(mut self, name: &str, column: polars::prelude::Column) -> Result<Self> {
        if self.has(name) {
            let problem = format!("has a column '{name}', which is the name of a result; rename it");
            return Err(unusable(&self.path, &problem));
        }
        match self.frame.with_column(column).map(|_| ()) {
            Ok(()) => Ok(self),
            Err(source) => Err(self.table_error(source)),
        }
    }

    /// Number of rows, without the header.
    pub fn height(&self) -> usize {
        self.frame.height()
    }

    /// Names of the columns, in the order of the file; columns of Parquet that cannot be read come last.
    pub fn names(&self) -> Vec<&str> {
        let readable = self.frame.columns().iter().map(|it| it.name().as_str());
        readable.chain(self.unreadable.keys().map(String::as_str)).collect()
    }

    /// Whether there is a column of that name.
    pub fn has(&self, name: &str) -> bool {
        self.names().contains(&name)
    }

    /// Where a row stands in the file: the line of a text file, the row of a Parquet file counted from 1 with a header.
    pub fn line(&self, row: usize) -> usize {
        self.lines.as_ref().map_or(row + 2, |lines| lines[row])
    }

    /// A column as text; absent where the cell is empty or says so (`NA`, `N/A`, `#N/A`, `null`; in an export `NaN` and
    /// `None` too).
    ///
    /// # Errors
    ///
    /// [`Error::MissingColumn`] if there is none of that name.
    pub fn texts(&self, name: &str) -> Result<Vec<Option<String>>> {
        let column = self.column(name)?.cast(&DataType::String).map_err(|source| self.table_error(source))?;
        let texts: &ChunkedArray<StringType> = column.str().map_err(|source| self.table_error(source))?;
        Ok(texts.iter().map(|it| it.and_then(|cell| self.written_by.present(cell))).collect())
    }

    /// A column as finite numbers, as [`Numbers`] reads them; absent where the cell is.
    ///
    /// # Errors
    ///
    /// * [`Error::MissingColumn`] if there is none of that name.
    /// * [`Error::Value`] if a cell holds something else.
    pub fn numbers(&self, name: &str) -> Result<Vec<Option<f64>>> {
        let column = self.column(name)?;
        if column.dtype().is_primitive_numeric() {
            let numbers = column.cast(&DataType::Float64).map_err(|source| self.table_error(source))?;
            let numbers: &ChunkedArray<Float64Type> = numbers.f64().map_err(|source| self.table_error(source))?;
            let finite = |(row, number): (usize, Option<f64>)| match number {
                Some(number) if number.is_nan() && self.written_by == Writer::Program => Ok(None),
                Some(number) if !number.is_finite() => {
                    Err(self.value_error(row, name, &number.to_string(), &NumberProblem::NoNumber.to_string()))
                }
                number => Ok(number),
            };
            return numbers.iter().enumerate().map(finite).collect();
        }
        let mut numbers = Numbers::new(self.delimiter);
        self.texts(name)?
            .into_iter()
            .enumerate()
            .map(|(row, cell)| {
                let Some(cell) = cell else { return Ok(None) };
                let number = numbers.number(&cell);
                number.map(Some).map_err(|problem| self.value_error(row, name, &cell, &problem.to_string()))
            })
            .collect()
    }

    /// A column as whole numbers of 0 or more; absent where the cell is.
    ///
    /// # Errors
    ///
    /// As [`Self::numbers`], and [`Error::Value`] if a number is negative or not whole.
    pub fn counts(&self, name: &str) -> Result<Vec<Option<u64>>> {
        self.numbers(name)?
            .into_iter()
            .enumerate()
            .map(|(row, number)| {
                let Some(number) = number else { return Ok(None) };
                if number < 0.0 || number.fract() != 0.0 || number > MOST_COUNTED {
                    return Err(self.number_error(row, name, number, "a whole number from 0 to 1000000000"));
                }
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and not negative")]
                Ok(Some(number as u64))
            })
            .collect()
    }

    /// A column of identifiers: text that stands in every row, without control characters.
    ///
    /// # Errors
    ///
    /// [`Error::MissingColumn`] or [`Error::Value`].
    pub fn identifiers(&self, name: &str) -> Result<Vec<String>> {
        self.texts(name)?
            .into_iter()
            .enumerate()
            .map(|(row, cell)| match cell {
                None => Err(self.value_error(row, name, "", "an identifier")),
                Some(text) if text.chars().any(char::is_control) => {
                    let found = text.escape_debug().to_string();
                    Err(self.value_error(row, name, &found, "an identifier without tabs and line ends"))
                }
                Some(text) => Ok(text),
            })
            .collect()
    }

    /// The error that one cell cannot be used.
    pub fn value_error(&self, row: usize, column: &str, found: &str, expected: &str) -> Error {
        Error::Value {
            path: self.path.clone(),
            row: self.line(row),
            column: column.to_owned(),
            found: found.to_owned(),
            expected: expected.to_owned(),
        }
    }

    /// [`Self::value_error`] for a number of [`Self::numbers`], quoted as the file writes it.
    pub fn number_error(&self, row: usize, column: &str, number: f64, expected: &str) -> Error {
        let own_words = self.texts(column).ok().and_then(|texts| texts.into_iter().nth(row).flatten());
        self.value_error(row, column, &own_words.unwrap_or_else(|| number.to_string()), expected)
    }

    /// The error that a column is not there.
    pub fn missing_column(&self, name: &str) -> Error {
        units::missing_column(&self.path, name, &self.names())
    }

    fn column(&self, name: &str) -> Result<&polars::prelude::Column> {
        if let Some(kind) = self.unreadable.get(name) {
            let problem = format!(
                "column '{name}' is of type {kind}; save it as text, true and false, or numbers of 32 or 64 bits"
            );
            return Err(unusable(&self.path, &problem));
        }
        self.frame.column(name).map_err(|_| self.missing_column(name))
    }

    fn table_error(&self, source: polars::error::PolarsError) -> Error {
        Error::Table { path: self.path.clone(), source }
    }
}

impl Writer {
    /// What a cell holds; absent if it is empty or says so.
    fn present(self, cell: &str) -> Option<String> {
        let cell = cell.trim();
        let is_absent = match self {
            Self::Person => means_absent(cell),
            Self::Program => means_absent_in_exports(cell),
        };
        (!is_absent).then(|| cell.to_owned())
    }
}

fn unusable(path: &Path, problem: &str) -> Error {
    Error::UnusableFile { path: path.to_owned(), problem: problem.to_owned() }
}

mod stored;
#[cfg(test)]
mod tests;

use stored::StoredTable;
