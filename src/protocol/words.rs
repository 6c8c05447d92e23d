//! Markers and regions of a protocol that its author may have misspelt.

use super::{ComponentSpec, Protocol};
use crate::model::suggestion::nearest;
use crate::model::{Marker, Region, Synonyms};

impl Protocol {
    /// Hints on markers and regions that no table would have, one sentence each: words that resemble one of the field, and
    /// synonyms, which tables are read without. A phenotype of several words, such as `tumour cells`, is the author's own.
    pub fn unfamiliar_words(&self) -> Vec<String> {
        let synonyms = Synonyms::default();
        let hint = |kind: &str, word: &str, canonical: Option<&str>, known: &[&str]| match canonical {
            Some(canonical) if canonical == word => None,
            Some(canonical) => {
                Some(format!("{kind} '{word}' is read from every table as '{canonical}'; write '{canonical}'"))
            }
            None if word.contains(char::is_whitespace) => None,
            None => nearest(word, known.iter().copied()).map(|near| {
                format!("{kind} '{word}' is no word of the field, and is kept as it is; did you mean '{near}'?")
            }),
        };
        let (markers, regions) = (synonyms.marker_names(), synonyms.region_names());
        let of_spec = |spec: &ComponentSpec| {
            let (marker, region) = (spec.marker.as_str(), spec.region.as_str());
            let known_marker = synonyms.marker(marker);
            let known_region = synonyms.region(region);
            [
                hint("marker", marker, known_marker.as_ref().map(Marker::as_str), &markers),
                hint("region", region, known_region.as_ref().map(Region::as_str), &regions),
            ]
        };
        let mut hints: Vec<String> = Vec::new();
        for it in self.specs().iter().flat_map(of_spec).flatten() {
            if !hints.contains(&it) {
                hints.push(it);
            }
        }
        hints
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::PRESETS;

    #[test]
    fn a_misspelt_marker_or_region_is_hinted_at_and_no_preset_has_one() {
        let mut protocol = Protocol::preset("consensus").unwrap();
        protocol.markers = ["CD3e", "CD8X"].map(Marker::from).to_vec();
        protocol.regions = ["TUMUR", "CT"].map(Region::from).to_vec();
        let hints = protocol.unfamiliar_words();
        assert_eq!(hints.len(), 3, "each word once: {hints:?}");
        for expected in ["'CD3e' is read from every table as 'CD3'", "did you mean 'CD8'?", "did you mean 'TUMOR'?"] {
            assert!(hints.iter().any(|it| it.contains(expected)), "{expected}: {hints:?}");
        }
        for (name, _) in PRESETS {
            assert_eq!(Protocol::preset(name).unwrap().unfamiliar_words(), [""; 0], "{name}");
        }
    }
}
