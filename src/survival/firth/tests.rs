use proptest::prelude::*;

use super::*;
use crate::survival::design::Term;
use crate::survival::{cox, replicates};

fn numeric(columns: &[&[f64]]) -> Design {
    Design::new(columns.iter().zip(["a", "b", "c"]).map(|(it, name)| Term::numeric(name, it.to_vec())).collect())
}

fn profile_of(cohort: &Cohort, design: &Design, ties: Ties) -> FirthModel {
    fit(cohort, design, None, ties, Interval::ProfileLikelihood).unwrap()
}

/// Log hazard ratio, lower and upper limit, and p-value of the only coefficient.
fn only(model: &FirthModel) -> [f64; 4] {
    let it = &model.coefficients[0];
    [it.log_hazard_ratio, it.lower, it.upper, it.p_value].map(Option::unwrap)
}

const TIMES: [f64; 8] = [1.0, 2.0, 2.0, 4.0, 5.0, 6.0, 7.0, 8.0];
const ENTRIES: [f64; 8] = [0.0, 0.5, 0.0, 2.0, 3.0, 0.0, 4.5, 2.0];
const WEIGHTS: [f64; 8] = [1.0, 0.5, 2.0, 1.0, 1.5, 1.0, 0.7, 3.0];
const EVENTS: [bool; 8] = [true, true, true, true, true, false, true, false];
const AGE: [f64; 8] = [60.0, 45.0, 70.0, 58.0, 66.0, 51.0, 49.0, 62.0];
const SEX: [f64; 8] = [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0];

fn cohort() -> Cohort {
    Cohort::from_columns(&TIMES, &EVENTS).unwrap()
}

/// `l + ½ ln det I` of two columns as they are, patient by patient from the definition.
fn brute_force(cohort: &Cohort, columns: [&[f64]; 2], beta: [f64; 2], ties: Ties) -> f64 {
    let n = cohort.len();
    let predictor = |i: usize| beta[0] * columns[0][i] + beta[1] * columns[1][i];
    let (mut log_likelihood, mut information) = (0.0, [[0.0; 2]; 2]);
    let outcomes = cohort.outcomes();
    let mut seen = Vec::new();
    for event in (0..n).filter(|&i| outcomes[i].event) {
        let time = outcomes[event].time;
        let rank = seen.iter().filter(|it: &&f64| (**it - time).abs() <= 0.0).count();
        seen.push(time);
        let tied: Vec<usize> =
            (0..n).filter(|&i| outcomes[i].event && (outcomes[i].time - time).abs() <= 0.0).collect();
        let part = if ties == Ties::Efron { rank as f64 / tied.len() as f64 } else { 0.0 };
        let mean_weight = tied.iter().map(|&i| cohort.weight(i)).sum::<f64>() / tied.len() as f64;
        let at_risk = (0..n).filter(|&i| outcomes[i].time >= time && cohort.entries().is_none_or(|it| it[i] < time));
        let risks: Vec<(usize, f64)> = at_risk
            .map(|i| (i, cohort.weight(i) * predictor(i).exp() * if tied.contains(&i) { 1.0 - part } else { 1.0 }))
            .collect();
        let total: f64 = risks.iter().map(|it| it.1).sum();
        log_likelihood += cohort.weight(event) * predictor(event) - mean_weight * total.ln();
        let mean = |f: &dyn Fn(usize) -> f64| risks.iter().map(|&(i, risk)| risk * f(i)).sum::<f64>() / total;
        for (row, information) in information.iter_mut().enumerate() {
            for (column, element) in information.iter_mut().enumerate() {
                let covariance = mean(&|i| columns[row][i] * columns[column][i])
                    - mean(&|i| columns[row][i]) * mean(&|i| columns[column][i]);
                *element += mean_weight * covariance;
            }
        }
    }
    let determinant = information[0][0] * information[1][1] - information[0][1] * information[1][0];
    log_likelihood + 0.5 * determinant.ln()
}

/// The estimate is where the definition is largest: no step in any direction raises it, and it falls as a parabola.
#[test]
fn the_estimate_is_where_the_definition_is_largest() {
    let late = cohort().with_entries(&ENTRIES).unwrap().with_weights(&WEIGHTS).unwrap();
    for cohort in [cohort(), late] {
        for ties in [Ties::Breslow, Ties::Efron] {
            let model = profile_of(&cohort, &numeric(&[&AGE, &SEX]), ties);
            assert!(model.converged);
            let at = |step: [f64; 2]| {
                let beta = [0, 1].map(|it| model.coefficients[it].log_hazard_ratio.unwrap() + step[it]);
                brute_force(&cohort, [&AGE, &SEX], beta, ties)
            };
            for (idx, h) in [(0, 1e-4), (1, 1e-3)] {
                let step = |h: f64| if idx == 0 { [h, 0.0] } else { [0.0, h] };
                let (fall_up, fall_down) = (at([0.0; 2]) - at(step(h)), at([0.0; 2]) - at(step(-h)));
                assert!(fall_up > 0.0 && fall_down > 0.0);
                assert!((fall_up / fall_down - 1.0).abs() < 1e-2, "{ties:?} {idx}: {fall_up} {fall_down}");
            }
        }
    }
}

#[test]
fn log_likelihoods_are_those_of_the_definition_with_columns_in_standard_deviations() {
    let scale = |column: &[f64]| {
        let mean = column.iter().sum::<f64>() / 8.0;
        (column.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / 7.0).sqrt()
    };
    let (age, sex) = (scale(&AGE), scale(&SEX));
    let (a, s) = (AGE.map(|it| it / age), SEX.map(|it| it / sex));
    for ties in [Ties::Breslow, Ties::Efron] {
        let model = profile_of(&cohort(), &numeric(&[&AGE, &SEX]), ties);
        let [b_age, b_sex] = [0, 1].map(|it| model.coefficients[it].log_hazard_ratio.unwrap());
        let at = |beta| brute_force(&cohort(), [&a, &s], beta, ties);
        assert!((model.log_likelihood_null.unwrap() - at([0.0; 2])).abs() < 1e-12);
        assert!((model.log_likelihood.unwrap() - at([b_age * age, b_sex * sex])).abs() < 1e-12);
    }
}

/// Ends of a profile with the other coefficient found by golden section instead of scoring.
#[test]
fn at_the_limits_the_largest_likelihood_is_lower_by_half_a_quantile() {
    let model = profile_of(&cohort(), &numeric(&[&AGE, &SEX]), Ties::Efron);
    let profile = |sex: f64| {
        let at = |age: f64| brute_force(&cohort(), [&AGE, &SEX], [age, sex], Ties::Efron);
        let (mut low, mut high) = (-2.0, 2.0);
        for _ in 0..120 {
            let (first, second) = (high - 0.618 * (high - low), low + 0.618 * (high - low));
            if at(first) > at(second) { high = second } else { low = first }
        }
        at(low)
    };
    let sex = &model.coefficients[1];
    let largest = profile(sex.log_hazard_ratio.unwrap());
    for limit in [sex.lower, sex.upper] {
        let loss = 2.0 * (largest - profile(limit.unwrap().ln()));
        assert!((loss - NORMAL_QUANTILE_975.powi(2)).abs() < 1e-8, "{loss}");
    }
    assert!((2.0 * (largest - profile(0.0)) - sex.chi_square.unwrap()).abs() < 1e-9);
}

#[test]
fn a_group_without_events_has_an_estimate_and_both_limits() {
    let cohort = Cohort::from_columns(&TIMES, &SEX.map(|it| it > 0.5)).unwrap();
    let design = numeric(&[&SEX, &AGE]);
    let cox = cox::fit(&cohort, &design, None).unwrap();
    let model = fit_if_separated(&cox, &cohort, &design, None).unwrap().unwrap();
    let [estimate, lower, upper, p_value] = only(&model);
    assert!(model.converged && (0.0..5.0).contains(&estimate));
    assert!(lower < estimate.exp() && estimate.exp() < upper && p_value < 1.0);
}

#[test]
fn without_separation_no_penalty_is_proposed() {
    let design = numeric(&[&AGE]);
    let cox = cox::fit(&cohort(), &design, None).unwrap();
    assert_eq!(fit_if_separated(&cox, &cohort(), &design, None).unwrap(), None);
}

#[test]
fn aliased_columns_are_left_out_and_change_nothing() {
    let alone = profile_of(&cohort(), &numeric(&[&AGE]), Ties::Breslow);
    let model = profile_of(&cohort(), &numeric(&[&[7.3; 8], &AGE, &AGE.map(|it| 2.0 * it + 1.0)]), Ties::Breslow);
    assert_eq!([0, 2].map(|it| model.coefficients[it].log_hazard_ratio), [None; 2]);
    assert_eq!([0, 2].map(|it| model.coefficients[it].p_value), [None; 2]);
    assert_eq!(model.coefficients[1].upper, alone.coefficients[0].upper);
    assert_eq!(model.likelihood_ratio, alone.likelihood_ratio);
    assert!(model.covariance[0].iter().chain(&model.covariance[2]).all(|it| it.abs() <= 0.0));
}

#[test]
fn without_events_patients_or_columns_there_is_no_likelihood() {
    let censored = Cohort::from_columns(&TIMES, &[false; 8]).unwrap();
    let nobody = Cohort::new(Vec::new()).unwrap();
    for (cohort, design) in [
        (&censored, numeric(&[&AGE])),
        (&nobody, numeric(&[&[]])),
        (&cohort(), Design::default()),
        (&Cohort::from_columns(&[1.0], &[true]).unwrap(), numeric(&[&[3.0]])),
    ] {
        let model = profile_of(cohort, &design, Ties::Breslow);
        assert_eq!((model.log_likelihood, model.likelihood_ratio, model.wald), (None, None, None));
        assert!(model.coefficients.iter().all(|it| it.log_hazard_ratio.is_none() && it.lower.is_none()));
    }
}

#[test]
fn with_more_patients_it_becomes_maximum_likelihood() {
    let difference = |n: usize| {
        let random = &mut replicates::generator(5, 0);
        let x: Vec<f64> = (0..n).map(|_| random.random_range(-1.0..1.0)).collect();
        let times: Vec<f64> = x.iter().map(|x| -random.random_range(0.0_f64..1.0).ln() * (-x).exp()).collect();
        let cohort = Cohort::from_columns(&times, &vec![true; n]).unwrap();
        let design = numeric(&[&x]);
        let maximum = cox::fit(&cohort, &design, None).unwrap().coefficients[0].log_hazard_ratio.unwrap();
        (only(&profile_of(&cohort, &design, Ties::Efron))[0] - maximum).abs()
    };
    // The penalty moves an estimate by the order of 1/n.
    let (few, many, most) = (difference(60), difference(600), difference(6000));
    assert!(few < 0.05 && many < few / 4.0 && most < many / 4.0, "{few} {many} {most}");
    assert!(most < 1e-3);
}

#[test]
fn a_weight_of_two_is_a_patient_who_is_there_twice() {
    let weights = [1.0, 2.0, 1.0, 1.0, 2.0, 1.0, 1.0, 2.0];
    let indices = [0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 7];
    let twice = profile_of(&cohort().select(&indices), &numeric(&[&indices.map(|it| AGE[it])]), Ties::Breslow);
    let weighted = profile_of(&cohort().with_weights(&weights).unwrap(), &numeric(&[&AGE]), Ties::Breslow);
    for (one, other) in only(&twice).into_iter().zip(only(&weighted)) {
        assert!((one - other).abs() < 1e-9);
    }
}

#[test]
fn strata_have_baselines_of_their_own() {
    // The second stratum is the first, ten times later: its own baseline, the same order.
    let times: Vec<f64> = TIMES.into_iter().chain(TIMES.map(|it| 10.0 * it)).collect();
    let events = [EVENTS, EVENTS].concat();
    let age = [AGE, AGE].concat();
    let (cohort, design) = (Cohort::from_columns(&times, &events).unwrap(), numeric(&[&age]));
    let strata: Vec<usize> = (0..16).map(|it| it / 8).collect();
    let fit = |cohort: &Cohort, strata| {
        only(&fit(cohort, &design, strata, Ties::Breslow, Interval::ProfileLikelihood).unwrap())
    };
    let same_times = Cohort::from_columns(&[TIMES, TIMES].concat(), &events).unwrap();
    let difference = fit(&cohort, Some(&strata))[0] - fit(&same_times, Some(&strata))[0];
    assert!(difference.abs() < 1e-12);
    assert!((fit(&cohort, None)[0] - fit(&cohort, Some(&strata))[0]).abs() > 1e-6);
}

proptest! {
    #[test]
    fn an_interval_holds_the_estimate_and_excludes_one_if_the_test_does(
        times in prop::collection::vec(1_u8..20, 14),
        events in prop::collection::vec(any::<bool>(), 14),
        values in prop::collection::vec(-4_i8..4, 14),
    ) {
        let times: Vec<f64> = times.into_iter().map(f64::from).collect();
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let cohort = Cohort::from_columns(&times, &events).unwrap();
        let model = profile_of(&cohort, &numeric(&[&values]), Ties::Efron);
        let it = &model.coefficients[0];
        if let (Some(ratio), Some(lower), Some(upper), Some(p_value)) = (it.hazard_ratio, it.lower, it.upper, it.p_value) {
            prop_assert!(model.converged);
            prop_assert!(0.0 <= lower && lower < ratio && ratio < upper);
            prop_assert!((p_value < 0.05) == (lower > 1.0 || upper < 1.0));
        }
    }

    #[test]
    fn order_of_rows_and_scale_of_time_do_not_matter(seed in 0_u64..1000) {
        let mut order: Vec<usize> = (0..8).collect();
        replicates::shuffle(&mut order, &mut replicates::generator(seed, 0));
        let times: Vec<f64> = order.iter().map(|&it| TIMES[it].powi(3) + 1.0).collect();
        let events: Vec<bool> = order.iter().map(|&it| EVENTS[it]).collect();
        let age: Vec<f64> = order.iter().map(|&it| AGE[it]).collect();
        let other = profile_of(&Cohort::from_columns(&times, &events).unwrap(), &numeric(&[&age]), Ties::Efron);
        let plain = profile_of(&cohort(), &numeric(&[&AGE]), Ties::Efron);
        for (one, other) in only(&plain).into_iter().zip(only(&other)) {
            prop_assert!((one - other).abs() < 1e-8);
        }
    }
}
