//! Whether one model says more than another, on the same patients.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::models::{self, FittedModel};
use crate::error::Result;
use crate::protocol::{Analysis, TableModel};
use crate::survival::chi_square::ChiSquareTest;
use crate::survival::concordance::{self, WeightedConcordance};
use crate::survival::cox::{self, CoxModel, Settings};
use crate::survival::paired_difference::PairedDifference;

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
    let fit = |model: &TableModel| -> Result<(CoxModel, WeightedConcordance)> {
        let offset = model.offset.as_deref().map(|it| shared.numbers(it));
        let settings = Settings { offset: offset.as_deref(), ..shared.cox_settings(analysis) };
        let cox = cox::fit_with(&shared.cohort, &models::design(&shared, model)?, &settings)?;
        let of = concordance::Settings {
            strata: settings.strata,
            clusters: shared.clusters.as_deref(),
            ..concordance::Settings::default()
        };
        let concordance = concordance::estimate(&shared.cohort, &cox.linear_predictor, &of)?;
        Ok((cox, concordance))
    };
    let (smaller, larger) = (&analysis.models[first], &analysis.models[second]);
    let ((first_cox, first_c), (second_cox, second_c)) = (fit(smaller)?, fit(larger)?);
    // METHOD: a robust variance says that rows depend on each other, and then the likelihood is none.
    let can_test = is_nested(smaller, larger) && first_cox.robust_score.is_none();
    Ok(ModelComparison {
        first: smaller.name.clone(),
        second: larger.name.clone(),
        n: shared.rows.len(),
        n_events: shared.cohort.n_events(),
        likelihood_ratio: if can_test { cox::likelihood_ratio(&first_cox, &second_cox)? } else { None },
        concordance_difference: concordance::compare(&second_c, &first_c)?,
    })
}

/// Whether the larger model has all columns of the smaller, in the same form.
fn is_nested(smaller: &TableModel, larger: &TableModel) -> bool {
    smaller.covariates.iter().all(|it| larger.covariates.contains(it))
        && smaller.factors.iter().all(|it| larger.factors.contains(it))
        && smaller.splines.iter().all(|it| larger.splines.contains(it))
        && smaller.offset == larger.offset
}
