//! Effects that one hazard ratio does not describe: bent ones, and those of a treatment along a marker.

use super::PatientSet;
use super::models::{design, factor_term};
use crate::error::{Error, Result};
use crate::protocol::{Spline, TableModel};
use crate::survival::bootstrap::quantile;
use crate::survival::design::Term;
use crate::survival::interaction::{self, Interaction, Marker};
use crate::survival::spline::{self, Knots, Request, SplineEffect};

/// Values at which a bent effect is given, evenly spaced from the smallest to the largest.
const N_GRID: usize = 21;

/// Shares of rows below the values of a marker at which the effect of a treatment is given.
const QUARTILES: [f64; 3] = [0.25, 0.5, 0.75];

/// A column as a restricted cubic spline.
pub(super) fn spline_term(part: &PatientSet<'_>, spline: &Spline) -> Result<Term> {
    let values = part.numbers(&spline.column);
    Ok(knots(spline, &values)?.term(spline.column.clone(), &values))
}

/// The effect of each spline of a model, beside the other columns; compared with the median.
pub(super) fn splines(part: &PatientSet<'_>, model: &TableModel) -> Result<Vec<SplineEffect>> {
    let effect = |spline: &Spline| {
        let values = part.numbers(&spline.column);
        let knots = knots(spline, &values)?;
        let sorted = sorted(&values);
        let (smallest, largest) = (sorted[0], sorted[sorted.len() - 1]);
        let at = |it: usize| smallest + (largest - smallest) * it as f64 / (N_GRID - 1) as f64;
        let grid: Vec<f64> = (0..N_GRID).map(at).collect();
        let request = Request {
            name: &spline.column,
            values: &values,
            knots: &knots,
            reference: quantile(&sorted, 0.5),
            grid: &grid,
        };
        let mut others = model.clone();
        others.splines.retain(|it| it != spline);
        spline::estimate(&part.cohort, &request, &design(part, &others)?, part.strata.as_deref())
    };
    model.splines.iter().map(effect).collect()
}

/// Whether the effect of a treatment differs along a marker, beside the other columns; absent unless the model asks.
pub(super) fn interaction(part: &PatientSet<'_>, model: &TableModel) -> Result<Option<Interaction>> {
    let Some(asked) = &model.interaction else { return Ok(None) };
    let values = part.numbers(&asked.marker);
    if values.is_empty() {
        return Ok(None);
    }
    let sorted = sorted(&values);
    let at = QUARTILES.map(|share| quantile(&sorted, share)).to_vec();
    let marker = Marker::Numeric { name: asked.marker.clone(), values, at };
    let others = TableModel { interaction: None, ..model.clone() };
    let treatment = factor_term(part, &asked.treatment)?;
    let others = design(part, &others)?;
    interaction::estimate(&part.cohort, &treatment, &marker, &others, part.strata.as_deref()).map(Some)
}

fn knots(spline: &Spline, values: &[f64]) -> Result<Knots> {
    Knots::by_quantiles(values, spline.knots).map_err(|error| match error {
        Error::Unanswerable { problem } => {
            Error::Unanswerable { problem: format!("column '{}': {problem}", spline.column) }
        }
        other => other,
    })
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}
