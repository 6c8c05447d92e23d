//! The change of one patient's density, with the error of counting.
//!
//! Cells counted on an area are a Poisson count. Given their sum `n = n_1 + n_2`, the second count is binomial with
//! `π = ρ a_2 / (a_1 + ρ a_2)` for a ratio of densities `ρ`, which makes interval and test exact:
//!
//! ```text
//! ρ     = (n_2 / a_2) / (n_1 / a_1)
//! CI      of π by Clopper & Pearson, ρ = π / (1-π) a_1 / a_2
//! p     = probability of all second counts that are no more probable than the one found, if ρ = 1
//! ```
//!
//! As R's `poisson.test(c(n_2, n_1), c(a_2, a_1))`. Counting is not all: cells cluster, and another section of the same
//! block has another infiltrate. So an interval that holds 1 tells that the change is within the error, and one that does
//! not, that it is beyond the error of counting only; compare it with the
//! [within-subject variation](super::within_subject) of repeated measurements.
//!
//! # References
//!
//! * Przyborowski J, Wilenski H. Homogeneity of results in testing samples from Poisson series. *Biometrika*
//!   1940;31:313-323. doi:10.1093/biomet/31.3-4.313
//! * Clopper CJ, Pearson ES. The use of confidence or fiducial limits illustrated in the case of the binomial. *Biometrika*
//!   1934;26:404-413. doi:10.1093/biomet/26.4.404

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::function::factorial::ln_binomial;

use super::distributions::beta_quantile;
use crate::error::{Error, Result};

/// R takes counts for as probable as the one found that exceed it by this factor only.
const PROBABILITY_SLACK: f64 = 1.0 + 1e-7;

/// Cells counted on an area.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CellCount {
    /// Number of cells.
    pub n_cells: u64,
    /// Area in mm²; above 0.
    #[schemars(range(min = 0.0))]
    pub area_mm2: f64,
}

/// The change of one patient's density.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountChange {
    /// Ratio of the densities, after to before; absent if none was counted before.
    #[schemars(range(min = 0.0))]
    pub ratio: Option<f64>,
    /// Lower end of its 95 % interval.
    #[schemars(range(min = 0.0))]
    pub lower: f64,
    /// Upper end of its 95 % interval; absent if none was counted before, when there is no bound.
    #[schemars(range(min = 0.0))]
    pub upper: Option<f64>,
    /// Two-sided exact p-value of equal densities, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: f64,
}

/// Estimates the change of a density from one count to another.
///
/// Absent if no cell was counted at all.
///
/// # Errors
///
/// * [`Error::OutOfRange`] if an area is not a positive, finite number.
///
/// # Examples
///
/// ```
/// use contexture::agreement::count_change::{self, CellCount};
///
/// let before = CellCount { n_cells: 11, area_mm2: 0.8 };
/// let after = CellCount { n_cells: 33, area_mm2: 0.8 };
/// let change = count_change::estimate(before, after)?.unwrap();
/// assert_eq!(change.ratio, Some(3.0));
/// assert!(change.lower > 1.0 && change.p_value < 0.01);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(before: CellCount, after: CellCount) -> Result<Option<CountChange>> {
    for count in [before, after] {
        if !(count.area_mm2.is_finite() && count.area_mm2 > 0.0) {
            return Err(Error::OutOfRange {
                quantity: "area (mm²)",
                expected: "a finite number above 0",
                value: count.area_mm2,
            });
        }
    }
    let [n_before, n_after] = [before, after].map(|it| it.n_cells as f64);
    if n_before + n_after < 1.0 {
        return Ok(None);
    }
    let areas = before.area_mm2 / after.area_mm2;
    let of_share = |share: f64| share / (1.0 - share) * areas;
    // The upper end is taken from the share of the count before, which keeps its digits where that is small.
    let of_complement = |share: f64| (1.0 - share) / share * areas;
    let is_bounded = before.n_cells > 0;
    Ok(Some(CountChange {
        ratio: is_bounded.then(|| n_after / n_before * areas),
        lower: if after.n_cells == 0 { 0.0 } else { of_share(beta_quantile(0.025, n_after, n_before + 1.0)) },
        upper: is_bounded.then(|| of_complement(beta_quantile(0.025, n_before, n_after + 1.0))),
        p_value: p_value(before.n_cells, after.n_cells, 1.0 / (1.0 + areas)),
    }))
}

/// Probability of all second counts that are no more probable than the one found, for a binomial share.
fn p_value(n_before: u64, n_after: u64, share: f64) -> f64 {
    let n = n_before + n_after;
    let log_probability = |k: u64| ln_binomial(n, k) + k as f64 * share.ln() + (n - k) as f64 * (-share).ln_1p();
    let limit = log_probability(n_after) + PROBABILITY_SLACK.ln();
    let p_value: f64 = (0..=n).map(log_probability).filter(|&it| it <= limit).map(f64::exp).sum();
    p_value.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(n_cells: u64, area_mm2: f64) -> CellCount {
        CellCount { n_cells, area_mm2 }
    }

    #[test]
    fn a_count_of_zero_leaves_one_end_open() {
        let vanished = estimate(count(5, 1.0), count(0, 1.0)).unwrap().unwrap();
        assert_eq!((vanished.ratio, vanished.lower), (Some(0.0), 0.0));
        // All five of one kind by chance: 2 × 0.5^5.
        assert!((vanished.p_value - 0.0625).abs() < 1e-12);
        // Clopper and Pearson's upper end at 0 of 5: 1 - 0.025^(1/5).
        let tail = 0.025_f64.powf(0.2);
        assert!((vanished.upper.unwrap() - (1.0 - tail) / tail).abs() < 1e-10);
        let new = estimate(count(0, 1.0), count(5, 1.0)).unwrap().unwrap();
        assert_eq!((new.ratio, new.upper), (None, None));
        assert!((new.lower * vanished.upper.unwrap() - 1.0).abs() < 1e-10);
        assert_eq!(estimate(count(0, 1.0), count(0, 2.0)).unwrap(), None);
    }

    #[test]
    fn an_area_of_nothing_is_refused() {
        for area_mm2 in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(estimate(count(1, area_mm2), count(1, 1.0)), Err(Error::OutOfRange { .. })));
        }
    }

    #[test]
    fn equal_densities_on_different_areas_are_no_change() {
        let same = estimate(count(100, 1.0), count(300, 3.0)).unwrap().unwrap();
        assert_eq!(same.ratio, Some(1.0));
        assert!(same.p_value > 0.99 && same.lower < 1.0 && 1.0 < same.upper.unwrap());
    }
}
