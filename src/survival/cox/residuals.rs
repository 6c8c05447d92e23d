//! Residuals of a fitted Cox model.
//!
//! With `E_i` the hazard that row `i` was exposed to while at risk, `r_i = e^{β'x_i + o_i}`, and `x̄` the mean of the
//! covariates over those at risk:
//!
//! ```text
//! martingale  M_i = δ_i - r_i E_i
//! deviance    sign(M_i) √(-2 (M_i + δ_i ln(δ_i - M_i)))
//! score       L_i = δ_i (x_i - x̄(t_i)) - r_i ∫ (x_i - x̄(t)) dΛ(t)
//! dfbeta      w_i L_i I⁻¹                                      change of β if the row is left out, nearly
//! dfbetas     the same in standard errors
//! Schoenfeld  x_i - x̄(t_i)                                     of each event
//! scaled      d · Schoenfeld · I⁻¹ + β                          d: number of events; an estimate of β(t) at that time
//! ```
//!
//! In ties under Efron's approximation, the patients with the event are exposed to the parts in which they are at risk
//! only, and `x̄` is the mean over parts, as in R. `I⁻¹` is that of the model also where its variance is robust. With exact
//! ties the hazard is Breslow's, and there are martingale and deviance residuals only, as in R.
//!
//! # References
//!
//! * Therneau TM, Grambsch PM, Fleming TR. Martingale-based residuals for survival models.
//!   *Biometrika* 1990;77:147-160. doi:10.1093/biomet/77.1.147
//! * Schoenfeld D. Partial residuals for the proportional hazards regression model.
//!   *Biometrika* 1982;69:239-241. doi:10.1093/biomet/69.1.239
//! * Grambsch PM, Therneau TM. Proportional hazards tests and diagnostics based on weighted residuals.
//!   *Biometrika* 1994;81:515-526. doi:10.1093/biomet/81.3.515

use super::fitted::Fitted;
use super::hazard::Hazards;
use super::{CoxModel, Settings, Ties};
use crate::error::Result;
use crate::survival::cohort::Cohort;
use crate::survival::design::Design;

/// Residuals of a fitted model. Columns are those with an estimated coefficient, in the order of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Residuals {
    /// One per row of the cohort.
    pub martingale: Vec<f64>,
    /// One per row of the cohort.
    pub deviance: Vec<f64>,
    /// One list per row of the cohort with one number per column; without weights. Empty if ties are exact.
    pub score: Vec<Vec<f64>>,
    /// One list per row of the cohort with one number per column; with weights. Empty if ties are exact.
    pub dfbeta: Vec<Vec<f64>>,
    /// One list per row of the cohort with one number per column; with weights. Empty if ties are exact.
    pub dfbetas: Vec<Vec<f64>>,
    /// One entry per event, by stratum and time. Empty if ties are exact.
    pub schoenfeld: Vec<SchoenfeldResidual>,
}

/// How far the covariates of a patient with the event were from those of the patients at risk.
#[derive(Clone, Debug, PartialEq)]
pub struct SchoenfeldResidual {
    /// Row of the cohort.
    pub row: usize,
    /// Time of the event.
    pub time: f64,
    /// One number per column.
    pub residual: Vec<f64>,
    /// One number per column: an estimate of the coefficient at that time.
    pub scaled: Vec<f64>,
}

/// The residuals of a model that was fitted to this cohort and design with these settings.
///
/// `None` if no coefficient was estimated, or one is separated.
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if model, design or settings do not fit the cohort.
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a value of a covariate is not finite.
pub fn residuals(
    cohort: &Cohort,
    design: &Design,
    settings: &Settings<'_>,
    model: &CoxModel,
) -> Result<Option<Residuals>> {
    let Some(fitted) = Fitted::new(cohort, design, settings, model)? else { return Ok(None) };
    let (p, n) = (fitted.columns.len(), cohort.len());
    let sets = &fitted.risk_sets;
    let risks = sets.risks(&fitted.beta);
    let mut martingale = vec![0.0; n];
    let mut score = vec![Vec::new(); n];
    let mut schoenfeld = Vec::new();
    Hazards::at(sets, &fitted.beta).for_each_exposure(sets, |it| {
        let row = sets.patients[it.row];
        let own_risk = risks.log_risk[it.row].exp();
        let event = if it.own.is_some() { 1.0 } else { 0.0 };
        martingale[row] = event - own_risk * it.hazard;
        let values = sets.row(it.row);
        let in_units = |column: usize, value: f64| value / sets.scales[column];
        let column_score = |column: usize| in_units(column, it.score_residual(column, values[column], own_risk));
        score[row] = (0..p).map(column_score).collect();
        if let Some(own) = it.own {
            let residual: Vec<f64> = (0..p).map(|column| in_units(column, values[column] - own.mean[column])).collect();
            schoenfeld.push(SchoenfeldResidual { row, time: own.time, residual, scaled: Vec::new() });
        }
    });

    let covariance = &fitted.covariance;
    let times_covariance =
        |row: &[f64]| -> Vec<f64> { (0..p).map(|j| (0..p).map(|i| row[i] * covariance[i][j]).sum()).collect() };
    let n_events = schoenfeld.len() as f64;
    for it in &mut schoenfeld {
        let change = times_covariance(&it.residual);
        it.scaled = change.iter().zip(&fitted.log_hazard_ratios).map(|(it, beta)| n_events * it + beta).collect();
    }
    let dfbeta: Vec<Vec<f64>> = score
        .iter()
        .enumerate()
        .map(|(row, it)| times_covariance(it).into_iter().map(|it| cohort.weight(row) * it).collect())
        .collect();
    let in_std_errs = |row: &Vec<f64>| row.iter().enumerate().map(|(j, it)| it / covariance[j][j].sqrt()).collect();
    let dfbetas = dfbeta.iter().map(in_std_errs).collect();
    let deviance = martingale.iter().zip(cohort.outcomes()).map(|(&it, outcome)| deviance_of(it, outcome.event));
    let deviance = deviance.collect();
    if settings.ties == Ties::Exact {
        // METHOD: The exact likelihood has no terms of single patients that these could be.
        let [score, dfbeta, dfbetas] = [const { Vec::new() }; 3];
        return Ok(Some(Residuals { martingale, deviance, score, dfbeta, dfbetas, schoenfeld: Vec::new() }));
    }
    Ok(Some(Residuals { martingale, deviance, score, dfbeta, dfbetas, schoenfeld }))
}

fn deviance_of(martingale: f64, event: bool) -> f64 {
    let log_term = if event { (1.0 - martingale).ln() } else { 0.0 };
    (-2.0 * (martingale + log_term)).max(0.0).sqrt().copysign(martingale)
}
