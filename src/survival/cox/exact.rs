//! The exact partial likelihood of tied events.
//!
//! If time is discrete, `d` of the patients at risk have the event at once, and the likelihood compares them with all other
//! sets of as many patients:
//!
//! ```text
//! l  = Σ_{i∈D} (β'x_i + o_i) - ln e_d(r)          e_d: sum over all sets of d of those at risk of the product of their risks
//! e_k(1..n) = e_k(1..n-1) + r_n e_{k-1}(1..n-1)                                    Gail, Lubin & Rubinstein 1981
//! ```
//!
//! The recursion overflows where many are tied, and loses its sums where risks differ much. With `λ` such that
//! `Σ p_i = d`, the same numbers are probabilities of `k` successes among independent trials, the largest of them at
//! `k = d`, and nothing can overflow:
//!
//! ```text
//! p_i = λ r_i / (1 + λ r_i)
//! P_k(1..n) = (1 - p_n) P_k(1..n-1) + p_n P_{k-1}(1..n-1)
//! ln e_d    = ln P_d + Σ ln(1 + λ r_i) - d ln λ                                    Chen & Liu 1997
//! ```
//!
//! The first and second derivatives obey the derivatives of the recursion, with `λ` and `p` held; covariates are centered
//! at their mean over the patients expected to have the event, so that the second derivative does not cancel. The time is
//! proportional to `d` times the number at risk.
//!
//! # References
//!
//! * Gail MH, Lubin JH, Rubinstein LV. Likelihood calculations for matched case-control studies and survival studies with
//!   tied death times. *Biometrika* 1981;68:703-707. doi:10.1093/biomet/68.3.703
//! * Chen SX, Liu JS. Statistical applications of the Poisson-binomial and conditional Bernoulli distributions.
//!   *Statistica Sinica* 1997;7:875-892.

use std::ops::Range;

use super::moments::{add, triangle};
use super::risk_sets::RiskSets;

/// How far `Σ p` may be from the number of events: `P_d` need not be the largest, but must not be small.
const SUM_TOLERANCE: f64 = 0.5;

/// `ln e_d` with its gradient and second derivative; the latter as lower triangle, row by row.
pub(super) struct ExactTerm {
    pub(super) log_sum: f64,
    pub(super) first: Vec<f64>,
    pub(super) second: Vec<f64>,
}

/// The term of one time, with `n_event` events among `rows` at risk; `log_risk` holds `β'x + o` of every row.
pub(super) fn exact_tie(risk_sets: &RiskSets, rows: &[usize], log_risk: &[f64], n_event: usize) -> ExactTerm {
    let p = risk_sets.n_columns();
    if n_event == rows.len() {
        let mut term = ExactTerm { log_sum: 0.0, first: vec![0.0; p], second: vec![0.0; triangle(p)] };
        for &row in rows {
            term.log_sum += log_risk[row];
            add(&mut term.first, risk_sets.row(row), 1.0);
        }
        return term;
    }

    let d = n_event as f64;
    let log_odds: Vec<f64> = rows.iter().map(|&row| log_risk[row]).collect();
    let log_lambda = log_lambda(&log_odds, d);
    let probabilities: Vec<f64> = log_odds.iter().map(|it| logistic(it + log_lambda)).collect();
    let total: f64 = probabilities.iter().sum();
    let mut center = vec![0.0; p];
    for (&row, &probability) in rows.iter().zip(&probabilities) {
        add(&mut center, risk_sets.row(row), probability / total);
    }

    let mut sums = Sums::of_no_patient(p, n_event);
    let mut x = vec![0.0; p];
    for (n_before, (&row, (&probability, odds))) in rows.iter().zip(probabilities.iter().zip(&log_odds)).enumerate() {
        x.copy_from_slice(risk_sets.row(row));
        add(&mut x, &center, -1.0);
        // A set of k takes k patients at least, and those who remain must be able to fill it to d.
        let lowest = n_event.saturating_sub(rows.len() - n_before - 1);
        let sets = lowest.max(1)..n_event.min(n_before + 1) + 1;
        sums.add_patient(&x, probability, logistic(-(odds + log_lambda)), sets);
    }

    let value = sums.last(0);
    let (first, second) = ((0..p).map(|it| sums.last(1 + it)), (0..triangle(p)).map(|it| sums.last(1 + p + it)));
    let mean: Vec<f64> = first.map(|it| it / value).collect();
    let places = (0..p).flat_map(|row| (0..=row).map(move |column| (row, column)));
    let second = places.zip(second).map(|((row, column), it)| it / value - mean[row] * mean[column]);
    let log_one_plus_odds = log_odds.iter().map(|it| log_one_plus_exp(it + log_lambda)).sum::<f64>();
    ExactTerm {
        log_sum: value.ln() + log_one_plus_odds - d * log_lambda,
        second: second.collect(),
        first: mean.iter().zip(&center).map(|(mean, center)| mean + d * center).collect(),
    }
}

/// `ln λ`, by Newton's method within brackets that halve where it would leave them.
fn log_lambda(log_odds: &[f64], d: f64) -> f64 {
    let logit = (d / (log_odds.len() as f64 - d)).ln();
    let (smallest, largest) = log_odds
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(smallest, largest), &it| (smallest.min(it), largest.max(it)));
    let (mut low, mut high) = (logit - largest, logit - smallest);
    let mut at = f64::midpoint(low, high);
    // Without finite odds there is nothing to find, and the likelihood is not finite either.
    while high - low > f64::EPSILON * (high.abs() + low.abs()) {
        let probabilities = log_odds.iter().map(|it| logistic(it + at));
        let (sum, variance) =
            probabilities.fold((0.0, 0.0), |(sum, variance), it| (sum + it, variance + it * (1.0 - it)));
        if (sum - d).abs() <= SUM_TOLERANCE {
            break;
        }
        if sum > d {
            high = at;
        } else {
            low = at;
        }
        let step = at + (d - sum) / variance;
        at = if step > low && step < high { step } else { f64::midpoint(low, high) };
    }
    at
}

fn logistic(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

fn log_one_plus_exp(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}

/// `P_k` for `k` from 0 to `d`, and after it, of the same length each, its first and second derivatives.
struct Sums {
    now: Vec<f64>,
    next: Vec<f64>,
    /// `d + 1`.
    length: usize,
}

impl Sums {
    fn of_no_patient(n_columns: usize, n_event: usize) -> Self {
        let length = n_event + 1;
        let mut now = vec![0.0; length * (1 + n_columns + triangle(n_columns))];
        now[0] = 1.0;
        Self { next: vec![0.0; now.len()], now, length }
    }

    /// Adds a patient to the sets of the sizes given, all above 0: who is not among them, or completes those of one
    /// patient fewer.
    fn add_patient(&mut self, x: &[f64], probability: f64, complement: f64, sets: Range<usize>) {
        let p = x.len();
        let place = |kind: usize| kind * self.length + sets.start..kind * self.length + sets.end;
        let with = |kind: usize| &self.now[place(kind)];
        let fewer = |kind: usize| &self.now[kind * self.length + sets.start - 1..kind * self.length + sets.end - 1];
        let value = fewer(0);
        self.next[0] = complement * self.now[0];
        for ((it, with), fewer) in self.next[place(0)].iter_mut().zip(with(0)).zip(value) {
            *it = complement * with + probability * fewer;
        }
        for row in 0..p {
            let (of_row, first) = (x[row], fewer(1 + row));
            let sums = self.next[place(1 + row)].iter_mut().zip(with(1 + row)).zip(first).zip(value);
            for (((it, with), fewer), value) in sums {
                *it = complement * with + probability * (fewer + of_row * value);
            }
            for (column, of_column) in x[..=row].iter().enumerate() {
                let kind = 1 + p + triangle(row) + column;
                let firsts = first.iter().zip(fewer(1 + column)).zip(value);
                let sums = self.next[place(kind)].iter_mut().zip(with(kind)).zip(fewer(kind)).zip(firsts);
                for (((it, with), fewer), ((first_row, first_column), value)) in sums {
                    let cross = of_row * first_column + of_column * (first_row + of_row * value);
                    *it = complement * with + probability * (fewer + cross);
                }
            }
        }
        std::mem::swap(&mut self.now, &mut self.next);
    }

    /// The number of a kind for `k = d`.
    fn last(&self, kind: usize) -> f64 {
        self.now[(kind + 1) * self.length - 1]
    }
}

#[cfg(test)]
mod tests;
