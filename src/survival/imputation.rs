//! Rubin's rules: one answer from several data sets in which missing values were filled in differently.
//!
//! A missing value is imputed `m` times, each completed data set is analyzed as if nothing had been missing, and the `m`
//! answers are pooled. With `Q_j` the estimates and `U_j` the squares of their standard errors:
//!
//! ```text
//! Q  = mean Q_j,   U = mean U_j,   B = Σ (Q_j - Q)² / (m - 1)          within and between imputations
//! T  = U + (1 + 1/m) B                                                 total variance, SE = √T       Rubin 1987
//! r  = (1 + 1/m) B / U,   λ = (1 + 1/m) B / T
//! ν  = (1/ν_m + 1/ν_o)⁻¹                                               degrees of freedom            Barnard 1999
//! ν_m = (m - 1) / λ²,     ν_o = (1 - λ) ν_c (ν_c + 1) / (ν_c + 3)      ν = ν_m if ν_c is infinite
//! γ  = (r + 2 / (ν + 3)) / (r + 1)                                     fraction of missing information
//! t  = Q / SE,  interval Q ± t_ν(0.975) SE
//! ```
//!
//! `ν_c` are the degrees of freedom that complete data would have had: for a Cox model its events less its coefficients.
//! Where imputations agree, `λ` is taken as 0.0001, as in the R package mice.
//!
//! Several estimates are tested together by `D_1` (Li, Raghunathan & Rubin 1991), which takes the share of missing
//! information to be the same for all, so that `m` may be smaller than their number `k`:
//!
//! ```text
//! r   = (1 + 1/m) tr(B U⁻¹) / k
//! D_1 = Q' U⁻¹ Q / (k (1 + r))          F on k and ν degrees of freedom, ν of Li 1991, or of Reiter 2007 if ν_c is finite
//! ```
//!
//! # References
//!
//! * Rubin DB. *Multiple Imputation for Nonresponse in Surveys.* Wiley, 1987. doi:10.1002/9780470316696
//! * Barnard J, Rubin DB. Small-sample degrees of freedom with multiple imputation. *Biometrika* 1999;86:948-955.
//!   doi:10.1093/biomet/86.4.948
//! * Li KH, Raghunathan TE, Rubin DB. Large-sample significance levels from multiply imputed data using moment-based
//!   statistics and an F reference distribution. *J Am Stat Assoc* 1991;86:1065-1073. doi:10.1080/01621459.1991.10475152
//! * Reiter JP. Small-sample degrees of freedom for multi-component significance tests with multiple imputation for
//!   missing data. *Biometrika* 2007;94:502-508. doi:10.1093/biomet/asm028

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cholesky::{Cholesky, SymmetricMatrix};
use super::cohort::expect_length;
use super::distributions::{fisher_upper_tail, student_critical_value, student_two_sided};
use crate::error::{Error, Result};

pub use self::models::{PooledCoefficient, PooledCoxModel, pool_models};

mod models;

/// The smallest share of the variance that imputations are said to add; mice's.
const SMALLEST_SHARE: f64 = 1e-4;

/// An estimate pooled over imputations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pooled {
    /// Mean of the estimates.
    pub estimate: f64,
    /// Standard error of `estimate`.
    #[schemars(range(min = 0.0))]
    pub std_err: f64,
    /// Mean of the variances of the imputed data sets.
    #[schemars(range(min = 0.0))]
    pub within_variance: f64,
    /// Variance of the estimates between imputations.
    #[schemars(range(min = 0.0))]
    pub between_variance: f64,
    /// By what share missing values raise the variance.
    #[schemars(range(min = 0.0))]
    pub relative_increase: f64,
    /// Share of the information that missing values take.
    #[schemars(range(min = 0.0))]
    pub fraction_missing: f64,
    /// Degrees of freedom of Student's t distribution.
    #[schemars(range(min = 0.0))]
    pub degrees_of_freedom: f64,
    /// Lower end of the 95 % interval of `estimate`.
    pub lower: f64,
    /// Upper end of the 95 % interval of `estimate`.
    pub upper: f64,
    /// `estimate` in standard errors.
    pub t: f64,
    /// Two-sided p-value of `t`, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: f64,
}

/// A test of several estimates, pooled over imputations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PooledTest {
    /// The statistic `D_1`.
    #[schemars(range(min = 0.0))]
    pub f: f64,
    /// Number of estimates: degrees of freedom of the numerator.
    pub numerator_degrees_of_freedom: usize,
    /// Degrees of freedom of the denominator.
    #[schemars(range(min = 0.0))]
    pub denominator_degrees_of_freedom: f64,
    /// By what share missing values raise the variance, on average over the estimates.
    #[schemars(range(min = 0.0))]
    pub relative_increase: f64,
    /// Probability of a larger statistic if all estimates are 0 in truth, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: f64,
}

/// Pools one estimate over imputations: one value and one standard error per imputed data set.
///
/// `complete_degrees_of_freedom` are those of the same analysis without missing values; absent if they are infinite.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one standard error per estimate.
/// * [`Error::Unanswerable`] if there are fewer than two imputations.
/// * [`Error::OutOfRange`] if an estimate is not finite, or a standard error or the degrees of freedom are not positive.
///
/// # Examples
///
/// ```
/// use contexture::survival::imputation;
///
/// let log_hazard_ratios = [0.41, 0.38, 0.52, 0.45, 0.40];
/// let pooled = imputation::pool(&log_hazard_ratios, &[0.20; 5], Some(118.0))?;
/// assert!(pooled.std_err > 0.20 && pooled.lower < 0.43 && pooled.upper > 0.43);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn pool(estimates: &[f64], std_errs: &[f64], complete_degrees_of_freedom: Option<f64>) -> Result<Pooled> {
    check_imputations(estimates.len(), complete_degrees_of_freedom)?;
    expect_length("standard errors", estimates.len(), std_errs.len())?;
    check_finite(estimates)?;
    if let Some(&value) = std_errs.iter().find(|it| !(it.is_finite() && **it > 0.0)) {
        return Err(Error::OutOfRange { quantity: "standard error", expected: "a finite number above 0", value });
    }
    let m = estimates.len() as f64;
    let estimate = estimates.iter().sum::<f64>() / m;
    let within_variance = std_errs.iter().map(|it| it * it).sum::<f64>() / m;
    let between_variance = estimates.iter().map(|it| (it - estimate) * (it - estimate)).sum::<f64>() / (m - 1.0);
    let added = (1.0 + 1.0 / m) * between_variance;
    let variance = within_variance + added;
    let relative_increase = added / within_variance;

    // METHOD: The floor is mice's; it keeps the degrees of freedom finite where imputations agree.
    let share = (added / variance).max(SMALLEST_SHARE);
    let of_imputations = (m - 1.0) / (share * share);
    let degrees_of_freedom = complete_degrees_of_freedom.map_or(of_imputations, |complete| {
        let observed = (complete + 1.0) / (complete + 3.0) * complete * (1.0 - share);
        of_imputations * observed / (of_imputations + observed)
    });
    let std_err = variance.sqrt();
    let t = estimate / std_err;
    let reach = student_critical_value(degrees_of_freedom) * std_err;
    Ok(Pooled {
        estimate,
        std_err,
        within_variance,
        between_variance,
        relative_increase,
        fraction_missing: (relative_increase + 2.0 / (degrees_of_freedom + 3.0)) / (relative_increase + 1.0),
        degrees_of_freedom,
        lower: estimate - reach,
        upper: estimate + reach,
        t,
        p_value: student_two_sided(t, degrees_of_freedom),
    })
}

/// Tests whether several estimates are all zero, pooled over imputations by `D_1`.
///
/// One row of estimates and one covariance matrix by row per imputed data set; `complete_degrees_of_freedom` as in [`pool`].
/// `None` if there are no estimates, or the mean covariance lacks rank; and if one estimate of few imputations, or few
/// degrees of freedom of complete data, leave the denominator without any.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if imputations differ in their number of estimates, or a covariance matrix is not square.
/// * [`Error::Unanswerable`] if there are fewer than two imputations.
/// * [`Error::OutOfRange`] if a number is not finite, or the degrees of freedom are not positive.
pub fn pool_test(
    estimates: &[Vec<f64>],
    covariances: &[Vec<Vec<f64>>],
    complete_degrees_of_freedom: Option<f64>,
) -> Result<Option<PooledTest>> {
    check_imputations(estimates.len(), complete_degrees_of_freedom)?;
    expect_length("covariance matrices", estimates.len(), covariances.len())?;
    let n_estimates = estimates.first().map_or(0, Vec::len);
    for (estimates, covariance) in estimates.iter().zip(covariances) {
        expect_length("estimates of an imputation", n_estimates, estimates.len())?;
        expect_length("rows of a covariance matrix", n_estimates, covariance.len())?;
        check_finite(estimates)?;
        for row in covariance {
            expect_length("columns of a covariance matrix", n_estimates, row.len())?;
            check_finite(row)?;
        }
    }
    let (m, k) = (estimates.len() as f64, n_estimates as f64);
    let mean: Vec<f64> = (0..n_estimates).map(|at| estimates.iter().map(|it| it[at]).sum::<f64>() / m).collect();
    let within = SymmetricMatrix::from_lower(n_estimates, |row, column| {
        covariances.iter().map(|it| it[row][column]).sum::<f64>() / m
    });
    let factor = Cholesky::of(&within);
    if n_estimates == 0 || factor.rank() < n_estimates {
        return Ok(None);
    }
    let quadratic = |vector: &[f64]| factor.solve(vector).iter().zip(vector).map(|(a, b)| a * b).sum::<f64>();
    // The trace of B U⁻¹ is the sum of the quadratic forms of the deviations.
    let deviation = |it: &Vec<f64>| quadratic(&it.iter().zip(&mean).map(|(a, b)| a - b).collect::<Vec<f64>>());
    let trace = estimates.iter().map(deviation).sum::<f64>() / (m - 1.0);
    let relative_increase = (1.0 + 1.0 / m) * trace / k;
    let f = quadratic(&mean) / (k * (1.0 + relative_increase));
    let Some(denominator) = denominator(k, m, relative_increase, complete_degrees_of_freedom) else {
        return Ok(None);
    };
    Ok(Some(PooledTest {
        f,
        numerator_degrees_of_freedom: n_estimates,
        denominator_degrees_of_freedom: denominator,
        relative_increase,
        p_value: fisher_upper_tail(f, k, denominator),
    }))
}

/// Degrees of freedom of the denominator of `D_1`; `None` if none are left.
fn denominator(k: f64, m: f64, r: f64, complete: Option<f64>) -> Option<f64> {
    let t = k * (m - 1.0);
    // METHOD: Neither formula bounds them where imputations agree; the floor of one estimate does.
    let r = r.max(SMALLEST_SHARE);
    let Some(complete) = complete else {
        let found = if t > 4.0 {
            4.0 + (t - 4.0) * (1.0 + (1.0 - 2.0 / t) / r).powi(2)
        } else {
            t * (1.0 + 1.0 / k) * (1.0 + 1.0 / r).powi(2) / 2.0
        };
        return Some(found);
    };
    let a = r * t / (t - 2.0);
    let b = 1.0 + a;
    let observed = (complete + 1.0) / (complete + 3.0) * complete;
    let (c0, c1, c2) = (1.0 / (t - 4.0), observed - 2.0 * b, observed - 4.0 * b);
    if t <= 4.0 || c2 <= 0.0 {
        return None;
    }
    let z = 1.0 / c2
        + c0 * (a * a * c1 / (b * b * c2))
        + c0 * (8.0 * a * a * c1 / (b * c2 * c2) + 4.0 * a * a / (b * c2))
        + c0 * (4.0 * a * a / (c2 * c1) + 16.0 * a * a * c1 / c2.powi(3))
        + c0 * (8.0 * a * a / (c2 * c2));
    Some(4.0 + 1.0 / z)
}

fn check_imputations(n_imputations: usize, complete_degrees_of_freedom: Option<f64>) -> Result<()> {
    if n_imputations < 2 {
        let problem = format!("pooling needs two imputations or more, found {n_imputations}; impute more often");
        return Err(Error::Unanswerable { problem });
    }
    match complete_degrees_of_freedom {
        Some(value) if !(value.is_finite() && value > 0.0) => Err(Error::OutOfRange {
            quantity: "degrees of freedom of complete data",
            expected: "a finite number above 0",
            value,
        }),
        _ => Ok(()),
    }
}

fn check_finite(values: &[f64]) -> Result<()> {
    match values.iter().find(|it| !it.is_finite()) {
        Some(&value) => Err(Error::OutOfRange { quantity: "estimate to pool", expected: "a finite number", value }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
