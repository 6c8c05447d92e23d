//! One patient: the score and its components on the scale from 0 to 100, with the classes of every scheme.

use super::Figure;
use super::scale::Linear;
use super::score_axis::ScoreAxis;
use super::svg::{Stroke, Svg, Text, shorten, text_width};
use crate::protocol::{Aggregator, Protocol};
use crate::report::format;
use crate::report::palette::{self, GRID, INK, INTERVAL, MUTED, NEUTRAL};
use crate::score::{ComponentProfile, PatientScore};

/// Name of the figure, for the identifiers inside it.
pub const NAME: &str = "ruler";

const WIDTH: f64 = 460.0;
const LEFT: f64 = 100.0;
const RIGHT: f64 = 444.0;
const TOP: f64 = 34.0;
const BAND: f64 = 20.0;
const BAND_GAP: f64 = 5.0;
const ROW: f64 = 22.0;

/// From a point to the number beside it.
const BESIDE: f64 = 9.0;

/// Draws a patient's score, if there is one, and the percentiles of its components.
pub fn draw(score: Option<&PatientScore>, components: &[ComponentProfile], protocol: &Protocol) -> Figure {
    let axis = ScoreAxis::new(
        protocol,
        score.iter().flat_map(|it| [Some(it.score), it.score_lower, it.score_upper]).flatten(),
    );
    let x = Linear { domain: axis.domain, range: (LEFT, RIGHT) };
    let bands_bottom = TOP + protocol.schemes.len() as f64 * (BAND + BAND_GAP);
    // Only a mean is on the scale of what it is the mean of.
    let is_on_scale = protocol.aggregator == Aggregator::MeanPercentile;
    let components = if is_on_scale { components } else { &[] };
    let rows_top = bands_bottom + 14.0;
    let bottom = rows_top + components.len() as f64 * ROW;
    let mut svg = Svg::new(WIDTH, bottom + 44.0);

    // Behind everything else, so that no name of a class and no number is dulled.
    if let Some((lower, upper)) = score.and_then(|it| it.score_lower.zip(it.score_upper)) {
        let corner = (x.at(lower), TOP - 5.0);
        svg.rect(corner, ((x.at(upper) - x.at(lower)).max(1.0), bottom - TOP + 5.0), INTERVAL);
    }
    draw_bars(&mut svg, protocol, &axis, x);
    for tick in axis.ticks(4) {
        svg.line((x.at(tick), rows_top - 4.0), (x.at(tick), bottom), Stroke::line(GRID, 1.0));
        svg.text(Text::at(x.at(tick), bottom + 16.0).middle().size(11.0).color(MUTED), &format::limit(tick));
    }
    if let Some(score) = score {
        draw_score(&mut svg, score, x, bottom);
    }
    draw_names(&mut svg, protocol, &axis, x);
    let line = score.map(|it| x.at(it.score));
    for (at, component) in components.iter().enumerate() {
        let y = rows_top + (at as f64 + 0.5) * ROW;
        draw_component(&mut svg, component, (x, y), line);
    }
    svg.line((LEFT, bottom), (RIGHT, bottom), Stroke::axis());
    let unit = if is_on_scale { "percentile in the reference" } else { protocol.unit() };
    svg.text(Text::at(f64::midpoint(LEFT, RIGHT), bottom + 34.0).middle().size(11.0), unit);

    let title = if is_on_scale { "Score and components on the scale of the reference" } else { "Score and classes" };
    let title = title.to_owned();
    Figure {
        svg: svg.finish(NAME, &title, &described(score, components)),
        name: NAME.to_owned(),
        caption: caption(score, is_on_scale),
        title,
    }
}

/// The bars of the classes, one row a scheme.
fn draw_bars(svg: &mut Svg, protocol: &Protocol, axis: &ScoreAxis, x: Linear) {
    for (at, scheme) in protocol.schemes.iter().enumerate() {
        for class in 0..scheme.classes.len() {
            let (from, to) = axis.bounds(scheme, class);
            let (from, to) = (x.at(from), x.at(to));
            let color = palette::class(class, scheme.classes.len());
            svg.rect((from + 0.5, bar_top(at)), (to - from - 1.0, BAND), &color);
        }
    }
}

/// The names of schemes and classes, to be read over the line of the score.
fn draw_names(svg: &mut Svg, protocol: &Protocol, axis: &ScoreAxis, x: Linear) {
    for (at, scheme) in protocol.schemes.iter().enumerate() {
        let y = bar_top(at) + 14.0;
        let label = shorten(&scheme.label, LEFT - 12.0, 11.0);
        svg.text(Text::at(LEFT - 8.0, y).end().size(11.0).color(MUTED), &label);
        for (class, name) in scheme.classes.iter().enumerate() {
            let (from, to) = axis.bounds(scheme, class);
            let (from, to) = (x.at(from), x.at(to));
            let size = if text_width(name, 11.0) <= to - from - 2.0 { 11.0 } else { 8.5 };
            if text_width(name, size) * 0.92 <= to - from {
                let n_classes = scheme.classes.len();
                let color = palette::class(class, n_classes);
                let place = Text::at(f64::midpoint(from, to), y).middle().size(size).bold();
                svg.text(place.halo_of(&color).color(text_on(class, n_classes)), name);
            }
        }
    }
}

fn bar_top(scheme: usize) -> f64 {
    TOP + scheme as f64 * (BAND + BAND_GAP)
}

fn caption(score: Option<&PatientScore>, is_on_scale: bool) -> String {
    let line = match score {
        None => "",
        Some(PatientScore { score_lower: Some(_), .. }) => {
            " Vertical line: the score, with its 95 % interval as the shaded range."
        }
        Some(_) => " Vertical line: the score.",
    };
    let components = match (is_on_scale, score) {
        (true, None) => "Points: the percentile of each component that can be used.",
        (true, Some(_)) => "Points: the percentile of each component; the score is their mean.",
        (false, _) => "",
    };
    format!("Bars: the classes of each scheme.{line} {components}").trim_end().to_owned()
}

/// White, or ink where the class's colour is light.
fn text_on(class: usize, n_classes: usize) -> &'static str {
    let is_light = n_classes > 3 && (class == 1 || class + 2 == n_classes);
    if is_light { INK } else { "#ffffff" }
}

/// The row of a component; its number keeps off the line of the score, where there is one.
fn draw_component(svg: &mut Svg, component: &ComponentProfile, (x, y): (Linear, f64), line: Option<f64>) {
    let name = shorten(&component.component.to_string(), LEFT - 12.0, 11.5);
    svg.text(Text::at(LEFT - 8.0, y + 4.0).end().size(11.5), &name);
    // Of an adverse component the reversed percentile counts, and stands on the scale.
    match component.contribution {
        None => {
            let words = Text::at(x.at(50.0), y + 4.0).middle().size(11.0).halo().color(MUTED);
            svg.text(words, "not measured or not usable");
        }
        Some(points) => {
            svg.line((x.range.0, y), (x.range.1, y), Stroke::line(GRID, 1.0));
            let place = x.at(points);
            let label = format::points(points);
            svg.circle((place, y), 5.5, NEUTRAL);
            let beside = if stands_left(place, text_width(&label, 11.0), line) {
                Text::at(place - BESIDE, y + 4.0).end()
            } else {
                Text::at(place + BESIDE, y + 4.0)
            };
            svg.text(beside.size(11.0).halo(), &label);
        }
    }
}

/// Whether a number of this width stands to the left of its point: where it has no room to the right, or would lie on the line.
fn stands_left(place: f64, width: f64, line: Option<f64>) -> bool {
    let is_free = |from: f64| !line.is_some_and(|it| (from - 4.0..=from + width + 4.0).contains(&it));
    let (right, left) = (place + BESIDE, place - BESIDE - width);
    let (fits_right, fits_left) = (right + width <= WIDTH, left >= LEFT);
    !fits_right || (fits_left && !is_free(right) && is_free(left))
}

fn draw_score(svg: &mut Svg, score: &PatientScore, x: Linear, bottom: f64) {
    let place = x.at(score.score);
    svg.line((place, TOP - 8.0), (place, bottom), Stroke::line("#ffffff", 4.0));
    svg.line((place, TOP - 8.0), (place, bottom), Stroke::line(INK, 2.0));
    let label = format!("{} {}", score.label(), format::score(score.score, score.distance_to_cut));
    let half = text_width(&label, 12.5) / 2.0;
    let middle = place.clamp(half + 4.0, (WIDTH - half - 4.0).max(half + 4.0));
    svg.text(Text::at(middle, TOP - 14.0).middle().size(12.5).bold(), &label);
}

fn described(score: Option<&PatientScore>, components: &[ComponentProfile]) -> String {
    let score = score.map(|it| format!("{} {}", it.label(), format::score(it.score, it.distance_to_cut)));
    let components = components.iter().map(|it| {
        let percentile = it.percentile.map_or_else(|| "no percentile".to_owned(), |it| format::points(it.value()));
        format!("{}: {percentile}", it.component)
    });
    score.into_iter().chain(components).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_beside_its_point_and_off_the_line_of_the_score() {
        assert!(!stands_left(200.0, 26.0, None));
        assert!(stands_left(200.0, 26.0, Some(230.0)), "the line would go through it on the right");
        assert!(!stands_left(200.0, 26.0, Some(180.0)), "and here on the left");
        assert!(stands_left(440.0, 26.0, Some(420.0)), "no room on the right");
        assert!(!stands_left(LEFT + 2.0, 26.0, Some(LEFT + 20.0)), "no room on the left");
    }
}
