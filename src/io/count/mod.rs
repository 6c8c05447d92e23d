//! Files to a tally: what `contexture count` and `contexture inspect` do.
//!
//! ```text
//! files ─► Source: format, layout ─┬─► cells ──► combinations of words ─┐
//!                                  ├─► regions: areas, told counts ─────┼─► Tally ─► densities, regions, samples, rejected
//!                                  ├─► outlines ─► sections ──► areas ──┤
//!                                  └─► tally of an earlier count ───────┘
//! ```
//!
//! Files are read on all cores; their tallies merge in the order of their names, and merging is the same in any order. A
//! file that cannot be counted becomes a row of `rejected`, and the others are counted.

mod cells;
mod chosen;
mod facts;
mod inputs;
mod merging;
mod names;
mod phenotypes;
mod plan;
mod regions;
mod sections;
mod source;

use std::collections::BTreeSet;

pub use facts::{ColumnUse, FileFacts, NamedCount, UnitUse};
pub use inputs::{of_paths, of_samplesheet};
use merging::Merging;
pub use names::RegionNames;
use rayon::prelude::*;
pub use sections::Sections;
pub use source::{Input, Role, Source};

use super::checksum;
use super::format::{AreaUnit, Layout, LengthUnit, Mapping};
use super::gates::Gates;
use crate::error::{Error, Result};
use crate::model::{NamePattern, PhenotypeRules, Synonyms};
use crate::spatial::MarginWidth;
use crate::table::tally::{AreaSource, PartArea, RejectedInput, Tally};

/// How files are read.
#[derive(Debug, Default)]
pub struct Settings {
    /// Name of the format; recognised if absent.
    pub format: Option<String>,
    /// Which column is what, for tables of no known format.
    pub mapping: Option<Mapping>,
    /// µm in a pixel.
    pub microns_per_pixel: Option<f64>,
    /// Phenotypes by rules; without, phenotypes are the file's labels and markers.
    pub rules: Option<PhenotypeRules>,
    /// Thresholds of intensities.
    pub gates: Option<Gates>,
    /// What names of files say.
    pub pattern: Option<NamePattern>,
    /// Width of the invasive margin, for files with a signed distance; without, the distance is not used.
    pub margin: Option<MarginWidth>,
    /// Words of the field and of the laboratory.
    pub synonyms: Synonyms,
    /// How regions are named.
    pub region_names: RegionNames,
}

/// What counting gives.
#[derive(Debug)]
pub struct Counted {
    /// Counts and areas.
    pub tally: Tally,
    /// What was found in each file that could be read.
    pub facts: Vec<FileFacts>,
    /// Samples that areas alone were given for, and the samples with cells that they are but for folder and ending of the image.
    pub same_images: Vec<(String, String)>,
}

/// Counts files.
///
/// # Errors
///
/// What makes the files contradict each other: the same bytes twice, a sample of two patients, two areas of one part. What is
/// wrong with one file is a row of [`Tally::rejected`].
pub fn count(inputs: &[Input], settings: &Settings) -> Result<Counted> {
    let mut rejected = Vec::new();
    let mut sources = Vec::new();
    let opened: Vec<Result<Source>> = inputs.par_iter().map(|it| Source::open(it.clone(), settings)).collect();
    for (input, opened) in inputs.iter().zip(opened) {
        match opened {
            Ok(source) => sources.push(source),
            Err(error) => rejected.push(rejection(input, &error)),
        }
    }
    let (sections, mut facts) = read_sections(&sources, settings, &mut rejected)?;
    let counted: Vec<Option<Result<(Tally, FileFacts)>>> =
        sources.par_iter().map(|it| count_source(it, settings, &sections)).collect();
    let mut merging = Merging::default();
    for (source, counted) in sources.iter().zip(counted) {
        match counted {
            None => {}
            Some(Ok((of_file, fact))) => match merging.add(source, of_file) {
                Ok(()) => facts.push(fact),
                Err(error) if source.layout == Layout::Tally => return Err(error),
                Err(error) => rejected.push(rejection(&source.input, &error)),
            },
            // A tally is many samples, and none may go missing.
            Some(Err(error)) if source.layout == Layout::Tally => return Err(error),
            Some(Err(error)) => rejected.push(rejection(&source.input, &error)),
        }
    }
    let (mut tally, same_images) = merging.finish()?;
    sections.check(tally.samples.keys())?;
    for (sample_id, sample) in &mut tally.samples {
        sections.put_areas(sample_id, sample)?;
    }
    tally.rejected.extend(rejected);
    facts.sort_by(|one, other| one.file.cmp(&other.file));
    Ok(Counted { tally, facts, same_images })
}

/// Outlines are read first: cells are looked up in them.
fn read_sections(
    sources: &[Source],
    settings: &Settings,
    rejected: &mut Vec<RejectedInput>,
) -> Result<(Sections, Vec<FileFacts>)> {
    let mut sections = Sections::default();
    let mut facts = Vec::new();
    for source in sources.iter().filter(|it| it.layout == Layout::Outlines) {
        match sections::read(source, settings) {
            Ok((section, fact)) => {
                sections.add(&source.file_sample(), section)?;
                facts.push(fact);
            }
            Err(error) => rejected.push(rejection(&source.input, &error)),
        }
    }
    let n_cell_tables = sources.iter().filter(|it| matches!(it.layout, Layout::Cells(_))).count();
    let is_alone = n_cell_tables == 1 && rejected.is_empty();
    Ok((if is_alone { sections.belong_to_any() } else { sections }, facts))
}

/// Counts one file; absent for outlines, which are read before.
fn count_source(source: &Source, settings: &Settings, sections: &Sections) -> Option<Result<(Tally, FileFacts)>> {
    let counted = match &source.layout {
        Layout::Outlines => return None,
        Layout::Cells(layout) => cells::count(source, layout, settings, sections),
        Layout::Regions(layout) => regions::count(source, layout, settings),
        Layout::Tally => super::counted::read_tally(source.path()).map(|tally| {
            let mut facts = FileFacts::of(source, settings);
            facts.n_rows = Some(tally.samples.len() as u64);
            (tally, facts)
        }),
    };
    // What a file says against itself is said without its name, deep in the tally.
    let counted = counted.map_err(|error| match error {
        Error::Unanswerable { problem } => {
            let problem = format!("contradicts itself: {problem}");
            Error::UnusableFile { path: source.path().to_owned(), problem }
        }
        error => error,
    });
    Some(counted.and_then(|(mut tally, facts)| {
        if !tally.panels.is_empty() && source.layout != Layout::Tally && facts.n_rows > Some(0) {
            let mut fingerprint = checksum::fingerprint(source.path())?;
            if !source.names_its_samples() {
                // Two slides may have no cell each, and then the same bytes.
                fingerprint = format!("{fingerprint} {}", source.file_sample());
            }
            tally.sources.insert(fingerprint, source.preview.file_name.clone());
        }
        Ok((tally, facts))
    }))
}

/// A name for what a file looks for.
fn panel_id(source: &Source, mut parts: BTreeSet<String>) -> String {
    parts.insert(format!("format {}", source.format));
    parts.extend(source.named.marker.as_ref().map(|it| format!("stain {it}")));
    let text: Vec<String> = parts.into_iter().collect();
    checksum::of_bytes(text.join("\n").as_bytes())[..8].to_owned()
}

/// An area in mm², 0 or more.
fn area_mm2(
    source: &Source,
    given: f64,
    unit: AreaUnit,
    unit_source: &str,
    settings: &Settings,
) -> Result<Option<f64>> {
    let mm2 = match unit {
        AreaUnit::SquareMillimetre => given,
        AreaUnit::SquareMicrometre => given / 1e6,
        AreaUnit::SquarePixel { documented_microns_per_pixel } => {
            let pixel = LengthUnit::Pixel { documented_microns_per_pixel };
            let scale = source.microns_per_unit(pixel, unit_source, settings)?;
            given * scale * scale / 1e6
        }
    };
    Ok(Some(mm2).filter(|it| it.is_finite() && *it >= 0.0))
}

fn part_area(field: Option<&str>, area_mm2: Option<f64>, source: AreaSource) -> PartArea {
    PartArea { field: field.map(str::to_owned), area_mm2, source }
}

/// The row of a file that cannot be counted. It names the file without its folder, which is another one on every machine.
fn rejection(input: &Input, error: &Error) -> RejectedInput {
    let file = input.path.file_name().map_or_else(String::new, |it| it.to_string_lossy().into_owned());
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    let paths = [Some(&input.path), input.row.as_ref().and_then(|it| it.mapping.as_ref())];
    RejectedInput {
        sample_id: input.row.as_ref().map(|it| it.sample_id.clone()),
        message: paths.into_iter().flatten().fold(message, |message, path| {
            let name = path.file_name().map_or_else(String::new, |it| it.to_string_lossy().into_owned());
            message.replace(&path.display().to_string(), &name)
        }),
        file,
        reason: reason(error).to_owned(),
    }
}

/// Why a file cannot be counted, as a code.
fn reason(error: &Error) -> &'static str {
    match error {
        Error::Read { .. } => "unreadable",
        Error::MissingColumn { .. } => "missing_column",
        Error::Value { .. } | Error::OutOfRange { .. } => "bad_value",
        Error::Duplicate { .. } => "duplicate",
        Error::Config { .. } => "bad_json",
        _ => "unusable",
    }
}
