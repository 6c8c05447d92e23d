//! Batches of a Parquet file.
//!
//! Columns of text are asked for as dictionaries, which is how Parquet keeps them: a page's words are decoded once, and its
//! rows are small integers that are counted as they are. That is several times faster than to make strings of them.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::statistics::Statistics;

use super::batch::{BATCH_ROWS, Batch, Wanted, WordCodes};
use super::words::Words;
use super::{too_many_words, value_error};
use crate::error::{Error, Result};
use crate::io::parquet_file::{decoded, is_text, open, texts, unusable};
use crate::io::text::{Delimiter, Numbers};

/// Bytes of a column that are decoded whatever it holds.
const SMALL_COLUMN: i64 = 1 << 16;

/// The dictionary that a column's codes were last resolved by.
struct Resolved {
    values: ArrayRef,
    global: Vec<u32>,
}

/// Names of the columns in the order of the file, and the first rows as text. Of a large column of numbers, the first two rows
/// hold the least and the greatest in place of what stands there.
///
/// # Errors
///
/// [`Error::UnusableFile`] if the file is not Parquet, or [`Error::Read`].
pub(super) fn first_rows(path: &Path, n_rows: usize) -> Result<(Vec<String>, Vec<Vec<String>>)> {
    let builder = open(path, None)?;
    let names: Vec<String> = builder.schema().fields().iter().map(|it| it.name().clone()).collect();
    // Large columns of numbers are not decoded: what their statistics say of them is enough to recognise a format by.
    let ranges: Vec<Option<[String; 2]>> = (0..names.len()).map(|it| range(&builder, it)).collect();
    let read: Vec<usize> = (0..names.len()).filter(|&it| ranges[it].is_none()).collect();
    let mask = ProjectionMask::roots(builder.parquet_schema(), read.iter().copied());
    let n_rows = n_rows.min(usize::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0));
    let builder = builder.with_projection(mask).with_limit(n_rows).with_batch_size(n_rows.max(1));
    let mut reader = decoded(path, || builder.build())?;
    let mut rows: Vec<Vec<String>> = vec![vec![String::new(); names.len()]; n_rows];
    for (column, range) in ranges.into_iter().enumerate() {
        for (row, value) in rows.iter_mut().zip(range.into_iter().flatten()) {
            row[column] = value;
        }
    }
    let mut start = 0;
    while let Some(batch) = decoded(path, || reader.next().transpose())? {
        for (&at, array) in read.iter().zip(batch.columns()) {
            let (mut column, mut words) = (WordCodes::default(), Words::default());
            // A column that cannot be read is left empty here, and refused where somebody asks for it.
            if code_words(array, &mut column, &mut words, &mut None).is_ok() {
                for (row, code) in rows[start..].iter_mut().zip(&column.codes) {
                    words.word(column.global(*code)).unwrap_or_default().clone_into(&mut row[at]);
                }
            }
        }
        start += RecordBatch::num_rows(&batch);
    }
    Ok((names, rows))
}

/// Which of these columns hold something in any row.
///
/// # Errors
///
/// [`Error::UnusableFile`] if the file is damaged, or [`Error::Read`].
pub(super) fn filled(path: &Path, columns: &[usize]) -> Result<BTreeSet<usize>> {
    let builder = open(path, None)?;
    let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
    let mut reader = decoded(path, || builder.with_projection(mask).with_batch_size(BATCH_ROWS).build())?;
    let mut filled = BTreeSet::new();
    while filled.len() < columns.len()
        && let Some(batch) = decoded(path, || reader.next().transpose())?
    {
        for (column, array) in columns.iter().zip(batch.columns()) {
            let (mut codes, mut words) = (WordCodes::default(), Words::default());
            let is_empty = filled.contains(column) || array.null_count() == array.len();
            if !is_empty && code_words(array, &mut codes, &mut words, &mut None).is_ok() && words.n_codes() > 1 {
                filled.insert(*column);
            }
        }
    }
    Ok(filled)
}

/// The least and the greatest number of a large column of numbers, as text; absent for other columns, and if nobody wrote them
/// down.
fn range(builder: &ParquetRecordBatchReaderBuilder<File>, column: usize) -> Option<[String; 2]> {
    let metadata = builder.metadata();
    if metadata.num_row_groups() == 0
        || metadata.file_metadata().schema_descr().num_columns() != builder.schema().fields().len()
    {
        return None;
    }
    let chunk = metadata.row_group(0).column(column);
    if chunk.uncompressed_size() <= SMALL_COLUMN {
        return None;
    }
    match chunk.statistics()? {
        Statistics::Int32(it) => Some([it.min_opt()?.to_string(), it.max_opt()?.to_string()]),
        Statistics::Int64(it) => Some([it.min_opt()?.to_string(), it.max_opt()?.to_string()]),
        Statistics::Float(it) => Some([it.min_opt()?.to_string(), it.max_opt()?.to_string()]),
        Statistics::Double(it) => Some([it.min_opt()?.to_string(), it.max_opt()?.to_string()]),
        _ => None,
    }
}

/// Calls `each` for every batch of rows.
///
/// # Errors
///
/// Those of the file, of `each`, and [`Error::UnusableFile`] for a column of a type that cannot be used.
pub(super) fn for_each_batch(
    path: &Path,
    wanted: &Wanted,
    words: &mut [Words],
    mut each: impl FnMut(&Batch, &[Words]) -> Result<()>,
) -> Result<()> {
    let stored = open(path, None)?;
    let fields: Vec<Field> = stored
        .schema()
        .fields()
        .iter()
        .enumerate()
        .map(|(column, field)| {
            let kind = if wanted.words.contains(&column) { read_as(field.data_type()) } else { None };
            field.as_ref().clone().with_data_type(kind.unwrap_or_else(|| field.data_type().clone()))
        })
        .collect();
    let builder = open(path, Some(Schema::new(fields)))?;
    let names: Vec<String> = builder.schema().fields().iter().map(|it| it.name().clone()).collect();

    let columns = wanted.columns();
    let place = |column: &usize| columns.binary_search(column).expect("a wanted column");
    let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
    let mut reader = decoded(path, || builder.with_projection(mask).with_batch_size(BATCH_ROWS).build())?;

    let mut batch = Batch::of(wanted);
    let mut resolved: Vec<Option<Resolved>> = wanted.words.iter().map(|_| None).collect();
    // Nothing separates the columns of Parquet, so that a comma may be decimal.
    let mut numbers: Vec<Numbers> = vec![Numbers::new(Delimiter::Tab); wanted.numbers.len()];
    let mut row = 0;
    while let Some(read) = decoded(path, || reader.next().transpose())? {
        batch.clear();
        batch.n_rows = RecordBatch::num_rows(&read);
        for (at, column) in wanted.words.iter().enumerate() {
            let array = read.column(place(column));
            code_words(array, &mut batch.words[at], &mut words[at], &mut resolved[at])
                .map_err(|problem| unusable_column(path, &names[*column], problem))?;
        }
        for (at, column) in wanted.numbers.iter().enumerate() {
            let array = read.column(place(column));
            read_numbers(array, &mut numbers[at], &mut batch.numbers[at]).map_err(|problem| match problem {
                Problem::NoNumber { at, found, expected } => {
                    value_error(path, row + at as u64 + 2, &names[*column], &found, &expected)
                }
                problem => unusable_column(path, &names[*column], problem),
            })?;
        }
        if wanted.lines {
            batch.lines.extend((0..batch.n_rows as u64).map(|it| row + it + 2));
        }
        row += batch.n_rows as u64;
        each(&batch, words)?;
    }
    Ok(())
}

/// The type a column of words is asked for as, where that is not the stored one.
fn read_as(stored: &DataType) -> Option<DataType> {
    is_text(stored).then(|| DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)))
}

/// Runs code that may fail for every number of a column, as an `Option` of its own type.
macro_rules! for_each_number {
    ($kind:expr, $array:expr, $number:ident => $each:expr) => {
        for_each_number!(@ $kind, $array, $number => $each;
            Int8 Int8Type, Int16 Int16Type, Int32 Int32Type, Int64 Int64Type, UInt8 UInt8Type, UInt16 UInt16Type,
            UInt32 UInt32Type, UInt64 UInt64Type, Float32 Float32Type, Float64 Float64Type)
    };
    (@ $kind:expr, $array:expr, $number:ident => $each:expr; $($name:ident $type:ident),*) => {
        match $kind {
            $(DataType::$name => {
                for $number in $array.as_primitive::<$type>() {
                    $each?;
                }
                Ok(())
            })*
            kind => Err(Problem::Type(kind.clone())),
        }
    };
}

/// Why a column cannot be used.
enum Problem {
    Type(DataType),
    TooManyWords,
    NoNumber { at: usize, found: String, expected: String },
}

fn code_words(
    array: &ArrayRef,
    column: &mut WordCodes,
    words: &mut Words,
    resolved: &mut Option<Resolved>,
) -> std::result::Result<(), Problem> {
    match array.data_type() {
        DataType::Dictionary(key, word) if **key == DataType::Int32 && **word == DataType::Utf8 => {
            let dictionary = array.as_dictionary::<Int32Type>();
            let values = dictionary.values();
            if !resolved.as_ref().is_some_and(|it| Arc::ptr_eq(&it.values, values)) {
                let texts = values.as_string::<i32>();
                let mut global = vec![super::words::ABSENT];
                for text in texts {
                    global.push(words.code(text.unwrap_or_default().as_bytes()).ok_or(Problem::TooManyWords)?);
                }
                *resolved = Some(Resolved { values: values.clone(), global });
            }
            let keys = dictionary.keys();
            // Code 0 is the absent word; the dictionary's words follow.
            let code = |key: i32| u32::try_from(key + 1).unwrap_or_default();
            if keys.null_count() == 0 {
                column.codes.extend(keys.values().iter().map(|&key| code(key)));
            } else {
                column.codes.extend(keys.iter().map(|key| key.map_or(super::words::ABSENT, code)));
            }
            column.global = resolved.as_ref().map(|it| it.global.clone());
            Ok(())
        }
        DataType::Utf8 => {
            for text in array.as_string::<i32>() {
                column.codes.push(words.code(text.unwrap_or_default().as_bytes()).ok_or(Problem::TooManyWords)?);
            }
            Ok(())
        }
        DataType::Boolean => {
            let mut code = |text: &str| words.code(text.as_bytes()).ok_or(Problem::TooManyWords);
            let codes = [code("0")?, code("1")?];
            let values = array.as_boolean().iter();
            column.codes.extend(values.map(|it| it.map_or(super::words::ABSENT, |it| codes[usize::from(it)])));
            Ok(())
        }
        kind => {
            let code = &mut |number: Option<String>| {
                let word = number.unwrap_or_default();
                column.codes.push(words.code(word.as_bytes()).ok_or(Problem::TooManyWords)?);
                Ok(())
            };
            for_each_number!(kind, array, number => code(number.map(|it| it.to_string())))
        }
    }
}

/// Numbers, or text that is read as that of a text file is; NaN where a cell is empty.
#[expect(clippy::cast_lossless, clippy::unnecessary_cast, reason = "one way for numbers of all types")]
fn read_numbers(array: &ArrayRef, numbers: &mut Numbers, column: &mut Vec<f64>) -> std::result::Result<(), Problem> {
    if let Some(texts) = texts(array) {
        for (at, text) in texts.enumerate() {
            let text = text.unwrap_or_default();
            let number = numbers.parse(text).map_err(|problem| Problem::NoNumber {
                at,
                found: text.to_owned(),
                expected: problem.to_string(),
            })?;
            column.push(number.unwrap_or(f64::NAN));
        }
        return Ok(());
    }
    for_each_number!(array.data_type(), array, number => {
        column.push(number.map_or(f64::NAN, |it| it as f64));
        std::result::Result::Ok(())
    })
}

fn unusable_column(path: &Path, name: &str, problem: Problem) -> Error {
    match problem {
        Problem::TooManyWords => too_many_words(path, name),
        Problem::NoNumber { expected, .. } => unusable(path, &format!("column '{name}' holds no {expected}")),
        Problem::Type(kind) => {
            unusable(path, &format!("column '{name}' is of type {kind}, expected text, true and false, or numbers"))
        }
    }
}
