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
    simulate((patient_id, score), &[source; 4], &[Some(density); 4], simulation).unwrap()
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
        let Interval { lower, upper } = simulated(&reference, n, per, "p", 1).both;
        upper - lower
    };
    assert!(width(30_000, 30.0) < 0.7 * width(30, 0.03));
}

#[test]
fn probabilities_add_up_and_follow_the_score() {
    let found = simulated(&even_reference(), 3000, 3.0, "p", 1);
    assert!((found.probabilities[0].iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(found.probabilities[0][1] > 0.99, "a score of 50 is Intermediate");
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
        (found.both, counting.hypot(finite_reference)),
        (found.counting, counting),
        (found.reference.unwrap(), finite_reference),
    ] {
        let half_width = (interval.upper - interval.lower) / 2.0;
        let expected = 1.96 * spread;
        // The half width of an interval from 1000 draws has a relative standard error of about 4 %.
        assert!((half_width / expected - 1.0).abs() < 0.12, "{half_width} is not near {expected}");
    }
}

#[test]
fn no_cells_among_many_zeros_keeps_its_ties() {
    let zeros = reference_of(&(0..100).map(|it| f64::from((it - 40).max(0))).collect::<Vec<_>>());
    let score = standing(&zeros, 0.0).percentile(TieRule::Mid).value();
    let found = simulated(&zeros, 0, 10.0, "p", 1).both;
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
    simulate((&format!("p{patient}"), score), &sources, &values, simulation).unwrap()
}

fn interval_of(protocol: &Protocol, value: f64, source: Source, patient: usize) -> Interval {
    simulated_by(protocol, &[value], &[source], (patient, 200)).both
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
        (found.lower..=found.upper).contains(&truth)
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
        (found.lower..=found.upper).contains(&(100.0 * truth))
    });
    let share = covered.count() as f64 / PATIENTS as f64;
    assert!(COVERED.contains(&share), "{share}");
}

/// A combined positive score of this, of so many tumour cells: a third of the cells are tumour cells, a third lymphocytes, a third
/// macrophages. All rest on the count of tumour cells.
///
/// Returns the share of patients whose interval holds it.
fn covered_score(truth: f64, n_tumour_cells: f64) -> f64 {
    let mut random = generator(5, "truth");
    let each = truth / 100.0 * n_tumour_cells / 3.0;
    let poisson = [each, n_tumour_cells - each, each, each].map(|it| rand_distr::Poisson::new(it).unwrap());
    let covered = (0..PATIENTS).filter(|patient| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let [positive, negative, lymphocytes, macrophages] = poisson.map(|it| it.sample(&mut random) as u64);
        let n = [positive, lymphocytes, macrophages];
        let found = combined_positive_score(n, positive + negative, (*patient, 200)).both;
        (found.lower..=found.upper).contains(&truth)
    });
    covered.count() as f64 / PATIENTS as f64
}

#[test]
fn a_95_percent_interval_of_a_combined_positive_score_covers_it_in_95_percent() {
    for (truth, n_tumour_cells) in [(62.0, 100.0), (20.0, 100.0), (5.0, 100.0), (0.9, 1000.0), (1.0, 1000.0)] {
        let share = covered_score(truth, n_tumour_cells);
        assert!(COVERED.contains(&share), "{truth} of {n_tumour_cells}: {share}");
    }
}

/// Where less than three cells are expected, no interval of a count covers 95 % everywhere: Jeffreys' goes from 91 to 100 %.
#[test]
fn of_very_few_cells_a_combined_positive_score_is_covered_as_a_count_is() {
    for (truth, n_tumour_cells) in [(0.3, 100.0), (0.5, 100.0), (0.9, 100.0), (0.5, 400.0), (0.7, 400.0), (0.9, 400.0)]
    {
        let share = covered_score(truth, n_tumour_cells);
        assert!(share > 0.9, "{truth} of {n_tumour_cells}: {share}");
    }
}

fn combined_positive_score(n: [u64; 3], whole: u64, patient: (usize, u32)) -> Uncertainty {
    let values = n.map(|it| 100.0 * it as f64 / whole as f64);
    let beside = |n| Source::Beside { n, whole };
    let sources = [Source::Part { n: n[0], whole }, beside(n[1]), beside(n[2])];
    simulated_by(&Protocol::preset("pd-l1-cps").unwrap(), &values, &sources, patient)
}

/// Of 30 and 30 cells beside the same 100, `100 Γ(60⅓)/Γ(100½)`, whose variance is that of a ratio of gamma variates,
/// `100² a (a + b - 1) / ((b - 1)² (b - 2))`; and of no cells that are part of them, Beta(⅙, 100½).
#[test]
fn cells_beside_the_same_cells_share_the_error_of_their_count() {
    let found = combined_positive_score([0, 30, 30], 100, (1, 4000)).both;
    let (a, b) = (60.0 + 1.0 / 3.0, 100.5_f64);
    let beside = a * (a + b - 1.0) / ((b - 1.0).powi(2) * (b - 2.0));
    let total: f64 = 100.5 + 1.0 / 6.0;
    let part = 100.5 / 6.0 / (total.powi(2) * (total + 1.0));
    let expected = 1.96 * 100.0 * (beside + part).sqrt();
    let half_width = (found.upper - found.lower) / 2.0;
    // The half width of an interval from 4000 draws has a relative standard error of about 2 %; drawn apart, it is 10 % less.
    assert!((half_width / expected - 1.0).abs() < 0.06, "{half_width} is not near {expected}");
}

/// No cell beside 100: the probability of 1 or more is that of Γ(½) ≥ 1, which is `erfc(1)`, 0.157, a little less as a draw of a
/// part below half a cell is none.
#[test]
fn a_combined_positive_score_of_no_cells_is_likely_below_1() {
    let found = combined_positive_score([0, 0, 0], 100, (1, 4000));
    let at_least_1 = found.probabilities[1][1];
    assert!((0.10..0.18).contains(&at_least_1), "{at_least_1}");
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
            (found.lower..=found.upper).contains(&expected)
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
        let found = simulate((&format!("p{patient}"), score), &sources, &densities, simulation).unwrap();
        let holds = |it: Interval| usize::from((it.lower..=it.upper).contains(&truth));
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

/// The H-score of 0, 200 and 200 among 400: weights 1, 2 and 3, so that its variance under Dirichlet(⅙, 200⅙, 200⅙, ½) is
/// `100² (Σ w² p - (Σ w p)²) / (N + 2)`.
#[test]
fn parts_that_exclude_each_other_are_drawn_together() {
    let protocol = Protocol::preset("h-score").unwrap();
    let sources = [0, 200, 200].map(|n| Source::Part { n, whole: 400 });
    let found = simulated_by(&protocol, &[0.0, 50.0, 50.0], &sources, (1, 4000)).both;
    let sixth = 1.0 / 6.0;
    let shares = [sixth, 200.0 + sixth, 200.0 + sixth, 0.5].map(|it: f64| it / 401.0);
    let moment = |power: i32| shares.iter().zip([1.0_f64, 2.0, 3.0, 0.0]).map(|(p, w)| p * w.powi(power)).sum::<f64>();
    let expected = 1.96 * 100.0 * ((moment(2) - moment(1).powi(2)) / 402.0).sqrt();
    let half_width = (found.upper - found.lower) / 2.0;
    // The half width of an interval from 4000 draws has a relative standard error of about 2 %.
    assert!((half_width / expected - 1.0).abs() < 0.06, "{half_width} is not near {expected}");
}

/// Less than half a cell is none: of Γ(½) that is so in `erf(√½)`, 0.683, and of three parts of Γ(⅙) in more.
#[test]
fn a_tumour_without_stain_may_truly_have_none() {
    let protocol = Protocol::preset("h-score").unwrap();
    let sources = [Source::Part { n: 0, whole: 400 }; 3];
    let found = simulated_by(&protocol, &[0.0; 3], &sources, (1, 4000));
    let unstained = found.probabilities[0][0];
    assert!((0.66..0.78).contains(&unstained), "{unstained}");
    assert_eq!(found.both.lower.to_bits(), 0.0_f64.to_bits());
}
