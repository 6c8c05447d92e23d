//! Cox models whose coefficients are held back: ridge, lasso and elastic net.
//!
//! With more covariates than events can support, coefficients of maximum likelihood are too large, and predict new
//! patients badly. A penalty on their size trades a little bias for much less variance:
//!
//! ```text
//! l(β) - θ/2 Σ β²                                        ridge: all coefficients smaller          Verweij 1994
//! l(β)/n - λ [ (1 - α)/2 Σ β² + α Σ |β| ]                elastic net; α = 1 is the lasso, which sets some to 0
//! ```
//!
//! | module | question |
//! | --- | --- |
//! | [`ridge`] | what are the coefficients at a given penalty, and how sure are they? |
//! | [`elastic_net`] | which coefficients enter, and how do they grow, as the penalty is relaxed? |
//! | [`cross_validation`] | which penalty predicts new patients best? |
//!
//! # References
//!
//! * Verweij PJM, Van Houwelingen HC. Penalized likelihood in Cox regression. *Stat Med* 1994;13:2427-2436.
//!   doi:10.1002/sim.4780132307
//! * Tibshirani R. The lasso method for variable selection in the Cox model. *Stat Med* 1997;16:385-395.
//!   doi:`10.1002/(SICI)1097-0258(19970228)16:4<385::AID-SIM380>3.0.CO;2-3`
//! * Simon N, Friedman J, Hastie T, Tibshirani R. Regularization paths for Cox's proportional hazards model via
//!   coordinate descent. *J Stat Softw* 2011;39(5):1-13. doi:10.18637/jss.v039.i05

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod coordinate_descent;
pub mod cross_validation;
pub mod elastic_net;
mod likelihood;
pub mod ridge;

/// In which units coefficients are penalized.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// Per standard deviation of the covariate, so that its units do not matter.
    #[default]
    StandardDeviation,
    /// In the units of the covariates as they are.
    Units,
}

/// How a penalized likelihood treats patients who have the event at the same time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ties {
    /// All of them are at risk in each of their events; as glmnet and coxphf have it.
    #[default]
    Breslow,
    /// They leave the risk set in equal parts.
    Efron,
}

impl Ties {
    /// In how many parts `n_event` patients leave the risk set.
    pub(super) fn n_parts(self, n_event: usize) -> usize {
        match self {
            Self::Breslow => 1,
            Self::Efron => n_event,
        }
    }
}
