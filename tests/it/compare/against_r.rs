//! Every number, from the tables on, against R; recipe and numbers in `testdata/reference/agreement/make_comparison.R`.

use std::fmt::Write as _;

use contexture::agreement::Interval;
use contexture::agreement::correlation::Correlation;
use contexture::agreement::intraclass::{IntraclassCorrelation, IntraclassCorrelations};
use contexture::agreement::limits_of_agreement::ProportionalBias;
use contexture::agreement::within_subject::WithinSubjectVariation;
use serde_json::Value;

use super::report_of;
use crate::command::Workplace;
use crate::reference_agreement::{Reference, TOLERANCE, assert_all_near, assert_near};

fn ends(it: Interval) -> [f64; 3] {
    [it.estimate, it.lower, it.upper]
}

fn of_correlation(it: Option<Correlation>) -> [f64; 3] {
    let it = it.expect("defined");
    [it.correlation, it.lower.expect("enough pairs"), it.upper.expect("enough pairs")]
}

fn of_variation(it: Option<WithinSubjectVariation>) -> [f64; 3] {
    let it = it.expect("defined");
    [it.coefficient_of_variation, it.lower, it.upper.expect("enough pairs")]
}

#[track_caller]
fn assert_intraclass(name: &str, found: Option<IntraclassCorrelations>, expected: &Value) {
    let found = found.expect("defined");
    let of = |it: IntraclassCorrelation| [it.estimate, it.lower, it.upper];
    assert_all_near(name, &of(found.one_way), &expected["icc_1_1"], TOLERANCE);
    assert_all_near(name, &of(found.agreement), &expected["icc_2_1"], TOLERANCE);
    assert_all_near(name, &of(found.consistency), &expected["icc_3_1"], TOLERANCE);
}

#[track_caller]
fn assert_slope(name: &str, found: Option<ProportionalBias>, expected: &Value) {
    let (found, expected) = (found.expect("defined"), &expected["proportional_bias"]);
    assert_all_near(name, &ends(found.slope), &expected["slope"], TOLERANCE);
    assert_near(name, found.p_value.expect("scatter"), &expected["p_value"], TOLERANCE);
}

/// A wide table of one rater, of columns of numbers that may be absent.
fn wide(columns: &[(&str, &Value)]) -> String {
    let names: Vec<&str> = columns.iter().map(|it| it.0).collect();
    let mut text = format!("patient_id,{}\n", names.join(","));
    for row in 0..columns[0].1.as_array().expect("values").len() {
        write!(text, "p{row:03}").expect("a string takes all text");
        for (_, values) in columns {
            let value = values[row].as_f64().map(|it| it.to_string()).unwrap_or_default();
            write!(text, ",{value}").expect("a string takes all text");
        }
        text.push('\n');
    }
    text
}

#[test]
fn densities_of_three_readers_agree_as_in_r() {
    let Reference { input, expected } = Reference::read("comparison");
    let workplace = Workplace::with_files([]);
    let tables = &input["densities"];
    for reader in ["a", "b", "c"] {
        let table = wide(&["CD3_CT", "CD8_IM"].map(|it| (it, &tables[it][reader])));
        workplace.write(&format!("{reader}.csv"), table);
    }
    workplace.finishes(&["compare", "a.csv", "b.csv", "c.csv", "-o", "out"]);
    let report = report_of(&workplace, "out");
    assert_eq!(report.measures.len(), 2);
    for measure in &report.measures {
        let expected = &expected["densities"][measure.name.replace(' ', "_")];
        assert_eq!(measure.pairs.len(), 3);
        for pair in &measure.pairs {
            let (name, found) = (format!("{} {}_{}", measure.name, pair.first, pair.second), &pair.statistics);
            let expected = &expected[format!("{}_{}", pair.first, pair.second)];
            assert_eq!(Value::from(found.n_pairs), expected["n"], "{name}");
            let zeros = found.zeros.expect("densities");
            let counts = [zeros.n_first_zero, zeros.n_second_zero, zeros.n_both_zero];
            assert_eq!(Value::from(counts.to_vec()), expected["zeros"], "{name}");
            assert_all_near(&name, &found.medians.expect("values"), &expected["medians"], TOLERANCE);
            let limits = found.limits_ratio.expect("enough pairs");
            assert_all_near(&name, &ends(limits.bias_ratio), &expected["bias"], TOLERANCE);
            assert_all_near(&name, &ends(limits.lower_limit_ratio), &expected["lower_limit"], TOLERANCE);
            assert_all_near(&name, &ends(limits.upper_limit_ratio), &expected["upper_limit"], TOLERANCE);
            assert_slope(&name, limits.proportional_bias, expected);
            assert_intraclass(&name, found.intraclass, expected);
            let concordance = found.concordance.expect("defined").concordance;
            assert_all_near(&name, &ends(concordance), &expected["concordance"], TOLERANCE);
            assert_all_near(&name, &of_correlation(found.pearson), &expected["pearson"], TOLERANCE);
            assert_all_near(&name, &of_correlation(found.spearman), &expected["spearman"], TOLERANCE);
            assert_all_near(&name, &of_variation(found.within_subject), &expected["variation"], TOLERANCE);
        }
        let (all, expected) = (&measure.all.as_ref().expect("three readers").statistics, &expected["all"]);
        assert_eq!(Value::from(all.n_patients), expected["n"]);
        assert_eq!(Value::from(all.n_with_zero.expect("densities")), expected["n_with_zero"]);
        assert_intraclass(&measure.name, all.intraclass, expected);
        assert_all_near(&measure.name, &of_variation(all.within_subject), &expected["variation"], TOLERANCE);
    }
}

#[test]
fn scores_and_classes_of_two_readers_agree_as_in_r() {
    let Reference { input, expected } = Reference::read("comparison");
    let (workplace, expected) = (Workplace::with_cohort(), &expected["scores"]);
    for reader in ["a", "b"] {
        let columns = ["CD3_CT", "CD3_IM", "CD8_CT", "CD8_IM"];
        let table = format!("{reader}.csv");
        workplace.write(&table, wide(&columns.map(|it| (it, &input["scores"][reader][it]))));
        workplace.finishes(&["score", &table, "--reference", "reference.json", "-o", reader]);
    }
    workplace.finishes(&["compare", "a", "b", "-o", "out"]);
    let report = report_of(&workplace, "out");
    assert_eq!(report.protocol.as_deref(), Some("consensus"));
    assert!(report.warnings.is_empty() && report.not_compared.is_empty(), "{:?}", report.warnings);
    let score = report.measures.last().expect("the score");
    let found = &score.pairs[0].statistics;
    assert_eq!((score.name.as_str(), found.n_pairs, report.measures.len()), ("score", 90, 5));
    assert_all_near("score", &found.medians.expect("values"), &expected["medians"], TOLERANCE);
    let limits = found.limits_points.expect("enough pairs");
    assert_all_near("bias", &ends(limits.bias), &expected["bias"], TOLERANCE);
    assert_all_near("lower limit", &ends(limits.lower_limit), &expected["lower_limit"], TOLERANCE);
    assert_all_near("upper limit", &ends(limits.upper_limit), &expected["upper_limit"], TOLERANCE);
    assert_slope("slope", limits.proportional_bias, expected);
    assert_intraclass("score", found.intraclass, expected);
    assert_all_near("concordance", &ends(found.concordance.unwrap().concordance), &expected["concordance"], TOLERANCE);
    assert_all_near("pearson", &of_correlation(found.pearson), &expected["pearson"], TOLERANCE);
    assert_all_near("spearman", &of_correlation(found.spearman), &expected["spearman"], TOLERANCE);

    for name in ["five_class", "three_class"] {
        let scheme = report.schemes.iter().find(|it| it.scheme == name).expect("the scheme");
        let (found, expected) = (scheme.pairs[0].agreement.as_ref().expect("patients"), &expected[name]);
        assert_eq!(serde_json::to_value(&found.table).unwrap(), expected["table"], "{name}");
        assert_all_near(name, &ends(found.agreement), &expected["agreement"], TOLERANCE);
        let (kappa, quadratic) = (found.kappa.expect("defined"), found.quadratic_kappa.expect("defined"));
        assert_all_near(name, &[kappa.kappa, kappa.lower, kappa.upper], &expected["kappa"], TOLERANCE);
        let quadratic = [quadratic.kappa, quadratic.lower, quadratic.upper];
        assert_all_near(name, &quadratic, &expected["quadratic_kappa"], TOLERANCE);
        let changed: Vec<&str> =
            report.class_changes.iter().filter(|it| it.scheme == name).map(|it| it.patient_id.as_str()).collect();
        let expected = expected["changed"].as_array().expect("patients");
        assert_eq!(changed, expected.iter().map(|it| format!("p{:03}", it.as_u64().unwrap())).collect::<Vec<_>>());
    }
    let page = workplace.read("out/agreement.html");
    for part in ["Changes of class", "rows by a, columns by b", "Near a cut", "Mean of both (mean percentile)"] {
        assert!(page.contains(part), "{part}");
    }
}
