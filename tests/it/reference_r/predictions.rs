//! Predictions and prognostic indices: `royston`, Brier scores, calibration, decision curves and reclassification.

use contexture::survival::brier::{self, Reference};
use contexture::survival::calibration::{self, RiskGroup};
use contexture::survival::cox;
use contexture::survival::design::Design;
use contexture::survival::explained_variation::{self, RoystonD};
use contexture::survival::{decision_curve, reclassification};
use serde_json::Value;

use super::{CELL_TYPES, Data, ITERATED, TOLERANCE, assert_all_near, assert_near, expected, numbers};

/// Three years, the time of all predictions for gbsg.
const THREE_YEARS: f64 = 1096.0;

fn column(value: &Value) -> Vec<f64> {
    numbers(value).into_iter().map(|it| it.expect("a number")).collect()
}

fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or_else(|| panic!("no number {name}"))
}

#[track_caller]
fn assert_royston(found: &RoystonD, expected: &Value) {
    assert_near(found.d, number(expected, "D"), ITERATED);
    assert_near(found.std_err, number(expected, "se(D)"), ITERATED);
    assert_near(found.r_squared, number(expected, "R.D"), ITERATED);
    assert_near(found.r_squared_index, number(expected, "R.KO"), ITERATED);
}

#[test]
fn royston_s_d_of_models_with_equal_predictors() {
    let lung = Data::read("lung").complete_in(&["ph.ecog", "inst"]);
    let (gbsg, veteran) = (Data::read("gbsg"), Data::read("veteran"));
    let strata = veteran.codes("celltype", &CELL_TYPES);
    for (id, data, time, columns, strata) in [
        ("royston_lung", &lung, "time", &["age", "sex", "ph.ecog"][..], None),
        ("royston_gbsg", &gbsg, "rfstime", &["nodes", "grade"], None),
        ("royston_veteran_strata", &veteran, "time", &["karno", "trt"], Some(&strata[..])),
    ] {
        let (cohort, expected) = (data.cohort(time, "status"), expected(id));
        let model = cox::fit(&cohort, &Design::new(data.numeric_terms(columns)), strata).expect("a model");
        for (found, expected) in model.linear_predictor.iter().zip(column(&expected["lp"])) {
            assert!((found - expected).abs() < ITERATED, "{found} is not {expected}");
        }
        let index = match strata {
            Some(strata) => explained_variation::centered_within_strata(&cohort, &model.linear_predictor, strata),
            None => Ok(model.linear_predictor.clone()),
        };
        let index = index.expect("strata");
        let found = explained_variation::royston(&cohort, &index).expect("valid").expect("a D");
        let (plain, adjusted) = (&expected["plain"], &expected["adjusted"]);
        assert_royston(&found, plain);
        assert_royston(&found.adjusted(model.n_events, columns.len()).expect("a D"), adjusted);
        assert_near(explained_variation::nagelkerke(&model).expect("events"), number(plain, "R.N"), ITERATED);
        let concordance = explained_variation::gonen_heller(&index).expect("valid");
        assert_near(concordance.expect("pairs"), number(plain, "C.GH"), ITERATED);
    }
}

#[test]
fn brier_scores_with_ties_and_between_times() {
    let lung = Data::read("lung").complete_in(&["ph.ecog", "inst"]);
    let gbsg = Data::read("gbsg");
    for (id, cohort, reference) in [
        ("brier_lung", lung.cohort("time", "status"), Reference::FlemingHarrington),
        ("brier_gbsg_breslow", gbsg.cohort("rfstime", "status"), Reference::KaplanMeier),
    ] {
        let expected = expected(id);
        let survival: Vec<Vec<f64>> = expected["survival"].as_array().expect("columns").iter().map(column).collect();
        let found = brier::score(&cohort, &column(&expected["times"]), &survival, reference).expect("valid");
        assert_eq!(found.n_times_beyond, 0);
        assert_all_near(&found.times.iter().map(|it| it.brier).collect::<Vec<_>>(), &expected["model"], TOLERANCE);
        let null: Vec<_> = found.times.iter().map(|it| it.reference_brier).collect();
        assert_all_near(&null, &expected["null"], TOLERANCE);
    }
}

#[test]
fn calibration_of_a_distorted_model() {
    let expected = expected("calibration_gbsg");
    let cohort = Data::read("gbsg").cohort("rfstime", "status");
    let found = calibration::assess(&cohort, &column(&expected["risk"]), THREE_YEARS, 5).expect("valid");

    let large = found.observed_to_expected.expect("follow-up");
    assert_near(large.observed, number(&expected, "observed"), TOLERANCE);
    assert_near(large.expected, number(&expected, "expected"), TOLERANCE);
    assert_near(large.ratio, number(&expected, "ratio"), TOLERANCE);
    assert_all_near(&[large.lower, large.upper], &expected["ratio_interval"], TOLERANCE);
    let slope = found.slope.expect("events");
    assert_near(slope.slope, number(&expected, "slope"), ITERATED);
    assert_near(slope.std_err, number(&expected, "slope_se"), ITERATED);
    let smooth = found.smooth.expect("follow-up");
    for (found, name) in [(smooth.ici, "ici"), (smooth.e50, "e50"), (smooth.e90, "e90"), (smooth.e_max, "e_max")] {
        assert_near(found, number(&expected, name), ITERATED);
    }
    let groups = expected["groups"].as_array().expect("groups");
    assert_eq!(found.groups.len(), groups.len());
    for (found, expected) in found.groups.iter().zip(groups) {
        let RiskGroup { n, predicted, observed, lower, upper } = found;
        assert_eq!(Some(*n as u64), expected["n"].as_u64());
        for (found, name) in
            [(&Some(*predicted), "predicted"), (observed, "observed"), (lower, "lower"), (upper, "upper")]
        {
            assert_near(found.expect(name), number(expected, name), TOLERANCE);
        }
    }
}

#[test]
fn net_benefit_of_a_model() {
    let expected = expected("decision_curve_gbsg");
    let cohort = Data::read("gbsg").cohort("rfstime", "status");
    let (risk, thresholds) = (column(&expected["risk"]), column(&expected["thresholds"]));
    let found = decision_curve::estimate(&cohort, &risk, THREE_YEARS, &thresholds, None).expect("valid").thresholds;
    let column = |value: fn(&decision_curve::NetBenefit) -> Option<f64>| found.iter().map(value).collect::<Vec<_>>();
    assert_all_near(&column(|it| Some(it.high_risk)), &expected["high_risk"], TOLERANCE);
    assert_all_near(&column(|it| it.net_benefit), &expected["net_benefit"], TOLERANCE);
    assert_all_near(&column(|it| it.treat_all), &expected["treat_all"], TOLERANCE);
}

#[test]
fn reclassification_by_another_model() {
    let expected = expected("reclassification_gbsg");
    let cohort = Data::read("gbsg").cohort("rfstime", "status");
    let (old, new) = (column(&expected["old"]), column(&expected["new"]));
    for (cutoffs, name) in [(column(&expected["cutoffs"]), "category"), (Vec::new(), "continuous")] {
        let found = reclassification::assess(&cohort, &old, &new, THREE_YEARS, &cutoffs, None).expect("valid");
        let expected_nri = &expected[name];
        assert_near(found.nri_events.estimate.expect("events"), number(expected_nri, "events"), TOLERANCE);
        assert_near(found.nri_nonevents.estimate.expect("others"), number(expected_nri, "nonevents"), TOLERANCE);
        assert_near(found.idi.estimate.expect("both"), number(&expected, "idi"), TOLERANCE);
    }
}
