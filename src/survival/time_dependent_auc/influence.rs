//! How much each patient moves the estimate of the censoring distribution.
//!
//! With patients `1 … n` in the order of time, `c_k = 1` for those censored, and `f(k)` the first of those who share the
//! time of patient `k`, patient `k` contributes to the logarithm of `G` after the time of patient `i`, with its sign
//! changed,
//!
//! ```text
//! M_ik = c_k 1(i ≥ f(k)) n / (n - f(k) + 1) - A_min(i,k)
//! A_j  = Σ_{m ≤ j} c_m n / (n - m + 1)²
//! ```
//!
//! the integral of the censoring martingale of `k` over the share of patients at risk. Sums over `i` are sums over
//! prefixes, so that no matrix is needed.

use crate::survival::cohort::Cohort;

/// The martingales of censoring, by position in the order of time.
pub(super) struct CensoringInfluence {
    /// The jump of each patient, 0 if not censored.
    jumps: Vec<f64>,
    /// Position of the first patient of the same time.
    first_of_tie: Vec<usize>,
    /// `A` of each patient.
    compensators: Vec<f64>,
}

impl CensoringInfluence {
    /// The martingales of a cohort whose events are those of any kind.
    pub(super) fn of(any_event: &Cohort) -> Self {
        let (schedule, n) = (any_event.schedule(), any_event.len() as f64);
        let mut compensator = 0.0;
        let mut it = Self { jumps: Vec::new(), first_of_tie: Vec::new(), compensators: Vec::new() };
        for tie in &schedule.ties {
            for position in tie.members.clone() {
                let is_censored = !any_event.outcomes()[schedule.order[position]].event;
                if is_censored {
                    let n_left = n - position as f64;
                    compensator += n / (n_left * n_left);
                }
                let n_risk = n - tie.members.start as f64;
                it.jumps.push(if is_censored { n / n_risk } else { 0.0 });
                it.first_of_tie.push(tie.members.start);
                it.compensators.push(compensator);
            }
        }
        it
    }

    /// `Σ_i g_i M_ik` for each patient `k`, with one `g` for each position.
    pub(super) fn weighted_sums(&self, g: &[f64]) -> Vec<f64> {
        // Of the first so many patients.
        let mut sums = Vec::with_capacity(g.len() + 1);
        let mut sum = 0.0;
        sums.push(sum);
        for value in g {
            sum += value;
            sums.push(sum);
        }
        let total = sum;
        let mut compensated = 0.0;
        let of_patient = |k: usize| {
            compensated += g[k] * self.compensators[k];
            self.jumps[k] * (total - sums[self.first_of_tie[k]])
                - compensated
                - self.compensators[k] * (total - sums[k + 1])
        };
        (0..g.len()).map(of_patient).collect()
    }

    /// `M_ik` for each patient `k` after the first `n_before` patients, `i` being the last of them.
    pub(super) fn after(&self, n_before: usize) -> Vec<f64> {
        let Some(last) = n_before.checked_sub(1) else { return vec![0.0; self.jumps.len()] };
        let of_patient = |k: usize| {
            let jump = if self.first_of_tie[k] <= last { self.jumps[k] } else { 0.0 };
            jump - self.compensators[k.min(last)]
        };
        (0..self.jumps.len()).map(of_patient).collect()
    }
}
