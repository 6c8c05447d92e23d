//! The tables of a contexture: `contexture`, `contexture_markers`, `contexture_location`, `contexture_change`,
//! `contexture_change_cohort`.

use polars::prelude::DataFrame;

use super::column::{AREA_MM2, MARKER, N_CELLS, PATIENT_ID, REGION};
use super::patients::FLAG_SEPARATOR;
use super::{count_column, numbers, of_columns, text};
use crate::model::{Marker, Percentile};
use crate::protocol::{Axes, AxisSign};
use crate::score::contexture::change::{CohortChange, ComponentChange, Measured, MeasuredTwice, PatientChange, Ratio};
use crate::score::contexture::{AxisProfile, LocationRatio, MarkerProfile, NoPercentile, PatientContexture};

/// What separates several markers or axes in one cell.
const LIST_SEPARATOR: &str = ";";

/// The table `contexture`.
///
/// | in | out |
/// | --- | --- |
/// | one entry a patient | one row a patient, axis and sign: `mean_percentile`, null of context markers; `reversed_percentile` (100 less the mean) of negative ones; `n_in_mean` markers are in the mean, in the regions of `in_mean`; `n_measured` of `n_expected` markers, also those without a percentile; `in_mean` and `missing` with `;` between them |
pub fn axes(patients: &[PatientContexture], axes: &Axes) -> DataFrame {
    let rows: Vec<(&str, &AxisProfile)> =
        patients.iter().flat_map(|it| it.axes.iter().map(|row| (it.patient_id.as_str(), row))).collect();
    let missing: Vec<Option<String>> =
        rows.iter().map(|(_, it)| listed(it.missing.iter().map(Marker::as_str))).collect();
    let in_mean: Vec<Option<String>> = rows
        .iter()
        .map(|(_, it)| {
            let names: Vec<String> = it.in_mean.iter().map(ToString::to_string).collect();
            listed(names.iter().map(String::as_str))
        })
        .collect();
    let dimension = |it: &AxisProfile| axes.axes.iter().find(|axis| axis.name == it.axis).map(|it| it.dimension.word());
    let count =
        |name, of: fn(&AxisProfile) -> usize| count_column(name, rows.iter().map(|(_, it)| Some(of(it) as u64)));
    of_columns(vec![
        text(PATIENT_ID, rows.iter().map(|(patient, _)| Some(*patient))),
        text("dimension", rows.iter().map(|(_, it)| dimension(it))),
        text("axis", rows.iter().map(|(_, it)| Some(it.axis.as_str()))),
        text("sign", rows.iter().map(|(_, it)| Some(it.sign.word()))),
        numbers("mean_percentile", rows.iter().map(|(_, it)| it.mean_percentile)),
        numbers("reversed_percentile", rows.iter().map(|(_, it)| it.reversed())),
        count("n_in_mean", |it| it.n_in_mean),
        text("in_mean", in_mean.iter().map(Option::as_deref)),
        count("n_measured", |it| it.n_measured),
        count("n_expected", |it| it.n_expected),
        text("missing", missing.iter().map(Option::as_deref)),
    ])
}

/// The table `contexture_markers`.
///
/// | in | out |
/// | --- | --- |
/// | one entry a patient | one row a patient, marker and region: `axes` with `;` between them; `value` in `unit`; where there is no `percentile`, `no_percentile` says why; `flags` holds codes with `;` between them |
pub fn markers(patients: &[PatientContexture], axes: &Axes) -> DataFrame {
    let rows: Vec<(&str, &MarkerProfile)> =
        patients.iter().flat_map(|it| it.markers.iter().map(|row| (it.patient_id.as_str(), row))).collect();
    let of_axes =
        |marker: &Marker| listed(axes.markers.iter().filter(|it| it.marker == *marker).map(|it| it.axis.as_str()));
    let axes: Vec<Option<String>> = rows.iter().map(|(_, it)| of_axes(&it.component.marker)).collect();
    let flags: Vec<Option<String>> = rows
        .iter()
        .map(|(_, it)| {
            let codes: Vec<&str> = it.flags.iter().map(|it| it.code()).collect();
            (!codes.is_empty()).then(|| codes.join(&FLAG_SEPARATOR.to_string()))
        })
        .collect();
    let number = |name, of: fn(&MarkerProfile) -> Option<f64>| numbers(name, rows.iter().map(|(_, it)| of(it)));
    of_columns(vec![
        text(PATIENT_ID, rows.iter().map(|(patient, _)| Some(*patient))),
        text(REGION, rows.iter().map(|(_, it)| Some(it.component.region.as_str()))),
        text(MARKER, rows.iter().map(|(_, it)| Some(it.component.marker.as_str()))),
        text("axes", axes.iter().map(Option::as_deref)),
        text("sign", rows.iter().map(|(_, it)| Some(it.sign.word()))),
        text("measure", rows.iter().map(|(_, it)| Some(it.measure.word()))),
        text("unit", rows.iter().map(|(_, it)| Some(it.measure.unit()))),
        count_column("n_samples", rows.iter().map(|(_, it)| Some(it.n_samples as u64))),
        count_column(N_CELLS, rows.iter().map(|(_, it)| it.n_cells)),
        number(AREA_MM2, |it| it.area_mm2),
        number("value", |it| it.value),
        number("value_lower", |it| it.value_lower),
        number("value_upper", |it| it.value_upper),
        number("percentile", |it| it.percentile.map(Percentile::value)),
        text("no_percentile", rows.iter().map(|(_, it)| it.no_percentile.map(NoPercentile::code))),
        text("flags", flags.iter().map(Option::as_deref)),
    ])
}

/// The table `contexture_location`.
///
/// | in | out |
/// | --- | --- |
/// | one entry a patient | one row a patient and marker with a density in the core and at the margin: `log2_ct_over_im` with its interval; null where a density is 0, or counts are absent |
pub fn location(patients: &[PatientContexture]) -> DataFrame {
    let rows: Vec<(&str, &LocationRatio)> =
        patients.iter().flat_map(|it| it.location.iter().map(|row| (it.patient_id.as_str(), row))).collect();
    of_columns(vec![
        text(PATIENT_ID, rows.iter().map(|(patient, _)| Some(*patient))),
        text(MARKER, rows.iter().map(|(_, it)| Some(it.marker.as_str()))),
        numbers("log2_ct_over_im", rows.iter().map(|(_, it)| it.log2_ratio)),
        numbers("log2_ct_over_im_lower", rows.iter().map(|(_, it)| it.lower)),
        numbers("log2_ct_over_im_upper", rows.iter().map(|(_, it)| it.upper)),
    ])
}

/// The table `contexture_change`.
///
/// | in | out |
/// | --- | --- |
/// | one entry a patient with samples at both times | one row a patient, marker and region: both measurements in `unit`, null where they are absent or not usable; `ratio` after to before with its interval by the counts, `log2_ratio`; of percents and grades `difference`, after less before; null where they are not defined |
pub fn change(patients: &[PatientChange]) -> DataFrame {
    let rows: Vec<(&str, &MeasuredTwice, Option<Ratio>)> = patients
        .iter()
        .flat_map(|it| it.components.iter().map(|row| (it.patient_id.as_str(), row, row.ratio())))
        .collect();
    let side = |which: fn(&MeasuredTwice) -> Option<Measured>, time: &str| {
        [
            count_column(&format!("{N_CELLS}_{time}"), rows.iter().map(|(_, it, _)| which(it)?.n_cells)),
            numbers(&format!("{AREA_MM2}_{time}"), rows.iter().map(|(_, it, _)| which(it)?.area_mm2)),
            numbers(&format!("value_{time}"), rows.iter().map(|(_, it, _)| Some(which(it)?.value))),
        ]
    };
    let ratio = |name, of: fn(Ratio) -> Option<f64>| numbers(name, rows.iter().map(|(.., it)| of((*it)?)));
    let log2 = |it: Ratio| it.ratio.filter(|it| *it > 0.0).map(f64::log2);
    let mut columns = vec![
        text(PATIENT_ID, rows.iter().map(|(patient, ..)| Some(*patient))),
        text(REGION, rows.iter().map(|(_, it, _)| Some(it.component.region.as_str()))),
        text(MARKER, rows.iter().map(|(_, it, _)| Some(it.component.marker.as_str()))),
        text("measure", rows.iter().map(|(_, it, _)| Some(it.measure.word()))),
        text("unit", rows.iter().map(|(_, it, _)| Some(it.measure.unit()))),
    ];
    columns.extend(side(|it| it.before, "before"));
    columns.extend(side(|it| it.after, "after"));
    columns.extend([
        ratio("ratio", |it| it.ratio),
        ratio("ratio_lower", |it| it.lower),
        ratio("ratio_upper", |it| it.upper),
        ratio("log2_ratio", log2),
        numbers("difference", rows.iter().map(|(_, it, _)| it.difference())),
    ]);
    of_columns(columns)
}

/// The table `contexture_change_cohort`.
///
/// | in | out |
/// | --- | --- |
/// | what changed in a cohort | one row a marker and region: pairs, those of two values above 0, and those with a 0; `ratio` of the geometric means with its interval, of percents and grades the mean `difference` in `unit`, null with fewer than 2; Student's `t` of these with its p-value; Wilcoxon's p-value of all pairs, adjusted by Holm and by Benjamini and Hochberg for `n_tests` |
pub fn cohort_change(change: &CohortChange, sign_of: impl Fn(&Marker) -> AxisSign) -> DataFrame {
    let rows = &change.components;
    let number = |name, of: fn(&ComponentChange) -> Option<f64>| numbers(name, rows.iter().map(of));
    let count = |name, of: fn(&ComponentChange) -> usize| count_column(name, rows.iter().map(|it| Some(of(it) as u64)));
    of_columns(vec![
        text(REGION, rows.iter().map(|it| Some(it.component.region.as_str()))),
        text(MARKER, rows.iter().map(|it| Some(it.component.marker.as_str()))),
        text("sign", rows.iter().map(|it| Some(sign_of(&it.component.marker).word()))),
        text("measure", rows.iter().map(|it| Some(it.measure.word()))),
        text("unit", rows.iter().map(|it| Some(it.measure.unit()))),
        count("n_pairs", |it| it.n_pairs),
        count("n_both_positive", |it| it.change.pairs.n_positive),
        count("n_before_zero", |it| it.change.pairs.n_first_zero),
        count("n_after_zero", |it| it.change.pairs.n_second_zero),
        count("n_both_zero", |it| it.change.pairs.n_both_zero),
        number("ratio", |it| Some(it.change.ratio?.estimate)),
        number("ratio_lower", |it| Some(it.change.ratio?.lower)),
        number("ratio_upper", |it| Some(it.change.ratio?.upper)),
        number("difference", |it| Some(it.change.difference?.estimate)),
        number("difference_lower", |it| Some(it.change.difference?.lower)),
        number("difference_upper", |it| Some(it.change.difference?.upper)),
        number("t", |it| it.change.t),
        number("t_p_value", |it| it.change.t_p_value),
        number("wilcoxon_p_value", |it| Some(it.change.signed_rank?.p_value)),
        number("p_holm", |it| it.p_holm),
        number("p_benjamini_hochberg", |it| it.p_benjamini_hochberg),
        count_column("n_tests", rows.iter().map(|_| Some(change.n_tests as u64))),
    ])
}

fn listed<'a>(words: impl Iterator<Item = &'a str>) -> Option<String> {
    let words: Vec<&str> = words.collect();
    (!words.is_empty()).then(|| words.join(LIST_SEPARATOR))
}
