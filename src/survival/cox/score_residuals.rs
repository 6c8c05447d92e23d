//! Score residuals, what each row adds to the gradient of the likelihood, and the robust variance made of them.
//!
//! ```text
//! L_i = δ_i (x_i - x̄(t_i)) - e^{β'x_i + o_i} ∫ (x_i - x̄(t)) dΛ(t)     over the time that row i is at risk
//! D_c = Σ_{i∈c} w_i L_i I⁻¹                                             change of β if cluster c is left out, nearly
//! V   = Σ_c D_c' D_c                                                     Lin & Wei 1989, no factor for small samples
//! robust score = u' (Σ_c G_c G_c')⁻¹ u,  G_c = Σ_{i∈c} w_i L_i,  u = Σ_c G_c      at β = 0
//! ```
//!
//! # References
//!
//! * Lin DY, Wei LJ. The robust inference for the Cox proportional hazards model.
//!   *J Am Stat Assoc* 1989;84:1074-1078. doi:10.1080/01621459.1989.10478874

use super::hazard::Hazards;
use super::moments::{add, triangle};
use super::risk_sets::RiskSets;
use crate::survival::cholesky::SymmetricMatrix;

/// Score residuals of the standardized columns, unweighted: one row a row of the cohort, in its order.
pub(super) fn score_residuals(risk_sets: &RiskSets, beta: &[f64], n_rows: usize) -> Vec<f64> {
    let p = risk_sets.n_columns();
    let risks = risk_sets.risks(beta);
    let mut residuals = vec![0.0; n_rows * p];
    Hazards::at(risk_sets, beta).for_each_exposure(risk_sets, |it| {
        let start = risk_sets.patients[it.row] * p;
        let own_risk = risks.log_risk[it.row].exp();
        for (column, &x) in risk_sets.row(it.row).iter().enumerate() {
            residuals[start + column] = it.score_residual(column, x, own_risk);
        }
    });
    residuals
}

/// Sums of weighted residuals over clusters, or rows as they are without clusters; row by row.
pub(super) fn by_cluster(
    residuals: &[f64],
    p: usize,
    weight: impl Fn(usize) -> f64,
    clusters: Option<&[usize]>,
) -> Vec<f64> {
    let n_rows = residuals.len() / p.max(1);
    let place = Places::of(clusters, n_rows);
    let mut sums = vec![0.0; place.n * p];
    for row in 0..n_rows {
        let start = place.at(row) * p;
        add(&mut sums[start..start + p], &residuals[row * p..(row + 1) * p], weight(row));
    }
    sums
}

/// Where each row's cluster stands.
struct Places {
    n: usize,
    of_rows: Option<Vec<usize>>,
}

impl Places {
    fn of(clusters: Option<&[usize]>, n_rows: usize) -> Self {
        let Some(codes) = clusters else { return Self { n: n_rows, of_rows: None } };
        let mut distinct: Vec<usize> = codes.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let place = |code: &usize| distinct.binary_search(code).expect("a code is one of the codes");
        Self { n: distinct.len(), of_rows: Some(codes.iter().map(place).collect()) }
    }

    fn at(&self, row: usize) -> usize {
        self.of_rows.as_ref().map_or(row, |it| it[row])
    }
}

/// `Σ g g'` over rows of length `p`.
pub(super) fn cross_product(rows: &[f64], p: usize) -> SymmetricMatrix {
    let mut sums = vec![0.0; triangle(p)];
    for row in rows.chunks_exact(p.max(1)) {
        for i in 0..p {
            add(&mut sums[triangle(i)..=triangle(i) + i], &row[..=i], row[i]);
        }
    }
    SymmetricMatrix::from_lower(p, |row, column| sums[triangle(row) + column])
}

/// `A B A` of symmetric matrices of order `p`.
pub(super) fn sandwich(bread: &SymmetricMatrix, meat: &SymmetricMatrix, p: usize) -> SymmetricMatrix {
    SymmetricMatrix::from_lower(p, |row, column| {
        (0..p).map(|i| bread.at(row, i) * (0..p).map(|j| meat.at(i, j) * bread.at(j, column)).sum::<f64>()).sum()
    })
}
