//! The test of proportional hazards: is the hazard ratio the same at all times?
//!
//! If it is not, the coefficient of a covariate changes with time: `β(t) = β + θ g(t)`. The score test of `θ = 0` at the
//! fitted `β` is (Grambsch & Therneau 1994, in the exact form that R's `cox.zph` has since survival 3.0)
//!
//! ```text
//! u   = Σ_t g(t) U_t                            U_t, I_t: what event time t adds to gradient and information
//! J   = | Σ I_t        Σ g(t) I_t  |
//!       | Σ g(t) I_t   Σ g²(t) I_t |
//! χ²  = (0, u)' J⁻¹ (0, u)                      the test of one term takes the rows and columns of its own θ only
//! ```
//!
//! With `g(t) = 1 - S(t-)`, S the Kaplan-Meier curve of all patients, event times are evenly spaced, and a late event
//! does not decide alone. Other functions are the time itself, its logarithm, and its rank among the times of all patients. `g` is centered at its mean over events.
//!
//! # References
//!
//! * Grambsch PM, Therneau TM. Proportional hazards tests and diagnostics based on weighted residuals.
//!   *Biometrika* 1994;81:515-526. doi:10.1093/biomet/81.3.515
//! * Therneau TM. *A package for survival analysis in R*, help page of `cox.zph`.
//!   <https://cran.r-project.org/package=survival>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::chi_square::ChiSquareTest;
use super::cholesky::SymmetricMatrix;
use super::cohort::{Cohort, Schedule};
use super::cox::moments::{add, triangle};
use super::cox::risk_sets::RiskSets;
use super::cox::{CoxModel, Fitted, Settings};
use super::design::Design;
use crate::error::Result;

pub use self::scaled_residuals::{ScaledResidual, ScaledResiduals, scaled_residuals};

mod scaled_residuals;

/// The function of time along which a hazard ratio may change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// One minus the Kaplan-Meier curve of all patients, just before the time.
    #[default]
    KaplanMeier,
    /// The time itself.
    Identity,
    /// The logarithm of the time.
    Log,
    /// The rank of the time among those of all patients, ties in the middle.
    Rank,
}

/// Tests whether hazard ratios are constant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProportionalHazards {
    /// The function of time that was tested.
    pub transform: Transform,
    /// One row per term of the model that has an estimated coefficient, in its order.
    pub terms: Vec<TermTest>,
    /// Test of all terms together; absent if events are at too few times to tell.
    pub global: Option<ChiSquareTest>,
}

/// The test of one term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TermTest {
    /// The term.
    pub term: String,
    /// The test, on as many degrees of freedom as the term has estimated coefficients; absent if events are at too few
    /// times to tell.
    pub test: Option<ChiSquareTest>,
}

/// Tests proportional hazards, term by term and together, along the Kaplan-Meier curve.
///
/// `design` and `strata` are those that `model` was fitted with. `None` if no coefficient was estimated, or if one is
/// separated: an infinite hazard ratio is neither constant nor not.
///
/// # Errors
///
/// * [`Error::UnequalLengths`](crate::error::Error::UnequalLengths) if model, design or strata do not fit the cohort.
/// * [`Error::OutOfRange`](crate::error::Error::OutOfRange) if a value of a covariate is not finite.
pub fn test(
    cohort: &Cohort,
    design: &Design,
    model: &CoxModel,
    strata: Option<&[usize]>,
) -> Result<Option<ProportionalHazards>> {
    let settings = Settings { ties: model.ties, strata, ..Settings::default() };
    test_along(Transform::KaplanMeier, cohort, design, &settings, model)
}

/// [`test`](test()) along a function of time of one's choice, for a model that was fitted with settings of choice.
///
/// `None` also if an event at time 0 has no logarithm.
///
/// # Errors
///
/// As [`test`](test()), also for offset and clusters.
pub fn test_along(
    transform: Transform,
    cohort: &Cohort,
    design: &Design,
    settings: &Settings<'_>,
    model: &CoxModel,
) -> Result<Option<ProportionalHazards>> {
    let Some(fitted) = Fitted::new(cohort, design, settings, model)? else { return Ok(None) };
    let Some(time) = CenteredTime::new(transform, cohort) else { return Ok(None) };
    let sums = Sums::of(&fitted.risk_sets, &fitted.beta, &time);

    let names: Vec<&str> = design.columns().map(|(term, _)| term.name.as_str()).collect();
    let mut first = 0;
    let terms = fitted.columns.chunk_by(|a, b| names[*a] == names[*b]).map(|columns| {
        let tested: Vec<usize> = (first..first + columns.len()).collect();
        first += columns.len();
        TermTest { term: names[columns[0]].to_owned(), test: sums.test(&tested) }
    });
    let terms = terms.collect();
    let all: Vec<usize> = (0..fitted.columns.len()).collect();
    Ok(Some(ProportionalHazards { transform, terms, global: sums.test(&all) }))
}

/// `g(t)` at each distinct time of a cohort, and its mean over events.
struct CenteredTime<'a> {
    schedule: &'a Schedule,
    values: Vec<f64>,
    mean: f64,
}

impl<'a> CenteredTime<'a> {
    /// `None` if `g` is infinite at an event.
    fn new(transform: Transform, cohort: &'a Cohort) -> Option<Self> {
        let schedule = cohort.schedule();
        let mut survival = 1.0;
        let mut n_before = 0.0;
        let mut values: Vec<f64> = Vec::with_capacity(schedule.ties.len());
        for tie in &schedule.ties {
            let n_tied = tie.members.len() as f64;
            values.push(match transform {
                Transform::KaplanMeier => 1.0 - survival,
                Transform::Identity => tie.time,
                Transform::Log => tie.time.ln(),
                Transform::Rank => n_before + f64::midpoint(n_tied, 1.0),
            });
            n_before += n_tied;
            survival *= (tie.n_risk - tie.n_event) as f64 / tie.n_risk as f64;
        }
        let at_events = || values.iter().zip(&schedule.ties).filter(|(_, tie)| tie.n_event > 0);
        let sum: f64 = at_events().map(|(g, tie)| g * tie.n_event as f64).sum();
        let mean = sum / cohort.n_events().max(1) as f64;
        mean.is_finite().then_some(Self { schedule, values, mean })
    }

    /// `g(t)` at a time of the cohort, not centered.
    fn transformed(&self, time: f64) -> f64 {
        self.values[self.schedule.ties.partition_point(|tie| tie.time < time)]
    }

    /// `g(t)` at a time of the cohort.
    fn at(&self, time: f64) -> f64 {
        self.transformed(time) - self.mean
    }
}

/// Gradient for `θ`, and the blocks of the information for `β` and `θ`, as lower triangles.
struct Sums {
    score: Vec<f64>,
    /// `Σ I_t`, `Σ g I_t` and `Σ g² I_t`.
    information: [Vec<f64>; 3],
}

impl Sums {
    fn of(risk_sets: &RiskSets, beta: &[f64], time: &CenteredTime) -> Self {
        let p = beta.len();
        let mut sums = Self { score: vec![0.0; p], information: std::array::from_fn(|_| vec![0.0; triangle(p)]) };
        risk_sets.for_each_event_time(beta, |it| {
            let g = time.at(it.time);
            add(&mut sums.score, &it.score, g);
            for (block, factor) in sums.information.iter_mut().zip([1.0, g, g * g]) {
                add(block, &it.information, factor);
            }
        });
        sums
    }

    /// Score test of the `θ` of some columns, with `β` free for all.
    fn test(&self, tested: &[usize]) -> Option<ChiSquareTest> {
        let p = self.score.len();
        // Rows below p stand for β, the others for θ.
        let block_and_column = |it: usize| if it < p { (0, it) } else { (1, tested[it - p]) };
        let information = SymmetricMatrix::from_lower(p + tested.len(), |row, column| {
            let ((row_block, row), (column_block, column)) = (block_and_column(row), block_and_column(column));
            self.information[row_block + column_block][triangle(row.max(column)) + row.min(column)]
        });
        let mut score = vec![0.0; p];
        score.extend(tested.iter().map(|&column| self.score[column]));
        ChiSquareTest::new(information.inverse_quadratic_form(&score)?, tested.len())
    }
}

#[cfg(test)]
mod tests;
