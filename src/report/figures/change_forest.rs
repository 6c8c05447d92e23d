//! What changed from the samples before to those after: ratios with their intervals, and differences in words, for the axis is
//! one of ratios.

use super::scale::Log;
use super::svg::{Stroke, Svg, Text, shorten, text_width};
use super::{Figure, forest, sign_mark};
use crate::protocol::Axes;
use crate::report::palette::MUTED;
use crate::report::{format, wording};
use crate::score::contexture::change::{CohortChange, ComponentChange};

/// Stem of the figure's file.
pub const NAME: &str = "contexture_change";

const WIDTH: f64 = 900.0;
const LABEL: f64 = 14.0;
const NAME_LEFT: f64 = LABEL + 18.0;
const PAIRS: f64 = 250.0;
const PLOT_LEFT: f64 = 272.0;
const PLOT_RIGHT: f64 = 536.0;
const RATIO: f64 = 556.0;
const P_VALUE: f64 = 886.0;
const ROW: f64 = 23.0;
const TOP: f64 = 40.0;

/// Ratios outside are drawn at the end of the axis, with a tip.
const WIDEST: (f64, f64) = (0.02, 50.0);

/// What stands in place of a ratio.
const TOO_FEW: &str = "too few pairs";

/// Draws one row for each marker and region.
pub fn draw(change: &CohortChange, axes: &Axes) -> Figure {
    let bottom = TOP + change.components.len() as f64 * ROW + 6.0;
    let mut svg = Svg::new(WIDTH, bottom + 62.0);
    let x = Log { domain: domain(change), range: (PLOT_LEFT, PLOT_RIGHT) };

    let head = |x: f64| Text::at(x, 24.0).size(11.5).color(MUTED);
    svg.text(head(PAIRS).end(), "pairs");
    svg.text(head(f64::midpoint(PLOT_LEFT, PLOT_RIGHT)).middle(), "ratio after to before, log axis");
    svg.text(head(RATIO), "ratio of pairs above 0 (95 % CI)");
    svg.text(head(P_VALUE).end(), "p, Holm");
    svg.line((LABEL, 32.0), (P_VALUE, 32.0), Stroke::axis());
    forest::draw_axis(&mut svg, x, (TOP, bottom), ["← less after", "more after →"]);
    for (at, component) in change.components.iter().enumerate() {
        draw_row(&mut svg, component, axes, TOP + (at as f64 + 0.5) * ROW + 4.0, x);
    }

    let (before, after) = (&change.samples.before, &change.samples.after);
    let title = format!("Change from {before} to {after}");
    Figure {
        svg: svg.finish(NAME, &title, &described(change)),
        name: NAME.to_owned(),
        caption: format!(
            "Ratio of the geometric means, “{after}” to “{before}”, of patients with both above 0, with its 95 % interval on a \
             logarithmic axis; of percents and grades the mean difference, in words. The p-value is that of Wilcoxon’s test of all \
             patients with both, in which a change from 0 or to 0 is larger than any ratio, adjusted by Holm for {}.",
            format::counted(change.n_tests, "test", "tests")
        ),
        title,
    }
}

fn draw_row(svg: &mut Svg, component: &ComponentChange, axes: &Axes, base: f64, x: Log) {
    let sign = axes.sign_of(&component.component.marker);
    sign_mark::draw(svg, sign, (LABEL + 6.0, base - 4.0));
    let pairs = wording::pairs(component);
    let name = shorten(&component.component.to_string(), PAIRS - NAME_LEFT - 8.0 - text_width(&pairs, 12.0), 12.0);
    svg.text(Text::at(NAME_LEFT, base), &name);
    svg.text(Text::at(PAIRS, base).end(), &pairs);
    if let Some(it) = component.change.ratio {
        let interval = (it.estimate, Some(it.lower), Some(it.upper));
        forest::draw_interval(svg, interval, base - 4.0, x, &sign_mark::color(sign));
    }
    match wording::change(component) {
        Some(change) => svg.text(Text::at(RATIO, base), &change),
        None => svg.text(Text::at(RATIO, base).size(11.5).color(MUTED), TOO_FEW),
    }
    svg.text(Text::at(P_VALUE, base).end(), &format::or_dash(component.p_holm, format::p_value));
}

/// An axis that holds every interval as far as [`WIDEST`], and 1 inside it.
fn domain(change: &CohortChange) -> (f64, f64) {
    let ends = change.components.iter().filter_map(|it| it.change.ratio).flat_map(|it| [it.lower, it.upper]);
    let domain = ends.fold((0.5, 2.0), |domain: (f64, f64), end| (domain.0.min(end * 0.9), domain.1.max(end * 1.1)));
    (domain.0.max(WIDEST.0), domain.1.min(WIDEST.1))
}

fn described(change: &CohortChange) -> String {
    let of = |it: &ComponentChange| {
        let change = wording::change(it).unwrap_or_else(|| TOO_FEW.to_owned());
        format!("{}, pairs {}: {change}", it.component, wording::pairs(it))
    };
    change.components.iter().map(of).collect::<Vec<_>>().join("; ")
}
