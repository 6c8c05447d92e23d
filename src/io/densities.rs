//! The density table that a user gives: long or wide, with counts and areas or densities alone.
//!
//! A long table has the columns `patient_id`, `region`, `marker`, and `n_cells` with `area_mm2`, or `cells_per_mm2`, or all
//! three; `sample_id` where a patient has several samples. A wide table has a column for each component, such as `CD3_CT`
//! or `cd8 im`, in cells/mm²; `CD3_CT_n_cells` with `CD3_CT_area_mm2` give counts. Both become the table `densities`.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::DataFrame;

use super::suggestion::nearest;
use super::table_file::TableFile;
use crate::error::{Error, Result};
use crate::model::{Area, Component, Density, Marker, Region, Synonyms};
use crate::protocol::DensityTable;
use crate::table::column::{AREA_MM2, CELLS_PER_MM2, MARKER, N_CELLS, PATIENT_ID, REGION, SAMPLE_ID};
use crate::table::{self, count_column, numbers, of_columns, text};

/// A density that is given beside a count and an area may differ from their ratio by this much, relatively: exports
/// round. More points to another unit or another area.
const RATIO_TOLERANCE: f64 = 0.01;

/// A density table that was read.
#[derive(Debug)]
pub struct DensityInput {
    /// The table `densities`, with the columns of [`table::densities::COLUMNS`] and its order.
    pub densities: DataFrame,
    /// Columns of a wide table that are no marker and region, such as a misspelt one.
    pub unused_columns: Vec<String>,
    /// Markers and regions that are no words of the field, and resemble one: with that word.
    pub resembling: Vec<(String, String)>,
    /// Rows with a count and no area, which are no measurement.
    pub n_without_area: usize,
}

/// One row of the table `densities`, and where it stood.
struct Row {
    patient_id: String,
    sample_id: String,
    component: Component,
    n_cells: Option<u64>,
    area_mm2: Option<f64>,
    cells_per_mm2: Option<f64>,
    /// Whether cells were counted on tissue that nobody measured.
    lacks_area: bool,
    line: usize,
}

/// What one measurement's cells of a table say, by column name.
#[derive(Clone, Copy)]
struct Names<'a> {
    n_cells: &'a str,
    area_mm2: &'a str,
    cells_per_mm2: &'a str,
}

/// The columns of one measurement.
struct Values {
    n_cells: Option<Vec<Option<u64>>>,
    area_mm2: Option<Vec<Option<f64>>>,
    cells_per_mm2: Option<Vec<Option<f64>>>,
}

/// Reads a density table.
///
/// A row without any value stays, as an absence; so does a count without an area. Markers and regions that are no words of
/// the field keep their own. Without a column `sample_id`, a patient is one sample.
///
/// # Errors
///
/// As [`TableFile`]; [`Error::Value`] for two patients whose ids differ by case alone, a negative density, an area that is not greater than 0,
/// a density that contradicts its count and area; [`Error::Duplicate`] if a component of a
/// sample stands twice.
pub fn read(path: &std::path::Path, settings: &DensityTable) -> Result<DensityInput> {
    let table = TableFile::read(path)?;
    let synonyms = Synonyms::with(&settings.markers, &settings.regions);
    let patient_ids = table.identifiers(settings.patient_column())?;
    let sample_ids = if table.has(SAMPLE_ID) { table.identifiers(SAMPLE_ID)? } else { patient_ids.clone() };
    let ids: Vec<(String, String)> = patient_ids.into_iter().zip(sample_ids).collect();

    let mut unused_columns = Vec::new();
    let rows = if table.has(MARKER) || table.has(REGION) {
        long(&table, &ids, &synonyms)?
    } else {
        wide(&table, &ids, &synonyms, settings.patient_column(), &mut unused_columns)?
    };
    check_patients(&table, &rows, settings.patient_column())?;
    check_samples(&table, &rows)?;
    check_duplicates(&table, &rows)?;
    Ok(DensityInput {
        densities: frame(&rows),
        unused_columns,
        resembling: resembling(&rows, &synonyms),
        n_without_area: rows.iter().filter(|it| it.lacks_area).count(),
    })
}

fn long(table: &TableFile, ids: &[(String, String)], synonyms: &Synonyms) -> Result<Vec<Row>> {
    const NAMES: Names<'_> = Names { n_cells: N_CELLS, area_mm2: AREA_MM2, cells_per_mm2: CELLS_PER_MM2 };
    let markers = table.identifiers(MARKER)?;
    let regions = table.identifiers(REGION)?;
    let values = Values::of(table, NAMES)?;
    if values.cells_per_mm2.is_none() && (values.n_cells.is_none() || values.area_mm2.is_none()) {
        return Err(table.missing_column(if values.n_cells.is_none() { CELLS_PER_MM2 } else { AREA_MM2 }));
    }
    ids.iter()
        .enumerate()
        .map(|(row, id)| {
            // What is no word of the field is the table's own, such as the phenotypes of a multiplex panel.
            let marker = synonyms.marker(&markers[row]).unwrap_or_else(|| Marker::from(markers[row].as_str()));
            let region = synonyms.region(&regions[row]).unwrap_or_else(|| Region::from(regions[row].as_str()));
            values.row(table, row, id, Component::new(marker, region), NAMES)
        })
        .collect()
}

fn wide(
    table: &TableFile,
    ids: &[(String, String)],
    synonyms: &Synonyms,
    patient_column: &str,
    unused_columns: &mut Vec<String>,
) -> Result<Vec<Row>> {
    // Which column gives which value of which component.
    let mut columns: BTreeMap<Component, [Option<&str>; 3]> = BTreeMap::new();
    for name in table.names().into_iter().filter(|it| *it != patient_column && *it != SAMPLE_ID) {
        let lower = name.to_lowercase();
        let suffixes = [(0, N_CELLS), (1, AREA_MM2), (2, CELLS_PER_MM2), (2, "")];
        let found = suffixes.into_iter().find_map(|(at, suffix)| {
            let stem = lower.strip_suffix(suffix)?;
            // In `CD8-CT-n_cells` the last hyphen separates; it does not say "negative".
            let stem = stem.strip_suffix('-').filter(|_| !suffix.is_empty()).unwrap_or(stem);
            Some((at, synonyms.component(stem)?))
        });
        let Some((at, component)) = found else {
            // A column without a name is a row number that some programs write.
            unused_columns.extend(Some(name.to_owned()).filter(|it| !it.is_empty()));
            continue;
        };
        let place = &mut columns.entry(component.clone()).or_default()[at];
        if let Some(other) = place.replace(name) {
            let problem = format!("has two columns for {component}: '{other}' and '{name}'");
            return Err(Error::UnusableFile { path: table.path.clone(), problem });
        }
    }
    if columns.is_empty() {
        let problem = format!(
            "is no density table: expected the columns region and marker, or a column for each marker and region such as \
             CD3_CT (found: {})",
            table.names().join(", ")
        );
        return Err(Error::UnusableFile { path: table.path.clone(), problem });
    }
    let mut rows = Vec::with_capacity(ids.len() * columns.len());
    for (component, [n_cells, area_mm2, cells_per_mm2]) in &columns {
        let names = Names {
            n_cells: n_cells.unwrap_or(""),
            area_mm2: area_mm2.unwrap_or(""),
            cells_per_mm2: cells_per_mm2.unwrap_or(""),
        };
        let values = Values::of(table, names)?;
        for (row, id) in ids.iter().enumerate() {
            rows.push(values.row(table, row, id, component.clone(), names)?);
        }
    }
    Ok(rows)
}

impl Values {
    fn of(table: &TableFile, names: Names<'_>) -> Result<Self> {
        // A column without a name is a row number that some programs write, and nothing that was measured.
        let has = |name: &str| !name.is_empty() && table.has(name);
        Ok(Self {
            n_cells: has(names.n_cells).then(|| table.counts(names.n_cells)).transpose()?,
            area_mm2: has(names.area_mm2).then(|| table.numbers(names.area_mm2)).transpose()?,
            cells_per_mm2: has(names.cells_per_mm2).then(|| table.numbers(names.cells_per_mm2)).transpose()?,
        })
    }

    fn row(
        &self,
        table: &TableFile,
        row: usize,
        (patient_id, sample_id): &(String, String),
        component: Component,
        names: Names<'_>,
    ) -> Result<Row> {
        let n_cells = self.n_cells.as_ref().and_then(|it| it[row]);
        let area_mm2 = self.area_mm2.as_ref().and_then(|it| it[row]);
        let given = self.cells_per_mm2.as_ref().and_then(|it| it[row]);

        let area = area_mm2.map(Area::try_from).transpose().map_err(|_| {
            let found = area_mm2.unwrap_or_default().to_string();
            let expected = "an area greater than 0 mm², or an empty cell where nothing was measured";
            table.value_error(row, names.area_mm2, &found, expected)
        })?;
        let density = given.map(Density::try_from).transpose().map_err(|_| {
            let found = given.unwrap_or_default().to_string();
            table.value_error(row, names.cells_per_mm2, &found, "a density of 0 cells/mm² or more")
        })?;
        let counted = match (n_cells, area) {
            (Some(n_cells), Some(area)) => Some(Density::from_count(n_cells, area)),
            _ => None,
        };
        if let (Some(counted), Some(given)) = (counted, density) {
            let (counted, given) = (counted.cells_per_mm2(), given.cells_per_mm2());
            if (counted - given).abs() > RATIO_TOLERANCE * counted.max(given) {
                let expected = format!("{counted}, which is n_cells over area_mm2; check the unit of the area");
                return Err(table.value_error(row, names.cells_per_mm2, &given.to_string(), &expected));
            }
        }
        Ok(Row {
            patient_id: patient_id.clone(),
            sample_id: sample_id.clone(),
            component,
            n_cells: n_cells.filter(|_| area.is_some()),
            area_mm2,
            cells_per_mm2: counted.or(density).map(Density::cells_per_mm2),
            lacks_area: n_cells.is_some() && area.is_none() && density.is_none(),
            line: table.line(row),
        })
    }
}

/// The table's own words that resemble one of the field.
fn resembling(rows: &[Row], synonyms: &Synonyms) -> Vec<(String, String)> {
    let (markers, regions) = (synonyms.marker_names(), synonyms.region_names());
    let own = |word: &str, known: &[&str]| {
        let near = if known.contains(&word) { None } else { nearest(word, known.iter().copied()) };
        near.map(|near| (word.to_owned(), near.to_owned()))
    };
    let words: BTreeSet<(String, String)> = rows
        .iter()
        .flat_map(|it| [own(it.component.marker.as_str(), &markers), own(it.component.region.as_str(), &regions)])
        .flatten()
        .collect();
    words.into_iter().collect()
}

/// Two patients whose ids differ by case alone are one patient written in two ways, or cannot have a file each where the
/// file system ignores case.
fn check_patients(table: &TableFile, rows: &[Row], column: &str) -> Result<()> {
    let mut seen: BTreeMap<String, (&str, usize)> = BTreeMap::new();
    for row in rows {
        let (patient, line) = *seen.entry(row.patient_id.to_lowercase()).or_insert((&row.patient_id, row.line));
        if patient != row.patient_id {
            return Err(Error::Value {
                path: table.path.clone(),
                row: row.line,
                column: column.to_owned(),
                found: row.patient_id.clone(),
                expected: format!("'{patient}' as in row {line}, or an id that differs from it by more than case"),
            });
        }
    }
    Ok(())
}

/// A sample is of one patient.
fn check_samples(table: &TableFile, rows: &[Row]) -> Result<()> {
    let mut patient_of: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
    for row in rows {
        let (patient, line) = *patient_of.entry(&row.sample_id).or_insert((&row.patient_id, row.line));
        if patient != row.patient_id {
            return Err(Error::Value {
                path: table.path.clone(),
                row: row.line,
                column: SAMPLE_ID.to_owned(),
                found: row.sample_id.clone(),
                expected: format!(
                    "a sample of patient '{}'; row {line} gives it to patient '{patient}'",
                    row.patient_id
                ),
            });
        }
    }
    Ok(())
}

/// A component of a sample stands once.
fn check_duplicates(table: &TableFile, rows: &[Row]) -> Result<()> {
    let mut seen: BTreeMap<(&str, &Component), usize> = BTreeMap::new();
    for row in rows {
        if let Some(first) = seen.insert((&row.sample_id, &row.component), row.line) {
            return Err(Error::Duplicate {
                path: table.path.clone(),
                first,
                second: row.line,
                what: format!("{} of sample '{}'", row.component, row.sample_id),
            });
        }
    }
    Ok(())
}

fn frame(rows: &[Row]) -> DataFrame {
    let frame = of_columns(vec![
        text(PATIENT_ID, rows.iter().map(|it| Some(it.patient_id.as_str()))),
        text(SAMPLE_ID, rows.iter().map(|it| Some(it.sample_id.as_str()))),
        text(REGION, rows.iter().map(|it| Some(it.component.region.as_str()))),
        text(MARKER, rows.iter().map(|it| Some(it.component.marker.as_str()))),
        count_column(N_CELLS, rows.iter().map(|it| it.n_cells)),
        numbers(AREA_MM2, rows.iter().map(|it| it.area_mm2)),
        numbers(CELLS_PER_MM2, rows.iter().map(|it| it.cells_per_mm2)),
    ]);
    table::densities::sorted(&frame)
}

/// The markers and regions of the table that a protocol does not use, for a remark.
pub fn unused_components(densities: &DataFrame, components: &[Component]) -> Vec<String> {
    let texts = |name| densities.column(name).and_then(|it| it.str().cloned());
    let (Ok(markers), Ok(regions)) = (texts(MARKER), texts(REGION)) else { return Vec::new() };
    let found: BTreeSet<(&str, &str)> =
        markers.iter().zip(regions.iter()).filter_map(|(m, r)| Some((m?, r?))).collect();
    let is_used = |(marker, region): (&str, &str)| {
        components.iter().any(|it| it.marker.as_str() == marker && it.region.as_str() == region)
    };
    found.into_iter().filter(|it| !is_used(*it)).map(|(marker, region)| format!("{marker} {region}")).collect()
}
