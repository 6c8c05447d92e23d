//! How far a score could be from itself: counting error and the finite size of the reference.
//!
//! For each replicate and component, with `N` cells on the area `A`, or `n` of `N` cells,
//!
//! ```text
//! λ  ~ Gamma(N + 1/2, 1)                    posterior of the expected count, Jeffreys prior
//! v* = round(λ) / A                         a density that could have been measured
//! p  ~ Beta(n + 1/2, N - n + 1/2)           posterior of a share of cells, v* = 100 round(p·N) / N
//! p  ~ Dirichlet(n_k + 1/2, N - Σn + 1/2)   of parts that exclude each other, drawn part by part: Beta of what is left
//! Λ  ~ Gamma(N + 1/2, 1)                    cells that others are beside of, one draw for all of these: v* = 100 λ / Λ
//! p* = percentile of v*                     in a bootstrap sample of the reference's patients, by the study's tie rule,
//!                                           where the component is ranked: see resampled_reference
//! ```
//!
//! and the replicate's score is the aggregate of `p*` or `v*`. The interval runs from the 2.5th to the 97.5th percentile of the
//! replicates; the probability of a class is the share of replicates in it. The two sources of error are also shown each
//! alone: counts drawn against the reference as it is, and the counts as they are against resampled references.
//!
//! Cells cluster. Where a patient has several samples and the protocol says so (`dispersion = "from_samples"`), counts vary by
//! the factor that they vary by between these samples, never less than 1:
//!
//! ```text
//! φ  = Σ (N_i - λA_i)² / λA_i / (k - 1),    λ = ΣN/ΣA          Pearson's statistic over its degrees of freedom
//! φ* = max(1, (k - 1) φ / χ²(k-1))          drawn anew in each replicate, for k samples tell little of φ
//! λ* ~ φ* Gamma(N/φ* + 1/2, 1)              quasi-Poisson
//! ```
//!
//! Other shares of cells that a score adds up are drawn as if independent, as the share of a sum of Poisson counts is of the sum.
//! Staining, annotation and the choice of the block vary too: the true uncertainty is larger.
//!
//! # References
//!
//! * Brown L, Cai T, Das Gupta A. Interval estimation in exponential families. *Stat Sin* 2003;13:19-49 (Jeffreys
//!   intervals for a Poisson mean and a binomial share).
//! * `McCullagh` P, Nelder JA. *Generalized Linear Models*, 2nd ed. Chapman and Hall 1989, section 6.2.3 (quasi-Poisson).

use rand::SeedableRng;
use rand_distr::{Beta, ChiSquared, Distribution as _, Gamma};
use rand_pcg::Pcg64;
use sha2::{Digest, Sha256};

use super::reference::Reference;
use super::{Aggregation, Distribution, ResampledReference, Standing};
use crate::model::{Dispersion, Measurement, TieRule};
use crate::protocol::{Grain, Measure, Scheme};

/// What the counting error of a component is drawn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// Cells, and the tissue that they were counted on.
    Cells {
        /// Cells counted.
        n: u64,
        /// Tissue in mm².
        per: f64,
        /// How much counts vary between samples; absent for cells that lie at random.
        dispersion: Option<Dispersion>,
    },
    /// Cells that are part of others.
    Part {
        /// Cells counted.
        n: u64,
        /// Cells of the whole.
        whole: u64,
    },
    /// Cells that are one of several parts of others which exclude each other.
    ExclusivePart {
        /// Cells counted.
        n: u64,
        /// Cells of the whole that are neither in this part nor in one before.
        others: u64,
        /// Parts that come after.
        n_later: u32,
        /// Place of the first of the parts.
        first: usize,
    },
    /// Cells beside others.
    Beside {
        /// Cells counted.
        n: u64,
        /// Cells of the whole.
        whole: u64,
        /// Place of a component before it that is beside the same cells; absent if there is none.
        sharing: Option<usize>,
    },
}

impl Source {
    /// The counts of a measurement; absent if it rests on none that are known.
    pub fn of(measure: Measure, measured: &Measurement, dispersion: Option<Dispersion>) -> Option<Self> {
        let n = measured.n_cells?;
        match measure {
            Measure::Density => Some(Self::Cells { n, per: measured.area?.mm2(), dispersion }),
            Measure::PercentOfCells => {
                let whole = measured.n_whole?;
                (n <= whole).then_some(Self::Part { n, whole })
            }
            Measure::Per100Cells => Some(Self::Beside { n, whole: measured.n_whole?, sharing: None }),
            // METHOD: a bare count is of all structures that there are. Drawing it anew would say of a tumour without any that
            // it has some, where one is what counts.
            // METHOD: cells near one cell are near each other, too. As a binomial share of as many cells as were asked, a proximity
            // would seem far surer than it is, so it has no interval by counting.
            Measure::Count | Measure::Percent | Measure::Proximity | Measure::Grade => None,
        }
    }
}

/// Joins those sources that have a group: its components are parts of the same cells that exclude each other, or beside the
/// same cells.
///
/// METHOD: cells beside the same cells share the error of their count: in the CPS, lymphocytes and macrophages are related to one
/// number of tumour cells. The share of these that is positive needs no joining, for of Poisson counts the share of a sum does not
/// depend on the sum.
pub fn join(sources: &mut [Option<Source>], groups: &[Option<usize>]) {
    for first in 0..sources.len() {
        let members: Vec<usize> = (first..sources.len()).filter(|at| groups[*at] == Some(first)).collect();
        let mut n_before = 0;
        for (place, &at) in members.iter().enumerate() {
            if let Some(Source::Part { n, whole }) = sources[at] {
                n_before += n;
                let others = whole.saturating_sub(n_before);
                let n_later = u32::try_from(members.len() - place - 1).expect("a protocol has few components");
                sources[at] = Some(Source::ExclusivePart { n, others, n_later, first });
            }
            // Components that were counted on other samples have wholes of their own.
            if let Some(Source::Beside { n, whole, .. }) = sources[at] {
                let is_same =
                    |it: &&usize| matches!(sources[**it], Some(Source::Beside { whole: it, .. }) if it == whole);
                let sharing = members[..place].iter().find(is_same).copied();
                sources[at] = Some(Source::Beside { n, whole, sharing });
            }
        }
    }
}

/// A source of counts, ready to be drawn from.
enum Draw {
    Cells { expected: Gamma<f64>, per: f64 },
    Dispersed { n: f64, per: f64, dispersion: Dispersion, chi_square: ChiSquared<f64> },
    Part { share: Beta<f64>, whole: f64 },
    ExclusivePart { share_of_rest: Beta<f64>, first: usize },
    Beside { expected: Gamma<f64>, whole: Whole, at: usize },
}

/// The cells that others are beside of.
enum Whole {
    /// Drawn here.
    Drawn(Gamma<f64>),
    /// What was drawn at this place.
    Of(usize),
}

impl Draw {
    /// The draw of a source at a place.
    fn new(source: Source, at: usize) -> Self {
        let gamma =
            |n: u64| Gamma::new(n as f64 + 0.5, 1.0).expect("a shape of 1/2 or more makes a gamma distribution");
        let beta = |n: u64, others: u64| {
            Beta::new(n as f64 + 0.5, others as f64 + 0.5).expect("shapes of 1/2 or more make a beta distribution")
        };
        match source {
            Source::Cells { n, per, dispersion: None } => Self::Cells { expected: gamma(n), per },
            Source::Cells { n, per, dispersion: Some(dispersion) } => {
                let chi_square = ChiSquared::new(dispersion.degrees_of_freedom.max(1) as f64);
                let chi_square = chi_square.expect("one degree of freedom or more makes a distribution");
                Self::Dispersed { n: n as f64, per, dispersion, chi_square }
            }
            Source::Part { n, whole } => Self::Part { share: beta(n, whole - n), whole: whole as f64 },
            Source::ExclusivePart { n, others, n_later, first } => {
                let share_of_rest = Beta::new(n as f64 + 0.5, others as f64 + 0.5 * f64::from(n_later + 1));
                let share_of_rest = share_of_rest.expect("shapes of 1/2 or more make a beta distribution");
                Self::ExclusivePart { share_of_rest, first }
            }
            Source::Beside { n, whole, sharing } => Self::Beside {
                expected: gamma(n),
                whole: sharing.map_or_else(|| Whole::Drawn(gamma(whole)), Whole::Of),
                at,
            },
        }
    }

    /// A value that could have been measured; `shared` is, by place, what exclusive parts leave of a whole, or how many cells of a
    /// whole were drawn.
    fn value(&self, random: &mut Pcg64, shared: &mut [f64]) -> f64 {
        // METHOD: whole cells, as counts are; so a patient without cells keeps ties with the reference's zeros.
        match self {
            Self::Cells { expected, per } => expected.sample(random).round() / per,
            Self::Dispersed { n, per, dispersion, chi_square } => {
                let drawn = dispersion.ratio * dispersion.degrees_of_freedom as f64 / chi_square.sample(random);
                let ratio = drawn.clamp(1.0, 1e6);
                let gamma = Gamma::new(n / ratio + 0.5, ratio).expect("a shape of 1/2 or more");
                gamma.sample(random).round() / per
            }
            Self::Part { share, whole } => 100.0 * (share.sample(random) * whole).round() / whole,
            Self::ExclusivePart { share_of_rest, first } => {
                let share = share_of_rest.sample(random) * shared[*first];
                shared[*first] -= share;
                100.0 * share
            }
            Self::Beside { expected, whole, at } => {
                shared[*at] = match whole {
                    Whole::Drawn(whole) => whole.sample(random).max(f64::MIN_POSITIVE),
                    Whole::Of(other) => shared[*other],
                };
                100.0 * expected.sample(random) / shared[*at]
            }
        }
    }
}

/// A 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// 2.5th percentile of the replicates.
    pub lower: f64,
    /// 97.5th percentile of the replicates.
    pub upper: f64,
}

/// Intervals and class probabilities of a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Uncertainty {
    /// By counting and by the reference.
    pub both: Interval,
    /// By counting alone.
    pub counting: Interval,
    /// By the reference alone; absent where no component is ranked.
    pub reference: Option<Interval>,
    /// Share of replicates in each class, scheme by scheme; each list adds up to 1.
    pub probabilities: Vec<Vec<f64>>,
}

/// A reference that components are ranked in.
#[derive(Clone, Copy, Debug)]
pub struct Ranking<'a> {
    /// The reference.
    pub reference: &'a Reference,
    /// Bootstrap samples of its patients, one for each replicate.
    pub resampled: &'a ResampledReference,
    /// What an equal value of it counts for.
    pub rule: TieRule,
}

/// How replicates are made.
#[derive(Clone, Copy, Debug)]
pub struct Simulation<'a> {
    /// How components become one score.
    pub aggregation: &'a Aggregation,
    /// What components are ranked in; absent if none is.
    pub ranking: Option<Ranking<'a>>,
    /// Schemes whose classes' probabilities are wanted.
    pub schemes: &'a [Scheme],
    /// Whether scores between two whole numbers exist.
    pub grain: Grain,
    /// Number of replicates.
    pub replicates: u32,
    /// Seed.
    pub seed: u64,
}

/// Draws the scores of one patient; absent if none of them is defined.
///
/// `sources` and `usable` have one entry a component, absent where nothing can be used.
///
/// The draws depend on the seed and the patient alone, so that neither the other patients nor the number of threads
/// change them. The intervals always hold `score`, the score of the counts as they are.
pub fn simulate(
    (patient_id, score): (&str, f64),
    sources: &[Option<Source>],
    usable: &[Option<f64>],
    simulation: Simulation<'_>,
) -> Option<Uncertainty> {
    let Simulation { aggregation, schemes, grain, replicates, seed, .. } = simulation;
    let components: Vec<Simulated<'_>> = (0..sources.len())
        .filter_map(|at| {
            let (draw, measured) = (Draw::new(sources[at]?, at), usable[at]?);
            let ranking = simulation.ranking.filter(|_| aggregation.is_ranked(at));
            let ranked = ranking.map(|Ranking { reference, resampled, rule }| {
                let distribution = reference.distribution(at);
                Ranked { distribution, resampled, rule, as_measured: distribution.standing(measured) }
            });
            Some(Simulated { at, draw, measured, ranked })
        })
        .collect();
    let mut random = generator(seed, patient_id);
    let mut contributions: [Vec<Option<f64>>; 3] = std::array::from_fn(|_| vec![None; sources.len()]);
    let mut scores: [Vec<f64>; 3] = std::array::from_fn(|_| Vec::with_capacity(replicates as usize));
    let mut probabilities: Vec<Vec<f64>> = schemes.iter().map(|it| vec![0.0; it.classes.len()]).collect();
    let mut shared = vec![1.0; sources.len()];
    for replicate in 0..replicates as usize {
        shared.fill(1.0);
        for Simulated { at, draw, measured, ranked } in &components {
            let value = draw.value(&mut random, &mut shared);
            let counted = match ranked {
                None => [value, value, *measured],
                Some(Ranked { distribution, resampled, rule, as_measured }) => {
                    let standing = distribution.standing(value);
                    [
                        resampled.percentile(replicate, *at, standing, *rule),
                        standing.percentile(*rule).value(),
                        resampled.percentile(replicate, *at, *as_measured, *rule),
                    ]
                }
            };
            for (contributions, counted) in contributions.iter_mut().zip(counted) {
                contributions[*at] = Some(aggregation.contribution(*at, counted));
            }
        }
        for (scores, contributions) in scores.iter_mut().zip(&contributions) {
            scores.extend(aggregation.score(contributions));
        }
    }
    for (probabilities, scheme) in probabilities.iter_mut().zip(schemes) {
        for score in &scores[0] {
            probabilities[scheme.classify(*score)] += 1.0;
        }
        let n = scores[0].len() as f64;
        for it in probabilities.iter_mut() {
            *it /= n;
        }
    }
    let [both, counting, of_reference] = scores.map(|it| interval(it, score, grain));
    let reference = of_reference.filter(|_| aggregation.ranks_any());
    Some(Uncertainty { both: both?, counting: counting?, reference, probabilities })
}

/// A component whose measurement is drawn anew.
struct Simulated<'a> {
    at: usize,
    draw: Draw,
    measured: f64,
    ranked: Option<Ranked<'a>>,
}

/// What a component is ranked in.
struct Ranked<'a> {
    distribution: &'a Distribution,
    resampled: &'a ResampledReference,
    rule: TieRule,
    as_measured: Standing,
}

/// The interval of the replicates; absent if there is none.
fn interval(mut scores: Vec<f64>, score: f64, grain: Grain) -> Option<Interval> {
    let whole = |it: f64, towards: fn(f64) -> f64| if grain == Grain::Whole { towards(it) } else { it };
    // METHOD: at the ends of the scale resampling moves scores one way only; the interval is widened to hold the score.
    (!scores.is_empty()).then(|| Interval {
        lower: whole(quantile(&mut scores, 0.025), f64::floor).min(score),
        upper: whole(quantile(&mut scores, 0.975), f64::ceil).max(score),
    })
}

/// Random numbers that belong to this seed and patient.
fn generator(seed: u64, patient_id: &str) -> Pcg64 {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(patient_id.as_bytes());
    Pcg64::from_seed(hash.finalize().into())
}

/// As [`bootstrap::quantile`](crate::survival::bootstrap::quantile), without sorting all values, whose order changes.
fn quantile(values: &mut [f64], probability: f64) -> f64 {
    let position = probability * (values.len() - 1) as f64;
    let below = position.floor();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of the slice")]
    let (_, at, higher) = values.select_nth_unstable_by(below as usize, f64::total_cmp);
    let next = higher.iter().copied().min_by(f64::total_cmp).unwrap_or(*at);
    *at + (position - below) * (next - *at)
}

#[cfg(test)]
mod tests;
