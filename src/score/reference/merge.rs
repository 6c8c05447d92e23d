//! The union of two references.

use super::file::{MergedReference, Provenance, ReferenceComponent, ReferenceFile};
use super::{WithinPatient, rank_correlations, unanswerable};
use crate::error::Result;

impl ReferenceComponent {
    /// The values of both.
    fn united_with(&self, other: &Self) -> Self {
        let values = self.values.iter().chain(&other.values).copied().collect();
        let (measure, of, within_um) = (self.measure, self.of.clone(), self.within_um);
        Self { measure, of, within_um, ..Self::of_values(self.component(), values) }
    }
}

impl ReferenceFile {
    /// The union of two references of the same protocol, pooling, tissue and components: every value of both.
    ///
    /// Whether a patient is in both cannot be known from them.
    ///
    /// # Errors
    ///
    /// [`Error::Unanswerable`](crate::error::Error::Unanswerable) if they differ in what decides a percentile, one holds
    /// quantiles, or one is the other or a part of it.
    pub fn merge(&self, other: &Self, provenance: Provenance) -> Result<Self> {
        if let Some(problem) = self.cannot_merge(other) {
            return Err(unanswerable(format!("'{}' and '{}' cannot be merged: {problem}", self.name, other.name)));
        }
        let both = |one: &[ReferenceComponent], two: &[ReferenceComponent]| {
            let with_same = |it: &ReferenceComponent| {
                let same = two.iter().find(|other| other.identity() == it.identity())?;
                Some(it.united_with(same))
            };
            one.iter().filter_map(with_same).collect::<Vec<_>>()
        };
        let merged_from = self.parts().into_iter().chain(other.parts()).collect();
        Ok(Self {
            name: format!("{} + {}", self.name, other.name),
            description: format!("{}; {}", self.description, other.description),
            n_patients: self.n_patients + other.n_patients,
            n_samples: self.n_samples.zip(other.n_samples).map(|(one, other)| one + other),
            components: both(&self.components, &other.components),
            // METHOD: a marker of the contexture that one of them lacks would be of other patients than the score, and is left out.
            contexture: both(&self.contexture, &other.contexture),
            rank_correlations: rank_correlations::of_union(self, other),
            within_patient: WithinPatient::of_union(self, other),
            provenance: Some(Provenance { merged_from, ..provenance }),
            sha256: None,
            ..self.clone()
        })
    }

    /// The references that it is the union of; itself where it is none.
    fn parts(&self) -> Vec<MergedReference> {
        let parts = self.provenance.iter().flat_map(|it| &it.merged_from).cloned().collect::<Vec<_>>();
        if !parts.is_empty() {
            return parts;
        }
        vec![MergedReference {
            name: self.name.clone(),
            n_patients: self.n_patients,
            n_samples: self.n_samples,
            sha256: self.sha256.clone(),
        }]
    }

    fn cannot_merge(&self, other: &Self) -> Option<String> {
        let others = other.parts();
        let is_other = |it: &MergedReference| others.iter().any(|other| other.sha256 == it.sha256);
        let shared = self.parts().into_iter().find(|it| it.sha256.is_some() && is_other(it));
        if self.components == other.components {
            return Some("they hold the same values, which would count every patient twice".to_owned());
        }
        if let Some(part) = shared {
            return Some(format!("both hold '{}', whose patients would count twice", part.name));
        }
        // A file written by hand may hold quantiles of the markers beside the score alone.
        let has_quantiles = |it: &&Self| it.has_quantiles() || it.contexture.iter().any(|it| it.quantiles.is_some());
        if let Some(table) = [self, other].into_iter().find(has_quantiles) {
            return Some(format!(
                "'{}' is a table of quantiles, and the values behind it are not known; merge references of values, and make \
                 quantiles of the union",
                table.name
            ));
        }
        if self.protocol != other.protocol {
            return Some(format!("one was made for protocol '{}', the other for '{}'", self.protocol, other.protocol));
        }
        let component_set = |it: &Self| {
            let mut set: Vec<_> = it.components.iter().map(ReferenceComponent::component).collect();
            set.sort();
            set
        };
        if component_set(self) != component_set(other) {
            return Some(format!("one has values of {}, the other of {}", self.listed(), other.listed()));
        }
        let measures = |it: &Self| {
            let mut measures: Vec<_> = it.components.iter().map(ReferenceComponent::identity).collect();
            measures.sort();
            measures
        };
        let unlike = [
            ("measure, or the cells that a share is taken of, or how near is near", measures(self) == measures(other)),
            ("pooling of samples", self.pooling == other.pooling),
            ("values, of patients or of samples", self.n_samples.is_some() == other.n_samples.is_some()),
            ("limits of quality", self.quality == other.quality),
            ("kind of tissue", self.specimen == other.specimen),
            ("tie rule", self.tie_rule == other.tie_rule),
            ("choice of patients (built_from)", self.built_from == other.built_from),
        ];
        let (what, _) = unlike.into_iter().find(|(_, is_same)| !is_same)?;
        Some(format!("they differ in their {what}, or one of them does not say it"))
    }
}
