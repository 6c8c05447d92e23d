//! The Aalen-Johansen estimate: the share of patients who have met each cause by a given time.
//!
//! With `d_k` events of cause `k` among `n` patients at risk at the distinct time `t_i`, and `d` of any cause,
//!
//! ```text
//! S(t)   = Π_{t_i ≤ t} (1 - d / n)                        free of every cause: Kaplan-Meier of the first event
//! F_k(t) = Σ_{t_i ≤ t} S(t_i-) d_k / n                    cumulative incidence; Aalen & Johansen 1978
//! H_k(t) = Σ_{t_i ≤ t} d_k / n                            cumulative cause-specific hazard
//! ```
//!
//! so that `S + Σ F_k = 1`. Patients censored at `t_i` are at risk at `t_i`. With case weights, `n` and `d` are sums of
//! weights. If all at risk have an event while others have yet to enter, S is 0 from there on and the incidences stay.
//!
//! Two standard errors are offered, see [`VarianceEstimator`]. With one cause, no weights and no late entry, the
//! infinitesimal jackknife is Greenwood's standard error, of S and of F alike; the delta method has `n - 1` in place of
//! `n` there. Intervals are symmetric on the scale of [`ConfidenceScale`], by default
//! that of R's `survfit`: the logarithm of the probability.
//!
//! # References
//!
//! * Aalen OO, Johansen S. An empirical transition matrix for non-homogeneous Markov chains based on censored
//!   observations. *Scand J Stat* 1978;5:141-150.
//! * Therneau TM, Crowson CS, Atkinson EJ. *Multi-state models and competing risks*, vignette of the R package survival.
//!   <https://cran.r-project.org/package=survival>
//! * Aalen O. Nonparametric estimation of partial transition probabilities in multiple decrement models.
//!   *Ann Stat* 1978;6:534-545. doi:10.1214/aos/1176344198

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::delta::DeltaVariance;
use self::influence::Influence;
use self::interval::interval;
use super::cohort::CompetingCohort;
use crate::error::Result;
use crate::survival::cohort::Schedule;
use crate::survival::confidence::{ConfidenceScale, critical_value};

mod delta;
mod influence;
mod interval;

/// How the curves are estimated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Where the standard errors come from.
    pub variance_estimator: VarianceEstimator,
    /// The scale on which confidence intervals are symmetric.
    pub confidence_scale: ConfidenceScale,
    /// Coverage of the intervals, in (0, 1).
    pub confidence_level: f64,
}

impl Default for Settings {
    /// As R's `survfit`: infinitesimal jackknife, 95 % intervals on the log scale.
    fn default() -> Self {
        Self {
            variance_estimator: VarianceEstimator::InfinitesimalJackknife,
            confidence_scale: ConfidenceScale::Log,
            confidence_level: 0.95,
        }
    }
}

/// An estimate of how much a cumulative incidence varies from sample to sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VarianceEstimator {
    /// The sum of squared influences of the patients, as R's `survfit`; right with weights of any kind.
    InfinitesimalJackknife,
    /// Aalen's, by the delta method with a correction for ties, as `cmprsk::cuminc`; not defined with weights.
    Delta,
}

/// What becomes of the patients of one group, cause by cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CumulativeIncidence {
    /// Number of patients.
    pub n: usize,
    /// Names of the causes; the numbers of each step are in this order.
    pub causes: Vec<String>,
    /// Number of patients with the event of each cause.
    pub n_events: Vec<usize>,
    /// Where the standard errors come from.
    pub variance_estimator: VarianceEstimator,
    /// Scale of the confidence intervals.
    pub confidence_scale: ConfidenceScale,
    /// Coverage of the intervals, in (0, 1).
    pub confidence_level: f64,
    /// One row per distinct time of an event or a censoring, by ascending time; empty without patients.
    pub steps: Vec<Step>,
}

/// The curves from one time at which somebody's follow-up ends up to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Time, in the unit of the cohort.
    pub time: f64,
    /// Patients followed up to this time or longer, and entered before it.
    pub n_risk: usize,
    /// Patients last seen without an event at this time.
    pub n_censored: usize,
    /// Probability of no event up to and including this time.
    pub event_free: Probability,
    /// One entry per cause.
    pub causes: Vec<CauseStep>,
}

/// What a step says of one cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CauseStep {
    /// Patients with the event of this cause at this time.
    pub n_event: usize,
    /// Cumulative hazard of this cause.
    #[schemars(range(min = 0.0))]
    pub cumulative_hazard: f64,
    /// Probability of the event of this cause up to and including this time.
    pub incidence: Probability,
}

/// An estimated probability.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Probability {
    /// The probability, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub estimate: f64,
    /// Its standard error; absent if it is not defined, as the delta method at an event-free probability of 0.
    #[schemars(range(min = 0.0))]
    pub std_err: Option<f64>,
    /// Lower end of its interval, in [0, 1]; absent without a standard error, or if the estimate is off the scale.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub lower: Option<f64>,
    /// Upper end of its interval, in [0, 1]; absent with `lower`.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub upper: Option<f64>,
}

/// What the curves say of one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StateOccupancy {
    /// Time, in the unit of the cohort.
    pub time: f64,
    /// Patients followed up to this time or longer.
    pub n_risk: usize,
    /// Patients with the event of each cause up to and including this time.
    pub n_events: Vec<usize>,
    /// Probability of no event up to and including this time.
    pub event_free: Probability,
    /// Probability of the event of each cause up to and including this time.
    pub incidence: Vec<Probability>,
}

/// Estimates the cumulative incidence of every cause.
///
/// An empty cohort has curves without steps.
///
/// # Errors
///
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if the confidence level is not in (0, 1).
/// * [`Error::Unanswerable`](crate::error::Error::Unanswerable) for [`VarianceEstimator::Delta`] with weights.
///
/// # Examples
///
/// ```
/// use contexture::survival::competing_risks::CompetingCohort;
/// use contexture::survival::competing_risks::aalen_johansen::{self, Settings};
///
/// let names = ["relapse", "death without relapse"].map(String::from);
/// let cohort = CompetingCohort::from_columns(&[2.0, 3.0, 5.0, 7.0], &[1, 2, 0, 1], &names)?;
/// let curves = aalen_johansen::estimate(&cohort, Settings::default())?;
/// let at_four = curves.at(4.0).expect("somebody was followed longer");
/// assert_eq!(at_four.incidence[0].estimate, 0.25);
/// assert_eq!(at_four.incidence[1].estimate, 0.25);
/// assert_eq!(at_four.event_free.estimate, 0.5);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(cohort: &CompetingCohort, settings: Settings) -> Result<CumulativeIncidence> {
    let mut curves = estimate_by_group(cohort, &vec![0; cohort.len()], 1, settings)?;
    Ok(curves.pop().expect("one group has one set of curves"))
}

/// Estimates the cumulative incidence of every cause in each of `n_groups` groups.
///
/// `group` holds one code below `n_groups` per patient, in the order of the cohort. Curves are in the order of the codes;
/// those of a group that nobody is in have no steps.
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if there is not one code per patient.
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a code is not below `n_groups`.
/// * As [`estimate`].
pub fn estimate_by_group(
    cohort: &CompetingCohort,
    group: &[usize],
    n_groups: usize,
    settings: Settings,
) -> Result<Vec<CumulativeIncidence>> {
    cohort.expect_groups(group, n_groups)?;
    let reach = critical_value(settings.confidence_level)?;
    if settings.variance_estimator == VarianceEstimator::Delta && cohort.cohort().weights().is_some() {
        return Err(crate::error::Error::Unanswerable {
            problem: "the delta variance of a cumulative incidence is not defined for patients with weights; use the \
                      infinitesimal jackknife"
                .to_owned(),
        });
    }
    let mut curves: Vec<CumulativeIncidence> = (0..n_groups)
        .map(|_| CumulativeIncidence {
            n: 0,
            causes: cohort.names().to_vec(),
            n_events: vec![0; cohort.names().len()],
            variance_estimator: settings.variance_estimator,
            confidence_scale: settings.confidence_scale,
            confidence_level: settings.confidence_level,
            steps: Vec::new(),
        })
        .collect();
    for schedule in cohort.cohort().schedules((n_groups > 1).then_some(group))?.iter() {
        if let Some(&first) = schedule.order.first() {
            curves[group[first]].follow(cohort, schedule, reach);
        }
    }
    Ok(curves)
}

impl CumulativeIncidence {
    /// Walks through the times of one group.
    fn follow(&mut self, cohort: &CompetingCohort, schedule: &Schedule, reach: f64) {
        let n_causes = self.causes.len();
        let mut curves = Curves { event_free: 1.0, incidence: vec![0.0; n_causes], hazard: vec![0.0; n_causes] };
        let mut variance = match self.variance_estimator {
            VarianceEstimator::InfinitesimalJackknife => Variance::Influence(Influence::new(cohort, schedule)),
            VarianceEstimator::Delta => Variance::Delta(DeltaVariance::new(n_causes)),
        };
        let scale = self.confidence_scale;

        let steps = schedule.ties.iter().map(|tie| {
            let mut n_event = vec![0; n_causes];
            let mut event_weight = vec![0.0; n_causes];
            for &patient_idx in &schedule.order[tie.members.clone()] {
                if let Some(k) = cohort.causes()[patient_idx].checked_sub(1) {
                    n_event[k] += 1;
                    event_weight[k] += cohort.cohort().weight(patient_idx);
                }
            }
            let before = Before { event_free: curves.event_free, incidence: &curves.incidence };
            match &mut variance {
                Variance::Influence(influence) => influence.pass(tie, &before, &event_weight),
                Variance::Delta(delta) => delta.pass(tie, &before, &n_event),
            }
            for (k, weight) in event_weight.iter().enumerate() {
                let hazard = weight / tie.risk_weight;
                // Round-off must not carry the sum beyond 1.
                curves.incidence[k] = (curves.incidence[k] + curves.event_free * hazard).min(1.0);
                curves.hazard[k] += hazard;
            }
            curves.event_free *= (tie.risk_weight - tie.event_weight) / tie.risk_weight;

            let probability = |estimate: f64, variance: Option<f64>| {
                let std_err = variance.map(|it| it.max(0.0).sqrt());
                let interval = std_err.and_then(|std_err| interval(scale, estimate, std_err, reach));
                Probability {
                    estimate,
                    std_err,
                    lower: interval.map(|[lower, _]| lower),
                    upper: interval.map(|[_, upper]| upper),
                }
            };
            let causes = n_event.iter().enumerate().map(|(k, &n_event)| CauseStep {
                n_event,
                cumulative_hazard: curves.hazard[k],
                incidence: probability(curves.incidence[k], Some(variance.of_incidence(k))),
            });
            Step {
                time: tie.time,
                n_risk: tie.n_risk,
                n_censored: tie.members.len() - tie.n_event,
                causes: causes.collect(),
                event_free: probability(curves.event_free, variance.of_event_free(curves.event_free)),
            }
        });
        self.steps = steps.collect();
        self.n = schedule.order.len();
        for step in &self.steps {
            for (sum, cause) in self.n_events.iter_mut().zip(&step.causes) {
                *sum += cause.n_event;
            }
        }
    }

    /// Probabilities, number at risk and events so far at a time; `None` after the last observation.
    ///
    /// Before the first step all patients are event-free, with a standard error of 0.
    pub fn at(&self, time: f64) -> Option<StateOccupancy> {
        self.steps.last().filter(|last| time <= last.time)?;
        let n_before = self.steps.partition_point(|step| step.time <= time);
        let n_shorter = self.steps.partition_point(|step| step.time < time);
        let certain = |estimate: f64| Probability {
            estimate,
            std_err: Some(0.0),
            lower: interval(self.confidence_scale, estimate, 0.0, 0.0).map(|[lower, _]| lower),
            upper: interval(self.confidence_scale, estimate, 0.0, 0.0).map(|[_, upper]| upper),
        };
        let last = n_before.checked_sub(1).map(|last| &self.steps[last]);
        Some(StateOccupancy {
            time,
            n_risk: self.steps[n_shorter].n_risk,
            n_events: (0..self.causes.len())
                .map(|k| self.steps[..n_before].iter().map(|step| step.causes[k].n_event).sum())
                .collect(),
            event_free: last.map_or_else(|| certain(1.0), |step| step.event_free),
            incidence: match last {
                Some(step) => step.causes.iter().map(|it| it.incidence).collect(),
                None => vec![certain(0.0); self.causes.len()],
            },
        })
    }
}

/// The estimates as far as the walk has come.
struct Curves {
    event_free: f64,
    incidence: Vec<f64>,
    hazard: Vec<f64>,
}

/// The estimates just before a time.
struct Before<'a> {
    event_free: f64,
    incidence: &'a [f64],
}

/// The variances as far as the walk has come.
enum Variance<'a> {
    Influence(Influence<'a>),
    Delta(DeltaVariance),
}

impl Variance<'_> {
    fn of_incidence(&self, cause: usize) -> f64 {
        match self {
            Self::Influence(influence) => influence.of_incidence(cause),
            Self::Delta(delta) => delta.of_incidence(cause),
        }
    }

    fn of_event_free(&self, event_free: f64) -> Option<f64> {
        match self {
            Self::Influence(influence) => Some(influence.of_event_free()),
            Self::Delta(delta) => delta.of_event_free(event_free),
        }
    }
}

#[cfg(test)]
mod tests;
