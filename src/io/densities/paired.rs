//! A density table with samples of the same patients at two times.

use std::collections::BTreeSet;

use super::{DensityInput, Measured, Row, Time, frame, input, rows};
use crate::error::Result;
use crate::io::suggestion::did_you_mean;
use crate::io::table_file::TableFile;
use crate::model::Synonyms;
use crate::protocol::{DensityTable, PairedSamples};

/// Reads a density table as [`super::read`] does, and tells the samples before from those after.
///
/// A patient who has samples after alone is among those before too, without a measurement.
///
/// # Errors
///
/// As [`super::read`]; [`Error::MissingColumn`](crate::error::Error::MissingColumn) without the column of times,
/// [`Error::Value`](crate::error::Error::Value) for a word that is neither of the two.
pub fn read(path: &std::path::Path, settings: &DensityTable, samples: &PairedSamples) -> Result<DensityInput> {
    let table = TableFile::read(path)?;
    if !table.has(&samples.column) {
        return Err(table.missing_column(&samples.column));
    }
    let words = table.texts(&samples.column)?;
    let time = |(row, word): (usize, &Option<String>)| match word.as_deref() {
        Some(word) if word == samples.before => Ok(Time::Before),
        Some(word) if word == samples.after => Ok(Time::After),
        other => {
            let word = other.unwrap_or_default();
            let (before, after) = (samples.before.as_str(), samples.after.as_str());
            let hint = did_you_mean(word, [before, after]);
            let expected = format!("'{before}' or '{after}', the words of [contexture.paired]{hint}");
            Err(table.value_error(row, &samples.column, word, &expected))
        }
    };
    let times: Vec<Time> = words.iter().enumerate().map(time).collect::<Result<_>>()?;
    let synonyms = Synonyms::with(&settings.markers, &settings.regions);
    let (rows, unused_columns) = rows(&table, settings, &synonyms, &times, &[&samples.column])?;
    let both = input(&table, &rows, settings, &synonyms, unused_columns)?;
    let (before, after) = parted(rows);
    Ok(DensityInput { densities: frame(&before), after: Some(frame(&after)), ..both })
}

/// The rows before and after. A patient with samples after alone stands among those before too, without a value: a patient
/// who was read is never lost.
fn parted(rows: Vec<Row>) -> (Vec<Row>, Vec<Row>) {
    let (mut before, after): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|it| it.time == Time::Before);
    if after.is_empty() {
        return (before, after);
    }
    let known: BTreeSet<String> = before.iter().map(|it| it.patient_id.clone()).collect();
    let lacking = after.iter().filter(|it| !known.contains(&it.patient_id)).map(|it| Row {
        patient_id: it.patient_id.clone(),
        sample_id: it.sample_id.clone(),
        component: it.component.clone(),
        measured: Measured::default(),
        at: it.at,
        line: it.line,
        time: Time::Before,
    });
    before.extend(lacking);
    (before, after)
}
