//! `contexture inspect`: what a file is, and how it would be counted.

#![expect(clippy::doc_markdown, reason = "clap shows these comments as they are, backticks too")]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use super::read_args::ReadArgs;
use super::say;
use crate::error::Error;
use crate::io::count::{Counted, FileFacts, NamedCount, count, of_paths};
use crate::io::json;

/// Show what files are: format, columns, units, phenotypes, regions, and what would not be counted
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  contexture inspect slide1_cells.tsv --microns-per-pixel 0.5")]
pub(super) struct Args {
    /// Tables of cells or regions, GeoJSON, or folders of them
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// Print JSON in place of text
    #[arg(long)]
    json: bool,

    // Last, as its heading stands above all options behind it.
    #[command(flatten)]
    read: ReadArgs,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let settings = args.read.settings()?;
    let inputs = of_paths(&args.files)?;
    let Counted { tally, facts, same_images } = count(&inputs, &settings)?;
    if facts.is_empty()
        && let Some(first) = tally.rejected.iter().next()
    {
        return Err(Error::Unanswerable { problem: first.message.clone() }.into());
    }
    if args.json {
        say(false, json::to_text(&facts).trim_end())?;
    } else {
        for fact in &facts {
            say(false, &text(fact))?;
        }
        for (areas, cells) in &same_images {
            say(false, &format!("areas of '{areas}' are those of '{cells}', an image of that name"))?;
        }
        say(false, &suggestion(args, &facts))?;
    }
    for rejected in &tally.rejected {
        eprintln!("cannot be counted: {}", rejected.message);
    }
    Ok(ExitCode::SUCCESS)
}

fn text(fact: &FileFacts) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<14}{value}");
    };
    let version = fact.version.as_ref().map(|it| format!(", {it}")).unwrap_or_default();
    line("format", &format!("{} ({}){version}", fact.format, fact.certainty));
    let rows = fact.n_rows.map_or_else(String::new, |it| format!("{it} rows, "));
    line("holds", fact.holds);
    line("written as", &format!("{}; {rows}{} columns", fact.written_as, fact.n_columns));
    for unit in &fact.units {
        let scale = match (unit.unit, unit.microns_per_pixel) {
            ("px" | "px²", Some(scale)) => format!(", {scale} µm per pixel"),
            ("px" | "px²", None) => ", of unknown size".to_owned(),
            _ => String::new(),
        };
        line(unit.of, &format!("{}{scale} ({})", unit.unit, unit.source));
    }
    for (at, column) in fact.columns.iter().enumerate() {
        line(if at == 0 { "columns" } else { "" }, &format!("{:<26} {}", column.role, column.column));
    }
    if !fact.intensities.is_empty() {
        line("intensities", &format!("{} (give thresholds with --gates)", fact.intensities.join(", ")));
    }
    let samples = fact.samples.iter().map(|(id, n_cells)| (id.as_str(), format!("{n_cells:>9}")));
    list(&mut text, "samples", samples.collect());
    list(&mut text, "regions", fact.regions.iter().map(named).collect());
    list(&mut text, "phenotypes", fact.phenotypes.iter().map(named).collect());
    for (name, sentences) in [("note", &fact.notes), ("open question", &fact.questions)] {
        for sentence in sentences {
            let _ = writeln!(text, "  {name:<14}{sentence}");
        }
    }
    for (reason, n_rows) in &fact.not_counted {
        let _ = writeln!(text, "  {:<14}{n_rows} {reason}", "not counted");
    }
    format!("{}\n{text}", fact.file)
}

fn named<'a>((word, count): (&'a String, &NamedCount)) -> (&'a str, String) {
    let name = if count.name == *word { String::new() } else { format!("  counted as {}", count.name) };
    let area = count.area_mm2.map(|it| format!("  {it:.4} mm²")).unwrap_or_default();
    let unknown = match count.n_cells_unknown {
        0 => String::new(),
        n_cells => format!("  unknown of {n_cells}"),
    };
    (word, format!("{:>9}{unknown}{area}{name}", count.n_cells))
}

/// So many are shown; `--json` has all.
const MOST_SHOWN: usize = 20;

fn list(text: &mut String, name: &str, rows: Vec<(&str, String)>) {
    let n_rows = rows.len();
    for (at, (word, rest)) in rows.into_iter().take(MOST_SHOWN).enumerate() {
        let name = if at == 0 { name } else { "" };
        let _ = writeln!(text, "  {name:<14}{word:<26} {rest}");
    }
    if n_rows > MOST_SHOWN {
        let _ = writeln!(text, "  {:<14}and {} more (--json shows all)", "", n_rows - MOST_SHOWN);
    }
}

/// The command that counts these files.
fn suggestion(args: &Args, facts: &[FileFacts]) -> String {
    let files: Vec<String> = args.files.iter().map(|it| quoted(&it.display().to_string())).collect();
    let options: Vec<String> = std::env::args_os()
        .map(|it| it.to_string_lossy().into_owned())
        .skip_while(|it| it != "inspect")
        .skip(1)
        .collect();
    let given =
        options.iter().filter(|it| *it != "--json" && !args.files.iter().any(|file| file.as_os_str() == it.as_str()));
    let mut words: Vec<String> = given.map(|it| quoted(it)).collect();
    if facts.iter().any(|it| !it.questions.is_empty()) && !words.iter().any(|it| it.starts_with("--microns-per-pixel"))
    {
        words.push("--microns-per-pixel …".to_owned());
    }
    words.insert(0, files.join(" "));
    format!("to count: contexture count {} -o counted", words.join(" "))
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |it: char| it.is_alphanumeric() || "-_./=:,".contains(it);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
