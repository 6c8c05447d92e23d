//! Variance of the Aalen-Johansen estimate by the infinitesimal jackknife, in one pass over the times.
//!
//! The influence of patient `i` is the derivative of the estimate by the patient's weight. With `Y_i` 1 while the patient
//! is at risk and `dN_ik` 1 at an event of cause `k`, it changes at each time with an event by
//!
//! ```text
//! U_i  ← U_i (1 - h) - (S/n) (dN_i - Y_i h)                       of S;    h = d/n,     S just before the time
//! V_ik ← V_ik + U_i h_k + (S/n) (dN_ik - Y_i h_k)                 of F_k;  h_k = d_k/n, U_i just before the time
//!
//! Var S = Σ w_i² U_i²      Var F_k = Σ w_i² V_ik²
//! ```
//!
//! These steps are the same for everybody but for the patients with an event. So the sums `Σ w² U²`, `Σ w² U V_k` and
//! `Σ w² V_k²` over all patients can be carried from time to time without any patient's influence, if the sums of `w²`,
//! `w² U` and `w² V_k` over those at risk are known. They are: somebody at risk since the start has the influence
//! `u(t)`, `v_k(t)`, and who entered at `e` has
//!
//! ```text
//! U_i  = u(t) - α S(t)                        α   = u(e) / S(e)
//! V_ik = v_k(t) - β_k - α F_k(t)              β_k = v_k(e) - α F_k(e)
//! ```
//!
//! One time costs as much as its patients and causes; no table of patients by times is made.
//!
//! # References
//!
//! * Therneau TM, Crowson CS, Atkinson EJ. *Multi-state models and competing risks*, vignette of the R package survival.
//!   <https://cran.r-project.org/package=survival>
//! * Efron B, Stein C. The jackknife estimate of variance. *Ann Stat* 1981;9:586-596. doi:10.1214/aos/1176345462

use super::Before;
use crate::survival::cohort::{Schedule, Tie};
use crate::survival::competing_risks::CompetingCohort;

/// A sum of squares that is so much smaller than its terms has lost its digits; its root would show half of them.
const CANCELLATION: f64 = 1e-12;

/// The sums over patients as far as the walk has come.
pub(super) struct Influence<'a> {
    patients: Patients<'a>,
    /// `u`, and `v` of each cause.
    from_start: Vec<f64>,
    /// How many of the schedule's entries are in `at_risk`.
    n_entered: usize,
    at_risk: OriginSums,
    /// Those with the event of each cause at the current time.
    events: Vec<OriginSums>,
    /// `Σ w² U²`.
    event_free_squared: f64,
    causes: Vec<CauseSums>,
}

/// The patients of one group, each with its weight and the state of the estimate when it entered.
struct Patients<'a> {
    cohort: &'a CompetingCohort,
    schedule: &'a Schedule,
    /// `α` and `β` of who enters before the first time, after the first time, and so on; empty without late entry.
    origins: Vec<f64>,
}

/// `Σ w² U V` and `Σ w² V²` of a cause over all patients.
#[derive(Clone, Default)]
struct CauseSums {
    product: f64,
    squared: f64,
}

/// Sums over some patients of `w²`, of `w² α`, and of `w² β` of each cause.
#[derive(Clone)]
struct OriginSums {
    squared_weight: f64,
    origin: Vec<f64>,
}

impl<'a> Influence<'a> {
    pub(super) fn new(cohort: &'a CompetingCohort, schedule: &'a Schedule) -> Self {
        let n_causes = cohort.names().len();
        let mut patients = Patients { cohort, schedule, origins: Vec::new() };
        let mut at_risk = OriginSums::none(n_causes);
        if cohort.cohort().entries().is_some() {
            patients.origins.resize(n_causes + 1, 0.0);
        } else {
            at_risk.squared_weight = schedule.order.iter().map(|&it| patients.squared_weight(it)).sum();
        }
        Self {
            patients,
            from_start: vec![0.0; n_causes + 1],
            n_entered: 0,
            at_risk,
            events: vec![OriginSums::none(n_causes); n_causes],
            event_free_squared: 0.0,
            causes: vec![CauseSums::default(); n_causes],
        }
    }

    /// Moves past a time with `event_weight` events of each cause.
    pub(super) fn pass(&mut self, tie: &Tie, before: &Before, event_weight: &[f64]) {
        // Once nobody is event-free, no later event changes anything.
        if before.event_free <= 0.0 {
            return;
        }
        let schedule = self.patients.schedule;
        for &patient_idx in &schedule.entry_order[self.n_entered..tie.n_entered] {
            self.at_risk.add(self.patients.squared_weight(patient_idx), self.patients.origin(patient_idx));
        }
        self.n_entered = tie.n_entered;

        let members = &schedule.order[tie.members.clone()];
        if tie.n_event > 0 {
            let mut events = std::mem::take(&mut self.events);
            events.iter_mut().for_each(OriginSums::clear);
            for &patient_idx in members {
                if let Some(k) = self.patients.cohort.causes()[patient_idx].checked_sub(1) {
                    events[k].add(self.patients.squared_weight(patient_idx), self.patients.origin(patient_idx));
                }
            }
            self.pass_events(tie, before, event_weight, &events);
            self.events = events;
        }
        for &patient_idx in members {
            self.at_risk.add(-self.patients.squared_weight(patient_idx), self.patients.origin(patient_idx));
        }
        if !self.patients.origins.is_empty() {
            self.note_origin(tie, before, event_weight);
        }
    }

    /// Carries the sums over all patients, and the influence of one at risk since the start, past the events of a time.
    fn pass_events(&mut self, tie: &Tie, before: &Before, event_weight: &[f64], events: &[OriginSums]) {
        let n = tie.risk_weight;
        let (s, h) = (before.event_free / n, tie.event_weight / n);
        let left = (n - tie.event_weight) / n;
        let (at_risk, start) = (&self.at_risk, &self.from_start);
        let u_at_risk = at_risk.event_free(start, before);
        let u_events: f64 = events.iter().map(|it| it.event_free(start, before)).sum();
        let weight = at_risk.squared_weight;
        let event_weight_squared: f64 = events.iter().map(|it| it.squared_weight).sum();

        for (k, (sums, of_cause)) in self.causes.iter_mut().zip(events).enumerate() {
            let h_k = event_weight[k] / n;
            let u_of_cause = of_cause.event_free(start, before);
            // Of V after the part of its step that is the same for everybody.
            let moved = |sums: &OriginSums| sums.incidence(start, before, k) + h_k * sums.event_free(start, before);
            let v_at_risk = moved(at_risk);
            let v_events: f64 = events.iter().map(&moved).sum();
            let v_of_cause = moved(of_cause);
            let w_of_cause = of_cause.squared_weight;

            sums.squared = sum_that_may_cancel([
                sums.squared,
                2.0 * h_k * sums.product,
                h_k * h_k * self.event_free_squared,
                2.0 * s * (v_of_cause - h_k * v_at_risk),
                s * s * (w_of_cause * (1.0 - 2.0 * h_k) + h_k * h_k * weight),
            ]);
            sums.product = left * (sums.product + h_k * self.event_free_squared)
                + s * left * (u_of_cause - h_k * u_at_risk)
                - s * (v_events - h * v_at_risk)
                - s * s * (left * w_of_cause - h_k * event_weight_squared + h * h_k * weight);
        }
        self.event_free_squared = left * left * self.event_free_squared - 2.0 * s * left * (u_events - h * u_at_risk)
            + s * s * (event_weight_squared * (1.0 - 2.0 * h) + h * h * weight);

        let u = self.from_start[0];
        for (v, event_weight) in self.from_start[1..].iter_mut().zip(event_weight) {
            *v += (u - s) * event_weight / n;
        }
        self.from_start[0] = u * left + s * h;
        if tie.n_event == tie.n_risk {
            // S is 0 whatever the weights: nobody has an influence on it, and round-off must not leave one.
            self.event_free_squared = 0.0;
            self.causes.iter_mut().for_each(|it| it.product = 0.0);
        }
    }

    /// Keeps `α` and `β` of those who enter after a time and before the next.
    fn note_origin(&mut self, tie: &Tie, before: &Before, event_weight: &[f64]) {
        let n = tie.risk_weight;
        let event_free = before.event_free * (n - tie.event_weight) / n;
        let alpha = if event_free > 0.0 { self.from_start[0] / event_free } else { 0.0 };
        self.patients.origins.push(alpha);
        for (k, v) in self.from_start[1..].iter().enumerate() {
            let incidence = before.incidence[k] + before.event_free * event_weight[k] / n;
            self.patients.origins.push(v - alpha * incidence);
        }
    }

    pub(super) fn of_event_free(&self) -> f64 {
        self.event_free_squared
    }

    pub(super) fn of_incidence(&self, cause: usize) -> f64 {
        self.causes[cause].squared
    }
}

impl Patients<'_> {
    fn squared_weight(&self, patient_idx: usize) -> f64 {
        self.cohort.cohort().weight(patient_idx).powi(2)
    }

    /// `α` and `β` of a patient who has entered; nothing without late entry, when they are zero.
    fn origin(&self, patient_idx: usize) -> &[f64] {
        let Some(entries) = self.cohort.cohort().entries() else { return &[] };
        let n_before = self.schedule.ties.partition_point(|tie| tie.time <= entries[patient_idx]);
        let length = self.cohort.names().len() + 1;
        &self.origins[n_before * length..(n_before + 1) * length]
    }
}

/// A sum of squares, by terms of either sign; 0 if it is no more than what round-off leaves of them.
///
/// When the last patients at risk have the event, the influences of all may vanish, as those on an only cause do.
fn sum_that_may_cancel<const N: usize>(terms: [f64; N]) -> f64 {
    let sum: f64 = terms.iter().sum();
    let size: f64 = terms.iter().map(|it| it.abs()).sum();
    if sum > CANCELLATION * size { sum } else { 0.0 }
}

impl OriginSums {
    fn none(n_causes: usize) -> Self {
        Self { squared_weight: 0.0, origin: vec![0.0; n_causes + 1] }
    }

    fn clear(&mut self) {
        self.squared_weight = 0.0;
        self.origin.fill(0.0);
    }

    fn add(&mut self, squared_weight: f64, origin: &[f64]) {
        self.squared_weight += squared_weight;
        for (sum, value) in self.origin.iter_mut().zip(origin) {
            *sum += squared_weight * value;
        }
    }

    /// `Σ w² U`.
    fn event_free(&self, from_start: &[f64], before: &Before) -> f64 {
        from_start[0] * self.squared_weight - before.event_free * self.origin[0]
    }

    /// `Σ w² V` of a cause.
    fn incidence(&self, from_start: &[f64], before: &Before, k: usize) -> f64 {
        from_start[k + 1] * self.squared_weight - self.origin[k + 1] - before.incidence[k] * self.origin[0]
    }
}
