//! How much was measured, in the unit of its measure.

use super::Density;
use crate::error::{Error, Result};

/// What was measured of a component: cells/mm², cells, percent or a grade, as its measure says; finite and not negative.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Amount(f64);

impl Amount {
    /// `part` of `whole`, in percent; absent if there is no whole.
    pub fn percent(part: f64, whole: f64) -> Option<Self> {
        Self::try_from(100.0 * part / whole).ok().filter(|_| whole > 0.0)
    }

    /// The number, in the unit of the measure.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl From<Density> for Amount {
    fn from(density: Density) -> Self {
        Self(density.cells_per_mm2())
    }
}

impl TryFrom<f64> for Amount {
    type Error = Error;

    fn try_from(value: f64) -> Result<Self> {
        if value.is_finite() && value >= 0.0 {
            Ok(Self(value))
        } else {
            Err(Error::OutOfRange { quantity: "measurement", expected: "a finite number, 0 or more", value })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_nothing_is_undefined() {
        assert_eq!(Amount::percent(0.0, 0.0), None);
        assert_eq!(Amount::percent(1.0, 4.0).map(Amount::get), Some(25.0));
    }

    #[test]
    fn an_amount_is_finite_and_not_negative() {
        for wrong in [-0.1, f64::NAN, f64::INFINITY] {
            assert!(Amount::try_from(wrong).is_err(), "{wrong}");
        }
    }
}
