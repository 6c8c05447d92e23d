//! The maximum of the partial likelihood, by Newton's method with step halving.
//!
//! ```text
//! β ← β + I⁻¹ U                                     while the likelihood rises
//! β ← (β_new + h β) / (h + 1),  h = 1, 2, …         when it does not
//! stop when |1 - l_old / l_new| ≤ 1e-9              as R
//! ```
//!
//! R stops there. Newton steps square the error, so a few more make coefficients exact to their last digits instead of
//! to about nine.
//!
//! # References
//!
//! * Therneau TM, Grambsch PM. *Modeling Survival Data: Extending the Cox Model.* Springer, 2000, §3.5.
//!   doi:10.1007/978-1-4757-3294-8

use super::partial_likelihood::Derivatives;
use super::risk_sets::RiskSets;
use crate::survival::cholesky::{Cholesky, SymmetricMatrix};

/// Relative change of the log likelihood at which R calls it converged.
const LIKELIHOOD_TOLERANCE: f64 = 1e-9;

/// R's `iter.max`.
const MAX_ITERATIONS: usize = 20;

/// Steps after convergence: the first leaves an error of about 1e-6 standard errors squared, the second none.
const N_POLISHING_STEPS: usize = 3;

/// Squared length in standard errors of a polishing step that is not worth taking: 1e-11 standard errors, about what
/// round-off in the gradient of a million patients moves the maximum by.
const POLISHED_DECREMENT: f64 = 1e-22;

/// A likelihood may fall by this much, relatively, in a polishing step, which then moves within round-off.
const ROUND_OFF: f64 = 1e-13;

/// A Newton step of more than this from a maximum, in units of a column's spread, is a coefficient on its way.
///
/// Steps along a diverging coefficient are about 1; at a true maximum they are round-off.
const DIVERGING_STEP: f64 = 1e-4;

/// By what factor information may shrink from zero to the maximum.
///
/// It shrinks most if a single event keeps a coefficient finite: by the number of events, which is smaller. Along an
/// infinite coefficient it goes on shrinking until the likelihood has converged to nine digits.
pub(super) const INFORMATION_LOSS: f64 = 1e7;

/// Squared length in standard errors of a step after which no other is needed: it leaves an error of its square.
const LAST_DECREMENT: f64 = 1e-10;

/// The longest that such a step may be, in units of a column's spread.
const LAST_STEP: f64 = 1e-3;

/// The maximum that was found, for standardized columns.
#[derive(Debug)]
pub(super) struct Maximum {
    pub(super) beta: Vec<f64>,
    pub(super) log_likelihood: f64,
    /// What is known of the coefficients here.
    pub(super) precision: Precision,
    /// What was known of them at zero.
    pub(super) precision_at_zero: Precision,
    /// The Newton step from here: zero at a maximum, and of the order of 1 along a diverging coefficient.
    pub(super) next_step: Vec<f64>,
    pub(super) iterations: usize,
    pub(super) converged: bool,
}

/// The information on coefficients, and its inverse.
#[derive(Debug)]
pub(super) struct Precision {
    pub(super) information: SymmetricMatrix,
    /// Zero in columns on which no information is left, as happens when a coefficient diverges.
    pub(super) covariance: SymmetricMatrix,
}

/// Maximizes the partial likelihood, starting at zero, where it has the given derivatives.
pub(super) fn maximize(risk_sets: &RiskSets, at_zero: Derivatives) -> Maximum {
    let mut best = Iterate::new(vec![0.0; risk_sets.n_columns()], at_zero);
    let precision_at_zero = best.precision();
    let mut candidate_beta = best.stepped();
    let mut n_halvings = 0.0;
    let (mut iterations, mut converged) = (0, false);

    while iterations < MAX_ITERATIONS && !converged {
        iterations += 1;
        let candidate = Iterate::new(candidate_beta.clone(), risk_sets.derivatives(&candidate_beta));
        let (old, new) = (best.log_likelihood(), candidate.log_likelihood());
        converged = candidate.is_finite() && (1.0 - old / new).abs() <= LIKELIHOOD_TOLERANCE;
        if converged || (candidate.is_finite() && new >= old) {
            n_halvings = 0.0;
            best = candidate;
            candidate_beta = best.stepped();
        } else {
            n_halvings += 1.0;
            for (candidate, best) in candidate_beta.iter_mut().zip(&best.beta) {
                *candidate = (*candidate + n_halvings * best) / (n_halvings + 1.0);
            }
        }
    }
    if converged {
        iterations += polish(risk_sets, &mut best);
    }
    Maximum {
        precision: best.precision(),
        precision_at_zero,
        log_likelihood: best.log_likelihood(),
        next_step: best.step,
        beta: best.beta,
        iterations,
        converged,
    }
}

impl Maximum {
    /// Whether the likelihood has fallen off on every side: nothing diverges, and all coefficients are determined.
    pub(super) fn is_interior(&self) -> bool {
        self.converged && (0..self.beta.len()).all(|column| !self.diverges(column) && self.is_determined(column))
    }

    /// Whether the next step would still change a coefficient.
    pub(super) fn diverges(&self, column: usize) -> bool {
        self.next_step[column].abs() > DIVERGING_STEP
    }

    fn is_determined(&self, column: usize) -> bool {
        self.precision.covariance.at(column, column) > 0.0 && self.information_loss(column) <= INFORMATION_LOSS
    }

    /// The factor by which the information on a coefficient is smaller here than at zero, by itself or with the
    /// others unknown.
    pub(super) fn information_loss(&self, column: usize) -> f64 {
        let (here, at_zero) = (&self.precision, &self.precision_at_zero);
        let by_itself = at_zero.information.at(column, column) / here.information.at(column, column).max(0.0);
        by_itself.max(here.covariance.at(column, column) / at_zero.covariance.at(column, column))
    }
}

/// Maximizes the partial likelihood from a start nearby, by plain steps.
///
/// `None` if that is not all there is to it: if a step does not raise the likelihood, a column is redundant or has
/// next to none of the information that the start had at zero, or a coefficient is on its way to infinity.
pub(super) fn maximum_near(risk_sets: &RiskSets, start: &Maximum) -> Option<Vec<f64>> {
    let mut best = Iterate::new(start.beta.clone(), risk_sets.derivatives(&start.beta));
    let at_zero = &start.precision_at_zero.information;
    for _ in 0..MAX_ITERATIONS {
        if !best.is_finite() || best.cholesky.rank() < start.beta.len() || best.lacks_information_of(at_zero) {
            return None;
        }
        let beta = best.stepped();
        if best.decrement() <= LAST_DECREMENT {
            // Where the likelihood is flat, so short a step in standard errors may still be long.
            return best.step.iter().all(|it| it.abs() <= LAST_STEP).then_some(beta);
        }
        let derivatives = risk_sets.derivatives(&beta);
        let next = Iterate::new(beta, derivatives);
        if next.log_likelihood() < best.lowest_likelihood() {
            return None;
        }
        best = next;
    }
    None
}

/// Takes Newton steps as long as they are worth it; tells how many.
fn polish(risk_sets: &RiskSets, best: &mut Iterate) -> usize {
    for n_steps in 0..N_POLISHING_STEPS {
        if best.decrement() < POLISHED_DECREMENT {
            return n_steps;
        }
        let beta = best.stepped();
        let derivatives = risk_sets.derivatives(&beta);
        let next = Iterate::new(beta, derivatives);
        if !next.is_finite() || next.log_likelihood() < best.lowest_likelihood() {
            return n_steps + 1;
        }
        *best = next;
    }
    N_POLISHING_STEPS
}

/// Coefficients with the derivatives there.
struct Iterate {
    beta: Vec<f64>,
    derivatives: Derivatives,
    cholesky: Cholesky,
    step: Vec<f64>,
}

impl Iterate {
    fn new(beta: Vec<f64>, derivatives: Derivatives) -> Self {
        let cholesky = Cholesky::of(&derivatives.information);
        let step = cholesky.solve(&derivatives.score);
        Self { beta, derivatives, cholesky, step }
    }

    fn log_likelihood(&self) -> f64 {
        self.derivatives.log_likelihood
    }

    /// Below this, the likelihood has fallen by more than round-off.
    fn lowest_likelihood(&self) -> f64 {
        self.log_likelihood() - ROUND_OFF * self.log_likelihood().abs()
    }

    /// The squared length of the next step in standard errors.
    fn decrement(&self) -> f64 {
        self.step.iter().zip(&self.derivatives.score).map(|(step, u)| step * u).sum()
    }

    /// Whether a column is all but constant where another sample had information: what is left may be round-off, to
    /// which no other column can be compared if all are constant.
    fn lacks_information_of(&self, other: &SymmetricMatrix) -> bool {
        let lacks = |it: usize| self.derivatives.information.at(it, it) * INFORMATION_LOSS < other.at(it, it);
        (0..self.beta.len()).any(lacks)
    }

    fn precision(&self) -> Precision {
        Precision { information: self.derivatives.information.clone(), covariance: self.cholesky.inverse() }
    }

    fn stepped(&self) -> Vec<f64> {
        self.beta.iter().zip(&self.step).map(|(beta, step)| beta + step).collect()
    }

    fn is_finite(&self) -> bool {
        self.log_likelihood().is_finite() && self.step.iter().all(|it| it.is_finite())
    }
}
