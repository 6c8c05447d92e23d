//! How raters agree.

use crate::agreement::measurements::{PairStatistics, Scale};
use crate::report::format::{self, ABSENT};
use crate::score::comparison::{AgreementReport, MeasureAgreement, PairAgreement, SchemeAgreement};

/// The summary of a comparison, without a line end behind the last line.
pub fn of_agreement(report: &AgreementReport) -> String {
    let raters: Vec<String> =
        report.raters.iter().map(|it| format!("{} ({})", it.label, format::patients(it.n_patients))).collect();
    let n_in_all = format::patients(report.n_in_all);
    let mut lines = vec![format!("compared {}; {n_in_all} in common", raters.join(", "))];
    lines.push(String::new());
    let has_verdict = report.verdict().is_some();
    let mut header = ["measure", "compared", "n", "bias (95 %)", "limits of agreement", "ICC(2,1) (95 %)"]
        .map(str::to_owned)
        .to_vec();
    header.extend(has_verdict.then(|| "verdict".to_owned()));
    let mut rows = vec![header];
    for measure in &report.measures {
        rows.extend(measure.pairs.iter().map(|pair| {
            let mut row = pair_row(measure, pair);
            row.extend(has_verdict.then(|| pair.verdict.map_or(ABSENT, |it| it.description()).to_owned()));
            row
        }));
    }
    lines.extend(format::aligned(&rows));
    for measure in &report.measures {
        if let Some(all) = &measure.all {
            let icc = all.statistics.intraclass.map(|it| it.agreement);
            let icc = icc.map_or_else(
                || ABSENT.to_owned(),
                |it| format::correlation_with_interval(it.estimate, Some(it.lower), Some(it.upper)),
            );
            let n_patients = format::patients(all.statistics.n_patients);
            lines.push(format!("  {}, all {}: ICC(2,1) {icc}, {n_patients}", measure.title(), all.raters.len()));
        }
    }
    if !report.schemes.is_empty() {
        lines.extend([String::new(), "classes".to_owned()]);
        lines.extend(format::aligned(&class_rows(&report.schemes)));
    }
    let mut notes = Vec::new();
    if !report.not_compared.is_empty() {
        notes.push(format!("not compared: {} (see not_compared.tsv)", format::count(report.not_compared.len())));
    }
    notes.extend(report.warnings.iter().map(|it| format!("note: {it}")));
    if !notes.is_empty() {
        lines.push(String::new());
        lines.extend(notes);
    }
    lines.join("\n")
}

fn pair_row(measure: &MeasureAgreement, pair: &PairAgreement) -> Vec<String> {
    let statistics = &pair.statistics;
    let sign = if measure.scale == Scale::Ratio { "/" } else { "\u{2212}" };
    let [bias, limits] = bias_and_limits(statistics).unwrap_or_else(|| [ABSENT.to_owned(), ABSENT.to_owned()]);
    let icc = statistics.intraclass.map(|it| it.agreement);
    vec![
        measure.title().to_owned(),
        format!("{} {sign} {}", pair.second, pair.first),
        format::count(statistics.n_pairs),
        bias,
        limits,
        icc.map_or_else(
            || ABSENT.to_owned(),
            |it| format::correlation_with_interval(it.estimate, Some(it.lower), Some(it.upper)),
        ),
    ]
}

/// Bias with its interval, and the limits of agreement; absent with too few pairs.
pub(in crate::report) fn bias_and_limits(statistics: &PairStatistics) -> Option<[String; 2]> {
    let of_ratio = statistics.limits_ratio.map(|it| {
        let bias = it.bias_ratio;
        [
            format::ratio_with_interval(bias.estimate, Some(bias.lower), Some(bias.upper)),
            format!(
                "{} to {}",
                format::ratio(it.lower_limit_ratio.estimate),
                format::ratio(it.upper_limit_ratio.estimate)
            ),
        ]
    });
    of_ratio.or_else(|| {
        let it = statistics.limits_points?;
        Some([
            format::difference_with_interval(it.bias.estimate, it.bias.lower, it.bias.upper),
            format!(
                "{} to {}",
                format::difference(it.lower_limit.estimate),
                format::difference(it.upper_limit.estimate)
            ),
        ])
    })
}

fn class_rows(schemes: &[SchemeAgreement]) -> Vec<Vec<String>> {
    let header = ["scheme", "compared", "same class", "kappa (95 %)", "quadratic-weighted kappa (95 %)"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for scheme in schemes {
        for pair in &scheme.pairs {
            let kappa = |it: Option<crate::agreement::categories::Kappa>| {
                it.map_or_else(
                    || ABSENT.to_owned(),
                    |it| format::correlation_with_interval(it.kappa, Some(it.lower), Some(it.upper)),
                )
            };
            let found = pair.agreement.as_ref();
            rows.push(vec![
                scheme.scheme.clone(),
                format!("{}, {}", pair.first, pair.second),
                found.map_or_else(
                    || ABSENT.to_owned(),
                    |it| {
                        let share = format::percent_of(it.n_agreeing, it.n_patients);
                        format!("{} of {} ({share})", format::count(it.n_agreeing), format::count(it.n_patients))
                    },
                ),
                kappa(found.and_then(|it| it.kappa)),
                kappa(found.and_then(|it| it.quadratic_kappa)),
            ]);
        }
    }
    rows
}
