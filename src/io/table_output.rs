//! Tables to files: TSV and Parquet with the same columns and values.

use std::io::Write as _;
use std::ops::Range;

use polars::prelude::{
    BooleanType, ChunkedArray, Column, DataFrame, DataType, Float64Type, ParquetCompression, ParquetWriter, Series,
    StringType, UInt64Type,
};
use rayon::prelude::*;

use super::output::Output;
use crate::error::{Error, Result};
use crate::protocol::OutputFormat;

/// Rows that a thread turns into text in one go.
const ROWS_OF_PART: usize = 1 << 13;

/// Parts that are made before they are written.
const PARTS_AT_ONCE: usize = 16;

/// Writes a table in every format asked for, as `NAME.tsv` and `NAME.parquet`.
pub(super) fn write(output: &Output, name: &str, frame: &DataFrame, formats: &[OutputFormat]) -> Result<()> {
    formats.par_iter().try_for_each(|format| match format {
        OutputFormat::Tsv => output.write_parts(&format!("{name}.tsv"), tsv(frame)),
        OutputFormat::Parquet => {
            let file = format!("{name}.parquet");
            let bytes = parquet(frame).map_err(|source| Error::Table { path: file.clone().into(), source })?;
            output.write(&file, &bytes)
        }
    })
}

/// The table as text, in parts: tab between columns, a header, an absent value as an empty cell, numbers in full precision.
///
/// Nothing is quoted. Identifiers and names have no tabs and line ends; in other text they become spaces.
fn tsv(frame: &DataFrame) -> impl Iterator<Item = Vec<u8>> {
    let names: Vec<&str> = frame.columns().iter().map(|it| it.name().as_str()).collect();
    let header = format!("{}\n", names.join("\t")).into_bytes();
    let columns: Vec<Cells<'_>> = frame.columns().iter().map(Cells::of).collect();
    let height = frame.height();
    let rounds = (0..height).step_by(ROWS_OF_PART * PARTS_AT_ONCE);
    let parts = rounds.flat_map(move |start| {
        let starts = (start..height).step_by(ROWS_OF_PART).take(PARTS_AT_ONCE);
        let rows: Vec<Range<usize>> = starts.map(|it| it..height.min(it + ROWS_OF_PART)).collect();
        rows.into_par_iter().map(|it| lines(&columns, it)).collect::<Vec<_>>()
    });
    std::iter::once(header).chain(parts)
}

/// Rows of a table as text.
fn lines(columns: &[Cells<'_>], rows: Range<usize>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for row in rows {
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                bytes.push(b'\t');
            }
            column.write(&mut bytes, row);
        }
        bytes.push(b'\n');
    }
    bytes
}

/// The cells of a column, by its type.
enum Cells<'a> {
    Text(&'a ChunkedArray<StringType>),
    Number(&'a ChunkedArray<Float64Type>),
    Count(&'a ChunkedArray<UInt64Type>),
    Flag(&'a ChunkedArray<BooleanType>),
    Other(&'a Series),
}

impl<'a> Cells<'a> {
    fn of(column: &'a Column) -> Self {
        let series = column.as_materialized_series();
        let cells = match series.dtype() {
            DataType::String => series.str().map(Self::Text),
            DataType::Float64 => series.f64().map(Self::Number),
            DataType::UInt64 => series.u64().map(Self::Count),
            DataType::Boolean => series.bool().map(Self::Flag),
            _ => Ok(Self::Other(series)),
        };
        cells.expect("a column is of its type")
    }

    fn write(&self, bytes: &mut Vec<u8>, row: usize) {
        // Writing to memory does not fail.
        let _ = match self {
            Self::Text(column) => match column.get(row) {
                Some(text) if text.contains(char::is_control) => {
                    bytes.write_all(text.replace(char::is_control, " ").as_bytes())
                }
                text => bytes.write_all(text.unwrap_or_default().as_bytes()),
            },
            Self::Number(column) => column.get(row).map_or(Ok(()), |it| write_number(bytes, it)),
            Self::Count(column) => column.get(row).map_or(Ok(()), |it| write!(bytes, "{it}")),
            Self::Flag(column) => column.get(row).map_or(Ok(()), |it| write!(bytes, "{it}")),
            Self::Other(column) => match column.get(row).expect("a row of the frame") {
                value if value.is_null() => Ok(()),
                value => write!(bytes, "{value}"),
            },
        };
    }
}

/// The shortest text that reads back as the same number; with an exponent where it would be long.
fn write_number(bytes: &mut Vec<u8>, number: f64) -> std::io::Result<()> {
    let size = number.abs();
    if size != 0.0 && !(1e-5..1e16).contains(&size) { write!(bytes, "{number:e}") } else { write!(bytes, "{number}") }
}

fn parquet(frame: &DataFrame) -> Result<Vec<u8>, polars::error::PolarsError> {
    let mut bytes = Vec::new();
    // One row group, written by one thread: the same bytes on any machine.
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .with_row_group_size(None)
        .set_parallel(false)
        .finish(&mut frame.clone())?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{count_column, flag_column, numbers, of_columns, text};

    #[test]
    fn a_table_is_text_with_full_precision_and_empty_absences() {
        let frame = of_columns(vec![
            text("id", [Some("007"), None]),
            numbers("x", [Some(0.1 + 0.2), None]),
            count_column("n", [Some(3), None]),
            flag_column("near", [true, false]),
        ]);
        assert_eq!(
            String::from_utf8(tsv(&frame).flatten().collect()).unwrap(),
            "id\tx\tn\tnear\n007\t0.30000000000000004\t3\ttrue\n\t\t\tfalse\n"
        );
    }

    #[test]
    fn parts_follow_each_other_in_the_order_of_the_rows() {
        let n = (ROWS_OF_PART * (PARTS_AT_ONCE + 1) + 5) as u64;
        let frame = of_columns(vec![count_column("n", (0..n).map(Some))]);
        let text = String::from_utf8(tsv(&frame).flatten().collect()).unwrap();
        assert!(text.lines().skip(1).map(|it| it.parse::<u64>().unwrap()).eq(0..n));
    }

    #[test]
    fn numbers_are_short_and_read_back_as_they_were() {
        for number in [0.0, 1.0, -2.5, 1e-300, 5e-324, 123_456_789.125, 1e22, f64::MAX] {
            let mut bytes = Vec::new();
            write_number(&mut bytes, number).unwrap();
            let text = String::from_utf8(bytes).unwrap();
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), number.to_bits(), "{text}");
            assert!(text.len() <= 24, "{text}");
        }
    }
}
