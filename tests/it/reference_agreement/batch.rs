//! Whether a batch comes from the distribution of a reference.

use contexture::agreement::kolmogorov_smirnov::{self, Method};
use contexture::agreement::{Interval, anderson_darling, location_shift, stability_index};
use serde_json::Value;

use super::{Reference, TOLERANCE, assert_all_near, assert_near, numbers};

/// R takes one less a probability, which costs digits of a small one.
const COMPLEMENT: f64 = 1e-12;

/// R leaves out terms of the limit of Kolmogorov and Smirnov from `√(2π) exp(-9 π²/8)`, the second of the series below 1.
const R_SERIES: f64 = 4e-5;

/// goftest's recursion for the limit of Anderson and Darling is good to 1e-10.
const RECURSION: f64 = 2e-10;

/// kSamples interpolates p-values in a table of simulated quantiles.
const SIMULATED: f64 = 0.01;

fn samples(input: &Value) -> [Vec<f64>; 2] {
    ["reference", "batch"].map(|it| numbers(&input[it]))
}

fn ends(interval: Interval) -> [f64; 3] {
    [interval.estimate, interval.lower, interval.upper]
}

#[test]
fn stability_indices() {
    for (name, input, expected) in Reference::read("stability_index").cases() {
        let [reference, batch] = samples(input);
        let found = stability_index::compare(&reference, &batch).expect("valid").expect("defined");
        assert_near(name, found.index, &expected["index"], TOLERANCE);
        let contributions: Vec<f64> = found.bins.iter().map(|it| it.contribution).collect();
        assert_all_near(name, &contributions, &expected["contribution"], TOLERANCE);
        assert_near(name, found.test.p_value, &expected["p_value"], TOLERANCE);
        assert_eq!(Some(found.n_empty_bins as u64), expected["n_empty_bins"].as_u64());
    }
}

#[test]
fn tests_of_kolmogorov_and_smirnov() {
    for (name, input, expected) in Reference::read("kolmogorov_smirnov").cases() {
        let [reference, batch] = samples(input);
        let by = |method| kolmogorov_smirnov::test_by(&reference, &batch, method).expect("valid").expect("defined");
        let [exact, asymptotic] = [by(Method::Exact), by(Method::Asymptotic)];
        assert_near(name, exact.distance, &expected["exact"]["distance"], TOLERANCE);
        let off = |found: f64, of: &str| (found - expected[of]["p_value"].as_f64().expect("a number")).abs();
        assert!(off(exact.p_value, "exact") < COMPLEMENT, "{name}: {}", exact.p_value);
        assert!(off(asymptotic.p_value, "asymptotic") < R_SERIES, "{name}: {}", asymptotic.p_value);
        assert_near(name, asymptotic.p_value, &expected["limit"], TOLERANCE);
        let default = kolmogorov_smirnov::test(&reference, &batch).expect("valid").expect("defined");
        assert!(off(default.p_value, "default") < R_SERIES, "{name}: {}", default.p_value);
    }
}

#[test]
fn tests_of_anderson_and_darling() {
    for (name, input, expected) in Reference::read("anderson_darling").cases() {
        let [reference, batch] = samples(input);
        let found = anderson_darling::test(&reference, &batch).expect("valid").expect("defined");
        assert_near(name, found.statistic, &expected["statistic"], TOLERANCE);
        assert_near(name, found.standardized, &expected["standardized"], TOLERANCE);
        let limit = expected["limit_p_value"].as_f64().expect("a number");
        assert!((found.p_value - limit).abs() < RECURSION, "{name}: {} is not {limit}", found.p_value);
        assert!((found.p_value - expected["p_value"].as_f64().expect("a number")).abs() < SIMULATED * limit.max(1e-6));
    }
}

#[test]
fn shifts_of_location() {
    for (name, input, expected) in Reference::read("location_shift").cases() {
        let [reference, batch] = samples(input);
        let found = location_shift::estimate(&reference, &batch).expect("valid").expect("defined");
        assert_near(name, found.median_shift_percent.expect("defined"), &expected["median"], TOLERANCE);
        assert_all_near(
            name,
            &ends(found.geometric_mean_shift_percent.expect("defined")),
            &expected["means"],
            TOLERANCE,
        );
        let pairs = found.hodges_lehmann_shift_percent.map(ends);
        assert_eq!(pairs.is_none(), expected["pairs"].is_null(), "{name}");
        for which in ["pairs", "wilcox"] {
            if let (Some(pairs), false) = (pairs, expected[which].is_null()) {
                assert_all_near(name, &pairs, &expected[which], TOLERANCE);
            }
        }
    }
}
