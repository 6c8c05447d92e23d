//! The reference values of one component.

use crate::error::{Error, Result};
use crate::model::{Density, Percentile, TieRule};

/// The densities of one component in a reference cohort, ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    values: Vec<f64>,
}

/// How many reference values lie below a density, and how many are equal to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Reference values below it, `L`.
    pub n_below: usize,
    /// Reference values equal to it, `E`.
    pub n_equal: usize,
    /// All reference values, `n`.
    pub n: usize,
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
        Ok(Self { values })
    }

    /// The densities, in cells/mm², ascending.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Where a density stands among the reference values.
    pub fn standing(&self, density: f64) -> Standing {
        let n_below = self.values.partition_point(|&it| it < density);
        let n_equal = self.values[n_below..].partition_point(|&it| it <= density);
        Standing { n_below, n_equal, n: self.values.len() }
    }

    /// Share of reference values that are 0, in [0, 1]: the tie rule matters where it is large.
    pub fn share_of_zeros(&self) -> f64 {
        self.values.partition_point(|&it| it <= 0.0) as f64 / self.values.len() as f64
    }
}

impl Standing {
    /// The percentile of the density, from 0 to 100.
    ///
    /// # References
    ///
    /// The published text of the consensus score does not say how ties count; `mid` is this project's default.
    pub fn percentile(self, rule: TieRule) -> Percentile {
        // METHOD: mid-rank by default; `leq` and `lt` are computed beside it, and a class that depends on it is flagged.
        let half_counts = match rule {
            TieRule::Mid => 2 * self.n_below + self.n_equal,
            TieRule::Leq => 2 * (self.n_below + self.n_equal),
            TieRule::Lt => 2 * self.n_below,
        };
        Percentile::of_half_counts(half_counts, self.n)
    }

    /// Whether the density is lower than every reference value.
    pub const fn is_below_all(self) -> bool {
        self.n_below == 0 && self.n_equal == 0
    }

    /// Whether the density is higher than every reference value.
    pub const fn is_above_all(self) -> bool {
        self.n_below == self.n
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whole percentiles come out exactly.
    #[track_caller]
    fn assert_percentile(standing: Standing, rule: TieRule, expected: f64) {
        let found = standing.percentile(rule).value();
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    fn golden() -> Distribution {
        Distribution::new(vec![10.0, 20.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0]).unwrap()
    }

    #[test]
    fn the_tie_rule_decides_what_an_equal_value_counts() {
        let standing = golden().standing(20.0);
        assert_percentile(standing, TieRule::Mid, 20.0);
        assert_percentile(standing, TieRule::Leq, 30.0);
        assert_percentile(standing, TieRule::Lt, 10.0);
    }

    #[test]
    fn a_value_outside_the_reference_is_clamped() {
        let (below, above) = (golden().standing(5.0), golden().standing(95.0));
        assert!(below.is_below_all() && !below.is_above_all());
        assert!(above.is_above_all() && !above.is_below_all());
        assert_percentile(below, TieRule::Mid, 0.0);
        assert_percentile(above, TieRule::Mid, 100.0);
    }

    #[test]
    fn mid_halves_what_leq_gives_to_a_zero() {
        let zeros = Distribution::new(vec![0.0, 0.0, 0.0, 0.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]).unwrap();
        assert_percentile(zeros.standing(0.0), TieRule::Mid, 20.0);
        assert_percentile(zeros.standing(0.0), TieRule::Leq, 40.0);
        assert!((zeros.share_of_zeros() - 0.4).abs() < 1e-12);
    }

    #[test]
    fn an_empty_or_broken_reference_is_refused() {
        assert!(Distribution::new(vec![]).is_err());
        assert!(Distribution::new(vec![1.0, f64::NAN]).is_err());
        assert!(Distribution::new(vec![1.0, -1.0]).is_err());
    }

    proptest! {
        #[test]
        fn percentiles_rise_with_the_density_and_the_rules_are_ordered(
            values in prop::collection::vec(0_u16..50, 1..60), a in 0_u16..60, b in 0_u16..60
        ) {
            let reference = Distribution::new(values.into_iter().map(f64::from).collect()).unwrap();
            let (low, high) = (f64::from(a.min(b)), f64::from(a.max(b)));
            for rule in [TieRule::Lt, TieRule::Mid, TieRule::Leq] {
                let percentile = |density| reference.standing(density).percentile(rule).value();
                prop_assert!(percentile(low) <= percentile(high));
                prop_assert!((0.0..=100.0).contains(&percentile(low)));
            }
            let standing = reference.standing(low);
            prop_assert!(standing.percentile(TieRule::Lt) <= standing.percentile(TieRule::Mid));
            prop_assert!(standing.percentile(TieRule::Mid) <= standing.percentile(TieRule::Leq));
        }
    }
}
