//! Cutting a marker in two: searches for the best cut, and what is left of it after correction.
//!
//! | module | what |
//! | --- | --- |
//! | [`search`](search()) | the best cut of a marker, with corrected p-value, interval of the cut, and shrunken effects |
//! | [`markers`] | the same for several markers, corrected for their number |
//! | [`two_cuts`] | three groups by the best two cuts |
//! | [`fixed`] | groups by cuts that were fixed beforehand, and need no correction |
//! | [`scan`] | the log-rank test at every cut |
//! | [`maxstat`] | maximally selected rank statistics, as R's maxstat; their [`scores`] |
//! | [`p_values`], [`exact_gauss`] | p-values of the largest statistic by formula |
//! | [`ExactBound`] | a bound of its exact p-value in small samples, by counting |
//!
//! Every result has a [`CutOrigin`]. One that was searched over the outcomes holds no p-value and no interval that takes its
//! cut for given; how wrong these would be is measured in `docs/methods/cutpoints.md`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod candidates;
mod continuous;
mod cross_validation;
pub mod exact_gauss;
pub mod fixed;
mod hothorn_lausen;
pub mod markers;
pub mod maxstat;
pub mod p_values;
mod permutation;
mod resampling;
mod risk_sets;
pub mod scan;
pub mod scores;
mod search;
pub mod two_cuts;

pub use candidates::CandidateRange;
pub use continuous::{ContinuousEffect, HazardRatio};
pub use cross_validation::{CrossValidated, Deals};
pub use hothorn_lausen::ExactBound;
pub use permutation::PermutationTest;
pub use resampling::CutInterval;
pub use scores::TiedRank;
pub use search::{CutEffect, Search, SearchSettings, Shrunken, search};

/// Where a cut comes from, on which depends what may be said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CutOrigin {
    /// Given before looking at these patients: p-values and intervals need no correction.
    Given,
    /// Taken from the distribution of the marker, without looking at outcomes: they need no correction.
    MarkerAlone,
    /// Chosen for its difference in outcome: they are wrong unless they allow for the search.
    SearchedOverOutcomes,
}

#[cfg(test)]
mod simulations;
