//! Two measurements of the same patients: the plot of Bland and Altman, differences against means.

use super::Figure;
use super::scale::{Linear, Log, ticks_between};
use super::svg::{Path, Stroke, Svg, Text, shorten};
use crate::agreement::Interval;
use crate::agreement::measurements::{PairStatistics, Scale};
use crate::report::format;
use crate::report::palette::{self, GRID, INK, MUTED, NEUTRAL};
use crate::score::comparison::{AcceptableLimits, Comparison, MeasureAgreement, PairAgreement, PairedValues};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 560.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 322.0;

/// Least distance between the names of two lines.
const LINE_HEIGHT: f64 = 30.0;

/// An interval that reaches farther than this many times the distance from bias to limit is cut off at the frame.
const FARTHEST: f64 = 2.0;

/// Digits of the ticks of a logarithmic axis, from coarse to fine.
const DIGITS: [&[f64]; 4] = [&[1.0], &[1.0, 3.0], &[1.0, 2.0, 5.0], &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0]];

/// Fewer ticks than this do not tell a reader where a point stands.
const FEWEST_TICKS: usize = 4;

/// The plots of each measure, one a pair of raters; absent for a pair without two values to set side by side.
pub fn draw_all(comparison: &Comparison) -> Vec<Vec<Option<Figure>>> {
    let report = &comparison.report;
    let of_measure = |(at, measure): (usize, &MeasureAgreement)| {
        let pairs = measure.pairs.iter().zip(&comparison.values[at]).enumerate();
        let plot = |(nth, (pair, values)): (usize, (&PairAgreement, &PairedValues))| {
            let name = format!("bland_altman_{}_{}", at + 1, nth + 1);
            draw(name, measure, pair, values, report.acceptable)
        };
        pairs.map(plot).collect()
    };
    report.measures.iter().enumerate().map(of_measure).collect()
}

/// A point: mean and difference, or geometric mean and ratio.
type Point = (f64, f64);

/// The axis of a number: its scale, and its ticks.
enum Axis {
    Linear(Linear),
    Log(Log),
}

impl Axis {
    fn new(scale: Scale, domain: (f64, f64), range: (f64, f64)) -> Self {
        match scale {
            Scale::Ratio => Self::Log(Log { domain, range }),
            Scale::Points => Self::Linear(Linear { domain, range }),
        }
    }

    /// Where a number stands; one outside stands at the end.
    fn at(&self, number: f64) -> f64 {
        match self {
            Self::Linear(it) => it.at(number.clamp(it.domain.0, it.domain.1)),
            Self::Log(it) => it.at(number),
        }
    }

    fn holds(&self, number: f64) -> bool {
        let (Self::Linear(Linear { domain, .. }) | Self::Log(Log { domain, .. })) = self;
        (domain.0..=domain.1).contains(&number)
    }

    fn ticks(&self) -> Vec<f64> {
        match self {
            Self::Linear(it) => ticks_between(it.domain.0, it.domain.1, 6),
            Self::Log(it) => DIGITS
                .into_iter()
                .map(|digits| it.ticks_of(digits))
                .find(|it| it.len() >= FEWEST_TICKS)
                .unwrap_or_else(|| ticks_between(it.domain.0, it.domain.1, 6)),
        }
    }
}

fn draw(
    name: String,
    measure: &MeasureAgreement,
    pair: &PairAgreement,
    values: &PairedValues,
    acceptable: AcceptableLimits,
) -> Option<Figure> {
    let scale = measure.scale;
    let points: Vec<Point> =
        values.first.iter().zip(&values.second).filter_map(|(a, b)| point(scale, *a, *b)).collect();
    if points.is_empty() {
        return None;
    }
    let lines = pair.statistics.limits();
    let x = Axis::new(scale, domain(scale, points.iter().map(|it| it.0)), (LEFT, RIGHT));
    let equal = if scale == Scale::Ratio { 1.0 } else { 0.0 };
    let reached = lines.into_iter().flat_map(|it| reach(scale, it));
    let shown = points.iter().map(|it| it.1).chain([equal]).chain(reached);
    let y = Axis::new(scale, domain(scale, shown), (BOTTOM, TOP));

    let mut svg = Svg::new(WIDTH, HEIGHT);
    frame(&mut svg, &x, &y);
    draw_lines(&mut svg, &pair.statistics, equal, &y);
    draw_acceptable(&mut svg, scale, acceptable, &y);
    for (mean, difference) in &points {
        svg.circle((x.at(*mean), y.at(*difference)), 3.6, NEUTRAL);
    }
    let (first, second) = (pair.first.as_str(), pair.second.as_str());
    let title = format!("{}: {second} against {first}", measure.title());
    svg.text(Text::at(LEFT, 22.0).bold(), &shorten(&title, WIDTH - LEFT - 10.0, 12.0));
    let (across, up) = match scale {
        Scale::Ratio => ("Geometric mean of both", format!("{second} / {first}")),
        Scale::Points => {
            ("Mean of both", format!("{second} \u{2212} {first} ({})", format::unit_of_difference(&measure.unit)))
        }
    };
    let across = format!("{across} ({})", format::without_parentheses(&measure.unit));
    svg.text(Text::at(f64::midpoint(LEFT, RIGHT), HEIGHT - 16.0).middle(), &across);
    svg.text(Text::at(18.0, f64::midpoint(TOP, BOTTOM)).middle().vertical(), &shorten(&up, BOTTOM - TOP, 12.0));

    let n = format::patients(points.len());
    let description =
        format!("{n} as points: difference of two measurements against their mean, with bias and limits of agreement.");
    Some(Figure {
        svg: svg.finish(&name, &title, &description),
        name,
        caption: caption(scale, pair, points.len()),
        title,
    })
}

/// Mean and difference of two values; absent where one of a ratio is 0.
fn point(scale: Scale, first: f64, second: f64) -> Option<Point> {
    match scale {
        Scale::Ratio => (first > 0.0 && second > 0.0).then(|| ((first * second).sqrt(), second / first)),
        Scale::Points => Some((f64::midpoint(first, second), second - first)),
    }
}

/// The ends of bias and limits that an axis has to show: cut off where they are far out.
fn reach(scale: Scale, [bias, lower, upper]: [Interval; 3]) -> Vec<f64> {
    let forth = |it: f64| if scale == Scale::Ratio { it.ln() } else { it };
    let back = |it: f64| if scale == Scale::Ratio { it.exp() } else { it };
    let farthest = FARTHEST * (forth(upper.estimate) - forth(lower.estimate)) / 2.0;
    let (least, most) = (forth(bias.estimate) - farthest, forth(bias.estimate) + farthest);
    let ends = [bias, lower, upper].into_iter().flat_map(|it| [it.lower, it.upper]);
    ends.map(|it| back(forth(it).clamp(least, most))).collect()
}

/// From the lowest to the highest number, with room at both ends.
fn domain(scale: Scale, numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |it, next| (it.0.min(next), it.1.max(next)));
    match scale {
        Scale::Ratio => {
            let room = ((high / low).ln() * 0.06).max(0.05).exp();
            (low / room, high * room)
        }
        Scale::Points => {
            let room = ((high - low) * 0.06).max(0.5);
            (low - room, high + room)
        }
    }
}

fn frame(svg: &mut Svg, x: &Axis, y: &Axis) {
    for tick in y.ticks() {
        svg.line((LEFT, y.at(tick)), (RIGHT, y.at(tick)), Stroke::line(GRID, 1.0));
        svg.text(Text::at(LEFT - 8.0, y.at(tick) + 4.0).end().size(11.0).color(MUTED), &format::tick(tick));
    }
    for tick in x.ticks() {
        svg.line((x.at(tick), BOTTOM), (x.at(tick), BOTTOM + 5.0), Stroke::axis());
        svg.text(Text::at(x.at(tick), BOTTOM + 19.0).middle().size(11.0).color(MUTED), &format::tick(tick));
    }
    svg.line((LEFT, BOTTOM), (RIGHT, BOTTOM), Stroke::axis());
    svg.line((LEFT, TOP), (LEFT, BOTTOM), Stroke::axis());
}

fn draw_lines(svg: &mut Svg, statistics: &PairStatistics, equal: f64, y: &Axis) {
    svg.line((LEFT, y.at(equal)), (RIGHT, y.at(equal)), Stroke::line(INK, 0.8));
    let (Some([bias, lower, upper]), Some(words)) = (statistics.limits(), format::limits_of_agreement(statistics))
    else {
        return;
    };
    let [limit_color, bias_color] = [palette::class(0, 2), palette::class(1, 2)];
    let named = [
        ("Upper limit", upper, &words.upper, &limit_color),
        ("Bias", bias, &words.bias, &bias_color),
        ("Lower limit", lower, &words.lower, &limit_color),
    ];
    let mut free = TOP;
    for (name, line, text, color) in named {
        let mut band = Path::default();
        band.rect(LEFT, y.at(line.upper), RIGHT - LEFT, y.at(line.lower) - y.at(line.upper));
        svg.fill_path(&band, color, 0.13);
        let at = y.at(line.estimate);
        let stroke = if name == "Bias" { Stroke::line(color, 1.6) } else { Stroke::dashed(color, 1.4) };
        svg.line((LEFT, at), (RIGHT, at), stroke);
        // Names keep their distance where lines are near to each other.
        let place = at.max(free);
        free = place + LINE_HEIGHT;
        svg.text(Text::at(RIGHT + 10.0, place - 1.0).size(11.0).color(color).bold(), name);
        svg.text(
            Text::at(RIGHT + 10.0, place + 13.0).size(11.0).color(color),
            &shorten(text, WIDTH - RIGHT - 12.0, 10.0),
        );
    }
}

/// What was stated as acceptable, where it stands inside the frame.
fn draw_acceptable(svg: &mut Svg, scale: Scale, acceptable: AcceptableLimits, y: &Axis) {
    let ends: Vec<f64> = acceptable.range(scale).into_iter().flatten().filter(|it| y.holds(*it)).collect();
    let stroke = Stroke { color: INK, width: 1.1, dashes: "1 4" };
    for end in &ends {
        svg.line((LEFT, y.at(*end)), (RIGHT, y.at(*end)), stroke);
    }
    // Named outside the frame, where no point and no other line covers the words.
    if !ends.is_empty() {
        let place = HEIGHT - 16.0;
        svg.line((RIGHT + 10.0, place - 4.0), (RIGHT + 34.0, place - 4.0), stroke);
        svg.text(Text::at(RIGHT + 40.0, place).size(11.0).color(MUTED), "stated as acceptable");
    }
}

fn caption(scale: Scale, pair: &PairAgreement, n_points: usize) -> String {
    let (first, second) = (&pair.first, &pair.second);
    let what = match scale {
        Scale::Ratio => format!("{second} divided by {first}, against the geometric mean of both"),
        Scale::Points => format!("{second} less {first}, against the mean of both"),
    };
    let n_without = pair.statistics.n_pairs - n_points;
    let without = if n_without > 0 {
        format!(" Not drawn, for a 0 has no ratio: {}.", format::patients(n_without))
    } else {
        String::new()
    };
    let limits = if pair.statistics.limits().is_some() {
        "Blue: bias; orange, dashed: limits of agreement, between which about 95 % of patients lie; shaded: their 95 % intervals."
    } else {
        "Too few patients for limits of agreement."
    };
    format!("One point a patient, {} in all: {what}. Black: no difference. {limits}{without}", format::count(n_points))
}
