//! What is not defined for a table is said and left out, and the rest is given.

use insta::assert_snapshot;
use serde_json::Value;

use super::{ENDPOINT, Found, TABLE, with, with_column};
use crate::reference_r::{TOLERANCE, assert_near};

/// State and hazard ratio of each coefficient of the first model.
fn coefficients(found: &Found) -> Vec<(String, String, bool)> {
    let rows = found.part("/models/0/cox/coefficients").as_array().expect("a list").iter();
    let text = |it: &Value| it.as_str().expect("text").to_owned();
    rows.map(|it| (text(&it["term"]), text(&it["state"]), it["hazard_ratio"].is_number())).collect()
}

fn coefficient(term: &str, state: &str, has_estimate: bool) -> (String, String, bool) {
    (term.to_owned(), state.to_owned(), has_estimate)
}

#[test]
fn a_factor_of_one_class() {
    let found = Found::in_table(&TABLE.replace(",m,", ",f,"), &format!("{ENDPOINT} --by sex --factor sex=f"));
    assert_snapshot!(found.printed, @"
    exit code 0
    --- stdout
    8 of 8 rows analysed, 5 events
      median follow-up 18.0 months (12.0–not reached)
      median survival 15.0 months (5.0–not reached)

    by sex
      class  n  events  median survival
      f      8  5       15.0 months (5.0–not reached)
      log-rank: not defined, as no event happens while two classes are at risk

    model table: 8 rows, 5 events
    note: model 'table': all rows have the same class of 'sex', which is left out
    wrote out
    --- stderr
    ");
    assert_eq!(coefficients(&found), []);
    assert!(found.part("/groups/0/cox").is_null());
}

#[test]
fn a_column_without_variation_and_one_that_another_tells() {
    let table = with_column(TABLE, "same", |_, _| "3".to_owned());
    let table = with_column(&table, "older", |_, it| (it[4].parse::<f64>().expect("an age") + 10.0).to_string());
    let found = Found::in_table(&table, &format!("{ENDPOINT} --covariates same,age,older"));
    assert_snapshot!(found.printed, @"
    exit code 0
    --- stdout
    8 of 8 rows analysed, 5 events
      median follow-up 18.0 months (12.0–not reached)
      median survival 15.0 months (5.0–not reached)

    model table: 8 rows, 5 events
             hazard ratio (95 %)                                     p
      same   left out: the same for all, or a combination of others  –
      age    0.95 (0.83–1.08)                                        0.412
      older  left out: the same for all, or a combination of others  –
      C (Harrell) = 0.556 (0.256–0.855)
      C (Uno) = 0.593 (0.247–0.939)
      proportional hazards: χ² = 2.13 (1 df), p = 0.145
      1.7 events for each coefficient: fewer than 10, the estimates are unreliable
    wrote out
    --- stderr
    ");
    let expected = [
        coefficient("same", "aliased", false),
        coefficient("age", "estimated", true),
        coefficient("older", "aliased", false),
    ];
    assert_eq!(coefficients(&found), expected);
}

#[test]
fn predictions_without_a_finite_hazard_ratio() {
    let table = with_column(TABLE, "x", |_, fields| fields[2].to_owned());
    let found = Found::in_table(&table, &format!("{ENDPOINT} --covariates x,age --times 10 --thresholds 0.5"));
    let warning = "model 'table': Brier score, calibration and net benefit are not given, as a hazard ratio has no finite estimate";
    assert_eq!(found.part("/warnings"), &serde_json::json!([warning]));
    assert_eq!(found.column("model_performance_at", "brier", &[]), [None]);
}

#[test]
fn a_column_that_tells_events_apart() {
    let table = "time,status,x\n1,1,1\n2,1,1\n3,1,1\n4,1,0\n5,0,0\n6,0,0\n";
    let found = Found::in_table(table, &format!("{ENDPOINT} --covariates x"));
    assert_snapshot!(found.printed, @"
    exit code 0
    --- stdout
    6 of 6 rows analysed, 4 events
      median follow-up 5.5 months (5.0–not reached)
      median survival 3.5 months (1.0–not reached)

    model table: 6 rows, 4 events
         hazard ratio (95 %)                   p
      x  no finite estimate: separates events  –
      with Firth's penalty, since a hazard ratio has no finite estimate:
         hazard ratio (95 %)  p
      x  13.0 (1.17–>1000)    0.035
      4.0 events for each coefficient: fewer than 10, the estimates are unreliable
    wrote out
    --- stderr
    ");
    assert_eq!(coefficients(&found), [coefficient("x", "separated", false)]);
}

#[test]
fn a_model_of_which_no_row_is_complete() {
    let found = Found::in_table("time,status,x\n1,1,\n2,0,\n3,1,\n", &format!("{ENDPOINT} --by x --covariates x"));
    assert_snapshot!(found.printed, @"
    exit code 0
    --- stdout
    3 of 3 rows analysed, 2 events
      median follow-up 2.0 months (2.0–not reached)
      median survival 3.0 months (1.0–not reached)

    by x, 3 without a class
      class  n  events  median survival
      log-rank: not defined, as no event happens while two classes are at risk

    model table: 0 rows, 0 events, 3 rows lack a value
      not fitted, as no row has a value in each of its columns
    wrote out
    --- stderr
    ");
}

#[test]
fn nobody_left_who_had_the_event() {
    let table = "time,status,x\n-1,1,2\n2,0,3\n3,0,1\n";
    let found = Found::in_table(table, &format!("{ENDPOINT} --by x --covariates x --times 2 --bootstrap 5"));
    assert_snapshot!(found.printed, @"
    exit code 0
    --- stdout
    2 of 3 rows analysed, 0 events
      left out: 1 time of follow-up below 0
      median follow-up 2.5 months (2.0–not reached)
      median survival not reached
      survival at 2.0 months 100.0 % (no event yet), 2 at risk

    by x
      class  n  events  median survival  at 2.0 months
      1      1  0       not reached      100.0 % (no event yet)
      3      1  0       not reached      100.0 % (no event yet)
      log-rank: not defined, as no event happens while two classes are at risk

    model table: 2 rows, 0 events
      not fitted, as nobody had the event
    note: nobody had the event: there is no test and no model
    wrote out
    --- stderr
    ");
}

#[test]
fn one_patient() {
    for rows in ["5,1,f,60", "0,1,f,60", "5,0,f,60\n-1,1,m,50"] {
        let table = format!("time,status,sex,age\n{rows}\n");
        let options = format!("{ENDPOINT} --by sex --covariates age --times 3 --bootstrap 5 --cutpoint age");
        let found = Found::in_table(&table, &options);
        assert_eq!(found.part("/n"), 1);
    }
}

#[test]
fn strata_of_one_patient_each() {
    let found = Found::in_table(TABLE, &format!("{ENDPOINT} --by sex --covariates age --strata id"));
    assert_snapshot!(found.printed, @"
    exit code 0
    --- stdout
    8 of 8 rows analysed, 5 events
      median follow-up 18.0 months (12.0–not reached)
      median survival 15.0 months (5.0–not reached)

    by sex
      class  n  events  median survival
      f      4  2       9.0 months (5.0–not reached)
      m      4  3       15.0 months (12.0–not reached)
      log-rank: not defined, as no event happens while two classes are at risk
             hazard ratio (95 %)                                     p
      sex m  left out: the same for all, or a combination of others  –

    model table: 8 rows, 5 events
           hazard ratio (95 %)                                     p
      age  left out: the same for all, or a combination of others  –
      5.0 events for each coefficient: fewer than 10, the estimates are unreliable
    wrote out
    --- stderr
    ");
}

/// One patient alone in a stratum changes no test and no model.
#[test]
fn a_stratum_of_one_patient() {
    let options = format!("{ENDPOINT} --by sex --covariates age --strata ecog");
    let (with_her, without) = (Found::in_table(TABLE, &options), TABLE.lines().take(8).collect::<Vec<_>>().join("\n"));
    let without = Found::in_table(&without, &options);
    for part in
        ["/groups/0/tests/0/chi_square", "/models/0/cox/log_likelihood", "/models/0/performance/harrell/concordance"]
    {
        let [found, expected] = [&with_her, &without].map(|it| it.part(part).as_f64().expect("a number"));
        assert_near(found, expected, TOLERANCE);
    }
}

#[test]
fn times_beyond_the_follow_up() {
    // After an event that nobody survived, survival would be known to be 0.
    let table = format!("{TABLE}p9,22,0,m,62,1,0,1\n");
    let found = Found::in_table(&table, &format!("{ENDPOINT} --by sex --covariates age --times 10,19,100"));
    assert_eq!(found.part("/overall/times_beyond_follow_up"), &Value::from(vec![100.0]));
    assert_eq!(found.part("/groups/0/groups/0/times_beyond_follow_up"), &Value::from(vec![19.0, 100.0]));
    assert_eq!(found.column("survival_at", "time", &[("class", "f")]), [Some(10.0)]);
    assert_eq!(found.column("model_performance_at", "time", &[]), [Some(10.0), Some(19.0), Some(100.0)]);
    for column in ["auc", "brier", "observed_to_expected"] {
        assert_eq!(found.column("model_performance_at", column, &[])[2], None, "{column}");
    }
}

#[test]
fn tests_that_are_not_defined_for_these_classes_and_weights() {
    let found = Found::in_table(TABLE, &format!("{ENDPOINT} --by ecog --test max-combo"));
    assert_eq!(
        found.part("/warnings"),
        &Value::from(vec!["max-combo compares two classes, and 'ecog' has 4: there is none"])
    );
    let found = Found::in_table(TABLE, &format!("{ENDPOINT} --by sex --weights weight"));
    assert_eq!(
        found.part("/warnings"),
        &Value::from(vec!["weights are fractions: classes are compared by Cox models alone, as tests count events"])
    );
}

/// At time 0, R keeps a patient: at risk of events at that time alone.
#[test]
fn a_time_of_0() {
    let found = Found::in_table(&with("p3,9,", "p3,0,"), &format!("{ENDPOINT} --covariates age"));
    assert_eq!(found.part("/n"), 8);
    assert_eq!(found.column("kaplan_meier", "time", &[])[0], Some(0.0));
    assert_eq!(found.column("kaplan_meier", "survival", &[])[0], Some(0.875));
}
