//! The partial likelihood as a function of the linear predictor, for models with too many columns for matrices.
//!
//! Given the baseline hazard, events are Poisson counts: patient `i`, at risk in `(u, t]`, expects
//!
//! ```text
//! a_i = r_i [ H(t_i) - H(u_i) ],      r = w e^η,      S = Σ_R r,      dH = w_D / S                Breslow 1974
//! ∂l/∂η_i   = w_i δ_i - a_i
//! (-∂²l v)_i = a_i v_i - r_i [ G(t_i) - G(u_i) ],      dG = w_D Σ_R r v / S²
//! ```
//!
//! so that the gradient, and the curvature in any direction `v`, take one pass over the patients, who stand in the order of
//! time for it. With Efron's treatment,
//! patients with tied events expect the shares of the hazard that are left to them. The saturated model has all risk on
//! the patients with the event.
//!
//! # References
//!
//! * Breslow N. Covariance analysis of censored survival data. *Biometrics* 1974;30:89-99. doi:10.2307/2529620

use std::ops::Range;

use super::Ties;
use crate::survival::cohort::{Cohort, Schedule};

/// The outcomes of a cohort. Numbers of patients are at their *places*: stratum by stratum in the order of time, and at a
/// time those with the event first.
pub(super) struct Likelihood {
    /// The patient at each place.
    order: Vec<usize>,
    /// Weight of the patient at each place.
    weights: Vec<f64>,
    /// Weight of the event at each place; 0 without the event.
    pub(super) observed: Vec<f64>,
    strata: Vec<Stratum>,
}

/// Patients who are at risk together.
struct Stratum {
    /// Those whose follow-up ended before the first event.
    before: Range<usize>,
    times: Vec<EventTime>,
    /// Places by time of entry; empty if all are at risk from the start.
    entry_order: Vec<usize>,
}

/// A time with events.
struct EventTime {
    /// Those who have the event.
    tied: Range<usize>,
    /// Those whose follow-up ends then or before the next such time, without the event.
    others: Range<usize>,
    /// How many of [`Stratum::entry_order`] have entered before.
    n_entered: usize,
    /// Whether nobody is at risk but those who have the event.
    is_alone: bool,
    /// Weight of the events.
    weight: f64,
    /// In how many parts those with the event leave the risk set.
    n_parts: usize,
}

/// The log partial likelihood at a linear predictor, and what its derivatives are made of.
pub(super) struct Expected {
    pub(super) log_likelihood: f64,
    /// How many events each patient expects.
    pub(super) n_events: Vec<f64>,
    /// Weight times `e^η` of each patient.
    risks: Vec<f64>,
    /// Weight over squared sum of risks, for each part of each event time of each stratum.
    slopes: Vec<f64>,
}

impl Likelihood {
    pub(super) fn new(cohort: &Cohort, schedules: &[Schedule], ties: Ties) -> Self {
        let mut order = Vec::with_capacity(cohort.len());
        let has_event = |idx: usize| cohort.outcomes()[idx].event;
        let mut place_of = vec![0; cohort.len()];
        let strata = schedules.iter().map(|schedule| {
            let mut stratum = Stratum { before: order.len()..order.len(), times: Vec::new(), entry_order: Vec::new() };
            for tie in &schedule.ties {
                let start = order.len();
                let members = &schedule.order[tie.members.clone()];
                order.extend(members.iter().copied().filter(|&idx| has_event(idx)));
                let middle = order.len();
                order.extend(members.iter().copied().filter(|&idx| !has_event(idx)));
                if tie.n_event > 0 {
                    stratum.times.push(EventTime {
                        tied: start..middle,
                        others: middle..order.len(),
                        n_entered: tie.n_entered,
                        is_alone: tie.n_risk == tie.n_event,
                        weight: tie.event_weight,
                        n_parts: ties.n_parts(tie.n_event),
                    });
                } else {
                    stratum.times.last_mut().map_or(&mut stratum.before, |it| &mut it.others).end = order.len();
                }
            }
            for (place, &idx) in order.iter().enumerate().skip(stratum.before.start) {
                place_of[idx] = place;
            }
            stratum.entry_order = schedule.entry_order.iter().map(|&idx| place_of[idx]).collect();
            stratum
        });
        let strata = strata.collect();
        Self {
            weights: order.iter().map(|&idx| cohort.weight(idx)).collect(),
            observed: order.iter().map(|&idx| if has_event(idx) { cohort.weight(idx) } else { 0.0 }).collect(),
            order,
            strata,
        }
    }

    /// Number of patients.
    pub(super) fn n_patients(&self) -> usize {
        self.order.len()
    }

    /// Sum of the weights of all patients.
    pub(super) fn total_weight(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// Numbers in the order of the cohort, put in their places.
    pub(super) fn arranged(&self, values: &[f64]) -> Vec<f64> {
        self.order.iter().map(|&idx| values[idx]).collect()
    }

    /// The likelihood at a linear predictor.
    pub(super) fn at(&self, predictor: &[f64]) -> Expected {
        let risks: Vec<f64> = predictor.iter().zip(&self.weights).map(|(it, weight)| weight * it.exp()).collect();
        let mut log_likelihood: f64 =
            predictor.iter().zip(&self.observed).filter(|it| *it.1 > 0.0).map(|(it, weight)| weight * it).sum();
        let mut n_events = vec![0.0; risks.len()];
        let mut slopes = Vec::with_capacity(risks.len());
        for stratum in &self.strata {
            let sums = stratum.risk_sums(&risks);
            let hazard = |(time, sums): (&EventTime, &RiskSums)| {
                let mut hazard = Increment::default();
                for (left, weight) in time.parts() {
                    let sum = sums.with(left);
                    log_likelihood -= weight * sum.ln();
                    slopes.push(weight / (sum * sum));
                    hazard.add(left, weight / sum);
                }
                hazard
            };
            let hazards: Vec<Increment> = stratum.times.iter().zip(&sums).map(hazard).collect();
            stratum.accumulate(&hazards, &mut n_events);
        }
        for (n_events, risk) in n_events.iter_mut().zip(&risks) {
            *n_events *= risk;
        }
        Expected { log_likelihood, n_events, risks, slopes }
    }

    /// The negative second derivative of the likelihood times a direction.
    pub(super) fn curvature(&self, expected: &Expected, direction: &[f64]) -> Vec<f64> {
        let along: Vec<f64> = direction.iter().zip(&expected.risks).map(|(v, risk)| v * risk).collect();
        let mut product = vec![0.0; direction.len()];
        let mut slopes = expected.slopes.iter();
        for stratum in &self.strata {
            let sums = stratum.risk_sums(&along);
            let increment = |(time, sums): (&EventTime, &RiskSums)| {
                let mut increment = Increment::default();
                for ((left, _), slope) in time.parts().zip(slopes.by_ref()) {
                    increment.add(left, slope * sums.with(left));
                }
                increment
            };
            let increments: Vec<Increment> = stratum.times.iter().zip(&sums).map(increment).collect();
            stratum.accumulate(&increments, &mut product);
        }
        for (((product, v), risk), n_events) in
            product.iter_mut().zip(direction).zip(&expected.risks).zip(&expected.n_events)
        {
            *product = n_events * v - risk * *product;
        }
        product
    }

    /// Log partial likelihood of a model that knows who has the event.
    pub(super) fn saturated(&self) -> f64 {
        let times = self.strata.iter().flat_map(|it| &it.times);
        times.flat_map(|time| time.parts().map(|(left, weight)| -weight * (left * time.weight).ln())).sum()
    }
}

impl Stratum {
    /// The sum of a value over the patients at risk, at each event time.
    fn risk_sums(&self, values: &[f64]) -> Vec<RiskSums> {
        let mut sums = vec![RiskSums::default(); self.times.len()];
        let (mut later, mut n_entered) = (0.0, self.entry_order.len());
        for (time, sums) in self.times.iter().zip(&mut sums).rev() {
            later -= self.entry_order[time.n_entered..n_entered].iter().map(|&place| values[place]).sum::<f64>();
            n_entered = time.n_entered;
            later += values[time.others.clone()].iter().sum::<f64>();
            sums.tied = values[time.tied.clone()].iter().sum();
            // What subtraction left must not pass for patients at risk.
            sums.others = if time.is_alone { 0.0 } else { later };
            later += sums.tied;
        }
        sums
    }

    /// Tells each patient what has accumulated from entry to end; one increment per event time.
    fn accumulate(&self, increments: &[Increment], amounts: &mut [f64]) {
        let (mut total, mut n_entered) = (0.0, 0);
        amounts[self.before.clone()].fill(0.0);
        let mut at_entry = vec![0.0; self.entry_order.len()];
        for (time, increment) in self.times.iter().zip(increments) {
            at_entry[n_entered..time.n_entered].fill(total);
            n_entered = time.n_entered;
            amounts[time.tied.clone()].fill(total + increment.of_tied);
            total += increment.of_others;
            amounts[time.others.clone()].fill(total);
        }
        // Who entered after the last event was at risk at none.
        at_entry[n_entered..].fill(total);
        for (&place, at_entry) in self.entry_order.iter().zip(&at_entry) {
            amounts[place] -= at_entry;
        }
    }
}

impl EventTime {
    /// For each part in which tied patients leave the risk set: the share of them that is left, and its weight.
    fn parts(&self) -> impl Iterator<Item = (f64, f64)> {
        let (n_parts, weight) = (self.n_parts, self.weight / self.n_parts as f64);
        (0..n_parts).map(move |part| (1.0 - part as f64 / n_parts as f64, weight))
    }
}

/// What a time adds for those who have the event then, and for the others at risk.
#[derive(Clone, Copy, Default)]
struct Increment {
    of_tied: f64,
    of_others: f64,
}

impl Increment {
    /// Adds a part of the events, to which a share of the tied patients are still exposed.
    fn add(&mut self, left: f64, amount: f64) {
        self.of_tied += left * amount;
        self.of_others += amount;
    }
}

/// A sum over the patients at risk at a time: over those who have the event then, and over the others.
#[derive(Clone, Copy, Default)]
struct RiskSums {
    tied: f64,
    others: f64,
}

impl RiskSums {
    /// The sum with a share of the tied patients.
    fn with(self, left: f64) -> f64 {
        self.others + left * self.tied
    }
}
