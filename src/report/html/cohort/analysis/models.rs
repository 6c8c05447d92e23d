//! Cox models of columns, and how they compare.

use super::{heading, performance};
use crate::protocol::TimeUnit;
use crate::report::format::{self, or_dash};
use crate::report::html::cohort::cox_model;
use crate::report::html::document::{Block, Table};
use crate::stratify::patients::{ModelComparison, ModelStatistics, PenalizedModel};
use crate::survival::concordance::WeightedConcordance;
use crate::survival::cox::Coefficient;

/// A model: hazard ratios, tests, how well it tells patients apart.
pub(super) fn model(model: &ModelStatistics, unit: TimeUnit) -> Vec<Block> {
    let of = [model.n, model.n_events, model.n_incomplete];
    let mut blocks = Vec::from(heading(format!("Model: {}", model.label), of, "a value"));
    if model.n_events == 0 {
        blocks.push(Block::Note("Without events there is no model.".to_owned()));
        return blocks;
    }
    let label = |it: &Coefficient| label(model, &it.term, &it.name);
    let without = if model.penalized.is_some() { ", without its penalty" } else { "" };
    let caption = format!("Hazard ratios in model {}{without}", model.label);
    blocks.push(Block::Table(cox_model::coefficients(&caption, &model.cox, label)));
    blocks.extend(cox_model::not_estimated(model.cox.coefficients.iter(), label).map(Block::Note));
    let (zph, per_variable) = (model.proportional_hazards.as_ref(), model.events_per_variable);
    let mut facts = cox_model::facts(&model.cox, zph, per_variable);
    facts.retain(|(name, _)| name != cox_model::CONCORDANCE && name != "Model");
    facts.extend(discrimination(model));
    facts.extend(model.splines.iter().filter_map(|it| {
        let test = it.non_linearity.likelihood_ratio.as_ref()?;
        Some((format!("{} other than a straight line", it.name), format::test(test)))
    }));
    blocks.push(Block::Facts(facts));
    if let Some(it) = &model.performance {
        blocks.extend(performance::at_times(it, unit).map(Block::Table));
        blocks.extend(performance::decisions(it, unit));
    }
    blocks.extend(penalized(model).map(Block::Table));
    if let Some(it) = &model.penalized_validation
        && let Some(corrected) = it.concordance.corrected
    {
        let said = format!("{} ({} bootstrap samples)", format::c_statistic(corrected), format::count(it.n_replicates));
        blocks.push(Block::Facts(vec![("C with the penalty, corrected for optimism".to_owned(), said)]));
    }
    blocks.extend(interaction(model));
    blocks
}

/// What a coefficient is called, with the class that a class is compared with.
fn label(model: &ModelStatistics, term: &str, name: &str) -> String {
    let covariate = model.covariates.iter().find(|it| it.column == term);
    match covariate.map(|it| it.reference.as_deref()) {
        Some(Some(reference)) if name != term => format!("{term}: {name} vs {reference}"),
        Some(None) if name == term => format!("{term}, per 1"),
        _ if name == term => term.to_owned(),
        _ => format!("{term}: {name}"),
    }
}

fn discrimination(model: &ModelStatistics) -> Vec<(String, String)> {
    let Some(performance) = &model.performance else { return Vec::new() };
    let said = |it: &WeightedConcordance| {
        let c = format::c_statistic(it.concordance?);
        let interval = it.lower.zip(it.upper).map(|(lower, upper)| format!(" ({lower:.3}–{upper:.3})"));
        Some(format!("{c}{}", interval.unwrap_or_default()))
    };
    let mut facts = Vec::new();
    facts.extend(said(&performance.harrell).map(|it| ("Harrell’s C (95 % CI)".to_owned(), it)));
    facts.extend(performance.uno.as_ref().and_then(said).map(|it| ("Uno’s C (95 % CI)".to_owned(), it)));
    if let Some(validation) = &performance.validation
        && let Some(corrected) = validation.concordance.corrected
    {
        facts.push((
            "Harrell’s C, corrected for optimism".to_owned(),
            format!(
                "{} ({} bootstrap samples)",
                format::c_statistic(corrected),
                format::count(validation.concordance.n_replicates)
            ),
        ));
    }
    facts
}

/// The coefficients that a penalty leaves; absent without one.
fn penalized(model: &ModelStatistics) -> Option<Table> {
    let named = |term: &str, name: &str| label(model, term, name);
    let ratio = |it: Option<f64>| or_dash(it, format::ratio_beside_1);
    let with_interval = |it: (Option<f64>, Option<f64>, Option<f64>)| {
        or_dash(it.0, |ratio| format::ratio_with_interval(ratio, it.1, it.2))
    };
    let p = |it: Option<f64>| or_dash(it, format::p_value);
    let firth = || model.firth.as_ref().map(|it| ("Firth’s penalty, as a hazard ratio has no finite estimate", it));
    let of_firth = match &model.penalized {
        Some(PenalizedModel::Firth(it)) => Some(("Firth’s penalty", it)),
        Some(_) => None,
        None => firth(),
    };
    if let Some((penalty, it)) = of_firth {
        let mut table = Table::new(format!("Hazard ratios with {penalty}"), ["Variable", "#HR (95 % CI)", "#p"]);
        for it in &it.coefficients {
            let ratio = with_interval((it.hazard_ratio, it.lower, it.upper));
            table.push_texts(vec![named(&it.term, &it.name), ratio, p(it.p_value)]);
        }
        return Some(table);
    }
    match model.penalized.as_ref()? {
        PenalizedModel::Firth(_) => None,
        PenalizedModel::Ridge(it) => {
            let caption = format!("Hazard ratios with a ridge penalty, theta {}", it.theta);
            let mut table = Table::new(caption, ["Variable", "#HR (95 % CI)", "#p"]);
            for it in &it.coefficients {
                let ratio = with_interval((it.hazard_ratio, it.lower, it.upper));
                table.push_texts(vec![named(&it.term, &it.name), ratio, p(it.p_value)]);
            }
            Some(table)
        }
        PenalizedModel::ElasticNet(it) => {
            let caption = format!(
                "Shrunken hazard ratios: elastic net, alpha {}, lambda {:.4} by {}-fold cross-validation; {} of {} columns",
                it.path.alpha,
                it.best.lambda,
                it.n_folds,
                it.best.columns.len(),
                it.path.columns.len()
            );
            let smaller = format!("#HR within one standard error (lambda {:.4})", it.one_std_err.lambda);
            let columns = vec!["Variable".to_owned(), "#HR that predicts best".to_owned(), smaller];
            let mut table = Table::with_columns(caption, columns);
            for column in &it.best.columns {
                let same = |other: &&crate::survival::penalized::cross_validation::SelectedColumn| {
                    other.term == column.term && other.name == column.name
                };
                let smaller = it.one_std_err.columns.iter().find(same);
                let smaller = smaller.map_or_else(|| "left out".to_owned(), |it| ratio(it.hazard_ratio));
                table.push_texts(vec![named(&column.term, &column.name), ratio(column.hazard_ratio), smaller]);
            }
            Some(table)
        }
    }
}

fn interaction(model: &ModelStatistics) -> Vec<Block> {
    let Some(it) = &model.interaction else { return Vec::new() };
    let mut blocks = Vec::new();
    if let Some(test) = &it.predictive {
        let name = format!("Effect of {} differs along {}", it.treatment, it.marker);
        blocks.push(Block::Facts(vec![(name, format::test(test))]));
    }
    let caption = format!("Effect of {} along {}", it.treatment, it.marker);
    let marker = format!("{} at", it.marker);
    let columns = vec![marker, "Compared".to_owned(), "#HR of the treatment (95 % CI)".to_owned()];
    let mut table = Table::with_columns(caption, columns);
    for it in &it.effects {
        let ratio = it.hazard_ratio.map(|ratio| format::ratio_with_interval(ratio, it.lower, it.upper));
        let ratio = or_dash(ratio, |it| it);
        table.push_texts(vec![it.marker.clone(), it.treatment.clone(), ratio]);
    }
    blocks.push(Block::Table(table));
    blocks
}

/// Each pair of models on the rows that both have; empty with fewer than two models.
pub(super) fn comparisons(pairs: &[ModelComparison], unit: TimeUnit) -> Vec<Block> {
    if pairs.is_empty() {
        return Vec::new();
    }
    let columns =
        ["Models", "#Rows", "#Events", "#Likelihood ratio", "#Difference of C (95 % CI)", "#p of the difference"];
    let mut table = Table::new("Models on the rows that both have, without penalties", columns);
    for it in pairs {
        let test = or_dash(it.likelihood_ratio.as_ref(), format::test);
        let difference = it.concordance_difference.as_ref();
        let c = difference.map(|it| format::small_difference(it.difference, Some((it.lower, it.upper))));
        let p = or_dash(difference.and_then(|it| it.p_value), format::p_value);
        table.push_texts(vec![
            format!("{} against {}", it.second, it.first),
            format::count(it.n),
            format::count(it.n_events),
            test,
            or_dash(c, |it| it),
            p,
        ]);
    }
    let blocks = [
        Block::Heading("Models compared".to_owned()),
        Block::Table(table),
        Block::Note(
            "The likelihood ratio tests what a model has beyond another whose columns it holds all.".to_owned(),
        ),
    ];
    blocks.into_iter().chain(performance::reclassification(pairs, unit)).collect()
}
