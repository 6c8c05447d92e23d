use proptest::prelude::*;

use super::*;

fn ages() -> Vec<f64> {
    (0..150).map(|it| 20.0 + f64::from(it * 37 % 150) / 2.0).collect()
}

fn cohort(n: usize) -> Cohort {
    let times: Vec<f64> = (0..n).map(|it| (1 + it * 31 % 97) as f64).collect();
    let events: Vec<bool> = (0..n).map(|it| it % 5 != 0).collect();
    Cohort::from_columns(&times, &events).unwrap()
}

/// Harrell, Regression Modeling Strategies, table 2.3: quantiles for 3 to 7 knots.
#[test]
fn knots_are_at_the_published_quantiles() {
    let values: Vec<f64> = (0..=10_000).map(f64::from).collect();
    for published in [
        &[0.10, 0.5, 0.90][..],
        &[0.05, 0.35, 0.65, 0.95],
        &[0.05, 0.275, 0.5, 0.725, 0.95],
        &[0.05, 0.23, 0.41, 0.59, 0.77, 0.95],
        &[0.025, 0.1833, 0.3417, 0.5, 0.6583, 0.8167, 0.975],
    ] {
        let knots = Knots::by_quantiles(&values, published.len()).unwrap();
        for (knot, quantile) in knots.values().iter().zip(published) {
            assert!((knot / 10_000.0 - quantile).abs() < 5e-5, "{knot} {quantile}");
        }
    }
}

#[test]
fn outer_knots_of_few_values_are_the_fifth_from_each_end() {
    let values: Vec<f64> = (1..=30).rev().map(f64::from).collect();
    let knots = Knots::by_quantiles(&values, 3).unwrap();
    assert_eq!(knots.values(), [5.0, 15.5, 26.0]);
}

#[test]
fn a_frequent_smallest_value_has_a_knot_at_its_edge() {
    let values: Vec<f64> = (0..200).map(|it| if it < 50 { 0.0 } else { f64::from(it) }).collect();
    let knots = Knots::by_quantiles(&values, 3).unwrap();
    assert_eq!(&knots.values()[..1], [50.0]);
}

#[test]
fn values_without_three_knots_are_refused() {
    for values in [&[][..], &[1.0, 2.0, 3.0, 4.0, 5.0], &[1.0; 50], &[1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0]] {
        assert!(matches!(Knots::by_quantiles(values, 3), Err(Error::Unanswerable { .. })), "{values:?}");
    }
    assert!(matches!(Knots::by_quantiles(&ages(), 2), Err(Error::OutOfRange { .. })));
    assert!(matches!(Knots::by_quantiles(&[f64::NAN; 9], 3), Err(Error::OutOfRange { .. })));
    for knots in [&[1.0, 2.0][..], &[1.0, 2.0, 2.0], &[3.0, 2.0, 1.0], &[1.0, 2.0, f64::INFINITY]] {
        assert!(matches!(Knots::at(knots), Err(Error::OutOfRange { .. })), "{knots:?}");
    }
}

#[test]
fn columns_are_named_by_primes() {
    let term = Knots::at(&[30.0, 50.0, 60.0, 80.0]).unwrap().term("age", &[45.0]);
    assert_eq!(term.columns.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["age", "age'", "age''"]);
}

#[test]
fn the_tests_are_those_of_models_made_by_hand() {
    let (cohort, ages) = (cohort(150), ages());
    let other = Term::numeric("other", (0..150).map(|it| f64::from(it * 13 % 29)).collect());
    let others = Design::new(vec![other.clone()]);
    let knots = Knots::by_quantiles(&ages, 3).unwrap();
    let request = Request { name: "age", values: &ages, knots: &knots, reference: 50.0, grid: &[50.0, 60.0] };
    let effect = estimate(&cohort, &request, &others, None).unwrap();
    let bend: Vec<f64> = ages.iter().map(|&it| knots.columns_at(it)[1]).collect();
    let fit = |terms: Vec<Term>| cox::fit(&cohort, &Design::new(terms), None).unwrap().log_likelihood;
    let line = fit(vec![Term::numeric("age", ages.clone()), other.clone()]);
    let curve = fit(vec![Term::numeric("age", ages.clone()), Term::numeric("bend", bend.clone()), other.clone()]);
    let non_linearity = effect.non_linearity.likelihood_ratio.unwrap();
    assert!((non_linearity.chi_square - 2.0 * (curve - line)).abs() < 1e-9);
    assert_eq!(non_linearity.degrees_of_freedom, 1);
    assert!((effect.overall.likelihood_ratio.unwrap().chi_square - 2.0 * (curve - fit(vec![other]))).abs() < 1e-9);
    // With a single bend, its Wald test is the square of its z.
    let z = effect.model.unwrap().coefficients[1].z.unwrap();
    assert!((effect.non_linearity.wald.unwrap().chi_square - z * z).abs() < 1e-9);
    assert!(effect.curve[0].log_hazard_ratio.abs() <= 0.0 && effect.curve[0].std_err.abs() <= 0.0);
    assert!(effect.curve[1].lower < effect.curve[1].hazard_ratio);
}

#[test]
fn without_events_there_is_no_curve() {
    let cohort = Cohort::from_columns(&[1.0; 150], &[false; 150]).unwrap();
    let (ages, grid) = (ages(), [50.0]);
    let knots = Knots::by_quantiles(&ages, 4).unwrap();
    let request = Request { name: "age", values: &ages, knots: &knots, reference: 50.0, grid: &grid };
    let effect = estimate(&cohort, &request, &Design::default(), None).unwrap();
    assert_eq!((effect.overall.likelihood_ratio, effect.overall.wald, effect.curve.len()), (None, None, 0));
    let request = Request { reference: f64::NAN, ..request };
    let answer = estimate(&cohort, &request, &Design::default(), None);
    assert!(matches!(answer, Err(Error::OutOfRange { .. })));
}

proptest! {
    #[test]
    fn a_spline_is_smooth_at_its_knots_and_straight_beyond_them(
        gaps in prop::collection::vec(0.1..5.0_f64, 4),
        beyond in 0.1..10.0_f64,
    ) {
        let knots: Vec<f64> = gaps.iter().scan(0.0, |sum, gap| { *sum += gap; Some(*sum) }).collect();
        let spline = Knots::at(&knots).unwrap();
        for column in 1..knots.len() - 1 {
            let at = |x: f64| spline.columns_at(x)[column];
            let second = |x: f64, h: f64| (at(x + h) - 2.0 * at(x) + at(x - h)) / (h * h);
            prop_assert!(at(knots[0] - beyond).abs() <= 0.0);
            // Second differences vanish wholly beyond the last knot.
            let last = knots[knots.len() - 1];
            let size = at(last + 3.0 * beyond).abs().max(1.0);
            prop_assert!((second(last + 2.0 * beyond, beyond) * beyond * beyond).abs() < 1e-9 * size);
            for &knot in &knots {
                let h = 1e-4;
                prop_assert!((second(knot - h, h) - second(knot + h, h)).abs() < 1e-2);
            }
        }
    }
}
