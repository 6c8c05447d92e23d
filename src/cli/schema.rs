//! `contexture schema`: the JSON schemas of the files that users write and read.

use std::path::PathBuf;
use std::process::ExitCode;

use super::say;
use super::schemas::SCHEMAS;
use crate::error::Error;

/// Write the JSON schemas of every file that a user writes or reads
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  contexture schema -o schemas")]
pub(super) struct Args {
    /// Folder for the schemas; made if it is not there. Schemas in it are replaced
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<ExitCode> {
    let write_error = |source| Error::Write { path: args.output.clone(), source };
    std::fs::create_dir_all(&args.output).map_err(write_error)?;
    for schema in SCHEMAS {
        std::fs::write(args.output.join(schema.name), schema.generate()).map_err(write_error)?;
    }
    say(quiet, &format!("wrote {} schemas to {}", SCHEMAS.len(), args.output.display()))?;
    Ok(ExitCode::SUCCESS)
}
