//! The ROC curve of a marker at a time: which share of those who have the event by then does each threshold find?
//!
//! Sensitivity and specificity of a threshold `c`, for a marker `M` that is high where the event comes early:
//!
//! ```text
//! sensitivity(c) = P(M > c | T ≤ t) = [P(M > c) - S(t, M > c)] / (1 - S(t))
//! specificity(c) = P(M ≤ c | T > t) = 1 - S(t, M > c) / S(t)                    Heagerty, Lumley & Pepe 2000
//! S(t, M > c)    = P(T > t, M > c)
//! ```
//!
//! [`Method`] says how the joint probability is estimated:
//!
//! * Kaplan-Meier: `P(M > c)` times the Kaplan-Meier estimate of those above `c`. The curve may fall where it should rise
//!   and leave [0, 1], since raising a threshold re-estimates survival from other patients, and it holds only if loss from
//!   view does not depend on the marker.
//! * Nearest neighbors (Akritas 1994): the mean over patients above `c` of the Kaplan-Meier estimate of those with a
//!   similar marker. Monotone, and loss may depend on the marker. `S(t)` is then the mean over all patients.
//!
//! The neighborhood is that of the R package survivalROC: the distance from a marker value to the one that is `n span`
//! places above it, to both sides. The package advises a span of `0.25 n^-0.2` or less. Its kernel is not offered: it counts
//! whoever has any weight as one.
//!
//! The area is that under the trapezoids between thresholds. [`time_dependent_auc`](super::time_dependent_auc) weights
//! for censoring instead, and has standard errors.
//!
//! # References
//!
//! * Heagerty PJ, Lumley T, Pepe MS. Time-dependent ROC curves for censored survival data and a diagnostic marker.
//!   *Biometrics* 2000;56:337-344. doi:10.1111/j.0006-341X.2000.00337.x
//! * Akritas MG. Nearest neighbor estimation of a bivariate distribution under random censoring.
//!   *Ann Stat* 1994;22:1299-1327. doi:10.1214/aos/1176325630

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cohort::{Cohort, Outcome, expect_length};
use crate::error::{Error, Result};

/// How the joint distribution of marker and survival is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Kaplan and Meier's estimate of those above each threshold.
    KaplanMeier,
    /// Kaplan and Meier's estimates among patients of similar markers.
    NearestNeighbors {
        /// Share of patients to each side whose markers are similar; above 0 and at most 1.
        span: f64,
    },
}

/// The ROC curve of a marker at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RocCurve {
    /// Number of patients.
    pub n: usize,
    /// The time, in the unit of the cohort.
    pub time: f64,
    /// How it was estimated.
    pub method: Method,
    /// Kaplan and Meier's probability of no event up to and including the time.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub survival: f64,
    /// Area under the curve, 0.5 by chance; absent if by the method nobody has the event by then, or all have.
    pub auc: Option<f64>,
    /// One row per threshold, ascending: the first finds everybody, the others are the distinct markers. Empty if `auc`
    /// is absent.
    pub thresholds: Vec<RocPoint>,
}

/// What a threshold finds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RocPoint {
    /// The highest marker that the threshold passes over; absent in the row that finds everybody.
    pub threshold: Option<f64>,
    /// Share of those with a higher marker, among patients with the event by the time; by Kaplan and Meier's estimate it may
    /// leave [0, 1].
    pub sensitivity: f64,
    /// Share of those with this or a lower marker, among patients without the event by the time; as `sensitivity`.
    pub specificity: f64,
}

/// Estimates the ROC curve of a marker at a time.
///
/// `marker` holds one value per patient in the order of the cohort, high where the event comes early.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one marker per patient.
/// * [`Error::OutOfRange`] if a marker or the time is not finite, or the span is not above 0 and at most 1.
/// * [`Error::Unanswerable`] if patients enter late or carry weights.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::roc_curve::{self, Method};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0], &[true, true, true, true])?;
/// let found = roc_curve::estimate(&cohort, &[9.0, 4.0, 8.0, 7.0], 2.0, Method::KaplanMeier)?;
/// // Two with the event by 2, two without: of the four pairs, two are in order.
/// assert!(found.auc.is_some_and(|it| (it - 0.5).abs() < 1e-12));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(cohort: &Cohort, marker: &[f64], time: f64, method: Method) -> Result<RocCurve> {
    check(cohort, marker, time, method)?;
    let patients = Patients::new(cohort, marker);
    let survival = patients.survival_among(time, |_| true);
    let joint = match method {
        Method::KaplanMeier => patients.joint_by_kaplan_meier(time),
        Method::NearestNeighbors { span } => patients.joint_by_neighbors(time, span),
    };
    let mut curve = RocCurve { n: cohort.len(), time, method, survival, auc: None, thresholds: Vec::new() };
    // Of the threshold below all markers, the survivors are all survivors.
    let Some(all) = joint.first().map(|it| it.surviving).filter(|it| *it > 0.0 && *it < 1.0) else { return Ok(curve) };
    curve.thresholds = joint
        .iter()
        .map(|it| RocPoint {
            threshold: it.threshold,
            sensitivity: (it.above - it.surviving) / (1.0 - all),
            specificity: 1.0 - it.surviving / all,
        })
        .collect();
    let trapezoid =
        |it: &[RocPoint]| (it[1].specificity - it[0].specificity) * (it[0].sensitivity + it[1].sensitivity) / 2.0;
    curve.auc = Some(curve.thresholds.windows(2).map(trapezoid).sum());
    Ok(curve)
}

fn check(cohort: &Cohort, marker: &[f64], time: f64, method: Method) -> Result<()> {
    expect_length("markers", cohort.len(), marker.len())?;
    for (quantity, values) in [("marker", marker), ("time of a ROC curve", &[time])] {
        if let Some(&value) = values.iter().find(|it| !it.is_finite()) {
            return Err(Error::OutOfRange { quantity, expected: "a finite number", value });
        }
    }
    match method {
        Method::NearestNeighbors { span } if !(span > 0.0 && span <= 1.0) => {
            return Err(Error::OutOfRange {
                quantity: "span of neighbors",
                expected: "above 0 and at most 1",
                value: span,
            });
        }
        _ => {}
    }
    let found = match (cohort.entries(), cohort.weights()) {
        (Some(_), _) => "times of entry",
        (None, Some(_)) => "weights",
        (None, None) => return Ok(()),
    };
    let problem = format!("a ROC curve is of patients who are followed from the start and count as one, found {found}");
    Err(Error::Unanswerable { problem })
}

/// The joint distribution at one threshold.
struct Joint {
    threshold: Option<f64>,
    /// `P(M > c)`.
    above: f64,
    /// `S(t, M > c)`.
    surviving: f64,
}

/// Patients by ascending time.
struct Patients {
    outcomes: Vec<Outcome>,
    markers: Vec<f64>,
    /// All markers, ascending.
    sorted: Vec<f64>,
}

impl Patients {
    fn new(cohort: &Cohort, marker: &[f64]) -> Self {
        let order = &cohort.schedule().order;
        // Adding zero turns -0 into 0, so that they are tied.
        let markers: Vec<f64> = order.iter().map(|&idx| marker[idx] + 0.0).collect();
        let mut sorted = markers.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        Self { outcomes: order.iter().map(|&idx| cohort.outcomes()[idx]).collect(), markers, sorted }
    }

    /// Kaplan and Meier's estimate at a time among the patients whose markers are in a set; 1 if there are none.
    fn survival_among(&self, time: f64, contains: impl Fn(f64) -> bool) -> f64 {
        let mut n_risk = self.markers.iter().filter(|&&it| contains(it)).count();
        let mut survival = 1.0;
        let n_by_then = self.outcomes.partition_point(|it| it.time <= time);
        let mut start = 0;
        for tied in self.outcomes[..n_by_then].chunk_by(|a, b| a.time.total_cmp(&b.time).is_eq()) {
            let members = &self.markers[start..start + tied.len()];
            start += tied.len();
            let here = || tied.iter().zip(members).filter(|(_, marker)| contains(**marker));
            let n_event = here().filter(|(it, _)| it.event).count();
            if n_event > 0 {
                survival *= 1.0 - n_event as f64 / n_risk as f64;
            }
            n_risk -= here().count();
        }
        survival
    }

    /// Each distinct marker, and how many are higher, after a threshold below all.
    fn thresholds(&self) -> impl Iterator<Item = (Option<f64>, usize)> {
        let n = self.sorted.len();
        let distinct = self.sorted.chunk_by(|a, b| a.total_cmp(b).is_eq()).scan(n, |above, run| {
            *above -= run.len();
            Some((run.first().copied(), *above))
        });
        std::iter::once((None, n)).take(n).chain(distinct)
    }

    fn joint_by_kaplan_meier(&self, time: f64) -> Vec<Joint> {
        let n = self.sorted.len() as f64;
        let joint = |(threshold, n_above): (Option<f64>, usize)| {
            let above = n_above as f64 / n;
            let survival = self.survival_among(time, |it| threshold.is_none_or(|c| it > c));
            Joint { threshold, above, surviving: above * survival }
        };
        self.thresholds().map(joint).collect()
    }

    fn joint_by_neighbors(&self, time: f64, span: f64) -> Vec<Joint> {
        let n = self.sorted.len();
        let reach = count((n as f64 * span).round());
        // From the highest threshold down, so that those above it add up.
        let mut surviving = 0.0;
        let mut joint = Vec::new();
        for (threshold, n_higher) in self.thresholds().collect::<Vec<_>>().into_iter().rev() {
            joint.push(Joint { threshold, above: n_higher as f64 / n as f64, surviving: surviving / n as f64 });
            let Some(center) = threshold else { continue };
            let n_lower = self.sorted.partition_point(|it| *it < center);
            // METHOD: survivalROC takes the distance to the neighbor above for both sides.
            let distance = self.sorted[(n_lower + reach).min(n - 1)] - center;
            let survival = self.survival_among(time, |it| (it - center).abs() <= distance);
            surviving += (n - n_higher - n_lower) as f64 * survival;
        }
        joint.reverse();
        joint
    }
}

/// A whole number of patients.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rounded share of patients is a count")]
fn count(whole: f64) -> usize {
    whole as usize
}

#[cfg(test)]
mod tests;
