//! The protocols that come with contexture.

use super::Protocol;
use crate::model::suggestion::nearest;

/// Name and text of every preset, families together.
pub const PRESETS: &[(&str, &str)] = &[
    ("consensus", include_str!("presets/consensus.toml")),
    ("biopsy", include_str!("presets/biopsy.toml")),
    ("tb", include_str!("presets/tb.toml")),
    ("metastases", include_str!("presets/metastases.toml")),
    ("i0-i4", include_str!("presets/i0-i4.toml")),
    ("i0-i4-cd3-cd45ro", include_str!("presets/i0-i4-cd3-cd45ro.toml")),
    ("i0-i4-cd8-cd45ro", include_str!("presets/i0-i4-cd8-cd45ro.toml")),
    ("t-cell-proximity", include_str!("presets/t-cell-proximity.toml")),
    ("macrophage", include_str!("presets/macrophage.toml")),
    ("ic-template", include_str!("presets/ic-template.toml")),
    ("tnm-i-nsclc", include_str!("presets/tnm-i-nsclc.toml")),
    ("stils", include_str!("presets/stils.toml")),
    ("pd-l1-tps", include_str!("presets/pd-l1-tps.toml")),
    ("pd-l1-cps", include_str!("presets/pd-l1-cps.toml")),
    ("pd-l1-ic", include_str!("presets/pd-l1-ic.toml")),
    ("pd-l1-tc", include_str!("presets/pd-l1-tc.toml")),
    ("pd-l1-tap", include_str!("presets/pd-l1-tap.toml")),
    ("h-score", include_str!("presets/h-score.toml")),
    ("ratio-cd8-foxp3", include_str!("presets/ratio-cd8-foxp3.toml")),
    ("ratio-cd8-cd3", include_str!("presets/ratio-cd8-cd3.toml")),
    ("ratio-cd8-cd68", include_str!("presets/ratio-cd8-cd68.toml")),
    ("ratio-m1-m2", include_str!("presets/ratio-m1-m2.toml")),
    ("ratio-ct-im", include_str!("presets/ratio-ct-im.toml")),
    ("phenotype", include_str!("presets/phenotype.toml")),
    ("phenotype-ct-im", include_str!("presets/phenotype-ct-im.toml")),
    ("tls", include_str!("presets/tls.toml")),
    ("tls-maturity", include_str!("presets/tls-maturity.toml")),
    ("klintrup-makinen", include_str!("presets/klintrup-makinen.toml")),
    ("gms", include_str!("presets/gms.toml")),
];

/// Names that the field has for presets, in the form of [`letters`].
const OTHER_NAMES: [(&str, &str); 5] = [
    ("isb", "biopsy"),
    ("immunoscorebiopsy", "biopsy"),
    ("immunoscore", "consensus"),
    ("isic", "ic-template"),
    ("immunoscoreic", "ic-template"),
];

/// The preset that a wrong name is meant for: by another name of it, by its name with other separators, as a part of its name such
/// as `cps`, or by likeness.
/// Absent if it resembles none.
pub fn resembling_preset(wrong: &str) -> Option<&'static str> {
    let wrong_letters = letters(wrong);
    let names = || PRESETS.iter().map(|it| it.0);
    let by_other_name = OTHER_NAMES.iter().find(|it| it.0 == wrong_letters).map(|it| it.1);
    let is_part = |name: &&str| {
        let name = letters(name);
        // Two letters stand in many a word.
        (wrong_letters.len() > 1 && name.contains(&wrong_letters)) || (name.len() > 2 && wrong_letters.contains(&name))
    };
    let is_same = |name: &&str| letters(name) == wrong_letters;
    let by_name = names().find(is_same).or_else(|| names().find(is_part));
    by_other_name.or(by_name).or_else(|| nearest(wrong, names()))
}

/// A name without case and separators.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

impl Protocol {
    /// The preset of a name; absent if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use contexture::protocol::Protocol;
    ///
    /// let consensus = Protocol::preset("consensus").expect("a preset");
    /// assert_eq!(consensus.components().len(), 4);
    /// ```
    pub fn preset(name: &str) -> Option<Self> {
        let (_, text) = PRESETS.iter().find(|it| it.0 == name)?;
        Some(toml::from_str(text).expect("a preset is a protocol"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_sound() {
        for (name, text) in PRESETS {
            let protocol: Protocol = toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(&protocol.name, name);
            assert_eq!(protocol.check(), None, "{name}");
            assert!(text.starts_with('#'), "{name} says what is established");
            assert!(!protocol.citation.is_empty(), "{name} cites its paper");
        }
    }

    #[test]
    fn a_name_that_others_use_finds_its_preset() {
        for (wrong, preset) in [
            ("cps", "pd-l1-cps"),
            ("TPS", "pd-l1-tps"),
            ("isb", "biopsy"),
            ("is-consensus", "consensus"),
            ("hscore", "h-score"),
            ("consensos", "consensus"),
            ("klintrup", "klintrup-makinen"),
            ("phenotype_ct_im", "phenotype-ct-im"),
        ] {
            assert_eq!(resembling_preset(wrong), Some(preset), "{wrong}");
        }
        assert_eq!(resembling_preset("weather"), None);
    }

    /// What is not established is asked for, and never invented.
    #[test]
    fn presets_without_established_values_ask_for_them() {
        let asking = |name: &str| Protocol::preset(name).unwrap().lacks();
        for (name, what) in [
            ("i0-i4", "\"CD8 IM\" = …  # cells/mm²"),
            ("macrophage", "\"CD68 CT\" = \"favourable\""),
            ("ic-template", "\"CD8 near PD-L1 TUMOR\" = …  # %"),
            ("phenotype", "no cut-off of CD8 TUMOR, CD8 STROMA"),
            ("phenotype-ct-im", "no cut-off of CD8 CT, CD8 IM"),
        ] {
            let found = asking(name).unwrap_or_else(|| panic!("{name} asks for nothing"));
            assert!(found.contains(what), "{name}: {found}");
        }
        let complete = PRESETS.iter().filter(|(name, _)| asking(name).is_none()).count();
        assert_eq!(complete, PRESETS.len() - 7);
    }
}
