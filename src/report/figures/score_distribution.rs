//! How the scores of a cohort are spread, and where the cuts lie.

use super::Figure;
use super::scale::{Linear, ticks};
use super::svg::{Path, Stroke, Svg, Text, shorten, text_width};
use crate::report::palette::{self, GRID, INK, MUTED, NEUTRAL};
use crate::report::{CohortReport, format};

/// Stem of the figure's file.
pub const NAME: &str = "score_distribution";

/// Bars of the histogram; the usual cuts fall between two of them.
const N_BINS: usize = 20;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 744.0;
const TOP: f64 = 62.0;
const BOTTOM: f64 = 306.0;

/// A bar of the histogram: scores above `lower`, up to `upper`; 0 belongs to the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Lower end, not part of the bar but for 0.
    pub lower: f64,
    /// Upper end, part of the bar.
    pub upper: f64,
    /// Patients with a full score in it.
    pub n: usize,
}

/// Counts the full scores of a cohort, 5 points a bar.
pub fn bins(cohort: &CohortReport<'_>) -> Vec<Bin> {
    let width = 100.0 / N_BINS as f64;
    let edge = |at: usize| at as f64 * width;
    let mut bins: Vec<Bin> = (0..N_BINS).map(|at| Bin { lower: edge(at), upper: edge(at + 1), n: 0 }).collect();
    for score in cohort.full_scores() {
        let tolerance = crate::protocol::CUT_TOLERANCE;
        let at = bins.partition_point(|it| score.score > it.upper + tolerance).min(N_BINS - 1);
        bins[at].n += 1;
    }
    bins
}

/// Draws the histogram of the full scores on the classes of the primary scheme.
pub fn draw(cohort: &CohortReport<'_>) -> Figure {
    let bins = bins(cohort);
    let highest = bins.iter().map(|it| it.n).max().unwrap_or(0).max(1);
    let x = Linear { domain: (0.0, 100.0), range: (LEFT, RIGHT) };
    let y = Linear { domain: (0.0, highest as f64 * 1.06), range: (BOTTOM, TOP) };
    let mut svg = Svg::new(WIDTH, HEIGHT);

    draw_classes(&mut svg, cohort, x);
    for tick in ticks(highest as f64, 5).into_iter().filter(|it| it.fract().abs() < 1e-9) {
        svg.line((LEFT, y.at(tick)), (RIGHT, y.at(tick)), Stroke::line(GRID, 1.0));
        svg.text(Text::at(LEFT - 8.0, y.at(tick) + 4.0).end().color(MUTED), &format::limit(tick));
    }
    for bin in &bins {
        let (from, to) = (x.at(bin.lower) + 1.0, x.at(bin.upper) - 1.0);
        svg.rect((from, y.at(bin.n as f64)), (to - from, BOTTOM - y.at(bin.n as f64)), NEUTRAL);
    }
    for &cut in &cohort.protocol.primary().upper_ends {
        svg.line((x.at(cut), TOP), (x.at(cut), BOTTOM), Stroke::dashed(INK, 1.4));
    }
    svg.line((LEFT, BOTTOM), (RIGHT, BOTTOM), Stroke::axis());
    for tick in ticks(100.0, 10) {
        svg.line((x.at(tick), BOTTOM), (x.at(tick), BOTTOM + 5.0), Stroke::axis());
        svg.text(Text::at(x.at(tick), BOTTOM + 19.0).middle().color(MUTED), &format::limit(tick));
    }
    let n = cohort.full_scores().count();
    svg.text(Text::at(f64::midpoint(LEFT, RIGHT), HEIGHT - 12.0).middle(), "Score (mean percentile, 0–100)");
    svg.text(Text::at(18.0, f64::midpoint(TOP, BOTTOM)).middle().vertical(), "Patients");

    let title = "Distribution of the score".to_owned();
    let scheme = cohort.protocol.primary();
    let description = format!(
        "Histogram of {} by score in steps of 5 points, with the cuts of {}.",
        format::patients(n),
        scheme.label
    );
    Figure {
        svg: svg.finish(NAME, &title, &description),
        name: NAME.to_owned(),
        caption: format!(
            "Full scores of {}, in steps of 5 points; dashed lines are the cuts of the scheme “{}”. A score on a cut belongs \
             to the class below.",
            format::patients(n),
            scheme.label
        ),
        title,
    }
}

/// The classes as tinted bands with their name and size above.
fn draw_classes(svg: &mut Svg, cohort: &CohortReport<'_>, x: Linear) {
    let scheme = cohort.protocol.primary();
    let counts = cohort.class_counts(scheme);
    let n = counts.iter().sum();
    for (at, class) in scheme.classes.iter().enumerate() {
        let (lower, upper) = scheme.bounds(at);
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
