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
//! * Wilson EB, Hilferty MM. The distribution of chi-square. *Proc Natl Acad Sci USA* 1931;17:684-688.
//!   doi:10.1073/pnas.17.12.684
//! * Garwood F. Fiducial limits for the Poisson distribution. *Biometrika* 1936;28:437-442. doi:10.1093/biomet/28.3-4.437

use statrs::distribution::{Continuous, ContinuousCDF, Gamma};

use crate::model::Area;

/// Half of what a 95 % interval leaves out.
const TAIL: f64 = 0.025;

/// The normal quantile of that tail.
const Z: f64 = 1.959_963_984_540_054;

/// Below this shape the quantile starts from a bisection, which is slow for large counts; from it on, from the
/// approximation of Wilson and Hilferty. Three Newton steps on the distribution function lead both to the limits of f64.
const BISECTED: f64 = 50.0;

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
    of_count(n_cells).map(|it| it / area.mm2())
}

/// The 95 % interval of the expected count.
pub fn of_count(n_cells: u64) -> [f64; 2] {
    let n = n_cells as f64;
    let lower = if n_cells == 0 { 0.0 } else { mean_with_tail(n, TAIL) };
    let upper = if n_cells == 0 { -TAIL.ln() } else { mean_with_tail(n + 1.0, 1.0 - TAIL) };
    [lower, upper]
}

/// The quantile of a Gamma(shape, 1) variable, which is half of that of χ² with 2·shape degrees of freedom.
fn mean_with_tail(shape: f64, probability: f64) -> f64 {
    let gamma = Gamma::new(shape, 1.0).expect("a shape greater than 0 and a rate of 1 make a gamma distribution");
    let mut quantile = if shape < BISECTED {
        gamma.inverse_cdf(probability)
    } else {
        let z = if probability < 0.5 { -Z } else { Z };
        let ninth = 1.0 / (9.0 * shape);
        shape * (1.0 - ninth + z * ninth.sqrt()).powi(3)
    };
    for _ in 0..3 {
        // Not `pdf`, whose powers overflow.
        let density = gamma.ln_pdf(quantile).exp();
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
    const R: [(u64, f64, f64); 8] = [
        (0, 0.0, 3.688_879_454_113_936),
        (1, 0.025_317_807_984_289_876, 5.571_643_390_938_899),
        (5, 1.623_486_390_118_420_7, 11.668_332_079_322_667),
        (30, 20.240_874_021_420_915, 42.826_865_394_807_66),
        (1000, 938.973_018_407_695_2, 1_063.952_136_016_302),
        (148, 125.116_816_714_184_1, 173.857_035_506_284_03),
        (250_000, 249_020.965_504_321_24, 250_981.930_760_977_12),
        (1_000_000_000, 999_938_021.443_927_9, 1_000_061_981.450_408_9),
    ];

    #[test]
    fn agrees_with_r() {
        for (n, lower, upper) in R {
            for area in [1.0, 2.5] {
                let found = of_density(n, Area::try_from(area).unwrap()).map(|it| it * area);
                assert!((found[0] - lower).abs() <= 1e-9 * lower, "{n}: {} is not {lower}", found[0]);
                assert!((found[1] - upper).abs() <= 1e-9 * upper, "{n}: {} is not {upper}", found[1]);
            }
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
