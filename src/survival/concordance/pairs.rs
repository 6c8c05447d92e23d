//! Counts the comparable pairs of a stratum, each pair with its weights.
//!
//! Pairs are counted in a binary indexed tree over the ranks of risk, once backward in time, where an event meets those
//! still at risk, and once forward, where each patient meets the events that went before.
//!
//! # References
//!
//! * Fenwick PM. A new data structure for cumulative frequency tables.
//!   *Softw Pract Exp* 1994;24:327-336. doi:10.1002/spe.4380240306

use std::ops::AddAssign;

use crate::survival::censoring::TiedCensoring;
use crate::survival::cohort::{Cohort, Schedule, Tie};

/// Sums of the weights of pairs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PairCounts {
    pub(super) concordant: f64,
    pub(super) discordant: f64,
    pub(super) tied_risk: f64,
    pub(super) tied_time: f64,
    pub(super) tied_risk_and_time: f64,
    /// Variance of `concordant - discordant` if risk says nothing of the order of events.
    pub(super) null_variance: f64,
}

impl PairCounts {
    pub(super) fn comparable(&self) -> f64 {
        self.concordant + self.discordant + self.tied_risk
    }
}

impl AddAssign for PairCounts {
    fn add_assign(&mut self, other: Self) {
        self.concordant += other.concordant;
        self.discordant += other.discordant;
        self.tied_risk += other.tied_risk;
        self.tied_time += other.tied_time;
        self.tied_risk_and_time += other.tied_risk_and_time;
        self.null_variance += other.null_variance;
    }
}

/// The pairs that a patient is part of, each with its time weight and the weight of the other patient.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PairsOfPatient {
    /// Concordant less discordant pairs.
    pub(super) net: f64,
    /// All comparable pairs.
    pub(super) comparable: f64,
}

/// The patients of a stratum in the order of time, with the rank of their risk.
pub(super) struct Stratum<'a> {
    schedule: &'a Schedule,
    /// By position in the schedule; from 0, equal risks share a rank.
    ranks: Vec<usize>,
    /// Ranks and weights of patients by their time of entry.
    entering: Vec<(usize, f64)>,
    /// Positions of the same patients.
    entering_positions: Vec<usize>,
    /// By position in the schedule.
    weights: Vec<f64>,
    /// By position in the schedule.
    has_event: Vec<bool>,
    n_ranks: usize,
}

impl<'a> Stratum<'a> {
    pub(super) fn new(cohort: &Cohort, schedule: &'a Schedule, risk: &[f64]) -> Self {
        // Adding zero turns -0 into 0, so that they are tied.
        let mut by_risk: Vec<(f64, usize)> = schedule.order.iter().map(|&idx| risk[idx] + 0.0).zip(0..).collect();
        by_risk.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut ranks = vec![0; by_risk.len()];
        let mut n_ranks = 0;
        for group in by_risk.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            for &(_, position) in group {
                ranks[position] = n_ranks;
            }
            n_ranks += 1;
        }

        let weights: Vec<f64> = schedule.order.iter().map(|&idx| cohort.weight(idx)).collect();
        let mut position_of = vec![0; if schedule.entry_order.is_empty() { 0 } else { cohort.len() }];
        if !position_of.is_empty() {
            for (position, &patient_idx) in schedule.order.iter().enumerate() {
                position_of[patient_idx] = position;
            }
        }
        let entering_positions: Vec<usize> = schedule.entry_order.iter().map(|&idx| position_of[idx]).collect();
        Self {
            schedule,
            entering: entering_positions.iter().map(|&it| (ranks[it], weights[it])).collect(),
            entering_positions,
            ranks,
            weights,
            has_event: schedule.order.iter().map(|&idx| cohort.outcomes()[idx].event).collect(),
            n_ranks,
        }
    }

    /// Counts pairs with one time weight for each distinct time of the schedule; the pairs of each patient are by
    /// position in the schedule.
    pub(super) fn count(
        &self,
        time_weights: &[f64],
        tied_censoring: TiedCensoring,
    ) -> (PairCounts, Vec<PairsOfPatient>) {
        let mut pairs = vec![PairsOfPatient::default(); self.ranks.len()];
        let counts = self.events_against_later(time_weights, tied_censoring, &mut pairs);
        self.patients_against_earlier_events(time_weights, tied_censoring, &mut pairs);
        (counts, pairs)
    }

    /// Backward in time: of each event, the patients who are still at risk.
    fn events_against_later(
        &self,
        time_weights: &[f64],
        tied_censoring: TiedCensoring,
        pairs: &mut [PairsOfPatient],
    ) -> PairCounts {
        let mut counts = PairCounts::default();
        let mut later = WeightsByRank::new(self.n_ranks);
        let mut n_entered = self.entering.len();
        for (tie, &time_weight) in self.schedule.ties.iter().zip(time_weights).rev() {
            for &(rank, weight) in &self.entering[tie.n_entered..n_entered] {
                later.add(rank, -weight);
            }
            n_entered = tie.n_entered;

            let add_all = |later: &mut WeightsByRank, with_event| {
                self.positions(tie, with_event).for_each(|it| later.add(self.ranks[it], self.weights[it]));
            };
            let n_tied = match tied_censoring {
                TiedCensoring::AfterEvent => {
                    add_all(&mut later, false);
                    tie.n_event
                }
                TiedCensoring::WithEvent => tie.members.len(),
            };
            // What subtraction leaves of fractional weights must not pass for patients still at risk.
            if time_weight > 0.0 && tie.n_risk > n_tied {
                for position in self.positions(tie, true) {
                    let (below, equal, above) = later.compare(self.ranks[position]);
                    let weight = time_weight * self.weights[position];
                    counts.concordant += weight * below;
                    counts.discordant += weight * above;
                    counts.tied_risk += weight * equal;
                    pairs[position].net = time_weight * (below - above);
                    pairs[position].comparable = time_weight * later.total;
                }
            }
            if tied_censoring == TiedCensoring::WithEvent {
                add_all(&mut later, false);
            }
            add_all(&mut later, true);
            if tie.n_event > 0 && time_weight > 0.0 {
                counts.null_variance += time_weight * tie.event_weight * later.variance_of_ranks();
                self.count_tied_events(tie, time_weight, &mut counts);
            }
        }
        counts
    }

    /// Forward in time: of each patient, the events that went before while the patient was at risk.
    fn patients_against_earlier_events(
        &self,
        time_weights: &[f64],
        tied_censoring: TiedCensoring,
        pairs: &mut [PairsOfPatient],
    ) {
        let mut earlier = WeightsByRank::new(self.n_ranks);
        let mut n_entered = 0;
        for (tie, &time_weight) in self.schedule.ties.iter().zip(time_weights) {
            for &position in &self.entering_positions[n_entered..tie.n_entered] {
                self.meet(&earlier, position, -1.0, pairs);
            }
            n_entered = tie.n_entered;

            // METHOD: Events come before censorings at the same time, and are not compared with each other.
            self.positions(tie, true).for_each(|it| self.meet(&earlier, it, 1.0, pairs));
            if tied_censoring == TiedCensoring::WithEvent {
                self.positions(tie, false).for_each(|it| self.meet(&earlier, it, 1.0, pairs));
            }
            if time_weight > 0.0 {
                for position in self.positions(tie, true) {
                    earlier.add(self.ranks[position], time_weight * self.weights[position]);
                }
            }
            if tied_censoring == TiedCensoring::AfterEvent {
                self.positions(tie, false).for_each(|it| self.meet(&earlier, it, 1.0, pairs));
            }
        }
    }

    /// Adds the pairs of a patient with all events so far; takes them away if `sign` is -1.
    fn meet(&self, earlier: &WeightsByRank, position: usize, sign: f64, pairs: &mut [PairsOfPatient]) {
        let (below, _, above) = earlier.compare(self.ranks[position]);
        pairs[position].net += sign * (above - below);
        pairs[position].comparable += sign * earlier.total;
    }

    /// Positions of the members of a tie with the event, or without.
    fn positions(&self, tie: &Tie, with_event: bool) -> impl Iterator<Item = usize> {
        tie.members.clone().filter(move |&it| self.has_event[it] == with_event)
    }

    /// Pairs of events at the same time: of different risk, and of equal risk.
    fn count_tied_events(&self, tie: &Tie, time_weight: f64, counts: &mut PairCounts) {
        if tie.n_event < 2 {
            return;
        }
        let mut tied: Vec<(usize, f64)> =
            self.positions(tie, true).map(|it| (self.ranks[it], self.weights[it])).collect();
        tied.sort_unstable_by_key(|it| it.0);
        let equal: f64 = tied.chunk_by(|a, b| a.0 == b.0).map(pairs_among).sum();
        counts.tied_risk_and_time += time_weight * equal;
        counts.tied_time += time_weight * (pairs_among(&tied) - equal);
    }
}

/// Sum of the products of the weights of all pairs.
fn pairs_among(patients: &[(usize, f64)]) -> f64 {
    let (mut sum, mut pairs) = (0.0, 0.0);
    for (_, weight) in patients {
        pairs += weight * sum;
        sum += weight;
    }
    pairs
}

/// Sums of weights of patients by rank, in a binary indexed tree of cumulative sums.
struct WeightsByRank {
    tree: Vec<f64>,
    by_rank: Vec<f64>,
    total: f64,
    sum_of_cubes: f64,
}

impl WeightsByRank {
    fn new(n_ranks: usize) -> Self {
        Self { tree: vec![0.0; n_ranks + 1], by_rank: vec![0.0; n_ranks], total: 0.0, sum_of_cubes: 0.0 }
    }

    fn add(&mut self, rank: usize, weight: f64) {
        let before = self.by_rank[rank];
        self.by_rank[rank] = before + weight;
        self.total += weight;
        self.sum_of_cubes += (before + weight).powi(3) - before.powi(3);
        let mut node = rank + 1;
        while let Some(sum) = self.tree.get_mut(node) {
            *sum += weight;
            node += node & node.wrapping_neg();
        }
    }

    /// Weights of patients with a lower, the same and a higher rank.
    fn compare(&self, rank: usize) -> (f64, f64, f64) {
        let mut below = 0.0;
        let mut node = rank;
        while node > 0 {
            below += self.tree[node];
            node &= node - 1;
        }
        let equal = self.by_rank[rank];
        (below, equal, self.total - below - equal)
    }

    /// Mean over patients of the squared weight below less above: with `w_g` the weight of a rank and `W` their sum,
    /// `(W³ - Σ w_g³) / 3W`.
    fn variance_of_ranks(&self) -> f64 {
        if self.total > 0.0 { (self.total.powi(3) - self.sum_of_cubes) / (3.0 * self.total) } else { 0.0 }
    }
}
