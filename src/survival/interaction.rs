//! Does a marker tell who benefits from a treatment?
//!
//! A *prognostic* marker goes with the outcome whatever the treatment. A *predictive* marker goes with the effect of the
//! treatment, and only that tells whom to treat. That a treatment is significant in one class of the marker and not in
//! another proves nothing; the test is that of the product of both:
//!
//! ```text
//! h(t) = h_0(t) exp( τ'z + β'm + γ'(z m) + covariates )          z: treatment, m: marker
//! predictive:  γ = 0, by the likelihood ratio against the model without z m, or by Wald
//! prognostic:  β = 0 in the model without z m, by the likelihood ratio against the model without m
//! effect of treatment j at m:   τ_j + Σ_k γ_jk m_k,              variance by the covariance of τ and γ
//! ```
//!
//! `exp(γ)` is a ratio of hazard ratios: by what factor the effect of the treatment differs per unit of a number, or from the
//! reference class.
//!
//! # References
//!
//! * Polley MYC, Freidlin B, Korn EL, et al. Statistical and practical considerations for clinical evaluation of predictive
//!   biomarkers. *J Natl Cancer Inst* 2013;105:1677-1683. doi:10.1093/jnci/djt282
//! * Altman DG, Bland JM. Interaction revisited: the difference between two estimates. *BMJ* 2003;326:219.
//!   doi:10.1136/bmj.326.7382.219

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::chi_square::{ChiSquareTest, two_sided};
use super::cohort::{Cohort, expect_length};
use super::cox::{self, Coefficient, CoefficientState, CoxModel};
use super::design::{Column, Design, Term};
use super::kaplan_meier::NORMAL_QUANTILE_975;
use crate::error::{Error, Result};

/// The level at which a role is stated.
const SIGNIFICANCE_LEVEL: f64 = 0.05;

/// A marker, with one value per patient in the order of the cohort.
#[derive(Clone, Debug, PartialEq)]
pub enum Marker {
    /// A number.
    Numeric {
        /// Name of the marker.
        name: String,
        /// One finite value per patient.
        values: Vec<f64>,
        /// The values at which the effect of the treatment is wanted, such as quartiles.
        at: Vec<f64>,
    },
    /// Classes.
    Classes {
        /// Name of the marker.
        name: String,
        /// Names of the classes.
        levels: Vec<String>,
        /// The class that others are compared with, as an index into `levels`.
        reference: usize,
        /// One index into `levels` per patient.
        codes: Vec<usize>,
    },
}

/// What a marker is good for, at the 5 % level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarkerRole {
    /// The effect of the treatment differs along the marker; it may go with the outcome besides.
    Predictive,
    /// The marker goes with the outcome; that the effect of the treatment differs along it is not shown.
    Prognostic,
    /// Neither is shown, which does not prove that there is nothing.
    NotShown,
}

/// The effect of a treatment along a marker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interaction {
    /// Number of patients.
    pub n: usize,
    /// Number of patients with the event.
    pub n_events: usize,
    /// Name of the treatment.
    pub treatment: String,
    /// Name of the marker.
    pub marker: String,
    /// One row per column of the treatment and column of the marker: the ratio of hazard ratios.
    pub products: Vec<Coefficient>,
    /// Whether the marker goes with the outcome, in the model without products; absent if its columns add nothing.
    pub prognostic: Option<ChiSquareTest>,
    /// Whether the effect of the treatment differs along the marker, by the likelihood ratio; absent if the products add
    /// nothing.
    pub predictive: Option<ChiSquareTest>,
    /// The same by the estimates and their covariance; absent if one of them is infinite or none is estimated.
    pub predictive_wald: Option<ChiSquareTest>,
    /// What the two tests say at the 5 % level; absent if neither can be made.
    pub role: Option<MarkerRole>,
    /// One row per value or class of the marker and column of the treatment.
    pub effects: Vec<TreatmentEffect>,
    /// The model with products; not part of a report.
    #[serde(skip)]
    pub model: Option<CoxModel>,
}

/// The effect of a treatment among patients with one value of the marker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TreatmentEffect {
    /// The treatment: the name of its column.
    pub treatment: String,
    /// The class of the marker, or its value in digits.
    pub marker: String,
    /// The value of the marker; absent for a class.
    pub marker_value: Option<f64>,
    /// Number of patients in the class, of all treatments; absent for a value.
    pub n: Option<usize>,
    /// Number of them with the event; absent for a value.
    pub n_events: Option<usize>,
    /// Logarithm of the hazard ratio of the treatment; this and the numbers below are absent if one of its coefficients has
    /// no estimate.
    pub log_hazard_ratio: Option<f64>,
    /// Standard error of `log_hazard_ratio`.
    #[schemars(range(min = 0.0))]
    pub std_err: Option<f64>,
    /// Hazard ratio of the treatment; absent, too, if it exceeds the largest number.
    #[schemars(range(min = 0.0))]
    pub hazard_ratio: Option<f64>,
    /// Lower end of the 95 % interval of the hazard ratio; absent, too, if it exceeds the largest number.
    #[schemars(range(min = 0.0))]
    pub lower: Option<f64>,
    /// Upper end of the 95 % interval of the hazard ratio; absent, too, if it exceeds the largest number.
    #[schemars(range(min = 0.0))]
    pub upper: Option<f64>,
    /// `log_hazard_ratio` in standard errors.
    pub z: Option<f64>,
    /// Two-sided p-value of `z`, in [0, 1]. It must not be compared between classes: that is what `predictive` tests.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p_value: Option<f64>,
}

/// Estimates the effect of a treatment along a marker, beside other covariates.
///
/// `treatment` has one column for two arms (1 if treated), or one for each arm but the control; `others` has the covariates
/// to adjust for, possibly none; `strata` one code per patient. All are in the order of the cohort.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if a column, the marker or the strata do not have one row per patient.
/// * [`Error::OutOfRange`] if a value is not finite, or a code or the reference is not an index into the levels.
///
/// # Examples
///
/// The treatment helps those without the marker, and harms those with it:
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::design::{Design, Term};
/// use contexture::survival::interaction::{self, Marker, MarkerRole};
///
/// let treated: Vec<f64> = (0..40).map(|it| f64::from(it % 2)).collect();
/// let codes: Vec<usize> = (0..40).map(|it| it / 20).collect();
/// let times: Vec<f64> = (0..40_usize)
///     .map(|it| (it * 7 % 40) as f64 + if (it % 2 == 1) == (it < 20) { 15.0 } else { 1.0 })
///     .collect();
/// let cohort = Cohort::from_columns(&times, &[true; 40])?;
/// let levels = vec!["negative".to_owned(), "positive".to_owned()];
/// let marker = Marker::Classes { name: "marker".to_owned(), levels, reference: 0, codes };
/// let treatment = Term::numeric("treated", treated);
/// let found = interaction::estimate(&cohort, &treatment, &marker, &Design::default(), None)?;
/// assert_eq!(found.role, Some(MarkerRole::Predictive));
/// assert!(found.effects[0].hazard_ratio < Some(1.0) && found.effects[1].hazard_ratio > Some(1.0));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(
    cohort: &Cohort,
    treatment: &Term,
    marker: &Marker,
    others: &Design,
    strata: Option<&[usize]>,
) -> Result<Interaction> {
    let marker_term = marker.term()?;
    for column in treatment.columns.iter().chain(&marker_term.columns) {
        expect_length("values of a treatment or marker", cohort.len(), column.values.len())?;
    }
    let products = product(treatment, &marker_term);
    let fit = |terms: &[&Term]| {
        let terms = terms.iter().copied().chain(&others.terms).cloned().collect();
        cox::fit(cohort, &Design::new(terms), strata)
    };
    let treated = fit(&[treatment])?;
    let additive = fit(&[treatment, &marker_term])?;
    let model = fit(&[treatment, &marker_term, &products])?;

    let n_before = treatment.columns.len() + marker_term.columns.len();
    let prognostic = cox::likelihood_ratio(&treated, &additive)?;
    let predictive = cox::likelihood_ratio(&additive, &model)?;
    Ok(Interaction {
        n: model.n,
        n_events: model.n_events,
        treatment: treatment.name.clone(),
        marker: marker_term.name.clone(),
        products: model.coefficients[n_before..n_before + products.columns.len()].to_vec(),
        prognostic,
        predictive,
        predictive_wald: model.term_tests[2].wald,
        role: role(prognostic, predictive),
        effects: effects(cohort, treatment, marker, &model),
        model: Some(model),
    })
}

fn role(prognostic: Option<ChiSquareTest>, predictive: Option<ChiSquareTest>) -> Option<MarkerRole> {
    let is_shown = |test: Option<ChiSquareTest>| test.is_some_and(|it| it.p_value < SIGNIFICANCE_LEVEL);
    if is_shown(predictive) {
        Some(MarkerRole::Predictive)
    } else if is_shown(prognostic) {
        Some(MarkerRole::Prognostic)
    } else {
        prognostic.or(predictive).map(|_| MarkerRole::NotShown)
    }
}

/// All products of a column of the treatment and one of the marker, the marker's columns first.
fn product(treatment: &Term, marker: &Term) -> Term {
    let column = |treatment: &Column, marker: &Column| Column {
        name: format!("{}:{}", treatment.name, marker.name),
        values: treatment.values.iter().zip(&marker.values).map(|(a, b)| a * b).collect(),
    };
    let of = |treatment| marker.columns.iter().map(move |marker| column(treatment, marker));
    Term {
        name: format!("{}:{}", treatment.name, marker.name),
        columns: treatment.columns.iter().flat_map(of).collect(),
    }
}

/// The effect of each column of the treatment at each value or class of the marker.
fn effects(cohort: &Cohort, treatment: &Term, marker: &Marker, model: &CoxModel) -> Vec<TreatmentEffect> {
    let positions = marker.positions(cohort);
    let n_marker = positions.first().map_or(0, |it| it.columns.len());
    let first_product = treatment.columns.len() + n_marker;
    let at = |position: &Position| {
        let effect = |(idx, column): (usize, &Column)| {
            let products = (0..n_marker).map(|it| (first_product + idx * n_marker + it, position.columns[it]));
            let contrast: Vec<(usize, f64)> =
                [(idx, 1.0)].into_iter().chain(products.filter(|it| it.1.abs() > 0.0)).collect();
            let is_known = |it: &(usize, f64)| model.coefficients[it.0].state == CoefficientState::Estimated;
            let known = contrast.iter().all(is_known).then(|| linear_combination(model, &contrast));
            let beside = |distance: f64| {
                let (estimate, std_err) = known?;
                Some((estimate + distance * std_err).exp()).filter(|it| it.is_finite())
            };
            let z = known.map(|(estimate, std_err)| estimate / std_err);
            TreatmentEffect {
                treatment: column.name.clone(),
                marker: position.label.clone(),
                marker_value: position.value,
                n: position.counts.map(|it| it.0),
                n_events: position.counts.map(|it| it.1),
                log_hazard_ratio: known.map(|it| it.0),
                std_err: known.map(|it| it.1),
                hazard_ratio: beside(0.0),
                lower: beside(-NORMAL_QUANTILE_975),
                upper: beside(NORMAL_QUANTILE_975),
                z,
                p_value: z.map(two_sided),
            }
        };
        treatment.columns.iter().enumerate().map(effect).collect::<Vec<_>>()
    };
    positions.iter().flat_map(at).collect()
}

/// A weighted sum of coefficients, with its standard error.
fn linear_combination(model: &CoxModel, contrast: &[(usize, f64)]) -> (f64, f64) {
    let estimate = |&(idx, c): &(usize, f64)| c * model.coefficients[idx].log_hazard_ratio.unwrap_or(0.0);
    let pairs = contrast.iter().flat_map(|one| contrast.iter().map(move |other| (one, other)));
    let variance: f64 = pairs.map(|(one, other)| one.1 * other.1 * model.covariance[one.0][other.0]).sum();
    (contrast.iter().map(estimate).sum(), variance.max(0.0).sqrt())
}

/// A value or class of the marker at which the effect of the treatment is wanted.
struct Position {
    label: String,
    value: Option<f64>,
    /// Patients and events of a class.
    counts: Option<(usize, usize)>,
    /// The columns of the marker there.
    columns: Vec<f64>,
}

impl Marker {
    fn term(&self) -> Result<Term> {
        match self {
            Self::Numeric { name, values, at } => match at.iter().find(|it| !it.is_finite()) {
                Some(&value) => {
                    Err(Error::OutOfRange { quantity: "value of a marker", expected: "a finite number", value })
                }
                None => Ok(Term::numeric(name.clone(), values.clone())),
            },
            Self::Classes { name, levels, reference, codes } => Term::factor(name.clone(), levels, *reference, codes),
        }
    }

    fn positions(&self, cohort: &Cohort) -> Vec<Position> {
        match self {
            Self::Numeric { at, .. } => at
                .iter()
                .map(|&value| Position {
                    label: value.to_string(),
                    value: Some(value),
                    counts: None,
                    columns: vec![value],
                })
                .collect(),
            Self::Classes { levels, reference, codes, .. } => {
                let position = |(level, label): (usize, &String)| {
                    let members = codes.iter().zip(cohort.outcomes()).filter(|(code, _)| **code == level);
                    let events: Vec<bool> = members.map(|(_, outcome)| outcome.event).collect();
                    let others = (0..levels.len()).filter(|it| it != reference);
                    Position {
                        label: label.clone(),
                        value: None,
                        counts: Some((events.len(), events.iter().filter(|it| **it).count())),
                        columns: others.map(|it| f64::from(u8::from(it == level))).collect(),
                    }
                };
                levels.iter().enumerate().map(position).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests;
