//! The reference cohort: a frozen file, a training split, or the cohort itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Distribution;
use crate::error::{Error, Result};
use crate::model::{Component, Marker, Region, TieRule};
use crate::protocol::{ReferenceBuild, ReferenceMode};

/// Version of the reference file's schema, raised when an old reader could misread a new file.
pub const REFERENCE_SCHEMA_VERSION: u32 = 1;

/// Fewer patients than this make an unstable reference: a local reference of 120 was still prognostically stable in
/// Zhao et al. 2021, doi:10.21147/j.issn.1000-9604.2021.03.09.
pub const FEW_PATIENTS: usize = 120;

/// Fewer patients than this are no reference at all for themselves.
pub const TOO_FEW_PATIENTS: usize = 20;

/// A frozen reference: the file that a laboratory shares, so that others score against the same cohort.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceFile {
    /// Version of this file's schema; 1.
    pub schema_version: u32,
    /// Short name, shown with every percentile.
    pub name: String,
    /// Which patients, tumours, stains and tissue it was made of.
    pub description: String,
    /// Name of the protocol it was made for; another protocol cannot use it.
    pub protocol: String,
    /// Patients it was built from.
    pub n_patients: usize,
    /// Which patients' values it holds.
    pub built_from: ReferenceBuild,
    /// The values of each component.
    pub components: Vec<ReferenceComponent>,
}

/// The reference values of one component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceComponent {
    /// Marker counted.
    pub marker: Marker,
    /// Region it was counted in.
    pub region: Region,
    /// Densities in cells/mm², ascending.
    pub values: Vec<f64>,
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
}

/// What a report says of the reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceSummary {
    /// Where it comes from.
    pub mode: ReferenceMode,
    /// Its short name.
    pub name: String,
    /// Which patients it was made of.
    pub description: String,
    /// Which patients' values it holds.
    pub built_from: ReferenceBuild,
    /// What an equal reference value counts for.
    pub tie_rule: TieRule,
    /// Patients it was built from.
    pub n_patients: usize,
    /// One entry a component of the protocol.
    pub components: Vec<ReferenceComponentSummary>,
    /// What is to be known before the percentiles are believed, in sentences.
    pub warnings: Vec<String>,
}

/// What a report says of one component of the reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceComponentSummary {
    /// Marker and region.
    pub component: Component,
    /// Number of values.
    pub n: usize,
    /// Share of values that are 0, in [0, 1].
    pub share_of_zeros: f64,
    /// Lowest value, in cells/mm².
    pub minimum: f64,
    /// Median, in cells/mm².
    pub median: f64,
    /// Highest value, in cells/mm².
    pub maximum: f64,
}

impl Reference {
    /// Takes a frozen reference into use for the components of a protocol.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`] if it was made for another protocol, lacks a component, or holds a value that is no density.
    pub fn new(
        file: ReferenceFile,
        mode: ReferenceMode,
        tie_rule: TieRule,
        protocol: &str,
        components: &[Component],
    ) -> Result<Self> {
        if file.schema_version != REFERENCE_SCHEMA_VERSION {
            return Err(unanswerable(format!(
                "reference '{}' has schema_version {}, this version of contexture reads {REFERENCE_SCHEMA_VERSION}",
                file.name, file.schema_version
            )));
        }
        if file.protocol != protocol {
            return Err(unanswerable(format!(
                "reference '{}' was made for protocol '{}', the study uses '{protocol}'; percentiles of one protocol mean \
                 nothing in another",
                file.name, file.protocol
            )));
        }
        if file.name.trim().is_empty() || file.name.chars().any(char::is_control) {
            return Err(unanswerable(format!("reference name {:?} is empty or has control characters", file.name)));
        }
        if file.built_from == ReferenceBuild::CompletePatients
            && let Some(odd) = file.components.iter().find(|it| it.values.len() != file.n_patients)
        {
            return Err(unanswerable(format!(
                "reference '{}' says that it was built from {} complete patients, and has {} values of {} {}",
                file.name,
                file.n_patients,
                odd.values.len(),
                odd.marker,
                odd.region
            )));
        }
        let distributions = components
            .iter()
            .map(|component| {
                let is_it = |it: &&ReferenceComponent| it.marker == component.marker && it.region == component.region;
                let found = file.components.iter().find(is_it).ok_or_else(|| {
                    let names = file.components.iter().map(|it| format!("{} {}", it.marker, it.region));
                    let names = names.collect::<Vec<_>>().join(", ");
                    unanswerable(format!("reference '{}' has no values of {component} (found: {names})", file.name))
                })?;
                Distribution::new(found.values.clone())
                    .map_err(|error| unanswerable(format!("reference '{}', {component}: {error}", file.name)))
            })
            .collect::<Result<_>>()?;
        Ok(Self { mode, tie_rule, file, distributions })
    }

    /// Builds a reference out of a cohort's usable densities: one row a patient, one entry a component.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`] if fewer than [`TOO_FEW_PATIENTS`] patients can make it.
    pub fn build(
        rows: &[Vec<Option<f64>>],
        components: &[Component],
        build: ReferenceBuild,
        mode: ReferenceMode,
        tie_rule: TieRule,
        protocol: &str,
    ) -> Result<Self> {
        let rows: Vec<&Vec<Option<f64>>> = rows.iter().filter(|row| takes_part(row, build)).collect();
        let (name, of) = match mode {
            ReferenceMode::OwnCohort => ("this cohort itself", "the cohort"),
            _ => ("training split of this cohort", "the training split"),
        };
        if rows.len() < TOO_FEW_PATIENTS {
            return Err(unanswerable(format!(
                "{} of {of} can make a reference, at least {TOO_FEW_PATIENTS} are needed; use a frozen one: [reference] mode \
                 = \"external\", file = …",
                n_patients(rows.len()),
            )));
        }
        for (at, component) in components.iter().enumerate() {
            let n = rows.iter().filter(|row| row[at].is_some()).count();
            if n < TOO_FEW_PATIENTS {
                return Err(unanswerable(format!(
                    "{of} has {n} usable values of {component}, at least {TOO_FEW_PATIENTS} are needed for a reference"
                )));
            }
        }
        let values = |at: usize| {
            let mut values: Vec<f64> = rows.iter().filter_map(|row| row[at]).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let file = ReferenceFile {
            schema_version: REFERENCE_SCHEMA_VERSION,
            name: name.to_owned(),
            description: format!("{} of {of}", n_patients(rows.len())),
            protocol: protocol.to_owned(),
            n_patients: rows.len(),
            built_from: build,
            components: components
                .iter()
                .enumerate()
                .map(|(at, it)| ReferenceComponent {
                    marker: it.marker.clone(),
                    region: it.region.clone(),
                    values: values(at),
                })
                .collect(),
        };
        Self::new(file, mode, tie_rule, protocol, components)
    }

    /// The values of a component, by its place in the protocol.
    pub fn distribution(&self, component: usize) -> &Distribution {
        &self.distributions[component]
    }

    /// What a report says of the reference.
    pub fn summary(&self, components: &[Component]) -> ReferenceSummary {
        let components = components.iter().zip(&self.distributions).map(|(component, distribution)| {
            let values = distribution.values();
            let upper_middle = values.len() / 2;
            let lower_middle = (values.len() - 1) / 2;
            ReferenceComponentSummary {
                component: component.clone(),
                n: values.len(),
                share_of_zeros: distribution.share_of_zeros(),
                minimum: values[0],
                median: f64::midpoint(values[lower_middle], values[upper_middle]),
                maximum: values[values.len() - 1],
            }
        });
        ReferenceSummary {
            mode: self.mode,
            name: self.file.name.clone(),
            description: self.file.description.clone(),
            built_from: self.file.built_from,
            tie_rule: self.tie_rule,
            n_patients: self.file.n_patients,
            components: components.collect(),
            warnings: self.warnings(),
        }
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.mode == ReferenceMode::OwnCohort {
            warnings.push(
                "Exploratory: percentiles are ranks within this cohort, so a patient's score changes when other patients \
                 are added, and cannot be compared with scores of other cohorts."
                    .to_owned(),
            );
        }
        let fewest = self.distributions.iter().map(|it| it.values().len()).min().unwrap_or(0);
        if fewest < FEW_PATIENTS {
            warnings.push(format!(
                "The reference holds {fewest} values of a component; below {FEW_PATIENTS}, percentiles are unstable."
            ));
        }
        warnings
    }
}

/// Whether a patient's usable densities go into a reference.
pub(super) fn takes_part(densities: &[Option<f64>], build: ReferenceBuild) -> bool {
    match build {
        ReferenceBuild::CompletePatients => densities.iter().all(Option::is_some),
        ReferenceBuild::AllValues => densities.iter().any(Option::is_some),
    }
}

fn n_patients(n: usize) -> String {
    if n == 1 { "1 patient".to_owned() } else { format!("{n} patients") }
}

const fn unanswerable(problem: String) -> Error {
    Error::Unanswerable { problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn components() -> Vec<Component> {
        ["CT", "IM"].map(|it| Component::new(Marker::from("CD3"), Region::from(it))).to_vec()
    }

    fn build(rows: &[Vec<Option<f64>>], build: ReferenceBuild) -> Result<Reference> {
        Reference::build(rows, &components(), build, ReferenceMode::OwnCohort, TieRule::Mid, "test")
    }

    fn rows() -> Vec<Vec<Option<f64>>> {
        (0..40).map(|it| vec![Some(f64::from(it)), (it >= 10).then_some(f64::from(2 * it))]).collect()
    }

    #[test]
    fn it_is_built_from_complete_patients_or_from_all_values() {
        let complete = build(&rows(), ReferenceBuild::CompletePatients).unwrap();
        assert_eq!([complete.distribution(0).values().len(), complete.distribution(1).values().len()], [30, 30]);
        let all = build(&rows(), ReferenceBuild::AllValues).unwrap();
        assert_eq!([all.distribution(0).values().len(), all.distribution(1).values().len()], [40, 30]);
    }

    #[test]
    fn fewer_than_twenty_patients_are_refused_and_fewer_than_120_warned_of() {
        let error = build(&rows()[..25], ReferenceBuild::CompletePatients).unwrap_err().to_string();
        assert!(error.starts_with("15 patients of the cohort can make a reference"), "{error}");
        let summary = build(&rows(), ReferenceBuild::CompletePatients).unwrap().summary(&components());
        assert!(summary.warnings.iter().any(|it| it.contains("below 120")), "{:?}", summary.warnings);
    }

    #[test]
    fn a_reference_of_another_protocol_is_refused() {
        let file = build(&rows(), ReferenceBuild::AllValues).unwrap().file;
        let error =
            Reference::new(file, ReferenceMode::External, TieRule::Mid, "consensus", &components()).unwrap_err();
        assert!(error.to_string().contains("was made for protocol 'test'"), "{error}");
    }

    #[test]
    fn a_reference_without_a_component_is_refused() {
        let mut file = build(&rows(), ReferenceBuild::AllValues).unwrap().file;
        file.components.pop();
        let error = Reference::new(file, ReferenceMode::External, TieRule::Mid, "test", &components()).unwrap_err();
        assert!(error.to_string().contains("no values of CD3 IM"), "{error}");
    }
}
