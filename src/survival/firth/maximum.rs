//! The maximum of the penalized likelihood, with all coefficients free or one held.
//!
//! ```text
//! β ← β + I⁻¹ U*        with steps halved until l* rises, and no coefficient moving by more than 2.5
//! ```
//!
//! `I` leaves the curvature of the penalty out, as in `coxphf`: each step takes away most of what error is left, not its
//! square.

use super::penalized_likelihood::{PenalizedLikelihood, Point, dot};
use crate::survival::cholesky::Cholesky;

/// Enough for a step to take away a tenth of the error only.
const MAX_ITERATIONS: usize = 500;

/// The furthest that a coefficient moves in a step, in standard deviations of its column; `maxstep` of coxphf.
const LONGEST_STEP: f64 = 2.5;

/// The squared length of a step, in standard errors, that ends the search: ten digits of a standard error.
const SMALLEST_DECREMENT: f64 = 1e-22;

/// A likelihood may fall by this much, relatively, in a step that moves within round-off.
const ROUND_OFF: f64 = 1e-14;

/// Halvings after which a step is called round-off.
const MAX_HALVINGS: usize = 40;

/// Where the penalized likelihood is largest.
#[derive(Debug)]
pub(super) struct Maximum {
    pub(super) point: Point,
    pub(super) iterations: usize,
    pub(super) converged: bool,
}

impl Maximum {
    /// `β' I β`.
    pub(super) fn wald(&self) -> f64 {
        let beta = &self.point.beta;
        let row = |row: usize| -> f64 {
            beta.iter().enumerate().map(|(column, it)| self.point.information.at(row, column) * it).sum()
        };
        beta.iter().enumerate().map(|(idx, it)| it * row(idx)).sum()
    }
}

/// Climbs from a point to the maximum, over all coefficients but a held one.
pub(super) fn climb(likelihood: &PenalizedLikelihood<'_>, from: Point, held: Option<usize>) -> Maximum {
    let free: Vec<usize> = (0..from.beta.len()).filter(|&column| Some(column) != held).collect();
    let mut point = from;
    for iterations in 0..MAX_ITERATIONS {
        let score: Vec<f64> = free.iter().map(|&column| point.score[column]).collect();
        let step = Cholesky::of(&point.information.select(&free)).solve(&score);
        if dot(&step, &score) <= SMALLEST_DECREMENT {
            return Maximum { point, iterations, converged: true };
        }
        let longest = step.iter().fold(0.0_f64, |longest, it| longest.max(it.abs()));
        let first = (LONGEST_STEP / longest).min(1.0);
        let lowest = point.log_likelihood - ROUND_OFF * point.log_likelihood.abs();
        let next = (0..MAX_HALVINGS).find_map(|n_halvings| {
            let fraction = first * 0.5_f64.powi(i32::try_from(n_halvings).ok()?);
            let mut beta = point.beta.clone();
            for (&column, step) in free.iter().zip(&step) {
                beta[column] += fraction * step;
            }
            likelihood.at(&beta).filter(|it| it.log_likelihood >= lowest)
        });
        match next {
            Some(next) => point = next,
            None => return Maximum { point, iterations, converged: false },
        }
    }
    Maximum { point, iterations: MAX_ITERATIONS, converged: false }
}
