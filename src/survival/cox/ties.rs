//! How events at the same time are treated.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How events at the same time are treated.
///
/// Without ties all three are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ties {
    /// The patients with the event leave the risk set in equal parts (Efron 1977); the default of R.
    #[default]
    Efron,
    /// All of them are at risk in each of their events (Breslow 1974).
    Breslow,
    /// The probability that, of all sets of as many patients at risk, it were these (Cox 1972): time is discrete.
    Exact,
}
