//! Whether one model says more than another, on the same patients.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::models::{self, FittedModel};
use super::performance;
use crate::error::Result;
use crate::protocol::{Analysis, TableModel};
use crate::survival::Cohort;
use crate::survival::chi_square::ChiSquareTest;
use crate::survival::concordance::{self, WeightedConcordance};
use crate::survival::cox::{self, CoxModel, Settings};
use crate::survival::decision_curve::DecisionCurve;
use crate::survival::paired_difference::PairedDifference;
use crate::survival::reclassification::{self, Reclassification};

/// Two models, both fitted to the rows that have all columns of both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelComparison {
    /// Short name of the first model.
    pub first: String,
    /// Short name of the second model.
    pub second: String,
    /// Rows that have all columns of both.
    pub n: usize,
    /// Events among them.
    pub n_events: usize,
    /// Likelihood-ratio test of the columns that the second has beyond the first; absent unless it has all columns of the
    /// first, and with weights that are fractions.
    pub likelihood_ratio: Option<ChiSquareTest>,
    /// Harrell's C of the second less that of the first; absent without comparable pairs.
    pub concordance_difference: Option<PairedDifference>,
    /// What the second changes in predicted risks; one entry a time of the analysis, none with late entry or weights, or if a
    /// coefficient has no finite estimate.
    pub at_times: Vec<ModelComparisonAt>,
}

/// What the second of two models changes in the risks of the event by a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelComparisonAt {
    /// The time.
    pub time: f64,
    /// Whose risk the second model puts up or down, every change counting.
    pub reclassification: Reclassification,
    /// Net benefit of the first model and of the second on the shared rows; absent without thresholds.
    pub decision_curves: Option<[DecisionCurve; 2]>,
}

/// Compares each pair of models.
///
/// # Errors
///
/// None that the types of the arguments let happen; those of [`crate::survival`].
pub(super) fn compare_all(analysis: &Analysis, fitted: &[FittedModel<'_>]) -> Result<Vec<ModelComparison>> {
    let pairs = (0..fitted.len()).flat_map(|first| (first + 1..fitted.len()).map(move |second| (first, second)));
    pairs.map(|pair| compare(analysis, fitted, pair)).collect()
}

fn compare(
    analysis: &Analysis,
    fitted: &[FittedModel<'_>],
    (first, second): (usize, usize),
) -> Result<ModelComparison> {
    let shared = fitted[first].part.shared_with(analysis, &fitted[second].part)?;
    let fit = |model: &TableModel| -> Result<Fit> {
        let offset = model.offset.as_deref().map(|it| shared.numbers(it));
        let settings = Settings { offset: offset.as_deref(), ..shared.cox_settings(analysis) };
        let design = models::design(&shared, model)?;
        let cox = cox::fit_with(&shared.cohort, &design, &settings)?;
        let of = concordance::Settings {
            strata: settings.strata,
            clusters: shared.clusters.as_deref(),
            ..concordance::Settings::default()
        };
        let concordance = concordance::estimate(&shared.cohort, &cox.linear_predictor, &of)?;
        let survival = performance::predicted_survival(analysis, &shared, &design, &settings, &cox)?;
        Ok(Fit { cox, concordance, risks: performance::risks(survival.as_deref()) })
    };
    let (smaller, larger) = (&analysis.models[first], &analysis.models[second]);
    let (of_first, of_second) = (fit(smaller)?, fit(larger)?);
    // METHOD: a robust variance says that rows depend on each other, and then the likelihood is none.
    let can_test = is_nested(smaller, larger) && of_first.cox.robust_score.is_none();
    Ok(ModelComparison {
        first: smaller.name.clone(),
        second: larger.name.clone(),
        n: shared.rows.len(),
        n_events: shared.cohort.n_events(),
        likelihood_ratio: if can_test { cox::likelihood_ratio(&of_first.cox, &of_second.cox)? } else { None },
        concordance_difference: concordance::compare(&of_second.concordance, &of_first.concordance)?,
        at_times: at_times(analysis, &shared.cohort, &of_first.risks, &of_second.risks)?,
    })
}

/// A model fitted to the rows that both models have.
struct Fit {
    cox: CoxModel,
    concordance: WeightedConcordance,
    /// Predicted risk of the event by each time of the analysis; empty where that is not defined.
    risks: Vec<Vec<f64>>,
}

fn at_times(
    analysis: &Analysis,
    cohort: &Cohort,
    first: &[Vec<f64>],
    second: &[Vec<f64>],
) -> Result<Vec<ModelComparisonAt>> {
    let of_first = performance::decision_curves(analysis, cohort, first)?;
    let of_second = performance::decision_curves(analysis, cohort, second)?;
    let mut found = Vec::new();
    for (place, (first, second)) in first.iter().zip(second).enumerate() {
        let (time, bootstrap) = (analysis.times[place], performance::bootstrap(analysis));
        let curves = of_first.get(place).zip(of_second.get(place));
        found.push(ModelComparisonAt {
            time,
            // METHOD: without cut-offs that are in use, categories would be chosen to please.
            reclassification: reclassification::assess(cohort, first, second, time, &[], bootstrap)?,
            decision_curves: curves.map(|(first, second)| [first.clone(), second.clone()]),
        });
    }
    Ok(found)
}

/// Whether the larger model has all columns of the smaller, in the same form.
fn is_nested(smaller: &TableModel, larger: &TableModel) -> bool {
    smaller.covariates.iter().all(|it| larger.covariates.contains(it))
        && smaller.factors.iter().all(|it| larger.factors.contains(it))
        && smaller.splines.iter().all(|it| larger.splines.contains(it))
        && smaller.offset == larger.offset
}
