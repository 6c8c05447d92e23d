use std::time::Duration;

use contexture::survival::cox::{self, Refit, Settings};
use contexture::survival::proportional_hazards;
use criterion::{BenchmarkId, Criterion, Throughput};

use crate::{SIZES, cohort, design};

pub(crate) fn cox(c: &mut Criterion) {
    let mut group = c.benchmark_group("cox::fit, five covariates");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    for n_patients in SIZES {
        let (cohort, design) = (cohort(n_patients), design(n_patients));
        group.throughput(Throughput::Elements(n_patients as u64));
        group.bench_with_input(BenchmarkId::from_parameter(n_patients), &cohort, |b, cohort| {
            b.iter(|| cox::fit(cohort, &design, None).expect("finite covariates"));
        });
    }
    group.finish();
}

pub(crate) fn cox_proportional_hazards(c: &mut Criterion) {
    let mut group = c.benchmark_group("cox: proportional_hazards::test, five covariates");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    for n_patients in SIZES {
        let (cohort, design) = (cohort(n_patients), design(n_patients));
        let model = cox::fit(&cohort, &design, None).expect("finite covariates");
        group.throughput(Throughput::Elements(n_patients as u64));
        group.bench_with_input(BenchmarkId::from_parameter(n_patients), &cohort, |b, cohort| {
            b.iter(|| proportional_hazards::test(cohort, &design, &model, None).expect("the design of the model"));
        });
    }
    group.finish();
}

/// A thousand samples of a thousand patients; the draws are part of it.
pub(crate) fn cox_bootstrap(c: &mut Criterion) {
    const N: usize = 1000;
    let (cohort, design) = (cohort(N), design(N));
    let refit = Refit::new(&cohort, &design, &Settings::default()).expect("finite covariates");
    let mut group = c.benchmark_group("cox::Refit, five covariates, 1000 samples");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    group.bench_function(BenchmarkId::from_parameter(N), |b| {
        b.iter(|| {
            let mut state = 1_u64;
            let mut draw = || {
                // Knuth's linear congruential generator; its upper bits look random.
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) as usize % N
            };
            let coefficients = |_| refit.coefficients(&(0..N).map(|_| draw()).collect::<Vec<_>>());
            (0..1000).map(coefficients).collect::<Vec<_>>()
        });
    });
    group.finish();
}
