//! Classes of a score.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::means_absent;

/// Two scores closer than this are one: a mean of four percentiles that is 25 on paper may be 25.000000000000004 in
/// floating point, and must stay in the class below the cut.
pub const CUT_TOLERANCE: f64 = 1e-9;

/// A way to put a score from 0 to 100 into classes. "High" means another thing in another scheme, so the scheme's name
/// always stands beside the class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// Name used in columns: lower-case letters, digits and `_`, ending in `_class`.
    pub name: String,
    /// Name used on pages.
    pub label: String,
    /// Names of the classes, from the lowest score to the highest.
    pub classes: Vec<String>,
    /// Upper ends of all classes but the last, ascending, in percentile points; an end belongs to the class below it.
    pub upper_ends: Vec<f64>,
}

impl Scheme {
    /// Index of the class of a score.
    ///
    /// An upper end belongs to the class below it, within [`CUT_TOLERANCE`]; the score is never rounded first.
    pub fn classify(&self, score: f64) -> usize {
        self.upper_ends.partition_point(|&end| score > end + CUT_TOLERANCE)
    }

    /// Distance from a score to the nearest cut, in percentile points.
    pub fn distance_to_cut(&self, score: f64) -> f64 {
        self.upper_ends.iter().map(|end| (score - end).abs()).fold(f64::INFINITY, f64::min)
    }

    /// The scores that belong to a class, as its lower end (exclusive, but for the first class) and upper end (inclusive).
    pub fn bounds(&self, class: usize) -> (f64, f64) {
        let lower = class.checked_sub(1).map_or(0.0, |below| self.upper_ends[below]);
        (lower, self.upper_ends.get(class).copied().unwrap_or(100.0))
    }

    pub(super) fn check(&self) -> Option<String> {
        let name = &self.name;
        let is_word = name.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_');
        // The ending keeps the columns of schemes apart from the other columns of `scores`.
        if !is_word || !name.ends_with("_class") {
            return Some(format!(
                "scheme '{name}': a name is made of lower-case letters, digits and '_', and ends in '_class'"
            ));
        }
        if let Some(class) = self.classes.iter().find(|it| !is_class_name(it)) {
            return Some(format!("scheme '{name}': class {class:?} is no name; it would not read back from a table"));
        }
        if self.classes.len() != self.upper_ends.len() + 1 || self.classes.len() < 2 {
            return Some(format!("scheme '{name}' needs one class more than upper ends, and two classes at least"));
        }
        if super::first_repeated(&self.classes).is_some() {
            return Some(format!("scheme '{name}': each class needs a name of its own"));
        }
        let inside = self.upper_ends.iter().all(|end| *end > 0.0 && *end < 100.0);
        if !inside || !self.upper_ends.is_sorted_by(|a, b| a < b) {
            return Some(format!("scheme '{name}': upper ends must ascend between 0 and 100"));
        }
        None
    }
}

/// Whether a name can stand in a cell of a table: visible text that no table takes for an absent value.
fn is_class_name(name: &str) -> bool {
    name.trim() == name && !name.chars().any(char::is_control) && !means_absent(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn five() -> Scheme {
        Scheme {
            name: "five_class".to_owned(),
            label: "five classes".to_owned(),
            classes: ["IS0", "IS1", "IS2", "IS3", "IS4"].map(str::to_owned).to_vec(),
            upper_ends: vec![10.0, 25.0, 70.0, 95.0],
        }
    }

    #[test]
    fn a_score_on_a_cut_belongs_to_the_class_below() {
        for (score, class) in
            [(0.0, 0), (10.0, 0), (10.0 + 2e-9, 1), (25.0, 1), (25.1, 2), (70.0, 2), (70.1, 3), (95.0, 3), (100.0, 4)]
        {
            assert_eq!(five().classify(score), class, "at {score}");
        }
    }

    #[test]
    fn rounding_error_does_not_lift_a_score_over_a_cut() {
        assert_eq!(five().classify(25.000_000_000_000_004), 1);
        assert_eq!(five().classify(70.0 + 9e-10), 2);
    }
}
