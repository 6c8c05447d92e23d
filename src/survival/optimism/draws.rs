//! Bootstrap samples of patients with all their rows, within strata.

use std::collections::BTreeMap;

use rand_pcg::Pcg64;

use crate::error::{Error, Result};
use crate::survival::cohort::expect_length;
use crate::survival::replicates::sample_with_replacement;

/// The rows of each patient of each stratum.
pub(super) struct Draws {
    strata: Vec<Vec<Vec<usize>>>,
}

impl Draws {
    pub(super) fn new(n_rows: usize, clusters: Option<&[usize]>, strata: Option<&[usize]>) -> Result<Self> {
        expect_length("patient codes", n_rows, clusters.map_or(n_rows, <[usize]>::len))?;
        expect_length("stratum codes", n_rows, strata.map_or(n_rows, <[usize]>::len))?;
        let stratum_of = |row: usize| strata.map_or(0, |it| it[row]);
        let mut patients: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for row in 0..n_rows {
            patients.entry(clusters.map_or(row, |it| it[row])).or_default().push(row);
        }
        let mut by_stratum: BTreeMap<usize, Vec<Vec<usize>>> = BTreeMap::new();
        for (code, rows) in patients {
            let stratum = stratum_of(rows[0]);
            if let Some(other) = rows.iter().map(|&row| stratum_of(row)).find(|it| *it != stratum) {
                return Err(Error::Unanswerable {
                    problem: format!(
                        "patient {code} has rows in the strata {stratum} and {other}; a patient is drawn from one, so \
                         give each patient one stratum"
                    ),
                });
            }
            by_stratum.entry(stratum).or_default().push(rows);
        }
        Ok(Self { strata: by_stratum.into_values().collect() })
    }

    /// As many patients of each stratum as it has, drawn with replacement.
    pub(super) fn sample(&self, random: &mut Pcg64) -> Vec<usize> {
        let mut drawn = Vec::new();
        for patients in &self.strata {
            for patient in sample_with_replacement(patients.len(), random) {
                drawn.extend(&patients[patient]);
            }
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survival::replicates::generator;

    #[test]
    fn a_patient_comes_with_all_rows_and_a_stratum_keeps_its_size() {
        let (patients, centers) = ([0, 0, 1, 2, 2, 3, 4], [5, 5, 5, 9, 9, 9, 9]);
        let draws = Draws::new(7, Some(&patients), Some(&centers)).unwrap();
        for replicate in 0..50 {
            let drawn = draws.sample(&mut generator(1, replicate));
            let count = |row: usize| drawn.iter().filter(|it| **it == row).count();
            assert_eq!((count(0), count(3)), (count(1), count(4)));
            assert_eq!((count(0) + count(2), count(3) + count(5) + count(6)), (2, 3));
        }
    }

    #[test]
    fn without_patients_and_strata_rows_are_drawn() {
        let draws = Draws::new(9, None, None).unwrap();
        assert_eq!(draws.sample(&mut generator(1, 0)), sample_with_replacement(9, &mut generator(1, 0)));
        assert!(Draws::new(0, None, None).unwrap().sample(&mut generator(1, 0)).is_empty());
    }

    #[test]
    fn a_patient_in_two_strata_is_refused() {
        assert!(matches!(Draws::new(2, Some(&[1, 1]), Some(&[0, 1])), Err(Error::Unanswerable { .. })));
        assert!(matches!(Draws::new(2, Some(&[1]), None), Err(Error::UnequalLengths { .. })));
        assert!(matches!(Draws::new(2, None, Some(&[1])), Err(Error::UnequalLengths { .. })));
    }
}
