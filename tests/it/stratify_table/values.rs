//! Columns and values: what is wrong is named with its row, its column, what was found and what was expected. A row that
//! lacks something is left out and listed.

use insta::assert_snapshot;

use super::{ENDPOINT, Found, TABLE, refusal, with};

#[test]
fn a_column_that_is_not_there() {
    for option in ["--covariates", "--by", "--strata", "--weights", "--cluster", "--entry", "--id", "--cutpoint"] {
        let text = refusal(TABLE, &format!("{ENDPOINT} {option} agee"));
        assert!(text.contains("has no column 'agee'") && text.contains("did you mean 'age'?"), "{option}: {text}");
    }
    assert_snapshot!(refusal(TABLE, &format!("{ENDPOINT} --covariates agee")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' has no column 'agee' (found: id, time, status, sex, age, weight, entry, ecog); did you mean 'age'?
    ");
    assert_snapshot!(refusal(TABLE, "--time months --event status=1 --unit months"), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' has no column 'months' (found: id, time, status, sex, age, weight, entry, ecog)
    ");
}

#[test]
fn a_status_column_that_is_a_time() {
    assert_snapshot!(refusal(TABLE, "--time age --event time=1 --unit months"), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' column 'time' never says 1, which was declared to be the event (found: '12', '15', '18', '20', '5', '8', '9')
    ");
    let rows: Vec<String> = (1..=30).map(|row| format!("{row},{}\n", 10 * row)).collect();
    let rows = rows.concat();
    assert_snapshot!(refusal(&format!("time,status\n{rows}"), "--time time --event status=10 --unit days"), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' column 'status' holds 30 different values ('10', '100', '110', '120', '130', '140', '150', '160' and 22 more), so it says no status; is it the time?
    ");
}

#[test]
fn an_event_that_never_occurs() {
    assert_snapshot!(refusal(TABLE, "--time time --event status=dead --unit months"), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' column 'status' never says dead, which was declared to be the event (found: '0', '1')
    ");
    let censored = TABLE.replace(",1,f,", ",0,f,").replace(",1,m,", ",0,m,");
    assert_snapshot!(refusal(&censored, ENDPOINT), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' column 'status' never says 1, which was declared to be the event (found: '0')
    ");
    assert_snapshot!(refusal(TABLE, &format!("{ENDPOINT} --competing death=3")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' column 'status' never says 3, which was declared to be death (found: '0', '1')
    ");
}

#[test]
fn statuses_that_nobody_declared() {
    let table = with("p2,8,0", "p2,8,lost");
    assert_snapshot!(refusal(&table, ENDPOINT), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' column 'status' holds '0', 'lost' beside the event (1); say which of them mean censored, and which a competing event
    ");
    assert_snapshot!(refusal(&table, &format!("{ENDPOINT} --censored 0")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' column 'status' holds 'lost' beside the event (1); say which of them mean censored, and which a competing event
    ");
    let found = Found::in_table(&table, &format!("{ENDPOINT} --censored 0,lost"));
    assert_eq!(found.part("/n_events"), 5);
}

#[test]
fn a_value_that_means_two_things() {
    assert_snapshot!(refusal(TABLE, &format!("{ENDPOINT} --competing death=1")), @"
    exit code 1
    --- stdout
    --- stderr
    error: status 1 is declared to mean two things; it can mean one
    ");
    assert_snapshot!(refusal(TABLE, &format!("{ENDPOINT} --censored 0,1")), @"
    exit code 1
    --- stdout
    --- stderr
    error: status 1 is declared to mean two things; it can mean one
    ");
}

#[test]
fn a_reference_that_never_occurs() {
    assert_snapshot!(refusal(TABLE, &format!("{ENDPOINT} --factor sex=F")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' column 'sex' never says 'F', the reference of the factor (found: 'f', 'm'); did you mean 'f'?
    ");
    assert_snapshot!(refusal(TABLE, &format!("{ENDPOINT} --factor ecog=none")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' column 'ecog' never says 'none', the reference of the factor (found: '0', '1', '2', '3')
    ");
    let table = "time,status,stage\n1,1,\n2,0,\n";
    assert_snapshot!(refusal(table, &format!("{ENDPOINT} --factor stage=I")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' column 'stage' never says 'I', the reference of the factor (found: nothing)
    ");
}

#[test]
fn a_class_that_was_not_named() {
    assert_snapshot!(refusal(TABLE, &format!("{ENDPOINT} --by sex=f,x")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' column 'sex' holds 'm', which is none of the classes that were named (f, x)
    ");
}

#[test]
fn text_in_a_column_of_numbers() {
    let table = with("p3,9,1,f,71", "p3,9,1,f,old");
    assert_snapshot!(refusal(&table, &format!("{ENDPOINT} --covariates age")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv', row 4, column 'age': found 'old', expected a number or an empty cell
    ");
    assert_snapshot!(refusal(&with("p3,9,", "p3,9 months,"), ENDPOINT), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv', row 4, column 'time': found '9 months', expected a number or an empty cell
    ");
    assert_snapshot!(refusal(&with("2,1,1\n", "2,later,1\n"), &format!("{ENDPOINT} --entry entry")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv', row 3, column 'entry': found 'later', expected a number or an empty cell
    ");
}

#[test]
fn numbers_that_are_not_finite() {
    for number in ["NaN", "inf", "-inf", "1e999"] {
        let text = refusal(&with("p3,9,", &format!("p3,{number},")), ENDPOINT);
        assert!(text.contains(&format!("row 4, column 'time': found '{number}'")), "{text}");
    }
    assert_snapshot!(refusal(&with("p3,9,", "p3,inf,"), ENDPOINT), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv', row 4, column 'time': found 'inf', expected a number or an empty cell
    ");
}

#[test]
fn a_weight_below_0() {
    let table = with("p3,9,1,f,71,1,", "p3,9,1,f,71,-0.5,");
    assert_snapshot!(refusal(&table, &format!("{ENDPOINT} --weights weight")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv', row 4, column 'weight': found '-0.5', expected a weight of 0 or more
    ");
}

#[test]
fn a_row_without_a_name() {
    assert_snapshot!(refusal(&with("p3,", ","), &format!("{ENDPOINT} --id id")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv', row 4, column 'id': found '', expected an identifier
    ");
}

#[test]
fn tables_without_rows() {
    assert_snapshot!(refusal("time,status\n", ENDPOINT), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' has a header and no rows
    ");
    assert_snapshot!(refusal("", ENDPOINT), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' is empty, expected a header line and rows
    ");
}

#[test]
fn rows_that_cannot_be_analysed_are_listed() {
    let table = "\
id,time,status,entry,weight,centre,stage
p1,5,1,0,1,a,I
p2,,1,0,1,a,I
p3,-1,1,-2,1,a,I
p4,4,NA,0,1,a,I
p5,4,0,,1,a,I
p6,4,0,4,1,a,I
p7,4,0,9,1,a,I
p8,4,0,0,,a,I
p9,4,0,0,0,a,I
p10,4,0,0,1,,I
p11,4,0,0,1,a,
p12,0,0,-1,1,a,I
";
    let options = format!("{ENDPOINT} --entry entry --weights weight --cluster centre --strata stage");
    let found = Found::in_table(table, &format!("{options} --id id"));
    assert_snapshot!(found.printed, @"
    exit code 0
    --- stdout
    2 of 12 rows analysed, 1 event
      left out: 1 time of follow-up missing
      left out: 1 time of follow-up below 0
      left out: 1 status missing
      left out: 1 time of entry missing
      left out: 2 follow-up ends before it begins
      left out: 1 weight missing
      left out: 1 weight of 0
      left out: 1 cluster missing
      left out: 1 stratum missing
      median follow-up 0.0 months (not reached–not reached)
      median survival 5.0 months (not reached–not reached)
    wrote out
    --- stderr
    ");
    assert_snapshot!(found.workplace.read("out/excluded.tsv"), @"
    id	analysis	reason	found	expected
    p2	table	time_missing		a time
    p3	table	time_negative	-1	a time of 0 or more
    p4	table	status_missing		event, competing event or censored
    p5	table	entry_missing		a time of entry
    p6	table	entry_not_before_end	entry 4, end 4	a time of entry before the end of follow-up
    p7	table	entry_not_before_end	entry 9, end 4	a time of entry before the end of follow-up
    p8	table	weight_missing		a weight
    p9	table	weight_zero	0	a weight above 0
    p10	table	cluster_missing		a cluster
    p11	table	stratum_missing		a value of every stratum column
    ");
    // Without a name, a row is called by its line.
    let found = Found::in_table(table, &options);
    assert!(found.workplace.read("out/excluded.tsv").contains("\nline 3\ttable\ttime_missing\t"));
}

#[test]
fn a_table_of_which_no_row_can_be_analysed() {
    let table = TABLE.replace("time,status,sex,age,weight,entry", "entry,status,sex,age,weight,time");
    assert_snapshot!(refusal(&table, &format!("{ENDPOINT} --entry entry")), @"
    exit code 1
    --- stdout
    --- stderr
    error: cannot analyse 'table.csv': no row can be analysed for 'table' (left out: 8 follow-up ends before it begins)
    ");
}
