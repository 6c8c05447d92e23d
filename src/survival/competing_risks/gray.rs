//! Gray's test: do groups differ in the cumulative incidence of a cause?
//!
//! The log-rank test of a cause compares its hazards among those still free of every cause. Gray's test compares the
//! hazards of the *subdistribution*, whose risk set keeps the patients who have met another cause. With `r_k` patients of
//! group `k` at risk at a time, `d_k` of them with the event of the cause, `S_k` the Kaplan-Meier estimate of the time to
//! any event and `F_k` the cumulative incidence in the group, all just before that time,
//!
//! ```text
//! R_k  = r_k (1 - F_k) / S_k                                 patients at risk of the cause, others included
//! z_k  = Σ (1 - F)^ρ (d_k - d R_k / Σ R_l)                   Gray 1988, §2
//! F(t) = Σ d / Σ_l (r_l / S_l)                               the common incidence if there is no difference
//! χ²   = z' V⁻¹ z                                            one group left out
//! ```
//!
//! and `V` as Gray gives it: with `h_k = r_k / S_k` and `h = Σ h_k`, the martingales of group `k` weigh in with
//!
//! ```text
//! a_jk = (1 - F)^ρ h_j (δ_jk - h_k / h)        c_jk(t) = Σ_{s ≤ t} a_jk dF / (1 - F)
//! cause:  e = 1 - (1 - F) / S_k,  w_jk = a_jk - e c_jk       others:  e = -(1 - F) / S_k,  w_jk = -e c_jk
//! V_ij = Σ_k Σ (w_ik + e c_ik(∞)) (w_jk + e c_jk(∞)) var        F and S_k just after the time
//! var  = S_k(t-)² d / r_k² · (1 - (d - 1) / (r_k - 1))          for a cause the common d / h in place of S_k d_k / r_k
//! ```
//!
//! `ρ` is 0 in the plain test; a positive one weighs early differences more. In the stratified test, z and V are summed
//! over strata. All is as in `cmprsk::cuminc`.
//!
//! A group that is never at risk when somebody meets the cause is left out, as in the log-rank test, where cuminc gives
//! up. With a single cause the scores are those of the log-rank test, but their variance is another estimate: the
//! statistics are close, and not equal.
//!
//! # References
//!
//! * Gray RJ. A class of K-sample tests for comparing the cumulative incidence of a competing risk.
//!   *Ann Stat* 1988;16:1141-1154. doi:10.1214/aos/1176350951

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::sums::Sums;
use super::cohort::CompetingCohort;
use crate::error::{Error, Result};
use crate::survival::chi_square::ChiSquareTest;

mod sums;

/// How groups are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settings<'a> {
    /// The power of `1 - F` that differences are weighted with; 0 weighs all alike.
    pub rho: f64,
    /// One code per patient, in the order of the cohort, to compare groups within strata; `None` for a plain test.
    pub strata: Option<&'a [usize]>,
}

/// A Gray test of one cause, with the numbers that it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrayTest {
    /// Name of the cause.
    pub cause: String,
    /// Patients in each group.
    pub n: Vec<usize>,
    /// Patients of each group with the event of the cause.
    pub observed: Vec<usize>,
    /// Weighted events of the cause in each group beyond those to be expected if incidences are the same; absent if a
    /// weight is infinite, as can be for `rho` below 0.
    pub excess: Vec<Option<f64>>,
    /// The test; absent if fewer than two groups were at risk when somebody met the cause, or the variance is not
    /// defined.
    pub test: Option<ChiSquareTest>,
}

/// Compares the cumulative incidence of every cause between `n_groups` groups.
///
/// `group` holds one code below `n_groups` per patient, in the order of the cohort. Tests are in the order of the
/// causes, their groups in the order of the codes; a group that nobody is in has zeros.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one code of a group or stratum per patient.
/// * [`Error::OutOfRange`] if a group's code is not below `n_groups`, or `rho` is not finite.
/// * [`Error::Unanswerable`] if patients enter late or carry weights.
///
/// # Examples
///
/// ```
/// use contexture::survival::competing_risks::CompetingCohort;
/// use contexture::survival::competing_risks::gray::{self, Settings};
///
/// let names = ["relapse", "death without relapse"].map(String::from);
/// let times = [2.0, 3.0, 5.0, 7.0, 8.0, 9.0, 11.0, 12.0];
/// let cohort = CompetingCohort::from_columns(&times, &[1, 2, 1, 0, 2, 1, 1, 0], &names)?;
/// let tests = gray::test(&cohort, &[0, 0, 0, 0, 1, 1, 1, 1], 2, Settings::default())?;
/// assert_eq!(tests[0].observed, [2, 2]);
/// assert!(tests[0].test.is_some_and(|it| it.p_value > 0.05));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn test(
    cohort: &CompetingCohort,
    group: &[usize],
    n_groups: usize,
    settings: Settings<'_>,
) -> Result<Vec<GrayTest>> {
    cohort.expect_groups(group, n_groups)?;
    cohort.expect_plain("Gray's test")?;
    if !settings.rho.is_finite() {
        return Err(Error::OutOfRange { quantity: "rho", expected: "a finite number", value: settings.rho });
    }
    let schedules = cohort.cohort().schedules(settings.strata)?;
    let mut n = vec![0; n_groups];
    for &code in group {
        n[code] += 1;
    }
    let tests = cohort.names().iter().zip(1..).map(|(name, cause)| {
        let mut sums = Sums::new(n_groups);
        for schedule in schedules.iter() {
            sums.add(cohort, schedule, group, cause, settings.rho);
        }
        let mut observed = vec![0; n_groups];
        for (&code, &met) in group.iter().zip(cohort.causes()) {
            observed[code] += usize::from(met == cause);
        }
        let excess = sums.excess.iter().map(|&it| Some(it).filter(|it| it.is_finite())).collect();
        GrayTest { cause: name.clone(), n: n.clone(), observed, excess, test: sums.test() }
    });
    Ok(tests.collect())
}

#[cfg(test)]
mod tests;
