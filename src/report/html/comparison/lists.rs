//! What is not compared, and how the rest was.

use super::super::document::{Block, Section, Table};
use crate::report::format;
use crate::score::comparison::{AgreementReport, NotComparedKind};

/// What is not compared; absent if nothing is left out.
pub(super) fn not_compared(report: &AgreementReport) -> Option<Section> {
    if report.not_compared.is_empty() {
        return None;
    }
    let mut table = Table::new(
        format!("Not compared: {}", format::count(report.not_compared.len())),
        ["What", "Patient", "Measure", "In", "Not in", "Why", "Resembles"],
    );
    for it in &report.not_compared {
        table.push_texts(vec![
            kind(it.what).to_owned(),
            it.patient_id.clone().unwrap_or_default(),
            it.measure.clone().unwrap_or_default(),
            it.present_in.join(", "),
            it.absent_in.join(", "),
            it.reason.clone(),
            it.resembles.clone().unwrap_or_default(),
        ]);
    }
    Some(Section::new("not-compared", "Not compared", vec![Block::Table(table)]))
}

const fn kind(it: NotComparedKind) -> &'static str {
    match it {
        NotComparedKind::Patient => "patient",
        NotComparedKind::Component => "marker and region",
        NotComparedKind::Value => "value",
        NotComparedKind::Row => "row",
    }
}

/// How agreement was estimated, and from what.
pub(super) fn methods(report: &AgreementReport) -> Section {
    let mut inputs = Table::new("Files read", ["Role", "File", "SHA-256"]);
    for it in &report.inputs {
        inputs.push_texts(vec![it.role.clone(), it.name.clone(), it.sha256.clone()]);
    }
    let points = [
        "Two are compared on the patients whom both measured; several at once on those whom all measured.",
        "Bias and limits of agreement: Bland and Altman 1986 and 1999, of densities and counts as ratios (on logarithms), of \
         scores, percents and grades as differences. About 95 % of patients lie between the limits. Intervals of the limits are \
         exact for normal differences (Carkeet 2015).",
        "Slope: how the log ratio changes as the density grows e-fold, or the difference for each point of the mean, and the p-value \
         of a slope of 0 (proportional bias).",
        "Intraclass correlations of single measurements: Shrout and Fleiss 1979. ICC(2,1) asks for the same values, and a bias \
         lowers it; ICC(3,1) does not see a bias. Lin’s concordance correlation: Lin 1989 and 2000. All of them hang on how much \
         the patients differ, so that they do not compare between cohorts.",
        "Coefficient of variation within patients: from the variance of logarithms within patients (Quan and Shih 1996); a bias \
         counts as variation.",
        "Classes: share of patients in the same class with Wilson’s interval, Cohen’s kappa, and kappa with quadratic weights \
         (Cohen 1968; Fleiss, Cohen and Everitt 1969); symmetry by Bowker’s test.",
    ];
    let mut blocks = vec![Block::List(points.map(str::to_owned).to_vec())];
    if !report.inputs.is_empty() {
        blocks.push(Block::Table(inputs));
    }
    Section::new("methods", "Methods", blocks)
}
