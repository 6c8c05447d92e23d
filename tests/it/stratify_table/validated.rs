//! What is left of models and cuts that were chosen by the data, each step repeated in every sample.

use serde_json::Value;

use super::{Found, dataset, with_column};

/// Two ways to the same model differ by the tolerance of the iteration.
const SAME_MODEL: f64 = 1e-6;

const ENDPOINT: &str = "--time time --event status=2 --unit days --bootstrap 12 --seed 5";

/// A number that goes with nothing (the finalizer of `SplitMix64`).
fn scattered(place: u64) -> u64 {
    let mut mixed = place.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (mixed ^ (mixed >> 31)) >> 44
}

/// The lung data with columns that say nothing.
fn with_noise(n_columns: usize) -> (String, Vec<String>) {
    let names: Vec<String> = (0..n_columns).map(|it| format!("noise{it}")).collect();
    let mut table = dataset("lung");
    for (column, name) in names.iter().enumerate() {
        table = with_column(&table, name, |row, _| scattered((1000 * column + row) as u64).to_string());
    }
    (table, names)
}

fn with_models(table: &str, models: &str, options: &str) -> Found {
    let options = format!("{ENDPOINT} --models models.toml {options}");
    Found::with_files([("table.csv", table), ("models.toml", models)], &options)
}

#[track_caller]
fn assert_same(found: Option<f64>, expected: &Value) {
    let (found, expected) = (found.expect("a number"), expected.as_f64().expect("a number"));
    assert!((found - expected).abs() < SAME_MODEL, "{found} {expected}");
}

/// A penalty of next to nothing is none, and the samples are the same.
#[test]
fn ridge_without_strength_is_validated_as_cox() {
    let models =
        "[[models]]\nname = \"m\"\ncovariates = [\"age\", \"ph.ecog\"]\npenalty = { ridge = { theta = 1e-9 } }\n";
    let found = with_models(&dataset("lung"), models, "");
    let validated = |part: &str| found.part("/models/0")[part].clone();
    let (ridge, cox) = (validated("penalized_validation"), validated("performance")["validation"].clone());
    for measure in ["concordance", "royston_d", "calibration_slope"] {
        assert_same(ridge[measure]["corrected"].as_f64(), &cox[measure]["corrected"]);
    }
    let of_table = |column: &str| found.column("penalized_models", column, &[("model", "m")])[0];
    assert_same(of_table("concordance_corrected_for_optimism"), &cox["concordance"]["corrected"]);
    assert_eq!(of_table("n_replicates"), Some(12.0));
}

/// A lasso finds columns in noise; chosen anew in each sample, they are worth nothing.
#[test]
fn a_lasso_of_noise_is_found_out() {
    let (table, names) = with_noise(12);
    let models = format!(
        "[[models]]\nname = \"m\"\ncovariates = {names:?}\npenalty = {{ elastic_net = {{ alpha = 0.5, folds = 5 }} }}\n"
    );
    let found = with_models(&table, &models, "");
    let cox = &found.part("/models/0/performance/validation/concordance");
    let (apparent, corrected) = (cox["apparent"].as_f64().expect("C"), cox["corrected"].as_f64().expect("C"));
    assert!(corrected < apparent - 0.05, "{apparent} {corrected}");
    let of_table = |column: &str| found.column("penalized_models", column, &[("choice", "best")])[0].expect("a number");
    let corrected = of_table("concordance_corrected_for_optimism");
    assert!(corrected < 0.55 && of_table("concordance_harrell") > corrected, "{corrected}");
    let other = found.column("penalized_models", "concordance_harrell", &[("choice", "one_std_err")]);
    assert_eq!(other, [None], "the model that predicts best is validated");
    assert!(found.printed.contains("12 bootstrap samples, each with its strength chosen anew"), "{}", found.printed);
}

/// Where there is one cut, its search is no step.
#[test]
fn a_cut_of_two_values_is_validated_as_cox() {
    let options = format!("{ENDPOINT} --covariates sex --cutpoint sex");
    let found = Found::in_table(&dataset("lung"), &options);
    let cox = found.part("/models/0/performance/validation/concordance/corrected");
    assert_same(found.part("/cutpoints/validations/0/validation/concordance/corrected").as_f64(), cox);
    assert_same(found.column("cutpoints", "concordance_corrected_for_search", &[])[0], cox);
}

#[test]
fn a_cut_in_noise_is_found_out() {
    let (table, names) = with_noise(1);
    let found = Found::in_table(&table, &format!("{ENDPOINT} --cutpoint {}", names[0]));
    let of_cut = &found.part("/cutpoints/validations/0/validation/concordance");
    let (apparent, corrected) = (of_cut["apparent"].as_f64().expect("C"), of_cut["corrected"].as_f64().expect("C"));
    assert!(corrected < apparent, "{apparent} {corrected}");
    assert!(found.printed.contains("each searched anew"), "{}", found.printed);
}

#[test]
fn nothing_is_validated_unless_it_is_asked_for() {
    let found = Found::in_table(&dataset("lung"), "--time time --event status=2 --unit days --cutpoint age");
    assert_eq!(found.part("/cutpoints/validations"), &Value::Array(Vec::new()));
    assert_eq!(found.column("cutpoints", "concordance_corrected_for_search", &[]), [None]);
}

/// A model must not be judged on the second row of a patient whose first it has seen.
#[test]
fn rows_of_a_cluster_are_in_one_fold() {
    let lung = with_column(&dataset("lung"), "patient", |row, _| row.to_string());
    let (header, rows) = lung.split_once('\n').expect("rows");
    let table = format!("{header}\n{rows}{rows}");
    let models = "[[models]]\nname = \"m\"\ncovariates = [\"age\", \"ph.ecog\", \"sex\"]\n\
                  penalty = { elastic_net = { alpha = 1.0, folds = 5 } }\n";
    let options = "--time time --event status=2 --unit days --models models.toml --cluster patient";
    let found = Found::with_files([("table.csv", &table), ("models.toml", models)], options);
    let folds = found.part("/models/0/penalized/elastic_net/folds").as_array().expect("folds").clone();
    // Rows that say the same stand beside each other.
    assert!(folds.chunks(2).all(|it| it[0] == it[1]), "{folds:?}");
    let in_fold = |fold: u64| folds.iter().filter(|it| it.as_u64() == Some(fold)).count();
    assert!((0..5).all(|it| (90..=92).contains(&in_fold(it))), "{folds:?}");
}
