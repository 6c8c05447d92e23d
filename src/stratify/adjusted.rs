//! What the score adds to known covariates.

use std::collections::{BTreeMap, BTreeSet};

use super::by_class::class_term;
use super::by_score::score_term;
use super::{AdjustedModel, AnalysisSet, ClinicalTable, Covariate, EventsPerVariable, UnivariableModel};
use crate::error::Result;
use crate::protocol::{Factor, ModelSpec, Scheme};
use crate::survival::cox::CoxModel;
use crate::survival::design::{Design, Term};
use crate::survival::{cox, proportional_hazards};

/// Fits a multivariable model with and without the score, on the patients who have every covariate.
///
/// Models are absent where there are no events, or nobody has the reference class of a factor.
///
/// # Errors
///
/// None that the types of the arguments let happen; those of [`crate::survival`].
pub fn adjusted_model(
    set: &AnalysisSet<'_>,
    clinical: &ClinicalTable,
    spec: &ModelSpec,
    scheme: &Scheme,
) -> Result<AdjustedModel> {
    // METHOD: every model of a comparison is fitted to the same patients: those who have all covariates and strata.
    let complete: Vec<usize> =
        (0..set.scores.len()).filter(|&it| has_all(clinical, spec, set.clinical_rows[it])).collect();
    let part = AnalysisSet {
        scores: complete.iter().map(|&it| set.scores[it]).collect(),
        clinical_rows: complete.iter().map(|&it| set.clinical_rows[it]).collect(),
        cohort: set.cohort.subset(|patient| complete.binary_search(&patient).is_ok()),
        points_of_effect: set.points_of_effect,
        high_score: set.high_score,
    };
    let covariates = terms(&part, clinical, spec)?;
    let strata = strata(&part, clinical, spec);
    let can_fit = part.cohort.n_events() > 0 && spec.factors.iter().all(|it| has_reference(&part, clinical, it));
    let fit = |terms: Vec<Term>| -> Result<Option<(CoxModel, Design)>> {
        let design = Design::new(terms);
        let can_fit = can_fit && design.terms.iter().any(|it| !it.columns.is_empty());
        can_fit.then(|| Ok((cox::fit(&part.cohort, &design, strata.as_deref())?, design))).transpose()
    };

    let with = |term: Term| covariates.iter().cloned().chain([term]).collect::<Vec<_>>();
    let without_score = if covariates.is_empty() { None } else { fit(covariates.clone())? };
    let with_score = fit(with(score_term(&part)))?;
    let class: Vec<usize> = part.scores.iter().map(|it| scheme.classify(it.score)).collect();
    let with_class = fit(with(class_term(scheme, &class)?))?;
    let univariable = [score_term(&part)]
        .into_iter()
        .chain(covariates.iter().cloned())
        .map(|term| Ok(UnivariableModel { term: term.name.clone(), cox: fit(vec![term])?.map(|it| it.0) }))
        .collect::<Result<_>>()?;
    let added_by_score = match (&without_score, &with_score) {
        (Some((smaller, _)), Some((larger, _))) => cox::likelihood_ratio(smaller, larger)?,
        // Without covariates, what the score adds is what it has.
        (None, Some((model, _))) => model.likelihood_ratio,
        _ => None,
    };
    let proportional_hazards = match &with_score {
        Some((model, design)) => proportional_hazards::test(&part.cohort, design, model, strata.as_deref())?,
        None => None,
    };
    let n_variables = 1 + covariates.iter().map(|it| it.columns.len()).sum::<usize>();
    Ok(AdjustedModel {
        name: spec.name.clone(),
        label: spec.title().to_owned(),
        n: part.cohort.len(),
        n_incomplete: set.cohort.len() - part.cohort.len(),
        n_events: part.cohort.n_events(),
        strata: spec.strata.clone(),
        covariates: described(set, clinical, spec),
        univariable,
        without_score: without_score.map(|it| it.0),
        with_score: with_score.map(|it| it.0),
        added_by_score,
        proportional_hazards,
        with_class: with_class.map(|it| it.0),
        events_per_variable: EventsPerVariable::new(part.cohort.n_events(), n_variables),
    })
}

fn has_all(clinical: &ClinicalTable, spec: &ModelSpec, row: usize) -> bool {
    spec.covariates.iter().all(|it| clinical.numbers[it][row].is_some())
        && spec.factors.iter().map(|it| &it.column).chain(&spec.strata).all(|it| clinical.classes[it][row].is_some())
}

/// The covariates in the order of the study file, numbers first; values of patients who have all of them.
fn terms(part: &AnalysisSet<'_>, clinical: &ClinicalTable, spec: &ModelSpec) -> Result<Vec<Term>> {
    let numbers = spec.covariates.iter().map(|column| {
        let values = &clinical.numbers[column];
        let value = |&row: &usize| values[row].expect("the patient has every covariate");
        Ok(Term::numeric(column.clone(), part.clinical_rows.iter().map(value).collect()))
    });
    let factors = spec.factors.iter().map(|factor| {
        let classes = classes_of(part, clinical, &factor.column);
        let distinct: BTreeSet<&str> = classes.iter().copied().chain([factor.reference.as_str()]).collect();
        let levels: Vec<String> = distinct.into_iter().map(str::to_owned).collect();
        let code = |class: &str| levels.iter().position(|it| it == class).expect("a class is one of the classes");
        let codes: Vec<usize> = classes.iter().map(|it| code(it)).collect();
        Term::factor(factor.column.clone(), &levels, code(&factor.reference), &codes)
    });
    numbers.chain(factors).collect()
}

fn classes_of<'a>(part: &AnalysisSet<'_>, clinical: &'a ClinicalTable, column: &str) -> Vec<&'a str> {
    let values = &clinical.classes[column];
    part.clinical_rows.iter().map(|&row| values[row].as_deref().expect("the patient has every covariate")).collect()
}

fn has_reference(part: &AnalysisSet<'_>, clinical: &ClinicalTable, factor: &Factor) -> bool {
    classes_of(part, clinical, &factor.column).contains(&factor.reference.as_str())
}

/// One code a patient for the combination of all strata; absent if the model has none.
fn strata(part: &AnalysisSet<'_>, clinical: &ClinicalTable, spec: &ModelSpec) -> Option<Vec<usize>> {
    if spec.strata.is_empty() {
        return None;
    }
    let columns: Vec<Vec<&str>> = spec.strata.iter().map(|it| classes_of(part, clinical, it)).collect();
    let combination = |patient: usize| columns.iter().map(|it| it[patient]).collect::<Vec<_>>();
    let combinations: Vec<Vec<&str>> = (0..part.cohort.len()).map(combination).collect();
    let distinct: BTreeSet<&Vec<&str>> = combinations.iter().collect();
    let codes: BTreeMap<&Vec<&str>, usize> = distinct.into_iter().zip(0..).collect();
    Some(combinations.iter().map(|it| codes[it]).collect())
}

fn described(set: &AnalysisSet<'_>, clinical: &ClinicalTable, spec: &ModelSpec) -> Vec<Covariate> {
    let n_missing =
        |is_missing: &dyn Fn(usize) -> bool| set.clinical_rows.iter().filter(|&&row| is_missing(row)).count();
    let numbers = spec.covariates.iter().map(|column| Covariate {
        column: column.clone(),
        reference: None,
        n_missing: n_missing(&|row| clinical.numbers[column][row].is_none()),
    });
    let class = |column: &String, reference: Option<&String>| Covariate {
        column: column.clone(),
        reference: reference.cloned(),
        n_missing: n_missing(&|row| clinical.classes[column][row].is_none()),
    };
    numbers
        .chain(spec.factors.iter().map(|it| class(&it.column, Some(&it.reference))))
        .chain(spec.strata.iter().map(|it| class(it, None)))
        .collect()
}
