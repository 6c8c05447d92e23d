//! Confidence intervals of a probability of survival.
//!
//! With `S` the estimate, `σ` the standard error of `ln S`, and `r = z σ` the reach of the interval at the chosen level:
//!
//! ```text
//! plain    S ∓ r S                                            clipped to [0, 1]
//! log      exp(ln S ∓ r)                                      clipped to 1; the default of R
//! log-log  exp(-exp(ln(-ln S) ∓ r / ln S))                    Kalbfleisch & Prentice 2002, §1.4
//! logit    expit(ln(S / (1 - S)) ∓ r / (1 - S))
//! arcsin   sin²(asin √S ∓ r/2 √(S / (1 - S)))                 angle clipped to [0, π/2]; Thomas & Grunkemeier 1975
//! ```
//!
//! Where nothing is uncertain yet (`σ = 0`), the interval is the estimate itself; R has none there on the log-log, logit
//! and arcsine scales. At `S = 0` there is none, as in R, unless the scale is plain and the standard error is known.
//!
//! The lower limit may take another standard error, since the usual one does not grow while patients are censored without
//! events. With `n` patients at risk:
//!
//! ```text
//! Peto      σ_lower = √((1 - S) / n)
//! modified  σ_lower = σ √(n' / n),   n' at risk at the last event     Dorey & Korn 1987
//! ```
//!
//! # References
//!
//! * Kalbfleisch JD, Prentice RL. *The Statistical Analysis of Failure Time Data*, 2nd ed. Wiley, 2002.
//!   doi:10.1002/9781118032985
//! * Thomas DR, Grunkemeier GL. Confidence interval estimation of survival probabilities for censored data.
//!   *J Am Stat Assoc* 1975;70:865-871. doi:10.1080/01621459.1975.10480315
//! * Peto R, Pike MC, Armitage P, et al. Design and analysis of randomized clinical trials requiring prolonged
//!   observation of each patient. II. *Br J Cancer* 1977;35:1-39. doi:10.1038/bjc.1977.1
//! * Dorey FJ, Korn EL. Effective sample sizes for confidence intervals for survival probabilities.
//!   *Stat Med* 1987;6:679-687. doi:10.1002/sim.4780060605

use std::f64::consts::FRAC_PI_2;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::normal;
use crate::error::{Error, Result};

/// The scale on which a confidence interval is symmetric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConfidenceScale {
    /// ln(-ln S): stays within [0, 1], and keeps its coverage near 0 and 1.
    LogLog,
    /// ln S: the default of R.
    Log,
    /// S itself.
    Plain,
    /// ln(S / (1 - S)): stays within [0, 1].
    Logit,
    /// asin √S, on which the variance hardly depends on S.
    Arcsin,
}

/// The standard error that the lower limit takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LowerLimit {
    /// That of the curve, as for the upper limit.
    #[default]
    Usual,
    /// That of a binomial share of those who are still at risk; wide where few are left.
    Peto,
    /// That of the curve, made wider as patients are censored after the last event.
    Modified,
}

/// The value that a standard normal variable exceeds in size with probability `1 - level`.
///
/// # Errors
///
/// * [`Error::OutOfRange`] unless the level is between 0 and 1.
pub(super) fn critical_value(level: f64) -> Result<f64> {
    check_level(level)?;
    Ok(normal::quantile(1.0 - (1.0 - level) / 2.0))
}

/// Complains unless a confidence level is between 0 and 1.
pub(super) fn check_level(level: f64) -> Result<()> {
    if level > 0.0 && level < 1.0 {
        return Ok(());
    }
    Err(Error::OutOfRange {
        quantity: "confidence level",
        expected: "a number between 0 and 1, such as 0.95",
        value: level,
    })
}

impl ConfidenceScale {
    /// The interval that reaches from an estimate by `below` and `above` times it on the log scale, ends in [0, 1];
    /// `None` where the scale has none.
    pub(super) fn interval(self, survival: f64, below: f64, above: f64) -> Option<[f64; 2]> {
        // METHOD: Before the first event the interval is the estimate itself, whatever the scale.
        if above <= 0.0 && survival > 0.0 {
            return Some([survival; 2]);
        }
        let has_interval = match self {
            Self::Plain => true,
            Self::Log => survival > 0.0,
            Self::LogLog | Self::Logit | Self::Arcsin => survival > 0.0 && survival < 1.0,
        };
        has_interval.then(|| [self.shift(survival, -below).max(0.0), self.shift(survival, above).min(1.0)])
    }

    fn shift(self, survival: f64, reach: f64) -> f64 {
        match self {
            Self::LogLog => {
                let log_survival = survival.ln();
                (-((-log_survival).ln() + reach / log_survival).exp()).exp()
            }
            Self::Log => (survival.ln() + reach).exp(),
            Self::Plain => survival + reach * survival,
            Self::Logit => {
                let logit = (survival / (1.0 - survival)).ln() + reach / (1.0 - survival);
                1.0 / (1.0 + (-logit).exp())
            }
            Self::Arcsin => {
                let angle = survival.sqrt().asin() + 0.5 * reach * (survival / (1.0 - survival)).sqrt();
                angle.clamp(0.0, FRAC_PI_2).sin().powi(2)
            }
        }
    }
}

#[cfg(test)]
mod tests;
