//! The partial likelihood with Firth's penalty, and its gradient.
//!
//! With `w` the weight of an event, `μ` and `C` the mean and covariance matrix of `x` over the patients at risk, each
//! weighted by its hazard ratio, and `V = I⁻¹`:
//!
//! ```text
//! I    = Σ w C
//! U*_j = U_j + ½ Σ w trace( V ∂C/∂β_j ) = U_j + ½ Σ w [ Cov(q, x_j) - 2 (C V μ)_j ],      q = x' V x
//! ```
//!
//! The derivative of `C` is the third central moment of `x`; contracted with `V`, it needs the moments of `q` and
//! `q x_j` only, so that the gradient costs no more than the information.

use crate::survival::cholesky::{Cholesky, SymmetricMatrix};
use crate::survival::cohort::{Cohort, Schedule};
use crate::survival::cox::moments::{add, triangle};
use crate::survival::penalized::Ties;

/// The patients and covariates of a model.
pub(super) struct PenalizedLikelihood<'a> {
    cohort: &'a Cohort,
    schedules: &'a [Schedule],
    ties: Ties,
    n_columns: usize,
    /// Centered columns in standard deviations, patient by patient.
    rows: Vec<f64>,
    /// What each centered column was multiplied by.
    pub(super) scales: Vec<f64>,
    /// Weighted sum of the rows of patients with the event.
    event_sum: Vec<f64>,
}

/// The penalized likelihood at some coefficients of the standardized columns.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) beta: Vec<f64>,
    pub(super) log_likelihood: f64,
    /// Gradient of the penalized log likelihood.
    pub(super) score: Vec<f64>,
    /// Information of the likelihood without the penalty.
    pub(super) information: SymmetricMatrix,
    /// Inverse of the information.
    pub(super) covariance: SymmetricMatrix,
}

impl<'a> PenalizedLikelihood<'a> {
    pub(super) fn new(cohort: &'a Cohort, schedules: &'a [Schedule], columns: &[&[f64]], ties: Ties) -> Self {
        let (centers, scales): (Vec<f64>, Vec<f64>) = columns.iter().map(|column| standardization(column)).unzip();
        let n_columns = columns.len();
        let row = |idx: usize| (0..n_columns).map(move |j| (idx, j));
        let rows: Vec<f64> =
            (0..cohort.len()).flat_map(row).map(|(idx, j)| (columns[j][idx] - centers[j]) * scales[j]).collect();
        let mut likelihood = Self { cohort, schedules, ties, n_columns, rows, scales, event_sum: vec![0.0; n_columns] };
        let mut event_sum = vec![0.0; n_columns];
        for (idx, _) in cohort.outcomes().iter().enumerate().filter(|(_, outcome)| outcome.event) {
            add(&mut event_sum, likelihood.row(idx), cohort.weight(idx));
        }
        likelihood.event_sum = event_sum;
        likelihood
    }

    fn row(&self, patient_idx: usize) -> &[f64] {
        &self.rows[patient_idx * self.n_columns..(patient_idx + 1) * self.n_columns]
    }

    /// `β'x` of a patient.
    pub(super) fn linear_predictor(&self, patient_idx: usize, beta: &[f64]) -> f64 {
        dot(self.row(patient_idx), beta)
    }

    /// The columns on which there is information at zero, beyond that of the columns before them.
    pub(super) fn free_columns(&self) -> Vec<usize> {
        let zero = vec![0.0; self.n_columns];
        let (_, _, information) = self.unpenalized(&zero, &self.risks(&zero));
        let cholesky = Cholesky::of(&information);
        (0..self.n_columns).filter(|&column| !cholesky.is_redundant(column)).collect()
    }

    /// The penalized likelihood at some coefficients; `None` without columns, or if no information is left there.
    pub(super) fn at(&self, beta: &[f64]) -> Option<Point> {
        let risks = self.risks(beta);
        let (log_likelihood, mut score, information) = self.unpenalized(beta, &risks);
        let cholesky = Cholesky::of(&information);
        // METHOD: Jeffreys' prior on all columns, held ones included, as in coxphf.
        let log_likelihood = log_likelihood + 0.5 * cholesky.log_determinant();
        if self.n_columns == 0 || !log_likelihood.is_finite() {
            return None;
        }
        let covariance = cholesky.inverse();
        add(&mut score, &self.gradient_of_penalty(&risks, &covariance), 1.0);
        Some(Point { beta: beta.to_vec(), log_likelihood, score, information, covariance })
    }

    /// Weight times hazard ratio of each patient.
    fn risks(&self, beta: &[f64]) -> Vec<f64> {
        let risk = |idx: usize| self.cohort.weight(idx) * self.linear_predictor(idx, beta).exp();
        (0..self.cohort.len()).map(risk).collect()
    }

    /// The log partial likelihood with its gradient and information.
    fn unpenalized(&self, beta: &[f64], risks: &[f64]) -> (f64, Vec<f64>, SymmetricMatrix) {
        let p = self.n_columns;
        let (mut log_likelihood, mut score) = (dot(&self.event_sum, beta), self.event_sum.clone());
        let (mut information, mut mean) = (vec![0.0; triangle(p)], vec![0.0; p]);
        self.for_each_part(risks, None, |weight, at_risk| {
            log_likelihood -= weight * at_risk.sum.ln();
            at_risk.write_mean(&mut mean);
            add(&mut score, &mean, -weight);
            add(&mut information, &at_risk.second, weight / at_risk.sum);
            for (row, &mean_of_row) in mean.iter().enumerate() {
                add(&mut information[triangle(row)..=triangle(row) + row], &mean[..=row], -weight * mean_of_row);
            }
        });
        let information = SymmetricMatrix::from_lower(p, |row, column| information[triangle(row) + column]);
        (log_likelihood, score, information)
    }

    /// `½ trace(V ∂I/∂β_j)` for each column.
    fn gradient_of_penalty(&self, risks: &[f64], v: &SymmetricMatrix) -> Vec<f64> {
        let p = self.n_columns;
        let q: Vec<f64> = (0..self.cohort.len()).map(|idx| quadratic_form(self.row(idx), v)).collect();
        let (mut gradient, mut mean, mut v_mean) = (vec![0.0; p], vec![0.0; p], vec![0.0; p]);
        self.for_each_part(risks, Some(&q), |weight, at_risk| {
            at_risk.write_mean(&mut mean);
            for (row, it) in v_mean.iter_mut().enumerate() {
                *it = mean.iter().enumerate().map(|(column, mean)| v.at(row, column) * mean).sum();
            }
            let (mean_q, of_mean) = (at_risk.q / at_risk.sum, dot(&mean, &v_mean));
            for (j, gradient) in gradient.iter_mut().enumerate() {
                let with_q = at_risk.q_first[j] / at_risk.sum - mean_q * mean[j];
                let second = |k: usize| at_risk.second[triangle(j.max(k)) + j.min(k)];
                let with_mean: f64 = v_mean.iter().enumerate().map(|(k, it)| second(k) * it).sum();
                *gradient += weight * (0.5 * with_q - with_mean / at_risk.sum + mean[j] * of_mean);
            }
        });
        gradient
    }

    /// Visits the risk set of each event, or of all events at a time together, with the weight of the events.
    ///
    /// The moments of `q` are there if it is given, one per patient.
    fn for_each_part(&self, risks: &[f64], q: Option<&[f64]>, mut visit: impl FnMut(f64, &Moments)) {
        let p = self.n_columns;
        let add_patient = |moments: &mut Moments, patient_idx: usize, sign: f64| {
            moments.add(self.row(patient_idx), sign * risks[patient_idx], q.map(|it| it[patient_idx]));
        };
        for schedule in self.schedules {
            let (mut at_risk, mut tied) = (Moments::zero(p), Moments::zero(p));
            let mut n_entered = schedule.entry_order.len();
            for tie in schedule.ties.iter().rev() {
                for &patient_idx in &schedule.entry_order[tie.n_entered..n_entered] {
                    add_patient(&mut at_risk, patient_idx, -1.0);
                }
                n_entered = tie.n_entered;
                for &patient_idx in &schedule.order[tie.members.clone()] {
                    let has_event = self.cohort.outcomes()[patient_idx].event;
                    add_patient(if has_event { &mut tied } else { &mut at_risk }, patient_idx, 1.0);
                }
                if tie.n_event > 0 {
                    let n_parts = self.ties.n_parts(tie.n_event);
                    let part = 1.0 / n_parts as f64;
                    for _ in 0..n_parts {
                        at_risk.add_moments(&tied, part);
                        visit(part * tie.event_weight, &at_risk);
                    }
                    tied.reset();
                }
            }
        }
    }
}

/// Sums over patients of their risk, times 1, `x`, `x x'` (lower triangle), `q` and `q x`.
struct Moments {
    sum: f64,
    first: Vec<f64>,
    second: Vec<f64>,
    q: f64,
    q_first: Vec<f64>,
}

impl Moments {
    fn zero(p: usize) -> Self {
        Self { sum: 0.0, first: vec![0.0; p], second: vec![0.0; triangle(p)], q: 0.0, q_first: vec![0.0; p] }
    }

    fn reset(&mut self) {
        (self.sum, self.q) = (0.0, 0.0);
        for sums in [&mut self.first, &mut self.second, &mut self.q_first] {
            sums.fill(0.0);
        }
    }

    fn add(&mut self, row: &[f64], risk: f64, q: Option<f64>) {
        self.sum += risk;
        add(&mut self.first, row, risk);
        if let Some(q) = q {
            self.q += risk * q;
            add(&mut self.q_first, row, risk * q);
        }
        for (i, &x) in row.iter().enumerate() {
            add(&mut self.second[triangle(i)..=triangle(i) + i], &row[..=i], risk * x);
        }
    }

    fn add_moments(&mut self, other: &Self, part: f64) {
        self.sum += part * other.sum;
        self.q += part * other.q;
        add(&mut self.first, &other.first, part);
        add(&mut self.second, &other.second, part);
        add(&mut self.q_first, &other.q_first, part);
    }

    fn write_mean(&self, mean: &mut [f64]) {
        for (mean, first) in mean.iter_mut().zip(&self.first) {
            *mean = first / self.sum;
        }
    }
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn quadratic_form(x: &[f64], matrix: &SymmetricMatrix) -> f64 {
    let row = |row: usize| x.iter().enumerate().map(|(column, x)| matrix.at(row, column) * x).sum::<f64>();
    x.iter().enumerate().map(|(idx, x)| x * row(idx)).sum()
}

/// Mean of a column and what makes its standard deviation (divisor n - 1) 1; 1 if it has none.
fn standardization(column: &[f64]) -> (f64, f64) {
    // The mean of equal numbers may differ from them in the last digit, and scaling would blow that up.
    if column.iter().all(|it| it.total_cmp(&column[0]).is_eq()) {
        return (column.first().copied().unwrap_or(0.0), 1.0);
    }
    let n = column.len() as f64;
    let mean = column.iter().sum::<f64>() / n;
    let squares: f64 = column.iter().map(|it| (it - mean).powi(2)).sum();
    (mean, ((n - 1.0) / squares).sqrt())
}
