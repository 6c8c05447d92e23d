//! The bytes of a text file, as UTF-8 or Windows-1252: compression and UTF-16 are taken off.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, ErrorKind, Read};
use std::path::Path;

use encoding_rs::{UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::read::MultiGzDecoder;
use memchr::memchr;

use super::encoding::Encoding;
use crate::error::{Error, Result};

/// First bytes of a gzip file (RFC 1952).
const GZIP: &[u8] = b"\x1f\x8b";
/// First bytes of a Zstandard file (RFC 8878).
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// So many bytes say how a file is compressed, or that it is Parquet.
const SIGNATURE_LENGTH: u64 = 4;
/// So many bytes say how a text is encoded.
const ENCODING_SAMPLE: u64 = 1 << 16;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// gzip, in one or more members.
    Gzip,
    /// Zstandard, in one or more frames.
    Zstd,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "Zstandard",
        })
    }
}

/// A text and what it was wrapped in.
pub(super) struct Source {
    /// The text, without its byte order mark.
    pub(super) text: Box<dyn Read + Send>,
    pub(super) compression: Option<Compression>,
    pub(super) encoding: Encoding,
    /// Last character of a line.
    pub(super) line_end: u8,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let (file, signature) = open(path)?;
        Self::of(file, &signature).map_err(|source| read_error(path, source))
    }

    fn of(file: File, signature: &[u8]) -> io::Result<Self> {
        let whole = Cursor::new(signature.to_vec()).chain(file);
        let (compression, mut plain): (_, Box<dyn Read + Send>) = if signature.starts_with(GZIP) {
            (Some(Compression::Gzip), Box::new(MultiGzDecoder::new(whole)))
        } else if signature.starts_with(ZSTD) {
            (Some(Compression::Zstd), Box::new(zstd::Decoder::new(whole)?))
        } else {
            (None, Box::new(whole))
        };

        let start = first_bytes(&mut plain, ENCODING_SAMPLE)?;
        let (encoding, n_mark) = Encoding::of(&start);
        let line_end = line_end(&start);
        let mut start = Cursor::new(start);
        start.set_position(n_mark as u64);
        let unmarked = start.chain(plain);
        let utf16 = match encoding {
            Encoding::Utf16Le => Some(UTF_16LE),
            Encoding::Utf16Be => Some(UTF_16BE),
            Encoding::Utf8 | Encoding::Utf8WithMark | Encoding::Windows1252 => None,
        };
        let text: Box<dyn Read + Send> = if utf16.is_some() {
            // Asked for a few bytes alone, the decoder loses the last ones of a letter at the end.
            Box::new(BufReader::new(
                DecodeReaderBytesBuilder::new().encoding(utf16).bom_sniffing(false).build(unmarked),
            ))
        } else {
            Box::new(unmarked)
        };
        Ok(Self { text, compression, encoding, line_end })
    }
}

/// The text of a file, without compression and byte order mark.
///
/// # Errors
///
/// As [`open`].
pub(in crate::io) fn plain_text(path: &Path) -> Result<Box<dyn Read + Send>> {
    Source::open(path).map(|it| it.text)
}

/// Opens a file, and reads the bytes that say what kind of file it is.
///
/// # Errors
///
/// * [`Error::Read`] if it cannot be read.
/// * [`Error::UnusableFile`] if it is a folder.
pub(in crate::io) fn open(path: &Path) -> Result<(File, Vec<u8>)> {
    let mut file = File::open(path).map_err(|source| read_error(path, source))?;
    if path.is_dir() {
        let problem = "is a folder, expected a table: CSV, TSV or Parquet".to_owned();
        return Err(Error::UnusableFile { path: path.to_owned(), problem });
    }
    let signature = first_bytes(&mut file, SIGNATURE_LENGTH).map_err(|source| read_error(path, source))?;
    Ok((file, signature))
}

/// The error that a file cannot be read; one that ends too early says so.
pub(in crate::io) fn read_error(path: &Path, source: io::Error) -> Error {
    let source = if source.kind() == ErrorKind::UnexpectedEof {
        io::Error::new(source.kind(), format!("the file is cut off: {source}"))
    } else {
        source
    };
    Error::Read { path: path.to_owned(), source }
}

/// A line feed or, in files of old Macs and of Excel on new ones, a carriage return alone.
fn line_end(start: &[u8]) -> u8 {
    let has_carriage_return = memchr(b'\r', start).is_some_and(|at| at + 1 < start.len());
    if has_carriage_return && memchr(b'\n', start).is_none() { b'\r' } else { b'\n' }
}

fn first_bytes(reader: &mut impl Read, n: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.by_ref().take(n).read_to_end(&mut bytes)?;
    Ok(bytes)
}
