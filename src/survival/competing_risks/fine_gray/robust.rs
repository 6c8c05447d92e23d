//! Fine and Gray's covariance of the coefficients.
//!
//! ```text
//! Var β = I⁻¹ Σ_i (η_i + ψ_i)(η_i + ψ_i)' I⁻¹
//! η_i   = ∫ (x_i - m) w_i dM_i = [i met the cause] (x_i - m(T_i)) - e^{β'x_i} ∫ w_i (x_i - m) dΛ
//! ψ_i   = ∫ q / r dM_i^c       = [i censored] q(T_i) / r(T_i) - Σ_{u ≤ T_i} q(u) c(u) / r(u)²
//! q(u)  = ∫_u^∞ Σ_{other cause, T_j < u} w_j (x_j - m) e^{β'x_j} dΛ                          Fine & Gray 1999, eq. 8
//! ```
//!
//! `η` is what each patient adds to the score, `ψ` what the patient adds through the estimate of `G`: `r` patients are
//! followed up to `u` or longer, and `c` are censored there, in the patient's group of censoring, over which `q` is
//! summed, too. With more than one group, the events in `q`'s dΛ are those of the group only, as in crr; the formula has
//! the events of all. Standard errors differ in the third digit.
//!
//! `coxph` on the data of `finegray` takes the weights for known: it has no `ψ`, and the `η` of Efron's likelihood.

use super::Convention;
use super::hazard::Hazard;
use super::newton::Maximum;
use super::risk_sets::{End, RiskSets, Tie, add, add_outer};
use crate::survival::cholesky::SymmetricMatrix;

/// Covariance of the coefficients of the standardized columns, 0 in aliased columns.
pub(super) fn covariance(
    risk_sets: &RiskSets,
    hazard: &Hazard,
    maximum: &Maximum,
    convention: Convention,
) -> SymmetricMatrix {
    let p = risk_sets.n_columns;
    let mut residuals = vec![0.0; risk_sets.ends.len() * p];
    add_own_parts(risk_sets, hazard, &mut residuals);
    if convention == Convention::Crr {
        add_censoring_parts(risk_sets, hazard, &mut residuals);
    }

    let mut outer = vec![0.0; p * (p + 1) / 2];
    if p > 0 {
        residuals.chunks_exact(p).for_each(|residual| add_outer(&mut outer, residual, 1.0));
    }
    let middle = SymmetricMatrix::from_lower(p, |row, column| outer[row * (row + 1) / 2 + column]);
    let inverse = &maximum.covariance;
    SymmetricMatrix::from_lower(p, |row, column| {
        let through = |k: usize| (0..p).map(|l| middle.at(k, l) * inverse.at(l, column)).sum::<f64>();
        (0..p).map(|k| inverse.at(row, k) * through(k)).sum()
    })
}

/// Integrals over a time and all that follow, for each group of censoring: `∫ G dΛ`, then `∫ G m dΛ`.
struct Later {
    values: Vec<f64>,
    n_groups: usize,
    length: usize,
}

impl Later {
    /// `share` is the part of the events at a tie that belong to the dΛ of a group.
    fn new(risk_sets: &RiskSets, hazard: &Hazard, share: impl Fn(&Tie, usize) -> f64) -> Self {
        let (n_groups, n_ties) = (risk_sets.n_groups, risk_sets.ties.len());
        let length = risk_sets.n_columns + 1;
        let stride = n_groups * length;
        // One more tie than there are, after which nothing follows.
        let mut values = vec![0.0; (n_ties + 1) * stride];
        for (tie_idx, tie) in risk_sets.ties.iter().enumerate().rev() {
            let (here, next) = values.split_at_mut((tie_idx + 1) * stride);
            let here = &mut here[tie_idx * stride..];
            here.copy_from_slice(&next[..stride]);
            if tie.n_met > 0 {
                for (g, here) in here.chunks_exact_mut(length).enumerate() {
                    let weight = risk_sets.uncensored(tie_idx, g) * share(tie, g);
                    here[0] += weight * hazard.all.step(tie_idx);
                    add(&mut here[1..], hazard.all.mean_step(tie_idx), weight);
                }
            }
        }
        Self { values, n_groups, length }
    }

    fn from(&self, tie_idx: usize, group: usize) -> (f64, &[f64]) {
        let start = (tie_idx * self.n_groups + group) * self.length;
        (self.values[start], &self.values[start + 1..start + self.length])
    }
}

/// Adds `η`.
fn add_own_parts(risk_sets: &RiskSets, hazard: &Hazard, residuals: &mut [f64]) {
    let p = risk_sets.n_columns;
    let later = Later::new(risk_sets, hazard, |_, _| 1.0);
    // ∫ dΛ and ∫ m dΛ up to the current tie, without it.
    let (mut cumulative, mut cumulative_mean) = (0.0, vec![0.0; p]);
    for (tie_idx, tie) in risk_sets.ties.iter().enumerate() {
        for row in tie.rows.clone() {
            let (x, risk) = (risk_sets.row(row), hazard.risks[row]);
            let residual = &mut residuals[row * p..(row + 1) * p];
            let here = if risk_sets.ends[row] == End::Met { &hazard.own } else { &hazard.all };
            add(residual, x, -risk * (cumulative + here.step(tie_idx)));
            add(residual, &cumulative_mean, risk);
            add(residual, here.mean_step(tie_idx), risk);
            match risk_sets.ends[row] {
                End::Met => {
                    add(residual, x, 1.0);
                    add(residual, hazard.mean(tie_idx), -1.0);
                }
                End::Other => {
                    let g = risk_sets.groups[row];
                    let (after, mean_after) = later.from(tie_idx + 1, g);
                    let weighted = risk / risk_sets.uncensored(tie_idx, g);
                    add(residual, x, -weighted * after);
                    add(residual, mean_after, weighted);
                }
                End::Censored => {}
            }
        }
        cumulative += hazard.all.step(tie_idx);
        add(&mut cumulative_mean, hazard.all.mean_step(tie_idx), 1.0);
    }
}

/// Adds `ψ`.
fn add_censoring_parts(risk_sets: &RiskSets, hazard: &Hazard, residuals: &mut [f64]) {
    let (p, n_groups) = (risk_sets.n_columns, risk_sets.n_groups);
    let met_in_group = |row: usize, g| risk_sets.ends[row] == End::Met && risk_sets.groups[row] == g;
    // METHOD: Only events of the same group of censoring, as in crr.
    let share = |tie: &Tie, g| tie.rows.clone().filter(|&row| met_in_group(row, g)).count() as f64 / tie.n_met as f64;
    let later = Later::new(risk_sets, hazard, share);
    let mut n_risk = vec![0_usize; n_groups];
    for &group in &risk_sets.groups {
        n_risk[group] += 1;
    }
    // Of those who met another cause before, Σ e^{β'x} / G and Σ x e^{β'x} / G.
    let (mut others, mut others_first) = (vec![0.0; n_groups], vec![0.0; n_groups * p]);
    let mut compensator = vec![0.0; n_groups * p];
    let mut n_censored = vec![0_usize; n_groups];
    let mut q = vec![0.0; n_groups * p];

    for (tie_idx, tie) in risk_sets.ties.iter().enumerate() {
        n_censored.fill(0);
        for row in tie.rows.clone() {
            n_censored[risk_sets.groups[row]] += usize::from(risk_sets.ends[row] == End::Censored);
        }
        for g in (0..n_groups).filter(|&g| n_censored[g] > 0) {
            let of_group = g * p..(g + 1) * p;
            let (after, mean_after) = later.from(tie_idx, g);
            let q = &mut q[of_group.clone()];
            q.fill(0.0);
            add(q, &others_first[of_group.clone()], after);
            add(q, mean_after, -others[g]);
            let n = n_risk[g] as f64;
            add(&mut compensator[of_group], q, -(n_censored[g] as f64) / (n * n));
        }
        for row in tie.rows.clone() {
            let g = risk_sets.groups[row];
            let residual = &mut residuals[row * p..(row + 1) * p];
            add(residual, &compensator[g * p..(g + 1) * p], 1.0);
            match risk_sets.ends[row] {
                End::Censored => add(residual, &q[g * p..(g + 1) * p], 1.0 / n_risk[g] as f64),
                End::Other => {
                    let weighted = hazard.risks[row] / risk_sets.uncensored(tie_idx, g);
                    others[g] += weighted;
                    add(&mut others_first[g * p..(g + 1) * p], risk_sets.row(row), weighted);
                }
                End::Met => {}
            }
        }
        for row in tie.rows.clone() {
            n_risk[risk_sets.groups[row]] -= 1;
        }
    }
}
