//! Cox models of a table's columns.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PatientSet;
use super::effects;
use super::levels::{codes, levels};
use super::penalized::{self, PenalizedModel};
use super::performance::{ModelPerformance, performance};
use crate::error::{Error, Result};
use crate::protocol::{Analysis, Factor, TableModel};
use crate::stratify::{Covariate, EventsPerVariable};
use crate::survival::cox::{CoxModel, Settings};
use crate::survival::design::{Design, Term};
use crate::survival::firth::{self, FirthModel};
use crate::survival::interaction::Interaction;
use crate::survival::optimism::Validation;
use crate::survival::proportional_hazards::{ProportionalHazards, Transform};
use crate::survival::spline::SplineEffect;
use crate::survival::{cox, proportional_hazards};

/// A Cox model, fitted to the rows that have all of its columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelStatistics {
    /// Short name of the model.
    pub name: String,
    /// Its name for a reader.
    pub label: String,
    /// Rows that have all columns.
    pub n: usize,
    /// Rows of the analysis that lack one.
    pub n_incomplete: usize,
    /// Events among the rows that have all.
    pub n_events: usize,
    /// Each column, and how many rows lack it.
    pub covariates: Vec<Covariate>,
    /// The model.
    pub cox: CoxModel,
    /// The same columns with Firth's penalty, which keeps hazard ratios finite; absent unless one has no finite estimate.
    pub firth: Option<FirthModel>,
    /// The same columns with the penalty that the model asks for; absent without one.
    pub penalized: Option<PenalizedModel>,
    /// What would be left of that model in new patients, by bootstrap: of an elastic net the model that predicts best, its
    /// strength chosen anew in each sample. Absent without a penalty, unless a bootstrap was asked for, and with late entry.
    pub penalized_validation: Option<Validation>,
    /// The effect of each column that enters as a spline, and whether it is other than a straight line.
    pub splines: Vec<SplineEffect>,
    /// Whether the effect of the treatment differs along the marker; absent unless the model asks.
    pub interaction: Option<Interaction>,
    /// Whether hazard ratios are constant over time; absent if a coefficient is not estimated.
    pub proportional_hazards: Option<ProportionalHazards>,
    /// Events for each coefficient.
    pub events_per_variable: EventsPerVariable,
    /// How well the model tells patients apart; absent if no coefficient was estimated.
    pub performance: Option<ModelPerformance>,
}

impl ModelStatistics {
    /// Factors without a coefficient, since no two classes can be compared, and predictions that there are not, in sentences.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> {
        let is_compared = |column: &str| self.cox.coefficients.iter().any(|it| it.term == column);
        let idle = self.covariates.iter().filter(move |it| it.reference.is_some() && !is_compared(&it.column));
        let idle = idle.map(|it| {
            format!("model '{}': all rows have the same class of '{}', which is left out", self.name, it.column)
        });
        let predicts = |it: &ModelPerformance| it.auc.is_none() || it.brier.is_some();
        let unpredicted = self.performance.as_ref().filter(|it| !predicts(it)).map(|_| {
            format!(
                "model '{}': Brier score, calibration and net benefit are not given, as a hazard ratio has no finite estimate",
                self.name
            )
        });
        idle.chain(unpredicted)
    }
}

/// What was asked of models and is not defined for these rows, in sentences.
pub(super) fn warnings(analysis: &Analysis, set: &PatientSet<'_>) -> Vec<String> {
    if analysis.models.is_empty() || (set.cohort.entries().is_none() && set.cohort.weights().is_none()) {
        return Vec::new();
    }
    let because = if set.cohort.weights().is_some() { "weights" } else { "late entry" };
    let bootstrap = analysis.bootstrap.map(|_| {
        format!("models are not validated by bootstrap: with {because} the validation is not defined, and C is that of the fit")
    });
    let times = (!analysis.times.is_empty()).then(|| {
        format!(
            "AUC, Brier score, calibration and net benefit of models are not given: with {because} they are not defined"
        )
    });
    bootstrap.into_iter().chain(times).collect()
}

/// A model with the rows and columns that it was fitted to.
pub(super) struct FittedModel<'a> {
    pub(super) part: PatientSet<'a>,
    pub(super) statistics: ModelStatistics,
}

/// Fits every model of an analysis.
///
/// # Errors
///
/// [`Error::Unanswerable`](crate::error::Error::Unanswerable) if the exact likelihood was asked for and is not defined.
pub(super) fn fit_all<'a>(analysis: &Analysis, set: &PatientSet<'a>) -> Result<Vec<FittedModel<'a>>> {
    analysis.models.iter().map(|it| fit(analysis, set, it)).collect()
}

fn fit<'a>(analysis: &Analysis, set: &PatientSet<'a>, model: &TableModel) -> Result<FittedModel<'a>> {
    let part = complete(analysis, set, model)?;
    let design = design(&part, model)?;
    let n_columns = design.terms.iter().map(|it| it.columns.len()).sum();
    let offset = model.offset.as_deref().map(|it| part.numbers(it));
    let settings = Settings { offset: offset.as_deref(), ..part.cox_settings(analysis) };
    let cox = cox::fit_with(&part.cohort, &design, &settings)?;
    // METHOD: Firth's penalty is not defined here for weights and offsets; there the separation is only said.
    let can_penalize = part.cohort.weights().is_none() && offset.is_none();
    let firth =
        if can_penalize { firth::fit_if_separated(&cox, &part.cohort, &design, settings.strata)? } else { None };
    let (penalized, penalized_validation) = match model.penalty {
        Some(penalty) if can_penalize => {
            let fitted = penalized::fit(analysis, &part, &design, penalty)?;
            let validation = penalized::validate(analysis, &part, &design, penalty, &fitted)?;
            (Some(fitted), validation)
        }
        Some(_) => {
            let problem = format!("model '{}' has a penalty, which is not defined for weights and offsets", model.name);
            return Err(Error::Unanswerable { problem });
        }
        None => (None, None),
    };
    let zph = proportional_hazards::test_along(Transform::default(), &part.cohort, &design, &settings, &cox)?;
    let performance = performance(analysis, &part, &design, &settings, &cox)?;
    let statistics = ModelStatistics {
        name: model.name.clone(),
        label: model.title().to_owned(),
        n: part.rows.len(),
        n_incomplete: set.rows.len() - part.rows.len(),
        n_events: part.cohort.n_events(),
        covariates: described(set, model),
        events_per_variable: EventsPerVariable::new(part.cohort.n_events(), n_columns),
        cox,
        firth,
        penalized,
        penalized_validation,
        splines: effects::splines(&part, model)?,
        interaction: effects::interaction(&part, model)?,
        proportional_hazards: zph,
        performance,
    };
    Ok(FittedModel { part, statistics })
}

/// The rows that have all columns of a model.
pub(super) fn complete<'a>(analysis: &Analysis, set: &PatientSet<'a>, model: &TableModel) -> Result<PatientSet<'a>> {
    let numbers: Vec<&str> = numeric_columns(model).chain(&model.offset).map(String::as_str).collect();
    let classes: Vec<&str> = factors(model).map(|it| it.column.as_str()).collect();
    set.complete_in(analysis, &numbers, &classes)
}

/// Columns that enter as numbers, straight or bent, without the offset.
fn numeric_columns(model: &TableModel) -> impl Iterator<Item = &String> {
    let splines = model.splines.iter().map(|it| &it.column);
    model.covariates.iter().chain(splines).chain(model.interaction.iter().map(|it| &it.marker))
}

/// Columns that enter as classes.
fn factors(model: &TableModel) -> impl Iterator<Item = &Factor> {
    model.factors.iter().chain(model.interaction.iter().map(|it| &it.treatment))
}

/// The columns of a model, numbers first; of an interaction, both columns and not their product.
pub(super) fn design(part: &PatientSet<'_>, model: &TableModel) -> Result<Design> {
    let numbers = model.covariates.iter().map(|it| Ok(Term::numeric(it.clone(), part.numbers(it))));
    let splines = model.splines.iter().map(|it| effects::spline_term(part, it));
    let factors = model.factors.iter().map(|it| factor_term(part, it));
    let interaction = model.interaction.iter().flat_map(|it| {
        [Ok(Term::numeric(it.marker.clone(), part.numbers(&it.marker))), factor_term(part, &it.treatment)]
    });
    Ok(Design::new(numbers.chain(splines).chain(factors).chain(interaction).collect::<Result<_>>()?))
}

/// A column of classes, compared with its reference; the reference has a place even if nobody has it.
pub(super) fn factor_term(part: &PatientSet<'_>, factor: &Factor) -> Result<Term> {
    let values = part.classes(&factor.column);
    let with_reference: Vec<&str> = values.iter().copied().chain([factor.reference.as_str()]).collect();
    let levels = levels(&with_reference, None);
    let reference = codes(&[&factor.reference], &levels)[0];
    Term::factor(factor.column.clone(), &levels, reference, &codes(&values, &levels))
}

fn described(set: &PatientSet<'_>, model: &TableModel) -> Vec<Covariate> {
    let number = |column: &String| Covariate {
        column: column.clone(),
        reference: None,
        n_missing: set.rows.iter().filter(|&&row| set.table.numbers[column][row].is_none()).count(),
    };
    let class = |factor: &Factor| Covariate {
        column: factor.column.clone(),
        reference: Some(factor.reference.clone()),
        n_missing: set.rows.iter().filter(|&&row| set.table.classes[&factor.column][row].is_none()).count(),
    };
    numeric_columns(model).map(number).chain(factors(model).map(class)).collect()
}
