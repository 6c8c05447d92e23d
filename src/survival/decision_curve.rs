//! Decision curves: what is gained by treating the patients whom a model calls at high risk.
//!
//! Who treats at a predicted risk of `p` or more holds one patient treated in time to be worth `(1 - p) / p` treated
//! needlessly. With `π` the share of patients at high risk, and `S` the survival at the time among them,
//!
//! ```text
//! net benefit = (1 - S) π - S π p / (1 - p)                    Vickers 2008, with Kaplan-Meier for the censored
//! treat all     π = 1, S of all patients
//! treat none    0
//! avoided     = (net benefit - that of treating all) (1 - p) / p
//! ```
//!
//! Net benefit counts in patients treated in time, of each patient; interventions avoided count treatments that the
//! model spares without missing anybody who needs one, of each patient. A model is of use at those `p` where its net
//! benefit is above those of treating all and of treating none.
//!
//! # References
//!
//! * Vickers AJ, Elkin EB. Decision curve analysis: a novel method for evaluating prediction models.
//!   *Med Decis Making* 2006;26:565-574. doi:10.1177/0272989X06295361
//! * Vickers AJ, Cronin AM, Elkin EB, Gonen M. Extensions to decision curve analysis, a novel method for evaluating
//!   diagnostic tests, prediction models and molecular markers. *BMC Med Inform Decis Mak* 2008;8:53.
//!   doi:10.1186/1472-6947-8-53

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::bootstrap::Bootstrap;

use super::bootstrap::percentile_interval;
use super::cohort::{Cohort, expect_length};
use super::{replicates, survival_of_group};
use crate::error::{Error, Result};

/// Net benefit over a range of thresholds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionCurve {
    /// Number of patients.
    pub n: usize,
    /// The time by which the event was predicted, in the unit of the cohort.
    pub time: f64,
    /// Share of patients with the event by then, in [0, 1]; absent if follow-up does not reach the time.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub event_probability: Option<f64>,
    /// Bootstrap samples behind the intervals; 0 without intervals.
    pub n_replicates: usize,
    /// One row per threshold, in the order asked for.
    pub thresholds: Vec<NetBenefit>,
}

/// Net benefit at a threshold. Not treating anybody has 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetBenefit {
    /// Predicted risk from which patients are treated, in (0, 1).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub threshold: f64,
    /// Share of patients at that risk or more, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub high_risk: f64,
    /// Net benefit of treating them; absent if their follow-up does not reach the time.
    #[schemars(range(max = 1.0))]
    pub net_benefit: Option<f64>,
    /// Lower end of its 95 % bootstrap interval; absent without bootstrap.
    pub lower: Option<f64>,
    /// Upper end of its 95 % bootstrap interval; absent without bootstrap.
    pub upper: Option<f64>,
    /// Net benefit of treating all; absent if follow-up does not reach the time.
    #[schemars(range(max = 1.0))]
    pub treat_all: Option<f64>,
    /// Treatments that the model avoids, of each patient, without missing an event; absent if one of the two is.
    pub interventions_avoided: Option<f64>,
}

/// Estimates the net benefit of a model at some thresholds.
///
/// `risk` holds the predicted probability of the event by `time`, one per patient in the order of the cohort. Intervals
/// take predictions for given: they do not allow for a model that was fitted to the same patients.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one prediction per patient.
/// * [`Error::OutOfRange`] if a prediction is not a probability, a threshold is not between 0 and 1, or the time is not
///   finite.
///
/// # Examples
///
/// ```
/// use contexture::survival::{Cohort, decision_curve};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0], &[true, true, true, false])?;
/// let curve = decision_curve::estimate(&cohort, &[0.7, 0.2, 0.6, 0.1], 2.5, &[0.5], None)?;
/// // Of two treated, one has the event: 1/4 in time less 1/4 needlessly.
/// assert_eq!((curve.thresholds[0].net_benefit, curve.thresholds[0].treat_all), (Some(0.0), Some(0.0)));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(
    cohort: &Cohort,
    risk: &[f64],
    time: f64,
    thresholds: &[f64],
    bootstrap: Option<Bootstrap>,
) -> Result<DecisionCurve> {
    expect_length("predicted risks", cohort.len(), risk.len())?;
    if let Some(&value) = risk.iter().find(|it| !(0.0..=1.0).contains(*it)) {
        return Err(Error::OutOfRange { quantity: "predicted risk", expected: "a probability", value });
    }
    if let Some(&value) = thresholds.iter().find(|it| !(**it > 0.0 && **it < 1.0)) {
        return Err(Error::OutOfRange { quantity: "threshold of risk", expected: "above 0 and below 1", value });
    }
    if !time.is_finite() {
        return Err(Error::OutOfRange { quantity: "time of predictions", expected: "a finite number", value: time });
    }
    let benefits = |cohort: &Cohort, risk: &[f64]| -> Vec<Option<f64>> {
        thresholds.iter().map(|&threshold| benefit_of_model(cohort, risk, time, threshold)).collect()
    };
    let replicates = bootstrap.map_or_else(Vec::new, |it| {
        replicates::map(it.n_replicates, it.seed, |random| {
            let drawn = replicates::sample_with_replacement(cohort.len(), random);
            let risk: Vec<f64> = drawn.iter().map(|&idx| risk[idx]).collect();
            benefits(&cohort.select(&drawn), &risk)
        })
    });

    let survival = survival_of_group::at(cohort, time, |_| true);
    let row = |(idx, (&threshold, net_benefit)): (usize, (&f64, Option<f64>))| {
        let odds = threshold / (1.0 - threshold);
        let treat_all = survival.map(|survival| net_benefit_of(1.0, survival, threshold));
        let interval = percentile_interval(replicates.iter().map(|it| it[idx]));
        NetBenefit {
            threshold,
            high_risk: high_risk(cohort, risk, threshold),
            net_benefit,
            lower: interval.map(|[lower, _]| lower),
            upper: interval.map(|[_, upper]| upper),
            treat_all,
            interventions_avoided: net_benefit.zip(treat_all).map(|(model, all)| (model - all) / odds),
        }
    };
    Ok(DecisionCurve {
        n: cohort.len(),
        time,
        event_probability: survival.map(|it| 1.0 - it),
        n_replicates: replicates.len(),
        thresholds: thresholds.iter().zip(benefits(cohort, risk)).enumerate().map(row).collect(),
    })
}

/// Share of patients at a risk of at least `threshold`.
fn high_risk(cohort: &Cohort, risk: &[f64], threshold: f64) -> f64 {
    let (mut high, mut all) = (0.0, 0.0);
    for (idx, it) in risk.iter().enumerate() {
        let weight = cohort.weight(idx);
        high += if *it >= threshold { weight } else { 0.0 };
        all += weight;
    }
    if all > 0.0 { high / all } else { 0.0 }
}

fn benefit_of_model(cohort: &Cohort, risk: &[f64], time: f64, threshold: f64) -> Option<f64> {
    let high_risk = high_risk(cohort, risk, threshold);
    if high_risk <= 0.0 {
        // Nobody is treated.
        return Some(0.0);
    }
    let survival = survival_of_group::at(cohort, time, |idx| risk[idx] >= threshold)?;
    Some(net_benefit_of(high_risk, survival, threshold))
}

fn net_benefit_of(treated: f64, survival: f64, threshold: f64) -> f64 {
    treated * ((1.0 - survival) - survival * threshold / (1.0 - threshold))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cohort() -> Cohort {
        Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0], &[true, false, true, true, false]).unwrap()
    }

    #[test]
    fn nobody_at_high_risk_is_treating_none() {
        let curve = estimate(&cohort(), &[0.1; 5], 3.0, &[0.2], None).unwrap();
        let row = &curve.thresholds[0];
        assert_eq!((row.high_risk, row.net_benefit, row.lower), (0.0, Some(0.0), None));
        assert_eq!(curve.n_replicates, 0);
    }

    #[test]
    fn everybody_at_high_risk_is_treating_all() {
        let curve = estimate(&cohort(), &[0.3; 5], 3.0, &[0.3], None).unwrap();
        let row = &curve.thresholds[0];
        assert_eq!((row.net_benefit, row.interventions_avoided), (row.treat_all, Some(0.0)));
    }

    #[test]
    fn a_time_beyond_follow_up_has_no_benefit() {
        let curve = estimate(&cohort(), &[0.3, 0.1, 0.3, 0.1, 0.1], 6.0, &[0.2], None).unwrap();
        assert_eq!((curve.event_probability, curve.thresholds[0].treat_all), (None, None));
        // Both patients at high risk have had the event by then.
        assert_eq!(curve.thresholds[0].net_benefit, Some(0.4));
        let none = estimate(&Cohort::new(Vec::new()).unwrap(), &[], 1.0, &[0.5], None).unwrap();
        assert_eq!((none.event_probability, none.thresholds[0].net_benefit), (None, Some(0.0)));
    }

    #[test]
    fn what_is_no_probability_is_refused() {
        let of = |risk: &[f64], time: f64, threshold: f64| estimate(&cohort(), risk, time, &[threshold], None);
        assert!(matches!(of(&[0.1], 1.0, 0.5), Err(Error::UnequalLengths { .. })));
        assert!(matches!(of(&[0.1, 0.1, 0.1, 0.1, 2.0], 1.0, 0.5), Err(Error::OutOfRange { .. })));
        assert!(matches!(of(&[0.1; 5], 1.0, 1.0), Err(Error::OutOfRange { .. })));
        assert!(matches!(of(&[0.1; 5], f64::INFINITY, 0.5), Err(Error::OutOfRange { .. })));
    }

    #[test]
    fn intervals_are_the_same_for_any_number_of_threads() {
        let bootstrap = Some(Bootstrap { n_replicates: 60, seed: 3 });
        let risk = [0.5, 0.2, 0.6, 0.4, 0.1];
        let run = |n_threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| estimate(&cohort(), &risk, 3.0, &[0.3], bootstrap).unwrap())
        };
        assert_eq!(run(1), run(3));
        let row = &run(1).thresholds[0];
        assert!(row.lower < row.upper && row.lower <= row.net_benefit && row.net_benefit <= row.upper);
    }

    proptest! {
        #[test]
        fn without_censoring_it_counts_patients(
            rows in prop::collection::vec((1_u8..9, 0_u8..=10), 1..30), time in 1_u8..9, threshold in 1_u8..10
        ) {
            let times: Vec<f64> = rows.iter().map(|it| f64::from(it.0)).collect();
            let cohort = Cohort::from_columns(&times, &vec![true; rows.len()]).unwrap();
            let risk: Vec<f64> = rows.iter().map(|it| f64::from(it.1) / 10.0).collect();
            let threshold = f64::from(threshold) / 10.0;
            let found = estimate(&cohort, &risk, f64::from(time), &[threshold], None).unwrap();
            let count = |died: bool| rows.iter().zip(&risk).filter(|(it, risk)| **risk >= threshold && (it.0 <= time) == died).count() as f64;
            let expected = (count(true) - count(false) * threshold / (1.0 - threshold)) / rows.len() as f64;
            prop_assert!((found.thresholds[0].net_benefit.unwrap() - expected).abs() < 1e-12);
        }
    }
}
