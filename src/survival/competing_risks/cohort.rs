//! Patients, how long they were followed, and which of several causes ended the follow-up.

use crate::error::{Error, Result};
use crate::survival::cohort::expect_length;
use crate::survival::{Cohort, Outcome};

/// A [`Cohort`] whose events have one of several causes.
///
/// Causes have codes: 0 is a patient last seen without an event, and `1..=K` are the causes in the order of their names.
#[derive(Clone, Debug, PartialEq)]
pub struct CompetingCohort {
    /// The event is any of the causes.
    cohort: Cohort,
    causes: Vec<usize>,
    names: Vec<String>,
}

impl CompetingCohort {
    /// Checks times and codes of causes, one of each per patient; `names` holds one name per cause.
    ///
    /// A cause that nobody met may be named: its incidence is 0.
    ///
    /// # Errors
    ///
    /// * [`Error::UnequalLengths`] if the columns differ in length.
    /// * [`Error::OutOfRange`] if a time is negative or not finite, or a code exceeds the number of names.
    ///
    /// # Examples
    ///
    /// ```
    /// use contexture::survival::competing_risks::CompetingCohort;
    ///
    /// let names = ["relapse", "death without relapse"].map(String::from);
    /// let cohort = CompetingCohort::from_columns(&[3.0, 5.0, 7.0], &[1, 0, 2], &names)?;
    /// assert_eq!(cohort.cohort().n_events(), 2);
    /// assert_eq!(cohort.cause_specific(1)?.n_events(), 1);
    /// # Ok::<(), contexture::error::Error>(())
    /// ```
    pub fn from_columns(times: &[f64], causes: &[usize], names: &[String]) -> Result<Self> {
        expect_length("causes", times.len(), causes.len())?;
        if let Some(&code) = causes.iter().find(|&&code| code > names.len()) {
            return Err(Error::OutOfRange {
                quantity: "cause",
                expected: "0 for none, or a code up to the number of causes",
                value: code as f64,
            });
        }
        let outcome = |(&time, &cause): (&f64, &usize)| Outcome { time, event: cause > 0 };
        let cohort = Cohort::new(times.iter().zip(causes).map(outcome).collect())?;
        Ok(Self { cohort, causes: causes.to_vec(), names: names.to_vec() })
    }

    /// The same patients, each at risk only after a time of entry (left truncation).
    ///
    /// # Errors
    ///
    /// As [`Cohort::with_entries`].
    pub fn with_entries(self, entries: &[f64]) -> Result<Self> {
        Ok(Self { cohort: self.cohort.with_entries(entries)?, ..self })
    }

    /// The same patients, each counted as often as its weight says.
    ///
    /// # Errors
    ///
    /// As [`Cohort::with_weights`].
    pub fn with_weights(self, weights: &[f64]) -> Result<Self> {
        Ok(Self { cohort: self.cohort.with_weights(weights)?, ..self })
    }

    /// The patients at some indices, in that order; one who is named twice is there twice, as in a bootstrap sample.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        Self {
            cohort: self.cohort.select(indices),
            causes: indices.iter().map(|&idx| self.causes[idx]).collect(),
            names: self.names.clone(),
        }
    }

    /// The patients with the event of any cause.
    pub fn cohort(&self) -> &Cohort {
        &self.cohort
    }

    /// The patients with the event of one cause, the others censored when they met another.
    ///
    /// # Errors
    ///
    /// * [`Error::OutOfRange`] if there is no such cause.
    pub fn cause_specific(&self, cause: usize) -> Result<Cohort> {
        self.expect_cause(cause)?;
        Ok(self.cohort.with_events(|idx| self.causes[idx] == cause))
    }

    /// Code of the cause of each patient in the order of the input, 0 for none.
    pub fn causes(&self) -> &[usize] {
        &self.causes
    }

    /// Names of the causes, from code 1.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Number of patients.
    pub fn len(&self) -> usize {
        self.cohort.len()
    }

    /// Whether there is no patient at all.
    pub fn is_empty(&self) -> bool {
        self.cohort.is_empty()
    }

    /// Complains unless a code is that of a cause.
    pub(super) fn expect_cause(&self, cause: usize) -> Result<()> {
        if (1..=self.names.len()).contains(&cause) {
            return Ok(());
        }
        Err(Error::OutOfRange {
            quantity: "cause to analyze",
            expected: "a code from 1 to the number of causes",
            value: cause as f64,
        })
    }

    /// Complains if patients enter late or carry weights, which `statistic` is not defined for.
    pub(super) fn expect_plain(&self, statistic: &str) -> Result<()> {
        let found = match (self.cohort.entries(), self.cohort.weights()) {
            (None, None) => return Ok(()),
            (Some(_), _) => "patients who enter late",
            (None, Some(_)) => "patients with weights",
        };
        Err(Error::Unanswerable { problem: format!("{statistic} is not defined for {found}; leave these out of it") })
    }

    /// Complains unless there is one code of a group per patient, below the number of groups.
    pub(super) fn expect_groups(&self, group: &[usize], n_groups: usize) -> Result<()> {
        expect_length("group codes", self.len(), group.len())?;
        match group.iter().find(|&&code| code >= n_groups) {
            Some(&code) => Err(Error::OutOfRange {
                quantity: "group code",
                expected: "a code below the number of groups",
                value: code as f64,
            }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["relapse", "death"].map(String::from).to_vec()
    }

    #[test]
    fn a_code_without_a_name_is_refused() {
        assert!(matches!(CompetingCohort::from_columns(&[1.0], &[3], &names()), Err(Error::OutOfRange { .. })));
        assert!(matches!(CompetingCohort::from_columns(&[1.0], &[], &names()), Err(Error::UnequalLengths { .. })));
        let cohort = CompetingCohort::from_columns(&[1.0], &[2], &names()).unwrap();
        for cause in [0, 3] {
            assert!(matches!(cohort.cause_specific(cause), Err(Error::OutOfRange { .. })), "{cause}");
        }
    }

    #[test]
    fn near_ties_are_ties_in_the_cohort_of_each_cause() {
        let cohort = CompetingCohort::from_columns(&[0.1 + 0.2, 0.3, 1.0], &[1, 2, 0], &names()).unwrap();
        let relapse = cohort.cause_specific(1).unwrap();
        assert_eq!(relapse.outcomes()[0], Outcome { time: 0.3, event: true });
        assert_eq!(relapse.outcomes()[1], Outcome { time: 0.3, event: false });
        assert_eq!(cohort.cohort().n_events(), 2);
    }

    #[test]
    fn a_selection_keeps_causes_entries_and_weights_together() {
        let cohort = CompetingCohort::from_columns(&[3.0, 1.0, 2.0], &[2, 0, 1], &names()).unwrap();
        let cohort = cohort.with_entries(&[0.5, 0.0, 1.0]).unwrap().with_weights(&[2.0, 1.0, 3.0]).unwrap();
        let sample = cohort.select(&[2, 2, 0]);
        assert_eq!(sample.causes(), [1, 1, 2]);
        assert_eq!(sample.cohort().entries(), Some([1.0, 1.0, 0.5].as_slice()));
        assert_eq!(sample.cohort().weights(), Some([3.0, 3.0, 2.0].as_slice()));
    }
}
