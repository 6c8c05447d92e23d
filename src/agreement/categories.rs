//! Agreement of two ratings into the same categories: share, Cohen's kappa, and symmetry.
//!
//! With shares `p_ij` of pairs in row `i` (first rating) and column `j` (second), and weights `w_ij` of agreement:
//!
//! ```text
//! p_o = Σ w_ij p_ij,   p_e = Σ w_ij p_i. p_.j,   κ = (p_o - p_e) / (1 - p_e)                     Cohen 1960, 1968
//! SE² = (Σ p_ij (w_ij - (w̄_i. + w̄_.j)(1-κ))² - (κ - p_e (1-κ))²) / (n (1-p_e)²)                 Fleiss et al. 1969
//! w̄_i. = Σ_j p_.j w_ij,   w̄_.j = Σ_i p_i. w_ij
//! weights: 1 on the diagonal only;  1 - |i-j| / (c-1), linear;  1 - (i-j)² / (c-1)², quadratic
//! χ²  = Σ_{i<j} (n_ij - n_ji)² / (n_ij + n_ji)            symmetry: Bowker 1948; McNemar 1947 with two categories
//! ```
//!
//! Weighted kappas suppose that categories are given in order. The interval is κ ∓ 1.96 SE, cut off at -1 and 1; where
//! ratings agree completely it has no width, which says nothing about the patients not seen. Pairs of cells that are both
//! empty add no degree of freedom to symmetry, which has no correction for continuity (R: `mcnemar.test(correct = FALSE)`;
//! R counts empty cells and answers `NaN`). The interval of the share is Wilson's.
//!
//! # References
//!
//! * Cohen J. Weighted kappa. *Psychol Bull* 1968;70:213-220. doi:10.1037/h0026256
//! * Fleiss JL, Cohen J, Everitt BS. Large sample standard errors of kappa and weighted kappa. *Psychol Bull*
//!   1969;72:323-327. doi:10.1037/h0028106
//! * Bowker AH. A test for symmetry in contingency tables. *J Am Stat Assoc* 1948;43:572-574.
//!   doi:10.1080/01621459.1948.10483284
//! * Wilson EB. Probable inference, the law of succession, and statistical inference. *J Am Stat Assoc* 1927;22:209-212.
//!   doi:10.1080/01621459.1927.10502953

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sample::{Interval, expect_pairs, normal_critical_value};
use crate::error::{Error, Result};
use crate::survival::chi_square::ChiSquareTest;

/// Agreement beyond chance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kappa {
    /// Kappa: 1 if ratings agree completely, 0 if as by chance.
    #[schemars(range(min = -1.0, max = 1.0))]
    pub kappa: f64,
    /// Its standard error for large samples.
    #[schemars(range(min = 0.0))]
    pub std_err: f64,
    /// Lower end of its 95 % interval.
    #[schemars(range(min = -1.0, max = 1.0))]
    pub lower: f64,
    /// Upper end of its 95 % interval.
    #[schemars(range(min = -1.0, max = 1.0))]
    pub upper: f64,
}

/// How two ratings agree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryAgreement {
    /// Numbers of patients: a row for each category of the first rating, in it a column for each of the second.
    pub table: Vec<Vec<usize>>,
    /// Number of patients; at least 1.
    #[schemars(range(min = 1))]
    pub n_patients: usize,
    /// Number of them with the same category twice.
    pub n_agreeing: usize,
    /// Their share with its 95 % interval, in [0, 1].
    pub agreement: Interval,
    /// Cohen's kappa; this one and the others are absent if all ratings are one category.
    pub kappa: Option<Kappa>,
    /// Kappa with linear weights.
    pub linear_kappa: Option<Kappa>,
    /// Kappa with quadratic weights.
    pub quadratic_kappa: Option<Kappa>,
    /// Test that disagreements go both ways alike; absent without any.
    pub symmetry: Option<ChiSquareTest>,
}

/// Compares two ratings of the same patients into `n_categories` categories, which are numbered from 0 in their order.
///
/// Absent without patients.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if ratings do not come in pairs.
/// * [`Error::Unanswerable`] if a rating is not below `n_categories`.
///
/// # Examples
///
/// ```
/// use contexture::agreement::categories;
///
/// let found = categories::compare(&[0, 0, 1, 1, 2, 2], &[0, 0, 1, 2, 2, 2], 3)?.unwrap();
/// assert_eq!((found.n_agreeing, &found.table[1]), (5, &vec![0, 1, 1]));
/// assert!((found.kappa.unwrap().kappa - 0.75).abs() < 1e-12);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn compare(first: &[usize], second: &[usize], n_categories: usize) -> Result<Option<CategoryAgreement>> {
    expect_pairs(first, second)?;
    if let Some(found) = first.iter().chain(second).find(|&&it| it >= n_categories) {
        let problem = format!("agreement of categories: found category {found}, expected one below {n_categories}");
        return Err(Error::Unanswerable { problem });
    }
    if first.is_empty() {
        return Ok(None);
    }
    let mut table = vec![vec![0; n_categories]; n_categories];
    for (&i, &j) in first.iter().zip(second) {
        table[i][j] += 1;
    }
    let n_patients = first.len();
    let n_agreeing = (0..n_categories).map(|it| table[it][it]).sum();
    // Only one category, with no distance to another, leaves `furthest` unused.
    let furthest = n_categories.saturating_sub(1).max(1) as f64;
    let distance = |i: usize, j: usize| i.abs_diff(j) as f64 / furthest;
    let shares = Shares::new(&table, n_patients);
    Ok(Some(CategoryAgreement {
        n_patients,
        n_agreeing,
        agreement: wilson(n_agreeing, n_patients),
        kappa: shares.kappa(|i, j| if i == j { 1.0 } else { 0.0 }),
        linear_kappa: shares.kappa(|i, j| 1.0 - distance(i, j)),
        quadratic_kappa: shares.kappa(|i, j| 1.0 - distance(i, j).powi(2)),
        symmetry: symmetry(&table),
        table,
    }))
}

/// A table as shares of its sum, with those of rows and columns.
struct Shares {
    n: f64,
    cells: Vec<Vec<f64>>,
    rows: Vec<f64>,
    columns: Vec<f64>,
}

impl Shares {
    fn new(table: &[Vec<usize>], n_patients: usize) -> Self {
        let n = n_patients as f64;
        let cells = table.iter().map(|row| row.iter().map(|&it| it as f64 / n).collect()).collect();
        // Sums are of counts, so that a category that holds all patients has a share of 1 to the bit.
        let rows = table.iter().map(|row| row.iter().sum::<usize>() as f64 / n).collect();
        let column = |at: usize| table.iter().map(|row| row[at]).sum::<usize>() as f64 / n;
        Self { n, cells, rows, columns: (0..table.len()).map(column).collect() }
    }

    /// Kappa with these weights; `None` if chance alone agrees completely.
    fn kappa(&self, weight: impl Fn(usize, usize) -> f64) -> Option<Kappa> {
        let categories = 0..self.rows.len();
        let pairs = || categories.clone().flat_map(|i| categories.clone().map(move |j| (i, j)));
        let observed: f64 = pairs().map(|(i, j)| weight(i, j) * self.cells[i][j]).sum();
        let expected: f64 = pairs().map(|(i, j)| weight(i, j) * self.rows[i] * self.columns[j]).sum();
        if self.rows.iter().zip(&self.columns).any(|(row, column)| row * column >= 1.0) {
            return None;
        }
        let of_row = |i: usize| categories.clone().map(|j| self.columns[j] * weight(i, j)).sum::<f64>();
        let of_column = |j: usize| categories.clone().map(|i| self.rows[i] * weight(i, j)).sum::<f64>();
        let row_weights: Vec<f64> = categories.clone().map(of_row).collect();
        let column_weights: Vec<f64> = categories.clone().map(of_column).collect();

        let kappa = (observed - expected) / (1.0 - expected);
        // METHOD: Variances are taken around their mean, so that complete agreement has none to the bit.
        let influence = |(i, j): (usize, usize)| weight(i, j) - (row_weights[i] + column_weights[j]) * (1.0 - kappa);
        let center = kappa - expected * (1.0 - kappa);
        let variance: f64 = pairs().map(|(i, j)| self.cells[i][j] * (influence((i, j)) - center).powi(2)).sum();
        let std_err = (variance / self.n).sqrt() / (1.0 - expected);
        let reach = normal_critical_value() * std_err;
        Some(Kappa { kappa, std_err, lower: (kappa - reach).max(-1.0), upper: (kappa + reach).min(1.0) })
    }
}

/// A share with Wilson's interval.
fn wilson(n_found: usize, n_all: usize) -> Interval {
    let (n, share) = (n_all as f64, n_found as f64 / n_all as f64);
    let z2 = normal_critical_value().powi(2);
    let center = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let reach = (z2 * (share * (1.0 - share) / n + z2 / (4.0 * n * n))).sqrt() / (1.0 + z2 / n);
    // Round-off must not carry an end past a share of 0 or 1.
    Interval { estimate: share, lower: (center - reach).clamp(0.0, share), upper: (center + reach).clamp(share, 1.0) }
}

fn symmetry(table: &[Vec<usize>]) -> Option<ChiSquareTest> {
    let below_diagonal =
        table.iter().enumerate().flat_map(|(i, row)| row[..i].iter().enumerate().map(move |it| (i, it)));
    let (mut chi_square, mut degrees_of_freedom) = (0.0, 0);
    for (i, (j, &below)) in below_diagonal {
        let above = table[j][i];
        if above + below > 0 {
            chi_square += (above.abs_diff(below) as f64).powi(2) / (above + below) as f64;
            degrees_of_freedom += 1;
        }
    }
    ChiSquareTest::new(chi_square, degrees_of_freedom)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn identical_ratings_agree_completely() {
        let found = compare(&[0, 1, 2, 2], &[0, 1, 2, 2], 3).unwrap().unwrap();
        for kappa in [found.kappa, found.linear_kappa, found.quadratic_kappa] {
            let kappa = kappa.unwrap();
            assert!((kappa.kappa - 1.0).abs() < 1e-15 && kappa.std_err < 1e-15, "{kappa:?}");
        }
        assert_eq!((found.agreement.estimate, found.agreement.upper, found.symmetry), (1.0, 1.0, None));
    }

    #[test]
    fn one_category_leaves_no_room_for_chance() {
        let found = compare(&[1, 1, 1], &[1, 1, 1], 3).unwrap().unwrap();
        assert_eq!((found.kappa, found.linear_kappa, found.quadratic_kappa), (None, None, None));
        assert_eq!(compare(&[0; 3], &[0; 3], 1).unwrap().unwrap().linear_kappa, None);
        // One rater with one category only agrees by chance, whatever the other says.
        let kappa = compare(&[0, 1], &[0, 0], 2).unwrap().unwrap().kappa.unwrap();
        assert_eq!((kappa.kappa, kappa.std_err > 0.0), (0.0, false));
    }

    #[test]
    fn no_ratings_no_answer_and_wrong_ones_are_refused() {
        assert_eq!(compare(&[], &[], 2).unwrap(), None);
        assert!(compare(&[0], &[], 2).is_err());
        let error = compare(&[0], &[2], 2).unwrap_err();
        assert_eq!(error.to_string(), "agreement of categories: found category 2, expected one below 2");
    }

    /// Cohen 1960: Table of 200 joint judgements, κ = 0.492.
    #[test]
    fn kappa_of_cohen() {
        let counts = [[88, 14, 18], [10, 40, 10], [2, 6, 12]];
        let [mut first, mut second] = [Vec::new(), Vec::new()];
        for (i, row) in counts.iter().enumerate() {
            for (j, &n) in row.iter().enumerate() {
                first.extend(vec![i; n]);
                second.extend(vec![j; n]);
            }
        }
        let found = compare(&first, &second, 3).unwrap().unwrap();
        assert_eq!(format!("{:.3}", found.kappa.unwrap().kappa), "0.492");
    }

    proptest! {
        #[test]
        fn swapped_raters_agree_as_much(pairs in prop::collection::vec((0_usize..4, 0_usize..4), 1..40)) {
            let (a, b): (Vec<usize>, Vec<usize>) = pairs.into_iter().unzip();
            let [there, back] = [compare(&a, &b, 4), compare(&b, &a, 4)].map(|it| it.unwrap().unwrap());
            prop_assert_eq!(there.agreement, back.agreement);
            prop_assert_eq!(there.symmetry.map(|it| it.degrees_of_freedom), back.symmetry.map(|it| it.degrees_of_freedom));
            if let (Some(x), Some(y)) = (there.quadratic_kappa, back.quadratic_kappa) {
                prop_assert!((x.kappa - y.kappa).abs() < 1e-12 && (x.std_err - y.std_err).abs() < 1e-12);
                prop_assert!(x.lower <= x.kappa + 1e-12 && x.kappa <= x.upper + 1e-12);
            }
        }
    }
}
