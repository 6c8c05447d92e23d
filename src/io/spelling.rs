//! Names in a column, each of which is written in one way.

use std::collections::BTreeMap;

use super::table_file::TableFile;
use crate::error::Result;

/// The names seen so far, as they were first written, and in which line.
#[derive(Debug, Default)]
pub(super) struct Spelling(BTreeMap<String, (String, usize)>);

impl Spelling {
    /// Takes up the name in a row.
    ///
    /// # Errors
    ///
    /// [`Error::Value`](crate::error::Error::Value) if it differs from one before by case or spaces alone.
    pub(super) fn see(&mut self, table: &TableFile, row: usize, column: &str, name: &str) -> Result<()> {
        let plain = name.to_lowercase().split_whitespace().collect::<String>();
        let (first, line) = self.0.entry(plain).or_insert_with(|| (name.to_owned(), table.line(row)));
        if first == name {
            return Ok(());
        }
        let expected = format!("'{first}' as in row {line}, or a name that differs by more than case and spaces");
        Err(table.value_error(row, column, name, &expected))
    }

    /// The names, in no order of meaning.
    pub(super) fn into_names(self) -> Vec<String> {
        self.0.into_values().map(|it| it.0).collect()
    }
}
