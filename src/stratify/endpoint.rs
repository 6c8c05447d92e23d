//! Everything that is estimated for one endpoint.

use super::{
    AdjustedModel, AnalysisSet, ByClass, ClinicalTable, EndpointStatistics, EventsPerVariable, Exclusion,
    ExclusionCount, ExclusionReason, FEWEST_EVENTS_PER_VARIABLE, ScoredPatients, adjusted_model, analysis_set,
    by_class, by_score,
};
use crate::error::{Error, Result};
use crate::protocol::{Endpoint, Protocol, Study};
use crate::survival::cox::{CoefficientState, CoxModel};
use crate::survival::follow_up;
use crate::survival::kaplan_meier::ConfidenceScale;
use crate::survival::proportional_hazards::ProportionalHazards;

/// Hazards are said not to be proportional if the global test gives less than this.
const PROPORTIONALITY_LEVEL: f64 = 0.05;

/// A longer median follow-up than this points to a wrong unit.
const LONGEST_FOLLOW_UP_YEARS: f64 = 50.0;

/// Estimates survival for an endpoint; and who could not be analysed.
///
/// # Errors
///
/// [`Error::Unanswerable`] if nobody can be analysed, or nobody analysed had the event.
pub fn endpoint_statistics(
    endpoint: &Endpoint,
    scored: ScoredPatients<'_>,
    clinical: &ClinicalTable,
    protocol: &Protocol,
    study: &Study,
) -> Result<(EndpointStatistics, Vec<Exclusion>)> {
    let (set, exclusions) = analysis_set(endpoint, scored, clinical)?;
    let excluded = counts(&exclusions);
    check(endpoint, &set, &excluded)?;

    let settings = &study.survival;
    let primary = protocol.primary();
    let others = protocol.schemes.iter().filter(|it| it.name != primary.name);
    let by_class: Vec<ByClass> = [primary]
        .into_iter()
        .chain(others)
        .map(|it| by_class(&set, it, endpoint.unit, settings))
        .collect::<Result<_>>()?;
    let by_score = by_score(&set)?;
    let models: Vec<AdjustedModel> = study
        .models
        .iter()
        .filter(|it| it.applies_to(&endpoint.name))
        .map(|it| adjusted_model(&set, clinical, it, primary))
        .collect::<Result<_>>()?;
    let mut statistics = EndpointStatistics {
        name: endpoint.name.clone(),
        label: endpoint.title().to_owned(),
        time_unit: endpoint.unit,
        n: set.cohort.len(),
        n_events: set.cohort.n_events(),
        excluded,
        // METHOD: R's default scale, as follow-up is mostly reported from there.
        median_follow_up: follow_up::median(&set.cohort, ConfidenceScale::Log),
        by_class,
        by_score,
        models,
        warnings: Vec::new(),
    };
    statistics.warnings = warnings(&statistics);
    Ok((statistics, exclusions))
}

fn counts(exclusions: &[Exclusion]) -> Vec<ExclusionCount> {
    let count = |reason: ExclusionReason| exclusions.iter().filter(|it| it.reason == reason).count();
    ExclusionReason::ALL
        .into_iter()
        .filter(|it| count(*it) > 0)
        .map(|it| ExclusionCount {
            reason: it.code().to_owned(),
            description: it.description().to_owned(),
            n: count(it),
        })
        .collect()
}

fn check(endpoint: &Endpoint, set: &AnalysisSet<'_>, excluded: &[ExclusionCount]) -> Result<()> {
    let reasons: Vec<String> = excluded.iter().map(|it| format!("{} {}", it.n, it.description)).collect();
    let left_out = if reasons.is_empty() { String::new() } else { format!(" (left out: {})", reasons.join("; ")) };
    let problem = if set.cohort.is_empty() {
        // Only where both tables have patients of their own are their ids to be doubted.
        let is_reason = |reason: ExclusionReason| excluded.iter().any(|it| it.reason == reason.code());
        let in_one_table = is_reason(ExclusionReason::NoDensities) && is_reason(ExclusionReason::NoClinicalRow);
        let hint = if in_one_table { "; are the ids of both tables the same?" } else { "" };
        format!("no patient can be analysed for endpoint '{}'{left_out}{hint}", endpoint.name)
    } else if set.cohort.n_events() == 0 {
        format!(
            "none of the {} patients analysed for endpoint '{}' had the event{left_out}",
            set.cohort.len(),
            endpoint.name
        )
    } else {
        return Ok(());
    };
    Err(Error::Unanswerable { problem })
}

fn warnings(endpoint: &EndpointStatistics) -> Vec<String> {
    let (class, score) = (&endpoint.by_class[0], &endpoint.by_score);
    let mut warnings = Vec::new();
    let follow_up = endpoint.median_follow_up.estimate.unwrap_or(0.0) / endpoint.time_unit.per_year();
    if follow_up > LONGEST_FOLLOW_UP_YEARS {
        warnings.push(format!(
            "{}: the median follow-up is more than {LONGEST_FOLLOW_UP_YEARS} years; is the unit of the time '{}'?",
            endpoint.label,
            endpoint.time_unit.name()
        ));
    }
    let mut look = |name: &str, cox: Option<&CoxModel>, zph: Option<&ProportionalHazards>, epv: &EventsPerVariable| {
        warnings.extend(few_events(name, epv));
        warnings.extend(cox.into_iter().flat_map(|it| not_estimated(name, it)));
        warnings.extend(zph.and_then(|it| not_proportional(name, it)));
    };
    let name = format!("Cox model of the {}", class.scheme_label);
    look(&name, class.cox.as_ref(), class.proportional_hazards.as_ref(), &class.events_per_variable);
    let name = "Cox model of the score";
    look(name, score.cox.as_ref(), score.proportional_hazards.as_ref(), &score.events_per_variable);
    for model in &endpoint.models {
        let name = format!("Model '{}'", model.label);
        look(&name, model.with_score.as_ref(), model.proportional_hazards.as_ref(), &model.events_per_variable);
    }
    let unfitted = endpoint.models.iter().filter(|it| it.with_score.is_none());
    warnings.extend(unfitted.map(|model| {
        let reason = if model.n_events == 0 {
            format!("none of the {} patients with every covariate had the event", model.n)
        } else {
            "nobody among the patients with every covariate has the reference class of a factor".to_owned()
        };
        format!("Model '{}' cannot be fitted: {reason}.", model.label)
    }));
    warnings
}

fn few_events(name: &str, epv: &EventsPerVariable) -> Option<String> {
    epv.too_few.then(|| {
        format!(
            "{name}: fewer than {FEWEST_EVENTS_PER_VARIABLE} events for each variable ({} in all, for {}), so estimates are \
             unreliable.",
            epv.n_events, epv.n_variables
        )
    })
}

fn not_estimated(name: &str, model: &CoxModel) -> Vec<String> {
    let told = model.coefficients.iter().filter_map(|it| match it.state {
        CoefficientState::Estimated => None,
        CoefficientState::Aliased => Some(format!(
            "{name}: '{}' of {} is a combination of the others, or the same for everybody, and was left out.",
            it.name, it.term
        )),
        CoefficientState::Separated => Some(format!(
            "{name}: '{}' of {} separates events from non-events (for example, a class without events); its hazard ratio has \
             no finite estimate.",
            it.name, it.term
        )),
    });
    let converged = (!model.converged).then(|| format!("{name} did not converge; do not use its numbers."));
    told.chain(converged).collect()
}

fn not_proportional(name: &str, zph: &ProportionalHazards) -> Option<String> {
    zph.global.filter(|it| it.p_value < PROPORTIONALITY_LEVEL)?;
    Some(format!(
        "{name}: hazard ratios change over time (test of proportional hazards, p < {PROPORTIONALITY_LEVEL}); one number does \
         not describe them."
    ))
}
