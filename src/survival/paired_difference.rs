//! The difference between two measures of the same patients, and the test of several.
//!
//! Two measures that are estimated from the same patients rise and fall together, so their standard errors alone do not
//! say how well their difference is known. If a patient's influence on each is known, the difference has the difference
//! of influences:
//!
//! ```text
//! z  = (θ_1 - θ_2) / SE,    SE² = Var[θ_1] + Var[θ_2] - 2 Cov[θ_1, θ_2]
//! χ² = δ' (L V L')⁻¹ δ,     δ = L θ: the difference of each θ from the first         on k - 1 degrees of freedom
//! ```
//!
//! # References
//!
//! * `DeLong` ER, `DeLong` DM, Clarke-Pearson DL. Comparing the areas under two or more correlated receiver operating
//!   characteristic curves: a nonparametric approach. *Biometrics* 1988;44:837-845. doi:10.2307/2531595

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::chi_square::{ChiSquareTest, two_sided};
use super::cholesky::SymmetricMatrix;
use super::kaplan_meier::NORMAL_QUANTILE_975;

/// The first of two measures less the second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairedDifference {
    /// The first less the second.
    pub difference: f64,
    /// Standard error of `difference`, which allows for both being measured on the same patients.
    #[schemars(range(min = 0.0))]
    pub std_err: f64,
    /// Lower end of the 95 % interval of `difference`.
    pub lower: f64,
    /// Upper end of the 95 % interval of `difference`.
    pub upper: f64,
    /// `difference` in standard errors; absent if `std_err` is 0, as when a measure is compared with itself.
    pub z: Option<f64>,
    /// Two-sided p-value of `z`, in [0, 1]; absent with it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: Option<f64>,
}

impl PairedDifference {
    pub(super) fn new(difference: f64, std_err: f64) -> Self {
        let reach = NORMAL_QUANTILE_975 * std_err;
        let z = (std_err > 0.0).then(|| difference / std_err);
        Self { difference, std_err, lower: difference - reach, upper: difference + reach, z, p_value: z.map(two_sided) }
    }
}

/// Tests whether several differences are all zero; `None` if their covariance lacks rank.
pub(super) fn test_all_zero(differences: &[f64], covariance: &SymmetricMatrix) -> Option<ChiSquareTest> {
    ChiSquareTest::new(covariance.inverse_quadratic_form(differences)?, differences.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_of_nothing_has_no_test() {
        let none = PairedDifference::new(0.0, 0.0);
        assert_eq!((none.z, none.p_value, none.lower, none.upper), (None, None, 0.0, 0.0));
    }

    #[test]
    fn one_difference_is_tested_by_its_square() {
        let difference = PairedDifference::new(0.3, 0.1);
        let test = test_all_zero(&[0.3], &SymmetricMatrix::from_lower(1, |_, _| 0.01)).unwrap();
        assert!((test.chi_square - difference.z.unwrap().powi(2)).abs() < 1e-12);
        assert!((test.p_value - difference.p_value.unwrap()).abs() < 1e-15);
        assert_eq!(test_all_zero(&[0.3], &SymmetricMatrix::zeros(1)), None);
    }
}
