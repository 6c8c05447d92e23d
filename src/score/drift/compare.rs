//! The comparison of batches with a reference.

use super::{
    BatchDrift, ComponentDrift, ControlChart, FAR_PERCENT, FEW_IN_BATCH, SIGNIFICANCE, Verdict, same_patients,
};
use crate::agreement::control_chart::{Control, Point, Rule, chart};
use crate::agreement::stability_index::Band;
use crate::agreement::{anderson_darling, design_effect, kolmogorov_smirnov, location_shift, stability_index};
use crate::error::{Error, Result};
use crate::model::Component;
use crate::score::UsableValues;
use crate::score::bands::bands;
use crate::score::reference::Reference;
use crate::survival::multiplicity::{self, Method};

/// `z_0.975 + z_0.8`: two-sided 5 %, found in 4 of 5 cases.
const POWER_QUANTILES: f64 = 1.959_963_984_540_054 + 0.841_621_233_572_914_3;

/// The usable densities of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Its name.
    pub name: String,
    /// One row a patient, or a sample; one entry a component of the protocol.
    pub rows: Vec<UsableValues>,
}

impl Batch {
    /// The densities of a component, ascending.
    pub(super) fn densities(&self, component: usize) -> Vec<f64> {
        let mut densities: Vec<f64> = self.rows.iter().filter_map(|it| it.values[component]).collect();
        densities.sort_by(f64::total_cmp);
        densities
    }

    /// The design effect of a mean over the densities of a component, of which patients may have several.
    ///
    /// METHOD: samples of one patient of the batch go together as those of the reference do: if nothing drifted, they are the
    /// same, and a few patients would tell little of it.
    fn design_effect(&self, reference: &Reference, component: usize) -> f64 {
        let usable = self.rows.iter().filter(|it| it.values[component].is_some()).collect::<Vec<_>>();
        let samples = usable.chunk_by(|one, next| one.patient == next.patient).map(<[_]>::len);
        design_effect::of_mean(samples, reference.correlation_within(component))
    }
}

/// Compares batches, in their order, with a reference: drift of each batch, and the control chart of each component.
///
/// # Errors
///
/// * [`Error::Unanswerable`] if no batch has a usable density of any component.
/// * [`Error::OutOfRange`] if a density is not finite or below 0.
pub fn compare(
    reference: &Reference,
    components: &[Component],
    batches: &[Batch],
) -> Result<(Vec<BatchDrift>, Vec<ControlChart>)> {
    if batches.iter().all(|it| it.rows.iter().flat_map(|it| &it.values).all(Option::is_none)) {
        let names: Vec<String> = components.iter().map(ToString::to_string).collect();
        return Err(Error::Unanswerable {
            problem: format!(
                "no patient of the batch has a usable density of {}, so there is nothing to compare with the reference",
                names.join(", ")
            ),
        });
    }
    let charts: Vec<ControlChart> = components
        .iter()
        .enumerate()
        .filter_map(|(at, component)| control_chart(reference, component, batches, at).transpose())
        .collect::<Result<_>>()?;
    let drift = |(place, batch): (usize, &Batch)| {
        let point = |component: usize| charts.get(component).and_then(|it| it.points.get(place));
        let mut drift = batch_drift(reference, components, batch, point)?;
        let same = same_patients::reasons(reference, components.len(), batches, place);
        if !same.is_empty() {
            drift.verdict = drift.verdict.max(Verdict::Look);
            drift.reasons.extend(same);
        }
        Ok(drift)
    };
    Ok((batches.iter().enumerate().map(drift).collect::<Result<_>>()?, charts))
}

/// The chart of a component; absent where the reference is a table of quantiles.
fn control_chart(
    reference: &Reference,
    component: &Component,
    batches: &[Batch],
    at: usize,
) -> Result<Option<ControlChart>> {
    let Some(values) = reference.distribution(at).values() else { return Ok(None) };
    // METHOD: limits from the patients of the reference: it is one cohort, of which no batches are known.
    let control = Control::of_patients(values)?;
    let charted: Vec<_> = batches.iter().map(|it| (it.densities(at), it.design_effect(reference, at))).collect();
    let points = control.as_ref().map_or_else(|| Ok(Vec::new()), |it| chart(it, &charted))?;
    Ok(Some(ControlChart { component: component.clone(), control, points }))
}

fn batch_drift<'a>(
    reference: &Reference,
    components: &[Component],
    batch: &Batch,
    point: impl Fn(usize) -> Option<&'a Point>,
) -> Result<BatchDrift> {
    let mut drifts: Vec<ComponentDrift> = components
        .iter()
        .enumerate()
        .map(|(at, component)| component_drift(reference, component, batch, at))
        .collect::<Result<_>>()?;
    // METHOD: Holm over the components of one batch: whatever their dependence, a batch without drift has some component
    // called different in at most 5 % of cases.
    let p_values = |of: fn(&ComponentDrift) -> Option<f64>| -> Result<Vec<Option<f64>>> {
        multiplicity::adjust(&drifts.iter().map(of).collect::<Vec<_>>(), Method::Holm)
    };
    let by_anderson_darling = p_values(|it| Some(it.anderson_darling?.p_value))?;
    let by_kolmogorov_smirnov = p_values(|it| Some(it.kolmogorov_smirnov?.p_value))?;
    for (at, drift) in drifts.iter_mut().enumerate() {
        drift.anderson_darling_holm_p_value = by_anderson_darling[at];
        drift.kolmogorov_smirnov_holm_p_value = by_kolmogorov_smirnov[at];
        let n_patients = UsableValues::n_patients(batch.rows.iter().filter(|it| it.values[at].is_some()));
        (drift.verdict, drift.reasons) = verdict(drift, point(at), n_patients);
        let has_repeats = reference.file.within_patient.is_none() && drift.n > n_patients;
        if (has_repeats || reference.file.lacks_within_patient()) && drift.verdict == Verdict::DoNotScore {
            // METHOD: without the correlation of samples of one patient the tests take them as unrelated, and find too much: of
            // cohorts without drift, four samples a patient, a sixth would not be scored.
            drift.verdict = Verdict::Look;
            drift
                .reasons
                .push("the reference does not say how samples of one patient go together (within_patient)".to_owned());
        }
    }
    let verdict = drifts.iter().map(|it| it.verdict).max().unwrap_or(Verdict::NoDriftSeen);
    let reasons = drifts.iter().filter(|it| !it.reasons.is_empty());
    let reasons = reasons.map(|it| format!("{}: {}", it.component, it.reasons.join(", "))).collect();
    Ok(BatchDrift {
        batch: batch.name.clone(),
        n_patients: UsableValues::n_patients(&batch.rows),
        verdict,
        reasons,
        components: drifts,
    })
}

fn component_drift(reference: &Reference, component: &Component, batch: &Batch, at: usize) -> Result<ComponentDrift> {
    let distribution = reference.distribution(at);
    let densities = batch.densities(at);
    let standings: Vec<_> = densities.iter().map(|&it| distribution.standing(it)).collect();
    let percentiles: Vec<f64> = standings.iter().map(|it| it.percentile(reference.tie_rule).value()).collect();
    let mut drift = ComponentDrift {
        component: component.clone(),
        n: densities.len(),
        verdict: Verdict::NoDriftSeen,
        reasons: Vec::new(),
        stability_index: None,
        kolmogorov_smirnov: None,
        anderson_darling: None,
        anderson_darling_holm_p_value: None,
        kolmogorov_smirnov_holm_p_value: None,
        location_shift: None,
        smallest_visible_shift_percent: None,
        bands: bands(&percentiles),
        n_below: standings.iter().filter(|it| it.is_below_all()).count(),
        n_above: standings.iter().filter(|it| it.is_above_all()).count(),
    };
    if let Some(values) = distribution.values() {
        let design_effects = [reference.design_effect(at), batch.design_effect(reference, at)];
        let [of_reference, of_batch] = [(values.len(), design_effects[0]), (densities.len(), design_effects[1])];
        let of_difference = design_effect::of_difference(of_reference, of_batch);
        drift.stability_index = stability_index::compare(values, &densities)?.map(|it| it.corrected(of_difference));
        let distance = kolmogorov_smirnov::test(values, &densities)?;
        drift.kolmogorov_smirnov = distance.map(|it| it.corrected(of_difference));
        drift.anderson_darling = anderson_darling::test(values, &densities)?.map(|it| it.corrected(of_difference));
        drift.location_shift = location_shift::estimate(values, &densities)?.map(|it| it.corrected(of_difference));
        let std_dev = drift.location_shift.and_then(|it| it.reference.std_dev);
        drift.smallest_visible_shift_percent = std_dev.map(|std_dev| {
            let sizes = 1.0 / values.len() as f64 + 1.0 / densities.len() as f64;
            100.0 * (POWER_QUANTILES * std_dev * (of_difference * sizes).sqrt()).exp_m1()
        });
    }
    Ok(drift)
}

/// What is to be done by one component, and why.
fn verdict(drift: &ComponentDrift, point: Option<&Point>, n_patients: usize) -> (Verdict, Vec<String>) {
    let is_different = drift.anderson_darling_holm_p_value.is_some_and(|it| it < SIGNIFICANCE);
    // METHOD: what chance alone gives, 0.27 for 39 patients beside 240, is taken off the index before it is set in its bands, which
    // are of scorecards of thousands.
    let far_index = drift.stability_index.as_ref().filter(|it| Band::of(it.beyond_chance()) == Band::Shifted);
    let shift = drift.location_shift.and_then(|it| it.hodges_lehmann_shift_percent);
    let far_shift = shift.map(|it| it.estimate).filter(|it| it.abs() >= FAR_PERCENT);
    let is_few = n_patients < FEW_IN_BATCH;
    let broken = point.iter().flat_map(|it| &it.broken_rules).filter(|it| **it != Rule::OneBeyondTwo).count();

    let mut reasons = Vec::new();
    if is_few {
        reasons.push(format!("{n_patients} of the {FEW_IN_BATCH} patients that a comparison needs"));
    }
    if is_different {
        let who = if is_few { "what there is lies apart from" } else { "differs from" };
        reasons.push(format!("{who} the reference (Anderson–Darling, Holm)"));
        reasons.extend(
            far_index.map(|it| format!("stability index {:.2}, by chance {:.2}", it.index, it.expected_without_shift)),
        );
        reasons.extend(far_shift.map(|it| format!("densities moved by {it:+.0} %")));
    }
    if broken > 0 {
        reasons.push("out of control on its chart".to_owned());
    }
    if drift.stability_index.is_none() && drift.n > 0 {
        reasons.push("cannot be tested: the reference is a table of quantiles, or its values do not differ".to_owned());
    }
    // METHOD: the tests are right for few patients too, and a few may well differ; but whether that is the stain or these patients,
    // two of them do not tell.
    let verdict = match is_different && (far_index.is_some() || far_shift.is_some()) {
        true if !is_few => Verdict::DoNotScore,
        _ if reasons.is_empty() => Verdict::NoDriftSeen,
        _ => Verdict::Look,
    };
    (verdict, reasons)
}
