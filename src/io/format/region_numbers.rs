//! Numbers of a table of regions, in which programs write `NaN` where there is none.

use crate::error::Result;
use crate::io::table_file::TableFile;

/// More than this is no count of anything on a slide.
const MOST_COUNTED: f64 = 1e9;

/// A column of finite numbers of 0 or more; absent where the cell is empty, or `NaN`.
///
/// # Errors
///
/// [`Error::Value`](crate::error::Error::Value) if a cell holds something else.
pub(super) fn amounts(table: &TableFile, column: &str) -> Result<Vec<Option<f64>>> {
    checked(table, column, "a number of 0 or more, or an empty cell", |number| number >= 0.0)
}

/// A column of whole numbers of 0 or more; absent as in [`amounts`].
///
/// # Errors
///
/// As [`amounts`].
pub(super) fn counts(table: &TableFile, column: &str) -> Result<Vec<Option<u64>>> {
    let is_count = |number: f64| (0.0..=MOST_COUNTED).contains(&number) && number.fract() == 0.0;
    let numbers = checked(table, column, "a whole number from 0 to 1000000000, or an empty cell", is_count)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and not negative")]
    Ok(numbers.into_iter().map(|it| it.map(|number| number as u64)).collect())
}

fn checked(table: &TableFile, column: &str, expected: &str, fits: fn(f64) -> bool) -> Result<Vec<Option<f64>>> {
    let texts = table.texts(column)?.into_iter().enumerate();
    texts
        .map(|(row, cell)| match cell {
            None => Ok(None),
            Some(text) if text.eq_ignore_ascii_case("NaN") => Ok(None),
            Some(text) => match text.parse::<f64>() {
                Ok(number) if number.is_finite() && fits(number) => Ok(Some(number)),
                _ => Err(table.value_error(row, column, &text, expected)),
            },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> TableFile {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.tsv");
        std::fs::write(&path, text).unwrap();
        TableFile::read(&path).unwrap()
    }

    #[test]
    fn nan_is_absent_and_zero_is_not() {
        let table = table("a\tb\n0\t0.5\nNaN\tNaN\n#N/A\t\n");
        assert_eq!(counts(&table, "a").unwrap(), [Some(0), None, None]);
        assert_eq!(amounts(&table, "b").unwrap(), [Some(0.5), None, None]);
    }

    #[test]
    fn what_is_no_count_is_named_with_its_row() {
        for cell in ["1.5", "-1", "inf", "1e10", "many"] {
            let error = counts(&table(&format!("a\tb\n1\t1\n{cell}\t1\n")), "a").unwrap_err().to_string();
            assert!(error.contains("row 3") && error.contains(&format!("found '{cell}'")), "{error}");
        }
        assert!(amounts(&table("a\tb\n-1\t1\n"), "a").is_err());
    }
}
