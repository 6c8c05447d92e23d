//! The minimum of a penalized likelihood, one coefficient at a time.
//!
//! The likelihood is replaced by its quadratic at the coefficients, whose minimum with the penalty is found by going round
//! the coefficients; a step there, halved until the objective falls, gives the next quadratic. With columns scaled, `W` the
//! sum of weights, `r` the gradient by the linear predictor, kept up to date, and `S(s, t) = sign(s) max(|s| - t, 0)`:
//!
//! ```text
//! β_j ← S( x_j'r / W + ξ_j β_j, λ α v_j ) / ( ξ_j + λ (1 - α) v_j ),     ξ_j = x_j' (-∂²l) x_j / W
//! ```
//!
//! The second derivative is the whole one, not its diagonal as in Simon et al.: it takes one pass a column either way (see
//! `likelihood`), and Newton's method needs a few quadratics where the diagonal needs hundreds if few patients carry many
//! covariates.
//!
//! Most coefficients stay zero, and the strong rule says which before trying: `|x_j'r / W| < α v_j (2 λ - λ_before)`. It can
//! err, so at the end each zero coefficient is checked against the condition of a minimum,
//!
//! ```text
//! |x_j'r / W| ≤ λ α v_j                                                                Karush, Kuhn, Tucker
//! ```
//!
//! # References
//!
//! * Simon N, Friedman J, Hastie T, Tibshirani R. Regularization paths for Cox's proportional hazards model via
//!   coordinate descent. *J Stat Softw* 2011;39(5):1-13. doi:10.18637/jss.v039.i05
//! * Tibshirani R, Bien J, Friedman J, et al. Strong rules for discarding predictors in lasso-type problems.
//!   *J R Stat Soc B* 2012;74:245-266. doi:10.1111/j.1467-9868.2011.01004.x

use super::likelihood::{Expected, Likelihood};

/// A step, in standard deviations of the linear predictor, that is the last: what error it leaves is smaller by
/// [`REDUCTION`].
const LAST_STEP: f64 = 1e-6;

/// By how much the rounds on one quadratic have to reduce the change of the first, before it is renewed.
const REDUCTION: f64 = 1e-3;

/// Quadratics; fewer than twenty are needed unless the likelihood has no maximum.
const MAX_QUADRATICS: usize = 100;

/// Rounds on one quadratic.
const MAX_ROUNDS: usize = 1000;

/// Halvings after which a step is called round-off.
const MAX_HALVINGS: i32 = 30;

/// An objective may rise by this much, relatively, in a step that moves within round-off.
const ROUND_OFF: f64 = 1e-14;

/// The data and the penalty.
pub(super) struct Problem {
    pub(super) likelihood: Likelihood,
    /// Column by column, centered and scaled, each number in the place of its patient.
    pub(super) columns: Vec<Vec<f64>>,
    /// The factor of the penalty of each column; `None` for a column that may not enter.
    pub(super) factors: Vec<Option<f64>>,
    /// Share of the lasso in the penalty.
    pub(super) alpha: f64,
    /// Sum of the weights of all patients.
    pub(super) total_weight: f64,
}

/// Coefficients of the scaled columns, with what follows from them.
#[derive(Clone)]
pub(super) struct Solution {
    pub(super) beta: Vec<f64>,
    pub(super) log_likelihood: f64,
    /// `x_j'r / W`: derivative of the likelihood per patient.
    pub(super) gradient: Vec<f64>,
    pub(super) converged: bool,
    predictor: Vec<f64>,
}

impl Problem {
    /// All coefficients zero.
    pub(super) fn null(&self) -> Solution {
        let predictor = vec![0.0; self.likelihood.n_patients()];
        let expected = self.likelihood.at(&predictor);
        Solution {
            beta: vec![0.0; self.columns.len()],
            log_likelihood: expected.log_likelihood,
            gradient: self.gradient(&self.residuals(&expected)),
            converged: true,
            predictor,
        }
    }

    /// The minimum at a penalty, from the solution at one before, which was larger.
    pub(super) fn solve(&self, lambda: f64, before: &Solution, lambda_before: f64) -> Solution {
        let mut solution = before.clone();
        let is_promising = |column: usize| {
            let factor = self.factors[column]?;
            let strong = self.alpha * factor * (2.0 * lambda - lambda_before);
            (solution.beta[column].abs() > 0.0 || solution.gradient[column].abs() >= strong).then_some(column)
        };
        let mut working: Vec<usize> = (0..self.columns.len()).filter_map(is_promising).collect();
        loop {
            self.descend(lambda, &working, &mut solution);
            let violates = |&column: &usize| {
                self.factors[column].is_some_and(|factor| {
                    solution.gradient[column].abs() > self.alpha * factor * lambda && !working.contains(&column)
                })
            };
            let violators: Vec<usize> = (0..self.columns.len()).filter(violates).collect();
            if violators.is_empty() {
                return solution;
            }
            working.extend(violators);
        }
    }

    /// Finds the minimum over the columns of a working set.
    fn descend(&self, lambda: f64, working: &[usize], solution: &mut Solution) {
        solution.converged = false;
        let mut expected = self.likelihood.at(&solution.predictor);
        let mut objective = self.objective(lambda, &expected, &solution.beta);
        for _ in 0..MAX_QUADRATICS {
            let (target, length) = self.minimize_quadratic(lambda, working, &expected, &solution.beta);
            let mut direction = vec![0.0; solution.predictor.len()];
            for &column in working {
                let step = target[column] - solution.beta[column];
                if step.abs() > 0.0 {
                    add(&mut direction, &self.columns[column], step);
                }
            }
            let highest = objective + ROUND_OFF * objective.abs();
            let next = (0..MAX_HALVINGS).find_map(|n_halvings| {
                let fraction = 0.5_f64.powi(n_halvings);
                let between = |(from, to): (&f64, &f64)| from + fraction * (to - from);
                let beta: Vec<f64> = match n_halvings {
                    // A coefficient that is 0 has to be exactly that.
                    0 => target.clone(),
                    _ => solution.beta.iter().zip(&target).map(between).collect(),
                };
                let mut predictor = solution.predictor.clone();
                add(&mut predictor, &direction, fraction);
                let expected = self.likelihood.at(&predictor);
                let objective = self.objective(lambda, &expected, &beta);
                (objective <= highest).then_some((beta, predictor, expected, objective))
            });
            let Some(next) = next else { break };
            (solution.beta, solution.predictor, expected, objective) = next;
            if length <= LAST_STEP {
                solution.converged = true;
                break;
            }
        }
        solution.log_likelihood = expected.log_likelihood;
        solution.gradient = self.gradient(&self.residuals(&expected));
    }

    /// What is minimized.
    fn objective(&self, lambda: f64, expected: &Expected, beta: &[f64]) -> f64 {
        let penalty = |(beta, factor): (&f64, &Option<f64>)| {
            factor.unwrap_or(0.0) * (0.5 * (1.0 - self.alpha) * beta * beta + self.alpha * beta.abs())
        };
        lambda * beta.iter().zip(&self.factors).map(penalty).sum::<f64>() - expected.log_likelihood / self.total_weight
    }

    /// Goes round the coefficients of a working set until they hardly change; tells where they came to rest, and the
    /// largest distance from where they were.
    fn minimize_quadratic(&self, lambda: f64, working: &[usize], expected: &Expected, from: &[f64]) -> (Vec<f64>, f64) {
        let mut beta = from.to_vec();
        let mut residuals = self.residuals(expected);
        let quadratic: Vec<(usize, Vec<f64>, f64)> = working
            .iter()
            .map(|&column| {
                let x = &self.columns[column];
                let product = self.likelihood.curvature(expected, x);
                let curvature = dot(x, &product) / self.total_weight;
                (column, product, curvature)
            })
            .collect();
        let mut round = |beta: &mut [f64], kind: Round| {
            let mut largest = 0.0_f64;
            for (column, product, curvature) in &quadratic {
                let old = beta[*column];
                if matches!(kind, Round::Nonzero) && old.abs() <= 0.0 {
                    continue;
                }
                let factor = lambda * self.factors[*column].unwrap_or(0.0);
                let slope = dot(&self.columns[*column], &residuals) / self.total_weight + curvature * old;
                let size = (slope.abs() - self.alpha * factor).max(0.0);
                let new = size.copysign(slope) / (curvature + (1.0 - self.alpha) * factor);
                // Without information a coefficient stays.
                if new.is_finite() && (new - old).abs() > 0.0 {
                    add(&mut residuals, product, old - new);
                    beta[*column] = new;
                    largest = largest.max((new - old).abs() * curvature.max(0.0).sqrt());
                }
            }
            largest
        };
        let first = round(&mut beta, Round::All);
        for _ in 0..MAX_ROUNDS {
            if round(&mut beta, Round::Nonzero) <= REDUCTION * first
                && round(&mut beta, Round::All) <= REDUCTION * first
            {
                break;
            }
        }
        let distance = |(column, _, curvature): &(usize, Vec<f64>, f64)| {
            (beta[*column] - from[*column]).abs() * curvature.max(0.0).sqrt()
        };
        let length = quadratic.iter().map(distance).fold(0.0, f64::max);
        (beta, length)
    }

    /// Derivatives of the likelihood by the linear predictor: events less expected events.
    fn residuals(&self, expected: &Expected) -> Vec<f64> {
        self.likelihood
            .observed
            .iter()
            .zip(&expected.n_events)
            .map(|(observed, expected)| observed - expected)
            .collect()
    }

    fn gradient(&self, residuals: &[f64]) -> Vec<f64> {
        self.columns.iter().map(|column| dot(column, residuals) / self.total_weight).collect()
    }
}

/// Which coefficients a round visits.
#[derive(Clone, Copy)]
enum Round {
    All,
    Nonzero,
}

/// Partial sums that a processor can add at the same time.
const N_LANES: usize = 8;

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; N_LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(N_LANES), b.chunks_exact(N_LANES));
    let rest: f64 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for lane in 0..N_LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    rest + sums.iter().sum::<f64>()
}

fn add(sums: &mut [f64], x: &[f64], factor: f64) {
    for (sum, x) in sums.iter_mut().zip(x) {
        *sum += factor * x;
    }
}
