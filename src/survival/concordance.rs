//! The concordance: how often the patient at higher risk has the event first.
//!
//! A pair of patients is comparable if the earlier of their times is that of an event, at which the other is at risk. Of
//! two with the same time, the one with the event comes before the one without; two events at the same time are not
//! comparable. With `c` concordant and `d` discordant pairs, and `t` pairs of equal risk,
//!
//! ```text
//! C      = (c + t/2) / (c + d + t)                                           Harrell 1982
//! b_i    = w_i [(c_i - d_i) - (c_i + d_i + t_i)(2C - 1)] / (2 (c + d + t))   influence of patient i
//! Var[C] = Σ_i b_i²                                                          infinitesimal jackknife
//! ```
//!
//! with `c_i`, `d_i`, `t_i` the pairs that patient `i` is part of, as in R's `concordance` for a Cox model. A high risk
//! stands for an early event, so a score that protects has to be negated. Pairs are compared within strata and summed.
//!
//! A pair counts by the weights of its patients, and by the time of its event ([`TimeWeight`]): Harrell's C depends on
//! how patients were censored, Uno's does not. The infinitesimal jackknife takes time weights for given. The influences
//! of clusters, such as the rows of one patient, are summed before they are squared.
//!
//! Two risks are compared on the same patients by the difference of their influences ([`compare`]). R weights the
//! influences a second time where it compares models of weighted patients; here `Var[C]` is the same alone and in
//! company.
//!
//! If risk says nothing of the order of events, `c - d` has the variance of the score of a Cox model whose covariate is
//! the rank of risk among those at risk, summed over events; `null_std_err` is its root, and R's `cvar` the square.
//!
//! The package survC1 estimates Uno's C slightly otherwise where times tie, see [`TiedCensoring`].
//!
//! Time is proportional to n log n.
//!
//! # References
//!
//! * Harrell FE, Califf RM, Pryor DB, Lee KL, Rosati RA. Evaluating the yield of medical tests.
//!   *JAMA* 1982;247:2543-2546. doi:10.1001/jama.1982.03320430047030
//! * Therneau T, Atkinson E. *Concordance*, vignette of the R package survival.
//!   <https://cran.r-project.org/package=survival>
//! * Uno H, Cai T, Pencina MJ, D'Agostino RB, Wei LJ. On the C-statistics for evaluating overall adequacy of risk
//!   prediction procedures with censored survival data. *Stat Med* 2011;30:1105-1117. doi:10.1002/sim.4154
//! * Schemper M, Wakounig S, Heinze G. The estimation of average hazard ratios by weighted Cox regression.
//!   *Stat Med* 2009;28:2473-2489. doi:10.1002/sim.3623

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::comparison::{compare, covariance, test_equality};
pub use self::time_weights::TimeWeight;
pub use super::censoring::TiedCensoring;

use self::pairs::{PairCounts, Stratum};
use super::cohort::{Cohort, Outcome, expect_length};
use super::kaplan_meier::NORMAL_QUANTILE_975;
use crate::error::{Error, Result};

mod comparison;
mod pairs;
mod time_weights;

/// Harrell's C with the pairs that it counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Concordance {
    /// Harrell's C, in [0, 1]; 0.5 is chance. Absent if no two patients are comparable.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub concordance: Option<f64>,
    /// Standard error of `concordance`; absent with it.
    #[schemars(range(min = 0.0))]
    pub std_err: Option<f64>,
    /// Comparable pairs in which the patient at higher risk has the event first.
    pub concordant: u64,
    /// Comparable pairs in which the patient at lower risk has the event first.
    pub discordant: u64,
    /// Comparable pairs of equal risk; each counts half.
    pub tied_risk: u64,
    /// Pairs with events at the same time and different risk, which are not comparable.
    pub tied_time: u64,
    /// Pairs with events at the same time and equal risk, which are not comparable.
    pub tied_risk_and_time: u64,
}

/// A concordance with weights, and what each patient contributes to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeightedConcordance {
    /// How pairs were weighted by time.
    pub time_weight: TimeWeight,
    /// The concordance, in [0, 1]; 0.5 is chance. Absent if no two patients are comparable.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub concordance: Option<f64>,
    /// Standard error of `concordance`; absent with it.
    #[schemars(range(min = 0.0))]
    pub std_err: Option<f64>,
    /// Lower end of the 95 % interval of `concordance`, in [0, 1]; absent with it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub lower: Option<f64>,
    /// Upper end of the 95 % interval of `concordance`, in [0, 1]; absent with it.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub upper: Option<f64>,
    /// Standard error that `concordance` would have if risk said nothing; absent with it.
    #[schemars(range(min = 0.0))]
    pub null_std_err: Option<f64>,
    /// Weight of comparable pairs in which the patient at higher risk has the event first.
    pub concordant: f64,
    /// Weight of comparable pairs in which the patient at lower risk has the event first.
    pub discordant: f64,
    /// Weight of comparable pairs of equal risk; each counts half.
    pub tied_risk: f64,
    /// Weight of pairs with events at the same time and different risk, which are not comparable.
    pub tied_time: f64,
    /// Weight of pairs with events at the same time and equal risk, which are not comparable.
    pub tied_risk_and_time: f64,
    /// Influence on `concordance` of each patient in the order of the cohort, or of each cluster by ascending code;
    /// empty without `concordance`. Not part of a report.
    #[serde(skip)]
    pub influence: Vec<f64>,
}

/// Which pairs a concordance counts, and by how much.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings<'a> {
    /// How much a pair counts by the time of its event.
    pub time_weight: TimeWeight,
    /// Whether who is censored at the time of an event is compared with it.
    pub tied_censoring: TiedCensoring,
    /// One code per patient: pairs are compared within strata. `None`: all are.
    pub strata: Option<&'a [usize]>,
    /// One code per patient: rows of a cluster, such as those of one person, are not independent. `None`: all are.
    pub clusters: Option<&'a [usize]>,
    /// Times before this count as this, so that events before it are tied. R's `ymin`.
    pub from: Option<f64>,
    /// Events after this do not count. R's `ymax`.
    pub until: Option<f64>,
}

/// Harrell's C of risks, within strata if there are any.
///
/// `risk` and `strata` hold one value per patient, in the order of the cohort; a higher risk stands for an earlier
/// event. Where patients carry weights, the pairs of the result are rounded; [`estimate`] has them in full.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one risk and one stratum per patient.
/// * [`Error::OutOfRange`] if a risk is not finite.
///
/// # Examples
///
/// ```
/// use contexture::survival::{Cohort, concordance};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 2.0, 2.0, 3.0], &[true, true, true, false, false])?;
/// let c = concordance::harrell(&cohort, &[5.0, 4.0, 1.0, 3.0, 2.0], None)?;
/// assert_eq!(c.concordance, Some(0.75));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn harrell(cohort: &Cohort, risk: &[f64], strata: Option<&[usize]>) -> Result<Concordance> {
    let it = estimate(cohort, risk, &Settings { strata, ..Settings::default() })?;
    Ok(Concordance {
        concordance: it.concordance,
        std_err: it.std_err,
        concordant: whole(it.concordant),
        discordant: whole(it.discordant),
        tied_risk: whole(it.tied_risk),
        tied_time: whole(it.tied_time),
        tied_risk_and_time: whole(it.tied_risk_and_time),
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pairs are counted, and fewer than 2^53")]
fn whole(pairs: f64) -> u64 {
    pairs.round() as u64
}

/// Compares risks with the order of events.
///
/// `risk` holds one value per patient, in the order of the cohort; a higher risk stands for an earlier event.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one risk, stratum and cluster per patient.
/// * [`Error::OutOfRange`] if a risk, `from` or `until` is not finite, or `from` is negative.
/// * [`Error::Unanswerable`] if a time weight of censoring is asked for and patients enter late.
///
/// # Examples
///
/// ```
/// use contexture::survival::Cohort;
/// use contexture::survival::concordance::{self, Settings, TimeWeight};
///
/// let cohort = Cohort::from_columns(&[1.0, 2.0, 3.0, 4.0, 5.0], &[true, false, true, true, false])?;
/// let uno = Settings { time_weight: TimeWeight::InverseSquaredCensoring, ..Settings::default() };
/// let c = concordance::estimate(&cohort, &[3.0, 9.0, 5.0, 4.0, 1.0], &uno)?;
/// // Of the first event, two pairs of four are right; the three of later events are, and count (4/3)² as much.
/// assert!(c.concordance.is_some_and(|it| (it - (1.0 + 3.0 * 16.0 / 9.0) / (4.0 + 3.0 * 16.0 / 9.0)).abs() < 1e-12));
/// # Ok::<(), contexture::error::Error>(())
/// ```
pub fn estimate(cohort: &Cohort, risk: &[f64], settings: &Settings<'_>) -> Result<WeightedConcordance> {
    expect_length("risks", cohort.len(), risk.len())?;
    expect_length("cluster codes", cohort.len(), settings.clusters.map_or(cohort.len(), <[usize]>::len))?;
    if let Some(&value) = risk.iter().find(|it| !it.is_finite()) {
        return Err(Error::OutOfRange { quantity: "risk", expected: "a finite number", value });
    }
    if let Some(value) = settings.until.filter(|it| !it.is_finite()) {
        return Err(Error::OutOfRange { quantity: "end of the time compared", expected: "a finite number", value });
    }
    settings.time_weight.check(cohort)?;

    let cohort = match settings.from {
        Some(from) => Cow::Owned(with_times_from(cohort, from)?),
        None => Cow::Borrowed(cohort),
    };
    let mut counts = PairCounts::default();
    let mut pairs = Vec::new();
    let schedules = cohort.schedules(settings.strata)?;
    for schedule in schedules.iter() {
        let time_weights = settings.time_weight.at_ties(&cohort, schedule, settings.tied_censoring, settings.until);
        let (counts_here, pairs_here) =
            Stratum::new(&cohort, schedule, risk).count(&time_weights, settings.tied_censoring);
        counts += counts_here;
        pairs.extend(pairs_here);
    }

    let comparable = counts.comparable();
    let somers_d = (comparable > 0.0).then(|| (counts.concordant - counts.discordant) / comparable);
    let influence = somers_d.map_or_else(Vec::new, |somers_d| {
        let mut influence = vec![0.0; cohort.len()];
        for (it, &patient_idx) in pairs.iter().zip(schedules.iter().flat_map(|it| &it.order)) {
            influence[patient_idx] =
                cohort.weight(patient_idx) * (it.net - it.comparable * somers_d) / (2.0 * comparable);
        }
        sum_by_cluster(influence, settings.clusters)
    });
    let std_err = influence.iter().map(|it| it * it).sum::<f64>().sqrt();
    let concordance = somers_d.map(|somers_d| f64::midpoint(somers_d, 1.0));
    Ok(WeightedConcordance {
        time_weight: settings.time_weight,
        concordance,
        std_err: concordance.map(|_| std_err),
        lower: concordance.map(|it| (it - NORMAL_QUANTILE_975 * std_err).max(0.0)),
        upper: concordance.map(|it| (it + NORMAL_QUANTILE_975 * std_err).min(1.0)),
        null_std_err: concordance.map(|_| counts.null_variance.sqrt() / (2.0 * comparable)),
        concordant: counts.concordant,
        discordant: counts.discordant,
        tied_risk: counts.tied_risk,
        tied_time: counts.tied_time,
        tied_risk_and_time: counts.tied_risk_and_time,
        influence,
    })
}

/// The same patients with times of at least `from`.
fn with_times_from(cohort: &Cohort, from: f64) -> Result<Cohort> {
    let later = cohort.outcomes().iter().map(|it| Outcome { time: it.time.max(from), ..*it }).collect();
    if !(from.is_finite() && from >= 0.0) {
        return Err(Error::OutOfRange {
            quantity: "start of the time compared",
            expected: "a finite number of at least 0",
            value: from,
        });
    }
    let mut moved = Cohort::new(later)?;
    if let Some(entries) = cohort.entries() {
        moved = moved.with_entries(entries)?;
    }
    match cohort.weights() {
        Some(weights) => moved.with_weights(weights),
        None => Ok(moved),
    }
}

fn sum_by_cluster(influence: Vec<f64>, clusters: Option<&[usize]>) -> Vec<f64> {
    let Some(clusters) = clusters else { return influence };
    let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
    for (&code, value) in clusters.iter().zip(influence) {
        *sums.entry(code).or_default() += value;
    }
    sums.into_values().collect()
}

#[cfg(test)]
mod tests;
