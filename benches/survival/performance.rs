use std::time::Duration;

use contexture::survival::concordance::{self, Settings, TimeWeight};
use contexture::survival::optimism::{self, Predictions};
use contexture::survival::time_dependent_auc::{self, Convention};
use criterion::{BenchmarkId, Criterion, Throughput};

use crate::{SIZES, cohort};

/// Distinct risks in no order.
fn risk(n_patients: usize) -> Vec<f64> {
    (0..n_patients).map(|it| (it * 7_368_787 % 15_485_863) as f64).collect()
}

pub(crate) fn concordance(c: &mut Criterion) {
    let mut group = c.benchmark_group("concordance::estimate, with standard error");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    for n_patients in SIZES {
        let (cohort, risk) = (cohort(n_patients), risk(n_patients));
        group.throughput(Throughput::Elements(n_patients as u64));
        for time_weight in [TimeWeight::Equal, TimeWeight::InverseSquaredCensoring] {
            let settings = Settings { time_weight, ..Settings::default() };
            group.bench_with_input(BenchmarkId::new(format!("{time_weight:?}"), n_patients), &cohort, |b, cohort| {
                b.iter(|| concordance::estimate(cohort, &risk, &settings).expect("finite risks"));
            });
        }
    }
    group.finish();
}

pub(crate) fn time_dependent_auc(c: &mut Criterion) {
    let mut group = c.benchmark_group("time_dependent_auc::estimate, one time, with standard error");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    for n_patients in SIZES {
        let (cohort, risk) = (cohort(n_patients), risk(n_patients));
        group.throughput(Throughput::Elements(n_patients as u64));
        group.bench_with_input(BenchmarkId::from_parameter(n_patients), &cohort, |b, cohort| {
            b.iter(|| {
                time_dependent_auc::estimate(cohort, &risk, &[1826.0], None, Convention::TimeRoc).expect("valid")
            });
        });
    }
    group.finish();
}

/// What the driver itself costs: the model is given.
pub(crate) fn optimism(c: &mut Criterion) {
    let mut group = c.benchmark_group("optimism::validate, a given model, 100 samples");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    let n_patients = SIZES[0];
    let (cohort, risk) = (cohort(n_patients), risk(n_patients));
    let linear_predictor: Vec<f64> = risk.iter().map(|it| it / 1e7).collect();
    let settings = optimism::Settings { n_replicates: 100, ..optimism::Settings::default() };
    group.bench_function(BenchmarkId::from_parameter(n_patients), |b| {
        let model = |_: &[usize]| Some(Predictions { linear_predictor: linear_predictor.clone(), survival: None });
        b.iter(|| optimism::validate(&cohort, &settings, model).expect("valid"));
    });
    group.finish();
}
