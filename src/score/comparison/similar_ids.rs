//! Ids that differ by case, leading zeros or separators alone: perhaps one patient written in two ways.

use std::collections::BTreeMap;

/// What an id says without case, separators, and zeros before a number. Two numbers stay apart.
///
/// `P-007`, `p7` and `P 07` are one; `1-2` and `12` are not.
fn plain(id: &str) -> String {
    let mut plain = String::with_capacity(id.len());
    let mut digits = String::new();
    let put = |plain: &mut String, digits: &mut String| {
        if digits.is_empty() {
            return;
        }
        if plain.ends_with(|it: char| it.is_ascii_digit()) {
            plain.push('.');
        }
        let number = digits.trim_start_matches('0');
        plain.push_str(if number.is_empty() { "0" } else { number });
        digits.clear();
    };
    for letter in id.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        put(&mut plain, &mut digits);
        if letter.is_alphanumeric() {
            plain.extend(letter.to_lowercase());
        }
    }
    put(&mut plain, &mut digits);
    plain
}

/// Ids by what they say.
pub(super) struct SimilarIds<'a>(BTreeMap<String, Vec<&'a str>>);

impl<'a> SimilarIds<'a> {
    pub(super) fn of(ids: impl IntoIterator<Item = &'a String>) -> Self {
        let mut known: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for id in ids {
            known.entry(plain(id)).or_default().push(id);
        }
        Self(known)
    }

    /// The first id that says the same as this one and is another; absent if there is none.
    pub(super) fn of_id(&self, id: &str) -> Option<&'a str> {
        self.0.get(&plain(id))?.iter().copied().find(|it| *it != id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_zeros_and_separators_make_no_other_patient() {
        for (one, other) in [("001", "1"), ("P-007", "p7"), ("P 07", "P_7"), ("000", "0"), ("tma.A01", "TMA-a1")] {
            assert_eq!(plain(one), plain(other));
        }
        for (one, other) in [("1-2", "12"), ("10", "1"), ("a1b", "a1"), ("100", "1"), ("1-02", "10-2")] {
            assert_ne!(plain(one), plain(other));
        }
    }

    #[test]
    fn an_id_does_not_resemble_itself() {
        let ids = ["1".to_owned(), "P2".to_owned()];
        let similar = SimilarIds::of(&ids);
        assert_eq!((similar.of_id("1"), similar.of_id("01"), similar.of_id("p2")), (None, Some("1"), Some("P2")));
    }
}
