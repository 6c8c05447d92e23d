//! The percentiles of each component in groups of patients: centres, batches, years.

use super::Figure;
use super::categories::Categories;
use super::scale::Linear;
use super::svg::{Path, Stroke, Svg, Text, shorten};
use crate::report::palette::{GRID, INK, MUTED, NEUTRAL};
use crate::report::quality::{GroupSpread, spread};
use crate::report::{CohortReport, format};
use crate::score::Grouping;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 744.0;
const TOP: f64 = 34.0;
const PANEL: f64 = 150.0;
const GAP: f64 = 30.0;
const BELOW: f64 = 84.0;

/// Draws one panel a component, one box a group; `at` tells the figures of several columns apart.
pub fn draw(cohort: &CohortReport<'_>, grouping: &Grouping, at: usize) -> Figure {
    let components = cohort.protocol.components();
    let n_panels = components.len() as f64;
    let height = TOP + n_panels * PANEL + (n_panels - 1.0).max(0.0) * GAP + BELOW;
    let mut svg = Svg::new(WIDTH, height);
    let groups = grouping.groups();
    let x = Categories { range: (LEFT, RIGHT), n: groups.len() };
    for (panel, component) in components.iter().enumerate() {
        let top = TOP + panel as f64 * (PANEL + GAP);
        let y = Linear { domain: (0.0, 100.0), range: (top + PANEL, top) };
        svg.text(Text::at(LEFT, top - 8.0).bold(), &component.to_string());
        for tick in [0.0, 25.0, 50.0, 75.0, 100.0] {
            let stroke = if tick > 0.0 && tick < 100.0 { Stroke::dashed(MUTED, 0.8) } else { Stroke::line(GRID, 1.0) };
            svg.line((LEFT, y.at(tick)), (RIGHT, y.at(tick)), stroke);
            svg.text(Text::at(LEFT - 8.0, y.at(tick) + 4.0).end().size(11.0).color(MUTED), &format::limit(tick));
        }
        draw_boxes(&mut svg, &spread(cohort, grouping, panel), x, y);
    }
    let n_patients = |group: &str| {
        let is_in = |patient: &str| grouping.group_of.get(patient).is_some_and(|it| it == group);
        cohort.profiles.iter().filter(|it| is_in(&it.patient_id)).count()
    };
    x.draw(&mut svg, groups.iter().map(|it| (*it, n_patients(it))), height - BELOW + 18.0);
    let middle = f64::midpoint(TOP, height - BELOW);
    svg.text(Text::at(18.0, middle).middle().vertical(), "Percentile in the reference");
    svg.text(Text::at(f64::midpoint(LEFT, RIGHT), height - 8.0).middle(), &shorten(&grouping.column, 600.0, 12.0));

    let title = format!("Percentiles by {}", grouping.column);
    let n_groups = format::counted(groups.len(), "group", "groups");
    let description = format!("Box plots of percentiles in {n_groups} of {}, one panel a component.", grouping.column);
    let name = format!("by_group_{}", at + 1);
    Figure {
        svg: svg.finish(&name, &title, &description),
        name,
        caption: format!(
            "Percentiles by “{}”: median, quartiles, lowest and highest; medians are joined in the order of the groups. \
             Patients like those of the reference have their quartiles on the dashed lines. A step between groups is a matter \
             of staining, scanner, counting or choice of patients before it is one of biology.",
            grouping.column
        ),
        title,
    }
}

fn draw_boxes(svg: &mut Svg, groups: &[GroupSpread], x: Categories, y: Linear) {
    let half = (0.3 * x.room()).min(22.0);
    let mut medians = Path::default();
    let mut is_first = true;
    for (at, group) in groups.iter().enumerate() {
        let Some([lowest, lower, median, upper, highest]) = group.percentiles else { continue };
        let x = x.at(at);
        svg.line((x, y.at(lowest)), (x, y.at(highest)), Stroke::line(NEUTRAL, 1.0));
        let mut quartiles = Path::default();
        quartiles.rect(x - half, y.at(upper), 2.0 * half, y.at(lower) - y.at(upper));
        svg.fill_path(&quartiles, "#ffffff", 1.0);
        svg.fill_path(&quartiles, NEUTRAL, 0.35);
        svg.line((x - half, y.at(median)), (x + half, y.at(median)), Stroke::line(INK, 2.0));
        if is_first {
            medians.move_to(x, y.at(median));
        } else {
            medians.line_to(x, y.at(median));
        }
        is_first = false;
    }
    svg.stroke_path(&medians, Stroke::line(INK, 0.8));
}
