//! Several samples of a patient to one measurement.

use crate::model::{Amount, Area, Density, Dispersion, Measurement};
use crate::protocol::{ComponentSpec, Measure, Pooling, Protocol, QualityLimits};
use crate::score::Absence;

/// One row of the table: a component of one sample.
#[derive(Clone, Copy)]
pub(super) struct SampleRow<'a> {
    pub(super) sample_id: &'a str,
    pub(super) component: usize,
    pub(super) n_cells: Option<u64>,
    pub(super) n_whole: Option<u64>,
    pub(super) area: Option<Area>,
    /// Absent only for a share whose whole was not counted, or has no cells.
    pub(super) amount: Option<Amount>,
}

/// The measurement of each component out of all these samples, and what is known of those that are absent.
pub(super) fn pool_samples(
    samples: &[SampleRow<'_>],
    specs: &[ComponentSpec],
    protocol: &Protocol,
) -> (Vec<Option<Measurement>>, Vec<(usize, Absence)>) {
    let (limits, pooling) = (&protocol.quality, protocol.pooling);
    let mut absences = Vec::new();
    let measured = (0..specs.len())
        .map(|component| {
            let rows: Vec<SampleRow<'_>> = samples.iter().copied().filter(|it| it.component == component).collect();
            let found = pool_component(&rows, specs[component].measure, pooling, limits);
            found.unwrap_or_else(|absence| {
                absences.push((component, absence));
                None
            })
        })
        .collect();
    (measured, absences)
}

/// One measurement out of the rows of a component; absent if there is no row.
fn pool_component(
    rows: &[SampleRow<'_>],
    measure: Measure,
    pooling: Pooling,
    limits: &QualityLimits,
) -> Result<Option<Measurement>, Absence> {
    if rows.is_empty() {
        return Ok(None);
    }
    if rows.iter().any(|it| it.amount.is_none() && it.n_whole.is_none()) {
        return Err(Absence::WholeMissing);
    }
    match (rows, pooling) {
        ([one], _) => one.measurement().ok_or(Absence::WholeEmpty).map(Some),
        (rows, Pooling::Pooled) => sum(rows, measure).map(Some),
        (rows, pooling) => of_amounts(rows, measure, pooling, limits).ok_or(Absence::WholeEmpty).map(Some),
    }
}

impl SampleRow<'_> {
    fn measurement(&self) -> Option<Measurement> {
        let Self { n_cells, n_whole, area, amount, .. } = *self;
        Some(Measurement { n_cells, n_whole, area, least_area: area, amount: amount?, dispersion: None, n_samples: 1 })
    }

    /// Whether the sample alone could be scored.
    fn is_usable(&self, measure: Measure, limits: &QualityLimits) -> bool {
        measure != Measure::Density
            || (self.area.is_none_or(|it| it.mm2() >= limits.area_fail_mm2)
                && self.amount.is_some_and(|it| it.get() <= limits.density_max_cells_per_mm2))
    }
}

/// One amount out of those of several samples; absent if none has one.
fn of_amounts(
    rows: &[SampleRow<'_>],
    measure: Measure,
    pooling: Pooling,
    limits: &QualityLimits,
) -> Option<Measurement> {
    // METHOD: the smallest samples have the most extreme densities, so those that could not be scored alone are left out
    // before the highest, lowest or mean density is taken.
    let with_amount: Vec<&SampleRow<'_>> = rows.iter().filter(|it| it.amount.is_some()).collect();
    let usable: Vec<&SampleRow<'_>> = with_amount.iter().copied().filter(|it| it.is_usable(measure, limits)).collect();
    let usable = if usable.is_empty() { with_amount } else { usable };
    if let [one] = usable.as_slice() {
        return one.measurement();
    }
    let amounts = usable.iter().filter_map(|it| it.amount).map(Amount::get);
    let amount = match pooling {
        Pooling::Max => amounts.fold(f64::NEG_INFINITY, f64::max),
        Pooling::Min => amounts.fold(f64::INFINITY, f64::min),
        _ => amounts.sum::<f64>() / usable.len() as f64,
    };
    let least_area = usable.iter().filter_map(|it| it.area).min_by(|a, b| a.mm2().total_cmp(&b.mm2()));
    // The fewest cells that a share of one of the samples rests on.
    let n_whole = usable.iter().filter_map(|it| it.n_whole).min();
    let amount = Amount::try_from(amount).ok()?;
    let (n_cells, area, dispersion) = (None, None, None);
    Some(Measurement { n_cells, n_whole, area, least_area, amount, dispersion, n_samples: usable.len() })
}

/// Sums over sums: cells over tissue, cells over cells, positive area over area; of shares, the mean by what they are shares of.
fn sum(rows: &[SampleRow<'_>], measure: Measure) -> Result<Measurement, Absence> {
    let n_cells = rows.iter().map(|it| it.n_cells).sum::<Option<u64>>();
    let mm2 = rows.iter().map(|it| it.area.map(Area::mm2)).sum::<Option<f64>>();
    let area = mm2.map(|it| Area::try_from(it).expect("areas add up to an area"));
    let n_whole = rows.iter().map(|it| it.n_whole).sum::<Option<u64>>();
    let counted_on = |per: fn(&SampleRow<'_>) -> Option<f64>| -> Option<Vec<(f64, f64)>> {
        rows.iter().map(|it| Some((it.n_cells? as f64, per(it)?))).collect()
    };
    let (amount, dispersion) = match measure {
        // METHOD: counts and areas are summed, never densities: 100 cells/0.5 mm² and 1000/10 mm² are 104.8 cells/mm², not 150.
        Measure::Density => {
            let density = n_cells.zip(area).map(|(n, area)| Density::from_count(n, area));
            (density.ok_or(Absence::NotPooled)?.into(), counted_on(|it| it.area.map(Area::mm2)))
        }
        Measure::Count => {
            let n = n_cells.ok_or(Absence::NotPooled)? as f64;
            (Amount::try_from(n).expect("a count is an amount"), counted_on(|_| Some(1.0)))
        }
        Measure::PercentOfCells | Measure::Per100Cells => match n_cells.zip(n_whole) {
            Some((n, whole)) => (Amount::percent(n as f64, whole as f64).ok_or(Absence::WholeEmpty)?, None),
            // What a pathologist read, without the counts behind it.
            None => (weighted_mean(rows, |_| None).ok_or(Absence::WholeEmpty)?, None),
        },
        // METHOD: a share of n cells is weighted by n, which makes it the share of the cells of all samples. Where these were
        // not counted in each sample, all samples weigh the same: an area does not say how many of these cells it holds.
        Measure::Proximity => {
            let n_whole = |it: &SampleRow<'_>| it.n_whole.map(|it| it as f64);
            (weighted_mean(rows, n_whole).ok_or(Absence::WholeEmpty)?, None)
        }
        // Positive area over area is the mean of percents weighted by their areas.
        Measure::Percent | Measure::Grade => {
            (weighted_mean(rows, |it| it.area.map(Area::mm2)).ok_or(Absence::NotPooled)?, None)
        }
    };
    Ok(Measurement {
        n_cells,
        n_whole,
        area,
        least_area: area,
        amount,
        dispersion: dispersion.and_then(|it| Dispersion::of_samples(&it)),
        n_samples: rows.len(),
    })
}

/// The mean of the amounts by their weights; the plain mean where one is not known. Absent if no sample has an amount.
fn weighted_mean(rows: &[SampleRow<'_>], weight: impl Fn(&SampleRow<'_>) -> Option<f64>) -> Option<Amount> {
    let weights: Option<Vec<f64>> = rows.iter().map(weight).collect();
    let weights = weights.unwrap_or_else(|| vec![1.0; rows.len()]);
    let weighted = rows.iter().zip(weights).filter_map(|(it, weight)| Some((it.amount?.get() * weight, weight)));
    let (sum, weights) = weighted.fold((0.0, 0.0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    Amount::try_from(sum / weights).ok()
}
