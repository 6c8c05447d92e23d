//! From the maximum of the likelihood to coefficients in the units of the covariates.

use std::ops::Range;

use super::newton::{self, Maximum};
use super::partial_likelihood::Derivatives;
use super::risk_sets::RiskSets;
use super::score_residuals::{by_cluster, cross_product, sandwich, score_residuals};
use super::separation;
use super::{Coefficient, CoefficientState, Settings, TermWald};
use crate::survival::chi_square::{ChiSquareTest, two_sided};
use crate::survival::cholesky::{Cholesky, SymmetricMatrix};
use crate::survival::cohort::{Cohort, Schedule};
use crate::survival::design::Design;
use crate::survival::kaplan_meier::NORMAL_QUANTILE_975;

/// What was estimated of each column of a design.
#[derive(Debug)]
pub(super) struct Estimates {
    pub(super) states: Vec<CoefficientState>,
    /// Coefficients of the standardized columns; where iteration stopped unless estimated.
    beta: Vec<f64>,
    /// Covariance of `beta`, robust if that was asked for; meaningful between estimated columns only.
    covariance: SymmetricMatrix,
    /// The inverse of the information, where `covariance` is robust.
    model_covariance: Option<SymmetricMatrix>,
    pub(super) centers: Vec<f64>,
    pub(super) scales: Vec<f64>,
    pub(super) log_likelihood_null: f64,
    pub(super) log_likelihood: f64,
    pub(super) score_statistic: f64,
    /// Robust score test of the columns that are not aliased; absent unless the variance is robust.
    pub(super) robust_score: Option<ChiSquareTest>,
    pub(super) iterations: usize,
    pub(super) converged: bool,
}

impl Estimates {
    /// The state of the iteration before its first step: which columns are aliased, and the score test of the others.
    pub(super) fn at_zero(cohort: &Cohort, design: &Design, schedules: &[Schedule], settings: &Settings<'_>) -> Self {
        Self::begin(cohort, design, schedules, settings).0
    }

    /// Estimates all coefficients that can be.
    pub(super) fn of(cohort: &Cohort, design: &Design, schedules: &[Schedule], settings: &Settings<'_>) -> Self {
        let (mut estimates, start) = Self::begin(cohort, design, schedules, settings);
        if let Some((risk_sets, at_zero)) = start {
            let maximum = newton::maximize(&risk_sets, at_zero);
            let states = separation::states(&risk_sets, &maximum);
            estimates.accept(&maximum, &states);
            if settings.variance.is_robust(cohort) {
                estimates.make_robust(cohort, &risk_sets, &maximum, settings);
            }
        }
        estimates
    }

    /// Finds the aliased columns; the rest is where Newton's method starts, if there is any.
    pub(super) fn begin(
        cohort: &Cohort,
        design: &Design,
        schedules: &[Schedule],
        settings: &Settings<'_>,
    ) -> (Self, Option<(RiskSets, Derivatives)>) {
        let columns: Vec<&[f64]> = design.columns().map(|(_, column)| column.values.as_slice()).collect();
        let risk_sets = RiskSets::new(cohort, &columns, settings.offset, schedules, settings.ties);
        let n_columns = columns.len();
        let at_zero = risk_sets.derivatives_at_zero();
        let cholesky = Cholesky::of(&at_zero.information);
        let state = |column| {
            if cholesky.is_redundant(column) { CoefficientState::Aliased } else { CoefficientState::Estimated }
        };
        let step = cholesky.solve(&at_zero.score);

        let estimates = Self {
            states: (0..n_columns).map(state).collect(),
            beta: vec![0.0; n_columns],
            covariance: SymmetricMatrix::zeros(n_columns),
            model_covariance: None,
            centers: risk_sets.centers.clone(),
            scales: risk_sets.scales.clone(),
            log_likelihood_null: at_zero.log_likelihood,
            log_likelihood: at_zero.log_likelihood,
            score_statistic: step.iter().zip(&at_zero.score).map(|(step, u)| step * u).sum(),
            robust_score: None,
            iterations: 0,
            converged: true,
        };
        let kept = estimates.free_columns();
        let start = match kept.len() {
            0 => None,
            n_kept if n_kept == n_columns => Some((risk_sets, at_zero)),
            _ => {
                let risk_sets = risk_sets.with_columns(&kept);
                let at_zero = risk_sets.derivatives_at_zero();
                Some((risk_sets, at_zero))
            }
        };
        (estimates, start)
    }

    /// Puts the robust covariance in the place of the model's, and adds the robust score test.
    fn make_robust(&mut self, cohort: &Cohort, risk_sets: &RiskSets, maximum: &Maximum, settings: &Settings<'_>) {
        // METHOD: no factor for small samples, as R.
        let p = risk_sets.n_columns();
        let clustered = |beta: &[f64]| {
            let residuals = score_residuals(risk_sets, beta, cohort.len());
            by_cluster(&residuals, p, |row| cohort.weight(row), settings.variance.clusters())
        };
        let meat = cross_product(&clustered(&maximum.beta), p);
        let robust = self.spread(&sandwich(&maximum.precision.covariance, &meat, p));
        self.model_covariance = Some(std::mem::replace(&mut self.covariance, robust));

        let at_zero = clustered(&vec![0.0; p]);
        let sum = |column: usize| at_zero.iter().skip(column).step_by(p).sum::<f64>();
        let gradient: Vec<f64> = (0..p).map(sum).collect();
        self.robust_score = cross_product(&at_zero, p)
            .inverse_quadratic_form(&gradient)
            .and_then(|statistic| ChiSquareTest::new(statistic, p));
    }

    /// A matrix of the columns that are not aliased, with zeros for those that are.
    fn spread(&self, kept: &SymmetricMatrix) -> SymmetricMatrix {
        let columns = self.free_columns();
        let place = |column: usize| columns.iter().position(|&it| it == column);
        SymmetricMatrix::from_lower(self.states.len(), |row, column| match (place(row), place(column)) {
            (Some(row), Some(column)) => kept.at(row, column),
            _ => 0.0,
        })
    }

    /// Takes over a maximum over the columns that are not aliased.
    fn accept(&mut self, maximum: &Maximum, states: &[CoefficientState]) {
        let kept = self.free_columns();
        self.covariance = self.spread(&maximum.precision.covariance);
        for ((&column, &beta), &state) in kept.iter().zip(&maximum.beta).zip(states) {
            self.beta[column] = beta;
            self.states[column] = state;
        }
        self.log_likelihood = maximum.log_likelihood;
        self.iterations = maximum.iterations;
        self.converged = maximum.converged;
    }

    pub(super) fn free_columns(&self) -> Vec<usize> {
        (0..self.states.len()).filter(|&column| self.states[column] != CoefficientState::Aliased).collect()
    }

    /// Number of columns that are not aliased.
    pub(super) fn n_free(&self) -> usize {
        self.free_columns().len()
    }

    fn is_estimated(&self, column: usize) -> bool {
        self.states[column] == CoefficientState::Estimated
    }

    /// Wald test of some columns, aliased ones aside.
    pub(super) fn wald(&self, columns: Range<usize>) -> Option<ChiSquareTest> {
        if columns.clone().any(|column| self.states[column] == CoefficientState::Separated) {
            return None;
        }
        let tested: Vec<usize> = columns.filter(|&column| self.is_estimated(column)).collect();
        let beta: Vec<f64> = tested.iter().map(|&column| self.beta[column]).collect();
        let statistic = self.covariance.select(&tested).inverse_quadratic_form(&beta)?;
        ChiSquareTest::new(statistic, tested.len())
    }

    pub(super) fn term_tests(&self, design: &Design) -> Vec<TermWald> {
        let mut first = 0;
        let tests = design.terms.iter().map(|term| {
            let columns = first..first + term.columns.len();
            first = columns.end;
            TermWald { term: term.name.clone(), wald: self.wald(columns) }
        });
        tests.collect()
    }

    pub(super) fn coefficients(&self, design: &Design) -> Vec<Coefficient> {
        let columns = design.columns().enumerate().map(|(idx, (term, column))| {
            let estimate = self.is_estimated(idx).then(|| {
                let std_err = self.covariance.at(idx, idx).sqrt() * self.scales[idx];
                (self.beta[idx] * self.scales[idx], std_err)
            });
            let beside = |distance: f64| {
                let (beta, std_err) = estimate?;
                Some((beta + distance * std_err).exp()).filter(|it| it.is_finite())
            };
            let z = estimate.map(|(beta, std_err)| beta / std_err);
            Coefficient {
                term: term.name.clone(),
                name: column.name.clone(),
                state: self.states[idx],
                log_hazard_ratio: estimate.map(|(beta, _)| beta),
                std_err: estimate.map(|(_, std_err)| std_err),
                model_std_err: estimate
                    .and(self.model_covariance.as_ref())
                    .map(|it| it.at(idx, idx).sqrt() * self.scales[idx]),
                hazard_ratio: beside(0.0),
                lower: beside(-NORMAL_QUANTILE_975),
                upper: beside(NORMAL_QUANTILE_975),
                z,
                p_value: z.map(two_sided),
            }
        });
        columns.collect()
    }

    /// Covariance of the coefficients in the units of the covariates, robust if that was asked for.
    pub(super) fn covariance_rows(&self) -> Vec<Vec<f64>> {
        self.in_units(&self.covariance)
    }

    /// The inverse of the information in the units of the covariates.
    pub(super) fn model_covariance_rows(&self) -> Vec<Vec<f64>> {
        self.in_units(self.model_covariance.as_ref().unwrap_or(&self.covariance))
    }

    fn in_units(&self, covariance: &SymmetricMatrix) -> Vec<Vec<f64>> {
        let n = self.states.len();
        let element = |row: usize, column: usize| {
            let both = self.is_estimated(row) && self.is_estimated(column);
            if both { covariance.at(row, column) * self.scales[row] * self.scales[column] } else { 0.0 }
        };
        (0..n).map(|row| (0..n).map(|column| element(row, column)).collect()).collect()
    }

    /// `β'x + o` of each patient, with centered covariates.
    pub(super) fn linear_predictor(&self, design: &Design, n_patients: usize, offset: Option<&[f64]>) -> Vec<f64> {
        let mut sums = offset.map_or_else(|| vec![0.0; n_patients], <[f64]>::to_vec);
        for (idx, (_, column)) in design.columns().enumerate() {
            let beta = self.beta[idx] * self.scales[idx];
            for (sum, x) in sums.iter_mut().zip(&column.values) {
                *sum += beta * (x - self.centers[idx]);
            }
        }
        sums
    }
}
