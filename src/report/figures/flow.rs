//! How many patients there were at each step, and why the others left.

use super::Figure;
use super::svg::{Path, Stroke, Svg, Text, wrap};
use crate::report::palette::{INK, MUTED, RULE};
use crate::report::{CohortReport, format};
use crate::score::RejectionReason;

/// Stem of the figure's file.
pub const NAME: &str = "flow";

const WIDTH: f64 = 860.0;
const TRUNK: f64 = 16.0;
const STEP_X: f64 = 40.0;
const STEP_WIDTH: f64 = 290.0;
const ASIDE_X: f64 = 390.0;
const ASIDE_WIDTH: f64 = 454.0;
const LINE_HEIGHT: f64 = 17.0;
const GAP: f64 = 22.0;

/// Codes of the reasons of patients who are not among the full scores that the branches start from.
const LEFT_BEFORE: [&str; 3] = ["no_densities", "not_scored", "partial_score"];

/// A step of the flow, with those who leave there beside it.
struct Step {
    heading: String,
    lines: Vec<String>,
    aside: Vec<String>,
    /// Whether it hangs on the trunk beside other such steps, rather than following the step above.
    is_branch: bool,
}

/// Draws the flow of patients.
pub fn draw(cohort: &CohortReport<'_>) -> Figure {
    let steps = steps(cohort);
    let heights: Vec<f64> = steps.iter().map(height).collect();
    let total: f64 = heights.iter().map(|it| it + GAP).sum::<f64>() + 4.0;
    let mut svg = Svg::new(WIDTH, total);

    let mut y = 8.0;
    let mut previous_end = None;
    for (step, &height) in steps.iter().zip(&heights) {
        let middle = y + height / 2.0;
        match previous_end {
            None => {}
            Some(end) if !step.is_branch => {
                let top = y + (height - own_height(step)) / 2.0;
                arrow(&mut svg, &[(STEP_X + 40.0, end), (STEP_X + 40.0, top)]);
            }
            Some(_) => arrow(&mut svg, &[(TRUNK, trunk_top(&steps, &heights)), (TRUNK, middle), (STEP_X, middle)]),
        }
        if step.is_branch && previous_end.is_some() {
            let top = trunk_top(&steps, &heights);
            svg.line((TRUNK, top), (STEP_X, top), Stroke::line(RULE, 1.2));
        }
        draw_step(&mut svg, step, y, height);
        previous_end = Some(y + f64::midpoint(height, own_height(step)));
        y += height + GAP;
    }

    let words: Vec<String> =
        steps.iter().flat_map(|it| std::iter::once(&it.heading).chain(&it.lines).chain(&it.aside)).cloned().collect();
    let title = "Flow of patients".to_owned();
    Figure {
        svg: svg.finish(NAME, &title, &words.join("; ")),
        name: NAME.to_owned(),
        caption:
            "From the patients in the density table to those in each survival analysis. A patient without a score may \
                  have several reasons; a patient not analysed for an endpoint is counted under the first reason that \
                  applies."
                .to_owned(),
        title,
    }
}

fn steps(cohort: &CohortReport<'_>) -> Vec<Step> {
    let n_rejected = cohort.n_rejected();
    let n_full = cohort.full_scores().count();
    let n_partial = cohort.scores.len() - n_full;

    let mut aside = Vec::new();
    if n_rejected > 0 {
        aside.push(format!("No score: {}", format::patients(n_rejected)));
        aside.extend(
            rejections_by_reason(cohort)
                .into_iter()
                .map(|(reason, n)| format!("{}: {}", format::count(n), reason.description())),
        );
    }
    let read = Step {
        heading: format!("Patients with densities: {}", format::count(cohort.profiles.len())),
        lines: vec![],
        aside,
        is_branch: false,
    };
    let aside = if n_partial > 0 {
        vec![
            format!("Partial score: {}", format::patients(n_partial)),
            "shown under a label of their own, not analysed".to_owned(),
        ]
    } else {
        vec![]
    };
    let scored = Step {
        heading: format!("Full score: {}", format::count(n_full)),
        lines: vec![format!("all {} components measured", cohort.protocol.components().len())],
        aside,
        is_branch: false,
    };
    let endpoints = cohort.statistics.iter().flat_map(|it| &it.endpoints).map(|it| {
        let mut aside = Vec::new();
        let left: Vec<_> =
            it.excluded.iter().filter(|it| it.n > 0 && !LEFT_BEFORE.contains(&it.reason.as_str())).collect();
        if !left.is_empty() {
            aside.push("Not analysed".to_owned());
            aside.extend(left.into_iter().map(|it| format!("{}: {}", format::count(it.n), it.description)));
        }
        Step {
            heading: it.label.clone(),
            lines: vec![format!("{} analysed, {}", format::count(it.n), format::events(it.n_events))],
            aside,
            is_branch: true,
        }
    });
    [read, scored].into_iter().chain(endpoints).collect()
}

/// How many patients have each reason for having no score, in the order of the reasons.
pub fn rejections_by_reason(cohort: &CohortReport<'_>) -> Vec<(RejectionReason, usize)> {
    let count = |reason| {
        let mut patients: Vec<&str> =
            cohort.rejected.iter().filter(|it| it.reason == reason).map(|it| it.patient_id.as_str()).collect();
        patients.sort_unstable();
        patients.dedup();
        (reason, patients.len())
    };
    RejectionReason::ALL.into_iter().map(count).filter(|(_, n)| *n > 0).collect()
}

fn step_lines(step: &Step) -> (Vec<String>, Vec<String>) {
    (
        wrap(&step.heading, STEP_WIDTH - 28.0, 13.5),
        step.lines.iter().flat_map(|it| wrap(it, STEP_WIDTH - 28.0, 12.0)).collect(),
    )
}

/// Each line, and whether it goes on with the one above.
fn aside_lines(step: &Step) -> Vec<(String, bool)> {
    step.aside
        .iter()
        .flat_map(|it| wrap(it, ASIDE_WIDTH - 44.0, 12.0).into_iter().enumerate().map(|(at, line)| (line, at > 0)))
        .collect()
}

fn height(step: &Step) -> f64 {
    own_height(step).max(aside_lines(step).len() as f64 * LINE_HEIGHT + 18.0)
}

/// Height of the step's own box.
fn own_height(step: &Step) -> f64 {
    let (heading, lines) = step_lines(step);
    (heading.len() + lines.len()) as f64 * LINE_HEIGHT + 18.0
}

/// Where the trunk of the branches leaves the last step that is none.
fn trunk_top(steps: &[Step], heights: &[f64]) -> f64 {
    let n_above = steps.iter().take_while(|it| !it.is_branch).count();
    let above: f64 = heights[..n_above].iter().map(|it| it + GAP).sum();
    8.0 + above - GAP - heights[n_above - 1] / 2.0
}

fn draw_step(svg: &mut Svg, step: &Step, y: f64, height: f64) {
    let (heading, lines) = step_lines(step);
    let own_height = own_height(step);
    let top = y + (height - own_height) / 2.0;
    svg.card((STEP_X, top), (STEP_WIDTH, own_height), "#eef3f8", RULE);
    let mut base = top + 9.0 + LINE_HEIGHT - 4.0;
    for line in &heading {
        svg.text(Text::at(STEP_X + 14.0, base).size(13.5).bold(), line);
        base += LINE_HEIGHT;
    }
    for line in &lines {
        svg.text(Text::at(STEP_X + 14.0, base).color(MUTED), line);
        base += LINE_HEIGHT;
    }

    let aside = aside_lines(step);
    if aside.is_empty() {
        return;
    }
    let aside_height = aside.len() as f64 * LINE_HEIGHT + 18.0;
    let aside_top = y + (height - aside_height) / 2.0;
    let middle = y + height / 2.0;
    arrow(svg, &[(STEP_X + STEP_WIDTH, middle), (ASIDE_X, middle)]);
    svg.card((ASIDE_X, aside_top), (ASIDE_WIDTH, aside_height), "#ffffff", RULE);
    for (at, (line, goes_on)) in aside.iter().enumerate() {
        let place = Text::at(
            ASIDE_X
                + if at == 0 {
                    14.0
                } else if *goes_on {
                    34.0
                } else {
                    24.0
                },
            aside_top + 9.0 + LINE_HEIGHT - 4.0 + at as f64 * LINE_HEIGHT,
        );
        svg.text(if at == 0 { place.bold().color(INK) } else { place.color(MUTED) }, line);
    }
}

/// A line with a tip at its end.
fn arrow(svg: &mut Svg, points: &[(f64, f64)]) {
    let mut line = Path::default();
    for (at, &(x, y)) in points.iter().enumerate() {
        if at == 0 { line.move_to(x, y) } else { line.line_to(x, y) }
    }
    svg.stroke_path(&line, Stroke::line(RULE, 1.2));
    let [.., (from_x, _), (x, y)] = *points else { return };
    let mut tip = Path::default();
    tip.move_to(x, y);
    if x > from_x {
        tip.line_to(x - 7.0, y - 4.0);
        tip.line_to(x - 7.0, y + 4.0);
    } else {
        tip.line_to(x - 4.0, y - 7.0);
        tip.line_to(x + 4.0, y - 7.0);
    }
    tip.close();
    svg.fill_path(&tip, RULE, 1.0);
}
