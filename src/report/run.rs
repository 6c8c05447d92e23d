//! What was run: the content of `run.json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::protocol::{Protocol, Study};
use crate::score::reference::ReferenceSummary;
use crate::stratify::InputFile;

/// Version of the schema of `run.json`, raised when an old reader could misread a new file.
pub const RUN_SCHEMA_VERSION: u32 = 1;

/// Everything needed to repeat a run, and to know that it was repeated.
///
/// It holds nothing that may differ between two runs of the same study: no time, no folder, no number of threads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// Version of this file's schema; 1.
    pub schema_version: u32,
    /// Version of contexture.
    pub contexture_version: String,
    /// Seed of everything random.
    pub seed: u64,
    /// The arguments that decide the result: the study, as it was understood.
    pub arguments: Study,
    /// The protocol, with what the study changes of it.
    pub protocol: Protocol,
    /// The reference of the percentiles; absent if the score needs none.
    pub reference: Option<ReferenceSummary>,
    /// Every file that was read, with its checksum.
    pub inputs: Vec<InputFile>,
}
