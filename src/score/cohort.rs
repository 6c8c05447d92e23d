//! Scoring a cohort.

use rayon::prelude::*;

use super::reference::{Reference, ReferenceFile, takes_part};
use super::uncertainty::{self, Counted, Uncertainty};
use super::{
    ClassAssignment, ComponentProfile, Flag, PatientProfile, PatientScore, Rejection, RejectionReason, Severity,
    Standing, mean_percentile, poisson_interval, quality,
};
use crate::error::Result;
use crate::model::{Area, Component, Measurement, Percentile, TieRule};
use crate::protocol::{Pooling, Protocol, ReferenceBuild, ReferenceMode};

/// The measurements of one patient.
#[derive(Clone, Debug, PartialEq)]
pub struct PatientMeasurements {
    /// The patient.
    pub patient_id: String,
    /// One entry a component of the protocol, in its order; absent if it was not measured.
    pub components: Vec<Option<Measurement>>,
    /// Places of the components that were measured on several samples which cannot be summed, for want of counts or areas;
    /// such a component is absent.
    pub not_pooled: Vec<usize>,
    /// Whether a declared training split holds the patient.
    pub in_training_split: bool,
}

/// What scoring needs to know beside the protocol.
#[derive(Clone, Debug)]
pub struct ScoreSettings {
    /// Where the reference comes from.
    pub mode: ReferenceMode,
    /// The frozen reference; used with [`ReferenceMode::External`].
    pub external: Option<ReferenceFile>,
    /// Which patients make a reference of the other modes.
    pub built_from: ReferenceBuild,
    /// What an equal reference value counts for.
    pub tie_rule: TieRule,
    /// Seed of the Monte Carlo intervals.
    pub seed: u64,
}

/// A scored cohort. Every patient of the input has a profile, and either a score or a rejection.
#[derive(Clone, Debug)]
pub struct ScoredCohort {
    /// Patients with a score, in the order of the input.
    pub scores: Vec<PatientScore>,
    /// Why the other patients have none, in the order of the input.
    pub rejected: Vec<Rejection>,
    /// The components of every patient, in the order of the input.
    pub profiles: Vec<PatientProfile>,
    /// The reference that was used.
    pub reference: Reference,
}

/// Scores a cohort by a protocol.
///
/// # Errors
///
/// [`Error::Unanswerable`](crate::error::Error::Unanswerable) if the reference is missing, was made for another protocol,
/// or cannot be built from the cohort.
pub fn score_cohort(
    patients: &[PatientMeasurements],
    protocol: &Protocol,
    settings: &ScoreSettings,
) -> Result<ScoredCohort> {
    let components = protocol.components();
    let flags: Vec<Vec<Vec<Flag>>> =
        patients.iter().map(|it| quality::flags(&components, &it.components, &protocol.quality)).collect();
    let usable: Vec<Vec<Option<f64>>> =
        patients.iter().zip(&flags).map(|(patient, flags)| usable_densities(patient, flags)).collect();
    let reference = reference(patients, &usable, &components, protocol, settings)?;

    let scorer = Scorer { components: &components, protocol, reference: &reference, seed: settings.seed };
    let outcomes: Vec<(PatientProfile, Outcome)> = patients
        .par_iter()
        .zip(flags)
        .zip(usable)
        .map(|((it, flags), usable)| scorer.score(it, flags, &usable))
        .collect();

    let mut cohort = ScoredCohort { scores: Vec::new(), rejected: Vec::new(), profiles: Vec::new(), reference };
    for (profile, outcome) in outcomes {
        cohort.profiles.push(profile);
        match outcome {
            Outcome::Scored(score) => cohort.scores.push(score),
            Outcome::Rejected(reasons) => cohort.rejected.extend(reasons),
        }
    }
    Ok(cohort)
}

enum Outcome {
    Scored(PatientScore),
    Rejected(Vec<Rejection>),
}

fn fails(flags: &[Flag]) -> bool {
    flags.iter().any(|it| it.severity() == Severity::Fail)
}

fn usable_densities(patient: &PatientMeasurements, flags: &[Vec<Flag>]) -> Vec<Option<f64>> {
    let usable = |(measured, flags): (&Option<Measurement>, &Vec<Flag>)| {
        measured.as_ref().filter(|_| !fails(flags)).map(|it| it.density.cells_per_mm2())
    };
    patient.components.iter().zip(flags).map(usable).collect()
}

fn reference(
    patients: &[PatientMeasurements],
    usable: &[Vec<Option<f64>>],
    components: &[Component],
    protocol: &Protocol,
    settings: &ScoreSettings,
) -> Result<Reference> {
    let (mode, tie_rule) = (settings.mode, settings.tie_rule);
    if let Some(file) = &settings.external {
        return Reference::new(file.clone(), mode, tie_rule, &protocol.name, components);
    }
    let is_asked = |patient: &PatientMeasurements| mode == ReferenceMode::OwnCohort || patient.in_training_split;
    let rows: Vec<Vec<Option<f64>>> =
        patients.iter().zip(usable).filter(|(it, _)| is_asked(it)).map(|(_, row)| row.clone()).collect();
    Reference::build(&rows, components, settings.built_from, mode, tie_rule, &protocol.name)
}

/// What every patient is scored with. Slices about a patient have one entry a component, in the protocol's order.
#[derive(Clone, Copy)]
struct Scorer<'a> {
    components: &'a [Component],
    protocol: &'a Protocol,
    reference: &'a Reference,
    seed: u64,
}

impl<'a> Scorer<'a> {
    fn score(
        self,
        patient: &PatientMeasurements,
        flags: Vec<Vec<Flag>>,
        usable: &[Option<f64>],
    ) -> (PatientProfile, Outcome) {
        let profile: Vec<ComponentProfile> = flags
            .into_iter()
            .enumerate()
            .map(|(at, flags)| self.component(at, patient.components[at].as_ref(), flags, usable[at]))
            .collect();
        let reasons = reasons(patient, &profile, self.protocol);
        let score = self
            .mean(usable, self.reference.tie_rule)
            .filter(|_| reasons.is_empty() || self.protocol.allow_partial)
            .map(|score| self.patient_score(patient, usable, score));
        let outcome = score.map_or(Outcome::Rejected(reasons), Outcome::Scored);
        (PatientProfile { patient_id: patient.patient_id.clone(), components: profile }, outcome)
    }

    /// The mean percentile by a tie rule; absent if no density is usable.
    fn mean(self, usable: &[Option<f64>], rule: TieRule) -> Option<f64> {
        let percentile = |(at, density): (usize, &Option<f64>)| {
            density.map(|it| self.reference.distribution(at).standing(it).percentile(rule))
        };
        let percentiles: Vec<Percentile> = usable.iter().enumerate().filter_map(percentile).collect();
        mean_percentile::score(&percentiles)
    }

    fn component(
        self,
        at: usize,
        measured: Option<&Measurement>,
        mut flags: Vec<Flag>,
        usable: Option<f64>,
    ) -> ComponentProfile {
        let standing = usable.map(|density| self.reference.distribution(at).standing(density));
        if standing.is_some_and(Standing::is_below_all) {
            flags.push(Flag::BelowReference);
        }
        if standing.is_some_and(Standing::is_above_all) {
            flags.push(Flag::AboveReference);
        }
        let interval = measured.and_then(|it| Some(poisson_interval::of_density(it.n_cells?, it.area?)));
        let percentile = |rule| standing.map(|it| it.percentile(rule));
        ComponentProfile {
            component: self.components[at].clone(),
            n_cells: measured.and_then(|it| it.n_cells),
            area_mm2: measured.and_then(|it| it.area).map(Area::mm2),
            cells_per_mm2: measured.map(|it| it.density.cells_per_mm2()),
            cells_per_mm2_lower: interval.map(|it| it[0]),
            cells_per_mm2_upper: interval.map(|it| it[1]),
            n_samples: measured.map_or(0, |it| it.n_samples),
            percentile: percentile(self.reference.tie_rule),
            percentile_leq: percentile(TieRule::Leq),
            percentile_lt: percentile(TieRule::Lt),
            flags,
        }
    }

    /// What the uncertainty of a score is drawn from; absent if a usable component lacks a count and an area.
    fn counted(self, patient: &PatientMeasurements, usable: &[Option<f64>]) -> Option<Vec<Counted<'a>>> {
        let is_usable = |(at, _): &(usize, &Option<Measurement>)| usable[*at].is_some();
        let counted = |(at, measured): (usize, &Option<Measurement>)| {
            let measured = measured.as_ref()?;
            let reference = self.reference.distribution(at);
            Some(Counted { n_cells: measured.n_cells?, area: measured.area?, reference })
        };
        patient.components.iter().enumerate().filter(is_usable).map(counted).collect()
    }

    fn patient_score(self, patient: &PatientMeasurements, usable: &[Option<f64>], score: f64) -> PatientScore {
        let Self { protocol, reference, .. } = self;
        let settings = protocol.uncertainty;
        // METHOD: without counts the counting error is unknown, and an interval of the reference alone would look too good.
        let uncertainty = self.counted(patient, usable).map(|counted| {
            let patient = (patient.patient_id.as_str(), score);
            let schemes = &protocol.schemes;
            uncertainty::simulate(patient, &counted, reference.tie_rule, schemes, settings.replicates, self.seed)
        });
        let by = |rule| self.mean(usable, rule).unwrap_or(score);
        let (score_mid, score_leq) = (by(TieRule::Mid), by(TieRule::Leq));
        // METHOD: the cuts are those of full scores; a mean of fewer percentiles spreads wider, and has no class.
        let is_full = usable.iter().all(Option::is_some);
        let classes = protocol.schemes.iter().enumerate().filter(|_| is_full).map(|(at, scheme)| {
            let class = |score| scheme.classes[scheme.classify(score)].clone();
            ClassAssignment {
                scheme: scheme.name.clone(),
                class: class(score),
                class_mid: class(score_mid),
                class_leq: class(score_leq),
                probabilities: uncertainty.as_ref().map(|it| it.probabilities[at].clone()),
            }
        });
        let distance_to_cut = protocol.schemes.iter().map(|it| it.distance_to_cut(score)).fold(f64::INFINITY, f64::min);
        let holds_cut = |it: &Uncertainty| {
            protocol.schemes.iter().flat_map(|it| &it.upper_ends).any(|end| (it.lower..=it.upper).contains(end))
        };
        let near_cut = distance_to_cut <= settings.near_cut_points || uncertainty.as_ref().is_some_and(holds_cut);
        PatientScore {
            patient_id: patient.patient_id.clone(),
            score,
            score_lower: uncertainty.as_ref().map(|it| it.lower),
            score_upper: uncertainty.as_ref().map(|it| it.upper),
            classes: classes.collect(),
            near_cut,
            distance_to_cut,
            n_components: usable.iter().flatten().count(),
            n_components_expected: usable.len(),
            in_reference: match reference.mode {
                ReferenceMode::External => false,
                ReferenceMode::Training => patient.in_training_split && takes_part(usable, reference.file.built_from),
                ReferenceMode::OwnCohort => takes_part(usable, reference.file.built_from),
            },
        }
    }
}

/// Why the patient lacks components; empty if every component is usable.
fn reasons(patient: &PatientMeasurements, profile: &[ComponentProfile], protocol: &Protocol) -> Vec<Rejection> {
    let limits = &protocol.quality;
    let reason = |it: &ComponentProfile, reason, found: String, expected: String| Rejection {
        patient_id: patient.patient_id.clone(),
        reason,
        found: format!("{}: {found}", it.component),
        expected,
    };
    let of_component = |(at, (it, measured)): (usize, (&ComponentProfile, &Option<Measurement>))| {
        let Some(measured) = measured else {
            if patient.not_pooled.contains(&at) {
                let found = "several samples, not all with a count and an area".to_owned();
                let expected = "n_cells and area_mm2 of every sample".to_owned();
                return Some(reason(it, RejectionReason::SamplesNotPooled, found, expected));
            }
            let (found, expected) = match protocol.pooling {
                Pooling::MostInfiltratedBlock => ("no block has every component", "one block with every component"),
                _ => ("no measurement", "a density of every component"),
            };
            return Some(reason(it, RejectionReason::ComponentMissing, found.to_owned(), expected.to_owned()));
        };
        if let Some(area) = measured.least_area.filter(|_| it.flags.contains(&Flag::AreaTooSmall)) {
            let expected = format!("{} mm² or more", limits.area_fail_mm2);
            return Some(reason(it, RejectionReason::AreaTooSmall, format!("{:.4} mm²", area.mm2()), expected));
        }
        it.flags.contains(&Flag::DensityImplausible).then(|| {
            let found = format!("{:.1} cells/mm²", measured.density.cells_per_mm2());
            let expected = format!("{} cells/mm² or fewer", limits.density_max_cells_per_mm2);
            reason(it, RejectionReason::DensityImplausible, found, expected)
        })
    };
    profile.iter().zip(&patient.components).enumerate().filter_map(of_component).collect()
}

#[cfg(test)]
mod tests {
    use super::super::reference::{REFERENCE_SCHEMA_VERSION, ReferenceComponent};
    use super::*;
    use crate::model::Density;
    use crate::protocol::PRESETS;

    /// The golden example of the score: four densities in one reference of ten values.
    #[test]
    fn four_densities_make_a_score_and_a_class_in_every_scheme() {
        let protocol: Protocol = toml::from_str(PRESETS[0].1).unwrap();
        let components = protocol.components().into_iter().map(|it| ReferenceComponent {
            marker: it.marker,
            region: it.region,
            values: vec![10.0, 20.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0],
        });
        let external = ReferenceFile {
            schema_version: REFERENCE_SCHEMA_VERSION,
            name: "golden".to_owned(),
            description: String::new(),
            protocol: protocol.name.clone(),
            n_patients: 10,
            built_from: ReferenceBuild::CompletePatients,
            components: components.collect(),
        };
        let settings = ScoreSettings {
            mode: ReferenceMode::External,
            external: Some(external),
            built_from: ReferenceBuild::CompletePatients,
            tie_rule: TieRule::Mid,
            seed: 1,
        };
        let measured = |density: f64| {
            let density = Density::try_from(density).unwrap();
            Some(Measurement { n_cells: None, area: None, least_area: None, density, n_samples: 1 })
        };
        let patient = PatientMeasurements {
            patient_id: "p".to_owned(),
            components: [20.0, 65.0, 5.0, 95.0].map(measured).to_vec(),
            not_pooled: Vec::new(),
            in_training_split: false,
        };
        let cohort = score_cohort(&[patient], &protocol, &settings).unwrap();
        let score = &cohort.scores[0];
        assert!((score.score - 47.5).abs() < 1e-12);
        let classes: Vec<&str> = score.classes.iter().map(|it| it.class.as_str()).collect();
        assert_eq!(classes, ["IS2", "Intermediate", "High"]);
        assert_eq!(score.score_lower, None, "without counts there is no interval");
        let flags: Vec<&[Flag]> = cohort.profiles[0].components.iter().map(|it| it.flags.as_slice()).collect();
        assert_eq!(flags[2], [Flag::BelowReference]);
        // CD8 at the margin, 95, is above CD3 at the margin, 65, by more than a tenth.
        assert_eq!(flags[3], [Flag::Cd8AboveCd3, Flag::AboveReference]);
    }
}
