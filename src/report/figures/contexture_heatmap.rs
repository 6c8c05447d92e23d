//! The percentiles of all markers of the contexture in all patients, patients in the order of their score.

use super::shaded_rows::{self, ShadedRows, WIDTH};
use super::svg::Svg;
use super::{Figure, sign_mark};
use crate::model::Percentile;
use crate::report::{CohortReport, format};
use crate::score::PatientScore;
use crate::score::contexture::{Contexture, PatientContexture};

/// Stem of the figure's file.
pub const NAME: &str = "contexture_heatmap";

const TOP: f64 = 14.0;
const ROW: f64 = 17.0;

/// Draws one column a patient with a full score, and one row a marker and region.
pub fn draw(cohort: &CohortReport<'_>, contexture: &Contexture) -> Figure {
    let patients = by_score(cohort, contexture);
    let axes = &contexture.record.axes;
    let components = &contexture.record.components;
    let names: Vec<String> = components
        .iter()
        .map(|it| format!("{} {}", it.component, sign_mark::letter(axes.sign_of(&it.component.marker))))
        .collect();
    let bottom = TOP + names.len() as f64 * ROW;
    let mut svg = Svg::new(WIDTH, bottom + 96.0);
    let rows = ShadedRows { top: TOP, height: ROW, n_columns: patients.len() };
    rows.draw(&mut svg, &names, |row, at| patients[at].markers.get(row)?.percentile.map(Percentile::value));
    let n = format::patients(patients.len());
    shaded_rows::draw_order(&mut svg, &n, bottom + 18.0);
    shaded_rows::draw_legend(&mut svg, ["percentile", "no percentile"], &shaded_rows::TICKS, 1.0, bottom + 40.0);

    let title = "Contexture by patient".to_owned();
    let description =
        format!("Heat map of the percentiles of {} markers and regions of {n}, sorted by score.", names.len());
    Figure {
        svg: svg.finish(NAME, &title, &description),
        name: NAME.to_owned(),
        caption: "One column a patient with a full score, from the lowest score to the highest; one row a marker and region, in the order of the \
                  axes. Colour is the percentile in the reference. ▲ more of it goes with a better course, ▼ with a \
                  worse one, ○ depends on the context."
            .to_owned(),
        title,
    }
}

/// Patients with a full score, by score and then by name.
fn by_score<'a>(cohort: &CohortReport<'_>, contexture: &'a Contexture) -> Vec<&'a PatientContexture> {
    let mut scores: Vec<&PatientScore> = cohort.full_scores().collect();
    scores.sort_by(|a, b| a.score.total_cmp(&b.score).then_with(|| a.patient_id.cmp(&b.patient_id)));
    scores.iter().filter_map(|it| contexture.of(&it.patient_id)).collect()
}
