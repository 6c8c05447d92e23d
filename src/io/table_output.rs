//! Tables to files: TSV and Parquet with the same columns and values.

use std::io::Write as _;

use polars::prelude::{AnyValue, Column, DataFrame, ParquetCompression, ParquetWriter};

use super::output::Output;
use crate::error::{Error, Result};
use crate::protocol::OutputFormat;

/// Writes a table in every format asked for, as `NAME.tsv` and `NAME.parquet`.
pub(super) fn write(output: &Output, name: &str, frame: &DataFrame, formats: &[OutputFormat]) -> Result<()> {
    for format in formats {
        match format {
            OutputFormat::Tsv => output.write(&format!("{name}.tsv"), &tsv(frame))?,
            OutputFormat::Parquet => {
                let file = format!("{name}.parquet");
                let bytes = parquet(frame).map_err(|source| Error::Table { path: file.clone().into(), source })?;
                output.write(&file, &bytes)?;
            }
        }
    }
    Ok(())
}

/// The table as text: tab between columns, a header, an absent value as an empty cell, numbers in full precision.
///
/// Nothing is quoted. Identifiers and names have no tabs and line ends; in other text they become spaces.
pub(super) fn tsv(frame: &DataFrame) -> Vec<u8> {
    let mut bytes = Vec::new();
    let names: Vec<&str> = frame.columns().iter().map(|it| it.name().as_str()).collect();
    bytes.extend_from_slice(names.join("\t").as_bytes());
    bytes.push(b'\n');
    let columns: Vec<_> = frame.columns().iter().map(Column::as_materialized_series).collect();
    for row in 0..frame.height() {
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                bytes.push(b'\t');
            }
            let value = column.get(row).expect("a row of the frame");
            write_value(&mut bytes, &value);
        }
        bytes.push(b'\n');
    }
    bytes
}

fn write_value(bytes: &mut Vec<u8>, value: &AnyValue<'_>) {
    // Writing to memory does not fail.
    let _ = match value {
        AnyValue::Null => Ok(()),
        AnyValue::String(text) if text.contains(char::is_control) => {
            bytes.write_all(text.replace(char::is_control, " ").as_bytes())
        }
        AnyValue::String(text) => bytes.write_all(text.as_bytes()),
        AnyValue::Float64(number) => bytes.write_all(number_text(*number).as_bytes()),
        AnyValue::Boolean(flag) => write!(bytes, "{flag}"),
        other => write!(bytes, "{other}"),
    };
}

/// The shortest text that reads back as the same number; with an exponent where it would be long.
fn number_text(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-5..1e16).contains(&size) { format!("{number:e}") } else { number.to_string() }
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
            String::from_utf8(tsv(&frame)).unwrap(),
            "id\tx\tn\tnear\n007\t0.30000000000000004\t3\ttrue\n\t\t\tfalse\n"
        );
    }

    #[test]
    fn numbers_are_short_and_read_back_as_they_were() {
        for number in [0.0, 1.0, -2.5, 1e-300, 5e-324, 123_456_789.125, 1e22, f64::MAX] {
            let text = number_text(number);
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), number.to_bits(), "{text}");
            assert!(text.len() <= 24, "{text}");
        }
    }
}
