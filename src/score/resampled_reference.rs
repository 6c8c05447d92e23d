//! Bootstrap samples of the patients of a reference.
//!
//! A percentile hangs on which patients happen to be in the reference. A bootstrap sample draws `m` of its `m` patients with
//! replacement, each with all its components: those go together, and so do the errors of their percentiles, which a mean of
//! percentiles would else seem to average away.
//!
//! A reference holds the values of each component and their rank correlations `ρ`, not which values belong to one patient.
//! So `m` patients are drawn from the [Gaussian copula](super::gaussian_copula) of these correlations: the one whose draw of
//! component `k` is the `i`-th smallest has the `i`-th smallest value of it. Without correlations the worst is assumed: that all
//! components go together, and adverse ones against the favorable, so that no errors of their percentiles cancel in a score. An
//! interval is then too wide, never too narrow.
//!
//! A sample counts how often it drew the patients below each place among the sorted values. More than [`MOST_PLACES`] places
//! are not kept; between those kept counts lie on straight lines.
//!
//! # References
//!
//! * Efron B, Tibshirani RJ. *An Introduction to the Bootstrap*. Chapman and Hall, 1993, chapters 6 and 13.

use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::Standing;
use super::gaussian_copula::GaussianCopula;
use super::reference::Reference;
use crate::model::TieRule;
use crate::protocol::{ComponentSpec, Sign};
use crate::survival::replicates;

/// Straight lines between so many places leave out at most 1/45 of the standard deviation of a percentile at the median, however
/// large the reference: 0.024 points or less.
const MOST_PLACES: usize = 2048;

/// Bootstrap samples of the patients of a reference.
#[derive(Clone, Debug)]
pub struct ResampledReference {
    /// Values of each component, by its place in the protocol.
    n_values: Vec<usize>,
    samples: Vec<Sample>,
}

/// For each component, how many patients the sample has below each place that is kept, and last in all.
#[derive(Clone, Debug)]
struct Sample(Vec<Vec<u32>>);

impl ResampledReference {
    /// Draws `n_samples` samples of the reference of a protocol's components; the same ones for the same `seed`, on any number of
    /// cores.
    pub fn new(reference: &Reference, specs: &[ComponentSpec], n_samples: u32, seed: u64) -> Self {
        let n_values: Vec<usize> = (0..specs.len()).map(|at| reference.distribution(at).n()).collect();
        let n_patients = n_values.iter().copied().max().unwrap_or(0);
        // METHOD: samples of one patient go together, and the file does not say how far. As many are drawn as there are patients,
        // which is the error that they have if all samples of a patient are alike.
        let n_drawn = reference.file.n_samples.map_or(n_patients, |_| n_patients.min(reference.file.n_patients));
        let worst = |first: usize, second: usize| {
            let is_adverse = |at: usize| specs[at].sign == Sign::Adverse;
            if is_adverse(first) == is_adverse(second) { 1.0 } else { -1.0 }
        };
        let correlations = |first: usize, second: usize| {
            reference.rank_correlation(first, second).unwrap_or_else(|| worst(first, second))
        };
        let orders = orders(&n_values, n_patients, correlations, &mut replicates::generator(seed, 0));
        let draw = |stream: usize| {
            let mut times_drawn = vec![0_u32; n_patients];
            for patient in replicates::draws(n_drawn, n_patients, &mut replicates::generator(seed, stream)) {
                times_drawn[patient] += 1;
            }
            Sample(orders.iter().map(|order| counted(order, &times_drawn)).collect())
        };
        Self { samples: (1..=n_samples as usize).into_par_iter().map(draw).collect(), n_values }
    }

    /// The percentile in one of the samples, from 0 to 100, of what stands so in the reference of a component.
    ///
    /// # Panics
    ///
    /// If `replicate` is not below the number of samples, or the protocol has no such component.
    pub fn percentile(&self, replicate: usize, component: usize, standing: Standing, rule: TieRule) -> f64 {
        let (counts, n_values) = (&self.samples[replicate].0[component], self.n_values[component]);
        let n_places = counts.len() - 1;
        let drawn_below = |patients: f64| {
            let place = patients * n_places as f64 / n_values as f64;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of the counts")]
            let at = place as usize;
            let below = f64::from(counts[at]);
            let part = place - at as f64;
            if part > 0.0 { part.mul_add(f64::from(counts[at + 1]) - below, below) } else { below }
        };
        let (below, through) = standing.patients_below_and_through();
        let part = match rule {
            TieRule::Mid => f64::midpoint(drawn_below(below), drawn_below(through)),
            TieRule::Leq => drawn_below(through),
            TieRule::Lt => drawn_below(below),
        };
        100.0 * part / f64::from(counts[n_places].max(1))
    }
}

/// The patients of each component, by ascending value. A component of fewer values than another is that of fewer patients.
fn orders(
    n_values: &[usize],
    n_patients: usize,
    rank_correlation: impl Fn(usize, usize) -> f64,
    random: &mut Pcg64,
) -> Vec<Vec<usize>> {
    let copula = GaussianCopula::new(n_values.len(), rank_correlation);
    let drawn: Vec<Vec<f64>> = (0..n_patients).map(|_| copula.draw(random)).collect();
    let order = |(component, &n_values): (usize, &usize)| {
        let mut patients: Vec<usize> = (0..n_values).collect();
        patients.sort_by(|a, b| drawn[*a][component].total_cmp(&drawn[*b][component]));
        patients
    };
    n_values.iter().enumerate().map(order).collect()
}

/// How many patients were drawn below each place that is kept.
fn counted(order: &[usize], times_drawn: &[u32]) -> Vec<u32> {
    let n_places = order.len().min(MOST_PLACES);
    let mut counts = Vec::with_capacity(n_places + 1);
    let (mut so_far, mut next) = (0, 0);
    for place in 0..=n_places {
        let end = place * order.len() / n_places;
        so_far += order[next..end].iter().map(|patient| times_drawn[*patient]).sum::<u32>();
        next = end;
        counts.push(so_far);
    }
    counts
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;
    use crate::model::{Component, TieRule};
    use crate::protocol::{Protocol, ReferenceMode};
    use crate::score::reference::{ReferenceComponent, ReferenceFile, ReferenceSettings};

    fn specs() -> Vec<ComponentSpec> {
        Protocol::preset("consensus").unwrap().specs()
    }

    /// A reference of the consensus score with the values 0, 1, …, and one correlation of all its components.
    fn reference(n: u32, rank_correlation: Option<f64>) -> Reference {
        let protocol = Protocol::preset("consensus").unwrap();
        let values: Vec<f64> = (0..n).map(f64::from).collect();
        let of = |it: Component| ReferenceComponent::of_values(it, values.clone());
        let components = protocol.components().into_iter().map(of).collect();
        let row = |at: usize, it: f64| (0..4).map(|other| if other == at { 1.0 } else { it }).collect();
        let rank_correlations = rank_correlation.map_or_else(Vec::new, |it| (0..4).map(|at| row(at, it)).collect());
        let file = ReferenceFile { rank_correlations, ..ReferenceFile::of_components("r", &protocol.name, components) };
        let settings = ReferenceSettings::plain(ReferenceMode::External, &protocol);
        Reference::new(file, &settings).unwrap()
    }

    /// The standard deviation over the samples of the mean percentile of `components` at the median.
    fn spread(reference: &Reference, components: usize) -> f64 {
        let resampled = ResampledReference::new(reference, &specs(), 4000, 5);
        let value = (reference.distribution(0).n() / 2) as f64 - 0.5;
        let mean = |replicate: usize| {
            let of = |at: usize| {
                resampled.percentile(replicate, at, reference.distribution(at).standing(value), TieRule::Mid)
            };
            (0..components).map(of).sum::<f64>() / components as f64
        };
        let means: Vec<f64> = (0..4000).map(mean).collect();
        let center = means.iter().sum::<f64>() / 4000.0;
        (means.iter().map(|it| (it - center).powi(2)).sum::<f64>() / 3999.0).sqrt()
    }

    /// A standard deviation of 4000 draws has a relative standard error of 1.1 %.
    const SPREAD: f64 = 0.04;

    #[test]
    fn one_percentile_has_the_error_of_a_share() {
        for n in [400, 10_000] {
            let expected = 100.0 * (0.25 / f64::from(n)).sqrt();
            let found = spread(&reference(n, Some(0.0)), 1);
            assert!((found / expected - 1.0).abs() < SPREAD, "{found} is not near {expected}");
        }
    }

    /// Four samples of each patient: the error is that of as many values as there are patients.
    #[test]
    fn samples_of_one_patient_are_taken_as_alike() {
        let mut of_samples = reference(400, Some(0.0));
        (of_samples.file.n_patients, of_samples.file.n_samples) = (100, Some(400));
        let (expected, found) = (100.0 * (0.25_f64 / 100.0).sqrt(), spread(&of_samples, 1));
        assert!((found / expected - 1.0).abs() < SPREAD, "{found} is not near {expected}");
    }

    #[test]
    fn errors_of_components_that_go_together_do_not_average_away() {
        let of_one = 100.0 * (0.25_f64 / 400.0).sqrt();
        // At the medians of two normal variables with correlation r, the indicators correlate by 2 asin(r) / π.
        let r = 2.0 * (PI * 0.65 / 6.0).sin();
        let of_indicators = 2.0 * r.asin() / PI;
        for (rank_correlation, expected) in [
            (Some(0.0), of_one / 2.0),
            (Some(0.65), of_one * ((1.0 + 3.0 * of_indicators) / 4.0).sqrt()),
            (Some(1.0), of_one),
            (None, of_one),
        ] {
            let found = spread(&reference(400, rank_correlation), 4);
            // The patients that the copula puts together have the correlation up to a standard error of about 0.03.
            assert!((found / expected - 1.0).abs() < 2.0 * SPREAD, "{rank_correlation:?}: {found}, {expected}");
        }
    }

    #[test]
    fn without_correlations_errors_of_adverse_components_do_not_cancel() {
        let mut specs = specs();
        specs[3].sign = Sign::Adverse;
        let reference = reference(400, None);
        let resampled = ResampledReference::new(&reference, &specs, 200, 5);
        let standing = reference.distribution(0).standing(199.5);
        let of = |at: usize| -> Vec<f64> {
            (0..200).map(|replicate| resampled.percentile(replicate, at, standing, TieRule::Mid)).collect()
        };
        let [first, second, adverse] = [of(0), of(1), of(3)];
        assert_eq!(first, second, "components of one sign go together");
        // At the median of a value above and one below, what one sample has below is what it has above of the other.
        assert!(first.iter().zip(&adverse).all(|(one, other)| (one + other - 100.0).abs() < 1e-9));
    }

    #[test]
    fn values_outside_stay_outside_and_ties_count_by_the_rule() {
        let reference = reference(50, None);
        let resampled = ResampledReference::new(&reference, &specs(), 20, 1);
        let percentile = |value: f64, rule| {
            let standing = reference.distribution(2).standing(value);
            (0..20).map(|replicate| resampled.percentile(replicate, 2, standing, rule)).collect::<Vec<_>>()
        };
        assert_eq!(percentile(99.0, TieRule::Mid), [100.0; 20]);
        assert_eq!(percentile(0.0, TieRule::Lt), [0.0; 20]);
        let by = [TieRule::Lt, TieRule::Mid, TieRule::Leq].map(|rule| percentile(25.0, rule));
        let [by_lt, by_mid, by_leq] = by;
        for ((lt, mid), leq) in by_lt.into_iter().zip(by_mid).zip(by_leq) {
            assert!(lt <= mid && mid <= leq && (f64::midpoint(lt, leq) - mid).abs() < 1e-9);
        }
    }
}
