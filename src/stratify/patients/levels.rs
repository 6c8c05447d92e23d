//! The classes of a column and their order.

use std::collections::BTreeSet;

/// The classes that occur, in their order: as declared, or else numbers by size before words by alphabet.
pub(super) fn levels(found: &[&str], declared: Option<&[String]>) -> Vec<String> {
    let distinct: BTreeSet<&str> = found.iter().copied().collect();
    if let Some(declared) = declared {
        return declared.to_vec();
    }
    let mut levels: Vec<&str> = distinct.into_iter().collect();
    let number = |it: &str| it.parse::<f64>().ok().filter(|it| it.is_finite());
    levels.sort_by(|a, b| match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (Some(_), None) => std::cmp::Ordering::Less,
        (None, Some(_)) => std::cmp::Ordering::Greater,
        (None, None) => a.cmp(b),
    });
    levels.into_iter().map(str::to_owned).collect()
}

/// Whether the order of classes means something: it was declared, or they are numbers.
pub(super) fn are_ordered(levels: &[String], declared: Option<&[String]>) -> bool {
    declared.is_some() || levels.iter().all(|it| it.parse::<f64>().is_ok_and(f64::is_finite))
}

/// The place of each value among the classes.
pub(super) fn codes(values: &[&str], levels: &[String]) -> Vec<usize> {
    let code = |it: &&str| levels.iter().position(|level| level == it).expect("a value is one of the classes");
    values.iter().map(code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_by_size_and_words_by_alphabet() {
        assert_eq!(levels(&["10", "9", "b", "a", "9"], None), ["9", "10", "a", "b"]);
    }

    #[test]
    fn the_order_of_the_alphabet_means_nothing() {
        let words = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect::<Vec<String>>();
        assert!(are_ordered(&words(&["0", "1.5", "10"]), None));
        assert!(!are_ordered(&words(&["1", "2", "unknown"]), None));
        assert!(are_ordered(&words(&["low", "high"]), Some(&words(&["low", "high"]))));
    }

    #[test]
    fn declared_classes_keep_their_order_even_if_nobody_has_one() {
        let declared = ["high", "none", "low"].map(str::to_owned);
        assert_eq!(levels(&["low", "high"], Some(&declared)), declared);
        assert_eq!(codes(&["low", "high"], &declared), [2, 0]);
    }
}
