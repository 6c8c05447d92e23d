//! How raters agree.

use crate::agreement::categories::Kappa;
use crate::agreement::measurements::{PairStatistics, Scale};
use crate::report::format::{self, ABSENT, left_out_for_zero, or_dash};
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
            let icc = or_dash(icc, |it| format::correlation_with_interval(it.estimate, Some(it.lower), Some(it.upper)));
            let n = all.statistics.n_compared();
            let n_patients = format!("{}{}", format::patients(n), left_out_for_zero(all.statistics.n_patients - n));
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
    let [bias, limits] = bias_and_limits(&pair.statistics);
    let icc = pair.statistics.intraclass.map(|it| it.agreement);
    vec![
        with_unit(measure),
        compared(measure, pair),
        n_compared(&pair.statistics),
        bias,
        limits,
        or_dash(icc, |it| format::correlation_with_interval(it.estimate, Some(it.lower), Some(it.upper))),
    ]
}

/// The title of a measure; with the unit of a difference, which a ratio does not have.
pub(in crate::report) fn with_unit(measure: &MeasureAgreement) -> String {
    match measure.scale {
        Scale::Ratio => measure.title().to_owned(),
        Scale::Points => format!("{} ({})", measure.title(), format::unit_of_difference(&measure.unit)),
    }
}

/// Who is compared with whom, in the order of a ratio or a difference.
pub(in crate::report) fn compared(measure: &MeasureAgreement, pair: &PairAgreement) -> String {
    let sign = if measure.scale == Scale::Ratio { "/" } else { "\u{2212}" };
    format!("{} {sign} {}", pair.second, pair.first)
}

/// Patients that bias and limits are made of, and those left out for a 0.
pub(in crate::report) fn n_compared(statistics: &PairStatistics) -> String {
    let n = statistics.n_compared();
    format!("{}{}", format::count(n), left_out_for_zero(statistics.n_pairs - n))
}

/// Bias with its interval, and the limits of agreement; dashes with too few pairs.
pub(in crate::report) fn bias_and_limits(statistics: &PairStatistics) -> [String; 2] {
    format::limits_of_agreement(statistics)
        .map_or_else(|| [ABSENT, ABSENT].map(str::to_owned), |it| [it.bias, it.range])
}

fn class_rows(schemes: &[SchemeAgreement]) -> Vec<Vec<String>> {
    let header = ["scheme", "compared", "same class", "kappa (95 %)", "quadratic-weighted kappa (95 %)"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for scheme in schemes {
        for pair in &scheme.pairs {
            let kappa = |it: Option<Kappa>| {
                or_dash(it, |it| format::correlation_with_interval(it.kappa, Some(it.lower), Some(it.upper)))
            };
            let found = pair.agreement.as_ref();
            rows.push(vec![
                scheme.scheme.clone(),
                format!("{}, {}", pair.first, pair.second),
                or_dash(found, |it| {
                    let share = format::percent_of(it.n_agreeing, it.n_patients);
                    format!("{} of {} ({share})", format::count(it.n_agreeing), format::count(it.n_patients))
                }),
                kappa(found.and_then(|it| it.kappa)),
                kappa(found.and_then(|it| it.quadratic_kappa)),
            ]);
        }
    }
    rows
}
