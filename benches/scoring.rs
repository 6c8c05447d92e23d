//! Time to score a cohort of four components against a reference of 700, by number of patients, with and without the
//! Monte Carlo intervals; and to work out everything that follows from the scores: percentiles, flags and classes. The time
//! to drop a scored cohort is not in it.
//!
//! Run: `cargo bench --bench scoring`

use std::hint::black_box;
use std::time::Duration;

use contexture::model::{Area, Density, Measurement, TieRule};
use contexture::protocol::{Protocol, ReferenceBuild, ReferenceMode};
use contexture::score::reference::{ReferenceComponent, ReferenceFile};
use contexture::score::{Measurements, PatientMeasurements, ScoreSettings, score_cohort};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const N_REFERENCE: usize = 700;

fn protocol() -> Protocol {
    Protocol::preset("consensus").expect("a preset")
}

/// Without Monte Carlo.
fn without_draws() -> Protocol {
    let mut protocol = protocol();
    protocol.uncertainty.replicates = 0;
    protocol
}

fn settings(protocol: &Protocol) -> ScoreSettings {
    let values: Vec<f64> = (0..N_REFERENCE).map(|it| it as f64 * 2.0).collect();
    let components = protocol.components().into_iter().map(|it| ReferenceComponent::of_values(it, values.clone()));
    let file = ReferenceFile::of_components("bench", &protocol.name, components.collect());
    ScoreSettings {
        mode: ReferenceMode::External,
        external: Some(file),
        specimen: None,
        built_from: ReferenceBuild::CompletePatients,
        tie_rule: TieRule::Mid,
        seed: 1,
    }
}

/// Fixed multiplicative sequences, so that runs compare.
fn measurements(n_patients: u64, with_counts: bool) -> Measurements {
    let area = Area::try_from(4.0).expect("an area");
    let measurement = |patient: u64, component: u64| {
        let n_cells = (patient * 7919 + component * 104_729) % 5600;
        Some(Measurement {
            n_cells: with_counts.then_some(n_cells),
            n_whole: None,
            area: with_counts.then_some(area),
            least_area: with_counts.then_some(area),
            amount: Density::from_count(n_cells, area).into(),
            dispersion: None,
            n_samples: 1,
        })
    };
    let patient = |it: u64| PatientMeasurements {
        patient_id: format!("{it:07}"),
        components: (0..4).map(|component| measurement(it, component)).collect(),
        absences: Vec::new(),
        sample_id: None,
        in_training_split: false,
        in_cutoff_training: false,
        centre: None,
    };
    (0..n_patients).map(patient).collect()
}

fn bench_scoring(c: &mut Criterion) {
    let protocol = protocol();
    let settings = settings(&protocol);
    let without_draws = without_draws();
    for (name, protocol, with_counts, sizes) in [
        ("score_cohort, 0 replicates", &without_draws, false, [1000, 10_000, 100_000, 1_000_000].as_slice()),
        ("score_cohort, 1000 replicates without counts", &protocol, false, &[100, 1000, 10_000]),
        ("score_cohort, 1000 replicates", &protocol, true, &[100, 1000, 10_000]),
    ] {
        let mut group = c.benchmark_group(name);
        group.sample_size(10).measurement_time(Duration::from_secs(4));
        for &n_patients in sizes {
            let measurements = measurements(n_patients, with_counts);
            group.throughput(Throughput::Elements(n_patients));
            group.bench_function(BenchmarkId::from_parameter(n_patients), |b| {
                let score = |measurements| score_cohort(measurements, protocol, &settings).expect("scores");
                b.iter_batched(|| measurements.clone(), score, BatchSize::PerIteration);
            });
        }
        group.finish();
    }
}

fn bench_reading(c: &mut Criterion) {
    let protocol = without_draws();
    let settings = settings(&protocol);
    let mut group = c.benchmark_group("Reader: percentiles, flags, classes");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    for n_patients in [1000, 10_000, 100_000, 1_000_000] {
        let cohort = score_cohort(measurements(n_patients, false), &protocol, &settings).expect("scores");
        group.throughput(Throughput::Elements(n_patients));
        group.bench_function(BenchmarkId::from_parameter(n_patients), |b| {
            b.iter(|| {
                let (mut reader, mut components) = (cohort.reader(), cohort.components_of(cohort.measurements()));
                for patient in 0..cohort.len() {
                    for component in components.components(patient) {
                        for rule in [TieRule::Mid, TieRule::Leq, TieRule::Lt] {
                            black_box(component.percentile_by(rule));
                        }
                        black_box(component.flags);
                    }
                    let scored = reader.score(patient).expect("a score");
                    black_box(protocol.primary().classify(scored.score));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bench_scoring, bench_reading);
criterion_main!(benches);
