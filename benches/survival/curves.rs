use std::time::Duration;

use contexture::survival::kaplan_meier::{self, ConfidenceScale};
use criterion::{BenchmarkId, Criterion, Throughput};

use crate::{SIZES, cohort};

pub(crate) fn kaplan_meier(c: &mut Criterion) {
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
