//! A file that a result was made from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A file that went into a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InputFile {
    /// What it was read as: `study`, `densities`, `clinical`, `reference` or `protocol`.
    pub role: String,
    /// Its name, without the folder.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl InputFile {
    /// The SHA-256 of the first file that was read as this; absent if none was.
    pub fn sha256_of<'a>(role: &str, files: &'a [Self]) -> Option<&'a str> {
        files.iter().find(|it| it.role == role).map(|it| it.sha256.as_str())
    }
}
