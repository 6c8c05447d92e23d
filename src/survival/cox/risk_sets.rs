//! Who is at risk when: the covariates of patients in the order of time, stratum after stratum.

use std::ops::Range;

use super::moments::Moments;
use super::ties::Ties;
use crate::survival::cohort::{Cohort, Schedule};

mod sample;

/// By what factor sums over patients at risk may fall, as patients are taken away again, before they are made anew: what
/// is left of the round-off of the largest sum is then at most 1e-12 of them.
const LOSS_BY_SUBTRACTION: f64 = 1e-4;

/// The covariates of patients in the order of time, stratum after stratum.
///
/// Columns are centered and divided by their mean absolute deviation, so that sums of squares neither cancel nor depend
/// on units. Columns of -1, 0 and 1 stay as they are, like in R.
#[derive(Clone, Debug)]
pub(in crate::survival) struct RiskSets {
    pub(super) n_columns: usize,
    /// Row by row.
    pub(super) values: Vec<f64>,
    /// Row of the cohort that each row is.
    pub(super) patients: Vec<usize>,
    pub(super) has_event: Vec<bool>,
    pub(super) weights: Vec<f64>,
    /// Less their mean.
    pub(super) offsets: Vec<f64>,
    pub(super) strata: Vec<Stratum>,
    /// An offset of the same size for all is none.
    pub(super) mean_offset: f64,
    pub(super) ties: Ties,
    /// What was subtracted from each column.
    pub(in crate::survival) centers: Vec<f64>,
    /// What each centered column was multiplied by.
    pub(in crate::survival) scales: Vec<f64>,
}

/// The rows of a stratum.
#[derive(Clone, Debug)]
pub(super) struct Stratum {
    pub(super) rows: Range<usize>,
    /// Distinct times, ascending; also those without events.
    pub(super) ties: Vec<EventTie>,
    /// Rows by time of entry; empty if all are at risk from the start.
    pub(super) entry_order: Vec<usize>,
}

/// Rows that share a time, those with the event among them.
#[derive(Clone, Debug)]
pub(super) struct EventTie {
    pub(super) time: f64,
    pub(super) rows: Range<usize>,
    pub(super) n_event: usize,
    pub(super) event_weight: f64,
    pub(super) n_risk: usize,
    /// How many rows of the entry order have entered before this time.
    pub(super) n_entered: usize,
}

/// Risk of each row at some coefficients.
pub(super) struct Risks {
    /// `β'x + o`.
    pub(super) log_risk: Vec<f64>,
    /// `w e^{β'x + o}`.
    pub(super) risk: Vec<f64>,
}

impl RiskSets {
    pub(in crate::survival) fn new(
        cohort: &Cohort,
        columns: &[&[f64]],
        offset: Option<&[f64]>,
        schedules: &[Schedule],
        ties: Ties,
    ) -> Self {
        let n_columns = columns.len();
        let (centers, scales): (Vec<f64>, Vec<f64>) =
            columns.iter().map(|column| standardization(column, cohort.weights())).unzip();
        let patients: Vec<usize> = schedules.iter().flat_map(|it| &it.order).copied().collect();

        let mut values = Vec::with_capacity(patients.len() * n_columns);
        for &patient_idx in &patients {
            values.extend((0..n_columns).map(|j| (columns[j][patient_idx] - centers[j]) * scales[j]));
        }
        let mean_offset = offset.map_or(0.0, |it| it.iter().sum::<f64>() / it.len().max(1) as f64);

        let mut row_of = vec![0; cohort.len()];
        for (row, &patient_idx) in patients.iter().enumerate() {
            row_of[patient_idx] = row;
        }
        let mut start = 0;
        let strata = schedules.iter().map(|schedule| {
            let rows = start..start + schedule.order.len();
            let first = start;
            start = rows.end;
            let ties = schedule.ties.iter().map(|it| EventTie {
                time: it.time,
                rows: it.members.start + first..it.members.end + first,
                n_event: it.n_event,
                event_weight: it.event_weight,
                n_risk: it.n_risk,
                n_entered: it.n_entered,
            });
            let ties = ties.collect();
            Stratum { rows, ties, entry_order: schedule.entry_order.iter().map(|&it| row_of[it]).collect() }
        });
        Self {
            n_columns,
            values,
            has_event: patients.iter().map(|&idx| cohort.outcomes()[idx].event).collect(),
            weights: patients.iter().map(|&idx| cohort.weight(idx)).collect(),
            offsets: patients.iter().map(|&idx| offset.map_or(0.0, |it| it[idx] - mean_offset)).collect(),
            strata: strata.collect(),
            mean_offset,
            patients,
            ties,
            centers,
            scales,
        }
    }

    /// The same with some of the columns.
    pub(super) fn with_columns(&self, kept: &[usize]) -> Self {
        let pick = |values: &[f64]| -> Vec<f64> { kept.iter().map(|&column| values[column]).collect() };
        Self {
            n_columns: kept.len(),
            values: (0..self.patients.len()).flat_map(|row| pick(self.row(row))).collect(),
            centers: pick(&self.centers),
            scales: pick(&self.scales),
            ..self.clone()
        }
    }

    pub(in crate::survival) fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// The standardized covariates of a row.
    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.n_columns..(row + 1) * self.n_columns]
    }

    pub(super) fn n_strata(&self) -> usize {
        self.strata.len()
    }

    /// Distinct times of a stratum, ascending; also those without events.
    pub(super) fn times(&self, stratum: usize) -> &[EventTie] {
        &self.strata[stratum].ties
    }

    /// Rows of a stratum by time of entry; empty if all are at risk from the start.
    pub(super) fn entry_order(&self, stratum: usize) -> &[usize] {
        &self.strata[stratum].entry_order
    }

    pub(super) fn risks(&self, beta: &[f64]) -> Risks {
        let mut log_risk = self.offsets.clone();
        for (row, sum) in log_risk.iter_mut().enumerate() {
            *sum += self.row(row).iter().zip(beta).map(|(x, b)| x * b).sum::<f64>();
        }
        let risk = log_risk.iter().zip(&self.weights).map(|(it, weight)| weight * it.exp()).collect();
        Risks { log_risk, risk }
    }

    /// Visits event times by stratum, and within a stratum from the last to the first: with the place of the stratum, the
    /// sums over those at risk who do not have the event then, and those over the tied patients who have.
    ///
    /// The visitor has to add the latter to the former.
    pub(super) fn sweep(&self, risks: &Risks, mut visit: impl FnMut(usize, &EventTie, &mut Moments, &Moments)) {
        let (mut at_risk, mut tied) = (Moments::zero(self.n_columns), Moments::zero(self.n_columns));
        for (place, stratum) in self.strata.iter().enumerate() {
            at_risk.reset();
            let mut largest_sum = 0.0_f64;
            let mut first_not_entered = stratum.entry_order.len();
            for tie in stratum.ties.iter().rev() {
                let not_entered = &stratum.entry_order[tie.n_entered..first_not_entered];
                first_not_entered = tie.n_entered;
                if tie.n_risk == tie.rows.len() {
                    // Nobody at risk goes on: what subtraction left of the sums must not stay.
                    at_risk.reset();
                } else {
                    for &row in not_entered {
                        at_risk.add(self.row(row), -risks.risk[row]);
                    }
                    if at_risk.sum < LOSS_BY_SUBTRACTION * largest_sum {
                        at_risk.reset();
                        largest_sum = 0.0;
                        for row in self.rows_at_risk(place, tie).into_iter().filter(|&row| row >= tie.rows.end) {
                            at_risk.add(self.row(row), risks.risk[row]);
                        }
                    }
                }
                for row in tie.rows.clone().rev() {
                    let sums = if self.has_event[row] { &mut tied } else { &mut at_risk };
                    sums.add(self.row(row), risks.risk[row]);
                }
                if tie.n_event > 0 {
                    visit(place, tie, &mut at_risk, &tied);
                    tied.reset();
                }
                largest_sum = largest_sum.max(at_risk.sum);
            }
        }
    }

    /// Rows at risk at a time of a stratum, those with the event among them.
    pub(super) fn rows_at_risk(&self, stratum: usize, tie: &EventTie) -> Vec<usize> {
        let stratum = &self.strata[stratum];
        let mut rows: Vec<usize> = (tie.rows.start..stratum.rows.end).collect();
        let not_entered = &stratum.entry_order[tie.n_entered.min(stratum.entry_order.len())..];
        if !not_entered.is_empty() {
            let mut is_absent = vec![false; rows.len()];
            for &row in not_entered {
                is_absent[row - tie.rows.start] = true;
            }
            rows.retain(|&row| !is_absent[row - tie.rows.start]);
        }
        rows
    }
}

/// Center and scale of a column.
fn standardization(column: &[f64], weights: Option<&[f64]>) -> (f64, f64) {
    // METHOD: Indicators are left alone (R's `nocenter`), so that the linear predictor of the reference is 0.
    if column.iter().all(|it| it.abs() <= 0.0 || (it.abs() - 1.0).abs() <= 0.0) {
        return (0.0, 1.0);
    }
    // The mean of equal numbers may differ from them in the last digit, and scaling would blow that up.
    if column.iter().all(|it| it.total_cmp(&column[0]).is_eq()) {
        return (column[0], 1.0);
    }
    let weight = |at: usize| weights.map_or(1.0, |it| it[at]);
    let total: f64 = (0..column.len()).map(weight).sum();
    let sum_of =
        |value: &dyn Fn(f64) -> f64| -> f64 { column.iter().enumerate().map(|(at, &it)| weight(at) * value(it)).sum() };
    let center = sum_of(&|it| it) / total;
    let scale = total / sum_of(&|it| (it - center).abs());
    (center, if scale.is_finite() { scale } else { 1.0 })
}
