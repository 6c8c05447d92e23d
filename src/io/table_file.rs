//! A table as it stands in a file: CSV, TSV or Parquet, text also gzipped.
//!
//! What a file is, its bytes say, not its name: Parquet and gzip by their signatures, the delimiter by the header line.
//! Text is read as text; a column becomes numbers when somebody asks for numbers, so that a wrong cell can be named with
//! its row, its column and what stands in it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use polars::prelude::{
    ArrowDataType, ChunkedArray, DataFrame, DataType, Float64Type, ParquetReader, SerReader, StringType,
};

use super::suggestion::nearest;
use crate::error::{Error, Result};
use crate::model::means_absent;
use crate::table::{of_columns, text};

/// First bytes of a gzip file (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// First bytes of a Parquet file.
const PARQUET: &[u8] = b"PAR1";
/// UTF-8 byte order mark.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// More than this is no count of anything on a slide.
const MOST_COUNTED: f64 = 1e9;

/// A table and where it came from.
#[derive(Debug)]
pub struct TableFile {
    /// The file.
    pub path: PathBuf,
    frame: DataFrame,
    /// The line of each row of a text file; absent for Parquet.
    lines: Option<Vec<usize>>,
    /// Columns of a Parquet file that were not read, and their types.
    unreadable: BTreeMap<String, String>,
}

impl TableFile {
    /// Reads a table.
    ///
    /// # Errors
    ///
    /// * [`Error::Read`] if the file cannot be read.
    /// * [`Error::UnusableFile`] if it is a folder, is empty, has a header only, has two columns of one name, is not
    ///   UTF-8, or has a row of another length than its header.
    /// * [`Error::Table`] or [`Error::Text`] if it breaks the rules of its format.
    pub fn read(path: &Path) -> Result<Self> {
        let table = Self::open(path)?;
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
        Self::open(path).map(|table| (table.height() > 0).then_some(table))
    }

    fn open(path: &Path) -> Result<Self> {
        let read_error = |source| Error::Read { path: path.to_owned(), source };
        let metadata = fs::metadata(path).map_err(read_error)?;
        if metadata.is_dir() {
            return Err(unusable(path, "is a folder, expected a table: CSV, TSV or Parquet"));
        }
        let bytes = fs::read(path).map_err(read_error)?;
        if bytes.starts_with(PARQUET) {
            return Self::parquet(path, bytes);
        }
        let bytes = if bytes.starts_with(&GZIP) {
            let mut plain = Vec::new();
            MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).map_err(read_error)?;
            plain
        } else {
            bytes
        };
        Self::text(path, bytes)
    }

    fn parquet(path: &Path, bytes: Vec<u8>) -> Result<Self> {
        let table_error = |source| Error::Table { path: path.to_owned(), source };
        let mut reader = ParquetReader::new(Cursor::new(bytes));
        // Dates, lists and the like are left in the file: nobody may ask for them, and polars panics on some.
        let (mut readable, mut unreadable) = (Vec::new(), BTreeMap::new());
        for field in reader.schema().map_err(table_error)?.iter_values() {
            if is_readable(field.dtype()) {
                readable.push(field.name.to_string());
            } else {
                unreadable.insert(field.name.to_string(), format!("{:?}", field.dtype()));
            }
        }
        let frame = reader.with_columns(Some(readable)).finish().map_err(table_error)?;
        Ok(Self { path: path.to_owned(), frame, lines: None, unreadable })
    }

    fn text(path: &Path, bytes: Vec<u8>) -> Result<Self> {
        let content = String::from_utf8(bytes).map_err(|error| {
            let read = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let row = 1 + String::from_utf8_lossy(read).matches('\n').count();
            unusable(path, &format!("is not UTF-8 text in row {row}; save it as UTF-8"))
        })?;
        let content = content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&content);
        let header_line = content.lines().next().unwrap_or("");
        if header_line.trim().is_empty() {
            return Err(unusable(path, "is empty, expected a header line and rows"));
        }
        let delimiter = delimiter(header_line);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            // Tab-separated exports do not quote, and a lone quote is part of their text, unless the header is quoted.
            .quoting(delimiter != b'\t' || header_line.starts_with('"'))
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(content.as_bytes());
        let text_error = |source| Error::Text { path: path.to_owned(), source };

        let header: Vec<String> = reader.headers().map_err(text_error)?.iter().map(str::to_owned).collect();
        for (at, name) in header.iter().enumerate() {
            if header[..at].contains(name) {
                return Err(unusable(
                    path,
                    &format!("has two columns named '{name}'; each column needs a name of its own"),
                ));
            }
        }
        let mut columns: Vec<Vec<Option<String>>> = vec![Vec::new(); header.len()];
        let mut lines = Vec::new();
        for record in reader.records() {
            let record = record.map_err(text_error)?;
            let line = record.position().map_or(0, |it| usize::try_from(it.line()).unwrap_or(usize::MAX));
            if record.len() != header.len() {
                let problem =
                    format!("has {} fields in row {line}, expected {} as in the header", record.len(), header.len());
                return Err(unusable(path, &problem));
            }
            lines.push(line);
            for (column, field) in columns.iter_mut().zip(&record) {
                column.push(present(field));
            }
        }
        let named = header.iter().zip(&columns);
        let frame = of_columns(named.map(|(name, values)| text(name, values.iter().map(Option::as_deref))).collect());
        Ok(Self { path: path.to_owned(), frame, lines: Some(lines), unreadable: BTreeMap::new() })
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

    /// A column as text; absent where the cell is empty or says so (`NA`, `N/A`, `#N/A`, `null`).
    ///
    /// # Errors
    ///
    /// [`Error::MissingColumn`] if there is none of that name.
    pub fn texts(&self, name: &str) -> Result<Vec<Option<String>>> {
        let column = self.column(name)?.cast(&DataType::String).map_err(|source| self.table_error(source))?;
        let texts: &ChunkedArray<StringType> = column.str().map_err(|source| self.table_error(source))?;
        Ok(texts.iter().map(|it| it.and_then(present)).collect())
    }

    /// A column as finite numbers; absent where the cell is.
    ///
    /// # Errors
    ///
    /// * [`Error::MissingColumn`] if there is none of that name.
    /// * [`Error::Value`] if a cell holds something else.
    pub fn numbers(&self, name: &str) -> Result<Vec<Option<f64>>> {
        let column = self.column(name)?;
        let not_a_number = |row: usize, found: &str| self.value_error(row, name, found, "a number or an empty cell");
        if column.dtype().is_primitive_numeric() {
            let numbers = column.cast(&DataType::Float64).map_err(|source| self.table_error(source))?;
            let numbers: &ChunkedArray<Float64Type> = numbers.f64().map_err(|source| self.table_error(source))?;
            let finite = |(row, number): (usize, Option<f64>)| match number {
                Some(number) if !number.is_finite() => Err(not_a_number(row, &number.to_string())),
                number => Ok(number),
            };
            return numbers.iter().enumerate().map(finite).collect();
        }
        self.texts(name)?
            .into_iter()
            .enumerate()
            .map(|(row, cell)| {
                let Some(cell) = cell else { return Ok(None) };
                let number = cell.parse::<f64>().ok().filter(|it| it.is_finite());
                number.map(Some).ok_or_else(|| not_a_number(row, &cell))
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
                    return Err(self.value_error(
                        row,
                        name,
                        &number.to_string(),
                        "a whole number from 0 to 1000000000",
                    ));
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

    /// The error that a column is not there.
    pub fn missing_column(&self, name: &str) -> Error {
        let found = self.names().into_iter().map(str::to_owned).collect();
        let suggestion = nearest(name, self.names()).map(str::to_owned);
        Error::MissingColumn { path: self.path.clone(), column: name.to_owned(), found, suggestion }
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

/// Whether a column of a Parquet file can be read as numbers, text or true and false.
fn is_readable(kind: &ArrowDataType) -> bool {
    use ArrowDataType::{
        Boolean, Dictionary, Float32, Float64, Int32, Int64, LargeUtf8, Null, UInt32, UInt64, Utf8, Utf8View,
    };
    match kind {
        Dictionary(_, values, _) => is_readable(values),
        Null | Boolean | Int32 | Int64 | UInt32 | UInt64 | Float32 | Float64 | Utf8 | LargeUtf8 | Utf8View => true,
        _ => false,
    }
}

/// What a cell holds; absent if it is empty or says so.
fn present(cell: &str) -> Option<String> {
    let cell = cell.trim();
    (!means_absent(cell)).then(|| cell.to_owned())
}

/// The delimiter that the header line holds most of; a comma if it holds none.
fn delimiter(header_line: &str) -> u8 {
    let occurrences = |delimiter: u8| header_line.bytes().filter(|&it| it == delimiter).count();
    [b';', b'\t', b','].into_iter().max_by_key(|&it| occurrences(it)).unwrap_or(b',')
}

fn unusable(path: &Path, problem: &str) -> Error {
    Error::UnusableFile { path: path.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<TableFile> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table");
        fs::write(&path, bytes).unwrap();
        TableFile::read(&path)
    }

    #[test]
    fn the_header_says_what_separates_columns() {
        for text in ["a,b\n1,2\n", "a\tb\n1\t2\n", "a;b\n1;2\n", "\u{feff}a,b\r\n1,2\r\n"] {
            assert_eq!(read(text.as_bytes()).unwrap().numbers("b").unwrap(), [Some(2.0)], "{text:?}");
        }
    }

    #[test]
    fn identifiers_keep_their_zeros_and_missing_words_are_absent() {
        let table = read(b"id,x\n007,NA\n08,\n").unwrap();
        assert_eq!(table.identifiers("id").unwrap(), ["007", "08"]);
        assert_eq!(table.numbers("x").unwrap(), [None, None]);
    }

    #[test]
    fn what_is_no_number_is_named_with_its_place() {
        for (cell, place) in [("abc", "row 3"), ("NaN", "row 3"), ("inf", "row 3"), ("1.5.2", "row 3")] {
            let error = read(format!("x,y\n1,1\n{cell},2\n").as_bytes()).unwrap().numbers("x").unwrap_err().to_string();
            assert!(error.contains(place) && error.contains(&format!("found '{cell}'")), "{error}");
        }
    }

    #[test]
    fn a_quoted_field_may_hold_a_line_end_and_rows_keep_their_lines() {
        let table = read(b"x,y\n\"a\nb\",1\nc,oops\n").unwrap();
        assert!(table.numbers("y").unwrap_err().to_string().contains("row 4"));
    }

    #[test]
    fn tables_that_hold_nothing_or_contradict_themselves_are_refused() {
        for (bytes, problem) in [
            (&b""[..], "is empty"),
            (b"a,b\n", "has a header and no rows"),
            (b"a,a\n1,2\n", "two columns named 'a'"),
            (b"a,b\n1\n", "has 1 fields in row 2, expected 2"),
            (b"a,b\n\xb5,2\n", "is not UTF-8"),
        ] {
            let error = read(bytes).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
