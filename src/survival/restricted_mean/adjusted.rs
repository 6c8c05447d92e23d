//! Restricted means of two groups, compared with adjustment for covariates.
//!
//! The time `y = min(t, τ)` is known of patients who have the event before the horizon `τ` or are followed up to it
//! (`δ = 1`). They stand for those who are censored before, by weights `w = δ / G(y)` from the Kaplan-Meier curve `G` of
//! censoring in their group. With an intercept, the group and the covariates in `x`, three regressions
//!
//! ```text
//! difference       E(y) = x'β            Σ w x (y - x'β) = 0
//! ratio            E(y) = exp(x'β)       Σ w x (y - exp(x'β)) = 0
//! ratio of loss    E(τ - y) = exp(x'β)   Σ w x (τ - y - exp(x'β)) = 0
//! ```
//!
//! have the coefficients of the group as adjusted contrasts. Their variance is `A⁻¹ (Σ κ κ') A⁻¹`, where `A` is the
//! derivative of the sums by β, and
//!
//! ```text
//! κ_i = s_i + (1 - δ_i) q(y_i) / n(y_i) - Σ_{y_j ≤ y_i} (1 - δ_j) q(y_j) / n(y_j)²
//! ```
//!
//! adds to the score `s_i = w_i x_i (y_i - E)` what the weights contribute; `n(y)` is the number at risk in the group, and
//! `q(y)` the sum of the scores of those at risk. All is as in the R package survRM2; `G` is read after the censorings
//! that are tied with an event, and `A` sums over all patients without weights.
//!
//! # References
//!
//! * Tian L, Zhao L, Wei LJ. Predicting the restricted mean event time with the subject's baseline covariates in survival
//!   analysis. *Biostatistics* 2014;15:222-233. doi:10.1093/biostatistics/kxt050

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{check_horizon, contrast, latest_horizon};
use crate::error::{Error, Result};
use crate::survival::cholesky::{Cholesky, SymmetricMatrix};
use crate::survival::cohort::Cohort;
use crate::survival::confidence::critical_value;
use crate::survival::design::Design;

mod regression;

use regression::{Link, Regression};

/// Restricted means of two groups, compared with adjustment for covariates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustedComparison {
    /// The horizon, in the unit of the cohort.
    pub horizon: f64,
    /// Probability that an interval holds what it is for, between 0 and 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub level: f64,
    /// Differences of the mean time without the event: intercept, group, and the columns of the design.
    pub difference: Vec<Coefficient>,
    /// Ratios of the mean time without the event, in the same order.
    pub ratio: Vec<Coefficient>,
    /// Ratios of the mean time lost to the event, in the same order.
    pub time_lost_ratio: Vec<Coefficient>,
}

/// One coefficient of a regression of the restricted mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Coefficient {
    /// `intercept`, `group`, or the name of the covariate.
    pub term: String,
    /// The level of a factor; otherwise the same as `term`.
    pub column: String,
    /// The coefficient: a difference, or the logarithm of a ratio.
    pub coefficient: f64,
    /// Standard error of `coefficient`.
    #[schemars(range(min = 0.0))]
    pub std_err: f64,
    /// `coefficient` by its standard error.
    pub z: f64,
    /// Probability of a `z` at least as far from 0 if the coefficient is 0, in [0, 1].
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: f64,
    /// The difference, or the ratio.
    pub estimate: f64,
    /// Lower end of the interval of `estimate`.
    pub lower: f64,
    /// Upper end of the interval of `estimate`.
    pub upper: f64,
}

/// Compares the mean times of two groups up to a horizon, adjusted for covariates.
///
/// `group` holds 0 or 1 per patient, in the order of the cohort; the design does not hold the group. Without a horizon, it
/// is the [latest](latest_horizon) that both groups allow.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one code, or one value of each covariate, per patient.
/// * [`Error::OutOfRange`] if a code is neither 0 nor 1, a value not finite, the level not between 0 and 1, or the horizon
///   not above 0 or later than both groups allow.
/// * [`Error::Unanswerable`] if a group is empty, if patients enter late or have weights, if a covariate is a combination
///   of the others, or if the mean time or the mean loss is 0 for some of them.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::design::{Design, Term};
/// use contexture::survival::restricted_mean::adjusted;
///
/// let times = [2.0, 4.0, 5.0, 9.0, 3.0, 6.0, 8.0, 9.0];
/// let cohort = Cohort::from_columns(&times, &[true, false, true, false, true, true, false, false])?;
/// let design = Design::new(vec![Term::numeric("age", vec![61.0, 48.0, 70.0, 55.0, 66.0, 59.0, 43.0, 51.0])]);
/// let found = adjusted::compare(&cohort, &[0, 0, 0, 0, 1, 1, 1, 1], &design, Some(8.0), 0.95)?;
/// assert_eq!(found.difference[1].term, "group");
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn compare(
    cohort: &Cohort,
    group: &[usize],
    design: &Design,
    horizon: Option<f64>,
    level: f64,
) -> Result<AdjustedComparison> {
    let critical_value = critical_value(level)?;
    design.check(cohort.len())?;
    let latest = latest_horizon(cohort, group)?;
    let horizon = horizon.unwrap_or(latest);
    check_horizon(horizon, latest)?;
    if cohort.entries().is_some() || cohort.weights().is_some() {
        let problem = "an adjusted restricted mean needs patients without late entry and without weights".to_owned();
        return Err(Error::Unanswerable { problem });
    }

    let names = [("intercept", "intercept"), ("group", "group")]
        .into_iter()
        .chain(design.columns().map(|(term, column)| (term.name.as_str(), column.name.as_str())));
    let names: Vec<(String, String)> = names.map(|(term, column)| (term.to_owned(), column.to_owned())).collect();
    let covariates = |idx: usize| {
        let intercept_and_group = [1.0, group[idx] as f64];
        intercept_and_group.into_iter().chain(design.columns().map(move |(_, column)| column.values[idx]))
    };
    let mut rows: Vec<f64> = (0..cohort.len()).flat_map(covariates).collect();
    let scales = scale_columns(&mut rows, names.len());
    let risk_sets = [0, 1].map(|code| CensoringRisk::of(cohort, group, code, horizon));
    let mut weights = vec![0.0; cohort.len()];
    for risk_set in &risk_sets {
        risk_set.weigh(&mut weights);
    }

    let coefficients = |link: Link, response: &dyn Fn(f64) -> f64| -> Result<Vec<Coefficient>> {
        let response: Vec<f64> = cohort.outcomes().iter().map(|it| response(it.time.min(horizon))).collect();
        let regression = Regression::new(link, &rows, names.len(), &response, &weights);
        let beta = regression.fit().map_err(|redundant| Error::Unanswerable {
            problem: match redundant {
                Some(column) => format!(
                    "'{}' is a combination of the group and the covariates before it; leave it out",
                    names[column].1
                ),
                None => "the regression of the restricted mean does not converge; choose another horizon or fewer \
                         covariates"
                    .to_owned(),
            },
        })?;
        let covariance = covariance(&regression, &beta, &risk_sets);
        let coefficient = |(at, (term, column)): (usize, &(String, String))| {
            let variance = covariance.at(at, at) / scales[at].powi(2);
            let found = contrast(beta[at] / scales[at], variance, critical_value)?;
            let transform = |it: f64| if link == Link::Log { it.exp() } else { it };
            Some(Coefficient {
                term: term.clone(),
                column: column.clone(),
                coefficient: found.estimate,
                std_err: found.std_err,
                z: found.estimate / found.std_err,
                p_value: found.p_value,
                estimate: transform(found.estimate),
                lower: transform(found.lower),
                upper: transform(found.upper),
            })
        };
        names.iter().enumerate().map(coefficient).collect::<Option<_>>().ok_or_else(|| Error::Unanswerable {
            problem: "the covariates explain the restricted mean without error, so that it cannot be judged".to_owned(),
        })
    };
    Ok(AdjustedComparison {
        horizon,
        level,
        difference: coefficients(Link::Identity, &|time| time)?,
        ratio: coefficients(Link::Log, &|time| time)?,
        time_lost_ratio: coefficients(Link::Log, &|time| horizon - time)?,
    })
}

/// Scales columns to a mean square of 1, so that units do not decide which is redundant; returns what they are divided by.
fn scale_columns(rows: &mut [f64], n_columns: usize) -> Vec<f64> {
    let mut squares = vec![0.0; n_columns];
    for row in rows.chunks_exact(n_columns) {
        squares.iter_mut().zip(row).for_each(|(square, x)| *square += x * x);
    }
    let n_rows = (rows.len() / n_columns) as f64;
    // A column of zeros stays one.
    let scales: Vec<f64> =
        squares.iter().map(|&square| if square > 0.0 { f64::sqrt(square / n_rows) } else { 1.0 }).collect();
    for row in rows.chunks_exact_mut(n_columns) {
        row.iter_mut().zip(&scales).for_each(|(x, scale)| *x /= scale);
    }
    scales
}

/// The patients of one group by their time up to the horizon, for the distribution of censoring.
struct CensoringRisk {
    /// Ascending, each with those who share it.
    times: Vec<TimeUpToHorizon>,
}

/// Patients of a group with the same time up to the horizon.
struct TimeUpToHorizon {
    /// Indices of those of whom it is known: with the event, or followed up to the horizon.
    known: Vec<usize>,
    /// Indices of those who are censored before the horizon.
    censored: Vec<usize>,
    /// Number of patients followed up to this time or longer.
    n_risk: usize,
}

impl CensoringRisk {
    fn of(cohort: &Cohort, group: &[usize], code: usize, horizon: f64) -> Self {
        let mut n_risk = group.iter().filter(|&&it| it == code).count();
        let mut times: Vec<TimeUpToHorizon> = Vec::new();
        let mut is_at_horizon = false;
        for tie in &cohort.schedule().ties {
            let members = cohort.schedule().order[tie.members.clone()].iter().copied();
            let members: Vec<usize> = members.filter(|&idx| group[idx] == code).collect();
            let n_members = members.len();
            // METHOD: Whoever is followed up to the horizon has a known time, with the event or without it.
            let (known, censored): (Vec<usize>, Vec<usize>) =
                members.into_iter().partition(|&idx| tie.time >= horizon || cohort.outcomes()[idx].event);
            match times.last_mut() {
                Some(last) if is_at_horizon => last.known.extend(known),
                _ if n_members > 0 => times.push(TimeUpToHorizon { known, censored, n_risk }),
                _ => {}
            }
            is_at_horizon = is_at_horizon || (tie.time >= horizon && n_members > 0);
            n_risk -= n_members;
        }
        Self { times }
    }

    /// Weights of those whose time is known: one by the probability of not being censored by then.
    fn weigh(&self, weights: &mut [f64]) {
        let mut uncensored = 1.0;
        for time in &self.times {
            uncensored *= 1.0 - time.censored.len() as f64 / time.n_risk as f64;
            for &idx in &time.known {
                weights[idx] = 1.0 / uncensored;
            }
        }
    }
}

/// `A⁻¹ (Σ κ κ') A⁻¹`
fn covariance(regression: &Regression<'_>, beta: &[f64], risk_sets: &[CensoringRisk; 2]) -> SymmetricMatrix {
    let n_columns = beta.len();
    let mut products = vec![0.0; n_columns * n_columns];
    for CensoringRisk { times } in risk_sets {
        // The sums of the scores of those at risk, one row per time.
        let mut at_risk = vec![vec![0.0; n_columns]; times.len()];
        let mut sum = vec![0.0; n_columns];
        for (time, at_risk) in times.iter().zip(&mut at_risk).rev() {
            for &idx in &time.known {
                regression.add_score(idx, beta, &mut sum);
            }
            at_risk.clone_from(&sum);
        }
        let mut compensation = vec![0.0; n_columns];
        for (time, at_risk) in times.iter().zip(&at_risk) {
            let n = time.n_risk as f64;
            for (compensation, sum) in compensation.iter_mut().zip(at_risk) {
                *compensation += time.censored.len() as f64 * sum / (n * n);
            }
            let mut add = |kappa: &[f64]| {
                for (row, &left) in products.chunks_exact_mut(n_columns).zip(kappa) {
                    for (product, &right) in row.iter_mut().zip(kappa) {
                        *product += left * right;
                    }
                }
            };
            for &idx in &time.known {
                let mut kappa: Vec<f64> = compensation.iter().map(|it| -it).collect();
                regression.add_score(idx, beta, &mut kappa);
                add(&kappa);
            }
            let kappa: Vec<f64> = at_risk.iter().zip(&compensation).map(|(sum, it)| sum / n - it).collect();
            for _ in &time.censored {
                add(&kappa);
            }
        }
    }
    // A⁻¹ times each column, then times each row.
    let derivative = Cholesky::of(&regression.unweighted_information(beta));
    let solved: Vec<Vec<f64>> = products.chunks_exact(n_columns).map(|row| derivative.solve(row)).collect();
    let columns: Vec<Vec<f64>> = (0..n_columns)
        .map(|column| derivative.solve(&solved.iter().map(|row| row[column]).collect::<Vec<_>>()))
        .collect();
    SymmetricMatrix::from_lower(n_columns, |row, column| columns[column][row])
}

#[cfg(test)]
mod tests;
