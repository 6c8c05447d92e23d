//! Searches for a cut, against `maxstat.test`, `cscores`, coin's `maxstat_test` and `survdiff` at every cut.

use contexture::survival::cutpoint::{CandidateRange, TiedRank, maxstat, p_values, scan, scores};

use super::{Data, TOLERANCE, assert_all_near, assert_near, expected, numbers};

fn some(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

#[test]
fn rank_statistics_of_every_cut_of_progesterone_receptors() {
    let data = Data::read("gbsg");
    let (cohort, marker) = (data.cohort("rfstime", "status"), data.numbers("pgr"));
    let range = CandidateRange { min_share: 0.2, max_share: 0.8 };
    let found = maxstat::test(&cohort, &marker, range, TiedRank::Largest).expect("cuts").expect("events");

    let expected_92 = expected("maxstat_gbsg_pgr_min20_Lau92");
    assert_near(
        found.lausen_1992.expect("a limit").formula,
        numbers(&expected_92["p.value"])[0].expect("p"),
        TOLERANCE,
    );
    let expected_94 = expected("maxstat_gbsg_pgr_min20_Lau94");
    assert_near(found.lausen_1994.formula, numbers(&expected_94["p.value"])[0].expect("p"), TOLERANCE);

    let expected = expected("maxstat_gbsg_pgr_min20_none");
    assert_all_near(&[Some(found.statistic)], &expected["statistic"], TOLERANCE);
    assert_all_near(&[Some(found.cut)], &expected["cutpoint"], TOLERANCE);
    assert_eq!(Some(found.cuts.len() as u64), expected["ncuts"].as_u64());
    assert_all_near(&some(&found.cuts.iter().map(|it| it.cut).collect::<Vec<_>>()), &expected["cuts"], TOLERANCE);
    let statistics: Vec<f64> = found.cuts.iter().map(|it| it.statistic).collect();
    assert_all_near(&some(&statistics), &expected["stats"], TOLERANCE);
}

#[test]
fn log_rank_scores_of_lung() {
    let (data, expected) = (Data::read("lung"), expected("maxstat_scores_lung"));
    let found = scores::log_rank(&data.cohort("time", "status"), TiedRank::Largest);
    assert_all_near(&some(&found), &expected["scores"], TOLERANCE);
}

#[test]
fn approximate_p_values_on_a_grid() {
    let expected = expected("lau92_grid");
    let grid = numbers(&expected["b"]);
    let sizes: Vec<usize> = (10..=90).collect();
    let by_b = |formula: &dyn Fn(f64) -> f64| -> Vec<Option<f64>> { grid.iter().map(|b| b.map(formula)).collect() };
    for (share, name) in [(0.1, "p10"), (0.2, "p20")] {
        let range = CandidateRange { min_share: share, max_share: 1.0 - share };
        let found = by_b(&|b| p_values::lausen_1992(b, range).expect("a limit").p_value);
        assert_all_near(&found, &expected[name], TOLERANCE);
    }
    assert_all_near(&by_b(&|b| p_values::lausen_1994(b, 100, &sizes).formula), &expected["L94_N100"], TOLERANCE);
}

#[test]
fn log_rank_tests_of_every_cut_of_progesterone_receptors() {
    let (data, expected) = (Data::read("gbsg"), expected("scan_gbsg_pgr_logrank"));
    let (cohort, marker) = (data.cohort("rfstime", "status"), data.numbers("pgr"));
    let found = scan::log_rank(&cohort, &marker, CandidateRange::default(), None).expect("cuts");
    // The reference has the low group at 68.6 patients and more, the scan at 68 and more.
    let cuts = numbers(&expected["cuts"]);
    let found: Vec<_> = found.iter().filter(|it| cuts.contains(&Some(it.cut))).collect();
    assert_all_near(&found.iter().map(|it| Some(it.cut)).collect::<Vec<_>>(), &expected["cuts"], TOLERANCE);
    assert_all_near(&found.iter().map(|it| it.chi_square).collect::<Vec<_>>(), &expected["chisq"], TOLERANCE);
}

/// Printed with twelve digits by maxstat 0.7-25.
#[test]
fn other_markers_and_ranges() {
    const PRINTED: f64 = 1e-11;
    let (gbsg, lung) = (Data::read("gbsg"), Data::read("lung"));
    for (data, time, marker, range, statistic, cut, n_cuts, lausen_1992, lausen_1994) in [
        (&gbsg, "rfstime", "er", (0.1, 0.9), 4.868_907_770_84, 8.0, 178, None, Some(5.555_047_630_56e-5)),
        (&gbsg, "rfstime", "nodes", (0.25, 0.75), 7.970_242_964_28, 3.0, 6, Some(1.136_580_722_77e-13), None),
        (&gbsg, "rfstime", "size", (0.0, 0.6), 3.925_947_320_09, 19.0, 26, None, Some(0.001_488_729_824_79)),
        (&lung, "time", "age", (0.1, 0.9), 2.013_618_663_1, 70.0, 24, Some(0.454_580_906_739), None),
    ] {
        let range = CandidateRange { min_share: range.0, max_share: range.1 };
        let found = maxstat::test(&data.cohort(time, "status"), &data.numbers(marker), range, TiedRank::Largest);
        let found = found.expect("cuts").expect("events");
        assert_near(found.statistic, statistic, PRINTED);
        assert_eq!((found.cut, found.cuts.len()), (cut, n_cuts), "{marker}");
        if let Some(p) = lausen_1992 {
            assert_near(found.lausen_1992.expect("a limit").formula, p, PRINTED);
        }
        if let Some(p) = lausen_1994 {
            assert_near(found.lausen_1994.formula, p, PRINTED);
        }
    }
}

/// Means of eight runs of `pmvnorm` with 400 000 points each, and their standard errors; and 400 000 permutations.
#[test]
fn p_values_that_r_integrates_at_random() {
    let (gbsg, lung) = (Data::read("gbsg"), Data::read("lung"));
    for (data, time, marker, p_value, std_err) in [
        (&gbsg, "rfstime", "age", 0.047_209_72, 2.7e-5),
        (&gbsg, "rfstime", "size", 0.001_189_143, 7.0e-6),
        (&lung, "time", "age", 0.290_768_3, 4.4e-5),
    ] {
        let (cohort, marker) = (data.cohort(time, "status"), data.numbers(marker));
        let found = maxstat::test(&cohort, &marker, CandidateRange::default(), TiedRank::Largest);
        let found = found.expect("cuts").expect("events").exact_gauss.expect("few cuts");
        assert!((found - p_value).abs() < 4.0 * std_err, "{found} is not {p_value}");
    }
    let (cohort, age) = (lung.cohort("time", "status"), lung.numbers("age"));
    let range = CandidateRange::default();
    let found = maxstat::conditional_monte_carlo(&cohort, &age, range, TiedRank::Largest, 20_000, 1);
    let found = found.expect("cuts").expect("events");
    assert!((found.p_value - 0.290_682_5).abs() < 4.0 * found.std_err, "{found:?}");
}

/// Scores with the smallest rank are those of coin, which takes its cuts from quantiles of the marker instead.
#[test]
fn rank_statistics_of_coin() {
    let data = Data::read("lung");
    let (cohort, age) = (data.cohort("time", "status"), data.numbers("age"));
    let found = maxstat::test(&cohort, &age, CandidateRange::default(), TiedRank::Smallest);
    let found = found.expect("cuts").expect("events");
    assert_all_near(&[Some(found.statistic)], &expected("coin_maxstat_lung")["stat"], TOLERANCE);
    assert_near(found.cut, 70.0, TOLERANCE);
}

#[test]
fn a_bound_of_the_exact_p_value() {
    let (data, expected) = (Data::read("veteran"), expected("maxstat_veteran_HL"));
    for (name, rows, range) in [
        ("first_40", 0..40, CandidateRange::default()),
        ("last_60", 77..137, CandidateRange { min_share: 0.25, max_share: 0.75 }),
        ("all", 0..137, CandidateRange::default()),
    ] {
        let cohort = data.cohort("time", "status").select(&rows.clone().collect::<Vec<_>>());
        let marker: Vec<f64> =
            data.numbers("karno")[rows].iter().zip(1..).map(|(it, row)| it + f64::from(row) / 1e4).collect();
        let found = maxstat::exact_bound(&cohort, &marker, range, TiedRank::Largest).expect("cuts").expect("events");
        assert_near(found.statistic, expected[name]["statistic"].as_f64().expect("a number"), TOLERANCE);
        assert_near(found.p_value, expected[name]["p_reached"].as_f64().expect("a number"), TOLERANCE);
    }
}

/// Two groups are a marker with one cut; its statistic is the log-rank test by permutation variance, coin's.
#[test]
fn the_statistic_of_two_groups_is_coin_s_log_rank_test() {
    let (data, expected) = (Data::read("lung"), expected("coin_logrank_lung"));
    let cohort = data.cohort("time", "status");
    let found = maxstat::test(&cohort, &data.numbers("sex"), CandidateRange::default(), TiedRank::Smallest);
    let found = found.expect("cuts").expect("events");
    assert_near(found.statistic, expected["z"].as_f64().expect("a number").abs(), TOLERANCE);
    assert_near(found.exact_gauss.expect("one cut"), expected["p"].as_f64().expect("a number"), TOLERANCE);
}
