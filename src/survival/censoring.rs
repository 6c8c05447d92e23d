//! The censoring distribution, and inverse probability of censoring weights.
//!
//! A patient who was lost before a time `t` says nothing of what was at `t`. Those whose state at `t` is known stand in
//! for the lost: each is weighted by the inverse of the probability of having been kept in view so long,
//!
//! ```text
//! G(t)   = P(C > t) = Π_{t_i ≤ t} (1 - c_i / (n_i - d_i))           Kaplan & Meier 1958, of the censorings
//! w_i(t) = 1 / G(T_i-)  if the event happened at T_i ≤ t            Graf 1999; Gerds & Schumacher 2006
//!          1 / G(t)     if T_i > t
//!          0            if censored before t
//! ```
//!
//! with `c_i` censorings, `d_i` events and `n_i` patients at risk at `t_i`. Events come before censorings of the same
//! time, so that those with the event have left the risk set. `G(T_i-)` is never 0: whoever has an event at `T_i` was
//! at risk at every censoring before it. Case weights count patients.
//!
//! # References
//!
//! * Graf E, Schmoor C, Sauerbrei W, Schumacher M. Assessment and comparison of prognostic classification schemes for
//!   survival data. *Stat Med* 1999;18:2529-2545. `doi:10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5`
//! * Gerds TA, Schumacher M. Consistent estimation of the expected Brier score in general survival models with
//!   right-censored event times. *Biom J* 2006;48:1029-1040. doi:10.1002/bimj.200610301

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cohort::{Cohort, Schedule};
use crate::error::{Error, Result};

/// What becomes of a patient who is censored at the time of an event of another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TiedCensoring {
    /// The censoring came after the event: the two are compared, and the patient with the event had left before anybody
    /// could be lost. R's survival.
    #[default]
    AfterEvent,
    /// The two are not compared, and the patient with the event is among those who could be lost. The package survC1,
    /// which also leaves out an event at the last time itself.
    WithEvent,
}

/// Probability of being in view, from one time at which somebody's follow-up ends up to the next.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CensoringCurve {
    times: Vec<f64>,
    /// `G` just before each time, and after the last one.
    before: Vec<f64>,
}

impl CensoringCurve {
    /// The curve of the patients of a schedule.
    pub(super) fn of(cohort: &Cohort, schedule: &Schedule, tied_censoring: TiedCensoring) -> Self {
        let mut in_view = 1.0;
        let mut before = vec![1.0];
        before.extend(schedule.ties.iter().map(|tie| {
            let censored: f64 = schedule.order[tie.members.clone()]
                .iter()
                .filter(|&&it| !cohort.outcomes()[it].event)
                .map(|&it| cohort.weight(it))
                .sum();
            // METHOD: Events come first, so who has one is not at risk of being censored at the same time.
            let (n_tied, event_weight) = match tied_censoring {
                TiedCensoring::AfterEvent => (tie.members.len(), tie.event_weight),
                TiedCensoring::WithEvent => (tie.members.len() - tie.n_event, 0.0),
            };
            if tie.members.len() > tie.n_event {
                let at_risk = tie.risk_weight - event_weight;
                // What subtraction leaves of fractional weights must not pass for patients in view.
                in_view *= if tie.n_risk == n_tied { 0.0 } else { (at_risk - censored) / at_risk };
            }
            in_view
        }));
        Self { times: schedule.ties.iter().map(|tie| tie.time).collect(), before }
    }

    /// The curve of a cohort in which all are at risk from the start.
    ///
    /// # Errors
    ///
    /// * [`Error::Unanswerable`] if patients enter late: who was lost before could enter is not known.
    pub(super) fn of_all(cohort: &Cohort) -> Result<Self> {
        refuse_late_entry(cohort)?;
        Ok(Self::of(cohort, cohort.schedule(), TiedCensoring::AfterEvent))
    }

    /// `G(t-)`: probability of not being lost before a time.
    pub(super) fn before(&self, time: f64) -> f64 {
        self.before[self.times.partition_point(|it| *it < time)]
    }

    /// `G(t)`: probability of not being lost up to and including a time.
    pub(super) fn at(&self, time: f64) -> f64 {
        self.before[self.times.partition_point(|it| *it <= time)]
    }

    /// `G` just before each distinct time of the schedule.
    pub(super) fn before_ties(&self) -> &[f64] {
        &self.before[..self.times.len()]
    }

    /// The last time at which somebody's follow-up ends; `None` without patients.
    pub(super) fn last_time(&self) -> Option<f64> {
        self.times.last().copied()
    }
}

/// Complains if patients enter late: who was lost before could enter is not known.
pub(super) fn refuse_late_entry(cohort: &Cohort) -> Result<()> {
    match cohort.entries() {
        Some(_) => Err(Error::Unanswerable {
            problem: "weights for censoring need all patients to be followed from the start, found times of entry; \
                      leave out who entered late, or use a measure without such weights"
                .to_owned(),
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_leave_before_censorings_of_the_same_time() {
        let cohort = Cohort::from_columns(&[1.0, 1.0, 2.0, 3.0], &[true, false, true, false]).unwrap();
        let curve = CensoringCurve::of_all(&cohort).unwrap();
        // At 1 three are at risk of being lost, and one is; at 3 the last is.
        assert_eq!(
            (curve.before(1.0), curve.at(1.0), curve.before(3.0), curve.at(3.0)),
            (1.0, 2.0 / 3.0, 2.0 / 3.0, 0.0)
        );
        assert_eq!(curve.before_ties(), [1.0, 2.0 / 3.0, 2.0 / 3.0]);
        assert_eq!(curve.last_time(), Some(3.0));
    }

    #[test]
    fn a_weight_of_two_is_two_patients() {
        let twice = Cohort::from_columns(&[1.0, 1.0, 2.0, 3.0], &[false, false, true, false]).unwrap();
        let weighted = Cohort::from_columns(&[1.0, 2.0, 3.0], &[false, true, false]).unwrap();
        let weighted = weighted.with_weights(&[2.0, 1.0, 1.0]).unwrap();
        assert_eq!(CensoringCurve::of_all(&twice).unwrap(), CensoringCurve::of_all(&weighted).unwrap());
    }

    #[test]
    fn late_entry_is_refused() {
        let cohort = Cohort::from_columns(&[1.0, 2.0], &[true, false]).unwrap().with_entries(&[0.0, 1.0]).unwrap();
        assert!(matches!(CensoringCurve::of_all(&cohort), Err(Error::Unanswerable { .. })));
    }

    #[test]
    fn without_patients_nobody_is_lost() {
        let curve = CensoringCurve::of_all(&Cohort::new(Vec::new()).unwrap()).unwrap();
        assert_eq!((curve.before(1.0), curve.at(1.0), curve.last_time()), (1.0, 1.0, None));
    }
}
