//! Null distributions of Wilcoxon's rank statistics without ties, and medians of pairwise values.
//!
//! ```text
//! rank sum      U = number of pairs with y > x:         P_{m,n}(U = u) = n/(m+n) P_{m,n-1}(u-m) + m/(m+n) P_{m-1,n}(u)
//! signed ranks  V = sum of ranks of positive values:    P_n(V = v) = (P_{n-1}(v) + P_{n-1}(v-n)) / 2
//! ```
//!
//! # References
//!
//! * Mann HB, Whitney DR. On a test of whether one of two random variables is stochastically larger than the other.
//!   *Ann Math Stat* 1947;18:50-60. doi:10.1214/aoms/1177730491
//! * Wilcoxon F. Individual comparisons by ranking methods. *Biometrics Bull* 1945;1:80-83. doi:10.2307/3001968

use crate::survival::normal;

/// R counts a probability that misses a quantile's by this much as having reached it.
const QUANTILE_SLACK: f64 = 10.0 * f64::EPSILON;

/// Probabilities of U = 0, 1, …, m n for samples of `m` and `n`.
pub(super) fn rank_sum(m: usize, n: usize) -> Vec<f64> {
    // Row after row of m; with m or n of 0, U is 0 for sure.
    let mut rows = vec![vec![1.0]; n + 1];
    for m in 1..=m {
        for n in 1..=n {
            let share = n as f64 / (m + n) as f64;
            let mut next = vec![0.0; m * n + 1];
            for (u, probability) in rows[n - 1].iter().enumerate() {
                next[u + m] += share * probability;
            }
            for (u, probability) in rows[n].iter().enumerate() {
                next[u] += (1.0 - share) * probability;
            }
            rows[n] = next;
        }
    }
    rows.pop().unwrap_or_default()
}

/// Probabilities of V = 0, 1, …, n (n + 1) / 2 for `n` values.
pub(super) fn signed_rank(n: usize) -> Vec<f64> {
    let mut probabilities = vec![1.0];
    for rank in 1..=n {
        let mut next = vec![0.0; probabilities.len() + rank];
        for (v, probability) in probabilities.iter().enumerate() {
            next[v] += probability / 2.0;
            next[v + rank] += probability / 2.0;
        }
        probabilities = next;
    }
    probabilities
}

/// The smallest value whose probability not to be exceeded is 0.025 or more.
pub(super) fn lower_quantile(probabilities: &[f64]) -> usize {
    let mut sum = 0.0;
    let reached = |it: &f64| {
        sum += it;
        sum >= 0.025 - QUANTILE_SLACK
    };
    probabilities.iter().position(reached).unwrap_or(0)
}

/// As [`lower_quantile`], by the normal distribution of this mean and variance, with correction for continuity.
pub(super) fn normal_lower_quantile(mean: f64, variance: f64) -> usize {
    let quantile = mean + normal::quantile(0.025) * variance.sqrt() + 0.5;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, made 0 or more")]
    let quantile = quantile.max(0.0) as usize;
    quantile
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_distributions_by_hand() {
        let sixth = 1.0 / 6.0;
        let expected = [sixth, sixth, 2.0 * sixth, sixth, sixth];
        assert!(rank_sum(2, 2).iter().zip(expected).all(|(found, it)| (found - it).abs() < 1e-15));
        assert_eq!(signed_rank(2), [0.25; 4]);
        assert_eq!(signed_rank(3), [0.125, 0.125, 0.125, 0.25, 0.125, 0.125, 0.125]);
        assert_eq!((rank_sum(0, 5), signed_rank(0)), (vec![1.0], vec![1.0]));
    }

    /// R's `qwilcox(0.025, m, n)` and `qsignrank(0.025, n)`.
    #[test]
    fn quantiles_are_those_of_r() {
        for (m, n, quantile) in [(3, 3, 0), (4, 4, 1), (5, 8, 7), (10, 10, 24), (49, 49, 925), (2, 40, 8)] {
            assert_eq!(lower_quantile(&rank_sum(m, n)), quantile, "{m} {n}");
            let sum: f64 = rank_sum(m, n).iter().sum();
            assert!((sum - 1.0).abs() < 1e-13, "{m} {n}: {sum}");
        }
        for (n, quantile) in [(5, 0), (6, 1), (10, 9), (20, 53), (49, 416)] {
            assert_eq!(lower_quantile(&signed_rank(n)), quantile, "{n}");
        }
    }

    #[test]
    fn the_normal_quantile_is_near_the_exact_one() {
        let [m, n] = [49.0, 49.0];
        assert!(normal_lower_quantile(m * n / 2.0, m * n * (m + n + 1.0) / 12.0).abs_diff(925) <= 1);
        assert_eq!(normal_lower_quantile(1.0, 4.0), 0);
    }
}
