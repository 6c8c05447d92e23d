//! Weighted log-rank tests, trends and pairs of groups, against `survdiff` and the formulas in R.

use contexture::survival::max_combo::{self, Alternative};
use contexture::survival::weighted_log_rank::{self, Weight, WeightedLogRank};
use contexture::survival::{pairwise, trend};
use serde_json::Value;

use super::{CELL_TYPES, Data, TOLERANCE, TREATMENTS, assert_all_near, assert_near, expected, numbers};

fn values(found: &[f64]) -> Vec<Option<f64>> {
    found.iter().copied().map(Some).collect()
}

#[track_caller]
fn assert_test(found: &WeightedLogRank, expected: &Value) {
    assert_near(found.chi_square.expect("a test"), expected["chisq"].as_f64().expect("a number"), TOLERANCE);
    assert_near(found.p_value.expect("a test"), expected["pvalue"].as_f64().expect("a number"), TOLERANCE);
    assert_eq!(Some(found.degrees_of_freedom as u64), expected["df"].as_u64());
}

#[track_caller]
fn assert_covariance(found: &WeightedLogRank, expected: &Value) {
    for (row, expected) in found.covariance.iter().zip(expected["values"].as_array().expect("rows")) {
        assert_all_near(&values(row), expected, TOLERANCE);
    }
}

#[test]
fn weights_that_are_powers_of_survival() {
    for (id, rho) in [("survdiff_veteran_rho0", 0.0), ("survdiff_veteran_rho1", 1.0), ("survdiff_veteran_rho-1", -1.0)]
    {
        let (data, expected) = (Data::read("veteran"), expected(id));
        let (cohort, cell) = (data.cohort("time", "status"), data.codes("celltype", &CELL_TYPES));
        let found = weighted_log_rank::test(&cohort, &cell, 4, Weight::GRho { rho }, None).expect("valid");
        assert_test(&found, &expected);
        assert_all_near(&values(&found.weighted_observed), &expected["obs"], TOLERANCE);
        assert_all_near(&values(&found.weighted_expected), &expected["exp"], TOLERANCE);
        if rho.abs() > 0.0 {
            assert_covariance(&found, &expected["var"]);
        }
        // What is expected does not depend on the weight.
        let unweighted = weighted_log_rank::test(&cohort, &cell, 4, Weight::LogRank, None).expect("valid");
        assert_eq!((found.observed, found.expected), (unweighted.observed, unweighted.expected));
    }
}

#[test]
fn a_weighted_test_within_strata() {
    let (data, expected) = (Data::read("colon_death"), expected("survdiff_colon_strata_rho1"));
    let data = data.complete_in(&["sex", "differ"]);
    let (sex, grade) = (data.codes("sex", &["0", "1"]), data.codes("differ", &["1", "2", "3"]));
    let strata: Vec<usize> = sex.iter().zip(grade).map(|(sex, grade)| 3 * sex + grade).collect();
    let (cohort, rx) = (data.cohort("time", "status"), data.codes("rx", &TREATMENTS));
    let found = weighted_log_rank::test(&cohort, &rx, 3, Weight::GRho { rho: 1.0 }, Some(&strata)).expect("valid");
    assert_test(&found, &expected);
    assert_covariance(&found, &expected["var"]);
    // R gives observed and expected events by group within stratum.
    for (name, found) in [("obs", &found.weighted_observed), ("exp", &found.weighted_expected)] {
        let by_stratum = numbers(&expected[name]);
        for (group, &found) in found.iter().enumerate() {
            assert_near(found, by_stratum.iter().skip(group).step_by(3).flatten().sum(), TOLERANCE);
        }
    }
}

#[test]
fn every_weight_and_its_trend() {
    let fleming_harrington = |p, q| Weight::FlemingHarrington { p, q };
    for (dataset, group, levels) in [("veteran", "celltype", &CELL_TYPES[..]), ("colon", "rx", &TREATMENTS[..])] {
        let data = Data::read(if dataset == "colon" { "colon_death" } else { dataset });
        let (cohort, codes) = (data.cohort("time", "status"), data.codes(group, levels));
        for (name, weight) in [
            ("logrank", Weight::LogRank),
            ("gehan", Weight::Gehan),
            ("tarone_ware", Weight::TaroneWare),
            ("FH_1_0", fleming_harrington(1.0, 0.0)),
            ("FH_0_1", fleming_harrington(0.0, 1.0)),
            ("FH_1_1", fleming_harrington(1.0, 1.0)),
            ("FH_05_05", fleming_harrington(0.5, 0.5)),
        ] {
            if (dataset, name) == ("veteran", "FH_05_05") {
                continue;
            }
            let expected = expected(&format!("wlogrank_{dataset}_{name}"));
            let found = weighted_log_rank::test(&cohort, &codes, levels.len(), weight, None).expect("valid");
            assert_test(&found, &expected);
            assert_all_near(&values(&found.weighted_observed), &expected["obs"], TOLERANCE);
            assert_all_near(&values(&found.weighted_expected), &expected["exp"], TOLERANCE);
            assert_covariance(&found, &expected["V"]);

            let trend = trend::of_groups(&found, None).expect("valid").expect("a trend");
            assert_near(trend.z, expected["trend_z"].as_f64().expect("a number"), TOLERANCE);
            assert_near(trend.chi_square, expected["trend_chisq"].as_f64().expect("a number"), TOLERANCE);
            assert_near(trend.p_value, expected["trend_p"].as_f64().expect("a number"), TOLERANCE);
        }
    }
}

#[test]
fn pairs_of_cell_types() {
    let (data, expected) = (Data::read("veteran"), expected("pairwise_veteran"));
    let (cohort, cell) = (data.cohort("time", "status"), data.codes("celltype", &CELL_TYPES));
    let found = pairwise::test(&cohort, &cell, 4, Weight::LogRank, None).expect("valid");
    let names = found.pairs.iter().map(|it| it.groups.map(|code| CELL_TYPES[code]).join("|"));
    assert_eq!(Value::from(names.collect::<Vec<_>>()), expected["pairs"]);
    assert_eq!(found.n_comparisons, 6);
    assert_all_near(&found.pairs.iter().map(|it| it.chi_square).collect::<Vec<_>>(), &expected["chisq"], TOLERANCE);
    assert_all_near(&found.pairs.iter().map(|it| it.p_value).collect::<Vec<_>>(), &expected["p"], TOLERANCE);
    // `p.adjust(p, method)`, printed by R 4.2.2 with 16 digits.
    let holm = serde_json::json!([
        0.002_675_684_900_165_881_3,
        0.002_595_900_746_419_789_6,
        0.728_845_674_968_205_8,
        0.755_651_328_687_121_1,
        0.006_613_702_556_885_355_4,
        0.000_157_699_012_708_579_3
    ]);
    let benjamini_hochberg = serde_json::json!([
        0.001_337_842_450_082_940_6,
        0.001_337_842_450_082_940_6,
        0.437_307_404_980_923_5,
        0.755_651_328_687_121_1,
        0.003_306_851_278_442_677_7,
        0.000_157_699_012_708_579_3
    ]);
    assert_all_near(&found.pairs.iter().map(|it| it.p_holm).collect::<Vec<_>>(), &holm, TOLERANCE);
    let found: Vec<_> = found.pairs.iter().map(|it| it.p_benjamini_hochberg).collect();
    assert_all_near(&found, &benjamini_hochberg, TOLERANCE);
}

/// Printed by R 4.2.2: sums by their definition, and `1 - pmvnorm(...)` of mvtnorm 1.1-3 as a mean of 20 random lattices.
#[test]
fn max_combo_of_colon() {
    let data = Data::read("colon_death").filter(|data, row| row[data.place("rx")] != "Lev");
    let (cohort, group) = (data.cohort("time", "status"), data.codes("rx", &["Obs", "Lev+5FU"]));
    let sex = data.codes("sex", &["0", "1"]);
    let run = |alternative, strata| max_combo::test(&cohort, &group, &max_combo::WEIGHTS, alternative, strata);
    for (strata, z, two_sided, one_sided) in [
        (
            None,
            [-3.156_844_268_138_145, -2.912_686_101_433_882, -3.282_733_412_460_852, -3.388_617_817_918_061],
            (1.419_714_863_72e-3, 4.148e-6),
            (7.108_869_773_92e-4, 9.42e-7),
        ),
        (
            Some(sex.as_slice()),
            [-3.238_761_418_908_663, -3.067_091_196_843_361, -3.137_440_858_947_494, -3.288_751_399_697_963],
            (2.020_203_737_53e-3, 4.753e-6),
            (1.012_392_736_46e-3, 4.6e-7),
        ),
    ] {
        let found = run(Alternative::TwoSided, strata).expect("valid");
        let found_z: Vec<_> = found.components.iter().map(|it| it.z).collect();
        assert_all_near(&found_z, &serde_json::json!(z), TOLERANCE);
        assert_eq!(found.most_extreme, Some(3));
        // The standard error of mvtnorm's mean is the larger part by far.
        let other = run(Alternative::LowerHazard, strata).expect("valid");
        for (found, (expected, std_err)) in [(found, two_sided), (other, one_sided)] {
            let error = (found.p_value.expect("a test") - expected).abs();
            assert!(error < 3.5 * std_err, "{:?} is not {expected}", found.p_value);
        }
    }
}
