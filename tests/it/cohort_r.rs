//! The bundled cohort against R: from the density table to every statistic.
//!
//! `testdata/reference/cohort/make_cohort_reference.R` is the whole recipe of the expected numbers; it reads the same
//! tables and shares no code with contexture.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use contexture::model::Area;
use contexture::score::poisson_interval;
use contexture::stratify::{EndpointStatistics, GroupSurvival};
use contexture::survival::chi_square::ChiSquareTest;
use contexture::survival::cox::CoxModel;
use contexture::survival::kaplan_meier::ConfidenceScale;
use contexture::survival::proportional_hazards::ProportionalHazards;
use serde_json::Value;

use crate::results::{Results, assert_near, cell, scheme};

/// Relative; both print 17 digits, and differ in the order of summation.
const TOLERANCE: f64 = 1e-11;

/// Relative; for what is iterated, which R stops at 1e-12 of the likelihood.
const ITERATED: f64 = 1e-8;

const CLASSES: [&str; 3] = ["Low", "Intermediate", "High"];
const ENDPOINTS: [&str; 2] = ["os", "rfs"];

fn testdata(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

fn reference() -> Value {
    let text = std::fs::read_to_string(testdata("reference/cohort/cohort.json")).expect("reference values");
    serde_json::from_str(&text).expect("JSON")
}

/// One run serves all tests that look at it.
fn results() -> &'static Results {
    static RESULTS: OnceLock<Results> = OnceLock::new();
    RESULTS.get_or_init(|| Results::of_study(&testdata("cohort/study.toml")))
}

#[track_caller]
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn names(value: &Value) -> Vec<&str> {
    value.as_array().expect("a list").iter().map(|it| it.as_str().expect("a name")).collect()
}

#[test]
fn scores_percentiles_and_classes() {
    let (reference, results) = (reference(), results());
    let patients = reference["score"]["patients"].as_array().expect("patients");
    let (scores, profiles) = (results.rows("scores.tsv"), results.rows("profiles.tsv"));
    assert_eq!(scores.len(), patients.len());
    for (row, expected) in scores.iter().zip(patients) {
        assert_eq!(cell(row, "patient_id"), expected["patient_id"]);
        assert_near(cell(row, "score").parse::<f64>().ok(), number(&expected["score_mid"]), TOLERANCE);
        for (column, name) in [("three_class", "class_three"), ("five_class", "class_five"), ("two_class", "class_two")]
        {
            assert_eq!(cell(row, column), expected[name]);
        }
        for (marker, region) in [("CD3", "CT"), ("CD3", "IM"), ("CD8", "CT"), ("CD8", "IM")] {
            let is_it = |it: &&Vec<(String, String)>| {
                cell(it, "patient_id") == cell(row, "patient_id")
                    && cell(it, "marker") == marker
                    && cell(it, "region") == region
            };
            let profile = profiles.iter().find(is_it).expect("a profile");
            let component = &expected["components"][format!("{}_{}", marker.to_lowercase(), region.to_lowercase())];
            assert_eq!(cell(profile, "n_cells").parse::<u64>().ok(), component["n_cells"].as_u64());
            for (column, name) in
                [("area_mm2", "area_mm2"), ("cells_per_mm2", "cells_per_mm2"), ("percentile", "percentile_mid")]
            {
                assert_near(cell(profile, column).parse::<f64>().ok(), number(&component[name]), TOLERANCE);
            }
        }
    }
}

#[test]
fn patients_are_rejected_for_the_reasons_that_were_put_into_the_cohort() {
    let (reference, results) = (reference(), results());
    let rejected = results.rows("rejected.tsv");
    for (reason, list) in [
        ("component_missing", "component_missing"),
        ("area_too_small", "area_below_0_25_mm2"),
        ("density_implausible", "density_above_20000_per_mm2"),
    ] {
        let of_reason = rejected.iter().filter(|it| cell(it, "reason") == reason);
        let mut found: Vec<&str> = of_reason.map(|it| cell(it, "patient_id")).collect();
        found.dedup();
        assert_eq!(found, names(&reference["score"]["rejected"][list]), "{reason}");
    }
}

#[test]
fn patients_are_flagged_for_the_quirks_that_were_put_into_the_cohort() {
    let (reference, results) = (reference(), results());
    let (profiles, scores) = (results.rows("profiles.tsv"), results.rows("scores.tsv"));
    let scored: Vec<&str> = scores.iter().map(|it| cell(it, "patient_id")).collect();
    for (flag, list) in [
        ("area_small", "area_below_1_mm2"),
        ("cd8_above_cd3", "cd8_above_1_1_times_cd3"),
        ("area_mismatch", "cd3_cd8_area_ratio_above_2"),
    ] {
        let flagged = profiles.iter().filter(|it| cell(it, "flags").split(';').any(|code| code == flag));
        let mut found: Vec<&str> = flagged.map(|it| cell(it, "patient_id")).filter(|it| scored.contains(it)).collect();
        found.dedup();
        assert_eq!(found, names(&reference["score"]["flags"][list]), "{flag}");
    }
}

#[test]
fn poisson_intervals() {
    for case in reference()["exact_poisson_intervals"].as_array().expect("cases") {
        let area = Area::try_from(number(&case["area_mm2"])).expect("an area");
        let [lower, upper] = poisson_interval::of_density(case["n_cells"].as_u64().expect("a count"), area);
        assert_near(lower, number(&case["lower"]), TOLERANCE);
        assert_near(upper, number(&case["upper"]), TOLERANCE);
    }
}

#[test]
fn curves_medians_and_follow_up() {
    let reference = reference();
    for name in ENDPOINTS {
        let (endpoint, expected) = (results().endpoint(name), &reference["endpoints"][name]);
        assert_eq!(
            (endpoint.n as u64, endpoint.n_events as u64),
            (expected["n"].as_u64().expect("n"), expected["events"].as_u64().expect("events"))
        );
        let follow_up = &expected["median_follow_up_reverse_kaplan_meier"];
        assert_near(endpoint.median_follow_up.estimate, number(&follow_up["estimate_days"]), TOLERANCE);
        assert_near(endpoint.median_follow_up.lower, number(&follow_up["log"]["lower"]), TOLERANCE);
        assert_near(endpoint.median_follow_up.upper, number(&follow_up["log"]["upper"]), TOLERANCE);
        for group in &scheme(endpoint, "three_class").groups {
            compare_group(group, &expected["kaplan_meier"][&group.class], "log_log");
        }
    }
}

#[test]
fn intervals_on_the_log_and_the_plain_scale() {
    let study = std::fs::read_to_string(testdata("cohort/study.toml")).expect("the study");
    let folder = testdata("cohort").display().to_string();
    let study = ["densities.tsv", "clinical.tsv", "reference.json"]
        .into_iter()
        .fold(study, |study, file| study.replace(&format!("\"{file}\""), &format!("\"{folder}/{file}\"")));
    for (scale, name) in [(ConfidenceScale::Log, "log"), (ConfidenceScale::Plain, "plain")] {
        let results = Results::of_text(&format!("{study}\n[survival]\nconfidence_scale = \"{name}\"\n"));
        assert_eq!(results.statistics().confidence_scale, scale);
        for group in &scheme(results.endpoint("os"), "three_class").groups {
            compare_survival_at(group, &reference()["endpoints"]["os"]["kaplan_meier"][&group.class], name);
        }
    }
}

fn compare_group(group: &GroupSurvival, expected: &Value, scale: &str) {
    assert_eq!(
        (group.n as u64, group.n_events as u64),
        (expected["n"].as_u64().expect("n"), expected["events"].as_u64().expect("events"))
    );
    compare_survival_at(group, expected, scale);
    let median = &expected["median_days"];
    for (found, name) in [
        (group.median.estimate, "estimate"),
        (group.median.lower, "lower_log_log"),
        (group.median.upper, "upper_log_log"),
    ] {
        assert_eq!(found, median[name].as_f64(), "{name} of {}", group.class);
    }
}

fn compare_survival_at(group: &GroupSurvival, expected: &Value, scale: &str) {
    for (found, name) in group.survival_at.iter().zip(["three_years", "five_years"]) {
        let expected = &expected[name];
        assert_eq!(Some(found.n_risk as u64), expected["n_risk"].as_u64());
        assert_near(found.survival, number(&expected["survival"]), TOLERANCE);
        assert_near(found.lower, number(&expected[scale]["lower"]), TOLERANCE);
        assert_near(found.upper, number(&expected[scale]["upper"]), TOLERANCE);
    }
}

#[test]
fn log_rank_and_trend() {
    let reference = reference();
    for name in ENDPOINTS {
        let (by_class, expected) = (scheme(results().endpoint(name), "three_class"), &reference["endpoints"][name]);
        let log_rank = &expected["log_rank"];
        for (at, class) in CLASSES.iter().enumerate() {
            assert_eq!(Some(by_class.log_rank.observed[at]), log_rank["observed"][class].as_u64());
            assert_near(by_class.log_rank.expected[at], number(&log_rank["expected"][class]), TOLERANCE);
        }
        assert_near(by_class.log_rank.chi_square, number(&log_rank["chisq"]), TOLERANCE);
        assert_near(by_class.log_rank.p_value, number(&log_rank["p"]), TOLERANCE);
        compare_test(by_class.trend, &expected["trend_cox_score_test"], TOLERANCE);
    }
}

#[track_caller]
fn compare_test(found: Option<ChiSquareTest>, expected: &Value, tolerance: f64) {
    let found = found.expect("a test");
    assert_eq!(Some(found.degrees_of_freedom as u64), expected["df"].as_u64());
    assert_near(found.chi_square, number(&expected["chisq"]), tolerance);
    // A p-value in the tail moves by chi-square / 2 times as much as the statistic.
    assert_near(found.p_value, number(&expected["p"]), tolerance * 1f64.max(found.chi_square));
}

/// Absolute; for the concordance of the score alone. Some scores are equal on paper and differ in the last bit, and R's
/// `coxph` compares linear predictors bit by bit: which of a few tied pairs count as tied is left to rounding error.
const ROUNDED_TIES: f64 = 1e-4;

fn compare_model(found: &CoxModel, expected: &Value) {
    compare_estimates(found, expected);
    let concordance = found.concordance.as_ref().expect("pairs");
    assert_near(concordance.concordance, number(&expected["concordance"]["estimate"]), TOLERANCE);
    assert_near(concordance.std_err, number(&expected["concordance"]["std_err"]), TOLERANCE);
}

fn compare_estimates(found: &CoxModel, expected: &Value) {
    assert_near(found.log_likelihood_null, number(&expected["log_likelihood_null"]), TOLERANCE);
    assert_near(found.log_likelihood, number(&expected["log_likelihood"]), TOLERANCE);
    compare_test(found.likelihood_ratio, &expected["likelihood_ratio_test"], ITERATED);
    compare_test(found.wald, &expected["wald_test"], ITERATED);
    compare_test(found.score, &expected["score_test"], ITERATED);
    let coefficients = expected["coefficients"].as_object().expect("coefficients");
    assert_eq!(found.coefficients.len(), coefficients.len());
    for it in &found.coefficients {
        let expected = &coefficients[&name_in_r(&it.term, &it.name)];
        for (found, name) in [
            (it.log_hazard_ratio, "coefficient"),
            (it.std_err, "std_err"),
            (it.hazard_ratio, "hazard_ratio"),
            (it.lower, "lower"),
            (it.upper, "upper"),
            (it.z, "z"),
        ] {
            assert_near(found, number(&expected[name]), ITERATED);
        }
        let z = number(&expected["z"]);
        assert_near(it.p_value, number(&expected["p"]), ITERATED * 1f64.max(z * z));
    }
}

/// What the reference calls a coefficient.
fn name_in_r(term: &str, name: &str) -> String {
    match (term, name) {
        ("score per 10 points", _) => "score_per_10_points".to_owned(),
        ("three_class", class) => format!("class_{class}"),
        (term, name) if term == name => term.to_owned(),
        (term, level) => format!("{term}_{level}"),
    }
}

fn compare_proportional_hazards(found: Option<&ProportionalHazards>, expected: &Value) {
    let found = found.expect("a test");
    for term in &found.terms {
        let name = match term.term.as_str() {
            "score per 10 points" => "score_per_10_points",
            "three_class" => "class",
            other => other,
        };
        compare_test(term.test, &expected[name], ITERATED);
    }
    compare_test(found.global, &expected["global"], ITERATED);
}

#[test]
fn cox_models_of_classes_and_of_the_score() {
    let reference = reference();
    for name in ENDPOINTS {
        let (endpoint, expected) = (results().endpoint(name), &reference["endpoints"][name]);
        let by_class = scheme(endpoint, "three_class");
        let zph = "proportional_hazards_test_km";
        compare_model(by_class.cox.as_ref().expect("a model"), &expected["cox_by_class"]);
        compare_proportional_hazards(by_class.proportional_hazards.as_ref(), &expected["cox_by_class"][zph]);
        let by_score = &endpoint.by_score;
        compare_estimates(by_score.cox.as_ref().expect("a model"), &expected["cox_by_score"]);
        compare_proportional_hazards(by_score.proportional_hazards.as_ref(), &expected["cox_by_score"][zph]);
        let concordance = by_score.concordance.concordance.expect("pairs");
        let of_model = number(&expected["cox_by_score"]["concordance"]["estimate"]);
        assert!((concordance - of_model).abs() < ROUNDED_TIES, "{concordance} is far from {of_model}");
    }
}

#[test]
fn models_adjusted_for_covariates_within_centres() {
    let reference = reference();
    for name in ENDPOINTS {
        let endpoint: &EndpointStatistics = results().endpoint(name);
        let (model, expected) = (&endpoint.models[0], &reference["endpoints"][name]["adjusted"]);
        assert_eq!(Some(model.n as u64), expected["n"].as_u64());
        assert_eq!(Some(model.n_incomplete as u64), expected["n_left_out_for_missing_covariates"].as_u64());
        let models = &expected["models"];
        let parts = [
            (&model.without_score, "clinical_stratified_by_centre"),
            (&model.with_score, "clinical_and_score_stratified_by_centre"),
            (&model.with_class, "clinical_and_class_stratified_by_centre"),
        ];
        for (found, name) in parts {
            compare_model(found.as_ref().expect("a model"), &models[name]);
        }
        let zph = &models["clinical_and_score_stratified_by_centre"]["proportional_hazards_test_km"];
        compare_proportional_hazards(model.proportional_hazards.as_ref(), zph);
        let added = &expected["likelihood_ratio_of_adding_score_stratified_by_centre"];
        compare_test(model.added_by_score, added, ITERATED);
    }
}
