//! Time to estimate a survival curve and to fit a Cox model of five covariates, by number of patients.
//!
//! Run: `cargo bench --bench survival`

use std::time::Duration;

use contexture::survival::design::{Design, Term};
use contexture::survival::kaplan_meier::ConfidenceScale;
use contexture::survival::{Cohort, Outcome, cox, kaplan_meier, log_rank};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const SIZES: [usize; 3] = [1000, 10_000, 100_000];

/// Whole days, so that times tie, with a quarter of the patients censored; a fixed sequence, so that runs compare.
fn cohort(n_patients: usize) -> Cohort {
    let outcome = |it: usize| Outcome { time: (1 + it * 7919 % 3650) as f64, event: !it.is_multiple_of(4) };
    Cohort::new((0..n_patients).map(outcome).collect()).expect("times are finite and positive")
}

fn bench_kaplan_meier(c: &mut Criterion) {
    let mut group = c.benchmark_group("kaplan_meier::estimate");
    group.sample_size(20).measurement_time(Duration::from_secs(2));
    for n_patients in SIZES {
        let cohort = cohort(n_patients);
        group.throughput(Throughput::Elements(n_patients as u64));
        group.bench_with_input(BenchmarkId::from_parameter(n_patients), &cohort, |b, cohort| {
            b.iter(|| kaplan_meier::estimate(cohort, ConfidenceScale::LogLog));
        });
    }
    group.finish();
}

fn bench_log_rank(c: &mut Criterion) {
    let mut group = c.benchmark_group("log_rank::test, five groups");
    group.sample_size(20).measurement_time(Duration::from_secs(2));
    for n_patients in SIZES {
        let (cohort, groups) = (cohort(n_patients), (0..n_patients).map(|it| it * 31 % 5).collect::<Vec<_>>());
        group.throughput(Throughput::Elements(n_patients as u64));
        group.bench_with_input(BenchmarkId::from_parameter(n_patients), &cohort, |b, cohort| {
            b.iter(|| log_rank::test(cohort, &groups, 5).expect("one group a patient"));
        });
    }
    group.finish();
}

fn bench_cox(c: &mut Criterion) {
    let mut group = c.benchmark_group("cox::fit, five covariates");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    for n_patients in SIZES {
        let cohort = cohort(n_patients);
        let term = |at: usize| {
            let value = |it: usize| (it * (7 + at) * 104_729 % 1000) as f64 / 1000.0;
            Term::numeric(format!("x{at}"), (0..n_patients).map(value).collect())
        };
        let design = Design::new((0..5).map(term).collect());
        group.throughput(Throughput::Elements(n_patients as u64));
        group.bench_with_input(BenchmarkId::from_parameter(n_patients), &cohort, |b, cohort| {
            b.iter(|| cox::fit(cohort, &design, None).expect("finite covariates"));
        });
    }
    group.finish();
}

criterion_group!(benches, bench_kaplan_meier, bench_log_rank, bench_cox);
criterion_main!(benches);
