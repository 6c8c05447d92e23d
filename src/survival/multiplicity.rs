//! Adjusted p-values: what is left of a result when several were looked at?
//!
//! With `p_(1) ≤ … ≤ p_(m)` the p-values of `m` comparisons, the adjusted value of `p_(i)` is
//!
//! ```text
//! Bonferroni            min(1, m p_(i))
//! Holm                  max_{j ≤ i} min(1, (m - j + 1) p_(j))
//! Hochberg              min_{j ≥ i} min(1, (m - j + 1) p_(j))
//! Benjamini-Hochberg    min_{j ≥ i} min(1, m p_(j) / j)
//! Benjamini-Yekutieli   min_{j ≥ i} min(1, m p_(j) / j · Σ_{k ≤ m} 1/k)
//! ```
//!
//! The first three bound the probability of any false result (Hochberg's if the tests are independent or positively
//! dependent), the last two the expected share of false ones among the results (Benjamini and Hochberg's under the same
//! condition). A comparison without a p-value is none: it is absent from the answer, and `m` does not count it, as R's
//! `p.adjust` does.
//!
//! # References
//!
//! * Holm S. A simple sequentially rejective multiple test procedure. *Scand J Stat* 1979;6:65-70.
//! * Hochberg Y. A sharper Bonferroni procedure for multiple tests of significance.
//!   *Biometrika* 1988;75:800-802. doi:10.1093/biomet/75.4.800
//! * Benjamini Y, Hochberg Y. Controlling the false discovery rate: a practical and powerful approach to multiple
//!   testing. *J R Stat Soc B* 1995;57:289-300. doi:10.1111/j.2517-6161.1995.tb02031.x
//! * Benjamini Y, Yekutieli D. The control of the false discovery rate in multiple testing under dependency.
//!   *Ann Stat* 2001;29:1165-1188. doi:10.1214/aos/1013699998

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How p-values are adjusted for their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Each p-value times their number.
    Bonferroni,
    /// As safe as Bonferroni's, and never larger.
    Holm,
    /// Never larger than Holm's; needs tests that are independent or positively dependent.
    Hochberg,
    /// The false discovery rate, for tests that are independent or positively dependent.
    BenjaminiHochberg,
    /// The false discovery rate, whatever the dependence.
    BenjaminiYekutieli,
}

/// Adjusts p-values for their number; the result is in their order.
///
/// A comparison that is absent stays absent, and does not count.
///
/// # Errors
///
/// * [`Error::OutOfRange`] if a p-value is not in [0, 1].
///
/// # Examples
///
/// ```
/// use contexture::survival::multiplicity::{self, Method};
///
/// let adjusted = multiplicity::adjust(&[Some(0.25), None, Some(0.125)], Method::Holm)?;
/// assert_eq!(adjusted, [Some(0.25), None, Some(0.25)]);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn adjust(p_values: &[Option<f64>], method: Method) -> Result<Vec<Option<f64>>> {
    // METHOD: What could not be compared was not compared, and costs the others nothing.
    let mut ascending: Vec<(f64, usize)> = p_values.iter().zip(0..).filter_map(|(&p, at)| Some((p?, at))).collect();
    if let Some(&(value, _)) = ascending.iter().find(|(p, _)| !(0.0..=1.0).contains(p)) {
        return Err(Error::OutOfRange { quantity: "p-value", expected: "a number in [0, 1]", value });
    }
    ascending.sort_by(|a, b| a.0.total_cmp(&b.0));

    let m = ascending.len();
    let mut adjusted = vec![None; p_values.len()];
    if method == Method::Holm {
        let mut largest = 0.0_f64;
        for (n_smaller, &(p, at)) in ascending.iter().enumerate() {
            largest = largest.max(method.factor(n_smaller + 1, m) * p).min(1.0);
            adjusted[at] = Some(largest);
        }
    } else {
        let mut smallest = 1.0_f64;
        for (n_smaller, &(p, at)) in ascending.iter().enumerate().rev() {
            smallest = smallest.min(method.factor(n_smaller + 1, m) * p);
            adjusted[at] = Some(smallest);
        }
    }
    Ok(adjusted)
}

impl Method {
    /// What the p-value of a rank, counted from 1, is multiplied by among `m`.
    fn factor(self, rank: usize, m: usize) -> f64 {
        match self {
            Self::Bonferroni => m as f64,
            Self::Holm | Self::Hochberg => (m + 1 - rank) as f64,
            Self::BenjaminiHochberg => m as f64 / rank as f64,
            Self::BenjaminiYekutieli => {
                let harmonic: f64 = (1..=m).map(|it| 1.0 / it as f64).sum();
                harmonic * m as f64 / rank as f64
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const METHODS: [Method; 5] =
        [Method::Bonferroni, Method::Holm, Method::Hochberg, Method::BenjaminiHochberg, Method::BenjaminiYekutieli];

    /// Benjamini & Hochberg 1995, §3.1: at 0.05 their procedure rejects four of fifteen hypotheses, Bonferroni's three.
    #[test]
    fn the_published_trial_has_its_numbers_of_rejections() {
        let p_values = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.0,
        ]
        .map(Some);
        let n_rejected = |method| {
            let adjusted = adjust(&p_values, method).unwrap();
            adjusted.iter().flatten().filter(|p| **p <= 0.05).count()
        };
        assert_eq!([Method::BenjaminiHochberg, Method::Bonferroni, Method::Hochberg].map(n_rejected), [4, 3, 3]);
    }

    /// R's `p.adjust(c(.01,.04,NA,.03,.005,.5,.04,NA,.9,.012), method)`.
    #[test]
    fn absent_and_equal_values_are_treated_as_in_r() {
        let p_values =
            [0.01, 0.04, f64::NAN, 0.03, 0.005, 0.5, 0.04, f64::NAN, 0.9, 0.012].map(|p| (!p.is_nan()).then_some(p));
        let by_method = [
            [0.08, 0.32, 0.24, 0.04, 1.0, 0.32, 1.0, 0.096],
            [0.07, 0.16, 0.15, 0.04, 1.0, 0.16, 1.0, 0.072],
            [0.07, 0.12, 0.12, 0.04, 0.9, 0.12, 0.9, 0.072],
            [0.032, 4.0 / 75.0, 4.0 / 75.0, 0.032, 4.0 / 7.0, 4.0 / 75.0, 0.9, 0.032],
            [
                0.086_971_428_571_428_58,
                0.144_952_380_952_380_94,
                0.144_952_380_952_380_94,
                0.086_971_428_571_428_58,
                1.0,
                0.144_952_380_952_380_94,
                1.0,
                0.086_971_428_571_428_58,
            ],
        ];
        for (method, expected) in METHODS.into_iter().zip(by_method) {
            let adjusted = adjust(&p_values, method).unwrap();
            assert_eq!((adjusted[2], adjusted[7]), (None, None));
            for (found, expected) in adjusted.into_iter().flatten().zip(expected) {
                assert!((found - expected).abs() < 1e-15, "{method:?}: {found} is not {expected}");
            }
        }
    }

    #[test]
    fn nothing_and_one_comparison_are_left_as_they_are() {
        for method in METHODS {
            assert_eq!(adjust(&[], method).unwrap(), []);
            assert_eq!(adjust(&[None, None], method).unwrap(), [None, None]);
            assert_eq!(adjust(&[None, Some(0.03)], method).unwrap(), [None, Some(0.03)]);
            assert_eq!(adjust(&[Some(1.0), Some(0.0)], method).unwrap(), [Some(1.0), Some(0.0)]);
        }
    }

    #[test]
    fn what_is_no_probability_is_refused() {
        for p in [-0.1, 1.1, f64::NAN] {
            assert!(matches!(adjust(&[Some(p)], Method::Holm), Err(Error::OutOfRange { .. })), "{p}");
        }
    }

    proptest! {
        /// A hypothesis is rejected at `level` by the procedure that each adjustment stands for.
        #[test]
        fn rejections_are_those_of_the_procedures(
            p_values in prop::collection::vec(0.0..1.0_f64, 1..12),
            level in 0.01..0.5_f64,
        ) {
            let m = p_values.len();
            let mut sorted = p_values.clone();
            sorted.sort_by(f64::total_cmp);
            let steps: Vec<usize> = (1..=m).collect();
            let holds = |i: &usize, bound: &dyn Fn(f64) -> f64| sorted[i - 1] <= bound(*i as f64);
            let n = m as f64;
            // Step down while Holm's bound holds; step up from the largest rank where the others' does.
            let holm = steps.iter().take_while(|i| holds(i, &|i| level / (n + 1.0 - i))).count();
            let hochberg = steps.iter().rfind(|i| holds(i, &|i| level / (n + 1.0 - i))).copied().unwrap_or(0);
            let discoveries = steps.iter().rfind(|i| holds(i, &|i| level * i / n)).copied().unwrap_or(0);
            let given: Vec<Option<f64>> = p_values.iter().copied().map(Some).collect();
            for (method, expected) in
                [(Method::Holm, holm), (Method::Hochberg, hochberg), (Method::BenjaminiHochberg, discoveries)]
            {
                let adjusted = adjust(&given, method).unwrap();
                prop_assert_eq!(adjusted.iter().flatten().filter(|p| **p <= level).count(), expected);
            }
        }

        #[test]
        fn adjusted_values_keep_order_and_range(
            p_values in prop::collection::vec(prop::option::of(0.0..=1.0_f64), 0..20),
            method in prop::sample::select(METHODS.to_vec()),
        ) {
            let adjusted = adjust(&p_values, method).unwrap();
            for (p, q) in p_values.iter().zip(&adjusted) {
                prop_assert_eq!(p.is_some(), q.is_some());
                prop_assert!(q.is_none_or(|q| q <= 1.0 && p.is_some_and(|p| p <= q * (1.0 + 1e-15))));
                for (other, other_adjusted) in p_values.iter().zip(&adjusted) {
                    prop_assert!(p > other || q <= other_adjusted);
                }
            }
        }
    }
}
