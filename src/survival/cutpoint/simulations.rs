//! Long runs of random studies: how often each p-value errs, and what the corrected effects are worth.
//!
//! `cargo test --lib cutpoint::simulations -- --nocapture` prints the figures of `docs/methods/cutpoints.md`.

#![expect(clippy::print_stdout, reason = "the figures are quoted in the documentation")]

use rand::RngExt as _;
use rand_pcg::Pcg64;

use super::cross_validation::Calls;
use super::markers::step_down;
use super::permutation::{self, Permuter};
use super::resampling::Study;
use super::risk_sets::RiskSets;
use super::search::Searched;
use super::*;
use crate::survival::chi_square::upper_tail;
use crate::survival::{Cohort, Outcome, replicates};

const LEVEL: f64 = 0.05;
const N_PATIENTS: usize = 100;

/// A quarter of the studies without optimisation, in which they take ten times as long; limits follow their number.
const fn studies(n: usize) -> usize {
    if cfg!(debug_assertions) { n / 4 } else { n }
}
const SETTINGS: SearchSettings = SearchSettings {
    range: CandidateRange { min_share: 0.1, max_share: 0.9 },
    n_permutations: 199,
    n_samples: 0,
    n_folds: 2,
    seed: 11,
};

/// Exponential times, censored uniformly in about a third; a marker whose values above 0.6 multiply the hazard.
fn study(n: usize, hazard_ratio: f64, random: &mut Pcg64) -> (Cohort, Vec<f64>) {
    let marker: Vec<f64> = (0..n).map(|_| random.random()).collect();
    let outcome = |&x: &f64| {
        let event_time = -(1.0 - random.random::<f64>()).ln() / if x > 0.6 { hazard_ratio } else { 1.0 };
        let censoring = 3.0 * random.random::<f64>();
        Outcome { time: event_time.min(censoring), event: event_time <= censoring }
    };
    (Cohort::new(marker.iter().map(outcome).collect()).unwrap(), marker)
}

/// Share of studies in which something holds.
fn share(studies: &[impl Copy], holds: impl Fn(usize) -> bool) -> f64 {
    (0..studies.len()).filter(|&it| holds(it)).count() as f64 / studies.len() as f64
}

/// What `n_std_errs` standard errors of a share at the nominal level come to.
fn within(n_studies: usize, n_std_errs: f64) -> f64 {
    n_std_errs * (LEVEL * (1.0 - LEVEL) / n_studies as f64).sqrt()
}

/// Permutations that are made before it is asked whether more are needed.
const BATCH: usize = 20;

/// Whether the p-value of a search by so many permutations is at most [`LEVEL`]. Most searches without an effect need few
/// permutations to tell that it is not.
fn rejects(searched: &Searched, risk_sets: &RiskSets, permuter: &Permuter, n_permutations: usize, seed: u64) -> bool {
    let is_small = |n_at_least| PermutationTest::from_counts(n_at_least, n_permutations).p_value <= LEVEL;
    let (mut n_done, mut n_at_least) = (0, 0);
    while n_done < n_permutations && is_small(n_at_least) {
        let n = BATCH.min(n_permutations - n_done);
        let seed = seed.wrapping_add(n_done as u64);
        let permuted = permutation::largest(risk_sets, &[&searched.candidates], permuter, n, seed);
        n_at_least += PermutationTest::of(searched.max_chi_square, permuted.iter().map(|it| it[0])).n_at_least;
        n_done += n;
    }
    is_small(n_at_least)
}

/// P-values of one study without an effect.
#[derive(Clone, Copy)]
struct PValues {
    naive: f64,
    /// Whether the p-value of permutations is at most [`LEVEL`].
    permutation: bool,
    lausen_1992: f64,
    lausen_1994: f64,
    exact_gauss: f64,
}

#[test]
fn corrected_p_values_keep_their_level_and_the_naive_one_does_not() {
    const N_STUDIES: usize = 2000;
    let studies = replicates::map(N_STUDIES, 2024, |random| {
        let (cohort, marker) = study(N_PATIENTS, 1.0, random);
        let searched = Searched::of(&cohort, &marker, None, SETTINGS).unwrap();
        let risk_sets = RiskSets::of(&cohort, None).unwrap();
        let seed = random.random();
        let permuter = Permuter::new(N_PATIENTS, None);
        let permutation = rejects(&searched, &risk_sets, &permuter, 199, seed);
        let ranks = maxstat::test(&cohort, &marker, SETTINGS.range, TiedRank::Largest).unwrap().unwrap();
        PValues {
            naive: upper_tail(searched.max_chi_square, 1),
            permutation,
            lausen_1992: ranks.lausen_1992.unwrap().p_value,
            lausen_1994: ranks.lausen_1994.p_value,
            exact_gauss: ranks.exact_gauss.unwrap(),
        }
    });
    let error = |p: fn(&PValues) -> f64| share(&studies, |it| p(&studies[it]) <= LEVEL);
    let [naive, permutation, lausen_1992, lausen_1994, exact_gauss] = [
        error(|it| it.naive),
        share(&studies, |it| studies[it].permutation),
        error(|it| it.lausen_1992),
        error(|it| it.lausen_1994),
        error(|it| it.exact_gauss),
    ];
    println!("{N_STUDIES} studies of {N_PATIENTS} patients without an effect, p ≤ {LEVEL}:");
    println!("naive {naive}, permutation {permutation}, Lau92 {lausen_1992}, Lau94 {lausen_1994}, exact {exact_gauss}");

    let limit = within(N_STUDIES, 3.0);
    assert!(naive > 0.3, "{naive}");
    assert!((permutation - LEVEL).abs() < limit, "{permutation}");
    // The others err on the safe side: the maximum of 80 cuts is smaller than the limits that they take it for.
    for p in [lausen_1992, lausen_1994, exact_gauss] {
        assert!(p < LEVEL + limit && p > 0.01, "{p}");
    }
}

/// What one study says of a cut.
#[derive(Clone, Copy)]
struct Effects {
    naive: f64,
    heuristic: f64,
    bootstrap: f64,
    cross_validated: f64,
    cross_validated_p: f64,
    cross_validated_naive_p: f64,
    cross_validated_covers: bool,
    cut_covers: bool,
    continuous: f64,
}

fn effects(hazard_ratio: f64, n_studies: usize) -> Vec<Effects> {
    replicates::map(n_studies, 77, |random| {
        let (cohort, marker) = study(200, hazard_ratio, random);
        let settings = SearchSettings { n_permutations: 1, n_samples: 99, seed: random.random(), ..SETTINGS };
        let search = search(&cohort, &marker, None, settings).unwrap();
        let effect = search.effect;
        let cross = effect.cross_validated;
        Effects {
            naive: effect.not_to_be_reported.unwrap().ln(),
            heuristic: effect.heuristic.unwrap().hazard_ratio.ln(),
            bootstrap: effect.bootstrap.unwrap().hazard_ratio.ln(),
            cross_validated: cross.hazard_ratio.unwrap().ln(),
            cross_validated_p: cross.permutation.unwrap().p_value,
            cross_validated_naive_p: upper_tail(cross.chi_square.unwrap(), 1),
            cross_validated_covers: cross.lower.unwrap() <= hazard_ratio && hazard_ratio <= cross.upper.unwrap(),
            cut_covers: search.interval.lower.unwrap() <= 0.6 && 0.6 <= search.interval.upper.unwrap(),
            continuous: search.continuous.p_value.unwrap(),
        }
    })
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

#[test]
fn a_cross_validated_effect_is_not_biased_without_an_effect_and_the_naive_one_is() {
    const N_STUDIES: usize = studies(500);
    let found = effects(1.0, N_STUDIES);
    let spread = |value: fn(&Effects) -> f64| mean(found.iter().map(|it| value(it).abs())).exp();
    let cross_validated = mean(found.iter().map(|it| it.cross_validated));
    let error = share(&found, |it| found[it].cross_validated_p <= LEVEL);
    let chi_square = share(&found, |it| found[it].cross_validated_naive_p <= LEVEL);
    let covers = share(&found, |it| found[it].cross_validated_covers);
    println!("{N_STUDIES} studies of 200 patients, hazard ratio 1: mean distance from 1 as a factor:");
    println!(
        "naive {:.3}, heuristic {:.3}, bootstrap {:.3}, cross-validated {:.3} (mean {:.3})",
        spread(|it| it.naive),
        spread(|it| it.heuristic),
        spread(|it| it.bootstrap),
        spread(|it| it.cross_validated),
        cross_validated.exp(),
    );
    let continuous = share(&found, |it| found[it].continuous <= LEVEL);
    println!("p ≤ {LEVEL}: cross-validated {error}, by chi-square {chi_square}, continuous {continuous}");
    println!("the cross-validated interval holds 1 in {covers}");

    let std_dev = mean(found.iter().map(|it| it.cross_validated.powi(2))).sqrt();
    assert!(cross_validated.abs() < 3.0 * std_dev / (N_STUDIES as f64).sqrt(), "{cross_validated}");
    for error in [error, continuous] {
        assert!((error - LEVEL).abs() < within(N_STUDIES, 3.0), "{error}");
    }
    assert!(spread(|it| it.naive) > spread(|it| it.bootstrap));
}

#[test]
fn with_a_step_in_the_hazard_corrected_effects_are_below_the_naive_one() {
    const N_STUDIES: usize = studies(300);
    let found = effects(2.0, N_STUDIES);
    let typical = |value: fn(&Effects) -> f64| mean(found.iter().map(value)).exp();
    let covers = share(&found, |it| found[it].cut_covers);
    let holds = share(&found, |it| found[it].cross_validated_covers);
    let (naive, bootstrap) = (typical(|it| it.naive), typical(|it| it.bootstrap));
    let heuristic = typical(|it| it.heuristic);
    let cross_validated = typical(|it| it.cross_validated);
    println!("{N_STUDIES} studies of 200 patients, hazard ratio 2 above 0.6:");
    println!(
        "naive {naive:.3}, heuristic {heuristic:.3}, bootstrap {bootstrap:.3}, cross-validated {cross_validated:.3}"
    );
    println!("interval of the cut holds 0.6 in {covers}, cross-validated interval holds 2 in {holds}");
    assert!(naive > 2.1 && heuristic < naive && bootstrap < heuristic);
    // The price of honesty: cuts of half the patients fall beside the step.
    assert!((1.5..2.0).contains(&cross_validated), "{cross_validated}");
    assert!(covers > 0.85, "{covers}");
}

#[test]
fn the_joint_p_value_keeps_its_level_over_several_markers() {
    const N_STUDIES: usize = 600;
    const N_MARKERS: usize = 5;
    let found = replicates::map(N_STUDIES, 5, |random| {
        let (cohort, first) = study(60, 1.0, random);
        // The markers share a part, as markers of one infiltrate do.
        let marker = |_| first.iter().map(|it| it + random.random::<f64>()).collect::<Vec<f64>>();
        let markers: Vec<Vec<f64>> = (0..N_MARKERS).map(marker).collect();
        let searched: Vec<Searched> =
            markers.iter().map(|it| Searched::of(&cohort, it, None, SETTINGS).unwrap()).collect();
        let candidates: Vec<_> = searched.iter().map(|it| &it.candidates).collect();
        let risk_sets = RiskSets::of(&cohort, None).unwrap();
        let permuter = Permuter::new(60, None);
        let permuted = permutation::largest(&risk_sets, &candidates, &permuter, 99, random.random());
        let observed: Vec<f64> = searched.iter().map(|it| it.max_chi_square).collect();
        let joint = step_down(&observed, &permuted).iter().map(|it| it.p_value).fold(1.0, f64::min);
        let alone = |at: usize| PermutationTest::of(observed[at], permuted.iter().map(|it| it[at])).p_value;
        (joint, (0..N_MARKERS).map(alone).fold(1.0, f64::min))
    });
    let joint = share(&found, |it| found[it].0 <= LEVEL);
    let alone = share(&found, |it| found[it].1 <= LEVEL);
    println!(
        "{N_STUDIES} studies of {N_MARKERS} markers: joint p ≤ {LEVEL} in {joint}, smallest of the others in {alone}"
    );
    assert!((joint - LEVEL).abs() < within(N_STUDIES, 3.0), "{joint}");
    assert!(alone > 0.09, "{alone}");
}

/// Where the marker goes with the strata, and these with the hazard, permutations within strata keep the level.
#[test]
fn permutations_within_strata_keep_their_level() {
    const N_STUDIES: usize = 600;
    let errs = replicates::map(N_STUDIES, 9, |random| {
        let strata: Vec<usize> = (0..80).map(|it| it % 2).collect();
        let marker: Vec<f64> = strata.iter().map(|&it| random.random::<f64>() + 0.4 * it as f64).collect();
        let time = |&it: &usize| -(1.0 - random.random::<f64>()).ln() * if it == 0 { 1.0 } else { 5.0 };
        let outcomes = strata.iter().map(time).map(|time| Outcome { time, event: true }).collect();
        let cohort = Cohort::new(outcomes).unwrap();
        let run = |strata: Option<&[usize]>, seed| {
            let searched = Searched::of(&cohort, &marker, strata, SETTINGS).unwrap();
            let risk_sets = RiskSets::of(&cohort, strata).unwrap();
            let permuter = Permuter::new(80, strata);
            rejects(&searched, &risk_sets, &permuter, 99, seed)
        };
        (run(Some(&strata), random.random()), run(None, random.random()))
    });
    let (within_strata, without) = (share(&errs, |it| errs[it].0), share(&errs, |it| errs[it].1));
    println!("confounded marker: errs in {within_strata} within strata, {without} without them");
    assert!((within_strata - LEVEL).abs() < within(N_STUDIES, 3.0), "{within_strata}");
    assert!(without > 0.5, "{without}");
}

/// More folds choose nearly the cut of all patients, and judge it by nearly the same patients.
#[test]
fn the_statistic_of_the_calls_is_not_chi_square_and_less_so_with_more_folds() {
    const N_STUDIES: usize = 1000;
    let errs = |n_folds: usize| {
        let found = replicates::map(N_STUDIES, 21, |random| {
            let (cohort, marker) = study(N_PATIENTS, 1.0, random);
            let study = Study { cohort: &cohort, marker: &marker, strata: None, range: SETTINGS.range };
            let fold = cross_validation::deal(N_PATIENTS, n_folds, random);
            Calls::of(&study, &fold, n_folds).chi_square(&study).is_some_and(|it| upper_tail(it, 1) <= LEVEL)
        });
        share(&found, |it| found[it])
    };
    let [two, five, ten] = [2, 5, 10].map(errs);
    println!("chi-square p of the calls ≤ {LEVEL} without an effect: {two} (2 folds), {five} (5), {ten} (10)");
    assert!(two > LEVEL + within(N_STUDIES, 3.0) && two < ten, "{two} {ten}");
}
