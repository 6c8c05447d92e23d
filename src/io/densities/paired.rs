//! A density table with samples of the same patients at two times.

use std::collections::{BTreeMap, BTreeSet};

use super::{DensityInput, Measured, Row, Time, check_patients, check_samples, frame, input, rows};
use crate::error::{Error, Result};
use crate::io::suggestion::{did_you_mean, nearest};
use crate::io::table_file::TableFile;
use crate::model::Synonyms;
use crate::protocol::{DensityTable, PairedSamples};

/// The most words that a message names.
const MOST_WORDS: usize = 10;

/// Reads a density table as [`super::read`] does, and tells the samples before from those after.
///
/// Samples of other times are passed over, and counted. A patient without a sample before is among those before too, without a
/// measurement.
///
/// # Errors
///
/// As [`super::read`]; [`Error::MissingColumn`] without the column of times, [`Error::Value`] for an empty cell or a word that
/// resembles one of the two, [`Error::UnusableFile`] if one of them stands nowhere.
pub fn read(path: &std::path::Path, settings: &DensityTable, samples: &PairedSamples) -> Result<DensityInput> {
    let table = TableFile::read(path)?;
    if !table.has(&samples.column) {
        return Err(table.missing_column(&samples.column));
    }
    let words = table.texts(&samples.column)?;
    let times: Vec<Time> = words
        .iter()
        .enumerate()
        .map(|(row, word)| time(&table, row, word.as_deref(), samples))
        .collect::<Result<_>>()?;
    expect_both(&table, &words, &times, samples)?;
    let synonyms = Synonyms::with(&settings.markers, &settings.regions);
    let (rows, unused_columns) = rows(&table, settings, &synonyms, &times, &[&samples.column])?;
    // Those of other times are passed over, and their patients stay.
    check_patients(&table, &rows, settings.patient_column())?;
    check_samples(&table, &rows)?;
    let (other, rows): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|it| it.time == Time::Other);
    let both = input(&table, &rows, settings, &synonyms, unused_columns)?;
    let (before, after) = parted(rows, &other);
    Ok(DensityInput {
        densities: frame(&before),
        after: Some(frame(&after)),
        other_times: counted(&other, &words),
        ..both
    })
}

/// Of which time the samples of a row are.
fn time(table: &TableFile, row: usize, word: Option<&str>, samples: &PairedSamples) -> Result<Time> {
    let PairedSamples { column, before, after } = samples;
    match word {
        Some(word) if word == before => Ok(Time::Before),
        Some(word) if word == after => Ok(Time::After),
        Some(word) if nearest(word, [before.as_str(), after.as_str()]).is_none() => Ok(Time::Other),
        other => {
            let word = other.unwrap_or_default();
            let hint = did_you_mean(word, [before.as_str(), after.as_str()]);
            let expected = format!(
                "'{before}' or '{after}', the words of [contexture.paired], or that of another time, which resembles neither{hint}"
            );
            Err(table.value_error(row, column, word, &expected))
        }
    }
}

/// Refuses a table that does not name both times: its samples would all be of others.
fn expect_both(table: &TableFile, words: &[Option<String>], times: &[Time], samples: &PairedSamples) -> Result<()> {
    for (time, word) in [(Time::Before, &samples.before), (Time::After, &samples.after)] {
        if !times.contains(&time) {
            let found: BTreeSet<&str> = words.iter().flatten().map(String::as_str).collect();
            let found: Vec<String> = found.into_iter().take(MOST_WORDS).map(|it| format!("'{it}'")).collect();
            let problem = format!(
                "has no '{word}' in column '{}' (found: {}); expected the words of [contexture.paired]",
                samples.column,
                found.join(", ")
            );
            return Err(Error::UnusableFile { path: table.path.clone(), problem });
        }
    }
    Ok(())
}

/// How many samples each word of another time has.
fn counted(other: &[Row], words: &[Option<String>]) -> BTreeMap<String, usize> {
    let samples: BTreeSet<(&str, &str)> =
        other.iter().filter_map(|it| Some((words[it.at].as_deref()?, it.sample_id.as_str()))).collect();
    let mut counted = BTreeMap::new();
    for (word, _) in samples {
        *counted.entry(word.to_owned()).or_default() += 1;
    }
    counted
}

/// The rows before and after. A patient without a sample before stands among those before too, without a value: a patient
/// who was read is never lost.
fn parted(rows: Vec<Row>, other: &[Row]) -> (Vec<Row>, Vec<Row>) {
    let (mut before, after): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|it| it.time == Time::Before);
    let known: BTreeSet<String> = before.iter().map(|it| it.patient_id.clone()).collect();
    let lacking = after.iter().chain(other).filter(|it| !known.contains(&it.patient_id)).map(|it| Row {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::column::PATIENT_ID;

    fn read_rows(rows: &[&str]) -> Result<DensityInput> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        let header = "patient_id,sample_id,time,region,marker,cells_per_mm2";
        std::fs::write(&path, format!("{header}\n{}\n", rows.join("\n"))).unwrap();
        let [column, before, after] = ["time", "pre", "post"].map(str::to_owned);
        read(&path, &DensityTable::default(), &PairedSamples { column, before, after })
    }

    #[test]
    fn samples_of_other_times_are_counted_and_their_patients_stay() {
        let rows = ["p,1,pre,CT,CD3,1", "p,2,on,CT,CD3,2", "p,2,on,CT,CD8,2", "p,3,post,CT,CD3,3", "q,4,on,CT,CD3,5"];
        let found = read_rows(&rows).unwrap();
        assert_eq!(found.other_times, BTreeMap::from([("on".to_owned(), 2)]));
        let patients = |it: &polars::prelude::DataFrame| it.column(PATIENT_ID).unwrap().str().unwrap().len();
        assert_eq!((patients(&found.densities), found.after.as_ref().map(patients)), (2, Some(1)));
        assert!(found.remarks(&[], &[]).iter().any(|it| it.contains("samples of other times, passed over: 'on' (2)")));
    }

    #[test]
    fn samples_of_other_times_are_those_of_their_patients() {
        let with = |row: &str| {
            let rows = ["p,1,pre,CT,CD3,1", "p,3,post,CT,CD3,3", "p,2,on,CT,CD3,2", row];
            read_rows(&rows).unwrap_err().to_string()
        };
        assert!(with("P,4,on,CT,CD3,5").contains("'P'"), "pages of both would have one name");
        assert!(with("q,2,on,CT,CD3,5").contains("'2'"), "a sample of two patients");
    }

    #[test]
    fn a_word_that_resembles_one_of_the_two_and_a_time_without_a_sample_are_refused() {
        let refusal = |rows: &[&str]| read_rows(rows).unwrap_err().to_string();
        let said = refusal(&["p,1,pre,CT,CD3,1", "p,2,posst,CT,CD3,2"]);
        assert!(said.contains("found 'posst'") && said.contains("did you mean 'post'?"), "{said}");
        assert!(refusal(&["p,1,pre,CT,CD3,1", "p,2,,CT,CD3,2"]).contains("found ''"));
        let said = refusal(&["p,1,pre,CT,CD3,1", "p,2,on,CT,CD3,2"]);
        assert!(said.contains("has no 'post' in column 'time' (found: 'on', 'pre')"), "{said}");
    }
}
