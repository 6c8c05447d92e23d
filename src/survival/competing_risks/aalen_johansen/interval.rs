//! Confidence intervals of a probability that may be small, near 1, or either end.
//!
//! Scales and formulas are those of [`confidence`](crate::survival::confidence), with the standard error of the probability
//! itself in place of that of its logarithm. Where it is 0, the interval is the estimate. A probability of 0 is off every
//! scale but the plain one, and has no interval. This is R's `survfit_confint`.

use crate::survival::confidence::ConfidenceScale;

/// Interval of `reach` standard errors to either side; `None` if the probability is off the scale.
pub(super) fn interval(scale: ConfidenceScale, probability: f64, std_err: f64, reach: f64) -> Option<[f64; 2]> {
    if probability <= 0.0 {
        return (scale == ConfidenceScale::Plain).then(|| [0.0, (reach * std_err).min(1.0)]);
    }
    let distance = reach * std_err / probability;
    scale.interval(probability, distance, distance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survival::confidence::critical_value;

    const SCALES: [ConfidenceScale; 5] = [
        ConfidenceScale::Log,
        ConfidenceScale::LogLog,
        ConfidenceScale::Plain,
        ConfidenceScale::Logit,
        ConfidenceScale::Arcsin,
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
        let reach = critical_value(0.95).unwrap();
        for (scale, expected) in SCALES.into_iter().zip(expected) {
            let found = interval(scale, 0.2, 0.05, reach).unwrap();
            for (found, expected) in found.into_iter().zip(expected) {
                assert!((found - expected).abs() < 1e-14, "{scale:?}: {found} is not {expected}");
            }
        }
    }

    #[test]
    fn at_the_ends_an_interval_is_the_estimate_or_absent() {
        for scale in SCALES {
            assert_eq!(interval(scale, 1.0, 0.0, 1.96), Some([1.0; 2]));
            let at_zero = (scale == ConfidenceScale::Plain).then_some([0.0; 2]);
            assert_eq!(interval(scale, 0.0, 0.0, 1.96), at_zero);
            assert!(interval(scale, 1.0, 0.1, 1.96).is_none_or(|[lower, upper]| lower < 1.0 && upper <= 1.0));
        }
    }
}
