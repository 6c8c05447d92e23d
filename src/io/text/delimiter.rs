//! What separates the columns of a text file.

use std::fmt;

/// What separates columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delimiter {
    /// A tab.
    Tab,
    /// A comma.
    Comma,
    /// A semicolon: Excel's choice where the decimal sign is a comma.
    Semicolon,
}

impl Delimiter {
    /// The delimiter of a header line, looked for outside of quotes.
    ///
    /// A tab is part of no name, so one is enough, however many commas the names hold (inForm's do). Otherwise what
    /// there is more of; a comma if there is none.
    pub(super) fn of(header_line: &[u8]) -> Self {
        // A lone quote is the sign for inches, not the beginning of a quotation.
        let has_quotes = count(header_line, b'"').is_multiple_of(2);
        let mut is_outside = true;
        let mut outside = Vec::with_capacity(header_line.len());
        for &byte in header_line {
            if byte == b'"' && has_quotes {
                is_outside = !is_outside;
            } else if is_outside {
                outside.push(byte);
            }
        }
        let n_semicolons = count(&outside, b';');
        if outside.contains(&b'\t') {
            Self::Tab
        } else if n_semicolons > 0 && n_semicolons >= count(&outside, b',') {
            Self::Semicolon
        } else {
            Self::Comma
        }
    }

    /// The character.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Tab => b'\t',
            Self::Comma => b',',
            Self::Semicolon => b';',
        }
    }
}

impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Tab => "tab",
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
        })
    }
}

fn count(text: &[u8], byte: u8) -> usize {
    memchr::memchr_iter(byte, text).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_line_says_the_delimiter() {
        for (line, delimiter) in [
            ("", "comma"),
            ("x", "comma"),
            ("x,y", "comma"),
            ("x;y", "semicolon"),
            ("Fläche, mm²;Zellen", "semicolon"),
            ("Path\tMean (Normalized Counts, Total Weighting)\tMax (Normalized Counts, Total Weighting)", "tab"),
            ("\"a;b;c\",d", "comma"),
            ("5\" core;mm", "semicolon"),
            ("a,b,c;d", "comma"),
        ] {
            assert_eq!(Delimiter::of(line.as_bytes()).to_string(), delimiter, "{line}");
        }
    }
}
