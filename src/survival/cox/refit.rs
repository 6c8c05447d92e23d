//! The same model on many samples of the same patients, as the bootstrap wants it.
//!
//! Sorting, standardizing and looking for what cannot be estimated are done once, for all patients. A sample is then a
//! number of draws per patient, and Newton's method starts at the coefficients of all patients, from which those of a
//! sample are a standard error or so away. Where it does not walk straight to a maximum, the sample is fitted from the
//! start, which tells collinear columns from those that separate the events.

use super::estimates::Estimates;
use super::newton::{self, Maximum};
use super::risk_sets::RiskSets;
use super::{Settings, Variance};
use crate::error::Result;
use crate::survival::cohort::Cohort;
use crate::survival::design::Design;

/// A model that is ready to be fitted to samples of its patients.
#[derive(Debug)]
pub struct Refit<'a> {
    cohort: &'a Cohort,
    design: &'a Design,
    settings: Settings<'a>,
    all_patients: Option<AllPatients>,
}

/// The columns that are not aliased among all patients; others cannot be estimated in a sample either.
#[derive(Debug)]
struct AllPatients {
    columns: Vec<usize>,
    risk_sets: RiskSets,
    /// Of the standardized columns.
    maximum: Maximum,
}

impl<'a> Refit<'a> {
    /// Prepares a model. The variance that the settings ask for is of no account.
    ///
    /// # Errors
    ///
    /// As [`fit_with`](super::fit_with).
    pub fn new(cohort: &'a Cohort, design: &'a Design, settings: &Settings<'a>) -> Result<Self> {
        design.check(cohort.len())?;
        settings.check(cohort)?;
        let settings = Settings { variance: Variance::ModelBased, ..*settings };
        let schedules = cohort.schedules(settings.strata)?;
        let (estimates, start) = Estimates::begin(cohort, design, &schedules, &settings);
        let all_patients = start.map(|(risk_sets, at_zero)| AllPatients {
            columns: estimates.free_columns(),
            maximum: newton::maximize(&risk_sets, at_zero),
            risk_sets,
        });
        Ok(Self { cohort, design, settings, all_patients })
    }

    /// The log hazard ratio of each column of the design in a sample: what [`fit_with`](super::fit_with) estimates for
    /// [`cohort.select(draws)`](Cohort::select).
    ///
    /// `draws` holds indices of patients, each as often as the patient was drawn. Absent unless estimated.
    ///
    /// # Panics
    ///
    /// Panics if an index is not below the number of patients.
    ///
    /// # Examples
    ///
    /// ```
    /// use contexture::survival::Cohort;
    /// use contexture::survival::cox::{Refit, Settings};
    /// use contexture::survival::design::{Design, Term};
    ///
    /// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0], &[true, true, true, false, true])?;
    /// let design = Design::new(vec![Term::numeric("score", vec![30.0, 80.0, 20.0, 90.0, 40.0])]);
    /// let model = Refit::new(&cohort, &design, &Settings::default())?;
    /// let sample = model.coefficients(&[0, 1, 1, 2, 4]);
    /// assert!(sample[0].is_some_and(|it| (it - 0.014_109_51).abs() < 1e-8));
    /// # Ok::<(), contexture::error::Error>(())
    /// ```
    pub fn coefficients(&self, draws: &[usize]) -> Vec<Option<f64>> {
        let mut coefficients = vec![None; self.design.columns().count()];
        let Some(all) = &self.all_patients else { return coefficients };
        match newton::maximum_near(&all.risk_sets.sample(draws), &all.maximum) {
            Some(beta) => {
                for ((&column, beta), scale) in all.columns.iter().zip(beta).zip(&all.risk_sets.scales) {
                    coefficients[column] = Some(beta * scale);
                }
                coefficients
            }
            None => self.refitted_at_zero(draws).unwrap_or(coefficients),
        }
    }

    /// The same with all that [`fit_with`](super::fit_with) looks for; `None` if the likelihood cannot be computed.
    fn refitted_at_zero(&self, draws: &[usize]) -> Option<Vec<Option<f64>>> {
        let strata: Option<Vec<usize>> = self.settings.strata.map(|it| draws.iter().map(|&idx| it[idx]).collect());
        let offset: Option<Vec<f64>> = self.settings.offset.map(|it| draws.iter().map(|&idx| it[idx]).collect());
        let settings = Settings { strata: strata.as_deref(), offset: offset.as_deref(), ..self.settings };
        let (cohort, design) = (self.cohort.select(draws), self.design.select(draws));
        let schedules = cohort.schedules(settings.strata).ok()?;
        let estimates = Estimates::of(&cohort, &design, &schedules, &settings);
        Some(estimates.coefficients(&design).iter().map(|it| it.log_hazard_ratio).collect())
    }
}

#[cfg(test)]
mod tests;
