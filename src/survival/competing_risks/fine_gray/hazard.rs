//! The baseline subdistribution hazard, and the derivatives of the pseudo-likelihood.
//!
//! At a time with `d` events, the denominators of the likelihood are `s0_0 … s0_{d-1}`: all equal to the sum over the risk
//! set if tied events share it (Breslow), or each with one more `d`-th part of the tied patients taken out (Efron). With
//! `m_k` the mean of `x` in each,
//!
//! ```text
//! dΛ = Σ_k 1 / s0_k        l = Σ_events β'x_i - Σ_k ln s0_k        U = Σ_events x_i - Σ_k m_k
//! I  = Σ_i c_i x_i x_i' - Σ_k m_k m_k'                             c_i = e^{β'x_i} ∫ w_i dΛ
//! ```
//!
//! where sums over patients and times are exchanged, so that each patient's `x x'` is formed once. A patient of the tied
//! events has `Σ_k (1 - k/d) / s0_k` in place of dΛ at the own event (Efron).
//!
//! # References
//!
//! * Efron B. The efficiency of Cox's likelihood function for censored data.
//!   *J Am Stat Assoc* 1977;72:557-565. doi:10.1080/01621459.1977.10480613

use super::risk_sets::{End, RiskSets, Tie, add, add_outer};
use super::{BaselineStep, Convention};
use crate::survival::cholesky::SymmetricMatrix;

/// What a model with some coefficients says of each time.
pub(super) struct Hazard {
    /// `e^{β'x}` of each row.
    pub(super) risks: Vec<f64>,
    /// `l` without its sum of `β'x`.
    log_likelihood: f64,
    /// Lower triangle of `Σ_k m_k m_k'`, row by row.
    outer: Vec<f64>,
    /// The rises of those at risk at each tie.
    pub(super) all: Rises,
    /// The rises of those who meet the cause there.
    pub(super) own: Rises,
    /// Mean of all `m_k` at each tie, one number per column.
    means: Vec<f64>,
}

/// `∫ dΛ` and `∫ m dΛ` over each tie; 0 where nobody met the cause.
pub(super) struct Rises {
    n_columns: usize,
    steps: Vec<f64>,
    mean_steps: Vec<f64>,
}

/// The log pseudo-likelihood at some coefficients, with its gradient and negative second derivative.
#[derive(Clone, Debug)]
pub(super) struct Derivatives {
    pub(super) log_likelihood: f64,
    pub(super) score: Vec<f64>,
    pub(super) information: SymmetricMatrix,
}

impl Rises {
    fn none(n_ties: usize, n_columns: usize) -> Self {
        Self { n_columns, steps: vec![0.0; n_ties], mean_steps: vec![0.0; n_ties * n_columns] }
    }

    pub(super) fn step(&self, tie_idx: usize) -> f64 {
        self.steps[tie_idx]
    }

    pub(super) fn mean_step(&self, tie_idx: usize) -> &[f64] {
        &self.mean_steps[tie_idx * self.n_columns..(tie_idx + 1) * self.n_columns]
    }

    fn rise(&mut self, tie_idx: usize, step: f64, mean: &[f64]) {
        self.steps[tie_idx] += step;
        add(&mut self.mean_steps[tie_idx * self.n_columns..(tie_idx + 1) * self.n_columns], mean, step);
    }
}

impl Hazard {
    /// At coefficients of the standardized columns.
    pub(super) fn at(risk_sets: &RiskSets, beta: &[f64], convention: Convention) -> Self {
        let (p, n_ties) = (risk_sets.n_columns, risk_sets.ties.len());
        let sums = risk_sets.sums(beta);
        let mut hazard = Self {
            log_likelihood: 0.0,
            outer: vec![0.0; p * (p + 1) / 2],
            all: Rises::none(n_ties, p),
            own: Rises::none(n_ties, p),
            means: vec![0.0; n_ties * p],
            risks: sums.risks,
        };
        let mut mean = vec![0.0; p];
        let mut tied_first = vec![0.0; p];
        for (tie_idx, tie) in risk_sets.ties.iter().enumerate().filter(|(_, tie)| tie.n_met > 0) {
            let (s0, s1) = (sums.s0[tie_idx], &sums.s1[tie_idx * p..(tie_idx + 1) * p]);
            let mut tied = 0.0;
            tied_first.fill(0.0);
            if convention == Convention::FineGrayCoxph {
                for row in tie.met(risk_sets) {
                    tied += hazard.risks[row];
                    add(&mut tied_first, risk_sets.row(row), hazard.risks[row]);
                }
            }
            // METHOD: Tied events as Breslow has them in crr, as Efron has them in coxph.
            let (n_terms, n_each) = match convention {
                Convention::Crr => (1, tie.n_met as f64),
                Convention::FineGrayCoxph => (tie.n_met, 1.0),
            };
            for k in 0..n_terms {
                let gone = k as f64 / n_terms as f64;
                let left = s0 - gone * tied;
                for ((mean, s1), tied) in mean.iter_mut().zip(s1).zip(&tied_first) {
                    *mean = (s1 - gone * tied) / left;
                }
                hazard.log_likelihood -= n_each * left.ln();
                hazard.all.rise(tie_idx, n_each / left, &mean);
                hazard.own.rise(tie_idx, (1.0 - gone) * n_each / left, &mean);
                add(&mut hazard.means[tie_idx * p..(tie_idx + 1) * p], &mean, 1.0 / n_terms as f64);
                add_outer(&mut hazard.outer, &mean, n_each);
            }
        }
        hazard
    }

    /// Mean of `x` that an event at a tie is compared with.
    pub(super) fn mean(&self, tie_idx: usize) -> &[f64] {
        let p = self.all.n_columns;
        &self.means[tie_idx * p..(tie_idx + 1) * p]
    }

    /// The log pseudo-likelihood and its derivatives, at the coefficients of this hazard.
    pub(super) fn derivatives(&self, risk_sets: &RiskSets, beta: &[f64]) -> Derivatives {
        let mut log_likelihood = self.log_likelihood;
        let mut score = vec![0.0; risk_sets.n_columns];
        for (tie_idx, tie) in risk_sets.ties.iter().enumerate().filter(|(_, tie)| tie.n_met > 0) {
            for row in tie.met(risk_sets) {
                log_likelihood += risk_sets.row(row).iter().zip(beta).map(|(x, b)| x * b).sum::<f64>();
                add(&mut score, risk_sets.row(row), 1.0);
            }
            add(&mut score, self.mean(tie_idx), -(tie.n_met as f64));
        }
        let mut second: Vec<f64> = self.outer.iter().map(|it| -it).collect();
        self.for_each_exposure(risk_sets, |row, exposure| {
            add_outer(&mut second, risk_sets.row(row), self.risks[row] * exposure);
        });
        let information = SymmetricMatrix::from_lower(score.len(), |row, column| second[row * (row + 1) / 2 + column]);
        Derivatives { log_likelihood, score, information }
    }

    /// Visits each row with `∫ w_i dΛ`.
    fn for_each_exposure(&self, risk_sets: &RiskSets, mut visit: impl FnMut(usize, f64)) {
        let mut before = vec![0.0; risk_sets.ties.len()];
        for tie_idx in 1..before.len() {
            before[tie_idx] = before[tie_idx - 1] + self.all.step(tie_idx - 1);
        }
        // Of the ties after the current one, ∫ G dΛ in each group.
        let mut later = vec![0.0; risk_sets.n_groups];
        for (tie_idx, tie) in risk_sets.ties.iter().enumerate().rev() {
            for row in tie.rows.clone() {
                let g = risk_sets.groups[row];
                let from_here = match risk_sets.ends[row] {
                    End::Censored => self.all.step(tie_idx),
                    End::Met => self.own.step(tie_idx),
                    End::Other => self.all.step(tie_idx) + later[g] / risk_sets.uncensored(tie_idx, g),
                };
                visit(row, before[tie_idx] + from_here);
            }
            for (g, later) in later.iter_mut().enumerate() {
                *later += risk_sets.uncensored(tie_idx, g) * self.all.step(tie_idx);
            }
        }
    }

    /// The cumulative hazard at covariates of 0.
    pub(super) fn baseline(&self, risk_sets: &RiskSets, beta: &[f64]) -> Vec<BaselineStep> {
        let risk = risk_sets.log_risk_at_zero(beta).exp();
        let mut cumulative = 0.0;
        let met = risk_sets.ties.iter().enumerate().filter(|(_, tie)| tie.n_met > 0);
        let steps = met.map(|(tie_idx, tie)| {
            cumulative += self.all.step(tie_idx);
            BaselineStep { time: tie.time, cumulative_hazard: cumulative * risk }
        });
        steps.collect()
    }
}

impl Tie {
    /// The rows that met the cause.
    fn met<'a>(&self, risk_sets: &'a RiskSets) -> impl Iterator<Item = usize> + use<'a> {
        self.rows.clone().filter(|&row| risk_sets.ends[row] == End::Met)
    }
}
