//! Optimism of a model, by Harrell's bootstrap: how much worse it will do in new patients.
//!
//! A model looks better in the patients whom it was fitted to than it will in others. For each of `B` samples of patients
//! with replacement, everything that was done with the data is done again in the sample: choice of cut-offs, scaling,
//! selection of variables, penalty, coefficients. What comes of it is judged in the sample and in all patients:
//!
//! ```text
//! optimism  = 1/B Σ_b [θ(model of sample b, in sample b) - θ(model of sample b, in all)]      Harrell 1996
//! corrected = θ(model of all, in all) - optimism
//! ```
//!
//! A step that looked at outcomes and is not repeated stays in the corrected figures as if it had been free. Hence the
//! model is given as a function of the rows drawn ([`validate`]).
//!
//! What is drawn are patients, each with all rows ([`Settings::clusters`]), and from each stratum, such as a centre, as
//! many as it has ([`Settings::strata`]). A sample in which the model cannot be fitted is left out and counted.
//!
//! # References
//!
//! * Harrell FE, Lee KL, Mark DB. Multivariable prognostic models: issues in developing models, evaluating assumptions and
//!   adequacy, and measuring and reducing errors. *Stat Med* 1996;15:361-387.
//!   `doi:10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::draws::Draws;
use super::brier::{self, Reference};
use super::cohort::{Cohort, expect_length};
use super::{calibration, concordance, explained_variation, replicates};
use crate::error::{Error, Result};

mod draws;

/// Samples unless asked otherwise; the error of the mean is then about a fourteenth of the spread of a sample.
const N_REPLICATES: usize = 200;

/// What a model predicts for all patients.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    /// One value per patient in the order of the cohort, high where the event comes early; on the scale of the log hazard
    /// for the calibration slope to mean anything.
    pub linear_predictor: Vec<f64>,
    /// Probability of no event by [`Settings::time`], one per patient; `None` leaves out the Brier score.
    pub survival: Option<Vec<f64>>,
}

/// How to draw samples, and what to judge.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Number of samples.
    pub n_replicates: usize,
    /// Fixes the samples, for any number of threads.
    pub seed: u64,
    /// One code per row: the rows of a patient are drawn together. `None`: each row is a patient.
    pub clusters: Option<&'a [usize]>,
    /// One code per row: patients are drawn within strata. `None`: from all.
    pub strata: Option<&'a [usize]>,
    /// The time of the Brier score, in the unit of the cohort; `None`: no Brier score.
    pub time: Option<f64>,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Self { n_replicates: N_REPLICATES, seed: 1, clusters: None, strata: None, time: None }
    }
}

/// What a model is worth, in the patients whom it was fitted to and in others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    /// Samples drawn.
    pub n_replicates: usize,
    /// Of them, those in which the model could not be fitted; they are left out.
    pub n_failed: usize,
    /// Harrell's C of the linear predictor; 0.5 is chance.
    pub concordance: Corrected,
    /// Royston and Sauerbrei's D of the linear predictor; 0 is chance.
    pub royston_d: Corrected,
    /// Calibration slope of the linear predictor; its corrected value is the factor by which to shrink coefficients.
    pub calibration_slope: Corrected,
    /// Brier score at the time asked for, the lower the better; absent throughout without a time or predictions.
    pub brier: Corrected,
}

/// A measure, its optimism, and what is left.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Corrected {
    /// In the patients whom the model was fitted to; absent where the measure is not defined.
    pub apparent: Option<f64>,
    /// Mean over samples of the measure in the sample less that in all patients; absent if no sample has both.
    pub optimism: Option<f64>,
    /// `apparent` less `optimism`; absent if one of them is.
    pub corrected: Option<f64>,
    /// Samples in which the measure is defined.
    pub n_replicates: usize,
}

/// Validates a model by the bootstrap.
///
/// `fit` gets the rows of a sample, a row as often as it was drawn, does with them everything that was done to build the
/// model, and returns what that model predicts for *all* rows of the cohort; `None` if there is no model. It is called
/// with all rows first, then once for each sample, from several threads.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one prediction, cluster and stratum per row.
/// * [`Error::OutOfRange`] if a prediction is not finite, or no probability of survival.
/// * [`Error::Unanswerable`] if there is no model of all patients, if a cluster has rows in two strata, or if a Brier
///   score is asked for and patients enter late.
///
/// # Examples
///
/// A Cox model of a score that is cut at the median of the sample:
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::cox;
/// use contexture::survival::design::{Design, Term};
/// use contexture::survival::optimism::{self, Predictions, Settings};
///
/// let times: Vec<f64> = (1..=30).map(f64::from).collect();
/// let events: Vec<bool> = (0..30).map(|it| it % 4 != 0).collect();
/// let score: Vec<f64> = (0..30).map(|it| f64::from(it * 7 % 11)).collect();
/// let cohort = Cohort::from_columns(&times, &events)?;
/// let validation = optimism::validate(&cohort, &Settings::default(), |drawn| {
///     let mut sorted: Vec<f64> = drawn.iter().map(|&it| score[it]).collect();
///     sorted.sort_by(f64::total_cmp);
///     let cut = sorted[sorted.len() / 2];
///     let is_high = |it: usize| if score[it] > cut { 1.0 } else { 0.0 };
///     let design = Design::new(vec![Term::numeric("high", drawn.iter().map(|&it| is_high(it)).collect())]);
///     let model = cox::fit(&cohort.select(drawn), &design, None).ok()?;
///     let coefficient = model.coefficients[0].log_hazard_ratio?;
///     let linear_predictor = (0..score.len()).map(|it| coefficient * is_high(it)).collect();
///     Some(Predictions { linear_predictor, survival: None })
/// })?;
/// assert!(validation.concordance.corrected < validation.concordance.apparent);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn validate(
    cohort: &Cohort,
    settings: &Settings<'_>,
    fit: impl Fn(&[usize]) -> Option<Predictions> + Sync,
) -> Result<Validation> {
    let draws = Draws::new(cohort.len(), settings.clusters, settings.strata)?;
    let all_rows: Vec<usize> = (0..cohort.len()).collect();
    let Some(predictions) = fit(&all_rows) else {
        return Err(Error::Unanswerable {
            problem: "there is no model of all patients to validate; fit one first".to_owned(),
        });
    };
    let apparent = Measures::of(cohort, &predictions, settings.time)?;

    let replicates = replicates::map(settings.n_replicates, settings.seed, |random| {
        let drawn = draws.sample(random);
        // Coefficients that diverge in a sample are no model of it.
        let model = fit(&drawn).filter(|it| it.linear_predictor.iter().all(|it| it.is_finite()));
        let Some(predictions) = model else { return Ok(None) };
        let in_all = Measures::of(cohort, &predictions, settings.time)?;
        let in_sample = Measures::of(&cohort.select(&drawn), &predictions.select(&drawn), settings.time)?;
        Ok(Some((in_sample, in_all)))
    });
    let replicates: Vec<Option<(Measures, Measures)>> = replicates.into_iter().collect::<Result<_>>()?;

    let fitted: Vec<&(Measures, Measures)> = replicates.iter().flatten().collect();
    let corrected = |of: fn(&Measures) -> Option<f64>| {
        let excess: Vec<f64> =
            fitted.iter().filter_map(|(in_sample, in_all)| Some(of(in_sample)? - of(in_all)?)).collect();
        let optimism = (!excess.is_empty()).then(|| excess.iter().sum::<f64>() / excess.len() as f64);
        let apparent = of(&apparent);
        Corrected {
            apparent,
            optimism,
            corrected: apparent.zip(optimism).map(|(apparent, optimism)| apparent - optimism),
            n_replicates: excess.len(),
        }
    };
    Ok(Validation {
        n_replicates: replicates.len(),
        n_failed: replicates.len() - fitted.len(),
        concordance: corrected(|it| it.concordance),
        royston_d: corrected(|it| it.royston_d),
        calibration_slope: corrected(|it| it.calibration_slope),
        brier: corrected(|it| it.brier),
    })
}

impl Predictions {
    fn select(&self, rows: &[usize]) -> Self {
        let pick = |values: &Vec<f64>| rows.iter().map(|&it| values[it]).collect();
        Self { linear_predictor: pick(&self.linear_predictor), survival: self.survival.as_ref().map(pick) }
    }
}

/// What a model is worth in some patients.
struct Measures {
    concordance: Option<f64>,
    royston_d: Option<f64>,
    calibration_slope: Option<f64>,
    brier: Option<f64>,
}

impl Measures {
    fn of(cohort: &Cohort, predictions: &Predictions, time: Option<f64>) -> Result<Self> {
        let index = &predictions.linear_predictor;
        expect_length("linear predictors", cohort.len(), index.len())?;
        let brier = match (time, &predictions.survival) {
            (Some(time), Some(survival)) => {
                let survival = std::slice::from_ref(survival);
                brier::score(cohort, &[time], survival, Reference::KaplanMeier)?.times[0].brier
            }
            _ => None,
        };
        Ok(Self {
            concordance: concordance::harrell(cohort, index, None)?.concordance,
            royston_d: explained_variation::royston(cohort, index)?.map(|it| it.d),
            calibration_slope: calibration::slope(cohort, index)?.map(|it| it.slope),
            brier,
        })
    }
}

#[cfg(test)]
mod tests;
