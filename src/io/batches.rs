//! Which batch a patient belongs to, and the order of the batches.

use std::collections::BTreeMap;
use std::path::Path;

use super::spelling::Spelling;
use super::table_file::TableFile;
use crate::error::{Error, Result};
use crate::score::in_order;

/// Where batches are named.
#[derive(Clone, Copy, Debug)]
pub struct BatchColumns<'a> {
    /// Column with the patient.
    pub patient: &'a str,
    /// Column with the batch.
    pub batch: &'a str,
    /// Column by which batches are ordered, such as a date or a number; the batch itself if absent.
    pub order: Option<&'a str>,
}

/// The batches of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batches {
    /// Names, in their order.
    pub names: Vec<String>,
    /// The batch of each patient, as its place among the names; a patient without a batch is absent.
    pub batch_of: BTreeMap<String, usize>,
}

/// Reads the batches of patients. A patient may stand in several rows, of one batch.
///
/// Batches come in the order of the lowest value of the order column among their rows: numbers by size, all else, such as
/// dates of the form 2024-05-31, by letters.
///
/// # Errors
///
/// * As [`TableFile`].
/// * [`Error::Value`] if a patient stands in two batches, or the names of two batches differ by case or spaces alone.
/// * [`Error::UnusableFile`] if no patient has a batch, or a batch has no value to be ordered by.
pub fn read(path: &Path, columns: BatchColumns<'_>) -> Result<Batches> {
    let table = TableFile::read(path)?;
    let patients = table.identifiers(columns.patient)?;
    let cells = table.texts(columns.batch)?;
    let order = table.texts(columns.order.unwrap_or(columns.batch))?;

    let mut batch_of: BTreeMap<String, String> = BTreeMap::new();
    let mut spelling = Spelling::default();
    let mut lowest: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (row, (patient, batch)) in patients.into_iter().zip(cells).enumerate() {
        let Some(batch) = batch else { continue };
        spelling.see(&table, row, columns.batch, &batch)?;
        let known = batch_of.entry(patient.clone()).or_insert_with(|| batch.clone());
        if *known != batch {
            let expected =
                format!("'{known}', the batch of patient '{patient}' in a row before; a patient is of one batch");
            return Err(table.value_error(row, columns.batch, &batch, &expected));
        }
        let place = lowest.entry(batch).or_default();
        if let Some(value) = &order[row]
            && place.as_ref().is_none_or(|it| in_order(value, it).is_lt())
        {
            *place = Some(value.clone());
        }
    }
    let unusable = |problem: String| Error::UnusableFile { path: path.to_owned(), problem };
    if lowest.is_empty() {
        return Err(unusable(format!("has no batch in column '{}'", columns.batch)));
    }
    if let Some((batch, _)) = lowest.iter().find(|it| it.1.is_none()) {
        let column = columns.order.unwrap_or(columns.batch);
        return Err(unusable(format!("says nothing in column '{column}' by which batch '{batch}' could be ordered")));
    }
    let mut names: Vec<String> = lowest.keys().cloned().collect();
    let key = |name: &String| lowest[name].clone().unwrap_or_default();
    names.sort_by(|a, b| in_order(&key(a), &key(b)).then_with(|| in_order(a, b)));
    let place = |batch: &String| names.iter().position(|it| it == batch);
    let batch_of = batch_of.iter().filter_map(|(patient, batch)| Some((patient.clone(), place(batch)?))).collect();
    Ok(Batches { names, batch_of })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batches(text: &str, order: Option<&str>) -> Result<Batches> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, text).unwrap();
        read(&path, BatchColumns { patient: "patient_id", batch: "lot", order })
    }

    #[test]
    fn batches_come_in_the_order_of_their_dates() {
        let text = "patient_id,lot,day\np1,B,2024-01-03\np1,B,2024-01-02\np2,A,2024-02-01\np3,,2024-01-01\n";
        let found = batches(text, Some("day")).unwrap();
        assert_eq!(found.names, ["B", "A"]);
        assert_eq!(found.batch_of, [("p1".to_owned(), 0), ("p2".to_owned(), 1)].into());
        let text = "patient_id,lot\np1,10\np2,9\n";
        assert_eq!(batches(text, None).unwrap().names, ["9", "10"]);
    }

    #[test]
    fn batches_that_cannot_be_told_apart_are_refused() {
        for (text, order, problem) in [
            (
                "patient_id,lot\np1,Lot 1\np2,lot 1\n",
                None,
                "row 3, column 'lot': found 'lot 1', expected 'Lot 1' as in row 2",
            ),
            ("patient_id,lot\np1,A\np1,B\n", None, "a patient is of one batch"),
            ("patient_id,lot\np1,\np2,\n", None, "has no batch in column 'lot'"),
            ("patient_id,lot,day\np1,A,\np2,B,1\n", Some("day"), "by which batch 'A' could be ordered"),
            ("patient_id,batch\np1,A\n", None, "has no column 'lot'"),
        ] {
            let error = batches(text, order).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
