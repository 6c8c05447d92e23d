//! `contexture plan`: the events that R's formulas ask for, and what is printed.

use insta::assert_snapshot;
use serde_json::Value;

use crate::command::Workplace;
use crate::reference_r::{TOLERANCE, assert_near, expected};

/// What a plan finds, in JSON.
#[track_caller]
fn plan(options: &str) -> Value {
    let args: Vec<&str> = ["plan", "--json"].into_iter().chain(options.split_whitespace()).collect();
    let printed = Workplace::with_files([]).finishes(&args);
    serde_json::from_str(&printed[printed.find('{').expect("JSON")..=printed.rfind('}').expect("JSON")]).expect("JSON")
}

#[test]
fn events_needed_are_those_of_r() {
    let expected = expected("power_schoenfeld");
    let ratios = expected["hr"].as_array().expect("ratios");
    for (options, column) in [
        ("--share 0.5 --power 0.8", "events_p50"),
        ("--share 0.3", "events_p30"),
        ("--power 0.9", "events_pw90"),
        ("--formula freedman", "freedman"),
    ] {
        for (ratio, events) in ratios.iter().zip(expected[column].as_array().expect("events")) {
            let found = plan(&format!("--hazard-ratio {ratio} {options}"));
            let needed = found["events_needed"].as_f64().expect("a number");
            assert_near(needed, events.as_f64().expect("a number"), TOLERANCE);
        }
    }
}

/// Power, events and the smallest effect say the same thing.
#[test]
fn a_detectable_ratio_has_the_power_that_was_asked_for() {
    for options in ["--share 0.3", "--share 0.3 --formula freedman", "--std-dev 2 --r-squared 0.2"] {
        let ratio = plan(&format!("--events 90 --power 0.8 {options}"))["given"]["detectable"]["below_one"].clone();
        let found = plan(&format!("--events 90 --hazard-ratio {ratio} {options}"));
        assert_near(found["given"]["power"].as_f64().expect("a power"), 0.8, 1e-9);
        assert_near(found["events_needed"].as_f64().expect("a number"), 90.0, 1e-9);
    }
}

#[test]
fn what_is_printed() {
    let printed = |options: &str| {
        let args: Vec<&str> = ["plan"].into_iter().chain(options.split_whitespace()).collect();
        Workplace::with_files([]).finishes(&args)
    };
    assert_snapshot!(printed("--hazard-ratio 0.6 --share 0.5 --power 0.8 --event-probability 0.3 --events 90"), @"
    exit code 0
    --- stdout
    50.0 % of patients against 50.0 %, Schoenfeld; two-sided level 0.05
      hazard ratio 0.6 with a power of 80.0 %: 121 events
        in 404 patients, if 30.0 % of them have it
      90 events: a power of 67.8 % for a hazard ratio of 0.6
      90 events: hazard ratios found with a power of 80.0 %: 0.55 or less, 1.81 or more
    --- stderr
    ");
    assert_snapshot!(printed("--std-dev 1 --events 4"), @"
    exit code 0
    --- stdout
    a covariate with a standard deviation of 1, Hsieh and Lavori; two-sided level 0.05
      4 events: hazard ratios found with a power of 80.0 %: 0.25 or less, 4.06 or more
    --- stderr
    ");
}

#[test]
fn what_cannot_be() {
    for (options, problem) in [
        ("--hazard-ratio 1", "hazard ratio"),
        ("--hazard-ratio 0.5 --share 1", "share of patients in group 1"),
        ("--hazard-ratio 0.5 --power 1", "power"),
        ("--hazard-ratio 0.5 --events 0", "number of events"),
        ("--hazard-ratio 0.5 --formula freedman --r-squared 0.2", "Freedman's formula knows no other covariates"),
    ] {
        let args: Vec<&str> = ["plan"].into_iter().chain(options.split_whitespace()).collect();
        let text = Workplace::with_files([]).refuses(&args);
        assert!(text.contains(problem), "{options}: {text}");
    }
}
