use super::*;

/// The continued fraction of the gamma function loses a few digits far out.
const TOLERANCE: f64 = 2e-13;

/// R's `pchisq(q, df, lower.tail = FALSE)`, whose algorithm (Loader, Morris) is a different one.
#[expect(clippy::unreadable_literal, reason = "digits as R prints them")]
const PCHISQ: &[(f64, usize, f64)] = &[
    (0.5, 1, 0.4795001221869535),
    (3.84, 1, 0.050043521248705224),
    (25.0, 1, 5.733031437583879e-7),
    (200.0, 1, 2.088487583762545e-45),
    (900.0, 1, 9.813427854296377e-198),
    (0.5, 2, 0.7788007830714049),
    (3.84, 2, 0.14660696213035015),
    (25.0, 2, 3.726653172078671e-6),
    (200.0, 2, 3.720075976020836e-44),
    (900.0, 2, 3.693883068487256e-196),
    (0.5, 3, 0.9188914116546759),
    (3.84, 3, 0.2792676171186103),
    (25.0, 3, 1.544049829110137e-5),
    (200.0, 3, 4.218541107192042e-43),
    (900.0, 3, 8.851690237125584e-195),
    (0.5, 10, 0.999993388289439),
    (3.84, 10, 0.9542763043207358),
    (25.0, 10, 0.005345505487134064),
    (200.0, 10, 1.613930533697731e-37),
    (900.0, 10, 6.367822044752746e-187),
    (1400.0, 10, 9.920391479800525e-295),
    (0.5, 55, 1.0),
    (3.84, 55, 1.0),
    (25.0, 55, 0.9998338265543545),
    (200.0, 55, 2.4150309293976136e-18),
    (900.0, 55, 3.842550749322491e-153),
    (1400.0, 55, 1.2201282246233004e-256),
    (0.5, 150, 1.0),
    (3.84, 150, 1.0),
    (25.0, 150, 1.0),
    (200.0, 150, 0.003973185970821609),
    (900.0, 150, 2.907083729238898e-107),
    (1400.0, 150, 1.1481778482924351e-201),
];

#[test]
fn tails_agree_with_r_to_the_last_digits() {
    for &(chi_square, degrees_of_freedom, expected) in PCHISQ {
        let found = upper_tail(chi_square, degrees_of_freedom);
        let error = (found / expected - 1.0).abs();
        assert!(error < TOLERANCE, "{chi_square} on {degrees_of_freedom}: {found:e}, not {expected:e} ({error:e})");
    }
}

/// R's `2 * pnorm(-z)`.
#[test]
#[expect(clippy::unreadable_literal, reason = "digits as R prints them")]
fn normal_tails_agree_with_r_to_the_last_digits() {
    for (z, expected) in [
        (0.1, 0.920344325445942),
        (0.71, 0.4777041361799733),
        (1.96, 0.049995790296440856),
        (5.5, 3.797912493177544e-8),
        (12.0, 3.552964224155358e-33),
        (36.0, 8.365248131594566e-284),
    ] {
        for z in [z, -z] {
            assert!((two_sided(z) / expected - 1.0).abs() < TOLERANCE, "{z}");
        }
    }
    assert!((two_sided(0.0) - 1.0).abs() < TOLERANCE);
}

#[test]
fn a_test_needs_degrees_of_freedom_and_a_number() {
    assert_eq!(ChiSquareTest::new(1.0, 0), None);
    assert_eq!(ChiSquareTest::new(f64::NAN, 1), None);
    assert_eq!(ChiSquareTest::new(-1e-18, 1).map(|it| it.p_value), Some(1.0));
}
