use proptest::prelude::*;

use super::*;

const SCALES: [ConfidenceScale; 5] = [
    ConfidenceScale::LogLog,
    ConfidenceScale::Log,
    ConfidenceScale::Plain,
    ConfidenceScale::Logit,
    ConfidenceScale::Arcsin,
];

#[test]
fn levels_have_the_known_critical_values() {
    for (level, z) in [(0.95, 1.959_963_984_540_054), (0.9, 1.644_853_626_951_472_7), (0.5, 0.674_489_750_196_081_7)] {
        assert!((critical_value(level).unwrap() - z).abs() < 1e-14, "{level}");
    }
    for level in [0.0, 1.0, -0.5, 95.0, f64::NAN] {
        assert!(matches!(critical_value(level), Err(Error::OutOfRange { .. })), "{level}");
    }
}

#[test]
fn where_nothing_is_uncertain_the_interval_is_the_estimate() {
    for scale in SCALES {
        assert_eq!(scale.interval(1.0, 0.0, 0.0), Some([1.0, 1.0]), "{scale:?}");
        assert_eq!(scale.interval(0.5, 0.0, 0.0), Some([0.5, 0.5]), "{scale:?}");
    }
}

#[test]
fn at_the_ends_only_some_scales_have_an_interval() {
    for scale in SCALES {
        assert_eq!(scale.interval(0.0, 0.0, 0.0).is_some(), scale == ConfidenceScale::Plain, "{scale:?}");
        let at_one = scale.interval(1.0, 0.1, 0.1).is_some();
        assert_eq!(at_one, [ConfidenceScale::Plain, ConfidenceScale::Log].contains(&scale), "{scale:?}");
    }
}

/// On its own scale, the ends of each interval lie as far from the estimate as the delta method says.
#[test]
fn intervals_are_symmetric_on_their_scale() {
    type Transform = fn(f64) -> f64;
    let (survival, reach): (f64, f64) = (0.7, 0.1);
    let transforms: [(ConfidenceScale, Transform); 5] = [
        (ConfidenceScale::LogLog, |s| (-s.ln()).ln()),
        (ConfidenceScale::Log, f64::ln),
        (ConfidenceScale::Plain, |s| s),
        (ConfidenceScale::Logit, |s| (s / (1.0 - s)).ln()),
        (ConfidenceScale::Arcsin, |s| s.sqrt().asin()),
    ];
    for (scale, transform) in transforms {
        let [lower, upper] = scale.interval(survival, reach, reach).unwrap();
        let slope = (transform(survival + 1e-6) - transform(survival - 1e-6)) / 2e-6;
        let expected = slope * survival * reach;
        assert!((transform(upper) - transform(survival) - expected).abs() < 1e-9, "{scale:?}");
        assert!((transform(survival) - transform(lower) - expected).abs() < 1e-9, "{scale:?}");
    }
}

proptest! {
    #[test]
    fn intervals_hold_the_estimate_within_0_and_1(survival in 1e-9..1.0, below in 0.0..20.0, above in 1e-12..20.0) {
        for scale in SCALES {
            let [lower, upper] = scale.interval(survival, below, above).unwrap();
            // The way to a scale and back costs some round-off.
            prop_assert!(0.0 <= lower && lower <= survival + 1e-12, "{scale:?} {lower}");
            prop_assert!(survival - 1e-12 <= upper && upper <= 1.0, "{scale:?} {upper}");
        }
    }
}
