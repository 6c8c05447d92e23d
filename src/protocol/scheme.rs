//! Classes of a score.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Grain, Scale};
use crate::model::means_absent;
use crate::model::problem::{KeyPath, Problem, first_repeat};
use crate::model::suggestion::hint;

/// Two scores closer than this are one: a mean of four percentiles that is 25 on paper may be 25.000000000000004 in
/// floating point, and must stay in the class below the cut.
pub const CUT_TOLERANCE: f64 = 1e-9;

/// A way to put a score into classes. "High" means another thing in another scheme, so the scheme's name always stands
/// beside the class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// Name used in columns: lower-case letters, digits and `_`, ending in `_class`.
    pub name: String,
    /// Name used on pages.
    pub label: String,
    /// Names of the classes, from the lowest score to the highest.
    pub classes: Vec<String>,
    /// Ends of all classes but the last, ascending, on the scale of the score.
    pub upper_ends: Vec<f64>,
    /// To which class a score belongs that is equal to an end.
    #[serde(default, skip_serializing_if = "CutSide::is_default")]
    pub cut_belongs_to: CutSide,
}

/// To which class a score belongs that is equal to the end between two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CutSide {
    /// The class below: 25 is Low, more is Intermediate.
    #[default]
    ClassBelow,
    /// The class above: 1 % is positive, less is negative.
    ClassAbove,
}

impl CutSide {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Scheme {
    /// Index of the class of a score.
    ///
    /// A score within [`CUT_TOLERANCE`] of an end is equal to it; the score is never rounded first.
    pub fn classify(&self, score: f64) -> usize {
        match self.cut_belongs_to {
            CutSide::ClassBelow => self.upper_ends.partition_point(|&end| score > end + CUT_TOLERANCE),
            CutSide::ClassAbove => self.upper_ends.partition_point(|&end| score >= end - CUT_TOLERANCE),
        }
    }

    /// Distance from a score to the nearest cut, in points of the score.
    pub fn distance_to_cut(&self, score: f64) -> f64 {
        self.upper_ends.iter().map(|end| (score - end).abs()).fold(f64::INFINITY, f64::min)
    }

    /// Where a class starts and ends; absent where it has no end on that side but that of the scale.
    pub fn bounds(&self, class: usize) -> (Option<f64>, Option<f64>) {
        (class.checked_sub(1).map(|below| self.upper_ends[below]), self.upper_ends.get(class).copied())
    }

    /// The scores of a class in words, such as `above 25, up to 70`, `1 to below 50` or `2 to 3`.
    pub fn range_in_words(&self, class: usize, scale: &Scale) -> String {
        let (lower, upper) = self.bounds(class);
        if scale.grain == Grain::Whole {
            let first = match self.cut_belongs_to {
                CutSide::ClassBelow => lower.map(|it| it.floor() + 1.0),
                CutSide::ClassAbove => lower.map(f64::ceil),
            };
            let last = match self.cut_belongs_to {
                CutSide::ClassBelow => upper.map(f64::floor),
                CutSide::ClassAbove => upper.map(|it| it.ceil() - 1.0),
            };
            return match (first.or(scale.lower), last.or(scale.upper)) {
                (Some(first), Some(last)) if first < last => format!("{first} to {last}"),
                (Some(first), Some(_)) => first.to_string(),
                (Some(first), None) => format!("{first} or more"),
                (None, Some(last)) => format!("up to {last}"),
                (None, None) => "all".to_owned(),
            };
        }
        match (self.cut_belongs_to, lower, upper) {
            (CutSide::ClassBelow, None, Some(upper)) => match scale.lower {
                Some(lowest) => format!("{lowest} to {upper}"),
                None => format!("up to {upper}"),
            },
            (CutSide::ClassBelow, Some(lower), upper) => match upper.or(scale.upper) {
                Some(upper) => format!("above {lower}, up to {upper}"),
                None => format!("above {lower}"),
            },
            (CutSide::ClassAbove, None, Some(upper)) => format!("below {upper}"),
            (CutSide::ClassAbove, Some(lower), Some(upper)) => format!("{lower} to below {upper}"),
            (CutSide::ClassAbove, Some(lower), None) => format!("{lower} or more"),
            (_, None, None) => "all".to_owned(),
        }
    }

    pub(super) fn check(&self, scale: &Scale) -> Option<Problem> {
        let name = &self.name;
        let is_word = name.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_');
        // The ending keeps the columns of schemes apart from the other columns of `scores`.
        if !is_word || !name.ends_with("_class") {
            let meant = hint(name_like(name).as_deref());
            let text = format!(
                "scheme '{name}': a name is made of lower-case letters, digits and '_', and ends in '_class'{meant}"
            );
            return Some(Problem::at("name", text));
        }
        let place = |at: usize| KeyPath::from("classes").item(at);
        if let Some(at) = self.classes.iter().position(|it| !is_class_name(it)) {
            let class = &self.classes[at];
            let text = format!("scheme '{name}': class {class:?} is no name; it would not read back from a table");
            return Some(Problem::at(place(at), text));
        }
        if self.classes.len() != self.upper_ends.len() + 1 || self.classes.len() < 2 {
            let text = format!("scheme '{name}' needs one class more than upper ends, and two classes at least");
            return Some(Problem::at("upper_ends", text));
        }
        if let Some((first, again)) = first_repeat(&self.classes) {
            let text = format!("scheme '{name}': each class needs a name of its own");
            return Some(Problem::at(place(again), text).after(place(first)));
        }
        // An end at the end of the scale would leave a class without any score.
        let is_above_lowest = |end: f64| {
            scale.lower.is_none_or(|it| if self.cut_belongs_to == CutSide::ClassBelow { end >= it } else { end > it })
        };
        let is_below_highest = |end: f64| {
            scale.upper.is_none_or(|it| if self.cut_belongs_to == CutSide::ClassBelow { end < it } else { end <= it })
        };
        let inside = self.upper_ends.iter().all(|&it| it.is_finite() && is_above_lowest(it) && is_below_highest(it));
        if !inside || !self.upper_ends.is_sorted_by(|a, b| a < b) {
            let between = match (scale.lower, scale.upper) {
                (Some(lower), Some(upper)) => format!(" between {lower} and {upper}"),
                (Some(lower), None) => format!(" from {lower} on"),
                _ => String::new(),
            };
            return Some(Problem::at("upper_ends", format!("scheme '{name}': upper ends must ascend{between}")));
        }
        None
    }
}

/// The name of a scheme that a wrong one is meant for; absent where it has no letter or digit.
fn name_like(wrong: &str) -> Option<String> {
    let words = wrong.to_lowercase();
    let words =
        words.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !matches!(*it, "" | "class" | "classes"));
    let stem = words.collect::<Vec<_>>().join("_");
    (!stem.is_empty()).then(|| format!("{stem}_class"))
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
            cut_belongs_to: CutSide::ClassBelow,
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

    #[test]
    fn a_score_on_a_cut_can_belong_to_the_class_above() {
        let scheme = Scheme {
            name: "tps_class".to_owned(),
            label: "TPS".to_owned(),
            classes: ["<1", "1-49", "≥50"].map(str::to_owned).to_vec(),
            upper_ends: vec![1.0, 50.0],
            cut_belongs_to: CutSide::ClassAbove,
        };
        for (score, class) in [(0.0, 0), (0.99, 0), (1.0, 1), (1.0 - 5e-10, 1), (49.9, 1), (50.0, 2), (100.0, 2)] {
            assert_eq!(scheme.classify(score), class, "at {score}");
        }
        let scale = Scale { lower: Some(0.0), upper: Some(100.0), grain: Grain::Continuous };
        let words: Vec<String> = (0..3).map(|it| scheme.range_in_words(it, &scale)).collect();
        assert_eq!(words, ["below 1", "1 to below 50", "50 or more"]);
    }

    #[test]
    fn the_scores_of_a_class_are_said_in_words() {
        let percentiles = Scale { lower: Some(0.0), upper: Some(100.0), grain: Grain::Continuous };
        let words: Vec<String> = [0, 1, 4].map(|it| five().range_in_words(it, &percentiles)).to_vec();
        assert_eq!(words, ["0 to 10", "above 10, up to 25", "above 95, up to 100"]);
        let grouped = Scheme { upper_ends: vec![1.0, 2.0], ..five() };
        let counts = Scale { lower: Some(0.0), upper: Some(4.0), grain: Grain::Whole };
        let words: Vec<String> = (0..3).map(|it| grouped.range_in_words(it, &counts)).collect();
        assert_eq!(words, ["0 to 1", "2", "3 to 4"]);
    }
}
