//! The tables of a scored cohort: `scores`, `profiles`, `rejected`, `sample_scores`, `sample_profiles`.

use std::borrow::Cow;

use polars::prelude::{ChunkedBuilder, Column, DataFrame, IntoColumn, PlSmallStr};
use rayon::prelude::*;

use super::column::{AREA_MM2, CELLS_PER_MM2, MARKER, N_CELLS, PATIENT_ID, REGION, SAMPLE_ID};
use super::{CountBuilder, NumberBuilder, TextBuilder, count_column, flag_column, numbers, of_columns, text};
use crate::model::{Area, Percentile, TieRule};
use crate::protocol::{Protocol, Scheme};
use crate::score::uncertainty::Drawn;
use crate::score::{
    Flag, Flags, Measurements, Rejection, SampleScore, ScoredCohort, ScoredComponent, ScoredPatient, label,
};

/// Patients, or samples, whose components are worked out at once, before they are put in columns.
const AT_ONCE: usize = 1 << 14;

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

/// Name of the column with the probability of a class by a source of error: `_counting` or `_reference` alone, or none for both.
pub fn class_probability(scheme: &str, class: &str, source: &str) -> String {
    format!("{scheme}_probability_{class}{source}")
}

/// What scores are drawn from, and its ending in the names of columns.
type DrawnBy = (&'static str, for<'a, 'b> fn(&'a ScoredPatient<'b>) -> Option<&'a Drawn>);

/// The sources of error, both first.
const SOURCES: [DrawnBy; 3] =
    [("", |it| it.by_both()), ("_counting", |it| it.by_counting()), ("_reference", |it| it.by_reference())];

/// The table `scores`.
///
/// | in | out |
/// | --- | --- |
/// | a scored cohort | one row a patient with a score, in the cohort's order; `label` says whether it is partial; `score` and its intervals in `score_unit`: by counting and reference, `_counting` alone, `_reference` alone; for each scheme the class, the class under `mid` and `leq`, the probability of each class by both, `_counting` alone and `_reference` alone; by both and by counting null where counts are absent; null where the score is partial; `near_cut` null where nothing says it; `n_samples` and `n_samples_scored` null where the samples of a patient became one measurement; `flags` holds codes with `;` between them, null if there is none |
pub fn scores(cohort: &ScoredCohort) -> DataFrame {
    let protocol = cohort.protocol();
    let reference = cohort.reference.as_ref().map(|it| it.file.name.as_str());
    let patients: Vec<usize> = cohort.scored().collect();
    let scored = patients.par_iter().map_init(|| cohort.reader(), |reader, at| reader.score(*at));
    let scores: Vec<ScoredPatient<'_>> = scored.flatten_iter().collect();
    let number = |name, of: fn(&ScoredPatient<'_>) -> Option<f64>| numbers(name, scores.iter().map(of));
    let labels: Vec<Cow<'_, str>> = scores.iter().map(|it| label(it.n_components, it.n_components_expected)).collect();
    let flags: Vec<Option<String>> = scores.iter().map(|it| flag_codes(it.flags())).collect();
    let patient_ids = cohort.measurements().patient_ids();
    let mut columns = vec![
        text(PATIENT_ID, patients.iter().map(|it| Some(patient_ids[*it].as_str()))),
        text("label", labels.iter().map(|it| Some(it.as_ref()))),
        number("score", |it| Some(it.score)),
        text("score_unit", scores.iter().map(|_| Some(protocol.unit()))),
    ];
    for (source, drawn) in SOURCES {
        let end = |name: &str, end: fn(&Drawn) -> f64| {
            numbers(&format!("score_{name}{source}"), scores.iter().map(|it| drawn(it).map(end)))
        };
        columns.extend([end("lower", |it| it.interval.lower), end("upper", |it| it.interval.upper)]);
    }
    for (at, scheme) in protocol.schemes.iter().enumerate() {
        columns.extend(scheme_columns(&scores, at, scheme));
    }
    columns.extend([
        flag_column("near_cut", scores.iter().map(|it| it.near_cut)),
        number("distance_to_cut", |it| it.distance_to_cut),
        count_column("n_components", scores.iter().map(|it| Some(it.n_components as u64))),
        count_column("n_components_expected", scores.iter().map(|it| Some(it.n_components_expected as u64))),
        count_column("n_samples", scores.iter().map(|it| Some(it.samples?.n as u64))),
        count_column("n_samples_scored", scores.iter().map(|it| Some(it.samples?.n_scored as u64))),
        text("flags", flags.iter().map(Option::as_deref)),
        flag_column("in_reference", scores.iter().map(|it| it.in_reference)),
        flag_column("in_cutoff_training", scores.iter().map(|it| it.in_cutoff_training)),
        text("reference", scores.iter().map(|_| reference)),
        text("protocol", scores.iter().map(|_| Some(protocol.name.as_str()))),
    ]);
    of_columns(columns)
}

fn scheme_columns(scores: &[ScoredPatient<'_>], at: usize, scheme: &Scheme) -> Vec<Column> {
    let class = |name: &str, score: fn(&ScoredPatient<'_>) -> Option<f64>| {
        let class = |it: &ScoredPatient<'_>| {
            score(it).filter(|_| !it.is_partial()).map(|it| scheme.classes[scheme.classify(it)].as_str())
        };
        text(name, scores.iter().map(class))
    };
    let mut columns = vec![
        class(&scheme.name, |it| Some(it.score)),
        class(&class_mid(&scheme.name), |it| it.score_mid),
        class(&class_leq(&scheme.name), |it| it.score_leq),
    ];
    for (source, drawn) in SOURCES {
        for (class, name) in scheme.classes.iter().enumerate() {
            let of = |it: &ScoredPatient<'_>| Some(drawn(it).filter(|_| !it.is_partial())?.probabilities[at][class]);
            columns.push(numbers(&class_probability(&scheme.name, name, source), scores.iter().map(of)));
        }
    }
    columns
}

/// One row of the table `profiles`.
struct Row {
    component: ScoredComponent,
    interval: Option<[f64; 2]>,
}

impl Row {
    fn new(component: ScoredComponent) -> Self {
        Self { component, interval: component.value_interval() }
    }

    fn if_density<T>(&self, value: Option<T>) -> Option<T> {
        value.filter(|_| self.component.is_density())
    }
}

/// What a row says in a column.
type Of<T> = fn(&Row) -> Option<T>;

/// The columns of counts of the table `profiles`.
const COUNTS: [(&str, Of<u64>); 3] = [
    ("n_samples", |it| Some(it.component.measured.map_or(0, |it| it.n_samples as u64))),
    (N_CELLS, |it| it.component.measured?.n_cells),
    ("n_whole", |it| it.component.measured?.n_whole),
];

/// The columns of numbers of the table `profiles`.
const NUMBERS: [(&str, Of<f64>); 12] = [
    (AREA_MM2, |it| it.component.measured?.area.map(Area::mm2)),
    (CELLS_PER_MM2, |it| it.if_density(it.component.value())),
    ("cells_per_mm2_lower", |it| it.if_density(it.interval).map(|it| it[0])),
    ("cells_per_mm2_upper", |it| it.if_density(it.interval).map(|it| it[1])),
    ("value", |it| it.component.value()),
    ("value_lower", |it| it.interval.map(|it| it[0])),
    ("value_upper", |it| it.interval.map(|it| it[1])),
    ("contribution", |it| it.component.contribution),
    ("distance_to_cutoff", |it| it.component.distance_to_cutoff),
    ("percentile", |it| it.component.percentile().map(Percentile::value)),
    ("percentile_leq", |it| it.component.percentile_by(TieRule::Leq).map(Percentile::value)),
    ("percentile_lt", |it| it.component.percentile_by(TieRule::Lt).map(Percentile::value)),
];

/// The table `profiles`.
///
/// | in | out |
/// | --- | --- |
/// | a scored cohort | one row a patient, scored or not, region and marker, in the cohort's and the protocol's order; null where nothing was measured; `value` in the unit of `measure`, `contribution` what it adds to the score; `distance_to_cutoff` in percentile points where there is a `percentile`, else in the unit of `measure`, negative below; `flags` holds codes with `;` between them, null if there is none |
pub fn profiles(cohort: &ScoredCohort) -> DataFrame {
    of_columns(component_columns(cohort, cohort.measurements()))
}

/// The table `sample_profiles`.
///
/// | in | out |
/// | --- | --- |
/// | the samples of a cohort, where each is scored by itself | the columns of `profiles`, one row a sample, region and marker |
pub fn sample_profiles(cohort: &ScoredCohort, samples: &Measurements) -> DataFrame {
    let n_components = cohort.protocol().specs().len();
    let mut columns = component_columns(cohort, samples);
    let sample_ids = samples.sample_ids().iter().flat_map(|it| (0..n_components).map(|_| Some(it.as_str())));
    columns.insert(1, text(SAMPLE_ID, sample_ids));
    of_columns(columns)
}

/// The components of patients, or of samples.
fn component_columns(cohort: &ScoredCohort, measurements: &Measurements) -> Vec<Column> {
    let specs = cohort.protocol().specs();
    let n_rows = measurements.len() * specs.len();
    let mut counts = COUNTS.map(|(name, of)| (CountBuilder::new(PlSmallStr::from_str(name), n_rows), of));
    let mut numbers = NUMBERS.map(|(name, of)| (NumberBuilder::new(PlSmallStr::from_str(name), n_rows), of));
    let mut flags = TextBuilder::new(PlSmallStr::from_static("flags"), n_rows);
    for start in (0..measurements.len()).step_by(AT_ONCE) {
        let places = (start..measurements.len().min(start + AT_ONCE)).into_par_iter();
        let rows = places.map_init(
            || cohort.components_of(measurements),
            |reader, place| reader.components(place).map(Row::new).collect::<Vec<_>>(),
        );
        let rows: Vec<Row> = rows.flatten_iter().collect();
        counts.par_iter_mut().for_each(|(column, of)| rows.iter().for_each(|it| column.append_option(of(it))));
        numbers.par_iter_mut().for_each(|(column, of)| rows.iter().for_each(|it| column.append_option(of(it))));
        for row in &rows {
            flags.append_option(flag_codes(row.component.flags).as_deref());
        }
    }
    let patient_ids = measurements.patient_ids();
    let each = || patient_ids.iter().flat_map(|id| specs.iter().map(move |spec| (id, spec)));
    let mut columns = vec![
        text(PATIENT_ID, each().map(|it| Some(it.0.as_str()))),
        text(REGION, each().map(|it| Some(it.1.region.as_str()))),
        text(MARKER, each().map(|it| Some(it.1.marker.as_str()))),
        text("measure", each().map(|it| Some(it.1.measure.word()))),
    ];
    columns.extend(counts.map(|(column, _)| column.finish().into_column()));
    columns.extend(numbers.map(|(column, _)| column.finish().into_column()));
    columns.push(flags.finish().into_column());
    columns
}

fn flag_codes(flags: Flags) -> Option<String> {
    let codes: Vec<&str> = flags.iter().map(Flag::code).collect();
    (!codes.is_empty()).then(|| codes.join(&FLAG_SEPARATOR.to_string()))
}

/// The table `sample_scores`.
///
/// | in | out |
/// | --- | --- |
/// | the samples of a cohort, where each is scored by itself | one row a sample, in order: `score` in `score_unit`, null if it has none; for each scheme the class, null without a full score; `decides` for the sample whose score is its patient's |
pub fn sample_scores(samples: &[SampleScore], protocol: &Protocol) -> DataFrame {
    let mut columns = vec![
        text(PATIENT_ID, samples.iter().map(|it| Some(it.patient_id.as_str()))),
        text(SAMPLE_ID, samples.iter().map(|it| Some(it.sample_id.as_str()))),
        numbers("score", samples.iter().map(|it| it.score)),
        text("score_unit", samples.iter().map(|_| Some(protocol.unit()))),
    ];
    let class =
        |scheme: &Scheme| text(&scheme.name, samples.iter().map(|it| it.classes.get(&scheme.name).map(String::as_str)));
    columns.extend(protocol.schemes.iter().map(class));
    columns.extend([
        count_column("n_components", samples.iter().map(|it| Some(it.n_components as u64))),
        count_column("n_components_expected", samples.iter().map(|it| Some(it.n_components_expected as u64))),
        flag_column("decides", samples.iter().map(|it| it.decides)),
    ]);
    of_columns(columns)
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
