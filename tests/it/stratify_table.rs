//! `contexture stratify` on a table of patients.

use std::fmt::Write as _;

use insta::assert_snapshot;
use serde_json::Value;

use crate::command::Workplace;

const LUNG: &str = include_str!("../../testdata/reference/survival/data/lung.csv");
const MGUS2: &str = include_str!("../../testdata/reference/survival/data/mgus2.csv");

fn lung() -> Workplace {
    Workplace::with_files([("lung.csv", LUNG)])
}

/// The options that every analysis of the lung data has, and more.
fn options<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["stratify", "lung.csv", "--time", "time", "--event", "status=2", "--unit", "days", "-o", "out"];
    args.extend(more);
    args
}

fn statistics(workplace: &Workplace) -> Value {
    let all: Value = serde_json::from_str(&workplace.read("out/statistics.json")).expect("JSON");
    all["statistics"].clone()
}

#[track_caller]
fn assert_near(found: &Value, expected: f64) {
    let found = found.as_f64().expect("a number");
    assert!((found / expected - 1.0).abs() < 1e-8, "{found} is not {expected}");
}

#[test]
fn a_summary_is_printed_and_the_tables_hold_the_numbers_of_r() {
    let workplace = lung();
    let said = workplace.finishes(&options(&["--by", "sex", "--covariates", "age,ph.ecog", "--factor", "sex=1"]));
    assert!(said.contains("228 of 228 rows analysed, 165 events"), "{said}");
    assert!(said.contains("model table: 227 rows, 164 events, 1 lack a column"), "{said}");
    let found = statistics(&workplace);
    // survdiff(Surv(time, status) ~ sex)
    assert_near(&found["groups"][0]["tests"][0]["chi_square"], 10.326_741_954_885_6);
    // coxph(Surv(time, status) ~ age + sex + ph.ecog)
    assert_near(&found["models"][0]["cox"]["coefficients"][2]["log_hazard_ratio"], -0.552_612_395_703_631);
    let coefficients = workplace.read("out/tables/cox_coefficients.tsv");
    assert!(coefficients.lines().any(|it| it.contains("\tph.ecog\t")), "{coefficients}");
}

#[test]
fn the_number_of_threads_does_not_change_a_byte() {
    let workplace = lung();
    let more = ["--covariates", "age", "--cutpoint", "age,ph.karno", "--bootstrap", "20", "--seed", "7"];
    workplace.finishes(&[&options(&more)[..], &["--threads", "1"]].concat());
    let one = workplace.contents("out");
    workplace.finishes(&[&options(&more)[..], &["--threads", "3", "--force"]].concat());
    assert!(one == workplace.contents("out"));
}

#[test]
fn a_searched_cut_has_no_uncorrected_p_value() {
    let workplace = lung();
    let said = workplace.finishes(&options(&["--cutpoint", "age", "--bootstrap", "99"]));
    assert!(said.contains("corrected for the search p"), "{said}");
    let table = workplace.read("out/tables/cutpoints.tsv");
    let header: Vec<&str> = table.lines().next().expect("a header").split('\t').collect();
    let p_values: Vec<&&str> = header.iter().filter(|it| it.starts_with("p_")).collect();
    assert_eq!(p_values, [&"p_corrected_for_search", &"p_corrected_for_search_and_columns", &"p_without_cut"]);
}

/// `cmprsk::cuminc(etime, ev, sex)`; the event is progression, unless death comes first.
#[test]
fn competing_risks_are_told_apart() {
    let mut table = "time,event,sex\n".to_owned();
    let mut reader = csv::Reader::from_reader(MGUS2.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let place = |name: &str| header.iter().position(|it| it == name).expect("a column");
    let [sex, ptime, pstat, futime, death] = ["sex", "ptime", "pstat", "futime", "death"].map(place);
    for row in reader.records() {
        let row = row.expect("a row");
        let (time, event) = match (&row[pstat], &row[death]) {
            ("1", _) => (&row[ptime], "progression"),
            (_, "1") => (&row[futime], "death"),
            _ => (&row[futime], "none"),
        };
        writeln!(table, "{time},{event},{}", &row[sex]).expect("a string takes all text");
    }
    let workplace = Workplace::with_files([("mgus2.csv", &table)]);
    let args = ["stratify", "mgus2.csv", "--time", "time", "--event", "event=progression", "--unit", "months"];
    workplace.finishes(&[&args[..], &["--competing", "death=death", "--by", "sex", "-o", "out"]].concat());
    let found = statistics(&workplace);
    assert_eq!(found["competing_risks"]["causes"][1], "death");
    let tests = &found["competing_risks"]["groups"][0]["gray"];
    let expected = include_str!("../../testdata/reference/survival/expected/gray_mgus2_sex.json");
    let expected: Value = serde_json::from_str(expected).expect("JSON");
    for (cause, row) in [(0, 0), (1, 1)] {
        let expected = expected["expected"]["Tests"]["values"][row][0].as_f64().expect("a number");
        assert_near(&tests[cause]["test"]["chi_square"], expected);
    }
}

#[test]
fn what_a_column_cannot_mean_is_refused() {
    let workplace = lung();
    let refused = |more: &[&str]| {
        let args = ["stratify", "lung.csv", "--time", "time", "--unit", "days", "-o", "out"];
        let text = workplace.refuses(&[&args[..], more].concat());
        text.lines().last().expect("a message").to_owned()
    };
    assert_snapshot!(refused(&["--event", "time=2"]), @"error: 'lung.csv' column 'time' holds 186 different values ('1010', '1022', '105', '107', '11', '110', '116', '118' and 178 more), so it says no status; is it the time?");
    assert_snapshot!(refused(&["--event", "status=3"]), @"error: 'lung.csv' column 'status' never says 3, which was declared to be the event (found: '1', '2')");
    assert_snapshot!(refused(&["--event", "ph.ecog=2"]), @"error: 'lung.csv' column 'ph.ecog' holds '0', '1', '3' beside the event (2); say which of them mean censored, and which a competing event");
    assert_snapshot!(refused(&["--event", "status=2", "--factor", "sex=3"]), @"error: 'lung.csv' column 'sex' never says '3', the reference of the factor (found: 1, 2)");
    assert_snapshot!(refused(&["--event", "status=2", "--covariates", "agge"]), @"error: 'lung.csv' has no column 'agge' (found: inst, time, status, age, sex, ph.ecog, ph.karno, pat.karno, meal.cal, wt.loss); did you mean 'age'?");
    assert_snapshot!(refused(&["--event", "status=2", "--by", "sex=1,3"]), @"error: 'lung.csv' column 'sex' holds '2', which is none of the classes that were named (1, 3)");
    assert_snapshot!(refused(&["--event", "status=2", "--ties", "exact", "--weights", "age"]), @"error: ties are exact and there are weights; the exact likelihood is not defined for weights");
    assert_snapshot!(refused(&["--event", "status=2", "--times", "365,100"]), @"error: times must be numbers greater than 0, ascending");
}

#[test]
fn rows_that_cannot_be_used_are_listed_and_a_negative_weight_is_refused() {
    let table = "id,t,s,w,u\na,1,1,1,0\nb,2,0,1,0\nc,-3,1,1,0\nd,4,,1,0\ne,5,1,0,0\nf,6,1,2,6\ng,,1,1,0\nh,7,1,1,1\n";
    let workplace = Workplace::with_files([("t.csv", table)]);
    let args = ["stratify", "t.csv", "--time", "t", "--event", "s=1", "--unit", "days", "--id", "id", "-o", "out"];
    workplace.finishes(&[&args[..], &["--weights", "w", "--entry", "u"]].concat());
    let listed = workplace.read("out/excluded.tsv");
    let reasons: Vec<(&str, &str)> = listed
        .lines()
        .skip(1)
        .map(|it| (it.split('\t').next().expect("an id"), it.split('\t').nth(2).expect("a reason")))
        .collect();
    let expected = [
        ("c", "time_negative"),
        ("d", "status_missing"),
        ("e", "weight_zero"),
        ("f", "entry_not_before_end"),
        ("g", "time_missing"),
    ];
    assert_eq!(reasons, expected);
    workplace.edit("t.csv", "a,1,1,1,0", "a,1,1,-1,0");
    let text = workplace.refuses(&[&args[..], &["--weights", "w", "--force"]].concat());
    assert_snapshot!(text.lines().last().expect("a message"), @"error: 't.csv', row 2, column 'w': found '-1', expected a weight of 0 or more");
}

#[test]
fn columns_that_tell_nothing_are_named_and_separation_gets_a_finite_estimate() {
    let table =
        "t,s,x,y,z\n1,1,1,5,2\n2,1,1,5,4\n3,1,1,5,6\n4,0,0,5,8\n5,1,0,5,10\n6,0,0,5,12\n7,0,0,5,13\n8,0,0,5,16\n";
    let workplace = Workplace::with_files([("t.csv", table)]);
    let args = ["stratify", "t.csv", "--time", "t", "--event", "s=1", "--unit", "months", "-o", "out"];
    let said = workplace.finishes(&[&args[..], &["--covariates", "x,y"]].concat());
    assert!(said.contains("left out: the same for all, or a combination of others"), "{said}");
    let said = workplace.finishes(&[&args[..], &["--covariates", "t", "--force"]].concat());
    assert!(said.contains("no finite estimate: separates events") && said.contains("Firth"), "{said}");
}

#[test]
fn neither_a_study_nor_a_table_is_wrong_usage() {
    let text = lung().run(&["stratify", "lung.csv", "-o", "out"]);
    assert!(text.starts_with("exit code 2\n") && text.contains("stratify needs --scored <DIR>"), "{text}");
    let text = lung().run(&["stratify", "lung.csv", "--time", "time", "--event", "status=2", "-o", "out"]);
    assert!(text.starts_with("exit code 2\n") && text.contains("--unit"), "{text}");
}

#[test]
fn a_study_can_ask_for_analyses_of_its_scores() {
    let workplace = Workplace::with_cohort();
    let study = workplace.read("study.toml");
    let analysis = "\n[[analyses]]\nname = \"by_score\"\ntime = \"os_days\"\nunit = \"days\"\n\
                    status = { column = \"os_event\", event = 1 }\nby = [{ column = \"three_class\" }]\n\
                    [[analyses.models]]\nname = \"score\"\ncovariates = [\"score\"]\n";
    workplace.write("study.toml", format!("{study}{analysis}"));
    workplace.finishes(&["run", "study.toml", "-o", "out"]);
    let all: Value = serde_json::from_str(&workplace.read("out/statistics.json")).expect("JSON");
    let beta =
        all["analyses"][0]["models"][0]["cox"]["coefficients"][0]["log_hazard_ratio"].as_f64().expect("a number");
    let per_10 =
        all["endpoints"][0]["by_score"]["cox"]["coefficients"][0]["log_hazard_ratio"].as_f64().expect("a number");
    assert!((10.0 * beta / per_10 - 1.0).abs() < 1e-9, "{beta} {per_10}");
    assert!(workplace.read("out/tables/by_score/groups.tsv").lines().count() > 1);
}
