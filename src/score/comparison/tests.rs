use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::error::Result;
use crate::model::{Marker, Region};
use crate::protocol::Protocol;
use crate::score::PatientScore;

/// The density of CD3 in the core of each patient.
fn densities(label: &str, values: &[(&str, f64)]) -> Readings {
    of_measure(label, Measure::Density, values)
}

fn of_measure(label: &str, measure: Measure, values: &[(&str, f64)]) -> Readings {
    let patients: BTreeSet<String> = values.iter().map(|it| it.0.to_owned()).collect();
    let values = values.iter().map(|it| (it.0.to_owned(), it.1)).collect();
    let component = Component::new(Marker::from("CD3"), Region::from("CT"));
    let components = [(component, Measured { measure, values, unusable: BTreeMap::new() })].into();
    Readings { label: label.to_owned(), patients, components, scored: None }
}

fn compared(raters: &[Readings], acceptable: AcceptableLimits) -> Result<AgreementReport> {
    let settings = ComparisonSettings { acceptable, ..ComparisonSettings::default() };
    compare(raters, settings).map(|it| it.report)
}

const FIRST: [(&str, f64); 5] = [("1", 100.0), ("2", 220.0), ("3", 900.0), ("4", 0.0), ("5", 310.0)];
const SECOND: [(&str, f64); 5] = [("1", 110.0), ("2", 200.0), ("3", 990.0), ("4", 7.0), ("6", 50.0)];

#[test]
fn patients_of_one_rater_alone_are_listed() {
    let report = compared(&[densities("a", &FIRST), densities("b", &SECOND)], AcceptableLimits::default()).unwrap();
    let pair = &report.measures[0].pairs[0];
    assert_eq!((report.n_in_all, pair.statistics.n_pairs), (4, 4));
    assert_eq!(pair.statistics.zeros.unwrap().n_first_zero, 1);
    let listed: Vec<(Option<&str>, &[String])> =
        report.not_compared.iter().map(|it| (it.patient_id.as_deref(), it.absent_in.as_slice())).collect();
    assert_eq!(listed, [(Some("5"), &["b".to_owned()][..]), (Some("6"), &["a".to_owned()])]);
    assert_eq!((report.verdict(), report.measures[0].all.is_some()), (None, false));
}

#[test]
fn a_verdict_needs_a_stated_limit_and_intervals_inside_it() {
    let patients: Vec<String> = (0..60).map(|it| format!("p{it:02}")).collect();
    let first: Vec<(&str, f64)> =
        patients.iter().zip(1_u32..).map(|(id, n)| (id.as_str(), f64::from(n) * 10.0)).collect();
    let second: Vec<(&str, f64)> =
        first.iter().enumerate().map(|(at, it)| (it.0, it.1 * if at % 2 == 0 { 1.1 } else { 1.0 / 1.1 })).collect();
    let verdict = |ratio| {
        let acceptable = AcceptableLimits { ratio: Some(ratio), points: None };
        compared(&[densities("a", &first), densities("b", &second)], acceptable).unwrap().verdict()
    };
    // Log ratios of ±0.0953 have limits at ±0.188: ratios of 1.21, with an interval up to 1.26.
    assert_eq!([1.3, 1.22, 1.1].map(verdict), [Some(Verdict::Within), Some(Verdict::NotShown), Some(Verdict::Beyond)]);
    let generous = AcceptableLimits { ratio: Some(100.0), points: None };
    let of = |second: &[(&str, f64)]| compared(&[densities("a", &FIRST), densities("b", second)], generous).unwrap();
    assert_eq!(of(&FIRST).verdict(), Some(Verdict::NotShown), "differences do not vary");
    assert_eq!(of(&SECOND).verdict(), Some(Verdict::NotShown), "0 beside 7");
    assert_eq!(of(&FIRST[..2]).verdict(), Some(Verdict::NotShown), "two patients have no limits");
    let of_points = AcceptableLimits { ratio: None, points: Some(5.0) };
    assert_eq!(compared(&[densities("a", &first), densities("b", &second)], of_points).unwrap().verdict(), None);
    let refused = AcceptableLimits { ratio: Some(0.8), points: None };
    let error = compared(&[densities("a", &first), densities("b", &second)], refused).unwrap_err();
    assert_eq!(error.to_string(), "acceptable ratio is 0.8, expected more than 1");
}

#[test]
fn differences_that_do_not_vary_show_nothing_of_other_patients() {
    let values = |factor: f64, more: f64| FIRST[..3].iter().map(|it| (it.0, it.1 * factor + more)).collect::<Vec<_>>();
    let verdict = |measure, second: &[(&str, f64)], acceptable| {
        let raters = [of_measure("a", measure, &FIRST[..3]), of_measure("b", measure, second)];
        compared(&raters, acceptable).unwrap().verdict()
    };
    let ratio = |it| AcceptableLimits { ratio: Some(it), points: None };
    let points = |it| AcceptableLimits { ratio: None, points: Some(it) };
    // A factor of 1.1, and 0.1 points more, leave round-off behind.
    for factor in [1.0, 1.1] {
        let second = values(factor, 0.0);
        assert_eq!(verdict(Measure::Density, &second, ratio(1.25)), Some(Verdict::NotShown), "{factor}");
    }
    for more in [0.0, 0.1] {
        let second = values(1.0, more);
        assert_eq!(verdict(Measure::Percent, &second, points(5.0)), Some(Verdict::NotShown), "{more}");
    }
    assert_eq!(verdict(Measure::Density, &values(2.0, 0.0), ratio(1.25)), Some(Verdict::Beyond));
    assert_eq!(verdict(Measure::Percent, &values(1.0, 9.0), points(5.0)), Some(Verdict::Beyond));
}

#[test]
fn all_is_within_only_where_every_measure_has_a_verdict() {
    let patients: Vec<String> = (0..60).map(|it| format!("p{it:02}")).collect();
    let rater = |label: &str, factor: f64| {
        let values = |at: usize| 50.0 + at as f64 + if at.is_multiple_of(2) { factor } else { -factor };
        let values: Vec<(&str, f64)> = patients.iter().enumerate().map(|(at, id)| (id.as_str(), values(at))).collect();
        let mut rater = densities(label, &values);
        let percents = of_measure(label, Measure::Percent, &values).components.into_values().next().unwrap();
        rater.components.insert(Component::new(Marker::from("CD8"), Region::from("STROMA")), percents);
        rater
    };
    let report =
        |ratio, points| compared(&[rater("a", 0.0), rater("b", 1.0)], AcceptableLimits { ratio, points }).unwrap();
    let both = report(Some(2.0), Some(10.0));
    assert!(both.is_within() && both.without_verdict().is_empty());
    for (one, lacking) in [(report(Some(2.0), None), "CD8 STROMA"), (report(None, Some(10.0)), "CD3 CT")] {
        assert_eq!((one.verdict(), one.is_within()), (Some(Verdict::Within), false));
        assert_eq!(one.without_verdict(), [lacking]);
    }
    assert!(!report(Some(2.0), Some(0.5)).is_within());
    assert!(!report(None, None).is_within());
}

#[test]
fn two_of_three_raters_who_measured_alike_are_compared() {
    let first = of_measure("a", Measure::Percent, &FIRST[..3]);
    let raters = [first, densities("b", &FIRST[..3]), densities("c", &SECOND[..3])];
    let report = compared(&raters, AcceptableLimits::default()).unwrap();
    let [measure] = report.measures.as_slice() else { panic!("one measure") };
    assert_eq!((measure.measure, measure.unit.as_str()), (Some(Measure::Density), "cells/mm²"));
    let pairs: Vec<(&str, &str)> = measure.pairs.iter().map(|it| (it.first.as_str(), it.second.as_str())).collect();
    assert_eq!(pairs, [("b", "c")]);
    let [row] = report.not_compared.as_slice() else { panic!("one row: {:?}", report.not_compared) };
    assert_eq!((row.present_in.join(" "), row.absent_in.join(" ")), ("b c".to_owned(), "a".to_owned()));
    assert_eq!(row.reason, "measured as % in place of cells/mm²");
}

#[test]
fn reasons_that_differ_name_their_rater() {
    let full = densities("a", &FIRST[..3]);
    let lacking = |label: &str, why: &str| {
        let mut rater = densities(label, &FIRST[..3]);
        let measured = rater.components.values_mut().next().unwrap();
        measured.values.remove("2");
        measured.unusable.insert("2".to_owned(), why.to_owned());
        rater
    };
    let reason = |why: [&str; 3]| {
        let raters = [full.clone(), lacking("b", why[0]), lacking("c", why[1]), lacking("d", why[2])];
        compared(&raters, AcceptableLimits::default()).unwrap().not_compared[0].reason.clone()
    };
    assert_eq!(reason(["folded", "folded", "folded"]), "folded");
    assert_eq!(reason(["folded", "small", "folded"]), "b: folded; c: small; d: folded");
}

#[test]
fn a_patient_with_two_scores_is_refused_also_where_one_is_partial() {
    let protocol = Protocol::preset("consensus").unwrap();
    let score = |n_components: usize| PatientScore {
        patient_id: "p".to_owned(),
        score: 40.0,
        score_lower: None,
        score_upper: None,
        score_lower_counting: None,
        score_upper_counting: None,
        score_lower_reference: None,
        score_upper_reference: None,
        classes: Vec::new(),
        near_cut: Some(false),
        distance_to_cut: None,
        n_components,
        n_components_expected: 4,
        in_reference: false,
        in_cutoff_training: false,
        n_samples: None,
        n_samples_scored: None,
        flags: Vec::new(),
    };
    let read = |scores: &[PatientScore]| Readings::of_scored("a", (&protocol, None), &[], scores, &[]);
    assert_eq!(read(&[score(3)]).unwrap().scored.unwrap().unscored.len(), 1);
    for twice in [[3, 3], [3, 4], [4, 3], [4, 4]] {
        let error = read(&twice.map(score)).unwrap_err().to_string();
        assert_eq!(error, "patient 'p' stands twice in the scores of 'a'; each may stand once", "{twice:?}");
    }
}

#[test]
fn three_raters_are_compared_in_pairs_and_at_once() {
    let raters = [densities("a", &FIRST), densities("b", &SECOND), densities("c", &FIRST[..3])];
    let report = compared(&raters, AcceptableLimits::default()).unwrap();
    let pairs: Vec<(&str, &str, usize)> = report.measures[0]
        .pairs
        .iter()
        .map(|it| (it.first.as_str(), it.second.as_str(), it.statistics.n_pairs))
        .collect();
    assert_eq!(pairs, [("a", "b", 4), ("a", "c", 3), ("b", "c", 3)]);
    let all = report.measures[0].all.as_ref().unwrap();
    assert_eq!((all.raters.len(), all.statistics.n_patients), (3, 3));
    // A patient of two raters misses nothing but the third.
    assert_eq!(report.not_compared.iter().find(|it| it.patient_id.as_deref() == Some("4")).unwrap().absent_in, ["c"]);
}

#[test]
fn grades_are_numbers_and_classes() {
    let first = of_measure("a", Measure::Grade, &[("1", 0.0), ("2", 1.0), ("3", 2.0), ("4", 3.0)]);
    let second = of_measure("b", Measure::Grade, &[("1", 0.0), ("2", 1.0), ("3", 3.0), ("4", 3.0)]);
    let report = compared(&[first.clone(), second], AcceptableLimits::default()).unwrap();
    let scheme = &report.schemes[0];
    assert_eq!((scheme.scheme.as_str(), scheme.classes.join(" ")), ("CD3 CT", "0 1 2 3".to_owned()));
    assert_eq!(scheme.pairs[0].agreement.as_ref().unwrap().n_agreeing, 3);
    assert_eq!(report.class_changes.len(), 1);
    assert_eq!((report.class_changes[0].second_class.as_str(), report.class_changes[0].n_classes_apart), ("3", 1));
    assert!(report.measures[0].pairs[0].statistics.limits_points.is_some());

    let halves = of_measure("b", Measure::Grade, &[("1", 0.5), ("2", 1.0)]);
    assert!(compared(&[first, halves], AcceptableLimits::default()).unwrap().schemes.is_empty());
}

#[test]
fn another_unit_is_not_compared() {
    let mut first = densities("a", &FIRST);
    let mut second = of_measure("b", Measure::Percent, &SECOND);
    let error = compared(&[first.clone(), second.clone()], AcceptableLimits::default()).unwrap_err().to_string();
    assert_eq!(
        error,
        "no marker and region of a patient was measured by two in the same unit: 'a' measured CD3 CT (density); 'b' measured CD3 CT \
         (percent)"
    );

    let other = Component::new(Marker::from("CD8"), Region::from("CT"));
    for rater in [&mut first, &mut second] {
        let values = rater.patients.iter().map(|it| (it.clone(), 5.0)).collect();
        let measured = Measured { measure: Measure::Density, values, unusable: BTreeMap::new() };
        rater.components.insert(other.clone(), measured);
    }
    let report = compared(&[first, second], AcceptableLimits::default()).unwrap();
    assert_eq!(report.measures.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["CD8 CT"]);
    let row = report.not_compared.iter().find(|it| it.what == NotComparedKind::Component).unwrap();
    assert_eq!(row.reason, "measured as % in place of cells/mm²");
    let equal = &report.measures[0].pairs[0].statistics;
    assert_eq!((equal.intraclass, equal.concordance), (None, None));
    assert_eq!(equal.limits_ratio.unwrap().bias_ratio.estimate.to_bits(), 1.0_f64.to_bits());
}

#[test]
fn nobody_in_common_is_refused_with_a_hint() {
    let with_zeros = [("001", 1.0), ("002", 2.0)];
    let error = compared(&[densities("a", &FIRST), densities("b", &with_zeros)], AcceptableLimits::default());
    assert_eq!(
        error.unwrap_err().to_string(),
        "no patient in common: 'a' has 5 such as '1', '2', '3', 'b' has 2 such as '001', '002'; '1' and '001' differ by case, \
         leading zeros or separators alone: write them alike"
    );
    let strangers = densities("b", &[("x", 1.0)]);
    let error = compared(&[densities("a", &FIRST), strangers], AcceptableLimits::default()).unwrap_err().to_string();
    assert!(error.ends_with("is the column of patients the right one?"), "{error}");
    let error = compared(&[densities("a", &FIRST), densities("a", &SECOND)], AcceptableLimits::default());
    assert!(error.unwrap_err().to_string().contains("two of those compared are called 'a'"));
    assert!(compared(&[densities("a", &FIRST)], AcceptableLimits::default()).is_err());
}

#[test]
fn one_patient_in_common_is_said() {
    let report =
        compared(&[densities("a", &FIRST), densities("b", &SECOND[..1])], AcceptableLimits::default()).unwrap();
    let statistics = &report.measures[0].pairs[0].statistics;
    assert_eq!((statistics.n_pairs, statistics.limits_ratio, statistics.pearson), (1, None, None));
    assert_eq!(report.warnings, ["'a' and 'b' have 1 patient in common; limits of agreement need 3 or more."]);
}

#[test]
fn one_patient_written_in_two_ways_is_suspected() {
    let second = [("1", 110.0), ("2", 200.0), ("03", 990.0)];
    let report = compared(&[densities("a", &FIRST), densities("b", &second)], AcceptableLimits::default()).unwrap();
    let row = report.not_compared.iter().find(|it| it.patient_id.as_deref() == Some("3")).unwrap();
    assert_eq!(row.resembles.as_deref(), Some("03"));
    assert!(
        report.warnings.iter().any(|it| it.starts_with("2 patients not compared resemble")),
        "{:?}",
        report.warnings
    );
}
