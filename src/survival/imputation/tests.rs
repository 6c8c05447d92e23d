use proptest::prelude::*;

use super::*;
use crate::survival::cohort::Cohort;
use crate::survival::cox;
use crate::survival::design::{Design, Term};

#[test]
fn imputations_that_agree_add_nothing() {
    let found = pool(&[0.5; 4], &[0.1; 4], None).unwrap();
    assert!((found.std_err - 0.1).abs() < 1e-15 && found.between_variance.abs() <= 0.0);
    assert!((found.lower - (0.5 - 0.195_996_4)).abs() < 1e-6 && found.relative_increase.abs() <= 0.0);
    let test = pool_test(&vec![vec![0.5]; 4], &vec![vec![vec![0.01]]; 4], None).unwrap().unwrap();
    // With one estimate, D_1 is the square of t.
    assert!((test.f - found.t * found.t).abs() < 1e-10);
}

#[test]
fn estimates_that_depend_on_each_other_entirely_have_no_test() {
    let singular = vec![vec![1.0, 1.0], vec![1.0, 1.0]];
    assert_eq!(pool_test(&[vec![1.0, 1.0], vec![2.0, 2.0]], &[singular.clone(), singular], None).unwrap(), None);
    assert_eq!(pool_test(&[vec![], vec![]], &[vec![], vec![]], None).unwrap(), None);
    // One estimate of five imputations has t = 4, to which Reiter's formula does not reach.
    let one = |complete| pool_test(&vec![vec![0.5]; 5], &vec![vec![vec![0.01]]; 5], complete).unwrap();
    assert!(one(None).is_some() && one(Some(50.0)).is_none());
    let six = |complete| pool_test(&vec![vec![0.5]; 6], &vec![vec![vec![0.01]]; 6], complete).unwrap();
    assert!(six(Some(50.0)).is_some() && six(Some(1.0)).is_none());
}

#[test]
fn what_cannot_be_pooled_is_refused() {
    assert!(matches!(pool(&[1.0], &[0.1], None), Err(Error::Unanswerable { .. })));
    assert!(matches!(pool(&[1.0, 2.0], &[0.1], None), Err(Error::UnequalLengths { .. })));
    assert!(matches!(pool(&[1.0, f64::NAN], &[0.1, 0.1], None), Err(Error::OutOfRange { .. })));
    assert!(matches!(pool(&[1.0, 2.0], &[0.1, 0.0], None), Err(Error::OutOfRange { .. })));
    assert!(matches!(pool(&[1.0, 2.0], &[0.1, 0.1], Some(0.0)), Err(Error::OutOfRange { .. })));
    let of = |covariance: Vec<Vec<f64>>| pool_test(&[vec![1.0], vec![2.0]], &[vec![vec![1.0]], covariance], None);
    assert!(matches!(of(vec![]), Err(Error::UnequalLengths { .. })));
    assert!(matches!(of(vec![vec![1.0, 2.0]]), Err(Error::UnequalLengths { .. })));
    assert!(matches!(of(vec![vec![f64::INFINITY]]), Err(Error::OutOfRange { .. })));
}

#[test]
fn a_coefficient_that_one_imputation_lacks_is_not_pooled() {
    let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0], &[true, true, false, true, true]).unwrap();
    let model = |last: f64| {
        let terms = vec![
            Term::numeric("age", vec![3.0, 5.0, 1.0, 4.0, 2.0 + last]),
            Term::numeric("grade", vec![0.0, 0.0, 0.0, 0.0, last]),
        ];
        cox::fit(&cohort, &Design::new(terms), None).unwrap()
    };
    let found = pool_models(&[model(0.0), model(0.0), model(1.0)]).unwrap();
    assert_eq!((found.n_imputations, found.n, found.n_events), (3, 5, 4));
    assert!(found.coefficients[1].log_hazard_ratio.is_none() && found.coefficients[1].upper.is_none());
    assert!(matches!(pool_models(&[model(0.0)]), Err(Error::Unanswerable { .. })));
    assert!(matches!(pool_models(&[]), Err(Error::Unanswerable { .. })));
    let other = cox::fit(&cohort, &Design::new(vec![Term::numeric("age", vec![3.0, 5.0, 1.0, 4.0, 2.0])]), None);
    assert!(matches!(pool_models(&[model(0.0), other.unwrap()]), Err(Error::UnequalLengths { .. })));
}

proptest! {
    #[test]
    fn pooling_is_of_the_scale_and_the_order_of_imputations(
        rows in prop::collection::vec((-3.0..3.0_f64, 0.1..2.0_f64), 2..8),
        complete in prop::option::of(1.0..500.0_f64),
        factor in 0.01..50.0_f64,
    ) {
        let of = |rows: &[(f64, f64)], factor: f64| {
            let (estimates, std_errs): (Vec<f64>, Vec<f64>) = rows.iter().map(|it| (it.0 * factor, it.1 * factor)).unzip();
            pool(&estimates, &std_errs, complete).unwrap()
        };
        let reversed: Vec<(f64, f64)> = rows.iter().rev().copied().collect();
        let (one, other) = (of(&rows, 1.0), of(&reversed, factor));
        prop_assert!(one.lower <= one.estimate && one.estimate <= one.upper && (0.0..=1.0).contains(&one.p_value));
        prop_assert!((one.std_err * factor / other.std_err - 1.0).abs() < 1e-9);
        prop_assert!((one.degrees_of_freedom / other.degrees_of_freedom - 1.0).abs() < 1e-6);
        prop_assert!((one.p_value - other.p_value).abs() < 1e-9);
        // The interval holds 0 just if the test does not reject.
        if (one.p_value - 0.05).abs() > 1e-6 {
            prop_assert_eq!(one.lower <= 0.0 && 0.0 <= one.upper, one.p_value > 0.05);
        }
    }
}
