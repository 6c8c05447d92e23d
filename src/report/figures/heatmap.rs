//! All components of all patients, patients in the order of their score: percentiles where components are ranked.

use super::Figure;
use super::shaded_rows::{self, LEFT, RIGHT, ShadedRows, WIDTH};
use super::svg::{Svg, Text, shorten};
use crate::model::Percentile;
use crate::protocol::{Aggregator, Protocol};
use crate::report::palette::{self, MUTED};
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
    let component_of = |row: usize, at: usize| patients[at].1.components.get(row);
    let names: Vec<String> = components.iter().map(ToString::to_string).collect();
    let highest: Vec<f64> = (0..components.len())
        .map(|row| (0..patients.len()).filter_map(|at| component_of(row, at)?.value).fold(0.0, f64::max))
        .collect();
    let rows = ShadedRows { top: cells_top, height: ROW, n_columns: patients.len() };
    rows.draw(&mut svg, &names, |row, at| shading.shade(component_of(row, at)?, highest[row]));
    let n = format::patients(patients.len());
    shaded_rows::draw_order(&mut svg, &n, bottom + 18.0);
    // What counts, counts 1 or 0; there is nothing between.
    let (ticks, per_tick): (&[f64], f64) =
        if shading == Shading::Counts { (&[0.0, 100.0], 0.01) } else { (&shaded_rows::TICKS, 1.0) };
    shaded_rows::draw_legend(&mut svg, [shading.legend(), "not measured"], ticks, per_tick, bottom + 40.0);

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
