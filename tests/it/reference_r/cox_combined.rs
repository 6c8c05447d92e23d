//! Cox models where late entry, strata, weights, an offset and many ties meet, against `coxph` and what follows from it.

use contexture::survival::Cohort;
use contexture::survival::confidence::ConfidenceScale;
use contexture::survival::cox::{self, CoxModel, Prediction, Reference, Settings, Ties};
use contexture::survival::design::{Design, Term};
use contexture::survival::proportional_hazards::{self, Transform};
use serde_json::Value;

use super::cox_after_fit::{assert_rows, column};
use super::cox_settings::counting;
use super::{Data, ITERATED, TOLERANCE, assert_all_near, assert_near, expected, numbers};

const TREATMENTS_OF_TIES: [(Ties, &str); 2] = [(Ties::Efron, "efron"), (Ties::Breslow, "breslow")];

/// The data of one model.
struct Study {
    cohort: Cohort,
    design: Design,
    strata: Option<Vec<usize>>,
    offset: Option<Vec<f64>>,
}

impl Study {
    fn settings(&self, ties: Ties) -> Settings<'_> {
        Settings { ties, strata: self.strata.as_deref(), offset: self.offset.as_deref(), ..Settings::default() }
    }

    fn fit(&self, ties: Ties) -> CoxModel {
        cox::fit_with(&self.cohort, &self.design, &self.settings(ties)).expect("a model")
    }
}

/// Weights and offsets as in `make_cox.R`; its rows count from 1.
fn weights(n: usize) -> Vec<f64> {
    (1..=n).map(|row| 0.5 + (row % 5) as f64 / 4.0).collect()
}

fn heart() -> Study {
    let data = Data::read("heart");
    let events: Vec<bool> = data.numbers("event").iter().map(|it| *it > 0.5).collect();
    let weeks =
        |days: Vec<f64>, round: fn(f64) -> f64| days.into_iter().map(|it| round(it / 7.0)).collect::<Vec<f64>>();
    let cohort = Cohort::from_columns(&weeks(data.numbers("stop"), f64::ceil), &events).expect("times are valid");
    let cohort = cohort.with_entries(&weeks(data.numbers("start"), f64::floor)).expect("entries are before the end");
    let n = events.len();
    Study {
        cohort: cohort.with_weights(&weights(n)).expect("weights above 0"),
        design: Design::new(data.numeric_terms(&["age", "year", "transplant"])),
        strata: Some(data.codes("surgery", &["0", "1"])),
        offset: Some((1..=n).map(|row| (row % 4) as f64 / 10.0).collect()),
    }
}

fn lung() -> Data {
    Data::read("lung").complete_in(&["age", "sex", "ph.ecog"])
}

fn months(data: &Data) -> Cohort {
    let days = data.cohort("time", "status");
    let months = days.outcomes().iter().map(|it| (it.time / 30.0).ceil()).collect::<Vec<f64>>();
    let events: Vec<bool> = days.outcomes().iter().map(|it| it.event).collect();
    Cohort::from_columns(&months, &events).expect("times are valid")
}

fn weighted_months() -> Study {
    let data = lung();
    let cohort = months(&data);
    let weights = weights(cohort.len());
    Study {
        cohort: cohort.with_weights(&weights).expect("weights above 0"),
        design: Design::new(data.numeric_terms(&["age", "sex", "ph.ecog"])),
        strata: None,
        offset: None,
    }
}

/// A matrix whose elements may cancel; their error is judged by the diagonal.
#[track_caller]
fn assert_covariance(found: &[Vec<f64>], expected: &Value) {
    let rows: Vec<Vec<f64>> = (0..found.len())
        .map(|row| numbers(&expected["values"][row]).into_iter().map(|it| it.expect("a number")).collect())
        .collect();
    for (i, row) in rows.iter().enumerate() {
        for (j, expected) in row.iter().enumerate() {
            let size = (rows[i][i] * rows[j][j]).sqrt();
            assert_near((found[i][j] - expected) / size + 1.0, 1.0, ITERATED);
        }
    }
}

#[track_caller]
fn assert_model(found: &CoxModel, expected: &Value, names: &[&str]) {
    for (coefficient, name) in found.coefficients.iter().zip(names) {
        assert_near(
            coefficient.log_hazard_ratio.expect("an estimate"),
            expected["coef"][*name].as_f64().expect(name),
            ITERATED,
        );
        assert_near(coefficient.std_err.expect("an estimate"), expected["se"][*name].as_f64().expect(name), ITERATED);
    }
    assert_covariance(&found.covariance, &expected["vcov"]);
    if expected["naive.var"].is_object() {
        assert_covariance(&found.model_covariance, &expected["naive.var"]);
    }
    assert_all_near(&[Some(found.log_likelihood_null), Some(found.log_likelihood)], &expected["loglik"], TOLERANCE);
    assert_near(found.likelihood_ratio.expect("a test").chi_square, expected["lr"].as_f64().expect("lr"), ITERATED);
    assert_near(found.wald.expect("a test").chi_square, expected["wald"].as_f64().expect("wald"), ITERATED);
    assert_near(found.score.expect("a test").chi_square, expected["score"].as_f64().expect("score"), TOLERANCE);
    assert_eq!(found.robust_score.is_some(), expected["rscore"].is_number());
    if let Some(test) = found.robust_score {
        assert_near(test.chi_square, expected["rscore"].as_f64().expect("rscore"), TOLERANCE);
    }
}

#[track_caller]
fn assert_near_of_largest(found: &[f64], expected: &Value) {
    let expected: Vec<f64> = numbers(expected).into_iter().map(|it| it.expect("a number")).collect();
    let largest = expected.iter().fold(0.0_f64, |largest, it| largest.max(it.abs()));
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_near((found - expected) / largest + 1.0, 1.0, ITERATED);
    }
}

#[track_caller]
fn assert_residuals(study: &Study, ties: Ties, expected: &Value) {
    let found = cox::residuals(&study.cohort, &study.design, &study.settings(ties), &study.fit(ties));
    let found = found.expect("data of the model").expect("estimated coefficients");
    assert_near_of_largest(&found.martingale, &expected["martingale"]);
    assert_near_of_largest(&found.deviance, &expected["deviance"]);
    assert_rows(&found.score, &expected["score"]);
    assert_rows(&found.dfbeta, &expected["dfbeta"]);
    assert_rows(&found.dfbetas, &expected["dfbetas"]);
    let schoenfeld: Vec<Vec<f64>> = found.schoenfeld.iter().map(|it| it.residual.clone()).collect();
    assert_rows(&schoenfeld, &expected["schoenfeld"]);
    let scaled: Vec<Vec<f64>> = found.schoenfeld.iter().map(|it| it.scaled.clone()).collect();
    assert_rows(&scaled, &expected["scaled"]);
}

#[track_caller]
fn assert_zph(study: &Study, ties: Ties, transform: Transform, expected: &Value) {
    let (settings, model) = (study.settings(ties), study.fit(ties));
    let test = proportional_hazards::test_along(transform, &study.cohort, &study.design, &settings, &model);
    let test = test.expect("data of the model").expect("estimated coefficients");
    for (row, test) in test.terms.iter().map(|it| it.test).chain([test.global]).enumerate() {
        let (test, expected) = (test.expect("a test"), &expected["table"]["values"][row]);
        assert_near(test.chi_square, expected[0].as_f64().expect("a number"), ITERATED);
        assert_eq!(Some(test.degrees_of_freedom as u64), expected[1].as_u64());
        assert_near(test.p_value, expected[2].as_f64().expect("a number"), 10.0 * ITERATED);
    }

    let found = proportional_hazards::scaled_residuals(transform, &study.cohort, &study.design, &settings, &model);
    let found = found.expect("data of the model").expect("estimated coefficients");
    let times: Vec<f64> = found.events.iter().map(|it| it.time).collect();
    assert_all_near(&column(&times), &expected["time"], TOLERANCE);
    let transformed: Vec<f64> = found.events.iter().map(|it| it.transformed_time).collect();
    assert_all_near(&column(&transformed), &expected["x"], TOLERANCE);
    assert_covariance(&found.covariance, &expected["var"]);
    let rows = expected["y"]["values"].as_array().expect("rows");
    assert_eq!(found.events.len(), rows.len());
    for term in 0..found.terms.len() {
        let largest =
            rows.iter().filter_map(|row| row[term].as_f64()).fold(0.0_f64, |largest, it| largest.max(it.abs()));
        for (event, row) in found.events.iter().zip(rows) {
            match (event.values[term], row[term].as_f64()) {
                (Some(found), Some(expected)) => assert_near((found - expected) / largest + 1.0, 1.0, ITERATED),
                (found, expected) => assert_eq!(found, expected),
            }
        }
    }
}

#[test]
fn all_settings_at_once() {
    let study = heart();
    for (ties, name) in TREATMENTS_OF_TIES {
        let expected = expected(&format!("cox_heart_all_{name}"));
        assert_model(&study.fit(ties), &expected, &["age", "year", "transplant"]);
        assert_residuals(&study, ties, &expected["residuals"]);
        assert_zph(&study, ties, Transform::KaplanMeier, &expected["zph"]);
    }
}

#[test]
fn predicted_curves_with_all_settings_at_once() {
    let study = heart();
    for (ties, name) in TREATMENTS_OF_TIES {
        let (settings, model) = (study.settings(ties), study.fit(ties));
        let expected = expected(&format!("cox_heart_all_{name}"));
        for (stratum, (covariates, offset)) in
            [([-5.0, 2.0, 0.0], 0.0_f64), ([8.0, 4.0, 1.0], 0.3)].into_iter().enumerate()
        {
            let scale = ConfidenceScale::Log;
            let curves = cox::predicted_curves(&study.cohort, &study.design, &settings, &model, &covariates, scale);
            let curve = &curves.expect("data of the model").expect("estimated coefficients")[stratum];
            let expected = &expected["curves"][stratum];
            let at = |field: &str, row: usize| expected[field]["values"][row].as_f64();
            assert_eq!(curve.steps.len(), numbers(&expected["time"]).len());
            for (row, step) in curve.steps.iter().enumerate() {
                // Ours is for an offset of 0.
                let risk = offset.exp();
                assert_near(step.time, expected["time"][row].as_f64().expect("a time"), TOLERANCE);
                assert_near(risk * step.cumulative_hazard, at("cumhaz", row).expect("a number"), 10.0 * ITERATED);
                assert_near(
                    risk * step.cumulative_hazard_std_err,
                    at("std.chaz", row).expect("a number"),
                    10.0 * ITERATED,
                );
                if offset.abs() <= 0.0 {
                    assert_near(step.survival, at("surv", row).expect("a number"), ITERATED);
                    assert_near(step.lower.expect("a limit"), at("lower", row).expect("a number"), 10.0 * ITERATED);
                    assert_near(step.upper.expect("a limit"), at("upper", row).expect("a number"), 10.0 * ITERATED);
                }
            }
        }
    }
}

#[test]
fn many_ties() {
    let study = weighted_months();
    for (ties, name) in TREATMENTS_OF_TIES {
        let expected = expected(&format!("cox_lung_months_{name}"));
        assert_model(&study.fit(ties), &expected, &["age", "sex", "ph.ecog"]);
        assert_residuals(&study, ties, &expected["residuals"]);
        assert_zph(&study, ties, Transform::Rank, &expected["zph"]);
    }
}

#[test]
fn many_exact_ties() {
    let study = Study { cohort: months(&lung()), ..weighted_months() };
    let (model, expected) = (study.fit(Ties::Exact), expected("cox_lung_months_exact"));
    assert_model(&model, &expected, &["age", "sex", "ph.ecog"]);
    let found = cox::residuals(&study.cohort, &study.design, &study.settings(Ties::Exact), &model);
    let found = found.expect("data of the model").expect("estimated coefficients");
    assert_near_of_largest(&found.martingale, &expected["martingale"]);
    assert!(found.score.is_empty() && found.schoenfeld.is_empty());
}

#[test]
fn exact_ties_with_late_entry_and_strata() {
    let data = Data::read("heart");
    let study = Study {
        cohort: counting(&data),
        design: Design::new(data.numeric_terms(&["age", "year"])),
        strata: Some(data.codes("surgery", &["0", "1"])),
        offset: None,
    };
    assert_model(&study.fit(Ties::Exact), &expected("cox_heart_exact"), &["age", "year"]);
}

#[test]
fn predictions_within_strata() {
    let data = lung();
    let study = Study {
        design: Design::new(data.numeric_terms(&["age", "ph.ecog"])),
        strata: Some(data.codes("sex", &["1", "2"])),
        ..weighted_months()
    };
    for (ties, name) in TREATMENTS_OF_TIES {
        let expected = expected(&format!("cox_predict_lung_strata_{name}"));
        for (reference, name) in
            [(Reference::Strata, "strata"), (Reference::Sample, "sample"), (Reference::Zero, "zero")]
        {
            let found = predictions(&study, ties, reference);
            let of = |value: fn(&Prediction) -> f64| found.iter().map(value).collect::<Vec<f64>>();
            assert_near_of_largest(&of(|it| it.linear_predictor), &expected[name]["fit"]);
            assert_near_of_largest(&of(|it| it.linear_predictor_std_err), &expected[name]["se"]);
            assert_near_of_largest(&of(|it| it.expected), &expected["expected"]["fit"]);
            assert_near_of_largest(&of(|it| it.expected_std_err), &expected["expected"]["se"]);
        }
    }
}

fn predictions(study: &Study, ties: Ties, reference: Reference) -> Vec<Prediction> {
    let found = cox::predict(&study.cohort, &study.design, &study.settings(ties), &study.fit(ties), reference);
    found.expect("data of the model").expect("estimated coefficients")
}

#[test]
fn predictions_of_lung() {
    let (data, expected) = (lung(), expected("cox_predict_lung"));
    let cohort = data.cohort("time", "status");
    let study = Study { cohort, ..weighted_months() };
    let found = predictions(&study, Ties::Efron, Reference::default());
    let of = |value: fn(&Prediction) -> f64| found.iter().map(value).collect::<Vec<f64>>();
    assert_near_of_largest(&of(|it| it.linear_predictor), &expected["lp"]);
    assert_near_of_largest(&of(|it| it.linear_predictor_std_err), &expected["lp_se"]);
    assert_near_of_largest(&of(|it| it.hazard_ratio), &expected["risk"]);
    assert_near_of_largest(&of(|it| it.expected), &expected["expected"]);
}

#[test]
fn scaled_residuals_of_terms_that_do_not_vary_in_a_stratum() {
    let data = lung();
    let (sexes, ecog) = (data.codes("sex", &["1", "2"]), data.codes("ph.ecog", &["0", "1", "2", "3"]));
    let levels: Vec<usize> = sexes.iter().zip(ecog).map(|(&sex, ecog)| ecog.min(2 - sex)).collect();
    let names = ["0", "1", "2"].map(String::from);
    let mut terms = data.numeric_terms(&["age"]);
    terms.push(Term::factor("level", &names, 0, &levels).expect("codes are levels"));
    let of = |terms: Vec<Term>| Study {
        cohort: months(&data),
        design: Design::new(terms),
        strata: Some(sexes.clone()),
        offset: None,
    };
    assert_zph(&of(terms), Ties::Efron, Transform::KaplanMeier, &expected("zph_lung_levels_strata"));

    let indicator = |level: usize| levels.iter().map(|&it| f64::from(u8::from(it == level))).collect();
    let mut terms = data.numeric_terms(&["age"]);
    terms.extend([Term::numeric("one", indicator(1)), Term::numeric("two", indicator(2))]);
    assert_zph(&of(terms), Ties::Efron, Transform::Log, &expected("zph_lung_columns_strata"));
}

#[test]
fn scaled_residuals_of_lung_along_every_function_of_time() {
    let data = lung();
    let study = Study { cohort: data.cohort("time", "status"), ..weighted_months() };
    for (name, transform) in [
        ("km", Transform::KaplanMeier),
        ("identity", Transform::Identity),
        ("log", Transform::Log),
        ("rank", Transform::Rank),
    ] {
        let expected = expected(&format!("zph_lung_{name}"));
        let (settings, model) = (study.settings(Ties::Efron), study.fit(Ties::Efron));
        let found = proportional_hazards::scaled_residuals(transform, &study.cohort, &study.design, &settings, &model);
        let found = found.expect("data of the model").expect("estimated coefficients");
        let of_age: Vec<f64> = found.events.iter().map(|it| it.values[0].expect("it varies")).collect();
        assert_near_of_largest(&of_age, &expected["y1"]);
        let transformed: Vec<f64> = found.events.iter().map(|it| it.transformed_time).collect();
        assert_all_near(&column(&transformed), &expected["x"], TOLERANCE);
        assert_covariance(&found.covariance, &expected["var"]);
    }
}
