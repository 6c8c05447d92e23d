//! What a fitted model says of each patient it was fitted to.
//!
//! ```text
//! linear predictor   η_i = β'(x_i - c) + o_i,   SE² = (x_i - c)' V (x_i - c)         c: see Reference
//! hazard ratio       exp(η_i),                  SE  = exp(η_i) SE(η_i)
//! expected events    E_i = δ_i - M_i            M: martingale residual
//!                    SE² = r_i² [ Σ dV + g' V g ],  g = ∫ (x_i - x̄) dΛ               over the time that i is at risk
//! ```
//!
//! The standard error of expected events counts all of the hazard at the patient's own time, as R does, also where Efron's
//! share of a tie enters the estimate. R's differ in two places. That of the hazard ratio is `exp(η/2) SE(η)` there, where
//! the delta method has `exp(η)`. With late entry, R subtracts the variance at entry from that at the end, as if the
//! exposures before and after entry were independent given `β`; here `g` is taken between the two.
//!
//! # References
//!
//! * Therneau TM, Grambsch PM. *Modeling Survival Data: Extending the Cox Model.* Springer, 2000, §10.
//!   doi:10.1007/978-1-4757-3294-8

use super::fitted::Fitted;
use super::hazard::Hazards;
use super::{CoxModel, Settings};
use crate::error::Result;
use crate::survival::cohort::Cohort;
use crate::survival::design::Design;

/// Whom a linear predictor compares a patient with; R's `reference`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reference {
    /// The mean of each covariate in the patient's stratum, or in the sample without strata, as [`Sample`](Self::Sample).
    #[default]
    Strata,
    /// The mean of each covariate in the sample; 0 for columns of -1, 0 and 1.
    Sample,
    /// All covariates 0.
    Zero,
}

/// What a model says of one patient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// Logarithm of the hazard ratio to the reference, with the offset.
    pub linear_predictor: f64,
    /// Standard error of `linear_predictor`.
    pub linear_predictor_std_err: f64,
    /// Hazard ratio to the reference.
    pub hazard_ratio: f64,
    /// Standard error of `hazard_ratio`.
    pub hazard_ratio_std_err: f64,
    /// Number of events expected of the patient while at risk.
    pub expected: f64,
    /// Standard error of `expected`.
    pub expected_std_err: f64,
}

/// Predictions for the patients that a model was fitted to, in the order of the cohort.
///
/// `None` if no coefficient was estimated, or one is separated.
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if model, design or settings do not fit the cohort.
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a value of a covariate is not finite.
pub fn predict(
    cohort: &Cohort,
    design: &Design,
    settings: &Settings<'_>,
    model: &CoxModel,
    reference: Reference,
) -> Result<Option<Vec<Prediction>>> {
    let Some(fitted) = Fitted::new(cohort, design, settings, model)? else { return Ok(None) };
    let sets = &fitted.risk_sets;
    let centers = centers(&fitted, settings, reference);
    let nothing = Prediction {
        linear_predictor: 0.0,
        linear_predictor_std_err: 0.0,
        hazard_ratio: 1.0,
        hazard_ratio_std_err: 0.0,
        expected: 0.0,
        expected_std_err: 0.0,
    };
    let mut predictions = vec![nothing; cohort.len()];
    let risks = sets.risks(&fitted.beta);
    for (stratum, centers) in centers.iter().enumerate() {
        for row in sets.times(stratum).iter().flat_map(|it| it.rows.clone()) {
            let patient_idx = sets.patients[row];
            let direction: Vec<f64> = sets.row(row).iter().zip(centers).map(|(x, center)| x - center).collect();
            let offset = settings.offset.map_or(0.0, |it| it[patient_idx]);
            let linear_predictor = direction.iter().zip(&fitted.beta).map(|(x, beta)| x * beta).sum::<f64>() + offset;
            let std_err = fitted.variance_along(&direction).sqrt();
            let it = &mut predictions[patient_idx];
            it.linear_predictor = linear_predictor;
            it.linear_predictor_std_err = std_err;
            it.hazard_ratio = linear_predictor.exp();
            it.hazard_ratio_std_err = it.hazard_ratio * std_err;
        }
    }
    Hazards::at(sets, &fitted.beta).for_each_exposure(sets, |it| {
        let risk = risks.log_risk[it.row].exp();
        // What of a tie the patient's own event spared it.
        let (spared, spared_mean) = it.own.map_or((0.0, None), |own| (own.hazard - own.hazard_of_tied, Some(own)));
        let g = sets.row(it.row).iter().enumerate().map(|(column, x)| {
            let rest = spared_mean.map_or(0.0, |own| own.mean_hazard[column] - own.mean_hazard_of_tied[column]);
            x * (it.hazard + spared) - (it.mean_hazard[column] + rest)
        });
        let variance = it.hazard_variance + fitted.variance_along(&g.collect::<Vec<_>>());
        let prediction = &mut predictions[sets.patients[it.row]];
        prediction.expected = risk * it.hazard;
        prediction.expected_std_err = risk * variance.max(0.0).sqrt();
    });
    Ok(Some(predictions))
}

/// The reference of each stratum, in standardized columns.
fn centers(fitted: &Fitted, settings: &Settings<'_>, reference: Reference) -> Vec<Vec<f64>> {
    let sets = &fitted.risk_sets;
    let n_columns = sets.n_columns();
    let of_stratum = |stratum: usize| -> Vec<f64> {
        match reference {
            Reference::Strata if settings.strata.is_some() => {
                let rows = || sets.times(stratum).iter().flat_map(|it| it.rows.clone());
                let total: f64 = rows().map(|row| sets.weights[row]).sum();
                let mean = |column| rows().map(|row| sets.weights[row] * sets.row(row)[column]).sum::<f64>() / total;
                (0..n_columns).map(mean).collect()
            }
            Reference::Strata | Reference::Sample => vec![0.0; n_columns],
            Reference::Zero => (0..n_columns).map(|column| -sets.centers[column] * sets.scales[column]).collect(),
        }
    };
    (0..sets.n_strata()).map(of_stratum).collect()
}
