//! Cox models of imputed data sets, pooled.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Pooled, PooledTest, pool, pool_test};
use crate::error::{Error, Result};
use crate::survival::cohort::expect_length;
use crate::survival::cox::{Coefficient, CoxModel};

/// One Cox model from several, each fitted to a data set in which missing values were imputed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PooledCoxModel {
    /// Number of imputed data sets.
    pub n_imputations: usize,
    /// Number of patients.
    pub n: usize,
    /// Number of patients with the event; the smallest of the imputations.
    pub n_events: usize,
    /// One row per column of the design, in its order.
    pub coefficients: Vec<PooledCoefficient>,
    /// Test of all coefficients that every imputation has; absent without any, or as [`pool_test`] has none.
    pub test: Option<PooledTest>,
}

/// One coefficient, pooled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PooledCoefficient {
    /// The term of the design that the column belongs to.
    pub term: String,
    /// The level of a factor, or the term itself if it is a number.
    pub name: String,
    /// Logarithm of the hazard ratio; absent if an imputation has no estimate.
    pub log_hazard_ratio: Option<Pooled>,
    /// Hazard ratio; absent with its logarithm, or if it exceeds the largest number.
    #[schemars(range(min = 0.0))]
    pub hazard_ratio: Option<f64>,
    /// Lower end of the 95 % interval of the hazard ratio; absent with its logarithm.
    #[schemars(range(min = 0.0))]
    pub lower: Option<f64>,
    /// Upper end of the 95 % interval of the hazard ratio; absent with its logarithm, or if it exceeds the largest number.
    #[schemars(range(min = 0.0))]
    pub upper: Option<f64>,
}

/// Pools Cox models of the same covariates, one for each imputed data set.
///
/// Complete data would have as many degrees of freedom as there are events less estimated coefficients, but at least 1.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if models differ in their number of patients or coefficients.
/// * [`Error::Unanswerable`] if there are fewer than two models, or if their coefficients differ by name.
pub fn pool_models(models: &[CoxModel]) -> Result<PooledCoxModel> {
    let [first, others @ ..] = models else {
        return Err(Error::Unanswerable {
            problem: "pooling needs the models of two imputations or more, found none".to_owned(),
        });
    };
    for other in others {
        expect_length("patients of an imputation", first.n, other.n)?;
        expect_length("coefficients of an imputation", first.coefficients.len(), other.coefficients.len())?;
        let differs = first.coefficients.iter().zip(&other.coefficients).find(|(a, b)| a.name != b.name);
        if let Some((a, b)) = differs {
            let problem = format!("found coefficient '{}' where the first model has '{}'", b.name, a.name);
            return Err(Error::Unanswerable { problem });
        }
    }
    let n_events = models.iter().map(|it| it.n_events).min().unwrap_or(0);
    let has = |at: &usize| models.iter().all(|it| it.coefficients[*at].log_hazard_ratio.is_some());
    let estimated: Vec<usize> = (0..first.coefficients.len()).filter(has).collect();
    let complete = Some((n_events as f64 - estimated.len() as f64).max(1.0));

    let estimates = |model: &CoxModel| -> Vec<f64> {
        estimated.iter().filter_map(|&at| model.coefficients[at].log_hazard_ratio).collect()
    };
    let covariance = |model: &CoxModel| -> Vec<Vec<f64>> {
        estimated.iter().map(|&row| estimated.iter().map(|&column| model.covariance[row][column]).collect()).collect()
    };
    let test = pool_test(
        &models.iter().map(estimates).collect::<Vec<_>>(),
        &models.iter().map(covariance).collect::<Vec<_>>(),
        complete,
    )?;

    let pooled = |at: usize| -> Result<PooledCoefficient> {
        let of = |value: fn(&Coefficient) -> Option<f64>| {
            models.iter().map(|it| value(&it.coefficients[at])).collect::<Option<Vec<f64>>>()
        };
        let log_hazard_ratio = match (of(|it| it.log_hazard_ratio), of(|it| it.std_err)) {
            (Some(estimates), Some(std_errs)) => Some(pool(&estimates, &std_errs, complete)?),
            _ => None,
        };
        let exp =
            |value: fn(&Pooled) -> f64| log_hazard_ratio.as_ref().map(|it| value(it).exp()).filter(|it| it.is_finite());
        Ok(PooledCoefficient {
            term: first.coefficients[at].term.clone(),
            name: first.coefficients[at].name.clone(),
            hazard_ratio: exp(|it| it.estimate),
            lower: exp(|it| it.lower),
            upper: exp(|it| it.upper),
            log_hazard_ratio,
        })
    };
    let coefficients = (0..first.coefficients.len()).map(pooled).collect::<Result<_>>()?;
    Ok(PooledCoxModel { n_imputations: models.len(), n: first.n, n_events, coefficients, test })
}
