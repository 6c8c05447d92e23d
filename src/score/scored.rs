//! What there is to read of a patient of a scored cohort.

use super::uncertainty::{Drawn, Uncertainty};
use super::{
    ClassAssignment, ComponentProfile, Flag, Flags, PatientSamples, PatientScore, Standing, poisson_interval,
    share_interval,
};
use crate::model::{Area, Measurement, Percentile, TieRule};
use crate::protocol::{ComponentSpec, Measure, Protocol};

/// One component of one patient: what was measured, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct ScoredComponent {
    /// What was measured; absent if nothing was.
    pub measured: Option<Measurement>,
    /// What it adds to the score; absent if it cannot be used.
    pub contribution: Option<f64>,
    /// How far it lies from its cut-off, as in [`ComponentProfile::distance_to_cutoff`].
    pub distance_to_cutoff: Option<f64>,
    /// What is to be known of it.
    pub flags: Flags,
    pub(super) measure: Measure,
    pub(super) tie_rule: TieRule,
    pub(super) standing: Option<Standing>,
}

impl ScoredComponent {
    /// Percentile in the reference by a tie rule; absent if the component is not usable, or not ranked.
    pub fn percentile_by(&self, rule: TieRule) -> Option<Percentile> {
        self.standing.map(|it| it.percentile(rule))
    }

    /// Percentile in the reference by the study's tie rule.
    pub fn percentile(&self) -> Option<Percentile> {
        self.percentile_by(self.tie_rule)
    }

    /// What was measured, in the unit of the measure.
    pub fn value(&self) -> Option<f64> {
        self.measured.map(|it| it.amount.get())
    }

    /// The 95 % interval of the value by its counts: exact Poisson, or Jeffreys of a share; absent without.
    pub fn value_interval(&self) -> Option<[f64; 2]> {
        let measured = self.measured?;
        let n = measured.n_cells?;
        match self.measure {
            Measure::Density => Some(poisson_interval::of_density(n, measured.area?)),
            Measure::Count => Some(poisson_interval::of_count(n)),
            Measure::PercentOfCells => share_interval::of_part(n, measured.n_whole?),
            Measure::Per100Cells => share_interval::beside(n, measured.n_whole?),
            Measure::Percent | Measure::Proximity | Measure::Grade => None,
        }
    }

    /// Whether cells per mm² are what is measured.
    pub fn is_density(&self) -> bool {
        self.measure == Measure::Density
    }

    /// The same as a row that stands by itself.
    pub(super) fn profile(&self, spec: &ComponentSpec) -> ComponentProfile {
        let measured = self.measured;
        let interval = self.value_interval();
        let (value, lower, upper) = (self.value(), interval.map(|it| it[0]), interval.map(|it| it[1]));
        let of_density = |it: Option<f64>| it.filter(|_| self.is_density());
        ComponentProfile {
            component: spec.component(),
            measure: spec.measure,
            n_cells: measured.and_then(|it| it.n_cells),
            n_whole: measured.and_then(|it| it.n_whole),
            area_mm2: measured.and_then(|it| it.area).map(Area::mm2),
            cells_per_mm2: of_density(value),
            cells_per_mm2_lower: of_density(lower),
            cells_per_mm2_upper: of_density(upper),
            value,
            value_lower: lower,
            value_upper: upper,
            contribution: self.contribution,
            distance_to_cutoff: self.distance_to_cutoff,
            n_samples: measured.map_or(0, |it| it.n_samples),
            percentile: self.percentile(),
            percentile_leq: self.percentile_by(TieRule::Leq),
            percentile_lt: self.percentile_by(TieRule::Lt),
            flags: self.flags.iter().collect(),
        }
    }
}

/// The score of one patient, and what follows from it.
#[derive(Clone, Copy, Debug)]
pub struct ScoredPatient<'a> {
    /// The score, on the scale of the protocol.
    pub score: f64,
    /// The score by the tie rule `mid`; absent where no component is ranked.
    pub score_mid: Option<f64>,
    /// The score by the tie rule `leq`; absent where no component is ranked.
    pub score_leq: Option<f64>,
    /// Whether it falls into another class by `mid` than by `leq`, in any scheme.
    pub class_depends_on_tie_rule: bool,
    /// Its intervals and class probabilities; absent if a component has no count and none is ranked.
    pub uncertainty: Option<&'a Uncertainty>,
    /// Whether a cut is near, as in [`PatientScore::near_cut`].
    pub near_cut: Option<bool>,
    /// Distance to the nearest cut, as in [`PatientScore::distance_to_cut`].
    pub distance_to_cut: Option<f64>,
    /// Components that the score is made of.
    pub n_components: usize,
    /// Components that the protocol asks for.
    pub n_components_expected: usize,
    /// Whether the patient is one of those that the reference was built from.
    pub in_reference: bool,
    /// Whether the patient is one of those that a cut-off was learned from.
    pub in_cutoff_training: bool,
    /// How much is known of the patient's samples; absent where they became one measurement.
    pub samples: Option<PatientSamples>,
}

impl ScoredPatient<'_> {
    /// Whether components are missing.
    ///
    /// METHOD: the cuts are those of full scores; a mean of fewer percentiles spreads wider, and has no class.
    pub const fn is_partial(&self) -> bool {
        self.n_components < self.n_components_expected
    }

    /// What is to be known of the score.
    pub fn flags(&self) -> Flags {
        let another = self.samples.is_some_and(|it| it.another_could_decide);
        [(Flag::AnotherSampleCouldDecide, another), (Flag::ClassDependsOnTieRule, self.class_depends_on_tie_rule)]
            .into_iter()
            .filter_map(|(flag, is_so)| is_so.then_some(flag))
            .collect()
    }

    /// By counting and reference; absent if a component has no count.
    pub fn by_both(&self) -> Option<&Drawn> {
        self.uncertainty?.both.as_ref()
    }

    /// By the error of counting alone; absent as by both.
    pub fn by_counting(&self) -> Option<&Drawn> {
        self.uncertainty?.counting.as_ref()
    }

    /// By the finite size of the reference alone; absent where no component is ranked.
    pub fn by_reference(&self) -> Option<&Drawn> {
        self.uncertainty?.reference.as_ref()
    }

    /// The same as a row that stands by itself.
    pub(super) fn row(&self, patient_id: &str, protocol: &Protocol) -> PatientScore {
        let classes = protocol.schemes.iter().enumerate().filter(|_| !self.is_partial()).map(|(at, scheme)| {
            let class = |score| scheme.classes[scheme.classify(score)].clone();
            ClassAssignment {
                scheme: scheme.name.clone(),
                class: class(self.score),
                class_mid: self.score_mid.map(class),
                class_leq: self.score_leq.map(class),
                probabilities: self.by_both().map(|it| it.probabilities[at].clone()),
                probabilities_counting: self.by_counting().map(|it| it.probabilities[at].clone()),
                probabilities_reference: self.by_reference().map(|it| it.probabilities[at].clone()),
            }
        });
        let [both, counting, of_reference] =
            [self.by_both(), self.by_counting(), self.by_reference()].map(|it| it.map(|it| it.interval));
        PatientScore {
            patient_id: patient_id.to_owned(),
            score: self.score,
            score_lower: both.map(|it| it.lower),
            score_upper: both.map(|it| it.upper),
            score_lower_counting: counting.map(|it| it.lower),
            score_upper_counting: counting.map(|it| it.upper),
            score_lower_reference: of_reference.map(|it| it.lower),
            score_upper_reference: of_reference.map(|it| it.upper),
            classes: classes.collect(),
            near_cut: self.near_cut,
            distance_to_cut: self.distance_to_cut,
            n_components: self.n_components,
            n_components_expected: self.n_components_expected,
            in_reference: self.in_reference,
            in_cutoff_training: self.in_cutoff_training,
            n_samples: self.samples.map(|it| it.n),
            n_samples_scored: self.samples.map(|it| it.n_scored),
            flags: self.flags().iter().collect(),
        }
    }
}
