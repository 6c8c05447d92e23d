//! The beginning of a file, which is what a format is recognised by; and a whole table of regions.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::header::Header;
use super::json_keys::first_keys;
use crate::error::Result;
use crate::io::cells::{self, FirstRows};
use crate::io::table_file::TableFile;
use crate::io::text::{TextFile, decode, plain_text};
use crate::model::means_absent_in_exports;

/// The header of a file and its first rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// Name of the file without its folder; some formats keep metadata in it. Never what a format is recognised by.
    pub file_name: String,
    /// Names of the columns.
    pub header: Header,
    /// The first rows, as text, each as long as the header.
    pub rows: Vec<Vec<String>>,
    /// Whether the file is JSON; then the columns are the keys of its first object, or of the first element of its array,
    /// and there are no rows.
    pub json: bool,
    /// How the file is written, for a person: encoding, compression and delimiter; `Parquet`; `JSON`.
    pub written_as: String,
    /// The rows behind the first ones.
    pub rest: Rest,
}

/// The rows of a file behind the first ones, which are read if somebody asks for a column that is empty in these.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rest {
    /// The file; absent where the first rows are all.
    path: Option<PathBuf>,
    /// Columns that are empty in the first rows and hold something in a later one.
    filled: OnceLock<BTreeSet<usize>>,
}

/// So many rows are looked at.
const PREVIEW_ROWS: usize = 100;
/// So much of a JSON file is looked at.
const PREVIEW_BYTES: u64 = 1 << 16;

impl Preview {
    /// The preview of a text with tabs between its columns; for tests and examples.
    pub fn of_tsv(file_name: &str, text: &str) -> Self {
        let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<String>>());
        let header = Header::new(lines.next().unwrap_or_default());
        let (file_name, rest) = (file_name.to_owned(), Rest::default());
        Self { file_name, header, rows: lines.collect(), json: false, written_as: String::new(), rest }
    }

    /// What the first rows hold in a column, where they hold anything.
    pub fn values(&self, column: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().map(move |row| row[column].trim()).filter(|it| !means_absent_in_exports(it))
    }

    /// Whether any row of the file holds anything in a column.
    pub fn is_filled(&self, column: usize) -> bool {
        self.values(column).next().is_some() || self.is_filled_later(column)
    }

    /// Whether a row behind the first ones holds anything in a column that is empty in these.
    fn is_filled_later(&self, column: usize) -> bool {
        let Some(path) = &self.rest.path else { return false };
        let filled = self.rest.filled.get_or_init(|| {
            // All such columns at once: a file is read to its end once for them, and most files are not.
            let empty: Vec<usize> = (0..self.header.len()).filter(|&it| self.values(it).next().is_none()).collect();
            // Who cannot read it to its end is told so when it is counted.
            cells::filled(path, &empty).unwrap_or_default()
        });
        filled.contains(&column)
    }

    /// The column of the first of these names that is there and holds something: in the first rows or, where none does, in any.
    ///
    /// So a column that names the sample of every row goes before one that begins to in the middle of the file.
    pub fn find_filled(&self, names: &[&str]) -> Option<usize> {
        let columns = || names.iter().filter_map(|it| self.header.find(it));
        let early = columns().find(|&it| self.values(it).next().is_some());
        early.or_else(|| columns().find(|&it| self.is_filled(it)))
    }

    /// Reads the beginning of a file.
    ///
    /// # Errors
    ///
    /// Those of the file: unreadable, empty, no text, two columns of one name.
    pub fn read(path: &Path) -> Result<Self> {
        let file_name = path.file_name().map_or_else(String::new, |it| it.to_string_lossy().into_owned());
        let rest =
            |rows: &[_]| Rest { path: (rows.len() == PREVIEW_ROWS).then(|| path.to_owned()), filled: OnceLock::new() };
        if let Some(FirstRows { written_as, names, rows }) = cells::first_rows(path, PREVIEW_ROWS)? {
            let (written_as, rest) = (written_as.to_owned(), rest(&rows));
            return Ok(Self { file_name, header: Header::new(names), rows, json: false, written_as, rest });
        }
        let mut start = Vec::new();
        let plain = plain_text(path)?.take(PREVIEW_BYTES).read_to_end(&mut start);
        if plain.is_ok()
            && let Some(keys) = first_keys(&decode(&start))
        {
            let written_as = "JSON".to_owned();
            let (rows, rest) = (Vec::new(), Rest::default());
            return Ok(Self { file_name, header: Header::new(keys), rows, json: true, written_as, rest });
        }
        let text = TextFile::open(path)?;
        let compression = text.compression().map(|it| format!("{it}, ")).unwrap_or_default();
        let written_as = format!("{compression}{} text, {} between columns", text.encoding(), text.delimiter());
        let rows = text.first_rows(PREVIEW_ROWS)?;
        let (header, rest) = (Header::new(text.header().to_vec()), rest(&rows));
        Ok(Self { file_name, header, rows, json: false, written_as, rest })
    }
}

/// A whole table of regions, with its header.
#[derive(Clone, Copy, Debug)]
pub struct RegionTable<'a> {
    /// Names of the columns.
    pub header: &'a Header,
    /// The rows; columns are asked for by the names in `header`.
    pub table: &'a TableFile,
}

/// The records of a table that is given as text with tabs, read as an export.
#[cfg(test)]
pub(super) fn records_of(
    read: fn(&RegionTable<'_>) -> Result<Vec<super::RegionRecord>>,
    text: &str,
) -> Result<Vec<super::RegionRecord>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("regions.tsv");
    std::fs::write(&path, text).expect("a file in it");
    let table = TableFile::read_export(&path)?.expect("a table with rows");
    let header = Header::new(table.names().into_iter().map(str::to_owned).collect());
    read(&RegionTable { header: &header, table: &table })
}
