//! All components of all patients, patients in the order of their score: percentiles where components are ranked.

use super::Figure;
use super::scale::Linear;
use super::svg::{Path, Stroke, Svg, Text, shorten};
use crate::model::Percentile;
use crate::protocol::{Aggregator, Protocol};
use crate::report::palette::{self, MISSING, MUTED};
use crate::report::{CohortReport, class_index, format};
use crate::score::{ComponentProfile, PatientProfile, PatientScore};

/// What the colour of a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shading {
    /// The percentile in the reference.
    Percentile,
    /// Whether the component is high, or counts.
    Counts,
    /// The measurement in percent of the highest one of the component in the cohort.
    ShareOfHighest,
}

impl Shading {
    fn of(protocol: &Protocol) -> Self {
        match protocol.aggregator {
            Aggregator::MeanPercentile => Self::Percentile,
            Aggregator::SumOfDichotomised | Aggregator::Rule => Self::Counts,
            Aggregator::WeightedSum | Aggregator::Log2Ratio => Self::ShareOfHighest,
        }
    }

    /// The shade of a component, from 0 to 100; absent if it cannot be used.
    fn shade(self, component: &ComponentProfile, highest: f64) -> Option<f64> {
        match self {
            Self::Percentile => component.percentile.map(Percentile::value),
            Self::Counts => component.contribution.map(|it| 100.0 * it),
            Self::ShareOfHighest => {
                let value = component.value.filter(|_| component.contribution.is_some())?;
                Some(if highest > 0.0 { 100.0 * value / highest } else { 0.0 })
            }
        }
    }

    const fn legend(self) -> &'static str {
        match self {
            Self::Percentile => "percentile",
            Self::Counts => "counts",
            Self::ShareOfHighest => "% of highest",
        }
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::Percentile => "Colour is the percentile in the reference.",
            Self::Counts => "Light: the component counts for the score; dark: it does not.",
            Self::ShareOfHighest => {
                "Colour is the measurement in percent of the highest one of that component in this cohort."
            }
        }
    }
}

/// Stem of the figure's file.
pub const fn name(protocol: &Protocol) -> &'static str {
    match protocol.aggregator {
        Aggregator::MeanPercentile => "percentile_heatmap",
        _ => "component_heatmap",
    }
}

/// Title of the figure.
pub const fn title(protocol: &Protocol) -> &'static str {
    match protocol.aggregator {
        Aggregator::MeanPercentile => "Percentiles by patient",
        _ => "Components by patient",
    }
}

/// Steps of the colour scale; cells of one step are one path, which keeps the file small.
const N_SHADES: usize = 50;

const WIDTH: f64 = 860.0;
const LEFT: f64 = 118.0;
const RIGHT: f64 = 844.0;
const TOP: f64 = 14.0;
const ROW: f64 = 34.0;
const CLASS_ROW: f64 = 14.0;
const GAP: f64 = 4.0;

/// Draws one column a patient with a full score, and one row a component.
pub fn draw(cohort: &CohortReport<'_>) -> Figure {
    let components = cohort.protocol.components();
    let shading = Shading::of(cohort.protocol);
    let patients = by_score(cohort);
    let column = (RIGHT - LEFT) / patients.len().max(1) as f64;
    let cells_top = TOP + CLASS_ROW + GAP;
    let bottom = cells_top + components.len() as f64 * ROW;
    let mut svg = Svg::new(WIDTH, bottom + 96.0);

    draw_classes(&mut svg, cohort, &patients, column);
    let mut shades: Vec<Path> = (0..N_SHADES).map(|_| Path::default()).collect();
    let mut missing = Path::default();
    for (row, component) in components.iter().enumerate() {
        let y = cells_top + row as f64 * ROW;
        let component_of = |at: usize| {
            let profile: &PatientProfile = patients[at].1;
            profile.components.get(row)
        };
        let values = (0..patients.len()).filter_map(|at| component_of(at)?.value);
        let highest = values.fold(0.0, f64::max);
        let shade_of = |at: usize| component_of(at).and_then(|it| shading.shade(it, highest)).map(shade);
        let mut from = 0;
        // Neighbours of one shade are drawn as one cell.
        for to in 1..=patients.len() {
            if to == patients.len() || shade_of(to) != shade_of(from) {
                let x = LEFT + from as f64 * column;
                let width = (to - from) as f64 * column;
                shade_of(from).map_or(&mut missing, |it| &mut shades[it]).rect(x, y, width, ROW - 1.0);
                from = to;
            }
        }
        let name = shorten(&component.to_string(), LEFT - 20.0, 12.0);
        svg.text(Text::at(LEFT - 10.0, y + ROW / 2.0 + 4.0).end(), &name);
    }
    for (at, path) in shades.iter().enumerate() {
        svg.fill_path(path, &shade_color(at), 1.0);
    }
    svg.fill_path(&missing, MISSING, 1.0);

    let place = Text::at(LEFT, bottom + 18.0).color(MUTED);
    svg.text(place, "lowest score");
    svg.text(Text::at(RIGHT, bottom + 18.0).end().color(MUTED), "highest score");
    let n = format::patients(patients.len());
    svg.text(Text::at(f64::midpoint(LEFT, RIGHT), bottom + 18.0).middle(), &format!("{n}, by score"));
    draw_legend(&mut svg, shading, bottom + 40.0);

    let (name, title) = (name(cohort.protocol), title(cohort.protocol).to_owned());
    let description = format!("Heat map of {} components of {n}, sorted by score.", components.len());
    Figure {
        svg: svg.finish(name, &title, &description),
        name: name.to_owned(),
        caption: format!(
            "One column a patient with a full score, from the lowest score to the highest; one row a component. {} \
             The strip above the rows is the class ({}).",
            shading.in_words(),
            cohort.protocol.primary().label
        ),
        title,
    }
}

/// Patients with a full score, by score and then by name.
fn by_score<'a>(cohort: &CohortReport<'a>) -> Vec<(&'a PatientScore, &'a PatientProfile)> {
    let mut profiles: Vec<&PatientProfile> = cohort.profiles.iter().collect();
    profiles.sort_by(|a, b| a.patient_id.cmp(&b.patient_id));
    let mut patients: Vec<(&PatientScore, &PatientProfile)> = cohort
        .full_scores()
        .filter_map(|score| {
            let at = profiles.binary_search_by(|it| it.patient_id.cmp(&score.patient_id)).ok()?;
            Some((score, profiles[at]))
        })
        .collect();
    patients.sort_by(|(a, _), (b, _)| a.score.total_cmp(&b.score).then_with(|| a.patient_id.cmp(&b.patient_id)));
    patients
}

fn draw_classes(svg: &mut Svg, cohort: &CohortReport<'_>, patients: &[(&PatientScore, &PatientProfile)], column: f64) {
    let scheme = cohort.protocol.primary();
    svg.text(Text::at(LEFT - 10.0, TOP + CLASS_ROW - 3.0).end().size(11.0).color(MUTED), "class");
    for (class, name) in scheme.classes.iter().enumerate() {
        let members =
            || patients.iter().enumerate().filter(|(_, (score, _))| class_index(score, scheme) == Some(class));
        let (Some((first, _)), Some((last, _))) = (members().next(), members().next_back()) else { continue };
        let (x, width) = (LEFT + first as f64 * column, (last + 1 - first) as f64 * column);
        svg.rect((x, TOP), (width, CLASS_ROW), &palette::class(class, scheme.classes.len()));
        if width > 30.0 {
            let name = shorten(name, width - 6.0, 11.0);
            svg.text(
                Text::at(x + width / 2.0, TOP + CLASS_ROW - 3.0).middle().size(11.0).bold().color("#ffffff"),
                &name,
            );
        }
    }
}

fn draw_legend(svg: &mut Svg, shading: Shading, y: f64) {
    let scale = Linear { domain: (0.0, 100.0), range: (LEFT, LEFT + 260.0) };
    let step = (scale.range.1 - scale.range.0) / N_SHADES as f64;
    for at in 0..N_SHADES {
        // A little overlap, so that no seam shows between two shades.
        let overlap = if at + 1 < N_SHADES { 0.5 } else { 0.0 };
        svg.rect((scale.range.0 + at as f64 * step, y), (step + overlap, 12.0), &shade_color(at));
    }
    // What counts, counts 1 or 0; there is nothing between.
    let (ticks, per_tick): (&[f64], f64) =
        if shading == Shading::Counts { (&[0.0, 100.0], 0.01) } else { (&[0.0, 25.0, 50.0, 75.0, 100.0], 1.0) };
    for &tick in ticks {
        svg.line((scale.at(tick), y + 12.0), (scale.at(tick), y + 16.0), Stroke::axis());
        svg.text(Text::at(scale.at(tick), y + 29.0).middle().size(11.0).color(MUTED), &format::limit(tick * per_tick));
    }
    svg.text(Text::at(LEFT - 10.0, y + 10.0).end().size(11.0).color(MUTED), shading.legend());
    svg.rect((LEFT + 300.0, y), (18.0, 12.0), MISSING);
    svg.text(Text::at(LEFT + 324.0, y + 10.0).size(11.0).color(MUTED), "not measured");
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of the shades")]
fn shade(percentile: f64) -> usize {
    ((percentile.clamp(0.0, 100.0) / 100.0 * N_SHADES as f64) as usize).min(N_SHADES - 1)
}

fn shade_color(shade: usize) -> String {
    palette::percentile(100.0 * (shade as f64 + 0.5) / N_SHADES as f64)
}
