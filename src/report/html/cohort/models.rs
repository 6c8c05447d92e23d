//! What the score adds to other variables.

use super::cox_model::{class_label, coefficients, estimate, facts, not_estimated};
use super::results;
use crate::report::figures::forest;
use crate::report::format;
use crate::report::html::document::{Block, Cell, Table};
use crate::stratify::{AdjustedModel, ByClass, EventsPerVariable};
use crate::survival::cox::{Coefficient, CoxModel};

/// An adjusted model: who is in it, each variable alone and together, and what the score adds.
pub(super) fn adjusted(model: &AdjustedModel, primary: Option<&ByClass>) -> Vec<Block> {
    let mut who = format!(
        "{} with every variable, {}; {} left out because a variable is missing.",
        format::patients(model.n),
        format::events(model.n_events),
        format::patients(model.n_incomplete),
    );
    if !model.strata.is_empty() {
        let strata = model.strata.join(", ");
        who = format!("{who} Stratified by {strata}: each has a baseline hazard of its own.");
    }
    let mut blocks = vec![Block::Paragraph(who), Block::Table(side_by_side(model))];
    let models = model.without_score.iter().chain(&model.with_score);
    let mut note = "All columns are fitted to the same patients.".to_owned();
    if let Some(reasons) = not_estimated(models.flat_map(|it| &it.coefficients), |it| label(model, it)) {
        note = format!("{note} {reasons}");
    }
    blocks.push(Block::Note(note));
    match results::added(model) {
        Some(sentence) => blocks.push(Block::Paragraph(sentence)),
        None => blocks.push(Block::Paragraph(
            "What the score adds cannot be tested here: a model could not be fitted.".to_owned(),
        )),
    }
    if let Some(cox) = &model.with_score {
        let facts = facts(cox, model.proportional_hazards.as_ref(), model.events_per_variable);
        blocks.push(Block::Facts(facts));
    }

    let mut inner = vec![Block::Table(missing(model))];
    if let Some(cox) = &model.with_class {
        let caption = "The variables and the classes of the primary scheme, in place of the score";
        let label = |it: &Coefficient| match primary.filter(|primary| primary.scheme == it.term) {
            Some(primary) => class_label(primary, cox, it),
            None => label(model, it),
        };
        inner.push(Block::Table(coefficients(caption, cox, label)));
        inner.extend(not_estimated(cox.coefficients.iter(), label).map(Block::Note));
        let n_variables = cox.coefficients.len();
        let mut facts = facts(cox, None, EventsPerVariable::new(cox.n_events, n_variables));
        facts.retain(|(name, _)| name != "Proportional hazards");
        inner.push(Block::Facts(facts));
    }
    blocks.push(Block::Details("Missing values, and the model with classes".to_owned(), inner));
    blocks
}

/// What a coefficient of a model is called.
fn label(model: &AdjustedModel, coefficient: &Coefficient) -> String {
    let covariate = model.covariates.iter().find(|it| it.column == coefficient.term);
    let label = forest::coefficient_label(coefficient, covariate.and_then(|it| it.reference.as_deref()));
    let is_number = covariate.is_some_and(|it| it.reference.is_none());
    if is_number { format!("{label}, per 1") } else { label }
}

/// Each coefficient alone, without the score, and with the score.
fn side_by_side(model: &AdjustedModel) -> Table {
    // The strata are part of every model, also of those of one variable.
    let alone = if model.strata.is_empty() { "#Alone: HR (95 % CI)" } else { "#Alone in its strata: HR (95 % CI)" };
    let columns =
        ["Variable", alone, "#p", "#Without the score: HR (95 % CI)", "#p", "#With the score: HR (95 % CI)", "#p"];
    let mut table = Table::new("Hazard ratios alone and adjusted", columns);

    // The model with the score has every row; where it cannot be fitted, the other two have to do.
    let mut rows: Vec<&Coefficient> = Vec::new();
    let alone = || model.univariable.iter().filter_map(|it| it.cox.as_ref());
    for cox in model.with_score.iter().chain(&model.without_score).chain(alone()) {
        for it in &cox.coefficients {
            if !rows.iter().any(|row| row.term == it.term && row.name == it.name) {
                rows.push(it);
            }
        }
    }
    for row in rows {
        let in_model =
            |cox: &CoxModel| cox.coefficients.iter().find(|it| it.term == row.term && it.name == row.name).cloned();
        let cells = |found: Option<Coefficient>| {
            found.map_or_else(|| [Cell::text(format::ABSENT), Cell::text(format::ABSENT)], |it| estimate(&it))
        };
        let mut cells_of_row = vec![Cell::Text(label(model, row))];
        cells_of_row.extend(cells(alone().find_map(in_model)));
        cells_of_row.extend(cells(model.without_score.as_ref().and_then(in_model)));
        cells_of_row.extend(cells(model.with_score.as_ref().and_then(in_model)));
        table.push(cells_of_row);
    }
    table
}

fn missing(model: &AdjustedModel) -> Table {
    let mut table =
        Table::new("Values missing among the patients of the endpoint", ["Variable", "Enters as", "#Missing"]);
    for it in &model.covariates {
        let role = match &it.reference {
            Some(reference) => format!("classes, compared with {reference}"),
            None if model.strata.contains(&it.column) => "strata".to_owned(),
            None => "a number".to_owned(),
        };
        table.push_texts(vec![it.column.clone(), role, format::count(it.n_missing)]);
    }
    table
}
