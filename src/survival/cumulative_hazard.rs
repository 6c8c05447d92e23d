//! The cumulative hazard, by the estimates of Nelson and Aalen and of Fleming and Harrington.
//!
//! With `d` events, of weight `D` in all, among patients at risk of weight `n` at each distinct time (`D = d` without
//! weights):
//!
//! ```text
//! Nelson-Aalen           H(t) = Σ D / n                      var Σ D / n²                     Aalen 1978, eq. 3.14
//! Fleming-Harrington     H(t) = Σ Σ_{j<d} (D/d) / n_j        var Σ Σ_{j<d} (D/d) / n_j²       Fleming & Harrington 1984
//!                               n_j = n - j D/d
//! ```
//!
//! They differ in tied times only: Nelson and Aalen have tied events happen at once, Fleming and Harrington one after the
//! other, as Efron's method for Cox models does. [`kaplan_meier`](super::kaplan_meier) reports the cumulative hazard
//! beside the survival, and can take survival from it as `exp(-H)`. In R they are `ctype = 1` and `ctype = 2` of
//! `survfit`.
//!
//! # References
//!
//! * Nelson W. Theory and applications of hazard plotting for censored failure data.
//!   *Technometrics* 1972;14:945-966. doi:10.1080/00401706.1972.10488991
//! * Aalen O. Nonparametric inference for a family of counting processes.
//!   *Ann Stat* 1978;6:701-726. doi:10.1214/aos/1176344247
//! * Fleming TR, Harrington DP. Nonparametric estimation of the survival distribution in censored data.
//!   *Commun Stat Theory Methods* 1984;13:2469-2486. doi:10.1080/03610928408828837

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cohort::Tie;

/// How tied events add to the cumulative hazard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HazardEstimator {
    /// Tied events happen at once: R's `ctype = 1`.
    #[default]
    NelsonAalen,
    /// Tied events happen one after the other: R's `ctype = 2`.
    FlemingHarrington,
}

/// What the events of one time add to the cumulative hazard `H`, and to what patients contribute to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Increment {
    /// Added to `H`.
    pub(super) hazard: f64,
    /// Added to the variance of `H`.
    pub(super) variance: f64,
    /// By how much one more unit of weight at risk, without event, would lower `hazard`.
    pub(super) influence_at_risk: f64,
    /// By how much one more unit of weight of those with the event would raise it, beyond what its being at risk lowers.
    pub(super) influence_of_event: f64,
}

impl HazardEstimator {
    /// The increment of a time with events.
    pub(super) fn increment(self, tie: &Tie) -> Increment {
        let (n, d) = (tie.risk_weight, tie.event_weight);
        match self {
            Self::NelsonAalen => Increment {
                hazard: d / n,
                variance: d / (n * n),
                influence_at_risk: d / (n * n),
                influence_of_event: 1.0 / n,
            },
            Self::FlemingHarrington => {
                let n_event = tie.n_event as f64;
                let each = d / n_event;
                // Sums over the events of 1 / n_j, of 1 / n_j² and of 1 / n_j² times the share of events still to come.
                let (mut inverse, mut square, mut remaining) = (0.0, 0.0, 0.0);
                for j in 0..tie.n_event {
                    let n_j = n - j as f64 * each;
                    inverse += 1.0 / n_j;
                    square += 1.0 / (n_j * n_j);
                    remaining += (1.0 - j as f64 / n_event) / (n_j * n_j);
                }
                Increment {
                    hazard: each * inverse,
                    variance: each * square,
                    influence_at_risk: each * square,
                    influence_of_event: inverse / n_event + each * (square - remaining),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tie(n_event: usize, event_weight: f64, risk_weight: f64) -> Tie {
        Tie { time: 1.0, members: 0..n_event, n_entered: 0, n_event, n_risk: n_event, event_weight, risk_weight }
    }

    /// The first two times of the aml data: 2 of 23 and 2 of 21.
    #[test]
    fn tied_events_happen_at_once_or_one_after_the_other() {
        let hazard = |estimator: HazardEstimator, n: f64| estimator.increment(&tie(2, 2.0, n)).hazard;
        assert!((hazard(HazardEstimator::NelsonAalen, 23.0) - 2.0 / 23.0).abs() < 1e-15);
        assert!((hazard(HazardEstimator::FlemingHarrington, 23.0) - (1.0 / 23.0 + 1.0 / 22.0)).abs() < 1e-15);
        let variance = HazardEstimator::FlemingHarrington.increment(&tie(2, 2.0, 21.0)).variance;
        assert!((variance - (1.0 / 441.0 + 1.0 / 400.0)).abs() < 1e-16);
    }

    #[test]
    fn influences_are_derivatives() {
        const STEP: f64 = 1e-6;
        for estimator in [HazardEstimator::NelsonAalen, HazardEstimator::FlemingHarrington] {
            let hazard = |event: f64, risk: f64| estimator.increment(&tie(3, event, risk)).hazard;
            let increment = estimator.increment(&tie(3, 4.5, 20.0));
            let at_risk = (hazard(4.5, 20.0 + STEP) - hazard(4.5, 20.0 - STEP)) / (2.0 * STEP);
            assert!((at_risk + increment.influence_at_risk).abs() < 1e-9, "{estimator:?}");
            let event = (hazard(4.5 + STEP, 20.0 + STEP) - hazard(4.5 - STEP, 20.0 - STEP)) / (2.0 * STEP);
            let expected = increment.influence_of_event - increment.influence_at_risk;
            assert!((event - expected).abs() < 1e-9, "{estimator:?}: {event} {expected}");
        }
    }

    #[test]
    fn both_agree_without_ties() {
        let [one, other] = [HazardEstimator::NelsonAalen, HazardEstimator::FlemingHarrington]
            .map(|estimator| estimator.increment(&tie(1, 1.5, 7.0)));
        assert_eq!(one, other);
    }
}
