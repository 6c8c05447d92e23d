//! The maximum of the pseudo-likelihood, by Newton's method with step halving.
//!
//! It stops when the next step is shorter than `1e-9` standard errors, of which Newton's method squares the error.
//! Columns that are combinations of those before them keep a coefficient of 0.

use super::Convention;
use super::hazard::{Derivatives, Hazard};
use super::risk_sets::RiskSets;
use crate::survival::cholesky::{Cholesky, SymmetricMatrix};

/// Steps after which a likelihood that still rises is taken to have no maximum.
const MAX_ITERATIONS: usize = 30;

/// Halvings after which a step is taken to lead nowhere.
const MAX_HALVINGS: usize = 30;

/// The square of the length of a step, in standard errors, that ends the iteration.
const DECREMENT_TOLERANCE: f64 = 1e-18;

/// A likelihood may fall by this much, relatively, in a step that moves within round-off.
const ROUND_OFF: f64 = 1e-13;

/// The maximum that was found, for standardized columns.
#[derive(Debug)]
pub(super) struct Maximum {
    pub(super) beta: Vec<f64>,
    pub(super) log_likelihood: f64,
    pub(super) log_likelihood_null: f64,
    /// Negative second derivative with all coefficients 0.
    pub(super) information_at_zero: SymmetricMatrix,
    /// Negative second derivative here.
    pub(super) information: SymmetricMatrix,
    /// Its inverse, 0 in aliased columns.
    pub(super) covariance: SymmetricMatrix,
    /// Whether a column was a combination of those before it, with all coefficients 0.
    pub(super) is_aliased: Vec<bool>,
    /// The Newton step from here: 0 at a maximum, and of the order of 1 along a diverging coefficient.
    pub(super) next_step: Vec<f64>,
    pub(super) iterations: usize,
    pub(super) converged: bool,
}

/// Maximizes the pseudo-likelihood, starting at zero.
pub(super) fn maximize(risk_sets: &RiskSets, convention: Convention) -> Maximum {
    let n_columns = risk_sets.n_columns;
    let derivatives = |beta: &[f64]| Hazard::at(risk_sets, beta, convention).derivatives(risk_sets, beta);
    let at_zero = derivatives(&vec![0.0; n_columns]);
    let cholesky = Cholesky::of(&at_zero.information);
    let is_aliased: Vec<bool> = (0..n_columns).map(|column| cholesky.is_redundant(column)).collect();

    let mut beta = vec![0.0; n_columns];
    let mut here = at_zero.clone();
    let mut iterations = 0;
    let (cholesky, next_step, converged) = loop {
        let (cholesky, step) = step(&here, &is_aliased);
        let decrement: f64 = step.iter().zip(&here.score).map(|(step, u)| step * u).sum();
        if decrement <= DECREMENT_TOLERANCE {
            break (cholesky, step, true);
        }
        let Some((candidate, derivatives)) =
            (iterations < MAX_ITERATIONS).then(|| climb(derivatives, &beta, &here, &step)).flatten()
        else {
            break (cholesky, step, false);
        };
        (beta, here) = (candidate, derivatives);
        iterations += 1;
    };
    Maximum {
        beta,
        log_likelihood: here.log_likelihood,
        log_likelihood_null: at_zero.log_likelihood,
        information_at_zero: at_zero.information,
        information: here.information,
        covariance: cholesky.inverse(),
        is_aliased,
        next_step,
        iterations,
        converged,
    }
}

/// The Newton step among columns that are not aliased.
fn step(here: &Derivatives, is_aliased: &[bool]) -> (Cholesky, Vec<f64>) {
    let among_free = |row: usize, column: usize| {
        if is_aliased[row] || is_aliased[column] { 0.0 } else { here.information.at(row, column) }
    };
    let cholesky = Cholesky::of(&SymmetricMatrix::from_lower(is_aliased.len(), among_free));
    let step = cholesky.solve(&here.score);
    (cholesky, step)
}

/// Goes along a step as far as the likelihood rises, halving it until it does.
fn climb(
    derivatives: impl Fn(&[f64]) -> Derivatives,
    beta: &[f64],
    here: &Derivatives,
    step: &[f64],
) -> Option<(Vec<f64>, Derivatives)> {
    let lowest = here.log_likelihood - ROUND_OFF * here.log_likelihood.abs();
    let mut part = 1.0;
    for _ in 0..=MAX_HALVINGS {
        let candidate: Vec<f64> = beta.iter().zip(step).map(|(beta, step)| beta + part * step).collect();
        let there = derivatives(&candidate);
        if there.log_likelihood >= lowest && there.score.iter().all(|it| it.is_finite()) {
            return Some((candidate, there));
        }
        part /= 2.0;
    }
    None
}
