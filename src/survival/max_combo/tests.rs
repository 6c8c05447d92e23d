use rand::RngExt as _;
use rand_pcg::Pcg64;

use super::*;
use crate::survival::{chi_square, replicates, weighted_log_rank};

/// Sums of the same terms in another order.
const ROUND_OFF: f64 = 1e-12;

/// How far a p-value may be off in relation to itself.
const RELATIVE: f64 = 10.0 * TOLERANCE;

/// Enough to tell on which side of 0.05 a p-value is, in a simulation.
const COARSE: f64 = 1e-3;

/// Standard deviations of a binomial number that one in some thousands is further from its mean.
const BINOMIAL_REACH: f64 = 3.5;

/// 100 patients of the same hazard, the first `n_first` in group 0, events in whole months, a third or so censored.
fn without_difference(random: &mut Pcg64, n_first: usize) -> (Cohort, Vec<usize>) {
    let mut exponential = |mean: f64| -mean * f64::ln(1.0 - random.random::<f64>());
    let (times, events): (Vec<f64>, Vec<bool>) = (0..100)
        .map(|_| {
            let (event, censoring) = (exponential(10.0).ceil(), exponential(20.0).ceil());
            (event.min(censoring), event <= censoring)
        })
        .unzip();
    (Cohort::from_columns(&times, &events).unwrap(), (0..100).map(|it| usize::from(it >= n_first)).collect())
}

#[test]
fn without_a_difference_tests_reject_as_often_as_they_say() {
    const N: usize = 2000;
    const ALPHA: f64 = 0.05;
    let late = Weight::FlemingHarrington { p: 0.0, q: 1.0 };
    let midway = Weight::FlemingHarrington { p: 1.0, q: 1.0 };
    let weights = [Weight::LogRank, Weight::GRho { rho: 1.0 }, late, midway, Weight::Gehan, Weight::PetoPeto];
    let rejections = replicates::map(N, 42, |random| {
        let (cohort, group) = without_difference(random, 30);
        let p = |weight| weighted_log_rank::test(&cohort, &group, 2, weight, None).unwrap().p_value.unwrap();
        let combined = test_to(COARSE, &cohort, &group, &WEIGHTS, Alternative::TwoSided, None).unwrap();
        let mut p_values = weights.map(p).to_vec();
        p_values.push(combined.p_value.unwrap());
        // In one direction, groups of unequal size make a skewed statistic.
        let (cohort, group) = without_difference(random, 50);
        for alternative in [Alternative::HigherHazard, Alternative::LowerHazard] {
            p_values.push(test_to(COARSE, &cohort, &group, &WEIGHTS, alternative, None).unwrap().p_value.unwrap());
        }
        p_values.into_iter().map(|p| p < ALPHA).collect::<Vec<_>>()
    });
    let reach = BINOMIAL_REACH * (ALPHA * (1.0 - ALPHA) / N as f64).sqrt();
    for test in 0..rejections[0].len() {
        let share = rejections.iter().filter(|it| it[test]).count() as f64 / N as f64;
        assert!((share - ALPHA).abs() < reach, "test {test}: {share} of {N} rejected");
    }
}

fn example() -> (Cohort, Vec<usize>) {
    without_difference(&mut replicates::generator(5, 1), 30)
}

#[test]
fn each_component_is_its_weighted_test() {
    let (cohort, group) = example();
    let strata: Vec<usize> = (0..100).map(|it| it % 3).collect();
    for strata in [None, Some(strata.as_slice())] {
        let test = test(&cohort, &group, &WEIGHTS, Alternative::TwoSided, strata).unwrap();
        for component in &test.components {
            let alone = weighted_log_rank::test(&cohort, &group, 2, component.weight, strata).unwrap();
            let z = component.z.unwrap();
            assert!((z * z / alone.chi_square.unwrap() - 1.0).abs() < ROUND_OFF);
            assert!((component.variance / alone.covariance[1][1] - 1.0).abs() < ROUND_OFF);
        }
    }
}

/// The variance of a test whose weight is the sum of two weights tells their covariance.
#[test]
fn the_covariance_of_two_weights_is_that_of_their_sum() {
    let (cohort, group) = example();
    let test = test(&cohort, &group, &WEIGHTS, Alternative::TwoSided, None).unwrap();
    let [both, early, late, _] = test.components.as_slice() else { panic!("four weights") };
    // S + (1 - S) = 1.
    let covariance = (both.variance - early.variance - late.variance) / 2.0;
    let correlation = test.correlation[1][2].unwrap();
    assert!((correlation * (early.variance * late.variance).sqrt() / covariance - 1.0).abs() < 1e-10);
    assert!((both.excess - early.excess - late.excess).abs() < 1e-10);
}

#[test]
fn one_weight_has_the_p_value_of_its_test() {
    let (cohort, group) = example();
    for weight in [Weight::LogRank, Weight::Gehan] {
        let alone = weighted_log_rank::test(&cohort, &group, 2, weight, None).unwrap().p_value.unwrap();
        // The same weight twice is the same weight.
        for weights in [vec![weight], vec![weight; 3]] {
            let p = |alternative| test(&cohort, &group, &weights, alternative, None).unwrap().p_value.unwrap();
            assert!((p(Alternative::TwoSided) / alone - 1.0).abs() < RELATIVE);
            let z = weighted_log_rank::test(&cohort, &group, 2, weight, None).unwrap();
            let is_higher = z.weighted_observed[1] > z.weighted_expected[1];
            let smaller = if is_higher { Alternative::HigherHazard } else { Alternative::LowerHazard };
            assert!((p(smaller) / (alone / 2.0) - 1.0).abs() < RELATIVE);
        }
    }
}

#[test]
fn the_p_value_is_between_that_of_the_best_weight_and_four_times_it() {
    let (cohort, group) = example();
    let test = test(&cohort, &group, &WEIGHTS, Alternative::TwoSided, None).unwrap();
    let p = test.p_value.unwrap();
    let alone: Vec<f64> = test.components.iter().map(|it| chi_square::two_sided(it.z.unwrap())).collect();
    let best = alone[test.most_extreme.unwrap()];
    assert!(alone.iter().all(|it| best <= *it) && best < p && p < 4.0 * best);
    assert!(test.p_value_error.unwrap() <= TOLERANCE);
}

#[test]
fn the_integration_is_as_good_as_it_says_at_small_and_large_p_values() {
    for replicate in 0..10 {
        let (cohort, group) = without_difference(&mut replicates::generator(8, replicate), 40);
        for alternative in [Alternative::TwoSided, Alternative::HigherHazard, Alternative::LowerHazard] {
            let test = test(&cohort, &group, &WEIGHTS, alternative, None).unwrap();
            assert!(test.p_value_error.unwrap() <= TOLERANCE, "{:?} {:?}", test.p_value, test.p_value_error);
        }
    }
}

#[test]
fn exchanging_groups_exchanges_directions() {
    let (cohort, group) = example();
    let exchanged: Vec<usize> = group.iter().map(|it| 1 - it).collect();
    let higher = test(&cohort, &group, &WEIGHTS, Alternative::HigherHazard, None).unwrap();
    let lower = test(&cohort, &exchanged, &WEIGHTS, Alternative::LowerHazard, None).unwrap();
    assert_eq!(higher.most_extreme, lower.most_extreme);
    assert!((higher.p_value.unwrap() / lower.p_value.unwrap() - 1.0).abs() < 2.0 * RELATIVE);
}

#[test]
fn a_weight_under_which_nothing_counts_has_no_part() {
    // All events at the first time: nothing is late.
    let cohort = Cohort::from_columns(&[1.0, 1.0, 1.0, 2.0, 3.0], &[true, true, true, false, false]).unwrap();
    let group = [0, 1, 1, 0, 0];
    let combined = test(&cohort, &group, &WEIGHTS, Alternative::TwoSided, None).unwrap();
    let alone = weighted_log_rank::test(&cohort, &group, 2, Weight::LogRank, None).unwrap();
    assert_eq!((combined.components[2].z, combined.correlation[2][2], combined.correlation[0][2]), (None, None, None));
    assert!((combined.p_value.unwrap() / alone.p_value.unwrap() - 1.0).abs() < RELATIVE);

    for events in [[false; 5], [true; 5]] {
        // No event, or one group only.
        let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0], &events).unwrap();
        let none = test(&cohort, &[0; 5], &WEIGHTS, Alternative::TwoSided, None).unwrap();
        assert_eq!((none.most_extreme, none.p_value, none.p_value_error), (None, None, None));
    }
}

#[test]
fn wrong_weights_and_groups_are_refused() {
    let (cohort, mut group) = example();
    let none = test(&cohort, &group, &[], Alternative::TwoSided, None);
    assert!(matches!(none, Err(Error::OutOfRange { quantity: "number of weights", .. })));
    let negative = [Weight::FlemingHarrington { p: 0.0, q: -1.0 }];
    assert!(matches!(test(&cohort, &group, &negative, Alternative::TwoSided, None), Err(Error::OutOfRange { .. })));
    group[3] = 2;
    let three = test(&cohort, &group, &WEIGHTS, Alternative::TwoSided, None);
    assert!(matches!(three, Err(Error::OutOfRange { quantity: "group code", .. })));
}
