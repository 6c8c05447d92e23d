//! Patients in groups, followed from one event time to the next.
//!
//! All tests of the log-rank family need the same numbers of each event time: who is at risk and who has the event, by
//! group, and what part of the pooled patients is still free of it. One pass over the schedule of each stratum gives
//! them.
//!
//! A weight of a patient that is a whole number counts that many patients. Other weights say how patients were sampled,
//! and the hypergeometric variance of these tests is not theirs.

use super::cohort::{Cohort, Schedule, expect_length};
use crate::error::{Error, Result};

/// A group for each patient of a cohort, and the stratum within which they are compared.
pub(super) struct Groups<'a> {
    cohort: &'a Cohort,
    codes: &'a [usize],
    n_codes: usize,
    strata: Option<&'a [usize]>,
}

/// A time of a stratum at which patients have the event.
pub(super) struct EventTime<'a> {
    /// Patients at risk in each group.
    pub(super) n_risk_of: &'a [f64],
    /// Patients with the event in each group.
    pub(super) n_event_of: &'a [f64],
    /// Patients at risk in all groups.
    pub(super) n_risk: f64,
    /// Patients with the event in all groups; more than 0.
    pub(super) n_event: f64,
    /// Kaplan-Meier estimate of all groups just before this time.
    pub(super) survival_before: f64,
    /// Estimate of survival to this time with one patient more at risk at each event: `Π (1 - d / (n + 1))`.
    pub(super) shrunken_survival: f64,
}

impl EventTime<'_> {
    /// Variance of the number of events in a group is this times `(n_k / n) (1 - n_k / n)`: `d (n - d) / (n - 1)`.
    pub(super) fn dispersion(&self) -> f64 {
        let (n, d) = (self.n_risk, self.n_event);
        if n > 1.0 { d * (n - d) / (n - 1.0) } else { 0.0 }
    }
}

impl<'a> Groups<'a> {
    /// Checks one code below `n_groups`, and one of a stratum if there are any, for each patient of the cohort.
    pub(super) fn new(
        cohort: &'a Cohort,
        codes: &'a [usize],
        n_groups: usize,
        strata: Option<&'a [usize]>,
    ) -> Result<Self> {
        expect_length("group codes", cohort.len(), codes.len())?;
        if let Some(strata) = strata {
            expect_length("stratum codes", cohort.len(), strata.len())?;
        }
        if let Some(&code) = codes.iter().find(|&&code| code >= n_groups) {
            return Err(Error::OutOfRange {
                quantity: "group code",
                expected: "a code below the number of groups",
                value: code as f64,
            });
        }
        if cohort.has_fractional_weights() {
            return Err(Error::Unanswerable {
                problem: "a test of the log-rank family counts patients, but some weigh a fraction of one; use a Cox \
                          model with robust standard errors"
                    .to_owned(),
            });
        }
        Ok(Self { cohort, codes, n_codes: n_groups, strata })
    }

    /// Calls `visit` at each event time of each stratum, strata by ascending code, times ascending.
    pub(super) fn visit(&self, mut visit: impl FnMut(&EventTime)) -> Result<()> {
        for schedule in self.cohort.schedules(self.strata)?.iter() {
            self.visit_stratum(schedule, &mut visit);
        }
        Ok(())
    }

    fn visit_stratum(&self, schedule: &Schedule, visit: &mut impl FnMut(&EventTime)) {
        let (mut n_risk_of, mut n_event_of) = (vec![0.0; self.n_codes], vec![0.0; self.n_codes]);
        if schedule.entry_order.is_empty() {
            for &patient_idx in &schedule.order {
                n_risk_of[self.codes[patient_idx]] += self.cohort.weight(patient_idx);
            }
        }

        let outcomes = self.cohort.outcomes();
        let (mut survival, mut shrunken_survival, mut n_entered) = (1.0, 1.0, 0);
        for tie in &schedule.ties {
            for &patient_idx in &schedule.entry_order[n_entered..tie.n_entered] {
                n_risk_of[self.codes[patient_idx]] += self.cohort.weight(patient_idx);
            }
            n_entered = tie.n_entered;

            let members = &schedule.order[tie.members.clone()];
            if tie.n_event > 0 {
                let (n_risk, n_event) = (tie.risk_weight, tie.event_weight);
                n_event_of.fill(0.0);
                for &patient_idx in members.iter().filter(|&&it| outcomes[it].event) {
                    n_event_of[self.codes[patient_idx]] += self.cohort.weight(patient_idx);
                }
                shrunken_survival *= 1.0 - n_event / (n_risk + 1.0);
                visit(&EventTime {
                    n_risk_of: &n_risk_of,
                    n_event_of: &n_event_of,
                    n_risk,
                    n_event,
                    survival_before: survival,
                    shrunken_survival,
                });
                survival *= (n_risk - n_event) / n_risk;
            }
            for &patient_idx in members {
                n_risk_of[self.codes[patient_idx]] -= self.cohort.weight(patient_idx);
            }
        }
    }

    /// Patients, and patients with the event, in each group.
    pub(super) fn counts(&self) -> (Vec<usize>, Vec<u64>) {
        let (mut n, mut n_events) = (vec![0; self.n_codes], vec![0; self.n_codes]);
        for (patient_idx, (&code, outcome)) in self.codes.iter().zip(self.cohort.outcomes()).enumerate() {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "weights are whole numbers")]
            let count = self.cohort.weight(patient_idx) as usize;
            n[code] += count;
            n_events[code] += if outcome.event { count as u64 } else { 0 };
        }
        (n, n_events)
    }
}
