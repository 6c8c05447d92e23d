//! The restricted mean survival time, and how it differs between two groups.
//!
//! The mean time that patients live without the event up to a horizon `τ` is the area under the survival curve, and the
//! mean time lost is the rest of `τ`:
//!
//! ```text
//! RMST = ∫_0^τ S(t) dt                                                    RMTL = τ - RMST
//! var  = Σ_{t_i ≤ τ} [∫_{t_i}^τ S(t) dt]² d_i / (n_i (n_i - d_i))         terms with n_i = d_i are 0
//!
//! difference   RMST_1 - RMST_0
//! ratio        RMST_1 / RMST_0, RMTL_1 / RMTL_0          interval and test on the log scale, by the delta method
//! ```
//!
//! Where weights are fractions, the variance is that of the infinitesimal jackknife: the sum over patients of the squared
//! area under their contributions to `S`.
//!
//! The area needs the curve up to `τ`. The latest horizon for two groups is that of the R package survRM2: the earlier
//! of both last observations, or the later one if nobody is censored at the last time of the group that ends first. One group alone is carried on at its last height, as R's `survfit` does with a common horizon.
//!
//! A comparison that is adjusted for covariates is in [`adjusted`].
//!
//! # References
//!
//! * Royston P, Parmar MKB. The use of restricted mean survival time to estimate the treatment effect in randomized
//!   clinical trials when the proportional hazards assumption is in doubt. *Stat Med* 2011;30:2409-2421.
//!   doi:10.1002/sim.4274
//! * Uno H, Claggett B, Tian L, et al. Moving beyond the hazard ratio in quantifying the between-group difference in
//!   survival analysis. *J Clin Oncol* 2014;32:2380-2385. doi:10.1200/JCO.2014.55.2208

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::chi_square::two_sided;
use super::cohort::{Cohort, Tie, expect_length};
use super::confidence::critical_value;
use super::kaplan_meier::{self, ConfidenceScale};
use crate::error::{Error, Result};

pub mod adjusted;

/// Mean time without the event up to a horizon.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RestrictedMean {
    /// Number of patients.
    pub n: usize,
    /// Number of patients with the event up to the horizon.
    pub n_events: usize,
    /// Mean time without the event, from 0 to the horizon, in the unit of the cohort.
    #[schemars(range(min = 0.0))]
    pub mean: f64,
    /// Standard error of `mean`, and of `time_lost`.
    #[schemars(range(min = 0.0))]
    pub std_err: f64,
    /// Lower end of the interval of `mean`.
    pub lower: f64,
    /// Upper end of the interval of `mean`.
    pub upper: f64,
    /// Mean time lost to the event: the horizon less `mean`.
    #[schemars(range(min = 0.0))]
    pub time_lost: f64,
}

/// A difference or ratio of two groups.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contrast {
    /// The difference, or the ratio.
    pub estimate: f64,
    /// Standard error of the difference, or of the logarithm of the ratio.
    #[schemars(range(min = 0.0))]
    pub std_err: f64,
    /// Lower end of the interval of `estimate`.
    pub lower: f64,
    /// Upper end of the interval of `estimate`.
    pub upper: f64,
    /// Probability of an estimate at least as far from no difference if there is none, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: f64,
}

/// Restricted means of two groups, and how they differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The horizon, in the unit of the cohort.
    pub horizon: f64,
    /// Probability that an interval holds what it is for, between 0 and 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub level: f64,
    /// The restricted means of groups 0 and 1.
    pub groups: [RestrictedMean; 2],
    /// Mean of group 1 less that of group 0; absent if neither is uncertain.
    pub difference: Option<Contrast>,
    /// Mean of group 1 by that of group 0; absent if one of them is 0, or neither is uncertain.
    pub ratio: Option<Contrast>,
    /// Mean time lost of group 1 by that of group 0; absent if one of them is 0, or neither is uncertain.
    pub time_lost_ratio: Option<Contrast>,
}

/// Estimates the mean time without the event up to a horizon, with its interval.
///
/// The curve is carried on at its last height if the horizon lies beyond the last observation.
///
/// # Errors
///
/// * [`Error::OutOfRange`] if the horizon is not a finite number above 0, or the level not between 0 and 1.
///
/// # Examples
///
/// ```
/// use contexture::survival::{Cohort, restricted_mean};
///
/// let cohort = Cohort::from_columns(&[2.0, 4.0, 6.0, 8.0], &[true, false, true, false])?;
/// let found = restricted_mean::estimate(&cohort, 6.0, 0.95)?;
/// // Two years in which all live, and four in which three quarters do.
/// assert!((found.mean - (2.0 + 4.0 * 0.75)).abs() < 1e-12);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(cohort: &Cohort, horizon: f64, level: f64) -> Result<RestrictedMean> {
    let critical_value = critical_value(level)?;
    check_horizon(horizon, f64::INFINITY)?;
    let ties = || cohort.schedule().ties.iter().take_while(|it| it.time <= horizon);
    let steps = kaplan_meier::estimate(cohort, ConfidenceScale::Plain).steps;

    // The area from each time on, backwards from the horizon.
    let mut areas = vec![0.0; ties().count()];
    let (mut area, mut end) = (0.0, horizon);
    for (from_here, step) in areas.iter_mut().zip(&steps).rev() {
        area += step.survival * (end - step.time);
        (*from_here, end) = (area, step.time);
    }
    let mean = area + end;
    let variance = if cohort.has_fractional_weights() {
        jackknife_variance(cohort, &areas)
    } else {
        let greenwood = |(tie, &area): (&Tie, &f64)| area * area * share_per_survivor(tie);
        ties().zip(&areas).map(greenwood).sum()
    };
    let std_err = f64::sqrt(variance);
    Ok(RestrictedMean {
        n: cohort.len(),
        n_events: ties().map(|it| it.n_event).sum(),
        mean,
        std_err,
        lower: mean - critical_value * std_err,
        upper: mean + critical_value * std_err,
        time_lost: horizon - mean,
    })
}

/// The squared contributions of patients to the area: each that of the time at risk less that of the own event.
///
/// `areas` are those from each distinct time to the horizon. An event time with hazard `d / n` lowers the area that is
/// to come by its share `d / n`, for each unit of weight at risk by `area d / (n (n - d))`.
fn jackknife_variance(cohort: &Cohort, areas: &[f64]) -> f64 {
    let schedule = cohort.schedule();
    let mut sums = Vec::with_capacity(areas.len() + 1);
    sums.push(0.0);
    let mut sum = 0.0;
    for (tie, area) in schedule.ties.iter().zip(areas) {
        sum += area * share_per_survivor(tie);
        sums.push(sum);
    }

    let mut contributions = vec![0.0; cohort.len()];
    for (place, tie) in schedule.ties.iter().enumerate() {
        for &patient_idx in &schedule.order[tie.members.clone()] {
            contributions[patient_idx] = sums[(place + 1).min(areas.len())];
            if let Some(area) = areas.get(place)
                && cohort.outcomes()[patient_idx].event
                && tie.n_event < tie.n_risk
            {
                contributions[patient_idx] -= area / (tie.risk_weight - tie.event_weight);
            }
        }
    }
    let mut n_entered = 0;
    for (place, tie) in schedule.ties.iter().enumerate() {
        for &patient_idx in schedule.entry_order.get(n_entered..tie.n_entered).unwrap_or_default() {
            contributions[patient_idx] -= sums[place.min(areas.len())];
        }
        n_entered = tie.n_entered;
    }
    contributions.iter().enumerate().map(|(idx, it)| (cohort.weight(idx) * it).powi(2)).sum()
}

/// Greenwood's term `d / (n (n - d))` of a time; 0 if nobody survives it.
fn share_per_survivor(tie: &Tie) -> f64 {
    let (n, d) = (tie.risk_weight, tie.event_weight);
    if tie.n_event < tie.n_risk { d / (n * (n - d)) } else { 0.0 }
}

/// Compares the mean times of two groups up to a horizon.
///
/// `group` holds 0 or 1 per patient, in the order of the cohort. Without a horizon, it is the
/// [latest](latest_horizon) that both groups allow.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one code per patient.
/// * [`Error::OutOfRange`] if a code is neither 0 nor 1, the level not between 0 and 1, or the horizon not above 0 or
///   later than both groups allow.
/// * [`Error::Unanswerable`] if a group is empty.
///
/// # Examples
///
/// ```
/// use contexture::survival::{Cohort, restricted_mean};
///
/// let cohort = Cohort::from_columns(&[1.0, 3.0, 5.0, 2.0, 6.0, 7.0], &[true, true, false, true, false, true])?;
/// let found = restricted_mean::compare(&cohort, &[0, 0, 0, 1, 1, 1], None, 0.95)?;
/// assert_eq!(found.horizon, 5.0);
/// assert!((found.groups[1].mean - (2.0 + 3.0 * 2.0 / 3.0)).abs() < 1e-12);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn compare(cohort: &Cohort, group: &[usize], horizon: Option<f64>, level: f64) -> Result<Comparison> {
    let critical_value = critical_value(level)?;
    let latest = latest_horizon(cohort, group)?;
    let horizon = horizon.unwrap_or(latest);
    check_horizon(horizon, latest)?;

    let mean = |code| estimate(&cohort.subset(|idx| group[idx] == code), horizon, level);
    let [control, treated] = [mean(0)?, mean(1)?];
    let variance = control.std_err.powi(2) + treated.std_err.powi(2);
    let difference = contrast(treated.mean - control.mean, variance, critical_value);
    let ratio = |of: f64, to: f64| {
        let variance = (treated.std_err / of).powi(2) + (control.std_err / to).powi(2);
        let log_ratio = (of > 0.0 && to > 0.0).then(|| contrast((of / to).ln(), variance, critical_value))??;
        Some(log_ratio.exponentiated())
    };
    Ok(Comparison {
        horizon,
        level,
        groups: [control, treated],
        difference,
        ratio: ratio(treated.mean, control.mean),
        time_lost_ratio: ratio(treated.time_lost, control.time_lost),
    })
}

/// The latest horizon to which both of two groups can be compared, in the unit of the cohort.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one code per patient.
/// * [`Error::OutOfRange`] if a code is neither 0 nor 1.
/// * [`Error::Unanswerable`] if a group is empty.
pub fn latest_horizon(cohort: &Cohort, group: &[usize]) -> Result<f64> {
    expect_length("group codes", cohort.len(), group.len())?;
    if let Some(&code) = group.iter().find(|&&code| code > 1) {
        return Err(Error::OutOfRange { quantity: "group code", expected: "0 or 1", value: code as f64 });
    }
    // The last time of each group, and whether all who are followed up to it have the event.
    let mut ends = [None; 2];
    for (outcome, &code) in cohort.outcomes().iter().zip(group) {
        ends[code] = match ends[code] {
            Some((time, _)) if outcome.time > time => Some((outcome.time, outcome.event)),
            Some((time, with_events)) if outcome.time >= time => Some((time, with_events && outcome.event)),
            None => Some((outcome.time, outcome.event)),
            earlier => earlier,
        };
    }
    let [Some(control), Some(treated)] = ends else {
        let problem = "one of the two groups to compare has no patients".to_owned();
        return Err(Error::Unanswerable { problem });
    };
    // METHOD: The rule of survRM2: a curve that is down to 0 is known ever after.
    let (first, last) = if treated.0 > control.0 { (control, treated) } else { (treated, control) };
    Ok(if first.1 { last.0 } else { first.0 })
}

/// Complains unless a horizon is above 0 and not later than the latest.
fn check_horizon(horizon: f64, latest: f64) -> Result<()> {
    let expected = if latest.is_finite() {
        "a time above 0 and not after the first of the two groups ends (see the latest horizon)"
    } else {
        "a finite time above 0"
    };
    if horizon.is_finite() && horizon > 0.0 && horizon <= latest {
        return Ok(());
    }
    Err(Error::OutOfRange { quantity: "horizon of the restricted mean", expected, value: horizon })
}

/// An estimate with interval and test by the normal distribution; `None` if it has no variance.
fn contrast(estimate: f64, variance: f64, critical_value: f64) -> Option<Contrast> {
    let std_err = variance.sqrt();
    (std_err > 0.0).then(|| Contrast {
        estimate,
        std_err,
        lower: estimate - critical_value * std_err,
        upper: estimate + critical_value * std_err,
        p_value: two_sided(estimate / std_err),
    })
}

impl Contrast {
    /// The ratio whose logarithm this is.
    fn exponentiated(self) -> Self {
        Self { estimate: self.estimate.exp(), lower: self.lower.exp(), upper: self.upper.exp(), ..self }
    }
}

#[cfg(test)]
mod tests;
