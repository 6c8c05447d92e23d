//! Hazard ratios with their intervals: the score, the classes, and both beside other variables.

use super::Figure;
use super::scale::Log;
use super::svg::{Path, Stroke, Svg, Text, shorten};
use crate::report::format;
use crate::report::palette::{self, GRID, INK, MUTED};
use crate::stratify::{AdjustedModel, ByClass, EndpointStatistics, SCORE_TERM, SCORE_TERM_PER_POINT, is_score};
use crate::survival::cox::{Coefficient, CoefficientState, CoxModel};

const WIDTH: f64 = 900.0;
const LABEL: f64 = 14.0;
const COUNTS: f64 = 372.0;
const PLOT_LEFT: f64 = 398.0;
const PLOT_RIGHT: f64 = 640.0;
const RATIO: f64 = 660.0;
const P_VALUE: f64 = 886.0;
const ROW: f64 = 23.0;
const TOP: f64 = 40.0;

/// Hazard ratios outside are drawn at the end of the axis, with a tip.
const WIDEST: (f64, f64) = (0.05, 20.0);

/// What it is called on pages.
const SCORE_LABEL: &str = "Score, per 10 points";

/// Stem of the figure's file.
pub fn name(endpoint: &str) -> String {
    format!("forest_{endpoint}")
}

/// A line of the figure.
enum Row {
    Heading(String),
    Reference { label: String, counts: String },
    Estimate { label: String, counts: String, color: String, is_score: Weight, coefficient: Box<Coefficient> },
}

/// Whether a row is about the score or about what it is adjusted for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    Score,
    Other,
}

/// Draws the hazard ratios of an endpoint.
pub fn draw(endpoint: &EndpointStatistics) -> Figure {
    let name = name(&endpoint.name);
    let rows = rows(endpoint);
    let bottom = TOP + rows.len() as f64 * ROW + 6.0;
    let mut svg = Svg::new(WIDTH, bottom + 62.0);
    let x = Log { domain: domain(&rows), range: (PLOT_LEFT, PLOT_RIGHT) };

    let head = |x: f64| Text::at(x, 24.0).size(11.5).color(MUTED);
    svg.text(head(COUNTS).end(), "patients / events");
    svg.text(head(f64::midpoint(PLOT_LEFT, PLOT_RIGHT)).middle(), "hazard ratio, log axis");
    svg.text(head(RATIO), "HR (95 % CI)");
    svg.text(head(P_VALUE).end(), "p");
    svg.line((LABEL, 32.0), (P_VALUE, 32.0), Stroke::axis());

    draw_axis(&mut svg, x, (TOP, bottom), ["← lower hazard", "higher hazard →"]);

    for (at, row) in rows.iter().enumerate() {
        draw_row(&mut svg, row, TOP + (at as f64 + 0.5) * ROW + 4.0, x);
    }

    let title = format!("Hazard ratios: {}", endpoint.label);
    let description = described(&rows);
    Figure {
        svg: svg.finish(&name, &title, &description),
        name,
        caption: "Hazard ratios with 95 % intervals on a logarithmic axis. A hazard ratio below 1 means fewer events. Classes are compared \
                  with the lowest one that has patients. What cannot be estimated is said in words, and not drawn."
            .to_owned(),
        title,
    }
}

/// The axis of ratios below rows from `top` to `bottom`, with a line at 1 and what is on either side of it.
pub(super) fn draw_axis(svg: &mut Svg, x: Log, (top, bottom): (f64, f64), [below, above]: [&str; 2]) {
    for tick in x.ticks() {
        let place = x.at(tick);
        svg.line((place, top), (place, bottom), Stroke::line(GRID, 1.0));
        svg.line((place, bottom), (place, bottom + 5.0), Stroke::axis());
        svg.text(Text::at(place, bottom + 19.0).middle().size(11.5).color(MUTED), &format::limit(round_tick(tick)));
    }
    let one = x.at(1.0);
    svg.line((one, top - 4.0), (one, bottom), Stroke::line(INK, 1.0));
    svg.line((x.range.0, bottom), (x.range.1, bottom), Stroke::axis());
    svg.text(Text::at(one - 8.0, bottom + 40.0).end().size(11.5), below);
    svg.text(Text::at(one + 8.0, bottom + 40.0).size(11.5), above);
}

/// Why a coefficient has no estimate, in words; absent if it has one.
pub fn why_not_estimated(coefficient: &Coefficient) -> Option<&'static str> {
    match coefficient.state {
        CoefficientState::Separated => Some("not estimable (separates events)"),
        CoefficientState::Aliased => Some("not estimable (constant, or follows from others)"),
        CoefficientState::Estimated if coefficient.hazard_ratio.is_none() => Some("not estimable"),
        CoefficientState::Estimated => None,
    }
}

/// What a coefficient is called: its term, and for a class the class and the one it is compared with.
pub fn coefficient_label(coefficient: &Coefficient, reference: Option<&str>) -> String {
    let term = term_label(&coefficient.term);
    match reference {
        _ if coefficient.term == coefficient.name => term,
        Some(reference) => format!("{term}: {} vs {reference}", coefficient.name),
        None => format!("{term}: {}", coefficient.name),
    }
}

/// What a term is called.
pub fn term_label(term: &str) -> String {
    match term {
        SCORE_TERM => SCORE_LABEL.to_owned(),
        SCORE_TERM_PER_POINT => "Score, per point".to_owned(),
        other => other.to_owned(),
    }
}

fn rows(endpoint: &EndpointStatistics) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(cox) = &endpoint.by_score.cox {
        rows.push(Row::Heading("Score alone".to_owned()));
        rows.extend(cox.coefficients.iter().map(|it| Row::Estimate {
            label: SCORE_LABEL.to_owned(),
            counts: counts(cox.n, cox.n_events),
            color: INK.to_owned(),
            is_score: Weight::Score,
            coefficient: Box::new(it.clone()),
        }));
    }
    if let Some(by_class) = endpoint.by_class.first() {
        rows.push(Row::Heading(format!("Class alone ({})", by_class.scheme_label)));
        rows.extend(class_rows(by_class));
    }
    for model in &endpoint.models {
        let size = format!("{}, {}", format::patients(model.n), format::events(model.n_events));
        for (cox, with) in [(&model.without_score, "without the score"), (&model.with_score, "with the score")] {
            rows.push(Row::Heading(format!("{}: {with} ({size})", model.label)));
            rows.extend(cox.iter().flat_map(|it| model_rows(model, it)));
        }
    }
    rows
}

fn class_rows(by_class: &ByClass) -> Vec<Row> {
    let reference = by_class.groups.iter().position(|it| it.n > 0);
    let row = |(at, group): (usize, &crate::stratify::GroupSurvival)| {
        let counts = counts(group.n, group.n_events);
        if Some(at) == reference {
            return Some(Row::Reference { label: format!("{} (reference)", group.class), counts });
        }
        let coefficient = by_class.cox.as_ref()?.coefficients.iter().find(|it| it.name == group.class)?;
        Some(Row::Estimate {
            label: group.class.clone(),
            counts,
            color: palette::class(at, by_class.groups.len()),
            is_score: Weight::Score,
            coefficient: Box::new(coefficient.clone()),
        })
    };
    by_class.groups.iter().enumerate().filter_map(row).collect()
}

fn model_rows(model: &AdjustedModel, cox: &CoxModel) -> Vec<Row> {
    let row = |coefficient: &Coefficient| {
        let covariate = model.covariates.iter().find(|it| it.column == coefficient.term);
        let reference = covariate.and_then(|it| it.reference.as_deref());
        let is_score = if is_score(&coefficient.term) { Weight::Score } else { Weight::Other };
        Row::Estimate {
            label: coefficient_label(coefficient, reference),
            counts: String::new(),
            color: INK.to_owned(),
            is_score,
            coefficient: Box::new(coefficient.clone()),
        }
    };
    cox.coefficients.iter().map(row).collect()
}

fn counts(n: usize, n_events: usize) -> String {
    format!("{} / {}", format::count(n), format::count(n_events))
}

/// An axis that holds every interval as far as [`WIDEST`], and 1 inside it.
fn domain(rows: &[Row]) -> (f64, f64) {
    let mut domain: (f64, f64) = (0.5, 2.0);
    for row in rows {
        let Row::Estimate { coefficient, .. } = row else { continue };
        if why_not_estimated(coefficient).is_some() {
            continue;
        }
        for end in [coefficient.lower, coefficient.hazard_ratio, coefficient.upper].into_iter().flatten() {
            domain = (domain.0.min(end * 0.9), domain.1.max(end * 1.1));
        }
    }
    (domain.0.max(WIDEST.0), domain.1.min(WIDEST.1))
}

fn draw_row(svg: &mut Svg, row: &Row, base: f64, x: Log) {
    let middle = base - 4.0;
    match row {
        Row::Heading(text) => {
            svg.rect((LABEL - 6.0, middle - ROW / 2.0 + 1.0), (P_VALUE - LABEL + 12.0, ROW - 2.0), "#f1f4f7");
            svg.text(Text::at(LABEL, base).bold(), &shorten(text, P_VALUE - LABEL, 12.0));
        }
        Row::Reference { label, counts } => {
            svg.text(Text::at(LABEL + 14.0, base), label);
            svg.text(Text::at(COUNTS, base).end(), counts);
            svg.rect((x.at(1.0) - 4.0, middle - 4.0), (8.0, 8.0), palette::RULE);
            svg.text(Text::at(RATIO, base).color(MUTED), "1.00 (reference)");
        }
        Row::Estimate { label, counts, color, is_score, coefficient } => {
            let width = if counts.is_empty() { PLOT_LEFT - LABEL - 30.0 } else { COUNTS - LABEL - 110.0 };
            let place = Text::at(LABEL + 14.0, base);
            svg.text(if *is_score == Weight::Score { place.bold() } else { place }, &shorten(label, width, 12.0));
            svg.text(Text::at(COUNTS, base).end(), counts);
            if let Some(reason) = why_not_estimated(coefficient) {
                svg.text(Text::at(RATIO, base).size(11.5).color(MUTED), reason);
                return;
            }
            let Some(hazard_ratio) = coefficient.hazard_ratio else { return };
            draw_interval(svg, (hazard_ratio, coefficient.lower, coefficient.upper), middle, x, color);
            let ratio = format::ratio_with_interval(hazard_ratio, coefficient.lower, coefficient.upper);
            svg.text(Text::at(RATIO, base), &ratio);
            let p = format::or_dash(coefficient.p_value, format::p_value);
            svg.text(Text::at(P_VALUE, base).end(), &p);
        }
    }
}

/// Draws a ratio with the ends of its interval; an end that is absent, or beyond the axis, has a tip.
pub(super) fn draw_interval(
    svg: &mut Svg,
    (ratio, lower, upper): (f64, Option<f64>, Option<f64>),
    y: f64,
    x: Log,
    color: &str,
) {
    let (lowest, highest) = x.domain;
    let (lower, upper) = (lower.unwrap_or(0.0), upper.unwrap_or(f64::INFINITY));
    svg.line((x.at(lower), y), (x.at(upper), y), Stroke::line(color, 1.6));
    for (is_beyond, end, inwards) in [(lower < lowest, x.range.0, 6.0), (upper > highest, x.range.1, -6.0)] {
        if is_beyond {
            let mut tip = Path::default();
            tip.move_to(end, y);
            tip.line_to(end + inwards, y - 4.0);
            tip.line_to(end + inwards, y + 4.0);
            tip.close();
            svg.fill_path(&tip, color, 1.0);
        }
    }
    if (lowest..=highest).contains(&ratio) {
        svg.rect((x.at(ratio) - 4.0, y - 4.0), (8.0, 8.0), color);
    }
}

/// A tick without the round-off of its power of ten.
pub(super) fn round_tick(tick: f64) -> f64 {
    (tick * 1e6).round() / 1e6
}

fn described(rows: &[Row]) -> String {
    let mut parts = Vec::new();
    for row in rows {
        if let Row::Estimate { label, coefficient, .. } = row {
            parts.push(match (why_not_estimated(coefficient), coefficient.hazard_ratio) {
                (None, Some(ratio)) => {
                    format!("{label}: {}", format::ratio_with_interval(ratio, coefficient.lower, coefficient.upper))
                }
                (reason, _) => format!("{label}: {}", reason.unwrap_or("not estimable")),
            });
        }
    }
    if parts.is_empty() { "No hazard ratio could be estimated.".to_owned() } else { parts.join("; ") }
}
