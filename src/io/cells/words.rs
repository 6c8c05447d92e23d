//! The distinct words of a column, numbered in the order they are seen.

use rustc_hash::FxHashMap;

use crate::io::text::decode;
use crate::model::means_absent_in_exports;

/// The code of an absent word.
pub const ABSENT: u32 = 0;

/// More distinct words than this are no samples, regions or phenotypes of one file, but numbers or identifiers of cells.
const MOST_WORDS: usize = 1 << 20;

/// Distinct words, without the spaces around them; the code of a word is its place plus 1, that of an absent word [`ABSENT`].
///
/// A word that is written in two ways, with spaces or in two encodings, has two codes.
#[derive(Debug, Default)]
pub struct Words {
    codes: FxHashMap<Box<[u8]>, u32>,
    seen: Vec<String>,
    last: Vec<u8>,
    last_code: u32,
}

impl Words {
    /// The code of a word, as bytes in UTF-8 or Windows-1252; absent if there are more words than a column of words has.
    pub fn code(&mut self, word: &[u8]) -> Option<u32> {
        // Cells of one kind mostly stand together, so the word before is mostly the word now.
        if self.last == word && self.last_code != ABSENT {
            return Some(self.last_code);
        }
        let code = match self.codes.get(word) {
            Some(&code) => code,
            None => self.add(word)?,
        };
        if code != ABSENT {
            self.last.clear();
            self.last.extend_from_slice(word);
            self.last_code = code;
        }
        Some(code)
    }

    fn add(&mut self, word: &[u8]) -> Option<u32> {
        let text = decode(word);
        let text = text.trim();
        let code = if means_absent_in_exports(text) {
            ABSENT
        } else {
            if self.seen.len() == MOST_WORDS {
                return None;
            }
            self.seen.push(text.to_owned());
            u32::try_from(self.seen.len()).expect("fewer words than u32 has numbers")
        };
        self.codes.insert(word.into(), code);
        Some(code)
    }

    /// How many codes there are, that of an absent word among them.
    pub fn n_codes(&self) -> usize {
        self.seen.len() + 1
    }

    /// The word of a code; absent for [`ABSENT`].
    pub fn word(&self, code: u32) -> Option<&str> {
        (code != ABSENT).then(|| self.seen[code as usize - 1].as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_keeps_its_code_and_empty_cells_have_none() {
        let mut words = Words::default();
        let codes: Vec<u32> = [&b"CT"[..], b"CT", b"", b"IM", b" NA ", b"CT", b" \xb5m"]
            .iter()
            .map(|it| words.code(it).unwrap())
            .collect();
        assert_eq!(codes, [1, 1, 0, 2, 0, 1, 3]);
        assert_eq!([0, 1, 2, 3].map(|it| words.word(it)), [None, Some("CT"), Some("IM"), Some("µm")]);
        assert_eq!(words.n_codes(), 4);
    }
}
