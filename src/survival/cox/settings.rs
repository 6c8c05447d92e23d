//! How a Cox model is fitted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ties::Ties;
use crate::error::{Error, Result};
use crate::survival::cohort::{Cohort, expect_length};

/// How a Cox model is fitted; the default is Efron's treatment of ties, without strata and offset.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settings<'a> {
    /// How tied events are treated.
    pub ties: Ties,
    /// One code per row, each with a baseline hazard of its own.
    pub strata: Option<&'a [usize]>,
    /// One number per row that enters with a coefficient of 1.
    pub offset: Option<&'a [f64]>,
    /// What standard errors are made of.
    pub variance: Variance<'a>,
}

/// The variance that is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variance<'a> {
    /// The inverse of the information, or the robust variance where a weight is a fraction, as in R.
    #[default]
    ByWeights,
    /// The inverse of the information, whatever the weights are.
    ModelBased,
    /// The robust variance, each row on its own.
    Robust,
    /// The robust variance with one code per row: rows of the same code may depend on each other.
    Clustered(&'a [usize]),
}

/// The variance that a model has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VarianceEstimator {
    /// The inverse of the information.
    ModelBased,
    /// The sandwich of Lin and Wei.
    Robust,
}

impl<'a> Variance<'a> {
    pub(super) fn is_robust(self, cohort: &Cohort) -> bool {
        match self {
            Self::ByWeights => cohort.has_fractional_weights(),
            Self::ModelBased => false,
            Self::Robust | Self::Clustered(_) => true,
        }
    }

    pub(super) fn clusters(self) -> Option<&'a [usize]> {
        if let Self::Clustered(codes) = self { Some(codes) } else { None }
    }

    pub(super) fn estimator(self, cohort: &Cohort) -> VarianceEstimator {
        if self.is_robust(cohort) { VarianceEstimator::Robust } else { VarianceEstimator::ModelBased }
    }
}

impl Settings<'_> {
    /// Complains unless offset and clusters have one value per row, and the exact likelihood goes with the rest.
    pub(super) fn check(&self, cohort: &Cohort) -> Result<()> {
        if let Some(offset) = self.offset {
            expect_length("offsets", cohort.len(), offset.len())?;
            if let Some(&value) = offset.iter().find(|it| !it.is_finite()) {
                return Err(Error::OutOfRange { quantity: "offset", expected: "a finite number", value });
            }
        }
        if let Some(clusters) = self.variance.clusters() {
            expect_length("cluster codes", cohort.len(), clusters.len())?;
        }
        self.check_ties(cohort)
    }

    /// Complains if the exact likelihood does not go with the rest.
    fn check_ties(&self, cohort: &Cohort) -> Result<()> {
        if self.ties != Ties::Exact {
            return Ok(());
        }
        let other = if cohort.weights().is_some() {
            "weights"
        } else if self.variance.is_robust(cohort) {
            "a robust variance"
        } else {
            return Ok(());
        };
        let problem = format!("the exact likelihood of ties is not defined with {other}; use efron or breslow");
        Err(Error::Unanswerable { problem })
    }
}
