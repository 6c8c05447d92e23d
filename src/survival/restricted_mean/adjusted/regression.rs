//! Weighted regression with an identity or a logarithmic link, by Newton's method.
//!
//! ```text
//! μ = x'β  or  exp(x'β)         Σ w x (y - μ) = 0         β ← β + (Σ w μ' x x')⁻¹ Σ w x (y - μ),  μ' = 1 or μ
//! ```
//!
//! Steps are halved until the quasi-likelihood rises; for the identity link the first step is the least-squares solution.

use crate::survival::cholesky::{Cholesky, SymmetricMatrix};

/// Steps after which a fit is given up.
const MAX_ITERATIONS: usize = 50;

/// Halvings of a step after which it is as good as none.
const MAX_HALVINGS: usize = 30;

/// A step that would raise the quasi-likelihood by less than this share of it needs no check any more.
const CONVERGED: f64 = 1e-9;

/// Steps after that; each squares the error.
const N_POLISHING_STEPS: usize = 3;

/// How the mean depends on the sum of the covariates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// The mean is the sum.
    Identity,
    /// The logarithm of the mean is the sum.
    Log,
}

/// A regression of one response on the columns of a matrix.
pub(super) struct Regression<'a> {
    link: Link,
    rows: &'a [f64],
    n_columns: usize,
    response: &'a [f64],
    weights: &'a [f64],
}

impl<'a> Regression<'a> {
    /// `rows` holds the matrix row by row, the first column the intercept; `response` and `weights` one value per row.
    pub(super) fn new(link: Link, rows: &'a [f64], n_columns: usize, response: &'a [f64], weights: &'a [f64]) -> Self {
        Self { link, rows, n_columns, response, weights }
    }

    /// The coefficients; otherwise the column that depends on those before it, or none if there is no solution.
    pub(super) fn fit(&self) -> Result<Vec<f64>, Option<usize>> {
        let mut beta = vec![0.0; self.n_columns];
        if self.link == Link::Log {
            let sum: f64 = self.response.iter().zip(self.weights).map(|(response, weight)| response * weight).sum();
            beta[0] = (sum / self.weights.iter().sum::<f64>()).ln() / self.rows[0];
        }
        let mut likelihood = self.quasi_likelihood(&beta);
        for _ in 0..MAX_ITERATIONS {
            let step = self.newton_step(&beta)?;
            let gain: f64 = step.iter().zip(&self.score(&beta)).map(|(a, b)| a * b).sum();
            if !likelihood.is_finite() || !gain.is_finite() {
                return Err(None);
            }
            if gain <= CONVERGED * likelihood.abs() {
                for _ in 0..N_POLISHING_STEPS {
                    let step = self.newton_step(&beta)?;
                    beta.iter_mut().zip(step).for_each(|(beta, step)| *beta += step);
                }
                return Ok(beta);
            }
            let shortened = (0..MAX_HALVINGS).map(|halving| {
                let share = 0.5_f64.powi(i32::try_from(halving).unwrap_or(i32::MAX));
                let candidate: Vec<f64> = beta.iter().zip(&step).map(|(beta, step)| beta + share * step).collect();
                (self.quasi_likelihood(&candidate), candidate)
            });
            match shortened.into_iter().find(|(candidate, _)| *candidate > likelihood) {
                Some((higher, candidate)) => (likelihood, beta) = (higher, candidate),
                None => return Err(None),
            }
        }
        Err(None)
    }

    /// Adds `w x (y - μ)` of one row to a sum.
    pub(super) fn add_score(&self, idx: usize, beta: &[f64], sum: &mut [f64]) {
        let row = self.row(idx);
        let residual = self.weights[idx] * (self.response[idx] - self.mean(row, beta));
        for (sum, x) in sum.iter_mut().zip(row) {
            *sum += residual * x;
        }
    }

    /// `Σ μ' x x'`
    pub(super) fn unweighted_information(&self, beta: &[f64]) -> SymmetricMatrix {
        self.information(beta, |_| 1.0)
    }

    fn information(&self, beta: &[f64], weight: impl Fn(usize) -> f64) -> SymmetricMatrix {
        let mut sums = vec![0.0; self.n_columns * self.n_columns];
        for idx in 0..self.response.len() {
            let row = self.row(idx);
            let factor = weight(idx) * if self.link == Link::Log { self.mean(row, beta) } else { 1.0 };
            for (sums, left) in sums.chunks_exact_mut(self.n_columns).zip(row) {
                for (sum, right) in sums.iter_mut().zip(row) {
                    *sum += factor * left * right;
                }
            }
        }
        SymmetricMatrix::from_lower(self.n_columns, |row, column| sums[row * self.n_columns + column])
    }

    fn newton_step(&self, beta: &[f64]) -> Result<Vec<f64>, Option<usize>> {
        let cholesky = Cholesky::of(&self.information(beta, |idx| self.weights[idx]));
        match (0..self.n_columns).find(|&column| cholesky.is_redundant(column)) {
            // Without information on the intercept the fault is no covariate's.
            Some(redundant) => Err(Some(redundant).filter(|&column| column > 0)),
            None => Ok(cholesky.solve(&self.score(beta))),
        }
    }

    fn score(&self, beta: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; self.n_columns];
        for idx in 0..self.response.len() {
            self.add_score(idx, beta, &mut sum);
        }
        sum
    }

    fn quasi_likelihood(&self, beta: &[f64]) -> f64 {
        let of_row = |idx: usize| {
            let (eta, y) = (sum_of_products(self.row(idx), beta), self.response[idx]);
            self.weights[idx]
                * match self.link {
                    Link::Identity => -0.5 * (y - eta).powi(2),
                    Link::Log => y * eta - eta.exp(),
                }
        };
        (0..self.response.len()).map(of_row).sum()
    }

    fn row(&self, idx: usize) -> &[f64] {
        &self.rows[idx * self.n_columns..(idx + 1) * self.n_columns]
    }

    fn mean(&self, row: &[f64], beta: &[f64]) -> f64 {
        let eta = sum_of_products(row, beta);
        if self.link == Link::Log { eta.exp() } else { eta }
    }
}

fn sum_of_products(row: &[f64], beta: &[f64]) -> f64 {
    row.iter().zip(beta).map(|(x, beta)| x * beta).sum()
}
