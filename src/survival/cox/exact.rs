//! The exact partial likelihood of tied events.
//!
//! If time is discrete, `d` of the patients at risk have the event at once, and the likelihood compares them with all other
//! sets of as many patients:
//!
//! ```text
//! l  = Σ_{i∈D} (β'x_i + o_i) - ln e_d(r)          e_d: sum over all sets of d of those at risk of the product of their risks
//! e_k(1..n)   = e_k(1..n-1) + r_n e_{k-1}(1..n-1)                                  Gail, Lubin & Rubinstein 1981
//! ```
//!
//! The first and second derivatives obey the derivatives of the recursion. Risks are multiplied by `d / Σ r` first, which
//! keeps `e_d` between 1 and `e^d`. The time is proportional to `d` times the number at risk.
//!
//! # References
//!
//! * Gail MH, Lubin JH, Rubinstein LV. Likelihood calculations for matched case-control studies and survival studies with
//!   tied death times. *Biometrika* 1981;68:703-707. doi:10.1093/biomet/68.3.703

use super::moments::triangle;
use super::risk_sets::RiskSets;

/// More tied events than this overflow the recursion.
pub(super) const MOST_TIED: usize = 500;

/// `ln e_d` with its gradient and second derivative; the latter as lower triangle, row by row.
pub(super) struct ExactTerm {
    pub(super) log_sum: f64,
    pub(super) first: Vec<f64>,
    pub(super) second: Vec<f64>,
}

/// `e_k` with its derivatives.
#[derive(Clone)]
struct Symmetric {
    sum: f64,
    first: Vec<f64>,
    second: Vec<f64>,
}

/// The term of one time, with `n_event` events among `rows` at risk, each of some `risk`.
pub(super) fn exact_tie(risk_sets: &RiskSets, rows: &[usize], risk: &[f64], n_event: usize) -> ExactTerm {
    let p = risk_sets.n_columns();
    let total: f64 = rows.iter().map(|&row| risk[row]).sum();
    let scale = n_event as f64 / total;
    let zero = Symmetric { sum: 0.0, first: vec![0.0; p], second: vec![0.0; triangle(p)] };
    let mut sums = vec![zero; n_event + 1];
    sums[0].sum = 1.0;
    for (n_before, &row) in rows.iter().enumerate() {
        let (x, r) = (risk_sets.row(row), scale * risk[row]);
        // A set of k takes k patients at least, and those who remain must be able to fill it to d.
        let lowest = n_event.saturating_sub(rows.len() - n_before - 1).max(1);
        for k in (lowest..=n_event.min(n_before + 1)).rev() {
            let (below, here) = sums.split_at_mut(k);
            here[0].add(&below[k - 1], x, r);
        }
    }
    let last = &sums[n_event];
    let first: Vec<f64> = last.first.iter().map(|it| it / last.sum).collect();
    let mut second = vec![0.0; triangle(p)];
    for row in 0..p {
        for column in 0..=row {
            let at = triangle(row) + column;
            second[at] = last.second[at] / last.sum - first[row] * first[column];
        }
    }
    ExactTerm { log_sum: last.sum.ln() - n_event as f64 * scale.ln(), first, second }
}

impl Symmetric {
    /// Adds the sets that a patient completes: `r` times those of one patient fewer.
    fn add(&mut self, fewer: &Self, x: &[f64], r: f64) {
        self.sum += r * fewer.sum;
        for (row, &value) in x.iter().enumerate() {
            let start = triangle(row);
            for (column, &other) in x[..=row].iter().enumerate() {
                self.second[start + column] += r
                    * (value * other * fewer.sum
                        + value * fewer.first[column]
                        + other * fewer.first[row]
                        + fewer.second[start + column]);
            }
            self.first[row] += r * (value * fewer.sum + fewer.first[row]);
        }
    }
}
