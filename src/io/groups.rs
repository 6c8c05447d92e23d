//! The groups that patients are compared by, on disk: `groups.tsv`, one row a patient and column.

use std::collections::BTreeMap;
use std::path::Path;

use super::clinical;
use super::output::Output;
use super::table_file::TableFile;
use super::table_output;
use crate::error::Result;
use crate::protocol::{OutputFormat, Study};
use crate::score::Grouping;
use crate::table::column::PATIENT_ID;
use crate::table::{of_columns, text};

/// Stem of the file.
const NAME: &str = "groups";

/// The columns of the clinical table by which a study compares its patients.
pub fn columns(study: &Study) -> Vec<&str> {
    let mut columns: Vec<&str> = study.clinical.groups.iter().map(String::as_str).collect();
    columns
        .extend(study.reference.centre_column.as_deref().filter(|it| !study.clinical.groups.iter().any(|at| at == it)));
    columns
}

/// Reads the groups that a study names out of its clinical table.
///
/// # Errors
///
/// As [`clinical::columns`].
pub fn of_clinical(path: &Path, study: &Study) -> Result<Vec<Grouping>> {
    let columns = columns(study);
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let groups = clinical::columns(path, study.clinical.patient_column(), &columns)?;
    let grouping = |(column, group_of): (&str, _)| Grouping { column: column.to_owned(), group_of };
    Ok(columns.into_iter().zip(groups).map(grouping).collect())
}

/// Writes the groups; nothing if there are none.
///
/// # Errors
///
/// [`Error::Write`](crate::error::Error::Write).
pub fn write(output: &Output, groupings: &[Grouping]) -> Result<()> {
    if groupings.is_empty() {
        return Ok(());
    }
    let rows = || {
        let of = |it: &Grouping| -> Vec<(String, String, String)> {
            let row = |(patient, group): (&String, &String)| (patient.clone(), it.column.clone(), group.clone());
            it.group_of.iter().map(row).collect()
        };
        groupings.iter().flat_map(of)
    };
    let rows: Vec<_> = rows().collect();
    let frame = of_columns(vec![
        text(PATIENT_ID, rows.iter().map(|it| Some(it.0.as_str()))),
        text("column", rows.iter().map(|it| Some(it.1.as_str()))),
        text("group", rows.iter().map(|it| Some(it.2.as_str()))),
    ]);
    table_output::write(output, NAME, &frame, &[OutputFormat::Tsv])
}

/// Reads the groups that scoring wrote; none if it wrote none.
///
/// # Errors
///
/// As [`TableFile`].
pub fn read(folder: &Path) -> Result<Vec<Grouping>> {
    let path = folder.join(format!("{NAME}.tsv"));
    let table = if path.exists() { TableFile::read_allowing_no_rows(&path)? } else { None };
    let Some(table) = table else { return Ok(Vec::new()) };
    let (patients, columns) = (table.identifiers(PATIENT_ID)?, table.identifiers("column")?);
    let mut groupings: Vec<Grouping> = Vec::new();
    for ((patient, column), group) in patients.into_iter().zip(columns).zip(table.identifiers("group")?) {
        if groupings.last().is_none_or(|it| it.column != column) {
            groupings.push(Grouping { column, group_of: BTreeMap::new() });
        }
        if let Some(grouping) = groupings.last_mut() {
            grouping.group_of.insert(patient, group);
        }
    }
    Ok(groupings)
}
