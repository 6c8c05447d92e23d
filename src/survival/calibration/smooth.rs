//! The smooth calibration curve: a Cox model of a restricted cubic spline of the prediction.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::survival::bootstrap::quantile;
use crate::survival::cohort::Cohort;
use crate::survival::cox;
use crate::survival::design::{Design, Term};

/// Quantiles of the prediction at which the spline has its knots (Harrell 2015, table 2.3).
const KNOTS: [f64; 3] = [0.1, 0.5, 0.9];

/// Points of the curve, at the percentiles of the prediction from the smallest to the largest.
const N_STEPS: usize = 100;

/// A smooth calibration curve, and how far predictions are from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SmoothCalibration {
    /// Mean distance of a patient's predicted risk from the curve, in [0, 1]: the integrated calibration index.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub ici: f64,
    /// Median distance, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub e50: f64,
    /// Ninth decile of the distances, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub e90: f64,
    /// Largest distance, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub e_max: f64,
    /// The curve at the percentiles of predicted risk, ascending.
    pub curve: Vec<CalibrationPoint>,
}

/// A point of a calibration curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalibrationPoint {
    /// Predicted risk, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub predicted: f64,
    /// Risk that patients of this prediction had, by the model, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub observed: f64,
}

pub(super) fn estimate(
    cohort: &Cohort,
    risk: &[f64],
    linear_predictor: &[f64],
    time: f64,
) -> Result<Option<SmoothCalibration>> {
    let last_time = cohort.schedule().ties.last().map(|tie| tie.time);
    if last_time.is_none_or(|last| time > last) {
        return Ok(None);
    }
    let columns = spline(linear_predictor);
    let terms = columns.iter().enumerate().map(|(idx, column)| Term::numeric(format!("spline {idx}"), column.clone()));
    let model = cox::fit(cohort, &Design::new(terms.collect()), None)?;
    if model.coefficients[0].log_hazard_ratio.is_none() || !model.converged {
        return Ok(None);
    }
    let cumulative_hazard = baseline_hazard(cohort, &model.linear_predictor, time);
    let observed: Vec<f64> =
        model.linear_predictor.iter().map(|it| -(-cumulative_hazard * it.exp()).exp_m1()).collect();

    let mut distances: Vec<f64> = observed.iter().zip(risk).map(|(observed, risk)| (observed - risk).abs()).collect();
    distances.sort_by(f64::total_cmp);
    // Observed risk is a function of the predicted one, so that points can be taken from the patients.
    let mut order: Vec<usize> = (0..risk.len()).collect();
    order.sort_by(|&a, &b| risk[a].total_cmp(&risk[b]));
    let curve = (0..=N_STEPS).map(|step| {
        let patient = order[step * (order.len() - 1) / N_STEPS];
        CalibrationPoint { predicted: risk[patient], observed: observed[patient] }
    });
    let mut curve: Vec<CalibrationPoint> = curve.collect();
    curve.dedup_by(|a, b| a.predicted <= b.predicted);
    Ok(Some(SmoothCalibration {
        ici: distances.iter().sum::<f64>() / distances.len() as f64,
        e50: quantile(&distances, 0.5),
        e90: quantile(&distances, 0.9),
        e_max: quantile(&distances, 1.0),
        curve,
    }))
}

/// The columns of a restricted cubic spline: the variable itself, and
///
/// ```text
/// [(x - k1)³₊ - (x - k2)³₊ (k3 - k1)/(k3 - k2) + (x - k3)³₊ (k2 - k1)/(k3 - k2)] / (k3 - k1)²
/// ```
///
/// without the second if the knots `k` coincide.
fn spline(x: &[f64]) -> Vec<Vec<f64>> {
    let mut sorted = x.to_vec();
    sorted.sort_by(f64::total_cmp);
    let [k1, k2, k3] = KNOTS.map(|p| quantile(&sorted, p));
    let mut columns = vec![x.to_vec()];
    if k1 < k2 && k2 < k3 {
        let cubed = |distance: f64| distance.max(0.0).powi(3);
        let bend = |&x: &f64| {
            let outer = (cubed(x - k2) * (k3 - k1) - cubed(x - k3) * (k2 - k1)) / (k3 - k2);
            (cubed(x - k1) - outer) / (k3 - k1).powi(2)
        };
        columns.push(x.iter().map(bend).collect());
    }
    columns
}

/// Cumulative hazard at a time of a patient whose linear predictor is 0, tied events one after the other (Efron).
fn baseline_hazard(cohort: &Cohort, linear_predictor: &[f64], time: f64) -> f64 {
    let schedule = cohort.schedule();
    let risk = |idx: usize| cohort.weight(idx) * linear_predictor[idx].exp();
    let mut at_risk = 0.0;
    let mut cumulative_hazard = 0.0;
    let mut n_entered = schedule.entry_order.len();
    for tie in schedule.ties.iter().rev() {
        at_risk += schedule.order[tie.members.clone()].iter().map(|&it| risk(it)).sum::<f64>();
        at_risk -= schedule.entry_order[tie.n_entered..n_entered].iter().map(|&it| risk(it)).sum::<f64>();
        n_entered = tie.n_entered;
        if tie.time <= time && tie.n_event > 0 {
            let d = tie.n_event as f64;
            let members = schedule.order[tie.members.clone()].iter();
            let of_events: f64 = members.filter(|&&it| cohort.outcomes()[it].event).map(|&it| risk(it)).sum();
            let steps = (0..tie.n_event).map(|k| tie.event_weight / d / (at_risk - k as f64 / d * of_events));
            cumulative_hazard += steps.sum::<f64>();
        }
    }
    cumulative_hazard
}
