//! Frames out of columns of Rust values.

use polars::prelude::{
    BooleanChunked, Column, DataFrame, Float64Chunked, Float64Type, IntoColumn, NewChunkedArray, PlSmallStr,
    PrimitiveChunkedBuilder, StringChunked, StringChunkedBuilder, UInt64Chunked, UInt64Type,
};

/// A column of text that is still growing.
pub(crate) type TextBuilder = StringChunkedBuilder;

/// A column of numbers that is still growing.
pub(crate) type NumberBuilder = PrimitiveChunkedBuilder<Float64Type>;

/// A column of counts that is still growing.
pub(crate) type CountBuilder = PrimitiveChunkedBuilder<UInt64Type>;

/// A column of text; absent values are null.
pub(crate) fn text<'a>(name: &str, values: impl IntoIterator<Item = Option<&'a str>>) -> Column {
    StringChunked::from_iter_options(PlSmallStr::from_str(name), values.into_iter()).into_column()
}

/// A column of numbers; absent values are null.
pub(crate) fn numbers(name: &str, values: impl IntoIterator<Item = Option<f64>>) -> Column {
    Float64Chunked::from_iter_options(PlSmallStr::from_str(name), values.into_iter()).into_column()
}

/// A column of counts; absent values are null.
pub(crate) fn counts(name: &str, values: impl IntoIterator<Item = Option<u64>>) -> Column {
    UInt64Chunked::from_iter_options(PlSmallStr::from_str(name), values.into_iter()).into_column()
}

/// A column of yes and no, and null where neither is known.
pub(crate) fn flags<T: Into<Option<bool>>>(name: &str, values: impl IntoIterator<Item = T>) -> Column {
    BooleanChunked::from_iter_options(PlSmallStr::from_str(name), values.into_iter().map(Into::into)).into_column()
}

/// A frame of columns that were made from the same rows.
pub(crate) fn of_columns(columns: Vec<Column>) -> DataFrame {
    DataFrame::new_infer_height(columns).expect("columns of one length, each with a name of its own")
}
