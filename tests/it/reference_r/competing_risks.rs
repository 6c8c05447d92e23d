//! Competing risks, against `survfit`, `cmprsk` and cause-specific `coxph`.

use contexture::survival::competing_risks::aalen_johansen::{self, Probability, Settings, VarianceEstimator};
use contexture::survival::competing_risks::fine_gray::Convention;
use contexture::survival::competing_risks::{CompetingCohort, cause_specific, fine_gray, gray, time_lost};
use contexture::survival::design::Design;
use serde_json::Value;

use super::{Data, ITERATED, TOLERANCE, assert_all_near, assert_near, expected, numbers};

const COVARIATES: [&str; 4] = ["age", "male", "hgb", "mspike"];

/// `mgus2` with progression (1) and death without it (2).
fn mgus2(data: &Data) -> CompetingCohort {
    let [progression_time, death_time, progressed, died] =
        ["ptime", "futime", "pstat", "death"].map(|column| data.numbers(column));
    let rows = 0..progressed.len();
    let times: Vec<f64> =
        rows.clone().map(|it| if progressed[it] > 0.5 { progression_time[it] } else { death_time[it] }).collect();
    let cause = |it: usize| if progressed[it] > 0.5 { 1 } else { 2 * usize::from(died[it] > 0.5) };
    let causes: Vec<usize> = rows.map(cause).collect();
    let names = ["pcm", "death"].map(String::from);
    CompetingCohort::from_columns(&times, &causes, &names).expect("times are valid")
}

/// The patients without missing covariates, and the covariates.
fn complete_mgus2() -> (CompetingCohort, Design) {
    let data = Data::read("mgus2").complete_in(&["hgb", "mspike"]);
    let cohort = mgus2(&data);
    let mut terms = data.numeric_terms(&["age", "hgb", "mspike"]);
    let male = data.codes("sex", &["F", "M"]).into_iter().map(|it| it as f64).collect();
    terms.insert(1, contexture::survival::design::Term::numeric("male", male));
    (cohort, Design::new(terms))
}

fn column(table: &Value, column: usize) -> Value {
    Value::Array(table["values"].as_array().expect("rows").iter().map(|row| row[column].clone()).collect())
}

/// One number of each of some probabilities.
fn values(probabilities: &[Probability], value: impl Fn(&Probability) -> Option<f64>) -> Vec<Option<f64>> {
    probabilities.iter().map(value).collect()
}

/// Compares the curves at some times with the rows of R's `summary` from `first_row` on.
#[track_caller]
fn assert_curves(curves: &aalen_johansen::CumulativeIncidence, times: &[f64], expected: &Value, first_row: usize) {
    for (row, &time) in times.iter().enumerate() {
        let at = curves.at(time).expect("somebody is followed so long");
        let mut states = vec![at.event_free];
        states.extend(&at.incidence);
        let row = |table: &str| &expected[table]["values"][first_row + row];
        assert_all_near(&values(&states, |it| Some(it.estimate)), row("pstate"), TOLERANCE);
        assert_all_near(&values(&states, |it| it.std_err), row("std.err"), TOLERANCE);
        if expected.get("lower").is_some() {
            assert_all_near(&values(&states, |it| it.lower), row("lower"), TOLERANCE);
            assert_all_near(&values(&states, |it| it.upper), row("upper"), TOLERANCE);
        }
    }
}

const TIMES: [f64; 5] = [12.0, 60.0, 120.0, 240.0, 360.0];

#[test]
fn cumulative_incidence_by_group() {
    let data = Data::read("mgus2");
    let expected = expected("aj_mgus2_sex");
    let curves =
        aalen_johansen::estimate_by_group(&mgus2(&data), &data.codes("sex", &["F", "M"]), 2, Settings::default());
    for (sex, curves) in curves.expect("curves").iter().enumerate() {
        assert_curves(curves, &TIMES, &expected, 5 * sex);
        for (row, time) in TIMES.into_iter().enumerate() {
            let n_risk = &expected["n.risk"]["values"][5 * sex + row][0];
            assert_eq!(curves.at(time).map(|at| at.n_risk as u64), n_risk.as_u64());
            let last = curves.steps.iter().rfind(|step| step.time <= time).expect("a step");
            let hazards: Vec<_> = last.causes.iter().map(|it| Some(it.cumulative_hazard)).collect();
            assert_all_near(&hazards, &expected["cumhaz"]["values"][5 * sex + row], TOLERANCE);
        }
    }
}

#[test]
fn cumulative_incidence_of_all_patients() {
    let expected = expected("aj_mgus2_full");
    let times: Vec<f64> = numbers(&expected["time"]).into_iter().map(|it| it.expect("a time")).collect();
    let curves = aalen_johansen::estimate(&mgus2(&Data::read("mgus2")), Settings::default()).expect("curves");
    assert_curves(&curves, &times, &expected, 0);
}

#[test]
fn cumulative_incidence_with_weights_on_every_scale() {
    use contexture::survival::confidence::ConfidenceScale::{Arcsin, Log, LogLog, Logit, Plain};
    let data = Data::read("mgus2");
    let weights: Vec<f64> = (1..=data.rows.len()).map(|row| 0.5 + (row % 5) as f64 / 4.0).collect();
    let cohort = mgus2(&data).with_weights(&weights).expect("weights");
    let scales = [("log", Log), ("loglog", LogLog), ("plain", Plain), ("logit", Logit), ("arcsin", Arcsin)];
    for (name, confidence_scale) in scales {
        let settings = Settings { confidence_scale, confidence_level: 0.9, ..Settings::default() };
        let curves = aalen_johansen::estimate(&cohort, settings).expect("curves");
        assert_curves(&curves, &TIMES, &expected(&format!("aj_mgus2_weighted_{name}")), 0);
    }
}

#[test]
fn cumulative_incidence_with_late_entry_and_weights() {
    let data = Data::read("mgus2");
    let cohort = mgus2(&data);
    let rows = (1..).zip(cohort.cohort().outcomes());
    let entries: Vec<f64> =
        rows.map(|(row, it)| if row % 3 == 0 { f64::from(row % 40).min(it.time - 1.0) } else { -1.0 }).collect();
    let weights: Vec<f64> = (1..=data.rows.len()).map(|row| 0.5 + (row % 5) as f64 / 4.0).collect();
    let cohort = cohort.with_entries(&entries).expect("entries").with_weights(&weights).expect("weights");
    let curves = aalen_johansen::estimate(&cohort, Settings::default()).expect("curves");
    assert_curves(&curves, &TIMES, &expected("aj_mgus2_late"), 0);
}

#[test]
fn the_delta_variance_of_cuminc() {
    let data = Data::read("mgus2");
    let expected = expected("gray_mgus2_sex");
    let settings = Settings { variance_estimator: VarianceEstimator::Delta, ..Settings::default() };
    let curves = aalen_johansen::estimate_by_group(&mgus2(&data), &data.codes("sex", &["F", "M"]), 2, settings);
    // R's rows are each sex of the first cause, then each sex of the second.
    for (sex, curves) in curves.expect("curves").iter().enumerate() {
        for cause in 0..2 {
            let at: Vec<_> = TIMES.iter().map(|&time| curves.at(time).expect("a time").incidence[cause]).collect();
            let row = |table: &str| &expected[table]["values"][2 * cause + sex];
            assert_all_near(&values(&at, |it| Some(it.estimate)), row("est"), TOLERANCE);
            assert_all_near(&values(&at, |it| it.std_err.map(|it| it * it)), row("var"), TOLERANCE);
        }
    }
}

#[track_caller]
fn assert_gray(found: &[gray::GrayTest], id: &str) {
    let tests = &expected(id)["Tests"];
    let test = |it: &gray::GrayTest| it.test.expect("a test");
    let found: Vec<_> = found.iter().map(test).collect();
    let column_of = |value: fn(&contexture::survival::chi_square::ChiSquareTest) -> f64| -> Vec<_> {
        found.iter().map(|it| Some(value(it))).collect()
    };
    assert_all_near(&column_of(|it| it.chi_square), &column(tests, 0), TOLERANCE);
    assert_all_near(&column_of(|it| it.p_value), &column(tests, 1), GRAY_P_VALUE);
    assert_all_near(&column_of(|it| it.degrees_of_freedom as f64), &column(tests, 2), TOLERANCE);
}

/// `cuminc` subtracts from 1, so that its p-values have an absolute error of 1e-16 and a relative one of 1e-9 at 1e-7.
const GRAY_P_VALUE: f64 = 1e-8;

#[test]
fn grays_test_of_two_groups_by_weight_and_by_stratum() {
    let data = Data::read("mgus2");
    let cohort = mgus2(&data);
    let sex = data.codes("sex", &["F", "M"]);
    let test = |settings| gray::test(&cohort, &sex, 2, settings).expect("a test");
    assert_gray(&test(gray::Settings::default()), "gray_mgus2_sex");
    assert_gray(&test(gray::Settings { rho: 1.0, ..gray::Settings::default() }), "gray_mgus2_rho1");
    // Age cut at 60, 70 and 80.
    let decade = |age: f64| [60.0, 70.0, 80.0].iter().filter(|&&cut| age > cut).count();
    let strata: Vec<usize> = data.numbers("age").into_iter().map(decade).collect();
    assert_gray(&test(gray::Settings { strata: Some(&strata), ..gray::Settings::default() }), "gray_mgus2_strat");
}

#[test]
fn grays_test_of_three_groups() {
    let data = Data::read("melano");
    let causes: Vec<usize> = data.codes("status", &["0", "1", "2"]);
    let names = ["melanoma", "other"].map(String::from);
    let cohort = CompetingCohort::from_columns(&data.numbers("time"), &causes, &names).expect("a cohort");
    let third = |thick: f64| usize::from(thick > 1.0) + usize::from(thick > 3.0);
    let groups: Vec<usize> = data.numbers("thick").into_iter().map(third).collect();
    let test = |settings| gray::test(&cohort, &groups, 3, settings).expect("a test");
    assert_gray(&test(gray::Settings::default()), "gray_melano_three");
    let strata: Vec<usize> = data.numbers("age").into_iter().map(|age| usize::from(age > 55.0)).collect();
    let settings = gray::Settings { rho: 0.5, strata: Some(&strata) };
    assert_gray(&test(settings), "gray_melano_three_strata");
}

/// Compares coefficients, the robust and the naive covariance matrix with R's.
#[track_caller]
fn assert_fine_gray(model: &fine_gray::FineGrayModel, coefficients: &Value, covariances: [&Value; 2]) {
    let found: Vec<_> = model.coefficients.iter().map(|it| it.log_hazard_ratio).collect();
    assert_all_near(&found, coefficients, ITERATED);
    for (found, expected) in [&model.covariance, &model.naive_covariance].into_iter().zip(covariances) {
        for (row, covariances) in found.iter().enumerate() {
            for (column, covariance) in covariances.iter().enumerate() {
                // A covariance may cancel to nearly zero; its error is judged by the standard errors.
                let size = (found[row][row] * found[column][column]).sqrt();
                let expected = expected["values"][row][column].as_f64().expect("a number");
                assert_near((covariance - expected) / size + 1.0, 1.0, ITERATED);
            }
        }
    }
    assert!(model.converged);
}

#[test]
fn a_fine_gray_model() {
    let (cohort, design) = complete_mgus2();
    let expected = expected("crr_mgus2_pcm");
    let model = fine_gray::fit(&cohort, 1, &design, fine_gray::Settings::default()).expect("a model");
    let coefficients = COVARIATES.iter().map(|it| expected["coef"][it].clone()).collect();
    assert_fine_gray(&model, &Value::Array(coefficients), [&expected["var"], &expected["invinf"]]);
    assert_near(model.log_likelihood, expected["loglik"].as_f64().expect("a number"), TOLERANCE);
    assert_near(model.log_likelihood_null, expected["loglik.null"].as_f64().expect("a number"), TOLERANCE);
}

#[test]
fn fine_gray_models_as_coxph_fits_them_to_the_data_of_finegray() {
    let (cohort, design) = complete_mgus2();
    let settings = fine_gray::Settings { convention: Convention::FineGrayCoxph, ..fine_gray::Settings::default() };
    let fit = |cause| fine_gray::fit(&cohort, cause, &design, settings).expect("a model");
    let assert_log_likelihoods = |model: &fine_gray::FineGrayModel, expected: &Value| {
        assert_all_near(&[Some(model.log_likelihood_null), Some(model.log_likelihood)], expected, TOLERANCE);
    };

    let death = expected("finegray_mgus2_death_cluster");
    let model = fit(2);
    assert_fine_gray(&model, &death["coef"], [&death["robust"], &death["naive"]]);
    assert_log_likelihoods(&model, &death["loglik"]);

    // The robust covariance of this call is not by patient but by row of the data of finegray.
    let pcm = expected("finegray_mgus2_pcm");
    let mut model = fit(1);
    model.covariance.clone_from(&model.naive_covariance);
    let coefficients = COVARIATES.iter().map(|it| pcm["coef"][it].clone()).collect();
    assert_fine_gray(&model, &Value::Array(coefficients), [&pcm["naive"], &pcm["naive"]]);
    assert_log_likelihoods(&model, &pcm["loglik"]);
}

#[test]
fn fine_gray_models_of_another_cause_and_with_groups_of_censoring_and_what_they_predict() {
    let (cohort, design) = complete_mgus2();
    let data = Data::read("mgus2").complete_in(&["hgb", "mspike"]);
    let sex = data.codes("sex", &["F", "M"]);
    for (id, cause, censoring_groups) in [("crr_mgus2_death", 2, None), ("crr_mgus2_cengroup", 1, Some(sex.as_slice()))]
    {
        let expected = expected(id);
        let model = fine_gray::fit(
            &cohort,
            cause,
            &design,
            fine_gray::Settings { censoring_groups, ..fine_gray::Settings::default() },
        )
        .expect("a model");
        assert_fine_gray(&model, &expected["coef"], [&expected["var"], &expected["invinf"]]);
        assert_all_near(&[Some(model.log_likelihood_null), Some(model.log_likelihood)], &expected["loglik"], TOLERANCE);
        // R's are every tenth.
        let times: Vec<_> = model.baseline.iter().step_by(10).map(|it| Some(it.time)).collect();
        assert_all_near(&times, &expected["time"], TOLERANCE);
        let baseline: Vec<_> = model.baseline.iter().step_by(10).map(|it| Some(it.cumulative_hazard)).collect();
        assert_all_near(&baseline, &expected["baseline"], ITERATED);
        for (patient, covariates) in [[60.0, 1.0, 13.0, 1.0], [80.0, 0.0, 10.0, 2.0]].iter().enumerate() {
            let predicted = model.predict(covariates).expect("four covariates").expect("estimates");
            let incidence: Vec<_> = predicted.iter().step_by(10).map(|it| Some(it.incidence)).collect();
            assert_all_near(&incidence, &column(&expected["predicted"], patient), ITERATED);
        }
    }
}

#[test]
fn cause_specific_models() {
    let (cohort, design) = complete_mgus2();
    let expected = expected("csc_mgus2_pcm");
    let models = cause_specific::fit(&cohort, &design, None).expect("models");
    assert_eq!((models[0].cause.as_str(), models[1].cause.as_str()), ("pcm", "death"));
    for (idx, coefficient) in models[0].model.coefficients.iter().enumerate() {
        let name = COVARIATES[idx];
        assert_near(coefficient.log_hazard_ratio.expect("it"), expected["coef"][name].as_f64().expect("it"), ITERATED);
        assert_near(coefficient.std_err.expect("it"), expected["se"][name].as_f64().expect("it"), ITERATED);
    }
    assert_eq!(models[1].model.n_events, 1360 - 114 - cohort.causes().iter().filter(|&&it| it == 0).count());
}

#[test]
fn mean_time_in_each_state() {
    let data = Data::read("mgus2");
    let cohort = mgus2(&data);
    let table = &expected("rmtl_mgus2_sex")["table"]["values"];
    // R's rows are each sex of each state.
    for (sex, code) in ["F", "M"].into_iter().enumerate() {
        let texts = data.texts("sex");
        let members: Vec<usize> = (0..texts.len()).filter(|&idx| texts[idx] == code).collect();
        let spent = time_lost::estimate(&cohort.select(&members), 240.0).expect("patients are followed so long");
        for (state, found) in [spent.event_free, spent.lost[0], spent.lost[1]].iter().enumerate() {
            assert_near(found.estimate, table[2 * state + sex][2].as_f64().expect("a number"), TOLERANCE);
        }
    }
}
