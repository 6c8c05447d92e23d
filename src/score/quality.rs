//! Whether a measurement is good enough to be scored.

use super::Flag;
use crate::model::Measurement;
use crate::protocol::{ComponentSpec, Measure, QualityLimits};

/// The flags of each component of one patient: absences, small areas, implausible densities, too few cells in a share, and
/// markers of one region that contradict each other.
///
/// `measurements` has one entry a component, in the same order; so has the result.
pub(super) fn flags(
    specs: &[ComponentSpec],
    measurements: &[Option<Measurement>],
    limits: &QualityLimits,
    min_denominator: Option<u64>,
) -> Vec<Vec<Flag>> {
    let of_one = |(spec, measured): (&ComponentSpec, &Option<Measurement>)| match measured {
        None => vec![Flag::Missing],
        Some(_) if min_denominator.is_some() && spec.measure.is_ratio_of_cells() => {
            // A percent that a pathologist read has no count; that there were enough cells is for the pathologist to say.
            let n_whole = measured.as_ref().and_then(|it| it.n_whole);
            if n_whole.is_some() && n_whole < min_denominator { vec![Flag::TooFewCells] } else { Vec::new() }
        }
        Some(it) if spec.measure == Measure::Density => density_alone(it, limits),
        Some(_) => Vec::new(),
    };
    let mut flags: Vec<Vec<Flag>> = specs.iter().zip(measurements).map(of_one).collect();

    let density = |at: usize| measurements[at].as_ref().filter(|_| specs[at].measure == Measure::Density);
    for at in 0..specs.len() {
        let neighbours = (0..specs.len()).filter(|&it| it != at && specs[it].region == specs[at].region);
        for other in neighbours {
            let (Some(here), Some(there)) = (density(at), density(other)) else { continue };
            let is_cd8_beside_cd3 = specs[at].marker.as_str() == "CD8" && specs[other].marker.as_str() == "CD3";
            // METHOD: nearly all CD8+ T cells carry CD3; the margin allows for adjacent sections, which are not the same
            // cells.
            if is_cd8_beside_cd3 && here.amount.get() > limits.cd8_over_cd3_max * there.amount.get() {
                flags[at].push(Flag::Cd8AboveCd3);
            }
            if let (Some(a), Some(b)) = (here.area, there.area)
                && a.mm2().max(b.mm2()) > limits.area_ratio_max * a.mm2().min(b.mm2())
            {
                flags[at].push(Flag::AreaMismatch);
            }
        }
    }
    for list in &mut flags {
        list.sort_unstable();
        list.dedup();
    }
    flags
}

/// What can be said of a density without looking at the others.
fn density_alone(measurement: &Measurement, limits: &QualityLimits) -> Vec<Flag> {
    let mut flags = Vec::new();
    if let Some(area) = measurement.least_area {
        if area.mm2() < limits.area_fail_mm2 {
            flags.push(Flag::AreaTooSmall);
        } else if area.mm2() < limits.area_warn_mm2 {
            flags.push(Flag::AreaSmall);
        }
    }
    if measurement.amount.get() > limits.density_max_cells_per_mm2 {
        flags.push(Flag::DensityImplausible);
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Area, Density, Marker, Region};
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

    fn flags_of(cd3: Measurement, cd8: impl Into<Option<Measurement>>) -> Vec<Vec<Flag>> {
        let specs = ["CD3", "CD8"].map(|it| ComponentSpec::density(Marker::from(it), Region::from("CT")));
        flags(&specs, &[Some(cd3), cd8.into()], &LIMITS, None)
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
            let measured = Measurement { n_cells: Some(9), n_whole: Some(n_whole), ..measured(9, 1.0) };
            flags(&protocol.specs(), &[Some(measured)], &LIMITS, protocol.min_denominator)
        };
        assert_eq!(of(99), [[Flag::TooFewCells]]);
        assert_eq!(of(100), [[]]);
    }
}
