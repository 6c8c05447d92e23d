//! `contexture stratify`: scores and clinical data to survival statistics.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use super::{InputArgs, OutputArgs, say};
use crate::error::{Error, Result};
use crate::io::output::Output;
use crate::io::scored::Scored;
use crate::io::study::{LoadedStudy, Overrides};
use crate::io::{checksum, clinical, json, scored, stratified, study};
use crate::stratify::{InputFile, STATISTICS_SCHEMA_VERSION, ScoredPatients, Statistics, endpoint_statistics};

/// Relate scores to survival: curves, tests, models
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  contexture stratify study.toml --scored scored -o stratified")]
pub(super) struct Args {
    /// Study file
    #[arg(value_name = "STUDY.toml")]
    study: PathBuf,

    /// Clinical table to use in place of the one in the study file
    #[arg(long, value_name = "FILE")]
    clinical: Option<PathBuf>,

    /// Output folder of `contexture score`
    #[arg(long, value_name = "DIR")]
    scored: PathBuf,

    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<ExitCode> {
    let inputs = InputArgs { clinical: args.clinical.clone(), ..InputArgs::default() };
    let loaded = study::load(&args.study, &Overrides::from(&inputs))?;
    let scored = scored::read(&args.scored)?;
    check_same_study(&loaded, &scored.record.inputs, "score")?;
    let output = args.output.open()?;
    stratify(&loaded, &scored, &output, quiet)?
        .with_context(|| format!("'{}' has no [[endpoints]], so there is nothing to stratify", args.study.display()))?;
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
    let Some(path) = loaded.clinical.as_deref().filter(|_| !study.endpoints.is_empty()) else { return Ok(None) };
    let clinical = clinical::read(path, study)?;
    let patients = ScoredPatients {
        scores: &scored.scores,
        profiles: &scored.profiles,
        reference_mode: scored.record.reference.mode,
    };
    let (mut endpoints, mut excluded) = (Vec::new(), Vec::new());
    for endpoint in &study.endpoints {
        let (statistics, exclusions) = endpoint_statistics(endpoint, patients, &clinical, protocol, study)
            .with_context(|| format!("cannot analyse '{}'", path.display()))?;
        say(
            quiet,
            &format!("{}: {} patients analysed, {} events", statistics.label, statistics.n, statistics.n_events),
        )?;
        endpoints.push(statistics);
        excluded.extend(exclusions);
    }
    let statistics = Statistics {
        schema_version: STATISTICS_SCHEMA_VERSION,
        contexture_version: env!("CARGO_PKG_VERSION").to_owned(),
        title: study.title.clone(),
        protocol: protocol.name.clone(),
        reference: scored.record.reference.clone(),
        confidence_scale: study.survival.confidence_scale,
        inputs: vec![checksum::input_file("study", &loaded.path)?, checksum::input_file("clinical", path)?],
        scores_sha256: checksum_of_scores(scored),
        n_scored: scored.scores.iter().filter(|it| !it.is_partial()).count(),
        endpoints,
    };
    stratified::write(output, &statistics, &excluded, &study.output.formats)?;
    Ok(Some(statistics))
}

/// SHA-256 of the scores, in whatever format they were on the disk.
pub(super) fn checksum_of_scores(scored: &Scored) -> String {
    checksum::of_bytes(json::to_text(&scored.scores).as_bytes())
}

/// Results of an earlier step that were made with another study file belong to another study.
pub(super) fn check_same_study(loaded: &LoadedStudy, inputs: &[InputFile], step: &str) -> Result<()> {
    let here = checksum::input_file("study", &loaded.path)?;
    let there = inputs.iter().find(|it| it.role == here.role);
    if there.is_some_and(|it| it.sha256 == here.sha256) {
        return Ok(());
    }
    Err(Error::UnusableFile {
        path: loaded.path.clone(),
        problem: format!(
            "is not the study file that the output of 'contexture {step}' was made with; run 'contexture {step}' with it first"
        ),
    })
}
