//! All pairs of groups: which of them differ, and what is left of that when all pairs were looked at?
//!
//! Each pair is compared by a weighted log-rank test of the patients of its two groups alone, as R's `survdiff` on that
//! subset: survival in the weights is that of the pair. The p-values are adjusted for the number of pairs that could be
//! compared; a pair in which no event happens while both groups are at risk is absent, and does not count.
//!
//! How many comparisons were made stands in the result, and so do both adjustments: Holm's bounds the probability of any
//! false difference, Benjamini and Hochberg's the expected share of false ones among those found. See [`multiplicity`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cohort::Cohort;
use super::groups_at_risk::Groups;
use super::multiplicity::{self, Method};
use super::weighted_log_rank::{self, Weight};
use crate::error::Result;

/// The tests of all pairs of groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairwiseTests {
    /// How much each event time counts.
    pub weight: Weight,
    /// Number of pairs that could be compared, for which p-values are adjusted.
    pub n_comparisons: usize,
    /// One per pair: the first group with each later one, then the second, and so on.
    pub pairs: Vec<PairTest>,
}

/// The test of two groups among several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairTest {
    /// Codes of the two groups, the lower first.
    pub groups: [usize; 2],
    /// Patients in each of them.
    pub n: [usize; 2],
    /// Events in each of them.
    pub observed: [u64; 2],
    /// Events in each of them to be expected if both have the same hazard.
    pub expected: [f64; 2],
    /// The statistic, on 1 degree of freedom; absent if no event that counts happens while both are at risk.
    #[schemars(range(min = 0.0))]
    pub chi_square: Option<f64>,
    /// Probability of a statistic at least as large if both have the same hazard, not adjusted, in [0, 1]; absent with
    /// `chi_square`.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: Option<f64>,
    /// `p_value` adjusted by Holm's method, in [0, 1]; absent with it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_holm: Option<f64>,
    /// `p_value` adjusted by Benjamini and Hochberg's method, in [0, 1]; absent with it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_benjamini_hochberg: Option<f64>,
}

/// Compares each pair of `n_groups` groups, within strata if there are any.
///
/// Codes and weights are those of [`weighted_log_rank::test`].
///
/// # Errors
///
/// Those of [`weighted_log_rank::test`].
///
/// # Examples
///
/// ```
/// use contexture::survival::weighted_log_rank::Weight;
/// use contexture::survival::{Cohort, pairwise};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[true, true, true, true, false, false])?;
/// let tests = pairwise::test(&cohort, &[0, 0, 1, 1, 2, 2], 4, Weight::LogRank, None)?;
/// // Nobody is in the last group.
/// assert_eq!((tests.pairs.len(), tests.n_comparisons), (6, 3));
/// assert_eq!((tests.pairs[2].groups, tests.pairs[2].p_value), ([0, 3], None));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn test(
    cohort: &Cohort,
    group: &[usize],
    n_groups: usize,
    weight: Weight,
    strata: Option<&[usize]>,
) -> Result<PairwiseTests> {
    weight.check()?;
    Groups::new(cohort, group, n_groups, strata)?;

    let mut pairs = Vec::new();
    for first in 0..n_groups {
        for second in first + 1..n_groups {
            pairs.push(test_pair(cohort, group, [first, second], weight, strata)?);
        }
    }

    let p_values: Vec<Option<f64>> = pairs.iter().map(|it| it.p_value).collect();
    let holm = multiplicity::adjust(&p_values, Method::Holm)?;
    let benjamini_hochberg = multiplicity::adjust(&p_values, Method::BenjaminiHochberg)?;
    for ((pair, p_holm), p_benjamini_hochberg) in pairs.iter_mut().zip(holm).zip(benjamini_hochberg) {
        (pair.p_holm, pair.p_benjamini_hochberg) = (p_holm, p_benjamini_hochberg);
    }
    Ok(PairwiseTests { weight, n_comparisons: p_values.iter().flatten().count(), pairs })
}

/// The test of one pair, not adjusted.
fn test_pair(
    cohort: &Cohort,
    group: &[usize],
    groups: [usize; 2],
    weight: Weight,
    strata: Option<&[usize]>,
) -> Result<PairTest> {
    // Those who are in the order of time already are quickly sorted.
    let in_pair: Vec<usize> =
        cohort.schedule().order.iter().copied().filter(|&it| groups.contains(&group[it])).collect();
    let codes: Vec<usize> = in_pair.iter().map(|&it| usize::from(group[it] == groups[1])).collect();
    let strata: Option<Vec<usize>> = strata.map(|strata| in_pair.iter().map(|&it| strata[it]).collect());

    let test = weighted_log_rank::test(&cohort.select(&in_pair), &codes, 2, weight, strata.as_deref())?;
    Ok(PairTest {
        groups,
        n: [test.n[0], test.n[1]],
        observed: [test.observed[0], test.observed[1]],
        expected: [test.expected[0], test.expected[1]],
        chi_square: test.chi_square,
        p_value: test.p_value,
        p_holm: None,
        p_benjamini_hochberg: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    const TIMES: [f64; 8] = [1.0, 2.0, 2.0, 3.0, 5.0, 6.0, 7.0, 9.0];

    #[test]
    fn two_groups_are_one_comparison_that_needs_no_adjustment() {
        let cohort = Cohort::from_columns(&TIMES, &[true; 8]).unwrap();
        let group = [0, 1, 0, 1, 1, 0, 1, 1];
        let tests = test(&cohort, &group, 2, Weight::Gehan, None).unwrap();
        let alone = weighted_log_rank::test(&cohort, &group, 2, Weight::Gehan, None).unwrap();
        let pair = &tests.pairs[0];
        assert_eq!((tests.n_comparisons, pair.chi_square, pair.p_value), (1, alone.chi_square, alone.p_value));
        assert_eq!((pair.p_holm, pair.p_benjamini_hochberg), (alone.p_value, alone.p_value));
    }

    #[test]
    fn a_pair_without_events_does_not_count() {
        let events = [true, true, true, false, false, false, true, false];
        let cohort = Cohort::from_columns(&TIMES, &events).unwrap();
        // Groups 2 and 3 have no event.
        let tests = test(&cohort, &[0, 1, 0, 2, 3, 2, 1, 3], 4, Weight::LogRank, None).unwrap();
        assert_eq!(tests.n_comparisons, 5);
        let absent = &tests.pairs[5];
        assert_eq!((absent.groups, absent.p_value, absent.p_holm), ([2, 3], None, None));
        let smallest = tests.pairs.iter().filter_map(|it| it.p_value).fold(1.0, f64::min);
        let smallest_holm = tests.pairs.iter().filter_map(|it| it.p_holm).fold(1.0, f64::min);
        assert!((smallest_holm - (5.0 * smallest).min(1.0)).abs() < 1e-15);
    }

    #[test]
    fn strata_are_kept_apart_in_each_pair() {
        let cohort = Cohort::from_columns(&TIMES, &[true; 8]).unwrap();
        let (group, strata) = ([0, 1, 2, 0, 1, 2, 0, 1], [0, 0, 1, 1, 0, 0, 1, 1]);
        let tests = test(&cohort, &group, 3, Weight::LogRank, Some(&strata)).unwrap();
        let kept = [0, 2, 3, 5, 6];
        let alone = weighted_log_rank::test(
            &cohort.select(&kept),
            &kept.map(|it| group[it]),
            3,
            Weight::LogRank,
            Some(&kept.map(|it| strata[it])),
        );
        assert_eq!((tests.pairs[1].groups, tests.pairs[1].chi_square), ([0, 2], alone.unwrap().chi_square));
    }

    #[test]
    fn without_two_groups_there_is_no_pair() {
        let cohort = Cohort::from_columns(&[1.0], &[true]).unwrap();
        assert!(test(&cohort, &[0], 1, Weight::LogRank, None).unwrap().pairs.is_empty());
        assert!(matches!(test(&cohort, &[1], 1, Weight::LogRank, None), Err(Error::OutOfRange { .. })));
    }
}
