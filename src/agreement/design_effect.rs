//! How much less measurements say of which a patient has several.
//!
//! With `m` measurements of a patient that correlate by `ρ`, and so many times more variance of a mean than without:
//!
//! ```text
//! D = 1 + (Σ m² / Σ m - 1) ρ                            of a mean, or of a share below some value; Kish 1965
//! c = (D_x/n_x + D_y/n_y) / (1/n_x + 1/n_y)             of the difference of two samples
//! ```
//!
//! METHOD: statistics of two distribution functions are taken as if they grew by `c` everywhere: A² and the χ² of shares in
//! bins by `c`, Kolmogorov and Smirnov's distance by `√c`, reaches of intervals of a shift by `√c` (the first-order correction
//! of Rao and Scott). `ρ` is the rank correlation, which is right for a shift; shares below one value go together less, so that
//! the tests of distribution functions reject less than they could: by simulation in 3 to 5 % (Anderson and Darling) and 1 to 3
//! % of cases at a level of 5 %, with 2 to 8 samples of a patient and rank correlations of 0.3 to 0.8.
//!
//! # References
//!
//! * Kish L. *Survey Sampling*. Wiley, 1965, section 5.4.
//! * Rao JNK, Scott AJ. The analysis of categorical data from complex sample surveys. *J Am Stat Assoc* 1981;76:221-230.
//!   doi:10.1080/01621459.1981.10477633

/// That of a mean of measurements, of so many of each patient; 1 where each has one, or without any.
pub fn of_mean(measurements_of_patients: impl IntoIterator<Item = usize>, rank_correlation: f64) -> f64 {
    let sums = |(sum, squares): (f64, f64), m: f64| (sum + m, m.mul_add(m, squares));
    let (sum, squares) = measurements_of_patients.into_iter().map(|it| it as f64).fold((0.0, 0.0), sums);
    if sum > 0.0 { (squares / sum - 1.0).mul_add(rank_correlation, 1.0) } else { 1.0 }
}

/// That of the difference of two samples, by the sizes and effects of both; 1 where either is empty.
pub fn of_difference((n_reference, of_reference): (usize, f64), (n_batch, of_batch): (usize, f64)) -> f64 {
    if n_reference == 0 || n_batch == 0 {
        return 1.0;
    }
    let [reference, batch] = [n_reference, n_batch].map(|it| 1.0 / it as f64);
    of_reference.mul_add(reference, of_batch * batch) / (reference + batch)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_distr::{Distribution as _, StandardNormal};
    use rand_pcg::Pcg64;

    use super::*;
    use crate::agreement::{anderson_darling, kolmogorov_smirnov, location_shift};

    #[test]
    fn alike_counts_as_one_and_unrelated_as_all() {
        assert!((of_mean([4; 25], 1.0) - 4.0).abs() < 1e-12);
        assert!((of_mean([4; 25], 0.0) - 1.0).abs() < 1e-12);
        // 1, 2 and 3: 14 over 6.
        assert!((of_mean([1, 2, 3], 0.5) - (1.0 + (14.0 / 6.0 - 1.0) / 2.0)).abs() < 1e-12);
        assert_eq!(of_mean([], 0.5).to_bits(), 1.0_f64.to_bits());
        assert_eq!(of_difference((100, 1.0), (30, 1.0)).to_bits(), 1.0_f64.to_bits());
        assert!((of_difference((100, 1.0), (100, 3.0)) - 2.0).abs() < 1e-12);
    }

    /// Shares of rejections of Anderson and Darling's and Kolmogorov and Smirnov's test at 5 %, and of intervals that miss a shift
    /// of 0: as they are, and corrected. Samples of one patient are log-normal with a rank correlation of 0.5.
    #[test]
    fn tests_and_intervals_of_samples_keep_their_level() {
        const TIMES: usize = 600;
        let mut random = Pcg64::seed_from_u64(8);
        let normal = StandardNormal;
        let r: f64 = 2.0 * (std::f64::consts::PI * 0.5 / 6.0).sin();
        let mut sampled = |n_patients: usize| -> Vec<f64> {
            let of_patient = |_| {
                let shared: f64 = normal.sample(&mut random);
                [(); 4].map(|()| {
                    let own: f64 = normal.sample(&mut random);
                    (5.0 + r.sqrt() * shared + (1.0 - r).sqrt() * own).exp()
                })
            };
            (0..n_patients).flat_map(of_patient).collect()
        };
        let mut rejected = [[0_usize; 2]; 3];
        for _ in 0..TIMES {
            let (reference, batch) = (sampled(60), sampled(25));
            let c = of_difference((240, of_mean([4; 60], 0.5)), (100, of_mean([4; 25], 0.5)));
            for (at, c) in [1.0, c].into_iter().enumerate() {
                let distance = anderson_darling::test(&reference, &batch).unwrap().unwrap().corrected(c);
                rejected[0][at] += usize::from(distance.p_value < 0.05);
                let largest = kolmogorov_smirnov::test(&reference, &batch).unwrap().unwrap().corrected(c);
                rejected[1][at] += usize::from(largest.p_value < 0.05);
                let shift = location_shift::estimate(&reference, &batch).unwrap().unwrap().corrected(c);
                let interval = shift.hodges_lehmann_shift_percent.unwrap();
                rejected[2][at] += usize::from(interval.lower > 0.0 || interval.upper < 0.0);
            }
        }
        // 5 % within 3.3 standard errors of 600 times, and for tests of distribution functions less.
        for ([as_they_are, corrected], fewest) in rejected.into_iter().zip([3, 1, 12]) {
            assert!(as_they_are > TIMES / 7, "far too many: {as_they_are}");
            assert!((fewest..=48).contains(&corrected), "{corrected} of {TIMES}");
        }
    }
}
