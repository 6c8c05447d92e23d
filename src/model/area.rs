//! The area of tissue that was analysed.

use crate::error::{Error, Result};

/// An area of tissue in square millimetres: finite and greater than 0.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Area(f64);

impl Area {
    /// The area in mm².
    pub const fn mm2(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Area {
    type Error = Error;

    fn try_from(mm2: f64) -> Result<Self> {
        if mm2.is_finite() && mm2 > 0.0 {
            Ok(Self(mm2))
        } else {
            Err(Error::OutOfRange {
                quantity: "tissue area (mm²)",
                expected: "a finite number greater than 0",
                value: mm2,
            })
        }
    }
}
