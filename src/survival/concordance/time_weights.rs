//! How much the pairs of an event count, by the time of the event.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::survival::censoring::{CensoringCurve, TiedCensoring, refuse_late_entry};
use crate::survival::cohort::{Cohort, Schedule};

/// How much a pair counts, by the time `t` of its event; `n(t)` patients are at risk, of `n` in the stratum.
///
/// Survival `S` and the probability `G` of not being censored are Kaplan-Meier estimates just before `t`, of the stratum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeWeight {
    /// 1: each pair counts alike (Harrell). R's `timewt = "n"`.
    #[default]
    Equal,
    /// `n S / n(t)`, as in the Peto-Wilcoxon test. R's `"S"`.
    Survival,
    /// `n S / (G n(t))` (Schemper). R's `"S/G"`.
    SurvivalOverCensoring,
    /// `1 / G²` (Uno): an estimate that does not depend on how patients were censored. R's `"n/G2"`.
    InverseSquaredCensoring,
    /// `1 / n(t)`: each event counts alike, as in the log-rank test. R's `"I"`.
    EachEvent,
}

impl TimeWeight {
    fn needs_censoring(self) -> bool {
        matches!(self, Self::SurvivalOverCensoring | Self::InverseSquaredCensoring)
    }

    /// Complains if the weight is of censoring and patients enter late.
    pub(super) fn check(self, cohort: &Cohort) -> Result<()> {
        if self.needs_censoring() { refuse_late_entry(cohort) } else { Ok(()) }
    }

    /// One weight for each distinct time of a stratum, zero after `until` and where there is no event.
    pub(super) fn at_ties(
        self,
        cohort: &Cohort,
        schedule: &Schedule,
        tied_censoring: TiedCensoring,
        until: Option<f64>,
    ) -> Vec<f64> {
        let n: f64 = schedule.order.iter().map(|&it| cohort.weight(it)).sum();
        // METHOD: The pairs of a single event count alike whatever their common weight, as in R.
        let n_events: usize = schedule.ties.iter().map(|tie| tie.n_event).sum();
        let time_weight = if n_events < 2 { Self::Equal } else { self };
        let censoring = time_weight.needs_censoring().then(|| CensoringCurve::of(cohort, schedule, tied_censoring));
        let in_view = |idx: usize| censoring.as_ref().map_or(1.0, |curve| curve.before_ties()[idx]);

        let mut survival = 1.0;
        let weights = schedule.ties.iter().enumerate().map(|(idx, tie)| {
            let n_risk = tie.risk_weight;
            let before = survival;
            if tie.n_event > 0 {
                survival *= (n_risk - tie.event_weight) / n_risk;
            }
            if tie.n_event == 0 || until.is_some_and(|until| tie.time > until) {
                return 0.0;
            }
            match time_weight {
                Self::Equal => 1.0,
                Self::Survival => n * before / n_risk,
                Self::SurvivalOverCensoring => n * before / (in_view(idx) * n_risk),
                Self::InverseSquaredCensoring => in_view(idx).powi(-2),
                Self::EachEvent => 1.0 / n_risk,
            }
        });
        weights.collect()
    }
}
