//! The columns of a Parquet file as a frame of polars.
//!
//! arrow-rs reads them: it refuses damaged files that the reader of polars ends the process on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array as _, ArrayRef, ArrowPrimitiveType};
use arrow_schema::DataType;
use parquet::arrow::ProjectionMask;
use polars::prelude::{Column, NamedFrom, Series};

use crate::error::Result;
use crate::io::parquet_file::{decoded, is_text, open, texts, unusable};

/// A whole Parquet file.
pub(super) struct StoredTable {
    /// Columns that hold numbers, text, or true and false, in the order of the file.
    pub(super) columns: Vec<Column>,
    /// The others, and their types: dates, lists and the like.
    pub(super) unreadable: BTreeMap<String, String>,
}

impl StoredTable {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`Error::Read`](crate::error::Error::Read), or [`Error::UnusableFile`](crate::error::Error::UnusableFile) if it is
    /// damaged or has two columns of one name.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let builder = open(path, None)?;
        let fields = builder.schema().fields().clone();
        let mut names = BTreeSet::new();
        if let Some(twice) = fields.iter().find(|it| !names.insert(it.name().as_str())) {
            let problem = format!("has two columns named '{}'; each column needs a name of its own", twice.name());
            return Err(unusable(path, &problem));
        }
        let is_readable = |at: &usize| Cells::of(fields[*at].data_type()).is_some();
        let readable: Vec<usize> = (0..fields.len()).filter(is_readable).collect();
        let others = fields.iter().filter(|it| Cells::of(it.data_type()).is_none());
        let unreadable = others.map(|it| (it.name().clone(), format!("{:?}", it.data_type()))).collect();
        let mut cells: Vec<Cells> = readable.iter().filter_map(|&it| Cells::of(fields[it].data_type())).collect();

        let mask = ProjectionMask::roots(builder.parquet_schema(), readable.iter().copied());
        let mut reader = decoded(path, || builder.with_projection(mask).build())?;
        while let Some(batch) = decoded(path, || reader.next().transpose())? {
            for (cells, array) in cells.iter_mut().zip(batch.columns()) {
                cells.add(array);
            }
        }
        let columns = readable.iter().zip(cells).map(|(&at, cells)| cells.into_column(fields[at].name()));
        Ok(Self { columns: columns.collect(), unreadable })
    }
}

/// The cells of one column.
enum Cells {
    Whole(Vec<Option<i64>>),
    Positive(Vec<Option<u64>>),
    Single(Vec<Option<f32>>),
    Double(Vec<Option<f64>>),
    Flags(Vec<Option<bool>>),
    Text(Vec<Option<String>>),
}

impl Cells {
    /// For a column of this type; absent if it cannot be read.
    fn of(kind: &DataType) -> Option<Self> {
        use DataType::{Boolean, Float32, Float64, Int8, Int16, Int32, Int64, Null, UInt8, UInt16, UInt32, UInt64};
        match kind {
            Int8 | Int16 | Int32 | Int64 => Some(Self::Whole(Vec::new())),
            UInt8 | UInt16 | UInt32 | UInt64 => Some(Self::Positive(Vec::new())),
            Float32 => Some(Self::Single(Vec::new())),
            Float64 => Some(Self::Double(Vec::new())),
            Boolean => Some(Self::Flags(Vec::new())),
            Null => Some(Self::Text(Vec::new())),
            kind => is_text(kind).then(|| Self::Text(Vec::new())),
        }
    }

    fn add(&mut self, array: &ArrayRef) {
        match self {
            Self::Whole(cells) => match array.data_type() {
                DataType::Int8 => add::<Int8Type, _>(array, cells),
                DataType::Int16 => add::<Int16Type, _>(array, cells),
                DataType::Int32 => add::<Int32Type, _>(array, cells),
                _ => add::<Int64Type, _>(array, cells),
            },
            Self::Positive(cells) => match array.data_type() {
                DataType::UInt8 => add::<UInt8Type, _>(array, cells),
                DataType::UInt16 => add::<UInt16Type, _>(array, cells),
                DataType::UInt32 => add::<UInt32Type, _>(array, cells),
                _ => add::<UInt64Type, _>(array, cells),
            },
            Self::Single(cells) => add::<Float32Type, _>(array, cells),
            Self::Double(cells) => add::<Float64Type, _>(array, cells),
            Self::Flags(cells) => cells.extend(array.as_boolean().iter()),
            Self::Text(cells) => match texts(array) {
                Some(texts) => cells.extend(texts.map(|it| it.map(str::to_owned))),
                None => cells.resize(cells.len() + array.len(), None),
            },
        }
    }

    fn into_column(self, name: &str) -> Column {
        let name = name.into();
        let series = match self {
            Self::Whole(cells) => Series::new(name, cells),
            Self::Positive(cells) => Series::new(name, cells),
            Self::Single(cells) => Series::new(name, cells),
            Self::Double(cells) => Series::new(name, cells),
            Self::Flags(cells) => Series::new(name, cells),
            Self::Text(cells) => Series::new(name, cells),
        };
        series.into()
    }
}

fn add<T: ArrowPrimitiveType, C: From<T::Native>>(array: &ArrayRef, cells: &mut Vec<Option<C>>) {
    cells.extend(array.as_primitive::<T>().iter().map(|it| it.map(C::from)));
}
