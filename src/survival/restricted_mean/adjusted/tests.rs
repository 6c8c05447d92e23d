use super::*;
use crate::survival::design::Term;
use crate::survival::restricted_mean;

/// Forty patients with times that do not tie, every third censored.
fn patients() -> (Vec<f64>, Vec<bool>, Vec<usize>) {
    let times = (0..40).map(|it| f64::from(1 + it * 17 % 41)).collect();
    ((times), (0..40).map(|it| it % 3 > 0).collect(), (0..40).map(|it| it / 7 % 2).collect())
}

fn age() -> Term {
    Term::numeric("age", (0..40).map(|it| f64::from(40 + it * 11 % 37)).collect())
}

#[test]
fn without_covariates_it_is_the_difference_of_the_means() {
    let (times, events, group) = patients();
    let cohort = Cohort::from_columns(&times, &events).unwrap();
    let adjusted = compare(&cohort, &group, &Design::default(), Some(30.0), 0.9).unwrap();
    let plain = restricted_mean::compare(&cohort, &group, Some(30.0), 0.9).unwrap();
    // Without tied censorings, weighting by the inverse of censoring gives the area under the Kaplan-Meier curve.
    let found = &adjusted.difference[1];
    assert!((found.estimate - plain.difference.unwrap().estimate).abs() < 1e-12);
    assert!((adjusted.ratio[1].estimate - plain.ratio.unwrap().estimate).abs() < 1e-12);
    assert!((adjusted.time_lost_ratio[1].estimate - plain.time_lost_ratio.unwrap().estimate).abs() < 1e-12);
    assert!((adjusted.difference[0].estimate - plain.groups[0].mean).abs() < 1e-12);
    // The variances estimate the same.
    assert!((found.std_err / plain.difference.unwrap().std_err - 1.0).abs() < 0.05);
}

#[test]
fn units_of_a_covariate_do_not_matter() {
    let (times, events, group) = patients();
    let cohort = Cohort::from_columns(&times, &events).unwrap();
    let of = |unit: f64| {
        let Term { name, mut columns } = age();
        columns[0].values.iter_mut().for_each(|it| *it *= unit);
        compare(&cohort, &group, &Design::new(vec![Term { name, columns }]), None, 0.95).unwrap()
    };
    let (one, other) = (of(1.0), of(1e8));
    for (one, other) in [(&one.difference, &other.difference), (&one.ratio, &other.ratio)] {
        assert!((one[1].estimate / other[1].estimate - 1.0).abs() < 1e-9);
        assert!((one[1].std_err / other[1].std_err - 1.0).abs() < 1e-9);
        assert!((one[2].coefficient / other[2].coefficient / 1e8 - 1.0).abs() < 1e-9);
    }
}

#[test]
fn a_redundant_covariate_is_named() {
    let (times, events, group) = patients();
    let cohort = Cohort::from_columns(&times, &events).unwrap();
    let mut months = age();
    months.name = "months".to_owned();
    months.columns[0].name = "months".to_owned();
    months.columns[0].values.iter_mut().for_each(|it| *it *= 12.0);
    let error = compare(&cohort, &group, &Design::new(vec![age(), months]), None, 0.95).unwrap_err();
    assert!(error.to_string().starts_with("'months' is a combination"), "{error}");
}

#[test]
fn late_entry_and_weights_are_refused() {
    let (times, events, group) = patients();
    let cohort = || Cohort::from_columns(&times, &events).unwrap();
    for cohort in [cohort().with_entries(&[0.5; 40]).unwrap(), cohort().with_weights(&[1.0; 40]).unwrap()] {
        let found = compare(&cohort, &group, &Design::default(), None, 0.95);
        assert!(matches!(found, Err(Error::Unanswerable { .. })));
    }
}

#[test]
fn groups_that_lose_no_time_are_refused() {
    let cohort = Cohort::from_columns(&[5.0, 6.0, 7.0, 8.0], &[false; 4]).unwrap();
    let found = compare(&cohort, &[0, 0, 1, 1], &Design::default(), Some(4.0), 0.95);
    assert!(matches!(found, Err(Error::Unanswerable { .. })));
}
