use proptest::prelude::*;

use super::*;
use crate::survival::design::{Design, Term};
use crate::survival::{Cohort, cox, log_rank, replicates};

/// Standard deviations of a binomial number that one in some thousands is further from its mean.
const BINOMIAL_REACH: f64 = 3.5;

const EVEN: Comparison = Comparison::Schoenfeld { share: 0.5, r_squared: 0.0 };

fn plan(comparison: Comparison) -> Plan {
    Plan::new(comparison, 0.05).unwrap()
}

/// Share of simulated studies in which `test` finds something at 0.05.
fn simulated_power(test: impl Fn(&mut rand_pcg::Pcg64) -> f64 + Sync) -> f64 {
    let p_values = replicates::map(N_STUDIES, 11, test);
    p_values.iter().filter(|p| **p < 0.05).count() as f64 / N_STUDIES as f64
}

const N_STUDIES: usize = 2000;

#[track_caller]
fn assert_power(found: f64, expected: f64) {
    let reach = BINOMIAL_REACH * (expected * (1.0 - expected) / N_STUDIES as f64).sqrt();
    assert!((found - expected).abs() < reach, "{found} is not {expected}");
}

fn exponential(random: &mut rand_pcg::Pcg64, hazard: f64) -> f64 {
    -f64::ln(1.0 - random.random::<f64>()) / hazard
}

#[test]
fn simulated_log_rank_tests_have_the_planned_power() {
    for share in [0.5, 0.3] {
        let plan = plan(Comparison::Schoenfeld { share, r_squared: 0.0 });
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive number of patients")]
        let n = plan.n_events(0.75, 0.8).unwrap().ceil() as usize;
        let group: Vec<usize> = (0..n).map(|it| usize::from(it as f64 + 0.5 < share * n as f64)).collect();
        let found = simulated_power(|random| {
            let times: Vec<f64> =
                group.iter().map(|&it| exponential(random, if it == 1 { 0.75 } else { 1.0 })).collect();
            let cohort = Cohort::from_columns(&times, &vec![true; n]).unwrap();
            log_rank::test(&cohort, &group, 2).unwrap().p_value.unwrap()
        });
        assert_power(found, plan.power(0.75, n as f64).unwrap());
    }
}

#[test]
fn simulated_score_tests_of_a_covariate_have_the_planned_power() {
    let plan = plan(Comparison::Covariate { std_dev: 1.0, r_squared: 0.0 });
    let n = 240;
    let found = simulated_power(|random| {
        let covariate: Vec<f64> = (0..n).map(|_| normal::quantile(random.random_range(1e-12..1.0))).collect();
        let times: Vec<f64> = covariate.iter().map(|it| exponential(random, f64::powf(1.2, *it))).collect();
        let cohort = Cohort::from_columns(&times, &vec![true; n]).unwrap();
        let design = Design::new(vec![Term::numeric("x", covariate)]);
        cox::score_test(&cohort, &design, None).unwrap().unwrap().p_value
    });
    assert_power(found, plan.power(1.2, n as f64).unwrap());
}

/// The example of Hsieh & Lavori 2000, p. 557, as the R package powerSurvEpi repeats it: a log hazard ratio of 1 per unit,
/// one-sided 0.05; 107 patients, of whom a share of 0.738 dies, have a power of 0.806.
#[test]
fn the_published_example_has_its_power() {
    let comparison = Comparison::Covariate { std_dev: 0.3126, r_squared: 0.1837 };
    let power = Plan::new(comparison, 0.1).unwrap().power(1.0_f64.exp(), 107.0 * 0.738).unwrap();
    assert!((power - 0.806).abs() < 5e-4, "{power}");
}

#[test]
fn a_binary_covariate_is_two_groups() {
    let groups = plan(Comparison::Schoenfeld { share: 0.3, r_squared: 0.2 });
    let covariate = plan(Comparison::Covariate { std_dev: f64::sqrt(0.21), r_squared: 0.2 });
    let [a, b] = [groups, covariate].map(|it| it.n_events(1.7, 0.9).unwrap());
    assert!((a / b - 1.0).abs() < 1e-14);
}

#[test]
fn what_others_explain_inflates_the_number_of_events() {
    let n_events = |r_squared| plan(Comparison::Covariate { std_dev: 2.0, r_squared }).n_events(1.2, 0.8).unwrap();
    assert!((n_events(0.0) / n_events(0.75) - 0.25).abs() < 1e-14);
}

#[test]
fn too_few_events_show_no_hazard_ratio_by_freedman() {
    let found = plan(Comparison::Freedman { share: 0.5 }).detectable(5.0, 0.8).unwrap();
    assert_eq!(found, DetectableHazardRatios { below_one: None, above_one: None });
    // With few patients in group 1, a high hazard there can still be seen, and a low one cannot.
    let found = plan(Comparison::Freedman { share: 0.2 }).detectable(20.0, 0.8).unwrap();
    assert!(found.below_one.is_none() && found.above_one.is_some());
}

#[test]
fn what_cannot_be_planned_is_refused() {
    let refused = |result: Result<f64>| matches!(result, Err(Error::OutOfRange { .. }));
    for alpha in [0.0, 1.0, -0.1, f64::NAN] {
        assert!(matches!(Plan::new(EVEN, alpha), Err(Error::OutOfRange { .. })), "{alpha}");
    }
    for comparison in [
        Comparison::Schoenfeld { share: 0.0, r_squared: 0.0 },
        Comparison::Schoenfeld { share: 0.5, r_squared: 1.0 },
        Comparison::Freedman { share: 1.0 },
        Comparison::Covariate { std_dev: 0.0, r_squared: 0.0 },
        Comparison::Covariate { std_dev: 1.0, r_squared: -0.1 },
    ] {
        assert!(matches!(Plan::new(comparison, 0.05), Err(Error::OutOfRange { .. })), "{comparison:?}");
    }
    let plan = plan(EVEN);
    for hazard_ratio in [1.0, 0.0, -2.0, f64::INFINITY, f64::NAN] {
        assert!(refused(plan.n_events(hazard_ratio, 0.8)) && refused(plan.power(hazard_ratio, 50.0)));
    }
    for power in [0.0, 0.025, 0.01, 1.0, f64::NAN] {
        assert!(refused(plan.n_events(0.5, power)), "{power}");
        assert!(matches!(plan.detectable(50.0, power), Err(Error::OutOfRange { .. })), "{power}");
    }
    for n_events in [0.0, -1.0, f64::NAN] {
        assert!(refused(plan.power(0.5, n_events)) && refused(n_patients(n_events, 0.5)));
    }
    for probability in [0.0, 1.1, f64::NAN] {
        assert!(refused(n_patients(10.0, probability)));
    }
}

proptest! {
    #[test]
    fn events_power_and_hazard_ratio_are_inverses(
        share in 0.1..0.9_f64,
        log_ratio in 0.05..1.5_f64,
        alpha in 0.001..0.2_f64,
        power in 0.3..0.99_f64,
    ) {
        for comparison in [
            Comparison::Schoenfeld { share, r_squared: 0.1 },
            Comparison::Freedman { share },
            Comparison::Covariate { std_dev: 1.5, r_squared: share },
        ] {
            let plan = Plan::new(comparison, alpha).unwrap();
            for hazard_ratio in [log_ratio.exp(), (-log_ratio).exp()] {
                let n_events = plan.n_events(hazard_ratio, power).unwrap();
                prop_assert!((plan.power(hazard_ratio, n_events).unwrap() - power).abs() < 1e-10);
                let detectable = plan.detectable(n_events, power).unwrap();
                let found = if hazard_ratio > 1.0 { detectable.above_one } else { detectable.below_one };
                prop_assert!((found.unwrap() / hazard_ratio - 1.0).abs() < 1e-9);
            }
        }
    }
}
