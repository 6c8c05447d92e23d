//! From a tally to the tables `densities`, `regions`, `samples` and `rejected`.
//!
//! ```text
//! cells_per_mm2 = ΣN / ΣA        over the parts (annotations, fields of view) of a region, never the mean of densities
//! ```
//!
//! Every region of a sample has a row for every phenotype of the sample's panel: nobody counted is 0, nothing looked at is
//! no row. Rows of the region `Total` are sums over the regions, rows of the marker `Total` are all cells.
//!
//! A cell of which a phenotype is unknown is in no count of it, and its place is in the area all the same: the density is the
//! least it can be. So many cells stand beside it, as `n_cells_unknown`; with them the density is the most it can be:
//!
//! ```text
//! ΣN / ΣA  ≤  density  ≤  Σ(N + n_cells_unknown) / ΣA
//! ```
//!
//! # References
//!
//! * Johnson KS. phenoptrReports, *Aggregating data*: densities of slides as ΣN/ΣA over fields.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::DataFrame;

use super::column::{AREA_MM2, CELLS_PER_MM2, MARKER, N_CELLS, PATIENT_ID, REGION, SAMPLE_ID};
use super::tally::{NO_REGION, Panel, RegionTally, SampleTally, TOTAL, Tally};
use super::{count_column, densities, numbers, of_columns, text};

/// Cells of which nobody knows whether they are of the phenotype.
pub const N_CELLS_UNKNOWN: &str = "n_cells_unknown";
/// Share of a region's cells, in percent.
pub const PERCENT_OF_CELLS: &str = "percent_of_cells";

/// The tables that counting gives.
#[derive(Clone, Debug)]
pub struct CountTables {
    /// One row a sample, region and marker: the columns of [`densities::COLUMNS`], [`N_CELLS_UNKNOWN`], which is null where
    /// a summary tells the count, and [`PERCENT_OF_CELLS`] if asked for.
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
    n_cells: u64,
    area_mm2: Option<f64>,
    n_all: Option<u64>,
    n_unknown: Option<u64>,
}

/// What is known of a region's cells.
#[derive(Clone, Debug, Default)]
struct RegionSum<'a> {
    /// All cells; absent if a summary does not tell it, if several panels counted them, each its own, or if nothing is known
    /// of any cell.
    n_cells: Option<u64>,
    /// Cells of which nothing is known; absent as all cells are, and where a summary tells these.
    n_unknown: Option<u64>,
    phenotypes: BTreeMap<&'a str, Known>,
    area_mm2: Option<f64>,
}

/// What is known of a phenotype that was looked for.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_field_names, reason = "numbers of cells are called so everywhere")]
struct Known {
    n_cells: u64,
    /// All cells that it was looked for in.
    n_all: Option<u64>,
    /// Cells of which nobody knows whether they are of it; absent where a summary tells the count.
    n_unknown: Option<u64>,
}

impl Known {
    const NONE: Self = Self { n_cells: 0, n_all: Some(0), n_unknown: Some(0) };

    fn add(&mut self, other: Self) {
        self.n_cells += other.n_cells;
        self.n_all = both(self.n_all, other.n_all);
        self.n_unknown = both(self.n_unknown, other.n_unknown);
    }
}

/// The sum of two numbers, absent unless both are known.
fn both(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.zip(other).map(|(one, other)| one + other)
}

/// Makes the tables.
pub fn tables(tally: &Tally, options: &CountOptions) -> CountTables {
    let mut rows = Vec::new();
    for (sample_id, sample) in &tally.samples {
        let patient_id = sample.patient_id.as_deref().unwrap_or(sample_id);
        for (region, sum) in region_sums(tally, sample, &options.regions) {
            let row = |marker, Known { n_cells, n_all, n_unknown }| Row {
                patient_id,
                sample_id,
                region,
                marker,
                n_cells,
                area_mm2: sum.area_mm2,
                n_all,
                n_unknown,
            };
            rows.extend(sum.phenotypes.iter().map(|(marker, known)| row(*marker, *known)));
            let all = sum.n_cells.map(|it| Known { n_cells: it, n_all: Some(it), n_unknown: sum.n_unknown });
            rows.extend(all.map(|it| row(TOTAL, it)));
        }
    }
    CountTables {
        densities: density_frame(&rows, options.percentages),
        regions: region_frame(tally),
        samples: sample_frame(tally),
        rejected: rejected_frame(tally),
    }
}

/// Sums of each region that is wanted, all if none is named, and of all of them; where nothing but `Total` is wanted, that alone.
///
/// METHOD: `Total` is ΣN and ΣA over the regions of the sample, with the cells of files that know no regions. A phenotype that
/// was not looked for in one of the regions has no Total, nor has an area that one of them lacks. Where no cell has a
/// region, Total is all cells.
fn region_sums<'a>(
    tally: &'a Tally,
    sample: &'a SampleTally,
    wanted: &BTreeSet<String>,
) -> Vec<(&'a str, RegionSum<'a>)> {
    let is_sum_alone = wanted.iter().eq([TOTAL]);
    let is_wanted = |region: &str| wanted.is_empty() || is_sum_alone || wanted.contains(region);
    let whole = sample.regions.get(TOTAL);
    let may_be_filled = may_be_filled(sample);
    let mut sums: Vec<(&str, RegionSum<'a>)> = named_regions(sample)
        .filter(|(name, it)| is_wanted(name) && (it.has_counts() || may_be_filled))
        .map(|(name, it)| (name, RegionSum::of(tally, sample, it)))
        .collect();
    if sums.is_empty() {
        let mut total = whole.cloned().unwrap_or_default();
        if let Some(cells) = sample.regions.get(NO_REGION) {
            for (panel, counts) in &cells.counted {
                total.counted.entry(panel.clone()).or_default().add(counts);
            }
        }
        if total.has_counts() && is_wanted(TOTAL) {
            sums.push((TOTAL, RegionSum::of_counts(tally, &total)));
        }
        return sums;
    }
    let mut parts = sums.iter().map(|(_, it)| it);
    let mut total = parts.next().cloned().unwrap_or_default();
    for part in parts {
        total.add(part);
    }
    if let Some(whole) = whole {
        if !whole.counted.is_empty() {
            total.add(&RegionSum::of_counts(tally, whole));
        }
        total.area_mm2 = total.area_mm2.or_else(|| whole.area().ok());
    }
    if is_sum_alone {
        sums.clear();
    }
    sums.push((TOTAL, total));
    sums
}

fn named_regions(sample: &SampleTally) -> impl Iterator<Item = (&str, &RegionTally)> {
    sample.regions.iter().map(|(name, it)| (name.as_str(), it)).filter(|(name, _)| ![TOTAL, NO_REGION].contains(name))
}

/// Whether a region with an area and without cells is one that cells were looked for in.
///
/// METHOD: it is if cells of the sample have regions, and each of these regions has an area: then regions of cells and of areas
/// are told by the same words. Otherwise a region without cells may be another's name.
fn may_be_filled(sample: &SampleTally) -> bool {
    let mut counted = named_regions(sample).filter(|(_, it)| !it.counted.is_empty()).peekable();
    counted.peek().is_some() && counted.all(|(_, it)| !it.areas.is_empty())
}

impl<'a> RegionSum<'a> {
    fn of(tally: &'a Tally, sample: &'a SampleTally, region: &'a RegionTally) -> Self {
        if region.has_counts() {
            return Self::of_counts(tally, region);
        }
        let panels = sample.panels.iter().filter_map(|it| tally.panels.get(it));
        let phenotypes = panels.flat_map(Panel::phenotypes).map(|it| (it, Known::NONE)).collect();
        Self { n_cells: Some(0), n_unknown: Some(0), phenotypes, area_mm2: region.area().ok() }
    }

    /// METHOD: a label that none of the labelled cells has is 0 of them. A marker that is unknown of every cell is no count.
    /// Parts that a summary tells add up where each tells the phenotype.
    fn of_counts(tally: &'a Tally, region: &RegionTally) -> Self {
        let name = |it: &str| -> Option<&'a str> {
            tally
                .panels
                .values()
                .find_map(|panel| panel.labels.get(it).or_else(|| panel.markers.get(it)))
                .map(String::as_str)
        };
        let mut sum = Self { area_mm2: region.area().ok(), ..Self::default() };
        for (panel, counts) in &region.counted {
            let mut add = |phenotype: &'a str, n_cells: u64| {
                let known = Known { n_cells, n_all: counts.n_cells, n_unknown: Some(0) };
                sum.phenotypes.entry(phenotype).or_insert(Known::NONE).add(known);
            };
            for (phenotype, n_cells) in &counts.phenotypes {
                if let Some(phenotype) = name(phenotype) {
                    add(phenotype, n_cells.unwrap_or(0));
                }
            }
            let labels = tally.panels.get(panel).filter(|_| counts.is_labelled).map(|it| &it.labels);
            for label in labels.into_iter().flatten().filter(|it| !counts.phenotypes.contains_key(*it)) {
                add(label, 0);
            }
        }
        for (panel, counts) in &region.counted {
            let Some(panel) = tally.panels.get(panel) else { continue };
            for (phenotype, known) in &mut sum.phenotypes {
                let is_label = panel.labels.contains(*phenotype) && !panel.markers.contains(*phenotype);
                let of_marker = || counts.unknown.get(*phenotype).copied().unwrap_or(0);
                let n_unknown = if is_label { counts.n_cells_without_label } else { of_marker() };
                known.n_unknown = both(known.n_unknown, Some(n_unknown));
            }
        }
        if let [counts] = region.counted.values().collect::<Vec<_>>()[..] {
            let is_unknown = counts.n_cells == Some(0) && counts.n_cells_unknown > 0;
            sum.n_cells = counts.n_cells.filter(|_| !is_unknown);
            sum.n_unknown = Some(counts.n_cells_unknown);
        }
        if !region.counted.is_empty() {
            return sum;
        }
        for (at, counts) in region.told.values().enumerate() {
            let known = |n_cells| Known { n_cells, n_all: counts.n_cells, n_unknown: None };
            let phenotypes =
                counts.phenotypes.iter().filter_map(|(phenotype, n)| Some((name(phenotype)?, known((*n)?))));
            let (n_cells, phenotypes) = (counts.n_cells, phenotypes.collect());
            let part = Self { n_cells, n_unknown: None, phenotypes, area_mm2: sum.area_mm2 };
            let area_mm2 = sum.area_mm2;
            if at == 0 {
                sum = part;
            } else {
                sum.add(&part);
            }
            sum.area_mm2 = area_mm2;
        }
        sum
    }

    /// Adds another region, or part of it. What is not known of both is not known of the sum.
    fn add(&mut self, other: &Self) {
        self.n_cells = both(self.n_cells, other.n_cells);
        self.n_unknown = both(self.n_unknown, other.n_unknown);
        self.phenotypes.retain(|phenotype, _| other.phenotypes.contains_key(phenotype));
        for (phenotype, known) in &mut self.phenotypes {
            known.add(other.phenotypes[phenotype]);
        }
        self.area_mm2 = self.area_mm2.zip(other.area_mm2).map(|(one, other)| one + other);
    }
}

fn density_frame(rows: &[Row<'_>], percentages: Percentages) -> DataFrame {
    let mut columns = vec![
        text(PATIENT_ID, rows.iter().map(|it| Some(it.patient_id))),
        text(SAMPLE_ID, rows.iter().map(|it| Some(it.sample_id))),
        text(REGION, rows.iter().map(|it| Some(it.region))),
        text(MARKER, rows.iter().map(|it| Some(it.marker))),
        count_column(N_CELLS, rows.iter().map(|it| Some(it.n_cells))),
        numbers(AREA_MM2, rows.iter().map(|it| it.area_mm2)),
        numbers(CELLS_PER_MM2, rows.iter().map(|it| Some(it.n_cells as f64 / it.area_mm2?))),
        count_column(N_CELLS_UNKNOWN, rows.iter().map(|it| it.n_unknown)),
    ];
    if percentages == Percentages::Given {
        let share = |it: &Row<'_>| {
            let n_all = it.n_all.filter(|it| *it > 0)?;
            Some(100.0 * it.n_cells as f64 / n_all as f64)
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
        for (region, it) in sample.regions.iter().filter(|(name, _)| *name != NO_REGION) {
            let used = it.areas.values().map(|it| it.source).max();
            for (part, area) in &it.areas {
                let reason = match area.area_mm2 {
                    None => Some("missing"),
                    Some(mm2) if mm2 <= 0.0 => Some("zero"),
                    Some(_) if used != Some(area.source) => Some("told_better_elsewhere"),
                    Some(_) => None,
                };
                let source = Some(area.source.code());
                parts.push(Part { sample_id, region, name: Some(part), area_mm2: area.area_mm2, source, reason });
            }
            let has_area = |field: &String| it.areas.values().any(|area| area.field.as_ref() == Some(field));
            let without: Vec<Option<&str>> = if it.areas.is_empty() {
                vec![None]
            } else if it.areas.values().any(|area| area.field.is_some()) {
                it.fields.iter().filter(|field| !has_area(field)).map(|field| Some(field.as_str())).collect()
            } else {
                Vec::new()
            };
            for name in without {
                parts.push(Part { sample_id, region, name, area_mm2: None, source: None, reason: Some("not_given") });
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

/// Cells of a sample that stand in the table `densities`, and those that lie in no region and do not.
fn n_cells(sample: &SampleTally) -> (Option<u64>, u64) {
    let counted = |it: &RegionTally| -> u64 { it.counted.values().filter_map(|it| it.n_cells).sum() };
    let outside = sample.regions.get(NO_REGION).map_or(0, counted);
    let inside: u64 = sample.regions.iter().filter(|(name, _)| *name != NO_REGION).map(|(_, it)| counted(it)).sum();
    if named_regions(sample).any(|(_, it)| it.has_counts()) {
        let told = named_regions(sample).filter(|(_, it)| it.counted.is_empty()).flat_map(|(_, it)| it.told.values());
        let told = told.map(|it| it.n_cells).try_fold(0, |sum, it| Some(sum + it?));
        return (told.map(|it| it + inside), outside);
    }
    let told = sample.regions.get(TOTAL).into_iter().flat_map(|it| it.told.values()).find_map(|it| it.n_cells);
    if inside + outside > 0 { (Some(inside + outside), 0) } else { (told, 0) }
}

fn sample_frame(tally: &Tally) -> DataFrame {
    let samples: Vec<(&str, &SampleTally)> = tally.samples.iter().map(|(id, it)| (id.as_str(), it)).collect();
    let panels: Vec<String> =
        samples.iter().map(|(_, it)| it.panels.iter().map(String::as_str).collect::<Vec<_>>().join(";")).collect();
    of_columns(vec![
        text(SAMPLE_ID, samples.iter().map(|(id, _)| Some(*id))),
        text(PATIENT_ID, samples.iter().map(|(_, it)| it.patient_id.as_deref())),
        text("panel", panels.iter().map(|it| Some(it.as_str()).filter(|it| !it.is_empty()))),
        count_column(N_CELLS, samples.iter().map(|(_, it)| n_cells(it).0)),
        count_column("n_cells_without_region", samples.iter().map(|(_, it)| Some(n_cells(it).1))),
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
