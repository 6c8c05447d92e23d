//! Areas and densities of a table of regions: never negative.

use crate::error::Result;
use crate::io::table_file::TableFile;

/// A column of numbers of 0 or more; absent where the cell is empty.
///
/// # Errors
///
/// As [`TableFile::numbers`], and [`Error::Value`](crate::error::Error::Value) for a number below 0.
pub(super) fn amounts(table: &TableFile, column: &str) -> Result<Vec<Option<f64>>> {
    let numbers = table.numbers(column)?;
    match numbers.iter().enumerate().find_map(|(row, number)| number.filter(|it| *it < 0.0).map(|it| (row, it))) {
        None => Ok(numbers),
        Some((row, number)) => Err(table.number_error(row, column, number, "a number of 0 or more, or an empty cell")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> TableFile {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.tsv");
        std::fs::write(&path, text).unwrap();
        TableFile::read_export(&path).unwrap().expect("a table with rows")
    }

    #[test]
    fn nan_is_absent_and_zero_is_not() {
        let table = table("a\tb\n0\t0.5\nNaN\tNaN\n#N/A\t\n");
        assert_eq!(table.counts("a").unwrap(), [Some(0), None, None]);
        assert_eq!(amounts(&table, "b").unwrap(), [Some(0.5), None, None]);
    }

    #[test]
    fn a_decimal_comma_is_read() {
        assert_eq!(amounts(&table("a\tb\n1234,5\t1\n0,25\t1\n"), "a").unwrap(), [Some(1234.5), Some(0.25)]);
    }

    #[test]
    fn what_is_no_count_is_named_with_its_row() {
        for cell in ["1.5", "-1", "inf", "1e10", "many"] {
            let error = table(&format!("a\tb\n1\t1\n{cell}\t1\n")).counts("a").unwrap_err().to_string();
            assert!(error.contains("row 3") && error.contains(&format!("found '{cell}'")), "{error}");
        }
        let error = amounts(&table("a\tb\n-1e-3\t1\n"), "a").unwrap_err().to_string();
        assert!(error.contains("row 2") && error.contains("found '-1e-3'"), "{error}");
    }
}
