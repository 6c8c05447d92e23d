//! Numbers as programs of many countries write them.

use std::borrow::Cow;
use std::fmt;

use super::Delimiter;
use crate::model::means_absent_in_exports;

/// Reads the numbers of one file or column, which all have a decimal point or all a decimal comma.
///
/// Which of the two it is, the first number that has one says; a number that has the other is refused, since it may be
/// a thousand times what it looks like. Where commas separate columns, none is decimal.
#[derive(Clone, Debug)]
pub struct Numbers {
    may_be_comma: bool,
    decimal_sign: Option<u8>,
}

/// Why a text is no number. Displayed as what was expected instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberProblem {
    /// It is something else, or infinite.
    NoNumber,
    /// It has a point and a comma, or two of one of them: thousands are separated in it.
    Grouped,
    /// It has a decimal comma, where the numbers before it have a point or commas separate the columns.
    Comma,
    /// It has a decimal point, where the numbers before it have a comma.
    Point,
}

impl fmt::Display for NumberProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NoNumber => "a number or an empty cell",
            Self::Grouped => "a number without signs between its thousands",
            Self::Comma => "a number with a decimal point, not a comma",
            Self::Point => "a number with a decimal comma like those before it, not a point",
        })
    }
}

impl Numbers {
    /// For numbers in columns that are so separated.
    pub fn new(delimiter: Delimiter) -> Self {
        Self { may_be_comma: delimiter != Delimiter::Comma, decimal_sign: None }
    }

    /// The number that a cell of an export holds; absent if it is empty or says so (`NA`, `NaN`, `None`, …).
    ///
    /// # Errors
    ///
    /// As [`Self::number`].
    pub fn parse(&mut self, cell: &str) -> Result<Option<f64>, NumberProblem> {
        let cell = cell.trim();
        if means_absent_in_exports(cell) { Ok(None) } else { self.number(cell).map(Some) }
    }

    /// The finite number that a text is. A percent sign at its end is taken off: `12.5 %` is 12.5.
    ///
    /// # Errors
    ///
    /// [`NumberProblem`], if it is none.
    pub fn number(&mut self, text: &str) -> Result<f64, NumberProblem> {
        let text = text.trim();
        let text = text.strip_suffix('%').map_or(text, str::trim_end);
        let mut signs = text.bytes().filter(|it| matches!(it, b'.' | b','));
        let sign = signs.next();
        let is_grouped = signs.next().is_some();
        let with_point = if sign == Some(b',') { Cow::Owned(text.replace(',', ".")) } else { Cow::Borrowed(text) };
        let digits = if is_grouped { Cow::Owned(text.replace(['.', ','], "")) } else { with_point };
        let number = digits.parse::<f64>().ok().filter(|it| it.is_finite()).ok_or(NumberProblem::NoNumber)?;
        match sign {
            _ if is_grouped => return Err(NumberProblem::Grouped),
            Some(b',') if !self.may_be_comma || self.decimal_sign == Some(b'.') => return Err(NumberProblem::Comma),
            Some(b'.') if self.decimal_sign == Some(b',') => return Err(NumberProblem::Point),
            Some(_) => self.decimal_sign = sign,
            None => {}
        }
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(delimiter: Delimiter, cells: &[&str]) -> Result<Vec<Option<f64>>, NumberProblem> {
        let mut numbers = Numbers::new(delimiter);
        cells.iter().map(|it| numbers.parse(it)).collect()
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let cells = ["12", " -0.5 ", "1e3", "+7.25", "12.5 %", "0.17%", ".5", "1E-05"];
        let numbers = [12.0, -0.5, 1000.0, 7.25, 12.5, 0.17, 0.5, 1e-5].map(Some);
        assert_eq!(read(Delimiter::Comma, &cells).unwrap(), numbers);
    }

    #[test]
    fn a_decimal_comma_is_decided_by_the_first_number_that_has_one() {
        let cells = ["12", "3,243", "0,17 %", "-1,5e2"];
        for delimiter in [Delimiter::Tab, Delimiter::Semicolon] {
            assert_eq!(read(delimiter, &cells).unwrap(), [12.0, 3.243, 0.17, -150.0].map(Some));
        }
        assert_eq!(read(Delimiter::Tab, &["1,5", "2", "2.5"]), Err(NumberProblem::Point));
        assert_eq!(read(Delimiter::Tab, &["2.5", "2", "1,5"]), Err(NumberProblem::Comma));
        assert_eq!(read(Delimiter::Comma, &["1,5"]), Err(NumberProblem::Comma));
    }

    #[test]
    fn a_refused_number_decides_nothing() {
        let mut numbers = Numbers::new(Delimiter::Tab);
        assert_eq!(numbers.parse("v1.2,a"), Err(NumberProblem::NoNumber));
        assert_eq!(numbers.parse("a.b"), Err(NumberProblem::NoNumber));
        assert_eq!(numbers.parse("1,5"), Ok(Some(1.5)));
    }

    #[test]
    fn thousands_must_not_be_separated() {
        for cell in ["1,234.5", "1.234,5", "1,234,567", "1.234.567"] {
            assert_eq!(read(Delimiter::Tab, &[cell]), Err(NumberProblem::Grouped), "{cell}");
        }
    }

    #[test]
    fn what_says_that_nothing_is_there_is_absent() {
        for cell in ["", " ", "NA", "NaN", "nan", "#N/A", "N/A", "None", "null", "NULL"] {
            assert_eq!(read(Delimiter::Comma, &[cell]).unwrap(), [None], "{cell}");
        }
    }

    #[test]
    fn what_is_no_finite_number_is_refused() {
        for cell in ["-", "inf", "-Inf", "Infinity", "1e999", "abc", "%", "1.5.2x", "1 234", "0x10", "1,", ",", "."] {
            let mut numbers = Numbers::new(Delimiter::Comma);
            assert!(numbers.parse(cell).is_err(), "{cell}");
        }
        assert_eq!(Numbers::new(Delimiter::Comma).number("NaN"), Err(NumberProblem::NoNumber));
    }

    proptest! {
        #[test]
        fn any_finite_number_is_read_back(number in any::<f64>().prop_filter("finite", |it| it.is_finite())) {
            let written = number.to_string();
            prop_assert_eq!(Numbers::new(Delimiter::Comma).number(&written), Ok(number));
            prop_assert_eq!(Numbers::new(Delimiter::Tab).number(&written.replace('.', ",")), Ok(number));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*|[-+0-9.,eE% ]*") {
            let mut numbers = Numbers::new(Delimiter::Semicolon);
            let _ = numbers.parse(&text);
        }
    }
}
