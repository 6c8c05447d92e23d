//! Parquet files, read by arrow-rs: opened, decoded, and refused where they are damaged.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::Int32Type;
use arrow_array::{Array as _, ArrayRef};
use arrow_schema::{DataType, Schema};
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use crate::error::{Error, Result};

/// Opens a file; `schema` says which types its columns are asked for as, those of the file if absent.
///
/// # Errors
///
/// [`Error::Read`], or [`Error::UnusableFile`] if it is damaged.
pub(super) fn open(path: &Path, schema: Option<Schema>) -> Result<ParquetRecordBatchReaderBuilder<File>> {
    let file = File::open(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    let mut options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    if let Some(schema) = schema {
        options = options.with_schema(Arc::new(schema));
    }
    decoded(path, || ParquetRecordBatchReaderBuilder::try_new_with_options(file, options))
}

/// What the decoder gives. It panics on some damaged files, which are to be refused like the others.
pub(super) fn decoded<T, E: std::fmt::Display>(
    path: &Path,
    decode: impl FnOnce() -> std::result::Result<T, E>,
) -> Result<T> {
    // After a panic nothing of the decoder is used.
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(Ok(decoded)) => Ok(decoded),
        Ok(Err(source)) => Err(unusable(path, &format!("is a damaged Parquet file: {source}"))),
        Err(_) => Err(unusable(path, "is a damaged Parquet file")),
    }
}

/// Whether a column holds text.
pub(super) fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// The texts of a column; absent if it holds something else.
pub(super) fn texts(array: &ArrayRef) -> Option<Box<dyn Iterator<Item = Option<&str>> + '_>> {
    match array.data_type() {
        DataType::Utf8 => Some(Box::new(array.as_string::<i32>().iter())),
        DataType::LargeUtf8 => Some(Box::new(array.as_string::<i64>().iter())),
        DataType::Utf8View => Some(Box::new(array.as_string_view().iter())),
        DataType::Dictionary(key, word) if **key == DataType::Int32 && **word == DataType::Utf8 => {
            let dictionary = array.as_dictionary::<Int32Type>();
            let words = dictionary.values().as_string::<i32>();
            let word = |key: i32| usize::try_from(key).ok().map(|it| words.value(it));
            Some(Box::new(dictionary.keys().iter().map(move |key| key.and_then(word))))
        }
        _ => None,
    }
}

/// The error that a file cannot be used.
pub(super) fn unusable(path: &Path, problem: &str) -> Error {
    Error::UnusableFile { path: path.to_owned(), problem: problem.to_owned() }
}
