//! A protocol by the name of a preset, or by its file.

use std::path::{Path, PathBuf};

use super::{checksum, json, study};
use crate::error::{Error, Result};
use crate::protocol::{Protocol, ProtocolChoice};

/// Reads a protocol: what ends in `.toml` is a file, anything else the name of a preset. Returns it with its file.
///
/// # Errors
///
/// * [`Error::Read`] if the file cannot be read.
/// * [`Error::Config`] if it is not what its schema says, contradicts itself, or there is no such preset.
pub fn read(name_or_file: &str) -> Result<(Protocol, Option<PathBuf>)> {
    let path = Path::new(name_or_file);
    let file = path.extension().is_some_and(|it| it.eq_ignore_ascii_case("toml")).then(|| path.to_owned());
    let preset = file.is_none().then(|| name_or_file.to_owned());
    let protocol = study::protocol(path, &ProtocolChoice { preset, ..ProtocolChoice::default() }, file.as_deref())?;
    match protocol.check() {
        Some(problem) => Err(Error::Config { path: path.to_owned(), line: None, problem }),
        None => Ok((protocol, file)),
    }
}

/// SHA-256 of a protocol as JSON, with what a study changed of it.
pub fn checksum(protocol: &Protocol) -> String {
    checksum::of_bytes(json::to_text(protocol).as_bytes())
}
