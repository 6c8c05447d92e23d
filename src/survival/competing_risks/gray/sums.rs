//! The scores of Gray's test and their covariance, in one pass over the times of each stratum.
//!
//! The influence of a group's martingale at a time holds `c(∞)`, which is not known before the last time. So what
//! multiplies out is summed in three parts: `Σ w w' var`, `Σ e w var` and `Σ e² var`, one of each per group, and they are
//! put together at the end.

use crate::survival::chi_square::ChiSquareTest;
use crate::survival::cholesky::SymmetricMatrix;
use crate::survival::cohort::{Schedule, Tie};
use crate::survival::competing_risks::CompetingCohort;

/// Scores of all groups, and their covariance matrix, summed over strata.
pub(super) struct Sums {
    pub(super) excess: Vec<f64>,
    /// Whether a group was at risk when somebody met the cause.
    is_compared: Vec<bool>,
    covariance: Matrix,
}

/// A square matrix with a row and a column per group.
struct Matrix {
    order: usize,
    values: Vec<f64>,
}

/// The estimates of one group as far as the walk has come.
#[derive(Clone)]
struct Group {
    n_risk: usize,
    /// Events of the cause and of others at the current time.
    n_met: usize,
    n_others: usize,
    event_free_before: f64,
    event_free: f64,
    incidence_before: f64,
    incidence: f64,
    /// `Σ e² var`.
    squared: f64,
}

/// The walk through one stratum.
struct Walk {
    rho: f64,
    groups: Vec<Group>,
    common_before: f64,
    common: f64,
    weighting: Matrix,
    cumulative: Matrix,
    /// `Σ e w var`: row of the score, column of the group whose martingale it is.
    mixed: Matrix,
}

impl Matrix {
    fn zeros(order: usize) -> Self {
        Self { order, values: vec![0.0; order * order] }
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.order + column]
    }

    fn at_mut(&mut self, row: usize, column: usize) -> &mut f64 {
        &mut self.values[row * self.order + column]
    }
}

impl Sums {
    pub(super) fn new(n_groups: usize) -> Self {
        Self { excess: vec![0.0; n_groups], is_compared: vec![false; n_groups], covariance: Matrix::zeros(n_groups) }
    }

    /// Adds a stratum.
    pub(super) fn add(
        &mut self,
        cohort: &CompetingCohort,
        schedule: &Schedule,
        group: &[usize],
        cause: usize,
        rho: f64,
    ) {
        let mut walk = Walk::new(self.excess.len(), rho);
        for &patient_idx in &schedule.order {
            walk.groups[group[patient_idx]].n_risk += 1;
        }
        for tie in &schedule.ties {
            let members = &schedule.order[tie.members.clone()];
            if tie.n_event > 0 {
                for &patient_idx in members {
                    let it = &mut walk.groups[group[patient_idx]];
                    let met = cohort.causes()[patient_idx];
                    it.n_met += usize::from(met == cause);
                    it.n_others += usize::from(met != cause && met > 0);
                }
                walk.pass(tie, self);
            }
            for &patient_idx in members {
                walk.groups[group[patient_idx]].n_risk -= 1;
            }
        }
        walk.finish(&mut self.covariance);
    }

    /// The test of all groups that were compared.
    pub(super) fn test(&self) -> Option<ChiSquareTest> {
        // METHOD: A group that is never at risk when somebody meets the cause is not compared, and costs no degree of
        // freedom.
        let compared: Vec<usize> = (0..self.excess.len()).filter(|&k| self.is_compared[k]).collect();
        let (_, kept) = compared.split_last()?;
        let excess: Vec<f64> = kept.iter().map(|&k| self.excess[k]).collect();
        let covariance =
            SymmetricMatrix::from_lower(kept.len(), |row, column| self.covariance.at(kept[row], kept[column]));
        ChiSquareTest::new(covariance.inverse_quadratic_form(&excess)?, kept.len())
    }
}

impl Group {
    fn new() -> Self {
        Self {
            n_risk: 0,
            n_met: 0,
            n_others: 0,
            event_free_before: 1.0,
            event_free: 1.0,
            incidence_before: 0.0,
            incidence: 0.0,
            squared: 0.0,
        }
    }

    /// `h`, this group's part of the denominator of the common incidence.
    fn share(&self) -> f64 {
        if self.n_risk == 0 { 0.0 } else { self.n_risk as f64 / self.event_free_before }
    }
}

impl Walk {
    fn new(n_groups: usize, rho: f64) -> Self {
        Self {
            rho,
            groups: vec![Group::new(); n_groups],
            common_before: 0.0,
            common: 0.0,
            weighting: Matrix::zeros(n_groups),
            cumulative: Matrix::zeros(n_groups),
            mixed: Matrix::zeros(n_groups),
        }
    }

    /// Moves past a time with an event of any cause.
    fn pass(&mut self, tie: &Tie, sums: &mut Sums) {
        let n_met: usize = self.groups.iter().map(|it| it.n_met).sum();
        for it in self.groups.iter_mut().filter(|it| it.n_risk > 0) {
            let n = it.n_risk as f64;
            it.event_free = it.event_free_before * (it.n_risk - it.n_met - it.n_others) as f64 / n;
            it.incidence = it.incidence_before + it.event_free_before * it.n_met as f64 / n;
        }
        if n_met > 0 {
            self.meet_cause(n_met as f64, sums);
        }
        if n_met < tie.n_event {
            self.meet_others(&mut sums.covariance);
        }
        self.common_before = self.common;
        for it in &mut self.groups {
            (it.event_free_before, it.incidence_before) = (it.event_free, it.incidence);
            (it.n_met, it.n_others) = (0, 0);
        }
    }

    /// Adds the events of the cause at a time to the scores, and their martingales to the covariance.
    fn meet_cause(&mut self, d: f64, sums: &mut Sums) {
        let total: f64 = self.groups.iter().map(Group::share).sum();
        let at_risk: f64 = self.groups.iter().map(|it| it.share() * (1.0 - it.incidence_before)).sum();
        let left = 1.0 - self.common_before;
        let weight = left.powf(self.rho);
        self.common = self.common_before + d / total;

        let n_groups = self.groups.len();
        for i in 0..n_groups {
            let group = &self.groups[i];
            if group.n_risk > 0 {
                sums.is_compared[i] = true;
                let expected = d * group.share() * (1.0 - group.incidence_before) / at_risk;
                sums.excess[i] += weight * (group.n_met as f64 - expected);
            }
            for j in 0..n_groups {
                let own = f64::from(u8::from(i == j));
                let a = weight * group.share() * (own - self.groups[j].share() / total);
                *self.weighting.at_mut(i, j) = a;
                *self.cumulative.at_mut(i, j) += a * d / (total * left);
            }
        }
        let (a, c) = (&self.weighting, &self.cumulative);
        for (k, group) in self.groups.iter_mut().enumerate().filter(|(_, group)| group.n_risk > 0) {
            let e = if group.event_free > 0.0 { 1.0 - (1.0 - self.common) / group.event_free } else { 1.0 };
            let without_replacement =
                if d > 1.0 { 1.0 - (d - 1.0) / (total * group.event_free_before - 1.0) } else { 1.0 };
            // METHOD: The variance of the cause is that expected under the common incidence, as in Gray's paper.
            let variance = without_replacement * group.event_free_before * d / (total * group.n_risk as f64);
            group.squared += e * e * variance;
            add_martingale(&mut sums.covariance, &mut self.mixed, k, |i| a.at(i, k) - e * c.at(i, k), e, variance);
        }
    }

    /// Adds the martingales of the other causes at a time to the covariance.
    fn meet_others(&mut self, covariance: &mut Matrix) {
        let c = &self.cumulative;
        // Where nobody of the group is left, the others' events change nothing.
        let left = |group: &Group| group.n_others > 0 && group.event_free > 0.0;
        for (k, group) in self.groups.iter_mut().enumerate().filter(|(_, group)| left(group)) {
            let e = -(1.0 - self.common) / group.event_free;
            let (n, d) = (group.n_risk as f64, group.n_others as f64);
            let without_replacement = if d > 1.0 { 1.0 - (d - 1.0) / (n - 1.0) } else { 1.0 };
            let variance = without_replacement * group.event_free_before.powi(2) * d / (n * n);
            group.squared += e * e * variance;
            add_martingale(covariance, &mut self.mixed, k, |i| -e * c.at(i, k), e, variance);
        }
    }

    /// Adds what could not be added before `c(∞)` was known.
    fn finish(&self, covariance: &mut Matrix) {
        let c = &self.cumulative;
        for i in 0..self.groups.len() {
            for j in 0..self.groups.len() {
                for (k, group) in self.groups.iter().enumerate() {
                    *covariance.at_mut(i, j) += c.at(i, k) * c.at(j, k) * group.squared
                        + c.at(i, k) * self.mixed.at(j, k)
                        + c.at(j, k) * self.mixed.at(i, k);
                }
            }
        }
    }
}

/// Adds the martingale of group `k`, of which each score has the part `w`, with `e` more of it per unit of `c(∞)`.
fn add_martingale(
    covariance: &mut Matrix,
    mixed: &mut Matrix,
    k: usize,
    w: impl Fn(usize) -> f64,
    e: f64,
    variance: f64,
) {
    for i in 0..covariance.order {
        *mixed.at_mut(i, k) += w(i) * e * variance;
        for j in 0..covariance.order {
            *covariance.at_mut(i, j) += w(i) * w(j) * variance;
        }
    }
}
