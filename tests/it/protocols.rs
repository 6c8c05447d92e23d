//! The engine of scores: each preset by hand, what its commands say, what is refused, and the pitfalls of the field.

/// `contexture protocol`.
mod commands;
/// How far components are from their cut-offs, and which scores that makes unsure.
mod near_cutoffs;
/// The pitfalls of the field, each by its number.
mod pitfalls;
/// The pitfalls of cohorts and their tables, each by its number.
mod pitfalls_of_cohorts;
/// A hand-computed example of every preset.
mod presets;
/// Tables and protocols that are refused, with a way out.
mod refused;
mod refused_proximity;
/// Samples that are scored by themselves, of which one decides.
mod samples;
/// Cut-offs that are learned, and whom they are tested in.
mod trained;

use contexture::model::{Amount, Measurement, TieRule};
use contexture::protocol::{Protocol, ReferenceBuild, ReferenceMode};
use contexture::score::reference::{ReferenceComponent, ReferenceFile};
use contexture::score::{PatientMeasurements, ScoreSettings, ScoredCohort, score_cohort};

use crate::command::Workplace;

/// The reference of the golden example, the same for every component.
const GOLDEN: [f64; 10] = [10.0, 20.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0];

/// A preset.
fn preset(name: &str) -> Protocol {
    Protocol::preset(name).expect("a preset")
}

/// A value without counts behind it.
fn amount(value: f64) -> Measurement {
    let (n_cells, n_whole, area, least_area, dispersion) = (None, None, None, None, None);
    let amount = Amount::try_from(value).expect("an amount");
    Measurement { n_cells, n_whole, area, least_area, amount, dispersion, n_samples: 1 }
}

/// A patient with these values, in the order of the protocol's components.
fn patient(id: &str, values: &[f64]) -> PatientMeasurements {
    PatientMeasurements {
        patient_id: id.to_owned(),
        components: values.iter().map(|it| Some(amount(*it))).collect(),
        absences: Vec::new(),
        sample_id: None,
        in_training_split: false,
        in_cutoff_training: false,
        centre: None,
    }
}

/// A frozen reference in which every component has these values.
fn frozen(protocol: &Protocol, values: &[f64]) -> ReferenceFile {
    let components = protocol.specs().iter().map(|it| ReferenceComponent::of_spec(it, values.to_vec())).collect();
    ReferenceFile::of_components("golden", &protocol.name, components)
}

/// Scores patients against the golden reference, where the protocol needs one.
fn scored(protocol: &Protocol, patients: &[PatientMeasurements], tie_rule: TieRule) -> ScoredCohort {
    let settings = ScoreSettings {
        mode: ReferenceMode::External,
        external: Some(frozen(protocol, &GOLDEN)),
        specimen: None,
        built_from: ReferenceBuild::CompletePatients,
        tie_rule,
        seed: 1,
    };
    score_cohort(patients.iter().cloned().collect(), protocol, &settings).expect("scores")
}

/// Score and class in the primary scheme of one patient.
#[track_caller]
fn score_and_class(protocol: &Protocol, values: &[f64]) -> (f64, String) {
    let cohort = scored(protocol, &[patient("p", values)], TieRule::Mid);
    let score = cohort.scores().next().unwrap_or_else(|| panic!("rejected: {:?}", cohort.rejected));
    (score.score, score.class_in(&protocol.primary_scheme).expect("the primary scheme").class.clone())
}

/// A folder in which `contexture score study.toml -o out` scores a table by a protocol, with these lines in the study.
fn study(densities: &str, protocol: &str, reference: &str) -> Workplace {
    let study = format!(
        "schema_version = 1\ntitle = \"t\"\n[inputs]\ndensities = \"densities.csv\"\n[reference]\nmode = \
         \"{reference}\"\n[protocol]\n{protocol}\n"
    );
    Workplace::with_files([("study.toml", &study), ("densities.csv", densities)])
}

/// The command.
const SCORE: [&str; 4] = ["score", "study.toml", "-o", "out"];

/// A cell of the first row of a table that was written.
#[track_caller]
fn first(workplace: &Workplace, table: &str, column: &str) -> String {
    workplace.rows(&format!("out/{table}.tsv"))[0][column].clone()
}
