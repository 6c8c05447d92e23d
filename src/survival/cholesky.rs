//! Square-root-free Cholesky factors of small symmetric matrices that may lack rank.
//!
//! ```text
//! A = F D F',    F unit lower triangular, D diagonal
//! ```
//!
//! A pivot below `1.8e-12` of the largest diagonal element means that the column is a combination of the columns before
//! it. It is set to zero, and solutions are zero there: among collinear columns, the later ones are dropped. Order and
//! tolerance are those of R's `coxph`, since they decide which coefficients a report calls aliased.
//!
//! # References
//!
//! * Therneau TM, Grambsch PM. *Modeling Survival Data: Extending the Cox Model.* Springer, 2000.
//!   doi:10.1007/978-1-4757-3294-8

/// R's `toler.chol`: the machine precision to the power of 3/4.
const PIVOT_TOLERANCE: f64 = 1.818_989_403_545_856_5e-12;

/// A symmetric matrix, both triangles stored.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SymmetricMatrix {
    order: usize,
    values: Vec<f64>,
}

impl SymmetricMatrix {
    pub(super) fn zeros(order: usize) -> Self {
        Self { order, values: vec![0.0; order * order] }
    }

    /// The matrix whose lower triangle `value` gives: row first, column not after the row.
    pub(super) fn from_lower(order: usize, value: impl Fn(usize, usize) -> f64) -> Self {
        let mut matrix = Self::zeros(order);
        for row in 0..order {
            for column in 0..=row {
                let value = value(row, column);
                matrix.values[row * order + column] = value;
                matrix.values[column * order + row] = value;
            }
        }
        matrix
    }

    pub(super) fn at(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.order + column]
    }

    /// The rows and columns of `kept`, in its order.
    pub(super) fn select(&self, kept: &[usize]) -> Self {
        Self::from_lower(kept.len(), |row, column| self.at(kept[row], kept[column]))
    }

    /// `v' A⁻¹ v`, and `None` unless the matrix has full rank.
    pub(super) fn inverse_quadratic_form(&self, vector: &[f64]) -> Option<f64> {
        let cholesky = Cholesky::of(self);
        let solution = (cholesky.rank() == self.order).then(|| cholesky.solve(vector))?;
        Some(solution.iter().zip(vector).map(|(a, b)| a * b).sum())
    }
}

/// The factors of a symmetric matrix: `F` below the diagonal, `D` on it.
#[derive(Clone, Debug)]
pub(super) struct Cholesky {
    factors: SymmetricMatrix,
}

impl Cholesky {
    pub(super) fn of(matrix: &SymmetricMatrix) -> Self {
        let n = matrix.order;
        let mut f = matrix.clone();
        let largest = (0..n).map(|i| matrix.at(i, i)).filter(|it| it.is_finite()).fold(0.0, f64::max);
        let tolerance = PIVOT_TOLERANCE * largest;

        for i in 0..n {
            let pivot = f.at(i, i);
            if !pivot.is_finite() || pivot < tolerance || pivot <= 0.0 {
                f.values[i * n + i] = 0.0;
                continue;
            }
            for j in i + 1..n {
                let ratio = f.at(j, i) / pivot;
                f.values[j * n + i] = ratio;
                f.values[j * n + j] -= ratio * ratio * pivot;
                for k in j + 1..n {
                    f.values[k * n + j] -= ratio * f.at(k, i);
                }
            }
        }
        Self { factors: f }
    }

    /// Whether a column depends on those before it.
    pub(super) fn is_redundant(&self, column: usize) -> bool {
        self.factors.at(column, column) <= 0.0
    }

    pub(super) fn rank(&self) -> usize {
        (0..self.factors.order).filter(|&column| !self.is_redundant(column)).count()
    }

    /// Logarithm of the determinant; minus infinity unless the matrix has full rank.
    pub(super) fn log_determinant(&self) -> f64 {
        (0..self.factors.order).map(|column| self.factors.at(column, column).ln()).sum()
    }

    /// The solution `x` of `A x = b`, zero in redundant columns.
    pub(super) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let (n, f) = (self.factors.order, &self.factors);
        let mut x = b.to_vec();
        for i in 0..n {
            if !self.is_redundant(i) {
                for j in i + 1..n {
                    x[j] -= f.at(j, i) * x[i];
                }
            }
        }
        for i in (0..n).rev() {
            x[i] = if self.is_redundant(i) { 0.0 } else { x[i] / f.at(i, i) };
            for j in i + 1..n {
                if !self.is_redundant(i) {
                    x[i] -= f.at(j, i) * x[j];
                }
            }
        }
        x
    }

    /// The inverse, zero in the rows and columns of redundant columns.
    pub(super) fn inverse(&self) -> SymmetricMatrix {
        let n = self.factors.order;
        let columns: Vec<Vec<f64>> = (0..n)
            .map(|column| {
                let unit = f64::from(u8::from(!self.is_redundant(column)));
                let mut b = vec![0.0; n];
                b[column] = unit;
                self.solve(&b)
            })
            .collect();
        SymmetricMatrix::from_lower(n, |row, column| columns[column][row])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: &[&[f64]]) -> SymmetricMatrix {
        SymmetricMatrix::from_lower(rows.len(), |row, column| rows[row][column])
    }

    #[test]
    fn a_solution_solves_the_system() {
        let a = matrix(&[&[4.0], &[2.0, 5.0], &[0.4, 0.2, 3.0]]);
        let x = Cholesky::of(&a).solve(&[1.0, 2.0, 3.0]);
        assert!((Cholesky::of(&a).log_determinant() - 47.36_f64.ln()).abs() < 1e-14);
        for (row, expected) in [1.0, 2.0, 3.0].into_iter().enumerate() {
            let found: f64 = (0..3).map(|column| a.at(row, column) * x[column]).sum();
            assert!((found - expected).abs() < 1e-14);
        }
    }

    #[test]
    fn the_later_of_two_equal_columns_is_redundant() {
        let cholesky = Cholesky::of(&matrix(&[&[2.0], &[2.0, 2.0], &[1.0, 1.0, 3.0]]));
        assert_eq!((0..3).map(|it| cholesky.is_redundant(it)).collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(cholesky.rank(), 2);
        assert!(cholesky.inverse().at(1, 1).abs() <= 0.0);
    }

    #[test]
    fn a_matrix_without_rank_has_no_quadratic_form() {
        assert!(Cholesky::of(&SymmetricMatrix::zeros(1)).log_determinant() < f64::MIN);
        assert_eq!(SymmetricMatrix::zeros(1).inverse_quadratic_form(&[1.0]), None);
        assert_eq!(matrix(&[&[4.0]]).inverse_quadratic_form(&[2.0]), Some(1.0));
    }
}
