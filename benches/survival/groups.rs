use std::time::Duration;

use contexture::survival::max_combo::{self, Alternative};
use contexture::survival::weighted_log_rank::{self, Weight};
use contexture::survival::{log_rank, pairwise};
use criterion::{BenchmarkId, Criterion, Throughput};

use crate::{SIZES, cohort};

pub(crate) fn log_rank(c: &mut Criterion) {
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

pub(crate) fn fleming_harrington(c: &mut Criterion) {
    let mut group = c.benchmark_group("weighted_log_rank::test, five groups within ten strata");
    group.sample_size(20).measurement_time(Duration::from_secs(2));
    for n_patients in SIZES {
        let (cohort, groups) = (cohort(n_patients), (0..n_patients).map(|it| it * 31 % 5).collect::<Vec<_>>());
        let strata: Vec<usize> = (0..n_patients).map(|it| it * 17 % 10).collect();
        let weight = Weight::FlemingHarrington { p: 0.5, q: 0.5 };
        group.throughput(Throughput::Elements(n_patients as u64));
        group.bench_with_input(BenchmarkId::from_parameter(n_patients), &cohort, |b, cohort| {
            b.iter(|| weighted_log_rank::test(cohort, &groups, 5, weight, Some(&strata)).expect("one group a patient"));
        });
    }
    group.finish();
}

pub(crate) fn max_combo(c: &mut Criterion) {
    let mut group = c.benchmark_group("max_combo::test");
    group.sample_size(10).measurement_time(Duration::from_secs(2));
    for n_patients in SIZES {
        let (cohort, groups) = (cohort(n_patients), (0..n_patients).map(|it| it * 31 % 2).collect::<Vec<_>>());
        group.throughput(Throughput::Elements(n_patients as u64));
        group.bench_with_input(BenchmarkId::from_parameter(n_patients), &cohort, |b, cohort| {
            b.iter(|| {
                max_combo::test(cohort, &groups, &max_combo::WEIGHTS, Alternative::TwoSided, None).expect("groups")
            });
        });
    }
    group.finish();
}

pub(crate) fn pairwise(c: &mut Criterion) {
    let mut group = c.benchmark_group("pairwise::test, five groups");
    group.sample_size(10).measurement_time(Duration::from_secs(2));
    for n_patients in SIZES {
        let (cohort, groups) = (cohort(n_patients), (0..n_patients).map(|it| it * 31 % 5).collect::<Vec<_>>());
        group.throughput(Throughput::Elements(n_patients as u64));
        group.bench_with_input(BenchmarkId::from_parameter(n_patients), &cohort, |b, cohort| {
            b.iter(|| pairwise::test(cohort, &groups, 5, Weight::LogRank, None).expect("one group a patient"));
        });
    }
    group.finish();
}
