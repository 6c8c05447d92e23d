//! Survival curves and log-rank tests, against `survfit` and `survdiff`.

use contexture::survival::kaplan_meier::{self, ConfidenceScale, Quantile};
use contexture::survival::log_rank::{self, LogRank};
use contexture::survival::{follow_up, trend};
use serde_json::Value;

use super::{CELL_TYPES, Data, TOLERANCE, TREATMENTS, assert_all_near, assert_near, expected, numbers};

#[test]
fn survival_curves_of_lung_by_sex() {
    for (id, scale) in [
        ("km_lung_sex_plain", ConfidenceScale::Plain),
        ("km_lung_sex_log", ConfidenceScale::Log),
        ("km_lung_sex_loglog", ConfidenceScale::LogLog),
    ] {
        let (data, expected) = (Data::read("lung"), expected(id));
        let (cohort, sex) = (data.cohort("time", "status"), data.codes("sex", &["1", "2"]));
        let curves = [0, 1].map(|code| kaplan_meier::estimate(&cohort.subset(|idx| sex[idx] == code), scale));
        let steps: Vec<_> = curves.iter().flat_map(|it| &it.steps).collect();

        let count = |it: usize| Some(f64::from(u32::try_from(it).expect("few patients")));
        let column = |value: &dyn Fn(&kaplan_meier::Step) -> Option<f64>| -> Vec<Option<f64>> {
            steps.iter().map(|step| value(step)).collect()
        };
        assert_all_near(&column(&|it| Some(it.time)), &expected["time"], TOLERANCE);
        assert_all_near(&column(&|it| count(it.n_risk)), &expected["n.risk"], TOLERANCE);
        assert_all_near(&column(&|it| count(it.n_event)), &expected["n.event"], TOLERANCE);
        assert_all_near(&column(&|it| count(it.n_censored)), &expected["n.censor"], TOLERANCE);
        assert_all_near(&column(&|it| Some(it.survival)), &expected["surv"], TOLERANCE);
        // R gives the standard error of ln S.
        assert_all_near(&column(&|it| Some(it.std_err? / it.survival)), &expected["std.err"], TOLERANCE);
        assert_all_near(&column(&|it| it.lower), &expected["lower"], TOLERANCE);
        assert_all_near(&column(&|it| it.upper), &expected["upper"], TOLERANCE);
    }
}

#[test]
fn survival_at_given_times_of_colon_by_treatment() {
    let (data, expected) = (Data::read("colon_death"), expected("km_colon_rx_times"));
    let (cohort, rx) = (data.cohort("time", "status"), data.codes("rx", &TREATMENTS));
    let mut found = Vec::new();
    for code in 0..3 {
        let curve = kaplan_meier::estimate(&cohort.subset(|idx| rx[idx] == code), ConfidenceScale::Log);
        found.extend([365.0, 730.0, 1095.0, 1826.0, 2500.0].map(|time| curve.survival_at(time).expect("observed")));
    }
    let n_risk: Vec<_> = found.iter().map(|it| Some(f64::from(u32::try_from(it.n_risk).expect("few")))).collect();
    assert_all_near(&n_risk, &expected["n.risk"], TOLERANCE);
    assert_all_near(&found.iter().map(|it| Some(it.survival)).collect::<Vec<_>>(), &expected["surv"], TOLERANCE);
    assert_all_near(&found.iter().map(|it| it.lower).collect::<Vec<_>>(), &expected["lower"], TOLERANCE);
    assert_all_near(&found.iter().map(|it| it.upper).collect::<Vec<_>>(), &expected["upper"], TOLERANCE);
}

#[test]
fn quantiles_of_colon_by_treatment() {
    let (data, expected, table) =
        (Data::read("colon_death"), expected("km_colon_rx_quantiles"), expected("km_colon_rx_table"));
    let (cohort, rx) = (data.cohort("time", "status"), data.codes("rx", &TREATMENTS));
    for code in 0..3 {
        let curve = kaplan_meier::estimate(&cohort.subset(|idx| rx[idx] == code), ConfidenceScale::Log);
        let quantiles = [0.1, 0.25, 0.5, 0.75].map(|p| curve.quantile(p));
        let column = |value: fn(&Quantile) -> Option<f64>| quantiles.iter().map(value).collect::<Vec<_>>();
        assert_all_near(&column(|it| it.estimate), &expected["quantile"]["values"][code], TOLERANCE);
        assert_all_near(&column(|it| it.lower), &expected["lower"]["values"][code], TOLERANCE);
        assert_all_near(&column(|it| it.upper), &expected["upper"]["values"][code], TOLERANCE);

        let row = &numbers(&table["table"]["values"][code])[6..];
        let median = curve.median();
        assert_eq!([median.estimate, median.lower, median.upper], row);
    }
}

#[test]
fn medians_of_veteran_by_cell_type() {
    for (id, scale) in [
        ("km_veteran_median_plain", ConfidenceScale::Plain),
        ("km_veteran_median_log", ConfidenceScale::Log),
        ("km_veteran_median_loglog", ConfidenceScale::LogLog),
    ] {
        let (data, expected) = (Data::read("veteran"), expected(id));
        let (cohort, cell) = (data.cohort("time", "status"), data.codes("celltype", &CELL_TYPES));
        let medians =
            [0, 1, 2, 3].map(|code| kaplan_meier::estimate(&cohort.subset(|idx| cell[idx] == code), scale).median());
        assert_all_near(&medians.each_ref().map(|it| it.estimate), &expected["median"], TOLERANCE);
        assert_all_near(&medians.each_ref().map(|it| it.lower), &expected["lower"], TOLERANCE);
        assert_all_near(&medians.each_ref().map(|it| it.upper), &expected["upper"], TOLERANCE);
    }
}

#[test]
fn median_follow_up_of_lung() {
    let expected = expected("follow_up_lung");
    let found = follow_up::median(&Data::read("lung").cohort("time", "status"), ConfidenceScale::LogLog);
    assert_all_near(&[found.estimate], &expected["median"], TOLERANCE);
    assert_all_near(&[found.lower], &expected["lower"], TOLERANCE);
    assert_all_near(&[found.upper], &expected["upper"], TOLERANCE);
}

#[test]
fn near_ties_are_tied() {
    let (data, expected) = (Data::read("near_ties"), expected("km_near_ties"));
    let curve = kaplan_meier::estimate(&data.cohort("time", "status"), ConfidenceScale::Log);
    let column =
        |value: fn(&kaplan_meier::Step) -> f64| curve.steps.iter().map(|it| Some(value(it))).collect::<Vec<_>>();
    assert_all_near(&column(|it| it.time), &expected["with_timefix"]["time"], TOLERANCE);
    assert_all_near(&column(|it| it.survival), &expected["with_timefix"]["surv"], TOLERANCE);
}

#[track_caller]
fn assert_log_rank(found: &LogRank, expected: &Value) {
    assert_near(found.chi_square.expect("a test"), expected["chisq"].as_f64().expect("a number"), TOLERANCE);
    assert_near(found.p_value.expect("a test"), expected["pvalue"].as_f64().expect("a number"), TOLERANCE);
    assert_eq!(Some(found.degrees_of_freedom as u64), expected["df"].as_u64());
    let n: Vec<_> = found.n.iter().map(|&it| Some(it as f64)).collect();
    assert_all_near(&n, &expected["n"], TOLERANCE);
}

#[test]
fn log_rank_tests_of_several_groups() {
    for (id, dataset, group, levels) in [
        ("survdiff_veteran_rho0", "veteran", "celltype", &CELL_TYPES[..]),
        ("survdiff_colon_rx", "colon_death", "rx", &TREATMENTS[..]),
        ("survdiff_near_ties", "near_ties", "g", &["0", "1"]),
    ] {
        let (data, expected) = (Data::read(dataset), expected(id));
        let found = log_rank::test(&data.cohort("time", "status"), &data.codes(group, levels), levels.len());
        let found = found.expect("codes are groups");
        assert_log_rank(&found, &expected);
        assert_all_near(&found.expected.iter().copied().map(Some).collect::<Vec<_>>(), &expected["exp"], TOLERANCE);
        let observed: Vec<_> = found.observed.iter().map(|&it| Some(it as f64)).collect();
        assert_all_near(&observed, &expected["obs"], TOLERANCE);
    }
}

#[test]
fn a_log_rank_test_within_institutions() {
    let (data, expected) = (Data::read("lung").complete_in(&["inst"]), expected("survdiff_lung_strata"));
    let strata: Vec<usize> = data.texts("inst").iter().map(|it| it.parse().expect("a code")).collect();
    let sex = data.codes("sex", &["1", "2"]);
    let found = log_rank::test_stratified(&data.cohort("time", "status"), &sex, 2, &strata).expect("valid codes");
    assert_log_rank(&found, &expected);
    // R gives expected events by group within stratum.
    let by_stratum = numbers(&expected["exp"]);
    for group in 0..2 {
        let sum: f64 = by_stratum.iter().skip(group).step_by(2).flatten().sum();
        assert_near(found.expected[group], sum, TOLERANCE);
    }
}

#[test]
fn log_rank_tests_of_pairs_of_cell_types() {
    let (data, expected) = (Data::read("veteran"), expected("pairwise_veteran"));
    let (cohort, cell) = (data.cohort("time", "status"), data.codes("celltype", &CELL_TYPES));
    let mut found = Vec::new();
    for (first, second) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
        let pair = cohort.subset(|idx| [first, second].contains(&cell[idx]));
        let group: Vec<usize> = cell.iter().copied().filter(|code| [first, second].contains(code)).collect();
        // The other two groups have nobody, and drop out.
        found.push(log_rank::test(&pair, &group, 4).expect("codes are groups"));
    }
    assert_all_near(&found.iter().map(|it| it.chi_square).collect::<Vec<_>>(), &expected["chisq"], TOLERANCE);
    assert_all_near(&found.iter().map(|it| it.p_value).collect::<Vec<_>>(), &expected["p"], TOLERANCE);
}

#[test]
fn log_rank_tests_at_every_cut_of_a_marker() {
    let (data, expected) = (Data::read("gbsg"), expected("scan_gbsg_pgr_logrank"));
    let (cohort, marker) = (data.cohort("rfstime", "status"), data.numbers("pgr"));
    let cuts = numbers(&expected["cuts"]);
    let chi_squares = cuts.iter().map(|cut| {
        let group: Vec<usize> = marker.iter().map(|it| usize::from(Some(*it) > *cut)).collect();
        log_rank::test(&cohort, &group, 2).expect("codes are groups").chi_square
    });
    assert_all_near(&chi_squares.collect::<Vec<_>>(), &expected["chisq"], TOLERANCE);
}

/// Printed with six decimals, from the R of Debian 12.
#[test]
fn groups_of_lung() {
    const PRINTED: f64 = 5e-7;
    let data = Data::read("lung").complete_in(&["age", "sex", "ph.ecog"]);
    let (cohort, sex) = (data.cohort("time", "status"), data.codes("sex", &["1", "2"]));
    let ecog = data.codes("ph.ecog", &["0", "1", "2", "3"]);

    let chi_square = |test: contexture::error::Result<LogRank>| test.expect("valid").chi_square.expect("a test");
    let by_sex = chi_square(log_rank::test_stratified(&cohort, &sex, 2, &ecog));
    assert!((by_sex - 10.795_060).abs() < PRINTED, "{by_sex}");
    let by_ecog = chi_square(log_rank::test(&cohort, &ecog, 4));
    assert!((by_ecog - 21.962_132).abs() < PRINTED, "{by_ecog}");
    let trend = trend::test(&cohort, &data.numbers("ph.ecog")).expect("valid").expect("a test").chi_square;
    // `coxph(Surv(time,status)~ph.ecog)$score`; with ties='breslow' it is 17.827872.
    assert!((trend - 17.888_641_63).abs() < PRINTED, "{trend}");

    for (scale, lower, upper) in
        [(ConfidenceScale::Log, 0.262_910, 0.435_928), (ConfidenceScale::LogLog, 0.254_644, 0.424_171)]
    {
        let men = kaplan_meier::estimate(&cohort.subset(|idx| sex[idx] == 0), scale);
        let at = men.survival_at(365.25).expect("patients were followed for a year");
        assert_eq!(at.n_risk, 35);
        assert!((at.survival - 0.338_541).abs() < PRINTED, "{}", at.survival);
        assert!((at.lower.expect("survivors") - lower).abs() < PRINTED);
        assert!((at.upper.expect("survivors") - upper).abs() < PRINTED);
    }
}
