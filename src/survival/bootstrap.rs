//! Percentile intervals from bootstrap samples.
//!
//! ```text
//! [q(0.025), q(0.975)]        q: quantiles of the estimate over samples of patients with replacement, R's type 7
//! ```
//!
//! Samples in which the estimate does not exist are left out.
//!
//! # References
//!
//! * Efron B, Tibshirani RJ. *An Introduction to the Bootstrap.* Chapman & Hall, 1993, chapter 13.
//!   doi:10.1007/978-1-4899-4541-9

/// How many bootstrap samples to draw, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    /// Number of samples.
    pub n_replicates: usize,
    /// Fixes the samples, for any number of threads.
    pub seed: u64,
}

/// The 95 % percentile interval of replicates; `None` without any.
pub(super) fn percentile_interval(replicates: impl Iterator<Item = Option<f64>>) -> Option<[f64; 2]> {
    let mut sorted: Vec<f64> = replicates.flatten().collect();
    sorted.sort_by(f64::total_cmp);
    (!sorted.is_empty()).then(|| [0.025, 0.975].map(|p| quantile(&sorted, p)))
}

/// R's quantile of type 7 of ascending values, of which there is at least one.
pub fn quantile(sorted: &[f64], p: f64) -> f64 {
    let place = p * (sorted.len() - 1) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the values")]
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R's `quantile(c(1, 2, 4, 8), c(0, .1, .5, 1))`.
    #[test]
    fn quantiles_are_those_of_r() {
        for (p, expected) in [(0.0, 1.0), (0.1, 1.3), (0.5, 3.0), (1.0, 8.0)] {
            assert!((quantile(&[1.0, 2.0, 4.0, 8.0], p) - expected).abs() < 1e-15, "{p}");
        }
        assert_eq!(quantile(&[5.0], 0.3).to_bits(), 5.0_f64.to_bits());
    }

    #[test]
    fn replicates_without_an_estimate_are_left_out() {
        assert_eq!(percentile_interval([None, Some(2.0), None].into_iter()), Some([2.0, 2.0]));
        assert_eq!(percentile_interval([None].into_iter()), None);
    }
}
