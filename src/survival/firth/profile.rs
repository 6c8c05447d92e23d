//! Intervals and tests of one coefficient from the profile of the penalized likelihood.
//!
//! The signed root `r(b) = √(2 (l*(β̂) - max l*(β | β_j = b)))` is nearly linear in `b`, and its slope is known, since the
//! gradient at the constrained maximum is that of the profile:
//!
//! ```text
//! r'(b) = -U*_j / r(b)
//! ```
//!
//! The limit, where `r = 1.96`, is found by Newton's method within a bracket.

use super::maximum::{self, Maximum};
use super::penalized_likelihood::{PenalizedLikelihood, Point};
use crate::survival::kaplan_meier::NORMAL_QUANTILE_975;

/// How near `r` has to come to 1.96.
const ROOT_TOLERANCE: f64 = 1e-10;

/// Evaluations of the profile; Newton's method needs four or five.
const MAX_EVALUATIONS: usize = 60;

/// Distance from the estimate, in standard deviations of the column, beyond which no limit is looked for.
const FURTHEST: f64 = 1e3;

/// The end of the 95 % interval on one side of the estimate (-1 or 1), in standardized units; `None` if the profile does
/// not fall far enough.
pub(super) fn limit(likelihood: &PenalizedLikelihood<'_>, maximum: &Maximum, column: usize, side: f64) -> Option<f64> {
    let estimate = maximum.point.beta[column];
    let (mut inside, mut outside) = (0.0, None::<f64>);
    let mut distance = NORMAL_QUANTILE_975 * maximum.point.covariance.at(column, column).sqrt();
    let mut start = maximum.point.clone();
    for _ in 0..MAX_EVALUATIONS {
        let held = held_at(likelihood, &start, column, estimate + side * distance);
        let (root, slope) = match &held {
            Some(point) => signed_root(maximum, point, column, side),
            // Where no information is left, the penalty is infinite.
            None => (f64::INFINITY, f64::NAN),
        };
        if (root - NORMAL_QUANTILE_975).abs() <= ROOT_TOLERANCE {
            return Some(estimate + side * distance);
        }
        if root > NORMAL_QUANTILE_975 {
            outside = Some(distance);
        } else {
            inside = distance;
            if distance > FURTHEST {
                return None;
            }
        }
        let newton = distance + (NORMAL_QUANTILE_975 - root) / slope;
        let furthest = outside.unwrap_or(3.0 * inside);
        distance = if newton > inside && newton < furthest {
            newton
        } else {
            outside.map_or(2.0 * inside, |outside| 0.5 * (inside + outside))
        };
        start = held.unwrap_or(start);
    }
    None
}

/// Twice the loss of penalized likelihood if a coefficient is 0.
pub(super) fn chi_square_of_zero(
    likelihood: &PenalizedLikelihood<'_>,
    maximum: &Maximum,
    column: usize,
) -> Option<f64> {
    let held = held_at(likelihood, &maximum.point, column, 0.0)?;
    Some((2.0 * (maximum.point.log_likelihood - held.log_likelihood)).max(0.0))
}

/// The constrained maximum with a coefficient at a value, from a start at which it may differ.
fn held_at(likelihood: &PenalizedLikelihood<'_>, start: &Point, column: usize, value: f64) -> Option<Point> {
    let mut beta = start.beta.clone();
    beta[column] = value;
    let from = likelihood.at(&beta)?;
    Some(maximum::climb(likelihood, from, Some(column)).point)
}

/// `r` and its slope in the direction away from the estimate.
fn signed_root(maximum: &Maximum, held: &Point, column: usize, side: f64) -> (f64, f64) {
    let root = (2.0 * (maximum.point.log_likelihood - held.log_likelihood)).max(0.0).sqrt();
    (root, -side * held.score[column] / root)
}
