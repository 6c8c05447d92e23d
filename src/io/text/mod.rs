//! Delimited text as it is in the wild: any encoding, delimiter, quoting and compression that programs write.
//!
//! What a file is, its first bytes say, never its name. Rows are read in one pass, in memory that grows with the longest
//! line and not with the file; every row is held against the length of the header, however few of its columns are wanted.
//!
//! | | |
//! | --- | --- |
//! | compression | gzip, Zstandard, or none |
//! | encoding | UTF-8, UTF-16 with a byte order mark (LE also without one), otherwise Windows-1252 |
//! | delimiter | tab, semicolon or comma, as in the header line |
//! | lines | end with LF, CR LF, or CR alone; blank ones are skipped |
//! | quotes | CSV: as in RFC 4180, or inner ones not doubled; tabs: text, unless the header line begins with one |

mod buffer;
mod delimiter;
mod encoding;
mod numbers;
mod quotes;
mod rows;
mod source;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

pub use delimiter::Delimiter;
pub use encoding::{Encoding, decode};
pub use numbers::{NumberProblem, Numbers};
use rows::{Row, Rows};
pub use source::Compression;
use source::Source;
pub(super) use source::{open, plain_text, read_error};

use crate::error::Result;

/// Bytes that are read at once: little enough to stay in the processor's cache.
const BUFFER_SIZE: usize = 1 << 18;

/// A delimited text file, opened, its header read.
pub struct TextFile {
    rows: Rows,
    header: Vec<String>,
    encoding: Encoding,
    compression: Option<Compression>,
    delimiter: Delimiter,
}

/// The wanted fields of a row.
pub struct Fields<'a> {
    row: &'a Row<'a>,
    wanted: &'a [usize],
}

impl Fields<'_> {
    /// A field as it stands in the file, without its quotes and the spaces around it; `at` is its place among the wanted.
    ///
    /// The bytes are UTF-8 or, where they are not, Windows-1252.
    pub fn bytes(&self, at: usize) -> &[u8] {
        self.row.field(self.wanted[at])
    }

    /// A field as text, without its quotes and the spaces around it; `at` is its place among the wanted.
    pub fn text(&self, at: usize) -> Cow<'_, str> {
        decode(self.bytes(at))
    }
}

impl TextFile {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    ///
    /// * [`Error::Read`](crate::error::Error::Read) if it cannot be read.
    /// * [`Error::UnusableFile`](crate::error::Error::UnusableFile) if it is a folder, is empty, is no text, or has two
    ///   columns of one name.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_with(path, BUFFER_SIZE)
    }

    fn open_with(path: &Path, buffer_size: usize) -> Result<Self> {
        let source = Source::open(path)?;
        let (encoding, compression) = (source.encoding, source.compression);
        let mut rows = Rows::new(path, source, buffer_size);
        let Some(header_line) = rows.first_line()? else {
            return Err(rows.unusable("is empty, expected a header line and rows".to_owned()));
        };
        let delimiter = Delimiter::of(&header_line);
        // Tab-separated exports do not quote, and a lone quote is part of their text, unless the header is quoted.
        let is_quoting = delimiter != Delimiter::Tab || header_line.starts_with(b"\"");
        let header = rows.header(delimiter.byte(), is_quoting)?;
        let header = header.map_or_else(Vec::new, |row| {
            (0..row.n_fields).map(|column| decode(row.field(column)).trim().to_owned()).collect()
        });
        check_names(&header).map_err(|problem| rows.unusable(problem))?;
        Ok(Self { rows, header, encoding, compression, delimiter })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.rows.path
    }

    /// Names of the columns, no two of them equal; empty for columns without a name.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// How its letters are encoded, as its first bytes say.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How it is compressed; absent if it is not.
    pub fn compression(&self) -> Option<Compression> {
        self.compression
    }

    /// What separates its columns.
    pub fn delimiter(&self) -> Delimiter {
        self.delimiter
    }

    /// Calls `each` for every row, with the line it begins in (counted from 1) and the fields of the wanted columns, in
    /// the order of `wanted`.
    ///
    /// # Errors
    ///
    /// * Those of `each`, which end the reading.
    /// * [`Error::Read`](crate::error::Error::Read) if the file cannot be read to its end.
    /// * [`Error::UnusableFile`](crate::error::Error::UnusableFile) if a row is not as long as the header, whether its
    ///   columns are wanted or not; if a quote is not closed; if a row is longer than any row is.
    ///
    /// # Panics
    ///
    /// If a wanted column is not in the header.
    pub fn for_each_row(mut self, wanted: &[usize], each: impl FnMut(u64, &Fields<'_>) -> Result<()>) -> Result<()> {
        self.for_rows(usize::MAX, wanted, each)
    }

    /// The first rows with all their columns, at most `n`. Reads the file anew.
    ///
    /// # Errors
    ///
    /// As [`Self::open`] and [`Self::for_each_row`].
    pub fn first_rows(&self, n: usize) -> Result<Vec<Vec<String>>> {
        let all: Vec<usize> = (0..self.header.len()).collect();
        let mut rows = Vec::new();
        Self::open(self.path())?.for_rows(n, &all, |_, fields| {
            rows.push(all.iter().map(|&at| fields.text(at).into_owned()).collect());
            Ok(())
        })?;
        Ok(rows)
    }

    fn for_rows(
        &mut self,
        n: usize,
        wanted: &[usize],
        mut each: impl FnMut(u64, &Fields<'_>) -> Result<()>,
    ) -> Result<()> {
        let n_columns = self.header.len();
        let n_wanted = wanted.iter().max().map_or(0, |last| last + 1);
        assert!(n_wanted <= n_columns, "a wanted column is one of the header");
        for at in 0..n {
            let Some(row) = self.rows.next(n_wanted)? else { break };
            if row.n_fields != n_columns {
                let (n_fields, line) = (row.n_fields, row.line);
                let hint = if at == 0 && n_fields == n_columns + 1 { ROW_NAMES_HINT } else { "" };
                let problem =
                    format!("has {n_fields} fields in row {line}, expected {n_columns} as in the header{hint}");
                return Err(self.rows.unusable(problem));
            }
            each(row.line, &Fields { row: &row, wanted })?;
        }
        Ok(())
    }
}

/// What to do about rows that are all one longer than the header.
const ROW_NAMES_HINT: &str = "; if R wrote the names of the rows before them, write the table with row.names = FALSE";

/// Says what is wrong with the names of the columns.
fn check_names(names: &[String]) -> Result<(), String> {
    let mut seen = HashSet::new();
    for name in names.iter().filter(|it| !it.is_empty()) {
        if !seen.insert(name.as_str()) {
            return Err(format!("has two columns named '{name}'; each column needs a name of its own"));
        }
    }
    if seen.is_empty() { Err("has no names in its header line".to_owned()) } else { Ok(()) }
}
