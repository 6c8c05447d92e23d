//! A survival curve, and what can be read from it: survival at a time, the time of a quantile.
//!
//! A quantile is the first time at which S has fallen to `1 - p`; if S equals `1 - p` up to the next event, it is the
//! midpoint of that flat stretch. Its limits are the quantiles of the lower and of the upper limit of the curve
//! (Brookmeyer & Crowley 1982). Where the curve ends on the flat stretch there is no next event: the quantile is the
//! midpoint to the last observation, as of R's `quantile`, and the median the first time of the stretch, as R prints it.
//!
//! An upper limit may rise again where few are left. The first time counts; R's `quantile` takes the time at which the
//! limit is closest to `1 - p` from below.
//!
//! # References
//!
//! * Brookmeyer R, Crowley J. A confidence interval for the median survival time.
//!   *Biometrics* 1982;38:29-41. doi:10.2307/2530286

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ConfidenceScale, LowerLimit, SurvivalEstimator, VarianceEstimator};
use crate::survival::cumulative_hazard::HazardEstimator;

/// How far S may miss `1 - p` and still equal it: the square root of the machine precision, as in R.
const QUANTILE_TOLERANCE: f64 = 1.490_116_119_384_765_6e-8;

/// A survival curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SurvivalCurve {
    /// Number of patients.
    pub n: usize,
    /// Number of patients with the event.
    pub n_events: usize,
    /// How many times, of entry or of end, were taken for a nearly equal one.
    pub n_times_merged: usize,
    /// Scale of the confidence intervals.
    pub confidence_scale: ConfidenceScale,
    /// Probability that an interval holds the survival it is for, between 0 and 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub level: f64,
    /// Standard error that the lower limits take.
    pub lower_limit: LowerLimit,
    /// What survival is estimated from.
    pub survival_estimator: SurvivalEstimator,
    /// How tied events add to the cumulative hazard.
    pub hazard_estimator: HazardEstimator,
    /// Variance of survival and of the cumulative hazard.
    pub variance_estimator: VarianceEstimator,
    /// One row per distinct time of an event or a censoring, by ascending time; empty without patients.
    pub steps: Vec<Step>,
}

/// A survival curve from one time at which somebody's follow-up ends up to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Time, in the unit of the cohort.
    pub time: f64,
    /// Patients at risk: entered before this time, and followed up to it or longer.
    pub n_risk: usize,
    /// Patients with the event at this time.
    pub n_event: usize,
    /// Patients last seen without the event at this time; rows of patients, where none are named in the settings.
    pub n_censored: usize,
    /// Weight of the patients at risk; absent without weights.
    pub risk_weight: Option<f64>,
    /// Weight of the patients with the event; absent without weights.
    pub event_weight: Option<f64>,
    /// Weight of the patients last seen without the event; absent without weights.
    pub censored_weight: Option<f64>,
    /// Estimated probability of no event up to and including this time, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub survival: f64,
    /// Standard error of `survival`; absent if `survival` is 0, unless it is that of the jackknife.
    #[schemars(range(min = 0.0))]
    pub std_err: Option<f64>,
    /// Lower end of the interval, in [0, 1]; absent if `survival` is 0, unless the jackknife gives a plain interval.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub lower: Option<f64>,
    /// Upper end of the interval, in [0, 1]; absent with `lower`.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub upper: Option<f64>,
    /// Estimated cumulative hazard up to and including this time; not negative.
    #[schemars(range(min = 0.0))]
    pub cumulative_hazard: f64,
    /// Standard error of `cumulative_hazard`.
    #[schemars(range(min = 0.0))]
    pub cumulative_hazard_std_err: f64,
}

/// What a survival curve says of one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SurvivalAt {
    /// Time, in the unit of the cohort.
    pub time: f64,
    /// Patients at risk when, at this time or next after it, somebody's follow-up ends.
    pub n_risk: usize,
    /// Patients with the event up to and including this time.
    pub n_events: usize,
    /// Estimated probability of no event up to and including this time, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub survival: f64,
    /// Standard error of `survival`; absent as in [`Step::std_err`].
    #[schemars(range(min = 0.0))]
    pub std_err: Option<f64>,
    /// Lower end of the interval, in [0, 1]; absent as in [`Step::lower`].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub lower: Option<f64>,
    /// Upper end of the interval, in [0, 1]; absent with `lower`.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub upper: Option<f64>,
    /// Estimated cumulative hazard up to and including this time; not negative.
    #[schemars(range(min = 0.0))]
    pub cumulative_hazard: f64,
}

/// What a survival curve says of several times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SurvivalAtTimes {
    /// One row per time up to the last observation, in the order in which they were asked for.
    pub rows: Vec<SurvivalAt>,
    /// Times after the last observation, of which the curve says nothing.
    pub beyond: Vec<f64>,
    /// Time of the last observation; absent without patients.
    pub last_time: Option<f64>,
}

/// A time by which a given share of patients has had the event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quantile {
    /// The time, in the unit of the cohort; absent if the curve does not fall that far.
    pub estimate: Option<f64>,
    /// Lower end of its interval, at the level of the curve; absent if the lower limit of the curve does not fall that far.
    pub lower: Option<f64>,
    /// Upper end of its interval, at the level of the curve; absent if the upper limit of the curve does not fall that far.
    pub upper: Option<f64>,
}

/// What stands for the midpoint of a flat stretch that the curve ends on.
#[derive(Clone, Copy)]
enum LastStretch {
    First,
    Middle,
}

impl SurvivalCurve {
    /// Time of the last observation; `None` without patients.
    pub fn last_time(&self) -> Option<f64> {
        self.steps.last().map(|it| it.time)
    }

    /// Survival, interval and number at risk at a time; `None` after the [last observation](Self::last_time).
    pub fn survival_at(&self, time: f64) -> Option<SurvivalAt> {
        self.last_time().filter(|&last| time <= last)?;
        let steps = &self.steps[..self.steps.partition_point(|step| step.time <= time)];
        let (survival, std_err, lower, upper, cumulative_hazard) = match steps.last() {
            Some(step) => (step.survival, step.std_err, step.lower, step.upper, step.cumulative_hazard),
            None => (1.0, Some(0.0), Some(1.0), Some(1.0), 0.0),
        };
        let n_events = steps.iter().map(|it| it.n_event).sum();
        let n_risk = self.n_risk_at(time);
        Some(SurvivalAt { time, n_risk, n_events, survival, std_err, lower, upper, cumulative_hazard })
    }

    /// [`survival_at`](Self::survival_at) for several times, with those that lie beyond the last observation.
    pub fn survival_at_times(&self, times: &[f64]) -> SurvivalAtTimes {
        let last_time = self.last_time();
        let is_beyond = |time: &f64| last_time.is_none_or(|last| *time > last);
        SurvivalAtTimes {
            rows: times.iter().filter_map(|&time| self.survival_at(time)).collect(),
            beyond: times.iter().copied().filter(is_beyond).collect(),
            last_time,
        }
    }

    /// Number of patients at risk when, at a time or next after it, somebody's follow-up ends.
    pub fn n_risk_at(&self, time: f64) -> usize {
        self.steps.get(self.steps.partition_point(|step| step.time < time)).map_or(0, |step| step.n_risk)
    }

    /// Time by which the event has happened to a share `p` of patients, with its interval, as of R's `quantile`.
    ///
    /// It is absent unless `p` is in (0, 1].
    pub fn quantile(&self, p: f64) -> Quantile {
        self.quantile_with(p, LastStretch::Middle)
    }

    /// Time by which half of the patients have had the event, as R prints it.
    pub fn median(&self) -> Quantile {
        self.quantile_with(0.5, LastStretch::First)
    }

    fn quantile_with(&self, p: f64, last_stretch: LastStretch) -> Quantile {
        Quantile {
            estimate: self.first_time_at(1.0 - p, last_stretch, |step| Some(step.survival)),
            lower: self.first_time_at(1.0 - p, last_stretch, |step| step.lower),
            upper: self.first_time_at(1.0 - p, last_stretch, |step| step.upper),
        }
    }

    /// The first time at which the survival or one of its limits is down to `level`, or the middle of a stretch there.
    fn first_time_at(
        &self,
        level: f64,
        last_stretch: LastStretch,
        height: impl Fn(&Step) -> Option<f64>,
    ) -> Option<f64> {
        if !(0.0..1.0).contains(&level) {
            return None;
        }
        let mut reached = self
            .steps
            .iter()
            .filter_map(|step| height(step).map(|height| (step.time, height)))
            // METHOD: The tolerance of R; without it round-off in S decides whether S(t) is 0.5.
            .skip_while(|&(_, height)| height > level + QUANTILE_TOLERANCE);
        let (time, first_height) = reached.next()?;
        if first_height <= level - QUANTILE_TOLERANCE {
            return Some(time);
        }
        let next_fall = reached.find(|&(_, height)| height <= level - QUANTILE_TOLERANCE).map(|(time, _)| time);
        let end = match last_stretch {
            LastStretch::First => None,
            LastStretch::Middle => self.last_time(),
        };
        Some(next_fall.or(end).map_or(time, |end| f64::midpoint(time, end)))
    }
}
