//! Why a patient has no score.

use super::{Absence, Flag, Flags, Measurements, Rejection, RejectionReason};
use crate::model::Measurement;
use crate::protocol::{ComponentSpec, Protocol};

/// A patient without a score.
#[derive(Clone, Copy)]
pub(super) struct Refused<'a> {
    pub(super) measurements: &'a Measurements,
    pub(super) patient: usize,
    pub(super) specs: &'a [ComponentSpec],
    pub(super) protocol: &'a Protocol,
}

impl Refused<'_> {
    fn because(&self, (reason, found, expected): Reason) -> Rejection {
        let patient_id = self.measurements.patient_ids()[self.patient].clone();
        Rejection { patient_id, reason, found, expected }
    }

    /// Why the patient lacks components; empty if every component is usable. Lists have one entry a component.
    pub(super) fn components(&self, measured: &[Option<Measurement>], flags: &[Flags]) -> Vec<Rejection> {
        let each = measured.iter().zip(flags).enumerate();
        each.filter_map(|(at, (measured, flags))| {
            let (reason, found, expected) = match measured {
                None => self.absent(at),
                Some(measured) => unusable(*flags, measured, &self.specs[at], self.protocol)?,
            };
            Some(self.because((reason, format!("{}: {found}", self.specs[at].component()), expected)))
        })
        .collect()
    }

    /// That a score is made of fewer components, and of how many the patient has; absent if it needs all of them, or has enough.
    pub(super) fn too_few(&self, n_usable: usize) -> Option<Rejection> {
        let least = self.protocol.min_components.filter(|it| n_usable < *it)?;
        let found = format!("{n_usable} of {} components, {least} needed", self.specs.len());
        Some(self.because((RejectionReason::TooFewComponents, found, format!("{least} or more components"))))
    }

    /// The reason of a patient who could be a patient of any centre.
    pub(super) fn centre_missing(&self) -> Rejection {
        let expected = "a centre in the clinical table, so that its patients can be left out of the reference";
        self.because((RejectionReason::CentreMissing, "no centre".to_owned(), expected.to_owned()))
    }

    /// Why there is no score although every component is usable.
    pub(super) fn undefined(&self) -> Rejection {
        let names: Vec<String> = self.specs.iter().map(|it| it.component().to_string()).collect();
        let found = format!("{} are 0", names.join(" and "));
        self.because((RejectionReason::ScoreUndefined, found, "one of them above 0".to_owned()))
    }

    fn absent(&self, component: usize) -> Reason {
        let spec = &self.specs[component];
        let whole = || spec.of.as_ref().map(ToString::to_string).unwrap_or_default();
        let (reason, found, expected) = match self.measurements.absence(self.patient, component) {
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
            None => {
                let expected = format!("a {} of every component", spec.measure.word().replace('_', " "));
                let (found, expected) = match self.measurements.sample_ids().get(self.patient) {
                    Some(sample) => {
                        (format!("no measurement on sample '{sample}'"), format!("{expected} on one sample"))
                    }
                    None => ("no measurement".to_owned(), expected),
                };
                (RejectionReason::ComponentMissing, found, expected)
            }
        };
        (reason, found, expected)
    }
}

type Reason = (RejectionReason, String, String);

fn unusable(flags: Flags, measured: &Measurement, spec: &ComponentSpec, protocol: &Protocol) -> Option<Reason> {
    let limits = &protocol.quality;
    if let Some(area) = measured.least_area.filter(|_| flags.contains(Flag::AreaTooSmall)) {
        let expected = format!("{} mm² or more", limits.area_fail_mm2);
        return Some((RejectionReason::AreaTooSmall, format!("{:.4} mm²", area.mm2()), expected));
    }
    if flags.contains(Flag::TooFewCells) {
        let of = spec.of.as_ref().map(ToString::to_string).unwrap_or_default();
        let found = format!("{} {of}", measured.n_whole.unwrap_or_default());
        let expected = format!("{} or more", protocol.min_denominator.unwrap_or_default());
        return Some((RejectionReason::TooFewCells, found, expected));
    }
    flags.contains(Flag::DensityImplausible).then(|| {
        let found = format!("{:.1} cells/mm²", measured.amount.get());
        let expected = format!("{} cells/mm² or fewer", limits.density_max_cells_per_mm2);
        (RejectionReason::DensityImplausible, found, expected)
    })
}
