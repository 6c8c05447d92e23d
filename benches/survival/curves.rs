use std::hint::black_box;
use std::time::Duration;

use contexture::survival::bands::{self, Band};
use contexture::survival::kaplan_meier::{self, ConfidenceScale, Settings, Variance};
use contexture::survival::{Cohort, log_rank, restricted_mean};
use criterion::{BenchmarkId, Criterion, Throughput};

use crate::{SIZES, cohort};

const N_GROUPS: usize = 5;

fn groups(n_patients: usize) -> Vec<usize> {
    (0..n_patients).map(|it| it * 31 % N_GROUPS).collect()
}

pub(crate) fn kaplan_meier(c: &mut Criterion) {
    let mut group = c.benchmark_group("kaplan_meier::estimate");
    group.sample_size(20).measurement_time(Duration::from_secs(2));
    for n_patients in SIZES {
        let cohort = cohort(n_patients);
        group.throughput(Throughput::Elements(n_patients as u64));
        group.bench_with_input(BenchmarkId::from_parameter(n_patients), &cohort, |b, cohort| {
            b.iter(|| kaplan_meier::estimate(cohort, ConfidenceScale::LogLog));
        });
        let jackknife = Settings { variance: Variance::Jackknife, ..Settings::default() };
        group.bench_with_input(BenchmarkId::new("jackknife", n_patients), &cohort, |b, cohort| {
            b.iter(|| kaplan_meier::estimate_with(cohort, &jackknife).expect("valid settings"));
        });
    }
    group.finish();
}

/// From two columns to the curves of five groups and their log-rank test.
pub(crate) fn curves_and_test(c: &mut Criterion) {
    let mut group = c.benchmark_group("cohort, five curves and their log-rank test");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for n_patients in SIZES {
        let outcomes = cohort(n_patients).outcomes().to_vec();
        let codes = groups(n_patients);
        group.throughput(Throughput::Elements(n_patients as u64));
        group.bench_with_input(BenchmarkId::new("cohort alone", n_patients), &outcomes, |b, outcomes| {
            b.iter(|| Cohort::new(outcomes.clone()).expect("times are finite and positive"));
        });
        group.bench_with_input(BenchmarkId::from_parameter(n_patients), &outcomes, |b, outcomes| {
            b.iter(|| {
                let cohort = Cohort::new(outcomes.clone()).expect("times are finite and positive");
                for code in 0..N_GROUPS {
                    let members = cohort.subset(|idx| codes[idx] == code);
                    black_box(kaplan_meier::estimate(&members, ConfidenceScale::LogLog));
                }
                log_rank::test(&cohort, &codes, N_GROUPS).expect("one group a patient")
            });
        });
    }
    group.finish();
}

pub(crate) fn restricted_mean(c: &mut Criterion) {
    let mut group = c.benchmark_group("restricted_mean::compare");
    group.sample_size(10).measurement_time(Duration::from_secs(2));
    for n_patients in SIZES {
        let (cohort, codes) = (cohort(n_patients), (0..n_patients).map(|it| it * 31 % 2).collect::<Vec<_>>());
        group.throughput(Throughput::Elements(n_patients as u64));
        group.bench_with_input(BenchmarkId::from_parameter(n_patients), &cohort, |b, cohort| {
            b.iter(|| restricted_mean::compare(cohort, &codes, None, 0.95).expect("two groups"));
        });
    }
    group.finish();
}

pub(crate) fn bands(c: &mut Criterion) {
    let mut group = c.benchmark_group("bands::estimate");
    group.sample_size(10).measurement_time(Duration::from_secs(2));
    let cohort = cohort(1000);
    for band in [Band::HallWellner, Band::EqualPrecision] {
        let settings = bands::Settings { band, ..bands::Settings::default() };
        group.bench_with_input(BenchmarkId::from_parameter(format!("{band:?}")), &cohort, |b, cohort| {
            b.iter(|| bands::estimate(cohort, &settings).expect("a band"));
        });
    }
    group.finish();
}
