use super::*;
use crate::survival::cox;
use crate::survival::design::{Design, Term};

/// Two covariates of many patients, the second of no effect.
fn data(n: u32) -> (Cohort, [Vec<f64>; 2]) {
    let noise = |it: u32, by: u32| f64::from(it * by % 97) / 97.0;
    let covariates = [(0..n).map(|it| noise(it, 31)).collect(), (0..n).map(|it| noise(it, 53)).collect::<Vec<f64>>()];
    let first: &Vec<f64> = &covariates[0];
    let times: Vec<f64> = (0..n).zip(first).map(|(it, x)| 1.0 + 40.0 * noise(it, 71) * (2.0 - x)).collect();
    let events: Vec<bool> = (0..n).map(|it| it % 3 != 0).collect();
    (Cohort::from_columns(&times, &events).unwrap(), covariates)
}

fn cox_model(cohort: &Cohort, covariates: &[Vec<f64>; 2], drawn: &[usize]) -> Option<Predictions> {
    let column = |values: &Vec<f64>| drawn.iter().map(|&it| values[it]).collect();
    let terms = covariates.iter().map(|it| Term::numeric("x", column(it)));
    let model = cox::fit(&cohort.select(drawn), &Design::new(terms.collect()), None).ok()?;
    let beta: Option<Vec<f64>> = model.coefficients.iter().map(|it| it.log_hazard_ratio).collect();
    let beta = beta?;
    let linear_predictor: Vec<f64> =
        (0..cohort.len()).map(|it| beta[0] * covariates[0][it] + beta[1] * covariates[1][it]).collect();
    let survival = linear_predictor.iter().map(|it| (-0.3 * it.exp()).exp()).collect();
    Some(Predictions { linear_predictor, survival: Some(survival) })
}

#[test]
fn optimism_is_the_mean_over_samples() {
    let (cohort, covariates) = data(60);
    let settings = Settings { n_replicates: 25, seed: 4, time: Some(20.0), ..Settings::default() };
    let found = validate(&cohort, &settings, |drawn| cox_model(&cohort, &covariates, drawn)).unwrap();

    let mut sums = [0.0; 2];
    for replicate in 0..25 {
        let drawn = replicates::sample_with_replacement(60, &mut replicates::generator(4, replicate));
        let predictions = cox_model(&cohort, &covariates, &drawn).unwrap();
        let c = |cohort: &Cohort, it: &Predictions| concordance::harrell(cohort, &it.linear_predictor, None).unwrap();
        let slope =
            |cohort: &Cohort, it: &Predictions| calibration::slope(cohort, &it.linear_predictor).unwrap().unwrap();
        let sample = cohort.select(&drawn);
        let there = predictions.select(&drawn);
        sums[0] += c(&sample, &there).concordance.unwrap() - c(&cohort, &predictions).concordance.unwrap();
        sums[1] += 1.0 - slope(&cohort, &predictions).slope;
    }
    assert!((found.concordance.optimism.unwrap() - sums[0] / 25.0).abs() < 1e-12);
    // In its own sample a model has the slope 1.
    assert!((found.calibration_slope.optimism.unwrap() - sums[1] / 25.0).abs() < 1e-7);
    assert!((found.calibration_slope.apparent.unwrap() - 1.0).abs() < 1e-8);
    for measure in [found.concordance, found.royston_d, found.calibration_slope, found.brier] {
        let (apparent, optimism) = (measure.apparent.unwrap(), measure.optimism.unwrap());
        assert!((measure.corrected.unwrap() - (apparent - optimism)).abs() < 1e-15);
        assert_eq!(measure.n_replicates, 25);
    }
}

#[test]
fn a_model_that_learns_nothing_has_no_optimism_to_speak_of() {
    let (cohort, covariates) = data(200);
    let settings = Settings { n_replicates: 400, ..Settings::default() };
    let fixed = |_: &[usize]| Some(Predictions { linear_predictor: covariates[0].clone(), survival: None });
    let found = validate(&cohort, &settings, fixed).unwrap();
    // Four standard errors of the mean of 400 samples, whose C has a standard error of about 0.03.
    assert!(found.concordance.optimism.unwrap().abs() < 4.0 * 0.03 / 20.0, "{:?}", found.concordance);
    assert_eq!((found.brier.apparent, found.brier.n_replicates), (None, 0));
}

#[test]
fn samples_without_a_model_are_counted() {
    let (cohort, covariates) = data(40);
    let settings = Settings { n_replicates: 60, ..Settings::default() };
    let found = validate(&cohort, &settings, |drawn| {
        let mut it = cox_model(&cohort, &covariates, drawn)?;
        // No model where row 0 was not drawn; a useless one where row 1 was drawn twice.
        if !drawn.contains(&0) {
            return None;
        }
        if drawn.iter().filter(|it| **it == 1).count() == 2 {
            it.linear_predictor[3] = f64::INFINITY;
        }
        Some(it)
    });
    let found = found.unwrap();
    assert!((10..60).contains(&found.n_failed), "{}", found.n_failed);
    assert_eq!(found.concordance.n_replicates, 60 - found.n_failed);
}

#[test]
fn threads_do_not_change_it() {
    let (cohort, covariates) = data(50);
    let run = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let centers: Vec<usize> = (0..50).map(|it| it % 3).collect();
        let settings = Settings { n_replicates: 20, strata: Some(&centers), ..Settings::default() };
        pool.install(|| validate(&cohort, &settings, |drawn| cox_model(&cohort, &covariates, drawn)).unwrap())
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn what_cannot_be_validated_is_refused() {
    let (cohort, _) = data(10);
    let of = |predictions: Option<Predictions>| validate(&cohort, &Settings::default(), |_| predictions.clone());
    let predictions = |linear_predictor| Some(Predictions { linear_predictor, survival: None });
    assert!(matches!(of(None), Err(Error::Unanswerable { .. })));
    assert!(matches!(of(predictions(vec![1.0])), Err(Error::UnequalLengths { .. })));
    assert!(matches!(of(predictions(vec![f64::NAN; 10])), Err(Error::OutOfRange { .. })));
}
