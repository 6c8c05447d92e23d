//! A comparison with a reference, on disk: `drift.json`, `drift.tsv`, `control_chart.tsv`.

use super::output::Output;
use super::{json, table_output};
use crate::error::Result;
use crate::protocol::OutputFormat;
use crate::score::drift::DriftReport;
use crate::table::drift;

/// Writes a comparison.
///
/// # Errors
///
/// [`Error::Write`](crate::error::Error::Write).
pub fn write(output: &Output, report: &DriftReport) -> Result<()> {
    output.write("drift.json", json::to_text(report).as_bytes())?;
    table_output::write(output, "drift", &drift::drift(report), &[OutputFormat::Tsv])?;
    table_output::write(output, "control_chart", &drift::control_chart(report), &[OutputFormat::Tsv])
}
