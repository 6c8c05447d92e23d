//! Cox models, proportional hazards and concordance, against `coxph`, `cox.zph` and `concordance`.

use contexture::survival::Cohort;
use contexture::survival::concordance::{self, Concordance};
use contexture::survival::cox::{self, CoefficientState, CoxModel, Settings};
use contexture::survival::design::{Design, Term};

use contexture::survival::proportional_hazards::{self, ProportionalHazards, Transform};
use serde_json::Value;

use super::{CELL_TYPES, Data, ITERATED, TOLERANCE, TREATMENTS, assert_all_near, assert_near, expected, numbers};

#[track_caller]
fn assert_cox(found: &CoxModel, expected: &Value) {
    let column = |value: fn(&cox::Coefficient) -> Option<f64>| found.coefficients.iter().map(value).collect::<Vec<_>>();
    let expected_column = |table: &str, column: usize| {
        let rows = expected[table]["values"].as_array().expect("a table");
        // R drops the dimensions of a table with one row.
        Value::Array(rows.iter().map(|row| row[column].clone()).collect())
    };
    assert_all_near(&column(|it| it.log_hazard_ratio), &expected_column("coefficients", 0), ITERATED);
    assert_all_near(&column(|it| it.hazard_ratio), &expected_column("coefficients", 1), ITERATED);
    assert_all_near(&column(|it| it.std_err), &expected_column("coefficients", 2), ITERATED);
    assert_all_near(&column(|it| it.z), &expected_column("coefficients", 3), ITERATED);
    assert_all_near(&column(|it| it.p_value), &expected_column("coefficients", 4), 10.0 * ITERATED);
    assert_all_near(&column(|it| it.lower), &expected_column("conf.int", 2), ITERATED);
    assert_all_near(&column(|it| it.upper), &expected_column("conf.int", 3), ITERATED);

    let number = |field: &str| expected[field].as_f64().expect("a number");
    let log_likelihood = numbers(&expected["loglik"]);
    assert_all_near(&[Some(found.log_likelihood_null), Some(found.log_likelihood)], &expected["loglik"], 1e-11);
    assert_eq!(log_likelihood.len(), 2);
    assert_near(found.score.expect("a test").chi_square, number("score"), TOLERANCE);
    assert_near(found.wald.expect("a test").chi_square, number("wald"), ITERATED);
    let likelihood_ratio = found.likelihood_ratio.expect("a test");
    assert_near(likelihood_ratio.chi_square, expected["lr"][0].as_f64().expect("a number"), ITERATED);
    assert_eq!(Some(likelihood_ratio.degrees_of_freedom as u64), expected["lr"][1].as_u64());
    assert_eq!(
        (Some(found.n as u64), Some(found.n_events as u64)),
        (expected["n"].as_u64(), expected["nevent"].as_u64())
    );
    for (row, covariances) in found.covariance.iter().enumerate() {
        let expected = numbers(&expected["vcov"]["values"][row]);
        for (column, (found_here, expected)) in covariances.iter().zip(expected).enumerate() {
            // A covariance may cancel to nearly zero; its error is judged by the standard errors.
            let size = (found.covariance[row][row] * found.covariance[column][column]).sqrt();
            assert_near((found_here - expected.expect("a number")) / size + 1.0, 1.0, ITERATED);
        }
    }
    let concordance = found.concordance.as_ref().expect("a concordance");
    assert_near(
        concordance.concordance.expect("pairs"),
        expected["concordance"]["concordance"].as_f64().expect("C"),
        TOLERANCE,
    );
    assert_near(concordance.std_err.expect("pairs"), expected["concordance"]["std"].as_f64().expect("SE"), TOLERANCE);
    assert!(found.converged);
}

#[test]
fn a_cox_model_of_numbers() {
    let columns = ["age", "sex", "ph.ecog", "wt.loss"];
    let data = Data::read("lung").complete_in(&columns);
    let model = cox::fit(&data.cohort("time", "status"), &Design::new(data.numeric_terms(&columns)), None);
    assert_cox(&model.expect("a model"), &expected("cox_lung_efron"));
}

#[test]
fn a_cox_model_with_a_factor() {
    let columns = ["sex", "age", "obstruct", "nodes"];
    let data = Data::read("colon_death").complete_in(&columns);
    let mut terms = vec![data.factor("rx", &TREATMENTS)];
    terms.extend(data.numeric_terms(&columns));
    let model = cox::fit(&data.cohort("time", "status"), &Design::new(terms), None).expect("a model");
    assert_cox(&model, &expected("cox_colon_rx_efron"));
}

#[test]
fn a_cox_model_with_a_joint_wald_test_of_a_factor() {
    let data = Data::read("lung").complete_in(&["ph.ecog"]);
    let mut terms = vec![data.factor("ph.ecog", &["0", "1", "2", "3"])];
    terms.extend(data.numeric_terms(&["age"]));
    let model = cox::fit(&data.cohort("time", "status"), &Design::new(terms), None).expect("a model");
    assert_cox(&model, &expected("cox_lung_levels"));
    let wald = model.term_tests[0].wald.expect("a test");
    assert_eq!(wald.degrees_of_freedom, 3);
    assert_near(wald.chi_square, expected("wald_lung_levels")["chisq"].as_f64().expect("a number"), ITERATED);
}

#[test]
fn a_cox_model_within_strata() {
    let data = Data::read("veteran");
    let (cohort, strata) = (data.cohort("time", "status"), data.codes("celltype", &CELL_TYPES));
    let design = Design::new(data.numeric_terms(&["trt", "karno", "age"]));
    let model = cox::fit(&cohort, &design, Some(&strata)).expect("a model");
    assert_cox(&model, &expected("cox_veteran_strata"));

    let found = proportional_hazards::test(&cohort, &design, &model, Some(&strata)).expect("valid").expect("a test");
    assert_proportional_hazards(&found, &expected("zph_veteran_strata"));
}

#[test]
fn a_cox_model_of_six_patients() {
    let data = Data::read("therneau_test1").complete_in(&["status"]);
    let design = Design::new(data.numeric_terms(&["x"]));
    let model = cox::fit(&data.cohort("time", "status"), &design, None).expect("a model");
    let expected = expected("cox_therneau_test1_efron");
    assert_near(
        model.coefficients[0].log_hazard_ratio.expect("an estimate"),
        expected["coef"]["x"].as_f64().expect("x"),
        ITERATED,
    );
    assert_all_near(&[Some(model.log_likelihood_null), Some(model.log_likelihood)], &expected["loglik"], TOLERANCE);
    assert_near(model.score.expect("a test").chi_square, expected["score"].as_f64().expect("a number"), TOLERANCE);
}

#[test]
fn a_cox_model_of_a_rare_event() {
    let columns = ["age", "sex", "hgb", "mspike"];
    let data = Data::read("mgus2").complete_in(&columns);
    let progressed: Vec<bool> = data.texts("pstat").iter().map(|&it| it == "1").collect();
    let (progression, follow_up) = (data.numbers("ptime"), data.numbers("futime"));
    let times: Vec<f64> = progressed
        .iter()
        .zip(progression.iter().zip(&follow_up))
        .map(|(&it, (p, f))| if it { *p } else { *f })
        .collect();
    let male = data.texts("sex").iter().map(|&it| f64::from(u8::from(it == "M"))).collect();
    let mut terms = data.numeric_terms(&["age", "hgb", "mspike"]);
    terms.insert(1, Term::numeric("male", male));
    let model = cox::fit(&Cohort::from_columns(&times, &progressed).expect("valid"), &Design::new(terms), None);
    assert_cox(&model.expect("a model"), &expected("csc_mgus2_pcm"));
}

#[test]
fn nested_models_of_lung() {
    let data = Data::read("lung").complete_in(&["age", "sex", "ph.ecog"]);
    let (cohort, expected) = (data.cohort("time", "status"), expected("cox_anova_lung"));
    let fit = |columns: &[&str]| cox::fit(&cohort, &Design::new(data.numeric_terms(columns)), None).expect("a model");
    let (smaller, larger) = (fit(&["age"]), fit(&["age", "sex", "ph.ecog"]));
    let test = cox::likelihood_ratio(&smaller, &larger).expect("same patients").expect("more terms");
    assert_eq!(test.degrees_of_freedom, 2);
    assert_near(test.chi_square, expected["chisq"][1].as_f64().expect("a number"), TOLERANCE);
    assert_near(test.p_value, expected["p"][1].as_f64().expect("a number"), TOLERANCE);
}

#[test]
fn separation_is_named_where_r_prints_a_large_coefficient() {
    let (data, expected) = (Data::read("separation"), expected("cox_separation"));
    let design = Design::new(data.numeric_terms(&["x", "z"]));
    let model = cox::fit(&data.cohort("time", "status"), &design, None).expect("a model");
    assert_eq!(model.coefficients[0].state, CoefficientState::Separated);
    assert_eq!((model.coefficients[0].hazard_ratio, model.coefficients[0].upper, model.wald), (None, None, None));
    // R stops somewhere on the way to the limit.
    let coefficient_of_z = model.coefficients[1].log_hazard_ratio.expect("an estimate");
    assert_near(coefficient_of_z, expected["coef_z"].as_f64().expect("a number"), 1e-6);
    assert_all_near(&[Some(model.log_likelihood_null), Some(model.log_likelihood)], &expected["loglik"], 1e-6);
    assert_eq!(proportional_hazards::test(&data.cohort("time", "status"), &design, &model, None).expect("valid"), None);
}

#[track_caller]
fn assert_proportional_hazards(found: &ProportionalHazards, expected: &Value) {
    let tests: Vec<_> = found.terms.iter().map(|it| it.test).chain([found.global]).collect();
    let rows = expected["table"]["values"].as_array().expect("a table");
    assert_eq!(tests.len(), rows.len());
    for (test, row) in tests.iter().zip(rows) {
        let test = test.expect("a test");
        assert_near(test.chi_square, row[0].as_f64().expect("a number"), ITERATED);
        assert_eq!(Some(test.degrees_of_freedom as u64), row[1].as_u64());
        assert_near(test.p_value, row[2].as_f64().expect("a number"), ITERATED);
    }
}

#[test]
fn proportional_hazards_concordance_and_linear_predictor_of_lung() {
    let data = Data::read("lung").complete_in(&["ph.ecog"]);
    let cohort = data.cohort("time", "status");
    let design = Design::new(data.numeric_terms(&["age", "sex", "ph.ecog"]));
    let model = cox::fit(&cohort, &design, None).expect("a model");

    for (id, transform) in [("zph_lung_km", Transform::KaplanMeier), ("zph_lung_identity", Transform::Identity)] {
        let found = proportional_hazards::test_along(transform, &cohort, &design, &Settings::default(), &model);
        assert_proportional_hazards(&found.expect("valid").expect("a test"), &expected(id));
    }
    assert_concordance(&model.concordance.expect("a concordance"), &expected("conc_lung_cox"));
    for (found, expected) in model.linear_predictor.iter().zip(numbers(&expected("cox_predict_lung")["lp"])) {
        assert!((found - expected.expect("a number")).abs() < ITERATED);
    }
}

#[test]
fn proportional_hazards_of_a_factor() {
    let data = Data::read("veteran");
    let mut terms = vec![data.factor("celltype", &CELL_TYPES)];
    terms.extend(data.numeric_terms(&["karno"]));
    let (cohort, design) = (data.cohort("time", "status"), Design::new(terms));
    let model = cox::fit(&cohort, &design, None).expect("a model");
    let found = proportional_hazards::test(&cohort, &design, &model, None).expect("valid").expect("a test");
    assert_proportional_hazards(&found, &expected("zph_veteran_levels"));
}

#[track_caller]
fn assert_concordance(found: &Concordance, expected: &Value) {
    assert_near(found.concordance.expect("pairs"), expected["concordance"].as_f64().expect("C"), TOLERANCE);
    assert_near(found.std_err.expect("pairs"), expected["se"].as_f64().expect("SE"), TOLERANCE);
    let counts = [found.concordant, found.discordant, found.tied_risk, found.tied_time, found.tied_risk_and_time];
    for (count, name) in counts.into_iter().zip(["concordant", "discordant", "tied.x", "tied.y", "tied.xy"]) {
        assert_eq!(Some(count), expected["count"][name].as_u64(), "{name}");
    }
}

#[test]
fn concordance_with_a_marker_of_few_values() {
    let data = Data::read("lung").complete_in(&["ph.ecog"]);
    let found = concordance::harrell(&data.cohort("time", "status"), &data.numbers("ph.ecog"), None).expect("valid");
    assert_concordance(&found, &expected("conc_lung_ecog"));
}

#[test]
fn concordance_within_strata() {
    let data = Data::read("veteran");
    let strata = data.codes("celltype", &CELL_TYPES);
    let found = concordance::harrell(&data.cohort("time", "status"), &data.numbers("karno"), Some(&strata));
    assert_concordance(&found.expect("valid"), &expected("conc_veteran_strata"));
}

/// `coef(fit)^2 / diag(vcov(fit))`, `fit$wald.test` and `drop1(fit)`, printed by the R of Debian 12.
#[test]
fn what_each_covariate_of_lung_contributes() {
    let columns = ["age", "sex", "ph.ecog"];
    let data = Data::read("lung").complete_in(&columns);
    let cohort = data.cohort("time", "status");
    let fit = |columns: &[&str]| cox::fit(&cohort, &Design::new(data.numeric_terms(columns)), None).expect("a model");
    let model = fit(&columns);

    assert_near(model.wald.expect("a test").chi_square, 29.929_251_21, ITERATED);
    for (dropped, wald, likelihood_ratio) in
        [(0, 1.426_016_308, 1.447_204), (1, 10.853_576_386, 11.444_923), (2, 16.670_349_598, 16.624_440)]
    {
        assert_near(model.term_tests[dropped].wald.expect("a test").chi_square, wald, ITERATED);
        let others: Vec<&str> = columns.into_iter().filter(|it| *it != columns[dropped]).collect();
        let found = cox::likelihood_ratio(&fit(&others), &model).expect("same patients").expect("a term more");
        assert!((found.chi_square - likelihood_ratio).abs() < 5e-7, "{}", found.chi_square);
    }
}
