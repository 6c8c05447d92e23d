//! The risk sets of a bootstrap sample, from those of all patients without sorting anything again.

use super::{EventTie, RiskSets, Stratum};
use crate::survival::cox::Ties;

impl RiskSets {
    /// The risk sets of patients drawn with replacement, in the order of those of all patients.
    ///
    /// A patient who was drawn `m` times is one row of `m` times the weight among `m` events: Efron's parts go by the
    /// number of events, so that this is `m` patients and not one who counts more. The exact likelihood is about sets
    /// of patients, and gets `m` rows.
    pub(in crate::survival::cox) fn sample(&self, draws: &[usize]) -> Self {
        let mut n_drawn = vec![0_usize; self.patients.len()];
        for &patient_idx in draws {
            n_drawn[patient_idx] += 1;
        }
        let mut sample = Self {
            n_columns: self.n_columns,
            values: Vec::with_capacity(self.values.len()),
            patients: Vec::with_capacity(self.patients.len()),
            has_event: Vec::with_capacity(self.patients.len()),
            weights: Vec::with_capacity(self.patients.len()),
            offsets: Vec::with_capacity(self.patients.len()),
            strata: Vec::with_capacity(self.strata.len()),
            mean_offset: self.mean_offset,
            ties: self.ties,
            centers: self.centers.clone(),
            scales: self.scales.clone(),
        };
        for stratum in &self.strata {
            sample.add_stratum(self, stratum, &n_drawn);
        }
        sample
    }

    fn add_stratum(&mut self, all: &Self, stratum: &Stratum, n_drawn: &[usize]) {
        let first = self.patients.len();
        let n_rows_of = |row: usize| {
            let n = n_drawn[all.patients[row]];
            if self.ties == Ties::Exact { n } else { n.min(1) }
        };
        // Where the rows of each row of all patients begin.
        let mut begins = Vec::with_capacity(stratum.rows.len());
        let mut n_rows = first;
        for row in stratum.rows.clone() {
            begins.push(n_rows);
            n_rows += n_rows_of(row);
        }
        let mut entry_order = Vec::new();
        let mut n_entered_of = vec![0; if stratum.entry_order.is_empty() { 0 } else { stratum.rows.len() + 1 }];
        for (place, &row) in stratum.entry_order.iter().enumerate() {
            let begin = begins[row - stratum.rows.start];
            entry_order.extend(begin..begin + n_rows_of(row));
            n_entered_of[place + 1] = entry_order.len();
        }

        let mut ties = Vec::with_capacity(stratum.ties.len());
        for tie in &stratum.ties {
            let start = self.patients.len();
            let (mut n_event, mut event_weight) = (0, 0.0);
            for row in tie.rows.clone() {
                let n = n_drawn[all.patients[row]];
                let weight = n as f64 * all.weights[row];
                let n_rows = if self.ties == Ties::Exact { n } else { n.min(1) };
                for _ in 0..n_rows {
                    self.values.extend_from_slice(all.row(row));
                    self.patients.push(all.patients[row]);
                    self.has_event.push(all.has_event[row]);
                    self.weights.push(weight / n_rows as f64);
                    self.offsets.push(all.offsets[row]);
                }
                if all.has_event[row] {
                    n_event += n;
                    event_weight += weight;
                }
            }
            let end = self.patients.len();
            if start < end {
                let n_entered = n_entered_of.get(tie.n_entered).copied().unwrap_or(0);
                let n_risk = n_rows - start - (entry_order.len() - n_entered);
                ties.push(EventTie { time: tie.time, rows: start..end, n_event, event_weight, n_risk, n_entered });
            }
        }
        self.strata.push(Stratum { rows: first..n_rows, ties, entry_order });
    }
}
