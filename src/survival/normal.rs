//! The standard normal distribution, to the precision that intervals and tail probabilities need.
//!
//! ```text
//! φ(z)    = exp(-z²/2) / √(2π)
//! Q(z)    = P(Z > z) = Q(1/2, z²/2) / 2  for z ≥ 0         Abramowitz & Stegun 26.2.30
//! z_p     : Φ(z_p) = p                                     Newton's method from the value of statrs
//! ```
//!
//! The tail goes through the incomplete gamma function, since the complementary error function of statrs 0.19 is right
//! to ten digits only.
//!
//! # References
//!
//! * Abramowitz M, Stegun IA. *Handbook of Mathematical Functions.* National Bureau of Standards, 1964, §26.2.

use std::f64::consts::PI;

use statrs::distribution::{ContinuousCDF as _, Normal};

use super::chi_square::two_sided;

/// Newton steps from a start that is right to ten digits; each squares the error.
const N_NEWTON_STEPS: usize = 2;

/// Density at `z`.
pub(crate) fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// Probability of a value above `z`, with a small relative error in the upper tail.
pub(crate) fn upper_tail(z: f64) -> f64 {
    if z < 0.0 { 1.0 - two_sided(z) / 2.0 } else { two_sided(z) / 2.0 }
}

/// Probability of a value of at most `z`, with a small relative error in the lower tail.
pub(crate) fn cumulative(z: f64) -> f64 {
    upper_tail(-z)
}

/// The value that a standard normal variable stays below with probability `p`, which lies in (0, 1).
pub(crate) fn quantile(p: f64) -> f64 {
    // The lower half has the small probabilities, which can be told apart.
    if p > 0.5 {
        return -quantile(1.0 - p);
    }
    let mut z = Normal::standard().inverse_cdf(p);
    for _ in 0..N_NEWTON_STEPS {
        z -= (cumulative(z) - p) / density(z);
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R's `qnorm`, printed with 17 digits.
    #[test]
    fn quantiles_are_those_of_r() {
        for (p, z) in [
            (0.975, 1.959_963_984_540_053_6),
            (0.95, 1.644_853_626_951_471_5),
            (0.8, 0.841_621_233_572_914_2),
            (0.5, 0.0),
            (0.005, -2.575_829_303_548_900_4),
            (1e-10, -6.361_340_902_404_056),
        ] {
            assert!((quantile(p) - z).abs() < 4e-15 * z.abs().max(1.0), "{p}: {}", quantile(p));
        }
    }

    /// R's `pnorm(8, lower.tail = FALSE)` and `pnorm(1)`.
    #[test]
    fn both_tails_are_right() {
        assert!((upper_tail(8.0) / 6.220_960_574_271_784e-16 - 1.0).abs() < 1e-12);
        assert!((cumulative(1.0) - 0.841_344_746_068_542_9).abs() < 1e-15);
        assert!((cumulative(-8.0) - upper_tail(8.0)).abs() < 1e-30);
    }
}
