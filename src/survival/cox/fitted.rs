//! A fitted model put together with its data again, for what is computed from both.

use super::risk_sets::RiskSets;
use super::{CoefficientState, CoxModel, Settings};
use crate::error::Result;
use crate::survival::cholesky::SymmetricMatrix;
use crate::survival::cohort::{Cohort, expect_length};
use crate::survival::design::Design;

/// The columns of a model whose coefficients were estimated, standardized, with their coefficients.
pub(in crate::survival) struct Fitted {
    /// Places of the columns in the design.
    pub(in crate::survival) columns: Vec<usize>,
    pub(in crate::survival) risk_sets: RiskSets,
    /// Coefficients of the standardized columns.
    pub(in crate::survival) beta: Vec<f64>,
    /// Coefficients in the units of the covariates.
    pub(in crate::survival) log_hazard_ratios: Vec<f64>,
    /// Their covariance from the information.
    pub(in crate::survival) covariance: Vec<Vec<f64>>,
    /// Covariance of `beta`, robust if the model's is.
    covariance_of_beta: SymmetricMatrix,
}

impl Fitted {
    /// `None` if no coefficient was estimated, or one is separated.
    pub(in crate::survival) fn new(
        cohort: &Cohort,
        design: &Design,
        settings: &Settings<'_>,
        model: &CoxModel,
    ) -> Result<Option<Self>> {
        design.check(cohort.len())?;
        settings.check(cohort)?;
        expect_length("patients of the model", cohort.len(), model.n)?;
        expect_length("coefficients of the model", design.columns().count(), model.coefficients.len())?;
        let schedules = cohort.schedules(settings.strata)?;
        if model.coefficients.iter().any(|it| it.state == CoefficientState::Separated) {
            return Ok(None);
        }
        let estimated: Vec<(usize, &[f64], f64)> = design
            .columns()
            .zip(&model.coefficients)
            .enumerate()
            .filter_map(|(at, ((_, column), it))| Some((at, &*column.values, it.log_hazard_ratio?)))
            .collect();
        if estimated.is_empty() {
            return Ok(None);
        }
        let values: Vec<&[f64]> = estimated.iter().map(|it| it.1).collect();
        let risk_sets = RiskSets::new(cohort, &values, settings.offset, &schedules, settings.ties);
        let columns: Vec<usize> = estimated.iter().map(|it| it.0).collect();
        let row = |&at: &usize| columns.iter().map(|&other| model.model_covariance[at][other]).collect();
        let scales = &risk_sets.scales;
        let of_beta = |i: usize, j: usize| model.covariance[columns[i]][columns[j]] / (scales[i] * scales[j]);
        Ok(Some(Self {
            covariance_of_beta: SymmetricMatrix::from_lower(columns.len(), of_beta),
            beta: estimated.iter().zip(&risk_sets.scales).map(|(it, scale)| it.2 / scale).collect(),
            log_hazard_ratios: estimated.iter().map(|it| it.2).collect(),
            covariance: columns.iter().map(row).collect(),
            columns,
            risk_sets,
        }))
    }

    /// Variance of `direction'β`, in standardized columns.
    pub(super) fn variance_along(&self, direction: &[f64]) -> f64 {
        let row = |i: usize| -> f64 {
            direction.iter().enumerate().map(|(j, it)| self.covariance_of_beta.at(i, j) * it).sum()
        };
        direction.iter().enumerate().map(|(i, it)| it * row(i)).sum()
    }
}
