//! Reclassification: how a new model moves the risks of those who have the event, and of those who do not.
//!
//! With `e` and `s = 1 - e` the event probability and survival at the time, `e_u`, `e_d` the same among the patients whose
//! risk a new model puts up and down, and `π_u`, `π_d` their shares,
//!
//! ```text
//! NRI_events    = (e_u π_u - e_d π_d) / e                 net share of patients with the event put up
//! NRI_nonevents = (s_d π_d - s_u π_u) / s                 net share of the others put down
//! NRI           = NRI_events + NRI_nonevents              Pencina 2011, with Kaplan-Meier for the censored
//! IDI           = [p̄_1 - p̄_0] of the new model - [p̄_1 - p̄_0] of the old             Pencina 2008
//! ```
//!
//! `p̄_1` and `p̄_0` are the mean predicted risks of patients with the event by then and of those without, weighted by the
//! inverse probability of not having been censored. Up and down are categories between cut-offs of risk; without
//! cut-offs every change counts, however small (the continuous NRI).
//!
//! # Why not to rely on them
//!
//! The NRI rises when a model is badly calibrated, or a variable of pure noise is added to a model that was fitted to the
//! same patients, and its significance test rejects far too often (Kerr 2014, Pepe 2015): it is no proper score. It adds
//! shares of different groups as if an event found were worth a treatment spared, whatever the event's frequency. It is
//! reported by its two parts, without a p-value. To tell whether a variable adds anything, use the likelihood ratio test;
//! to tell how much, the change in concordance or Brier score; to tell whether it matters, a
//! [decision curve](super::decision_curve).
//!
//! # References
//!
//! * Pencina MJ, D'Agostino RB, Steyerberg EW. Extensions of net reclassification improvement calculations to measure
//!   usefulness of new biomarkers. *Stat Med* 2011;30:11-21. doi:10.1002/sim.4085
//! * Pencina MJ, D'Agostino RB, D'Agostino RB, Vasan RS. Evaluating the added predictive ability of a new marker: from
//!   area under the ROC curve to reclassification and beyond. *Stat Med* 2008;27:157-172. doi:10.1002/sim.2929
//! * Kerr KF, Wang Z, Janes H, `McClelland` RL, Psaty BM, Pepe MS. Net reclassification indices for evaluating risk
//!   prediction instruments: a critical review. *Epidemiology* 2014;25:114-121. doi:10.1097/EDE.0000000000000018
//! * Pepe MS, Fan J, Feng Z, Gerds T, Hilden J. The net reclassification index (NRI): a misleading measure of prediction
//!   improvement even with independent test data sets. *Stat Biosci* 2015;7:282-295. doi:10.1007/s12561-014-9118-0

use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::bootstrap::Bootstrap;

use super::bootstrap::percentile_interval;
use super::censoring::{CensoringCurve, TiedCensoring, refuse_late_entry};
use super::cohort::{Cohort, expect_length};
use super::{replicates, survival_of_group};
use crate::error::{Error, Result};

/// How a new model reclassifies patients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reclassification {
    /// Number of patients.
    pub n: usize,
    /// The time by which the event was predicted, in the unit of the cohort.
    pub time: f64,
    /// Cut-offs between categories of risk, ascending; empty if every change counts.
    pub cutoffs: Vec<f64>,
    /// Patients whom the new model puts up.
    pub n_up: usize,
    /// Patients whom the new model puts down.
    pub n_down: usize,
    /// Bootstrap samples behind the intervals; 0 without intervals.
    pub n_replicates: usize,
    /// Net share of patients with the event put up, in [-1, 1].
    pub nri_events: Estimate,
    /// Net share of patients without the event put down, in [-1, 1].
    pub nri_nonevents: Estimate,
    /// The sum of the two, in [-2, 2].
    pub nri: Estimate,
    /// Integrated discrimination improvement, in [-2, 2].
    pub idi: Estimate,
}

/// A measure with its bootstrap interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// The measure; absent if follow-up, of all or of those put up or down, does not reach the time, or nobody or
    /// everybody has the event by then.
    pub estimate: Option<f64>,
    /// Lower end of its 95 % bootstrap interval; absent without bootstrap.
    pub lower: Option<f64>,
    /// Upper end of its 95 % bootstrap interval; absent without bootstrap.
    pub upper: Option<f64>,
}

/// Compares the risks that two models predict for the same patients.
///
/// `old_risk` and `new_risk` hold the predicted probability of the event by `time`, one per patient in the order of the
/// cohort. A risk on a cut-off belongs to the category above. Intervals take predictions for given: they do not allow
/// for models that were fitted to the same patients.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one prediction per patient and model.
/// * [`Error::OutOfRange`] if a prediction is not a probability, cut-offs are not between 0 and 1 or do not ascend, or
///   the time is not finite.
/// * [`Error::Unanswerable`] if patients enter late.
///
/// # Examples
///
/// ```
/// use contexture::survival::{Cohort, reclassification};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0], &[true, true, true, false])?;
/// let (old, new) = ([0.2, 0.4, 0.4, 0.2], [0.6, 0.3, 0.1, 0.2]);
/// let found = reclassification::assess(&cohort, &old, &new, 2.5, &[0.3], None)?;
/// // Of two with the event one is put up; of two without, one is put down.
/// assert_eq!((found.nri_events.estimate, found.nri_nonevents.estimate), (Some(0.5), Some(0.5)));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn assess(
    cohort: &Cohort,
    old_risk: &[f64],
    new_risk: &[f64],
    time: f64,
    cutoffs: &[f64],
    bootstrap: Option<Bootstrap>,
) -> Result<Reclassification> {
    for risk in [old_risk, new_risk] {
        expect_length("predicted risks", cohort.len(), risk.len())?;
        if let Some(&value) = risk.iter().find(|it| !(0.0..=1.0).contains(*it)) {
            return Err(Error::OutOfRange { quantity: "predicted risk", expected: "a probability", value });
        }
    }
    if let Some(&value) = cutoffs.iter().find(|it| !(**it > 0.0 && **it < 1.0)) {
        return Err(Error::OutOfRange { quantity: "cut-off of risk", expected: "above 0 and below 1", value });
    }
    if let Some(pair) = cutoffs.windows(2).find(|pair| pair[0] >= pair[1]) {
        return Err(Error::OutOfRange {
            quantity: "cut-off of risk",
            expected: "above the one before",
            value: pair[1],
        });
    }
    if !time.is_finite() {
        return Err(Error::OutOfRange { quantity: "time of predictions", expected: "a finite number", value: time });
    }
    refuse_late_entry(cohort)?;

    let patients = Patients::new(old_risk, new_risk, cutoffs);
    let measures = patients.measures(cohort, time);
    let replicates = bootstrap.map_or_else(Vec::new, |it| {
        replicates::map(it.n_replicates, it.seed, |random| {
            let drawn = replicates::sample_with_replacement(cohort.len(), random);
            patients.select(&drawn).measures(&cohort.select(&drawn), time)
        })
    });
    let estimate = |of: fn(&Measures) -> Option<f64>| {
        let interval = percentile_interval(replicates.iter().map(of));
        Estimate {
            estimate: of(&measures),
            lower: interval.map(|[lower, _]| lower),
            upper: interval.map(|[_, upper]| upper),
        }
    };
    let count = |direction| patients.moves.iter().filter(|it| **it == direction).count();
    Ok(Reclassification {
        n: cohort.len(),
        time,
        cutoffs: cutoffs.to_vec(),
        n_up: count(Ordering::Greater),
        n_down: count(Ordering::Less),
        n_replicates: replicates.len(),
        nri_events: estimate(|it| it.nri_events),
        nri_nonevents: estimate(|it| it.nri_nonevents),
        nri: estimate(|it| Some(it.nri_events? + it.nri_nonevents?)),
        idi: estimate(|it| it.idi),
    })
}

/// What the measures need of each patient.
struct Patients {
    /// Where the new model puts the patient, seen from the old one.
    moves: Vec<Ordering>,
    /// New risk less old.
    differences: Vec<f64>,
}

struct Measures {
    nri_events: Option<f64>,
    nri_nonevents: Option<f64>,
    idi: Option<f64>,
}

impl Patients {
    fn new(old_risk: &[f64], new_risk: &[f64], cutoffs: &[f64]) -> Self {
        let category = |risk: f64| cutoffs.partition_point(|cutoff| *cutoff <= risk);
        let both = || old_risk.iter().zip(new_risk);
        let moves = both().map(|(old, new)| match cutoffs {
            [] => new.total_cmp(old),
            _ => category(*new).cmp(&category(*old)),
        });
        Self { moves: moves.collect(), differences: both().map(|(old, new)| new - old).collect() }
    }

    fn select(&self, indices: &[usize]) -> Self {
        Self {
            moves: indices.iter().map(|&it| self.moves[it]).collect(),
            differences: indices.iter().map(|&it| self.differences[it]).collect(),
        }
    }

    fn measures(&self, cohort: &Cohort, time: f64) -> Measures {
        let (nri_events, nri_nonevents) = self.nri(cohort, time).unzip();
        Measures { nri_events, nri_nonevents, idi: self.idi(cohort, time) }
    }

    /// `None` unless the survival of all, and of those put up and down, is known and neither 0 nor 1 for all.
    fn nri(&self, cohort: &Cohort, time: f64) -> Option<(f64, f64)> {
        let total: f64 = (0..cohort.len()).map(|it| cohort.weight(it)).sum();
        // Shares of all patients who are put somewhere and have the event, or have not.
        let put = |direction: Ordering| {
            let moved = |idx: &usize| self.moves[*idx] == direction;
            let share = (0..cohort.len()).filter(moved).map(|it| cohort.weight(it)).sum::<f64>() / total;
            if share <= 0.0 {
                return Some((0.0, 0.0));
            }
            let survival = survival_of_group::at(cohort, time, |idx| moved(&idx))?;
            Some(((1.0 - survival) * share, survival * share))
        };
        let survival = survival_of_group::at(cohort, time, |_| true).filter(|it| *it > 0.0 && *it < 1.0)?;
        let ((events_up, others_up), (events_down, others_down)) = (put(Ordering::Greater)?, put(Ordering::Less)?);
        Some(((events_up - events_down) / (1.0 - survival), (others_down - others_up) / survival))
    }

    /// Mean change of risk of patients with the event by the time less that of the others; `None` without either.
    fn idi(&self, cohort: &Cohort, time: f64) -> Option<f64> {
        let in_view = CensoringCurve::of(cohort, cohort.schedule(), TiedCensoring::AfterEvent);
        let (mut with_event, mut without) = ((0.0, 0.0), (0.0, 0.0));
        for (idx, (outcome, difference)) in cohort.outcomes().iter().zip(&self.differences).enumerate() {
            let (sums, weight) = if outcome.time > time {
                (&mut without, 1.0)
            } else if outcome.event {
                (&mut with_event, 1.0 / in_view.before(outcome.time))
            } else {
                continue;
            };
            let weight = weight * cohort.weight(idx);
            sums.0 += weight * difference;
            sums.1 += weight;
        }
        (with_event.1 > 0.0 && without.1 > 0.0).then(|| with_event.0 / with_event.1 - without.0 / without.1)
    }
}

#[cfg(test)]
mod tests;
