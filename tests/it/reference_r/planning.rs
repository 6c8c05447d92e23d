//! Planning, against the formulas of Schoenfeld and Freedman in R.

use contexture::survival::planning::{Comparison, Plan};
use serde_json::Value;

use super::{TOLERANCE, assert_all_near, expected, numbers};

fn n_events(expected: &Value, comparison: Comparison, power: f64) -> Vec<Option<f64>> {
    let plan = Plan::new(comparison, 0.05).expect("valid");
    let hazard_ratios = numbers(&expected["hr"]);
    hazard_ratios.into_iter().map(|it| Some(plan.n_events(it?, power).expect("valid"))).collect()
}

#[test]
fn numbers_of_events_by_hazard_ratio() {
    let expected = expected("power_schoenfeld");
    let schoenfeld = |share| Comparison::Schoenfeld { share, r_squared: 0.0 };
    assert_all_near(&n_events(&expected, schoenfeld(0.5), 0.8), &expected["events_p50"], TOLERANCE);
    assert_all_near(&n_events(&expected, schoenfeld(0.3), 0.8), &expected["events_p30"], TOLERANCE);
    assert_all_near(&n_events(&expected, schoenfeld(0.5), 0.9), &expected["events_pw90"], TOLERANCE);
    let freedman = Comparison::Freedman { share: 0.5 };
    assert_all_near(&n_events(&expected, freedman, 0.8), &expected["freedman"], TOLERANCE);
}
