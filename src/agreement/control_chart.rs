//! The control chart of Levey and Jennings: means of batches in the order of their dates, against those to be expected.
//!
//! ```text
//! z = (mean of ln y - center) / SD of a batch mean
//! ```
//!
//! The center and the spread come from one of two kinds of reference. From batches that were in control: mean and
//! standard deviation of their means, which holds what always differs between batches; a score or more of them are wanted.
//! From patients: mean of their logarithms, and their standard deviation over `√n` for a batch of `n` (Shewhart's chart of
//! means), which takes patients of a batch for a random sample and so gives the alarm early.
//!
//! Densities of 0 have no logarithm; they are left out of means and counted. A batch without a positive density has no
//! mean, and rules look past it.
//!
//! Rules (Westgard 1981), each broken by the batch that completes the pattern; `1_2s` is a warning:
//!
//! ```text
//! 1_2s   one mean beyond 2 SD                   2_2s   two in a row beyond 2 SD on the same side
//! 1_3s   one mean beyond 3 SD                   R_4s   two in a row beyond 2 SD on opposite sides
//! 4_1s   four in a row beyond 1 SD, same side   10_x   ten in a row on the same side of the center
//! ```
//!
//! Beyond is farther, not as far. If nothing changes, a batch breaks `1_3s` with probability
//! 0.0027, and `10_x` with 0.002.
//!
//! # References
//!
//! * Levey S, Jennings ER. The use of control charts in the clinical laboratory. *Am J Clin Pathol* 1950;20:1059-1066.
//!   <https://doi.org/10.1093/ajcp/20.11_ts.1059>
//! * Westgard JO, Barry PL, Hunt MR, Groth T. A multi-rule Shewhart chart for quality control in clinical chemistry.
//!   *Clin Chem* 1981;27:493-501. doi:10.1093/clinchem/27.3.493

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sample::{LogSample, expect_measurements, mean, std_dev};
use crate::error::Result;

/// What the spread of a control is the spread of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Spread {
    /// Means of batches.
    OfBatchMeans,
    /// Patients: the mean of `n` of them has 1/√n of it.
    OfPatients,
}

/// What batches are to be like.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Mean of the logarithms.
    pub center: f64,
    /// Their standard deviation; above 0.
    #[schemars(range(min = 0.0))]
    pub std_dev: f64,
    /// What varies by that much.
    pub spread: Spread,
}

impl Control {
    /// The control that the patients of a reference give; `None` with fewer than two different positive densities.
    ///
    /// # Errors
    ///
    /// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a density is not finite or below 0.
    pub fn of_patients(reference: &[f64]) -> Result<Option<Self>> {
        expect_measurements("density of the reference", reference)?;
        let sample = LogSample::new(reference);
        Ok(Self::new(sample.mean, sample.std_dev, Spread::OfPatients))
    }

    /// The control that batches of densities give; `None` with fewer than two different means.
    ///
    /// # Errors
    ///
    /// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a density is not finite or below 0.
    pub fn of_batches(batches: &[Vec<f64>]) -> Result<Option<Self>> {
        for batch in batches {
            expect_measurements("density of a reference batch", batch)?;
        }
        let means: Vec<f64> = batches.iter().filter_map(|it| LogSample::new(it).mean).collect();
        Ok(if means.len() < 2 {
            None
        } else {
            Self::new(Some(mean(&means)), Some(std_dev(&means)), Spread::OfBatchMeans)
        })
    }

    fn new(center: Option<f64>, std_dev: Option<f64>, spread: Spread) -> Option<Self> {
        let (center, std_dev) = (center?, std_dev?);
        (std_dev > 0.0).then_some(Self { center, std_dev, spread })
    }

    /// Standard deviation of the mean of `n` patients, one or more, with a [design effect](super::design_effect).
    fn std_dev_of_mean(&self, n: usize, design_effect: f64) -> f64 {
        match self.spread {
            Spread::OfBatchMeans => self.std_dev,
            Spread::OfPatients => self.std_dev * (design_effect / n as f64).sqrt(),
        }
    }
}

/// A rule of Westgard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Rule {
    /// One mean beyond 2 standard deviations: a warning.
    #[serde(rename = "1_2s")]
    OneBeyondTwo,
    /// One mean beyond 3 standard deviations.
    #[serde(rename = "1_3s")]
    OneBeyondThree,
    /// Two in a row beyond 2 standard deviations on the same side.
    #[serde(rename = "2_2s")]
    TwoBeyondTwo,
    /// Two in a row beyond 2 standard deviations on opposite sides.
    #[serde(rename = "R_4s")]
    RangeOfFour,
    /// Four in a row beyond 1 standard deviation on the same side.
    #[serde(rename = "4_1s")]
    FourBeyondOne,
    /// Ten in a row on the same side of the center.
    #[serde(rename = "10_x")]
    TenOnOneSide,
}

impl Rule {
    /// All of them, in the order of their patterns' length.
    pub const ALL: [Self; 6] = [
        Self::OneBeyondTwo,
        Self::OneBeyondThree,
        Self::TwoBeyondTwo,
        Self::RangeOfFour,
        Self::FourBeyondOne,
        Self::TenOnOneSide,
    ];

    /// Whether the last of these batches breaks it.
    fn is_broken_by(self, z: &[f64]) -> bool {
        let run = |n: usize, limit: f64| {
            let last = z.len().checked_sub(n).map(|from| &z[from..]);
            last.is_some_and(|it| it.iter().all(|&z| z > limit) || it.iter().all(|&z| z < -limit))
        };
        match self {
            Self::OneBeyondTwo => run(1, 2.0),
            Self::OneBeyondThree => run(1, 3.0),
            Self::TwoBeyondTwo => run(2, 2.0),
            Self::RangeOfFour => match z {
                [.., a, b] => a.min(*b) < -2.0 && a.max(*b) > 2.0,
                _ => false,
            },
            Self::FourBeyondOne => run(4, 1.0),
            Self::TenOnOneSide => run(10, 0.0),
        }
    }
}

/// One batch on the chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Logarithms of its densities.
    pub batch: LogSample,
    /// Its mean less the center, in standard deviations of such a mean; absent without a positive density.
    pub z: Option<f64>,
    /// Its geometric mean over that of the control; absent with `z`.
    #[schemars(range(min = 0.0))]
    pub geometric_mean_ratio: Option<f64>,
    /// Where the lines of 1, 2 and 3 standard deviations below the center are for it, as such ratios; those above are
    /// their reciprocals. Absent with `z`.
    pub lower_ratios: Option<[f64; 3]>,
    /// Rules that it breaks.
    pub broken_rules: Vec<Rule>,
}

/// Puts batches of densities, in the order of their dates, on the chart of a control; each with the [design
/// effect](super::design_effect) of its mean, which is 1 where each patient has one density.
///
/// # Errors
///
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a density is not finite or below 0.
///
/// # Examples
///
/// ```
/// use contexture::agreement::control_chart::{self, Control, Rule};
///
/// let reference: Vec<f64> = (1..=50).map(f64::from).collect();
/// let control = Control::of_patients(&reference)?.unwrap();
/// let faint: Vec<f64> = reference.iter().map(|it| it / 4.0).collect();
/// let points = control_chart::chart(&control, &[(reference, 1.0), (faint, 1.0)])?;
/// assert!(points[0].broken_rules.is_empty());
/// assert!(points[1].broken_rules.contains(&Rule::OneBeyondThree));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn chart(control: &Control, batches: &[(Vec<f64>, f64)]) -> Result<Vec<Point>> {
    // METHOD: Rules look past a batch without a mean, as at a day without a control.
    let mut so_far = Vec::new();
    let mut points = Vec::with_capacity(batches.len());
    for (batch, design_effect) in batches {
        expect_measurements("density of a batch", batch)?;
        let sample = LogSample::new(batch);
        let mut point =
            Point { batch: sample, z: None, geometric_mean_ratio: None, lower_ratios: None, broken_rules: Vec::new() };
        if let Some(mean) = sample.mean {
            let std_dev = control.std_dev_of_mean(sample.n_positive, *design_effect);
            let z = (mean - control.center) / std_dev;
            so_far.push(z);
            point.z = Some(z);
            point.geometric_mean_ratio = Some((mean - control.center).exp());
            point.lower_ratios = Some([1.0, 2.0, 3.0].map(|it: f64| (-it * std_dev).exp()));
            point.broken_rules = Rule::ALL.into_iter().filter(|it| it.is_broken_by(&so_far)).collect();
        }
        points.push(point);
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Batches of one patient each, whose means are this many standard deviations from the center.
    fn charted(z: &[f64]) -> Vec<Point> {
        let control = Control { center: 1.0, std_dev: 0.5, spread: Spread::OfBatchMeans };
        let batches: Vec<_> = z.iter().map(|it| (vec![(1.0 + 0.5 * it).exp()], 1.0)).collect();
        chart(&control, &batches).unwrap()
    }

    /// The rules that the last batch breaks.
    fn broken(z: &[f64]) -> Vec<Rule> {
        charted(z).pop().unwrap().broken_rules
    }

    #[test]
    fn each_rule_has_its_pattern() {
        assert_eq!(broken(&[1.9]), []);
        assert_eq!(broken(&[-2.1]), [Rule::OneBeyondTwo]);
        assert_eq!(broken(&[3.1]), [Rule::OneBeyondTwo, Rule::OneBeyondThree]);
        assert_eq!(broken(&[2.1, 2.2]), [Rule::OneBeyondTwo, Rule::TwoBeyondTwo]);
        assert_eq!(broken(&[2.1, -2.2]), [Rule::OneBeyondTwo, Rule::RangeOfFour]);
        assert_eq!(broken(&[2.1, 0.0, 2.1]), [Rule::OneBeyondTwo]);
        assert_eq!(broken(&[-1.1, -1.2, -1.1, -1.3]), [Rule::FourBeyondOne]);
        assert_eq!(broken(&[-1.1, -1.2, 1.1, -1.3]), []);
        assert_eq!(broken(&[0.1; 10]), [Rule::TenOnOneSide]);
        assert_eq!(broken(&[0.1; 9]), []);
    }

    #[test]
    fn a_broken_rule_belongs_to_the_batch_that_breaks_it() {
        let n_broken: Vec<usize> = charted(&[0.1, 3.1, 0.1]).iter().map(|it| it.broken_rules.len()).collect();
        assert_eq!(n_broken, [0, 2, 0]);
    }

    #[test]
    fn the_mean_of_more_patients_has_narrower_limits() {
        let control = Control { center: 0.0, std_dev: 1.0, spread: Spread::OfPatients };
        let nine = || vec![1.5_f64.exp(); 9];
        let points = chart(&control, &[(vec![1.5_f64.exp()], 1.0), (nine(), 1.0), (nine(), 9.0)]).unwrap();
        assert!((points[0].z.unwrap() - 1.5).abs() < 1e-12 && (points[1].z.unwrap() - 4.5).abs() < 1e-12);
        assert!((points[2].z.unwrap() - 1.5).abs() < 1e-12, "nine that are alike are one");
        assert!((points[1].lower_ratios.unwrap()[2] - (-1.0_f64).exp()).abs() < 1e-12);
    }

    #[test]
    fn a_batch_without_positive_densities_is_looked_past() {
        let control = Control { center: 0.0, std_dev: 1.0, spread: Spread::OfBatchMeans };
        let far = || vec![2.5_f64.exp()];
        let points = chart(&control, &[far(), vec![0.0, 0.0], Vec::new(), far()].map(|it| (it, 1.0))).unwrap();
        assert_eq!((points[1].z, points[1].batch.n_zero, points[1].broken_rules.len()), (None, 2, 0));
        assert!(points[3].broken_rules.contains(&Rule::TwoBeyondTwo));
        assert!(chart(&control, &[(vec![f64::NAN], 1.0)]).is_err());
    }

    #[test]
    fn no_control_without_variation() {
        assert_eq!(Control::of_patients(&[5.0; 9]).unwrap(), None);
        assert_eq!(Control::of_patients(&[0.0, 0.0, 3.0]).unwrap(), None);
        assert_eq!(Control::of_batches(&[vec![1.0], vec![0.0]]).unwrap(), None);
        let control = Control::of_batches(&[vec![1.0], vec![1.0_f64.exp().powi(2)]]).unwrap().unwrap();
        assert!((control.center - 1.0).abs() < 1e-12 && (control.std_dev - 2.0_f64.sqrt()).abs() < 1e-12);
        assert!(Control::of_batches(&[vec![-1.0]]).is_err());
    }

    #[test]
    fn rules_are_written_by_their_names() {
        let names = serde_json::to_string(&Rule::ALL).unwrap();
        assert_eq!(names, r#"["1_2s","1_3s","2_2s","R_4s","4_1s","10_x"]"#);
    }
}
