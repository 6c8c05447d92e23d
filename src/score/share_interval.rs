//! The interval of a share that comes from two counts.
//!
//! With `n` of `N` cells, or `n` cells beside `N` others, the counting error alone gives Jeffreys' interval
//!
//! ```text
//! of a part of a whole     p in [ B(α/2; n+½, N-n+½), B(1-α/2; n+½, N-n+½) ]      100·p
//! beside a whole           p in [ B(α/2; n+½, N+½),   B(1-α/2; n+½, N+½) ]        100·p/(1-p)
//! ```
//!
//! where `B` is the quantile of a beta distribution; the lower end is 0 where n = 0, the upper end of a part 100 where n = N.
//! The second form is that of the ratio of two Poisson counts, given their sum. Cells cluster, so the true error is wider.
//!
//! # References
//!
//! * Brown LD, Cai TT, Das Gupta A. Interval estimation for a binomial proportion. *Stat Sci* 2001;16:101-133.
//!   doi:10.1214/ss/1009213286

use statrs::distribution::{Beta, ContinuousCDF};

/// Half of what a 95 % interval leaves out.
const TAIL: f64 = 0.025;

/// The 95 % interval of `n` cells in percent of the `whole` that they are part of; absent if there is no whole.
///
/// # Examples
///
/// ```
/// use contexture::score::share_interval;
///
/// let [lower, upper] = share_interval::of_part(0, 100).expect("a whole");
/// assert_eq!(lower, 0.0);
/// assert!((upper - 2.4746).abs() < 1e-4);
/// ```
pub fn of_part(n: u64, whole: u64) -> Option<[f64; 2]> {
    let rest = whole.checked_sub(n).filter(|_| whole > 0)?;
    let lower = if n == 0 { 0.0 } else { quantile(TAIL, n, rest) };
    let upper = if rest == 0 { 1.0 } else { quantile(1.0 - TAIL, n, rest) };
    Some([100.0 * lower, 100.0 * upper])
}

/// The 95 % interval of `n` cells for each 100 cells of a `whole` that they are no part of; absent if there is no whole.
pub fn beside(n: u64, whole: u64) -> Option<[f64; 2]> {
    let odds = |p: f64| 100.0 * p / (1.0 - p);
    let lower = if n == 0 { 0.0 } else { odds(quantile(TAIL, n, whole)) };
    (whole > 0).then(|| [lower, odds(quantile(1.0 - TAIL, n, whole))])
}

/// Quantile of a beta distribution with Jeffreys' prior: `n` successes and `others` failures.
fn quantile(probability: f64, n: u64, others: u64) -> f64 {
    let beta = Beta::new(n as f64 + 0.5, others as f64 + 0.5).expect("shapes of 1/2 or more make a beta distribution");
    beta.inverse_cdf(probability)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R 4.2.2: `qbeta(c(.025, .975), n + .5, N - n + .5)`.
    const R: [(u64, u64, f64, f64); 3] = [
        (1, 100, 0.001_081_101_709_080_065, 0.045_778_896_600_723_096),
        (50, 100, 0.403_173_950_896_418_1, 0.596_826_049_103_582),
        (300, 2000, 0.134_861_578_679_118, 0.166_150_518_749_309),
    ];

    #[test]
    fn agrees_with_r() {
        for (n, whole, lower, upper) in R {
            let found = of_part(n, whole).unwrap();
            assert!((found[0] / (100.0 * lower) - 1.0).abs() < 1e-8, "{n}/{whole}: {} is not {lower}", found[0]);
            assert!((found[1] / (100.0 * upper) - 1.0).abs() < 1e-8, "{n}/{whole}: {} is not {upper}", found[1]);
        }
    }

    #[test]
    fn an_interval_encloses_its_share_and_stays_inside_the_scale() {
        for (n, whole) in [(0, 1), (1, 1), (0, 500), (500, 500), (7, 350)] {
            let share = 100.0 * n as f64 / whole as f64;
            let [lower, upper] = of_part(n, whole).unwrap();
            assert!(0.0 <= lower && lower <= share && share <= upper && upper <= 100.0, "{n}/{whole}");
            let [lower, upper] = beside(n, whole).unwrap();
            assert!(0.0 <= lower && lower <= share && share <= upper, "{n} beside {whole}");
        }
    }

    #[test]
    fn a_share_of_nothing_is_undefined() {
        assert_eq!(of_part(0, 0), None);
        assert_eq!(beside(5, 0), None);
        assert_eq!(of_part(5, 4), None);
    }
}
