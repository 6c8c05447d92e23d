//! What is computed from a fitted Cox model, against `residuals`, `basehaz`, `survfit` and `cox.zph`.

use contexture::survival::Cohort;
use contexture::survival::confidence::ConfidenceScale;
use contexture::survival::cox::{self, CoxModel, Residuals, Settings, Ties};
use contexture::survival::design::Design;
use contexture::survival::proportional_hazards::{self, Transform};
use serde_json::Value;

use super::cox_settings::counting;
use super::{Data, ITERATED, TOLERANCE, assert_all_near, assert_near, expected};

fn fitted(columns: &[&str], ties: Ties) -> (Cohort, Design, CoxModel) {
    let data = Data::read("lung").complete_in(columns);
    let (cohort, design) = (data.cohort("time", "status"), Design::new(data.numeric_terms(columns)));
    let model = cox::fit_with(&cohort, &design, &Settings { ties, ..Settings::default() }).expect("a model");
    (cohort, design, model)
}

fn residuals(cohort: &Cohort, design: &Design, settings: &Settings<'_>) -> Residuals {
    let model = cox::fit_with(cohort, design, settings).expect("a model");
    cox::residuals(cohort, design, settings, &model).expect("data of the model").expect("estimated coefficients")
}

pub(super) fn column(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

/// Residuals cancel; their error is judged by the largest of them.
#[track_caller]
pub(super) fn assert_rows(found: &[Vec<f64>], expected: &Value) {
    let rows = expected["values"].as_array().expect("rows");
    assert_eq!(found.len(), rows.len());
    for column in 0..found[0].len() {
        let expected: Vec<f64> = rows.iter().map(|row| row[column].as_f64().expect("a number")).collect();
        let largest = expected.iter().fold(0.0_f64, |largest, it| largest.max(it.abs()));
        for (row, expected) in found.iter().zip(expected) {
            assert_near((row[column] - expected) / largest + 1.0, 1.0, ITERATED);
        }
    }
}

#[test]
fn residuals_of_lung_with_either_treatment_of_ties() {
    for (id, ties) in [("cox_resid_lung_efron", Ties::Efron), ("cox_resid_lung_breslow", Ties::Breslow)] {
        let expected = expected(id);
        let (cohort, design, _) = fitted(&["age", "sex", "ph.ecog"], ties);
        let found = residuals(&cohort, &design, &Settings { ties, ..Settings::default() });
        assert_all_near(&column(&found.martingale), &expected["martingale"], 10.0 * ITERATED);
        assert_all_near(&column(&found.deviance), &expected["deviance"], 10.0 * ITERATED);
        assert_rows(&found.score, &expected["score"]);
        assert_rows(&found.dfbeta, &expected["dfbeta"]);
        assert_rows(&found.dfbetas, &expected["dfbetas"]);
        let schoenfeld: Vec<Vec<f64>> = found.schoenfeld.iter().map(|it| it.residual.clone()).collect();
        assert_rows(&schoenfeld, &expected["schoenfeld"]);
        let scaled: Vec<Vec<f64>> = found.schoenfeld.iter().map(|it| it.scaled.clone()).collect();
        assert_rows(&scaled, &expected["scaledsch"]);
        let times: Vec<f64> = found.schoenfeld.iter().map(|it| it.time).collect();
        assert_all_near(&column(&times), &expected["schoenfeld_time"], TOLERANCE);
    }
}

#[test]
fn residuals_of_the_validation_vignette_with_late_entry_and_weights() {
    for (ties, name) in [(Ties::Efron, "efron"), (Ties::Breslow, "breslow")] {
        let settings = Settings { ties, variance: cox::Variance::ModelBased, ..Settings::default() };
        let late = Data::read("therneau_test2");
        let weighted = Data::read("therneau_testw1");
        let weights = weighted.numbers("wt");
        let weighted_cohort = weighted.cohort("time", "status").with_weights(&weights).expect("weights above 0");
        for (id, data, cohort) in [("test2", &late, counting(&late)), ("testw1", &weighted, weighted_cohort)] {
            let expected = expected(&format!("cox_therneau_{id}_{name}"));
            let found = residuals(&cohort, &Design::new(data.numeric_terms(&["x"])), &settings);
            assert_all_near(&column(&found.martingale), &expected["martingale"], 10.0 * ITERATED);
            let score: Vec<f64> = found.score.iter().map(|it| it[0]).collect();
            assert_all_near(&column(&score), &expected["score_resid"], 10.0 * ITERATED);
            let schoenfeld: Vec<f64> = found.schoenfeld.iter().map(|it| it.residual[0]).collect();
            assert_all_near(&column(&schoenfeld), &expected["schoenfeld"], 10.0 * ITERATED);
        }
    }
}

#[test]
fn the_baseline_hazard_of_lung() {
    for (id, ties) in [("cox_basehaz_lung_efron", Ties::Efron), ("cox_basehaz_lung_breslow", Ties::Breslow)] {
        let expected = expected(id);
        let (cohort, design, model) = fitted(&["age", "sex", "ph.ecog"], ties);
        let settings = Settings { ties, ..Settings::default() };
        let curves = cox::predicted_curves(&cohort, &design, &settings, &model, &[0.0; 3], ConfidenceScale::Log);
        let curve = &curves.expect("data of the model").expect("estimated coefficients")[0];
        let times: Vec<f64> = curve.steps.iter().map(|it| it.time).collect();
        assert_all_near(&column(&times), &expected["time"], TOLERANCE);
        let hazard: Vec<f64> = curve.steps.iter().map(|it| it.cumulative_hazard).collect();
        assert_all_near(&column(&hazard), &expected["hazard"], 10.0 * ITERATED);
    }
}

#[test]
fn predicted_curves_of_lung() {
    for (id, ties) in [("cox_survfit_lung_efron", Ties::Efron), ("cox_survfit_lung_breslow", Ties::Breslow)] {
        let expected = expected(id);
        let (cohort, design, model) = fitted(&["age", "sex", "ph.ecog"], ties);
        let settings = Settings { ties, ..Settings::default() };
        for (place, covariates) in [[50.0, 1.0, 0.0], [70.0, 2.0, 2.0]].iter().enumerate() {
            let curves = cox::predicted_curves(&cohort, &design, &settings, &model, covariates, ConfidenceScale::Log);
            let curve = &curves.expect("data of the model").expect("estimated coefficients")[0];
            for (row, time) in [100.0, 365.0, 700.0].into_iter().enumerate() {
                let at = curve.steps.iter().rfind(|it| it.time <= time).expect("a step");
                let value = |field: &str| expected[field]["values"][row][place].as_f64().expect("a number");
                assert_near(at.survival, value("surv"), 10.0 * ITERATED);
                assert_near(at.std_err, value("std.err"), 10.0 * ITERATED);
                assert_near(at.lower.expect("a limit"), value("lower"), 10.0 * ITERATED);
                assert_near(at.upper.expect("a limit"), value("upper"), 10.0 * ITERATED);
            }
        }
    }
}

#[test]
fn proportional_hazards_along_every_function_of_time_and_with_late_entry() {
    let check = |id: &str, transform, cohort: &Cohort, design: &Design, settings: &Settings<'_>| {
        let expected = expected(id);
        let model = cox::fit_with(cohort, design, settings).expect("a model");
        let found = proportional_hazards::test_along(transform, cohort, design, settings, &model);
        let found = found.expect("data of the model").expect("estimated coefficients");
        let tests = found.terms.iter().map(|it| it.test).chain([found.global]);
        for (row, test) in tests.enumerate() {
            let test = test.expect("a test");
            assert_near(test.chi_square, expected["table"]["values"][row][0].as_f64().expect("a number"), ITERATED);
            assert_near(test.p_value, expected["table"]["values"][row][2].as_f64().expect("a number"), 10.0 * ITERATED);
        }
    };
    let (cohort, design, _) = fitted(&["age", "sex", "ph.ecog"], Ties::Efron);
    for (id, transform) in [
        ("zph_lung_km", Transform::KaplanMeier),
        ("zph_lung_identity", Transform::Identity),
        ("zph_lung_log", Transform::Log),
        ("zph_lung_rank", Transform::Rank),
    ] {
        check(id, transform, &cohort, &design, &Settings::default());
    }
    let data = Data::read("heart");
    let design = Design::new(data.numeric_terms(&["age", "year", "surgery", "transplant"]));
    check("zph_heart_counting", Transform::KaplanMeier, &counting(&data), &design, &Settings::default());
}
