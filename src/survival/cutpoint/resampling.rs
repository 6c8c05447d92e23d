//! How far a cut, and the effect at it, may be trusted: the whole search repeated on bootstrap samples.
//!
//! Patients are drawn with replacement, and the cut is searched among them as it was among all. With `c_b` the cut of
//! sample `b`, `β_b` its log hazard ratio there, and `γ_b` that of the same cut among all patients,
//!
//! ```text
//! interval  = 2.5 % and 97.5 % points of c_b                      percentiles, as observed cuts
//! shrinkage = Σ_b β_b γ_b / Σ_b β_b²                              slope through the origin
//! β, γ      ≈ (O - E)/V of the high group                         Peto's one-step estimate
//! ```
//!
//! The shrinkage factor is the slope by which the effects that searches claim have to be multiplied to hold in the patients
//! that the samples come from. It takes the effect in those patients for true, so that it corrects too little where there is
//! none; cross-validation ([`CrossValidated`](super::CrossValidated)) does not.
//!
//! A bootstrap interval of a cut is rough: its true level is below 95 %, since the estimate converges with the cube root of
//! the number of patients.
//!
//! # References
//!
//! * Schumacher M, Holländer N, Sauerbrei W. Resampling and cross-validation techniques: a tool to reduce bias caused by
//!   model building? *Stat Med* 1997;16:2813-2827.
//! * Holländer N, Sauerbrei W, Schumacher M. Confidence intervals for the effect of a prognostic factor after selection of
//!   an 'optimal' cutpoint. *Stat Med* 2004;23:1701-1713. doi:10.1002/sim.1611
//! * Banerjee M, `McKeague` IW. Confidence sets for split points in decision trees. *Ann Stat* 2007;35:543-574.
//!   doi:10.1214/009053606000001415

use rand_pcg::Pcg64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::candidates::{CandidateRange, Candidates, whole};
use super::risk_sets::{RiskSets, Split};
use crate::survival::{Cohort, replicates};

/// Where the cut falls in other samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CutInterval {
    /// Lower end of the 95 % percentile interval of the cut; absent if no sample has a cut.
    pub lower: Option<f64>,
    /// Upper end of the interval; absent with `lower`.
    pub upper: Option<f64>,
    /// Share of samples in which exactly the same cut is found, in [0, 1]; absent with `lower`. A value of the marker that
    /// one patient has is in 63 % of samples.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub share_same_cut: Option<f64>,
    /// Samples drawn.
    pub n_samples: usize,
    /// Samples in which there was no cut to find.
    pub n_without_cut: usize,
}

/// What samples say of a cut.
pub(super) struct Resampled {
    pub(super) interval: CutInterval,
    /// What to multiply the log hazard ratio by, in [0, 1]; absent if no sample has an effect.
    pub(super) shrinkage: Option<f64>,
}

/// What is searched, and how.
pub(super) struct Study<'a> {
    pub(super) cohort: &'a Cohort,
    pub(super) marker: &'a [f64],
    pub(super) strata: Option<&'a [usize]>,
    pub(super) range: CandidateRange,
}

/// The cut of one sample, and its effect there and among all.
struct Sample {
    cut: f64,
    log_hazard_ratio: f64,
    among_all: Option<f64>,
}

impl Study<'_> {
    /// The strata of some patients, if there are strata.
    pub(super) fn strata_of(&self, patients: &[usize]) -> Option<Vec<usize>> {
        self.strata.map(|strata| patients.iter().map(|&it| strata[it]).collect())
    }

    /// The cut with the largest statistic among some patients, and Peto's log hazard ratio there.
    pub(super) fn best_cut(&self, patients: &[usize]) -> Option<(f64, f64)> {
        let marker: Vec<f64> = patients.iter().map(|&it| self.marker[it]).collect();
        let strata = self.strata_of(patients);
        let candidates = Candidates::of(&marker, self.range);
        let risk_sets = RiskSets::of(&self.cohort.select(patients), strata.as_deref()).ok()?;
        let splits = risk_sets.splits(&candidates.order, &candidates.sizes);
        let (best, _) = risk_sets.largest(&splits)?;
        Some((candidates.cuts[best], -splits[best].score / splits[best].variance))
    }

    /// Repeats the search that found `cut` on bootstrap samples.
    pub(super) fn resample(&self, cut: f64, n_samples: usize, seed: u64) -> Resampled {
        let among_all = EveryCut::of(self);
        let draw = |random: &mut Pcg64| {
            let (cut, log_hazard_ratio) =
                self.best_cut(&replicates::sample_with_replacement(self.cohort.len(), random))?;
            let among_all = among_all.as_ref().and_then(|it| it.log_hazard_ratio(cut));
            Some(Sample { cut, log_hazard_ratio, among_all })
        };
        let mut samples: Vec<Sample> = replicates::map(n_samples, seed, draw).into_iter().flatten().collect();
        samples.sort_by(|a, b| a.cut.total_cmp(&b.cut));

        let pairs = || samples.iter().filter_map(|it| Some((it.log_hazard_ratio, it.among_all?)));
        let squares: f64 = pairs().map(|(beta, _)| beta * beta).sum();
        let products: f64 = pairs().map(|(beta, gamma)| beta * gamma).sum();
        let percentile = |share: f64| {
            let rank = whole((share * samples.len() as f64).ceil().max(1.0));
            samples.get(rank - 1).map(|it| it.cut)
        };
        let n_same = samples.iter().filter(|it| it.cut.total_cmp(&(cut + 0.0)).is_eq()).count();
        Resampled {
            interval: CutInterval {
                lower: percentile(0.025),
                upper: percentile(0.975),
                share_same_cut: (!samples.is_empty()).then(|| n_same as f64 / samples.len() as f64),
                n_samples,
                n_without_cut: n_samples - samples.len(),
            },
            shrinkage: (squares > 0.0).then(|| (products / squares).clamp(0.0, 1.0)),
        }
    }
}

/// Peto's log hazard ratio at every cut of a marker.
struct EveryCut {
    cuts: Vec<f64>,
    log_hazard_ratios: Vec<Option<f64>>,
}

impl EveryCut {
    fn of(study: &Study) -> Option<Self> {
        let candidates = Candidates::of(study.marker, CandidateRange::ALL);
        let risk_sets = RiskSets::of(study.cohort, study.strata).ok()?;
        let splits = risk_sets.splits(&candidates.order, &candidates.sizes);
        let effect = |it: &Split| risk_sets.chi_square(*it).map(|_| -it.score / it.variance);
        Some(Self { cuts: candidates.cuts, log_hazard_ratios: splits.iter().map(effect).collect() })
    }

    fn log_hazard_ratio(&self, cut: f64) -> Option<f64> {
        let place = self.cuts.binary_search_by(|it| it.total_cmp(&cut)).ok()?;
        self.log_hazard_ratios[place]
    }
}
