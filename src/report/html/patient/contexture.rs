//! The immune contexture of a patient: type, functional orientation, location, density, and what changed.

use crate::model::Marker;
use crate::protocol::{Axes, Axis};
use crate::report::figures::contexture_strip;
use crate::report::format::{self, or_dash};
use crate::report::html::contexture::{SPECIMENS_DIFFER, covariates, of_tumour_type, own_reference, sign};
use crate::report::html::document::{Block, Section, Table};
use crate::report::wording;
use crate::score::contexture::change::{CohortChange, Measured, MeasuredTwice, PatientChange};
use crate::score::contexture::{
    AxisProfile, ComponentStandard, Contexture, Covariate, LocationRatio, NoPercentile, PatientContexture,
};

/// What is to be known of a percentile among values that are all the same.
const CONSTANT: &str = "all reference values are the same";

/// The section of a patient; absent for one who is not in the contexture.
pub(super) fn section(patient_id: &str, cohort: &Contexture) -> Option<Section> {
    let patient = cohort.of(patient_id)?;
    let axes = &cohort.record.axes;
    let mut blocks = vec![Block::Paragraph(format!(
        "All markers of the axes that the table holds, beside those of the score. {} Means are taken of markers of one sign \
         on one axis; they are not summed, and there is no number of the whole.",
        of_tumour_type(axes)
    ))];
    blocks.extend(own_reference(cohort.record.own_reference.as_ref()));
    if patient.markers.iter().any(|it| it.percentile.is_some()) {
        blocks.push(Block::Figure(contexture_strip::draw(patient, axes)));
    } else {
        blocks.push(Block::Paragraph("No marker of the axes has a percentile; the reasons are below.".to_owned()));
    }
    blocks.extend(of_axes(patient, axes).map(Block::Table));
    blocks.extend(not_measured(patient, axes).map(Block::Note));
    blocks.extend(covariates(axes).map(Block::Note));
    if !cohort.record.covariates.is_empty() {
        blocks.push(Block::Paragraph(of_patient(patient_id, &cohort.record.covariates)));
    }
    blocks.push(Block::Heading("Location".to_owned()));
    blocks.push(location(&patient.location));
    blocks.extend(change(patient_id, cohort));
    let measured = Block::Table(measured(patient, &cohort.record.components));
    blocks.push(Block::Details("Density: the numbers of this figure".to_owned(), vec![measured]));
    Some(Section::new("contexture", "Immune contexture", blocks))
}

/// The covariates of a patient, in words.
fn of_patient(patient_id: &str, covariates: &[Covariate]) -> String {
    let of = |it: &Covariate| {
        let value = it.value_of.get(patient_id).map_or("not known", String::as_str);
        format!("{}: {value}", it.column)
    };
    format!("Beside the axes: {}.", covariates.iter().map(of).collect::<Vec<_>>().join("; "))
}

/// The axes and signs of which no marker was measured, in one line; an axis without any marker is named once. Absent if there
/// are none.
fn not_measured(patient: &PatientContexture, axes: &Axes) -> Option<String> {
    let of_axis = |axis: &Axis| {
        let (measured, others): (Vec<_>, Vec<_>) =
            patient.axes.iter().filter(|it| it.axis == axis.name).partition(|it| it.n_measured > 0);
        let signs: Vec<String> = others.iter().map(|it| sign(it.sign)).collect();
        match (signs.is_empty(), measured.is_empty()) {
            (true, _) => None,
            (false, true) => Some(axis.label.clone()),
            (false, false) => Some(format!("{}, {}", axis.label, signs.join(" and "))),
        }
    };
    let names: Vec<String> = axes.axes.iter().filter_map(of_axis).collect();
    (!names.is_empty()).then(|| format!("No marker measured: {}.", names.join("; ")))
}

/// One row an axis and sign with a measured marker; absent if there is none.
fn of_axes(patient: &PatientContexture, axes: &Axes) -> Option<Table> {
    // Three columns, for a telephone shows no more of them.
    let caption = "Mean percentile of the markers of one sign on one axis; “100 less it” turns negative markers round, so that \
                   high is good";
    let mut table = Table::new(caption, ["Axis and sign", "#Mean", "Markers"]);
    for axis in &axes.axes {
        for it in patient.axes.iter().filter(|it| it.axis == axis.name && it.n_measured > 0) {
            table.push_texts(vec![
                format!("{}, {}", axis.label, sign(it.sign)),
                or_dash(it.mean_percentile, format::points),
                coverage(it),
            ]);
        }
    }
    (!table.rows.is_empty()).then_some(table)
}

/// A mean turned round, which markers it is of, how many were measured, and which were not.
fn coverage(it: &AxisProfile) -> String {
    let reversed = it.reversed().map(|it| format!("100 less it: {}", format::points(it)));
    let names: Vec<String> = it.in_mean.iter().map(ToString::to_string).collect();
    let mean = (it.n_in_mean > 0).then(|| format!("mean of {} ({})", it.n_in_mean, names.join(", ")));
    let missing: Vec<&str> = it.missing.iter().map(Marker::as_str).collect();
    let missing = (!missing.is_empty()).then(|| format!("not measured: {}", missing.join(", ")));
    let measured = format!("{} of {} measured", it.n_measured, it.n_expected);
    [reversed, mean, Some(measured), missing].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn location(ratios: &[LocationRatio]) -> Block {
    if ratios.is_empty() {
        let text = "No marker has a density in both the core (CT) and the margin (IM).";
        return Block::Paragraph(text.to_owned());
    }
    let caption = "Core against margin: log₂ of the density in CT over that in IM, with the exact 95 % interval of the \
                   counts; above 0, more in the core";
    let mut table = Table::new(caption, ["Marker", "#log₂ CT/IM", "#95 % interval"]);
    for it in ratios {
        let number = |it: Option<f64>| or_dash(it, |it| format::number(it, 2));
        let interval = match (it.lower, it.upper) {
            (None, None) => format::ABSENT.to_owned(),
            (lower, upper) => format!("{} to {}", number(lower), number(upper)),
        };
        table.push_texts(vec![it.marker.to_string(), number(it.log2_ratio), interval]);
    }
    Block::Table(table)
}

/// What changed in the patient; nothing if the study names no two times.
fn change(patient_id: &str, cohort: &Contexture) -> Vec<Block> {
    let Some(change) = &cohort.record.change else { return Vec::new() };
    let (before, after) = (&change.samples.before, &change.samples.after);
    let mut blocks = vec![Block::Heading(format!("Change from {before} to {after}"))];
    if let Ok(at) = cohort.changes.binary_search_by(|it| it.patient_id.as_str().cmp(patient_id)) {
        blocks.push(Block::Table(changes(&cohort.changes[at], change)));
        blocks.push(Block::Note(SPECIMENS_DIFFER.to_owned()));
    } else {
        let text = format!("This patient does not have samples of both “{before}” and “{after}”.");
        blocks.push(Block::Paragraph(text));
    }
    blocks
}

fn changes(patient: &PatientChange, change: &CohortChange) -> Table {
    let caption = "Ratio after to before, with the exact 95 % interval of the counts; of percents and grades the difference, after \
                   less before. Counting is not all, for another piece of the same tumour has another infiltrate";
    let (before, after) = (format!("#{}", change.samples.before), format!("#{}", change.samples.after));
    let columns = ["Marker and region".to_owned(), before, after, "#Change".to_owned(), "#95 % interval".to_owned()];
    let mut table = Table::with_columns(caption, columns.to_vec());
    for it in &patient.components {
        let value = |side: Option<Measured>| or_dash(side, |side| wording::value(it.measure, side.value));
        let ratio = it.ratio();
        let interval = ratio.and_then(|it| {
            let upper = it.upper.map_or_else(|| "no bound".to_owned(), format::ratio);
            Some(format!("{}–{upper}", format::ratio(it.lower?)))
        });
        table.push_texts(vec![
            it.component.to_string(),
            value(it.before),
            value(it.after),
            or_dash(change_of(it), |it| it),
            or_dash(interval, |it| it),
        ]);
    }
    table
}

/// The ratio of two measurements, or their difference with its unit.
fn change_of(it: &MeasuredTwice) -> Option<String> {
    let ratio = it.ratio().and_then(|it| it.ratio).map(format::ratio);
    ratio.or_else(|| it.difference().map(|difference| wording::difference(it.measure, difference)))
}

/// What was measured of each marker and region; the standards are those of the markers, in their order.
fn measured(patient: &PatientContexture, standards: &[ComponentStandard]) -> Table {
    let has_intervals = patient.markers.iter().any(|it| it.value_lower.is_some());
    let columns = ["Marker and region", "Sign", "#Measured"].into_iter();
    let columns = columns.chain(has_intervals.then_some("#95 % interval")).chain(["#Percentile", "Remarks"]);
    let caption = if has_intervals {
        "One row for each marker and region. Intervals are exact Poisson 95 % intervals of the count"
    } else {
        "One row for each marker and region"
    };
    let mut table = Table::with_columns(caption, columns.map(str::to_owned).collect());
    for (it, standard) in patient.markers.iter().zip(standards) {
        let mut remarks: Vec<&str> = it.flags.iter().map(|it| it.description()).collect();
        // What is missing or refused is said by its flag.
        let said = |it: &NoPercentile| !matches!(it, NoPercentile::NotMeasured | NoPercentile::NotUsable);
        remarks.extend(it.no_percentile.filter(said).map(NoPercentile::description));
        remarks.extend((standard.is_constant && it.percentile.is_some()).then_some(CONSTANT));
        let mut row =
            vec![it.component.to_string(), sign(it.sign), or_dash(it.value, |value| wording::value(it.measure, value))];
        row.extend(has_intervals.then(|| or_dash(format::density_interval(it.value_lower, it.value_upper), |it| it)));
        row.extend([or_dash(it.percentile, |it| format::points(it.value())), remarks.join("; ")]);
        table.push_texts(row);
    }
    table
}
