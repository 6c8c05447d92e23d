//! Log-rank scores: one number per patient, whose sums over groups are rank statistics.
//!
//! ```text
//! s_i = δ_i - Σ_{j: t_j ≤ t_i} δ_j / (N - r_j + 1)
//! ```
//!
//! `δ` says whether the patient had the event, `N - r + 1` how many are still at risk, and `r` is the rank of the time.
//! Where times are tied there are two conventions, and [`TiedRank`] says which.
//!
//! # References
//!
//! * Hothorn T, Lausen B. On the exact distribution of maximally selected rank statistics.
//!   *Comput Stat Data Anal* 2003;43:121-137. doi:10.1016/S0167-9473(02)00225-6
//! * Hothorn T, Hornik K. *exactRankTests: Exact Distributions for Rank and Permutation Tests*, function `cscores`.
//!   <https://cran.r-project.org/package=exactRankTests>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::survival::Cohort;

/// Which rank patients have whose times are tied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TiedRank {
    /// The largest of the tie, as in R's maxstat (`cscores`): those who leave at the time do not count as at risk, but for
    /// one of them. With ties the scores do not sum to zero, and are not those of the log-rank test.
    #[default]
    Largest,
    /// The smallest of the tie, as in the log-rank test and R's coin: all who leave at the time are at risk. The scores sum
    /// to zero.
    Smallest,
}

/// The score of each patient, in the order of the cohort.
///
/// Nearly equal times are tied, as everywhere in this crate; `cscores` compares times as they are.
pub fn log_rank(cohort: &Cohort, tied_rank: TiedRank) -> Vec<f64> {
    let schedule = cohort.schedule();
    let mut scores = vec![0.0; cohort.len()];
    let mut hazard = 0.0;
    for tie in &schedule.ties {
        let n_risk = match tied_rank {
            TiedRank::Largest => cohort.len() - tie.members.end + 1,
            TiedRank::Smallest => cohort.len() - tie.members.start,
        };
        hazard += tie.n_event as f64 / n_risk as f64;
        for &patient_idx in &schedule.order[tie.members.clone()] {
            scores[patient_idx] = f64::from(u8::from(cohort.outcomes()[patient_idx].event)) - hazard;
        }
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_take_their_largest_or_smallest_rank() {
        let cohort = Cohort::from_columns(&[1.0, 2.0, 2.0, 3.0], &[true, true, true, false]).unwrap();
        assert_eq!(log_rank(&cohort, TiedRank::Largest), [0.75, -0.25, -0.25, -1.25]);
        let smallest = log_rank(&cohort, TiedRank::Smallest);
        assert!(smallest.iter().zip([9.0, 1.0, 1.0, -11.0]).all(|(found, it)| (found - it / 12.0).abs() < 1e-15));
        assert!(smallest.iter().sum::<f64>().abs() < 1e-15);
    }

    #[test]
    fn nobody_has_no_score() {
        assert!(log_rank(&Cohort::new(Vec::new()).unwrap(), TiedRank::Largest).is_empty());
    }
}
