//! The results of the survival analysis, on disk: `statistics.json`, `excluded`, `tables/*.tsv`.

use std::path::Path;

use super::output::Output;
use super::{json, table_output};
use crate::error::Result;
use crate::protocol::OutputFormat;
use crate::stratify::{Exclusion, Statistics};
use crate::table::survival;

/// Name of the file with all statistics.
const STATISTICS: &str = "statistics.json";

/// Writes the results of the survival analysis.
///
/// # Errors
///
/// [`Error::Write`](crate::error::Error::Write).
pub fn write(output: &Output, statistics: &Statistics, excluded: &[Exclusion], formats: &[OutputFormat]) -> Result<()> {
    output.write(STATISTICS, json::to_text(statistics).as_bytes())?;
    table_output::write(output, "excluded", &survival::excluded(excluded), formats)?;
    for (name, table) in survival::tidy(statistics) {
        table_output::write(output, &format!("tables/{name}"), &table, &[OutputFormat::Tsv])?;
    }
    output.end_step("stratify")
}

/// Reads the results of the survival analysis.
///
/// # Errors
///
/// * [`Error::UnusableFile`](crate::error::Error::UnusableFile) if the folder holds none.
/// * As [`json::read`].
pub fn read(folder: &Path) -> Result<Statistics> {
    json::read_of_step(folder, STATISTICS, "stratify")
}
