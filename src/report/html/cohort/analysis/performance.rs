//! How well a model tells patients apart and predicts by each time, and what decisions on its risks are worth.

use crate::protocol::TimeUnit;
use crate::report::format::{self, or_dash};
use crate::report::html::document::{Block, Table};
use crate::stratify::patients::{ModelComparison, ModelPerformance};
use crate::survival::decision_curve::NetBenefit;
use crate::survival::reclassification::Estimate;

/// Discrimination and error by each time of the analysis; empty without times.
pub(super) fn at_times(performance: &ModelPerformance, unit: TimeUnit) -> Option<Table> {
    let auc = performance.auc.as_ref()?;
    let columns = ["By", "#AUC (95 % CI)", "#Brier score", "#Observed to expected events"];
    let mut table = Table::new("Predicted risk and what happened", columns);
    for (place, at) in auc.times.iter().enumerate() {
        let auc = at.event_free.as_ref().map(|it| format!("{:.3} ({:.3}–{:.3})", it.auc, it.lower, it.upper));
        let brier = performance.brier.as_ref().and_then(|it| it.times.get(place)?.brier).map(|it| format!("{it:.3}"));
        let ratio = performance.calibration.get(place).and_then(|it| it.observed_to_expected.as_ref());
        let ratio = ratio.map(|it| format::ratio(it.ratio));
        let found = [auc, brier, ratio].map(|it| or_dash(it, |it| it));
        table.push_texts(std::iter::once(time(at.time, unit)).chain(found).collect());
    }
    Some(table)
}

/// Net benefit of treating from each threshold; absent without thresholds.
pub(super) fn decisions(performance: &ModelPerformance, unit: TimeUnit) -> Option<Block> {
    let columns =
        ["Risk by", "#Treated from a risk of", "#Share treated", "#Net benefit (95 %)", "#Net benefit of treating all"];
    let mut table = Table::new("Decisions on the predicted risk; treating nobody has a net benefit of 0", columns);
    for curve in &performance.decision_curves {
        for it in &curve.thresholds {
            table.push_texts(vec![
                time(curve.time, unit),
                format::share_as_given(it.threshold),
                format::percent(it.high_risk),
                net_benefit(it),
                or_dash(it.treat_all, |it| format::number(it, 3)),
            ]);
        }
    }
    (!table.rows.is_empty()).then(|| Block::Details("Net benefit".to_owned(), vec![Block::Table(table)]))
}

fn net_benefit(it: &NetBenefit) -> String {
    let number = |it: f64| format::number(it, 3);
    let interval = it.lower.zip(it.upper).map(|(lower, upper)| format!(" ({} to {})", number(lower), number(upper)));
    or_dash(it.net_benefit, |benefit| format!("{}{}", number(benefit), interval.as_deref().unwrap_or_default()))
}

/// Whose predicted risk the second of two models puts up or down; absent without times.
pub(super) fn reclassification(pairs: &[ModelComparison], unit: TimeUnit) -> Option<Block> {
    let columns = ["Models", "Risk by", "#IDI (95 %)", "#NRI of those with the event (95 %)", "#NRI of others (95 %)"];
    let mut table = Table::new("Change of predicted risks, every change counting; without p-values", columns);
    for pair in pairs {
        for at in &pair.at_times {
            let found = &at.reclassification;
            let estimates = [&found.idi, &found.nri_events, &found.nri_nonevents].map(signed);
            let first = [format!("{} against {}", pair.second, pair.first), time(at.time, unit)];
            table.push_texts(first.into_iter().chain(estimates).collect());
        }
    }
    (!table.rows.is_empty()).then(|| Block::Details("Change of predicted risks".to_owned(), vec![Block::Table(table)]))
}

fn signed(it: &Estimate) -> String {
    or_dash(it.estimate, |estimate| format::small_difference(estimate, it.lower.zip(it.upper)))
}

fn time(time: f64, unit: TimeUnit) -> String {
    format!("{} {}", format::time(time, unit), unit.name())
}
