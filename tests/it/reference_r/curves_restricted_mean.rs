//! Restricted means, against `survfit` and survRM2.

use contexture::survival::design::Design;
use contexture::survival::restricted_mean::{self, Contrast, adjusted};
use serde_json::Value;

use super::{Data, ITERATED, TOLERANCE, TREATMENTS, assert_all_near, assert_near, expected, numbers};

#[test]
fn restricted_means_of_lung_and_colon() {
    for (id, data, group, levels, horizon) in [
        ("rmst_survfit_lung", "lung", "sex", &["1", "2"][..], 500.0),
        // R's "common" horizon is the last observation of all groups.
        ("km_colon_rx_table", "colon_death", "rx", &TREATMENTS[..], 3329.0),
    ] {
        let (data, expected) = (Data::read(data), expected(id));
        let (cohort, codes) = (data.cohort("time", "status"), data.codes(group, levels));
        let last = cohort.outcomes().iter().map(|it| it.time).fold(0.0, f64::max);
        assert!(horizon < last || horizon.total_cmp(&last).is_eq(), "{last}");
        for code in 0..levels.len() {
            let row = numbers(&expected["table"]["values"][code]);
            let found = restricted_mean::estimate(&cohort.subset(|idx| codes[idx] == code), horizon, 0.95);
            let found = found.expect("a horizon");
            assert_near(found.mean, row[4].expect("a mean"), TOLERANCE);
            assert_near(found.std_err, row[5].expect("an error"), TOLERANCE);
        }
    }
}

#[track_caller]
fn assert_contrast(found: Option<Contrast>, expected: &Value) {
    let found = found.expect("a contrast");
    let found = [found.estimate, found.lower, found.upper, found.p_value].map(Some);
    assert_all_near(&found, expected, TOLERANCE);
}

#[test]
fn two_groups_of_lung_to_the_latest_horizon() {
    let (data, expected) = (Data::read("lung"), expected("rmst2_lung_default_tau"));
    let (cohort, sex) = (data.cohort("time", "status"), data.codes("sex", &["1", "2"]));
    let found = restricted_mean::compare(&cohort, &sex, None, 0.95).expect("two groups");
    assert_near(found.horizon, numbers(&expected["tau"])[0].expect("a horizon"), TOLERANCE);
    let rows = &expected["unadj"]["values"];
    assert_contrast(found.difference, &rows[0]);
    assert_contrast(found.ratio, &rows[1]);
    assert_contrast(found.time_lost_ratio, &rows[2]);
}

/// survRM2 takes p as one less the distribution function, which is right to the precision of 1.
const P_VALUE: f64 = 1e-15;

#[track_caller]
fn assert_coefficients(found: &[adjusted::Coefficient], expected: &Value, is_ratio: bool) {
    for (found, row) in found.iter().zip(expected["values"].as_array().expect("rows")) {
        let row: Vec<f64> = numbers(row).into_iter().map(|it| it.expect("a number")).collect();
        let mut columns = vec![found.coefficient, found.std_err, found.z, found.p_value];
        columns.extend(is_ratio.then_some(found.estimate));
        columns.extend([found.lower, found.upper]);
        assert_eq!(columns.len(), row.len());
        for (column, (found, expected)) in columns.into_iter().zip(row).enumerate() {
            if column == 3 {
                assert!((found - expected).abs() < P_VALUE + ITERATED * expected, "{found} is not {expected}");
            } else {
                assert_near(found, expected, ITERATED);
            }
        }
    }
}

#[test]
fn two_arms_of_pbc_adjusted_for_covariates() {
    let (data, expected) = (Data::read("rmst2_pbc_sample"), expected("rmst2_pbc_adjusted"));
    let (cohort, arm) = (data.cohort("time", "status"), data.codes("arm", &["0", "1"]));
    let design = Design::new(data.numeric_terms(&["age", "edema", "bili"]));
    let found = adjusted::compare(&cohort, &arm, &design, Some(10.0), 0.95).expect("two arms");
    assert_eq!(found.difference.len(), 5);
    assert_coefficients(&found.difference, &expected["diff"], false);
    assert_coefficients(&found.ratio, &expected["ratio"], true);
}
