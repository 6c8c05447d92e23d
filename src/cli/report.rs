//! `contexture report`: scores and statistics to pages and figures.

use std::path::PathBuf;
use std::process::ExitCode;

use rayon::prelude::*;

use super::stratify::{check_same_study, checksum_of_scores};
use super::{OutputArgs, say};
use crate::error::{Error, Result};
use crate::io::output::Output;
use crate::io::scored::Scored;
use crate::io::study::{LoadedStudy, Overrides};
use crate::io::{json, scored, stratified, study};
use crate::report::figures::Figure;
use crate::report::run::{RUN_SCHEMA_VERSION, RunRecord};
use crate::report::{CohortReport, PatientReports, figures, html, page_file_stem};
use crate::score::Grouping;
use crate::stratify::{InputFile, Statistics};

/// The page to open first.
pub(super) const COHORT_PAGE: &str = "cohort.html";

/// The page of the cohort's quality.
const QUALITY_PAGE: &str = "quality.html";

/// Write pages and figures, for the cohort and for each patient
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  contexture report study.toml --scored scored --stratified stratified -o report")]
pub(super) struct Args {
    /// Study file
    #[arg(value_name = "STUDY.toml")]
    study: PathBuf,

    /// Output folder of `contexture score`
    #[arg(long, value_name = "DIR")]
    scored: PathBuf,

    /// Output folder of `contexture stratify`; without it, the pages say nothing of survival
    #[arg(long, value_name = "DIR")]
    stratified: Option<PathBuf>,

    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<ExitCode> {
    let loaded = study::load(&args.study, &Overrides::default())?;
    let scored = scored::read(&args.scored)?;
    check_same_study(&loaded, &scored.record.inputs, "score")?;
    let statistics = args.stratified.as_deref().map(stratified::read).transpose()?;
    if let Some(statistics) = &statistics {
        check_same_study(&loaded, &statistics.inputs, "stratify")?;
        if statistics.scores_sha256 != checksum_of_scores(&scored) {
            let problem = format!(
                "holds statistics of other scores than those in '{}'; run 'contexture stratify' with these first",
                args.scored.display()
            );
            return Err(Error::UnusableFile { path: args.stratified.clone().unwrap_or_default(), problem }.into());
        }
    }
    let output = args.output.open()?;
    report(&loaded, &scored, statistics.as_ref(), &output)?;
    output.finish()?;
    say(quiet, &format!("open {}", args.output.output.join(COHORT_PAGE).display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the pages and figures of a study.
pub(super) fn report(
    loaded: &LoadedStudy,
    scored: &Scored,
    statistics: Option<&Statistics>,
    output: &Output,
) -> Result<()> {
    let inputs = inputs(scored, statistics);
    let cohort = CohortReport {
        title: &loaded.study.title,
        protocol: &scored.record.protocol,
        reference: scored.record.reference.as_ref(),
        ratio_offset: scored.record.ratio_offset,
        scores: &scored.scores,
        profiles: &scored.profiles,
        rejected: &scored.rejected,
        samples: &scored.samples,
        contexture: scored.contexture.as_ref(),
        statistics,
        inputs: &inputs,
        seed: scored.record.seed,
    };
    let figures = figures::draw_all(&cohort);
    for figure in &figures {
        output.write(&format!("figures/{}.svg", figure.name), figure.svg.as_bytes())?;
    }
    output.write(COHORT_PAGE, html::cohort::render(&cohort, &figures).as_bytes())?;
    write_quality(&cohort, &scored.groupings, output)?;

    let reports = PatientReports::new(cohort);
    scored.profiles.par_iter().try_for_each(|profile| {
        let report = reports.of(profile);
        let stem = page_file_stem(&report.patient_id);
        output.write(&format!("patients/{stem}.json"), json::to_text(&report).as_bytes())?;
        output.write(
            &format!("patients/{stem}.html"),
            html::patient::render(&report, cohort.protocol, cohort.contexture).as_bytes(),
        )
    })?;

    let record = RunRecord {
        schema_version: RUN_SCHEMA_VERSION,
        contexture_version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: scored.record.seed,
        arguments: loaded.study.clone(),
        protocol: scored.record.protocol.clone(),
        reference: scored.record.reference.clone(),
        inputs,
    };
    output.write("run.json", json::to_text(&record).as_bytes())?;
    output.end_step("report")
}

/// The page of the cohort's quality, and the figures of its groups.
fn write_quality(cohort: &CohortReport<'_>, groupings: &[Grouping], output: &Output) -> Result<()> {
    let figures: Vec<Figure> =
        groupings.iter().enumerate().map(|(at, it)| figures::by_group::draw(cohort, it, at)).collect();
    for figure in &figures {
        output.write(&format!("figures/{}.svg", figure.name), figure.svg.as_bytes())?;
    }
    output.write(QUALITY_PAGE, html::quality::render(cohort, groupings, &figures).as_bytes())
}

/// The files of all steps, each once.
fn inputs(scored: &Scored, statistics: Option<&Statistics>) -> Vec<InputFile> {
    let mut inputs = scored.record.inputs.clone();
    for file in statistics.iter().flat_map(|it| &it.inputs) {
        if !inputs.contains(file) {
            inputs.push(file.clone());
        }
    }
    inputs
}
