//! The baseline hazard of a fitted Cox model, and survival curves for given covariates.
//!
//! ```text
//! Λ(t | x) = e^{β'(x - c)} A(t),   A(t) = Σ_{s ≤ t} dΛ(s)                    c: where the columns are centered
//! Var Λ    = e^{2β'(x - c)} [ Σ dV + g' V g ],   g = Σ (x - x̄) dΛ            Therneau & Grambsch 2000, §10.1
//! S(t | x) = exp(-Λ(t | x)),  interval on a scale of choice from the standard error of ln S, which is that of Λ
//! ```
//!
//! `dΛ`, `x̄` and `dV` follow the treatment of ties of the model: Breslow's estimate, or Efron's. `V` is the covariance of the
//! coefficients, robust if the model's is. The hazard with an offset of 0, in each stratum.
//!
//! # References
//!
//! * Therneau TM, Grambsch PM. *Modeling Survival Data: Extending the Cox Model.* Springer, 2000.
//!   doi:10.1007/978-1-4757-3294-8
//! * Tsiatis AA. A large sample study of Cox's regression model. *Ann Stat* 1981;9:93-108.
//!   doi:10.1214/aos/1176345335

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fitted::Fitted;
use super::hazard::Hazards;
use super::moments::add;
use super::{CoxModel, Settings};
use crate::error::{Error, Result};
use crate::survival::cohort::{Cohort, expect_length};
use crate::survival::confidence::ConfidenceScale;
use crate::survival::design::Design;
use crate::survival::kaplan_meier::NORMAL_QUANTILE_975;

/// The curve that a model predicts for one set of covariates in one stratum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PredictedCurve {
    /// Place of the stratum among the codes, ascending; 0 without strata.
    pub stratum: usize,
    /// One row per distinct time of an event or a censoring in the stratum, ascending.
    pub steps: Vec<PredictedStep>,
}

/// A predicted curve from one time up to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PredictedStep {
    /// Time, in the unit of the cohort.
    pub time: f64,
    /// Predicted cumulative hazard up to and including this time.
    #[schemars(range(min = 0.0))]
    pub cumulative_hazard: f64,
    /// Standard error of `cumulative_hazard`.
    #[schemars(range(min = 0.0))]
    pub cumulative_hazard_std_err: f64,
    /// Predicted probability of no event up to and including this time.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub survival: f64,
    /// Standard error of `survival`.
    #[schemars(range(min = 0.0))]
    pub std_err: f64,
    /// Lower end of the 95 % interval of `survival`; absent if `survival` is 0.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub lower: Option<f64>,
    /// Upper end of the 95 % interval of `survival`; absent with `lower`.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub upper: Option<f64>,
}

/// Survival curves for one set of covariates, one a stratum.
///
/// `covariates` holds one value per column of the design. With all values 0 and `confidence_scale` of no interest, the
/// cumulative hazard is R's `basehaz(centered = FALSE)`. `None` if no coefficient was estimated, or one is separated.
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if model, design, settings or covariates do not fit.
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a value of a covariate is not finite.
pub fn predicted_curves(
    cohort: &Cohort,
    design: &Design,
    settings: &Settings<'_>,
    model: &CoxModel,
    covariates: &[f64],
    confidence_scale: ConfidenceScale,
) -> Result<Option<Vec<PredictedCurve>>> {
    expect_length("covariates of a prediction", model.coefficients.len(), covariates.len())?;
    if let Some(&value) = covariates.iter().find(|it| !it.is_finite()) {
        return Err(Error::OutOfRange { quantity: "value of a covariate", expected: "a finite number", value });
    }
    let Some(fitted) = Fitted::new(cohort, design, settings, model)? else { return Ok(None) };
    let sets = &fitted.risk_sets;
    let p = fitted.columns.len();
    let x: Vec<f64> =
        fitted.columns.iter().enumerate().map(|(j, &at)| (covariates[at] - sets.centers[j]) * sets.scales[j]).collect();
    // The hazards hold for the mean offset, which was taken out.
    let log_risk = x.iter().zip(&fitted.beta).map(|(x, beta)| x * beta).sum::<f64>() - sets.mean_offset;
    let risk = log_risk.exp();
    let hazards = Hazards::at(sets, &fitted.beta);
    let curves = hazards.strata.iter().enumerate().map(|(stratum, events)| {
        let (mut hazard, mut variance, mut mean_hazard) = (0.0, 0.0, vec![0.0; p]);
        let mut events = events.iter().peekable();
        let steps = sets.times(stratum).iter().map(|tie| {
            if let Some(step) = events.next_if(|it| it.time <= tie.time) {
                hazard += step.hazard;
                variance += step.hazard_variance;
                add(&mut mean_hazard, &step.mean_hazard, 1.0);
            }
            let g: Vec<f64> = mean_hazard.iter().zip(&x).map(|(mean, x)| x * hazard - mean).collect();
            let cumulative_hazard = risk * hazard;
            let sigma = risk * (variance + fitted.variance_along(&g)).max(0.0).sqrt();
            let survival = (-cumulative_hazard).exp();
            let reach = NORMAL_QUANTILE_975 * sigma;
            let interval = confidence_scale.interval(survival, reach, reach);
            PredictedStep {
                time: tie.time,
                cumulative_hazard,
                cumulative_hazard_std_err: sigma,
                survival,
                std_err: survival * sigma,
                lower: interval.map(|[lower, _]| lower),
                upper: interval.map(|[_, upper]| upper),
            }
        });
        PredictedCurve { stratum, steps: steps.collect() }
    });
    Ok(Some(curves.collect()))
}
