//! Frames out of columns of Rust values.

use polars::prelude::{Column, DataFrame, NamedFrom, PlSmallStr, Series};

/// A column of text; absent values are null.
pub(crate) fn text<'a>(name: &str, values: impl IntoIterator<Item = Option<&'a str>>) -> Column {
    let values: Vec<Option<&str>> = values.into_iter().collect();
    Series::new(PlSmallStr::from_str(name), values.as_slice()).into()
}

/// A column of numbers; absent values are null.
pub(crate) fn numbers(name: &str, values: impl IntoIterator<Item = Option<f64>>) -> Column {
    let values: Vec<Option<f64>> = values.into_iter().collect();
    Series::new(PlSmallStr::from_str(name), values.as_slice()).into()
}

/// A column of counts; absent values are null.
pub(crate) fn counts(name: &str, values: impl IntoIterator<Item = Option<u64>>) -> Column {
    let values: Vec<Option<u64>> = values.into_iter().collect();
    Series::new(PlSmallStr::from_str(name), values.as_slice()).into()
}

/// A column of yes and no.
pub(crate) fn flags(name: &str, values: impl IntoIterator<Item = bool>) -> Column {
    let values: Vec<bool> = values.into_iter().collect();
    Series::new(PlSmallStr::from_str(name), values.as_slice()).into()
}

/// A frame of columns that were made from the same rows.
pub(crate) fn of_columns(columns: Vec<Column>) -> DataFrame {
    DataFrame::new_infer_height(columns).expect("columns of one length, each with a name of its own")
}
