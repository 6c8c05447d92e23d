//! The two-sample test of Anderson and Darling, with ties: the k-sample test of Scholz and Stephens for k = 2.
//!
//! With `m` and `n` values in two samples, `N = m + n`; at the j-th distinct value `l_j` values of which `f_j` in the
//! first sample, `B_j` and `M_j` the numbers of values below it, in both samples and in the first, those at it counted by
//! half:
//!
//! ```text
//! A²   = (N-1)/N (1/m + 1/n) Σ_j  l_j/N  (N M_j - m B_j)² / (B_j (N - B_j) - N l_j / 4)     eq. 7: midranks
//! T    = (A² - 1) / σ_N                                                                      eq. 4: σ_N
//! p    = P(Σ_j Z_j² / (j (j+1)) > 1 + T √(2 (π² - 9) / 3))                                   the limit, standardised
//! ```
//!
//! The paper, and kSamples in R, interpolate p in a table of this law. Here it is computed, by Smirnov's formula for
//! quadratic forms: with `s² = 1 + 4u`,
//!
//! ```text
//! P(Q > x) = Σ_{k≥1} (-1)^{k+1} ∫_{4k-1}^{4k+1} s / (2 √(π u cos(πs/2))) exp(-u x / 2) ds
//! ```
//!
//! whose small values keep their digits. The law is the limit for large samples; Scholz and Stephens found it good from 5
//! values each.
//!
//! # References
//!
//! * Scholz FW, Stephens MA. K-sample Anderson-Darling tests. *J Am Stat Assoc* 1987;82:918-924.
//!   doi:10.1080/01621459.1987.10478517
//! * Pettitt AN. A two-sample Anderson-Darling rank statistic. *Biometrika* 1976;63:161-168. doi:10.1093/biomet/63.1.161
//! * Durbin J. *Distribution Theory for Tests Based on the Sample Distribution Function.* SIAM, 1973.
//!   doi:10.1137/1.9781611970586

use std::f64::consts::PI;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sample::expect_finite;
use crate::error::Result;

/// Nodes of the quadrature of one term.
const N_NODES: u32 = 64;

/// A term with `exp(-this)` is below round-off.
const NEGLIGIBLE_EXPONENT: f64 = 45.0;

/// The statistic of Anderson and Darling for two samples, and its test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AndersonDarling {
    /// Number of values of the reference.
    #[schemars(range(min = 1))]
    pub n_reference: usize,
    /// Number of values of the batch.
    #[schemars(range(min = 1))]
    pub n_batch: usize,
    /// The statistic A², with midranks; its mean is 1 if nothing differs.
    #[schemars(range(min = 0.0))]
    pub statistic: f64,
    /// The statistic less its mean, in standard deviations: `T.AD` of kSamples.
    pub standardized: f64,
    /// Asymptotic p-value, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: f64,
}

/// Tests whether two samples come from the same distribution, with weight on the tails.
///
/// Values are in one unit, in any order. Absent if a sample is empty, there are fewer than 4 values in all, or all values
/// are equal.
///
/// # Errors
///
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a value is not finite.
///
/// # Examples
///
/// ```
/// use contexture::agreement::anderson_darling;
///
/// let test = anderson_darling::test(&[1.0, 2.0, 3.0, 4.0, 5.0], &[4.0, 6.0, 7.0, 8.0, 9.0])?.unwrap();
/// assert!(test.p_value < 0.05);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn test(reference: &[f64], batch: &[f64]) -> Result<Option<AndersonDarling>> {
    expect_finite("value of the reference", reference)?;
    expect_finite("value of the batch", batch)?;
    let (m, n) = (reference.len(), batch.len());
    if m == 0 || n == 0 || m + n < 4 {
        return Ok(None);
    }
    Ok(statistic(reference, batch).map(|it| AndersonDarling::new((m, n), it)))
}

impl AndersonDarling {
    fn new((m, n): (usize, usize), statistic: f64) -> Self {
        let standardized = (statistic - 1.0) / variance(m, n).sqrt();
        let p_value = limit_upper_tail(1.0 + standardized * (2.0 * (PI * PI - 9.0) / 3.0).sqrt());
        Self { n_reference: m, n_batch: n, statistic, standardized, p_value }
    }

    /// The same of samples of which patients have several, by the [design effect](super::design_effect) of their difference.
    #[must_use]
    pub fn corrected(self, design_effect: f64) -> Self {
        Self::new((self.n_reference, self.n_batch), self.statistic / design_effect)
    }
}

/// A² with midranks; `None` if all values are equal.
fn statistic(first: &[f64], second: &[f64]) -> Option<f64> {
    let (m, total) = (first.len() as f64, (first.len() + second.len()) as f64);
    let pooled = first.iter().map(|&it| (it, true)).chain(second.iter().map(|&it| (it, false)));
    let mut pooled: Vec<(f64, bool)> = pooled.collect();
    pooled.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));

    let [mut n_below, mut n_below_first, mut sum] = [0.0; 3];
    // METHOD: Tied values, of either sample, are one point that is counted by half below itself.
    for run in pooled.chunk_by(|a, b| a.0 >= b.0) {
        let n_tied = run.len() as f64;
        let n_tied_first = run.iter().filter(|it| it.1).count() as f64;
        let below = n_below + n_tied / 2.0;
        let below_first = n_below_first + n_tied_first / 2.0;
        let spread = below * (total - below) - total * n_tied / 4.0;
        if spread <= 0.0 {
            return None;
        }
        sum += n_tied * (total * below_first - m * below).powi(2) / spread;
        n_below += n_tied;
        n_below_first += n_tied_first;
    }
    Some((total - 1.0) / (total * total) * (1.0 / m + 1.0 / (total - m)) * sum)
}

/// Variance of the statistic without ties, if nothing differs; Scholz & Stephens 1987, eq. 4, for k = 2.
fn variance(m: usize, n: usize) -> f64 {
    let total = m + n;
    let harmonic = |from: usize, to: usize| (from..=to).map(|it| 1.0 / it as f64).sum::<f64>();
    let big_h = 1.0 / m as f64 + 1.0 / n as f64;
    let h = harmonic(1, total - 1);
    let mut g = 0.0;
    let mut tail = 0.0;
    for i in (1..total - 1).rev() {
        tail += 1.0 / (i + 1) as f64;
        g += tail / (total - i) as f64;
    }
    let k = 2.0;
    let a = (4.0 * g - 6.0) * (k - 1.0) + (10.0 - 6.0 * g) * big_h;
    let b = (2.0 * g - 4.0) * k * k + 8.0 * h * k + (2.0 * g - 14.0 * h - 4.0) * big_h - 8.0 * h + 4.0 * g - 6.0;
    let c = (6.0 * h + 2.0 * g - 2.0) * k * k + (4.0 * h - 4.0 * g + 6.0) * k + (2.0 * h - 6.0) * big_h + 4.0 * h;
    let d = (2.0 * h + 6.0) * k * k - 4.0 * h * k;
    let total = total as f64;
    (((a * total + b) * total + c) * total + d) / ((total - 1.0) * (total - 2.0) * (total - 3.0))
}

/// Probability that the limiting variable of A² exceeds `x`.
fn limit_upper_tail(x: f64) -> f64 {
    // Below this the probability of a smaller value is less than round-off, and the series is long.
    if x < 0.03 {
        return 1.0;
    }
    let mut sum = 0.0;
    for k in 1_u32.. {
        let middle = f64::from(4 * k);
        let smallest = ((middle - 1.0).powi(2) - 1.0) / 4.0;
        if (smallest - 2.0) * x / 2.0 > NEGLIGIBLE_EXPONENT {
            break;
        }
        // Gauss-Chebyshev quadrature: its weight is the square-root singularity at both ends.
        let node = |it: u32| {
            let (sine, cosine) = ((f64::from(2 * it - 1)) * PI / f64::from(2 * N_NODES)).sin_cos();
            let s = middle + cosine;
            let u = (s * s - 1.0) / 4.0;
            sine * s / (2.0 * (PI * u * (cosine * PI / 2.0).cos()).sqrt()) * (-u * x / 2.0).exp()
        };
        let term: f64 = (1..=N_NODES).map(node).sum::<f64>() * PI / f64::from(N_NODES);
        sum += if k % 2 == 1 { term } else { -term };
    }
    sum.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tested(reference: &[f64], batch: &[f64]) -> Option<AndersonDarling> {
        test(reference, batch).unwrap()
    }

    /// Scholz & Stephens 1987, Table 1, m = 1, which fits Pearson curves to four moments: up to 3 % off at 1 %.
    #[test]
    fn percentiles_are_near_those_of_the_paper() {
        for (p, standardized) in [(0.25, 0.326), (0.10, 1.225), (0.05, 1.960), (0.025, 2.719), (0.01, 3.752)] {
            let found = limit_upper_tail(1.0 + standardized * (2.0 * (PI * PI - 9.0) / 3.0_f64).sqrt());
            assert!((found / p - 1.0).abs() < 0.03, "{p}: {found}");
        }
    }

    /// `1 - pAD(x, fast = FALSE)` of goftest 1.2-3 in R: the recursion of Marsaglia & Marsaglia (2004), to 1e-10.
    #[test]
    fn the_limit_is_that_of_marsaglia() {
        for (x, p) in [
            (0.2, 0.990_412_547_25),
            (0.6, 0.647_995_635_723),
            (1.0, 0.357_266_673_214),
            (1.933, 0.099_994_623_208_2),
            (2.492, 0.050_022_186_359_6),
            (3.07, 0.025_218_271_137),
            (3.857, 0.010_241_153_229_9),
            (6.0, 0.000_967_451_941_522),
            (10.0, 0.000_013_815_035_412_1),
        ] {
            assert!((limit_upper_tail(x) - p).abs() < 1e-10, "{x}: {}", limit_upper_tail(x));
        }
    }

    /// The mean of the limiting law is 1, and its variance 2 (π² - 9) / 3: integrals of its tail.
    #[test]
    fn the_limit_has_its_moments() {
        let step = 1e-3;
        let [mut mean, mut second] = [0.0; 2];
        for it in 0..40_000 {
            let x = (f64::from(it) + 0.5) * step;
            let tail = limit_upper_tail(x);
            mean += step * tail;
            second += step * 2.0 * x * tail;
        }
        assert!((mean - 1.0).abs() < 1e-6, "{mean}");
        assert!((second - 1.0 - 2.0 * (PI * PI - 9.0) / 3.0).abs() < 1e-6, "{second}");
    }

    /// The largest term alone is a chi-square variable halved; all others make the tail `√(…)` times as heavy.
    #[test]
    fn a_small_p_value_keeps_its_digits() {
        let [far, further] = [limit_upper_tail(300.0), limit_upper_tail(301.0)];
        // d ln P / dx → -1 - 1/(2x): the tail of Z²/2.
        let slope = (far / further).ln();
        assert!(far > 0.0 && far < 1e-125 && (slope - 1.0 - 0.5 / 300.0).abs() < 1e-4, "{far} {slope}");
    }

    #[test]
    fn no_test_without_variation_or_values() {
        assert_eq!(tested(&[1.0; 5], &[1.0; 5]), None);
        assert_eq!(tested(&[], &[1.0, 2.0, 3.0, 4.0]), None);
        assert_eq!(tested(&[1.0, 2.0, 3.0, 4.0], &[]), None);
        assert_eq!(tested(&[1.0], &[2.0, 3.0]), None);
        assert!(tested(&[1.0], &[2.0, 3.0, 4.0]).is_some());
        assert!(test(&[f64::NAN, 1.0], &[2.0, 3.0]).is_err());
    }

    #[test]
    fn the_same_sample_twice_is_no_difference() {
        let values: Vec<f64> = (0..20).map(f64::from).collect();
        let test = tested(&values, &values).unwrap();
        assert_eq!((test.statistic, test.p_value), (0.0, 1.0));
    }

    proptest! {
        #[test]
        fn samples_are_compared_by_rank(
            first in prop::collection::vec(0_u8..20, 2..30),
            second in prop::collection::vec(0_u8..20, 2..30),
        ) {
            let values = |it: &[u8]| it.iter().map(|&it| f64::from(it)).collect::<Vec<_>>();
            let risen = |it: &[u8]| it.iter().rev().map(|&it| f64::from(it).sqrt()).collect::<Vec<_>>();
            let found = tested(&values(&first), &values(&second));
            prop_assert_eq!(found, tested(&risen(&first), &risen(&second)));
            if let Some(found) = found {
                prop_assert!((0.0..=1.0).contains(&found.p_value) && found.statistic >= 0.0);
                let swapped = tested(&values(&second), &values(&first)).unwrap();
                prop_assert!((found.standardized - swapped.standardized).abs() < 1e-10);
            }
        }
    }
}
