//! The immune contexture of a cohort, and what changed in it.

use std::collections::BTreeMap;

use super::figure;
use crate::model::Marker;
use crate::protocol::Confidence;
use crate::report::figures::{Figure, change_forest, contexture_heatmap};
use crate::report::format::{self, or_dash};
use crate::report::html::contexture::{SPECIMENS_DIFFER, covariates, of_tumour_type, own_reference, sign};
use crate::report::html::document::{Block, Section, Table};
use crate::report::wording;
use crate::score::contexture::change::CohortChange;
use crate::score::contexture::{ComponentStandard, Contexture, ContextureRecord, Standard};

/// Percentiles of every marker, what they are counted in, and the change of samples at two times.
pub(super) fn section(contexture: &Contexture, figures: &[Figure]) -> Section {
    let record = &contexture.record;
    let mut blocks = vec![Block::Paragraph(format!(
        "All markers of the axes that the table holds. {} There is no number of the whole: the axes of each patient are on the \
         patient’s page, and in the table “contexture”.",
        of_tumour_type(&record.axes)
    ))];
    blocks.extend(own_reference(record.own_reference.as_ref()));
    let constant: Vec<String> = record.components.iter().filter(|it| it.is_constant).map(constant).collect();
    blocks.extend((!constant.is_empty()).then_some(Block::Warnings(constant)));
    blocks.extend(figure(figures, contexture_heatmap::NAME));
    let tables = vec![Block::Table(markers(contexture)), Block::Table(missing(record))];
    blocks.push(Block::Details("Markers of the axes: signs, sources, patients".to_owned(), tables));
    blocks.extend(covariates(&record.axes).map(Block::Note));
    if !record.covariates.is_empty() {
        blocks.push(Block::Table(beside(record, contexture.patients.len())));
    }
    if let Some(change) = &record.change {
        blocks.extend(of_change(change, record, figures));
    }
    Section::new("contexture", "Immune contexture", blocks)
}

/// What is to be known of a marker whose reference values are all the same.
fn constant(it: &ComponentStandard) -> String {
    format!(
        "All reference values of {} are the same: its percentile says above, below or equal and no more, and enters the mean of \
         its axis all the same.",
        it.component
    )
}

fn markers(contexture: &Contexture) -> Table {
    let columns = [
        "Marker and region",
        "Sign",
        "Confidence",
        "Source of the sign",
        "#Patients",
        "Percentile in",
        "#Values",
        "#Of these 0",
    ];
    let mut table = Table::new("Markers that the table holds; confidence: how well the sign is established", columns);
    let axes = &contexture.record.axes;
    for (at, it) in contexture.record.components.iter().enumerate() {
        let marker = axes.markers.iter().find(|of| of.marker == it.component.marker);
        let n = contexture.patients.iter().filter(|it| it.markers[at].usable().is_some()).count();
        let standard = match it.standard {
            Standard::Score => "the reference of the score",
            Standard::SamePatients if contexture.record.own_reference.is_some() => "the reference of the contexture",
            Standard::SamePatients => "the patients of that reference",
            Standard::None => "no reference",
        };
        table.push_texts(vec![
            it.component.to_string(),
            sign(axes.sign_of(&it.component.marker)),
            or_dash(marker.and_then(|it| it.confidence).map(Confidence::word), str::to_owned),
            or_dash(marker.and_then(|it| it.source.as_deref()), str::to_owned),
            format::count(n),
            standard.to_owned(),
            or_dash(it.n, format::count),
            or_dash(it.share_of_zeros, format::percent),
        ]);
    }
    table
}

/// Of a covariate of more values than this, their number is told.
const MOST_VALUES: usize = 10;

/// What the clinical table says of the patients beside the axes.
fn beside(record: &ContextureRecord, n_patients: usize) -> Table {
    let mut table = Table::new("Beside the axes, from the clinical table", ["Column", "Value", "#Patients"]);
    for it in &record.covariates {
        let mut n_of: BTreeMap<&str, usize> = BTreeMap::new();
        for value in it.value_of.values() {
            *n_of.entry(value).or_default() += 1;
        }
        let mut row = |value: String, n: usize| table.push_texts(vec![it.column.clone(), value, format::count(n)]);
        if n_of.len() > MOST_VALUES {
            row(format!("{} different values", n_of.len()), it.value_of.len());
        } else {
            for (value, n) in n_of {
                row(value.to_owned(), n);
            }
        }
        if it.value_of.len() < n_patients {
            row("not known".to_owned(), n_patients - it.value_of.len());
        }
    }
    table
}

/// The markers of each axis that the table does not hold.
fn missing(record: &ContextureRecord) -> Table {
    let mut table =
        Table::new("Coverage of the axes", ["Axis", "Dimension", "#Markers in the table", "Not in the table"]);
    for axis in &record.axes.axes {
        let of_axis: Vec<_> = record.axes.markers.iter().filter(|it| it.axis == axis.name).collect();
        let is_held = |marker: &Marker| record.components.iter().any(|it| it.component.marker == *marker);
        let missing: Vec<&str> =
            of_axis.iter().filter(|it| !is_held(&it.marker)).map(|it| it.marker.as_str()).collect();
        table.push_texts(vec![
            axis.label.clone(),
            axis.dimension.label().to_owned(),
            format!("{} of {}", of_axis.len() - missing.len(), of_axis.len()),
            missing.join(", "),
        ]);
    }
    table
}

fn of_change(change: &CohortChange, record: &ContextureRecord, figures: &[Figure]) -> Vec<Block> {
    let (before, after) = (&change.samples.before, &change.samples.after);
    let unpaired = change.only_before.len() + change.only_after.len();
    let mut blocks = vec![
        Block::Heading(format!("Change from {before} to {after}")),
        Block::Paragraph(format!(
            "{} with samples of both; {} with one of them alone. Scores and percentiles on these pages are of “{before}”.",
            format::patients(change.n_paired),
            format::count(unpaired)
        )),
        Block::Note(SPECIMENS_DIFFER.to_owned()),
    ];
    blocks.extend(figure(figures, change_forest::NAME));
    let numbers = Block::Table(changes(change, record));
    blocks.push(Block::Details("Numbers of this figure".to_owned(), vec![numbers]));
    let listed = [("alone: ", before, &change.only_before), ("alone: ", after, &change.only_after)];
    let listed: Vec<String> = listed
        .into_iter()
        .filter(|it| !it.2.is_empty())
        .map(|(words, time, patients)| format!("“{time}” {words}{}", patients.join(", ")))
        .collect();
    if !listed.is_empty() {
        blocks
            .push(Block::Details(format!("{} without a pair", format::patients(unpaired)), vec![Block::List(listed)]));
    }
    blocks
}

fn changes(change: &CohortChange, record: &ContextureRecord) -> Table {
    let caption = format!(
        "Ratio of the geometric means of the pairs above 0, of percents and grades the mean difference, with the p-value of \
         Student’s t; Wilcoxon’s test of all pairs, adjusted for {}. Pairs with a 0 have no ratio, and are tested: a change from \
         0 or to 0 is larger than any ratio",
        format::counted(change.n_tests, "test", "tests")
    );
    let columns = [
        "Marker and region",
        "Sign",
        "#Pairs",
        "#0 before / after / both",
        "#Ratio or difference (95 % CI)",
        "#p, t",
        "#p, Wilcoxon",
        "#Holm",
        "#Benjamini–Hochberg",
    ];
    let mut table = Table::new(caption, columns);
    for it in &change.components {
        let p = |p: Option<f64>| or_dash(p, format::p_value);
        let zeros = it.change.pairs;
        table.push_texts(vec![
            it.component.to_string(),
            sign(record.axes.sign_of(&it.component.marker)),
            wording::pairs(it),
            format!("{} / {} / {}", zeros.n_first_zero, zeros.n_second_zero, zeros.n_both_zero),
            or_dash(wording::change(it), |it| it),
            p(it.change.t_p_value),
            p(it.change.signed_rank.map(|it| it.p_value)),
            p(it.p_holm),
            p(it.p_benjamini_hochberg),
        ]);
    }
    table
}
