//! TOML files that a person writes: what they say, and in which line.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::suggestion::in_plain_words;
use crate::error::{Error, Result};
use crate::model::problem::{KeyPath, Problem, Step};

/// A TOML file that was read.
#[derive(Clone, Debug)]
pub(super) struct TomlFile {
    path: PathBuf,
    text: String,
}

/// Where a key stands in a text.
enum Place {
    /// From this byte on.
    Here(usize),
    /// Nowhere; the innermost table or list around it that there is starts at this byte, unless that is the file.
    Around(Option<usize>),
}

impl TomlFile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] if it cannot be read.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), text })
    }

    /// What it says. All of its keys have to be known.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] if it is not what its schema says.
    pub(super) fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        toml::from_str(&self.text).map_err(|error| Error::Config {
            path: self.path.clone(),
            line: error.span().map(|Range { start, .. }| self.line(start)),
            problem: self.without_quotes(&error).unwrap_or_else(|| in_plain_words(error.message())),
        })
    }

    /// What to say of text without quotes, which TOML takes for a number or true/false by its first letter; absent if it is
    /// something else that is wrong.
    fn without_quotes(&self, error: &toml::de::Error) -> Option<String> {
        const TAKEN_FOR: [&str; 3] = ["string values must be quoted", "invalid boolean", "invalid float"];
        let word = self.text.get(error.span()?)?.trim_end();
        let is_text = word.starts_with(char::is_alphabetic)
            && !["true", "false", "nan", "inf"].iter().any(|it| word.eq_ignore_ascii_case(it));
        (is_text && TAKEN_FOR.iter().any(|it| error.message().starts_with(it)))
            .then(|| format!("text needs quotes: write \"{word}\" in place of {word}"))
    }

    /// The error of a problem of the file, with the line: of the first of its places that is there; of the innermost table
    /// around the likeliest, if none is.
    pub(super) fn refuse(&self, problem: &Problem) -> Error {
        let places: Vec<Place> = self.places(problem);
        let there = places.iter().find_map(|it| if let Place::Here(start) = it { Some(*start) } else { None });
        let around = || places.first().and_then(|it| if let Place::Around(start) = it { *start } else { None });
        let line = there.or_else(around).map(|it| self.line(it));
        let first = problem.first.as_ref().and_then(|it| match self.place(it) {
            Place::Here(start) => Some(self.line(start)).filter(|it| Some(*it) != line),
            Place::Around(_) => None,
        });
        let first = first.map(|it| format!(" (first in line {it})")).unwrap_or_default();
        Error::Config { path: self.path.clone(), line, problem: format!("{}{first}", problem.text) }
    }

    /// Whether one of the places of a problem is there.
    pub(super) fn says(&self, problem: &Problem) -> bool {
        self.places(problem).iter().any(|it| matches!(it, Place::Here(_)))
    }

    fn places(&self, problem: &Problem) -> Vec<Place> {
        problem.places.iter().map(|it| self.place(it)).collect()
    }

    fn place(&self, path: &KeyPath) -> Place {
        let Ok(document) = DeTable::parse(&self.text) else { return Place::Around(None) };
        let mut around = None;
        let mut table = Some(document.get_ref());
        let mut value: Option<&Spanned<DeValue<'_>>> = None;
        for step in path.steps() {
            let inner = match step {
                Step::Key(key) => {
                    table.and_then(|it| it.get_key_value(key.as_ref())).map(|(key, value)| (key.span().start, value))
                }
                Step::Item(at) => value
                    .and_then(|it| it.get_ref().as_array())
                    .and_then(|it| it.get(*at))
                    .map(|value| (value.span().start, value)),
            };
            let Some((start, inner)) = inner else { return Place::Around(around) };
            (around, value, table) = (Some(start), Some(inner), inner.get_ref().as_table());
        }
        around.map_or(Place::Around(None), Place::Here)
    }

    fn line(&self, start: usize) -> usize {
        1 + self.text[..start].matches('\n').count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a = 1\nlist = [\n  \"x\",\n  \"y\",\n]\nb.c = 2\n\n[t]\nd = { e = 3, f = 4 }\n\n[[rows]]\ng = 5\n\n\
                        [[rows]]\n\"g h\" = 6\n[rows.i]\nj = 7\n[u.v]\n";

    fn file() -> TomlFile {
        TomlFile { path: PathBuf::from("f.toml"), text: TEXT.to_owned() }
    }

    fn line(problem: &Problem) -> Option<usize> {
        match file().refuse(problem) {
            Error::Config { line, .. } => line,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_key_is_found_in_its_line_however_its_table_is_written() {
        let rows = KeyPath::from("rows");
        for (path, expected) in [
            (KeyPath::from("a"), 1),
            (KeyPath::from("list"), 2),
            (KeyPath::from("list").item(1), 4),
            (KeyPath::from("b").key("c"), 6),
            (KeyPath::from("t"), 8),
            (KeyPath::from("t").key("d").key("f"), 9),
            (rows.clone().item(0), 11),
            (rows.clone().item(0).key("g"), 12),
            (rows.clone().item(1), 14),
            (rows.clone().item(1).key("g h"), 15),
            (rows.item(1).key("i").key("j"), 17),
            (KeyPath::from("u"), 18),
        ] {
            assert_eq!(line(&Problem::at(path.clone(), "")), Some(expected), "{path:?}");
        }
    }

    #[test]
    fn what_is_missing_is_looked_for_around_it() {
        let row = KeyPath::from("rows").item(1);
        assert_eq!(line(&Problem::at(row.clone().key("k"), "")), Some(14));
        assert_eq!(line(&Problem::at(KeyPath::from("rows").item(7), "")), Some(11), "the first of them");
        assert_eq!(line(&Problem::at("z", "")), None);
        assert_eq!(line(&Problem::at("z", "").or_at("a")), Some(1), "another place that is there goes first");
        assert_eq!(line(&Problem::at(row.key("k"), "").or_at("z")), Some(14));
    }

    #[test]
    fn what_is_said_twice_has_two_lines() {
        let list = KeyPath::from("list");
        let twice = Problem::at(list.clone().item(1), "twice").after(list.item(0));
        assert_eq!(file().refuse(&twice).to_string(), "'f.toml', line 4: twice (first in line 3)");
        let in_one_line = Problem::at(KeyPath::from("t").key("d").key("f"), "twice").after(KeyPath::from("t").key("d"));
        assert_eq!(file().refuse(&in_one_line).to_string(), "'f.toml', line 9: twice");
    }
}
