//! The Kaplan-Meier estimate of a survival curve.
//!
//! With `d_i` events among `n_i` patients at risk at the distinct time `t_i`, both counted by weight if there are
//! weights,
//!
//! ```text
//! S(t)     = Π_{t_i ≤ t} (1 - d_i / n_i)                            Kaplan & Meier 1958, eq. 2b
//! σ²(t)    = Σ_{t_i ≤ t} d_i / (n_i (n_i - d_i))                    Greenwood 1926: variance of ln S(t)
//! ```
//!
//! Patients censored at `t_i` are at risk at `t_i`: events come first. Those who enter late are at risk after their
//! entry. Before the first event S and both limits are 1. At S = 0 Greenwood's sum has a term `d / 0`, and there is
//! neither standard error nor interval. The estimate ends with the last observation. Intervals are those of
//! [`confidence`](super::confidence).
//!
//! Survival may be taken from the [`cumulative_hazard`](super::cumulative_hazard) `H` instead, as `exp(-H)`; then the
//! variance of `ln S` is that of `H`.
//!
//! Greenwood's variance takes each unit of weight for a patient of its own. Where weights are fractions, or patients come
//! in clusters, the infinitesimal jackknife is right: `var = Σ_c U_c²`, where at each event time with hazard `h = d / n`
//! the contribution of a cluster changes to `U_c (1 - h) + S₋ (h W_c - D_c) / n`, for its weight `W_c` at risk and
//! `D_c` of events. At S = 0 it is 0.
//!
//! # References
//!
//! * Kaplan EL, Meier P. Nonparametric estimation from incomplete observations.
//!   *J Am Stat Assoc* 1958;53:457-481. doi:10.1080/01621459.1958.10501452
//! * Greenwood M. *The natural duration of cancer.* HMSO, London, 1926.
//! * Therneau TM, Grambsch PM. *Modeling Survival Data: Extending the Cox Model.* Springer, 2000.
//!   doi:10.1007/978-1-4757-3294-8

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cohort::{Cohort, expect_length};
use super::confidence::critical_value;
use super::cumulative_hazard::HazardEstimator;
use crate::error::Result;

mod curve;
mod influence;
mod jackknife;

pub use super::confidence::{ConfidenceScale, LowerLimit};
pub use curve::{Quantile, Step, SurvivalAt, SurvivalAtTimes, SurvivalCurve};

use jackknife::Jackknife;

/// The 0.975 quantile of the standard normal distribution, for two-sided 95 % intervals.
pub(super) const NORMAL_QUANTILE_975: f64 = 1.959_963_984_540_054;

/// What survival is estimated from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SurvivalEstimator {
    /// The product of the shares that survive each event time: R's `stype = 1`.
    #[default]
    KaplanMeier,
    /// `exp(-H)` of the cumulative hazard: R's `stype = 2`.
    CumulativeHazard,
}

/// The variance that is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variance<'a> {
    /// Greenwood's, or the infinitesimal jackknife where a weight is a fraction, as in R.
    #[default]
    ByWeights,
    /// Greenwood's, whatever the weights are.
    Greenwood,
    /// The infinitesimal jackknife, each row a patient of its own.
    Jackknife,
    /// The infinitesimal jackknife with one code per row: rows of the same code belong to the same patient or cluster.
    Clustered(&'a [usize]),
}

/// The variance that a curve has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VarianceEstimator {
    /// Greenwood's.
    Greenwood,
    /// The infinitesimal jackknife, robust to weights and clusters.
    Jackknife,
}

/// How a curve is estimated; the default is the Kaplan-Meier estimate with log-log intervals of 95 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings<'a> {
    /// Probability that an interval holds the survival it is for, between 0 and 1.
    pub level: f64,
    /// Scale of the intervals.
    pub confidence_scale: ConfidenceScale,
    /// Standard error of the lower limit.
    pub lower_limit: LowerLimit,
    /// What survival is estimated from.
    pub survival: SurvivalEstimator,
    /// How tied events add to the cumulative hazard.
    pub hazard: HazardEstimator,
    /// Variance of survival and of the cumulative hazard.
    pub variance: Variance<'a>,
    /// One code per row, equal in rows of the same patient; without them, each row is a patient. A row that ends when
    /// another of its patient begins does not count as censored: R's `id`.
    pub patients: Option<&'a [usize]>,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Self {
            level: 0.95,
            confidence_scale: ConfidenceScale::LogLog,
            lower_limit: LowerLimit::default(),
            survival: SurvivalEstimator::default(),
            hazard: HazardEstimator::default(),
            variance: Variance::default(),
            patients: None,
        }
    }
}

/// Estimates the survival curve of a cohort, with 95 % intervals that are symmetric on the given scale.
///
/// An empty cohort has a curve without steps.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::kaplan_meier::{self, ConfidenceScale};
///
/// let cohort = Cohort::from_columns(&[2.0, 3.0, 5.0, 7.0], &[true, false, true, false])?;
/// let curve = kaplan_meier::estimate(&cohort, ConfidenceScale::LogLog);
/// assert_eq!(curve.survival_at(4.0).map(|at| at.survival), Some(0.75));
/// assert_eq!(curve.survival_at(8.0), None);
/// assert_eq!(curve.median().estimate, Some(5.0));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(cohort: &Cohort, confidence_scale: ConfidenceScale) -> SurvivalCurve {
    let settings = Settings { confidence_scale, ..Settings::default() };
    estimate_in_clusters(cohort, &settings, NORMAL_QUANTILE_975, jackknife::clusters(cohort, settings.variance))
}

/// Estimates the survival curve of a cohort with settings of choice.
///
/// # Errors
///
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) unless the confidence level is between 0 and 1.
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if there is not one cluster code or patient per row.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::cumulative_hazard::HazardEstimator;
/// use contexture::survival::kaplan_meier::{self, Settings, SurvivalEstimator};
///
/// let cohort = Cohort::from_columns(&[2.0, 2.0, 5.0, 7.0], &[true, true, true, false])?;
/// let settings = Settings {
///     level: 0.9,
///     survival: SurvivalEstimator::CumulativeHazard,
///     hazard: HazardEstimator::FlemingHarrington,
///     ..Settings::default()
/// };
/// let curve = kaplan_meier::estimate_with(&cohort, &settings)?;
/// assert!((curve.steps[0].cumulative_hazard - (1.0 / 4.0 + 1.0 / 3.0)).abs() < 1e-15);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate_with(cohort: &Cohort, settings: &Settings<'_>) -> Result<SurvivalCurve> {
    let critical_value = critical_value(settings.level)?;
    if let Variance::Clustered(codes) = settings.variance {
        expect_length("cluster codes", cohort.len(), codes.len())?;
    }
    if let Some(patients) = settings.patients {
        expect_length("codes of patients", cohort.len(), patients.len())?;
    }
    let clusters = jackknife::clusters(cohort, settings.variance);
    Ok(estimate_in_clusters(cohort, settings, critical_value, clusters))
}

fn estimate_in_clusters(
    cohort: &Cohort,
    settings: &Settings<'_>,
    critical_value: f64,
    clusters: Option<Vec<usize>>,
) -> SurvivalCurve {
    let variance = if clusters.is_some() { VarianceEstimator::Jackknife } else { VarianceEstimator::Greenwood };
    let mut jackknife = clusters.map(|it| Jackknife::new(cohort, it));
    let is_weighted = cohort.weights().is_some();
    let goes_on = rows_that_go_on(cohort, settings.patients);
    let (mut product, mut greenwood_sum, mut hazard, mut hazard_variance) = (1.0, 0.0, 0.0, 0.0);
    let mut weight_at_last_event = None;

    let steps = cohort.schedule().ties.iter().map(|tie| {
        let (n, d) = (tie.risk_weight, tie.event_weight);
        let increment = (tie.n_event > 0).then(|| settings.hazard.increment(tie));
        if let Some(increment) = increment {
            product *= (n - d) / n;
            greenwood_sum += if tie.n_event < tie.n_risk { d / (n * (n - d)) } else { 0.0 };
            hazard += increment.hazard;
            hazard_variance += increment.variance;
        }
        let [product_sigma, hazard_sigma] = match &mut jackknife {
            Some(jackknife) => jackknife.std_errs_after(tie, increment),
            None => [greenwood_sum, hazard_variance].map(f64::sqrt),
        };
        let (survival, sigma) = match settings.survival {
            SurvivalEstimator::KaplanMeier => (product, product_sigma),
            SurvivalEstimator::CumulativeHazard => (f64::exp(-hazard), hazard_sigma),
        };
        if tie.n_event > 0 || weight_at_last_event.is_none() {
            weight_at_last_event = Some(n);
        }
        // METHOD: At S = 0 Greenwood's variance is not defined, and the jackknife's is 0, as in R.
        let sigma = (survival > 0.0 || variance == VarianceEstimator::Jackknife).then_some(sigma);
        let interval = sigma.and_then(|sigma| {
            let lower_sigma = match settings.lower_limit {
                LowerLimit::Usual => sigma,
                LowerLimit::Peto => ((1.0 - survival) / n).sqrt(),
                LowerLimit::Modified => sigma * (weight_at_last_event.unwrap_or(n) / n).sqrt(),
            };
            settings.confidence_scale.interval(survival, critical_value * lower_sigma, critical_value * sigma)
        });
        let members = &cohort.schedule().order[tie.members.clone()];
        let censored = members.iter().copied().filter(|&it| !cohort.outcomes()[it].event && !goes_on[it]);
        Step {
            time: tie.time,
            n_risk: tie.n_risk,
            n_event: tie.n_event,
            n_censored: censored.clone().count(),
            risk_weight: is_weighted.then_some(n),
            event_weight: is_weighted.then_some(d),
            censored_weight: is_weighted.then(|| censored.map(|it| cohort.weight(it)).sum()),
            survival,
            std_err: sigma.map(|sigma| survival * sigma),
            lower: interval.map(|[lower, _]| lower),
            upper: interval.map(|[_, upper]| upper),
            cumulative_hazard: hazard,
            cumulative_hazard_std_err: hazard_sigma,
        }
    });
    SurvivalCurve {
        n: cohort.len(),
        n_events: cohort.n_events(),
        n_times_merged: cohort.n_times_merged(),
        confidence_scale: settings.confidence_scale,
        level: settings.level,
        lower_limit: settings.lower_limit,
        survival_estimator: settings.survival,
        hazard_estimator: settings.hazard,
        variance_estimator: variance,
        steps: steps.collect(),
    }
}

/// Whether the patient of each row is in view again from the moment that it ends.
fn rows_that_go_on(cohort: &Cohort, patients: Option<&[usize]>) -> Vec<bool> {
    let (Some(patients), Some(entries)) = (patients, cohort.entries()) else { return vec![false; cohort.len()] };
    // METHOD: A row cannot follow itself, as it ends after it begins.
    let mut begins: Vec<(usize, f64)> = patients.iter().copied().zip(entries.iter().copied()).collect();
    begins.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let is_followed = |(&patient, end): (&usize, f64)| {
        begins.binary_search_by(|it| it.0.cmp(&patient).then(it.1.total_cmp(&end))).is_ok()
    };
    patients.iter().zip(cohort.outcomes().iter().map(|it| it.time)).map(is_followed).collect()
}

#[cfg(test)]
mod tests;
