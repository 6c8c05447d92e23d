//! The reference values of one component.

mod quantile_table;
mod slots;
#[cfg(test)]
mod tests;

pub use quantile_table::{FEWEST_PER_GROUP, QuantileTable};
use slots::Slots;

use crate::error::{Error, Result};
use crate::model::{Density, Percentile, TieRule};

/// The densities of one component in a reference cohort: each of them, or a table of quantiles.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    form: Form,
}

#[derive(Clone, Debug, PartialEq)]
enum Form {
    /// Every value, ascending, and where to look for one.
    Values(Vec<f64>, Slots),
    /// Means of groups of patients.
    Quantiles(QuantileTable),
}

/// Where a density stands in a reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing {
    /// Counted among the reference values.
    Counted {
        /// Reference values below it, `L`.
        n_below: u32,
        /// Reference values equal to it, `E`.
        n_equal: u32,
        /// All reference values, `n`.
        n: u32,
    },
    /// Read off a table of quantiles.
    Interpolated {
        /// Percentile where values equal to it begin, from 0 to 100.
        lower: f64,
        /// Percentile where they end; the same as `lower` but on a flat piece of the table.
        upper: f64,
        /// Reference values that the table was made of.
        n: usize,
        /// Whether the density lies outside of the table, which is not extrapolated.
        side: Side,
    },
}

/// Where a density lies beside a table of quantiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Below its lowest density.
    Below,
    /// From its lowest to its highest density.
    Within,
    /// Above its highest density.
    Above,
}

impl Distribution {
    /// The densities of a reference cohort, in any order.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] if there is none, or one of them is not finite or is negative.
    pub fn new(mut values: Vec<f64>) -> Result<Self> {
        if values.is_empty() {
            return Err(Error::OutOfRange {
                quantity: "number of reference values",
                expected: "1 or more",
                value: 0.0,
            });
        }
        for &value in &values {
            Density::try_from(value)?;
        }
        values.sort_by(f64::total_cmp);
        let slots = Slots::new(&values);
        Ok(Self { form: Form::Values(values, slots) })
    }

    /// A table of quantiles.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`] if its rows are none, differ in number, do not ascend or are out of range.
    pub fn of_quantiles(table: QuantileTable) -> Result<Self> {
        table.check()?;
        Ok(Self { form: Form::Quantiles(table) })
    }

    /// Number of reference values.
    pub const fn n(&self) -> usize {
        match &self.form {
            Form::Values(values, _) => values.len(),
            Form::Quantiles(table) => table.n,
        }
    }

    /// The densities, in cells/mm², ascending; absent for a table of quantiles, which does not hold them.
    pub fn values(&self) -> Option<&[f64]> {
        match &self.form {
            Form::Values(values, _) => Some(values),
            Form::Quantiles(_) => None,
        }
    }

    /// Where a density stands among the reference values.
    #[inline]
    pub fn standing(&self, density: f64) -> Standing {
        match &self.form {
            Form::Values(values, slots) => {
                let (start, near) = slots.around(density, values);
                let n_lower = near.partition_point(|&it| it < density);
                let n_equal = near[n_lower..].partition_point(|&it| it <= density);
                Standing::Counted { n_below: start + few(n_lower), n_equal: few(n_equal), n: few(values.len()) }
            }
            Form::Quantiles(table) => table.standing(density),
        }
    }

    /// The density at a percentile from 0 to 100, in cells/mm²: R's type 7 among values; in a table by linear
    /// interpolation, and its ends outside of it.
    pub fn quantile(&self, percentile: f64) -> f64 {
        match &self.form {
            Form::Values(values, _) => {
                let position = percentile.clamp(0.0, 100.0) / 100.0 * (values.len() - 1) as f64;
                let below = values[whole(position.floor())];
                let above = values[whole(position.ceil())];
                below + position.fract() * (above - below)
            }
            Form::Quantiles(table) => table.density(percentile),
        }
    }

    /// Share of reference values that are 0, in [0, 1]: the tie rule matters where it is large.
    pub fn share_of_zeros(&self) -> f64 {
        match &self.form {
            Form::Values(values, _) => values.partition_point(|&it| it <= 0.0) as f64 / values.len() as f64,
            Form::Quantiles(table) => table.share_of_zeros,
        }
    }

    /// The lowest density above 0, in cells/mm²; absent if there is none, or for a table of quantiles.
    pub fn smallest_positive(&self) -> Option<f64> {
        let values = self.values()?;
        values.get(values.partition_point(|&it| it <= 0.0)).copied()
    }

    /// Share of the reference values that the most frequent density above 0 has, in [0, 1]; absent for a table of
    /// quantiles.
    pub fn largest_tie(&self) -> Option<f64> {
        let values = self.values()?;
        let positive = &values[values.partition_point(|&it| it <= 0.0)..];
        let most = positive.chunk_by(|a, b| a.total_cmp(b).is_eq()).map(<[f64]>::len).max().unwrap_or(0);
        Some(most as f64 / values.len() as f64)
    }
}

/// A number of values.
#[expect(clippy::cast_possible_truncation, reason = "checked where a distribution is made")]
const fn few(count: usize) -> u32 {
    count as u32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of the values")]
const fn whole(position: f64) -> usize {
    position as usize
}

impl Standing {
    /// The percentile of the density, from 0 to 100.
    ///
    /// # References
    ///
    /// The published text of the consensus score does not say how ties count; `mid` is this project's default.
    #[inline]
    pub fn percentile(self, rule: TieRule) -> Percentile {
        // METHOD: mid-rank by default; `leq` and `lt` are computed beside it, and a class that depends on it is flagged.
        match self {
            Self::Counted { n_below, n_equal, n } => {
                let (below, equal) = (f64::from(n_below), f64::from(n_equal));
                let part = match rule {
                    TieRule::Mid => below + equal / 2.0,
                    TieRule::Leq => below + equal,
                    TieRule::Lt => below,
                };
                Percentile::of_counts(part, n)
            }
            Self::Interpolated { lower, upper, .. } => {
                let percentile = match rule {
                    TieRule::Mid => f64::midpoint(lower, upper),
                    TieRule::Leq => upper,
                    TieRule::Lt => lower,
                };
                Percentile::try_from(percentile).expect("the percentiles of a checked table lie between 0 and 100")
            }
        }
    }

    /// Whether the density is lower than every reference value that is known.
    pub const fn is_below_all(self) -> bool {
        match self {
            Self::Counted { n_below, n_equal, .. } => n_below == 0 && n_equal == 0,
            Self::Interpolated { side, .. } => matches!(side, Side::Below),
        }
    }

    /// Whether the density is higher than every reference value that is known.
    pub const fn is_above_all(self) -> bool {
        match self {
            Self::Counted { n_below, n, .. } => n_below == n,
            Self::Interpolated { side, .. } => matches!(side, Side::Above),
        }
    }

    /// Patients of the reference below the density, and with those equal to it; parts of patients where it is read off a
    /// table.
    pub(super) fn patients_below_and_through(self) -> (f64, f64) {
        match self {
            Self::Counted { n_below, n_equal, .. } => (f64::from(n_below), f64::from(n_below + n_equal)),
            Self::Interpolated { lower, upper, n, .. } => {
                let patients = |percentile: f64| (percentile / 100.0 * n as f64).min(n as f64);
                (patients(lower), patients(upper))
            }
        }
    }
}
