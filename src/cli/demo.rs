//! `contexture demo`: the whole way on a synthetic cohort that comes with the binary.

use std::process::ExitCode;

use super::report::COHORT_PAGE;
use super::run::all_steps;
use super::{OutputArgs, say};

/// Name and content of the bundled files.
const FILES: [(&str, &str); 4] = [
    ("study.toml", include_str!("../../testdata/cohort/study.toml")),
    ("densities.tsv", include_str!("../../testdata/cohort/densities.tsv")),
    ("clinical.tsv", include_str!("../../testdata/cohort/clinical.tsv")),
    ("reference.json", include_str!("../../testdata/cohort/reference.json")),
];

/// Run on a bundled synthetic cohort of 300 patients
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  contexture demo -o demo")]
pub(super) struct Args {
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<ExitCode> {
    let output = args.output.open()?;
    for (name, content) in FILES {
        output.write(&format!("study/{name}"), content.as_bytes())?;
    }
    output.end_step("study")?;
    all_steps(&output.staging().join("study/study.toml"), &output, quiet)?;
    output.finish()?;
    let place = &args.output.output;
    say(
        quiet,
        &format!("the cohort is synthetic; its tables and study file are in {}", place.join("study").display()),
    )?;
    say(quiet, &format!("open {}", place.join(COHORT_PAGE).display()))?;
    Ok(ExitCode::SUCCESS)
}
