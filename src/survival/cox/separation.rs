//! Coefficients without a finite estimate.
//!
//! If each patient with the event has the largest value of a covariate among all then at risk, the likelihood rises
//! for ever as the coefficient grows: the data separate. A group without events is the commonest case. What a program
//! then prints depends on when it stops, and its interval means nothing. The same holds for a combination of
//! columns, as when the *reference* has no events. With `b` a direction,
//!
//! ```text
//! l(β + c b) rises in c for all c > 0   ⟺   b'x_i ≥ b'x_j  for each event i and all j then at risk
//! ```
//!
//! # References
//!
//! * Bryson MC, Johnson ME. The incidence of monotone likelihood in the Cox model.
//!   *Technometrics* 1981;23:381-383. doi:10.1080/00401706.1981.10487684
//! * Heinze G, Schemper M. A solution to the problem of monotone likelihood in Cox regression.
//!   *Biometrics* 2001;57:114-119. doi:10.1111/j.0006-341X.2001.00114.x

use super::CoefficientState;
use super::newton::{INFORMATION_LOSS, Maximum};
use super::risk_sets::RiskSets;

/// By how much of its spread a combination of columns may miss its extreme, since its direction is an estimate.
const DIRECTION_TOLERANCE: f64 = 1e-3;

/// By what factor information may shrink beside an infinite coefficient, where [`INFORMATION_LOSS`] is too much.
///
/// The patients whom an infinite coefficient takes out of the risk sets take with them what they told of the others.
const INFORMATION_LOSS_BESIDE: f64 = 1e4;

/// Tells of each column whether its coefficient was estimated, or is infinite, or left undetermined by one that is.
pub(super) fn states(risk_sets: &RiskSets, maximum: &Maximum) -> Vec<CoefficientState> {
    let n_columns = risk_sets.n_columns();
    // METHOD: Where the likelihood falls off on every side there is nothing to look for.
    if maximum.is_interior() {
        return vec![CoefficientState::Estimated; n_columns];
    }

    // METHOD: R warns if the Newton step at the end is not small (`toler.inf`). Here the step is taken for a sign of
    // separation only if it points in a direction in which the likelihood has no maximum.
    let direction: Vec<f64> =
        (0..n_columns).map(|it| if maximum.diverges(it) { maximum.next_step[it] } else { 0.0 }).collect();
    let diverges = direction.iter().any(|step| step.abs() > 0.0)
        && Extremes::along(risk_sets, &direction, DIRECTION_TOLERANCE).all_largest;
    let is_infinite: Vec<bool> = (0..n_columns)
        .map(|column| {
            let mut unit = vec![0.0; n_columns];
            unit[column] = 1.0;
            // METHOD: The commonest separation, a group without events, is found without looking at any estimate.
            let extremes = Extremes::along(risk_sets, &unit, 0.0);
            let is_diverging = diverges && direction[column].abs() > 0.0;
            extremes.all_largest
                || extremes.all_smallest
                || is_diverging
                || maximum.information_loss(column) > INFORMATION_LOSS
        })
        .collect();

    let most = if is_infinite.contains(&true) { INFORMATION_LOSS_BESIDE } else { INFORMATION_LOSS };
    let state = |column| {
        if is_infinite[column] || maximum.information_loss(column) > most {
            CoefficientState::Separated
        } else if maximum.precision.covariance.at(column, column) > 0.0 {
            CoefficientState::Estimated
        } else {
            // A pivot that passed at zero and does not at the maximum is a column nearly collinear with others.
            CoefficientState::Aliased
        }
    };
    (0..n_columns).map(state).collect()
}

/// Whether each event has an extreme value among the patients at risk.
struct Extremes {
    all_largest: bool,
    all_smallest: bool,
}

impl Extremes {
    fn along(risk_sets: &RiskSets, direction: &[f64], tolerance: f64) -> Self {
        let (mut below_largest, mut above_smallest, mut spread) = (0.0_f64, 0.0_f64, 0.0_f64);
        risk_sets.for_each_event_range(direction, |value, smallest, largest| {
            below_largest = below_largest.max(largest - value);
            above_smallest = above_smallest.max(value - smallest);
            spread = spread.max(largest - smallest);
        });
        Self { all_largest: below_largest <= tolerance * spread, all_smallest: above_smallest <= tolerance * spread }
    }
}
