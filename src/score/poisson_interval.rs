//! The exact interval of a density that comes from a count.
//!
//! With `N` cells on the area `A`, the counting error alone gives
//!
//! ```text
//! [ χ²(α/2; 2N) / 2A ,  χ²(1 - α/2; 2N + 2) / 2A ]          Garwood 1936
//! ```
//!
//! and `[0, -ln(α/2) / A]` where no cell was found: 3.689 / A at 95 %. Cells cluster, so the true error is wider.
//!
//! # References
//!
//! * Garwood F. Fiducial limits for the Poisson distribution. *Biometrika* 1936;28:437-442. doi:10.1093/biomet/28.3-4.437

use statrs::distribution::{ContinuousCDF, Gamma};

use crate::model::Area;

/// Half of what a 95 % interval leaves out.
const TAIL: f64 = 0.025;

/// The 95 % interval of the density, in cells/mm²: `N` cells counted on an area.
///
/// # Examples
///
/// ```
/// use contexture::{model::Area, score::poisson_interval};
///
/// let [lower, upper] = poisson_interval::of_density(0, Area::try_from(2.0)?);
/// assert_eq!(lower, 0.0);
/// assert!((upper - 3.688_879_454 / 2.0).abs() < 1e-9);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn of_density(n_cells: u64, area: Area) -> [f64; 2] {
    let n = n_cells as f64;
    let lower = if n_cells == 0 { 0.0 } else { mean_with_tail(n, TAIL) };
    let upper = if n_cells == 0 { -TAIL.ln() } else { mean_with_tail(n + 1.0, 1.0 - TAIL) };
    [lower / area.mm2(), upper / area.mm2()]
}

/// The quantile of a Gamma(shape, 1) variable, which is half of that of χ² with 2·shape degrees of freedom.
fn mean_with_tail(shape: f64, probability: f64) -> f64 {
    let gamma = Gamma::new(shape, 1.0).expect("a shape greater than 0 and a rate of 1 make a gamma distribution");
    // statrs bisects to about 1e-8; two Newton steps on its distribution function reach the limits of f64.
    let mut quantile = gamma.inverse_cdf(probability);
    for _ in 0..3 {
        let density = statrs::distribution::Continuous::pdf(&gamma, quantile);
        if density > 0.0 {
            quantile -= (gamma.cdf(quantile) - probability) / density;
        }
    }
    quantile
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R 4.2.2: `qchisq(.025, 2*N)/2`, `qchisq(.975, 2*N+2)/2`; statrs and R differ in the last digits of χ².
    const R: [(u64, f64, f64); 5] = [
        (1, 0.025_317_807_984_289_876, 5.571_643_390_938_899),
        (5, 1.623_486_390_118_420_7, 11.668_332_079_322_667),
        (30, 20.240_874_021_420_915, 42.826_865_394_807_66),
        (1000, 938.973_018_407_695_2, 1_063.952_136_016_302),
        (250_000, 249_020.965_504_321_24, 250_981.930_760_977_12),
    ];

    #[test]
    fn agrees_with_r() {
        for (n, lower, upper) in R {
            let found = of_density(n, Area::try_from(1.0).unwrap());
            assert!((found[0] / lower - 1.0).abs() < 1e-9, "{n}: {} is not {lower}", found[0]);
            assert!((found[1] / upper - 1.0).abs() < 1e-9, "{n}: {} is not {upper}", found[1]);
        }
    }

    #[test]
    fn encloses_the_density() {
        for n in [0, 1, 2, 17, 400, 99_999] {
            let area = Area::try_from(3.7).unwrap();
            let [lower, upper] = of_density(n, area);
            let density = n as f64 / area.mm2();
            assert!(lower <= density && density < upper, "{n}");
        }
    }
}
