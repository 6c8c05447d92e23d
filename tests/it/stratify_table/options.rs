//! Options that contradict each other or the table end with 1; a command line that cannot be understood ends with 2.

use insta::assert_snapshot;

use super::{ENDPOINT, Found, TABLE, arguments, refusal};
use crate::command::Workplace;

/// What is said of a command line that cannot be understood, which leaves nothing behind.
#[track_caller]
fn wrong_usage(options: &str) -> String {
    let workplace = Workplace::with_files([("table.csv", TABLE)]);
    let text = workplace.run(&arguments(options));
    assert!(text.starts_with("exit code 2\n--- stdout\n--- stderr\n"), "{text}");
    assert!(!workplace.path("out").exists());
    text
}

#[test]
fn neither_a_study_nor_an_endpoint() {
    assert_snapshot!(wrong_usage("--quiet"), @"
    exit code 2
    --- stdout
    --- stderr
    error: stratify needs --scored <DIR> with a study file, or --time, --event and --unit with a table of patients

    Usage: contexture stratify [OPTIONS] --output <DIR> <STUDY.toml|TABLE>

    For more information, try '--help'.
    ");
}

#[test]
fn an_endpoint_in_part() {
    assert_snapshot!(wrong_usage("--time time --event status=1"), @"
    exit code 2
    --- stdout
    --- stderr
    error: the following required arguments were not provided:
      --unit <UNIT>

    Usage: contexture stratify --output <DIR> --time <COL> --event <COL=VALUE[,VALUE]> --unit <UNIT> <STUDY.toml|TABLE>

    For more information, try '--help'.
    ");
    for (options, missing) in [
        ("--time time --unit days", "--event <COL=VALUE[,VALUE]>"),
        ("--event status=1 --unit days", "--time <COL>"),
        ("--by sex", "--time <COL>"),
    ] {
        assert!(wrong_usage(options).contains(missing), "{options}");
    }
}

#[test]
fn an_endpoint_and_a_study() {
    let text = wrong_usage(&format!("{ENDPOINT} --scored scored"));
    assert!(text.contains("'--time <COL>' cannot be used with '--scored <DIR>'"), "{text}");
}

#[test]
fn words_that_are_no_value_of_an_option() {
    for (options, problem) in [
        ("--time time --event status --unit days", "expected NAME=VALUE, such as status=1"),
        ("--time time --event =1 --unit days", "expected NAME=VALUE, such as status=1"),
        ("--time time --event status=1 --unit weeks", "[possible values: days, months, years]"),
        (&format!("{ENDPOINT} --factor sex"), "expected COL=REF"),
        (&format!("{ENDPOINT} --by sex=f"), "expected at least two classes behind '='"),
        (&format!("{ENDPOINT} --times soon"), "invalid value 'soon' for '--times <T,T>'"),
        (&format!("{ENDPOINT} --bootstrap 0"), "invalid value '0' for '--bootstrap <N>'"),
        (&format!("{ENDPOINT} --ties efon"), "a similar value exists: 'efron'"),
        (&format!("{ENDPOINT} --test logrank"), "a similar value exists: 'log-rank'"),
        (&format!("{ENDPOINT} --test fh:0.5"), "invalid test 'fh:0.5': expected fh:P:Q"),
        (&format!("{ENDPOINT} --test fh:-1:0"), "invalid test 'fh:-1:0': expected fh:P:Q"),
        (&format!("{ENDPOINT} --test g-rho:nan"), "invalid test 'g-rho:nan': expected fh:P:Q"),
        (&format!("{ENDPOINT} --quantiles half"), "invalid value 'half' for '--quantiles <P,P>'"),
        (&format!("{ENDPOINT} --covariate age"), "a similar argument exists: '--covariates'"),
    ] {
        let text = wrong_usage(options);
        assert!(text.contains(problem), "{options}: {text}");
    }
}

#[test]
fn times_that_are_not_ascending_numbers_above_0() {
    assert_snapshot!(refusal(TABLE, &format!("{ENDPOINT} --times 12,6")), @"
    exit code 1
    --- stdout
    --- stderr
    error: times are 12, 6, expected numbers greater than 0, ascending
    ");
    for times in ["6,6", "0,6", "-1", "inf", "nan,6"] {
        let text = refusal(TABLE, &format!("{ENDPOINT} --times={times}"));
        assert!(text.contains("expected numbers greater than 0, ascending"), "{text}");
    }
}

#[test]
fn quantiles_that_are_no_shares() {
    for quantiles in ["0,0.5", "0.5,1", "0.5,0.25", "nan"] {
        let text = refusal(TABLE, &format!("{ENDPOINT} --quantiles {quantiles}"));
        assert!(text.contains("expected shares between 0 and 1, ascending"), "{text}");
    }
}

#[test]
fn exact_ties_with_weights() {
    assert_snapshot!(refusal(TABLE, &format!("{ENDPOINT} --covariates age --ties exact --weights weight")), @"
    exit code 1
    --- stdout
    --- stderr
    error: ties are exact and there are weights; the exact likelihood is not defined for weights
    ");
}

#[test]
fn what_is_named_twice() {
    for (options, problem) in [
        ("--covariates age,age", "model 'table' names column 'age' twice"),
        ("--factor ecog=0 --factor ecog=1", "model 'table' names column 'ecog' twice"),
        ("--by sex --by sex=m,f", "by 'sex' stands twice; once is enough"),
        ("--by sex=f,m,f", "by 'sex' names class 'f' twice"),
        (
            "--competing death=2 --competing death=3",
            "competing event 'death' stands twice; name all of its values at once",
        ),
    ] {
        let text = refusal(TABLE, &format!("{ENDPOINT} {options}"));
        assert_eq!(text, format!("exit code 1\n--- stdout\n--- stderr\nerror: {problem}\n"));
    }
}

#[test]
fn a_covariate_that_is_no_number() {
    let words = TABLE.replace("sex", "Sex");
    assert_snapshot!(refusal(&words, &format!("{ENDPOINT} --covariates age,Sex")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' column 'Sex' holds words ('f', 'm'), and cannot enter a model as a number; as classes it can, with one that others are compared with: --factor 'Sex=f'
    ");
    assert_snapshot!(refusal(TABLE, &format!("{ENDPOINT} --id id --covariates age,id")), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' column 'id' names the patients, and cannot be a covariate, too
    ");
}

#[test]
fn a_covariate_that_is_also_a_factor_enters_as_classes() {
    let alone = Found::in_table(TABLE, &format!("{ENDPOINT} --covariates age --factor sex=f"));
    let both = Found::in_table(TABLE, &format!("{ENDPOINT} --covariates age,sex --factor sex=f"));
    assert_eq!(both.part("/models"), alone.part("/models"));
}

#[test]
fn columns_to_compare_by_are_listed_or_repeated() {
    let listed = Found::in_table(TABLE, &format!("{ENDPOINT} --by sex,ecog"));
    let repeated = Found::in_table(TABLE, &format!("{ENDPOINT} --by sex --by ecog"));
    assert_eq!(listed.part("/groups"), repeated.part("/groups"));
    assert_eq!(listed.part("/groups").as_array().map(Vec::len), Some(2));
}

#[test]
fn a_column_of_the_outcome_that_is_to_explain_it() {
    for (options, problem) in [
        ("--covariates time", "column 'time' is the time, and cannot be a column of model 'table', too"),
        ("--factor status=0", "column 'status' is the status, and cannot be a column of model 'table', too"),
        ("--by status", "column 'status' is the status, and cannot be in by, too"),
        (
            "--entry entry --covariates age,entry",
            "column 'entry' is the time of entry, and cannot be a column of model",
        ),
        ("--weights weight --covariates weight", "column 'weight' is the weight, and cannot be a column of model"),
        ("--cutpoint time", "column 'time' is the time, and cannot be searched for a cut-point, too"),
        ("--two-cutpoints time", "column 'time' is the time, and cannot be searched for two cut-points, too"),
        ("--strata status", "column 'status' is the status, and cannot be a stratum, too"),
        ("--cluster time", "column 'time' is the time, and cannot be the cluster, too"),
        ("--entry time", "column 'time' is said to be the time and the time of entry; it can be one of them"),
        ("--by sex --strata sex", "column 'sex' is a stratum and in by, too; within strata its classes never meet"),
    ] {
        let text = refusal(TABLE, &format!("{ENDPOINT} {options}"));
        assert!(
            text.starts_with(&format!("exit code 1\n--- stdout\n--- stderr\nerror: {problem}")),
            "{options}: {text}"
        );
    }
}

#[test]
fn a_table_that_is_not_there() {
    assert_snapshot!(Workplace::with_files([]).refuses(&arguments(ENDPOINT)), @"
    exit code 1
    --- stdout
    --- stderr
    error: cannot read 'table.csv': No such file or directory (os error 2)
    ");
}

#[test]
fn a_folder_that_holds_something() {
    let workplace = Workplace::with_files([("table.csv", TABLE), ("out/mine.txt", "precious")]);
    assert_snapshot!(workplace.refuses(&arguments(ENDPOINT)), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'out' is not empty; choose another folder, or say --force to replace the results in it
    ");
}
