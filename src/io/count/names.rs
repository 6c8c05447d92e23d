//! From the words of a file to the words of the tables: regions and phenotypes.

use super::Settings;
use crate::io::format::{LabelWords, RegionWords, key, parent_region};
use crate::model::State;
use crate::table::tally::TOTAL;

/// How regions are named in the results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegionNames {
    /// By the field's words, where a synonym is known: `MARG_500_IN` is `IM`.
    #[default]
    Canonical,
    /// By the file's own words.
    Own,
}

/// The region's own word in what a column says; absent for the whole image, unless a program says that it analysed that: then
/// [`TOTAL`].
pub(super) fn region_word(text: &str, words: RegionWords) -> Option<&str> {
    let text = text.trim();
    match words {
        RegionWords::Plain => Some(text).filter(|it| !it.is_empty()),
        RegionWords::QupathParent => parent_region(text),
        RegionWords::HaloLayer if key(text) == "entireimage" => Some(TOTAL),
        RegionWords::HaloLayer => Some(text).filter(|it| !it.is_empty()),
    }
}

/// The name of a field of view, which inForm writes as the name of its file; where numbers have a decimal comma, so has that.
pub(super) fn field_name(word: &str) -> &str {
    word.strip_suffix(".im3").or_else(|| word.strip_suffix(",im3")).unwrap_or(word)
}

/// The name of a part of a region: its field of view, and which of the field's parts it is; the region's own word where
/// nothing else tells parts apart.
pub(super) fn part_name(field: Option<&str>, part: &str, word: &str) -> String {
    match (field, part) {
        (Some(field), "") => format!("{field} {word}"),
        (Some(field), part) if part == field => format!("{field} {word}"),
        (Some(field), part) => format!("{field} {part}"),
        (None, "") => word.to_owned(),
        (None, part) => part.to_owned(),
    }
}

/// The name of a region in the results.
pub(super) fn region_name(word: &str, settings: &Settings) -> String {
    match settings.region_names {
        RegionNames::Own => not_a_sum(word, "region"),
        RegionNames::Canonical => {
            settings.synonyms.region(word).map_or_else(|| not_a_sum(word, "region"), |it| it.as_str().to_owned())
        }
    }
}

/// What a label says that the cell is: each part of a class of several parts, and the whole of it.
///
/// Empty for a class that QuPath ignores: `Tumor*`.
pub(super) fn labels(text: &str, words: LabelWords) -> Vec<&str> {
    match words {
        LabelWords::Plain => vec![text],
        LabelWords::QupathClass if text.ends_with('*') => Vec::new(),
        LabelWords::QupathClass => {
            let mut labels: Vec<&str> = text.split(": ").map(str::trim).filter(|it| !it.is_empty()).collect();
            if labels.len() > 1 {
                labels.push(text);
            }
            labels
        }
    }
}

/// The name of a phenotype in the results; `Positive` is the marker that the file is about, where that is known.
pub(super) fn phenotype_name(word: &str, marker: Option<&str>, settings: &Settings) -> String {
    match marker {
        Some(marker) if word.eq_ignore_ascii_case("positive") => settings.synonyms.phenotype(marker),
        _ => not_a_sum(&settings.synonyms.phenotype(word), "phenotype"),
    }
}

/// A name that cannot be taken for a sum of all.
fn not_a_sum(name: &str, of: &str) -> String {
    if name.eq_ignore_ascii_case(TOTAL) { format!("{name} ({of})") } else { name.to_owned() }
}

/// What a cell of a positivity column says; absent if it is no such thing.
pub(super) fn positivity(text: &str) -> Option<State> {
    let text = text.trim();
    let lower = text.to_lowercase();
    match lower.as_str() {
        "0" | "0.0" | "false" | "neg" | "negative" | "no" => Some(State::Negative),
        "1" | "1.0" | "2" | "3" | "true" | "pos" | "positive" | "yes" => Some(State::Positive),
        _ if text.ends_with('+') => Some(State::Positive),
        _ if text.ends_with('-') => Some(State::Negative),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qupath_writes_a_parent_in_many_ways() {
        for (text, region) in [
            ("Annotation (Tumor)", Some("Tumor")),
            ("Tumor", Some("Tumor")),
            ("A-1 - Annotation (Stroma)", Some("Stroma")),
            ("Annotation", Some("Annotation")),
            ("PathAnnotationObject", Some("Annotation")),
            ("Image", None),
            ("Root object (Image)", None),
            ("", None),
            ("Annotation (Region*)", Some("Region")),
            ("Annotation (Tumor (deep))", Some("Tumor (deep)")),
        ] {
            assert_eq!(region_word(text, RegionWords::QupathParent), region, "{text}");
        }
        assert_eq!(region_word("Image", RegionWords::Plain), Some("Image"));
        assert_eq!(region_word("Entire Image", RegionWords::HaloLayer), Some(TOTAL));
        assert_eq!(region_word("TISSUE", RegionWords::HaloLayer), Some("TISSUE"));
    }

    #[test]
    fn a_class_of_several_parts_is_each_of_them_and_the_whole() {
        assert_eq!(labels("CD3: CD8", LabelWords::QupathClass), ["CD3", "CD8", "CD3: CD8"]);
        assert_eq!(labels("CD3: CD8", LabelWords::Plain), ["CD3: CD8"]);
        assert_eq!(labels("Tumor*", LabelWords::QupathClass), Vec::<&str>::new());
    }

    #[test]
    fn positivity_is_written_in_many_ways_and_never_guessed() {
        for text in ["1", "3", "CD8+", "TRUE", "pos"] {
            assert_eq!(positivity(text), Some(State::Positive), "{text}");
        }
        for text in ["0", "CD8-", "false", "Negative"] {
            assert_eq!(positivity(text), Some(State::Negative), "{text}");
        }
        for text in ["4", "0.5", "CD8", "maybe"] {
            assert_eq!(positivity(text), None, "{text}");
        }
    }
}
