//! How the letters of a text file are encoded.
//!
//! UTF-8 is what programs write today; a file that went through Excel or R on Windows is UTF-16 or Windows-1252. The
//! first bytes say which. A field that is not UTF-8 is taken for Windows-1252, of which Latin-1 is a part as far as
//! letters go.

use std::borrow::Cow;
use std::fmt;

use encoding_rs::WINDOWS_1252;

/// UTF-16 without a byte order mark is looked for in this many bytes.
const UTF16_SAMPLE: usize = 256;

/// How the letters of a file are encoded, as its first bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, of which ASCII is a part.
    Utf8,
    /// UTF-8 after the bytes EF BB BF.
    Utf8WithMark,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// The code page of Windows in western Europe and America.
    Windows1252,
}

impl Encoding {
    /// The encoding of a file that begins with these bytes, and how many of them are a byte order mark.
    pub(super) fn of(start: &[u8]) -> (Self, usize) {
        if start.starts_with(b"\xef\xbb\xbf") {
            (Self::Utf8WithMark, 3)
        } else if start.starts_with(b"\xff\xfe") {
            (Self::Utf16Le, 2)
        } else if start.starts_with(b"\xfe\xff") {
            (Self::Utf16Be, 2)
        } else if is_utf16_le(start) {
            (Self::Utf16Le, 0)
        } else if std::str::from_utf8(start).is_err_and(|it| it.error_len().is_some()) {
            (Self::Windows1252, 0)
        } else {
            (Self::Utf8, 0)
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8WithMark => "UTF-8 with byte order mark",
            Self::Utf16Le => "UTF-16 LE",
            Self::Utf16Be => "UTF-16 BE",
            Self::Windows1252 => "Windows-1252",
        })
    }
}

/// Every second byte of western text in UTF-16 is 0, but for a letter such as μ here and there; no first one is.
fn is_utf16_le(start: &[u8]) -> bool {
    let (pairs, _) = start[..start.len().min(UTF16_SAMPLE)].as_chunks::<2>();
    let n_western = pairs.iter().filter(|it| it[1] == 0).count();
    !pairs.is_empty() && n_western * 4 >= pairs.len() * 3 && pairs.iter().all(|it| it[0] != 0)
}

/// The text of a field: UTF-8, or Windows-1252 where it is not. Every byte of the latter means something.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_say_the_encoding() {
        for (start, encoding, n_mark) in [
            (&b""[..], "UTF-8", 0),
            (b"a", "UTF-8", 0),
            (b"Area \xc2\xb5m\xc2\xb2", "UTF-8", 0),
            (b"cut inside of a letter: \xc2", "UTF-8", 0),
            (b"\xef\xbb\xbfa", "UTF-8 with byte order mark", 3),
            (b"\xff\xfea\0", "UTF-16 LE", 2),
            (b"\xfe\xff\0a", "UTF-16 BE", 2),
            (b"x\0,\0\xbc\x03m\0", "UTF-16 LE", 0),
            (b"Area \xb5m\xb2", "Windows-1252", 0),
            (b"\0a\0b", "UTF-8", 0),
        ] {
            let (found, n) = Encoding::of(start);
            assert_eq!((found.to_string().as_str(), n), (encoding, n_mark), "{start:?}");
        }
    }

    #[test]
    fn what_is_not_utf8_is_read_as_windows_1252() {
        assert_eq!(decode(b"M\xfcller \x80"), "Müller €");
        assert_eq!(decode("Müller €".as_bytes()), "Müller €");
    }

    #[test]
    fn no_byte_is_lost() {
        let all: Vec<u8> = (0..=255).collect();
        let mut letters: Vec<char> = decode(&all).chars().collect();
        letters.sort_unstable();
        letters.dedup();
        assert_eq!(letters.len(), 256);
        assert!(!letters.contains(&char::REPLACEMENT_CHARACTER));
    }
}
