//! Markers of the contexture in a reference, beside the components of the score.

use super::file::{ReferenceComponent, ReferenceFile};
use super::{Reference, TOO_FEW_PATIENTS, takes_part, unanswerable};
use crate::error::Result;
use crate::model::Component;
use crate::protocol::ComponentSpec;
use crate::score::{Distribution, UsableValues};

/// The part of a reference file that no score needs, in use.
#[derive(Clone, Debug)]
pub(super) struct Beside(Vec<(ReferenceComponent, Distribution)>);

impl Beside {
    /// # Errors
    ///
    /// [`Error::Unanswerable`](crate::error::Error::Unanswerable) if the file holds a marker and region twice, a value that is
    /// none, or more values than it has patients.
    pub(super) fn new(file: &ReferenceFile) -> Result<Self> {
        let refused = |problem: String| unanswerable(format!("reference '{}' {problem}", file.name));
        let n_most = file.n_rows();
        let mut found: Vec<(ReferenceComponent, Distribution)> = Vec::new();
        for it in &file.contexture {
            let component = it.component();
            let is_it = |other: &ReferenceComponent| other.component() == component && other.measure == it.measure;
            if file.components.iter().any(is_it) || found.iter().any(|other| is_it(&other.0)) {
                return Err(refused(format!("holds {component} twice")));
            }
            if it.n() > n_most {
                let n = it.n();
                return Err(refused(format!(
                    "says that it was built from {}, and has {n} values of {component}",
                    file.size_in_words()
                )));
            }
            let distribution = it.distribution().map_err(|error| refused(format!("has {component}: {error}")))?;
            found.push((it.clone(), distribution));
        }
        Ok(Self(found))
    }
}

impl Reference {
    /// The values of a marker and region, beside the score or of a component of it; absent if it holds none.
    ///
    /// A component that does not count by its percentile (a side of a ratio) has one in the contexture all the same.
    pub fn values_of(&self, spec: &ComponentSpec) -> Option<&Distribution> {
        let beside = self.beside.0.iter().find(|it| it.0.is_of(spec)).map(|it| &it.1);
        let component = || self.places.iter().position(|&place| self.file.components[place].is_of(spec));
        beside.or_else(|| component().map(|at| self.distribution(at)))
    }
}

impl ReferenceFile {
    /// The same reference with markers of the contexture, and those of `specs` that too few patients have; `specs` that the
    /// score has are passed over.
    ///
    /// `scored` are the values that the reference is made of, `beside` has a row for each of them with an entry for each of
    /// `specs`.
    ///
    /// METHOD: of the patients that make the score's reference, and no others: percentiles of one axis are all counted in the
    /// same patients. A marker may lack in some of them.
    #[must_use]
    pub fn with_contexture(
        mut self,
        specs: &[ComponentSpec],
        scored: &[UsableValues],
        beside: &[UsableValues],
    ) -> (Self, Vec<Component>) {
        let mut too_few = Vec::new();
        for (at, spec) in specs.iter().enumerate() {
            if self.components.iter().any(|it| it.is_of(spec)) {
                continue;
            }
            let taking_part = scored.iter().zip(beside).filter(|(row, _)| takes_part(&row.values, self.built_from));
            let rows: Vec<&UsableValues> = taking_part.map(|it| it.1).filter(|it| it.values[at].is_some()).collect();
            if UsableValues::n_patients(rows.iter().copied()) >= TOO_FEW_PATIENTS {
                let values = rows.iter().filter_map(|it| it.values[at]).collect();
                self.contexture.push(ReferenceComponent::of_spec(spec, values));
            } else if beside.iter().any(|row| row.values[at].is_some()) {
                too_few.push(spec.component());
            }
        }
        (self, too_few)
    }
}
