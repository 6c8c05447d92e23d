use proptest::prelude::*;

use super::*;
use crate::survival::log_rank;

const TOLERANCE: f64 = 1e-9;

fn settings(statistic: TwoCutStatistic, min_share: f64) -> TwoCutSettings {
    TwoCutSettings { statistic, min_share, n_permutations: 19, ..TwoCutSettings::default() }
}

/// Every pair tested as three groups: by `log_rank`, or by the sums behind it.
fn brute_force(cohort: &Cohort, marker: &[f64], settings: TwoCutSettings) -> Option<f64> {
    let mut values = marker.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    values.dedup();
    let least = n_least(marker.len(), settings);
    let mut best: Option<f64> = None;
    for (at, &lower) in values.iter().enumerate() {
        for &upper in &values[at + 1..] {
            let group: Vec<usize> = marker.iter().map(|&x| usize::from(x > lower) + usize::from(x > upper)).collect();
            let test = log_rank::test(cohort, &group, 3).unwrap();
            if test.n.iter().any(|&it| it < least) {
                continue;
            }
            let statistic = match settings.statistic {
                // Two degrees of freedom: a group that is never at risk at an event makes it another test.
                TwoCutStatistic::LogRank => test.chi_square.filter(|_| test.degrees_of_freedom == 2),
                TwoCutStatistic::Trend => trend(cohort, &group),
            };
            if statistic > best {
                best = statistic;
            }
        }
    }
    best
}

/// Tarone's test by its definition: hypergeometric mean and variance of the scores of those with the event.
fn trend(cohort: &Cohort, group: &[usize]) -> Option<f64> {
    let (mut excess, mut variance) = (0.0, 0.0);
    for tie in cohort.schedule().ties.iter().filter(|it| it.n_event > 0) {
        let order = &cohort.schedule().order;
        let scores: Vec<f64> = order[tie.members.start..].iter().map(|&it| group[it] as f64).collect();
        let (n, d) = (scores.len() as f64, tie.n_event as f64);
        let mean = scores.iter().sum::<f64>() / n;
        let with_event = order[tie.members.clone()].iter().filter(|&&it| cohort.outcomes()[it].event);
        excess += with_event.map(|&it| group[it] as f64 - mean).sum::<f64>();
        if n > 1.0 {
            variance += d * (n - d) / (n - 1.0) * scores.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / n;
        }
    }
    (variance > 1e-9).then(|| excess * excess / variance)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn the_best_pair_is_the_best_of_all_pairs(
        rows in prop::collection::vec((0_u8..20, any::<bool>(), 0_u8..9), 3..40),
        min_share in 0.0..0.3,
    ) {
        let times: Vec<f64> = rows.iter().map(|it| f64::from(it.0)).collect();
        let events: Vec<bool> = rows.iter().map(|it| it.1).collect();
        let marker: Vec<f64> = rows.iter().map(|it| f64::from(it.2)).collect();
        let cohort = Cohort::from_columns(&times, &events).unwrap();
        for statistic in [TwoCutStatistic::LogRank, TwoCutStatistic::Trend] {
            let settings = settings(statistic, min_share);
            let found = search(&cohort, &marker, None, settings).ok();
            let expected = brute_force(&cohort, &marker, settings);
            prop_assert_eq!(found.is_some(), expected.is_some());
            if let (Some(found), Some(expected)) = (found, expected) {
                let error = (found.max_chi_square - expected).abs();
                prop_assert!(error <= TOLERANCE * expected.max(1.0), "{} is not {}", found.max_chi_square, expected);
                prop_assert_eq!(found.n_in_group.iter().sum::<usize>(), found.n);
            }
        }
    }

    /// Everybody enters before the first event, once in one stratum and once in two that are far apart in time.
    #[test]
    fn strata_and_entries_are_heeded(
        rows in prop::collection::vec((0_u8..20, any::<bool>(), 0_u8..9), 6..40)
    ) {
        let times: Vec<f64> = rows.iter().map(|it| f64::from(it.0) + 1.0).collect();
        let events: Vec<bool> = rows.iter().map(|it| it.1).collect();
        let marker: Vec<f64> = rows.iter().map(|it| f64::from(it.2)).collect();
        let strata: Vec<usize> = (0..rows.len()).map(|it| it % 2).collect();
        let settings = settings(TwoCutStatistic::LogRank, 0.1);
        let cohort = Cohort::from_columns(&times, &events).unwrap();
        // Late entry puts strata apart on one time axis.
        let far: Vec<f64> = times.iter().zip(&strata).map(|(time, &it)| time + 100.0 * it as f64).collect();
        let entries: Vec<f64> = strata.iter().map(|&it| 100.0 * it as f64).collect();
        let apart = Cohort::from_columns(&far, &events).unwrap().with_entries(&entries).unwrap();
        let statistic = |found: Result<TwoCutSearch>| found.ok().map_or(-1.0, |it| it.max_chi_square);
        let a = statistic(search(&cohort, &marker, Some(&strata), settings));
        let b = statistic(search(&apart, &marker, None, settings));
        prop_assert!((a - b).abs() <= TOLERANCE * a.abs().max(1.0), "{} is not {}", a, b);
    }
}

#[test]
fn of_many_cuts_some_are_tried_and_it_is_said() {
    let times: Vec<f64> = (0..500).map(|it| f64::from(it * 37 % 509)).collect();
    let cohort = Cohort::from_columns(&times, &[true; 500]).unwrap();
    let marker: Vec<f64> = (0..500).map(f64::from).collect();
    let settings = TwoCutSettings { max_cuts: 50, n_permutations: 9, ..TwoCutSettings::default() };
    let found = search(&cohort, &marker, None, settings).unwrap();
    assert_eq!((found.n_cuts, found.n_cuts_tried), (401, 50));
    assert!(found.n_pairs_tried < 50 * 49 / 2 && found.n_in_group.iter().all(|&it| it >= 50));
}

#[test]
fn what_has_no_two_cuts_says_why() {
    let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0], &[true; 4]).unwrap();
    let run = |marker: &[f64], settings: TwoCutSettings| search(&cohort, marker, None, settings);
    let default = settings(TwoCutStatistic::LogRank, 0.1);
    assert_eq!(
        run(&[0.0, 0.0, 1.0, 1.0], default).unwrap_err().to_string(),
        "no two cuts of the marker leave 1 of the 4 patients in each of three groups (1 cuts leave as many on either side); \
         choose a smaller share, or search for one cut"
    );
    let one_value = run(&[2.0; 4], default).unwrap_err().to_string();
    assert_eq!(one_value, "the marker is 2 in all 4 patients, so that it has no cut");
    for wrong in [
        TwoCutSettings { min_share: 0.4, ..default },
        TwoCutSettings { max_cuts: 1, ..default },
        TwoCutSettings { n_permutations: 0, ..default },
    ] {
        assert!(matches!(run(&[1.0, 2.0, 3.0, 4.0], wrong), Err(Error::OutOfRange { .. })));
    }
}
