//! Tables of cells, read at full speed: how often each combination of words occurs.
//!
//! What a file is and what its columns mean, its format says ([`super::format`]); here its rows are read, whether text or
//! Parquet, in one pass and in memory that does not grow with them. Where a cell lies, and whether its intensity reaches a
//! threshold, becomes a word too.

mod anndata;
mod batch;
mod located;
mod parquet;
mod text;
mod words;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use batch::{Batch, Wanted};
use located::Located;
pub use words::{ABSENT, Words};

use super::gates::Gates;
use crate::error::{Error, Result};
use crate::io::format::{Coordinate, Header, SampleWords};
use crate::model::State;
use crate::spatial::{MarginWidth, SectionRegions};
use crate::table::combinations::{Codes, Combinations};

/// First bytes of a Parquet file.
const PARQUET: &[u8] = b"PAR1";
/// First bytes of an HDF5 file.
const HDF5: &[u8] = b"\x89HDF\r\n\x1a\n";

/// What is wanted of every row.
#[derive(Default)]
pub struct Plan<'a> {
    /// Columns whose words are wanted.
    pub words: Vec<usize>,
    /// Places in `words` of the columns that name the sample; empty if the whole file is one sample.
    pub sample: Vec<usize>,
    /// The sample, where no column names it.
    pub file_sample: &'a str,
    /// Columns of intensities that have thresholds.
    pub thresholds: Vec<Threshold<'a>>,
    /// Where cells lie in outlines of regions.
    pub outlines: Option<OutlinePlan<'a>>,
    /// How far cells are from the border of the tumour.
    pub distance: Option<DistancePlan>,
}

/// A column of intensities, and the thresholds on it.
#[derive(Debug)]
pub struct Threshold<'a> {
    /// Its place.
    pub column: usize,
    /// The marker.
    pub marker: &'a str,
    /// Thresholds by marker and sample.
    pub gates: &'a Gates,
    /// How the sample is written in the file.
    pub sample_words: SampleWords,
}

/// The regions of a sample, by its name.
pub type SectionOf<'a> = dyn Fn(&str) -> Option<&'a SectionRegions> + 'a;

/// Coordinates, and the regions they may lie in.
pub struct OutlinePlan<'a> {
    /// Across.
    pub x: Coordinate,
    /// Down.
    pub y: Coordinate,
    /// µm in a unit of the coordinates; an error if nobody says it, which counts where a sample of the file has outlines.
    pub microns_per_unit: Box<dyn Fn() -> Result<f64> + 'a>,
    /// Names of all regions that a cell may lie in, sorted.
    pub regions: Vec<String>,
    /// The regions of a sample, by the word that names it in the file; absent if it has no outlines.
    pub section_of: Box<SectionOf<'a>>,
}

/// A column of signed distances, and the margin they are compared with.
#[derive(Clone, Copy, Debug)]
pub struct DistancePlan {
    /// Its place.
    pub column: usize,
    /// µm in a unit of the column.
    pub microns_per_unit: f64,
    /// How far the margin reaches.
    pub margin: MarginWidth,
}

/// How often each combination of words occurs in a file.
#[derive(Debug)]
pub struct Scanned {
    /// All rows.
    pub n_rows: u64,
    words: Vec<Words>,
    n_thresholds: usize,
    region_words: Option<Vec<String>>,
    /// The first row without a number that is wanted to say where the cell lies, and the column; absent if all have it.
    pub first_without_place: Option<(u64, usize)>,
    combinations: Vec<(Box<[u32]>, u64)>,
}

/// One combination of words and how many rows have it.
#[derive(Clone, Copy, Debug)]
pub struct Combination<'a> {
    scanned: &'a Scanned,
    codes: &'a [u32],
    /// Rows that have it.
    pub n_rows: u64,
}

impl Scanned {
    /// The combinations, in an order that depends on the file alone.
    pub fn combinations(&self) -> impl Iterator<Item = Combination<'_>> {
        self.combinations.iter().map(|(codes, n_rows)| Combination { scanned: self, codes, n_rows: *n_rows })
    }
}

impl<'a> Combination<'a> {
    /// The word in the column that stands at this place of [`Plan::words`]; absent if the cell is empty.
    pub fn word(&self, place: usize) -> Option<&'a str> {
        self.scanned.words[place].word(self.codes[place])
    }

    /// The sample that these words name; absent if one of them is.
    pub fn sample(&self, places: &[usize]) -> Option<String> {
        let words: Option<Vec<&str>> = places.iter().map(|&it| self.word(it)).collect();
        words.map(|it| it.join(SAMPLE_SEPARATOR))
    }

    /// Whether the intensity reaches the threshold at this place of [`Plan::thresholds`].
    pub fn threshold(&self, place: usize) -> State {
        match self.codes[self.scanned.words.len() + place] {
            POSITIVE => State::Positive,
            NEGATIVE => State::Negative,
            _ => State::Unknown,
        }
    }

    /// Where the cell's place or its distance from the border says that it lies.
    pub fn located(&self) -> Place<'a> {
        let Some(regions) = &self.scanned.region_words else { return Place::Outside };
        match self.codes[self.scanned.words.len() + self.scanned.n_thresholds] {
            ABSENT => Place::Outside,
            code => regions.get(code as usize - 1).map_or(Place::Unknown, |it| Place::Region(it)),
        }
    }
}

/// Where a cell lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// In this region.
    Region(&'a str),
    /// In no region.
    Outside,
    /// Nobody knows: it has no coordinates, or no distance.
    Unknown,
}

/// Stands between the words that name a sample together.
pub const SAMPLE_SEPARATOR: &str = "_";

const NEGATIVE: u32 = 1;
const POSITIVE: u32 = 2;

/// Reads a table of cells.
///
/// # Errors
///
/// * Those of the file: unreadable, cut off, a row of another length than its header.
/// * [`Error::Value`] for a coordinate or distance that is no number or infinite, where these are wanted.
/// * [`Error::UnusableFile`] for a column of words that holds a different word on every row.
pub fn scan(path: &Path, header: &Header, plan: &Plan<'_>) -> Result<Scanned> {
    let numbers: Vec<usize> = plan.thresholds.iter().map(|it| it.column).collect();
    let mut wanted = Wanted { words: plan.words.clone(), numbers, lines: false };
    let mut located = Located::of(plan, &mut wanted);
    wanted.lines = !wanted.numbers.is_empty();
    let mut words: Vec<Words> = wanted.words.iter().map(|_| Words::default()).collect();
    let mut combinations = Combinations::default();
    let mut n_rows = 0;
    let mut threshold_codes: Vec<Vec<u32>> = vec![Vec::new(); plan.thresholds.len()];
    let mut region_codes = Vec::new();

    let each = |batch: &Batch, words: &[Words]| -> Result<()> {
        n_rows += batch.n_rows as u64;
        let word_of = |place: usize, row: usize| {
            let column = &batch.words[place];
            words[place].word(column.global(column.codes[row])).unwrap_or_default()
        };
        let sample_of = |row: usize| match plan.sample.as_slice() {
            [] => Cow::Borrowed(plan.file_sample),
            [place] => Cow::Borrowed(word_of(*place, row)),
            places => Cow::Owned(places.iter().map(|&it| word_of(it, row)).collect::<Vec<_>>().join(SAMPLE_SEPARATOR)),
        };
        for ((threshold, codes), values) in plan.thresholds.iter().zip(&mut threshold_codes).zip(&batch.numbers) {
            threshold.code(values, codes, sample_of);
        }
        if let Some(located) = &mut located {
            located.code(path, header, batch, &mut region_codes, sample_of)?;
        }
        let mut columns: Vec<Codes<'_>> = Vec::with_capacity(words.len() + threshold_codes.len() + 1);
        for (column, words) in batch.words.iter().zip(words) {
            columns.push(Codes { codes: &column.codes, n_codes: column.n_codes(words) });
        }
        columns.extend(threshold_codes.iter().map(|codes| Codes { codes, n_codes: 3 }));
        if let Some(located) = &located {
            columns.push(Codes { codes: &region_codes, n_codes: located.n_codes() });
        }
        combinations
            .add(batch.n_rows, &columns, |column, code| batch.words.get(column).map_or(code, |it| it.global(code)));
        Ok(())
    };
    for_each_batch(path, &wanted, &mut words, each)?;
    Ok(Scanned {
        n_rows,
        n_thresholds: plan.thresholds.len(),
        first_without_place: located.as_ref().and_then(|it| it.first_without_place),
        region_words: located.map(|it| it.regions),
        combinations: in_order_of_words(combinations.into_sorted(), &words),
        words,
    })
}

/// Names of the columns of a file that is no text, and its first rows as text.
///
/// # Errors
///
/// [`Error::UnusableFile`] if the file is damaged, or [`Error::Read`].
pub fn first_rows(path: &Path, n_rows: usize) -> Result<Option<FirstRows>> {
    let (written_as, rows) = match stored_as(path)? {
        StoredAs::Parquet => ("Parquet", parquet::first_rows(path, n_rows)?),
        StoredAs::AnnData => ("AnnData (HDF5)", anndata::first_rows(path, n_rows)?),
        StoredAs::Text => return Ok(None),
    };
    Ok(Some(FirstRows { written_as, names: rows.0, rows: rows.1 }))
}

/// The beginning of a table that is no text.
#[derive(Clone, Debug)]
pub struct FirstRows {
    /// How the file is written.
    pub written_as: &'static str,
    /// Names of the columns.
    pub names: Vec<String>,
    /// The first rows, each with a text for every column.
    pub rows: Vec<Vec<String>>,
}

/// Which of these columns of a file hold something in any row.
///
/// # Errors
///
/// Those of the file.
pub fn filled(path: &Path, columns: &[usize]) -> Result<BTreeSet<usize>> {
    match stored_as(path)? {
        StoredAs::Parquet => parquet::filled(path, columns),
        StoredAs::AnnData => anndata::filled(path, columns),
        StoredAs::Text => text::filled(path, columns),
    }
}

/// The first row of a file that holds these words in these columns: its line, or its row of a file that is no text, counted
/// from 1 with the header; 0 if there is none. For messages.
///
/// # Errors
///
/// Those of the file.
pub fn first_row_of(path: &Path, cells: &[(usize, &str)]) -> Result<usize> {
    let wanted = Wanted { words: cells.iter().map(|it| it.0).collect(), numbers: Vec::new(), lines: true };
    let mut words: Vec<Words> = cells.iter().map(|_| Words::default()).collect();
    let mut found = None;
    let each = |batch: &Batch, words: &[Words]| {
        let holds = |row: usize, at: usize| {
            let codes = &batch.words[at];
            words[at].word(codes.global(codes.codes[row])) == Some(cells[at].1)
        };
        let is_it = |row: &usize| (0..cells.len()).all(|at| holds(*row, at));
        found = found.or_else(|| (0..batch.n_rows).find(is_it).map(|row| batch.lines[row]));
        Ok(())
    };
    for_each_batch(path, &wanted, &mut words, each)?;
    Ok(found.map_or(0, |line| usize::try_from(line).unwrap_or(usize::MAX)))
}

fn for_each_batch(
    path: &Path,
    wanted: &Wanted,
    words: &mut [Words],
    each: impl FnMut(&Batch, &[Words]) -> Result<()>,
) -> Result<()> {
    match stored_as(path)? {
        StoredAs::Parquet => parquet::for_each_batch(path, wanted, words, each),
        StoredAs::AnnData => anndata::for_each_batch(path, wanted, words, each),
        StoredAs::Text => text::for_each_batch(path, wanted, words, each),
    }
}

/// How a table of cells is stored.
enum StoredAs {
    Parquet,
    AnnData,
    Text,
}

/// How a file is stored, by its first bytes.
fn stored_as(path: &Path) -> Result<StoredAs> {
    let mut start = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(HDF5.len() as u64).read_to_end(&mut start));
    read.map_err(|source| Error::Read { path: path.to_owned(), source })?;
    Ok(match start.as_slice() {
        HDF5 => StoredAs::AnnData,
        start if start.starts_with(PARQUET) => StoredAs::Parquet,
        _ => StoredAs::Text,
    })
}

impl Threshold<'_> {
    /// METHOD: at the threshold or above is positive; an empty intensity, or a sample without a threshold, is unknown.
    fn code<'w>(&self, values: &[f64], codes: &mut Vec<u32>, sample_of: impl Fn(usize) -> Cow<'w, str>) {
        codes.clear();
        let mut last: Option<(Cow<'_, str>, Option<f64>)> = None;
        for (row, value) in values.iter().enumerate() {
            let sample = sample_of(row);
            let threshold = match &last {
                Some((same, threshold)) if *same == sample => *threshold,
                _ => self.gates.threshold(self.marker, self.sample_words.sample(&sample)),
            };
            last = Some((sample, threshold));
            codes.push(match threshold {
                Some(threshold) if *value >= threshold => POSITIVE,
                Some(_) if !value.is_nan() => NEGATIVE,
                _ => ABSENT,
            });
        }
    }
}

/// Codes depend on the order of rows; words do not.
fn in_order_of_words(mut combinations: Vec<(Box<[u32]>, u64)>, words: &[Words]) -> Vec<(Box<[u32]>, u64)> {
    let key = |codes: &[u32]| -> Vec<Option<String>> {
        words.iter().zip(codes).map(|(words, code)| words.word(*code).map(str::to_owned)).collect()
    };
    combinations.sort_by_cached_key(|(codes, _)| (key(codes), codes[words.len()..].to_vec()));
    combinations
}

fn value_error(path: &Path, line: u64, column: &str, found: &str, expected: &str) -> Error {
    Error::Value {
        path: path.to_owned(),
        row: usize::try_from(line).unwrap_or(usize::MAX),
        column: column.to_owned(),
        found: found.to_owned(),
        expected: expected.to_owned(),
    }
}

fn too_many_words(path: &Path, column: &str) -> Error {
    let problem = format!(
        "column '{column}' holds more than a million different words; a sample, region or phenotype was expected there, not a \
         number or the name of a cell"
    );
    Error::UnusableFile { path: path.to_owned(), problem }
}
