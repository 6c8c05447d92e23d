//! A protocol by the name of a preset, or by its file.

use std::path::{Path, PathBuf};

use super::suggestion::hint;
use super::toml_file::TomlFile;
use super::{checksum, json};
use crate::error::{Error, Result};
use crate::protocol::{Protocol, resembling_preset};

/// Reads a protocol: what ends in `.toml` is a file, anything else the name of a preset. Returns it with its file.
///
/// # Errors
///
/// * As [`of_file`].
/// * [`Error::Config`] if there is no such preset.
pub fn read(name_or_file: &str) -> Result<(Protocol, Option<PathBuf>)> {
    let path = Path::new(name_or_file);
    if path.extension().is_some_and(|it| it.eq_ignore_ascii_case("toml")) {
        return Ok((of_file(path)?, Some(path.to_owned())));
    }
    let unknown = |problem| Error::Config { path: path.to_owned(), line: None, problem };
    Ok((preset(name_or_file).map_err(unknown)?, None))
}

/// Reads and checks a protocol file.
///
/// # Errors
///
/// * [`Error::Read`] if the file cannot be read.
/// * [`Error::Config`] if it is not what its schema says, or contradicts itself.
pub fn of_file(path: &Path) -> Result<Protocol> {
    let file = TomlFile::read(path)?;
    let protocol: Protocol = file.parse()?;
    match protocol.check() {
        Some(problem) => Err(file.refuse(&problem)),
        None => Ok(protocol),
    }
}

/// The preset of a name; or that there is none, in a sentence.
pub(super) fn preset(name: &str) -> Result<Protocol, String> {
    Protocol::preset(name).ok_or_else(|| {
        let meant = hint(resembling_preset(name));
        format!("unknown protocol preset '{name}', expected one that 'contexture protocol list' names{meant}")
    })
}

/// SHA-256 of a protocol as JSON, with what a study changed of it.
pub fn checksum(protocol: &Protocol) -> String {
    checksum::of_bytes(json::to_text(protocol).as_bytes())
}
