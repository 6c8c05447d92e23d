//! The search for two cuts: low, intermediate, high.
//!
//! Each pair of candidates `c_1 < c_2` that leaves enough patients in each of the three groups is compared by the log-rank
//! test of three groups, or by the test for trend along them. With `S_1`, `S_2` the observed less expected events at or below
//! each cut, `V_1`, `V_2` their variances and `C` their covariance (letters as in the scan of one cut):
//!
//! ```text
//! C     = Σ_j a_j l_1j (n_j - l_2j) = Σ_{i ≤ c_1} Σ_j a_j n_j - Σ_{i ≤ c_1} Σ_{k ≤ c_2} B(i, k)
//! χ²    = (S_1² V_2 - 2 S_1 S_2 C + S_2² V_1) / (V_1 V_2 - C²)          three groups, 2 degrees of freedom
//! χ²    = (S_1 + S_2)² / (V_1 + 2 C + V_2)                              trend with scores 1, 2, 3; Tarone 1975
//! ```
//!
//! The sums of `B` over pairs of patients are gathered by the pieces that candidates cut the marker in: time proportional to
//! patients × cuts + cuts², for all pairs. A marker with very many values is tried at evenly spaced ranks only, and the
//! result says how many of its cuts those are.
//!
//! The p-value is that of permutations of the whole search; the two cuts are more optimistic than one.
//!
//! # References
//!
//! * Tarone RE. Tests for trend in life table analysis. *Biometrika* 1975;62:679-690. doi:10.1093/biomet/62.3.679
//! * Camp RL, Dolled-Filhart M, Rimm DL. X-tile: a new bio-informatics tool for biomarker assessment and outcome-based
//!   cut-point optimization. *Clin Cancer Res* 2004;10:7252-7259. doi:10.1158/1078-0432.CCR-04-0713

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::CutOrigin;
use super::candidates::{CandidateRange, Candidates, whole};
use super::permutation::{self, PermutationTest, Permuter};
use super::risk_sets::{Exposure, RiskSets, Split};
use super::search::no_statistic;
use crate::error::{Error, Result};
use crate::survival::{Cohort, replicates};

/// Of `V_1 V_2`, what `V_1 V_2 - C²` exceeds unless it is zero.
const ROUND_OFF: f64 = 1e-10;

/// By what three ordered groups are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TwoCutStatistic {
    /// The log-rank test of three groups, in whatever order their hazards are.
    #[default]
    LogRank,
    /// The log-rank test for trend: hazards that rise or fall along the groups.
    Trend,
}

/// How two cuts are searched.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TwoCutSettings {
    /// By what groups are compared.
    pub statistic: TwoCutStatistic,
    /// Smallest share of patients in each of the three groups, rounded down to patients, in [0, 1/3].
    #[schemars(range(min = 0.0, max = 0.333_333_333_333_333_3))]
    pub min_share: f64,
    /// Most cuts that are tried; of a marker with more, evenly spaced ones are.
    #[schemars(range(min = 2))]
    pub max_cuts: usize,
    /// Permutations of the whole search.
    #[schemars(range(min = 1))]
    pub n_permutations: usize,
    /// Seed of all random numbers.
    pub seed: u64,
}

impl Default for TwoCutSettings {
    fn default() -> Self {
        Self { statistic: TwoCutStatistic::LogRank, min_share: 0.1, max_cuts: 200, n_permutations: 9999, seed: 1 }
    }
}

/// The best two cuts of a marker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TwoCutSearch {
    /// That the cuts were searched over the outcomes.
    pub origin: CutOrigin,
    /// How they were searched.
    pub settings: TwoCutSettings,
    /// Number of patients.
    pub n: usize,
    /// Number of patients with the event.
    pub n_events: usize,
    /// The lower cut: the largest value of the low group.
    pub lower_cut: f64,
    /// The upper cut: the largest value of the intermediate group.
    pub upper_cut: f64,
    /// Patients in the low, the intermediate and the high group.
    pub n_in_group: [usize; 3],
    /// Largest statistic of all pairs; not chi-square distributed.
    #[schemars(range(min = 0.0))]
    pub max_chi_square: f64,
    /// The p-value of the search.
    pub permutation: PermutationTest,
    /// Cuts that leave enough patients on either side.
    pub n_cuts: usize,
    /// How many of them were tried: fewer if the marker has more than `max_cuts`.
    pub n_cuts_tried: usize,
    /// Pairs of cuts that were tried.
    pub n_pairs_tried: usize,
}

/// Searches a marker for the two cuts at which the statistic of three groups is largest.
///
/// `marker` and `strata` hold one value per patient, in the order of the cohort. Of pairs with equal statistics, the first
/// by the lower cut is taken, then by the upper.
///
/// # Errors
///
/// * [`Error::UnequalLengths`] if there is not one value and one stratum per patient.
/// * [`Error::OutOfRange`] if a value is not finite, the share is above 1/3, or there are no permutations or fewer than two
///   cuts.
/// * [`Error::Unanswerable`] if there is no pair of cuts, if none has a statistic, or if patients have weights.
pub fn search(
    cohort: &Cohort,
    marker: &[f64],
    strata: Option<&[usize]>,
    settings: TwoCutSettings,
) -> Result<TwoCutSearch> {
    permutation::check(settings.n_permutations)?;
    let (candidates, n_cuts) = candidates(cohort.len(), marker, settings)?;
    let n_least = n_least(cohort.len(), settings);
    let pairs = Pairs { sizes: &candidates.sizes, n: cohort.len(), n_least, statistic: settings.statistic };
    let n_pairs_tried = pairs.all().count();
    if n_pairs_tried == 0 {
        return Err(no_pair(&candidates, n_least, cohort.len()));
    }
    let risk_sets = RiskSets::of(cohort, strata)?;
    let Some(best) = pairs.largest(&risk_sets, &candidates.order) else { return Err(no_statistic(cohort)) };

    let permuter = Permuter::new(cohort.len(), strata);
    let permuted = replicates::map(settings.n_permutations, settings.seed, |random| {
        let places = permuter.draw(random);
        let order: Vec<usize> = candidates.order.iter().map(|&it| places[it]).collect();
        pairs.largest(&risk_sets, &order).map_or(0.0, |it| it.chi_square)
    });
    let (first, second) = (candidates.sizes[best.lower], candidates.sizes[best.upper]);
    Ok(TwoCutSearch {
        origin: CutOrigin::SearchedOverOutcomes,
        settings,
        n: cohort.len(),
        n_events: cohort.n_events(),
        lower_cut: candidates.cuts[best.lower],
        upper_cut: candidates.cuts[best.upper],
        n_in_group: [first, second - first, cohort.len() - second],
        max_chi_square: best.chi_square,
        permutation: PermutationTest::of(best.chi_square, permuted.into_iter()),
        n_cuts,
        n_cuts_tried: candidates.sizes.len(),
        n_pairs_tried,
    })
}

fn n_least(n: usize, settings: TwoCutSettings) -> usize {
    whole(n as f64 * settings.min_share).max(1)
}

/// The cuts to try, and how many there are.
fn candidates(n: usize, marker: &[f64], settings: TwoCutSettings) -> Result<(Candidates, usize)> {
    let TwoCutSettings { min_share, max_cuts, .. } = settings;
    if !(0.0..=1.0 / 3.0).contains(&min_share) {
        return Err(Error::OutOfRange {
            quantity: "smallest share of a group",
            expected: "0 to 1/3",
            value: min_share,
        });
    }
    if max_cuts < 2 {
        return Err(Error::OutOfRange { quantity: "number of cuts", expected: "at least 2", value: max_cuts as f64 });
    }
    let mut found = Candidates::require(marker, n, CandidateRange::ALL)?;
    let n_least = n_least(n, settings);
    let keep = |size: usize| size >= n_least && n - size >= n_least;
    let kept: Vec<usize> = (0..found.sizes.len()).filter(|&at| keep(found.sizes[at])).collect();
    let n_tried = kept.len().min(max_cuts);
    // METHOD: Of too many cuts, those at evenly spaced places are tried, the outermost among them.
    let tried: Vec<usize> = (0..n_tried).map(|at| kept[at * (kept.len() - 1) / (n_tried - 1).max(1)]).collect();
    found.sizes = tried.iter().map(|&at| found.sizes[at]).collect();
    found.cuts = tried.iter().map(|&at| found.cuts[at]).collect();
    Ok((found, kept.len()))
}

fn no_pair(candidates: &Candidates, n_least: usize, n: usize) -> Error {
    Error::Unanswerable {
        problem: format!(
            "no two cuts of the marker leave {n_least} of the {n} patients in each of three groups ({} cuts leave as many on \
             either side); choose a smaller share, or search for one cut",
            candidates.sizes.len()
        ),
    }
}

/// Pairs of cuts to be tried.
struct Pairs<'a> {
    sizes: &'a [usize],
    n: usize,
    n_least: usize,
    statistic: TwoCutStatistic,
}

/// The best pair, as places among the candidates.
struct BestPair {
    lower: usize,
    upper: usize,
    chi_square: f64,
}

impl Pairs<'_> {
    fn all(&self) -> impl Iterator<Item = (usize, usize)> {
        let uppers =
            |lower: usize| self.sizes.partition_point(|&it| it < self.sizes[lower] + self.n_least)..self.sizes.len();
        (0..self.sizes.len()).flat_map(move |lower| uppers(lower).map(move |upper| (lower, upper)))
    }

    fn largest(&self, risk_sets: &RiskSets, order: &[usize]) -> Option<BestPair> {
        let splits = risk_sets.splits(order, self.sizes);
        let overlaps = self.overlaps(risk_sets, order);
        let k = self.sizes.len();
        let (mut linear, mut total, mut from) = (Vec::with_capacity(k), 0.0, 0);
        for &size in self.sizes {
            total += order[from..size].iter().map(|&it| risk_sets.patients[it].linear).sum::<f64>();
            linear.push(total);
            from = size;
        }
        let statistic = |(lower, upper): (usize, usize)| {
            let covariance = linear[lower] - overlaps[lower * k + upper];
            let chi_square = self.chi_square(splits[lower], splits[upper], covariance, risk_sets.least_variance)?;
            Some(BestPair { lower, upper, chi_square })
        };
        let pairs = self.all().filter_map(statistic);
        pairs.reduce(|best, next| if next.chi_square > best.chi_square { next } else { best })
    }

    fn chi_square(&self, low: Split, high: Split, covariance: f64, least: f64) -> Option<f64> {
        let (v_1, v_2) = (low.variance, high.variance);
        match self.statistic {
            TwoCutStatistic::LogRank => {
                let determinant = v_1 * v_2 - covariance * covariance;
                let numerator =
                    low.score.powi(2) * v_2 - 2.0 * low.score * high.score * covariance + high.score.powi(2) * v_1;
                let is_defined = v_1 > least && v_2 > least && determinant > ROUND_OFF * v_1 * v_2;
                is_defined.then(|| numerator / determinant)
            }
            TwoCutStatistic::Trend => {
                let variance = v_1 + 2.0 * covariance + v_2;
                (variance > least).then(|| (low.score + high.score).powi(2) / variance)
            }
        }
    }

    /// Sums of `B(i, k)` over `i` below the row's cut and `k` below the column's.
    fn overlaps(&self, risk_sets: &RiskSets, order: &[usize]) -> Vec<f64> {
        let (k, b) = (self.sizes.len(), &risk_sets.cumulative);
        // Event times at which somebody begins or ceases to be at risk, with the piece of the marker and the sign.
        let mut by_time: Vec<(usize, usize, f64)> = Vec::with_capacity(2 * self.n);
        let mut piece = 0;
        for (place, &patient_idx) in order.iter().enumerate() {
            if piece < k && place == self.sizes[piece] {
                piece += 1;
            }
            if piece < k {
                let Exposure { from, to, .. } = risk_sets.patients[patient_idx];
                by_time.push((to, piece, 1.0));
                if from > 0 {
                    by_time.push((from, piece, -1.0));
                }
            }
        }
        by_time.sort_unstable_by(|x, y| (x.0, x.1).cmp(&(y.0, y.1)).then(x.2.total_cmp(&y.2)));

        // Each pair counts by the earlier of its two times: those that are still to come, and half of the own.
        let mut to_come = vec![0.0; k];
        for &(_, piece, sign) in &by_time {
            to_come[piece] += sign;
        }
        let mut sums = vec![0.0; k * k];
        for (time, piece, sign) in by_time {
            to_come[piece] -= sign;
            let weight = sign * b[time];
            let row = &mut sums[piece * k..(piece + 1) * k];
            for (sum, n) in row.iter_mut().zip(&to_come) {
                *sum += weight * n;
            }
            row[piece] += 0.5 * weight * sign;
        }
        cumulate(&sums, k)
    }
}

/// Sums over all rows and columns up to each place, of a matrix and its transpose added.
fn cumulate(sums: &[f64], k: usize) -> Vec<f64> {
    let mut total = vec![0.0; k * k];
    for row in 0..k {
        let mut along = 0.0;
        for column in 0..k {
            along += sums[row * k + column] + sums[column * k + row];
            total[row * k + column] = along + if row > 0 { total[(row - 1) * k + column] } else { 0.0 };
        }
    }
    total
}

#[cfg(test)]
mod tests;
