//! The hot path: a file of cells to counts and densities by sample, region and marker, by number of cells, from text and
//! from Parquet; and densities of samples to measurements of patients, by number of rows.
//!
//! Run: `cargo bench --bench aggregation`

use std::collections::BTreeSet;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Duration;

use contexture::io::count::{Input, Role, Settings, count};
use contexture::protocol::Protocol;
use contexture::table::counts::{self, CountOptions};
use contexture::table::densities;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use polars::prelude::{DataFrame, NamedFrom, ParquetWriter, Series};

/// Cells of one sample, as many as a region of a whole slide holds.
const CELLS_PER_SAMPLE: usize = 50_000;
const REGIONS: [&str; 3] = ["CT", "IM", "OUT"];
const MARKERS: [&str; 8] = ["CD3", "CD8", "CD20", "CD68", "FOXP3", "PD-L1", "Tumour", "Other"];

/// Cell by cell: sample, region, marker and place. Slide by slide, markers mixed: a fixed multiplicative sequence, so that
/// runs compare.
fn cells(n_cells: usize) -> impl Iterator<Item = (String, &'static str, &'static str, f64)> {
    (0..n_cells).map(|it| {
        let marker = MARKERS[(it * 2_654_435_761) >> 7 & 7];
        (
            format!("slide_{:04}", it / CELLS_PER_SAMPLE),
            REGIONS[(it / 1000) % REGIONS.len()],
            marker,
            (it % 20_011) as f64 / 2.0,
        )
    })
}

/// A table of cells as text, with columns that are not used.
fn write_text(path: &Path, n_cells: usize) {
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    writeln!(file, "sample_id\tcell_id\tx_um\ty_um\tphenotype\tregion\tDAPI\tCD8").expect("a header");
    for (at, (sample, region, marker, place)) in cells(n_cells).enumerate() {
        writeln!(file, "{sample}\t{at}\t{place}\t{place}\t{marker}\t{region}\t{place}\t{place}").expect("a row");
    }
    file.flush().expect("all rows");
}

/// The same as Parquet.
fn write_parquet(path: &Path, n_cells: usize) {
    let (mut sample, mut region, mut marker, mut place) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for cell in cells(n_cells) {
        sample.push(cell.0);
        region.push(cell.1);
        marker.push(cell.2);
        place.push(cell.3);
    }
    let mut frame = frame(vec![
        Series::new("sample_id".into(), sample),
        Series::new("x_um".into(), place.as_slice()),
        Series::new("y_um".into(), place.as_slice()),
        Series::new("phenotype".into(), marker),
        Series::new("region".into(), region),
    ]);
    ParquetWriter::new(File::create(path).expect("a file")).finish(&mut frame).expect("all rows");
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

fn frame(columns: Vec<Series>) -> DataFrame {
    DataFrame::new_infer_height(columns.into_iter().map(Into::into).collect()).expect("columns of one length")
}

fn bench_cells(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = Settings::default();
    for kind in ["text", "parquet"] {
        let mut group = c.benchmark_group(format!("count {kind}"));
        group.sample_size(10).measurement_time(Duration::from_secs(4));
        for n_cells in [10_000, 100_000, 1_000_000, 10_000_000] {
            let path = folder.path().join(format!("cells.{kind}"));
            let write = if kind == "text" { write_text } else { write_parquet };
            write(&path, n_cells);
            let inputs = [Input { path, row: None, role: Role::Counted }];
            group.throughput(Throughput::Elements(n_cells as u64));
            group.bench_with_input(BenchmarkId::from_parameter(n_cells), &inputs, |b, inputs| {
                b.iter(|| {
                    let counted = count(inputs, &settings).expect("a table of cells");
                    black_box(counts::tables(&counted.tally, &CountOptions::default()))
                });
            });
        }
        group.finish();
    }
}

fn bench_pooling(c: &mut Criterion) {
    let protocol: Protocol = Protocol::preset("consensus").expect("a preset is sound");
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
