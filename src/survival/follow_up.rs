//! The median follow-up and its other quantiles, by the reverse Kaplan-Meier method.
//!
//! Death ends follow-up early, so the median of the observed times is too short. With the roles of event and censoring
//! exchanged, the Kaplan-Meier curve estimates how long patients would have been observed had nobody died; its median
//! is the median follow-up (Schemper & Smith 1996).
//!
//! # References
//!
//! * Schemper M, Smith TL. A note on quantifying follow-up in studies of failure time.
//!   *Control Clin Trials* 1996;17:343-346. doi:10.1016/0197-2456(96)00075-X

use super::cohort::Cohort;
use super::kaplan_meier::{self, ConfidenceScale, Quantile};

/// Estimates the median follow-up with its 95 % interval, in the unit of the cohort's times.
///
/// It is absent if fewer than half of the patients can be said to have been followed to a censoring, as when nearly all
/// have the event.
pub fn median(cohort: &Cohort, confidence_scale: ConfidenceScale) -> Quantile {
    // METHOD: Reverse Kaplan-Meier; the median of the observed times would count early deaths as short follow-up.
    kaplan_meier::estimate(&cohort.with_censoring_as_event(), confidence_scale).median()
}

/// Estimates the time up to which a share `1 - p` of patients was followed, with its 95 % interval; the quartiles, with
/// `p` of 0.25 and 0.75, go with the median.
///
/// It is absent unless `p` is in (0, 1], and where that share cannot be said.
pub fn quantile(cohort: &Cohort, p: f64, confidence_scale: ConfidenceScale) -> Quantile {
    kaplan_meier::estimate(&cohort.with_censoring_as_event(), confidence_scale).quantile(p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_events_it_is_the_median_of_the_times() {
        let cohort = Cohort::from_columns(&[4.0, 1.0, 7.0, 2.0, 3.0], &[false; 5]).unwrap();
        assert_eq!(median(&cohort, ConfidenceScale::LogLog).estimate, Some(3.0));
    }

    #[test]
    fn without_events_quartiles_are_those_of_the_times() {
        let cohort = Cohort::from_columns(&[4.0, 1.0, 7.0, 2.0, 3.0], &[false; 5]).unwrap();
        let quartiles = [0.25, 0.75].map(|p| quantile(&cohort, p, ConfidenceScale::Log).estimate);
        assert_eq!(quartiles, [Some(2.0), Some(4.0)]);
    }

    #[test]
    fn without_censoring_there_is_none() {
        let cohort = Cohort::from_columns(&[4.0, 1.0], &[true; 2]).unwrap();
        assert_eq!(median(&cohort, ConfidenceScale::LogLog).estimate, None);
    }

    #[test]
    fn an_early_death_does_not_shorten_it() {
        let cohort = Cohort::from_columns(&[1.0, 1.0, 1.0, 8.0, 9.0], &[true, true, true, false, false]).unwrap();
        assert_eq!(median(&cohort, ConfidenceScale::Log).estimate, Some(8.5));
    }
}
