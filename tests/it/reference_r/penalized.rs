//! Penalized Cox models against `ridge`, `glmnet` and `coxphf`, splines against `Hmisc`, and an interaction.

use contexture::survival::design::{Design, Term};
use contexture::survival::firth::{self, FirthModel, Interval};
use contexture::survival::interaction::{self, Marker, MarkerRole};
use contexture::survival::penalized::cross_validation::{self, CrossValidation, Folds, Selection};
use contexture::survival::penalized::elastic_net::{self, ElasticNetPath, Lambdas, Settings};
use contexture::survival::penalized::ridge::{self, RidgeModel};
use contexture::survival::penalized::{Scaling, Ties};
use contexture::survival::spline::{self, Knots, Request};
use serde_json::Value;

use super::{CELL_TYPES, Data, ITERATED, TOLERANCE, assert_all_near, assert_near, expected};

/// A matrix of a reference, judged by its diagonal: an element may cancel to nearly zero.
#[track_caller]
fn assert_covariance(found: &[Vec<f64>], expected: &Value, tolerance: f64) {
    for (row, covariances) in found.iter().enumerate() {
        for (column, covariance) in covariances.iter().enumerate() {
            let size = (found[row][row] * found[column][column]).sqrt();
            let expected = expected["values"][row][column].as_f64().expect("a number");
            assert_near((covariance - expected) / size + 1.0, 1.0, tolerance);
        }
    }
}

#[track_caller]
fn assert_ridge(found: &RidgeModel, expected: &Value) {
    let coefficients: Vec<_> = found.coefficients.iter().map(|it| it.log_hazard_ratio).collect();
    assert_all_near(&coefficients, &expected["coef"], ITERATED);
    assert_covariance(&found.covariance, &expected["var"], ITERATED);
    assert_covariance(&found.sampling_covariance, &expected["var2"], ITERATED);
    assert_all_near(&[Some(found.log_likelihood_null), Some(found.log_likelihood)], &expected["loglik"], TOLERANCE);
    assert_near(found.degrees_of_freedom, expected["df"].as_f64().expect("a number"), ITERATED);
    assert_near(found.penalty, expected["penalty"][1].as_f64().expect("a number"), ITERATED);
    assert!(found.converged);
}

#[test]
fn a_ridge_penalty_in_the_units_of_covariates() {
    let columns = ["age", "sex", "ph.ecog"];
    let data = Data::read("lung").complete_in(&columns);
    let design = Design::new(data.numeric_terms(&columns));
    let model = ridge::fit(&data.cohort("time", "status"), &design, None, 5.0, Scaling::Units).expect("a model");
    assert_ridge(&model, &expected("cox_lung_ridge"));
}

#[test]
fn a_scaled_ridge_penalty() {
    let columns = ["age", "sex", "ph.ecog"];
    let data = Data::read("lung").complete_in(&columns);
    let design = Design::new(data.numeric_terms(&columns));
    let cohort = data.cohort("time", "status");
    let model = ridge::fit(&cohort, &design, None, 20.0, Scaling::StandardDeviation).expect("a model");
    assert_ridge(&model, &expected("cox_lung_ridge_scaled"));
}

#[test]
fn a_ridge_penalty_within_strata() {
    let data = Data::read("veteran");
    let (cohort, strata) = (data.cohort("time", "status"), data.codes("celltype", &CELL_TYPES));
    let design = Design::new(data.numeric_terms(&["trt", "karno", "age"]));
    let model = ridge::fit(&cohort, &design, Some(&strata), 3.0, Scaling::StandardDeviation).expect("a model");
    assert_ridge(&model, &expected("cox_veteran_ridge_strata"));
}

#[test]
fn a_ridge_penalty_with_late_entry_and_case_weights() {
    let data = Data::read("heart");
    let cohort = data.cohort("stop", "event").with_entries(&data.numbers("start")).expect("entries");
    let design = Design::new(data.numeric_terms(&["age", "year", "surgery", "transplant"]));
    let rows = 1..=u32::try_from(cohort.len()).expect("few rows");
    let weighted = |weight: fn(u32) -> f64| {
        cohort.clone().with_weights(&rows.clone().map(weight).collect::<Vec<_>>()).expect("weights")
    };
    let whole = weighted(|row| f64::from(1 + row % 3));
    let fractional = weighted(|row| 0.5 + f64::from(row % 4) / 4.0);
    for (id, cohort, theta, scaling) in [
        ("cox_heart_ridge", &cohort, 2.0, Scaling::Units),
        ("cox_heart_ridge_weights", &whole, 2.0, Scaling::Units),
        ("cox_heart_ridge_fractional", &fractional, 7.0, Scaling::StandardDeviation),
    ] {
        assert_ridge(&ridge::fit(cohort, &design, None, theta, scaling).expect("a model"), &expected(id));
    }
}

#[test]
fn a_ridge_penalty_with_fractional_weights() {
    let (data, columns) = (Data::read("lung"), ["age", "sex", "ph.ecog"]);
    let (weights, scores) = (Data::read("lung_weights").numbers("w"), data.texts("ph.ecog"));
    let weights: Vec<f64> = weights.into_iter().zip(scores).filter(|it| it.1 != "NA").map(|it| it.0).collect();
    let data = Data::read("lung").complete_in(&columns);
    let cohort = data.cohort("time", "status").with_weights(&weights).expect("weights");
    let design = Design::new(data.numeric_terms(&columns));
    let model = ridge::fit(&cohort, &design, None, 5.0, Scaling::Units).expect("a model");
    assert_ridge(&model, &expected("cox_lung_ridge_weights"));
}

/// coxphf ends estimates at a step of 1e-6, and a profile when the likelihood is within 1e-6 of its target.
const STOPPED_EARLY: f64 = 1e-6;

fn firth_log_likelihoods(model: &FirthModel) -> [Option<f64>; 2] {
    [model.log_likelihood_null, model.log_likelihood]
}

#[test]
fn a_firth_model_of_separated_data() {
    let data = Data::read("separation");
    let design = Design::new(data.numeric_terms(&["x", "z"]));
    let cohort = data.cohort("time", "status");
    let model = firth::fit(&cohort, &design, None, Ties::Breslow, Interval::ProfileLikelihood).expect("a model");
    let expected = expected("firth_separation");
    assert_all_near(&firth_log_likelihoods(&model), &expected["loglik"], STOPPED_EARLY);
    for (found, name) in model.coefficients.iter().zip(["x", "z"]) {
        let near = |found: Option<f64>, field: &str| {
            assert_near(found.expect("a number"), expected[field][name].as_f64().expect("a number"), STOPPED_EARLY);
        };
        near(found.log_hazard_ratio, "coef");
        near(found.lower, "ci_lower");
        near(found.upper, "ci_upper");
        near(found.p_value, "prob");
    }
}

#[test]
fn a_firth_model_with_wald_intervals() {
    let data = Data::read("veteran");
    let names = ["trt", "karno", "age"];
    let design = Design::new(data.numeric_terms(&names));
    let cohort = data.cohort("time", "status");
    let model = firth::fit(&cohort, &design, None, Ties::Breslow, Interval::Wald).expect("a model");
    let expected = expected("firth_veteran_wald");
    for (found, name) in model.coefficients.iter().zip(names) {
        let coefficient = expected["coef"][name].as_f64().expect("a number");
        assert_near(found.log_hazard_ratio.expect("an estimate"), coefficient, ITERATED);
    }
    assert_covariance(&model.covariance, &expected["var"], ITERATED);
    assert_all_near(&firth_log_likelihoods(&model), &expected["loglik"], ITERATED);
}

/// glmnet's minimum is as good as its objective is, to the square root of the precision of a number.
const MINIMUM: f64 = 1e-6;

/// The path of a reference, with coefficients judged by what they do to the linear predictor.
#[track_caller]
fn assert_path(found: &ElasticNetPath, design: &Design, expected: &Value, first: usize) {
    let lambdas: Vec<_> = found.steps.iter().map(|it| Some(it.lambda)).collect();
    assert_all_near(&lambdas, &expected["lambda"], ITERATED);
    assert_near(found.null_deviance, expected["null_deviance"].as_f64().expect("a number"), TOLERANCE);
    let columns: Vec<&[f64]> = design.terms.iter().flat_map(|it| &it.columns).map(|it| it.values.as_slice()).collect();
    for (step, (found, beta)) in
        found.steps.iter().zip(expected["beta"].as_array().expect("steps")).enumerate().skip(first)
    {
        assert!(found.converged);
        let ratio = expected["deviance_ratio"][step].as_f64().expect("a number");
        assert!((found.deviance_ratio - ratio).abs() <= MINIMUM * ratio, "{step}: {} {ratio}", found.deviance_ratio);
        for (column, log_hazard_ratio) in found.log_hazard_ratios.iter().enumerate() {
            let beta = beta[column].as_f64().expect("a number");
            let (n, values) = (columns[column].len() as f64, columns[column]);
            let mean = values.iter().sum::<f64>() / n;
            let deviation = (values.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / n).sqrt();
            let error = (log_hazard_ratio - beta).abs() * deviation;
            assert!(error <= MINIMUM, "step {step}, column {column}: {log_hazard_ratio} is not {beta}");
        }
    }
}

fn gbsg() -> (contexture::survival::Cohort, Design) {
    let data = Data::read("gbsg");
    let names = ["age", "meno", "size", "grade", "nodes", "pgr", "er", "hormon"];
    (data.cohort("rfstime", "status"), Design::new(data.numeric_terms(&names)))
}

#[test]
fn a_lasso_path() {
    let (cohort, design) = gbsg();
    let path = elastic_net::fit(&cohort, &design, None, &Settings::default()).expect("a path");
    assert_path(&path, &design, &expected("glmnet_gbsg_lasso"), 0);
}

#[test]
fn a_path_with_penalty_factors() {
    let (cohort, design) = gbsg();
    let factors = vec![0.0, 1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 0.0];
    let settings = Settings { alpha: 0.5, penalty_factors: Some(factors), ..Settings::default() };
    let path = elastic_net::fit(&cohort, &design, None, &settings).expect("a path");
    assert_path(&path, &design, &expected("glmnet_gbsg_factors"), 0);
}

#[test]
fn a_path_without_lasso() {
    let (cohort, design) = gbsg();
    let settings = Settings { alpha: 0.0, ..Settings::default() };
    let path = elastic_net::fit(&cohort, &design, None, &settings).expect("a path");
    // glmnet's first model is not that of its first penalty, but of an infinite one.
    assert_path(&path, &design, &expected("glmnet_gbsg_ridge"), 1);
}

#[test]
fn a_path_in_the_units_of_covariates() {
    let (cohort, design) = gbsg();
    let lambdas = Lambdas::Given(vec![0.01, 5.0, 1.0, 0.2, 0.05]);
    let settings = Settings { scaling: Scaling::Units, lambdas, ..Settings::default() };
    let path = elastic_net::fit(&cohort, &design, None, &settings).expect("a path");
    assert_path(&path, &design, &expected("glmnet_gbsg_units"), 0);
}

#[test]
fn a_path_with_fewer_patients_than_columns() {
    let data = Data::read("wide");
    let names: Vec<String> = (1..=40).map(|it| format!("X{it}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let design = Design::new(data.numeric_terms(&names));
    let path = elastic_net::fit(&data.cohort("time", "status"), &design, None, &Settings::default()).expect("a path");
    assert_path(&path, &design, &expected("glmnet_wide_lasso"), 0);
}

const LAMBDAS: [f64; 6] = [0.2, 0.1, 0.05, 0.02, 0.01, 0.001];

fn given(alpha: f64) -> Settings {
    Settings { alpha, lambdas: Lambdas::Given(LAMBDAS.to_vec()), ..Settings::default() }
}

/// `lung` with the weights of its complete rows.
fn weighted_lung() -> (contexture::survival::Cohort, Design) {
    let names = ["age", "sex", "ph.ecog", "ph.karno", "pat.karno", "wt.loss"];
    let all = Data::read("lung");
    let is_complete = |row: &Vec<String>| names.iter().all(|name| row[all.place(name)] != "NA");
    let weights: Vec<f64> = Data::read("lung_weights").numbers("w");
    let kept = all.rows.iter().zip(weights).filter(|(row, _)| is_complete(row)).map(|(_, weight)| weight);
    let kept: Vec<f64> = kept.collect();
    let data = Data::read("lung").complete_in(&names);
    let cohort = data.cohort("time", "status").with_weights(&kept).expect("weights are positive");
    (cohort, Design::new(data.numeric_terms(&names)))
}

#[test]
fn a_path_of_weighted_patients() {
    let (cohort, design) = weighted_lung();
    let path = elastic_net::fit(&cohort, &design, None, &given(0.7)).expect("a path");
    assert_path(&path, &design, &expected("glmnet_lung_weights"), 0);
}

#[test]
fn a_path_within_strata() {
    let data = Data::read("veteran");
    let (cohort, strata) = (data.cohort("time", "status"), data.codes("celltype", &CELL_TYPES));
    let design = Design::new(data.numeric_terms(&["trt", "karno", "diagtime", "age", "prior"]));
    let path = elastic_net::fit(&cohort, &design, Some(&strata), &given(1.0)).expect("a path");
    assert_path(&path, &design, &expected("glmnet_veteran_strata"), 0);
}

#[test]
fn a_path_of_patients_who_enter_late() {
    let data = Data::read("heart");
    let cohort = data.cohort("stop", "event").with_entries(&data.numbers("start")).expect("valid entries");
    let design = Design::new(data.numeric_terms(&["age", "year", "surgery", "transplant"]));
    let path = elastic_net::fit(&cohort, &design, None, &given(0.9)).expect("a path");
    assert_path(&path, &design, &expected("glmnet_heart_counting"), 0);
}

#[track_caller]
fn assert_validated(found: &CrossValidation, expected: &Value) {
    let column = |value: fn(&cross_validation::CrossValidationPoint) -> f64| {
        found.points.iter().map(|it| Some(value(it))).collect::<Vec<_>>()
    };
    assert_all_near(&column(|it| it.lambda), &expected["lambda"], ITERATED);
    assert_all_near(&column(|it| it.mean_deviance), &expected["mean"], MINIMUM);
    assert_all_near(&column(|it| it.std_err), &expected["std_err"], MINIMUM);
    let n_nonzero: Vec<_> = found.path.steps.iter().map(|it| Some(it.n_nonzero as f64)).collect();
    assert_all_near(&n_nonzero, &expected["n_nonzero"], TOLERANCE);
    let chosen = |selection: &Selection, lambda: &str, beta: &str| {
        assert_near(selection.lambda, expected[lambda].as_f64().expect("a number"), ITERATED);
        let coefficients: Vec<_> = selection.columns.iter().map(|it| Some(it.log_hazard_ratio)).collect();
        let nonzero = expected[beta].as_array().expect("numbers").iter().filter(|it| it.as_f64() != Some(0.0));
        assert_all_near(&coefficients, &Value::Array(nonzero.cloned().collect()), MINIMUM);
    };
    chosen(&found.best, "lambda_min", "beta_min");
    chosen(&found.one_std_err, "lambda_1se", "beta_1se");
}

fn every_seventh(n: usize, n_folds: usize) -> Folds {
    Folds::Given((1..=n).map(|it| it * 7 % n_folds + 1).collect())
}

#[test]
fn a_cross_validated_lasso() {
    let (cohort, design) = gbsg();
    let folds = every_seventh(cohort.len(), 10);
    let found = cross_validation::fit(&cohort, &design, None, &Settings::default(), &folds).expect("an answer");
    assert_validated(&found, &expected("glmnet_gbsg_cv"));
}

#[test]
fn a_cross_validated_path_of_weighted_patients() {
    let (cohort, design) = weighted_lung();
    let folds = every_seventh(cohort.len(), 5);
    let found = cross_validation::fit(&cohort, &design, None, &given(0.7), &folds).expect("an answer");
    assert_validated(&found, &expected("glmnet_lung_cv_weights"));
}

#[track_caller]
fn assert_basis(values: &[f64], n_knots: usize, expected: &Value) {
    let knots = Knots::by_quantiles(values, n_knots).expect("knots");
    let found: Vec<_> = knots.values().iter().map(|it| Some(*it)).collect();
    assert_all_near(&found, &expected["knots"], TOLERANCE);
    let at: Vec<f64> = expected["at"].as_array().expect("numbers").iter().map(|it| it.as_f64().expect("it")).collect();
    let term = knots.term("x", &at);
    for (column, expected) in term.columns.iter().zip(expected["columns"].as_array().expect("columns")) {
        let size = column.values.iter().fold(0.0_f64, |size, it| size.max(it.abs()));
        for (found, expected) in column.values.iter().zip(expected.as_array().expect("numbers")) {
            // Beyond the last knot, cubes cancel to a straight line.
            assert!(
                (found - expected.as_f64().expect("a number")).abs() <= TOLERANCE * size,
                "{found} is not {expected}"
            );
        }
    }
    assert_eq!(Some(term.columns.len()), expected["columns"].as_array().map(Vec::len));
}

#[test]
fn knots_and_columns_of_a_spline() {
    let age = Data::read("gbsg").numbers("age");
    let expected = expected("rcs_gbsg_age");
    for (n_knots, name) in (3..).zip(["three", "four", "five", "six", "seven"]) {
        assert_basis(&age, n_knots, &expected[name]);
    }
}

#[test]
fn knots_of_few_values_and_of_many_equal_ones() {
    let (gbsg, expected) = (Data::read("gbsg"), expected("rcs_awkward"));
    assert_basis(&Data::read("veteran").numbers("age")[..60], 4, &expected["small"]);
    assert_basis(&gbsg.numbers("er"), 4, &expected["zeros"]);
    assert_basis(&gbsg.numbers("nodes"), 5, &expected["nodes"]);
}

#[test]
fn a_cox_model_with_a_spline() {
    let data = Data::read("gbsg");
    let (cohort, age, expected) = (data.cohort("rfstime", "status"), data.numbers("age"), expected("rcs_gbsg_cox"));
    let knots = Knots::by_quantiles(&age, 4).expect("knots");
    let grid = [30.0, 40.0, 50.0, 60.0, 70.0];
    let request = Request { name: "age", values: &age, knots: &knots, reference: 50.0, grid: &grid };
    let effect = spline::estimate(&cohort, &request, &Design::default(), None).expect("an effect");
    let chi_squares = [
        (effect.overall.wald, "wald"),
        (effect.non_linearity.wald, "wald_nonlinear"),
        (effect.overall.likelihood_ratio, "lr"),
        (effect.non_linearity.likelihood_ratio, "lr_nonlinear"),
    ];
    for (test, field) in chi_squares {
        assert_near(test.expect("a test").chi_square, expected[field].as_f64().expect("a number"), ITERATED);
    }
    let log_hazard_ratios: Vec<_> = effect.curve.iter().map(|it| Some(it.log_hazard_ratio)).collect();
    let std_errs: Vec<_> = effect.curve.iter().map(|it| Some(it.std_err)).collect();
    assert_all_near(&log_hazard_ratios, &expected["log_hazard_ratio"], ITERATED);
    assert_all_near(&std_errs, &expected["std_err"], ITERATED);
}

#[test]
fn the_effect_of_a_treatment_in_classes_of_a_marker() {
    let data = Data::read("colon_death").complete_in(&["differ"]);
    let levels = ["1", "2", "3"];
    let marker = Marker::Classes {
        name: "differ".to_owned(),
        levels: levels.map(str::to_owned).to_vec(),
        reference: 0,
        codes: data.codes("differ", &levels),
    };
    let arm = data.texts("rx").iter().map(|&it| f64::from(u8::from(it == "Lev+5FU"))).collect();
    let cohort = data.cohort("time", "status");
    let found = interaction::estimate(&cohort, &Term::numeric("arm", arm), &marker, &Design::default(), None);
    let (found, expected) = (found.expect("an interaction"), expected("interaction_colon_differ"));
    let near = |found: f64, field: &str| assert_near(found, expected[field].as_f64().expect("a number"), ITERATED);
    near(found.predictive.expect("a test").chi_square, "lr");
    near(found.predictive_wald.expect("a test").chi_square, "wald");
    near(found.prognostic.expect("a test").chi_square, "lr_prognostic");
    for (product, place) in found.products.iter().zip(3..) {
        let at = |field: &str| expected[field][place].as_f64().expect("a number");
        assert_near(product.log_hazard_ratio.expect("an estimate"), at("coef"), ITERATED);
        assert_near(product.std_err.expect("an estimate"), at("std_err"), ITERATED);
    }
    let log_hazard_ratios: Vec<_> = found.effects.iter().map(|it| it.log_hazard_ratio).collect();
    let std_errs: Vec<_> = found.effects.iter().map(|it| it.std_err).collect();
    assert_all_near(&log_hazard_ratios, &expected["log_hazard_ratio"], ITERATED);
    assert_all_near(&std_errs, &expected["effect_std_err"], ITERATED);
    assert_eq!(found.role, Some(MarkerRole::Prognostic));
}
