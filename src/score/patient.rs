//! Scoring one patient.

use super::measurements::Measurements;
use super::quality::Checks;
use super::reference::{Reference, takes_part};
use super::rejection::Refused;
use super::uncertainty::{self, Joint, Ranking, Simulation, Source, Uncertainty};
use super::{
    Aggregation, Flag, Flags, Rejection, ResampledReference, ScoreSettings, ScoredComponent, ScoredPatient, Standing,
};
use crate::model::{Measurement, TieRule};
use crate::protocol::{ComponentSpec, DispersionRule, Grain, Protocol, ReferenceMode};

/// What every patient of a cohort is scored by.
#[derive(Clone, Debug)]
pub(super) struct Method {
    pub(super) protocol: Protocol,
    pub(super) specs: Vec<ComponentSpec>,
    checks: Checks,
    grain: Grain,
    /// How each component is drawn together with others.
    joints: Vec<Joint>,
    /// The study's tie rule: the reference's where there is one.
    tie_rule: TieRule,
    seed: u64,
}

impl Method {
    pub(super) fn new(protocol: &Protocol, settings: &ScoreSettings) -> Self {
        let specs = protocol.specs();
        Self {
            joints: Joint::of(protocol),
            checks: Checks::new(&specs, &protocol.quality, protocol.min_denominator),
            specs,
            grain: protocol.scale().grain,
            tie_rule: settings.tie_rule,
            seed: settings.seed,
            protocol: protocol.clone(),
        }
    }
}

/// Measurements of one patient while it is looked at. Lists have one entry a component, in the protocol's order; each patient
/// overwrites those of the one before.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    measured: Vec<Option<Measurement>>,
    flags: Vec<Flags>,
    /// Values that are good enough to be scored.
    pub(super) usable: Vec<Option<f64>>,
    /// Where they stand in the reference; absent where that does not count.
    standings: Vec<Option<Standing>>,
    /// What they add to the score.
    contributions: Vec<Option<f64>>,
}

impl Sheet {
    /// Number of components that are usable.
    fn n_usable(&self) -> usize {
        self.usable.iter().flatten().count()
    }
}

/// What a component counts by: its percentile where it is ranked, else its value.
#[inline]
fn counted(value: f64, standing: Option<Standing>, rule: TieRule) -> f64 {
    standing.map_or(value, |it| it.percentile(rule).value())
}

/// What the patients of a centre are scored with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scorer<'a> {
    pub(super) method: &'a Method,
    pub(super) aggregation: &'a Aggregation,
    /// The reference they face; absent if the protocol needs none, or it hangs on the centre, which is not known.
    pub(super) reference: Option<&'a Reference>,
    pub(super) lacks_centre: bool,
}

impl Scorer<'_> {
    /// Takes up a patient: what was measured, where it stands and what it adds.
    pub(super) fn take_up(&self, measurements: &Measurements, patient: usize, sheet: &mut Sheet) {
        let Sheet { measured, flags, usable, standings, contributions } = sheet;
        measured.clear();
        measured.extend(measurements.components(patient));
        self.method.checks.flag(measured, flags);
        usable.clear();
        usable.extend((0..measured.len()).map(|at| self.usable(measurements, patient, at)));
        standings.clear();
        standings.extend(usable.iter().enumerate().map(|(at, value)| self.standing(at, (*value)?)));
        self.contribute(usable, standings, self.method.tie_rule, contributions);
    }

    /// The value of a component that is good enough to be scored, and can be compared.
    #[inline]
    fn usable(&self, measurements: &Measurements, patient: usize, component: usize) -> Option<f64> {
        // Without the centre that a reference hangs on, nothing can be compared.
        let basis = measurements.basis(patient, component).filter(|_| !self.lacks_centre);
        self.method.checks.usable(component, basis)
    }

    /// Where a value stands in the reference; absent where that does not count.
    #[inline]
    fn standing(&self, component: usize, value: f64) -> Option<Standing> {
        let reference = self.reference.filter(|_| self.aggregation.is_ranked(component))?;
        Some(reference.distribution(component).standing(value))
    }

    /// How far a component lies from its cut-off; absent without one, or if it cannot be used.
    fn distance_to_cutoff(&self, sheet: &Sheet, at: usize) -> Option<f64> {
        self.aggregation.distance_to_cutoff(at, counted(sheet.usable[at]?, sheet.standings[at], self.method.tie_rule))
    }

    /// What each component adds to the score by a tie rule; absent where nothing can be used.
    fn contribute(
        &self,
        usable: &[Option<f64>],
        standings: &[Option<Standing>],
        rule: TieRule,
        contributions: &mut Vec<Option<f64>>,
    ) {
        contributions.clear();
        contributions.extend(usable.iter().zip(standings).enumerate().map(|(at, (value, standing))| {
            value.map(|it| self.aggregation.contribution(at, counted(it, *standing, rule)))
        }));
    }

    /// The score of a patient; absent if it has none. What it is made of is written over `contributions`.
    ///
    /// It is the same that a patient taken up has, without what a million patients are not asked for.
    pub(super) fn score(
        &self,
        measurements: &Measurements,
        patient: usize,
        contributions: &mut Vec<Option<f64>>,
    ) -> Option<f64> {
        let contribution = |at: usize| {
            let value = self.usable(measurements, patient, at)?;
            let counted = counted(value, self.standing(at, value), self.method.tie_rule);
            Some(self.aggregation.contribution(at, counted))
        };
        contributions.clear();
        contributions.extend((0..self.method.specs.len()).map(contribution));
        let least = self.method.protocol.min_components.unwrap_or(contributions.len());
        self.aggregation.score(contributions).filter(|_| contributions.iter().flatten().count() >= least)
    }

    /// Why a patient taken up has no score.
    pub(super) fn refuse(&self, measurements: &Measurements, patient: usize, sheet: &Sheet) -> Vec<Rejection> {
        let Method { protocol, specs, .. } = self.method;
        let refused = Refused { measurements, patient, specs, protocol };
        let mut reasons = refused.components(&sheet.measured, &sheet.flags);
        if self.lacks_centre {
            reasons.push(refused.centre_missing());
        } else {
            reasons.extend(refused.too_few(sheet.n_usable()));
        }
        if reasons.is_empty() {
            reasons.push(refused.undefined());
        }
        reasons
    }

    /// Bootstrap samples of the reference that patients face; absent if they face none.
    pub(super) fn resample(&self) -> Option<ResampledReference> {
        let Method { protocol, specs, seed, .. } = self.method;
        Some(ResampledReference::new(self.reference?, specs, protocol.uncertainty.replicates, *seed))
    }

    /// The uncertainty of the score of a patient taken up; absent if a usable component lacks its counts and none is ranked.
    pub(super) fn simulate(
        &self,
        patient_id: &str,
        sheet: &Sheet,
        score: f64,
        resampled: Option<&ResampledReference>,
    ) -> Option<Uncertainty> {
        let protocol = &self.method.protocol;
        let with_dispersion = protocol.uncertainty.dispersion == DispersionRule::FromSamples;
        let source = |(at, measured): (usize, &Option<Measurement>)| {
            let Some(measured) = measured.as_ref().filter(|_| sheet.usable[at].is_some()) else { return Some(None) };
            let dispersion = measured.dispersion.filter(|_| with_dispersion);
            Source::of(self.method.specs[at].measure, measured, dispersion).map(Some)
        };
        let sources = sheet.measured.iter().enumerate().map(source).collect::<Option<Vec<Option<Source>>>>();
        let simulation = Simulation {
            aggregation: self.aggregation,
            joints: &self.method.joints,
            ranking: self.reference.zip(resampled).map(|(reference, resampled)| Ranking {
                reference,
                resampled,
                rule: self.method.tie_rule,
            }),
            schemes: &protocol.schemes,
            grain: self.method.grain,
            replicates: protocol.uncertainty.replicates,
            seed: self.method.seed,
        };
        uncertainty::simulate((patient_id, score), sources.as_deref(), &sheet.usable, simulation)
    }

    /// What is to be known of a component of a patient taken up.
    pub(super) fn component(&self, sheet: &Sheet, at: usize) -> ScoredComponent {
        let standing = sheet.standings[at];
        let mut flags = sheet.flags[at];
        if standing.is_some_and(Standing::is_below_all) {
            flags.insert(Flag::BelowReference);
        }
        if standing.is_some_and(Standing::is_above_all) {
            flags.insert(Flag::AboveReference);
        }
        ScoredComponent {
            measured: sheet.measured[at],
            measure: self.method.specs[at].measure,
            tie_rule: self.method.tie_rule,
            standing,
            contribution: sheet.contributions[at],
            distance_to_cutoff: self.distance_to_cutoff(sheet, at),
            flags,
        }
    }

    /// What is to be known of the score of a patient taken up; whether the patient is in the training splits of the reference and
    /// of the cut-offs comes with it.
    pub(super) fn scored<'a>(
        &self,
        sheet: &Sheet,
        (in_training_split, in_cutoff_training): (bool, bool),
        score: f64,
        uncertainty: Option<&'a Uncertainty>,
    ) -> ScoredPatient<'a> {
        let by = |rule| {
            let mut contributions = Vec::with_capacity(sheet.usable.len());
            self.contribute(&sheet.usable, &sheet.standings, rule, &mut contributions);
            self.aggregation.score(&contributions).filter(|_| self.aggregation.ranks_any())
        };
        let (score_mid, score_leq) = (by(TieRule::Mid), by(TieRule::Leq));
        ScoredPatient {
            score,
            score_mid,
            score_leq,
            class_depends_on_tie_rule: self.depends_on_tie_rule(sheet, score_mid, score_leq),
            uncertainty,
            near_cut: self.is_near_cut(sheet, score, uncertainty),
            distance_to_cut: self.distance_to_cut(score),
            n_components: sheet.n_usable(),
            n_components_expected: sheet.usable.len(),
            in_reference: self.reference.is_some_and(|reference| match reference.mode {
                ReferenceMode::External | ReferenceMode::LeaveOneCentreOut | ReferenceMode::None => false,
                ReferenceMode::Training => in_training_split && takes_part(&sheet.usable, reference.file.built_from),
                ReferenceMode::OwnCohort => takes_part(&sheet.usable, reference.file.built_from),
            }),
            in_cutoff_training,
            samples: None,
        }
    }

    fn distance_to_cut(&self, score: f64) -> Option<f64> {
        self.method.protocol.distance_to_cut(score).filter(|_| self.method.grain == Grain::Continuous)
    }

    /// Whether a cut is near; absent where nothing says it.
    ///
    /// METHOD: between two whole numbers there is nothing to be near to; there the interval has to reach into another class. Without
    /// an interval by counting, it is the components that lie near their cut-offs or not. What the reference alone reaches is
    /// near in any case, for with the counts the interval would be wider. A score that has no interval by counting, nor a distance
    /// that is near, may be near or not.
    fn is_near_cut(&self, sheet: &Sheet, score: f64, uncertainty: Option<&Uncertainty>) -> Option<bool> {
        let schemes = &self.method.protocol.schemes;
        let both = uncertainty.and_then(|it| it.both.as_ref());
        let known = both.or_else(|| uncertainty.and_then(|it| it.reference.as_ref())).map(|it| it.interval);
        let mut components = 0..sheet.usable.len();
        let (is_near, is_known) = match self.method.grain {
            Grain::Whole => (
                known.is_some_and(|it| self.are_of_other_classes(it.lower, it.upper))
                    || both.is_none() && components.clone().any(|at| self.could_cross(sheet, at, score)),
                components.any(|at| self.distance_to_cutoff(sheet, at).is_some()),
            ),
            Grain::Continuous => {
                let points = self.method.protocol.uncertainty.near_cut_points;
                let mut ends = schemes.iter().flat_map(|it| &it.upper_ends);
                let is_near = self.distance_to_cut(score).is_some_and(|it| it <= points)
                    || known.is_some_and(|it| ends.any(|end| (it.lower..=it.upper).contains(end)));
                (is_near, points > 0.0)
            }
        };
        (is_near || is_known || both.is_some()).then_some(is_near)
    }

    /// Whether the class of a full score in any scheme hangs on the tie rule.
    fn depends_on_tie_rule(&self, sheet: &Sheet, by_mid: Option<f64>, by_leq: Option<f64>) -> bool {
        let is_full = sheet.n_usable() == sheet.usable.len();
        is_full && by_mid.zip(by_leq).is_some_and(|(mid, leq)| self.are_of_other_classes(mid, leq))
    }

    /// Whether a component is near its cut-off, and makes the score one of another class on the other side.
    fn could_cross(&self, sheet: &Sheet, at: usize, score: f64) -> bool {
        let Method { protocol, specs, .. } = self.method;
        let is_near = self.distance_to_cutoff(sheet, at).is_some_and(|it| protocol.is_near_cutoff(&specs[at], it));
        is_near && {
            // A divided component adds 1 or 0.
            let mut crossed = sheet.contributions.clone();
            crossed[at] = crossed[at].map(|it| 1.0 - it);
            self.aggregation.score(&crossed).is_some_and(|it| self.are_of_other_classes(score, it))
        }
    }

    /// Whether any scheme puts two scores into different classes.
    fn are_of_other_classes(&self, one: f64, other: f64) -> bool {
        self.method.protocol.schemes.iter().any(|it| it.classify(one) != it.classify(other))
    }
}
