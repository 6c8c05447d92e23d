//! The infinitesimal jackknife of a survival curve and of its cumulative hazard, in one pass over the patients.
//!
//! The contribution `U_c` of a cluster to `S` (see [`kaplan_meier`](super)) is `S V_c`, where an event time with hazard
//! `h = d / n` adds `(h W_c - D_c) / (n - d)` to `V_c`, the contribution to `ln S`. To the Nelson-Aalen estimate it adds
//! `(D_c - h W_c) / n`.

use std::collections::BTreeMap;

use super::Variance;
use super::influence::Influence;
use crate::survival::cohort::{Cohort, Tie};
use crate::survival::cumulative_hazard::Increment;

/// The cluster of each patient, counted from 0, if the variance is that of the jackknife.
pub(super) fn clusters(cohort: &Cohort, variance: Variance<'_>) -> Option<Vec<usize>> {
    match variance {
        Variance::Greenwood => None,
        // METHOD: A weight that is no number of patients calls for the robust variance, as in R.
        Variance::ByWeights if !cohort.has_fractional_weights() => None,
        Variance::ByWeights | Variance::Jackknife => Some((0..cohort.len()).collect()),
        Variance::Clustered(codes) => {
            let mut places = BTreeMap::new();
            let mut place = |code| {
                let next = places.len();
                *places.entry(code).or_insert(next)
            };
            Some(codes.iter().map(&mut place).collect())
        }
    }
}

/// The infinitesimal jackknife of `ln S` and of the cumulative hazard.
pub(super) struct Jackknife<'a> {
    cohort: &'a Cohort,
    clusters: Vec<usize>,
    n_entered: usize,
    log_survival: Influence,
    hazard: Influence,
}

impl<'a> Jackknife<'a> {
    pub(super) fn new(cohort: &'a Cohort, clusters: Vec<usize>) -> Self {
        let n_clusters = clusters.iter().max().map_or(0, |last| last + 1);
        let mut jackknife = Self {
            cohort,
            clusters,
            n_entered: 0,
            log_survival: Influence::new(n_clusters),
            hazard: Influence::new(n_clusters),
        };
        if cohort.entries().is_none() {
            for patient_idx in 0..cohort.len() {
                jackknife.enter(patient_idx);
            }
        }
        jackknife
    }

    fn enter(&mut self, patient_idx: usize) {
        let (cluster, weight) = (self.clusters[patient_idx], self.cohort.weight(patient_idx));
        self.log_survival.enter(cluster, weight);
        self.hazard.enter(cluster, weight);
    }

    /// Standard errors of `ln S` and of the cumulative hazard, once those who share a time have left.
    pub(super) fn std_errs_after(&mut self, tie: &Tie, increment: Option<Increment>) -> [f64; 2] {
        let schedule = self.cohort.schedule();
        for &patient_idx in schedule.entry_order.get(self.n_entered..tie.n_entered).unwrap_or_default() {
            self.enter(patient_idx);
        }
        self.n_entered = tie.n_entered;

        let (n, d) = (tie.risk_weight, tie.event_weight);
        // At S = 0 nobody contributes to the product any more; what follows has no finite logarithm.
        let is_above_0 = tie.n_event < tie.n_risk;
        let [mut log_survival_of_event, mut hazard_of_event] = [0.0; 2];
        if let Some(increment) = increment {
            if is_above_0 {
                self.log_survival.advance(d / (n * (n - d)));
                log_survival_of_event = 1.0 / (n - d);
            }
            self.hazard.advance(increment.influence_at_risk);
            hazard_of_event = increment.influence_of_event;
        }
        for &patient_idx in &schedule.order[tie.members.clone()] {
            let (cluster, weight) = (self.clusters[patient_idx], self.cohort.weight(patient_idx));
            let share = if self.cohort.outcomes()[patient_idx].event { 1.0 } else { 0.0 };
            self.log_survival.leave(cluster, weight, share * log_survival_of_event);
            self.hazard.leave(cluster, weight, share * hazard_of_event);
        }
        [self.log_survival.std_err(), self.hazard.std_err()]
    }
}
