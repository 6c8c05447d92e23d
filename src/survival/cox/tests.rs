use proptest::prelude::*;

use super::*;
use crate::error::Error;
use crate::survival::design::Term;
use crate::survival::{log_rank, proportional_hazards};

mod invariants;

fn cohort(times: &[f64], events: &[u8]) -> Cohort {
    let events: Vec<bool> = events.iter().map(|&it| it == 1).collect();
    Cohort::from_columns(times, &events).unwrap()
}

fn numeric(columns: &[&[f64]]) -> Design {
    Design::new(columns.iter().zip(["a", "b", "c"]).map(|(it, name)| Term::numeric(name, it.to_vec())).collect())
}

fn factor(levels: &[&str], reference: usize, codes: &[usize]) -> Design {
    let levels: Vec<String> = levels.iter().map(|&it| it.to_owned()).collect();
    Design::new(vec![Term::factor("class", &levels, reference, codes).unwrap()])
}

fn states(model: &CoxModel) -> Vec<CoefficientState> {
    model.coefficients.iter().map(|it| it.state).collect()
}

const TIMES: [f64; 8] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
const EVENTS: [u8; 8] = [1, 1, 0, 1, 1, 0, 1, 1];
const AGE: [f64; 8] = [60.0, 45.0, 70.0, 58.0, 66.0, 51.0, 49.0, 62.0];

/// Freireich et al. 1963; Efron's approximation as in Therneau & Grambsch, and R.
#[test]
fn the_six_mp_trial_gives_the_published_hazard_ratio() {
    let times = [
        6.0, 6.0, 6.0, 6.0, 7.0, 9.0, 10.0, 10.0, 11.0, 13.0, 16.0, 17.0, 19.0, 20.0, 22.0, 23.0, 25.0, 32.0, 32.0,
        34.0, 35.0, 1.0, 1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 5.0, 8.0, 8.0, 8.0, 8.0, 11.0, 11.0, 12.0, 12.0, 15.0,
        17.0, 22.0, 23.0,
    ];
    let mut events = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0].to_vec();
    events.resize(42, 1);
    let placebo: Vec<f64> = (0..42).map(|idx| f64::from(u8::from(idx >= 21))).collect();
    let (cohort, design) = (cohort(&times, &events), numeric(&[&placebo]));

    let model = fit(&cohort, &design, None).unwrap();

    let near = |found: Option<f64>, expected: f64, digits: f64| assert!((found.unwrap() - expected).abs() < digits);
    near(model.coefficients[0].log_hazard_ratio, 1.572_125, 5e-7);
    near(model.coefficients[0].hazard_ratio, 4.8169, 5e-5);
    near(model.coefficients[0].lower, 2.1465, 5e-5);
    near(model.coefficients[0].upper, 10.8093, 5e-5);
    near(model.likelihood_ratio.map(|it| it.chi_square), 16.3517, 5e-5);
    near(model.concordance.as_ref().and_then(|it| it.concordance), 0.690_042, 5e-7);
    let proportional = proportional_hazards::test(&cohort, &design, &model, None).unwrap().unwrap();
    near(proportional.global.map(|it| it.chi_square), 0.022_863, 5e-7);
}

#[test]
fn the_later_of_collinear_columns_is_aliased_and_changes_nothing() {
    let twice = AGE.map(|it| 2.0 * it + 1.0);
    let cohort = cohort(&TIMES, &EVENTS);
    let alone = fit(&cohort, &numeric(&[&AGE]), None).unwrap();
    let model = fit(&cohort, &numeric(&[&AGE, &twice]), None).unwrap();

    assert_eq!(states(&model), [CoefficientState::Estimated, CoefficientState::Aliased]);
    assert_eq!(model.coefficients[0], alone.coefficients[0]);
    assert_eq!((model.coefficients[1].hazard_ratio, model.coefficients[1].std_err), (None, None));
    assert_eq!(model.likelihood_ratio, alone.likelihood_ratio);
    assert_eq!((model.wald, model.term_tests[1].wald), (alone.wald, None));
    assert_eq!(likelihood_ratio(&alone, &model).unwrap(), None);
}

#[test]
fn constant_columns_and_levels_without_patients_are_aliased() {
    let cohort = cohort(&TIMES, &EVENTS);
    for constant in [0.0, 1.0, 3.3, 1e9] {
        let model = fit(&cohort, &numeric(&[&[constant; 8]]), None).unwrap();
        assert_eq!(states(&model), [CoefficientState::Aliased], "{constant}");
        assert_eq!((model.likelihood_ratio, model.wald, model.score, model.concordance), (None, None, None, None));
    }
    let codes = [0, 1, 0, 1, 0, 1, 0, 1];
    let model = fit(&cohort, &factor(&["Low", "High", "Nobody"], 0, &codes), None).unwrap();
    assert_eq!(states(&model), [CoefficientState::Estimated, CoefficientState::Aliased]);
    let model = fit(&cohort, &factor(&["Low", "High", "Nobody"], 2, &codes), None).unwrap();
    assert_eq!(states(&model), [CoefficientState::Estimated, CoefficientState::Aliased]);
}

#[test]
fn a_column_that_is_constant_within_strata_is_aliased() {
    let centre = [0, 0, 0, 0, 1, 1, 1, 1];
    let model =
        fit(&cohort(&TIMES, &EVENTS), &numeric(&[&centre.map(f64::from), &AGE]), Some(&[0, 0, 0, 0, 1, 1, 1, 1]));
    assert_eq!(states(&model.unwrap()), [CoefficientState::Aliased, CoefficientState::Estimated]);
}

#[test]
fn a_group_without_events_is_separated_and_leaves_the_rest_alone() {
    let codes = [0, 0, 2, 1, 1, 2, 0, 1];
    let cohort = cohort(&TIMES, &EVENTS);
    let mut design = factor(&["Low", "Intermediate", "High"], 0, &codes);
    design.terms.push(Term::numeric("age", AGE.to_vec()));
    let model = fit(&cohort, &design, None).unwrap();

    let [first, second, third] = states(&model)[..] else { panic!("three columns") };
    assert_eq!((first, third), (CoefficientState::Estimated, CoefficientState::Estimated));
    assert_eq!(second, CoefficientState::Separated);
    let high = &model.coefficients[1];
    assert_eq!(
        (high.log_hazard_ratio, high.std_err, high.lower, high.upper, high.z, high.p_value),
        (None, None, None, None, None, None)
    );
    assert!(model.wald.is_none() && model.term_tests[0].wald.is_none() && model.term_tests[1].wald.is_some());
    assert!(model.likelihood_ratio.is_some() && model.score.is_some());

    // In the limit the patients without events leave the risk sets.
    let others = cohort.subset(|idx| codes[idx] != 2);
    let rest: Vec<usize> = (0..8).filter(|&idx| codes[idx] != 2).collect();
    let among_others = numeric(&[
        &rest.iter().map(|&idx| codes[idx] as f64).collect::<Vec<_>>(),
        &rest.iter().map(|&idx| AGE[idx]).collect::<Vec<_>>(),
    ]);
    let limit = fit(&others, &among_others, None).unwrap();
    for (found, expected) in [(0, 0), (2, 1)] {
        let (found, expected) = (&model.coefficients[found], &limit.coefficients[expected]);
        assert!((found.log_hazard_ratio.unwrap() - expected.log_hazard_ratio.unwrap()).abs() < 1e-6);
        assert!((found.std_err.unwrap() - expected.std_err.unwrap()).abs() < 1e-6);
    }
    assert!((model.log_likelihood - limit.log_likelihood).abs() < 1e-6);
}

#[test]
fn a_reference_without_events_separates_every_other_level() {
    let codes = [0, 0, 2, 1, 1, 2, 0, 1];
    let model = fit(&cohort(&TIMES, &EVENTS), &factor(&["Low", "Intermediate", "High"], 2, &codes), None).unwrap();
    assert_eq!(states(&model), [CoefficientState::Separated; 2]);
    assert_eq!(model.wald, None);
}

#[test]
fn a_number_that_orders_all_events_is_separated_in_any_unit() {
    for unit in [1e-6, 1.0, 1e6] {
        for sign in [-1.0, 1.0] {
            let column = TIMES.map(|it| sign * unit * (it + 0.1 * (it * 7.0).sin()));
            let model = fit(&cohort(&TIMES, &[1; 8]), &numeric(&[&column]), None).unwrap();
            assert_eq!(states(&model), [CoefficientState::Separated], "{unit} {sign}");
            assert_eq!((model.coefficients[0].hazard_ratio, model.wald), (None, None));
            assert!(model.likelihood_ratio.is_some_and(|it| it.chi_square > 15.0));
        }
    }
}

#[test]
fn a_combination_of_columns_that_orders_all_events_is_separated() {
    let noise = [3.0, -1.0, 2.0, 0.5, -2.0, 1.5, -0.5, 2.5];
    let rest: [f64; 8] = std::array::from_fn(|idx| -TIMES[idx] - noise[idx]);
    let model = fit(&cohort(&TIMES, &[1; 8]), &numeric(&[&noise, &rest]), None).unwrap();
    assert_eq!(states(&model), [CoefficientState::Separated; 2]);
}

#[test]
fn what_an_infinite_coefficient_leaves_undetermined_is_separated_too() {
    // Without the two patients of level 1 nobody is left to compare the patient with the event with.
    let mut design = factor(&["Low", "High"], 0, &[1, 0, 1]);
    design.terms.push(Term::numeric("age", vec![50.0, 51.0, 52.0]));
    let model = fit(&cohort(&[4.0, 0.0, 0.0], &[0, 1, 0]), &design, None).unwrap();
    assert_eq!(states(&model), [CoefficientState::Separated; 2]);
}

#[test]
fn nearly_collinear_columns_are_estimated_or_aliased_but_not_separated() {
    let noise = [3.0, -1.0, 2.0, 0.5, -2.0, 1.5, -0.5, 2.5];
    let cohort = cohort(&TIMES, &[1, 1, 0, 1, 1, 0, 1, 1]);
    let age = [60.0, 45.0, 49.0, 58.0, 66.0, 51.0, 70.0, 52.0];
    for step in 0..140 {
        let size = 10_f64.powf(-0.1 * f64::from(step));
        let nearly: [f64; 8] = std::array::from_fn(|idx| age[idx] + size * noise[idx]);
        let model = fit(&cohort, &numeric(&[&age, &nearly]), None).unwrap();
        assert_eq!(states(&model)[0], CoefficientState::Estimated, "{size}");
        assert_ne!(states(&model)[1], CoefficientState::Separated, "{size}");
        assert!(model.coefficients.iter().all(|it| it.std_err != Some(0.0)));
    }
}

#[test]
fn a_column_that_differs_only_where_nobody_has_the_event_is_aliased() {
    let strata = [0, 0, 0, 1, 1, 1, 2, 2];
    let by_stratum = strata.map(|it| 0.1 + 0.7 * f64::from(u8::try_from(it).unwrap()));
    let model = fit(&cohort(&TIMES, &EVENTS), &numeric(&[&by_stratum]), Some(&strata)).unwrap();
    assert_eq!(states(&model), [CoefficientState::Aliased]);
    // The one patient with the event is alone at risk.
    let times = [0.0, 0.0, 0.0, 0.0, 3.0];
    let model = fit(&cohort(&times, &[0, 0, 0, 0, 1]), &numeric(&[&[2.0, 2.0, 2.0, 0.0, 0.0]]), None).unwrap();
    assert_eq!((states(&model), model.score), (vec![CoefficientState::Aliased], None));
}

/// Among those at risk the covariate is always largest, but some who enter after have more of it.
#[test]
fn who_is_not_yet_at_risk_does_not_hide_separation() {
    let times: Vec<f64> = (1..=12).map(f64::from).collect();
    let entries: Vec<f64> = (0..12).map(|it| if it < 6 { 0.0 } else { 6.5 }).collect();
    let cohort = Cohort::from_columns(&times, &[true; 12]).unwrap().with_entries(&entries).unwrap();
    let column: Vec<f64> = (0..12).map(|it| if it < 6 { 10.0 - f64::from(it) } else { 40.0 - f64::from(it) }).collect();
    let wave = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0, 5.0, 8.0];
    let model = fit(&cohort, &numeric(&[&column, &wave]), None).unwrap();
    assert_eq!(states(&model)[0], CoefficientState::Separated);
    // In calendar time without entries the same data have a maximum.
    let all_at_start = Cohort::from_columns(&times, &[true; 12]).unwrap();
    let model = fit(&all_at_start, &numeric(&[&column, &wave]), None).unwrap();
    assert_eq!(states(&model), [CoefficientState::Estimated; 2]);
}

#[test]
fn events_that_are_above_all_others_at_their_time_separate_exact_ties_only() {
    let times = [1.0, 1.0, 1.0, 2.0, 2.0, 2.0];
    let events = [1, 1, 0, 1, 0, 0];
    let column = [5.0, 4.0, 3.0, 3.5, 2.0, 1.0];
    let of = |ties| {
        let settings = Settings { ties, ..Settings::default() };
        states(&fit_with(&cohort(&times, &events), &numeric(&[&column]), &settings).unwrap())
    };
    assert_eq!(of(Ties::Exact), [CoefficientState::Separated]);
    assert_eq!(
        (of(Ties::Efron), of(Ties::Breslow)),
        (vec![CoefficientState::Estimated], vec![CoefficientState::Estimated])
    );
}

#[test]
fn exact_ties_refuse_weights_and_a_robust_variance() {
    let exact = Settings { ties: Ties::Exact, ..Settings::default() };
    let weighted = cohort(&TIMES, &EVENTS).with_weights(&[2.0; 8]).unwrap();
    assert!(matches!(fit_with(&weighted, &numeric(&[&AGE]), &exact), Err(Error::Unanswerable { .. })));
    let robust = Settings { variance: Variance::Robust, ..exact };
    assert!(matches!(fit_with(&cohort(&TIMES, &EVENTS), &numeric(&[&AGE]), &robust), Err(Error::Unanswerable { .. })));
}

/// A patient of 1e17 times the hazard of others enters last: what is left of the sums must not be round-off.
#[test]
fn one_who_enters_late_with_a_huge_hazard_leaves_no_trace_before() {
    let n = 60;
    let times: Vec<f64> = (1..=n).map(f64::from).collect();
    let entries: Vec<f64> = (0..n).map(|it| if it == n - 1 { 30.5 } else { 0.0 }).collect();
    let column: Vec<f64> = (0..n).map(|it| f64::from(it * 17 % 23)).collect();
    let events = [true; 60];
    let mut offset = [0.0; 60];
    offset[59] = 40.0;
    let of = |n: usize| {
        let cohort = Cohort::from_columns(&times[..n], &events[..n]).unwrap().with_entries(&entries[..n]).unwrap();
        let settings = Settings { offset: Some(&offset[..n]), ..Settings::default() };
        // All events are before the entry.
        let cohort = cohort.with_events(|it| it < 30);
        fit_with(&cohort, &numeric(&[&column[..n]]), &settings).unwrap()
    };
    let (with, without) = (of(60), of(59));
    let [found, expected] = [with, without].map(|it| it.coefficients[0].log_hazard_ratio.unwrap());
    assert!((found - expected).abs() < 1e-9, "{found} {expected}");
}

#[test]
fn a_strong_effect_is_not_separation() {
    let mut codes = vec![0; 60];
    codes[30..].fill(1);
    // All of group 0 before all of group 1, but for one.
    codes.swap(29, 30);
    let times: Vec<f64> = (0..60).map(f64::from).collect();
    let model = fit(&cohort(&times, &[1; 60]), &factor(&["Low", "High"], 0, &codes), None).unwrap();
    assert_eq!(states(&model), [CoefficientState::Estimated]);
    assert!(model.converged && model.coefficients[0].hazard_ratio.is_some_and(|it| it < 0.1));
}

#[test]
fn without_events_patients_or_columns_there_is_a_model_without_tests() {
    for model in [
        fit(&cohort(&TIMES, &[0; 8]), &numeric(&[&AGE]), None).unwrap(),
        fit(&cohort(&[], &[]), &numeric(&[&[]]), None).unwrap(),
        fit(&cohort(&[3.0], &[1]), &numeric(&[&[50.0]]), None).unwrap(),
        fit(&cohort(&[2.0; 8], &[1; 8]), &numeric(&[&[1.0; 8]]), None).unwrap(),
        fit(&cohort(&TIMES, &EVENTS), &Design::default(), None).unwrap(),
    ] {
        assert!(model.coefficients.iter().all(|it| it.state == CoefficientState::Aliased && it.z.is_none()));
        assert_eq!((model.likelihood_ratio, model.wald, model.score, model.concordance), (None, None, None, None));
        assert!(model.log_likelihood.is_finite() && model.converged);
        assert!((model.log_likelihood - model.log_likelihood_null).abs() <= 0.0);
    }
}

#[test]
fn a_design_of_other_patients_is_refused() {
    let cohort = cohort(&TIMES, &EVENTS);
    assert!(matches!(fit(&cohort, &numeric(&[&AGE[1..]]), None), Err(Error::UnequalLengths { .. })));
    assert!(matches!(fit(&cohort, &numeric(&[&AGE]), Some(&[0])), Err(Error::UnequalLengths { .. })));
    assert!(matches!(fit(&cohort, &numeric(&[&[f64::NAN; 8]]), None), Err(Error::OutOfRange { .. })));
    let (smaller, larger) =
        (fit(&cohort, &Design::default(), None), fit(&cohort.subset(|it| it > 0), &Design::default(), None));
    assert!(matches!(likelihood_ratio(&smaller.unwrap(), &larger.unwrap()), Err(Error::UnequalLengths { .. })));
}

#[test]
fn a_report_of_a_separated_model_is_valid_json_and_can_be_read_again() {
    let model = fit(&cohort(&TIMES, &[1; 8]), &numeric(&[&TIMES, &AGE]), None).unwrap();
    let text = serde_json::to_string(&model).unwrap();
    assert!(text.contains(r#""state":"separated","log_hazard_ratio":null"#), "{text}");
    let again: CoxModel = serde_json::from_str(&text).unwrap();
    let reported = CoxModel {
        linear_predictor: Vec::new(),
        covariance: Vec::new(),
        model_covariance: Vec::new(),
        centers: Vec::new(),
        ..model
    };
    assert_eq!(again, reported);
}

#[test]
fn without_ties_the_score_test_is_the_log_rank_test() {
    let codes = [0, 1, 1, 0, 2, 0, 1, 2];
    let cohort = cohort(&TIMES, &EVENTS);
    let score = score_test(&cohort, &factor(&["a", "b", "c"], 0, &codes), None).unwrap().unwrap();
    let log_rank = log_rank::test(&cohort, &codes, 3).unwrap();
    assert!((score.chi_square - log_rank.chi_square.unwrap()).abs() < 1e-12);
}

proptest! {
    #[test]
    fn a_model_has_finite_numbers_whatever_the_data(
        rows in prop::collection::vec((0_u8..12, any::<bool>(), 0_usize..3, -3_i8..4, 0_usize..2), 0..40)
    ) {
        let outcomes = rows.iter().map(|it| super::super::Outcome { time: f64::from(it.0), event: it.1 });
        let cohort = Cohort::new(outcomes.collect()).unwrap();
        let mut design = factor(&["a", "b", "c"], 0, &rows.iter().map(|it| it.2).collect::<Vec<_>>());
        design.terms.push(Term::numeric("x", rows.iter().map(|it| f64::from(it.3)).collect()));
        let strata: Vec<usize> = rows.iter().map(|it| it.4).collect();
        let model = fit(&cohort, &design, Some(&strata)).unwrap();

        prop_assert!(model.log_likelihood >= model.log_likelihood_null - 1e-9);
        for it in &model.coefficients {
            let is_estimated = it.state == CoefficientState::Estimated;
            prop_assert_eq!(is_estimated, it.log_hazard_ratio.is_some());
            prop_assert_eq!(is_estimated, it.std_err.is_some_and(|it| it.is_finite() && it > 0.0));
            prop_assert!(it.upper.is_none_or(f64::is_finite) && it.p_value.is_none_or(f64::is_finite));
            // With 40 patients, an interval this wide could only come from a diverging coefficient.
            prop_assert!(it.std_err.is_none_or(|it| it < 100.0), "{:?}", it);
        }
        let test = proportional_hazards::test(&cohort, &design, &model, Some(&strata)).unwrap();
        prop_assert!(test.is_none_or(|it| it.terms.len() <= 2));
    }
}
