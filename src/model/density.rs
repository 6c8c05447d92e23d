//! How many cells there are on a square millimetre of tissue.

use super::Area;
use crate::error::{Error, Result};

/// A density of cells, in cells per square millimetre of tissue: finite and not negative.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Density(f64);

impl Density {
    /// `n_cells` counted on `area`.
    ///
    /// # Examples
    ///
    /// ```
    /// use contexture::model::{Area, Density};
    ///
    /// let density = Density::from_count(300, Area::try_from(1.5)?);
    /// assert_eq!(density.cells_per_mm2(), 200.0);
    /// # Ok::<(), contexture::error::Error>(())
    /// ```
    pub fn from_count(n_cells: u64, area: Area) -> Self {
        Self(n_cells as f64 / area.mm2())
    }

    /// The density in cells/mm².
    pub const fn cells_per_mm2(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Density {
    type Error = Error;

    fn try_from(cells_per_mm2: f64) -> Result<Self> {
        if cells_per_mm2.is_finite() && cells_per_mm2 >= 0.0 {
            Ok(Self(cells_per_mm2))
        } else {
            Err(Error::OutOfRange {
                quantity: "density (cells/mm²)",
                expected: "a finite number, 0 or more",
                value: cells_per_mm2,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_density_is_finite_and_not_negative() {
        for wrong in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(Density::try_from(wrong).is_err(), "{wrong}");
        }
        assert!(Density::try_from(0.0).is_ok(), "zero is a measurement");
    }

    #[test]
    fn an_area_is_greater_than_zero() {
        for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Area::try_from(wrong).is_err(), "{wrong}");
        }
    }
}
