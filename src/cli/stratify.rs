//! `contexture stratify`: scores and clinical data, or any table of patients, to survival statistics.

mod of_table;
mod table_args;
mod test_arg;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap::error::ErrorKind;

use self::table_args::TableArgs;

use super::{InputArgs, OutputArgs, say};
use crate::error::{Error, Result};
use crate::io::output::Output;
use crate::io::scored::Scored;
use crate::io::study::{LoadedStudy, Overrides};
use crate::io::{checksum, clinical, json, patient_table, scored, scored_clinical, stratified, study};
use crate::protocol::ReferenceMode;
use crate::report::{summary, wording};
use crate::stratify::patients::{AnalysisStatistics, RowExclusion, analysis_statistics};
use crate::stratify::{InputFile, STATISTICS_SCHEMA_VERSION, ScoredPatients, Statistics, endpoint_statistics};

/// Relate scores, or any table of patients, to survival: curves, tests, models
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  contexture stratify study.toml --scored scored -o stratified\n  contexture stratify \
                  patients.csv --time days --event status=dead --unit days --by sex \\\n      --covariates age --factor \
                  stage=I --cutpoint cd8_ct -o stratified"
)]
pub(super) struct Args {
    /// Study file (TOML), together with --scored; or a table of patients (CSV, TSV, Parquet), together with --time
    #[arg(value_name = "STUDY.toml|TABLE")]
    input: PathBuf,

    /// Output folder of `contexture score`
    #[arg(long, value_name = "DIR", conflicts_with = "time")]
    scored: Option<PathBuf>,

    /// Clinical table to use in place of the one in the study file
    #[arg(long, value_name = "FILE", requires = "scored")]
    clinical: Option<PathBuf>,

    #[command(flatten)]
    table: Box<TableArgs>,

    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<ExitCode> {
    if let Some(analysis) = args.table.analysis()? {
        return of_table::run(&args.input, &args.table, &analysis, &args.output, quiet);
    }
    if let Some(scored) = &args.scored {
        return of_study(args, scored, quiet);
    }
    let mut command = super::Cli::command();
    command.build();
    let own = command.find_subcommand_mut("stratify").expect("a subcommand");
    own.error(
        ErrorKind::MissingRequiredArgument,
        "stratify needs --scored <DIR> with a study file, or --time, --event and --unit with a table of patients",
    )
    .exit()
}

fn of_study(args: &Args, scored: &Path, quiet: bool) -> anyhow::Result<ExitCode> {
    let inputs = InputArgs { clinical: args.clinical.clone(), ..InputArgs::default() };
    let loaded = study::load(&args.input, &Overrides::from(&inputs))?;
    let scored = scored::read(scored)?;
    check_same_study(&loaded, &scored.record.inputs, "score")?;
    check_knows_training(&loaded, &scored.record.inputs)?;
    let output = args.output.open()?;
    stratify(&loaded, &scored, &output, quiet)?.with_context(|| {
        format!(
            "'{}' has neither [[endpoints]] nor [[analyses]], so there is nothing to stratify",
            args.input.display()
        )
    })?;
    output.finish()?;
    say(quiet, &format!("wrote {}", args.output.output.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Relates the scores of a study to survival, and writes the results; absent if the study has no endpoint.
pub(super) fn stratify(
    loaded: &LoadedStudy,
    scored: &Scored,
    output: &Output,
    quiet: bool,
) -> anyhow::Result<Option<Statistics>> {
    let LoadedStudy { study, protocol, .. } = loaded;
    let asks = !(study.endpoints.is_empty() && study.analyses.is_empty());
    let Some(path) = loaded.clinical.as_deref().filter(|_| asks) else { return Ok(None) };
    let clinical = clinical::read(path, study)?;
    let patients = ScoredPatients {
        scores: &scored.scores,
        profiles: &scored.profiles,
        reference_mode: scored.record.reference.as_ref().map_or(ReferenceMode::None, |it| it.mode),
        leaves_out_cutoff_training: protocol.has_test_patients(InputFile::sha256_of("clinical", &scored.record.inputs)),
        points_of_effect: protocol.points_of_effect(),
        high_score: protocol.high_score,
    };
    for learned in wording::learned_cutoffs(protocol, &scored.scores, &scored.record.inputs) {
        say(quiet, learned.text())?;
    }
    let (mut endpoints, mut excluded) = (Vec::new(), Vec::new());
    for endpoint in &study.endpoints {
        let (statistics, exclusions) = endpoint_statistics(endpoint, patients, &clinical, protocol, study)
            .with_context(|| format!("cannot analyse '{}'", path.display()))?;
        say(quiet, &summary::of_endpoint(&statistics))?;
        endpoints.push(statistics);
        excluded.extend(exclusions);
    }
    let (analyses, excluded_rows) = analyses(loaded, path, patients, quiet)?;
    let statistics = Statistics {
        schema_version: STATISTICS_SCHEMA_VERSION,
        contexture_version: env!("CARGO_PKG_VERSION").to_owned(),
        title: study.title.clone(),
        protocol: protocol.name.clone(),
        reference: scored.record.reference.clone(),
        confidence_scale: study.survival.confidence_scale,
        inputs: study_file(loaded)
            .chain([("clinical", path)])
            .map(|(role, path)| checksum::input_file(role, path))
            .collect::<Result<_>>()?,
        scores_sha256: checksum_of_scores(scored),
        n_scored: scored.scores.iter().filter(|it| !it.is_partial()).count(),
        endpoints,
        analyses,
    };
    stratified::write(output, &statistics, &excluded, &excluded_rows, &study.output.formats)?;
    Ok(Some(statistics))
}

/// The analyses of the study in the clinical table with the scores beside it; and the rows that could not be analysed.
fn analyses(
    loaded: &LoadedStudy,
    path: &Path,
    scored: ScoredPatients<'_>,
    quiet: bool,
) -> anyhow::Result<(Vec<AnalysisStatistics>, Vec<RowExclusion>)> {
    let LoadedStudy { study, protocol, .. } = loaded;
    let (mut statistics, mut excluded) = (Vec::new(), Vec::new());
    if study.analyses.is_empty() {
        return Ok((statistics, excluded));
    }
    let table = scored_clinical::read(path, study, protocol, scored)?;
    for analysis in &study.analyses {
        let analysis = scored_clinical::with_ordered_classes(analysis, protocol);
        let patients = patient_table::read(&table, &analysis, Some(study.clinical.patient_column()))?;
        let (found, rows) = analysis_statistics(&analysis, &patients)
            .with_context(|| format!("cannot analyse '{}'", path.display()))?;
        say(quiet, &summary::of_study_analysis(&found))?;
        statistics.push(found);
        excluded.extend(rows);
    }
    Ok((statistics, excluded))
}

/// SHA-256 of the scores, in whatever format they were on the disk.
pub(super) fn checksum_of_scores(scored: &Scored) -> String {
    checksum::of_bytes(json::to_text(&scored.scores).as_bytes())
}

/// The study file with its role, where there is one.
fn study_file(loaded: &LoadedStudy) -> impl Iterator<Item = (&'static str, &Path)> {
    loaded.path.iter().map(|path| ("study", path.as_path()))
}

/// Scores say whom cut-offs were learned from only if they were made with the clinical table of these patients.
fn check_knows_training(loaded: &LoadedStudy, scored_inputs: &[InputFile]) -> Result<()> {
    let Some(path) = loaded.clinical.as_deref().filter(|_| loaded.protocol.trained().next().is_some()) else {
        return Ok(());
    };
    let sha256 = checksum::of_file(path)?;
    let is_of_it = loaded.protocol.trained().any(|it| it.source.is_of_clinical(Some(&sha256)));
    if !is_of_it || InputFile::sha256_of("clinical", scored_inputs) == Some(sha256.as_str()) {
        return Ok(());
    }
    Err(Error::UnusableFile {
        path: path.to_owned(),
        problem: "is the clinical table that the cut-offs were learned in, and the scores were made with another, so they do not \
                  say whom; run 'contexture score' with this one first"
            .to_owned(),
    })
}

/// Results of an earlier step that were made with another study file belong to another study.
pub(super) fn check_same_study(loaded: &LoadedStudy, inputs: &[InputFile], step: &str) -> Result<()> {
    let Some((role, path)) = study_file(loaded).next() else { return Ok(()) };
    let here = checksum::input_file(role, path)?;
    let there = inputs.iter().find(|it| it.role == here.role);
    if there.is_some_and(|it| it.sha256 == here.sha256) {
        return Ok(());
    }
    Err(Error::UnusableFile {
        path: path.to_owned(),
        problem: format!(
            "is not the study file that the output of 'contexture {step}' was made with; run 'contexture {step}' with it first"
        ),
    })
}
