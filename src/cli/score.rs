//! `contexture score`: densities to scores.

mod contexture;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap::error::ErrorKind;

use super::reference::{SpecimenArg, TieRuleArg, provenance};
use super::{InputArgs, OutputArgs, exit_code, say};
use crate::error::Error;
use crate::io::densities::paired;
use crate::io::output::Output;
use crate::io::reference_study::ReferenceUse;
use crate::io::scored::{SCORE_SCHEMA_VERSION, ScoreRecord, Scored};
use crate::io::study::{LoadedStudy, Overrides};
use crate::io::{checksum, clinical, densities, groups, reference_file, scored, study};
use crate::model::{Component, Specimen, TieRule};
use crate::protocol::ReferenceMode;
use crate::score::contexture::Contexture;
use crate::score::reference::Reference;
use crate::score::{Grouping, ScoreSettings, ScoredCohort, ScoredPatient, same_values, score_cohort, usable_values};
use crate::stratify::InputFile;
use crate::table;

/// Score a cohort: densities to scores, profiles and rejections
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  contexture score study.toml -o scored\n  contexture score patient.csv --reference \
                  reference.json -o scored"
)]
pub(super) struct Args {
    /// Study file (TOML); or a density table (CSV, TSV, Parquet), together with --reference
    #[arg(value_name = "STUDY.toml|DENSITIES")]
    input: PathBuf,

    #[command(flatten)]
    inputs: InputArgs,

    #[command(flatten)]
    without_study: WithoutStudy,

    #[command(flatten)]
    output: OutputArgs,

    /// Exit with 3 if a patient was rejected
    #[arg(long)]
    strict: bool,
}

/// What a study file says otherwise
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "A density table without a study file")]
struct WithoutStudy {
    /// Protocol: the name of a preset, or a file (TOML). That of the reference if not given
    #[arg(long, value_name = "PRESET|FILE.toml")]
    protocol: Option<String>,

    /// What a reference value equal to the measured one counts for. As the reference says if not given
    #[arg(long, value_enum, value_name = "RULE")]
    tie_rule: Option<TieRuleArg>,

    /// What kind of tissue the densities were measured on; a reference of another kind is refused
    #[arg(long, value_enum, value_name = "KIND")]
    specimen: Option<SpecimenArg>,

    /// Seed of the Monte Carlo intervals
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Type of tumour that signs of the contexture's axes depend on, such as crc; the general signs if not given
    #[arg(long, value_name = "TYPE")]
    tumour_type: Option<String>,

    /// File of your own (TOML) that adds to the axes and changes them
    #[arg(long, value_name = "FILE.toml")]
    axes: Option<PathBuf>,
}

impl WithoutStudy {
    /// The options that were given, for a message.
    fn given(&self) -> Option<&'static str> {
        let Self { protocol, tie_rule, specimen, seed, tumour_type, axes } = self;
        let given = [
            (protocol.is_some(), "--protocol"),
            (tie_rule.is_some(), "--tie-rule"),
            (specimen.is_some(), "--specimen"),
            (seed.is_some(), "--seed"),
            (tumour_type.is_some(), "--tumour-type"),
            (axes.is_some(), "--axes"),
        ];
        given.into_iter().find(|it| it.0).map(|it| it.1)
    }
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<ExitCode> {
    let loaded = load(args)?;
    let output = args.output.open()?;
    let scored = score(&loaded, &output, quiet)?;
    output.finish()?;
    say(quiet, &format!("wrote {}", args.output.output.display()))?;
    Ok(exit_code(!scored.cohort.rejected.is_empty(), args.strict))
}

/// The study of a study file, or that of a table and a reference.
fn load(args: &Args) -> Result<LoadedStudy, Error> {
    let Args { input, inputs, without_study, .. } = args;
    let usage = |kind, message: String| {
        let mut command = super::Cli::command();
        command.build();
        command.find_subcommand_mut("score").expect("a subcommand").error(kind, message).exit()
    };
    if input.extension().is_some_and(|it| it.eq_ignore_ascii_case("toml")) {
        if let Some(option) = without_study.given() {
            usage(ErrorKind::ArgumentConflict, format!("{option} is for a density table; a study file says it itself"));
        }
        return study::load(input, &Overrides::from(inputs));
    }
    if inputs.densities.is_some() || inputs.clinical.is_some() {
        usage(ErrorKind::ArgumentConflict, "--densities and --clinical go with a study file (.toml)".to_owned());
    }
    let Some(reference) = &inputs.reference else {
        let message = "score needs a study file (.toml), or a density table with --reference <FILE>";
        usage(ErrorKind::MissingRequiredArgument, message.to_owned())
    };
    let given = ReferenceUse {
        protocol: without_study.protocol.clone(),
        tie_rule: without_study.tie_rule.map(TieRule::from),
        specimen: without_study.specimen.map(Specimen::from),
        seed: without_study.seed.unwrap_or_default(),
        axes: without_study.axes.clone(),
        tumour_type: without_study.tumour_type.clone(),
    };
    LoadedStudy::of_reference(input, reference, &given)
}

/// What scoring has in memory when its results are written.
pub(super) struct JustScored {
    record: ScoreRecord,
    cohort: ScoredCohort,
    groupings: Vec<Grouping>,
    contexture: Option<Contexture>,
}

impl JustScored {
    /// As the later steps read it from the files.
    pub(super) fn into_scored(self) -> Scored {
        Scored::of(self.record, &self.cohort, self.groupings, self.contexture)
    }
}

/// Scores the cohort of a study, and writes the results.
pub(super) fn score(loaded: &LoadedStudy, output: &Output, quiet: bool) -> anyhow::Result<JustScored> {
    let LoadedStudy { study, protocol, .. } = loaded;
    let input = match study.contexture.as_ref().and_then(|it| it.paired.as_ref()) {
        Some(samples) => paired::read(&loaded.densities, &study.densities, samples)?,
        None => densities::read(&loaded.densities, &study.densities)?,
    };
    densities::plausible::check(&loaded.densities, &input, protocol)?;
    let table = &input.densities;
    let mut used = protocol.read_components();
    used.extend(contexture::components(loaded));
    for remark in input.remarks(&protocol.specs(), &used) {
        say(quiet, &remark)?;
    }
    if !protocol.needs_reference() && study.reference.mode != ReferenceMode::None {
        let use_of = if loaded.axes.is_some() { "is for the contexture alone" } else { "is passed over" };
        let given = if loaded.path.is_some() { "[reference]" } else { "the given one" };
        say(quiet, &format!("protocol '{}' needs no reference; {given} {use_of}", protocol.name))?;
    }
    let is_of_axis = |it: &Component| {
        loaded.axes.as_ref().is_some_and(|axes| axes.distinct_markers().iter().any(|of| of.marker == it.marker))
    };
    let (elsewhere, unused): (Vec<_>, Vec<_>) =
        densities::unused_components(table, &used).into_iter().partition(is_of_axis);
    let or_axis = if loaded.axes.is_some() { " or of an axis" } else { "" };
    for (components, what) in [
        (unused, format!("not part of protocol '{}'{or_axis}", protocol.name)),
        (elsewhere, "of an axis, in regions that the contexture does not take in ([contexture] regions)".to_owned()),
    ] {
        if !components.is_empty() {
            let names: Vec<String> = components.iter().map(ToString::to_string).collect();
            say(quiet, &format!("{what}: {}", names.join(", ")))?;
        }
    }
    let in_training_split = training_split(loaded)?;
    let doing = || {
        let against = loaded.reference.as_deref().map(|it| format!(" against '{}'", it.display())).unwrap_or_default();
        format!("cannot score '{}'{against}", loaded.densities.display())
    };
    let mut patients = table::densities::pool(table, protocol, &in_training_split).with_context(doing)?;
    if let Some(remark) = same_values::remark(&usable_values(&patients, protocol)) {
        say(quiet, &remark)?;
    }
    let learned_from = cutoff_training(loaded)?;
    for at in 0..patients.len() {
        if learned_from.contains(&patients.patient_ids()[at]) {
            patients.set_in_cutoff_training(at);
        }
    }
    let groupings = groupings(loaded)?;
    let centres = groupings.iter().find(|it| Some(&it.column) == study.reference.centre_column.as_ref());
    if let Some(centres) = centres {
        for at in 0..patients.len() {
            let centre = centres.group_of.get(&patients.patient_ids()[at]).cloned();
            patients.set_centre(at, centre);
        }
    }
    let reference = loaded.reference.as_deref().filter(|_| protocol.needs_reference());
    let settings = ScoreSettings {
        mode: study.reference.mode,
        external: reference.map(reference_file::read).transpose()?,
        specimen: study.densities.specimen,
        built_from: study.reference.built_from.unwrap_or_default(),
        tie_rule: study.reference.tie_rule,
        seed: study.seed,
    };
    let mut cohort = score_cohort(patients, protocol, &settings).with_context(doing)?;
    for remark in cohort.reference.iter().flat_map(Reference::remarks) {
        say(quiet, &remark)?;
    }
    if let Some(reference) = cohort.reference.as_mut().filter(|_| loaded.reference.is_none()) {
        reference.file.provenance = Some(provenance(protocol));
    }
    let record = ScoreRecord {
        schema_version: SCORE_SCHEMA_VERSION,
        contexture_version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: study.seed,
        protocol: protocol.clone(),
        reference: cohort.reference.as_ref().map(|it| it.summary(&protocol.components())),
        ratio_offset: cohort.ratio_offset,
        inputs: inputs(loaded)?,
    };
    let contexture = contexture::profile(loaded, &input, &cohort, quiet).with_context(doing)?;
    scored::write(output, &record, &cohort, &groupings, contexture.as_ref(), table, &study.output.formats)?;
    say(quiet, &counts_in_words(&cohort))?;
    Ok(JustScored { record, cohort, groupings, contexture })
}

/// How many patients were read, scored and rejected.
fn counts_in_words(cohort: &ScoredCohort) -> String {
    let mut reader = cohort.reader();
    let (n_read, n_scored) = (cohort.len(), cohort.scored().count());
    let n_partial = cohort.scored().filter_map(|it| reader.score(it)).filter(ScoredPatient::is_partial).count();
    let partial = if n_partial > 0 { format!(", {n_partial} partly") } else { String::new() };
    let patients = if n_read == 1 { "patient" } else { "patients" };
    format!("read {n_read} {patients}, scored {}{partial}, rejected {}", n_scored - n_partial, n_read - n_scored)
}

fn training_split(loaded: &LoadedStudy) -> Result<BTreeSet<String>, Error> {
    let reference = &loaded.study.reference;
    match (reference.mode, &loaded.clinical, &reference.split_column, &reference.split_value) {
        (ReferenceMode::Training, Some(path), Some(column), Some(value)) => {
            clinical::split(path, loaded.study.clinical.patient_column(), column, value)
        }
        _ => Ok(BTreeSet::new()),
    }
}

/// The patients of the study that cut-offs were learned from.
fn cutoff_training(loaded: &LoadedStudy) -> Result<BTreeSet<String>, Error> {
    let of = |path: &Path| clinical::cutoff_training(path, loaded.study.clinical.patient_column(), &loaded.protocol);
    loaded.clinical.as_deref().map_or_else(|| Ok(BTreeSet::new()), of)
}

/// The groups of patients that the study compares, its centres among them where the reference hangs on these.
fn groupings(loaded: &LoadedStudy) -> Result<Vec<Grouping>, Error> {
    loaded.clinical.as_deref().map_or_else(|| Ok(Vec::new()), |path| groups::of_clinical(path, &loaded.study))
}

fn inputs(loaded: &LoadedStudy) -> Result<Vec<InputFile>, Error> {
    let study = &loaded.study;
    let reads_clinical = study.reference.mode == ReferenceMode::Training
        || loaded.protocol.trained().next().is_some()
        || !groups::columns(study).is_empty()
        || study.contexture.as_ref().is_some_and(|it| !it.covariates.is_empty());
    let clinical = loaded.clinical.as_deref().filter(|_| reads_clinical);
    let files: [(&str, Option<&Path>); 6] = [
        ("study", loaded.path.as_deref()),
        ("protocol", loaded.protocol_file.as_deref()),
        ("axes", loaded.axes_file.as_deref()),
        ("densities", Some(&loaded.densities)),
        ("reference", loaded.reference.as_deref()),
        ("clinical", clinical),
    ];
    files.into_iter().filter_map(|(role, path)| Some(checksum::input_file(role, path?))).collect()
}
