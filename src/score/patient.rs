//! Scoring one patient.

use super::reference::{Reference, takes_part};
use super::uncertainty::{self, Interval, Source, Uncertainty};
use super::{
    Aggregation, ClassAssignment, ComponentProfile, Flag, PatientMeasurements, PatientProfile, PatientScore, Rejection,
    ScoreSettings, Standing, poisson_interval, rejection, share_interval,
};
use crate::model::{Area, Measurement, TieRule};
use crate::protocol::{ComponentSpec, DispersionRule, Grain, Measure, Protocol, ReferenceMode, Scale};

/// What comes of a patient.
pub(super) enum Outcome {
    Scored(PatientScore),
    Rejected(Vec<Rejection>),
}

/// What every patient is scored with. Slices about a patient have one entry a component, in the protocol's order.
#[derive(Clone, Copy)]
pub(super) struct Scorer<'a> {
    protocol: &'a Protocol,
    specs: &'a [ComponentSpec],
    aggregation: &'a Aggregation,
    reference: Option<&'a Reference>,
    /// The study's tie rule: the reference's where there is one.
    tie_rule: TieRule,
    scale: Scale,
    seed: u64,
}

impl<'a> Scorer<'a> {
    pub(super) fn new(
        protocol: &'a Protocol,
        specs: &'a [ComponentSpec],
        aggregation: &'a Aggregation,
        reference: Option<&'a Reference>,
        settings: &ScoreSettings,
    ) -> Self {
        let (tie_rule, scale) = (settings.tie_rule, protocol.scale());
        Self { protocol, specs, aggregation, reference, tie_rule, scale, seed: settings.seed }
    }

    /// Scores one patient; without the centre that the reference hangs on, none of the values given is usable.
    pub(super) fn score(
        self,
        patient: &PatientMeasurements,
        flags: Vec<Vec<Flag>>,
        usable: &[Option<f64>],
        lacks_centre: bool,
    ) -> (PatientProfile, Outcome) {
        let standings: Vec<Option<Standing>> = usable
            .iter()
            .enumerate()
            .map(|(at, value)| self.reference.zip(*value).map(|(it, value)| it.distribution(at).standing(value)))
            .collect();
        let contributions = self.contributions(usable, &standings, self.tie_rule);
        let profile: Vec<ComponentProfile> = flags
            .into_iter()
            .enumerate()
            .map(|(at, flags)| ComponentProfile {
                contribution: contributions[at],
                ..self.component(at, patient.components[at].as_ref(), flags, standings[at])
            })
            .collect();
        let mut reasons = rejection::of_components(patient, &profile, self.specs, self.protocol);
        reasons.extend(lacks_centre.then(|| rejection::centre_missing(patient)));
        let score = self
            .aggregation
            .score(&contributions)
            .filter(|_| reasons.is_empty() || self.protocol.allow_partial)
            .map(|score| self.patient_score(patient, usable, &standings, score));
        if score.is_none() && reasons.is_empty() {
            reasons.push(rejection::undefined(patient, &profile));
        }
        let outcome = score.map_or(Outcome::Rejected(reasons), Outcome::Scored);
        (PatientProfile { patient_id: patient.patient_id.clone(), components: profile }, outcome)
    }

    /// What each component adds to the score; absent where nothing can be used.
    fn contributions(self, usable: &[Option<f64>], standings: &[Option<Standing>], rule: TieRule) -> Vec<Option<f64>> {
        let of = |at: usize| {
            let counted = match standings[at].filter(|_| self.aggregation.is_ranked(at)) {
                Some(standing) => Some(standing.percentile(rule).value()),
                None => usable[at],
            };
            counted.map(|it| self.aggregation.contribution(at, it))
        };
        (0..usable.len()).map(of).collect()
    }

    /// What is known of a component, but for what it adds to the score.
    fn component(
        self,
        at: usize,
        measured: Option<&Measurement>,
        mut flags: Vec<Flag>,
        standing: Option<Standing>,
    ) -> ComponentProfile {
        let spec = &self.specs[at];
        let standing = standing.filter(|_| self.aggregation.is_ranked(at));
        if standing.is_some_and(Standing::is_below_all) {
            flags.push(Flag::BelowReference);
        }
        if standing.is_some_and(Standing::is_above_all) {
            flags.push(Flag::AboveReference);
        }
        let interval = measured.and_then(|it| value_interval(spec.measure, it));
        let value = measured.map(|it| it.amount.get());
        let is_density = spec.measure == Measure::Density;
        let of_density = |it: Option<f64>| it.filter(|_| is_density);
        let percentile = |rule| standing.map(|it| it.percentile(rule));
        ComponentProfile {
            component: spec.component(),
            measure: spec.measure,
            n_cells: measured.and_then(|it| it.n_cells),
            n_whole: measured.and_then(|it| it.n_whole),
            area_mm2: measured.and_then(|it| it.area).map(Area::mm2),
            cells_per_mm2: of_density(value),
            cells_per_mm2_lower: of_density(interval.map(|it| it[0])),
            cells_per_mm2_upper: of_density(interval.map(|it| it[1])),
            value,
            value_lower: interval.map(|it| it[0]),
            value_upper: interval.map(|it| it[1]),
            contribution: None,
            n_samples: measured.map_or(0, |it| it.n_samples),
            percentile: percentile(self.tie_rule),
            percentile_leq: percentile(TieRule::Leq),
            percentile_lt: percentile(TieRule::Lt),
            flags,
        }
    }

    /// What the uncertainty of a score is drawn from; absent if a usable component lacks its counts.
    fn sources(self, patient: &PatientMeasurements, usable: &[Option<f64>]) -> Option<Vec<Option<Source>>> {
        let with_dispersion = self.protocol.uncertainty.dispersion == DispersionRule::FromSamples;
        let source = |(at, measured): (usize, &Option<Measurement>)| {
            let Some(measured) = measured.as_ref().filter(|_| usable[at].is_some()) else { return Some(None) };
            let dispersion = measured.dispersion.filter(|_| with_dispersion);
            Source::of(self.specs[at].measure, measured, dispersion).map(Some)
        };
        patient.components.iter().enumerate().map(source).collect()
    }

    fn patient_score(
        self,
        patient: &PatientMeasurements,
        usable: &[Option<f64>],
        standings: &[Option<Standing>],
        score: f64,
    ) -> PatientScore {
        let Self { protocol, aggregation, reference, .. } = self;
        // METHOD: without counts the counting error is unknown, and an interval of the reference alone would look too good.
        let uncertainty = self.sources(patient, usable).and_then(|sources| {
            let simulation = uncertainty::Simulation {
                aggregation,
                reference: reference.map(|it| (it, self.tie_rule)),
                schemes: &protocol.schemes,
                grain: self.scale.grain,
                replicates: protocol.uncertainty.replicates,
                seed: self.seed,
            };
            uncertainty::simulate((patient.patient_id.as_str(), score), &sources, usable, simulation)
        });
        let by = |rule| {
            let contributions = self.contributions(usable, standings, rule);
            aggregation.score(&contributions).filter(|_| aggregation.ranks_any())
        };
        let (score_mid, score_leq) = (by(TieRule::Mid), by(TieRule::Leq));
        // METHOD: the cuts are those of full scores; a mean of fewer percentiles spreads wider, and has no class.
        let is_full = usable.iter().all(Option::is_some);
        let classes = protocol.schemes.iter().enumerate().filter(|_| is_full).map(|(at, scheme)| {
            let class = |score| scheme.classes[scheme.classify(score)].clone();
            ClassAssignment {
                scheme: scheme.name.clone(),
                class: class(score),
                class_mid: score_mid.map(class),
                class_leq: score_leq.map(class),
                probabilities: uncertainty.as_ref().map(|it| it.probabilities[at].clone()),
            }
        });
        let interval = uncertainty.as_ref().map(|it| it.both);
        let end = |of: fn(&Uncertainty) -> Option<Interval>| uncertainty.as_ref().and_then(of);
        let (counting, of_reference) = (end(|it| Some(it.counting)), end(|it| it.reference));
        PatientScore {
            patient_id: patient.patient_id.clone(),
            score,
            score_lower: interval.map(|it| it.lower),
            score_upper: interval.map(|it| it.upper),
            score_lower_counting: counting.map(|it| it.lower),
            score_upper_counting: counting.map(|it| it.upper),
            score_lower_reference: of_reference.map(|it| it.lower),
            score_upper_reference: of_reference.map(|it| it.upper),
            classes: classes.collect(),
            near_cut: self.is_near_cut(score, interval),
            distance_to_cut: self.distance_to_cut(score),
            n_components: usable.iter().flatten().count(),
            n_components_expected: usable.len(),
            in_reference: reference.is_some_and(|reference| match reference.mode {
                ReferenceMode::External | ReferenceMode::LeaveOneCentreOut | ReferenceMode::None => false,
                ReferenceMode::Training => patient.in_training_split && takes_part(usable, reference.file.built_from),
                ReferenceMode::OwnCohort => takes_part(usable, reference.file.built_from),
            }),
        }
    }

    fn distance_to_cut(self, score: f64) -> Option<f64> {
        let distances = self.protocol.schemes.iter().map(|it| it.distance_to_cut(score));
        distances.min_by(f64::total_cmp).filter(|_| self.scale.grain == Grain::Continuous)
    }

    /// METHOD: between two whole numbers there is nothing to be near to; there the interval has to reach into another class.
    fn is_near_cut(self, score: f64, interval: Option<Interval>) -> bool {
        let schemes = &self.protocol.schemes;
        let changes_class = |it: Interval| schemes.iter().any(|of| of.classify(it.lower) != of.classify(it.upper));
        let holds_cut =
            |it: Interval| schemes.iter().flat_map(|it| &it.upper_ends).any(|end| (it.lower..=it.upper).contains(end));
        match self.scale.grain {
            Grain::Whole => interval.is_some_and(changes_class),
            Grain::Continuous => {
                let points = self.protocol.uncertainty.near_cut_points;
                self.distance_to_cut(score).is_some_and(|it| it <= points) || interval.is_some_and(holds_cut)
            }
        }
    }
}

/// The 95 % interval of a value by its counts; absent without.
fn value_interval(measure: Measure, measured: &Measurement) -> Option<[f64; 2]> {
    let n = measured.n_cells?;
    match measure {
        Measure::Density => Some(poisson_interval::of_density(n, measured.area?)),
        Measure::Count => Some(poisson_interval::of_count(n)),
        Measure::PercentOfCells => share_interval::of_part(n, measured.n_whole?),
        Measure::Per100Cells => share_interval::beside(n, measured.n_whole?),
        Measure::Percent | Measure::Grade => None,
    }
}
