//! Which cuts of a marker are looked at.
//!
//! A cut `c` puts the patients with `x ≤ c` in the low group and the others in the high group. Of `N` patients, those cuts
//! are candidates whose low group has
//!
//! ```text
//! max(1, ⌊N · min_share⌋) ≤ m ≤ ⌊N · max_share⌋        and m < N
//! ```
//!
//! patients, one cut per distinct value of the marker: the largest value of the low group. This is the rule of R's
//! `maxstat.test`, whose `minprop` and `maxprop` are the two shares, and so of `surv_cutpoint` of survminer. (With shares of
//! 0 and 1, `maxstat.test` leaves out the highest cut as well; here it stays.)

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::survival::cohort::expect_length;

/// Shares of patients that the low group may have; 0.1 to 0.9 unless told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CandidateRange {
    /// Smallest share of patients in the low group, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub min_share: f64,
    /// Largest share of patients in the low group, in [`min_share`, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_share: f64,
}

impl Default for CandidateRange {
    /// The range of `maxstat.test` and `surv_cutpoint`.
    fn default() -> Self {
        Self { min_share: 0.1, max_share: 0.9 }
    }
}

impl CandidateRange {
    /// All cuts that leave somebody in either group.
    pub const ALL: Self = Self { min_share: 0.0, max_share: 1.0 };

    fn check(self) -> Result<()> {
        let wrong = |value| Error::OutOfRange {
            quantity: "share of patients in the low group",
            expected: "shares in [0, 1], the smallest not above the largest",
            value,
        };
        if !(0.0..=1.0).contains(&self.min_share) {
            return Err(wrong(self.min_share));
        }
        if !(self.min_share..=1.0).contains(&self.max_share) {
            return Err(wrong(self.max_share));
        }
        Ok(())
    }

    /// Whether a low group of `n_low` of `n` patients is allowed.
    fn allows(self, n_low: usize, n: usize) -> bool {
        let bound = |share: f64| whole(n as f64 * share);
        (bound(self.min_share).max(1)..=bound(self.max_share)).contains(&n_low)
    }
}

/// The candidate cuts of a marker, and the patients in its order.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidates {
    /// Indices of patients by ascending marker.
    pub(super) order: Vec<usize>,
    /// Patients in the low group at each cut, ascending.
    pub(super) sizes: Vec<usize>,
    /// Largest value of the low group at each cut.
    pub(super) cuts: Vec<f64>,
}

impl Candidates {
    /// The candidates of a marker that has been checked; there may be none.
    pub(super) fn of(marker: &[f64], range: CandidateRange) -> Self {
        // Adding zero turns -0 into 0, so that they are one value.
        let mut by_value: Vec<(f64, usize)> = marker.iter().map(|it| it + 0.0).zip(0..).collect();
        by_value.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));

        let (mut sizes, mut cuts) = (Vec::new(), Vec::new());
        for (at, pair) in by_value.windows(2).enumerate() {
            if pair[0].0 < pair[1].0 && range.allows(at + 1, marker.len()) {
                sizes.push(at + 1);
                cuts.push(pair[0].0);
            }
        }
        Self { order: by_value.into_iter().map(|it| it.1).collect(), sizes, cuts }
    }

    /// The candidates of a marker, of which there is at least one.
    ///
    /// # Errors
    ///
    /// * [`Error::UnequalLengths`] if there is not one value per patient.
    /// * [`Error::OutOfRange`] if a value is not finite, or the range is none.
    /// * [`Error::Unanswerable`] if there is no candidate.
    pub(super) fn require(marker: &[f64], n_patients: usize, range: CandidateRange) -> Result<Self> {
        check_marker(marker, n_patients)?;
        range.check()?;
        let found = Self::of(marker, range);
        if found.sizes.is_empty() { Err(Error::Unanswerable { problem: why_none(marker, range) }) } else { Ok(found) }
    }
}

/// The whole part of a number of patients that is not negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the whole part of a number of patients")]
pub(super) fn whole(n_patients: f64) -> usize {
    n_patients as usize
}

/// Complains unless a marker has one finite value per patient.
pub(super) fn check_marker(marker: &[f64], n_patients: usize) -> Result<()> {
    expect_length("values of the marker", n_patients, marker.len())?;
    match marker.iter().find(|it| !it.is_finite()) {
        Some(&value) => Err(Error::OutOfRange { quantity: "value of the marker", expected: "a finite number", value }),
        None => Ok(()),
    }
}

/// How many cuts a message names.
const N_NAMED: usize = 4;

/// What is in the way of a cut, and what would help.
pub(super) fn why_none(marker: &[f64], range: CandidateRange) -> String {
    let n = marker.len();
    let all = Candidates::of(marker, CandidateRange::ALL);
    let Some((&most_even, &cut)) = all.sizes.iter().zip(&all.cuts).max_by_key(|(size, _)| (**size).min(n - **size))
    else {
        return match marker {
            [] => "there is no patient, and so no cut of the marker".to_owned(),
            [value] => format!("there is one patient, whose marker is {value}, and so no cut"),
            [value, ..] => format!("the marker is {value} in all {n} patients, so that it has no cut"),
        };
    };
    let named: Vec<String> =
        all.cuts.iter().zip(&all.sizes).take(N_NAMED).map(|(cut, size)| format!("{cut} ({size} low)")).collect();
    let rest = if all.cuts.len() > N_NAMED { ", …" } else { "" };
    // Rounded down, so that the advice holds.
    let share = (1000.0 * most_even.min(n - most_even) as f64 / n as f64).floor() / 1000.0;
    format!(
        "no cut of the marker leaves between {} and {} of the {n} patients in the low group; its cuts are at {}{rest}; \
         shares of {share} to {} allow the most even of them, at {cut}",
        range.min_share,
        range.max_share,
        named.join(", "),
        1.0 - share,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(marker: &[f64], min_share: f64, max_share: f64) -> Vec<f64> {
        Candidates::of(marker, CandidateRange { min_share, max_share }).cuts
    }

    #[test]
    fn a_cut_is_the_largest_value_of_the_low_group() {
        let found = Candidates::of(&[3.0, 1.0, 3.0, 2.0], CandidateRange::ALL);
        assert_eq!((found.order, found.sizes, found.cuts), (vec![1, 3, 0, 2], vec![1, 2], vec![1.0, 2.0]));
    }

    #[test]
    fn shares_are_rounded_down_to_patients() {
        let marker: Vec<f64> = (1..=25).map(f64::from).collect();
        let found = cuts(&marker, 0.1, 0.9);
        assert_eq!((found[0], found[found.len() - 1]), (2.0, 22.0));
        assert_eq!(cuts(&marker, 0.0, 1.0).len(), 24);
    }

    #[test]
    fn zero_has_no_sign() {
        assert_eq!(cuts(&[-0.0, 0.0, 1.0], 0.0, 1.0), [0.0]);
    }

    fn problem(marker: &[f64], min_share: f64) -> String {
        let range = CandidateRange { min_share, max_share: 1.0 - min_share };
        Candidates::require(marker, marker.len(), range).unwrap_err().to_string()
    }

    #[test]
    fn why_there_is_no_cut_is_said() {
        assert_eq!(problem(&[], 0.1), "there is no patient, and so no cut of the marker");
        assert_eq!(problem(&[7.0], 0.1), "there is one patient, whose marker is 7, and so no cut");
        assert_eq!(problem(&[2.0; 30], 0.1), "the marker is 2 in all 30 patients, so that it has no cut");
        let mut tied = vec![0.0; 57];
        tied.extend([1.0, 5.0, 5.0]);
        assert_eq!(
            problem(&tied, 0.1),
            "no cut of the marker leaves between 0.1 and 0.9 of the 60 patients in the low group; its cuts are at \
             0 (57 low), 1 (58 low); shares of 0.05 to 0.95 allow the most even of them, at 0"
        );
        assert_eq!(cuts(&tied, 0.05, 0.95), [0.0]);
    }

    #[test]
    fn what_cannot_be_a_marker_or_a_range_is_refused() {
        let default = CandidateRange::default();
        assert!(matches!(Candidates::require(&[1.0], 2, default), Err(Error::UnequalLengths { .. })));
        for value in [f64::NAN, f64::INFINITY] {
            assert!(matches!(Candidates::require(&[1.0, value], 2, default), Err(Error::OutOfRange { .. })));
        }
        for (min_share, max_share) in [(-0.1, 0.9), (0.6, 0.4), (0.1, 1.1), (f64::NAN, 0.9), (0.1, f64::NAN)] {
            let range = CandidateRange { min_share, max_share };
            assert!(matches!(Candidates::require(&[1.0, 2.0], 2, range), Err(Error::OutOfRange { .. })), "{range:?}");
        }
    }
}
