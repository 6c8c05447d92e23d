//! What a report says of a reference.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::file::is_density;
use super::{FEW_PATIENTS, Reference, TOO_FEW_PATIENTS};
use crate::model::{Component, Specimen, TieRule};
use crate::protocol::{Measure, ReferenceBuild, ReferenceMode};
use crate::score::Distribution;

/// From this share of zeros on, a density of 0 has percentiles that lie 5 points or more apart by the tie rules.
pub const MANY_ZEROS: f64 = 0.1;

/// From this share on, one density above 0 that many patients have points to rounded or truncated values.
pub const LARGE_TIE: f64 = 0.05;

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
    /// What kind of tissue it was made of; absent if it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specimen: Option<Specimen>,
    /// Which patients' values it holds.
    pub built_from: ReferenceBuild,
    /// What an equal reference value counts for.
    pub tie_rule: TieRule,
    /// Patients it was built from.
    pub n_patients: usize,
    /// Samples of these patients, where each is scored by itself; absent where a patient has one value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_samples: Option<usize>,
    /// One entry a component of the protocol.
    pub components: Vec<ReferenceComponentSummary>,
    /// With `leave_one_centre_out`: the reference that each centre's patients were scored against. `components` is the
    /// union of all centres, which nobody was scored against.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_out: Vec<HeldOutCentre>,
    /// Checksum of a frozen file's content; absent if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// What is to be known before the percentiles are believed, in sentences.
    pub warnings: Vec<String>,
}

/// What a report says of one component of the reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceComponentSummary {
    /// Marker and region.
    pub component: Component,
    /// What was measured; a density if it is not said.
    #[serde(default, skip_serializing_if = "is_density")]
    pub measure: Measure,
    /// Number of values.
    pub n: usize,
    /// Share of values that are 0, in [0, 1].
    pub share_of_zeros: f64,
    /// Lowest value, in the unit of its measure; of a table of quantiles, the mean of its lowest group.
    pub minimum: f64,
    /// Median, in that unit.
    pub median: f64,
    /// Highest value, in that unit; of a table of quantiles, the mean of its highest group.
    pub maximum: f64,
}

/// A centre whose patients were scored against the patients of all others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldOutCentre {
    /// The centre that was left out.
    pub centre: String,
    /// Patients of the other centres, whom the reference was built from.
    pub n_patients: usize,
}

impl ReferenceComponentSummary {
    fn of(component: &Component, measure: Measure, distribution: &Distribution) -> Self {
        let median = distribution.values().map_or_else(
            || distribution.quantile(50.0),
            |values| f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2]),
        );
        Self {
            component: component.clone(),
            measure,
            n: distribution.n(),
            share_of_zeros: distribution.share_of_zeros(),
            minimum: distribution.quantile(0.0),
            median,
            maximum: distribution.quantile(100.0),
        }
    }
}

impl Reference {
    /// What a report says of the reference.
    pub fn summary(&self, components: &[Component]) -> ReferenceSummary {
        let held_out =
            |(centre, it): (&String, &Self)| HeldOutCentre { centre: centre.clone(), n_patients: it.file.n_patients };
        ReferenceSummary {
            mode: self.mode,
            name: self.file.name.clone(),
            description: self.file.description.clone(),
            specimen: self.file.specimen,
            built_from: self.file.built_from,
            tie_rule: self.tie_rule,
            n_patients: self.file.n_patients,
            n_samples: self.file.n_samples,
            components: components
                .iter()
                .zip(&self.distributions)
                .map(|(component, distribution)| {
                    let found = self.file.components.iter().find(|it| it.component() == *component);
                    let measure = found.map_or(Measure::Density, |it| it.measure);
                    ReferenceComponentSummary::of(component, measure, distribution)
                })
                .collect(),
            held_out: self.held_out.iter().map(held_out).collect(),
            sha256: self.file.sha256.clone(),
            warnings: self.warnings(components),
        }
    }

    /// What is to be said at once where the reference is used: that it has too few patients, and where it and its use differ in
    /// what does not forbid it.
    pub fn remarks(&self) -> impl Iterator<Item = String> {
        self.too_few().into_iter().chain(self.remarks.iter().cloned())
    }

    /// What is to be known of a reference of fewer than [`TOO_FEW_PATIENTS`] patients, whoever made it; absent for one of more.
    fn too_few(&self) -> Option<String> {
        let fewest = self.distributions.iter().map(Distribution::n).min()?.min(self.file.n_patients);
        (fewest < TOO_FEW_PATIENTS).then(|| {
            let holds = holds(fewest, self.file.n_samples);
            format!(
                "The reference {holds}; of fewer than {TOO_FEW_PATIENTS} contexture makes none, and \
                 one value moves a percentile by {:.0} points.",
                100.0 / fewest as f64
            )
        })
    }

    /// What is to be known before the percentiles are believed.
    pub fn warnings(&self, components: &[Component]) -> Vec<String> {
        let mut warnings = Vec::new();
        match self.mode {
            ReferenceMode::OwnCohort => warnings.push(
                "Exploratory: percentiles are ranks within this cohort, so a patient's score changes when other patients \
                 are added, and cannot be compared with scores of other cohorts."
                    .to_owned(),
            ),
            ReferenceMode::LeaveOneCentreOut => warnings.push(
                "Each patient is scored against the patients of the other centres, so that no centre is its own reference; \
                 scores of two centres come from two references."
                    .to_owned(),
            ),
            _ => {}
        }
        warnings.extend(self.remarks.iter().cloned());
        if self.held_out.is_empty() {
            warnings.extend(of_distributions(
                components,
                &self.distributions,
                (self.file.n_patients, self.file.n_samples),
            ));
        }
        for (centre, it) in &self.held_out {
            let of_centre = of_distributions(components, &it.distributions, (it.file.n_patients, it.file.n_samples));
            warnings.extend(of_centre.into_iter().map(|it| format!("Without centre {centre}: {it}")));
        }
        warnings
    }
}

/// What is to be known of the values themselves.
pub(super) fn of_distributions(
    components: &[Component],
    distributions: &[Distribution],
    (n_patients, n_samples): (usize, Option<usize>),
) -> Vec<String> {
    let mut warnings = Vec::new();
    let fewest = distributions.iter().map(Distribution::n).min().unwrap_or(0).min(n_patients);
    if fewest < FEW_PATIENTS {
        let holds = holds(fewest, n_samples);
        warnings.push(format!("The reference {holds}; below {FEW_PATIENTS}, percentiles are unstable."));
    }
    for (component, distribution) in components.iter().zip(distributions) {
        warnings.extend(of_component(component, distribution));
    }
    for (at, distribution) in distributions.iter().enumerate() {
        let twin = distributions[..at].iter().position(|it| it == distribution);
        warnings.extend(twin.map(|twin| {
            format!(
                "The reference has the same values for {} and {}; each marker and region needs its own.",
                components[twin], components[at]
            )
        }));
    }
    warnings
}

/// How many patients a reference is of.
fn holds(fewest: usize, n_samples: Option<usize>) -> String {
    match n_samples {
        Some(_) => format!("is of samples of {fewest} patients"),
        None => format!("holds {fewest} values of a component"),
    }
}

fn of_component(component: &Component, distribution: &Distribution) -> Vec<String> {
    let mut warnings = Vec::new();
    let zeros = distribution.share_of_zeros();
    if zeros >= MANY_ZEROS {
        warnings.push(format!(
            "{:.1} % of the reference values of {component} are 0: by the tie rule “mid” no cells are percentile {:.1}, by \
             “less or equal” {:.1}.",
            100.0 * zeros,
            50.0 * zeros,
            100.0 * zeros
        ));
    }
    if let Some(tie) = distribution.largest_tie().filter(|it| *it >= LARGE_TIE && distribution.n() >= FEW_PATIENTS) {
        warnings.push(format!(
            "{:.1} % of the reference values of {component} are one and the same density above 0: were they rounded?",
            100.0 * tie
        ));
    }
    warnings
}
