//! `contexture reference fit`: a training cohort to a frozen reference.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use super::{SpecimenArg, TieRuleArg, provenance};
use crate::cli::say;
use crate::error::{Error, Result};
use crate::io::reference_file::{self, Replaces};
use crate::io::{axes_file, checksum, clinical, densities, protocol_file};
use crate::model::{InputFile, Region, Specimen, Synonyms, TieRule};
use crate::protocol::{ComponentSpec, DensityTable, Protocol, ReferenceBuild, ReferenceMode};
use crate::score::reference::{Provenance, Reference, ReferenceFile, ReferenceSettings};
use crate::score::{UsableValues, contexture, same_values, usable_beside, usable_values};
use crate::table;

/// Freeze the densities of a training cohort as a reference, to score others against
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  contexture reference fit training.csv --specimen whole_slide --name colon-2024 \\\n      \
                  --description \"stage I-III colon cancer, CD3 2GV6 and CD8 C8/144B\" -o reference.json\n  contexture \
                  reference fit densities.csv --clinical clinical.csv --split cohort=training --name training \\\n      \
                  --description \"training split\" --quantiles 20 -o reference.json"
)]
pub(super) struct Args {
    /// Density table of the training cohort
    #[arg(value_name = "DENSITIES")]
    densities: PathBuf,

    /// Protocol: the name of a preset, or a file (TOML)
    #[arg(long, value_name = "PRESET|FILE.toml", default_value = "consensus")]
    protocol: String,

    /// Clinical table with the column that --split names
    #[arg(long, value_name = "FILE", requires = "split")]
    clinical: Option<PathBuf>,

    /// Column of the clinical table that says which patients are the training split, and what it says for them
    #[arg(long, value_name = "COL=VALUE", value_parser = column_and_value, requires = "clinical")]
    split: Option<(String, String)>,

    /// Column with the patient, in both tables
    #[arg(long, value_name = "COL", default_value = "patient_id")]
    patient_column: String,

    /// Short name, shown with every percentile
    #[arg(long)]
    name: String,

    /// Which patients, tumours, stains and clones it is made of
    #[arg(long, value_name = "TEXT")]
    description: String,

    /// What kind of tissue the densities were measured on; densities of another kind cannot use the reference
    #[arg(long, value_enum, value_name = "KIND")]
    specimen: Option<SpecimenArg>,

    /// Day it is made, to stand in the file
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    date: Option<String>,

    /// What a reference value equal to a measured one counts for
    #[arg(long, value_enum, value_name = "RULE", default_value = "mid")]
    tie_rule: TieRuleArg,

    /// Keep, in place of the values, this many quantiles, each of 5 patients or more, so that no patient can be told from them
    #[arg(long, value_name = "N")]
    quantiles: Option<usize>,

    /// Take every usable value of a component, also of patients who lack another
    #[arg(long)]
    all_values: bool,

    /// Keep the other markers of the contexture's axes too, in the regions of the protocol, so that a patient scored against
    /// the file has their percentiles
    #[arg(long)]
    contexture: bool,

    /// File of your own (TOML) that adds to the axes
    #[arg(long, value_name = "FILE.toml", requires = "contexture")]
    axes: Option<PathBuf>,

    /// File to write
    #[arg(short, long, value_name = "REFERENCE.json")]
    output: PathBuf,

    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
}

fn column_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((column, value)) if !column.is_empty() && !value.is_empty() => Ok((column.to_owned(), value.to_owned())),
        _ => Err("expected COL=VALUE, such as cohort=training".to_owned()),
    }
}

/// A day as ISO 8601 writes it; whether the month has it is not our business.
pub(super) fn date(text: &str) -> Result<String, String> {
    let is_digits = |part: &str, n: usize| part.len() == n && part.bytes().all(|it| it.is_ascii_digit());
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [year, month, day] if is_digits(year, 4) && is_digits(month, 2) && is_digits(day, 2) => Ok(text.to_owned()),
        _ => Err("expected a day such as 2024-05-31".to_owned()),
    }
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<ExitCode> {
    let (file, warnings) =
        fit(args).with_context(|| format!("cannot make a reference of '{}'", args.densities.display()))?;
    let replaces = if args.force { Replaces::Existing } else { Replaces::Nothing };
    reference_file::write(&args.output, &file, replaces)?;
    for warning in warnings {
        say(quiet, &warning)?;
    }
    let form = args.quantiles.map_or_else(|| "their values".to_owned(), |it| format!("{it} quantiles of them"));
    say(quiet, &format!("wrote {}: {}, {form}", args.output.display(), file.size_in_words()))?;
    Ok(ExitCode::SUCCESS)
}

/// The frozen reference, and what is to be known before it is used.
fn fit(args: &Args) -> Result<(ReferenceFile, Vec<String>)> {
    let (protocol, protocol_path) = protocol_file::read(&args.protocol)?;
    let columns = DensityTable { patient_id: Some(args.patient_column.clone()), ..DensityTable::default() };
    let input = densities::read(&args.densities, &columns)?;
    densities::plausible::check(&args.densities, &input, &protocol)?;
    let remark = densities::plausible::remark(&input, &protocol.specs());
    let table = input.densities;
    let training = match (&args.clinical, &args.split) {
        (Some(path), Some((column, value))) => Some(clinical::split(path, &args.patient_column, column, value)?),
        _ => None,
    };
    let patients = table::densities::pool(&table, &protocol, &BTreeSet::new())?;
    let is_training = |id: &String| training.as_ref().is_none_or(|split| split.contains(id));
    let rows = patients.patient_ids().iter().zip(usable_values(&patients, &protocol));
    let rows: Vec<UsableValues> = rows.filter(|it| is_training(it.0)).map(|it| it.1).collect();
    let settings = ReferenceSettings {
        mode: ReferenceMode::External,
        tie_rule: TieRule::from(args.tie_rule),
        built_from: if args.all_values { ReferenceBuild::AllValues } else { ReferenceBuild::CompletePatients },
        protocol: &protocol,
        specimen: args.specimen.map(Specimen::from),
    };
    let built = Reference::build(&rows, &settings)?;
    let files: [(&str, Option<&Path>); 4] = [
        ("densities", Some(&args.densities)),
        ("protocol", protocol_path.as_deref()),
        ("clinical", args.clinical.as_deref()),
        ("axes", args.axes.as_deref()),
    ];
    let input = |(role, path): (&str, Option<&Path>)| Some(checksum::input_file(role, path?));
    let inputs: Vec<InputFile> = files.into_iter().filter_map(input).collect::<Result<_>>()?;
    let split = args.split.as_ref().map(|(column, value)| format!("{column}={value}"));
    let mut file = ReferenceFile {
        name: args.name.clone(),
        description: args.description.clone(),
        provenance: Some(Provenance { date: args.date.clone(), split, inputs, ..provenance(&protocol) }),
        ..built.file
    };
    let mut too_few = Vec::new();
    let mut none_beside = false;
    if args.contexture {
        let specs = contexture_specs(args, &protocol)?;
        let beside = table::densities::pool_beside(&table, &specs, &protocol)?.into_iter().collect();
        let beside = patients.patient_ids().iter().zip(usable_beside(&beside, &specs, &protocol));
        let beside: Vec<UsableValues> = beside.filter(|it| is_training(it.0)).map(|it| it.1).collect();
        (file, too_few) = file.with_contexture(&specs, &rows, &beside);
        none_beside = file.contexture.is_empty() && too_few.is_empty();
    }
    if let Some(n_quantiles) = args.quantiles {
        let most_samples = rows.chunk_by(|a, b| a.patient == b.patient).map(<[_]>::len).max().unwrap_or(1);
        let (tables, lacking) = file.with_quantiles(n_quantiles, most_samples)?;
        file = tables;
        too_few.extend(lacking);
    }
    let frozen = Reference::new(file, &settings)?;
    let mut warnings = frozen.warnings(&protocol.components());
    warnings.extend(same_values::remark(&rows));
    warnings.extend(remark);
    if !too_few.is_empty() {
        let names: Vec<String> = too_few.iter().map(ToString::to_string).collect();
        warnings.push(format!("Too few patients have {} for the file to hold it.", names.join(", ")));
    }
    if none_beside {
        let regions = protocol.distinct_regions();
        let regions: Vec<&str> = regions.iter().map(Region::as_str).collect();
        warnings.push(format!(
            "Beside the components of the score the table holds no marker of the axes in {}: --contexture adds none to the file.",
            regions.join(", ")
        ));
    }
    if args.specimen.is_none() {
        warnings.push("Without --specimen, nobody is kept from scoring another kind of tissue against it.".to_owned());
    }
    Ok((frozen.file, warnings))
}

/// The markers of the axes in the regions of the protocol.
fn contexture_specs(args: &Args, protocol: &Protocol) -> Result<Vec<ComponentSpec>> {
    // Signs hang on the type of tumour, the markers do not.
    let unknown_type = |problem| Error::Unanswerable { problem };
    let axes = axes_file::read(args.axes.as_deref(), None, &Synonyms::default(), unknown_type)?;
    Ok(contexture::specs(&axes, &protocol.distinct_regions()))
}
