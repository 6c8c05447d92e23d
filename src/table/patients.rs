//! The tables of a scored cohort: `scores`, `profiles`, `rejected`.

use polars::prelude::{Column, DataFrame};

use super::column::{AREA_MM2, CELLS_PER_MM2, MARKER, N_CELLS, PATIENT_ID, REGION};
use super::{count_column, flag_column, numbers, of_columns, text};
use crate::model::Percentile;
use crate::protocol::{Protocol, Scheme};
use crate::score::{ComponentProfile, PatientProfile, PatientScore, Rejection};

/// What separates several flags in one cell.
pub const FLAG_SEPARATOR: char = ';';

/// Name of the column with the class by the tie rule `mid`.
pub fn class_mid(scheme: &str) -> String {
    format!("{scheme}_mid")
}

/// Name of the column with the class by the tie rule `leq`.
pub fn class_leq(scheme: &str) -> String {
    format!("{scheme}_leq")
}

/// Name of the column with the probability of a class.
pub fn class_probability(scheme: &str, class: &str) -> String {
    format!("{scheme}_probability_{class}")
}

/// The table `scores`.
///
/// | in | out |
/// | --- | --- |
/// | one entry a patient with a score | one row a patient, in that order; `label` says whether it is partial; `score` and its intervals in `score_unit`: by counting and reference, `_counting` alone, `_reference` alone; for each scheme the class, the class under `mid` and `leq`, the probability of each class; null where counts are absent, or the score is partial |
pub fn scores(scores: &[PatientScore], protocol: &Protocol, reference: Option<&str>) -> DataFrame {
    let number = |name, of: fn(&PatientScore) -> Option<f64>| numbers(name, scores.iter().map(of));
    let labels: Vec<String> = scores.iter().map(PatientScore::label).collect();
    let mut columns = vec![
        text(PATIENT_ID, scores.iter().map(|it| Some(it.patient_id.as_str()))),
        text("label", labels.iter().map(|it| Some(it.as_str()))),
        number("score", |it| Some(it.score)),
        text("score_unit", scores.iter().map(|_| Some(protocol.unit()))),
        number("score_lower", |it| it.score_lower),
        number("score_upper", |it| it.score_upper),
        number("score_lower_counting", |it| it.score_lower_counting),
        number("score_upper_counting", |it| it.score_upper_counting),
        number("score_lower_reference", |it| it.score_lower_reference),
        number("score_upper_reference", |it| it.score_upper_reference),
    ];
    for (at, scheme) in protocol.schemes.iter().enumerate() {
        columns.extend(scheme_columns(scores, at, scheme));
    }
    columns.extend([
        flag_column("near_cut", scores.iter().map(|it| it.near_cut)),
        number("distance_to_cut", |it| it.distance_to_cut),
        count_column("n_components", scores.iter().map(|it| Some(it.n_components as u64))),
        count_column("n_components_expected", scores.iter().map(|it| Some(it.n_components_expected as u64))),
        flag_column("in_reference", scores.iter().map(|it| it.in_reference)),
        text("reference", scores.iter().map(|_| reference)),
        text("protocol", scores.iter().map(|_| Some(protocol.name.as_str()))),
    ]);
    of_columns(columns)
}

fn scheme_columns(scores: &[PatientScore], at: usize, scheme: &Scheme) -> Vec<Column> {
    let mut columns = vec![
        text(&scheme.name, scores.iter().map(|it| Some(it.classes.get(at)?.class.as_str()))),
        text(&class_mid(&scheme.name), scores.iter().map(|it| it.classes.get(at)?.class_mid.as_deref())),
        text(&class_leq(&scheme.name), scores.iter().map(|it| it.classes.get(at)?.class_leq.as_deref())),
    ];
    for (class, name) in scheme.classes.iter().enumerate() {
        let probability = |it: &PatientScore| it.classes.get(at)?.probabilities.as_ref().map(|it| it[class]);
        columns.push(numbers(&class_probability(&scheme.name, name), scores.iter().map(probability)));
    }
    columns
}

/// The table `profiles`.
///
/// | in | out |
/// | --- | --- |
/// | one entry a patient, scored or not | one row a patient, region and marker, in that order; null where nothing was measured; `value` in the unit of `measure`, `contribution` what it adds to the score; `flags` holds codes with `;` between them, null if there is none |
pub fn profiles(profiles: &[PatientProfile]) -> DataFrame {
    let rows: Vec<(&str, &ComponentProfile)> =
        profiles.iter().flat_map(|it| it.components.iter().map(|row| (it.patient_id.as_str(), row))).collect();
    let flags: Vec<Option<String>> = rows.iter().map(|(_, it)| flag_codes(it)).collect();
    let number = |name, of: fn(&ComponentProfile) -> Option<f64>| numbers(name, rows.iter().map(|(_, it)| of(it)));
    of_columns(vec![
        text(PATIENT_ID, rows.iter().map(|(patient, _)| Some(*patient))),
        text(REGION, rows.iter().map(|(_, it)| Some(it.component.region.as_str()))),
        text(MARKER, rows.iter().map(|(_, it)| Some(it.component.marker.as_str()))),
        text("measure", rows.iter().map(|(_, it)| Some(it.measure.word()))),
        count_column("n_samples", rows.iter().map(|(_, it)| Some(it.n_samples as u64))),
        count_column(N_CELLS, rows.iter().map(|(_, it)| it.n_cells)),
        count_column("n_whole", rows.iter().map(|(_, it)| it.n_whole)),
        number(AREA_MM2, |it| it.area_mm2),
        number(CELLS_PER_MM2, |it| it.cells_per_mm2),
        number("cells_per_mm2_lower", |it| it.cells_per_mm2_lower),
        number("cells_per_mm2_upper", |it| it.cells_per_mm2_upper),
        number("value", |it| it.value),
        number("value_lower", |it| it.value_lower),
        number("value_upper", |it| it.value_upper),
        number("contribution", |it| it.contribution),
        number("percentile", |it| it.percentile.map(Percentile::value)),
        number("percentile_leq", |it| it.percentile_leq.map(Percentile::value)),
        number("percentile_lt", |it| it.percentile_lt.map(Percentile::value)),
        text("flags", flags.iter().map(Option::as_deref)),
    ])
}

fn flag_codes(profile: &ComponentProfile) -> Option<String> {
    let codes: Vec<&str> = profile.flags.iter().map(|it| it.code()).collect();
    (!codes.is_empty()).then(|| codes.join(&FLAG_SEPARATOR.to_string()))
}

/// The table `rejected`.
///
/// | in | out |
/// | --- | --- |
/// | one entry a reason | one row a patient and reason: `stage` (`score`), `reason`, `found`, `expected` |
pub fn rejected(rejected: &[Rejection]) -> DataFrame {
    of_columns(vec![
        text(PATIENT_ID, rejected.iter().map(|it| Some(it.patient_id.as_str()))),
        text("stage", rejected.iter().map(|_| Some("score"))),
        text("reason", rejected.iter().map(|it| Some(it.reason.code()))),
        text("found", rejected.iter().map(|it| Some(it.found.as_str()))),
        text("expected", rejected.iter().map(|it| Some(it.expected.as_str()))),
    ])
}
