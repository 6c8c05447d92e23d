//! The mean of the component percentiles.
//!
//! Each density is turned into its percentile in the reference values of the same marker and region. The score is their
//! mean:
//!
//! ```text
//! score = (p_CD3,CT + p_CD3,IM + p_CD8,CT + p_CD8,IM) / 4          Pagès et al. 2018
//! ```
//!
//! A mean of percentiles is not a percentile: components correlate imperfectly, so its spread is narrower, and cuts at 25
//! and 70 do not make classes of 25, 45 and 30 %. The mean is not ranked again.
//!
//! # References
//!
//! * Pagès F, Mlecnik B, Marliot F, et al. International validation of the consensus Immunoscore for the classification of
//!   colon cancer: a prognostic and accuracy study. *Lancet* 2018;391:2128-2139. doi:10.1016/S0140-6736(18)30789-X

use crate::model::Percentile;

/// The mean of the percentiles, from 0 to 100; absent if there is none.
///
/// # Examples
///
/// Densities 20, 65, 5 and 95 in a reference of 10, 20, 20, 30, 40, 50, 60, 70, 80, 90:
///
/// ```
/// use contexture::model::TieRule;
/// use contexture::score::{Distribution, mean_percentile};
///
/// let reference = Distribution::new(vec![10.0, 20.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0])?;
/// let percentiles = [20.0, 65.0, 5.0, 95.0].map(|it| reference.standing(it).percentile(TieRule::Mid));
/// assert_eq!(percentiles.map(|it| it.value()), [20.0, 70.0, 0.0, 100.0]);
/// assert_eq!(mean_percentile::score(&percentiles), Some(47.5));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn score(percentiles: &[Percentile]) -> Option<f64> {
    of_points(percentiles.iter().map(|it| it.value()))
}

/// The mean of percentile points, of which those of an adverse component are 100 less its percentile.
pub(super) fn of_points(points: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0_u32);
    for it in points {
        sum += it;
        n += 1;
    }
    (n > 0).then(|| sum / f64::from(n))
}
