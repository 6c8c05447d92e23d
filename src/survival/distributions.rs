//! Tails and quantiles of Student's t, Fisher's F, the beta and the chi-square distribution.
//!
//! ```text
//! P(|T_ν| > t)  = I_{ν/(ν+t²)}(ν/2, 1/2)           Abramowitz & Stegun 26.7.1
//! P(F_{a,b} > f) = I_{b/(b+af)}(b/2, a/2)           26.6.2
//! ```
//!
//! with the regularized incomplete beta function `I`. Quantiles are found by bisection on the logit scale of the beta
//! variable, where both of its ends are resolved.
//!
//! # References
//!
//! * Abramowitz M, Stegun IA. *Handbook of Mathematical Functions.* National Bureau of Standards, 1964, §26.5-26.7.

use statrs::function::gamma::gamma_lr;

use super::chi_square::upper_tail;
use super::incomplete_beta::at_most;

/// Halvings of the logit scale: enough for the last bit.
const N_HALVINGS: usize = 80;

/// Logits beyond this are at the end of the scale.
const LARGEST_LOGIT: f64 = 700.0;

/// Probability of a t variable further from 0 than `t`, in [0, 1].
pub(crate) fn student_two_sided(t: f64, degrees_of_freedom: f64) -> f64 {
    at_most(degrees_of_freedom, t * t, degrees_of_freedom / 2.0, 0.5)
}

/// The value that a t variable exceeds in size with probability 0.05.
pub(crate) fn student_critical_value(degrees_of_freedom: f64) -> f64 {
    let odds = beta_odds(0.05, degrees_of_freedom / 2.0, 0.5);
    (degrees_of_freedom / odds).sqrt()
}

/// Probability of an F variable above `f`, which is not negative.
pub(crate) fn fisher_upper_tail(f: f64, numerator: f64, denominator: f64) -> f64 {
    at_most(denominator, numerator * f, denominator / 2.0, numerator / 2.0)
}

/// The value that an F variable exceeds with probability `p` in (0, 1).
pub(crate) fn fisher_upper_quantile(p: f64, numerator: f64, denominator: f64) -> f64 {
    denominator / (numerator * beta_odds(p, denominator / 2.0, numerator / 2.0))
}

/// The value that a beta variable stays below with probability `p` in (0, 1).
pub(crate) fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    let odds = beta_odds(p, a, b);
    odds / (1.0 + odds)
}

/// The value that a chi-square variable stays below with probability `p` in (0, 1).
pub(crate) fn chi_square_lower_quantile(p: f64, degrees_of_freedom: usize) -> f64 {
    // Bisected on the log scale; either tail is compared where it is the small one.
    let is_below = |value: f64| {
        let half = value / 2.0;
        let lower = if half > 0.0 { gamma_lr(degrees_of_freedom as f64 / 2.0, half) } else { 0.0 };
        if p > 0.5 { upper_tail(value, degrees_of_freedom) > 1.0 - p } else { lower < p }
    };
    bisect(|logarithm| is_below(logarithm.exp())).exp()
}

/// The odds `x / (1 - x)` of the value that a beta variable stays below with probability `p`.
fn beta_odds(p: f64, a: f64, b: f64) -> f64 {
    bisect(|logit| at_most(logit.exp(), 1.0, a, b) < p).exp()
}

/// Where a property that small logarithms have is lost.
fn bisect(is_below: impl Fn(f64) -> bool) -> f64 {
    let [mut below, mut above] = [-LARGEST_LOGIT, LARGEST_LOGIT];
    for _ in 0..N_HALVINGS {
        let middle = f64::midpoint(below, above);
        if is_below(middle) {
            below = middle;
        } else {
            above = middle;
        }
    }
    f64::midpoint(below, above)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both sides have round-off of the logarithm of the gamma function, which grows with the degrees of freedom.
    const TOLERANCE: f64 = 1e-11;

    #[track_caller]
    fn assert_near(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < TOLERANCE, "{found} is not {expected}");
    }

    /// R's `2 * pt(t, v, lower.tail = FALSE)` and `qt(0.975, v)`.
    #[test]
    fn student_is_that_of_r() {
        for (t, degrees_of_freedom, p) in STUDENT_TAILS {
            assert_near(student_two_sided(t, degrees_of_freedom), p);
        }
        for (degrees_of_freedom, t) in STUDENT_QUANTILES {
            assert_near(student_critical_value(degrees_of_freedom), t);
        }
    }

    /// R's `pf(f, a, b, lower.tail = FALSE)` and `qf(p, a, b, lower.tail = FALSE)`.
    #[test]
    fn fisher_is_that_of_r() {
        for (f, numerator, denominator, p) in FISHER_TAILS {
            assert_near(fisher_upper_tail(f, numerator, denominator), p);
        }
        for (p, numerator, denominator, f) in FISHER_QUANTILES {
            assert_near(fisher_upper_quantile(p, numerator, denominator), f);
        }
    }

    /// R's `qbeta(p, a, b)`.
    #[test]
    fn beta_is_that_of_r() {
        for (p, a, b, x) in BETA_QUANTILES {
            assert_near(beta_quantile(p, a, b), x);
        }
    }

    /// R's `qchisq(p, v)`.
    #[test]
    fn chi_square_is_that_of_r() {
        for (p, degrees_of_freedom, value) in [
            (0.025, 1, 0.000_982_069_117_175_256_2),
            (0.975, 1, 5.023_886_187_314_885),
            (0.025, 2, 0.050_635_615_968_579_75),
            (0.975, 2, 7.377_758_908_227_871),
            (0.025, 30, 16.790_772_265_566_627),
            (0.975, 30, 46.979_242_243_671_15),
            (0.025, 400, 346.481_765_362_914_7),
            (0.975, 400, 457.305_481_966_064_9),
        ] {
            assert_near(chi_square_lower_quantile(p, degrees_of_freedom), value);
        }
    }

    const STUDENT_TAILS: [(f64, f64, f64); 11] = [
        (0.5, 1.0, 0.704_832_764_699_133_6),
        (2.3, 7.0, 0.054_991_095_204_371_54),
        (12.0, 33.0, 1.397_393_497_141_755_2e-13),
        (0.001, 250.0, 0.999_202_913_056_202_3),
        (40.0, 5.0, 1.841_196_217_177_295_2e-7),
        (2.0, 0.7, 0.369_148_151_666_522),
        (9.0, 3.0, 0.002_895_812_161_864_15),
        (9.0, 20.5, 1.459_462_881_076_71e-8),
        (9.0, 1e4, 2.667_843_269_468_65e-19),
        (2.0, 4e8, 0.045_500_264_571_245_5),
        (9.0, 4e8, 2.257_186_295_017_46e-19),
    ];
    const STUDENT_QUANTILES: [(f64, f64); 10] = [
        (1.0, 12.706_204_736_174_694),
        (2.0, 4.302_652_729_749_462),
        (5.5, 2.501_858_617_589_239_7),
        (40.0, 2.021_075_390_306_273_3),
        (1000.0, 1.962_339_080_826_407_6),
        (0.7, 36.611_415_031_588_3),
        (3.0, 3.182_446_305_283_71),
        (20.5, 2.082_706_650_626_08),
        (1e4, 1.960_201_239_890_63),
        (4e8, 1.959_963_990_470_73),
    ];
    const FISHER_TAILS: [(f64, f64, f64, f64); 4] = [
        (0.5, 5.0, 15.0, 0.771_619_386_941_801_5),
        (11.027, 5.0, 18.0, 5.616_492_469_450_377e-5),
        (1.2, 99.0, 297.0, 0.124_423_210_077_961_62),
        (300.0, 3.0, 12.0, 1.513_250_168_002_959_8e-11),
    ];
    const FISHER_QUANTILES: [(f64, f64, f64, f64); 4] = [
        (0.025, 5.0, 18.0, 3.381_967_805_875_243),
        (0.975, 5.0, 18.0, 0.157_186_161_366_244_55),
        (0.05, 1.0, 30.0, 4.170_876_785_766_691),
        (0.025, 2.37, 999.0, 3.445_861_089_424_444_6),
    ];
    const BETA_QUANTILES: [(f64, f64, f64, f64); 4] = [
        (0.025, 3.0, 11.0, 0.050_381_073_491_151_514),
        (0.975, 300.0, 2.0, 0.999_194_302_649_062_4),
        (0.025, 1.0, 5000.0, 5.063_548_777_051_586e-6),
        (0.5, 0.5, 0.5, 0.499_999_999_999_999_9),
    ];
}
