//! The reference cohort: a frozen file, a training split, the other centres, or the cohort itself.
//!
//! A percentile says nothing without the cohort it was counted in. So a reference knows what decides a percentile beside the
//! density: protocol, components, pooling, kind of tissue; and refuses what differs.

mod account;
mod contexture;
mod file;
mod merge;
mod rank_correlations;
mod remarks;
mod summary;
#[cfg(test)]
mod tests;
mod within_patient;

use std::collections::BTreeMap;

pub use account::{ComponentAccount, ReferenceAccount, ValueAt};
use contexture::Beside;
pub use file::{MergedReference, Provenance, REFERENCE_SCHEMA_VERSION, ReferenceComponent, ReferenceFile};
pub use summary::{HeldOutCentre, LARGE_TIE, MANY_ZEROS, ReferenceComponentSummary, ReferenceSummary};
pub use within_patient::WithinPatient;

use super::{Distribution, UsableValues, n_patients};
use crate::agreement::design_effect;
use crate::error::{Error, Result};
use crate::model::{Specimen, TieRule};
use crate::protocol::{Aggregator, ComponentSpec, Protocol, ReferenceBuild, ReferenceMode};

/// Fewer patients than this make an unstable reference: a local reference of 120 was still prognostically stable in
/// Zhao et al. 2021, doi:10.21147/j.issn.1000-9604.2021.03.09.
pub const FEW_PATIENTS: usize = 120;

/// Fewer patients than this are no reference at all for themselves.
pub const TOO_FEW_PATIENTS: usize = 20;

/// What a reference is made of, or taken into use for.
#[derive(Clone, Copy, Debug)]
pub struct ReferenceSettings<'a> {
    /// Where it comes from.
    pub mode: ReferenceMode,
    /// What an equal reference value counts for.
    pub tie_rule: TieRule,
    /// Which patients' values make it.
    pub built_from: ReferenceBuild,
    /// What is scored.
    pub protocol: &'a Protocol,
    /// What kind of tissue the patients' densities were measured on; absent if nobody said.
    pub specimen: Option<Specimen>,
}

#[cfg(test)]
impl<'a> ReferenceSettings<'a> {
    /// What most tests take: complete patients, mid-ranks, tissue that nobody named.
    pub(super) const fn plain(mode: ReferenceMode, protocol: &'a Protocol) -> Self {
        let (tie_rule, built_from) = (TieRule::Mid, ReferenceBuild::CompletePatients);
        Self { mode, tie_rule, built_from, protocol, specimen: None }
    }
}

/// A reference in use: its values in the protocol's order, and what the pages say of it.
#[derive(Clone, Debug)]
pub struct Reference {
    /// Where it comes from.
    pub mode: ReferenceMode,
    /// What an equal reference value counts for.
    pub tie_rule: TieRule,
    /// The frozen form.
    pub file: ReferenceFile,
    distributions: Vec<Distribution>,
    /// Place in the file of each component.
    places: Vec<usize>,
    /// Where file and use differ in what does not forbid the use.
    remarks: Vec<String>,
    /// Markers of the contexture that are no components of the score.
    beside: Beside,
    /// The reference that a centre's patients face, where they face that of the other centres.
    held_out: BTreeMap<String, Self>,
}

impl Reference {
    /// Takes a frozen reference into use for the components of a protocol.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`] if it was made for another protocol, pooling, measure, set of components or kind of
    /// tissue, or holds a value that is none.
    pub fn new(file: ReferenceFile, settings: &ReferenceSettings<'_>) -> Result<Self> {
        let (components, specs) = (settings.protocol.components(), settings.protocol.specs());
        if let Some(problem) = misfit(&file, settings).or_else(|| unsound(&file)) {
            return Err(unanswerable(format!("reference '{}' {problem}", file.name)));
        }
        let distributions = specs
            .iter()
            .zip(&components)
            .map(|(spec, component)| {
                let found = file.components.iter().find(|it| it.component() == *component).ok_or_else(|| {
                    let found = file.listed();
                    unanswerable(format!("reference '{}' has no values of {component} (found: {found})", file.name))
                })?;
                if let Some(problem) = found.differs_from(spec, &settings.protocol.name) {
                    return Err(unanswerable(format!("reference '{}' {problem}", file.name)));
                }
                found
                    .distribution()
                    .map_err(|error| unanswerable(format!("reference '{}', {component}: {error}", file.name)))
            })
            .collect::<Result<Vec<Distribution>>>()?;
        if let Some(problem) = no_ratio(&file, &distributions, settings.protocol) {
            return Err(unanswerable(format!("reference '{}' {problem}", file.name)));
        }
        // METHOD: a reference of more components was made for another set of markers and regions, and with it of patients:
        // those complete in all of them.
        if let Some(other) = file.components.iter().find(|it| !components.contains(&it.component())) {
            return Err(unanswerable(format!(
                "reference '{}' holds values of {}, which protocol '{}' does not have: it was made for another set of \
                 markers and regions",
                file.name,
                other.component(),
                settings.protocol.name
            )));
        }
        let places = components.iter().filter_map(|it| file.place_of(it)).collect();
        let (remarks, beside) = (remarks::remarks(&file, settings), Beside::new(&file)?);
        let (mode, tie_rule) = (settings.mode, settings.tie_rule);
        Ok(Self { mode, tie_rule, file, distributions, places, remarks, beside, held_out: BTreeMap::new() })
    }

    /// Builds a reference out of a cohort's usable densities: one row a patient, one entry a component.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`] if fewer than [`TOO_FEW_PATIENTS`] patients can make it.
    pub fn build(rows: &[UsableValues], settings: &ReferenceSettings<'_>) -> Result<Self> {
        let (name, of) = match settings.mode {
            ReferenceMode::OwnCohort => ("this cohort itself", "the cohort"),
            ReferenceMode::LeaveOneCentreOut => ("the centres of this cohort", "the centres"),
            ReferenceMode::Training => ("training split of this cohort", "the training split"),
            ReferenceMode::External | ReferenceMode::None => ("all of this table", "the training cohort"),
        };
        Self::of_patients(&rows.iter().collect::<Vec<_>>(), name, of, settings)
    }

    /// Builds a reference for each centre out of the patients of the others.
    ///
    /// A patient without a centre is in none of them, since it could be a patient of the centre left out.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`] if there are fewer than two centres, or fewer than [`TOO_FEW_PATIENTS`] patients beside one.
    pub fn of_other_centres(
        rows: &[UsableValues],
        centres: &[Option<&str>],
        settings: &ReferenceSettings<'_>,
    ) -> Result<Self> {
        let placed: Vec<(&UsableValues, &str)> =
            rows.iter().zip(centres).filter_map(|(row, centre)| Some((row, (*centre)?))).collect();
        let mut names: Vec<&str> = placed.iter().map(|it| it.1).collect();
        names.sort_unstable();
        names.dedup();
        if names.len() < 2 {
            return Err(unanswerable(format!(
                "mode = \"leave_one_centre_out\" needs patients of two centres or more (found: {})",
                if names.is_empty() { "none" } else { names[0] }
            )));
        }
        let mut held_out = BTreeMap::new();
        for centre in names {
            // METHOD: no value of a centre is in the reference of its patients, so that nothing leaks into its validation.
            let others: Vec<_> = placed.iter().filter(|it| it.1 != centre).map(|it| it.0).collect();
            let name = format!("this cohort without centre {centre}");
            let reference =
                Self::of_patients(&others, &name, &format!("the cohort without centre '{centre}'"), settings)?;
            held_out.insert(centre.to_owned(), reference);
        }
        let all: Vec<_> = placed.iter().map(|it| it.0).collect();
        Ok(Self { held_out, ..Self::of_patients(&all, "the other centres of this cohort", "all centres", settings)? })
    }

    fn of_patients(rows: &[&UsableValues], name: &str, of: &str, settings: &ReferenceSettings<'_>) -> Result<Self> {
        let ReferenceSettings { built_from, protocol, .. } = *settings;
        let components = protocol.components();
        let n_of_patients = |rows: &[&UsableValues]| UsableValues::n_patients(rows.iter().copied());
        // Patients with a value of a component.
        let n_values = |at: usize, rows: &[&UsableValues]| {
            UsableValues::n_patients(rows.iter().copied().filter(|row| row.values[at].is_some()))
        };
        // Where there are patients enough, it is a component that lacks.
        let lacks = |at: usize| n_of_patients(rows) >= TOO_FEW_PATIENTS && n_values(at, rows) < TOO_FEW_PATIENTS;
        let lacking = components.iter().enumerate().filter(|it| lacks(it.0));
        let lacking: Vec<String> = lacking.map(|(at, it)| format!("{} have {it}", n_values(at, rows))).collect();
        let lacking = if lacking.is_empty() { String::new() } else { format!(" ({})", lacking.join(", ")) };
        let rows: Vec<&UsableValues> = rows.iter().copied().filter(|row| takes_part(&row.values, built_from)).collect();
        let n_of_patients = n_of_patients(&rows);
        if n_of_patients < TOO_FEW_PATIENTS {
            let advice = match settings.mode {
                ReferenceMode::External | ReferenceMode::None => {
                    "put more patients into the table, of other centres too"
                }
                _ => "use a frozen one: [reference] mode = \"external\", file = …",
            };
            return Err(unanswerable(format!(
                "{} of {of} can make a reference{lacking}, at least {TOO_FEW_PATIENTS} are needed; {advice}",
                n_patients(n_of_patients),
            )));
        }
        for (at, component) in components.iter().enumerate() {
            let n = n_values(at, &rows);
            if n < TOO_FEW_PATIENTS {
                return Err(unanswerable(format!(
                    "{of} has {n} usable values of {component}, at least {TOO_FEW_PATIENTS} are needed for a reference"
                )));
            }
        }
        let rank_correlations = rank_correlations::of_rows(&rows, components.len());
        let values = |at: usize| rows.iter().filter_map(|row| row.values[at]).collect();
        let specs = protocol.specs();
        let of_spec = |(at, it): (usize, &ComponentSpec)| ReferenceComponent::of_spec(it, values(at));
        let components: Vec<_> = specs.iter().enumerate().map(of_spec).collect();
        // METHOD: where each sample is scored by itself, it is compared with samples, not with patients.
        let is_of_samples = protocol.pooling.deciding_sample().is_some();
        let within_patient = WithinPatient::of_rows(&rows, components.len()).filter(|_| is_of_samples);
        let file = ReferenceFile {
            rank_correlations,
            within_patient,
            description: format!("{} of {of}", n_patients(n_of_patients)),
            pooling: Some(protocol.pooling),
            quality: Some(protocol.quality),
            specimen: settings.specimen,
            tie_rule: Some(settings.tie_rule),
            n_patients: n_of_patients,
            n_samples: is_of_samples.then_some(rows.len()),
            built_from,
            ..ReferenceFile::of_components(name, &protocol.name, components)
        };
        Self::new(file, settings)
    }

    /// The values of a component, by its place in the protocol.
    pub fn distribution(&self, component: usize) -> &Distribution {
        &self.distributions[component]
    }

    /// Spearman's correlation of two components, by their places in the protocol; absent if it is not known.
    pub fn rank_correlation(&self, first: usize, second: usize) -> Option<f64> {
        self.file.rank_correlations.get(self.places[first])?.get(self.places[second]).copied()
    }

    /// Rank correlation of two samples of one patient, of a component by its place in the protocol; 0 if it is not known.
    pub fn correlation_within(&self, component: usize) -> f64 {
        self.file.within_patient.as_ref().map_or(0.0, |it| it.rank_correlations[self.places[component]])
    }

    /// The design effect of a mean over the values of a component, by its place in the protocol: 1 where a patient has one value,
    /// or if it is not known how samples of a patient go together.
    pub fn design_effect(&self, component: usize) -> f64 {
        let samples = self.file.within_patient.iter().flat_map(WithinPatient::samples_of_patients);
        design_effect::of_mean(samples, self.correlation_within(component))
    }

    /// The reference of a patient of a centre; absent if it hangs on the centre, which is not known.
    pub fn facing(&self, centre: Option<&str>) -> Option<&Self> {
        if self.mode == ReferenceMode::LeaveOneCentreOut { self.held_out.get(centre?) } else { Some(self) }
    }
}

/// Why a reference must not be used: it was made by other rules. Absent if nothing forbids it.
fn misfit(file: &ReferenceFile, settings: &ReferenceSettings<'_>) -> Option<String> {
    let protocol = settings.protocol;
    if file.schema_version != REFERENCE_SCHEMA_VERSION {
        return Some(format!(
            "has schema_version {}, this version of contexture reads {REFERENCE_SCHEMA_VERSION}",
            file.schema_version
        ));
    }
    if file.protocol != protocol.name {
        return Some(format!(
            "was made for protocol '{}', the study uses '{}'; percentiles of one protocol mean nothing in another",
            file.protocol, protocol.name
        ));
    }
    if let Some(pooling) = file.pooling.filter(|it| *it != protocol.pooling) {
        return Some(format!(
            "was made of samples pooled by '{}', the study pools by '{}'; use the same pooling for both",
            pooling.code(),
            protocol.pooling.code()
        ));
    }
    let is_of_samples = protocol.pooling.deciding_sample().is_some();
    if file.pooling.is_some() && file.n_samples.is_some() != is_of_samples {
        return Some(if is_of_samples {
            "does not say n_samples: its values are of patients, the study compares every sample".to_owned()
        } else {
            "says n_samples: its values are of single samples, the study compares patients".to_owned()
        });
    }
    match (file.specimen, settings.specimen) {
        (Some(of_file), Some(of_patients)) if of_file != of_patients => Some(format!(
            "was made of {}, the patients were measured on {}; a small piece of a tumour has other densities than the whole, \
             so they are not compared",
            of_file.description(),
            of_patients.description()
        )),
        _ => None,
    }
}

/// Why a ratio cannot be taken: what is added to both of its sides is half the smallest value above 0. Absent if the score is
/// none, or the reference holds one.
fn no_ratio(file: &ReferenceFile, distributions: &[Distribution], protocol: &Protocol) -> Option<String> {
    if protocol.aggregator != Aggregator::Log2Ratio {
        return None;
    }
    if file.has_quantiles() {
        return Some(format!(
            "is a table of quantiles, and protocol '{}' is a ratio, which adds half the smallest value above 0 to both of its \
             sides; quantiles hide that value: make the reference without --quantiles",
            protocol.name
        ));
    }
    distributions.iter().all(|it| it.smallest_positive().is_none()).then(|| {
        format!("has no value above 0, half of which protocol '{}' adds to both sides of its ratio", protocol.name)
    })
}

/// Why a reference is none for anybody. Absent if it is sound.
fn unsound(file: &ReferenceFile) -> Option<String> {
    if file.name.trim().is_empty() || file.name.chars().any(char::is_control) {
        return Some("has a name that is empty or has control characters".to_owned());
    }
    let component = |at: usize| file.components[at].component();
    if let Some(twice) = (0..file.components.len()).find(|&at| (0..at).any(|it| component(it) == component(at))) {
        return Some(format!("holds {} twice", component(twice)));
    }
    if let Some(problem) = rank_correlations::problem(file).or_else(|| within_patient::problem(file)) {
        return Some(problem);
    }
    if file.n_samples.is_some_and(|it| it < file.n_patients) {
        return Some(format!("says that it was built from {}", file.size_in_words()));
    }
    let expected = file.n_rows();
    let odd = file.components.iter().find(|it| it.n() != expected)?;
    (file.built_from == ReferenceBuild::CompletePatients).then(|| {
        format!(
            "says that it was built from {expected} complete {}, and has {} values of {}",
            if file.n_samples.is_some() { "samples" } else { "patients" },
            odd.n(),
            odd.component()
        )
    })
}

/// Whether a patient's usable densities go into a reference.
pub(super) fn takes_part(densities: &[Option<f64>], build: ReferenceBuild) -> bool {
    match build {
        ReferenceBuild::CompletePatients => densities.iter().all(Option::is_some),
        ReferenceBuild::AllValues => densities.iter().any(Option::is_some),
    }
}

const fn unanswerable(problem: String) -> Error {
    Error::Unanswerable { problem }
}
