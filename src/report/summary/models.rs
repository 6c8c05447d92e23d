//! Cox models, and how they compare.

use super::{coefficient, incomplete, penalized};
use crate::protocol::TimeUnit;
use crate::report::format::{self, or_dash};
use crate::stratify::patients::{ModelComparison, ModelPerformance, ModelStatistics};
use crate::survival::concordance::WeightedConcordance;
use crate::survival::decision_curve::DecisionCurve;
use crate::survival::reclassification::Estimate;
use crate::survival::time_dependent_auc::AucAt;

/// Below this, a test of proportional hazards gets a remark.
const REMARKABLE: f64 = 0.05;

/// The seed decides how patients are dealt to folds.
pub(super) fn model(model: &ModelStatistics, unit: TimeUnit, seed: u64) -> Vec<String> {
    let incomplete = incomplete(model.n_incomplete);
    let mut lines = vec![
        String::new(),
        format!(
            "model {}: {}, {}{incomplete}",
            model.label,
            format::counted(model.n, "row", "rows"),
            format::events(model.n_events)
        ),
    ];
    if model.n_events == 0 {
        let because = if model.n == 0 { "no row has a value in each of its columns" } else { "nobody had the event" };
        lines.push(format!("  not fitted, as {because}"));
        return lines;
    }
    if model.penalized.is_some() {
        lines.push("  without the penalty:".to_owned());
    }
    if !model.cox.coefficients.is_empty() {
        let mut rows = vec![["", "hazard ratio (95 %)", "p"].map(str::to_owned).to_vec()];
        rows.extend(model.cox.coefficients.iter().map(coefficient));
        lines.extend(format::aligned(&rows));
    }
    if let Some(it) = &model.performance {
        lines.extend(concordance("C (Harrell)", &it.harrell));
        lines.extend(it.uno.as_ref().and_then(|it| concordance("C (Uno)", it)));
        if let Some(validation) = &it.validation
            && let (Some(apparent), Some(corrected)) =
                (validation.concordance.apparent, validation.concordance.corrected)
        {
            lines.push(format!(
                "  C of the fit {apparent:.3}, corrected for optimism {corrected:.3} ({} bootstrap samples, {} without a model)",
                validation.n_replicates, validation.n_failed
            ));
        }
    }
    lines.extend(model.performance.iter().flat_map(|it| at_times(it, unit)));
    let curves = model.performance.iter().flat_map(|it| &it.decision_curves);
    lines.extend(curves.flat_map(|it| net_benefit(it, unit)));
    match (&model.penalized, &model.firth) {
        (Some(it), _) => lines.extend(penalized::penalized(it, model.penalized_validation.as_ref(), seed)),
        (None, Some(it)) => {
            let heading = "with Firth's penalty, since a hazard ratio has no finite estimate";
            lines.extend(penalized::firth(heading, it));
        }
        (None, None) => {}
    }
    lines.extend(model.splines.iter().filter_map(|it| {
        let test = it.non_linearity.likelihood_ratio.as_ref()?;
        Some(format!("  {} other than a straight line: {}", it.name, format::test(test)))
    }));
    if let Some(it) = &model.interaction {
        lines.extend(
            it.predictive.as_ref().map(|test| {
                format!("  effect of {} differs along {}: {}", it.treatment, it.marker, format::test(test))
            }),
        );
        let mut rows = vec![vec![format!("{} at", it.marker), "hazard ratio of the treatment (95 %)".to_owned()]];
        rows.extend(it.effects.iter().map(|it| {
            let ratio = it.hazard_ratio.map(|ratio| format::ratio_with_interval(ratio, it.lower, it.upper));
            vec![format!("{} ({})", it.marker, it.treatment), or_dash(ratio, |it| it)]
        }));
        lines.extend(format::aligned(&rows));
    }
    if let Some(global) = model.proportional_hazards.as_ref().and_then(|it| it.global.as_ref()) {
        let remark = if global.p_value < REMARKABLE { ": a hazard ratio that changes is an average" } else { "" };
        lines.push(format!("  proportional hazards: {}{remark}", format::test(global)));
    }
    let too_few = model.events_per_variable.too_few && model.penalized.is_none();
    if let Some(ratio) = model.events_per_variable.ratio.filter(|_| too_few) {
        let ratio = format::per_variable(ratio);
        lines.push(format!("  {ratio} events for each coefficient: fewer than 10, the estimates are unreliable"));
    }
    lines
}

/// How well the risk by each time tells patients apart, and how far it is off.
fn at_times(performance: &ModelPerformance, unit: TimeUnit) -> Vec<String> {
    let Some(auc) = &performance.auc else { return Vec::new() };
    let at_time = |(place, at): (usize, &AucAt)| {
        let auc = at.event_free.as_ref().map(|it| format!("AUC {:.3} ({:.3}–{:.3})", it.auc, it.lower, it.upper));
        let brier = performance.brier.as_ref().and_then(|it| it.times.get(place)?.brier);
        let ratio = performance.calibration.get(place).and_then(|it| it.observed_to_expected.as_ref());
        let parts = [
            auc,
            brier.map(|it| format!("Brier score {it:.3}")),
            ratio.map(|it| format!("observed to expected {}", format::ratio(it.ratio))),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let (time, unit) = (format::time(at.time, unit), unit.name());
        (!parts.is_empty()).then(|| format!("  by {time} {unit}: {}", parts.join(", ")))
    };
    auc.times.iter().enumerate().filter_map(at_time).collect()
}

pub(super) fn model_comparison(it: &ModelComparison, unit: TimeUnit) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(test) = &it.likelihood_ratio {
        said.push(format!("likelihood ratio {}", format::test(test)));
    }
    if let Some(difference) = &it.concordance_difference {
        said.push(format!(
            "C {}",
            format::small_difference(difference.difference, Some((difference.lower, difference.upper)))
        ));
    }
    let mut lines =
        vec![format!("  {} against {}, {} rows: {}", it.second, it.first, format::count(it.n), said.join("; "))];
    lines.extend(it.at_times.iter().map(|at| {
        let found = &at.reclassification;
        format!(
            "    risk by {} {}: IDI {}; NRI of those with the event {}, of others {}",
            format::time(at.time, unit),
            unit.name(),
            signed(&found.idi),
            signed(&found.nri_events),
            signed(&found.nri_nonevents)
        )
    }));
    lines
}

fn signed(it: &Estimate) -> String {
    or_dash(it.estimate, |estimate| format::small_difference(estimate, it.lower.zip(it.upper)))
}

fn net_benefit(curve: &DecisionCurve, unit: TimeUnit) -> Vec<String> {
    let number = |it: Option<f64>| or_dash(it, |it| format::number(it, 3));
    let mut rows =
        vec![["treated from a risk of", "share treated", "net benefit", "of treating all"].map(str::to_owned).to_vec()];
    rows.extend(curve.thresholds.iter().map(|it| {
        vec![
            format::share_as_given(it.threshold),
            format::percent(it.high_risk),
            number(it.net_benefit),
            number(it.treat_all),
        ]
    }));
    let mut lines = vec![format!("  decisions on the risk by {} {}:", format::time(curve.time, unit), unit.name())];
    lines.extend(format::aligned(&rows));
    lines
}

fn concordance(name: &str, it: &WeightedConcordance) -> Option<String> {
    let c = it.concordance?;
    let interval = it.lower.zip(it.upper).map(|(lower, upper)| format!(" ({lower:.3}–{upper:.3})"));
    Some(format!("  {name} = {c:.3}{}", interval.unwrap_or_default()))
}
