use proptest::prelude::*;

use super::*;
use crate::survival::cox;
use crate::survival::design::Term;
use crate::survival::penalized::ridge;
use crate::survival::replicates;

fn numeric(columns: &[Vec<f64>]) -> Design {
    Design::new(columns.iter().enumerate().map(|(idx, it)| Term::numeric(format!("x{idx}"), it.clone())).collect())
}

/// Patients with a few events at each time, so that ties matter, and columns some of which carry the hazard.
fn example(n: usize, n_columns: usize) -> (Cohort, Vec<Vec<f64>>) {
    use rand::RngExt as _;
    let random = &mut replicates::generator(3, 0);
    let columns: Vec<Vec<f64>> =
        (0..n_columns).map(|_| (0..n).map(|_| random.random_range(-2.0..2.0)).collect()).collect();
    let times: Vec<f64> = (0..n)
        .map(|idx| {
            let log_hazard = columns[0][idx] - 0.5 * columns[1][idx];
            (-8.0 * random.random_range(0.001_f64..1.0).ln() * (-log_hazard).exp()).ceil()
        })
        .collect();
    let events: Vec<bool> = (0..n).map(|_| random.random_range(0.0..1.0) < 0.8).collect();
    (Cohort::from_columns(&times, &events).unwrap(), columns)
}

fn given(alpha: f64, ties: Ties, lambdas: &[f64]) -> Settings {
    Settings { alpha, ties, lambdas: Lambdas::Given(lambdas.to_vec()), ..Settings::default() }
}

/// Derivative of the Breslow log likelihood by one coefficient, from the definition.
fn gradient(cohort: &Cohort, columns: &[Vec<f64>], beta: &[f64], column: usize) -> f64 {
    let risk = |i: usize| columns.iter().zip(beta).map(|(x, beta)| x[i] * beta).sum::<f64>().exp() * cohort.weight(i);
    let outcomes = cohort.outcomes();
    let of_event = |event: usize| {
        let at_risk = (0..cohort.len()).filter(|&i| {
            outcomes[i].time >= outcomes[event].time && cohort.entries().is_none_or(|it| it[i] < outcomes[event].time)
        });
        let (sum, first) =
            at_risk.fold((0.0, 0.0), |(sum, first), i| (sum + risk(i), first + risk(i) * columns[column][i]));
        cohort.weight(event) * (columns[column][event] - first / sum)
    };
    (0..cohort.len()).filter(|&i| outcomes[i].event).map(of_event).sum()
}

/// Karush, Kuhn and Tucker: what a minimum is, whatever way led to it.
#[test]
fn each_step_meets_the_conditions_of_a_minimum() {
    let (cohort, columns) = example(60, 8);
    let weights: Vec<f64> = (0..60).map(|it| 0.5 + f64::from(it % 3)).collect();
    let entries: Vec<f64> = cohort.outcomes().iter().map(|it| (it.time / 3.0).floor() - 0.5).collect();
    let late = cohort.clone().with_weights(&weights).unwrap().with_entries(&entries).unwrap();
    for cohort in [cohort, late] {
        let total: f64 = (0..60).map(|it| cohort.weight(it)).sum();
        for alpha in [1.0, 0.4] {
            let settings = Settings { scaling: Scaling::Units, alpha, ..Settings::default() };
            let path = fit(&cohort, &numeric(&columns), None, &settings).unwrap();
            assert!(path.steps.iter().any(|it| it.n_nonzero >= 5));
            for step in &path.steps {
                for (column, &beta) in step.log_hazard_ratios.iter().enumerate() {
                    let slope = gradient(&cohort, &columns, &step.log_hazard_ratios, column) / total;
                    let slope = slope - step.lambda * (1.0 - alpha) * beta;
                    let limit = step.lambda * alpha;
                    if beta.abs() > 0.0 {
                        assert!((slope - limit * beta.signum()).abs() < 1e-7, "{slope} {limit}");
                    } else {
                        assert!(slope.abs() <= limit + 1e-7, "{slope} {limit}");
                    }
                }
            }
        }
    }
}

#[test]
fn without_penalty_it_is_maximum_likelihood() {
    let (cohort, columns) = example(80, 4);
    let design = numeric(&columns);
    let path = fit(&cohort, &design, None, &given(1.0, Ties::Efron, &[0.0])).unwrap();
    let cox = cox::fit(&cohort, &design, None).unwrap();
    for (found, expected) in path.steps[0].log_hazard_ratios.iter().zip(&cox.coefficients) {
        assert!((found - expected.log_hazard_ratio.unwrap()).abs() < 1e-8);
    }
    assert!((path.steps[0].log_likelihood - cox.log_likelihood).abs() < 1e-10);
    let path = fit(&cohort, &design, None, &given(1.0, Ties::Breslow, &[0.0])).unwrap();
    for column in 0..4 {
        assert!(gradient(&cohort, &columns, &path.steps[0].log_hazard_ratios, column).abs() < 1e-6);
    }
}

#[test]
fn without_lasso_it_is_ridge() {
    let (cohort, columns) = example(80, 4);
    let design = numeric(&columns);
    let settings = Settings { scaling: Scaling::Units, ..given(0.0, Ties::Efron, &[0.05]) };
    let path = fit(&cohort, &design, None, &settings).unwrap();
    let ridge = ridge::fit(&cohort, &design, None, 80.0 * 0.05, Scaling::Units).unwrap();
    for (found, expected) in path.steps[0].log_hazard_ratios.iter().zip(&ridge.coefficients) {
        assert!((found - expected.log_hazard_ratio.unwrap()).abs() < 1e-8);
    }
}

#[test]
fn the_first_step_of_a_path_is_empty_and_the_second_is_not() {
    let (cohort, columns) = example(60, 8);
    let path = fit(&cohort, &numeric(&columns), None, &Settings::default()).unwrap();
    assert_eq!(path.steps[0].n_nonzero, 0);
    assert_eq!(path.steps[1].n_nonzero, 1);
    assert!(path.steps[1].log_hazard_ratios[0] > 0.0);
}

#[test]
fn a_column_without_penalty_is_in_every_model() {
    let (cohort, columns) = example(60, 5);
    let settings = Settings { penalty_factors: Some(vec![1.0, 1.0, 0.0, 1.0, 1.0]), ..Settings::default() };
    let path = fit(&cohort, &numeric(&columns), None, &settings).unwrap();
    assert!(path.steps.iter().all(|it| it.log_hazard_ratios[2].abs() > 0.0));
    let alone = cox_of(&cohort, &columns[2]);
    assert!((path.steps[0].log_hazard_ratios[2] - alone).abs() < 1e-7);
}

/// The Breslow estimate of one column, from a path without penalty.
fn cox_of(cohort: &Cohort, column: &[f64]) -> f64 {
    let path = fit(cohort, &numeric(&[column.to_vec()]), None, &given(1.0, Ties::Breslow, &[0.0])).unwrap();
    path.steps[0].log_hazard_ratios[0]
}

#[test]
fn a_constant_column_never_enters() {
    let (cohort, mut columns) = example(60, 3);
    columns[2] = vec![0.1; 60];
    let path = fit(&cohort, &numeric(&columns), None, &Settings::default()).unwrap();
    assert!(path.steps.iter().all(|it| it.log_hazard_ratios[2].abs() <= 0.0));
}

#[test]
fn a_path_without_events_or_differences_is_refused() {
    let censored = Cohort::from_columns(&[1.0, 2.0, 3.0], &[false; 3]).unwrap();
    let (some, all) = (numeric(&[vec![1.0, 2.0, 3.0]]), Settings::default());
    assert!(matches!(fit(&censored, &some, None, &all), Err(Error::Unanswerable { .. })));
    let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0], &[true; 3]).unwrap();
    assert!(matches!(fit(&cohort, &numeric(&[vec![2.0; 3]]), None, &all), Err(Error::Unanswerable { .. })));
    assert!(matches!(fit(&cohort, &Design::default(), None, &all), Err(Error::Unanswerable { .. })));
    let nobody = Cohort::new(Vec::new()).unwrap();
    assert!(matches!(fit(&nobody, &numeric(&[vec![]]), None, &all), Err(Error::Unanswerable { .. })));
}

#[test]
fn settings_outside_their_range_are_refused() {
    let (cohort, columns) = example(10, 2);
    for settings in [
        Settings { alpha: 1.1, ..Settings::default() },
        Settings { alpha: f64::NAN, ..Settings::default() },
        Settings { penalty_factors: Some(vec![1.0, -1.0]), ..Settings::default() },
        Settings { lambdas: Lambdas::Path { n: 0, smallest: None }, ..Settings::default() },
        Settings { lambdas: Lambdas::Path { n: 10, smallest: Some(1.0) }, ..Settings::default() },
        given(1.0, Ties::Breslow, &[-1.0]),
    ] {
        assert!(matches!(fit(&cohort, &numeric(&columns), None, &settings), Err(Error::OutOfRange { .. })));
    }
    let settings = Settings { penalty_factors: Some(vec![1.0]), ..Settings::default() };
    assert!(matches!(fit(&cohort, &numeric(&columns), None, &settings), Err(Error::UnequalLengths { .. })));
}

proptest! {
    #[test]
    fn a_smaller_penalty_explains_more(alpha in 0.1..1.0_f64, n in 20_usize..60) {
        let (cohort, columns) = example(n, 5);
        let path = fit(&cohort, &numeric(&columns), None, &Settings { alpha, ..Settings::default() }).unwrap();
        for pair in path.steps.windows(2) {
            prop_assert!(pair[1].lambda < pair[0].lambda);
            prop_assert!(pair[1].log_likelihood >= pair[0].log_likelihood - 1e-9);
            prop_assert!((0.0..=1.0).contains(&pair[1].deviance_ratio));
        }
    }

    #[test]
    fn order_of_rows_and_scale_of_time_do_not_matter(seed in 0_u64..1000) {
        let (cohort, columns) = example(40, 5);
        let mut order: Vec<usize> = (0..40).collect();
        replicates::shuffle(&mut order, &mut replicates::generator(seed, 0));
        let times: Vec<f64> = order.iter().map(|&it| cohort.outcomes()[it].time.powi(2) + 1.0).collect();
        let events: Vec<bool> = order.iter().map(|&it| cohort.outcomes()[it].event).collect();
        let shuffled: Vec<Vec<f64>> = columns.iter().map(|x| order.iter().map(|&it| x[it]).collect()).collect();
        let lambdas = [0.2, 0.05, 0.01];
        let one = fit(&cohort, &numeric(&columns), None, &given(1.0, Ties::Efron, &lambdas)).unwrap();
        let other = Cohort::from_columns(&times, &events).unwrap();
        let other = fit(&other, &numeric(&shuffled), None, &given(1.0, Ties::Efron, &lambdas)).unwrap();
        for (one, other) in one.steps.iter().zip(&other.steps) {
            for (one, other) in one.log_hazard_ratios.iter().zip(&other.log_hazard_ratios) {
                prop_assert!((one - other).abs() < 1e-8);
            }
        }
    }

    #[test]
    fn a_weight_of_two_is_a_patient_who_is_there_twice(twice in prop::collection::vec(any::<bool>(), 30)) {
        let (cohort, columns) = example(30, 4);
        let weights: Vec<f64> = twice.iter().map(|it| if *it { 2.0 } else { 1.0 }).collect();
        let indices: Vec<usize> = (0..30).flat_map(|it| vec![it; if twice[it] { 2 } else { 1 }]).collect();
        let repeated: Vec<Vec<f64>> = columns.iter().map(|x| indices.iter().map(|&it| x[it]).collect()).collect();
        let settings = given(0.7, Ties::Breslow, &[0.1, 0.02]);
        let weighted = fit(&cohort.clone().with_weights(&weights).unwrap(), &numeric(&columns), None, &settings).unwrap();
        let repeated = fit(&cohort.select(&indices), &numeric(&repeated), None, &settings).unwrap();
        for (one, other) in weighted.steps.iter().zip(&repeated.steps) {
            for (one, other) in one.log_hazard_ratios.iter().zip(&other.log_hazard_ratios) {
                prop_assert!((one - other).abs() < 1e-8);
            }
        }
    }
}
