//! One patient: the score and its components on the scale from 0 to 100, with the classes of every scheme.

use super::Figure;
use super::scale::Linear;
use super::score_axis::ScoreAxis;
use super::svg::{Stroke, Svg, Text, shorten, text_width};
use crate::protocol::{Aggregator, Protocol};
use crate::report::format;
use crate::report::palette::{self, GRID, INK, MUTED, NEUTRAL};
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

    for (at, scheme) in protocol.schemes.iter().enumerate() {
        let y = TOP + at as f64 * (BAND + BAND_GAP);
        svg.text(
            Text::at(LEFT - 8.0, y + 14.0).end().size(11.0).color(MUTED),
            &shorten(&scheme.label, LEFT - 12.0, 11.0),
        );
        for (class, name) in scheme.classes.iter().enumerate() {
            let (from, to) = axis.bounds(scheme, class);
            let (from, to) = (x.at(from), x.at(to));
            svg.rect((from + 0.5, y), (to - from - 1.0, BAND), &palette::class(class, scheme.classes.len()));
            let size = if text_width(name, 11.0) <= to - from - 2.0 { 11.0 } else { 8.5 };
            if text_width(name, size) * 0.92 <= to - from {
                let place = Text::at(f64::midpoint(from, to), y + 14.0).middle().size(size).bold();
                svg.text(place.color(text_on(class, scheme.classes.len())), name);
            }
        }
    }

    for tick in axis.ticks(4) {
        svg.line((x.at(tick), rows_top - 4.0), (x.at(tick), bottom), Stroke::line(GRID, 1.0));
        svg.text(Text::at(x.at(tick), bottom + 16.0).middle().size(11.0).color(MUTED), &format::limit(tick));
    }
    if let Some(score) = score {
        draw_score(&mut svg, score, x, bottom);
    }
    for (at, component) in components.iter().enumerate() {
        let y = rows_top + (at as f64 + 0.5) * ROW;
        draw_component(&mut svg, component, y, x);
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

fn draw_component(svg: &mut Svg, component: &ComponentProfile, y: f64, x: Linear) {
    let name = shorten(&component.component.to_string(), LEFT - 12.0, 11.5);
    svg.text(Text::at(LEFT - 8.0, y + 4.0).end().size(11.5), &name);
    // Of an adverse component the reversed percentile counts, and stands on the scale.
    match component.contribution {
        None => svg.text(Text::at(x.at(50.0), y + 4.0).middle().size(11.0).color(MUTED), "not measured or not usable"),
        Some(points) => {
            svg.line((x.range.0, y), (x.range.1, y), Stroke::line(GRID, 1.0));
            let place = x.at(points);
            let label = format::points(points);
            svg.circle((place, y), 5.5, NEUTRAL);
            let beside =
                if points > 85.0 { Text::at(place - 9.0, y + 4.0).end() } else { Text::at(place + 9.0, y + 4.0) };
            svg.text(beside.size(11.0).halo(), &label);
        }
    }
}

fn draw_score(svg: &mut Svg, score: &PatientScore, x: Linear, bottom: f64) {
    let place = x.at(score.score);
    if let (Some(lower), Some(upper)) = (score.score_lower, score.score_upper) {
        let mut range = super::svg::Path::default();
        range.rect(x.at(lower), TOP - 5.0, (x.at(upper) - x.at(lower)).max(1.0), bottom - TOP + 5.0);
        svg.fill_path(&range, INK, 0.16);
    }
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
