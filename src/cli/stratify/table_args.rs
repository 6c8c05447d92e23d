//! Options that say what is asked of a table of patients.

use std::path::PathBuf;

use clap::ValueEnum;

use super::test_arg::TestParser;
use crate::cli::patient_args::{ColumnAndValues, UnitArg, column_and_values, values};
use crate::error::Result;
use crate::io::analysis_file;
use crate::protocol::{Analysis, CompetingEvent, Factor, GroupTest, Grouping, StatusCoding, TableModel};
use crate::survival::bands::Band;
use crate::survival::confidence::ConfidenceScale;
use crate::survival::cox::Ties;
use crate::survival::weighted_log_rank::Weight;

/// Name of the model that the options make, and of the analysis.
const OWN_NAME: &str = "table";

/// What is asked of a table of patients
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "A table of patients")]
pub(super) struct TableArgs {
    /// Column with the time from the start of follow-up to the event or to the last contact
    #[arg(long, value_name = "COL", requires_all = ["event", "unit"])]
    pub(super) time: Option<String>,

    /// Column that says what ended the follow-up, and the value, or values, that mean the event
    #[arg(long, value_name = "COL=VALUE[,VALUE]", value_parser = column_and_values, requires = "time")]
    event: Option<ColumnAndValues>,

    /// Value, or values, of that column that mean that nothing had happened; not needed if only one other occurs
    #[arg(long, value_name = "VALUE[,VALUE]", value_delimiter = ',', requires = "time")]
    censored: Vec<String>,

    /// An event after which the event cannot happen any more: its name, and its value in the same column
    #[arg(long, value_name = "NAME=VALUE[,VALUE]", value_parser = column_and_values, requires = "time")]
    competing: Vec<ColumnAndValues>,

    /// Unit of every time
    #[arg(long, value_enum, requires = "time")]
    unit: Option<UnitArg>,

    /// Column with the time at which a patient came under observation (left truncation)
    #[arg(long, value_name = "COL", requires = "time")]
    entry: Option<String>,

    /// Columns whose classes are compared; of one column, classes in their order may follow, the one that others are
    /// compared with first
    #[arg(long, value_name = "COL,COL|COL=CLASS,CLASS", value_parser = groupings, requires = "time")]
    by: Vec<Groupings>,

    /// Tests by which classes are compared
    #[arg(long = "test", value_name = "TEST", value_delimiter = ',', value_parser = TestParser, requires = "time")]
    tests: Vec<GroupTest>,

    /// Columns that enter a Cox model as numbers
    #[arg(long, value_name = "COL,COL", value_delimiter = ',', requires = "time")]
    covariates: Vec<String>,

    /// Column that enters the Cox model as classes, not as a number, and the class that others are compared with
    #[arg(long, value_name = "COL=REF", value_parser = factor, requires = "time")]
    factor: Vec<Factor>,

    /// File (TOML) with more models, as [[models]]
    #[arg(long, value_name = "FILE", requires = "time")]
    models: Option<PathBuf>,

    /// Columns of numbers for which a cut-point is searched
    #[arg(long, value_name = "COL,COL", value_delimiter = ',', requires = "time")]
    cutpoint: Vec<String>,

    /// Columns of numbers for which two cut-points are searched, between three ordered groups
    #[arg(long, value_name = "COL,COL", value_delimiter = ',', requires = "time")]
    two_cutpoints: Vec<String>,

    /// Columns whose classes each have a baseline hazard of their own
    #[arg(long, value_name = "COL,COL", value_delimiter = ',', requires = "time")]
    strata: Vec<String>,

    /// Column with the weight of each row
    #[arg(long, value_name = "COL", requires = "time")]
    weights: Option<String>,

    /// Column that says which rows belong together, for robust standard errors
    #[arg(long, value_name = "COL", requires = "time")]
    cluster: Option<String>,

    /// Column with the name of the patient, for messages and the table of rows left out
    #[arg(long, value_name = "COL", requires = "time")]
    pub(super) id: Option<String>,

    /// How tied events are treated in Cox models
    #[arg(long, value_enum, requires = "time")]
    ties: Option<TiesArg>,

    /// Scale of the confidence intervals of survival curves
    #[arg(long, value_enum, requires = "time")]
    conf_type: Option<ConfTypeArg>,

    /// Times at which survival and performance are reported, in the unit of --unit
    #[arg(long, value_name = "T,T", value_delimiter = ',', requires = "time")]
    times: Vec<f64>,

    /// Shares of patients: by when has the event happened to as many, beside the median
    #[arg(long, value_name = "P,P", value_delimiter = ',', requires = "time")]
    quantiles: Vec<f64>,

    /// Predicted risks from which one would treat: the net benefit of models there, by each of --times
    #[arg(long, value_name = "P,P", value_delimiter = ',', requires = "times")]
    thresholds: Vec<f64>,

    /// Simultaneous confidence bands of survival curves
    #[arg(long, value_enum, requires = "time")]
    bands: Option<BandArg>,

    /// Replicates of bootstraps and permutations; validates models, too
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), requires = "time")]
    bootstrap: Option<u32>,

    /// Seed of everything random
    #[arg(long, value_name = "N", requires = "time")]
    seed: Option<u64>,
}

impl TableArgs {
    /// Whether a covariate was also named as a factor, which says how it enters.
    fn is_factor(&self, covariate: &str) -> bool {
        self.factor.iter().any(|it| it.column == covariate)
    }

    /// The analysis that the options ask for; absent if they ask for none.
    pub(super) fn analysis(&self) -> Result<Option<Analysis>> {
        let (Some(time), Some(event), Some(unit)) = (&self.time, &self.event, self.unit) else { return Ok(None) };
        let mut models = Vec::new();
        if !(self.covariates.is_empty() && self.factor.is_empty()) {
            models.push(TableModel {
                name: OWN_NAME.to_owned(),
                covariates: self.covariates.iter().filter(|it| !self.is_factor(it)).cloned().collect(),
                factors: self.factor.clone(),
                ..TableModel::default()
            });
        }
        if let Some(path) = &self.models {
            models.extend(analysis_file::read_models(path)?);
        }
        let competing = self
            .competing
            .iter()
            .map(|it| CompetingEvent { label: it.column.clone(), value: values(&it.values) })
            .collect();
        Ok(Some(Analysis {
            name: OWN_NAME.to_owned(),
            label: None,
            time: time.clone(),
            unit: unit.into(),
            entry: self.entry.clone(),
            status: StatusCoding {
                column: event.column.clone(),
                event: values(&event.values),
                competing,
                censored: (!self.censored.is_empty()).then(|| values(&self.censored)),
            },
            by: self.by.iter().flat_map(|it| it.0.clone()).collect(),
            tests: if self.tests.is_empty() { vec![GroupTest::Weighted(Weight::LogRank)] } else { self.tests.clone() },
            models,
            cutpoints: self.cutpoint.clone(),
            two_cutpoints: self.two_cutpoints.clone(),
            strata: self.strata.clone(),
            weights: self.weights.clone(),
            cluster: self.cluster.clone(),
            ties: self.ties.map(Into::into).unwrap_or_default(),
            confidence_scale: self.conf_type.map_or(ConfidenceScale::LogLog, Into::into),
            times: self.times.clone(),
            quantiles: self.quantiles.clone(),
            thresholds: self.thresholds.clone(),
            bands: self.bands.map(Into::into),
            bootstrap: self.bootstrap.map(|it| it as usize),
            seed: self.seed.unwrap_or(0),
        }))
    }
}

/// What one `--by` names.
#[derive(Clone, Debug)]
struct Groupings(Vec<Grouping>);

fn factor(text: &str) -> Result<Factor, String> {
    match text.split_once('=') {
        Some((column, reference)) if !column.is_empty() && !reference.is_empty() => {
            Ok(Factor { column: column.to_owned(), reference: reference.to_owned() })
        }
        _ => Err("expected COL=REF: the column, and the class that others are compared with".to_owned()),
    }
}

fn groupings(text: &str) -> Result<Groupings, String> {
    let names = |text: &str| text.split(',').map(|it| it.trim().to_owned()).collect::<Vec<String>>();
    let groupings = match text.split_once('=') {
        None => names(text).into_iter().map(|column| Grouping { column, classes: None }).collect(),
        Some((column, classes)) => match names(classes) {
            classes if classes.len() < 2 => return Err("expected at least two classes behind '='".to_owned()),
            classes => vec![Grouping { column: column.to_owned(), classes: Some(classes) }],
        },
    };
    Ok(Groupings(groupings))
}

/// How tied events are treated.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum TiesArg {
    Efron,
    Breslow,
    Exact,
}

impl From<TiesArg> for Ties {
    fn from(ties: TiesArg) -> Self {
        match ties {
            TiesArg::Efron => Self::Efron,
            TiesArg::Breslow => Self::Breslow,
            TiesArg::Exact => Self::Exact,
        }
    }
}

/// Scale of an interval.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ConfTypeArg {
    LogLog,
    Log,
    Plain,
    Logit,
    Arcsin,
}

impl From<ConfTypeArg> for ConfidenceScale {
    fn from(scale: ConfTypeArg) -> Self {
        match scale {
            ConfTypeArg::LogLog => Self::LogLog,
            ConfTypeArg::Log => Self::Log,
            ConfTypeArg::Plain => Self::Plain,
            ConfTypeArg::Logit => Self::Logit,
            ConfTypeArg::Arcsin => Self::Arcsin,
        }
    }
}

/// How the width of a band runs along a curve.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum BandArg {
    HallWellner,
    EqualPrecision,
}

impl From<BandArg> for Band {
    fn from(band: BandArg) -> Self {
        match band {
            BandArg::HallWellner => Self::HallWellner,
            BandArg::EqualPrecision => Self::EqualPrecision,
        }
    }
}
