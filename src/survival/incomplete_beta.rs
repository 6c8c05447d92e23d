//! The regularized incomplete beta function, with a small relative error in either tail and for large parameters.
//!
//! ```text
//! I_x(a, b) = x^a y^b / B(a, b) · K(a, b, x)              y = 1 - x; for x < (a+1) / (a+b+2), else 1 - I_y(b, a)
//! K = α₁ / (β₁ + α₂ / (β₂ + …)),   α₁ = 1                                   Didonato & Morris 1992, eq. 9
//! α_{n+1} = (a+n-1)(a+b+n-1) n (b-n) x² / (a+2n-1)²
//! β_{n+1} = n + n(b-n)x / (a+2n-1) + (a+n)(λ + 1 + n(1+y)) / (a+2n+1),       λ = a - (a+b)x
//! x^a y^b / B(a, b) = √(ab / 2πn) exp(δ(n) - δ(a) - δ(b) - D(a, nx) - D(b, ny))              n = a + b; Loader 2000
//! D(a, m) = a ln(a/m) + m - a
//! δ(a)    = ln Γ(a+1) - (a + 1/2) ln a + a - ln √(2π)
//! ```
//!
//! `λ` is all that could cancel, and is computed from the smaller of the two sides. The function of statrs 0.19 ends its
//! fraction after 140 terms, whether or not it has converged, and two counts of 20 000 need more; and the logarithms of its
//! gamma functions cancel where both parameters are large.
//!
//! # References
//!
//! * Didonato AR, Morris AH. Algorithm 708: significant digit computation of the incomplete beta function ratios. *ACM
//!   Trans Math Softw* 1992;18:360-373. doi:10.1145/131766.131776
//! * Loader C. *Fast and accurate computation of binomial probabilities.* 2000.

use std::f64::consts::PI;

use statrs::function::gamma::ln_gamma;

/// Terms of the fraction: it takes some hundreds where both parameters are in the millions.
const MAX_TERMS: usize = 100_000;

/// From here on the series of Stirling has all digits.
const LARGE: f64 = 16.0;

/// Probability that a beta variable is at most `part / (part + rest)`, where neither is negative nor both 0.
///
/// The parts say more than the quotient, which cannot tell how far it is from 1.
pub(crate) fn at_most(part: f64, rest: f64, a: f64, b: f64) -> f64 {
    let whole = part + rest;
    let (x, y) = (part / whole, rest / whole);
    if x <= 0.0 {
        0.0
    } else if y <= 0.0 {
        1.0
    } else if x < (a + 1.0) / (a + b + 2.0) {
        kernel(a, b, x, y) * fraction(a, b, x, y)
    } else {
        1.0 - kernel(b, a, y, x) * fraction(b, a, y, x)
    }
}

/// `x^a y^b / B(a, b)`.
fn kernel(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    let exponent = stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * x) - deviance(b, n * y);
    (a / n * b / (2.0 * PI)).sqrt() * exponent.exp()
}

/// `a ln(a/m) + m - a`, without cancellation where both are near.
fn deviance(a: f64, m: f64) -> f64 {
    let difference = a - m;
    if difference.abs() >= 0.1 * (a + m) {
        return a * (a / m).ln() - difference;
    }
    // With v = (a-m)/(a+m): a ln(a/m) = 2a (v + v³/3 + v⁵/5 + …).
    let v = difference / (a + m);
    let mut sum = difference * v;
    let mut power = 2.0 * a * v;
    for odd in (3..100).step_by(2) {
        power *= v * v;
        let next = sum + power / f64::from(odd);
        if next.to_bits() == sum.to_bits() {
            break;
        }
        sum = next;
    }
    sum
}

/// What Stirling's formula leaves out of `ln Γ(a+1)`.
fn stirling_error(a: f64) -> f64 {
    if a < LARGE {
        return ln_gamma(a + 1.0) - (a + 0.5) * a.ln() + a - 0.5 * (2.0 * PI).ln();
    }
    let square = a * a;
    let inner = 1.0 / 1680.0 - (1.0 / 1188.0 - 691.0 / 360_360.0 / square) / square;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - inner / square) / square) / square) / a
}

/// The continued fraction `K`, by the recursion of its convergents.
fn fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let lambda = if a > b { (a + b) * y - b } else { a - (a + b) * x };
    let beta = |n: f64| {
        n + n * (b - n) * x / (a + 2.0 * n - 1.0) + (a + n) * (lambda + 1.0 + n * (1.0 + y)) / (a + 2.0 * n + 1.0)
    };
    // Numerators and denominators of the last two convergents, the last denominator being 1.
    let first = (a + 1.0) / (a * (lambda + 1.0));
    let (mut numerator, mut denominator, mut value) = (0.0, first, first);
    for term in 1..MAX_TERMS {
        let n = term as f64;
        let alpha =
            (a + n - 1.0) / (a + 2.0 * n - 1.0) * ((a + b + n - 1.0) / (a + 2.0 * n - 1.0)) * n * (b - n) * x * x;
        let above = alpha * numerator + beta(n) * value;
        let below = alpha * denominator + beta(n);
        let last = value;
        (numerator, denominator, value) = (value / below, 1.0 / below, above / below);
        if (value - last).abs() <= f64::EPSILON * value {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Round-off of `n x` moves the exponent by this much where both parameters are in the millions.
    const TOLERANCE: f64 = 2e-12;

    /// By the same fraction with 40 digits, or mpmath's `betainc`.
    #[test]
    fn both_tails_are_right() {
        for (part, rest, a, b, p) in VALUES {
            let found = at_most(part, rest, a, b);
            assert!((found / p - 1.0).abs() < TOLERANCE, "{part} {rest} {a} {b}: {found} is not {p}");
        }
    }

    #[test]
    fn both_sides_add_up() {
        for (part, rest, a, b, _) in VALUES {
            let sum = at_most(part, rest, a, b) + at_most(rest, part, b, a);
            assert!((sum - 1.0).abs() < TOLERANCE, "{part} {rest} {a} {b}: {sum}");
        }
        assert_eq!((at_most(0.0, 1.0, 2.0, 3.0), at_most(1.0, 0.0, 2.0, 3.0)), (0.0, 1.0));
    }

    const VALUES: [(f64, f64, f64, f64, f64); 14] = [
        (1.0, 3.0, 1.0, 0.5, 0.133_974_596_215_561_35),
        (100_000_000.0, 1.0, 200_000_000.0, 0.5, 0.045_500_264_571_245_5),
        (1.0, 1.0, 0.5, 0.5, 0.5),
        (1.0, 3.0, 2.0, 3.0, 0.261_718_75),
        (1.0, 99.0, 11.0, 2.0, 1.189e-21),
        (2.0, 1.0, 500.0, 2.5, 1.471_403_496_378_965_4e-85),
        (33.0, 67.0, 20_000.0, 41_000.0, 0.868_855_189_742_691_6),
        (1.0, 1.0, 20_300.0, 21_001.0, 0.999_719_157_343_372_8),
        (101.0, 100.0, 20_300.0, 20_001.0, 0.311_828_211_299_208_46),
        (1000.0, 225.0, 500.0, 0.5, 5.010_238_936_995_649_4e-46),
        (1.0, 1.0e-5, 40.0, 0.5, 0.977_505_865_187_045_6),
        (1.0, 1_000_000.0, 0.5, 300.0, 0.019_534_002_126_099_08),
        (300.0, 701.0, 300_000.0, 700_000.0, 0.256_609_671_107_621_8),
        (5.0, 1.0, 3.0, 15.5, 0.999_999_999_910_812_2),
    ];
}
