//! The weighted risk sets of the Fine-Gray model.
//!
//! The weight `G(t-) / G(T_j-)` of who met another cause is a product of a part of the time and a part of the patient. So
//! the sums over a risk set are
//!
//! ```text
//! Σ_j w_j(t) e^{β'x_j} = Σ_{T_j ≥ t} e^{β'x_j} + G(t-) Σ_{other cause, T_j < t} e^{β'x_j} / G(T_j-)
//! ```
//!
//! with the last sum for each group of censoring: one sum that grows backwards in time and one that grows forwards.

use std::ops::Range;

use super::Convention;
use crate::survival::competing_risks::CompetingCohort;

/// What ended the follow-up of a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The patient was last seen without an event.
    Censored,
    /// The patient met the cause of the model.
    Met,
    /// The patient met another cause.
    Other,
}

/// The covariates of patients in the order of time.
///
/// Columns are centered and divided by their mean absolute deviation, so that sums of squares neither cancel nor depend
/// on units.
#[derive(Debug)]
pub(super) struct RiskSets {
    pub(super) n_columns: usize,
    pub(super) n_groups: usize,
    /// Row by row.
    rows: Vec<f64>,
    pub(super) ends: Vec<End>,
    /// The group of censoring of each row.
    pub(super) groups: Vec<usize>,
    pub(super) ties: Vec<Tie>,
    /// `G(t-)` of each group at each time: all groups of the first tie, then of the second, and so on.
    censoring: Vec<f64>,
    /// What each centered column was multiplied by.
    pub(super) scales: Vec<f64>,
    /// What was subtracted from each column.
    centers: Vec<f64>,
}

/// Rows that share the time at which their follow-up ends.
#[derive(Debug)]
pub(super) struct Tie {
    pub(super) time: f64,
    pub(super) rows: Range<usize>,
    /// How many of them met the cause.
    pub(super) n_met: usize,
}

/// The sums over risk sets at some coefficients.
pub(super) struct Sums {
    /// `e^{β'x}` of each row.
    pub(super) risks: Vec<f64>,
    /// `Σ w e^{β'x}` at each tie; 0 where nobody met the cause.
    pub(super) s0: Vec<f64>,
    /// `Σ w x e^{β'x}` at each tie, one number per column; 0 where nobody met the cause.
    pub(super) s1: Vec<f64>,
}

impl RiskSets {
    pub(super) fn new(
        cohort: &CompetingCohort,
        cause: usize,
        columns: &[&[f64]],
        censoring_groups: Option<&[usize]>,
        convention: Convention,
    ) -> Self {
        let schedule = cohort.cohort().schedule();
        let n_columns = columns.len();
        let (centers, scales): (Vec<f64>, Vec<f64>) = columns.iter().map(|column| standardization(column)).unzip();
        let mut rows = Vec::with_capacity(cohort.len() * n_columns);
        for &patient_idx in &schedule.order {
            rows.extend((0..n_columns).map(|j| (columns[j][patient_idx] - centers[j]) * scales[j]));
        }
        let end = |&patient_idx: &usize| match cohort.causes()[patient_idx] {
            0 => End::Censored,
            met if met == cause => End::Met,
            _ => End::Other,
        };
        let ends: Vec<End> = schedule.order.iter().map(end).collect();

        let mut codes: Vec<usize> = censoring_groups.unwrap_or(&[0]).to_vec();
        codes.sort_unstable();
        codes.dedup();
        let group = |&patient_idx: &usize| {
            censoring_groups.map_or(0, |it| codes.partition_point(|&code| code < it[patient_idx]))
        };
        let ties = schedule.ties.iter().map(|tie| Tie {
            time: tie.time,
            rows: tie.members.clone(),
            n_met: ends[tie.members.clone()].iter().filter(|&&it| it == End::Met).count(),
        });
        let mut risk_sets = Self {
            n_columns,
            n_groups: codes.len().max(1),
            rows,
            groups: schedule.order.iter().map(group).collect(),
            ties: ties.collect(),
            ends,
            censoring: Vec::new(),
            scales,
            centers,
        };
        risk_sets.estimate_censoring(convention);
        risk_sets
    }

    /// Estimates the probability of not being censored before each time, in each group.
    fn estimate_censoring(&mut self, convention: Convention) {
        let mut n_risk = vec![0_usize; self.n_groups];
        for &group in &self.groups {
            n_risk[group] += 1;
        }
        let mut uncensored = vec![1.0; self.n_groups];
        self.censoring = Vec::with_capacity(self.ties.len() * self.n_groups);
        let (mut n_censored, mut n_leaving) = (vec![0_usize; self.n_groups], vec![0_usize; self.n_groups]);
        for tie in &self.ties {
            // METHOD: After the last follow-up in a group nobody is known to be uncensored in it.
            self.censoring.extend((0..self.n_groups).map(|g| if n_risk[g] > 0 { uncensored[g] } else { 0.0 }));
            n_censored.fill(0);
            n_leaving.fill(0);
            for row in tie.rows.clone() {
                n_leaving[self.groups[row]] += 1;
                n_censored[self.groups[row]] += usize::from(self.ends[row] == End::Censored);
            }
            for g in (0..self.n_groups).filter(|&g| n_censored[g] > 0) {
                // METHOD: Whether patients with an event are at risk of being censored at the same time.
                let n = match convention {
                    Convention::Crr => n_risk[g],
                    Convention::FineGrayCoxph => n_risk[g] - (n_leaving[g] - n_censored[g]),
                };
                uncensored[g] *= (n - n_censored[g]) as f64 / n as f64;
            }
            for (n_risk, n_leaving) in n_risk.iter_mut().zip(&n_leaving) {
                *n_risk -= n_leaving;
            }
        }
    }

    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.rows[row * self.n_columns..(row + 1) * self.n_columns]
    }

    /// `G(t-)` in a group at a tie.
    pub(super) fn uncensored(&self, tie_idx: usize, group: usize) -> f64 {
        self.censoring[tie_idx * self.n_groups + group]
    }

    /// The sums over risk sets at coefficients of the standardized columns.
    pub(super) fn sums(&self, beta: &[f64]) -> Sums {
        let p = self.n_columns;
        let risk = |row| self.row(row).iter().zip(beta).map(|(x, b)| x * b).sum::<f64>().exp();
        let risks: Vec<f64> = (0..self.ends.len()).map(risk).collect();
        let mut s0 = vec![0.0; self.ties.len()];
        let mut s1 = vec![0.0; self.ties.len() * p];

        let (mut at_risk, mut at_risk_first) = (0.0, vec![0.0; p]);
        for (tie_idx, tie) in self.ties.iter().enumerate().rev() {
            for row in tie.rows.clone().rev() {
                at_risk += risks[row];
                add(&mut at_risk_first, self.row(row), risks[row]);
            }
            if tie.n_met > 0 {
                s0[tie_idx] = at_risk;
                s1[tie_idx * p..(tie_idx + 1) * p].copy_from_slice(&at_risk_first);
            }
        }
        let (mut others, mut others_first) = (vec![0.0; self.n_groups], vec![0.0; self.n_groups * p]);
        for (tie_idx, tie) in self.ties.iter().enumerate() {
            if tie.n_met > 0 {
                for g in 0..self.n_groups {
                    let uncensored = self.uncensored(tie_idx, g);
                    s0[tie_idx] += uncensored * others[g];
                    add(&mut s1[tie_idx * p..(tie_idx + 1) * p], &others_first[g * p..(g + 1) * p], uncensored);
                }
            }
            for row in tie.rows.clone().filter(|&row| self.ends[row] == End::Other) {
                let g = self.groups[row];
                let weighted = risks[row] / self.uncensored(tie_idx, g);
                others[g] += weighted;
                add(&mut others_first[g * p..(g + 1) * p], self.row(row), weighted);
            }
        }
        Sums { risks, s0, s1 }
    }

    /// `β'x` at covariates of 0, by the coefficients of the standardized columns.
    pub(super) fn log_risk_at_zero(&self, beta: &[f64]) -> f64 {
        -(0..self.n_columns).map(|j| beta[j] * self.scales[j] * self.centers[j]).sum::<f64>()
    }
}

/// Adds a multiple of one vector to another.
pub(super) fn add(sums: &mut [f64], terms: &[f64], factor: f64) {
    for (sum, term) in sums.iter_mut().zip(terms) {
        *sum += factor * term;
    }
}

/// Adds a multiple of `x x'` to a lower triangle that is stored row by row.
pub(super) fn add_outer(triangle: &mut [f64], x: &[f64], factor: f64) {
    let mut elements = triangle.iter_mut();
    for (i, x_i) in x.iter().enumerate() {
        // The row comes first: a zip that ends on its second half has already taken from its first.
        for (x_j, element) in x[..=i].iter().zip(elements.by_ref()) {
            *element += factor * x_i * x_j;
        }
    }
}

/// Center and scale of a column.
fn standardization(column: &[f64]) -> (f64, f64) {
    // The mean of equal numbers may differ from them in the last digit, and scaling would blow that up.
    if column.iter().all(|it| it.total_cmp(&column[0]).is_eq()) {
        return (column.first().copied().unwrap_or(0.0), 1.0);
    }
    let n = column.len() as f64;
    let center = column.iter().sum::<f64>() / n;
    let scale = n / column.iter().map(|it| (it - center).abs()).sum::<f64>();
    (center, if scale.is_finite() { scale } else { 1.0 })
}
