use proptest::prelude::*;

use super::*;
use crate::error::Error;
use crate::survival::kaplan_meier::{self, ConfidenceScale};

/// What differs between the recursion and a sum over patients is the order of summation.
const ROUND_OFF: f64 = 1e-11;

fn cohort(times: &[f64], causes: &[usize], n_causes: usize) -> CompetingCohort {
    let names: Vec<String> = (1..=n_causes).map(|it| format!("cause {it}")).collect();
    CompetingCohort::from_columns(times, causes, &names).unwrap()
}

fn delta() -> Settings {
    Settings { variance_estimator: VarianceEstimator::Delta, ..Settings::default() }
}

fn assert_near(found: f64, expected: f64) -> Result<(), TestCaseError> {
    prop_assert!((found - expected).abs() <= ROUND_OFF * expected.abs().max(1e-3), "{} is not {}", found, expected);
    Ok(())
}

/// F by its definition, from scratch for each time and any weights.
fn incidence_by_definition(rows: &[Row], weights: &[f64], cause: usize, until: f64) -> f64 {
    let (mut event_free, mut incidence) = (1.0, 0.0);
    for time in (0..=u8::MAX).take_while(|&time| f64::from(time) <= until) {
        let sum = |keep: &dyn Fn(&Row) -> bool| -> f64 {
            rows.iter().zip(weights).filter(|(row, _)| keep(row)).map(|(_, weight)| weight).sum()
        };
        let n = sum(&|row| row.entry < time && time <= row.time);
        let d = sum(&|row| row.time == time && row.cause > 0);
        let d_k = sum(&|row| row.time == time && row.cause == cause);
        if n > 0.0 {
            incidence += event_free * d_k / n;
            event_free *= 1.0 - d / n;
        }
    }
    if cause == 0 { event_free } else { incidence }
}

/// A patient of the brute-force checks.
#[derive(Clone, Debug)]
struct Row {
    entry: u8,
    time: u8,
    cause: usize,
    weight: f64,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (0_u8..12, 1_u8..9, 0_usize..3, 1_u8..9).prop_map(|(entry, length, cause, weight)| Row {
        entry,
        time: entry + length,
        cause,
        weight: f64::from(weight) / 4.0,
    });
    prop::collection::vec(row, 1..25)
}

fn late_cohort(rows: &[Row]) -> CompetingCohort {
    let times: Vec<f64> = rows.iter().map(|it| f64::from(it.time)).collect();
    let entries: Vec<f64> = rows.iter().map(|it| f64::from(it.entry)).collect();
    let causes: Vec<usize> = rows.iter().map(|it| it.cause).collect();
    cohort(&times, &causes, 2).with_entries(&entries).unwrap()
}

/// Klein & Moeschberger 2003, section 4.7, gives the estimator; these numbers are worked out by hand from it.
#[test]
fn a_small_example_by_hand() {
    let curves = estimate(&cohort(&[1.0, 2.0, 2.0, 3.0, 4.0], &[1, 2, 0, 1, 0], 2), Settings::default()).unwrap();
    let at = |time: f64| curves.at(time).unwrap();
    assert_eq!(curves.n_events, [2, 1]);
    // 1/5; then 4/5 · 1/4; then 3/5 · 1/2.
    assert!((at(1.0).incidence[0].estimate - 0.2).abs() < 1e-15);
    assert!((at(2.5).incidence[1].estimate - 0.2).abs() < 1e-15);
    assert!((at(3.0).incidence[0].estimate - 0.5).abs() < 1e-15);
    assert!((at(3.0).event_free.estimate - 0.3).abs() < 1e-15);
    assert!((curves.steps[2].causes[0].cumulative_hazard - 0.7).abs() < 1e-15);
    assert_eq!((at(2.0).n_risk, at(2.5).n_risk, at(2.5).n_events), (4, 2, vec![1, 1]));
    assert_eq!(curves.at(4.5), None);
    // Before the first event, 1/5 (1 - 1/5) / 5 is the binomial variance.
    assert!((at(1.0).incidence[0].std_err.unwrap().powi(2) - 0.2 * 0.8 / 5.0).abs() < 1e-16);
    assert_eq!(
        at(0.5).event_free,
        Probability { estimate: 1.0, std_err: Some(0.0), lower: Some(1.0), upper: Some(1.0) }
    );
    assert_eq!((at(0.5).incidence[0].estimate, at(0.5).incidence[0].lower), (0.0, None));
}

#[test]
fn no_patients_no_events_and_one_patient_have_curves() {
    let none = estimate(&cohort(&[], &[], 2), Settings::default()).unwrap();
    assert_eq!((none.n, none.n_events.as_slice(), none.at(0.0)), (0, [0, 0].as_slice(), None));
    for settings in [Settings::default(), delta()] {
        let censored = estimate(&cohort(&[1.0, 2.0], &[0, 0], 2), settings).unwrap();
        let last = censored.at(2.0).unwrap();
        assert_eq!((last.event_free.estimate, last.event_free.std_err), (1.0, Some(0.0)));
        assert_eq!((last.incidence[1].estimate, last.incidence[1].std_err), (0.0, Some(0.0)));

        let one = estimate(&cohort(&[3.0], &[2], 2), settings).unwrap();
        let last = one.at(3.0).unwrap();
        assert_eq!((last.event_free.estimate, last.incidence[1].estimate), (0.0, 1.0));
        assert!(last.incidence[0].std_err.is_some_and(|it| it <= 0.0));
    }
    let none_named = estimate(&cohort(&[1.0], &[0], 0), Settings::default()).unwrap();
    assert_eq!(none_named.steps[0].causes, []);
}

#[test]
fn a_group_that_nobody_is_in_has_no_steps() {
    let cohort = cohort(&[1.0, 2.0, 3.0], &[1, 2, 0], 2);
    let curves = estimate_by_group(&cohort, &[2, 0, 2], 4, Settings::default()).unwrap();
    assert_eq!(curves.iter().map(|it| it.n).collect::<Vec<_>>(), [1, 0, 2, 0]);
    assert!(curves[1].steps.is_empty());
    assert_eq!(curves[2], estimate(&cohort.select(&[0, 2]), Settings::default()).unwrap());
}

#[test]
fn after_everybody_at_risk_has_had_an_event_nothing_changes() {
    let cohort = cohort(&[2.0, 2.0, 5.0, 6.0], &[1, 2, 1, 2], 2).with_entries(&[0.0, 0.0, 3.0, 3.0]).unwrap();
    for settings in [Settings::default(), delta()] {
        let curves = estimate(&cohort, settings).unwrap();
        for step in &curves.steps[1..] {
            assert_eq!(step.causes[0].incidence, curves.steps[0].causes[0].incidence);
            assert!(step.event_free.estimate <= 0.0);
        }
    }
}

#[test]
fn wrong_questions_are_refused() {
    let cohort = cohort(&[1.0], &[1], 1);
    let level = Settings { confidence_level: 95.0, ..Settings::default() };
    assert!(matches!(estimate(&cohort, level), Err(Error::OutOfRange { .. })));
    let by_group = |group: &[usize]| estimate_by_group(&cohort, group, 2, Settings::default());
    assert!(matches!(by_group(&[2]), Err(Error::OutOfRange { .. })));
    assert!(matches!(by_group(&[]), Err(Error::UnequalLengths { .. })));
    let weighted = cohort.clone().with_weights(&[0.5]).unwrap();
    assert!(matches!(estimate(&weighted, delta()), Err(Error::Unanswerable { .. })));
}

proptest! {
    #[test]
    fn variances_are_sums_of_squared_derivatives_by_the_weights(rows in rows(), is_late in any::<bool>()) {
        let rows: Vec<Row> =
            rows.into_iter().map(|row| Row { entry: if is_late { row.entry } else { 0 }, ..row }).collect();
        let weights: Vec<f64> = rows.iter().map(|it| it.weight).collect();
        let cohort = late_cohort(&rows);
        let cohort = if is_late { cohort } else {
            let causes: Vec<usize> = rows.iter().map(|it| it.cause).collect();
            self::cohort(&rows.iter().map(|it| f64::from(it.time)).collect::<Vec<_>>(), &causes, 2)
        };
        let curves = estimate(&cohort.with_weights(&weights).unwrap(), Settings::default()).unwrap();

        for (step, time) in curves.steps.iter().map(|step| (step, step.time)) {
            for (cause, found) in [step.event_free, step.causes[0].incidence, step.causes[1].incidence].iter().enumerate() {
                assert_near(found.estimate, incidence_by_definition(&rows, &weights, cause, time))?;
                // Central differences of relative size ε have an error of ε².
                let variance: f64 = (0..rows.len()).map(|idx| {
                    let shifted = |factor: f64| {
                        let mut weights = weights.clone();
                        weights[idx] *= factor;
                        incidence_by_definition(&rows, &weights, cause, time)
                    };
                    ((shifted(1.0 + 1e-4) - shifted(1.0 - 1e-4)) / 2e-4).powi(2)
                }).sum();
                let error = (found.std_err.unwrap() - variance.sqrt()).abs();
                prop_assert!(error < 1e-7, "{:?} at {} is not {}", found, time, variance.sqrt());
            }
        }
    }

    #[test]
    fn probabilities_rise_and_sum_to_one_and_stay_in_their_intervals(rows in rows(), scale in 0_usize..5) {
        use ConfidenceScale::{Arcsin, Log, LogLog, Logit, Plain};
        let confidence_scale = [Log, LogLog, Plain, Logit, Arcsin][scale];
        let settings = Settings { confidence_scale, ..Settings::default() };
        let curves = estimate(&late_cohort(&rows), settings).unwrap();
        for step in &curves.steps {
            let sum: f64 = step.causes.iter().map(|it| it.incidence.estimate).sum();
            prop_assert!((sum + step.event_free.estimate - 1.0).abs() < 1e-12);
            for it in step.causes.iter().map(|it| it.incidence).chain([step.event_free]) {
                if let (Some(lower), Some(upper)) = (it.lower, it.upper) {
                    prop_assert!((0.0..=it.estimate + 1e-15).contains(&lower) && (it.estimate - 1e-15..=1.0).contains(&upper));
                }
            }
        }
        for pair in curves.steps.windows(2) {
            prop_assert!(pair[0].event_free.estimate >= pair[1].event_free.estimate);
            for (earlier, later) in pair[0].causes.iter().zip(&pair[1].causes) {
                prop_assert!(earlier.incidence.estimate <= later.incidence.estimate);
            }
        }
    }

    #[test]
    fn with_one_cause_it_is_kaplan_meier_and_greenwood(rows in rows()) {
        let times: Vec<f64> = rows.iter().map(|it| f64::from(it.time)).collect();
        let causes: Vec<usize> = rows.iter().map(|it| it.cause.min(1)).collect();
        let cohort = cohort(&times, &causes, 1);
        let survival = kaplan_meier::estimate(cohort.cohort(), ConfidenceScale::Log);
        let [jackknife, delta] = [Settings::default(), delta()].map(|it| estimate(&cohort, it).unwrap());
        let mut sum_without_self = 0.0;
        for ((jackknife, delta), expected) in jackknife.steps.iter().zip(&delta.steps).zip(&survival.steps) {
            for found in [jackknife, delta] {
                assert_near(found.event_free.estimate, expected.survival)?;
                assert_near(found.causes[0].incidence.estimate, 1.0 - expected.survival)?;
            }
            let Some(std_err) = expected.std_err else {
                // All have had the event, which no weight can change.
                prop_assert_eq!(jackknife.causes[0].incidence.std_err, Some(0.0));
                continue;
            };
            for found in [jackknife.event_free, jackknife.causes[0].incidence, delta.event_free] {
                assert_near(found.std_err.unwrap(), std_err)?;
            }
            // The delta form of F divides by n - 1 where Greenwood divides by n.
            let (n, d) = (expected.n_risk as f64, expected.n_event as f64);
            sum_without_self += if d > 0.0 { d / ((n - 1.0) * (n - d)) } else { 0.0 };
            assert_near(delta.causes[0].incidence.std_err.unwrap(), expected.survival * sum_without_self.sqrt())?;
        }
    }

    #[test]
    fn whole_weights_are_repeated_patients_with_influences_pooled(rows in rows()) {
        let cohort = late_cohort(&rows);
        let twice: Vec<usize> = (0..rows.len()).chain(0..rows.len()).collect();
        let weighted = estimate(&cohort.clone().with_weights(&vec![2.0; rows.len()]).unwrap(), Settings::default());
        let repeated = estimate(&cohort.select(&twice), Settings::default()).unwrap();
        for (a, b) in weighted.unwrap().steps.iter().zip(&repeated.steps) {
            let (a, b) = (a.causes[1].incidence, b.causes[1].incidence);
            assert_near(a.estimate, b.estimate)?;
            // One patient of weight 2 has twice the influence of either of two patients.
            assert_near(a.std_err.unwrap(), b.std_err.unwrap() * 2.0_f64.sqrt())?;
        }
    }

    #[test]
    fn row_order_and_the_clock_do_not_matter(rows in rows(), shift in 0_usize..25) {
        let base = estimate(&late_cohort(&rows), Settings::default()).unwrap();
        let mut moved = rows.clone();
        moved.rotate_left(shift % rows.len());
        let moved = estimate(&late_cohort(&moved), Settings::default()).unwrap();
        let clock = |it: u8| f64::from(it).powi(2) + 1.0;
        let times: Vec<f64> = rows.iter().map(|it| clock(it.time)).collect();
        let entries: Vec<f64> = rows.iter().map(|it| clock(it.entry)).collect();
        let causes: Vec<usize> = rows.iter().map(|it| it.cause).collect();
        let stretched = cohort(&times, &causes, 2).with_entries(&entries).unwrap();
        let stretched = estimate(&stretched, Settings::default()).unwrap();
        for ((a, b), c) in base.steps.iter().zip(&moved.steps).zip(&stretched.steps) {
            for other in [b, c] {
                assert_near(a.causes[0].incidence.estimate, other.causes[0].incidence.estimate)?;
                assert_near(a.causes[0].incidence.std_err.unwrap(), other.causes[0].incidence.std_err.unwrap())?;
            }
        }
    }
}
