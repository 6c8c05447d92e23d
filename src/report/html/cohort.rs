//! The page of a cohort.

mod analysis;
mod contexture;
mod cox_model;
mod methods;
mod models;
mod quality;
mod results;
mod scores;
mod survival;

use askama::Template;

use super::document::{Block, Blocks, Section};
use super::patient::Tile;
use super::{RESEARCH_USE_ONLY, VERSION};
use crate::report::figures::Figure;
use crate::report::{CohortReport, wording};

#[derive(Template)]
#[template(path = "cohort.html")]
struct Page<'a> {
    version: &'a str,
    title: &'a str,
    subtitle: &'a str,
    research_use_only: &'a str,
    disclaimer: &'a str,
    warnings: Vec<String>,
    tiles: Vec<Tile>,
    results: &'a [Block],
    sections: &'a [Section],
}

/// The page of a cohort, with the figures of [`draw_all`](crate::report::figures::draw_all) in it.
///
/// A figure that is not among `figures` is left out; its table stays.
///
/// # Panics
///
/// If the protocol was not [checked](crate::protocol::Protocol::check).
pub fn render(cohort: &CohortReport<'_>, figures: &[Figure]) -> String {
    let mut sections = vec![scores::patients(cohort, figures), scores::scores(cohort, figures)];
    sections.extend(cohort.contexture.map(|it| contexture::section(it, figures)));
    for endpoint in cohort.statistics.iter().flat_map(|it| &it.endpoints) {
        sections.push(survival::endpoint(endpoint, cohort.protocol.high_score, figures));
    }
    sections.extend(cohort.statistics.iter().flat_map(|it| &it.analyses).map(|it| analysis::section(it, figures)));
    sections.extend([
        quality::quality(cohort),
        scores::list_of_patients(cohort),
        methods::methods(cohort),
        methods::limits(cohort),
    ]);
    let results = results::results(cohort);
    let page = Page {
        version: VERSION,
        title: cohort.title,
        subtitle: &wording::title(cohort.protocol),
        research_use_only: RESEARCH_USE_ONLY,
        disclaimer: super::disclaimer(wording::has_percentiles(cohort.protocol)),
        warnings: results::warnings(cohort),
        tiles: results::tiles(cohort),
        results: &results,
        sections: &sections,
    };
    page.render().expect("a template that compiles writes to a string")
}

/// The figure of a name, as a block.
fn figure(figures: &[Figure], name: &str) -> Option<Block> {
    figures.iter().find(|it| it.name == name).cloned().map(Block::Figure)
}
