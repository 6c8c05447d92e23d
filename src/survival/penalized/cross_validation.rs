//! The penalty that predicts patients best whom the model has not seen.
//!
//! Patients are split into folds. Each fold is predicted by models that were fitted to the others; how well, says the
//! deviance that its patients add, given the rest (a fold alone may have too few patients at risk):
//!
//! ```text
//! D(β, A) = 2 (l_sat - l(β)) over the patients A,  with weights scaled to a mean of 1
//! d_k(λ)  = [ D(β_k, all) - D(β_k, all but fold k) ] / m_k           m_k: weight of the events of fold k
//! CV(λ)   = Σ m_k d_k / Σ m_k,     SE² = Σ m_k (d_k - CV)² / Σ m_k / (K - 1)                     Verweij 1993
//! λ_min   = the λ of the smallest CV; λ_1se = the largest λ whose CV is at most CV(λ_min) + SE(λ_min)
//! ```
//!
//! `λ_1se` gives the smaller model, which predicts as well as can be told. All is as in R's `cv.glmnet` with
//! `grouped = TRUE` and the penalties of the whole path given to each fold. Folds are random, but with equal shares of the
//! events; a fold without events says nothing and is not counted.
//!
//! # References
//!
//! * Verweij PJM, Van Houwelingen HC. Cross-validation in survival analysis. *Stat Med* 1993;12:2305-2314.
//!   doi:10.1002/sim.4780122407
//! * Simon N, Friedman J, Hastie T, Tibshirani R. Regularization paths for Cox's proportional hazards model via
//!   coordinate descent. *J Stat Softw* 2011;39(5):1-13. doi:10.18637/jss.v039.i05

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::elastic_net::{self, ElasticNetPath, Settings, for_each_solution};
use super::likelihood::Likelihood;
use crate::error::{Error, Result};
use crate::survival::cohort::{Cohort, expect_length};
use crate::survival::design::Design;
use crate::survival::replicates;

/// Which patients are predicted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Folds {
    /// Random folds, of equal size and with equal numbers of events as far as can be.
    Random {
        /// How many; at least 2, and not more than patients.
        n: usize,
        /// Fixes the split.
        seed: u64,
    },
    /// A code per patient, in the order of the cohort.
    Given(Vec<usize>),
}

impl Folds {
    /// Random folds of whole clusters, such as all rows of a patient: with equal numbers of clusters, and of those with an event,
    /// as far as can be. `clusters` holds one code per row, from 0.
    ///
    /// # Errors
    ///
    /// * [`Error::UnequalLengths`] if there is not one code per row.
    /// * [`Error::OutOfRange`] if there are fewer than two folds, or more than clusters.
    pub fn of_clusters(cohort: &Cohort, clusters: &[usize], n: usize, seed: u64) -> Result<Self> {
        expect_length("clusters", cohort.len(), clusters.len())?;
        let mut has_event = vec![false; clusters.iter().max().map_or(0, |last| last + 1)];
        for (outcome, &cluster) in cohort.outcomes().iter().zip(clusters) {
            has_event[cluster] |= outcome.event;
        }
        let fold_of_cluster = deal(&has_event, n, seed)?;
        Ok(Self::Given(clusters.iter().map(|&it| fold_of_cluster[it]).collect()))
    }
}

/// A path of penalties, with how well each predicts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrossValidation {
    /// The models fitted to all patients.
    pub path: ElasticNetPath,
    /// The fold of each patient, in the order of the cohort.
    pub folds: Vec<usize>,
    /// Number of folds that have an event.
    pub n_folds: usize,
    /// One per step of the path, in its order.
    pub points: Vec<CrossValidationPoint>,
    /// The model that predicts best.
    pub best: Selection,
    /// The model of the largest penalty that predicts as well, within one standard error.
    pub one_std_err: Selection,
}

/// How well the models of one penalty predict.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrossValidationPoint {
    /// The penalty.
    #[schemars(range(min = 0.0))]
    pub lambda: f64,
    /// Deviance of left-out patients, per event; smaller is better.
    pub mean_deviance: f64,
    /// Standard error of `mean_deviance`, from the differences between folds.
    #[schemars(range(min = 0.0))]
    pub std_err: f64,
}

/// A model chosen from the path. It has no p-values: the data that chose its columns cannot test them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// Place of the model in `path.steps` and `points`, from 0.
    pub step: usize,
    /// The penalty.
    #[schemars(range(min = 0.0))]
    pub lambda: f64,
    /// The columns in the model, in the order of the design.
    pub columns: Vec<SelectedColumn>,
}

/// A column with a coefficient other than 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SelectedColumn {
    /// The term of the design that the column belongs to.
    pub term: String,
    /// The level of a factor, or the term itself if it is a number.
    pub name: String,
    /// Logarithm of the hazard ratio, shrunk by the penalty.
    pub log_hazard_ratio: f64,
    /// Hazard ratio, shrunk by the penalty; absent if it exceeds the largest number.
    #[schemars(range(min = 0.0))]
    pub hazard_ratio: Option<f64>,
}

/// Fits the models along a path of penalties, and finds out by cross-validation which predict best.
///
/// Columns of the design, strata and folds are in the order of the cohort. The result is the same for any number of
/// threads.
///
/// # Errors
///
/// * Those of [`elastic_net::fit`].
/// * [`Error::UnequalLengths`] if there is not one fold per patient.
/// * [`Error::OutOfRange`] if the number of folds is below 2 or above the number of patients.
/// * [`Error::Unanswerable`] if fewer than two folds have an event, or no penalty is given.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::design::{Design, Term};
/// use contexture::survival::penalized::cross_validation::{self, Folds};
/// use contexture::survival::penalized::elastic_net::Settings;
///
/// let times: Vec<f64> = (1..=40).map(|it| f64::from(it * 17 % 41)).collect();
/// let cohort = Cohort::from_columns(&times, &[true; 40])?;
/// let near_time = times.iter().enumerate().map(|(idx, time)| time + (idx * 5 % 13) as f64).collect();
/// let design = Design::new(vec![Term::numeric("near time", near_time)]);
/// let folds = Folds::Random { n: 5, seed: 1 };
/// let validated = cross_validation::fit(&cohort, &design, None, &Settings::default(), &folds)?;
/// assert_eq!(validated.best.columns[0].name, "near time");
/// assert!(validated.one_std_err.lambda >= validated.best.lambda);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn fit(
    cohort: &Cohort,
    design: &Design,
    strata: Option<&[usize]>,
    settings: &Settings,
    folds: &Folds,
) -> Result<CrossValidation> {
    let path = elastic_net::fit(cohort, design, strata, settings)?;
    let folds = codes(cohort, folds)?;
    let lambdas: Vec<f64> = path.steps.iter().map(|it| it.lambda).collect();
    let mut levels: Vec<usize> = folds.clone();
    levels.sort_unstable();
    levels.dedup();
    let left_out: Vec<LeftOut> = levels
        .par_iter()
        .map(|&level| LeftOut::predict(cohort, design, strata, settings, &lambdas, |idx| folds[idx] == level))
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .filter(|it| it.event_weight > 0.0)
        .collect();
    if left_out.len() < 2 || lambdas.is_empty() {
        let problem = format!(
            "cross-validation needs a penalty and two folds with events, found {} and {}; choose fewer folds",
            lambdas.len(),
            left_out.len()
        );
        return Err(Error::Unanswerable { problem });
    }
    let points: Vec<CrossValidationPoint> =
        lambdas.iter().enumerate().map(|(step, &lambda)| point(&left_out, step, lambda)).collect();
    let (best, one_std_err) = choose(&points);
    Ok(CrossValidation {
        best: selection(&path, best),
        one_std_err: selection(&path, one_std_err),
        path,
        folds,
        n_folds: left_out.len(),
        points,
    })
}

/// What the models of a path say of a fold that they have not seen.
struct LeftOut {
    /// Weight of the events of the fold.
    event_weight: f64,
    /// Deviance per event at each penalty.
    deviances: Vec<f64>,
}

impl LeftOut {
    fn predict(
        cohort: &Cohort,
        design: &Design,
        strata: Option<&[usize]>,
        settings: &Settings,
        lambdas: &[f64],
        is_left_out: impl Fn(usize) -> bool,
    ) -> Result<Self> {
        let kept: Vec<usize> = (0..cohort.len()).filter(|&idx| !is_left_out(idx)).collect();
        let outcomes = cohort.outcomes().iter().enumerate();
        let event_weight =
            outcomes.filter(|(idx, it)| it.event && is_left_out(*idx)).map(|(idx, _)| cohort.weight(idx)).sum();

        let training = cohort.select(&kept);
        let pick = |values: &[f64]| -> Vec<f64> { kept.iter().map(|&idx| values[idx]).collect() };
        let all_columns: Vec<&[f64]> = design.columns().map(|(_, column)| column.values.as_slice()).collect();
        let columns: Vec<Vec<f64>> = all_columns.iter().map(|values| pick(values)).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let training_strata: Option<Vec<usize>> = strata.map(|it| kept.iter().map(|&idx| it[idx]).collect());
        let schedules = training.schedules(training_strata.as_deref())?;
        let (problem, scales) = elastic_net::problem(&training, &columns, &schedules, settings);

        // METHOD: The deviance of a fold is what it adds to that of the patients whom the model was fitted to.
        let (all, rest) = (with_mean_weight_1(cohort), with_mean_weight_1(&training));
        let all_schedules = all.schedules(strata)?;
        let rest_schedules = rest.schedules(training_strata.as_deref())?;
        let all = Likelihood::new(&all, &all_schedules, settings.ties);
        let rest = Likelihood::new(&rest, &rest_schedules, settings.ties);
        let saturated = all.saturated() - rest.saturated();
        let mut deviances = Vec::with_capacity(lambdas.len());
        for_each_solution(&problem, lambdas, |_, solution| {
            let mut predictor = vec![0.0; cohort.len()];
            for ((column, beta), scale) in all_columns.iter().zip(&solution.beta).zip(&scales) {
                if beta.abs() > 0.0 {
                    for (sum, x) in predictor.iter_mut().zip(*column) {
                        *sum += beta * scale * x;
                    }
                }
            }
            // A common shift changes nothing but the size of the exponentials.
            let largest = predictor.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            for it in &mut predictor {
                *it -= largest;
            }
            let of_all = all.at(&all.arranged(&predictor)).log_likelihood;
            let likelihood = of_all - rest.at(&rest.arranged(&pick(&predictor))).log_likelihood;
            deviances.push(2.0 * (saturated - likelihood) / event_weight);
            true
        });
        Ok(Self { event_weight, deviances })
    }
}

/// The cohort with weights scaled to sum to the number of patients.
fn with_mean_weight_1(cohort: &Cohort) -> std::borrow::Cow<'_, Cohort> {
    let scaled = cohort.weights().and_then(|weights| {
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        let weights: Vec<f64> = weights.iter().map(|it| it / mean).collect();
        cohort.clone().with_weights(&weights).ok()
    });
    scaled.map_or(std::borrow::Cow::Borrowed(cohort), std::borrow::Cow::Owned)
}

/// The mean over folds, with its standard error.
fn point(left_out: &[LeftOut], step: usize, lambda: f64) -> CrossValidationPoint {
    let total: f64 = left_out.iter().map(|it| it.event_weight).sum();
    let mean = |value: &dyn Fn(f64) -> f64| {
        left_out.iter().map(|it| it.event_weight * value(it.deviances[step])).sum::<f64>() / total
    };
    let mean_deviance = mean(&|it| it);
    let variance = mean(&|it| (it - mean_deviance).powi(2)) / (left_out.len() - 1) as f64;
    CrossValidationPoint { lambda, mean_deviance, std_err: variance.sqrt() }
}

/// The places of the best model, and of the first that is within one standard error of it.
fn choose(points: &[CrossValidationPoint]) -> (usize, usize) {
    let smallest = points.iter().map(|it| it.mean_deviance).fold(f64::INFINITY, f64::min);
    let first_at_most = |limit: f64| points.iter().position(|it| it.mean_deviance <= limit).unwrap_or(0);
    // Steps are in the order of falling penalties, so that the first is the smallest model.
    let best = first_at_most(smallest);
    (best, first_at_most(points[best].mean_deviance + points[best].std_err))
}

fn selection(path: &ElasticNetPath, step: usize) -> Selection {
    let model = &path.steps[step];
    let chosen = path.columns.iter().zip(&model.log_hazard_ratios).filter(|(_, beta)| beta.abs() > 0.0);
    let columns = chosen.map(|(column, &log_hazard_ratio)| SelectedColumn {
        term: column.term.clone(),
        name: column.name.clone(),
        log_hazard_ratio,
        hazard_ratio: Some(log_hazard_ratio.exp()).filter(|it| it.is_finite()),
    });
    Selection { step, lambda: model.lambda, columns: columns.collect() }
}

/// The fold of each patient.
fn codes(cohort: &Cohort, folds: &Folds) -> Result<Vec<usize>> {
    match folds {
        Folds::Given(codes) => {
            expect_length("folds", cohort.len(), codes.len())?;
            Ok(codes.clone())
        }
        &Folds::Random { n, seed } => {
            let has_event: Vec<bool> = cohort.outcomes().iter().map(|it| it.event).collect();
            deal(&has_event, n, seed)
        }
    }
}

/// Deals patients, or clusters of them, to folds.
fn deal(has_event: &[bool], n: usize, seed: u64) -> Result<Vec<usize>> {
    if n < 2 || n > has_event.len() {
        return Err(Error::OutOfRange {
            quantity: "number of folds",
            expected: "at least 2, and not more than patients",
            value: n as f64,
        });
    }
    let mut order: Vec<usize> = (0..has_event.len()).collect();
    replicates::shuffle(&mut order, &mut replicates::generator(seed, 0));
    // METHOD: Patients with the event are dealt out first, so that each fold has its share.
    order.sort_by_key(|&idx| !has_event[idx]);
    let mut codes = vec![0; has_event.len()];
    for (place, idx) in order.into_iter().enumerate() {
        codes[idx] = place % n;
    }
    Ok(codes)
}

#[cfg(test)]
mod tests;
