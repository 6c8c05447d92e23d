//! Measurements of one patient to one number, by the aggregator of a protocol.
//!
//! With the value `v` of each component, its percentile `P` in the reference, its sign and its weight `w`:
//!
//! ```text
//! mean_percentile       Σ c / n             c = P, or 100 - P of an adverse component; see mean_percentile
//! sum_of_dichotomised   Σ c                 c = 1[high], or 1[not high] of an adverse component
//! weighted_sum          min(cap, Σ c)       c = w·v
//! log2_ratio            log2((a+c)/(b+c))   c = half the smallest value above 0 of the reference
//! rule                  the first rule that holds, else 0
//! ```
//!
//! A component is high if its value lies above its cut-off, or its percentile above that of its cut-off; equal ones count as
//! `high_when` says. All but the mean need every component: a sum, a ratio or a rule of fewer is another score.
//!
//! # References
//!
//! * Mlecnik B, Tosolini M, Kirilovsky A, et al. Histopathologic-based prognostic factors of colorectal cancers are
//!   associated with the state of the local immune reaction. *J Clin Oncol* 2011;29:610-618.
//!   doi:10.1200/JCO.2010.30.5425 (I0 to I4)
//! * The other scores are cited in the presets of [`crate::protocol`].

use super::mean_percentile;
use super::reference::Reference;
use crate::protocol::{Aggregator, CUT_TOLERANCE, ComponentSpec, HighWhen, Protocol, Sign};

/// The aggregator of a protocol, ready to be applied to many patients.
#[derive(Clone, Debug)]
pub struct Aggregation {
    aggregator: Aggregator,
    high_when: HighWhen,
    cap: f64,
    components: Vec<Parameters>,
    rules: Vec<CompiledRule>,
    /// What is added to both sides of a ratio.
    offset: f64,
}

/// What one component counts for.
#[derive(Clone, Copy, Debug)]
struct Parameters {
    sign: Sign,
    weight: f64,
    /// The cut-off, a percentile where the component is ranked.
    cutoff: f64,
    is_ranked: bool,
}

/// A rule whose components are their places.
#[derive(Clone, Debug)]
struct CompiledRule {
    score: f64,
    all_high: Vec<usize>,
    any_high: Vec<usize>,
}

impl Aggregation {
    /// The aggregator of a protocol that [lacks](Protocol::lacks) nothing, with a reference where it needs one.
    pub fn new(protocol: &Protocol, reference: Option<&Reference>) -> Self {
        let specs = protocol.specs();
        let names: Vec<String> = specs.iter().map(|it| it.component().to_string()).collect();
        let places =
            |asked: &[String]| asked.iter().filter_map(|it| names.iter().position(|name| name == it)).collect();
        let parameters = |it: &ComponentSpec| Parameters {
            sign: it.sign,
            weight: it.weight(),
            cutoff: it.cutoff_percentile.or(it.cutoff).unwrap_or(f64::INFINITY),
            is_ranked: protocol.ranks(it),
        };
        Self {
            aggregator: protocol.aggregator,
            high_when: protocol.high_when(),
            cap: protocol.cap.unwrap_or(f64::INFINITY),
            components: specs.iter().map(parameters).collect(),
            rules: protocol
                .rules
                .iter()
                .map(|it| CompiledRule {
                    score: it.score,
                    all_high: places(&it.all_high),
                    any_high: places(&it.any_high),
                })
                .collect(),
            offset: reference.map_or(0.0, |it| half_of_smallest(it, specs.len())),
        }
    }

    /// What is added to both sides of a ratio; absent if the score is none.
    pub fn offset(&self) -> Option<f64> {
        (self.aggregator == Aggregator::Log2Ratio).then_some(self.offset)
    }

    /// Whether a component counts by its percentile.
    pub fn is_ranked(&self, at: usize) -> bool {
        self.components[at].is_ranked
    }

    /// Whether any component does.
    pub fn ranks_any(&self) -> bool {
        self.components.iter().any(|it| it.is_ranked)
    }

    /// What a component adds to the score, from its value, or from its percentile where it [is ranked](Self::is_ranked):
    /// percentile points, 1 or 0, a weighted value, or one side of the logarithm.
    #[inline]
    pub fn contribution(&self, at: usize, value: f64) -> f64 {
        let it = &self.components[at];
        match self.aggregator {
            Aggregator::MeanPercentile if it.sign == Sign::Adverse => 100.0 - value,
            Aggregator::MeanPercentile => value,
            Aggregator::SumOfDichotomised => {
                let counts = self.is_high(it, value) != (it.sign == Sign::Adverse);
                f64::from(u8::from(counts))
            }
            Aggregator::Rule => f64::from(u8::from(self.is_high(it, value))),
            Aggregator::WeightedSum => it.weight * value,
            Aggregator::Log2Ratio => {
                let side = (value + self.offset).log2();
                if at == 0 { side } else { -side }
            }
        }
    }

    /// How far the value or percentile of a component lies above its cut-off, below it if negative; absent without a cut-off.
    ///
    /// METHOD: in percentile points or in the unit of the measure, as the component is read, so that there is a distance to a cut-off
    /// of 0, too. The sign of the component has no say: it is what was measured that is far or near.
    pub fn distance_to_cutoff(&self, at: usize, value: f64) -> Option<f64> {
        Some(value - self.components[at].cutoff).filter(|it| it.is_finite())
    }

    /// The score of what the components add; absent if it is not defined.
    ///
    /// `contributions` has one entry a component, absent where nothing can be used.
    #[inline]
    pub fn score(&self, contributions: &[Option<f64>]) -> Option<f64> {
        let n = contributions.iter().flatten().count();
        let sum = || contributions.iter().flatten().sum::<f64>();
        match self.aggregator {
            Aggregator::MeanPercentile => mean_percentile::of_points(contributions.iter().flatten().copied()),
            _ if n < contributions.len() => None,
            Aggregator::SumOfDichotomised => Some(sum()),
            Aggregator::WeightedSum => Some(sum().min(self.cap)),
            // METHOD: nothing over nothing says nothing; both sides would be c, and the ratio 1.
            Aggregator::Log2Ratio => Some(sum()).filter(|it| it.is_finite() && !self.is_nothing(contributions)),
            Aggregator::Rule => Some(self.by_rules(contributions)),
        }
    }

    /// Whether both sides of a ratio are 0.
    fn is_nothing(&self, contributions: &[Option<f64>]) -> bool {
        let nothing = self.offset.log2();
        let is = |at: usize, side: f64| contributions[at].is_some_and(|it| it.total_cmp(&side).is_eq());
        is(0, nothing) && is(1, -nothing)
    }

    /// The score of the first rule that holds.
    fn by_rules(&self, contributions: &[Option<f64>]) -> f64 {
        let is_high = |at: &usize| contributions[*at].is_some_and(|it| it > 0.5);
        let holds = |it: &&CompiledRule| {
            it.all_high.iter().all(is_high) && (it.any_high.is_empty() || it.any_high.iter().any(is_high))
        };
        self.rules.iter().find(holds).map_or(0.0, |it| it.score)
    }

    fn is_high(&self, component: &Parameters, value: f64) -> bool {
        match self.high_when {
            HighWhen::Above => value > component.cutoff + CUT_TOLERANCE,
            HighWhen::AtOrAbove => value >= component.cutoff - CUT_TOLERANCE,
        }
    }
}

/// METHOD: half the smallest value above 0, so that a zero has a ratio, and one that lies beyond those that were measured.
fn half_of_smallest(reference: &Reference, n_components: usize) -> f64 {
    let smallest = (0..n_components).filter_map(|at| reference.distribution(at).smallest_positive());
    smallest.fold(f64::INFINITY, f64::min) / 2.0
}
