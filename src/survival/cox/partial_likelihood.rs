//! The partial likelihood of the Cox model and its derivatives, event time by event time.
//!
//! With `D` the patients with the event at a time, `d` their number, `R` those at risk, `r_i = w_i e^{β'x_i + o_i}` the risk
//! of a patient with weight `w` and offset `o`, and `w̄` the mean weight over `D`:
//!
//! ```text
//! l  = Σ_{i∈D} w_i (β'x_i + o_i) - w̄ Σ_{k<d} ln s0_k     s0_k = Σ_R r - k/d Σ_D r         Efron 1977
//! U  = Σ_{i∈D} w_i x_i           - w̄ Σ_{k<d} s1_k / s0_k   s1_k, s2_k: the same sums of x r and x x' r
//! I  = w̄ Σ_{k<d} (s2_k / s0_k - s1_k s1_k' / s0_k²)
//! ```
//!
//! The sums over `k` are made in [`super::parts`]. Breslow's approximation has `s0_0` in place of each `s0_k`. The exact likelihood is in [`super::exact`].
//!
//! # References
//!
//! * Efron B. The efficiency of Cox's likelihood function for censored data.
//!   *J Am Stat Assoc* 1977;72:557-565. doi:10.1080/01621459.1977.10480613
//! * Breslow N. Covariance analysis of censored survival data. *Biometrics* 1974;30:89-99. doi:10.2307/2529620

use super::exact::exact_tie;
use super::moments::{Moments, add, triangle};
use super::parts::Parts;
use super::risk_sets::{EventTie, RiskSets};
use super::ties::Ties;
use crate::survival::cholesky::SymmetricMatrix;

/// What one event time adds to the log partial likelihood and to its derivatives.
#[derive(Debug)]
pub(in crate::survival) struct Contribution {
    pub(in crate::survival) time: f64,
    pub(in crate::survival) n_event: usize,
    pub(in crate::survival) log_likelihood: f64,
    pub(in crate::survival) score: Vec<f64>,
    /// Lower triangle, row by row.
    pub(in crate::survival) information: Vec<f64>,
}

/// The log partial likelihood at some coefficients, with its gradient and negative second derivative.
#[derive(Clone, Debug)]
pub(in crate::survival) struct Derivatives {
    pub(in crate::survival) log_likelihood: f64,
    pub(in crate::survival) score: Vec<f64>,
    pub(in crate::survival) information: SymmetricMatrix,
}

impl RiskSets {
    /// The log partial likelihood and its derivatives at coefficients of the standardized columns.
    pub(in crate::survival) fn derivatives(&self, beta: &[f64]) -> Derivatives {
        let p = self.n_columns();
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
        let p = self.n_columns();
        let mut it = Contribution {
            time: 0.0,
            n_event: 0,
            log_likelihood: 0.0,
            score: vec![0.0; p],
            information: vec![0.0; triangle(p)],
        };
        let risks = self.risks(beta);
        self.sweep(&risks, |stratum, tie, at_risk, tied| {
            it.begin(tie);
            for row in tie.rows.clone().filter(|&row| self.has_event[row]) {
                let weight = self.weights[row];
                it.log_likelihood += weight * risks.log_risk[row];
                add(&mut it.score, self.row(row), weight);
            }
            if self.ties == Ties::Exact && tie.n_event > 1 {
                it.leave_exactly(self, &risks.log_risk, stratum, tie);
            } else {
                it.leave(&self.parts(tie, at_risk, tied), at_risk, tied);
            }
            at_risk.add_moments(tied, 1.0);
            visit(&it);
        });
    }
}

impl Contribution {
    fn begin(&mut self, tie: &EventTie) {
        self.time = tie.time;
        self.n_event = tie.n_event;
        self.log_likelihood = 0.0;
        self.score.fill(0.0);
        self.information.fill(0.0);
    }

    fn leave(&mut self, parts: &Parts, others: &Moments, tied: &Moments) {
        let weight = parts.event_weight;
        self.log_likelihood -= weight * parts.log;
        for (row, score) in self.score.iter_mut().enumerate() {
            let (a, t) = (others.first[row], tied.first[row]);
            *score -= weight * (a * parts.inverse + t * parts.share);
            // What the sums of the other column are multiplied by.
            let of_others = a * parts.inverse_squared + t * parts.share_squared;
            let of_tied = a * parts.share_squared + t * parts.both_squared;
            let lower = triangle(row)..triangle(row + 1);
            let seconds = others.second[lower.clone()].iter().zip(&tied.second[lower.clone()]);
            let firsts = others.first.iter().zip(&tied.first);
            for ((it, second), first) in self.information[lower].iter_mut().zip(seconds).zip(firsts) {
                let second = second.0 * parts.inverse + second.1 * parts.share;
                *it += weight * (second - (of_others * first.0 + of_tied * first.1));
            }
        }
    }

    fn leave_exactly(&mut self, risk_sets: &RiskSets, log_risk: &[f64], stratum: usize, tie: &EventTie) {
        let rows = risk_sets.rows_at_risk(stratum, tie);
        let term = exact_tie(risk_sets, &rows, log_risk, tie.n_event);
        self.log_likelihood -= term.log_sum;
        add(&mut self.score, &term.first, -1.0);
        add(&mut self.information, &term.second, 1.0);
    }
}
