use proptest::prelude::*;

use super::*;
use crate::survival::competing_risks::aalen_johansen::{self, Settings};

fn cohort(times: &[f64], causes: &[usize]) -> CompetingCohort {
    let names = ["relapse", "death"].map(String::from);
    CompetingCohort::from_columns(times, causes, &names).unwrap()
}

#[test]
fn before_the_first_event_no_time_is_lost() {
    let spent = estimate(&cohort(&[5.0, 6.0], &[1, 0]), 4.0).unwrap();
    assert_eq!(spent.event_free, MeanTime { estimate: 4.0, std_err: 0.0, lower: 4.0, upper: 4.0 });
    assert_eq!(spent.lost[0], MeanTime { estimate: 0.0, std_err: 0.0, lower: 0.0, upper: 0.0 });
}

#[test]
fn without_censoring_it_is_the_mean_of_what_each_patient_loses() {
    let times = [1.0, 2.0, 2.0, 3.5, 7.0, 9.0];
    let causes = [1, 2, 1, 1, 2, 1];
    let spent = estimate(&cohort(&times, &causes), 6.0).unwrap();
    for (cause, found) in (1..).zip(&spent.lost) {
        let lost: Vec<f64> = times
            .iter()
            .zip(causes)
            .map(|(time, met)| if met == cause { (6.0 - time).max(0.0) } else { 0.0 })
            .collect();
        let mean = lost.iter().sum::<f64>() / 6.0;
        let variance = lost.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / 36.0;
        assert!((found.estimate - mean).abs() < 1e-14);
        assert!((found.std_err - variance.sqrt()).abs() < 1e-14);
    }
}

#[test]
fn a_horizon_beyond_all_follow_up_is_refused_unless_everybody_had_an_event() {
    assert!(matches!(estimate(&cohort(&[1.0, 2.0], &[1, 0]), 3.0), Err(Error::Unanswerable { .. })));
    assert!(matches!(estimate(&cohort(&[], &[]), 3.0), Err(Error::Unanswerable { .. })));
    let spent = estimate(&cohort(&[1.0, 2.0], &[1, 2]), 3.0).unwrap();
    assert!((spent.lost[0].estimate - 1.0).abs() < 1e-15 && (spent.lost[1].estimate - 0.5).abs() < 1e-15);
    for horizon in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(estimate(&cohort(&[1.0], &[1]), horizon), Err(Error::OutOfRange { .. })), "{horizon}");
    }
}

proptest! {
    #[test]
    fn standard_errors_are_sums_of_squared_derivatives_by_the_weights(
        rows in prop::collection::vec((0_u8..6, 1_u8..9, 0_usize..3, 1_u8..9), 2..20), horizon in 1_u8..8
    ) {
        let entries: Vec<f64> = rows.iter().map(|it| f64::from(it.0)).collect();
        let times: Vec<f64> = rows.iter().map(|it| f64::from(it.0 + it.1)).collect();
        let causes: Vec<usize> = rows.iter().map(|it| it.2).collect();
        let cohort = cohort(&times, &causes).with_entries(&entries).unwrap();
        let weights: Vec<f64> = rows.iter().map(|it| f64::from(it.3) / 4.0).collect();
        let horizon = f64::from(horizon) + 0.5;
        // Areas under the steps of the other module's curves.
        let areas = |weights: &[f64]| -> [f64; 3] {
            let curves = aalen_johansen::estimate(&cohort.clone().with_weights(weights).unwrap(), Settings::default());
            let steps = curves.unwrap().steps;
            let mut areas = [steps.first().map_or(horizon, |it| it.time.min(horizon)), 0.0, 0.0];
            for (idx, step) in steps.iter().enumerate() {
                let end = steps.get(idx + 1).map_or(horizon, |it| it.time.min(horizon));
                let length = (end - step.time).max(0.0);
                areas[0] += length * step.event_free.estimate;
                areas[1] += length * step.causes[0].incidence.estimate;
                areas[2] += length * step.causes[1].incidence.estimate;
            }
            areas
        };
        if let Ok(spent) = estimate(&cohort.clone().with_weights(&weights).unwrap(), horizon) {
            let found = [spent.event_free, spent.lost[0], spent.lost[1]];
            let mut variances = [0.0; 3];
            for idx in 0..rows.len() {
                let shifted = |factor: f64| {
                    let mut weights = weights.clone();
                    weights[idx] *= factor;
                    areas(&weights)
                };
                let (up, down) = (shifted(1.0 + 1e-4), shifted(1.0 - 1e-4));
                for state in 0..3 {
                    variances[state] += ((up[state] - down[state]) / 2e-4).powi(2);
                }
            }
            for ((found, variance), area) in found.iter().zip(variances).zip(areas(&weights)) {
                prop_assert!((found.estimate - area).abs() < 1e-12);
                // Central differences of relative size ε have an error of ε².
                prop_assert!((found.std_err - variance.sqrt()).abs() < 1e-6, "{:?} {}", found, variance.sqrt());
                prop_assert!(found.lower <= found.estimate + 1e-12 && found.estimate <= found.upper + 1e-12);
            }
        }
    }
}
