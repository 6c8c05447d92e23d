//! Where a value stands among the values of a reference cohort.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A percentile, from 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "f64", into = "f64")]
#[schemars(extend("minimum" = 0.0, "maximum" = 100.0))]
pub struct Percentile(f64);

impl Percentile {
    /// `part` of `n`, in percent; `part` may count halves, so that ties can be shared.
    pub(crate) fn of_counts(part: f64, n: u32) -> Self {
        Self(100.0 * part / f64::from(n))
    }

    /// The percentile, from 0 to 100.
    pub const fn value(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Percentile {
    type Error = Error;

    fn try_from(value: f64) -> Result<Self> {
        if (0.0..=100.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(Error::OutOfRange { quantity: "percentile", expected: "0 to 100", value })
        }
    }
}

impl From<Percentile> for f64 {
    fn from(percentile: Percentile) -> Self {
        percentile.0
    }
}

/// What a reference value equal to the measured one counts for.
///
/// With `L` reference values below the measured density, `E` equal to it, and `n` in all:
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TieRule {
    /// `100 (L + E/2) / n`.
    #[default]
    Mid,
    /// `100 (L + E) / n`, R's `ecdf`.
    Leq,
    /// `100 L / n`.
    Lt,
}
