//! The command line: one command a file.
//!
//! ```text
//! run = score ─► stratify ─► report, in one process and one folder
//! ```
//!
//! The single steps read and write files, and give the same bytes as `run`.

mod axes;
mod compare;
mod count;
mod demo;
mod init;
mod inspect;
mod patient_args;
mod plan;
mod protocol;
mod read_args;
mod reference;
mod report;
mod run;
mod schema;
pub mod schemas;
mod score;
mod stratify;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::io::output::Output;
use crate::io::study::Overrides;

/// Finished, but patients were rejected and `--strict` was given.
const REJECTED: u8 = 3;

/// Score the immune infiltrate of tumours and relate it to survival. Research use only
#[derive(Debug, Parser)]
#[command(
    name = "contexture",
    version,
    after_help = "Try it:\n  contexture demo -o demo      the whole way on a bundled synthetic cohort\n\n\
                  Exit codes: 0 done, 1 input cannot be analysed, 2 wrong usage, 3 patients were rejected and --strict was \
                  given"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    global: Global,
}

/// Options of every command
#[derive(Debug, clap::Args)]
struct Global {
    /// Threads to use; all cores if not given. The result does not depend on it
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,

    /// Print nothing but errors
    #[arg(short, long, global = true)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Demo(demo::Args),
    Init(init::Args),
    Inspect(inspect::Args),
    Count(count::Args),
    Protocol(protocol::Args),
    Axes(axes::Args),
    Score(score::Args),
    Reference(reference::Args),
    Compare(compare::Args),
    Stratify(stratify::Args),
    Plan(plan::Args),
    Report(report::Args),
    Schema(schema::Args),
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// What stopped it, with what was being done.
    pub fn run(&self) -> anyhow::Result<ExitCode> {
        if let Some(threads) = self.global.threads {
            rayon::ThreadPoolBuilder::new()
                .num_threads(usize::from(threads))
                .build_global()
                .context("cannot start threads")?;
        }
        let quiet = self.global.quiet;
        match &self.command {
            Command::Run(args) => run::run(args, quiet),
            Command::Demo(args) => demo::run(args, quiet),
            Command::Init(args) => init::run(args, quiet),
            Command::Inspect(args) => inspect::run(args),
            Command::Count(args) => count::run(args, quiet),
            Command::Protocol(args) => protocol::run(args, quiet),
            Command::Axes(args) => axes::run(args),
            Command::Score(args) => score::run(args, quiet),
            Command::Reference(args) => reference::run(args, quiet),
            Command::Compare(args) => compare::run(args, quiet),
            Command::Stratify(args) => stratify::run(args, quiet),
            Command::Plan(args) => plan::run(args, quiet),
            Command::Report(args) => report::run(args, quiet),
            Command::Schema(args) => schema::run(args, quiet),
        }
    }
}

/// Where results go
#[derive(Debug, clap::Args)]
struct OutputArgs {
    /// Folder for the results; made if it is not there
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,

    /// Replace the results of an earlier run in that folder; other files in it are never touched
    #[arg(long)]
    force: bool,
}

impl OutputArgs {
    fn open(&self) -> crate::error::Result<Output> {
        Output::new(&self.output, self.force)
    }
}

/// Files that stand elsewhere than the study file says
#[derive(Debug, Default, clap::Args)]
struct InputArgs {
    /// Density table to use in place of the one in the study file
    #[arg(long, value_name = "FILE")]
    densities: Option<PathBuf>,

    /// Clinical table to use in place of the one in the study file
    #[arg(long, value_name = "FILE")]
    clinical: Option<PathBuf>,

    /// Frozen reference to use in place of the one in the study file
    #[arg(long, value_name = "FILE")]
    reference: Option<PathBuf>,
}

impl From<&InputArgs> for Overrides {
    fn from(args: &InputArgs) -> Self {
        Self { densities: args.densities.clone(), clinical: args.clinical.clone(), reference: args.reference.clone() }
    }
}

/// Prints a line for the user, unless asked to be quiet.
///
/// A reader who closed the pipe, as `head` does, wants no more lines; the results are wanted all the same.
fn say(quiet: bool, line: &str) -> anyhow::Result<()> {
    if quiet {
        return Ok(());
    }
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// The exit code of a finished run.
fn exit_code(any_rejected: bool, strict: bool) -> ExitCode {
    if any_rejected && strict { ExitCode::from(REJECTED) } else { ExitCode::SUCCESS }
}
