//! Scoring a cohort.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::flag::fails;
use super::patient::{Outcome, Scorer};
use super::reference::{Reference, ReferenceFile, ReferenceSettings};
use super::{Aggregation, Flag, PatientProfile, PatientScore, Rejection, quality};
use crate::error::{Error, Result};
use crate::model::{Measurement, Specimen, TieRule};
use crate::protocol::{ComponentSpec, Protocol, ReferenceBuild, ReferenceMode};

/// The measurements of one patient.
#[derive(Clone, Debug, PartialEq)]
pub struct PatientMeasurements {
    /// The patient.
    pub patient_id: String,
    /// One entry a component of the protocol, in its order; absent if it was not measured.
    pub components: Vec<Option<Measurement>>,
    /// Places of absent components, of which more is known than that they were not measured.
    pub absences: Vec<(usize, Absence)>,
    /// Whether a declared training split holds the patient.
    pub in_training_split: bool,
    /// The patient's centre; absent if the study does not ask for it, or it is not known.
    pub centre: Option<String>,
}

/// Why a component is absent although the table has rows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// It was measured on several samples which cannot be summed, for want of counts or areas.
    NotPooled,
    /// The whole that a share is taken of was not counted.
    WholeMissing,
    /// The whole that a share is taken of has no cells.
    WholeEmpty,
}

/// What scoring needs to know beside the protocol.
#[derive(Clone, Debug)]
pub struct ScoreSettings {
    /// Where the reference comes from.
    pub mode: ReferenceMode,
    /// The frozen reference; used with [`ReferenceMode::External`].
    pub external: Option<ReferenceFile>,
    /// What kind of tissue the patients' densities were measured on; absent if nobody said.
    pub specimen: Option<Specimen>,
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
    /// The reference that was used; absent if the protocol needs none.
    pub reference: Option<Reference>,
    /// What was added to both sides of a ratio; absent if the score is none.
    pub ratio_offset: Option<f64>,
}

/// Scores a cohort by a protocol.
///
/// # Errors
///
/// [`Error::Unanswerable`](crate::error::Error::Unanswerable) if the protocol [lacks](Protocol::lacks) something; if it needs
/// a reference and that is missing, was made for another protocol, or cannot be built from the cohort.
pub fn score_cohort(
    patients: &[PatientMeasurements],
    protocol: &Protocol,
    settings: &ScoreSettings,
) -> Result<ScoredCohort> {
    if let Some(lacks) = protocol.lacks() {
        return Err(Error::Unanswerable { problem: format!("protocol '{}' {lacks}", protocol.name) });
    }
    let specs = protocol.specs();
    let checked = patients.par_iter().map(|it| flags_and_usable(it, protocol, &specs));
    let (flags, usable): (Vec<Flags>, Vec<Vec<Option<f64>>>) = checked.unzip();
    let reference = reference(patients, &usable, protocol, settings)?;

    // The reference that a centre's patients face, where it hangs on the centre; of all patients otherwise.
    let mut faced: BTreeMap<Option<&str>, (Option<&Reference>, Aggregation)> = BTreeMap::new();
    for patient in patients {
        faced.entry(patient.centre.as_deref()).or_insert_with_key(|centre| {
            let facing = reference.as_ref().and_then(|it| it.facing(*centre));
            (facing, Aggregation::new(protocol, facing))
        });
    }
    let outcomes: Vec<(PatientProfile, Outcome)> = patients
        .par_iter()
        .zip(flags)
        .zip(usable)
        .map(|((it, flags), usable)| {
            let (facing, aggregation) = &faced[&it.centre.as_deref()];
            // Without the centre that a reference hangs on, nothing can be compared.
            let lacks_centre = reference.is_some() && facing.is_none();
            let usable = if lacks_centre { vec![None; specs.len()] } else { usable };
            let scorer = Scorer::new(protocol, &specs, aggregation, *facing, settings);
            scorer.score(it, flags, &usable, lacks_centre)
        })
        .collect();

    let ratio_offset = Aggregation::new(protocol, reference.as_ref()).offset();
    let mut cohort =
        ScoredCohort { scores: Vec::new(), rejected: Vec::new(), profiles: Vec::new(), reference, ratio_offset };
    for (profile, outcome) in outcomes {
        cohort.profiles.push(profile);
        match outcome {
            Outcome::Scored(score) => cohort.scores.push(score),
            Outcome::Rejected(reasons) => cohort.rejected.extend(reasons),
        }
    }
    Ok(cohort)
}

/// The values of each patient that are good enough to be scored, one entry a component.
pub fn usable_values(patients: &[PatientMeasurements], protocol: &Protocol) -> Vec<Vec<Option<f64>>> {
    let specs = protocol.specs();
    patients.iter().map(|it| flags_and_usable(it, protocol, &specs).1).collect()
}

/// The flags of each component of one patient.
type Flags = Vec<Vec<Flag>>;

fn flags_and_usable(
    patient: &PatientMeasurements,
    protocol: &Protocol,
    specs: &[ComponentSpec],
) -> (Flags, Vec<Option<f64>>) {
    let flags = quality::flags(specs, &patient.components, &protocol.quality, protocol.min_denominator);
    let usable = |(measured, flags): (&Option<Measurement>, &Vec<Flag>)| {
        measured.as_ref().filter(|_| !fails(flags)).map(|it| it.amount.get())
    };
    let usable = patient.components.iter().zip(&flags).map(usable).collect();
    (flags, usable)
}

fn reference(
    patients: &[PatientMeasurements],
    usable: &[Vec<Option<f64>>],
    protocol: &Protocol,
    settings: &ScoreSettings,
) -> Result<Option<Reference>> {
    if !protocol.needs_reference() {
        return Ok(None);
    }
    let ScoreSettings { mode, tie_rule, built_from, specimen, .. } = *settings;
    let made = ReferenceSettings { mode, tie_rule, built_from, protocol, specimen };
    if let Some(file) = &settings.external {
        return Reference::new(file.clone(), &made).map(Some);
    }
    let is_asked = |patient: &PatientMeasurements| mode == ReferenceMode::OwnCohort || patient.in_training_split;
    match mode {
        ReferenceMode::External | ReferenceMode::None => {
            Err(Error::Unanswerable { problem: needs_reference(protocol) })
        }
        ReferenceMode::LeaveOneCentreOut => {
            let centres: Vec<Option<&str>> = patients.iter().map(|it| it.centre.as_deref()).collect();
            Reference::of_other_centres(usable, &centres, &made).map(Some)
        }
        ReferenceMode::OwnCohort | ReferenceMode::Training => {
            let rows: Vec<Vec<Option<f64>>> =
                patients.iter().zip(usable).filter(|(it, _)| is_asked(it)).map(|(_, row)| row.clone()).collect();
            Reference::build(&rows, &made).map(Some)
        }
    }
}

/// What to write where a reference is needed and there is none.
pub fn needs_reference(protocol: &Protocol) -> String {
    format!(
        "protocol '{}' compares patients with a reference; write [reference] mode = \"external\" with file = \"…\", or mode = \
         \"training\" or \"self\"",
        protocol.name
    )
}

#[cfg(test)]
mod tests {
    use super::super::reference::ReferenceComponent;
    use super::*;
    use crate::model::Amount;

    /// The golden example of the score: four densities in one reference of ten values.
    #[test]
    fn four_densities_make_a_score_and_a_class_in_every_scheme() {
        let protocol: Protocol = Protocol::preset("consensus").unwrap();
        let values = vec![10.0, 20.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0];
        let components =
            protocol.components().into_iter().map(|it| ReferenceComponent::of_values(it, values.clone())).collect();
        let external = ReferenceFile::of_components("golden", &protocol.name, components);
        let settings = ScoreSettings {
            mode: ReferenceMode::External,
            external: Some(external),
            specimen: None,
            built_from: ReferenceBuild::CompletePatients,
            tie_rule: TieRule::Mid,
            seed: 1,
        };
        let measured = |density: f64| {
            let amount = Amount::try_from(density).unwrap();
            let (n_cells, n_whole, area, least_area, dispersion) = (None, None, None, None, None);
            Some(Measurement { n_cells, n_whole, area, least_area, amount, dispersion, n_samples: 1 })
        };
        let patient = PatientMeasurements {
            patient_id: "p".to_owned(),
            components: [20.0, 65.0, 5.0, 95.0].map(measured).to_vec(),
            absences: Vec::new(),
            in_training_split: false,
            centre: None,
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
