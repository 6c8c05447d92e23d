use std::time::Duration;

use contexture::survival::competing_risks::{CompetingCohort, aalen_johansen, fine_gray, gray};
use criterion::{BenchmarkId, Criterion, Throughput};

use crate::{SIZES, design};

/// Whole days, so that times tie, with a quarter of the patients censored, half with one cause and a quarter with another.
fn cohort(n_patients: usize) -> CompetingCohort {
    let times: Vec<f64> = (0..n_patients).map(|it| (1 + it * 7919 % 3650) as f64).collect();
    let causes: Vec<usize> = (0..n_patients).map(|it| [0, 1, 2, 1][it % 4]).collect();
    let names = ["first", "second"].map(String::from);
    CompetingCohort::from_columns(&times, &causes, &names).expect("times are finite and positive")
}

fn groups(n_patients: usize) -> Vec<usize> {
    (0..n_patients).map(|it| it * 31 % 5).collect()
}

pub(crate) fn aalen_johansen(c: &mut Criterion) {
    let mut group = c.benchmark_group("competing_risks::aalen_johansen::estimate_by_group, five groups");
    group.sample_size(10).measurement_time(Duration::from_secs(2));
    for n_patients in SIZES {
        let (cohort, groups) = (cohort(n_patients), groups(n_patients));
        group.throughput(Throughput::Elements(n_patients as u64));
        group.bench_with_input(BenchmarkId::from_parameter(n_patients), &cohort, |b, cohort| {
            let settings = aalen_johansen::Settings::default();
            b.iter(|| aalen_johansen::estimate_by_group(cohort, &groups, 5, settings).expect("one group a patient"));
        });
    }
    group.finish();
}

pub(crate) fn gray(c: &mut Criterion) {
    let mut group = c.benchmark_group("competing_risks::gray::test, five groups, two causes");
    group.sample_size(10).measurement_time(Duration::from_secs(2));
    for n_patients in SIZES {
        let (cohort, groups) = (cohort(n_patients), groups(n_patients));
        group.throughput(Throughput::Elements(n_patients as u64));
        group.bench_with_input(BenchmarkId::from_parameter(n_patients), &cohort, |b, cohort| {
            b.iter(|| gray::test(cohort, &groups, 5, gray::Settings::default()).expect("one group a patient"));
        });
    }
    group.finish();
}

pub(crate) fn fine_gray(c: &mut Criterion) {
    let mut group = c.benchmark_group("competing_risks::fine_gray::fit, five covariates");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    for n_patients in SIZES {
        let (cohort, design) = (cohort(n_patients), design(n_patients));
        group.throughput(Throughput::Elements(n_patients as u64));
        group.bench_with_input(BenchmarkId::from_parameter(n_patients), &cohort, |b, cohort| {
            b.iter(|| fine_gray::fit(cohort, 1, &design, fine_gray::Settings::default()).expect("finite covariates"));
        });
    }
    group.finish();
}
