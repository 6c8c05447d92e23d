//! Scores: points, intervals, distances from a cut, and the scores of a class.

use super::{between, number, with_minus};
use crate::protocol::CUT_TOLERANCE;
use crate::score::PatientScore;

/// A distance that is less would read as none.
const LEAST_DISTANCE: f64 = 0.05;

/// A score or percentile, to a tenth of a point.
pub fn points(points: f64) -> String {
    number(points, 1)
}

/// The end of a bar: whole, or to three digits behind the point.
pub fn points_or_whole(points: f64) -> String {
    with_minus(&((points * 1000.0).round() / 1000.0).to_string())
}

/// A score at a known distance from the nearest cut: with as many digits as it takes to see on which side it lies. Without a
/// distance it is a whole number, or one of a scale of its own.
pub fn score(score: f64, distance_to_cut: Option<f64>) -> String {
    match distance_to_cut {
        None if score.fract() == 0.0 => number(score, 0),
        None => number(score, 2),
        Some(it) if is_beside_cut(it) => number(score, 3),
        Some(_) => points(score),
    }
}

/// A distance from a cut to a tenth of a point, which is 0 only on the cut.
pub fn distance(distance_to_cut: f64) -> String {
    if is_beside_cut(distance_to_cut) { "less than 0.1".to_owned() } else { points(distance_to_cut) }
}

/// Whether a distance is none to a tenth of a point, but is one.
fn is_beside_cut(distance_to_cut: f64) -> bool {
    distance_to_cut < LEAST_DISTANCE && distance_to_cut > CUT_TOLERANCE
}

/// An interval of a score, such as `43.1–52.0`, or `2–4` where scores are whole numbers; absent if an end is.
pub fn score_interval(score: &PatientScore, lower: Option<f64>, upper: Option<f64>) -> Option<String> {
    let end = |it: f64| if score.distance_to_cut.is_none() { points_or_whole(it) } else { points(it) };
    Some(between(lower?, upper?, end))
}

/// The scores of a class in words, such as `above 25, up to 70`: with true minus signs, and a line breaks behind a comma only.
pub fn range_of_scores(words: &str) -> String {
    words.replace(' ', "\u{a0}").replace(",\u{a0}", ", ").replace('-', "\u{2212}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_beside_a_cut_shows_its_side() {
        assert_eq!(score(47.53, Some(22.47)), "47.5");
        assert_eq!(score(25.01, Some(0.01)), "25.010");
        assert_eq!(score(25.0, Some(0.0)), "25.0");
        assert_eq!(score(-1.26, Some(1.26)), "\u{2212}1.3");
        assert_eq!([score(3.0, None), score(-0.5, None)], ["3", "\u{2212}0.50"]);
    }

    #[test]
    fn a_distance_reads_0_on_the_cut_alone() {
        assert_eq!([0.0, 1e-12, 0.039, 0.05, 10.44].map(distance), ["0.0", "0.0", "less than 0.1", "0.1", "10.4"]);
    }

    #[test]
    fn the_scores_of_a_class_break_behind_a_comma_alone() {
        assert_eq!(range_of_scores("above -1, up to 70"), "above\u{a0}\u{2212}1, up\u{a0}to\u{a0}70");
    }
}
