//! The two-sample test of Kolmogorov and Smirnov: the largest distance between two distribution functions.
//!
//! ```text
//! D = max_x |F_1(x) - F_2(x)|
//! exact       p = share of the C(m+n, m) ways to deal the pooled values out whose D is as large or larger
//! asymptotic  p = 2 Σ_{k≥1} (-1)^{k-1} exp(-2 k² t²),    t = D √(mn / (m+n))                    Smirnov 1948
//! ```
//!
//! Ways are counted along the lattice of m by n (Hodges 1957). The distance is looked at only where a run of tied values
//! ends (Schröer & Trenkler 1995), so that the exact p-value is right with ties, too; the asymptotic one is then too
//! large. As in R (4.2 and later), exact is the default while `mn < 10 000`. R sums the asymptotic series to 1e-6, this
//! to the end.
//!
//! # References
//!
//! * Smirnov N. Table for estimating the goodness of fit of empirical distributions. *Ann Math Stat* 1948;19:279-281.
//!   doi:10.1214/aoms/1177730256
//! * Hodges JL. The significance probability of the Smirnov two-sample test. *Ark Mat* 1958;3:469-486.
//!   doi:10.1007/BF02589501
//! * Schröer G, Trenkler D. Exact and randomization distributions of Kolmogorov-Smirnov tests two or three samples.
//!   *Comput Stat Data Anal* 1995;20:185-202. doi:10.1016/0167-9473(94)00040-P

use std::f64::consts::PI;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sample::expect_finite;
use crate::error::Result;

/// From this product of the sample sizes on, the default p-value is the asymptotic one, as in R.
const SMALLEST_LARGE_PRODUCT: usize = 10_000;

/// Terms of either series; the last one is below round-off.
const N_TERMS: u32 = 10;

/// How a p-value is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Over all ways to deal out the pooled values; takes time in proportion to the product of the sample sizes.
    Exact,
    /// By the limit for large samples without ties.
    Asymptotic,
}

/// The largest distance between two distribution functions, and its test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KolmogorovSmirnov {
    /// Number of values of the reference.
    #[schemars(range(min = 1))]
    pub n_reference: usize,
    /// Number of values of the batch.
    #[schemars(range(min = 1))]
    pub n_batch: usize,
    /// The largest distance D, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub distance: f64,
    /// Two-sided p-value, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: f64,
    /// How the p-value is computed.
    pub method: Method,
}

/// Tests whether two samples come from the same distribution, exactly if they are small.
///
/// Values are in one unit, in any order. Absent if either sample is empty.
///
/// # Errors
///
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a value is not finite.
///
/// # Examples
///
/// ```
/// use contexture::agreement::kolmogorov_smirnov;
///
/// let test = kolmogorov_smirnov::test(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0])?.unwrap();
/// assert_eq!(test.distance, 1.0);
/// assert!((test.p_value - 0.1).abs() < 1e-15); // 2 of 20 ways part the samples
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn test(reference: &[f64], batch: &[f64]) -> Result<Option<KolmogorovSmirnov>> {
    let is_large = reference.len() * batch.len() >= SMALLEST_LARGE_PRODUCT;
    test_by(reference, batch, if is_large { Method::Asymptotic } else { Method::Exact })
}

/// As [`test()`], with a method of choice.
///
/// # Errors
///
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a value is not finite.
pub fn test_by(reference: &[f64], batch: &[f64], method: Method) -> Result<Option<KolmogorovSmirnov>> {
    expect_finite("value of the reference", reference)?;
    expect_finite("value of the batch", batch)?;
    if reference.is_empty() || batch.is_empty() {
        return Ok(None);
    }
    let path = Path::new(reference, batch);
    let (m, n) = (path.m as f64, path.n as f64);
    let distance = path.largest as f64 / (m * n);
    let p_value = match method {
        Method::Exact => path.share_as_far(),
        Method::Asymptotic => limit_upper_tail(distance * (m * n / (m + n)).sqrt()),
    };
    Ok(Some(KolmogorovSmirnov { n_reference: path.m, n_batch: path.n, distance, p_value, method }))
}

impl KolmogorovSmirnov {
    /// The same of samples of which patients have several, by the [design effect](super::design_effect) of their difference: by
    /// the limit, for the exact test deals out values that are unrelated.
    #[must_use]
    pub fn corrected(self, design_effect: f64) -> Self {
        if design_effect <= 1.0 {
            return self;
        }
        let (m, n) = (self.n_reference as f64, self.n_batch as f64);
        let p_value = limit_upper_tail(self.distance * (m * n / (m + n) / design_effect).sqrt());
        Self { p_value, method: Method::Asymptotic, ..self }
    }
}

/// The path of two samples through the lattice of `m` by `n`: a step for each pooled value, in ascending order.
struct Path {
    m: usize,
    n: usize,
    // METHOD: Distances count at the ends of runs of tied values only, for the statistic and for its null distribution.
    /// For each number of steps, whether a run of tied values ends there.
    ends_run: Vec<bool>,
    /// The largest distance at the end of a run, times `m n`: a whole number, free of round-off.
    largest: usize,
}

impl Path {
    fn new(first: &[f64], second: &[f64]) -> Self {
        let (m, n) = (first.len(), second.len());
        let pooled = first.iter().map(|&it| (it, true)).chain(second.iter().map(|&it| (it, false)));
        let mut pooled: Vec<(f64, bool)> = pooled.collect();
        pooled.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut path = Self { m, n, ends_run: vec![true; m + n + 1], largest: 0 };
        let [mut i, mut j] = [0, 0];
        for at in 0..m + n {
            if pooled[at].1 {
                i += 1;
            } else {
                j += 1;
            }
            path.ends_run[at + 1] = pooled.get(at + 1).is_none_or(|next| next.0 > pooled[at].0);
            if path.ends_run[at + 1] {
                path.largest = path.largest.max(path.distance(i, j));
            }
        }
        path
    }

    /// The distance after `i` values of the first sample and `j` of the second, times `m n`.
    fn distance(&self, i: usize, j: usize) -> usize {
        (i * self.n).abs_diff(j * self.m)
    }

    /// Share of all paths that get as far from the diagonal.
    fn share_as_far(&self) -> f64 {
        let is_far = |i: usize, j: usize| self.ends_run[i + j] && self.distance(i, j) >= self.largest;
        // share[j]: of the paths to (i, j), those that have been as far. A path comes to (i, j) from the left with
        // probability j / (i + j). Shares are added, never taken from 1, so that a small one keeps its digits.
        let mut share = vec![0.0; self.n + 1];
        for i in 0..=self.m {
            for j in 0..=self.n {
                let (from_above, from_left) = (share[j], if j > 0 { share[j - 1] } else { 0.0 });
                let steps = (i + j).max(1) as f64;
                share[j] = if is_far(i, j) { 1.0 } else { (i as f64 * from_above + j as f64 * from_left) / steps };
            }
        }
        share[self.n].min(1.0)
    }
}

/// Probability that the limiting variable exceeds `t`.
fn limit_upper_tail(t: f64) -> f64 {
    if t <= 0.0 {
        return 1.0;
    }
    // Each series converges within a few terms on its side of 1.
    let sum: f64 = if t < 1.0 {
        let term = |k: u32| (-(f64::from(2 * k - 1) * PI / t).powi(2) / 8.0).exp();
        1.0 - (2.0 * PI).sqrt() / t * (1..=N_TERMS).map(term).sum::<f64>()
    } else {
        let term = |k: u32| (if k % 2 == 1 { 2.0 } else { -2.0 }) * (-2.0 * (f64::from(k) * t).powi(2)).exp();
        (1..=N_TERMS).map(term).sum()
    };
    sum.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn exact(reference: &[f64], batch: &[f64]) -> KolmogorovSmirnov {
        test_by(reference, batch, Method::Exact).unwrap().unwrap()
    }

    /// The p-value by dealing out the pooled values in every way.
    fn dealt_out(first: &[f64], second: &[f64]) -> f64 {
        let pooled = [first, second].concat();
        let largest = Path::new(first, second).largest;
        let [mut n_ways, mut n_far] = [0, 0];
        for hand in 0_u32..1 << pooled.len() {
            if hand.count_ones() as usize == first.len() {
                let (a, b): (Vec<_>, Vec<_>) = (0..pooled.len()).partition(|&it| hand >> it & 1 == 1);
                let values = |hand: Vec<usize>| hand.into_iter().map(|it| pooled[it]).collect::<Vec<_>>();
                n_ways += 1;
                n_far += i32::from(Path::new(&values(a), &values(b)).largest >= largest);
            }
        }
        f64::from(n_far) / f64::from(n_ways)
    }

    #[test]
    fn equal_samples_are_at_no_distance() {
        let test = exact(&[1.0, 2.0, 2.0], &[2.0, 1.0, 2.0]);
        assert_eq!((test.distance, test.p_value), (0.0, 1.0));
        let constant = test_by(&[5.0; 4], &[5.0; 9], Method::Asymptotic).unwrap().unwrap();
        assert_eq!((constant.distance, constant.p_value), (0.0, 1.0));
    }

    #[test]
    fn a_zero_is_a_zero_whatever_its_sign() {
        let test = exact(&[0.0, 1.0], &[-0.0, 1.0]);
        assert_eq!((test.distance, test.p_value), (0.0, 1.0));
    }

    #[test]
    fn an_empty_sample_has_no_test() {
        assert_eq!(test(&[], &[1.0]).unwrap(), None);
        assert_eq!(test(&[1.0], &[]).unwrap(), None);
        assert!(test(&[f64::NAN], &[1.0]).is_err());
    }

    #[test]
    fn large_samples_are_tested_by_the_limit() {
        let values: Vec<f64> = (0..100).map(f64::from).collect();
        assert_eq!(test(&values, &values[..99]).unwrap().unwrap().method, Method::Exact);
        assert_eq!(test(&values, &values).unwrap().unwrap().method, Method::Asymptotic);
    }

    #[test]
    fn both_series_of_the_limit_are_the_same_function() {
        let [below, above] = [limit_upper_tail(1.0 - 1e-12), limit_upper_tail(1.0)];
        assert!((below - above).abs() < 1e-11);
        assert!((limit_upper_tail(1.358_098_6) - 0.05).abs() < 1e-7, "the tabled 5 % point");
    }

    proptest! {
        #[test]
        fn the_exact_p_value_is_the_share_of_ways(
            first in prop::collection::vec(0_u8..6, 1..7),
            second in prop::collection::vec(0_u8..6, 1..7),
        ) {
            let values = |it: &[u8]| it.iter().map(|&it| f64::from(it)).collect::<Vec<_>>();
            let (first, second) = (values(&first), values(&second));
            let test = exact(&first, &second);
            prop_assert!((test.p_value - dealt_out(&first, &second)).abs() < 1e-12);
            prop_assert!((test.p_value - exact(&second, &first).p_value).abs() < 1e-12, "swapped");
            let risen = |it: &[f64]| it.iter().rev().map(|it| it.exp()).collect::<Vec<_>>();
            prop_assert_eq!(test, exact(&risen(&first), &risen(&second)), "monotone transform, row order");
        }
    }
}
