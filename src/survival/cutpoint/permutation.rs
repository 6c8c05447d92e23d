//! The p-value of a search, by doing it again and again where there is nothing to find.
//!
//! Markers are dealt anew to the patients, within strata if there are any; times, events and strata stay with the patients.
//! With `B` permutations, `b` of which have a statistic at least as large as the one observed,
//!
//! ```text
//! p = (1 + b) / (1 + B)                          Davison & Hinkley 1997, eq. 4.11
//! SE = sqrt(p (1 - p) / B)
//! ```
//!
//! which counts what was observed as one of the permutations: p is never 0, and a test at level α errs in at most α of
//! studies without an effect, however small `B` is. R's maxstat (`condMC`) reports `b / B`, and counts larger ones only.
//!
//! # References
//!
//! * Davison AC, Hinkley DV. *Bootstrap Methods and their Application.* Cambridge, 1997. doi:10.1017/CBO9780511802843
//! * Phipson B, Smyth GK. Permutation p-values should never be zero. *Stat Appl Genet Mol Biol* 2010;9:39.
//!   doi:10.2202/1544-6115.1585

use std::collections::BTreeMap;

use rand_pcg::Pcg64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::candidates::Candidates;
use super::risk_sets::RiskSets;
use crate::error::{Error, Result};
use crate::survival::replicates;

/// Statistics that differ by no more than this share are equal: sums in another order.
const ROUND_OFF: f64 = 1e-10;

/// A p-value from permutations of a whole search.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PermutationTest {
    /// Probability of a statistic at least as large if the marker tells nothing, in (0, 1]; corrected for the search.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: f64,
    /// Standard error of `p_value` due to the number of permutations.
    #[schemars(range(min = 0.0))]
    pub std_err: f64,
    /// Permutations made.
    pub n_permutations: usize,
    /// Permutations with a statistic at least as large as the one observed.
    pub n_at_least: usize,
}

impl PermutationTest {
    /// Compares what was observed with what permutations gave, of which there is at least one.
    pub(super) fn of(observed: f64, permuted: impl Iterator<Item = f64>) -> Self {
        let (mut n_permutations, mut n_at_least) = (0, 0);
        for value in permuted {
            n_permutations += 1;
            n_at_least += usize::from(reaches(value, observed));
        }
        Self::from_counts(n_at_least, n_permutations)
    }

    pub(super) fn from_counts(n_at_least: usize, n_permutations: usize) -> Self {
        let p_value = (1 + n_at_least) as f64 / (1 + n_permutations) as f64;
        let std_err = (p_value * (1.0 - p_value) / n_permutations as f64).sqrt();
        Self { p_value, std_err, n_permutations, n_at_least }
    }
}

/// Whether a statistic is at least as large as another, but for round-off.
pub(super) fn reaches(value: f64, observed: f64) -> bool {
    value >= observed * (1.0 - ROUND_OFF)
}

/// Complains unless there is at least one permutation.
pub(super) fn check(n_permutations: usize) -> Result<()> {
    match n_permutations {
        0 => Err(Error::OutOfRange { quantity: "number of permutations", expected: "at least 1", value: 0.0 }),
        _ => Ok(()),
    }
}

/// Deals patients anew within strata.
pub(super) struct Permuter {
    n_patients: usize,
    members: Vec<Vec<usize>>,
}

impl Permuter {
    /// Strata hold one code per patient.
    pub(super) fn new(n_patients: usize, strata: Option<&[usize]>) -> Self {
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for patient_idx in 0..n_patients {
            members.entry(strata.map_or(0, |it| it[patient_idx])).or_default().push(patient_idx);
        }
        Self { n_patients, members: members.into_values().collect() }
    }

    /// For each patient, the one who takes the place.
    pub(super) fn draw(&self, random: &mut Pcg64) -> Vec<usize> {
        let mut places = vec![0; self.n_patients];
        for members in &self.members {
            let mut dealt = members.clone();
            replicates::shuffle(&mut dealt, random);
            for (&place, patient_idx) in members.iter().zip(dealt) {
                places[place] = patient_idx;
            }
        }
        places
    }
}

/// The largest log-rank statistic of each marker in each permutation, 0 where there is none; all markers are dealt together.
pub(super) fn largest(
    risk_sets: &RiskSets,
    markers: &[&Candidates],
    permuter: &Permuter,
    n_permutations: usize,
    seed: u64,
) -> Vec<Vec<f64>> {
    replicates::map(n_permutations, seed, |random| {
        let places = permuter.draw(random);
        let largest = |marker: &&Candidates| {
            let order: Vec<usize> = marker.order.iter().map(|&it| places[it]).collect();
            let splits = risk_sets.splits(&order, &marker.sizes);
            risk_sets.largest(&splits).map_or(0.0, |(_, chi_square)| chi_square)
        };
        markers.iter().map(largest).collect()
    })
}
