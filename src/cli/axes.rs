//! `contexture axes`: which marker speaks for what, and which way.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use super::say;
use crate::error::{Error, Result};
use crate::io::{axes_file, json};
use crate::model::Synonyms;
use crate::protocol::{Axes, AxesChange, AxisMarker};

/// Show and check the axes of the immune contexture: which marker speaks for what, and which way
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  contexture axes show --tumour-type crc\n  contexture axes check my-axes.toml")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(ShowArgs),
    Check(CheckArgs),
}

/// Print the markers of every axis with their signs, and where these come from
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  contexture axes show --tumour-type crc --axes my-axes.toml")]
struct ShowArgs {
    /// Type of tumour, such as crc; the general signs if not given
    #[arg(long, value_name = "TYPE")]
    tumour_type: Option<String>,

    /// File of your own (TOML) that adds to the axes and changes them
    #[arg(long, value_name = "FILE.toml")]
    axes: Option<PathBuf>,

    /// Print JSON in place of text
    #[arg(long)]
    json: bool,
}

/// Check a file of axes, and say what it adds and changes
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  contexture axes check my-axes.toml")]
struct CheckArgs {
    /// File of axes (TOML)
    #[arg(value_name = "FILE.toml")]
    file: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Show(args) => show(args)?,
        Command::Check(args) => check(args)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// What stands in messages where there is no file.
const BUNDLED: &str = "axes";

fn read(file: Option<&PathBuf>, tumour_type: Option<&str>) -> Result<Axes> {
    let file = file.map(PathBuf::as_path);
    axes_file::read(file, tumour_type, &Synonyms::default(), |problem| Error::Config {
        path: file.unwrap_or(BUNDLED.as_ref()).to_owned(),
        line: None,
        problem,
    })
}

fn show(args: &ShowArgs) -> anyhow::Result<()> {
    let axes = read(args.axes.as_ref(), args.tumour_type.as_deref())?;
    if args.json {
        return say(false, json::to_text(&axes).trim_end());
    }
    for line in aligned(&axes) {
        say(false, &line)?;
    }
    let types = axes.tumour_types.join(", ");
    say(false, &format!("\nsigns of their own: {types} (--tumour-type); confidence: how well a sign is established"))
}

/// One line a marker, below the name of its axis.
fn aligned(axes: &Axes) -> Vec<String> {
    let width = |of: fn(&AxisMarker) -> &str| axes.markers.iter().map(|it| of(it).chars().count()).max().unwrap_or(0);
    let marker = width(|it| it.marker.as_str());
    let mut lines = Vec::new();
    for axis in &axes.axes {
        lines.push(format!("{} ({}, {})", axis.label, axis.name, axis.dimension.word()));
        for it in axes.markers.iter().filter(|it| it.axis == axis.name) {
            let confidence = it.confidence.map_or("-", |it| it.word());
            let about = [it.note.as_deref(), it.source.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("; ");
            let line = format!("  {:marker$}  {:8}  {confidence:6}  {about}", it.marker, it.sign.word());
            lines.push(line.trim_end().to_owned());
        }
        if !axis.covariates.is_empty() {
            lines.push(format!("  covariates, no densities: {}", axis.covariates.join(", ")));
        }
    }
    lines
}

fn check(args: &CheckArgs) -> anyhow::Result<()> {
    let bundled = read(None, None)?;
    let own = read(Some(&args.file), None)?;
    let general = own.changes_from(&bundled);
    let mut lines: Vec<String> = general.iter().map(|it| line(&it.subject, &it.change)).collect();
    for tumour_type in &own.tumour_types {
        let word = Some(tumour_type.as_str());
        // A type that only the file knows had the general signs before.
        let before = if bundled.tumour_types.contains(tumour_type) { read(None, word)? } else { bundled.clone() };
        let of_type = of_type(&read(Some(&args.file), word)?.changes_from(&before), &general);
        if !of_type.is_empty() {
            lines.push(format!("in tumour type {tumour_type}:"));
            lines.extend(of_type);
        }
    }
    let changes = if lines.is_empty() { "and changes nothing" } else { "and adds and changes:" };
    say(false, &format!("'{}' is sound, {changes}", args.file.display()))?;
    for line in lines {
        say(false, &line)?;
    }
    Ok(())
}

fn line(subject: &str, change: &str) -> String {
    format!("  {subject}: {change}")
}

/// What holds for a type of tumour and is not said by the changes that hold in general.
fn of_type(changes: &[AxesChange], general: &[AxesChange]) -> Vec<String> {
    let other = changes.iter().filter(|it| !general.contains(it)).map(|it| line(&it.subject, &it.change));
    let is_unchanged = |subject: &str| !changes.iter().any(|it| it.subject == subject);
    let unchanged = general.iter().filter(|it| is_unchanged(&it.subject)).map(|it| line(&it.subject, "as it was"));
    other.chain(unchanged).collect()
}
