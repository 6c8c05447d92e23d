//! A table with one row a patient, or a row for each interval of a patient, with the columns that an analysis declares.

use std::collections::BTreeSet;

use super::suggestion::did_you_mean;
use super::table_file::TableFile;
use crate::error::{Error, Result};
use crate::protocol::{Analysis, EventValues, StatusCoding};
use crate::stratify::patients::{PatientTable, Status};

/// Values that a message lists before it says how many more there are.
const LISTED_VALUES: usize = 8;

/// A column with more distinct values than this holds no statuses; a column of times was taken for it.
const MOST_STATUSES: usize = 20;

/// Reads the columns that an analysis names.
///
/// A row is called what `id_column` says, or by its line if that is absent. An absent cell is an absence.
///
/// # Errors
///
/// * As [`TableFile`].
/// * [`Error::Value`] if a weight is below 0, or a time is no number.
/// * [`Error::UnusableFile`] if the status column holds values that nobody declared, or never the event; a covariate holds
///   words; a factor never has its reference; or the names of the patients are a covariate.
pub fn read(table: &TableFile, analysis: &Analysis, id_column: Option<&str>) -> Result<PatientTable> {
    check_covariates(table, analysis, id_column)?;
    let ids = match id_column {
        Some(column) => table.identifiers(column)?,
        None => (0..table.height()).map(|row| format!("line {}", table.line(row))).collect(),
    };
    let mut patients = PatientTable {
        ids,
        times: table.numbers(&analysis.time)?,
        entries: analysis.entry.as_deref().map(|it| table.numbers(it)).transpose()?,
        statuses: statuses(table, &analysis.status)?,
        weights: analysis.weights.as_deref().map(|it| weights(table, it)).transpose()?,
        clusters: analysis.cluster.as_deref().map(|it| table.texts(it)).transpose()?,
        ..PatientTable::default()
    };
    for column in numbers_of(analysis) {
        patients.numbers.insert(column.to_owned(), table.numbers(column)?);
    }
    for column in classes_of(analysis) {
        patients.classes.insert(column.to_owned(), table.texts(column)?);
    }
    for grouping in &analysis.by {
        if let Some(declared) = &grouping.classes {
            check_classes(table, &grouping.column, declared, &patients.classes[&grouping.column])?;
        }
    }
    for model in &analysis.models {
        for factor in model.factors.iter().chain(model.interaction.as_ref().map(|it| &it.treatment)) {
            check_reference(table, &factor.column, &factor.reference, &patients.classes[&factor.column])?;
        }
    }
    Ok(patients)
}

/// Columns that an analysis reads as numbers.
fn numbers_of(analysis: &Analysis) -> BTreeSet<&str> {
    let of_models = analysis.models.iter().flat_map(|model| {
        let splines = model.splines.iter().map(|it| &it.column);
        model
            .covariates
            .iter()
            .chain(splines)
            .chain(&model.offset)
            .chain(model.interaction.as_ref().map(|it| &it.marker))
    });
    of_models.chain(&analysis.cutpoints).chain(&analysis.two_cutpoints).map(String::as_str).collect()
}

/// Columns that an analysis reads as classes.
fn classes_of(analysis: &Analysis) -> BTreeSet<&str> {
    let of_models = analysis.models.iter().flat_map(|model| {
        model.factors.iter().chain(model.interaction.as_ref().map(|it| &it.treatment)).map(|it| &it.column)
    });
    of_models.chain(analysis.by.iter().map(|it| &it.column)).chain(&analysis.strata).map(String::as_str).collect()
}

/// Complains about covariates that are names of patients, or words, which are no numbers in any row.
fn check_covariates(table: &TableFile, analysis: &Analysis, id_column: Option<&str>) -> Result<()> {
    for column in analysis.models.iter().flat_map(|it| &it.covariates) {
        let problem = if id_column == Some(column) {
            format!("column '{column}' names the patients, and cannot be a covariate, too")
        } else {
            let cells = table.texts(column)?;
            let words: BTreeSet<&str> = cells.iter().flatten().map(String::as_str).collect();
            let is_word = |it: &&str| it.parse::<f64>().is_err();
            let are_classes = words.len() <= MOST_STATUSES && words.iter().all(is_word);
            let Some(first) = words.first().filter(|_| are_classes && table.numbers(column).is_err()) else { continue };
            format!(
                "column '{column}' holds words ({}), and cannot enter a model as a number; as classes it can, with one that \
                 others are compared with: --factor '{column}={first}'",
                listed(words.iter().copied())
            )
        };
        return Err(Error::UnusableFile { path: table.path.clone(), problem });
    }
    Ok(())
}

fn statuses(table: &TableFile, coding: &StatusCoding) -> Result<Vec<Option<Status>>> {
    let cells = table.texts(&coding.column)?;
    let found: BTreeSet<&str> = cells.iter().flatten().map(String::as_str).collect();
    let refuse = |problem: String| Err(Error::UnusableFile { path: table.path.clone(), problem });
    let column = &coding.column;

    if found.len() > MOST_STATUSES {
        return refuse(format!(
            "column '{column}' holds {} different values ({}), so it says no status; is it the time?",
            found.len(),
            listed(found.iter().copied())
        ));
    }
    for (what, values) in [("the event", &coding.event)].into_iter().chain(competing(coding)) {
        if !found.iter().any(|it| values.contains(it)) {
            return refuse(format!(
                "column '{column}' never says {values}, which was declared to be {what} (found: {})",
                listed(found.iter().copied())
            ));
        }
    }
    let has_happened =
        |it: &str| coding.event.contains(it) || coding.competing.iter().any(|event| event.value.contains(it));
    let others: Vec<&str> = found.iter().copied().filter(|it| !has_happened(it)).collect();
    let strangers: Vec<&str> = match &coding.censored {
        Some(censored) => others.iter().copied().filter(|it| !censored.contains(it)).collect(),
        // METHOD: a single other value can only mean censored; of several, one may be another event.
        None if others.len() > 1 => others,
        None => Vec::new(),
    };
    if !strangers.is_empty() {
        return refuse(format!(
            "column '{column}' holds {} beside the event ({}); say which of them mean censored, and which a competing event",
            listed(strangers.iter().copied()),
            coding.event
        ));
    }
    let status = |cell: &str| {
        if coding.event.contains(cell) {
            Status::Event
        } else {
            let competing = coding.competing.iter().position(|it| it.value.contains(cell));
            competing.map_or(Status::Censored, Status::Competing)
        }
    };
    Ok(cells.iter().map(|cell| cell.as_deref().map(status)).collect())
}

fn competing(coding: &StatusCoding) -> impl Iterator<Item = (&str, &EventValues)> {
    coding.competing.iter().map(|it| (it.label.as_str(), &it.value))
}

fn weights(table: &TableFile, column: &str) -> Result<Vec<Option<f64>>> {
    let weights = table.numbers(column)?;
    match weights.iter().enumerate().find_map(|(row, weight)| weight.filter(|it| *it < 0.0).map(|it| (row, it))) {
        Some((row, weight)) => Err(table.number_error(row, column, weight, "a weight of 0 or more")),
        None => Ok(weights),
    }
}

fn check_classes(table: &TableFile, column: &str, declared: &[String], cells: &[Option<String>]) -> Result<()> {
    let strangers: BTreeSet<&str> =
        cells.iter().flatten().map(String::as_str).filter(|it| !declared.iter().any(|class| class == it)).collect();
    if strangers.is_empty() {
        return Ok(());
    }
    let problem = format!(
        "column '{column}' holds {}, which is none of the classes that were named ({})",
        listed(strangers.into_iter()),
        declared.join(", ")
    );
    Err(Error::UnusableFile { path: table.path.clone(), problem })
}

/// Complains if a factor never has its reference.
pub(super) fn check_reference(
    table: &TableFile,
    column: &str,
    reference: &str,
    cells: &[Option<String>],
) -> Result<()> {
    let levels: BTreeSet<&str> = cells.iter().flatten().map(String::as_str).collect();
    if levels.contains(reference) {
        return Ok(());
    }
    let hint = did_you_mean(reference, levels.iter().copied());
    let problem = format!(
        "column '{column}' never says '{reference}', the reference of the factor (found: {}){hint}",
        listed(levels.into_iter())
    );
    Err(Error::UnusableFile { path: table.path.clone(), problem })
}

fn listed<'a>(values: impl ExactSizeIterator<Item = &'a str>) -> String {
    if values.len() == 0 {
        return "nothing".to_owned();
    }
    let n_more = values.len().saturating_sub(LISTED_VALUES);
    let shown: Vec<String> = values.take(LISTED_VALUES).map(|it| format!("'{it}'")).collect();
    let more = if n_more > 0 { format!(" and {n_more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
