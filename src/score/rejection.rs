//! Why a patient has no score.

use super::{Absence, ComponentProfile, Flag, PatientMeasurements, Rejection, RejectionReason};
use crate::model::Measurement;
use crate::protocol::{ComponentSpec, Pooling, Protocol};

/// Why the patient lacks components; empty if every component is usable.
pub(super) fn of_components(
    patient: &PatientMeasurements,
    profile: &[ComponentProfile],
    specs: &[ComponentSpec],
    protocol: &Protocol,
) -> Vec<Rejection> {
    let each = profile.iter().zip(&patient.components).enumerate();
    each.filter_map(|(at, (profile, measured))| {
        let (reason, found, expected) = match measured {
            None => absent(patient, at, &specs[at], protocol.pooling),
            Some(measured) => unusable(profile, measured, &specs[at], protocol)?,
        };
        let found = format!("{}: {found}", profile.component);
        Some(Rejection { patient_id: patient.patient_id.clone(), reason, found, expected })
    })
    .collect()
}

/// The reason of a patient who could be a patient of any centre.
pub(super) fn centre_missing(patient: &PatientMeasurements) -> Rejection {
    Rejection {
        patient_id: patient.patient_id.clone(),
        reason: RejectionReason::CentreMissing,
        found: "no centre".to_owned(),
        expected: "a centre in the clinical table, so that its patients can be left out of the reference".to_owned(),
    }
}

/// Why there is no score although every component is usable.
pub(super) fn undefined(patient: &PatientMeasurements, profile: &[ComponentProfile]) -> Rejection {
    let names: Vec<String> = profile.iter().map(|it| it.component.to_string()).collect();
    Rejection {
        patient_id: patient.patient_id.clone(),
        reason: RejectionReason::ScoreUndefined,
        found: format!("{} are 0", names.join(" and ")),
        expected: "one of them above 0".to_owned(),
    }
}

type Reason = (RejectionReason, String, String);

fn absent(patient: &PatientMeasurements, at: usize, spec: &ComponentSpec, pooling: Pooling) -> Reason {
    let whole = || spec.of.as_ref().map(ToString::to_string).unwrap_or_default();
    let known = patient.absences.iter().find(|it| it.0 == at).map(|it| it.1);
    let (reason, found, expected) = match known {
        Some(Absence::NotPooled) => (
            RejectionReason::SamplesNotPooled,
            "several samples, not all with a count and an area".to_owned(),
            "n_cells and area_mm2 of every sample".to_owned(),
        ),
        Some(Absence::WholeMissing) => (
            RejectionReason::ComponentMissing,
            format!("no count of {}", whole()),
            format!("n_cells of {} in {}", whole(), spec.region),
        ),
        Some(Absence::WholeEmpty) => (
            RejectionReason::TooFewCells,
            format!("0 {}", whole()),
            "1 or more, of which a share can be taken".to_owned(),
        ),
        None if matches!(pooling, Pooling::MostInfiltratedBlock | Pooling::LeastInfiltratedBlock) => (
            RejectionReason::ComponentMissing,
            "no block has every component".to_owned(),
            "one block with every component".to_owned(),
        ),
        None => (
            RejectionReason::ComponentMissing,
            "no measurement".to_owned(),
            format!("a {} of every component", spec.measure.word().replace('_', " ")),
        ),
    };
    (reason, found, expected)
}

fn unusable(
    profile: &ComponentProfile,
    measured: &Measurement,
    spec: &ComponentSpec,
    protocol: &Protocol,
) -> Option<Reason> {
    let limits = &protocol.quality;
    if let Some(area) = measured.least_area.filter(|_| profile.flags.contains(&Flag::AreaTooSmall)) {
        let expected = format!("{} mm² or more", limits.area_fail_mm2);
        return Some((RejectionReason::AreaTooSmall, format!("{:.4} mm²", area.mm2()), expected));
    }
    if profile.flags.contains(&Flag::TooFewCells) {
        let of = spec.of.as_ref().map(ToString::to_string).unwrap_or_default();
        let found = format!("{} {of}", measured.n_whole.unwrap_or_default());
        let expected = format!("{} or more", protocol.min_denominator.unwrap_or_default());
        return Some((RejectionReason::TooFewCells, found, expected));
    }
    profile.flags.contains(&Flag::DensityImplausible).then(|| {
        let found = format!("{:.1} cells/mm²", measured.amount.get());
        let expected = format!("{} cells/mm² or fewer", limits.density_max_cells_per_mm2);
        (RejectionReason::DensityImplausible, found, expected)
    })
}
