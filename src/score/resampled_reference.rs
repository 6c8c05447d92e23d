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
//! A reference of samples knows how many each patient has, and how far two of one patient go together: these are drawn with a
//! share of their patient in each component `k`,
//!
//! ```text
//! z_k = √r_k b_k + √(1 - r_k) e_k           b of the patient, e of the sample, both of the copula; r_k = 2 sin(π ρ_k / 6) of the
//!                                           rank correlation ρ_k within patients
//! ```
//!
//! and a patient is drawn with all samples. Where that is not known, as many samples are drawn as there are patients, which is the
//! error that they have if all samples of a patient are alike: an interval is then too wide, never too narrow.
//!
//! A bootstrap sample counts how often it drew the patients below each place among the sorted values. More than [`MOST_PLACES`] places
//! are not kept; between those kept counts lie on straight lines.
//!
//! # References
//!
//! * Efron B, Tibshirani RJ. *An Introduction to the Bootstrap*. Chapman and Hall, 1993, chapters 6 and 13.
//! * Field CA, Welsh AH. Bootstrapping clustered data. *J R Stat Soc B* 2007;69:369-390.
//!   doi:10.1111/j.1467-9868.2007.00593.x (patients drawn with all their samples)

use rand_pcg::Pcg64;
use rayon::prelude::*;

use super::Standing;
use super::gaussian_copula::{GaussianCopula, normal_correlation};
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
        let patients = Patients::of(reference, &n_values);
        let worst = |first: usize, second: usize| {
            let is_adverse = |at: usize| specs[at].sign == Sign::Adverse;
            if is_adverse(first) == is_adverse(second) { 1.0 } else { -1.0 }
        };
        let correlation = |first: usize, second: usize| {
            reference.rank_correlation(first, second).map_or_else(|| worst(first, second), normal_correlation)
        };
        let orders = patients.orders(&n_values, correlation, &mut replicates::generator(seed, 0));
        let draw = |stream: usize| {
            let mut times_drawn = vec![0_u32; patients.n];
            for patient in replicates::draws(patients.n_drawn, patients.n, &mut replicates::generator(seed, stream)) {
                times_drawn[patient] += 1;
            }
            Sample(orders.iter().map(|order| patients.counted(order, &times_drawn)).collect())
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

/// The patients of a reference, and whose each of its values is.
struct Patients {
    /// Number of patients.
    n: usize,
    /// How many of them a bootstrap sample draws.
    n_drawn: usize,
    /// The patient of each value, or of each sample.
    of_sample: Vec<usize>,
    /// Normal correlation of two samples of one patient, of each component; empty where a patient has one.
    within: Vec<f64>,
}

impl Patients {
    fn of(reference: &Reference, n_values: &[usize]) -> Self {
        let n = n_values.iter().copied().max().unwrap_or(0);
        let file = &reference.file;
        if let Some(within) = &file.within_patient {
            let samples = within.samples_of_patients().enumerate();
            return Self {
                n: file.n_patients,
                n_drawn: file.n_patients,
                of_sample: samples.flat_map(|(patient, n)| std::iter::repeat_n(patient, n)).collect(),
                within: (0..n_values.len()).map(|at| normal_correlation(reference.correlation_within(at))).collect(),
            };
        }
        let n_drawn = file.n_samples.map_or(n, |_| n.min(file.n_patients));
        Self { n, n_drawn, of_sample: (0..n).collect(), within: Vec::new() }
    }

    /// The samples of each component, by ascending value. A component of fewer values than another is that of fewer patients.
    fn orders(
        &self,
        n_values: &[usize],
        correlation: impl Fn(usize, usize) -> f64,
        random: &mut Pcg64,
    ) -> Vec<Vec<usize>> {
        let within = |at: usize| self.within.get(at).copied().unwrap_or(0.0);
        // Components that go together within patients to unlike degrees go together less when put so together.
        let kept = |a: f64, b: f64| (a * b).sqrt() + ((1.0 - a) * (1.0 - b)).sqrt();
        let of_sample = |a: usize, b: usize| (correlation(a, b) / kept(within(a), within(b))).clamp(-1.0, 1.0);
        let copula = GaussianCopula::of_normal(n_values.len(), of_sample);
        let n_shared = if self.within.is_empty() { 0 } else { self.n };
        let shared: Vec<Vec<f64>> = (0..n_shared).map(|_| copula.draw(random)).collect();
        let of_sample = |patient: &usize| {
            let mut drawn = copula.draw(random);
            for (at, shared) in shared.get(*patient).into_iter().flatten().enumerate() {
                drawn[at] = within(at).sqrt().mul_add(*shared, (1.0 - within(at)).sqrt() * drawn[at]);
            }
            drawn
        };
        let drawn: Vec<Vec<f64>> = self.of_sample.iter().map(of_sample).collect();
        let order = |(component, &n_values): (usize, &usize)| {
            let mut samples: Vec<usize> = (0..n_values).collect();
            samples.sort_by(|a, b| drawn[*a][component].total_cmp(&drawn[*b][component]));
            samples
        };
        n_values.iter().enumerate().map(order).collect()
    }

    /// How many samples were drawn below each place that is kept.
    fn counted(&self, order: &[usize], times_drawn: &[u32]) -> Vec<u32> {
        let n_places = order.len().min(MOST_PLACES);
        let mut counts = Vec::with_capacity(n_places + 1);
        let (mut so_far, mut next) = (0, 0);
        for place in 0..=n_places {
            let end = place * order.len() / n_places;
            so_far += order[next..end].iter().map(|sample| times_drawn[self.of_sample[*sample]]).sum::<u32>();
            next = end;
            counts.push(so_far);
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use rand_distr::{Distribution as _, StandardNormal};

    use super::*;
    use crate::model::{Component, TieRule};
    use crate::protocol::{Protocol, ReferenceMode};
    use crate::score::UsableValues;
    use crate::score::reference::{ReferenceComponent, ReferenceFile, ReferenceSettings, WithinPatient};
    use crate::survival::normal;

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
    fn samples_of_one_patient_are_taken_as_alike_if_it_is_not_known() {
        let mut of_samples = reference(400, Some(0.0));
        (of_samples.file.n_patients, of_samples.file.n_samples) = (100, Some(400));
        let (expected, found) = (100.0 * (0.25_f64 / 100.0).sqrt(), spread(&of_samples, 1));
        assert!((found / expected - 1.0).abs() < SPREAD, "{found} is not near {expected}");
    }

    /// The variance of a share grows by `1 + 3 ρ` of four samples a patient, `ρ` that of the indicators of two.
    #[test]
    fn samples_of_one_patient_count_for_less_the_more_they_are_alike() {
        for (rank_correlation, of_indicators) in
            [(0.0, 0.0), (0.5, 2.0 * normal_correlation(0.5).asin() / PI), (1.0, 1.0)]
        {
            let mut of_samples = reference(400, Some(0.0));
            (of_samples.file.n_patients, of_samples.file.n_samples) = (100, Some(400));
            let within = WithinPatient {
                patients_by_n_samples: vec![0, 0, 0, 100],
                rank_correlations: vec![rank_correlation, 0.3, 0.3, 0.3],
            };
            of_samples.file.within_patient = Some(within);
            let expected = 100.0 * (0.25_f64 / 400.0 * 3.0_f64.mul_add(of_indicators, 1.0)).sqrt();
            let found = spread(&of_samples, 1);
            // The samples that the copula puts together have the correlation up to a standard error of about 0.05.
            assert!(
                (found / expected - 1.0).abs() < 2.0 * SPREAD,
                "{rank_correlation}: {found} is not near {expected}"
            );
        }
    }

    /// Percentiles of a reference of 60 patients with four samples each, whose true ones are known; what samples have in common is
    /// learned from each reference anew.
    #[test]
    fn a_95_percent_interval_of_a_percentile_among_samples_covers_it_in_95_percent() {
        const TIMES: u32 = 400;
        let mut protocol = Protocol::preset("consensus").unwrap();
        protocol.pooling = crate::protocol::Pooling::LeastInfiltratedBlock;
        let settings = ReferenceSettings::plain(ReferenceMode::OwnCohort, &protocol);
        let mut random = replicates::generator(9, 0);
        let r = normal_correlation(0.5);
        let mut of_patient = |patient: usize| {
            let shared: f64 = StandardNormal.sample(&mut random);
            [(); 4].map(|()| {
                let own: f64 = StandardNormal.sample(&mut random);
                let density = r.sqrt().mul_add(shared, (1.0 - r).sqrt() * own).exp();
                UsableValues { patient, values: vec![Some(density); 4] }
            })
        };
        for truth in [0.5, 0.85] {
            let covered = (0..TIMES).filter(|time| {
                let rows: Vec<UsableValues> = (0..60).flat_map(&mut of_patient).collect();
                let reference = Reference::build(&rows, &settings).unwrap();
                assert_eq!(reference.file.within_patient.as_ref().unwrap().patients_by_n_samples, [0, 0, 0, 60]);
                let resampled = ResampledReference::new(&reference, &specs(), 200, u64::from(*time));
                let standing = reference.distribution(0).standing(normal::quantile(truth).exp());
                let of = |replicate| resampled.percentile(replicate, 0, standing, TieRule::Mid);
                let mut percentiles: Vec<f64> = (0..200).map(of).collect();
                percentiles.sort_by(f64::total_cmp);
                (percentiles[4]..=percentiles[195]).contains(&(100.0 * truth))
            });
            let share = covered.count() as f64 / f64::from(TIMES);
            // 95 % within 3.3 standard errors of 400 times, plus 1 % for the ends of 200 draws.
            assert!((0.90..=0.99).contains(&share), "{truth}: {share}");
        }
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
