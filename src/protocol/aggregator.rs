//! How components become one score.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How components become one score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Aggregator {
    /// Mean of the percentiles in the reference; an adverse component counts 100 less its percentile.
    #[default]
    MeanPercentile,
    /// Number of components that are high; an adverse one counts when it is not.
    SumOfDichotomised,
    /// Sum of the components, each times its weight; no more than `cap`.
    WeightedSum,
    /// Binary logarithm of the first component over the second.
    Log2Ratio,
    /// The score of the first of the `rules` that holds.
    Rule,
}

impl Aggregator {
    /// The word of the protocol file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::MeanPercentile => "mean_percentile",
            Self::SumOfDichotomised => "sum_of_dichotomised",
            Self::WeightedSum => "weighted_sum",
            Self::Log2Ratio => "log2_ratio",
            Self::Rule => "rule",
        }
    }

    /// Whether components are divided into high and low.
    pub const fn dichotomises(self) -> bool {
        matches!(self, Self::SumOfDichotomised | Self::Rule)
    }
}

/// Whether a component that is equal to its cut-off is high.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HighWhen {
    /// It is low.
    #[default]
    Above,
    /// It is high.
    AtOrAbove,
}

/// A score, and which components have to be high for it. Without conditions it always holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The score.
    pub score: f64,
    /// Components, such as `CD8 TUMOR`, that all have to be high.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all_high: Vec<String>,
    /// Components one of which has to be high.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any_high: Vec<String>,
}

impl Rule {
    /// Names of the components that it asks about.
    pub fn components(&self) -> impl Iterator<Item = &String> {
        self.all_high.iter().chain(&self.any_high)
    }
}
