//! Sums of risks over patients, with the covariates once and twice.

/// Sums of `r`, `x r` and `x x' r` over patients of risk `r`; the last as lower triangle, row by row.
pub(super) struct Moments {
    pub(super) sum: f64,
    pub(super) first: Vec<f64>,
    pub(super) second: Vec<f64>,
}

impl Moments {
    pub(super) fn zero(n_columns: usize) -> Self {
        Self { sum: 0.0, first: vec![0.0; n_columns], second: vec![0.0; triangle(n_columns)] }
    }

    pub(super) fn reset(&mut self) {
        self.sum = 0.0;
        self.first.fill(0.0);
        self.second.fill(0.0);
    }

    /// Adds a patient; a negative risk takes one away.
    pub(super) fn add(&mut self, row: &[f64], risk: f64) {
        self.sum += risk;
        let mut second = self.second.iter_mut();
        for (i, (first, &x)) in self.first.iter_mut().zip(row).enumerate() {
            let weighted = risk * x;
            *first += weighted;
            // The row comes first: a zip that ends on its second half has already taken from its first.
            for (&other, second) in row[..=i].iter().zip(second.by_ref()) {
                *second += weighted * other;
            }
        }
    }

    pub(super) fn add_moments(&mut self, other: &Self, part: f64) {
        self.sum += part * other.sum;
        add(&mut self.first, &other.first, part);
        add(&mut self.second, &other.second, part);
    }
}

/// Number of elements before a row of a lower triangle.
pub(in crate::survival) fn triangle(row: usize) -> usize {
    row * (row + 1) / 2
}

/// Adds a multiple of one vector to another.
pub(in crate::survival) fn add(sums: &mut [f64], terms: &[f64], factor: f64) {
    for (sum, term) in sums.iter_mut().zip(terms) {
        *sum += factor * term;
    }
}
