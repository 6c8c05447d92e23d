use std::f64::consts::PI;

use super::*;
use crate::survival::normal;

const TOLERANCE: f64 = 1e-6;

fn correlation(rows: &[&[f64]]) -> SymmetricMatrix {
    SymmetricMatrix::from_lower(rows.len(), |row, column| if row == column { 1.0 } else { rows[row][column] })
}

fn equicorrelated(n: usize, rho: f64) -> SymmetricMatrix {
    SymmetricMatrix::from_lower(n, |row, column| if row == column { 1.0 } else { rho })
}

/// The probability, whose error must be what is promised.
#[track_caller]
fn beyond(bound: f64, sides: Sides, correlation: &SymmetricMatrix, n: usize) -> f64 {
    let estimate = probability_beyond(bound, sides, correlation, n, TOLERANCE);
    assert!(estimate.error <= TOLERANCE * f64::min(1.0, 10.0 * estimate.value), "{estimate:?}");
    estimate.value
}

#[track_caller]
fn two_sided(correlation: &SymmetricMatrix, n: usize, bound: f64) -> f64 {
    beyond(bound, Sides::Both, correlation, n)
}

#[track_caller]
fn above(correlation: &SymmetricMatrix, n: usize, bound: f64) -> f64 {
    beyond(bound, Sides::Upper, correlation, n)
}

#[track_caller]
fn assert_close(found: f64, expected: f64) {
    let error = (found - expected).abs();
    assert!(error <= TOLERANCE * f64::min(1.0, 10.0 * expected), "{found:e} is not {expected:e}");
}

/// Simpson's rule on many intervals: another method, for smooth functions of one variable.
fn integral(from: f64, to: f64, f: impl Fn(f64) -> f64) -> f64 {
    const N_HALVES: u32 = 4000;
    let step = (to - from) / f64::from(N_HALVES);
    let inner: f64 = (1..N_HALVES).map(|it| f64::from(2 + 2 * (it % 2)) * f(from + step * f64::from(it))).sum();
    step / 3.0 * (f(from) + inner + f(to))
}

#[test]
fn one_variable_has_the_normal_tail() {
    for bound in [0.0, 0.5, 1.96, 6.0, 20.0] {
        assert_close(above(&equicorrelated(1, 0.0), 1, bound), normal::upper_tail(bound));
        assert_close(two_sided(&equicorrelated(1, 0.0), 1, bound), 2.0 * normal::upper_tail(bound));
    }
}

#[test]
fn independent_variables_multiply() {
    for n in [2, 3, 5] {
        for bound in [0.5, 2.0, 5.0] {
            // 1 - (1 - tail)^n without the loss of digits.
            let tail = 2.0 * normal::upper_tail(bound);
            let expected = -f64::exp_m1(n as f64 * f64::ln_1p(-tail));
            assert_close(two_sided(&equicorrelated(n, 0.0), n, bound), expected);
        }
    }
}

/// Sheppard's formula for quadrants, and the same for octants.
#[test]
fn quadrants_and_octants_have_a_closed_form() {
    for rho in [-0.95, -0.3, 0.5, 0.99] {
        let expected = 0.75 - f64::asin(rho) / (2.0 * PI);
        assert_close(above(&correlation(&[&[], &[rho]]), 2, 0.0), expected);
    }
    let [a, b, c] = [0.8, -0.2, 0.3];
    let expected = 7.0 / 8.0 - (f64::asin(a) + f64::asin(b) + f64::asin(c)) / (4.0 * PI);
    assert_close(above(&correlation(&[&[], &[a], &[b, c]]), 3, 0.0), expected);
}

/// Plackett's formula: `P(X ≤ b, Y ≤ b) = Φ(b)² + ∫_0^{asin ρ} exp(-b² / (1 + sin θ)) dθ / 2π`.
#[test]
fn two_variables_agree_with_an_integral_over_their_correlation() {
    for rho in [-0.7, 0.4, 0.9] {
        for bound in [0.7, 2.0, 4.0] {
            let correction = integral(0.0, f64::asin(rho), |angle| f64::exp(-bound * bound / (1.0 + angle.sin())));
            let both = normal::upper_tail(bound).powi(2) + correction / (2.0 * PI);
            let expected = 2.0 * normal::upper_tail(bound) - both;
            assert_close(above(&correlation(&[&[], &[rho]]), 2, bound), expected);
        }
    }
}

/// `Z_j = √ρ X + √(1-ρ) Y_j`: given `X` they are independent.
#[test]
fn equicorrelated_variables_agree_with_an_integral_over_what_they_share() {
    for (n, rho) in [(3, 0.5), (4, 0.9), (6, 0.2)] {
        for bound in [0.5, 2.0, 4.0] {
            let outside_given = |shared: f64| {
                let [from, to] = [-bound, bound].map(|limit| (limit - f64::sqrt(rho) * shared) / f64::sqrt(1.0 - rho));
                let outside = normal::upper_tail(to) + normal::cumulative(from);
                -f64::exp_m1(f64::from(n) * f64::ln_1p(-outside))
            };
            let expected = integral(-12.0, 12.0, |shared| normal::density(shared) * outside_given(shared));
            let n = usize::try_from(n).unwrap();
            assert_close(two_sided(&equicorrelated(n, rho), n, bound), expected);
        }
    }
}

const FOUR: &[&[f64]] = &[&[], &[0.9], &[0.3, 0.1], &[0.2, 0.4, -0.5]];

/// R's `pmvnorm`, as below, with an error of 8e-10.
#[test]
fn where_the_largest_lattice_does_not_do_the_error_says_so() {
    let estimate = probability_beyond(0.5, Sides::Both, &correlation(FOUR), 4, TOLERANCE / 10.0);
    assert!(estimate.error > TOLERANCE / 10.0);
    assert!((estimate.value - 0.948_594_312_402).abs() < estimate.error, "{estimate:?}");
}

/// R's `1 - pmvnorm(...)` of mvtnorm 1.1-3 with `GenzBretz(maxpts = 5e6, abseps = 1e-9)`, and the error that it reports.
#[test]
fn probabilities_agree_with_mvtnorm() {
    let four = correlation(FOUR);
    for (bound, expected, error) in [(2.0, 0.136_532_293_955, 1.1e-7), (3.5, 0.001_654_164_957_02, 8.7e-7)] {
        let found = two_sided(&four, 4, bound);
        assert!((found - expected).abs() <= error + TOLERANCE, "{found} is not {expected}");
    }
    let five = SymmetricMatrix::from_lower(5, |row, column| [1.0, 0.7, 0.4, 0.1, -0.1][row - column]);
    for (bound, expected, error) in [(1.0, 0.742_560_189_149, 1.4e-8), (2.5, 0.049_306_165_007_3, 1e-6)] {
        let found = two_sided(&five, 5, bound);
        assert!((found - expected).abs() <= error + TOLERANCE, "{found} is not {expected}");
    }
}

#[test]
fn a_variable_that_stands_twice_counts_once() {
    let twice = correlation(&[&[], &[0.6], &[1.0, 0.6], &[-1.0, -0.6, -1.0]]);
    let once = correlation(&[&[], &[0.6]]);
    assert_close(two_sided(&twice, 4, 1.5), two_sided(&once, 2, 1.5));
    assert_close(two_sided(&equicorrelated(3, 1.0), 3, 2.0), 2.0 * normal::upper_tail(2.0));
}

/// Of `(X + Y) / √2` the two others leave nothing open: with a bound, the three make a hexagon in the plane.
#[test]
fn a_sum_of_two_variables_has_no_coordinate_of_its_own() {
    let half = f64::sqrt(0.5);
    let three = correlation(&[&[], &[0.0], &[half, half]]);
    for bound in [0.8, 1.5, 3.0] {
        // Inside, y is between -b and b and between -√2 b - x and √2 b - x; the corner is at x = (√2 - 1) b.
        let inside_given = |x: f64| {
            let [from, to] = [f64::max(-bound, -SQRT_2 * bound - x), f64::min(bound, SQRT_2 * bound - x)];
            normal::density(x) * (normal::cumulative(to) - normal::cumulative(from))
        };
        let corner = (SQRT_2 - 1.0) * bound;
        let inside = 2.0 * (integral(0.0, corner, inside_given) + integral(corner, bound, inside_given));
        assert_close(two_sided(&three, 3, bound), 1.0 - inside);
    }
}

#[test]
fn far_out_the_probability_is_the_sum_of_the_tails() {
    let found = two_sided(&equicorrelated(2, 0.3), 2, 12.0);
    assert!((found / (4.0 * normal::upper_tail(12.0)) - 1.0).abs() < 10.0 * TOLERANCE);
}

#[test]
fn the_frequency_among_random_draws_is_the_probability() {
    const N_DRAWS: u32 = 200_000;
    let mut random = replicates::generator(3, 0);
    let mut n_outside = 0;
    for _ in 0..N_DRAWS {
        let [x, y, z]: [f64; 3] = std::array::from_fn(|_| normal::quantile(random.random_range(1e-12..1.0)));
        let correlated = [x, 0.8 * x + 0.6 * y, 0.5 * x - 0.5 * y + SQRT_2 / 2.0 * z];
        n_outside += u32::from(correlated.iter().any(|it| it.abs() > 1.8));
    }
    let probability = two_sided(&correlation(&[&[], &[0.8], &[0.5, 0.1]]), 3, 1.8);
    let std_err = (probability * (1.0 - probability) / f64::from(N_DRAWS)).sqrt();
    assert!((f64::from(n_outside) / f64::from(N_DRAWS) - probability).abs() < 4.0 * std_err);
}
