//! Variance of a cumulative incidence by the delta method.
//!
//! The numbers of events at a time are taken for binomial, independent between times and between causes, with the
//! variance of sampling without replacement where events tie. Writing `Δ_j = S(t_i-)² d_j / n² · (1 - (d_j - 1) / (n - 1))`
//! for the variance of the rise of cause `j` at `t_i`,
//!
//! ```text
//! Var F_k(t) = Σ_{t_i ≤ t} [(F_k(t) - F_k(t_i)) / S(t_i) - δ_jk]² Δ_j          over causes j; Aalen 1978
//! Var S(t)   = S(t)² Σ_{t_i ≤ t} d / (n (n - d))                               Greenwood; not defined at S = 0
//! ```
//!
//! The square is multiplied out, so that three sums that only grow give the variance at every time. Other causes add
//! nothing where S is 0 after the time. All is as in `cmprsk::cuminc`.

use super::Before;
use crate::survival::cohort::Tie;

/// The sums that give the variances up to a time.
pub(super) struct DeltaVariance {
    greenwood_sum: f64,
    causes: Vec<CauseSums>,
}

/// With `c = 1 / S(t_i)` and `b = F_k(t_i) / S(t_i) + δ_jk`, the sums of `b² Δ`, `b c Δ` and `c² Δ`.
#[derive(Clone, Default)]
struct CauseSums {
    incidence: f64,
    b_squared: f64,
    b_c: f64,
    c_squared: f64,
}

impl DeltaVariance {
    pub(super) fn new(n_causes: usize) -> Self {
        Self { greenwood_sum: 0.0, causes: vec![CauseSums::default(); n_causes] }
    }

    pub(super) fn pass(&mut self, tie: &Tie, before: &Before, n_event: &[usize]) {
        if tie.n_event == 0 {
            return;
        }
        let n = tie.n_risk as f64;
        let n_left = (tie.n_risk - tie.n_event) as f64;
        let event_free = before.event_free * n_left / n;
        if tie.n_event < tie.n_risk {
            self.greenwood_sum += tie.n_event as f64 / (n * n_left);
        }
        // Variance of the rise of any one cause, or of several together.
        let rise = |d: usize| {
            let without_replacement = if d > 1 { 1.0 - (d as f64 - 1.0) / (n - 1.0) } else { 1.0 };
            before.event_free.powi(2) * without_replacement * d as f64 / (n * n)
        };
        for (k, sums) in self.causes.iter_mut().enumerate() {
            sums.incidence = before.incidence[k] + before.event_free * n_event[k] as f64 / n;
            let c = if event_free > 0.0 { event_free.recip() } else { 0.0 };
            // METHOD: The other causes are taken together, as cmprsk does; with ties at one time this differs from each
            // by itself.
            let others = tie.n_event - n_event[k];
            if others > 0 && event_free > 0.0 {
                sums.add(c * sums.incidence, c, rise(others));
            }
            if n_event[k] > 0 {
                sums.add(1.0 + c * sums.incidence, c, rise(n_event[k]));
            }
        }
    }

    pub(super) fn of_incidence(&self, cause: usize) -> f64 {
        let sums = &self.causes[cause];
        sums.b_squared + sums.incidence * (sums.incidence * sums.c_squared - 2.0 * sums.b_c)
    }

    pub(super) fn of_event_free(&self, event_free: f64) -> Option<f64> {
        (event_free > 0.0).then_some(event_free * event_free * self.greenwood_sum)
    }
}

impl CauseSums {
    fn add(&mut self, b: f64, c: f64, variance: f64) {
        self.b_squared += b * b * variance;
        self.b_c += b * c * variance;
        self.c_squared += c * c * variance;
    }
}
