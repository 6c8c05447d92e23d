//! The within-subject coefficient of variation: how far repeated measurements of one patient scatter.
//!
//! On logarithms, from the pooled variance within subjects `s_w²` on `ν = Σ (k_i - 1)` degrees of freedom:
//!
//! ```text
//! CV  = √(exp(s_w²) - 1)
//! CI    with s_w² replaced by ν s_w² / χ²_ν(0.975) and ν s_w² / χ²_ν(0.025)
//! ```
//!
//! A difference between readers or lots that all patients share counts as scatter here; it is the bias of the
//! [limits of agreement](super::limits_of_agreement). A subject with a density of 0 has no logarithm for it: all
//! measurements of this subject are left out, and the subject is counted.
//!
//! # References
//!
//! * Quan H, Shih WJ. Assessing reproducibility by the within-subject coefficient of variation with random effects models.
//!   *Biometrics* 1996;52:1195-1203. doi:10.2307/2532835
//! * Bland JM, Altman DG. Measurement error proportional to the mean. *BMJ* 1996;313:106.
//!   doi:10.1136/bmj.313.7049.106

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sample::{expect_measurements, sum_of_products};
use crate::error::Result;
use crate::survival::distributions::chi_square_lower_quantile;

/// Scatter of repeated measurements of a patient.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithinSubjectVariation {
    /// Subjects with two measurements or more, all positive: those analysed.
    #[schemars(range(min = 1))]
    pub n_subjects: usize,
    /// Subjects left out for a density of 0.
    pub n_with_zero: usize,
    /// Subjects left out for want of a second measurement.
    pub n_single: usize,
    /// Degrees of freedom of the variance within subjects.
    #[schemars(range(min = 1))]
    pub degrees_of_freedom: usize,
    /// Variance of logarithms within subjects.
    #[schemars(range(min = 0.0))]
    pub log_variance: f64,
    /// Coefficient of variation, as a share (0.1 is 10 %).
    #[schemars(range(min = 0.0))]
    pub coefficient_of_variation: f64,
    /// Lower end of its 95 % interval.
    #[schemars(range(min = 0.0))]
    pub lower: f64,
    /// Upper end of its 95 % interval; absent if there is practically none, as with few degrees of freedom.
    #[schemars(range(min = 0.0))]
    pub upper: Option<f64>,
}

/// Estimates the within-subject coefficient of variation from the densities of each subject.
///
/// Subjects may have different numbers of measurements. Absent if none has two or more, all positive.
///
/// # Errors
///
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a density is not finite or below 0.
///
/// # Examples
///
/// ```
/// use contexture::agreement::within_subject;
///
/// let found = within_subject::estimate(&[vec![100.0, 110.0], vec![300.0, 280.0], vec![0.0, 2.0]])?.unwrap();
/// assert_eq!((found.n_subjects, found.n_with_zero), (2, 1));
/// assert!((found.coefficient_of_variation - 0.0589).abs() < 1e-3);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(subjects: &[Vec<f64>]) -> Result<Option<WithinSubjectVariation>> {
    let [mut n_subjects, mut n_with_zero, mut n_single, mut degrees_of_freedom] = [0; 4];
    let mut sum = 0.0;
    for densities in subjects {
        expect_measurements("density of a subject", densities)?;
        if densities.iter().any(|&it| it <= 0.0) {
            n_with_zero += 1;
        } else if densities.len() < 2 {
            n_single += 1;
        } else {
            let logs: Vec<f64> = densities.iter().map(|it| it.ln()).collect();
            sum += sum_of_products(&logs, &logs);
            n_subjects += 1;
            degrees_of_freedom += logs.len() - 1;
        }
    }
    if n_subjects == 0 {
        return Ok(None);
    }
    let by = |divisor: f64| (sum / divisor).exp_m1().sqrt();
    Ok(Some(WithinSubjectVariation {
        n_subjects,
        n_with_zero,
        n_single,
        degrees_of_freedom,
        log_variance: sum / degrees_of_freedom as f64,
        coefficient_of_variation: by(degrees_of_freedom as f64),
        lower: by(chi_square_lower_quantile(0.975, degrees_of_freedom)),
        upper: Some(by(chi_square_lower_quantile(0.025, degrees_of_freedom))).filter(|it| it.is_finite()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identical_measurements_do_not_scatter() {
        let found = estimate(&[vec![3.0; 3], vec![8.0; 2]]).unwrap().unwrap();
        assert_eq!((found.degrees_of_freedom, found.log_variance), (3, 0.0));
        assert_eq!((found.coefficient_of_variation, found.lower, found.upper), (0.0, 0.0, Some(0.0)));
    }

    #[test]
    fn one_wide_pair_has_no_upper_end() {
        let found = estimate(&[vec![1.0, 5.0]]).unwrap().unwrap();
        assert!(found.lower < found.coefficient_of_variation && found.upper.is_none());
    }

    #[test]
    fn who_is_left_out_is_counted() {
        assert_eq!(estimate(&[]).unwrap(), None);
        assert_eq!(estimate(&[vec![1.0], vec![0.0, 1.0], vec![]]).unwrap(), None);
        let found = estimate(&[vec![1.0], vec![0.0, 1.0], vec![1.0, 2.0]]).unwrap().unwrap();
        assert_eq!((found.n_subjects, found.n_with_zero, found.n_single), (1, 1, 1));
        assert!(estimate(&[vec![-1.0]]).is_err());
    }
}
