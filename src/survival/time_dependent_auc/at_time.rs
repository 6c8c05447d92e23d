//! One ROC curve: weights of cases and controls at a time, and terms of the patients.

use super::influence::CensoringInfluence;
use super::pairs::{MarkerOrder, Pairs};
use super::{Auc, AucAt, Convention};
use crate::survival::censoring::CensoringCurve;
use crate::survival::cohort::{Cohort, Schedule};

/// Patients in the order of time, with what does not depend on the time of the curve.
pub(super) struct Weighted<'a> {
    cohort: &'a Cohort,
    schedule: &'a Schedule,
    censoring: &'a CensoringInfluence,
    in_view: &'a CensoringCurve,
    /// By position: end of follow-up, and how it ended.
    ends: Vec<(f64, End)>,
    /// By position: `G` just before the time of the patient, and after it.
    in_view_before: Vec<f64>,
    in_view_after: Vec<f64>,
    by_marker: MarkerOrder,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Event,
    Competing,
    Censored,
}

impl<'a> Weighted<'a> {
    pub(super) fn new(
        cohort: &'a Cohort,
        marker: &[f64],
        competes: impl Fn(usize) -> bool,
        in_view: &'a CensoringCurve,
        censoring: &'a CensoringInfluence,
    ) -> Self {
        let schedule = cohort.schedule();
        let end = |&idx: &usize| {
            let outcome = cohort.outcomes()[idx];
            match (outcome.event, competes(idx)) {
                (true, _) => (outcome.time, End::Event),
                (false, true) => (outcome.time, End::Competing),
                (false, false) => (outcome.time, End::Censored),
            }
        };
        let ends: Vec<(f64, End)> = schedule.order.iter().map(end).collect();
        Self {
            cohort,
            schedule,
            censoring,
            in_view,
            in_view_before: ends.iter().map(|it| in_view.before(it.0)).collect(),
            in_view_after: ends.iter().map(|it| in_view.at(it.0)).collect(),
            ends,
            by_marker: MarkerOrder::new(schedule.order.iter().map(|&idx| marker[idx])),
        }
    }

    pub(super) fn at(&self, time: f64, convention: Convention) -> AucAt {
        let n = self.ends.len();
        let in_view_at_ends = match convention {
            Convention::TimeRoc => &self.in_view_before,
            Convention::ScikitSurvival => &self.in_view_after,
        };
        // METHOD: timeROC leaves out whose time is the time of the curve; scikit-survival has their events as cases.
        let has_come = |end: f64| match convention {
            Convention::TimeRoc => end < time,
            Convention::ScikitSurvival => end <= time,
        };
        let weights = |kind: End| -> Vec<f64> {
            let weight = |(&(end, how), in_view): (&(f64, End), &f64)| {
                if how == kind && has_come(end) { 1.0 / in_view } else { 0.0 }
            };
            self.ends.iter().zip(in_view_at_ends).map(weight).collect()
        };
        let (cases, competing) = (weights(End::Event), weights(End::Competing));
        let in_view_now = self.in_view.at(time);
        let event_free: Vec<f64> =
            self.ends.iter().map(|it| if it.0 > time { 1.0 / in_view_now } else { 0.0 }).collect();

        let count = |weights: &[f64]| weights.iter().filter(|it| **it > 0.0).count();
        let (n_cases, n_event_free, n_competing) = (count(&cases), count(&event_free), count(&competing));
        let mean = |weights: &[f64]| weights.iter().sum::<f64>() / n as f64;
        let (event_probability, survival) = (mean(&cases), mean(&event_free));
        let mut against_event_free = None;
        let mut against_all = None;
        if n_cases > 0 && n_event_free + n_competing > 0 {
            let pairs = self.by_marker.pairs(&cases, &event_free);
            if n_competing > 0 {
                let competing_pairs = self.by_marker.pairs(&cases, &competing);
                let auc = (pairs.total + competing_pairs.total)
                    / (n as f64 * n as f64 * event_probability * (survival + mean(&competing)));
                let terms = self.terms_against_all(time, &cases, event_probability, &pairs, &competing_pairs);
                against_all = self.auc(auc, &terms);
            }
            if n_event_free > 0 {
                let auc = pairs.total / (n as f64 * n as f64 * event_probability * survival);
                let terms = self.terms_against_event_free(time, &cases, event_probability, survival, &pairs);
                against_event_free = self.auc(auc, &terms);
            }
        }
        AucAt {
            time,
            n_cases,
            n_event_free,
            n_competing,
            n_left_out: n - n_cases - n_event_free - n_competing,
            event_probability: if n > 0 { event_probability } else { 0.0 },
            event_free: against_event_free,
            all_others: against_all,
        }
    }

    /// Puts the terms into the order of the cohort; `None` if weights are infinite, as where nobody is in view any more.
    fn auc(&self, auc: f64, terms: &[f64]) -> Option<Auc> {
        let mut influence = vec![0.0; self.cohort.len()];
        for (&patient_idx, &term) in self.schedule.order.iter().zip(terms) {
            influence[patient_idx] = term;
        }
        Some(Auc::new(auc, influence)).filter(|it| it.auc.is_finite() && it.std_err.is_finite())
    }

    /// Terms of the patients where controls are those without any event. With `h` the mean of all pairs, `F` and `S` the
    /// mean weights of cases and controls, `c_i` and `r_j` the pairs of case `i` and control `j`, and `v_k` 1 over the
    /// share of controls for each of them,
    ///
    /// ```text
    /// [c_k + r_k - n h (v_k + a_k/F) + Σ_i (c_i - n h a_i/F) M_ik / n] / (n F S)       Blanche 2013, web appendix
    /// ```
    fn terms_against_event_free(
        &self,
        time: f64,
        cases: &[f64],
        event_probability: f64,
        survival: f64,
        pairs: &Pairs,
    ) -> Vec<f64> {
        let n = self.ends.len() as f64;
        let all = pairs.total / n;
        let n_controls = self.ends.iter().filter(|it| it.0 > time).count() as f64;
        let g: Vec<f64> =
            cases.iter().zip(&pairs.of_cases).map(|(a, c)| (c - all * a / event_probability) / n).collect();
        let censoring = self.censoring.weighted_sums(&g);
        let term = |k: usize| {
            let control = if self.ends[k].0 > time { n / n_controls } else { 0.0 };
            let own = pairs.of_cases[k] + pairs.of_controls[k] - all * (control + cases[k] / event_probability);
            (own + censoring[k]) / (n * event_probability * survival)
        };
        (0..self.ends.len()).map(term).collect()
    }

    /// Terms of the patients where all who are not cases are controls; `q = h (1 - 2F) / (F (1 - F))`, and `t` stands
    /// for the last patient up to the time of the curve:
    ///
    /// ```text
    /// [c_k + r_k - 2 n h - n q (a_k - F) + h n M_tk + Σ_j r_j M_jk / n + Σ_i (c_i - n q a_i) M_ik / n] / (n F (1 - F))
    /// ```
    ///
    /// with `h M_tk` of pairs with controls in view only, and `r_j M_jk` of those with a competing event.
    fn terms_against_all(
        &self,
        time: f64,
        cases: &[f64],
        event_probability: f64,
        event_free: &Pairs,
        competing: &Pairs,
    ) -> Vec<f64> {
        let n = self.ends.len() as f64;
        let all = (event_free.total + competing.total) / n;
        let spread = event_probability * (1.0 - event_probability);
        let q = all * (1.0 - 2.0 * event_probability) / spread;
        let of_cases = |k: usize| event_free.of_cases[k] + competing.of_cases[k];
        let g: Vec<f64> =
            (0..self.ends.len()).map(|k| (of_cases(k) - q * cases[k] + competing.of_controls[k]) / n).collect();
        let censoring = self.censoring.weighted_sums(&g);
        let at_time = self.censoring.after(self.ends.partition_point(|it| it.0 <= time));
        let term = |k: usize| {
            let of_controls = event_free.of_controls[k] + competing.of_controls[k];
            let own = of_cases(k) + of_controls - 2.0 * all - q * (cases[k] - event_probability);
            (own + event_free.total / n * at_time[k] + censoring[k]) / (n * spread)
        };
        (0..self.ends.len()).map(term).collect()
    }
}
