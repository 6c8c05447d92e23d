//! Patients and what became of them, in the order of time.
//!
//! A [`Cohort`] checks follow-up times once, where they enter, and sorts them once. Times that differ by no more than
//! floating-point noise are made equal, as R does since survival 2.40: a time of 0.1 + 0.2 years and one of 0.3 years
//! are tied. With `y` the sorted distinct times and `ε = 2^-26`, neighbours are the same time if
//!
//! ```text
//! y_{i+1} - y_i ≤ ε    or    (y_{i+1} - y_i) / mean(y) ≤ ε
//! ```
//!
//! and a run of such neighbours takes its smallest time. Times of entry are pooled with the others.
//!
//! Patients may come under observation late ([`Cohort::with_entries`]): one who entered at `u` and left at `t` is at risk
//! in `(u, t]`, so that those who had the event before they could enter are not taken for survivors. They may count for
//! more or less than one patient ([`Cohort::with_weights`]), as in an analysis weighted for how they were sampled.
//!
//! # References
//!
//! * Therneau TM. *A package for survival analysis in R*, vignette "Roundoff error and tied times".
//!   <https://cran.r-project.org/package=survival>

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::error::{Error, Result};

/// Times closer than this are the same time; R's `sqrt(.Machine$double.eps)`.
const TIME_TOLERANCE: f64 = 1.490_116_119_384_765_6e-8;

/// How long a patient was followed, and whether the follow-up ended with the event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Time from the start of follow-up to its end, in any unit; finite and not negative.
    pub time: f64,
    /// Whether the event happened at `time`; otherwise the patient was last seen without it.
    pub event: bool,
}

/// The outcomes of all patients of an analysis, checked and put in the order of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Cohort {
    outcomes: Vec<Outcome>,
    entries: Option<Vec<f64>>,
    weights: Option<Vec<f64>>,
    n_events: usize,
    /// Patients whose time of end or of entry was made equal to another, once for each.
    merged: Vec<usize>,
    schedule: Schedule,
}

/// Patients in the order of time, and the distinct times at which somebody's follow-up ends.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Schedule {
    /// Indices of patients, by time.
    pub(super) order: Vec<usize>,
    /// Indices of the same patients by time of entry; empty if all are at risk from the start.
    pub(super) entry_order: Vec<usize>,
    /// One per distinct time, ascending.
    pub(super) ties: Vec<Tie>,
}

/// All patients whose follow-up ends at the same time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tie {
    /// The time they share.
    pub(super) time: f64,
    /// Where they stand in [`Schedule::order`]; those at risk are they and all who stand after them, less those who have
    /// not entered.
    pub(super) members: Range<usize>,
    /// How many of [`Schedule::entry_order`], from its start, have entered before this time.
    pub(super) n_entered: usize,
    /// How many of the members have the event.
    pub(super) n_event: usize,
    /// Patients at risk: entered before this time, and followed up to it or longer.
    pub(super) n_risk: usize,
    /// Sum of the weights of those with the event; their number without weights.
    pub(super) event_weight: f64,
    /// Sum of the weights of those at risk; their number without weights.
    pub(super) risk_weight: f64,
}

impl Cohort {
    /// Checks outcomes and puts them in the order of time.
    ///
    /// The order of the input is kept in [`outcomes`](Self::outcomes): covariates, groups and strata are given in it.
    ///
    /// # Errors
    ///
    /// * [`Error::OutOfRange`] if a time is negative or not finite.
    pub fn new(outcomes: Vec<Outcome>) -> Result<Self> {
        match outcomes.iter().find(|it| !(it.time.is_finite() && it.time >= 0.0)) {
            Some(wrong) => Err(Error::OutOfRange {
                quantity: "follow-up time",
                expected: "a finite number of at least 0",
                value: wrong.time,
            }),
            None => Ok(Self::from_checked(outcomes, None, None)),
        }
    }

    /// [`new`](Self::new) for times and events in two columns, one row per patient.
    ///
    /// # Errors
    ///
    /// * [`Error::UnequalLengths`] if the columns differ in length.
    /// * [`Error::OutOfRange`] if a time is negative or not finite.
    pub fn from_columns(times: &[f64], events: &[bool]) -> Result<Self> {
        expect_length("events", times.len(), events.len())?;
        Self::new(times.iter().zip(events).map(|(&time, &event)| Outcome { time, event }).collect())
    }

    /// The same patients, each at risk only after a time of entry (left truncation).
    ///
    /// # Errors
    ///
    /// * [`Error::UnequalLengths`] if there is not one entry per patient.
    /// * [`Error::OutOfRange`] if an entry is not finite, or not before the end of follow-up by more than round-off.
    pub fn with_entries(self, entries: &[f64]) -> Result<Self> {
        expect_length("times of entry", self.len(), entries.len())?;
        let wrong_entry = |value| Error::OutOfRange {
            quantity: "time of entry",
            expected: "a finite number below the patient's follow-up time",
            value,
        };
        if let Some(&value) = entries.iter().find(|it| !it.is_finite()) {
            return Err(wrong_entry(value));
        }
        let mut cohort = Self::from_checked(self.outcomes, Some(entries.to_vec()), self.weights);
        cohort.merged.extend(self.merged);
        let merged = cohort.entries.iter().flatten().zip(&cohort.outcomes);
        match merged.zip(entries).find(|((entry, outcome), _)| **entry >= outcome.time) {
            Some((_, &value)) => Err(wrong_entry(value)),
            None => Ok(cohort),
        }
    }

    /// The same patients, each counted as often as its weight says.
    ///
    /// # Errors
    ///
    /// * [`Error::UnequalLengths`] if there is not one weight per patient.
    /// * [`Error::OutOfRange`] if a weight is not a finite number above 0.
    pub fn with_weights(self, weights: &[f64]) -> Result<Self> {
        expect_length("weights", self.len(), weights.len())?;
        match weights.iter().find(|it| !(it.is_finite() && **it > 0.0)) {
            Some(&value) => {
                Err(Error::OutOfRange { quantity: "case weight", expected: "a finite number above 0", value })
            }
            None => Ok(Self { weights: Some(weights.to_vec()), ..self }.rescheduled()),
        }
    }

    fn from_checked(mut outcomes: Vec<Outcome>, mut entries: Option<Vec<f64>>, weights: Option<Vec<f64>>) -> Self {
        let n = outcomes.len();
        // Adding zero turns -0 into 0, which has its own place in the total order.
        for time in outcomes.iter_mut().map(|it| &mut it.time).chain(entries.iter_mut().flatten()) {
            *time += 0.0;
        }

        let mut by_time = sorted_times(&outcomes, entries.as_deref());
        let merged = merge_near_ties(&mut by_time);
        for &(time, idx) in &merged {
            match &mut entries {
                Some(entries) if idx >= n => entries[idx - n] = time,
                _ => outcomes[idx].time = time,
            }
        }
        let merged = merged.into_iter().map(|(_, idx)| idx % n).collect();
        Self::assemble(outcomes, entries, weights, merged, &by_time)
    }

    /// The cohort of patients whose times are sorted, entries behind the outcomes: number n and above.
    fn assemble(
        outcomes: Vec<Outcome>,
        entries: Option<Vec<f64>>,
        weights: Option<Vec<f64>>,
        merged: Vec<usize>,
        by_time: &[(f64, usize)],
    ) -> Self {
        let n = outcomes.len();
        let order = by_time.iter().map(|&(_, idx)| idx).filter(|&idx| idx < n).collect();
        let entry_order = by_time.iter().filter_map(|&(_, idx)| idx.checked_sub(n)).collect();
        let schedule = Schedule { order, entry_order, ties: Vec::new() };
        Self { outcomes, entries, weights, n_events: 0, merged, schedule }.rescheduled()
    }

    /// The same patients in the same order, with what is counted of outcomes and weights.
    fn rescheduled(mut self) -> Self {
        let Schedule { order, entry_order, .. } = std::mem::take(&mut self.schedule);
        self.n_events = self.outcomes.iter().filter(|it| it.event).count();
        self.schedule = self.schedule_of(order, entry_order);
        self
    }

    /// The patients for whom `keep` says so of their index, in the order of the input.
    #[must_use]
    pub fn subset(&self, keep: impl Fn(usize) -> bool) -> Self {
        let kept: Vec<usize> = (0..self.len()).filter(|&idx| keep(idx)).collect();
        self.select(&kept)
    }

    /// The patients at some indices, in that order; one who is named twice is there twice, as in a bootstrap sample.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        let pick = |values: &Vec<f64>| indices.iter().map(|&idx| values[idx]).collect();
        let outcomes: Vec<Outcome> = indices.iter().map(|&idx| self.outcomes[idx]).collect();
        let entries = self.entries.as_ref().map(pick);
        let by_time = sorted_times(&outcomes, entries.as_deref());
        // METHOD: Times are tied or not among all patients, as in R, whoever is chosen.
        let mut n_merged = vec![0; self.len()];
        for &idx in &self.merged {
            n_merged[idx] += 1;
        }
        let places = indices.iter().enumerate();
        let merged = places.flat_map(|(place, &idx)| std::iter::repeat_n(place, n_merged[idx])).collect();
        Self::assemble(outcomes, entries, self.weights.as_ref().map(pick), merged, &by_time)
    }

    /// The same patients with events and censorings exchanged.
    pub(super) fn with_censoring_as_event(&self) -> Self {
        self.with_events(|idx| !self.outcomes[idx].event)
    }

    /// The same patients and times, with the event for those of whom `has_event` says so by their index.
    #[must_use]
    pub fn with_events(&self, has_event: impl Fn(usize) -> bool) -> Self {
        let outcomes = self.outcomes.iter().zip(0..).map(|(it, idx)| Outcome { event: has_event(idx), ..*it });
        Self { outcomes: outcomes.collect(), ..self.clone() }.rescheduled()
    }

    /// One outcome per patient in the order of the input, with nearly equal times made equal.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Time of entry of each patient in the order of the input; `None` if all are at risk from the start.
    pub fn entries(&self) -> Option<&[f64]> {
        self.entries.as_deref()
    }

    /// Weight of each patient in the order of the input; `None` if each counts as one.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// Weight of a patient.
    pub(super) fn weight(&self, patient_idx: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |it| it[patient_idx])
    }

    /// Whether some patients count as a fraction, so that a weight is no number of patients.
    pub(super) fn has_fractional_weights(&self) -> bool {
        self.weights.iter().flatten().any(|it| it.fract().abs() > 0.0)
    }

    /// Number of patients.
    pub fn len(&self) -> usize {
        self.outcomes.len()
    }

    /// Whether there is no patient at all.
    pub fn is_empty(&self) -> bool {
        self.outcomes.is_empty()
    }

    /// Number of patients with the event.
    pub fn n_events(&self) -> usize {
        self.n_events
    }

    /// How many times, of entry or of end, were made equal to a nearly equal one.
    pub fn n_times_merged(&self) -> usize {
        self.merged.len()
    }

    /// All patients in the order of time.
    pub(super) fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// The schedule of each stratum by ascending code, or of all patients if there are no strata.
    ///
    /// # Errors
    ///
    /// * [`Error::UnequalLengths`] if there is not one code per patient.
    pub(super) fn schedules(&self, strata: Option<&[usize]>) -> Result<Cow<'_, [Schedule]>> {
        let Some(strata) = strata else {
            return Ok(Cow::Borrowed(std::slice::from_ref(&self.schedule)));
        };
        expect_length("stratum codes", self.len(), strata.len())?;

        let mut members: BTreeMap<usize, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for &patient_idx in &self.schedule.order {
            members.entry(strata[patient_idx]).or_default().0.push(patient_idx);
        }
        for &patient_idx in &self.schedule.entry_order {
            members.entry(strata[patient_idx]).or_default().1.push(patient_idx);
        }
        Ok(Cow::Owned(members.into_values().map(|(order, entry_order)| self.schedule_of(order, entry_order)).collect()))
    }

    /// Finds the distinct times among patients that stand in the order of time, and of entry.
    fn schedule_of(&self, order: Vec<usize>, entry_order: Vec<usize>) -> Schedule {
        let mut ties: Vec<Tie> = Vec::new();
        let mut n_entered = 0;
        for (position, &patient_idx) in order.iter().enumerate() {
            let Outcome { time, event } = self.outcomes[patient_idx];
            let event_weight = if event { self.weight(patient_idx) } else { 0.0 };
            match ties.last_mut() {
                Some(tie) if tie.time.total_cmp(&time).is_eq() => {
                    tie.members.end += 1;
                    tie.n_event += usize::from(event);
                    tie.event_weight += event_weight;
                }
                _ => {
                    if let Some(entries) = &self.entries {
                        n_entered += entry_order[n_entered..].iter().take_while(|&&it| entries[it] < time).count();
                    }
                    ties.push(Tie {
                        time,
                        members: position..position + 1,
                        n_entered,
                        n_event: usize::from(event),
                        n_risk: order.len() - position - (entry_order.len() - n_entered),
                        event_weight,
                        risk_weight: 0.0,
                    });
                }
            }
        }
        let mut risk_weight = 0.0;
        let mut first_not_entered = entry_order.len();
        for tie in ties.iter_mut().rev() {
            risk_weight += order[tie.members.clone()].iter().map(|&it| self.weight(it)).sum::<f64>();
            risk_weight -= entry_order[tie.n_entered..first_not_entered].iter().map(|&it| self.weight(it)).sum::<f64>();
            first_not_entered = tie.n_entered;
            if tie.n_risk == tie.n_event {
                // What subtraction left of fractional weights must not pass for patients at risk.
                risk_weight = tie.event_weight;
            }
            tie.risk_weight = risk_weight;
        }
        Schedule { order, entry_order, ties }
    }
}

/// Complains if a column does not have one row per patient.
pub(super) fn expect_length(quantity: &'static str, expected: usize, found: usize) -> Result<()> {
    if expected == found { Ok(()) } else { Err(Error::UnequalLengths { quantity, expected, found }) }
}

/// Times with the numbers of their patients, ascending; entries have numbers from that of patients on.
fn sorted_times(outcomes: &[Outcome], entries: Option<&[f64]>) -> Vec<(f64, usize)> {
    let entries = entries.unwrap_or_default().iter().copied();
    let mut by_time: Vec<(f64, usize)> = outcomes.iter().map(|it| it.time).chain(entries).zip(0..).collect();
    by_time.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    by_time
}

/// Makes nearly equal times equal to the smallest of their run; needs and keeps ascending order. Returns those
/// that changed, with their new time.
fn merge_near_ties(by_time: &mut [(f64, usize)]) -> Vec<(f64, usize)> {
    let mut n_distinct = 0_usize;
    let mut sum = 0.0;
    let mut last = f64::NEG_INFINITY;
    for &(time, _) in by_time.iter() {
        if time > last {
            n_distinct += 1;
            sum += time.abs();
            last = time;
        }
    }
    let mean = sum / n_distinct as f64;

    let (mut previous, mut smallest) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    let mut merged = Vec::new();
    for (time, idx) in by_time {
        let gap = *time - previous;
        // METHOD: Times that differ by round-off only are tied (R's timefix); the rule chains along neighbours.
        if !(gap <= TIME_TOLERANCE || gap / mean <= TIME_TOLERANCE) {
            smallest = *time;
        }
        previous = *time;
        if *time > smallest {
            *time = smallest;
            merged.push((smallest, *idx));
        }
    }
    merged
}

#[cfg(test)]
mod tests;
