//! Whether a table as a whole can be what a protocol scores.

use std::path::Path;

use polars::prelude::DataFrame;

use super::DensityInput;
use crate::error::{Error, Result};
use crate::io::suggestion::nearest;
use crate::protocol::{Measure, Protocol};
use crate::table::column::{AREA_MM2, CELLS_PER_MM2, GRADE, N_CELLS, PERCENT};

/// The most cells that a square millimetre holds, 20,000, are this many on a square micrometre. A table without any
/// greater number holds densities per µm².
const MOST_CELLS_PER_UM2: f64 = 0.02;

/// Refuses a table that lacks every value of a measure of the protocol, or whose densities are in another unit.
///
/// # Errors
///
/// [`Error::UnusableFile`], or [`Error::MissingColumn`] for counts whose areas are in no column.
pub fn check(path: &Path, input: &DensityInput, protocol: &Protocol) -> Result<()> {
    let table = &input.densities;
    let unusable = |problem: String| Error::UnusableFile { path: path.to_owned(), problem };
    let specs = protocol.specs();
    let asks = |measure: Measure| specs.iter().any(|it| it.measure == measure);
    let has = |name: &str| table.column(name).is_ok_and(|it| it.null_count() < it.len());
    for measure in Measure::ALL.into_iter().filter(|it| asks(*it)) {
        let is_there = match measure {
            Measure::Density => has(CELLS_PER_MM2),
            Measure::Count => has(N_CELLS),
            Measure::PercentOfCells | Measure::Per100Cells => has(N_CELLS) || has(PERCENT),
            Measure::Percent => has(PERCENT),
            Measure::Grade => has(GRADE),
        };
        let is_area_unnamed = !input.columns.iter().any(|it| it.to_lowercase().ends_with(AREA_MM2));
        if !is_there && measure == Measure::Density && has(N_CELLS) && is_area_unnamed {
            let suggestion = nearest(AREA_MM2, input.columns.iter().map(String::as_str)).map(str::to_owned);
            let (column, found) = (AREA_MM2.to_owned(), input.columns.clone());
            return Err(Error::MissingColumn { path: path.to_owned(), column, found, suggestion });
        }
        if !is_there {
            let instead = match measure {
                Measure::Percent if has(N_CELLS) || has(CELLS_PER_MM2) => {
                    "; a share of an area does not follow from counts of cells"
                }
                Measure::Density if has(N_CELLS) => "; counts without the area they were counted on are no densities",
                _ => "",
            };
            return Err(unusable(format!(
                "has no {} for protocol '{}', expected the columns {}{instead}",
                measure.word().replace('_', " "),
                protocol.name,
                measure.columns()
            )));
        }
    }
    if asks(Measure::Density)
        && let Some(problem) = density_problem(table, protocol.quality.density_max_cells_per_mm2)
    {
        return Err(unusable(problem));
    }
    Ok(())
}

/// Densities that as a whole can only be of another unit; absent if they can be cells/mm².
fn density_problem(table: &DataFrame, most: f64) -> Option<String> {
    let column = table.column(CELLS_PER_MM2).ok()?.f64().ok()?;
    let above_zero: Vec<f64> = column.iter().flatten().filter(|it| *it > 0.0).collect();
    let highest = above_zero.iter().copied().fold(0.0, f64::max);
    let n_implausible = above_zero.iter().filter(|it| **it > most).count();
    if !above_zero.is_empty() && highest <= MOST_CELLS_PER_UM2 {
        return Some(format!(
            "has no density above {highest} cells/mm²; they look like cells per µm²: multiply them by 1,000,000, or divide \
             areas in µm² by 1,000,000"
        ));
    }
    (above_zero.len() > 1 && 2 * n_implausible > above_zero.len()).then(|| {
        format!(
            "has {n_implausible} of {} densities above {most} cells/mm², more than tissue can hold; check the unit of the \
             areas (mm²), or of the densities (per mm², not per high-power field or cm²); where they are right, raise \
             [protocol.quality] density_max_cells_per_mm2",
            above_zero.len()
        )
    })
}
