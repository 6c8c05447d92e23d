use std::time::Duration;

use contexture::survival::cox;
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
