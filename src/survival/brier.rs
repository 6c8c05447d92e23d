//! The Brier score: how far predicted survival is from what happened.
//!
//! With `S_i(t)` the predicted probability that patient `i` has had no event by `t`, and weights `w_i(t)` for those who
//! were censored before and whose state is not known,
//!
//! ```text
//! B(t)      = Σ_i w_i(t) [1(T_i > t) - S_i(t)]² / Σ_i w_i(t)                       Graf 1999
//! w_i(t)    = 1 / G(T_i-)  if the event happened at T_i ≤ t
//!             1 / G(t)     if T_i > t
//!             0            if censored before t
//! scaled    = 1 - B(t) / B_0(t)                    1: perfect; 0: no better than the same prediction for all
//! IBS       = ∫ B(t) dt / (t_last - t_first)       by the trapezoidal rule over the times asked for
//! ```
//!
//! `B_0` is the score of one survival curve for all patients ([`Reference`]). `G` is the Kaplan-Meier estimate of the
//! censoring distribution. As R's `brier`, it counts a censoring half the smallest gap between two times later than it
//! was recorded: after events of the same time, and before the next.
//!
//! After the last follow-up nobody's state is known but that of patients who had the event, and there is no score: the
//! result says until when there is ([`BrierScores::last_time`]) and how many times were beyond
//! ([`BrierScores::n_times_beyond`]). Weights of patients count in all sums.
//!
//! # References
//!
//! * Graf E, Schmoor C, Sauerbrei W, Schumacher M. Assessment and comparison of prognostic classification schemes for
//!   survival data. *Stat Med* 1999;18:2529-2545. `doi:10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5`
//! * Gerds TA, Schumacher M. Consistent estimation of the expected Brier score in general survival models with
//!   right-censored event times. *Biom J* 2006;48:1029-1040. doi:10.1002/bimj.200610301
//! * Therneau T. *Concordance and the Brier score*, of the R package survival. <https://cran.r-project.org/package=survival>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::censoring::CensoringCurve;
use super::cohort::{Cohort, Outcome, expect_length};
use crate::error::{Error, Result};

/// The survival curve that is the same for all patients, to which predictions are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// Kaplan-Meier.
    #[default]
    KaplanMeier,
    /// The exponential of the negative cumulative hazard, tied events one after the other (Fleming & Harrington). R's
    /// `brier` has it for a Cox model with Efron's treatment of ties.
    FlemingHarrington,
}

/// Brier scores at several times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrierScores {
    /// Number of patients.
    pub n: usize,
    /// The prediction compared with.
    pub reference: Reference,
    /// The last time at which somebody was under observation, and a score exists; absent without patients.
    pub last_time: Option<f64>,
    /// How many of the times asked for are later, and have no score.
    pub n_times_beyond: usize,
    /// One row per time, in the order asked for.
    pub times: Vec<BrierAt>,
    /// Scores over the times that have one; absent if there are fewer than two.
    pub integrated: Option<IntegratedBrier>,
}

/// The Brier score at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BrierAt {
    /// The time, in the unit of the cohort.
    pub time: f64,
    /// Patients whose state is not known, since they were censored before.
    pub n_censored: usize,
    /// Score of the predictions, in [0, 1]; 0 is perfect. Absent after the last follow-up.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub brier: Option<f64>,
    /// Survival that the reference predicts for all, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub reference_survival: f64,
    /// Score of the reference, in [0, 1]; absent with `brier`.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub reference_brier: Option<f64>,
    /// One less the ratio of the two scores: at most 1, below 0 if the predictions are worse than the reference. Absent
    /// with `brier`, and if the reference is perfect.
    #[schemars(range(max = 1.0))]
    pub scaled: Option<f64>,
}

/// Brier scores averaged over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntegratedBrier {
    /// First of the times.
    pub first_time: f64,
    /// Last of the times.
    pub last_time: f64,
    /// Mean score of the predictions, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub brier: f64,
    /// Mean score of the reference, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub reference_brier: f64,
    /// One less the ratio of the two; absent if the reference is perfect.
    #[schemars(range(max = 1.0))]
    pub scaled: Option<f64>,
}

/// Scores predictions.
///
/// `times` ascend; `survival` holds for each of them the predicted probability of no event so far, one per patient in
/// the order of the cohort. Predictions for the patients whom a model was fitted to flatter it; see
/// [`optimism`](super::optimism).
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one column of predictions per time, and one prediction per patient.
/// * [`Error::OutOfRange`] if a prediction is not a probability, a time is not finite, or times do not ascend.
/// * [`Error::Unanswerable`] if patients enter late.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::brier::{self, Reference};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0], &[true, true, true, false])?;
/// let found = brier::score(&cohort, &[2.5], &[vec![0.2, 0.4, 0.7, 0.9]], Reference::KaplanMeier)?;
/// let at = &found.times[0];
/// assert!(at.brier.is_some_and(|it| (it - (0.04 + 0.16 + 0.09 + 0.01) / 4.0).abs() < 1e-15));
/// assert!(at.scaled.is_some_and(|it| (it - 0.7).abs() < 1e-14));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn score(cohort: &Cohort, times: &[f64], survival: &[Vec<f64>], reference: Reference) -> Result<BrierScores> {
    expect_length("times of predictions", times.len(), survival.len())?;
    for column in survival {
        expect_length("predictions of survival", cohort.len(), column.len())?;
        if let Some(&value) = column.iter().find(|it| !(0.0..=1.0).contains(*it)) {
            return Err(Error::OutOfRange { quantity: "prediction of survival", expected: "a probability", value });
        }
    }
    if let Some(&value) = times.iter().find(|it| !it.is_finite()) {
        return Err(Error::OutOfRange { quantity: "time of a Brier score", expected: "a finite number", value });
    }
    if let Some(pair) = times.windows(2).find(|pair| pair[0] >= pair[1]) {
        return Err(Error::OutOfRange {
            quantity: "time of a Brier score",
            expected: "a time after the one before",
            value: pair[1],
        });
    }

    let weighting = Weighting::of(cohort)?;
    let curve = reference.curve(cohort);
    let rows: Vec<BrierAt> = times
        .iter()
        .zip(survival)
        .map(|(&time, survival)| {
            let reference_survival = curve[cohort.schedule().ties.partition_point(|tie| tie.time <= time)];
            let is_known = weighting.last_time.is_some_and(|last| time <= last);
            let brier = is_known.then(|| weighting.mean_loss(cohort, time, |idx| survival[idx]));
            let reference_brier = is_known.then(|| weighting.mean_loss(cohort, time, |_| reference_survival));
            BrierAt {
                time,
                n_censored: cohort.outcomes().iter().filter(|it| weighting.is_lost(it, time)).count(),
                brier,
                reference_survival,
                reference_brier,
                scaled: brier.zip(reference_brier).and_then(|(brier, reference)| scaled(brier, reference)),
            }
        })
        .collect();
    Ok(BrierScores {
        n: cohort.len(),
        reference,
        last_time: weighting.last_time,
        n_times_beyond: rows.iter().filter(|it| it.brier.is_none()).count(),
        integrated: integrate(&rows),
        times: rows,
    })
}

fn scaled(brier: f64, reference_brier: f64) -> Option<f64> {
    (reference_brier > 0.0).then(|| 1.0 - brier / reference_brier)
}

/// Averages over the times with a score.
fn integrate(rows: &[BrierAt]) -> Option<IntegratedBrier> {
    let scores: Vec<(f64, f64, f64)> =
        rows.iter().filter_map(|it| Some((it.time, it.brier?, it.reference_brier?))).collect();
    let ((first_time, ..), (last_time, ..)) = (*scores.first()?, *scores.last()?);
    if first_time >= last_time {
        return None;
    }
    let area = |value: fn(&(f64, f64, f64)) -> f64| {
        let pieces =
            scores.windows(2).map(|pair| f64::midpoint(value(&pair[0]), value(&pair[1])) * (pair[1].0 - pair[0].0));
        pieces.sum::<f64>() / (last_time - first_time)
    };
    let (brier, reference_brier) = (area(|it| it.1), area(|it| it.2));
    Some(IntegratedBrier { first_time, last_time, brier, reference_brier, scaled: scaled(brier, reference_brier) })
}

/// Weights for those who were censored.
struct Weighting {
    in_view: CensoringCurve,
    /// How much later a censoring counts than it was recorded.
    delay: f64,
    last_time: Option<f64>,
}

impl Weighting {
    fn of(cohort: &Cohort) -> Result<Self> {
        let in_view = CensoringCurve::of_all(cohort)?;
        let ties = &cohort.schedule().ties;
        // METHOD: R's ties = TRUE: a censoring counts half the smallest gap later, so that it comes after events.
        let smallest_gap = ties.windows(2).map(|pair| pair[1].time - pair[0].time).fold(f64::INFINITY, f64::min);
        // With one time alone there is no gap, and any will do.
        let delay = if smallest_gap.is_finite() {
            smallest_gap / 2.0
        } else {
            1.0 + ties.iter().map(|it| it.time.abs()).sum::<f64>()
        };
        Ok(Self { last_time: in_view.last_time(), in_view, delay })
    }

    fn is_lost(&self, outcome: &Outcome, time: f64) -> bool {
        !outcome.event && outcome.time + self.delay < time
    }

    fn mean_loss(&self, cohort: &Cohort, time: f64, survival: impl Fn(usize) -> f64) -> f64 {
        let in_view_now = self.in_view.at(time - self.delay);
        let (mut loss, mut sum) = (0.0, 0.0);
        for (idx, outcome) in cohort.outcomes().iter().enumerate().filter(|(_, it)| !self.is_lost(it, time)) {
            let has_event = outcome.event && outcome.time <= time;
            let in_view = if has_event { self.in_view.before(outcome.time) } else { in_view_now };
            let weight = cohort.weight(idx) / in_view;
            loss += weight * (f64::from(u8::from(!has_event)) - survival(idx)).powi(2);
            sum += weight;
        }
        loss / sum
    }
}

impl Reference {
    /// Survival before the first distinct time of the cohort, and after each.
    fn curve(self, cohort: &Cohort) -> Vec<f64> {
        let mut survival = 1.0;
        let mut curve = vec![survival];
        curve.extend(cohort.schedule().ties.iter().map(|tie| {
            if tie.n_event > 0 {
                survival *= match self {
                    Self::KaplanMeier => (tie.risk_weight - tie.event_weight) / tie.risk_weight,
                    Self::FlemingHarrington => {
                        let d = tie.n_event as f64;
                        let share = tie.event_weight / d;
                        (-(0..tie.n_event).map(|k| share / (tie.risk_weight - k as f64 * share)).sum::<f64>()).exp()
                    }
                };
            }
            survival
        }));
        curve
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn without_censoring_it_is_the_mean_squared_error() {
        let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0], &[true; 4]).unwrap();
        let survival = vec![0.1, 0.3, 0.5, 1.0];
        let found = score(&cohort, &[2.0], &[survival], Reference::KaplanMeier).unwrap();
        // The event at 2 has happened by 2.
        assert!((found.times[0].brier.unwrap() - (0.01 + 0.09 + 0.25) / 4.0).abs() < 1e-15);
        assert_eq!((found.times[0].reference_survival, found.times[0].reference_brier), (0.5, Some(0.25)));
    }

    #[test]
    fn after_the_last_follow_up_there_is_no_score() {
        let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0], &[true, false, false]).unwrap();
        let survival = vec![vec![0.5; 3]; 3];
        let found = score(&cohort, &[2.0, 3.0, 3.5], &survival, Reference::KaplanMeier).unwrap();
        assert_eq!((found.last_time, found.n_times_beyond), (Some(3.0), 1));
        assert_eq!((found.times[2].brier, found.times[2].scaled, found.times[2].n_censored), (None, None, 1));
        assert_eq!(found.integrated.map(|it| (it.first_time, it.last_time)), Some((2.0, 3.0)));
        let none = score(&Cohort::new(Vec::new()).unwrap(), &[1.0], &[Vec::new()], Reference::KaplanMeier).unwrap();
        assert_eq!((none.last_time, none.times[0].brier, none.integrated), (None, None, None));
    }

    #[test]
    fn what_is_no_prediction_is_refused() {
        let cohort = Cohort::from_columns(&[1.0, 2.0], &[true, false]).unwrap();
        let of = |times: &[f64], survival: &[Vec<f64>]| score(&cohort, times, survival, Reference::KaplanMeier);
        assert!(matches!(of(&[1.0], &[]), Err(Error::UnequalLengths { .. })));
        assert!(matches!(of(&[1.0], &[vec![0.5]]), Err(Error::UnequalLengths { .. })));
        assert!(matches!(of(&[1.0], &[vec![0.5, 1.5]]), Err(Error::OutOfRange { .. })));
        assert!(matches!(of(&[f64::NAN], &[vec![0.5, 0.5]]), Err(Error::OutOfRange { .. })));
        assert!(matches!(of(&[1.0, 1.0], &[vec![0.5, 0.5], vec![0.5, 0.5]]), Err(Error::OutOfRange { .. })));
    }

    #[test]
    fn patients_of_one_time_have_a_score_at_it() {
        for (event, expected) in [(false, 0.36), (true, 0.16)] {
            let cohort = Cohort::from_columns(&[15.0, 15.0], &[event; 2]).unwrap();
            let found = score(&cohort, &[15.0], &[vec![0.4; 2]], Reference::KaplanMeier).unwrap();
            assert!((found.times[0].brier.unwrap() - expected).abs() < 1e-15);
        }
    }

    proptest! {
        #[test]
        fn the_reference_scores_its_own_prediction(
            rows in prop::collection::vec((1_u8..20, any::<bool>(), 1_u8..4), 1..40), time in 1_u8..22
        ) {
            let times: Vec<f64> = rows.iter().map(|it| f64::from(it.0)).collect();
            let events: Vec<bool> = rows.iter().map(|it| it.1).collect();
            let weights: Vec<f64> = rows.iter().map(|it| f64::from(it.2)).collect();
            let cohort = Cohort::from_columns(&times, &events).unwrap();
            let weighted = cohort.clone().with_weights(&weights).unwrap();
            let repeated: Vec<usize> =
                (0..rows.len()).flat_map(|it| std::iter::repeat_n(it, usize::from(rows[it].2))).collect();
            let of = |cohort: &Cohort, survival: f64| {
                score(cohort, &[f64::from(time)], &[vec![survival; cohort.len()]], Reference::KaplanMeier).unwrap().times.remove(0)
            };
            let reference = of(&weighted, 0.5);
            let same = of(&weighted, reference.reference_survival);
            prop_assert_eq!(same.brier, same.reference_brier);
            let repeated = of(&cohort.select(&repeated), 0.5);
            prop_assert_eq!(reference.brier.is_some(), f64::from(time) <= times.iter().copied().fold(0.0, f64::max));
            if let (Some(a), Some(b)) = (reference.brier, repeated.brier) {
                prop_assert!((0.0..=1.0).contains(&a));
                prop_assert!((a - b).abs() < 1e-12);
                // Weighted as it is, the share who live is what Kaplan-Meier says, but for times to which censorings were
                // moved that stand before them.
                if times.contains(&f64::from(time)) {
                    let live = reference.reference_survival;
                    prop_assert!((reference.reference_brier.unwrap() - live * (1.0 - live)).abs() < 1e-9);
                }
            }
        }
    }
}
