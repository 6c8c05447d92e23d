//! `contexture reference show`: what a reference holds, and who may use it.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::say;
use crate::io::{json, reference_file};
use crate::protocol::Measure;
use crate::report::format::{self, or_dash};
use crate::score::reference::{ComponentAccount, MergedReference, ReferenceAccount};

/// Say what a reference holds, what is to be known of it, and who may use it
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  contexture reference show reference.json")]
pub(super) struct Args {
    /// The reference
    #[arg(value_name = "REFERENCE.json")]
    reference: PathBuf,

    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let account = reference_file::read(&args.reference)?.account()?;
    let text = if args.json { json::to_text(&account) } else { lines(&account).join("\n") };
    // What was asked for is printed, however quiet the rest.
    say(false, text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

fn lines(it: &ReferenceAccount) -> Vec<String> {
    let unknown = || "not said".to_owned();
    let facts = [
        ("patients", format::patients_with_samples(it.n_patients, it.n_samples)),
        ("protocol", it.protocol.clone()),
        ("tissue", it.specimen.map_or_else(unknown, |it| it.description().to_owned())),
        ("pooling", it.pooling.map_or_else(unknown, |it| it.code().to_owned())),
        ("checksum", it.sha256.as_ref().map_or_else(unknown, |it| format!("{it}, as the content is"))),
    ];
    let mut lines = vec![it.name.clone(), it.description.clone(), String::new()];
    lines.extend(facts.into_iter().map(|(name, value)| format!("  {name:<9} {value}")));
    lines.extend(it.within_patient.as_ref().map(|within| {
        let correlation =
            |(it, rank): (&ComponentAccount, &f64)| format!("{} {}", format::number(*rank, 2), it.component);
        let of: Vec<String> = it.components.iter().zip(&within.rank_correlations).map(correlation).collect();
        format!("  samples   of one patient go together by a rank correlation of {}", of.join(", "))
    }));
    if let Some(made) = &it.provenance {
        lines.push(format!("  made      by contexture {}{}", made.contexture_version, dated(made.date.as_deref())));
        lines.extend(made.split.iter().map(|it| format!("  split     {it}")));
        lines.extend(made.inputs.iter().map(|it| format!("  read      {} ({}): {}", it.name, it.role, it.sha256)));
        let part = |it: &MergedReference| {
            let size = format::samples_of_patients(it.n_patients, it.n_samples);
            format!("  part      {} ({size})", it.name)
        };
        lines.extend(made.merged_from.iter().map(part));
    }
    let parts = [(&it.components, ""), (&it.contexture, "beside the score, for the contexture: ")];
    for ((all, heading), measure) in parts.iter().flat_map(|it| Measure::ALL.map(|measure| (it, measure))) {
        let components: Vec<&ComponentAccount> = all.iter().filter(|it| it.measure == measure).collect();
        if !components.is_empty() {
            let word = measure.word().replace('_', " ");
            lines.extend([String::new(), format!("{heading}{word}, in {}, at percentiles", measure.unit())]);
            lines.extend(format::aligned(&table(&components)));
        }
    }
    for (title, sentences) in [("to be known", &it.warnings), ("to be used for", &it.use_for)] {
        if !sentences.is_empty() {
            lines.extend([String::new(), title.to_owned()]);
            lines.extend(sentences.iter().map(|it| format!("  {it}")));
        }
    }
    lines
}

fn dated(date: Option<&str>) -> String {
    date.map(|it| format!(" on {it}")).unwrap_or_default()
}

fn table(components: &[&ComponentAccount]) -> Vec<Vec<String>> {
    let mut header = vec!["component".to_owned(), "n".to_owned(), "zeros".to_owned(), "above 0 from".to_owned()];
    header.extend(components.iter().take(1).flat_map(|it| &it.quantiles).map(|it| format::limit(it.percentile)));
    let row = |it: &ComponentAccount| {
        let mut row = vec![
            it.component.to_string(),
            format::count(it.n),
            format::percent(it.share_of_zeros),
            or_dash(it.smallest_positive, format::density),
        ];
        row.extend(it.quantiles.iter().map(|it| format::density(it.value)));
        row
    };
    [vec![header], components.iter().map(|it| row(it)).collect()].concat()
}
