//! `contexture reference merge`: the union of two references.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::say;
use crate::io::reference_file::{self, Replaces};
use crate::score::reference::{Provenance, ReferenceFile};

/// Merge two references of one protocol, kind of tissue and set of components into one of all their patients
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  contexture reference merge centre-a.json centre-b.json --name both -o both.json")]
pub(super) struct Args {
    /// The one reference
    #[arg(value_name = "A.json")]
    one: PathBuf,

    /// The other
    #[arg(value_name = "B.json")]
    other: PathBuf,

    /// Short name of the union; both names if not given
    #[arg(long)]
    name: Option<String>,

    /// Which patients it is made of; both descriptions if not given
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,

    /// Day it is made, to stand in the file
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = super::fit::date)]
    date: Option<String>,

    /// File to write
    #[arg(short, long, value_name = "REFERENCE.json")]
    output: PathBuf,

    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<ExitCode> {
    let (one, other) = (reference_file::read(&args.one)?, reference_file::read(&args.other)?);
    let protocol_of = |it: &ReferenceFile| it.provenance.as_ref().map(|it| it.protocol_sha256.clone());
    let provenance = Provenance {
        contexture_version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol_sha256: protocol_of(&one).or_else(|| protocol_of(&other)).unwrap_or_default(),
        date: args.date.clone(),
        split: None,
        inputs: Vec::new(),
        merged_from: Vec::new(),
    };
    let mut union = one.merge(&other, provenance)?;
    union.name = args.name.clone().unwrap_or(union.name);
    union.description = args.description.clone().unwrap_or(union.description);
    let replaces = if args.force { Replaces::Existing } else { Replaces::Nothing };
    reference_file::write(&args.output, &union, replaces)?;
    say(quiet, "whether a patient is in both cannot be seen from two references; one who is now counts twice")?;
    say(quiet, &format!("wrote {}: {}", args.output.display(), union.size_in_words()))?;
    Ok(ExitCode::SUCCESS)
}
