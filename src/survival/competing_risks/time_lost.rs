//! The restricted mean time lost: how much time each cause takes from patients, up to a horizon.
//!
//! Of the time up to the horizon `τ`, patients lose on average the area under the cumulative incidence:
//!
//! ```text
//! L_k(τ) = ∫_0^τ F_k(t) dt,      τ = ∫_0^τ S(t) dt + Σ_k L_k(τ)                         Andersen 2013
//! ```
//!
//! The first part is the restricted mean time free of every cause. Standard errors are by the infinitesimal jackknife. With
//! `B` a chance of 1 to be free at `t`, spent on cause `k` later, patient `i` has the influence
//!
//! ```text
//! V_i = Σ_t S(t-)/n [(dN_ik - Y_i h_k) (τ - t) - (dN_i - Y_i h) B_k(t)]      B_k(t) = ∫_t^τ (F_k(s) - F_k(t)) ds / S(t)
//! Var = Σ_i w_i² V_i²
//! ```
//!
//! over times up to `τ`: an event moves patients to the cause at that time, and takes them from what would have become of
//! them later. Where S(t) is 0 nothing comes later. For the time free of every cause, take `-Σ_k V_i`. Intervals are
//! symmetric, and clipped to [0, τ].
//!
//! # References
//!
//! * Andersen PK. Decomposition of number of life years lost according to causes of death.
//!   *Stat Med* 2013;32:5278-5285. doi:10.1002/sim.5903

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cohort::CompetingCohort;
use crate::error::{Error, Result};
use crate::survival::cohort::Tie;
use crate::survival::kaplan_meier::NORMAL_QUANTILE_975;

/// How the time up to a horizon is spent on average.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeLost {
    /// Number of patients.
    pub n: usize,
    /// The horizon, in the unit of the cohort.
    pub horizon: f64,
    /// Mean time free of every cause.
    pub event_free: MeanTime,
    /// Mean time lost to each cause, in the order of their codes.
    pub lost: Vec<MeanTime>,
}

/// A restricted mean time, in the unit of the cohort.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeanTime {
    /// The mean, from 0 to the horizon.
    #[schemars(range(min = 0.0))]
    pub estimate: f64,
    /// Its standard error.
    #[schemars(range(min = 0.0))]
    pub std_err: f64,
    /// Lower end of its 95 % interval, at least 0.
    #[schemars(range(min = 0.0))]
    pub lower: f64,
    /// Upper end of its 95 % interval, at most the horizon.
    #[schemars(range(min = 0.0))]
    pub upper: f64,
}

/// Estimates how the time from 0 to a horizon is spent.
///
/// # Errors
///
/// * [`Error::OutOfRange`] if the horizon is not a finite number above 0.
/// * [`Error::Unanswerable`] if nobody was followed up to the horizon: what happens before it is not known then, unless
///   everybody has had an event.
///
/// # Examples
///
/// ```
/// use contexture::survival::competing_risks::{CompetingCohort, time_lost};
///
/// let names = ["relapse", "death without relapse"].map(String::from);
/// let cohort = CompetingCohort::from_columns(&[2.0, 3.0, 5.0, 7.0], &[1, 2, 0, 1], &names)?;
/// let spent = time_lost::estimate(&cohort, 6.0)?;
/// // A quarter of the patients relapse at 2, and a quarter die at 3.
/// assert_eq!(spent.lost[0].estimate, 1.0);
/// assert_eq!(spent.lost[1].estimate, 0.75);
/// assert_eq!(spent.event_free.estimate, 4.25);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(cohort: &CompetingCohort, horizon: f64) -> Result<TimeLost> {
    if !(horizon.is_finite() && horizon > 0.0) {
        return Err(Error::OutOfRange { quantity: "horizon", expected: "a finite number above 0", value: horizon });
    }
    let ties = &cohort.cohort().schedule().ties;
    let curves = Curves::up_to(cohort, horizon);
    let followed_up_to = ties.last().map_or(0.0, |tie| tie.time);
    let is_known = horizon <= followed_up_to || curves.event_free.last().is_some_and(|&it| it <= 0.0);
    if !is_known {
        return Err(Error::Unanswerable {
            problem: format!(
                "the time lost up to {horizon} is not known: the last patient is followed up to {followed_up_to}; \
                 choose a horizon no later than that"
            ),
        });
    }
    let n_causes = cohort.names().len();
    let mut influences = vec![0.0; cohort.len()];
    let mut event_free = vec![0.0; cohort.len()];
    let lost: Vec<MeanTime> = (0..n_causes)
        .map(|k| {
            curves.influences(cohort, k, &mut influences);
            for (sum, influence) in event_free.iter_mut().zip(&influences) {
                *sum -= influence;
            }
            MeanTime::new(curves.area(k), cohort, &influences, horizon)
        })
        .collect();
    let area = horizon - lost.iter().map(|it| it.estimate).sum::<f64>();
    Ok(TimeLost { n: cohort.len(), horizon, event_free: MeanTime::new(area, cohort, &event_free, horizon), lost })
}

impl MeanTime {
    fn new(estimate: f64, cohort: &CompetingCohort, influences: &[f64], horizon: f64) -> Self {
        let squares = influences.iter().enumerate().map(|(idx, it)| (cohort.cohort().weight(idx) * it).powi(2));
        let std_err = squares.sum::<f64>().sqrt();
        let reach = NORMAL_QUANTILE_975 * std_err;
        Self { estimate, std_err, lower: (estimate - reach).max(0.0), upper: (estimate + reach).min(horizon) }
    }
}

/// The Aalen-Johansen estimate at the times up to a horizon.
struct Curves<'a> {
    horizon: f64,
    ties: &'a [Tie],
    /// S after each time.
    event_free: Vec<f64>,
    /// Weighted events of each cause: all causes at the first time, then at the second, and so on.
    event_weight: Vec<f64>,
    /// F of each cause after each time, in the same order.
    incidence: Vec<f64>,
    n_causes: usize,
}

impl<'a> Curves<'a> {
    fn up_to(cohort: &'a CompetingCohort, horizon: f64) -> Self {
        let schedule = cohort.cohort().schedule();
        let n_causes = cohort.names().len();
        let ties = &schedule.ties[..schedule.ties.partition_point(|tie| tie.time <= horizon)];
        let mut curves = Self {
            horizon,
            ties,
            event_free: Vec::with_capacity(ties.len()),
            event_weight: vec![0.0; ties.len() * n_causes],
            incidence: vec![0.0; ties.len() * n_causes],
            n_causes,
        };
        let (mut event_free, mut incidence) = (1.0, vec![0.0; n_causes]);
        for (time_idx, tie) in ties.iter().enumerate() {
            let here = time_idx * n_causes..(time_idx + 1) * n_causes;
            for &patient_idx in &schedule.order[tie.members.clone()] {
                if let Some(k) = cohort.causes()[patient_idx].checked_sub(1) {
                    curves.event_weight[here.start + k] += cohort.cohort().weight(patient_idx);
                }
            }
            for (sum, weight) in incidence.iter_mut().zip(&curves.event_weight[here.clone()]) {
                *sum += event_free * weight / tie.risk_weight;
            }
            event_free *= (tie.risk_weight - tie.event_weight) / tie.risk_weight;
            curves.event_free.push(event_free);
            curves.incidence[here].copy_from_slice(&incidence);
        }
        curves
    }

    /// When the step that begins at a time ends.
    fn end(&self, time_idx: usize) -> f64 {
        self.ties.get(time_idx + 1).map_or(self.horizon, |tie| tie.time)
    }

    /// Area under the incidence of a cause.
    fn area(&self, cause: usize) -> f64 {
        let steps = self.ties.iter().enumerate();
        steps.map(|(idx, tie)| self.incidence[idx * self.n_causes + cause] * (self.end(idx) - tie.time)).sum()
    }

    /// The influence of each patient on the area under the incidence of a cause.
    fn influences(&self, cohort: &CompetingCohort, cause: usize, influences: &mut [f64]) {
        let schedule = cohort.cohort().schedule();
        let times = self.ties.iter().enumerate();
        // Of a patient with the event of the cause or of another, and of one at risk, at each time.
        let (mut by_cause, mut by_other) = (vec![0.0; self.ties.len()], vec![0.0; self.ties.len()]);
        let mut at_risk = vec![0.0; self.ties.len() + 1];
        let mut area_after = 0.0;
        for (idx, tie) in times.clone().rev() {
            let incidence = self.incidence[idx * self.n_causes + cause];
            area_after += incidence * (self.end(idx) - tie.time);
            let rest = self.horizon - tie.time;
            let event_free = self.event_free[idx];
            let later = if event_free > 0.0 { (area_after - rest * incidence) / event_free } else { 0.0 };
            let before = if idx > 0 { self.event_free[idx - 1] } else { 1.0 };
            let scale = before / tie.risk_weight;
            by_cause[idx] = scale * (rest - later);
            by_other[idx] = -scale * later;
            let weight = self.event_weight[idx * self.n_causes + cause];
            at_risk[idx + 1] = scale * (later * tie.event_weight - rest * weight) / tie.risk_weight;
        }
        for idx in 1..at_risk.len() {
            at_risk[idx] += at_risk[idx - 1];
        }

        let entered = |patient_idx: usize| {
            let entries = cohort.cohort().entries();
            entries.map_or(0, |it| self.ties.partition_point(|tie| tie.time <= it[patient_idx]))
        };
        for &patient_idx in &schedule.order {
            // Who is followed beyond the horizon, and enters before it, is at risk at all times from the entry on.
            influences[patient_idx] = at_risk[self.ties.len()] - at_risk[entered(patient_idx)];
        }
        for (idx, tie) in times {
            for &patient_idx in &schedule.order[tie.members.clone()] {
                let own = match cohort.causes()[patient_idx] {
                    0 => 0.0,
                    met if met == cause + 1 => by_cause[idx],
                    _ => by_other[idx],
                };
                influences[patient_idx] = own + at_risk[idx + 1] - at_risk[entered(patient_idx)];
            }
        }
    }
}

#[cfg(test)]
mod tests;
