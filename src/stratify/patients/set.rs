//! Which rows of a table are analysed, and why the others are not.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PatientTable, Status};
use crate::error::Result;
use crate::protocol::Analysis;
use crate::stratify::ExclusionCount;
use crate::survival::{Cohort, Outcome, cox};

/// The rows of a table that an analysis is made of.
#[derive(Clone, Debug)]
pub struct PatientSet<'a> {
    /// The table.
    pub table: &'a PatientTable,
    /// Their places in the table, in an order that depends on what they say alone.
    pub rows: Vec<usize>,
    /// Times, events, entries and weights, in the order of `rows`. A competing event counts as censored here.
    pub cohort: Cohort,
    /// What ended each follow-up, in the order of `rows`.
    pub statuses: Vec<Status>,
    /// One code a row for the combination of all strata; absent without strata.
    pub strata: Option<Vec<usize>>,
    /// One code a row for the cluster; absent without clusters.
    pub clusters: Option<Vec<usize>>,
}

/// A row that is not analysed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowExclusion {
    /// The patient, or the line of the file.
    pub id: String,
    /// The analysis.
    pub analysis: String,
    /// The reason.
    pub reason: RowExclusionReason,
    /// What was found.
    pub found: String,
}

/// Why a row is not analysed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowExclusionReason {
    /// The time is not known.
    TimeMissing,
    /// The time is below 0.
    TimeNegative,
    /// What ended the follow-up is not known.
    StatusMissing,
    /// The time of entry is not known.
    EntryMissing,
    /// The follow-up ended before the patient came under observation, or at that moment.
    EntryNotBeforeEnd,
    /// The weight is not known.
    WeightMissing,
    /// The weight is 0.
    WeightZero,
    /// The cluster is not known.
    ClusterMissing,
    /// A stratum is not known.
    StratumMissing,
}

impl RowExclusionReason {
    /// All reasons, in the order they are checked in.
    pub const ALL: [Self; 9] = [
        Self::TimeMissing,
        Self::TimeNegative,
        Self::StatusMissing,
        Self::EntryMissing,
        Self::EntryNotBeforeEnd,
        Self::WeightMissing,
        Self::WeightZero,
        Self::ClusterMissing,
        Self::StratumMissing,
    ];

    /// The code used in tables.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TimeMissing => "time_missing",
            Self::TimeNegative => "time_negative",
            Self::StatusMissing => "status_missing",
            Self::EntryMissing => "entry_missing",
            Self::EntryNotBeforeEnd => "entry_not_before_end",
            Self::WeightMissing => "weight_missing",
            Self::WeightZero => "weight_zero",
            Self::ClusterMissing => "cluster_missing",
            Self::StratumMissing => "stratum_missing",
        }
    }

    /// In plain words.
    pub const fn description(self) -> &'static str {
        match self {
            Self::TimeMissing => "time of follow-up missing",
            Self::TimeNegative => "time of follow-up below 0",
            Self::StatusMissing => "status missing",
            Self::EntryMissing => "time of entry missing",
            Self::EntryNotBeforeEnd => "follow-up ends before it begins",
            Self::WeightMissing => "weight missing",
            Self::WeightZero => "weight of 0",
            Self::ClusterMissing => "cluster missing",
            Self::StratumMissing => "stratum missing",
        }
    }

    /// What is expected instead.
    pub const fn expected(self) -> &'static str {
        match self {
            Self::TimeMissing => "a time",
            Self::TimeNegative => "a time of 0 or more",
            Self::StatusMissing => "event, competing event or censored",
            Self::EntryMissing => "a time of entry",
            Self::EntryNotBeforeEnd => "a time of entry before the end of follow-up",
            Self::WeightMissing => "a weight",
            Self::WeightZero => "a weight above 0",
            Self::ClusterMissing => "a cluster",
            Self::StratumMissing => "a value of every stratum column",
        }
    }
}

/// Two times that differ by less, relatively, are the same but for round-off: an entry there is no entry before the end.
const ROUND_OFF: f64 = 1.490_116_119_384_765_6e-8;

/// Puts the rows together that an analysis can use.
///
/// Every row of the table is in the set or among the exclusions, once, with the first reason that applies.
///
/// # Errors
///
/// [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a time is not finite, which the table does not let in.
pub fn patient_set<'a>(analysis: &Analysis, table: &'a PatientTable) -> Result<(PatientSet<'a>, Vec<RowExclusion>)> {
    let (mut rows, mut exclusions) = (Vec::new(), Vec::new());
    for row in 0..table.ids.len() {
        match reason_against(row, table, &analysis.strata) {
            None => rows.push(row),
            Some((reason, found)) => exclusions.push(RowExclusion {
                id: table.ids[row].clone(),
                analysis: analysis.name.clone(),
                reason,
                found,
            }),
        }
    }
    // METHOD: sums round by their order, and samples are drawn by place; neither may depend on how the table is sorted.
    rows.sort_by(|&first, &second| table.compare(first, second));
    Ok((PatientSet::of_rows(analysis, table, rows)?, exclusions))
}

fn reason_against(row: usize, table: &PatientTable, strata: &[String]) -> Option<(RowExclusionReason, String)> {
    use RowExclusionReason as Reason;
    let because = |reason| Some((reason, String::new()));
    let Some(time) = table.times[row] else { return because(Reason::TimeMissing) };
    // METHOD: a time of 0 is kept, as R keeps it: such a patient is at risk at no event but one at time 0.
    if time < 0.0 {
        return Some((Reason::TimeNegative, time.to_string()));
    }
    if table.statuses[row].is_none() {
        return because(Reason::StatusMissing);
    }
    if let Some(entries) = &table.entries {
        let Some(entry) = entries[row] else { return because(Reason::EntryMissing) };
        if time - entry <= ROUND_OFF * time.abs().max(1.0) {
            return Some((Reason::EntryNotBeforeEnd, format!("entry {entry}, end {time}")));
        }
    }
    if let Some(weights) = &table.weights {
        let Some(weight) = weights[row] else { return because(Reason::WeightMissing) };
        if weight <= 0.0 {
            return Some((Reason::WeightZero, weight.to_string()));
        }
    }
    if table.clusters.as_ref().is_some_and(|it| it[row].is_none()) {
        return because(Reason::ClusterMissing);
    }
    if strata.iter().any(|it| table.classes[it][row].is_none()) {
        return because(Reason::StratumMissing);
    }
    None
}

/// How many rows are left out for each reason.
pub(super) fn counts(exclusions: &[RowExclusion]) -> Vec<ExclusionCount> {
    let count = |reason: RowExclusionReason| exclusions.iter().filter(|it| it.reason == reason).count();
    RowExclusionReason::ALL
        .into_iter()
        .filter(|it| count(*it) > 0)
        .map(|it| ExclusionCount {
            reason: it.code().to_owned(),
            description: it.description().to_owned(),
            n: count(it),
        })
        .collect()
}

impl<'a> PatientSet<'a> {
    fn of_rows(analysis: &Analysis, table: &'a PatientTable, rows: Vec<usize>) -> Result<Self> {
        let status = |row: usize| table.statuses[row].expect("the row has a status");
        let statuses: Vec<Status> = rows.iter().map(|&row| status(row)).collect();
        let outcomes = rows.iter().zip(&statuses).map(|(&row, status)| Outcome {
            time: table.times[row].expect("the row has a time"),
            event: *status == Status::Event,
        });
        let mut cohort = Cohort::new(outcomes.collect())?;
        let pick = |values: &[Option<f64>]| -> Vec<f64> {
            rows.iter().map(|&row| values[row].expect("the row has a value")).collect()
        };
        if let Some(entries) = &table.entries {
            cohort = cohort.with_entries(&pick(entries))?;
        }
        if let Some(weights) = &table.weights {
            cohort = cohort.with_weights(&pick(weights))?;
        }
        let strata: Vec<&[Option<String>]> = analysis.strata.iter().map(|it| table.classes[it].as_slice()).collect();
        let clusters = table.clusters.as_ref().map(|it| codes(&[it], &rows));
        Ok(Self {
            table,
            cohort,
            statuses,
            strata: (!strata.is_empty()).then(|| codes(&strata, &rows)),
            clusters,
            rows,
        })
    }

    /// The part of the rows that both this set and another hold.
    ///
    /// # Errors
    ///
    /// None that the types of the arguments let happen; those of [`Cohort`].
    pub fn shared_with(&self, analysis: &Analysis, other: &Self) -> Result<Self> {
        let others: BTreeSet<usize> = other.rows.iter().copied().collect();
        let shared = self.rows.iter().copied().filter(|it| others.contains(it));
        Self::of_rows(analysis, self.table, shared.collect())
    }

    /// The part of the rows that have all of some columns of numbers and of classes.
    ///
    /// # Errors
    ///
    /// None that the types of the arguments let happen; those of [`Cohort`].
    pub fn complete_in(&self, analysis: &Analysis, numbers: &[&str], classes: &[&str]) -> Result<Self> {
        // METHOD: every statistic is made of the rows that have all of its columns; how many have not is reported.
        let has_all = |row: &usize| {
            numbers.iter().all(|it| self.table.numbers[*it][*row].is_some())
                && classes.iter().all(|it| self.table.classes[*it][*row].is_some())
        };
        Self::of_rows(analysis, self.table, self.rows.iter().copied().filter(has_all).collect())
    }

    /// How Cox models of these rows are fitted: ties as the analysis says, within strata, robust to clusters.
    pub fn cox_settings(&self, analysis: &Analysis) -> cox::Settings<'_> {
        cox::Settings {
            ties: analysis.ties,
            strata: self.strata.as_deref(),
            offset: None,
            variance: self.clusters.as_deref().map_or(cox::Variance::ByWeights, cox::Variance::Clustered),
        }
    }

    /// Whether some rows count as a fraction.
    pub fn has_fractional_weights(&self) -> bool {
        self.cohort.weights().is_some_and(|it| it.iter().any(|weight| weight.fract() > 0.0))
    }

    /// A column of numbers that all rows have.
    pub fn numbers(&self, column: &str) -> Vec<f64> {
        let values = &self.table.numbers[column];
        self.rows.iter().map(|&row| values[row].expect("the row has the number")).collect()
    }

    /// A column of classes that all rows have.
    pub fn classes(&self, column: &str) -> Vec<&str> {
        let values = &self.table.classes[column];
        self.rows.iter().map(|&row| values[row].as_deref().expect("the row has the class")).collect()
    }
}

/// One code a row for the combination of some columns, in the order of the combinations.
fn codes(columns: &[&[Option<String>]], rows: &[usize]) -> Vec<usize> {
    let combination = |row: usize| columns.iter().map(|it| it[row].as_deref()).collect::<Vec<_>>();
    let combinations: Vec<Vec<Option<&str>>> = rows.iter().map(|&row| combination(row)).collect();
    let distinct: BTreeSet<&Vec<Option<&str>>> = combinations.iter().collect();
    let codes: BTreeMap<&Vec<Option<&str>>, usize> = distinct.into_iter().zip(0..).collect();
    combinations.iter().map(|it| codes[it]).collect()
}
