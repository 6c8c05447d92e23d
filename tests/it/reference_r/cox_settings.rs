//! Cox models with other ties than Efron's, weights, late entry, offsets and robust variances, against `coxph`.

use contexture::survival::Cohort;
use contexture::survival::cox::{self, CoefficientState, CoxModel, Settings, Ties, Variance};
use contexture::survival::design::{Design, Term};
use serde_json::Value;

use super::{CELL_TYPES, Data, ITERATED, TOLERANCE, TREATMENTS, assert_all_near, assert_near, expected, numbers};

/// The values of a named list of R, in its order in the design.
fn named(value: &Value, names: &[&str]) -> Value {
    Value::Array(names.iter().map(|it| value[*it].clone()).collect())
}

#[track_caller]
fn assert_matrix(found: &[Vec<f64>], expected: &Value) {
    for (row, values) in found.iter().enumerate() {
        let expected = numbers(&expected["values"][row]);
        for (column, value) in values.iter().enumerate() {
            // A covariance may cancel to nearly zero; its error is judged by the standard errors.
            let size = (found[row][row] * found[column][column]).sqrt();
            assert_near((value - expected[column].expect("a number")) / size + 1.0, 1.0, ITERATED);
        }
    }
}

#[track_caller]
fn assert_model(found: &CoxModel, id: &str, names: &[&str]) {
    let expected = expected(id);
    let coefficients: Vec<_> = found.coefficients.iter().map(|it| it.log_hazard_ratio).collect();
    assert_all_near(&coefficients, &named(&expected["coef"], names), ITERATED);
    let std_errs: Vec<_> = found.coefficients.iter().map(|it| it.std_err).collect();
    assert_all_near(&std_errs, &named(&expected["se"], names), ITERATED);
    if expected["vcov"].is_object() {
        assert_matrix(&found.covariance, &expected["vcov"]);
    }
    if expected["naive.var"].is_object() {
        assert_matrix(&found.model_covariance, &expected["naive.var"]);
    }
    assert_all_near(&[Some(found.log_likelihood_null), Some(found.log_likelihood)], &expected["loglik"], 1e-11);
    // R names the one number of a test of one column.
    let number = |field: &str| expected[field].as_f64().or_else(|| expected[field][names[0]].as_f64());
    assert_near(found.score.expect("a test").chi_square, number("score").expect("a test"), TOLERANCE);
    assert_near(found.wald.expect("a test").chi_square, number("wald").expect("a test"), ITERATED);
    let likelihood_ratio = found.likelihood_ratio.expect("a test").chi_square;
    assert_near(likelihood_ratio, expected["lr"][0].as_f64().expect("a number"), ITERATED);
    match (found.robust_score, number("rscore")) {
        (Some(found), Some(expected)) => assert_near(found.chi_square, expected, TOLERANCE),
        (found, expected) => assert!(found.is_none() && expected.is_none(), "{found:?} {expected:?}"),
    }
    assert!(found.converged);
}

fn lung(columns: &[&str]) -> (Data, Cohort, Design) {
    let data = Data::read("lung").complete_in(columns);
    let (cohort, design) = (data.cohort("time", "status"), Design::new(data.numeric_terms(columns)));
    (data, cohort, design)
}

/// A cohort of start, stop and event.
pub(super) fn counting(data: &Data) -> Cohort {
    let events: Vec<bool> = data.numbers("event").iter().map(|it| *it > 0.5).collect();
    let cohort = Cohort::from_columns(&data.numbers("stop"), &events).expect("times are valid");
    cohort.with_entries(&data.numbers("start")).expect("entries are before the end")
}

#[test]
fn ties_of_breslow_and_exact_ties_of_lung() {
    let columns = ["age", "sex", "ph.ecog", "wt.loss"];
    let (_, cohort, design) = lung(&columns);
    for (id, ties) in [("cox_lung_breslow", Ties::Breslow), ("cox_lung_exact", Ties::Exact)] {
        let model = cox::fit_with(&cohort, &design, &Settings { ties, ..Settings::default() }).expect("a model");
        assert_model(&model, id, &columns);
    }
}

#[test]
fn ties_of_breslow_with_a_factor() {
    let data = Data::read("colon_death").complete_in(&["nodes"]);
    let mut terms = vec![data.factor("rx", &TREATMENTS)];
    terms.extend(data.numeric_terms(&["sex", "age", "obstruct", "nodes"]));
    let settings = Settings { ties: Ties::Breslow, ..Settings::default() };
    let model = cox::fit_with(&data.cohort("time", "status"), &Design::new(terms), &settings).expect("a model");
    assert_model(&model, "cox_colon_rx_breslow", &["rxLev", "rxLev+5FU", "sex", "age", "obstruct", "nodes"]);
}

#[test]
fn the_cohorts_of_the_validation_vignette() {
    for (ties, name) in [(Ties::Efron, "efron"), (Ties::Breslow, "breslow")] {
        let settings = Settings { ties, variance: Variance::ModelBased, ..Settings::default() };
        let data = Data::read("therneau_test1").complete_in(&["status"]);
        let design = Design::new(data.numeric_terms(&["x"]));
        let model = cox::fit_with(&data.cohort("time", "status"), &design, &settings).expect("a model");
        assert_model(&model, &format!("cox_therneau_test1_{name}"), &["x"]);
        let data = Data::read("therneau_test2");
        let design = Design::new(data.numeric_terms(&["x"]));
        let model = cox::fit_with(&counting(&data), &design, &settings).expect("a model");
        assert_model(&model, &format!("cox_therneau_test2_{name}"), &["x"]);

        let data = Data::read("therneau_testw1");
        let cohort = data.cohort("time", "status").with_weights(&data.numbers("wt")).expect("weights above 0");
        let design = Design::new(data.numeric_terms(&["x"]));
        let model = cox::fit_with(&cohort, &design, &settings).expect("a model");
        assert_model(&model, &format!("cox_therneau_testw1_{name}"), &["x"]);
    }
}

/// R stops at a coefficient of 21, with a warning; the likelihood has its limit there, and so have the score and
/// likelihood-ratio tests.
#[test]
fn an_exact_likelihood_without_a_maximum() {
    let expected = expected("cox_therneau_test1_exact");
    let data = Data::read("therneau_test1").complete_in(&["status"]);
    let settings = Settings { ties: Ties::Exact, ..Settings::default() };
    let model = cox::fit_with(&data.cohort("time", "status"), &Design::new(data.numeric_terms(&["x"])), &settings);
    let model = model.expect("a model");
    assert_eq!(model.coefficients[0].state, CoefficientState::Separated);
    assert_all_near(&[Some(model.log_likelihood_null), Some(model.log_likelihood)], &expected["loglik"], ITERATED);
    assert_near(model.score.expect("a test").chi_square, expected["score"].as_f64().expect("a number"), TOLERANCE);
}

#[test]
fn an_offset_of_lung() {
    let (data, cohort, design) = lung(&["sex"]);
    let offset: Vec<f64> = data.numbers("age").iter().map(|it| 0.02 * it).collect();
    let settings = Settings { offset: Some(&offset), ..Settings::default() };
    assert_model(&cox::fit_with(&cohort, &design, &settings).expect("a model"), "cox_lung_offset", &["sex"]);
}

#[test]
fn weights_of_lung_with_either_variance() {
    let (_, cohort, design) = lung(&["age", "sex"]);
    let cohort = cohort.with_weights(&Data::read("lung_weights").numbers("w")).expect("weights above 0");
    for (id, variance) in
        [("cox_lung_weighted", Variance::ModelBased), ("cox_lung_weighted_robust", Variance::ByWeights)]
    {
        let model = cox::fit_with(&cohort, &design, &Settings { variance, ..Settings::default() }).expect("a model");
        assert_model(&model, id, &["age", "sex"]);
    }
}

#[test]
fn robust_variances_of_lung_alone_and_by_institution() {
    let columns = ["age", "sex"];
    let (_, cohort, design) = lung(&columns);
    let settings = Settings { variance: Variance::Robust, ..Settings::default() };
    assert_model(&cox::fit_with(&cohort, &design, &settings).expect("a model"), "cox_lung_robust", &columns);

    let (data, ..) = lung(&["age", "sex", "inst"]);
    let (cohort, design) = (data.cohort("time", "status"), Design::new(data.numeric_terms(&columns)));
    let clusters: Vec<usize> = data.texts("inst").iter().map(|it| it.parse().expect("a code")).collect();
    let settings = Settings { variance: Variance::Clustered(&clusters), ..Settings::default() };
    assert_model(&cox::fit_with(&cohort, &design, &settings).expect("a model"), "cox_lung_cluster_inst", &columns);
}

#[test]
fn recurrences_of_bladder_cancer_within_patients() {
    let data = Data::read("bladder2");
    let codes =
        |column: &str| -> Vec<usize> { data.texts(column).iter().map(|it| it.parse().expect("a code")).collect() };
    let (strata, clusters) = (codes("enum"), codes("id"));
    let columns = ["rx", "number", "size"];
    let settings = Settings { strata: Some(&strata), variance: Variance::Clustered(&clusters), ..Settings::default() };
    let model = cox::fit_with(&counting(&data), &Design::new(data.numeric_terms(&columns)), &settings);
    assert_model(&model.expect("a model"), "cox_bladder_cluster", &columns);
}

#[test]
fn strata_of_veteran_by_settings() {
    let data = Data::read("veteran");
    let columns = ["trt", "karno", "age"];
    let strata = data.codes("celltype", &CELL_TYPES);
    let terms: Vec<Term> = data.numeric_terms(&columns);
    let settings = Settings { strata: Some(&strata), ..Settings::default() };
    let model = cox::fit_with(&data.cohort("time", "status"), &Design::new(terms), &settings).expect("a model");
    assert_model(&model, "cox_veteran_strata", &columns);
}
