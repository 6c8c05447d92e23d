//! The area under the ROC curve where covariates tell who is lost from view.
//!
//! If patients of one kind are lost more often than others, those who remain stand in for them badly unless each patient
//! has a probability of being kept in view of its own. A Cox model of the censorings gives it:
//!
//! ```text
//! G(t | x) = exp(-Λ_0(t) e^{γ'x})                hazard of being lost, ties by Efron
//! a_i      = 1 / G(T_i- | x_i)    of a case, and of a patient with a competing event
//! b_j      = 1 / G(t | x_j)       of a control in view
//! ```
//!
//! in place of the one `G` of [`estimate`](super::estimate): timeROC's `weighting = "cox"`, which always has the marker
//! among the covariates. As in that package, whoever has an event at a time at which others are lost counts as at risk of
//! being lost there, and there is no standard error; a bootstrap of the patients gives one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pairs::MarkerOrder;
use super::{check, competes};
use crate::error::Result;
use crate::survival::censoring::refuse_late_entry;
use crate::survival::cohort::Cohort;
use crate::survival::confidence::ConfidenceScale;
use crate::survival::cox::{self, Settings};
use crate::survival::design::Design;

/// Areas under the ROC curve at a time, with weights from a model of the censorings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AucGivenCovariates {
    /// The time, in the unit of the cohort.
    pub time: f64,
    /// Patients with the event before then.
    pub n_cases: usize,
    /// Patients in view after it without any event.
    pub n_event_free: usize,
    /// Patients with a competing event before then.
    pub n_competing: usize,
    /// Cases against those without any event; absent if there are no cases or no controls.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub event_free: Option<f64>,
    /// Cases against all who are not; absent without cases, without controls, or if nobody had a competing event.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub all_others: Option<f64>,
}

/// Estimates the area under the ROC curve of a marker at some times, given the covariates on which loss from view depends.
///
/// Arguments are those of [`estimate`](super::estimate), with cases as timeROC has them; `covariates` holds one row per
/// patient, the marker among its columns if loss may depend on it. One row per time, in the order asked for. `None` if
/// the model of the censorings has no estimate, because all covariates are constant among those at risk of being lost,
/// or because one foretells all losses.
///
/// # Errors
///
/// As [`estimate`](super::estimate), also for the covariates.
pub fn estimate_given_covariates(
    cohort: &Cohort,
    marker: &[f64],
    times: &[f64],
    competing: Option<&[bool]>,
    covariates: &Design,
) -> Result<Option<Vec<AucGivenCovariates>>> {
    check(cohort, marker, times, competing)?;
    refuse_late_entry(cohort)?;
    let outcomes = cohort.outcomes();
    let is_lost = |idx: usize| !outcomes[idx].event && !competes(competing, idx);
    let losses = cohort.with_events(is_lost);
    let Some(in_view) = LossModel::fit(&losses, covariates)? else { return Ok(None) };

    let order = MarkerOrder::new(marker.iter().copied());
    let before_end: Vec<f64> = (0..cohort.len()).map(|idx| in_view.before(outcomes[idx].time, idx)).collect();
    let at = |time: f64| {
        let weights = |counts: &dyn Fn(usize) -> bool, in_view: &dyn Fn(usize) -> f64| -> Vec<f64> {
            (0..cohort.len()).map(|idx| if counts(idx) { 1.0 / in_view(idx) } else { 0.0 }).collect()
        };
        let cases = weights(&|idx| outcomes[idx].event && outcomes[idx].time < time, &|idx| before_end[idx]);
        let rivals = weights(&|idx| competes(competing, idx) && outcomes[idx].time < time, &|idx| before_end[idx]);
        let free = weights(&|idx| outcomes[idx].time > time, &|idx| in_view.at(time, idx));
        let others: Vec<f64> = free.iter().zip(&rivals).map(|(a, b)| a + b).collect();
        let count = |weights: &[f64]| weights.iter().filter(|it| **it > 0.0).count();
        let area = |controls: &[f64]| {
            let all = cases.iter().sum::<f64>() * controls.iter().sum::<f64>();
            // Sums of weights may pass 1 by round-off, and infinite ones of a lost cause have no ratio.
            Some(order.pairs(&cases, controls).total / all).filter(|it| it.is_finite()).map(|it| it.clamp(0.0, 1.0))
        };
        let n_competing = count(&rivals);
        AucGivenCovariates {
            time,
            n_cases: count(&cases),
            n_event_free: count(&free),
            n_competing,
            event_free: area(&free),
            all_others: if n_competing > 0 { area(&others) } else { None },
        }
    };
    Ok(Some(times.iter().map(|&time| at(time)).collect()))
}

/// The probability of being in view, given covariates.
struct LossModel {
    /// Of each patient, the hazard of being lost in relation to one with mean covariates.
    hazard_ratios: Vec<f64>,
    /// Distinct times, and the cumulative hazard at mean covariates before each and after the last.
    times: Vec<f64>,
    hazards: Vec<f64>,
}

impl LossModel {
    fn fit(losses: &Cohort, covariates: &Design) -> Result<Option<Self>> {
        let settings = Settings::default();
        let model = cox::fit_with(losses, covariates, &settings)?;
        if losses.n_events() == 0 {
            return Ok(Some(Self { hazard_ratios: vec![1.0; losses.len()], times: Vec::new(), hazards: vec![0.0] }));
        }
        let scale = ConfidenceScale::Log;
        let curves = cox::predicted_curves(losses, covariates, &settings, &model, &model.centers, scale)?;
        let Some(steps) = curves.map(|it| it.into_iter().flat_map(|it| it.steps).collect::<Vec<_>>()) else {
            return Ok(None);
        };
        Ok(Some(Self {
            hazard_ratios: model.linear_predictor.iter().map(|it| it.exp()).collect(),
            times: steps.iter().map(|it| it.time).collect(),
            hazards: std::iter::once(0.0).chain(steps.iter().map(|it| it.cumulative_hazard)).collect(),
        }))
    }

    /// `G(t- | x)` of a patient.
    fn before(&self, time: f64, idx: usize) -> f64 {
        self.survival(self.times.partition_point(|it| *it < time), idx)
    }

    /// `G(t | x)` of a patient.
    fn at(&self, time: f64, idx: usize) -> f64 {
        self.survival(self.times.partition_point(|it| *it <= time), idx)
    }

    fn survival(&self, n_times: usize, idx: usize) -> f64 {
        (-self.hazards[n_times] * self.hazard_ratios[idx]).exp()
    }
}
