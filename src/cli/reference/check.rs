//! `contexture reference check`: does a new batch look like the reference?

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use super::SpecimenArg;
use crate::cli::{OutputArgs, exit_code, say};
use crate::error::{Error, Result};
use crate::io::batches::{self, BatchColumns, Batches};
use crate::io::reference_study::ReferenceUse;
use crate::io::study::LoadedStudy;
use crate::io::{checksum, densities, drift, reference_file};
use crate::model::{InputFile, Specimen};
use crate::protocol::{DensityTable, ReferenceBuild, ReferenceMode};
use crate::report::figures::levey_jennings;
use crate::report::html;
use crate::score::drift::{Batch, DRIFT_SCHEMA_VERSION, DriftReport, Verdict, compare, rules};
use crate::score::reference::{Reference, ReferenceSettings};
use crate::score::{UsableValues, usable_values};
use crate::table;

/// The page to open.
const DRIFT_PAGE: &str = "drift.html";

/// Compare a new batch with a reference, before it is scored against it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  contexture reference check reference.json new.csv -o drift\n  contexture reference check \
                  reference.json new.csv --clinical slides.csv --batch lot --order stained -o drift"
)]
pub(super) struct Args {
    /// The reference
    #[arg(value_name = "REFERENCE.json")]
    reference: PathBuf,

    /// Density table of the new patients
    #[arg(value_name = "DENSITIES")]
    densities: PathBuf,

    /// Column with the batch of a patient, such as the lot of a stain; all patients are one batch if not given
    #[arg(long, value_name = "COL")]
    batch: Option<String>,

    /// Column by which batches are ordered, such as a date (2024-05-31) or a number; the batch itself if not given
    #[arg(long, value_name = "COL", requires = "batch")]
    order: Option<String>,

    /// Table with the columns of --batch and --order; the density table if not given
    #[arg(long, value_name = "FILE", requires = "batch")]
    clinical: Option<PathBuf>,

    /// Column with the patient, in both tables
    #[arg(long, value_name = "COL", default_value = "patient_id")]
    patient_column: String,

    /// Protocol: the name of a preset, or a file (TOML). That of the reference if not given
    #[arg(long, value_name = "PRESET|FILE.toml")]
    protocol: Option<String>,

    /// What kind of tissue the densities were measured on; a reference of another kind is refused
    #[arg(long, value_enum, value_name = "KIND")]
    specimen: Option<SpecimenArg>,

    #[command(flatten)]
    output: OutputArgs,

    /// Exit with 3 unless no drift is seen
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<ExitCode> {
    let doing = || format!("cannot compare '{}' with '{}'", args.densities.display(), args.reference.display());
    let (report, remarks) = check(args).with_context(doing)?;
    let output = args.output.open()?;
    drift::write(&output, &report)?;
    let charts = levey_jennings::draw(&report);
    if let Some(figure) = &charts {
        output.write(&format!("figures/{}.svg", figure.name), figure.svg.as_bytes())?;
    }
    output.write(DRIFT_PAGE, html::drift::render(&report, charts.as_ref()).as_bytes())?;
    output.end_step("check")?;
    output.finish()?;
    for remark in remarks {
        say(quiet, &remark)?;
    }
    for it in &report.batches {
        say(quiet, &format!("{}: {} ({} patients)", it.batch, it.verdict.description(), it.n_patients))?;
        for reason in &it.reasons {
            say(quiet, &format!("  {reason}"))?;
        }
    }
    say(quiet, &format!("open {}", args.output.output.join(DRIFT_PAGE).display()))?;
    Ok(exit_code(report.verdict != Verdict::NoDriftSeen, args.strict))
}

/// The comparison, and what is to be said of the reference.
fn check(args: &Args) -> Result<(DriftReport, Vec<String>)> {
    let specimen = args.specimen.map(Specimen::from);
    let given = ReferenceUse { protocol: args.protocol.clone(), specimen, ..ReferenceUse::default() };
    let LoadedStudy { protocol, protocol_file, study, .. } =
        LoadedStudy::of_reference(&args.densities, &args.reference, &given)?;
    let settings = ReferenceSettings {
        mode: ReferenceMode::External,
        tie_rule: study.reference.tie_rule,
        built_from: ReferenceBuild::default(),
        protocol: &protocol,
        specimen,
    };
    let reference = Reference::new(reference_file::read(&args.reference)?, &settings)?;
    let columns = DensityTable { patient_id: Some(args.patient_column.clone()), ..DensityTable::default() };
    let input = densities::read(&args.densities, &columns)?;
    densities::plausible::check(&args.densities, &input, &protocol)?;
    let patients = table::densities::pool(&input.densities, &protocol, &BTreeSet::new())?;
    let rows = usable_values(&patients, &protocol);

    let known = batches_of(args)?;
    let names = known.as_ref().map_or_else(|| vec![stem(&args.densities)], |it| it.names.clone());
    let mut batches: Vec<Batch> = names.into_iter().map(|name| Batch { name, rows: Vec::new() }).collect();
    let mut without_batch = Vec::new();
    for (patient_id, row) in patients.patient_ids().iter().zip(rows) {
        match known.as_ref().map_or(Some(0), |it| it.batch_of.get(patient_id).copied()) {
            Some(at) => batches[at].rows.push(row),
            None => without_batch.push(row),
        }
    }
    // A clinical table may name batches of which nobody was measured.
    batches.retain(|it| !it.rows.is_empty());
    if batches.is_empty() {
        let problem = format!("names no batch of any patient of '{}'", args.densities.display());
        let path = args.clinical.clone().unwrap_or_else(|| args.densities.clone());
        return Err(Error::UnusableFile { path, problem });
    }
    let components = protocol.components();
    let (drifts, charts) = compare(&reference, &components, &batches)?;
    let report = DriftReport {
        schema_version: DRIFT_SCHEMA_VERSION,
        contexture_version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol: protocol.name.clone(),
        reference: reference.summary(&components),
        inputs: inputs(args, protocol_file.as_deref())?,
        n_patients: patients.n_patients(),
        n_without_batch: UsableValues::n_patients(&without_batch),
        verdict: drifts.iter().map(|it| it.verdict).max().unwrap_or(Verdict::NoDriftSeen),
        rules: rules(),
        batches: drifts,
        charts,
    };
    Ok((report, reference.remarks().collect()))
}

/// The batches that were asked for; absent if all patients are one.
fn batches_of(args: &Args) -> Result<Option<Batches>> {
    let columns = |batch| BatchColumns { patient: &args.patient_column, batch, order: args.order.as_deref() };
    let path = args.clinical.as_deref().unwrap_or(&args.densities);
    args.batch.as_deref().map(|it| batches::read(path, columns(it))).transpose()
}

/// The name of a file without its folder and ending.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    name.split('.').next().filter(|it| !it.is_empty()).unwrap_or(&name).to_owned()
}

fn inputs(args: &Args, protocol: Option<&Path>) -> Result<Vec<InputFile>> {
    let files: [(&str, Option<&Path>); 4] = [
        ("reference", Some(&args.reference)),
        ("densities", Some(&args.densities)),
        ("protocol", protocol),
        ("clinical", args.clinical.as_deref()),
    ];
    files.into_iter().filter_map(|(role, path)| Some(checksum::input_file(role, path?))).collect()
}
