use proptest::prelude::*;

use super::*;
use crate::survival::design::{Design, Term};

/// Follow-up, how it ended (0 censored, 1 event, 2 competing event), marker.
type Row = (u8, u8, u8);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((1_u8..12, 0_u8..3, 0_u8..6), 0..25)
}

fn column<T>(rows: &[Row], value: impl Fn(&Row) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

fn found(rows: &[Row], times: &[f64], convention: Convention) -> TimeDependentAuc {
    let cohort = Cohort::from_columns(&column(rows, |it| f64::from(it.0)), &column(rows, |it| it.1 == 1)).unwrap();
    let competing = column(rows, |it| it.1 == 2);
    estimate(&cohort, &column(rows, |it| f64::from(it.2)), times, Some(&competing), convention).unwrap()
}

/// `G(t-)` by its product.
fn in_view_before(rows: &[Row], time: f64) -> f64 {
    let mut in_view = 1.0;
    for u in (1..12).filter(|it| f64::from(*it) < time) {
        let n_censored = rows.iter().filter(|it| it.0 == u && it.1 == 0).count() as f64;
        let n_risk = rows.iter().filter(|it| it.0 > u || (it.0 == u && it.1 == 0)).count() as f64;
        if n_censored > 0.0 {
            in_view *= 1.0 - n_censored / n_risk;
        }
    }
    in_view
}

/// Areas and standard errors by sums over pairs and martingales of each patient at each time, as the paper has them.
fn by_hand(rows: &[Row], time: f64) -> [Option<(f64, f64)>; 2] {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|it| it.0);
    let n = rows.len();
    let end = |k: usize| f64::from(rows[k].0);
    let weight =
        |k: usize, how: u8| if rows[k].1 == how && end(k) < time { 1.0 / in_view_before(&rows, end(k)) } else { 0.0 };
    let a: Vec<f64> = (0..n).map(|k| weight(k, 1)).collect();
    let free: Vec<f64> =
        (0..n).map(|k| if end(k) > time { 1.0 / in_view_before(&rows, time + 0.5) } else { 0.0 }).collect();
    let competing: Vec<f64> = (0..n).map(|k| weight(k, 2)).collect();
    let pair = |i: usize, j: usize, b: &[f64]| {
        let above = f64::from(u8::from(rows[i].2 > rows[j].2)) + 0.5 * f64::from(u8::from(rows[i].2 == rows[j].2));
        a[i] * b[j] * above
    };
    // The martingale of patient k up to position i.
    let martingale = |i: usize, k: usize| {
        let is_censored = |m: usize| f64::from(u8::from(rows[m].1 == 0));
        let first = (0..n).find(|&m| rows[m].0 == rows[k].0).unwrap();
        let jump = if i >= first { is_censored(k) / ((n - first) as f64 / n as f64) } else { 0.0 };
        let hazard = |m: usize| is_censored(m) / (n - m) as f64 / ((n - m) as f64 / n as f64);
        jump - (0..=i.min(k)).map(hazard).sum::<f64>()
    };
    let squared = (n * n) as f64;
    let sum = |b: &[f64]| (0..n).flat_map(|i| (0..n).map(move |j| (i, j))).map(|(i, j)| pair(i, j, b)).sum::<f64>();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n as f64;
    let (f, s, c) = (mean(&a), mean(&free), mean(&competing));
    let (h1, h2) = (sum(&free) / squared, sum(&competing) / squared);
    let last = (0..n).filter(|&k| end(k) <= time).max();
    let n_free = (0..n).filter(|&k| end(k) > time).count() as f64;

    let first_kind = |k: usize| {
        let mut total = 0.0;
        for (i, a_i) in a.iter().enumerate() {
            let of_case: f64 = (0..n).map(|j| pair(i, j, &free)).sum();
            total += of_case * (1.0 + martingale(i, k)) / n as f64 - h1 / f * a_i * (1.0 + martingale(i, k));
        }
        let of_control: f64 = (0..n).map(|i| pair(i, k, &free)).sum();
        let of_case: f64 = (0..n).map(|j| pair(k, j, &free)).sum();
        let control = if end(k) > time { n as f64 / n_free } else { 0.0 };
        total += of_control - n as f64 * h1 + of_case - n as f64 * h1 * (control + (a[k] - f) / f);
        total / (f * s) / n as f64
    };
    let second_kind = |k: usize| {
        let h = h1 + h2;
        let q = h * (1.0 - 2.0 * f) / (f * (1.0 - f));
        let both = |i: usize, j: usize| pair(i, j, &free) + pair(i, j, &competing);
        let mut total = h1 * squared * last.map_or(0.0, |it| martingale(it, k));
        for (i, a_i) in a.iter().enumerate() {
            let of_case: f64 = (0..n).map(|j| both(i, j)).sum();
            let of_competing: f64 = (0..n).map(|j| pair(j, i, &competing)).sum();
            total += (of_case - n as f64 * q * a_i + of_competing) * martingale(i, k);
        }
        let of_case: f64 = (0..n).map(|j| both(k, j)).sum();
        let of_control: f64 = (0..n).map(|i| both(i, k)).sum();
        total += (of_case + of_control) * n as f64 - 2.0 * squared * h - squared * q * (a[k] - f);
        total / (f * (1.0 - f)) / squared
    };
    let std_err = |terms: Vec<f64>| {
        let mean = mean(&terms);
        let variance = terms.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / (n as f64 - 1.0);
        (variance / n as f64).sqrt()
    };
    [
        (f * s > 0.0).then(|| (h1 / (f * s), std_err((0..n).map(first_kind).collect()))),
        (f * c > 0.0).then(|| ((h1 + h2) / (f * (s + c)), std_err((0..n).map(second_kind).collect()))),
    ]
}

proptest! {
    #[test]
    fn sums_over_prefixes_are_sums_over_pairs(rows in rows(), time in 1_u8..13) {
        let time = f64::from(time);
        let found = &found(&rows, &[time], Convention::TimeRoc).times[0];
        for (found, expected) in [&found.event_free, &found.all_others].into_iter().zip(by_hand(&rows, time)) {
            // Where all have the event, F (1 - F) is 0 but for round-off.
            if let (Some(found), Some((auc, std_err))) = (found, expected) {
                prop_assert!((found.auc - auc).abs() < 1e-11, "{} is not {}", found.auc, auc);
                prop_assert!((found.std_err - std_err).abs() < 1e-9 * (1.0 + std_err), "{} is not {}", found.std_err, std_err);
                prop_assert!(0.0 <= found.lower && found.lower <= found.upper && found.upper <= 1.0);
            }
            prop_assert_eq!(found.is_some(), expected.is_some_and(|it| it.1.is_finite()));
        }
    }

    #[test]
    fn a_negated_marker_has_the_rest_of_the_area(rows in rows(), time in 1_u8..13) {
        let negated: Vec<Row> = rows.iter().map(|it| (it.0, it.1, 10 - it.2)).collect();
        for convention in [Convention::TimeRoc, Convention::ScikitSurvival] {
            let of = |rows: &[Row]| found(rows, &[f64::from(time)], convention).times.remove(0);
            let (one, other) = (of(&rows), of(&negated));
            for (one, other) in [(one.event_free, other.event_free), (one.all_others, other.all_others)] {
                prop_assert_eq!(one.is_some(), other.is_some());
                if let (Some(one), Some(other)) = (one, other) {
                    prop_assert!((one.auc + other.auc - 1.0).abs() < 1e-11);
                }
            }
        }
    }
}

#[test]
fn without_cases_or_controls_there_is_no_area() {
    let none = found(&[], &[1.0], Convention::TimeRoc);
    assert_eq!((none.times[0].event_free.clone(), none.times[0].event_probability), (None, 0.0));
    let rows = [(2, 1, 1), (3, 1, 2), (4, 0, 0)];
    for (time, n_cases, n_event_free, n_left_out) in [(2.0, 0, 2, 1), (4.0, 2, 0, 1), (9.0, 2, 0, 1)] {
        let it = &found(&rows, &[time], Convention::TimeRoc).times[0];
        assert_eq!((it.n_cases, it.n_event_free, it.n_left_out), (n_cases, n_event_free, n_left_out));
        assert_eq!((&it.event_free, &it.all_others), (&None, &None));
    }
}

#[test]
fn an_event_at_the_time_itself_is_a_case_of_scikit_survival() {
    let rows = [(2, 1, 5), (3, 1, 2), (4, 0, 0), (5, 1, 3)];
    let of = |convention| found(&rows, &[3.0], convention).times.remove(0);
    let (strict, with) = (of(Convention::TimeRoc), of(Convention::ScikitSurvival));
    assert_eq!((strict.n_cases, with.n_cases), (1, 2));
    assert_eq!(strict.event_free.map(|it| it.auc), Some(1.0));
    assert_eq!(with.event_free.map(|it| it.auc), Some(0.75));
}

#[test]
fn a_marker_does_not_differ_from_itself() {
    let rows = [(1, 1, 5), (2, 1, 2), (3, 0, 0), (4, 1, 3), (5, 2, 1), (6, 0, 4), (7, 1, 0)];
    let one = found(&rows, &[2.5, 4.5], Convention::TimeRoc);
    let same = compare(&one, &one).unwrap();
    assert!(same.event_free.iter().flatten().all(|it| it.z.is_none() && it.difference.abs() <= 0.0));
    assert_eq!((same.event_free_test, same.all_others[0].clone()), (None, None));
    assert!(same.all_others[1].is_none() && one.times[1].all_others.is_none());
    let other = found(&rows, &[2.5, 5.5], Convention::TimeRoc);
    assert!(matches!(compare(&one, &other), Err(Error::Unanswerable { .. })));
}

#[test]
fn what_cannot_be_answered_is_refused() {
    let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0], &[true, false, true]).unwrap();
    let of = |cohort: &Cohort, marker: &[f64], competing: &[bool]| {
        estimate(cohort, marker, &[1.5], Some(competing), Convention::TimeRoc)
    };
    let (marker, none) = ([1.0, 2.0, 3.0], [false; 3]);
    assert!(matches!(of(&cohort, &[1.0], &none), Err(Error::UnequalLengths { .. })));
    assert!(matches!(of(&cohort, &[1.0, f64::NAN, 0.0], &none), Err(Error::OutOfRange { .. })));
    assert!(matches!(of(&cohort, &marker, &[true, false, false]), Err(Error::Unanswerable { .. })));
    let weighted = cohort.clone().with_weights(&[1.0, 2.0, 1.0]).unwrap();
    assert!(matches!(of(&weighted, &marker, &none), Err(Error::Unanswerable { .. })));
    let late = cohort.with_entries(&[0.0, 1.0, 0.0]).unwrap();
    assert!(matches!(of(&late, &marker, &none), Err(Error::Unanswerable { .. })));
}

fn age(values: &[f64]) -> Design {
    Design::new(vec![Term::numeric("age", values.to_vec())])
}

/// Six patients, some of them lost.
fn six() -> Cohort {
    Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[true, false, true, false, true, false]).unwrap()
}

const SIX_MARKERS: [f64; 6] = [5.0, 1.0, 2.0, 3.0, 4.0, 0.0];

/// With a covariate that the losses do not depend on, `G(t | x)` is the exponential of Nelson and Aalen's estimate.
#[test]
fn a_covariate_that_foretells_no_loss_leaves_one_curve_for_all() {
    // Everybody is there twice, once with each value; coefficient 0 by symmetry.
    let twice: Vec<usize> = (0..6).flat_map(|it| [it, it]).collect();
    let cohort = six().select(&twice);
    let marker: Vec<f64> = twice.iter().map(|&it| SIX_MARKERS[it]).collect();
    let covariate = [0.0, 1.0].repeat(6);
    let found = estimate_given_covariates(&cohort, &marker, &[4.5], None, &age(&covariate)).unwrap().unwrap();
    // Efron: the two lost at 2 leave ten and then nine at risk. Cases at 1 and 3 against controls at 5 and 6.
    let in_view_at_3 = (-1.0_f64 / 10.0 - 1.0 / 9.0).exp();
    let (a, b) = (1.0, 1.0 / in_view_at_3);
    let expected = (a * 2.0 + b) / ((a + b) * 2.0);
    assert!((found[0].event_free.unwrap() - expected).abs() < 1e-12);
    assert_eq!((found[0].n_cases, found[0].n_event_free, found[0].n_competing), (4, 4, 0));
    assert_eq!(found[0].all_others, None);
}

#[test]
fn nobody_lost_needs_no_model_and_one_covariate_too_good_has_none() {
    let all = six().with_events(|_| true);
    let found = estimate_given_covariates(&all, &SIX_MARKERS, &[2.5], None, &age(&SIX_MARKERS)).unwrap().unwrap();
    let expected = estimate(&all, &SIX_MARKERS, &[2.5], None, Convention::TimeRoc).unwrap().times.remove(0);
    assert_eq!(found[0].event_free, expected.event_free.map(|it| it.auc));
    let early = Cohort::from_columns(&[1.0, 2.0, 3.0], &[false, false, true]).unwrap();
    let constant = estimate_given_covariates(&early, &[1.0, 2.0, 3.0], &[2.5], None, &age(&[1.0; 3])).unwrap();
    let separated = estimate_given_covariates(&early, &[1.0, 2.0, 3.0], &[2.5], None, &age(&[3.0, 2.0, 1.0])).unwrap();
    assert_eq!((constant, separated), (None, None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn adjusted_p_values_lie_between_the_plain_ones_and_bonferroni_s(rows in rows()) {
        let times = [2.5, 4.5, 6.5, 8.5];
        let other: Vec<Row> = rows.iter().zip(0_u8..).map(|(it, idx)| (it.0, it.1, (it.2 * 5 + idx) % 6)).collect();
        let of = |rows: &[Row]| found(rows, &times, Convention::TimeRoc);
        let compared = compare(&of(&rows), &of(&other)).unwrap();
        let both = [
            (&compared.event_free, &compared.event_free_adjusted_p_values),
            (&compared.all_others, &compared.all_others_adjusted_p_values),
        ];
        for (differences, adjusted) in both {
            let plain: Vec<Option<f64>> = differences.iter().map(|it| it.as_ref().and_then(|it| it.p_value)).collect();
            let n = plain.iter().flatten().count() as f64;
            for (plain, adjusted) in plain.iter().zip(adjusted) {
                prop_assert_eq!(plain.is_some(), adjusted.is_some());
                if let (Some(plain), Some(adjusted)) = (plain, adjusted) {
                    prop_assert!(plain <= adjusted && *adjusted <= (n * plain).min(1.0));
                }
            }
        }
    }
}

/// Two equal columns of influence are one test; two that are independent are two.
#[test]
fn adjustment_follows_the_correlation_of_the_times() {
    let area = |auc: f64, influence: &[f64]| Auc::new(auc, influence.to_vec());
    let (x, y) = ([1.0, -1.0, 1.0, -1.0], [1.0, 1.0, -1.0, -1.0]);
    let none = area(0.5, &[0.0; 4]);
    let p = |second: &[f64]| {
        let (a, b) = (area(0.9, &x), area(0.8, second));
        let found = Differences::of(&[Some((&a, &none)), None, Some((&b, &none))]);
        (found.at_times[0].as_ref().and_then(|it| it.p_value).unwrap(), found.adjusted_p_values())
    };
    let (plain, same) = p(&x);
    assert!((same[0].unwrap() - plain).abs() < 1e-9);
    let (plain, independent) = p(&y);
    assert!((independent[0].unwrap() - (1.0 - (1.0 - plain).powi(2))).abs() < TOLERANCE);
    assert_eq!(independent[1], None);
}
