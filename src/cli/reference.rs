//! `contexture reference`: reference distributions as files with a life of their own.

mod check;
mod fit;
mod merge;
mod show;

use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};

use crate::io::protocol_file;
use crate::model::{Specimen, TieRule};
use crate::protocol::Protocol;
use crate::score::reference::Provenance;

/// Freeze, look at, check against and merge the cohorts that percentiles refer to
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Fit(fit::Args),
    Show(show::Args),
    Check(check::Args),
    Merge(merge::Args),
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Fit(args) => fit::run(args, quiet),
        Command::Show(args) => show::run(args),
        Command::Check(args) => check::run(args, quiet),
        Command::Merge(args) => merge::run(args, quiet),
    }
}

/// What a reference value equal to the measured one counts for
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum TieRuleArg {
    /// Half
    Mid,
    /// As lower, as R's `ecdf`
    Leq,
    /// Nothing
    Lt,
}

impl From<TieRuleArg> for TieRule {
    fn from(rule: TieRuleArg) -> Self {
        match rule {
            TieRuleArg::Mid => Self::Mid,
            TieRuleArg::Leq => Self::Leq,
            TieRuleArg::Lt => Self::Lt,
        }
    }
}

/// What kind of tissue densities were measured on
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum SpecimenArg {
    /// Whole sections of a resected tumour
    #[value(alias = "whole-slide")]
    WholeSlide,
    /// Cores of a tissue microarray
    #[value(aliases = ["tissue-microarray", "tma"])]
    TissueMicroarray,
    /// Biopsies
    Biopsy,
}

impl From<SpecimenArg> for Specimen {
    fn from(specimen: SpecimenArg) -> Self {
        match specimen {
            SpecimenArg::WholeSlide => Self::WholeSlide,
            SpecimenArg::TissueMicroarray => Self::TissueMicroarray,
            SpecimenArg::Biopsy => Self::Biopsy,
        }
    }
}

/// What a reference of this version and protocol was made with.
pub(super) fn provenance(protocol: &Protocol) -> Provenance {
    Provenance {
        contexture_version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol_sha256: protocol_file::checksum(protocol),
        date: None,
        split: None,
        inputs: Vec::new(),
        merged_from: Vec::new(),
    }
}
