//! `contexture protocol train`: cut-offs of a protocol, learned in a training split.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use super::named;
use crate::cli::patient_args::{ColumnAndValues, UnitArg, column_and_values, values};
use crate::cli::say;
use crate::error::{Error, Result};
use crate::io::table_file::TableFile;
use crate::io::{checksum, clinical, densities, patient_table};
use crate::protocol::{Analysis, DensityTable, Protocol, StatusCoding, TrainingSource, TrainingSplit};
use crate::report::wording;
use crate::score::usable_values;
use crate::stratify::patients::{PatientTable, Status};
use crate::stratify::{TrainingPatient, train};
use crate::survival::Outcome;
use crate::survival::cutpoint::SearchSettings;
use crate::table;

/// Learn the cut-offs of a protocol by survival in a training split, and write it with them
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  contexture protocol train i0-i4 densities.csv clinical.csv --time os_days --event os_event=1 \\\n      \
                  --unit days --split split=training -o i0-i4-trained.toml\n\nEach cut-off is the one at which the log-rank test is \
                  largest. The protocol says whom they were learned in: a study of the \
                  same clinical table leaves them out of its survival statistics."
)]
pub(in crate::cli) struct Args {
    /// Protocol file (TOML), or name of a protocol that comes with contexture
    #[arg(value_name = "PROTOCOL")]
    protocol: PathBuf,

    /// Density table
    #[arg(value_name = "DENSITIES")]
    densities: PathBuf,

    /// Clinical table, one row a patient
    #[arg(value_name = "CLINICAL")]
    clinical: PathBuf,

    /// Column with the time from the start of follow-up to the event or to the last contact
    #[arg(long, value_name = "COL")]
    time: String,

    /// Column that says what ended the follow-up, and the value, or values, that mean the event
    #[arg(long, value_name = "COL=VALUE[,VALUE]", value_parser = column_and_values)]
    event: ColumnAndValues,

    /// Value, or values, of that column that mean that nothing had happened; not needed if only one other occurs
    #[arg(long, value_name = "VALUE[,VALUE]", value_delimiter = ',')]
    censored: Vec<String>,

    /// Unit of every time
    #[arg(long, value_enum)]
    unit: UnitArg,

    /// Column of the clinical table, and what it says of the patients to learn from; all of them if not given
    #[arg(long, value_name = "COL=VALUE[,VALUE]", value_parser = column_and_values)]
    split: Option<ColumnAndValues>,

    /// Column with the patient, in both tables
    #[arg(long, value_name = "COL", default_value = "patient_id")]
    id: String,

    /// Permutations behind the corrected p-values
    #[arg(long, value_name = "N", default_value_t = 9999, value_parser = clap::value_parser!(u32).range(1..))]
    permutations: u32,

    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Protocol file to write; it must not be there yet
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

pub(super) fn run(args: &Args, quiet: bool) -> anyhow::Result<ExitCode> {
    let protocol = named(&args.protocol)?;
    // What has no cut-offs is refused where they are learned.
    if let Some(rule) = protocol.pooling.deciding_sample().filter(|_| protocol.aggregator.dichotomises()) {
        let problem = format!(
            "{} (pooling = \"{}\"), and which it is depends on the cut-offs; learn them \
             with another pooling",
            wording::which_sample_decides(rule),
            protocol.pooling.code()
        );
        return Err(Error::Config { path: args.protocol.clone(), line: None, problem }.into());
    }
    let source = source(args)?;
    let patients = patients(args, source.split.as_ref(), &protocol)?;
    let settings = SearchSettings {
        n_permutations: args.permutations as usize,
        // What is learned is a cut; its interval and shrunken effects are for `stratify --cutpoint`.
        n_samples: 0,
        seed: args.seed,
        ..SearchSettings::default()
    };
    let trained = train(&protocol, &patients, &source, settings)
        .with_context(|| format!("cannot learn the cut-offs of '{}'", protocol.name))?;
    write(args, &trained)?;
    for spec in trained.specs() {
        if let (Some(cutoff), Some(from)) = (spec.cutoff, &spec.trained) {
            let p = from.corrected_p_value;
            let (name, unit) = (spec.component(), spec.measure.unit());
            say(
                quiet,
                &format!(
                    "{name}: above {cutoff} {unit} is high (corrected p {p:.4}, n {}, events {})",
                    from.n, from.n_events
                ),
            )?;
        }
    }
    say(quiet, &format!("wrote {}", args.output.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn source(args: &Args) -> Result<TrainingSource> {
    Ok(TrainingSource {
        endpoint: args.time.clone(),
        clinical_sha256: checksum::of_file(&args.clinical)?,
        densities_sha256: checksum::of_file(&args.densities)?,
        split: args.split.as_ref().map(|it| TrainingSplit { column: it.column.clone(), values: values(&it.values) }),
    })
}

/// The patients of the split who have every component and an outcome.
fn patients(args: &Args, split: Option<&TrainingSplit>, protocol: &Protocol) -> Result<Vec<TrainingPatient>> {
    let table = TableFile::read(&args.clinical)?;
    let analysis = analysis(args);
    let PatientTable { ids, times, statuses, .. } = patient_table::read(&table, &analysis, Some(&args.id))?;
    let in_split = clinical::in_split(&table, split)?;
    if let Some(split) = split.filter(|_| in_split.iter().all(|it| *it)) {
        let problem = format!(
            "has {split} in every row, so nobody is left to test the cut-offs in; leave --split out to learn from everybody"
        );
        return Err(Error::UnusableFile { path: args.clinical.clone(), problem });
    }
    let mut outcomes: BTreeMap<&str, Outcome> = BTreeMap::new();
    for (row, id) in ids.iter().enumerate().filter(|(row, _)| in_split[*row]) {
        // METHOD: a patient without time at risk tells nothing of survival.
        let (Some(time), Some(status)) = (times[row].filter(|it| *it > 0.0), statuses[row]) else { continue };
        if outcomes.insert(id, Outcome { time, event: status == Status::Event }).is_some() {
            let problem = format!("has two rows of patient '{id}'; each may stand once");
            return Err(Error::UnusableFile { path: args.clinical.clone(), problem });
        }
    }
    let settings = DensityTable { patient_id: Some(args.id.clone()), ..DensityTable::default() };
    let input = densities::read(&args.densities, &settings)?;
    densities::plausible::check(&args.densities, &input, protocol)?;
    let measured = table::densities::pool(&input.densities, protocol, &BTreeSet::new())?;
    let usable = usable_values(&measured, protocol);
    let complete = measured.patient_ids().iter().zip(usable).filter_map(|(patient_id, usable)| {
        let outcome = *outcomes.get(patient_id.as_str())?;
        Some(TrainingPatient { values: usable.values.into_iter().collect::<Option<Vec<f64>>>()?, outcome })
    });
    Ok(complete.collect())
}

fn analysis(args: &Args) -> Analysis {
    Analysis {
        name: "training".to_owned(),
        label: None,
        time: args.time.clone(),
        unit: args.unit.into(),
        entry: None,
        status: StatusCoding {
            column: args.event.column.clone(),
            event: values(&args.event.values),
            competing: Vec::new(),
            censored: (!args.censored.is_empty()).then(|| values(&args.censored)),
        },
        by: Vec::new(),
        tests: Vec::new(),
        models: Vec::new(),
        cutpoints: Vec::new(),
        two_cutpoints: Vec::new(),
        strata: Vec::new(),
        weights: None,
        cluster: None,
        ties: crate::survival::cox::Ties::default(),
        confidence_scale: crate::survival::confidence::ConfidenceScale::LogLog,
        times: Vec::new(),
        quantiles: Vec::new(),
        thresholds: Vec::new(),
        bands: None,
        bootstrap: None,
        seed: args.seed,
    }
}

/// Writes the protocol, with a remark on what its cut-offs are; never over a file that is there.
fn write(args: &Args, trained: &Protocol) -> Result<()> {
    let write_error = |source| Error::Write { path: args.output.clone(), source };
    let text = toml::to_string(trained).map_err(|error| write_error(std::io::Error::other(error)))?;
    let text = format!(
        "# Cut-offs learned by 'contexture protocol train'; [components.trained] says in whom. What they separate in these \
         patients\n# is no finding: score others with them.\n{text}"
    );
    let mut file = std::fs::File::create_new(&args.output).map_err(write_error)?;
    std::io::Write::write_all(&mut file, text.as_bytes()).map_err(write_error)
}
