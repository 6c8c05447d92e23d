use super::*;

/// 1 - P(|X| ≤ b, |Y| ≤ b) for a correlation, by Simpson's rule over one conditional probability.
fn two_cuts(b: f64, rho: f64) -> f64 {
    const N: usize = 20_000;
    let std_dev = (1.0 - rho * rho).sqrt();
    let inside =
        |x: f64| density(x) * (1.0 - upper_tail((b - rho * x) / std_dev) - upper_tail((b + rho * x) / std_dev));
    let h = 2.0 * b / N as f64;
    let weight = |at: usize| {
        if at == 0 || at == N {
            1.0
        } else if at.is_multiple_of(2) {
            2.0
        } else {
            4.0
        }
    };
    1.0 - (0..=N).map(|at| weight(at) * inside(-b + at as f64 * h)).sum::<f64>() * h / 3.0
}

#[test]
fn one_and_two_cuts_are_known() {
    assert_eq!(p_value(2.0, 50, &[20]), Some(two_sided(2.0)));
    for (b, n, sizes) in [(2.0, 100, [10, 90]), (1.0, 100, [50, 51]), (2.5, 30, [3, 20]), (0.1, 30, [3, 4])] {
        let (found, expected) = (p_value(b, n, &sizes).unwrap(), two_cuts(b, correlation(sizes[0], sizes[1], n)));
        assert!((found - expected).abs() < 1e-10, "{b} {sizes:?}: {found} is not {expected}");
    }
}

#[test]
fn the_edges_are_certain() {
    let sizes: Vec<usize> = (10..=90).collect();
    assert_eq!(p_value(0.0, 100, &sizes), Some(1.0));
    assert!((p_value(1e-3, 100, &sizes).unwrap() - 1.0).abs() < 1e-12);
    assert!(p_value(30.0, 100, &sizes).unwrap() < 1e-190);
    assert_eq!(p_value(3.0, 20_002, &(1..=20_000).collect::<Vec<_>>()), None);
}

/// Far out, that two distant cuts are both crossed hardly happens: the sum over cuts is an upper limit, and near.
#[test]
fn small_probabilities_keep_their_digits() {
    let sizes: Vec<usize> = (20..=180).step_by(40).collect();
    let union: f64 = sizes.iter().map(|_| two_sided(9.0)).sum();
    let found = p_value(9.0, 200, &sizes).unwrap();
    assert!(found < union && found > 0.8 * union, "{found} {union}");
}

/// Seven cuts, where the integral over a fine Simpson grid of the same recursion, full range and dense, is affordable.
#[test]
fn it_agrees_with_a_plain_grid() {
    const N: usize = 3000;
    let (n, b, sizes) = (40_usize, 2.2, [4_usize, 5, 9, 20, 21, 30, 36]);
    let h = 2.0 * b / N as f64;
    let point = |at: usize| -b + at as f64 * h;
    let weight = |at: usize| {
        h / 3.0
            * if at == 0 || at == N {
                1.0
            } else if at.is_multiple_of(2) {
                2.0
            } else {
                4.0
            }
    };
    let mut inside: Vec<f64> = (0..=N).map(|at| density(point(at))).collect();
    for pair in sizes.windows(2) {
        let rho = ((pair[0] * (n - pair[1])) as f64 / ((n - pair[0]) * pair[1]) as f64).sqrt();
        let std_dev = (1.0 - rho * rho).sqrt();
        let next = |to: usize| {
            let from = |from: usize| {
                weight(from) * inside[from] * density((point(to) - rho * point(from)) / std_dev) / std_dev
            };
            (0..=N).map(from).sum::<f64>()
        };
        inside = (0..=N).map(next).collect();
    }
    let expected = 1.0 - (0..=N).map(|at| weight(at) * inside[at]).sum::<f64>();
    let found = p_value(b, n, &sizes).unwrap();
    assert!((found - expected).abs() < 1e-10, "{found} is not {expected}");
}
