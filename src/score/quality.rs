//! Whether a measurement is good enough to be scored.

use super::{Flag, Flags};
use crate::model::{Area, Measurement};
use crate::protocol::{ComponentSpec, Measure, QualityLimits};

/// What of a measurement decides whether it can be scored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Basis {
    pub(super) amount: f64,
    pub(super) least_area_mm2: Option<f64>,
    pub(super) n_whole: Option<u64>,
}

impl Basis {
    fn of(measured: &Measurement) -> Self {
        let least_area_mm2 = measured.least_area.map(Area::mm2);
        Self { amount: measured.amount.get(), least_area_mm2, n_whole: measured.n_whole }
    }
}

/// The rules by which the measurements of a protocol are flagged.
#[derive(Clone, Debug)]
pub(super) struct Checks {
    limits: QualityLimits,
    min_denominator: Option<u64>,
    measures: Vec<Measure>,
    neighbours: Vec<Neighbours>,
}

/// Two densities of one region.
#[derive(Clone, Copy, Debug)]
struct Neighbours {
    here: usize,
    there: usize,
    is_cd8_beside_cd3: bool,
}

impl Checks {
    pub(super) fn new(specs: &[ComponentSpec], limits: &QualityLimits, min_denominator: Option<u64>) -> Self {
        let is_density = |it: &usize| specs[*it].measure == Measure::Density;
        let places = || (0..specs.len()).filter(is_density);
        let pairs = places().flat_map(|here| places().map(move |there| (here, there)));
        let pairs = pairs.filter(|(here, there)| here != there && specs[*here].region == specs[*there].region);
        let neighbours = pairs.map(|(here, there)| {
            let is_cd8_beside_cd3 = specs[here].marker.as_str() == "CD8" && specs[there].marker.as_str() == "CD3";
            Neighbours { here, there, is_cd8_beside_cd3 }
        });
        Self {
            limits: *limits,
            min_denominator,
            measures: specs.iter().map(|it| it.measure).collect(),
            neighbours: neighbours.collect(),
        }
    }

    /// The flags of each component of one patient: absences, small areas, implausible densities, too few cells in a share, and
    /// markers of one region that contradict each other.
    ///
    /// `measurements` has one entry a component, in the protocol's order; so has `flags`, which is overwritten.
    pub(super) fn flag(&self, measurements: &[Option<Measurement>], flags: &mut Vec<Flags>) {
        let each = measurements.iter().zip(&self.measures);
        flags.clear();
        flags.extend(each.map(|(measured, measure)| self.alone(measured.as_ref().map(Basis::of), *measure)));
        for Neighbours { here, there, is_cd8_beside_cd3 } in &self.neighbours {
            let (Some(a), Some(b)) = (&measurements[*here], &measurements[*there]) else { continue };
            // METHOD: nearly all CD8+ T cells carry CD3; the margin allows for adjacent sections, which are not the same
            // cells.
            if *is_cd8_beside_cd3 && a.amount.get() > self.limits.cd8_over_cd3_max * b.amount.get() {
                flags[*here].insert(Flag::Cd8AboveCd3);
            }
            if let (Some(a), Some(b)) = (a.area, b.area)
                && a.mm2().max(b.mm2()) > self.limits.area_ratio_max * a.mm2().min(b.mm2())
            {
                flags[*here].insert(Flag::AreaMismatch);
            }
        }
    }

    /// [`flag`](Self::flag) in a list of its own.
    pub(super) fn flags(&self, measurements: &[Option<Measurement>]) -> Vec<Flags> {
        let mut flags = Vec::new();
        self.flag(measurements, &mut flags);
        flags
    }

    /// The amount of a component, by its place, where it is good enough to be scored; what the others say never refuses it.
    #[inline]
    pub(super) fn usable(&self, component: usize, measured: Option<Basis>) -> Option<f64> {
        measured.filter(|_| !self.alone(measured, self.measures[component]).fail()).map(|it| it.amount)
    }

    /// What can be said of a measurement without looking at the others.
    #[inline]
    fn alone(&self, measured: Option<Basis>, measure: Measure) -> Flags {
        let Some(measured) = measured else { return Flags::from_iter([Flag::Missing]) };
        if self.min_denominator.is_some() && measure.is_ratio_of_cells() {
            // METHOD: a percent that a pathologist read has no count; that there were enough cells is for the pathologist to say. It
            // is used, with a flag.
            let flag = match measured.n_whole {
                None => Some(Flag::CellsNotCounted),
                found => (found < self.min_denominator).then_some(Flag::TooFewCells),
            };
            return flag.into_iter().collect();
        }
        if measure == Measure::Density { density_alone(&measured, &self.limits) } else { Flags::default() }
    }
}

/// What can be said of a density without looking at the others.
fn density_alone(measured: &Basis, limits: &QualityLimits) -> Flags {
    let mut flags = Flags::default();
    if let Some(area_mm2) = measured.least_area_mm2 {
        if area_mm2 < limits.area_fail_mm2 {
            flags.insert(Flag::AreaTooSmall);
        } else if area_mm2 < limits.area_warn_mm2 {
            flags.insert(Flag::AreaSmall);
        }
    }
    if measured.amount > limits.density_max_cells_per_mm2 {
        flags.insert(Flag::DensityImplausible);
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Density, Marker, Region};
    use crate::protocol::Protocol;

    const LIMITS: QualityLimits = QualityLimits {
        area_warn_mm2: 1.0,
        area_fail_mm2: 0.25,
        density_max_cells_per_mm2: 20_000.0,
        cd8_over_cd3_max: 1.1,
        area_ratio_max: 2.0,
    };

    fn measured(n_cells: u64, mm2: f64) -> Measurement {
        let area = Area::try_from(mm2).unwrap();
        let density = Density::from_count(n_cells, area);
        Measurement {
            n_cells: Some(n_cells),
            n_whole: None,
            area: Some(area),
            least_area: Some(area),
            amount: density.into(),
            dispersion: None,
            n_samples: 1,
        }
    }

    fn flags(
        specs: &[ComponentSpec],
        measured: &[Option<Measurement>],
        min_denominator: Option<u64>,
    ) -> Vec<Vec<Flag>> {
        let flags = Checks::new(specs, &LIMITS, min_denominator).flags(measured);
        flags.into_iter().map(|it| it.iter().collect()).collect()
    }

    fn flags_of(cd3: Measurement, cd8: impl Into<Option<Measurement>>) -> Vec<Vec<Flag>> {
        let specs = ["CD3", "CD8"].map(|it| ComponentSpec::density(Marker::from(it), Region::from("CT")));
        flags(&specs, &[Some(cd3), cd8.into()], None)
    }

    #[test]
    fn a_good_pair_has_no_flag() {
        assert_eq!(flags_of(measured(500, 5.0), measured(200, 5.5)), [vec![], vec![]]);
    }

    #[test]
    fn too_little_tissue_is_no_measurement_and_little_tissue_is_flagged() {
        let found = flags_of(measured(50, 0.249), measured(50, 0.25));
        assert_eq!(found, [vec![Flag::AreaTooSmall], vec![Flag::AreaSmall]]);
        assert_eq!(flags_of(measured(50, 1.0), None), [vec![], vec![Flag::Missing]]);
    }

    #[test]
    fn cd8_above_cd3_is_flagged_from_a_tenth_on() {
        assert_eq!(flags_of(measured(100, 1.0), measured(110, 1.0))[1], []);
        assert_eq!(flags_of(measured(100, 1.0), measured(111, 1.0))[1], [Flag::Cd8AboveCd3]);
        assert_eq!(flags_of(measured(0, 1.0), measured(0, 1.0))[1], []);
    }

    #[test]
    fn areas_that_differ_more_than_twofold_are_flagged_on_both_sides() {
        assert_eq!(flags_of(measured(100, 4.0), measured(40, 2.0)), [vec![], vec![]]);
        let found = flags_of(measured(100, 4.1), measured(40, 2.0));
        assert_eq!(found, [vec![Flag::AreaMismatch], vec![Flag::AreaMismatch]]);
    }

    #[test]
    fn more_cells_than_tissue_holds_is_flagged() {
        assert_eq!(flags_of(measured(20_001, 1.0), None)[0], [Flag::DensityImplausible]);
    }

    #[test]
    fn fewer_than_100_viable_tumour_cells_are_not_evaluable() {
        let protocol = Protocol::preset("pd-l1-tps").unwrap();
        let of = |n_whole| {
            let measured = Measurement { n_cells: Some(9), n_whole, ..measured(9, 1.0) };
            flags(&protocol.specs(), &[Some(measured)], protocol.min_denominator)
        };
        assert_eq!(of(Some(99)), [[Flag::TooFewCells]]);
        assert_eq!(of(Some(100)), [[]]);
        assert_eq!(of(None), [[Flag::CellsNotCounted]]);
    }
}
