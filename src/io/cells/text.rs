//! Batches of a text table.

use std::collections::BTreeSet;
use std::path::Path;

use super::batch::{BATCH_ROWS, Batch, Wanted};
use super::words::Words;
use super::{too_many_words, value_error};
use crate::error::Result;
use crate::io::text::{Numbers, TextFile};
use crate::model::means_absent_in_exports;

/// Which of these columns hold something in any row.
///
/// # Errors
///
/// Those of the file.
pub(super) fn filled(path: &Path, columns: &[usize]) -> Result<BTreeSet<usize>> {
    let mut is_filled = vec![false; columns.len()];
    TextFile::open(path)?.for_each_row(columns, |_, fields| {
        for (at, is_filled) in is_filled.iter_mut().enumerate().filter(|(_, it)| !**it) {
            *is_filled = !means_absent_in_exports(fields.text(at).trim());
        }
        Ok(())
    })?;
    Ok(columns.iter().zip(is_filled).filter_map(|(column, it)| it.then_some(*column)).collect())
}

/// Calls `each` for every batch of rows.
///
/// # Errors
///
/// Those of the file, of `each`, and [`crate::error::Error::Value`] for a cell that should be a number and is none.
pub(super) fn for_each_batch(
    path: &Path,
    wanted: &Wanted,
    words: &mut [Words],
    mut each: impl FnMut(&Batch, &[Words]) -> Result<()>,
) -> Result<()> {
    let file = TextFile::open(path)?;
    let header = file.header().to_vec();
    let columns = wanted.columns();
    let place = |column: &usize| columns.binary_search(column).expect("a wanted column");
    let word_places: Vec<usize> = wanted.words.iter().map(place).collect();
    let number_places: Vec<usize> = wanted.numbers.iter().map(place).collect();

    let mut numbers = Numbers::new(file.delimiter());
    let mut batch = Batch::of(wanted);
    file.for_each_row(&columns, |line, fields| {
        for (at, &place) in word_places.iter().enumerate() {
            let code =
                words[at].code(fields.bytes(place)).ok_or_else(|| too_many_words(path, &header[wanted.words[at]]))?;
            batch.words[at].codes.push(code);
        }
        for (at, &place) in number_places.iter().enumerate() {
            let text = fields.text(place);
            let number = numbers
                .parse(&text)
                .map_err(|problem| value_error(path, line, &header[wanted.numbers[at]], &text, &problem.to_string()))?;
            batch.numbers[at].push(number.unwrap_or(f64::NAN));
        }
        if wanted.lines {
            batch.lines.push(line);
        }
        batch.n_rows += 1;
        if batch.n_rows == BATCH_ROWS {
            each(&batch, words)?;
            batch.clear();
        }
        Ok(())
    })?;
    each(&batch, words)
}
