//! How far a score could be from itself: counting error and the finite size of the reference.
//!
//! For each replicate and component, with `N` cells on the area `A` and `n` reference values,
//!
//! ```text
//! λ  ~ Gamma(N + 1/2, 1)                    posterior of the expected count, Jeffreys prior
//! d* = round(λ) / A                         a density that could have been measured
//! (L*, E*) ~ Multinomial(n; L/n, E/n)       the reference, resampled: values below d* and equal to it
//! p* = percentile of d* from L*, E*, n      by the study's tie rule
//! ```
//!
//! and the replicate's score is the mean of `p*`. The interval runs from the 2.5th to the 97.5th percentile of the
//! replicates; the probability of a class is the share of replicates in it. Cells cluster, and staining, annotation and
//! the choice of the block vary too: the true uncertainty is larger.
//!
//! # References
//!
//! * Brown L, Cai T, Das Gupta A. Interval estimation in exponential families. *Stat Sin* 2003;13:19-49 (Jeffreys
//!   interval for a Poisson mean).

use rand::SeedableRng;
use rand_distr::{Binomial, Distribution as _, Gamma};
use rand_pcg::Pcg64;
use sha2::{Digest, Sha256};

use super::Distribution;
use crate::model::{Area, Percentile, TieRule};
use crate::protocol::Scheme;

/// A counted component, and the reference values it is compared with.
#[derive(Clone, Copy, Debug)]
pub struct Counted<'a> {
    /// Cells counted.
    pub n_cells: u64,
    /// Tissue analysed.
    pub area: Area,
    /// Reference values of the same component.
    pub reference: &'a Distribution,
}

/// Interval and class probabilities of a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Uncertainty {
    /// 2.5th percentile of the replicates, from 0 to 100.
    pub lower: f64,
    /// 97.5th percentile of the replicates, from 0 to 100.
    pub upper: f64,
    /// Share of replicates in each class, scheme by scheme; each list adds up to 1.
    pub probabilities: Vec<Vec<f64>>,
}

/// Draws `replicates` scores of one patient.
///
/// The draws depend on the seed and the patient alone, so that neither the other patients nor the number of threads
/// change them. The interval always holds `score`, the score of the counts as they are.
pub fn simulate(
    patient: (&str, f64),
    components: &[Counted<'_>],
    tie_rule: TieRule,
    schemes: &[Scheme],
    replicates: u32,
    seed: u64,
) -> Uncertainty {
    let (patient_id, score) = patient;
    let mut random = generator(seed, patient_id);
    let expected_counts: Vec<Gamma<f64>> = components
        .iter()
        .map(|it| Gamma::new(it.n_cells as f64 + 0.5, 1.0).expect("a shape of 1/2 or more makes a gamma distribution"))
        .collect();

    let mut scores: Vec<f64> = (0..replicates)
        .map(|_| {
            let percentiles = components.iter().zip(&expected_counts).map(|(component, expected)| {
                // METHOD: whole cells, as counts are; so a patient without cells keeps ties with the reference's zeros.
                let density = expected.sample(&mut random).round() / component.area.mm2();
                resampled_percentile(component.reference, density, tie_rule, &mut random).value()
            });
            percentiles.sum::<f64>() / components.len() as f64
        })
        .collect();
    scores.sort_by(f64::total_cmp);

    let probabilities = schemes
        .iter()
        .map(|scheme| {
            let mut counts = vec![0_u32; scheme.classes.len()];
            for &score in &scores {
                counts[scheme.classify(score)] += 1;
            }
            counts.into_iter().map(|count| f64::from(count) / f64::from(replicates)).collect()
        })
        .collect();
    // METHOD: at the ends of the scale resampling moves scores one way only; the interval is widened to hold the score.
    Uncertainty {
        lower: quantile(&scores, 0.025).min(score),
        upper: quantile(&scores, 0.975).max(score),
        probabilities,
    }
}

/// Random numbers that belong to this seed and patient.
fn generator(seed: u64, patient_id: &str) -> Pcg64 {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(patient_id.as_bytes());
    Pcg64::from_seed(hash.finalize().into())
}

/// The percentile of a density in a bootstrap sample of the reference.
///
/// Only the numbers of values below and equal to the density matter, so these are drawn, not the sample.
fn resampled_percentile(reference: &Distribution, density: f64, rule: TieRule, random: &mut Pcg64) -> Percentile {
    let mut standing = reference.standing(density);
    let (n, below, equal) = (standing.n, standing.n_below, standing.n_equal);
    standing.n_below = binomial(n, below as f64 / n as f64, random);
    standing.n_equal = if equal == 0 {
        0
    } else {
        let share = equal as f64 / (n - below) as f64;
        binomial(n - standing.n_below, share, random)
    };
    standing.percentile(rule)
}

fn binomial(n: usize, probability: f64, random: &mut Pcg64) -> usize {
    let binomial = Binomial::new(n as u64, probability.clamp(0.0, 1.0)).expect("a share lies between 0 and 1");
    usize::try_from(binomial.sample(random)).expect("not more than the size of the reference")
}

/// Linear interpolation between order statistics, R's type 7.
fn quantile(ascending: &[f64], probability: f64) -> f64 {
    let position = probability * (ascending.len() - 1) as f64;
    let below = position.floor();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of the slice")]
    let at = below as usize;
    let next = ascending[(at + 1).min(ascending.len() - 1)];
    ascending[at] + (position - below) * (next - ascending[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheme() -> Scheme {
        Scheme {
            name: "three_class".to_owned(),
            label: "three classes".to_owned(),
            classes: ["Low", "Intermediate", "High"].map(str::to_owned).to_vec(),
            upper_ends: vec![25.0, 70.0],
        }
    }

    fn reference() -> Distribution {
        Distribution::new((0..400).map(|it| f64::from(it) * 5.0).collect()).unwrap()
    }

    fn simulated(n_cells: u64, mm2: f64, patient_id: &str, seed: u64) -> Uncertainty {
        let (reference, area) = (reference(), Area::try_from(mm2).unwrap());
        let score = reference.standing(n_cells as f64 / mm2).percentile(TieRule::Mid).value();
        let counted = Counted { n_cells, area, reference: &reference };
        simulate((patient_id, score), &[counted; 4], TieRule::Mid, &[scheme()], 1000, seed)
    }

    #[test]
    fn the_same_seed_and_patient_give_the_same_draws() {
        assert_eq!(simulated(100, 1.0, "p1", 7), simulated(100, 1.0, "p1", 7));
        assert_ne!(simulated(100, 1.0, "p1", 7), simulated(100, 1.0, "p2", 7));
        assert_ne!(simulated(100, 1.0, "p1", 7), simulated(100, 1.0, "p1", 8));
    }

    #[test]
    fn more_tissue_narrows_the_interval() {
        let (little, much) = (simulated(300, 0.3, "p", 1), simulated(30_000, 30.0, "p", 1));
        assert!(much.upper - much.lower < 0.7 * (little.upper - little.lower));
    }

    #[test]
    fn probabilities_add_up_and_follow_the_score() {
        let found = simulated(3000, 3.0, "p", 1);
        assert!((found.probabilities[0].iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(found.probabilities[0][1] > 0.99, "a score of 50 is Intermediate");
    }

    /// With a reference that is dense, the spread of one component's percentile is known: counting error through the
    /// slope of the distribution, and binomial error of the reference.
    #[test]
    fn the_spread_is_that_of_counting_and_of_the_reference() {
        let (n_cells, mm2) = (900_u64, 0.9);
        let counting = (n_cells as f64).sqrt() / mm2 / 2000.0 * 100.0;
        let finite_reference = 100.0 * (0.25_f64 / 400.0).sqrt();
        let expected = 1.96 * (counting.hypot(finite_reference)) / 2.0;
        let found = simulated(n_cells, mm2, "p", 3);
        let half_width = (found.upper - found.lower) / 2.0;
        // The half width of an interval from 1000 draws has a relative standard error of about 4 %.
        assert!((half_width / expected - 1.0).abs() < 0.12, "{half_width} is not near {expected}");
    }

    #[test]
    fn no_cells_among_many_zeros_keeps_its_ties() {
        let zeros = Distribution::new((0..100).map(|it| f64::from((it - 40).max(0))).collect()).unwrap();
        let counted = Counted { n_cells: 0, area: Area::try_from(10.0).unwrap(), reference: &zeros };
        let score = zeros.standing(0.0).percentile(TieRule::Mid).value();
        let found = simulate(("p", score), &[counted; 4], TieRule::Mid, &[scheme()], 1000, 1);
        assert!(found.lower <= score && score <= found.upper);
        assert!(found.lower < 25.0, "two thirds of the draws are zero cells");
    }
}
