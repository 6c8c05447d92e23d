//! Lin's concordance correlation: how near pairs of measurements are to the line of equality.
//!
//! ```text
//! ρ_c = 2 s_xy / (s_x² + s_y² + (x̄ - ȳ)²) = r C_b              variances with denominator n       Lin 1989
//! C_b = 2 / (v + 1/v + u²),   v = s_x / s_y,   u = (x̄ - ȳ) / √(s_x s_y)
//! SE² = ((1-r²) C_b² (1-ρ_c²) + 2 ρ_c² (1-ρ_c) C_b u² - ρ_c² C_b² u⁴ / 2) / (n-2)               Lin 2000
//! CI  = tanh(atanh(ρ_c) ∓ z SE / (1-ρ_c²))
//! ```
//!
//! Here `r` is Pearson's correlation, which says how near pairs are to a line, and `C_b` how near that line is to equality.
//! As in R's `epiR::epi.ccc`.
//!
//! # References
//!
//! * Lin LI. A concordance correlation coefficient to evaluate reproducibility. *Biometrics* 1989;45:255-268.
//!   doi:10.2307/2532051
//! * Lin LI. A note on the concordance correlation coefficient. *Biometrics* 2000;56:324-325.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sample::{Interval, expect_finite, expect_pairs, mean, normal_critical_value, sum_of_products};
use crate::error::Result;

/// Lin's concordance correlation with its two parts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConcordanceCorrelation {
    /// Number of pairs; at least 3.
    #[schemars(range(min = 3))]
    pub n_pairs: usize,
    /// The concordance correlation with its 95 % interval, all in [-1, 1].
    pub concordance: Interval,
    /// Precision: Pearson's correlation.
    #[schemars(range(min = -1.0, max = 1.0))]
    pub precision: f64,
    /// Accuracy `C_b`, in (0, 1]: 1 if means and variances are equal.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub accuracy: f64,
}

/// Estimates the concordance correlation of pairs of measurements.
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
/// use contexture::agreement::concordance_correlation;
///
/// let found = concordance_correlation::estimate(&[1.0, 2.0, 3.0, 5.0], &[2.0, 4.0, 6.0, 10.0])?.unwrap();
/// assert!((found.precision - 1.0).abs() < 1e-12 && found.concordance.estimate < 0.6);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(first: &[f64], second: &[f64]) -> Result<Option<ConcordanceCorrelation>> {
    expect_pairs(first, second)?;
    expect_finite("first measurement", first)?;
    expect_finite("second measurement", second)?;
    let n_pairs = first.len();
    if n_pairs < 3 {
        return Ok(None);
    }
    let n = n_pairs as f64;
    let [variance_first, variance_second] = [first, second].map(|it| sum_of_products(it, it) / n);
    if variance_first <= 0.0 || variance_second <= 0.0 {
        return Ok(None);
    }
    let scale = (variance_first * variance_second).sqrt();
    let covariance = sum_of_products(first, second) / n;
    let squared_shift = (mean(first) - mean(second)).powi(2);
    let r = (covariance / scale).clamp(-1.0, 1.0);
    let spread = variance_first + variance_second + squared_shift;
    let rho = (2.0 * covariance / spread).clamp(-1.0, 1.0);
    let accuracy = (2.0 * scale / spread).min(1.0);
    let u2 = squared_shift / scale;
    let variance = (1.0 - r * r) * accuracy.powi(2) * (1.0 - rho * rho) + 2.0 * rho * rho * (1.0 - rho) * accuracy * u2
        - (rho * accuracy * u2).powi(2) / 2.0;
    let std_err = (variance.max(0.0) / (n - 2.0)).sqrt();
    // At 1 and -1 the estimate has no error, and Fisher's scale no place for one.
    let reach = if std_err > 0.0 { normal_critical_value() * std_err / (1.0 - rho * rho) } else { 0.0 };
    let concordance =
        Interval { estimate: rho, lower: (rho.atanh() - reach).tanh(), upper: (rho.atanh() + reach).tanh() };
    Ok(Some(ConcordanceCorrelation { n_pairs, concordance, precision: r, accuracy }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn identical_measurements_are_in_complete_concordance() {
        let values = [0.3, 7.0, 1.9, 4.4];
        let found = estimate(&values, &values).unwrap().unwrap();
        assert_eq!(found.concordance, Interval { estimate: 1.0, lower: 1.0, upper: 1.0 });
        assert_eq!((found.precision, found.accuracy), (1.0, 1.0));
        let mirrored = values.map(|it| -it + 2.0 * mean(&values));
        assert!((estimate(&values, &mirrored).unwrap().unwrap().concordance.estimate + 1.0).abs() < 1e-12);
    }

    #[test]
    fn no_concordance_of_few_or_constant_values() {
        assert_eq!(estimate(&[1.0, 2.0], &[1.0, 2.0]).unwrap(), None);
        assert_eq!(estimate(&[1.0, 2.0, 3.0], &[2.0; 3]).unwrap(), None);
        assert!(estimate(&[1.0], &[]).is_err());
        assert!(estimate(&[1.0, f64::INFINITY], &[1.0, 2.0]).is_err());
    }

    proptest! {
        #[test]
        fn concordance_is_symmetric_and_never_above_correlation(
            pairs in prop::collection::vec((0_u8..50, 0_u8..50), 3..30),
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().map(|&(a, b)| (f64::from(a), f64::from(b))).unzip();
            if let Some(found) = estimate(&a, &b).unwrap() {
                let Interval { estimate: rho, lower, upper } = found.concordance;
                prop_assert!(rho.abs() <= found.precision.abs() + 1e-12);
                prop_assert!(-1.0 <= lower && lower <= rho + 1e-12 && rho <= upper + 1e-12 && upper <= 1.0);
                let swapped = estimate(&b, &a).unwrap().unwrap().concordance;
                prop_assert!((swapped.estimate - rho).abs() < 1e-12 && (swapped.lower - lower).abs() < 1e-9);
            }
        }
    }
}
