//! A bound of the exact p-value of the largest rank statistic, from all ways to deal the scores.
//!
//! Log-rank scores are rounded to whole numbers from 0 to `N`, so that the sum `S_m` of `m` scores drawn without
//! replacement has a distribution that can be counted (Streitberg & Röhmel 1986), one score after the other:
//!
//! ```text
//! a_i = round(N (s_i - min s) / (max s - min s))                           R's maxstat with iscores = TRUE
//! P_j(m, s) = (1 - m/j) P_{j-1}(m, s) + (m/j) P_{j-1}(m - 1, s - a_j)      m of the first j scores sum to s
//! ```
//!
//! With `A_k` the event that the statistic of the `k`-th cut reaches what was observed, and `B_k` the part of `A_{k-1}` from
//! which no score that the next cut adds leads out of `A_k`,
//!
//! ```text
//! P(A_1 ∪ A_2 ∪ …) ≤ P(A_1) + Σ_{k ≥ 2} [P(A_k) - P(B_k)]                  Hothorn & Lausen 2003
//! ```
//!
//! The p-value is that sum, or 1 if it is larger: an upper bound, close where p is small. R's maxstat (`pmethod = "HL"`)
//! differs in three places: it takes what was observed for not reached, it subtracts `B` of every size, also of sizes
//! that are no candidate because the marker is tied, where the sum is no bound, and it leaves out sums of 0. It has no
//! answer for more than 170 patients.
//!
//! # References
//!
//! * Hothorn T, Lausen B. On the exact distribution of maximally selected rank statistics.
//!   *Comput Stat Data Anal* 2003;43:121-137. doi:10.1016/S0167-9473(02)00225-6
//! * Streitberg B, Röhmel J. Exact distributions for permutation and rank tests: an introduction to some recently published
//!   algorithms. *Stat Softw Newsl* 1986;12:10-17.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Counting grows with the fourth power of the number of patients; this many take a second or so.
const MAX_PATIENTS: usize = 300;

/// Statistics that differ by no more than this share are equal: sums in another order.
const ROUND_OFF: f64 = 1e-10;

/// The largest statistic of scores that were rounded, with a bound of its exact p-value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExactBound {
    /// The largest statistic of the rounded scores.
    #[schemars(range(min = 0.0))]
    pub statistic: f64,
    /// The p-value is not larger than this, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: f64,
}

/// Scores as whole numbers from 0 to their number; all 0 if they are equal.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rounded number from 0 to n")]
pub(super) fn rounded(scores: &[f64]) -> Vec<usize> {
    let smallest = scores.iter().copied().fold(f64::INFINITY, f64::min);
    let range = scores.iter().map(|it| it - smallest).fold(0.0, f64::max);
    // R's `round` takes halves to even.
    let round = |it: &f64| ((it - smallest) * scores.len() as f64 / range).round_ties_even() as usize;
    if range > 0.0 { scores.iter().map(round).collect() } else { vec![0; scores.len()] }
}

/// Bound of the probability that a statistic over cuts of these ascending sizes reaches `b`; `None` with too many patients,
/// or if all scores are equal.
pub(super) fn p_value(b: f64, scores: &[usize], sizes: &[usize]) -> Option<f64> {
    let (n, total) = (scores.len(), scores.iter().sum::<usize>());
    let squares: usize = scores.iter().map(|it| it * it).sum();
    let spread = (n * squares) as f64 - (total * total) as f64;
    let largest_size = *sizes.last()?;
    if n > MAX_PATIENTS || spread <= 0.0 {
        return None;
    }
    let sums = distributions(scores, largest_size);
    let n = n as f64;
    let standardized = |size: usize, sum: usize| {
        let m = size as f64;
        (sum as f64 - m / n * total as f64) / (m * (n - m) / (n * n * (n - 1.0)) * spread).sqrt()
    };
    let b = b * (1.0 - ROUND_OFF);
    let mut ascending = scores.to_vec();
    ascending.sort_unstable();
    let mut bound = 0.0;
    let mut previous: Option<usize> = None;
    for &size in sizes {
        let reached = |sum: usize| standardized(size, sum).abs() >= b;
        bound += sums[size].iter().enumerate().filter(|it| reached(it.0)).map(|it| it.1).sum::<f64>();
        if let Some(previous) = previous {
            // METHOD: What the next cut adds is at least the smallest scores, and at most the largest.
            let added = size - previous;
            let least: usize = ascending[..added].iter().sum();
            let most: usize = ascending[ascending.len() - added..].iter().sum();
            let stays = |sum: usize| {
                let z = standardized(previous, sum);
                (z >= b && standardized(size, sum + least) >= b) || (z <= -b && standardized(size, sum + most) <= -b)
            };
            bound -= sums[previous].iter().enumerate().filter(|it| stays(it.0)).map(|it| it.1).sum::<f64>();
        }
        previous = Some(size);
    }
    Some(bound.clamp(0.0, 1.0))
}

/// By size up to the largest, the probability of each sum of so many scores.
fn distributions(scores: &[usize], largest_size: usize) -> Vec<Vec<f64>> {
    let total: usize = scores.iter().sum();
    let mut sums = vec![vec![0.0; total + 1]; largest_size + 1];
    sums[0][0] = 1.0;
    let mut highest = 0;
    for (idx, &score) in scores.iter().enumerate() {
        let n_scores = idx + 1;
        highest += score;
        for size in (1..=largest_size.min(n_scores)).rev() {
            let share = size as f64 / n_scores as f64;
            let (fewer, same) = sums.split_at_mut(size);
            let (fewer, same) = (&fewer[size - 1], &mut same[0]);
            for it in &mut same[..=highest] {
                *it *= 1.0 - share;
            }
            for (it, before) in same[score..=highest].iter_mut().zip(fewer) {
                *it += share * before;
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All orders of scores; of each, whether a statistic reaches the bound.
    fn by_enumeration(b: f64, scores: &[usize], sizes: &[usize]) -> f64 {
        fn visit(left: &mut Vec<usize>, taken: &mut Vec<usize>, visited: &mut dyn FnMut(&[usize])) {
            if left.is_empty() {
                visited(taken);
            }
            for at in 0..left.len() {
                let it = left.remove(at);
                taken.push(it);
                visit(left, taken, visited);
                taken.pop();
                left.insert(at, it);
            }
        }
        let n = scores.len() as f64;
        let mean = scores.iter().sum::<usize>() as f64 / n;
        let variance = scores.iter().map(|&it| (it as f64 - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let (mut n_orders, mut n_reached) = (0.0, 0.0);
        visit(&mut scores.to_vec(), &mut Vec::new(), &mut |order| {
            n_orders += 1.0;
            let reaches = |&size: &usize| {
                let m = size as f64;
                let sum: usize = order[..size].iter().sum();
                (sum as f64 - m * mean).abs() / (m * (n - m) / n * variance).sqrt() >= b * (1.0 - 1e-10)
            };
            n_reached += f64::from(u8::from(sizes.iter().any(reaches)));
        });
        n_reached / n_orders
    }

    proptest! {
        #[test]
        fn the_bound_lies_between_the_exact_p_value_and_bonferroni_s(
            scores in prop::collection::vec(0_usize..9, 2..7),
            sizes in prop::collection::btree_set(1_usize..6, 1..5),
            b in 0.5..2.5_f64,
        ) {
            let sizes: Vec<usize> = sizes.into_iter().filter(|it| *it < scores.len()).collect();
            prop_assume!(!sizes.is_empty() && scores.iter().any(|it| *it != scores[0]));
            let found = p_value(b, &scores, &sizes).unwrap();
            let singly: Vec<f64> = sizes.iter().map(|&it| by_enumeration(b, &scores, &[it])).collect();
            prop_assert!(by_enumeration(b, &scores, &sizes) <= found + 1e-12);
            prop_assert!(found <= singly.iter().sum::<f64>() + 1e-12);
            prop_assert!((p_value(b, &scores, &sizes[..1]).unwrap() - singly[0]).abs() < 1e-12);
        }
    }

    #[test]
    fn equal_scores_and_too_many_patients_have_no_bound() {
        assert_eq!(rounded(&[0.3, 0.3]), [0, 0]);
        assert_eq!(p_value(1.0, &[0, 0, 0], &[1, 2]), None);
        let many: Vec<usize> = (0..=MAX_PATIENTS).collect();
        assert_eq!(p_value(1.0, &many, &[1]), None);
        assert_eq!(p_value(1.0, &[0, 1], &[]), None);
    }

    #[test]
    fn scores_are_rounded_to_their_number() {
        assert_eq!(rounded(&[-1.0, 0.25, 0.9, 1.0]), [0, 2, 4, 4]);
        assert_eq!(rounded(&[]), Vec::<usize>::new());
    }
}
