//! The hot path: cells to counts and densities by sample, region and marker, by number of cells; and densities of
//! samples to measurements of patients, by number of rows.
//!
//! Run: `cargo bench --bench aggregation`

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Duration;

use contexture::protocol::{PRESETS, Protocol};
use contexture::table::{counts, densities};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use polars::prelude::{DataFrame, NamedFrom, Series};

/// Cells of one sample, as many as a region of a whole slide holds.
const CELLS_PER_SAMPLE: usize = 50_000;
const REGIONS: [&str; 3] = ["CT", "IM", "OUT"];
const MARKERS: [&str; 8] = ["CD3", "CD8", "CD20", "CD68", "FOXP3", "PD-L1", "Tumour", "Other"];

/// Slide by slide, markers mixed: a fixed multiplicative sequence, so that runs compare.
fn cells(n_cells: usize) -> DataFrame {
    let samples: Vec<String> = (0..n_cells.div_ceil(CELLS_PER_SAMPLE)).map(|it| format!("slide_{it:04}")).collect();
    let sample: Vec<&str> = (0..n_cells).map(|it| samples[it / CELLS_PER_SAMPLE].as_str()).collect();
    let region: Vec<&str> = (0..n_cells).map(|it| REGIONS[(it / 1000) % REGIONS.len()]).collect();
    let marker: Vec<&str> = (0..n_cells).map(|it| MARKERS[(it * 2_654_435_761) >> 7 & 7]).collect();
    frame(vec![
        Series::new("sample_id".into(), sample),
        Series::new("region".into(), region),
        Series::new("marker".into(), marker),
    ])
}

/// Two samples of each patient, both regions and both markers of each.
fn sample_densities(n_rows: usize) -> DataFrame {
    let patient: Vec<String> = (0..n_rows).map(|it| format!("{:07}", it / 8)).collect();
    let sample: Vec<String> = (0..n_rows).map(|it| format!("{:07}_{}", it / 8, it / 4 % 2)).collect();
    let region: Vec<&str> = (0..n_rows).map(|it| REGIONS[it / 2 % 2]).collect();
    let marker: Vec<&str> = (0..n_rows).map(|it| MARKERS[it % 2]).collect();
    let n_cells: Vec<u64> = (0..n_rows).map(|it| 100 + (it as u64 * 7919) % 5000).collect();
    let area: Vec<f64> = (0..n_rows).map(|it| 1.0 + (it % 97) as f64 / 10.0).collect();
    let density: Vec<f64> = n_cells.iter().zip(&area).map(|(n, area)| *n as f64 / area).collect();
    frame(vec![
        Series::new("patient_id".into(), patient),
        Series::new("sample_id".into(), sample),
        Series::new("region".into(), region),
        Series::new("marker".into(), marker),
        Series::new("n_cells".into(), n_cells),
        Series::new("area_mm2".into(), area),
        Series::new("cells_per_mm2".into(), density),
    ])
}

fn areas(n_cells: usize) -> DataFrame {
    let n_samples = n_cells.div_ceil(CELLS_PER_SAMPLE);
    let rows = || (0..n_samples).flat_map(|sample| REGIONS.map(|region| (sample, region)));
    frame(vec![
        Series::new("sample_id".into(), rows().map(|it| format!("slide_{:04}", it.0)).collect::<Vec<_>>()),
        Series::new("region".into(), rows().map(|it| it.1).collect::<Vec<_>>()),
        Series::new("area_mm2".into(), rows().map(|it| 5.0 + it.0 as f64).collect::<Vec<_>>()),
    ])
}

fn frame(columns: Vec<Series>) -> DataFrame {
    DataFrame::new_infer_height(columns.into_iter().map(Into::into).collect()).expect("columns of one length")
}

fn bench_cells(c: &mut Criterion) {
    let mut group = c.benchmark_group("counts::count + densities");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    for n_cells in [10_000, 100_000, 1_000_000, 10_000_000] {
        let (cells, areas) = (cells(n_cells), areas(n_cells));
        group.throughput(Throughput::Elements(n_cells as u64));
        group.bench_with_input(BenchmarkId::from_parameter(n_cells), &cells, |b, cells| {
            b.iter(|| counts::densities(&counts::count(cells).expect("counts"), &areas).expect("densities"));
        });
    }
    group.finish();
}

fn bench_pooling(c: &mut Criterion) {
    let protocol: Protocol = toml::from_str(PRESETS[0].1).expect("a preset is sound");
    let mut group = c.benchmark_group("densities::sorted + pool");
    group.sample_size(10).measurement_time(Duration::from_secs(4));
    for n_rows in [10_000, 100_000, 1_000_000] {
        let table = sample_densities(n_rows);
        group.throughput(Throughput::Elements(n_rows as u64));
        group.bench_with_input(BenchmarkId::from_parameter(n_rows), &table, |b, table| {
            b.iter(|| black_box(densities::pool(&densities::sorted(table), &protocol, &BTreeSet::new())));
        });
    }
    group.finish();
}

criterion_group!(benches, bench_cells, bench_pooling);
criterion_main!(benches);
