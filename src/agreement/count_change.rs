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

use crate::error::{Error, Result};
use crate::survival::distributions::beta_quantile;
use crate::survival::incomplete_beta;

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
        p_value: p_value([before, after]),
    }))
}

/// Probability of all second counts that are no more probable than the one found, if densities are equal.
fn p_value(counts: [CellCount; 2]) -> f64 {
    let n = counts[0].n_cells + counts[1].n_cells;
    let area = counts[0].area_mm2 + counts[1].area_mm2;
    let expected = |it: &CellCount| n as f64 * (it.area_mm2 / area);
    let [many, few] = counts;
    let [few, many] = if (few.n_cells as f64) < expected(&few) { [few, many] } else { [many, few] };

    // Of the count that is below what is expected, as probable ones are on the other side, and rarer the larger they are.
    let (share, rest) = (few.area_mm2 / area, many.area_mm2 / area);
    let log_probability = |k: u64| ln_binomial(n, k) + k as f64 * share.ln() + (n - k) as f64 * rest.ln();
    let limit = log_probability(few.n_cells) + PROBABILITY_SLACK.ln();
    let [mut too_probable, mut rare_enough] = [few.n_cells, n + 1];
    while rare_enough - too_probable > 1 {
        let middle = u64::midpoint(too_probable, rare_enough);
        if middle as f64 >= expected(&few) && log_probability(middle) <= limit {
            rare_enough = middle;
        } else {
            too_probable = middle;
        }
    }
    let at_most = |k: u64| match k {
        k if k >= n => 1.0,
        k => incomplete_beta::at_most(rest, share, (n - k) as f64, (k + 1) as f64),
    };
    let at_least = |k: u64| match k {
        k if k > n => 0.0,
        k => incomplete_beta::at_most(share, rest, k as f64, (n - k + 1) as f64),
    };
    (at_most(few.n_cells) + at_least(rare_enough)).min(1.0)
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

    /// By summing the probabilities of all second counts that are no more probable.
    #[test]
    fn the_p_value_is_the_sum_over_rarer_counts() {
        for (n_before, n_after, area_after) in
            [(3, 9, 0.4), (0, 4, 1.0), (4, 0, 1.0), (7, 7, 1.0), (20, 5, 0.3), (1, 0, 9.0), (0, 1, 9.0), (60, 90, 1.7)]
        {
            let (n, share) = (n_before + n_after, area_after / (1.0 + area_after));
            let log_probability =
                |k: u64| ln_binomial(n, k) + k as f64 * f64::ln(share) + (n - k) as f64 * f64::ln(1.0 - share);
            let limit = log_probability(n_after) + PROBABILITY_SLACK.ln();
            let sum: f64 = (0..=n).map(log_probability).filter(|&it| it <= limit).map(f64::exp).sum();
            let found = estimate(count(n_before, 1.0), count(n_after, area_after)).unwrap().unwrap().p_value;
            assert!((found - sum.min(1.0)).abs() < 1e-12, "{n_before} {n_after} {area_after}: {found} is not {sum}");
        }
    }

    /// R's `poisson.test(c(1002500, 1000000), c(1, 1))$p.value`.
    #[test]
    fn a_million_cells_are_no_trouble() {
        let found = estimate(count(1_000_000, 1.0), count(1_002_500, 1.0)).unwrap().unwrap();
        assert!((found.p_value / 0.077_403_126_315_067_32 - 1.0).abs() < 1e-10, "{}", found.p_value);
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
