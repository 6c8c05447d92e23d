//! Harrell's C: how often the patient at higher risk has the event first.
//!
//! A pair of patients is comparable if the earlier of their times is that of an event. Of two with the same time, the
//! one with the event comes before the one without; two events at the same time are not comparable. With `c` concordant
//! and `d` discordant pairs, and `t` pairs of equal risk,
//!
//! ```text
//! C      = (c + t/2) / (c + d + t)                                           Harrell 1982
//! Var[C] = Σ_i { [(c_i - d_i) - (c_i + d_i + t_i)(2C - 1)] / (2 (c + d + t)) }²
//! ```
//!
//! with `c_i`, `d_i`, `t_i` the pairs that patient `i` is part of: the infinitesimal jackknife, as in R's `concordance`
//! for a Cox model. A high risk stands for an early event, so a score that protects has to be negated. Pairs are
//! compared within strata and summed. Pairs are counted in a binary indexed tree over the ranks of risk, in time
//! proportional to n log n.
//!
//! # References
//!
//! * Harrell FE, Califf RM, Pryor DB, Lee KL, Rosati RA. Evaluating the yield of medical tests.
//!   *JAMA* 1982;247:2543-2546. doi:10.1001/jama.1982.03320430047030
//! * Therneau T, Atkinson E. *Concordance*, vignette of the R package survival.
//!   <https://cran.r-project.org/package=survival>
//! * Fenwick PM. A new data structure for cumulative frequency tables.
//!   *Softw Pract Exp* 1994;24:327-336. doi:10.1002/spe.4380240306

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cohort::{Cohort, Schedule, expect_length};
use crate::error::{Error, Result};

/// Harrell's C with the pairs that it counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Concordance {
    /// Harrell's C, in [0, 1]; 0.5 is chance. Absent if no two patients are comparable.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub concordance: Option<f64>,
    /// Standard error of `concordance`; absent with it.
    #[schemars(range(min = 0.0))]
    pub std_err: Option<f64>,
    /// Comparable pairs in which the patient at higher risk has the event first.
    pub concordant: u64,
    /// Comparable pairs in which the patient at lower risk has the event first.
    pub discordant: u64,
    /// Comparable pairs of equal risk; each counts half.
    pub tied_risk: u64,
    /// Pairs with events at the same time and different risk, which are not comparable.
    pub tied_time: u64,
    /// Pairs with events at the same time and equal risk, which are not comparable.
    pub tied_risk_and_time: u64,
}

/// Compares risks with the order of events, within strata if there are any.
///
/// `risk` and `strata` hold one value per patient, in the order of the cohort; a higher risk stands for an earlier
/// event.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one risk and one stratum per patient.
/// * [`Error::OutOfRange`] if a risk is not finite.
///
/// # Examples
///
/// ```
/// use contexture::survival::{Cohort, concordance};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 2.0, 2.0, 3.0], &[true, true, true, false, false])?;
/// let c = concordance::harrell(&cohort, &[5.0, 4.0, 1.0, 3.0, 2.0], None)?;
/// assert_eq!(c.concordance, Some(0.75));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn harrell(cohort: &Cohort, risk: &[f64], strata: Option<&[usize]>) -> Result<Concordance> {
    expect_length("risks", cohort.len(), risk.len())?;
    if let Some(&value) = risk.iter().find(|it| !it.is_finite()) {
        return Err(Error::OutOfRange { quantity: "risk", expected: "a finite number", value });
    }

    let mut pairs = vec![Pairs::default(); cohort.len()];
    let (mut tied_time, mut tied_risk_and_time) = (0, 0);
    for schedule in cohort.schedules(strata)?.iter() {
        let ranked = Ranked::new(cohort, schedule, risk);
        ranked.count_pairs(&mut pairs);
        let (n_time, n_both) = ranked.count_tied_events();
        tied_time += n_time;
        tied_risk_and_time += n_both;
    }

    // Each pair has been counted for both of its patients.
    let half_of = |count: fn(&Pairs) -> u64| pairs.iter().map(count).sum::<u64>() / 2;
    let (concordant, discordant) = (half_of(|it| it.concordant), half_of(|it| it.discordant));
    let tied_risk = half_of(|it| it.tied_risk);
    let n_pairs = concordant + discordant + tied_risk;
    let somers_d = (n_pairs > 0).then(|| (concordant as f64 - discordant as f64) / n_pairs as f64);
    let std_err = somers_d.map(|somers_d| {
        let influence = pairs.iter().map(|it| it.influence(somers_d) / (2.0 * n_pairs as f64));
        influence.map(|it| it * it).sum::<f64>().sqrt()
    });
    Ok(Concordance {
        concordance: somers_d.map(|somers_d| f64::midpoint(somers_d, 1.0)),
        std_err,
        concordant,
        discordant,
        tied_risk,
        tied_time,
        tied_risk_and_time,
    })
}

/// The comparable pairs that a patient is part of.
#[derive(Clone, Copy, Debug, Default)]
struct Pairs {
    concordant: u64,
    discordant: u64,
    tied_risk: u64,
}

impl Pairs {
    fn influence(&self, somers_d: f64) -> f64 {
        let n_pairs = self.concordant + self.discordant + self.tied_risk;
        (self.concordant as f64 - self.discordant as f64) - n_pairs as f64 * somers_d
    }
}

/// The patients of a stratum in the order of time, with the rank of their risk.
struct Ranked<'a> {
    schedule: &'a Schedule,
    /// By position in the schedule; from 0, equal risks share a rank.
    ranks: Vec<usize>,
    /// By position in the schedule.
    has_event: Vec<bool>,
    n_ranks: usize,
}

impl<'a> Ranked<'a> {
    fn new(cohort: &Cohort, schedule: &'a Schedule, risk: &[f64]) -> Self {
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
        let has_event = schedule.order.iter().map(|&idx| cohort.outcomes()[idx].event).collect();
        Self { schedule, ranks, has_event, n_ranks }
    }

    fn count_pairs(&self, pairs: &mut [Pairs]) {
        // Backward in time: of each event, the patients still to come.
        let mut later = CountsByRank::new(self.n_ranks);
        for tie in self.schedule.ties.iter().rev() {
            self.add(&mut later, tie.members.clone().filter(|&it| !self.has_event[it]));
            for position in tie.members.clone().filter(|&it| self.has_event[it]) {
                let (below, equal, above) = later.compare(self.ranks[position]);
                let it = &mut pairs[self.schedule.order[position]];
                it.concordant += below;
                it.discordant += above;
                it.tied_risk += equal;
            }
            self.add(&mut later, tie.members.clone().filter(|&it| self.has_event[it]));
        }

        // Forward in time: of each patient, the events that went before.
        let mut earlier = CountsByRank::new(self.n_ranks);
        for tie in &self.schedule.ties {
            for had_event in [true, false] {
                for position in tie.members.clone().filter(|&it| self.has_event[it] == had_event) {
                    let (below, equal, above) = earlier.compare(self.ranks[position]);
                    let it = &mut pairs[self.schedule.order[position]];
                    it.concordant += above;
                    it.discordant += below;
                    it.tied_risk += equal;
                }
                // METHOD: Events come before censorings at the same time, and are not compared with each other.
                if had_event {
                    self.add(&mut earlier, tie.members.clone().filter(|&it| self.has_event[it]));
                }
            }
        }
    }

    fn add(&self, counts: &mut CountsByRank, positions: impl Iterator<Item = usize>) {
        positions.for_each(|position| counts.add(self.ranks[position]));
    }

    /// Pairs of events at the same time: of different risk, and of equal risk.
    fn count_tied_events(&self) -> (u64, u64) {
        let (mut n_time, mut n_both) = (0, 0);
        for tie in self.schedule.ties.iter().filter(|tie| tie.n_event > 1) {
            let mut ranks: Vec<usize> =
                tie.members.clone().filter(|&it| self.has_event[it]).map(|it| self.ranks[it]).collect();
            ranks.sort_unstable();
            let equal: u64 = ranks.chunk_by(|a, b| a == b).map(|group| pairs_among(group.len())).sum();
            n_both += equal;
            n_time += pairs_among(ranks.len()) - equal;
        }
        (n_time, n_both)
    }
}

fn pairs_among(n: usize) -> u64 {
    let n = n as u64;
    n * n.saturating_sub(1) / 2
}

/// How many patients there are of each rank, in a binary indexed tree of cumulative counts.
struct CountsByRank {
    tree: Vec<u32>,
    total: u64,
}

impl CountsByRank {
    fn new(n_ranks: usize) -> Self {
        Self { tree: vec![0; n_ranks + 1], total: 0 }
    }

    fn add(&mut self, rank: usize) {
        self.total += 1;
        let mut node = rank + 1;
        while let Some(count) = self.tree.get_mut(node) {
            *count += 1;
            node += node & node.wrapping_neg();
        }
    }

    /// Number of patients with a rank below `end`.
    fn below(&self, end: usize) -> u64 {
        let mut sum = 0;
        let mut node = end;
        while node > 0 {
            sum += u64::from(self.tree[node]);
            node &= node - 1;
        }
        sum
    }

    /// Numbers of patients with a lower, the same and a higher rank.
    fn compare(&self, rank: usize) -> (u64, u64, u64) {
        let (below, up_to) = (self.below(rank), self.below(rank + 1));
        (below, up_to - below, self.total - up_to)
    }
}

#[cfg(test)]
mod tests;
