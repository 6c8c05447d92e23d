//! Patients whose components go together.
//!
//! METHOD: ranks of several components with given rank correlations `ρ` are taken to be those of a normal vector; these
//! correlations fit other distributions, too:
//!
//! ```text
//! z ~ N(0, R),   R_kl = 2 sin(π ρ_kl / 6)          the normal distribution with rank correlation ρ
//! ```
//!
//! # References
//!
//! * Kruskal WH. Ordinal measures of association. *J Am Stat Assoc* 1958;53:814-861. doi:10.1080/01621459.1958.10501481

use std::f64::consts::PI;

use rand_distr::{Distribution as _, StandardNormal};
use rand_pcg::Pcg64;

/// The correlation of two normal variables with this rank correlation.
pub(crate) fn normal_correlation(rank_correlation: f64) -> f64 {
    2.0 * (PI * rank_correlation / 6.0).sin()
}

/// What is left of a component that is another one.
const ROUND_OFF: f64 = 1e-12;

/// Normal vectors with given rank correlations.
#[derive(Clone, Debug)]
pub(crate) struct GaussianCopula {
    /// Lower factor of the correlation matrix, a row a component, with rows of length 1.
    factor: Vec<Vec<f64>>,
}

impl GaussianCopula {
    /// The copula of `n` components, of which each two have a rank correlation from -1 to 1; it is asked for with the later
    /// component first.
    ///
    /// METHOD: rank correlations that were rounded or averaged need not belong to any distribution. Components are then taken
    /// in order, and each goes with those before it as far as it can.
    pub(crate) fn new(n: usize, rank_correlation: impl Fn(usize, usize) -> f64) -> Self {
        Self::of_normal(n, |row, column| normal_correlation(rank_correlation(row, column)))
    }

    /// The same of the correlations of the normal vector itself.
    pub(crate) fn of_normal(n: usize, correlation: impl Fn(usize, usize) -> f64) -> Self {
        let mut factor = vec![vec![0.0; n]; n];
        for row in 0..n {
            for column in 0..row {
                let known: f64 = (0..column).map(|it| factor[row][it] * factor[column][it]).sum();
                let pivot: f64 = factor[column][column];
                factor[row][column] = if pivot > 0.0 { (correlation(row, column) - known) / pivot } else { 0.0 };
            }
            let length: f64 = factor[row][..row].iter().map(|it| it * it).sum();
            if 1.0 - length > ROUND_OFF {
                factor[row][row] = (1.0 - length).sqrt();
            } else {
                factor[row].iter_mut().for_each(|it| *it /= length.sqrt());
            }
        }
        Self { factor }
    }

    /// Draws a patient: a standard normal number for each component.
    pub(crate) fn draw(&self, random: &mut Pcg64) -> Vec<f64> {
        let independent: Vec<f64> = self.factor.iter().map(|_| StandardNormal.sample(random)).collect();
        let of = |weights: &Vec<f64>| weights.iter().zip(&independent).map(|(weight, it)| weight * it).sum();
        self.factor.iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agreement::correlation;

    #[test]
    fn draws_have_the_rank_correlations() {
        let wanted = [[1.0, 0.75, 0.5], [0.75, 1.0, -0.2], [0.5, -0.2, 1.0]];
        let copula = GaussianCopula::new(3, |a, b| wanted[a][b]);
        let mut random = Pcg64::new(1, 1);
        let patients: Vec<Vec<f64>> = (0..5000).map(|_| copula.draw(&mut random)).collect();
        let of = |at: usize| patients.iter().map(|it| it[at]).collect::<Vec<_>>();
        for (first, second) in [(0, 1), (0, 2), (1, 2)] {
            let found = correlation::spearman(&of(first), &of(second)).unwrap().unwrap().correlation;
            // Three standard errors of a correlation of 5000 pairs.
            assert!((found - wanted[first][second]).abs() < 3.0 / 5000_f64.sqrt(), "{first} {second}: {found}");
        }
    }

    #[test]
    fn equal_components_are_equal_and_impossible_correlations_are_taken_as_far_as_possible() {
        let mut random = Pcg64::new(1, 1);
        let drawn = GaussianCopula::new(3, |_, _| 1.0).draw(&mut random);
        assert!(drawn.iter().all(|it| (it - drawn[0]).abs() < 1e-12));
        let impossible = [[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]];
        let copula = GaussianCopula::new(3, |a, b| impossible[a][b]);
        for row in &copula.factor {
            assert!((row.iter().map(|it| it * it).sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}
