//! Survival by class.

use super::{AnalysisSet, ByClass, EventsPerVariable, GroupSurvival, SurvivalAtYears};
use crate::error::Result;
use crate::protocol::{Scheme, SurvivalSettings, TimeUnit};
use crate::survival::design::{Design, Term};
use crate::survival::{Cohort, cox, kaplan_meier, log_rank, proportional_hazards, trend};

/// Survival by the classes of a scheme: a curve for each, whether they differ, and by how much.
///
/// # Errors
///
/// None that the types of the arguments let happen; those of [`crate::survival`].
pub fn by_class(
    set: &AnalysisSet<'_>,
    scheme: &Scheme,
    unit: TimeUnit,
    settings: &SurvivalSettings,
) -> Result<ByClass> {
    let cohort = &set.cohort;
    let class: Vec<usize> = set.scores.iter().map(|it| scheme.classify(it.score)).collect();
    let groups = scheme
        .classes
        .iter()
        .enumerate()
        .map(|(index, name)| group(name, &cohort.subset(|patient| class[patient] == index), unit, settings))
        .collect();

    let term = class_term(scheme, &class)?;
    let n_variables = term.columns.len();
    let design = Design::new(vec![term]);
    let can_fit = cohort.n_events() > 0 && n_variables > 0;
    let cox = can_fit.then(|| cox::fit(cohort, &design, None)).transpose()?;
    let proportional_hazards =
        cox.as_ref().map(|model| proportional_hazards::test(cohort, &design, model, None)).transpose()?.flatten();
    let rank: Vec<f64> = class.iter().map(|&it| it as f64 + 1.0).collect();
    Ok(ByClass {
        scheme: scheme.name.clone(),
        scheme_label: scheme.label.clone(),
        groups,
        log_rank: log_rank::test(cohort, &class, scheme.classes.len())?,
        trend: if can_fit { trend::test(cohort, &rank)? } else { None },
        cox,
        proportional_hazards,
        events_per_variable: EventsPerVariable::new(cohort.n_events(), n_variables),
    })
}

/// The classes as a factor, compared with the lowest that has patients; classes without patients have no column.
pub(super) fn class_term(scheme: &Scheme, class: &[usize]) -> Result<Term> {
    let present: Vec<usize> = (0..scheme.classes.len()).filter(|it| class.contains(it)).collect();
    let levels: Vec<String> = present.iter().map(|&it| scheme.classes[it].clone()).collect();
    let codes: Vec<usize> =
        class.iter().map(|it| present.binary_search(it).expect("every class of a patient is present")).collect();
    if levels.is_empty() {
        return Ok(Term { name: scheme.name.clone(), columns: Vec::new() });
    }
    Term::factor(scheme.name.clone(), &levels, 0, &codes)
}

fn group(class: &str, cohort: &Cohort, unit: TimeUnit, settings: &SurvivalSettings) -> GroupSurvival {
    let curve = kaplan_meier::estimate(cohort, settings.confidence_scale);
    let survival_at = settings.times_years.iter().map(|&years| {
        let time = years * unit.per_year();
        let at = curve.survival_at(time);
        SurvivalAtYears {
            years,
            n_risk: curve.n_risk_at(time),
            survival: at.as_ref().map(|it| it.survival),
            lower: at.as_ref().and_then(|it| it.lower),
            upper: at.as_ref().and_then(|it| it.upper),
        }
    });
    GroupSurvival {
        class: class.to_owned(),
        n: cohort.len(),
        n_events: cohort.n_events(),
        median: curve.median(),
        survival_at: survival_at.collect(),
        curve,
    }
}
