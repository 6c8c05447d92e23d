use proptest::prelude::*;

use super::*;
use crate::survival::Outcome;
use crate::survival::cox::{Ties, fit_with};
use crate::survival::design::Term;
use crate::survival::replicates::{generator, sample_with_replacement};

/// Both are iterated: the fit from zero, and the refit from the coefficients of all patients.
const TOLERANCE: f64 = 1e-8;

const N: usize = 120;

/// A number in [0, 1) that looks random.
fn noise(it: usize, kind: usize) -> f64 {
    ((it + 1) as f64 * (12.9898 + kind as f64) * 43.7585).sin().abs() * 997.0 % 1.0
}

fn column(kind: usize) -> Vec<f64> {
    (0..N).map(|it| noise(it, kind)).collect()
}

/// Many ties, some patients censored.
fn cohort() -> Cohort {
    let times: Vec<f64> = (0..N).map(|it| (1.0 + 25.0 * noise(it, 1)).floor()).collect();
    let events: Vec<bool> = (0..N).map(|it| noise(it, 2) < 0.7).collect();
    Cohort::from_columns(&times, &events).unwrap()
}

/// Two numbers, and a factor with a level of few patients, which some samples lack.
fn design(n_rare: usize) -> Design {
    let levels = ["common", "half", "rare"].map(String::from);
    let codes: Vec<usize> = (0..N).map(|it| if it < n_rare { 2 } else { it % 2 }).collect();
    Design::new(vec![
        Term::numeric("a", column(3)),
        Term::factor("b", &levels, 0, &codes).unwrap(),
        Term::numeric("c", column(4).iter().map(|it| 1e4 * it + 7e4).collect()),
    ])
}

/// Compares with a fit of the selected rows in `n_samples` samples; tells how many coefficients were not estimated.
fn n_absent(cohort: &Cohort, design: &Design, settings: &Settings<'_>, n_samples: usize) -> usize {
    let refit = Refit::new(cohort, design, settings).unwrap();
    let mut n_absent = 0;
    for replicate in 0..n_samples {
        let draws = sample_with_replacement(N, &mut generator(1, replicate));
        let strata: Option<Vec<usize>> = settings.strata.map(|it| draws.iter().map(|&idx| it[idx]).collect());
        let offset: Option<Vec<f64>> = settings.offset.map(|it| draws.iter().map(|&idx| it[idx]).collect());
        let settings = Settings { strata: strata.as_deref(), offset: offset.as_deref(), ..*settings };
        let model = fit_with(&cohort.select(&draws), &design.select(&draws), &settings).unwrap();
        for (found, expected) in refit.coefficients(&draws).into_iter().zip(&model.coefficients) {
            assert_eq!(found.is_some(), expected.log_hazard_ratio.is_some(), "{replicate} {}", expected.name);
            if let (Some(found), Some(expected), Some(std_err)) = (found, expected.log_hazard_ratio, expected.std_err) {
                assert!((found - expected).abs() <= TOLERANCE * std_err, "{replicate}: {found} {expected}");
            } else {
                n_absent += 1;
            }
        }
    }
    n_absent
}

#[test]
fn a_sample_is_fitted_as_its_rows_are() {
    let (strata, offset) = ((0..N).map(|it| it % 3).collect::<Vec<_>>(), column(5));
    let weights: Vec<f64> = column(6).iter().map(|it| 0.5 + it).collect();
    let plain = cohort();
    let entries: Vec<f64> =
        plain.outcomes().iter().zip(column(7)).map(|(it, part)| (it.time * part * 0.9).floor()).collect();
    let weighted = cohort().with_weights(&weights).unwrap();
    let late = cohort().with_entries(&entries).unwrap();
    let all = late.clone().with_weights(&weights).unwrap();
    let design = design(20);
    for ties in [Ties::Efron, Ties::Breslow] {
        let simple = Settings { ties, ..Settings::default() };
        let full = Settings { strata: Some(&strata), offset: Some(&offset), ..simple };
        for settings in [simple, full] {
            for cohort in [&plain, &weighted, &late, &all] {
                assert_eq!(n_absent(cohort, &design, &settings, 10), 0);
            }
        }
    }
    let exact = Settings { ties: Ties::Exact, strata: Some(&strata), ..Settings::default() };
    for cohort in [&plain, &late] {
        assert_eq!(n_absent(cohort, &design, &exact, 3), 0);
    }
}

#[test]
fn what_a_sample_cannot_estimate_is_absent_as_in_a_fit_of_its_rows() {
    let (n_samples, cohort) = (200, cohort());
    // The column of a level is aliased without its patients, and separated without their events.
    let lacks_events = |replicate: &usize| {
        let draws = sample_with_replacement(N, &mut generator(1, *replicate));
        draws.iter().all(|&idx| idx >= 2 || !cohort.outcomes()[idx].event)
    };
    let n_without = (0..n_samples).filter(lacks_events).count();
    assert!(n_without > 2);
    assert!(n_absent(&cohort, &design(2), &Settings::default(), n_samples) >= n_without);
}

#[test]
fn what_all_patients_cannot_estimate_is_absent_in_every_sample() {
    let mut twice = design(20);
    twice.terms.push(Term::numeric("a again", column(3)));
    assert_eq!(n_absent(&cohort(), &twice, &Settings::default(), 5), 5);
    let without_events = cohort().with_events(|_| false);
    assert_eq!(n_absent(&without_events, &design(20), &Settings::default(), 1), 4);
    assert_eq!(n_absent(&cohort(), &Design::default(), &Settings::default(), 1), 0);
}

#[test]
fn an_empty_sample_has_no_coefficients() {
    let (cohort, design) = (cohort(), design(20));
    assert_eq!(Refit::new(&cohort, &design, &Settings::default()).unwrap().coefficients(&[]), [None; 4]);
}

#[test]
fn one_patient_drawn_again_and_again_tells_nothing() {
    let cohort = Cohort::from_columns(&[0.0, 1.0, 2.0], &[true; 3]).unwrap();
    for values in [vec![0.0, 2.0, 3.0], vec![0.3, 0.1, 0.2], vec![1e6 + 0.1, 1e6 + 0.3, 1e6 + 0.2]] {
        let design = Design::new(vec![Term::numeric("x", values)]);
        let refit = Refit::new(&cohort, &design, &Settings::default()).unwrap();
        for patient in 0..3 {
            assert_eq!(refit.coefficients(&[patient; 6]), [None]);
        }
    }
}

proptest! {
    #[test]
    fn samples_of_few_patients_are_fitted_as_their_rows_are(
        rows in prop::collection::vec((0_u8..8, any::<bool>(), 0_u8..2, 0_u8..4), 2..14),
        draws in prop::collection::vec(0_usize..1000, 1..14),
    ) {
        let outcomes = rows.iter().map(|it| Outcome { time: f64::from(it.0), event: it.1 });
        let cohort = Cohort::new(outcomes.collect()).unwrap();
        let design = Design::new(vec![
            Term::numeric("a", rows.iter().map(|it| f64::from(it.2)).collect()),
            Term::numeric("b", rows.iter().map(|it| f64::from(it.3)).collect()),
        ]);
        let draws: Vec<usize> = draws.iter().map(|it| it % rows.len()).collect();
        let refit = Refit::new(&cohort, &design, &Settings::default()).unwrap();
        let model = fit_with(&cohort.select(&draws), &design.select(&draws), &Settings::default()).unwrap();
        for (found, expected) in refit.coefficients(&draws).into_iter().zip(&model.coefficients) {
            match (found, expected.log_hazard_ratio) {
                (Some(found), Some(expected)) => prop_assert!((found - expected).abs() < 1e-6, "{} {}", found, expected),
                (found, expected) => prop_assert_eq!(found, expected),
            }
        }
    }
}
