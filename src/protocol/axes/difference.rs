//! What one table of axes says otherwise than another.

use super::{Axes, Axis, AxisMarker};

/// What is said otherwise of an axis, or of a marker on one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AxesChange {
    /// What it is said of, such as `axis macrophages` or `CD68 on axis macrophages`.
    pub subject: String,
    /// What is said of it: label and dimension of a new axis, sign and measure of a new marker; else each value that differs and
    /// the one that it stands in place of.
    pub change: String,
}

impl Axes {
    /// What is new here or said otherwise than in another table: axes, then markers, in the order of the axes.
    pub fn changes_from(&self, other: &Self) -> Vec<AxesChange> {
        let axes = self.axes.iter().filter_map(|it| {
            let before = other.axes.iter().find(|before| before.name == it.name);
            let change = of_axis(it, before);
            (!change.is_empty()).then(|| AxesChange { subject: format!("axis {}", it.name), change })
        });
        let markers = self.markers.iter().filter_map(|it| {
            let before = other.markers.iter().find(|before| before.marker == it.marker && before.axis == it.axis);
            let change = of_marker(it, before);
            (!change.is_empty()).then(|| AxesChange { subject: format!("{} on axis {}", it.marker, it.axis), change })
        });
        axes.chain(markers).collect()
    }
}

fn of_axis(axis: &Axis, before: Option<&Axis>) -> String {
    let Some(before) = before else {
        return format!("new, '{}', dimension '{}'", axis.label, axis.dimension.word());
    };
    let covariates = |it: &Axis| (!it.covariates.is_empty()).then(|| it.covariates.join(", "));
    in_words([
        in_place("label", Some(&axis.label), Some(&before.label)),
        in_place("dimension", Some(axis.dimension.word()), Some(before.dimension.word())),
        in_place("covariates", covariates(axis).as_deref(), covariates(before).as_deref()),
    ])
}

fn of_marker(marker: &AxisMarker, before: Option<&AxisMarker>) -> String {
    let (sign, measure) = (marker.sign.word(), marker.measure.word());
    let Some(before) = before else {
        return format!("new, sign '{sign}', measure '{measure}'");
    };
    let confidence = |it: &AxisMarker| it.confidence.map(super::Confidence::word);
    in_words([
        in_place("sign", Some(sign), Some(before.sign.word())),
        in_place("measure", Some(measure), Some(before.measure.word())),
        in_place("confidence", confidence(marker), confidence(before)),
        in_place("source", marker.source.as_deref(), before.source.as_deref()),
        in_place("note", marker.note.as_deref(), before.note.as_deref()),
    ])
}

/// A value and the one that it stands in place of; absent if they are the same.
fn in_place(what: &str, value: Option<&str>, before: Option<&str>) -> Option<String> {
    let shown = |it: Option<&str>| it.map_or_else(|| "none".to_owned(), |it| format!("'{it}'"));
    (value != before).then(|| format!("{what} {} in place of {}", shown(value), shown(before)))
}

fn in_words<const N: usize>(changes: [Option<String>; N]) -> String {
    changes.into_iter().flatten().collect::<Vec<_>>().join("; ")
}
