//! `contexture run`: the whole way, from a study file to the pages.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::report::{COHORT_PAGE, report};
use super::score::score;
use super::stratify::stratify;
use super::{OutputArgs, exit_code, say};
use crate::io::output::Output;
use crate::io::scored::Scored;
use crate::io::study::{self, Overrides};

/// Score a cohort, relate the scores to survival, and write the report
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  contexture init --densities densities.csv --clinical clinical.csv -o study.toml\n  \
                        contexture run study.toml -o results"
)]
pub(super) struct Args {
    /// Study file; `contexture init` writes one from the columns of your tables
    #[arg(value_name = "STUDY.toml")]
    study: PathBuf,

    #[command(flatten)]
    output: OutputArgs,

    /// Exit with 3 if a patient was rejected
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<ExitCode> {
    let output = args.output.open()?;
    let scored = all_steps(&args.study, &output, quiet)?;
    output.finish()?;
    say(quiet, &format!("open {}", args.output.output.join(COHORT_PAGE).display()))?;
    Ok(exit_code(!scored.rejected.is_empty(), args.strict))
}

/// Runs every step of a study.
pub(super) fn all_steps(study: &Path, output: &Output, quiet: bool) -> anyhow::Result<Scored> {
    let loaded = study::load(study, &Overrides::default())?;
    let scored = score(&loaded, output, quiet)?.into_scored();
    let statistics = stratify(&loaded, &scored, output, quiet)?;
    report(&loaded, &scored, statistics.as_ref(), output)?;
    Ok(scored)
}
