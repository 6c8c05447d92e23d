//! Calibration at a time: whether as many patients have the event as was predicted.
//!
//! ```text
//! groups    patients by quantiles of predicted risk: 1 - S_KM(t) against the mean prediction
//! in large  O / E: 1 - S_KM(t) of all patients over the mean prediction          Stevens & Poppe 2020
//! slope     coefficient of ln(-ln(1 - p)) in a Cox model: 1 is right, below 1 predictions are too extreme
//! smooth    ln h(t) = ln h_0(t) + f(ln(-ln(1 - p))),   f a restricted cubic spline         Austin 2020
//! ```
//!
//! with `p` the predicted probability of the event by `t`. From the smooth model every patient has an expected
//! probability at his own prediction, and the distances `|observed - p|` have a mean (`ICI`), a median (`E50`), a ninth
//! decile (`E90`) and a maximum. Groups depend on where they are cut; the smooth curve does not.
//!
//! The interval of `O / E` is symmetric on the log scale and takes predictions for given, those of groups on the log-log
//! scale of survival. Quantiles are those of R's type 7.
//!
//! # References
//!
//! * Austin PC, Harrell FE, van Klaveren D. Graphical calibration curves and the integrated calibration index (ICI) for
//!   survival models. *Stat Med* 2020;39:2714-2742. doi:10.1002/sim.8570
//! * Stevens RJ, Poppe KK. Validation of clinical prediction models: what does the "calibration slope" really measure?
//!   *J Clin Epidemiol* 2020;118:93-99. doi:10.1016/j.jclinepi.2019.09.016
//! * van Houwelingen HC. Validation, calibration, revision and combination of prognostic survival models.
//!   *Stat Med* 2000;19:3401-3415. `doi:10.1002/1097-0258(20001230)19:24<3401::AID-SIM554>3.0.CO;2-2`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::smooth::{CalibrationPoint, SmoothCalibration};

use super::cohort::{Cohort, expect_length};
use super::cox;
use super::design::{Design, Term};
use super::kaplan_meier::{self, ConfidenceScale, NORMAL_QUANTILE_975};
use crate::error::{Error, Result};

mod smooth;

/// Predicted risks against what happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Number of patients.
    pub n: usize,
    /// The time by which the event was predicted, in the unit of the cohort.
    pub time: f64,
    /// Patients by ascending predicted risk, in groups of about equal size; equal predictions share a group.
    pub groups: Vec<RiskGroup>,
    /// Observed over expected events; absent if follow-up does not reach the time, or nobody has the event by then.
    pub observed_to_expected: Option<ObservedToExpected>,
    /// Absent if a prediction is 0 or 1, or all are the same, or nobody has the event.
    pub slope: Option<CalibrationSlope>,
    /// Absent if a prediction is 0 or 1, or all are the same, or follow-up does not reach the time, or nobody has the
    /// event.
    pub smooth: Option<SmoothCalibration>,
}

/// Patients of similar predicted risk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RiskGroup {
    /// Number of patients.
    pub n: usize,
    /// Mean of their predicted risks, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub predicted: f64,
    /// Share with the event by the time, in [0, 1]; absent if their follow-up ends before.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub observed: Option<f64>,
    /// Lower end of the 95 % interval of `observed`; absent with it, or if all had the event.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub lower: Option<f64>,
    /// Upper end of the 95 % interval of `observed`; absent with it, or if all had the event.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub upper: Option<f64>,
}

/// Calibration in the large.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObservedToExpected {
    /// Share with the event by the time, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub observed: f64,
    /// Mean predicted risk, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub expected: f64,
    /// `observed` over `expected`: above 1, more patients had the event than predicted.
    #[schemars(range(min = 0.0))]
    pub ratio: f64,
    /// Lower end of the 95 % interval of `ratio`; absent if all had the event.
    #[schemars(range(min = 0.0))]
    pub lower: Option<f64>,
    /// Upper end of the 95 % interval of `ratio`; absent if all had the event.
    #[schemars(range(min = 0.0))]
    pub upper: Option<f64>,
}

/// The coefficient of a linear predictor in a Cox model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalibrationSlope {
    /// 1 if differences in risk are as large as predicted, below 1 if they are smaller.
    pub slope: f64,
    /// Standard error of `slope`.
    #[schemars(range(min = 0.0))]
    pub std_err: f64,
    /// Lower end of the 95 % interval of `slope`.
    pub lower: f64,
    /// Upper end of the 95 % interval of `slope`.
    pub upper: f64,
}

/// Compares predicted probabilities of the event by a time with what happened.
///
/// `risk` holds one prediction per patient in the order of the cohort; `n_groups` says how many groups to make of them.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one prediction per patient.
/// * [`Error::OutOfRange`] if a prediction is not a probability, the time is not finite, or no group is asked for.
///
/// # Examples
///
/// ```
/// use contexture::survival::{Cohort, calibration};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0], &[true, true, true, false])?;
/// let found = calibration::assess(&cohort, &[0.7, 0.5, 0.3, 0.1], 2.5, 2)?;
/// assert_eq!(found.groups.iter().map(|it| it.observed).collect::<Vec<_>>(), [Some(0.0), Some(1.0)]);
/// assert!(found.observed_to_expected.is_some_and(|it| (it.ratio - 1.25).abs() < 1e-12));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn assess(cohort: &Cohort, risk: &[f64], time: f64, n_groups: usize) -> Result<Calibration> {
    expect_length("predicted risks", cohort.len(), risk.len())?;
    if let Some(&value) = risk.iter().find(|it| !(0.0..=1.0).contains(*it)) {
        return Err(Error::OutOfRange { quantity: "predicted risk", expected: "a probability", value });
    }
    if !time.is_finite() {
        return Err(Error::OutOfRange { quantity: "time of predictions", expected: "a finite number", value: time });
    }
    if n_groups == 0 {
        return Err(Error::OutOfRange { quantity: "number of risk groups", expected: "at least 1", value: 0.0 });
    }
    let linear_predictor: Option<Vec<f64>> = risk.iter().map(|&it| complementary_log_log(it)).collect();
    let (slope, smooth) = match &linear_predictor {
        Some(it) => (slope(cohort, it)?, smooth::estimate(cohort, risk, it, time)?),
        None => (None, None),
    };
    Ok(Calibration {
        n: cohort.len(),
        time,
        groups: groups(cohort, risk, time, n_groups),
        observed_to_expected: observed_to_expected(cohort, risk, time),
        slope,
        smooth,
    })
}

/// Estimates the calibration slope of a linear predictor, one value per patient in the order of the cohort.
///
/// `None` if the predictor is the same for all, nobody has the event, or it separates those who have it from the rest.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one value per patient.
/// * [`Error::OutOfRange`] if a value is not finite.
pub fn slope(cohort: &Cohort, linear_predictor: &[f64]) -> Result<Option<CalibrationSlope>> {
    let design = Design::new(vec![Term::numeric("linear predictor", linear_predictor.to_vec())]);
    let coefficient = &cox::coefficients(cohort, &design, None)?[0];
    Ok(coefficient.log_hazard_ratio.zip(coefficient.std_err).map(|(slope, std_err)| {
        let reach = NORMAL_QUANTILE_975 * std_err;
        CalibrationSlope { slope, std_err, lower: slope - reach, upper: slope + reach }
    }))
}

/// `ln(-ln(1 - p))`: the linear predictor of a proportional hazards model, up to a constant. `None` at 0 and 1.
fn complementary_log_log(risk: f64) -> Option<f64> {
    Some((-(-risk).ln_1p()).ln()).filter(|it| it.is_finite())
}

/// Survival at a time with its standard error and interval.
struct AtTime {
    survival: f64,
    std_err: Option<f64>,
    interval: Option<[f64; 2]>,
}

/// `None` if follow-up ends before the time while some still live.
fn survival_at(cohort: &Cohort, time: f64) -> Option<AtTime> {
    let curve = kaplan_meier::estimate(cohort, ConfidenceScale::LogLog);
    let last = curve.steps.last()?;
    if time > last.time && last.survival > 0.0 {
        return None;
    }
    let reached = curve.steps.partition_point(|step| step.time <= time).checked_sub(1).map(|it| &curve.steps[it]);
    Some(reached.map_or(AtTime { survival: 1.0, std_err: Some(0.0), interval: Some([1.0, 1.0]) }, |step| AtTime {
        survival: step.survival,
        std_err: step.std_err,
        interval: step.lower.zip(step.upper).map(|(lower, upper)| [lower, upper]),
    }))
}

fn weighted_mean(cohort: &Cohort, risk: &[f64], patients: impl Iterator<Item = usize>) -> f64 {
    let (sum, weight) =
        patients.fold((0.0, 0.0), |(sum, weight), it| (sum + cohort.weight(it) * risk[it], weight + cohort.weight(it)));
    sum / weight
}

fn groups(cohort: &Cohort, risk: &[f64], time: f64, n_groups: usize) -> Vec<RiskGroup> {
    let n = risk.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| risk[a].total_cmp(&risk[b]));
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); n_groups.min(n)];
    let n_groups = members.len();
    let mut start = 0;
    for run in order.chunk_by(|&a, &b| risk[a].total_cmp(&risk[b]).is_eq()) {
        // METHOD: Equal predictions go to the group of the one in their middle.
        let middle = start + (run.len() - 1) / 2;
        members[middle * n_groups / n].extend(run);
        start += run.len();
    }
    members.retain(|it| !it.is_empty());
    let group = |mut members: Vec<usize>| {
        members.sort_unstable();
        let survival = survival_at(&cohort.select(&members), time);
        let interval = survival.as_ref().and_then(|it| it.interval);
        RiskGroup {
            n: members.len(),
            predicted: weighted_mean(cohort, risk, members.into_iter()),
            observed: survival.map(|it| 1.0 - it.survival),
            lower: interval.map(|[_, upper]| 1.0 - upper),
            upper: interval.map(|[lower, _]| 1.0 - lower),
        }
    };
    members.into_iter().map(group).collect()
}

fn observed_to_expected(cohort: &Cohort, risk: &[f64], time: f64) -> Option<ObservedToExpected> {
    let survival = survival_at(cohort, time).filter(|it| it.survival < 1.0)?;
    let (observed, expected) = (1.0 - survival.survival, weighted_mean(cohort, risk, 0..risk.len()));
    let ratio = observed / expected;
    let factor = survival.std_err.map(|it| (NORMAL_QUANTILE_975 * it / observed).exp());
    ratio.is_finite().then(|| ObservedToExpected {
        observed,
        expected,
        ratio,
        lower: factor.map(|it| ratio / it),
        upper: factor.map(|it| ratio * it),
    })
}

#[cfg(test)]
mod tests;
