//! The results of the survival analysis, on disk: `statistics.json`, `excluded`, `tables/*.tsv`.

use std::path::Path;

use super::output::Output;
use super::{json, table_output};
use crate::error::Result;
use crate::protocol::OutputFormat;
use crate::stratify::patients::{RowExclusion, TableStatistics};
use crate::stratify::{Exclusion, Statistics};
use crate::table::{patient_statistics, survival};

/// Name of the file with all statistics.
const STATISTICS: &str = "statistics.json";

/// Writes the results of the survival analysis.
///
/// # Errors
///
/// [`Error::Write`](crate::error::Error::Write).
pub fn write(
    output: &Output,
    statistics: &Statistics,
    excluded: &[Exclusion],
    excluded_rows: &[RowExclusion],
    formats: &[OutputFormat],
) -> Result<()> {
    output.write(STATISTICS, json::to_text(statistics).as_bytes())?;
    table_output::write(output, "excluded", &survival::excluded(excluded), formats)?;
    for (name, table) in survival::tidy(statistics) {
        table_output::write(output, &format!("tables/{name}"), &table, &[OutputFormat::Tsv])?;
    }
    if !statistics.analyses.is_empty() {
        table_output::write(output, "excluded_rows", &patient_statistics::excluded(excluded_rows), formats)?;
    }
    for analysis in &statistics.analyses {
        for (name, table) in patient_statistics::tidy(analysis) {
            let name = format!("tables/{}/{name}", analysis.name);
            table_output::write(output, &name, &table, &[OutputFormat::Tsv])?;
        }
    }
    output.end_step("stratify")
}

/// Writes the survival analysis of a table of patients.
///
/// # Errors
///
/// [`Error::Write`](crate::error::Error::Write).
pub fn write_table(output: &Output, statistics: &TableStatistics, excluded: &[RowExclusion]) -> Result<()> {
    output.write(STATISTICS, json::to_text(statistics).as_bytes())?;
    table_output::write(output, "excluded", &patient_statistics::excluded(excluded), &[OutputFormat::Tsv])?;
    for (name, table) in patient_statistics::tidy(&statistics.statistics) {
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
