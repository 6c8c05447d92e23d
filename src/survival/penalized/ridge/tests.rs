use proptest::prelude::*;

use super::*;
use crate::survival::cox;
use crate::survival::design::Term;

fn numeric(columns: &[&[f64]]) -> Design {
    Design::new(columns.iter().zip(["a", "b", "c"]).map(|(it, name)| Term::numeric(name, it.to_vec())).collect())
}

fn estimates(model: &RidgeModel) -> Vec<f64> {
    model.coefficients.iter().map(|it| it.log_hazard_ratio.unwrap()).collect()
}

const TIMES: [f64; 8] = [1.0, 2.0, 2.0, 4.0, 5.0, 6.0, 7.0, 8.0];
const EVENTS: [bool; 8] = [true, true, true, true, true, false, true, true];
const AGE: [f64; 8] = [60.0, 45.0, 70.0, 58.0, 66.0, 51.0, 49.0, 62.0];
const SEX: [f64; 8] = [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0];

fn cohort() -> Cohort {
    Cohort::from_columns(&TIMES, &EVENTS).unwrap()
}

#[test]
fn without_penalty_it_is_maximum_likelihood() {
    let design = numeric(&[&AGE, &SEX]);
    let (ridge, plain) =
        (fit(&cohort(), &design, None, 0.0, Scaling::Units).unwrap(), cox::fit(&cohort(), &design, None).unwrap());
    for (ridge, plain) in ridge.coefficients.iter().zip(&plain.coefficients) {
        assert!((ridge.log_hazard_ratio.unwrap() - plain.log_hazard_ratio.unwrap()).abs() < 1e-10);
        assert!((ridge.std_err.unwrap() / plain.std_err.unwrap() - 1.0).abs() < 1e-10);
        assert!((ridge.sampling_std_err.unwrap() / plain.std_err.unwrap() - 1.0).abs() < 1e-10);
    }
    assert!((ridge.degrees_of_freedom - 2.0).abs() < 1e-12);
    assert!(ridge.penalty.abs() <= 0.0);
    assert!((ridge.p_value.unwrap() - plain.likelihood_ratio.unwrap().p_value).abs() < 1e-12);
}

#[test]
fn two_equal_columns_share_their_effect() {
    let model = fit(&cohort(), &numeric(&[&AGE, &AGE]), None, 1.0, Scaling::StandardDeviation).unwrap();
    let [first, second] = estimates(&model)[..] else { panic!("two coefficients") };
    assert!(first.abs() > 1e-3 && (first - second).abs() < 1e-14);
    // Two coefficients of half the size cost half as much as one.
    let one = fit(&cohort(), &numeric(&[&AGE]), None, 0.5, Scaling::StandardDeviation).unwrap();
    assert!((estimates(&one)[0] - first - second).abs() < 1e-12);
}

#[test]
fn without_penalty_a_copy_of_a_column_has_no_estimate() {
    let model = fit(&cohort(), &numeric(&[&AGE, &AGE]), None, 0.0, Scaling::Units).unwrap();
    assert_eq!(model.coefficients[1].log_hazard_ratio, None);
    assert!(model.coefficients[0].log_hazard_ratio.is_some());
}

#[test]
fn a_group_without_events_has_a_finite_estimate() {
    let cohort = Cohort::from_columns(&TIMES, &SEX.map(|it| it > 0.5)).unwrap();
    let model = fit(&cohort, &numeric(&[&SEX]), None, 0.1, Scaling::Units).unwrap();
    assert!(model.converged && estimates(&model)[0] > 1.0);
}

#[test]
fn without_events_or_patients_coefficients_are_zero_or_absent() {
    let censored = Cohort::from_columns(&TIMES, &[false; 8]).unwrap();
    let model = fit(&censored, &numeric(&[&AGE]), None, 1.0, Scaling::Units).unwrap();
    assert!(model.converged && estimates(&model)[0].abs() <= 0.0);
    assert_eq!(model.p_value, None);
    let nobody = Cohort::new(Vec::new()).unwrap();
    let model = fit(&nobody, &numeric(&[&[]]), None, 1.0, Scaling::StandardDeviation).unwrap();
    assert_eq!(model.coefficients[0].log_hazard_ratio, None);
    assert!(fit(&nobody, &Design::default(), None, 1.0, Scaling::Units).unwrap().coefficients.is_empty());
}

#[test]
fn a_penalty_that_cannot_be_is_refused() {
    for theta in [-1.0, f64::NAN, f64::INFINITY] {
        let answer = fit(&cohort(), &numeric(&[&AGE]), None, theta, Scaling::Units);
        assert!(matches!(answer, Err(Error::OutOfRange { .. })), "{theta}");
    }
}

proptest! {
    #[test]
    fn a_larger_penalty_leaves_less(
        times in prop::collection::vec(1_u8..20, 12),
        values in prop::collection::vec(-5_i8..5, 24),
        theta in 0.01..5.0_f64,
    ) {
        let times: Vec<f64> = times.into_iter().map(f64::from).collect();
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let cohort = Cohort::from_columns(&times, &[true; 12]).unwrap();
        let design = numeric(&[&values[..12], &values[12..]]);
        let at = |theta| fit(&cohort, &design, None, theta, Scaling::Units).unwrap();
        let (weak, strong) = (at(theta), at(3.0 * theta));
        let size = |model: &RidgeModel| estimates(model).iter().map(|it| it * it).sum::<f64>();
        prop_assert!(weak.converged && strong.converged);
        prop_assert!(size(&strong) <= size(&weak) + 1e-12);
        prop_assert!(strong.log_likelihood <= weak.log_likelihood + 1e-10);
        prop_assert!(strong.degrees_of_freedom >= 0.0 && weak.degrees_of_freedom <= 2.0 + 1e-12);
        for it in &weak.coefficients {
            prop_assert!(it.sampling_std_err.unwrap() <= it.std_err.unwrap() + 1e-12);
        }
    }

    #[test]
    fn units_do_not_matter_if_scaled(factor in 0.01..100.0_f64) {
        let scaled = AGE.map(|it| it * factor);
        let at = |age: &[f64]| fit(&cohort(), &numeric(&[age, &SEX]), None, 2.0, Scaling::StandardDeviation).unwrap();
        let (plain, other) = (at(&AGE), at(&scaled));
        prop_assert!((estimates(&plain)[0] - estimates(&other)[0] * factor).abs() < 1e-10);
        prop_assert!((plain.log_likelihood - other.log_likelihood).abs() < 1e-10);
    }
}
