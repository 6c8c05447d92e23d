//! What a file's author may have meant: by a word of a TOML file, by the name of a column.

pub use crate::model::suggestion::{did_you_mean, hint, nearest};

/// Words that others use for one of a file's, which they do not resemble: the word, ours, and what is to be known.
const OTHER_WORDS: [(&str, &str, &str); 25] = [
    ("fraction", "percent", ""),
    ("area_fraction", "percent", ""),
    ("distance", "proximity", NO_DISTANCE),
    ("mean_distance", "proximity", NO_DISTANCE),
    ("nearest_neighbour", "proximity", NO_DISTANCE),
    ("nearest_neighbor", "proximity", NO_DISTANCE),
    ("g_cross", "proximity", ""),
    ("positive", "favourable", " more of it raises the score"),
    ("negative", "adverse", " more of it lowers the score"),
    ("favourable", "positive", ""),
    ("adverse", "negative", ""),
    ("+", "favourable", ""),
    ("-", "adverse", ""),
    ("protective", "favourable", ""),
    ("risk", "adverse", ""),
    ("unfavourable", "adverse", ""),
    ("unfavorable", "adverse", ""),
    ("+", "positive", ""),
    ("-", "negative", ""),
    ("protective", "positive", ""),
    ("risk", "negative", ""),
    ("unfavourable", "negative", ""),
    ("unfavorable", "negative", ""),
    ("time_unit", "unit", ""),
    (
        "allow_partial",
        "min_components",
        " it is the smallest number of components that make a score: 1 for any, all of them if absent",
    ),
];

/// What is to be known of distances.
const NO_DISTANCE: &str = " it is the share of cells that have one within a distance; a mean distance is no measure";

/// What serde says of a value, for a reader who does not write Rust; with "did you mean" behind the words it expected.
pub fn in_plain_words(message: &str) -> String {
    let message = message.lines().next().unwrap_or(message);
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = quoted.next().filter(|_| message.starts_with("unknown "));
    let hint = wrong.map(|it| meant(it, &quoted.collect::<Vec<_>>())).unwrap_or_default();
    let mut words = message.replace('`', "'");
    for (rust, plain) in [
        ("u64", "a whole number"),
        ("u32", "a whole number"),
        ("usize", "a whole number"),
        ("f64", "a number"),
        ("a sequence", "a list"),
    ] {
        if let Some(start) = words.strip_suffix(&format!("expected {rust}")) {
            words = format!("{start}expected {plain}");
        }
    }
    words + &hint
}

/// The expected word that a wrong one means or resembles, as the tail of a message; empty if there is none.
fn meant(wrong: &str, expected: &[&str]) -> String {
    let other = OTHER_WORDS.iter().find(|it| it.0 == wrong && expected.contains(&it.1));
    other.map_or_else(
        || did_you_mean(wrong, expected.iter().copied()),
        |(_, ours, what)| format!("; did you mean '{ours}'?{what}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serde_says_is_said_in_plain_words() {
        let message = "unknown field `sed`, expected `seed` or `title`\nhere";
        assert_eq!(in_plain_words(message), "unknown field 'sed', expected 'seed' or 'title'; did you mean 'seed'?");
        assert_eq!(
            in_plain_words("invalid type: string, expected u64"),
            "invalid type: string, expected a whole number"
        );
    }

    #[test]
    fn another_word_for_the_same_thing_finds_it_where_it_is_expected() {
        let message = "unknown variant `fraction`, expected one of `density`, `percent`";
        assert!(in_plain_words(message).ends_with("; did you mean 'percent'?"));
        for (sign, ours) in
            [("+", "favourable"), ("-", "adverse"), ("protective", "favourable"), ("unfavorable", "adverse")]
        {
            let message = format!("unknown variant `{sign}`, expected one of `favourable`, `adverse`, `to_be_given`");
            assert!(in_plain_words(&message).ends_with(&format!("; did you mean '{ours}'?")), "{sign}");
        }
        let message = "unknown variant `+`, expected one of `positive`, `negative`, `context`";
        assert!(in_plain_words(message).ends_with("; did you mean 'positive'?"));
        let message = "unknown variant `positive`, expected `yes` or `no`";
        assert!(!in_plain_words(message).contains("did you mean"));
    }
}
