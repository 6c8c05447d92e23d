//! Whether a table as a whole can be what a protocol scores.

use std::path::Path;

use polars::prelude::DataFrame;

use super::DensityInput;
use crate::error::{Error, Result};
use crate::io::units::missing_column;
use crate::protocol::{ComponentSpec, MOST_CELLS_PER_UM2, Measure, Protocol};
use crate::table::column::{AREA_MM2, CELLS_PER_MM2, GRADE, MARKER, N_CELLS, PATIENT_ID, PERCENT, REGION};

/// No tissue on a slide, which is 25 mm by 75 mm, has a greater area than this.
const SLIDE_MM2: f64 = 2_000.0;

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
            Measure::Percent | Measure::Proximity => has(PERCENT),
            Measure::Grade => has(GRADE),
        };
        let is_area_unnamed = !input.columns.iter().any(|it| it.to_lowercase().ends_with(AREA_MM2));
        if !is_there && measure == Measure::Density && has(N_CELLS) && is_area_unnamed {
            let columns: Vec<&str> = input.columns.iter().map(String::as_str).collect();
            return Err(missing_column(path, AREA_MM2, &columns));
        }
        if !is_there {
            let instead = match measure {
                Measure::Percent if has(N_CELLS) || has(CELLS_PER_MM2) => {
                    "; a share of an area does not follow from counts of cells, and a share of cells needs those of the whole \
                     too: write 100 · cells / all cells into percent"
                }
                Measure::Proximity if has(N_CELLS) || has(CELLS_PER_MM2) => {
                    "; how near cells lie does not follow from how many there are: write 100 · cells with one near / all cells \
                     into percent"
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

/// What is to be known of single densities of these components, in a sentence: how many are above 0 and so low that they
/// look like cells per µm², and the first of them. Absent without any.
pub fn remark(input: &DensityInput, specs: &[ComponentSpec]) -> Option<String> {
    let densities: Vec<_> = specs.iter().filter(|it| it.measure == Measure::Density).collect();
    let table = &input.densities;
    let text = |name: &str| table.column(name).ok()?.str().ok();
    let number = |name: &str| table.column(name).ok()?.f64().ok();
    let (patients, markers, regions) = (text(PATIENT_ID)?, text(MARKER)?, text(REGION)?);
    let (values, areas) = (number(CELLS_PER_MM2)?, number(AREA_MM2)?);
    let low = |row: &usize| {
        let is_low = values.get(*row).is_some_and(|it| it > 0.0 && it < MOST_CELLS_PER_UM2);
        // METHOD: one cell on the tissue of a slide is as low a density, and is what was measured.
        let is_measured = areas.get(*row).is_some_and(|it| it <= SLIDE_MM2);
        let is_read = || {
            let is_of =
                |marker: &str, region: &str| markers.get(*row) == Some(marker) && regions.get(*row) == Some(region);
            densities.iter().any(|it| is_of(it.marker.as_str(), it.region.as_str()))
        };
        is_low && !is_measured && is_read()
    };
    let low: Vec<usize> = (0..table.height()).filter(low).collect();
    let first = *low.first()?;
    Some(format!(
        "densities above 0 and below {MOST_CELLS_PER_UM2} cells/mm²: {}, the first {} of {} {} in patient '{}'; are they per \
         µm²? multiply them by 1,000,000",
        low.len(),
        values.get(first)?,
        markers.get(first)?,
        regions.get(first)?,
        patients.get(first)?
    ))
}
