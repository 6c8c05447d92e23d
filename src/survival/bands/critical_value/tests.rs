use rand_distr::{Distribution as _, StandardNormal};

use super::*;
use crate::survival::replicates;

#[test]
fn over_the_whole_range_it_is_the_distribution_of_kolmogorov() {
    for c in [0.5_f64, 0.9, 1.2238, 1.3581, 1.6276, 2.5] {
        let alternating = |k: i32| f64::from(k % 2 * 4 - 2) * (-2.0 * f64::from(k * k) * c * c).exp();
        let kolmogorov = 1.0 - (1..60).map(alternating).sum::<f64>();
        assert!((bridge_within(c, 0.0, 1.0) - kolmogorov).abs() < 1e-13, "{c}");
    }
}

/// Klein & Moeschberger 2003, appendix C, table 4, and the tables that the R package km.ci has of it.
#[test]
fn critical_values_of_hall_and_wellner_are_the_printed_ones() {
    const PRINTED: f64 = 1.01e-4;
    for (level, a, b, printed) in [
        (0.95, 0.0, 0.2, 0.9269),
        (0.95, 0.02, 0.4, 1.1976),
        (0.95, 0.12, 0.2, 0.9209),
        (0.95, 0.12, 0.6, 1.3210),
        (0.95, 0.2, 0.8, 1.3554),
        (0.95, 0.4, 0.6, 1.2699),
        (0.95, 0.4, 0.98, 1.3211),
        (0.9, 0.0, 0.9, 1.2239),
        (0.9, 0.12, 0.2, 0.8058),
        (0.9, 0.4, 0.6, 1.1203),
        (0.99, 0.12, 0.2, 1.1484),
        (0.99, 0.2, 0.4, 1.4674),
        (0.99, 0.4, 0.8, 1.5990),
    ] {
        let found = hall_wellner(level, a, b);
        assert!((found - printed).abs() < PRINTED, "{level} {a} {b}: {found} is not {printed}");
    }
}

/// Klein & Moeschberger 2003, appendix C, table 3, which Nair computed by an approximation for large values (Miller &
/// Siegmund 1982): `P = 4 φ(c)/c + φ(c) (c - 1/c) ln(b (1 - a) / (a (1 - b)))`.
#[test]
fn critical_values_of_equal_precision_are_nearly_the_printed_ones() {
    const APPROXIMATE: f64 = 0.0025;
    for (level, a, b, printed) in [
        (0.95, 0.02, 0.2, 2.8704),
        (0.95, 0.02, 0.98, 3.2428),
        (0.95, 0.12, 0.6, 2.8565),
        (0.95, 0.2, 0.8, 2.9029),
        (0.95, 0.4, 0.6, 2.5602),
        (0.95, 0.4, 0.98, 3.0468),
    ] {
        let printed: f64 = printed;
        let odds_ratio: f64 = b * (1.0 - a) / (a * (1.0 - b));
        let tail = normal::density(printed) * (4.0 / printed + (printed - 1.0 / printed) * odds_ratio.ln());
        assert!((tail - (1.0 - level)).abs() < 1e-4, "the table is the approximation: {tail}");
        let found = equal_precision(level, a, b);
        assert!((found / printed - 1.0).abs() < APPROXIMATE, "{level} {a} {b}: {found} is not nearly {printed}");
    }
}

#[test]
fn both_series_agree_where_they_meet_the_normal_distribution() {
    for c in [0.8, 1.96, 3.0, 5.0] {
        // A stretch of no length asks for one time, and one of little length for little more.
        let within = 1.0 - 2.0 * normal::upper_tail(c);
        assert!((stationary_within(c, 0.0) - within).abs() < 1e-15);
        let short = stationary_within(c, 1e-9);
        assert!(short < within && within - short < 1e-4, "{c}: {short} {within}");
        let short = bridge_within(c * sd(0.3), 0.3, 0.3 + 1e-10);
        assert!((within - short).abs() < 1e-4, "{c}: {short} {within}");
    }
}

/// Terms beyond those that are computed must join on smoothly: the same probability by the plain sum of few terms, at a
/// duration that needs no more, and by a product of nearly all.
#[test]
fn the_tail_of_a_series_is_as_good_as_its_start() {
    for c in [1.5, 2.8] {
        let of_zero: f64 = (0..N_COMPUTED)
            .scan((0.0, 0.5), |(last, step), term| {
                let eigenvalue = next_eigenvalue(c, *last, *step);
                (*step, *last) = (if term == 0 { 0.5 } else { (eigenvalue - *last) / 3.0 }, eigenvalue);
                let at_end = solution(c, eigenvalue);
                Some(2.0 * normal::density(c) * at_end.slope / (eigenvalue * eigenvalue * at_end.by_eigenvalue))
            })
            .sum();
        let tail: f64 = (N_COMPUTED..2_000_000)
            .map(|term| {
                let kappa = (2 * term + 1) as f64 * PI / (2.0 * c);
                let eigenvalue = kappa * kappa + c * c / 12.0 - 0.5;
                4.0 * normal::density(c) * kappa * kappa / (c * eigenvalue * eigenvalue)
            })
            .sum();
        let within = 1.0 - 2.0 * normal::upper_tail(c);
        assert!((of_zero + tail - within).abs() < 1e-7, "{c}: {} {within}", of_zero + tail);
    }
}

/// The first eigenfunctions of the free process are Hermite's: `x² - 1` vanishes at 1, with eigenvalue 2.
#[test]
fn eigenvalues_are_those_of_the_hermite_polynomials() {
    assert!((next_eigenvalue(1.0, 0.0, 0.5) - 2.0).abs() < 1e-12);
    // x⁴ - 6 x² + 3 vanishes at √(3 ∓ √6), with eigenvalue 4.
    let inner = (3.0 - 6.0_f64.sqrt()).sqrt();
    assert!((next_eigenvalue(inner, 0.0, 0.5) - 4.0).abs() < 1e-12);
    let outer = (3.0 + 6.0_f64.sqrt()).sqrt();
    let first = next_eigenvalue(outer, 0.0, 0.5);
    assert!(first < 1.0 && (next_eigenvalue(outer, first, 0.5) - 4.0).abs() < 1e-12);
}

#[test]
fn quantiles_grow_with_the_level_and_the_stretch() {
    for quantile in [hall_wellner, equal_precision] {
        assert!(quantile(0.9, 0.2, 0.7) < quantile(0.95, 0.2, 0.7));
        assert!(quantile(0.95, 0.3, 0.7) < quantile(0.95, 0.2, 0.7));
        assert!(quantile(0.95, 0.2, 0.7) < quantile(0.95, 0.2, 0.8));
        // Time runs both ways for a bridge.
        assert!((quantile(0.95, 0.2, 0.7) - quantile(0.95, 0.3, 0.8)).abs() < 1e-9);
        assert!(quantile(0.01, 0.2, 0.7) > 0.0);
    }
}

/// Shares of simulated bridges that stay within the quantiles, by the probability that they do so between grid points.
#[test]
fn simulated_bridges_stay_within_the_quantiles() {
    const N_BRIDGES: usize = 20_000;
    const N_GRID: usize = 400;
    const SEED: u64 = 1984;
    let (a, b) = (0.1, 0.7);
    for level in [0.8, 0.95] {
        let c = hall_wellner(level, a, b);
        let e = equal_precision(level, a, b);
        let duration: f64 = 0.5 * (b * (1.0 - a) / (a * (1.0 - b))).ln();
        let within = replicates::map(N_BRIDGES, SEED, |random| {
            let mut normal = || -> f64 { StandardNormal.sample(random) };
            // A Brownian motion crosses `bound` between two points below it with this probability.
            let stays = |bound: f64, from: f64, to: f64, step: f64| {
                let crosses = |from: f64, to: f64| {
                    if from < bound && to < bound { (-2.0 * (bound - from) * (bound - to) / step).exp() } else { 1.0 }
                };
                (1.0 - crosses(from, to)) * (1.0 - crosses(-from, -to))
            };
            let step = (b - a) / N_GRID as f64;
            let (mut u, mut bridge, mut bridge_stays) = (a, sd(a) * normal(), 1.0);
            for _ in 0..N_GRID {
                let (left, next_left) = (1.0 - u, 1.0 - u - step);
                let next = bridge * next_left / left + (step * next_left / left).sqrt() * normal();
                bridge_stays *= stays(c, bridge, next, step);
                (u, bridge) = (u + step, next);
            }
            let step = duration / N_GRID as f64;
            let decay = (-step).exp();
            let (mut process, mut process_stays) = (normal(), 1.0);
            for _ in 0..N_GRID {
                let next = decay * process + (1.0 - decay * decay).sqrt() * normal();
                // Over a short step the process is nearly a Brownian motion of twice the speed.
                process_stays *= stays(e, process, next, 2.0 * step);
                process = next;
            }
            [bridge_stays, process_stays]
        });
        let limit = 4.0 * (level * (1.0 - level) / N_BRIDGES as f64).sqrt();
        for which in 0..2 {
            let share = within.iter().map(|it| it[which]).sum::<f64>() / N_BRIDGES as f64;
            assert!((share - level).abs() < limit, "{which} {level}: {share}");
        }
    }
}
