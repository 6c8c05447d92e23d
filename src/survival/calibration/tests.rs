use proptest::prelude::*;

use super::*;

#[test]
fn equal_predictions_share_a_group() {
    let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0], &[true; 5]).unwrap();
    let found = assess(&cohort, &[0.5, 0.5, 0.5, 0.5, 0.9], 2.0, 2).unwrap();
    assert_eq!(found.groups.iter().map(|it| it.n).collect::<Vec<_>>(), [4, 1]);
    assert_eq!(found.groups.iter().map(|it| it.observed).collect::<Vec<_>>(), [Some(0.5), Some(0.0)]);
    let constant = assess(&cohort, &[0.5; 5], 2.0, 3).unwrap();
    assert_eq!((constant.groups.len(), constant.slope, constant.smooth), (1, None, None));
}

#[test]
fn a_prediction_that_is_certain_has_no_slope() {
    let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0], &[true, true, true, false]).unwrap();
    let found = assess(&cohort, &[1.0, 0.5, 0.4, 0.0], 2.0, 4).unwrap();
    assert_eq!((found.slope, found.smooth), (None, None));
    assert!(found.observed_to_expected.is_some());
}

#[test]
fn beyond_follow_up_nothing_is_observed() {
    let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0], &[true, true, true, false]).unwrap();
    let found = assess(&cohort, &[0.9, 0.5, 0.4, 0.2], 5.0, 2).unwrap();
    assert_eq!((found.groups[0].observed, found.groups[0].lower, found.observed_to_expected), (None, None, None));
    // In the upper half all have had the event.
    assert_eq!((found.groups[1].observed, found.groups[1].lower), (Some(1.0), None));
    assert!(found.smooth.is_none());
}

#[test]
fn without_patients_or_events_there_is_little_to_say() {
    let none = assess(&Cohort::new(Vec::new()).unwrap(), &[], 1.0, 5).unwrap();
    assert_eq!((none.groups, none.observed_to_expected, none.slope, none.smooth), (Vec::new(), None, None, None));
    let quiet = Cohort::from_columns(&[1.0, 2.0], &[false; 2]).unwrap();
    let found = assess(&quiet, &[0.1, 0.2], 1.0, 1).unwrap();
    assert_eq!((found.groups[0].observed, found.observed_to_expected, found.slope), (Some(0.0), None, None));
}

#[test]
fn what_is_no_prediction_is_refused() {
    let cohort = Cohort::from_columns(&[1.0, 2.0], &[true, false]).unwrap();
    assert!(matches!(assess(&cohort, &[0.1], 1.0, 1), Err(Error::UnequalLengths { .. })));
    assert!(matches!(assess(&cohort, &[0.1, 1.1], 1.0, 1), Err(Error::OutOfRange { .. })));
    assert!(matches!(assess(&cohort, &[0.1, 0.2], f64::NAN, 1), Err(Error::OutOfRange { .. })));
    assert!(matches!(assess(&cohort, &[0.1, 0.2], 1.0, 0), Err(Error::OutOfRange { .. })));
}

proptest! {
    #[test]
    fn what_is_predicted_right_has_slope_one_and_no_distance(
        rows in prop::collection::vec((1_u8..30, prop::bool::weighted(0.7), 0_u8..9), 20..60)
    ) {
        let times: Vec<f64> = rows.iter().map(|it| f64::from(it.0)).collect();
        let events: Vec<bool> = rows.iter().map(|it| it.1).collect();
        let cohort = Cohort::from_columns(&times, &events).unwrap();
        let predictor: Vec<f64> = rows.iter().map(|it| f64::from(it.2) / 10.0).collect();
        let fitted = slope(&cohort, &predictor).unwrap();
        prop_assume!(fitted.is_some_and(|it| it.slope.abs() > 0.05));
        let fitted = fitted.unwrap().slope;
        // The same predictor times its slope, as a risk: calibrated by construction.
        let risk: Vec<f64> = predictor.iter().map(|it| -(-0.2 * (fitted * it).exp()).exp_m1()).collect();
        let found = assess(&cohort, &risk, 10.0, 4).unwrap();
        prop_assert!((found.slope.unwrap().slope - 1.0).abs() < 1e-7);
        for group in &found.groups {
            if let (Some(observed), Some(lower), Some(upper)) = (group.observed, group.lower, group.upper) {
                prop_assert!(0.0 <= lower && lower <= observed && observed <= upper && upper <= 1.0);
            }
        }
        prop_assert_eq!(found.groups.iter().map(|it| it.n).sum::<usize>(), rows.len());
        if let Some(smooth) = &found.smooth {
            prop_assert!(0.0 <= smooth.e50 && smooth.e50 <= smooth.e90 && smooth.e90 <= smooth.e_max && smooth.e_max <= 1.0);
            prop_assert!(smooth.ici <= smooth.e_max);
            prop_assert!(smooth.curve.is_sorted_by(|a, b| a.predicted < b.predicted));
        }
    }
}
