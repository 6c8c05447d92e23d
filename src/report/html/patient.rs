//! The page of one patient.

use askama::Template;

use super::document::{Block, Blocks, Cell, Section, Table};
use super::{RESEARCH_USE_ONLY, VERSION, disclaimer};
use crate::protocol::{Aggregator, Protocol, ReferenceMode, Scheme, Sign};
use crate::report::figures::ruler;
use crate::report::patient::{ClassOutcome, PatientReport};
use crate::report::wording::{self, what_a_high_score_means};
use crate::report::{class_index, format, palette};
use crate::score::contexture::Contexture;
use crate::score::reference::ReferenceSummary;
use crate::score::{ComponentProfile, Flag, PatientScore};

mod contexture;
mod measurements;
mod no_score;
mod samples;

use measurements::measurements;

/// Where the cohort's page is, seen from the folder of the patients' pages.
const COHORT_HREF: &str = "../cohort.html";

#[derive(Template)]
#[template(path = "patient.html")]
struct Page<'a> {
    version: &'a str,
    study: &'a str,
    patient_id: &'a str,
    protocol_title: &'a str,
    cohort_href: &'a str,
    research_use_only: &'a str,
    disclaimer: &'a str,
    warnings: Vec<String>,
    tiles: Vec<Tile>,
    sections: Vec<Section>,
}

/// A number with its meaning, at the head of a page.
#[derive(Clone, Debug)]
pub(super) struct Tile {
    pub(super) number: String,
    pub(super) text: String,
    pub(super) color: String,
}

/// The page of a patient, in a folder beside `cohort.html`; with the contexture of the cohort, where there is one.
///
/// # Panics
///
/// If the protocol was not [checked](Protocol::check).
pub fn render(report: &PatientReport, protocol: &Protocol, cohort: Option<&Contexture>) -> String {
    let mut sections = Vec::new();
    match &report.score {
        Some(score) => sections.push(result(report, score, protocol)),
        None => sections.push(no_score::section(report, protocol)),
    }
    sections.push(measurements(report, protocol));
    sections.extend(samples::section(report, protocol));
    sections.extend(cohort.and_then(|it| contexture::section(&report.patient_id, it)));
    if let Some(score) = &report.score {
        sections.push(outcomes(report, score, protocol));
    }
    sections.extend(report.reference.as_ref().map(|it| reference(it, report.ratio_offset, protocol)));
    sections.push(limits(report, protocol));

    let page = Page {
        version: VERSION,
        study: &report.study,
        patient_id: &report.patient_id,
        protocol_title: &report.protocol_title,
        cohort_href: COHORT_HREF,
        research_use_only: RESEARCH_USE_ONLY,
        disclaimer: disclaimer(wording::has_percentiles(protocol)),
        warnings: warnings(report, protocol),
        tiles: tiles(report, protocol),
        sections,
    };
    page.render().expect("a template that compiles writes to a string")
}

fn warnings(report: &PatientReport, protocol: &Protocol) -> Vec<String> {
    let mut warnings = wording::reference_warnings(protocol, report.reference.as_ref());
    if let Some(score) = &report.score {
        if score.is_partial() {
            warnings.push(format!(
                "This is a {}: it is not comparable with full scores, and is left out of every cohort statistic.",
                score.label()
            ));
        }
        // Which classes the tie rule decides between is said with the result.
        let flags = score.flags.iter().filter(|it| **it != Flag::ClassDependsOnTieRule);
        warnings.extend(flags.map(|it| format::sentence(it.description())));
        // A partial score has no class that it could leave.
        if score.near_cut == Some(true) && !score.is_partial() {
            warnings.push(near_cut(report, score, protocol));
        }
        if score.in_reference && report.reference.as_ref().is_some_and(|it| it.mode == ReferenceMode::Training) {
            warnings.push("This patient is one of those that the reference was built from.".to_owned());
        }
        if score.in_cutoff_training {
            warnings.push("This patient is one of those that the cut-offs were learned from.".to_owned());
        }
    }
    warnings
}

/// Which components are near their cut-offs, where that makes the score be near a cut.
fn near_cutoffs(report: &PatientReport, score: &PatientScore, protocol: &Protocol) -> Option<String> {
    let limit = wording::near_its_cutoff(protocol).filter(|_| score.score_lower.is_none())?;
    let is_near =
        |spec, it: &ComponentProfile| it.distance_to_cutoff.is_some_and(|it| protocol.is_near_cutoff(spec, it));
    let specs = protocol.specs();
    let near = specs.iter().zip(&report.components).filter(|(spec, it)| is_near(spec, it));
    let near: Vec<String> = near
        .filter_map(|(spec, it)| Some(format!("{}, {}", it.component, wording::distance_to_cutoff(it, spec)?)))
        .collect();
    (!near.is_empty()).then(|| format!(" It hangs on a component {limit}: {}.", near.join("; ")))
}

/// Which cut is near, and whether the interval holds one.
fn near_cut(report: &PatientReport, score: &PatientScore, protocol: &Protocol) -> String {
    let mut cuts: Vec<f64> = protocol.schemes.iter().flat_map(|it| it.upper_ends.iter().copied()).collect();
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    // Between whole numbers there are no cuts that a reader would know.
    let [both, of_reference] =
        [(score.score_lower, score.score_upper), (score.score_lower_reference, score.score_upper_reference)]
            .map(|(lower, upper)| lower.zip(upper).filter(|_| score.distance_to_cut.is_some()));
    let interval = both.or(of_reference);
    let is_inside = |cut: &f64| interval.is_some_and(|(lower, upper)| (lower..=upper).contains(cut));
    let inside: Vec<String> = cuts.into_iter().filter(is_inside).map(format::limit).collect();
    let inside = match inside.as_slice() {
        [] => String::new(),
        [cut] => format!(" The cut at {cut} lies inside the interval of the score."),
        several => format!(" The cuts at {} lie inside the interval of the score.", several.join(" and ")),
    };
    let unit = wording::unit_of_distance(protocol);
    let nearest = score.distance_to_cut.map(|it| format!(" ({} {unit} to the nearest)", format::distance(it)));
    format!(
        "Near a cut{}.{inside}{} Measured again, this tumour could fall into another class.",
        nearest.unwrap_or_default(),
        near_cutoffs(report, score, protocol).unwrap_or_default(),
    )
}

fn tiles(report: &PatientReport, protocol: &Protocol) -> Vec<Tile> {
    let Some(score) = &report.score else {
        let text = "the reasons are below".to_owned();
        return vec![Tile { number: "No score".to_owned(), text, color: palette::MUTED.to_owned() }];
    };
    let interval = format::score_interval(score, score.score_lower, score.score_upper).map_or_else(
        || format!("no interval by counting: {}", wording::why_no_interval(protocol)),
        |it| format!("95\u{a0}% interval {it}"),
    );
    let score_tile = Tile {
        number: format::score(score.score, score.distance_to_cut),
        text: format!("{}, {}; {interval}", score.label(), scale_in_words(protocol)),
        color: palette::NEUTRAL.to_owned(),
    };
    let classes = protocol.schemes.iter().filter_map(|scheme| {
        let at = class_index(score, scheme)?;
        Some(Tile {
            number: scheme.classes[at].clone(),
            text: format!("class ({})", scheme.label),
            color: palette::class(at, scheme.classes.len()),
        })
    });
    std::iter::once(score_tile).chain(classes).collect()
}

fn result(report: &PatientReport, score: &PatientScore, protocol: &Protocol) -> Section {
    let mut sentence = format!(
        "The {} is {}: {}. {}",
        score.label(),
        format::score(score.score, score.distance_to_cut),
        how(report, score, protocol),
        what_a_high_score_means(protocol),
    );
    if let Some(distance) = score.distance_to_cut.filter(|_| !score.is_partial()) {
        let (distance, unit) = (format::distance(distance), wording::unit_of_distance(protocol));
        sentence = format!("{sentence} The nearest cut is {distance} {unit} away.");
    }
    let mut blocks = vec![
        Block::Paragraph(sentence),
        Block::Figure(ruler::draw(Some(score), &report.components, protocol)),
        if score.is_partial() {
            let text = "A partial score has no class: the cuts of the schemes are those of full scores.";
            Block::Paragraph(text.to_owned())
        } else {
            Block::Table(classes(score, protocol))
        },
    ];
    blocks.extend(how_sure(score, protocol).map(Block::Note));
    blocks.extend(tie_rule_matters(score, protocol).map(Block::Paragraph));
    Section::new("result", "Result", blocks)
}

/// What interval and probabilities take in; absent of a partial score, and where nothing is drawn.
fn how_sure(score: &PatientScore, protocol: &Protocol) -> Option<String> {
    let primary = score.class_in(&protocol.primary().name)?;
    let by_counting = format::score_interval(score, score.score_lower_counting, score.score_upper_counting);
    let by_reference = format::score_interval(score, score.score_lower_reference, score.score_upper_reference);
    if primary.probabilities.is_none() {
        let likely = in_words(protocol.primary(), primary.probabilities_reference.as_ref()?);
        return Some(format!(
            "The error of counting is not known: {}. By the finite size of the reference alone the 95\u{a0}% interval is {}, and \
             the probability of each class ({}) {likely}: the true uncertainty is larger.",
            wording::why_no_interval(protocol),
            by_reference?,
            protocol.primary().label,
        ));
    }
    let and_reference = if wording::has_percentiles(protocol) { " and the finite size of the reference" } else { "" };
    let alone = [("counting alone", by_counting), ("the reference alone", by_reference)];
    let alone: Vec<String> =
        alone.into_iter().filter_map(|(of, interval)| Some(format!("by {of} {}", interval?))).collect();
    Some(format!(
        "Interval and probabilities take in the counting of cells{and_reference} ({}), not staining, annotation, or the choice \
         of the block: the true uncertainty is larger.",
        alone.join(", ")
    ))
}

/// The classes that are possible, with their probabilities.
fn in_words(scheme: &Scheme, probabilities: &[f64]) -> String {
    let likely = scheme.classes.iter().zip(probabilities).filter(|(_, p)| **p > 0.0);
    likely.map(|(class, p)| format!("{class} {}", format::probability(*p))).collect::<Vec<_>>().join(", ")
}

/// The classes by either tie rule, where they differ; absent if they do not.
fn tie_rule_matters(score: &PatientScore, protocol: &Protocol) -> Option<String> {
    let differing: Vec<String> = score
        .classes
        .iter()
        .filter(|it| it.tie_rule_matters())
        .filter_map(|it| {
            let (mid, leq) = it.class_mid.as_ref().zip(it.class_leq.as_ref())?;
            Some(format!("{mid} or {leq} in {}", scheme_label(protocol, &it.scheme)))
        })
        .collect();
    (!differing.is_empty()).then(|| {
        format!(
            "The class depends on how reference values equal to the measured one count, half (mid) or whole (leq): {}.",
            differing.join("; ")
        )
    })
}

fn scheme_label<'a>(protocol: &'a Protocol, name: &'a str) -> &'a str {
    protocol.schemes.iter().find(|it| it.name == name).map_or(name, |it| &it.label)
}

fn classes(score: &PatientScore, protocol: &Protocol) -> Table {
    let mut table =
        Table::new("Class in each scheme", ["Scheme", "Class", "Scores of the class", "Probability of each class"]);
    for scheme in &protocol.schemes {
        let (Some(at), Some(assigned)) = (class_index(score, scheme), score.class_in(&scheme.name)) else { continue };
        let probabilities = format::or_dash(assigned.probabilities.as_ref(), |it| in_words(scheme, it));
        table.push(vec![
            Cell::text(&scheme.label),
            Cell::Class { name: assigned.class.clone(), color: palette::class(at, scheme.classes.len()) },
            Cell::Text(format::range_of_scores(&scheme.range_in_words(at, &protocol.scale()))),
            Cell::Text(probabilities),
        ]);
    }
    table
}

/// How the score comes about.
fn how(report: &PatientReport, score: &PatientScore, protocol: &Protocol) -> String {
    let reference = report.reference.as_ref().map(|it| it.name.as_str()).unwrap_or_default();
    if protocol.aggregator == Aggregator::MeanPercentile && !report.components.iter().any(is_reversed(protocol)) {
        return format!(
            "the mean of the percentiles of {} of {} components in the reference “{reference}”",
            score.n_components, score.n_components_expected
        );
    }
    if report.reference.is_some() {
        return format!("{}; the reference is “{reference}”", wording::how(protocol));
    }
    wording::how(protocol)
}

fn is_reversed(protocol: &Protocol) -> impl Fn(&ComponentProfile) -> bool {
    let specs = protocol.specs();
    move |it| specs.iter().any(|spec| spec.sign == Sign::Adverse && spec.component() == it.component)
}

/// The unit of the score, with the ends of its scale where it has both.
fn scale_in_words(protocol: &Protocol) -> String {
    let scale = protocol.scale();
    let ends = scale.lower.zip(scale.upper).map(|(lower, upper)| format::between(lower, upper, format::limit));
    match ends {
        Some(ends) if protocol.aggregator == Aggregator::MeanPercentile => ends,
        Some(ends) => format!("{} ({ends})", protocol.unit()),
        None => protocol.unit().to_owned(),
    }
}

fn outcomes(report: &PatientReport, score: &PatientScore, protocol: &Protocol) -> Section {
    let primary = protocol.primary();
    let Some(class) = report.class_outcomes.first().map(|it| it.class.as_str()) else {
        let reason = if score.is_partial() {
            "A partial score is not compared with the outcomes of full scores."
        } else {
            "There is no survival of this class: survival was not analysed, or no patient of the class was."
        };
        return Section::new("outcomes", "Patients of the same class", vec![Block::Paragraph(reason.to_owned())]);
    };
    let times: Vec<f64> = report.class_outcomes[0].survival_at.iter().map(|it| it.years).collect();
    let mut columns = vec!["Endpoint".to_owned(), "#Patients".to_owned(), "#Events".to_owned()];
    columns.extend(times.iter().map(|it| format!("#At {} (95 % CI)", format::years(*it))));
    columns.push("Median (95 % CI)".to_owned());
    let caption = format!("Class {class} ({}): what its patients in this cohort experienced", primary.label);
    let mut table = Table::with_columns(caption, columns);
    for outcome in &report.class_outcomes {
        table.push_texts(outcome_row(outcome, &times));
    }
    let note = "This describes a group, not this person: it is no forecast, and other features of the disease matter. Shares are \
                Kaplan–Meier estimates of patients without the event.";
    let blocks = vec![Block::Table(table), Block::Note(note.to_owned())];
    Section::new("outcomes", "Patients of the same class", blocks)
}

fn outcome_row(outcome: &ClassOutcome, times: &[f64]) -> Vec<String> {
    let mut row = vec![outcome.endpoint.clone(), format::count(outcome.n), format::count(outcome.n_events)];
    for at in 0..times.len() {
        row.push(format::or_dash(outcome.survival_at.get(at), |it| {
            format::percent_with_interval(it.survival, it.lower, it.upper)
        }));
    }
    row.push(format::median(&outcome.median, outcome.time_unit));
    row
}

fn reference(reference: &ReferenceSummary, ratio_offset: Option<f64>, protocol: &Protocol) -> Section {
    let mut facts = vec![
        ("Name".to_owned(), reference.name.clone()),
        ("Made of".to_owned(), reference.description.clone()),
        ("Patients".to_owned(), format::patients_with_samples(reference.n_patients, reference.n_samples)),
        ("Kind".to_owned(), super::reference_mode(reference.mode).to_owned()),
    ];
    if wording::has_percentiles(protocol) {
        facts.push(("Ties".to_owned(), super::tie_rule(reference.tie_rule).to_owned()));
    }
    if let Some(offset) = ratio_offset {
        facts.push(("Added to both sides of the ratio".to_owned(), wording::ratio_offset(offset, protocol)));
    }
    let blocks = vec![Block::Facts(facts), Block::Table(super::reference_table(reference))];
    Section::new("reference", "Reference", blocks)
}

fn limits(report: &PatientReport, protocol: &Protocol) -> Section {
    let holds = if wording::has_percentiles(protocol) {
        "Percentiles compare this tumour with the reference named above, and mean nothing beyond tumours of that kind, \
         stained, scanned and annotated in that way."
    } else {
        "Cut-offs hold for the stain, the scanner and the annotation that they were made for."
    };
    let blocks = vec![
        Block::List(vec![
            holds.to_owned(),
            "Scores of biopsies and of tumours treated before are comparable with others only if protocol and reference were \
             made for them."
                .to_owned(),
            "To be read together with the stage of the disease and everything else that is known.".to_owned(),
            disclaimer(wording::has_percentiles(protocol)).to_owned(),
        ]),
        Block::Note(format!("Protocol “{}”. {}", report.protocol, protocol.citation)),
    ];
    Section::new("limits", "Limits", blocks)
}
