use proptest::prelude::*;

use super::*;
use crate::survival::Outcome;

fn cohort(times: &[f64], events: &[bool]) -> Cohort {
    Cohort::from_columns(times, events).unwrap()
}

const BANDS: [Band; 2] = [Band::HallWellner, Band::EqualPrecision];

#[test]
fn without_censoring_the_band_of_hall_and_wellner_is_of_constant_width() {
    let times: Vec<f64> = (1..=40).map(f64::from).collect();
    let settings =
        Settings { band: Band::HallWellner, confidence_scale: ConfidenceScale::Plain, ..Settings::default() };
    let band = estimate(&cohort(&times, &[true; 40]), &settings).unwrap();
    // The shares are those of the times themselves: 1 of 40 and 39 of 40.
    assert!((band.lower_share - 1.0 / 40.0).abs() < 1e-14);
    assert!((band.upper_share - 39.0 / 40.0).abs() < 1e-14);
    assert!((band.critical_value - 1.3581).abs() < 1e-4);
    for step in band.steps.iter().filter(|it| it.survival > 0.25 && it.survival < 0.75) {
        let width = step.upper.unwrap() - step.lower.unwrap();
        assert!((width - 2.0 * band.critical_value / 40.0_f64.sqrt()).abs() < 1e-13);
    }
}

#[test]
fn a_band_starts_between_steps_with_what_holds_there() {
    let settings = Settings { from: Some(2.5), to: Some(4.5), ..Settings::default() };
    let band = estimate(&cohort(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[true; 6]), &settings).unwrap();
    assert_eq!(band.steps.iter().map(|it| it.time).collect::<Vec<_>>(), [2.5, 3.0, 4.0]);
    assert!((band.steps[0].survival - 4.0 / 6.0).abs() < 1e-15);
}

#[test]
fn a_band_ends_where_nobody_survives() {
    for band in BANDS {
        let settings = Settings { band, to: Some(3.0), ..Settings::default() };
        let band = estimate(&cohort(&[1.0, 2.0, 3.0], &[true; 3]), &settings).unwrap();
        assert_eq!((band.steps[2].survival, band.steps[2].lower, band.steps[2].upper), (0.0, None, None));
        assert!(band.upper_share < 1.0 && band.critical_value.is_finite());
        assert!(band.steps[1].lower.is_some());
    }
}

#[test]
fn one_event_gives_the_pointwise_interval() {
    for band in BANDS {
        let settings = Settings { band, confidence_scale: ConfidenceScale::Log, ..Settings::default() };
        let cohort = cohort(&[1.0, 2.0, 3.0], &[true, false, false]);
        let pointwise = kaplan_meier::estimate(&cohort, ConfidenceScale::Log);
        let band = estimate(&cohort, &settings).unwrap();
        assert!((band.steps[0].lower.unwrap() - pointwise.steps[0].lower.unwrap()).abs() < 1e-10);
    }
}

#[test]
fn what_has_no_band_is_refused() {
    let of = |times: &[f64], events: &[bool], settings: Settings| estimate(&cohort(times, events), &settings);
    let unanswerable = |result| matches!(result, Err(Error::Unanswerable { .. }));
    assert!(unanswerable(of(&[], &[], Settings::default())));
    assert!(unanswerable(of(&[1.0, 2.0], &[false; 2], Settings::default())));
    assert!(unanswerable(of(&[1.0, 1.0], &[true; 2], Settings::default())));
    assert!(unanswerable(of(&[1.0, 2.0], &[true; 2], Settings { from: Some(0.5), ..Settings::default() })));
    let weighted = cohort(&[1.0, 2.0], &[true; 2]).with_weights(&[0.5, 1.0]).unwrap();
    assert!(unanswerable(estimate(&weighted, &Settings::default())));

    let out_of_range = |settings| matches!(of(&[1.0, 2.0], &[true; 2], settings), Err(Error::OutOfRange { .. }));
    assert!(out_of_range(Settings { level: 95.0, ..Settings::default() }));
    assert!(out_of_range(Settings { from: Some(f64::NAN), ..Settings::default() }));
    for to in [0.5, 2.5, f64::NAN] {
        assert!(out_of_range(Settings { to: Some(to), ..Settings::default() }), "{to}");
    }
    assert!(out_of_range(Settings { from: Some(2.0), to: Some(1.5), ..Settings::default() }));
}

#[test]
fn a_band_of_hall_and_wellner_may_start_before_the_first_event() {
    let settings = Settings {
        band: Band::HallWellner,
        confidence_scale: ConfidenceScale::Plain,
        from: Some(0.0),
        ..Settings::default()
    };
    let band = estimate(&cohort(&[1.0, 2.0, 3.0, 4.0], &[true; 4]), &settings).unwrap();
    assert!(band.lower_share.abs() < 1e-15);
    assert!((band.steps[0].lower.unwrap() - (1.0 - band.critical_value / 2.0)).abs() < 1e-15);
    assert_eq!(band.steps[0].upper, Some(1.0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_band_holds_the_curve_and_its_pointwise_intervals(
        rows in prop::collection::vec((1_u16..30, prop::bool::weighted(0.7)), 2..40)
    ) {
        let outcomes: Vec<_> = rows.iter().map(|&(t, event)| Outcome { time: f64::from(t), event }).collect();
        let cohort = Cohort::new(outcomes).unwrap();
        for confidence_scale in [ConfidenceScale::LogLog, ConfidenceScale::Plain, ConfidenceScale::Arcsin] {
            let curve = kaplan_meier::estimate(&cohort, confidence_scale);
            let settings = Settings { confidence_scale, ..Settings::default() };
            let Ok(band) = estimate(&cohort, &settings) else { continue };
            prop_assert!(0.0 < band.lower_share && band.lower_share <= band.upper_share && band.upper_share < 1.0);
            for step in &band.steps {
                let at = curve.survival_at(step.time).unwrap();
                prop_assert!((step.survival - at.survival).abs() < 1e-15);
                let (Some(lower), Some(upper)) = (step.lower, step.upper) else { continue };
                prop_assert!(0.0 <= lower && lower <= at.lower.unwrap() + 1e-9);
                prop_assert!(at.upper.unwrap() - 1e-9 <= upper && upper <= 1.0);
            }
        }
    }

    #[test]
    fn a_weight_is_a_number_of_patients(rows in prop::collection::vec((1_u16..30, any::<bool>()), 2..30)) {
        let of = |n_copies: usize, weight: f64| {
            let copies = rows.iter().flat_map(|row| std::iter::repeat_n(*row, n_copies));
            let outcomes: Vec<_> = copies.map(|(t, event)| Outcome { time: f64::from(t), event }).collect();
            let weights = vec![weight; outcomes.len()];
            let cohort = Cohort::new(outcomes).unwrap().with_weights(&weights).unwrap();
            estimate(&cohort, &Settings { band: Band::HallWellner, ..Settings::default() }).ok()
        };
        let (weighted, repeated) = (of(1, 2.0), of(2, 1.0));
        prop_assert_eq!(weighted.is_some(), repeated.is_some());
        if let (Some(weighted), Some(repeated)) = (weighted, repeated) {
            prop_assert!((weighted.critical_value - repeated.critical_value).abs() < 1e-12);
        }
    }
}
