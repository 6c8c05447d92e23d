//! Batches of the table of cells in an `AnnData` file.

use std::collections::BTreeSet;
use std::path::Path;

use super::batch::{BATCH_ROWS, Batch, Wanted};
use super::words::{ABSENT, Words};
use super::{too_many_words, value_error};
use crate::error::Result;
use crate::io::h5ad::{Column, read_obs};
use crate::model::means_absent_in_exports;

/// Names of the columns, and the first rows as text.
///
/// # Errors
///
/// Those of the file.
pub(super) fn first_rows(path: &Path, n_rows: usize) -> Result<(Vec<String>, Vec<Vec<String>>)> {
    let obs = read_obs(path)?;
    let n_rows = n_rows.min(obs.n_rows());
    let mut rows = vec![Vec::new(); n_rows];
    for name in obs.columns() {
        // A column that cannot be read is left empty here, and refused where somebody asks for it.
        let cells = obs.column(name).and_then(|it| it.text(0..n_rows)).unwrap_or_else(|_| vec![None; n_rows]);
        for (row, cell) in rows.iter_mut().zip(cells) {
            row.push(cell.unwrap_or_default());
        }
    }
    Ok((obs.columns().to_vec(), rows))
}

/// Which of these columns hold something in any row.
///
/// # Errors
///
/// Those of the file.
pub(super) fn filled(path: &Path, columns: &[usize]) -> Result<BTreeSet<usize>> {
    let obs = read_obs(path)?;
    // A column that cannot be read is refused where somebody asks for it.
    let cells = |column: usize| obs.column(&obs.columns()[column]).and_then(|it| it.text(0..obs.n_rows()));
    let is_filled = |column: &usize| {
        let is_word = |it: Option<String>| it.is_some_and(|it| !means_absent_in_exports(it.trim()));
        cells(*column).is_ok_and(|it| it.into_iter().any(is_word))
    };
    Ok(columns.iter().copied().filter(is_filled).collect())
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
    let obs = read_obs(path)?;
    let open = |columns: &[usize]| -> Result<Vec<Column<'_>>> {
        columns.iter().map(|&it| obs.column(&obs.columns()[it])).collect()
    };
    let (word_columns, number_columns) = (open(&wanted.words)?, open(&wanted.numbers)?);
    let mut batch = Batch::of(wanted);
    for start in (0..obs.n_rows()).step_by(BATCH_ROWS) {
        let rows = start..(start + BATCH_ROWS).min(obs.n_rows());
        batch.clear();
        batch.n_rows = rows.len();
        for (at, column) in word_columns.iter().enumerate() {
            for cell in column.text(rows.clone())? {
                let code = match cell {
                    None => ABSENT,
                    Some(word) => words[at]
                        .code(word.as_bytes())
                        .ok_or_else(|| too_many_words(path, &obs.columns()[wanted.words[at]]))?,
                };
                batch.words[at].codes.push(code);
            }
        }
        for (at, column) in number_columns.iter().enumerate() {
            for (row, cell) in column.text(rows.clone())?.into_iter().enumerate() {
                let number = match cell {
                    None => f64::NAN,
                    Some(text) => text.parse().map_err(|_| {
                        let name = &obs.columns()[wanted.numbers[at]];
                        value_error(path, (start + row + 2) as u64, name, &text, "a number or an empty cell")
                    })?,
                };
                batch.numbers[at].push(number);
            }
        }
        if wanted.lines {
            batch.lines.extend(rows.map(|it| it as u64 + 2));
        }
        each(&batch, words)?;
    }
    Ok(())
}
