//! A Cox model of the hazard of each cause.
//!
//! The hazard of cause `k` is the rate at which patients who are still free of every cause meet it:
//!
//! ```text
//! h_k(t | x) = h_k0(t) exp(β_k'x)                                 Prentice et al. 1978
//! ```
//!
//! It is estimated as if patients who met another cause were censored then. That needs no assumption that causes are
//! independent; but one cause's ratio says nothing of the share of patients who meet it, as that depends on the hazards
//! of all causes. So the models are fitted together.
//!
//! # References
//!
//! * Prentice RL, Kalbfleisch JD, Peterson AV, et al. The analysis of failure times in the presence of competing risks.
//!   *Biometrics* 1978;34:541-554. doi:10.2307/2530374

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cohort::CompetingCohort;
use crate::error::Result;
use crate::survival::cox::{self, CoxModel};
use crate::survival::design::Design;

/// The Cox model of one cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CauseSpecificModel {
    /// Name of the cause.
    pub cause: String,
    /// Its model; patients who met another cause are censored.
    pub model: CoxModel,
}

/// Fits the same Cox model to every cause, in the order of their codes.
///
/// Columns of the design are in the order of the cohort; `strata` holds one code per patient, each code with its own
/// baseline hazards. A cause that nobody met has a model whose coefficients are all aliased.
///
/// # Errors
///
/// As [`cox::fit`].
///
/// # Examples
///
/// ```
/// use contexture::survival::competing_risks::{CompetingCohort, cause_specific};
/// use contexture::survival::design::{Design, Term};
///
/// let names = ["relapse", "death without relapse"].map(String::from);
/// let times = [2.0, 3.0, 5.0, 7.0, 8.0, 9.0, 11.0, 12.0];
/// let cohort = CompetingCohort::from_columns(&times, &[1, 2, 1, 0, 2, 1, 1, 0], &names)?;
/// let score = Term::numeric("score", vec![30.0, 80.0, 20.0, 90.0, 40.0, 70.0, 50.0, 60.0]);
/// let models = cause_specific::fit(&cohort, &Design::new(vec![score]), None)?;
/// assert_eq!(models[0].cause, "relapse");
/// assert!(models.iter().all(|it| it.model.coefficients[0].hazard_ratio.is_some()));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn fit(cohort: &CompetingCohort, design: &Design, strata: Option<&[usize]>) -> Result<Vec<CauseSpecificModel>> {
    let causes = cohort.names().iter().zip(1..);
    let models = causes.map(|(name, cause)| {
        let model = cox::fit(&cohort.cause_specific(cause)?, design, strata)?;
        Ok(CauseSpecificModel { cause: name.clone(), model })
    });
    models.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survival::cox::CoefficientState;
    use crate::survival::design::Term;

    #[test]
    fn every_cause_has_a_model_and_an_only_cause_that_of_any_event() {
        let times = [2.0, 3.0, 5.0, 7.0, 8.0, 9.0, 11.0, 12.0];
        let score = Term::numeric("score", vec![30.0, 80.0, 20.0, 90.0, 40.0, 70.0, 50.0, 60.0]);
        let design = Design::new(vec![score]);
        let names = ["relapse", "death"].map(String::from);
        let cohort = CompetingCohort::from_columns(&times, &[1, 1, 1, 0, 1, 1, 1, 0], &names).unwrap();
        let models = fit(&cohort, &design, None).unwrap();
        assert_eq!(models[0].model, cox::fit(cohort.cohort(), &design, None).unwrap());
        assert_eq!((models[1].cause.as_str(), models[1].model.n_events), ("death", 0));
        assert_eq!(models[1].model.coefficients[0].state, CoefficientState::Aliased);
    }
}
