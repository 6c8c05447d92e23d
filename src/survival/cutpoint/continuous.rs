//! The effect of a marker that is not cut.
//!
//! A cut throws away what the marker says of patients on the same side of it. The Cox model of the marker as it is needs no
//! search, and so no correction; it is the analysis to compare a cut with.
//!
//! # References
//!
//! * Royston P, Altman DG, Sauerbrei W. Dichotomizing continuous predictors in multiple regression: a bad idea.
//!   *Stat Med* 2006;25:127-141. doi:10.1002/sim.2331

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::survival::Cohort;
use crate::survival::concordance::Concordance;
use crate::survival::cox::{self, CoefficientState};
use crate::survival::design::{Design, Term};
use crate::survival::normal;

/// The effect of a marker on the hazard, taken to be log-linear.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContinuousEffect {
    /// Whether there is an estimate; if not, the numbers below are absent.
    pub state: CoefficientState,
    /// For a rise of the marker by 1.
    pub per_unit: Option<HazardRatio>,
    /// For a rise of the marker by `standard_deviation`.
    pub per_standard_deviation: Option<HazardRatio>,
    /// Standard deviation of the marker; absent with fewer than two patients.
    #[schemars(range(min = 0.0))]
    pub standard_deviation: Option<f64>,
    /// Two-sided p-value of Wald's test, in [0, 1]; nothing was searched, so that it needs no correction.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: Option<f64>,
    /// Harrell's C of the model: of the marker, turned so that high values stand for early events.
    pub concordance: Option<Concordance>,
}

/// A hazard ratio with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HazardRatio {
    /// The hazard ratio.
    #[schemars(range(min = 0.0))]
    pub hazard_ratio: f64,
    /// Lower end of its 95 % interval.
    #[schemars(range(min = 0.0))]
    pub lower: f64,
    /// Upper end of its 95 % interval.
    #[schemars(range(min = 0.0))]
    pub upper: f64,
}

/// Fits the Cox model of a marker as it is.
pub(super) fn fit(cohort: &Cohort, marker: &[f64], strata: Option<&[usize]>) -> Result<ContinuousEffect> {
    let model = cox::fit(cohort, &Design::new(vec![Term::numeric("marker", marker.to_vec())]), strata)?;
    let coefficient = &model.coefficients[0];
    let standard_deviation = standard_deviation(marker);
    let per = |rise: f64| {
        let (beta, std_err) = (coefficient.log_hazard_ratio? * rise, coefficient.std_err? * rise);
        let half_width = normal::quantile(0.975) * std_err;
        let [hazard_ratio, lower, upper] = [beta, beta - half_width, beta + half_width].map(f64::exp);
        upper.is_finite().then_some(HazardRatio { hazard_ratio, lower, upper })
    };
    Ok(ContinuousEffect {
        state: coefficient.state,
        per_unit: per(1.0),
        per_standard_deviation: standard_deviation.and_then(per),
        standard_deviation,
        p_value: coefficient.p_value,
        concordance: model.concordance.filter(|_| coefficient.state != CoefficientState::Aliased),
    })
}

fn standard_deviation(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.len() > 1).then(|| (values.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}
