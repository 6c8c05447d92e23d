use std::time::Duration;

use contexture::survival::cutpoint::two_cuts::{self, TwoCutSettings};
use contexture::survival::cutpoint::{self, CandidateRange, SearchSettings, TiedRank, maxstat, scan};
use criterion::{BenchmarkId, Criterion, Throughput};

use crate::cohort;

/// Distinct values in an order that has nothing to do with time.
fn marker(n_patients: usize) -> Vec<f64> {
    (0..n_patients).map(|it| (it * 104_729 % n_patients.next_power_of_two()) as f64 + it as f64 * 1e-7).collect()
}

pub(crate) fn cutpoint(c: &mut Criterion) {
    let mut group = c.benchmark_group("cutpoint::scan::log_rank, every cut");
    group.sample_size(10).measurement_time(Duration::from_secs(2));
    for n_patients in [1000, 10_000, 100_000] {
        let (cohort, marker) = (cohort(n_patients), marker(n_patients));
        group.throughput(Throughput::Elements(n_patients as u64));
        group.bench_with_input(BenchmarkId::from_parameter(n_patients), &cohort, |b, cohort| {
            b.iter(|| scan::log_rank(cohort, &marker, CandidateRange::default(), None).expect("cuts"));
        });
    }
    group.finish();

    let mut group = c.benchmark_group("cutpoint, 1000 patients");
    group.sample_size(10).measurement_time(Duration::from_secs(2));
    let (cohort, marker) = (cohort(1000), marker(1000));
    let settings =
        |n_permutations, n_samples| SearchSettings { n_permutations, n_samples, ..SearchSettings::default() };
    for (name, settings) in [
        ("search, 1000 permutations", settings(1000, 0)),
        ("search, 1 permutation, 1000 samples", settings(1, 1000)),
        ("search, default", SearchSettings::default()),
    ] {
        group.bench_function(name, |b| b.iter(|| cutpoint::search(&cohort, &marker, None, settings).expect("cuts")));
    }
    let settings = TwoCutSettings { n_permutations: 1000, ..TwoCutSettings::default() };
    group.bench_function("two_cuts::search, 1000 permutations", |b| {
        b.iter(|| two_cuts::search(&cohort, &marker, None, settings).expect("cuts"));
    });
    group.bench_function("maxstat::test, with the exact p-value", |b| {
        b.iter(|| maxstat::test(&cohort, &marker, CandidateRange::default(), TiedRank::Largest).expect("cuts"));
    });
    group.finish();
}
