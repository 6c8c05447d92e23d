//! From a tally to the tables `densities`, `regions`, `samples` and `rejected`.
//!
//! ```text
//! cells_per_mm2 = ΣN / ΣA        over the parts (annotations, fields of view) of a region, never the mean of densities
//! ```
//!
//! Every region of a sample has a row for every phenotype of the sample's panel: nobody counted is 0, nothing looked at is
//! no row. Rows of the region `Total` are sums over the regions, rows of the marker `Total` are all cells.
//!
//! # References
//!
//! * Johnson KS. phenoptrReports, *Aggregating data*: densities of slides as ΣN/ΣA over fields.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::DataFrame;

use super::column::{AREA_MM2, CELLS_PER_MM2, MARKER, N_CELLS, PATIENT_ID, REGION, SAMPLE_ID};
use super::tally::{Counts, RegionArea, RegionTally, SampleTally, TOTAL, Tally};
use super::{count_column, densities, numbers, of_columns, text};

/// Share of a region's cells, in percent.
pub const PERCENT_OF_CELLS: &str = "percent_of_cells";

/// The tables that counting gives.
#[derive(Clone, Debug)]
pub struct CountTables {
    /// One row a sample, region and marker: the columns of [`densities::COLUMNS`], and [`PERCENT_OF_CELLS`] if asked for.
    pub densities: DataFrame,
    /// One row a part of a region of a sample: `sample_id`, `region`, `part`, `area_mm2`, `area_source`, `reason`, which
    /// says why there is no area; null if there is one.
    pub regions: DataFrame,
    /// One row a sample: `sample_id`, `patient_id`, `panel`, `n_cells`, `n_cells_without_region`,
    /// `n_cells_without_phenotype`.
    pub samples: DataFrame,
    /// One row a file or sample that could not be counted: `sample_id`, `file`, `stage`, `reason`, `message`.
    pub rejected: DataFrame,
}

/// Which rows and columns are wanted.
#[derive(Clone, Debug, Default)]
pub struct CountOptions {
    /// Regions to keep; all if empty.
    pub regions: BTreeSet<String>,
    /// Whether each phenotype's share of the region's cells is wanted.
    pub percentages: Percentages,
}

/// Whether shares of cells are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Percentages {
    /// Counts and densities only.
    #[default]
    Left,
    /// A column more.
    Given,
}

/// One row of `densities`.
struct Row<'a> {
    patient_id: &'a str,
    sample_id: &'a str,
    region: &'a str,
    marker: &'a str,
    n_cells: Option<u64>,
    area_mm2: Option<f64>,
    n_all: Option<u64>,
}

/// What a region of a sample comes to.
struct RegionSum<'a> {
    region: &'a str,
    counts: Counts,
    area_mm2: Option<f64>,
}

/// Makes the tables.
pub fn tables(tally: &Tally, options: &CountOptions) -> CountTables {
    let is_wanted = |region: &str| options.regions.is_empty() || options.regions.contains(region);
    let mut rows = Vec::new();
    for (sample_id, sample) in tally.samples.iter().filter(|(_, it)| !it.panels.is_empty()) {
        let patient_id = sample.patient_id.as_deref().unwrap_or(sample_id);
        let panel: BTreeSet<&str> =
            sample.panels.iter().filter_map(|it| tally.panels.get(it)).flatten().map(String::as_str).collect();
        for RegionSum { region, counts, area_mm2 } in region_sums(sample, &panel, is_wanted) {
            let row = |marker, n_cells| Row {
                patient_id,
                sample_id,
                region,
                marker,
                n_cells,
                area_mm2,
                n_all: counts.n_cells,
            };
            rows.extend(panel.iter().map(|&marker| row(marker, counts.phenotypes.get(marker).copied().flatten())));
            rows.push(row(TOTAL, counts.n_cells));
        }
    }
    CountTables {
        densities: density_frame(&rows, options.percentages),
        regions: region_frame(tally),
        samples: sample_frame(tally),
        rejected: rejected_frame(tally),
    }
}

/// Sums of each region that is wanted, and of all of them.
///
/// METHOD: `Total` is ΣN and ΣA over the regions of the sample; without regions it is what is told of the whole sample. Its
/// area is absent if one region has none.
fn region_sums<'a>(
    sample: &'a SampleTally,
    panel: &BTreeSet<&str>,
    is_wanted: impl Fn(&str) -> bool,
) -> Vec<RegionSum<'a>> {
    let named = sample.regions.iter().filter(|(name, _)| *name != TOTAL && is_wanted(name));
    let mut sums: Vec<RegionSum<'a>> = named.map(|(name, region)| RegionSum::of(name, region, panel)).collect();
    if sums.is_empty() {
        sums.extend(sample.regions.get(TOTAL).map(|it| RegionSum::of(TOTAL, it, panel)));
        return sums;
    }
    let mut total = RegionSum { region: TOTAL, counts: sums[0].counts.clone(), area_mm2: sums[0].area_mm2 };
    for sum in &sums[1..] {
        total.counts.add(&sum.counts);
        total.area_mm2 = total.area_mm2.zip(sum.area_mm2).map(|(one, other)| one + other);
    }
    sums.push(total);
    sums
}

impl<'a> RegionSum<'a> {
    /// METHOD: a region that cells were looked for in, and that has none of a phenotype of the panel, has 0 of it. Where a
    /// summary tells the counts, what it does not tell stays absent.
    fn of(name: &'a str, region: &RegionTally, panel: &BTreeSet<&str>) -> Self {
        let mut counts = match region.counts() {
            Some(counts) => counts.clone(),
            None => Counts { n_cells: Some(0), phenotypes: BTreeMap::new() },
        };
        if region.counted.is_some() || region.told.is_none() {
            for phenotype in panel {
                counts.phenotypes.entry((*phenotype).to_owned()).or_insert(Some(0));
            }
        }
        let area_mm2 = match region.area() {
            RegionArea::Known(mm2) => Some(mm2),
            RegionArea::Absent(_) => None,
        };
        Self { region: name, counts, area_mm2 }
    }
}

fn density_frame(rows: &[Row<'_>], percentages: Percentages) -> DataFrame {
    let mut columns = vec![
        text(PATIENT_ID, rows.iter().map(|it| Some(it.patient_id))),
        text(SAMPLE_ID, rows.iter().map(|it| Some(it.sample_id))),
        text(REGION, rows.iter().map(|it| Some(it.region))),
        text(MARKER, rows.iter().map(|it| Some(it.marker))),
        count_column(N_CELLS, rows.iter().map(|it| it.n_cells)),
        numbers(AREA_MM2, rows.iter().map(|it| it.area_mm2)),
        numbers(CELLS_PER_MM2, rows.iter().map(|it| Some(it.n_cells? as f64 / it.area_mm2?))),
    ];
    if percentages == Percentages::Given {
        let share = |it: &Row<'_>| {
            let n_all = it.n_all.filter(|it| *it > 0)?;
            Some(100.0 * it.n_cells? as f64 / n_all as f64)
        };
        columns.push(numbers(PERCENT_OF_CELLS, rows.iter().map(share)));
    }
    densities::sorted(&of_columns(columns))
}

fn region_frame(tally: &Tally) -> DataFrame {
    struct Part<'a> {
        sample_id: &'a str,
        region: &'a str,
        name: Option<&'a str>,
        area_mm2: Option<f64>,
        source: Option<&'static str>,
        reason: Option<&'static str>,
    }
    let mut parts = Vec::new();
    for (sample_id, sample) in &tally.samples {
        for (region, it) in &sample.regions {
            for (part, area) in &it.areas {
                let reason = area.area_mm2.is_none().then_some("missing_or_zero");
                let source = Some(area.source.code());
                parts.push(Part { sample_id, region, name: Some(part), area_mm2: area.area_mm2, source, reason });
            }
            let without =
                it.fields.iter().filter(|field| !it.areas.values().any(|area| area.field.as_ref() == Some(field)));
            let without: Vec<Option<&str>> = match it.areas.values().any(|area| area.field.is_some()) {
                true => without.map(|field| Some(field.as_str())).collect(),
                false if it.areas.is_empty() => vec![None],
                false => Vec::new(),
            };
            for part in without {
                parts.push(Part {
                    sample_id,
                    region,
                    name: part,
                    area_mm2: None,
                    source: None,
                    reason: Some("not_given"),
                });
            }
        }
    }
    of_columns(vec![
        text(SAMPLE_ID, parts.iter().map(|it| Some(it.sample_id))),
        text(REGION, parts.iter().map(|it| Some(it.region))),
        text("part", parts.iter().map(|it| it.name)),
        numbers(AREA_MM2, parts.iter().map(|it| it.area_mm2)),
        text("area_source", parts.iter().map(|it| it.source)),
        text("reason", parts.iter().map(|it| it.reason)),
    ])
}

fn sample_frame(tally: &Tally) -> DataFrame {
    let samples: Vec<(&str, &SampleTally)> = tally.samples.iter().map(|(id, it)| (id.as_str(), it)).collect();
    let panels: Vec<String> =
        samples.iter().map(|(_, it)| it.panels.iter().map(String::as_str).collect::<Vec<_>>().join(";")).collect();
    let n_cells = |it: &SampleTally| {
        let mut known = it.regions.values().filter_map(RegionTally::counts).map(|it| it.n_cells);
        known.try_fold(0, |sum, it| Some(sum + it?))
    };
    of_columns(vec![
        text(SAMPLE_ID, samples.iter().map(|(id, _)| Some(*id))),
        text(PATIENT_ID, samples.iter().map(|(_, it)| it.patient_id.as_deref())),
        text("panel", panels.iter().map(|it| Some(it.as_str()).filter(|it| !it.is_empty()))),
        count_column(N_CELLS, samples.iter().map(|(_, it)| n_cells(it))),
        count_column("n_cells_without_region", samples.iter().map(|(_, it)| Some(it.n_cells_without_region))),
        count_column("n_cells_without_phenotype", samples.iter().map(|(_, it)| Some(it.n_cells_without_phenotype))),
    ])
}

fn rejected_frame(tally: &Tally) -> DataFrame {
    let rejected = || tally.rejected.iter();
    of_columns(vec![
        text(SAMPLE_ID, rejected().map(|it| it.sample_id.as_deref())),
        text("file", rejected().map(|it| Some(it.file.as_str()))),
        text("stage", rejected().map(|_| Some("count"))),
        text("reason", rejected().map(|it| Some(it.reason.as_str()))),
        text("message", rejected().map(|it| Some(it.message.as_str()))),
    ])
}
