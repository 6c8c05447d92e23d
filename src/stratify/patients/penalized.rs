//! Models with a penalty, and what is left of them in new patients.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PatientSet;
use super::performance::{linear_predictor, optimism_settings};
use crate::error::Result;
use crate::protocol::{Analysis, Penalty};
use crate::survival::Cohort;
use crate::survival::design::Design;
use crate::survival::firth::{self, FirthModel, Interval};
use crate::survival::optimism::{self, Predictions, Validation};
use crate::survival::penalized::cross_validation::{self, CrossValidation, Folds};
use crate::survival::penalized::ridge::{self, RidgeModel};
use crate::survival::penalized::{Scaling, Ties, elastic_net};

/// A model whose coefficients are shrunken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PenalizedModel {
    /// By the sum of their squares.
    Ridge(RidgeModel),
    /// By a mixture of absolute values and squares, its strength chosen by cross-validation.
    ElasticNet(Box<CrossValidation>),
    /// By Firth's penalty.
    Firth(FirthModel),
}

impl PenalizedModel {
    /// One coefficient a column; of an elastic net those of the model that predicts best.
    fn coefficients(&self) -> Vec<f64> {
        // What was not estimated tells patients apart no further.
        match self {
            Self::Ridge(it) => it.coefficients.iter().map(|it| it.log_hazard_ratio.unwrap_or(0.0)).collect(),
            Self::ElasticNet(it) => it.path.steps[it.best.step].log_hazard_ratios.clone(),
            Self::Firth(it) => it.coefficients.iter().map(|it| it.log_hazard_ratio.unwrap_or(0.0)).collect(),
        }
    }
}

/// Fits a model with its penalty.
///
/// # Errors
///
/// [`Error::Unanswerable`](crate::error::Error::Unanswerable) if too few folds have an event.
pub(super) fn fit(
    analysis: &Analysis,
    part: &PatientSet<'_>,
    design: &Design,
    penalty: Penalty,
) -> Result<PenalizedModel> {
    let folds = match (penalty, &part.clusters) {
        // METHOD: rows of a cluster are alike, so that a model that has seen one has seen the others.
        (Penalty::ElasticNet { folds, .. }, Some(clusters)) => {
            Folds::of_clusters(&part.cohort, clusters, folds, analysis.seed)?
        }
        (Penalty::ElasticNet { folds, .. }, None) => Folds::Random { n: folds, seed: analysis.seed },
        _ => Folds::Given(Vec::new()),
    };
    fit_to(&part.cohort, design, part.strata.as_deref(), penalty, &folds, Interval::ProfileLikelihood)
}

fn fit_to(
    cohort: &Cohort,
    design: &Design,
    strata: Option<&[usize]>,
    penalty: Penalty,
    folds: &Folds,
    interval: Interval,
) -> Result<PenalizedModel> {
    Ok(match penalty {
        Penalty::Ridge { theta } => {
            PenalizedModel::Ridge(ridge::fit(cohort, design, strata, theta, Scaling::StandardDeviation)?)
        }
        Penalty::ElasticNet { alpha, .. } => {
            let settings = elastic_net::Settings { alpha, ..elastic_net::Settings::default() };
            PenalizedModel::ElasticNet(Box::new(cross_validation::fit(cohort, design, strata, &settings, folds)?))
        }
        Penalty::Firth => PenalizedModel::Firth(firth::fit(cohort, design, strata, Ties::default(), interval)?),
    })
}

/// Bootstrap validation of a fitted model: in each sample it is fitted anew, and the strength of an elastic net chosen anew.
///
/// Absent unless the analysis asks for it, and with late entry.
///
/// # Errors
///
/// None that the types of the arguments let happen; those of [`optimism::validate`].
pub(super) fn validate(
    analysis: &Analysis,
    part: &PatientSet<'_>,
    design: &Design,
    penalty: Penalty,
    model: &PenalizedModel,
) -> Result<Option<Validation>> {
    let Some(settings) = optimism_settings(analysis, part) else { return Ok(None) };
    let folds_of_all = match model {
        PenalizedModel::ElasticNet(it) => it.folds.as_slice(),
        PenalizedModel::Ridge(_) | PenalizedModel::Firth(_) => &[],
    };
    let validation = optimism::validate(&part.cohort, &settings, |drawn| {
        let pick = |codes: &[usize]| -> Vec<usize> { drawn.iter().map(|&it| codes[it]).collect() };
        let strata = part.strata.as_deref().map(pick);
        // METHOD: a patient who was drawn twice is in one fold, or the strength would be chosen on patients already seen.
        let folds = Folds::Given(if folds_of_all.is_empty() { Vec::new() } else { pick(folds_of_all) });
        let (cohort, columns) = (part.cohort.select(drawn), design.select(drawn));
        let model = fit_to(&cohort, &columns, strata.as_deref(), penalty, &folds, Interval::Wald).ok()?;
        let linear_predictor = linear_predictor(part.rows.len(), design, None, model.coefficients());
        Some(Predictions { linear_predictor, survival: None })
    });
    validation.map(Some)
}
