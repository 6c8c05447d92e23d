//! The null distribution of Spearman's rank correlation without ties.
//!
//! With `S` the sum of squared differences of ranks, which lies between 0 and `(n³-n)/3` around its mean `m = (n³-n)/6`:
//!
//! ```text
//! n ≤ 9    P(S ≥ s) = share of all n! orders
//! n > 9    P(S ≥ s) = Q(x) + u exp(-x²/2),   x = ((s-1)/m - 1) √(n-1)              Edgeworth series, Best & Roberts 1975
//! ```
//!
//! As R's `cor.test(method = "spearman")` without ties, up to [`LARGEST_SAMPLE`] pairs. The series is right to three decimals
//! or four, not to a share of a small p: far out it is larger than the truth, or below 0, which R and we take for 0.
//!
//! # References
//!
//! * Best DJ, Roberts DE. Algorithm AS 89: the upper tail probabilities of Spearman's rho. *Appl Stat* 1975;24:377-379.
//!   doi:10.2307/2347111

use crate::survival::normal;

/// R takes Student's t from more pairs than this on.
pub(super) const LARGEST_SAMPLE: usize = 1290;

/// All orders are looked at up to this number of pairs.
const LARGEST_EXACT_SAMPLE: usize = 9;

/// Probability of a correlation that is as far from 0, for the sum of squared differences of ranks that it stands for.
///
/// There are between 2 and [`LARGEST_SAMPLE`] pairs.
pub(super) fn two_sided(squared_differences: f64, n_pairs: usize) -> f64 {
    let n = n_pairs as f64;
    let largest = n * (n * n - 1.0) / 3.0;
    // The distribution is symmetric, and sums are even.
    let farther = squared_differences.max(largest - squared_differences);
    let tail = if n_pairs <= LARGEST_EXACT_SAMPLE { exact(farther, n_pairs) } else { edgeworth(farther, n) };
    (2.0 * tail).clamp(0.0, 1.0)
}

/// The share of all orders of `n` ranks whose sum of squared differences is `at_least` or more.
fn exact(at_least: f64, n: usize) -> f64 {
    let mut order: Vec<i32> = (0..).take(n).collect();
    // By Heap's method each order differs from the one before by an exchange.
    let mut counters = vec![0; n];
    let [mut n_orders, mut n_found] = [0.0, 0.0];
    let mut depth = 0;
    let mut look = |order: &[i32]| {
        n_orders += 1.0;
        let sum: i32 = (0..).zip(order).map(|(at, rank)| (at - rank) * (at - rank)).sum();
        n_found += if f64::from(sum) > at_least - 1.0 { 1.0 } else { 0.0 };
    };
    look(&order);
    while depth < n {
        if counters[depth] < depth {
            order.swap(if depth % 2 == 0 { 0 } else { counters[depth] }, depth);
            look(&order);
            counters[depth] += 1;
            depth = 0;
        } else {
            counters[depth] = 0;
            depth += 1;
        }
    }
    n_found / n_orders
}

/// The tail by the series of Best and Roberts, whose coefficients are printed with four digits.
fn edgeworth(at_least: f64, n: f64) -> f64 {
    let b = 1.0 / n;
    let mean = n * (n * n - 1.0) / 6.0;
    let x = ((at_least - 1.0) / mean - 1.0) * (n - 1.0).sqrt();
    let y = x * x;
    let inner = 0.0072 - 0.0831 * b + y * b * (0.0131 - 4.6e-4 * y);
    let middle = -0.0758 + b * (0.1033 + 0.3932 * b) - y * b * (0.0879 + 0.0151 * b - y * inner);
    let u = x * b * (0.2274 + b * (0.2531 + 0.1745 * b) + y * middle);
    normal::upper_tail(x) + u * (-y / 2.0).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest error that Best and Roberts found for their series from 7 pairs on.
    const SERIES: f64 = 1e-3;

    #[test]
    fn three_pairs_by_hand() {
        // Sums of the six orders are 0, 2, 2, 6, 6, 8.
        for (sum, p) in [(0.0, 1.0 / 3.0), (2.0, 1.0), (6.0, 1.0), (8.0, 1.0 / 3.0)] {
            assert!((two_sided(sum, 3) - p).abs() < 1e-15, "{sum}");
        }
    }

    #[test]
    fn nine_pairs_in_order_are_two_of_all_orders() {
        assert!((two_sided(0.0, 9) - 2.0 / 362_880.0).abs() < 1e-18);
        assert!((two_sided(240.0, 9) - 2.0 / 362_880.0).abs() < 1e-18);
    }

    #[test]
    fn the_series_is_near_the_share_of_orders() {
        for sum in (0..=60).map(|it| f64::from(2 * it)) {
            let farther = sum.max(240.0 - sum);
            assert!((edgeworth(farther, 9.0) - exact(farther, 9)).abs() < SERIES, "{sum}");
        }
    }
}
