use proptest::prelude::*;

use super::*;
use crate::survival::Outcome;

fn curve(times: &[f64], events: &[bool]) -> SurvivalCurve {
    estimate(&Cohort::from_columns(times, events).unwrap(), ConfidenceScale::LogLog)
}

/// The 6-MP arm of Freireich et al. 1963, in weeks of remission.
fn six_mp(confidence_scale: ConfidenceScale) -> SurvivalCurve {
    let times = [
        6.0, 6.0, 6.0, 6.0, 7.0, 9.0, 10.0, 10.0, 11.0, 13.0, 16.0, 17.0, 19.0, 20.0, 22.0, 23.0, 25.0, 32.0, 32.0,
        34.0, 35.0,
    ];
    let events = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0].map(|it| it == 1);
    estimate(&Cohort::from_columns(&times, &events).unwrap(), confidence_scale)
}

#[test]
fn the_six_mp_curve_is_the_published_one() {
    for (scale, lower, upper) in [
        (ConfidenceScale::Plain, 0.56410, 0.94178),
        (ConfidenceScale::Log, 0.58592, 0.96757),
        (ConfidenceScale::LogLog, 0.50320, 0.88936),
    ] {
        let at_10 = six_mp(scale).survival_at(10.0).unwrap();
        assert!((at_10.survival - 0.752_941).abs() < 5e-7);
        assert!((at_10.lower.unwrap() - lower).abs() < 5e-6, "{scale:?}");
        assert!((at_10.upper.unwrap() - upper).abs() < 5e-6, "{scale:?}");
        assert_eq!(at_10.n_risk, 15);
    }
    let log = six_mp(ConfidenceScale::Log);
    assert!((log.steps[3].std_err.unwrap() - 0.096_350).abs() < 5e-7);
    assert_eq!(log.median(), Quantile { estimate: Some(23.0), lower: Some(16.0), upper: None });
}

#[test]
fn a_median_on_a_flat_stretch_is_its_midpoint_even_after_round_off() {
    let times: Vec<f64> = (1..=8).map(f64::from).collect();
    assert_eq!(curve(&times, &[true; 8]).median().estimate, Some(4.5));
    // A censoring on the stretch does not end it.
    let events = [true, true, false, true, true].map(|it| it);
    assert_eq!(curve(&[1.0, 2.0, 2.5, 3.0, 4.0], &events).quantile(0.4).estimate, Some(2.5));
}

#[test]
fn a_curve_that_ends_at_one_half_has_its_first_time_there_as_median() {
    assert_eq!(curve(&[1.0, 2.0, 3.0, 4.0], &[true, true, false, false]).median().estimate, Some(2.0));
}

#[test]
fn a_curve_that_stays_above_one_half_has_no_median() {
    assert_eq!(
        curve(&[1.0, 2.0, 3.0], &[true, false, false]).median(),
        Quantile { estimate: None, lower: Some(1.0), upper: None }
    );
}

#[test]
fn a_share_that_is_none_has_no_quantile() {
    let curve = curve(&[1.0, 2.0], &[true, true]);
    for p in [0.0, -0.1, 1.1, f64::NAN] {
        assert_eq!(curve.quantile(p).estimate, None, "{p}");
    }
    assert_eq!(curve.quantile(1.0).estimate, Some(2.0));
    assert_eq!(curve.survival_at(f64::NAN), None);
}

#[test]
fn events_come_before_censorings_at_the_same_time() {
    let curve = curve(&[5.0, 5.0], &[false, true]);
    assert_eq!(curve.steps.len(), 1);
    assert_eq!((curve.steps[0].n_risk, curve.steps[0].n_event, curve.steps[0].n_censored), (2, 1, 1));
    assert!((curve.steps[0].survival - 0.5).abs() < 1e-15);
}

#[test]
fn without_events_survival_is_one_with_a_closed_interval() {
    let curve = curve(&[1.0, 2.0], &[false, false]);
    let last = curve.survival_at(2.0).unwrap();
    assert_eq!((last.survival, last.lower, last.upper), (1.0, Some(1.0), Some(1.0)));
    assert_eq!(curve.median(), Quantile { estimate: None, lower: None, upper: None });
}

#[test]
fn at_survival_zero_there_is_no_interval() {
    let last = curve(&[1.0, 2.0], &[true, true]).survival_at(2.0).unwrap();
    assert_eq!((last.survival, last.lower, last.upper), (0.0, None, None));
}

#[test]
fn before_the_first_step_all_patients_are_at_risk_and_alive() {
    let before = curve(&[3.0, 4.0], &[true, true]).survival_at(1.0).unwrap();
    assert_eq!((before.n_risk, before.survival, before.lower), (2, 1.0, Some(1.0)));
}

#[test]
fn an_event_at_time_zero_counts() {
    let at_zero = curve(&[0.0, 4.0], &[true, true]).survival_at(0.0).unwrap();
    assert_eq!((at_zero.n_risk, at_zero.survival), (2, 0.5));
}

#[test]
fn an_empty_cohort_has_no_steps_and_no_survival() {
    let curve = curve(&[], &[]);
    assert_eq!((curve.n, curve.steps.len(), curve.survival_at(0.0), curve.n_risk_at(0.0)), (0, 0, None, 0));
    assert_eq!(curve.median().estimate, None);
}

proptest! {
    #[test]
    fn survival_is_a_probability_that_never_rises_and_stays_within_its_limits(
        rows in prop::collection::vec((0_u16..60, any::<bool>()), 0..80)
    ) {
        let outcomes: Vec<_> = rows.iter().map(|&(t, event)| Outcome { time: f64::from(t), event }).collect();
        let cohort = Cohort::new(outcomes).unwrap();
        for scale in [ConfidenceScale::LogLog, ConfidenceScale::Log, ConfidenceScale::Plain] {
            let curve = estimate(&cohort, scale);
            prop_assert!(curve.steps.iter().all(|it| (0.0..=1.0).contains(&it.survival)));
            prop_assert!(curve.steps.is_sorted_by(|a, b| a.survival >= b.survival));
            for step in &curve.steps {
                prop_assert_eq!(step.survival > 0.0, step.lower.is_some() && step.upper.is_some());
                prop_assert!(step.lower.is_none_or(|it| 0.0 <= it && it <= step.survival));
                prop_assert!(step.upper.is_none_or(|it| step.survival <= it && it <= 1.0));
            }
        }
    }
}
