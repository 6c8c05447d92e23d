//! The numbers that a score can be.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Aggregator, Measure, Protocol};

/// The numbers that a score can be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The lowest score there can be; absent if there is none.
    pub lower: Option<f64>,
    /// The highest score there can be; absent if there is none.
    pub upper: Option<f64>,
    /// Whether scores between two whole numbers exist.
    pub grain: Grain,
}

/// Whether scores between two whole numbers exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// Any number.
    Continuous,
    /// Whole numbers only.
    Whole,
}

/// What a high score is expected to mean for a patient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HighScore {
    /// Low risk.
    #[default]
    Favourable,
    /// High risk.
    Adverse,
}

impl HighScore {
    /// Whether it is what a protocol means if it does not say.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// A score as a risk: the higher, the sooner the event is expected.
    pub fn risk(self, score: f64) -> f64 {
        match self {
            Self::Favourable => -score,
            Self::Adverse => score,
        }
    }

    /// The risk that a high score counts as, in words.
    pub const fn counts_as(self) -> &'static str {
        match self {
            Self::Favourable => "low risk",
            Self::Adverse => "high risk",
        }
    }
}

impl Protocol {
    /// The numbers that the score can be.
    pub fn scale(&self) -> Scale {
        let specs = self.specs();
        let (lower, upper) = match self.aggregator {
            Aggregator::MeanPercentile => (Some(0.0), Some(100.0)),
            Aggregator::SumOfDichotomised => (Some(0.0), Some(specs.len() as f64)),
            Aggregator::WeightedSum => {
                let lower = specs.iter().all(|it| it.weight() > 0.0).then_some(0.0);
                let most = |it: &super::ComponentSpec| {
                    it.measure.most().or(it.highest).filter(|_| it.weight() > 0.0).map(|most| it.weight() * most)
                };
                (lower, self.cap.or_else(|| specs.iter().map(most).sum()))
            }
            Aggregator::Log2Ratio => (None, None),
            Aggregator::Rule => {
                // What no rule holds for scores 0.
                let scores = || self.rules.iter().map(|it| it.score).chain([0.0]);
                (Some(scores().fold(0.0, f64::min)), Some(scores().fold(0.0, f64::max)))
            }
        };
        let is_whole = |it: f64| it.fract() == 0.0;
        let grain = match self.aggregator {
            Aggregator::SumOfDichotomised => Grain::Whole,
            Aggregator::Rule if self.rules.iter().all(|it| is_whole(it.score)) => Grain::Whole,
            Aggregator::WeightedSum if specs.iter().all(|it| it.measure == Measure::Grade && is_whole(it.weight())) => {
                Grain::Whole
            }
            _ => Grain::Continuous,
        };
        Scale { lower, upper, grain }
    }

    /// What one point of the score is, as written behind a number.
    pub fn unit(&self) -> &str {
        let words = self.score_unit.as_deref();
        words.unwrap_or_else(|| match self.aggregator {
            Aggregator::MeanPercentile => "mean percentile",
            Aggregator::SumOfDichotomised => "components",
            Aggregator::WeightedSum => match self.specs().as_slice() {
                [one] if one.weight.is_none() => one.measure.unit(),
                _ => "points",
            },
            Aggregator::Log2Ratio => "log₂ of the ratio",
            Aggregator::Rule => "points",
        })
    }

    /// How many points of the score a hazard ratio is given for: 10 on scales of a hundred points, 1 on others.
    pub fn points_of_effect(&self) -> f64 {
        let Scale { lower, upper, .. } = self.scale();
        let is_wide = lower.zip(upper).is_some_and(|(lower, upper)| upper - lower >= 100.0);
        if is_wide { 10.0 } else { 1.0 }
    }
}
