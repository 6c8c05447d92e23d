//! Survival for one endpoint: by class, and along the score.

use super::{cox_model, figure, models};
use crate::protocol::HighScore;
use crate::report::figures::{Figure, forest, kaplan_meier};
use crate::report::html::document::{Block, Cell, Section, Table};
use crate::report::{format, palette};
use crate::stratify::{ByClass, EndpointStatistics, GroupSurvival};
use crate::survival::cox::Coefficient;

/// The section of an endpoint.
pub(super) fn endpoint(endpoint: &EndpointStatistics, high_score: HighScore, figures: &[Figure]) -> Section {
    let follow_up = format::median(&endpoint.median_follow_up, endpoint.time_unit);
    let mut blocks = vec![Block::Paragraph(format!(
        "{} analysed, {}. Median follow-up (reverse Kaplan–Meier): {follow_up}.",
        format::patients(endpoint.n),
        format::events(endpoint.n_events),
    ))];
    if !endpoint.warnings.is_empty() {
        blocks.push(Block::Warnings(endpoint.warnings.clone()));
    }
    for (at, by_class) in endpoint.by_class.iter().enumerate() {
        let part = scheme(endpoint, by_class, figures);
        if at == 0 {
            blocks.push(Block::Heading(format!("By class: {}", by_class.scheme_label)));
            blocks.extend(part);
        } else {
            blocks.push(Block::Details(format!("By class: {}", by_class.scheme_label), part));
        }
    }
    blocks.push(Block::Heading("Along the score".to_owned()));
    blocks.extend(by_score(endpoint, high_score));
    blocks.push(Block::Heading("Hazard ratios".to_owned()));
    blocks.extend(figure(figures, &forest::name(&endpoint.name)));
    blocks.push(Block::Note("The numbers of this figure are in the tables around it.".to_owned()));
    for model in &endpoint.models {
        blocks.push(Block::Heading(model.label.clone()));
        blocks.extend(models::adjusted(model, endpoint.by_class.first()));
    }
    Section::new(format!("endpoint-{}", endpoint.name), endpoint.label.clone(), blocks)
}

fn scheme(endpoint: &EndpointStatistics, by_class: &ByClass, figures: &[Figure]) -> Vec<Block> {
    let mut blocks = Vec::new();
    blocks.extend(figure(figures, &kaplan_meier::name(&endpoint.name, &by_class.scheme)));
    blocks.push(Block::Table(groups(endpoint, by_class)));
    let note = "Every step of the curves, with its interval, is in tables/kaplan_meier.tsv.".to_owned();
    let inner =
        vec![Block::Table(numbers_at_risk(endpoint, by_class)), Block::Table(log_rank(by_class)), Block::Note(note)];
    blocks.push(Block::Details("Numbers at risk, and observed and expected events".to_owned(), inner));

    let mut tests = Vec::new();
    if let (Some(chi_square), Some(p)) = (by_class.log_rank.chi_square, by_class.log_rank.p_value) {
        let chi_square = format::chi_square(chi_square, by_class.log_rank.degrees_of_freedom);
        tests.push(("Log-rank test".to_owned(), format!("χ²\u{a0}=\u{a0}{chi_square}, {}", format::p_statement(p))));
    } else {
        tests.push(("Log-rank test".to_owned(), "not defined: fewer than two classes at risk at an event".to_owned()));
    }
    if let Some(trend) = &by_class.trend {
        tests.push(("Trend across classes".to_owned(), format::test(trend)));
    }
    blocks.push(Block::Facts(tests));
    match &by_class.cox {
        None => blocks.push(Block::Note("Hazard ratios of the classes cannot be estimated.".to_owned())),
        Some(cox) => {
            let caption = format!("Cox model of the classes ({})", by_class.scheme_label);
            let label = |it: &Coefficient| cox_model::class_label(by_class, cox, it);
            blocks.push(Block::Table(cox_model::coefficients(&caption, cox, label)));
            blocks.extend(cox_model::not_estimated(cox.coefficients.iter(), label).map(Block::Note));
            let facts = cox_model::facts(cox, by_class.proportional_hazards.as_ref(), by_class.events_per_variable);
            blocks.push(Block::Facts(facts));
        }
    }
    blocks
}

fn groups(endpoint: &EndpointStatistics, by_class: &ByClass) -> Table {
    let times: Vec<f64> = by_class
        .groups
        .iter()
        .map(|it| &it.survival_at)
        .max_by_key(|it| it.len())
        .into_iter()
        .flatten()
        .map(|it| it.years)
        .collect();
    let mut columns = vec!["Class".to_owned(), "#Patients".to_owned(), "#Events".to_owned()];
    for &time in &times {
        columns.push(format!("#At {} (95 % CI)", format::years(time)));
        columns.push("#At risk".to_owned());
    }
    columns.extend(["#Median (95 % CI)".to_owned(), "#In years".to_owned()]);
    let caption = format!("{} by class ({})", endpoint.label, by_class.scheme_label);
    let mut table = Table::with_columns(caption, columns);
    for (at, group) in by_class.groups.iter().enumerate() {
        let mut row = vec![class_cell(group, at, by_class.groups.len())];
        row.extend([group.n, group.n_events].map(|it| Cell::Text(format::count(it))));
        for place in 0..times.len() {
            let found = group.survival_at.get(place);
            let dash = || Cell::text(format::ABSENT);
            row.push(
                found
                    .map_or_else(dash, |it| Cell::Text(format::percent_with_interval(it.survival, it.lower, it.upper))),
            );
            row.push(found.map_or_else(dash, |it| Cell::Text(format::count(it.n_risk))));
        }
        let (median, years) = if group.n == 0 {
            (format::ABSENT.to_owned(), format::ABSENT.to_owned())
        } else {
            let unit = endpoint.time_unit;
            (format::median(&group.median, unit), format::median_in_years(&group.median, unit))
        };
        row.extend([Cell::Text(median), Cell::Text(years)]);
        table.push(row);
    }
    table
}

fn class_cell(group: &GroupSurvival, at: usize, n_classes: usize) -> Cell {
    Cell::Class { name: group.class.clone(), color: palette::class(at, n_classes) }
}

fn numbers_at_risk(endpoint: &EndpointStatistics, by_class: &ByClass) -> Table {
    let times = kaplan_meier::risk_times(by_class.groups.iter().map(|it| &it.curve), endpoint.time_unit);
    let columns = std::iter::once("Class".to_owned()).chain(times.iter().map(|it| format!("#{}", format::years(*it))));
    let mut table = Table::with_columns("Patients at risk", columns.collect());
    for (at, group) in by_class.groups.iter().enumerate() {
        let mut row = vec![class_cell(group, at, by_class.groups.len())];
        let at_risk = |time: &f64| group.curve.n_risk_at(time * endpoint.time_unit.per_year());
        row.extend(times.iter().map(|it| Cell::Text(format::count(at_risk(it)))));
        table.push(row);
    }
    table
}

fn log_rank(by_class: &ByClass) -> Table {
    let caption = "Events observed, and expected if all classes had the same hazard";
    let mut table = Table::new(caption, ["Class", "#Patients", "#Observed", "#Expected"]);
    let test = &by_class.log_rank;
    for (at, group) in by_class.groups.iter().enumerate() {
        let observed = format::or_dash(test.observed.get(at), |it| format::cells(*it));
        let expected = format::or_dash(test.expected.get(at), |it| format::points(*it));
        table.push(vec![
            class_cell(group, at, by_class.groups.len()),
            Cell::Text(format::count(group.n)),
            Cell::Text(observed),
            Cell::Text(expected),
        ]);
    }
    table
}

fn by_score(endpoint: &EndpointStatistics, high_score: HighScore) -> Vec<Block> {
    let by_score = &endpoint.by_score;
    let c = format::concordance(&by_score.concordance);
    let Some(cox) = &by_score.cox else {
        let text = format!("The hazard along the score cannot be estimated. Harrell’s C of the score: {c}.");
        return vec![Block::Paragraph(text)];
    };
    let caption = "Cox model of the score as a number";
    let counted = format!("{c}; a high score counts as {}, 0.5 is chance", high_score.counts_as());
    let mut facts = vec![("Harrell’s C of the score".to_owned(), counted)];
    let of_model = cox_model::facts(cox, by_score.proportional_hazards.as_ref(), by_score.events_per_variable);
    facts.extend(of_model.into_iter().filter(|(name, _)| name != cox_model::CONCORDANCE));
    vec![
        Block::Table(cox_model::coefficients(caption, cox, |it| forest::coefficient_label(it, None))),
        Block::Facts(facts),
    ]
}
