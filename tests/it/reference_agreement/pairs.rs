//! Agreement between measurements of the same patients.

use contexture::agreement::count_change::{self, CellCount};
use contexture::agreement::intraclass::IntraclassCorrelation;
use contexture::agreement::measurements::Scale;
use contexture::agreement::paired_change::PairedChange;
use contexture::agreement::{
    Interval, categories, concordance_correlation, correlation, intraclass, limits_of_agreement, paired_change,
    within_subject,
};
use serde_json::Value;

use super::{Reference, TOLERANCE, assert_all_near, assert_near, numbers};

/// No reference counts as many patients or cells.
const N_MOST: u32 = 10_000;

fn pairs(input: &Value) -> [Vec<f64>; 2] {
    ["first", "second"].map(|it| numbers(&input[it]))
}

fn rows(input: &Value) -> Vec<Vec<f64>> {
    input.as_array().expect("rows").iter().map(numbers).collect()
}

fn ends(interval: Interval) -> [f64; 3] {
    [interval.estimate, interval.lower, interval.upper]
}

#[test]
fn correlations() {
    for (name, input, expected) in Reference::read("correlation").cases() {
        let [first, second] = pairs(input);
        let by_kind =
            [("pearson", correlation::pearson(&first, &second)), ("spearman", correlation::spearman(&first, &second))];
        for (kind, found) in by_kind {
            let found = found.expect("valid").expect("defined");
            let (lower, upper) = (found.lower.expect("enough pairs"), found.upper.expect("enough pairs"));
            let found = [found.correlation, lower, upper, found.p_value];
            assert_all_near(name, &found, &expected[kind], TOLERANCE);
        }
    }
}

#[test]
fn intraclass_correlations() {
    for (name, input, expected) in Reference::read("intraclass").cases() {
        let found = intraclass::estimate(&rows(input)).expect("valid").expect("defined");
        let all = |it: IntraclassCorrelation| {
            [it.estimate, it.lower, it.upper, it.f.expect("an error"), it.p_value.expect("an error")]
        };
        assert_all_near(name, &all(found.one_way), &expected["one_way"], TOLERANCE);
        assert_all_near(name, &all(found.consistency), &expected["consistency"], TOLERANCE);
        assert_all_near(name, &all(found.agreement), &expected["agreement"], TOLERANCE);
    }
}

#[test]
fn concordance_correlations() {
    for (name, input, expected) in Reference::read("concordance_correlation").cases() {
        let [first, second] = pairs(input);
        let found = concordance_correlation::estimate(&first, &second).expect("valid").expect("defined");
        assert_all_near(name, &ends(found.concordance), &expected["concordance"], TOLERANCE);
        assert_near(name, found.accuracy, &expected["accuracy"], TOLERANCE);
    }
}

#[test]
fn limits() {
    for (name, input, expected) in Reference::read("limits_of_agreement").cases() {
        let [first, second] = pairs(input);
        let found = limits_of_agreement::estimate(&first, &second).expect("valid").expect("defined");
        assert_all_near(name, &ends(found.bias_ratio), &expected["bias"], TOLERANCE);
        assert_all_near(name, &ends(found.lower_limit_ratio), &expected["lower_limit"], TOLERANCE);
        assert_all_near(name, &ends(found.upper_limit_ratio), &expected["upper_limit"], TOLERANCE);
        let bias = found.proportional_bias.expect("means vary");
        assert_all_near(name, &ends(bias.slope), &expected["slope"], TOLERANCE);
        assert_near(name, bias.p_value.expect("residuals"), &expected["slope_p_value"], TOLERANCE);
    }
}

#[test]
fn variation_within_subjects() {
    for (name, input, expected) in Reference::read("within_subject").cases() {
        let found = within_subject::estimate(&rows(input)).expect("valid").expect("defined");
        assert_eq!(Some(found.degrees_of_freedom as u64), expected["degrees_of_freedom"].as_u64());
        assert_near(name, found.log_variance, &expected["log_variance"], TOLERANCE);
        let upper = found.upper.expect("finite");
        assert_all_near(name, &[found.coefficient_of_variation, found.lower, upper], &expected["cv"], TOLERANCE);
    }
}

#[test]
fn agreement_of_categories() {
    for (name, input, expected) in Reference::read("categories").cases() {
        let table = rows(input);
        let [mut first, mut second] = [Vec::new(), Vec::new()];
        for (i, row) in table.iter().enumerate() {
            for (j, &count) in row.iter().enumerate() {
                let n = (0..N_MOST).take_while(|&it| f64::from(it) < count).count();
                first.extend(vec![i; n]);
                second.extend(vec![j; n]);
            }
        }
        let found = categories::compare(&first, &second, table.len()).expect("valid").expect("defined");
        for (kappa, kind) in
            [(found.kappa, "kappa"), (found.linear_kappa, "linear"), (found.quadratic_kappa, "quadratic")]
        {
            let kappa = kappa.expect("several categories");
            assert_all_near(name, &[kappa.kappa, kappa.std_err], &expected[kind], TOLERANCE);
        }
        assert_all_near(name, &ends(found.agreement), &expected["agreement"], TOLERANCE);
        let symmetry = found.symmetry.expect("disagreements");
        assert_all_near(name, &[symmetry.chi_square, symmetry.p_value], &expected["symmetry"], TOLERANCE);
    }
}

#[test]
fn paired_changes() {
    for (name, input, expected) in Reference::read("paired_change").cases() {
        let [before, after] = pairs(input);
        let found = paired_change::estimate(&before, &after, Scale::Ratio).expect("valid");
        assert_all_near(name, &ends(found.ratio.expect("pairs above 0")), &expected["ratio"], TOLERANCE);
        assert_change_is_tested(name, &found, expected);
    }
}

#[test]
fn paired_changes_from_zero_and_to_zero() {
    for (name, input, expected) in Reference::read("paired_change_zeros").cases() {
        let [before, after] = pairs(input);
        let found = paired_change::estimate(&before, &after, Scale::Ratio).expect("valid");
        assert_signed_rank(name, &found, expected);
    }
}

#[test]
fn paired_changes_in_points() {
    for (name, input, expected) in Reference::read("paired_change_points").cases() {
        let [before, after] = pairs(input);
        let found = paired_change::estimate(&before, &after, Scale::Points).expect("valid");
        assert_all_near(name, &ends(found.difference.expect("pairs")), &expected["difference"], TOLERANCE);
        assert_change_is_tested(name, &found, expected);
    }
}

#[track_caller]
fn assert_change_is_tested(name: &str, found: &PairedChange, expected: &Value) {
    assert_near(name, found.t.expect("changes vary"), &expected["t"], TOLERANCE);
    assert_near(name, found.t_p_value.expect("changes vary"), &expected["t_p_value"], TOLERANCE);
    assert_signed_rank(name, found, expected);
}

#[track_caller]
fn assert_signed_rank(name: &str, found: &PairedChange, expected: &Value) {
    let signed_rank = found.signed_rank.expect("changes");
    assert_near(name, signed_rank.statistic, &expected["v"], TOLERANCE);
    assert_near(name, signed_rank.p_value, &expected["v_p_value"], TOLERANCE);
}

#[test]
fn changes_of_counts() {
    for (name, input, expected) in Reference::read("count_change").cases() {
        let numbers = numbers(input);
        let count = |n: f64, area_mm2: f64| {
            let n_cells = (0..N_MOST).take_while(|&it| f64::from(it) < n).count() as u64;
            CellCount { n_cells, area_mm2 }
        };
        let [before, after] = [count(numbers[0], numbers[1]), count(numbers[2], numbers[3])];
        let found = count_change::estimate(before, after).expect("valid").expect("defined");
        for (found, which) in [(found.ratio, "ratio"), (found.upper, "upper")] {
            match found {
                Some(found) => assert_near(name, found, &expected[which], TOLERANCE),
                None => assert!(expected[which].is_null(), "{name}: {which}"),
            }
        }
        assert_near(name, found.lower, &expected["lower"], TOLERANCE);
        assert_near(name, found.p_value, &expected["p_value"], TOLERANCE);
    }
}
