//! `contexture score`: densities to scores.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use super::{InputArgs, OutputArgs, exit_code, say};
use crate::error::Error;
use crate::io::densities::DensityInput;
use crate::io::output::Output;
use crate::io::scored::{SCORE_SCHEMA_VERSION, ScoreRecord, Scored};
use crate::io::study::{LoadedStudy, Overrides};
use crate::io::{checksum, clinical, densities, json, scored, study};
use crate::model::Component;
use crate::protocol::{Measure, Protocol, ReferenceMode};
use crate::score::reference::ReferenceFile;
use crate::score::{ScoreSettings, score_cohort};
use crate::stratify::InputFile;
use crate::table;

/// Score a cohort: densities to scores, profiles and rejections
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  contexture score study.toml -o scored")]
pub(super) struct Args {
    /// Study file
    #[arg(value_name = "STUDY.toml")]
    study: PathBuf,

    #[command(flatten)]
    inputs: InputArgs,

    #[command(flatten)]
    output: OutputArgs,

    /// Exit with 3 if a patient was rejected
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<ExitCode> {
    let loaded = study::load(&args.study, &Overrides::from(&args.inputs))?;
    let output = args.output.open()?;
    let scored = score(&loaded, &output, quiet)?;
    output.finish()?;
    say(quiet, &format!("wrote {}", args.output.output.display()))?;
    Ok(exit_code(!scored.rejected.is_empty(), args.strict))
}

/// Scores the cohort of a study, and writes the results.
pub(super) fn score(loaded: &LoadedStudy, output: &Output, quiet: bool) -> anyhow::Result<Scored> {
    let LoadedStudy { study, protocol, .. } = loaded;
    let DensityInput { densities: table, unused_columns, resembling, n_without_area } =
        densities::read(&loaded.densities, &study.densities)?;
    for (word, near) in resembling {
        say(quiet, &format!("'{word}' is no known marker or region, and is kept as it is; did you mean '{near}'?"))?;
    }
    let counts_density = protocol.specs().iter().any(|it| it.measure == Measure::Density);
    if n_without_area > 0 && counts_density {
        say(quiet, &format!("rows with a count and no area, which are no measurement: {n_without_area}"))?;
    }
    if !unused_columns.is_empty() {
        say(quiet, &format!("columns that are no marker and region: {}", unused_columns.join(", ")))?;
    }
    densities::plausible::check(&loaded.densities, &table, protocol)?;
    if !protocol.needs_reference() && study.reference.mode != ReferenceMode::None {
        say(quiet, &format!("protocol '{}' needs no reference; [reference] is passed over", protocol.name))?;
    }
    let unused = densities::unused_components(&table, &used(protocol));
    if !unused.is_empty() {
        say(quiet, &format!("not part of protocol '{}': {}", protocol.name, unused.join(", ")))?;
    }
    let in_training_split = training_split(loaded)?;
    let doing = || {
        let against = loaded.reference.as_deref().map(|it| format!(" against '{}'", it.display())).unwrap_or_default();
        format!("cannot score '{}'{against}", loaded.densities.display())
    };
    let patients = table::densities::pool(&table, protocol, &in_training_split).with_context(doing)?;
    let reference = loaded.reference.as_deref().filter(|_| protocol.needs_reference());
    let settings = ScoreSettings {
        mode: study.reference.mode,
        external: reference.map(json::read::<ReferenceFile>).transpose()?,
        built_from: study.reference.built_from.unwrap_or_default(),
        tie_rule: study.reference.tie_rule,
        seed: study.seed,
    };
    let cohort = score_cohort(&patients, protocol, &settings).with_context(doing)?;
    let scored = Scored {
        record: ScoreRecord {
            schema_version: SCORE_SCHEMA_VERSION,
            contexture_version: env!("CARGO_PKG_VERSION").to_owned(),
            seed: study.seed,
            protocol: protocol.clone(),
            reference: cohort.reference.as_ref().map(|it| it.summary(&protocol.components())),
            ratio_offset: cohort.ratio_offset,
            inputs: inputs(loaded)?,
        },
        scores: cohort.scores,
        profiles: cohort.profiles,
        rejected: cohort.rejected,
    };
    let reference_file = cohort.reference.as_ref().map(|it| &it.file);
    scored::write(output, &scored, &table, reference_file, &study.output.formats)?;
    let n_partial = scored.scores.iter().filter(|it| it.is_partial()).count();
    let partial = if n_partial > 0 { format!(", {n_partial} partly") } else { String::new() };
    let (n_read, n_scored) = (scored.profiles.len(), scored.scores.len());
    let patients = if n_read == 1 { "patient" } else { "patients" };
    let counts = format!("scored {}{partial}, rejected {}", n_scored - n_partial, n_read - n_scored);
    say(quiet, &format!("read {n_read} {patients}, {counts}"))?;
    Ok(scored)
}

/// The components of a protocol, and the wholes that shares are taken of.
fn used(protocol: &Protocol) -> Vec<Component> {
    let specs = protocol.specs();
    specs.iter().flat_map(|it| [Some(it.component()), it.whole()]).flatten().collect()
}

fn training_split(loaded: &LoadedStudy) -> Result<BTreeSet<String>, Error> {
    let reference = &loaded.study.reference;
    match (reference.mode, &loaded.clinical, &reference.split_column, &reference.split_value) {
        (ReferenceMode::Training, Some(path), Some(column), Some(value)) => {
            clinical::split(path, &loaded.study, column, value)
        }
        _ => Ok(BTreeSet::new()),
    }
}

fn inputs(loaded: &LoadedStudy) -> Result<Vec<InputFile>, Error> {
    let clinical = loaded.clinical.as_deref().filter(|_| loaded.study.reference.mode == ReferenceMode::Training);
    let files: [(&str, Option<&Path>); 5] = [
        ("study", Some(&loaded.path)),
        ("protocol", loaded.protocol_file.as_deref()),
        ("densities", Some(&loaded.densities)),
        ("reference", loaded.reference.as_deref()),
        ("clinical", clinical),
    ];
    files.into_iter().filter_map(|(role, path)| Some(checksum::input_file(role, path?))).collect()
}
