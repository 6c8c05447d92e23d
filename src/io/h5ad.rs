//! The table of cells in an `AnnData` file (`.h5ad`, which is HDF5): `obs`, and coordinates in `obsm/spatial`.
//!
//! `obs` is a group with one member a column: an array, words and their codes (a categorical), or values and a mask. Which
//! it is, the members say. A column is opened by its name and read by rows, so that memory is bounded by what is asked for;
//! `X` is never touched. Everything comes as text, as if from a delimited file: what `anndata` calls missing (code -1,
//! mask, NaN) is absent, and a boolean is 1 or 0.

use std::ops::Range;
use std::path::{Path, PathBuf};

use hdf5_pure::{DType, Dataset, Datatype, EnumMember, File, FormatError};

use super::units::nearest_column;
use crate::error::{Error, Result};

/// Columns of `obsm/spatial`. A third, the height of the section, is not read.
const SPATIAL: [&str; 2] = ["spatial_x", "spatial_y"];

/// No byte of a file holds more values than this, since deflate makes of one byte 1032 at most. A damaged length would
/// otherwise ask for more memory than there is.
const MOST_VALUES_IN_BYTE: u64 = 1032;

/// The table of cells of a file, whose columns are read when they are asked for.
#[derive(Debug)]
pub struct Obs {
    path: PathBuf,
    file: File,
    columns: Vec<String>,
    /// Place of the first column that does not stand in `obs`, but in `obsm/spatial`.
    first_coordinate: usize,
    n_rows: usize,
}

/// A column, open for reading.
#[derive(Debug)]
pub struct Column<'a> {
    obs: &'a Obs,
    name: String,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Values(Array),
    Categories { codes: Array, words: Vec<Option<String>> },
    Masked { values: Array, mask: Array },
}

/// One column of a data set, and how its values become text.
#[derive(Debug)]
struct Array {
    dataset: Dataset,
    kind: Kind,
    /// Columns of the data set, and which of them is meant.
    width: usize,
    at: usize,
}

#[derive(Debug)]
enum Kind {
    Text,
    Single,
    Double,
    Signed,
    Unsigned,
    Named(Vec<EnumMember>),
}

/// Opens the table of cells of an `AnnData` file.
///
/// # Errors
///
/// * [`Error::Read`] if the file cannot be read.
/// * [`Error::UnusableFile`] if it is not HDF5, is damaged, or holds no `obs` as `anndata` has written it since 0.7.
pub fn read_obs(path: &Path) -> Result<Obs> {
    let read_error = |source| Error::Read { path: path.to_owned(), source };
    if !hdf5_pure::is_hdf5(path).map_err(read_error)? {
        return Err(unusable(path, "is not HDF5, which an AnnData file (.h5ad) is"));
    }
    let file = File::open_streaming(path).map_err(|error| unreadable(path, "/", error))?;
    let at_obs = |error| unreadable(path, "obs", error);
    let obs = match file.group("obs") {
        Ok(obs) => obs,
        Err(hdf5_pure::Error::NotAGroup(_)) => {
            let problem = "holds 'obs' in the way of anndata before 0.7, which is not read; write the file again with a \
                           newer one: anndata.read_h5ad(old).write_h5ad(new)";
            return Err(unusable(path, problem));
        }
        Err(_) => {
            let found = file.root().groups().map_err(|error| unreadable(path, "/", error))?;
            let found = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
            return Err(unusable(path, &format!("has no table 'obs', as an AnnData file has (groups found: {found})")));
        }
    };
    let attributes = obs.attrs().map_err(at_obs)?;
    let index = attributes.get("_index").and_then(|it| it.as_str());
    let index = index.ok_or_else(|| unusable(path, "has a group 'obs' that does not say which column is its index"))?;
    let mut columns = vec![index.to_owned()];
    let ordered = attributes.get("column-order").and_then(|it| it.as_strings()).unwrap_or_default();
    columns.extend(ordered.iter().filter(|it| *it != index).cloned());
    let first_coordinate = columns.len();
    if has_spatial(&file).map_err(|error| unreadable(path, "obsm", error))? {
        let is_free = |name: &&str| !ordered.iter().any(|it| it == name);
        columns.extend(SPATIAL.into_iter().filter(is_free).map(str::to_owned));
    }
    let names = obs.dataset(index).map_err(at_obs)?;
    let n_rows = n_values(path, &file, index, &names.shape().map_err(at_obs)?)?;
    Ok(Obs { path: path.to_owned(), file, columns, first_coordinate, n_rows })
}

impl Obs {
    /// Names of the columns: the index first, then those of `obs` in its order, then `spatial_x` and `spatial_y` where the
    /// file has coordinates.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How many cells there are.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Opens a column.
    ///
    /// # Errors
    ///
    /// * [`Error::MissingColumn`].
    /// * [`Error::UnusableFile`] if the column is damaged, is neither text nor numbers, or is not as long as the index.
    pub fn column(&self, name: &str) -> Result<Column<'_>> {
        let place = self.columns.iter().position(|it| it == name).ok_or_else(|| self.missing(name))?;
        let axis = SPATIAL.iter().position(|it| *it == name).filter(|_| place >= self.first_coordinate);
        let content = match axis {
            Some(axis) => Content::Values(self.array("obsm/spatial", axis)?),
            None => self.content(name)?,
        };
        Ok(Column { obs: self, name: name.to_owned(), content })
    }

    /// All values of a column.
    ///
    /// # Errors
    ///
    /// As [`Self::column`] and [`Column::text`].
    pub fn column_text(&self, name: &str) -> Result<Vec<Option<String>>> {
        self.column(name)?.text(0..self.n_rows)
    }

    fn content(&self, name: &str) -> Result<Content> {
        let at = format!("obs/{name}");
        match self.file.dataset(&at) {
            // Before 0.8 the column held the codes, and a reference to the words, which stand in a group beside it.
            Ok(codes) if codes.attr_datatypes().map_err(|it| self.unreadable(&at, it))?.contains_key("categories") => {
                Ok(Content::Categories {
                    codes: self.array(&at, 0)?,
                    words: self.words(&format!("obs/__categories/{name}"))?,
                })
            }
            Ok(_) => Ok(Content::Values(self.array(&at, 0)?)),
            Err(hdf5_pure::Error::NotADataset(_)) => {
                let group = self.file.group(&at).map_err(|it| self.unreadable(&at, it))?;
                let members = group.datasets().map_err(|it| self.unreadable(&at, it))?;
                let has = |name: &str| members.iter().any(|it| it == name);
                let member = |name: &str| self.array(&format!("{at}/{name}"), 0);
                if has("codes") && has("categories") {
                    Ok(Content::Categories { codes: member("codes")?, words: self.words(&format!("{at}/categories"))? })
                } else if has("values") && has("mask") {
                    Ok(Content::Masked { values: member("values")?, mask: member("mask")? })
                } else {
                    let problem = format!(
                        "holds column '{name}' of obs as a group of {}; expected codes and categories, or values and a mask",
                        if members.is_empty() { "nothing".to_owned() } else { members.join(", ") }
                    );
                    Err(unusable(&self.path, &problem))
                }
            }
            Err(error) => Err(self.unreadable(&at, error)),
        }
    }

    fn words(&self, at: &str) -> Result<Vec<Option<String>>> {
        let dataset = self.file.dataset(at).map_err(|it| self.unreadable(at, it))?;
        let shape = dataset.shape().map_err(|it| self.unreadable(at, it))?;
        let n_words = n_values(&self.path, &self.file, at, &shape)?;
        let words = Array { kind: self.kind(at, &dataset)?, dataset, width: 1, at: 0 };
        words.text(0..n_words).map_err(|it| self.unreadable(at, it))
    }

    /// A data set with a row for each cell.
    fn array(&self, at: &str, column: usize) -> Result<Array> {
        let dataset = self.file.dataset(at).map_err(|it| self.unreadable(at, it))?;
        let shape = dataset.shape().map_err(|it| self.unreadable(at, it))?;
        n_values(&self.path, &self.file, at, &shape)?;
        let width = match shape[..] {
            [n_rows] if column == 0 && at != "obsm/spatial" && n_rows == self.n_rows as u64 => 1,
            [n_rows, width] if at == "obsm/spatial" && width >= 2 && n_rows == self.n_rows as u64 => width,
            _ => {
                let n_rows = self.n_rows;
                let expected = if at == "obsm/spatial" { format!("[{n_rows}, 2]") } else { format!("[{n_rows}]") };
                let problem = format!("holds '{at}' in the shape {shape:?}, expected {expected}: a row for each cell");
                return Err(unusable(&self.path, &problem));
            }
        };
        let width = usize::try_from(width).unwrap_or(usize::MAX);
        Ok(Array { kind: self.kind(at, &dataset)?, dataset, width, at: column })
    }

    fn kind(&self, at: &str, dataset: &Dataset) -> Result<Kind> {
        let dtype = dataset.dtype().map_err(|it| self.unreadable(at, it))?;
        Ok(match dtype {
            DType::String | DType::VariableLengthString => Kind::Text,
            DType::F32 => Kind::Single,
            DType::F64 => Kind::Double,
            DType::I8 | DType::I16 | DType::I32 | DType::I64 => Kind::Signed,
            DType::U8 | DType::U16 | DType::U32 | DType::U64 => Kind::Unsigned,
            DType::Enum(_) => match dataset.datatype().map_err(|it| self.unreadable(at, it))? {
                Datatype::Enumeration { members, .. } => Kind::Named(members),
                _ => unreachable!("an enumeration is one by either name"),
            },
            other => {
                let problem = format!("holds '{at}' as {other}; expected text, numbers or booleans");
                return Err(unusable(&self.path, &problem));
            }
        })
    }

    fn missing(&self, name: &str) -> Error {
        Error::MissingColumn {
            path: self.path.clone(),
            column: name.to_owned(),
            found: self.columns.clone(),
            suggestion: nearest_column(name, self.columns.iter().map(String::as_str)).map(str::to_owned),
        }
    }

    fn unreadable(&self, at: &str, error: hdf5_pure::Error) -> Error {
        unreadable(&self.path, at, error)
    }
}

impl Column<'_> {
    /// Values of some rows, counted from 0; absent where `anndata` says that they are missing, and where text is empty.
    ///
    /// # Errors
    ///
    /// * [`Error::UnusableFile`] or [`Error::Read`] if the rows cannot be read.
    /// * [`Error::Value`] for a code without a word.
    pub fn text(&self, rows: Range<usize>) -> Result<Vec<Option<String>>> {
        let unreadable = |error| self.obs.unreadable(&self.name, error);
        let read = |array: &Array| array.text(rows.clone()).map_err(unreadable);
        match &self.content {
            Content::Values(values) => read(values),
            Content::Masked { values, mask } => {
                let rows = read(values)?.into_iter().zip(read(mask)?);
                Ok(rows.map(|(value, is_missing)| value.filter(|_| is_missing.as_deref() == Some("0"))).collect())
            }
            Content::Categories { codes, words } => {
                let codes = codes.codes(rows.clone()).map_err(unreadable)?;
                let word = |(row, code): (usize, i64)| match usize::try_from(code) {
                    _ if code == -1 => Ok(None),
                    Ok(code) if code < words.len() => Ok(words[code].clone()),
                    _ => Err(Error::Value {
                        path: self.obs.path.clone(),
                        // Counted with a header, as in a table that is text.
                        row: rows.start + row + 2,
                        column: self.name.clone(),
                        found: code.to_string(),
                        expected: format!("-1 (missing) or the place of one of {} categories", words.len()),
                    }),
                };
                codes.into_iter().enumerate().map(word).collect()
            }
        }
    }
}

impl Array {
    fn text(&self, rows: Range<usize>) -> Result<Vec<Option<String>>, hdf5_pure::Error> {
        let (start, count) = (rows.start as u64, rows.len() as u64);
        let data = &self.dataset;
        Ok(match &self.kind {
            Kind::Text => self.of(data.read_string_rows(start, count)?, |it| Some(it).filter(|it| !it.is_empty())),
            // The shortest text that reads back as the number, in its own precision: 0.1, not 0.10000000149011612.
            Kind::Single => self.of(data.read_f32_rows(start, count)?, |it| (!it.is_nan()).then(|| it.to_string())),
            Kind::Double => self.of(data.read_f64_rows(start, count)?, |it| (!it.is_nan()).then(|| it.to_string())),
            Kind::Signed => self.of(data.read_i64_rows(start, count)?, |it| Some(it.to_string())),
            Kind::Unsigned => self.of(data.read_u64_rows(start, count)?, |it| Some(it.to_string())),
            Kind::Named(members) => {
                let size = usize::try_from(data.element_size()?).unwrap_or(usize::MAX);
                let raw = data.read_raw_rows(start, count)?;
                self.of(raw.chunks_exact(size).collect(), |it| named(members, it))
            }
        })
    }

    fn codes(&self, rows: Range<usize>) -> Result<Vec<i64>, hdf5_pure::Error> {
        self.dataset.read_i64_rows(rows.start as u64, rows.len() as u64)
    }

    fn of<T>(&self, values: Vec<T>, text: impl FnMut(T) -> Option<String>) -> Vec<Option<String>> {
        values.into_iter().skip(self.at).step_by(self.width).map(text).collect()
    }
}

/// The name of a value of an enumeration. h5py writes booleans as one, of `FALSE` and `TRUE`; R has `NA` beside them.
fn named(members: &[EnumMember], value: &[u8]) -> Option<String> {
    let name = &members.iter().find(|it| it.value == value)?.name;
    match name.as_str() {
        "FALSE" => Some("0".to_owned()),
        "TRUE" => Some("1".to_owned()),
        "NA" => None,
        _ => Some(name.clone()),
    }
}

/// How many values a data set of this shape holds.
fn n_values(path: &Path, file: &File, at: &str, shape: &[u64]) -> Result<usize> {
    let most = file.file_size().saturating_mul(MOST_VALUES_IN_BYTE);
    let count = shape.iter().try_fold(1_u64, |product, it| product.checked_mul(*it)).filter(|it| *it <= most);
    count.and_then(|it| usize::try_from(it).ok()).ok_or_else(|| {
        unusable(
            path,
            &format!("is damaged: '{at}' is said to have the shape {shape:?}, more than the file has room for"),
        )
    })
}

/// Whether the file has coordinates, as an array.
fn has_spatial(file: &File) -> Result<bool, hdf5_pure::Error> {
    match file.group("obsm") {
        Ok(obsm) => Ok(obsm.datasets()?.iter().any(|it| it == "spatial")),
        Err(hdf5_pure::Error::Format(FormatError::PathNotFound(_))) => Ok(false),
        Err(error) => Err(error),
    }
}

fn unreadable(path: &Path, at: &str, error: hdf5_pure::Error) -> Error {
    match error {
        hdf5_pure::Error::Io(source) => Error::Read { path: path.to_owned(), source },
        hdf5_pure::Error::Format(FormatError::UnsupportedFilter(filter)) => unusable(
            path,
            &format!(
                "is compressed by HDF5 filter {filter} at '{at}', expected gzip, lzf or none; write it again with \
                 adata.write_h5ad(new, compression='gzip')"
            ),
        ),
        error => unusable(path, &format!("is HDF5 that cannot be read at '{at}': {error}")),
    }
}

fn unusable(path: &Path, problem: &str) -> Error {
    Error::UnusableFile { path: path.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests;
