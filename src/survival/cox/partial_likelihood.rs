//! The partial likelihood of the Cox model and its derivatives, event time by event time.
//!
//! With `D` the patients with the event at a time, `d` their number, and `R` those at risk, Efron's approximation for
//! tied events lets the risk of the tied patients leave the risk set in `d` equal parts:
//!
//! ```text
//! l  = Σ_{i∈D} β'x_i - Σ_{k<d} ln s0_k                s0_k = Σ_R e^{β'x} - k/d Σ_D e^{β'x}     Efron 1977
//! U  = Σ_{i∈D} x_i   - Σ_{k<d} s1_k / s0_k            s1_k, s2_k: the same sums of x e^{β'x} and x x' e^{β'x}
//! I  = Σ_{k<d} (s2_k / s0_k - s1_k s1_k' / s0_k²)
//! ```
//!
//! # References
//!
//! * Efron B. The efficiency of Cox's likelihood function for censored data.
//!   *J Am Stat Assoc* 1977;72:557-565. doi:10.1080/01621459.1977.10480613

use std::ops::Range;

use crate::survival::cholesky::SymmetricMatrix;
use crate::survival::cohort::Schedule;

/// The covariates of patients in the order of time, stratum after stratum.
///
/// Columns are centered and divided by their mean absolute deviation, so that sums of squares neither cancel nor depend
/// on units. Columns of -1, 0 and 1 stay as they are, like in R.
#[derive(Debug)]
pub(in crate::survival) struct RiskSets {
    n_columns: usize,
    /// Row by row.
    rows: Vec<f64>,
    has_event: Vec<bool>,
    strata: Vec<Vec<EventTie>>,
    /// What was subtracted from each column.
    pub(in crate::survival) centers: Vec<f64>,
    /// What each centered column was multiplied by.
    pub(in crate::survival) scales: Vec<f64>,
}

/// Rows that share a time, those with the event among them.
#[derive(Debug)]
struct EventTie {
    time: f64,
    rows: Range<usize>,
    n_event: usize,
}

/// What one event time adds to the log partial likelihood and to its derivatives.
#[derive(Debug)]
pub(in crate::survival) struct Contribution {
    pub(in crate::survival) time: f64,
    pub(in crate::survival) log_likelihood: f64,
    pub(in crate::survival) score: Vec<f64>,
    /// Lower triangle, row by row.
    pub(in crate::survival) information: Vec<f64>,
}

/// The log partial likelihood at some coefficients, with its gradient and negative second derivative.
#[derive(Clone, Debug)]
pub(super) struct Derivatives {
    pub(super) log_likelihood: f64,
    pub(super) score: Vec<f64>,
    pub(super) information: SymmetricMatrix,
}

impl RiskSets {
    pub(in crate::survival) fn new(
        columns: &[&[f64]],
        has_event: impl Fn(usize) -> bool,
        schedules: &[Schedule],
    ) -> Self {
        let n_columns = columns.len();
        let (centers, scales): (Vec<f64>, Vec<f64>) = columns.iter().map(|column| standardization(column)).unzip();
        let order = || schedules.iter().flat_map(|it| &it.order);

        let n = columns.first().map_or(0, |column| column.len());
        let mut rows = Vec::with_capacity(n * n_columns);
        for &patient_idx in order() {
            rows.extend((0..n_columns).map(|j| (columns[j][patient_idx] - centers[j]) * scales[j]));
        }

        let mut offset = 0;
        let strata = schedules.iter().map(|schedule| {
            let start = offset;
            offset += schedule.order.len();
            let shift = |it: &Range<usize>| it.start + start..it.end + start;
            let ties = schedule.ties.iter();
            ties.map(|it| EventTie { time: it.time, rows: shift(&it.members), n_event: it.n_event }).collect()
        });
        let strata = strata.collect();
        Self { n_columns, rows, has_event: order().map(|&idx| has_event(idx)).collect(), strata, centers, scales }
    }

    pub(in crate::survival) fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// The log partial likelihood and its derivatives at coefficients of the standardized columns.
    pub(super) fn derivatives(&self, beta: &[f64]) -> Derivatives {
        let p = self.n_columns;
        let mut log_likelihood = 0.0;
        let mut score = vec![0.0; p];
        let mut information = vec![0.0; triangle(p)];
        self.for_each_event_time(beta, |it| {
            log_likelihood += it.log_likelihood;
            add(&mut score, &it.score, 1.0);
            add(&mut information, &it.information, 1.0);
        });
        let information = SymmetricMatrix::from_lower(p, |row, column| information[triangle(row) + column]);
        Derivatives { log_likelihood, score, information }
    }

    /// Visits event times by stratum, and within a stratum from the last to the first.
    pub(in crate::survival) fn for_each_event_time(&self, beta: &[f64], mut visit: impl FnMut(&Contribution)) {
        let p = self.n_columns;
        let mut it =
            Contribution { time: 0.0, log_likelihood: 0.0, score: vec![0.0; p], information: vec![0.0; triangle(p)] };
        for ties in &self.strata {
            let (mut at_risk, mut tied) = (Moments::zero(p), Moments::zero(p));
            for tie in ties.iter().rev() {
                it.time = tie.time;
                it.log_likelihood = 0.0;
                it.score.fill(0.0);
                for row_idx in tie.rows.clone().rev() {
                    let row = &self.rows[row_idx * p..(row_idx + 1) * p];
                    let log_risk: f64 = row.iter().zip(beta).map(|(x, b)| x * b).sum();
                    if self.has_event[row_idx] {
                        it.log_likelihood += log_risk;
                        add(&mut it.score, row, 1.0);
                        tied.add(row, log_risk.exp());
                    } else {
                        at_risk.add(row, log_risk.exp());
                    }
                }
                if tie.n_event > 0 {
                    it.leave_risk_set(&mut at_risk, &mut tied, tie.n_event);
                    visit(&it);
                }
            }
        }
    }

    /// Visits event times as [`for_each_event_time`](Self::for_each_event_time) does, with the value of `direction'x`
    /// of each patient who has the event, and the smallest and largest of all patients at risk.
    pub(super) fn for_each_event_range(&self, direction: &[f64], mut visit: impl FnMut(f64, f64, f64)) {
        let p = self.n_columns;
        let value = |row_idx: usize| -> f64 {
            self.rows[row_idx * p..(row_idx + 1) * p].iter().zip(direction).map(|(x, b)| x * b).sum()
        };
        for ties in &self.strata {
            let (mut smallest, mut largest) = (f64::INFINITY, f64::NEG_INFINITY);
            for tie in ties.iter().rev() {
                for row_idx in tie.rows.clone() {
                    smallest = smallest.min(value(row_idx));
                    largest = largest.max(value(row_idx));
                }
                for row_idx in tie.rows.clone().filter(|&row_idx| self.has_event[row_idx]) {
                    visit(value(row_idx), smallest, largest);
                }
            }
        }
    }
}

impl Contribution {
    /// Adds the tied patients to the risk set in equal parts, with one term of the likelihood after each part.
    fn leave_risk_set(&mut self, at_risk: &mut Moments, tied: &mut Moments, n_event: usize) {
        // METHOD: Tied events are treated as Efron proposed, R's default; without ties all proposals agree.
        self.information.fill(0.0);
        let part = 1.0 / n_event as f64;
        for _ in 0..n_event {
            at_risk.add_moments(tied, part);
            let s0 = at_risk.sum;
            self.log_likelihood -= s0.ln();
            for (row, &s1) in at_risk.first.iter().enumerate() {
                let mean = s1 / s0;
                self.score[row] -= mean;
                let start = triangle(row);
                for column in 0..=row {
                    let second = at_risk.second[start + column];
                    self.information[start + column] += (second - mean * at_risk.first[column]) / s0;
                }
            }
        }
        tied.reset();
    }
}

/// Sums of e^{β'x}, x e^{β'x} and x x' e^{β'x} over patients; the last as lower triangle, row by row.
struct Moments {
    sum: f64,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Moments {
    fn zero(n_columns: usize) -> Self {
        Self { sum: 0.0, first: vec![0.0; n_columns], second: vec![0.0; triangle(n_columns)] }
    }

    fn reset(&mut self) {
        self.sum = 0.0;
        self.first.fill(0.0);
        self.second.fill(0.0);
    }

    fn add(&mut self, row: &[f64], risk: f64) {
        self.sum += risk;
        let mut second = self.second.iter_mut();
        for (i, (first, &x)) in self.first.iter_mut().zip(row).enumerate() {
            let weighted = risk * x;
            *first += weighted;
            // The row comes first: a zip that ends on its second half has already taken from its first.
            for (&other, second) in row[..=i].iter().zip(second.by_ref()) {
                *second += weighted * other;
            }
        }
    }

    fn add_moments(&mut self, other: &Self, part: f64) {
        self.sum += part * other.sum;
        add(&mut self.first, &other.first, part);
        add(&mut self.second, &other.second, part);
    }
}

/// Number of elements before a row of a lower triangle.
pub(in crate::survival) fn triangle(row: usize) -> usize {
    row * (row + 1) / 2
}

/// Adds a multiple of one vector to another.
pub(in crate::survival) fn add(sums: &mut [f64], terms: &[f64], factor: f64) {
    for (sum, term) in sums.iter_mut().zip(terms) {
        *sum += factor * term;
    }
}

/// Center and scale of a column.
fn standardization(column: &[f64]) -> (f64, f64) {
    // METHOD: Indicators are left alone (R's `nocenter`), so that the linear predictor of the reference is 0.
    if column.iter().all(|it| it.abs() <= 0.0 || (it.abs() - 1.0).abs() <= 0.0) {
        return (0.0, 1.0);
    }
    // The mean of equal numbers may differ from them in the last digit, and scaling would blow that up.
    if column.iter().all(|it| it.total_cmp(&column[0]).is_eq()) {
        return (column[0], 1.0);
    }
    let n = column.len() as f64;
    let center = column.iter().sum::<f64>() / n;
    let deviation = column.iter().map(|it| (it - center).abs()).sum::<f64>();
    let scale = n / deviation;
    (center, if scale.is_finite() { scale } else { 1.0 })
}
