use std::time::Duration;

use contexture::survival::log_rank;
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
