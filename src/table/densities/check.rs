//! What a protocol says of the values of a sample that the table's own checks cannot know.

use std::collections::BTreeSet;

use super::pooling::SampleRow;
use crate::error::{Error, Result};
use crate::model::{Amount, Component};
use crate::protocol::{ComponentSpec, Measure, Protocol};

/// A percent that a person read may be off by this much, for it is given in whole numbers.
const HALF_A_PERCENT: f64 = 0.5;

/// Refuses samples of a patient that hold a part of cells above its whole, parts that exclude each other and are more than
/// their whole together, or a grade that there is not.
///
/// # Errors
///
/// [`Error::Unanswerable`], which names the sample and the patient.
pub(super) fn samples(
    samples: &[SampleRow<'_>],
    specs: &[ComponentSpec],
    protocol: &Protocol,
    patient_id: &str,
) -> Result<()> {
    let refused = |sample_id: &str, problem: String| Error::Unanswerable {
        problem: format!("sample '{sample_id}' of patient '{patient_id}' {problem}"),
    };
    for sample in samples {
        if let Some(problem) = of_one(sample, &specs[sample.component]) {
            return Err(refused(sample.sample_id, problem));
        }
    }
    if !protocol.exclusive_parts {
        return Ok(());
    }
    let own = protocol.specs();
    let is_part = |it: &&SampleRow<'_>| {
        let spec = &specs[it.component];
        protocol.is_exclusive_part(spec) && own.contains(spec)
    };
    let mut parts: Vec<&SampleRow<'_>> = samples.iter().filter(is_part).collect();
    parts.sort_by_key(|it| it.component);
    let whole_of = |it: &SampleRow<'_>| specs[it.component].whole().expect("a share of cells has a whole");
    let wholes: BTreeSet<(&str, Component)> = parts.iter().map(|it| (it.sample_id, whole_of(it))).collect();
    for (sample_id, whole) in wholes {
        let of_whole = parts.iter().copied().filter(|it| it.sample_id == sample_id && whole_of(it) == whole);
        if let Some(problem) = of_parts(&of_whole.collect::<Vec<_>>(), specs, &whole) {
            return Err(refused(sample_id, problem));
        }
    }
    Ok(())
}

/// What is wrong with one value; absent if nothing is.
fn of_one(sample: &SampleRow<'_>, spec: &ComponentSpec) -> Option<String> {
    let name = spec.component();
    match (sample.n_cells, sample.n_whole, sample.amount, spec.highest) {
        (Some(n), Some(whole), ..) if spec.measure == Measure::PercentOfCells && n > whole => Some(format!(
            "counts {n} {name} among {whole} {}; a part cannot exceed its whole",
            spec.of.as_ref().map(ToString::to_string).unwrap_or_default()
        )),
        (.., Some(amount), Some(highest)) if amount.get() > highest => {
            Some(format!("has grade {} of {name}, the highest is {highest}", amount.get()))
        }
        (.., Some(amount), Some(highest)) if spec.measure == Measure::Grade && amount.get().fract() != 0.0 => {
            Some(format!("has grade {} of {name}, expected a whole number from 0 to {highest}", amount.get()))
        }
        _ => None,
    }
}

/// What is wrong with parts of one whole that exclude each other; absent if nothing is.
fn of_parts(parts: &[&SampleRow<'_>], specs: &[ComponentSpec], whole: &Component) -> Option<String> {
    let names: Vec<String> = parts.iter().map(|it| specs[it.component].component().to_string()).collect();
    let names = names.join(", ");
    let counted: Option<Vec<(u64, u64)>> = parts.iter().map(|it| it.n_cells.zip(it.n_whole)).collect();
    let (sum, most) = if let Some(counted) = counted {
        let (sum, n_whole) = (counted.iter().map(|it| it.0).sum::<u64>(), counted.iter().map(|it| it.1).max()?);
        (sum > n_whole).then(|| (format!("{sum} cells"), n_whole.to_string()))?
    } else {
        let sum = parts.iter().filter_map(|it| it.amount).map(Amount::get).sum::<f64>();
        // METHOD: percents that a person read are whole numbers, which together may be half a percent a part too many.
        (sum > 100.0 + HALF_A_PERCENT * parts.len() as f64).then(|| (format!("{sum} %"), "100 %".to_owned()))?
    };
    Some(format!(
        "has {sum} of {names} together, which are parts of {most} {}; parts that exclude each other cannot exceed their whole",
        whole.marker
    ))
}
