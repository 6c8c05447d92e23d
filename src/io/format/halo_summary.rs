//! HALO's summary: one row an image or a layer of it, with its area and how many cells are positive for what.
//!
//! Where the tissue was classified, a block of columns stands for each class: `Tumor: CD8 Positive Cells`. The units of areas
//! are `μm²` and `mm²`, and often lose their signs on the way: `Area Analyzed (m)` beside `Area Analyzed (mm)`. Such areas
//! are told apart by their ratio, of a million, and never by what is left of the unit.

use std::collections::BTreeMap;

use super::header::{Header, key};
use super::layout::{AreaUnit, Layout, RegionLayout, RegionRecord, SampleWords};
use super::marker_name::{is_nuclear_stain, without_dye};
use super::preview::{Preview, RegionTable};
use super::region_numbers::amounts;
use super::{Certainty, Format, Recognised, units};
use crate::error::{Error, Result};
use crate::io::table_file::TableFile;

/// HALO's summary.
pub(super) const FORMAT: Format =
    Format { name: "halo-summary", description: "HALO: summary, one row an image or layer", recognise };

/// Square micrometres in a square millimetre.
const UM2_PER_MM2: f64 = 1e6;
/// How far the ratio of the two areas may be from [`UM2_PER_MM2`], relatively: they are rounded.
const RATIO_TOLERANCE: f64 = 0.01;
/// No slide is larger, in mm²: what is above is µm².
const LARGEST_SLIDE_MM2: f64 = 10_000.0;
/// No cell is smaller, in µm²: an area that has no room for its cells is mm².
const SMALLEST_CELL_UM2: f64 = 10.0;

fn recognise(preview: &Preview) -> Option<Recognised> {
    let header = &preview.header;
    let blocks = blocks(header);
    let is_counted = blocks.iter().any(|it| !it.counts.is_empty() || it.n_cells.is_some());
    if !is_counted || blocks.iter().all(|it| it.areas.is_empty()) {
        return None;
    }
    let numbers = |column: usize| preview.rows.iter().map(|row| row[column].trim().parse().ok()).collect();
    let area = area_columns(header, &blocks, &|column| Ok(numbers(column))).ok()?;
    let mut notes = Vec::new();
    match &area {
        None => notes.push("the areas are not used: nothing tells whether they are µm² or mm²".to_owned()),
        Some(area) if area.source.starts_with("ratio") || area.source.starts_with("size") => {
            notes.push(format!("the unit of the areas is told by their {}", area.source));
        }
        Some(_) => {}
    }
    let ids = Identifiers::of(header);
    let mut used: Vec<(&'static str, usize)> = Vec::new();
    used.extend(ids.sample.map(|it| ("sample", it)));
    used.extend(ids.patient.map(|it| ("patient", it)));
    used.extend(ids.layer.map(|it| ("layer", it)));
    used.extend(ids.analysis.iter().map(|it| ("analysis", *it)));
    for (at, block) in blocks.iter().enumerate() {
        used.extend(block.n_cells.map(|it| ("all cells", it)));
        used.extend(block.counts.iter().map(|it| ("positive cells", it.0)));
        used.extend(area.as_ref().and_then(|it| it.columns[at]).map(|it| ("area", it)));
    }
    let area_unit = area.map(|it| (it.unit, it.source));
    let layout = Layout::Regions(RegionLayout { used, area_unit, read });
    Some(Recognised { certainty: Certainty::Certain, version: None, layout, notes })
}

/// The columns of one class of tissue, or of the whole image.
#[derive(Default)]
struct Block {
    class: Option<String>,
    n_cells: Option<usize>,
    counts: Vec<(usize, String)>,
    /// Columns of areas, by what stands in parentheses.
    areas: Vec<(usize, String)>,
}

fn blocks(header: &Header) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for (column, name) in header.names().iter().enumerate() {
        let (class, what) = match name.split_once(": ") {
            Some((class, what)) => (Some(class.trim()), what.trim()),
            None => (None, name.as_str()),
        };
        let area = header_area(what);
        let is_total = key(what) == "totalcells";
        let phenotype = counted(what);
        if area.is_none() && !is_total && phenotype.is_none() {
            continue;
        }
        let at = blocks.iter().position(|it| it.class.as_deref() == class).unwrap_or_else(|| {
            blocks.push(Block { class: class.map(str::to_owned), ..Block::default() });
            blocks.len() - 1
        });
        let block = &mut blocks[at];
        block.areas.extend(area.map(|unit| (column, unit)));
        block.counts.extend(phenotype.map(|it| (column, it)));
        if is_total {
            block.n_cells = Some(column);
        }
    }
    blocks
}

/// What stands in the parentheses of an area's name, as a key.
fn header_area(name: &str) -> Option<String> {
    key(name).strip_prefix("areaanalyzed").or(key(name).strip_prefix("areaanalysed")).map(str::to_owned)
}

/// The marker or combination whose cells a column counts; percentages and densities count none.
fn counted(name: &str) -> Option<String> {
    if name.starts_with('%') {
        return None;
    }
    let stem = name.strip_suffix(" Cells")?;
    let combination = || super::halo_objects::is_combination(stem).then(|| stem.to_owned());
    match stem.strip_suffix(" Positive") {
        Some(marker) if is_nuclear_stain(marker) => None,
        Some(marker) => Some(without_dye(marker).to_owned()),
        None => combination(),
    }
}

/// Which column holds the area of each block, and their unit.
struct AreaColumns {
    unit: AreaUnit,
    source: String,
    columns: Vec<Option<usize>>,
    /// Columns that hold the same areas in µm² and in mm², as their ratio says.
    pairs: Vec<(usize, usize)>,
}

/// Numbers of a column, absent where there are none.
type Numbers<'a> = &'a dyn Fn(usize) -> Result<Vec<Option<f64>>>;

fn area_columns(header: &Header, blocks: &[Block], numbers: Numbers<'_>) -> Result<Option<AreaColumns>> {
    let mut told: Vec<Vec<(usize, AreaUnit, String)>> = Vec::new();
    let mut pairs = Vec::new();
    for block in blocks {
        let mut columns = Vec::new();
        // `mm2` and `um2` have kept their signs; `m2` may have been either.
        for (column, unit) in &block.areas {
            let unit = if ["um2", "mm2"].contains(&unit.as_str()) { units::area(unit) } else { None };
            columns.extend(unit.map(|it| (*column, it, units::said_by(header, *column))));
        }
        if columns.is_empty() {
            match block.areas[..] {
                [(first, _), (second, _)] => {
                    if let Some((um2, mm2)) = by_ratio((first, numbers(first)?), (second, numbers(second)?)) {
                        let source = format!("ratio of a million: '{}' and '{}'", header.name(um2), header.name(mm2));
                        columns.push((um2, AreaUnit::SquareMicrometre, source));
                        pairs.push((um2, mm2));
                    }
                }
                [(column, _)] => {
                    let n_cells = block.n_cells.map(numbers).transpose()?.unwrap_or_default();
                    let unit = by_size(&numbers(column)?, &n_cells);
                    columns.extend(unit.map(|it| (column, it, format!("size: '{}'", header.name(column)))));
                }
                _ => {}
            }
        }
        told.push(columns);
    }
    let Some((_, unit, source)) = told.iter().flatten().next().cloned() else { return Ok(None) };
    let of_unit = |columns: &Vec<(usize, AreaUnit, String)>| columns.iter().find(|it| it.1 == unit).map(|it| it.0);
    Ok(Some(AreaColumns { unit, source, columns: told.iter().map(of_unit).collect(), pairs }))
}

/// Which of two columns is in µm² and which in mm², as the first row that has both says.
fn by_ratio(first: (usize, Vec<Option<f64>>), second: (usize, Vec<Option<f64>>)) -> Option<(usize, usize)> {
    let mut both = first.1.into_iter().zip(second.1).filter_map(|(a, b)| Some((a?, b?)));
    let (a, b) = both.find(|(a, b)| *a > 0.0 && *b > 0.0)?;
    if is_ratio(a, b) { Some((first.0, second.0)) } else { is_ratio(b, a).then_some((second.0, first.0)) }
}

fn is_ratio(um2: f64, mm2: f64) -> bool {
    (um2 - mm2 * UM2_PER_MM2).abs() <= RATIO_TOLERANCE * um2.max(mm2 * UM2_PER_MM2)
}

/// The only unit that the first area can be in.
// METHOD: a single area without unit is used only if the other unit is impossible: in mm² it were larger than any slide, or
// in µm² it had no room for the cells that were counted in it.
fn by_size(areas: &[Option<f64>], n_cells: &[Option<f64>]) -> Option<AreaUnit> {
    let (row, area) = areas.iter().enumerate().find_map(|(row, it)| Some((row, it.filter(|it| *it > 0.0)?)))?;
    let n_cells = n_cells.get(row).copied().flatten().unwrap_or(0.0);
    if area > LARGEST_SLIDE_MM2 {
        Some(AreaUnit::SquareMicrometre)
    } else {
        (n_cells * SMALLEST_CELL_UM2 > area).then_some(AreaUnit::SquareMillimetre)
    }
}

/// Refuses rows that contradict what the first row said of the units.
fn check_areas(table: &TableFile, header: &Header, areas: &AreaColumns) -> Result<()> {
    for &(um2, mm2) in &areas.pairs {
        let (um2_name, mm2_name) = (header.name(um2), header.name(mm2));
        let both = amounts(table, um2_name)?.into_iter().zip(amounts(table, mm2_name)?);
        for (row, (um2, mm2)) in both.enumerate() {
            let (Some(um2), Some(mm2)) = (um2, mm2) else { continue };
            if !is_ratio(um2, mm2) {
                let expected = format!("a millionth of '{um2_name}', as in the rows before");
                return Err(table.value_error(row, mm2_name, &mm2.to_string(), &expected));
            }
        }
    }
    if areas.unit == AreaUnit::SquareMillimetre {
        for &column in areas.columns.iter().flatten() {
            let name = header.name(column);
            let too_large = |(row, area): (usize, Option<f64>)| Some((row, area.filter(|it| *it > LARGEST_SLIDE_MM2)?));
            if let Some((row, area)) = amounts(table, name)?.into_iter().enumerate().find_map(too_large) {
                return Err(table.value_error(row, name, &area.to_string(), "an area in mm² that fits on a slide"));
            }
        }
    }
    Ok(())
}

/// Columns of HALO that stand before its counts, and say nothing of the patient.
const HALOS: [&str; 8] = [
    "imagelocation",
    "imagetag",
    "analysisregion",
    "analysisinputs",
    "algorithmname",
    "jobid",
    "objectid",
    "studyname",
];

/// The columns that say which image and whose it is.
#[derive(Debug, PartialEq)]
struct Identifiers {
    sample: Option<usize>,
    sample_words: SampleWords,
    patient: Option<usize>,
    layer: Option<usize>,
    /// Algorithm and job, which tell two analyses of one layer apart.
    analysis: Vec<usize>,
}

impl Identifiers {
    fn of(header: &Header) -> Self {
        let named = (0..header.len()).find(|&it| {
            let key = header.key(it);
            key == "imagetag" || key.ends_with("sample") || key.ends_with("sampleid")
        });
        let location = header.find("Image Location");
        let sample = named.or(location);
        let first_measured = (0..header.len()).find(|&it| {
            let name = header.name(it);
            let what = name.split_once(": ").map_or(name, |it| it.1);
            key(what) == "totalcells" || counted(what).is_some() || header_area(what).is_some() || what.starts_with('%')
        });
        let is_identifier = |it: &usize| {
            let key = header.key(*it);
            !HALOS.contains(&key) && !key.starts_with("regionarea") && !key.starts_with("regionperimeter")
        };
        let patient = (0..first_measured.unwrap_or(0)).filter(is_identifier).find(|it| Some(*it) != sample);
        let sample_words = if named.is_some() { SampleWords::Plain } else { SampleWords::Path };
        let analysis = ["Algorithm Name", "Job Id"].iter().filter_map(|it| header.find(it)).collect();
        Self { sample, sample_words, patient, layer: header.find("Analysis Region"), analysis }
    }

    /// Which part of its sample each row is: the layer.
    ///
    /// Refuses two rows of one layer: two analyses of one tissue, whose cells and area would add up.
    fn parts(&self, table: &TableFile, header: &Header) -> Result<Vec<String>> {
        let column = |it: usize| table.texts(header.name(it));
        let told: Vec<_> = self.sample.iter().chain(&self.patient).map(|it| column(*it)).collect::<Result<_>>()?;
        let layers = self.layer.map(column).transpose()?;
        let analyses: Vec<_> = self.analysis.iter().map(|it| column(*it)).collect::<Result<_>>()?;
        let analysis = |row: usize| analyses.iter().filter_map(|it| it[row].as_deref()).collect::<Vec<_>>().join(" ");
        let layer = |row: usize| layers.as_ref().and_then(|it| it[row].as_deref()).unwrap_or_default();
        let mut seen = BTreeMap::new();
        for row in 0..table.height() {
            let place: Vec<Option<&str>> = told.iter().map(|it| it[row].as_deref()).chain([Some(layer(row))]).collect();
            let what: Vec<&str> = place.iter().flatten().copied().filter(|it| !it.is_empty()).collect();
            let what = what.join(", ");
            let Some(before) = seen.insert(place, row) else { continue };
            let (first, second) = (table.line(before), table.line(row));
            let path = table.path.clone();
            if analysis(before) == analysis(row) {
                return Err(Error::Duplicate { path, first, second, what: format!("the summary '{what}'") });
            }
            let problem = format!(
                "tells two analyses of '{what}': '{}' in row {first} and '{}' in row {second}, whose cells and area would add \
                 up; keep the rows of one",
                analysis(before),
                analysis(row)
            );
            return Err(Error::UnusableFile { path, problem });
        }
        Ok((0..table.height()).map(|row| layer(row).to_owned()).collect())
    }
}

/// Refuses two columns that count the same phenotype: a marker in two dyes, or as `CD8 Positive` and as `CD8+`.
fn check_counts(table: &TableFile, header: &Header, blocks: &[Block]) -> Result<()> {
    // A combination is its own words; one marker is the same with its plus and without.
    let name = |it: &str| if it.contains(char::is_whitespace) { it.to_owned() } else { key(it) };
    for block in blocks {
        let mut seen = BTreeMap::new();
        for (column, phenotype) in &block.counts {
            let Some(first) = seen.insert(name(phenotype), *column) else { continue };
            let (first, second) = (header.name(first), header.name(*column));
            let problem = format!("has two columns for '{phenotype}': '{first}' and '{second}'; leave one of them out");
            return Err(Error::UnusableFile { path: table.path.clone(), problem });
        }
    }
    Ok(())
}

fn read(table: &RegionTable<'_>) -> Result<Vec<RegionRecord>> {
    let RegionTable { header, table } = *table;
    let blocks = blocks(header);
    check_counts(table, header, &blocks)?;
    let areas = area_columns(header, &blocks, &|column| amounts(table, header.name(column)))?;
    if let Some(areas) = &areas {
        check_areas(table, header, areas)?;
    }
    let ids = Identifiers::of(header);
    let texts = |column: Option<usize>| match column {
        Some(column) => table.texts(header.name(column)),
        None => Ok(vec![None; table.height()]),
    };
    let (samples, patients, parts) = (texts(ids.sample)?, texts(ids.patient)?, ids.parts(table, header)?);
    let mut records: Vec<RegionRecord> = Vec::with_capacity(table.height() * blocks.len());
    for (at, block) in blocks.iter().enumerate() {
        let area = match areas.as_ref().and_then(|it| it.columns[at]) {
            Some(column) => amounts(table, header.name(column))?,
            None => vec![None; table.height()],
        };
        let n_cells = match block.n_cells {
            Some(column) => table.counts(header.name(column))?,
            None => vec![None; table.height()],
        };
        let mut counted = Vec::with_capacity(block.counts.len());
        for (column, phenotype) in &block.counts {
            counted.push((phenotype, table.counts(header.name(*column))?));
        }
        for row in 0..table.height() {
            let sample = samples[row].as_deref().map(|it| ids.sample_words.sample(it).to_owned());
            let counts = counted.iter().map(|(phenotype, counts)| ((*phenotype).clone(), counts[row]));
            records.push(RegionRecord {
                sample,
                patient: patients[row].clone(),
                core: None,
                field: None,
                region: block.class.clone(),
                part: parts[row].clone(),
                area: area[row],
                counts: counts.collect(),
                n_cells: n_cells[row],
                row,
            });
        }
    }
    // In the order of the table: all classes of an image together.
    records.sort_by_key(|it| it.row);
    Ok(records)
}

#[cfg(test)]
mod tests;
