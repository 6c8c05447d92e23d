//! The log-rank statistic of every cut of a marker, in one pass.
//!
//! At event time `j`, with `d` events among `n` patients at risk, let `a = d (n - d) / ((n - 1) n²)`, and let `l` be how
//! many of the low group are at risk. Observed less expected events of the low group, and their variance, are
//!
//! ```text
//! S = Σ_{i low} s_i              s_i = δ_i - Σ_{j: i at risk} d_j / n_j
//! V = Σ_j a_j l_j (n_j - l_j)  = Σ_{i low} Σ_{j: i at risk} a_j n_j  -  Σ_{i, k low} B(i, k)
//! B(i, k) = Σ_{j: i and k at risk} a_j
//! ```
//!
//! With `B(t) = Σ_{j ≤ t} a_j`, and patients at risk at the event times in `(from, to]`,
//!
//! ```text
//! B(i, k) = B(min(to_i, to_k)) - B(min(to_i, from_k)) - B(min(from_i, to_k)) + B(min(from_i, from_k))
//! ```
//!
//! so that one patient who moves to the low group changes `V` by sums over a binary indexed tree: a scan of all cuts takes
//! time proportional to n log n, however many event times there are. Strata are laid end to end, each patient at risk
//! within the event times of the own stratum.
//!
//! `V` is either 0 or at least the least of `a_j (n_j - 1)`; what is below half of that is round-off.
//!
//! # References
//!
//! * Mantel N. Evaluation of survival data and two new rank order statistics arising in its consideration.
//!   *Cancer Chemother Rep* 1966;50:163-170.
//! * Fenwick PM. A new data structure for cumulative frequency tables.
//!   *Softw Pract Exp* 1994;24:327-336. doi:10.1002/spe.4380240306

use crate::error::{Error, Result};
use crate::survival::cohort::{Cohort, Schedule};

/// What the log-rank statistics of all splits of a cohort rest on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RiskSets {
    /// Of each patient, by index.
    pub(super) patients: Vec<Exposure>,
    /// `B`: sums of `a` up to each event time, from 0 for none.
    pub(super) cumulative: Vec<f64>,
    /// What a variance exceeds unless it is zero.
    pub(super) least_variance: f64,
}

/// What one patient brings to the group that it is in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Exposure {
    /// `s_i`: event less expected events.
    pub(super) score: f64,
    /// Sum of `a n` over the event times at risk.
    pub(super) linear: f64,
    /// Event times before the first at risk.
    pub(super) from: usize,
    /// Event times up to the last at risk.
    pub(super) to: usize,
}

/// Observed less expected events of the low group, and their variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Split {
    pub(super) score: f64,
    pub(super) variance: f64,
}

/// Sums over event times up to the present one, across strata.
#[derive(Default)]
struct Sums {
    hazard: Vec<f64>,
    linear: Vec<f64>,
    cumulative: Vec<f64>,
}

impl RiskSets {
    /// # Errors
    ///
    /// * [`Error::UnequalLengths`] if there is not one stratum per patient.
    /// * [`Error::Unanswerable`] if patients have weights.
    pub(super) fn of(cohort: &Cohort, strata: Option<&[usize]>) -> Result<Self> {
        if cohort.weights().is_some() {
            return Err(Error::Unanswerable {
                problem: "a search for a cut counts each patient once; leave out the case weights".to_owned(),
            });
        }
        let mut sums = Sums { hazard: vec![0.0], linear: vec![0.0], cumulative: vec![0.0] };
        let mut patients = vec![Exposure::default(); cohort.len()];
        let mut least = f64::INFINITY;
        for schedule in cohort.schedules(strata)?.iter() {
            least = least.min(sums.add(schedule, &mut patients));
        }
        for (patient, outcome) in patients.iter_mut().zip(cohort.outcomes()) {
            let since = |sums: &[f64]| sums[patient.to] - sums[patient.from];
            (patient.score, patient.linear) =
                (f64::from(u8::from(outcome.event)) - since(&sums.hazard), since(&sums.linear));
        }
        Ok(Self { patients, cumulative: sums.cumulative, least_variance: least / 2.0 })
    }

    /// The splits whose low groups are the first `sizes` patients of an order; sizes ascend.
    pub(super) fn splits(&self, order: &[usize], sizes: &[usize]) -> Vec<Split> {
        let mut overlaps = Overlaps::new(&self.cumulative);
        let mut split = Split { score: 0.0, variance: 0.0 };
        let mut n_low = 0;
        let at_size = |&size: &usize| {
            for &patient_idx in &order[n_low..size] {
                let Exposure { score, linear, from, to } = self.patients[patient_idx];
                let shared = overlaps.sum(to) - overlaps.sum(from);
                let own = self.cumulative[to] - self.cumulative[from];
                split.score += score;
                split.variance += linear - (2.0 * shared + own);
                overlaps.add(to, 1.0);
                overlaps.add(from, -1.0);
            }
            n_low = size;
            split
        };
        sizes.iter().map(at_size).collect()
    }

    /// The log-rank statistic of a split; `None` if the risk sets of its groups never overlap at an event.
    pub(super) fn chi_square(&self, split: Split) -> Option<f64> {
        (split.variance > self.least_variance).then(|| split.score * split.score / split.variance)
    }

    /// The largest statistic of these splits, the first of equal ones, with its place; `None` if none has one.
    pub(super) fn largest(&self, splits: &[Split]) -> Option<(usize, f64)> {
        let with_place = splits.iter().enumerate().filter_map(|(at, split)| Some((at, self.chi_square(*split)?)));
        with_place.reduce(|best, next| if next.1 > best.1 { next } else { best })
    }
}

impl Sums {
    /// Adds the event times of a stratum and tells its patients when they are at risk; returns the least `a (n - 1)`.
    fn add(&mut self, schedule: &Schedule, patients: &mut [Exposure]) -> f64 {
        let mut least = f64::INFINITY;
        let mut n_entered = 0;
        let start = self.last();
        for &patient_idx in &schedule.order {
            patients[patient_idx].from = start;
        }
        for tie in &schedule.ties {
            for &patient_idx in &schedule.entry_order[n_entered..tie.n_entered] {
                patients[patient_idx].from = self.last();
            }
            n_entered = tie.n_entered;
            if tie.n_event > 0 {
                let (n, d) = (tie.n_risk as f64, tie.n_event as f64);
                let a = if tie.n_risk > tie.n_event { d * (n - d) / ((n - 1.0) * n * n) } else { 0.0 };
                if a > 0.0 {
                    least = least.min(a * (n - 1.0));
                }
                for (sums, value) in [(&mut self.hazard, d / n), (&mut self.linear, a * n), (&mut self.cumulative, a)] {
                    sums.push(sums[sums.len() - 1] + value);
                }
            }
            for &patient_idx in &schedule.order[tie.members.clone()] {
                patients[patient_idx].to = self.last();
            }
        }
        least
    }

    fn last(&self) -> usize {
        self.cumulative.len() - 1
    }
}

/// Sums of `B(min(t, u))` over a growing set of signed event times `u`.
struct Overlaps<'a> {
    cumulative: &'a [f64],
    /// A binary indexed tree of the number of `u`, and of the sum of `B(u)`.
    tree: Vec<(f64, f64)>,
    total: f64,
}

impl<'a> Overlaps<'a> {
    fn new(cumulative: &'a [f64]) -> Self {
        Self { cumulative, tree: vec![(0.0, 0.0); cumulative.len()], total: 0.0 }
    }

    fn add(&mut self, at: usize, sign: f64) {
        // B(0) = 0: nobody shares an event time before the first.
        if at == 0 {
            return;
        }
        self.total += sign;
        let value = sign * self.cumulative[at];
        let mut node = at;
        while node < self.tree.len() {
            self.tree[node].0 += sign;
            self.tree[node].1 += value;
            node += node & node.wrapping_neg();
        }
    }

    fn sum(&self, at: usize) -> f64 {
        let (mut n, mut sum) = (0.0, 0.0);
        let mut node = at;
        while node > 0 {
            n += self.tree[node].0;
            sum += self.tree[node].1;
            node &= node - 1;
        }
        sum + (self.total - n) * self.cumulative[at]
    }
}
