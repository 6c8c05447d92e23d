//! The tables of a comparison of raters.

use polars::prelude::{Column, DataFrame};

use super::column::{MARKER, PATIENT_ID, REGION};
use super::{count_column, numbers, of_columns, text};
use crate::agreement::Interval;
use crate::agreement::categories::{CategoryAgreement, Kappa};
use crate::agreement::correlation::Correlation;
use crate::agreement::intraclass::IntraclassCorrelation;
use crate::agreement::measurements::PairStatistics;
use crate::score::comparison::{
    AgreementReport, AllAgreement, ClassChange, Comparison, MeasureAgreement, NotCompared, PairAgreement, Verdict,
};

/// Between the names of raters in one cell.
const SEPARATOR: &str = ";";

/// Columns of a number and its 95 % interval, `<name>`, `<name>_lower` and `<name>_upper`; null where it is not defined.
fn interval<T>(rows: &[T], name: &str, of: impl Fn(&T) -> Option<[Option<f64>; 3]>) -> Vec<Column> {
    let column = |(at, end): (usize, &str)| {
        numbers(&format!("{name}{end}"), rows.iter().map(|it| of(it)?[at]).collect::<Vec<_>>())
    };
    ["", "_lower", "_upper"].into_iter().enumerate().map(column).collect()
}

fn ends(it: Interval) -> [Option<f64>; 3] {
    [Some(it.estimate), Some(it.lower), Some(it.upper)]
}

fn of_correlation(it: Correlation) -> [Option<f64>; 3] {
    [Some(it.correlation), it.lower, it.upper]
}

fn of_intraclass(it: IntraclassCorrelation) -> [Option<f64>; 3] {
    [Some(it.estimate), Some(it.lower), Some(it.upper)]
}

fn of_kappa(it: Kappa) -> [Option<f64>; 3] {
    [Some(it.kappa), Some(it.lower), Some(it.upper)]
}

/// A row of the table `agreement`.
type Row<'a> = (&'a MeasureAgreement, &'a PairAgreement);

/// The table `agreement`.
///
/// | in | out |
/// | --- | --- |
/// | a comparison | one row a measure and pair of raters, in their order; `n_patients` measured by both, of whom bias, limits and correlations but Spearman's are made of the `n_compared` without a 0; bias and limits are ratios of the second to the first where `scale` is `ratio`, differences where it is `points`; null where a statistic is not defined |
pub fn agreement(report: &AgreementReport) -> DataFrame {
    let rows: Vec<Row<'_>> =
        report.measures.iter().flat_map(|it| it.pairs.iter().map(move |pair| (it, pair))).collect();
    let count = |name, of: fn(&PairStatistics) -> Option<usize>| {
        count_column(name, rows.iter().map(|it| of(&it.1.statistics).map(|n| n as u64)))
    };
    let number =
        |name, of: fn(&PairStatistics) -> Option<f64>| numbers(name, rows.iter().map(|it| of(&it.1.statistics)));
    let with_ends =
        |name, of: fn(&PairStatistics) -> Option<[Option<f64>; 3]>| interval(&rows, name, |it| of(&it.1.statistics));
    let mut columns = measure_columns(rows.iter().map(|it| it.0));
    columns.extend([
        text("first", rows.iter().map(|it| Some(it.1.first.as_str()))),
        text("second", rows.iter().map(|it| Some(it.1.second.as_str()))),
        count("n_patients", |it| Some(it.n_pairs)),
        count("n_compared", |it| Some(it.n_compared())),
        count("n_first_zero", |it| Some(it.zeros?.n_first_zero)),
        count("n_second_zero", |it| Some(it.zeros?.n_second_zero)),
        count("n_both_zero", |it| Some(it.zeros?.n_both_zero)),
        number("first_median", |it| Some(it.medians?[0])),
        number("second_median", |it| Some(it.medians?[1])),
    ]);
    columns.extend(with_ends("bias", |it| it.limits().map(|it| ends(it[0]))));
    columns.extend(with_ends("lower_limit", |it| it.limits().map(|it| ends(it[1]))));
    columns.extend(with_ends("upper_limit", |it| it.limits().map(|it| ends(it[2]))));
    columns.extend(with_ends("proportional_bias", |it| it.proportional_bias().map(|it| ends(it.slope))));
    columns.push(number("proportional_bias_p_value", |it| it.proportional_bias()?.p_value));
    columns.extend(with_ends("icc_1_1", |it| it.intraclass.map(|it| of_intraclass(it.one_way))));
    columns.extend(with_ends("icc_2_1", |it| it.intraclass.map(|it| of_intraclass(it.agreement))));
    columns.extend(with_ends("icc_3_1", |it| it.intraclass.map(|it| of_intraclass(it.consistency))));
    columns.extend(with_ends("concordance", |it| it.concordance.map(|it| ends(it.concordance))));
    columns.extend(with_ends("pearson", |it| it.pearson.map(of_correlation)));
    columns.extend(with_ends("spearman", |it| it.spearman.map(of_correlation)));
    columns.extend(with_ends("coefficient_of_variation", |it| {
        it.within_subject.map(|it| [Some(it.coefficient_of_variation), Some(it.lower), it.upper])
    }));
    columns.push(text("verdict", rows.iter().map(|it| it.1.verdict.map(Verdict::code))));
    of_columns(columns)
}

/// Name, region, marker, unit and scale of measures.
fn measure_columns<'a>(measures: impl Iterator<Item = &'a MeasureAgreement> + Clone) -> Vec<Column> {
    vec![
        text("measure", measures.clone().map(|it| Some(it.name.as_str()))),
        text(REGION, measures.clone().map(|it| it.component.as_ref().map(|it| it.region.as_str()))),
        text(MARKER, measures.clone().map(|it| it.component.as_ref().map(|it| it.marker.as_str()))),
        text("unit", measures.clone().map(|it| Some(it.unit.as_str()))),
        text("scale", measures.map(|it| Some(it.scale.code()))),
    ]
}

/// The table `agreement_of_all`.
///
/// | in | out |
/// | --- | --- |
/// | a comparison | one row a measure of three raters or more, over the patients whom all of them measured; no row otherwise |
pub fn agreement_of_all(report: &AgreementReport) -> DataFrame {
    let rows: Vec<(&MeasureAgreement, &AllAgreement)> =
        report.measures.iter().filter_map(|it| Some((it, it.all.as_ref()?))).collect();
    let raters: Vec<String> = rows.iter().map(|it| it.1.raters.join(SEPARATOR)).collect();
    let mut columns = measure_columns(rows.iter().map(|it| it.0));
    columns.extend([
        text("raters", raters.iter().map(|it| Some(it.as_str()))),
        count_column("n_raters", rows.iter().map(|it| Some(it.1.raters.len() as u64))),
        count_column("n_patients", rows.iter().map(|it| Some(it.1.statistics.n_patients as u64))),
        count_column("n_compared", rows.iter().map(|it| Some(it.1.statistics.n_compared() as u64))),
        count_column("n_with_zero", rows.iter().map(|it| it.1.statistics.n_with_zero.map(|n| n as u64))),
    ]);
    let intraclass = |name, of: fn(&AllAgreement) -> Option<IntraclassCorrelation>| {
        interval(&rows, name, |it| of(it.1).map(of_intraclass))
    };
    columns.extend(intraclass("icc_1_1", |it| Some(it.statistics.intraclass?.one_way)));
    columns.extend(intraclass("icc_2_1", |it| Some(it.statistics.intraclass?.agreement)));
    columns.extend(intraclass("icc_3_1", |it| Some(it.statistics.intraclass?.consistency)));
    columns.extend(interval(&rows, "coefficient_of_variation", |it| {
        it.1.statistics.within_subject.map(|it| [Some(it.coefficient_of_variation), Some(it.lower), it.upper])
    }));
    of_columns(columns)
}

/// The table `pairs`.
///
/// | in | out |
/// | --- | --- |
/// | a comparison | one row a measure, pair of raters and patient whom both measured: the two values, in `unit` |
pub fn pairs(comparison: &Comparison) -> DataFrame {
    let mut rows: Vec<(&MeasureAgreement, &PairAgreement, &str, f64, f64)> = Vec::new();
    for (measure, values) in comparison.report.measures.iter().zip(&comparison.values) {
        for (pair, paired) in measure.pairs.iter().zip(values) {
            let each = paired.patients.iter().zip(&paired.first).zip(&paired.second);
            rows.extend(each.map(|((id, one), other)| (measure, pair, id.as_str(), *one, *other)));
        }
    }
    of_columns(vec![
        text("measure", rows.iter().map(|it| Some(it.0.name.as_str()))),
        text("unit", rows.iter().map(|it| Some(it.0.unit.as_str()))),
        text("first", rows.iter().map(|it| Some(it.1.first.as_str()))),
        text("second", rows.iter().map(|it| Some(it.1.second.as_str()))),
        text(PATIENT_ID, rows.iter().map(|it| Some(it.2))),
        numbers("first_value", rows.iter().map(|it| Some(it.3))),
        numbers("second_value", rows.iter().map(|it| Some(it.4))),
    ])
}

/// The table `class_agreement`.
///
/// | in | out |
/// | --- | --- |
/// | a comparison | one row a scheme and pair of raters with a patient whom both put into a class |
pub fn class_agreement(report: &AgreementReport) -> DataFrame {
    let rows: Vec<(&str, &str, &str, &CategoryAgreement)> =
        class_pairs(report).map(|it| (it.0, it.2, it.3, it.4)).collect();
    let count =
        |name, of: fn(&CategoryAgreement) -> usize| count_column(name, rows.iter().map(|it| Some(of(it.3) as u64)));
    let kappa = |name, of: fn(&CategoryAgreement) -> Option<Kappa>| interval(&rows, name, |it| of(it.3).map(of_kappa));
    let mut columns = vec![
        text("scheme", rows.iter().map(|it| Some(it.0))),
        text("first", rows.iter().map(|it| Some(it.1))),
        text("second", rows.iter().map(|it| Some(it.2))),
        count("n_patients", |it| it.n_patients),
        count("n_agreeing", |it| it.n_agreeing),
    ];
    columns.extend(interval(&rows, "agreement", |it| Some(ends(it.3.agreement))));
    columns.extend(kappa("kappa", |it| it.kappa));
    columns.extend(kappa("linear_kappa", |it| it.linear_kappa));
    columns.extend(kappa("quadratic_kappa", |it| it.quadratic_kappa));
    columns.push(numbers("symmetry_p_value", rows.iter().map(|it| it.3.symmetry.map(|it| it.p_value))));
    of_columns(columns)
}

type ClassPair<'a> = (&'a str, &'a [String], &'a str, &'a str, &'a CategoryAgreement);

fn class_pairs(report: &AgreementReport) -> impl Iterator<Item = ClassPair<'_>> {
    report.schemes.iter().flat_map(|scheme| {
        scheme.pairs.iter().filter_map(|it| {
            let names = (scheme.scheme.as_str(), scheme.classes.as_slice());
            Some((names.0, names.1, it.first.as_str(), it.second.as_str(), it.agreement.as_ref()?))
        })
    })
}

/// The table `class_table`.
///
/// | in | out |
/// | --- | --- |
/// | a comparison | one row a scheme, pair of raters, class of the first and class of the second, from the lowest: number of patients |
pub fn class_table(report: &AgreementReport) -> DataFrame {
    let mut rows = Vec::new();
    for (scheme, classes, first, second, agreement) in class_pairs(report) {
        for (one, counts) in classes.iter().zip(&agreement.table) {
            rows.extend(classes.iter().zip(counts).map(|(other, n)| (scheme, first, second, one, other, *n as u64)));
        }
    }
    of_columns(vec![
        text("scheme", rows.iter().map(|it| Some(it.0))),
        text("first", rows.iter().map(|it| Some(it.1))),
        text("second", rows.iter().map(|it| Some(it.2))),
        text("first_class", rows.iter().map(|it| Some(it.3.as_str()))),
        text("second_class", rows.iter().map(|it| Some(it.4.as_str()))),
        count_column("n_patients", rows.iter().map(|it| Some(it.5))),
    ])
}

/// The table `class_changes`.
///
/// | in | out |
/// | --- | --- |
/// | a comparison | one row a scheme, pair of raters and patient whom they put into different classes; scores, or grades, in `unit` |
pub fn class_changes(report: &AgreementReport) -> DataFrame {
    let rows = &report.class_changes;
    let column = |name, of: fn(&ClassChange) -> &str| text(name, rows.iter().map(|it| Some(of(it))));
    let unit = |it: &ClassChange| {
        report.schemes.iter().find(|scheme| scheme.scheme == it.scheme).map(|scheme| scheme.unit.as_str())
    };
    let flag = |it: Option<bool>| it.map(|it| if it { "true" } else { "false" });
    of_columns(vec![
        column("scheme", |it| &it.scheme),
        column(PATIENT_ID, |it| &it.patient_id),
        column("first", |it| &it.first),
        column("second", |it| &it.second),
        column("first_class", |it| &it.first_class),
        column("second_class", |it| &it.second_class),
        count_column("n_classes_apart", rows.iter().map(|it| Some(it.n_classes_apart as u64))),
        text("unit", rows.iter().map(unit)),
        numbers("first_score", rows.iter().map(|it| Some(it.first_score))),
        numbers("second_score", rows.iter().map(|it| Some(it.second_score))),
        text("first_near_cut", rows.iter().map(|it| flag(it.first_near_cut))),
        text("second_near_cut", rows.iter().map(|it| flag(it.second_near_cut))),
    ])
}

/// The table `not_compared`.
///
/// | in | out |
/// | --- | --- |
/// | a comparison | one row a patient, marker and region, value or row that is not compared: who has it, who has not, and why |
pub fn not_compared(report: &AgreementReport) -> DataFrame {
    let rows = &report.not_compared;
    let raters =
        |of: fn(&NotCompared) -> &Vec<String>| rows.iter().map(|it| of(it).join(SEPARATOR)).collect::<Vec<_>>();
    let (present, absent) = (raters(|it| &it.present_in), raters(|it| &it.absent_in));
    let filled =
        |cells: &[String], name| text(name, cells.iter().map(|it| Some(it.as_str()).filter(|it| !it.is_empty())));
    of_columns(vec![
        text("what", rows.iter().map(|it| Some(it.what.code()))),
        text("measure", rows.iter().map(|it| it.measure.as_deref())),
        text(PATIENT_ID, rows.iter().map(|it| it.patient_id.as_deref())),
        filled(&present, "present_in"),
        filled(&absent, "absent_in"),
        text("reason", rows.iter().map(|it| Some(it.reason.as_str()))),
        text("resembles", rows.iter().map(|it| it.resembles.as_deref())),
    ])
}
