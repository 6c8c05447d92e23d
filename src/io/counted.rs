//! The results of counting, on disk: `densities`, `regions`, `samples`, `rejected`, and `tally.json` to gather them from.

use std::path::Path;

use super::output::Output;
use super::{json, table_output};
use crate::error::{Error, Result};
use crate::protocol::OutputFormat;
use crate::table::counts::{CountOptions, tables};
use crate::table::tally::{TALLY_SCHEMA_VERSION, Tally};

/// Reads a tally.
///
/// # Errors
///
/// [`Error::Read`], or [`Error::Config`] if it is none, or one of another version of contexture.
pub fn read_tally(path: &Path) -> Result<Tally> {
    let tally: Tally = json::read(path)?;
    if tally.contexture_tally != TALLY_SCHEMA_VERSION {
        let problem = format!(
            "contexture_tally is {}, expected {TALLY_SCHEMA_VERSION}; count again with this version of contexture",
            tally.contexture_tally
        );
        return Err(Error::Config { path: path.to_owned(), line: None, problem });
    }
    Ok(tally)
}

/// Writes the results of counting.
///
/// # Errors
///
/// [`Error::Write`].
pub fn write(output: &Output, tally: &Tally, options: &CountOptions) -> Result<()> {
    let formats = [OutputFormat::Tsv, OutputFormat::Parquet];
    let tables = tables(tally, options);
    table_output::write(output, "densities", &tables.densities, &formats)?;
    table_output::write(output, "regions", &tables.regions, &formats)?;
    table_output::write(output, "samples", &tables.samples, &formats)?;
    table_output::write(output, "rejected", &tables.rejected, &formats)?;
    output.write("tally.json", json::to_text(tally).as_bytes())?;
    output.end_step("count")
}
