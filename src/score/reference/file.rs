//! A frozen reference as a file.

use std::mem;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::WithinPatient;
use crate::error::Result;
use crate::model::{Component, InputFile, Marker, Region, Specimen, TieRule};
use crate::protocol::{ComponentSpec, Measure, Pooling, QualityLimits, ReferenceBuild};
use crate::score::{Distribution, FEWEST_PER_GROUP, QuantileTable, n_patients};

/// Version of the reference file's schema, raised when an old reader could misread a new file.
pub const REFERENCE_SCHEMA_VERSION: u32 = 1;

/// A frozen reference: the file that a laboratory shares, so that others score against the same cohort.
///
/// A file written by hand may leave out what is optional here; `contexture reference fit` says all of it.
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
    /// How several samples of a patient became one density; another pooling cannot use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pooling: Option<Pooling>,
    /// Limits of quality that its measurements kept to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<QualityLimits>,
    /// What kind of tissue it was made of; other kinds cannot use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specimen: Option<Specimen>,
    /// What a reference value equal to the measured one is meant to count for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tie_rule: Option<TieRule>,
    /// Patients it was built from.
    pub n_patients: usize,
    /// Samples of these patients that its values are of, where each sample is scored by itself; absent where a patient has one
    /// value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_samples: Option<usize>,
    /// Which patients' values it holds.
    pub built_from: ReferenceBuild,
    /// The values of each component.
    pub components: Vec<ReferenceComponent>,
    /// Values of markers of the contexture that are no components of the score, of the same patients; empty if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contexture: Vec<ReferenceComponent>,
    /// Spearman's rank correlation of each component with each, from -1 to 1, in their order; empty if it is not known.
    /// Intervals of scores need it: the errors of components that go together add up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rank_correlations: Vec<Vec<f64>>,
    /// How samples of one patient go together; absent where a patient has one value, or if it is not known. Intervals of scores
    /// are then as wide as if all samples of a patient were alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_patient: Option<WithinPatient>,
    /// What it was made from, and with what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// SHA-256 of this file's content without this line; a file that was changed since is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// The reference of one component: its values, or a table of quantiles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceComponent {
    /// Marker counted.
    pub marker: Marker,
    /// Region it was counted in.
    pub region: Region,
    /// What was measured; a density if it is not said.
    #[serde(default, skip_serializing_if = "is_density")]
    pub measure: Measure,
    /// Of a share of cells, the phenotype of all cells that it is taken of; absent for other measures, or if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Marker>,
    /// Of a proximity, how near is near, in µm; absent for other measures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_um: Option<f64>,
    /// Values in the unit of the measure, ascending; absent where quantiles stand for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<f64>,
    /// A table that no patient can be told from; absent where the values are given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantiles: Option<QuantileTable>,
}

/// What a reference was made from, and with what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Version of contexture that wrote it.
    pub contexture_version: String,
    /// SHA-256 of the protocol as JSON, with what a study changed of it.
    pub protocol_sha256: String,
    /// Day it was made, as its maker gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The split of the patients that it was made of, such as `centre=A`; absent if it was made of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    /// Every file that was read, with its checksum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputFile>,
    /// The references that it is the union of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged_from: Vec<MergedReference>,
}

/// One part of a union of references.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MergedReference {
    /// Its short name.
    pub name: String,
    /// Patients it was built from.
    pub n_patients: usize,
    /// Samples of these patients, where each was scored by itself; absent where a patient has one value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_samples: Option<usize>,
    /// Its checksum; absent if its file had none.
    pub sha256: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
pub(super) fn is_density(measure: &Measure) -> bool {
    *measure == Measure::Density
}

impl ReferenceComponent {
    /// The reference of a component by its densities in cells/mm², in any order.
    pub fn of_values(component: Component, mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let Component { marker, region } = component;
        Self { marker, region, measure: Measure::Density, of: None, within_um: None, values, quantiles: None }
    }

    /// The reference of a component by its values, in any order and the unit of its measure.
    pub fn of_spec(spec: &ComponentSpec, values: Vec<f64>) -> Self {
        let (measure, of, within_um) = (spec.measure, spec.of.clone(), spec.within_um);
        Self { measure, of, within_um, ..Self::of_values(spec.component(), values) }
    }

    /// Why its values are none of what a protocol measures; absent if they may be.
    pub(super) fn differs_from(&self, spec: &ComponentSpec, protocol: &str) -> Option<String> {
        let component = spec.component();
        if self.measure != spec.measure {
            return Some(format!(
                "has {component} as {}, protocol '{protocol}' measures it as {}; a value of one says nothing among those of the \
                 other",
                self.measure.word(),
                spec.measure.word()
            ));
        }
        // A file of an older version does not say what its shares were taken of.
        if let (Some(made), Some(whole)) = (&self.of, spec.of.as_ref().filter(|it| self.of.as_ref() != Some(*it))) {
            return Some(format!(
                "has {component} as a share of '{made}', protocol '{protocol}' takes it of '{whole}'; shares of different cells \
                 are not compared"
            ));
        }
        let radius = spec.within_um.filter(|it| self.within_um != Some(*it))?;
        let made = self.within_um.map_or_else(|| "without its distance".to_owned(), |it| format!("within {it} µm"));
        Some(format!(
            "has {component} {made}, protocol '{protocol}' asks for cells within {radius} µm; the wider the distance, the more \
             cells have one near"
        ))
    }

    /// What its values are of: those of another are not to be mixed with them.
    pub(super) fn identity(&self) -> (Component, Measure, Option<Marker>, Option<u64>) {
        (self.component(), self.measure, self.of.clone(), self.within_um.map(f64::to_bits))
    }

    /// Whether its values are of what a component measures.
    pub(super) fn is_of(&self, spec: &ComponentSpec) -> bool {
        self.identity() == (spec.component(), spec.measure, spec.of.clone(), spec.within_um.map(f64::to_bits))
    }

    /// Component and measure for a reader.
    pub(super) fn in_words(&self) -> String {
        if self.of.is_none() {
            return self.component().to_string();
        }
        format!("{} ({})", self.component(), self.measure.in_words(self.of.as_ref(), self.within_um))
    }

    /// Which component it is.
    pub fn component(&self) -> Component {
        Component::new(self.marker.clone(), self.region.clone())
    }

    /// Number of values, or of values that the table was made of.
    pub fn n(&self) -> usize {
        self.quantiles.as_ref().map_or(self.values.len(), |it| it.n)
    }

    /// The values in use.
    ///
    /// # Errors
    ///
    /// As [`Distribution::new`] and [`Distribution::of_quantiles`]; [`Error::Unanswerable`](crate::error::Error::Unanswerable)
    /// if it holds values and quantiles both.
    pub fn distribution(&self) -> Result<Distribution> {
        match &self.quantiles {
            Some(_) if !self.values.is_empty() => {
                Err(super::unanswerable("it holds values and quantiles; one of them is wanted".to_owned()))
            }
            Some(table) => Distribution::of_quantiles(table.clone()),
            None => Distribution::new(self.values.clone()),
        }
    }
}

impl ReferenceFile {
    /// A reference of complete patients that says nothing but its values.
    pub fn of_components(name: &str, protocol: &str, components: Vec<ReferenceComponent>) -> Self {
        Self {
            schema_version: REFERENCE_SCHEMA_VERSION,
            name: name.to_owned(),
            description: String::new(),
            protocol: protocol.to_owned(),
            pooling: None,
            quality: None,
            specimen: None,
            tie_rule: None,
            n_patients: components.first().map_or(0, ReferenceComponent::n),
            n_samples: None,
            built_from: ReferenceBuild::CompletePatients,
            components,
            contexture: Vec::new(),
            rank_correlations: Vec::new(),
            within_patient: None,
            provenance: None,
            sha256: None,
        }
    }

    /// The same reference as tables of quantiles, from which no patient can be told; and the markers of the contexture that have
    /// too few values, which it lacks. `most_samples` is the number of samples of the patient who has most.
    ///
    /// METHOD: a group of neighbours may be samples of few patients; with so many times more samples, it is of enough.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`](crate::error::Error::Unanswerable) if a component of the score has too few values.
    pub fn with_quantiles(mut self, n_quantiles: usize, most_samples: usize) -> Result<(Self, Vec<Component>)> {
        let fewest_per_group = FEWEST_PER_GROUP * most_samples;
        let is_enough = |it: &ReferenceComponent| it.n() >= fewest_per_group * n_quantiles;
        if let Some(it) = self.components.iter().find(|it| most_samples > 1 && !is_enough(it)) {
            let (n, component) = (it.n(), it.component());
            return Err(super::unanswerable(format!(
                "{n} samples have {component}, up to {most_samples} of one patient: so that {FEWEST_PER_GROUP} patients stand \
                 behind each quantile they make {} at most",
                n / fewest_per_group
            )));
        }
        let (enough, too_few): (Vec<_>, Vec<_>) = mem::take(&mut self.contexture).into_iter().partition(is_enough);
        self.contexture = enough;
        for component in self.components.iter_mut().chain(&mut self.contexture) {
            let table = QuantileTable::of_values(&component.values, n_quantiles)
                .map_err(|error| super::unanswerable(format!("{}: {error}", component.component())))?;
            component.quantiles = Some(table);
            component.values.clear();
        }
        Ok((self, too_few.iter().map(ReferenceComponent::component).collect()))
    }

    /// How many rows its values are of: samples, where each was scored by itself, or patients.
    pub(super) fn n_rows(&self) -> usize {
        self.n_samples.unwrap_or(self.n_patients)
    }

    /// The place of a component among its own; absent if it has none of it.
    pub(super) fn place_of(&self, component: &Component) -> Option<usize> {
        self.components.iter().position(|it| it.component() == *component)
    }

    /// Number of its patients, and of their samples where each was scored by itself.
    pub fn size_in_words(&self) -> String {
        let patients = n_patients(self.n_patients);
        self.n_samples.map_or(patients.clone(), |it| format!("{patients} with {it} samples"))
    }

    /// Whether patients have several samples, and it is not known how these go together.
    pub fn lacks_within_patient(&self) -> bool {
        self.within_patient.is_none() && self.n_samples.is_some_and(|it| it > self.n_patients)
    }

    /// Whether it holds tables of quantiles in place of values.
    pub fn has_quantiles(&self) -> bool {
        self.components.iter().any(|it| it.quantiles.is_some())
    }

    /// The components it has values of, as a list for a message.
    pub(super) fn listed(&self) -> String {
        self.components.iter().map(|it| it.component().to_string()).collect::<Vec<_>>().join(", ")
    }
}
