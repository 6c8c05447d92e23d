//! Clinical tables that do not answer what the study asks; and patients who are left out of survival, and counted.

use insta::assert_snapshot;

use super::{RUN, refusal_after};
use crate::command::Workplace;

/// The first row of the bundled clinical table.
const FIRST: &str = "0001\t70\tmale\tIII\tMSS\tB\t2140\t0\t2140\t0\n";

/// The bundled cohort with these texts in place of those in a column of the clinical table.
fn with_column(column: &str, value: impl Fn(&str) -> String) -> Workplace {
    let workplace = Workplace::with_cohort();
    let text = workplace.read("clinical.tsv");
    let at = text.lines().next().and_then(|it| it.split('\t').position(|it| it == column)).expect("a column");
    let row = |(row, line): (usize, &str)| {
        let mut cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
        if row > 0 {
            cells[at] = value(&cells[at]);
        }
        cells.join("\t") + "\n"
    };
    workplace.write("clinical.tsv", text.lines().enumerate().map(row).collect::<String>());
    workplace
}

#[test]
fn a_missing_column_is_named_with_the_one_that_resembles_it() {
    assert_snapshot!(refusal_after("clinical.tsv", "rfs_days", "rfs_day"), @"
    exit code 1
    --- stdout
    read 300 patients, scored 284, rejected 16
    --- stderr
    error: 'clinical.tsv' has no column 'rfs_days' (found: patient_id, age_years, sex, stage, msi, centre, os_days, os_event, rfs_day, rfs_event); did you mean 'rfs_day'?
    ");
    assert_snapshot!(refusal_after("clinical.tsv", "patient_id", "id"), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'clinical.tsv' has no column 'patient_id' (found: id, age_years, sex, stage, msi, centre, os_days, os_event, rfs_days, rfs_event)
    ");
}

#[test]
fn a_missing_column_of_a_model_is_named() {
    assert_snapshot!(refusal_after("study.toml", "[\"age_years\"]", "[\"age\"]"), @"
    exit code 1
    --- stdout
    read 300 patients, scored 284, rejected 16
    --- stderr
    error: 'clinical.tsv' has no column 'age' (found: patient_id, age_years, sex, stage, msi, centre, os_days, os_event, rfs_days, rfs_event); did you mean 'age_years'?
    ");
}

#[test]
fn a_patient_stands_once() {
    let again = format!("{FIRST}{}", FIRST.replace("\t2140", "\t99"));
    assert_snapshot!(refusal_after("clinical.tsv", FIRST, &again), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'clinical.tsv', rows 2 and 3: patient '0001' stands twice; each may stand once
    ");
}

#[test]
fn a_time_that_is_no_number_is_named() {
    assert_snapshot!(refusal_after("clinical.tsv", FIRST, &FIRST.replace("\t2140\t0\t2140", "\t5 years\t0\t2140")), @"
    exit code 1
    --- stdout
    read 300 patients, scored 284, rejected 16
    --- stderr
    error: 'clinical.tsv', row 2, column 'os_days': found '5 years', expected a number or an empty cell
    ");
}

#[test]
fn a_covariate_that_is_no_number_is_named() {
    assert_snapshot!(refusal_after("clinical.tsv", FIRST, &FIRST.replace("\t70\t", "\t>70\t")), @"
    exit code 1
    --- stdout
    read 300 patients, scored 284, rejected 16
    --- stderr
    error: 'clinical.tsv', row 2, column 'age_years': found '>70', expected a number or an empty cell
    ");
}

#[test]
fn values_that_are_neither_event_nor_censored_are_listed_with_their_rows() {
    assert_snapshot!(refusal_after("study.toml", "value = 1, censored = 0", "value = 1, censored = \"alive\""), @"
    exit code 1
    --- stdout
    read 300 patients, scored 284, rejected 16
    --- stderr
    error: 'clinical.tsv' column 'os_event' of endpoint 'os' holds values that are neither the event (1) nor censored (alive): '0' (rows 2, 6, 7, 9, 10 and 167 more); declare them in event = { value = …, censored = … }
    ");
}

#[test]
fn an_endpoint_that_nobody_reached_is_refused() {
    assert_snapshot!(with_column("os_event", |_| "0".to_owned()).refuses(&RUN), @"
    exit code 1
    --- stdout
    read 300 patients, scored 284, rejected 16
    --- stderr
    error: 'clinical.tsv' column 'os_event' of endpoint 'os' has nobody with the event (1) among 300 patients; check event = { value = …, censored = … }
    ");
}

#[test]
fn an_endpoint_that_everybody_reached_is_refused() {
    assert_snapshot!(with_column("os_event", |_| "1".to_owned()).refuses(&RUN), @"
    exit code 1
    --- stdout
    read 300 patients, scored 284, rejected 16
    --- stderr
    error: 'clinical.tsv' column 'os_event' of endpoint 'os' has everybody with the event (1) among 300 patients; check event = { value = …, censored = … }
    ");
}

#[test]
fn an_endpoint_that_nobody_analysed_reached_is_refused() {
    // The only event is that of a patient without a margin, who has no score.
    let workplace = with_column("os_event", |_| "0".to_owned());
    let text = workplace.read("clinical.tsv");
    let rejected = text.lines().find(|it| it.starts_with("0013")).expect("a patient without margin");
    let mut cells: Vec<&str> = rejected.split('\t').collect();
    cells[7] = "1";
    workplace.write("clinical.tsv", text.replace(rejected, &cells.join("\t")));
    assert_snapshot!(workplace.refuses(&RUN), @"
    exit code 1
    --- stdout
    read 300 patients, scored 284, rejected 16
    --- stderr
    error: cannot analyse 'clinical.tsv': none of the 277 patients analysed for endpoint 'os' had the event (left out: 3 in the clinical table, without densities; 16 densities rejected, so no score; 3 not in the clinical table; 4 time of follow-up missing)
    ");
}

#[test]
fn tables_without_a_patient_in_common_are_refused() {
    assert_snapshot!(with_column("patient_id", |id| format!("P{id}")).refuses(&RUN), @"
    exit code 1
    --- stdout
    read 300 patients, scored 284, rejected 16
    --- stderr
    error: cannot analyse 'clinical.tsv': no patient can be analysed for endpoint 'os' (left out: 300 in the clinical table, without densities; 16 densities rejected, so no score; 284 not in the clinical table); are the ids of both tables the same?
    ");
}

#[test]
fn a_reference_class_that_nobody_has_is_refused_with_a_suggestion() {
    assert_snapshot!(refusal_after("study.toml", "\"MSS\"", "\"MS-S\""), @"
    exit code 1
    --- stdout
    read 300 patients, scored 284, rejected 16
    --- stderr
    error: 'clinical.tsv' column 'msi' never says 'MS-S', the reference of the factor (found: 'MSI', 'MSS'); did you mean 'MSS'?
    ");
}

#[test]
fn a_training_split_that_nobody_is_in_is_refused() {
    let training = "mode = \"training\"\nsplit_column = \"centre\"\nsplit_value = \"D\"";
    let mode = "mode = \"external\"\nfile = \"reference.json\"";
    assert_snapshot!(refusal_after("study.toml", mode, training), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'clinical.tsv' has no patient with 'D' in column 'centre' (found: A, B, C)
    ");
}

/// Patients whom a table leaves out for an endpoint, by the reason.
fn excluded(workplace: &Workplace, endpoint: &str, reason: &str) -> Vec<String> {
    let table = workplace.read("out/excluded.tsv");
    let rows = table.lines().map(|it| it.split('\t').collect::<Vec<_>>());
    rows.filter(|it| it[2] == endpoint && it[3] == reason).map(|it| it[0].to_owned()).collect()
}

#[test]
fn patients_without_follow_up_or_densities_are_left_out_and_counted() {
    let workplace = Workplace::with_cohort();
    workplace.finishes(&RUN);
    for endpoint in ["os", "rfs"] {
        assert_eq!(excluded(&workplace, endpoint, "no_densities"), ["0045", "0169", "0300"]);
        assert_eq!(excluded(&workplace, endpoint, "no_clinical_row"), ["0022", "0143", "0288"]);
        assert_eq!(excluded(&workplace, endpoint, "time_missing"), ["0061", "0115", "0206", "0254"]);
        assert_eq!(excluded(&workplace, endpoint, "not_scored").len(), 16);
    }
    assert!(excluded(&workplace, "os", "time_not_positive").is_empty());
    assert_eq!(excluded(&workplace, "rfs", "time_not_positive"), ["0088", "0231"]);
}

#[test]
fn a_patient_whose_event_is_not_known_is_left_out_and_counted() {
    let workplace = Workplace::with_cohort();
    workplace.edit("clinical.tsv", FIRST, &FIRST.replace("\t2140\t0\t2140\t0", "\t2140\tNA\t2140\t0"));
    workplace.finishes(&RUN);
    assert_eq!(excluded(&workplace, "os", "event_missing"), ["0001"]);
    assert!(excluded(&workplace, "rfs", "event_missing").is_empty());
}
