//! The hazard that a fitted model leaves at each event time, and what of it each patient was exposed to.
//!
//! ```text
//! dΛ   = Σ_k w̄ / s0_k                 hazard of a patient with β'x + o = 0; Breslow 1974, and Efron's parts in ties
//! dM   = Σ_k x̄_k w̄ / s0_k             x̄_k = s1_k / s0_k
//! dV   = Σ_k w̄ / s0_k²                variance of dΛ at fixed β
//! ```
//!
//! A patient who has the event in a tie of `d` is at risk in the share `1 - k/d` of part `k` only: it is exposed to
//! `Σ_k (1 - k/d) w̄ / s0_k` of that time. Without this, Efron's residuals are wrong where times tie.
//!
//! # References
//!
//! * Therneau TM, Grambsch PM. *Modeling Survival Data: Extending the Cox Model.* Springer, 2000, §4.2, §4.6.
//!   doi:10.1007/978-1-4757-3294-8

use super::moments::add;
use super::risk_sets::{EventTie, RiskSets};

/// What the hazard does at one event time, for covariates at their centers.
#[derive(Debug)]
pub(super) struct HazardStep {
    pub(super) time: f64,
    pub(super) hazard: f64,
    pub(super) hazard_variance: f64,
    /// The hazard times the mean of each standardized column.
    pub(super) mean_hazard: Vec<f64>,
    /// What of both the patients with the event at this time are exposed to.
    pub(super) hazard_of_tied: f64,
    pub(super) mean_hazard_of_tied: Vec<f64>,
    /// The mean of each standardized column, over parts.
    pub(super) mean: Vec<f64>,
}

/// The hazard of each stratum.
#[derive(Debug)]
pub(super) struct Hazards {
    /// Event times of each stratum, ascending.
    pub(super) strata: Vec<Vec<HazardStep>>,
}

/// What a row was exposed to while at risk.
pub(super) struct Exposure<'a> {
    /// Row of the risk sets.
    pub(super) row: usize,
    pub(super) hazard: f64,
    pub(super) mean_hazard: &'a [f64],
    /// Variance of the hazard up to its time, all of a tie at that time among it.
    pub(super) hazard_variance: f64,
    /// Hazard at its own time; absent without the event.
    pub(super) own: Option<&'a HazardStep>,
}

impl Exposure<'_> {
    /// What a row of some risk adds to the gradient along a column, in which it has the value `x`.
    pub(super) fn score_residual(&self, column: usize, x: f64, risk: f64) -> f64 {
        let observed = self.own.map_or(0.0, |own| x - own.mean[column]);
        observed - risk * (x * self.hazard - self.mean_hazard[column])
    }
}

impl Hazards {
    /// The hazards at coefficients of the standardized columns.
    pub(super) fn at(risk_sets: &RiskSets, beta: &[f64]) -> Self {
        let mut strata: Vec<Vec<HazardStep>> = (0..risk_sets.n_strata()).map(|_| Vec::new()).collect();
        let risks = risk_sets.risks(beta);
        risk_sets.sweep(&risks, |stratum, tie, at_risk, tied| {
            let mut step = HazardStep::zero(tie, beta.len());
            let parts = risk_sets.parts(tie, at_risk, tied);
            let (weight, others, tied_first) = (parts.event_weight, &at_risk.first, &tied.first);
            step.hazard = weight * parts.inverse;
            step.hazard_of_tied = weight * parts.share;
            step.hazard_variance = weight * parts.inverse_squared;
            add(&mut step.mean_hazard, others, weight * parts.inverse_squared);
            add(&mut step.mean_hazard, tied_first, weight * parts.share_squared);
            add(&mut step.mean_hazard_of_tied, others, weight * parts.share_squared);
            add(&mut step.mean_hazard_of_tied, tied_first, weight * parts.both_squared);
            add(&mut step.mean, others, weight / tie.event_weight * parts.inverse);
            add(&mut step.mean, tied_first, weight / tie.event_weight * parts.share);
            at_risk.add_moments(tied, 1.0);
            strata[stratum].push(step);
        });
        for steps in &mut strata {
            steps.reverse();
        }
        Self { strata }
    }

    /// Visits every row with the hazard that it was exposed to.
    pub(super) fn for_each_exposure(&self, risk_sets: &RiskSets, mut visit: impl FnMut(&Exposure<'_>)) {
        let p = risk_sets.n_columns();
        for (stratum, steps) in self.strata.iter().enumerate() {
            let entries = risk_sets.entry_order(stratum);
            let first_row = risk_sets.times(stratum).first().map_or(0, |it| it.rows.start);
            // What had happened when each row came under observation; nothing is kept if all were from the start.
            let mut at_entry = vec![Cumulative::default(); entries.len()];
            let (mut now, mut of_tied) = (Cumulative::zero(p), Cumulative::zero(p));
            let mut n_entered = 0;
            let mut steps = steps.iter().peekable();
            for tie in risk_sets.times(stratum) {
                for &row in &entries[n_entered..tie.n_entered] {
                    at_entry[row - first_row] = now.clone();
                }
                n_entered = tie.n_entered;
                let step = steps.next_if(|it| it.time <= tie.time);
                if let Some(step) = step {
                    of_tied.clone_from(&now);
                    of_tied.add(step.hazard_of_tied, &step.mean_hazard_of_tied, step.hazard_variance);
                    now.add(step.hazard, &step.mean_hazard, step.hazard_variance);
                }
                for row in tie.rows.clone() {
                    let own = step.filter(|_| risk_sets.has_event[row]);
                    let total = if own.is_some() { &of_tied } else { &now };
                    match at_entry.get(row - first_row) {
                        None => visit(&total.exposure(row, own)),
                        Some(missed) => visit(&total.less(missed).exposure(row, own)),
                    }
                }
            }
        }
    }
}

/// Sums of hazard over time.
#[derive(Clone, Debug, Default)]
struct Cumulative {
    hazard: f64,
    mean_hazard: Vec<f64>,
    hazard_variance: f64,
}

impl Cumulative {
    fn zero(n_columns: usize) -> Self {
        Self { mean_hazard: vec![0.0; n_columns], ..Self::default() }
    }

    fn add(&mut self, hazard: f64, mean_hazard: &[f64], hazard_variance: f64) {
        self.hazard += hazard;
        add(&mut self.mean_hazard, mean_hazard, 1.0);
        self.hazard_variance += hazard_variance;
    }

    fn less(&self, missed: &Self) -> Self {
        let mut rest = self.clone();
        rest.hazard -= missed.hazard;
        add(&mut rest.mean_hazard, &missed.mean_hazard, -1.0);
        rest.hazard_variance -= missed.hazard_variance;
        rest
    }

    fn exposure<'a>(&'a self, row: usize, own: Option<&'a HazardStep>) -> Exposure<'a> {
        let Self { hazard, mean_hazard, hazard_variance } = self;
        Exposure { row, hazard: *hazard, mean_hazard, hazard_variance: *hazard_variance, own }
    }
}

impl HazardStep {
    fn zero(tie: &EventTie, n_columns: usize) -> Self {
        Self {
            time: tie.time,
            hazard: 0.0,
            hazard_variance: 0.0,
            mean_hazard: vec![0.0; n_columns],
            hazard_of_tied: 0.0,
            mean_hazard_of_tied: vec![0.0; n_columns],
            mean: vec![0.0; n_columns],
        }
    }
}
