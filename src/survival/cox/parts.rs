//! The parts in which tied patients leave the risk set, summed.
//!
//! `d` patients have the event at a time, and part `k` of `0..d` has the share `f_k = 1 - k/d` of each of them still at risk.
//! With `A` the sums over the others at risk and `T` those over the tied patients, the sums of a part are `A + f_k T`, and
//! whatever is linear or quadratic in them goes back to five numbers:
//!
//! ```text
//! Σ_k s1_k / s0_k          = A1 Σ 1/s0 + T1 Σ f/s0
//! Σ_k s1_k s1_k' / s0_k²   = A1 A1' Σ 1/s0² + (A1 T1' + T1 A1') Σ f/s0² + T1 T1' Σ f²/s0²
//! ```
//!
//! So the time that many ties take does not depend on the number of columns.

use super::moments::Moments;
use super::risk_sets::{EventTie, RiskSets};
use super::ties::Ties;

/// Sums over the parts of one event time.
pub(super) struct Parts {
    /// Weight of the events that each part stands for.
    pub(super) event_weight: f64,
    /// `Σ ln s0`.
    pub(super) log: f64,
    /// `Σ 1/s0`.
    pub(super) inverse: f64,
    /// `Σ f/s0`.
    pub(super) share: f64,
    /// `Σ 1/s0²`.
    pub(super) inverse_squared: f64,
    /// `Σ f/s0²`.
    pub(super) share_squared: f64,
    /// `Σ f²/s0²`.
    pub(super) both_squared: f64,
}

impl RiskSets {
    /// The parts of an event time: with the sums over those at risk who do not have the event then, and over those who have.
    pub(super) fn parts(&self, tie: &EventTie, others: &Moments, tied: &Moments) -> Parts {
        // METHOD: Tied events are treated as Efron proposed, R's default, unless another way is asked for; without ties
        // all proposals agree.
        let n_parts = if self.ties == Ties::Efron { tie.n_event } else { 1 };
        let mut parts = Parts {
            event_weight: tie.event_weight / n_parts as f64,
            log: 0.0,
            inverse: 0.0,
            share: 0.0,
            inverse_squared: 0.0,
            share_squared: 0.0,
            both_squared: 0.0,
        };
        for n_left in 1..=n_parts {
            let share = n_left as f64 / n_parts as f64;
            let s0 = others.sum + share * tied.sum;
            let inverse = 1.0 / s0;
            parts.log += s0.ln();
            parts.inverse += inverse;
            parts.share += share * inverse;
            parts.inverse_squared += inverse * inverse;
            parts.share_squared += share * inverse * inverse;
            parts.both_squared += (share * inverse) * (share * inverse);
        }
        parts
    }
}
