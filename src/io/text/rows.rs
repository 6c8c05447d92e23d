//! The rows of a text, one after the other, in one buffer.
//!
//! A row without quotes is a line, and is split where it lies: no byte of it is copied. Behind the last field that is
//! wanted, delimiters are only counted.

use std::path::{Path, PathBuf};

use memchr::{memchr, memchr_iter};

use super::buffer::Buffer;
use super::quotes::{Dialect, Unfinished, split};
use super::source::{Source, read_error};
use crate::error::{Error, Result};

/// A header longer than this is none.
const LONGEST_HEADER: usize = 16 << 20;
/// A row longer than this is none.
const LONGEST_ROW: usize = 64 << 20;

/// A reader of rows.
pub(super) struct Rows {
    pub(super) path: PathBuf,
    buffer: Buffer,
    dialect: Dialect,
    /// A line that is longer is refused, at the latest when it is twice as long.
    pub(super) longest: usize,
    /// The line that the next row begins in, counted from 1.
    line: u64,
    ends: Vec<usize>,
    unquoted: Vec<u8>,
}

/// A row, split as far as its columns are wanted.
pub(super) struct Row<'a> {
    pub(super) line: u64,
    pub(super) n_fields: usize,
    /// The wanted fields, with one byte between them.
    text: &'a [u8],
    /// Where each of them ends.
    ends: &'a [usize],
}

impl<'a> Row<'a> {
    /// The field of a column among those wanted, without the spaces around it.
    pub(super) fn field(&self, column: usize) -> &'a [u8] {
        let start = if column == 0 { 0 } else { self.ends[column - 1] + 1 };
        self.text[start..self.ends[column]].trim_ascii()
    }
}

impl Rows {
    pub(super) fn new(path: &Path, source: Source, capacity: usize) -> Self {
        Self {
            path: path.to_owned(),
            buffer: Buffer::new(source.text, capacity),
            dialect: Dialect { delimiter: b',', line_end: source.line_end, is_quoting: true },
            longest: LONGEST_HEADER,
            line: 1,
            ends: Vec::new(),
            unquoted: Vec::new(),
        }
    }

    /// The first line that is not blank, which stays the next to be read; absent if there is none.
    pub(super) fn first_line(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            let text = self.buffer.text();
            let line_end = memchr(self.dialect.line_end, text);
            if line_end.is_none() && !self.buffer.is_at_end() {
                self.fill()?;
                continue;
            }
            let line = &text[..line_end.unwrap_or(text.len())];
            if !is_blank(line) {
                return Ok(Some(line.to_vec()));
            }
            let Some(length) = line_end else { return Ok(None) };
            self.skip_line(length + 1);
        }
    }

    /// Reads the header, and says how rows are read from there on.
    pub(super) fn header(&mut self, delimiter: u8, is_quoting: bool) -> Result<Option<Row<'_>>> {
        self.dialect = Dialect { delimiter, is_quoting, ..self.dialect };
        self.longest = LONGEST_ROW;
        self.next(usize::MAX)
    }

    /// The next row, with its first `n_wanted` fields; absent at the end. Blank lines are no rows.
    pub(super) fn next(&mut self, n_wanted: usize) -> Result<Option<Row<'_>>> {
        let mut n_searched = 0;
        loop {
            let text = self.buffer.text();
            let line_end = memchr(self.dialect.line_end, &text[n_searched..]).map(|at| n_searched + at);
            if line_end.is_none() && !self.buffer.is_at_end() {
                n_searched = text.len();
                self.fill()?;
                continue;
            }
            let line = &text[..line_end.unwrap_or(text.len())];
            let length = (line.len() + 1).min(text.len());
            if self.dialect.is_quoting && memchr(b'"', line).is_some() {
                let is_at_end = self.buffer.is_at_end();
                match split(text, is_at_end, self.dialect, n_wanted, &mut self.ends, &mut self.unquoted) {
                    Ok(split) => {
                        let line = self.line;
                        self.skip_lines(split.length);
                        let row = Row { line, n_fields: split.n_fields, text: &self.unquoted, ends: &self.ends };
                        return Ok(Some(row));
                    }
                    Err(Unfinished::NeedsMore) => {
                        self.fill()?;
                        continue;
                    }
                    Err(Unfinished::OpenQuote(at)) => return Err(self.open_quote(at)),
                }
            }
            if is_blank(line) {
                if text.is_empty() {
                    return Ok(None);
                }
                self.skip_line(length);
                n_searched = 0;
                continue;
            }
            let n_fields = find_ends(line, self.dialect.delimiter, n_wanted, &mut self.ends);
            let n_in_line = line.len();
            let line = self.line;
            self.line += 1;
            return Ok(Some(Row { line, n_fields, text: &self.buffer.take(length)[..n_in_line], ends: &self.ends }));
        }
    }

    fn skip_line(&mut self, length: usize) {
        self.buffer.take(length);
        self.line += 1;
    }

    fn skip_lines(&mut self, length: usize) {
        let record = self.buffer.take(length);
        let n_lines = memchr_iter(self.dialect.line_end, record).count();
        self.line += n_lines as u64;
    }

    fn fill(&mut self) -> Result<()> {
        let n_known = self.buffer.text().len();
        if n_known > self.longest {
            let problem = format!("has a row of more than {} MB: row {}", self.longest >> 20, self.line);
            return Err(self.unusable(problem));
        }
        self.buffer.fill().map_err(|source| read_error(&self.path, source))?;
        if let Some(at) = memchr(0, &self.buffer.text()[n_known..]) {
            let row = self.line_of(n_known + at);
            return Err(
                self.unusable(format!("is not a text table (row {row} holds a zero byte); save it as CSV or TSV"))
            );
        }
        Ok(())
    }

    fn open_quote(&self, at: usize) -> Error {
        let row = self.line_of(at);
        self.unusable(format!("has a quote in row {row} that is never closed; close it, or take it out"))
    }

    /// The line of a byte of the buffer.
    fn line_of(&self, at: usize) -> u64 {
        self.line + memchr_iter(self.dialect.line_end, &self.buffer.text()[..at]).count() as u64
    }

    pub(super) fn unusable(&self, problem: String) -> Error {
        Error::UnusableFile { path: self.path.clone(), problem }
    }
}

/// Says where the first `n_wanted` fields of a line end; returns how many fields there are.
fn find_ends(line: &[u8], delimiter: u8, n_wanted: usize, ends: &mut Vec<usize>) -> usize {
    let mut delimiters = memchr_iter(delimiter, line);
    ends.clear();
    ends.extend(delimiters.by_ref().take(n_wanted));
    if ends.len() < n_wanted {
        ends.push(line.len());
        return ends.len();
    }
    n_wanted + 1 + delimiters.count()
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|it| matches!(it, b' ' | b'\r'))
}
