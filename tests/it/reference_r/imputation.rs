//! Answers pooled over imputations: mice, and mitml for several estimates.

use contexture::survival::cox::{self, CoxModel};
use contexture::survival::design::{Design, Term};
use contexture::survival::imputation::{self, Pooled, PooledTest};
use serde_json::Value;

use super::{Data, ITERATED, TOLERANCE, assert_all_near, assert_near, expected};

#[test]
fn a_scalar_pooled_as_mice_does() {
    let expected = expected("rubin_pool_scalar");
    let std_errs = [1e-4_f64, 1.1e-4, 9e-5, 1.2e-4, 1.05e-4].map(f64::sqrt);
    let found = imputation::pool(&[0.01, 0.02, 0.015, 0.012, 0.03], &std_errs, Some(199.0)).expect("valid");
    for (found, name) in [
        (found.estimate, "qbar"),
        (found.within_variance, "ubar"),
        (found.between_variance, "b"),
        (found.std_err.powi(2), "t"),
        (found.degrees_of_freedom, "df"),
        (found.relative_increase, "r"),
        (found.fraction_missing, "fmi"),
    ] {
        assert_near(found, expected[name].as_f64().expect("a number"), TOLERANCE);
    }
}

/// `lung` with its missing values taken from donors: the completions of `make_pooling.R`.
fn completed(imputation: usize) -> CoxModel {
    let data = Data::read("lung");
    let column = |name: &str| {
        let texts = data.texts(name);
        let known: Vec<f64> = texts.iter().filter_map(|it| it.parse().ok()).collect();
        let mut n_missing = 0;
        let value = |text: &&str| {
            text.parse().unwrap_or_else(|_| {
                n_missing += 1;
                known[(37 * imputation + 11 * n_missing) % known.len()]
            })
        };
        Term::numeric(name, texts.iter().map(value).collect())
    };
    let design = Design::new(["age", "sex", "ph.ecog", "wt.loss"].map(column).to_vec());
    cox::fit(&data.cohort("time", "status"), &design, None).expect("a model")
}

#[track_caller]
fn assert_test(found: &PooledTest, expected: &Value, tolerance: f64) {
    for (found, name) in [
        (found.f, "f"),
        (found.denominator_degrees_of_freedom, "v"),
        (found.relative_increase, "r"),
        (found.p_value, "p"),
    ] {
        assert_near(found, expected[name].as_f64().expect("a number"), tolerance);
    }
}

/// Variances between imputations are differences of iterated estimates that are nearly equal: of `sex`, they are 1/150.
const BETWEEN: f64 = 1e-6;

#[test]
fn cox_models_pooled_as_mice_does() {
    let expected = expected("rubin_pool_lung");
    let models: Vec<CoxModel> = (1..=5).map(completed).collect();
    let found = imputation::pool_models(&models).expect("valid");
    let column = |value: fn(&Pooled) -> f64| -> Vec<Option<f64>> {
        found.coefficients.iter().map(|it| it.log_hazard_ratio.as_ref().map(value)).collect()
    };
    assert_all_near(&column(|it| it.estimate), &expected["estimate"], ITERATED);
    assert_all_near(&column(|it| it.std_err), &expected["std_err"], ITERATED);
    assert_all_near(&column(|it| it.within_variance), &expected["ubar"], ITERATED);
    assert_all_near(&column(|it| it.p_value), &expected["p"], BETWEEN);
    assert_all_near(&column(|it| it.lower), &expected["lower"], ITERATED);
    assert_all_near(&column(|it| it.upper), &expected["upper"], ITERATED);
    assert_all_near(&column(|it| it.degrees_of_freedom), &expected["df"], BETWEEN);
    assert_all_near(&column(|it| it.between_variance), &expected["b"], BETWEEN);
    assert_all_near(&column(|it| it.fraction_missing), &expected["fmi"], BETWEEN);
    assert_test(&found.test.expect("a test"), &expected["d1_finite"], BETWEEN);

    let few = |n_estimates: usize, n_imputations: usize| {
        let of = &models[..n_imputations];
        let estimates: Vec<Vec<f64>> = of
            .iter()
            .map(|it| it.coefficients[..n_estimates].iter().filter_map(|it| it.log_hazard_ratio).collect())
            .collect();
        let block = |it: &CoxModel| it.covariance[..n_estimates].iter().map(|it| it[..n_estimates].to_vec()).collect();
        let covariances: Vec<Vec<Vec<f64>>> = of.iter().map(block).collect();
        imputation::pool_test(&estimates, &covariances, None).expect("valid").expect("a test")
    };
    assert_test(&few(4, 5), &expected["d1_infinite"], BETWEEN);
    assert_test(&few(2, 3), &expected["d1_few"], BETWEEN);
}
