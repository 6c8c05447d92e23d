//! The Kaplan-Meier estimate of a survival curve.
//!
//! With `d_i` events among `n_i` patients at risk at the distinct time `t_i`,
//!
//! ```text
//! S(t)     = Π_{t_i ≤ t} (1 - d_i / n_i)                            Kaplan & Meier 1958, eq. 2b
//! σ²(t)    = Σ_{t_i ≤ t} d_i / (n_i (n_i - d_i))                    Greenwood 1926: variance of ln S(t)
//! plain    = S ∓ z S σ                                              clipped to [0, 1]
//! log      = exp(ln S ∓ z σ)                                        clipped to 1; the default of R
//! log-log  = exp(-exp(ln(-ln S) ∓ z σ / ln S))                      Kalbfleisch & Prentice 2002, §1.4
//! ```
//!
//! with `z = 1.96` for the 95 % interval. Patients censored at `t_i` are at risk at `t_i`: events come first. Before the
//! first event S and both limits are 1. At S = 0 Greenwood's sum has a term `d / 0`, and there is neither standard error
//! nor interval. The estimate ends with the last observation.
//!
//! A quantile is the first time at which S has fallen to `1 - p`; if S equals `1 - p` up to the next event, it is the
//! midpoint of that flat stretch. Its limits are the quantiles of the lower and of the upper limit of the curve
//! (Brookmeyer & Crowley 1982). Where the curve ends on the flat stretch there is no next event, and the quantile is its
//! first time, as R prints it; R's `quantile()` takes the midpoint to the last observation there.
//!
//! # References
//!
//! * Kaplan EL, Meier P. Nonparametric estimation from incomplete observations.
//!   *J Am Stat Assoc* 1958;53:457-481. doi:10.1080/01621459.1958.10501452
//! * Greenwood M. *The natural duration of cancer.* HMSO, London, 1926.
//! * Kalbfleisch JD, Prentice RL. *The Statistical Analysis of Failure Time Data*, 2nd ed. Wiley, 2002.
//!   doi:10.1002/9781118032985
//! * Brookmeyer R, Crowley J. A confidence interval for the median survival time.
//!   *Biometrics* 1982;38:29-41. doi:10.2307/2530286

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cohort::Cohort;

/// The 0.975 quantile of the standard normal distribution, for two-sided 95 % intervals.
pub(super) const NORMAL_QUANTILE_975: f64 = 1.959_963_984_540_054;

/// How far S may miss `1 - p` and still equal it: the square root of the machine precision, as in R.
const QUANTILE_TOLERANCE: f64 = 1.490_116_119_384_765_6e-8;

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
}

/// A survival curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SurvivalCurve {
    /// Number of patients.
    pub n: usize,
    /// Number of patients with the event.
    pub n_events: usize,
    /// Scale of the confidence intervals.
    pub confidence_scale: ConfidenceScale,
    /// One row per distinct time of an event or a censoring, by ascending time; empty without patients.
    pub steps: Vec<Step>,
}

/// A survival curve from one time at which somebody's follow-up ends up to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Time, in the unit of the cohort.
    pub time: f64,
    /// Patients followed up to this time or longer.
    pub n_risk: usize,
    /// Patients with the event at this time.
    pub n_event: usize,
    /// Patients last seen without the event at this time.
    pub n_censored: usize,
    /// Estimated probability of no event up to and including this time, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub survival: f64,
    /// Standard error of `survival`; absent if `survival` is 0.
    #[schemars(range(min = 0.0))]
    pub std_err: Option<f64>,
    /// Lower end of the 95 % interval, in [0, 1]; absent if `survival` is 0.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub lower: Option<f64>,
    /// Upper end of the 95 % interval, in [0, 1]; absent if `survival` is 0.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub upper: Option<f64>,
}

/// What a survival curve says of one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SurvivalAt {
    /// Time, in the unit of the cohort.
    pub time: f64,
    /// Patients followed up to this time or longer.
    pub n_risk: usize,
    /// Estimated probability of no event up to and including this time, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub survival: f64,
    /// Lower end of the 95 % interval, in [0, 1]; absent if `survival` is 0.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub lower: Option<f64>,
    /// Upper end of the 95 % interval, in [0, 1]; absent if `survival` is 0.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub upper: Option<f64>,
}

/// A time by which a given share of patients has had the event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quantile {
    /// The time, in the unit of the cohort; absent if the curve does not fall that far.
    pub estimate: Option<f64>,
    /// Lower end of its 95 % interval; absent if the lower limit of the curve does not fall that far.
    pub lower: Option<f64>,
    /// Upper end of its 95 % interval; absent if the upper limit of the curve does not fall that far.
    pub upper: Option<f64>,
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
    let mut survival = 1.0;
    let mut greenwood_sum = 0.0;

    let steps = cohort.schedule().ties.iter().map(|tie| {
        let (n, d) = (tie.n_risk as f64, tie.n_event as f64);
        survival *= (n - d) / n;
        greenwood_sum += if tie.n_event < tie.n_risk { d / (n * (n - d)) } else { 0.0 };

        let sigma = (survival > 0.0).then(|| f64::sqrt(greenwood_sum));
        let interval = sigma.map(|sigma| confidence_scale.interval(survival, sigma));
        Step {
            time: tie.time,
            n_risk: tie.n_risk,
            n_event: tie.n_event,
            n_censored: tie.members.len() - tie.n_event,
            survival,
            std_err: sigma.map(|sigma| survival * sigma),
            lower: interval.map(|[lower, _]| lower),
            upper: interval.map(|[_, upper]| upper),
        }
    });
    SurvivalCurve { n: cohort.len(), n_events: cohort.n_events(), confidence_scale, steps: steps.collect() }
}

impl ConfidenceScale {
    /// 95 % interval around a survival above 0, whose logarithm has the standard error `sigma`.
    fn interval(self, survival: f64, sigma: f64) -> [f64; 2] {
        // METHOD: Before the first event the interval is the estimate itself; the log-log scale is not defined there.
        if sigma <= 0.0 {
            return [survival; 2];
        }
        let reach = NORMAL_QUANTILE_975 * sigma;
        let [lower, upper] = match self {
            Self::LogLog => {
                let log_survival = survival.ln();
                [-1.0, 1.0].map(|side| (-((-log_survival).ln() + side * reach / log_survival).exp()).exp())
            }
            Self::Log => [-1.0, 1.0].map(|side| (survival.ln() + side * reach).exp()),
            Self::Plain => [-1.0, 1.0].map(|side| survival + side * reach * survival),
        };
        [lower.max(0.0), upper.min(1.0)]
    }
}

impl SurvivalCurve {
    /// Survival, interval and number at risk at a time; `None` after the last observation.
    pub fn survival_at(&self, time: f64) -> Option<SurvivalAt> {
        self.steps.last().filter(|last| time <= last.time)?;
        let n_before = self.steps.partition_point(|step| step.time <= time);
        let (survival, lower, upper) = match n_before.checked_sub(1) {
            Some(last) => (self.steps[last].survival, self.steps[last].lower, self.steps[last].upper),
            None => (1.0, Some(1.0), Some(1.0)),
        };
        Some(SurvivalAt { time, n_risk: self.n_risk_at(time), survival, lower, upper })
    }

    /// Number of patients followed up to a time or longer.
    pub fn n_risk_at(&self, time: f64) -> usize {
        self.steps.get(self.steps.partition_point(|step| step.time < time)).map_or(0, |step| step.n_risk)
    }

    /// Time by which the event has happened to a share `p` of patients, with its 95 % interval.
    ///
    /// It is absent unless `p` is in (0, 1].
    pub fn quantile(&self, p: f64) -> Quantile {
        Quantile {
            estimate: self.first_time_at(1.0 - p, |step| Some(step.survival)),
            lower: self.first_time_at(1.0 - p, |step| step.lower),
            upper: self.first_time_at(1.0 - p, |step| step.upper),
        }
    }

    /// Time by which half of the patients have had the event.
    pub fn median(&self) -> Quantile {
        self.quantile(0.5)
    }

    /// The first time at which the survival or one of its limits is down to `level`, or the middle of a stretch there.
    fn first_time_at(&self, level: f64, height: impl Fn(&Step) -> Option<f64>) -> Option<f64> {
        if !(0.0..1.0).contains(&level) {
            return None;
        }
        let mut reached = self
            .steps
            .iter()
            .filter_map(|step| height(step).map(|height| (step.time, height)))
            // METHOD: The tolerance of R; without it round-off in S decides whether S(t) is 0.5.
            .skip_while(|&(_, height)| height >= level + QUANTILE_TOLERANCE);
        let (time, first_height) = reached.next()?;
        if (first_height - level).abs() < QUANTILE_TOLERANCE
            && let Some((next_time, _)) = reached.find(|&(_, height)| height < first_height)
        {
            return Some(f64::midpoint(time, next_time));
        }
        Some(time)
    }
}

#[cfg(test)]
mod tests;
