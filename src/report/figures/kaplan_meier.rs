//! Survival by class: curves, intervals, censorings, and the numbers at risk.

mod curves;

pub use curves::{name, name_of_column};

use self::curves::{Curves, Group};
use super::Figure;
use super::scale::{Linear, ticks};
use super::svg::{Path, Stroke, Svg, Text, shorten, text_width};
use crate::protocol::TimeUnit;
use crate::report::format;
use crate::report::palette::{self, GRID, INK, MUTED};
use crate::stratify::patients::{AnalysisStatistics, GroupComparison};
use crate::stratify::{ByClass, EndpointStatistics};
use crate::survival::kaplan_meier::{Step, SurvivalCurve};

const WIDTH: f64 = 760.0;
const MARGIN: f64 = 8.0;
const RIGHT: f64 = 740.0;
const PLOT_HEIGHT: f64 = 300.0;
const LEGEND_ROW: f64 = 20.0;
const RISK_ROW: f64 = 19.0;

/// The times of the table of numbers at risk, in years: the ticks of the time axis.
pub fn risk_times<'a>(curves: impl Iterator<Item = &'a SurvivalCurve>, unit: TimeUnit) -> Vec<f64> {
    ticks(last_observation(curves, unit), 8)
}

/// Draws the curves of one scheme's classes. A class without patients has a row, and no curve.
pub fn draw(endpoint: &EndpointStatistics, by_class: &ByClass) -> Figure {
    draw_curves(&Curves::of_scheme(endpoint, by_class))
}

/// Draws the curves of the classes of a column.
pub fn draw_column(analysis: &AnalysisStatistics, group: &GroupComparison) -> Figure {
    draw_curves(&Curves::of_column(analysis, group))
}

fn draw_curves(curves: &Curves<'_>) -> Figure {
    let Curves { name, label, by, unit, groups, .. } = curves;
    let unit = *unit;
    let longest = groups.iter().map(|it| text_width(it.class, 12.0)).fold(0.0, f64::max);
    let left = (1.1 * longest + 34.0).clamp(96.0, 220.0);

    let legend = legend(groups);
    let top = 16.0 + legend.len() as f64 * LEGEND_ROW + 26.0;
    let bottom = top + PLOT_HEIGHT;
    let height = bottom + 74.0 + groups.len() as f64 * RISK_ROW + 10.0;
    let each_curve = || groups.iter().map(|it| it.curve);
    let end = last_observation(each_curve(), unit).max(f64::MIN_POSITIVE);
    let x = Linear { domain: (0.0, end), range: (left, RIGHT) };
    let y = Linear { domain: (0.0, 1.0), range: (bottom, top) };
    let mut svg = Svg::new(WIDTH, height);

    draw_legend(&mut svg, groups, &legend);
    let tests = curves.tests.join("   ·   ");
    svg.text(Text::at(MARGIN, top - 14.0).color(INK), &tests);
    let times = risk_times(each_curve(), unit);
    draw_axes(&mut svg, x, y, &times, label);

    let colored = || groups.iter().enumerate().map(|(at, it)| (it, palette::class(at, groups.len())));
    for (group, color) in colored() {
        // Many bands lie upon each other, so each is fainter.
        let opacity = if groups.len() > 3 { 0.07 } else { 0.13 };
        svg.fill_path(&band(group.curve, unit, x, y), &color, opacity);
    }
    for (group, color) in colored() {
        svg.stroke_path(&curve(group.curve, unit, x, y), Stroke::line(&color, 2.0));
        svg.stroke_path(&censorings(group.curve, unit, x, y), Stroke::line(&color, 1.0));
    }
    draw_numbers_at_risk(&mut svg, curves, &times, x, bottom + 66.0);

    let title = format!("{label} by {by}");
    let description = format!("Kaplan-Meier curves: {}. {tests}.", described(groups));
    Figure {
        svg: svg.finish(name, &title, &description),
        name: name.clone(),
        caption: format!(
            "Kaplan–Meier estimate of {} by {by}, with 95 % intervals; small strokes are patients last seen without the \
             event. Each curve ends at its last observation. Below: patients still under observation.",
            in_sentence(label)
        ),
        title,
    }
}

/// A label within a sentence: its first letter is small, unless it is an abbreviation.
fn in_sentence(label: &str) -> String {
    let mut letters = label.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(letters).collect(),
        _ => label.to_owned(),
    }
}

fn last_observation<'a>(curves: impl Iterator<Item = &'a SurvivalCurve>, unit: TimeUnit) -> f64 {
    let last = |it: &SurvivalCurve| it.steps.last().map_or(0.0, |it| it.time);
    curves.map(last).fold(0.0, f64::max) / unit.per_year()
}

fn described(groups: &[Group<'_>]) -> String {
    groups.iter().map(entry).collect::<Vec<_>>().join("; ")
}

fn entry(group: &Group<'_>) -> String {
    format!("{} (n = {}, {})", group.class, format::count(group.n), format::events(group.n_events))
}

/// The entries of the legend in rows: class by place, and where it starts.
fn legend(groups: &[Group<'_>]) -> Vec<Vec<(usize, f64)>> {
    let mut rows: Vec<Vec<(usize, f64)>> = vec![vec![]];
    let mut x = MARGIN;
    for (at, group) in groups.iter().enumerate() {
        let width = 30.0 + text_width(&entry(group), 12.0) + 14.0;
        if x + width > RIGHT && x > MARGIN {
            rows.push(vec![]);
            x = MARGIN;
        }
        if let Some(row) = rows.last_mut() {
            row.push((at, x));
        }
        x += width;
    }
    rows
}

fn draw_legend(svg: &mut Svg, groups: &[Group<'_>], rows: &[Vec<(usize, f64)>]) {
    for (row, entries) in rows.iter().enumerate() {
        let y = 22.0 + row as f64 * LEGEND_ROW;
        for &(at, x) in entries {
            let color = palette::class(at, groups.len());
            svg.line((x, y - 4.0), (x + 22.0, y - 4.0), Stroke::line(&color, 3.0));
            svg.text(Text::at(x + 29.0, y), &entry(&groups[at]));
        }
    }
}

fn draw_axes(svg: &mut Svg, x: Linear, y: Linear, times: &[f64], label: &str) {
    let (left, right) = x.range;
    let (bottom, top) = y.range;
    for percent in [0, 25, 50, 75, 100] {
        let place = y.at(f64::from(percent) / 100.0);
        svg.line((left, place), (right, place), Stroke::line(GRID, 1.0));
        svg.text(Text::at(left - 8.0, place + 4.0).end().color(MUTED), &percent.to_string());
    }
    svg.line((left, bottom), (right, bottom), Stroke::axis());
    svg.line((left, top), (left, bottom), Stroke::axis());
    for &time in times {
        svg.line((x.at(time), bottom), (x.at(time), bottom + 5.0), Stroke::axis());
        svg.text(Text::at(x.at(time), bottom + 19.0).middle().color(MUTED), &format::limit(round_tick(time)));
    }
    svg.text(Text::at(f64::midpoint(left, right), bottom + 36.0).middle(), "Time (years)");
    let label = shorten(&format!("{label} (%)"), PLOT_HEIGHT, 12.0);
    svg.text(Text::at(left - 44.0, f64::midpoint(top, bottom)).middle().vertical(), &label);
}

/// A tick is a round number up to floating-point error.
fn round_tick(tick: f64) -> f64 {
    (tick * 1e6).round() / 1e6
}

/// The curve, from 1 at time 0 to the last observation.
fn curve(curve: &SurvivalCurve, unit: TimeUnit, x: Linear, y: Linear) -> Path {
    let mut path = Path::default();
    let Some(last) = curve.steps.last() else { return path };
    path.move_to(x.at(0.0), y.at(1.0));
    for step in curve.steps.iter().filter(|it| it.n_event > 0) {
        path.horizontal_to(x.at(step.time / unit.per_year()));
        path.vertical_to(y.at(step.survival));
    }
    path.horizontal_to(x.at(last.time / unit.per_year()));
    path
}

/// A stretch of the time axis on which the interval stays the same.
struct Piece {
    from: f64,
    to: f64,
    interval: (f64, f64),
}

/// The interval as closed areas with steps; where an end is not defined there is none.
fn band(curve: &SurvivalCurve, unit: TimeUnit, x: Linear, y: Linear) -> Path {
    let mut path = Path::default();
    let ends_at = |at: usize| curve.steps.get(at + 1).map_or(curve.steps[at].time, |next| next.time);
    let interval = |step: &Step| -> Option<(f64, f64)> {
        // Before the first event the estimate is exactly 1, whatever the scale of the interval says.
        if step.survival >= 1.0 { Some((1.0, 1.0)) } else { Some((step.lower?, step.upper?)) }
    };
    let mut areas: Vec<Vec<Piece>> = vec![vec![]];
    for (at, step) in curve.steps.iter().enumerate() {
        let place = |time: f64| x.at(time / unit.per_year());
        match (interval(step), areas.last_mut()) {
            (Some(interval), Some(area)) => match area.last_mut() {
                // A censoring does not change the interval, so the area goes on.
                Some(piece) if step.n_event == 0 => piece.to = place(ends_at(at)),
                _ => area.push(Piece { from: place(step.time), to: place(ends_at(at)), interval }),
            },
            _ => areas.push(vec![]),
        }
    }
    for area in areas.iter().filter(|it| !it.is_empty()) {
        for (at, &Piece { from, to, interval: (_, upper) }) in area.iter().enumerate() {
            if at == 0 {
                path.move_to(from, y.at(upper));
            } else {
                path.vertical_to(y.at(upper));
            }
            path.horizontal_to(to);
        }
        for &Piece { from, interval: (lower, _), .. } in area.iter().rev() {
            path.vertical_to(y.at(lower));
            path.horizontal_to(from);
        }
        path.close();
    }
    path
}

fn censorings(curve: &SurvivalCurve, unit: TimeUnit, x: Linear, y: Linear) -> Path {
    let mut path = Path::default();
    for step in curve.steps.iter().filter(|it| it.n_censored > 0) {
        let (place, height) = (x.at(step.time / unit.per_year()), y.at(step.survival));
        path.move_to(place, height - 4.0);
        path.vertical_to(height + 4.0);
    }
    path
}

fn draw_numbers_at_risk(svg: &mut Svg, curves: &Curves<'_>, times: &[f64], x: Linear, top: f64) {
    let left = x.range.0;
    svg.text(Text::at(MARGIN, top - 6.0).size(12.0).bold(), "Number at risk");
    for (at, group) in curves.groups.iter().enumerate() {
        let base = top + 14.0 + at as f64 * RISK_ROW;
        let color = palette::class(at, curves.groups.len());
        svg.text(Text::at(MARGIN, base).bold().color(&color), &shorten(group.class, (left - 30.0) / 1.1, 12.0));
        for time in times {
            let n = group.curve.n_risk_at(time * curves.unit.per_year());
            svg.text(Text::at(x.at(*time), base).middle(), &format::count(n));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::Example;
    use crate::survival::Cohort;
    use crate::survival::kaplan_meier::{ConfidenceScale, estimate};

    const X: Linear = Linear { domain: (0.0, 10.0), range: (0.0, 1000.0) };
    const Y: Linear = Linear { domain: (0.0, 1.0), range: (100.0, 0.0) };

    fn of(times: &[f64], events: &[bool]) -> SurvivalCurve {
        estimate(&Cohort::from_columns(times, events).unwrap(), ConfidenceScale::LogLog)
    }

    #[test]
    fn a_curve_ends_at_its_last_observation() {
        let path = curve(&of(&[1.0, 2.0, 4.0], &[true, false, false]), TimeUnit::Years, X, Y);
        assert_eq!(path.to_string(), "M0 0H100V33.3H400", "from 100 % at 0 down at 1 year, and on to 4 years");
        let path = curve(&of(&[12.0, 24.0], &[false, true]), TimeUnit::Months, X, Y);
        assert_eq!(path.to_string(), "M0 0H200V100H200", "months are drawn in years");
        assert_eq!(curve(&of(&[], &[]), TimeUnit::Years, X, Y).to_string(), "");
    }

    #[test]
    fn there_is_no_band_where_the_interval_is_not_defined() {
        let path = band(&of(&[1.0, 2.0, 4.0], &[true, false, true]), TimeUnit::Years, X, Y).to_string();
        assert_eq!(path.matches('Z').count(), 1, "{path}");
        assert!(!path.contains("V100"), "survival of 0 has no interval: {path}");
    }

    #[test]
    fn censorings_are_marked_on_the_curve() {
        let path = censorings(&of(&[1.0, 2.0, 4.0], &[true, false, false]), TimeUnit::Years, X, Y);
        assert_eq!(path.to_string(), "M200 29.3V37.3M400 29.3V37.3");
    }

    #[test]
    fn the_numbers_at_risk_stand_under_their_ticks() {
        let example = Example::new(120);
        let endpoint = &example.statistics.as_ref().unwrap().endpoints[0];
        let svg = draw(endpoint, &endpoint.by_class[0]).svg;
        for time in risk_times(endpoint.by_class[0].groups.iter().map(|it| &it.curve), endpoint.time_unit) {
            let label = format!(">{}</text>", round_tick(time));
            let line = svg.lines().find(|it| it.contains(&label) && it.contains("middle")).expect("a tick");
            let place = line.split('"').nth(1).expect("its x");
            let under = svg.lines().filter(|it| it.starts_with(&format!("<text x=\"{place}\""))).count();
            assert!(under > endpoint.by_class[0].groups.len(), "tick and one number a class at {time}");
        }
    }

    #[test]
    fn an_abbreviation_keeps_its_capitals_in_a_sentence() {
        assert_eq!(in_sentence("Overall survival"), "overall survival");
        assert_eq!(in_sentence("DFS"), "DFS");
    }
}
