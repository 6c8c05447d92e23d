use super::*;
use crate::survival::design::Term;
use crate::survival::penalized::Ties;
use crate::survival::penalized::elastic_net::Lambdas;

const N: usize = 60;

fn example() -> (Cohort, Design) {
    let value = |at: usize| move |it: usize| (it * (7 + 4 * at) % 23) as f64;
    let times: Vec<f64> = (0..N).map(|it| 1.0 + value(0)(it) + (it * 31 % 17) as f64).collect();
    let events: Vec<bool> = (0..N).map(|it| it % 4 != 0).collect();
    let terms = (0..4).map(|at| Term::numeric(format!("x{at}"), (0..N).map(value(at)).collect()));
    (Cohort::from_columns(&times, &events).unwrap(), Design::new(terms.collect()))
}

fn random(n: usize, seed: u64) -> CrossValidation {
    let (cohort, design) = example();
    fit(&cohort, &design, None, &Settings::default(), &Folds::Random { n, seed }).unwrap()
}

#[test]
fn random_folds_share_patients_and_events() {
    let (cohort, _) = example();
    let folds = random(7, 1).folds;
    let count = |keep: &dyn Fn(usize) -> bool| {
        let counts = (0..7).map(|fold| (0..N).filter(|&idx| folds[idx] == fold && keep(idx)).count());
        let counts: Vec<usize> = counts.collect();
        counts.iter().max().unwrap() - counts.iter().min().unwrap()
    };
    assert!(count(&|_| true) <= 1);
    assert!(count(&|idx| cohort.outcomes()[idx].event) <= 1);
}

#[test]
fn folds_of_clusters_are_whole_and_share_events() {
    let (cohort, _) = example();
    let clusters: Vec<usize> = (0..N).map(|it| it % 20).collect();
    let Folds::Given(folds) = Folds::of_clusters(&cohort, &clusters, 5, 2).unwrap() else { panic!("codes") };
    assert!((0..N).all(|it| folds[it] == folds[clusters[it]]), "{folds:?}");
    let in_fold = |fold: usize| (0..20).filter(|&it| folds[it] == fold).count();
    assert_eq!((0..5).map(in_fold).collect::<Vec<_>>(), [4; 5]);
    let alone: Vec<usize> = (0..N).collect();
    assert_eq!(Folds::of_clusters(&cohort, &alone, 7, 1).unwrap(), Folds::Given(random(7, 1).folds));
    assert!(Folds::of_clusters(&cohort, &clusters, 21, 2).is_err() && Folds::of_clusters(&cohort, &[0], 2, 2).is_err());
}

#[test]
fn a_seed_fixes_the_answer_for_any_number_of_threads() {
    let run = |n_threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap().install(|| random(5, 3))
    };
    assert_eq!(run(1), run(3));
    assert_ne!(random(5, 3).folds, random(5, 4).folds);
}

/// One fold per patient and penalties so large that nothing enters: each patient with the event adds what it does to the
/// likelihood without covariates.
#[test]
fn a_model_without_covariates_has_the_deviance_of_the_null_model() {
    let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0], &[true, true, true]).unwrap();
    let design = Design::new(vec![Term::numeric("x", vec![1.0, 5.0, 2.0])]);
    let settings = Settings { lambdas: Lambdas::Given(vec![1e6]), ..Settings::default() };
    let found = fit(&cohort, &design, None, &settings, &Folds::Given(vec![0, 1, 2])).unwrap();
    // l = -ln 3 - ln 2, and -ln 2 with any patient left out.
    let expected = 2.0 * 3.0_f64.ln();
    assert!((found.points[0].mean_deviance - expected).abs() < 1e-12);
    assert!(found.points[0].std_err < 1e-12);
    assert_eq!(found.best.columns, []);
}

#[test]
fn the_smaller_model_has_the_larger_penalty_and_is_as_good() {
    let found = random(5, 2);
    assert!(found.one_std_err.lambda >= found.best.lambda);
    let (best, other) = (found.points[found.best.step], found.points[found.one_std_err.step]);
    assert!(other.mean_deviance <= best.mean_deviance + best.std_err);
    assert!(found.points.iter().all(|it| it.mean_deviance >= best.mean_deviance));
    assert!(found.best.columns.iter().any(|it| it.name == "x0" && it.hazard_ratio < Some(1.0)));
}

#[test]
fn a_fold_without_events_does_not_count() {
    let (cohort, design) = example();
    let codes: Vec<usize> = (0..N).map(|it| if it % 4 == 0 { 9 } else { it % 3 }).collect();
    let found = fit(&cohort, &design, None, &Settings::default(), &Folds::Given(codes)).unwrap();
    assert_eq!(found.n_folds, 3);
    assert!(found.points.iter().all(|it| it.mean_deviance.is_finite() && it.std_err.is_finite()));
}

#[test]
fn folds_within_strata_and_with_late_entry_have_an_answer() {
    let (cohort, design) = example();
    let entries: Vec<f64> = cohort.outcomes().iter().map(|it| it.time / 4.0).collect();
    let strata: Vec<usize> = (0..N).map(|it| it % 2).collect();
    let cohort = cohort.with_entries(&entries).unwrap();
    let settings = Settings { ties: Ties::Efron, ..Settings::default() };
    let found = fit(&cohort, &design, Some(&strata), &settings, &Folds::Random { n: 4, seed: 1 }).unwrap();
    assert!(found.points.iter().all(|it| it.mean_deviance.is_finite() && it.std_err > 0.0));
}

#[test]
fn folds_that_cannot_be_are_refused() {
    let (cohort, design) = example();
    let answer = |folds| fit(&cohort, &design, None, &Settings::default(), &folds);
    for n in [0, 1, N + 1] {
        assert!(matches!(answer(Folds::Random { n, seed: 1 }), Err(Error::OutOfRange { .. })), "{n}");
    }
    assert!(matches!(answer(Folds::Given(vec![0, 1])), Err(Error::UnequalLengths { .. })));
    assert!(matches!(answer(Folds::Given(vec![0; N])), Err(Error::Unanswerable { .. })));
}
