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
//! and a run of such neighbours takes its smallest time.
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
    n_events: usize,
    schedule: Schedule,
}

/// Patients in the order of time, and the distinct times at which somebody's follow-up ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Schedule {
    /// Indices of patients, by time.
    pub(super) order: Vec<usize>,
    /// One per distinct time, ascending.
    pub(super) ties: Vec<Tie>,
}

/// All patients whose follow-up ends at the same time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tie {
    /// The time they share.
    pub(super) time: f64,
    /// Where they stand in [`Schedule::order`]; those at risk are they and all who stand after them.
    pub(super) members: Range<usize>,
    /// How many of them have the event.
    pub(super) n_event: usize,
    /// Patients whose follow-up reaches this time.
    pub(super) n_risk: usize,
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
            None => Ok(Self::from_checked(outcomes)),
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

    fn from_checked(mut outcomes: Vec<Outcome>) -> Self {
        // Adding zero turns -0 into 0, which has its own place in the total order.
        let mut by_time: Vec<(f64, usize)> = outcomes.iter().map(|it| it.time + 0.0).zip(0..).collect();
        by_time.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        merge_near_ties(&mut by_time);
        for &(time, patient_idx) in &by_time {
            outcomes[patient_idx].time = time;
        }

        let n_events = outcomes.iter().filter(|it| it.event).count();
        let order: Vec<usize> = by_time.into_iter().map(|(_, patient_idx)| patient_idx).collect();
        let schedule = Schedule { ties: tie_up(&order, &outcomes), order };
        Self { outcomes, n_events, schedule }
    }

    /// The patients for whom `keep` says so of their index, in the order of the input.
    #[must_use]
    pub fn subset(&self, keep: impl Fn(usize) -> bool) -> Self {
        Self::from_checked(self.outcomes.iter().zip(0..).filter(|&(_, idx)| keep(idx)).map(|(it, _)| *it).collect())
    }

    /// The same patients with events and censorings exchanged.
    pub(super) fn with_censoring_as_event(&self) -> Self {
        Self::from_checked(self.outcomes.iter().map(|it| Outcome { event: !it.event, ..*it }).collect())
    }

    /// One outcome per patient in the order of the input, with nearly equal times made equal.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
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

        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &patient_idx in &self.schedule.order {
            members.entry(strata[patient_idx]).or_default().push(patient_idx);
        }
        let schedules = members.into_values().map(|order| {
            let ties = tie_up(&order, &self.outcomes);
            Schedule { order, ties }
        });
        Ok(Cow::Owned(schedules.collect()))
    }
}

/// Complains if a column does not have one row per patient.
pub(super) fn expect_length(quantity: &'static str, expected: usize, found: usize) -> Result<()> {
    if expected == found { Ok(()) } else { Err(Error::UnequalLengths { quantity, expected, found }) }
}

/// Makes nearly equal times equal to the smallest of their run; needs and keeps ascending order.
fn merge_near_ties(by_time: &mut [(f64, usize)]) {
    let mut n_distinct = 0_usize;
    let mut sum = 0.0;
    let mut last = f64::NEG_INFINITY;
    for &(time, _) in by_time.iter() {
        if time > last {
            n_distinct += 1;
            sum += time;
            last = time;
        }
    }
    let mean = sum / n_distinct as f64;

    let (mut previous, mut smallest) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    for (time, _) in by_time {
        let gap = *time - previous;
        // METHOD: Times that differ by round-off only are tied (R's timefix); the rule chains along neighbours.
        if !(gap <= TIME_TOLERANCE || gap / mean <= TIME_TOLERANCE) {
            smallest = *time;
        }
        previous = *time;
        *time = smallest;
    }
}

/// Finds the distinct times among patients that stand in the order of time.
fn tie_up(order: &[usize], outcomes: &[Outcome]) -> Vec<Tie> {
    let mut ties: Vec<Tie> = Vec::new();
    for (position, &patient_idx) in order.iter().enumerate() {
        let Outcome { time, event } = outcomes[patient_idx];
        match ties.last_mut() {
            Some(tie) if tie.time.total_cmp(&time).is_eq() => {
                tie.members.end += 1;
                tie.n_event += usize::from(event);
            }
            _ => ties.push(Tie {
                time,
                members: position..position + 1,
                n_event: usize::from(event),
                n_risk: order.len() - position,
            }),
        }
    }
    ties
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(cohort: &Cohort) -> Vec<f64> {
        cohort.outcomes().iter().map(|it| it.time).collect()
    }

    #[test]
    fn times_that_differ_by_round_off_are_tied() {
        let cohort = Cohort::from_columns(&[0.1 + 0.2, 1.0, 0.3, 1.0 + 1e-9, 1.0 + 1e-7], &[true; 5]).unwrap();

        assert_eq!(times(&cohort), [0.3, 1.0, 0.3, 1.0, 1.0 + 1e-7]);
        assert_eq!(cohort.schedule().order, [2, 0, 1, 3, 4]);
        assert_eq!(cohort.schedule().ties.iter().map(|it| it.n_risk).collect::<Vec<_>>(), [5, 3, 1]);
    }

    #[test]
    fn a_chain_of_near_ties_takes_its_smallest_time() {
        let cohort = Cohort::from_columns(&[1.0 + 2e-8, 1.0 + 1e-8, 1.0], &[true; 3]).unwrap();
        assert_eq!(times(&cohort), [1.0; 3]);
    }

    #[test]
    fn times_that_cannot_be_are_refused() {
        for time in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(Cohort::from_columns(&[time], &[true]), Err(Error::OutOfRange { .. })), "{time}");
        }
        assert!(matches!(Cohort::from_columns(&[1.0], &[]), Err(Error::UnequalLengths { .. })));
    }

    #[test]
    fn time_zero_and_no_patients_are_fine() {
        assert_eq!(times(&Cohort::from_columns(&[-0.0, 0.0], &[true, false]).unwrap()), [0.0; 2]);
        assert!(Cohort::new(Vec::new()).unwrap().is_empty());
    }

    #[test]
    fn a_subset_keeps_the_order_of_the_input() {
        let cohort = Cohort::from_columns(&[3.0, 1.0, 2.0], &[true, false, true]).unwrap();
        let subset = cohort.subset(|idx| idx != 1);
        assert_eq!(times(&subset), [3.0, 2.0]);
        assert_eq!((subset.len(), subset.n_events()), (2, 2));
    }
}
