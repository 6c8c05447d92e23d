//! How far a score could be from itself: counting error and the finite size of the reference.
//!
//! For each replicate and component, with `N` cells on the area `A`, or `n` of `N` cells,
//!
//! ```text
//! λ  ~ Gamma(N + 1/2, 1)                    posterior of the expected count, Jeffreys prior
//! v* = [λ] / A                              a density that could have been measured; [λ] is λ in whole cells where the
//!                                           component is ranked, else λ, but none below half a cell where none was seen
//! p  ~ Beta(n + h, N - n + 1/2)             posterior of a share of cells, v* = 100 [p·N] / N
//! p  ~ Dirichlet(n_k + h, N - Σn + 1/2)     of parts that exclude each other, drawn part by part: Beta of what is left
//! λ  ~ Gamma(n + h, 1), Λ ~ Gamma(N + 1/2, 1)   cells beside others; one draw of these for all: v* = 100 [λ] / Λ
//! h  = 1/2, or 1/(2K)                       of K components of the same cells that the score adds up
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
//! Staining, annotation and the choice of the block vary too: the true uncertainty is larger.
//!
//! # References
//!
//! * Berger JO, Bernardo JM, Sun D. Overall objective priors. *Bayesian Anal* 2015;10:189-221. doi:10.1214/14-BA915 (one
//!   prior weight shared among the cells of a multinomial).
//! * Brown L, Cai T, Das Gupta A. Interval estimation in exponential families. *Stat Sin* 2003;13:19-49 (Jeffreys
//!   intervals for a Poisson mean and a binomial share).
//! * `McCullagh` P, Nelder JA. *Generalized Linear Models*, 2nd ed. Chapman and Hall 1989, section 6.2.3 (quasi-Poisson).

mod draw;

use rand::SeedableRng;
use rand_pcg::Pcg64;
use sha2::{Digest, Sha256};

use super::reference::Reference;
use super::{Aggregation, Distribution, ResampledReference, Standing};
use crate::model::TieRule;
use crate::protocol::{Grain, Scheme};

use draw::Draw;
pub use draw::{Joint, Source};

/// A 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// 2.5th percentile of the replicates.
    pub lower: f64,
    /// 97.5th percentile of the replicates.
    pub upper: f64,
}

/// How far a score could be from itself, by each source of error.
#[derive(Clone, Debug, PartialEq)]
pub struct Uncertainty {
    /// By counting and by the reference; absent if a component has no count.
    pub both: Option<Drawn>,
    /// By counting alone; absent as `both`.
    pub counting: Option<Drawn>,
    /// By the reference alone; absent where no component is ranked.
    pub reference: Option<Drawn>,
}

/// What the replicates of one source of error say.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// The interval of the score.
    pub interval: Interval,
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
    /// How each component is drawn together with others.
    pub joints: &'a [Joint],
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

/// Draws the scores of one patient; absent if none of them is defined, or nothing is drawn.
///
/// `usable` has one entry a component, absent where nothing can be used; so has `sources`, which is absent if a usable component
/// has no count.
///
/// METHOD: without counts the counting error is unknown. What the reference alone says is given, and nothing that would look like
/// the whole.
///
/// The draws depend on the seed and the patient alone, so that neither the other patients nor the number of threads
/// change them. The intervals always hold `score`, the score of the counts as they are.
pub fn simulate(
    (patient_id, score): (&str, f64),
    sources: Option<&[Option<Source>]>,
    usable: &[Option<f64>],
    simulation: Simulation<'_>,
) -> Option<Uncertainty> {
    let Simulation { aggregation, joints, replicates, seed, .. } = simulation;
    let ranks_any = aggregation.ranks_any();
    if sources.is_none() && !ranks_any {
        return None;
    }
    let no_draws = || usable.iter().map(|_| None).collect();
    let draws = sources.map_or_else(no_draws, |it| Draw::of(it, joints, |at| aggregation.is_ranked(at)));
    let simulated = |(at, draw): (usize, Option<Draw>)| {
        let measured = usable[at]?;
        let ranking = simulation.ranking.filter(|_| aggregation.is_ranked(at));
        let ranked = ranking.map(|Ranking { reference, resampled, rule }| {
            let distribution = reference.distribution(at);
            Ranked { distribution, resampled, rule, as_measured: distribution.standing(measured) }
        });
        Some(Simulated { at, draw, measured, ranked })
    };
    let components: Vec<Simulated<'_>> = draws.into_iter().enumerate().filter_map(simulated).collect();
    let mut random = generator(seed, patient_id);
    let mut contributions: [Vec<Option<f64>>; 3] = std::array::from_fn(|_| vec![None; usable.len()]);
    let mut scores: [Vec<f64>; 3] = std::array::from_fn(|_| Vec::with_capacity(replicates as usize));
    let mut shared = vec![1.0; usable.len()];
    for replicate in 0..replicates as usize {
        shared.fill(1.0);
        for component in &components {
            let counted = component.counted(replicate, &mut random, &mut shared);
            for (contributions, counted) in contributions.iter_mut().zip(counted) {
                contributions[component.at] = counted.map(|it| aggregation.contribution(component.at, it));
            }
        }
        for (scores, contributions) in scores.iter_mut().zip(&contributions) {
            scores.extend(aggregation.score(contributions));
        }
    }
    let [both, counting, of_reference] = scores;
    let drawn = |it: Vec<f64>| simulation.drawn(it, score);
    let of_counts = |it: Vec<f64>| sources.and_then(|_| drawn(it));
    let found = Uncertainty {
        both: of_counts(both),
        counting: of_counts(counting),
        reference: Some(of_reference).filter(|_| ranks_any).and_then(drawn),
    };
    (found.both.is_some() || found.reference.is_some()).then_some(found)
}

impl Simulation<'_> {
    /// What replicates of a score say; absent if there is none.
    fn drawn(&self, scores: Vec<f64>, score: f64) -> Option<Drawn> {
        let n = scores.len() as f64;
        let share = |scheme: &Scheme| {
            let mut times = vec![0_u32; scheme.classes.len()];
            for score in &scores {
                times[scheme.classify(*score)] += 1;
            }
            times.into_iter().map(|it| f64::from(it) / n).collect()
        };
        let probabilities = self.schemes.iter().map(share).collect();
        Some(Drawn { interval: interval(scores, score, self.grain)?, probabilities })
    }
}

/// A component whose measurement, or reference, is drawn anew.
struct Simulated<'a> {
    at: usize,
    /// Absent without counts.
    draw: Option<Draw>,
    measured: f64,
    ranked: Option<Ranked<'a>>,
}

impl Simulated<'_> {
    /// What it counts by in a replicate: by counting and reference, by counting alone, by the reference alone. The first two are
    /// absent without counts.
    fn counted(&self, replicate: usize, random: &mut Pcg64, shared: &mut [f64]) -> [Option<f64>; 3] {
        let value = self.draw.as_ref().map(|it| it.value(random, shared));
        let Some(Ranked { distribution, resampled, rule, as_measured }) = &self.ranked else {
            return [value, value, Some(self.measured)];
        };
        let in_sample = |it: Standing| resampled.percentile(replicate, self.at, it, *rule);
        let standing = value.map(|it| distribution.standing(it));
        [standing.map(in_sample), standing.map(|it| it.percentile(*rule).value()), Some(in_sample(*as_measured))]
    }
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
