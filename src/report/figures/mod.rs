//! Figures, each a file of its own: SVG with its fonts, colours and description inside.

pub mod bland_altman;
pub mod by_group;
mod categories;
pub mod change_forest;
pub mod contexture_heatmap;
pub mod contexture_strip;
pub mod flow;
pub mod forest;
pub mod heatmap;
pub mod kaplan_meier;
pub mod levey_jennings;
pub mod ruler;
mod scale;
mod score_axis;
pub mod score_distribution;
mod shaded_rows;
pub(crate) mod sign_mark;
mod svg;

use super::CohortReport;

/// A figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Stem of its file.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// How to read it.
    pub caption: String,
    /// The drawing.
    pub svg: String,
}

/// All figures of a cohort, in the order of its page.
pub fn draw_all(cohort: &CohortReport<'_>) -> Vec<Figure> {
    let mut figures = vec![flow::draw(cohort), score_distribution::draw(cohort), heatmap::draw(cohort)];
    for endpoint in cohort.statistics.iter().flat_map(|it| &it.endpoints) {
        figures.extend(endpoint.by_class.iter().map(|it| kaplan_meier::draw(endpoint, it)));
        figures.push(forest::draw(endpoint));
    }
    for analysis in cohort.statistics.iter().flat_map(|it| &it.analyses) {
        figures.extend(analysis.groups.iter().map(|it| kaplan_meier::draw_column(analysis, it)));
    }
    if let Some(contexture) = cohort.contexture {
        figures.push(contexture_heatmap::draw(cohort, contexture));
        figures.extend(contexture.record.change.as_ref().map(|it| change_forest::draw(it, &contexture.record.axes)));
    }
    figures
}

#[cfg(test)]
mod tests;
