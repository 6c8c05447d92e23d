//! Planning a study: how many events does it take to see a hazard ratio, and what can a given number of them show?
//!
//! All formulas are of one form. With `z_p` the normal quantile, `α` the two-sided level and `1 - β` the power, `d` events
//! and a hazard ratio `h` that moves the test by `e(h)` standard deviations per root of an event,
//!
//! ```text
//! d = (z_{1-α/2} + z_{1-β})² / e(h)²        1 - β = Φ(√d e(h) - z_{1-α/2})
//!
//! two groups, Schoenfeld    e(h) = |ln h| √(s (1 - s) (1 - R²))              s: share of patients in group 1
//! two groups, Freedman      e(h) = |1 - h| √φ / (1 + φ h)                    φ = s / (1 - s)
//! covariate                 e(h) = |ln h| σ √(1 - R²)                        σ: its standard deviation
//! patients                  n = d / ψ                                        ψ: probability of the event
//! ```
//!
//! `h` is the ratio of group 1 to group 0, or per unit of the covariate: with `σ = 1`, per standard deviation. `R²` is the
//! share of the variance of group or covariate that the other covariates of the model explain; it inflates the number of
//! events by `1 / (1 - R²)` (Hsieh & Lavori 2000). Schoenfeld's formula is that of the log-rank and the Cox score test near
//! `h = 1`; Freedman's, for the log-rank test, asks for more events the further `h` is from 1. Rejections in the wrong
//! direction are not counted as power. Numbers are not rounded: take the next whole one.
//!
//! # References
//!
//! * Schoenfeld D. The asymptotic properties of nonparametric tests for comparing survival distributions.
//!   *Biometrika* 1981;68:316-319. doi:10.1093/biomet/68.1.316
//! * Schoenfeld DA. Sample-size formula for the proportional-hazards regression model.
//!   *Biometrics* 1983;39:499-503. doi:10.2307/2531021
//! * Freedman LS. Tables of the number of patients required in clinical trials using the logrank test.
//!   *Stat Med* 1982;1:121-129. doi:10.1002/sim.4780010204
//! * Hsieh FY, Lavori PW. Sample-size calculations for the Cox proportional hazards regression model with nonbinary
//!   covariates. *Control Clin Trials* 2000;21:552-560. doi:10.1016/S0197-2456(00)00104-5

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::normal;
use crate::error::{Error, Result};

/// What is compared, and by which formula.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Comparison {
    /// Two groups, by Schoenfeld's formula.
    Schoenfeld {
        /// Share of the patients in group 1, in (0, 1).
        share: f64,
        /// Share of the variance of the group that other covariates explain, in [0, 1).
        r_squared: f64,
    },
    /// Two groups, by Freedman's formula.
    Freedman {
        /// Share of the patients in group 1, in (0, 1).
        share: f64,
    },
    /// A continuous covariate, by Hsieh and Lavori's formula.
    Covariate {
        /// Standard deviation of the covariate, in the unit in which the hazard ratio is given; above 0.
        std_dev: f64,
        /// Share of the variance of the covariate that others explain, in [0, 1).
        r_squared: f64,
    },
}

/// A comparison that has been checked, with the level of its test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    scale: Scale,
    /// The normal quantile of the level.
    critical: f64,
}

/// How the effect depends on the hazard ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scale {
    /// It is the logarithm, times this.
    Logarithm(f64),
    /// Freedman's formula, with patients in group 1 for each in group 0.
    Freedman(f64),
}

/// Hazard ratios that a number of events can show.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DetectableHazardRatios {
    /// The largest below 1; absent if none is small enough.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub below_one: Option<f64>,
    /// The smallest above 1; absent if none is large enough.
    #[schemars(range(min = 1.0))]
    pub above_one: Option<f64>,
}

impl Plan {
    /// Checks a comparison, and the two-sided level `alpha` of its test.
    ///
    /// # Errors
    ///
    /// * [`Error::OutOfRange`] if `alpha` or a share is not in (0, 1), a standard deviation is not above 0, or an R² is not
    ///   in [0, 1).
    ///
    /// # Examples
    ///
    /// ```
    /// use contexture::survival::planning::{self, Comparison, Plan};
    ///
    /// let plan = Plan::new(Comparison::Schoenfeld { share: 0.5, r_squared: 0.0 }, 0.05)?;
    /// let n_events = plan.n_events(0.5, 0.8)?.ceil();
    /// assert_eq!(n_events, 66.0);
    /// assert!(plan.power(0.5, n_events)? > 0.8);
    /// assert_eq!(planning::n_patients(n_events, 0.25)?, 264.0);
    /// # Ok::<(), contexture::error::Error>(())
    /// ```
    pub fn new(comparison: Comparison, alpha: f64) -> Result<Self> {
        expect_fraction("two-sided level alpha", alpha)?;
        let scale = match comparison {
            Comparison::Schoenfeld { share, r_squared } => {
                expect_fraction("share of patients in group 1", share)?;
                expect_r_squared(r_squared)?;
                Scale::Logarithm((share * (1.0 - share) * (1.0 - r_squared)).sqrt())
            }
            Comparison::Freedman { share } => {
                expect_fraction("share of patients in group 1", share)?;
                Scale::Freedman(share / (1.0 - share))
            }
            Comparison::Covariate { std_dev, r_squared } => {
                expect_positive("standard deviation of the covariate", std_dev)?;
                expect_r_squared(r_squared)?;
                Scale::Logarithm(std_dev * (1.0 - r_squared).sqrt())
            }
        };
        Ok(Self { scale, critical: -normal::quantile(alpha / 2.0) })
    }

    /// Number of events at which the test finds a hazard ratio with the given power; not rounded.
    ///
    /// # Errors
    ///
    /// * [`Error::OutOfRange`] if the hazard ratio is 1 or not above 0, or the power is not between half of alpha and 1.
    pub fn n_events(&self, hazard_ratio: f64, power: f64) -> Result<f64> {
        let effect = self.effect(hazard_ratio)?;
        Ok((self.reach(power)? / effect).powi(2))
    }

    /// Probability that the test finds a hazard ratio, given the number of events.
    ///
    /// # Errors
    ///
    /// * [`Error::OutOfRange`] if the hazard ratio is 1 or not above 0, or the number of events is not above 0.
    pub fn power(&self, hazard_ratio: f64, n_events: f64) -> Result<f64> {
        expect_positive("number of events", n_events)?;
        Ok(normal::cumulative(n_events.sqrt() * self.effect(hazard_ratio)? - self.critical))
    }

    /// The hazard ratios that the test finds with the given power, given the number of events: these and any further
    /// from 1.
    ///
    /// # Errors
    ///
    /// * [`Error::OutOfRange`] if the number of events is not above 0, or the power is not between half of alpha and 1.
    pub fn detectable(&self, n_events: f64, power: f64) -> Result<DetectableHazardRatios> {
        expect_positive("number of events", n_events)?;
        let effect = self.reach(power)? / n_events.sqrt();
        let [below_one, above_one] = match self.scale {
            Scale::Logarithm(scale) => [-effect, effect].map(|effect| (effect / scale).exp()),
            // The effect is at most √φ as the ratio falls to 0, and stays below 1 / √φ as it rises.
            Scale::Freedman(allocation) => {
                let root = allocation.sqrt();
                [-effect, effect].map(|effect| (root + effect) / (root - effect * allocation))
            }
        };
        let defined = |ratio: f64| (ratio.is_finite() && ratio > 0.0).then_some(ratio);
        Ok(DetectableHazardRatios { below_one: defined(below_one), above_one: defined(above_one) })
    }

    /// How many standard deviations the test is moved per root of an event.
    fn effect(&self, hazard_ratio: f64) -> Result<f64> {
        if !(hazard_ratio.is_finite() && hazard_ratio > 0.0 && (hazard_ratio - 1.0).abs() > 0.0) {
            return Err(Error::OutOfRange {
                quantity: "hazard ratio",
                expected: "a finite number above 0 other than 1",
                value: hazard_ratio,
            });
        }
        Ok(match self.scale {
            Scale::Logarithm(scale) => hazard_ratio.ln().abs() * scale,
            Scale::Freedman(allocation) => {
                (1.0 - hazard_ratio).abs() * allocation.sqrt() / (1.0 + allocation * hazard_ratio)
            }
        })
    }

    /// How many standard deviations the test must be moved to have a power.
    fn reach(&self, power: f64) -> Result<f64> {
        // A lower power is reached without any effect.
        let reach = if power > 0.0 && power < 1.0 { self.critical + normal::quantile(power) } else { f64::NAN };
        if reach > 0.0 {
            Ok(reach)
        } else {
            Err(Error::OutOfRange {
                quantity: "power",
                expected: "a number above half of the two-sided level alpha and below 1",
                value: power,
            })
        }
    }
}

/// Number of patients among whom a number of events is to be expected; not rounded.
///
/// `event_probability` is that of a patient within the time of the study, in (0, 1].
///
/// # Errors
///
/// * [`Error::OutOfRange`] if the number of events is not above 0, or the probability is not in (0, 1].
pub fn n_patients(n_events: f64, event_probability: f64) -> Result<f64> {
    expect_positive("number of events", n_events)?;
    if event_probability > 0.0 && event_probability <= 1.0 {
        Ok(n_events / event_probability)
    } else {
        Err(Error::OutOfRange {
            quantity: "probability of the event",
            expected: "a number above 0 and at most 1",
            value: event_probability,
        })
    }
}

fn expect_fraction(quantity: &'static str, value: f64) -> Result<()> {
    if value > 0.0 && value < 1.0 {
        Ok(())
    } else {
        Err(Error::OutOfRange { quantity, expected: "a number above 0 and below 1", value })
    }
}

fn expect_positive(quantity: &'static str, value: f64) -> Result<()> {
    if value.is_finite() && value > 0.0 {
        Ok(())
    } else {
        Err(Error::OutOfRange { quantity, expected: "a finite number above 0", value })
    }
}

fn expect_r_squared(value: f64) -> Result<()> {
    if (0.0..1.0).contains(&value) {
        Ok(())
    } else {
        Err(Error::OutOfRange {
            quantity: "share of variance that other covariates explain",
            expected: "a number of at least 0 and below 1",
            value,
        })
    }
}

#[cfg(test)]
mod tests;
