//! The clinical table: one row a patient, with the columns that a study declares.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::checksum;
use super::patient_table::check_reference;
use super::table_file::TableFile;
use crate::error::{Error, Result};
use crate::protocol::{Endpoint, Protocol, Study, TrainingSplit};
use crate::stratify::{ClinicalTable, EndpointValue};

/// Rows that a message lists before it says "and so on".
const LISTED_ROWS: usize = 5;

/// Values that a message lists before it says "and so on".
const LISTED_VALUES: usize = 10;

/// Reads the columns that a study's endpoints and models name.
///
/// Patients are sorted by id. An absent time, event or covariate is an absence.
///
/// # Errors
///
/// As [`TableFile`]; [`Error::Duplicate`] if a patient stands twice; [`Error::UnusableFile`] if a column of events holds
/// values that are neither, or if every patient or none has the event.
pub fn read(path: &Path, study: &Study) -> Result<ClinicalTable> {
    let table = TableFile::read(path)?;
    let patient_ids = patients(&table, study.clinical.patient_column())?;

    let mut clinical = ClinicalTable { patient_ids, ..ClinicalTable::default() };
    for endpoint in &study.endpoints {
        clinical.endpoints.insert(endpoint.name.clone(), endpoint_values(&table, endpoint)?);
    }
    for model in &study.models {
        for column in &model.covariates {
            clinical.numbers.insert(column.clone(), table.numbers(column)?);
        }
        for column in model.factors.iter().map(|it| &it.column).chain(&model.strata) {
            clinical.classes.insert(column.clone(), table.texts(column)?);
        }
        for factor in &model.factors {
            check_reference(&table, &factor.column, &factor.reference, &clinical.classes[&factor.column])?;
        }
    }
    Ok(clinical.sorted())
}

/// The patients of a declared split: those whose `column` says `value`.
///
/// # Errors
///
/// As [`read`], and [`Error::UnusableFile`] if nobody is in the split.
pub fn split(path: &Path, patient_column: &str, column: &str, value: &str) -> Result<BTreeSet<String>> {
    let table = TableFile::read(path)?;
    let patient_ids = patients(&table, patient_column)?;
    let cells = table.texts(column)?;
    let split: BTreeSet<String> = patient_ids
        .into_iter()
        .zip(&cells)
        .filter(|(_, cell)| cell.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(value)))
        .map(|(patient, _)| patient)
        .collect();
    if split.is_empty() {
        return Err(nobody_with(path, column, &[value.to_owned()], &cells));
    }
    Ok(split)
}

/// Why there is no split: nobody has one of its values.
fn nobody_with(path: &Path, column: &str, values: &[String], cells: &[Option<String>]) -> Error {
    let found: BTreeSet<&str> = cells.iter().flatten().map(String::as_str).collect();
    let found: Vec<&str> = found.into_iter().collect();
    let values = values.join("' or '");
    let problem = format!("has no patient with '{values}' in column '{column}' (found: {})", found.join(", "));
    Error::UnusableFile { path: path.to_owned(), problem }
}

/// Which rows of a table are of the split that cut-offs are learned in; all of them without a split.
///
/// # Errors
///
/// * As [`TableFile`].
/// * [`Error::UnusableFile`] if no row is of the split.
pub fn in_split(table: &TableFile, split: Option<&TrainingSplit>) -> Result<Vec<bool>> {
    let Some(TrainingSplit { column, values }) = split else { return Ok(vec![true; table.height()]) };
    let cells = table.texts(column)?;
    let in_split: Vec<bool> = cells.iter().map(|it| it.as_ref().is_some_and(|it| values.contains(it))).collect();
    if !in_split.contains(&true) {
        return Err(nobody_with(&table.path, column, &values.words(), &cells));
    }
    Ok(in_split)
}

/// The patients that the cut-offs of a protocol were learned from; none if that was another table.
///
/// METHOD: it was this table if the checksums are the same, wherever it lies: then these are the same patients. Of another
/// table nothing can be told from ids.
///
/// # Errors
///
/// As [`read`].
pub fn cutoff_training(path: &Path, patient_column: &str, protocol: &Protocol) -> Result<BTreeSet<String>> {
    let mut patients = BTreeSet::new();
    if protocol.trained().next().is_none() {
        return Ok(patients);
    }
    let sha256 = checksum::of_file(path)?;
    let mut splits: Vec<Option<&TrainingSplit>> = Vec::new();
    for source in protocol.trained().map(|it| &it.source).filter(|it| it.is_of_clinical(Some(&sha256))) {
        if !splits.contains(&source.split.as_ref()) {
            splits.push(source.split.as_ref());
        }
    }
    if splits.is_empty() {
        return Ok(patients);
    }
    let table = TableFile::read(path)?;
    let patient_ids = self::patients(&table, patient_column)?;
    for split in splits {
        let of_split = patient_ids.iter().zip(in_split(&table, split)?).filter(|it| it.1);
        patients.extend(of_split.map(|it| it.0.clone()));
    }
    Ok(patients)
}

/// What each of these columns says of each patient; one of whom it says nothing is left out.
///
/// # Errors
///
/// As [`read`].
pub fn columns(path: &Path, patient_column: &str, columns: &[&str]) -> Result<Vec<BTreeMap<String, String>>> {
    let table = TableFile::read(path)?;
    let patient_ids = patients(&table, patient_column)?;
    let of = |column: &&str| {
        let cells = patient_ids.iter().zip(table.texts(column)?);
        Ok(cells.filter_map(|(patient, cell)| Some((patient.clone(), cell?))).collect())
    };
    columns.iter().map(of).collect()
}

fn patients(table: &TableFile, column: &str) -> Result<Vec<String>> {
    let patient_ids = table.identifiers(column)?;
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (row, patient) in patient_ids.iter().enumerate() {
        if let Some(first) = seen.insert(patient, table.line(row)) {
            return Err(Error::Duplicate {
                path: table.path.clone(),
                first,
                second: table.line(row),
                what: format!("patient '{patient}'"),
            });
        }
    }
    Ok(patient_ids)
}

fn endpoint_values(table: &TableFile, endpoint: &Endpoint) -> Result<Vec<EndpointValue>> {
    let times = table.numbers(&endpoint.time)?;
    let coding = &endpoint.event;
    let cells = table.texts(&coding.column)?;

    let mut strangers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let events: Vec<Option<bool>> = cells
        .iter()
        .enumerate()
        .map(|(row, cell)| {
            let cell = cell.as_deref()?;
            if coding.value.contains(cell) {
                Some(true)
            } else if coding.censored.contains(cell) {
                Some(false)
            } else {
                strangers.entry(cell).or_default().push(table.line(row));
                None
            }
        })
        .collect();
    if !strangers.is_empty() {
        let mut list: Vec<String> =
            strangers.iter().take(LISTED_VALUES).map(|(value, rows)| format!("'{value}' ({})", listed(rows))).collect();
        if strangers.len() > LISTED_VALUES {
            list.push(format!("and {} more values", strangers.len() - LISTED_VALUES));
        }
        let problem = format!(
            "column '{}' of endpoint '{}' holds values that are neither the event ({}) nor censored ({}): {}; declare them in \
             event = {{ value = …, censored = … }}",
            coding.column,
            endpoint.name,
            coding.value,
            coding.censored,
            list.join(", ")
        );
        return Err(Error::UnusableFile { path: table.path.clone(), problem });
    }
    let n_events = events.iter().filter(|it| **it == Some(true)).count();
    let n_known = events.iter().flatten().count();
    if n_events == 0 || n_events == n_known {
        let problem = format!(
            "column '{}' of endpoint '{}' has {} the event ({}) among {n_known} patients; check event = {{ value = …, \
             censored = … }}",
            coding.column,
            endpoint.name,
            if n_events == 0 { "nobody with" } else { "everybody with" },
            coding.value,
        );
        return Err(Error::UnusableFile { path: table.path.clone(), problem });
    }
    Ok(times.into_iter().zip(events).map(|(time, event)| EndpointValue { time, event }).collect())
}

fn listed(rows: &[usize]) -> String {
    let shown: Vec<String> = rows.iter().take(LISTED_ROWS).map(ToString::to_string).collect();
    let more = if rows.len() > LISTED_ROWS { format!(" and {} more", rows.len() - LISTED_ROWS) } else { String::new() };
    format!("row{} {}{more}", if rows.len() == 1 { "" } else { "s" }, shown.join(", "))
}
