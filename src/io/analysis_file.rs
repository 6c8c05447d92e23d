//! Files that hold Cox models for a table of patients.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::toml_file::TomlFile;
use crate::error::{Error, Result};
use crate::protocol::TableModel;

/// A file of models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelsFile {
    /// The models.
    pub models: Vec<TableModel>,
}

/// Reads the models of a file.
///
/// # Errors
///
/// * [`Error::Read`] if it cannot be read.
/// * [`Error::Config`] if it is not what its schema says, or holds no model.
pub fn read_models(path: &Path) -> Result<Vec<TableModel>> {
    let file: ModelsFile = TomlFile::read(path)?.parse()?;
    if file.models.is_empty() {
        let problem = "has no [[models]]".to_owned();
        return Err(Error::Config { path: path.to_owned(), line: None, problem });
    }
    Ok(file.models)
}
