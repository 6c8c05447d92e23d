//! The summary on the terminal.

use insta::assert_snapshot;

use super::{ENDPOINT, Found, TABLE, arguments, dataset, with};
use crate::command::Workplace;

#[test]
fn lung_by_sex_with_a_model() {
    let options = "--time time --event status=2 --unit days --by sex --covariates age,ph.ecog --factor sex=1";
    assert_snapshot!(Found::in_table(&dataset("lung"), options).printed, @"
    exit code 0
    --- stdout
    228 of 228 rows analysed, 165 events
      median follow-up 588 days (511–1010)
      median survival 310 days (284–361)

    by sex
      class  n    events  median survival
      1      138  112     270 days (210–306)
      2      90   53      426 days (345–524)
      log-rank: χ² = 10.33 (1 df), p = 0.0013
      restricted mean up to 965 days, sex 2 less sex 1: 132 days (54 to 210), p = 0.0009
        as a ratio 1.41 (1.16–1.71), p = 0.0006
             hazard ratio (95 %)  p
      sex 2  0.59 (0.42–0.82)     0.0015

    model table: 227 rows, 164 events, 1 row lacks a value
               hazard ratio (95 %)  p
      age      1.01 (0.99–1.03)     0.232
      ph.ecog  1.59 (1.27–1.99)     <0.0001
      sex 2    0.58 (0.41–0.80)     0.0010
      C (Harrell) = 0.637 (0.588–0.686)
      C (Uno) = 0.626 (0.580–0.672)
      proportional hazards: χ² = 4.46 (3 df), p = 0.216
    wrote out
    --- stderr
    ");
}

#[test]
fn three_classes_in_their_order() {
    assert_snapshot!(Found::in_table(TABLE, &format!("{ENDPOINT} --by ecog=2,1,0,3 --test log-rank,peto-peto")).printed, @"
    exit code 0
    --- stdout
    8 of 8 rows analysed, 5 events
      median follow-up 18.0 months (12.0–not reached)
      median survival 15.0 months (5.0–not reached)

    by ecog
      class  n  events  median survival
      2      1  1       9.0 months (not reached–not reached)
      1      3  1       15.0 months (not reached–not reached)
      0      3  2       12.0 months (5.0–not reached)
      3      1  1       20.0 months (not reached–not reached)
      log-rank: χ² = 3.16 (3 df), p = 0.368
      Peto-Peto: χ² = 3.08 (3 df), p = 0.380
      trend: z = −1.06, p = 0.290
      pair   p      Holm, of 6
      2 – 1  0.157  0.944
      2 – 0  0.515  >0.999
      2 – 3  0.317  >0.999
      1 – 0  0.564  >0.999
      1 – 3  0.317  >0.999
      0 – 3  0.362  >0.999
              hazard ratio (95 %)                   p
      ecog 1  0.14 (0.005–3.38)                     0.224
      ecog 0  0.27 (0.01–4.94)                      0.379
      ecog 3  no finite estimate: separates events  –
    wrote out
    --- stderr
    ");
}

#[test]
fn competing_events() {
    let table = with("p2,8,0", "p2,8,2");
    let options = format!("{ENDPOINT} --competing death=2 --by sex --covariates age --times 10");
    assert_snapshot!(Found::in_table(&table, &options).printed, @"
    exit code 0
    --- stdout
    8 of 8 rows analysed, 5 events
      median follow-up 18.0 months (12.0–not reached)
      median survival 15.0 months (5.0–not reached)
      survival at 10.0 months 72.9 % (27.6–92.5), 5 at risk

    by sex
      class  n  events  median survival                 at 10.0 months
      f      4  2       9.0 months (5.0–not reached)    50.0 % (5.8–84.5)
      m      4  3       15.0 months (12.0–not reached)  100.0 % (no event yet)
      log-rank: χ² = 0.07 (1 df), p = 0.786
      restricted mean up to 10.0 months, sex m less sex f: 1.5 months (−0.5 to 3.5), p = 0.146
        as a ratio 1.18 (0.93–1.49), p = 0.180
        adjusted for model table, 8 rows, up to 10.0 months: 1.8 months (−0.9 to 4.4), p = 0.184
             hazard ratio (95 %)  p
      sex m  0.76 (0.10–5.51)     0.786

    model table: 8 rows, 5 events
           hazard ratio (95 %)  p
      age  0.95 (0.83–1.08)     0.412
      C (Harrell) = 0.556 (0.256–0.855)
      C (Uno) = 0.593 (0.247–0.939)
      by 10.0 months: AUC 0.277 (0.000–0.765), Brier score 0.230, observed to expected 1.07
      proportional hazards: χ² = 2.13 (1 df), p = 0.145
      5.0 events for each coefficient: fewer than 10, the estimates are unreliable

    competing risks: status = 1, death
      events: 5, 1
      by 10.0 months: 25.0 % (7.5–83.0), 12.5 % (2.0–78.2)
      sex, status = 1 (Gray): χ² = 0.24 (1 df), p = 0.623
      sex, death (Gray): χ² = 0.97 (1 df), p = 0.324
      table (Fine-Gray)  subdistribution hazard ratio (95 %)  p
      age                0.99 (0.89–1.09)                     0.799
    note: a competing event counts as censored in curves, tests and Cox models, which are of the cause-specific hazard; the probability of the event is the cumulative incidence
    wrote out
    --- stderr
    ");
}

#[test]
fn a_table_in_which_nobody_has_the_event() {
    // The one event is of a row that is left out, so that the column does say the event.
    let table = TABLE.replace(",1,f,", ",0,f,").replace(",1,m,", ",0,m,").replace("p8,20,0", "p8,,1");
    assert_snapshot!(Found::in_table(&table, &format!("{ENDPOINT} --by sex --covariates age --cutpoint age")).printed, @"
    exit code 0
    --- stdout
    7 of 8 rows analysed, 0 events
      left out: 1 time of follow-up missing
      median follow-up 12.0 months (8.0–not reached)
      median survival not reached

    by sex
      class  n  events  median survival
      f      4  0       not reached
      m      3  0       not reached
      log-rank: not defined, as no event happens while two classes are at risk

    model table: 7 rows, 0 events
      not fitted, as nobody had the event

    cut-points: 7 rows, 0 events
      age: none of the 7 patients has the event, so that no cut can be judged
    note: nobody had the event: there is no test and no model
    wrote out
    --- stderr
    ");
}

#[test]
fn what_is_not_defined_with_weights_or_late_entry_is_said() {
    for (options, because) in [("--weights weight", "weights"), ("--entry entry", "late entry")] {
        let found = Found::in_table(TABLE, &format!("{ENDPOINT} --covariates age --bootstrap 9 --times 12 {options}"));
        for what in
            ["not validated by bootstrap", "AUC, Brier score, calibration and net benefit of models are not given"]
        {
            let said = found.printed.lines().find(|it| it.starts_with("note: ") && it.contains(what));
            assert!(said.is_some_and(|it| it.contains(&format!(": with {because} "))), "{}", found.printed);
        }
    }
    let found = Found::in_table(TABLE, &format!("{ENDPOINT} --covariates age --bootstrap 9 --times 12"));
    assert!(!found.printed.contains("note: "), "{}", found.printed);
}

#[test]
fn nothing_if_quiet() {
    let workplace = Workplace::with_files([("table.csv", TABLE)]);
    let said = workplace.finishes(&arguments(&format!("{ENDPOINT} --quiet")));
    assert_eq!(said, "exit code 0\n--- stdout\n--- stderr\n");
}

/// Neither on the terminal nor in a table.
#[test]
fn no_uncorrected_p_value_at_a_cut_that_was_searched() {
    let options = "--time time --event status=2 --unit days --cutpoint age,ph.karno --bootstrap 99";
    let found = Found::in_table(&dataset("lung"), options);
    let after = found.printed.split("\ncut-points").nth(1).expect("cut-points");
    let with_p_value: Vec<&str> = after.lines().filter(|it| it.contains("p\u{a0}")).collect();
    assert_eq!(with_p_value.len(), 4, "{after}");
    assert!(with_p_value.iter().all(|it| it.contains("corrected for the search") || it.contains("without a cut")));
    for (table, p_values) in [
        ("cutpoints", &["p_corrected_for_search", "p_corrected_for_search_and_columns", "p_without_cut"][..]),
        ("cutpoint_candidates", &[]),
    ] {
        let text = found.workplace.read(&format!("out/tables/{table}.tsv"));
        let header = text.lines().next().expect("a header").split('\t');
        assert_eq!(header.filter(|it| it.starts_with("p_") || it.contains("p_value")).collect::<Vec<_>>(), p_values);
    }
}
