//! The relative contribution of each variable to a Cox model: its share of the χ² statistic.
//!
//! ```text
//! share of sum   = χ²_term / Σ χ²_term            adds up to 1
//! share of model = χ²_term / χ²_model             need not: covariates that go together share what they explain
//! ```
//!
//! `χ²` is the Wald statistic, of all columns of a term, and of all columns of the model. A term of several columns has a
//! larger statistic by chance alone, `k` for `k` columns. Shares are proportions of evidence within one model, not of
//! variation explained: how much the model explains is told by [`explained_variation`](super::explained_variation).
//!
//! Shares have percentile intervals over bootstrap samples of patients, in each of which the model is fitted again.
//!
//! # References
//!
//! * Harrell FE. *Regression Modeling Strategies*, 2nd ed. Springer, 2015, §5.1.3 and §9.8.4 (`plot(anova(fit))`).
//!   doi:10.1007/978-3-319-19425-7
//! * Pagès F, Mlecnik B, Marliot F, et al. International validation of the consensus Immunoscore for the classification
//!   of colon cancer: a prognostic and accuracy study. *Lancet* 2018;391:2128-2139. doi:10.1016/S0140-6736(18)30789-X

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::bootstrap::Bootstrap;

use super::bootstrap::percentile_interval;
use super::cohort::Cohort;
use super::cox::{self, CoxModel};
use super::design::{Column, Design, Term};
use super::replicates;
use crate::error::Result;

/// Shares of the terms of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RelativeContribution {
    /// Sum of the Wald statistics of the terms.
    #[schemars(range(min = 0.0))]
    pub sum_of_terms: f64,
    /// Wald statistic of the model; absent if a coefficient is separated or all are aliased.
    #[schemars(range(min = 0.0))]
    pub model: Option<f64>,
    /// Bootstrap samples drawn; 0 without intervals.
    pub n_replicates: usize,
    /// Of them, those in which a share does not exist, since a coefficient is separated or all are aliased.
    pub n_failed: usize,
    /// One row per term, in the order of the design.
    pub terms: Vec<Contribution>,
}

/// The share of a term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contribution {
    /// The term.
    pub term: String,
    /// Its Wald statistic; absent if none of its coefficients is estimated or one is separated.
    #[schemars(range(min = 0.0))]
    pub chi_square: Option<f64>,
    /// Columns that it was estimated from; 0 without a statistic.
    pub degrees_of_freedom: usize,
    /// Share of the sum of the terms' statistics, in [0, 1]; absent with `chi_square`, and if the sum is 0.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub share_of_sum: Option<f64>,
    /// Lower end of the 95 % bootstrap interval of `share_of_sum`; absent without bootstrap.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub lower: Option<f64>,
    /// Upper end of the 95 % bootstrap interval of `share_of_sum`; absent without bootstrap.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub upper: Option<f64>,
    /// Share of the model's statistic, which may exceed 1; absent if one of the two is.
    #[schemars(range(min = 0.0))]
    pub share_of_model: Option<f64>,
}

/// The shares of the terms of a fitted model, without intervals.
pub fn of_model(model: &CoxModel) -> RelativeContribution {
    let shares = shares_of_sum(model);
    let wald = model.wald.map(|it| it.chi_square);
    let terms = model.term_tests.iter().zip(&shares).map(|(term, &share_of_sum)| {
        let chi_square = term.wald.map(|it| it.chi_square);
        Contribution {
            term: term.term.clone(),
            chi_square,
            degrees_of_freedom: term.wald.map_or(0, |it| it.degrees_of_freedom),
            share_of_sum,
            lower: None,
            upper: None,
            share_of_model: chi_square.zip(wald).filter(|it| it.1 > 0.0).map(|(term, model)| term / model),
        }
    });
    RelativeContribution {
        sum_of_terms: sum_of_terms(model),
        model: wald,
        n_replicates: 0,
        n_failed: 0,
        terms: terms.collect(),
    }
}

/// Fits a Cox model and estimates the shares of its terms, with intervals.
///
/// # Errors
///
/// As [`cox::fit`].
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::design::{Design, Term};
/// use contexture::survival::relative_contribution::{self, Bootstrap};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[true, true, true, true, false, true])?;
/// let design = Design::new(vec![
///     Term::numeric("score", vec![30.0, 80.0, 20.0, 90.0, 40.0, 70.0]),
///     Term::numeric("age", vec![60.0, 50.0, 70.0, 55.0, 65.0, 62.0]),
/// ]);
/// let found = relative_contribution::estimate(&cohort, &design, None, Bootstrap { n_replicates: 20, seed: 1 })?;
/// let sum: f64 = found.terms.iter().filter_map(|it| it.share_of_sum).sum();
/// assert!((sum - 1.0).abs() < 1e-12);
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(
    cohort: &Cohort,
    design: &Design,
    strata: Option<&[usize]>,
    bootstrap: Bootstrap,
) -> Result<RelativeContribution> {
    let mut found = of_model(&cox::fit(cohort, design, strata)?);
    let replicates = replicates::map(bootstrap.n_replicates, bootstrap.seed, |random| {
        let drawn = replicates::sample_with_replacement(cohort.len(), random);
        let strata: Option<Vec<usize>> = strata.map(|codes| drawn.iter().map(|&it| codes[it]).collect());
        let model = cox::fit(&cohort.select(&drawn), &select(design, &drawn), strata.as_deref()).ok()?;
        // A share is one of all terms: where one has no statistic, none has a share.
        model.wald.map(|_| shares_of_sum(&model))
    });
    found.n_replicates = replicates.len();
    found.n_failed = replicates.iter().filter(|it| it.is_none()).count();
    for (idx, term) in found.terms.iter_mut().enumerate() {
        let interval = percentile_interval(replicates.iter().flatten().map(|shares| shares[idx]));
        (term.lower, term.upper) = interval.map(|[lower, upper]| (lower, upper)).unzip();
    }
    Ok(found)
}

fn sum_of_terms(model: &CoxModel) -> f64 {
    model.term_tests.iter().filter_map(|it| it.wald).map(|it| it.chi_square).sum()
}

fn shares_of_sum(model: &CoxModel) -> Vec<Option<f64>> {
    let sum = sum_of_terms(model);
    let share = |it: &cox::TermWald| it.wald.filter(|_| sum > 0.0).map(|it| it.chi_square / sum);
    model.term_tests.iter().map(share).collect()
}

/// The rows of a design at some indices.
fn select(design: &Design, indices: &[usize]) -> Design {
    let column =
        |it: &Column| Column { name: it.name.clone(), values: indices.iter().map(|&idx| it.values[idx]).collect() };
    let term = |it: &Term| Term { name: it.name.clone(), columns: it.columns.iter().map(column).collect() };
    Design::new(design.terms.iter().map(term).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cohort() -> Cohort {
        let events = [true, true, false, true, true, true, false, true];
        Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], &events).unwrap()
    }

    fn design() -> Design {
        Design::new(vec![
            Term::numeric("a", vec![5.0, 1.0, 3.0, 2.0, 4.0, 1.0, 2.0, 3.0]),
            Term::numeric("b", vec![1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0]),
        ])
    }

    #[test]
    fn a_single_term_is_the_whole_model() {
        let design = Design::new(design().terms.drain(..1).collect());
        let found = of_model(&cox::fit(&cohort(), &design, None).unwrap());
        assert_eq!(found.terms[0].share_of_sum, Some(1.0));
        assert!((found.terms[0].share_of_model.unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn each_share_is_the_square_of_z_over_its_denominator() {
        let model = cox::fit(&cohort(), &design(), None).unwrap();
        let found = of_model(&model);
        let squares: Vec<f64> = model.coefficients.iter().map(|it| it.z.unwrap().powi(2)).collect();
        for (term, square) in found.terms.iter().zip(&squares) {
            assert!((term.share_of_sum.unwrap() - square / squares.iter().sum::<f64>()).abs() < 1e-12);
            assert!((term.share_of_model.unwrap() - square / found.model.unwrap()).abs() < 1e-12);
        }
    }

    #[test]
    fn a_term_without_an_estimate_has_no_share() {
        let mut design = design();
        design.terms.push(Term::numeric("constant", vec![1.0; 8]));
        let found = of_model(&cox::fit(&cohort(), &design, None).unwrap());
        assert_eq!((found.terms[2].chi_square, found.terms[2].share_of_sum), (None, None));
        let none = of_model(&cox::fit(&cohort().with_events(|_| false), &design, None).unwrap());
        assert_eq!((none.sum_of_terms, none.model, none.terms[0].share_of_model), (0.0, None, None));
    }

    #[test]
    fn samples_without_a_model_are_counted() {
        let found = estimate(&cohort(), &design(), None, Bootstrap { n_replicates: 200, seed: 2 }).unwrap();
        // Of eight patients, some samples separate.
        assert!((1..200).contains(&found.n_failed), "{}", found.n_failed);
        for term in &found.terms {
            assert!(0.0 <= term.lower.unwrap() && term.lower < term.upper && term.upper.unwrap() <= 1.0);
        }
    }
}
