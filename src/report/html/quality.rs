//! The page of a cohort's quality: groups, classes, cuts, flags.

use askama::Template as _;

use super::document::{Block, Section, SectionPage, Table};
use super::patient::Tile;
use super::{NOT_THE_COMMERCIAL_TEST, RESEARCH_USE_ONLY, VERSION, reference_mode};
use crate::protocol::{Aggregator, DecidingSample, ReferenceMode};
use crate::report::figures::Figure;
use crate::report::format::or_dash;
use crate::report::quality::{
    Remark, correlation, expected_class_shares, n_samples, n_scores_flagged, near_cuts, percentiles, remarks, spread,
};
use crate::report::{CohortReport, format, palette, wording};
use crate::score::bands::bands;
use crate::score::{Flag, Grouping, Severity};

/// The page of a cohort's quality, beside `cohort.html`, with the figures of its groups.
pub fn render(cohort: &CohortReport<'_>, groupings: &[Grouping], figures: &[Figure]) -> String {
    let mut sections = vec![shares(cohort), near(cohort), correlations(cohort), flags(cohort)];
    for (grouping, figure) in groupings.iter().zip(figures) {
        sections.push(by_group(cohort, grouping, figure));
    }
    if groupings.is_empty() {
        let text = "No groups were compared. A study names columns of its clinical table by which they are: [clinical] groups \
                    = [\"centre\", \"batch\"].";
        sections.push(Section::new("groups", "Centres and batches", vec![Block::Paragraph(text.to_owned())]));
    }
    let page = SectionPage {
        version: VERSION,
        about: "quality of a cohort",
        parent: Some(("cohort.html", "cohort report")),
        title: cohort.title,
        subtitle: &wording::title(cohort.protocol),
        research_use_only: RESEARCH_USE_ONLY,
        disclaimer: NOT_THE_COMMERCIAL_TEST,
        warnings: cohort.reference.map(|it| it.warnings.clone()).unwrap_or_default(),
        tiles: tiles(cohort),
        sections: &sections,
    };
    page.render().expect("a template that compiles writes to a string")
}

fn tiles(cohort: &CohortReport<'_>) -> Vec<Tile> {
    let n_full = cohort.full_scores().count();
    let near_cut = cohort.full_scores().filter(|it| it.near_cut == Some(true)).count();
    let n_measurements = n_samples(cohort).unwrap_or(cohort.profiles.len()) * cohort.protocol.components().len();
    let of_all = if n_samples(cohort).is_some() { " of all samples" } else { "" };
    let tile = |number, text: String| Tile { number, text, color: palette::NEUTRAL.to_owned() };
    vec![
        tile(
            format::percent_of(cohort.profiles.len() - n_full, cohort.profiles.len()),
            "of all patients have no full score".to_owned(),
        ),
        tile(format::percent_of(near_cut, n_full), "of full scores are near a cut of some scheme".to_owned()),
        tile(
            format::percent_of(remarks(cohort).len(), n_measurements),
            format!("of measurements{of_all} have a remark"),
        ),
    ]
}

/// Shares of percentiles and of classes: observed, and expected where anything is.
fn shares(cohort: &CohortReport<'_>) -> Section {
    let deciding = cohort.protocol.pooling.deciding_sample().filter(|_| n_samples(cohort).is_some());
    let mut blocks = Vec::new();
    if let Some(rule) = deciding {
        blocks.push(Block::Paragraph(of_those_that_decide(rule)));
    }
    if let Some(reference) = cohort.reference {
        blocks.extend(percentile_shares(cohort, reference.mode, deciding));
    }
    if cohort.protocol.aggregator == Aggregator::MeanPercentile && deciding.is_none() {
        let mean = "A score is the mean of percentiles, and no percentile itself: means lie nearer the middle, so the outer \
                    classes hold fewer patients than their widths say, and the middle ones more. This is no fault, and ranking \
                    the scores again to force the shares would be one. Expected below are the shares of patients whose \
                    percentiles are spread evenly and go together as they do here.";
        blocks.push(Block::Paragraph(mean.to_owned()));
    }
    blocks.push(Block::Table(class_shares(cohort, deciding)));
    if deciding.is_some() {
        return Section::new("shares", "Observed shares", blocks);
    }
    Section::new("expected", "Expected and observed shares", blocks)
}

/// Why no shares are expected of the samples that decide.
fn of_those_that_decide(rule: DecidingSample) -> String {
    format!(
        "On this page a patient stands by the sample with the {} score of several. What shares to expect of such samples depends on how \
         many there are of each patient and on how alike they are, so none are given: the reference is of every sample, not of \
         those that decide.",
        rule.word()
    )
}

/// Classes, with the shares to expect where no sample is chosen.
fn class_shares(cohort: &CohortReport<'_>, deciding: Option<DecidingSample>) -> Table {
    let columns = ["Scheme", "Class", "Scores", "#Patients", "#Share", "#Expected"].map(str::to_owned).into_iter();
    let columns = columns.take(if deciding.is_none() { 6 } else { 5 }).collect();
    let mut table = Table::with_columns("Classes of the full scores", columns);
    let n = cohort.full_scores().count();
    for scheme in &cohort.protocol.schemes {
        let shares = expected_class_shares(cohort, scheme);
        for (at, (class, count)) in scheme.classes.iter().zip(cohort.class_counts(scheme)).enumerate() {
            let mut row = vec![
                scheme.label.clone(),
                class.clone(),
                format::range_of_scores(&scheme.range_in_words(at, &cohort.protocol.scale())),
                format::count(count),
                format::percent_of(count, n),
            ];
            if deciding.is_none() {
                row.push(or_dash(shares.as_ref(), |it| format::percent(it[at])));
            }
            table.push_texts(row);
        }
    }
    table
}

/// Shares of the percentiles of each component, with those to expect where no sample is chosen.
fn percentile_shares(cohort: &CohortReport<'_>, mode: ReferenceMode, deciding: Option<DecidingSample>) -> Vec<Block> {
    let components = cohort.protocol.components();
    let header = bands(&[]);
    let mut columns = vec!["Component".to_owned(), "#Patients".to_owned()];
    columns.extend(header.iter().map(|it| format!("#{}–{}", format::limit(it.lower), format::limit(it.upper))));
    let mut table = Table::with_columns("Share of patients in bands of percentiles", columns);
    if deciding.is_none() {
        let mut row = vec!["Expected".to_owned(), String::new()];
        row.extend(header.iter().map(|it| format::percent(it.expected)));
        table.push_texts(row);
    }
    for (at, component) in components.iter().enumerate() {
        let percentiles = percentiles(cohort, at);
        let mut row = vec![component.to_string(), format::count(percentiles.len())];
        row.extend(bands(&percentiles).iter().map(|it| or_dash(it.observed, format::percent)));
        table.push_texts(row);
    }
    let mut blocks = vec![Block::Facts(vec![("Reference".to_owned(), reference_mode(mode).to_owned())])];
    if deciding.is_none() {
        let who = match mode {
            ReferenceMode::OwnCohort => {
                "The cohort is its own reference, so the shares are as expected by construction, but for ties."
            }
            _ => {
                "Patients like those of the reference have a tenth of their percentiles from 0 to 10, and so on. Other shares \
                 say that this cohort has more or fewer cells than the reference, or that stain or counting differ."
            }
        };
        blocks.push(Block::Paragraph(who.to_owned()));
    }
    blocks.push(Block::Table(table));
    blocks
}

/// How many scores could fall into another class.
fn near(cohort: &CohortReport<'_>) -> Section {
    let n = cohort.full_scores().count();
    let points = format::limit(cohort.protocol.uncertainty.near_cut_points);
    let within = format!("#Within {points} {}", wording::unit_of_distance(cohort.protocol));
    let columns = vec![
        "Scheme".to_owned(),
        "#Cut".to_owned(),
        within,
        "#Share".to_owned(),
        "#In the interval".to_owned(),
        "#Share".to_owned(),
    ];
    let mut table = Table::with_columns(format!("Full scores near a cut, of {}", format::patients(n)), columns);
    for scheme in &cohort.protocol.schemes {
        for it in near_cuts(cohort, scheme) {
            table.push_texts(vec![
                scheme.label.clone(),
                format::limit(it.cut),
                or_dash(it.n_within, format::count),
                or_dash(it.n_within, |it| format::percent_of(it, n)),
                format::count(it.n_in_interval),
                format::percent_of(it.n_in_interval, n),
            ]);
        }
    }
    Section::new("near-cut", "Scores near a cut", vec![Block::Table(table)])
}

/// How the components go together.
fn correlations(cohort: &CohortReport<'_>) -> Section {
    let components = cohort.protocol.components();
    let columns = ["Components", "And", "#Patients", "#Correlation (Spearman)", "#95 % interval"];
    let mut table = Table::new("Rank correlation of densities over patients in whom both are used", columns);
    for (first, one) in components.iter().enumerate() {
        for (second, other) in components.iter().enumerate().skip(first + 1) {
            let found = correlation(cohort, first, second);
            let interval = found.and_then(|it| it.lower.zip(it.upper));
            table.push_texts(vec![
                one.to_string(),
                other.to_string(),
                or_dash(found, |it| format::count(it.n_pairs)),
                or_dash(found, |it| format::number(it.correlation, 2)),
                or_dash(interval, |(lower, upper)| format::between(lower, upper, |it| format::number(it, 2))),
            ]);
        }
    }
    let text = "One marker in two regions, and two markers of T cells in one region, go together in most tumours. A component that \
                goes with none of the others is one to look at. The less they go together, the nearer the middle their mean lies.";
    let blocks = vec![Block::Paragraph(text.to_owned()), Block::Table(table)];
    Section::new("correlations", "How components go together", blocks)
}

/// Flags, component by component, and those of scores.
fn flags(cohort: &CohortReport<'_>) -> Section {
    let components = cohort.protocol.components();
    let mut columns = vec!["Remark".to_owned(), "Measurement".to_owned()];
    columns.extend(components.iter().map(|it| format!("#{it}")));
    let n_samples = n_samples(cohort);
    let who = if n_samples.is_some() { "Samples" } else { "Patients" };
    let all = format::samples_of_patients(cohort.profiles.len(), n_samples);
    let mut table = Table::with_columns(format!("{who} with a remark on a component, of {all}"), columns);
    let remarks = remarks(cohort);
    for flag in Flag::of_measurements() {
        let use_of = if flag.severity() == Severity::Fail { "not used" } else { "used" };
        let mut row = vec![flag.description().to_owned(), use_of.to_owned()];
        row.extend(components.iter().map(|component| {
            let has = |it: &&Remark<'_>| it.component == component && it.flags.contains(&flag);
            format::count(remarks.iter().filter(has).count())
        }));
        table.push_texts(row);
    }
    let mut blocks = vec![Block::Table(table)];
    if n_samples.is_some() {
        blocks.push(Block::Paragraph(wording::EVERY_SAMPLE_COUNTS.to_owned()));
        let flag = Flag::AnotherSampleCouldDecide;
        let mut table = Table::new("Scores with a remark", ["Remark", "#Patients", "#Share of scores"]);
        let n = n_scores_flagged(cohort, flag);
        table.push_texts(vec![
            flag.description().to_owned(),
            format::count(n),
            format::percent_of(n, cohort.scores.len()),
        ]);
        blocks.push(Block::Table(table));
    }
    Section::new("flags", "Remarks on measurements", blocks)
}

/// One column of the clinical table: figure and numbers.
fn by_group(cohort: &CohortReport<'_>, grouping: &Grouping, figure: &Figure) -> Section {
    let columns =
        ["Component", "Group", "#Patients", "#Median density (cells/mm²)", "#Median percentile", "#Quartiles"];
    let mut table = Table::new(format!("Spread by “{}”", grouping.column), columns);
    for (at, component) in cohort.protocol.components().iter().enumerate() {
        for it in spread(cohort, grouping, at) {
            table.push_texts(vec![
                component.to_string(),
                it.group,
                format::count(it.n),
                or_dash(it.median_cells_per_mm2, format::density),
                or_dash(it.percentiles, |it| format::points(it[2])),
                or_dash(it.percentiles, |it| format!("{}–{}", format::points(it[1]), format::points(it[3]))),
            ]);
        }
    }
    let without = cohort.profiles.iter().filter(|it| !grouping.group_of.contains_key(&it.patient_id)).count();
    let mut blocks = vec![Block::Figure(figure.clone())];
    if without > 0 {
        blocks.push(Block::Note(format!(
            "Without a value in “{}”, and not shown: {}.",
            grouping.column,
            format::patients(without)
        )));
    }
    blocks.push(Block::Details("Numbers".to_owned(), vec![Block::Table(table)]));
    Section::new(figure.name.clone(), format!("By {}", grouping.column), blocks)
}
