use proptest::prelude::*;

use super::*;
use crate::survival::Outcome;

const FEW: SearchSettings = SearchSettings {
    range: CandidateRange { min_share: 0.1, max_share: 0.9 },
    n_permutations: 49,
    n_samples: 20,
    n_folds: 2,
    seed: 5,
};

/// A marker whose values above 60 double and redouble the hazard.
fn with_step(n: u32) -> (Cohort, Vec<f64>) {
    let marker: Vec<f64> = (0..n).map(|it| f64::from(it * 37 % 101)).collect();
    let outcome = |(it, &x): (u32, &f64)| {
        let quantile = f64::from(it * 7919 % 997 + 1) / 998.0;
        Outcome { time: -quantile.ln() / if x > 60.0 { 4.0 } else { 1.0 }, event: it % 4 != 0 }
    };
    (Cohort::new((0..n).zip(&marker).map(outcome).collect()).unwrap(), marker)
}

#[test]
fn a_step_is_found_and_its_size_corrected() {
    let (cohort, marker) = with_step(300);
    let found = search(&cohort, &marker, None, SearchSettings { n_samples: 200, n_permutations: 199, ..FEW }).unwrap();
    assert!((found.cut - 60.0).abs() <= 3.0, "{}", found.cut);
    assert_eq!((found.permutation.n_at_least, found.permutation.p_value), (0, 1.0 / 200.0));
    assert_eq!((found.n, found.n_low + found.n_high, found.n_events), (300, 300, cohort.n_events()));
    let (lower, upper) = (found.interval.lower.unwrap(), found.interval.upper.unwrap());
    assert!(lower <= found.cut && found.cut <= upper && upper - lower < 20.0);
    let naive = found.effect.not_to_be_reported.unwrap();
    let (heuristic, bootstrap) = (found.effect.heuristic.unwrap(), found.effect.bootstrap.unwrap());
    assert!(heuristic.hazard_ratio < naive && bootstrap.hazard_ratio < naive && bootstrap.factor > 0.8);
    let cross = found.effect.cross_validated;
    let deals = &cross.deals;
    let range = deals.smallest_hazard_ratio.unwrap()..=deals.largest_hazard_ratio.unwrap();
    assert!(cross.hazard_ratio.unwrap() > 2.0 && range.contains(&cross.hazard_ratio.unwrap()));
    assert_eq!((deals.n_deals, deals.n_compared), (20, 20));
    assert!(range.contains(&deals.median_hazard_ratio.unwrap()) && range.end() > range.start());
    assert!(found.continuous.per_unit.unwrap().lower > 1.0);
    assert_eq!(Some(found.max_chi_square), found.cuts.iter().filter_map(|it| it.chi_square).reduce(f64::max));
}

#[test]
fn the_report_holds_no_p_value_at_the_cut() {
    let (cohort, marker) = with_step(120);
    let found = search(&cohort, &marker, None, FEW).unwrap();
    let json = serde_json::to_value(&found).unwrap();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert!(keys(&json).iter().chain(&keys(&json["cuts"][0])).all(|it| !it.contains("p_value")));
    assert_eq!(keys(&json["effect"]), ["bootstrap", "cross_validated", "heuristic", "not_to_be_reported"]);
    assert!(json["effect"]["not_to_be_reported"].is_number());
    assert_eq!(json["origin"], "searched_over_outcomes");
    assert_eq!(serde_json::from_value::<Search>(json).unwrap(), found);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let (cohort, marker) = with_step(80);
    let run = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| search(&cohort, &marker, None, FEW).unwrap())
    };
    assert_eq!(run(1), run(3));
    let other = search(&cohort, &marker, None, SearchSettings { seed: 6, ..FEW }).unwrap();
    assert_ne!(run(1).effect.bootstrap, other.effect.bootstrap);
}

fn problem(times: &[f64], events: &[bool], marker: &[f64]) -> String {
    search(&Cohort::from_columns(times, events).unwrap(), marker, None, FEW).unwrap_err().to_string()
}

#[test]
fn what_cannot_be_searched_says_why() {
    let nobody = problem(&[1.0, 2.0, 3.0], &[false; 3], &[1.0, 2.0, 3.0]);
    assert_eq!(nobody, "none of the 3 patients has the event, so that no cut can be judged");
    assert!(problem(&[2.0; 3], &[true; 3], &[1.0, 2.0, 3.0]).starts_with("at no cut are patients of both groups"));
    assert_eq!(problem(&[1.0], &[true], &[4.0]), "there is one patient, whose marker is 4, and so no cut");
    assert!(problem(&[1.0, 2.0], &[true; 2], &[4.0; 2]).starts_with("the marker is 4 in all 2 patients"));
    assert!(problem(&[1.0, 2.0], &[true; 2], &[4.0, f64::NAN]).contains("NaN"));
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let (cohort, marker) = with_step(40);
    for wrong in [SearchSettings { n_permutations: 0, ..FEW }, SearchSettings { n_folds: 1, ..FEW }] {
        assert!(matches!(search(&cohort, &marker, None, wrong), Err(Error::OutOfRange { .. })));
    }
    let without_samples = search(&cohort, &marker, None, SearchSettings { n_samples: 0, ..FEW }).unwrap();
    assert_eq!((without_samples.interval.lower, without_samples.effect.bootstrap), (None, None));
}

#[test]
fn two_patients_are_enough_to_search_and_too_few_to_find() {
    let cohort = Cohort::from_columns(&[1.0, 2.0], &[true; 2]).unwrap();
    let found = search(&cohort, &[0.0, 1.0], None, FEW).unwrap();
    assert_eq!((found.cut, found.cuts.len(), found.permutation.p_value), (0.0, 1, 1.0));
    assert_eq!((found.effect.not_to_be_reported, found.effect.heuristic), (None, None));
    assert_eq!(found.effect.cross_validated.cuts, [None, None]);
    assert_eq!(found.effect.cross_validated.n_left_out, 2);
    let deals = &found.effect.cross_validated.deals;
    assert_eq!((deals.n_compared, deals.median_hazard_ratio, deals.largest_hazard_ratio), (0, None, None));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn whatever_the_data_the_numbers_are_in_range(
        rows in prop::collection::vec((0_u8..30, any::<bool>(), 0_u8..6, 0_usize..2), 1..40)
    ) {
        let times: Vec<f64> = rows.iter().map(|it| f64::from(it.0) + 1.0).collect();
        let events: Vec<bool> = rows.iter().map(|it| it.1).collect();
        let marker: Vec<f64> = rows.iter().map(|it| f64::from(it.2)).collect();
        let strata: Vec<usize> = rows.iter().map(|it| it.3).collect();
        let cohort = Cohort::from_columns(&times, &events).unwrap();
        for strata in [None, Some(strata.as_slice())] {
            let Ok(found) = search(&cohort, &marker, strata, FEW) else { continue };
            prop_assert!(found.permutation.p_value > 0.0 && found.permutation.p_value <= 1.0);
            prop_assert!(found.interval.lower <= found.interval.upper);
            for shrunken in [found.effect.heuristic, found.effect.bootstrap].into_iter().flatten() {
                prop_assert!((0.0..=1.0).contains(&shrunken.factor) && shrunken.hazard_ratio > 0.0);
            }
            if let Some(p) = found.rank_statistic.and_then(|it| it.exact_gauss) {
                prop_assert!((0.0..=1.0).contains(&p));
            }
        }
    }
}
