//! Models with a penalty: the tidy tables hold what R's do, and the summary names the strength.

use insta::assert_snapshot;
use serde_json::Value;

use super::{Found, dataset};
use crate::reference_r::{ITERATED, assert_all_near, expected};

/// glmnet's minimum is as good as its objective is, to the square root of the precision of a number.
const MINIMUM: f64 = 1e-6;

#[test]
fn ridge() {
    let models = "[[models]]\nname = \"small\"\ncovariates = [\"age\", \"sex\", \"ph.ecog\"]\npenalty = { ridge = { theta = 20.0 } }\n";
    let files = [("table.csv", dataset("lung")), ("models.toml", models.to_owned())];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let found = Found::with_files(files, "--time time --event status=2 --unit days --models models.toml");
    let expected = expected("cox_lung_ridge_scaled");
    let coefficients = found.column("penalized_coefficients", "log_hazard_ratio", &[("penalty", "ridge")]);
    assert_all_near(&coefficients, &expected["coef"], ITERATED);
    let of_model = |column: &str| found.column("penalized_models", column, &[("model", "small")]);
    assert_all_near(&of_model("degrees_of_freedom"), &expected["df"], ITERATED);
    assert_all_near(&of_model("log_likelihood"), &expected["loglik"][1], ITERATED);
    assert_eq!(of_model("theta"), [Some(20.0)]);
    let printed = found.printed.split("  without the penalty:").nth(1).expect("a model with a penalty");
    assert_snapshot!(printed, @"
               hazard ratio (95 %)  p
      age      1.01 (0.99–1.03)     0.232
      sex      0.58 (0.41–0.80)     0.0010
      ph.ecog  1.59 (1.27–1.99)     <0.0001
      C (Harrell) = 0.637 (0.588–0.686)
      C (Uno) = 0.626 (0.580–0.672)
      with a ridge penalty, theta 20: 2.64 degrees of freedom
               hazard ratio (95 %)  p
      age      1.01 (0.99–1.03)     0.229
      sex      0.62 (0.45–0.84)     0.0019
      ph.ecog  1.51 (1.22–1.86)     0.0001
      proportional hazards: χ² = 4.46 (3 df), p = 0.216
    wrote out
    --- stderr
    ");
}

/// Both chosen models are steps of glmnet's path, with all of its columns.
#[test]
fn lasso() {
    let columns = ["age", "meno", "size", "grade", "nodes", "pgr", "er", "hormon"];
    let models = format!(
        "[[models]]\nname = \"wide\"\ncovariates = {columns:?}\npenalty = {{ elastic_net = {{ alpha = 1.0, folds = 10 }} }}\n"
    );
    let (table, options) =
        (dataset("gbsg"), "--time rfstime --event status=1 --unit days --models models.toml --seed 7");
    let found = Found::with_files([("table.csv", &table), ("models.toml", &models)], options);
    let path = expected("glmnet_gbsg_lasso");
    for choice in ["best", "one_std_err"] {
        let of_choice = |table: &str, column: &str| found.column(table, column, &[("choice", choice)]);
        let step = found.part(&format!("/models/0/penalized/elastic_net/{choice}/step")).as_u64().expect("a step");
        let step = usize::try_from(step).expect("a place");
        assert_all_near(&of_choice("penalized_models", "lambda"), &path["lambda"][step], ITERATED);
        assert_all_near(&of_choice("penalized_models", "n_nonzero"), &path["n_nonzero"][step], ITERATED);
        let found = of_choice("penalized_coefficients", "log_hazard_ratio");
        let expected = path["beta"][step].as_array().expect("coefficients");
        for (found, expected) in found.iter().zip(expected.iter().map(Value::as_f64)) {
            let (found, expected) = (found.expect("a coefficient"), expected.expect("a number"));
            assert!((found - expected).abs() <= MINIMUM, "{choice}: {found} {expected}");
        }
        assert_eq!(found.len(), columns.len());
    }
    let printed = found.printed.split("  without the penalty:").nth(1).expect("a model with a penalty");
    assert_snapshot!(printed, @"
              hazard ratio (95 %)     p
      age     0.99 (0.97–1.01)        0.311
      meno    1.31 (0.91–1.87)        0.145
      size    1.008 (1.000–1.016)     0.051
      grade   1.32 (1.08–1.63)        0.0082
      nodes   1.05 (1.04–1.07)        <0.0001
      pgr     0.998 (0.997–0.999)     0.0001
      er      1.0002 (0.9993–1.0010)  0.708
      hormon  0.71 (0.55–0.92)        0.0089
      C (Harrell) = 0.688 (0.658–0.718)
      C (Uno) = 0.672 (0.637–0.707)
      with an elastic net, alpha 1, its strength by 10-fold cross-validation (split by seed 7):
        predicts best: lambda 0.0168, 6 of 8 columns; within one standard error: lambda 0.0817, 3 of 8
              shrunken hazard ratio  within one standard error
      meno    1.04                   left out
      size    1.006                  left out
      grade   1.28                   1.08
      nodes   1.05                   1.04
      pgr     0.998                  0.9996
      hormon  0.78                   left out
      proportional hazards: χ² = 22.13 (8 df), p = 0.0047: a hazard ratio that changes is an average
    wrote out
    --- stderr
    ");
}

#[test]
fn no_table_without_a_penalty() {
    let found = Found::in_table(&dataset("lung"), "--time time --event status=2 --unit days --covariates age");
    assert!(!found.workplace.path("out/tables/penalized_models.tsv").exists());
}
