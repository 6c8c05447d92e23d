//! Whether patients of a batch are compared with themselves: then no drift shows, whatever became of the stain.

use super::Batch;
use crate::score::reference::{Reference, takes_part};
use crate::score::{UsableValues, n_patients, same_values};

/// What says so of a batch, in sentences: that it is the reference, or another batch; that its patients are of the reference; that
/// it has patients twice.
pub(super) fn reasons(reference: &Reference, n_components: usize, batches: &[Batch], place: usize) -> Vec<String> {
    let batch = &batches[place];
    let is_something = |densities: &[f64]| densities.iter().any(|it| *it > 0.0);
    if !(0..n_components).any(|at| is_something(&batch.densities(at))) {
        return Vec::new();
    }
    let with = |other: String| {
        format!("batch '{}' has the same densities as {other}: the same patients, compared with themselves", batch.name)
    };
    let of_reference = if is_reference(reference, n_components, batch) {
        Some(with(format!("reference '{}'", reference.file.name)))
    } else {
        held_by_reference(reference, batch)
    };
    // METHOD: the densities of two groups of patients are never all the same.
    let twins = batches.iter().enumerate().filter(|(at, other)| {
        *at != place && (0..n_components).all(|component| other.densities(component) == batch.densities(component))
    });
    let twins = twins.map(|(_, other)| with(format!("batch '{}'", other.name)));
    of_reference.into_iter().chain(twins).chain(same_values::remark(&batch.rows)).collect()
}

/// Whether a batch has the values of the reference, all of them and no others.
fn is_reference(reference: &Reference, n_components: usize, batch: &Batch) -> bool {
    // Of a batch that is the table of the reference, the patients who were left out of the reference are no difference.
    let rows = batch.rows.iter().filter(|it| takes_part(&it.values, reference.file.built_from)).cloned().collect();
    let taking_part = Batch { name: batch.name.clone(), rows };
    (0..n_components).all(|at| reference.distribution(at).values().is_some_and(|it| it == taking_part.densities(at)))
}

/// That half of the patients of a batch or more are of the reference; absent of fewer.
///
/// METHOD: a file of values does not say which of them are one patient's. One that has in every component a value above 0 that the
/// reference holds exactly once is taken for its patient; values that many have, as rounded ones, tell nothing. Half of a batch,
/// for some value of a few may be met by chance.
fn held_by_reference(reference: &Reference, batch: &Batch) -> Option<String> {
    let is_held_once = |at: usize, value: f64| {
        let Some(values) = reference.distribution(at).values() else { return false };
        let (n_below, n_up_to) = (values.partition_point(|it| *it < value), values.partition_point(|it| *it <= value));
        value > 0.0 && n_up_to - n_below == 1
    };
    let is_held = |row: &&UsableValues| {
        row.values.iter().enumerate().all(|(at, value)| value.is_some_and(|it| is_held_once(at, it)))
    };
    let n_held = UsableValues::n_patients(batch.rows.iter().filter(is_held));
    let n_all = UsableValues::n_patients(&batch.rows);
    (n_held > 0 && 2 * n_held >= n_all).then(|| {
        format!(
            "{n_held} of the {} have, in every component, a value that reference '{}' holds once: they seem to be its patients, \
             compared with themselves",
            n_patients(n_all),
            reference.file.name
        )
    })
}
