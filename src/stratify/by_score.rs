//! Survival along the continuous score.

use super::{AnalysisSet, ByScore, EventsPerVariable};
use crate::error::Result;
use crate::protocol::CUT_TOLERANCE;
use crate::score::PatientScore;
use crate::survival::design::{Design, Term};
use crate::survival::{concordance, cox, proportional_hazards};

/// Name of the score in a model on a scale of a hundred points: the unit of its hazard ratio stands in it.
pub const SCORE_TERM: &str = "score per 10 points";

/// Name of the score in a model on another scale.
pub const SCORE_TERM_PER_POINT: &str = "score per point";

/// Whether a term of a model is the score itself.
pub fn is_score(term: &str) -> bool {
    term == SCORE_TERM || term == SCORE_TERM_PER_POINT
}

/// The hazard along the score, and how well the score puts patients in the order of their events.
///
/// # Errors
///
/// None that the types of the arguments let happen; those of [`crate::survival`].
pub fn by_score(set: &AnalysisSet<'_>) -> Result<ByScore> {
    let cohort = &set.cohort;
    let design = Design::new(vec![score_term(set)]);
    let cox = (cohort.n_events() > 0).then(|| cox::fit(cohort, &design, None)).transpose()?;
    let proportional_hazards =
        cox.as_ref().map(|model| proportional_hazards::test(cohort, &design, model, None)).transpose()?.flatten();
    // METHOD: a high score means low risk unless the protocol says otherwise, so its negative is the risk; the commonest
    // mistake is to forget this. Scores that are one on paper and differ by rounding error are tied; R's `coxph` does not see such ties, so the concordance
    // of the Cox model may differ in the fifth digit.
    let risk = |it: &&PatientScore| set.high_score.risk((it.score / CUT_TOLERANCE).round());
    let risk: Vec<f64> = set.scores.iter().map(risk).collect();
    Ok(ByScore {
        cox,
        concordance: concordance::harrell(cohort, &risk, None)?,
        proportional_hazards,
        events_per_variable: EventsPerVariable::new(cohort.n_events(), 1),
    })
}

/// The score as a covariate, in units of as many points as its scale asks for.
pub(super) fn score_term(set: &AnalysisSet<'_>) -> Term {
    let points = set.points_of_effect;
    let name = if points > 1.0 { SCORE_TERM } else { SCORE_TERM_PER_POINT };
    Term::numeric(name, set.scores.iter().map(|it| it.score / points).collect())
}
