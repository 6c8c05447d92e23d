//! Control charts of batches: the chart of Levey and Jennings, one panel a component.

use super::Figure;
use super::categories::Categories;
use super::scale::Linear;
use super::svg::{Path, Stroke, Svg, Text, shorten};
use crate::agreement::control_chart::{Point, Rule};
use crate::report::format;
use crate::report::palette::{self, GRID, INK, MUTED, NEUTRAL};
use crate::score::drift::{BatchDrift, ControlChart, DriftReport, rule_code};

/// Stem of the figure's file.
pub const NAME: &str = "levey_jennings";

const WIDTH: f64 = 760.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 744.0;
const TOP: f64 = 34.0;
const PANEL: f64 = 150.0;
const GAP: f64 = 32.0;
const BELOW: f64 = 78.0;

/// Means farther from the center stand at the edge, with their number beside them.
const FARTHEST: f64 = 5.0;

/// Draws the control charts; absent without a control.
pub fn draw(report: &DriftReport) -> Option<Figure> {
    let charts: Vec<_> = report.charts.iter().filter(|it| it.control.is_some()).collect();
    if charts.is_empty() {
        return None;
    }
    let n_panels = charts.len() as f64;
    let height = TOP + n_panels * PANEL + (n_panels - 1.0) * GAP + BELOW;
    let mut svg = Svg::new(WIDTH, height);
    let x = Categories { range: (LEFT, RIGHT), n: report.batches.len() };
    for (panel, chart) in charts.iter().enumerate() {
        let top = TOP + panel as f64 * (PANEL + GAP);
        let y = Linear { domain: (-FARTHEST, FARTHEST), range: (top + PANEL, top) };
        svg.text(Text::at(LEFT, top - 8.0).bold(), &chart.component.to_string());
        for tick in [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0_f64] {
            svg.line((LEFT, y.at(tick)), (RIGHT, y.at(tick)), limit(tick));
            svg.text(Text::at(LEFT - 8.0, y.at(tick) + 4.0).end().size(11.0).color(MUTED), &format::tick(tick));
        }
        draw_points(&mut svg, &chart.points, x, y);
    }
    let names = report.batches.iter().map(|it| (it.batch.as_str(), it.n_patients));
    x.draw(&mut svg, names, height - BELOW + 18.0);
    let middle = f64::midpoint(TOP, height - BELOW);
    svg.text(Text::at(18.0, middle).middle().vertical(), "Standard deviations of a batch mean");
    svg.text(Text::at(f64::midpoint(LEFT, RIGHT), height - 8.0).middle(), "Batch, in order");

    let title = "Control charts of the batches".to_owned();
    let n_batches = format::counted(report.batches.len(), "batch", "batches");
    let description = format!("Mean log densities of {n_batches} against the reference, one panel a component.");
    Some(Figure {
        svg: svg.finish(NAME, &title, &description),
        name: NAME.to_owned(),
        caption: format!(
            "Mean of the log densities of each batch, less that of the reference, in standard deviations of a mean of as \
             many patients. Lines at 2 (dashed) and 3. Orange: out of control, with the rules of Westgard that it breaks. \
             Means beyond 5 stand at the edge.{}",
            without_point(report).unwrap_or_default()
        ),
        title,
    })
}

/// Which batches have no point on a chart; absent if all have one.
fn without_point(report: &DriftReport) -> Option<String> {
    let of_batch = |(at, batch): (usize, &BatchDrift)| {
        let has_none = |it: &&ControlChart| it.points.get(at).is_some_and(|it| it.z.is_none());
        let charts: Vec<String> = report.charts.iter().filter(has_none).map(|it| it.component.to_string()).collect();
        (!charts.is_empty()).then(|| format!("batch {} ({})", batch.batch, charts.join(", ")))
    };
    let batches: Vec<String> = report.batches.iter().enumerate().filter_map(of_batch).collect();
    (!batches.is_empty()).then(|| {
        format!(" Without a point, for no density is above 0, and a 0 has no logarithm: {}.", batches.join("; "))
    })
}

/// The line at a number of standard deviations.
fn limit(tick: f64) -> Stroke<'static> {
    match tick.abs() {
        it if it > 2.5 => Stroke::line(MUTED, 1.2),
        it if it > 1.5 => Stroke::dashed(MUTED, 0.9),
        it if it > 0.5 => Stroke::line(GRID, 1.0),
        _ => Stroke::line(INK, 1.0),
    }
}

fn draw_points(svg: &mut Svg, points: &[Point], axis: Categories, y: Linear) {
    let alarm = palette::class(0, 2);
    let at = |(place_of, point): (usize, &Point)| Some((axis.at(place_of), y.at(point.z?.clamp(-FARTHEST, FARTHEST))));
    let mut path = Path::default();
    for (nth, (x, y)) in points.iter().enumerate().filter_map(at).enumerate() {
        if nth == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
    }
    svg.stroke_path(&path, Stroke::line(NEUTRAL, 1.2));
    for (place_of, point) in points.iter().enumerate() {
        let Some((x, y)) = at((place_of, point)) else { continue };
        let broken: Vec<&str> =
            point.broken_rules.iter().filter(|it| **it != Rule::OneBeyondTwo).map(|it| rule_code(*it)).collect();
        svg.circle((x, y), 5.0, if broken.is_empty() { NEUTRAL } else { &alarm });
        let text = shorten(&broken.join(" "), axis.room().max(30.0), 10.0);
        svg.text(Text::at(x, y - 9.0).middle().size(10.0).halo().color(&alarm), &text);
    }
}
