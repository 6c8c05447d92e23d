//! Whether a measurement is good enough to be scored.

use super::Flag;
use crate::model::{Component, Measurement};
use crate::protocol::QualityLimits;

/// The flags of each component of one patient: absences, small areas, implausible densities, and markers of one region
/// that contradict each other.
///
/// `measurements` has one entry a component, in the same order; so has the result.
pub(super) fn flags(
    components: &[Component],
    measurements: &[Option<Measurement>],
    limits: &QualityLimits,
) -> Vec<Vec<Flag>> {
    let mut flags: Vec<Vec<Flag>> =
        measurements.iter().map(|it| it.as_ref().map_or_else(|| vec![Flag::Missing], |it| alone(it, limits))).collect();

    let measured = |at: usize| measurements[at].as_ref();
    for (at, component) in components.iter().enumerate() {
        let neighbours = (0..components.len()).filter(|&it| it != at && components[it].region == component.region);
        for other in neighbours {
            let (Some(here), Some(there)) = (measured(at), measured(other)) else { continue };
            let is_cd8_beside_cd3 = component.marker.as_str() == "CD8" && components[other].marker.as_str() == "CD3";
            // METHOD: nearly all CD8+ T cells carry CD3; the margin allows for adjacent sections, which are not the same
            // cells.
            if is_cd8_beside_cd3
                && here.density.cells_per_mm2() > limits.cd8_over_cd3_max * there.density.cells_per_mm2()
            {
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

/// What can be said of a measurement without looking at the others.
fn alone(measurement: &Measurement, limits: &QualityLimits) -> Vec<Flag> {
    let mut flags = Vec::new();
    if let Some(area) = measurement.least_area {
        if area.mm2() < limits.area_fail_mm2 {
            flags.push(Flag::AreaTooSmall);
        } else if area.mm2() < limits.area_warn_mm2 {
            flags.push(Flag::AreaSmall);
        }
    }
    if measurement.density.cells_per_mm2() > limits.density_max_cells_per_mm2 {
        flags.push(Flag::DensityImplausible);
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Area, Density, Marker, Region};

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
        Measurement { n_cells: Some(n_cells), area: Some(area), least_area: Some(area), density, n_samples: 1 }
    }

    fn flags_of(cd3: Measurement, cd8: impl Into<Option<Measurement>>) -> Vec<Vec<Flag>> {
        let components = ["CD3", "CD8"].map(|it| Component::new(Marker::from(it), Region::from("CT")));
        flags(&components, &[Some(cd3), cd8.into()], &LIMITS)
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
}
