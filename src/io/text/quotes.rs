//! A record with quotes in it, split leniently.
//!
//! A field that begins with a quote ends at the quote that stands before a delimiter or the end of a line. Two quotes inside
//! of it are one (RFC 4180); a single one is text, since QuPath does not double them. A quote elsewhere is text.

use memchr::{memchr, memchr_iter, memchr2};

/// A quotation longer than this was never closed.
const LONGEST_QUOTED: usize = 1 << 20;

/// How a file separates fields and lines, and whether it quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    /// Last character of a line.
    pub(super) line_end: u8,
    pub(super) is_quoting: bool,
}

/// A record that was split.
#[derive(Debug)]
pub(super) struct Split {
    /// Bytes that it takes, with its line end.
    pub(super) length: usize,
    pub(super) n_fields: usize,
}

/// Why a record could not be split.
#[derive(Debug)]
pub(super) enum Unfinished {
    /// The text does not hold all of it.
    NeedsMore,
    /// A quotation that begins at this byte of the text does not end.
    OpenQuote(usize),
}

/// How a field ends.
enum End {
    /// With a delimiter; the next field begins here.
    Field(usize),
    /// With its line; the next record begins here.
    Record(usize),
}

/// Splits the first record of a text that ends with the file or does not.
///
/// The first `n_wanted` fields are written to `fields`, without quotes and with one byte between them; `ends` says where
/// each of them ends.
pub(super) fn split(
    text: &[u8],
    is_at_end: bool,
    dialect: Dialect,
    n_wanted: usize,
    ends: &mut Vec<usize>,
    fields: &mut Vec<u8>,
) -> Result<Split, Unfinished> {
    let record = Record { text, is_at_end, dialect };
    ends.clear();
    fields.clear();
    let mut at = 0;
    let mut n_fields = 0;
    loop {
        if n_fields == n_wanted
            && let Some(split) = record.without_quotes(at)
        {
            return Ok(Split { n_fields: n_fields + split.n_fields, ..split });
        }
        let n_written = fields.len();
        let end = if text.get(at) == Some(&b'"') { record.quoted(at, fields)? } else { record.unquoted(at, fields)? };
        if n_fields < n_wanted {
            ends.push(fields.len());
            fields.push(dialect.delimiter);
        } else {
            fields.truncate(n_written);
        }
        n_fields += 1;
        match end {
            End::Field(next) => at = next,
            End::Record(length) => return Ok(Split { length, n_fields }),
        }
    }
}

struct Record<'a> {
    text: &'a [u8],
    is_at_end: bool,
    dialect: Dialect,
}

impl Record<'_> {
    /// The rest of the record from here, if it ends in the text and has no quotes: its fields need only be counted.
    fn without_quotes(&self, at: usize) -> Option<Split> {
        let rest = &self.text[at..];
        let rest = &rest[..memchr(self.dialect.line_end, rest)?];
        let n_fields = 1 + memchr_iter(self.dialect.delimiter, rest).count();
        memchr(b'"', rest).is_none().then_some(Split { length: at + rest.len() + 1, n_fields })
    }

    fn unquoted(&self, at: usize, field: &mut Vec<u8>) -> Result<End, Unfinished> {
        let rest = &self.text[at..];
        let length = match memchr2(self.dialect.delimiter, self.dialect.line_end, rest) {
            Some(length) => length,
            None if self.is_at_end => rest.len(),
            None => return Err(Unfinished::NeedsMore),
        };
        field.extend_from_slice(&rest[..length]);
        self.end(at + length).map(|it| it.expect("a delimiter or the end of the line stands here"))
    }

    fn quoted(&self, at: usize, field: &mut Vec<u8>) -> Result<End, Unfinished> {
        let mut from = at + 1;
        loop {
            let quote = memchr(b'"', &self.text[from..]).map(|it| from + it).filter(|it| it - at <= LONGEST_QUOTED);
            let Some(quote) = quote else {
                let is_open = self.is_at_end || self.text.len() - at > LONGEST_QUOTED;
                return Err(if is_open { Unfinished::OpenQuote(at) } else { Unfinished::NeedsMore });
            };
            if self.text.get(quote + 1) == Some(&b'"') {
                field.extend_from_slice(&self.text[from..=quote]);
                from = quote + 2;
                continue;
            }
            let n_spaces = self.text[quote + 1..].iter().take_while(|&&it| it == b' ').count();
            if let Some(end) = self.end(quote + 1 + n_spaces)? {
                field.extend_from_slice(&self.text[from..quote]);
                return Ok(end);
            }
            field.extend_from_slice(&self.text[from..=quote]);
            from = quote + 1;
        }
    }

    /// The end of a field that stands here; absent if it is text.
    fn end(&self, at: usize) -> Result<Option<End>, Unfinished> {
        let is_line_end = |it: &u8| *it == self.dialect.line_end;
        let is_last = at + 1 >= self.text.len();
        match self.text.get(at) {
            Some(it) if *it == self.dialect.delimiter => Ok(Some(End::Field(at + 1))),
            Some(it) if is_line_end(it) => Ok(Some(End::Record(at + 1))),
            Some(b'\r') if self.text.get(at + 1).is_some_and(is_line_end) => Ok(Some(End::Record(at + 2))),
            None | Some(b'\r') if is_last && self.is_at_end => Ok(Some(End::Record(self.text.len()))),
            None | Some(b'\r') if is_last => Err(Unfinished::NeedsMore),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: Dialect = Dialect { delimiter: b',', line_end: b'\n', is_quoting: true };

    /// The fields of the record that a text begins with, and how much of the text it takes.
    fn fields(text: &str) -> Result<(Vec<String>, usize), Unfinished> {
        let (mut ends, mut written) = (Vec::new(), Vec::new());
        let split = split(text.as_bytes(), true, CSV, usize::MAX, &mut ends, &mut written)?;
        assert_eq!(split.n_fields, ends.len());
        let starts = [0].into_iter().chain(ends.iter().map(|end| end + 1));
        let fields = starts.zip(&ends).map(|(start, &end)| String::from_utf8(written[start..end].to_vec()).unwrap());
        Ok((fields.collect(), split.length))
    }

    #[test]
    fn quotes_are_taken_off_and_two_are_one() {
        for (text, expected) in [
            ("\"a\",b\n", &["a", "b"][..]),
            ("\"a,\nb\",c\r\n", &["a,\nb", "c\r"]),
            ("\"a \"\"b\"\"\",\"\",\"\"\"\"\n", &["a \"b\"", "", "\""]),
            ("\"a\" ,\"b\"  \r\n", &["a", "b"]),
            ("a\"b,\"c\"", &["a\"b", "c"]),
            ("\"a\"\r", &["a"]),
            ("\"5\" core, left\",b\n", &["5\" core, left", "b"]),
            ("\"a\"b\"\n", &["a\"b"]),
            ("\"a\",\n", &["a", ""]),
        ] {
            assert_eq!(
                fields(text).unwrap(),
                (expected.iter().map(|&it| it.to_owned()).collect(), text.len()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_quotation_that_does_not_end_is_named() {
        assert!(matches!(fields("a,\"b\nc\n"), Err(Unfinished::OpenQuote(2))));
        let long = format!("a,\"{}", "b\n".repeat(LONGEST_QUOTED));
        let (mut ends, mut written) = (Vec::new(), Vec::new());
        let split = split(long.as_bytes(), false, CSV, 1, &mut ends, &mut written);
        assert!(matches!(split, Err(Unfinished::OpenQuote(2))));
    }

    #[test]
    fn a_record_that_is_cut_anywhere_needs_more() {
        let text = b"\"a \"\"b\"\",\"c\nd\" ,e\r\n";
        for at in 0..text.len() {
            for n_wanted in [0, 1, 3] {
                let (mut ends, mut written) = (Vec::new(), Vec::new());
                let split = split(&text[..at], false, CSV, n_wanted, &mut ends, &mut written);
                assert!(matches!(split, Err(Unfinished::NeedsMore)), "{at}");
            }
        }
    }

    #[test]
    fn fields_that_are_not_wanted_are_counted() {
        for (text, n_fields) in [("\"a\",b,c,d\n", 4), ("\"a\",b,\"c,d\",e\n", 4), ("\"a\"\n", 1)] {
            for n_wanted in 0..n_fields {
                let (mut ends, mut written) = (Vec::new(), Vec::new());
                let split = split(text.as_bytes(), true, CSV, n_wanted, &mut ends, &mut written).unwrap();
                assert_eq!((split.n_fields, split.length, ends.len()), (n_fields, text.len(), n_wanted), "{text}");
            }
        }
    }
}
