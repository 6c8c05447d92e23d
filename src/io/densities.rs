//! The density table that a user gives: long or wide, with counts and areas or densities alone.
//!
//! A long table has the columns `patient_id`, `region`, `marker`, and `n_cells` with `area_mm2`, or `cells_per_mm2`, or all
//! three; `sample_id` where a patient has several samples. Other measures have columns of their own: `percent`, `fraction`,
//! `positive_area_mm2` with `area_mm2`, `grade`. A wide table has a column for each component, such as `CD3_CT` or `cd8 im`, in
//! cells/mm²; `CD3_CT_n_cells` with `CD3_CT_area_mm2` give counts, `CD8_STROMA_percent` a percent. Both become the table
//! `densities`.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::DataFrame;

use super::spelling::Spelling;
use super::suggestion::nearest;
use super::table_file::TableFile;
use crate::error::{Error, Result};
use crate::model::{Component, Marker, Region, Synonyms};
use crate::protocol::DensityTable;
use crate::score::in_order;
use crate::table::column::{AREA_MM2, CELLS_PER_MM2, GRADE, MARKER, N_CELLS, PATIENT_ID, PERCENT, REGION, SAMPLE_ID};
use crate::table::{self, count_column, numbers, of_columns, text};

pub mod paired;
pub mod plausible;
mod remarks;
mod values;

pub use remarks::of_columns as remark_of_columns;
use values::{Measured, Names, Values};

/// A density table that was read.
#[derive(Debug)]
pub struct DensityInput {
    /// The table `densities`, with the columns of [`table::densities::COLUMNS`] and its order.
    pub densities: DataFrame,
    /// All columns of the file.
    pub columns: Vec<String>,
    /// Columns of a wide table that are no marker and region, such as a misspelt one.
    pub unused_columns: Vec<String>,
    /// Markers and regions that are no words of the field, and resemble one: with that word.
    pub resembling: Vec<(String, String)>,
    /// Rows with a count and no area, which are no measurement of a density.
    pub n_without_area: usize,
    /// Words of other times than the two that are compared, each with its number of samples, which are passed over.
    pub other_times: BTreeMap<String, usize>,
    /// The table `densities` of the samples after, where `densities` holds those before; absent where the table tells no times
    /// apart.
    pub after: Option<DataFrame>,
}

/// What several readers, instruments, lots or centres measured, in one table.
#[derive(Debug)]
pub struct DensitiesOfRaters {
    /// Each of them, in the order of their numbers where names are numbers, otherwise of their letters.
    pub raters: Vec<(String, DensityInput)>,
    /// Patients of rows that name nobody, sorted.
    pub without_rater: BTreeSet<String>,
    /// Columns of a wide table that are no marker and region, of which the readings of each rater hold none.
    pub unused_columns: Vec<String>,
}

/// One row of the table `densities`, and where it stood.
struct Row {
    patient_id: String,
    sample_id: String,
    component: Component,
    measured: Measured,
    /// The row of the file.
    at: usize,
    line: usize,
    time: Time,
}

/// Of which time a sample is; the first, where a table tells no times apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Time {
    Before,
    After,
    Other,
}

/// Reads a density table.
///
/// A row without any value stays, as an absence. Markers and regions that are no words of
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
    let one_time = vec![Time::Before; table.height()];
    let (rows, unused_columns) = rows(&table, settings, &synonyms, &one_time, &[])?;
    input(&table, &rows, settings, &synonyms, unused_columns)
}

/// Reads a density table with a column that says who measured a row.
///
/// # Errors
///
/// As [`read`], for the rows of each of them; [`Error::Value`] if two names differ by case or spaces alone;
/// [`Error::UnusableFile`] if there are fewer than two.
pub fn read_by(path: &std::path::Path, settings: &DensityTable, column: &str) -> Result<DensitiesOfRaters> {
    let table = TableFile::read(path)?;
    let synonyms = Synonyms::with(&settings.markers, &settings.regions);
    let cells = table.texts(column)?;
    let names = rater_names(&table, column, &cells)?;
    let one_time = vec![Time::Before; table.height()];
    let (rows, unused_columns) = rows(&table, settings, &synonyms, &one_time, &[column])?;
    let mut rows_of: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
    let mut without_rater = BTreeSet::new();
    for row in rows {
        match &cells[row.at] {
            Some(name) => rows_of.entry(name).or_default().push(row),
            None => {
                without_rater.insert(row.patient_id);
            }
        }
    }
    let mut raters = Vec::with_capacity(names.len());
    for name in names {
        let own = rows_of.remove(name.as_str()).unwrap_or_default();
        let own = input(&table, &own, settings, &synonyms, Vec::new())?;
        raters.push((name, own));
    }
    Ok(DensitiesOfRaters { raters, without_rater, unused_columns })
}

/// The names in a column that says who measured a row.
fn rater_names(table: &TableFile, column: &str, cells: &[Option<String>]) -> Result<Vec<String>> {
    let mut spelling = Spelling::default();
    for (row, name) in cells.iter().enumerate().filter_map(|(row, it)| Some((row, it.as_ref()?))) {
        spelling.see(table, row, column, name)?;
    }
    let mut names = spelling.into_names();
    if names.len() < 2 {
        let found = names.first().map_or_else(|| "nobody".to_owned(), |it| format!("'{it}' alone"));
        let problem = format!("names {found} in column '{column}', expected two or more to compare");
        return Err(Error::UnusableFile { path: table.path.clone(), problem });
    }
    names.sort_by(|a, b| in_order(a, b));
    Ok(names)
}

/// All rows of a table, and the columns of a wide one that are no marker and region, but for those passed over.
fn rows(
    table: &TableFile,
    settings: &DensityTable,
    synonyms: &Synonyms,
    times: &[Time],
    passed_over: &[&str],
) -> Result<(Vec<Row>, Vec<String>)> {
    let patient_ids = table.identifiers(settings.patient_column())?;
    let sample_ids = if table.has(SAMPLE_ID) { table.identifiers(SAMPLE_ID)? } else { patient_ids.clone() };
    let ids: Vec<Id> = patient_ids.into_iter().zip(sample_ids).zip(times).map(|((a, b), time)| (a, b, *time)).collect();
    let mut unused_columns = Vec::new();
    let rows = if table.has(MARKER) || table.has(REGION) {
        long(table, &ids, synonyms)?
    } else {
        let other = [&[settings.patient_column(), SAMPLE_ID], passed_over].concat();
        wide(table, &ids, synonyms, &other, &mut unused_columns)?
    };
    Ok((rows, unused_columns))
}

/// What rows of a table hold, which are one table of densities. No times are told apart.
fn input(
    table: &TableFile,
    rows: &[Row],
    settings: &DensityTable,
    synonyms: &Synonyms,
    unused_columns: Vec<String>,
) -> Result<DensityInput> {
    check_patients(table, rows, settings.patient_column())?;
    check_samples(table, rows)?;
    check_duplicates(table, rows)?;
    Ok(DensityInput {
        densities: frame(rows),
        columns: table.names().into_iter().map(str::to_owned).collect(),
        unused_columns,
        resembling: resembling(rows, synonyms),
        n_without_area: rows.iter().filter(|it| it.measured.lacks_area()).count(),
        other_times: BTreeMap::new(),
        after: None,
    })
}

/// Patient, sample, and the time it is of.
type Id = (String, String, Time);

fn long(table: &TableFile, ids: &[Id], synonyms: &Synonyms) -> Result<Vec<Row>> {
    let markers = table.identifiers(MARKER)?;
    let regions = table.identifiers(REGION)?;
    let values = Values::of(table, &Names::LONG)?;
    if values.are_none() {
        return Err(table.missing_column(CELLS_PER_MM2));
    }
    ids.iter()
        .enumerate()
        .map(|(row, id)| {
            // What is no word of the field is the table's own, such as the phenotypes of a multiplex panel.
            let marker = synonyms.marker(&markers[row]).unwrap_or_else(|| Marker::from(markers[row].as_str()));
            let region = synonyms.region(&regions[row]).unwrap_or_else(|| Region::from(regions[row].as_str()));
            of_row(&values, table, row, id, Component::new(marker, region))
        })
        .collect()
}

fn of_row(
    values: &Values,
    table: &TableFile,
    row: usize,
    (patient_id, sample_id, time): &Id,
    component: Component,
) -> Result<Row> {
    Ok(Row {
        patient_id: patient_id.clone(),
        sample_id: sample_id.clone(),
        component,
        measured: values.row(table, row)?,
        at: row,
        line: table.line(row),
        time: *time,
    })
}

fn wide(
    table: &TableFile,
    ids: &[Id],
    synonyms: &Synonyms,
    other_columns: &[&str],
    unused_columns: &mut Vec<String>,
) -> Result<Vec<Row>> {
    // Which column gives which value of which component.
    let mut columns: BTreeMap<Component, Names<'_>> = BTreeMap::new();
    for name in table.names().into_iter().filter(|it| !other_columns.contains(it)) {
        let lower = name.to_lowercase();
        let found = Names::SUFFIXES.into_iter().find_map(|(at, suffix)| {
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
        if let Some(other) = columns.entry(component.clone()).or_default().set(at, name) {
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
    for (component, names) in &columns {
        let values = Values::of(table, names)?;
        for (row, id) in ids.iter().enumerate() {
            rows.push(of_row(&values, table, row, id, component.clone())?);
        }
    }
    Ok(rows)
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
    let mut seen: BTreeMap<(&str, Time, &Component), usize> = BTreeMap::new();
    for row in rows {
        if let Some(first) = seen.insert((&row.sample_id, row.time, &row.component), row.line) {
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
    let number = |name, of: fn(&Measured) -> Option<f64>| numbers(name, rows.iter().map(|it| of(&it.measured)));
    let mut columns = vec![
        text(PATIENT_ID, rows.iter().map(|it| Some(it.patient_id.as_str()))),
        text(SAMPLE_ID, rows.iter().map(|it| Some(it.sample_id.as_str()))),
        text(REGION, rows.iter().map(|it| Some(it.component.region.as_str()))),
        text(MARKER, rows.iter().map(|it| Some(it.component.marker.as_str()))),
        count_column(N_CELLS, rows.iter().map(|it| it.measured.n_cells)),
        number(AREA_MM2, |it| it.area_mm2),
        number(CELLS_PER_MM2, |it| it.cells_per_mm2),
    ];
    if rows.iter().any(|it| it.measured.percent.is_some()) {
        columns.push(number(PERCENT, |it| it.percent));
    }
    if rows.iter().any(|it| it.measured.grade.is_some()) {
        columns.push(number(GRADE, |it| it.grade));
    }
    table::densities::sorted(&of_columns(columns))
}

/// The markers and regions of the table that a protocol does not use, for a remark.
pub fn unused_components(densities: &DataFrame, components: &[Component]) -> Vec<Component> {
    let texts = |name| densities.column(name).and_then(|it| it.str().cloned());
    let (Ok(markers), Ok(regions)) = (texts(MARKER), texts(REGION)) else { return Vec::new() };
    let found: BTreeSet<(&str, &str)> =
        markers.iter().zip(regions.iter()).filter_map(|(m, r)| Some((m?, r?))).collect();
    let is_used = |(marker, region): (&str, &str)| {
        components.iter().any(|it| it.marker.as_str() == marker && it.region.as_str() == region)
    };
    let component = |(marker, region): (&str, &str)| Component::new(marker.into(), region.into());
    found.into_iter().filter(|it| !is_used(*it)).map(component).collect()
}
