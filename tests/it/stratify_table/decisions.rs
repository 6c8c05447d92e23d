//! Net benefit of models, and what a second model changes in predicted risks.

use super::{Found, dataset, refusal};

const MODELS: &str = "\
[[models]]
name = \"small\"
covariates = [\"age\"]
[[models]]
name = \"same\"
covariates = [\"age\"]
[[models]]
name = \"large\"
covariates = [\"age\", \"ph.ecog\"]
";

fn lung(options: &str) -> Found {
    let (table, options) = (dataset("lung"), format!("--time time --event status=2 --unit days {options}"));
    Found::with_files([("table.csv", &table), ("models.toml", MODELS)], &options)
}

/// Treating all is worth `(1 - S) - S p / (1 - p)`, which is that of a model by which all are at high risk, too.
#[test]
fn treating_all_is_worth_what_survival_says() {
    let found = lung("--models models.toml --times 365,730 --thresholds 0.01,0.4,0.6");
    for time in ["365", "730"] {
        let survival =
            found.column("survival_at", "survival", &[("class", "all"), ("time", time)])[0].expect("a number");
        for threshold in ["0.01", "0.4", "0.6"] {
            let filters = [("model", "small"), ("compared_with", ""), ("time", time), ("threshold", threshold)];
            let of = |column: &str| found.column("net_benefit", column, &filters)[0].expect("a number");
            let odds = of("threshold") / (1.0 - of("threshold"));
            let expected = (1.0 - survival) - survival * odds;
            assert!((of("treat_all") - expected).abs() < 1e-12, "{time} {threshold}");
            if threshold == "0.01" {
                assert!((of("high_risk") - 1.0).abs() < 1e-12);
                assert!((of("net_benefit") - expected).abs() < 1e-12);
            }
        }
    }
    assert!(found.printed.contains("decisions on the risk by 365 days:"), "{}", found.printed);
}

#[test]
fn a_model_changes_nothing_against_itself() {
    let found = lung("--models models.toml --times 365 --bootstrap 20");
    let of = |second: &str, column: &str| {
        found.column("reclassification", column, &[("first", "small"), ("second", second)])[0].expect("a number")
    };
    for column in ["n_up", "n_down", "nri", "idi"] {
        assert!(of("same", column).abs() < 1e-12, "{column}");
    }
    assert!(of("large", "idi") > 0.0);
    assert!(of("large", "idi_lower") < of("large", "idi") && of("large", "idi") < of("large", "idi_upper"));
    assert_eq!(found.column("net_benefit", "threshold", &[]), [], "nobody asked for thresholds");
}

#[test]
fn thresholds_that_are_no_risks() {
    let text = refusal(super::TABLE, &format!("{} --covariates age --times 12 --thresholds 0.5,2", super::ENDPOINT));
    assert!(text.contains("thresholds are 0.5, 2, expected shares between 0 and 1, ascending"), "{text}");
}
