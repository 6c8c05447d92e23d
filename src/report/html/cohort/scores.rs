//! Who was scored, and what the scores are.

use super::figure;
use crate::protocol::{Aggregator, Grain};
use crate::report::figures::{Figure, flow, heatmap, score_distribution};
use crate::report::html::document::{Block, Cell, Section, Table};
use crate::report::{CohortReport, class_index, format, page_file_stem, palette, wording};
use crate::score::PatientScore;

/// The flow of patients, and its numbers.
pub(super) fn patients(cohort: &CohortReport<'_>, figures: &[Figure]) -> Section {
    let n_full = cohort.full_scores().count();
    let mut table = Table::new("Patients at each step", ["Step", "#Patients", "#Events"]);
    let mut push = |step: String, n: usize, n_events: Option<usize>| {
        let n_events = n_events.map_or_else(String::new, format::count);
        table.push_texts(vec![step, format::count(n), n_events]);
    };
    push("With densities".to_owned(), cohort.profiles.len(), None);
    push("Without a score".to_owned(), cohort.n_rejected(), None);
    for (reason, n) in flow::rejections_by_reason(cohort) {
        push(format!("– {}", reason.description()), n, None);
    }
    push("With a partial score".to_owned(), cohort.scores.len() - n_full, None);
    push("With a full score".to_owned(), n_full, None);
    for endpoint in cohort.statistics.iter().flat_map(|it| &it.endpoints) {
        push(format!("{}: analysed", endpoint.label), endpoint.n, Some(endpoint.n_events));
        for excluded in &endpoint.excluded {
            push(format!("– not analysed: {}", excluded.description), excluded.n, None);
        }
    }
    let details = Block::Details("Numbers of this figure".to_owned(), vec![Block::Table(table)]);
    Section::new("patients", "Patients", figure(figures, flow::NAME).into_iter().chain([details]).collect())
}

/// The distribution of the scores, the classes of every scheme, and the percentiles.
pub(super) fn scores(cohort: &CohortReport<'_>, figures: &[Figure]) -> Section {
    let mut blocks = Vec::new();
    blocks.extend(figure(figures, score_distribution::NAME));
    let bins = score_distribution::bins(cohort);
    let caption = format!("Full scores by steps of {}", score_distribution::step_in_words(&bins, cohort.protocol));
    let mut table = Table::new(&caption, ["Score", "#Patients"]);
    let is_whole = cohort.protocol.scale().grain == Grain::Whole;
    for (at, bin) in bins.iter().enumerate() {
        let (lower, upper) = (format::points_or_whole(bin.lower), format::points_or_whole(bin.upper));
        let range = match at {
            _ if is_whole => format::limit(f64::midpoint(bin.lower, bin.upper)),
            0 => format!("{lower} to {upper}"),
            _ => format!("above {lower}, up to {upper}"),
        };
        table.push_texts(vec![range, format::count(bin.n)]);
    }
    blocks.push(Block::Details("Numbers of this figure".to_owned(), vec![Block::Table(table)]));
    blocks.push(Block::Heading("Classes".to_owned()));
    blocks.push(Block::Table(classes(cohort)));
    let is_mean = cohort.protocol.aggregator == Aggregator::MeanPercentile;
    let of_mean =
        " A mean of percentiles is no percentile: the cuts do not divide a cohort into shares of the same size.";
    let note = "“High” means another thing in another scheme, so the scheme always stands beside the class.";
    blocks.push(Block::Note(format!("{note}{}", if is_mean { of_mean } else { "" })));
    blocks.push(Block::Heading(if is_mean { "Percentiles" } else { "Components" }.to_owned()));
    blocks.extend(figure(figures, heatmap::name(cohort.protocol)));
    let note = "The numbers of this figure are in the list of patients below.";
    blocks.push(Block::Note(note.to_owned()));
    Section::new("scores", "Scores", blocks)
}

fn classes(cohort: &CohortReport<'_>) -> Table {
    let mut table =
        Table::new("Patients with a full score in each class", ["Class", "Scheme", "Scores", "#Patients", "#Share"]);
    for scheme in &cohort.protocol.schemes {
        let counts = cohort.class_counts(scheme);
        let n = counts.iter().sum();
        for (at, class) in scheme.classes.iter().enumerate() {
            table.push(vec![
                Cell::Class { name: class.clone(), color: palette::class(at, scheme.classes.len()) },
                Cell::text(&scheme.label),
                Cell::Text(format::range_of_scores(&scheme.range_in_words(at, &cohort.protocol.scale()))),
                Cell::Text(format::count(counts[at])),
                Cell::Text(format::percent_of(counts[at], n)),
            ]);
        }
    }
    table
}

/// All patients, with a link to the page of each.
pub(super) fn list_of_patients(cohort: &CohortReport<'_>) -> Section {
    let primary = cohort.protocol.primary();
    let components = cohort.protocol.components();
    let mut columns = vec!["Patient".to_owned(), "#Score".to_owned(), "#95 % interval".to_owned()];
    columns.push(format!("Class ({})", primary.label));
    columns.extend(components.iter().map(|it| format!("#{it}")));
    let is_mean = cohort.protocol.aggregator == Aggregator::MeanPercentile;
    let what = if is_mean { "percentile" } else { "measurement" };
    let caption = format!("Every patient read, with the {what} of each component");
    let mut table = Table::with_columns(caption, columns);

    let mut scores: Vec<&PatientScore> = cohort.scores.iter().collect();
    scores.sort_by(|a, b| a.patient_id.cmp(&b.patient_id));
    for profile in cohort.profiles {
        let score = scores.binary_search_by(|it| it.patient_id.cmp(&profile.patient_id)).ok().map(|at| scores[at]);
        let mut row = vec![Cell::Link {
            href: format!("patients/{}.html", page_file_stem(&profile.patient_id)),
            text: profile.patient_id.clone(),
        }];
        row.extend(score_cells(score, cohort));
        row.extend(profile.components.iter().map(|it| {
            let measured = it.value.filter(|_| !is_mean).map(|value| wording::value(it.measure, value));
            let percentile = it.percentile.filter(|_| is_mean).map(|it| format::points(it.value()));
            Cell::Text(format::or_dash(percentile.or(measured), |it| it))
        }));
        table.push(row);
    }
    let summary = format!("List of {}", format::patients(cohort.profiles.len()));
    Section::new("list", "List of patients", vec![Block::Details(summary, vec![Block::Table(table)])])
}

/// Score, interval and class.
fn score_cells(score: Option<&PatientScore>, cohort: &CohortReport<'_>) -> [Cell; 3] {
    let dash = || Cell::text(format::ABSENT);
    let Some(score) = score else { return [dash(), dash(), Cell::text("no score")] };
    let number = Cell::Text(format::score(score.score, score.distance_to_cut));
    let interval = format::score_interval(score, score.score_lower, score.score_upper).map_or_else(dash, Cell::Text);
    if score.is_partial() {
        return [number, interval, Cell::Text(score.label())];
    }
    let scheme = cohort.protocol.primary();
    let class = class_index(score, scheme).map_or_else(dash, |at| Cell::Class {
        name: scheme.classes[at].clone(),
        color: palette::class(at, scheme.classes.len()),
    });
    [number, interval, class]
}
