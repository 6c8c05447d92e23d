//! The words for markers and regions, and their synonyms.
//!
//! A word is compared without case, spaces and separators, so `cd8+`, `CD8` and `Cd-8` are one; `CD8-` says "negative" and is
//! another. The tables are short and meant to be read; a study file adds the words of its laboratory
//! (`[densities.markers]`, `[densities.regions]`).

mod words;

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use words::{MARKERS, REGIONS};

macro_rules! name_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The name as written in tables and on pages.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.trim().to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name_newtype! {
    /// A marker of a cell type or state, such as `CD3`.
    Marker
}
name_newtype! {
    /// A region of the tumour, such as `CT` (core of the tumour) or `IM` (invasive margin).
    Region
}

impl Region {
    /// The region in words.
    pub fn description(&self) -> &str {
        REGIONS.iter().find(|(name, ..)| *name == self.0).map_or(self.as_str(), |(_, description, _)| description)
    }
}

/// Dyes that exporters put behind a marker, as in `CD8 (Opal 540)`, in the form of [`comparable`] and without their number.
const DYES: [&str; 9] = ["opal", "opalpolaris", "alexafluor", "af", "cy", "fitc", "tritc", "dylight", "atto"];

/// Says "positive" behind a name.
pub(super) const PLUS: [char; 2] = ['+', '⁺'];

/// Says "negative" behind a name: hyphen, minus, dash, superscript.
pub(super) const MINUS: [char; 4] = ['-', '\u{2212}', '\u{2013}', '⁻'];

/// What stands in a cell of a table that holds nothing.
const ABSENT: [&str; 5] = ["", "na", "n/a", "#n/a", "null"];

/// Whether the text of a cell says that there is no value.
pub fn means_absent(cell: &str) -> bool {
    ABSENT.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// What programs write in addition where they have nothing to say.
const ABSENT_IN_EXPORTS: [&str; 2] = ["nan", "none"];

/// Whether the text of a cell says that there is no value, in a table that a program exported.
///
/// In a table that a person made, `NaN` is a calculation that went wrong, and `None` may be a category.
pub fn means_absent_in_exports(cell: &str) -> bool {
    means_absent(cell) || ABSENT_IN_EXPORTS.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// The words of the field, and those that a study file adds to them.
#[derive(Clone, Debug)]
pub struct Synonyms {
    markers: BTreeMap<String, String>,
    regions: BTreeMap<String, String>,
}

impl Synonyms {
    /// The field's words plus those of a laboratory: a word of its tables on the left, the canonical name on the right.
    pub fn with(own_markers: &BTreeMap<String, String>, own_regions: &BTreeMap<String, String>) -> Self {
        let mut synonyms = Self::default();
        for (own, map) in [(own_markers, &mut synonyms.markers), (own_regions, &mut synonyms.regions)] {
            for (word, name) in own {
                // What the laboratory calls a thing may be the field's word for another: its own table goes first.
                map.insert(comparable(word), name.clone());
                map.entry(comparable(name)).or_insert_with(|| name.clone());
            }
        }
        synonyms
    }

    /// The marker that a word means, alone or with its dye behind it; absent if nobody knows the word.
    pub fn marker(&self, word: &str) -> Option<Marker> {
        let word = comparable(word);
        let without_number = word.trim_end_matches(|it: char| it.is_ascii_digit());
        let without_dye = DYES.iter().filter_map(|dye| without_number.strip_suffix(dye));
        [word.as_str()].into_iter().chain(without_dye).find_map(|it| self.markers.get(it)).map(|it| Marker(it.clone()))
    }

    /// The name of a cell's type: the marker where the word is one, else the word itself with single spaces.
    pub fn phenotype(&self, word: &str) -> String {
        match self.marker(word) {
            Some(Marker(name)) => name,
            None => word.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }

    /// The region that a word means; absent if nobody knows the word.
    pub fn region(&self, word: &str) -> Option<Region> {
        self.regions.get(&comparable(word)).map(|name| Region(name.clone()))
    }

    /// Splits the name of a wide table's column, such as `CD3_CT`, `cd8 im` or `IM.CD8`, into its marker and region.
    ///
    /// Absent if the name is not exactly a known marker and a known region, in any order, case and separator.
    pub fn component(&self, column: &str) -> Option<super::Component> {
        let column = comparable(column);
        (1..column.len()).filter(|&at| column.is_char_boundary(at)).find_map(|at| {
            let (head, tail) = column.split_at(at);
            [(head, tail), (tail, head)].into_iter().find_map(|(marker, region)| {
                let marker = self.markers.get(marker)?;
                let region = self.regions.get(region)?;
                Some(super::Component::new(Marker(marker.clone()), Region(region.clone())))
            })
        })
    }

    /// Canonical names of all markers, for messages.
    pub fn marker_names(&self) -> Vec<&str> {
        distinct(&self.markers)
    }

    /// Canonical names of all regions, for messages.
    pub fn region_names(&self) -> Vec<&str> {
        distinct(&self.regions)
    }
}

impl Default for Synonyms {
    fn default() -> Self {
        let markers = MARKERS
            .iter()
            .flat_map(|(name, words)| {
                let words = words.iter().map(|&word| word.to_owned()).chain([comparable(name)]);
                words.map(|word| (word, (*name).to_owned()))
            })
            .collect();
        let regions = REGIONS
            .iter()
            .flat_map(|(name, _, words)| {
                let words = words.iter().map(|&word| word.to_owned()).chain([comparable(name)]);
                words.map(|word| (word, (*name).to_owned()))
            })
            .collect();
        Self { markers, regions }
    }
}

fn distinct(words: &BTreeMap<String, String>) -> Vec<&str> {
    let mut names: Vec<&str> = words.values().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The word without case, spaces and separators.
///
/// A plus behind a marker says "positive" and is no part of it; a minus says "negative" and is kept, so that `CD8-` is not
/// CD8. It is a sign if it stands behind a letter and before none: `PD-1` and `CD8-CT` hold none.
fn comparable(word: &str) -> String {
    let mut comparable = String::with_capacity(word.len());
    let mut follows_name = false;
    let mut letters = word.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_alphanumeric() {
            comparable.extend(letter.to_lowercase());
        } else if MINUS.contains(&letter) && follows_name && !letters.peek().is_some_and(|it| it.is_alphanumeric()) {
            comparable.push('-');
        }
        follows_name = letter.is_alphanumeric() || letter == ')';
    }
    comparable
}

#[cfg(test)]
mod tests;
