//! Cut-offs that were learned, and from whom.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{EventValues, Protocol};

/// How a cut-off was learned: at the largest log-rank statistic among the patients of a training split. What such a cut
/// separates in these patients is no finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainedCutoff {
    /// Number of patients.
    pub n: usize,
    /// Number of them with the event.
    pub n_events: usize,
    /// Components whose cut-offs were searched together.
    pub n_searched: usize,
    /// The p-value of the search, corrected for the cuts and for the components by permuting them together.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub corrected_p_value: f64,
    /// Permutations behind it.
    pub n_permutations: usize,
    /// Their seed.
    pub seed: u64,
    /// What it was learned from.
    pub source: TrainingSource,
}

impl TrainedCutoff {
    /// What cannot be; absent if nothing.
    pub(super) fn problem(&self) -> Option<String> {
        let Self { n, n_events, corrected_p_value, source, .. } = self;
        if !(0.0..=1.0).contains(corrected_p_value) {
            return Some(format!("corrected_p_value {corrected_p_value}, expected 0 to 1"));
        }
        if n_events > n {
            return Some(format!("n_events {n_events}, expected {n} at most, the number of patients"));
        }
        let checksums = [("clinical_sha256", &source.clinical_sha256), ("densities_sha256", &source.densities_sha256)];
        // Checksums are compared as texts, so that one in capitals would be that of another table.
        let is_sha256 = |it: &str| it.len() == 64 && it.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
        let (key, found) = checksums.into_iter().find(|it| !is_sha256(it.1))?;
        Some(format!("{key} '{found}', expected 64 hexadecimal digits in lower case"))
    }
}

/// What cut-offs are learned from. A study of the very same clinical table knows by it whom it must not test them in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainingSource {
    /// The endpoint, by its column of times.
    pub endpoint: String,
    /// SHA-256 of the clinical table, in hexadecimal.
    pub clinical_sha256: String,
    /// SHA-256 of the density table, in hexadecimal.
    pub densities_sha256: String,
    /// The patients of the clinical table; all of them if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<TrainingSplit>,
}

impl TrainingSource {
    /// Whether the patients are those of a clinical table, which may be absent.
    pub fn is_of_clinical(&self, sha256: Option<&str>) -> bool {
        sha256 == Some(self.clinical_sha256.as_str())
    }
}

/// Some of the patients of a clinical table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrainingSplit {
    /// A column of the table.
    pub column: String,
    /// What it says of them.
    pub values: EventValues,
}

impl std::fmt::Display for TrainingSplit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} = {}", self.column, self.values)
    }
}

impl Protocol {
    /// How the cut-offs were learned, of those that were.
    pub fn trained(&self) -> impl Iterator<Item = &TrainedCutoff> {
        self.listed.iter().filter_map(|it| it.trained.as_ref())
    }

    /// Whether learning left patients of a clinical table aside, in whom the cut-offs can be tested. What was learned from
    /// other tables takes none of them.
    pub fn has_test_patients(&self, clinical_sha256: Option<&str>) -> bool {
        let mut sources = self.trained().map(|it| &it.source).filter(|it| it.is_of_clinical(clinical_sha256));
        sources.all(|it| it.split.is_some())
    }
}
