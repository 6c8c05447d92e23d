//! `contexture count`: exports of other programs to densities.

#![expect(clippy::doc_markdown, reason = "clap shows these comments as they are, backticks too")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;

use super::read_args::ReadArgs;
use super::{OutputArgs, exit_code, say};
use crate::error::Error;
use crate::io::count::{Counted, count, of_paths, of_samplesheet};
use crate::io::counted;
use crate::io::output::Output;
use crate::table::counts::{CountOptions, Percentages};
use crate::table::tally::{NO_AREA, NO_REGION, TOTAL, Tally};

/// Count cells: exports of other programs to densities
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    contexture count slide1_cells.tsv slide1_annotations.tsv -o counted\n  \
    contexture count exports/ -o counted --name-pattern '{patient}_{marker}_*'\n  \
    contexture count --samplesheet samples.csv -o counted\n  \
    contexture count shard1/tally.json shard2/tally.json -o counted      gathers what was counted apart\n\n\
    Then: contexture init --densities counted/densities.tsv --clinical clinical.csv -o study.toml")]
pub(super) struct Args {
    /// Tables of cells or regions, GeoJSON, folders of them, or tally.json of earlier counts
    #[arg(value_name = "FILE", required_unless_present = "samplesheet")]
    files: Vec<PathBuf>,

    /// Table with a row for each sample: sample_id, path, and patient_id, format, mapping, microns_per_pixel, annotations, regions,
    /// marker, field_id
    #[arg(long, value_name = "FILE", conflicts_with = "files")]
    samplesheet: Option<PathBuf>,

    /// Keep these regions only; Total is their sum
    #[arg(long, value_name = "REGION,…", value_delimiter = ',')]
    only_regions: Vec<String>,

    /// Give each phenotype's share of the region's cells too
    #[arg(long)]
    percentages: bool,

    #[command(flatten)]
    output: OutputArgs,

    /// Exit with 3 if a file was rejected
    #[arg(long)]
    strict: bool,

    // Last, as its heading stands above all options behind it.
    #[command(flatten)]
    read: ReadArgs,
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<ExitCode> {
    let settings = args.read.settings()?;
    let (inputs, notes) = match &args.samplesheet {
        Some(samplesheet) => of_samplesheet(samplesheet)?,
        None => (of_paths(&args.files)?, Vec::new()),
    };
    let output = args.output.open()?;
    let counted = count(&inputs, &settings)?;
    if args.samplesheet.is_none() {
        check(&counted.tally, inputs.len())?;
    }
    let options = CountOptions {
        regions: args.only_regions.iter().map(|it| it.trim().to_owned()).collect(),
        percentages: if args.percentages { Percentages::Given } else { Percentages::Left },
    };
    check_regions(&counted.tally, &options)?;
    for note in notes {
        say(quiet, &format!("note: {note}"))?;
    }
    write(&counted, &options, &output, quiet)?;
    output.finish()?;
    say(quiet, &format!("wrote {}", args.output.output.display()))?;
    Ok(exit_code(!counted.tally.rejected.is_empty(), args.strict))
}

fn write(counted: &Counted, options: &CountOptions, output: &Output, quiet: bool) -> anyhow::Result<()> {
    for line in lines(counted) {
        say(quiet, &line)?;
    }
    Ok(counted::write(output, &counted.tally, options)?)
}

/// Something has to have been counted of files that a person named. A samplesheet is a batch, perhaps of one slide, whose
/// rejected rows are its result.
fn check(tally: &Tally, n_files: usize) -> Result<(), Error> {
    if tally.samples.values().any(|it| !it.panels.is_empty()) {
        return Ok(());
    }
    let problem = match tally.rejected.iter().next() {
        Some(first) if n_files == 1 => first.message.clone(),
        Some(first) => format!("none of {n_files} files could be counted; the first: {}", first.message),
        None => "no file holds cells or counts of cells; areas alone make no densities".to_owned(),
    };
    Err(Error::Unanswerable { problem })
}

fn check_regions(tally: &Tally, options: &CountOptions) -> Result<(), Error> {
    let found: BTreeSet<&String> = tally.samples.values().flat_map(|it| it.regions.keys()).collect();
    match options.regions.iter().find(|it| *it != TOTAL && !found.contains(it)) {
        None => Ok(()),
        Some(region) => {
            let found: Vec<&str> = found.into_iter().map(String::as_str).collect();
            let problem = format!("--only-regions: no sample has a region '{region}' (found: {})", found.join(", "));
            Err(Error::Unanswerable { problem })
        }
    }
}

/// What was found, for the user.
fn lines(counted: &Counted) -> Vec<String> {
    let Counted { tally, facts, same_images } = counted;
    let mut formats: BTreeMap<&str, usize> = BTreeMap::new();
    let mut regions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut notes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut not_counted: BTreeMap<&str, u64> = BTreeMap::new();
    for fact in facts {
        *formats.entry(&fact.format).or_default() += 1;
        for (word, region) in &fact.regions {
            regions.entry(&region.name).or_default().insert(word);
        }
        for note in &fact.notes {
            *notes.entry(note).or_default() += 1;
        }
        for (reason, n_rows) in &fact.not_counted {
            *not_counted.entry(reason).or_default() += n_rows;
        }
    }
    let mut lines = Vec::new();
    let formats: Vec<String> = formats.iter().map(|(format, n)| format!("{n} {format}")).collect();
    lines.push(format!("read {}: {}", plural(facts.len(), "file"), formats.join(", ")));

    let counted = tally.samples.values().filter(|it| !it.panels.is_empty());
    let patients: BTreeSet<&String> = counted.clone().filter_map(|it| it.patient_id.as_ref()).collect();
    let of_patients = match patients.len() {
        0 => "; patients are not named, so each sample is a patient".to_owned(),
        n => format!(" of {}", plural(n, "patient")),
    };
    lines.push(format!("counted {}{of_patients}", plural(counted.count(), "sample")));
    let mut samples_of: BTreeMap<BTreeSet<&str>, BTreeSet<&String>> = BTreeMap::new();
    for (id, panel) in &tally.panels {
        let samples = tally.samples.iter().filter(|(_, it)| it.panels.contains(id)).map(|(id, _)| id);
        samples_of.entry(panel.phenotypes()).or_default().extend(samples);
    }
    for (phenotypes, samples) in samples_of {
        lines.push(format!("{} in {}", listed(phenotypes.into_iter()), plural(samples.len(), "sample")));
    }
    let renamed = regions.iter().filter(|(name, words)| words.iter().any(|it| !it.eq_ignore_ascii_case(name)));
    let renamed: Vec<String> = renamed
        .map(|(name, words)| format!("{name} = {}", words.iter().copied().collect::<Vec<_>>().join(" + ")))
        .collect();
    if !renamed.is_empty() {
        lines.push(format!("regions: {}", renamed.join(", ")));
    }
    let mut without_area: BTreeMap<String, usize> = BTreeMap::new();
    let mut n_without_cells = 0;
    for sample in tally.samples.values() {
        for (_, region) in sample.regions.iter().filter(|(name, _)| *name != NO_REGION) {
            match region.area() {
                Err(reason) if region.has_counts() => *without_area.entry(reason).or_default() += 1,
                Ok(_) if !region.has_counts() && sample.panels.is_empty() => n_without_cells += 1,
                _ => {}
            }
        }
    }
    for (reason, n) in without_area.iter().take(MOST_SHOWN) {
        lines.push(format!("without a density: {}, as {reason}", plural(*n, "region")));
    }
    if without_area.contains_key(NO_AREA) {
        lines.push("give a table of regions, annotations or GeoJSON beside the cells to have densities".to_owned());
    }
    if n_without_cells > 0 {
        lines.push(format!("areas of {} belong to samples that no cells are of", plural(n_without_cells, "region")));
    }
    for (areas, cells) in same_images.iter().take(MOST_SHOWN) {
        lines.push(format!("areas of '{areas}' are those of '{cells}', an image of that name"));
    }
    if same_images.len() > MOST_SHOWN {
        lines.push(format!("and so are those of {} more", plural(same_images.len() - MOST_SHOWN, "sample")));
    }
    lines.extend(unknown(tally));
    lines.extend(not_counted.iter().map(|(reason, n_rows)| format!("not counted: {n_rows} {reason}")));
    lines.extend(
        notes
            .iter()
            .map(|(note, n)| if *n == 1 { format!("note: {note}") } else { format!("note ({n} files): {note}") }),
    );
    if !tally.rejected.is_empty() {
        let n_rejected = tally.rejected.len();
        lines.push(format!("rejected {}, see the table rejected:", plural(n_rejected, "file")));
        lines.extend(tally.rejected.iter().take(MOST_SHOWN).map(|it| format!("  {}", it.message)));
        if n_rejected > MOST_SHOWN {
            lines.push(format!("  and {} more", n_rejected - MOST_SHOWN));
        }
    }
    lines
}

/// Markers that are known of some cells and unknown of others, which makes their densities the least they can be.
fn unknown(tally: &Tally) -> Vec<String> {
    let mut unknown: BTreeMap<&str, (u64, BTreeSet<&str>)> = BTreeMap::new();
    for (sample_id, sample) in &tally.samples {
        for counts in sample.regions.values().flat_map(|it| it.counted.values()) {
            let known_of_some = counts.unknown.iter().filter(|(marker, _)| counts.phenotypes.contains_key(*marker));
            for (marker, n_cells) in known_of_some.filter(|(_, n_cells)| **n_cells > counts.n_cells_unknown) {
                let place = unknown.entry(marker).or_default();
                place.0 += n_cells;
                place.1.insert(sample_id);
            }
        }
    }
    let n_more = unknown.len().saturating_sub(MOST_SHOWN);
    let line = |(marker, (n_cells, samples)): (&str, (u64, BTreeSet<&str>))| {
        let samples = plural(samples.len(), "sample");
        format!(
            "{marker} is unknown of {n_cells} cells in {samples}: they are in the area and not in its counts, so that its \
             densities are the least they can be (column n_cells_unknown)"
        )
    };
    let mut lines: Vec<String> = unknown.into_iter().take(MOST_SHOWN).map(line).collect();
    lines.extend((n_more > 0).then(|| format!("and {n_more} more are unknown of some cells")));
    lines
}

/// So many names or messages are shown; the tables have all.
const MOST_SHOWN: usize = 12;

fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let n_names = names.len();
    let mut shown: Vec<String> = names.take(MOST_SHOWN).map(str::to_owned).collect();
    if n_names == 0 {
        return "all cells, no phenotypes".to_owned();
    }
    if n_names > MOST_SHOWN {
        shown.push(format!("and {} more", n_names - MOST_SHOWN));
    }
    shown.join(", ")
}

fn plural(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}
