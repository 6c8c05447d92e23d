//! How well a Cox model tells patients apart, and how well its predictions hold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PatientSet;
use crate::error::Result;
use crate::protocol::Analysis;
use crate::survival::Cohort;
use crate::survival::bootstrap::Bootstrap;
use crate::survival::brier::{self, BrierScores, Reference};
use crate::survival::calibration::{self, Calibration};
use crate::survival::concordance::{self, TimeWeight, WeightedConcordance};
use crate::survival::confidence::ConfidenceScale;
use crate::survival::cox::{self, CoxModel, Refit, Settings};
use crate::survival::decision_curve::{self, DecisionCurve};
use crate::survival::design::Design;
use crate::survival::explained_variation::{self, RoystonD};
use crate::survival::optimism::{self, Predictions, Validation};
use crate::survival::relative_contribution::{self, RelativeContribution};
use crate::survival::time_dependent_auc::{self, Convention, TimeDependentAuc};

/// Groups of equal size by predicted risk in which predictions are compared with what happened.
const N_RISK_GROUPS: usize = 5;

/// How well a model tells patients apart, on the patients that it was fitted to unless something else is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelPerformance {
    /// Harrell's C.
    pub harrell: WeightedConcordance,
    /// Uno's C, which does not depend on censoring; absent with late entry.
    pub uno: Option<WeightedConcordance>,
    /// Royston and Sauerbrei's D and explained variation; absent where it is not defined.
    pub royston: Option<RoystonD>,
    /// What each term contributes to the model, by its Wald statistic.
    pub contributions: RelativeContribution,
    /// How well the risk tells who has had the event by each time of the analysis; absent without times, and with late entry
    /// or weights.
    pub auc: Option<TimeDependentAuc>,
    /// How far predicted survival is off at each time of the analysis; absent as `auc`.
    pub brier: Option<BrierScores>,
    /// Predicted and observed risk at each time of the analysis; empty as `auc` is absent.
    pub calibration: Vec<Calibration>,
    /// Net benefit of treating from each of the thresholds of the analysis, one entry a time; empty without thresholds, and as
    /// `auc` is absent.
    pub decision_curves: Vec<DecisionCurve>,
    /// What would be left in new patients, by bootstrap; absent unless that was asked for.
    pub validation: Option<Validation>,
}

/// How well a model tells patients apart; absent if no coefficient was estimated.
///
/// # Errors
///
/// None that the types of the arguments let happen; those of [`crate::survival`].
pub(super) fn performance(
    analysis: &Analysis,
    part: &PatientSet<'_>,
    design: &Design,
    settings: &Settings<'_>,
    model: &CoxModel,
) -> Result<Option<ModelPerformance>> {
    if model.coefficients.iter().all(|it| it.log_hazard_ratio.is_none()) {
        return Ok(None);
    }
    let (cohort, risk) = (&part.cohort, model.linear_predictor.as_slice());
    let concordance = |time_weight| {
        let settings = concordance::Settings {
            time_weight,
            strata: settings.strata,
            clusters: part.clusters.as_deref(),
            ..concordance::Settings::default()
        };
        concordance::estimate(cohort, risk, &settings)
    };
    let is_simple = is_simple(cohort);
    let at_times = is_simple && !analysis.times.is_empty();
    let survival = predicted_survival(analysis, part, design, settings, model)?;
    let risks = risks(survival.as_deref());
    let calibration = analysis.times.iter().zip(&risks);
    let calibration = calibration.map(|(&time, risk)| calibration::assess(cohort, risk, time, N_RISK_GROUPS));
    Ok(Some(ModelPerformance {
        harrell: concordance(TimeWeight::Equal)?,
        uno: if cohort.entries().is_none() { Some(concordance(TimeWeight::InverseSquaredCensoring)?) } else { None },
        royston: if is_simple { explained_variation::royston(cohort, risk)? } else { None },
        contributions: relative_contribution::of_model(model),
        auc: at_times
            .then(|| time_dependent_auc::estimate(cohort, risk, &analysis.times, None, Convention::TimeRoc))
            .transpose()?,
        brier: survival
            .map(|survival| brier::score(cohort, &analysis.times, &survival, Reference::KaplanMeier))
            .transpose()?,
        calibration: calibration.collect::<Result<_>>()?,
        decision_curves: decision_curves(analysis, cohort, &risks)?,
        validation: optimism_settings(analysis, part).map(|it| validation(part, design, settings, &it)).transpose()?,
    }))
}

/// How the optimism of a model is found; absent unless the analysis asks for it, and with late entry or weights.
pub(super) fn optimism_settings<'a>(analysis: &Analysis, part: &'a PatientSet<'_>) -> Option<optimism::Settings<'a>> {
    Some(optimism::Settings {
        n_replicates: analysis.bootstrap.filter(|_| is_simple(&part.cohort))?,
        seed: analysis.seed,
        clusters: part.clusters.as_deref(),
        strata: part.strata.as_deref(),
        time: None,
    })
}

/// Whether all rows are under observation from the start, and count as one.
fn is_simple(cohort: &Cohort) -> bool {
    cohort.entries().is_none() && cohort.weights().is_none()
}

/// Predicted risk of the event, as predicted survival; empty without.
pub(super) fn risks(survival: Option<&[Vec<f64>]>) -> Vec<Vec<f64>> {
    let risks = |survival: &Vec<f64>| survival.iter().map(|it| 1.0 - it).collect();
    survival.unwrap_or_default().iter().map(risks).collect()
}

/// Net benefit at the thresholds of the analysis, one entry a time that has risks; empty without thresholds.
pub(super) fn decision_curves(analysis: &Analysis, cohort: &Cohort, risks: &[Vec<f64>]) -> Result<Vec<DecisionCurve>> {
    if analysis.thresholds.is_empty() {
        return Ok(Vec::new());
    }
    let at_time = |(&time, risk): (&f64, &Vec<f64>)| {
        decision_curve::estimate(cohort, risk, time, &analysis.thresholds, bootstrap(analysis))
    };
    analysis.times.iter().zip(risks).map(at_time).collect()
}

/// Samples of the rows, with predictions for given.
pub(super) fn bootstrap(analysis: &Analysis) -> Option<Bootstrap> {
    analysis.bootstrap.map(|n_replicates| Bootstrap { n_replicates, seed: analysis.seed })
}

/// Predicted survival at each time of the analysis, one list a time with one number a row; absent without times, with late
/// entry or weights, and if a coefficient has no finite estimate.
pub(super) fn predicted_survival(
    analysis: &Analysis,
    part: &PatientSet<'_>,
    design: &Design,
    settings: &Settings<'_>,
    model: &CoxModel,
) -> Result<Option<Vec<Vec<f64>>>> {
    if analysis.times.is_empty() || !is_simple(&part.cohort) {
        return Ok(None);
    }
    let curves = cox::predicted_curves(&part.cohort, design, settings, model, &model.centers, ConfidenceScale::Log)?;
    let Some(curves) = curves else { return Ok(None) };
    let place = stratum_places(settings.strata, part.cohort.len());
    let at_time = |time: f64| {
        let hazards: Vec<f64> = curves
            .iter()
            .map(|curve| {
                let n_before = curve.steps.partition_point(|step| step.time <= time);
                n_before.checked_sub(1).map_or(0.0, |last| curve.steps[last].cumulative_hazard)
            })
            .collect();
        let of_row = |row: usize| (-hazards[place[row]] * model.linear_predictor[row].exp()).exp();
        (0..part.cohort.len()).map(of_row).collect()
    };
    Ok(Some(analysis.times.iter().map(|&time| at_time(time)).collect()))
}

/// The place of each row's stratum among the codes, ascending.
fn stratum_places(strata: Option<&[usize]>, n_rows: usize) -> Vec<usize> {
    let Some(strata) = strata else { return vec![0; n_rows] };
    let mut distinct = strata.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    strata.iter().map(|it| distinct.binary_search(it).expect("a code is one of the codes")).collect()
}

/// Bootstrap validation of a model whose columns are given: only its coefficients are estimated again.
fn validation(
    part: &PatientSet<'_>,
    design: &Design,
    settings: &Settings<'_>,
    bootstrap: &optimism::Settings<'_>,
) -> Result<Validation> {
    let refit = Refit::new(&part.cohort, design, settings)?;
    optimism::validate(&part.cohort, bootstrap, |draws| {
        // What was not estimated tells patients apart no further.
        let coefficients = refit.coefficients(draws).into_iter().map(|it| it.unwrap_or(0.0));
        let linear_predictor = linear_predictor(part.rows.len(), design, settings.offset, coefficients);
        Some(Predictions { linear_predictor, survival: None })
    })
}

/// The sum of the columns, each times its coefficient, beside an offset: one number a row.
pub(super) fn linear_predictor(
    n_rows: usize,
    design: &Design,
    offset: Option<&[f64]>,
    coefficients: impl IntoIterator<Item = f64>,
) -> Vec<f64> {
    let mut sums = offset.map_or_else(|| vec![0.0; n_rows], <[f64]>::to_vec);
    let columns = design.terms.iter().flat_map(|it| &it.columns);
    for (column, coefficient) in columns.zip(coefficients) {
        for (sum, x) in sums.iter_mut().zip(&column.values) {
            *sum += coefficient * x;
        }
    }
    sums
}
