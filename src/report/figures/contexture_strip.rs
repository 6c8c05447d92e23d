//! One patient: the percentile of every marker in every region, axis by axis.

use super::scale::Linear;
use super::svg::{Stroke, Svg, Text, shorten, text_width};
use super::{Figure, sign_mark};
use crate::model::Percentile;
use crate::protocol::{Axes, Axis, AxisSign, Dimension};
use crate::report::format;
use crate::report::palette::{GRID, INK, MUTED};
use crate::score::contexture::{AxisProfile, MarkerProfile, PatientContexture};

/// Name of the figure, for the identifiers inside it.
pub const NAME: &str = "contexture_strip";

const WIDTH: f64 = 460.0;
const LEFT: f64 = 112.0;
const RIGHT: f64 = 444.0;
const TOP: f64 = 10.0;
const ROW: f64 = 19.0;
const HEAD: f64 = 26.0;

/// A line of the figure.
enum Line<'a> {
    Dimension(&'static str),
    Axis(&'a Axis, String),
    Marker(&'a MarkerProfile, f64),
    Mean(&'a AxisProfile, f64),
}

impl Line<'_> {
    const fn height(&self) -> f64 {
        match self {
            Self::Dimension(_) | Self::Axis(..) => HEAD,
            Self::Marker(..) | Self::Mean(..) => ROW,
        }
    }
}

/// Draws one row for each marker and region with a percentile, below the name of its axis.
pub fn draw(patient: &PatientContexture, axes: &Axes) -> Figure {
    let lines = lines(patient, axes);
    let bottom = TOP + lines.iter().map(Line::height).sum::<f64>() + 4.0;
    let x = Linear { domain: (0.0, 100.0), range: (LEFT, RIGHT) };
    let mut svg = Svg::new(WIDTH, bottom + 66.0);
    for tick in [0.0, 25.0, 50.0, 75.0, 100.0] {
        svg.line((x.at(tick), TOP), (x.at(tick), bottom), Stroke::line(GRID, 1.0));
        svg.text(Text::at(x.at(tick), bottom + 16.0).middle().size(11.0).color(MUTED), &format::limit(tick));
    }
    let mut top = TOP;
    for line in &lines {
        draw_line(&mut svg, line, top, x);
        top += line.height();
    }
    svg.line((LEFT, bottom), (RIGHT, bottom), Stroke::axis());
    let middle = f64::midpoint(LEFT, RIGHT);
    svg.text(Text::at(middle, bottom + 34.0).middle().size(11.0), "percentile in the reference");
    draw_legend(&mut svg, bottom + 54.0);

    let title = "Immune contexture: percentiles axis by axis".to_owned();
    Figure {
        svg: svg.finish(NAME, &title, &described(patient)),
        name: NAME.to_owned(),
        caption: "One row for each marker and region. ▲ more of it goes with a better course, ▼ with a worse one, ○ depends on the context \
                  and enters no mean. Bars: the mean of the markers of one sign on one axis, and of how many. Behind an axis: how \
                  many of its markers were measured."
            .to_owned(),
        title,
    }
}

/// The lines of axes that have something to show.
fn lines<'a>(patient: &'a PatientContexture, axes: &'a Axes) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for dimension in Dimension::ALL {
        let mut is_new = true;
        for axis in axes.axes.iter().filter(|it| it.dimension == dimension) {
            let markers: Vec<Line<'a>> = markers_of(patient, axes, axis);
            if markers.is_empty() {
                continue;
            }
            if is_new {
                lines.push(Line::Dimension(dimension.label()));
                is_new = false;
            }
            let profiles = || patient.axes.iter().filter(|it| it.axis == axis.name);
            lines.push(Line::Axis(axis, coverage(profiles())));
            lines.extend(markers);
            lines.extend(profiles().filter_map(|it| Some(Line::Mean(it, it.mean_percentile?))));
        }
    }
    lines
}

/// How many of the markers of an axis were measured, in words.
pub fn coverage<'a>(profiles: impl Iterator<Item = &'a AxisProfile>) -> String {
    let (n, expected) = profiles.fold((0, 0), |sum, it| (sum.0 + it.n_measured, sum.1 + it.n_expected));
    format!("{n} of {} measured", format::count(expected))
}

fn markers_of<'a>(patient: &'a PatientContexture, axes: &Axes, axis: &Axis) -> Vec<Line<'a>> {
    let is_on_axis =
        |it: &MarkerProfile| axes.markers.iter().any(|of| of.axis == axis.name && of.marker == it.component.marker);
    let on_axis = patient.markers.iter().filter(|it| is_on_axis(it));
    on_axis.filter_map(|it| Some(Line::Marker(it, it.percentile.map(Percentile::value)?))).collect()
}

fn draw_line(svg: &mut Svg, line: &Line<'_>, top: f64, x: Linear) {
    let y = top + line.height() / 2.0;
    match line {
        Line::Dimension(name) => {
            svg.rect((6.0, top + 3.0), (WIDTH - 12.0, HEAD - 7.0), "#eef1f4");
            svg.text(Text::at(14.0, y + 4.0).size(12.0).bold(), name);
        }
        Line::Axis(axis, coverage) => {
            let width = text_width(coverage, 11.0);
            let name = shorten(&axis.label, RIGHT - 24.0 - width, 12.0);
            svg.rect((10.0, top + 4.0), (WIDTH - 16.0, HEAD - 6.0), "#ffffff");
            svg.text(Text::at(14.0, y + 7.0).bold(), &name);
            svg.text(Text::at(RIGHT, y + 7.0).end().size(11.0).color(MUTED), coverage);
        }
        Line::Marker(profile, percentile) => {
            let name = shorten(&profile.component.to_string(), LEFT - 20.0, 11.5);
            svg.text(Text::at(LEFT - 8.0, y + 4.0).end().size(11.5), &name);
            svg.line((x.range.0, y), (x.range.1, y), Stroke::line(GRID, 1.0));
            sign_mark::draw(svg, profile.sign, (x.at(*percentile), y));
            draw_number(svg, *percentile, y, x);
        }
        Line::Mean(profile, mean) => {
            let name = format!("mean of {} {}", profile.n_in_mean, sign_mark::letter(profile.sign));
            svg.text(Text::at(LEFT - 8.0, y + 4.0).end().size(11.5).color(MUTED), &name);
            let place = x.at(*mean);
            svg.line((place, y - 8.0), (place, y + 8.0), Stroke::line("#ffffff", 6.0));
            svg.line((place, y - 8.0), (place, y + 8.0), Stroke::line(INK, 3.0));
            draw_number(svg, *mean, y, x);
        }
    }
}

/// A number beside its mark, on the side that has room.
fn draw_number(svg: &mut Svg, percentile: f64, y: f64, x: Linear) {
    let place = x.at(percentile);
    let beside =
        if percentile > 85.0 { Text::at(place - 10.0, y + 4.0).end() } else { Text::at(place + 10.0, y + 4.0) };
    svg.text(beside.size(11.0).halo(), &format::points(percentile));
}

fn draw_legend(svg: &mut Svg, y: f64) {
    let words = [(AxisSign::Positive, "positive"), (AxisSign::Negative, "negative"), (AxisSign::Context, "context")];
    for (at, (sign, word)) in words.into_iter().enumerate() {
        let left = LEFT + at as f64 * 92.0;
        sign_mark::draw(svg, sign, (left + 6.0, y - 4.0));
        svg.text(Text::at(left + 17.0, y).size(11.0).color(MUTED), word);
    }
}

fn described(patient: &PatientContexture) -> String {
    let of = |it: &MarkerProfile| {
        let percentile = format::points(it.percentile?.value());
        Some(format!("{} ({}): {percentile}", it.component, it.sign.word()))
    };
    let parts: Vec<String> = patient.markers.iter().filter_map(of).collect();
    if parts.is_empty() { "No marker has a percentile.".to_owned() } else { parts.join("; ") }
}
