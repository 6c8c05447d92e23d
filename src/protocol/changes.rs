//! What a study changes of a protocol, and what it has to add.

use std::collections::BTreeMap;

use super::{ComponentSpec, Protocol, ProtocolChoice, Sign};
use crate::model::problem::{KeyPath, Step};

impl Protocol {
    /// The protocol with what a study changes.
    ///
    /// # Errors
    ///
    /// The name of a component that the study speaks of and the protocol does not have, as its first part; and the names
    /// that there are.
    pub fn changed(mut self, choice: &ProtocolChoice) -> Result<Self, UnknownComponent> {
        self.pooling = choice.pooling.unwrap_or(self.pooling);
        self.min_components = choice.min_components.or(self.min_components);
        self.quality = choice.quality.of(self.quality);
        self.uncertainty = choice.uncertainty.of(self.uncertainty);
        if let Some(scheme) = &choice.primary_scheme {
            self.primary_scheme.clone_from(scheme);
        }
        self.set(&choice.cutoffs, |spec, cutoff| {
            (spec.cutoff, spec.cutoff_percentile, spec.trained) = (Some(cutoff), None, None);
        })?;
        self.set(&choice.cutoff_percentiles, |spec, percentile| {
            (spec.cutoff_percentile, spec.trained) = (Some(percentile), None);
            // One that the protocol has is replaced; one that the study gives too is a contradiction, which `check` names.
            spec.cutoff = spec.cutoff.filter(|_| choice.cutoffs.contains_key(&spec.component().to_string()));
        })?;
        self.set(&choice.signs, |spec, sign| spec.sign = sign)?;
        Ok(self)
    }

    /// The key of a study that changes what a key of the protocol says; absent if a study cannot change it.
    pub fn place_in_study(&self, place: &KeyPath) -> Option<KeyPath> {
        match place.steps() {
            [Step::Key(key), ..]
                if ["pooling", "min_components", "primary_scheme", "quality", "uncertainty"]
                    .contains(&key.as_ref()) =>
            {
                Some(place.within(&"protocol".into()))
            }
            [Step::Key(_), Step::Item(at), Step::Key(key)] => {
                let tables = [("cutoff", "cutoffs"), ("cutoff_percentile", "cutoff_percentiles"), ("sign", "signs")];
                let (_, table) = tables.into_iter().find(|it| it.0 == key.as_ref())?;
                let component = self.components().get(*at)?.to_string();
                Some(KeyPath::from("protocol").key(table).key(component))
            }
            _ => None,
        }
    }

    /// Changes the components that are named.
    fn set<T: Copy>(
        &mut self,
        changes: &BTreeMap<String, T>,
        change: impl Fn(&mut ComponentSpec, T),
    ) -> Result<(), UnknownComponent> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut specs = self.specs();
        for (name, &value) in changes {
            let Some(spec) = specs.iter_mut().find(|it| it.component().to_string() == *name) else {
                let known = specs.iter().map(|it| it.component().to_string()).collect();
                return Err(UnknownComponent { name: name.clone(), known });
            };
            change(spec, value);
        }
        (self.markers, self.regions, self.listed) = (Vec::new(), Vec::new(), specs);
        Ok(())
    }

    /// What has to be given before anything can be scored, as a sentence that says what to write; absent if nothing has.
    pub fn lacks(&self) -> Option<String> {
        let specs = self.specs();
        let names = |lacks: &dyn Fn(&ComponentSpec) -> bool| -> Vec<&ComponentSpec> {
            specs.iter().filter(|it| lacks(it)).collect()
        };
        let without_cutoff = names(&|it| {
            self.aggregator.dichotomises() && self.uses(it) && it.cutoff.is_none() && it.cutoff_percentile.is_none()
        });
        let without_sign = names(&|it| it.sign == Sign::ToBeGiven);
        let mut parts = Vec::new();
        if !without_cutoff.is_empty() {
            let lines: Vec<String> = without_cutoff
                .iter()
                .map(|it| format!("\n  \"{}\" = …  # {}", it.component(), it.measure.unit()))
                .collect();
            parts.push(format!(
                "has no cut-off of {}, for none is established; write in the study\n  [protocol.cutoffs]{}\nor percentiles of \
                 the reference in [protocol.cutoff_percentiles], or learn them with 'contexture protocol train'",
                listed(&without_cutoff),
                lines.concat()
            ));
        }
        if !without_sign.is_empty() {
            let lines: Vec<String> = without_sign
                .iter()
                .map(|it| format!("\n  \"{}\" = \"favourable\"  # or \"adverse\"", it.component()))
                .collect();
            parts.push(format!(
                "does not say which way {} counts, for it depends on the tumour; write in the study\n  [protocol.signs]{}",
                listed(&without_sign),
                lines.concat()
            ));
        }
        (!parts.is_empty()).then(|| parts.join("\nand "))
    }

    /// Whether a component has a say in the score: by a rule only if one names it.
    pub(super) fn uses(&self, spec: &ComponentSpec) -> bool {
        let name = spec.component().to_string();
        self.rules.is_empty() || self.rules.iter().flat_map(super::Rule::components).any(|it| *it == name)
    }
}

/// A study speaks of a component that the protocol does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownComponent {
    /// What the study says.
    pub name: String,
    /// The components of the protocol.
    pub known: Vec<String>,
}

fn listed(specs: &[&ComponentSpec]) -> String {
    specs.iter().map(|it| it.component().to_string()).collect::<Vec<_>>().join(", ")
}
