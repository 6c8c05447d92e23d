//! Rows of a table of cells, a batch at a time: the columns that are wanted, as codes of words and as numbers.

use super::words::Words;

/// Rows in a batch.
pub(super) const BATCH_ROWS: usize = 1 << 15;

/// The columns that are wanted of a file, by their place in the header.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// Columns whose distinct words matter.
    pub(super) words: Vec<usize>,
    /// Columns whose numbers matter.
    pub(super) numbers: Vec<usize>,
    /// Whether the row of the file matters that each row stands in, for messages.
    pub(super) lines: bool,
}

impl Wanted {
    /// All wanted columns, each once, in the order of the file.
    pub(super) fn columns(&self) -> Vec<usize> {
        let mut columns: Vec<usize> = self.words.iter().chain(&self.numbers).copied().collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}

/// The words of one column in a batch.
#[derive(Debug, Default)]
pub(super) struct WordCodes {
    /// One code a row, of this batch.
    pub(super) codes: Vec<u32>,
    /// The code of the file for each code of this batch; absent if they are the same.
    pub(super) global: Option<Vec<u32>>,
}

impl WordCodes {
    /// The code of the file for a code of this batch.
    pub(super) fn global(&self, code: u32) -> u32 {
        self.global.as_ref().map_or(code, |it| it[code as usize])
    }

    /// How many codes this batch has, where `words` are those of the file.
    pub(super) fn n_codes(&self, words: &Words) -> usize {
        self.global.as_ref().map_or(words.n_codes(), Vec::len)
    }
}

/// Some rows of a file.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// One column for each of [`Wanted::words`].
    pub(super) words: Vec<WordCodes>,
    /// One column for each of [`Wanted::numbers`]; NaN where a cell is empty.
    pub(super) numbers: Vec<Vec<f64>>,
    /// The row of the file that each row stands in, counted from 1 with the header; only where that is wanted.
    pub(super) lines: Vec<u64>,
    /// How many rows there are.
    pub n_rows: usize,
}

impl Batch {
    pub(super) fn of(wanted: &Wanted) -> Self {
        Self {
            words: wanted.words.iter().map(|_| WordCodes::default()).collect(),
            numbers: vec![Vec::new(); wanted.numbers.len()],
            ..Self::default()
        }
    }

    pub(super) fn clear(&mut self) {
        self.words.iter_mut().for_each(|it| it.codes.clear());
        self.numbers.iter_mut().for_each(Vec::clear);
        self.lines.clear();
        self.n_rows = 0;
    }
}
