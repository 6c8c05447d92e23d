//! How coefficients change with time: the points of a plot of `β(t)`.
//!
//! The Schoenfeld residual `s` of an event, scaled by the mean information of an event, is a noisy estimate of the
//! coefficients at its time (Grambsch & Therneau 1994):
//!
//! ```text
//! β(t) ≈ β + Ī⁻¹ s        Ī = I / number of events            within a stratum, of the columns that vary in it
//! ```
//!
//! A term of several columns is taken for one covariate, the part `β'x` of the linear predictor that is its own: its
//! coefficient is 1 on average. An event in a stratum where a term does not vary says nothing of the term; of two terms,
//! information counts the events of the strata in which both vary. All of this is R's `cox.zph(fit)$y`.
//!
//! # References
//!
//! * Grambsch PM, Therneau TM. Proportional hazards tests and diagnostics based on weighted residuals.
//!   *Biometrika* 1994;81:515-526. doi:10.1093/biomet/81.3.515

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CenteredTime, Sums, Transform};
use crate::error::Result;
use crate::survival::cholesky::{Cholesky, SymmetricMatrix};
use crate::survival::cohort::Cohort;
use crate::survival::cox::moments::triangle;
use crate::survival::cox::{self, CoxModel, Fitted, SchoenfeldResidual, Settings};
use crate::survival::design::Design;

/// Estimates of the coefficients at each event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScaledResiduals {
    /// The function of time.
    pub transform: Transform,
    /// The terms of the model that have an estimated coefficient, in its order.
    pub terms: Vec<String>,
    /// Covariance of the coefficients of terms at one event, by row: the variance of a point around the curve.
    pub covariance: Vec<Vec<f64>>,
    /// One row per event, by stratum and time.
    pub events: Vec<ScaledResidual>,
}

/// Estimates of the coefficients at one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScaledResidual {
    /// Index of the patient in the cohort.
    pub patient_idx: usize,
    /// Time of the event, in the unit of the cohort.
    pub time: f64,
    /// The function of time there.
    pub transformed_time: f64,
    /// One number per term: the log hazard ratio at this time of a term with one column, the slope of the linear predictor
    /// of one with several; absent where the term does not vary within the stratum.
    pub values: Vec<Option<f64>>,
}

/// How the coefficients of a model change with time.
///
/// `None` where there is no [`test_along`](super::test_along), if ties are exact, or if terms cannot be told apart.
///
/// # Errors
///
/// As [`test_along`](super::test_along).
pub fn scaled_residuals(
    transform: Transform,
    cohort: &Cohort,
    design: &Design,
    settings: &Settings<'_>,
    model: &CoxModel,
) -> Result<Option<ScaledResiduals>> {
    let Some(fitted) = Fitted::new(cohort, design, settings, model)? else { return Ok(None) };
    let Some(time) = CenteredTime::new(transform, cohort) else { return Ok(None) };
    let Some(residuals) = cox::residuals(cohort, design, settings, model)? else { return Ok(None) };
    let events = residuals.schoenfeld;
    let stratum_of = |patient_idx: usize| settings.strata.map_or(0, |it| it[patient_idx]);
    let terms = Combinations::new(&fitted, design);
    let n_informative = NumbersOfEvents::count(&terms, &fitted, cohort, design, &events, stratum_of);

    let sums = Sums::of(&fitted.risk_sets, &fitted.beta, &time);
    let scales = &fitted.risk_sets.scales;
    let of_columns = |i: usize, j: usize| sums.information[0][triangle(i.max(j)) + i.min(j)] / (scales[i] * scales[j]);
    let information = SymmetricMatrix::from_lower(terms.names.len(), |a, b| {
        let products = terms.of(a).flat_map(|(i, c)| terms.of(b).map(move |(j, d)| c * d * of_columns(i, j)));
        products.sum::<f64>() / n_informative.of_both(a, b).max(1) as f64
    });
    let cholesky = Cholesky::of(&information);
    if events.is_empty() || cholesky.rank() < terms.names.len() {
        return Ok(None);
    }

    let all_terms = 0..terms.names.len();
    let mut rows = Vec::with_capacity(events.len());
    for of_stratum in events.chunk_by(|a, b| stratum_of(a.row) == stratum_of(b.row)) {
        let stratum = stratum_of(of_stratum[0].row);
        let varying: Vec<usize> = all_terms.clone().filter(|&it| n_informative.at(stratum, it) > 0).collect();
        let cholesky = Cholesky::of(&information.select(&varying));
        rows.extend(of_stratum.iter().map(|event| {
            let residual = |&term: &usize| terms.of(term).map(|(i, factor)| factor * event.residual[i]).sum();
            let scaled = cholesky.solve(&varying.iter().map(residual).collect::<Vec<f64>>());
            let mut values = vec![None; terms.names.len()];
            for (&term, scaled) in varying.iter().zip(scaled) {
                values[term] = Some(terms.mean(term, &fitted) + scaled);
            }
            let transformed_time = time.transformed(event.time);
            ScaledResidual { patient_idx: event.row, time: event.time, transformed_time, values }
        }));
    }
    let inverse = cholesky.inverse();
    let covariance = all_terms.clone().map(|a| all_terms.clone().map(|b| inverse.at(a, b)).collect()).collect();
    Ok(Some(ScaledResiduals { transform, terms: terms.names, covariance, events: rows }))
}

/// The terms of a model, each a combination of its columns.
struct Combinations {
    names: Vec<String>,
    /// Of each term, its columns among those fitted with their factors.
    columns: Vec<Vec<(usize, f64)>>,
}

impl Combinations {
    fn new(fitted: &Fitted, design: &Design) -> Self {
        let term_names: Vec<&str> = design.columns().map(|(term, _)| term.name.as_str()).collect();
        let (mut names, mut columns) = (Vec::new(), Vec::new());
        let mut first = 0;
        for of_term in fitted.columns.chunk_by(|a, b| term_names[*a] == term_names[*b]) {
            let places = first..first + of_term.len();
            first = places.end;
            names.push(term_names[of_term[0]].to_owned());
            let factor = |place: usize| if of_term.len() == 1 { 1.0 } else { fitted.log_hazard_ratios[place] };
            columns.push(places.map(|place| (place, factor(place))).collect());
        }
        Self { names, columns }
    }

    fn of(&self, term: usize) -> impl Iterator<Item = (usize, f64)> + Clone + '_ {
        self.columns[term].iter().copied()
    }

    /// What the coefficient of a term is on average.
    fn mean(&self, term: usize, fitted: &Fitted) -> f64 {
        if let [(place, _)] = self.columns[term][..] { fitted.log_hazard_ratios[place] } else { 1.0 }
    }
}

/// How many events of each stratum tell of each term: all, or none if it does not vary there.
struct NumbersOfEvents {
    by_stratum: BTreeMap<usize, Vec<usize>>,
}

impl NumbersOfEvents {
    fn count(
        terms: &Combinations,
        fitted: &Fitted,
        cohort: &Cohort,
        design: &Design,
        events: &[SchoenfeldResidual],
        stratum_of: impl Fn(usize) -> usize,
    ) -> Self {
        let columns: Vec<&[f64]> = design.columns().map(|(_, column)| column.values.as_slice()).collect();
        let mut strata: BTreeMap<usize, Stratum> = BTreeMap::new();
        for patient_idx in 0..cohort.len() {
            let nothing = || Stratum { first: patient_idx, n_events: 0, varies: vec![false; terms.names.len()] };
            let stratum = strata.entry(stratum_of(patient_idx)).or_insert_with(nothing);
            for (varies, columns_of_term) in stratum.varies.iter_mut().zip(&terms.columns) {
                let mut values = columns_of_term.iter().map(|&(place, _)| columns[fitted.columns[place]]);
                *varies |= values.any(|it| it[patient_idx].total_cmp(&it[stratum.first]).is_ne());
            }
        }
        for event in events {
            if let Some(stratum) = strata.get_mut(&stratum_of(event.row)) {
                stratum.n_events += 1;
            }
        }
        let informative = |it: Stratum| it.varies.iter().map(|&varies| if varies { it.n_events } else { 0 }).collect();
        Self { by_stratum: strata.into_iter().map(|(code, it)| (code, informative(it))).collect() }
    }

    fn at(&self, stratum: usize, term: usize) -> usize {
        self.by_stratum[&stratum][term]
    }

    /// Events of the strata in which both of two terms vary.
    fn of_both(&self, a: usize, b: usize) -> usize {
        self.by_stratum.values().map(|it| it[a].min(it[b])).sum()
    }
}

/// What is known of a stratum.
struct Stratum {
    /// Its first patient.
    first: usize,
    n_events: usize,
    /// Of each term, whether two patients differ in it.
    varies: Vec<bool>,
}
