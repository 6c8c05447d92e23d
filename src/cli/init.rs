//! `contexture init`: a commented study file from the columns of one's tables.
//!
//! It proposes; the user decides. What the columns do not show, such as which value means an event, is said in a comment
//! beside the proposal, or left as a comment to fill in.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::say;
use crate::error::{Error, Result};
use crate::io::densities;
use crate::io::table_file::TableFile;
use crate::protocol::DensityTable;
use crate::table::column::{MARKER, PATIENT_ID, REGION};

/// A column with no more distinct values than this is proposed as a factor.
const MOST_LEVELS: usize = 8;

/// Words that say no more than that a column is a time or an event.
const EVERYDAY_WORDS: [&str; 16] = [
    "time", "times", "day", "days", "month", "months", "year", "years", "to", "event", "status", "last", "since",
    "until", "of", "in",
];

/// Beginnings of words that say that the event happened.
const EVENT_WORDS: [&str; 11] =
    ["dead", "death", "deceased", "died", "event", "relaps", "recur", "progress", "metasta", "yes", "true"];

/// Write a commented study file from the columns of your tables
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  contexture init --densities densities.csv --clinical clinical.csv -o study.toml")]
pub(super) struct Args {
    /// Density table
    #[arg(long, value_name = "FILE")]
    densities: PathBuf,

    /// Clinical table
    #[arg(long, value_name = "FILE")]
    clinical: Option<PathBuf>,

    /// Study file to write
    #[arg(short, long, value_name = "STUDY.toml", default_value = "study.toml")]
    output: PathBuf,

    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<ExitCode> {
    if args.output.exists() && !args.force {
        anyhow::bail!(
            "'{}' is there already; choose another name, or say --force to replace it",
            args.output.display()
        );
    }
    let text = study_text(args)?;
    std::fs::write(&args.output, text).map_err(|source| Error::Write { path: args.output.clone(), source })?;
    say(quiet, &format!("wrote {0}; read it, then: contexture run {0} -o results", args.output.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn study_text(args: &Args) -> Result<String> {
    let densities = TableFile::read(&args.densities)?;
    let clinical = args.clinical.as_deref().map(TableFile::read).transpose()?;
    let mut text = String::new();
    let mut line = |content: &str| {
        let _ = writeln!(text, "{content}");
    };
    line("# Study file of contexture. Paths are relative to this file; unknown keys are refused.");
    line("schema_version = 1");
    line("title = \"Name of the study\"");
    line("# Seed of everything random: the same seed gives the same bytes.");
    line("seed = 1");
    line("\n[inputs]");
    line(&format!("densities = {}", quoted(&path_from(&args.output, &args.densities))));
    if let Some(path) = &args.clinical {
        line(&format!("clinical = {}", quoted(&path_from(&args.output, path))));
    }
    for part in density_lines(&densities, &args.densities) {
        line(&part);
    }
    line("\n[protocol]");
    line("# CD3 and CD8 in the core of the tumour (CT) and at the invasive margin (IM): mean of four percentiles.");
    line("preset = \"consensus\"");
    line(
        "# A patient who lacks a component is rejected, unless so many are enough; the score then has a label of its own:",
    );
    line("# min_components = 3");
    line("# Limits of quality and settings of the interval, where yours differ:");
    line("# [protocol.quality]\n# area_warn_mm2 = 1.0\n# area_fail_mm2 = 0.25");
    line("# [protocol.uncertainty]\n# replicates = 1000");
    line("\n[reference]");
    line("# The cohort that percentiles refer to:");
    line(
        "#   \"external\": a frozen file, the only mode for one patient or for a validation: file = \"reference.json\"",
    );
    line("#   \"training\": a declared split of this cohort: split_column = \"…\", split_value = \"…\"");
    line("#   \"leave_one_centre_out\": each patient against the patients of the other centres: centre_column = \"…\"");
    line("#   \"self\":     this cohort itself, exploratory: a score changes when other patients are added");
    line("mode = \"self\"");
    line(
        "# What a reference value equal to the measured one counts for: \"mid\" (half), \"leq\" (all) or \"lt\" (nothing).",
    );
    line("tie_rule = \"mid\"");
    line("\n# Every immune marker of the table in the reference, axis by axis, beside the score. Take away the '#':");
    line("# [contexture]");
    line("# tumour_type = \"crc\"    # signs depend on it; leave it out for the general ones");
    line("# covariates = [\"msi\"]   # columns of the clinical table that are read beside the axes");
    line("# Samples at two times, told apart by a column of the density table: scores are then of those before.");
    line("# [contexture.paired]\n# column = \"timepoint\"\n# before = \"biopsy\"\n# after = \"surgery\"");
    if let Some(clinical) = &clinical {
        for part in clinical_lines(clinical) {
            line(&part);
        }
        line("\n[survival]");
        line("# Scale of the Kaplan-Meier intervals: \"log_log\", \"log\" or \"plain\".");
        line("confidence_scale = \"log_log\"");
        line("times_years = [3.0, 5.0]");
    }
    line("\n[output]");
    line("formats = [\"tsv\", \"parquet\"]");
    Ok(text)
}

fn density_lines(table: &TableFile, path: &Path) -> Vec<String> {
    let patient = patient_column(table);
    let settings = DensityTable { patient_id: Some(patient.clone()), ..DensityTable::default() };
    let mut lines = vec!["\n[densities]".to_owned(), format!("patient_id = {}", quoted(&patient))];
    match densities::read(path, &settings) {
        Ok(input) => {
            let found = densities::unused_components(&input.densities, &[]);
            let found: Vec<String> = found.iter().map(ToString::to_string).collect();
            lines.push(format!("# Found: {}", on_one_line(&found.join(", "))));
        }
        Err(error) => lines.push(format!("# Not readable yet: {}", on_one_line(&error.to_string()))),
    }
    lines.push("# Your words for markers and regions, where contexture does not know them:".to_owned());
    lines.push("# [densities.markers]\n# \"T cells\" = \"CD3\"".to_owned());
    lines.push("# [densities.regions]\n# \"Rand\" = \"IM\"".to_owned());
    lines
}

/// `patient_id`, or the first column whose name speaks of a patient, or the first that is neither marker nor region.
fn patient_column(table: &TableFile) -> String {
    let names = table.names();
    let speaks = |it: &&&str| it.to_lowercase().contains("patient") || it.to_lowercase().contains("case");
    let is_key = |it: &&&str| **it != MARKER && **it != REGION;
    let found = names
        .iter()
        .find(|it| **it == PATIENT_ID)
        .or_else(|| names.iter().find(speaks))
        .or_else(|| names.iter().find(is_key));
    (*found.unwrap_or(&PATIENT_ID)).to_owned()
}

fn clinical_lines(table: &TableFile) -> Vec<String> {
    let patient = patient_column(table);
    let mut lines = vec!["\n[clinical]".to_owned(), format!("patient_id = {}", quoted(&patient))];
    let (mut times, mut events, mut numbers, mut factors) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for name in table.names().into_iter().filter(|it| *it != patient) {
        // A column of dates or the like is no part of a study.
        let Ok(values) = distinct(table, name) else { continue };
        let words = words(name);
        let says = |list: &[&str]| words.iter().any(|word| list.iter().any(|it| word.starts_with(it)));
        let is_number = table.numbers(name).is_ok();
        if is_number && values.len() > MOST_LEVELS && says(&["time", "day", "month", "year"]) && !says(&["age"]) {
            times.push(name);
        } else if (2..=3).contains(&values.len())
            && says(&["event", "status", "death", "dead", "died", "relaps", "recur"])
        {
            events.push((name, values));
        } else if is_number && values.len() > MOST_LEVELS {
            numbers.push(name);
        } else if (2..=MOST_LEVELS).contains(&values.len()) {
            factors.push((name, values));
        }
    }
    lines.extend(endpoint_lines(&times, &events));
    lines.extend(model_lines(&numbers, &factors));
    lines
}

fn endpoint_lines(times: &[&str], events: &[(&str, BTreeMap<String, usize>)]) -> Vec<String> {
    let mut lines = vec![
        "\n# Endpoints: a time and an event. Check the unit, and which value means that the event happened.".to_owned(),
    ];
    let (mut names, mut left): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for (event, values) in events {
        let own: BTreeSet<String> = own_words(event);
        let Some((time, word)) =
            times.iter().find_map(|it| Some((*it, own_words(it).intersection(&own).next()?.clone())))
        else {
            left.push(format!("{} ({})", on_one_line(event), counted(values)));
            continue;
        };
        // A name is made of plain letters and stands once.
        let name =
            if word.is_ascii() && !names.contains(&word) { word } else { format!("endpoint_{}", names.len() + 1) };
        names.push(name.clone());
        let (value, censored) = coding(values);
        lines.push("[[endpoints]]".to_owned());
        lines.push(format!("name = {}", quoted(&name)));
        lines.push(format!("time = {}", quoted(time)));
        lines.push(format!("unit = {}", quoted(unit(time))));
        lines.push(format!("# '{}' holds {}", on_one_line(event), counted(values)));
        lines.push(format!("event = {{ column = {}, value = {value}, censored = {censored} }}\n", quoted(event)));
    }
    if !left.is_empty() || left.len() == events.len() {
        lines.push("# An endpoint to fill in:".to_owned());
        lines.push(format!("#   columns that may be times: {}", on_one_line(&times.join(", "))));
        lines.push(format!("#   columns that may be events: {}", left.join("; ")));
        lines.push(
            "# [[endpoints]]\n# name = \"os\"\n# label = \"Overall survival\"\n# time = \"…\"\n# unit = \"days\""
                .to_owned(),
        );
        lines.push("# event = { column = \"…\", value = 1, censored = 0 }\n".to_owned());
    }
    lines
}

fn model_lines(numbers: &[&str], factors: &[(&str, BTreeMap<String, usize>)]) -> Vec<String> {
    let mut lines = vec!["# Models: what the score is adjusted for. Take away the '#' of what you need.".to_owned()];
    lines.push("# [[models]]\n# name = \"adjusted\"".to_owned());
    let numbers: Vec<String> = numbers.iter().map(|it| quoted(it)).collect();
    lines.push(format!("# covariates = [{}]", numbers.join(", ")));
    lines.push("# factors = [".to_owned());
    for (name, values) in factors {
        // The commonest class is the usual reference; of equally common ones, the first.
        let most = values.values().max().copied().unwrap_or(0);
        let reference = values.iter().find(|it| *it.1 == most).map_or("", |it| it.0);
        let entry = format!("{{ column = {}, reference = {} }}", quoted(name), quoted(reference));
        lines.push(format!("#   {entry},    # {}", counted(values)));
    }
    lines.push("# ]".to_owned());
    lines
}

/// Distinct values of a column and how often they stand; empty cells are passed over.
fn distinct(table: &TableFile, name: &str) -> Result<BTreeMap<String, usize>> {
    let mut values = BTreeMap::new();
    for value in table.texts(name)?.into_iter().flatten() {
        *values.entry(value).or_insert(0) += 1;
    }
    Ok(values)
}

fn counted(values: &BTreeMap<String, usize>) -> String {
    let parts: Vec<String> = values.iter().map(|(value, n)| format!("{value} ({n} times)")).collect();
    on_one_line(&parts.join(", "))
}

/// Text for a comment, which ends with its line.
fn on_one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// The value of the event and of a censored patient, as TOML; where nothing shows it, the values as they stand.
fn coding(values: &BTreeMap<String, usize>) -> (String, String) {
    let keys: Vec<&str> = values.keys().map(String::as_str).collect();
    match keys.as_slice() {
        ["0", "1"] | [] => ("1".to_owned(), "0".to_owned()),
        ["1", "2"] => ("2".to_owned(), "1".to_owned()),
        [first, rest @ ..] => {
            let event = keys.iter().find(|it| is_event(it)).or(rest.last()).unwrap_or(first);
            let censored = keys.iter().filter(|it| *it != event).map(|it| quoted(it)).collect::<Vec<_>>();
            (quoted(event), format!("[{}]", censored.join(", ")))
        }
    }
}

/// Whether a value says of itself that something happened, such as `Dead`, `1:DECEASED` or `yes`.
fn is_event(value: &str) -> bool {
    let words = words(value);
    let first = words.iter().find(|it| it.starts_with(char::is_alphabetic));
    first.is_some_and(|word| EVENT_WORDS.iter().any(|it| word.starts_with(it)))
}

fn unit(time: &str) -> &'static str {
    let words = words(time);
    let says = |stem: &str| words.iter().any(|it| it.starts_with(stem));
    if says("month") {
        "months"
    } else if says("year") {
        "years"
    } else {
        "days"
    }
}

fn words(name: &str) -> Vec<String> {
    name.to_lowercase().split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// The words of a name that are not everyday ones: what a time and its event have in common.
fn own_words(name: &str) -> BTreeSet<String> {
    words(name).into_iter().filter(|it| !EVERYDAY_WORDS.contains(&it.as_str())).collect()
}

/// A TOML string, on one line.
fn quoted(text: &str) -> String {
    if !text.contains(char::is_control) {
        return toml::Value::String(text.to_owned()).to_string();
    }
    let escaped = text.chars().map(|it| match it {
        '"' | '\\' => format!("\\{it}"),
        it if it.is_control() => format!("\\u{:04X}", u32::from(it)),
        it => it.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// The path of a table as the study file has to name it.
fn path_from(study: &Path, table: &Path) -> String {
    let folder = study.parent().unwrap_or(Path::new(""));
    if table.is_relative() && folder.as_os_str().is_empty() {
        return table.display().to_string();
    }
    let (Ok(folder), Ok(absolute)) = (std::path::absolute(folder.join(".")), std::path::absolute(table)) else {
        return table.display().to_string();
    };
    absolute.strip_prefix(folder).unwrap_or(&absolute).display().to_string()
}
