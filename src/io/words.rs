//! The words of a laboratory: which of its words means which region or marker.
//!
//! ```toml
//! [regions]
//! "Rand" = "IM"
//!
//! [markers]
//! "T cells" = "CD3"
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::toml_file::TomlFile;
use crate::error::Result;
use crate::model::Synonyms;

/// The words of a laboratory, beside those of the field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WordsFile {
    /// Its word for a region on the left, the name in the results on the right.
    pub regions: BTreeMap<String, String>,
    /// Its word for a marker or phenotype on the left, the name in the results on the right.
    pub markers: BTreeMap<String, String>,
}

/// Reads the words of a laboratory, and adds them to those of the field.
///
/// # Errors
///
/// [`crate::error::Error::Read`] or [`crate::error::Error::Config`].
pub fn read(path: &Path) -> Result<Synonyms> {
    let words: WordsFile = TomlFile::read(path)?.parse()?;
    Ok(Synonyms::with(&words.markers, &words.regions))
}
