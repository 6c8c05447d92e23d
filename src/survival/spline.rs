//! Restricted cubic splines: a hazard ratio that bends along a covariate.
//!
//! A covariate need not act in proportion to its size. With knots `t_1 < … < t_k`, its effect is a curve that is cubic
//! between knots, smooth at them, and straight beyond the outer ones, where data are few:
//!
//! ```text
//! x_1     = x
//! x_{j+1} = [ (x - t_j)³₊ - (x - t_{k-1})³₊ (t_k - t_j)/(t_k - t_{k-1})
//!                         + (x - t_k)³₊ (t_{k-1} - t_j)/(t_k - t_{k-1}) ] / (t_k - t_1)²,   j = 1 … k-2   Stone 1985
//! ```
//!
//! with `(u)³₊` for `max(u, 0)³`. Columns and default knots are those of R's `Hmisc::rcspline.eval` (`norm = 2`): quantiles
//! at equal steps between 0.1 and 0.9 (3 knots), 0.05 and 0.95 (4 to 6) or 0.025 and 0.975 (7 or more). With fewer than 100
//! values, the outer knots are the fifth smallest and the fifth largest. If one in twenty or more has the smallest value,
//! such as 0, and no value between is that frequent, the first knot is the next larger value and the others are quantiles of
//! what lies above; in the same way for the largest.
//!
//! That the columns beyond the first add nothing is the test of non-linearity.
//!
//! # References
//!
//! * Stone CJ, Koo CY. Additive splines in statistics. *Proc Stat Comput Sect Am Stat Assoc* 1985:45-48.
//! * Harrell FE. *Regression Modeling Strategies.* 2nd ed. Springer, 2015, §2.4. doi:10.1007/978-3-319-19425-7

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::quantile_knots::quantile_knots;
use super::chi_square::ChiSquareTest;
use super::cholesky::SymmetricMatrix;
use super::cohort::Cohort;
use super::cox::{self, CoefficientState, CoxModel};
use super::design::{Column, Design, Term};
use super::kaplan_meier::NORMAL_QUANTILE_975;
use crate::error::{Error, Result};

mod quantile_knots;

/// Fewer knots make no curve.
const FEWEST_KNOTS: usize = 3;

/// Where the pieces of a spline meet: at least three numbers, ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Knots(Vec<f64>);

impl Knots {
    /// Knots at given values.
    ///
    /// # Errors
    ///
    /// * [`Error::OutOfRange`] if there are fewer than three, or one is not finite or not above the one before.
    pub fn at(values: &[f64]) -> Result<Self> {
        if values.len() < FEWEST_KNOTS {
            return Err(Error::OutOfRange {
                quantity: "number of knots",
                expected: "at least 3",
                value: values.len() as f64,
            });
        }
        let previous = [f64::NEG_INFINITY].into_iter().chain(values.iter().copied());
        match values.iter().zip(previous).find(|(value, previous)| !(value.is_finite() && *value > previous)) {
            Some((&value, _)) => {
                Err(Error::OutOfRange { quantity: "knot", expected: "a finite number above the knot before", value })
            }
            None => Ok(Self(values.to_vec())),
        }
    }

    /// So many knots at Harrell's default quantiles of some values, in any order; fewer where values are equal.
    ///
    /// # Errors
    ///
    /// * [`Error::OutOfRange`] if fewer than three knots are asked for, or a value is not finite.
    /// * [`Error::Unanswerable`] if there are fewer than six values, or they do not have three different knots.
    pub fn by_quantiles(values: &[f64], n_knots: usize) -> Result<Self> {
        if n_knots < FEWEST_KNOTS {
            return Err(Error::OutOfRange {
                quantity: "number of knots",
                expected: "at least 3",
                value: n_knots as f64,
            });
        }
        if let Some(&value) = values.iter().find(|it| !it.is_finite()) {
            return Err(Error::OutOfRange { quantity: "value of a covariate", expected: "a finite number", value });
        }
        match quantile_knots(values, n_knots) {
            Some(knots) => Ok(Self(knots)),
            None => Err(Error::Unanswerable {
                problem: format!(
                    "the {} values of a covariate have no three different knots for a spline; use it as a number or in \
                     classes",
                    values.len()
                ),
            }),
        }
    }

    /// The knots, ascending.
    pub fn values(&self) -> &[f64] {
        &self.0
    }

    /// The columns of a value, one fewer than knots: the value itself, and the bends.
    pub fn columns_at(&self, x: f64) -> Vec<f64> {
        let knots = &self.0;
        let (last, before_last) = (knots[knots.len() - 1], knots[knots.len() - 2]);
        let range = last - knots[0];
        let cube = |knot: f64| (x - knot).max(0.0).powi(3) / (range * range);
        let bend = |&knot: &f64| {
            cube(knot) + ((before_last - knot) * cube(last) - (last - knot) * cube(before_last)) / (last - before_last)
        };
        [x].into_iter().chain(knots[..knots.len() - 2].iter().map(bend)).collect()
    }

    /// The term of a model for a covariate with one value per patient: columns `x`, `x'`, `x''` and so on.
    pub fn term(&self, name: impl Into<String>, values: &[f64]) -> Term {
        let name = name.into();
        let mut columns: Vec<Column> = (0..self.0.len() - 1)
            .map(|idx| Column { name: format!("{name}{}", "'".repeat(idx)), values: Vec::with_capacity(values.len()) })
            .collect();
        for &value in values {
            for (column, value) in columns.iter_mut().zip(self.columns_at(value)) {
                column.values.push(value);
            }
        }
        Term { name, columns }
    }
}

/// The effect of a covariate as a curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SplineEffect {
    /// Name of the covariate.
    pub name: String,
    /// Where the pieces of the curve meet.
    pub knots: Vec<f64>,
    /// Does the covariate matter at all?
    pub overall: EffectTests,
    /// Is its effect other than a straight line?
    pub non_linearity: EffectTests,
    /// The value that others are compared with.
    pub reference: f64,
    /// One row per value asked for, in that order; empty if a coefficient of the covariate has no estimate.
    pub curve: Vec<CurvePoint>,
    /// The model with the spline, the covariate as its first term; not part of a report.
    #[serde(skip)]
    pub model: Option<CoxModel>,
}

/// The test of some columns of a model in two ways, which agree in large samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EffectTests {
    /// By the likelihood ratio of the models with and without the columns; absent if they add nothing that is not in the
    /// others.
    pub likelihood_ratio: Option<ChiSquareTest>,
    /// By the estimates and their covariance; absent if one of the columns has no estimate.
    pub wald: Option<ChiSquareTest>,
}

/// The hazard ratio of a value of a covariate, against the reference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CurvePoint {
    /// The value.
    pub value: f64,
    /// Logarithm of the hazard ratio; 0 at the reference.
    pub log_hazard_ratio: f64,
    /// Standard error of `log_hazard_ratio`; 0 at the reference.
    #[schemars(range(min = 0.0))]
    pub std_err: f64,
    /// Hazard ratio; absent if it exceeds the largest number.
    #[schemars(range(min = 0.0))]
    pub hazard_ratio: Option<f64>,
    /// Lower end of the pointwise 95 % interval of the hazard ratio; absent if it exceeds the largest number.
    #[schemars(range(min = 0.0))]
    pub lower: Option<f64>,
    /// Upper end of the pointwise 95 % interval of the hazard ratio; absent if it exceeds the largest number.
    #[schemars(range(min = 0.0))]
    pub upper: Option<f64>,
}

/// The covariate of a [`SplineEffect`], and where its curve is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Name of the covariate.
    pub name: &'a str,
    /// One finite value per patient, in the order of the cohort.
    pub values: &'a [f64],
    /// Where the pieces of the curve meet.
    pub knots: &'a Knots,
    /// The value that others are compared with, such as the median.
    pub reference: f64,
    /// Values at which the curve is wanted.
    pub grid: &'a [f64],
}

/// Estimates the effect of a covariate as a restricted cubic spline, beside other covariates.
///
/// `others` has the covariates to adjust for, possibly none, in the order of the cohort; `strata` one code per patient.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if a column or the strata do not have one row per patient.
/// * [`Error::OutOfRange`] if a value, the reference or a point of the grid is not finite.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::design::Design;
/// use contexture::survival::spline::{self, Knots, Request};
///
/// let values: Vec<f64> = (0..60).map(|it| f64::from(it * 7 % 60)).collect();
/// let times: Vec<f64> = values.iter().map(|it| 1.0 + (it - 30.0).abs()).collect();
/// let cohort = Cohort::from_columns(&times, &[true; 60])?;
/// let knots = Knots::by_quantiles(&values, 4)?;
/// let request = Request { name: "score", values: &values, knots: &knots, reference: 30.0, grid: &[0.0, 30.0, 59.0] };
/// let effect = spline::estimate(&cohort, &request, &Design::default(), None)?;
/// assert!(effect.non_linearity.likelihood_ratio.is_some_and(|it| it.p_value < 0.001));
/// assert!(effect.curve[0].hazard_ratio < Some(1.0) && effect.curve[2].hazard_ratio < Some(1.0));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(
    cohort: &Cohort,
    request: &Request<'_>,
    others: &Design,
    strata: Option<&[usize]>,
) -> Result<SplineEffect> {
    if let Some(&value) = request.grid.iter().chain([&request.reference]).find(|it| !it.is_finite()) {
        return Err(Error::OutOfRange { quantity: "point of a curve", expected: "a finite number", value });
    }
    let with = |term: Option<Term>| Design::new(term.into_iter().chain(others.terms.iter().cloned()).collect());
    let model = cox::fit(cohort, &with(Some(request.knots.term(request.name, request.values))), strata)?;
    let linear = Term::numeric(request.name, request.values.to_vec());
    let linear = cox::fit(cohort, &with(Some(linear)), strata)?;
    let without = cox::fit(cohort, &with(None), strata)?;

    let n_columns = request.knots.values().len() - 1;
    let tests = |smaller: &CoxModel, first: usize| -> Result<EffectTests> {
        Ok(EffectTests {
            likelihood_ratio: cox::likelihood_ratio(smaller, &model)?,
            wald: wald(&model, &(first..n_columns).collect::<Vec<_>>()),
        })
    };
    Ok(SplineEffect {
        name: request.name.to_owned(),
        knots: request.knots.values().to_vec(),
        overall: tests(&without, 0)?,
        non_linearity: tests(&linear, 1)?,
        reference: request.reference,
        curve: curve(request, &model),
        model: Some(model),
    })
}

/// Wald test of some columns; `None` unless each has an estimate.
fn wald(model: &CoxModel, columns: &[usize]) -> Option<ChiSquareTest> {
    let beta: Option<Vec<f64>> = columns.iter().map(|&it| model.coefficients[it].log_hazard_ratio).collect();
    let covariance =
        SymmetricMatrix::from_lower(columns.len(), |row, column| model.covariance[columns[row]][columns[column]]);
    ChiSquareTest::new(covariance.inverse_quadratic_form(&beta?)?, columns.len())
}

/// Hazard ratios along the grid, of the model whose first columns are the spline.
fn curve(request: &Request<'_>, model: &CoxModel) -> Vec<CurvePoint> {
    let at_reference = request.knots.columns_at(request.reference);
    let of_spline = &model.coefficients[..at_reference.len()];
    if of_spline.iter().any(|it| it.state != CoefficientState::Estimated) {
        return Vec::new();
    }
    let point = |&value: &f64| {
        let contrast: Vec<f64> =
            request.knots.columns_at(value).iter().zip(&at_reference).map(|(at, reference)| at - reference).collect();
        let log_hazard_ratio =
            contrast.iter().zip(of_spline).map(|(c, it)| c * it.log_hazard_ratio.unwrap_or(0.0)).sum::<f64>();
        let product = |row: &Vec<f64>| contrast.iter().zip(row).map(|(c, v)| c * v).sum::<f64>();
        let variance: f64 = contrast.iter().zip(&model.covariance).map(|(c, row)| c * product(row)).sum();
        let std_err = variance.max(0.0).sqrt();
        let beside = |z: f64| Some((log_hazard_ratio + z * std_err).exp()).filter(|it| it.is_finite());
        CurvePoint {
            value,
            log_hazard_ratio,
            std_err,
            hazard_ratio: beside(0.0),
            lower: beside(-NORMAL_QUANTILE_975),
            upper: beside(NORMAL_QUANTILE_975),
        }
    };
    request.grid.iter().map(point).collect()
}

#[cfg(test)]
mod tests;
