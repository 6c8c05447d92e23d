//! Confidence intervals of a probability that may be small, near 1, or either end.
//!
//! With `p` the probability, `se` its standard error and `z` the normal quantile of the confidence level,
//!
//! ```text
//! plain    = p ∓ z se                                            clipped to [0, 1]
//! log      = exp(ln p ∓ z se / p)                                clipped to 1
//! log-log  = exp(-exp(ln(-ln p) ∓ z se / (p ln p)))
//! logit    = expit(logit p ∓ z se / (p (1 - p)))
//! arcsine  = sin²(asin √p ∓ z se / (2 √(p (1 - p))))             angles clipped to [0, π/2]
//! ```
//!
//! as R's `survfit_confint`. Where `se` is 0, the interval is the estimate. A probability of 0 is off every scale but the
//! plain one, and has no interval.

use std::f64::consts::FRAC_PI_2;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::survival::normal;

/// The scale on which the confidence interval of a probability is symmetric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProbabilityScale {
    /// ln p: the default of R.
    Log,
    /// ln(-ln p): stays within [0, 1], and keeps its coverage near 0 and 1.
    LogLog,
    /// p itself.
    Plain,
    /// ln(p / (1 - p)): stays within [0, 1], the same for p and 1 - p.
    Logit,
    /// The arcsine of the square root of p.
    Arcsine,
}

/// How many standard errors an interval reaches to either side.
pub(super) fn normal_reach(confidence_level: f64) -> Result<f64> {
    if confidence_level > 0.0 && confidence_level < 1.0 {
        return Ok(normal::quantile(f64::midpoint(1.0, confidence_level)));
    }
    Err(Error::OutOfRange {
        quantity: "confidence level",
        expected: "a number above 0 and below 1",
        value: confidence_level,
    })
}

impl ProbabilityScale {
    /// Interval of `reach` standard errors to either side; `None` if the probability is off the scale.
    pub(super) fn interval(self, probability: f64, std_err: f64, reach: f64) -> Option<[f64; 2]> {
        let p = probability;
        if p <= 0.0 && self != Self::Plain {
            return None;
        }
        if std_err <= 0.0 {
            return Some([p; 2]);
        }
        // At the other end the rest of the scales is infinite; one step inside, round-off would make up an interval.
        if p >= 1.0 && !matches!(self, Self::Plain | Self::Log) {
            return None;
        }
        let distance = reach * std_err;
        let interval = match self {
            Self::Plain => [p - distance, p + distance],
            Self::Log => [-1.0, 1.0].map(|side| (p.ln() + side * distance / p).exp()),
            Self::LogLog => {
                let log = p.ln();
                [-1.0, 1.0].map(|side| (-((-log).ln() + side * distance / (p * log)).exp()).exp())
            }
            Self::Logit => {
                let center = (p / (1.0 - p)).ln();
                [-1.0, 1.0].map(|side| (1.0 + (-center - side * distance / (p * (1.0 - p))).exp()).recip())
            }
            Self::Arcsine => {
                let arc = distance / (2.0 * (p * (1.0 - p)).sqrt());
                [-1.0, 1.0].map(|side| (p.sqrt().asin() + side * arc).clamp(0.0, FRAC_PI_2).sin().powi(2))
            }
        };
        Some(interval.map(|it| it.clamp(0.0, 1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALES: [ProbabilityScale; 5] = [
        ProbabilityScale::Log,
        ProbabilityScale::LogLog,
        ProbabilityScale::Plain,
        ProbabilityScale::Logit,
        ProbabilityScale::Arcsine,
    ];

    /// R's `survival:::survfit_confint(0.2, 0.05, logse = FALSE, conf.type, 0.95)`.
    #[test]
    fn intervals_are_those_of_r() {
        let expected = [
            [0.122_526_382_042_917_9, 0.326_460_304_573_337],
            [0.112_793_118_391_029_5, 0.305_132_633_849_980_5],
            [0.102_001_800_772_997_3, 0.297_998_199_227_002_7],
            [0.119_330_747_273_040_5, 0.315_656_450_654_537],
            [0.111_937_692_002_151_6, 0.305_979_257_836_845_8],
        ];
        let reach = normal_reach(0.95).unwrap();
        for (scale, expected) in SCALES.into_iter().zip(expected) {
            let found = scale.interval(0.2, 0.05, reach).unwrap();
            for (found, expected) in found.into_iter().zip(expected) {
                assert!((found - expected).abs() < 1e-14, "{scale:?}: {found} is not {expected}");
            }
        }
    }

    #[test]
    fn at_the_ends_an_interval_is_the_estimate_or_absent() {
        for scale in SCALES {
            assert_eq!(scale.interval(1.0, 0.0, 1.96), Some([1.0; 2]));
            let at_zero = (scale == ProbabilityScale::Plain).then_some([0.0; 2]);
            assert_eq!(scale.interval(0.0, 0.0, 1.96), at_zero);
            assert!(scale.interval(1.0, 0.1, 1.96).is_none_or(|[lower, upper]| lower < 1.0 && upper <= 1.0));
        }
    }

    #[test]
    fn a_level_that_is_none_is_refused() {
        for level in [0.0, 1.0, -0.5, 95.0, f64::NAN] {
            assert!(matches!(normal_reach(level), Err(Error::OutOfRange { .. })), "{level}");
        }
    }
}
