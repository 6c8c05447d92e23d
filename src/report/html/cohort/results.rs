//! What was found, in a few sentences made from the numbers.

use super::analysis;
use crate::protocol::{Aggregator, ReferenceMode};
use crate::report::html::document::Block;
use crate::report::html::patient::Tile;
use crate::report::wording::{self, LearnedCutoffs, what_a_high_score_means};
use crate::report::{CohortReport, format, palette};
use crate::stratify::{AdjustedModel, EndpointStatistics, SCORE_TERM};
use crate::survival::cox::CoefficientState;

/// Below this, a difference is called one; above, the data are said not to show it.
const SIGNIFICANCE: f64 = 0.05;

/// What is to be known before the numbers are believed.
pub(super) fn warnings(cohort: &CohortReport<'_>) -> Vec<String> {
    let mut warnings = wording::reference_warnings(cohort.protocol, cohort.reference);
    if cohort.reference.is_some_and(|it| it.mode == ReferenceMode::Training) {
        let n = cohort.scores.iter().filter(|it| it.in_reference).count();
        if n > 0 {
            let n = format::patients(n);
            warnings.push(format!("{n} with a score belong to the training split that the reference was built from."));
        }
    }
    warnings.extend(learned_cutoffs(cohort).into_iter().filter_map(|it| match it {
        LearnedCutoffs::Warning(text) => Some(text),
        LearnedCutoffs::Remark(_) => None,
    }));
    for endpoint in cohort.statistics.iter().flat_map(|it| &it.endpoints) {
        warnings.extend(endpoint.warnings.iter().map(|it| format!("{}: {it}", endpoint.label)));
    }
    for analysis in cohort.statistics.iter().flat_map(|it| &it.analyses) {
        warnings.extend(analysis.warnings.iter().map(|it| format!("{}: {it}", analysis.label)));
    }
    warnings
}

fn learned_cutoffs(cohort: &CohortReport<'_>) -> Vec<LearnedCutoffs> {
    wording::learned_cutoffs(cohort.protocol, cohort.scores, cohort.inputs)
}

/// The numbers at the head of the page.
pub(super) fn tiles(cohort: &CohortReport<'_>) -> Vec<Tile> {
    let n_full = cohort.full_scores().count();
    let scheme = cohort.protocol.primary();
    let mut tiles = vec![Tile {
        number: format::count(n_full),
        text: format!("patients with a full score, of {}", format::count(cohort.profiles.len())),
        color: palette::NEUTRAL.to_owned(),
    }];
    let counts = cohort.class_counts(scheme);
    tiles.extend(scheme.classes.iter().zip(counts).enumerate().map(|(at, (class, n))| Tile {
        number: format::percent_of(n, n_full),
        text: format!("{class} ({}): {}", scheme.label, format::patients(n)),
        color: palette::class(at, scheme.classes.len()),
    }));
    tiles
}

/// The key results.
pub(super) fn results(cohort: &CohortReport<'_>) -> Vec<Block> {
    let n_rejected = cohort.n_rejected();
    let n_full = cohort.full_scores().count();
    let n_partial = cohort.scores.len() - n_full;
    let mut first = format!(
        "{} of {} have a full score{}.",
        format::count(n_full),
        format::patients(cohort.profiles.len()),
        by_what(cohort),
    );
    if n_partial > 0 {
        first = format!("{first} {} a partial score, which is not analysed.", have(n_partial));
    }
    if n_rejected > 0 {
        first = format!("{first} {} no score; the reasons are listed below.", have(n_rejected));
    }
    let direction = format!(
        "{} A hazard ratio below 1 means that events are rarer where the score is higher.",
        what_a_high_score_means(cohort.protocol)
    );
    let mut blocks = vec![Block::Paragraph(first), Block::Paragraph(direction)];
    blocks.extend(learned_cutoffs(cohort).into_iter().filter_map(|it| match it {
        LearnedCutoffs::Remark(text) => Some(Block::Paragraph(text)),
        LearnedCutoffs::Warning(_) => None,
    }));
    match cohort.statistics {
        None => blocks.push(Block::Paragraph(
            "Survival was not analysed: there is no endpoint, or no output of the survival step.".to_owned(),
        )),
        Some(statistics) => {
            let endpoints = statistics.endpoints.iter().map(of_endpoint);
            let analyses = statistics.analyses.iter().map(analysis::in_short);
            blocks.push(Block::List(endpoints.chain(analyses).collect()));
        }
    }
    blocks
}

/// What patients are compared with.
fn by_what(cohort: &CohortReport<'_>) -> String {
    let Some(reference) = cohort.reference else { return String::new() };
    let by = if cohort.protocol.aggregator == Aggregator::Log2Ratio { "with" } else { "by percentiles in" };
    let size = format::samples_of_patients(reference.n_patients, reference.n_samples);
    format!(", {by} the reference “{}” ({size})", reference.name)
}

fn have(n: usize) -> String {
    format!("{} {}", format::patients(n), if n == 1 { "has" } else { "have" })
}

/// One endpoint in a few sentences.
fn of_endpoint(endpoint: &EndpointStatistics) -> String {
    let mut sentences = vec![format!(
        "{}: {} among {}.",
        endpoint.label,
        format::events(endpoint.n_events),
        format::patients(endpoint.n)
    )];
    if endpoint.n_events == 0 {
        sentences.push("Without events nothing can be said of survival.".to_owned());
        return sentences.join(" ");
    }
    sentences.extend(by_class(endpoint));
    sentences.extend(by_score(endpoint));
    sentences.extend(endpoint.models.iter().filter_map(added));
    sentences.join(" ")
}

fn by_class(endpoint: &EndpointStatistics) -> Option<String> {
    let by_class = endpoint.by_class.first()?;
    let p = by_class.log_rank.p_value?;
    let label = &by_class.scheme_label;
    Some(if p < SIGNIFICANCE {
        format!("The classes ({label}) differ (log-rank {}).", format::p_statement(p))
    } else {
        format!("A difference between the classes ({label}) was not shown (log-rank {}).", format::p_statement(p))
    })
}

fn by_score(endpoint: &EndpointStatistics) -> Option<String> {
    let coefficient = endpoint.by_score.cox.as_ref()?.coefficients.first()?;
    if coefficient.state != CoefficientState::Estimated {
        return None;
    }
    let hazard_ratio = coefficient.hazard_ratio?;
    let ratio = format::ratio_with_interval(hazard_ratio, coefficient.lower, coefficient.upper);
    let c = format::concordance(&endpoint.by_score.concordance);
    let p_value = coefficient.p_value?;
    let direction = match p_value {
        it if it >= SIGNIFICANCE => "an association was not shown",
        _ if hazard_ratio < 1.0 => "events are rarer where the score is higher",
        _ => "events are more frequent where the score is higher",
    };
    let p = format::p_statement(p_value);
    let label = if coefficient.term == SCORE_TERM { "Per 10 points of the score" } else { "Per point of the score" };
    Some(format!("{label} the hazard ratio is {ratio}, {p}: {direction}. The score’s concordance is {c}."))
}

/// What the score adds to other variables.
pub(super) fn added(model: &AdjustedModel) -> Option<String> {
    let test = model.added_by_score.as_ref()?;
    let c = |cox: &Option<crate::survival::cox::CoxModel>| cox.as_ref()?.concordance.as_ref()?.concordance;
    let concordance = match (c(&model.without_score), c(&model.with_score)) {
        (Some(without), Some(with)) => {
            let remark = if with > without { "" } else { "the score adds no discrimination here: " };
            let (without, with) = (format::c_statistic(without), format::c_statistic(with));
            format!("{remark}concordance {without} without it, {with} with it")
        }
        (None, Some(with)) => format!("concordance {} with it", format::c_statistic(with)),
        _ => "concordance is not defined".to_owned(),
    };
    let fit = if test.p_value < SIGNIFICANCE { "improves the fit" } else { "does not clearly improve the fit" };
    Some(format!(
        "In the model “{}” the score {fit} beyond the other variables (likelihood ratio {}); {concordance}.",
        model.label,
        format::test(test)
    ))
}
