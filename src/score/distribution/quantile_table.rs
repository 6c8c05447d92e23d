//! A reference without its patients: means of groups of them.
//!
//! The values `x_1 ≤ … ≤ x_n` are cut into `K` groups of neighbours, as equal in size as can be. Group `k` holds the places
//! `s_k + 1 … e_k`, and stands in the table as
//!
//! ```text
//! q_k = mean of x over the group           a density
//! p_k = 100 (s_k + e_k) / (2 n)            its percentile, the middle of the group
//! ```
//!
//! so that no density of one patient is in the file. The percentile of a density `d` is read off by linear interpolation
//! between `(q_k, p_k)`. Below `q_1` and above `q_K` it is `p_1` and `p_K`, and the density is flagged: a table does not know
//! how its ends go on. Where several `q_k` equal `d`, as groups of zeros do, equal values reach from the lowest of their
//! `p_k` to the highest, and the tie rule `mid` takes the middle.
//!
//! # References
//!
//! * Domingo-Ferrer J, Mateo-Sanz JM. Practical data-oriented microaggregation for statistical disclosure control. *IEEE
//!   Trans Knowl Data Eng* 2002;14:189-201. doi:10.1109/69.979982

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Side, Standing};
use crate::error::{Error, Result};

/// Fewer patients than this in a group would let its mean tell of one of them.
pub const FEWEST_PER_GROUP: usize = 5;

/// Densities at percentiles of a reference cohort.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuantileTable {
    /// Values that it was made of.
    pub n: usize,
    /// Share of values that are 0, in [0, 1].
    pub share_of_zeros: f64,
    /// Percentiles, from 0 to 100, each higher than the one before.
    pub percentiles: Vec<f64>,
    /// The density at each of them, in cells/mm², none lower than the one before.
    pub densities: Vec<f64>,
}

impl QuantileTable {
    /// A table of `n_groups` groups of ascending values.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`] if there are fewer than two groups, or a group would have fewer than [`FEWEST_PER_GROUP`] values.
    pub fn of_values(ascending: &[f64], n_groups: usize) -> Result<Self> {
        let n = ascending.len();
        if n_groups < 2 || n / n_groups < FEWEST_PER_GROUP {
            return Err(Error::Unanswerable {
                problem: format!(
                    "{n} values cannot make a table of {n_groups} quantiles: each stands for {FEWEST_PER_GROUP} patients or \
                     more, so that none can be told from it; ask for 2 to {} quantiles, or keep the values",
                    n / FEWEST_PER_GROUP
                ),
            });
        }
        let start = |group: usize| group * n / n_groups;
        let groups = (0..n_groups).map(|it| (start(it), start(it + 1)));
        Ok(Self {
            n,
            share_of_zeros: ascending.partition_point(|&it| it <= 0.0) as f64 / n as f64,
            percentiles: groups.clone().map(|(start, end)| 100.0 * ((start + end) as f64 / 2.0) / n as f64).collect(),
            densities: groups.map(|(start, end)| mean(&ascending[start..end])).collect(),
        })
    }

    pub(super) fn check(&self) -> Result<()> {
        let Self { n, share_of_zeros, percentiles, densities } = self;
        let problem = if percentiles.len() < 2 || percentiles.len() != densities.len() {
            format!("{} percentiles and {} densities; expected two or more of each", percentiles.len(), densities.len())
        } else if !percentiles.is_sorted_by(|a, b| a < b) || percentiles.iter().any(|it| !(0.0..=100.0).contains(it)) {
            "percentiles that do not ascend from 0 to 100".to_owned()
        } else if !densities.is_sorted() || densities.iter().any(|it| !it.is_finite() || *it < 0.0) {
            "densities that are no numbers of 0 or more, ascending".to_owned()
        } else if !(0.0..=1.0).contains(share_of_zeros) || *n < densities.len() {
            format!("{n} values and a share of zeros of {share_of_zeros}")
        } else {
            return Ok(());
        };
        Err(Error::Unanswerable { problem: format!("its table of quantiles has {problem}") })
    }

    pub(super) fn standing(&self, density: f64) -> Standing {
        let Self { n, percentiles, densities, .. } = self;
        let (n, last) = (*n, densities.len() - 1);
        let at = |lower, upper, side| Standing::Interpolated { lower, upper, n, side };
        let start = densities.partition_point(|&it| it < density);
        let end = densities.partition_point(|&it| it <= density);
        if start < end {
            return at(percentiles[start], percentiles[end - 1], Side::Within);
        }
        // METHOD: no extrapolation: beyond its ends a table gives the percentile of the end, and a flag.
        if start == 0 {
            return at(percentiles[0], percentiles[0], Side::Below);
        }
        if start > last {
            return at(percentiles[last], percentiles[last], Side::Above);
        }
        let share = (density - densities[start - 1]) / (densities[start] - densities[start - 1]);
        let percentile = percentiles[start - 1] + share * (percentiles[start] - percentiles[start - 1]);
        at(percentile, percentile, Side::Within)
    }

    /// The density at a percentile; those of the ends outside of the table.
    pub(super) fn density(&self, percentile: f64) -> f64 {
        let Self { percentiles, densities, .. } = self;
        let above = percentiles.partition_point(|&it| it < percentile);
        if above == 0 || above == percentiles.len() {
            return densities[above.min(percentiles.len() - 1)];
        }
        let share = (percentile - percentiles[above - 1]) / (percentiles[above] - percentiles[above - 1]);
        densities[above - 1] + share * (densities[above] - densities[above - 1])
    }
}

/// The mean of ascending values; that of equal ones is exactly each of them, so that ties stay ties.
fn mean(ascending: &[f64]) -> f64 {
    let (lowest, highest) = (ascending[0], ascending[ascending.len() - 1]);
    (ascending.iter().sum::<f64>() / ascending.len() as f64).clamp(lowest, highest)
}
