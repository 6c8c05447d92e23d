//! Coefficients without a finite estimate.
//!
//! If each patient who meets the cause has the largest value of a covariate, or of a combination of them, in the risk set
//! of that time, the pseudo-likelihood rises for ever as the coefficient grows. In a Fine-Gray model the risk set holds
//! the patients who have met another cause before, as long as their weight is above 0.
//!
//! # References
//!
//! * Heinze G, Schemper M. A solution to the problem of monotone likelihood in Cox regression.
//!   *Biometrics* 2001;57:114-119. doi:10.1111/j.0006-341X.2001.00114.x

use super::newton::Maximum;
use super::risk_sets::{End, RiskSets};
use crate::survival::cox::CoefficientState;

/// A Newton step of more than this from a maximum, in units of a column's spread, is a coefficient on its way.
///
/// Steps along a diverging coefficient are about 1; at a true maximum they are round-off.
const DIVERGING_STEP: f64 = 1e-4;

/// By how much of its spread a combination of columns may miss its extreme, since its direction is an estimate.
const DIRECTION_TOLERANCE: f64 = 1e-3;

/// By what factor the information on a coefficient may shrink from zero to the maximum.
///
/// It shrinks most if a single event keeps the coefficient finite: by the number of events, which is smaller.
const INFORMATION_LOSS: f64 = 1e7;

/// The smallest and the largest value of nobody.
const NOBODY: [f64; 2] = [f64::INFINITY, f64::NEG_INFINITY];

/// Tells of each column whether its coefficient was estimated.
pub(super) fn states(risk_sets: &RiskSets, maximum: &Maximum) -> Vec<CoefficientState> {
    let n_columns = risk_sets.n_columns;
    let direction: Vec<f64> =
        maximum.next_step.iter().map(|&step| if step.abs() > DIVERGING_STEP { step } else { 0.0 }).collect();
    let diverges = direction.iter().any(|it| it.abs() > 0.0)
        && is_extreme(risk_sets, &direction, DIRECTION_TOLERANCE).contains(&true);

    let state = |column: usize| {
        if maximum.is_aliased[column] {
            return CoefficientState::Aliased;
        }
        let mut unit = vec![0.0; n_columns];
        unit[column] = 1.0;
        let lost = maximum.information_at_zero.at(column, column) / maximum.information.at(column, column).max(0.0);
        // METHOD: The commonest separation, a group without events, is found without looking at any estimate.
        if is_extreme(risk_sets, &unit, 0.0).contains(&true)
            || (diverges && direction[column].abs() > 0.0)
            || lost > INFORMATION_LOSS
        {
            CoefficientState::Separated
        } else if maximum.covariance.at(column, column) > 0.0 {
            CoefficientState::Estimated
        } else {
            // A pivot that passed at zero and does not at the maximum is a column nearly collinear with others.
            CoefficientState::Aliased
        }
    };
    (0..n_columns).map(state).collect()
}

/// Whether each patient who meets the cause has the smallest, or the largest, value of `direction'x` in the risk set.
fn is_extreme(risk_sets: &RiskSets, direction: &[f64], tolerance: f64) -> [bool; 2] {
    let value = |row: usize| -> f64 { risk_sets.row(row).iter().zip(direction).map(|(x, b)| x * b).sum() };
    let widen = |range: [f64; 2], other: [f64; 2]| [range[0].min(other[0]), range[1].max(other[1])];

    let mut at_risk = vec![NOBODY; risk_sets.ties.len()];
    let mut range = NOBODY;
    for (tie_idx, tie) in risk_sets.ties.iter().enumerate().rev() {
        range = tie.rows.clone().fold(range, |range, row| widen(range, [value(row); 2]));
        at_risk[tie_idx] = range;
    }
    let mut others = vec![NOBODY; risk_sets.n_groups];
    let (mut missed, mut spread) = ([0.0_f64; 2], 0.0_f64);
    for (tie_idx, tie) in risk_sets.ties.iter().enumerate() {
        let weighted = (0..risk_sets.n_groups).filter(|&g| risk_sets.uncensored(tie_idx, g) > 0.0);
        let [smallest, largest] = weighted.fold(at_risk[tie_idx], |range, g| widen(range, others[g]));
        for row in tie.rows.clone() {
            match risk_sets.ends[row] {
                End::Met => {
                    missed = [missed[0].max(value(row) - smallest), missed[1].max(largest - value(row))];
                    spread = spread.max(largest - smallest);
                }
                End::Other => {
                    let of_group = &mut others[risk_sets.groups[row]];
                    *of_group = widen(*of_group, [value(row); 2]);
                }
                End::Censored => {}
            }
        }
    }
    missed.map(|it| it <= tolerance * spread)
}
