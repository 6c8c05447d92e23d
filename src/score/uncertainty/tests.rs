mod shares;

use rand_distr::{Distribution as _, Gamma};

use super::*;
use crate::model::Dispersion;
use crate::protocol::{CutSide, Protocol, ReferenceMode};
use crate::score::UsableValues;
use crate::score::reference::ReferenceSettings;
use crate::survival::normal;

fn scheme() -> Scheme {
    Scheme {
        name: "three_class".to_owned(),
        label: "three classes".to_owned(),
        classes: ["Low", "Intermediate", "High"].map(str::to_owned).to_vec(),
        upper_ends: vec![25.0, 70.0],
        cut_belongs_to: CutSide::ClassBelow,
    }
}

/// One reference of the same values for each of the four components of the consensus score.
fn reference_of(values: &[f64]) -> Reference {
    let rows: Vec<Vec<Option<f64>>> = values.iter().map(|it| vec![Some(*it); 4]).collect();
    let protocol = Protocol::preset("consensus").unwrap();
    let settings = ReferenceSettings::plain(ReferenceMode::OwnCohort, &protocol);
    Reference::build(&UsableValues::of_rows(&rows), &settings).unwrap()
}

fn even_reference() -> Reference {
    reference_of(&(0..400).map(|it| f64::from(it) * 5.0).collect::<Vec<_>>())
}

fn standing(reference: &Reference, density: f64) -> Standing {
    reference.distribution(0).standing(density)
}

/// The interval by counting and reference.
fn both(found: &Uncertainty) -> Interval {
    found.both.as_ref().unwrap().interval
}

fn contains(interval: Interval, value: f64) -> bool {
    (interval.lower..=interval.upper).contains(&value)
}

/// Four equal components.
fn simulated(reference: &Reference, n: u64, per: f64, patient_id: &str, seed: u64) -> Uncertainty {
    let protocol = Protocol::preset("consensus").unwrap();
    let aggregation = Aggregation::new(&protocol, Some(reference));
    let density = n as f64 / per;
    let score = standing(reference, density).percentile(TieRule::Mid).value();
    let resampled = ResampledReference::new(reference, &protocol.specs(), 1000, seed);
    let simulation = Simulation {
        aggregation: &aggregation,
        joints: &Joint::of(&protocol),
        ranking: Some(Ranking { reference, resampled: &resampled, rule: TieRule::Mid }),
        schemes: &[scheme()],
        grain: Grain::Continuous,
        replicates: 1000,
        seed,
    };
    let source = Some(Source::Cells { n, per, dispersion: None });
    simulate((patient_id, score), Some(&[source; 4]), &[Some(density); 4], simulation).unwrap()
}

#[test]
fn the_same_seed_and_patient_give_the_same_draws() {
    let reference = even_reference();
    let simulated = |patient, seed| simulated(&reference, 100, 1.0, patient, seed);
    assert_eq!(simulated("p1", 7), simulated("p1", 7));
    assert_ne!(simulated("p1", 7), simulated("p2", 7));
    assert_ne!(simulated("p1", 7), simulated("p1", 8));
}

#[test]
fn more_tissue_narrows_the_interval() {
    let reference = even_reference();
    let width = |n, per| {
        let Interval { lower, upper } = both(&simulated(&reference, n, per, "p", 1));
        upper - lower
    };
    assert!(width(30_000, 30.0) < 0.7 * width(30, 0.03));
}

#[test]
fn probabilities_add_up_and_follow_the_score() {
    let found = simulated(&even_reference(), 3000, 3.0, "p", 1);
    assert!((found.both.as_ref().unwrap().probabilities[0].iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(found.both.as_ref().unwrap().probabilities[0][1] > 0.99, "a score of 50 is Intermediate");
}

/// With a reference that is dense, the spread of one component's percentile is known: counting error through the
/// slope of the distribution, and binomial error of the reference. Counts of four components average out; the errors of
/// their percentiles in the values of the same patients do not.
#[test]
fn the_spread_is_that_of_counting_and_of_the_reference() {
    let (n_cells, mm2) = (900_u64, 0.9);
    let counting = (n_cells as f64).sqrt() / mm2 / 2000.0 * 100.0 / 2.0;
    let finite_reference = 100.0 * (0.25_f64 / 400.0).sqrt();
    let found = simulated(&even_reference(), n_cells, mm2, "p", 3);
    for (interval, spread) in [
        (&found.both, counting.hypot(finite_reference)),
        (&found.counting, counting),
        (&found.reference, finite_reference),
    ] {
        let interval = interval.as_ref().unwrap().interval;
        let half_width = (interval.upper - interval.lower) / 2.0;
        let expected = 1.96 * spread;
        // The half width of an interval from 1000 draws has a relative standard error of about 4 %.
        assert!((half_width / expected - 1.0).abs() < 0.12, "{half_width} is not near {expected}");
    }
}

/// Without counts there is what the reference alone says: the same as with them.
#[test]
fn without_counts_the_reference_alone_is_drawn() {
    let reference = even_reference();
    let protocol = Protocol::preset("consensus").unwrap();
    let aggregation = Aggregation::new(&protocol, Some(&reference));
    let resampled = ResampledReference::new(&reference, &protocol.specs(), 1000, 3);
    let simulation = Simulation {
        aggregation: &aggregation,
        joints: &Joint::of(&protocol),
        ranking: Some(Ranking { reference: &reference, resampled: &resampled, rule: TieRule::Mid }),
        schemes: &[scheme()],
        grain: Grain::Continuous,
        replicates: 1000,
        seed: 3,
    };
    let score = standing(&reference, 1000.0).percentile(TieRule::Mid).value();
    let found = simulate(("p", score), None, &[Some(1000.0); 4], simulation).unwrap();
    assert_eq!((found.both, found.counting), (None, None));
    let with_counts = simulated(&reference, 900, 0.9, "p", 3);
    assert_eq!(found.reference, with_counts.reference);
    let unranked = one_component("");
    let simulation = Simulation { aggregation: &Aggregation::new(&unranked, None), ranking: None, ..simulation };
    assert_eq!(simulate(("p", 5.0), None, &[Some(5.0)], simulation), None, "nothing is drawn");
}

#[test]
fn no_cells_among_many_zeros_keeps_its_ties() {
    let zeros = reference_of(&(0..100).map(|it| f64::from((it - 40).max(0))).collect::<Vec<_>>());
    let score = standing(&zeros, 0.0).percentile(TieRule::Mid).value();
    let found = both(&simulated(&zeros, 0, 10.0, "p", 1));
    assert!(found.lower <= score && score <= found.upper);
    assert!(found.lower < 25.0, "two thirds of the draws are zero cells");
}

/// A protocol whose score is the value of its one component.
fn one_component(text: &str) -> Protocol {
    let text = format!(
        "schema_version = 1\nname = \"t\"\ntitle = \"t\"\ncitation = \"t\"\naggregator = \"weighted_sum\"\nprimary_scheme = \
         \"a_class\"\n[[components]]\nmarker = \"X\"\nregion = \"CT\"\n{text}\n[[schemes]]\nname = \"a_class\"\nlabel = \
         \"a\"\nclasses = [\"a\", \"b\"]\nupper_ends = [0.0]\n"
    );
    let protocol: Protocol = toml::from_str(&text).unwrap();
    assert_eq!(protocol.check(), None);
    protocol
}

/// The uncertainty of a score that is not ranked.
fn simulated_by(
    protocol: &Protocol,
    values: &[f64],
    sources: &[Source],
    (patient, replicates): (usize, u32),
) -> Uncertainty {
    let aggregation = Aggregation::new(protocol, None);
    let (values, sources): (Vec<_>, Vec<_>) = values.iter().zip(sources).map(|it| (Some(*it.0), Some(*it.1))).unzip();
    let simulation = Simulation {
        aggregation: &aggregation,
        joints: &Joint::of(protocol),
        ranking: None,
        schemes: &protocol.schemes,
        grain: Grain::Continuous,
        replicates,
        seed: 11,
    };
    let contributions = values.iter().enumerate().map(|(at, it)| it.map(|it| aggregation.contribution(at, it)));
    let score = aggregation.score(&contributions.collect::<Vec<_>>()).unwrap();
    simulate((&format!("p{patient}"), score), Some(&sources), &values, simulation).unwrap()
}

fn interval_of(protocol: &Protocol, value: f64, source: Source, patient: usize) -> Interval {
    both(&simulated_by(protocol, &[value], &[source], (patient, 200)))
}

/// Patients simulated for a check of coverage.
const PATIENTS: usize = 1000;

/// A share of 95 % among [`PATIENTS`] lies within these limits in 99.9 % of simulations (binomial, 3.3 standard errors), plus
/// half a percent for the interval's own draws and the steps of whole cells.
const COVERED: std::ops::RangeInclusive<f64> = 0.922..=0.978;

#[test]
fn a_95_percent_interval_of_a_density_covers_it_in_95_percent() {
    let mut random = generator(1, "truth");
    let protocol = one_component("");
    let (truth, per) = (60.0, 2.0);
    let poisson = rand_distr::Poisson::new(truth * per).unwrap();
    let covered = (0..PATIENTS).filter(|patient| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let n = poisson.sample(&mut random) as u64;
        let source = Source::Cells { n, per, dispersion: None };
        let found = interval_of(&protocol, n as f64 / per, source, *patient);
        contains(found, truth)
    });
    let share = covered.count() as f64 / PATIENTS as f64;
    assert!(COVERED.contains(&share), "{share}");
}

#[test]
fn a_95_percent_interval_of_a_share_of_cells_covers_it_in_95_percent() {
    let mut random = generator(2, "truth");
    let protocol = one_component("measure = \"percent_of_cells\"\nof = \"Y\"");
    let (truth, whole) = (0.2, 400);
    let draws = rand_distr::Binomial::new(whole, truth).unwrap();
    let covered = (0..PATIENTS).filter(|patient| {
        let n = draws.sample(&mut random);
        let value = 100.0 * n as f64 / whole as f64;
        let found = interval_of(&protocol, value, Source::Part { n, whole }, *patient);
        contains(found, 100.0 * truth)
    });
    let share = covered.count() as f64 / PATIENTS as f64;
    assert!(COVERED.contains(&share), "{share}");
}

/// Cells that cluster: each sample's count is a Poisson count with a gamma mean, of 6 times the Poisson variance.
#[test]
fn samples_that_differ_widen_the_interval_until_it_covers_95_percent() {
    let mut random = generator(3, "truth");
    let protocol = one_component("");
    let (n_samples, expected, ratio) = (8_u32, 50.0, 6.0);
    let gamma = Gamma::new(expected / (ratio - 1.0), ratio - 1.0).unwrap();
    let (mut covered, mut covered_by_poisson) = (0, 0);
    for patient in 0..PATIENTS {
        let counts: Vec<f64> = (0..n_samples)
            .map(|_| rand_distr::Poisson::new(gamma.sample(&mut random)).unwrap().sample(&mut random))
            .collect();
        let sum: f64 = counts.iter().sum();
        let dispersion = Dispersion::of_samples(&counts.iter().map(|it| (*it, 1.0)).collect::<Vec<_>>());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let n = sum as u64;
        let per = f64::from(n_samples);
        let covers = |dispersion| {
            let found = interval_of(&protocol, sum / per, Source::Cells { n, per, dispersion }, patient);
            contains(found, expected)
        };
        covered += usize::from(covers(dispersion));
        covered_by_poisson += usize::from(covers(None));
    }
    let share = covered as f64 / PATIENTS as f64;
    assert!(COVERED.contains(&share), "{share}");
    assert!((covered_by_poisson as f64) < 0.75 * PATIENTS as f64, "without it the interval is far too narrow");
}

/// Logarithms of the densities of one tumour: standard normal, each two with this correlation.
fn log_densities(correlation: f64, random: &mut Pcg64) -> [f64; 4] {
    let normal = rand_distr::StandardNormal;
    let shared: f64 = normal.sample(random);
    std::array::from_fn(|_| {
        let own: f64 = normal.sample(random);
        correlation.sqrt().mul_add(shared, (1.0 - correlation).sqrt() * own)
    })
}

/// The shares of patients whose true score the interval holds, and that of counting alone. Densities are log-normal, so that
/// true percentiles are known; every patient faces a reference drawn anew.
fn covered(correlation: f64) -> [f64; 2] {
    let mut random = generator(4, "truth");
    let area_mm2 = 10.0;
    let density = |log: f64| (5.0 + log).exp();
    let protocol = Protocol::preset("consensus").unwrap();
    let settings = ReferenceSettings::plain(ReferenceMode::OwnCohort, &protocol);
    let (mut covered, mut covered_by_counting) = (0, 0);
    for patient in 0..PATIENTS {
        let rows = (0..150).map(|_| log_densities(correlation, &mut random).map(|it| Some(density(it))).to_vec());
        let reference = Reference::build(&UsableValues::of_rows(&rows.collect::<Vec<_>>()), &settings).unwrap();
        let aggregation = Aggregation::new(&protocol, Some(&reference));
        let (mut sources, mut densities, mut truth, mut score) = (Vec::new(), Vec::new(), 0.0, 0.0);
        for (component, log) in log_densities(correlation, &mut random).into_iter().enumerate() {
            let poisson = rand_distr::Poisson::new(density(log) * area_mm2).unwrap();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
            let n = poisson.sample(&mut random) as u64;
            sources.push(Some(Source::Cells { n, per: area_mm2, dispersion: None }));
            densities.push(Some(n as f64 / area_mm2));
            truth += 25.0 * normal::cumulative(log);
            let standing = reference.distribution(component).standing(n as f64 / area_mm2);
            score += standing.percentile(TieRule::Mid).value() / 4.0;
        }
        let resampled = ResampledReference::new(&reference, &protocol.specs(), 200, patient as u64);
        let simulation = Simulation {
            aggregation: &aggregation,
            joints: &Joint::of(&protocol),
            ranking: Some(Ranking { reference: &reference, resampled: &resampled, rule: TieRule::Mid }),
            schemes: &[],
            grain: Grain::Continuous,
            replicates: 200,
            seed: 11,
        };
        let found = simulate((&format!("p{patient}"), score), Some(&sources), &densities, simulation).unwrap();
        let holds = |it: Option<Drawn>| usize::from(contains(it.unwrap().interval, truth));
        covered += holds(found.both);
        covered_by_counting += holds(found.counting);
    }
    [covered, covered_by_counting].map(|it| f64::from(u32::try_from(it).unwrap()) / PATIENTS as f64)
}

#[test]
fn a_95_percent_interval_of_a_score_covers_its_true_percentiles_in_95_percent() {
    // Markers of one tumour go together: Spearman's correlations of CD3 and CD8 in both regions are 0.5 to 0.8.
    for correlation in [0.0, 0.5, 0.8] {
        let [share, by_counting] = covered(correlation);
        assert!(COVERED.contains(&share), "{correlation}: {share}");
        assert!(by_counting < 0.8, "{correlation}: a reference of 150 is uncertain, too; {by_counting}");
    }
}
