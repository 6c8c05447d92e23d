//! The area under the time-dependent ROC curve: how well a marker tells who has the event by a time.
//!
//! At time `t`, cases are those who had the event before, controls those without any event so far (cumulative cases,
//! dynamic controls). Who was censored before is neither; the others stand in for them by the inverse probability of
//! having been kept in view ([Blanche 2013](https://doi.org/10.1002/sim.5958)):
//!
//! ```text
//! AUC(t) = Σ_i Σ_j a_i b_j [1(m_i > m_j) + 1(m_i = m_j)/2] / (Σ_i a_i Σ_j b_j)
//! a_i    = 1 / G(T_i-)   of a case,    T_i < t
//! b_j    = 1 / G(t)      of a control, T_j > t
//!          1 / G(T_j-)   of a patient with a competing event at T_j < t, if those count as controls
//! ```
//!
//! with `m` the marker, high where the event comes early, and `G` the Kaplan-Meier estimate of the censoring
//! distribution, censorings after events of the same time. Equal markers count half: the trapezoidal rule.
//!
//! With competing events there are two definitions: controls are those free of any event ([`AucAt::event_free`],
//! `AUC_1` of timeROC), or all who are not cases ([`AucAt::all_others`], `AUC_2`).
//!
//! Variance is that of the sum of independent and identically distributed terms that the estimate is asymptotically, one
//! a patient; it allows for `G` being estimated. Terms are those of timeROC to the last digit, which takes patients who
//! tie in the order of the input: the standard error depends on that order in its fourth digit or so, the estimate does
//! not. timeROC sums over pairs of patients; here sums over prefixes of the order of time take their place, so that time is
//! proportional to n log n, and to n for each further time.
//!
//! [`estimate_given_covariates`] has weights that depend on covariates of the patient.
//!
//! Two markers are compared by [`compare`], time by time, all times together (a χ² test), and each time with a p-value
//! adjusted for the number of times: how probable it is that the largest of the correlated `|z|` is as large as this one
//! (timeROC's `compare(adjusted = TRUE)`).
//!
//! Patients whose time equals `t` are neither cases nor controls, as in timeROC; see [`Convention`].
//!
//! # References
//!
//! * Blanche P, Dartigues JF, Jacqmin-Gadda H. Estimating and comparing time-dependent areas under receiver operating
//!   characteristic curves for censored event times with competing risks. *Stat Med* 2013;32:5381-5397.
//!   doi:10.1002/sim.5958
//! * Uno H, Cai T, Tian L, Wei LJ. Evaluating prediction rules for t-year survivors with censored regression models.
//!   *J Am Stat Assoc* 2007;102:527-537. doi:10.1198/016214507000000149

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::at_time::Weighted;
use self::influence::CensoringInfluence;
use super::censoring::CensoringCurve;
use super::chi_square::ChiSquareTest;
use super::cholesky::SymmetricMatrix;
use super::cohort::{Cohort, expect_length};
use super::kaplan_meier::NORMAL_QUANTILE_975;
use super::multivariate_normal::{self, MAX_VARIABLES, Sides};
use super::paired_difference::{PairedDifference, test_all_zero};
use crate::error::{Error, Result};

pub use self::given_covariates::{AucGivenCovariates, estimate_given_covariates};

mod at_time;
mod given_covariates;
mod influence;
mod pairs;

/// How far the integration may miss an adjusted p-value; in relation to it, ten times that.
const TOLERANCE: f64 = 1e-5;

/// Who is a case at a time, and how a case is weighted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Convention {
    /// Events before the time, weighted by `1 / G(T_i-)`: the R package timeROC.
    #[default]
    TimeRoc,
    /// Events up to and including the time, weighted by `1 / G(T_i)`: the Python package scikit-survival.
    ScikitSurvival,
}

/// Areas under the ROC curves of a marker at several times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeDependentAuc {
    /// Number of patients.
    pub n: usize,
    /// Who is a case, and how a case is weighted.
    pub convention: Convention,
    /// One row per time, in the order asked for.
    pub times: Vec<AucAt>,
}

/// Areas under the ROC curve at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AucAt {
    /// The time, in the unit of the cohort.
    pub time: f64,
    /// Patients with the event by then.
    pub n_cases: usize,
    /// Patients in view after it without any event.
    pub n_event_free: usize,
    /// Patients with a competing event by then.
    pub n_competing: usize,
    /// All others: censored by then, or whose time is this one and who are therefore neither.
    pub n_left_out: usize,
    /// Estimated probability of the event by then, the sum of the weights of cases.
    pub event_probability: f64,
    /// Cases against those without any event; absent if there are no cases or no controls.
    pub event_free: Option<Auc>,
    /// Cases against all who are not; absent without cases, without controls, or if nobody had a competing event.
    pub all_others: Option<Auc>,
}

/// An area under a ROC curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Auc {
    /// Probability that a case has the higher marker, in [0, 1]; 0.5 is chance.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub auc: f64,
    /// Standard error of `auc`.
    #[schemars(range(min = 0.0))]
    pub std_err: f64,
    /// Lower end of the 95 % interval, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub lower: f64,
    /// Upper end of the 95 % interval, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub upper: f64,
    /// The term of each patient in the order of the cohort, whose mean has the error of `auc`; not part of a report.
    #[serde(skip)]
    pub influence: Vec<f64>,
}

/// One marker less another, by the areas under their ROC curves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AucComparison {
    /// One row per time: cases against those without any event. Absent where an area is.
    pub event_free: Vec<Option<PairedDifference>>,
    /// One row per time: p-value in [0, 1] of that difference, adjusted for there being several times. Absent where the
    /// z of the difference is, and with more than 21 of them.
    pub event_free_adjusted_p_values: Vec<Option<f64>>,
    /// Tests whether all those differences are zero together; absent if there are none, or if two times give the same.
    pub event_free_test: Option<ChiSquareTest>,
    /// One row per time: cases against all others. Absent where an area is.
    pub all_others: Vec<Option<PairedDifference>>,
    /// One row per time: adjusted p-value in [0, 1] of that difference. Absent as for those without any event.
    pub all_others_adjusted_p_values: Vec<Option<f64>>,
    /// Tests whether all those differences are zero together; absent if there are none, or if two times give the same.
    pub all_others_test: Option<ChiSquareTest>,
}

/// Estimates the area under the ROC curve of a marker at some times.
///
/// `marker` holds one value per patient in the order of the cohort, high where the event comes early; `competing` says
/// of each whether follow-up ended with another event, which rules out the event of the cohort. Its absence means that
/// there are no such events.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one marker and one competing event per patient.
/// * [`Error::OutOfRange`] if a marker or a time is not finite.
/// * [`Error::Unanswerable`] if patients enter late or carry weights, or if one has both events.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::time_dependent_auc::{self, Convention};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[true, true, false, true, true, false])?;
/// let marker = [9.0, 4.0, 8.0, 7.0, 3.0, 1.0];
/// let found = time_dependent_auc::estimate(&cohort, &marker, &[2.5], None, Convention::TimeRoc)?;
/// // Two cases, four controls: the case of marker 4 is above two of them.
/// assert_eq!(found.times[0].event_free.as_ref().map(|it| it.auc), Some(0.75));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(
    cohort: &Cohort,
    marker: &[f64],
    times: &[f64],
    competing: Option<&[bool]>,
    convention: Convention,
) -> Result<TimeDependentAuc> {
    check(cohort, marker, times, competing)?;
    let competes = |idx| competes(competing, idx);
    let any_event = cohort.with_events(|idx| cohort.outcomes()[idx].event || competes(idx));
    let in_view = CensoringCurve::of_all(&any_event)?;
    let censoring = CensoringInfluence::of(&any_event);
    let weighted = Weighted::new(cohort, marker, competes, &in_view, &censoring);
    let times = times.iter().map(|&time| weighted.at(time, convention)).collect();
    Ok(TimeDependentAuc { n: cohort.len(), convention, times })
}

fn competes(competing: Option<&[bool]>, idx: usize) -> bool {
    competing.is_some_and(|it| it[idx])
}

/// Complains about what [`estimate`] lists.
fn check(cohort: &Cohort, marker: &[f64], times: &[f64], competing: Option<&[bool]>) -> Result<()> {
    expect_length("markers", cohort.len(), marker.len())?;
    expect_length("competing events", cohort.len(), competing.map_or(cohort.len(), <[bool]>::len))?;
    for (quantity, values) in [("marker", marker), ("time of a ROC curve", times)] {
        if let Some(&value) = values.iter().find(|it| !it.is_finite()) {
            return Err(Error::OutOfRange { quantity, expected: "a finite number", value });
        }
    }
    if cohort.weights().is_some() {
        return Err(unanswerable(
            "found patients that carry weights, but the error of a ROC curve is known for \
                                 patients that count as one; leave the weights out",
        ));
    }
    if cohort.outcomes().iter().enumerate().any(|(idx, it)| it.event && competes(competing, idx)) {
        return Err(unanswerable(
            "found a patient with both the event and a competing event; only the first of \
                                 them counts",
        ));
    }
    Ok(())
}

fn unanswerable(problem: &str) -> Error {
    Error::Unanswerable { problem: problem.to_owned() }
}

/// The areas of one marker less those of another, for the same patients and times.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if the two do not have as many patients and times.
/// * [`Error::Unanswerable`] if their times or conventions differ.
pub fn compare(first: &TimeDependentAuc, second: &TimeDependentAuc) -> Result<AucComparison> {
    expect_length("markers to compare with", first.n, second.n)?;
    expect_length("times to compare with", first.times.len(), second.times.len())?;
    let is_same_time = |(a, b): (&AucAt, &AucAt)| a.time.total_cmp(&b.time).is_eq();
    if first.convention != second.convention || !first.times.iter().zip(&second.times).all(is_same_time) {
        return Err(unanswerable(
            "areas under ROC curves at different times, or by different conventions, do not \
                                 compare; estimate both at the same",
        ));
    }
    let pairs_of = |of: fn(&AucAt) -> Option<&Auc>| {
        first.times.iter().zip(&second.times).map(|(a, b)| Some((of(a)?, of(b)?))).collect::<Vec<_>>()
    };
    let event_free = Differences::of(&pairs_of(|it| it.event_free.as_ref()));
    let all_others = Differences::of(&pairs_of(|it| it.all_others.as_ref()));
    Ok(AucComparison {
        event_free_adjusted_p_values: event_free.adjusted_p_values(),
        event_free_test: event_free.test(),
        event_free: event_free.at_times,
        all_others_adjusted_p_values: all_others.adjusted_p_values(),
        all_others_test: all_others.test(),
        all_others: all_others.at_times,
    })
}

/// Differences at several times, and the covariance of those that are present.
struct Differences {
    at_times: Vec<Option<PairedDifference>>,
    covariance: SymmetricMatrix,
}

impl Differences {
    fn of(pairs: &[Option<(&Auc, &Auc)>]) -> Self {
        let terms: Vec<Vec<f64>> = pairs
            .iter()
            .flatten()
            .map(|(a, b)| a.influence.iter().zip(&b.influence).map(|(a, b)| a - b).collect())
            .collect();
        let covariance =
            SymmetricMatrix::from_lower(terms.len(), |row, column| covariance_of_means(&terms[row], &terms[column]));
        let mut variances = (0..terms.len()).map(|it| covariance.at(it, it));
        let mut difference = |&(a, b): &(&Auc, &Auc)| {
            let variance = variances.next().expect("one for each pair");
            PairedDifference::new(a.auc - b.auc, variance.sqrt())
        };
        let at_times = pairs.iter().map(|it| it.as_ref().map(&mut difference)).collect();
        Self { at_times, covariance }
    }

    fn test(&self) -> Option<ChiSquareTest> {
        let values: Vec<f64> = self.at_times.iter().flatten().map(|it| it.difference).collect();
        test_all_zero(&values, &self.covariance)
    }

    /// Of each difference, how probable it is that the largest of all is as large.
    fn adjusted_p_values(&self) -> Vec<Option<f64>> {
        let present: Vec<&PairedDifference> = self.at_times.iter().flatten().collect();
        let varying: Vec<usize> = (0..present.len()).filter(|&it| present[it].z.is_some()).collect();
        let correlation = SymmetricMatrix::from_lower(varying.len(), |row, column| {
            let covariance = self.covariance.at(varying[row].max(varying[column]), varying[row].min(varying[column]));
            covariance / (present[varying[row]].std_err * present[varying[column]].std_err)
        });
        // METHOD: Single-step: each statistic is held against the distribution of the largest, as in timeROC.
        let adjusted = |it: &PairedDifference| {
            let (z, p_value) = (it.z?, it.p_value?);
            let joint =
                multivariate_normal::probability_beyond(z.abs(), Sides::Both, &correlation, varying.len(), TOLERANCE);
            Some(joint.value.clamp(p_value, (p_value * varying.len() as f64).min(1.0)))
        };
        let adjusted = |it: &PairedDifference| if varying.len() > MAX_VARIABLES { None } else { adjusted(it) };
        self.at_times.iter().map(|it| it.as_ref().and_then(adjusted)).collect()
    }
}

/// Covariance of the means of two columns, one row per patient.
fn covariance_of_means(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
    let (mean_a, mean_b) = (mean(a), mean(b));
    a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum::<f64>() / (n * (n - 1.0))
}

impl Auc {
    fn new(auc: f64, influence: Vec<f64>) -> Self {
        let std_err = covariance_of_means(&influence, &influence).sqrt();
        let reach = NORMAL_QUANTILE_975 * std_err;
        // Sums of weights may pass 1 by round-off.
        let auc = auc.clamp(0.0, 1.0);
        Self { auc, std_err, lower: (auc - reach).max(0.0), upper: (auc + reach).min(1.0), influence }
    }
}

#[cfg(test)]
mod tests;
