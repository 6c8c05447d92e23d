//! The page of a cohort's quality: groups, classes, cuts, flags.

use askama::Template as _;

use super::document::{Block, Section, SectionPage, Table};
use super::patient::Tile;
use super::{NOT_THE_COMMERCIAL_TEST, RESEARCH_USE_ONLY, VERSION, reference_mode};
use crate::protocol::{Aggregator, ReferenceMode};
use crate::report::figures::Figure;
use crate::report::format::or_dash;
use crate::report::quality::{correlation, expected_class_shares, n_flagged, near_cuts, percentiles, spread};
use crate::report::{CohortReport, format, palette};
use crate::score::bands::bands;
use crate::score::{Flag, Grouping, Severity};

/// The page of a cohort's quality, beside `cohort.html`, with the figures of its groups.
pub fn render(cohort: &CohortReport<'_>, groupings: &[Grouping], figures: &[Figure]) -> String {
    let mut sections = vec![expected(cohort), near(cohort), correlations(cohort), flags(cohort)];
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
        subtitle: &cohort.protocol.title,
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
    let near_cut = cohort.full_scores().filter(|it| it.near_cut).count();
    let measurements = cohort.profiles.iter().flat_map(|it| &it.components);
    let n_measurements = measurements.clone().count();
    let n_flagged = measurements.filter(|it| !it.flags.is_empty()).count();
    let tile = |number, text: String| Tile { number, text, color: palette::NEUTRAL.to_owned() };
    vec![
        tile(
            format::percent_of(cohort.profiles.len() - n_full, cohort.profiles.len()),
            "of all patients have no full score".to_owned(),
        ),
        tile(format::percent_of(near_cut, n_full), "of full scores are near a cut of some scheme".to_owned()),
        tile(format::percent_of(n_flagged, n_measurements), "of measurements have a remark".to_owned()),
    ]
}

/// Shares of percentiles and of classes, expected and observed.
fn expected(cohort: &CohortReport<'_>) -> Section {
    let mut blocks = cohort.reference.map_or_else(Vec::new, |reference| percentile_shares(cohort, reference.mode));
    if cohort.protocol.aggregator == Aggregator::MeanPercentile {
        let mean = "A score is the mean of percentiles, and no percentile itself: means lie nearer the middle, so the outer \
                    classes hold fewer patients than their widths say, and the middle ones more. This is no fault, and ranking \
                    the scores again to force the shares would be one. Expected below are the shares of patients whose \
                    percentiles are spread evenly and go together as they do here.";
        blocks.push(Block::Paragraph(mean.to_owned()));
    }
    let mut classes =
        Table::new("Classes of the full scores", ["Scheme", "Class", "Scores", "#Patients", "#Share", "#Expected"]);
    let n = cohort.full_scores().count();
    for scheme in &cohort.protocol.schemes {
        let shares = expected_class_shares(cohort, scheme);
        for (at, (class, count)) in scheme.classes.iter().zip(cohort.class_counts(scheme)).enumerate() {
            classes.push_texts(vec![
                scheme.label.clone(),
                class.clone(),
                scheme.range_in_words(at, &cohort.protocol.scale()),
                format::count(count),
                format::percent_of(count, n),
                or_dash(shares.as_ref(), |it| format::percent(it[at])),
            ]);
        }
    }
    blocks.push(Block::Table(classes));
    Section::new("expected", "Expected and observed shares", blocks)
}

/// Shares of the percentiles of each component.
fn percentile_shares(cohort: &CohortReport<'_>, mode: ReferenceMode) -> Vec<Block> {
    let components = cohort.protocol.components();
    let header = bands(&[]);
    let mut columns = vec!["Component".to_owned(), "#Patients".to_owned()];
    columns.extend(header.iter().map(|it| format!("#{}–{}", format::limit(it.lower), format::limit(it.upper))));
    let mut table = Table::with_columns("Share of patients in bands of percentiles", columns);
    let mut row = vec!["Expected".to_owned(), String::new()];
    row.extend(header.iter().map(|it| format::percent(it.expected)));
    table.push_texts(row);
    for (at, component) in components.iter().enumerate() {
        let percentiles = percentiles(cohort, at);
        let mut row = vec![component.to_string(), format::count(percentiles.len())];
        row.extend(bands(&percentiles).iter().map(|it| or_dash(it.observed, format::percent)));
        table.push_texts(row);
    }
    let who = match mode {
        _ if cohort.protocol.pooling.deciding_sample().is_some() => {
            "A patient stands here by the sample that decides, which has the lowest or the highest score of several, and the \
             reference is of every sample: the shares are not expected to agree."
        }
        ReferenceMode::OwnCohort => {
            "The cohort is its own reference, so the shares are as expected by construction, but for ties."
        }
        _ => {
            "Patients like those of the reference have a tenth of their percentiles from 0 to 10, and so on. Other shares say \
              that this cohort has more or fewer cells than the reference, or that stain or counting differ."
        }
    };
    vec![
        Block::Facts(vec![("Reference".to_owned(), reference_mode(mode).to_owned())]),
        Block::Paragraph(who.to_owned()),
        Block::Table(table),
    ]
}

/// How many scores could fall into another class.
fn near(cohort: &CohortReport<'_>) -> Section {
    let n = cohort.full_scores().count();
    let points = format::limit(cohort.protocol.uncertainty.near_cut_points);
    let within = format!("#Within {points} points");
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
                or_dash(found, |it| format!("{:.2}", it.correlation)),
                or_dash(interval, |(lower, upper)| format!("{lower:.2} to {upper:.2}")),
            ]);
        }
    }
    let text = "One marker in two regions, and two markers of T cells in one region, go together in most tumours. A component that \
                goes with none of the others is one to look at. The less they go together, the nearer the middle their mean lies.";
    let blocks = vec![Block::Paragraph(text.to_owned()), Block::Table(table)];
    Section::new("correlations", "How components go together", blocks)
}

/// Flags, component by component.
fn flags(cohort: &CohortReport<'_>) -> Section {
    let components = cohort.protocol.components();
    let mut columns = vec!["Remark".to_owned(), "Measurement".to_owned()];
    columns.extend(components.iter().map(|it| format!("#{it}")));
    let caption = format!("Patients with a remark on a component, of {}", format::patients(cohort.profiles.len()));
    let mut table = Table::with_columns(caption, columns);
    for flag in Flag::ALL {
        let use_of = if flag.severity() == Severity::Fail { "not used" } else { "used" };
        let mut row = vec![flag.description().to_owned(), use_of.to_owned()];
        row.extend((0..components.len()).map(|at| format::count(n_flagged(cohort, at, flag))));
        table.push_texts(row);
    }
    Section::new("flags", "Remarks on measurements", vec![Block::Table(table)])
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
