//! How the scores of a cohort are spread, and where the cuts lie.

use super::Figure;
use super::scale::{Linear, ticks};
use super::score_axis::ScoreAxis;
use super::svg::{Path, Stroke, Svg, Text, shorten, text_width};
use crate::protocol::{CutSide, Protocol};
use crate::report::palette::{self, GRID, INK, MUTED, NEUTRAL};
use crate::report::{CohortReport, format, wording};

/// Stem of the figure's file.
pub const NAME: &str = "score_distribution";

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 744.0;
const TOP: f64 = 62.0;
const BOTTOM: f64 = 306.0;

/// A bar of the histogram: scores above `lower`, up to `upper`; the lowest score of the scale belongs to the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Lower end, not part of the bar but for the first.
    pub lower: f64,
    /// Upper end, part of the bar.
    pub upper: f64,
    /// Patients with a full score in it.
    pub n: usize,
}

/// Counts the full scores of a cohort: whole numbers in a bar each, others in 20 bars of the scale.
pub fn bins(cohort: &CohortReport<'_>) -> Vec<Bin> {
    let ends = axis(cohort).bar_ends();
    let mut bins: Vec<Bin> = ends.windows(2).map(|it| Bin { lower: it[0], upper: it[1], n: 0 }).collect();
    let last = bins.len().saturating_sub(1);
    for score in cohort.full_scores() {
        let tolerance = crate::protocol::CUT_TOLERANCE;
        let at = bins.partition_point(|it| score.score > it.upper + tolerance).min(last);
        bins[at].n += 1;
    }
    bins
}

/// Draws the histogram of the full scores on the classes of the primary scheme.
pub fn draw(cohort: &CohortReport<'_>) -> Figure {
    let bins = bins(cohort);
    let highest = bins.iter().map(|it| it.n).max().unwrap_or(0).max(1);
    let axis = axis(cohort);
    let x = Linear { domain: axis.domain, range: (LEFT, RIGHT) };
    let y = Linear { domain: (0.0, highest as f64 * 1.06), range: (BOTTOM, TOP) };
    let mut svg = Svg::new(WIDTH, HEIGHT);

    draw_classes(&mut svg, cohort, &axis, x);
    for tick in ticks(highest as f64, 5).into_iter().filter(|it| it.fract().abs() < 1e-9) {
        svg.line((LEFT, y.at(tick)), (RIGHT, y.at(tick)), Stroke::line(GRID, 1.0));
        svg.text(Text::at(LEFT - 8.0, y.at(tick) + 4.0).end().color(MUTED), &format::limit(tick));
    }
    for bin in &bins {
        let (from, to) = (x.at(bin.lower) + 1.0, x.at(bin.upper) - 1.0);
        svg.rect((from, y.at(bin.n as f64)), (to - from, BOTTOM - y.at(bin.n as f64)), NEUTRAL);
    }
    for cut in axis.cuts(cohort.protocol.primary()) {
        svg.line((x.at(cut), TOP), (x.at(cut), BOTTOM), Stroke::dashed(INK, 1.4));
    }
    svg.line((LEFT, BOTTOM), (RIGHT, BOTTOM), Stroke::axis());
    for tick in axis.ticks(10) {
        svg.line((x.at(tick), BOTTOM), (x.at(tick), BOTTOM + 5.0), Stroke::axis());
        svg.text(Text::at(x.at(tick), BOTTOM + 19.0).middle().color(MUTED), &format::limit(tick));
    }
    let n = cohort.full_scores().count();
    svg.text(Text::at(f64::midpoint(LEFT, RIGHT), HEIGHT - 12.0).middle(), &x_label(cohort.protocol));
    svg.text(Text::at(18.0, f64::midpoint(TOP, BOTTOM)).middle().vertical(), "Patients");

    let title = "Distribution of the score".to_owned();
    let scheme = cohort.protocol.primary();
    let description = format!(
        "Histogram of {} by score in steps of {}, with the cuts of {}.",
        format::patients(n),
        step_in_words(&bins, cohort.protocol),
        scheme.label
    );
    Figure {
        svg: svg.finish(NAME, &title, &description),
        name: NAME.to_owned(),
        caption: format!(
            "Full scores of {}, in steps of {}; dashed lines are the cuts of the scheme “{}”.{}",
            format::patients(n),
            step_in_words(&bins, cohort.protocol),
            scheme.label,
            match scheme.cut_belongs_to {
                _ if axis.is_whole() => "",
                CutSide::ClassBelow => " A score on a cut belongs to the class below.",
                CutSide::ClassAbove => " A score on a cut belongs to the class above.",
            }
        ),
        title,
    }
}

fn axis(cohort: &CohortReport<'_>) -> ScoreAxis {
    ScoreAxis::new(cohort.protocol, cohort.full_scores().map(|it| it.score))
}

/// The score and its unit, with the ends of the scale where it has both.
fn x_label(protocol: &Protocol) -> String {
    let scale = protocol.scale();
    let ends = scale
        .lower
        .zip(scale.upper)
        .map(|(lower, upper)| format!(", {}", format::between(lower, upper, format::limit)));
    format!("Score ({}{})", protocol.unit(), ends.unwrap_or_default())
}

/// How wide a bar is.
pub fn step_in_words(bins: &[Bin], protocol: &Protocol) -> String {
    let width = bins.first().map_or(1.0, |it| it.upper - it.lower);
    let unit = match wording::unit_of_distance(protocol) {
        "points" if (width - 1.0).abs() < 1e-9 => "point",
        unit => unit,
    };
    format!("{} {unit}", format::limit((width * 1000.0).round() / 1000.0))
}

/// The classes as tinted bands with their name and size above.
fn draw_classes(svg: &mut Svg, cohort: &CohortReport<'_>, axis: &ScoreAxis, x: Linear) {
    let scheme = cohort.protocol.primary();
    let counts = cohort.class_counts(scheme);
    let n = counts.iter().sum();
    for (at, class) in scheme.classes.iter().enumerate() {
        let (lower, upper) = axis.bounds(scheme, at);
        let (from, to) = (x.at(lower), x.at(upper));
        let color = palette::class(at, scheme.classes.len());
        let mut band = Path::default();
        band.rect(from, TOP, to - from, BOTTOM - TOP);
        svg.fill_path(&band, &color, 0.10);
        svg.rect((from, TOP - 4.0), (to - from, 4.0), &color);

        let middle = f64::midpoint(from, to);
        svg.text(Text::at(middle, TOP - 26.0).middle().bold().color(&color), &shorten(class, to - from - 4.0, 12.0));
        let size = format!("{} ({})", format::count(counts[at]), format::percent_of(counts[at], n));
        let short = format::count(counts[at]);
        let fits = text_width(&size, 11.0) <= to - from;
        svg.text(Text::at(middle, TOP - 11.0).middle().size(11.0).color(MUTED), if fits { &size } else { &short });
    }
}
