//! How far repeated measurements of one patient go together, by rank.
//!
//! With the mid-rank `u` of each measurement among all, less the mean of all, and `m` measurements of a patient:
//!
//! ```text
//! ρ = Σ_patients Σ_{j≠k} u_j u_k / (m - 1)  /  (N₂ · mean of u² over all)     N₂ measurements of patients with 2 or more
//! ```
//!
//! It is the correlation of ranks of two measurements of one patient, each measurement with the same weight: Spearman's for
//! measurements that have no first and second. Unlike [`intraclass`](super::intraclass) it does not hang on the scale, on which
//! counts of cells are far from normal.
//!
//! # References
//!
//! * Tu S, Li C, Zeng D, Shepherd BE. Rank intraclass correlation for clustered data. *Stat Med* 2023;42:4333-4348.
//!   doi:10.1002/sim.9864 (equal weight of observations)

use std::collections::BTreeMap;

use super::sample::{expect_finite, mid_ranks};
use crate::error::{Error, Result};

/// The rank correlation of two measurements of one patient, in [-1, 1]; `patients` says whose each value is.
///
/// Absent where no patient has two, or values do not vary.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if not every value has its patient.
/// * [`Error::OutOfRange`] if a value is not finite.
pub fn estimate(values: &[f64], patients: &[usize]) -> Result<Option<f64>> {
    if values.len() != patients.len() {
        return Err(Error::UnequalLengths { quantity: "patient", expected: values.len(), found: patients.len() });
    }
    expect_finite("measurement", values)?;
    let center = (values.len() + 1) as f64 / 2.0;
    let mut of_patients: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    let mut squares = 0.0;
    for (rank, patient) in mid_ranks(values).0.into_iter().zip(patients) {
        squares += (rank - center).powi(2);
        of_patients.entry(*patient).or_default().push(rank - center);
    }
    let (mut products, mut n_repeated) = (0.0, 0);
    for ranks in of_patients.values().filter(|it| it.len() > 1) {
        let (sum, own) = ranks.iter().fold((0.0, 0.0), |(sum, own), it| (sum + it, it.mul_add(*it, own)));
        products += sum.mul_add(sum, -own) / (ranks.len() - 1) as f64;
        n_repeated += ranks.len();
    }
    let expected = n_repeated as f64 * squares / values.len() as f64;
    Ok((expected > 0.0).then(|| (products / expected).clamp(-1.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_distr::{Distribution as _, StandardNormal};
    use rand_pcg::Pcg64;

    use super::*;

    #[test]
    fn pairs_are_those_of_fisher() {
        // Ranks 1 2 | 3 5 | 4 6, less 3.5: products 3.75, -0.75, 1.25, twice each; squares 17.5 among 6.
        let found = estimate(&[0.1, 0.2, 3.0, 50.0, 4.0, 60.0], &[0, 0, 1, 1, 2, 2]).unwrap().unwrap();
        assert!((found - 2.0 * 4.25 / 17.5).abs() < 1e-12, "{found}");
    }

    #[test]
    fn unequal_numbers_weigh_by_measurement() {
        // Ranks 1 2 3 | 4 5 | 6, less 3.5: (-2.5 -1.5 -0.5): pairs 3.75 + 1.25 + 0.75, twice, over 2; 0.75 twice; 5 measurements.
        let found = estimate(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[7, 7, 7, 2, 2, 4]).unwrap().unwrap();
        assert!((found - (5.75 + 1.5) / (5.0 * 17.5 / 6.0)).abs() < 1e-12, "{found}");
    }

    #[test]
    fn alike_is_1_and_what_says_nothing_is_absent() {
        assert_eq!(estimate(&[1.0, 1.0, 4.0, 4.0, 9.0, 9.0], &[0, 0, 1, 1, 2, 2]).unwrap(), Some(1.0));
        assert_eq!(estimate(&[1.0, 2.0, 3.0], &[0, 1, 2]).unwrap(), None, "nobody has two");
        assert_eq!(estimate(&[5.0; 4], &[0, 0, 1, 1]).unwrap(), None, "no variation");
        assert_eq!(estimate(&[], &[]).unwrap(), None);
        assert!(estimate(&[1.0], &[]).is_err() && estimate(&[f64::NAN], &[0]).is_err());
    }

    /// Of normal values with correlation `r` of two of one patient, the rank correlation is `6 asin(r/2) / π`.
    #[test]
    fn it_is_that_of_a_normal_distribution() {
        let mut random = Pcg64::seed_from_u64(3);
        let normal = StandardNormal;
        let r: f64 = 0.6;
        let (mut values, mut patients) = (Vec::new(), Vec::new());
        for patient in 0..4000 {
            let shared: f64 = normal.sample(&mut random);
            for _ in 0..=(patient % 4) {
                let own: f64 = normal.sample(&mut random);
                values.push((r.sqrt() * shared + (1.0 - r).sqrt() * own).exp());
                patients.push(patient);
            }
        }
        let found = estimate(&values, &patients).unwrap().unwrap();
        let expected = 6.0 * (r / 2.0).asin() / std::f64::consts::PI;
        // 3000 patients with two or more: a standard error of about 0.01.
        assert!((found - expected).abs() < 0.03, "{found} is not near {expected}");
    }

    proptest! {
        #[test]
        fn only_ranks_count(values in prop::collection::vec(0.0..50.0_f64, 8)) {
            let patients = [0, 0, 1, 1, 1, 2, 3, 3];
            let of = |it: &[f64]| estimate(it, &patients).unwrap();
            let rising: Vec<f64> = values.iter().map(|it| it.mul_add(2.0, 1.0).powi(3)).collect();
            prop_assert_eq!(of(&values), of(&rising));
        }
    }
}
