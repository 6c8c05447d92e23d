//! The multivariate normal distribution: how probable is it that one of several correlated variables is beyond a bound?
//!
//! For standard normal variables `Z_1 … Z_m`, correlated by `R`, the event is cut into parts that do not overlap, by the
//! first variable that is beyond the bound `b`:
//!
//! ```text
//! P(max Z_j > b)   = Σ_j   P(Z_j > b,  Z_i ≤ b for i < j)
//! P(max |Z_j| > b) = Σ_j 2 P(Z_j > b, |Z_i| ≤ b for i < j)                             by symmetry
//! ```
//!
//! All terms are positive, so that small probabilities keep their digits where `1 - P(none beyond)` would lose them. Each
//! is the probability of a box. With `R = C C'`, `C` lower triangular, `Z = C y` and `y` independent, it is
//!
//! ```text
//! ∫ Π_k (Φ(v_k) - Φ(u_k)) du        u_k, v_k: the range that y_1 … y_{k-1} leave for y_k            Genz 1992
//! ```
//!
//! over the unit cube, each `y_k` drawn from its range by one coordinate. A variable that the others determine has no
//! coordinate of its own: it narrows the range of the last `y` that it depends on (Genz & Kwong 2000). The integral is a
//! mean over the points of a lattice (Cools, Kuo & Nuyens 2006), each coordinate folded to make the integrand periodic. The
//! first, in whose range the quantile runs to infinity, is `t² (3 - 2t)` of the folded one, whose weight `6t (1 - t)` takes
//! the integrand to 0 there (Sloan & Joe 1994, §2.12). Fixed random
//! shifts of the lattice give an unbiased mean and its error; the lattice is doubled until that is small enough. The same
//! question always has the same answer.
//!
//! # References
//!
//! * Genz A. Numerical computation of multivariate normal probabilities.
//!   *J Comput Graph Stat* 1992;1:141-149. doi:10.1080/10618600.1992.10477010
//! * Sloan IH, Joe S. *Lattice Methods for Multiple Integration.* Oxford University Press, 1994.
//! * Genz A, Kwong KS. Numerical evaluation of singular multivariate normal distributions.
//!   *J Stat Comput Simul* 2000;68:1-21. doi:10.1080/00949650008812053
//! * Cools R, Kuo FY, Nuyens D. Constructing embedded lattice rules for multivariate integration.
//!   *SIAM J Sci Comput* 2006;28:2162-2188. doi:10.1137/06065074X

use std::f64::consts::SQRT_2;

use rand::RngExt as _;
use statrs::function::erf::{erfc, erfc_inv};

use super::cholesky::SymmetricMatrix;
use super::replicates;

/// What remains of the variance of a variable that the others determine is round-off.
const SINGULAR: f64 = 1e-12;

/// Coefficients that are smaller belong to such remains.
const NEGLIGIBLE: f64 = 1e-6;

/// Generating vector of an embedded lattice of up to 2^20 points: the first components of `exod2_base2_m20`.
const GENERATING_VECTOR: [u32; 20] = [
    1, 182_667, 469_891, 498_753, 110_745, 446_247, 250_185, 118_627, 245_333, 283_199, 408_519, 391_023, 246_327,
    126_539, 399_185, 461_527, 300_343, 69_681, 516_695, 436_179,
];

/// The most variables that are taken together: one more than the lattice has dimensions.
pub(super) const MAX_VARIABLES: usize = GENERATING_VECTOR.len() + 1;

/// Shifts of the lattice, whose means tell the error.
const N_SHIFTS: usize = 8;

/// Standard errors of the mean over the shifts that make the error: 99 % of Student's t with 7 degrees of freedom.
const ERROR_REACH: f64 = 3.5;

/// Any number; it makes the shifts the same each time.
const SEED: u64 = 20_060_101;

/// Smallest and largest lattice, as powers of two.
const LOG_2_POINTS: std::ops::RangeInclusive<u32> = 7..=17;

/// The error may be this many times the tolerance, relative to the probability.
const RELATIVE_TO_ABSOLUTE: f64 = 10.0;

/// On which side of 0 a variable counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sides {
    /// Above the bound.
    Upper,
    /// Above the bound, and below its opposite.
    Both,
}

/// A probability, and how far it may be from the true one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    pub(super) value: f64,
    pub(super) error: f64,
}

/// Probability that at least one of `n` variables, from 1 to [`MAX_VARIABLES`], is beyond `bound`.
///
/// The bound is not negative if both sides count. The error is below `tolerance`, and below ten times `tolerance` of the
/// probability, unless the largest lattice does not do, as may happen with many variables or a probability near 1.
pub(super) fn probability_beyond(
    bound: f64,
    sides: Sides,
    correlation: &SymmetricMatrix,
    n: usize,
    tolerance: f64,
) -> Estimate {
    let (factor, inside) = match sides {
        Sides::Upper => (1.0, [f64::NEG_INFINITY, bound]),
        Sides::Both => (2.0, [-bound, bound]),
    };
    let regions: Vec<Region> = (0..n)
        .map(|first_beyond| {
            let mut ranges = vec![inside; first_beyond];
            ranges.push([bound, f64::INFINITY]);
            Region::new(correlation, &ranges)
        })
        .collect();
    // The answer is at least the tail of one variable, whatever the correlation.
    let tail = factor * cumulative(-bound);
    let tolerance = tolerance * f64::min(1.0, RELATIVE_TO_ABSOLUTE * tail);

    let mut estimate = Estimate { value: tail, error: 0.0 };
    // One variable, or others that are determined by it, need no integration.
    let n_coordinates = regions.iter().map(Region::n_coordinates).max().unwrap_or(0);
    for log_2_points in if n_coordinates > 0 { LOG_2_POINTS } else { 0..=0 } {
        let means = replicates::map(N_SHIFTS, SEED, |random| {
            let shift: Vec<f64> = (0..n_coordinates).map(|_| random.random()).collect();
            factor * regions.iter().map(|it| it.mean(1 << log_2_points, &shift[..it.n_coordinates()])).sum::<f64>()
        });
        let value = means.iter().sum::<f64>() / N_SHIFTS as f64;
        let squares: f64 = means.iter().map(|it| (it - value) * (it - value)).sum();
        let std_err = (squares / (N_SHIFTS * (N_SHIFTS - 1)) as f64).sqrt();
        // METHOD: One variable is the least that there can be, and Bonferroni's inequality the most.
        estimate = Estimate { value: value.clamp(tail, (n as f64 * tail).min(1.0)), error: ERROR_REACH * std_err };
        if estimate.error <= tolerance {
            break;
        }
    }
    estimate
}

/// Quicker than the one of [`normal`](super::normal), and good to ten digits.
fn cumulative(z: f64) -> f64 {
    0.5 * erfc(-z / SQRT_2)
}

/// As quick, for a probability above 0.
fn quantile(p: f64) -> f64 {
    -SQRT_2 * erfc_inv(2.0 * p)
}

/// A box in the space of correlated variables, as constraints on independent ones.
struct Region {
    /// For each independent variable, the constraints that are known once those before it have values.
    constraints: Vec<Vec<Constraint>>,
}

/// A range of a sum of independent variables: `from ≤ Σ others y + own y_k ≤ to`.
struct Constraint {
    others: Vec<f64>,
    own: f64,
    range: [f64; 2],
}

impl Region {
    /// The box of the first variables, one for each range; the last of them is taken first.
    fn new(correlation: &SymmetricMatrix, ranges: &[[f64; 2]]) -> Self {
        let n = ranges.len();
        // METHOD: The variable that must be outside comes first, so that the error is relative to its tail; then always
        // the one of which the others have told least. That leaves the determined ones to the end.
        let mut waiting: Vec<usize> = (0..n).collect();
        let mut rows: Vec<Vec<f64>> = vec![Vec::new(); n];
        let mut variance: Vec<f64> = (0..n).map(|it| correlation.at(it, it)).collect();
        let mut pivot = n - 1;
        while variance[pivot] > SINGULAR {
            let root = variance[pivot].sqrt();
            waiting.retain(|&it| it != pivot);
            for &it in &waiting {
                let explained: f64 = rows[it].iter().zip(&rows[pivot]).map(|(a, b)| a * b).sum();
                let coefficient = (correlation.at(it.max(pivot), it.min(pivot)) - explained) / root;
                variance[it] -= coefficient * coefficient;
                rows[it].push(coefficient);
            }
            rows[pivot].push(root);
            match waiting.iter().copied().max_by(|&a, &b| variance[a].total_cmp(&variance[b])) {
                Some(next) => pivot = next,
                None => break,
            }
        }

        let rank = rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut constraints: Vec<Vec<Constraint>> = (0..rank).map(|_| Vec::new()).collect();
        for (mut row, &range) in rows.into_iter().zip(ranges) {
            while row.last().is_some_and(|it| it.abs() < NEGLIGIBLE) {
                row.pop();
            }
            if let Some(own) = row.pop() {
                constraints[row.len()].push(Constraint { others: row, own, range });
            }
        }
        Self { constraints }
    }

    /// Variables that are drawn; the last is integrated over without.
    fn n_coordinates(&self) -> usize {
        self.constraints.len() - 1
    }

    /// Mean of the integrand over the points of a shifted lattice.
    fn mean(&self, n_points: u32, shift: &[f64]) -> f64 {
        if shift.is_empty() {
            return self.integrand(&[], &mut []);
        }
        let mut coordinates = vec![0.0; shift.len()];
        let mut values = vec![0.0; shift.len()];
        let step = f64::from(n_points).recip();
        let mut sum = 0.0;
        for point in 0..n_points {
            for ((coordinate, &shift), component) in coordinates.iter_mut().zip(shift).zip(GENERATING_VECTOR) {
                // A power of two divides the wrapped product as it divides the true one.
                let place = f64::from(point.wrapping_mul(component) % n_points) * step + shift;
                *coordinate = 1.0 - (2.0 * place.fract() - 1.0).abs();
            }
            // METHOD: One smooth substitution helps where the tail is; in every coordinate, their weights would multiply to
            // more variance than they take away.
            let first = coordinates[0];
            coordinates[0] = first * first * (3.0 - 2.0 * first);
            let density = 6.0 * first * (1.0 - first);
            sum += density * self.integrand(&coordinates, &mut values);
        }
        sum * step
    }

    /// The product of the probabilities of the ranges that the coordinates leave; `values` is room for the variables.
    fn integrand(&self, coordinates: &[f64], values: &mut [f64]) -> f64 {
        let mut product = 1.0;
        for (k, constraints) in self.constraints.iter().enumerate() {
            let (mut from, mut to) = (f64::NEG_INFINITY, f64::INFINITY);
            for constraint in constraints {
                let sum: f64 = constraint.others.iter().zip(&*values).map(|(a, y)| a * y).sum();
                let [a, b] = constraint.range.map(|limit| (limit - sum) / constraint.own);
                (from, to) = (from.max(a.min(b)), to.min(a.max(b)));
            }
            if from >= to {
                return 0.0;
            }
            // Of both tails the lower one has the digits.
            let sign = if from > 0.0 { -1.0 } else { 1.0 };
            let [from, to] = if from > 0.0 { [-to, -from] } else { [from, to] };
            let below = cumulative(from);
            let probability = cumulative(to) - below;
            if probability <= 0.0 {
                return 0.0;
            }
            product *= probability;
            if let (Some(value), Some(&coordinate)) = (values.get_mut(k), coordinates.get(k)) {
                *value = sign * quantile(below + coordinate * probability).clamp(from.max(f64::MIN), to.min(f64::MAX));
            }
        }
        product
    }
}

#[cfg(test)]
mod tests;
