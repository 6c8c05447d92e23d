//! Files of models.

use insta::assert_snapshot;

use super::{ENDPOINT, Found, TABLE, arguments};
use crate::command::Workplace;

const AGE: &str = "[[models]]\nname = \"clinical\"\ncovariates = [\"age\"]\n";

/// What is said of a file of models that is refused.
#[track_caller]
fn refusal(models: &str, options: &str) -> String {
    let workplace = Workplace::with_files([("table.csv", TABLE), ("models.toml", models)]);
    workplace.refuses(&arguments(&format!("{ENDPOINT} --models models.toml {options}")))
}

#[test]
fn models_of_a_file_stand_behind_that_of_the_options() {
    let models = format!("{AGE}label = \"Clinical model\"\n\n[[models]]\nname = \"offset\"\noffset = \"entry\"\n{SEX}");
    let files = [("table.csv", TABLE), ("models.toml", models.as_str())];
    let found = Found::with_files(files, &format!("{ENDPOINT} --models models.toml --covariates ecog"));
    let names = found.part("/models").as_array().expect("a list").iter().map(|it| it["name"].clone());
    assert_eq!(names.collect::<Vec<_>>(), ["table", "clinical", "offset"]);
    assert!(found.printed.contains("model Clinical model: 8 rows, 5 events"), "{}", found.printed);
}

const SEX: &str = "factors = [{ column = \"sex\", reference = \"f\" }]\n";

#[test]
fn an_unknown_key() {
    assert_snapshot!(refusal(&format!("{AGE}factor = []\n"), ""), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'models.toml', line 4: unknown field 'factor', expected one of 'name', 'label', 'covariates', 'factors', 'splines', 'offset', 'interaction', 'penalty'; did you mean 'factors'?
    ");
    assert_snapshot!(refusal("[[model]]\nname = \"a\"\n", ""), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'models.toml', line 1: unknown field 'model', expected 'models'; did you mean 'models'?
    ");
}

#[test]
fn two_models_of_one_name() {
    assert_snapshot!(refusal(&format!("{AGE}{AGE}"), ""), @"
    exit code 1
    --- stdout
    --- stderr
    error: model 'clinical' stands twice; each needs a name of its own
    ");
    // The model of the options has a name, too.
    assert_snapshot!(refusal(&AGE.replace("clinical", "table"), "--covariates age"), @"
    exit code 1
    --- stdout
    --- stderr
    error: model 'table' stands twice; each needs a name of its own
    ");
}

#[test]
fn a_model_that_says_nothing_or_too_much() {
    for (model, problem) in [
        ("", "has no covariates, factors, splines or interaction"),
        ("covariates = [\"age\", \"age\"]", "names column 'age' twice"),
        ("splines = [{ column = \"age\", knots = 2 }]", "has a spline whose knots are not from 3 to 7"),
        ("covariates = [\"age\"]\npenalty = { ridge = { theta = 0.0 } }", "has a theta not above 0"),
        (
            "covariates = [\"age\"]\npenalty = { elastic_net = { alpha = 2.0, folds = 5 } }",
            "has an alpha outside 0 to 1",
        ),
        ("covariates = [\"age\"]\npenalty = { elastic_net = { alpha = 1.0, folds = 2 } }", "has fewer than 3 folds"),
    ] {
        let text = refusal(&format!("[[models]]\nname = \"clinical\"\n{model}\n"), "");
        assert_eq!(text, format!("exit code 1\n--- stdout\n--- stderr\nerror: model 'clinical' {problem}\n"));
    }
    assert_snapshot!(refusal(&AGE.replace("clinical", "of clinic"), ""), @"
    exit code 1
    --- stdout
    --- stderr
    error: model 'of clinic' needs a name of letters, digits, '_' and '-'; put words in label
    ");
}

#[test]
fn a_file_without_models() {
    assert_snapshot!(refusal("", ""), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'models.toml', line 1: missing field 'models'
    ");
    assert_snapshot!(refusal("models = []", ""), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'models.toml': has no [[models]]
    ");
    assert_snapshot!(refusal("[[models]\n", ""), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'models.toml', line 1: unclosed array table, expected ']'
    ");
    let workplace = Workplace::with_files([("table.csv", TABLE)]);
    assert_snapshot!(workplace.refuses(&arguments(&format!("{ENDPOINT} --models models.toml"))), @"
    exit code 1
    --- stdout
    --- stderr
    error: cannot read 'models.toml': No such file or directory (os error 2)
    ");
}

#[test]
fn a_column_or_a_reference_that_is_not_there() {
    assert_snapshot!(refusal(&AGE.replace("\"age\"", "\"agee\""), ""), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' has no column 'agee' (found: id, time, status, sex, age, weight, entry, ecog); did you mean 'age'?
    ");
    assert_snapshot!(refusal(&format!("{AGE}{}", SEX.replace("\"f\"", "\"female\"")), ""), @"
    exit code 1
    --- stdout
    --- stderr
    error: 'table.csv' column 'sex' never says 'female', the reference of the factor (found: 'f', 'm')
    ");
}
