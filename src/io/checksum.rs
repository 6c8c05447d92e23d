//! SHA-256 of a file, so that a result can be tied to what it was made from.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::stratify::InputFile;

/// How much of a file's beginning and end tells it from others.
const FINGERPRINT_BYTES: u64 = 1 << 16;

/// SHA-256 of a file, in hexadecimal.
///
/// # Errors
///
/// [`Error::Read`] if it cannot be read.
pub fn of_file(path: &Path) -> Result<String> {
    let read_error = |source| Error::Read { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(read_error)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n_read = file.read(&mut buffer).map_err(read_error)?;
        if n_read == 0 {
            return Ok(hexadecimal(&hash.finalize()));
        }
        hash.update(&buffer[..n_read]);
    }
}

/// The checksum of bytes that come in parts.
#[derive(Default)]
pub(super) struct Checksum(Sha256);

impl Checksum {
    pub(super) fn update(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    /// SHA-256 of the parts, in hexadecimal.
    pub(super) fn finish(self) -> String {
        hexadecimal(&self.0.finalize())
    }
}

/// SHA-256 of bytes, in hexadecimal.
pub fn of_bytes(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// What tells a file from others, without reading all of it: SHA-256 of its length, its beginning and its end.
///
/// # Errors
///
/// [`Error::Read`] if it cannot be read.
pub fn fingerprint(path: &Path) -> Result<String> {
    let read_error = |source| Error::Read { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(read_error)?;
    let length = file.metadata().map_err(read_error)?.len();
    let mut bytes = length.to_le_bytes().to_vec();
    file.by_ref().take(FINGERPRINT_BYTES).read_to_end(&mut bytes).map_err(read_error)?;
    file.seek(SeekFrom::Start(length.saturating_sub(FINGERPRINT_BYTES))).map_err(read_error)?;
    file.take(FINGERPRINT_BYTES).read_to_end(&mut bytes).map_err(read_error)?;
    Ok(of_bytes(&bytes))
}

/// A file that goes into a result, with its checksum.
///
/// # Errors
///
/// [`Error::Read`] if it cannot be read.
pub fn input_file(role: &str, path: &Path) -> Result<InputFile> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok(InputFile { role: role.to_owned(), name, sha256: of_file(path)? })
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-2, appendix B.1.
    #[test]
    fn agrees_with_the_standard() {
        assert_eq!(of_bytes(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
