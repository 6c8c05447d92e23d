//! What a reference file holds, and who may use it: what `contexture reference show` says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::remarks::{OF_QUANTILES, WITHIN_UNKNOWN};
use super::summary::of_distributions;
use super::{Provenance, ReferenceComponent, ReferenceFile, WithinPatient};
use crate::error::Result;
use crate::model::{Component, Specimen, TieRule};
use crate::protocol::{Measure, Pooling, ReferenceBuild};
use crate::score::Distribution;

/// Percentiles whose values are listed: the ends, the quartiles, and the cuts of the consensus classes.
const LISTED: [f64; 9] = [0.0, 5.0, 10.0, 25.0, 50.0, 70.0, 75.0, 95.0, 100.0];

/// What a reference file holds, and who may use it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceAccount {
    /// Its short name.
    pub name: String,
    /// Which patients, tumours, stains and tissue it was made of.
    pub description: String,
    /// Name of the protocol it was made for.
    pub protocol: String,
    /// How several samples of a patient became one density; absent if it does not say.
    pub pooling: Option<Pooling>,
    /// What kind of tissue it was made of; absent if it does not say.
    pub specimen: Option<Specimen>,
    /// What an equal reference value is meant to count for; absent if it does not say.
    pub tie_rule: Option<TieRule>,
    /// Which patients' values it holds.
    pub built_from: ReferenceBuild,
    /// Patients it was built from.
    pub n_patients: usize,
    /// Samples of these patients, where each was scored by itself; absent where a patient has one value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_samples: Option<usize>,
    /// How samples of one patient go together; absent where a patient has one value, or if it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_patient: Option<WithinPatient>,
    /// One entry a component, in the order of the file.
    pub components: Vec<ComponentAccount>,
    /// Markers of the contexture beside the score; empty if it holds none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contexture: Vec<ComponentAccount>,
    /// What it was made from; absent if it does not say.
    pub provenance: Option<Provenance>,
    /// SHA-256 of its content, which was found to be so; absent if the file has none.
    pub sha256: Option<String>,
    /// What is to be known before percentiles in it are believed, in sentences.
    pub warnings: Vec<String>,
    /// Who may use it, in sentences.
    pub use_for: Vec<String>,
}

/// One component of a reference file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentAccount {
    /// Marker and region.
    pub component: Component,
    /// What was measured.
    pub measure: Measure,
    /// Number of values.
    pub n: usize,
    /// Share of values that are 0, in [0, 1].
    pub share_of_zeros: f64,
    /// Lowest value above 0, in the unit of the measure; absent if there is none, or for a table of quantiles.
    pub smallest_positive: Option<f64>,
    /// Share of values that are the most frequent one above 0, in [0, 1]; absent for a table of quantiles.
    pub largest_tie: Option<f64>,
    /// Values at percentiles from 0 to 100.
    pub quantiles: Vec<ValueAt>,
}

/// A value of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ValueAt {
    /// The percentile, from 0 to 100.
    pub percentile: f64,
    /// The value there, in the unit of the measure.
    pub value: f64,
}

impl ReferenceFile {
    /// What the file holds, and who may use it.
    ///
    /// # Errors
    ///
    /// As [`ReferenceComponent::distribution`].
    pub fn account(&self) -> Result<ReferenceAccount> {
        let distributions: Vec<Distribution> =
            self.components.iter().map(ReferenceComponent::distribution).collect::<Result<_>>()?;
        let components: Vec<Component> = self.components.iter().map(ReferenceComponent::component).collect();
        let mut warnings = of_distributions(&components, &distributions, (self.n_patients, self.n_samples));
        warnings.extend(self.has_quantiles().then(|| OF_QUANTILES.to_owned()));
        warnings.extend(self.lacks_within_patient().then(|| WITHIN_UNKNOWN.to_owned()));
        if self.sha256.is_none() {
            warnings
                .push("The file has no checksum: whether it was changed since it was made cannot be seen.".to_owned());
        }
        if self.specimen.is_none() {
            warnings.push(
                "The file does not say what kind of tissue it was made of: nobody is kept from mixing them.".to_owned(),
            );
        }
        Ok(ReferenceAccount {
            name: self.name.clone(),
            description: self.description.clone(),
            protocol: self.protocol.clone(),
            pooling: self.pooling,
            specimen: self.specimen,
            tie_rule: self.tie_rule,
            built_from: self.built_from,
            n_patients: self.n_patients,
            n_samples: self.n_samples,
            within_patient: self.within_patient.clone(),
            components: self
                .components
                .iter()
                .zip(&distributions)
                .map(|(it, values)| ComponentAccount::of(it, values))
                .collect(),
            contexture: self
                .contexture
                .iter()
                .map(|it| Ok(ComponentAccount::of(it, &it.distribution()?)))
                .collect::<Result<_>>()?,
            provenance: self.provenance.clone(),
            sha256: self.sha256.clone(),
            warnings,
            use_for: self.use_for(),
        })
    }

    fn use_for(&self) -> Vec<String> {
        let names: Vec<String> = self.components.iter().map(ReferenceComponent::in_words).collect();
        let mut use_for =
            vec![format!("Scores of protocol '{}' with the components {}.", self.protocol, names.join(", "))];
        if let Some(pooling) = self.pooling {
            use_for.push(format!("Several samples of a patient pooled by '{}'.", pooling.code()));
        }
        if let Some(specimen) = self.specimen {
            use_for.push(format!("Densities measured on {}.", specimen.description()));
        }
        use_for.push(
            "One patient, or a cohort for validation, that has no patient in common with it and the same stain and counting."
                .to_owned(),
        );
        use_for
    }
}

impl ComponentAccount {
    fn of(component: &ReferenceComponent, distribution: &Distribution) -> Self {
        let at = |percentile| ValueAt { percentile, value: distribution.quantile(percentile) };
        Self {
            component: component.component(),
            measure: component.measure,
            n: distribution.n(),
            share_of_zeros: distribution.share_of_zeros(),
            smallest_positive: distribution.smallest_positive(),
            largest_tie: distribution.largest_tie(),
            quantiles: LISTED.into_iter().map(at).collect(),
        }
    }
}
