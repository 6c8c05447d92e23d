//! From the maximum of the likelihood to coefficients in the units of the covariates.

use std::ops::Range;

use super::newton::{self, Maximum};
use super::partial_likelihood::{Derivatives, RiskSets};
use super::separation;
use super::{Coefficient, CoefficientState, TermWald};
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
    /// Covariance of `beta`; meaningful between estimated columns only.
    covariance: SymmetricMatrix,
    centers: Vec<f64>,
    scales: Vec<f64>,
    pub(super) log_likelihood_null: f64,
    pub(super) log_likelihood: f64,
    pub(super) score_statistic: f64,
    pub(super) iterations: usize,
    pub(super) converged: bool,
}

impl Estimates {
    /// The state of the iteration before its first step: which columns are aliased, and the score test of the others.
    pub(super) fn at_zero(cohort: &Cohort, design: &Design, schedules: &[Schedule]) -> Self {
        Self::begin(cohort, design, schedules).0
    }

    /// Estimates all coefficients that can be.
    pub(super) fn of(cohort: &Cohort, design: &Design, schedules: &[Schedule]) -> Self {
        let (mut estimates, start) = Self::begin(cohort, design, schedules);
        if let Some((risk_sets, at_zero)) = start {
            let maximum = newton::maximize(&risk_sets, at_zero);
            let states = separation::states(&risk_sets, &maximum);
            estimates.accept(&maximum, &states);
        }
        estimates
    }

    /// Finds the aliased columns; the rest is where Newton's method starts, if there is any.
    fn begin(cohort: &Cohort, design: &Design, schedules: &[Schedule]) -> (Self, Option<(RiskSets, Derivatives)>) {
        let columns: Vec<&[f64]> = design.columns().map(|(_, column)| column.values.as_slice()).collect();
        let risk_sets_of =
            |columns: &[&[f64]]| RiskSets::new(columns, |patient_idx| cohort.outcomes()[patient_idx].event, schedules);
        let risk_sets = risk_sets_of(&columns);
        let n_columns = columns.len();
        let at_zero = risk_sets.derivatives(&vec![0.0; n_columns]);
        let cholesky = Cholesky::of(&at_zero.information);
        let state = |column| {
            if cholesky.is_redundant(column) { CoefficientState::Aliased } else { CoefficientState::Estimated }
        };
        let step = cholesky.solve(&at_zero.score);

        let estimates = Self {
            states: (0..n_columns).map(state).collect(),
            beta: vec![0.0; n_columns],
            covariance: SymmetricMatrix::zeros(n_columns),
            centers: risk_sets.centers.clone(),
            scales: risk_sets.scales.clone(),
            log_likelihood_null: at_zero.log_likelihood,
            log_likelihood: at_zero.log_likelihood,
            score_statistic: step.iter().zip(&at_zero.score).map(|(step, u)| step * u).sum(),
            iterations: 0,
            converged: true,
        };
        let kept = estimates.free_columns();
        let start = match kept.len() {
            0 => None,
            n_kept if n_kept == n_columns => Some((risk_sets, at_zero)),
            _ => {
                let kept_columns: Vec<&[f64]> = kept.iter().map(|&column| columns[column]).collect();
                let risk_sets = risk_sets_of(&kept_columns);
                let at_zero = risk_sets.derivatives(&vec![0.0; kept.len()]);
                Some((risk_sets, at_zero))
            }
        };
        (estimates, start)
    }

    /// Takes over a maximum over the columns that are not aliased.
    fn accept(&mut self, maximum: &Maximum, states: &[CoefficientState]) {
        let kept = self.free_columns();
        let place = |column: usize| kept.iter().position(|&it| it == column);
        self.covariance =
            SymmetricMatrix::from_lower(self.states.len(), |row, column| match (place(row), place(column)) {
                (Some(row), Some(column)) => maximum.precision.covariance.at(row, column),
                _ => 0.0,
            });
        for ((&column, &beta), &state) in kept.iter().zip(&maximum.beta).zip(states) {
            self.beta[column] = beta;
            self.states[column] = state;
        }
        self.log_likelihood = maximum.log_likelihood;
        self.iterations = maximum.iterations;
        self.converged = maximum.converged;
    }

    fn free_columns(&self) -> Vec<usize> {
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
                hazard_ratio: beside(0.0),
                lower: beside(-NORMAL_QUANTILE_975),
                upper: beside(NORMAL_QUANTILE_975),
                z,
                p_value: z.map(two_sided),
            }
        });
        columns.collect()
    }

    /// Covariance of the coefficients in the units of the covariates.
    pub(super) fn covariance_rows(&self) -> Vec<Vec<f64>> {
        let n = self.states.len();
        let element = |row: usize, column: usize| {
            let both = self.is_estimated(row) && self.is_estimated(column);
            if both { self.covariance.at(row, column) * self.scales[row] * self.scales[column] } else { 0.0 }
        };
        (0..n).map(|row| (0..n).map(|column| element(row, column)).collect()).collect()
    }

    /// `β'x` of each patient, with centered covariates.
    pub(super) fn linear_predictor(&self, design: &Design, n_patients: usize) -> Vec<f64> {
        let mut sums = vec![0.0; n_patients];
        for (idx, (_, column)) in design.columns().enumerate() {
            let beta = self.beta[idx] * self.scales[idx];
            for (sum, x) in sums.iter_mut().zip(&column.values) {
                *sum += beta * (x - self.centers[idx]);
            }
        }
        sums
    }
}
