//! Correlations of two measurements: how nearly one follows from the other along a line, or by rank.
//!
//! A correlation is no agreement: a reader who always counts twice as much correlates perfectly. It is here beside the
//! [intraclass](super::intraclass) and [concordance](super::concordance_correlation) correlations to show what they add.
//!
//! ```text
//! r   = S_xy / √(S_xx S_yy)                                Pearson: of values; Spearman: of midranks
//! p     of t = r √((n-2) / (1-r²))   on n - 2 degrees of freedom
//! CI  = tanh(atanh(r) ∓ z SE)
//! SE  = 1 / √(n-3)                   Pearson               Fisher 1921
//! SE  = √((1 + r²/2) / (n-3))        Spearman              Bonett & Wright 2000
//! ```
//!
//! Spearman's p-value is that of R's `cor.test`: without ties and with at most 1290 pairs it comes from the distribution
//! of ranks in random order (over all orders up to 9 pairs, by a series from 10 on), else from `t` as above. Four pairs in
//! the same order have p = 2/24 by the one, 0 by the other.
//!
//! # References
//!
//! * Fisher RA. On the "probable error" of a coefficient of correlation deduced from a small sample. *Metron*
//!   1921;1:3-32.
//! * Bonett DG, Wright TA. Sample size requirements for estimating Pearson, Kendall and Spearman correlations.
//!   *Psychometrika* 2000;65:23-28. doi:10.1007/BF02294183

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sample::{expect_finite, expect_pairs, mid_ranks, normal_critical_value, sum_of_products};
use super::spearman_distribution;
use crate::error::Result;
use crate::survival::distributions::student_two_sided;

/// A correlation with its interval and test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Correlation {
    /// Number of pairs; at least 3.
    #[schemars(range(min = 3))]
    pub n_pairs: usize,
    /// The correlation, in [-1, 1].
    #[schemars(range(min = -1.0, max = 1.0))]
    pub correlation: f64,
    /// Lower end of its 95 % interval; absent with 3 pairs.
    #[schemars(range(min = -1.0, max = 1.0))]
    pub lower: Option<f64>,
    /// Upper end of its 95 % interval; absent with 3 pairs.
    #[schemars(range(min = -1.0, max = 1.0))]
    pub upper: Option<f64>,
    /// Two-sided p-value of no correlation, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: f64,
}

/// Pearson's correlation of pairs of measurements.
///
/// Absent with fewer than 3 pairs, or if either measurement is constant.
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if measurements do not come in pairs.
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if one is not finite.
///
/// # Examples
///
/// ```
/// use contexture::agreement::correlation;
///
/// let twice = correlation::pearson(&[1.0, 2.0, 3.0, 5.0], &[2.0, 4.0, 6.0, 10.0])?.unwrap();
/// assert_eq!(twice.correlation, 1.0);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn pearson(first: &[f64], second: &[f64]) -> Result<Option<Correlation>> {
    check(first, second)?;
    Ok(correlate(first, second, |_| 1.0))
}

/// Spearman's correlation of the ranks of pairs of measurements, tied values sharing theirs.
///
/// Absent with fewer than 3 pairs, or if either measurement is constant.
///
/// # Errors
///
/// As for [`pearson`].
pub fn spearman(first: &[f64], second: &[f64]) -> Result<Option<Correlation>> {
    check(first, second)?;
    let [(ranks_first, runs_first), (ranks_second, runs_second)] = [first, second].map(mid_ranks);
    let found = correlate(&ranks_first, &ranks_second, |r| 1.0 + r * r / 2.0);
    let n_pairs = first.len();
    let is_tied = runs_first.len() < n_pairs || runs_second.len() < n_pairs;
    // METHOD: The distribution of ranks is known while there are no ties; Student's t stands in for it elsewhere.
    if is_tied || n_pairs > spearman_distribution::LARGEST_SAMPLE {
        return Ok(found);
    }
    let squared_differences = ranks_first.iter().zip(&ranks_second).map(|(a, b)| (a - b).powi(2)).sum();
    let with_p_value =
        |it| Correlation { p_value: spearman_distribution::two_sided(squared_differences, n_pairs), ..it };
    Ok(found.map(with_p_value))
}

fn check(first: &[f64], second: &[f64]) -> Result<()> {
    expect_pairs(first, second)?;
    expect_finite("first measurement", first)?;
    expect_finite("second measurement", second)
}

/// The correlation with the interval whose variance on Fisher's scale is that of Pearson's times `inflation`.
fn correlate(first: &[f64], second: &[f64], inflation: impl Fn(f64) -> f64) -> Option<Correlation> {
    let n_pairs = first.len();
    if n_pairs < 3 {
        return None;
    }
    let spread = (sum_of_products(first, first) * sum_of_products(second, second)).sqrt();
    if spread <= 0.0 {
        return None;
    }
    let r = (sum_of_products(first, second) / spread).clamp(-1.0, 1.0);
    let n_free = (n_pairs - 2) as f64;
    let ends = (n_pairs > 3).then(|| {
        let reach = normal_critical_value() * (inflation(r) / (n_pairs - 3) as f64).sqrt();
        [-reach, reach].map(|it| (r.atanh() + it).tanh())
    });
    Some(Correlation {
        n_pairs,
        correlation: r,
        lower: ends.map(|it| it[0]),
        upper: ends.map(|it| it[1]),
        p_value: student_two_sided(r * (n_free / (1.0 - r * r)).sqrt(), n_free),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_a_perfect_correlation() {
        let found = pearson(&[1.0, 2.0, 4.0, 8.0], &[8.0, 6.0, 2.0, -6.0]).unwrap().unwrap();
        assert_eq!((found.correlation, found.lower, found.upper, found.p_value), (-1.0, Some(-1.0), Some(-1.0), 0.0));
    }

    #[test]
    fn no_correlation_of_few_or_constant_values() {
        assert_eq!(pearson(&[1.0, 2.0], &[1.0, 3.0]).unwrap(), None);
        assert_eq!(pearson(&[0.1; 5], &[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap(), None);
        assert_eq!(spearman(&[], &[]).unwrap(), None);
        let three = spearman(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]).unwrap().unwrap();
        assert_eq!((three.correlation, three.lower, three.upper), (0.5, None, None));
        // Any order of three ranks is as likely as this one or its opposite.
        assert!((three.p_value - 1.0).abs() < 1e-15);
        assert!(pearson(&[1.0], &[]).is_err());
        assert!(spearman(&[f64::NAN], &[1.0]).is_err());
    }

    proptest! {
        #[test]
        fn correlations_are_symmetric_and_those_of_ranks_see_ranks_only(
            pairs in prop::collection::vec((0_u8..20, 0_u8..20), 4..30),
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().map(|&(a, b)| (f64::from(a), f64::from(b))).unzip();
            let found = spearman(&a, &b).unwrap();
            prop_assert_eq!(found, spearman(&b, &a).unwrap());
            let risen: Vec<f64> = a.iter().map(|it| it.exp()).collect();
            prop_assert_eq!(found, spearman(&risen, &b).unwrap());
            if let Some(found) = pearson(&a, &b).unwrap() {
                prop_assert!((-1.0..=1.0).contains(&found.correlation));
                prop_assert!(found.lower.unwrap() <= found.correlation && found.correlation <= found.upper.unwrap());
                prop_assert_eq!(pearson(&a, &a).unwrap().unwrap().correlation.to_bits(), 1.0_f64.to_bits());
            }
        }
    }
}
