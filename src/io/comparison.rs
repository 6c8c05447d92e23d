//! A comparison of raters, on disk: `agreement.json` and its tables.

use super::output::Output;
use super::{json, table_output};
use crate::error::Result;
use crate::protocol::OutputFormat;
use crate::score::comparison::Comparison;
use crate::table::comparison;

/// Writes a comparison; a table without rows has its header.
///
/// # Errors
///
/// [`Error::Write`](crate::error::Error::Write).
pub fn write(output: &Output, found: &Comparison) -> Result<()> {
    let report = &found.report;
    output.write("agreement.json", json::to_text(report).as_bytes())?;
    for (name, table) in [
        ("agreement", comparison::agreement(report)),
        ("agreement_of_all", comparison::agreement_of_all(report)),
        ("pairs", comparison::pairs(found)),
        ("class_agreement", comparison::class_agreement(report)),
        ("class_table", comparison::class_table(report)),
        ("class_changes", comparison::class_changes(report)),
        ("not_compared", comparison::not_compared(report)),
    ] {
        table_output::write(output, name, &table, &[OutputFormat::Tsv])?;
    }
    Ok(())
}
