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
//! Breslow's approximation has `s0_0` in place of each `s0_k`. The exact likelihood is in [`super::exact`].
//!
//! # References
//!
//! * Efron B. The efficiency of Cox's likelihood function for censored data.
//!   *J Am Stat Assoc* 1977;72:557-565. doi:10.1080/01621459.1977.10480613
//! * Breslow N. Covariance analysis of censored survival data. *Biometrics* 1974;30:89-99. doi:10.2307/2529620

use super::exact::exact_tie;
use super::moments::{Moments, add, triangle};
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

/// One part in which tied patients leave the risk set, with the sums over those at risk in it.
pub(super) struct Part<'a> {
    /// Share of the tied patients who have left before: `k/d`, or 0.
    pub(super) share_gone: f64,
    /// Weight of the events that this part stands for.
    pub(super) event_weight: f64,
    pub(super) at_risk: &'a Moments,
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
                at_risk.add_moments(tied, 1.0);
                it.leave_exactly(self, &risks.log_risk, stratum, tie);
            } else {
                self.for_each_part(tie, at_risk, tied, |part| it.leave(part));
            }
            visit(&it);
        });
    }

    /// Adds the tied patients to the sums over the other patients at risk, and visits each part in which they leave.
    pub(super) fn for_each_part(
        &self,
        tie: &EventTie,
        at_risk: &mut Moments,
        tied: &Moments,
        mut visit: impl FnMut(&Part<'_>),
    ) {
        // METHOD: Tied events are treated as Efron proposed, R's default, unless another way is asked for; without ties
        // all proposals agree.
        match self.ties {
            Ties::Efron => {
                let part = 1.0 / tie.n_event as f64;
                // From the last patient to leave to the first, so that sums only grow.
                for k in (0..tie.n_event).rev() {
                    at_risk.add_moments(tied, part);
                    let event_weight = tie.event_weight * part;
                    visit(&Part { share_gone: k as f64 * part, event_weight, at_risk });
                }
            }
            Ties::Breslow | Ties::Exact => {
                at_risk.add_moments(tied, 1.0);
                visit(&Part { share_gone: 0.0, event_weight: tie.event_weight, at_risk });
            }
        }
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

    fn leave(&mut self, part: &Part<'_>) {
        let (weight, s0) = (part.event_weight, part.at_risk.sum);
        self.log_likelihood -= weight * s0.ln();
        for (row, &s1) in part.at_risk.first.iter().enumerate() {
            let mean = s1 / s0;
            self.score[row] -= weight * mean;
            let start = triangle(row);
            for column in 0..=row {
                let second = part.at_risk.second[start + column];
                self.information[start + column] += weight * (second - mean * part.at_risk.first[column]) / s0;
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
