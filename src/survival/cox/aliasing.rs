//! Columns on which the data hold nothing, told from round-off.
//!
//! A column that is the same for all patients at risk at each event, as one that only differs between strata, has no
//! information. What is left of it by round-off would pass for little information, were there no other column to compare
//! with.

use super::partial_likelihood::Derivatives;
use super::risk_sets::RiskSets;
use crate::survival::cholesky::SymmetricMatrix;

/// Information per event, of a column with a mean absolute deviation of 1, that may be round-off.
const SUSPICIOUS_INFORMATION: f64 = 1e-9;

impl RiskSets {
    /// The derivatives with all coefficients 0; those of columns without information are 0, too.
    pub(super) fn derivatives_at_zero(&self) -> Derivatives {
        let n_columns = self.n_columns();
        let mut found = self.derivatives(&vec![0.0; n_columns]);
        let events = self.has_event.iter().zip(&self.weights).filter(|it| *it.0);
        let suspicious = SUSPICIOUS_INFORMATION * events.map(|it| it.1).sum::<f64>();
        let constant: Vec<bool> = (0..n_columns)
            .map(|column| found.information.at(column, column) <= suspicious && !self.varies_at_events(column))
            .collect();
        if constant.contains(&true) {
            let information = found.information.clone();
            found.information = SymmetricMatrix::from_lower(n_columns, |row, column| {
                if constant[row] || constant[column] { 0.0 } else { information.at(row, column) }
            });
            for (score, _) in found.score.iter_mut().zip(&constant).filter(|it| *it.1) {
                *score = 0.0;
            }
        }
        found
    }

    /// Whether two patients at risk at an event differ in a column.
    fn varies_at_events(&self, column: usize) -> bool {
        let mut direction = vec![0.0; self.n_columns()];
        direction[column] = 1.0;
        let mut varies = false;
        self.for_each_event_range(&direction, |value, smallest, largest| {
            varies |= smallest < value || largest > value || largest > smallest;
        });
        varies
    }
}
