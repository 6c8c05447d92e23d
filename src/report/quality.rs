//! How good a cohort is as a whole: the numbers of its page of quality.

use super::CohortReport;
use crate::agreement::correlation::{self, Correlation};
use crate::model::{Component, Percentile};
use crate::protocol::{Aggregator, CUT_TOLERANCE, Grain, Scheme};
use crate::score::{
    Aggregation, ComponentProfile, Flag, GaussianCopula, Grouping, PatientProfile, SampleRemark, SampleScore,
};
use crate::survival::bootstrap::quantile;
use crate::survival::normal;

/// The percentiles of one component in one group of patients.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupSpread {
    /// The group.
    pub group: String,
    /// Patients with a percentile.
    pub n: usize,
    /// Lowest percentile, quartiles, highest percentile, from 0 to 100; absent without patients.
    pub percentiles: Option<[f64; 5]>,
    /// Median density, in cells/mm²; absent without patients.
    pub median_cells_per_mm2: Option<f64>,
}

/// How near the scores of a cohort lie to one cut.
#[derive(Clone, Debug, PartialEq)]
pub struct NearCut {
    /// The cut, on the scale of the score.
    pub cut: f64,
    /// Full scores within the protocol's `near_cut_points`; absent of whole scores, between which there is nothing to be near
    /// to.
    pub n_within: Option<usize>,
    /// Full scores whose interval holds it; of whole scores, those whose interval reaches to both sides of it.
    pub n_in_interval: usize,
}

/// The used measurements of a component, by its place in the protocol: patient and profile.
fn measured<'a>(
    cohort: &CohortReport<'a>,
    component: usize,
) -> impl Iterator<Item = (&'a str, f64, &'a ComponentProfile)> {
    cohort.profiles.iter().filter_map(move |it| {
        let profile = it.components.get(component)?;
        Some((it.patient_id.as_str(), profile.percentile.map(Percentile::value)?, profile))
    })
}

/// The percentiles of a component, by its place in the protocol.
pub fn percentiles(cohort: &CohortReport<'_>, component: usize) -> Vec<f64> {
    measured(cohort, component).map(|it| it.1).collect()
}

/// The spread of a component in each group, in the order of the groups.
pub fn spread(cohort: &CohortReport<'_>, grouping: &Grouping, component: usize) -> Vec<GroupSpread> {
    let in_group = |group: &str| {
        let is_it = |patient: &str| grouping.group_of.get(patient).is_some_and(|it| it == group);
        let of_group = || measured(cohort, component).filter(|it| is_it(it.0));
        let mut percentiles: Vec<f64> = of_group().map(|it| it.1).collect();
        let mut densities: Vec<f64> = of_group().filter_map(|it| it.2.cells_per_mm2).collect();
        percentiles.sort_by(f64::total_cmp);
        densities.sort_by(f64::total_cmp);
        GroupSpread {
            group: group.to_owned(),
            n: percentiles.len(),
            percentiles: (!percentiles.is_empty())
                .then(|| [0.0, 0.25, 0.5, 0.75, 1.0].map(|it| quantile(&percentiles, it))),
            median_cells_per_mm2: (!densities.is_empty()).then(|| quantile(&densities, 0.5)),
        }
    };
    grouping.groups().into_iter().map(in_group).collect()
}

/// Spearman's correlation of the densities of two components, by their places in the protocol, over patients in whom both
/// are used; absent with fewer than 3 of them, or if one does not vary.
pub fn correlation(cohort: &CohortReport<'_>, first: usize, second: usize) -> Option<Correlation> {
    let density = |profile: &PatientProfile, at: usize| {
        let it = profile.components.get(at)?;
        it.percentile.and(it.cells_per_mm2)
    };
    let pair = |it: &PatientProfile| Some((density(it, first)?, density(it, second)?));
    let (first, second): (Vec<f64>, Vec<f64>) = cohort.profiles.iter().filter_map(pair).unzip();
    correlation::spearman(&first, &second).expect("pairs of densities are finite numbers")
}

/// Patients that expected shares of classes are counted in: a share has a standard error below 0.23 percentage points.
const SIMULATED: u32 = 50_000;

/// Fixes the simulated patients.
const SEED: u128 = 1;

/// The share of patients, in [0, 1], that each class of a scheme would hold if they were like those of the reference: percentiles are
/// spread evenly, and go together as they do in the cohort. Absent unless the score is a mean of percentiles, where one of several
/// samples decides, or where a correlation is not known.
///
/// METHOD: by simulation from the Gaussian copula of the cohort's rank correlations. Widths of classes would be expected only of
/// a score that is itself a percentile, which a mean of percentiles is not. Nothing is expected of the lowest or highest of several
/// samples: it depends on their number, and on how alike those of one patient are.
pub fn expected_class_shares(cohort: &CohortReport<'_>, scheme: &Scheme) -> Option<Vec<f64>> {
    if cohort.protocol.aggregator != Aggregator::MeanPercentile || n_samples(cohort).is_some() {
        return None;
    }
    let n = cohort.protocol.specs().len();
    let with_those_before = |first: usize| {
        (0..first).map(|second| Some(correlation(cohort, first, second)?.correlation)).collect::<Option<Vec<f64>>>()
    };
    let correlations = (0..n).map(with_those_before).collect::<Option<Vec<_>>>()?;
    let copula = GaussianCopula::new(n, |first, second| correlations[first][second]);
    let aggregation = Aggregation::new(cohort.protocol, None);
    let mut random = rand_pcg::Pcg64::new(SEED, SEED);
    let mut shares = vec![0.0; scheme.classes.len()];
    for _ in 0..SIMULATED {
        let percentiles = copula.draw(&mut random).into_iter().map(|it| 100.0 * normal::cumulative(it));
        let points = percentiles.enumerate().map(|(at, it)| Some(aggregation.contribution(at, it)));
        let score = aggregation.score(&points.collect::<Vec<_>>()).expect("the mean of one percentile or more");
        shares[scheme.classify(score)] += 1.0 / f64::from(SIMULATED);
    }
    Some(shares)
}

/// How near the full scores lie to each cut of a scheme.
pub fn near_cuts(cohort: &CohortReport<'_>, scheme: &Scheme) -> Vec<NearCut> {
    let points = cohort.protocol.uncertainty.near_cut_points;
    let is_whole = cohort.protocol.scale().grain == Grain::Whole;
    let near = |(at, &cut): (usize, &f64)| {
        let is_within = |score: f64| (score - cut).abs() <= points + CUT_TOLERANCE;
        let holds = |(lower, upper): (f64, f64)| {
            if is_whole {
                scheme.classify(lower) <= at && at < scheme.classify(upper)
            } else {
                (lower..=upper).contains(&cut)
            }
        };
        NearCut {
            cut,
            n_within: (!is_whole).then(|| cohort.full_scores().filter(|it| is_within(it.score)).count()),
            n_in_interval: cohort
                .full_scores()
                .filter_map(|it| it.score_lower.zip(it.score_upper))
                .filter(|it| holds(*it))
                .count(),
        }
    };
    scheme.upper_ends.iter().enumerate().map(near).collect()
}

/// What is to be known of one measurement.
#[derive(Clone, Copy, Debug)]
pub struct Remark<'a> {
    /// Whose it is.
    pub patient_id: &'a str,
    /// Marker and region.
    pub component: &'a Component,
    /// One or more.
    pub flags: &'a [Flag],
}

/// The remarks on all measurements; of every sample, not only those that decide, where each is scored by itself.
pub fn remarks<'a>(cohort: &CohortReport<'a>) -> Vec<Remark<'a>> {
    let of_sample = |sample: &'a SampleScore| {
        let remark = |it: &'a SampleRemark| Remark {
            patient_id: &sample.patient_id,
            component: &it.component,
            flags: &it.flags,
        };
        sample.remarks.iter().map(remark)
    };
    if !cohort.samples.is_empty() {
        return cohort.samples.iter().flat_map(of_sample).collect();
    }
    let of_patient = |patient: &'a PatientProfile| {
        let remark = |it: &'a ComponentProfile| Remark {
            patient_id: &patient.patient_id,
            component: &it.component,
            flags: &it.flags,
        };
        patient.components.iter().map(remark).filter(|it| !it.flags.is_empty())
    };
    cohort.profiles.iter().flat_map(of_patient).collect()
}

/// Samples that are each scored by itself; absent where those of a patient became one measurement.
pub fn n_samples(cohort: &CohortReport<'_>) -> Option<usize> {
    (!cohort.samples.is_empty()).then_some(cohort.samples.len())
}

/// Patients whose score has a flag.
pub fn n_scores_flagged(cohort: &CohortReport<'_>, flag: Flag) -> usize {
    cohort.scores.iter().filter(|it| it.flags.contains(&flag)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example::Example;

    #[test]
    fn every_percentile_is_in_one_group() {
        let example = Example::new(60);
        let cohort = example.report();
        let group = |(at, it): (usize, &crate::score::PatientProfile)| {
            (it.patient_id.clone(), if at % 3 == 0 { "2" } else { "10" }.to_owned())
        };
        let group_of = example.profiles.iter().enumerate().map(group).collect();
        let grouping = Grouping { column: "batch".to_owned(), group_of };
        let spread = spread(&cohort, &grouping, 0);
        assert_eq!(spread.iter().map(|it| it.group.as_str()).collect::<Vec<_>>(), ["2", "10"]);
        assert_eq!(spread.iter().map(|it| it.n).sum::<usize>(), percentiles(&cohort, 0).len());
        for it in &spread {
            let percentiles = it.percentiles.expect("patients");
            assert!(percentiles.is_sorted() && (0.0..=100.0).contains(&percentiles[2]));
        }
    }

    #[test]
    fn a_component_goes_with_itself_and_with_others_of_the_same_tumours() {
        let example = Example::new(150);
        let cohort = example.report();
        let itself = correlation(&cohort, 0, 0).expect("patients");
        assert!((itself.correlation - 1.0).abs() < 1e-12);
        let other = correlation(&cohort, 0, 2).expect("patients");
        assert!(other.correlation > 0.2 && other.n_pairs <= itself.n_pairs, "{other:?}");
        assert_eq!(correlation(&Example::new(60).report(), 0, 99), None);
    }

    #[test]
    fn those_near_a_cut_are_counted_as_they_are_flagged() {
        let example = Example::new(150);
        let mut cohort = example.report();
        let flagged = cohort.full_scores().filter(|it| it.near_cut == Some(true)).count();
        let mut one_scheme = cohort.protocol.clone();
        one_scheme.schemes.retain(|it| it.name == "five_class");
        cohort.protocol = &one_scheme;
        let near = near_cuts(&cohort, &one_scheme.schemes[0]);
        assert_eq!(near.iter().map(|it| it.cut).collect::<Vec<_>>(), [10.0, 25.0, 70.0, 95.0]);
        let most = near.iter().map(|it| it.n_within.unwrap_or(0).max(it.n_in_interval)).max().unwrap_or(0);
        assert!(most > 0 && most <= flagged, "{most} of {flagged}");
    }

    #[test]
    fn whole_scores_are_near_a_cut_only_by_their_intervals() {
        let mut example = Example::new(60);
        let protocol = crate::protocol::Protocol::preset("i0-i4").unwrap();
        for it in &mut example.scores {
            (it.score, it.score_lower, it.score_upper) = (2.0, Some(2.0), Some(3.0));
        }
        let mut cohort = example.report();
        cohort.protocol = &protocol;
        let scheme = protocol.primary();
        let near = near_cuts(&cohort, scheme);
        let n = cohort.full_scores().count();
        let reached = |it: &NearCut| scheme.classify(2.0) != scheme.classify(3.0) && (2.0..3.0).contains(&it.cut);
        assert!(n > 0 && near.iter().any(reached));
        for it in near {
            assert_eq!((it.n_within, it.n_in_interval), (None, if reached(&it) { n } else { 0 }), "{}", it.cut);
        }
    }

    #[test]
    fn expected_shares_are_those_of_even_percentiles_and_of_their_correlations() {
        let example = Example::new(150);
        let cohort = example.report();
        let scheme = cohort.protocol.primary();
        let shares = expected_class_shares(&cohort, scheme).expect("a mean of percentiles");
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        // The middle class of a mean is wider than its cuts say, as means lie nearer the middle.
        let widths: Vec<f64> = (0..scheme.classes.len())
            .map(|class| {
                let (lower, upper) = scheme.bounds(class);
                (upper.unwrap_or(100.0) - lower.unwrap_or(0.0)) / 100.0
            })
            .collect();
        assert!(shares[0] < widths[0] && *shares.last().unwrap() < *widths.last().unwrap(), "{shares:?} {widths:?}");
        let whole = crate::protocol::Protocol::preset("i0-i4").unwrap();
        let mut other = example.report();
        other.protocol = &whole;
        assert_eq!(expected_class_shares(&other, whole.primary()), None);
    }
}
