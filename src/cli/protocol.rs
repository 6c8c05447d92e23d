//! `contexture protocol`: which protocols there are, what they say and need, and cut-offs learned for them.

mod train;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use serde::Serialize;

use super::say;
use crate::error::{Error, Result};
use crate::io::{densities, json, protocol_file};
use crate::model::suggestion::hint;
use crate::protocol::{DensityTable, PRESETS, Protocol, Sign, resembling_preset};
use crate::report::wording;
use crate::score::Measurements;
use crate::table;

/// List, show, check and train protocols: what is scored, and how
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  contexture protocol list\n  contexture protocol show i0-i4 > my-lab.toml\n  contexture protocol \
                  check my-lab.toml --densities densities.csv"
)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(ListArgs),
    Show(ShowArgs),
    Check(CheckArgs),
    Train(Box<train::Args>),
}

/// List the protocols that come with contexture: what they measure, and what they need
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  contexture protocol list --json")]
struct ListArgs {
    /// Print JSON in place of text
    #[arg(long)]
    json: bool,
}

/// Print a protocol that comes with contexture, to be used or changed
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  contexture protocol show pd-l1-cps > my-lab.toml")]
struct ShowArgs {
    /// Name of the protocol, as `contexture protocol list` says it
    #[arg(value_name = "NAME")]
    name: String,
}

/// Check a protocol file, and say what it needs in a density table; with --densities, whether a table has it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  contexture protocol check my-lab.toml --densities densities.csv")]
struct CheckArgs {
    /// Protocol file (TOML), or name of a protocol that comes with contexture
    #[arg(value_name = "FILE|NAME")]
    protocol: PathBuf,

    /// Density table to be looked at
    #[arg(long, value_name = "FILE")]
    densities: Option<PathBuf>,
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::List(args) => list(args),
        Command::Show(args) => {
            let (_, text) = PRESETS.iter().find(|it| it.0 == args.name).ok_or_else(|| unknown(&args.name))?;
            say(false, text.trim_end())?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Check(args) => check(args),
        Command::Train(args) => train::run(args, quiet),
    }
}

fn unknown(name: &str) -> Error {
    let meant = hint(resembling_preset(name));
    Error::Unanswerable { problem: format!("there is no protocol '{name}', see 'contexture protocol list'{meant}") }
}

/// The protocol of a file, which is checked, or of a name.
fn named(place: &Path) -> Result<Protocol> {
    let preset = place.to_str().and_then(Protocol::preset).filter(|_| !place.exists());
    preset.map_or_else(
        || {
            let is_name = place.extension().is_none() && place.components().count() == 1 && !place.exists();
            if is_name { Err(unknown(&place.to_string_lossy())) } else { protocol_file::of_file(place) }
        },
        Ok,
    )
}

/// A protocol in the list.
#[derive(Debug, Serialize)]
struct Listed {
    name: &'static str,
    title: String,
    measures: Vec<String>,
    needs: Vec<&'static str>,
}

fn list(args: &ListArgs) -> anyhow::Result<ExitCode> {
    let protocols: Vec<Listed> = PRESETS
        .iter()
        .map(|(name, _)| {
            let protocol = Protocol::preset(name).expect("a preset");
            let measures = measures(&protocol);
            Listed { name, measures, needs: needs(&protocol), title: wording::title(&protocol) }
        })
        .collect();
    if args.json {
        say(false, json::to_text(&protocols).trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let width = |of: fn(&Listed) -> String| protocols.iter().map(|it| of(it).chars().count()).max().unwrap_or(0);
    let (names, columns) = (width(|it| it.name.to_owned()), width(|it| it.measures.join(", ")));
    let needed = width(|it| it.needs.join(", "));
    for it in &protocols {
        let (measures, needs) = (it.measures.join(", "), it.needs.join(", "));
        say(false, &format!("{:names$}  {measures:columns$}  {needs:needed$}  {}", it.name, it.title))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What a protocol measures, each measure once.
fn measures(protocol: &Protocol) -> Vec<String> {
    let mut measures: Vec<String> = Vec::new();
    for spec in protocol.specs() {
        let word = spec.measure.word().to_owned();
        if !measures.contains(&word) {
            measures.push(word);
        }
    }
    measures
}

/// What has to be given beside the measurements.
fn needs(protocol: &Protocol) -> Vec<&'static str> {
    let specs = protocol.specs();
    let lacks_cutoff = protocol.aggregator.dichotomises()
        && specs.iter().any(|it| it.cutoff.is_none() && it.cutoff_percentile.is_none());
    let lacks_sign = specs.iter().any(|it| it.sign == Sign::ToBeGiven);
    let needs = [(protocol.needs_reference(), "reference"), (lacks_cutoff, "cut-offs"), (lacks_sign, "signs")];
    let needs: Vec<&str> = needs.into_iter().filter(|it| it.0).map(|it| it.1).collect();
    if needs.is_empty() { vec!["nothing more"] } else { needs }
}

fn check(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let protocol = named(&args.protocol)?;
    say(false, &needs_in_words(&protocol))?;
    for hint in protocol.unfamiliar_words() {
        say(false, &hint)?;
    }
    if let Some(path) = &args.densities {
        let input = densities::read(path, &DensityTable::default())?;
        densities::plausible::check(path, &input, &protocol)?;
        let patients = table::densities::pool(&input.densities, &protocol, &std::collections::BTreeSet::new())?;
        say(false, &found_in_words(path, &patients, &protocol))?;
        for remark in input.remarks(&protocol.specs(), &protocol.read_components()) {
            say(false, &remark)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What a protocol needs in a table and in a study.
fn needs_in_words(protocol: &Protocol) -> String {
    let mut text = format!(
        "protocol '{}' is sound: {}\n\nin the density table it needs\n",
        protocol.name,
        wording::title(protocol)
    );
    // Writing to a string does not fail.
    for spec in protocol.specs() {
        let within = spec.within_um.map(|it| format!("; near: within {it} µm")).unwrap_or_default();
        let of = spec.of.as_ref().map(|it| format!(" (whole: marker '{it}'{within})")).unwrap_or_default();
        let _ =
            writeln!(text, "  marker '{}' in region '{}': {}{of}", spec.marker, spec.region, spec.measure.columns());
    }
    if protocol.pooling.deciding_sample().is_some() {
        let _ = writeln!(text, "  sample_id, for each sample is scored by itself");
    }
    if let Some(least) = protocol.min_components {
        let _ = writeln!(text, "  {least} of them or more; a score of fewer than all is partial");
    }
    let _ = write!(text, "\nin the study it needs\n  ");
    let _ = match (protocol.needs_reference(), protocol.lacks()) {
        (true, lacks) => {
            let lacks = lacks.map(|it| format!("\nand it {it}")).unwrap_or_default();
            write!(text, "[reference] mode = \"external\", \"training\", \"leave_one_centre_out\" or \"self\"{lacks}")
        }
        (false, Some(lacks)) => write!(text, "[reference] mode = \"none\"\nand it {lacks}"),
        (false, None) => write!(text, "[reference] mode = \"none\""),
    };
    text
}

/// How many patients of a table have each component.
fn found_in_words(path: &Path, patients: &Measurements, protocol: &Protocol) -> String {
    let mut n_patients = crate::score::n_patients(patients.n_patients());
    if !patients.sample_ids().is_empty() {
        let _ = write!(n_patients, " with {} samples", patients.len());
    }
    let mut text = format!("\n'{}' has {n_patients}; of them\n", path.display());
    for (at, component) in protocol.components().iter().enumerate() {
        let n = (0..patients.len()).filter(|it| patients.get(*it, at).is_some()).count();
        let missing = if n == 0 { "; check the words for marker and region" } else { "" };
        let _ = writeln!(text, "  {n} have {component}{missing}");
    }
    let n_with =
        |least: usize| (0..patients.len()).filter(|it| patients.components(*it).flatten().count() >= least).count();
    if let Some(least) = protocol.min_components {
        let _ = writeln!(text, "  {} have {least} components or more", n_with(least));
    }
    let _ = write!(text, "  {} have every component", n_with(protocol.specs().len()));
    text
}
