use proptest::prelude::*;

use super::*;
use crate::survival::Outcome;

fn cohort(times: &[f64], events: &[bool]) -> Cohort {
    Cohort::from_columns(times, events).unwrap()
}

#[test]
fn without_censoring_it_is_the_mean_of_the_shortened_times() {
    let times = [1.0, 2.0, 4.0, 7.0, 9.0];
    let found = estimate(&cohort(&times, &[true; 5]), 6.0, 0.95).unwrap();
    let shortened = times.map(|it| f64::min(it, 6.0));
    let mean = shortened.iter().sum::<f64>() / 5.0;
    let variance = shortened.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / 25.0;
    assert!((found.mean - mean).abs() < 1e-14 && (found.time_lost - (6.0 - mean)).abs() < 1e-14);
    assert!((found.std_err - variance.sqrt()).abs() < 1e-14);
    assert_eq!((found.n, found.n_events), (5, 3));
}

#[test]
fn nobody_and_no_events_lose_no_time() {
    for cohort in [cohort(&[], &[]), cohort(&[1.0, 2.0], &[false; 2]), cohort(&[5.0], &[true])] {
        let found = estimate(&cohort, 3.0, 0.95).unwrap();
        assert_eq!((found.mean, found.std_err, found.time_lost), (3.0, 0.0, 0.0));
    }
}

#[test]
fn a_horizon_beyond_the_last_observation_carries_the_curve_on() {
    let found = estimate(&cohort(&[1.0, 2.0], &[true, false]), 10.0, 0.95).unwrap();
    assert!((found.mean - (1.0 + 9.0 * 0.5)).abs() < 1e-14);
}

#[test]
fn the_latest_horizon_is_the_rule_of_surv_rm2() {
    // The group that ends first, at 3, and the other at 5; with and without an event at each end.
    for (events, expected) in [([true, true], 5.0), ([true, false], 5.0), ([false, true], 3.0), ([false, false], 3.0)] {
        for group in [[0, 1], [1, 0]] {
            let found = latest_horizon(&cohort(&[3.0, 5.0], &events), &group);
            assert_eq!(found.ok(), Some(expected), "{events:?}");
        }
    }
    // One who is censored at the last time of a group keeps its curve above 0.
    let tied = cohort(&[3.0, 3.0, 5.0], &[true, false, true]);
    assert_eq!(latest_horizon(&tied, &[0, 0, 1]).ok(), Some(3.0));
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let cohort = cohort(&[1.0, 2.0, 3.0, 4.0], &[true, false, true, false]);
    let group = [0, 0, 1, 1];
    assert!(matches!(compare(&cohort, &[0; 4], None, 0.95), Err(Error::Unanswerable { .. })));
    assert!(matches!(compare(&cohort, &[0, 1], None, 0.95), Err(Error::UnequalLengths { .. })));
    assert!(matches!(compare(&cohort, &[0, 0, 1, 2], None, 0.95), Err(Error::OutOfRange { .. })));
    assert!(matches!(compare(&cohort, &group, None, 1.0), Err(Error::OutOfRange { .. })));
    for horizon in [0.0, -1.0, 2.5, f64::NAN, f64::INFINITY] {
        assert!(matches!(compare(&cohort, &group, Some(horizon), 0.95), Err(Error::OutOfRange { .. })), "{horizon}");
    }
}

#[test]
fn groups_that_lose_nothing_have_no_contrast() {
    let found = compare(&cohort(&[1.0, 2.0, 3.0, 4.0], &[false; 4]), &[0, 0, 1, 1], None, 0.95).unwrap();
    assert_eq!((found.difference, found.ratio, found.time_lost_ratio), (None, None, None));
}

/// The derivatives of the area by the weights, found by differences.
fn variance_by_differences(times: &[f64], events: &[bool], entries: &[f64], weights: &[f64], horizon: f64) -> f64 {
    const STEP: f64 = 1e-5;
    let mean = |idx: usize, change: f64| {
        let mut weights = weights.to_vec();
        weights[idx] *= 1.0 + change;
        let cohort = cohort(times, events).with_entries(entries).unwrap().with_weights(&weights).unwrap();
        estimate(&cohort, horizon, 0.95).unwrap().mean
    };
    (0..times.len()).map(|idx| ((mean(idx, STEP) - mean(idx, -STEP)) / (2.0 * STEP)).powi(2)).sum()
}

proptest! {
    #[test]
    fn fractional_weights_have_the_variance_of_the_jackknife(
        rows in prop::collection::vec((0_u16..10, 1_u16..20, any::<bool>(), 1_u16..8), 2..20), horizon in 1_u16..35
    ) {
        let times: Vec<f64> = rows.iter().map(|it| f64::from(it.0 + it.1)).collect();
        let entries: Vec<f64> = rows.iter().map(|it| f64::from(it.0)).collect();
        let events: Vec<bool> = rows.iter().map(|it| it.2).collect();
        let weights: Vec<f64> = rows.iter().map(|it| 0.5 + f64::from(it.3)).collect();
        let weighted = cohort(&times, &events).with_entries(&entries).unwrap().with_weights(&weights).unwrap();
        let found = estimate(&weighted, f64::from(horizon), 0.95).unwrap();
        let expected = variance_by_differences(&times, &events, &entries, &weights, f64::from(horizon));
        prop_assert!((found.std_err.powi(2) - expected).abs() < 1e-6 * (1.0 + expected));
    }

    #[test]
    fn means_lie_within_the_horizon_and_contrasts_mirror(
        rows in prop::collection::vec((1_u16..30, any::<bool>(), 0_usize..2), 4..40)
    ) {
        let outcomes: Vec<_> = rows.iter().map(|it| Outcome { time: f64::from(it.0), event: it.1 }).collect();
        let group: Vec<usize> = rows.iter().map(|it| it.2).collect();
        let mirrored: Vec<usize> = group.iter().map(|it| 1 - it).collect();
        let cohort = Cohort::new(outcomes).unwrap();
        let Ok(found) = compare(&cohort, &group, None, 0.95) else { return Ok(()) };
        let other = compare(&cohort, &mirrored, None, 0.95).unwrap();
        for group in found.groups {
            prop_assert!(0.0 < group.mean && group.mean <= found.horizon && group.time_lost >= 0.0);
            prop_assert!(group.lower <= group.mean && group.mean <= group.upper);
        }
        prop_assert_eq!(found.difference.is_some(), other.difference.is_some());
        if let (Some(one), Some(other)) = (found.difference, other.difference) {
            prop_assert!((one.estimate + other.estimate).abs() < 1e-12 && (one.p_value - other.p_value).abs() < 1e-12);
        }
        if let (Some(one), Some(other)) = (found.ratio, other.ratio) {
            prop_assert!((one.estimate * other.estimate - 1.0).abs() < 1e-12);
            prop_assert!((one.lower * other.upper - 1.0).abs() < 1e-12);
        }
    }
}
