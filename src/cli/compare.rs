//! `contexture compare`: do measurements of the same patients agree?

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::error::ErrorKind;
use clap::{CommandFactory as _, ValueEnum};

use super::{OutputArgs, exit_code, say};
use crate::error::Error;
use crate::io::comparison;
use crate::io::readings::{self, ReadingsInput, ReadingsSettings};
use crate::protocol::{DensityTable, Pooling};
use crate::report::figures::bland_altman;
use crate::report::{html, summary};
use crate::score::comparison::{AcceptableLimits, ComparisonSettings, compare};

/// The page to open.
const PAGE: &str = "agreement.html";

/// Compare readers, instruments, lots or centres: do they agree on the same patients?
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  contexture compare reader_a.csv reader_b.csv -o agreement\n  contexture compare densities.csv --by \
                  reader --acceptable-ratio 1.25 -o agreement\n  contexture compare scored_tma scored_slide --label TMA --label \
                  slide -o agreement"
)]
pub(super) struct Args {
    /// Density tables, or folders of `contexture score`, one for each that is compared; or one density table with --by
    #[arg(value_name = "TABLE|SCORED", required = true)]
    inputs: Vec<PathBuf>,

    /// Column of the one table that says who measured a row: reader, instrument, lot, centre
    #[arg(long, value_name = "COL", conflicts_with = "labels")]
    by: Option<String>,

    /// What an input is called, once for each in their order; the name of the file or folder if not given
    #[arg(long = "label", value_name = "NAME")]
    labels: Vec<String>,

    /// Column with the patient, in every table
    #[arg(long, value_name = "COL", default_value = "patient_id")]
    patient_column: String,

    /// How several samples of a patient in a density table become one value
    #[arg(long, value_enum, value_name = "RULE", default_value = "pooled")]
    pooling: PoolingArg,

    /// Largest ratio, either way, that is acceptable for densities and counts, such as 1.25
    #[arg(long, value_name = "R")]
    acceptable_ratio: Option<f64>,

    /// Largest difference, either way, that is acceptable for scores, percents and grades, in the unit of each measure
    #[arg(long, value_name = "P")]
    acceptable_points: Option<f64>,

    #[command(flatten)]
    output: OutputArgs,

    /// Exit with 3 unless the limits of agreement of every measure and pair are within what is acceptable; a measure that no
    /// limit is stated for is not
    #[arg(long)]
    strict: bool,
}

/// How several samples become one value
#[derive(Clone, Copy, Debug, ValueEnum)]
enum PoolingArg {
    /// Cells over tissue, ΣN/ΣA
    Pooled,
    /// Mean of the samples
    Mean,
    /// Highest sample
    Max,
    /// Lowest sample
    Min,
}

impl From<PoolingArg> for Pooling {
    fn from(rule: PoolingArg) -> Self {
        match rule {
            PoolingArg::Pooled => Self::Pooled,
            PoolingArg::Mean => Self::Mean,
            PoolingArg::Max => Self::Max,
            PoolingArg::Min => Self::Min,
        }
    }
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<ExitCode> {
    check_usage(args);
    let ReadingsInput { readings, inputs, without_rater, remarks } = read(args)?;
    let acceptable = AcceptableLimits { ratio: args.acceptable_ratio, points: args.acceptable_points };
    let settings = ComparisonSettings { acceptable, inputs, without_rater };
    let found = compare(&readings, settings).with_context(|| format!("cannot compare {}", named(&args.inputs)))?;
    let output = args.output.open()?;
    comparison::write(&output, &found)?;
    let figures = bland_altman::draw_all(&found);
    for figure in figures.iter().flatten().flatten() {
        output.write(&format!("figures/{}.svg", figure.name), figure.svg.as_bytes())?;
    }
    output.write(PAGE, html::comparison::render(&found.report, &figures).as_bytes())?;
    output.end_step("compare")?;
    output.finish()?;
    for line in remarks {
        say(quiet, &line)?;
    }
    say(quiet, &summary::of_agreement(&found.report))?;
    let without_verdict = found.report.without_verdict();
    if args.strict && !without_verdict.is_empty() {
        say(quiet, &format!("no limit is stated as acceptable for {}", without_verdict.join(", ")))?;
    }
    say(quiet, &format!("open {}", args.output.output.join(PAGE).display()))?;
    Ok(exit_code(!found.report.is_within(), args.strict))
}

fn read(args: &Args) -> anyhow::Result<ReadingsInput> {
    let columns = DensityTable { patient_id: Some(args.patient_column.clone()), ..DensityTable::default() };
    let settings = ReadingsSettings { columns, pooling: args.pooling.into() };
    let read = match (&args.by, args.inputs.as_slice()) {
        (Some(column), [table]) => readings::read_by(table, column, &settings),
        (_, inputs) => readings::read(inputs, &args.labels, &settings),
    };
    match read {
        Err(error @ Error::Duplicate { .. }) if args.by.is_none() => {
            Err(error).context("if a column says who measured a row, give that table alone with --by <COL>")
        }
        read => Ok(read?),
    }
}

/// Ends with a message about options that do not go together.
fn check_usage(args: &Args) {
    let n = args.inputs.len();
    let is_folder = |it: &Path| it.is_dir();
    let problem = match &args.by {
        Some(_) if n > 1 => format!("--by is for one table that says who measured a row, found {n} inputs"),
        Some(_) if is_folder(&args.inputs[0]) => "--by is for a density table, found a folder".to_owned(),
        None if n < 2 => "compare needs two inputs or more, or one density table with --by <COL>".to_owned(),
        None if !args.labels.is_empty() && args.labels.len() != n => {
            format!("--label names {} of {n} inputs; name all of them, or none", args.labels.len())
        }
        _ if args.strict && args.acceptable_ratio.is_none() && args.acceptable_points.is_none() => {
            "--strict needs --acceptable-ratio <R> or --acceptable-points <P>: nothing is acceptable by itself"
                .to_owned()
        }
        _ => return,
    };
    let mut command = super::Cli::command();
    command.build();
    command.find_subcommand_mut("compare").expect("a subcommand").error(ErrorKind::WrongNumberOfValues, problem).exit()
}

fn named(paths: &[PathBuf]) -> String {
    paths.iter().map(|it| format!("'{}'", it.display())).collect::<Vec<_>>().join(", ")
}
