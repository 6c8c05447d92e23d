//! What changed from the samples before to those after, as ratios with their intervals.

use super::scale::Log;
use super::svg::{Stroke, Svg, Text, shorten};
use super::{Figure, forest, sign_mark};
use crate::protocol::Axes;
use crate::report::format;
use crate::report::palette::MUTED;
use crate::score::contexture::change::{CohortChange, ComponentChange};

/// Stem of the figure's file.
pub const NAME: &str = "contexture_change";

const WIDTH: f64 = 860.0;
const LABEL: f64 = 14.0;
const PAIRS: f64 = 200.0;
const PLOT_LEFT: f64 = 224.0;
const PLOT_RIGHT: f64 = 560.0;
const RATIO: f64 = 584.0;
const P_VALUE: f64 = 846.0;
const ROW: f64 = 23.0;
const TOP: f64 = 40.0;

/// Ratios outside are drawn at the end of the axis, with a tip.
const WIDEST: (f64, f64) = (0.02, 50.0);

/// Draws one row for each marker and region.
pub fn draw(change: &CohortChange, axes: &Axes) -> Figure {
    let bottom = TOP + change.components.len() as f64 * ROW + 6.0;
    let mut svg = Svg::new(WIDTH, bottom + 62.0);
    let x = Log { domain: domain(change), range: (PLOT_LEFT, PLOT_RIGHT) };

    let head = |x: f64| Text::at(x, 24.0).size(11.5).color(MUTED);
    svg.text(head(PAIRS).end(), "pairs");
    svg.text(head(f64::midpoint(PLOT_LEFT, PLOT_RIGHT)).middle(), "ratio after to before, log axis");
    svg.text(head(RATIO), "ratio (95 % CI)");
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
            "Ratio of the geometric means, “{after}” to “{before}”, of patients with both, with its 95 % interval on a logarithmic \
             axis. The p-value is adjusted by Holm for {}.",
            format::counted(change.n_tests, "test", "tests")
        ),
        title,
    }
}

fn draw_row(svg: &mut Svg, component: &ComponentChange, axes: &Axes, base: f64, x: Log) {
    let sign = axes.sign_of(&component.component.marker);
    sign_mark::draw(svg, sign, (LABEL + 6.0, base - 4.0));
    let name = shorten(&component.component.to_string(), PAIRS - LABEL - 60.0, 12.0);
    svg.text(Text::at(LABEL + 18.0, base), &name);
    svg.text(Text::at(PAIRS, base).end(), &format::count(component.n_pairs));
    let Some(change) = &component.change else {
        svg.text(Text::at(RATIO, base).size(11.5).color(MUTED), "too few pairs above 0");
        return;
    };
    let (ratio, lower, upper) = (change.ratio.estimate, Some(change.ratio.lower), Some(change.ratio.upper));
    forest::draw_interval(svg, (ratio, lower, upper), base - 4.0, x, &sign_mark::color(sign));
    svg.text(Text::at(RATIO, base), &format::ratio_with_interval(ratio, lower, upper));
    let p = component.p_holm.map_or_else(|| format::ABSENT.to_owned(), format::p_value);
    svg.text(Text::at(P_VALUE, base).end(), &p);
}

/// An axis that holds every interval as far as [`WIDEST`], and 1 inside it.
fn domain(change: &CohortChange) -> (f64, f64) {
    let ends = change.components.iter().filter_map(|it| it.change).flat_map(|it| [it.ratio.lower, it.ratio.upper]);
    let domain = ends.fold((0.5, 2.0), |domain: (f64, f64), end| (domain.0.min(end * 0.9), domain.1.max(end * 1.1)));
    (domain.0.max(WIDEST.0), domain.1.min(WIDEST.1))
}

fn described(change: &CohortChange) -> String {
    let of = |it: &ComponentChange| {
        let ratio = it.change?.ratio;
        let ratio = format::ratio_with_interval(ratio.estimate, Some(ratio.lower), Some(ratio.upper));
        Some(format!("{}: {ratio}", it.component))
    };
    let parts: Vec<String> = change.components.iter().filter_map(of).collect();
    if parts.is_empty() { "No change could be estimated.".to_owned() } else { parts.join("; ") }
}
