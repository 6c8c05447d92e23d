//! Weighted log-rank tests: do groups differ in hazard early, late, or throughout?
//!
//! At each distinct event time `t`, with `d` events among `n` patients at risk, `d_k` and `n_k` of them in group `k`,
//! and a weight `w` that says how much that time counts:
//!
//! ```text
//! O_k  = Σ w d_k,   E_k = Σ w d n_k / n,   U_k = O_k - E_k
//! V_kl = Σ w² d (n - d) / (n - 1) · (n_k / n) (δ_kl - n_l / n)              hypergeometric
//! χ²   = U' V⁻¹ U                                                          one group left out
//! ```
//!
//! | weight | `w` | |
//! | --- | --- | --- |
//! | log-rank | 1 | Mantel 1966 |
//! | G-rho | `S(t-)^ρ` | Harrington & Fleming 1982; the `rho` of R's `survdiff` |
//! | Fleming-Harrington | `S(t-)^p (1 - S(t-))^q` | Fleming & Harrington 1991, §7.4; `0⁰ = 1` |
//! | Gehan-Wilcoxon | `n` | Gehan 1965, Breslow 1970 |
//! | Tarone-Ware | `√n` | Tarone & Ware 1977 |
//! | Peto-Peto | `S̃(t) = Π_{u ≤ t} (1 - d / (n + 1))` | Peto & Peto 1972, Prentice 1978 |
//! | modified Peto-Peto | `S̃(t) n / (n + 1)` | Andersen et al. 1982 |
//!
//! `S(t-)` is the Kaplan-Meier estimate of all groups together just before `t`. Peto and Peto's test has gone by several
//! weights: theirs here is that of SAS and of the R package survMisc, and [`Weight::GRho`] with `rho = 1` is what R's
//! `survdiff` calls by their name.
//!
//! Times at which one patient is at risk add nothing to V. A group with E = 0 is left out; the degrees of freedom are the
//! number of other groups less one. In a stratified test `S`, `n` and `d` are those of the stratum, and O, E and V are
//! summed over strata. Patients who enter late are at risk after their entry. The sums are those of R's `survdiff`; where
//! fewer than two groups can be compared, it gives a statistic of 0 and there is none here.
//!
//! `logrank_test` of the R package coin answers the same question with another variance: that of the log-rank scores of
//! all patients under permutation of the groups, censored patients with them. The two agree in large samples with equal
//! censoring, and not to the digit.
//!
//! # References
//!
//! * Mantel N. Evaluation of survival data and two new rank order statistics arising in its consideration.
//!   *Cancer Chemother Rep* 1966;50:163-170.
//! * Gehan EA. A generalized Wilcoxon test for comparing arbitrarily singly-censored samples.
//!   *Biometrika* 1965;52:203-223. doi:10.1093/biomet/52.1-2.203
//! * Breslow N. A generalized Kruskal-Wallis test for comparing K samples subject to unequal patterns of censorship.
//!   *Biometrika* 1970;57:579-594. doi:10.1093/biomet/57.3.579
//! * Peto R, Peto J. Asymptotically efficient rank invariant test procedures.
//!   *J R Stat Soc A* 1972;135:185-207. doi:10.2307/2344317
//! * Tarone RE, Ware J. On distribution-free tests for equality of survival distributions.
//!   *Biometrika* 1977;64:156-160. doi:10.1093/biomet/64.1.156
//! * Prentice RL. Linear rank tests with right censored data. *Biometrika* 1978;65:167-179. doi:10.1093/biomet/65.1.167
//! * Harrington DP, Fleming TR. A class of rank test procedures for censored survival data.
//!   *Biometrika* 1982;69:553-566. doi:10.1093/biomet/69.3.553
//! * Andersen PK, Borgan Ø, Gill R, Keiding N. Linear nonparametric tests for comparison of counting processes, with
//!   applications to censored survival data. *Int Stat Rev* 1982;50:219-258. doi:10.2307/1402489
//! * Fleming TR, Harrington DP. *Counting Processes and Survival Analysis.* Wiley, 1991. doi:10.1002/9781118150672

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::chi_square::ChiSquareTest;
use super::cholesky::SymmetricMatrix;
use super::cohort::Cohort;
use super::groups_at_risk::{EventTime, Groups};
use crate::error::{Error, Result};

/// How much an event time counts in a test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Weight {
    /// All times count alike: the most powerful if the hazards are proportional.
    LogRank,
    /// Times count by survival before them to a power, as in R's `survdiff`.
    GRho {
        /// The power; above 0 stresses early times, below 0 late ones.
        rho: f64,
    },
    /// Times count by survival before them to a power, and by its complement to another.
    FlemingHarrington {
        /// Power of survival, not negative; a large one stresses early times.
        p: f64,
        /// Power of one less survival, not negative; a large one stresses late times.
        q: f64,
    },
    /// Times count by the number at risk: early ones the more the heavier the censoring.
    Gehan,
    /// Times count by the square root of the number at risk.
    TaroneWare,
    /// Times count by an estimate of survival that never falls to 0.
    PetoPeto,
    /// That estimate, times `n / (n + 1)`.
    ModifiedPetoPeto,
}

/// A weighted log-rank test, with the numbers that it rests on; groups in the order of their codes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeightedLogRank {
    /// How much each event time counts.
    pub weight: Weight,
    /// Patients in each group.
    pub n: Vec<usize>,
    /// Events in each group.
    pub observed: Vec<u64>,
    /// Events in each group to be expected if all groups have the same hazard.
    pub expected: Vec<f64>,
    /// Sum of the weights of the events in each group.
    pub weighted_observed: Vec<f64>,
    /// Sum of the weights of the events to be expected in each group.
    pub weighted_expected: Vec<f64>,
    /// Covariance matrix of `weighted_observed` if all groups have the same hazard, row by row.
    pub covariance: Vec<Vec<f64>>,
    /// The statistic; absent if fewer than two groups have a weighted expectation above 0, or their risk sets never
    /// overlap.
    #[schemars(range(min = 0.0))]
    pub chi_square: Option<f64>,
    /// Number of groups with a weighted expectation above 0, less one; 0 if there is none.
    pub degrees_of_freedom: usize,
    /// Probability of a statistic at least as large if all groups have the same hazard, in [0, 1]; absent with
    /// `chi_square`.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: Option<f64>,
}

/// Compares the hazards of `n_groups` groups, within strata if there are any.
///
/// `group` holds one code below `n_groups` per patient, `strata` any code, both in the order of the cohort. A group that
/// nobody is in has zeros. A patient whose weight is a whole number counts as that many patients.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one code per patient.
/// * [`Error::OutOfRange`] if a group's code is not below `n_groups`, or a power of the weight cannot be.
/// * [`Error::Unanswerable`] if a patient weighs a fraction of one, or the weight of an event is infinite: a negative
///   power of a survival that has fallen to 0 before the last patients enter.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::weighted_log_rank::{self, Weight};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0], &[true; 4])?;
/// let test = weighted_log_rank::test(&cohort, &[0, 0, 1, 1], 2, Weight::Gehan, None)?;
/// // Weights 4, 3, 2, 1; both patients of group 0 have their events first.
/// assert_eq!(test.weighted_observed, [7.0, 3.0]);
/// assert_eq!(test.weighted_expected, [3.0, 7.0]);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn test(
    cohort: &Cohort,
    group: &[usize],
    n_groups: usize,
    weight: Weight,
    strata: Option<&[usize]>,
) -> Result<WeightedLogRank> {
    weight.check()?;
    let groups = Groups::new(cohort, group, n_groups, strata)?;
    let mut sums = Sums::new(n_groups);
    groups.visit(|at| sums.add(at, weight.at(at)))?;
    if !sums.covariance.iter().chain(&sums.weighted_expected).all(|it| it.is_finite()) {
        return Err(infinite_weight());
    }

    // METHOD: A group that is never at risk at an event that counts is not compared, and costs no degree of freedom.
    let compared: Vec<usize> = (0..n_groups).filter(|&k| sums.weighted_expected[k] > 0.0).collect();
    let test = sums.test(&compared);
    let (n, observed) = groups.counts();
    Ok(WeightedLogRank {
        weight,
        n,
        observed,
        covariance: (0..n_groups).map(|k| (0..n_groups).map(|l| sums.covariance_of(k, l)).collect()).collect(),
        expected: sums.expected,
        weighted_observed: sums.weighted_observed,
        weighted_expected: sums.weighted_expected,
        chi_square: test.map(|it| it.chi_square),
        degrees_of_freedom: compared.len().saturating_sub(1),
        p_value: test.map(|it| it.p_value),
    })
}

/// The complaint that some event counts for more than can be said.
pub(super) fn infinite_weight() -> Error {
    let problem =
        "the weight of some event, a negative power of survival before it, is infinite; choose another weight"
            .to_owned();
    Error::Unanswerable { problem }
}

impl Weight {
    /// Complains about a power that makes no weight.
    pub(super) fn check(self) -> Result<()> {
        let (quantity, expected, powers, least) = match self {
            Self::GRho { rho } => ("power rho of survival", "a finite number", [rho, 0.0], f64::MIN),
            Self::FlemingHarrington { p, q } => {
                ("power of a Fleming-Harrington weight", "a finite number of at least 0", [p, q], 0.0)
            }
            Self::LogRank | Self::Gehan | Self::TaroneWare | Self::PetoPeto | Self::ModifiedPetoPeto => return Ok(()),
        };
        match powers.into_iter().find(|it| !(it.is_finite() && *it >= least)) {
            Some(value) => Err(Error::OutOfRange { quantity, expected, value }),
            None => Ok(()),
        }
    }

    /// The weight of an event time.
    pub(super) fn at(self, at: &EventTime) -> f64 {
        match self {
            Self::LogRank => 1.0,
            Self::GRho { rho } => at.survival_before.powf(rho),
            Self::FlemingHarrington { p, q } => at.survival_before.powf(p) * (1.0 - at.survival_before).powf(q),
            Self::Gehan => at.n_risk,
            Self::TaroneWare => at.n_risk.sqrt(),
            Self::PetoPeto => at.shrunken_survival,
            Self::ModifiedPetoPeto => at.shrunken_survival * at.n_risk / (at.n_risk + 1.0),
        }
    }
}

/// Observed and expected events, and the lower triangle of the covariance matrix of the observed, row by row.
struct Sums {
    expected: Vec<f64>,
    weighted_observed: Vec<f64>,
    weighted_expected: Vec<f64>,
    covariance: Vec<f64>,
    share: Vec<f64>,
}

impl Sums {
    fn new(n_groups: usize) -> Self {
        let zeros = || vec![0.0; n_groups];
        Self {
            expected: zeros(),
            weighted_observed: zeros(),
            weighted_expected: zeros(),
            covariance: vec![0.0; n_groups * (n_groups + 1) / 2],
            share: zeros(),
        }
    }

    fn add(&mut self, at: &EventTime, weight: f64) {
        let dispersion = weight * weight * at.dispersion();
        for (share, &n_k) in self.share.iter_mut().zip(at.n_risk_of) {
            *share = n_k / at.n_risk;
        }
        let mut covariances = self.covariance.iter_mut();
        for (k, &share_k) in self.share.iter().enumerate() {
            self.expected[k] += at.n_event * share_k;
            self.weighted_observed[k] += weight * at.n_event_of[k];
            self.weighted_expected[k] += weight * at.n_event * share_k;
            let scaled = dispersion * share_k;
            for (share_l, covariance) in self.share[..k].iter().zip(covariances.by_ref()) {
                *covariance -= scaled * share_l;
            }
            if let Some(variance) = covariances.next() {
                *variance += scaled * (1.0 - share_k);
            }
        }
    }

    fn covariance_of(&self, k: usize, l: usize) -> f64 {
        let (row, column) = (k.max(l), k.min(l));
        self.covariance[row * (row + 1) / 2 + column]
    }

    fn test(&self, compared: &[usize]) -> Option<ChiSquareTest> {
        let (_, kept) = compared.split_first()?;
        let excess: Vec<f64> = kept.iter().map(|&k| self.weighted_observed[k] - self.weighted_expected[k]).collect();
        let variance =
            SymmetricMatrix::from_lower(kept.len(), |row, column| self.covariance_of(kept[row], kept[column]));
        ChiSquareTest::new(variance.inverse_quadratic_form(&excess)?, kept.len())
    }
}

#[cfg(test)]
mod tests;
