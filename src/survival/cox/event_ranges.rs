//! Where the patients with the event stand among those at risk.

use std::collections::BTreeSet;

use super::risk_sets::{RiskSets, Stratum};
use super::ties::Ties;

impl RiskSets {
    /// Visits event times as [`sweep`](Self::sweep) does, with the value of `direction'x` of each patient who has the
    /// event, and the smallest and largest of all with whom the likelihood compares it: the patients at risk, or, if ties
    /// are exact, those of them who do not have the event then.
    pub(super) fn for_each_event_range(&self, direction: &[f64], mut visit: impl FnMut(f64, f64, f64)) {
        let value = |row: usize| -> f64 { self.row(row).iter().zip(direction).map(|(x, b)| x * b).sum() };
        for stratum in &self.strata {
            let mut range = ValueRange::new(stratum, value);
            let mut first_not_entered = stratum.entry_order.len();
            for tie in stratum.ties.iter().rev() {
                for &row in &stratum.entry_order[tie.n_entered..first_not_entered] {
                    range.remove(row);
                }
                first_not_entered = tie.n_entered;
                let with_event = || tie.rows.clone().filter(|&row| self.has_event[row]);
                tie.rows.clone().filter(|&row| !self.has_event[row]).for_each(|row| range.add(row, value(row)));
                let of_others = range.ends();
                with_event().for_each(|row| range.add(row, value(row)));
                let (smallest, largest) = if self.ties == Ties::Exact { of_others } else { range.ends() };
                with_event().for_each(|row| visit(value(row), smallest, largest));
            }
        }
    }
}

/// The smallest and the largest of the values of those at risk.
enum ValueRange {
    /// Of patients who are all at risk from the start: none goes.
    Growing { smallest: f64, largest: f64 },
    /// Of patients who may enter late, by rank.
    Changing { first_row: usize, ranks: Vec<usize>, values: Vec<f64>, at_risk: BTreeSet<usize> },
}

impl ValueRange {
    fn new(stratum: &Stratum, value: impl Fn(usize) -> f64) -> Self {
        if stratum.entry_order.is_empty() {
            return Self::Growing { smallest: f64::INFINITY, largest: f64::NEG_INFINITY };
        }
        let mut by_value: Vec<(f64, usize)> = stratum.rows.clone().map(|row| (value(row), row)).collect();
        by_value.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut ranks = vec![0; by_value.len()];
        for (rank, &(_, row)) in by_value.iter().enumerate() {
            ranks[row - stratum.rows.start] = rank;
        }
        let values = by_value.into_iter().map(|it| it.0).collect();
        Self::Changing { first_row: stratum.rows.start, ranks, values, at_risk: BTreeSet::new() }
    }

    fn add(&mut self, row: usize, value: f64) {
        match self {
            Self::Growing { smallest, largest } => (*smallest, *largest) = (smallest.min(value), largest.max(value)),
            Self::Changing { first_row, ranks, at_risk, .. } => {
                at_risk.insert(ranks[row - *first_row]);
            }
        }
    }

    fn remove(&mut self, row: usize) {
        if let Self::Changing { first_row, ranks, at_risk, .. } = self {
            at_risk.remove(&ranks[row - *first_row]);
        }
    }

    /// The smallest and the largest; of nobody, infinite.
    fn ends(&self) -> (f64, f64) {
        match self {
            Self::Growing { smallest, largest } => (*smallest, *largest),
            Self::Changing { values, at_risk, .. } => (
                at_risk.first().map_or(f64::INFINITY, |&rank| values[rank]),
                at_risk.last().map_or(f64::NEG_INFINITY, |&rank| values[rank]),
            ),
        }
    }
}
