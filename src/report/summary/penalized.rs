//! Cox models with a penalty: what it is, and what it leaves of each hazard ratio.

use super::named;
use crate::report::format::{self, or_dash};
use crate::stratify::patients::PenalizedModel;
use crate::survival::firth::FirthModel;
use crate::survival::optimism::Validation;
use crate::survival::penalized::cross_validation::CrossValidation;
use crate::survival::penalized::ridge::RidgeModel;

/// The seed decides how patients are dealt to folds.
pub(super) fn penalized(model: &PenalizedModel, validation: Option<&Validation>, seed: u64) -> Vec<String> {
    let mut lines = match model {
        PenalizedModel::Ridge(it) => ridge(it),
        PenalizedModel::ElasticNet(it) => elastic_net(it, seed),
        PenalizedModel::Firth(it) => firth("with Firth's penalty", it),
    };
    lines.extend(validation.and_then(|it| validated(model, it)));
    lines
}

fn validated(model: &PenalizedModel, it: &Validation) -> Option<String> {
    let (apparent, corrected) = (it.concordance.apparent?, it.concordance.corrected?);
    let anew = match model {
        PenalizedModel::ElasticNet(_) => "each with its strength chosen anew, ",
        PenalizedModel::Ridge(_) | PenalizedModel::Firth(_) => "",
    };
    Some(format!(
        "  C with the penalty {apparent:.3}, corrected for optimism {corrected:.3} ({} bootstrap samples, {anew}{} without a \
         model)",
        format::count(it.n_replicates),
        format::count(it.n_failed)
    ))
}

fn ridge(it: &RidgeModel) -> Vec<String> {
    let mut lines =
        vec![format!("  with a ridge penalty, theta {}: {:.2} degrees of freedom", it.theta, it.degrees_of_freedom)];
    lines.extend(coefficients(it.coefficients.iter().map(|it| Row {
        name: named(&it.term, &it.name),
        hazard_ratio: it.hazard_ratio,
        limits: (it.lower, it.upper),
        p_value: it.p_value,
    })));
    lines
}

/// A model with Firth's penalty, under a heading that says why.
pub(super) fn firth(heading: &str, it: &FirthModel) -> Vec<String> {
    let mut lines = vec![format!("  {heading}:")];
    lines.extend(coefficients(it.coefficients.iter().map(|it| Row {
        name: named(&it.term, &it.name),
        hazard_ratio: it.hazard_ratio,
        limits: (it.lower, it.upper),
        p_value: it.p_value,
    })));
    lines
}

fn elastic_net(it: &CrossValidation, seed: u64) -> Vec<String> {
    let n_columns = it.path.columns.len();
    let (best, smaller) = (&it.best, &it.one_std_err);
    let mut lines = vec![
        format!(
            "  with an elastic net, alpha {}, its strength by {}-fold cross-validation (split by seed {seed}):",
            it.path.alpha, it.n_folds
        ),
        format!(
            "    predicts best: lambda {:.4}, {} of {n_columns} columns; within one standard error: lambda {:.4}, {} of \
             {n_columns}",
            best.lambda,
            best.columns.len(),
            smaller.lambda,
            smaller.columns.len()
        ),
    ];
    if best.columns.is_empty() {
        return lines;
    }
    let ratio = |it: Option<f64>| or_dash(it, format::ratio_beside_1);
    let mut rows = vec![["", "shrunken hazard ratio", "within one standard error"].map(str::to_owned).to_vec()];
    rows.extend(best.columns.iter().map(|column| {
        let same = smaller.columns.iter().find(|it| it.term == column.term && it.name == column.name);
        let of_smaller = same.map_or_else(|| "left out".to_owned(), |it| ratio(it.hazard_ratio));
        vec![named(&column.term, &column.name), ratio(column.hazard_ratio), of_smaller]
    }));
    lines.extend(format::aligned(&rows));
    lines
}

struct Row {
    name: String,
    hazard_ratio: Option<f64>,
    limits: (Option<f64>, Option<f64>),
    p_value: Option<f64>,
}

fn coefficients(of: impl Iterator<Item = Row>) -> Vec<String> {
    let mut rows = vec![["", "hazard ratio (95 %)", "p"].map(str::to_owned).to_vec()];
    rows.extend(of.map(|it| {
        let ratio = it.hazard_ratio.map(|ratio| format::ratio_with_interval(ratio, it.limits.0, it.limits.1));
        vec![it.name, or_dash(ratio, |it| it), or_dash(it.p_value, format::p_value)]
    }));
    format::aligned(&rows)
}
