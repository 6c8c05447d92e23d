//! How well a risk orders patients: `concordance`, survC1 and timeROC.

use contexture::survival::Cohort;
use contexture::survival::concordance::{self, Settings, TiedCensoring, TimeWeight, WeightedConcordance};
use contexture::survival::cox;
use contexture::survival::design::Design;
use contexture::survival::roc_curve::{self, Method};
use contexture::survival::time_dependent_auc::{self, Auc, AucAt, Convention, TimeDependentAuc};
use serde_json::Value;

use super::{Data, TOLERANCE, assert_all_near, assert_near, expected};

#[track_caller]
fn assert_concordance(found: &WeightedConcordance, expected: &Value) {
    let number = |name: &str| expected[name].as_f64().expect("a number");
    assert_near(found.concordance.expect("pairs"), number("concordance"), TOLERANCE);
    assert_near(found.std_err.expect("pairs").powi(2), number("var"), TOLERANCE);
    assert_near(found.null_std_err.expect("pairs").powi(2), number("cvar"), TOLERANCE);
    let counts = [found.concordant, found.discordant, found.tied_risk, found.tied_time, found.tied_risk_and_time];
    for (count, name) in counts.into_iter().zip(["concordant", "discordant", "tied.x", "tied.y", "tied.xy"]) {
        assert_near(count, expected["count"][name].as_f64().expect(name), TOLERANCE);
    }
}

const TIME_WEIGHTS: [(&str, TimeWeight); 5] = [
    ("equal", TimeWeight::Equal),
    ("survival", TimeWeight::Survival),
    ("survival_over_censoring", TimeWeight::SurvivalOverCensoring),
    ("inverse_squared_censoring", TimeWeight::InverseSquaredCensoring),
    ("each_event", TimeWeight::EachEvent),
];

fn lung() -> Data {
    Data::read("lung").complete_in(&["ph.ecog", "inst"])
}

fn codes(values: &[f64]) -> Vec<usize> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    values.iter().map(|it| sorted.partition_point(|other| other < it)).collect()
}

#[test]
fn concordance_with_each_time_weight() {
    let (data, expected) = (lung(), expected("conc_lung_time_weights"));
    for (name, time_weight) in TIME_WEIGHTS {
        let settings = Settings { time_weight, ..Settings::default() };
        let found = concordance::estimate(&data.cohort("time", "status"), &data.numbers("ph.ecog"), &settings);
        assert_concordance(&found.expect("valid"), &expected[name]);
    }
}

#[test]
fn concordance_with_everything_at_once() {
    let all = Data::read("lung");
    let weights = Data::read("lung_weights").numbers("w");
    let known = |it: &usize| ["ph.ecog", "inst"].iter().all(|column| all.texts(column)[*it] != "NA");
    let weights: Vec<f64> = (0..weights.len()).filter(known).map(|it| weights[it]).collect();
    let (data, expected) = (lung(), expected("conc_lung_weighted"));
    let cohort = data.cohort("time", "status").with_weights(&weights).expect("weights");
    let (strata, clusters) = (codes(&data.numbers("sex")), codes(&data.numbers("inst")));
    for (name, time_weight) in TIME_WEIGHTS {
        let settings = Settings {
            time_weight,
            strata: Some(&strata),
            clusters: Some(&clusters),
            from: Some(100.0),
            until: Some(500.0),
            ..Settings::default()
        };
        let found = concordance::estimate(&cohort, &data.numbers("age"), &settings).expect("valid");
        assert_concordance(&found, &expected[name]);
    }
}

fn counting(data: &Data) -> Cohort {
    data.cohort("stop", "event").with_entries(&data.numbers("start")).expect("entries")
}

#[test]
fn concordance_of_rows_that_enter_late() {
    let data = Data::read("bladder2");
    let settings = Settings { clusters: Some(&codes(&data.numbers("id"))), ..Settings::default() };
    let found = concordance::estimate(&counting(&data), &data.numbers("number"), &settings).expect("valid");
    assert_concordance(&found, &expected("conc_bladder_counting"));

    let data = Data::read("lung").complete_in(&["inst"]);
    let settings = Settings { clusters: Some(&codes(&data.numbers("inst"))), ..Settings::default() };
    let found = concordance::estimate(&data.cohort("time", "status"), &data.numbers("age"), &settings).expect("valid");
    assert_concordance(&found, &expected("conc_veteran_cluster"));
}

#[test]
fn concordance_of_a_model_of_rows_that_enter_late() {
    let data = Data::read("heart");
    let (cohort, columns) = (data.cohort("stop", "event"), ["age", "year", "surgery", "transplant"]);
    let cohort = cohort.with_entries(&data.numbers("start")).expect("entries");
    let model = cox::fit(&cohort, &Design::new(data.numeric_terms(&columns)), None).expect("a model");
    let found = concordance::estimate(&cohort, &model.linear_predictor, &Settings::default()).expect("valid");
    assert_concordance(&found, &expected("conc_heart_counting"));
}

#[test]
fn concordances_of_three_models() {
    let (data, expected) = (lung(), expected("conc_lung_models"));
    let cohort = data.cohort("time", "status");
    let settings = Settings { time_weight: TimeWeight::InverseSquaredCensoring, ..Settings::default() };
    let of = |columns: &[&str]| {
        let model = cox::fit(&cohort, &Design::new(data.numeric_terms(columns)), None).expect("a model");
        concordance::estimate(&cohort, &model.linear_predictor, &settings).expect("valid")
    };
    let found = [of(&["age", "sex"]), of(&["ph.ecog"]), of(&["ph.ecog", "sex"])];
    let found: Vec<&WeightedConcordance> = found.iter().collect();
    assert_all_near(&found.iter().map(|it| it.concordance).collect::<Vec<_>>(), &expected["concordance"], TOLERANCE);
    let covariance = concordance::covariance(&found).expect("same patients").expect("pairs");
    for (row, expected) in covariance.iter().zip(expected["var"]["values"].as_array().expect("rows")) {
        assert_all_near(&row.iter().map(|it| Some(*it)).collect::<Vec<_>>(), expected, TOLERANCE);
    }
}

/// survC1 sums in single precision.
const SINGLE_PRECISION: f64 = 1.2e-7;

#[test]
fn uno_s_concordance_as_the_package_of_its_author() {
    let data = Data::read("gbsg");
    let settings = Settings {
        time_weight: TimeWeight::InverseSquaredCensoring,
        tied_censoring: TiedCensoring::WithEvent,
        until: Some(1826.0),
        ..Settings::default()
    };
    let found = concordance::estimate(&data.cohort("rfstime", "status"), &data.numbers("nodes"), &settings);
    let expected = expected("unoC_gbsg_nodes")["C"].as_f64().expect("a number");
    assert_near(found.expect("valid").concordance.expect("pairs"), expected, SINGLE_PRECISION);
}

/// timeROC adds its martingales up over a matrix of all patients.
const OVER_PAIRS: f64 = 1e-8;

fn areas(found: &TimeDependentAuc, of: fn(&AucAt) -> Option<&Auc>, value: fn(&Auc) -> f64) -> Vec<Option<f64>> {
    found.times.iter().map(|it| of(it).map(value)).collect()
}

#[test]
fn time_dependent_areas_and_their_difference() {
    let (data, times) = (Data::read("gbsg"), [365.0, 730.0, 1096.0, 1826.0]);
    let cohort = data.cohort("rfstime", "status");
    let of = |marker: &str| {
        time_dependent_auc::estimate(&cohort, &data.numbers(marker), &times, None, Convention::TimeRoc).expect("valid")
    };
    let (nodes, age) = (of("nodes"), of("age"));
    let (expected, compared) = (expected("timeroc_gbsg_nodes_iid"), expected("timeroc_gbsg_compare"));
    assert_all_near(&areas(&nodes, |it| it.event_free.as_ref(), |it| it.auc), &expected["AUC"], TOLERANCE);
    assert_all_near(&areas(&nodes, |it| it.event_free.as_ref(), |it| it.std_err), &expected["SE"], OVER_PAIRS);
    assert_all_near(&areas(&age, |it| it.event_free.as_ref(), |it| it.auc), &compared["AUC2"], TOLERANCE);
    assert_all_near(&areas(&age, |it| it.event_free.as_ref(), |it| it.std_err), &compared["SE2"], OVER_PAIRS);
    let differences = time_dependent_auc::compare(&nodes, &age).expect("same patients").event_free;
    let p_values: Vec<_> = differences.iter().map(|it| it.as_ref().and_then(|it| it.p_value)).collect();
    assert_all_near(&p_values, &compared["p"], OVER_PAIRS);
}

#[test]
fn time_dependent_areas_with_competing_events() {
    let (data, expected) = (Data::read("melano"), expected("timeroc_melano_competing_iid"));
    let status = data.numbers("status");
    let is = |code: f64| status.iter().map(|it| (it - code).abs() < 0.5).collect::<Vec<bool>>();
    let cohort = Cohort::from_columns(&data.numbers("time"), &is(1.0)).expect("valid");
    let (marker, times) = (data.numbers("thick"), [1800.0, 2000.0, 2200.0]);
    let found = time_dependent_auc::estimate(&cohort, &marker, &times, Some(&is(2.0)), Convention::TimeRoc);
    let found = found.expect("valid");
    assert_all_near(&areas(&found, |it| it.event_free.as_ref(), |it| it.auc), &expected["AUC_1"], TOLERANCE);
    assert_all_near(&areas(&found, |it| it.event_free.as_ref(), |it| it.std_err), &expected["SE_1"], OVER_PAIRS);
    assert_all_near(&areas(&found, |it| it.all_others.as_ref(), |it| it.auc), &expected["AUC_2"], TOLERANCE);
    assert_all_near(&areas(&found, |it| it.all_others.as_ref(), |it| it.std_err), &expected["SE_2"], OVER_PAIRS);
}

/// timeROC fits its model of the censorings by `rms::cph`, which stops where the likelihood changes by less than 1e-4: after
/// three Newton steps here, 2e-8 from where one more leads.
const THREE_STEPS: f64 = 1e-7;

#[test]
fn areas_with_weights_from_a_cox_model_of_the_censorings() {
    let data = Data::read("gbsg");
    let covariates = Design::new(data.numeric_terms(&["nodes", "age", "size"]));
    let found = time_dependent_auc::estimate_given_covariates(
        &data.cohort("rfstime", "status"),
        &data.numbers("nodes"),
        &[730.0, 1826.0],
        None,
        &covariates,
    );
    let found = found.expect("valid").expect("a model");
    let found: Vec<_> = found.iter().map(|it| it.event_free).collect();
    assert_all_near(&found, &expected("timeroc_gbsg_coxweights")["AUC"], THREE_STEPS);
    assert_all_near(&found, &expected("auc_gbsg_coxweights")["AUC"], TOLERANCE);
}

#[test]
fn heagerty_s_roc_curves() {
    let (data, expected) = (Data::read("gbsg"), expected("survivalroc_gbsg"));
    let (cohort, marker) = (data.cohort("rfstime", "status"), data.numbers("nodes"));
    let span = 0.25 * (cohort.len() as f64).powf(-0.2);
    let methods = [(Method::KaplanMeier, "AUC_KM"), (Method::NearestNeighbors { span }, "AUC_NNE")];
    for (method, name) in methods {
        let found = roc_curve::estimate(&cohort, &marker, 1096.0, method).expect("valid");
        assert_near(found.auc.expect("events"), expected[name].as_f64().expect("a number"), TOLERANCE);
        assert_near(found.survival, expected["Survival"].as_f64().expect("a number"), TOLERANCE);
    }
}
