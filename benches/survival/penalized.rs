use std::time::Duration;

use contexture::survival::design::{Design, Term};
use contexture::survival::firth::{self, Interval};
use contexture::survival::penalized::Ties;
use contexture::survival::penalized::cross_validation::{self, Folds};
use contexture::survival::penalized::elastic_net::{self, Settings};
use contexture::survival::{Cohort, Outcome};
use criterion::{BenchmarkId, Criterion};

use crate::{cohort, design};

const N_PATIENTS: usize = 1000;
const N_COLUMNS: usize = 200;

/// Columns of numbers between 0 and 1, ten of which carry the hazard.
fn wide() -> (Cohort, Design) {
    // A multiplicative generator: the same numbers each time.
    let mut state = 1_u64;
    let mut uniform = || {
        state = state * 48_271 % 2_147_483_647;
        state as f64 / 2_147_483_647.0
    };
    let columns: Vec<Vec<f64>> = (0..N_COLUMNS).map(|_| (0..N_PATIENTS).map(|_| uniform()).collect()).collect();
    let outcomes = (0..N_PATIENTS).map(|idx| {
        let log_hazard: f64 = columns[..10].iter().map(|column| column[idx]).sum();
        Outcome { time: -uniform().ln() * (-log_hazard).exp(), event: uniform() < 0.75 }
    });
    let cohort = Cohort::new(outcomes.collect()).expect("times are finite and positive");
    let terms = columns.into_iter().enumerate().map(|(idx, values)| Term::numeric(format!("x{idx}"), values));
    (cohort, Design::new(terms.collect()))
}

pub(crate) fn lasso(c: &mut Criterion) {
    let mut group = c.benchmark_group("penalized, 200 columns");
    group.sample_size(10).measurement_time(Duration::from_secs(8));
    let (cohort, design) = wide();
    group.bench_function(BenchmarkId::new("elastic_net::fit", N_PATIENTS), |b| {
        b.iter(|| elastic_net::fit(&cohort, &design, None, &Settings::default()).expect("a path"));
    });
    let folds = Folds::Random { n: 10, seed: 1 };
    group.bench_function(BenchmarkId::new("cross_validation::fit, ten folds", N_PATIENTS), |b| {
        b.iter(|| cross_validation::fit(&cohort, &design, None, &Settings::default(), &folds).expect("an answer"));
    });
    group.finish();
}

pub(crate) fn firth(c: &mut Criterion) {
    let mut group = c.benchmark_group("firth::fit, five covariates");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    for n_patients in [N_PATIENTS, 10 * N_PATIENTS] {
        let (cohort, design) = (cohort(n_patients), design(n_patients));
        group.bench_with_input(BenchmarkId::from_parameter(n_patients), &cohort, |b, cohort| {
            b.iter(|| firth::fit(cohort, &design, None, Ties::Breslow, Interval::ProfileLikelihood).expect("finite"));
        });
    }
    group.finish();
}
