//! Simultaneous confidence bands: limits that hold a whole stretch of the survival curve at once.
//!
//! Pointwise intervals hold each survival with 95 % probability, but not all of them together. With `n` patients,
//! Greenwood's variance `σ²` of `ln S`, and the critical value `c` for the stretch from `t_L` to `t_U`, the band reaches
//! from `S` as far as an interval on the chosen [scale](super::confidence) with
//!
//! ```text
//! Hall-Wellner      r(t) = c (1 + n σ²) / √n        sup |B(u)|                over a_L ≤ u ≤ a_U
//! equal precision   r(t) = c σ                      sup |B(u)| / √(u (1 - u)) over a_L ≤ u ≤ a_U      Nair 1984
//!
//! a(t) = n σ² / (1 + n σ²),   a_L = a(t_L),   a_U = a(t_U)
//! ```
//!
//! in the place of `z σ`, where `c` is the quantile of the supremum on the right for a Brownian bridge `B`. On the log-log
//! and arcsine scales these are the transformed bands of Borgan and Liestøl (1990). The equal-precision band is a constant
//! multiple of the pointwise interval wide; that of Hall and Wellner is narrower in the middle.
//!
//! Critical values are computed (see `critical_value`), not read from tables. Those printed by Nair, and the programs that
//! use them, rest on an approximation for high levels; at 95 % it is right to about 0.25 %.
//!
//! # References
//!
//! * Hall WJ, Wellner JA. Confidence bands for a survival curve from censored data.
//!   *Biometrika* 1980;67:133-143. doi:10.1093/biomet/67.1.133
//! * Nair VN. Confidence bands for survival functions with censored data: a comparative study.
//!   *Technometrics* 1984;26:265-275. doi:10.1080/00401706.1984.10487964
//! * Borgan Ø, Liestøl K. A note on confidence intervals and bands for the survival function based on transformations.
//!   *Scand J Stat* 1990;17:35-41.
//! * Klein JP, Moeschberger ML. *Survival Analysis*, 2nd ed. Springer, 2003, §4.4. doi:10.1007/b97377

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cohort::Cohort;
use super::confidence::{ConfidenceScale, check_level};
use super::kaplan_meier::{self, Step, Variance};
use crate::error::{Error, Result};

mod critical_value;

/// How the width of a band runs along the curve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// As that of Hall and Wellner, without censoring of constant width on the plain scale.
    HallWellner,
    /// Proportional to that of the pointwise intervals.
    #[default]
    EqualPrecision,
}

/// How a band is estimated; the default is of equal precision, with 95 % on the log-log scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How its width runs along the curve.
    pub band: Band,
    /// Probability that the band holds the curve all along, between 0 and 1.
    pub level: f64,
    /// Scale on which the band is symmetric.
    pub confidence_scale: ConfidenceScale,
    /// Start of the stretch; the first event if absent.
    pub from: Option<f64>,
    /// End of the stretch; the last event that leaves survivors if absent.
    pub to: Option<f64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { band: Band::default(), level: 0.95, confidence_scale: ConfidenceScale::LogLog, from: None, to: None }
    }
}

/// A simultaneous confidence band for a stretch of a survival curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfidenceBand {
    /// How its width runs along the curve.
    pub band: Band,
    /// Scale on which it is symmetric.
    pub confidence_scale: ConfidenceScale,
    /// Probability that it holds the curve all along, between 0 and 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub level: f64,
    /// Start of the stretch, in the unit of the cohort.
    pub from: f64,
    /// End of the stretch, in the unit of the cohort.
    pub to: f64,
    /// `a_L`, the share of the information that is in at the start, in [0, 1).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub lower_share: f64,
    /// `a_U`, the share of the information that is in at the end, in [0, 1).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub upper_share: f64,
    /// The quantile `c` of the supremum over the stretch.
    #[schemars(range(min = 0.0))]
    pub critical_value: f64,
    /// One row at the start of the stretch and at each distinct time within it, by ascending time.
    pub steps: Vec<BandStep>,
}

/// A band from one time up to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BandStep {
    /// Time, in the unit of the cohort.
    pub time: f64,
    /// Estimated probability of no event up to and including this time, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub survival: f64,
    /// Lower end of the band, in [0, 1]; absent if `survival` is 0, or is 1 and the scale has no interval there.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub lower: Option<f64>,
    /// Upper end of the band, in [0, 1]; absent with `lower`.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub upper: Option<f64>,
}

/// Estimates a simultaneous confidence band for the survival curve of a cohort.
///
/// # Errors
///
/// * [`Error::OutOfRange`] unless the level is between 0 and 1, and the stretch lies within the follow-up.
/// * [`Error::Unanswerable`] if no event leaves survivors, if weights are fractions, or if a band of equal precision is to
///   start before the first event.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::bands::{self, Settings};
///
/// let times: Vec<f64> = (1..=20).map(f64::from).collect();
/// let cohort = Cohort::from_columns(&times, &[true; 20])?;
/// let band = bands::estimate(&cohort, &Settings { from: Some(5.0), to: Some(15.0), ..Settings::default() })?;
/// // Wider than the 1.96 of a pointwise interval.
/// assert!(band.critical_value > 2.5);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(cohort: &Cohort, settings: &Settings) -> Result<ConfidenceBand> {
    check_level(settings.level)?;
    if cohort.has_fractional_weights() {
        // METHOD: The theory of the bands needs Greenwood's variance, for which a weight is a number of patients.
        let problem = "a simultaneous band needs weights that are numbers of patients; ask for pointwise intervals";
        return Err(Error::Unanswerable { problem: problem.to_owned() });
    }
    let curve_settings = kaplan_meier::Settings { variance: Variance::Greenwood, ..kaplan_meier::Settings::default() };
    let steps = kaplan_meier::estimate_with(cohort, &curve_settings)?.steps;
    let (from, to) = stretch(&steps, settings)?;

    let n = cohort.weights().map_or(cohort.len() as f64, |it| it.iter().sum());
    let share = |time| {
        let information = n * sigma(step_at(&steps, time)).powi(2);
        information / (1.0 + information)
    };
    let (lower_share, upper_share) = (share(from), share(to));
    let critical_value = match settings.band {
        Band::HallWellner => critical_value::hall_wellner(settings.level, lower_share, upper_share),
        Band::EqualPrecision if lower_share > 0.0 => {
            critical_value::equal_precision(settings.level, lower_share, upper_share)
        }
        Band::EqualPrecision => {
            let problem = format!("a band of equal precision cannot start at {from}, before the first event");
            return Err(Error::Unanswerable { problem });
        }
    };

    let at = |time: f64, step: Option<&Step>| {
        let survival = step.map_or(1.0, |it| it.survival);
        let sigma = sigma(step);
        let reach = critical_value
            * match settings.band {
                Band::HallWellner => (1.0 + n * sigma * sigma) / n.sqrt(),
                Band::EqualPrecision => sigma,
            };
        let limits = if survival > 0.0 { settings.confidence_scale.interval(survival, reach, reach) } else { None };
        BandStep { time, survival, lower: limits.map(|[lower, _]| lower), upper: limits.map(|[_, upper]| upper) }
    };
    let within = steps.iter().filter(|it| it.time > from && it.time <= to);
    let rows = std::iter::once(at(from, step_at(&steps, from))).chain(within.map(|step| at(step.time, Some(step))));
    Ok(ConfidenceBand {
        band: settings.band,
        confidence_scale: settings.confidence_scale,
        level: settings.level,
        from,
        to,
        lower_share,
        upper_share,
        critical_value,
        steps: rows.collect(),
    })
}

/// Start and end of the band.
fn stretch(steps: &[Step], settings: &Settings) -> Result<(f64, f64)> {
    let mut events = steps.iter().filter(|it| it.n_event > 0 && it.survival > 0.0).map(|it| it.time);
    let Some(first_event) = events.next() else {
        let problem = "there is no event that leaves survivors, so that a simultaneous band has no width";
        return Err(Error::Unanswerable { problem: problem.to_owned() });
    };
    let (from, to) = (
        settings.from.unwrap_or(first_event),
        settings.to.unwrap_or_else(|| events.next_back().unwrap_or(first_event)),
    );
    let out_of_range = |quantity, expected, value| Err(Error::OutOfRange { quantity, expected, value });
    if !from.is_finite() {
        return out_of_range("start of the band", "a finite time", from);
    }
    if !(to >= first_event && to >= from) {
        return out_of_range("end of the band", "a time not before its start and the first event", to);
    }
    if steps.last().is_none_or(|last| to > last.time) {
        return out_of_range("end of the band", "a time not after the last observation", to);
    }
    Ok((from, to))
}

/// The last step at or before a time; `None` before the first.
fn step_at(steps: &[Step], time: f64) -> Option<&Step> {
    steps[..steps.partition_point(|step| step.time <= time)].last()
}

/// Standard error of `ln S`; where S is 0, that of the last survivors.
fn sigma(step: Option<&Step>) -> f64 {
    step.and_then(|step| step.std_err.map(|std_err| std_err / step.survival)).unwrap_or(0.0)
}

#[cfg(test)]
mod tests;
