//! How good the measurements are, and how sure the classes.

use std::collections::BTreeSet;

use crate::protocol::Grain;
use crate::report::html::document::{Block, Cell, Section, Table};
use crate::report::quality::{n_samples, n_scores_flagged, remarks};
use crate::report::{CohortReport, format, page_file_stem, wording};
use crate::score::{Flag, Severity};

/// Flags, classes that could be others, and patients without a score.
pub(super) fn quality(cohort: &CohortReport<'_>) -> Section {
    let mut blocks = vec![Block::Table(flags(cohort))];
    if n_samples(cohort).is_some() {
        blocks.push(Block::Note(wording::EVERY_SAMPLE_COUNTS.to_owned()));
    }
    blocks.push(Block::Heading("Sureness of the classes".to_owned()));
    blocks.push(Block::Facts(sureness(cohort)));
    blocks.push(Block::Heading("Patients without a score".to_owned()));
    if cohort.rejected.is_empty() {
        blocks.push(Block::Paragraph("Every patient has a score.".to_owned()));
    } else {
        let summary = format!("Reasons of {}", format::patients(cohort.n_rejected()));
        blocks.push(Block::Details(summary, vec![Block::Table(rejected(cohort))]));
    }
    Section::new("quality", "Quality", blocks)
}

fn flags(cohort: &CohortReport<'_>) -> Table {
    let columns = ["Remark", "Measurement", "#Measurements", "#Patients"];
    let one =
        if n_samples(cohort).is_some() { "one marker in one region of one sample" } else { "one marker in one region" };
    let mut table = Table::new(format!("Remarks on measurements; one measurement is {one}"), columns);
    let ranks = wording::has_percentiles(cohort.protocol);
    let of_percentiles = [Flag::BelowReference, Flag::AboveReference];
    let remarks = remarks(cohort);
    for flag in Flag::of_measurements().filter(|it| ranks || !of_percentiles.contains(it)) {
        let flagged = || remarks.iter().filter(|it| it.flags.contains(&flag));
        let patients: BTreeSet<&str> = flagged().map(|it| it.patient_id).collect();
        table.push_texts(vec![
            flag.description().to_owned(),
            if flag.severity() == Severity::Fail { "not used" } else { "used" }.to_owned(),
            format::count(flagged().count()),
            format::count(patients.len()),
        ]);
    }
    table
}

fn sureness(cohort: &CohortReport<'_>) -> Vec<(String, String)> {
    let n_full = cohort.full_scores().count();
    let share =
        |n: usize| format!("{} of {} ({})", format::count(n), format::patients(n_full), format::percent_of(n, n_full));
    let near_cut = cohort.full_scores().filter(|it| it.near_cut == Some(true)).count();
    let by_ties =
        cohort.full_scores().filter(|it| it.classes.iter().any(crate::score::ClassAssignment::tie_rule_matters));
    let without_interval = cohort.full_scores().filter(|it| it.score_lower.is_none()).count();
    let points = format::limit(cohort.protocol.uncertainty.near_cut_points);
    let ranks = wording::has_percentiles(cohort.protocol);
    let n_unknown = cohort.full_scores().filter(|it| it.near_cut.is_none()).count();
    let unknown = if n_unknown > 0 {
        format!("; of {} it is not known, for they have no interval", format::patients(n_unknown))
    } else {
        String::new()
    };
    let mut facts = vec![(
        "Near a cut".to_owned(),
        format!(
            "{}{unknown}: {}",
            share(near_cut),
            match cohort.protocol.scale().grain {
                Grain::Whole => {
                    let or_component = wording::near_its_cutoff(cohort.protocol).map(|it| {
                        format!("; without an interval, a component {it} would change the class on the other side")
                    });
                    format!("the interval of the score reaches into another class{}", or_component.unwrap_or_default())
                }
                Grain::Continuous => {
                    let unit = wording::unit_of_distance(cohort.protocol);
                    format!("a cut of any scheme within {points} {unit}, or inside the interval of the score")
                }
            }
        ),
    )];
    if ranks {
        let text = format!("{}: another class by “mid” than by “less or equal”, in any scheme", share(by_ties.count()));
        facts.push(("Class depends on the tie rule".to_owned(), text));
    }
    if n_samples(cohort).is_some() {
        let flag = Flag::AnotherSampleCouldDecide;
        let (n, of) = (n_scores_flagged(cohort, flag), cohort.scores.len());
        let share = format::percent_of(n, of);
        let text =
            format!("{} of {} with a score ({share}): {}", format::count(n), format::patients(of), flag.description());
        facts.push(("Several samples".to_owned(), text));
    }
    if without_interval > 0 {
        let text = format!("{}: {}", share(without_interval), wording::why_no_interval(cohort.protocol));
        facts.push(("No interval by counting".to_owned(), text));
    }
    facts
}

fn rejected(cohort: &CohortReport<'_>) -> Table {
    let mut table =
        Table::new("One row a reason; a patient may have several", ["Patient", "Reason", "Found", "Expected"]);
    for it in cohort.rejected {
        table.push(vec![
            Cell::Link {
                href: format!("patients/{}.html", page_file_stem(&it.patient_id)),
                text: it.patient_id.clone(),
            },
            Cell::text(it.reason.description()),
            Cell::text(&it.found),
            Cell::text(&it.expected),
        ]);
    }
    table
}
