//! Agreement between measurements of the same patients: few, tied, opposed and many of them, sparse tables, large counts.

use contexture::agreement::count_change::{self, CellCount};
use contexture::agreement::intraclass::IntraclassCorrelation;
use contexture::agreement::measurements::Scale;
use contexture::agreement::{
    categories, concordance_correlation, correlation, intraclass, limits_of_agreement, paired_change, within_subject,
};
use serde_json::Value;

use super::{Reference, TOLERANCE, assert_all_near, assert_near, numbers};

/// Satterthwaite's degrees of freedom make R find quantiles of F for fractions, to about ten digits.
const FRACTIONAL_QUANTILE: f64 = 1e-9;

fn pairs(input: &Value) -> [Vec<f64>; 2] {
    ["first", "second"].map(|it| numbers(&input[it]))
}

fn rows(input: &Value) -> Vec<Vec<f64>> {
    let row = |it: &Value| it.as_f64().map_or_else(|| numbers(it), |one| vec![one]);
    input.as_array().expect("rows").iter().map(row).collect()
}

#[test]
fn correlations() {
    for (name, input, expected) in Reference::read("correlation_extra").cases() {
        let [first, second] = pairs(input);
        for (kind, found) in
            [("pearson", correlation::pearson(&first, &second)), ("spearman", correlation::spearman(&first, &second))]
        {
            let found = found.expect("valid").expect("defined");
            let ends = [found.lower.expect("enough pairs"), found.upper.expect("enough pairs")];
            assert_near(name, found.correlation, &expected[kind]["r"], TOLERANCE);
            assert_all_near(name, &ends, &expected[kind]["interval"], TOLERANCE);
            assert_near(&format!("{name} {kind}"), found.p_value, &expected[kind]["p_value"], TOLERANCE);
        }
    }
}

#[test]
fn concordance_correlations() {
    for (name, input, expected) in Reference::read("concordance_correlation_extra").cases() {
        let [first, second] = pairs(input);
        let found = concordance_correlation::estimate(&first, &second).expect("valid").expect("defined");
        let it = found.concordance;
        assert_all_near(name, &[it.estimate, it.lower, it.upper], &expected["ccc"], TOLERANCE);
        assert_near(name, found.accuracy, &expected["accuracy"], TOLERANCE);
    }
}

#[test]
fn intraclass_correlations() {
    for (name, input, expected) in Reference::read("intraclass_extra").cases() {
        let columns = rows(input);
        let subjects: Vec<Vec<f64>> =
            (0..columns[0].len()).map(|at| columns.iter().map(|it| it[at]).collect()).collect();
        let found = intraclass::estimate(&subjects).expect("valid").expect("defined");
        let check = |it: IntraclassCorrelation, expected: &Value, tolerance: f64| {
            assert_near(name, it.estimate, &expected["icc"], TOLERANCE);
            assert_near(name, it.f.expect("an error"), &expected["f"], TOLERANCE);
            assert_all_near(name, &it.degrees_of_freedom.map(|it| it as f64), &expected["df"], TOLERANCE);
            let (found, p_value) = (it.p_value.expect("an error"), expected["p_value"].as_f64().expect("a number"));
            // However small: not taken off 1.
            assert!((found / p_value - 1.0).abs() < TOLERANCE, "{name}: {found} is not {p_value}");
            assert_all_near(name, &[it.lower, it.upper], &expected["interval"], tolerance);
        };
        check(found.one_way, &expected["one_way"], TOLERANCE);
        check(found.agreement, &expected["agreement"], FRACTIONAL_QUANTILE);
        check(found.consistency, &expected["consistency"], TOLERANCE);
    }
}

#[test]
fn limits() {
    for (name, input, expected) in Reference::read("limits_of_agreement_extra").cases() {
        let [first, second] = pairs(input);
        let found = limits_of_agreement::estimate(&first, &second).expect("valid").expect("defined");
        assert_near(name, found.std_dev, &expected["std_dev"], TOLERANCE);
        for (it, which) in [
            (found.bias_ratio, "bias"),
            (found.lower_limit_ratio, "lower_limit"),
            (found.upper_limit_ratio, "upper_limit"),
        ] {
            assert_all_near(name, &[it.estimate, it.lower, it.upper], &expected[which], TOLERANCE);
        }
        let bias = found.proportional_bias.expect("means vary");
        let it = bias.slope;
        assert_all_near(name, &[it.estimate, it.lower, it.upper], &expected["slope"], TOLERANCE);
        assert_near(name, bias.p_value.expect("residuals"), &expected["p_value"], TOLERANCE);
    }
}

#[test]
fn variation_within_subjects() {
    for (name, input, expected) in Reference::read("within_subject_extra").cases() {
        let found = within_subject::estimate(&rows(input)).expect("valid").expect("defined");
        assert_near(name, found.degrees_of_freedom as f64, &expected["df"], TOLERANCE);
        assert_near(name, found.log_variance, &expected["variance"], TOLERANCE);
        let ends = [found.coefficient_of_variation, found.lower, found.upper.expect("an upper end")];
        assert_all_near(name, &ends, &expected["cv"], TOLERANCE);
    }
}

#[test]
fn agreement_of_categories() {
    for (name, input, expected) in Reference::read("categories_extra").cases() {
        let table = input.as_array().expect("rows");
        let [mut first, mut second] = [Vec::new(), Vec::new()];
        for (i, row) in table.iter().enumerate() {
            for (j, count) in row.as_array().expect("a row").iter().enumerate() {
                let n = usize::try_from(count.as_u64().expect("a count")).expect("a small count");
                first.extend(vec![i; n]);
                second.extend(vec![j; n]);
            }
        }
        let found = categories::compare(&first, &second, table.len()).expect("valid").expect("defined");
        let it = found.agreement;
        assert_all_near(name, &[it.estimate, it.lower, it.upper], &expected["agreement"], TOLERANCE);
        for (kappa, kind) in
            [(found.kappa, "unweighted"), (found.linear_kappa, "linear"), (found.quadratic_kappa, "quadratic")]
        {
            let kappa = kappa.expect("several categories");
            assert_near(name, kappa.kappa, &expected[kind]["kappa"], TOLERANCE);
            assert_near(name, kappa.std_err, &expected[kind]["std_err"], TOLERANCE);
        }
        let symmetry = found.symmetry.expect("disagreements");
        assert_near(name, symmetry.chi_square, &expected["symmetry"]["chi_square"], TOLERANCE);
        assert_near(name, symmetry.p_value, &expected["symmetry"]["p_value"], TOLERANCE);
    }
}

#[test]
fn paired_changes() {
    for (name, input, expected) in Reference::read("paired_change_extra").cases() {
        let [before, after] = pairs(input);
        let found = paired_change::estimate(&before, &after, Scale::Ratio).expect("valid");
        let it = found.ratio.expect("pairs above 0");
        assert_all_near(name, &[it.estimate, it.lower, it.upper], &expected["ratio"], TOLERANCE);
        assert_near(name, found.t.expect("changes vary"), &expected["t"], TOLERANCE);
        assert_near(name, found.t_p_value.expect("changes vary"), &expected["p_value"], TOLERANCE);
        let signed_rank = found.signed_rank.expect("changes");
        assert_near(name, signed_rank.statistic, &expected["default"]["statistic"], TOLERANCE);
        assert_near(name, signed_rank.p_value, &expected["default"]["p_value"], TOLERANCE);
    }
}

#[test]
fn changes_of_counts() {
    let reference = Reference::read("count_change_extra");
    let [input, expected] = [&reference.input, &reference.expected].map(|it| it.as_array().expect("cases"));
    for (case, expected) in input.iter().zip(expected) {
        let name = case.to_string();
        let cells = |at: usize| case[at].as_u64().expect("a count");
        let area = |at: usize| case[at].as_f64().expect("an area");
        let count = |at: usize| CellCount { n_cells: cells(at), area_mm2: area(at + 1) };
        let found = count_change::estimate(count(0), count(2)).expect("valid").expect("defined");
        for (found, expected) in
            [found.ratio, Some(found.lower), found.upper].iter().zip(expected["ratio"].as_array().expect("ends"))
        {
            match found {
                Some(found) => assert_near(&name, *found, expected, TOLERANCE),
                None => assert!(expected.is_null(), "{name}"),
            }
        }
        assert_near(&name, found.p_value, &expected["p_value"], TOLERANCE);
    }
}
