//! `contexture stratify TABLE`: any table of patients to survival statistics.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;

use super::super::{OutputArgs, say};
use super::table_args::TableArgs;
use crate::error::Error;
use crate::io::table_file::TableFile;
use crate::io::{checksum, patient_table, stratified};
use crate::protocol::Analysis;
use crate::report::summary;
use crate::stratify::patients::{TABLE_STATISTICS_SCHEMA_VERSION, TableStatistics, analysis_statistics};

/// Analyses a table as the options say, writes the results, and prints a summary.
pub(super) fn run(
    path: &Path,
    options: &TableArgs,
    analysis: &Analysis,
    output: &OutputArgs,
    quiet: bool,
) -> anyhow::Result<ExitCode> {
    if let Some(problem) = analysis.problem() {
        return Err(Error::Unanswerable { problem: problem.text }.into());
    }
    let table = TableFile::read(path)?;
    let patients = patient_table::read(&table, analysis, options.id.as_deref())?;
    let results = output.open()?;
    let (statistics, excluded) =
        analysis_statistics(analysis, &patients).with_context(|| format!("cannot analyse '{}'", path.display()))?;
    let statistics = TableStatistics {
        schema_version: TABLE_STATISTICS_SCHEMA_VERSION,
        contexture_version: env!("CARGO_PKG_VERSION").to_owned(),
        inputs: vec![checksum::input_file("table", path)?],
        analysis: analysis.clone(),
        statistics,
    };
    stratified::write_table(&results, &statistics, &excluded)?;
    results.finish()?;
    say(quiet, &summary::of_table(&statistics))?;
    say(quiet, &format!("wrote {}", output.output.display()))?;
    Ok(ExitCode::SUCCESS)
}
