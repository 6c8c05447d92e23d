//! "Did you mean …": the known word that a wrong one resembles.

/// Words less alike than this are no suggestion (Jaro-Winkler similarity, in [0, 1]).
const ALIKE: f64 = 0.8;

/// The known word that resembles a wrong one most; absent if none does.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |word: &str| strsim::jaro_winkler(&wrong.to_lowercase(), &word.to_lowercase());
    let best = known.into_iter().map(|word| (likeness(word), word)).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= ALIKE).then_some(best.1)
}

/// The words of [`nearest`], as the tail of a message; empty if there is none.
pub fn did_you_mean<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    hint(nearest(wrong, known))
}

/// The word that is meant, as the tail of a message; empty if there is none.
pub fn hint(meant: Option<&str>) -> String {
    meant.map(|word| format!("; did you mean '{word}'?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_word() {
        assert_eq!(nearest("referense", ["protocol", "reference", "seed"]), Some("reference"));
        assert_eq!(did_you_mean("CD88", ["CD3", "CD8"]), "; did you mean 'CD8'?");
    }

    #[test]
    fn another_word_finds_none() {
        assert_eq!(nearest("weather", ["CD3", "CD8"]), None);
        assert_eq!(did_you_mean("weather", []), "");
    }
}
